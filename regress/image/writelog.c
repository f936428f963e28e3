/* SPDX-License-Identifier: ISC */
/*
 * writelog: what a virtual machine wrote to its disk and when it flushed.
 */
#include <endian.h>
#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "writelog.h"

#define MAGIC 0x6a736677736872ULL

enum {
	FLUSH = 1 << 0,
	FUA = 1 << 1,
	DISCARD = 1 << 2,
	HEAD_WORDS = 4 /* magic, version, entries, sector size */
};

/* The numbers that a sector of the log begins with. */
static uint64_t
word(const uint8_t *sector, size_t i)
{
	uint64_t v;

	memcpy(&v, sector + i * sizeof(v), sizeof(v));
	return (le64toh(v));
}

uint64_t
writelog_entries(const char *path)
{
	uint8_t head[HEAD_WORDS * sizeof(uint64_t)];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd == -1 || read(fd, head, sizeof(head)) != (ssize_t)sizeof(head))
		err(1, "%s", path);
	close(fd);
	if (word(head, 0) != MAGIC)
		errx(1, "%s: no log of writes", path);
	return (word(head, 2));
}

static const uint8_t *
map(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *p;

	if (fd == -1 || fstat(fd, &st) == -1)
		err(1, "%s", path);
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		err(1, "%s", path);
	close(fd);
	*size = (size_t)st.st_size;
	return (p);
}

struct writelog
writelog_read(const char *path)
{
	uint64_t count = writelog_entries(path), i;
	size_t size, at = WRITELOG_SECTOR, len, epoch = 0;
	const uint8_t *log = map(path, &size);
	struct writelog wl = { 0 };
	uint64_t flags;

	if ((wl.wl_writes = calloc(count, sizeof(*wl.wl_writes))) == NULL)
		err(1, "%s", path);
	for (i = 0; i < count; i++) {
		if (at + WRITELOG_SECTOR > size)
			errx(1, "%s: ends at entry %zu", path, (size_t)i);
		flags = word(log + at, 2);
		len = (flags & DISCARD) != 0 ?
		    0 :
		    (size_t)word(log + at, 1) * WRITELOG_SECTOR;
		/* a flush comes before the data of its entry */
		if ((flags & FLUSH) != 0)
			epoch++;
		if (len > size - at - WRITELOG_SECTOR)
			errx(1, "%s: ends in entry %zu", path, (size_t)i);
		if (len > 0)
			wl.wl_writes[wl.wl_count++] = (struct wl_write){
				.wl_at = word(log + at, 0) * WRITELOG_SECTOR,
				.wl_len = len,
				.wl_data = log + at + WRITELOG_SECTOR,
				.wl_entry = i,
				.wl_epoch = epoch,
			};
		if ((flags & FUA) != 0)
			epoch++;
		at += WRITELOG_SECTOR + len;
	}
	return (wl);
}
