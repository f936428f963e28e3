/* SPDX-License-Identifier: ISC */
/*
 * ask_task: backup, restore, upgrade, what the image is made of, restart.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "crypto/backup.h"
#include "kern/conf.h"
#include "kern/ipc.h"
#include "kern/log.h"
#include "kern/procset.h"

#include "ask.h"

enum { OUTPUT_SECONDS = 30 };

/* A program whose output the http process reads; `in` becomes its input. */
static int
send_output(struct question *qu, const char *name, char *const *argv, int in)
{
	struct parent *pa = qu->qu_parent;
	struct ipc *ch = procset_ipc(pa->pa_children, ROLE_HTTP);
	struct command cm = { .cm_argv = argv,
		.cm_path = pa->pa_path,
		.cm_in = in,
		.cm_seconds = OUTPUT_SECONDS };
	int fds[2], rv;

	if (ch == NULL || pipe2(fds, O_CLOEXEC) == -1)
		return (-1);
	cm.cm_out = fds[1];
	rv = command_forget(&cm);
	close(fds[1]);
	if (rv == -1 || fcntl(fds[0], F_SETFL, O_NONBLOCK) == -1) {
		close(fds[0]);
		return (-1);
	}
	return (ipc_send(ch, WEB_OUTPUT, qu->qu_id, fds[0], name,
	    strlen(name)));
}

/* A pipe that holds a passphrase's line, to be read; -1 without one. */
static int
line_pipe(const char *text)
{
	char line[BACKUP_PASSPHRASE_MAX + 2];
	int fds[2], len;

	if (pipe2(fds, O_CLOEXEC) == -1)
		return (-1);
	len = snprintf(line, sizeof(line), "%s\n", text);
	if (len >= (int)sizeof(line) ||
	    write(fds[1], line, (size_t)len) != len) {
		close(fds[0]);
		fds[0] = -1;
	}
	close(fds[1]);
	explicit_bzero(line, sizeof(line));
	return (fds[0]);
}

void
ask_export(struct question *qu)
{
	const char *passphrase = pairs_str(&qu->qu_in, "passphrase");
	char *argv[] = { (char *)"cfgctl", (char *)"-d",
		(char *)qu->qu_parent->pa_cfg, (char *)"export",
		*passphrase == '\0' ? NULL : (char *)"-p", NULL };
	int in = -1;

	(void)pairs_add(&qu->qu_out, "hostname", ask_hostname(qu));
	if (*passphrase != '\0' && (in = line_pipe(passphrase)) == -1) {
		ask_failed(qu, "the backup cannot be made");
		return;
	}
	if (send_output(qu, "backup", argv, in) == -1)
		ask_failed(qu, "the backup cannot be made");
	else {
		ask_event(qu, "backup-made", NULL, NULL);
		ask_answer(qu, "ok");
	}
	if (in != -1)
		close(in);
}

void
ask_backup(struct question *qu)
{
	task_describe(qu->qu_parent, TASK_RESTORE, &qu->qu_out);
	ask_answer(qu, "ok");
}

/* Whether a task can begin; else the answer is given. */
static bool
is_free(struct question *qu)
{
	if (!task_runs(qu->qu_parent))
		return (true);
	ask_answer(qu, "busy");
	return (false);
}

/* The task has begun, and waits for a file; the http process feeds it. */
static void
answer_fed(struct question *qu, const char *line)
{
	if (task_feed(qu->qu_parent, line, qu->qu_id) == -1) {
		task_lost(qu->qu_parent, qu->qu_id);
		ask_failed(qu, "the upload cannot be taken");
	} else
		ask_answer(qu, "ok");
}

void
ask_import(struct question *qu)
{
	const char *from = pairs_str(&qu->qu_in, "from");
	const char *passphrase = pairs_str(&qu->qu_in, "passphrase");
	char line[BACKUP_PASSPHRASE_MAX + 2];
	char *argv[] = { (char *)"cfgctl", (char *)"-a", (char *)from,
		(char *)"-d", (char *)qu->qu_parent->pa_cfg, (char *)"import",
		(char *)"-t", (char *)"-", NULL };

	if (!is_free(qu))
		return;
	if (snprintf(line, sizeof(line), "%s\n", passphrase) >=
	    (int)sizeof(line))
		ask_failed(qu, "the passphrase is too long");
	else if (task_start(qu->qu_parent, TASK_RESTORE, argv, true, qu->qu_id,
		     from) == -1)
		ask_failed(qu, "cfgctl cannot be run");
	else
		answer_fed(qu, line);
	explicit_bzero(line, sizeof(line));
}

