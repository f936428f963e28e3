/* SPDX-License-Identifier: ISC */
/*
 * vnicd: the parent.  Starts the session process again when it dies; taps
 * stay open here meanwhile, so that the interface does not vanish.
 */
#include <sys/stat.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include <event2/event.h>

#include "kern/awake.h"
#include "kern/conf.h"
#include "kern/ctl.h"
#include "kern/ipc.h"
#include "kern/log.h"
#include "kern/proc.h"
#include "kern/procset.h"
#include "kern/security.h"
#include "net/if_route.h"
#include "vnicd.h"

enum {
	LOOK_DELAY = 200,	/* ms: changes come in bursts */
	SETTLE_RETRY = 2000	/* ms until what is missing is tried again */
};

/* The state of the parent. */
static struct {
	const char *pt_path;		/* vnicd.conf */
	bool pt_foreground;
	bool pt_syslog;			/* not to standard error */
	bool pt_verbose;
	struct event_base *pt_base;
	struct conf *pt_conf;
	int pt_control;			/* listening, kept for the next child */
	int pt_monitor;
	struct procset *pt_children;	/* the session process */
	struct ipc *pt_ask;
	struct event *pt_look;
} parent;

/* NULL while it does not run. */
static struct ipc *
to_session(void)
{
	return (procset_ipc(parent.pt_children, 0));
}

static void __attribute__((noreturn)) usage(void)
{
	fprintf(stderr, "usage: vnicd [-dlnv] [-f file]\n");
	exit(1);
}

static void
after(struct event *ev, unsigned int ms)
{
	const struct timeval tv = { .tv_sec = ms / 1000,
		.tv_usec = ms % 1000 * 1000 };

	event_add(ev, &tv);
}

/*
 * What the session process is told.
 */

static void
send_net(const struct msg_net *mn)
{
	if (to_session() != NULL)
		ipc_send(to_session(), MSG_NET, 0, -1, mn, sizeof(*mn));
}

static void
send_resolv(void)
{
	char *text =
	    resolv_read(parent.pt_conf, "/etc/resolv.conf", "/etc/hosts");

	if (text != NULL && to_session() != NULL)
		ipc_send_text(to_session(), MSG_RESOLV, text);
	free(text);
}

static void
send_tap(struct nic *nc)
{
	struct msg_tap mt = { .mt_mac = { 0 } };
	int fd;

	if (nc->nc_fd == -1 || (fd = dup(nc->nc_fd)) == -1)
		return;
	strlcpy(mt.mt_name, nc->nc_name, sizeof(mt.mt_name));
	strlcpy(mt.mt_ifname, nc->nc_ifname, sizeof(mt.mt_ifname));
	memcpy(mt.mt_mac, nc->nc_mac, sizeof(mt.mt_mac));
	if (ipc_send(to_session(), MSG_TAP, 0, fd, &mt, sizeof(mt)) == 0)
		nc->nc_sent = true;
}

static void
send_file(const char *text)
{
	ipc_send_text(to_session(), MSG_FILE, text);
}

/* All settings, behind what they need.  Passwords: never shown, so wiped. */
static void
send_conf(void)
{
	char *text = conf_print(parent.pt_conf, CONF_NO_COMMENTS);
	struct nic *nc;

	if (text == NULL || to_session() == NULL)
		fatalx("settings cannot be sent");
	TAILQ_FOREACH(nc, &nics, nc_entry) {
		if (!nc->nc_sent)
			send_tap(nc);
		ipc_send(to_session(), MSG_NET, 0, -1, &nc->nc_net,
		    sizeof(nc->nc_net));
	}
	config_files(parent.pt_conf, send_file);
	ipc_send_text(to_session(), MSG_CONF, text);
	explicit_bzero(text, strlen(text));
	free(text);
}

/*
 * The network.
 */

