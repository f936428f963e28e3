/* SPDX-License-Identifier: ISC */
/*
 * keyfile: the files of the state directory: hubd.key and hubd.crt, made at
 * the first start, hubd.acme.crt, which acmed(8) may put there, and token.key.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/rand.h>
#include <stdio.h>

#include "crypto/keystore.h"
#include "kern/conf.h"
#include "kern/log.h"

#include "hubd.h"

static void
state_path(const struct conf *cf, const char *name, char *out)
{
	snprintf(out, PATH_MAX, "%s/%s", conf_str(cf, "state-dir"), name);
}

static int
token_key_load(const struct conf *cf, uint8_t *token_key)
{
	char path[PATH_MAX];
	ssize_t n;

	state_path(cf, "token.key", path);
	n = keystore_read(path, token_key, TOKEN_KEY_LEN);
	if (n == TOKEN_KEY_LEN)
		return (0);
	if (n == -1 && errno != ENOENT) {
		log_warn("%s", path);
		return (-1);
	}
	if (RAND_bytes(token_key, TOKEN_KEY_LEN) != 1)
		return (-1);
	return (keystore_write(conf_str(cf, "state-dir"), "token.key",
	    token_key, TOKEN_KEY_LEN, 0600));
}

int
keyfile_prepare(const struct conf *cf, uint8_t *token_key)
{
	const char *dir = conf_str(cf, "state-dir");

	if (keystore_make_dirs(dir) == -1) {
		log_warn("%s", dir);
		return (-1);
	}
	if (!conf_has(cf, "key") && keystore_selfsigned(dir, "hubd") == -1)
		return (-1);
	return (token_key_load(cf, token_key));
}

char *
keyfile_cert(const struct conf *cf)
{
	if (conf_has(cf, "certificate"))
		return (keystore_cert(conf_str(cf, "certificate")));
	return (keystore_best_cert(conf_str(cf, "state-dir"), "hubd"));
}

int
keyfile_open_key(const struct conf *cf)
{
	char path[PATH_MAX];
	int fd;

	if (conf_has(cf, "key"))
		snprintf(path, sizeof(path), "%s", conf_str(cf, "key"));
	else
		state_path(cf, "hubd.key", path);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		log_warn("%s", path);
	return (fd);
}
