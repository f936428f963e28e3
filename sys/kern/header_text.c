/* SPDX-License-Identifier: ISC */
#include <stddef.h>
#include <string.h>

#include "kern/bytes.h"
#include "kern/header_text.h"

enum { MAC_LEN = 17, TYPE_MIN = 0x600 };

struct word {
	const char *wo_text;
	unsigned int wo_number;
};

static const struct word ethertypes[] = {
	{ "ipv4", 0x0800 },
	{ "arp", 0x0806 },
	{ "ipv6", 0x86dd },
	{ "pppoe-discovery", 0x8863 },
	{ "pppoe", 0x8864 },
	{ "802.1x", 0x888e },
	{ "lldp", 0x88cc },
	{ NULL, 0 },
};

static const struct word protocols[] = {
	{ "icmp", 1 },
	{ "igmp", 2 },
	{ "tcp", 6 },
	{ "udp", 17 },
	{ "gre", 47 },
	{ "esp", 50 },
	{ "ah", 51 },
	{ "icmp6", 58 },
	{ "ospf", 89 },
	{ "vrrp", 112 },
	{ "sctp", 132 },
	{ NULL, 0 },
};

static bool
find_word(const struct word *words, const char *text, unsigned int *number)
{
	for (; words->wo_text != NULL; words++)
		if (strcmp(words->wo_text, text) == 0) {
			*number = words->wo_number;
			return (true);
		}
	return (false);
}

/* Decimal digits up to max; where they end. */
static const char *
scan_number(const char *text, unsigned int max, unsigned int *number)
{
	const char *p = text;

	for (*number = 0; *p >= '0' && *p <= '9'; p++)
		if ((*number = *number * 10 + (unsigned int)(*p - '0')) > max)
			return (NULL);
	return (p == text ? NULL : p);
}

/* The first MAC_LEN characters of text. */
static bool
scan_mac(const char *text, uint8_t *mac)
{
	int high, i, low;

	for (i = 0; i < 6; i++) {
		high = hex_digit(text[i * 3]);
		if (high < 0 || (low = hex_digit(text[i * 3 + 1])) < 0 ||
		    (i < 5 && text[i * 3 + 2] != ':'))
			return (false);
		mac[i] = (uint8_t)(high << 4 | low);
	}
	return (true);
}

bool
header_mac(const char *text, uint8_t mac[6], uint8_t mask[6])
{
	memset(mask, 0xff, 6);
	if (!scan_mac(text, mac))
		return (false);
	text += MAC_LEN;
	if (*text == '\0')
		return (true);
	return (*text == '/' && scan_mac(text + 1, mask) &&
	    text[1 + MAC_LEN] == '\0');
}

bool
header_ethertype(const char *text, uint16_t *type)
{
	unsigned int n = 0;
	int digit, i;

	if (!find_word(ethertypes, text, &n)) {
		if (strncmp(text, "0x", 2) != 0 || strlen(text) != 6)
			return (false);
		for (i = 2; i < 6; i++) {
			if ((digit = hex_digit(text[i])) < 0)
				return (false);
			n = n << 4 | (unsigned int)digit;
		}
	}
	*type = (uint16_t)n;
	return (n >= TYPE_MIN);
}

bool
header_protocol(const char *text, uint8_t *protocol)
{
	const char *end;
	unsigned int n;

	if (!find_word(protocols, text, &n) &&
	    ((end = scan_number(text, UINT8_MAX, &n)) == NULL || *end != '\0'))
		return (false);
	*protocol = (uint8_t)n;
	return (true);
}

bool
header_ports(const char *text, uint16_t *from, uint16_t *to)
{
	unsigned int first, last;
	const char *end = scan_number(text, UINT16_MAX, &first);

	last = first;
	if (end != NULL && *end == '-')
		end = scan_number(end + 1, UINT16_MAX, &last);
	if (end == NULL || *end != '\0' || last < first)
		return (false);
	*from = (uint16_t)first;
	*to = (uint16_t)last;
	return (true);
}
