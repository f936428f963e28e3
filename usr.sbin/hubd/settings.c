/* SPDX-License-Identifier: ISC */
/*
 * settings: hubd.conf(5) read, cut to what a process may know, and received.
 */
#include <openssl/evp.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/auth.h"
#include "kern/conf.h"
#include "kern/log.h"
#include "kern/schema.h"
#include "tunnel/token.h"

#include "hubd.h"

/* The methods that hubs name are there; the schema knows no table of them. */
static int
check_methods(const struct conf *cf, const char *path, struct conf_error *ce)
{
	const struct conf *hub = NULL, *auth;

	while ((hub = conf_next(cf, "hub", hub)) != NULL)
		for (auth = NULL;
		     (auth = conf_next(hub, "auth", auth)) != NULL;)
			if (auth_find(auth->cf_values[0]) == NULL) {
				conf_error_say(ce, path, auth,
				    "auth: there is no method %s",
				    "auth：%s という認証方式はありません。",
				    auth->cf_values[0]);
				return (-1);
			}
	return (0);
}

struct conf *
settings_load(const char *path, char *err, size_t size)
{
	struct conf_error ce;
	struct conf *cf = conf_load(path, &ce);

	if (cf != NULL && conf_check(cf, schema_hubd, path, &ce) == 0 &&
	    check_methods(cf, path, &ce) == 0 &&
	    files_check(cf, path, &ce) == 0)
		return (cf);
	conf_error_format(&ce, err, size);
	conf_free(cf);
	return (NULL);
}

struct conf *
settings_receive(const struct text *tx)
{
	struct conf_error ce;
	struct conf *cf = conf_parse("settings", tx->tx_data, tx->tx_len, &ce);
	char err[512];

	if (cf != NULL && conf_check(cf, schema_hubd, "settings", &ce) == 0)
		return (cf);
	conf_error_format(&ce, err, sizeof(err));
	fatalx("%s", err);
}

bool
settings_ask_network(const struct conf *cf)
{
	const struct conf *hub = NULL;

	while ((hub = conf_next(cf, "hub", hub)) != NULL)
		if (auth_uses(hub, "radius") || conf_bool(hub, "accounting"))
			return (true);
	return (conf_has(cf, "radius-listen"));
}

/*
 * What stands for a password in the data process: of a password string's
 * form, so that the same checks pass, and holding only the credential's tag.
 */
static int
stand_in(struct conf *user, const uint8_t *token_key)
{
	static const char hash[] =
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
	uint8_t tag[TOKEN_TAG_LEN];
	char text[128], salt[32];

	if (!conf_has(user, "password"))
		return (0);
	token_tag(token_key, conf_str(user, "password"), tag);
	EVP_EncodeBlock((unsigned char *)salt, tag, sizeof(tag));
	salt[strcspn(salt, "=")] = '\0';
	snprintf(text, sizeof(text), "$scrypt$ln=15,r=8,p=1$%s$%s", salt, hash);
	return (conf_set(user, "password", text));
}

static int
stand_in_all(struct conf *cf, const uint8_t *token_key)
{
	struct conf *hub, *user;

	TAILQ_FOREACH(hub, &cf->cf_children, cf_entry) {
		if (strcmp(hub->cf_key, "radius") == 0 &&
		    conf_set(hub, "secret", "not for this process") == -1)
			return (-1);
		if (strcmp(hub->cf_key, "hub") != 0)
			continue;
		TAILQ_FOREACH(user, &hub->cf_children, cf_entry)
			if (strcmp(user->cf_key, "user") == 0 &&
			    stand_in(user, token_key) == -1)
				return (-1);
	}
	return (0);
}

char *
settings_for_data(const struct conf *cf, const uint8_t *token_key)
{
	struct text tx = { .tx_data = conf_print(cf, CONF_NO_COMMENTS) };
	struct conf *copy;
	char *out;

	if (tx.tx_data == NULL)
		return (NULL);
	tx.tx_len = strlen(tx.tx_data);
	copy = settings_receive(&tx);
	out = stand_in_all(copy, token_key) == -1 ?
	    NULL :
	    conf_print(copy, CONF_NO_COMMENTS);
	conf_free(copy);
	text_clear(&tx);
	return (out);
}

void
text_add(struct text *tx, const void *data, size_t len)
{
	char *p;

	if (len > CONF_SIZE || tx->tx_len > CONF_SIZE - len)
		fatalx("a message from the parent is too long");
	if ((p = realloc(tx->tx_data, tx->tx_len + len + 1)) == NULL)
		fatal("realloc");
	if (len > 0)
		memcpy(p + tx->tx_len, data, len);
	tx->tx_data = p;
	tx->tx_len += len;
	p[tx->tx_len] = '\0';
}

void
text_clear(struct text *tx)
{
	if (tx->tx_data != NULL)
		explicit_bzero(tx->tx_data, tx->tx_len);
	free(tx->tx_data);
	tx->tx_data = NULL;
	tx->tx_len = 0;
}

bool
name_ok(const char *name, size_t size)
{
	return (memchr(name, '\0', size) != NULL);
}
