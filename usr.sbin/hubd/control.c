/* SPDX-License-Identifier: ISC */
/*
 * control: what hubctl(8) asks for; show.c answers what is only shown.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/base64.h"
#include "crypto/crypto.h"
#include "kern/ctl.h"
#include "kern/ipc.h"
#include "kern/log.h"

#include "capture.h"
#include "show.h"

/* A client that waits for the parent to reload. */
struct reload {
	LIST_ENTRY(reload) rl_entry;
	uint32_t rl_id;
	struct ctl_client *rl_client;
};
static LIST_HEAD(, reload) reloads = LIST_HEAD_INITIALIZER(reloads);
static struct ctl_server *server;
static uint32_t last_reload;

static void
kick(struct session *se)
{
	se->se_cause = CAUSE_ADMIN;
	session_end(se, "kicked");
}

static void
kick_session(struct ctl_client *c, const char *number)
{
	const char *why;
	long long n = strtonum(number, 1, INT64_MAX, &why);
	struct session *se = why == NULL ? session_find((uint64_t)n) : NULL;

	if (se == NULL || se->se_local)
		ctl_error(c, "there is no session %s", number);
	else {
		kick(se);
		ctl_ok(c);
	}
}

/* All of them, in whatever hub. */
static void
kick_user(struct ctl_client *c, const char *user)
{
	struct session *se, *next;
	unsigned int n = 0;

	LIST_FOREACH_SAFE(se, &sessions, se_entry, next) {
		if (se->se_local || strcmp(se->se_user, user) != 0)
			continue;
		kick(se);
		n++;
	}
	if (n == 0)
		ctl_error(c, "user %s has no session", user);
	else
		ctl_ok(c);
}

static void
ask_reload(struct ctl_client *c)
{
	struct reload *rl = calloc(1, sizeof(*rl));

	if (rl == NULL || data.dt_parent == NULL ||
	    ipc_send(data.dt_parent, MSG_RELOAD, ++last_reload, -1, NULL, 0) ==
		-1) {
		free(rl);
		ctl_error(c, "the parent process cannot be asked");
		return;
	}
	rl->rl_id = last_reload;
	rl->rl_client = c;
	LIST_INSERT_HEAD(&reloads, rl, rl_entry);
}

/* "challenge NAME DIGEST", or "challenge": none any more. */
static void
challenge(struct ctl_client *c, int argc, char **argv)
{
	uint8_t digest[CRYPTO_ACME_LEN];
	char err[256];

	if (argc == 2 &&
	    base64_decode(BASE64_URL, argv[1], strlen(argv[1]), digest,
		sizeof(digest)) != sizeof(digest))
		ctl_error(c, "a digest has 43 characters of base64url");
	else if (crypto_ctx_challenge(data.dt_ctx, argc == 2 ? argv[0] : NULL,
		     digest, err, sizeof(err)) == -1)
		ctl_error(c, "challenge: %s", err);
	else
		ctl_ok(c);
}

void
control_reloaded(uint32_t id, const char *error)
{
	struct reload *rl;

	LIST_FOREACH(rl, &reloads, rl_entry)
		if (rl->rl_id == id)
			break;
	if (rl == NULL)
		return;
	if (*error == '\0')
		ctl_ok(rl->rl_client);
	else
		ctl_error(rl->rl_client, "%s", error);
	LIST_REMOVE(rl, rl_entry);
	free(rl);
}

static void
on_request(struct ctl_client *c, int argc, char **argv, void *arg)
{
	(void)arg;
	if (argc >= 1 && strcmp(argv[0], "show") == 0)
		show(c, argc - 1, argv + 1);
	else if (argc >= 1 && strcmp(argv[0], "capture") == 0)
		capture(c, argc - 1, argv + 1);
	else if (argc == 2 && strcmp(argv[0], "kick") == 0)
		kick_session(c, argv[1]);
	else if (argc == 3 && strcmp(argv[0], "kick") == 0 &&
	    strcmp(argv[1], "user") == 0)
		kick_user(c, argv[2]);
	else if (argc == 5 && strcmp(argv[0], "radius") == 0 &&
	    strcmp(argv[1], "test") == 0)
		radius_ask_test(c, argv + 2);
	else if ((argc == 1 || argc == 3) && strcmp(argv[0], "challenge") == 0)
		challenge(c, argc - 1, argv + 1);
	else if (argc == 1 && strcmp(argv[0], "reload") == 0)
		ask_reload(c);
	else
		ctl_error(c, "unknown command");
}

void
control_start(int fd)
{
	server = ctl_server_new(data.dt_worker[0].w_base, fd, on_request, NULL);
	if (server == NULL)
		fatalx("no control socket");
}