/* install [-D] BUNDLE */
static int
start_install(struct question *qu, const char *bundle, bool fed)
{
	bool older = pairs_has(&qu->qu_in, "older", "yes");
	char *argv[] = { (char *)"sysupgrade", (char *)"install",
		older ? (char *)"-D" : (char *)bundle,
		older ? (char *)bundle : NULL, NULL };

	if (task_start(qu->qu_parent, TASK_UPGRADE, argv, fed, qu->qu_id,
		pairs_str(&qu->qu_in, "from")) == 0)
		return (0);
	ask_failed(qu, "sysupgrade cannot be run");
	return (-1);
}

void
ask_install(struct question *qu)
{
	if (is_free(qu) && start_install(qu, "-", true) == 0)
		answer_fed(qu, "");
}

void
ask_fetch(struct question *qu)
{
	const char *url = pairs_str(&qu->qu_in, "url");

	/* never a file of the box, nor an option */
	if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
		ask_failed(qu, "the address is no URL");
	else if (is_free(qu) && start_install(qu, url, false) == 0)
		ask_answer(qu, "ok");
}

/* The http process has seen the end of the file. */
void
ask_sent(struct question *qu)
{
	ask_answer(qu, task_sent(qu->qu_parent, qu->qu_id) ? "ok" : "missing");
}

void
ask_lost(struct question *qu)
{
	task_lost(qu->qu_parent, qu->qu_id);
	ask_answer(qu, "ok");
}

/* Beside the set-up code: /run/upgrade.notice. */
void
ask_add_notice(struct question *qu)
{
	char path[PATH_MAX], line[512] = "", *slash;
	FILE *fp;

	strlcpy(path, qu->qu_parent->pa_code_file, sizeof(path));
	if ((slash = strrchr(path, '/')) == NULL)
		return;
	strlcpy(slash + 1, "upgrade.notice",
	    sizeof(path) - (size_t)(slash + 1 - path));
	if ((fp = fopen(path, "re")) == NULL)
		return;
	if (fgets(line, sizeof(line), fp) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		(void)pairs_add(&qu->qu_out, "notice", line);
	}
	fclose(fp);
}

void
ask_upgrade(struct question *qu)
{
	static char *const argv[] = { (char *)"sysupgrade", (char *)"status",
		NULL };

	task_describe(qu->qu_parent, TASK_UPGRADE, &qu->qu_out);
	ask_add_notice(qu);
	if (send_output(qu, "slots", argv, -1) == -1)
		ask_failed(qu, "sysupgrade cannot be run");
	else
		ask_answer(qu, "ok");
}

void
ask_parts(struct question *qu)
{
	char *argv[] = { (char *)"cat", (char *)qu->qu_parent->pa_sbom, NULL };

	if (send_output(qu, "parts", argv, -1) == -1)
		ask_failed(qu, "the list cannot be read");
	else
		ask_answer(qu, "ok");
}

void
ask_restart(struct question *qu)
{
	static char *const argv[] = { (char *)"reboot", NULL };
	const struct command cm = { .cm_argv = argv,
		.cm_path = qu->qu_parent->pa_path,
		.cm_in = -1,
		.cm_out = -1,
		.cm_seconds = OUTPUT_SECONDS };

	if (!is_free(qu))
		return;
	ask_event(qu, "restart", NULL, NULL);
	if (command_forget(&cm) == -1)
		ask_failed(qu, "reboot cannot be run");
	else
		ask_answer(qu, "ok");
}

bool
ask_settle(struct question *qu)
{
	struct parent *pa = qu->qu_parent;
	char *argv[] = { (char *)pa->pa_rc, (char *)"restart", (char *)"hubd",
		(char *)"vnicd", (char *)"webconfd", NULL };
	const struct command cm = { .cm_argv = argv,
		.cm_path = pa->pa_path,
		.cm_in = -1,
		.cm_out = -1,
		.cm_seconds = APPLY_SECONDS };
	char err[512];
	int n = backup_settle(pa->pa_cfg, err, sizeof(err));

	if (n == -1) {
		ask_failed(qu, err);
		return (false);
	}
	if (n > 0 && command_forget(&cm) == -1)
		log_warnx("%s cannot be run", pa->pa_rc);
	return (true);
}
