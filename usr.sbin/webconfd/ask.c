/* SPDX-License-Identifier: ISC */
/*
 * ask: what the http process may ask, and the answers.
 */
#include <arpa/inet.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "auth/guess.h"
#include "kern/clock.h"
#include "kern/conf.h"
#include "kern/generation.h"
#include "kern/ipc.h"
#include "kern/log.h"
#include "kern/procset.h"
#include "kern/security.h"

#include "ask.h"

enum {
	HELD_MAX = 128,		/* refusals that wait */
	HASH_SIZE = 129
};

static void
question_free(struct question *qu)
{
	if (qu->qu_timer != NULL) {
		event_free(qu->qu_timer);
		qu->qu_parent->pa_held--;
	}
	conf_free(qu->qu_conf);
	pairs_clear(&qu->qu_in);
	pairs_clear(&qu->qu_out);
	free(qu);
}

void
ask_answer(struct question *qu, const char *result)
{
	struct ipc *ch = procset_ipc(qu->qu_parent->pa_children, ROLE_HTTP);
	const struct pairs *out = &qu->qu_out;

	(void)pairs_add(&qu->qu_out, "result", result);
	if (ch != NULL &&
	    ipc_send(ch, WEB_ANSWER, qu->qu_id, -1, out->pr_buf, out->pr_len) ==
		-1)
		log_warnx("an answer is lost");
	question_free(qu);
}

void
ask_failed(struct question *qu, const char *why)
{
	log_warnx("%s", why);
	(void)pairs_add(&qu->qu_out, "e.", why);
	ask_answer(qu, "failed");
}

void
ask_event(const struct question *qu, const char *name, const char *key,
    const char *value)
{
	const char *from = pairs_str(&qu->qu_in, "from");
	bool bad = strcmp(name, "admin-refused") == 0 ||
	    strcmp(name, "admin-lockout") == 0;
	struct security sy;

	security_begin(&sy, name);
	security_add(&sy, "from", from);
	if (key != NULL)
		security_add(&sy, key, value);
	security_log(&sy, bad ? LOG_WARNING : LOG_NOTICE,
	    "administrator at %s%s%s", from, key == NULL ? "" : ": ",
	    key == NULL ? "" : value);
}

static void
on_held(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	ask_answer(arg, "refused");
}

/* The browser's address; that of nobody if it is none. */
static void
address(const struct question *qu, struct sockaddr_storage *ss)
{
	struct sockaddr_in6 *v6 = (void *)ss;
	struct sockaddr_in *v4 = (void *)ss;
	const char *from = pairs_str(&qu->qu_in, "from");

	memset(ss, 0, sizeof(*ss));
	if (inet_pton(AF_INET, from, &v4->sin_addr) == 1)
		ss->ss_family = AF_INET;
	else {
		memset(ss, 0, sizeof(*ss));
		(void)inet_pton(AF_INET6, from, &v6->sin6_addr);
		ss->ss_family = AF_INET6;
	}
}

const char *
ask_hostname(const struct question *qu)
{
	const struct conf *sys = conf_find(qu->qu_conf, "system");

	return (sys == NULL ? "longwire" : conf_str(sys, "hostname"));
}

void
ask_add_daemons(struct question *qu)
{
	if (conf_has(qu->qu_conf, "hubd"))
		(void)pairs_add(&qu->qu_out, "hubd", "yes");
	if (conf_has(qu->qu_conf, "vnicd"))
		(void)pairs_add(&qu->qu_out, "vnicd", "yes");
}

void
ask_add_factor(struct question *qu)
{
	(void)pairs_add(&qu->qu_out, "factor",
	    factor_is_on(qu->qu_conf) ? "on" : "off");
}

bool
ask_locked(struct question *qu)
{
	struct sockaddr_storage ss;
	uint64_t wait;

	address(qu, &ss);
	wait = guess_wait(qu->qu_parent->pa_guess, "admin",
	    (struct sockaddr *)&ss, clock_ms());
	if (wait == 0)
		return (false);
	(void)pairs_addf(&qu->qu_out, "wait", "%llu",
	    (unsigned long long)(wait + 999) / 1000);
	ask_add_factor(qu);
	ask_answer(qu, "locked");
	return (true);
}

