/* SPDX-License-Identifier: ISC */
/*
 * A backup that somebody restores, changed by hand: without its hash, so that
 * what is behind that is looked at.
 */
#include "crypto/backup.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char head[] = "# longwire-backup 1\n";
	char *text = malloc(sizeof(head) + size);
	struct backup bk;
	unsigned int i;

	if (text == NULL)
		abort();
	memcpy(text, head, sizeof(head) - 1);
	memcpy(text + sizeof(head) - 1, data, size);
	if (backup_parse(text, sizeof(head) - 1 + size, "1.4", &bk) == NULL) {
		FUZZ_PROMISE(bk.bk_settings != NULL);
		for (i = 0; i < bk.bk_nfiles; i++) {
			FUZZ_PROMISE(strstr(bk.bk_files[i].bf_path, "..") ==
				NULL ||
			    bk.bk_files[i].bf_path[0] != '.');
			FUZZ_PROMISE(bk.bk_files[i].bf_path[0] != '/');
			FUZZ_PROMISE(strstr(bk.bk_files[i].bf_path, "/.") ==
			    NULL);
			FUZZ_PROMISE(bk.bk_files[i].bf_len <= BACKUP_FILE_MAX);
		}
	}
	backup_free(&bk);
	free(text);
	return (0);
}
