/* SPDX-License-Identifier: ISC */
/*
 * generation: one complete, checked set of settings in DIR/gen/N/.  A new one
 * is written whole, fsynced, checked, and becomes current by one rename of
 * the symbolic link DIR/gen/current.  Run by privileged processes only.
 *
 *	gen/N/longwire.txt	the settings, comments and all
 *	gen/N/hubd.conf		the block hubd of it, if there is one
 *	gen/N/vnicd.conf	the block vnicd of it, if there is one
 *	gen/N/acmed.conf	the block acme of it, if there is one
 *	gen/N/rc.conf		the block rc of it, if there is one, as rc(8)
 *				wants it: key="value"
 *	gen/N/imported.txt	what was last imported from a file
 *	gen/N/author		who wrote it: one line
 *	gen/N/files		keys that came with it in a backup, until they
 *				are put in place: see crypto/backup.h
 *	gen/trial		"N M": generation M is on trial, and N counts
 *				again unless somebody confirms it
 *	gen/N/version		of Longwire, which wrote it, on a box
 *	gen/N.tmp/		being written, or being removed
 *
 * N grows by one each time; the current one is always the greatest, so a
 * greater one is left over from a loss of power, and removed.  Directories
 * are of mode 0700, files of mode 0600.
 */
#ifndef KERN_GENERATION_H
#define KERN_GENERATION_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "kern/conf.h"
#include "kern/version.h"

enum { GENERATION_KEEP = 50 };	/* older ones are removed */
#define GENERATION_FILES "files"

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

/* generation.c */
/*
 * Who writes a generation ("console"; shortened to GENERATION_AUTHOR - 1
 * bytes, NULL where nobody knows), whether it is on trial, and the text of
 * gen/N/files, or NULL.
 */
struct generation_note {
	const char *gt_author;
	bool gt_trial;
	const char *gt_files;
};

/*
 * Write the checked tree of a longwire.txt(5) as a new generation below dir
 * (which exists).  `imported` is the text of a file that it came from, or
 * NULL: as in the current generation.  check may be NULL.  Returns the new
 * number, or -1 with a sentence in err.  Nothing changes on an error, nor at
 * a loss of power at any moment.
 *
 * On trial, the last generation that was confirmed counts again unless
 * generation_confirm() comes first; a generation that is written otherwise
 * ends the trial, as if it were confirmed.
 */
int generation_write(const char *dir, const struct conf *box,
    const char *imported, const struct generation_note *note,
    generation_check check, char *err, size_t size);
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
int generation_restore(const char *dir, int n,
    const struct generation_note *note, generation_check check, char *err,
    size_t size);

/* The generation that counts again if the current one fails; 0: no trial. */
int generation_trial(const char *dir);
/* The current generation stays.  0, or -1 with errno. */
int generation_confirm(const char *dir);
/*
 * End a trial: the last confirmed generation as a new one, whose number is
 * returned; 0 when there was none, -1 with a sentence in err.
 */
int generation_undo(const char *dir, generation_check check, char *err,
    size_t size);

enum { GENERATION_AUTHOR = 64 };

struct generation {
	int gn_number;
	time_t gn_time;		/* when written */
	char gn_author[GENERATION_AUTHOR]; /* "" where nobody knows */
};
/*
 * All complete generations, oldest first; the caller frees *list.  Their
 * number, or -1 with errno.
 */
int generation_list(const char *dir, struct generation **list);

/* generation_version.c */
/*
 * The file whose first line is the version that runs, instead of the box's
 * own.  The string is not copied.
 */
void generation_set_version_file(const char *path);
/* The version that runs; false, and "", if that is not known. */
bool generation_running_version(char version[VERSION_MAX]);
/* The version that wrote generation n, or "" where none is noted. */
void generation_version(const char *dir, int n, char version[VERSION_MAX]);
/*
 * Make the settings those of the version that runs, after an upgrade or a way
 * back.  What an older version wrote goes on as a new generation.  If a newer
 * one did, the last settings of this version, or else of one before, become
 * current again, also as a new generation; if there are none, those of the
 * newer one, as far as they are understood.  Returns the new number, 0 if
 * nothing had to be done, or as generation_write.
 */
int generation_adapt(const char *dir, generation_check check, char *err,
    size_t size);

#endif
