/* SPDX-License-Identifier: ISC */
/*
 * port: where a session or a tap meets its hub.  Made, used and freed by one
 * worker.
 */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kern/clock.h"
#include "net/gro.h"
#include "net/gso.h"
#include "net/if_tap.h"
#include "net/offload.h"

#include "capture.h"
#include "data.h"

static struct port_list *
by_number(struct worker *w, uint64_t number)
{
	return (&w->w_ports[number % TABLE_SIZE]);
}

struct port *
port_find(struct worker *w, uint64_t number)
{
	struct port *pt;

	LIST_FOREACH(pt, by_number(w, number), pt_entry)
		if (pt->pt_number == number)
			return (pt);
	return (NULL);
}

struct port *
port_new(struct worker *w, struct hub *h, uint64_t number, const char *name,
    uint32_t frames, uint32_t bytes, bool inner)
{
	struct port *pt = calloc(1, sizeof(*pt));

	if (pt == NULL)
		return (NULL);
	pt->pt_worker = w;
	pt->pt_hub = h;
	pt->pt_number = number;
	pt->pt_tap = -1;
	strlcpy(pt->pt_name, name, sizeof(pt->pt_name));
	session_conns_init(&pt->pt_conns, frames, bytes, inner);
	LIST_INIT(&pt->pt_clients);
	pt->pt_probe_at = pt->pt_heard = clock_ms();
	if ((pt->pt_slot = hub_join(h, number, w->w_index, name)) == 0) {
		free(pt);
		return (NULL);
	}
	LIST_INSERT_HEAD(by_number(w, number), pt, pt_entry);
	LIST_INSERT_HEAD(&w->w_hubs[h->h_id % TABLE_SIZE], pt, pt_hub_entry);
	worker_tick(w);
	return (pt);
}

void
port_sum(struct port_stats *to, const struct port_stats *from)
{
	/* nothing but counters of 64 bits */
	const uint64_t *f = (const void *)from;
	uint64_t *t = (void *)to;
	size_t i;

	for (i = 0; i < sizeof(*to) / sizeof(*t); i++)
		t[i] += f[i];
}

void
encap_sum(struct encap_stats *to, const struct encap_stats *from)
{
	to->es_frames += from->es_frames;
	to->es_oversized += from->es_oversized;
	to->es_short += from->es_short;
	to->es_context += from->es_context;
	to->es_offload += from->es_offload;
	to->es_headers += from->es_headers;
	to->es_compressed += from->es_compressed;
	to->es_unknown += from->es_unknown;
	to->es_memory += from->es_memory;
	to->es_control += from->es_control;
	to->es_unsendable += from->es_unsendable;
}

void
port_totals(const struct port *pt, struct port_stats *ps,
    struct encap_stats *es)
{
	const struct session_stats st = session_conns_stats(&pt->pt_conns);
	const struct client *cl;

	*ps = pt->pt_stats;
	ps->ps_tx_frames += st.st_tx_frames;
	ps->ps_tx_bytes += st.st_tx_bytes;
	ps->ps_tx_super += st.st_tx_super;
	ps->ps_tx_marked += st.st_tx_marked;
	ps->ps_tx_joined += st.st_tx_joined;
	ps->ps_tx_full += st.st_drop_full;
	ps->ps_tx_delay += st.st_drop_delay;
	ps->ps_tx_old += st.st_drop_old;
	ps->ps_tx_again += st.st_inner_again;
	ps->ps_tx_acks += st.st_inner_acks;
	ps->ps_tx_twice += st.st_tx_twice;
	ps->ps_rx_twice += st.st_rx_twice;
	ps->ps_tx_memory += st.st_drop_memory;
	ps->ps_tx_down += st.st_drop_down;
	*es = pt->pt_encap;
	LIST_FOREACH(cl, &pt->pt_clients, cl_port_entry)
		encap_sum(es, conn_encap_stats(cl->cl_conn));
}

