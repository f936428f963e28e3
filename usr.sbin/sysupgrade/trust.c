/* SPDX-License-Identifier: ISC */
/*
 * trust: whose upgrades are taken.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kern/bytes.h"

#include "trust.h"

struct key {
	char k_name[NAME_MAX + 1];
	uint8_t k_id[BUNDLE_KEY_ID];
	EVP_PKEY *k_key;
};

struct trust {
	struct key tr_keys[TRUST_KEYS];
	size_t tr_nkeys;
	uint8_t tr_revoked[TRUST_KEYS][BUNDLE_KEY_ID];
	size_t tr_nrevoked;
	char tr_lowest[VERSION_MAX];
};

void
trust_free(struct trust *tr)
{
	size_t i;

	if (tr == NULL)
		return;
	for (i = 0; i < tr->tr_nkeys; i++)
		EVP_PKEY_free(tr->tr_keys[i].k_key);
	free(tr);
}

const char *
trust_lowest(const struct trust *tr)
{
	return (tr->tr_lowest);
}

/* The beginning of the hash of its SPKI. */
static int
key_id(EVP_PKEY *key, uint8_t id[BUNDLE_KEY_ID])
{
	uint8_t sum[EVP_MAX_MD_SIZE], *der = NULL;
	int len, ok;

	if ((len = i2d_PUBKEY(key, &der)) <= 0)
		return (-1);
	ok = EVP_Digest(der, (size_t)len, sum, NULL, EVP_sha256(), NULL);
	OPENSSL_free(der);
	memcpy(id, sum, BUNDLE_KEY_ID);
	return (ok == 1 ? 0 : -1);
}

/* An Ed25519 key of a file. */
static EVP_PKEY *
read_key(const char *path)
{
	EVP_PKEY *key;
	FILE *f;

	if ((f = fopen(path, "re")) == NULL)
		return (NULL);
	key = PEM_read_PUBKEY(f, NULL, NULL, NULL);
	fclose(f);
	if (key != NULL && EVP_PKEY_get_id(key) != EVP_PKEY_ED25519) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	return (key);
}

/* Add DIR/NAME, if it is called like a key. */
static int
add_key(struct trust *tr, const char *dir, const char *name, char *err,
    size_t size)
{
	struct key *k = &tr->tr_keys[tr->tr_nkeys];
	const char *dot = strrchr(name, '.');
	char path[PATH_MAX];

	if (dot == NULL || strcmp(dot, ".pub") != 0)
		return (0);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (tr->tr_nkeys == TRUST_KEYS) {
		snprintf(err, size, "%s: too many keys", dir);
		return (-1);
	}
	if ((k->k_key = read_key(path)) == NULL ||
	    key_id(k->k_key, k->k_id) == -1) {
		EVP_PKEY_free(k->k_key);
		snprintf(err, size, "%s: no public Ed25519 key", path);
		return (-1);
	}
	snprintf(k->k_name, sizeof(k->k_name), "%.*s", (int)(dot - name), name);
	tr->tr_nkeys++;
	return (0);
}

static int
add_keys(struct trust *tr, const char *dir, char *err, size_t size)
{
	struct dirent *de;
	DIR *d;
	int rv = 0;

	if ((d = opendir(dir)) == NULL) {
		snprintf(err, size, "%s: %s", dir, strerror(errno));
		return (-1);
	}
	while (rv == 0 && (de = readdir(d)) != NULL)
		rv = add_key(tr, dir, de->d_name, err, size);
	closedir(d);
	return (rv);
}

/* A line "key ID" or "version V" of the list; -1 if it is neither. */
static int
take_back(struct trust *tr, const char *word, const char *value)
{
	unsigned long long id;
	char *end;

	if (strcmp(word, "version") == 0 && version_valid(value)) {
		memcpy(tr->tr_lowest, value, strlen(value) + 1);
		return (0);
	}
	if (strcmp(word, "key") != 0 || tr->tr_nrevoked == TRUST_KEYS ||
	    strspn(value, "0123456789abcdef") != 2 * BUNDLE_KEY_ID)
		return (-1);
	id = strtoull(value, &end, 16);
	if (*end != '\0')
		return (-1);
	put64(tr->tr_revoked[tr->tr_nrevoked++], id);
	return (0);
}

