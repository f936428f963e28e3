/* SPDX-License-Identifier: ISC */
/*
 * client: one connection on its worker: handshake, request, the control
 * thread's verdict, then frames for its port.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kern/clock.h"
#include "kern/log.h"

#include "access.h"
#include "control.h"

static struct client_list *
by_number(struct worker *w, uint64_t number)
{
	return (&w->w_clients[number % TABLE_SIZE]);
}

static struct client *
client_find(struct worker *w, uint64_t number)
{
	struct client *cl;

	LIST_FOREACH(cl, by_number(w, number), cl_entry)
		if (cl->cl_number == number)
			return (cl);
	return (NULL);
}

/* The handshake is over, one way or the other. */
static void
client_settled(struct client *cl)
{
	if (cl->cl_pending)
		listener_done(&cl->cl_from);
	cl->cl_pending = false;
}

void
client_leave_port(struct client *cl)
{
	struct port *pt = cl->cl_port;

	if (pt == NULL)
		return;
	encap_sum(&pt->pt_encap, conn_encap_stats(cl->cl_conn));
	session_conns_remove(&pt->pt_conns, cl->cl_conn);
	LIST_REMOVE(cl, cl_port_entry);
	cl->cl_port = NULL;
}

/* Without the connection: off the port and the tables, and freed. */
static void
client_forget(struct client *cl)
{
	client_leave_port(cl);
	client_settled(cl);
	LIST_REMOVE(cl, cl_entry);
	atomic_fetch_sub(&cl->cl_worker->w_nclients, 1);
	free(cl);
}

void
client_free(struct client *cl)
{
	struct conn *cn = cl->cl_conn;

	client_forget(cl);
	conn_free(cn);
}

void
client_free_all(struct worker *w)
{
	struct client *cl;
	int i;

	for (i = 0; i < TABLE_SIZE; i++)
		while ((cl = LIST_FIRST(&w->w_clients[i])) != NULL) {
			conn_close(cl->cl_conn, "the hub stops");
			client_free(cl);
		}
}

static void
on_request(struct conn *cn, const struct http_request *rq, void *arg)
{
	struct client *cl = arg;
	struct login_job *lj = calloc(1, sizeof(*lj));
	size_t n;
	const uint8_t *chain = conn_peer_chain(cn, &n);

	if (lj != NULL && chain != NULL && (lj->lj_chain = malloc(n)) != NULL) {
		memcpy(lj->lj_chain, chain, n);
		lj->lj_nchain = n;
	}
	if (lj == NULL) {
		conn_reject(cn, 503);
		return;
	}
	lj->lj_job.j_run = login_request;
	lj->lj_client = cl->cl_number;
	lj->lj_worker = cl->cl_worker;
	lj->lj_from = cl->cl_from;
	lj->lj_request = *rq;
	worker_post(&data.dt_worker[0], &lj->lj_job);
}

static void
on_frame(struct conn *cn, struct frame *f, void *arg)
{
	struct client *cl = arg;

	(void)cn;
	if (cl->cl_port == NULL)
		frame_free(f);
	else if (session_conns_take(&cl->cl_port->pt_conns, f)) {
		pace_take(&cl->cl_port->pt_upload, f->f_len);
		forward_frame(cl->cl_port, f);
	}
}

static void
on_round(struct conn *cn, void *arg)
{
	struct client *cl = arg;

	(void)cn;
	forward_round(cl->cl_worker);
	if (cl->cl_port != NULL)
		rate_round(cl->cl_port);
}

static struct frame *
on_pull(struct conn *cn, void *arg)
{
	struct client *cl = arg;
	struct frame *f;

	if (cl->cl_port == NULL)
		return (NULL);
	f = session_conns_pull(&cl->cl_port->pt_conns, cn, conn_can_send(cn));
	if (f == NULL)
		rate_pulled(cl->cl_port);
	return (f);
}

static void
on_close(struct conn *cn, const char *reason, int status, void *arg)
{
	struct client *cl = arg;
	struct port *pt = cl->cl_port;

	if (pt != NULL)
		log_info("hub %s: %s from %s: connection over: %s",
		    pt->pt_hub->h_name, pt->pt_name, conn_peer(cn), reason);
	else if (status == 0)
		log_debug("%s: %s", conn_peer(cn), reason);
	client_forget(cl);
	if (pt != NULL)
		session_tell(pt->pt_number, pt->pt_conns.sc_n,
		    conn_said_bye(cn) ? REPORT_BYE : REPORT_CONNS, "");
}

static const struct conn_handlers handlers = {
	.ch_request = on_request,
	.ch_frame = on_frame,
	.ch_round = on_round,
	.ch_pull = on_pull,
	.ch_close = on_close,
	.ch_enter = worker_enter,
	.ch_leave = worker_leave,
};

static void
client_insert(struct worker *w, struct client *cl)
{
	cl->cl_worker = w;
	LIST_INSERT_HEAD(by_number(w, cl->cl_number), cl, cl_entry);
	atomic_fetch_add(&w->w_nclients, 1);
}

