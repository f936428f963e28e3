/* SPDX-License-Identifier: ISC */
/* The HTTP transport against a scripted proxy at the end of a socket pair. */
#include <atf-c.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kern/clock.h"
#include "kern/conf.h"
#include "kern/schema.h"
#include "transport/transport.h"

enum { STREAMS = 8 };

/* What the proxy says on each stream, at once; it reads later. */
struct script {
	const char *sc_says[STREAMS];
	bool sc_closes[STREAMS];
};

struct t {
	struct event_base *t_base;
	struct conf *t_conf;
	struct transport_request t_tr;
	struct transport *t_transport;
	const struct script *t_script;
	int t_ours[STREAMS];		/* the proxy's ends */
	unsigned int t_streams;
	bool t_done, t_again;
	int t_fd;
	char t_error[TRANSPORT_ERROR_LEN];
};

static int
stream(struct t *t)
{
	const char *text = t->t_script->sc_says[t->t_streams];
	int fds[2];

	ATF_REQUIRE(text != NULL);
	ATF_REQUIRE_EQ(0,
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds));
	ATF_REQUIRE_EQ((ssize_t)strlen(text),
	    write(fds[1], text, strlen(text)));
	if (t->t_script->sc_closes[t->t_streams])
		shutdown(fds[1], SHUT_WR);
	t->t_ours[t->t_streams++] = fds[1];
	return (fds[0]);
}

static void
again(void *arg)
{
	struct t *t = arg;

	t->t_again = true;
}

static void
done(int fd, const char *error, void *arg)
{
	struct t *t = arg;

	ATF_REQUIRE(!t->t_done);
	ATF_REQUIRE((fd < 0) == (error != NULL));
	t->t_done = true;
	t->t_fd = fd;
	strlcpy(t->t_error, error != NULL ? error : "", sizeof(t->t_error));
}

/* keys: of the proxy block */
static void
run(struct t *t, const struct script *script, const char *keys,
    const char *host)
{
	const struct transport_ops *ops = transport_find("http");
	uint64_t until = clock_ms() + 60000;
	struct conf_error ce;
	char text[512];

	snprintf(text, sizeof(text),
	    "proxy p {\ntype http\nserver p:1\n%s\n}\n", keys);
	memset(t, 0, sizeof(*t));
	t->t_script = script;
	ATF_REQUIRE((t->t_base = event_base_new()) != NULL);
	ATF_REQUIRE((t->t_conf = conf_parse("t", text, strlen(text), &ce)) !=
	    NULL);
	ATF_REQUIRE_EQ_MSG(0, conf_check(t->t_conf, schema_vnicd, "t", &ce),
	    "%s", ce.ce_text);
	t->t_tr = (struct transport_request){ .tr_base = t->t_base,
		.tr_host = host,
		.tr_port = 443,
		.tr_fd = stream(t),
		.tr_name = "proxy p:1",
		.tr_again = again,
		.tr_again_arg = t,
		.tr_timeout = 500,
		.tr_conf = conf_block(t->t_conf, "proxy", "p"),
		.tr_done = done,
		.tr_arg = t };
	t->t_transport = ops->to_start(&t->t_tr);
	ATF_REQUIRE(t->t_transport != NULL && !t->t_done);
	while (!t->t_done && clock_ms() < until) {
		event_base_loop(t->t_base, EVLOOP_ONCE);
		if (t->t_again && !t->t_done) {
			t->t_again = false;
			ops->to_stream(t->t_transport, stream(t));
		}
	}
	ATF_REQUIRE(t->t_done);
}

static void
fini(struct t *t)
{
	unsigned int i;

	for (i = 0; i < t->t_streams; i++)
		close(t->t_ours[i]);
	if (t->t_fd >= 0)
		close(t->t_fd);
	conf_free(t->t_conf);
	event_base_free(t->t_base);
}

/* What was asked on a stream. */
static const char *
asked(struct t *t, unsigned int i)
{
	static char buf[65536];
	ssize_t n = recv(t->t_ours[i], buf, sizeof(buf) - 1, MSG_DONTWAIT);

	buf[n < 0 ? 0 : n] = '\0';
	return (buf);
}

