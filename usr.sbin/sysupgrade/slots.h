/* SPDX-License-Identifier: ISC */
/*
 * slots: the partitions that an upgrade is about, as files of a directory:
 * boot-a, root-a, boot-b, root-b, and state.  That one is a tar archive, the
 * plainest thing in which GRUB can write to a file; its members, and so all in
 * it, stay where the image builder put them:
 *
 *	512	boot state, the first copy; a member
 *	128K	why a slot was given up, a line of text; inside a member of
 *		nothing else, as the next one is
 *	256K	header of the bundle that slot a came from
 *	512K	boot state, the second copy; a member
 *	768K	header of slot b's, behind the archive
 */
#ifndef SLOTS_H
#define SLOTS_H

#include <stdbool.h>
#include <stddef.h>

#include "bootstate.h"
#include "bundle.h"

enum {
	SLOTS_BLOCK = 4096,		/* what is written at once */
	SLOTS_NOTE_MAX = 200		/* with NUL */
};

struct slots {
	const char *sl_dir;
	char sl_running;	/* 'a', 'b', or 0 for none */
	int sl_fd;		/* state */
	bool sl_known;		/* whether there is a state at all */
	struct bootstate sl_state;
	int sl_newest;		/* which copy that was */
};

/*
 * Open and lock the boot state, waiting for others that change it, and read
 * it.  0, or -1 with a sentence in err.
 */
int slots_open(struct slots *sl, char *err, size_t size);
void slots_close(struct slots *sl);
/* Read it again. */
int slots_read(struct slots *sl, char *err, size_t size);
/*
 * Write a state into the older copy, or into both where there was none, and
 * read it back from the disk.
 */
int slots_write(struct slots *sl, const struct bootstate *bs, char *err,
    size_t size);

/* Open a partition, "boot" or "root" of a slot, with flags of open(2). */
int slots_part(const struct slots *sl, const char *name, char slot, int flags,
    char *err, size_t size);
/* The bytes that a partition has; -1 with errno. */
off_t slots_part_size(int fd);
/*
 * Where a partition is a file, have its file system set aside what the first
 * `len` bytes need; they keep their contents.  -1 with errno if it is full.
 */
int slots_reserve(int fd, off_t len);

/*
 * The header of what is in a slot, with its text (NULL: not wanted); -1 if
 * there is none.
 */
int slots_label(const struct slots *sl, char slot, struct bundle *bu);
/* Write it; an empty text takes it away. */
int slots_set_label(const struct slots *sl, char slot, const char *text,
    size_t len, char *err, size_t size);
/* Why that slot was given up, as far as that was written down, or "". */
void slots_note(const struct slots *sl, char slot, char note[SLOTS_NOTE_MAX]);
int slots_set_note(const struct slots *sl, char slot, const char *note,
    char *err, size_t size);

/*
 * The number of bytes read, less than len only at the end; -1 with errno.  By
 * slots_direct() the page cache is passed by, where the file system can.
 */
ssize_t slots_read_full(int fd, void *buf, size_t len);
int slots_write_full(int fd, const void *buf, size_t len);
void slots_direct(int fd);

#endif
