/* SPDX-License-Identifier: ISC */
#include <atf-c.h>
#include <string.h>

#include "../../usr.sbin/vnicd/mac.c"
#include "net/ether.h"

/* SHA-256 of "longwire virtual NIC\0" NAME "\0" SEED, computed elsewhere. */
static const struct {
	const char *seed, *name, *mac;
} vectors[] = {
	{ "0123456789abcdef0123456789abcdef", "office", "fe:61:71:a0:47:59" },
	{ "0123456789abcdef0123456789abcdef", "office2", "fe:40:2c:64:f2:e3" },
	{ "0123456789abcdef0123456789abcdee", "office", "fe:44:af:ea:c4:ca" },
};

ATF_TC_WITHOUT_HEAD(mac_vectors);
ATF_TC_BODY(mac_vectors, tc)
{
	char text[ETHER_STRLEN];
	uint8_t mac[6];
	size_t i;

	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		mac_derive(vectors[i].seed, strlen(vectors[i].seed),
		    vectors[i].name, mac);
		ATF_CHECK_STREQ_MSG(vectors[i].mac, ether_format(mac, text),
		    "vector %zu: %s", i, text);
		ATF_CHECK_EQ(0, mac[0] & 1);	/* unicast */
		ATF_CHECK_EQ(2, mac[0] & 2);	/* locally administered */
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, mac_vectors);
	return (atf_no_error());
}
