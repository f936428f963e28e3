/* SPDX-License-Identifier: ISC */
/*
 * schema: what a value of each type may look like.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kern/bytes.h"
#include "kern/conf.h"
#include "kern/header_text.h"
#include "kern/schema.h"

/* A unit's suffix and how many base units it is; the largest first. */
struct unit {
	const char *un_suffix;
	int64_t un_factor;
};

static const struct unit durations[] = {
	{ "d", 86400000 },
	{ "h", 3600000 },
	{ "m", 60000 },
	{ "s", 1000 },
	{ "ms", 1 },
	{ NULL, 0 },
};
static const struct unit sizes[] = {
	{ "G", 1 << 30 },
	{ "M", 1 << 20 },
	{ "K", 1 << 10 },
	{ "", 1 },
	{ NULL, 0 },
};
static const struct unit plain[] = {
	{ "", 1 },
	{ NULL, 0 },
};

/* The value for a message: shortened, and not at all if it is a secret. */
static struct message
shown(const struct schema *sc, const char *text, char buf[64])
{
	const size_t most = 64 - sizeof("...");
	size_t n;

	if (sc->sc_flags & SF_SECRET)
		return ((struct message){ "this value", "この値" });
	if (*text == '\0')
		return ((struct message){ "\"\"", "空の値" });
	if (strlen(text) <= most)
		strlcpy(buf, text, 64);
	else {
		for (n = most; ((unsigned char)text[n] & 0xc0) == 0x80; n--)
			;
		snprintf(buf, 64, "%.*s...", (int)n, text);
	}
	return ((struct message){ buf, buf });
}

/* "VALUE is not this": the formats are what stands behind the value. */
static const struct message *__attribute__((format(printf, 3, 5),
    format(printf, 4, 5))) say(const struct schema *sc, const char *text,
    const char *en, const char *ja, ...)
{
	static _Thread_local char text_en[MESSAGE_EN_SIZE];
	static _Thread_local char text_ja[MESSAGE_JA_SIZE];
	static _Thread_local struct message ms;
	char buf[64];
	struct message value = shown(sc, text, buf);
	size_t n;
	va_list ap;

	n = (size_t)snprintf(text_en, sizeof(text_en), "%s ", value.ms_en);
	va_start(ap, ja);
	message_vprint(text_en + n, sizeof(text_en) - n, en, ap);
	va_end(ap);
	n = (size_t)snprintf(text_ja, sizeof(text_ja),
	    value.ms_ja == buf ? "「%s」" : "%s", value.ms_ja);
	va_start(ap, ja);
	message_vprint(text_ja + n, sizeof(text_ja) - n, ja, ap);
	va_end(ap);
	ms.ms_en = text_en;
	ms.ms_ja = text_ja;
	return (&ms);
}

const struct schema *
schema_row(const struct schema *table, const char *key)
{
	for (; table->sc_key != NULL; table++)
		if (strcmp(table->sc_key, key) == 0)
			return (table);
	return (NULL);
}

/* Whether word is one of a list separated by spaces. */
static bool
is_choice(const char *list, const char *word)
{
	size_t len = strlen(word), n;

	if (list == NULL || len == 0)
		return (false);
	for (;; list += n + 1) {
		n = strcspn(list, " ");
		if (n == len && memcmp(list, word, n) == 0)
			return (true);
		if (list[n] == '\0')
			return (false);
	}
}

/* n with the largest unit that divides it. */
static void
format_units(char *buf, size_t size, int64_t n, const struct unit *un)
{
	if (n != 0)
		while (n % un->un_factor != 0)
			un++;
	else
		while (un[1].un_suffix != NULL && un->un_factor > 1 &&
		    un->un_factor != 1000)
			un++;
	snprintf(buf, size, "%" PRId64 "%s", n / un->un_factor, un->un_suffix);
}

static const struct unit *
units_of(const struct schema *sc)
{
	switch (sc->sc_type) {
	case ST_DURATION:
		return (durations);
	case ST_SIZE:
		return (sizes);
	default:
		return (plain);
	}
}

