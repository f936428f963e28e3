/* SPDX-License-Identifier: ISC */
/*
 * gather: a copy of what each worker counts (show.h).  on_part runs on the
 * worker that is asked, the rest on the control thread.
 */
#include <stdlib.h>

#include "kern/ctl.h"

#include "show.h"

static void
on_part_done(struct worker *w, struct job *j)
{
	struct part *pa = (struct part *)j;
	struct gather *ga = pa->pa_gather;
	unsigned int i;

	(void)w;
	if (--ga->ga_left > 0)
		return;
	ga->ga_answer(ga);
	for (i = 0; i < data.dt_nworkers; i++)
		free(ga->ga_part[i].pa_views);
	free(ga);
}

static void
view_port(struct view *vw, const struct port *pt)
{
	const struct client *cl;
	uint32_t again = 0;

	vw->vw_port = pt->pt_number;
	vw->vw_blocked = pt->pt_blocked;
	port_totals(pt, &vw->vw_stats, &vw->vw_encap);
	session_conns_live(&pt->pt_conns, &vw->vw_live);
	LIST_FOREACH(cl, &pt->pt_clients, cl_port_entry) {
		conn_path_refresh(cl->cl_conn);
		vw->vw_conn = *conn_stats(cl->cl_conn);
		again += vw->vw_conn.cs_retransmits;
	}
	vw->vw_conn.cs_retransmits = again;
}

static int
view_cmp(const void *a, const void *b)
{
	uint64_t x = ((const struct view *)a)->vw_port;
	uint64_t y = ((const struct view *)b)->vw_port;

	return (x < y ? -1 : x > y);
}

static size_t
count_ports(const struct worker *w)
{
	const struct port *pt;
	size_t n = 0;
	int i;

	for (i = 0; i < TABLE_SIZE; i++)
		LIST_FOREACH(pt, &w->w_ports[i], pt_entry)
			n++;
	return (n);
}

static void
on_part(struct worker *w, struct job *j)
{
	struct part *pa = (struct part *)j;
	const struct port *pt;
	size_t n = count_ports(w);
	int i;

	pa->pa_stats = w->w_stats;
	pa->pa_connections = atomic_load(&w->w_nclients);
	pa->pa_views = calloc(n == 0 ? 1 : n, sizeof(*pa->pa_views));
	for (i = 0; pa->pa_views != NULL && i < TABLE_SIZE; i++)
		LIST_FOREACH(pt, &w->w_ports[i], pt_entry)
			view_port(&pa->pa_views[pa->pa_n++], pt);
	if (pa->pa_views != NULL)
		qsort(pa->pa_views, pa->pa_n, sizeof(*pa->pa_views), view_cmp);
	pa->pa_job.j_run = on_part_done;
	worker_post(&data.dt_worker[0], &pa->pa_job);
}

void
gather(struct ctl_client *c, void (*answer)(struct gather *))
{
	struct gather *ga = calloc(1, sizeof(*ga));
	unsigned int i;

	if (ga == NULL) {
		ctl_error(c, "out of memory");
		return;
	}
	ga->ga_client = c;
	ga->ga_answer = answer;
	ga->ga_left = data.dt_nworkers;
	for (i = 0; i < data.dt_nworkers; i++) {
		ga->ga_part[i].pa_gather = ga;
		ga->ga_part[i].pa_job.j_run = on_part;
		worker_post(&data.dt_worker[i], &ga->ga_part[i].pa_job);
	}
}

const struct view *
view_find(const struct gather *ga, const struct session *se)
{
	const struct part *pa = &ga->ga_part[se->se_worker->w_index];
	struct view key = { .vw_port = se->se_number };

	return (pa->pa_n == 0 ?
		NULL :
		bsearch(&key, pa->pa_views, pa->pa_n, sizeof(key), view_cmp));
}
