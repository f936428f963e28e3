/* SPDX-License-Identifier: ISC */
/*
 * ssh_key: see ssh_key.h.  Nothing but whole keys of types that the server
 * knows is taken, so that no line of the file that it reads can say more.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "kern/bytes.h"
#include "kern/ssh_key.h"

enum { TAIL = 24, BLOB_MAX = SSH_KEY_LINE_MAX / 4 * 3 };

enum kind { KIND_ED25519, KIND_ECDSA, KIND_RSA };

static const struct type {
	const char *ty_name;
	enum kind ty_kind;
	bool ty_token;		/* in a security key, for an application */
	const char *ty_curve;
	size_t ty_point;	/* bytes of a point */
} types[] = {
	{ "ssh-ed25519", KIND_ED25519, false, NULL, 32 },
	{ "sk-ssh-ed25519@openssh.com", KIND_ED25519, true, NULL, 32 },
	{ "ecdsa-sha2-nistp256", KIND_ECDSA, false, "nistp256", 65 },
	{ "ecdsa-sha2-nistp384", KIND_ECDSA, false, "nistp384", 97 },
	{ "ecdsa-sha2-nistp521", KIND_ECDSA, false, "nistp521", 133 },
	{ "sk-ecdsa-sha2-nistp256@openssh.com", KIND_ECDSA, true, "nistp256",
	    65 },
	{ "ssh-rsa", KIND_RSA, false, NULL, 0 },
	{ NULL, KIND_RSA, false, NULL, 0 },
};

/* What is left of a decoded key. */
struct blob {
	const uint8_t *bl_data;
	size_t bl_len;
};

static const struct message f_control = { "it has a control character",
	"制御文字が含まれています。" };
static const struct message f_private = {
	"this is a private key, which stays with its owner; wanted is the line "
	"of the file that ends in .pub",
	"これは秘密鍵です。秘密鍵は持ち主だけのものです。.pub で終わるファイル"
	"の行を書いてください。"
};
static const struct message f_long = { "it is longer than 1000 bytes",
	"1000 バイトを超えています。" };
static const struct message f_options = {
	"options before the key are not taken; it must begin with the key's "
	"type",
	"鍵の前のオプションは使えません。鍵の種類から書いてください。"
};
static const struct message f_type = {
	"it does not begin with ssh-ed25519, ecdsa-sha2-nistp256, -384 or -521,"
	" ssh-rsa, or these of a security key",
	"ssh-ed25519、ecdsa-sha2-nistp256・384・521、ssh-rsa、またはセキュリ"
	"ティキーのものから始まっていません。"
};
static const struct message f_dss = {
	"DSA keys are too weak; make one of ssh-ed25519",
	"DSA の鍵は弱いため使えません。ssh-ed25519 の鍵を作ってください。"
};
static const struct message f_blank = {
	"type and key must have one blank between",
	"種類と鍵の間は空白 1 つにしてください。"
};
static const struct message f_damaged = { "the key is damaged or not all there",
	"鍵が壊れているか、一部が欠けています。" };
static const struct message f_other = {
	"the key is of another type than the line says",
	"鍵が、行に書かれた種類のものではありません。"
};
static const struct message f_rsa = { "an RSA key must have 2048 to 4096 bits",
	"RSA の鍵は 2048～4096 ビットにしてください。" };
static const struct message f_two = {
	"there is a second key in it; each needs an entry of its own",
	"2 つ目の鍵が含まれています。鍵ごとに分けて書いてください。"
};

/* The type that the word at text names, or NULL. */
static const struct type *
type_of(const char *text)
{
	size_t len = strcspn(text, " ");
	const struct type *ty;

	for (ty = types; ty->ty_name != NULL; ty++)
		if (strlen(ty->ty_name) == len &&
		    memcmp(ty->ty_name, text, len) == 0)
			return (ty);
	return (NULL);
}

/* Whether one of the words from text on names a type. */
static bool
has_type(const char *text)
{
	for (;; text++) {
		if (type_of(text) != NULL)
			return (true);
		if ((text = strchr(text, ' ')) == NULL)
			return (false);
	}
}

static int
base64_digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *p = c == '\0' ? NULL : strchr(digits, c);

	return (p == NULL ? -1 : (int)(p - digits));
}

/*
 * The len characters, whole and without any spare bit set, as bytes in out;
 * -1 if they are not base64 of BLOB_MAX bytes at most.
 */
static int
decode(const char *text, size_t len, uint8_t out[BLOB_MAX])
{
	unsigned int pad = 0, bits = 0;
	size_t i, n = 0;
	uint32_t acc = 0;
	int digit;

	while (pad < 2 && len > 0 && text[len - 1] == '=') {
		pad++;
		len--;
	}
	if ((len + pad) % 4 != 0 || len * 3 / 4 > BLOB_MAX)
		return (-1);
	for (i = 0; i < len; i++) {
		if ((digit = base64_digit(text[i])) == -1)
			return (-1);
		acc = (acc << 6 | (uint32_t)digit) & 0xffff;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			out[n++] = (uint8_t)(acc >> bits);
		}
	}
	return ((acc & ((1U << bits) - 1)) == 0 ? (int)n : -1);
}

