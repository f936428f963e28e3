/* SPDX-License-Identifier: ISC */
#include "pair.h"

#include "net/offload.h"

ATF_TC_WITHOUT_HEAD(frames_both_ways);
ATF_TC_BODY(frames_both_ways, tc)
{
	struct pair pr;
	struct frame *f;

	pair_init(&pr);
	pr.pr_rq.hr_ext.hx_keepalive = 20;
	pr.pr_server.sd_answer.hx_keepalive = 30;
	pair_open(&pr);
	ATF_CHECK_STREQ("default", pr.pr_server.sd_rq.hr_hub);
	ATF_CHECK_STREQ("officea", pr.pr_server.sd_rq.hr_user);
	ATF_CHECK_STREQ("secret", pr.pr_server.sd_rq.hr_password);
	ATF_CHECK_EQ(20, pr.pr_client.sd_rp.hp_ext.hx_keepalive);
	ATF_CHECK(pr.pr_client.sd_rp.hp_date > 1700000000);
	ATF_CHECK(memcmp(conn_peer_pin(pr.pr_client.sd_conn), pr.pr_pin,
		      CRYPTO_PIN_LEN) == 0);
	ATF_CHECK(strncmp(conn_cipher(pr.pr_client.sd_conn), "TLSv1.3 ", 8) ==
	    0);

	f = make_frame(60, 1);
	frameq_put(&pr.pr_client.sd_queue, frame_ref(f));
	conn_push(pr.pr_client.sd_conn);
	ATF_REQUIRE(pair_until(&pr, pr.pr_server.sd_frames == 1, 60000));
	ATF_CHECK_EQ(60, pr.pr_server.sd_last->f_len);
	ATF_CHECK(memcmp(f->f_data, pr.pr_server.sd_last->f_data, 60) == 0);
	frame_free(f);

	frameq_put(&pr.pr_server.sd_queue, make_frame(1514, 2));
	frameq_put(&pr.pr_server.sd_queue, make_frame(9018, 3));
	conn_push(pr.pr_server.sd_conn);
	ATF_REQUIRE(pair_until(&pr, pr.pr_client.sd_frames == 2, 60000));
	ATF_CHECK_EQ(9018, pr.pr_client.sd_last->f_len);
	/* The first ping measures the round trip. */
	ATF_CHECK(pair_until(&pr,
	    conn_stats(pr.pr_client.sd_conn)->cs_rtt_us > 0 &&
		conn_stats(pr.pr_server.sd_conn)->cs_rtt_us > 0,
	    2000));
	ATF_CHECK_EQ(2, conn_stats(pr.pr_server.sd_conn)->cs_tx_frames);

	conn_close(pr.pr_client.sd_conn, "enough");
	ATF_CHECK(!pr.pr_client.sd_closed);
	ATF_REQUIRE(pair_until(&pr,
	    pr.pr_client.sd_closed && pr.pr_server.sd_closed, 2000));
	ATF_CHECK_STREQ("enough", pr.pr_client.sd_reason);
	ATF_CHECK_STREQ("closed by the peer", pr.pr_server.sd_reason);
	pair_fini(&pr);
}

/* n frames of all lengths each way at once; nothing lost, all in order. */
static void
bulk(int buffer, uint32_t n)
{
	struct pair pr;
	uint64_t up = 0, down = 0;
	struct frame *f;
	uint32_t i;

	pair_init(&pr);
	pair_start(&pr, buffer);
	for (i = 0; i < n; i++) {
		f = make_frame(14 + i * 37 % 1501, i);
		up = sum_frame(up, f);
		frameq_put(&pr.pr_client.sd_queue, f);
		f = make_frame(i % 100 == 0 ? 9018 : 14 + i * 101 % 1901,
		    i + 1);
		down = sum_frame(down, f);
		frameq_put(&pr.pr_server.sd_queue, f);
	}
	/* Once it is open, what waits goes out by itself. */
	ATF_CHECK(pair_until(&pr,
	    pr.pr_server.sd_frames == n && pr.pr_client.sd_frames == n, 60000));
	ATF_CHECK_EQ(n, pr.pr_server.sd_frames);
	ATF_CHECK_EQ(n, pr.pr_client.sd_frames);
	ATF_CHECK(pr.pr_server.sd_sum == up);
	ATF_CHECK(pr.pr_client.sd_sum == down);
	ATF_CHECK_STREQ("", pr.pr_server.sd_reason);
	pair_fini(&pr);
}

