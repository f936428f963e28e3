/* SPDX-License-Identifier: ISC */
/*
 * link: one connection to a hub: the hops there, then TLS and the request,
 * then frames.  Every failure ends in link_failed().
 */
#include <arpa/inet.h>

#include <netinet/in.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "encap/encap.h"
#include "kern/clock.h"
#include "kern/conf.h"
#include "kern/frame.h"
#include "kern/log.h"
#include "net/offload.h"
#include "transport/chain.h"
#include "transport/pump.h"
#include "transport/verify.h"
#include "tunnel/conn.h"
#include "vnic.h"

enum {
	LINK_CONNECT = 10000,	/* ms to reach the server */
	LINK_PROBE = 2000,	/* ms for a sign of life */
	LINK_HANDSHAKE = 10000,	/* ms for TLS, and to be let in by token */
	LINK_ANSWER = 75000,	/* ms for a log-in, which a person may have to
				   confirm within a minute */
	LINK_CONTEXT = 2,	/* our offload context: even, not zero */
	LINK_TWICE = 4,		/* that of frames that come twice, */
	LINK_HEADERS = 6	/* and that of compressed headers */
};

void
link_free(struct link *lk)
{
	if (lk->lk_open)
		session_conns_remove(&lk->lk_vnic->vn_conns, lk->lk_conn);
	if (lk->lk_change != NULL)
		password_over(lk->lk_change, 0, "the attempt was given up");
	if (lk->lk_chain != NULL)
		chain_cancel(lk->lk_chain);
	auto_cancel(lk->lk_auto);
	if (lk->lk_conn != NULL)
		conn_free(lk->lk_conn);
	TAILQ_REMOVE(&lk->lk_vnic->vn_links, lk, lk_entry);
	free(lk);
}

void
link_bye(struct link *lk)
{
	if (lk->lk_conn != NULL)
		conn_close(lk->lk_conn, "good-bye");
	link_free(lk);
}

/* lk is gone afterwards. */
static void
link_failed(struct link *lk, const char *reason, int status)
{
	if (lk->lk_open)
		session_conns_remove(&lk->lk_vnic->vn_conns, lk->lk_conn);
	TAILQ_REMOVE(&lk->lk_vnic->vn_links, lk, lk_entry);
	if (lk->lk_change != NULL)
		password_over(lk->lk_change, status, reason);
	else {
		ways_failed(lk, reason, status);
		vnic_failed(lk->lk_vnic, lk, reason, status);
	}
	free(lk);
}

/* Only the first link of a session moves its state. */
static void
link_state(struct link *lk, enum vnic_state state)
{
	if (lk->lk_kind != HTTP_SESSION_JOIN && lk->lk_change == NULL)
		vnic_state(lk->lk_vnic, state);
}

static void
link_open(struct conn *cn, const struct http_response *rp, void *arg)
{
	struct link *lk = arg;

	if (lk->lk_change != NULL) {
		conn_cut(cn, "the hub opened a tunnel, which nobody asked for");
		return;
	}
	if (session_conns_add(&lk->lk_vnic->vn_conns, cn) == -1) {
		conn_cut(cn, "no room for another connection");
		return;
	}
	lk->lk_open = true;
	lk->lk_vnic->vn_hub_can = conn_can_send(cn);
	lk->lk_since = clock_ms();
	lk->lk_let_in = clock_us();
	ways_opened(lk);
	vnic_opened(lk->lk_vnic, lk, rp);
}

static void
link_frame(struct conn *cn, struct frame *f, void *arg)
{
	struct link *lk = arg;

	(void)cn;
	if (session_conns_take(&lk->lk_vnic->vn_conns, f))
		lan_deliver(lk->lk_vnic, f);
}

static void
link_round(struct conn *cn, void *arg)
{
	struct link *lk = arg;

	(void)cn;
	probe_look(lk->lk_vnic);
}

static struct frame *
link_pull(struct conn *cn, void *arg)
{
	struct link *lk = arg;

	return (session_conns_pull(&lk->lk_vnic->vn_conns, cn,
	    conn_can_send(cn)));
}

/*
 * A proxy whose TLS broke says more than the connection inside it; else any
 * hop may be to blame.
 */
