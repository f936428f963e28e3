/* SPDX-License-Identifier: ISC */
/*
 * backup: settings and keys of a box in one file of text, which is a
 * longwire.txt(5) at the same time:
 *
 *	# longwire-backup 1
 *	# sha256 64 hexadecimal digits	of all lines behind this one
 *	# version 0.20261126.20735+3a28dae	that made it
 *	# host tokyo
 *	# ...				what it is, for people
 *	settings
 *	# file hubd/hubd.key 600	a file below /cfg/db, and its mode
 *	# base64...			its contents, in lines
 *	# end
 *
 * Lines end with LF or CR LF, as people copy such files over any machine; the
 * hash is of LF.  Sealed with a passphrase it is a CMS message (RFC 5652) in
 * PEM: AuthEnvelopedData (RFC 5083), AES-256-GCM, the key wrapped by one of
 * PBKDF2 (RFC 3211), which "openssl cms -decrypt -pwri_password" opens.
 *
 * Used by cfgctl; what is read is not to be trusted.
 */
#ifndef CRYPTO_BACKUP_H
#define CRYPTO_BACKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "kern/message.h"
#include "kern/version.h"

enum {
	BACKUP_MAX = 6 << 20,		/* bytes, also when sealed */
	BACKUP_HEAD = 512,
	BACKUP_FILES_MAX = 64,
	BACKUP_FILE_MAX = 64 * 1024,	/* bytes of one file */
	BACKUP_FILES_SIZE = 512 * 1024,	/* of all */
	BACKUP_PATH_MAX = 128,
	BACKUP_PASSPHRASE_MIN = 10,
	BACKUP_PASSPHRASE_MAX = 1024,
	BACKUP_ROUNDS = 600000		/* of PBKDF2 */
};

/* A file below /cfg/db: DAEMON/NAME. */
struct backup_file {
	char bf_path[BACKUP_PATH_MAX];
	mode_t bf_mode;
	char *bf_data;
	size_t bf_len;
};

struct backup {
	char bk_version[VERSION_MAX];	/* "" if unknown */
	char *bk_settings;		/* text of a longwire.txt(5) */
	unsigned int bk_nfiles;
	struct backup_file *bk_files;
};

/*
 * Whether a text says that it is a backup, plain or sealed; its first
 * BACKUP_HEAD bytes are enough.
 */
bool backup_is_plain(const char *text, size_t len);
bool backup_is_sealed(const char *text, size_t len);

/*
 * Take a plain one apart; version is what runs here, "" if unknown.  NULL, or
 * why it is refused: damaged, or of a newer version or format.  For
 * backup_free() in any case.
 */
const struct message *backup_parse(const char *text, size_t len,
    const char *version, struct backup *bk);
/*
 * As text, which the caller frees; NULL without memory.  host is the name of
 * the box.
 */
char *backup_print(const struct backup *bk, const char *host);
void backup_free(struct backup *bk);

/*
 * The files below dir/db into bk.  0, or -1 with a sentence in err.  What is
 * no plain file, or has a name that no daemon gives, is passed over.
 */
int backup_collect(const char *dir, struct backup *bk, char *err, size_t size);
/* Whether all the files are there, with the same contents. */
bool backup_files_same(const char *dir, const struct backup *bk);
/*
 * The files as text, for a generation that has them with it, see generation.h;
 * the caller frees it.  NULL without memory or files.
 */
char *backup_print_files(const struct backup *bk);
/*
 * Put the files that came with the current generation below dir/db, unless it
 * is on trial, and forget those of others.  How many, or -1 with a sentence in
 * err.
 */
int backup_settle(const char *dir, char *err, size_t size);

/* seal.c */
/* PEM, which the caller frees; NULL without memory. */
char *backup_seal(const char *text, const char *passphrase);
/*
 * The text of a sealed one, for freezero(*text, *len).  NULL, or why it cannot
 * be had: a wrong passphrase and damage cannot be told apart.
 */
const struct message *backup_open(const char *pem, size_t len,
    const char *passphrase, char **text, size_t *text_len);

#endif
