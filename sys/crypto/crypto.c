/* SPDX-License-Identifier: ISC */
/* The table of protected streams: one line each. */
#include <string.h>

#include "crypto/crypto.h"

static const struct crypto_ops *const crypto_table[] = {
	&crypto_openssl,
	&crypto_record,
	&crypto_kernel,
};

const struct crypto_ops *
crypto_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(crypto_table) / sizeof(crypto_table[0]); i++)
		if (strcmp(crypto_table[i]->co_name, name) == 0)
			return (crypto_table[i]);
	return (NULL);
}
