/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <errno.h>
#include <event2/dns.h>
#include <event2/dns_struct.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atf-c.h>

#include "kern/clock.h"
#include "transport/transport.h"

struct t {
	struct event_base *t_base;
	struct evdns_base *t_dns;
	struct evdns_server_port *t_server;
	struct transport_request t_tr;
	bool t_done, t_mute;
	int t_fd, t_uplink_result;
	int t_mute_type;		/* EVDNS_TYPE_*: no answer, or 0 */
	unsigned int t_late;		/* ms until the answer about AAAA */
	unsigned int t_lates;		/* answers held back now */
	unsigned int t_naddrs;		/* of "both", each family's */
	uint64_t t_ms;			/* how long it took */
	char t_tried[40];		/* families in order: "6464" */
	unsigned int t_uplinks;
	const char *t_ifname;
	char t_error[300];
};

static void
done(int fd, const char *error, void *arg)
{
	struct t *t = arg;

	ATF_REQUIRE(!t->t_done);
	ATF_REQUIRE((fd == -1) == (error != NULL));
	t->t_done = true;
	t->t_fd = fd;
	strlcpy(t->t_error, error != NULL ? error : "", sizeof(t->t_error));
}

static int
uplink(const struct sockaddr *to, char ifname[IF_NAMESIZE], void *arg)
{
	struct t *t = arg;

	ATF_CHECK(to->sa_family == AF_INET || to->sa_family == AF_INET6);
	t->t_uplinks++;
	strlcat(t->t_tried, to->sa_family == AF_INET6 ? "6" : "4",
	    sizeof(t->t_tried));
	strlcpy(ifname, t->t_ifname, IF_NAMESIZE);
	return (t->t_uplink_result);
}

static void
init(struct t *t, const char *host, uint16_t port)
{
	memset(t, 0, sizeof(*t));
	t->t_fd = -1;
	t->t_naddrs = 1;
	t->t_ifname = "";
	ATF_REQUIRE((t->t_base = event_base_new()) != NULL);
	t->t_tr = (struct transport_request){
		.tr_base = t->t_base,
		.tr_host = host,
		.tr_port = port,
		.tr_fd = -1,
		.tr_timeout = 5000,
		.tr_done = done,
		.tr_arg = t,
	};
}

static void
run(struct t *t)
{
	uint64_t begin = clock_ms(), until = begin + 60000;

	ATF_REQUIRE(transport_find("direct")->to_start(&t->t_tr) != NULL);
	ATF_REQUIRE(!t->t_done);
	while (!t->t_done && clock_ms() < until)
		event_base_loop(t->t_base, EVLOOP_ONCE);
	ATF_REQUIRE(t->t_done);
	t->t_ms = clock_ms() - begin;
}

static void
fini(struct t *t)
{
	if (t->t_fd != -1)
		close(t->t_fd);
	while (t->t_lates > 0)
		event_base_loop(t->t_base, EVLOOP_ONCE);
	if (t->t_server != NULL)
		evdns_close_server_port(t->t_server);
	if (t->t_dns != NULL)
		evdns_base_free(t->t_dns, 1);
	event_base_loop(t->t_base, EVLOOP_NONBLOCK);
	event_base_free(t->t_base);
}

/* A listener on 127.0.0.1; its port. */
static uint16_t
listener(int *fd)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	*fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ATF_REQUIRE_EQ(0, bind(*fd, (struct sockaddr *)&sin, sizeof(sin)));
	ATF_REQUIRE_EQ(0, listen(*fd, 5));
	ATF_REQUIRE_EQ(0, getsockname(*fd, (struct sockaddr *)&sin, &len));
	return (ntohs(sin.sin_port));
}

ATF_TC_WITHOUT_HEAD(literal);
ATF_TC_BODY(literal, tc)
{
	struct sockaddr_in sin = { 0 };
	socklen_t len = sizeof(sin);
	struct t t;
	int l, fd;

	init(&t, "127.0.0.1", listener(&l));
	t.t_tr.tr_source = "127.0.0.9";
	t.t_tr.tr_uplink = uplink;
	t.t_tr.tr_uplink_arg = &t;
	t.t_ifname = "";
	run(&t);
	ATF_REQUIRE_MSG(t.t_fd != -1, "%s", t.t_error);
	ATF_CHECK_EQ(1, t.t_uplinks);
	fd = accept(l, (struct sockaddr *)&sin, &len);
	ATF_REQUIRE(fd != -1);
	ATF_CHECK_STREQ("127.0.0.9", inet_ntoa(sin.sin_addr));
	close(fd);
	close(l);
	fini(&t);
}

ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	struct t t;
	char want[100];
	int l;

	init(&t, "127.0.0.1", listener(&l));
	close(l);
	run(&t);
	ATF_CHECK_EQ(-1, t.t_fd);
	snprintf(want, sizeof(want), "127.0.0.1 port %u: connect: %s",
	    t.t_tr.tr_port, strerror(ECONNREFUSED));
	ATF_CHECK_STREQ(want, t.t_error);
	fini(&t);
}