/* Make what is missing and look at what is there. */
static void
look(void)
{
	struct nic *nc;
	bool settled, changed;

	settled = nics_settle();
	nics_look(send_net);
	changed = nics_uplinks_changed();
	TAILQ_FOREACH(nc, &nics, nc_entry)
		if (to_session() != NULL && !nc->nc_sent)
			send_tap(nc);
	if (changed && to_session() != NULL) {
		send_resolv();
		ipc_send(to_session(), MSG_CHANGED, 0, -1, NULL, 0);
	}
	if (!settled)
		after(parent.pt_look, SETTLE_RETRY);
}

static void
look_cb(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	look();
}

static void
monitor_cb(int fd, short what, void *arg)
{
	(void)what;
	(void)arg;
	if (route_monitor_read(fd))
		after(parent.pt_look, LOOK_DELAY);
}

/*
 * Settings.
 */

static void
log_reload(const char *error)
{
	struct security sy;

	security_begin(&sy, error == NULL ? "reload" : "reload-failed");
	security_add(&sy, "file", parent.pt_path);
	security_add(&sy, "error", error);
	if (error == NULL)
		security_log(&sy, LOG_NOTICE, "settings of %s are in use",
		    parent.pt_path);
	else
		security_log(&sy, LOG_WARNING, "%s; the settings in use stay",
		    error);
}

/* 0, or -1 with the reason in err: then nothing has changed. */
static int
reload(char *err, size_t size)
{
	struct conf_error ce;
	struct conf *cf, *old = parent.pt_conf;

	if ((cf = config_load(parent.pt_path, &ce)) == NULL) {
		conf_error_format(&ce, err, size);
		log_reload(err);
		return (-1);
	}
	parent.pt_conf = cf;
	nics_apply(cf);
	conf_free(old);
	look();
	if (to_session() != NULL)
		send_conf();
	log_reload(NULL);
	return (0);
}

/*
 * What the session process asks.
 */

static void
session_asked(struct ipc *ch, const struct ipc_msg *msg, void *arg)
{
	struct answer an;
	struct ask ak;

	(void)arg;
	if (msg == NULL)
		return;			/* session_wire() makes another */
	if (msg->im_fd != -1)
		close(msg->im_fd);
	if (msg->im_len != sizeof(ak))
		return;
	memcpy(&ak, msg->im_data, sizeof(ak));
	ak.ak_name[sizeof(ak.ak_name) - 1] = '\0';
	nics_answer(&ak, &an);
	ipc_send(ch, msg->im_type, msg->im_id, -1, &an, sizeof(an));
}

static void
session_reload(uint32_t id)
{
	char err[512] = "";

	reload(err, sizeof(err));
	if (to_session() != NULL)
		ipc_send(to_session(), MSG_RELOADED, id, -1, err, strlen(err));
}

/* procset_params.pp_message */
static void
session_message(unsigned int role, const struct ipc_msg *msg, void *arg)
{
	(void)role;
	(void)arg;
	switch (msg->im_type) {
	case MSG_RELOAD:
		session_reload(msg->im_id);
		break;
	case MSG_RESOLV_WANTED:
		send_resolv();
		break;
	}
}

/* procset_params.pp_reload */
static void
reload_asked(void *arg)
{
	char err[512];

	(void)arg;
	reload(err, sizeof(err));
}

/*
 * The session process.
 */

static void
send_confine(void)
{
	struct msg_confine mc;

	memset(&mc, 0, sizeof(mc));
	strlcpy(mc.mc_user, conf_str(parent.pt_conf, "user"),
	    sizeof(mc.mc_user));
	strlcpy(mc.mc_dir, conf_str(parent.pt_conf, "chroot"),
	    sizeof(mc.mc_dir));
	ipc_send(to_session(), MSG_CONFINE, 0, -1, &mc, sizeof(mc));
}

