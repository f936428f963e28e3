/* SPDX-License-Identifier: ISC */
/*
 * probe: asks both sides who gives addresses there, and says what is known.
 *
 * Frames that pass by are not enough: servers answer hosts by unicast, which
 * a bridge need not bring by, and when nobody asks nobody answers.  So, when
 * a session has begun and when vnicctl(8) says so, we ask, twice: by a
 * DHCPDISCOVER, which is all that a server has to answer without giving
 * anything away (an offer that nobody takes is free again within moments, and
 * it is the same one each time, since we always have the same address; an
 * INFORM would need an address in that network first); by a router
 * solicitation, which makes routers say a little earlier what they say now and
 * then anyway; by a DHCPv6 Solicit and an Information-request, since a server
 * may have addresses or the rest alone, and gives nothing away by answering
 * (it does so to an address, for which we have to answer in turn); and at the
 * far side by ARP for this office's routers, which those of the same address
 * answer.  The answers end here.
 */
#include <arpa/inet.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "kern/clock.h"
#include "kern/frame.h"
#include "kern/log.h"
#include "net/dhcp6.h"
#include "net/ether.h"
#include "net/if_tap.h"
#include "vnic.h"

enum {
	PROBE_AGAIN = 4, /* seconds, then also for what was found */
	PROBE_ROUNDS = 2,
	PROBE_ANSWERS = 32, /* to who asks for our address, each time */
	PROBE_NEWS = 10000 /* ms between log lines about finds */
};

static void
send_frame(struct vnic *vn, bool far, const uint8_t *p, size_t len)
{
	struct frame *f = frame_alloc(len);

	if (f == NULL)
		return;
	memcpy(f->f_data, p, len);
	if (far) {
		session_conns_send(&vn->vn_conns, f);
		return;
	}
	if (tap_write(vn->vn_tap, f) == -1)
		vn->vn_drop_tap++;
	frame_free(f);
}

static void
ask_dhcp6(struct vnic *vn, bool far, uint8_t type)
{
	uint8_t out[DISCOVER_DHCP6_LEN];
	size_t len;

	len = discover_build_dhcp6(out, vn->vn_mac, type, arc4random());
	send_frame(vn, far, out, len);
}

static void
ask_servers(struct vnic *vn, bool far)
{
	uint8_t discover[DISCOVER_LEN], solicit[DISCOVER_RS_LEN];

	discover_build(discover, vn->vn_mac, arc4random());
	send_frame(vn, far, discover, sizeof(discover));
	discover_build_rs(solicit, vn->vn_mac);
	send_frame(vn, far, solicit, sizeof(solicit));
	ask_dhcp6(vn, far, DHCP6_SOLICIT);
	ask_dhcp6(vn, far, DHCP6_INFORMATION);
}

static void
ask_address(struct vnic *vn, const uint8_t addr[4])
{
	uint8_t arp[DISCOVER_ARP_LEN];

	discover_build_arp(arp, vn->vn_mac, addr);
	send_frame(vn, true, arp, sizeof(arp));
}

/* Is a router of ours there, too? */
static void
ask_routers(struct vnic *vn)
{
	const struct stay_local *sl = &vn->vn_stay;
	const struct server *se = NULL;
	unsigned int i;

	for (i = 0; i < sl->sl_ngateways; i++)
		if (sl->sl_gateways[i].sg_family == 4)
			ask_address(vn, sl->sl_gateways[i].sg_addr);
	while ((se = servers_next(&sl->sl_servers, false, SERVER_DHCP, se)) !=
	    NULL)
		ask_address(vn, se->se_addr);
}

static void
probe_later(struct vnic *vn, time_t seconds)
{
	const struct timeval tv = { .tv_sec = seconds };

	event_add(vn->vn_probe, &tv);
}

static void
probe_cb(int fd, short what, void *arg)
{
	struct vnic *vn = arg;

	(void)fd;
	(void)what;
	if (vn->vn_net.mn_bridge[0] == '\0' || vn->vn_tap == -1 ||
	    vn->vn_state != VNIC_OPEN)
		return;
	discover_mac(vn->vn_stay.sl_asker, vn->vn_mac);
	discover_address(vn->vn_stay.sl_asker6, vn->vn_mac);
	vn->vn_stay.sl_asks = true;
	vn->vn_answers = PROBE_ANSWERS;
	if (vn->vn_probes++ == 0)
		stay_local_forget(&vn->vn_stay);
	ask_servers(vn, false);
	ask_servers(vn, true);
	ask_routers(vn);
	if (vn->vn_probes < PROBE_ROUNDS)
		probe_later(vn, PROBE_AGAIN);
}

void
probe_begin(struct vnic *vn)
{
	if (vn->vn_probe == NULL)
		vn->vn_probe = event_new(session.sp_base, -1, 0, probe_cb, vn);
	if (vn->vn_probe == NULL)
		fatalx("event_new");
	vn->vn_probes = 0;
	probe_later(vn, 0);
}

