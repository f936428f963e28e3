/* SPDX-License-Identifier: ISC */
/*
 * A new transport is a file in a folder of its own and one line in a table:
 * this is the product's table code with toy/transports.def.
 */
#define TRANSPORTS_DEF "toy/transports.def"
#include <atf-c.h>

/* NOLINTNEXTLINE(bugprone-suspicious-include) */
#include "toy/toy.c"
/* NOLINTNEXTLINE(bugprone-suspicious-include) */
#include "transport/transport.c"

static int toy_fd = -1;

static void
toy_done(int fd, const char *error, void *arg)
{
	ATF_CHECK(error == NULL);
	ATF_CHECK(arg == &toy_fd);
	toy_fd = fd;
}

ATF_TC_WITHOUT_HEAD(toy);
ATF_TC_BODY(toy, tc)
{
	struct event_base *base = event_base_new();
	const struct transport_ops *to = transport_find("toy");
	struct transport_request tr = {
		.tr_base = base,
		.tr_host = "hub.example.com",
		.tr_port = 443,
		.tr_fd = -1,
		.tr_timeout = 1000,
		.tr_done = toy_done,
		.tr_arg = &toy_fd,
	};
	char buf[4];

	ATF_REQUIRE(base != NULL && to != NULL);
	ATF_CHECK(transport_find("direct") != NULL);
	ATF_CHECK(transport_find("carrier-pigeon") == NULL);
	ATF_REQUIRE(to->to_start(&tr) != NULL);
	ATF_CHECK_EQ(-1, toy_fd);
	event_base_dispatch(base);
	ATF_REQUIRE(toy_fd != -1);
	ATF_CHECK_EQ(2, write(toy_fd, "hi", 2));
	ATF_CHECK_EQ(2, read(toy_peer, buf, sizeof(buf)));
	to->to_cancel(to->to_start(&tr));
	close(toy_peer);
	close(toy_fd);
	event_base_free(base);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, toy);
	return (atf_no_error());
}