static void
link_close(struct conn *cn, const char *reason, int status, void *arg)
{
	struct link *lk = arg;
	const char *error = pump_error(lk->lk_fd);
	char text[VNIC_ERROR_MAX];

	(void)cn;
	strlcpy(text, error != NULL ? error : reason, sizeof(text));
	if (error == NULL && conf_has(lk->lk_vnic->vn_conf, "proxy")) {
		strlcat(text, "; the way is ", sizeof(text));
		strlcat(text, lk->lk_way, sizeof(text));
	}
	link_failed(lk, text, status);
}

static const struct conn_handlers link_handlers = {
	.ch_open = link_open,
	.ch_frame = link_frame,
	.ch_round = link_round,
	.ch_pull = link_pull,
	.ch_close = link_close,
};

void
link_params(const struct vnic *vn, struct conn_params *cp)
{
	*cp = (struct conn_params){
		.cp_crypto = vn->vn_tls,
		.cp_ctx = vn->vn_crypto,
		.cp_encap = encap_find("capsule"),
		.cp_sni = verify_sni(vn->vn_conf, vn->vn_host),
		.cp_handshake_ms = LINK_HANDSHAKE,
		.cp_max_frame = vn->vn_max,
		.cp_fcs = conf_bool(vn->vn_conf, "fcs"),
	};
	strlcpy(cp->cp_congestion, conf_str(vn->vn_conf, "congestion"),
	    sizeof(cp->cp_congestion));
	/* what the tap cannot take is segmented here, not on the line */
	if (conf_bool(vn->vn_conf, "offload"))
		cp->cp_can = OFFLOAD_CAN_ALL;
}

static void
copy(char *to, size_t size, const char *from)
{
	strlcpy(to, from == NULL ? "" : from, size);
}

void
link_host(const struct vnic *vn, struct http_request *rq)
{
	bool v6 = strchr(vn->vn_host, ':') != NULL;

	snprintf(rq->hr_host, sizeof(rq->hr_host), "%s%.240s%s:%u",
	    v6 ? "[" : "", vn->vn_host, v6 ? "]" : "", vn->vn_port);
}

/* A token stands for the password: a resumed session needs no log-in. */
static void
link_request(const struct link *lk, struct http_request *rq)
{
	const struct vnic *vn = lk->lk_vnic;
	const struct conf *cf = vn->vn_conf;

	memset(rq, 0, sizeof(*rq));
	link_host(vn, rq);
	copy(rq->hr_hub, sizeof(rq->hr_hub), conf_str(cf, "hub"));
	if (lk->lk_change != NULL) {
		copy(rq->hr_user, sizeof(rq->hr_user), conf_str(cf, "user"));
		copy(rq->hr_password, sizeof(rq->hr_password),
		    lk->lk_change->cg_old);
		copy(rq->hr_new_password, sizeof(rq->hr_new_password),
		    lk->lk_change->cg_new);
		return;
	}
	rq->hr_ext.hx_keepalive =
	    (uint32_t)((conf_int(cf, "keepalive") + 999) / 1000);
	rq->hr_ext.hx_twice = LINK_TWICE;
	rq->hr_ext.hx_session = lk->lk_kind;
	if (conf_bool(cf, "offload")) {
		rq->hr_ext.hx_context = LINK_CONTEXT;
		rq->hr_ext.hx_headers = LINK_HEADERS;
		rq->hr_ext.hx_can = OFFLOAD_CAN_ALL;
	}
	if (lk->lk_kind == HTTP_SESSION_NEW) {
		copy(rq->hr_user, sizeof(rq->hr_user), conf_str(cf, "user"));
		copy(rq->hr_password, sizeof(rq->hr_password),
		    conf_str(cf, "password"));
	} else
		copy(rq->hr_ext.hx_token, sizeof(rq->hr_ext.hx_token),
		    vn->vn_token);
}

/* Of the first hop's addresses that were tried, the one that it is. */
static void
link_route(struct link *lk)
{
	struct sockaddr_storage ss = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof(ss);

	if (getpeername(pump_socket(lk->lk_fd), (struct sockaddr *)&ss, &len) ==
		-1 ||
	    (ss.ss_family != AF_INET && ss.ss_family != AF_INET6))
		return;
	lk->lk_to.pl_addr = ss;
	len = sizeof(lk->lk_from);
	if (getsockname(pump_socket(lk->lk_fd), (struct sockaddr *)&lk->lk_from,
		&len) == -1)
		lk->lk_from.ss_family = AF_UNSPEC;
	if (session_uplink((struct sockaddr *)&ss, lk->lk_uplink,
		lk->lk_vnic) == -1)
		lk->lk_uplink[0] = '\0';
}