void
probe_end(struct vnic *vn)
{
	if (vn->vn_probe != NULL)
		event_free(vn->vn_probe);
	vn->vn_probe = NULL;
}

static const char *
addr_text(const struct server *se, char text[INET6_ADDRSTRLEN])
{
	return (inet_ntop(servers_family(se->se_kind) == 4 ? AF_INET : AF_INET6,
	    se->se_addr, text, INET6_ADDRSTRLEN));
}

void
probe_servers(const struct vnic *vn, bool far, enum server_kind kind, char *buf,
    size_t size)
{
	const struct server *se = NULL;
	char text[INET6_ADDRSTRLEN];

	*buf = '\0';
	while ((se = servers_next(&vn->vn_stay.sl_servers, far, kind, se)) !=
	    NULL) {
		if (*buf != '\0')
			strlcat(buf, " ", size);
		strlcat(buf, addr_text(se, text), size);
	}
}

static bool
is_set(const uint8_t mac[6])
{
	static const uint8_t none[6];

	return (memcmp(mac, none, sizeof(none)) != 0);
}

void
probe_same_router(const struct vnic *vn, char *buf, size_t size)
{
	const struct stay_local *sl = &vn->vn_stay;

	*buf = '\0';
	if (is_set(sl->sl_far_gateway_mac))
		inet_ntop(AF_INET, sl->sl_far_gateway_addr, buf,
		    (socklen_t)size);
}

static void
say(char *buf, size_t size, const char *what, const char *addr,
    const uint8_t *mac, const char *where)
{
	char hw[ETHER_STRLEN];
	size_t len = strlen(buf);

	snprintf(buf + len, size - len, "%s%s %s (%s) %s", len > 0 ? "; " : "",
	    what, addr, ether_format(mac, hw), where);
}

static void
say_servers(const struct vnic *vn, bool far, enum server_kind kind, char *buf,
    size_t size)
{
	static const char *const names[] = {
		[SERVER_DHCP] = "DHCP server",
		[SERVER_ROUTER6] = "IPv6 router",
		[SERVER_DHCP6] = "DHCPv6 server",
	};
	const struct server *se = NULL;
	char text[INET6_ADDRSTRLEN];

	while ((se = servers_next(&vn->vn_stay.sl_servers, far, kind, se)) !=
	    NULL)
		say(buf, size, names[kind], addr_text(se, text), se->se_mac,
		    far ? "at the far side" : "in this office");
}

void
probe_finds(const struct vnic *vn, char *buf, size_t size)
{
	const struct servers *sv = &vn->vn_stay.sl_servers;
	char addr[INET_ADDRSTRLEN];
	enum server_kind kind;

	*buf = '\0';
	probe_same_router(vn, addr, sizeof(addr));
	if (*addr != '\0')
		say(buf, size,
		    "the far side has a router with this "
		    "office's router address",
		    addr, vn->vn_stay.sl_far_gateway_mac, "too");
	for (kind = 0; kind < SERVER_KINDS; kind++) {
		if (servers_next(sv, true, kind, NULL) == NULL)
			continue;
		say_servers(vn, true, kind, buf, size);
		say_servers(vn, false, kind, buf, size);
	}
}

static const char *
kept_apart(const struct stay_local *sl)
{
	if (sl->sl_on)
		return ("; kept apart by stay-local");
	return (sl->sl_side == STAY_BOTH ? "" :
					   "; kept apart by addresses-from");
}

/* As a host would, so that who was asked can answer; a few each time. */
static void
answer_question(struct vnic *vn)
{
	struct stay_question *sq = &vn->vn_stay.sl_question;
	uint8_t out[DISCOVER_NA_LEN];

	if (!sq->sq_is)
		return;
	sq->sq_is = false;
	if (vn->vn_answers == 0 || vn->vn_tap == -1)
		return;
	vn->vn_answers--;
	discover_build_na(out, vn->vn_mac, sq->sq_mac, sq->sq_addr);
	send_frame(vn, sq->sq_far, out, sizeof(out));
}

void
probe_look(struct vnic *vn)
{
	struct stay_local *sl = &vn->vn_stay;
	char text[sizeof(vn->vn_finds)];

	answer_question(vn);
	if (!sl->sl_news || clock_ms() < vn->vn_news)
		return;
	sl->sl_news = false;
	vn->vn_news = clock_ms() + PROBE_NEWS;
	probe_finds(vn, text, sizeof(text));
	if (*text == '\0' || strcmp(text, vn->vn_finds) == 0)
		return;
	strlcpy(vn->vn_finds, text, sizeof(vn->vn_finds));
	log_info("vnic %s: %s%s", vn->vn_name, text, kept_apart(sl));
}
