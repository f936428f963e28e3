/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <netinet/in.h>

#include "crypto/crypto.h"
#include "kern/conf.h"
#include "kern/schema.h"
#include "transport/verify.h"

_Static_assert((int)CRYPTO_PINS == SCHEMA_PINS,
    "room for the pins that the settings take");

struct crypto_ctx *
verify_ctx(const struct crypto_ops *co, const struct conf *cf, const char *ca,
    const char *host, char *err, size_t size)
{
	const char *name = conf_str(cf, "server-name");
	uint8_t pins[CRYPTO_PINS][CRYPTO_PIN_LEN];
	const struct conf *pin = NULL;
	unsigned int n = 0;

	while ((pin = conf_next(cf, "pin", pin)) != NULL)
		if (n < CRYPTO_PINS &&
		    crypto_pin_parse(pin->cf_values[0], pins[n]) == 0)
			n++;
	return (co->co_client_ctx(pins, n, ca, name == NULL ? host : name, err,
	    size));
}

const char *
verify_sni(const struct conf *cf, const char *host)
{
	const char *name = conf_str(cf, "server-name");
	struct in6_addr a;

	if (name == NULL)
		name = host;
	return (inet_pton(AF_INET, name, &a) == 1 ||
		    inet_pton(AF_INET6, name, &a) == 1 ?
		NULL :
		name);
}
