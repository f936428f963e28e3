/* SPDX-License-Identifier: ISC */
/*
 * password: a user's new password, brought to the hub by a connection of its
 * own on the same way, to the same verified server, as those of a session.
 * It is the hub that decides; vnicctl(8) then writes the settings.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/base64.h"
#include "kern/conf.h"
#include "kern/ctl.h"
#include "vnic.h"

void
password_over(struct change *cg, int status, const char *reason)
{
	switch (status) {
	case 204:
		ctl_ok(cg->cg_client);
		break;
	case 400:
	case 404:
		ctl_error(cg->cg_client,
		    "the hub knows no way to change a password");
		break;
	case 401:
		ctl_error(cg->cg_client,
		    "the hub says that user or old "
		    "password are wrong");
		break;
	case 403:
		ctl_error(cg->cg_client,
		    "the hub does not let this user change the password");
		break;
	case 503:
		ctl_error(cg->cg_client,
		    "the hub cannot do it now: it is busy, or the password "
		    "was changed less than a minute ago");
		break;
	default:
		ctl_error(cg->cg_client, "%s", reason);
	}
	freezero(cg, sizeof(*cg));
}

/* A word of the request into text; false if it is no password. */
static bool
take_word(char *word, size_t least, char *out)
{
	size_t len = strlen(word);
	ssize_t n =
	    base64_decode(BASE64_URL, word, len, out, HTTP_PASSWORD_MAX - 1);

	explicit_bzero(word, len);
	if (n < (ssize_t)least || memchr(out, '\0', (size_t)n) != NULL)
		return (false);
	out[n] = '\0';
	return (true);
}

void
password_request(struct ctl_client *c, struct vnic *vn, char *old, char *new)
{
	struct change *cg = calloc(1, sizeof(*cg));

	if (cg == NULL) {
		ctl_error(c, "out of memory");
		return;
	}
	cg->cg_client = c;
	if (!take_word(old, 1, cg->cg_old) ||
	    !take_word(new, HTTP_NEW_PASSWORD_MIN, cg->cg_new))
		password_over(cg, 0, "a password has 8 to 256 bytes");
	else if (conf_str(vn->vn_conf, "user") == NULL)
		password_over(cg, 0, "this vnic has no user");
	else if (vn->vn_crypto == NULL)
		password_over(cg, 0, vn->vn_error);
	else
		(void)link_start_change(vn, cg);
}
