/* SPDX-License-Identifier: ISC */
/*
 * fuzz: what the targets share.  A file f_NAME.c here is a target: it defines
 * LLVMFuzzerTestOneInput() of libFuzzer, which must take any input, free what
 * it allocates, and abort() where a promise of the code is broken.  A
 * directory NAME.seeds, if it exists, has inputs to begin with, f_NAME.dict
 * words.  "make test" runs each for a while with a fixed seed; "make fuzz"
 * for FUZZ_SECONDS each, keeping what it finds in obj/fuzz/corpus.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * A copy of exactly `size` octets, so that one read too many is seen; free()
 * it.
 */
static inline uint8_t *
fuzz_copy(const uint8_t *data, size_t size)
{
	uint8_t *p = calloc(1, size + (size == 0));

	if (p == NULL)
		abort();
	if (size > 0)
		memcpy(p, data, size);
	return (p);
}

/* The same as a string. */
static inline char *
fuzz_string(const uint8_t *data, size_t size)
{
	char *s = malloc(size + 1);

	if (s == NULL)
		abort();
	if (size > 0)
		memcpy(s, data, size);
	s[size] = '\0';
	return (s);
}

/* A promise of the code under test. */
#define FUZZ_PROMISE(x)          \
	do {                     \
		if (!(x))        \
			abort(); \
	} while (0)

#endif
