/* SPDX-License-Identifier: ISC */
/*
 * hub: the hubs, made and changed as the settings say, and their slots.
 */
#include <openssl/rand.h>

#include <stdlib.h>
#include <string.h>

#include "kern/clock.h"
#include "kern/conf.h"
#include "kern/log.h"
#include "net/binding.h"

#include "access.h"
#include "data.h"
#include "packet_log.h"

enum {
	SLOTS_MAX = 65535,
	MOVES_LOGGED = 5,
	BINDING_AGE = 30 * 60 * 1000	/* ms: hosts ask by ARP sooner */
};

static uint32_t last_id;

const struct conf *
hub_conf(const char *name)
{
	return (conf_block(data.dt_conf, "hub", name));
}

static unsigned int
setting(const struct conf *cf, const char *key)
{
	return ((unsigned int)conf_int(cf, key));
}

static void
set_storm(struct hub *h, const struct conf *cf, enum storm kind,
    const char *key)
{
	atomic_store(&h->h_storm_rate[kind],
	    setting(cf, conf_has(cf, key) ? key : "storm-broadcast"));
}

static bool
asks_owner(const struct conf *cf)
{
	return (strcmp(conf_str(cf, "neighbour-requests"), "owner") == 0);
}

/* What a running hub takes over from its settings. */
static void
hub_set(struct hub *h, const struct conf *cf)
{
	atomic_store(&h->h_probe_ms, setting(cf, "loop-probe"));
	atomic_store(&h->h_block_ms, setting(cf, "loop-block"));
	atomic_store(&h->h_bpdu, strcmp(conf_str(cf, "bpdu"), "pass") == 0);
	set_storm(h, cf, STORM_BROADCAST, "storm-broadcast");
	set_storm(h, cf, STORM_MULTICAST, "storm-multicast");
	set_storm(h, cf, STORM_UNKNOWN, "storm-unknown");
	atomic_store(&h->h_storm_burst, setting(cf, "storm-burst"));
	atomic_store(&h->h_fdb_session, setting(cf, "fdb-max-session"));
	atomic_store(&h->h_max_mss, setting(cf, "max-mss"));
	atomic_store(&h->h_ask_owner, asks_owner(cf));
}

static struct hub *
hub_new(const char *name, const struct conf *cf)
{
	struct hub *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return (NULL);
	strlcpy(h->h_name, name, sizeof(h->h_name));
	h->h_id = ++last_id;
	atomic_init(&h->h_refs, 1);
	h->h_fdb =
	    fdb_new(setting(cf, "fdb-max"), (uint64_t)conf_int(cf, "fdb-age"));
	if (h->h_fdb == NULL || RAND_bytes(h->h_probe_key, LOOP_KEY_LEN) != 1 ||
	    RAND_bytes(h->h_probe_id, LOOP_ID_LEN) != 1) {
		fdb_free(h->h_fdb);
		free(h);
		return (NULL);
	}
	pthread_mutex_init(&h->h_mutex, NULL);
	bucket_init(&h->h_move_log, 1, MOVES_LOGGED, clock_ms());
	LIST_INSERT_HEAD(&data.dt_hubs, h, h_entry);
	log_info("hub %s", name);
	return (h);
}

struct hub *
hub_ref(struct hub *h)
{
	atomic_fetch_add(&h->h_refs, 1);
	return (h);
}

void
hub_unref(struct hub *h)
{
	if (atomic_fetch_sub(&h->h_refs, 1) != 1)
		return;
	fdb_free(h->h_fdb);
	bindings_free(h->h_bindings);
	mcast_free(h->h_mcast);
	free(h->h_slots);
	pthread_mutex_destroy(&h->h_mutex);
	explicit_bzero(h->h_probe_key, sizeof(h->h_probe_key));
	free(h);
}

struct hub *
hub_find(const char *name)
{
	struct hub *h;

	LIST_FOREACH(h, &data.dt_hubs, h_entry)
		if (strcmp(h->h_name, name) == 0)
			return (h);
	return (NULL);
}

/* From now on the hub knows who has which IP address. */
static void
hub_bind(struct hub *h, const struct conf *cf)
{
	if (h->h_bindings != NULL || !(policies_bind(cf) || asks_owner(cf)))
		return;
	h->h_bindings = bindings_new(setting(cf, "fdb-max"), BINDING_AGE);
	if (h->h_bindings == NULL)
		fatal("hub %s", h->h_name);
}

static void
hub_update(const struct conf *cf)
{
	struct hub *h = hub_find(conf_name(cf));

	if (h == NULL && (h = hub_new(conf_name(cf), cf)) == NULL) {
		log_warnx("hub %s: out of memory", conf_name(cf));
		return;
	}
	h->h_wanted = true;
	hub_set(h, cf);
	h->h_access = access_make(cf, h->h_access);
	pthread_mutex_lock(&h->h_mutex);
	fdb_limits(h->h_fdb, setting(cf, "fdb-max"),
	    (uint64_t)conf_int(cf, "fdb-age"));
	pthread_mutex_unlock(&h->h_mutex);
	hub_bind(h, cf);
	multicast_set(h, cf);
	packet_log_set(h, cf);
}

