/* SPDX-License-Identifier: ISC */
/*
 * children: what hubd's other processes are told when they start.  When one
 * dies all are started anew (kern/procset.h); listeners and taps stay open in
 * the parent meanwhile, and clients resume their sessions by token.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/keyproc.h"
#include "kern/awake.h"
#include "kern/conf.h"
#include "kern/ipc.h"
#include "kern/log.h"
#include "kern/procset.h"

#include "parent.h"

static const char *const role_name[ROLES] = { "key", "auth", "data" };

static struct ipc *
channel(const struct parent *pa, enum role role)
{
	return (procset_ipc(pa->pa_children, role));
}

/* The auth process has seen the old password, and made the new string. */
static void
new_password(struct parent *pa, const struct ipc_msg *msg)
{
	const struct msg_password *mp = msg->im_data;
	bool kept = false;

	if (msg->im_len == sizeof(*mp) &&
	    name_ok(mp->mp_hub, sizeof(mp->mp_hub)) &&
	    name_ok(mp->mp_user, sizeof(mp->mp_user)) &&
	    name_ok(mp->mp_string, sizeof(mp->mp_string)))
		kept = own_password_set(pa->pa_conf, mp) == 0;
	/* the next log-in finds it */
	if (kept)
		children_settings(pa);
	(void)ipc_send(channel(pa, ROLE_AUTH), MSG_PASSWORD, msg->im_id, -1,
	    &kept, sizeof(kept));
}

static void
on_message(unsigned int role, const struct ipc_msg *msg, void *arg)
{
	if (role == ROLE_DATA && msg->im_type == MSG_RELOAD)
		parent_reload_request(arg, msg->im_id);
	else if (role == ROLE_AUTH && msg->im_type == MSG_PASSWORD)
		new_password(arg, msg);
}

/* Processors that this process, and its children, may run on. */
static long
cpus(void)
{
	cpu_set_t set;

	return (sched_getaffinity(0, sizeof(set), &set) == -1 ?
		sysconf(_SC_NPROCESSORS_ONLN) :
		CPU_COUNT(&set));
}

/*
 * The data process has at most this many threads; 0 in settings is a core's
 * each.  On a single one they would only take turns.
 */
static unsigned int
threads(const struct parent *pa)
{
	long n = (long)conf_int(pa->pa_conf, "threads"), have = cpus();

	if (n == 0 || have == 1)
		n = have;
	return (n < 1 ? 1 : n > THREADS_MAX ? THREADS_MAX : (unsigned int)n);
}

/* A channel between two children, one end to each. */
static void
join(struct parent *pa, enum role a, uint32_t atype, enum role b,
    uint32_t btype, uint32_t id)
{
	int fds[2];

	if (ipc_pair(fds) == -1)
		fatal("socketpair");
	if (ipc_send(channel(pa, a), atype, id, fds[0], NULL, 0) == -1 ||
	    ipc_send(channel(pa, b), btype, id, fds[1], NULL, 0) == -1)
		log_warnx("no channel from %s to %s", role_name[a],
		    role_name[b]);
}

void
children_settings(struct parent *pa)
{
	char *data = settings_for_data(pa->pa_conf, pa->pa_token_key);
	char *auth = conf_print(pa->pa_conf, CONF_NO_COMMENTS);

	if (data == NULL || auth == NULL)
		fatalx("no memory for settings");
	if (channel(pa, ROLE_DATA) != NULL)
		(void)ipc_send_text(channel(pa, ROLE_DATA), MSG_SETTINGS, data);
	if (channel(pa, ROLE_AUTH) != NULL) {
		files_send(channel(pa, ROLE_AUTH), pa->pa_conf);
		(void)ipc_send_text(channel(pa, ROLE_AUTH), MSG_SETTINGS, auth);
	}
	explicit_bzero(auth, strlen(auth));
	free(auth);
	free(data);
}

void
children_cert(struct parent *pa)
{
	if (channel(pa, ROLE_DATA) != NULL)
		(void)ipc_send_text(channel(pa, ROLE_DATA), MSG_CERT,
		    pa->pa_cert);
}

/* All have started: channels between them, settings, what they need. */
static void
wire(void *arg)
{
	struct parent *pa = arg;
	struct ipc *to_key = channel(pa, ROLE_KEY);
	struct ipc *to_auth = channel(pa, ROLE_AUTH);
	struct ipc *to_data = channel(pa, ROLE_DATA);
	struct keyproc_start ks = { .ks_user = "" };
	int key = keyfile_open_key(pa->pa_conf);
	uint32_t i;

	if (key == -1)
		fatalx("no key");
	(void)ipc_send(to_key, KEYPROC_FILE, 0, key, NULL, 0);
	/* before the settings, of which some are counted for each thread */
	for (i = 0; i < threads(pa); i++)
		join(pa, ROLE_KEY, KEYPROC_CHANNEL, ROLE_DATA, MSG_KEY_CHANNEL,
		    i);
	children_settings(pa);
	join(pa, ROLE_AUTH, MSG_AUTH_CHANNEL, ROLE_DATA, MSG_AUTH_CHANNEL, 0);
	strlcpy(ks.ks_user, conf_str(pa->pa_conf, "user"), sizeof(ks.ks_user));
	strlcpy(ks.ks_chroot, conf_str(pa->pa_conf, "chroot"),
	    sizeof(ks.ks_chroot));
	(void)ipc_send(to_key, KEYPROC_START, 0, -1, &ks, sizeof(ks));
	(void)ipc_send(to_auth, MSG_START, 0, -1, NULL, 0);
	children_cert(pa);
	(void)ipc_send(to_data, MSG_TOKEN_KEY, 0, -1, pa->pa_token_key,
	    TOKEN_KEY_LEN);
	(void)ipc_send(to_data, MSG_CONTROL, 0,
	    fcntl(pa->pa_control, F_DUPFD_CLOEXEC, 0), NULL, 0);
	awake_send(to_data, MSG_AWAKE);
	resource_send_all(pa);
	(void)ipc_send(to_data, MSG_START, 0, -1, NULL, 0);
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
		.pp_reload = parent_reload,
		.pp_arg = pa,
	};

	pa->pa_children = procset_new(&pp);
}
