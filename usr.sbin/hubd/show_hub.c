/* SPDX-License-Identifier: ISC */
/*
 * show_hub: hubs, and the addresses that they know.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "kern/clock.h"
#include "kern/ctl.h"
#include "net/binding.h"

#include "access.h"
#include "show.h"

enum { FDB_CHUNK = 256 };

void
show_hubs(struct ctl_client *c, const char *name)
{
	struct mcast_stats mt;
	struct fdb_stats fs;
	struct hub *h;
	size_t known, members;
	uint32_t ports;

	(void)name;
	LIST_FOREACH(h, &data.dt_hubs, h_entry) {
		pthread_mutex_lock(&h->h_mutex);
		known = fdb_count(h->h_fdb);
		fs = *fdb_stats(h->h_fdb);
		ports = h->h_ports;
		members = multicast_count(h, &mt);
		pthread_mutex_unlock(&h->h_mutex);
		ctl_object(c);
		ctl_string(c, "hub", h->h_name);
		ctl_number(c, "ports", ports);
		ctl_number(c, "addresses", known);
		ctl_number(c, "learned", fs.fs_learned);
		ctl_number(c, "moved", fs.fs_moved);
		ctl_number(c, "aged", fs.fs_aged);
		ctl_number(c, "full", fs.fs_full);
		ctl_number(c, "memberships", members);
		ctl_number(c, "memberships-full", mt.mt_full);
		ctl_number(c, "queries", mt.mt_queries);
		ctl_object_end(c);
	}
	ctl_ok(c);
}

/* An address and whose it is; the names were copied under the lock. */
struct fdb_row {
	struct fdb_entry fr_entry;
	uint64_t fr_port;
	char fr_name[PORT_NAME_LEN];
};

static size_t
fdb_rows(struct hub *h, size_t *cursor, struct fdb_row *rows, uint64_t now)
{
	struct fdb_entry fe[FDB_CHUNK];
	const struct hub_slot *hs;
	size_t i, n;

	pthread_mutex_lock(&h->h_mutex);
	n = fdb_walk(h->h_fdb, now, cursor, fe, FDB_CHUNK);
	for (i = 0; i < n; i++) {
		rows[i].fr_entry = fe[i];
		if (fe[i].fe_port == 0 || fe[i].fe_port > h->h_nslots)
			continue;
		hs = &h->h_slots[fe[i].fe_port - 1];
		rows[i].fr_port = hs->hs_port;
		memcpy(rows[i].fr_name, hs->hs_name, PORT_NAME_LEN);
	}
	pthread_mutex_unlock(&h->h_mutex);
	return (n);
}

static void
show_fdb_row(struct ctl_client *c, const struct hub *h,
    const struct fdb_row *fr, uint64_t now)
{
	const struct fdb_entry *fe = &fr->fr_entry;
	char mac[ETHER_STRLEN];

	ctl_object(c);
	ctl_string(c, "hub", h->h_name);
	ctl_string(c, "address", ether_format(fe->fe_mac, mac));
	ctl_number(c, "vlan", fe->fe_vid);
	ctl_number(c, "session", fr->fr_port);
	ctl_string(c, "port", fr->fr_name);
	ctl_number(c, "age",
	    now > fe->fe_seen ? (now - fe->fe_seen) / 1000 : 0);
	ctl_object_end(c);
}

static void
show_hub_fdb(struct ctl_client *c, struct hub *h)
{
	static struct fdb_row rows[FDB_CHUNK];
	uint64_t now = clock_ms();
	size_t cursor = 0, i, n;

	do {
		memset(rows, 0, sizeof(rows));
		n = fdb_rows(h, &cursor, rows, now);
		for (i = 0; i < n; i++)
			show_fdb_row(c, h, &rows[i], now);
	} while (cursor != 0);
}

