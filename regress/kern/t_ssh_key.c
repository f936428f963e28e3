/* SPDX-License-Identifier: ISC */
/* Lines with public keys: those that ssh-keygen makes, and hostile ones. */
#include <atf-c.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kern/bytes.h"
#include "kern/ssh_key.h"

#define ED25519                                                            \
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKGfMLjkHNq1jD9y2tDLF9r5ICVL" \
	"ptIXnvV7h1yhUukS alice@pc"
#define ECDSA                                                              \
	"ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAy" \
	"NTYAAABBBBvLA6ZALSRb6FfvBaPTDYTcx2BmQg7EYaay+b9l9cn0idYbyGuP4ZTS" \
	"m+cj/W+dJQX5598A8LbnkdURDsJlTC8="
#define RSA                                                                \
	"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCzUCLz4R8/ddBm/oaUSkOXeXm0" \
	"XoywZpZ5fCpKKgJAaFJzvxB6zGjkRzv/8KrSi7+x9bwKgWSYweGpF9XZ0j1xdgKg" \
	"x7k5lcJbKiXmbbfe300jEGu3DWE959G5qJfMYqjj1DT+NrmVjrxIzT4LrbqzNE79" \
	"GtqtOcvzk8VZ+Vqj2THvJyjr4CwV+RNV0QRU4MKaioaBX3yYGjeo4NTz59Nvj7sz" \
	"X9JG1tKdTOG3tSMYXuG+dFANOhVbKh2zItj0Cr7gP4a+d3VoGroiWRuehFeFrAAM" \
	"1pgR4ak3tWYau4w6c3uF/nVRxiyQae44AuybaCfnCMz/+m7j9ucvlmXy1yZP"
#define SK                                                                \
	"sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2gu" \
	"Y29tAAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fAAAABHNzaDo="

static void
expect(const char *line, const char *text)
{
	const struct message *ms = ssh_key_fault(line);

	if (text == NULL)
		ATF_CHECK_MSG(ms == NULL, "%s: %s", line, ms->ms_en);
	else
		ATF_CHECK_MSG(ms != NULL && strstr(ms->ms_en, text) != NULL &&
			ms->ms_ja[0] != '\0',
		    "%s: %s", line, ms == NULL ? "taken" : ms->ms_en);
}

ATF_TC_WITHOUT_HEAD(lines);
ATF_TC_BODY(lines, tc)
{
	static const struct {
		const char *line;
		const char *fault;
	} vectors[] = {
		{ ED25519, NULL },
		{ ECDSA, NULL },
		{ ECDSA " with \"quotes\" and  blanks", NULL },
		{ RSA " \xe6\x9d\xb1\xe4\xba\xac", NULL },
		{ SK " token", NULL },
		/* what people paste */
		{ "-----BEGIN OPENSSH PRIVATE KEY-----", "private key" },
		{ "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl", "private key" },
		{ "---- BEGIN SSH2 PUBLIC KEY ----", "does not begin" },
		{ ED25519 "\n", "control" },
		{ ED25519 "\r", "control" },
		{ "ssh-ed25519\tAAAA", "control" },
		{ "ssh-ed25519  AAAA", "one blank" },
		{ " " ED25519, "options" },
		{ ED25519 " " ECDSA, "second key" },
		{ "ssh-dss AAAAB3NzaC1kc3M= old", "DSA" },
		{ "", "does not begin" },
		{ "ssh-ed25519", "damaged" },
		{ "ssh-ed25519 ", "damaged" },
		{ "ssh-ed25519 alice@pc", "damaged" },
		{ "SSH-ED25519 AAAA", "does not begin" },
		{ "ssh-ed25519-cert-v01@openssh.com AAAA", "does not begin" },
		/* what the server must not read */
		{ "command=\"sh\" " ED25519, "options" },
		{ "no-pty," ED25519, "does not begin" },
		{ "cert-authority " ED25519, "options" },
		{ "from=\"*,ssh-rsa \" " RSA, "options" },
		{ "# " ED25519, "options" },
		{ "ssh-ed25519 =", "damaged" },
		{ "ssh-ed25519 ====", "damaged" },
		{ "ssh-ed25519 A", "damaged" },
		{ "ssh-ed25519 AA==", "damaged" },
		{ "ssh-ed25519 AB==", "damaged" },
		{ "ssh-ed25519 AAAA=AAA", "damaged" },
		{ "ssh-ed25519 AAAAA-__", "damaged" },
		/* a length of 4 GiB, and one that is a byte too long */
		{ "ssh-ed25519 /////w==", "damaged" },
		{ "ssh-ed25519 AAAADHNzaC1lZDI1NTE5", "damaged" },
		{ "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5", "damaged" },
		{ "ssh-rsa AAAAC3NzaC1lZDI1NTE5", "another type" },
		{ "ssh-ed25519 AAAAB3NzaC1yc2E=", "another type" },
	};
	size_t i;

	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		expect(vectors[i].line, vectors[i].fault);
}