/* A transport that never came to an address failed to find one. */
static void
link_unreached(struct link *lk, int why, const char *error)
{
	char servers[200], text[VNIC_ERROR_MAX];

	if (lk->lk_to.pl_addr.ss_family != AF_UNSPEC) {
		link_failed(lk, error,
		    why == TRANSPORT_DENIED ? LINK_DENIED : 0);
		return;
	}
	resolver_servers(servers, sizeof(servers));
	snprintf(text, sizeof(text), "%s (name servers asked: %s)", error,
	    servers);
	link_failed(lk, text, 0);
}

void
link_connected(int fd, const char *error, void *arg)
{
	struct link *lk = arg;
	struct vnic *vn = lk->lk_vnic;
	struct http_request rq;
	struct conn_params cp;

	lk->lk_chain = NULL;
	if (fd < 0) {
		link_unreached(lk, fd, error);
		return;
	}
	lk->lk_fd = fd;
	lk->lk_reached = clock_us();
	if (lk->lk_named == 0)
		lk->lk_named = lk->lk_began;
	link_state(lk, VNIC_VERIFYING);
	link_route(lk);
	link_params(vn, &cp);
	if (lk->lk_kind == HTTP_SESSION_NEW || lk->lk_change != NULL)
		cp.cp_answer_ms = LINK_ANSWER;
	link_request(lk, &rq);
	lk->lk_conn = conn_new_client(session.sp_base, fd,
	    conf_str(vn->vn_conf, "server"), &cp, &rq, &link_handlers, lk);
	explicit_bzero(&rq, sizeof(rq));
	if (lk->lk_conn == NULL)
		link_failed(lk, "out of memory", 0);
}

/* transport_uplink */
static int
link_uplink(const struct sockaddr *to, char ifname[IF_NAMESIZE], void *arg)
{
	struct link *lk = arg;
	size_t len = to->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) :
						 sizeof(struct sockaddr_in);

	link_state(lk, VNIC_CONNECTING);
	if (lk->lk_named == 0)
		lk->lk_named = clock_us();
	memset(&lk->lk_to.pl_addr, 0, sizeof(lk->lk_to.pl_addr));
	memcpy(&lk->lk_to.pl_addr, to, len);
	if (session_uplink(to, ifname, lk->lk_vnic) == -1)
		return (-1);
	strlcpy(lk->lk_uplink, ifname, sizeof(lk->lk_uplink));
	return (0);
}

/*
 * transport_lookup of the first hop: what /etc/hosts says; when the name
 * servers fail, every other time the address where it last worked, since
 * they may be reachable by the tunnel only.
 */
static const char *
link_lookup(const char *host, void *arg)
{
	static char buf[INET6_ADDRSTRLEN];
	struct link *lk = arg;
	const struct vnic *vn = lk->lk_vnic;
	const struct sockaddr_storage *ss = &vn->vn_last.pl_addr;
	const char *known = resolver_host(host);
	const void *addr;

	strlcpy(lk->lk_to.pl_host, host, sizeof(lk->lk_to.pl_host));
	if (known != NULL)
		return (known);
	if (ss->ss_family == AF_UNSPEC || vn->vn_attempts % 2 == 0 ||
	    strcmp(vn->vn_last.pl_host, host) != 0)
		return (NULL);
	addr = ss->ss_family == AF_INET6 ?
	    (const void *)&((const struct sockaddr_in6 *)ss)->sin6_addr :
	    (const void *)&((const struct sockaddr_in *)ss)->sin_addr;
	return (inet_ntop(ss->ss_family, addr, buf, sizeof(buf)));
}

unsigned int
link_proxies(const struct vnic *vn, const struct conf *blocks[CHAIN_PROXIES])
{
	const struct conf *proxy = NULL;
	unsigned int n = 0;

	while (n < CHAIN_PROXIES &&
	    (proxy = conf_next(vn->vn_conf, "proxy", proxy)) != NULL)
		blocks[n++] =
		    conf_block(session.sp_conf, "proxy", proxy->cf_values[0]);
	return (n);
}

