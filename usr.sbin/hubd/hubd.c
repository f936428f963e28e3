/* SPDX-License-Identifier: ISC */
/*
 * hubd: hosts virtual hubs.  Options, and the privileged parent's loop.
 */
#include <sys/stat.h>

#include <err.h>
#include <event2/event.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "crypto/keyproc.h"
#include "crypto/keystore.h"
#include "kern/conf.h"
#include "kern/ctl.h"
#include "kern/ipc.h"
#include "kern/log.h"
#include "kern/proc.h"
#include "kern/procset.h"
#include "kern/security.h"

#include "parent.h"

static void
usage(void)
{
	fprintf(stderr, "usage: hubd [-dlnv] [-f file]\n");
	exit(1);
}

/* A process that was started with -x. */
static void
child_main(const char *role)
{
	log_role(role);
	log_channel(PROC_LOG_FD);
	if (strcmp(role, "data") == 0)
		data_main();
	if (strcmp(role, "auth") == 0)
		auth_main();
	if (strcmp(role, "key") == 0)
		keyproc_main();
	usage();
}

/*
 * Read the certificate.  Whether it needs new processes, being of another
 * key; one of the same key is taken over by those that run.
 */
static bool
cert_update(struct parent *pa, const struct conf *new)
{
	char *cert = keyfile_cert(new);
	bool same;

	if (cert == NULL || strcmp(cert, pa->pa_cert) == 0) {
		free(cert);
		return (false);
	}
	same = keystore_same_key(cert, pa->pa_cert);
	free(pa->pa_cert);
	pa->pa_cert = cert;
	if (same)
		children_cert(pa);
	return (!same);
}

/*
 * What was settled when hubd itself started counts on: the key that new
 * processes get is read from the state directory, and the control socket stays
 * where it is.
 */
static void
keep_settled(const struct conf *old, struct conf *new)
{
	static const char *const keys[] = { "state-dir", "socket" };
	const char *a, *b;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		a = conf_str(old, keys[i]);
		b = conf_str(new, keys[i]);
		if (strcmp(a, b) == 0)
			continue;
		log_warnx("%s %s counts from the next start of hubd; until "
			  "then it is %s",
		    keys[i], b, a);
		if (conf_set(new, keys[i], a) == -1)
			fatalx("no memory for settings");
	}
}

/*
 * Whether a new certificate or other settings need new processes: the keys are
 * those of SR_PROCESSES, and the private key's file.
 */
static bool
needs_restart(struct parent *pa, const struct conf *new)
{
	static const char *const keys[] = { "threads", "user", "chroot",
		"frame-memory", "scrypt-jobs", "tls", "key" };
	bool changed = cert_update(pa, new);
	/* what a process may do was settled when it started */
	bool network =
	    settings_ask_network(pa->pa_conf) != settings_ask_network(new);
	const char *a, *b;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		a = conf_str(pa->pa_conf, keys[i]);
		b = conf_str(new, keys[i]);
		if ((a == NULL) != (b == NULL) ||
		    (a != NULL && strcmp(a, b) != 0))
			changed = true;
	}
	return (changed || network);
}

/* error: what is wrong with the settings, or could not be opened; or NULL */
static void
log_reload(const struct parent *pa, const char *error)
{
	struct security sy;

	security_begin(&sy, error == NULL ? "reload" : "reload-failed");
	security_add(&sy, "file", pa->pa_path);
	security_add(&sy, "error", error);
	security_log(&sy, error == NULL ? LOG_NOTICE : LOG_WARNING, "%s%s",
	    error == NULL ? "settings reloaded" : "",
	    error == NULL ? "" : error);
}

/*
 * Take over new settings if they are valid; else say why and keep the old.
 * What of valid ones could not be opened is said too.
 */
