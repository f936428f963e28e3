/* SPDX-License-Identifier: ISC */
/*
 * nic: the parent's side of the virtual NICs: taps and their addresses,
 * membership in bridges, guard rules, ways to the hubs.
 */
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "kern/conf.h"
#include "kern/log.h"
#include "kern/schema.h"
#include "net/ether.h"
#include "net/if_bridge.h"
#include "net/if_guard.h"
#include "net/if_route.h"
#include "net/if_tap.h"
#include "vnicd.h"

enum { NIC_ROUTES = 32 }; /* default gateways looked at */

struct nics nics = TAILQ_HEAD_INITIALIZER(nics);

struct nic *
nic_find(const char *name)
{
	struct nic *nc;

	TAILQ_FOREACH(nc, &nics, nc_entry)
		if (strcmp(nc->nc_name, name) == 0)
			return (nc);
	return (NULL);
}

static struct nic *
nic_new(const struct conf *vnic)
{
	struct nic *nc = calloc(1, sizeof(*nc));

	if (nc == NULL)
		fatal("calloc");
	strlcpy(nc->nc_name, conf_name(vnic), sizeof(nc->nc_name));
	schema_tap_name(vnic, nc->nc_ifname, IF_NAMESIZE);
	nc->nc_fd = -1;
	TAILQ_INSERT_TAIL(&nics, nc, nc_entry);
	return (nc);
}

/* The tap goes away with its last descriptor; the session has the other. */
static void
nic_free(struct nic *nc)
{
	if (nc->nc_guarded)
		guard_clear(nc->nc_ifname);
	if (nc->nc_fd != -1)
		close(nc->nc_fd);
	TAILQ_REMOVE(&nics, nc, nc_entry);
	free(nc);
}

static void
nic_mac(const struct nic *nc, const struct conf *cf, uint8_t mac[6])
{
	const char *text = conf_str(nc->nc_conf, "mac");
	static char seed[128];
	static size_t len;

	if (text != NULL && ether_scan(text, mac))
		return;
	if (len == 0)
		len =
		    config_seed(conf_str(cf, "state-dir"), seed, sizeof(seed));
	mac_derive(seed, len, nc->nc_name, mac);
}

/* Out of the bridge that it was in by the settings before. */
static void
nic_leave(struct nic *nc)
{
	if (nc->nc_bridge[0] == '\0' || nc->nc_fd == -1)
		return;
	if (bridge_remove(nc->nc_ifname) == -1)
		log_warn("vnic %s: cannot take %s out of bridge %s",
		    nc->nc_name, nc->nc_ifname, nc->nc_bridge);
	if (nc->nc_guarded)
		guard_clear(nc->nc_ifname);
	nc->nc_guarded = false;
}

/* The session process says if there is none; only root can load it. */
static void
nic_load_tls(const struct conf *vnic)
{
	const struct crypto_ops *co = crypto_find(conf_str(vnic, "tls"));
	char why[256];

	if (co->co_ready != NULL)
		(void)co->co_ready(why, sizeof(why));
}

static void
nic_configure(struct nic *nc, const struct conf *cf, const struct conf *vnic)
{
	const char *bridge = conf_str(vnic, "bridge");
	const char *uplink = conf_str(vnic, "uplink");
	char ifname[IF_NAMESIZE];
	uint8_t mac[6];
	unsigned int mtu;

	nc->nc_conf = vnic;
	nic_load_tls(vnic);
	schema_tap_name(vnic, ifname, sizeof(ifname));
	if (strcmp(ifname, nc->nc_ifname) != 0)
		log_warnx("vnic %s: interface stays %s until vnicd is "
			  "restarted",
		    nc->nc_name, nc->nc_ifname);
	nic_mac(nc, cf, mac);
	mtu = (unsigned int)conf_int(vnic, "mtu");
	if (memcmp(mac, nc->nc_mac, 6) != 0 || mtu != nc->nc_mtu)
		nc->nc_ready = false;
	memcpy(nc->nc_mac, mac, 6);
	nc->nc_mtu = mtu;
	if (bridge == NULL)
		nic_leave(nc);
	strlcpy(nc->nc_bridge, bridge == NULL ? "" : bridge, IF_NAMESIZE);
	strlcpy(nc->nc_uplink, uplink == NULL ? "" : uplink, IF_NAMESIZE);
}

