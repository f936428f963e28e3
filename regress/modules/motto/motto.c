/* SPDX-License-Identifier: ISC */
/*
 * motto: a toy authentication method, to prove that one more is a folder and
 * a line.  Anybody may enter who says "NAME and out".
 */
#include <stdio.h>
#include <string.h>

#include "auth/auth.h"

static enum auth_result
motto_check(const struct auth_request *ar, struct auth_grant *ag)
{
	char want[64];

	(void)ag;
	snprintf(want, sizeof(want), "%s and out", ar->ar_user);
	return (strcmp(ar->ar_password, want) == 0 ? AUTH_OK : AUTH_UNKNOWN);
}

extern const struct auth_ops auth_motto;
const struct auth_ops auth_motto = { .ao_name = "motto",
	.ao_check = motto_check };
