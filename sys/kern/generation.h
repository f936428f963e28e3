/* SPDX-License-Identifier: ISC */
/*
 * generation: one complete, checked set of settings in DIR/gen/N/.  A new one
 * is written whole, fsynced, checked, and becomes current by one rename of
 * the symbolic link DIR/gen/current.  Run by privileged processes only.
 *
 *	gen/N/longwire.txt	the settings, comments and all
 *	gen/N/hubd.conf		the block hubd of it, if there is one
 *	gen/N/vnicd.conf	the block vnicd of it, if there is one
 *	gen/N/rc.conf		the block rc of it, if there is one, as rc(8)
 *				wants it: key="value"
 *	gen/N/imported.txt	what was last imported from a file
 *	gen/N.tmp/		being written, or being removed
 *
 * N grows by one each time; the current one is always the greatest, so a
 * greater one is left over from a loss of power, and removed.  Directories
 * are of mode 0700, files of mode 0600.
 */
#ifndef KERN_GENERATION_H
#define KERN_GENERATION_H

#include <stddef.h>
#include <time.h>

#include "kern/conf.h"

enum { GENERATION_KEEP = 50 };	/* older ones are removed */

/*
 * Asked when a generation is written but not yet current; `path` is its
 * directory.  0, or -1 with a sentence in err.
 */
typedef int (*generation_check)(const char *path, char *err, size_t size);

/*
 * generation_check.c, a generation_check: have each daemon that lies beside
 * this program check its file there.  A daemon that is absent is passed over.
 */
int generation_check_daemons(const char *path, char *err, size_t size);

/*
 * Write the checked tree of a longwire.txt(5) as a new generation below dir
 * (which exists).  `imported` is the text of a file that it came from, or
 * NULL: as in the current generation.  check may be NULL.  Returns the new
 * number, or -1 with a sentence in err.  Nothing changes on an error, nor at
 * a loss of power at any moment.
 */
int generation_write(const char *dir, const struct conf *box,
    const char *imported, generation_check check, char *err, size_t size);
/* The current generation's number, 0 when there is none, -1 on error. */
int generation_current(const char *dir);
/*
 * The tree of generation n, checked, for conf_free(); NULL with a sentence
 * in err.
 */
struct conf *generation_load(const char *dir, int n, char *err, size_t size);
/* imported.txt of generation n; the caller frees it.  NULL if there is none. */
char *generation_imported(const char *dir, int n);
/* Make generation n current again as a new generation; as generation_write. */
int generation_restore(const char *dir, int n, generation_check check,
    char *err, size_t size);

struct generation {
	int gn_number;
	time_t gn_time;		/* when written */
};
/*
 * All complete generations, oldest first; the caller frees *list.  Their
 * number, or -1 with errno.
 */
int generation_list(const char *dir, struct generation **list);

#endif
