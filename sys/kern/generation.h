/* SPDX-License-Identifier: ISC */
/*
 * generation: one complete, checked set of settings in DIR/gen/N/.  A new one
 * is written whole, fsynced, checked, and becomes current by one rename of
 * the symbolic link DIR/gen/current.  Run by privileged processes only.
 */
#ifndef KERN_GENERATION_H
#define KERN_GENERATION_H

#include "kern/conf.h"

enum { GENERATION_KEEP = 50 };	/* older ones are removed */

/*
 * Write the checked tree of a longwire.txt(5) as a new generation below dir:
 * longwire.txt itself (comments and all), hubd.conf and vnicd.conf as cut
 * from it.  Returns its number, or -1 with a sentence in err.
 * Nothing changes on an error, nor at a loss of power at any moment.
 */
int generation_write(const char *dir, const struct conf *box, char *err,
    size_t size);
/* The current generation's number, 0 when there is none, -1 on error. */
int generation_current(const char *dir);
/* Make generation n current again as a new generation; as above. */
int generation_restore(const char *dir, int n, char *err, size_t size);

#endif
