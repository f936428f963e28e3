/* SPDX-License-Identifier: ISC */
/*
 * path_test: one way to the hub is tried for vnicctl(8), by the settings of a
 * virtual NIC and what its links use: hops, TLS, proof of the server.  The
 * server is asked for nothing but an answer, so nobody logs in, and neither
 * the session nor what its NIC remembers of ways is touched.
 */
#include <sys/queue.h>

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kern/clock.h"
#include "kern/conf.h"
#include "kern/ctl.h"
#include "kern/frame.h"
#include "transport/pump.h"
#include "tunnel/conn.h"
#include "vnic.h"

enum {
	PATH_TESTS = 4,		/* at once */
	PATH_HOP = 10000,	/* ms for each hop */
	PATH_SECONDS = 24	/* for all of it: vnicctl waits for 30 */
};

struct path_test {
	LIST_ENTRY(path_test) pt_entry;
	struct ctl_client *pt_client;
	struct vnic *pt_vnic;
	struct chain *pt_chain;		/* until connected */
	struct autoway *pt_auto;	/* or this, with transport auto */
	struct auto_memory pt_memory;
	struct conn *pt_conn;		/* from then on */
	int pt_fd;			/* pt_conn's */
	struct event *pt_timer;
	bool pt_named;			/* an address was found */
	uint64_t pt_began, pt_reached;	/* us */
	char pt_way[CHAIN_WAY_LEN];
};
static LIST_HEAD(, path_test) tests = LIST_HEAD_INITIALIZER(tests);
static unsigned int ntests;

static void
test_free(struct path_test *pt)
{
	if (pt->pt_chain != NULL)
		chain_cancel(pt->pt_chain);
	auto_cancel(pt->pt_auto);
	if (pt->pt_conn != NULL)
		conn_free(pt->pt_conn);
	if (pt->pt_timer != NULL)
		event_free(pt->pt_timer);
	LIST_REMOVE(pt, pt_entry);
	ntests--;
	free(pt);
}

/*
 * Why there was no answer, in a word that stays the same: vnicctl(8) has all
 * of them, and the web form what they mean.
 */
static const char CODE_NAME[] = "name", CODE_UNREACHED[] = "unreached",
		  CODE_DENIED[] = "denied", CODE_PROXY[] = "proxy",
		  CODE_TLS[] = "tls", CODE_NO_ANSWER[] = "no-answer",
		  CODE_NO_HUB[] = "no-hub", CODE_MEMORY[] = "memory",
		  CODE_SETTINGS[] = "settings";

/* What came of it; rtt 0: there was no answer, for the reason in text. */
static void
test_end(struct path_test *pt, uint64_t rtt, const char *code, const char *text)
{
	struct ctl_client *c = pt->pt_client;

	ctl_object(c);
	ctl_string(c, "way", pt->pt_way);
	ctl_string(c, "result", rtt != 0 ? "ok" : "failed");
	ctl_number(c, "connect-us",
	    pt->pt_reached == 0 ? 0 : pt->pt_reached - pt->pt_began);
	ctl_number(c, "total-us", clock_us() - pt->pt_began);
	ctl_number(c, "rtt-us", rtt);
	ctl_string(c, "code", code);
	ctl_string(c, "text", text);
	ctl_object_end(c);
	ctl_ok(c);
	test_free(pt);
}

static void
on_time(evutil_socket_t fd, short what, void *arg)
{
	struct path_test *pt = arg;
	char text[96];

	(void)fd;
	(void)what;
	snprintf(text, sizeof(text), "%s within %d s",
	    pt->pt_reached == 0 ? "the hub was not reached" :
				  "the hub did not answer",
	    PATH_SECONDS);
	test_end(pt, 0, pt->pt_reached == 0 ? CODE_UNREACHED : CODE_NO_ANSWER,
	    text);
}

static void
on_open(struct conn *cn, const struct http_response *rp, void *arg)
{
	(void)rp;
	(void)arg;
	conn_cut(cn, "the hub opened a tunnel, which nobody asked for");
}

