/* SPDX-License-Identifier: ISC */
/*
 * lan: frames between the tap and the tunnel.  Nothing here logs or asks the
 * system for memory per frame.
 */
#include <arpa/inet.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "kern/clock.h"
#include "kern/conf.h"
#include "kern/frame.h"
#include "kern/log.h"
#include "net/ether.h"
#include "net/gso.h"
#include "net/if_tap.h"
#include "net/loop.h"
#include "net/offload.h"
#include "vnic.h"

enum {
	LAN_BATCH = 128, /* frames read before others get a turn, */
	LAN_BYTES = 512 << 10, /* or bytes: far less than a queue takes */
	LAN_DISCOVER = 1000, /* ms until the router is first asked for */
	LAN_DISCOVER_MAX = 600000
};

/*
 * Link-local frames end at the bridge by IEEE 802.1Q; a machine alone sends
 * LLDP and the like, which is none of the far side's business either.
 */
static bool
may_leave(struct vnic *vn, const struct frame *f)
{
	struct ether_info ei;

	if (!ether_parse(f->f_data, f->f_len, &ei) ||
	    ether_is_link_local(ei.ei_dst)) {
		vn->vn_drop_lan++;
		return (false);
	}
	if (!vn->vn_net.mn_bridged || loop_is_probe(f->f_data, f->f_len))
		return (true);
	return (stay_local_pass(&vn->vn_stay, STAY_OUT, f->f_data, f->f_len));
}

static void
tap_gone(struct vnic *vn, int error)
{
	snprintf(vn->vn_error, sizeof(vn->vn_error), "interface %s is gone: %s",
	    vn->vn_ifname, strerror(error));
	log_warnx("vnic %s: %s", vn->vn_name, vn->vn_error);
	lan_detach(vn);
}

static void
to_hub(struct frame *f, void *arg)
{
	struct vnic *vn = arg;

	session_conns_send(&vn->vn_conns, f);
}

/*
 * Where frames come one at a time, the call that finds no other comes after
 * the one has been sent.
 */
static void
send_now(struct vnic *vn)
{
	gro_flush(&vn->vn_out, to_hub, vn);
	session_conns_flush(&vn->vn_conns);
}

static void
tap_readable(int fd, short what, void *arg)
{
	struct vnic *vn = arg;
	struct frame *f;
	size_t bytes = 0;
	int i, r = 0, error = 0;

	(void)what;
	for (i = 0; i < LAN_BATCH && bytes < LAN_BYTES; i++) {
		errno = 0;
		r = tap_read(fd, vn->vn_max, &f);
		error = errno;
		if (r == -1 || (r == 0 && (error == EAGAIN || error == 0)))
			break;
		if (r == 0) {
			vn->vn_drop_lan++;
			continue;
		}
		bytes += f->f_len;
		polling_frame(&session.sp_polling, f->f_len);
		moderate_frame(&session.sp_moderate, f);
		if (may_leave(vn, f))
			gro_put(&vn->vn_out, f, vn->vn_hub_can, to_hub, vn);
		else
			frame_free(f);
		if (i == 0 && vn->vn_alone)
			send_now(vn);
	}
	vn->vn_alone = i <= 1;
	gro_flush(&vn->vn_out, to_hub, vn);
	if (r == -1)
		tap_gone(vn, error);
	else
		probe_look(vn);
}

static bool
may_enter(struct vnic *vn, const struct frame *f)
{
	if (!vn->vn_net.mn_bridged || loop_is_probe(f->f_data, f->f_len))
		return (true);
	return (stay_local_pass(&vn->vn_stay, STAY_IN, f->f_data, f->f_len));
}

static void
to_tap_whole(struct frame *f, void *arg)
{
	struct vnic *vn = arg;

	if (vn->vn_tap == -1 || tap_write(vn->vn_tap, f) == -1)
		vn->vn_drop_tap++;
	frame_free(f);
}

static void
to_tap(struct frame *f, void *arg)
{
	struct vnic *vn = arg;

	vn->vn_drop_tap += gso_each(f, vn->vn_tap_can, to_tap_whole, vn);
}

void
lan_deliver(struct vnic *vn, struct frame *f)
{
	struct session_stats *st = &vn->vn_conns.sc_stats;

	polling_frame(&session.sp_polling, f->f_len);
	moderate_frame(&session.sp_moderate, f);
	st->st_rx_frames++;
	st->st_rx_bytes += f->f_len;
	st->st_rx_super += f->f_offload.fo_gso != OFFLOAD_GSO_NONE;
	if (may_enter(vn, f))
		gro_put(&vn->vn_in, f, vn->vn_tap_can, to_tap, vn);
	else
		frame_free(f);
}

void
lan_delivered(struct vnic *vn)
{
	gro_flush(&vn->vn_in, to_tap, vn);
}

void
lan_attach(struct vnic *vn, int fd)
{
	lan_detach(vn);
	vn->vn_tap = fd;
	vn->vn_tap_can = tap_offload(fd);
	vn->vn_tap_read = event_new(session.sp_base, fd, EV_READ | EV_PERSIST,
	    tap_readable, vn);
	if (vn->vn_tap_read == NULL || event_add(vn->vn_tap_read, NULL) == -1)
		fatalx("event_new");
}

