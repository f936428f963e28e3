/* SPDX-License-Identifier: ISC */
/* session_impl: shared by session*.c and nobody else. */
#ifndef TUNNEL_SESSION_IMPL_H
#define TUNNEL_SESSION_IMPL_H

#include "tunnel/session.h"

struct ip_info;

/*
 * af_user[]: the connection that has the flow's last frame, and where; the
 * sc_copying since which all its frames were copied, or 0.
 */
enum { PIN_CONN, PIN_POS, PIN_COPIED };

/* session_lane.c: the connection ("lane") of each flow */
/* The connection that was there first, of those that are not spare. */
unsigned int session_oldest(const struct session_conns *sc);
/* Whether the peer may not have all that was sent of a flow. */
bool session_under_way(const struct session_conns *sc,
    const struct aqm_flow *fl);
/*
 * The lane for a flow's next frame.  What waits moves along, so only what is
 * under way pins a flow.
 */
unsigned int session_lane_for(struct session_conns *sc,
    const struct aqm_flow *fl, uint64_t now);
/* All flows of a lane that wait go elsewhere. */
void session_leave(struct session_conns *sc, unsigned int lane);
/* Whether a flow waits until what is under way of it has arrived. */
bool session_holds_back(const struct session_conns *sc);
/*
 * What was held back goes on where it is best now; or back to where it was, if
 * the kernel has stopped to tell what of it arrived.
 */
void session_let_go(struct session_conns *sc);

/* session_look.c: what TCP knows of the paths */
/* Look at them, unless that was less than SESSION_SAMPLE ago. */
void session_look(struct session_conns *sc, uint64_t now);
/* The same once all is sent: rarely where nothing changes. */
void session_look_after(struct session_conns *sc, uint64_t now);
/* All lanes' rates together (bytes a second), the longest round trip (us). */
void session_path(const struct session_conns *sc, uint32_t *rtt,
    uint64_t *rate);

/* session_twice.c */
/* Have spare connections where that is of use, and one at least not spare. */
void session_spares(struct session_conns *sc, uint32_t rtt);
/* So much of the path may be used for copies, of `us` more. */
void session_credit(struct session_conns *sc, uint64_t rate, uint64_t us);
/*
 * f of flow fl is about to be queued: the frame to queue in its place, a copy
 * with a number if it is one that goes on spare connections too.  bare: it is
 * a pure acknowledgement.
 */
struct frame *session_number(struct session_conns *sc, struct aqm_flow *fl,
    struct frame *f, const struct ip_info *ii, bool bare, uint64_t now);
/* Put copies of f, which has a number, on them. */
void session_copy(struct session_conns *sc, struct frame *f, bool bare);
/* Drop what waits on a lane that is spare no more. */
void session_unspare(struct session_conns *sc, struct session_lane *sl);

#endif
