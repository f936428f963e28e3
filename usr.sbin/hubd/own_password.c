/* SPDX-License-Identifier: ISC */
/*
 * own_password: passwords that users have chosen themselves, in a file of the
 * state directory.  Each stands for the one that hubd.conf(5) had at that
 * time, so that another one there counts for more.  Runs in the parent.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/auth.h"
#include "crypto/keystore.h"
#include "kern/clock.h"
#include "kern/conf.h"
#include "kern/log.h"
#include "kern/schema.h"

#include "parent.h"

#define OWN_FILE "passwords"

enum { OWN_REST = 60 };		/* s between changes of a user: flash wears */

static const struct schema user_rows[] = {
	{
	    .sc_key = "was",		/* hubd.conf's */
	    .sc_type = ST_STRING,
	    .sc_flags = SF_SECRET | SF_REQUIRED,
	    .sc_min = 1,
	    .sc_max = 512,
	},
	{
	    .sc_key = "password",
	    .sc_type = ST_STRING,
	    .sc_flags = SF_SECRET | SF_REQUIRED,
	    .sc_min = 1,
	    .sc_max = 512,
	},
	{
	    .sc_key = "changed",	/* s since 1970 */
	    .sc_type = ST_INT,
	    .sc_flags = SF_REQUIRED,
	    .sc_min = 0,
	    .sc_max = INT64_MAX,
	},
	{ .sc_key = NULL },
};

static const struct schema hub_rows[] = {
	{
	    .sc_key = "user",
	    .sc_type = ST_BLOCK,
	    .sc_flags = SF_NAMED,
	    .sc_children = user_rows,
	},
	{ .sc_key = NULL },
};

static const struct schema own_rows[] = {
	{
	    .sc_key = "hub",
	    .sc_type = ST_BLOCK,
	    .sc_flags = SF_NAMED,
	    .sc_children = hub_rows,
	},
	{ .sc_key = NULL },
};

/* What was kept; an empty tree if there is none, or none that can be read. */
static struct conf *
own_load(const struct conf *settings)
{
	char path[PATH_MAX], text[512];
	struct conf_error ce;
	struct conf *own;

	snprintf(path, sizeof(path), "%s/" OWN_FILE,
	    conf_str(settings, "state-dir"));
	if (access(path, F_OK) == 0) {
		own = conf_load(path, &ce);
		if (own != NULL && conf_check(own, own_rows, path, &ce) == 0)
			return (own);
		conf_free(own);
		conf_error_format(&ce, text, sizeof(text));
		log_warnx("%s; passwords of hubd.conf count", text);
	}
	own = conf_parse(path, "", 0, &ce);
	if (own == NULL || conf_check(own, own_rows, path, &ce) == -1)
		fatalx("no memory for passwords");
	return (own);
}

static int
own_save(const struct conf *settings, const struct conf *own)
{
	char *text = conf_print(own, CONF_PLAIN);
	int ret;

	if (text == NULL)
		return (-1);
	ret = keystore_write(conf_str(settings, "state-dir"), OWN_FILE, text,
	    strlen(text), 0600);
	freezero(text, strlen(text));
	return (ret);
}

/* The user's block, if the user has a password there; else NULL. */
static struct conf *
user_of(struct conf *settings, const char *hub, const char *user)
{
	const struct conf *cf = conf_block(settings, "hub", hub);

	if (cf != NULL)
		cf = conf_block(cf, "user", user);
	/* part of a tree that is the caller's to change */
	return (cf != NULL && conf_has(cf, "password") ? (struct conf *)cf :
							 NULL);
}

void
own_passwords_apply(struct conf *settings)
{
	struct conf *own = own_load(settings), *user;
	const struct conf *hub = NULL, *cf;

	while ((hub = conf_next(own, "hub", hub)) != NULL)
		for (cf = NULL; (cf = conf_next(hub, "user", cf)) != NULL;) {
			user = user_of(settings, conf_name(hub), conf_name(cf));
			if (user != NULL &&
			    strcmp(conf_str(user, "password"),
				conf_str(cf, "was")) == 0 &&
			    conf_set(user, "password",
				conf_str(cf, "password")) == -1)
				fatalx("no memory for passwords");
		}
	conf_free(own);
}

/* The block, made if need be; NULL without memory. */
static struct conf *
block_get(struct conf *cf, const char *key, const char *name)
{
	const struct conf *is = conf_block(cf, key, name);

	return (is != NULL ? (struct conf *)is : conf_add_block(cf, key, name));
}

static bool
is_too_soon(const struct conf *cf, uint64_t now)
{
	uint64_t at = (uint64_t)conf_int(cf, "changed");

	return (at <= now && now - at < OWN_REST);
}

/* Put it into the tree.  -1: not now. */
static int
own_put(struct conf *own, const struct msg_password *mp, const char *now_is)
{
	struct conf *hub = block_get(own, "hub", mp->mp_hub), *user;
	uint64_t now = clock_unix();
	char text[24];

	if (hub == NULL ||
	    (user = block_get(hub, "user", mp->mp_user)) == NULL ||
	    (conf_has(user, "changed") && is_too_soon(user, now)))
		return (-1);
	/* it stands for hubd.conf's, also where that is newer than it was */
	if ((!conf_has(user, "password") ||
		strcmp(conf_str(user, "password"), now_is) != 0) &&
	    conf_set(user, "was", now_is) == -1)
		return (-1);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)now);
	if (conf_set(user, "password", mp->mp_string) == -1)
		return (-1);
	return (conf_set(user, "changed", text));
}

/* Users who are no more. */
static void
own_prune(struct conf *own, struct conf *settings)
{
	struct conf *hub, *user, *next;

	TAILQ_FOREACH(hub, &own->cf_children, cf_entry)
		TAILQ_FOREACH_SAFE(user, &hub->cf_children, cf_entry, next)
			if (user_of(settings, conf_name(hub),
				conf_name(user)) == NULL)
				conf_free(user);
}

int
own_password_set(struct conf *settings, const struct msg_password *mp)
{
	struct conf *user = user_of(settings, mp->mp_hub, mp->mp_user), *own;
	int ret = -1;

	if (user == NULL || !password_string_ok(mp->mp_string))
		return (-1);
	own = own_load(settings);
	own_prune(own, settings);
	if (own_put(own, mp, conf_str(user, "password")) == 0 &&
	    own_save(settings, own) == 0 &&
	    conf_set(user, "password", mp->mp_string) == 0)
		ret = 0;
	conf_free(own);
	return (ret);
}