/* procset_params.pp_wire */
static void
session_wire(void *arg)
{
	int ask[2], control;
	struct nic *nc;

	(void)arg;
	if (ipc_pair(ask) == -1 || (control = dup(parent.pt_control)) == -1)
		fatal("channels");
	ipc_free(parent.pt_ask);
	parent.pt_ask = ipc_new(parent.pt_base, ask[0], session_asked, NULL);
	if (parent.pt_ask == NULL)
		fatalx("channels: out of memory");
	send_confine();
	ipc_send(to_session(), MSG_ASK, 0, ask[1], NULL, 0);
	ipc_send(to_session(), MSG_CONTROL, 0, control, NULL, 0);
	awake_send(to_session(), MSG_AWAKE);
	TAILQ_FOREACH(nc, &nics, nc_entry)
		nc->nc_sent = false;
	send_resolv();
	send_conf();
}

/*
 * Start.
 */

static void
events(void)
{
	struct event *ev;

	if ((parent.pt_base = event_base_new()) == NULL)
		fatalx("event_base_new");
	if ((parent.pt_monitor = route_monitor_open()) == -1)
		fatal("routes cannot be watched");
	parent.pt_look = event_new(parent.pt_base, -1, 0, look_cb, NULL);
	ev = event_new(parent.pt_base, parent.pt_monitor, EV_READ | EV_PERSIST,
	    monitor_cb, NULL);
	if (parent.pt_look == NULL || ev == NULL || event_add(ev, NULL) == -1)
		fatalx("events");
}

static void
children(const char *argv0)
{
	static const char *const roles[] = { "session" };
	const struct procset_params pp = {
		.pp_base = parent.pt_base,
		.pp_program = argv0,
		.pp_foreground = !parent.pt_syslog,
		.pp_verbose = parent.pt_verbose,
		.pp_roles = roles,
		.pp_n = 1,
		.pp_wire = session_wire,
		.pp_message = session_message,
		.pp_reload = reload_asked,
	};

	parent.pt_children = procset_new(&pp);
}

static int
parent_main(const char *argv0)
{
	const char *socket = conf_str(parent.pt_conf, "socket");

	if (geteuid() != 0)
		fatalx("must be run by root: it makes network interfaces");
	if (!parent.pt_foreground)
		proc_daemon();
	log_role("parent");
	if ((parent.pt_control = ctl_listen(socket)) == -1)
		fatal("%s", socket);
	events();
	children(argv0);
	nics_apply(parent.pt_conf);
	look();
	procset_run(parent.pt_children);
	nics_close();
	unlink(socket);
	conf_free(parent.pt_conf);
	return (0);
}

static const char *
default_path(void)
{
	static const char own[] = "/etc/vnicd/vnicd.conf";
	struct stat st;

	return (stat(own, &st) == 0 ? own : "/etc/vnicd.conf");
}

/* -n prints nothing but what is wrong. */
static int
load(bool check_only)
{
	struct conf_error ce;
	char text[512];

	if (parent.pt_path == NULL)
		parent.pt_path = default_path();
	if ((parent.pt_conf = config_load(parent.pt_path, &ce)) == NULL) {
		conf_error_format(&ce, text, sizeof(text));
		errx(1, "%s", text);
	}
	if (check_only)
		conf_free(parent.pt_conf);
	return (0);
}

int
main(int argc, char **argv)
{
	const char *role = NULL;
	bool check_only = false;
	int ch;

	while ((ch = getopt(argc, argv, "df:lnvx:")) != -1) {
		switch (ch) {
		case 'd':
			parent.pt_foreground = true;
			break;
		case 'f':
			parent.pt_path = optarg;
			break;
		case 'l':
			parent.pt_syslog = true;
			break;
		case 'n':
			check_only = true;
			break;
		case 'v':
			parent.pt_verbose = true;
			break;
		case 'x':
			role = optarg;
			break;
		default:
			usage();
		}
	}
	if (argc != optind)
		usage();
	parent.pt_syslog |= !parent.pt_foreground;
	log_init("vnicd", !parent.pt_syslog);
	log_verbose(parent.pt_verbose);
	if (role != NULL)
		return (session_main());
	load(check_only);
	return (check_only ? 0 : parent_main(argv[0]));
}
