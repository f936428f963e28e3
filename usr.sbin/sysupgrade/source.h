/* SPDX-License-Identifier: ISC */
/*
 * source: where a bundle comes from: a file, "-" for standard input, or an
 * http:// or https:// URL, which wget(1) fetches.  Read once, front to back.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { SOURCE_HEAD = 4096 };

struct source {
	const char *so_name;
	int so_fd;
	pid_t so_pid;		/* wget(1), 0 if there is none */
	bool so_again;		/* it can be read a second time */
	char so_head[SOURCE_HEAD];	/* its beginning */
	size_t so_len;		/* of that */
	size_t so_at;		/* read from there first */
};

/* 0, or -1 with a sentence in err. */
int source_open(struct source *so, const char *name, char *err, size_t size);
/*
 * Read the beginning, up to SOURCE_HEAD bytes, into so_head.  What is in it
 * will be read again, from so_at.
 */
int source_head(struct source *so, char *err, size_t size);
/* The number of bytes, less than len only at the end; -1 with err filled. */
ssize_t source_read(struct source *so, void *buf, size_t len, char *err,
    size_t size);
/* Back to an offset, of a source that can be read again. */
int source_back(struct source *so, off_t at, char *err, size_t size);
/*
 * Read on to the end.  -1 with a sentence if there is anything left, or the
 * download failed.
 */
int source_end(struct source *so, char *err, size_t size);
void source_close(struct source *so);

#endif
