/* SPDX-License-Identifier: ISC */
/*
 * Backups: there and back, and what is no whole one of ours.
 */
#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/backup.h"
#include "crypto/backup_impl.h"

#define SETTINGS "# a box\nsystem {\n\thostname tokyo\n}\n"
#define PASSPHRASE "correct horse battery"

/* A backup with two files, one of bytes of any value. */
static char *
make(const char *version)
{
	struct backup bk = { .bk_settings = strdup(SETTINGS) };
	struct backup_file *bf;
	char *text;
	int i;

	strlcpy(bk.bk_version, version, sizeof(bk.bk_version));
	bf = backup_add_file(&bk, "hubd/hubd.key", 0600);
	ATF_REQUIRE(bf != NULL);
	for (i = 0; i < 1000; i++)
		bf->bf_data[i] = (char)i;
	bf->bf_len = 1000;
	bf = backup_add_file(&bk, "hubd/empty", 0644);
	ATF_REQUIRE(bf != NULL);
	text = backup_print(&bk, "tokyo");
	ATF_REQUIRE(text != NULL);
	backup_free(&bk);
	return (text);
}

/* In a block of its own size, so that ASan sees what is read beyond. */
static const struct message *
parse(const char *text, size_t len, const char *running, struct backup *bk)
{
	const struct message *why;
	char *copy = malloc(len == 0 ? 1 : len);

	ATF_REQUIRE(copy != NULL);
	memcpy(copy, text, len);
	why = backup_parse(copy, len, running, bk);
	free(copy);
	return (why);
}

static bool
refused(const char *text, size_t len)
{
	struct backup bk;
	bool no = parse(text, len, "", &bk) != NULL;

	backup_free(&bk);
	return (no);
}

static void
check_whole(const struct backup *bk)
{
	int i;

	ATF_CHECK_STREQ(SETTINGS, bk->bk_settings);
	ATF_REQUIRE_EQ(2, bk->bk_nfiles);
	ATF_CHECK_STREQ("hubd/hubd.key", bk->bk_files[0].bf_path);
	ATF_CHECK_EQ(0600, bk->bk_files[0].bf_mode);
	ATF_REQUIRE_EQ(1000, bk->bk_files[0].bf_len);
	for (i = 0; i < 1000; i++)
		ATF_CHECK_EQ((char)i, bk->bk_files[0].bf_data[i]);
	ATF_CHECK_STREQ("hubd/empty", bk->bk_files[1].bf_path);
	ATF_CHECK_EQ(0, bk->bk_files[1].bf_len);
}

ATF_TC_WITHOUT_HEAD(round_trip);
ATF_TC_BODY(round_trip, tc)
{
	char *text = make("1.4+x");
	struct backup bk;

	ATF_CHECK(backup_is_plain(text, strlen(text)));
	ATF_CHECK(!backup_is_sealed(text, strlen(text)));
	ATF_CHECK(parse(text, strlen(text), "1.4", &bk) == NULL);
	ATF_CHECK_STREQ("1.4+x", bk.bk_version);
	check_whole(&bk);
	backup_free(&bk);
	free(text);
}

/* As it comes from another machine's editor. */
ATF_TC_WITHOUT_HEAD(line_ends);
ATF_TC_BODY(line_ends, tc)
{
	char *text = make("1.4"), *p, *other = NULL;
	size_t size;
	FILE *fp = open_memstream(&other, &size);
	struct backup bk;

	fputs("\xef\xbb\xbf", fp);
	for (p = text; *p != '\0'; p++)
		fputs(*p == '\n' ? "\r\n" : (char[2]){ *p, '\0' }, fp);
	fclose(fp);
	ATF_CHECK(backup_is_plain(other, size));
	ATF_CHECK(parse(other, size, "1.4", &bk) == NULL);
	check_whole(&bk);
	backup_free(&bk);
	free(other);
	free(text);
}

