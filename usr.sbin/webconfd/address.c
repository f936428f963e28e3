/* SPDX-License-Identifier: ISC */
/*
 * address: counts connections by address, and remembers for a while from
 * where an administrator has logged in.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "kern/clock.h"

#include "http.h"

enum { KEY_LEN = 16, KNOWN_MAX = 32, KNOWN_MS = 60 * 60 * 1000 };

struct address {
	LIST_ENTRY(address) ad_entry;
	uint8_t ad_key[KEY_LEN];
	unsigned int ad_count;
	uint64_t ad_until;	/* known that long, ms; 0: not */
};

struct known {
	uint8_t kn_key[KEY_LEN];
	uint64_t kn_until;	/* ms; 0: free */
};

/* No more than there are connections. */
static LIST_HEAD(, address) addresses = LIST_HEAD_INITIALIZER(addresses);
static struct known known[KNOWN_MAX];

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

static uint64_t
known_until(const uint8_t *key)
{
	const struct known *kn;

	for (kn = known; kn < known + KNOWN_MAX; kn++)
		if (memcmp(kn->kn_key, key, KEY_LEN) == 0)
			return (kn->kn_until);
	return (0);
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
	ad->ad_until = known_until(key);
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

bool
address_is_known(const struct address *ad, uint64_t now)
{
	return (ad->ad_until > now);
}
