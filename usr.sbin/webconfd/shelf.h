/* SPDX-License-Identifier: ISC */
/*
 * shelf: files that ship beside the program, made by image/vendors.sh
 * and image/plot.sh.  The parent opens them (webconfd -F), the http process
 * keeps what they hold.  What is not there is done without.
 */
#ifndef WEBCONFD_SHELF_H
#define WEBCONFD_SHELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum shelf_file {
	SHELF_VENDORS,	/* see net/vendor.h */
	SHELF_PLOT_JS,	/* draws plots; gzip */
	SHELF_PLOT_CSS,	/* how they look; gzip */
	SHELF_FILES
};

enum { SHELF_MAX = 1 << 20 };	/* bytes of one */

/* Its name in the directory. */
const char *shelf_name(enum shelf_file file);
/*
 * Read all of one and close the descriptor.  One that is empty, too long, or
 * not what it should be is logged and left out.
 */
void shelf_take(enum shelf_file file, int fd);
/* Its bytes, or NULL. */
const void *shelf_find(enum shelf_file file, size_t *len);
/* Who has made what has this MAC address; NULL: not known. */
const char *shelf_vendor(const uint8_t *mac);

#endif
