/* SPDX-License-Identifier: ISC */
/*
 * account: what sessions do, told to the auth process for RADIUS accounting,
 * when they begin and end and in between.  The figures are the port's, so a
 * record goes to its worker and comes back before it is sent.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kern/clock.h"
#include "kern/conf.h"
#include "kern/ipc.h"

#include "control.h"

enum { INTERVAL_LEAST = 60 };		/* s, whatever a server asks for */

struct account_job {
	struct job aj_job;
	uint64_t aj_port;
	struct account aj_msg;
};

static bool
wanted(const struct session *se)
{
	const struct conf *hub = hub_conf(se->se_hub);

	return (!se->se_local && hub != NULL && conf_bool(hub, "accounting"));
}

/* Back on the control thread, with the port's figures. */
static void
on_filled(struct worker *w, struct job *j)
{
	struct account_job *aj = (struct account_job *)j;

	(void)w;
	if (data.dt_auth != NULL)
		(void)ipc_send(data.dt_auth, MSG_ACCOUNT, 0, -1, &aj->aj_msg,
		    sizeof(aj->aj_msg));
	free(aj);
}

/* The port's worker; a port that never was leaves them 0. */
static void
on_fill(struct worker *w, struct job *j)
{
	struct account_job *aj = (struct account_job *)j;
	struct account *ac = &aj->aj_msg;
	struct port *pt = port_find(w, aj->aj_port);
	struct port_stats ps;
	struct encap_stats es;

	if (pt != NULL) {
		port_totals(pt, &ps, &es);
		ac->ac_in_octets = ps.ps_rx_bytes;
		ac->ac_in_frames = ps.ps_rx_frames;
		ac->ac_out_octets = ps.ps_tx_bytes;
		ac->ac_out_frames = ps.ps_tx_frames;
	}
	aj->aj_job.j_run = on_filled;
	worker_post(&data.dt_worker[0], &aj->aj_job);
}

static void
account(const struct session *se, enum account_kind kind)
{
	struct account_job *aj = calloc(1, sizeof(*aj));
	struct account *ac;

	if (aj == NULL)
		return;
	ac = &aj->aj_msg;
	ac->ac_kind = kind;
	ac->ac_cause = se->se_cause;
	ac->ac_seconds = (uint32_t)((clock_ms() - se->se_since) / 1000);
	ac->ac_at = clock_unix();
	ac->ac_grant = se->se_grant;
	strlcpy(ac->ac_hub, se->se_hub, sizeof(ac->ac_hub));
	strlcpy(ac->ac_user, se->se_user, sizeof(ac->ac_user));
	strlcpy(ac->ac_id, se->se_account, sizeof(ac->ac_id));
	strlcpy(ac->ac_from, se->se_peer, sizeof(ac->ac_from));
	aj->aj_job.j_run = on_fill;
	aj->aj_port = se->se_number;
	worker_post(se->se_worker, &aj->aj_job);
}

/* s between two records of it, 0 none; not more often than every minute. */
static uint64_t
interval(const struct session *se)
{
	const struct conf *hub = hub_conf(se->se_hub);
	uint64_t s = se->se_grant.ag_interim;

	if (s == 0)
		return ((uint64_t)conf_int(hub, "accounting-interval") / 1000);
	return (s < INTERVAL_LEAST ? INTERVAL_LEAST : s);
}

void
account_name(struct session *se)
{
	uint64_t id;

	/* never used again, also by a session that is resumed later */
	memcpy(&id, se->se_id, sizeof(id));
	snprintf(se->se_account, sizeof(se->se_account), "%016llx%08llx",
	    (unsigned long long)id,
	    (unsigned long long)(clock_unix() & UINT32_MAX));
}

void
account_start(struct session *se)
{
	if (se->se_accounted != 0 || !wanted(se))
		return;
	se->se_accounted = clock_ms();
	account(se, ACCOUNT_START);
}

void
account_stop(const struct session *se)
{
	if (se->se_accounted != 0)
		account(se, ACCOUNT_STOP);
}

void
accounts_tick(void)
{
	struct session *se;
	uint64_t now = clock_ms(), every;

	LIST_FOREACH(se, &sessions, se_entry) {
		if (se->se_accounted == 0 || !wanted(se) ||
		    (every = interval(se)) == 0 ||
		    now - se->se_accounted < every * 1000)
			continue;
		se->se_accounted = now;
		account(se, ACCOUNT_INTERIM);
	}
}