ATF_TC_WITHOUT_HEAD(bulk_both_ways);
ATF_TC_BODY(bulk_both_ways, tc)
{
	bulk(0, 20000);
}

ATF_TC_WITHOUT_HEAD(bulk_tcp);
ATF_TC_BODY(bulk_tcp, tc)
{
	bulk(PAIR_TCP, 20000);
}

ATF_TC_WITHOUT_HEAD(bulk_tiny_buffers);
ATF_TC_BODY(bulk_tiny_buffers, tc)
{
	bulk(1, 2000);
}

ATF_TC_WITHOUT_HEAD(with_fcs);
ATF_TC_BODY(with_fcs, tc)
{
	struct pair pr;

	pair_init(&pr);
	pr.pr_sp.cp_fcs = pr.pr_cp.cp_fcs = true;
	pair_open(&pr);
	frameq_put(&pr.pr_client.sd_queue, make_frame(1514, 1));
	conn_push(pr.pr_client.sd_conn);
	ATF_REQUIRE(pair_until(&pr, pr.pr_server.sd_frames == 1, 60000));
	ATF_CHECK_EQ(1514, pr.pr_server.sd_last->f_len);
	/* type, length, context, frame, FCS */
	ATF_CHECK_EQ(1 + 2 + 1 + 1514 + 4,
	    conn_stats(pr.pr_server.sd_conn)->cs_rx_wire);
	pair_fini(&pr);
}

ATF_TC_WITHOUT_HEAD(offload_negotiated);
ATF_TC_BODY(offload_negotiated, tc)
{
	struct pair pr;

	pair_init(&pr);
	pr.pr_rq.hr_ext.hx_context = 2;
	pr.pr_rq.hr_ext.hx_can = OFFLOAD_CAN_CSUM | OFFLOAD_CAN_TSO4;
	pr.pr_server.sd_answer.hx_context = 2;
	pr.pr_server.sd_answer.hx_can = 0xf;
	pr.pr_sp.cp_can = OFFLOAD_CAN_CSUM;
	pair_open(&pr);
	ATF_CHECK_EQ(OFFLOAD_CAN_CSUM, conn_can_send(pr.pr_client.sd_conn));
	ATF_CHECK_EQ(OFFLOAD_CAN_CSUM | OFFLOAD_CAN_TSO4,
	    conn_can_send(pr.pr_server.sd_conn));
	frameq_put(&pr.pr_client.sd_queue, make_frame(100, 1));
	conn_push(pr.pr_client.sd_conn);
	ATF_REQUIRE(pair_until(&pr, pr.pr_server.sd_frames == 1, 60000));
	ATF_CHECK_EQ(1 + 2 + 1 + OFFLOAD_HDR_LEN + 100,
	    conn_stats(pr.pr_server.sd_conn)->cs_rx_wire);
	pair_fini(&pr);
}

/* The hub wants offload and pings, the client has asked for neither. */
ATF_TC_WITHOUT_HEAD(plain_client);
ATF_TC_BODY(plain_client, tc)
{
	struct pair pr;

	pair_init(&pr);
	pr.pr_server.sd_answer.hx_context = 2;
	pr.pr_server.sd_answer.hx_can = 0xf;
	pr.pr_server.sd_answer.hx_keepalive = 20;
	pair_open(&pr);
	ATF_CHECK_EQ(0, pr.pr_client.sd_rp.hp_ext.hx_context);
	ATF_CHECK_EQ(0, pr.pr_client.sd_rp.hp_ext.hx_keepalive);
	ATF_CHECK_EQ(0, conn_can_send(pr.pr_client.sd_conn));
	ATF_CHECK_EQ(0, conn_can_send(pr.pr_server.sd_conn));
	pair_fini(&pr);
}

