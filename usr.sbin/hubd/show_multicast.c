/* SPDX-License-Identifier: ISC */
/*
 * show_multicast: groups of multicast and the ports that they go to.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "kern/clock.h"
#include "kern/ctl.h"
#include "net/mcast.h"

#include "show.h"

/* A membership and whose it is, copied under the lock. */
struct row {
	struct mcast_member ro_member;
	uint64_t ro_port;
	char ro_name[PORT_NAME_LEN];
};

struct rows {
	const struct hub *rs_hub;
	struct row *rs_row;
	size_t rs_n;
};

static void
copy(const struct mcast_member *mm, void *arg)
{
	struct rows *rs = arg;
	struct row *ro = &rs->rs_row[rs->rs_n++];
	const struct hub_slot *hs = &rs->rs_hub->h_slots[mm->mm_port - 1];

	ro->ro_member = *mm;
	ro->ro_port = hs->hs_port;
	memcpy(ro->ro_name, hs->hs_name, PORT_NAME_LEN);
}

/* False where the hub does not snoop; without memory there are no rows. */
static bool
gather_rows(struct hub *h, struct rows *rs)
{
	bool snoops;

	memset(rs, 0, sizeof(*rs));
	rs->rs_hub = h;
	pthread_mutex_lock(&h->h_mutex);
	if ((snoops = h->h_mcast != NULL)) {
		rs->rs_row =
		    calloc(mcast_count(h->h_mcast) + 1, sizeof(*rs->rs_row));
		if (rs->rs_row != NULL)
			mcast_each(h->h_mcast, copy, rs);
	}
	pthread_mutex_unlock(&h->h_mutex);
	return (snoops);
}

static void
show_row(struct ctl_client *c, const struct row *ro, const char *hub,
    uint64_t now)
{
	const struct mcast_key *mk = &ro->ro_member.mm_key;
	static const uint8_t none[IGMP_ADDR_LEN];
	uint64_t until = ro->ro_member.mm_until;
	char group[INET6_ADDRSTRLEN];

	inet_ntop(mk->mk_family == 4 ? AF_INET : AF_INET6, mk->mk_addr, group,
	    sizeof(group));
	if (memcmp(mk->mk_addr, none, sizeof(none)) == 0)
		strlcpy(group, mk->mk_family == 4 ? "routers" : "routers6",
		    sizeof(group));
	ctl_object(c);
	ctl_string(c, "hub", hub);
	ctl_string(c, "group", group);
	ctl_number(c, "vlan", mk->mk_vid);
	ctl_number(c, "session", ro->ro_port);
	ctl_string(c, "port", ro->ro_name);
	ctl_number(c, "left", until > now ? (until - now) / 1000 : 0);
	ctl_object_end(c);
}

void
show_multicast(struct ctl_client *c, const char *name)
{
	uint64_t now = clock_ms();
	struct rows rs;
	struct hub *h;
	size_t i;

	(void)name;
	LIST_FOREACH(h, &data.dt_hubs, h_entry) {
		if (!gather_rows(h, &rs))
			continue;
		for (i = 0; i < rs.rs_n; i++)
			show_row(c, &rs.rs_row[i], h->h_name, now);
		free(rs.rs_row);
	}
	ctl_ok(c);
}
