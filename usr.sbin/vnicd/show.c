/* SPDX-License-Identifier: ISC */
/*
 * show: what vnicctl(8) asks for.  "show" is one line for each NIC, "show
 * NAME" one line for each fact, "dump [NAME]" all facts as one object.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "kern/clock.h"
#include "kern/conf.h"
#include "kern/ctl.h"
#include "kern/ipc.h"
#include "net/ether.h"
#include "tunnel/conn.h"
#include "vnic.h"

/* Clients that wait for the parent's reload, by number of the request. */
static struct ctl_client *reloading[CTL_CLIENTS];

/*
 * Facts go to one of two forms: members of an object, or objects "key" and
 * "value".
 */
struct facts {
	struct ctl_client *fa_client;
	bool fa_lines;
};

static void
fact(const struct facts *fa, const char *key, const char *val)
{
	if (!fa->fa_lines) {
		ctl_string(fa->fa_client, key, val);
		return;
	}
	ctl_object(fa->fa_client);
	ctl_string(fa->fa_client, "key", key);
	ctl_string(fa->fa_client, "value", val);
	ctl_object_end(fa->fa_client);
}

static void
fact_number(const struct facts *fa, const char *key, uint64_t val)
{
	char buf[24];

	if (!fa->fa_lines) {
		ctl_number(fa->fa_client, key, val);
		return;
	}
	snprintf(buf, sizeof(buf), "%" PRIu64, val);
	fact(fa, key, buf);
}

static void
fact_mac(const struct facts *fa, const char *key, const uint8_t *mac)
{
	char buf[ETHER_STRLEN];

	fact(fa, key, ether_format(mac, buf));
}

static const char *
setting(const struct vnic *vn, const char *key, const char *otherwise)
{
	const char *val = conf_str(vn->vn_conf, key);

	return (val == NULL ? otherwise : val);
}

static uint64_t
since(const struct vnic *vn)
{
	return ((clock_ms() - vn->vn_since) / 1000);
}

/* What is wrong now: what root could not do comes first. */
static const char *
trouble(const struct vnic *vn)
{
	if (vn->vn_net.mn_problem[0] != '\0')
		return (vn->vn_net.mn_problem);
	return (vn->vn_state == VNIC_OPEN ? "" : vn->vn_error);
}

static const struct link *
first_open(const struct vnic *vn)
{
	const struct link *lk;

	TAILQ_FOREACH(lk, &vn->vn_links, lk_entry)
		if (lk->lk_open)
			return (lk);
	return (NULL);
}

/* Of all that are open. */
static uint64_t
retransmits(const struct vnic *vn)
{
	const struct link *lk;
	uint64_t n = 0;

	TAILQ_FOREACH(lk, &vn->vn_links, lk_entry) {
		if (!lk->lk_open)
			continue;
		conn_path_refresh(lk->lk_conn);
		n += conn_stats(lk->lk_conn)->cs_retransmits;
	}
	return (n);
}

/* How long the parts of connecting took. */
static void
facts_times(const struct facts *fa, const struct link *lk)
{
	static const struct link none;

	if (lk == NULL)
		lk = &none;
	fact_number(fa, "dns-us", lk->lk_named - lk->lk_began);
	fact_number(fa, "connect-us", lk->lk_reached - lk->lk_named);
	fact_number(fa, "login-us", lk->lk_let_in - lk->lk_reached);
}

static void
facts_link(const struct facts *fa, const struct vnic *vn)
{
	const struct link *lk = first_open(vn);
	char pin[CRYPTO_PIN_STRLEN] = "", ways[1024];
	static const struct conn_stats none;
	const struct conn_stats *cs = &none;
	const uint8_t *raw = NULL;
	uint64_t again = retransmits(vn);

	if (lk != NULL) {
		raw = conn_peer_pin(lk->lk_conn);
		cs = conn_stats(lk->lk_conn);
	}
	if (raw != NULL)
		crypto_pin_format(raw, pin);
	fact(fa, "way", lk == NULL ? vn->vn_way : lk->lk_way);
	auto_list(&vn->vn_ways, ways, sizeof(ways));
	fact(fa, "ways", ways);
	fact(fa, "uplink", lk == NULL ? "" : lk->lk_uplink);
	fact(fa, "pin", pin);
	fact(fa, "cipher", lk == NULL ? "" : conn_cipher(lk->lk_conn));
	facts_times(fa, lk);
	fact_number(fa, "rtt-us", cs->cs_rtt_us);
	fact(fa, "congestion", cs->cs_congestion);
	fact_number(fa, "tcp-rtt-us", cs->cs_tcp_rtt_us);
	fact_number(fa, "retransmits", again);
	fact_number(fa, "connections", vnic_open_links(vn));
}

