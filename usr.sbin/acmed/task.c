/* SPDX-License-Identifier: ISC */
/*
 * task: what has become of the certificate of each use, and the order that
 * runs for one of them; only one at a time, as port 80 is one.
 */
#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/keystore.h"
#include "kern/conf.h"
#include "kern/ctl.h"
#include "kern/log.h"

#include "parent.h"

static void
cert_path(const struct task *ta, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%s.acme.crt", ta->ta_use.us_dir,
	    ta->ta_use.us_daemon);
}

/* Whether the one in place came from the directory of the settings. */
static bool
same_directory(const struct parent *pa, const struct task *ta)
{
	char path[PATH_MAX], url[ACME_URL_MAX];
	ssize_t n;

	snprintf(path, sizeof(path), "%s/%s.from", pa->pa_place.pl_dir,
	    ta->ta_use.us_daemon);
	n = keystore_read(path, url, sizeof(url) - 1);
	if (n <= 0)
		return (false);
	url[n] = '\0';
	return (strcmp(url, conf_str(pa->pa_conf, "directory")) == 0);
}

void
task_look(const struct parent *pa, struct task *ta)
{
	struct schedule *sd = &ta->ta_schedule;
	char path[PATH_MAX], err[256], *chain;

	cert_path(ta, path);
	sd->sd_have = false;
	sd->sd_from = sd->sd_until = 0;
	if (access(path, F_OK) == -1 || (chain = keystore_cert(path)) == NULL)
		return;
	if (key_dates(chain, &sd->sd_from, &sd->sd_until) == 0)
		sd->sd_have = key_check_chain(&ta->ta_use, pa->pa_conf, chain,
				  err, sizeof(err)) == 0 &&
		    same_directory(pa, ta);
	free(chain);
}

bool
task_wanted(const struct parent *pa, const struct task *ta)
{
	const struct conf *use = NULL;

	while ((use = conf_next(pa->pa_conf, "use", use)) != NULL)
		if (strcmp(use->cf_values[0], ta->ta_use.us_name) == 0)
			return (true);
	return (false);
}

void
task_drop(const struct parent *pa, struct task *ta)
{
	char path[PATH_MAX];

	cert_path(ta, path);
	memset(&ta->ta_schedule, 0, sizeof(ta->ta_schedule));
	ta->ta_fault[0] = '\0';
	if (unlink(path) == -1)
		return;
	log_info("%s: back to its own certificate", ta->ta_use.us_name);
	(void)hook_run(&pa->pa_place, "renewed", ta->ta_use.us_daemon, NULL);
}

static void
failed(struct task *ta, const struct msg_fault *mf)
{
	time_t now = time(NULL);

	schedule_failed(&ta->ta_schedule, now, mf->mf_wait);
	strlcpy(ta->ta_fault, mf->mf_text, sizeof(ta->ta_fault));
	log_warnx("%s: no certificate: %s; the next attempt in %lld s",
	    ta->ta_use.us_name, mf->mf_text,
	    (long long)(schedule_next(&ta->ta_schedule) - now));
}

static void
succeeded(struct parent *pa, struct task *ta)
{
	static const struct msg_fault again = {
		.mf_text = "the certificate that came is to be renewed "
			   "already; is the clock right?"
	};
	struct schedule *sd = &ta->ta_schedule;

	task_look(pa, ta);
	/* or it would ask again at once, and again */
	if (!sd->sd_have || schedule_renew(sd) <= time(NULL)) {
		failed(ta, &again);
		return;
	}
	ta->ta_fault[0] = '\0';
	sd->sd_fails = 0;
	sd->sd_wait = 0;
	log_info("%s: a certificate of %s, to be renewed in %lld s",
	    ta->ta_use.us_name, conf_str(pa->pa_conf, "directory"),
	    (long long)(schedule_renew(sd) - time(NULL)));
}

/* The order has said how it went, or has died. */
static void
on_end(evutil_socket_t fd, short what, void *arg)
{
	struct parent *pa = arg;
	struct task *ta = pa->pa_running;
	struct msg_fault mf = { .mf_wait = 0 };

	(void)what;
	if (read(fd, &mf, sizeof(mf)) != sizeof(mf))
		strlcpy(mf.mf_text, "the order process has died",
		    sizeof(mf.mf_text));
	mf.mf_text[sizeof(mf.mf_text) - 1] = '\0';
	task_end(pa);
	if (mf.mf_text[0] == '\0')
		succeeded(pa, ta);
	else
		failed(ta, &mf);
	parent_plan(pa);
}

void
task_end(struct parent *pa)
{
	event_free(pa->pa_event);
	pa->pa_event = NULL;
	while (waitpid(pa->pa_order, NULL, 0) == -1 && errno == EINTR)
		;
	close(pa->pa_result);
	pa->pa_order = 0;
	pa->pa_running = NULL;
}

/*
 * The order leaves what is the parent's, whose events are not touched: its
 * loop, and who waits for an answer of the web form's.  All signals are
 * blocked still.
 */
static void __attribute__((noreturn))
order_main(struct parent *pa, const struct task *ta, int fd)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_DFL);
	(void)event_reinit(pa->pa_base);
	ctl_server_free(pa->pa_server);
	order_run(pa->pa_conf, &ta->ta_use, &pa->pa_place, fd);
}

void
task_start(struct parent *pa, struct task *ta)
{
	sigset_t all, before;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) == -1)
		fatal("pipe");
	/* until the order handles them itself */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	if ((pa->pa_order = fork()) == -1)
		fatal("fork");
	if (pa->pa_order == 0)
		order_main(pa, ta, fds[1]);
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(fds[1]);
	pa->pa_result = fds[0];
	pa->pa_running = ta;
	ta->ta_tried = time(NULL);
	log_info("%s: asking %s for a certificate", ta->ta_use.us_name,
	    conf_str(pa->pa_conf, "directory"));
	pa->pa_event =
	    event_new(pa->pa_base, pa->pa_result, EV_READ, on_end, pa);
	if (pa->pa_event == NULL || event_add(pa->pa_event, NULL) == -1)
		fatalx("no memory");
}
