/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "auth/grant.h"
#include "kern/bytes.h"

static size_t
put_name(uint8_t *p, const char *name)
{
	size_t i, n = strlen(name);

	p[0] = (uint8_t)n;
	for (i = 0; i < n; i++)
		p[i + 1] = (uint8_t)name[i];
	return (n + 1);
}

/* Octets used; 0 if it is none. */
static size_t
get_name(const uint8_t *p, size_t len, char *out)
{
	size_t n;

	if (len == 0 || (n = p[0]) >= GRANT_NAME || n > len - 1)
		return (0);
	memcpy(out, p + 1, n);
	out[n] = '\0';
	return (strlen(out) == n ? n + 1 : 0);
}

size_t
grant_pack(const struct auth_grant *ag, uint8_t *out)
{
	size_t n = 0;

	n += put_name(out, ag->ag_method);
	n += put_name(out + n, ag->ag_policy);
	n += put_name(out + n, ag->ag_group);
	put16(out + n, ag->ag_vlan);
	put32(out + n + 2, ag->ag_max_time);
	put32(out + n + 6, ag->ag_idle);
	put32(out + n + 10, ag->ag_interim);
	return (n + 14);
}

int
grant_unpack(const uint8_t *p, size_t len, struct auth_grant *ag)
{
	char *names[] = { ag->ag_method, ag->ag_policy, ag->ag_group };
	size_t i, n;

	memset(ag, 0, sizeof(*ag));
	for (i = 0; i < 3; i++) {
		if ((n = get_name(p, len, names[i])) == 0)
			return (-1);
		p += n;
		len -= n;
	}
	if (len != 14)
		return (-1);
	ag->ag_vlan = get16(p);
	ag->ag_max_time = get32(p + 2);
	ag->ag_idle = get32(p + 6);
	ag->ag_interim = get32(p + 10);
	return (0);
}

bool
grant_ok(const struct auth_grant *ag)
{
	return (memchr(ag->ag_user, '\0', GRANT_NAME) != NULL &&
	    memchr(ag->ag_method, '\0', GRANT_NAME) != NULL &&
	    memchr(ag->ag_policy, '\0', GRANT_NAME) != NULL &&
	    memchr(ag->ag_group, '\0', GRANT_NAME) != NULL &&
	    ag->ag_nclass <= GRANT_CLASS && ag->ag_vlan < 4095);
}
