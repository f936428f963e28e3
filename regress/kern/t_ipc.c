/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atf-c.h>
#include <event2/event.h>

#include "kern/ipc.h"

struct seen {
	int s_count;
	int s_dead;
	int s_fd;
	uint32_t s_type, s_id;
	size_t s_len, s_total;
	uint8_t s_data[IPC_MAX];
};

static void
record(struct ipc *ch, const struct ipc_msg *msg, void *arg)
{
	struct seen *s = arg;

	if (msg == NULL) {
		s->s_dead++;
		ipc_free(ch);
		return;
	}
	s->s_count++;
	s->s_type = msg->im_type;
	s->s_id = msg->im_id;
	s->s_len = msg->im_len;
	s->s_total += msg->im_len;
	memcpy(s->s_data, msg->im_data, msg->im_len);
	if (msg->im_fd != -1)
		s->s_fd = msg->im_fd;
}

static struct event_base *base;
static struct seen seen;
static struct ipc *left, *right;
static int pair[2];

static void
set_up(void)
{
	base = event_base_new();
	memset(&seen, 0, sizeof(seen));
	seen.s_fd = -1;
	ATF_REQUIRE_EQ(ipc_pair(pair), 0);
	right = ipc_new(base, pair[1], record, &seen);
	ATF_REQUIRE(right != NULL);
}

