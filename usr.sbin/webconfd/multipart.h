/* SPDX-License-Identifier: ISC */
/*
 * multipart: a form with files (multipart/form-data, RFC 7578), part by part
 * as it comes.  Run by the http process.  Pure; input is hostile.
 *
 * The caller keeps what has come in one buffer and takes out what was used, so
 * that the parser holds nothing of it: what could be the beginning of a
 * boundary stays in the buffer until more has come.  A buffer of
 * MULTIPART_ROOM bytes always gets on.
 */
#ifndef WEBCONFD_MULTIPART_H
#define WEBCONFD_MULTIPART_H

#include <stdbool.h>
#include <stddef.h>

#include "request.h"

enum {
	MULTIPART_HEAD_MAX = 2048,	/* bytes of a part's head */
	MULTIPART_NAME_MAX = 64,	/* of a field, with NUL */
	MULTIPART_PARTS_MAX = 64,
	MULTIPART_ROOM = 4096
};

enum multipart_event {
	MULTIPART_MORE,		/* more is needed, or, if some of it was used,
				   to be asked again */
	MULTIPART_PART,		/* a part begins: mp_name, mp_file */
	MULTIPART_DATA,		/* mp_data, mp_len: of this part */
	MULTIPART_PART_END,
	MULTIPART_END,		/* the last part has ended */
	MULTIPART_BAD		/* malformed, or beyond a limit; stays so */
};

struct multipart {
	char mp_delimiter[REQUEST_BOUNDARY_MAX + 5];	/* CR LF - - ... */
	int mp_state;
	unsigned int mp_parts;
	char mp_name[MULTIPART_NAME_MAX];
	bool mp_file;		/* it has a file name, which nobody reads */
	const char *mp_data;	/* in the caller's buffer */
	size_t mp_len;
};

/* The boundary is one of request.h. */
void multipart_init(struct multipart *mp, const char *boundary);
/* What comes next in buf; *used bytes of it are done with. */
enum multipart_event multipart_next(struct multipart *mp, const char *buf,
    size_t len, size_t *used);

#endif