/* Take a string off: false if it is not all there. */
static bool
take(struct blob *bl, struct blob *out)
{
	if (bl->bl_len < 4)
		return (false);
	out->bl_len = get32(bl->bl_data);
	out->bl_data = bl->bl_data + 4;
	if (out->bl_len > bl->bl_len - 4)
		return (false);
	bl->bl_data = out->bl_data + out->bl_len;
	bl->bl_len -= 4 + out->bl_len;
	return (true);
}

static bool
is_text(const struct blob *bl, const char *text)
{
	return (bl->bl_len == strlen(text) &&
	    memcmp(bl->bl_data, text, bl->bl_len) == 0);
}

/* A point on a curve, uncompressed if it has a form at all. */
static bool
take_point(struct blob *bl, const struct type *ty)
{
	struct blob part;

	if (ty->ty_curve != NULL &&
	    (!take(bl, &part) || !is_text(&part, ty->ty_curve)))
		return (false);
	if (!take(bl, &part) || part.bl_len != ty->ty_point ||
	    (ty->ty_curve != NULL && part.bl_data[0] != 4))
		return (false);
	return (!ty->ty_token || take(bl, &part));
}

/* Bits of a number above 0, of no byte more than it needs; else 0. */
static size_t
take_bits(struct blob *bl)
{
	struct blob n;
	size_t bits;
	uint8_t top;

	if (!take(bl, &n) || n.bl_len == 0 || (n.bl_data[0] & 0x80) != 0)
		return (0);
	if (n.bl_data[0] == 0) {
		n.bl_data++;
		if (--n.bl_len == 0 || (n.bl_data[0] & 0x80) == 0)
			return (0);
	}
	bits = (n.bl_len - 1) * 8;
	for (top = n.bl_data[0]; top != 0; top >>= 1)
		bits++;
	return (bits);
}

static const struct message *
check_blob(const struct type *ty, struct blob bl)
{
	struct blob name;
	size_t bits;

	if (!take(&bl, &name))
		return (&f_damaged);
	if (!is_text(&name, ty->ty_name))
		return (&f_other);
	if (ty->ty_kind != KIND_RSA)
		return (take_point(&bl, ty) && bl.bl_len == 0 ? NULL :
								&f_damaged);
	if (take_bits(&bl) == 0 || (bits = take_bits(&bl)) == 0 ||
	    bl.bl_len != 0)
		return (&f_damaged);
	return (bits < SSH_KEY_RSA_MIN || bits > SSH_KEY_RSA_MAX ? &f_rsa :
								   NULL);
}

/* A line that begins with no type that is known. */
static const struct message *
check_stranger(const char *line)
{
	if (strncmp(line, "ssh-dss ", 8) == 0)
		return (&f_dss);
	return (has_type(line) ? &f_options : &f_type);
}

static const struct message *
check(const char *line)
{
	const struct type *ty = type_of(line);
	uint8_t data[BLOB_MAX];
	const struct message *ms;
	const char *key;
	size_t len;
	int n;

	if (strstr(line, "PRIVATE KEY") != NULL)
		return (&f_private);
	if (strlen(line) > SSH_KEY_LINE_MAX)
		return (&f_long);
	if (ty == NULL)
		return (check_stranger(line));
	key = line + strlen(ty->ty_name);
	if (*key == '\0')
		return (&f_damaged);
	if (*++key == ' ')
		return (&f_blank);
	len = strcspn(key, " ");
	if ((n = decode(key, len, data)) == -1)
		return (&f_damaged);
	ms = check_blob(ty, (struct blob){ data, (size_t)n });
	if (ms == NULL && has_type(key + len))
		ms = &f_two;
	return (ms);
}

/* The end of a line, from the beginning of a character on. */
static const char *
tail(const char *line)
{
	size_t len = strlen(line), from = len > TAIL ? len - TAIL : 0;

	while (((unsigned char)line[from] & 0xc0) == 0x80)
		from++;
	return (line + from);
}

static bool
has_control(const char *line)
{
	for (; *line != '\0'; line++)
		if ((unsigned char)*line < ' ' || *line == 0x7f)
			return (true);
	return (false);
}

const struct message *
ssh_key_fault(const char *line)
{
	static _Thread_local char en[MESSAGE_EN_SIZE], ja[MESSAGE_JA_SIZE];
	static _Thread_local struct message ms;
	const struct message *fault;

	if (has_control(line))
		return (strstr(line, "PRIVATE KEY") != NULL ? &f_private :
							      &f_control);
	if ((fault = check(line)) == NULL)
		return (NULL);
	/* nothing of it: it may be part of a secret */
	if (fault == &f_private)
		return (fault);
	ms = (struct message){ en, ja };
	snprintf(en, sizeof(en), "the line that ends in \"%s\": %s", tail(line),
	    fault->ms_en);
	snprintf(ja, sizeof(ja), "「%s」で終わる行：%s", tail(line),
	    fault->ms_ja);
	return (&ms);
}