ATF_TC_WITHOUT_HEAD(uplinks);
ATF_TC_BODY(uplinks, tc)
{
	static const struct {
		const char *c_ifname;
		int c_result;
		bool c_ok;
	} cases[] = {
		{ "lo", 0, true },
		{ "nosuchif0", 0, false },
		{ "", -1, false },
	};
	struct t t;
	size_t i;
	int l;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		init(&t, "127.0.0.1", listener(&l));
		t.t_tr.tr_uplink = uplink;
		t.t_tr.tr_uplink_arg = &t;
		t.t_ifname = cases[i].c_ifname;
		t.t_uplink_result = cases[i].c_result;
		run(&t);
		ATF_CHECK_EQ_MSG(cases[i].c_ok, t.t_fd != -1, "%zu: %s", i,
		    t.t_error);
		if (!cases[i].c_ok)
			ATF_CHECK(strstr(t.t_error, ": uplink: ") != NULL);
		close(l);
		fini(&t);
	}
}

/* An answer that is held back. */
struct late {
	struct t *lt_t;
	struct evdns_server_request *lt_request;
	struct event *lt_timer;
};

static void
late_respond(evutil_socket_t fd, short what, void *arg)
{
	struct late *lt = arg;

	(void)fd;
	(void)what;
	evdns_server_request_respond(lt->lt_request, 0);
	lt->lt_t->t_lates--;
	event_free(lt->lt_timer);
	free(lt);
}

static void
respond_later(struct t *t, struct evdns_server_request *rq, unsigned int ms)
{
	const struct timeval tv = { 0, (suseconds_t)ms * 1000 };
	struct late *lt = calloc(1, sizeof(*lt));

	ATF_REQUIRE(lt != NULL);
	lt->lt_t = t;
	lt->lt_request = rq;
	lt->lt_timer = event_new(t->t_base, -1, 0, late_respond, lt);
	event_add(lt->lt_timer, &tv);
	t->t_lates++;
}

static void
add_addresses(struct t *t, struct evdns_server_request *rq, const char *name,
    int type)
{
	struct in_addr v4[9];
	struct in6_addr v6[9];
	int i, n = (int)t->t_naddrs;

	for (i = 0; i < n; i++) {
		v4[i].s_addr = htonl(INADDR_LOOPBACK + (uint32_t)i);
		v6[i] = in6addr_loopback;
		v6[i].s6_addr[14] = (uint8_t)i;
	}
	if (type == EVDNS_TYPE_A)
		evdns_server_request_add_a_reply(rq, name, n, v4, 60);
	else if (type == EVDNS_TYPE_AAAA)
		evdns_server_request_add_aaaa_reply(rq, name, n, v6, 60);
}

/* A name server: "both" has ::1 and 127.0.0.1, or more, "none" nothing. */
static void
answer(struct evdns_server_request *rq, void *arg)
{
	struct t *t = arg;
	const struct evdns_server_question *q = rq->questions[0];
	int type = q->type;

	if (t->t_mute || type == t->t_mute_type) {
		evdns_server_request_drop(rq);
		return;
	}
	if (strncasecmp(q->name, "both", 4) == 0) {
		add_addresses(t, rq, q->name, type);
		if (type == EVDNS_TYPE_AAAA && t->t_late > 0)
			respond_later(t, rq, t->t_late);
		else
			evdns_server_request_respond(rq, 0);
	} else {
		evdns_server_request_respond(rq, 3);
	}
}

static void
start_dns(struct t *t)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ATF_REQUIRE_EQ(0, bind(fd, (struct sockaddr *)&sin, sizeof(sin)));
	ATF_REQUIRE_EQ(0, getsockname(fd, (struct sockaddr *)&sin, &len));
	t->t_server =
	    evdns_add_server_port_with_base(t->t_base, fd, 0, answer, t);
	t->t_dns = evdns_base_new(t->t_base, 0);
	ATF_REQUIRE(t->t_server != NULL && t->t_dns != NULL);
	ATF_REQUIRE_EQ(0,
	    evdns_base_nameserver_sockaddr_add(t->t_dns,
		(struct sockaddr *)&sin, sizeof(sin), 0));
	evdns_base_set_option(t->t_dns, "randomize-case", "0");
	t->t_tr.tr_dns = t->t_dns;
}