/* Read the list, whose absence is an empty one. */
static int
read_revoked(struct trust *tr, const char *dir, char *err, size_t size)
{
	char line[256], path[PATH_MAX], word[32], value[128], more[2];
	int n, number = 0, rv = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/revoked", dir);
	if ((f = fopen(path, "re")) == NULL) {
		if (errno == ENOENT)
			return (0);
		snprintf(err, size, "%s: %s", path, strerror(errno));
		return (-1);
	}
	while (rv == 0 && fgets(line, sizeof(line), f) != NULL) {
		number++;
		line[strcspn(line, "#")] = '\0';
		n = sscanf(line, "%31s %127s %1s", word, value, more);
		if (n != EOF && (n != 2 || take_back(tr, word, value) == -1)) {
			snprintf(err, size,
			    "%s:%d: neither key ID nor "
			    "version LOWEST",
			    path, number);
			rv = -1;
		}
	}
	fclose(f);
	return (rv);
}

struct trust *
trust_load(const char *dir, char *err, size_t size)
{
	struct trust *tr;

	if ((tr = calloc(1, sizeof(*tr))) == NULL) {
		snprintf(err, size, "out of memory");
		return (NULL);
	}
	memcpy(tr->tr_lowest, "0", sizeof("0"));
	if (add_keys(tr, dir, err, size) == -1 ||
	    read_revoked(tr, dir, err, size) == -1) {
		trust_free(tr);
		return (NULL);
	}
	return (tr);
}

static bool
is_revoked(const struct trust *tr, const uint8_t id[BUNDLE_KEY_ID])
{
	size_t i;

	for (i = 0; i < tr->tr_nrevoked; i++)
		if (memcmp(tr->tr_revoked[i], id, BUNDLE_KEY_ID) == 0)
			return (true);
	return (false);
}

static const struct key *
find_key(const struct trust *tr, const uint8_t id[BUNDLE_KEY_ID])
{
	size_t i;

	for (i = 0; i < tr->tr_nkeys; i++)
		if (memcmp(tr->tr_keys[i].k_id, id, BUNDLE_KEY_ID) == 0)
			return (&tr->tr_keys[i]);
	return (NULL);
}

static bool
is_right(EVP_PKEY *key, const struct bundle_signature *bs, const char *text,
    size_t len)
{
	EVP_MD_CTX *ctx;
	bool ok;

	if ((ctx = EVP_MD_CTX_new()) == NULL)
		return (false);
	ok = EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1 &&
	    EVP_DigestVerify(ctx, bs->bs_bytes, BUNDLE_SIGNATURE,
		(const uint8_t *)text, len) == 1;
	EVP_MD_CTX_free(ctx);
	return (ok);
}

const char *
trust_verify(const struct trust *tr, const struct bundle *bu, const char *text,
    char *err, size_t size)
{
	const struct bundle_signature *bs;
	const struct key *k;
	const char *reason = NULL;
	size_t i;

	for (i = 0; i < bu->bu_nsignatures; i++) {
		bs = &bu->bu_signatures[i];
		if (is_revoked(tr, bs->bs_key))
			reason = "its key was revoked";
		else if ((k = find_key(tr, bs->bs_key)) == NULL)
			reason = reason != NULL ?
			    reason :
			    "this box does not know its key";
		else if (is_right(k->k_key, bs, text, bu->bu_signed))
			return (k->k_name);
		else
			reason = "it is not what the key's owner signed";
	}
	bs = &bu->bu_signatures[bu->bu_nsignatures - 1];
	snprintf(err, size, "wrong signature (key %016llx): %s",
	    (unsigned long long)get64(bs->bs_key), reason);
	return (NULL);
}