ATF_TC_WITHOUT_HEAD(wrong_pin);
ATF_TC_BODY(wrong_pin, tc)
{
	struct pair pr;
	uint8_t wrong[1][CRYPTO_PIN_LEN] = { { 1 } };
	char err[256];

	pair_init(&pr);
	crypto_openssl.co_ctx_free(pr.pr_cctx);
	pr.pr_cctx =
	    crypto_openssl.co_client_ctx((const uint8_t(*)[CRYPTO_PIN_LEN])
					     wrong,
		1, NULL, NULL, err, sizeof(err));
	pr.pr_cp.cp_ctx = pr.pr_cctx;
	pair_start(&pr, 0);
	ATF_REQUIRE(pair_until(&pr,
	    pr.pr_client.sd_closed && pr.pr_server.sd_closed, 5000));
	ATF_CHECK_MSG(strstr(pr.pr_client.sd_reason, "is not the pinned one") !=
		NULL,
	    "%s", pr.pr_client.sd_reason);
	ATF_CHECK(!pr.pr_server.sd_open);
	ATF_CHECK_STREQ("", pr.pr_server.sd_rq.hr_user);
	pair_fini(&pr);
}

ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	struct pair pr;

	pair_init(&pr);
	pr.pr_server.sd_reject = 401;
	pair_start(&pr, 0);
	ATF_REQUIRE(pair_until(&pr,
	    pr.pr_client.sd_closed && pr.pr_server.sd_closed, 5000));
	ATF_CHECK_EQ(401, pr.pr_client.sd_status);
	ATF_CHECK_STREQ("refused with 401: wrong user, password or hub name",
	    pr.pr_client.sd_reason);
	ATF_CHECK_STREQ("refused with 401", pr.pr_server.sd_reason);
	pair_fini(&pr);
}

/* An owner that takes its time is not cut off by the handshake's limit. */
ATF_TC_WITHOUT_HEAD(late_answer);
ATF_TC_BODY(late_answer, tc)
{
	struct pair pr;

	pair_init(&pr);
	pr.pr_sp.cp_handshake_ms = 1500;
	pr.pr_server.sd_hold = true;
	pair_start(&pr, 0);
	ATF_REQUIRE(pair_until(&pr, pr.pr_server.sd_rq.hr_user[0], 60000));
	(void)pair_until(&pr, false, 1700);
	ATF_REQUIRE(!pr.pr_server.sd_closed);
	conn_accept(pr.pr_server.sd_conn, &pr.pr_server.sd_answer);
	ATF_CHECK(pair_until(&pr, pr.pr_client.sd_open, 60000));
	pair_fini(&pr);
}

/* The raw socket's answer to some bytes, until it closes. */
static size_t
plain_talk(struct pair *pr, const char *send_this, size_t len, char *buf,
    size_t size)
{
	size_t n = 0;
	ssize_t k;

	raw_start(pr);
	ATF_REQUIRE_EQ((ssize_t)len, write(pr->pr_raw, send_this, len));
	while (pair_until(pr,
		   (k = read(pr->pr_raw, buf + n, size - 1 - n)) != -1,
		   60000) &&
	    k > 0)
		n += (size_t)k;
	buf[n] = '\0';
	/* The server waits for our end before it is done. */
	shutdown(pr->pr_raw, SHUT_WR);
	ATF_CHECK(pair_until(pr, pr->pr_server.sd_closed, 60000));
	return (n);
}

ATF_TC_WITHOUT_HEAD(plain_http);
ATF_TC_BODY(plain_http, tc)
{
	static const char rq[] = "OPTIONS / HTTP/1.1\r\nHost: a\r\n\r\n";
	struct pair pr;
	char buf[1024];

	pair_init(&pr);
	plain_talk(&pr, rq, strlen(rq), buf, sizeof(buf));
	ATF_CHECK_MSG(strncmp(buf, "HTTP/1.1 400 Bad Request\r\n", 26) == 0,
	    "%s", buf);
	ATF_CHECK_EQ(400, pr.pr_server.sd_status);
	ATF_CHECK_STREQ("HTTP without TLS", pr.pr_server.sd_reason);
	pair_fini(&pr);
}

ATF_TC_WITHOUT_HEAD(garbage);
ATF_TC_BODY(garbage, tc)
{
	struct pair pr;
	char junk[600], buf[1024];
	size_t i, n;

	pair_init(&pr);
	for (i = 0; i < sizeof(junk); i++)
		junk[i] = (char)(i * 151 + 0x80);
	n = plain_talk(&pr, junk, sizeof(junk), buf, sizeof(buf));
	ATF_CHECK(n <= 7);	/* a TLS alert at most */
	ATF_CHECK(!pr.pr_server.sd_open);
	pair_fini(&pr);
}

