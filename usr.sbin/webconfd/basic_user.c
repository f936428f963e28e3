/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/auth.h"
#include "kern/conf.h"

#include "basic.h"

/* "f.user.N.what" or "f.new.N.what" */
static const char *
user_value(const struct change *ca, const char *kind, unsigned int n,
    const char *what)
{
	char key[KEY_SIZE];

	snprintf(key, sizeof(key), "f.%s.%u.%s", kind, n, what);
	return (pairs_str(ca->ca_in, key));
}

static void
user_fault(struct change *ca, const char *kind, unsigned int n,
    const char *what, const struct message *ms)
{
	char name[NAME_SIZE];

	snprintf(name, sizeof(name), "%s.%u.%s", kind, n, what);
	basic_fault(ca, name, ms);
}

/* A typed password as the string that is kept; false if it does not fit. */
static bool
set_user_password(struct change *ca, struct conf *user, const char *kind,
    unsigned int n)
{
	const char *password = user_value(ca, kind, n, "password");
	const struct message *ms;
	char string[PASSWORD_STRLEN];
	bool ok;

	ms = schema_fault(&row_user_password, password, NULL);
	if (ms != NULL) {
		user_fault(ca, kind, n, "password", ms);
		return (false);
	}
	ok = password_make(password, string) == 0 &&
	    conf_set(user, "password", string) == 0;
	if (!ok)
		basic_no_memory(ca);
	explicit_bzero(string, sizeof(string));
	return (ok);
}

static void
set_old_user(struct change *ca, unsigned int n)
{
	struct conf *user = basic_child(ca->ca_box.bx_hub, "user",
	    user_value(ca, "user", n, "name"));

	if (user == NULL)
		return;
	if (strcmp(user_value(ca, "user", n, "remove"), "yes") == 0)
		conf_free(user);
	else if (*user_value(ca, "user", n, "password") != '\0')
		(void)set_user_password(ca, user, "user", n);
}

static void
set_new_user(struct change *ca, unsigned int n)
{
	static const struct message there = { "there is a user of this name",
		"同じ名前のユーザーがいます。" };
	const char *name = user_value(ca, "new", n, "name");
	const struct message *ms;
	struct conf *user;

	if (*name == '\0') {
		if (*user_value(ca, "new", n, "password") != '\0')
			user_fault(ca, "new", n, "name", &field_needed);
		return;
	}
	if ((ms = schema_fault(&row_user_name, name, NULL)) != NULL)
		user_fault(ca, "new", n, "name", ms);
	else if (basic_child(ca->ca_box.bx_hub, "user", name) != NULL)
		user_fault(ca, "new", n, "name", &there);
	else if (*user_value(ca, "new", n, "password") == '\0')
		user_fault(ca, "new", n, "password", &field_needed);
	else if ((user = basic_block(ca, ca->ca_box.bx_hub, "user", name)) !=
	    NULL)
		(void)set_user_password(ca, user, "new", n);
}

void
basic_users(struct change *ca)
{
	unsigned int n;

	for (n = 0; n < WEB_USERS_MAX; n++)
		if (*user_value(ca, "user", n, "name") != '\0')
			set_old_user(ca, n);
	for (n = 0; n < WEB_USERS_NEW; n++)
		set_new_user(ca, n);
}
