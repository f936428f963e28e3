/* SPDX-License-Identifier: ISC */
/*
 * apply: "rc reload" puts the current generation into force.  It may cut the
 * connection that asked for it, so nobody waits for its end, and it begins when
 * the answer has had time to leave.
 */
#include <sys/wait.h>

#include <event2/event.h>

#include "kern/log.h"

#include "parent.h"

enum { ANSWER_MS = 500 };

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct parent *pa = arg;
	struct apply *ap = &pa->pa_apply;
	char *argv[] = { (char *)pa->pa_rc, (char *)"reload", NULL };
	const struct command cm = { .cm_argv = argv,
		.cm_path = pa->pa_path,
		.cm_in = -1,
		.cm_out = -1,
		.cm_seconds = APPLY_SECONDS };

	(void)fd;
	(void)what;
	ap->ap_pid = command_start(&cm);
	if (ap->ap_pid == -1) {
		ap->ap_pid = 0;
		ap->ap_failed = true;
	}
}

void
apply_init(struct parent *pa)
{
	pa->pa_apply.ap_timer = evtimer_new(pa->pa_base, on_timer, pa);
	if (pa->pa_apply.ap_timer == NULL)
		fatalx("no memory");
}

void
apply_start(struct parent *pa, int n)
{
	static const struct timeval tv = { .tv_usec = ANSWER_MS * 1000 };
	struct apply *ap = &pa->pa_apply;

	ap->ap_generation = n;
	ap->ap_failed = false;
	ap->ap_again = ap->ap_pid != 0;
	if (!ap->ap_again && event_add(ap->ap_timer, &tv) == -1)
		fatalx("no timer");
}

bool
apply_runs(const struct parent *pa)
{
	const struct apply *ap = &pa->pa_apply;

	return (ap->ap_pid != 0 || evtimer_pending(ap->ap_timer, NULL));
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
