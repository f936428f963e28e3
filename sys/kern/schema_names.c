/* SPDX-License-Identifier: ISC */
/*
 * schema_names: interfaces and who uses them, to find two of the same name.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kern/conf.h"
#include "kern/schema.h"
#include "kern/schema_check.h"

enum {
	NAMES = 1024 /* interfaces of one file */
};

struct schema_names {
	const struct conf *nm_user[NAMES];
	char nm_name[NAMES][16];
	size_t nm_count;
};

void
schema_tap_name(const struct conf *cf, char *buf, size_t size)
{
	const char *name = conf_str(cf, "interface");

	if (name != NULL)
		strlcpy(buf, name, size);
	else
		snprintf(buf, size, "lw%s", conf_name(cf));
}

struct schema_names *
schema_names_new(const char *file, struct conf_error *ce)
{
	struct schema_names *nm;

	if ((nm = calloc(1, sizeof(*nm))) == NULL)
		conf_error_say(ce, file, NULL, "out of memory",
		    "メモリーが足りません。");
	return (nm);
}

int
schema_names_add(struct schema_names *nm, const struct conf *user,
    const char *name, const char *file, struct conf_error *ce)
{
	const struct conf *other;
	size_t i;

	if (nm->nm_count == NAMES) {
		conf_error_say(ce, file, user, "more than %d interfaces",
		    "インターフェースが %d 個を超えています。", NAMES);
		return (-1);
	}
	for (i = 0; i < nm->nm_count; i++) {
		if (strcmp(nm->nm_name[i], name) != 0)
			continue;
		other = nm->nm_user[i];
		conf_error_say(ce, file, user,
		    "%s: interface %s is used in line %d already, by %s %s",
		    "%s：インターフェース %s は %d 行目の %s %s がすでに"
		    "使っています。",
		    user->cf_key, name, other->cf_line, other->cf_key,
		    conf_name(other));
		return (-1);
	}
	strlcpy(nm->nm_name[nm->nm_count], name, sizeof(nm->nm_name[0]));
	nm->nm_user[nm->nm_count++] = user;
	return (0);
}

int
schema_names_taps(struct schema_names *nm, const struct conf *cf,
    const char *key, const char *file, struct conf_error *ce)
{
	const struct conf *block = NULL;
	char name[16];

	while ((block = conf_next(cf, key, block)) != NULL) {
		schema_tap_name(block, name, sizeof(name));
		if (schema_names_add(nm, block, name, file, ce) == -1)
			return (-1);
	}
	return (0);
}

int
schema_names_hubs(struct schema_names *nm, const struct conf *cf,
    const char *file, struct conf_error *ce)
{
	const struct conf *hub = NULL;

	while ((hub = conf_next(cf, "hub", hub)) != NULL)
		if (schema_names_taps(nm, hub, "local-port", file, ce) == -1)
			return (-1);
	return (0);
}

size_t
schema_names_count(const struct schema_names *nm)
{
	return (nm->nm_count);
}
