/* SPDX-License-Identifier: ISC */
/*
 * toy: an authentication method that shows what one takes: a folder and a
 * line in a table.  A user's password is the name backwards.
 */
#include <stdbool.h>
#include <string.h>

#include "auth/auth.h"

static enum auth_result
toy_check(const struct conf *hub, const char *user, const char *password)
{
	size_t i, len = strlen(user);
	bool good = len > 0 && strlen(password) == len;

	(void)hub;
	if (strncmp(user, "toy", 3) != 0)
		return (AUTH_UNKNOWN);
	for (i = 0; good && i < len; i++)
		good = password[i] == user[len - 1 - i];
	return (good ? AUTH_OK : AUTH_DENY);
}

const struct auth_ops auth_toy = {
	.ao_name = "toy",
	.ao_check = toy_check,
};
