/* SPDX-License-Identifier: ISC */
/*
 * ways: `transport auto` of a virtual NIC: its links find their way by
 * themselves (transport/auto.h), the NIC remembers what was found.
 */
#include <string.h>

#include "kern/conf.h"
#include "kern/log.h"
#include "transport/auto.h"
#include "vnic.h"

bool
ways_on(const struct vnic *vn)
{
	return (strcmp(conf_str(vn->vn_conf, "transport"), "auto") == 0);
}

/* auto_done */
static void
ways_done(int fd, const struct auto_way *way, const char *error, void *arg)
{
	struct link *lk = arg;

	lk->lk_auto = NULL;
	if (fd >= 0) {
		strlcpy(lk->lk_way, way->aw_name, sizeof(lk->lk_way));
		strlcpy(lk->lk_vnic->vn_way, way->aw_name,
		    sizeof(lk->lk_vnic->vn_way));
		strlcpy(lk->lk_to.pl_host, way->aw_host,
		    sizeof(lk->lk_to.pl_host));
	}
	link_connected(fd, error, lk);
}

const char *
ways_wpad(const struct vnic *vn)
{
	const char *url = conf_str(vn->vn_conf, "wpad");

	return (url != NULL ? url : resolver_wpad());
}

/* Further connections of a session go where the first one went. */
int
ways_start(struct link *lk, const struct transport_request *tr,
    const struct conf *const *proxies, unsigned int n)
{
	struct vnic *vn = lk->lk_vnic;
	const struct auto_request ar = {
		.ar_tr = *tr,
		.ar_proxies = proxies,
		.ar_nproxies = n,
		.ar_wpad = ways_wpad(vn),
		.ar_done = ways_done,
		.ar_arg = lk,
	};
	bool join =
	    lk->lk_kind == HTTP_SESSION_JOIN && vn->vn_ways.am_best[0] != '\0';

	strlcpy(lk->lk_way, "auto", sizeof(lk->lk_way));
	lk->lk_auto =
	    auto_start(&ar, &vn->vn_ways, join ? vn->vn_ways.am_best : NULL);
	return (lk->lk_auto == NULL ? -1 : 0);
}

void
ways_opened(struct link *lk)
{
	struct auto_memory *am = &lk->lk_vnic->vn_ways;

	if (!ways_on(lk->lk_vnic))
		return;
	if (strcmp(am->am_best, lk->lk_way) != 0)
		log_info("vnic %s: found a way: %s", lk->lk_vnic->vn_name,
		    lk->lk_way);
	auto_worked(am, lk->lk_way);
}

void
ways_failed(struct link *lk, const char *reason, int status)
{
	if (ways_on(lk->lk_vnic) && lk->lk_conn != NULL && !lk->lk_open &&
	    status == 0)
		auto_false(&lk->lk_vnic->vn_ways, lk->lk_way, reason);
}