void
nics_apply(const struct conf *cf)
{
	const struct conf *vnic = NULL;
	struct nic *nc, *next;

	TAILQ_FOREACH(nc, &nics, nc_entry)
		nc->nc_conf = NULL;
	while ((vnic = conf_next(cf, "vnic", vnic)) != NULL) {
		if ((nc = nic_find(conf_name(vnic))) == NULL)
			nc = nic_new(vnic);
		nic_configure(nc, cf, vnic);
	}
	TAILQ_FOREACH_SAFE(nc, &nics, nc_entry, next)
		if (nc->nc_conf == NULL)
			nic_free(nc);
}

/* Remember and log what root could not do; once for each new text. */
static void
nic_problem(struct nic *nc, const char *text)
{
	char *problem = nc->nc_net.mn_problem;

	if (strcmp(problem, text) == 0)
		return;
	if (*text != '\0')
		log_warnx("vnic %s: %s", nc->nc_name, text);
	strlcpy(problem, text, sizeof(nc->nc_net.mn_problem));
	nc->nc_net.mn_name[0] = '\0';	/* news: tell the session process */
}

static bool
nic_open(struct nic *nc, char *why, size_t size)
{
	char actual[IF_NAMESIZE];

	if (nc->nc_fd != -1 && if_nametoindex(nc->nc_ifname) != 0)
		return (true);
	if (nc->nc_fd != -1) /* somebody deleted it */
		close(nc->nc_fd);
	nc->nc_fd = tap_open(nc->nc_ifname, actual, sizeof(actual));
	if (nc->nc_fd == -1) {
		snprintf(why, size, "interface %s cannot be made: %s",
		    nc->nc_ifname, strerror(errno));
		return (false);
	}
	nc->nc_ready = nc->nc_sent = false;
	log_info("vnic %s: interface %s", nc->nc_name, nc->nc_ifname);
	return (true);
}

static bool
nic_address(struct nic *nc, char *why, size_t size)
{
	char mac[ETHER_STRLEN];

	if (nc->nc_ready)
		return (true);
	if (tap_set_mac(nc->nc_ifname, nc->nc_mac) == -1)
		snprintf(why, size, "address %s cannot be given to %s: %s",
		    ether_format(nc->nc_mac, mac), nc->nc_ifname,
		    strerror(errno));
	else if (tap_set_mtu(nc->nc_ifname, nc->nc_mtu) == -1)
		snprintf(why, size, "MTU %u cannot be given to %s: %s",
		    nc->nc_mtu, nc->nc_ifname, strerror(errno));
	else
		nc->nc_ready = true;
	return (nc->nc_ready);
}

/* The rules stand before the first frame can come in. */
static bool
nic_guard(struct nic *nc, const struct msg_net *mn, char *why, size_t size)
{
	char err[200];

	if (guard_set(nc->nc_ifname, mn->mn_gateways, mn->mn_ngateways, err,
		sizeof(err)) == -1) {
		snprintf(why, size,
		    "the box's own addresses are not guarded "
		    "against the far side: %s",
		    err);
		return (false);
	}
	nc->nc_guarded = true;
	return (true);
}

static bool
nic_join(struct nic *nc, char *why, size_t size)
{
	char bridge[IF_NAMESIZE] = "";

	if (nc->nc_bridge[0] == '\0')
		return (true);
	if (!nc->nc_guarded && !nic_guard(nc, &nc->nc_net, why, size))
		return (false);
	if (bridge_of(nc->nc_ifname, bridge) == 0 &&
	    strcmp(bridge, nc->nc_bridge) == 0)
		return (true);
	if (!bridge_exists(nc->nc_bridge)) {
		snprintf(why, size,
		    "waiting for bridge %s, which does not "
		    "exist",
		    nc->nc_bridge);
		return (false);
	}
	quiet_port(nc->nc_ifname);
	if (bridge_add(nc->nc_bridge, nc->nc_ifname) == -1) {
		snprintf(why, size, "%s cannot join bridge %s: %s",
		    nc->nc_ifname, nc->nc_bridge, strerror(errno));
		return (false);
	}
	log_info("vnic %s: %s joined bridge %s", nc->nc_name, nc->nc_ifname,
	    nc->nc_bridge);
	return (true);
}