/* The control thread has counted it in w_nclients already. */
void
client_accept(struct worker *w, struct job *j)
{
	struct accept_job *ac = (struct accept_job *)j;
	struct client *cl = calloc(1, sizeof(*cl));
	char peer[PEER_LEN];

	atomic_fetch_sub(&w->w_nclients, 1);
	sockaddr_name(&ac->ac_from, peer, sizeof(peer));
	w->w_stats.ws_connections++;
	if (cl == NULL)
		close(ac->ac_fd);
	else
		cl->cl_conn = conn_new_server(w->w_base, ac->ac_fd, peer,
		    &ac->ac_params, &handlers, cl);
	if (cl == NULL || cl->cl_conn == NULL) {
		listener_done(&ac->ac_from);
		free(cl);
	} else {
		cl->cl_number = ac->ac_number;
		cl->cl_from = ac->ac_from;
		cl->cl_pending = true;
		client_insert(w, cl);
	}
	free(ac);
}

/* It goes on at the worker that owns its session. */
static void
move(struct worker *w, struct client *cl, struct verdict *vd)
{
	conn_detach(cl->cl_conn);
	LIST_REMOVE(cl, cl_entry);
	atomic_fetch_sub(&w->w_nclients, 1);
	vd->vd_moved = cl;
	worker_post(vd->vd_owner, &vd->vd_job);
}

/* Close what the session had before `but`. */
static void
take_over(struct port *pt, const struct client *but)
{
	struct client *cl, *next;

	LIST_FOREACH_SAFE(cl, &pt->pt_clients, cl_port_entry, next)
		if (cl != but) {
			log_info("hub %s: %s from %s: taken over",
			    pt->pt_hub->h_name, pt->pt_name,
			    conn_peer(cl->cl_conn));
			client_free(cl);
		}
}

/* The port that an admitted client goes to, or NULL. */
static struct port *
port_for(struct worker *w, struct verdict *vd)
{
	struct port *pt;

	if (!vd->vd_create)
		return (port_find(w, vd->vd_port));
	pt = port_new(w, vd->vd_hub, vd->vd_port, vd->vd_name, vd->vd_frames,
	    vd->vd_bytes, vd->vd_inner);
	if (pt == NULL)
		return (NULL);
	vd->vd_hub = NULL;
	police_set(pt, &vd->vd_policing);
	vd->vd_policing.pg_access = NULL;
	return (pt);
}

/*
 * What waits for the connections that are taken over moves to the new one,
 * so that is added first, if it has room.
 */
static int
port_add_client(struct port *pt, struct client *cl, const struct verdict *vd)
{
	if (vd->vd_takeover || pt->pt_conns.sc_n == 0)
		multicast_back(pt);
	if (vd->vd_takeover && pt->pt_conns.sc_n >= vd->vd_max_conns)
		take_over(pt, NULL);
	if (pt->pt_conns.sc_n >= vd->vd_max_conns ||
	    session_conns_add(&pt->pt_conns, cl->cl_conn) == -1)
		return (-1);
	cl->cl_port = pt;
	rate_add(pt, cl);
	LIST_INSERT_HEAD(&pt->pt_clients, cl, cl_port_entry);
	if (vd->vd_takeover)
		take_over(pt, cl);
	return (0);
}

static void
admit(struct worker *w, struct client *cl, struct verdict *vd)
{
	struct port *pt = port_for(w, vd);

	if (pt == NULL) {
		session_tell(vd->vd_port, 0, REPORT_FAILED, "");
		conn_reject(cl->cl_conn, 401);
		return;
	}
	if (port_add_client(pt, cl, vd) == -1) {
		session_tell(vd->vd_port, pt->pt_conns.sc_n, REPORT_CONNS, "");
		conn_reject(cl->cl_conn, 503);
		return;
	}
	client_settled(cl);
	session_tell(pt->pt_number, pt->pt_conns.sc_n, REPORT_CONNS,
	    conn_peer(cl->cl_conn));
	conn_set_fcs(cl->cl_conn, vd->vd_fcs);
	conn_accept(cl->cl_conn, &vd->vd_ext);
}

/* The client went before it was admitted: the control thread waits for word
 * of its session, which only the owner can give. */
static void
tell_lost(struct worker *w, struct verdict *vd)
{
	struct port *pt = port_find(w, vd->vd_port);

	session_tell(vd->vd_port, pt == NULL ? 0 : pt->pt_conns.sc_n,
	    pt == NULL ? REPORT_FAILED : REPORT_CONNS, "");
}

static void
verdict_free(struct verdict *vd)
{
	if (vd->vd_hub != NULL)
		hub_unref(vd->vd_hub);
	access_view_free(vd->vd_policing.pg_access);
	explicit_bzero(&vd->vd_ext, sizeof(vd->vd_ext));
	free(vd);
}

void
client_verdict(struct worker *w, struct job *j)
{
	struct verdict *vd = (struct verdict *)j;
	struct client *cl = vd->vd_moved;

	if (cl != NULL) {
		client_insert(w, cl);
		conn_attach(cl->cl_conn, w->w_base, &handlers, cl);
	} else
		cl = client_find(w, vd->vd_client);
	if (cl == NULL && (vd->vd_status != 0 || vd->vd_owner == w)) {
		if (vd->vd_status == 0)
			tell_lost(w, vd);
	} else if (cl == NULL) {
		worker_post(vd->vd_owner, &vd->vd_job);
		return;
	} else if (vd->vd_status != 0)
		conn_reject(cl->cl_conn, vd->vd_status);
	else if (vd->vd_owner != w) {
		move(w, cl, vd);
		return;
	} else
		admit(w, cl, vd);
	verdict_free(vd);
}
