/* SPDX-License-Identifier: ISC */
/*
 * auth: hubd's process that knows who is who.  Its loop takes requests from
 * the data process, and asks RADIUS servers; scrypt runs on a bounded number
 * of threads.
 */
#ifndef HUBD_AUTH_H
#define HUBD_AUTH_H

#include <stdint.h>

#include "hubd.h"

struct conf;
struct event_base;
struct guess;
struct ipc;

/* A tree of settings that jobs may still read when a newer one has come. */
struct snapshot {
	struct conf *sn_conf;
	struct files sn_files;
	unsigned int sn_refs;		/* main thread only */
};

struct auth_proc {
	struct event_base *ap_base;
	struct ipc *ap_parent;
	struct ipc *ap_data;		/* NULL: gone */
	struct guess *ap_guess;
	uint64_t ap_delay_max;		/* ms that a refusal is held back */
	struct snapshot *ap_settings;	/* the newest */
};
extern struct auth_proc auth_proc;

/* auth.c */
void snapshot_unref(struct snapshot *sn);
/* Answer a request of the data process; ag NULL unless AUTH_PASSED. */
void auth_reply(uint32_t id, uint8_t answer, const struct auth_grant *ag);

/* auth_job.c */
/* Start the threads that compute; -1 if there are none. */
int jobs_start(unsigned int threads);
/*
 * A log-in, to be answered later.  They are taken in order, but one at a time
 * for each pair of user and address, so that guesses sent at once do not
 * escape the count of failures; refusals are held back.  False: too many.
 */
bool job_add(uint32_t id, const struct msg_auth *ma, const uint8_t *chain,
    size_t nchain);

/* auth_test.c */
/* Ask the hub's RADIUS servers, and tell the data process what they say. */
void auth_test(uint32_t id, const struct msg_radius_test *mr);

#endif
