/* SPDX-License-Identifier: ISC */
/*
 * address: counts connections by address, and remembers for a while from
 * where an administrator has logged in, and from where connections come that
 * never make a request.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "kern/clock.h"

#include "http.h"

enum {
	KEY_LEN = 16,
	KNOWN_MAX = 32,
	KNOWN_MS = 60 * 60 * 1000,
	WASTE_ADDRESSES = 4096,	/* a power of two */
	WASTE_MAX = 1000,
	WASTE_HALF_MS = 60 * 1000
};

struct known {
	uint8_t kn_key[KEY_LEN];
	uint64_t kn_until;	/* ms; 0: free */
};

/* Of an address, also when nothing is connected. */
struct waste {
	uint8_t wa_key[KEY_LEN];
	unsigned int wa_count;
	uint64_t wa_last;	/* ms */
};

struct address {
	LIST_ENTRY(address) ad_entry;
	uint8_t ad_key[KEY_LEN];
	unsigned int ad_count;
	uint64_t ad_until;	/* known that long, ms; 0: not */
	struct waste *ad_waste;	/* where its place is; perhaps another's now */
};

/* No more than there are connections. */
static LIST_HEAD(, address) addresses = LIST_HEAD_INITIALIZER(addresses);
static struct known known[KNOWN_MAX];
/* Each has one place; who comes to it later takes it. */
static struct waste wastes[WASTE_ADDRESSES];

/* IPv4 as mapped into IPv6; of IPv6 the /64. */
static void
key_of(const struct sockaddr *from, uint8_t *key)
{
	const struct sockaddr_in *v4 = (const void *)from;
	const struct sockaddr_in6 *v6 = (const void *)from;

	memset(key, 0, KEY_LEN);
	if (from->sa_family == AF_INET) {
		memset(key + 10, 0xff, 2);
		memcpy(key + 12, &v4->sin_addr, 4);
	} else
		memcpy(key, &v6->sin6_addr,
		    IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr) ? 16 : 8);
}

/* From here: who asks is the machine itself, say whether the form answers. */
static bool
is_own(const struct sockaddr *from)
{
	const struct sockaddr_in *v4 = (const void *)from;
	const struct sockaddr_in6 *v6 = (const void *)from;

	if (from->sa_family == AF_INET)
		return (v4->sin_addr.s_addr == htonl(INADDR_LOOPBACK));
	return (IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr) ||
	    (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr) &&
		v6->sin6_addr.s6_addr32[3] == htonl(INADDR_LOOPBACK)));
}

static uint64_t
known_until(const uint8_t *key)
{
	const struct known *kn;

	for (kn = known; kn < known + KNOWN_MAX; kn++)
		if (memcmp(kn->kn_key, key, KEY_LEN) == 0)
			return (kn->kn_until);
	return (0);
}

/* FNV-1a from a start that nobody else knows. */
static struct waste *
waste_of(const uint8_t *key)
{
	static uint32_t seed;
	uint32_t h;
	int i;

	while (seed == 0)
		seed = arc4random();
	h = seed;
	for (i = 0; i < KEY_LEN; i++)
		h = (h ^ key[i]) * 16777619;
	return (&wastes[(h ^ h >> 16) & (WASTE_ADDRESSES - 1)]);
}

struct address *
address_take(const struct sockaddr *from)
{
	struct address *ad;
	uint8_t key[KEY_LEN];

	key_of(from, key);
	LIST_FOREACH(ad, &addresses, ad_entry)
		if (memcmp(ad->ad_key, key, KEY_LEN) == 0) {
			ad->ad_count++;
			return (ad);
		}
	if ((ad = calloc(1, sizeof(*ad))) == NULL)
		return (NULL);
	memcpy(ad->ad_key, key, KEY_LEN);
	ad->ad_count = 1;
	ad->ad_until = is_own(from) ? UINT64_MAX : known_until(key);
	ad->ad_waste = waste_of(key);
	LIST_INSERT_HEAD(&addresses, ad, ad_entry);
	return (ad);
}

void
address_release(struct address *ad)
{
	if (--ad->ad_count > 0)
		return;
	LIST_REMOVE(ad, ad_entry);
	free(ad);
}

unsigned int
address_count(const struct address *ad)
{
	return (ad->ad_count);
}

void
address_known(struct address *ad)
{
	struct known *kn, *best = known;

	if (ad->ad_until == UINT64_MAX)
		return;
	for (kn = known; kn < known + KNOWN_MAX; kn++) {
		if (memcmp(kn->kn_key, ad->ad_key, KEY_LEN) == 0) {
			best = kn;
			break;
		}
		if (kn->kn_until < best->kn_until)
			best = kn;
	}
	memcpy(best->kn_key, ad->ad_key, KEY_LEN);
	best->kn_until = ad->ad_until = clock_ms() + KNOWN_MS;
}

static unsigned int
waste_now(const struct waste *wa, const uint8_t *key, uint64_t now)
{
	uint64_t halves;

	if (wa->wa_count == 0 || memcmp(wa->wa_key, key, KEY_LEN) != 0)
		return (0);
	halves = (now - wa->wa_last) / WASTE_HALF_MS;
	if (halves > 31)
		return (0);
	return (wa->wa_count >> halves);
}

unsigned int
address_wasted(const struct address *ad, uint64_t now)
{
	return (waste_now(ad->ad_waste, ad->ad_key, now));
}

void
address_waste(struct address *ad, uint64_t now)
{
	struct waste *wa = ad->ad_waste;
	unsigned int n = waste_now(wa, ad->ad_key, now);

	memcpy(wa->wa_key, ad->ad_key, KEY_LEN);
	wa->wa_count = n < WASTE_MAX ? n + 1 : n;
	wa->wa_last = now;
}

void
address_forgive(struct address *ad)
{
	struct waste *wa = ad->ad_waste;

	if (memcmp(wa->wa_key, ad->ad_key, KEY_LEN) == 0)
		wa->wa_count = 0;
}

bool
address_is_known(const struct address *ad, uint64_t now)
{
	return (ad->ad_until > now);
}
