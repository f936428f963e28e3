/* SPDX-License-Identifier: ISC */
/*
 * Host keys: as an SSH server shows them, and as settings have them.
 */
#include "fuzz.h"
#include "transport/ssh_host_key.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char name[SSH_TYPE_STRLEN + SSH_FINGERPRINT_STRLEN];
	struct ssh_host_key hk;
	char *text = fuzz_string(data, size);
	uint8_t *key = fuzz_copy(data, size);

	ssh_host_key_name(key, size, name, sizeof(name));
	FUZZ_PROMISE(strlen(name) < sizeof(name));
	if (ssh_host_key_parse(text, &hk) == 0)
		FUZZ_PROMISE(!ssh_host_key_is(&hk, key, size));
	free(text);
	free(key);
	return (0);
}