/* Bytes of `head` and then silence: closed in time, TLS up or not. */
ATF_TC_WITHOUT_HEAD(half_handshake);
ATF_TC_BODY(half_handshake, tc)
{
	static const char hello[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc";
	struct pair pr;
	uint64_t start;
	size_t len;

	for (len = 0; len < sizeof(hello); len += 4) {
		pair_init(&pr);
		pr.pr_sp.cp_handshake_ms = 150;
		start = clock_ms();
		raw_start(&pr);
		ATF_REQUIRE_EQ((ssize_t)len, write(pr.pr_raw, hello, len));
		ATF_CHECK(pair_until(&pr, pr.pr_server.sd_closed, 60000));
		ATF_CHECK(clock_ms() - start >= 130);
		ATF_CHECK_STREQ("TLS handshake not finished in time",
		    pr.pr_server.sd_reason);
		pair_fini(&pr);
	}
}

/* A byte of the request now and then does not win more time. */
ATF_TC_WITHOUT_HEAD(slow_client);
ATF_TC_BODY(slow_client, tc)
{
	struct pair pr;
	char buf[1024];
	size_t i;

	pair_init(&pr);
	pr.pr_sp.cp_handshake_ms = 1500;
	raw_start(&pr);
	raw_tls(&pr);
	for (i = 0; i < 30; i++) {
		raw_send(&pr, RAW_REQUEST + i, 1);
		(void)pair_until(&pr, false, 60);
	}
	raw_read(&pr, buf, sizeof(buf), NULL);
	ATF_CHECK_MSG(strncmp(buf, "HTTP/1.1 408 ", 13) == 0, "%s", buf);
	ATF_CHECK(pair_until(&pr, pr.pr_server.sd_closed, 60000));
	ATF_CHECK_EQ(408, pr.pr_server.sd_status);
	pair_fini(&pr);
}

static void
status_for(const char *request, size_t len, int status)
{
	struct pair pr;
	char buf[1024], want[32];

	pair_init(&pr);
	raw_start(&pr);
	raw_tls(&pr);
	raw_send(&pr, request, len);
	raw_read(&pr, buf, sizeof(buf), NULL);
	snprintf(want, sizeof(want), "HTTP/1.1 %d ", status);
	ATF_CHECK_MSG(strncmp(buf, want, strlen(want)) == 0, "%s", buf);
	ATF_CHECK(strstr(buf, "Server:") == NULL);
	ATF_CHECK(!pr.pr_server.sd_open);
	pair_fini(&pr);
}

ATF_TC_WITHOUT_HEAD(http_errors);
ATF_TC_BODY(http_errors, tc)
{
	static const char root[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
	static const char bad[] = "GET /\n\n";
	static const char start[24] = "GET / HTTP/1.1\r\nHost: a";
	static const char early[] = RAW_REQUEST "\r\n\0\1";
	char *big = malloc(9000);

	status_for(root, strlen(root), 404);
	status_for(bad, strlen(bad), 400);
	status_for(early, sizeof(early) - 1, 400);
	ATF_REQUIRE(big != NULL);
	memset(big, 'a', 9000);
	memcpy(big, start, sizeof(start));
	status_for(big, 9000, 431);
	free(big);
}

/* Three frames among what must be skipped. */
ATF_TC_WITHOUT_HEAD(odd_capsules);
ATF_TC_BODY(odd_capsules, tc)
{
	static const uint8_t odd[] = {
		0x00, 0x00,				/* empty DATAGRAM */
		0x00, 0x01, 0x00,			/* empty frame */
		0x00, 0x02, 0x00, 0xff,			/* short frame */
		0x00, 0x01, 0x40,			/* half a context */
		0x17, 0x03, 1, 2, 3,			/* unknown type */
		0x40, 0x00, 0x40, 0x02, 0x02, 0xaa,	/* context 2 */
		0x00, 0x80, 0, 0x40, 0x00, 0x00,	/* 16 KiB frame... */
	};
	static const uint8_t ether[] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2,
		0x08, 0x06 };
	struct pair pr;
	uint8_t fill[16384 - 1] = { 0 };
	uint8_t good[63] = { 0 };
	const struct encap_stats *es;

	good[1] = 61;
	memcpy(good + 3, ether, sizeof(ether));
	pair_init(&pr);
	raw_open(&pr, "");
	raw_send(&pr, good, sizeof(good));
	raw_send(&pr, odd, sizeof(odd));
	raw_send(&pr, fill, sizeof(fill));
	raw_send(&pr, good, sizeof(good));
	/* A frame that looks like capsules is a frame. */
	memcpy(good + 17, odd, sizeof(odd));
	raw_send(&pr, good, sizeof(good));
	ATF_CHECK(pair_until(&pr, pr.pr_server.sd_frames == 3, 60000));
	es = conn_encap_stats(pr.pr_server.sd_conn);
	ATF_CHECK_EQ(3, es->es_frames);
	ATF_CHECK_EQ(4, es->es_short);
	ATF_CHECK_EQ(1, es->es_unknown);
	ATF_CHECK_EQ(1, es->es_context);
	ATF_CHECK_EQ(1, es->es_oversized);
	/* Half a capsule, and the end. */
	raw_send(&pr, good, 30);
	crypto_openssl.co_shutdown(pr.pr_tls);
	ATF_CHECK(pair_until(&pr, pr.pr_server.sd_closed, 60000));
	ATF_CHECK_STREQ("closed by the peer within a capsule",
	    pr.pr_server.sd_reason);
	pair_fini(&pr);
}

ATF_TC_WITHOUT_HEAD(endless_capsule);
ATF_TC_BODY(endless_capsule, tc)
{
	static const uint8_t endless[] = { 0x17, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff };
	struct pair pr;

	pair_init(&pr);
	raw_open(&pr, "");
	raw_send(&pr, endless, sizeof(endless));
	ATF_CHECK(pair_until(&pr, pr.pr_server.sd_closed, 60000));
	ATF_CHECK_STREQ("oversized capsule", pr.pr_server.sd_reason);
	pair_fini(&pr);
}

ATF_TC_WITHOUT_HEAD(cut);
ATF_TC_BODY(cut, tc)
{
	struct pair pr;

	pair_init(&pr);
	raw_open(&pr, "");
	shutdown(pr.pr_raw, SHUT_RDWR);
	ATF_CHECK(pair_until(&pr, pr.pr_server.sd_closed, 60000));
	ATF_CHECK_STREQ("connection cut without good-bye",
	    pr.pr_server.sd_reason);
	pair_fini(&pr);
}

/* A peer that asked for pings and answers none is dead in that time. */
ATF_TC_WITHOUT_HEAD(keepalive_death);
ATF_TC_BODY(keepalive_death, tc)
{
	struct pair pr;
	uint64_t start;

	pair_init(&pr);
	pr.pr_server.sd_answer.hx_keepalive = 20;
	start = clock_ms();
	raw_open(&pr, "Longwire-Keepalive: 1\r\n");
	ATF_CHECK(pair_until(&pr, pr.pr_server.sd_closed, 60000));
	ATF_CHECK(clock_ms() - start >= 900);
	ATF_CHECK_STREQ("nothing heard for 1 s", pr.pr_server.sd_reason);
	pair_fini(&pr);
}

/* The same while frames press against a peer that reads nothing. */
ATF_TC_WITHOUT_HEAD(keepalive_death_full);
ATF_TC_BODY(keepalive_death_full, tc)
{
	struct pair pr;
	uint32_t i;

	pair_init(&pr);
	pr.pr_server.sd_answer.hx_keepalive = 1;
	raw_open(&pr, "Longwire-Keepalive: 5\r\n");
	for (i = 0; i < 2000; i++)
		frameq_put(&pr.pr_server.sd_queue, make_frame(1514, i));
	conn_push(pr.pr_server.sd_conn);
	ATF_CHECK(frameq_len(&pr.pr_server.sd_queue) > 0);
	ATF_CHECK(pair_until(&pr, pr.pr_server.sd_closed, 60000));
	ATF_CHECK_STREQ("nothing heard for 1 s", pr.pr_server.sd_reason);
	pair_fini(&pr);
}

/* Two of ours keep each other alive without any frame. */
ATF_TC_WITHOUT_HEAD(keepalive_life);
ATF_TC_BODY(keepalive_life, tc)
{
	struct pair pr;

	pair_init(&pr);
	pr.pr_server.sd_answer.hx_keepalive = 1;
	pr.pr_rq.hr_ext.hx_keepalive = 1;
	pair_open(&pr);
	(void)pair_until(&pr, pr.pr_server.sd_closed || pr.pr_client.sd_closed,
	    2500);
	ATF_CHECK_STREQ("", pr.pr_server.sd_reason);
	ATF_CHECK_STREQ("", pr.pr_client.sd_reason);
	ATF_CHECK(conn_encap_stats(pr.pr_server.sd_conn)->es_control >= 4);
	/* A few a second, not a storm. */
	ATF_CHECK(conn_encap_stats(pr.pr_server.sd_conn)->es_control <= 40);
	pair_fini(&pr);
}

/* Who stood still himself, as on a paused machine, has heard nobody. */
ATF_TC_WITHOUT_HEAD(keepalive_still);
ATF_TC_BODY(keepalive_still, tc)
{
	struct pair pr;

	pair_init(&pr);
	pr.pr_server.sd_answer.hx_keepalive = 1;
	pr.pr_rq.hr_ext.hx_keepalive = 1;
	pair_open(&pr);
	(void)pair_until(&pr, false, 400);
	sleep(2);
	(void)pair_until(&pr, pr.pr_server.sd_closed || pr.pr_client.sd_closed,
	    1500);
	ATF_CHECK_STREQ("", pr.pr_server.sd_reason);
	ATF_CHECK_STREQ("", pr.pr_client.sd_reason);
	pair_fini(&pr);
	/* and a dead peer is found all the same */
	pair_init(&pr);
	pr.pr_server.sd_answer.hx_keepalive = 20;
	raw_open(&pr, "Longwire-Keepalive: 1\r\n");
	sleep(2);
	ATF_CHECK(pair_until(&pr, pr.pr_server.sd_closed, 60000));
	ATF_CHECK_STREQ("nothing heard for 1 s", pr.pr_server.sd_reason);
	pair_fini(&pr);
}

/* What it sent meanwhile is no excuse for as long again. */
ATF_TC_WITHOUT_HEAD(keepalive_still_heard);
ATF_TC_BODY(keepalive_still_heard, tc)
{
	struct pair pr;
	uint64_t start;

	pair_init(&pr);
	pr.pr_server.sd_answer.hx_keepalive = 20;
	raw_open(&pr, "Longwire-Keepalive: 1\r\n");
	raw_send(&pr, "\0\0", 2);
	sleep(8);
	start = clock_ms();
	ATF_CHECK(pair_until(&pr, pr.pr_server.sd_closed, 60000));
	ATF_CHECK_STREQ("nothing heard for 1 s", pr.pr_server.sd_reason);
	ATF_CHECK(clock_ms() - start < 7000);
	pair_fini(&pr);
}

/* Asked for a sign of life: a dead peer is found, a live one stays. */
ATF_TC_WITHOUT_HEAD(probe);
ATF_TC_BODY(probe, tc)
{
	struct pair pr;
	uint64_t start;

	pair_init(&pr);
	pr.pr_server.sd_answer.hx_keepalive = 20;
	raw_open(&pr, "Longwire-Keepalive: 20\r\n");
	start = clock_ms();
	conn_probe(pr.pr_server.sd_conn, 300);
	ATF_CHECK(pair_until(&pr, pr.pr_server.sd_closed, 60000));
	ATF_CHECK(clock_ms() - start >= 290);
	ATF_CHECK_STREQ("no sign of life within 300 ms",
	    pr.pr_server.sd_reason);
	pair_fini(&pr);

	pair_init(&pr);
	pr.pr_server.sd_answer.hx_keepalive = 20;
	pr.pr_rq.hr_ext.hx_keepalive = 20;
	pair_open(&pr);
	conn_probe(pr.pr_client.sd_conn, 500);
	(void)pair_until(&pr, pr.pr_client.sd_closed, 1000);
	ATF_CHECK_STREQ("", pr.pr_client.sd_reason);
	pair_fini(&pr);

	/* nothing can be asked of a peer that does not answer pings */
	pair_init(&pr);
	pair_open(&pr);
	conn_probe(pr.pr_client.sd_conn, 100);
	(void)pair_until(&pr, pr.pr_client.sd_closed, 400);
	ATF_CHECK_STREQ("", pr.pr_client.sd_reason);
	pair_fini(&pr);
}

/* Pings of somebody who did not ask for them are not answered. */
ATF_TC_WITHOUT_HEAD(ping_uninvited);
ATF_TC_BODY(ping_uninvited, tc)
{
	uint8_t ping[ENCAP_CONTROL];
	struct encap_params ep = { .ep_max = 1514 };
	struct encap *en = encap_capsule.eo_new(&ep);
	struct pair pr;
	size_t n;

	n = encap_capsule.eo_control(en, true, 99, ping, sizeof(ping));
	ATF_CHECK(n > 8);
	pair_init(&pr);
	raw_open(&pr, "");
	raw_send(&pr, ping, n);
	ATF_CHECK(pair_until(&pr,
	    conn_encap_stats(pr.pr_server.sd_conn)->es_control == 1, 2000));
	ATF_CHECK_EQ(0, conn_stats(pr.pr_server.sd_conn)->cs_tx_frames);
	encap_capsule.eo_free(en);
	pair_fini(&pr);
}

/* Each frame comes back; the handler frees or closes in the middle. */
static void
frame_then_free(struct conn *cn, struct frame *f, void *arg)
{
	struct side *sd = arg;

	frame_free(f);
	if (++sd->sd_frames == 3) {
		conn_free(cn);
		sd->sd_conn = NULL;
	}
}

static void
frame_then_close(struct conn *cn, struct frame *f, void *arg)
{
	struct side *sd = arg;

	frame_free(f);
	if (++sd->sd_frames == 3)
		conn_close(cn, "third frame");
}

static void
end_in_handler(void (*handler)(struct conn *, struct frame *, void *),
    struct side *out)
{
	struct conn_handlers ch = side_handlers;
	struct pair pr;
	uint32_t i;
	int fds[2];

	ch.ch_frame = handler;
	pair_init(&pr);
	pair_sockets(fds, 0);
	pr.pr_server.sd_conn = conn_new_server(pr.pr_base, fds[0], "client",
	    &pr.pr_sp, &ch, &pr.pr_server);
	pair_client(&pr, fds[1]);
	for (i = 0; i < 10; i++)
		frameq_put(&pr.pr_client.sd_queue, make_frame(200, i));
	ATF_CHECK(pair_until(&pr, pr.pr_client.sd_closed, 60000));
	*out = pr.pr_server;
	pair_fini(&pr);
}

ATF_TC_WITHOUT_HEAD(free_in_handler);
ATF_TC_BODY(free_in_handler, tc)
{
	struct side sd;

	end_in_handler(frame_then_free, &sd);
	ATF_CHECK_EQ(3, sd.sd_frames);
	ATF_CHECK(!sd.sd_closed);
}

ATF_TC_WITHOUT_HEAD(close_in_handler);
ATF_TC_BODY(close_in_handler, tc)
{
	struct side sd;

	end_in_handler(frame_then_close, &sd);
	ATF_CHECK_EQ(3, sd.sd_frames);
	ATF_CHECK_STREQ("third frame", sd.sd_reason);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, frames_both_ways);
	ATF_TP_ADD_TC(tp, bulk_both_ways);
	ATF_TP_ADD_TC(tp, bulk_tcp);
	ATF_TP_ADD_TC(tp, bulk_tiny_buffers);
	ATF_TP_ADD_TC(tp, with_fcs);
	ATF_TP_ADD_TC(tp, offload_negotiated);
	ATF_TP_ADD_TC(tp, plain_client);
	ATF_TP_ADD_TC(tp, wrong_pin);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, late_answer);
	ATF_TP_ADD_TC(tp, plain_http);
	ATF_TP_ADD_TC(tp, garbage);
	ATF_TP_ADD_TC(tp, half_handshake);
	ATF_TP_ADD_TC(tp, slow_client);
	ATF_TP_ADD_TC(tp, http_errors);
	ATF_TP_ADD_TC(tp, odd_capsules);
	ATF_TP_ADD_TC(tp, endless_capsule);
	ATF_TP_ADD_TC(tp, cut);
	ATF_TP_ADD_TC(tp, keepalive_death);
	ATF_TP_ADD_TC(tp, keepalive_death_full);
	ATF_TP_ADD_TC(tp, keepalive_life);
	ATF_TP_ADD_TC(tp, keepalive_still);
	ATF_TP_ADD_TC(tp, keepalive_still_heard);
	ATF_TP_ADD_TC(tp, probe);
	ATF_TP_ADD_TC(tp, ping_uninvited);
	ATF_TP_ADD_TC(tp, free_in_handler);
	ATF_TP_ADD_TC(tp, close_in_handler);
	return (atf_no_error());
}
