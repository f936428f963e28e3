/* SPDX-License-Identifier: ISC */
/*
 * children: what webconfd's other processes are told when they start.  When
 * one dies both are started anew (kern/procset.h); the listening socket and
 * the sessions stay in the parent meanwhile.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/keystore.h"
#include "kern/ipc.h"
#include "kern/log.h"
#include "kern/procset.h"

#include "parent.h"
#include "shelf.h"

static const char *const role_name[ROLES] = { "key", "http" };

static void
on_message(unsigned int role, const struct ipc_msg *msg, void *arg)
{
	if (role == ROLE_HTTP && msg->im_type == WEB_ASK)
		ask(arg, msg->im_id, msg->im_data, msg->im_len);
}

/* acmed(8) may have got another certificate; its key is the same. */
static void
cert_update(struct parent *pa)
{
	struct ipc *http = procset_ipc(pa->pa_children, ROLE_HTTP);
	char *cert = keystore_best_cert(pa->pa_state, "webconfd");

	if (cert == NULL || strcmp(cert, pa->pa_cert) == 0 ||
	    !keystore_same_key(cert, pa->pa_cert)) {
		free(cert);
		return;
	}
	free(pa->pa_cert);
	pa->pa_cert = cert;
	if (http != NULL)
		(void)ipc_send_text(http, WEB_CERT, cert);
}

static void
on_reload(void *arg)
{
	admin_update(arg);
	cert_update(arg);
}

static void
on_reap(void *arg)
{
	apply_reap(arg);
	jobs_reap(arg);
	task_reap(arg);
}

/* What of the files that ship is there. */
static void
send_files(const struct parent *pa, struct ipc *http)
{
	char path[PATH_MAX];
	uint32_t i;
	int fd;

	for (i = 0; i < SHELF_FILES; i++) {
		snprintf(path, sizeof(path), "%s/%s", pa->pa_share,
		    shelf_name(i));
		if ((fd = open(path, O_RDONLY | O_CLOEXEC)) != -1)
			(void)ipc_send(http, WEB_FILE, i, fd, NULL, 0);
	}
}

/* All have started: channels between them, and what they need. */
static void
wire(void *arg)
{
	struct parent *pa = arg;
	struct ipc *key = procset_ipc(pa->pa_children, ROLE_KEY);
	struct ipc *http = procset_ipc(pa->pa_children, ROLE_HTTP);
	struct keyproc_start ks = { .ks_user = "" };
	char path[PATH_MAX];
	int fds[2], fd;

	snprintf(path, sizeof(path), "%s/webconfd.key", pa->pa_state);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		fatal("%s", path);
	if (ipc_pair(fds) == -1)
		fatal("socketpair");
	strlcpy(ks.ks_user, pa->pa_user, sizeof(ks.ks_user));
	strlcpy(ks.ks_chroot, pa->pa_chroot, sizeof(ks.ks_chroot));
	/* what the one before was being sent has no end */
	task_http_gone(pa);
	(void)ipc_send(key, KEYPROC_FILE, 0, fd, NULL, 0);
	(void)ipc_send(key, KEYPROC_CHANNEL, 0, fds[0], NULL, 0);
	(void)ipc_send(key, KEYPROC_START, 0, -1, &ks, sizeof(ks));
	(void)ipc_send_text(http, WEB_CERT, pa->pa_cert);
	(void)ipc_send(http, WEB_KEY_CHANNEL, 0, fds[1], NULL, 0);
	(void)ipc_send(http, WEB_LISTEN, 0,
	    fcntl(pa->pa_listen, F_DUPFD_CLOEXEC, 0), NULL, 0);
	send_files(pa, http);
	(void)ipc_send(http, WEB_START, 0, -1, &ks, sizeof(ks));
}

void
children_init(struct parent *pa)
{
	const struct procset_params pp = {
		.pp_base = pa->pa_base,
		.pp_program = pa->pa_program,
		.pp_foreground = !pa->pa_syslog,
		.pp_verbose = pa->pa_verbose,
		.pp_roles = role_name,
		.pp_n = ROLES,
		.pp_wire = wire,
		.pp_message = on_message,
		.pp_reload = on_reload,
		.pp_reap = on_reap,
		.pp_arg = pa,
	};

	pa->pa_children = procset_new(&pp);
}