static int
link_hops(struct link *lk, const struct transport_ops *first)
{
	struct vnic *vn = lk->lk_vnic;
	const struct conf *proxies[CHAIN_PROXIES];
	unsigned int n = link_proxies(vn, proxies);
	struct transport_request tr = {
		.tr_base = session.sp_base,
		.tr_dns = session.sp_dns,
		.tr_host = vn->vn_host,
		.tr_port = vn->vn_port,
		.tr_fd = -1,
		.tr_timeout = LINK_CONNECT,
		.tr_source = conf_str(vn->vn_conf, "source"),
		.tr_uplink = link_uplink,
		.tr_uplink_arg = lk,
		.tr_lookup = link_lookup,
		.tr_lookup_arg = lk,
		.tr_conf = vn->vn_conf,
		.tr_file = files_find,
		.tr_done = link_connected,
		.tr_arg = lk,
	};

	if (ways_on(vn))
		return (ways_start(lk, &tr, proxies, n));
	chain_way(first, proxies, n, lk->lk_way, sizeof(lk->lk_way));
	strlcpy(vn->vn_way, lk->lk_way, sizeof(vn->vn_way));
	lk->lk_chain = chain_start(first, &tr, proxies, n);
	return (lk->lk_chain == NULL ? -1 : 0);
}

static struct link *
link_begin(struct vnic *vn, enum http_session kind, struct change *cg)
{
	const char *name = conf_str(vn->vn_conf, "transport");
	const struct transport_ops *first = transport_find(name);
	struct link *lk = calloc(1, sizeof(*lk));

	if (lk == NULL) {
		if (cg != NULL)
			password_over(cg, 0, "out of memory");
		return (NULL);
	}
	lk->lk_vnic = vn;
	lk->lk_kind = kind;
	lk->lk_change = cg;
	lk->lk_fd = -1;
	lk->lk_began = clock_us();
	TAILQ_INSERT_TAIL(&vn->vn_links, lk, lk_entry);
	if (first == NULL && !ways_on(vn))
		snprintf(vn->vn_error, sizeof(vn->vn_error),
		    "there is no transport \"%s\"", name);
	else {
		if (link_hops(lk, first) == 0)
			return (lk);
		strlcpy(vn->vn_error, "out of memory", sizeof(vn->vn_error));
	}
	link_free(lk);
	return (NULL);
}

struct link *
link_start(struct vnic *vn, enum http_session kind)
{
	return (link_begin(vn, kind, NULL));
}

struct link *
link_start_change(struct vnic *vn, struct change *cg)
{
	return (link_begin(vn, HTTP_SESSION_NONE, cg));
}

/* Whether a link's own address is still one of this machine's. */
static bool
has_address(const struct link *lk)
{
	struct sockaddr_storage ss = lk->lk_from;
	bool has;
	int s;

	if (ss.ss_family == AF_INET)
		((struct sockaddr_in *)&ss)->sin_port = 0;
	else if (ss.ss_family == AF_INET6)
		((struct sockaddr_in6 *)&ss)->sin6_port = 0;
	else
		return (true);
	s = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s == -1)
		return (true);
	has = bind(s, (struct sockaddr *)&ss, sizeof(ss)) == 0 ||
	    errno != EADDRNOTAVAIL;
	close(s);
	return (has);
}

void
link_check_uplink(struct link *lk)
{
	char ifname[IF_NAMESIZE], reason[96];

	if (!lk->lk_open || lk->lk_to.pl_addr.ss_family == AF_UNSPEC)
		return;
	if (!has_address(lk)) {
		conn_cut(lk->lk_conn, "this machine's address has changed");
		return;
	}
	if (session_uplink((struct sockaddr *)&lk->lk_to.pl_addr, ifname,
		lk->lk_vnic) == -1)
		return;
	if (strcmp(ifname, lk->lk_uplink) == 0) {
		conn_probe(lk->lk_conn, LINK_PROBE);
		return;
	}
	snprintf(reason, sizeof(reason), "the way out changed from %s to %s",
	    lk->lk_uplink[0] == '\0' ? "any" : lk->lk_uplink,
	    ifname[0] == '\0' ? "any" : ifname);
	conn_cut(lk->lk_conn, reason);	/* the session goes on elsewhere */
}
