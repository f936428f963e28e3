/* SPDX-License-Identifier: ISC */
/*
 * auth: the table of methods, and which of them a hub asks, in order.
 */
#include <stddef.h>
#include <string.h>

#include "auth/auth.h"
#include "kern/conf.h"

#define METHOD(name) extern const struct auth_ops auth_##name;
#include "auth/methods.def"
#undef METHOD

static const struct auth_ops *const methods[] = {
#define METHOD(name) &auth_##name,
#include "auth/methods.def"
#undef METHOD
};

const struct auth_ops *
auth_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (strcmp(methods[i]->ao_name, name) == 0)
			return (methods[i]);
	return (NULL);
}

/* The name of the n'th method that the hub lists, or of its default. */
static const char *
method_name(const struct conf *hub, unsigned int n)
{
	const struct conf *cf = NULL;

	if (!conf_has(hub, "auth"))
		return (n == 0 ? conf_str(hub, "auth") : NULL);
	while ((cf = conf_next(hub, "auth", cf)) != NULL)
		if (n-- == 0)
			return (cf->cf_values[0]);
	return (NULL);
}

const struct auth_ops *
auth_method(const struct conf *hub, unsigned int n)
{
	const char *name;

	if (hub == NULL)
		return (n == 0 ? &auth_password : NULL);
	return ((name = method_name(hub, n)) == NULL ? NULL : auth_find(name));
}

bool
auth_uses(const struct conf *hub, const char *method)
{
	const char *name;
	unsigned int n;

	for (n = 0; (name = method_name(hub, n)) != NULL; n++)
		if (strcmp(name, method) == 0)
			return (true);
	return (false);
}

enum auth_result
auth_sum(enum auth_result before, enum auth_result res)
{
	if (res == AUTH_UNKNOWN && before == AUTH_UNREACHABLE)
		return (AUTH_UNREACHABLE);
	return (res);
}
