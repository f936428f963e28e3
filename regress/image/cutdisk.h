/* SPDX-License-Identifier: ISC */
/*
 * cutdisk: a disk whose power was cut at some moment of a log of writes.  It
 * keeps what was flushed; of what was written since, it may have lost any part.
 */
#ifndef CUTDISK_H
#define CUTDISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "writelog.h"

/* What became of the writes since the last flush. */
enum loss {
	LOSS_NONE, /* all of them are there */
	LOSS_DROPPED, /* some are not */
	LOSS_TORN, /* the last one is there in part */
	LOSS_MIXED, /* some lost, in another order, some torn */
	LOSSES
};
extern const char *const loss_names[LOSSES];

/* A moment: so many writes after those that were flushed. */
enum { CUT_ROUNDS = 16 }; /* of each loss, with other dice */

struct cut {
	size_t cu_first; /* the first one that was not flushed */
	size_t cu_count;
	size_t cu_epoch;
	enum loss cu_loss;
	bool cu_chosen;
};

struct cutlist {
	struct cut *cl_cuts;
	size_t cl_count;
	size_t cl_epochs; /* epochs that have writes */
};

struct saved;

struct cutdisk {
	uint8_t *cd_mem;
	size_t cd_size;
	size_t cd_flushed; /* writes that are in it for good */
	struct saved *cd_saved; /* what was there before the others */
	/* called for all that changes, before it does */
	void (*cd_changes)(void *arg, uint64_t at, size_t len);
	void *cd_arg;
};

/*
 * All cuts of a log, from an entry on.  Without `flushes`, as if the disk kept
 * nothing until the end.  All are chosen.
 */
struct cutlist cut_list(const struct writelog *wl, uint64_t first,
    bool flushes);
/* Choose `count` of them, each epoch in its turn. */
void cut_choose(struct cutlist *cl, size_t count, uint64_t seed);
/* The number of the k-th of `count` that are spread over all of the log. */
size_t cut_spread(const struct cutlist *cl, size_t k, size_t count);

/* The disk of a file, which stays as it is.  Ends the program on errors. */
void cutdisk_open(struct cutdisk *cd, const char *path);
/*
 * Bring the disk to a cut, which is not before the last one; the same seed and
 * number always lose the same.  Returns a number that two cuts of an epoch
 * share if they lost the same.
 */
uint64_t cutdisk_cut(struct cutdisk *cd, const struct writelog *wl,
    const struct cut *cu, uint64_t seed, uint64_t number);
/* Take back what the last cut did, but for what was flushed. */
void cutdisk_undo(struct cutdisk *cd);

#endif
