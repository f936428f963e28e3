/* SPDX-License-Identifier: ISC */
/*
 * conn: one TCP connection of a tunnel, from TLS handshake to close: the
 * upgrade, then frames both ways, keep-alive, time limits.  Same code at both
 * ends.  Belongs to one thread at a time; conn_detach()/conn_attach() move it.
 *
 * Sending is pulled: conn_push() (once at the end of an event round) and a
 * socket that became writable ask ch_pull for frames and pack them into TLS
 * records, as many as the socket takes; nothing else is queued here but the
 * rest of one write, encrypted.  So all waiting happens in the owner's queue.
 *
 * Handlers run from the event loop.  In each of them any connection may be
 * pushed, closed or freed, with these exceptions: ch_pull only hands out a
 * frame (conn_close is allowed), and a connection is detached only from its
 * ch_request or from outside all of its handlers.
 *
 * An owner that has a lock of its own around all that it does with its
 * connections (ch_enter) may call conn_push from any thread that holds it.
 */
#ifndef TUNNEL_CONN_H
#define TUNNEL_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "encap/encap.h"
#include "tunnel/http.h"

struct conn;
struct crypto_ctx;
struct crypto_ops;
struct event_base;

struct conn_handlers {
	/*
	 * Server: a tunnel request; answer with conn_accept or conn_reject,
	 * now or later (no time limit runs meanwhile: see to it that there
	 * is an answer).  May conn_detach to finish on another thread.  rq
	 * is gone, its password wiped, when the handler returns.  Malformed
	 * and other requests are answered without asking.
	 */
	void (*ch_request)(struct conn *cn, const struct http_request *rq,
	    void *arg);
	/* Client: the tunnel is open. */
	void (*ch_open)(struct conn *cn, const struct http_response *rp,
	    void *arg);
	/* A frame has arrived; consumes f. */
	void (*ch_frame)(struct conn *cn, struct frame *f, void *arg);
	/* All frames of one read have been handed over: forward them now. */
	void (*ch_round)(struct conn *cn, void *arg);
	/* The next frame to send, with its reference, or NULL. */
	struct frame *(*ch_pull)(struct conn *cn, void *arg);
	/*
	 * The connection is over, for `reason`; status is the HTTP status of
	 * a refusal, as seen by a client or sent by a server, else 0.  cn is
	 * freed after the return.  Called once, never from within conn_new_*.
	 */
	void (*ch_close)(struct conn *cn, const char *reason, int status,
	    void *arg);
	/* Around all that an event does, other handlers too; or NULL. */
	void (*ch_enter)(void);
	void (*ch_leave)(void);
};

enum { CONN_CONGESTION_LEN = 16 };	/* the kernel's TCP_CA_NAME_MAX */

struct conn_params {
	const struct crypto_ops *cp_crypto;
	struct crypto_ctx *cp_ctx;
	const struct encap_ops *cp_encap;
	const char *cp_sni;		/* client; or NULL */
	/*
	 * For handshake and request at a server, for all until the answer
	 * at a client; starts anew for a refusal that is being written.
	 */
	uint32_t cp_handshake_ms;
	/*
	 * Client: how long the hub may take for its answer to a log-in, for
	 * which a person may have to confirm it; 0: cp_handshake_ms has it.
	 */
	uint32_t cp_answer_ms;
	bool cp_ask_peer;		/* server: for a certificate */
	size_t cp_max_frame;		/* longest frame taken */
	bool cp_fcs;			/* send an FCS, see encap.h */
	unsigned int cp_can;		/* OFFLOAD_CAN_* that we take */
	/*
	 * Congestion control of the socket: a kernel's name for one, "auto"
	 * to follow the path (path.h), "system" or "" to leave it alone.
	 */
	char cp_congestion[CONN_CONGESTION_LEN];
};

/* How the connection's TCP does. */
struct conn_path {
	uint32_t cp_rtt_us;
	uint32_t cp_waits_us;	/* by which it is longer now */
	uint64_t cp_rate;	/* bytes a second, 0 not known */
	bool cp_limited;	/* it could carry more */
	bool cp_bbr;		/* its congestion control is BBR */
	uint32_t cp_lost;	/* segments that were sent again */
	bool cp_wants_bbr;	/* it would suit the path, see path.h */
	bool cp_idle;		/* all that was pulled is acknowledged */
	/*
	 * How many bytes of the stream (cs_tx_wire) the peer's TCP has
	 * acknowledged: surely, and at most.  They differ by what TLS adds.
	 */
	uint64_t cp_acked_least, cp_acked_most;
};

