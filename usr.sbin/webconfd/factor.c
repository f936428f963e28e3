/* SPDX-License-Identifier: ISC */
/*
 * factor: the administrator's second factor, a one-time code (auth/totp.h).
 * Its key is the setting system.admin-totp; a new one waits here until a code
 * has shown that the administrator's app has it.
 */
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

#include "auth/totp.h"
#include "kern/clock.h"
#include "kern/conf.h"
#include "kern/log.h"

#include "parent.h"

static const char *
stored_key(const struct conf *cf)
{
	const struct conf *sys = conf_find(cf, "system");
	const char *text = sys == NULL ? NULL : conf_str(sys, "admin-totp");

	return (text == NULL || *text == '\0' ? NULL : text);
}

bool
factor_is_on(const struct conf *cf)
{
	return (stored_key(cf) != NULL);
}

/* A code counts once; where the clock was set back, from then on anew. */
static uint64_t
last_step(struct parent *pa, uint64_t now)
{
	struct factor *fa = &pa->pa_factor;

	if (fa->fa_last > now / TOTP_STEP + 2)
		fa->fa_last = 0;
	return (fa->fa_last);
}

static bool
is_code(struct parent *pa, const char *text, const char *code)
{
	uint64_t now = clock_unix(), step;
	uint8_t key[TOTP_KEY_MAX];
	int len = totp_key(text, key);

	if (len == -1)
		return (false);
	step = totp_check(key, (size_t)len, code, now, last_step(pa, now));
	explicit_bzero(key, sizeof(key));
	if (step != 0)
		pa->pa_factor.fa_last = step;
	return (step != 0);
}

bool
factor_ok(struct parent *pa, const struct conf *cf, const char *code)
{
	const char *text = stored_key(cf);

	return (text == NULL || is_code(pa, text, code));
}

void
factor_init(struct parent *pa)
{
	/* codes that were used before a restart do not count again */
	pa->pa_factor.fa_last = clock_unix() / TOTP_STEP;
}

const char *
factor_pending(struct parent *pa)
{
	struct factor *fa = &pa->pa_factor;
	uint8_t key[TOTP_KEY_LEN];

	if (fa->fa_pending[0] != '\0')
		return (fa->fa_pending);
	if (RAND_bytes(key, sizeof(key)) != 1)
		fatalx("no random numbers");
	totp_text(key, fa->fa_pending);
	explicit_bzero(key, sizeof(key));
	return (fa->fa_pending);
}

bool
factor_confirmed(struct parent *pa, const char *code)
{
	const struct factor *fa = &pa->pa_factor;

	return (fa->fa_pending[0] != '\0' && is_code(pa, fa->fa_pending, code));
}

int
factor_set(struct parent *pa, struct conf *cf, bool on)
{
	struct factor *fa = &pa->pa_factor;
	struct conf *sys = (struct conf *)conf_find(cf, "system");
	int rv = 0;

	if (sys == NULL)
		sys = conf_add_block(cf, "system", NULL);
	if (sys == NULL)
		return (-1);
	if (on)
		rv = conf_set(sys, "admin-totp", fa->fa_pending);
	else
		conf_remove(sys, "admin-totp");
	explicit_bzero(fa->fa_pending, sizeof(fa->fa_pending));
	return (rv);
}