void
ask_refuse(struct question *qu, const char *what)
{
	struct parent *pa = qu->qu_parent;
	struct sockaddr_storage ss;
	struct timeval tv;
	uint64_t wait;

	address(qu, &ss);
	wait = guess_failed(pa->pa_guess, "admin", (struct sockaddr *)&ss,
	    clock_ms());
	ask_event(qu, "admin-refused", "wrong", what);
	if (pairs_get(&qu->qu_out, "factor") == NULL)
		ask_add_factor(qu);
	if (guess_began(pa->pa_guess) != GUESS_NONE)
		ask_event(qu, "admin-lockout", NULL, NULL);
	tv.tv_sec = (time_t)(wait / 1000);
	tv.tv_usec = (suseconds_t)(wait % 1000 * 1000);
	if (pa->pa_held < HELD_MAX)
		qu->qu_timer = evtimer_new(pa->pa_base, on_held, qu);
	if (qu->qu_timer == NULL) {
		ask_answer(qu, "refused");
		return;
	}
	pa->pa_held++;
	if (event_add(qu->qu_timer, &tv) == -1)
		ask_answer(qu, "refused");
}

static void
passed(struct question *qu)
{
	struct parent *pa = qu->qu_parent;
	struct sockaddr_storage ss;
	uint64_t now = clock_ms();

	address(qu, &ss);
	guess_passed(pa->pa_guess, "admin", (struct sockaddr *)&ss, now);
	(void)pairs_add(&qu->qu_out, "session", session_new(pa, now));
	ask_event(qu, "admin-login", NULL, NULL);
	ask_answer(qu, "ok");
}

static void
ask_login(struct question *qu)
{
	if (!admin_is_set(qu->qu_conf))
		ask_answer(qu, "setup");
	else if (ask_locked(qu))
		return;
	else if (!admin_password_ok(qu->qu_conf,
		     pairs_str(&qu->qu_in, "password")))
		ask_refuse(qu, "password");
	else if (!factor_ok(qu->qu_parent, qu->qu_conf,
		     pairs_str(&qu->qu_in, "one-time-code")))
		ask_refuse(qu, "one-time code");
	else
		passed(qu);
}

/* The password into the settings. */
static int
set_password(struct question *qu, const char *password)
{
	char hash[HASH_SIZE];
	struct conf *sys = (struct conf *)conf_find(qu->qu_conf, "system");
	int rv = -1;

	if (sys == NULL)
		sys = conf_add_block(qu->qu_conf, "system", NULL);
	if (sys != NULL && admin_hash(password, hash, sizeof(hash)) == 0)
		rv = conf_set(sys, "admin-password", hash);
	explicit_bzero(hash, sizeof(hash));
	return (rv);
}

static void
ask_setup(struct question *qu)
{
	struct parent *pa = qu->qu_parent;
	const char *password = pairs_str(&qu->qu_in, "password");
	size_t len = strlen(password);
	struct generation_note note = { .gt_trial = false };
	struct refusal re;
	int n;

	if (admin_is_set(qu->qu_conf)) {
		ask_answer(qu, "login");
		return;
	}
	if (ask_locked(qu))
		return;
	if (!admin_code_ok(pa, pairs_str(&qu->qu_in, "code"))) {
		ask_refuse(qu, "set-up code");
		return;
	}
	if (len < WEB_PASSWORD_MIN || len > 128) {
		ask_failed(qu, "the password is too short or too long");
		return;
	}
	if (set_password(qu, password) == -1) {
		ask_failed(qu, "the password cannot be stored");
		return;
	}
	note.gt_author = pairs_str(&qu->qu_in, "from");
	n = settings_write(pa, qu->qu_conf, qu->qu_generation, &note, &re);
	if (n == -1) {
		ask_failed(qu, re.re_en);
		return;
	}
	ask_event(qu, "admin-password-set", NULL, NULL);
	admin_update(pa);
	apply_start(pa, n);
	passed(qu);
}