/* Of all hubs, or of one by its name. */
static void
each_hub(struct ctl_client *c, const char *name,
    void (*show_one)(struct ctl_client *, struct hub *))
{
	struct hub *h;

	if (name != NULL && hub_find(name) == NULL) {
		ctl_error(c, "no hub is called %s", name);
		return;
	}
	LIST_FOREACH(h, &data.dt_hubs, h_entry)
		if (name == NULL || strcmp(h->h_name, name) == 0)
			show_one(c, h);
	ctl_ok(c);
}

void
show_fdb(struct ctl_client *c, const char *name)
{
	each_hub(c, name, show_hub_fdb);
}

/* A binding and whose it is, copied under the lock. */
struct binding_row {
	struct binding br_binding;
	uint64_t br_port;
	char br_name[PORT_NAME_LEN];
};

static void
show_binding_row(struct ctl_client *c, const struct hub *h,
    const struct binding_row *br, uint64_t now)
{
	const struct binding *bi = &br->br_binding;
	char mac[ETHER_STRLEN], addr[INET6_ADDRSTRLEN];

	inet_ntop(bi->bi_key.bk_family == 4 ? AF_INET : AF_INET6,
	    bi->bi_key.bk_addr, addr, sizeof(addr));
	ctl_object(c);
	ctl_string(c, "hub", h->h_name);
	ctl_string(c, "ip", addr);
	ctl_string(c, "address", ether_format(bi->bi_mac, mac));
	ctl_number(c, "vlan", bi->bi_key.bk_vid);
	ctl_number(c, "session", br->br_port);
	ctl_string(c, "port", br->br_name);
	ctl_bool(c, "leased", bi->bi_lease != 0);
	ctl_number(c, "age",
	    now > bi->bi_seen ? (now - bi->bi_seen) / 1000 : 0);
	ctl_object_end(c);
}

/* All of a hub, *n of them; NULL when there are none, or without memory. */
static struct binding_row *
binding_rows(struct hub *h, size_t *n)
{
	const struct binding *bi = NULL;
	const struct hub_slot *hs;
	struct binding_row *rows;

	*n = 0;
	pthread_mutex_lock(&h->h_mutex);
	rows = calloc(bindings_total(h->h_bindings) + 1, sizeof(*rows));
	while (rows != NULL &&
	    (bi = bindings_next(h->h_bindings, bi)) != NULL) {
		rows[*n].br_binding = *bi;
		hs = &h->h_slots[bi->bi_port - 1];
		rows[*n].br_port = hs->hs_port;
		memcpy(rows[(*n)++].br_name, hs->hs_name, PORT_NAME_LEN);
	}
	pthread_mutex_unlock(&h->h_mutex);
	return (rows);
}

/* Who has which IP address, as far as the hub keeps it. */
static void
show_hub_bindings(struct ctl_client *c, struct hub *h)
{
	struct binding_row *rows;
	uint64_t now = clock_ms();
	size_t i, n;

	if (h->h_bindings == NULL)
		return;
	rows = binding_rows(h, &n);
	for (i = 0; i < n; i++)
		show_binding_row(c, h, &rows[i], now);
	free(rows);
}

void
show_bindings(struct ctl_client *c, const char *name)
{
	each_hub(c, name, show_hub_bindings);
}

/* The access list, in the order in which its rules are asked. */
static void
show_hub_rules(struct ctl_client *c, struct hub *h)
{
	struct access_row aw;
	size_t i;

	for (i = 0; access_row(h->h_access, i, &aw); i++) {
		ctl_object(c);
		ctl_string(c, "hub", h->h_name);
		ctl_string(c, "rule", aw.aw_name);
		ctl_number(c, "order", aw.aw_order);
		ctl_string(c, "action", aw.aw_drop ? "drop" : "pass");
		ctl_string(c, "direction", aw.aw_direction);
		ctl_number(c, "frames", aw.aw_frames);
		ctl_number(c, "bytes", aw.aw_bytes);
		ctl_object_end(c);
	}
}

void
show_rules(struct ctl_client *c, const char *name)
{
	each_hub(c, name, show_hub_rules);
}
