/* SPDX-License-Identifier: ISC */
/*
 * pcapng: blocks of a capture file (draft-ietf-opsawg-pcapng): section
 * header, interface description, enhanced packet, interface statistics.  Pure.
 * In the byte order of the machine, as the format allows.
 *
 * Each function writes one block to buf, of size bytes, and returns its
 * length; 0 when it has no room.
 */
#ifndef NET_PCAPNG_H
#define NET_PCAPNG_H

#include <stddef.h>
#include <stdint.h>

enum pcapng_direction { PCAPNG_IN = 1, PCAPNG_OUT = 2 };

enum {
	PCAPNG_SMALL = 256,	/* room for any block but a packet's */
	PCAPNG_PACKET = 64	/* what a packet takes beyond its bytes */
};

struct pcapng_packet {
	uint32_t pp_interface;		/* in the order of their blocks */
	uint64_t pp_time;		/* ns since 1970 */
	uint32_t pp_captured;		/* bytes at pp_data */
	uint32_t pp_length;		/* of the frame */
	enum pcapng_direction pp_direction;
	const uint8_t *pp_data;
};

size_t pcapng_section(uint8_t *buf, size_t size, const char *application);
/* An Ethernet with times in ns. */
size_t pcapng_interface(uint8_t *buf, size_t size, const char *name,
    uint32_t snaplen);
size_t pcapng_packet(uint8_t *buf, size_t size, const struct pcapng_packet *pp);
size_t pcapng_statistics(uint8_t *buf, size_t size, uint32_t interface,
    uint64_t time, uint64_t received, uint64_t dropped);

#endif
