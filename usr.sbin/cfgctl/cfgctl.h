/* SPDX-License-Identifier: ISC */
/*
 * cfgctl: shows and changes the settings of a box, see cfgctl(8).  Run by the
 * administrator and by rc, with the rights to write /cfg.
 */
#ifndef CFGCTL_H
#define CFGCTL_H

#include <stdbool.h>

#include "crypto/backup.h"

struct conf;

/* cfgctl.c */
/* The tree of a file, checked; says what is wrong and ends otherwise. */
struct conf *load_file(const char *path);

/* path.c */
/*
 * Find what a path such as "network.interface.br0.address" names in a
 * checked tree, and print its values, or its default, a line each.  The
 * program's exit status: 0, 1 if there is nothing, 2 if there is no such key.
 */
int path_get(const struct conf *box, const char *path);
/* Print the names of the blocks that a path such as "network.bridge" names. */
int path_list(const struct conf *box, const char *path);
/*
 * Give the key that a path names a value, in place of all that it has.  Blocks
 * without a name are made where they are missing.  The caller checks the tree
 * again.  0, 1 if a named block is missing, 2 if there is no such key.
 */
int path_set(struct conf *box, const char *path, const char *value);

/* backup.c */
/*
 * Settings that are brought to the box: says what is wrong in them, for the web
 * form in Japanese, too, and ends then.
 */
void check_new(const struct conf *box, const char *name, bool form);
/* What a file holds that is to be imported. */
struct import {
	struct conf *im_conf;		/* checked */
	struct backup im_backup;	/* no files, unless it is a backup */
	char *im_files;			/* these as text, or NULL */
	char im_trace[80];		/* a comment with their hash, or "" */
};
/*
 * For whom: at boot nobody is there to be asked for a passphrase.  For the web
 * form "-" is standard input, a line with the passphrase before the file, and
 * what is wrong is said on standard output in Japanese, too.
 */
enum import_mode { IMPORT_FILE, IMPORT_BOOT, IMPORT_FORM };
/*
 * Read a longwire.txt(5) or a backup; says what is wrong and ends otherwise.
 */
void import_read(const char *path, enum import_mode mode, struct import *im);
void import_free(struct import *im);
/* Print a backup of dir, sealed with a passphrase or not; exit status. */
int export_write(const char *dir, const struct conf *cf, bool seal);

#endif