struct conn_stats {
	uint64_t cs_rx_frames, cs_rx_bytes;	/* frames' bytes */
	uint64_t cs_tx_frames, cs_tx_bytes;
	uint64_t cs_rx_wire, cs_tx_wire;	/* stream bytes inside TLS */
	uint32_t cs_rtt_us;			/* last ping's, or 0 */
	bool cs_asked;	/* client: the server is proven, the request sent */
	uint64_t cs_answer_us;	/* client: from request to answer; 0: none */
	uint64_t cs_heard;			/* clock_ms() of last input */
	/* Of TCP, as of the last look; conn_path_refresh() looks. */
	char cs_congestion[CONN_CONGESTION_LEN];
	uint32_t cs_tcp_rtt_us;
	uint32_t cs_retransmits;		/* segments */
};

/*
 * Take over a connected non-blocking socket.  NULL without memory (fd is
 * closed).  `peer` is a name for log lines, copied.
 */
struct conn *conn_new_server(struct event_base *base, int fd, const char *peer,
    const struct conn_params *cp, const struct conn_handlers *ch, void *arg);
struct conn *conn_new_client(struct event_base *base, int fd, const char *peer,
    const struct conn_params *cp, const struct http_request *rq,
    const struct conn_handlers *ch, void *arg);

/*
 * Server: answer 101 with ext; frames flow from now on.  What ext offers is
 * first reduced to what the request asked for and cp_can: without a context
 * in both there is no offload; the shorter keep-alive counts, and none if the
 * request had none.  hx_twice and hx_headers are those of the request, the
 * latter only with offload.
 */
void conn_accept(struct conn *cn, const struct http_extensions *ext);
/* Server, before conn_accept: cp_fcs as the hub that was asked for wants it. */
void conn_set_fcs(struct conn *cn, bool on);
/* Server: answer an error status (of http_format_response) and close. */
void conn_reject(struct conn *cn, int status);
/*
 * Close for a reason; ch_close is called (from the event loop, later).  An
 * open tunnel's peer is told good-bye if the socket takes it at once: a hub
 * then ends the session with its last connection.
 */
void conn_close(struct conn *cn, const char *reason);
/* The same without a good-bye: the session is to be resumed. */
void conn_cut(struct conn *cn, const char *reason);
/* For ch_close: the peer said good-bye to an open tunnel. */
bool conn_said_bye(const struct conn *cn);
/* Free at once, without ch_close. */
void conn_free(struct conn *cn);

/*
 * Send what ch_pull has, as much as the socket takes; the rest follows by
 * itself when it takes more.  Does nothing before the tunnel is open.
 */
void conn_push(struct conn *cn);
/* The same in so many us, or sooner; what is due already stays so. */
void conn_push_later(struct conn *cn, uint64_t us);

/*
 * The way to the peer may have changed: ask it for a sign of life, and fail if
 * there is none within ms.  Does nothing where keep-alive was not agreed on.
 */
void conn_probe(struct conn *cn, uint32_t ms);

/*
 * Read nothing until it is switched off again, so that the peer's TCP has to
 * wait.  Does nothing to a connection that is not an open tunnel.
 */
void conn_pause(struct conn *cn, bool on);
/* Let the peer's TCP have no more than that many bytes under way. */
void conn_set_window(struct conn *cn, uint32_t bytes);

/* Take it off its thread, and put it on another.  In between nothing runs. */
void conn_detach(struct conn *cn);
void conn_attach(struct conn *cn, struct event_base *base,
    const struct conn_handlers *ch, void *arg);

/*
 * Ask the kernel.  false when it does not know, as behind a proxy that has
 * TLS or SSH of its own.
 */
bool conn_path(const struct conn *cn, struct conn_path *cp);

const char *conn_peer(const struct conn *cn);
/* Ask the kernel for the figures of TCP in conn_stats. */
void conn_path_refresh(struct conn *cn);
const struct conn_stats *conn_stats(const struct conn *cn);
const struct encap_stats *conn_encap_stats(const struct conn *cn);
/* OFFLOAD_CAN_* that the peer takes; 0 before the tunnel is open. */
unsigned int conn_can_send(const struct conn *cn);
/* Whether frames may go to it more than once, by f_twice (twice.h). */
bool conn_can_twice(const struct conn *cn);
/* "TLSv1.3 TLS_AES_128_GCM_SHA256"; "" before the handshake. */
const char *conn_cipher(const struct conn *cn);
/*
 * A server's, for ch_request: what crypto_peer_chain() says of the client;
 * lives as long as cn.
 */
const uint8_t *conn_peer_chain(const struct conn *cn, size_t *len);
/* The server's pin, for a client; NULL before the handshake. */
const uint8_t *conn_peer_pin(const struct conn *cn);

#endif
