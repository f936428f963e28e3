/* SPDX-License-Identifier: ISC */
/*
 * slots: the partitions that an upgrade is about.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "slots.h"

enum {
	AT_COPY0 = 512,
	AT_NOTE = 128 << 10,
	AT_LABEL_A = 256 << 10,
	AT_COPY1 = 512 << 10,
	AT_LABEL_B = 768 << 10
};

static const off_t copies[BOOTSTATE_COPIES] = { AT_COPY0, AT_COPY1 };

/* Where the block begins that a copy is in, and where in it that is. */
static off_t
copy_block(int copy)
{
	return (copies[copy] / SLOTS_BLOCK * SLOTS_BLOCK);
}

static size_t
copy_within(int copy)
{
	return ((size_t)(copies[copy] % SLOTS_BLOCK));
}

static int
fail(const struct slots *sl, const char *what, char *err, size_t size)
{
	snprintf(err, size, "%s/state: %s: %s", sl->sl_dir, what,
	    strerror(errno));
	return (-1);
}

ssize_t
slots_read_full(int fd, void *buf, size_t len)
{
	size_t got = 0;
	ssize_t n;

	while (got < len) {
		n = read(fd, (char *)buf + got, len - got);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return (-1);
		if (n == 0)
			break;
		got += (size_t)n;
	}
	return ((ssize_t)got);
}

int
slots_write_full(int fd, const void *buf, size_t len)
{
	size_t put = 0;
	ssize_t n;

	while (put < len) {
		n = write(fd, (const char *)buf + put, len - put);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return (-1);
		put += (size_t)n;
	}
	return (0);
}

void
slots_direct(int fd)
{
	int flags;

	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	if ((flags = fcntl(fd, F_GETFL)) != -1)
		(void)fcntl(fd, F_SETFL, flags | O_DIRECT);
}

/* Read a block of the state partition from the disk. */
static int
read_block(const struct slots *sl, off_t at, uint8_t *block)
{
	char path[PATH_MAX];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "%s/state", sl->sl_dir);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return (-1);
	slots_direct(fd);
	if (lseek(fd, at, SEEK_SET) == at)
		n = slots_read_full(fd, block, SLOTS_BLOCK);
	close(fd);
	if (n >= 0 && n != SLOTS_BLOCK)
		errno = EIO;
	return (n == SLOTS_BLOCK ? 0 : -1);
}

/* A block for direct reads, all zero; the caller frees it. */
static uint8_t *
new_block(void)
{
	void *p;

	if (posix_memalign(&p, SLOTS_BLOCK, SLOTS_BLOCK) != 0)
		return (NULL);
	memset(p, 0, SLOTS_BLOCK);
	return (p);
}

/* Write a block, and see that it is there. */
static int
write_block(const struct slots *sl, off_t at, const uint8_t *block)
{
	uint8_t *back;
	int rv;

	if (lseek(sl->sl_fd, at, SEEK_SET) == -1 ||
	    slots_write_full(sl->sl_fd, block, SLOTS_BLOCK) == -1 ||
	    fdatasync(sl->sl_fd) == -1)
		return (-1);
	if ((back = new_block()) == NULL)
		return (-1);
	rv = read_block(sl, at, back);
	if (rv == 0 && memcmp(back, block, SLOTS_BLOCK) != 0) {
		errno = EIO;
		rv = -1;
	}
	free(back);
	return (rv);
}

int
slots_read(struct slots *sl, char *err, size_t size)
{
	uint8_t blocks[BOOTSTATE_COPIES][BOOTSTATE_BLOCK], *block;
	int i, rv = 0;

	if ((block = new_block()) == NULL)
		return (fail(sl, "read", err, size));
	for (i = 0; i < BOOTSTATE_COPIES; i++) {
		/* one that cannot be read is one that is not whole */
		if (read_block(sl, copy_block(i), block) == -1) {
			memset(block, 0, SLOTS_BLOCK);
			rv--;
		}
		memcpy(blocks[i], block + copy_within(i), BOOTSTATE_BLOCK);
	}
	free(block);
	if (rv == -BOOTSTATE_COPIES)
		return (fail(sl, "read", err, size));
	sl->sl_newest = bootstate_newest(blocks, &sl->sl_state);
	sl->sl_known = sl->sl_newest != -1;
	return (0);
}

