/* SPDX-License-Identifier: ISC */
/*
 * acmed: certificates by ACME.  Options, and the parent's loop.
 */
#include <sys/stat.h>

#include <err.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/keystore.h"
#include "kern/conf.h"
#include "kern/log.h"
#include "kern/proc.h"
#include "kern/schema.h"

#include "parent.h"

enum {
	PORT = 80,
	LOOK_SECONDS = 60	/* the clock may be set meanwhile */
};

static void __attribute__((noreturn)) usage(void)
{
	fputs("usage: acmed [-dlnv] [-b hub-dir] [-C chroot] [-f file] "
	      "[-H hook]\n"
	      "             [-p port] [-S socket] [-s state-dir] [-u user] "
	      "[-w web-dir]\n",
	    stderr);
	exit(1);
}

/* NULL with the place and fault in err. */
static struct conf *
load(const char *path, char *err, size_t size)
{
	struct conf_error ce;
	struct conf *cf = conf_load(path, &ce);

	if (cf != NULL && conf_check(cf, schema_acme, path, &ce) == 0) {
		if (!conf_has(cf, "ca") ||
		    access(conf_str(cf, "ca"), R_OK) == 0)
			return (cf);
		conf_error_say(&ce, path, conf_find(cf, "ca"),
		    "ca: %s cannot be read", "ca：%s を読めません。",
		    conf_str(cf, "ca"));
	}
	conf_error_format(&ce, err, size);
	conf_free(cf);
	return (NULL);
}

/* The first task that is due; *next: when to look again. */
static struct task *
due(struct parent *pa, time_t now, time_t *next)
{
	struct task *ta = pa->pa_tasks;
	time_t at;

	*next = now + LOOK_SECONDS;
	for (; ta < pa->pa_tasks + ACME_USES; ta++) {
		if (!task_wanted(pa, ta))
			continue;
		schedule_clock(&ta->ta_schedule, now);
		if (ta->ta_tried > now)
			ta->ta_tried = 0;
		at = ta->ta_now ? 0 : schedule_next(&ta->ta_schedule);
		if (at <= now && !ta->ta_now) {
			/* the clock may have been another when it was seen */
			task_look(pa, ta);
			at = schedule_next(&ta->ta_schedule);
		}
		if (at <= now)
			return (ta);
		if (at < *next)
			*next = at;
	}
	return (NULL);
}

void
parent_plan(struct parent *pa)
{
	struct timeval tv = { 0 };
	time_t now = time(NULL), next;
	struct task *ta;

	if (pa->pa_running != NULL)
		return;
	if ((ta = due(pa, now, &next)) != NULL) {
		ta->ta_now = false;
		task_start(pa, ta);
		return;
	}
	tv.tv_sec = next - now;
	(void)event_add(pa->pa_timer, &tv);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	parent_plan(arg);
}

/* Look at what is there; what is not wanted any more goes. */
static void
begin(struct parent *pa)
{
	struct task *ta = pa->pa_tasks;

	for (; ta < pa->pa_tasks + ACME_USES; ta++) {
		memset(&ta->ta_schedule, 0, sizeof(ta->ta_schedule));
		ta->ta_fault[0] = '\0';
		if (task_wanted(pa, ta))
			task_look(pa, ta);
		else
			task_drop(pa, ta);
	}
	parent_plan(pa);
}

/* The order that runs is told to end, and has then ended. */
static void
stop_order(struct parent *pa)
{
	if (pa->pa_running == NULL)
		return;
	kill(pa->pa_order, SIGTERM);
	task_end(pa);
}

static void
on_hup(evutil_socket_t sig, short what, void *arg)
{
	struct parent *pa = arg;
	char err[512];
	struct conf *new = load(pa->pa_path, err, sizeof(err));

	(void)sig;
	(void)what;
	if (new == NULL) {
		log_warnx("%s; keeping the old settings", err);
		return;
	}
	stop_order(pa);
	conf_free(pa->pa_conf);
	pa->pa_conf = new;
	log_info("settings reloaded");
	begin(pa);
}

