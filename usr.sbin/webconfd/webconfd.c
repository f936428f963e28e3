/* SPDX-License-Identifier: ISC */
/*
 * webconfd: the web form.  Options, and the privileged parent's loop.
 */
#include <sys/stat.h>

#include <err.h>
#include <event2/event.h>
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
#include "net/tcp_open.h"

#include "parent.h"

enum { BACKLOG = 1024 };

static void __attribute__((noreturn)) usage(void)
{
	fputs("usage: webconfd [-dlv] [-c dir] [-C chroot] [-F share-dir]\n"
	      "                [-m sbom] [-N dir] [-P path] [-p port]\n"
	      "                [-R run-dir] [-r rc] [-s state-dir]\n"
	      "                [-S code-file] [-t seconds] [-u user]\n",
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

static void
prepare(struct parent *pa)
{
	static const struct guess_limits gl = { .gl_delay = 500,
		.gl_delay_max = 4000,
		.gl_limit = 10,
		.gl_lockout = UINT64_C(15) * 60 * 1000 };
	if (keystore_make_dirs(pa->pa_state) == -1)
		fatal("%s", pa->pa_state);
	if (keystore_selfsigned(pa->pa_state, "webconfd") == -1)
		fatalx("no key or certificate");
	pa->pa_cert = keystore_best_cert(pa->pa_state, "webconfd");
	if (pa->pa_cert == NULL)
		fatalx("no certificate");
	keystore_log_pin(pa->pa_cert);
	if ((pa->pa_guess = guess_new(&gl)) == NULL)
		fatalx("no memory");
	/* of all addresses: the packet filter says who gets that far */
	if ((pa->pa_listen = tcp_listen(pa->pa_port, BACKLOG)) == -1)
		fatal("port %u", pa->pa_port);
	factor_init(pa);
	task_init(pa);
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
	apply_init(pa);
	trial_init(pa);
	children_init(pa);
	sources_sample(pa);
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

/* What an option that takes text as it is sets; NULL: it is none of those. */
static const char **
text_option(struct parent *pa, int ch)
{
	switch (ch) {
	case 'c':
		return (&pa->pa_cfg);
	case 'C':
		return (&pa->pa_chroot);
	case 'F':
		return (&pa->pa_share);
	case 'm':
		return (&pa->pa_sbom);
	case 'N':
		return (&pa->pa_notices);
	case 'P':
		return (&pa->pa_path);
	case 'R':
		return (&pa->pa_run);
	case 'r':
		return (&pa->pa_rc);
	case 's':
		return (&pa->pa_state);
	case 'S':
		return (&pa->pa_code_file);
	case 'u':
		return (&pa->pa_user);
	default:
		return (NULL);
	}
}

/* *role: which process to be, if it is a child. */
static void
options(struct parent *pa, int argc, char **argv, const char **role)
{
	const char **text;
	int ch;

	while ((ch = getopt(argc, argv, "c:C:dF:lm:N:P:p:R:r:s:S:t:u:vx:")) !=
	    -1)
		if (ch == 'd')
			pa->pa_foreground = true;
		else if (ch == 'l')
			pa->pa_syslog = true;
		else if (ch == 'v')
			pa->pa_verbose = true;
		else if (ch == 'p')
			pa->pa_port = port_number(optarg);
		else if (ch == 't')
			pa->pa_trial_time = seconds(optarg);
		else if (ch == 'x')
			*role = optarg;
		else if ((text = text_option(pa, ch)) != NULL)
			*text = optarg;
		else
			usage();
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
		.pa_notices = "/run/notice",
		.pa_run = "/run",
		.pa_path = "/sbin:/bin:/usr/sbin:/usr/bin",
		.pa_share = "/usr/share/longwire",
		.pa_sbom = "/usr/share/longwire/sbom.json",
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