void
schema_format(const struct schema *sc, int64_t n, char *buf, size_t size)
{
	format_units(buf, size, n, units_of(sc));
}

/* Digits to a number; the end of them in *end.  False if none or too big. */
static bool
parse_digits(const char *text, const char **end, int64_t *n)
{
	*n = 0;
	*end = text;
	for (; **end >= '0' && **end <= '9'; ++*end) {
		if (*n > (INT64_MAX - (**end - '0')) / 10)
			return (false);
		*n = *n * 10 + (**end - '0');
	}
	return (*end != text);
}

/* A number with a suffix of the table. */
static bool
parse_units(const struct schema *sc, const char *text, int64_t *n)
{
	const struct unit *un = units_of(sc);
	bool negative = sc->sc_type == ST_INT && *text == '-';
	const char *suffix;

	if (!parse_digits(text + negative, &suffix, n))
		return (false);
	if (negative)
		*n = -*n;
	if (sc->sc_type == ST_DURATION && *suffix == '\0')
		suffix = "s";
	while (un->un_suffix != NULL && strcmp(un->un_suffix, suffix) != 0)
		un++;
	if (un->un_suffix == NULL || *n > INT64_MAX / un->un_factor)
		return (false);
	*n *= un->un_factor;
	return (true);
}

static const struct message *
not_a_number(const struct schema *sc, const char *text)
{
	switch (sc->sc_type) {
	case ST_DURATION:
		return (say(sc, text,
		    "is not a time such as 500ms, 20s, 5m, 2h or 1d",
		    "は時間（例：500ms、20s、5m、2h、1d）ではありません。"));
	case ST_SIZE:
		return (say(sc, text,
		    "is not a size in bytes such as 4096, 512K, 64M or 1G",
		    "はバイト数（例：4096、512K、64M、1G）では"
		    "ありません。"));
	default:
		return (say(sc, text, "is not a whole number",
		    "は整数ではありません。"));
	}
}

static const struct message *
check_number(const struct schema *sc, const char *text, int64_t *out)
{
	char low[32], high[32];
	bool ranged = sc->sc_min != 0 || sc->sc_max != 0;
	int64_t n;

	if (!parse_units(sc, text, &n))
		return (not_a_number(sc, text));
	if (ranged && (n < sc->sc_min || n > sc->sc_max)) {
		schema_format(sc, sc->sc_min, low, sizeof(low));
		schema_format(sc, sc->sc_max, high, sizeof(high));
		return (say(sc, text, "is out of range: %s to %s",
		    "は範囲外です（%s～%s）。", low, high));
	}
	*out = n;
	return (NULL);
}

static const struct message *
check_string(const struct schema *sc, const char *text)
{
	int64_t len = (int64_t)strlen(text);

	static const struct message masked = { CONF_MASKED
		" is a masked secret, not the secret",
		CONF_MASKED " は伏せ字で、元の値ではありません。" };

	if ((sc->sc_flags & SF_SECRET) && strcmp(text, CONF_MASKED) == 0)
		return (&masked);
	if ((sc->sc_min != 0 || sc->sc_max != 0) &&
	    (len < sc->sc_min || len > sc->sc_max))
		return (say(sc, text,
		    "must have %" PRId64 " to %" PRId64 " bytes",
		    "は %" PRId64 "～%" PRId64 " バイトにしてください。",
		    sc->sc_min, sc->sc_max));
	return (NULL);
}

static bool
is_alnum(char c)
{
	return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9'));
}

