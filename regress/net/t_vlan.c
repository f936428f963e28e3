/* SPDX-License-Identifier: ISC */
#include <atf-c.h>
#include <string.h>

#include "kern/frame.h"
#include "net/ether.h"
#include "net/offload.h"
#include "net/vlan.h"

static struct frame *
plain(size_t len)
{
	struct frame *f = frame_alloc(len);
	size_t i;

	ATF_REQUIRE(f != NULL);
	for (i = 0; i < len; i++)
		f->f_data[i] = (uint8_t)i;
	f->f_data[12] = 0x08;
	f->f_data[13] = 0x00;
	return (f);
}

ATF_TC_WITHOUT_HEAD(there_and_back);
ATF_TC_BODY(there_and_back, tc)
{
	struct frame *f = plain(60), *was = frame_copy(f);
	struct ether_info ei;

	f->f_offload = (struct frame_offload){ .fo_flags = OFFLOAD_F_CSUM,
		.fo_hdr_len = 54,
		.fo_csum_start = 34,
		.fo_csum_offset = 16 };
	f->f_data[6] = was->f_data[6] = 2;	/* a source of one host */
	ATF_REQUIRE(vlan_push(f, 4094));
	ATF_CHECK_EQ(f->f_len, 64);
	ATF_REQUIRE(ether_parse(f->f_data, f->f_len, &ei));
	ATF_CHECK_EQ(ei.ei_vid, 4094);
	ATF_CHECK_EQ(ei.ei_type, ETHER_IPV4);
	ATF_CHECK_EQ(memcmp(f->f_data, was->f_data, 12), 0);
	ATF_CHECK_EQ(memcmp(f->f_data + 16, was->f_data + 12, 48), 0);
	ATF_CHECK_EQ(f->f_offload.fo_csum_start, 38);
	ATF_CHECK_EQ(f->f_offload.fo_hdr_len, 58);
	ATF_CHECK_EQ(f->f_offload.fo_csum_offset, 16);
	f = vlan_pop(f);
	ATF_REQUIRE(f != NULL);
	ATF_CHECK_EQ(f->f_len, 60);
	ATF_CHECK_EQ(memcmp(f->f_data, was->f_data, 60), 0);
	ATF_CHECK_EQ(f->f_offload.fo_csum_start, 34);
	ATF_CHECK_EQ(f->f_offload.fo_hdr_len, 54);
	ATF_CHECK(vlan_pop(f) == NULL);
	frame_free(was);
}

ATF_TC_WITHOUT_HEAD(shared);
ATF_TC_BODY(shared, tc)
{
	struct frame *f = plain(60), *other;

	ATF_REQUIRE(vlan_push(f, 7));
	other = vlan_pop(frame_ref(f));
	ATF_REQUIRE(other != NULL);
	ATF_CHECK(other != f);		/* what others hold stays as it is */
	ATF_CHECK_EQ(f->f_len, 64);
	ATF_CHECK_EQ(f->f_data[12], 0x81);
	ATF_CHECK_EQ(other->f_len, 60);
	ATF_CHECK_EQ(other->f_data[12], 0x08);
	frame_free(other);
	frame_free(f);
}

ATF_TC_WITHOUT_HEAD(no_room);
ATF_TC_BODY(no_room, tc)
{
	struct frame *f = plain(60);
	int n = 0;

	while (vlan_push(f, 1) && n < 1000)
		n++;
	ATF_CHECK_EQ(n, FRAME_HEADROOM / VLAN_TAG_LEN);
	ATF_CHECK_EQ(f->f_data - f->f_buf, 0);
	frame_free(f);
	f = plain(15);			/* a tag would be cut off */
	f->f_data[12] = 0x81;
	ATF_CHECK(vlan_pop(f) == NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, there_and_back);
	ATF_TP_ADD_TC(tp, shared);
	ATF_TP_ADD_TC(tp, no_room);
	return (atf_no_error());
}
