/* SPDX-License-Identifier: ISC */
/* The table of encapsulations: one line each. */
#include <string.h>

#include "encap/encap.h"

static const struct encap_ops *const encap_table[] = {
	&encap_capsule,
};

const struct encap_ops *
encap_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(encap_table) / sizeof(encap_table[0]); i++)
		if (strcmp(encap_table[i]->eo_name, name) == 0)
			return (encap_table[i]);
	return (NULL);
}