static bool
nic_up(struct nic *nc, char *why, size_t size)
{
	if (tap_set_up(nc->nc_ifname, 1) == 0)
		return (true);
	snprintf(why, size, "%s cannot be brought up: %s", nc->nc_ifname,
	    strerror(errno));
	return (false);
}

bool
nics_settle(void)
{
	char why[VNIC_ERROR_MAX];
	bool settled = true;
	struct nic *nc;

	TAILQ_FOREACH(nc, &nics, nc_entry) {
		why[0] = '\0';
		if (!nic_open(nc, why, sizeof(why)) ||
		    !nic_address(nc, why, sizeof(why)) ||
		    !nic_join(nc, why, sizeof(why)) ||
		    !nic_up(nc, why, sizeof(why)))
			settled = false;
		nic_problem(nc, why);
	}
	return (settled);
}

/* The gateways behind the NIC's bridge: the box's own routers there. */
static void
look_gateways(struct msg_net *mn, const struct route_gateway *rg, int n)
{
	struct stay_gateway *sg;
	int i;

	for (i = 0; i < n && mn->mn_ngateways < STAY_GATEWAYS; i++) {
		if (strcmp(rg[i].rg_ifname, mn->mn_bridge) != 0)
			continue;
		sg = &mn->mn_gateways[mn->mn_ngateways++];
		sg->sg_family = rg[i].rg_family == AF_INET6 ? 6 : 4;
		memcpy(sg->sg_addr, rg[i].rg_addr, sg->sg_family == 6 ? 16 : 4);
	}
}

static void
nic_look(struct nic *nc, const struct route_gateway *rg, int n,
    struct msg_net *mn)
{
	memset(mn, 0, sizeof(*mn));
	strlcpy(mn->mn_name, nc->nc_name, sizeof(mn->mn_name));
	memcpy(mn->mn_problem, nc->nc_net.mn_problem, sizeof(mn->mn_problem));
	mn->mn_bridged = nc->nc_bridge[0] != '\0';
	if (!mn->mn_bridged || nc->nc_fd == -1)
		return;
	if (bridge_of(nc->nc_ifname, mn->mn_bridge) == -1 ||
	    mn->mn_bridge[0] == '\0')
		return;
	mn->mn_has_mac = if_get_mac(mn->mn_bridge, mn->mn_mac) == 0;
	look_gateways(mn, rg, n);
}

static bool
gateways_differ(const struct msg_net *a, const struct msg_net *b)
{
	return (a->mn_ngateways != b->mn_ngateways ||
	    memcmp(a->mn_gateways, b->mn_gateways, sizeof(a->mn_gateways)) !=
		0);
}

void
nics_look(void (*tell)(const struct msg_net *))
{
	struct route_gateway rg[NIC_ROUTES];
	char why[VNIC_ERROR_MAX];
	struct msg_net mn;
	struct nic *nc;
	int n;

	if ((n = route_gateways(rg, NIC_ROUTES)) == -1) {
		log_warn("routes cannot be read");
		return;
	}
	TAILQ_FOREACH(nc, &nics, nc_entry) {
		nic_look(nc, rg, n, &mn);
		if (nc->nc_guarded && gateways_differ(&mn, &nc->nc_net) &&
		    !nic_guard(nc, &mn, why, sizeof(why)))
			log_warnx("vnic %s: %s", nc->nc_name, why);
		/* NOLINTNEXTLINE(bugprone-*): nic_look() cleared all */
		if (memcmp(&mn, &nc->nc_net, sizeof(mn)) == 0)
			continue;
		nc->nc_net = mn;
		tell(&mn);
	}
}

