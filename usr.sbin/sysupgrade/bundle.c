/* SPDX-License-Identifier: ISC */
/*
 * bundle: the header of an upgrade.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/base64.h"
#include "kern/bytes.h"

#include "bundle.h"

enum {
	LINE_MAX_LEN = 200,
	SIZE_DIGITS = 12	/* of a partition, in bytes */
};

static const char magic[] = "longwire-upgrade 1";
static const char magic_any[] = "longwire-upgrade ";

const char *const bundle_part_names[BUNDLE_PARTS] = { "boot", "root" };

/* A line being read, of a header that ends at rd_end. */
struct reader {
	const char *rd_at;
	const char *rd_end;
	char rd_line[LINE_MAX_LEN];
	unsigned int rd_number;
	char *rd_err;
	size_t rd_size;
};

static int
fail(struct reader *rd, const char *what)
{
	snprintf(rd->rd_err, rd->rd_size, "line %u of the header: %s",
	    rd->rd_number, what);
	return (-1);
}

/* The next line, without its end. */
static int
next_line(struct reader *rd)
{
	size_t len, left = (size_t)(rd->rd_end - rd->rd_at);
	const char *end = memchr(rd->rd_at, '\n', left);

	rd->rd_number++;
	if (end == NULL)
		return (fail(rd, "is missing or not whole"));
	len = (size_t)(end - rd->rd_at);
	if (len >= sizeof(rd->rd_line))
		return (fail(rd, "is too long"));
	if (memchr(rd->rd_at, '\0', len) != NULL)
		return (fail(rd, "is no text"));
	memcpy(rd->rd_line, rd->rd_at, len);
	rd->rd_line[len] = '\0';
	rd->rd_at = end + 1;
	return (0);
}

/* The words of the next line, which has a key and `count` of them. */
static int
next_words(struct reader *rd, const char *key, char **words, int count)
{
	size_t len = strlen(key);
	char *p;
	int i;

	if (next_line(rd) == -1)
		return (-1);
	if (strncmp(rd->rd_line, key, len) != 0 || rd->rd_line[len] != ' ') {
		snprintf(rd->rd_err, rd->rd_size,
		    "line %u of the header: %s is missing", rd->rd_number, key);
		return (-1);
	}
	p = rd->rd_line + len;
	for (i = 0; i < count && p != NULL; i++) {
		*p++ = '\0';
		words[i] = p;
		if ((p = strchr(p, ' ')) == words[i])
			return (fail(rd, "a word is missing"));
	}
	if (i < count || p != NULL || *words[count - 1] == '\0')
		return (fail(rd, "not as many words as it must have"));
	return (0);
}

/* The first line, which says what this is. */
static int
parse_magic(struct reader *rd)
{
	size_t left = (size_t)(rd->rd_end - rd->rd_at);

	if (left < sizeof(magic_any) - 1 ||
	    memcmp(rd->rd_at, magic_any, sizeof(magic_any) - 1) != 0) {
		snprintf(rd->rd_err, rd->rd_size, "this is no upgrade bundle");
		return (-1);
	}
	if (next_line(rd) == -1)
		return (-1);
	if (strcmp(rd->rd_line, magic) != 0)
		return (fail(rd, "a format that this version does not know"));
	return (0);
}

static int
parse_version(struct reader *rd, const char *key, char *out)
{
	char *word;

	if (next_words(rd, key, &word, 1) == -1)
		return (-1);
	if (!version_valid(word))
		return (fail(rd, "is no version"));
	memcpy(out, word, strlen(word) + 1);
	return (0);
}

static int
parse_target(struct reader *rd, char *out)
{
	char *word, *p;

	if (next_words(rd, "target", &word, 1) == -1)
		return (-1);
	for (p = word; *p != '\0'; p++)
		if (!islower((unsigned char)*p) &&
		    !isdigit((unsigned char)*p) && *p != '-')
			return (fail(rd, "is no target"));
	if (p - word >= BUNDLE_TARGET_MAX)
		return (fail(rd, "is no target"));
	memcpy(out, word, (size_t)(p - word) + 1);
	return (0);
}

