/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "kern/bytes.h"
#include "kern/conf.h"
#include "kern/log.h"
#include "kern/security.h"
#include "kern/spool.h"
#include "net/inspect.h"

#include "packet_log.h"

/* The kinds, in the order in which a frame is one of them. */
enum kind { KIND_ARP, KIND_DHCP, KIND_ICMP, KIND_TCP, KIND_IP, KIND_OTHER };
enum level { LEVEL_NONE, LEVEL_HEADER, LEVEL_FULL };
enum { LEVEL_BITS = 2, HEX_BYTES = 384 };

static const char *const kind_name[] = {
	[KIND_ARP] = "arp",
	[KIND_DHCP] = "dhcp",
	[KIND_ICMP] = "icmp",
	[KIND_TCP] = "tcp",
	[KIND_IP] = "ip",
	[KIND_OTHER] = "other",
};
enum { KINDS = sizeof(kind_name) / sizeof(kind_name[0]) };

/* What a line says of a frame, taken from the whole of it. */
struct summary {
	uint8_t sm_src[ETHER_ALEN], sm_dst[ETHER_ALEN];
	uint16_t sm_vid, sm_type;
	int sm_family;			/* of the addresses; 0: none */
	uint8_t sm_ip_src[16], sm_ip_dst[16];
	unsigned int sm_what;		/* INSPECT_* */
	int sm_proto;			/* with IP */
	uint16_t sm_sport, sm_dport;
	uint8_t sm_flags;		/* of TCP */
	int sm_icmp;			/* its type, -1: none */
	int sm_op;			/* of ARP */
};

/* In the spool, followed by the frame's bytes if those are logged. */
struct record {
	uint64_t rc_port;
	uint32_t rc_kept;
	uint32_t rc_length;
	enum kind rc_kind;
	enum level rc_level;
	struct summary rc_summary;
	char rc_hub[HTTP_NAME_MAX];
	char rc_name[PORT_NAME_LEN];
};

static struct spool spool;
static struct job job;			/* to the control thread: look */
static atomic_bool posted;
static uint64_t last_id;		/* of lines that belong together */

/*
 * The workers.
 */

static enum kind
kind_of(const struct inspect *in)
{
	const unsigned int dhcp = INSPECT_DHCP_CLIENT | INSPECT_DHCP_SERVER |
	    INSPECT_DHCP6_CLIENT | INSPECT_DHCP6_SERVER;
	const int proto = in->in_ip.ii_proto;

	if (in->in_ether.ei_type == ETHER_ARP)
		return (KIND_ARP);
	if (in->in_what & dhcp)
		return (KIND_DHCP);
	if (!(in->in_what & (INSPECT_IP4 | INSPECT_IP6)))
		return (KIND_OTHER);
	if (proto == IP_ICMP || proto == IP_ICMPV6)
		return (KIND_ICMP);
	/* FIN, SYN, RST: connections begin and end */
	if ((in->in_what & INSPECT_TCP) && (in->in_tcp_flags & 0x07))
		return (KIND_TCP);
	return (KIND_IP);
}

static void
sum_arp(struct summary *sm, const uint8_t *arp)
{
	sm->sm_family = AF_INET;
	sm->sm_op = get16(arp + INSPECT_ARP_OP);
	memcpy(sm->sm_ip_src, arp + INSPECT_ARP_SPA, 4);
	memcpy(sm->sm_ip_dst, arp + INSPECT_ARP_TPA, 4);
}

static void
sum_ip(struct summary *sm, const struct inspect *in)
{
	const struct ip_info *ii = &in->in_ip;
	size_t len = ii->ii_version == 4 ? 4 : 16;

	if (ii->ii_src == NULL)
		return;			/* its lengths contradict each other */
	sm->sm_family = ii->ii_version == 4 ? AF_INET : AF_INET6;
	memcpy(sm->sm_ip_src, ii->ii_src, len);
	memcpy(sm->sm_ip_dst, ii->ii_dst, len);
	sm->sm_proto = ii->ii_proto;
	sm->sm_sport = in->in_sport;
	sm->sm_dport = in->in_dport;
	sm->sm_flags = in->in_tcp_flags;
	if ((ii->ii_proto == IP_ICMP || ii->ii_proto == IP_ICMPV6) &&
	    in->in_l4 != NULL && in->in_l4_len > 0)
		sm->sm_icmp = in->in_l4[0];
}

