/* SPDX-License-Identifier: ISC */
/*
 * conn_impl: the inside of a connection, shared by conn*.c and nobody else.
 */
#ifndef TUNNEL_CONN_IMPL_H
#define TUNNEL_CONN_IMPL_H

#include <event2/event.h>
#include <event2/event_struct.h>

#include "crypto/crypto.h"
#include "tunnel/ceiling.h"
#include "tunnel/conn.h"
#include "tunnel/path.h"

enum {
	CONN_RECORD = 16384,		/* plaintext of a full TLS record */
	CONN_RX = 272 << 10,		/* of one look at the socket */
	CONN_READ_ROUND = 256 << 10,	/* then others have their turn */
	CONN_GATHER = 128 << 10,	/* of one write, at most */
	CONN_GATHER_MIN = 3072,
	CONN_AHEAD = 10,		/* ms that may wait, see conn_path.c */
	CONN_COMPRESS_RTT = 1000,	/* us: no LAN any more */
	CONN_START_LOOK = 8192,		/* bytes between two looks at a start */
	CONN_RTO = 1000,		/* ms between two retransmissions, */
	CONN_RTO_MAX = 60000,		/* or up to this */
	CONN_PUSH_ROUND = 1 << 20,
	CONN_LINGER_MS = 1000,		/* for a refusal to be read */
	CONN_LINGER_MAX = 64 << 10,
	CONN_REASON_LEN = 320
};

enum conn_state {
	CONN_TLS,	/* handshake */
	CONN_HEAD,	/* a request (server) or answer (client) comes in */
	CONN_ASKED,	/* server: the owner is to answer */
	CONN_OPEN,
	CONN_LAST,	/* a refusal goes out */
	CONN_LINGER,	/* and is left to be read */
	CONN_DEAD,	/* ch_close is due */
	CONN_CLOSED	/* and called */
};

struct conn {
	struct event_base *cn_base;	/* NULL while detached */
	struct event cn_read;
	struct event cn_write;
	struct event cn_timer;
	struct event cn_again;		/* as soon as others had their turn */
	struct event cn_watch;		/* for an outage */
	int cn_fd;
	enum conn_state cn_state;
	bool cn_server;
	bool cn_reading;		/* cn_read is wanted */
	bool cn_paused;			/* by the owner, see conn_pause() */
	bool cn_blocked;		/* cn_write is wanted */
	bool cn_said_bye;		/* the peer, between two capsules */
	uint64_t cn_deadline;		/* of cn_timer, ms; 0 none */
	/*
	 * Set by conn_free and conn_detach, for the handler's caller, who
	 * may then touch cn no more.
	 */
	bool *cn_gone;
	const struct conn_handlers *cn_ch;
	void *cn_arg;
	struct conn_params cn_params;
	char *cn_peer;

	struct crypto *cn_crypto;
	bool cn_has_pin;
	uint8_t cn_pin[CRYPTO_PIN_LEN];

	struct http_request *cn_request; /* client, until sent */
	struct http_extensions cn_asked; /* of the request, both ends */
	char *cn_head;			/* HTTP_HEAD_MAX, during CONN_HEAD */
	size_t cn_nhead;

	struct encap *cn_encap;
	unsigned int cn_can_send;
	uint64_t cn_twice;		/* context of numbered frames, or 0 */
	uint64_t cn_headers;		/* of compressed headers, or 0 */
	size_t cn_lingered;
	size_t cn_gather;		/* bytes of one write */

	uint32_t cn_keepalive;		/* ms, 0: not negotiated */
	uint32_t cn_silence;		/* ms until a ping, with jitter */
	bool cn_ping_due, cn_pong_due;
	uint64_t cn_ping_sent;		/* us, also its cookie; 0 none out */
	uint64_t cn_ping_last;		/* ms */
	uint64_t cn_excused;		/* ms: silence until then is our own */
	uint64_t cn_pong_cookie;
	uint32_t cn_probe_ms;		/* limit of an answer awaited, or 0 */
	uint64_t cn_probe_end;		/* ms */

	struct path cn_path;
	bool cn_path_tcp, cn_path_auto;
	uint32_t cn_rto;		/* ms, at most; 0 not known */
	bool cn_rto_held;		/* by the kernel */
	uint64_t cn_path_last;		/* ms, of the last look */
	uint64_t cn_start_wire;		/* bytes, at the last look of a start */
	struct ceiling cn_ceiling;
	uint64_t cn_ceiling_last;	/* ms, likewise */
	uint64_t cn_most;		/* bytes a second; 0: not set */
	bool cn_outage;			/* reno in place of BBR for now */
	uint64_t cn_outage_acked;	/* bytes, at the last look */
	uint64_t cn_outage_since;	/* us, of last progress with many, */
	uint64_t cn_stuck_since;	/* and with any segments under way */
	bool cn_dies_soon;		/* has another TCP_USER_TIMEOUT */

	struct conn_stats cn_stats;
	uint64_t cn_asked_us;		/* client: when the request went */
	int cn_status;
	char cn_reason[CONN_REASON_LEN];
};

/* conn.c */
/* Run cn_timer in ms from now; 0: not at all. */
void conn_set_timer(struct conn *, uint64_t ms);
void conn_set_reading(struct conn *, bool);
void conn_set_blocked(struct conn *, bool);
/* Come back after other connections. */
void conn_set_again(struct conn *);
void conn_fail(struct conn *, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* conn_io.c */
enum conn_sent { CONN_SENT, CONN_BLOCKED, CONN_BROKEN };
/*
 * Send bytes; nothing may be waiting to be sent.  When the socket does not
 * take them all, the rest follows by conn_flush once it takes more.
 */
enum conn_sent conn_write(struct conn *, const void *, size_t);
enum conn_sent conn_flush(struct conn *);
/* Frames come in.  false when cn may be touched no more. */
bool conn_receive(struct conn *);
/* Give bytes of the tunnel to the decoder.  false as above. */
bool conn_feed(struct conn *, const uint8_t *, size_t);

/* conn_open.c */
void conn_handshake(struct conn *);
void conn_read_head(struct conn *);
void conn_linger(struct conn *);
void conn_linger_read(struct conn *);

/* conn_path.c */
void conn_path_start(struct conn *);
/* Something was sent: look at the path, if it is time. */
void conn_path_sent(struct conn *);
/* Whether BBR is in use, but for an outage, and by our setting. */
bool conn_path_steers(const struct conn *);
/* Take cubic, or else reno, which nobody is refused; -1 without TCP. */
int conn_path_mild(struct conn *);

/* conn_outage.c */
/* Whether BBR is in use, but for an outage. */
bool conn_has_bbr(const struct conn *);
/*
 * Data is under way: see that an outage is noticed before TCP's timeout rto,
 * but not within a round trip rtt; both in us.
 */
void conn_outage_watch(struct conn *, uint32_t rtt, uint32_t rto);
/* cn_watch is over. */
void conn_outage_look(struct conn *);

/* conn_alive.c */
void conn_alive_start(struct conn *, uint32_t seconds);
void conn_alive_timer(struct conn *, uint64_t late);
void conn_alive_pong(struct conn *, uint64_t cookie);

#endif