void
lan_detach(struct vnic *vn)
{
	lan_delivered(vn);
	if (vn->vn_tap == -1)
		return;
	event_free(vn->vn_tap_read);
	close(vn->vn_tap);
	vn->vn_tap_read = NULL;
	vn->vn_tap = -1;
}

static bool
same_gateway(const struct stay_gateway *a, const struct stay_gateway *b)
{
	return (a->sg_family == b->sg_family &&
	    memcmp(a->sg_addr, b->sg_addr, a->sg_family == 4 ? 4 : 16) == 0);
}

static bool
has_gateway(const struct stay_gateway *list, unsigned int n,
    const struct stay_gateway *sg)
{
	while (n-- > 0)
		if (same_gateway(&list[n], sg))
			return (true);
	return (false);
}

/* Those of the settings, then those of the routing table. */
static unsigned int
given_gateways(const struct vnic *vn, struct stay_gateway *list)
{
	const struct msg_net *mn = &vn->vn_net;
	const struct conf *gw = NULL;
	unsigned int n = 0, i;

	memset(list, 0, STAY_GATEWAYS * sizeof(*list));
	while (vn->vn_conf != NULL && n < STAY_GATEWAYS &&
	    (gw = conf_next(vn->vn_conf, "gateway", gw)) != NULL) {
		if (inet_pton(AF_INET, gw->cf_values[0], list[n].sg_addr) == 1)
			list[n++].sg_family = 4;
		else if (inet_pton(AF_INET6, gw->cf_values[0],
			     list[n].sg_addr) == 1)
			list[n++].sg_family = 6;
	}
	for (i = 0; i < mn->mn_ngateways && n < STAY_GATEWAYS; i++)
		list[n++] = mn->mn_gateways[i];
	return (n);
}

/* What stay_local learned from DHCP stays; it may not see it again for long. */
void
lan_gateways(struct vnic *vn)
{
	struct stay_gateway given[STAY_GATEWAYS];
	struct stay_local *sl = &vn->vn_stay;
	unsigned int n = given_gateways(vn, given), i;

	for (i = sl->sl_ngateways; i-- > 0;)
		if (has_gateway(vn->vn_given, vn->vn_ngiven,
			&sl->sl_gateways[i]) &&
		    !has_gateway(given, n, &sl->sl_gateways[i]))
			sl->sl_gateways[i] =
			    sl->sl_gateways[--sl->sl_ngateways];
	for (i = 0; i < n; i++)
		stay_local_gateway(sl, given[i].sg_family, given[i].sg_addr);
	memcpy(vn->vn_given, given, sizeof(given));
	vn->vn_ngiven = n;
}

static void
send_discover(struct vnic *vn)
{
	struct frame *f = frame_alloc(DISCOVER_LEN);

	if (f == NULL)
		return;
	discover_build(f->f_data, vn->vn_mac, arc4random());
	if (tap_write(vn->vn_tap, f) == -1)
		vn->vn_drop_tap++;
	frame_free(f);
}

static void
discover_later(struct vnic *vn)
{
	const struct timeval tv = { .tv_sec = vn->vn_discover_wait / 1000 };

	event_add(vn->vn_discover, &tv);
}

/* A router may change, so this never ends; but it gets rare. */
static void
discover_cb(int fd, short what, void *arg)
{
	struct vnic *vn = arg;

	(void)fd;
	(void)what;
	if (vn->vn_tap != -1)
		send_discover(vn);
	vn->vn_discover_wait *= 4;
	if (vn->vn_discover_wait > LAN_DISCOVER_MAX)
		vn->vn_discover_wait = LAN_DISCOVER_MAX;
	discover_later(vn);
}

void
lan_discover(struct vnic *vn)
{
	const struct stay_local *sl = &vn->vn_stay;
	bool wanted = vn->vn_net.mn_bridge[0] != '\0' &&
	    (sl->sl_on || sl->sl_side != STAY_BOTH) && vn->vn_ngiven == 0;

	if (vn->vn_discover == NULL)
		vn->vn_discover =
		    event_new(session.sp_base, -1, 0, discover_cb, vn);
	if (vn->vn_discover == NULL)
		fatalx("event_new");
	if (!wanted)
		event_del(vn->vn_discover);
	else if (!event_pending(vn->vn_discover, EV_TIMEOUT, NULL)) {
		vn->vn_discover_wait = LAN_DISCOVER;
		discover_later(vn);
	}
}

void
lan_routers(const struct vnic *vn, char *buf, size_t size)
{
	const struct stay_gateway *sg;
	char text[INET6_ADDRSTRLEN];
	unsigned int i;

	*buf = '\0';
	for (i = 0; i < vn->vn_stay.sl_ngateways; i++) {
		sg = &vn->vn_stay.sl_gateways[i];
		inet_ntop(sg->sg_family == 6 ? AF_INET6 : AF_INET, sg->sg_addr,
		    text, sizeof(text));
		if (i > 0)
			strlcat(buf, " ", size);
		strlcat(buf, text, size);
	}
}
