/* SPDX-License-Identifier: ISC */
/* Prints the key list of one settings file for its man page. */
#include <err.h>
#include <string.h>

#include "kern/schema.h"

int
main(int argc, char **argv)
{
	if (argc != 2)
		errx(1, "usage: h_mdoc hubd | vnicd | system | network | rc");
	if (strcmp(argv[1], "hubd") == 0)
		schema_print_mdoc(schema_hubd);
	else if (strcmp(argv[1], "vnicd") == 0)
		schema_print_mdoc(schema_vnicd);
	else
		schema_print_mdoc(schema_row(schema_box, argv[1])->sc_children);
	return (0);
}