static void
on_frame(struct conn *cn, struct frame *f, void *arg)
{
	(void)cn;
	(void)arg;
	frame_free(f);
}

static void
on_round(struct conn *cn, void *arg)
{
	(void)cn;
	(void)arg;
}

static struct frame *
on_pull(struct conn *cn, void *arg)
{
	(void)cn;
	(void)arg;
	return (NULL);
}

/* Why a connection that was made has ended without a good answer. */
static const char *
close_code(const struct conn_stats *cs, bool proxy)
{
	if (proxy)
		return (CODE_PROXY);
	if (!cs->cs_asked)
		return (CODE_TLS);
	return (cs->cs_answer_us == 0 ? CODE_NO_ANSWER : CODE_NO_HUB);
}

/* Whatever a verified server has answered, it is there. */
static void
on_close(struct conn *cn, const char *reason, int status, void *arg)
{
	struct path_test *pt = arg;
	const char *error = pump_error(pt->pt_fd);
	const struct conn_stats *cs = conn_stats(cn);
	char text[VNIC_ERROR_MAX];

	pt->pt_conn = NULL;
	strlcpy(text, error != NULL ? error : reason, sizeof(text));
	if (status != 0)
		test_end(pt, cs->cs_answer_us, "", "");
	else
		test_end(pt, 0, close_code(cs, error != NULL), text);
}

static const struct conn_handlers handlers = {
	.ch_open = on_open,
	.ch_frame = on_frame,
	.ch_round = on_round,
	.ch_pull = on_pull,
	.ch_close = on_close,
};

/* transport_done */
static void
on_connected(int fd, const char *error, void *arg)
{
	struct path_test *pt = arg;
	struct vnic *vn = pt->pt_vnic;
	struct http_request rq = { .hr_look = true };
	char servers[200], text[VNIC_ERROR_MAX];
	struct conn_params cp;

	pt->pt_chain = NULL;
	if (fd < 0 && !pt->pt_named) {
		resolver_servers(servers, sizeof(servers));
		snprintf(text, sizeof(text), "%s (name servers asked: %s)",
		    error, servers);
		error = text;
	}
	if (fd < 0) {
		test_end(pt, 0,
		    !pt->pt_named	       ? CODE_NAME :
			fd == TRANSPORT_DENIED ? CODE_DENIED :
						 CODE_UNREACHED,
		    error);
		return;
	}
	pt->pt_fd = fd;
	pt->pt_reached = clock_us();
	link_params(vn, &cp);
	link_host(vn, &rq);
	pt->pt_conn = conn_new_client(session.sp_base, fd,
	    conf_str(vn->vn_conf, "server"), &cp, &rq, &handlers, pt);
	if (pt->pt_conn == NULL)
		test_end(pt, 0, CODE_MEMORY, "out of memory");
}

/* auto_done */
static void
on_way(int fd, const struct auto_way *way, const char *error, void *arg)
{
	struct path_test *pt = arg;

	pt->pt_auto = NULL;
	if (fd >= 0)
		strlcpy(pt->pt_way, way->aw_name, sizeof(pt->pt_way));
	on_connected(fd, error, pt);
}

/* transport_uplink */
static int
on_uplink(const struct sockaddr *to, char ifname[IF_NAMESIZE], void *arg)
{
	struct path_test *pt = arg;

	pt->pt_named = true;
	return (session_uplink(to, ifname, pt->pt_vnic));
}

/* transport_lookup */
static const char *
on_lookup(const char *host, void *arg)
{
	(void)arg;
	return (resolver_host(host));
}

static void
fill_request(struct path_test *pt, struct transport_request *tr)
{
	const struct vnic *vn = pt->pt_vnic;

	*tr = (struct transport_request){
		.tr_base = session.sp_base,
		.tr_dns = session.sp_dns,
		.tr_host = vn->vn_host,
		.tr_port = vn->vn_port,
		.tr_fd = -1,
		.tr_timeout = PATH_HOP,
		.tr_source = conf_str(vn->vn_conf, "source"),
		.tr_uplink = on_uplink,
		.tr_uplink_arg = pt,
		.tr_lookup = on_lookup,
		.tr_lookup_arg = pt,
		.tr_conf = vn->vn_conf,
		.tr_file = files_find,
		.tr_done = on_connected,
		.tr_arg = pt,
	};
}

