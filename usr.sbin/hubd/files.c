/* SPDX-License-Identifier: ISC */
/*
 * files: the texts of files that a hub's settings name for the auth process,
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

static const char *const keys[] = { "client-ca", "client-crl" };

enum { KEYS = sizeof(keys) / sizeof(keys[0]) };

struct file {
	SLIST_ENTRY(file) fl_entry;
	char *fl_name;			/* "HUB KEY", then the text */
	const char *fl_text;
};

/* One file's text, malloc'ed; NULL with errno. */
static char *
read_file(const struct conf *hub, const char *key)
{
	char *text = calloc(1, FILE_MAX + 1);
	ssize_t n;
	int error;

	if (text == NULL)
		return (NULL);
	n = keystore_read(conf_str(hub, key), text, FILE_MAX + 1);
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
check_hub(const struct conf *hub, const char *path, struct conf_error *ce)
{
	uint8_t pin[CRYPTO_PIN_LEN];
	char *text;
	bool bad;
	int i;

	for (i = 0; i < KEYS; i++) {
		if (!conf_has(hub, keys[i]))
			continue;
		if ((text = read_file(hub, keys[i])) == NULL) {
			conf_error_set(ce, path, conf_find(hub, keys[i]),
			    "%s: %s", conf_str(hub, keys[i]), strerror(errno));
			return (-1);
		}
		bad = i == 0 && crypto_cert_pin(text, strlen(text), pin) == -1;
		free(text);
		if (bad) {
			conf_error_say(ce, path, conf_find(hub, keys[i]),
			    "%s: no certificate in PEM",
			    "%s：PEM 形式の証明書がありません。",
			    conf_str(hub, keys[i]));
			return (-1);
		}
	}
	return (0);
}

int
files_check(const struct conf *cf, const char *path, struct conf_error *ce)
{
	const struct conf *hub = NULL;

	while ((hub = conf_next(cf, "hub", hub)) != NULL)
		if (check_hub(hub, path, ce) == -1)
			return (-1);
	return (0);
}

static void
send_file(struct ipc *ch, const struct conf *hub, const char *key)
{
	char *text, *all;

	if (!conf_has(hub, key))
		return;
	if ((text = read_file(hub, key)) == NULL) {
		/* it was there when the settings were checked */
		log_warn("%s", conf_str(hub, key));
		return;
	}
	if (asprintf(&all, "%s %s\n%s", conf_name(hub), key, text) == -1)
		fatal("asprintf");
	(void)ipc_send_text(ch, MSG_FILE, all);
	free(all);
	free(text);
}

void
files_send(struct ipc *ch, const struct conf *cf)
{
	const struct conf *hub = NULL;
	int i;

	while ((hub = conf_next(cf, "hub", hub)) != NULL)
		for (i = 0; i < KEYS; i++)
			send_file(ch, hub, keys[i]);
}

void
files_add(struct files *fs, const struct text *tx)
{
	struct file *fl = calloc(1, sizeof(*fl));
	char *end;

	if (fl == NULL || (fl->fl_name = strdup(tx->tx_data)) == NULL)
		fatal("calloc");
	if ((end = strchr(fl->fl_name, '\n')) == NULL)
		fatalx("a bad message from the parent");
	*end = '\0';
	fl->fl_text = end + 1;
	SLIST_INSERT_HEAD(fs, fl, fl_entry);
}

const char *
files_find(const struct files *fs, const char *hub, const char *key)
{
	const struct file *fl;
	char name[HTTP_NAME_MAX + 32];

	snprintf(name, sizeof(name), "%s %s", hub, key);
	SLIST_FOREACH(fl, fs, fl_entry)
		if (strcmp(fl->fl_name, name) == 0)
			return (fl->fl_text);
	return (NULL);
}

void
files_free(struct files *fs)
{
	struct file *fl;

	while ((fl = SLIST_FIRST(fs)) != NULL) {
		SLIST_REMOVE_HEAD(fs, fl_entry);
		free(fl->fl_name);
		free(fl);
	}
}
