/* SPDX-License-Identifier: ISC */
/*
 * install: check a bundle, and bring it into the slot that does not run.
 */
#ifndef INSTALL_H
#define INSTALL_H

#include <stdbool.h>

#include "slots.h"

/* Exit statuses of sysupgrade(8). */
enum {
	INSTALL_DONE,
	INSTALL_FAILED,		/* the other slot holds nothing whole now */
	INSTALL_USAGE,
	INSTALL_REFUSED,	/* nothing was changed */
	INSTALL_BUSY		/* another one is at it; nothing was changed */
};

/* The box that a bundle is for. */
struct box {
	char bx_version[VERSION_MAX];
	char bx_target[BUNDLE_TARGET_MAX];
	const char *bx_keys;	/* directory */
};

/*
 * Check the bundle `name`, see source.h; with `write`, install it and have it
 * tried at the next boot.  An older version than the box's needs `older`.
 * Progress goes to standard output, what is wrong to standard error.  Returns
 * an exit status.
 */
int install(struct slots *sl, const struct box *bx, const char *name,
    bool write, bool older);

#endif
