/* SPDX-License-Identifier: ISC */
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <string.h>

#include "auth/totp.h"
#include "kern/bytes.h"
#include "kern/log.h"

static const char base32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

uint32_t
totp_code(const uint8_t *key, size_t len, uint64_t step, int digits)
{
	uint8_t counter[8], mac[EVP_MAX_MD_SIZE];
	uint32_t n, modulus = 1;
	unsigned int maclen;

	put64(counter, step);
	if (HMAC(EVP_sha1(), key, (int)len, counter, sizeof(counter), mac,
		&maclen) == NULL)
		fatalx("no HMAC-SHA-1");
	n = get32(mac + (mac[maclen - 1] & 15)) & 0x7fffffff;
	while (digits-- > 0)
		modulus *= 10;
	return (n % modulus);
}

/* 0-31, or -1 */
static int
base32_digit(char c)
{
	const char *p;

	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	p = c == '\0' ? NULL : strchr(base32, c);
	return (p == NULL ? -1 : (int)(p - base32));
}

int
totp_key(const char *text, uint8_t key[TOTP_KEY_MAX])
{
	unsigned int bits = 0, have = 0;
	int n = 0, digit;

	for (; *text != '\0'; text++) {
		if (*text == ' ')
			continue;
		if ((digit = base32_digit(*text)) == -1)
			return (-1);
		bits = (bits << 5 | (unsigned int)digit) & 0xfff;
		have += 5;
		if (have < 8)
			continue;
		if (n == TOTP_KEY_MAX)
			return (-1);
		have -= 8;
		key[n++] = (uint8_t)(bits >> have);
	}
	return (n < 10 ? -1 : n);
}

void
totp_text(const uint8_t key[TOTP_KEY_LEN], char *out)
{
	unsigned int bits = 0, have = 0;
	int i;

	for (i = 0; i < TOTP_KEY_LEN; i++) {
		bits = (bits << 8 | key[i]) & 0xfff;
		for (have += 8; have >= 5; *out++ = base32[bits >> have & 31])
			have -= 5;
	}
	*out = '\0';
}

/* -1 unless it is digits, TOTP_DIGITS of them, and blanks. */
static int64_t
code_number(const char *code)
{
	int64_t number = 0;
	int n = 0;

	for (; *code != '\0'; code++) {
		if (*code == ' ')
			continue;
		if (*code < '0' || *code > '9' || ++n > TOTP_DIGITS)
			return (-1);
		number = number * 10 + (*code - '0');
	}
	return (n == TOTP_DIGITS ? number : -1);
}

uint64_t
totp_check(const uint8_t *key, size_t len, const char *code, uint64_t now,
    uint64_t last)
{
	uint64_t step = now / TOTP_STEP, found = 0, s;
	int64_t number = code_number(code);

	if (number == -1 || step == 0)
		return (0);
	for (s = step - 1; s <= step + 1; s++)
		if (totp_code(key, len, s, TOTP_DIGITS) == number && s > last)
			found = s;
	return (found);
}