static const struct message *
check_name(const struct schema *sc, const char *text)
{
	static const char all[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "abcdefghijklmnopqrstuvwxyz0123456789._-";
	int64_t len = (int64_t)strlen(text);
	int64_t most = sc->sc_max != 0 ? sc->sc_max : 32;

	if (len < 1 || len > most || text[strspn(text, all)] != '\0' ||
	    *text == '.' || *text == '-')
		return (say(sc, text,
		    "is not a name: 1 to %" PRId64 " of A-Z a-z 0-9 . _ -, "
		    "not beginning with . or -",
		    "は名前に使えません。A-Z a-z 0-9 . _ - の 1～%" PRId64
		    " 文字で、先頭は . と - 以外にしてください。",
		    most));
	return (NULL);
}

static const struct message *
check_ifname(const struct schema *sc, const char *text)
{
	size_t len = strlen(text), i;
	bool good = len >= 1 && len <= 15 && strcmp(text, ".") != 0 &&
	    strcmp(text, "..") != 0 && *text != '-';

	for (i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~' ||
		    strchr("/:%\"\\", text[i]) != NULL)
			good = false;
	if (!good)
		return (say(sc, text,
		    "is not the name of a network interface: "
		    "1 to 15 characters without blank / : %%",
		    "はネットワークインターフェースの名前ではありません。"
		    "空白 / : %% を含まない 1～15 文字です。"));
	return (NULL);
}

static const struct message *
check_bool(const struct schema *sc, const char *text, int64_t *out)
{
	*out = strcmp(text, "yes") == 0;
	if (*out == 0 && strcmp(text, "no") != 0)
		return (say(sc, text, "is neither yes nor no",
		    "は yes でも no でもありません。"));
	return (NULL);
}

static const struct message *
check_enum(const struct schema *sc, const char *text)
{
	if (!is_choice(sc->sc_choices, text))
		return (say(sc, text, "is not one of: %s",
		    "は選べません。次のどれかにしてください：%s",
		    sc->sc_choices));
	return (NULL);
}

static const struct message *
check_mac(const struct schema *sc, const char *text)
{
	int all = 0, first = 0, high, i, low;
	bool good = strlen(text) == 17;

	for (i = 0; good && i < 6; i++) {
		high = hex_digit(text[i * 3]);
		low = hex_digit(text[i * 3 + 1]);
		good =
		    high >= 0 && low >= 0 && (i == 5 || text[i * 3 + 2] == ':');
		if (i == 0)
			first = low;
		all |= high | low;
	}
	if (!good)
		return (say(sc, text,
		    "is not a MAC address such as 02:00:5e:10:00:01",
		    "は MAC アドレス（例：02:00:5e:10:00:01）では"
		    "ありません。"));
	if ((first & 1) != 0 || all == 0)
		return (say(sc, text,
		    "is not the address of one station: the first byte must "
		    "be even, and not all may be 0",
		    "は 1 台の機器のアドレスではありません。先頭のバイトは"
		    "偶数にし、すべて 0 にはしないでください。"));
	return (NULL);
}

/* 4, 6, or 0 if it is no address. */
static int
address_family(const char *text)
{
	unsigned char addr[16];

	if (inet_pton(AF_INET, text, addr) == 1)
		return (4);
	return (inet_pton(AF_INET6, text, addr) == 1 ? 6 : 0);
}

static const struct message *
check_address(const struct schema *sc, const char *text)
{
	if (address_family(text) == 0)
		return (say(sc, text, "is not an IPv4 or IPv6 address",
		    "は IPv4 アドレスでも IPv6 アドレスでもありません。"));
	return (NULL);
}

static const struct message *
check_prefix(const struct schema *sc, const char *text)
{
	const char *slash = strchr(text, '/'), *end;
	char addr[INET6_ADDRSTRLEN];
	int family = 0;
	int64_t len;

	if (is_choice(sc->sc_choices, text))
		return (NULL);
	if (slash != NULL && (size_t)(slash - text) < sizeof(addr)) {
		strlcpy(addr, text, (size_t)(slash - text) + 1);
		family = address_family(addr);
	}
	if (family == 0 || !parse_digits(slash + 1, &end, &len) ||
	    *end != '\0' || len > (family == 4 ? 32 : 128))
		return (sc->sc_choices == NULL ?
			say(sc, text,
			    "is not an address with the length of its "
			    "network, such as 192.168.1.2/24",
			    "はネットワーク長の付いたアドレス"
			    "（例：192.168.1.2/24）ではありません。") :
			say(sc, text,
			    "is not an address with the length of its "
			    "network, such as 192.168.1.2/24, nor one of: %s",
			    "はネットワーク長の付いたアドレス"
			    "（例：192.168.1.2/24）でも、次の語でも"
			    "ありません：%s",
			    sc->sc_choices));
	return (NULL);
}

/* A host name by letters, digits, - and . ; digits alone are none. */
static bool
is_host(const char *text)
{
	size_t len = strlen(text), i;
	bool letter = false;

	for (i = 0; i < len; i++) {
		if (!is_alnum(text[i]) && text[i] != '-' && text[i] != '.' &&
		    text[i] != '_')
			return (false);
		if (!(text[i] >= '0' && text[i] <= '9') && text[i] != '.')
			letter = true;
		if (text[i] == '.' && (i == 0 || text[i - 1] == '.'))
			return (false);
	}
	return (len > 0 && len <= 253 && letter && *text != '-');
}

int
schema_hostport(const char *text, char *host, size_t hostsize, char *port,
    size_t portsize)
{
	const char *end, *colon;
	int64_t n = 1;
	size_t len;
	bool bracket = *text == '[';

	if (bracket) {
		if ((end = strchr(++text, ']')) == NULL)
			return (-1);
		colon = end + 1;
	} else {
		/* An IPv6 address may stand alone without brackets. */
		end = colon = text + strcspn(text, ":");
		if (address_family(text) == 6)
			end = colon = text + strlen(text);
	}
	len = (size_t)(end - text);
	if (len >= hostsize)
		return (-1);
	memcpy(host, text, len);
	host[len] = '\0';
	if (bracket ? address_family(host) != 6 :
		      address_family(host) == 0 && !is_host(host) &&
		    strcmp(host, "*") != 0)
		return (-1);
	if (*colon == '\0') {
		*port = '\0';
		return (0);
	}
	if (*colon != ':' || !parse_digits(colon + 1, &end, &n) ||
	    *end != '\0' || n < 1 || n > 65535)
		return (-1);
	return (snprintf(port, portsize, "%" PRId64, n) < (int)portsize ? 0 :
									  -1);
}

static const struct message *
check_hostport(const struct schema *sc, const char *text)
{
	char host[256], port[8];

	if (schema_hostport(text, host, sizeof(host), port, sizeof(port)) == -1)
		return (say(sc, text,
		    "is not a host and port such as hub.example.com:443, "
		    "192.0.2.1:443 or [2001:db8::1]:443",
		    "はホスト名とポート（例：hub.example.com:443、"
		    "192.0.2.1:443、[2001:db8::1]:443）ではありません。"));
	return (NULL);
}

static const struct message *
check_path(const struct schema *sc, const char *text)
{
	const char *p;
	bool good = *text == '/' && strlen(text) < PATH_MAX;

	for (p = text; good && (p = strstr(p, "/..")) != NULL; p += 3)
		good = p[3] != '/' && p[3] != '\0';
	if (!good)
		return (say(sc, text,
		    "is not a path that begins with / and is without ..",
		    "は / で始まり .. を含まないパスではありません。"));
	return (NULL);
}

static const struct message *
check_pin(const struct schema *sc, const char *text)
{
	/* 32 bytes are 42 characters, one with two spare bits, and "=" */
	const char *p = text + 7;
	bool good = strncmp(text, "sha256/", 7) == 0 && strlen(p) == 44 &&
	    p[43] == '=' && strchr("AEIMQUYcgkosw048", p[42]) != NULL;
	int i;

	for (i = 0; good && i < 43; i++)
		good = is_alnum(p[i]) || p[i] == '+' || p[i] == '/';
	if (!good)
		return (say(sc, text,
		    "is not a pin: sha256/ and 44 characters of base64, as "
		    "hubd shows it",
		    "はピンではありません。ピンは hubd が示す、sha256/ に"
		    " base64 の 44 文字を続けたものです。"));
	return (NULL);
}

static const struct message *
check_mac_mask(const struct schema *sc, const char *text)
{
	uint8_t mac[6], mask[6];

	if (!header_mac(text, mac, mask))
		return (say(sc, text,
		    "is not a MAC address such as 02:00:5e:10:00:01, nor one "
		    "with a mask such as 00:00:5e:00:00:00/ff:ff:ff:00:00:00",
		    "は MAC アドレス（例：02:00:5e:10:00:01）でも、マスク付き"
		    "（例：00:00:5e:00:00:00/ff:ff:ff:00:00:00）でもありませ"
		    "ん。"));
	return (NULL);
}

static const struct message *
check_ethertype(const struct schema *sc, const char *text)
{
	uint16_t type;

	if (!header_ethertype(text, &type))
		return (say(sc, text,
		    "is not an EtherType: ipv4, ipv6, arp, pppoe-discovery, "
		    "pppoe, 802.1x, lldp, or 0x0600 to 0xffff",
		    "は EtherType ではありません。ipv4、ipv6、arp、"
		    "pppoe-discovery、pppoe、802.1x、lldp、または 0x0600～"
		    "0xffff です。"));
	return (NULL);
}

static const struct message *
check_protocol(const struct schema *sc, const char *text)
{
	uint8_t protocol;

	if (!header_protocol(text, &protocol))
		return (say(sc, text,
		    "is not a protocol of IP: tcp, udp, icmp, icmp6, igmp, "
		    "gre, esp, ah, ospf, vrrp, sctp, or 0 to 255",
		    "は IP のプロトコルではありません。tcp、udp、icmp、"
		    "icmp6、igmp、gre、esp、ah、ospf、vrrp、sctp、または 0～"
		    "255 です。"));
	return (NULL);
}

static const struct message *
check_ports(const struct schema *sc, const char *text)
{
	uint16_t from, to;

	if (!header_ports(text, &from, &to))
		return (say(sc, text,
		    "is not a port such as 80, nor a range of ports such as "
		    "6000-6063",
		    "はポート番号（例：80）でも、ポートの範囲（例："
		    "6000-6063）でもありません。"));
	return (NULL);
}

const struct message *
schema_fault(const struct schema *sc, const char *text, int64_t *out)
{
	int64_t none;

	if (out == NULL)
		out = &none;
	*out = 0;
	switch (sc->sc_type) {
	case ST_BLOCK:
	case ST_NAME:
		return (check_name(sc, text));
	case ST_STRING:
		return (check_string(sc, text));
	case ST_IFNAME:
		return (check_ifname(sc, text));
	case ST_INT:
	case ST_DURATION:
	case ST_SIZE:
		return (check_number(sc, text, out));
	case ST_BOOL:
		return (check_bool(sc, text, out));
	case ST_ENUM:
		return (check_enum(sc, text));
	case ST_MAC:
		return (check_mac(sc, text));
	case ST_HOSTPORT:
		return (check_hostport(sc, text));
	case ST_ADDRESS:
		return (check_address(sc, text));
	case ST_PREFIX:
		return (check_prefix(sc, text));
	case ST_PATH:
		return (check_path(sc, text));
	case ST_PIN:
		return (check_pin(sc, text));
	case ST_MAC_MASK:
		return (check_mac_mask(sc, text));
	case ST_ETHERTYPE:
		return (check_ethertype(sc, text));
	case ST_PROTOCOL:
		return (check_protocol(sc, text));
	case ST_PORTS:
		return (check_ports(sc, text));
	}
	abort();
}

const char *
schema_value(const struct schema *sc, const char *text, int64_t *out)
{
	const struct message *ms = schema_fault(sc, text, out);

	return (ms == NULL ? NULL : ms->ms_en);
}
