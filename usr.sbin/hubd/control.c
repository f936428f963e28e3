/* SPDX-License-Identifier: ISC */
/*
 * control: what hubctl(8) asks for; show.c answers what is only shown.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* By session number, or all of a user. */
static void
kick(struct ctl_client *c, const char *what)
{
	struct session *se, *next;
	unsigned int n = 0;
	char number[24];

	LIST_FOREACH_SAFE(se, &sessions, se_entry, next) {
		snprintf(number, sizeof(number), "%llu",
		    (unsigned long long)se->se_number);
		if (se->se_local ||
		    (strcmp(number, what) != 0 &&
			strcmp(se->se_user, what) != 0))
			continue;
		se->se_cause = CAUSE_ADMIN;
		session_end(se, "kicked");
		n++;
	}
	if (n == 0)
		ctl_error(c, "no session or user is called %s", what);
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
		kick(c, argv[1]);
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