#define OK "HTTP/1.1 200 Connection established\r\n\r\n"
#define BASIC                 \
	"HTTP/1.1 407 No\r\n" \
	"Proxy-Authenticate: Basic realm=x\r\n"
#define NTLM "HTTP/1.1 407 No\r\nConnection: close\r\nProxy-Authenticate: NTLM"
#define CHALLENGE                                    \
	NTLM " TlRMTVNTUAACAAAAAAAAADAAAAABAgAAAQID" \
	     "BAUGBwgAAAAAAAAAAAQABAAwAAAAAAAAAA==\r\n\r\n"
#define KEYS "user karl\npassword geheim"
#define TOKEN "Proxy-Authorization: Basic a2FybDpnZWhlaW0=\r\n"

/* Not an octet behind the answer is taken, whatever comes before it. */
ATF_TC_WITHOUT_HEAD(exact);
ATF_TC_BODY(exact, tc)
{
	static const struct script scripts[] = {
		{ .sc_says = { OK "next" } },
		{ .sc_says = { "HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\n"
			       "next" } },
		{ .sc_says = { "HTTP/1.1 100 Continue\r\n\r\n"
			       "HTTP/1.1 103 Hints\r\nLink: a\r\n\r\n"
			       "HTTP/1.1 204 Fine\r\n"
			       "Transfer-Encoding: chunked\r\n\r\nnext" } },
		{ .sc_says = { BASIC "Content-Length: 5\r\n\r\n12345" OK
				     "next" } },
		{ .sc_says = { BASIC "Content-Length: 0\r\n\r\n" OK "next" } },
		{ .sc_says = { BASIC
		      "Transfer-Encoding: chunked\r\n\r\n"
		      "3;x=y\r\nabc\r\n0\r\nTrailer: z\r\n\r\n" OK "next" } },
	};
	struct t t;
	char buf[10];
	size_t i;

	for (i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		run(&t, &scripts[i], KEYS, "hub.example");
		ATF_REQUIRE_MSG(t.t_fd >= 0, "%zu: %s", i, t.t_error);
		ATF_CHECK_EQ(4, recv(t.t_fd, buf, sizeof(buf), 0));
		ATF_CHECK(memcmp(buf, "next", 4) == 0);
		ATF_CHECK_EQ(1, t.t_streams);
		fini(&t);
	}
}

ATF_TC_WITHOUT_HEAD(request);
ATF_TC_BODY(request, tc)
{
	static const struct script script = { .sc_says = { OK } };
	struct t t;

	run(&t, &script, "header \"X-Office: Kyoto\"\nheader \"A: b\"",
	    "hub.example");
	ATF_CHECK_STREQ("CONNECT hub.example:443 HTTP/1.1\r\n"
			"Host: hub.example:443\r\n"
			"Proxy-Connection: keep-alive\r\n"
			"X-Office: Kyoto\r\nA: b\r\n\r\n",
	    asked(&t, 0));
	fini(&t);
	/* RFC 9112, 3.2.3 */
	run(&t, &script, "", "2001:db8::1");
	ATF_CHECK(strncmp(asked(&t, 0),
		      "CONNECT [2001:db8::1]:443 HTTP/1.1\r\n"
		      "Host: [2001:db8::1]:443\r\n",
		      61) == 0);
	fini(&t);
}

/* A proxy that closes after a 407 is asked on a fresh stream. */
ATF_TC_WITHOUT_HEAD(anew);
ATF_TC_BODY(anew, tc)
{
	static const struct script scripts[] = {
		{ .sc_says = { BASIC "Connection: close\r\n\r\n<html>", OK } },
		{ .sc_says = { BASIC "\r\nuntil the end", OK },
		    .sc_closes = { true } },
		{ .sc_says = { BASIC "Content-Length: 100\r\n\r\ntoo few", OK },
		    .sc_closes = { true } },
		{ .sc_says = { BASIC "Content-Length: 0\r\n\r\n", OK },
		    .sc_closes = { true } },
		{ .sc_says = { BASIC "Transfer-Encoding: chunked\r\n\r\nxyz",
		      OK } },
	};
	struct t t;
	size_t i;

	for (i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		run(&t, &scripts[i], KEYS, "hub.example");
		ATF_REQUIRE_MSG(t.t_fd >= 0, "%zu: %s", i, t.t_error);
		ATF_CHECK_EQ(2, t.t_streams);
		ATF_CHECK(strstr(asked(&t, 1), TOKEN) != NULL);
		fini(&t);
	}
}

