/* SPDX-License-Identifier: ISC */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "kern/bytes.h"
#include "net/ether.h"
#include "net/loop.h"

enum {
	LOOP_VERSION = 1,
	LOOP_MAC_LEN = 16,
	LOOP_SKEW = 1000,	/* threads may read the clock a little apart */
	/* Offsets from the magic on. */
	OFF_VERSION = 4,
	OFF_ID = 8,
	OFF_PORT = 24,
	OFF_TIME = 32,
	OFF_HMAC = 40,
	LOOP_BODY_LEN = 56
};

static const uint8_t loop_dst[ETHER_ALEN] = { 0x03, 0x00, 0x4c, 0x57, 0x00,
	0x01 };
static const uint8_t loop_magic[4] = { 'L', 'W', 'L', 'P' };

/* false when libcrypto fails: such a probe is never accepted. */
static bool
sign(const uint8_t *body, const uint8_t *key, uint8_t *out)
{
	uint8_t md[EVP_MAX_MD_SIZE];
	unsigned int len;

	if (HMAC(EVP_sha256(), key, LOOP_KEY_LEN, body, OFF_HMAC, md, &len) ==
	    NULL)
		return (false);
	memcpy(out, md, LOOP_MAC_LEN);
	return (true);
}

/* The body of a probe, a tag in front of it or not; NULL when it is none. */
static const uint8_t *
find_body(const uint8_t *p, size_t len)
{
	struct ether_info ei;

	if (len < ETHER_HLEN || memcmp(p, loop_dst, ETHER_ALEN) != 0 ||
	    !ether_parse(p, len, &ei) || ei.ei_type != ETHER_LOOP_PROBE ||
	    len - ei.ei_payload < LOOP_BODY_LEN)
		return (NULL);
	p += ei.ei_payload;
	if (memcmp(p, loop_magic, sizeof(loop_magic)) != 0 ||
	    p[OFF_VERSION] != LOOP_VERSION)
		return (NULL);
	return (p);
}

bool
loop_is_probe(const uint8_t *p, size_t len)
{
	return (find_body(p, len) != NULL);
}

void
loop_build(uint8_t *out, const uint8_t *key, const uint8_t *hub_id,
    uint64_t port, uint64_t now)
{
	static const uint8_t oui[3] = { 0x02, 0x4c, 0x57 };
	uint8_t *body = out + ETHER_HLEN;

	memset(out, 0, LOOP_FRAME_LEN);
	memcpy(out, loop_dst, ETHER_ALEN);
	memcpy(out + ETHER_ALEN, oui, sizeof(oui));
	memcpy(out + ETHER_ALEN + 3, hub_id, 3);
	out[12] = ETHER_LOOP_PROBE >> 8;
	out[13] = ETHER_LOOP_PROBE & 0xff;
	memcpy(body, loop_magic, sizeof(loop_magic));
	body[OFF_VERSION] = LOOP_VERSION;
	memcpy(body + OFF_ID, hub_id, LOOP_ID_LEN);
	put64(body + OFF_PORT, port);
	put64(body + OFF_TIME, now);
	sign(body, key, body + OFF_HMAC);
}

enum loop_result
loop_check(const uint8_t *p, size_t len, const uint8_t *key,
    const uint8_t *hub_id, uint64_t now, uint64_t *port)
{
	uint8_t mac[LOOP_MAC_LEN];
	const uint8_t *body;
	uint64_t sent;

	if ((body = find_body(p, len)) == NULL ||
	    memcmp(body + OFF_ID, hub_id, LOOP_ID_LEN) != 0)
		return (LOOP_NONE);
	if (!sign(body, key, mac) ||
	    CRYPTO_memcmp(mac, body + OFF_HMAC, sizeof(mac)) != 0)
		return (LOOP_STALE);
	sent = get64(body + OFF_TIME);
	if (sent > now ? sent - now > LOOP_SKEW : now - sent > LOOP_FRESH)
		return (LOOP_STALE);
	*port = get64(body + OFF_PORT);
	return (LOOP_FOUND);
}