static bool
if_running(const char *ifname)
{
	struct ifreq ifr = { .ifr_flags = 0 };
	bool running;
	int s;

	strlcpy(ifr.ifr_name, ifname, sizeof(ifr.ifr_name));
	if ((s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		return (true);
	running =
	    ioctl(s, SIOCGIFFLAGS, &ifr) == 0 && (ifr.ifr_flags & IFF_RUNNING);
	close(s);
	return (running);
}

/* The tunnel never leaves through a virtual NIC, or it would feed itself. */
static void
find_uplink(const struct nic *asking, const struct ask *ak, struct answer *an)
{
	const char *except[64];
	struct nic *nc;
	size_t n = 0;

	memset(an, 0, sizeof(*an));
	if (asking->nc_uplink[0] != '\0') {
		strlcpy(an->an_ifname, asking->nc_uplink, IF_NAMESIZE);
		return;
	}
	TAILQ_FOREACH(nc, &nics, nc_entry)
		if (n < sizeof(except) / sizeof(except[0]) - 1)
			except[n++] = nc->nc_ifname;
	except[n] = NULL;
	if (route_lookup((const struct sockaddr *)&ak->ak_to, except,
		an->an_ifname) == -1)
		an->an_error = errno;
}

/*
 * The own address that the kernel takes for that way; none if there is no
 * way.  A datagram socket that is connected sends nothing.
 */
static void
find_source(const struct ask *ak, const struct answer *an,
    struct sockaddr_storage *source)
{
	const struct sockaddr *to = (const struct sockaddr *)&ak->ak_to;
	socklen_t len = sizeof(*source);
	int s;

	memset(source, 0, sizeof(*source));
	if (an->an_error != 0 ||
	    (s = socket(to->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		return;
	if ((an->an_ifname[0] != '\0' &&
		setsockopt(s, SOL_SOCKET, SO_BINDTODEVICE, an->an_ifname,
		    (socklen_t)strlen(an->an_ifname)) == -1) ||
	    connect(s, to, sizeof(ak->ak_to)) == -1 ||
	    getsockname(s, (struct sockaddr *)source, &len) == -1)
		memset(source, 0, sizeof(*source));
	close(s);
	if (source->ss_family == AF_INET6)
		((struct sockaddr_in6 *)source)->sin6_port = 0;
	else
		((struct sockaddr_in *)source)->sin_port = 0;
}

void
nics_answer(const struct ask *ak, struct answer *an)
{
	struct nic *nc;

	if ((nc = nic_find(ak->ak_name)) == NULL) {
		*an = (struct answer){ .an_error = ENOENT };
		return;
	}
	find_uplink(nc, ak, an);
	nc->nc_ask = *ak;
	nc->nc_answer = *an;
	find_source(ak, an, &nc->nc_source);
	nc->nc_up = an->an_error == 0 && if_running(an->an_ifname);
}

bool
nics_uplinks_changed(void)
{
	bool changed = false, up;
	struct sockaddr_storage source;
	struct answer an;
	struct nic *nc;

	TAILQ_FOREACH(nc, &nics, nc_entry) {
		if (nc->nc_ask.ak_name[0] == '\0')
			continue;
		find_uplink(nc, &nc->nc_ask, &an);
		up = an.an_error == 0 && if_running(an.an_ifname);
		/* only what may help: another way, or one that came back */
		find_source(&nc->nc_ask, &an, &source);
		if (memcmp(&an, &nc->nc_answer, sizeof(an)) != 0 ||
		    memcmp(&source, &nc->nc_source, sizeof(source)) != 0 ||
		    (up && !nc->nc_up))
			changed = true;
		nc->nc_source = source;
		nc->nc_answer = an;
		nc->nc_up = up;
	}
	return (changed);
}

void
nics_close(void)
{
	struct nic *nc;

	while ((nc = TAILQ_FIRST(&nics)) != NULL)
		nic_free(nc);
}
