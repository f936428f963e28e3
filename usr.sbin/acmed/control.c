/* SPDX-License-Identifier: ISC */
/*
 * control: what the web form asks: "show", an object for each use, and "now",
 * an attempt for all of them.
 */
#include <string.h>

#include "kern/conf.h"
#include "kern/ctl.h"
#include "kern/log.h"

#include "parent.h"

enum { BETWEEN = 60 };	/* s between two attempts, whoever wants them */

static const char *
state(const struct parent *pa, const struct task *ta)
{
	if (pa->pa_running == ta)
		return ("running");
	if (ta->ta_fault[0] != '\0')
		return ("failed");
	return (ta->ta_schedule.sd_have ? "good" : "waiting");
}

static void
show(struct ctl_client *c, const struct parent *pa)
{
	const struct task *ta = pa->pa_tasks;
	const struct schedule *sd;

	for (; ta < pa->pa_tasks + ACME_USES; ta++) {
		if (!task_wanted(pa, ta))
			continue;
		sd = &ta->ta_schedule;
		ctl_object(c);
		ctl_string(c, "use", ta->ta_use.us_name);
		ctl_string(c, "state", state(pa, ta));
		ctl_bool(c, "have", sd->sd_have);
		ctl_number(c, "until", (uint64_t)sd->sd_until);
		ctl_number(c, "next", (uint64_t)schedule_next(sd));
		ctl_number(c, "tried", (uint64_t)ta->ta_tried);
		ctl_number(c, "fails", sd->sd_fails);
		ctl_string(c, "fault", ta->ta_fault);
		ctl_object_end(c);
	}
	ctl_ok(c);
}

static void
now(struct ctl_client *c, struct parent *pa)
{
	struct task *ta = pa->pa_tasks;
	bool too_soon = false;

	if (pa->pa_running != NULL) {
		ctl_error(c, "an attempt is running");
		return;
	}
	for (; ta < pa->pa_tasks + ACME_USES; ta++)
		if (task_wanted(pa, ta)) {
			ta->ta_now = time(NULL) - ta->ta_tried >= BETWEEN;
			too_soon |= !ta->ta_now;
		}
	parent_plan(pa);
	if (too_soon)
		ctl_error(c, "the last attempt was less than a minute ago");
	else
		ctl_ok(c);
}

static void
on_request(struct ctl_client *c, int argc, char **argv, void *arg)
{
	if (argc == 1 && strcmp(argv[0], "show") == 0)
		show(c, arg);
	else if (argc == 1 && strcmp(argv[0], "now") == 0)
		now(c, arg);
	else
		ctl_error(c, "unknown command");
}

void
control_start(struct parent *pa)
{
	int fd = ctl_listen(pa->pa_socket);

	if (fd == -1)
		fatal("%s", pa->pa_socket);
	pa->pa_server = ctl_server_new(pa->pa_base, fd, on_request, pa);
	if (pa->pa_server == NULL)
		fatalx("no control socket");
}