/* Nobody listens on ::1, or there is none: IPv4 it is. */
ATF_TC_WITHOUT_HEAD(second_address);
ATF_TC_BODY(second_address, tc)
{
	struct t t;
	int l;

	init(&t, "both.example.com", listener(&l));
	start_dns(&t);
	run(&t);
	ATF_CHECK_MSG(t.t_fd != -1, "%s", t.t_error);
	close(l);
	fini(&t);
}

/* A listener on ::1 with this port, or the end of the test. */
static int
listener6(uint16_t port, int backlog)
{
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6,
		.sin6_addr = in6addr_loopback,
		.sin6_port = htons(port) };
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1 || bind(fd, (struct sockaddr *)&sin6, sizeof(sin6)) == -1)
		atf_tc_skip("no IPv6 address ::1");
	ATF_REQUIRE_EQ(0, listen(fd, backlog));
	return (fd);
}

/* Fills a listener's queue, so that it answers no more. */
static void
fill(uint16_t port, int fds[4])
{
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6,
		.sin6_addr = in6addr_loopback,
		.sin6_port = htons(port) };
	int i;

	for (i = 0; i < 4; i++) {
		fds[i] = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)!connect(fds[i], (struct sockaddr *)&sin6, sizeof(sin6));
	}
}

static int
family_of(int fd)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t len = sizeof(ss);

	ATF_REQUIRE_EQ(0, getpeername(fd, (struct sockaddr *)&ss, &len));
	return (ss.ss_family);
}

/* A busy machine is late at times: so often is it tried. */
#define TRIES 5

static bool
as_wanted(const struct t *t, int family, uint64_t least, uint64_t most)
{
	ATF_REQUIRE_MSG(t->t_fd != -1, "%s", t->t_error);
	printf("%s after %ju ms\n",
	    family_of(t->t_fd) == AF_INET ? "IPv4" : "IPv6",
	    (uintmax_t)t->t_ms);
	return (family_of(t->t_fd) == family && t->t_ms >= least &&
	    t->t_ms < most);
}

/* IPv6 leads nowhere: IPv4 after the delay of 250 ms. */
ATF_TC_WITHOUT_HEAD(black_hole);
ATF_TC_BODY(black_hole, tc)
{
	struct t t;
	bool good = false;
	int l, l6, i, n, fds[4];

	for (n = 0; n < TRIES && !good; n++) {
		init(&t, "both.example.com", listener(&l));
		l6 = listener6(t.t_tr.tr_port, 0);
		fill(t.t_tr.tr_port, fds);
		start_dns(&t);
		run(&t);
		good = as_wanted(&t, AF_INET, 240, 1000);
		ATF_CHECK(t.t_ms >= 240);
		for (i = 0; i < 4; i++)
			close(fds[i]);
		close(l6);
		close(l);
		fini(&t);
	}
	ATF_CHECK(good);
}

/*
 * An address each, of which what `mute` says is never answered, or AAAA late
 * by so many ms: the family that is taken, and in less than so many ms.
 */
static bool
resolves(int mute, unsigned int late, int family, uint64_t most)
{
	struct t t;
	bool good = false;
	int l, l6, n;

	for (n = 0; n < TRIES && !good; n++) {
		init(&t, "both.example.com", listener(&l));
		l6 = listener6(t.t_tr.tr_port, 5);
		start_dns(&t);
		t.t_mute_type = mute;
		t.t_late = late;
		run(&t);
		good = as_wanted(&t, family, 0, most);
		close(l6);
		close(l);
		fini(&t);
	}
	return (good);
}

