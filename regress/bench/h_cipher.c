/* SPDX-License-Identifier: ISC */
/*
 * usage: h_cipher SUITE RECORDS
 *
 * Seals so many records of RECORD_PLAIN_MAX bytes with a cipher suite's
 * number, such as 0x1301. For counting instructions: those of a run less
 * those of one with fewer records are the records' own (cipher.sh).
 */
#include <err.h>
#include <stdlib.h>

#include "crypto/record.h"

int
main(int argc, char *argv[])
{
	static uint8_t plain[RECORD_PLAIN_MAX];
	static uint8_t sealed[RECORD_PLAIN_MAX + RECORD_OVERHEAD];
	static const uint8_t secret[RECORD_SECRET_MAX];
	struct record rc;
	unsigned long n;
	uint16_t suite;

	if (argc != 3)
		errx(1, "usage: h_cipher SUITE RECORDS");
	suite = (uint16_t)strtoul(argv[1], NULL, 0);
	if (record_init(&rc, suite, secret, suite == 0x1302 ? 48 : 32, 1) == -1)
		errx(1, "%s: no such suite", argv[1]);
	for (n = strtoul(argv[2], NULL, 0); n > 0; n--) {
		if (record_seal(&rc, RECORD_DATA, plain, sizeof(plain),
			sealed) != sizeof(sealed))
			errx(1, "a record is not sealed");
	}
	record_fini(&rc);
	return (0);
}