ATF_TC_WITHOUT_HEAD(failures);
ATF_TC_BODY(failures, tc)
{
	static const struct {
		struct script c_script;
		int c_fd;
		const char *c_keys;
		const char *c_error;
	} cases[] = {
		{ { .sc_says = { "" } }, TRANSPORT_FAILED, "",
		    "has not answered CONNECT within 500 ms" },
		{ { .sc_says = { "HTTP/1.1 200 OK\r\n" } }, TRANSPORT_FAILED,
		    "", "has not answered CONNECT within 500 ms" },
		{ { .sc_says = { "" }, .sc_closes = { true } },
		    TRANSPORT_FAILED, "",
		    "closed the connection without an answer to CONNECT" },
		{ { .sc_says = { "HTTP/1.1 403 Forbidden\x1b[1m\r\n\r\n" } },
		    TRANSPORT_FAILED, "",
		    "refused CONNECT to hub.example:443: 403 by policy "
		    "(Forbidden?[1m)" },
		{ { .sc_says = { "HTTP/1.1 403 Forbidden\r\n\r\n" } },
		    TRANSPORT_FAILED, "",
		    "refused CONNECT to hub.example:443: 403 by policy "
		    "(Forbidden)" },
		{ { .sc_says = { "HTTP/1.1 101 Switch\r\n\r\n" } },
		    TRANSPORT_FAILED, "",
		    "refused CONNECT to hub.example:443: 101 (Switch)" },
		{ { .sc_says = { "SSH-2.0-OpenSSH\r\n\r\n" } },
		    TRANSPORT_FAILED, "",
		    "does not answer as an HTTP proxy does: bad status line" },
		{ { .sc_says = { BASIC "\r\n" } }, TRANSPORT_DENIED, "",
		    "wants a user and password (Basic)" },
		{ { .sc_says = { BASIC "Content-Length: 0\r\n\r\n" BASIC
				       "Content-Length: 0\r\n\r\n" } },
		    TRANSPORT_DENIED, KEYS,
		    "refuses user \"karl\" (by Basic): wrong user or "
		    "password" },
		{ { .sc_says = { BASIC "Content-Length: -1\r\n\r\n" } },
		    TRANSPORT_FAILED, KEYS,
		    "does not answer as an HTTP proxy does: bad "
		    "Content-Length" },
		{ { .sc_says = { BASIC "Content-Length: 0\r\n\r\n" } },
		    TRANSPORT_DENIED, "user \"a:b\"\npassword p",
		    "cannot be told this user, password (Basic) and header" },
		{ { .sc_says = { NTLM "\r\n\r\n", NTLM "\r\n\r\n" } },
		    TRANSPORT_DENIED, KEYS, "does not go on with NTLM" },
		{ { .sc_says = { NTLM "\r\n\r\n", CHALLENGE, CHALLENGE,
			CHALLENGE, CHALLENGE } },
		    TRANSPORT_FAILED, KEYS,
		    "closes the connection again and again, which NTLM needs "
		    "to stay" },
	};
	char want[300];
	struct t t;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		run(&t, &cases[i].c_script, cases[i].c_keys, "hub.example");
		ATF_CHECK_EQ_MSG(cases[i].c_fd, t.t_fd, "%zu: %d", i, t.t_fd);
		snprintf(want, sizeof(want), "proxy p:1 %s", cases[i].c_error);
		ATF_CHECK_STREQ(want, t.t_error);
		fini(&t);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, exact);
	ATF_TP_ADD_TC(tp, request);
	ATF_TP_ADD_TC(tp, anew);
	ATF_TP_ADD_TC(tp, failures);
	return (atf_no_error());
}
