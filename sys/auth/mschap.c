/* SPDX-License-Identifier: ISC */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "auth/mschap.h"
#include "crypto/md4.h"
#include "kern/utf8.h"

enum {
	SHA1_LEN = 20,
	PASSWORD_UNITS = 256,		/* RFC 2759, 8.3 */
	KEY_LEN = 7,			/* of DES, without parity */
	DES_LEN = 8
};

/* A piece of what is hashed. */
struct piece {
	const void *pc_data;
	size_t pc_len;
};

static int
sha1(const struct piece *pc, unsigned int n, uint8_t out[SHA1_LEN])
{
	EVP_MD_CTX *cx = EVP_MD_CTX_new();
	int ok = cx != NULL && EVP_DigestInit_ex(cx, EVP_sha1(), NULL) == 1;
	unsigned int i;

	for (i = 0; ok && i < n; i++)
		ok = EVP_DigestUpdate(cx, pc[i].pc_data, pc[i].pc_len) == 1;
	ok = ok && EVP_DigestFinal_ex(cx, out, NULL) == 1;
	EVP_MD_CTX_free(cx);
	return (ok ? 0 : -1);
}

/* NtPasswordHash: MD4 of the password in UTF-16LE. */
static int
password_hash(const char *password, uint8_t out[MD4_LEN])
{
	uint8_t utf16[2 * PASSWORD_UNITS];
	ssize_t n = utf8_to_utf16le(password, utf16, sizeof(utf16));

	if (n == -1)
		return (-1);
	md4(utf16, (size_t)n, out);
	OPENSSL_cleanse(utf16, sizeof(utf16));
	return (0);
}

/* 7 octets of key in 8, the lowest bit of each for parity, which is unused. */
static void
des_key(const uint8_t *in, uint8_t out[DES_LEN])
{
	uint64_t bits = 0;
	int i;

	for (i = 0; i < KEY_LEN; i++)
		bits = bits << 8 | in[i];
	for (i = DES_LEN - 1; i >= 0; i--, bits >>= 7)
		out[i] = (uint8_t)(bits << 1);
}

/*
 * One block of DES, as triple DES with three times the same key, since
 * OpenSSL 3 has the single one in its legacy provider only.
 */
static int
des(const uint8_t *key, const uint8_t *in, uint8_t *out)
{
	EVP_CIPHER_CTX *cx = EVP_CIPHER_CTX_new();
	uint8_t keys[3 * DES_LEN];
	int i, n, ok;

	for (i = 0; i < 3; i++)
		des_key(key, keys + i * DES_LEN);
	ok = cx != NULL &&
	    EVP_EncryptInit_ex(cx, EVP_des_ede3_ecb(), NULL, keys, NULL) == 1 &&
	    EVP_CIPHER_CTX_set_padding(cx, 0) == 1 &&
	    EVP_EncryptUpdate(cx, out, &n, in, DES_LEN) == 1 && n == DES_LEN;
	EVP_CIPHER_CTX_free(cx);
	OPENSSL_cleanse(keys, sizeof(keys));
	return (ok ? 0 : -1);
}

/* RFC 2759, 8.5: the hash, filled up with zeroes, as three keys. */
static int
challenge_response(const uint8_t *challenge, const uint8_t hash[MD4_LEN],
    uint8_t out[MSCHAP_RESPONSE_LEN])
{
	uint8_t keys[3 * KEY_LEN] = { 0 };
	int i, ok = 0;

	memcpy(keys, hash, MD4_LEN);
	for (i = 0; i < 3 && ok == 0; i++)
		ok = des(keys + i * KEY_LEN, challenge, out + i * DES_LEN);
	OPENSSL_cleanse(keys, sizeof(keys));
	return (ok);
}

/* RFC 2759, 8.7 */
static int
server_answer(struct mschap *ms, const uint8_t hash[MD4_LEN],
    const uint8_t *challenge)
{
	static const char magic1[] = "Magic server to client signing constant";
	static const char magic2[] =
	    "Pad to make it do more than one iteration";
	uint8_t again[MD4_LEN], digest[SHA1_LEN];
	const struct piece one[] = { { again, MD4_LEN },
		{ ms->ms_response, MSCHAP_RESPONSE_LEN },
		{ magic1, sizeof(magic1) - 1 } };
	const struct piece two[] = { { digest, SHA1_LEN },
		{ challenge, DES_LEN }, { magic2, sizeof(magic2) - 1 } };
	int i;

	md4(hash, MD4_LEN, again);
	if (sha1(one, 3, digest) == -1 || sha1(two, 3, digest) == -1)
		return (-1);
	memcpy(ms->ms_success, "S=", 3);
	for (i = 0; i < SHA1_LEN; i++)
		snprintf(ms->ms_success + 2 + 2 * i, 3, "%02X", digest[i]);
	OPENSSL_cleanse(again, sizeof(again));
	return (0);
}

int
mschap_answer(struct mschap *ms, const char *user, const char *password)
{
	const struct piece pieces[] = { { ms->ms_peer, MSCHAP_CHALLENGE_LEN },
		{ ms->ms_challenge, MSCHAP_CHALLENGE_LEN },
		{ user, strlen(user) } };
	uint8_t challenge[SHA1_LEN], hash[MD4_LEN];
	int ok = -1;

	if (password_hash(password, hash) == -1)
		return (-1);
	if (sha1(pieces, 3, challenge) == 0 &&
	    challenge_response(challenge, hash, ms->ms_response) == 0)
		ok = server_answer(ms, hash, challenge);
	OPENSSL_cleanse(hash, sizeof(hash));
	return (ok);
}
