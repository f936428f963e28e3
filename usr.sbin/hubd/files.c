/* SPDX-License-Identifier: ISC */
/*
 * files: the texts of files that settings name for the auth process,
 * which sees no files: read and sent by the parent before the settings, kept
 * with them there.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "crypto/keystore.h"
#include "kern/conf.h"
#include "kern/ipc.h"
#include "kern/log.h"

#include "hubd.h"

/* The keys, by the block that they stand in. */
static const struct {
	const char *block;
	const char *key;
	bool cert;			/* begins with a certificate */
} keys[] = {
	{ "hub", "client-ca", true },
	{ "hub", "client-crl", false },
	{ "radius", "ca", true },
	{ "radius", "certificate", true },
	{ "radius", "key", false },
};

enum { KEYS = sizeof(keys) / sizeof(keys[0]) };

struct file {
	SLIST_ENTRY(file) fl_entry;
	char *fl_name;			/* "BLOCK NAME KEY", then the text */
	size_t fl_size;
	const char *fl_text;
};

/* One file's text, malloc'ed; NULL with errno. */
static char *
read_file(const struct conf *block, const char *key)
{
	char *text = calloc(1, FILE_MAX + 1);
	ssize_t n;
	int error;

	if (text == NULL)
		return (NULL);
	n = keystore_read(conf_str(block, key), text, FILE_MAX + 1);
	if (n >= 0 && n <= FILE_MAX) {
		text[n] = '\0';
		return (text);
	}
	error = n == -1 ? errno : EFBIG;
	free(text);
	errno = error;
	return (NULL);
}

static int
check_file(const struct conf *block, const char *key, bool cert,
    const char *path, struct conf_error *ce)
{
	uint8_t pin[CRYPTO_PIN_LEN];
	char *text;
	bool bad;

	if (!conf_has(block, key))
		return (0);
	if ((text = read_file(block, key)) == NULL) {
		conf_error_set(ce, path, conf_find(block, key), "%s: %s",
		    conf_str(block, key), strerror(errno));
		return (-1);
	}
	bad = cert && crypto_cert_pin(text, strlen(text), pin) == -1;
	freezero(text, FILE_MAX + 1);
	if (!bad)
		return (0);
	conf_error_say(ce, path, conf_find(block, key),
	    "%s: no certificate in PEM", "%s：PEM 形式の証明書がありません。",
	    conf_str(block, key));
	return (-1);
}

int
files_check(const struct conf *cf, const char *path, struct conf_error *ce)
{
	const struct conf *block;
	int i;

	for (i = 0; i < KEYS; i++)
		for (block = NULL;
		     (block = conf_next(cf, keys[i].block, block)) != NULL;)
			if (check_file(block, keys[i].key, keys[i].cert, path,
				ce) == -1)
				return (-1);
	return (0);
}

static void
send_file(struct ipc *ch, const struct conf *block, const char *key)
{
	char *text, *all;

	if (!conf_has(block, key))
		return;
	if ((text = read_file(block, key)) == NULL) {
		/* it was there when the settings were checked */
		log_warn("%s", conf_str(block, key));
		return;
	}
	if (asprintf(&all, "%s %s %s\n%s", block->cf_key, conf_name(block), key,
		text) == -1)
		fatal("asprintf");
	(void)ipc_send_text(ch, MSG_FILE, all);
	freezero(all, strlen(all));
	freezero(text, FILE_MAX + 1);
}

void
files_send(struct ipc *ch, const struct conf *cf)
{
	const struct conf *block;
	int i;

	for (i = 0; i < KEYS; i++)
		for (block = NULL;
		     (block = conf_next(cf, keys[i].block, block)) != NULL;)
			send_file(ch, block, keys[i].key);
}

void
files_add(struct files *fs, const struct text *tx)
{
	struct file *fl = calloc(1, sizeof(*fl));
	char *end;

	if (fl == NULL || (fl->fl_name = strdup(tx->tx_data)) == NULL)
		fatal("calloc");
	fl->fl_size = strlen(fl->fl_name);
	if ((end = strchr(fl->fl_name, '\n')) == NULL)
		fatalx("a bad message from the parent");
	*end = '\0';
	fl->fl_text = end + 1;
	SLIST_INSERT_HEAD(fs, fl, fl_entry);
}

const char *
files_find(const struct files *fs, const char *block, const char *name,
    const char *key)
{
	const struct file *fl;
	char full[HTTP_NAME_MAX + 64];

	snprintf(full, sizeof(full), "%s %s %s", block, name, key);
	SLIST_FOREACH(fl, fs, fl_entry)
		if (strcmp(fl->fl_name, full) == 0)
			return (fl->fl_text);
	return (NULL);
}

void
files_free(struct files *fs)
{
	struct file *fl;

	while ((fl = SLIST_FIRST(fs)) != NULL) {
		SLIST_REMOVE_HEAD(fs, fl_entry);
		freezero(fl->fl_name, fl->fl_size);
		free(fl);
	}
}
