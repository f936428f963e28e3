/* SPDX-License-Identifier: ISC */
/*
 * A form with files, as webconfd gets it: in pieces, whose size the first byte
 * says.
 */
#include "../../usr.sbin/webconfd/multipart.c"
#include "fuzz.h"

/* One round of the parser on what there is; the bytes that it used. */
static size_t
look(struct multipart *mp, const uint8_t *data, size_t have,
    enum multipart_event *event)
{
	uint8_t *copy = fuzz_copy(data, have);
	const char *buf = (const char *)copy;
	size_t used;

	*event = multipart_next(mp, buf, have, &used);
	FUZZ_PROMISE(used <= have);
	if (*event == MULTIPART_PART)
		FUZZ_PROMISE(strlen(mp->mp_name) > 0 &&
		    strlen(mp->mp_name) < sizeof(mp->mp_name));
	if (*event == MULTIPART_DATA)
		FUZZ_PROMISE(mp->mp_data == buf && mp->mp_len == used &&
		    used > 0);
	/* a buffer of this size always gets on */
	if (*event == MULTIPART_MORE && used == 0)
		FUZZ_PROMISE(have < MULTIPART_ROOM);
	free(copy);
	return (used);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum multipart_event event = MULTIPART_MORE;
	size_t step, at = 1, have = 0, used;
	struct multipart mp;

	if (size == 0)
		return (0);
	step = data[0] == 0 ? size : data[0];
	multipart_init(&mp, "B");
	while (event != MULTIPART_END && event != MULTIPART_BAD) {
		used = look(&mp, data + at, have, &event);
		at += used;
		have -= used;
		if (event != MULTIPART_MORE || used > 0)
			continue;
		if (at + have == size)
			break;
		have += step < size - at - have ? step : size - at - have;
	}
	return (0);
}
