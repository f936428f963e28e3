/* SPDX-License-Identifier: ISC */
#include <stdbool.h>
#include <string.h>

#include "net/pcapng.h"

enum {
	BLOCK_INTERFACE = 1,
	BLOCK_STATISTICS = 5,
	BLOCK_PACKET = 6,
	BLOCK_SECTION = 0x0a0d0d0a,
	BYTE_ORDER_MAGIC = 0x1a2b3c4d,
	LINKTYPE_ETHERNET = 1
};

enum {
	OPT_END = 0,
	SHB_USERAPPL = 4,
	IF_NAME = 2,
	IF_TSRESOL = 9,
	EPB_FLAGS = 2,
	ISB_IFRECV = 4,
	ISB_IFDROP = 5
};

/* A block that grows; once something has no room nothing more is added. */
struct block {
	uint8_t *bl_buf;
	size_t bl_size;
	size_t bl_len;
	bool bl_full;
};

static void
put(struct block *bl, const void *data, size_t len)
{
	static const uint8_t zero[4];
	size_t pad = -len & 3;

	if (bl->bl_full || len > bl->bl_size - bl->bl_len ||
	    pad > bl->bl_size - bl->bl_len - len) {
		bl->bl_full = true;
		return;
	}
	memcpy(bl->bl_buf + bl->bl_len, data, len);
	memcpy(bl->bl_buf + bl->bl_len + len, zero, pad);
	bl->bl_len += len + pad;
}

static void
put32(struct block *bl, uint32_t v)
{
	put(bl, &v, sizeof(v));
}

/* A time, and a counter's halves: the upper one first, as the format has it */
static void
put_time(struct block *bl, uint64_t v)
{
	put32(bl, (uint32_t)(v >> 32));
	put32(bl, (uint32_t)v);
}

static void
option(struct block *bl, uint16_t code, const void *data, size_t len)
{
	uint16_t head[2] = { code, (uint16_t)len };

	put(bl, head, sizeof(head));
	put(bl, data, len);
}

static void
begin(struct block *bl, uint8_t *buf, size_t size, uint32_t type)
{
	*bl = (struct block){ .bl_buf = buf, .bl_size = size };
	put32(bl, type);
	put32(bl, 0);			/* its length, known at the end */
}

static size_t
end(struct block *bl)
{
	uint32_t len = (uint32_t)bl->bl_len + 8;

	option(bl, OPT_END, "", 0);
	put32(bl, len);
	if (bl->bl_full)
		return (0);
	memcpy(bl->bl_buf + 4, &len, sizeof(len));
	return (bl->bl_len);
}

size_t
pcapng_section(uint8_t *buf, size_t size, const char *application)
{
	const uint16_t version[2] = { 1, 0 };
	const uint64_t unknown = UINT64_MAX;
	struct block bl;

	begin(&bl, buf, size, BLOCK_SECTION);
	put32(&bl, BYTE_ORDER_MAGIC);
	put(&bl, version, sizeof(version));
	put(&bl, &unknown, sizeof(unknown));
	option(&bl, SHB_USERAPPL, application, strlen(application));
	return (end(&bl));
}

size_t
pcapng_interface(uint8_t *buf, size_t size, const char *name, uint32_t snaplen)
{
	const uint16_t link[2] = { LINKTYPE_ETHERNET, 0 };
	const uint8_t nanoseconds = 9;
	struct block bl;

	begin(&bl, buf, size, BLOCK_INTERFACE);
	put(&bl, link, sizeof(link));
	put32(&bl, snaplen);
	option(&bl, IF_NAME, name, strlen(name));
	option(&bl, IF_TSRESOL, &nanoseconds, 1);
	return (end(&bl));
}

size_t
pcapng_packet(uint8_t *buf, size_t size, const struct pcapng_packet *pp)
{
	const uint32_t flags = pp->pp_direction;
	struct block bl;

	begin(&bl, buf, size, BLOCK_PACKET);
	put32(&bl, pp->pp_interface);
	put_time(&bl, pp->pp_time);
	put32(&bl, pp->pp_captured);
	put32(&bl, pp->pp_length);
	put(&bl, pp->pp_data, pp->pp_captured);
	option(&bl, EPB_FLAGS, &flags, sizeof(flags));
	return (end(&bl));
}

size_t
pcapng_statistics(uint8_t *buf, size_t size, uint32_t interface, uint64_t time,
    uint64_t received, uint64_t dropped)
{
	struct block bl;

	begin(&bl, buf, size, BLOCK_STATISTICS);
	put32(&bl, interface);
	put_time(&bl, time);
	option(&bl, ISB_IFRECV, &received, sizeof(received));
	option(&bl, ISB_IFDROP, &dropped, sizeof(dropped));
	return (end(&bl));
}