/* A question for one family is never answered: the other does. */
ATF_TC_WITHOUT_HEAD(half_answer);
ATF_TC_BODY(half_answer, tc)
{
	static const struct {
		int c_mute, c_family;
	} cases[] = {
		{ EVDNS_TYPE_AAAA, AF_INET },
		{ EVDNS_TYPE_A, AF_INET6 },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ATF_CHECK(resolves(cases[i].c_mute, 0, cases[i].c_family,
		    1000));
}

/* IPv6 is preferred when its address comes soon, and not waited for long. */
ATF_TC_WITHOUT_HEAD(resolution_delay);
ATF_TC_BODY(resolution_delay, tc)
{
	static const struct {
		unsigned int c_late;
		int c_family;
	} cases[] = {
		{ 5, AF_INET6 },
		{ 900, AF_INET },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ATF_CHECK(resolves(0, cases[i].c_late, cases[i].c_family, 900));
}

/* An address that comes while others are tried in vain is tried too. */
ATF_TC_WITHOUT_HEAD(late_address);
ATF_TC_BODY(late_address, tc)
{
	struct t t;
	int l, l6;

	init(&t, "both.example.com", listener(&l));
	close(l);
	l6 = listener6(t.t_tr.tr_port, 5);
	start_dns(&t);
	t.t_late = 200;
	run(&t);
	ATF_REQUIRE_MSG(t.t_fd != -1, "%s", t.t_error);
	ATF_CHECK_EQ(AF_INET6, family_of(t.t_fd));
	close(l6);
	fini(&t);
}

/* The families by turns, at most eight addresses each. */
ATF_TC_WITHOUT_HEAD(turns);
ATF_TC_BODY(turns, tc)
{
	struct t t;
	bool good = false;
	int n;

	for (n = 0; n < TRIES && !good; n++) {
		init(&t, "both.example.com", 443);
		start_dns(&t);
		t.t_naddrs = 9;
		t.t_late = 10; /* so that both are known when it begins */
		t.t_tr.tr_uplink = uplink;
		t.t_tr.tr_uplink_arg = &t;
		t.t_uplink_result = -1;
		run(&t);
		ATF_CHECK_EQ(-1, t.t_fd);
		printf("tried %s\n", t.t_tried);
		good = strcmp(t.t_tried, "6464646464646464") == 0;
		fini(&t);
	}
	ATF_CHECK(good);
}

/* A source address decides the family. */
ATF_TC_WITHOUT_HEAD(source_family);
ATF_TC_BODY(source_family, tc)
{
	struct t t;
	int l;

	init(&t, "both.example.com", listener(&l));
	start_dns(&t);
	t.t_tr.tr_source = "127.0.0.9";
	t.t_tr.tr_uplink = uplink;
	t.t_tr.tr_uplink_arg = &t;
	run(&t);
	ATF_CHECK_MSG(t.t_fd != -1, "%s", t.t_error);
	ATF_CHECK_STREQ("4", t.t_tried);
	close(l);
	fini(&t);

	init(&t, "::1", 443);
	t.t_tr.tr_source = "127.0.0.9";
	run(&t);
	ATF_CHECK_STREQ("::1 cannot be reached from source address 127.0.0.9",
	    t.t_error);
	fini(&t);
}

ATF_TC_WITHOUT_HEAD(no_name);
ATF_TC_BODY(no_name, tc)
{
	struct t t;

	init(&t, "none.example.com", 443);
	start_dns(&t);
	run(&t);
	ATF_CHECK_EQ(-1, t.t_fd);
	ATF_CHECK_MSG(strncmp(t.t_error, "none.example.com: ", 18) == 0, "%s",
	    t.t_error);
	fini(&t);
}

ATF_TC_WITHOUT_HEAD(limit);
ATF_TC_BODY(limit, tc)
{
	struct t t;

	init(&t, "both.example.com", 443);
	start_dns(&t);
	t.t_mute = true;
	t.t_tr.tr_timeout = 200;
	run(&t);
	ATF_CHECK_STREQ("both.example.com port 443: no answer within 200 ms",
	    t.t_error);
	fini(&t);
}

ATF_TC_WITHOUT_HEAD(cancel);
ATF_TC_BODY(cancel, tc)
{
	const struct transport_ops *to = transport_find("direct");
	struct transport *tp;
	struct t t;
	int l, i;

	for (i = 0; i < 2; i++) {
		init(&t, i == 0 ? "127.0.0.1" : "both.example.com",
		    listener(&l));
		start_dns(&t);
		tp = to->to_start(&t.t_tr);
		ATF_REQUIRE(tp != NULL);
		to->to_cancel(tp);
		event_base_loop(t.t_base, EVLOOP_NONBLOCK);
		ATF_CHECK(!t.t_done);
		close(l);
		fini(&t);
	}
}

ATF_TC_WITHOUT_HEAD(not_first_hop);
ATF_TC_BODY(not_first_hop, tc)
{
	struct t t;

	init(&t, "127.0.0.1", 443);
	t.t_tr.tr_fd = dup(0);
	run(&t);
	ATF_CHECK_STREQ("direct must be the first hop", t.t_error);
	fini(&t);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, literal);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, uplinks);
	ATF_TP_ADD_TC(tp, second_address);
	ATF_TP_ADD_TC(tp, black_hole);
	ATF_TP_ADD_TC(tp, half_answer);
	ATF_TP_ADD_TC(tp, resolution_delay);
	ATF_TP_ADD_TC(tp, late_address);
	ATF_TP_ADD_TC(tp, turns);
	ATF_TP_ADD_TC(tp, source_family);
	ATF_TP_ADD_TC(tp, no_name);
	ATF_TP_ADD_TC(tp, limit);
	ATF_TP_ADD_TC(tp, cancel);
	ATF_TP_ADD_TC(tp, not_first_hop);
	return (atf_no_error());
}