static void
facts_queue(const struct facts *fa, const struct vnic *vn)
{
	struct session_live sv;

	session_conns_live(&vn->vn_conns, &sv);
	fact_number(fa, "queue-frames", sv.sv_frames);
	fact_number(fa, "queue-bytes", sv.sv_bytes);
	fact_number(fa, "queue-age-us", sv.sv_age_us);
	fact_number(fa, "path-rtt-us", sv.sv_rtt_us);
	fact_number(fa, "path-rate", sv.sv_rate);
	fact_number(fa, "acks-held-us", sv.sv_hold_us);
}

static void
facts_counters(const struct facts *fa, const struct vnic *vn)
{
	const struct session_stats st = session_conns_stats(&vn->vn_conns);
	const struct stay_stats *ss = &vn->vn_stay.sl_stats;

	fact_number(fa, "rx-frames", st.st_rx_frames);
	fact_number(fa, "rx-bytes", st.st_rx_bytes);
	fact_number(fa, "tx-frames", st.st_tx_frames);
	fact_number(fa, "tx-bytes", st.st_tx_bytes);
	fact_number(fa, "rx-super-frames", st.st_rx_super);
	fact_number(fa, "tx-super-frames", st.st_tx_super);
	fact_number(fa, "rx-joined", vn->vn_in.gb_joined);
	fact_number(fa, "tx-joined", vn->vn_out.gb_joined + st.st_tx_joined);
	fact_number(fa, "tx-marked", st.st_tx_marked);
	fact_number(fa, "tx-tcp-suppressed", st.st_inner_again);
	fact_number(fa, "tx-tcp-thinned", st.st_inner_acks);
	fact_number(fa, "tx-twice", st.st_tx_twice);
	fact_number(fa, "rx-twice", st.st_rx_twice);
	fact_number(fa, "drop-queue-full", st.st_drop_full);
	fact_number(fa, "drop-delay", st.st_drop_delay);
	fact_number(fa, "drop-old", st.st_drop_old);
	fact_number(fa, "drop-no-memory", st.st_drop_memory);
	fact_number(fa, "drop-not-open", st.st_drop_down);
	fact_number(fa, "drop-not-forwarded", vn->vn_drop_lan);
	fact_number(fa, "drop-interface", vn->vn_drop_tap);
	fact_number(fa, "kept-local-dhcp", ss->ss_dhcp);
	fact_number(fa, "kept-local-ra", ss->ss_ra);
	fact_number(fa, "kept-local-arp", ss->ss_arp);
	fact_number(fa, "kept-local-own", ss->ss_own);
	fact_number(fa, "wrong-side-dhcp", ss->ss_side_dhcp);
	fact_number(fa, "wrong-side-ra", ss->ss_side_ra);
	fact_number(fa, "wrong-side-arp", ss->ss_side_arp);
	fact_number(fa, "attempts", vn->vn_retries);
	fact_number(fa, "resumed", vn->vn_resumed);
}

static void
facts_servers(const struct facts *fa, const struct vnic *vn)
{
	static const struct {
		const char *name;
		bool far;
		enum server_kind kind;
	} rows[] = {
		{ "dhcp-lan", false, SERVER_DHCP },
		{ "dhcp-tunnel", true, SERVER_DHCP },
		{ "routers6-lan", false, SERVER_ROUTER6 },
		{ "routers6-tunnel", true, SERVER_ROUTER6 },
		{ "dhcp6-lan", false, SERVER_DHCP6 },
		{ "dhcp6-tunnel", true, SERVER_DHCP6 },
	};
	char text[512];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		probe_servers(vn, rows[i].far, rows[i].kind, text,
		    sizeof(text));
		fact(fa, rows[i].name, text);
	}
	probe_same_router(vn, text, sizeof(text));
	fact(fa, "same-router", text);
}

static void
facts_all(const struct facts *fa, const struct vnic *vn)
{
	char finds[512], routers[512];

	probe_finds(vn, finds, sizeof(finds));
	lan_routers(vn, routers, sizeof(routers));
	fact(fa, "name", vn->vn_name);
	fact(fa, "state", vnic_state_name(vn->vn_state));
	fact_number(fa, "since", since(vn));
	fact(fa, "server", setting(vn, "server", ""));
	fact(fa, "hub", setting(vn, "hub", "default"));
	fact(fa, "user", setting(vn, "user", ""));
	fact(fa, "interface", vn->vn_ifname);
	fact(fa, "bridge", vn->vn_net.mn_bridge);
	fact_mac(fa, "mac", vn->vn_mac);
	fact(fa, "stay-local",
	    !vn->vn_net.mn_bridged ? "does not apply" :
		vn->vn_stay.sl_on  ? "yes" :
				     "no");
	fact(fa, "addresses-from",
	    !vn->vn_net.mn_bridged ? "does not apply" :
		vn->vn_stay.sl_on  ? "lan" :
				     setting(vn, "addresses-from", "both"));
	fact(fa, "routers", routers);
	facts_link(fa, vn);
	facts_queue(fa, vn);
	facts_counters(fa, vn);
	fact(fa, "problem", trouble(vn));
	fact(fa, "last-error", vn->vn_error);
	facts_servers(fa, vn);
	fact(fa, "found", finds);
}