static void
summarize(struct summary *sm, const struct inspect *in)
{
	memcpy(sm->sm_src, in->in_ether.ei_src, ETHER_ALEN);
	memcpy(sm->sm_dst, in->in_ether.ei_dst, ETHER_ALEN);
	sm->sm_vid = in->in_ether.ei_vid;
	sm->sm_type = in->in_ether.ei_type;
	sm->sm_what = in->in_what;
	sm->sm_icmp = -1;
	if (in->in_arp != NULL)
		sum_arp(sm, in->in_arp);
	else if (in->in_what & (INSPECT_IP4 | INSPECT_IP6))
		sum_ip(sm, in);
}

void
packet_log_frame(struct port *pt, const struct frame *f)
{
	struct hub *h = pt->pt_hub;
	unsigned int levels =
	    atomic_load_explicit(&h->h_packet_log, memory_order_relaxed);
	struct inspect in;
	struct record rc;

	if (levels == 0 || !inspect_frame(f->f_data, f->f_len, &in))
		return;
	memset(&rc, 0, sizeof(rc));
	rc.rc_kind = kind_of(&in);
	rc.rc_level = levels >> (LEVEL_BITS * rc.rc_kind) & 3;
	if (rc.rc_level == LEVEL_NONE)
		return;
	if (atomic_fetch_sub(&h->h_packet_room, 1) <= 0)
		return;		/* counted by how far it is below nought */
	summarize(&rc.rc_summary, &in);
	rc.rc_port = pt->pt_number;
	rc.rc_length = f->f_len;
	if (rc.rc_level == LEVEL_FULL)
		rc.rc_kept =
		    f->f_len < PACKET_LOG_BYTES ? f->f_len : PACKET_LOG_BYTES;
	memcpy(rc.rc_hub, h->h_name, sizeof(rc.rc_hub));
	memcpy(rc.rc_name, pt->pt_name, sizeof(rc.rc_name));
	if (spool_put(&spool, &rc, sizeof(rc), f->f_data, rc.rc_kept) &&
	    !atomic_exchange(&posted, true))
		worker_post(&data.dt_worker[0], &job);
}

/*
 * The control thread.
 */

static void
add_mac(struct security *sy, const char *key, const uint8_t *mac)
{
	char text[ETHER_STRLEN];

	security_add(sy, key, ether_format(mac, text));
}

static void
add_address(struct security *sy, const char *key, int family, const void *addr)
{
	char text[INET6_ADDRSTRLEN];

	if (inet_ntop(family, addr, text, sizeof(text)) != NULL)
		security_add(sy, key, text);
}

static void
add_flags(struct security *sy, uint8_t flags)
{
	static const char letters[] = "FSRPAUEC";
	char text[sizeof(letters)];
	int i, n = 0;

	for (i = 0; i < 8; i++)
		if (flags & 1 << i)
			text[n++] = letters[i];
	text[n] = '\0';
	security_add(sy, "flags", text);
}

static void
add_l4(struct security *sy, const struct summary *sm)
{
	security_add_number(sy, "proto", (uint64_t)sm->sm_proto);
	if (sm->sm_what & (INSPECT_TCP | INSPECT_UDP)) {
		security_add_number(sy, "sport", sm->sm_sport);
		security_add_number(sy, "dport", sm->sm_dport);
	}
	if (sm->sm_what & INSPECT_TCP)
		add_flags(sy, sm->sm_flags);
	if (sm->sm_what & INSPECT_FRAGMENT)
		security_add(sy, "fragment", "yes");
	if (sm->sm_icmp != -1)
		security_add_number(sy, "icmp-type", (uint64_t)sm->sm_icmp);
}

static void
add_frame(struct security *sy, const struct summary *sm)
{
	char type[8];

	add_mac(sy, "src", sm->sm_src);
	add_mac(sy, "dst", sm->sm_dst);
	if (sm->sm_vid != 0)
		security_add_number(sy, "vlan", sm->sm_vid);
	snprintf(type, sizeof(type), "0x%04x", sm->sm_type);
	security_add(sy, "type", type);
	if (sm->sm_family == 0)
		return;
	if (sm->sm_what & INSPECT_ARP)
		security_add_number(sy, "op", (uint64_t)sm->sm_op);
	add_address(sy, "ip-src", sm->sm_family, sm->sm_ip_src);
	add_address(sy, "ip-dst", sm->sm_family, sm->sm_ip_dst);
	if (!(sm->sm_what & INSPECT_ARP))
		add_l4(sy, sm);
}

