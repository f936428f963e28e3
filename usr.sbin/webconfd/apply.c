/* SPDX-License-Identifier: ISC */
/*
 * apply: "rc reload" puts the current generation into force.  It may cut the
 * connection that asked for it, so nobody waits for its end.
 */
#include <sys/wait.h>

#include "kern/log.h"

#include "parent.h"

void
apply_start(struct parent *pa, int n)
{
	struct apply *ap = &pa->pa_apply;
	char *argv[] = { (char *)pa->pa_rc, (char *)"reload", NULL };
	const struct command cm = { .cm_argv = argv,
		.cm_path = pa->pa_path,
		.cm_in = -1,
		.cm_out = -1,
		.cm_seconds = APPLY_SECONDS };

	ap->ap_generation = n;
	ap->ap_failed = false;
	if (ap->ap_pid != 0) {
		ap->ap_again = true;
		return;
	}
	ap->ap_again = false;
	ap->ap_pid = command_start(&cm);
	if (ap->ap_pid == -1) {
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