/* Bytes in hexadecimal, small letters, and nothing behind. */
static int
parse_hex(const char *text, uint8_t *out, size_t len)
{
	size_t i;

	if (strlen(text) != 2 * len)
		return (-1);
	for (i = 0; i < 2 * len; i++)
		if (hex_digit(text[i]) == -1 || isupper((unsigned char)text[i]))
			return (-1);
	for (i = 0; i < len; i++)
		out[i] = (uint8_t)(hex_digit(text[2 * i]) << 4 |
		    hex_digit(text[2 * i + 1]));
	return (0);
}

/* A decimal number from 1 on. */
static int
parse_size(const char *text, uint64_t *out)
{
	size_t i, len = strlen(text);

	if (len == 0 || len > SIZE_DIGITS || *text == '0')
		return (-1);
	*out = 0;
	for (i = 0; i < len; i++) {
		if (!isdigit((unsigned char)text[i]))
			return (-1);
		*out = *out * 10 + (uint64_t)(text[i] - '0');
	}
	return (0);
}

static int
parse_part(struct reader *rd, const char *key, struct bundle_part *bp)
{
	char *words[2];

	if (next_words(rd, key, words, 2) == -1)
		return (-1);
	if (parse_size(words[0], &bp->bp_size) == -1)
		return (fail(rd, "is no size"));
	if (parse_hex(words[1], bp->bp_hash, BUNDLE_HASH) == -1)
		return (fail(rd, "is no SHA-256"));
	return (0);
}

static int
parse_signature(struct reader *rd, struct bundle_signature *bs)
{
	char *words[2];

	if (next_words(rd, "signature", words, 2) == -1)
		return (-1);
	if (parse_hex(words[0], bs->bs_key, BUNDLE_KEY_ID) == -1)
		return (fail(rd, "is no key"));
	if (base64_decode(BASE64, words[1], strlen(words[1]), bs->bs_bytes,
		BUNDLE_SIGNATURE) != BUNDLE_SIGNATURE)
		return (fail(rd, "is no signature"));
	return (0);
}

/* All before the signatures. */
static int
parse_manifest(struct reader *rd, struct bundle *bu)
{
	int i;

	if (parse_magic(rd) == -1 ||
	    parse_version(rd, "version", bu->bu_version) == -1 ||
	    parse_target(rd, bu->bu_target) == -1 ||
	    parse_version(rd, "minimum", bu->bu_minimum) == -1)
		return (-1);
	for (i = 0; i < BUNDLE_PARTS; i++)
		if (parse_part(rd, bundle_part_names[i], &bu->bu_parts[i]) ==
		    -1)
			return (-1);
	return (0);
}

/* Whether the empty line that ends the header comes next. */
static bool
at_end(const struct reader *rd)
{
	return (rd->rd_at < rd->rd_end && *rd->rd_at == '\n');
}

int
bundle_parse(const char *text, size_t len, struct bundle *bu, char *err,
    size_t size)
{
	struct reader rd = { .rd_at = text, .rd_err = err, .rd_size = size };

	memset(bu, 0, sizeof(*bu));
	rd.rd_end = text + (len < BUNDLE_HEADER_MAX ? len : BUNDLE_HEADER_MAX);
	if (parse_manifest(&rd, bu) == -1)
		return (-1);
	bu->bu_signed = (size_t)(rd.rd_at - text);
	do {
		if (bu->bu_nsignatures == BUNDLE_SIGNATURES)
			return (fail(&rd, "too many signatures"));
		if (parse_signature(&rd,
			&bu->bu_signatures[bu->bu_nsignatures++]) == -1)
			return (-1);
	} while (!at_end(&rd));
	bu->bu_header = (size_t)(rd.rd_at - text) + 1;
	return (0);
}

uint64_t
bundle_payload(const struct bundle *bu)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < BUNDLE_PARTS; i++)
		sum += bu->bu_parts[i].bp_size;
	return (sum);
}
