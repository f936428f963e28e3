/* SPDX-License-Identifier: ISC */
/* parent: acmed's first process, which speaks to nobody but the web form. */
#ifndef ACMED_PARENT_H
#define ACMED_PARENT_H

#include <sys/types.h>

#include "acmed.h"

struct conf;
struct ctl_server;
struct event;
struct event_base;

/* The certificate of a use. */
struct task {
	struct use ta_use;
	struct schedule ta_schedule;
	time_t ta_tried;		/* when an order began last; 0: never */
	bool ta_now;			/* somebody wants it now */
	char ta_fault[ACME_FAULT_MAX];	/* of the last attempt, or "" */
};

struct parent {
	struct event_base *pa_base;
	const char *pa_path;		/* of acmed.conf */
	const char *pa_socket;
	struct conf *pa_conf;
	struct place pa_place;
	struct task pa_tasks[ACME_USES];
	struct ctl_server *pa_server;
	struct event *pa_timer;
	/* the order that runs */
	struct task *pa_running;	/* NULL: none */
	pid_t pa_order;
	int pa_result;
	struct event *pa_event;
};

/* acmed.c: begin what is due, and come back for the next */
void parent_plan(struct parent *pa);

/* task.c */
/* Whether the settings want a certificate for it. */
bool task_wanted(const struct parent *pa, const struct task *ta);
/* Look at the one in place. */
void task_look(const struct parent *pa, struct task *ta);
/* Take it away. */
void task_drop(const struct parent *pa, struct task *ta);
/* Start an order, while none runs; parent_plan() comes at its end. */
void task_start(struct parent *pa, struct task *ta);
/* Wait for the one that ends. */
void task_end(struct parent *pa);

/* control.c: what the web form asks */
void control_start(struct parent *pa);

#endif
