/* SPDX-License-Identifier: ISC */
/*
 * bundle: an upgrade in one file: a header of text, an empty line, and the
 * contents of the slot's two partitions one behind the other.
 *
 *	longwire-upgrade 1
 *	version 0.20261125.192138+4d6c8de
 *	target amd64
 *	minimum 0
 *	boot 15728640 SHA-256
 *	root 11063296 SHA-256
 *	signature KEY SIGNATURE
 *
 * These lines in this order, each with one blank between its words.  minimum is
 * the version that a box must run to take it, boot and root give size in bytes
 * and hash.  A signature is an Ed25519 signature in base64 of all before the
 * first signature; KEY is the first 64 bits of the SHA-256 of its public key
 * (SPKI).  There may be several, so that boxes which know only an older key can
 * still be upgraded.  Pure.
 */
#ifndef BUNDLE_H
#define BUNDLE_H

#include <stddef.h>
#include <stdint.h>

#include "kern/version.h"

enum {
	BUNDLE_HEADER_MAX = 4096,
	BUNDLE_HASH = 32,
	BUNDLE_TARGET_MAX = 33,		/* with NUL */
	BUNDLE_SIGNATURES = 4,
	BUNDLE_SIGNATURE = 64,
	BUNDLE_KEY_ID = 8
};

enum bundle_part_name { BUNDLE_BOOT, BUNDLE_ROOT, BUNDLE_PARTS };

struct bundle_part {
	uint64_t bp_size;
	uint8_t bp_hash[BUNDLE_HASH];
};

struct bundle_signature {
	uint8_t bs_key[BUNDLE_KEY_ID];
	uint8_t bs_bytes[BUNDLE_SIGNATURE];
};

struct bundle {
	char bu_version[VERSION_MAX];
	char bu_target[BUNDLE_TARGET_MAX];
	char bu_minimum[VERSION_MAX];
	struct bundle_part bu_parts[BUNDLE_PARTS];
	struct bundle_signature bu_signatures[BUNDLE_SIGNATURES];
	size_t bu_nsignatures;		/* at least 1 */
	size_t bu_signed;		/* bytes that are signed */
	size_t bu_header;		/* bytes before the payload */
};

/* "boot", "root": names of lines, and of partitions before their slot. */
extern const char *const bundle_part_names[BUNDLE_PARTS];

/*
 * Parse the header at the beginning of `len` bytes, of which the first
 * BUNDLE_HEADER_MAX count.  0, or -1 with a sentence in err.
 */
int bundle_parse(const char *text, size_t len, struct bundle *bu, char *err,
    size_t size);
/* The size of all that is behind the header. */
uint64_t bundle_payload(const struct bundle *bu);

#endif