int
slots_open(struct slots *sl, char *err, size_t size)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/state", sl->sl_dir);
	if ((sl->sl_fd = open(path, O_RDWR | O_CLOEXEC)) == -1)
		return (fail(sl, "open", err, size));
	while (flock(sl->sl_fd, LOCK_EX) == -1)
		if (errno != EINTR)
			return (fail(sl, "lock", err, size));
	return (slots_read(sl, err, size));
}

void
slots_close(struct slots *sl)
{
	if (sl->sl_fd != -1)
		close(sl->sl_fd);
	sl->sl_fd = -1;
}

/* Write one copy. */
static int
write_copy(const struct slots *sl, int copy, const struct bootstate *bs)
{
	uint8_t *block;
	int rv;

	if ((block = new_block()) == NULL)
		return (-1);
	if ((rv = read_block(sl, copy_block(copy), block)) == 0) {
		bootstate_encode(bs, block + copy_within(copy));
		rv = write_block(sl, copy_block(copy), block);
	}
	free(block);
	return (rv);
}

int
slots_write(struct slots *sl, const struct bootstate *bs, char *err,
    size_t size)
{
	int copy = sl->sl_known ? 1 - sl->sl_newest : 0;

	/*
	 * What the boot loader wrote may be in the disk's cache only.  If the
	 * next state came to be there without it, its sequence would be that
	 * of the state before.
	 */
	if (fdatasync(sl->sl_fd) == -1)
		return (fail(sl, "write", err, size));
	if (write_copy(sl, copy, bs) == -1 ||
	    (!sl->sl_known && write_copy(sl, 1 - copy, bs) == -1))
		return (fail(sl, "write", err, size));
	sl->sl_state = *bs;
	sl->sl_newest = copy;
	sl->sl_known = true;
	return (0);
}

int
slots_part(const struct slots *sl, const char *name, char slot, int flags,
    char *err, size_t size)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%s-%c", sl->sl_dir, name, slot);
	if ((fd = open(path, flags | O_CLOEXEC)) == -1)
		snprintf(err, size, "%s: %s", path, strerror(errno));
	return (fd);
}

off_t
slots_part_size(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);

	return (size == -1 || lseek(fd, 0, SEEK_SET) == -1 ? -1 : size);
}

int
slots_reserve(int fd, off_t len)
{
	/* disks cannot, and have all of their sectors */
	if (fallocate(fd, 0, 0, len) == -1 &&
	    (errno == ENOSPC || errno == EDQUOT))
		return (-1);
	return (0);
}

static off_t
label_at(char slot)
{
	return (slot == 'a' ? AT_LABEL_A : AT_LABEL_B);
}

int
slots_label(const struct slots *sl, char slot, struct bundle *bu)
{
	char why[128];
	uint8_t *block;
	int rv = -1;

	if ((block = new_block()) == NULL)
		return (-1);
	if (read_block(sl, label_at(slot), block) == 0)
		rv = bundle_parse((const char *)block, SLOTS_BLOCK, bu, why,
		    sizeof(why));
	free(block);
	return (rv);
}

int
slots_set_label(const struct slots *sl, char slot, const char *text, size_t len,
    char *err, size_t size)
{
	uint8_t *block;
	int rv;

	if ((block = new_block()) == NULL)
		return (fail(sl, "write", err, size));
	memcpy(block, text, len < SLOTS_BLOCK ? len : SLOTS_BLOCK);
	rv = write_block(sl, label_at(slot), block);
	free(block);
	return (rv == 0 ? 0 : fail(sl, "write", err, size));
}

void
slots_note(const struct slots *sl, char slot, char note[SLOTS_NOTE_MAX])
{
	uint8_t *block;
	size_t i;

	*note = '\0';
	if ((block = new_block()) == NULL)
		return;
	if (read_block(sl, AT_NOTE, block) == 0 && block[0] == (uint8_t)slot &&
	    block[1] == ' ') {
		for (i = 0; i < SLOTS_NOTE_MAX - 1 &&
		     isprint((unsigned char)block[i + 2]);
		     i++)
			note[i] = (char)block[i + 2];
		note[i] = '\0';
	}
	free(block);
}

int
slots_set_note(const struct slots *sl, char slot, const char *note, char *err,
    size_t size)
{
	uint8_t *block;
	int rv;

	if ((block = new_block()) == NULL)
		return (fail(sl, "write", err, size));
	snprintf((char *)block, SLOTS_NOTE_MAX, "%c %s\n", slot, note);
	rv = write_block(sl, AT_NOTE, block);
	free(block);
	return (rv == 0 ? 0 : fail(sl, "write", err, size));
}
