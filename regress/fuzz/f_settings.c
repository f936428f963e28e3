/* SPDX-License-Identifier: ISC */
/* Settings files; what passes is printed back and passes again. */
#include "fuzz.h"
#include "kern/conf.h"
#include "kern/schema.h"

static void
again(const struct conf *cf, const struct schema *table)
{
	char *text = conf_print(cf, CONF_PLAIN);
	struct conf_error ce;
	struct conf *copy;

	FUZZ_PROMISE(text != NULL);
	copy = conf_parse("again", text, strlen(text), &ce);
	FUZZ_PROMISE(copy != NULL &&
	    conf_check(copy, table, "again", &ce) == 0);
	conf_free(copy);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct schema *const tables[] = { schema_hubd,
		schema_vnicd, schema_box };
	const struct schema *table;
	struct conf_error ce;
	struct conf *cf;
	char *text, message[512];

	if (size < 1)
		return (0);
	table = tables[data[0] % 3];
	text = (char *)fuzz_copy(data + 1, size - 1);
	cf = conf_parse("fuzz", text, size - 1, &ce);
	free(text);
	if (cf == NULL || conf_check(cf, table, "fuzz", &ce) == -1)
		conf_error_format(&ce, message, sizeof(message));
	else
		again(cf, table);
	conf_free(cf);
	return (0);
}
