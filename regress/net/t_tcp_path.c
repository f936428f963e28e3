/* SPDX-License-Identifier: ISC */
/* What the kernel says of a connection over the loopback interface. */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include "net/tcp_path.h"

static void
connected(int *fd)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(sin);
	int ls = socket(AF_INET, SOCK_STREAM, 0);

	ATF_REQUIRE_EQ(0, bind(ls, (struct sockaddr *)&sin, len));
	ATF_REQUIRE_EQ(0, listen(ls, 1));
	ATF_REQUIRE_EQ(0, getsockname(ls, (struct sockaddr *)&sin, &len));
	fd[0] = socket(AF_INET, SOCK_STREAM, 0);
	ATF_REQUIRE_EQ(0, connect(fd[0], (struct sockaddr *)&sin, len));
	ATF_REQUIRE((fd[1] = accept(ls, NULL, NULL)) != -1);
	close(ls);
	fcntl(fd[0], F_SETFL, O_NONBLOCK);
	fcntl(fd[1], F_SETFL, O_NONBLOCK);
}

/* Until the reader's window is full: bytes. */
static size_t
fill(int fd)
{
	static char buf[65536];
	size_t total = 0;
	ssize_t n;

	while ((n = write(fd, buf, sizeof(buf))) > 0)
		total += (size_t)n;
	ATF_REQUIRE_EQ(EAGAIN, errno);
	return (total);
}

static void
drain(int fd, size_t total)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	static char buf[65536];
	ssize_t n;

	while (total > 0) {
		ATF_REQUIRE_EQ(1, poll(&pfd, 1, 60000));
		ATF_REQUIRE((n = read(fd, buf, sizeof(buf))) > 0);
		total -= (size_t)n;
	}
}

ATF_TC_WITHOUT_HEAD(loopback);
ATF_TC_BODY(loopback, tc)
{
	struct tcp_path tp;
	uint64_t unacked;
	size_t total;
	int fd[2], i;

	connected(fd);
	ATF_REQUIRE(tcp_path(fd[0], &tp) && tcp_unacked(fd[0], &unacked));
	ATF_CHECK_EQ(0, unacked);
	ATF_CHECK_EQ(0, tp.tp_sent);
	ATF_CHECK(tp.tp_open && !tp.tp_repairs);
	total = fill(fd[0]);
	ATF_REQUIRE(tcp_path(fd[0], &tp) && tcp_unacked(fd[0], &unacked));
	ATF_CHECK(unacked > 0 && unacked <= total);
	ATF_CHECK(tp.tp_sent > 0 && tp.tp_unsent > 0);
	ATF_CHECK(tp.tp_acked <= tp.tp_sent && tp.tp_sent <= total);
	drain(fd[1], total);
	for (i = 0; i < 1000 && unacked > 0; i++) {
		poll(NULL, 0, 10);
		ATF_REQUIRE(tcp_unacked(fd[0], &unacked));
	}
	ATF_CHECK_EQ(0, unacked);
	ATF_REQUIRE(tcp_path(fd[0], &tp));
	ATF_CHECK(tp.tp_acked >= total && tp.tp_acked <= total + 1);
	ATF_CHECK(tp.tp_segments > 0 && tp.tp_delivered >= tp.tp_segments);
	ATF_CHECK_EQ(0, tp.tp_unacked + tp.tp_flight + tp.tp_unsent);
	ATF_CHECK(tp.tp_mss > 500 && tp.tp_window > 0 && tp.tp_rto_us > 0);
	ATF_CHECK(tp.tp_rate > 0);
	ATF_CHECK(tp.tp_least_us > 0 && tp.tp_rtt_us < 10000000);
	ATF_REQUIRE(tcp_path(fd[1], &tp));
	ATF_CHECK_EQ(total, tp.tp_received);
	close(fd[0]);
	close(fd[1]);
}

ATF_TC_WITHOUT_HEAD(others);
ATF_TC_BODY(others, tc)
{
	struct tcp_path tp;
	uint64_t n;
	int fd[2], udp = socket(AF_INET, SOCK_DGRAM, 0);

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, fd));
	ATF_CHECK(!tcp_path(fd[0], &tp));
	ATF_CHECK(!tcp_path(udp, &tp));
	ATF_CHECK(!tcp_path(-1, &tp));
	ATF_CHECK(!tcp_unacked(-1, &n));
	close(fd[0]);
	close(fd[1]);
	close(udp);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, loopback);
	ATF_TP_ADD_TC(tp, others);
	return (atf_no_error());
}