static void
on_term(evutil_socket_t sig, short what, void *arg)
{
	struct parent *pa = arg;

	(void)sig;
	(void)what;
	stop_order(pa);
	event_base_loopbreak(pa->pa_base);
}

static void
on_signal(struct parent *pa, int sig, event_callback_fn fn)
{
	struct event *ev = evsignal_new(pa->pa_base, sig, fn, pa);

	if (ev == NULL || event_add(ev, NULL) == -1)
		fatalx("no memory");
}

static void
run(struct parent *pa, bool foreground)
{
	log_role("parent");
	if (keystore_make_dirs(pa->pa_place.pl_dir) == -1)
		fatal("%s", pa->pa_place.pl_dir);
	if (!foreground)
		proc_daemon();
	signal(SIGPIPE, SIG_IGN);
	if ((pa->pa_base = event_base_new()) == NULL ||
	    (pa->pa_timer = evtimer_new(pa->pa_base, on_timer, pa)) == NULL)
		fatalx("no memory");
	on_signal(pa, SIGHUP, on_hup);
	on_signal(pa, SIGTERM, on_term);
	on_signal(pa, SIGINT, on_term);
	control_start(pa);
	begin(pa);
	event_base_dispatch(pa->pa_base);
	(void)unlink(pa->pa_socket);
}

static uint16_t
port_number(const char *text)
{
	const char *why;
	long long n = strtonum(text, 1, 65535, &why);

	if (why != NULL)
		errx(1, "-p: the port %s is %s", text, why);
	return ((uint16_t)n);
}

/* An option that is only a word; false if it is none of those. */
static bool
word(struct parent *pa, int ch, const char *arg)
{
	switch (ch) {
	case 'b':
		pa->pa_tasks[0].ta_use.us_dir = arg;
		break;
	case 'C':
		pa->pa_place.pl_chroot = arg;
		break;
	case 'f':
		pa->pa_path = arg;
		break;
	case 'H':
		pa->pa_place.pl_hook = arg;
		break;
	case 'S':
		pa->pa_socket = arg;
		break;
	case 's':
		pa->pa_place.pl_dir = arg;
		break;
	case 'u':
		pa->pa_place.pl_user = arg;
		break;
	case 'w':
		pa->pa_tasks[1].ta_use.us_dir = arg;
		break;
	default:
		return (false);
	}
	return (true);
}

static struct parent parent = {
	.pa_path = "/etc/acmed.conf",
	.pa_socket = "/run/acmed.sock",
	.pa_place = { "/var/db/acmed", "/etc/libexec/acme", "_acmed",
	    "/var/empty", PORT },
	.pa_tasks = { { .ta_use = { "hub", "hubd", "/var/db/hubd" } },
	    { .ta_use = { "web", "webconfd", "/var/db/webconfd" } } },
};

int
main(int argc, char **argv)
{
	bool foreground = false, syslog = false, check = false, verbose = false;
	char err[512];
	int ch;

	while ((ch = getopt(argc, argv, "b:C:df:H:lnp:S:s:u:vw:")) != -1)
		if (ch == 'd')
			foreground = true;
		else if (ch == 'l')
			syslog = true;
		else if (ch == 'n')
			check = true;
		else if (ch == 'v')
			verbose = true;
		else if (ch == 'p')
			parent.pa_place.pl_port = port_number(optarg);
		else if (!word(&parent, ch, optarg))
			usage();
	if (argc != optind)
		usage();
	log_init("acmed", check || (foreground && !syslog));
	log_verbose(verbose);
	parent.pa_conf = load(parent.pa_path, err, sizeof(err));
	if (parent.pa_conf == NULL)
		errx(1, "%s", err);
	if (check)
		return (0);
	umask(027);
	run(&parent, foreground);
	conf_free(parent.pa_conf);
	return (0);
}
