/* SPDX-License-Identifier: ISC */
/*
 * vnicd: the parent.  Starts the session process again when it dies; taps
 * stay open here meanwhile, so that the interface does not vanish.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "kern/clock.h"
#include "kern/conf.h"
#include "kern/ctl.h"
#include "kern/ipc.h"
#include "kern/log.h"
#include "kern/proc.h"
#include "net/if_route.h"
#include "vnicd.h"

enum {
	LOOK_DELAY = 200,	/* ms: changes come in bursts */
	SETTLE_RETRY = 2000,	/* ms until what is missing is tried again */
	STOP_WAIT = 3000	/* ms for the session process to end */
};

/* The state of the parent. */
static struct {
	const char *pt_argv0;
	const char *pt_path;		/* vnicd.conf */
	bool pt_foreground;
	bool pt_verbose;
	struct event_base *pt_base;
	struct conf *pt_conf;
	int pt_control;			/* listening, kept for the next child */
	int pt_monitor;
	pid_t pt_pid;			/* the session process, 0: none */
	struct ipc *pt_ipc;
	struct ipc *pt_ask;
	struct proc_backoff pt_backoff;
	struct event *pt_start;
	struct event *pt_look;
} parent;

static void session_start(void);

static void __attribute__((noreturn)) usage(void)
{
	fprintf(stderr, "usage: vnicd [-dnv] [-f file]\n");
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
	if (parent.pt_ipc != NULL)
		ipc_send(parent.pt_ipc, MSG_NET, 0, -1, mn, sizeof(*mn));
}

static void
send_resolv(void)
{
	char *text =
	    resolv_read(parent.pt_conf, "/etc/resolv.conf", "/etc/hosts");

	if (text != NULL && parent.pt_ipc != NULL)
		ipc_send_text(parent.pt_ipc, MSG_RESOLV, text);
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
	if (ipc_send(parent.pt_ipc, MSG_TAP, 0, fd, &mt, sizeof(mt)) == 0)
		nc->nc_sent = true;
}

static void
send_ca(const struct conf *vnic)
{
	char *pem = config_ca(vnic), *text = NULL;

	if (pem == NULL)
		return;
	if (asprintf(&text, "%s\n%s", conf_name(vnic), pem) != -1)
		ipc_send_text(parent.pt_ipc, MSG_CA, text);
	free(text);
	free(pem);
}

