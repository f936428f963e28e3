/* SPDX-License-Identifier: ISC */
/* The control socket against a real client and against rude ones. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atf-c.h>
#include <event2/event.h>

#include "kern/ctl.h"

#define SOCK "ctl.sock"

static pid_t server;

static void
answer(struct ctl_client *c, int argc, char **argv, void *arg)
{
	int i;

	(void)arg;
	if (argc == 2 && strcmp(argv[0], "many") == 0) {
		for (i = 0; i < atoi(argv[1]); i++) {
			ctl_object(c);
			ctl_number(c, "number", (uint64_t)i);
			ctl_string(c, "text", "a \"quoted\"\nline");
			ctl_bool(c, "even", i % 2 == 0);
			ctl_object_end(c);
		}
		ctl_ok(c);
	} else if (strcmp(argv[0], "one") == 0) {
		ctl_object(c);
		ctl_string(c, "pin", "sha256/abc");
		ctl_object_end(c);
		ctl_ok(c);
	} else
		ctl_error(c, "unknown request \"%s\"", argv[0]);
}

static void
start_server(void)
{
	struct event_base *base;
	int fd = ctl_listen(SOCK);

	ATF_REQUIRE(fd != -1);
	if ((server = fork()) != 0) {
		ATF_REQUIRE(server != -1);
		close(fd);
		return;
	}
	alarm(60);
	base = event_base_new();
	if (base == NULL || ctl_server_new(base, fd, answer, NULL) == NULL)
		_exit(1);
	event_base_dispatch(base);
	_exit(1);
}

static void
stop_server(void)
{
	int status;

	ATF_CHECK_EQ(waitpid(server, &status, WNOHANG), 0);
	kill(server, SIGTERM);
	ATF_CHECK_EQ(waitpid(server, &status, 0), server);
}

static int
dial(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX, .sun_path = SOCK };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE_EQ(connect(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	return (fd);
}

/* What the server answers to raw bytes, up to its close. */
static size_t
raw(const char *request, size_t len, char *out, size_t size)
{
	int fd = dial();
	size_t got = 0;
	ssize_t n;

	if (send(fd, request, len, MSG_NOSIGNAL) == (ssize_t)len) {
		while (got < size - 1 &&
		    (n = read(fd, out + got, size - 1 - got)) > 0)
			got += (size_t)n;
	}
	out[got] = '\0';
	close(fd);
	return (got);
}

ATF_TC_WITHOUT_HEAD(objects);
ATF_TC_BODY(objects, tc)
{
	struct stat st;
	char out[4096];

	start_server();
	ATF_REQUIRE_EQ(stat(SOCK, &st), 0);
	ATF_CHECK_EQ(st.st_mode & 0777, 0600);
	raw("many 2\n", 7, out, sizeof(out));
	ATF_CHECK_STREQ(out,
	    "{\"number\":0,\"text\":\"a \\\"quoted\\\"\\nline\","
	    "\"even\":true}\n"
	    "{\"number\":1,\"text\":\"a \\\"quoted\\\"\\nline\","
	    "\"even\":false}\n"
	    "ok\n");
	raw("what\n", 5, out, sizeof(out));
	ATF_CHECK_STREQ(out, "error unknown request \"what\"\n");
	stop_server();
}

ATF_TC_WITHOUT_HEAD(rude_clients);
ATF_TC_BODY(rude_clients, tc)
{
	char line[4096], out[4096];
	int idle[CTL_CLIENTS + 4], i;

	start_server();
	memset(line, 'x', sizeof(line));
	ATF_CHECK_EQ(raw(line, sizeof(line), out, sizeof(out)), 0);
	raw("\n", 1, out, sizeof(out));
	ATF_CHECK_STREQ(out, "error empty request\n");
	raw("a b c d e f g h i\n", 18, out, sizeof(out));
	ATF_CHECK_STREQ(out, "error too many words\n");
	raw("on\0e\n", 5, out, sizeof(out));
	ATF_CHECK_STREQ(out, "error unknown request \"on\"\n");
	/* silent clients take all places, and lose them after 5 s */
	for (i = 0; i < CTL_CLIENTS + 4; i++)
		idle[i] = dial();
	for (i = 0; i < 40; i++) {
		if (raw("one\n", 4, out, sizeof(out)) > 0)
			break;
		usleep(250000);
	}
	ATF_CHECK_STREQ(out, "{\"pin\":\"sha256/abc\"}\nok\n");
	for (i = 0; i < CTL_CLIENTS + 4; i++)
		close(idle[i]);
	stop_server();
}

/* What the client prints for a request. */
static int
printed(char **argv, int argc, bool json, char *out, size_t size)
{
	int status, fds[2];
	size_t got = 0;
	ssize_t n;
	pid_t pid;

	ATF_REQUIRE_EQ(pipe(fds), 0);
	if ((pid = fork()) == 0) {
		dup2(fds[1], STDOUT_FILENO);
		exit(ctl_request(SOCK, argc, argv, json));
	}
	close(fds[1]);
	while (got < size - 1 &&
	    (n = read(fds[0], out + got, size - 1 - got)) > 0)
		got += (size_t)n;
	out[got] = '\0';
	close(fds[0]);
	ATF_REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	return (WEXITSTATUS(status));
}

ATF_TC_WITHOUT_HEAD(client);
ATF_TC_BODY(client, tc)
{
	static char out[1 << 20];
	char many[] = "many", two[] = "2", lots[] = "10000", one[] = "one",
	     bad[] = "bad";
	char *ask_two[] = { many, two }, *ask_lots[] = { many, lots };
	char *ask_one[] = { one }, *ask_bad[] = { bad };

	start_server();
	ATF_CHECK_EQ(printed(ask_one, 1, false, out, sizeof(out)), 0);
	ATF_CHECK_STREQ(out, "sha256/abc\n");
	ATF_CHECK_EQ(printed(ask_two, 2, false, out, sizeof(out)), 0);
	ATF_CHECK(strncmp(out, "number  text", 12) == 0);
	ATF_CHECK_EQ(printed(ask_lots, 2, true, out, sizeof(out)), 0);
	ATF_CHECK(strstr(out, "\"number\": 9999") != NULL);
	ATF_CHECK_EQ(printed(ask_bad, 1, false, out, sizeof(out)), 1);
	ATF_CHECK_STREQ(out, "");
	stop_server();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, objects);
	ATF_TP_ADD_TC(tp, rude_clients);
	ATF_TP_ADD_TC(tp, client);
	return (atf_no_error());
}