ATF_TC_WITHOUT_HEAD(versions);
ATF_TC_BODY(versions, tc)
{
	static const struct {
		const char *made, *runs;
		bool ok;
	} cases[] = { { "1.4", "1.4", true }, { "1.4", "1.5", true },
		{ "1.4", "", true }, { "", "1.4", true },
		{ "1.5", "1.4", false }, { "1.4.1", "1.4", false },
		{ "1.4+b", "1.4+a", true } };
	const struct message *why;
	struct backup bk;
	char *text, *at;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		text = make(cases[i].made);
		why = parse(text, strlen(text), cases[i].runs, &bk);
		ATF_CHECK_EQ(cases[i].ok, why == NULL);
		if (why != NULL)
			ATF_CHECK(strstr(why->ms_en, "newer") != NULL);
		backup_free(&bk);
		free(text);
	}
	text = make("1.4");
	at = strstr(text, "backup 1");
	at[7] = '2';
	why = parse(text, strlen(text), "9", &bk);
	ATF_CHECK(why != NULL && strstr(why->ms_en, "newer form") != NULL);
	backup_free(&bk);
	free(text);
}

/* No byte of it can be another, none can be missing. */
ATF_TC_WITHOUT_HEAD(damage);
ATF_TC_BODY(damage, tc)
{
	char *text = make("1.4");
	size_t len = strlen(text), i;

	for (i = 0; i < len; i++) {
		ATF_CHECK_MSG(refused(text, i), "cut at %zu", i);
		text[i] ^= 1;
		ATF_CHECK_MSG(refused(text, len), "changed at %zu", i);
		ATF_CHECK(backup_is_plain(text, len));
		text[i] ^= 1;
	}
	free(text);
}

/* All of one before its settings, without the hash. */
static char *
make_edited(void)
{
	char *text = make("1.4"), *hash = strstr(text, "# sha256"), *next;

	next = strchr(hash, '\n') + 1;
	*strstr(text, SETTINGS) = '\0';
	memmove(hash, next, strlen(next) + 1);
	return (text);
}

/* What a hand has changed, and what no daemon's file can be. */
ATF_TC_WITHOUT_HEAD(by_hand);
ATF_TC_BODY(by_hand, tc)
{
	char *edited = make_edited();
	static const struct {
		const char *text;
		bool ok;
	} cases[] = {
		{ "", true },
		{ "system {\n}\n", true },
		{ "# file a/b 600\n# YQ==\n# end\n", true },
		{ "x\n# file a/b 644\n# end\n", true },
		{ "x\n# file ../b 600\n# end\n", false },
		{ "x\n# file a/../b 600\n# end\n", false },
		{ "x\n# file a/.. 600\n# end\n", false },
		{ "x\n# file /etc/shadow 600\n# end\n", false },
		{ "x\n# file b 600\n# end\n", false },
		{ "x\n# file a/b/c 600\n# end\n", false },
		{ "x\n# file a/-b 600\n# end\n", false },
		{ "x\n# file a/b 4755\n# end\n", false },
		{ "x\n# file a/b 666\n# end\n", false },
		{ "x\n# file a/b 044\n# end\n", false },
		{ "x\n# file a/b 600x\n# end\n", false },
		{ "x\n# file a/b\n# end\n", false },
		{ "x\n# file a/b 600\n# !\n# end\n", false },
		{ "x\n# file a/b 600\nYQ==\n# end\n", false },
		{ "x\n# file a/b 600\n# YQ==\n", false },
		{ "x\n# file a/b 600\n# end\nsystem {\n}\n", false },
	};
	char text[2048];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "%s%s", edited, cases[i].text);
		ATF_CHECK_EQ_MSG(!cases[i].ok, refused(text, strlen(text)),
		    "%s", cases[i].text);
	}
	ATF_CHECK(refused("# longwire-backup \nx\n", 21));
	ATF_CHECK(refused("# longwire-backup 1x\nx\n", 23));
	ATF_CHECK(refused("# longwire-backup 1\nx\n", 22));
	ATF_CHECK(refused("# longwire-backup 1", 19));
	i = strlen(edited);
	memcpy(text, edited, i);
	memcpy(text + i, "x\n\0", 4);
	ATF_CHECK(refused(text, i + 3));
	free(edited);
}