static void
to_tap_whole(struct frame *f, void *arg)
{
	struct port *pt = arg;
	struct port_stats *ps = &pt->pt_stats;

	if (tap_write(pt->pt_tap, f) == -1)
		ps->ps_tx_error++;
	else {
		ps->ps_tx_frames++;
		ps->ps_tx_bytes += f->f_len;
		ps->ps_tx_super += f->f_offload.fo_gso != OFFLOAD_GSO_NONE;
	}
	frame_free(f);
}

static void
to_tap(struct frame *f, void *arg)
{
	struct port *pt = arg;

	pt->pt_stats.ps_tx_memory +=
	    gso_each(f, pt->pt_tap_can, to_tap_whole, pt);
}

int
port_set_tap(struct port *pt, int fd)
{
	pt->pt_tap = fd;
	pt->pt_tap_can = tap_offload(fd);
	pt->pt_tap_in = calloc(1, sizeof(*pt->pt_tap_in));
	pt->pt_tap_out = calloc(1, sizeof(*pt->pt_tap_out));
	return (pt->pt_tap_in == NULL || pt->pt_tap_out == NULL ? -1 : 0);
}

static void
close_tap(struct port *pt)
{
	if (pt->pt_tap_event != NULL)
		event_free(pt->pt_tap_event);
	if (pt->pt_tap_out != NULL)
		gro_flush(pt->pt_tap_out, to_tap, pt);
	free(pt->pt_tap_in);
	free(pt->pt_tap_out);
	if (pt->pt_tap != -1)
		close(pt->pt_tap);
}

/* The worker's sums keep what the port has counted. */
static void
keep_stats(struct port *pt)
{
	struct worker_stats *ws = &pt->pt_worker->w_stats;
	struct port_stats ps;
	struct encap_stats es;

	port_totals(pt, &ps, &es);
	port_sum(&ws->ws_ended, &ps);
	encap_sum(&ws->ws_encap, &es);
}

void
port_free(struct port *pt)
{
	struct worker *w = pt->pt_worker;
	struct client *cl;

	if (w->w_batch_port == pt) {
		forward_round(w);
		w->w_batch_port = NULL;
	}
	police_tick(pt, UINT64_MAX);
	police_set(pt, &(struct policing){ .pg_access = NULL });
	hub_leave(pt->pt_hub, pt->pt_slot);
	close_tap(pt);
	keep_stats(pt);
	while ((cl = LIST_FIRST(&pt->pt_clients)) != NULL)
		client_free(cl);
	session_conns_fini(&pt->pt_conns);
	rate_free(pt);
	if (pt->pt_dirty)
		TAILQ_REMOVE(&w->w_dirty, pt, pt_dirty_entry);
	LIST_REMOVE(pt, pt_entry);
	LIST_REMOVE(pt, pt_hub_entry);
	hub_unref(pt->pt_hub);
	free(pt);
}

void
port_send(struct port *pt, struct frame *f)
{
	if (pt->pt_blocked != 0) {
		pt->pt_stats.ps_tx_blocked++;
		frame_free(f);
		return;
	}
	if (pt->pt_tap != -1)
		gro_put(pt->pt_tap_out, f, pt->pt_tap_can, to_tap, pt);
	else
		session_conns_send(&pt->pt_conns, f);
	if (!pt->pt_dirty) {
		pt->pt_dirty = true;
		TAILQ_INSERT_TAIL(&pt->pt_worker->w_dirty, pt, pt_dirty_entry);
	}
}

void
port_forward(struct port *pt, struct frame *f, bool isolated)
{
	if ((f = police_out(pt, f, isolated)) == NULL)
		return;
	if (is_watched())
		capture_frame(pt, f, false);
	port_send(pt, f);
}

void
port_flush_dirty(struct worker *w)
{
	struct port *pt;

	while ((pt = TAILQ_FIRST(&w->w_dirty)) != NULL) {
		TAILQ_REMOVE(&w->w_dirty, pt, pt_dirty_entry);
		pt->pt_dirty = false;
		if (pt->pt_tap != -1)
			gro_flush(pt->pt_tap_out, to_tap, pt);
		else
			session_conns_flush(&pt->pt_conns);
	}
}
