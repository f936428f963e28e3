/* SPDX-License-Identifier: ISC */
/*
 * auth: the table of methods, and asking a hub's methods in order.
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

/* Ask one method by name; a name that no method has knows nobody. */
static enum auth_result
ask(const char *name, const struct conf *hub, const char *user,
    const char *password)
{
	const struct auth_ops *ops = auth_find(name);

	return (ops == NULL ? AUTH_UNKNOWN :
			      ops->ao_check(hub, user, password));
}

/* The methods that the hub names, or its default. */
static enum auth_result
ask_all(const struct conf *hub, const char *user, const char *password)
{
	enum auth_result res = AUTH_UNKNOWN;
	const struct conf *cf = NULL;

	if (!conf_has(hub, "auth"))
		return (ask(conf_str(hub, "auth"), hub, user, password));
	while (res == AUTH_UNKNOWN && (cf = conf_next(hub, "auth", cf)) != NULL)
		res = ask(cf->cf_values[0], hub, user, password);
	return (res);
}

enum auth_result
auth_check(const struct conf *hub, const char *user, const char *password)
{
	if (hub == NULL) {
		(void)auth_password.ao_check(NULL, user, password);
		return (AUTH_DENY);
	}
	return (ask_all(hub, user, password) == AUTH_OK ? AUTH_OK : AUTH_DENY);
}
