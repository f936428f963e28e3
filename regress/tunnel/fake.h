/* SPDX-License-Identifier: ISC */
/*
 * Connections of a session that say of themselves what a test wants, and
 * frames of flows with serial numbers.
 */
#ifndef REGRESS_TUNNEL_FAKE_H
#define REGRESS_TUNNEL_FAKE_H

#include "pair.h"

#include "tunnel/session.h"

struct fake {
	uint64_t fa_wire;
	struct conn_path fa_path;
	bool fa_known, fa_twice;
	unsigned int fa_pushed;
	uint64_t fa_later; /* us */
};

static struct fake fakes[4];
static unsigned int fake_looks; /* at paths */

static struct conn *const c1 = (struct conn *)(void *)&fakes[0];
static struct conn *const c2 = (struct conn *)(void *)&fakes[1];
static struct conn *const c3 = (struct conn *)(void *)&fakes[2];
static struct conn *const c4 = (struct conn *)(void *)&fakes[3];

static inline uint64_t
fake_wire(const struct conn *cn)
{
	return (((const struct fake *)(const void *)cn)->fa_wire);
}

static inline bool
fake_path(const struct conn *cn, struct conn_path *cp)
{
	const struct fake *fa = (const void *)cn;

	fake_looks++;
	*cp = fa->fa_path;
	return (fa->fa_known);
}

static inline void
fake_push(struct conn *cn)
{
	((struct fake *)(void *)cn)->fa_pushed++;
}

static inline void
fake_push_later(struct conn *cn, uint64_t us)
{
	((struct fake *)(void *)cn)->fa_later = us;
}

static inline bool
fake_twice(const struct conn *cn)
{
	return (((const struct fake *)(const void *)cn)->fa_twice);
}

static const struct session_ops fake_ops = { fake_wire, fake_path, fake_push,
	fake_push_later, fake_twice };

static inline void
init(struct session_conns *sc, uint32_t frames, uint32_t bytes)
{
	memset(fakes, 0, sizeof(fakes));
	session_conns_init(sc, frames, bytes, true);
	sc->sc_ops = &fake_ops;
}

/* TCP over IPv4 of a flow, with a serial number at its end. */
static inline struct frame *
flow_frame(uint16_t flow, uint32_t serial)
{
	struct frame *f = frame_alloc(100);

	ATF_REQUIRE(f != NULL);
	memset(f->f_data, 0, 100);
	memcpy(f->f_data, "\x02\0\0\0\0\1\x02\0\0\0\0\2\x08\x00\x45", 15);
	f->f_data[17] = 86;
	f->f_data[23] = 6;
	f->f_data[34] = (uint8_t)(flow >> 8);
	f->f_data[35] = (uint8_t)flow;
	memcpy(f->f_data + 96, &serial, 4);
	return (f);
}

/* A pure acknowledgement of a flow. */
static inline struct frame *
ack_frame(uint16_t flow)
{
	struct frame *f = flow_frame(flow, 1);

	/* 20 bytes of IPv4, 32 of TCP with options, and the serial is one */
	f->f_len = 66;
	f->f_data[17] = 52;
	f->f_data[46] = 8 << 4;
	f->f_data[47] = 0x10;
	return (f);
}

static inline uint16_t
flow_of(const struct frame *f)
{
	return ((uint16_t)(f->f_data[34] << 8 | f->f_data[35]));
}

static inline uint32_t
serial_of(const struct frame *f)
{
	uint32_t serial;

	memcpy(&serial, f->f_data + 96, 4);
	return (serial);
}

/* Take all of a connection's frames; count, and mark whose flows they are. */
static inline unsigned int
drain(struct session_conns *sc, struct conn *cn, const struct conn **owner)
{
	uint32_t last[256] = { 0 };
	unsigned int n = 0;
	struct frame *f;

	while ((f = session_conns_pull(sc, cn, 0)) != NULL) {
		uint16_t flow = flow_of(f);

		ATF_CHECK(owner[flow] == NULL || owner[flow] == cn);
		owner[flow] = cn;
		/* Order within the flow. */
		ATF_CHECK(serial_of(f) > last[flow]);
		last[flow] = serial_of(f);
		frame_free(f);
		n++;
	}
	return (n);
}

/* How many frames a connection has, and what their numbers are. */
static inline unsigned int
numbers(struct session_conns *sc, struct conn *cn, uint32_t *list,
    unsigned int room)
{
	struct frame *f;
	unsigned int n = 0;

	while ((f = session_conns_pull(sc, cn, 0)) != NULL) {
		if (n < room)
			list[n] = f->f_twice;
		n++;
		frame_free(f);
	}
	return (n);
}

/* Send a frame of a flow, and see which connection has it. */
static inline const struct conn *
sent_by(struct session_conns *sc, uint16_t flow)
{
	static struct conn *const all[] = { c1, c2, c3, c4 };
	struct frame *f;
	unsigned int i;

	session_conns_send(sc, flow_frame(flow, 1));
	for (i = 0; i < 3; i++)
		if ((f = session_conns_pull(sc, all[i], 0)) != NULL) {
			ATF_CHECK_EQ(flow, flow_of(f));
			frame_free(f);
			return (all[i]);
		}
	return (NULL);
}

#endif