/* Which line it is about, but nothing of a private key. */
ATF_TC_WITHOUT_HEAD(names);
ATF_TC_BODY(names, tc)
{
	static const char ja[] = "ssh-ed25519 AAAA "
				 "\xe6\x9d\xb1\xe4\xba\xac\xe6\x9d\xb1\xe4\xba"
				 "\xac\xe6\x9d\xb1\xe4\xba\xac\xe6\x9d\xb1\xe4"
				 "\xba\xac"
				 "ab";

	expect("ssh-ed25519 AAAA alice@pc",
	    "the line that ends in \"sh-ed25519 AAAA alice@pc\": ");
	/* from the beginning of a character on */
	expect(ja,
	    "in \"\xe4\xba\xac\xe6\x9d\xb1\xe4\xba\xac\xe6\x9d\xb1\xe4"
	    "\xba\xac\xe6\x9d\xb1\xe4\xba\xac"
	    "ab\": ");
	ATF_CHECK(strstr(ssh_key_fault("PRIVATE KEY secret")->ms_en,
		      "secret") == NULL);
	ATF_CHECK(strstr(ssh_key_fault("PRIVATE KEY\nsecret")->ms_en,
		      "secret") == NULL);
}

/* A line from the parts of a key. */
struct build {
	uint8_t bu_data[2000];
	size_t bu_len;
	char bu_line[3000];
};

static void
put(struct build *bu, const void *data, size_t len)
{
	put32(bu->bu_data + bu->bu_len, (uint32_t)len);
	memcpy(bu->bu_data + bu->bu_len + 4, data, len);
	bu->bu_len += 4 + len;
}

static const char *
line(struct build *bu, const char *type)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t n = (size_t)sprintf(bu->bu_line, "%s ", type), i, k;
	uint32_t v;

	memset(bu->bu_data + bu->bu_len, 0, 3);
	for (i = 0; i < bu->bu_len; i += 3) {
		v = get32(bu->bu_data + i) >> 8;
		for (k = 0; k < 4; k++)
			bu->bu_line[n++] = k > bu->bu_len - i ?
			    '=' :
			    digits[v >> (18 - 6 * k) & 63];
	}
	bu->bu_line[n] = '\0';
	return (bu->bu_line);
}

/* An RSA key whose number has these bytes. */
static const char *
rsa(struct build *bu, const char *e, size_t elen, size_t nlen, int first,
    int second)
{
	uint8_t n[1500];

	memset(n, 0xa5, sizeof(n));
	n[0] = (uint8_t)first;
	n[1] = (uint8_t)second;
	bu->bu_len = 0;
	put(bu, "ssh-rsa", 7);
	put(bu, e, elen);
	put(bu, n, nlen);
	return (line(bu, "ssh-rsa"));
}

