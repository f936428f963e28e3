/* SPDX-License-Identifier: ISC */
/*
 * hub_loop: probes out of every port, and what to do when one comes back.
 * Of two ports that a loop joins the younger (higher number) is blocked; a
 * port that hears its own probe is blocked itself.  A blocked port carries
 * probes only, and is blocked until none has come back for loop-block.  At
 * both changes the hub forgets its addresses: many are elsewhere now.
 */
#include <stdlib.h>
#include <string.h>

#include "kern/log.h"
#include "net/loop.h"

#include "data.h"

/* Another worker's port is to be blocked. */
struct block_job {
	struct job bl_job;
	uint64_t bl_port;
	uint64_t bl_now;
	char bl_other[PORT_NAME_LEN];
};

/* Probes pass a block, so they don't go through port_send(). */
static void
send_probe(struct port *pt, uint64_t now)
{
	struct frame *f = frame_alloc(LOOP_FRAME_LEN);
	uint64_t blocked = pt->pt_blocked;

	if (f == NULL)
		return;
	loop_build(f->f_data, pt->pt_hub->h_probe_key, pt->pt_hub->h_probe_id,
	    pt->pt_number, now);
	pt->pt_blocked = 0;
	port_send(pt, f);
	pt->pt_blocked = blocked;
}

/* When it is to be looked at again. */
static uint64_t
port_next(const struct port *pt, unsigned int every)
{
	uint64_t next = every == 0 ? UINT64_MAX : pt->pt_probe_at;

	return (pt->pt_blocked != 0 && pt->pt_blocked < next ? pt->pt_blocked :
							       next);
}

static uint64_t
port_tick(struct port *pt, uint64_t now)
{
	unsigned int every = atomic_load(&pt->pt_hub->h_probe_ms);

	if (pt->pt_blocked != 0 && now >= pt->pt_blocked) {
		pt->pt_blocked = 0;
		hub_flush(pt->pt_hub);
		log_info("hub %s: %s: no loop any more", pt->pt_hub->h_name,
		    pt->pt_name);
	}
	if (every != 0 && now >= pt->pt_probe_at) {
		pt->pt_probe_at = now + every;
		send_probe(pt, now);
	}
	return (port_next(pt, every));
}

uint64_t
loop_tick(struct worker *w, uint64_t now)
{
	uint64_t next = UINT64_MAX, at;
	struct port *pt;
	int i;

	for (i = 0; i < TABLE_SIZE; i++)
		LIST_FOREACH(pt, &w->w_ports[i], pt_entry) {
			if ((at = port_tick(pt, now)) < next)
				next = at;
			police_tick(pt, now);
		}
	return (next);
}

static void
block(struct port *pt, const char *other, uint64_t now)
{
	if (pt->pt_blocked == 0) {
		log_warnx("hub %s: loop between %s and %s: %s is blocked",
		    pt->pt_hub->h_name, other, pt->pt_name, pt->pt_name);
		pt->pt_stats.ps_loops++;
		hub_flush(pt->pt_hub);
	}
	pt->pt_blocked = now + atomic_load(&pt->pt_hub->h_block_ms);
}

static void
on_block(struct worker *w, struct job *j)
{
	struct block_job *bl = (struct block_job *)j;
	struct port *pt = port_find(w, bl->bl_port);

	if (pt != NULL)
		block(pt, bl->bl_other, bl->bl_now);
	free(bl);
}

static void
block_other(struct port *pt, uint64_t number, unsigned int worker, uint64_t now)
{
	struct block_job *bl = calloc(1, sizeof(*bl));

	if (bl == NULL)
		return;		/* the next probe will do it */
	bl->bl_job.j_run = on_block;
	bl->bl_port = number;
	bl->bl_now = now;
	strlcpy(bl->bl_other, pt->pt_name, sizeof(bl->bl_other));
	worker_post(&data.dt_worker[worker], &bl->bl_job);
}

/* The probe that left by port `number` has come in by pt. */
static void
found(struct port *pt, uint64_t number, uint64_t now)
{
	char name[PORT_NAME_LEN];
	unsigned int worker;

	if (!hub_port_name(pt->pt_hub, number, name, &worker))
		return;
	if (number <= pt->pt_number)
		block(pt, number == pt->pt_number ? "itself" : name, now);
	else
		block_other(pt, number, worker, now);
}

bool
loop_input(struct port *pt, struct frame *f, uint64_t now)
{
	uint64_t number;

	switch (loop_check(f->f_data, f->f_len, pt->pt_hub->h_probe_key,
	    pt->pt_hub->h_probe_id, now, &number)) {
	case LOOP_NONE:
		return (false);
	case LOOP_FOUND:
		found(pt, number, now);
		break;
	case LOOP_STALE:
		break;
	}
	pt->pt_stats.ps_rx[RX_PROBE]++;
	frame_free(f);
	return (true);
}
