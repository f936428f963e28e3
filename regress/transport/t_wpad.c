/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atf-c.h>

#include "kern/clock.h"
#include "transport/wpad.h"

ATF_TC_WITHOUT_HEAD(urls);
ATF_TC_BODY(urls, tc)
{
	static const struct {
		const char *c_url, *c_host, *c_path;
		uint16_t c_port;
	} cases[] = {
		{ "http://wpad.campus.example/wpad.dat", "wpad.campus.example",
		    "/wpad.dat", 80 },
		{ "HTTP://10.0.0.1:8080", "10.0.0.1", "/", 8080 },
		{ "http://[2001:db8::1]:81/a?b=c", "2001:db8::1", "/a?b=c",
		    81 },
		{ "http://a/x#y", "a", "/x", 80 },
		{ "https://a/", NULL, NULL, 0 },
		{ "file:///etc/passwd", NULL, NULL, 0 },
		{ "http:///x", NULL, NULL, 0 },
		{ "http://*/x", NULL, NULL, 0 },
		{ "http://me@a/x", NULL, NULL, 0 },
		{ "http://a:0/x", NULL, NULL, 0 },
		{ "http://a:99999/x", NULL, NULL, 0 },
		{ "http://a/x\r\nEvil: yes", NULL, NULL, 0 },
		{ "http://a/x y", NULL, NULL, 0 },
		{ "http://a?x", NULL, NULL, 0 },
		{ "", NULL, NULL, 0 },
	};
	struct wpad_url wu;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (cases[i].c_host == NULL) {
			ATF_CHECK_EQ_MSG(-1, wpad_url(cases[i].c_url, &wu),
			    "%s", cases[i].c_url);
			continue;
		}
		ATF_REQUIRE_EQ_MSG(0, wpad_url(cases[i].c_url, &wu), "%s",
		    cases[i].c_url);
		ATF_CHECK_STREQ(cases[i].c_host, wu.wu_host);
		ATF_CHECK_STREQ(cases[i].c_path, wu.wu_path);
		ATF_CHECK_EQ(cases[i].c_port, wu.wu_port);
	}
}

/* What is found, as "type server, type server". */
static const char *
found(const char *text)
{
	static char buf[2000];
	struct wpad_proxy out[WPAD_PROXIES];
	unsigned int i, n;
	size_t len = strlen(text);
	char *copy = malloc(len);

	ATF_REQUIRE(copy != NULL);
	/* NOLINTNEXTLINE(bugprone-*): no NUL behind it, by intent */
	memcpy(copy, text, len);
	n = wpad_proxies(copy, len, out);
	free(copy);
	ATF_REQUIRE(n <= WPAD_PROXIES);
	buf[0] = '\0';
	for (i = 0; i < n; i++) {
		if (i > 0)
			strlcat(buf, ", ", sizeof(buf));
		strlcat(buf, out[i].wp_type, sizeof(buf));
		strlcat(buf, " ", sizeof(buf));
		strlcat(buf, out[i].wp_server, sizeof(buf));
	}
	return (buf);
}