static int
reload(struct parent *pa, char *text, size_t size)
{
	struct conf *new = settings_load(pa->pa_path, text, size), *old;
	bool restart;
	int failed;

	if (new == NULL) {
		log_reload(pa, text);
		log_warnx("keeping the old settings");
		return (-1);
	}
	keep_settled(pa->pa_conf, new);
	own_passwords_apply(new);
	restart = needs_restart(pa, new);
	old = pa->pa_conf;
	pa->pa_conf = new;
	conf_free(old);
	if (restart) {
		log_info("settings need new processes");
		procset_stop(pa->pa_children);
		failed = resource_update(pa, text, size);
		procset_start(pa->pa_children);
	} else {
		children_settings(pa);
		failed = resource_update(pa, text, size);
	}
	log_reload(pa, failed == -1 ? text : NULL);
	return (failed);
}

void
parent_reload_request(struct parent *pa, uint32_t id)
{
	char text[512] = "";
	unsigned int asked = procset_generation(pa->pa_children);
	struct ipc *data;

	(void)reload(pa, text, sizeof(text));
	/* the asker is gone if its process was replaced */
	data = procset_ipc(pa->pa_children, ROLE_DATA);
	if (procset_generation(pa->pa_children) == asked && data != NULL)
		(void)ipc_send(data, MSG_RELOAD, id, -1, text, strlen(text));
}

void
parent_reload(void *arg)
{
	char text[512];

	(void)reload(arg, text, sizeof(text));
}

static void
parent_main(struct parent *pa)
{
	char text[512];

	log_role("parent");
	if (keyfile_prepare(pa->pa_conf, pa->pa_token_key) == -1 ||
	    (pa->pa_cert = keyfile_cert(pa->pa_conf)) == NULL)
		fatalx("no key or certificate");
	own_passwords_apply(pa->pa_conf);
	keystore_log_pin(pa->pa_cert);
	if ((pa->pa_base = event_base_new()) == NULL)
		fatalx("no event base");
	TAILQ_INIT(&pa->pa_resources);
	children_init(pa);
	if (resource_update(pa, text, sizeof(text)) == -1)
		fatalx("cannot start");
	pa->pa_control = ctl_listen(conf_str(pa->pa_conf, "socket"));
	if (pa->pa_control == -1)
		fatal("%s", conf_str(pa->pa_conf, "socket"));
	if (!pa->pa_foreground)
		proc_daemon();
	(void)event_reinit(pa->pa_base);
	procset_run(pa->pa_children);
	(void)unlink(conf_str(pa->pa_conf, "socket"));
	exit(0);
}

/* The file given, or the first of the usual places. */
static const char *
settings_path(const char *given)
{
	if (given != NULL)
		return (given);
	return (access("/etc/hubd/hubd.conf", F_OK) == 0 ?
		"/etc/hubd/hubd.conf" :
		"/etc/hubd.conf");
}

/* A daemon works in /, and reads its settings again later. */
static char *
absolute(const char *path)
{
	char *full = realpath(path, NULL);

	return (full != NULL ? full : strdup(path));
}

int
main(int argc, char **argv)
{
	static struct parent pa;
	const char *role = NULL, *file = NULL;
	char text[512];
	bool check = false;
	int ch;

	while ((ch = getopt(argc, argv, "df:lnvx:")) != -1)
		switch (ch) {
		case 'd':
			pa.pa_foreground = true;
			break;
		case 'f':
			file = optarg;
			break;
		case 'l':
			pa.pa_syslog = true;
			break;
		case 'n':
			check = true;
			break;
		case 'v':
			pa.pa_verbose = true;
			break;
		case 'x':
			role = optarg;
			break;
		default:
			usage();
		}
	if (argc != optind)
		usage();
	pa.pa_syslog |= !pa.pa_foreground;
	log_init("hubd", !pa.pa_syslog || (check && role == NULL));
	log_verbose(pa.pa_verbose);
	if (role != NULL)
		child_main(role);
	file = settings_path(file);
	pa.pa_conf = settings_load(file, text, sizeof(text));
	if (pa.pa_conf == NULL)
		errx(1, "%s", text);
	if (check)
		return (0);
	pa.pa_program = argv[0];
	pa.pa_path = absolute(file);
	umask(027);
	parent_main(&pa);
}
