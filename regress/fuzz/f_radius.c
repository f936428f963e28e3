/* SPDX-License-Identifier: ISC */
/*
 * Answers of RADIUS servers, and requests to us: as they come, which few get
 * beyond, and with authenticators put right, so that attributes are read
 * whatever they are.
 */
#include "auth/radius.h"
#include "fuzz.h"
#include "kern/bytes.h"
#include "kern/conf.h"
#include "kern/schema.h"

static const char settings[] = "listen *\n"
			       "radius one {\naddress ::1\nsecret s\n}\n"
			       "hub default {\nauth radius\nradius one\n"
			       "policy limited {\nmax-macs 1\n}\n"
			       "group staff {\npolicy limited\n}\n}\n";

static const struct conf *
hub(void)
{
	static struct conf *cf;
	struct conf_error ce;

	if (cf == NULL &&
	    ((cf = conf_parse("fuzz", settings, strlen(settings), &ce)) ==
		    NULL ||
		conf_check(cf, schema_hubd, "fuzz", &ce) == -1))
		abort();
	return (conf_block(cf, "hub", "default"));
}

static void
read_all(const uint8_t *p, size_t len)
{
	struct auth_grant ag = { .ag_vlan = 0 };
	struct radius_attr at;
	size_t off = 0, sum = RADIUS_MIN;
	char text[64];

	while (radius_next(p, len, &off, &at)) {
		sum += at.at_len + 2u;
		radius_text(&at, text, sizeof(text));
		FUZZ_PROMISE(strlen(text) < sizeof(text));
	}
	FUZZ_PROMISE(sum == len);
	(void)radius_find_vendor(p, len, RADIUS_MICROSOFT,
	    RADIUS_MS_CHAP2_SUCCESS, &at);
	if (radius_grant(p, len, hub(), &ag) == NULL)
		FUZZ_PROMISE(ag.ag_vlan <= 4094);
	FUZZ_PROMISE(grant_ok(&ag));
}

/* The same attributes in a packet that is right. */
static void
put_right(const uint8_t *data, size_t size)
{
	static const uint8_t zero[RADIUS_AUTH_LEN];
	struct radius_packet rp;
	uint8_t *copy;

	radius_begin(&rp, RADIUS_ACCESS_ACCEPT, 1, NULL);
	if (size > sizeof(rp.rp_data) - rp.rp_len)
		return;
	memcpy(rp.rp_data + rp.rp_len, data, size);
	rp.rp_len += size;
	if (radius_sign(&rp, "s", zero) == -1)
		return;
	copy = fuzz_copy(rp.rp_data, rp.rp_len);
	if (radius_check_reply(copy, rp.rp_len, zero, "s", true) == NULL)
		read_all(copy, rp.rp_len);
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t zero[RADIUS_AUTH_LEN];
	uint8_t *copy = fuzz_copy(data, size);
	ssize_t len = radius_length(copy, size);

	FUZZ_PROMISE(len <= (ssize_t)size);
	if (len > 0) {
		(void)radius_check_reply(copy, (size_t)len, zero, "s", false);
		(void)radius_check_request(copy, (size_t)len, "s");
	}
	free(copy);
	put_right(data, size);
	return (0);
}