/* All settings, behind what they need.  Passwords: never shown, so wiped. */
static void
send_conf(void)
{
	char *text = conf_print(parent.pt_conf, CONF_NO_COMMENTS);
	struct nic *nc;

	if (text == NULL || parent.pt_ipc == NULL)
		fatalx("settings cannot be sent");
	TAILQ_FOREACH(nc, &nics, nc_entry) {
		if (!nc->nc_sent)
			send_tap(nc);
		send_ca(nc->nc_conf);
		ipc_send(parent.pt_ipc, MSG_NET, 0, -1, &nc->nc_net,
		    sizeof(nc->nc_net));
	}
	ipc_send_text(parent.pt_ipc, MSG_CONF, text);
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
		if (parent.pt_ipc != NULL && !nc->nc_sent)
			send_tap(nc);
	if (changed && parent.pt_ipc != NULL) {
		send_resolv();
		ipc_send(parent.pt_ipc, MSG_CHANGED, 0, -1, NULL, 0);
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

/* 0, or -1 with the reason in err: then nothing has changed. */
static int
reload(char *err, size_t size)
{
	struct conf_error ce;
	struct conf *cf, *old = parent.pt_conf;

	if ((cf = config_load(parent.pt_path, &ce)) == NULL) {
		conf_error_format(&ce, err, size);
		log_warnx("%s; the settings in use stay", err);
		return (-1);
	}
	parent.pt_conf = cf;
	nics_apply(cf);
	conf_free(old);
	look();
	if (parent.pt_ipc != NULL)
		send_conf();
	log_info("settings of %s are in use", parent.pt_path);
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
		return;			/* session_gone() is on its way */
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
session_reload(struct ipc *ch, uint32_t id)
{
	char err[512] = "";

	reload(err, sizeof(err));
	ipc_send(ch, MSG_RELOADED, id, -1, err, strlen(err));
}

static void
session_message(struct ipc *ch, const struct ipc_msg *msg, void *arg)
{
	(void)arg;
	if (msg == NULL) {
		if (parent.pt_pid > 0)	/* SIGCHLD tells the rest */
			kill(parent.pt_pid, SIGTERM);
		return;
	}
	if (msg->im_fd != -1)
		close(msg->im_fd);
	switch (msg->im_type) {
	case MSG_RELOAD:
		session_reload(ch, msg->im_id);
		break;
	case MSG_RESOLV_WANTED:
		send_resolv();
		break;
	}
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
	ipc_send(parent.pt_ipc, MSG_CONFINE, 0, -1, &mc, sizeof(mc));
}

static void
session_channels(int fd)
{
	int ask[2], control;

	if (ipc_pair(ask) == -1 || (control = dup(parent.pt_control)) == -1)
		fatal("channels");
	parent.pt_ipc = ipc_new(parent.pt_base, fd, session_message, NULL);
	parent.pt_ask = ipc_new(parent.pt_base, ask[0], session_asked, NULL);
	if (parent.pt_ipc == NULL || parent.pt_ask == NULL)
		fatalx("channels: out of memory");
	send_confine();
	ipc_send(parent.pt_ipc, MSG_ASK, 0, ask[1], NULL, 0);
	ipc_send(parent.pt_ipc, MSG_CONTROL, 0, control, NULL, 0);
}

static void
session_start(void)
{
	struct nic *nc;
	int fd;

	parent.pt_pid = proc_start(parent.pt_argv0, "session",
	    parent.pt_foreground, parent.pt_verbose, &fd);
	if (parent.pt_pid == -1)
		fatal("cannot start the session process");
	session_channels(fd);
	TAILQ_FOREACH(nc, &nics, nc_entry)
		nc->nc_sent = false;
	send_resolv();
	send_conf();
}

static void
start_cb(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	session_start();
}

static void
session_gone(int status)
{
	unsigned int wait;

	ipc_free(parent.pt_ipc);
	ipc_free(parent.pt_ask);
	parent.pt_ipc = parent.pt_ask = NULL;
	parent.pt_pid = 0;
	wait = proc_backoff_next(&parent.pt_backoff, clock_ms());
	if (WIFSIGNALED(status))
		log_warnx("the session process died of signal %d (%s); "
			  "starting it again in %u s",
		    WTERMSIG(status), strsignal(WTERMSIG(status)), wait);
	else
		log_warnx("the session process ended with status %d; "
			  "starting it again in %u s",
		    WEXITSTATUS(status), wait);
	after(parent.pt_start, wait * 1000);
}

/* It ends when its channel closes; it is killed when it does not. */
static void
session_stop(void)
{
	uint64_t limit = clock_ms() + STOP_WAIT;
	pid_t pid = parent.pt_pid;

	ipc_free(parent.pt_ipc);
	ipc_free(parent.pt_ask);
	if (pid <= 0)
		return;
	while (waitpid(pid, NULL, WNOHANG) == 0) {
		if (clock_ms() > limit) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
			return;
		}
		usleep(10000);
	}
}

/*
 * Signals.
 */

static void
signal_stop(int sig, short what, void *arg)
{
	(void)what;
	(void)arg;
	log_info("%s: stopping", strsignal(sig));
	event_base_loopbreak(parent.pt_base);
}

static void
signal_reload(int sig, short what, void *arg)
{
	char err[512];

	(void)sig;
	(void)what;
	(void)arg;
	reload(err, sizeof(err));
}

static void
signal_child(int sig, short what, void *arg)
{
	int status;

	(void)sig;
	(void)what;
	(void)arg;
	if (parent.pt_pid > 0 &&
	    waitpid(parent.pt_pid, &status, WNOHANG) == parent.pt_pid)
		session_gone(status);
}

static void
signals(void)
{
	static const struct {
		int sg_number;
		event_callback_fn sg_handler;
	} table[] = {
		{ SIGTERM, signal_stop },
		{ SIGINT, signal_stop },
		{ SIGHUP, signal_reload },
		{ SIGCHLD, signal_child },
	};
	struct event *ev;
	size_t i;

	signal(SIGPIPE, SIG_IGN);
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		ev = evsignal_new(parent.pt_base, table[i].sg_number,
		    table[i].sg_handler, NULL);
		if (ev == NULL || event_add(ev, NULL) == -1)
			fatalx("signals");
	}
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
	parent.pt_start = event_new(parent.pt_base, -1, 0, start_cb, NULL);
	parent.pt_look = event_new(parent.pt_base, -1, 0, look_cb, NULL);
	ev = event_new(parent.pt_base, parent.pt_monitor, EV_READ | EV_PERSIST,
	    monitor_cb, NULL);
	if (parent.pt_start == NULL || parent.pt_look == NULL || ev == NULL ||
	    event_add(ev, NULL) == -1)
		fatalx("events");
	signals();
}

static int
parent_main(void)
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
	nics_apply(parent.pt_conf);
	look();
	proc_backoff_next(&parent.pt_backoff, clock_ms());
	session_start();
	event_base_dispatch(parent.pt_base);
	session_stop();
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

	parent.pt_argv0 = argv[0];
	while ((ch = getopt(argc, argv, "df:nvx:")) != -1) {
		switch (ch) {
		case 'd':
			parent.pt_foreground = true;
			break;
		case 'f':
			parent.pt_path = optarg;
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
	log_init("vnicd", parent.pt_foreground);
	log_verbose(parent.pt_verbose);
	if (role != NULL)
		return (session_main());
	load(check_only);
	return (check_only ? 0 : parent_main());
}