static void
show_line(struct ctl_client *c, const struct vnic *vn)
{
	ctl_object(c);
	ctl_string(c, "name", vn->vn_name);
	ctl_string(c, "state", vnic_state_name(vn->vn_state));
	ctl_number(c, "since", since(vn));
	ctl_string(c, "server", setting(vn, "server", ""));
	ctl_string(c, "hub", setting(vn, "hub", "default"));
	ctl_string(c, "interface", vn->vn_ifname);
	ctl_string(c, "bridge", vn->vn_net.mn_bridge);
	ctl_string(c, "problem", trouble(vn));
	ctl_object_end(c);
}

static void
show_lines(struct ctl_client *c, const struct vnic *vn)
{
	const struct facts fa = { .fa_client = c, .fa_lines = true };

	facts_all(&fa, vn);
}

static void
show_dump(struct ctl_client *c, const struct vnic *vn)
{
	const struct facts fa = { .fa_client = c };

	ctl_object(c);
	facts_all(&fa, vn);
	ctl_object_end(c);
}

static void
do_reconnect(struct ctl_client *c, const struct vnic *vn)
{
	(void)c;
	vnic_reconnect(vnic_find(vn->vn_name), "asked for by vnicctl");
}

static void
do_probe(struct ctl_client *c, const struct vnic *vn)
{
	(void)c;
	probe_begin(vnic_find(vn->vn_name));
}

/* `what` for one NIC or for all. */
static void
each(struct ctl_client *c, const char *name,
    void (*what)(struct ctl_client *, const struct vnic *))
{
	struct vnic *vn;
	bool found = name == NULL;

	TAILQ_FOREACH(vn, &session.sp_vnics, vn_entry) {
		if (vn->vn_conf == NULL ||
		    (name != NULL && strcmp(name, vn->vn_name) != 0))
			continue;
		found = true;
		what(c, vn);
	}
	if (found)
		ctl_ok(c);
	else
		ctl_error(c, "there is no vnic \"%s\"", name);
}

static void
do_reload(struct ctl_client *c)
{
	uint32_t i;

	for (i = 0; i < CTL_CLIENTS; i++)
		if (reloading[i] == NULL) {
			reloading[i] = c;
			ipc_send(session.sp_ipc, MSG_RELOAD, i, -1, NULL, 0);
			return;
		}
	ctl_error(c, "too many requests");
}

void
show_reloaded(uint32_t id, const char *err)
{
	struct ctl_client *c;

	if (id >= CTL_CLIENTS || (c = reloading[id]) == NULL)
		return;
	reloading[id] = NULL;
	if (*err == '\0')
		ctl_ok(c);
	else
		ctl_error(c, "%s", err);
}

static void
do_password(struct ctl_client *c, char **argv)
{
	struct vnic *vn = vnic_find(argv[1]);

	if (vn == NULL || vn->vn_conf == NULL)
		ctl_error(c, "there is no vnic \"%s\"", argv[1]);
	else
		password_request(c, vn, argv[2], argv[3]);
}

/* test VNIC [direct | proxy NAME] */
static void
do_test(struct ctl_client *c, int argc, char **argv)
{
	struct vnic *vn = vnic_find(argv[1]);
	const char *way = argc > 2 ? argv[2] : NULL;
	bool good = argc == 2 || (argc == 3 && strcmp(way, "direct") == 0) ||
	    (argc == 4 && strcmp(way, "proxy") == 0);

	if (vn == NULL || vn->vn_conf == NULL)
		ctl_error(c, "there is no vnic \"%s\"", argv[1]);
	else if (!good)
		ctl_error(c, "a way is direct, or proxy and its name");
	else
		path_test_request(c, vn, way, argc == 4 ? argv[3] : NULL);
}

void
show_request(struct ctl_client *c, int argc, char **argv, void *arg)
{
	const char *name = argc > 1 ? argv[1] : NULL;

	(void)arg;
	if (argc == 4 && strcmp(argv[0], "password") == 0)
		do_password(c, argv);
	else if (argc >= 2 && strcmp(argv[0], "test") == 0)
		do_test(c, argc, argv);
	else if (argc > 2)
		ctl_error(c, "too many words");
	else if (strcmp(argv[0], "show") == 0)
		each(c, name, name == NULL ? show_line : show_lines);
	else if (strcmp(argv[0], "dump") == 0)
		each(c, name, show_dump);
	else if (strcmp(argv[0], "reconnect") == 0)
		each(c, name, do_reconnect);
	else if (strcmp(argv[0], "probe") == 0)
		each(c, name, do_probe);
	else if (strcmp(argv[0], "reload") == 0 && name == NULL)
		do_reload(c);
	else
		ctl_error(c,
		    "\"%s\" is not one of show, reconnect, probe, reload, "
		    "password, test",
		    argv[0]);
}