ATF_TC_WITHOUT_HEAD(numbers);
ATF_TC_BODY(numbers, tc)
{
	static struct build bu;

	expect(rsa(&bu, "\3", 1, 257, 0, 0x80), NULL);
	expect(rsa(&bu, "\1\0\1", 3, 256, 0x7f, 0xff), "2048 to 4096");
	expect(rsa(&bu, "\1\0\1", 3, 129, 0, 0x80), "2048 to 4096");
	expect(rsa(&bu, "\1\0\1", 3, 513, 0, 0x80), NULL);
	expect(rsa(&bu, "\1\0\1", 3, 513, 1, 0), "2048 to 4096");
	/* negative, of more bytes than it needs, 0, none */
	expect(rsa(&bu, "\1\0\1", 3, 256, 0x80, 0), "damaged");
	expect(rsa(&bu, "\1\0\1", 3, 257, 0, 0x7f), "damaged");
	expect(rsa(&bu, "\1\0\1", 3, 1, 0, 0), "damaged");
	expect(rsa(&bu, "\1\0\1", 3, 0, 0, 0), "damaged");
	expect(rsa(&bu, "\0", 1, 257, 0, 0x80), "damaged");
	expect(rsa(&bu, "\x81", 1, 257, 0, 0x80), "damaged");
	expect(rsa(&bu, "", 0, 257, 0, 0x80), "damaged");
	expect(rsa(&bu, "\1\0\1", 3, 1025, 0, 0x80), "longer than 1000");
	/* something behind it */
	(void)rsa(&bu, "\3", 1, 257, 0, 0x80);
	put(&bu, "", 0);
	expect(line(&bu, "ssh-rsa"), "damaged");
}

ATF_TC_WITHOUT_HEAD(points);
ATF_TC_BODY(points, tc)
{
	static const struct {
		const char *type;
		const char *curve;
		const char *point;
		size_t len;
		const char *fault;
	} vectors[] = {
		{ "ecdsa-sha2-nistp384", "nistp384", "\4", 97, NULL },
		{ "ecdsa-sha2-nistp521", "nistp521", "\4", 133, NULL },
		{ "ecdsa-sha2-nistp521", "nistp384", "\4", 133, "damaged" },
		{ "ecdsa-sha2-nistp256", "nistp256", "\4", 64, "damaged" },
		{ "ecdsa-sha2-nistp256", "nistp256", "\4", 66, "damaged" },
		{ "ecdsa-sha2-nistp256", "nistp256", "\2", 65, "damaged" },
		{ "ecdsa-sha2-nistp256", "nistp256", "\2", 33, "damaged" },
		{ "ecdsa-sha2-nistp256", "nistp256", "\0", 1, "damaged" },
		{ "ecdsa-sha2-nistp256", "nistp256", "", 0, "damaged" },
		{ "ssh-ed25519", NULL, "\4", 32, NULL },
		{ "ssh-ed25519", NULL, "\4", 31, "damaged" },
		{ "ssh-ed25519", NULL, "\4", 33, "damaged" },
		/* without the application */
		{ "sk-ssh-ed25519@openssh.com", NULL, "\4", 32, "damaged" },
	};
	static struct build bu;
	uint8_t point[200] = { 0 };
	size_t i;

	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		bu.bu_len = 0;
		put(&bu, vectors[i].type, strlen(vectors[i].type));
		if (vectors[i].curve != NULL)
			put(&bu, vectors[i].curve, strlen(vectors[i].curve));
		point[0] = (uint8_t)vectors[i].point[0];
		put(&bu, point, vectors[i].len);
		expect(line(&bu, vectors[i].type), vectors[i].fault);
	}
}

/* Each beginning of a line, and each with a byte changed, at its real size. */
static void
spoil(const char *text)
{
	size_t len = strlen(text), i, taken = 0;
	char *copy;

	for (i = 0; i < len; i++) {
		ATF_REQUIRE((copy = strndup(text, i)) != NULL);
		ATF_CHECK_MSG(ssh_key_fault(copy) != NULL, "%s", copy);
		free(copy);
	}
	for (i = 0; i < len * 255; i++) {
		ATF_REQUIRE((copy = strdup(text)) != NULL);
		copy[i / 255] = (char)(i % 255 + 1);
		taken += ssh_key_fault(copy) == NULL;
		free(copy);
	}
	/* other numbers are other keys, but no more than that */
	ATF_CHECK_MSG(taken < len * 64, "%zu taken", taken);
}

ATF_TC_WITHOUT_HEAD(spoiled);
ATF_TC_BODY(spoiled, tc)
{
	spoil(ECDSA);
	spoil(RSA);
	spoil(SK);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, lines);
	ATF_TP_ADD_TC(tp, names);
	ATF_TP_ADD_TC(tp, numbers);
	ATF_TP_ADD_TC(tp, points);
	ATF_TP_ADD_TC(tp, spoiled);
	return (atf_no_error());
}