static void
spin(void)
{
	int i;

	for (i = 0; i < 100; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
}

static void
free_at_once(struct ipc *ch, const struct ipc_msg *msg, void *arg)
{
	int *count = arg;

	if (msg != NULL)
		(*count)++;
	ipc_free(ch);
}

/* What else was sent dies with the channel that its handler frees. */
ATF_TC_WITHOUT_HEAD(free_in_handler);
ATF_TC_BODY(free_in_handler, tc)
{
	int fds[2], count = 0, i;

	base = event_base_new();
	ATF_REQUIRE_EQ(ipc_pair(fds), 0);
	ATF_REQUIRE(ipc_new(base, fds[1], free_at_once, &count) != NULL);
	for (i = 0; i < 3; i++)
		ATF_REQUIRE_EQ(ipc_write_fd(fds[0], 1, 2, "x", 1), 0);
	spin();
	ATF_CHECK_EQ(count, 1);
	close(fds[0]);
	event_base_free(base);
}

ATF_TC_WITHOUT_HEAD(message_and_descriptor);
ATF_TC_BODY(message_and_descriptor, tc)
{
	struct seen other = { .s_fd = -1 };
	int fds[2];
	char c = 0;

	set_up();
	left = ipc_new(base, pair[0], record, &other);
	ATF_REQUIRE_EQ(pipe(fds), 0);
	ATF_REQUIRE_EQ(ipc_send(left, 7, 9, fds[1], "hello", 5), 0);
	spin();
	ATF_CHECK_EQ(seen.s_count, 1);
	ATF_CHECK_EQ(seen.s_type, 7);
	ATF_CHECK_EQ(seen.s_id, 9);
	ATF_CHECK_EQ(seen.s_len, 5);
	ATF_CHECK(memcmp(seen.s_data, "hello", 5) == 0);
	ATF_REQUIRE(seen.s_fd != -1);
	ATF_CHECK(fcntl(seen.s_fd, F_GETFD) & FD_CLOEXEC);
	ATF_REQUIRE_EQ(write(seen.s_fd, "x", 1), 1);
	ATF_REQUIRE_EQ(read(fds[0], &c, 1), 1);
	ATF_CHECK_EQ(c, 'x');
	close(seen.s_fd);
	ipc_free(left);
	spin();
	ATF_CHECK_EQ(seen.s_dead, 1);
	event_base_free(base);
}

ATF_TC_WITHOUT_HEAD(bounded_queue);
ATF_TC_BODY(bounded_queue, tc)
{
	static uint8_t big[IPC_MAX];
	struct seen other = { .s_fd = -1 };
	int sent = 0;

	set_up();
	left = ipc_new(base, pair[0], record, &other);
	ATF_CHECK_EQ(ipc_send(left, 1, 0, -1, big, IPC_MAX + 1), -1);
	while (sent < 3 * IPC_QUEUE &&
	    ipc_send(left, 1, 0, -1, big, sizeof(big)) == 0)
		sent++;
	ATF_CHECK_MSG(sent >= IPC_QUEUE && sent < 2 * IPC_QUEUE,
	    "%d messages were taken", sent);
	spin();
	ATF_CHECK_EQ(seen.s_count, sent);
	ATF_CHECK_EQ(seen.s_total, (size_t)sent * IPC_MAX);
	ipc_free(left);
	spin();
	event_base_free(base);
}

ATF_TC_WITHOUT_HEAD(text_of_any_length);
ATF_TC_BODY(text_of_any_length, tc)
{
	struct seen other = { .s_fd = -1 };
	size_t len = 3 * IPC_MAX + 17;
	char *text = malloc(len + 1);

	set_up();
	left = ipc_new(base, pair[0], record, &other);
	memset(text, 'a', len);
	text[len] = '\0';
	ATF_CHECK_EQ(ipc_send_text(left, 20, text), 0);
	spin();
	ATF_CHECK_EQ(seen.s_count, 5);
	ATF_CHECK_EQ(seen.s_type, 21);
	ATF_CHECK_EQ(seen.s_total, len);
	free(text);
	ipc_free(left);
	spin();
	event_base_free(base);
}

ATF_TC_WITHOUT_HEAD(hostile_peer);
ATF_TC_BODY(hostile_peer, tc)
{
	static uint8_t huge[IPC_MAX + 100];

	set_up();		/* shorter than a header: closed */
	ATF_REQUIRE_EQ(send(pair[0], "abc", 3, 0), 3);
	spin();
	ATF_CHECK_EQ(seen.s_dead, 1);
	ATF_CHECK_EQ(seen.s_count, 0);
	close(pair[0]);
	event_base_free(base);

	set_up();		/* longer than IPC_MAX: closed */
	ATF_REQUIRE(send(pair[0], huge, sizeof(huge), 0) > 0);
	spin();
	ATF_CHECK_EQ(seen.s_dead, 1);
	ATF_CHECK_EQ(seen.s_count, 0);
	close(pair[0]);
	event_base_free(base);
}

ATF_TC_WITHOUT_HEAD(synchronous);
ATF_TC_BODY(synchronous, tc)
{
	uint32_t type = 0, id = 0;
	char buf[16];

	ATF_REQUIRE_EQ(ipc_pair(pair), 0);
	ATF_CHECK_EQ(ipc_read_fd(pair[1], &type, &id, buf, sizeof(buf), 20),
	    -1);
	ATF_CHECK_EQ(ipc_write_fd(pair[0], 3, 4, "sign", 4), 0);
	ATF_CHECK_EQ(ipc_read_fd(pair[1], &type, &id, buf, sizeof(buf), 20), 4);
	ATF_CHECK_EQ(type, 3);
	ATF_CHECK_EQ(id, 4);
	/* an answer that does not fit is an error, not half an answer */
	ATF_CHECK_EQ(ipc_write_fd(pair[0], 3, 4, "seventeen bytes..", 17), 0);
	ATF_CHECK_EQ(ipc_read_fd(pair[1], &type, &id, buf, sizeof(buf), 20),
	    -1);
	close(pair[0]);
	ATF_CHECK_EQ(ipc_read_fd(pair[1], &type, &id, buf, sizeof(buf), 20),
	    -1);
	close(pair[1]);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, free_in_handler);
	ATF_TP_ADD_TC(tp, message_and_descriptor);
	ATF_TP_ADD_TC(tp, bounded_queue);
	ATF_TP_ADD_TC(tp, text_of_any_length);
	ATF_TP_ADD_TC(tp, hostile_peer);
	ATF_TP_ADD_TC(tp, synchronous);
	return (atf_no_error());
}
