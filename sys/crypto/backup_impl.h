/* SPDX-License-Identifier: ISC */
/*
 * backup_impl: what the files of backup share.
 */
#ifndef CRYPTO_BACKUP_IMPL_H
#define CRYPTO_BACKUP_IMPL_H

#include "crypto/backup.h"

/*
 * One more file, with room for BACKUP_FILE_MAX bytes and a NUL; NULL at a
 * limit or without memory.
 */
struct backup_file *backup_add_file(struct backup *bk, const char *path,
    mode_t mode);
/* Whether it can be a part of a path. */
bool backup_name_ok(const char *name, size_t len);

#endif
