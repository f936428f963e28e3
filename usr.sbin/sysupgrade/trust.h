/* SPDX-License-Identifier: ISC */
/*
 * trust: whose upgrades are taken.  The public keys are DIR/NAME.pub (PEM,
 * Ed25519).  DIR/revoked takes trust back, a line each:
 *
 *	key 0123456789abcdef	a key, even if it lies there
 *	version 1.2		all versions below this one
 */
#ifndef TRUST_H
#define TRUST_H

#include "kern/version.h"

#include "bundle.h"

enum { TRUST_KEYS = 16 };	/* more are an error, revoked ones too */

struct trust;

/* All of a directory; NULL with a sentence in err. */
struct trust *trust_load(const char *dir, char *err, size_t size);
void trust_free(struct trust *tr);
/* The lowest version that may be installed. */
const char *trust_lowest(const struct trust *tr);
/*
 * Check that a trusted key signed the first bu_signed bytes of text.  Its name,
 * which lives as long as tr, or NULL with a sentence in err.
 */
const char *trust_verify(const struct trust *tr, const struct bundle *bu,
    const char *text, char *err, size_t size);

#endif
