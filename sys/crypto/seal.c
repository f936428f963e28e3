/* SPDX-License-Identifier: ISC */
/*
 * seal: a backup behind a passphrase, in a form that OpenSSL's own program
 * opens.
 */
#include <openssl/pem.h>

/* which has functions more behind that one */
#include <openssl/cms.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/backup.h"

static const char begin[] = "-----BEGIN CMS-----";

bool
backup_is_sealed(const char *text, size_t len)
{
	return (len >= sizeof(begin) - 1 &&
	    memcmp(text, begin, sizeof(begin) - 1) == 0);
}

/* What a memory BIO holds, with NUL behind it; *len without that. */
static char *
contents(BIO *bio, size_t *len)
{
	char *data, *copy;
	long n = BIO_get_mem_data(bio, &data);

	if (n < 0 || (copy = malloc((size_t)n + 1)) == NULL)
		return (NULL);
	memcpy(copy, data, (size_t)n);
	copy[n] = '\0';
	*len = (size_t)n;
	return (copy);
}

static CMS_ContentInfo *
sealed(BIO *in, const char *passphrase)
{
	CMS_ContentInfo *cms = CMS_AuthEnvelopedData_create(EVP_aes_256_gcm());
	unsigned char *pass = (unsigned char *)OPENSSL_strdup(passphrase);

	/* the key is wrapped by a cipher of blocks: RFC 3211, 2.3 */
	if (cms == NULL || pass == NULL || CMS_set_detached(cms, 0) != 1 ||
	    CMS_add0_recipient_password(cms, BACKUP_ROUNDS, NID_undef,
		NID_undef, pass, -1, EVP_aes_256_cbc()) == NULL) {
		OPENSSL_free(pass);
		CMS_ContentInfo_free(cms);
		return (NULL);
	}
	if (CMS_final(cms, in, NULL, CMS_BINARY) == 1)
		return (cms);
	CMS_ContentInfo_free(cms);
	return (NULL);
}

char *
backup_seal(const char *text, const char *passphrase)
{
	BIO *in = BIO_new_mem_buf(text, -1), *out = BIO_new(BIO_s_mem());
	CMS_ContentInfo *cms = NULL;
	char *pem = NULL;
	size_t len;

	if (in != NULL && out != NULL &&
	    (cms = sealed(in, passphrase)) != NULL &&
	    PEM_write_bio_CMS(out, cms) == 1)
		pem = contents(out, &len);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
	BIO_free(out);
	return (pem);
}

/* No other form of CMS: those without authentication could be altered. */
static CMS_ContentInfo *
read_cms(const char *pem, size_t len)
{
	BIO *in = BIO_new_mem_buf(pem, (int)len);
	CMS_ContentInfo *cms = NULL;

	if (in != NULL)
		cms = PEM_read_bio_CMS(in, NULL, NULL, NULL);
	BIO_free(in);
	if (cms == NULL ||
	    OBJ_obj2nid(CMS_get0_type(cms)) ==
		NID_id_smime_ct_authEnvelopedData)
		return (cms);
	CMS_ContentInfo_free(cms);
	return (NULL);
}

static bool
unseal(CMS_ContentInfo *cms, const char *passphrase, BIO *out)
{
	unsigned char *pass = (unsigned char *)OPENSSL_strdup(passphrase);
	bool ok;

	if (pass == NULL)
		return (false);
	ok = CMS_decrypt_set1_password(cms, pass,
		 (ossl_ssize_t)strlen(passphrase)) == 1 &&
	    CMS_decrypt(cms, NULL, NULL, NULL, out, CMS_BINARY) == 1;
	OPENSSL_clear_free(pass, strlen(passphrase));
	return (ok);
}

const struct message *
backup_open(const char *pem, size_t len, const char *passphrase, char **text,
    size_t *text_len)
{
	static const struct message none = { "no sealed backup, or damaged",
		"暗号化されたバックアップではないか、壊れています。" };
	static const struct message wrong = {
		"the passphrase is wrong, or the backup is damaged",
		"パスフレーズが違うか、バックアップが壊れています。"
	};
	static const struct message memory = { "out of memory",
		"メモリーが足りません。" };
	const struct message *why = NULL;
	CMS_ContentInfo *cms = read_cms(pem, len);
	BIO *out = BIO_new(BIO_s_mem());

	*text = NULL;
	if (cms == NULL)
		why = &none;
	else if (out == NULL)
		why = &memory;
	else if (!unseal(cms, passphrase, out))
		why = &wrong;
	else if ((*text = contents(out, text_len)) == NULL)
		why = &memory;
	CMS_ContentInfo_free(cms);
	BIO_free(out);
	return (why);
}