ATF_TC_WITHOUT_HEAD(limits);
ATF_TC_BODY(limits, tc)
{
	char *text = malloc(BACKUP_MAX + 1), *p = text, *edited = make_edited();
	struct backup bk = { .bk_nfiles = 0 };
	int i;

	ATF_REQUIRE(text != NULL);
	p += sprintf(p, "%sx\n", edited);
	for (i = 0; i <= BACKUP_FILES_MAX; i++)
		p += sprintf(p, "# file a/b%d 600\n# end\n", i);
	ATF_CHECK(refused(text, (size_t)(p - text)));
	/* one file too large */
	p = text + sprintf(text, "%sx\n# file a/b 600\n", edited);
	for (i = 0; i < BACKUP_FILE_MAX / 48 + 1; i++)
		p += sprintf(p, "# %064d\n", 0);
	p += sprintf(p, "# end\n");
	ATF_CHECK(refused(text, (size_t)(p - text)));
	/* all of it too large */
	memset(text, '#', BACKUP_MAX + 1);
	for (p = edited; *p != '\0'; p++)
		text[p - edited] = *p;
	ATF_CHECK(refused(text, BACKUP_MAX + 1));
	for (i = 0; i < BACKUP_FILES_MAX; i++)
		ATF_CHECK(backup_add_file(&bk, "a/b", 0600) != NULL);
	ATF_CHECK(backup_add_file(&bk, "a/b", 0600) == NULL);
	backup_free(&bk);
	free(edited);
	free(text);
}

/* Altered, it is refused; or, where that says nothing, the same comes out. */
static void
check_altered(const char *pem, size_t len, size_t at)
{
	char *text, *copy = strdup(pem);
	size_t n;

	copy[at] = copy[at] == 'A' ? 'B' : 'A';
	if (backup_open(copy, len, PASSPHRASE, &text, &n) == NULL) {
		ATF_CHECK_STREQ("secret\n", text);
		free(text);
	} else
		ATF_CHECK(text == NULL);
	free(copy);
}

/* The text and its tag, the last octets, do say something. */
static void
check_tag(char *pem, size_t len)
{
	char *text, *at = strstr(pem, "=\n-----END");
	size_t n;

	if (at == NULL)
		at = strstr(pem, "\n-----END");
	at -= 12;
	*at = *at == 'A' ? 'B' : 'A';
	ATF_CHECK(backup_open(pem, len, PASSPHRASE, &text, &n) != NULL);
	ATF_CHECK(text == NULL);
}

ATF_TC(seal);
ATF_TC_HEAD(seal, tc)
{
	atf_tc_set_md_var(tc, "timeout", "900");
}
ATF_TC_BODY(seal, tc)
{
	char *pem = backup_seal("secret\n", PASSPHRASE), *text;
	size_t len, plen, i;

	ATF_REQUIRE(pem != NULL);
	plen = strlen(pem);
	ATF_CHECK(backup_is_sealed(pem, plen));
	ATF_CHECK(strstr(pem, "secret") == NULL);
	ATF_REQUIRE(backup_open(pem, plen, PASSPHRASE, &text, &len) == NULL);
	ATF_CHECK_EQ(7, len);
	ATF_CHECK_STREQ("secret\n", text);
	freezero(text, len);
	ATF_CHECK(backup_open(pem, plen, "correct horse", &text, &len) != NULL);
	ATF_CHECK(text == NULL);
	for (i = plen - 120; i < plen - 28; i += 30)
		if (pem[i] != '\n')
			check_altered(pem, plen, i);
	for (i = 0; i < plen - 2; i += 97)
		ATF_CHECK(backup_open(pem, i, PASSPHRASE, &text, &len) != NULL);
	check_tag(pem, plen);
	free(pem);
}

ATF_TC_WITHOUT_HEAD(unsealed);
ATF_TC_BODY(unsealed, tc)
{
	static const char *const texts[] = { "", "-----BEGIN CMS-----",
		"-----BEGIN CMS-----\n-----END CMS-----\n",
		"-----BEGIN CMS-----\nMAA=\n-----END CMS-----\n",
		"-----BEGIN CMS-----\nMIAGCSqGSIb3DQEHA6CAMIA=\n" };
	char *text;
	size_t len, i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ATF_CHECK(backup_open(texts[i], strlen(texts[i]), PASSPHRASE,
			      &text, &len) != NULL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, round_trip);
	ATF_TP_ADD_TC(tp, line_ends);
	ATF_TP_ADD_TC(tp, versions);
	ATF_TP_ADD_TC(tp, damage);
	ATF_TP_ADD_TC(tp, by_hand);
	ATF_TP_ADD_TC(tp, limits);
	ATF_TP_ADD_TC(tp, seal);
	ATF_TP_ADD_TC(tp, unsealed);
	return (atf_no_error());
}
