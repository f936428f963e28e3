/* SPDX-License-Identifier: ISC */
/*
 * cfgctl: shows and changes the settings of a box, see cfgctl(8).  Run by the
 * administrator and by rc, with the rights to write /cfg.
 */
#ifndef CFGCTL_H
#define CFGCTL_H

struct conf;

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

#endif