ATF_TC_WITHOUT_HEAD(literals);
ATF_TC_BODY(literals, tc)
{
	ATF_CHECK_STREQ("http 10.1.1.1:3128",
	    found("function FindProxyForURL(url, host) {\n"
		  "\treturn \"PROXY 10.1.1.1:3128; DIRECT\";\n}\n"));
	ATF_CHECK_STREQ("http a.example:80, socks5 b:1080, socks4a c:1081",
	    found("return 'PROXY a.example:80;SOCKS b:1080; SOCKS4 c:1081'"));
	ATF_CHECK_STREQ("socks5 [2001:db8::1]:1080",
	    found("x=\"SOCKS5  [2001:db8::1]:1080\";"));
	/* the same once, and no more than four */
	ATF_CHECK_STREQ("http a:1, http b:1, http c:1, http d:1",
	    found("\"PROXY a:1; PROXY a:1; PROXY b:1; PROXY c:1; PROXY d:1; "
		  "PROXY e:1\""));
	/* put together by the script: not a literal */
	ATF_CHECK_STREQ("", found("return \"PROXY \" + host + \":80\";"));
	ATF_CHECK_STREQ("", found("return \"PROXY a\" + \":80\";"));
	ATF_CHECK_STREQ("", found("return \"PROXY a:\" + port;"));
	ATF_CHECK_STREQ("", found("return \"PROXY a:80$(x)\";"));
	ATF_CHECK_STREQ("", found("return \"PROXY a:0\";"));
	ATF_CHECK_STREQ("", found("return \"PROXY a:65536\";"));
	ATF_CHECK_STREQ("", found("return \"PROXY *:80\";"));
	ATF_CHECK_STREQ("", found("// MYPROXY a:80 \"DIRECT\""));
	/* cut off: it may go on */
	ATF_CHECK_STREQ("", found("PROXY a:80"));
	ATF_CHECK_STREQ("", found("PROXY "));
	ATF_CHECK_STREQ("", found("PROXY"));
	ATF_CHECK_STREQ("", found(" "));
	ATF_CHECK_STREQ("", found(""));
}

/* Random scraps of scripts neither crash nor give what is no server. */
ATF_TC_WITHOUT_HEAD(scraps);
ATF_TC_BODY(scraps, tc)
{
	static const char *const parts[] = { "PROXY", " ", "SOCKS", "a:1", "\"",
		";", ":", "[", "]", "10.0.0.1", ".", "65536", "\t", "-", "_",
		"HTTP", "\n", "\x80" };
	struct wpad_proxy out[WPAD_PROXIES];
	unsigned int i, j, n;
	char buf[256];

	srandom(1);
	for (i = 0; i < 20000; i++) {
		buf[0] = '\0';
		for (j = 0; j < 20; j++)
			strlcat(buf,
			    parts[(size_t)random() %
				(sizeof(parts) / sizeof(parts[0]))],
			    sizeof(buf));
		n = wpad_proxies(buf, strlen(buf), out);
		ATF_REQUIRE(n <= WPAD_PROXIES);
		for (j = 0; j < n; j++)
			ATF_CHECK(strchr(out[j].wp_server, ':') != NULL);
	}
}

struct t {
	bool t_done;
	int t_n;
	struct wpad_proxy t_found[WPAD_PROXIES];
	char t_error[400];
};

static void
done(int n, const struct wpad_proxy *list, const char *error, void *arg)
{
	struct t *t = arg;

	ATF_REQUIRE(!t->t_done);
	ATF_REQUIRE((n < 0) == (error != NULL));
	t->t_done = true;
	t->t_n = n;
	if (n > 0)
		memcpy(t->t_found, list, (size_t)n * sizeof(*list));
	strlcpy(t->t_error, error == NULL ? "" : error, sizeof(t->t_error));
}

/* A process that answers one connection so, again and again if `often`. */
static pid_t
server(uint16_t *port, const char *answer, bool often, bool hold)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sin);
	char buf[4096];
	pid_t pid;
	int l, fd;

	l = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ATF_REQUIRE_EQ(0, bind(l, (struct sockaddr *)&sin, sizeof(sin)));
	ATF_REQUIRE_EQ(0, listen(l, 5));
	ATF_REQUIRE_EQ(0, getsockname(l, (struct sockaddr *)&sin, &len));
	*port = ntohs(sin.sin_port);
	if ((pid = fork()) != 0) {
		close(l);
		return (pid);
	}
	signal(SIGPIPE, SIG_DFL);
	fd = accept(l, NULL, NULL);
	if (read(fd, buf, sizeof(buf)) <= 0)
		_exit(1);
	do {
		if (write(fd, answer, strlen(answer)) == -1)
			_exit(1);
	} while (often);
	if (hold)
		pause();
	_exit(0);
}

