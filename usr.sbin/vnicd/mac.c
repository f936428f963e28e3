/* SPDX-License-Identifier: ISC */
#include <openssl/evp.h>

#include <stdlib.h>
#include <string.h>

#include "vnicd.h"

/*
 * The first octet is 0xfe: locally administered, unicast, and higher than
 * any vendor's.  A Linux bridge takes the lowest address of its ports for its
 * own, and the box's address on the LAN must not change when we join.
 */
void
mac_derive(const void *seed, size_t len, const char *name, uint8_t mac[6])
{
	static const char label[] = "longwire virtual NIC";
	uint8_t hash[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	/* the labels' NULs keep seed and name apart */
	if (ctx == NULL || !EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) ||
	    !EVP_DigestUpdate(ctx, label, sizeof(label)) ||
	    !EVP_DigestUpdate(ctx, name, strlen(name) + 1) ||
	    !EVP_DigestUpdate(ctx, seed, len) ||
	    !EVP_DigestFinal_ex(ctx, hash, NULL))
		abort();
	EVP_MD_CTX_free(ctx);
	memcpy(mac, hash, 6);
	mac[0] = 0xfe;
}