void
hubs_update(void)
{
	const struct conf *cf = NULL;
	struct hub *h, *next;

	LIST_FOREACH(h, &data.dt_hubs, h_entry)
		h->h_wanted = false;
	while ((cf = conf_next(data.dt_conf, "hub", cf)) != NULL)
		hub_update(cf);
	LIST_FOREACH_SAFE(h, &data.dt_hubs, h_entry, next)
		if (!h->h_wanted) {
			log_info("hub %s is gone", h->h_name);
			packet_log_set(h, NULL);
			LIST_REMOVE(h, h_entry);
			access_unref(h->h_access);
			h->h_access = NULL;
			hub_unref(h);
		}
}

void
hubs_age(void)
{
	struct hub *h;

	LIST_FOREACH(h, &data.dt_hubs, h_entry) {
		pthread_mutex_lock(&h->h_mutex);
		fdb_age(h->h_fdb, clock_ms());
		if (h->h_bindings != NULL)
			bindings_age(h->h_bindings, clock_ms());
		pthread_mutex_unlock(&h->h_mutex);
		multicast_tick(h, clock_ms());
		packet_log_tick(h);
	}
}

void
hub_send(struct hub *h, struct frame *f)
{
	const struct delivery dl = { .dl_frame = f, .dl_hub = h->h_id };
	struct worker *w = worker_self();
	unsigned int i;

	pthread_mutex_lock(&h->h_mutex);
	for (i = 0; i < data.dt_nworkers; i++)
		if (h->h_on_worker[i] > 0)
			(void)deliveries_add(&w->w_out[i], &dl);
	pthread_mutex_unlock(&h->h_mutex);
	frame_free(f);
	worker_deliver(w);
}

/* A free slot's index, making more if need be; -1 when full. */
static int
slot_free(struct hub *h)
{
	struct hub_slot *slots;
	uint32_t i, n;

	for (i = 0; h->h_ports < h->h_nslots && i < h->h_nslots; i++)
		if (h->h_slots[i].hs_port == 0)
			return ((int)i);
	n = h->h_nslots == 0 ? 16 : h->h_nslots * 2;
	if (h->h_nslots >= SLOTS_MAX ||
	    (slots = reallocarray(h->h_slots, n, sizeof(*slots))) == NULL)
		return (-1);
	memset(slots + h->h_nslots, 0, (n - h->h_nslots) * sizeof(*slots));
	i = h->h_nslots;
	h->h_slots = slots;
	h->h_nslots = n;
	return ((int)i);
}

uint32_t
hub_join(struct hub *h, uint64_t port, unsigned int worker, const char *name)
{
	struct hub_slot *hs;
	int i;

	pthread_mutex_lock(&h->h_mutex);
	if ((i = slot_free(h)) != -1) {
		hs = &h->h_slots[i];
		hs->hs_port = port;
		hs->hs_worker = worker;
		strlcpy(hs->hs_name, name, sizeof(hs->hs_name));
		h->h_on_worker[worker]++;
		h->h_ports++;
		if (h->h_mcast != NULL)
			mcast_port_up(h->h_mcast, (uint32_t)i + 1, clock_ms());
	}
	pthread_mutex_unlock(&h->h_mutex);
	return ((uint32_t)(i + 1));
}

void
hub_leave(struct hub *h, uint32_t slot)
{
	struct hub_slot *hs;

	pthread_mutex_lock(&h->h_mutex);
	hs = &h->h_slots[slot - 1];
	fdb_flush_port(h->h_fdb, slot);
	if (h->h_bindings != NULL)
		bindings_flush_port(h->h_bindings, slot);
	if (h->h_mcast != NULL)
		mcast_port_down(h->h_mcast, slot);
	h->h_on_worker[hs->hs_worker]--;
	h->h_ports--;
	memset(hs, 0, sizeof(*hs));
	pthread_mutex_unlock(&h->h_mutex);
}

void
hub_flush(struct hub *h)
{
	uint32_t slot;

	pthread_mutex_lock(&h->h_mutex);
	for (slot = 1; slot <= h->h_nslots; slot++)
		if (h->h_slots[slot - 1].hs_port != 0)
			fdb_flush_port(h->h_fdb, slot);
	if (h->h_mcast != NULL)
		mcast_all_up(h->h_mcast, clock_ms());
	pthread_mutex_unlock(&h->h_mutex);
}

bool
hub_port_name(struct hub *h, uint64_t port, char *name, unsigned int *worker)
{
	const struct hub_slot *hs;
	bool found = false;
	uint32_t i;

	pthread_mutex_lock(&h->h_mutex);
	for (i = 0; i < h->h_nslots && !found; i++) {
		hs = &h->h_slots[i];
		if (port == 0 || hs->hs_port != port)
			continue;
		strlcpy(name, hs->hs_name, PORT_NAME_LEN);
		*worker = hs->hs_worker;
		found = true;
	}
	pthread_mutex_unlock(&h->h_mutex);
	return (found);
}
