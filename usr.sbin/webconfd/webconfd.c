/* SPDX-License-Identifier: ISC */
/*
 * webconfd: the web form.  Options, and the privileged parent's loop.
 */
#include <sys/socket.h>
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <event2/event.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/guess.h"
#include "crypto/crypto.h"
#include "crypto/keystore.h"
#include "kern/conf.h"
#include "kern/generation.h"
#include "kern/log.h"
#include "kern/proc.h"
#include "kern/procset.h"

#include "parent.h"

enum { BACKLOG = 1024 };

static void __attribute__((noreturn)) usage(void)
{
	fputs("usage: webconfd [-dlv] [-c dir] [-C chroot] [-p port] [-r rc]\n"
	      "                [-s state-dir] [-S code-file] [-t seconds]\n"
	      "                [-u user]\n",
	    stderr);
	exit(1);
}

/* A process that was started with -x. */
static void __attribute__((noreturn)) child_main(const char *role)
{
	log_role(role);
	log_channel(PROC_LOG_FD);
	if (strcmp(role, "http") == 0)
		http_main();
	if (strcmp(role, "key") == 0)
		keyproc_main();
	usage();
}

/* All addresses of the box; the packet filter says who gets that far. */
static int
listen_at(uint16_t port)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
		.sin6_port = htons(port) };
	struct sockaddr_in v4 = { .sin_family = AF_INET,
		.sin_port = htons(port) };
	int fd, on = 1, off = 0;

	fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd != -1) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
		if (bind(fd, (struct sockaddr *)&v6, sizeof(v6)) == 0 &&
		    listen(fd, BACKLOG) == 0)
			return (fd);
		close(fd);
		if (errno != EADDRNOTAVAIL && errno != EAFNOSUPPORT)
			return (-1);
	}
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return (-1);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&v4, sizeof(v4)) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return (fd);
	close(fd);
	return (-1);
}

static void
prepare(struct parent *pa)
{
	static const struct guess_limits gl = { .gl_delay = 500,
		.gl_delay_max = 4000,
		.gl_limit = 10,
		.gl_lockout = UINT64_C(15) * 60 * 1000 };
	char path[PATH_MAX];

	if (keystore_make_dirs(pa->pa_state) == -1)
		fatal("%s", pa->pa_state);
	if (keystore_selfsigned(pa->pa_state, "webconfd") == -1)
		fatalx("no key or certificate");
	snprintf(path, sizeof(path), "%s/webconfd.crt", pa->pa_state);
	if ((pa->pa_cert = keystore_cert(path)) == NULL)
		fatalx("no certificate");
	keystore_log_pin(pa->pa_cert);
	if ((pa->pa_guess = guess_new(&gl)) == NULL)
		fatalx("no memory");
	if ((pa->pa_listen = listen_at(pa->pa_port)) == -1)
		fatal("port %u", pa->pa_port);
	factor_init(pa);
	admin_update(pa);
}

static void __attribute__((noreturn)) parent_main(struct parent *pa)
{
	log_role("parent");
	if ((pa->pa_base = event_base_new()) == NULL)
		fatalx("no event base");
	prepare(pa);
	if (!pa->pa_foreground)
		proc_daemon();
	(void)event_reinit(pa->pa_base);
	trial_init(pa);
	children_init(pa);
	log_info("listening at port %u", pa->pa_port);
	procset_run(pa->pa_children);
	guess_free(pa->pa_guess);
	free(pa->pa_cert);
	exit(0);
}

static uint16_t
port_number(const char *text)
{
	const char *errstr;
	long long n = strtonum(text, 1, 65535, &errstr);

	if (errstr != NULL)
		errx(1, "-p: the port %s is %s", text, errstr);
	return ((uint16_t)n);
}

static unsigned int
seconds(const char *text)
{
	const char *errstr;
	long long n = strtonum(text, 1, 3600, &errstr);

	if (errstr != NULL)
		errx(1, "-t: %s seconds is %s", text, errstr);
	return ((unsigned int)n);
}

/* *role: which process to be, if it is a child. */
static void
options(struct parent *pa, int argc, char **argv, const char **role)
{
	int ch;

	while ((ch = getopt(argc, argv, "c:C:dlp:r:s:S:t:u:vx:")) != -1)
		switch (ch) {
		case 'c':
			pa->pa_cfg = optarg;
			break;
		case 'C':
			pa->pa_chroot = optarg;
			break;
		case 'd':
			pa->pa_foreground = true;
			break;
		case 'l':
			pa->pa_syslog = true;
			break;
		case 'p':
			pa->pa_port = port_number(optarg);
			break;
		case 'r':
			pa->pa_rc = optarg;
			break;
		case 's':
			pa->pa_state = optarg;
			break;
		case 'S':
			pa->pa_code_file = optarg;
			break;
		case 't':
			pa->pa_trial_time = seconds(optarg);
			break;
		case 'u':
			pa->pa_user = optarg;
			break;
		case 'v':
			pa->pa_verbose = true;
			break;
		case 'x':
			*role = optarg;
			break;
		default:
			usage();
		}
	if (argc != optind)
		usage();
}

int
main(int argc, char **argv)
{
	static struct parent pa = { .pa_cfg = "/cfg",
		.pa_state = "/var/db/webconfd",
		.pa_code_file = "/run/setup-code",
		.pa_rc = "/etc/rc",
		.pa_user = "_webconfd",
		.pa_chroot = "/var/empty",
		.pa_net = "/sys/class/net",
		.pa_port = WEB_PORT,
		.pa_trial_time = TRIAL_TIME };
	const char *role = NULL;

	options(&pa, argc, argv, &role);
	pa.pa_syslog |= !pa.pa_foreground;
	log_init("webconfd", !pa.pa_syslog);
	log_verbose(pa.pa_verbose);
	if (role != NULL)
		child_main(role);
	pa.pa_program = argv[0];
	umask(027);
	parent_main(&pa);
}
