/* SPDX-License-Identifier: ISC */
/*
 * header_text: how settings write what stands in the headers of frames: MAC
 * addresses with masks, EtherTypes, protocols of IP, ranges of ports.  Pure.
 */
#ifndef KERN_HEADER_TEXT_H
#define KERN_HEADER_TEXT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * "02:00:5e:10:00:01", group addresses too, or that and "/" and a mask of the
 * same form; without one the mask is all ones.
 */
bool header_mac(const char *text, uint8_t mac[6], uint8_t mask[6]);
/* "ipv4", "ipv6", "arp" and some more, or 0x0600 to 0xffff. */
bool header_ethertype(const char *text, uint16_t *type);
/* "tcp", "udp", "icmp", "icmp6" and some more, or 0 to 255. */
bool header_protocol(const char *text, uint8_t *protocol);
/* "80" or "6000-6063". */
bool header_ports(const char *text, uint16_t *from, uint16_t *to);

#endif
