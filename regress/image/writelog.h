/* SPDX-License-Identifier: ISC */
/*
 * writelog: what a virtual machine wrote to its disk and when it flushed, as
 * QEMU's blklogwrites driver records it.  The format is that of Linux'
 * Documentation/admin-guide/device-mapper/log-writes.rst: a sector that says
 * how many entries there are, then each entry's sector and its data.
 */
#ifndef WRITELOG_H
#define WRITELOG_H

#include <stddef.h>
#include <stdint.h>

enum { WRITELOG_SECTOR = 512 };

struct wl_write {
	uint64_t wl_at; /* in bytes */
	size_t wl_len;
	const uint8_t *wl_data;
	uint64_t wl_entry; /* its number in the log */
	size_t wl_epoch; /* number of flushes before it */
};

struct writelog {
	struct wl_write *wl_writes;
	size_t wl_count;
};

/*
 * All writes of a log, those whose data the guest was told to be safe (FUA)
 * followed by a flush.  Ends the program if there is none or it is not whole.
 * Discards are left out: what was discarded may as well still be there.
 */
struct writelog writelog_read(const char *path);
/* Entries so far of a log that is being written. */
uint64_t writelog_entries(const char *path);

#endif