static void
ask_state(struct question *qu)
{
	const char *token = pairs_str(&qu->qu_in, "session");

	if (!admin_is_set(qu->qu_conf))
		ask_answer(qu, "setup");
	else if (session_use(qu->qu_parent, token, clock_ms()))
		ask_answer(qu, "ok");
	else {
		ask_add_factor(qu);
		ask_answer(qu, "login");
	}
}

static void
ask_logout(struct question *qu)
{
	session_end(qu->qu_parent, pairs_str(&qu->qu_in, "session"));
	ask_event(qu, "admin-logout", NULL, NULL);
	ask_answer(qu, "ok");
}

static const struct {
	const char *kind;
	bool session;		/* only with one */
	void (*run)(struct question *);
} kinds[] = {
	{ "state", false, ask_state },
	{ "setup", false, ask_setup },
	{ "login", false, ask_login },
	{ "logout", true, ask_logout },
	{ "factor", true, ask_factor },
	{ "turn-factor", true, ask_turn_factor },
	{ "status", true, ask_status },
	{ "hub", true, ask_hub },
	{ "kick", true, ask_kick },
	{ "log", true, ask_log },
	{ "tools", true, ask_tools },
	{ "run", true, ask_run },
	{ "why", true, ask_why },
	{ "metrics", false, ask_metrics },
	{ "settings", true, ask_settings },
	{ "save", true, ask_save },
	{ "block", true, ask_block },
	{ "save-block", true, ask_save_block },
	{ "remove-block", true, ask_remove_block },
	{ "side", true, ask_side },
	{ "keep", true, ask_keep },
	{ "inviting", true, ask_inviting },
	{ "invite", true, ask_invite },
	{ "radius", true, ask_radius },
	{ "test-radius", true, ask_test_radius },
	{ "certificates", true, ask_certificates },
	{ "get-certificates", true, ask_get_certificates },
	{ "passwords", true, ask_passwords },
	{ "new-password", true, ask_new_password },
	{ "history", true, ask_history },
	{ "changes", true, ask_changes },
	{ "restore", true, ask_restore },
	{ "backup", true, ask_backup },
	{ "export", true, ask_export },
	{ "import", true, ask_import },
	{ "upgrade", true, ask_upgrade },
	{ "install", true, ask_install },
	{ "fetch", true, ask_fetch },
	{ "sent", true, ask_sent },
	{ "lost", false, ask_lost },
	{ "parts", true, ask_parts },
	{ "restart", true, ask_restart },
};

static void
dispatch(struct question *qu)
{
	const char *kind = pairs_str(&qu->qu_in, "ask");
	const char *token = pairs_str(&qu->qu_in, "session");
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].kind, kind) != 0)
			continue;
		if (kinds[i].session && !admin_is_set(qu->qu_conf))
			ask_answer(qu, "setup");
		else if (kinds[i].session &&
		    !session_use(qu->qu_parent, token, clock_ms()))
			ask_answer(qu, "login");
		else {
			if (kinds[i].session) {
				trial_describe(qu->qu_parent, &qu->qu_out);
				notices_describe(qu->qu_parent, &qu->qu_out);
			}
			kinds[i].run(qu);
		}
		return;
	}
	ask_failed(qu, "an unknown question of the http process");
}

void
ask(struct parent *pa, uint32_t id, const void *data, size_t len)
{
	struct question *qu = calloc(1, sizeof(*qu));
	char err[512];

	if (qu == NULL) {
		log_warn("a question is lost");
		return;
	}
	qu->qu_parent = pa;
	qu->qu_id = id;
	if (!pairs_take(&qu->qu_in, data, len)) {
		ask_failed(qu, "a malformed question of the http process");
		return;
	}
	qu->qu_conf = settings_load(pa, &qu->qu_generation, err, sizeof(err));
	if (qu->qu_conf == NULL)
		ask_failed(qu, err);
	else
		dispatch(qu);
}
