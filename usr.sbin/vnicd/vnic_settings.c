/* SPDX-License-Identifier: ISC */
/*
 * vnic_settings: what the settings make of a virtual NIC, and whether a
 * session outlives a change of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "kern/conf.h"
#include "kern/log.h"
#include "kern/schema.h"
#include "net/ether.h"
#include "transport/verify.h"
#include "vnic.h"

enum { VNIC_TAGS = ETHER_HLEN + 4 * ETHER_VLANS_MAX, VNIC_PORT = 443 };

/* What a running session depends on of one block. */
static void
vnic_sign(FILE *fp, const struct conf *block)
{
	const struct conf *cf;
	const char *file;

	TAILQ_FOREACH(cf, &block->cf_children, cf_entry) {
		if (cf->cf_schema->sc_reload != SR_SESSION ||
		    cf->cf_nvalues == 0)
			continue;
		fprintf(fp, "%s %s\n", cf->cf_key, cf->cf_values[0]);
		if ((file = files_find(block, cf->cf_key, NULL)) != NULL)
			fprintf(fp, "%s\n", file);
	}
}

/* What the session depends on of its block and its proxies', as text. */
static char *
vnic_signature(const struct conf *block)
{
	const struct conf *proxy = NULL;
	char *text = NULL;
	size_t size;
	FILE *fp = open_memstream(&text, &size);

	if (fp == NULL)
		fatal("open_memstream");
	vnic_sign(fp, block);
	while ((proxy = conf_next(block, "proxy", proxy)) != NULL)
		vnic_sign(fp,
		    conf_block(session.sp_conf, "proxy", proxy->cf_values[0]));
	if (fclose(fp) != 0)
		fatal("fclose");
	return (text);
}

static void
vnic_server(struct vnic *vn)
{
	const char *err;
	char port[8];

	vn->vn_port = VNIC_PORT;
	if (schema_hostport(conf_str(vn->vn_conf, "server"), vn->vn_host,
		sizeof(vn->vn_host), port, sizeof(port)) == -1)
		fatalx("vnic %s: server", vn->vn_name);
	if (*port != '\0') {
		vn->vn_port = (uint16_t)strtonum(port, 1, 65535, &err);
		if (err != NULL)
			fatalx("vnic %s: port is %s", vn->vn_name, err);
	}
}

/* Who we are, to a hub that asks for a certificate. */
static void
vnic_identify(struct vnic *vn)
{
	const char *cert = files_find(vn->vn_conf, "certificate", NULL);
	const char *key = files_find(vn->vn_conf, "key", NULL);

	if (cert == NULL || key == NULL ||
	    crypto_ctx_identity(vn->vn_crypto, cert, key, vn->vn_error,
		sizeof(vn->vn_error)) == 0)
		return;
	vn->vn_tls->co_ctx_free(vn->vn_crypto);
	vn->vn_crypto = NULL;
}

/* Who the server must be. */
static void
vnic_verify(struct vnic *vn)
{
	char why[256];

	if (vn->vn_crypto != NULL)
		vn->vn_tls->co_ctx_free(vn->vn_crypto);
	vn->vn_tls = crypto_find(conf_str(vn->vn_conf, "tls"));
	if (vn->vn_tls->co_ready != NULL &&
	    vn->vn_tls->co_ready(why, sizeof(why)) == -1)
		log_warnx("vnic %s: %s", vn->vn_name, why);
	vn->vn_crypto = verify_ctx(vn->vn_tls, vn->vn_conf,
	    files_find(vn->vn_conf, "ca", NULL), vn->vn_host, vn->vn_error,
	    sizeof(vn->vn_error));
	if (vn->vn_crypto != NULL)
		vnic_identify(vn);
	if (vn->vn_crypto == NULL)
		log_warnx("vnic %s: %s", vn->vn_name, vn->vn_error);
}

static void
vnic_queues(struct vnic *vn)
{
	struct session_stats stats;

	session_conns_fini(&vn->vn_conns);
	stats = vn->vn_conns.sc_stats;
	session_conns_init(&vn->vn_conns,
	    (uint32_t)conf_int(vn->vn_conf, "queue-frames"),
	    (uint32_t)conf_int(vn->vn_conf, "queue-bytes"),
	    conf_bool(vn->vn_conf, "analyse-tcp"));
	vn->vn_conns.sc_stats = stats;
}

/* Nothing of the session before can be kept. */
static void
vnic_renew(struct vnic *vn)
{
	bool first = vn->vn_signature == NULL;

	vnic_bye(vn);
	vn->vn_last.pl_addr.ss_family = AF_UNSPEC;
	memset(&vn->vn_ways, 0, sizeof(vn->vn_ways));
	vn->vn_max = (size_t)conf_int(vn->vn_conf, "mtu") + VNIC_TAGS;
	vnic_server(vn);
	vnic_verify(vn);
	vnic_queues(vn);
	if (!first)
		log_info("vnic %s: other settings: connecting anew",
		    vn->vn_name);
	vnic_begin(vn);
}

static enum stay_side
vnic_side(const struct conf *block)
{
	const char *from = conf_str(block, "addresses-from");

	if (strcmp(from, "lan") == 0)
		return (STAY_LAN);
	return (strcmp(from, "tunnel") == 0 ? STAY_TUNNEL : STAY_BOTH);
}

void
vnic_configure(struct vnic *vn, const struct conf *block)
{
	char *signature = vnic_signature(block);
	bool same = vn->vn_signature != NULL &&
	    strcmp(vn->vn_signature, signature) == 0;

	vn->vn_conf = block;
	vn->vn_stay.sl_on = conf_bool(block, "stay-local");
	vn->vn_stay.sl_side = vnic_side(block);
	lan_gateways(vn);
	lan_discover(vn);
	if (same)
		vnic_restart_attempts(vn);
	else
		vnic_renew(vn);
	free(vn->vn_signature);
	vn->vn_signature = signature;
}

void
vnic_network(struct vnic *vn, const struct msg_net *mn)
{
	struct stay_local *sl = &vn->vn_stay;

	vn->vn_net = *mn;
	memcpy(sl->sl_own_mac, mn->mn_mac, sizeof(sl->sl_own_mac));
	sl->sl_has_own_mac = mn->mn_has_mac;
	lan_gateways(vn);
	lan_discover(vn);
}
