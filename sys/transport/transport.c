/* SPDX-License-Identifier: ISC */
/*
 * The table of transports, made from transports.def.
 */
#include <string.h>

#include "transport/transport.h"

#define TRANSPORT(name) extern const struct transport_ops transport_##name;
#include "transport/transports.def"
#undef TRANSPORT

static const struct transport_ops *const transport_table[] = {
#define TRANSPORT(name) &transport_##name,
#include "transport/transports.def"
#undef TRANSPORT
};

const struct transport_ops *
transport_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(transport_table) / sizeof(transport_table[0]);
	     i++)
		if (strcmp(transport_table[i]->to_name, name) == 0)
			return (transport_table[i]);
	return (NULL);
}
