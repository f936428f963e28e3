/* SPDX-License-Identifier: ISC */
/* usage: h_vendor TABLE MAC...: the vendor of each, or "-"; 1: no table */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "net/ether.h"
#include "net/vendor.h"

int
main(int argc, char **argv)
{
	static uint8_t table[1 << 20];
	uint8_t mac[ETHER_ALEN];
	struct vendors vs;
	const char *name;
	FILE *fp;
	size_t len;
	int i;

	if (argc < 2 || (fp = fopen(argv[1], "r")) == NULL)
		err(1, "no table");
	len = fread(table, 1, sizeof(table), fp);
	fclose(fp);
	if (!vendors_read(&vs, table, len))
		errx(1, "%s: not a table", argv[1]);
	for (i = 2; i < argc; i++) {
		if (!ether_scan(argv[i], mac))
			errx(1, "%s: no address", argv[i]);
		name = vendors_find(&vs, mac);
		puts(name == NULL ? "-" : name);
	}
	return (0);
}
