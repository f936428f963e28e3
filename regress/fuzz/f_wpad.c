/* SPDX-License-Identifier: ISC */
/*
 * The file that DHCP option 252 names, and the URL itself: what is taken for
 * a proxy is a host and a port.
 */
#include "fuzz.h"
#include "kern/schema.h"
#include "transport/wpad.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wpad_proxy found[WPAD_PROXIES];
	char host[256], port[8], *url = fuzz_string(data, size);
	uint8_t *text = fuzz_copy(data, size);
	struct wpad_url wu;
	unsigned int i, n;

	n = wpad_proxies((const char *)text, size, found);
	FUZZ_PROMISE(n <= WPAD_PROXIES);
	for (i = 0; i < n; i++)
		FUZZ_PROMISE(schema_hostport(found[i].wp_server, host,
				 sizeof(host), port, sizeof(port)) == 0 &&
		    *port != '\0');
	if (wpad_url(url, &wu) == 0)
		FUZZ_PROMISE(wu.wu_port != 0 && wu.wu_path[0] == '/' &&
		    strpbrk(wu.wu_path, "\r\n ") == NULL);
	free(url);
	free(text);
	return (0);
}