/* The way that the NIC would find by itself, from what it knows at first. */
static bool
start_auto(struct path_test *pt, const struct transport_request *tr)
{
	const struct conf *proxies[CHAIN_PROXIES];
	const struct auto_request ar = {
		.ar_tr = *tr,
		.ar_proxies = proxies,
		.ar_nproxies = link_proxies(pt->pt_vnic, proxies),
		.ar_wpad = ways_wpad(pt->pt_vnic),
		.ar_done = on_way,
		.ar_arg = pt,
	};

	strlcpy(pt->pt_way, "auto", sizeof(pt->pt_way));
	pt->pt_auto = auto_start(&ar, &pt->pt_memory, NULL);
	return (pt->pt_auto != NULL);
}

static bool
start_chain(struct path_test *pt, const struct transport_request *tr,
    const struct conf *const *proxies, unsigned int n)
{
	const struct vnic *vn = pt->pt_vnic;
	const struct transport_ops *first =
	    transport_find(ways_on(vn) ? "direct" :
					 conf_str(vn->vn_conf, "transport"));

	if (first == NULL)
		return (false);
	chain_way(first, proxies, n, pt->pt_way, sizeof(pt->pt_way));
	pt->pt_chain = chain_start(first, tr, proxies, n);
	return (pt->pt_chain != NULL);
}

/* way: see path_test_request(); proxy: where it is one. */
static bool
start(struct path_test *pt, const char *way, const struct conf *proxy)
{
	const struct timeval tv = { .tv_sec = PATH_SECONDS };
	const struct conf *proxies[CHAIN_PROXIES];
	struct transport_request tr;

	pt->pt_timer = evtimer_new(session.sp_base, on_time, pt);
	if (pt->pt_timer == NULL || event_add(pt->pt_timer, &tv) == -1)
		return (false);
	pt->pt_began = clock_us();
	fill_request(pt, &tr);
	if (way != NULL)
		return (start_chain(pt, &tr, &proxy, proxy != NULL));
	if (ways_on(pt->pt_vnic))
		return (start_auto(pt, &tr));
	return (start_chain(pt, &tr, proxies,
	    link_proxies(pt->pt_vnic, proxies)));
}

static struct path_test *
test_new(struct ctl_client *c, struct vnic *vn)
{
	struct path_test *pt =
	    ntests < PATH_TESTS ? calloc(1, sizeof(*pt)) : NULL;

	if (pt == NULL)
		return (NULL);
	pt->pt_client = c;
	pt->pt_vnic = vn;
	pt->pt_fd = -1;
	LIST_INSERT_HEAD(&tests, pt, pt_entry);
	ntests++;
	return (pt);
}

void
path_test_request(struct ctl_client *c, struct vnic *vn, const char *way,
    const char *name)
{
	const struct conf *proxy = NULL;
	struct path_test *pt;

	if (name != NULL)
		proxy = conf_block(session.sp_conf, "proxy", name);
	if (name != NULL && proxy == NULL)
		ctl_error(c, "there is no proxy \"%s\"", name);
	else if (vn->vn_crypto == NULL)
		ctl_error(c, "%s", vn->vn_error);
	else if ((pt = test_new(c, vn)) == NULL)
		ctl_error(c, "too many tests run at once");
	else if (!start(pt, way, proxy)) {
		ctl_error(c, "the test cannot be begun");
		test_free(pt);
	}
}

void
path_tests_cancel(void)
{
	while (!LIST_EMPTY(&tests))
		test_end(LIST_FIRST(&tests), 0, CODE_SETTINGS,
		    "the settings have changed meanwhile");
}
