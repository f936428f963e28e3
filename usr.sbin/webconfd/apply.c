/* SPDX-License-Identifier: ISC */
/*
 * apply: "rc reload" puts the current generation into force.  It may cut the
 * connection that asked for it, so nobody waits for its end.
 */
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "kern/log.h"

#include "parent.h"

enum { APPLY_SECONDS = 120 };

static void __attribute__((noreturn)) run_rc(const char *rc)
{
	static char *const env[] = { "PATH=/sbin:/bin:/usr/sbin:/usr/bin",
		NULL };
	struct sigaction sa = { .sa_handler = SIG_DFL };
	sigset_t none;
	int null;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	sigaction(SIGPIPE, &sa, NULL);
	if (setsid() == -1 || chdir("/") == -1 ||
	    (null = open("/dev/null", O_RDWR)) == -1 ||
	    dup2(null, STDIN_FILENO) == -1)
		_exit(126);
	/* survives exec: what hangs is ended */
	alarm(APPLY_SECONDS);
	execle(rc, rc, "reload", (char *)NULL, env);
	_exit(127);
}

void
apply_start(struct parent *pa, int n)
{
	struct apply *ap = &pa->pa_apply;

	ap->ap_generation = n;
	ap->ap_failed = false;
	if (ap->ap_pid != 0) {
		ap->ap_again = true;
		return;
	}
	ap->ap_again = false;
	ap->ap_pid = fork();
	if (ap->ap_pid == 0)
		run_rc(pa->pa_rc);
	if (ap->ap_pid == -1) {
		log_warn("fork");
		ap->ap_pid = 0;
		ap->ap_failed = true;
	}
}

void
apply_reap(struct parent *pa)
{
	struct apply *ap = &pa->pa_apply;
	int status;

	if (ap->ap_pid == 0 ||
	    waitpid(ap->ap_pid, &status, WNOHANG) != ap->ap_pid)
		return;
	ap->ap_pid = 0;
	ap->ap_failed = !WIFEXITED(status) || WEXITSTATUS(status) != 0;
	if (ap->ap_again) {
		apply_start(pa, ap->ap_generation);
		return;
	}
	trial_applied(pa);
	if (ap->ap_failed)
		log_warnx("generation %d: %s reload failed (%d)",
		    ap->ap_generation, pa->pa_rc, status);
	else
		log_info("generation %d is in force", ap->ap_generation);
}