/* The bytes, some hundred of them a line. */
static void
log_bytes(const uint8_t *p, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	char hex[2 * HEX_BYTES + 1];
	struct security sy;
	size_t at, n, i;

	for (at = 0; at < len; at += n) {
		n = len - at < HEX_BYTES ? len - at : HEX_BYTES;
		for (i = 0; i < n; i++) {
			hex[2 * i] = digits[p[at + i] >> 4];
			hex[2 * i + 1] = digits[p[at + i] & 15];
		}
		hex[2 * n] = '\0';
		security_begin(&sy, "bytes");
		security_add_number(&sy, "id", last_id);
		security_add_number(&sy, "offset", at);
		security_log_packet(&sy, hex);
	}
}

static void
log_record(const struct record *rc, const uint8_t *p)
{
	struct security sy;

	security_begin(&sy, kind_name[rc->rc_kind]);
	security_add(&sy, "hub", rc->rc_hub);
	security_add(&sy, "port", rc->rc_name);
	security_add_number(&sy, "session", rc->rc_port);
	security_add_number(&sy, "length", rc->rc_length);
	if (rc->rc_level == LEVEL_FULL)
		security_add_number(&sy, "id", ++last_id);
	add_frame(&sy, &rc->rc_summary);
	security_log_packet(&sy, "");
	log_bytes(p, rc->rc_kept);
}

static void
on_spool(struct worker *w, struct job *j)
{
	static uint64_t told;
	struct record rc;
	uint64_t dropped;
	size_t len, at = 0;
	const uint8_t *p;

	(void)w;
	(void)j;
	atomic_store(&posted, false);
	p = spool_take(&spool, &len, &dropped);
	while (at < len) {
		memcpy(&rc, p + at, sizeof(rc));
		log_record(&rc, p + at + sizeof(rc));
		at += spool_padded(sizeof(rc) + rc.rc_kept);
	}
	if (dropped > told)
		log_at(LOG_LOCAL0 | LOG_WARNING,
		    "packet: %llu frames were not logged: too many at once",
		    (unsigned long long)(dropped - told));
	told = dropped;
}

/* The levels of all kinds as one number. */
static unsigned int
levels_of(const struct conf *cf)
{
	const struct conf *pl = cf == NULL ? NULL : conf_find(cf, "packet-log");
	unsigned int levels = 0, level;
	const char *word;
	int i;

	for (i = 0; pl != NULL && i < KINDS; i++) {
		word = conf_str(pl, kind_name[i]);
		level = strcmp(word, "full") == 0 ? LEVEL_FULL :
		    strcmp(word, "header") == 0	  ? LEVEL_HEADER :
						    LEVEL_NONE;
		levels |= level << (LEVEL_BITS * i);
	}
	return (levels);
}

void
packet_log_set(struct hub *h, const struct conf *cf)
{
	unsigned int levels = levels_of(cf), old;

	if (levels != 0 && spool.sp_in == NULL) {
		job.j_run = on_spool;
		if (spool_init(&spool, PACKET_LOG_SPOOL) == -1)
			fatal("packet log");
	}
	if (levels != 0)
		h->h_packet_rate =
		    (int)conf_int(conf_find(cf, "packet-log"), "rate");
	old = atomic_exchange(&h->h_packet_log, levels);
	if (old == 0 && levels != 0) {
		atomic_store(&h->h_packet_room, h->h_packet_rate);
		atomic_fetch_add(&data.dt_watched, 1);
	} else if (old != 0 && levels == 0)
		atomic_fetch_sub(&data.dt_watched, 1);
}

void
packet_log_tick(struct hub *h)
{
	int left;

	if (atomic_load(&h->h_packet_log) == 0)
		return;
	left = atomic_exchange(&h->h_packet_room, h->h_packet_rate);
	if (left < 0)
		log_at(LOG_LOCAL0 | LOG_WARNING,
		    "packet: hub %s: %d frames were not logged: over the rate",
		    h->h_name, -left);
}