static void
fetch(struct t *t, const char *answer, bool often, bool hold)
{
	struct event_base *base = event_base_new();
	struct transport_request tr = { .tr_base = base };
	uint64_t until = clock_ms() + 60000;
	uint16_t port;
	pid_t pid = server(&port, answer, often, hold);
	char url[64];

	memset(t, 0, sizeof(*t));
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/wpad.dat", port);
	ATF_REQUIRE(wpad_start(&tr, url, done, t) != NULL);
	ATF_CHECK(!t->t_done);
	while (!t->t_done && clock_ms() < until)
		event_base_loop(base, EVLOOP_ONCE);
	ATF_REQUIRE(t->t_done);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	event_base_free(base);
}

ATF_TC_WITHOUT_HEAD(fetched);
ATF_TC_BODY(fetched, tc)
{
	struct t t;

	fetch(&t, "HTTP/1.0 200 OK\r\n\r\nreturn \"PROXY 10.1.1.1:3128\";",
	    false, false);
	ATF_CHECK_EQ_MSG(1, t.t_n, "%s", t.t_error);
	ATF_CHECK_STREQ("10.1.1.1:3128", t.t_found[0].wp_server);
	/* the head is no part of the file */
	fetch(&t, "HTTP/1.0 200 OK\r\nX: \"PROXY a:1\"\r\n\r\n", false, false);
	ATF_CHECK_EQ(0, t.t_n);
}

ATF_TC_WITHOUT_HEAD(hostile);
ATF_TC_BODY(hostile, tc)
{
	static const struct {
		const char *c_answer, *c_error;
		bool c_often, c_hold;
	} cases[] = {
		{ "", "what answers does not speak HTTP", false, false },
		{ "garbage\r\n\r\n", "what answers does not speak HTTP", false,
		    false },
		{ "HTTP/1.0 200 OK\r\n", "what answers does not speak HTTP",
		    false, false },
		{ "HTTP/1.0 404 No\r\n\r\n\"PROXY a:1\"", "HTTP status 404",
		    false, false },
		{ "HTTP/1.0 \r\n\r\n    ", "HTTP status ?", false, false },
		{ "HTTP/1.0 200 OK\r\n\r\n \"PROXY a:1\"", "more than 64 KB",
		    true, false },
		{ "HTTP/1.0 200 OK\r\n\r\n", "no whole answer within 5 s",
		    false, true },
	};
	struct t t;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fetch(&t, cases[i].c_answer, cases[i].c_often, cases[i].c_hold);
		ATF_CHECK_EQ(-1, t.t_n);
		ATF_CHECK_MSG(strstr(t.t_error, cases[i].c_error) != NULL, "%s",
		    t.t_error);
		ATF_CHECK(strncmp(t.t_error, "wpad http://127.0.0.1:", 22) ==
		    0);
	}
}

ATF_TC_WITHOUT_HEAD(unreachable);
ATF_TC_BODY(unreachable, tc)
{
	struct event_base *base = event_base_new();
	struct transport_request tr = { .tr_base = base };
	struct t t = { 0 };
	struct wpad *wp;

	ATF_REQUIRE(wpad_start(&tr, "ftp://a/", done, &t) != NULL);
	event_base_dispatch(base);
	ATF_CHECK(strstr(t.t_error, "it must be http://HOST/PATH") != NULL);

	memset(&t, 0, sizeof(t));
	ATF_REQUIRE(wpad_start(&tr, "http://127.0.0.1:1/", done, &t) != NULL);
	while (!t.t_done)
		event_base_loop(base, EVLOOP_ONCE);
	ATF_CHECK_MSG(strstr(t.t_error, "Connection refused") != NULL, "%s",
	    t.t_error);

	memset(&t, 0, sizeof(t));
	ATF_REQUIRE((wp = wpad_start(&tr, "http://127.0.0.1:1/", done, &t)) !=
	    NULL);
	wpad_cancel(wp);
	event_base_loop(base, EVLOOP_NONBLOCK);
	ATF_CHECK(!t.t_done);
	event_base_free(base);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, urls);
	ATF_TP_ADD_TC(tp, literals);
	ATF_TP_ADD_TC(tp, scraps);
	ATF_TP_ADD_TC(tp, fetched);
	ATF_TP_ADD_TC(tp, hostile);
	ATF_TP_ADD_TC(tp, unreachable);
	return (atf_no_error());
}
