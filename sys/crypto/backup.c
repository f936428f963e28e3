/* SPDX-License-Identifier: ISC */
/*
 * backup: the file's text, taken apart and put together.
 */
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/backup.h"
#include "crypto/backup_impl.h"
#include "crypto/base64.h"

enum {
	FORMAT = 1,
	LINE_BYTES = 48,	/* of a file, in one line of base64 */
	LINE_MAX_CHARS = 128	/* of our own lines */
};

static const char magic[] = "# longwire-backup ";
static const char about[] =
    "#\n"
    "# Settings, passwords and private keys of a Longwire box: keep this file\n"
    "# where nobody else reads it. Restore it by the web form, by cfgctl(8),\n"
    "# or as longwire.txt on the FAT partition of a disk. After a change made\n"
    "# by hand, take out the line with sha256.\n"
    "#\n";

static const struct message damaged = {
	"the backup is damaged: it is not as it was when it was made",
	"バックアップが壊れています（作成時の内容と一致しません）。"
};

/* One whose first line is damaged still has a line with its hash. */
bool
backup_is_plain(const char *text, size_t len)
{
	static const char hash[] = "\n# sha256 ";

	/* a byte order mark is what some editors leave */
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		len -= 3;
	}
	if (len >= sizeof(magic) - 1 &&
	    memcmp(text, magic, sizeof(magic) - 1) == 0)
		return (true);
	if (len > BACKUP_HEAD)
		len = BACKUP_HEAD;
	return (memmem(text, len, hash, sizeof(hash) - 1) != NULL);
}

void
backup_free(struct backup *bk)
{
	unsigned int i;

	for (i = 0; i < bk->bk_nfiles; i++)
		freezero(bk->bk_files[i].bf_data, bk->bk_files[i].bf_len + 1);
	free(bk->bk_files);
	if (bk->bk_settings != NULL)
		freezero(bk->bk_settings, strlen(bk->bk_settings));
	memset(bk, 0, sizeof(*bk));
}

struct backup_file *
backup_add_file(struct backup *bk, const char *path, mode_t mode)
{
	struct backup_file *bf;

	if (bk->bk_nfiles == BACKUP_FILES_MAX)
		return (NULL);
	bf = reallocarray(bk->bk_files, bk->bk_nfiles + 1, sizeof(*bf));
	if (bf == NULL)
		return (NULL);
	bk->bk_files = bf;
	bf += bk->bk_nfiles;
	memset(bf, 0, sizeof(*bf));
	strlcpy(bf->bf_path, path, sizeof(bf->bf_path));
	bf->bf_mode = mode;
	if ((bf->bf_data = malloc(BACKUP_FILE_MAX + 1)) == NULL)
		return (NULL);
	bk->bk_nfiles++;
	return (bf);
}

bool
backup_name_ok(const char *name, size_t len)
{
	size_t i;

	if (len == 0 || len > 60 || name[0] == '.' || name[0] == '-')
		return (false);
	for (i = 0; i < len; i++)
		if (!((name[i] >= 'a' && name[i] <= 'z') ||
			(name[i] >= 'A' && name[i] <= 'Z') ||
			(name[i] >= '0' && name[i] <= '9') ||
			strchr("._-", name[i]) != NULL))
			return (false);
	return (true);
}

static bool
path_ok(const char *path)
{
	const char *slash = strchr(path, '/');

	return (slash != NULL && backup_name_ok(path, (size_t)(slash - path)) &&
	    backup_name_ok(slash + 1, strlen(slash + 1)));
}

/* Put together. */

static void
print_hash(FILE *fp, const char *text, size_t len)
{
	uint8_t digest[SHA256_DIGEST_LENGTH];
	size_t i;

	SHA256((const uint8_t *)text, len, digest);
	fputs("# sha256 ", fp);
	for (i = 0; i < sizeof(digest); i++)
		fprintf(fp, "%02x", digest[i]);
	fputc('\n', fp);
}

static void
print_file(FILE *fp, const struct backup_file *bf)
{
	char line[LINE_BYTES / 3 * 4 + 1];
	size_t at, n;

	fprintf(fp, "# file %s %o\n", bf->bf_path, (unsigned int)bf->bf_mode);
	for (at = 0; at < bf->bf_len; at += n) {
		n = bf->bf_len - at;
		if (n > LINE_BYTES)
			n = LINE_BYTES;
		(void)base64_encode(BASE64, bf->bf_data + at, n, line,
		    sizeof(line));
		fprintf(fp, "# %s\n", line);
	}
	fputs("# end\n", fp);
	explicit_bzero(line, sizeof(line));
}

/* The lines behind that of the hash. */
static char *
print_body(const struct backup *bk, const char *host)
{
	const char *settings = bk->bk_settings;
	char *text = NULL;
	size_t size, len = strlen(settings);
	unsigned int i;
	FILE *fp = open_memstream(&text, &size);

	if (fp == NULL)
		return (NULL);
	if (bk->bk_version[0] != '\0')
		fprintf(fp, "# version %s\n", bk->bk_version);
	fprintf(fp, "# host %.64s\n%s%s", host, about, settings);
	if (len > 0 && settings[len - 1] != '\n')
		fputc('\n', fp);
	for (i = 0; i < bk->bk_nfiles; i++)
		print_file(fp, &bk->bk_files[i]);
	if (fclose(fp) == EOF) {
		free(text);
		return (NULL);
	}
	return (text);
}

char *
backup_print(const struct backup *bk, const char *host)
{
	char *body = print_body(bk, host), *text = NULL;
	size_t size;
	FILE *fp;

	if (body == NULL)
		return (NULL);
	if ((fp = open_memstream(&text, &size)) != NULL) {
		fprintf(fp, "%s%d\n", magic, FORMAT);
		print_hash(fp, body, strlen(body));
		fputs(body, fp);
		if (fclose(fp) == EOF) {
			free(text);
			text = NULL;
		}
	}
	freezero(body, strlen(body));
	return (text);
}

char *
backup_print_files(const struct backup *bk)
{
	struct backup only = { .bk_settings = (char *)"",
		.bk_nfiles = bk->bk_nfiles,
		.bk_files = bk->bk_files };

	return (bk->bk_nfiles == 0 ? NULL : backup_print(&only, "-"));
}

/* Taken apart. */

/* Without CR before LF, and without a byte order mark; NULL without memory. */
static char *
plain_lines(const char *text, size_t len)
{
	char *copy = malloc(len + 1);
	size_t i = 0, n = 0;

	if (copy == NULL)
		return (NULL);
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		i = 3;
	for (; i < len; i++)
		if (text[i] != '\r' || i + 1 == len || text[i + 1] != '\n')
			copy[n++] = text[i];
	copy[n] = '\0';
	return (copy);
}

/* The line at *p, without its end, and *p behind it; NULL at the end. */
static char *
next_line(char **p)
{
	if (**p == '\0')
		return (NULL);
	return (strsep(p, "\n"));
}

/* What follows a word at the beginning of a line, or NULL. */
static const char *
after(const char *line, const char *word)
{
	size_t len = strlen(word);

	return (strncmp(line, word, len) == 0 ? line + len : NULL);
}

static const struct message *
check_version(const char *version, const char *running, struct backup *bk)
{
	static const struct message newer = {
		"the backup is of a newer version than the one that runs here: "
		"upgrade this box first",
		"このバックアップは動作中のものより新しいバージョンで作られてい"
		"ます。先にこの装置をアップグレードしてください。"
	};

	if (!version_valid(version) ||
	    strlcpy(bk->bk_version, version, sizeof(bk->bk_version)) >=
		sizeof(bk->bk_version))
		return (&damaged);
	if (*running != '\0' && version_compare(version, running) > 0)
		return (&newer);
	return (NULL);
}

static bool
hash_right(const char *hash, const char *text)
{
	char *right = NULL;
	size_t size;
	FILE *fp = open_memstream(&right, &size);
	bool same;

	if (fp == NULL)
		return (false);
	print_hash(fp, text, strlen(text));
	if (fclose(fp) == EOF || right == NULL)
		return (false);
	right[strcspn(right, "\n")] = '\0';
	same = strcmp(right + strlen("# sha256 "), hash) == 0;
	free(right);
	return (same);
}

static const struct message *
take_format(char *line)
{
	static const struct message newer = {
		"the backup is of a newer form than this version knows",
		"このバックアップの形式は、このバージョンでは読めません。"
	};
	const char *value = line == NULL ? NULL : after(line, magic);

	if (value == NULL || *value == '\0' ||
	    strspn(value, "0123456789") != strlen(value))
		return (&damaged);
	return (strcmp(value, "1") == 0 ? NULL : &newer);
}

/* The line with the hash of what follows it; a hand may have taken it out. */
static bool
take_hash(char **p)
{
	const char *value = after(*p, "# sha256 ");
	char *end = strchr(*p, '\n');

	if (value == NULL)
		return (true);
	if (end == NULL)
		return (false);
	*end = '\0';
	*p = end + 1;
	return (hash_right(value, *p));
}

/* The lines before the settings; *rest is what follows them. */
static const struct message *
take_head(char *text, const char *running, struct backup *bk, char **rest)
{
	const struct message *why;
	const char *value;
	char *line, *p = text;

	if ((why = take_format(next_line(&p))) != NULL)
		return (why);
	if (p == NULL || !take_hash(&p))
		return (&damaged);
	while (strncmp(p, about, strlen(about)) != 0) {
		line = next_line(&p);
		if (line == NULL || p == NULL)
			return (&damaged);
		if ((value = after(line, "# version ")) == NULL) {
			if (after(line, "# host ") == NULL)
				return (&damaged);
		} else if ((why = check_version(value, running, bk)) != NULL)
			return (why);
	}
	*rest = p + strlen(about);
	return (NULL);
}

/* "DAEMON/NAME MODE", or NULL. */
static struct backup_file *
take_file(struct backup *bk, char *spec)
{
	char *path = strsep(&spec, " "), *end;
	unsigned long mode;

	if (spec == NULL || !path_ok(path) || strlen(path) >= BACKUP_PATH_MAX)
		return (NULL);
	mode = strtoul(spec, &end, 8);
	if (end == spec || *end != '\0' || (mode & ~0644UL) != 0 ||
	    (mode & 0600) != 0600)
		return (NULL);
	return (backup_add_file(bk, path, (mode_t)mode));
}

static bool
take_data(struct backup *bk, struct backup_file *bf, const char *text)
{
	ssize_t n = base64_decode(BASE64, text, strlen(text),
	    bf->bf_data + bf->bf_len, BACKUP_FILE_MAX - bf->bf_len);
	size_t all = 0;
	unsigned int i;

	if (n == -1)
		return (false);
	bf->bf_len += (size_t)n;
	bf->bf_data[bf->bf_len] = '\0';
	for (i = 0; i < bk->bk_nfiles; i++)
		all += bk->bk_files[i].bf_len;
	return (all <= BACKUP_FILES_SIZE);
}

/* The files behind the settings. */
static bool
take_files(struct backup *bk, char *p)
{
	struct backup_file *bf = NULL;
	char *line, *spec;

	while (p != NULL && (line = next_line(&p)) != NULL) {
		if (bf == NULL) {
			spec =
			    strncmp(line, "# file ", 7) == 0 ? line + 7 : NULL;
			if (spec == NULL || (bf = take_file(bk, spec)) == NULL)
				return (false);
			bf->bf_data[0] = '\0';
		} else if (strcmp(line, "# end") == 0)
			bf = NULL;
		else if (strncmp(line, "# ", 2) != 0 ||
		    strlen(line) > LINE_MAX_CHARS ||
		    !take_data(bk, bf, line + 2))
			return (false);
	}
	return (bf == NULL);
}

/* Settings, then files; false if they are none, or without memory. */
static bool
take_body(struct backup *bk, char *rest)
{
	char *files;

	/* so that there is a line end before each line */
	*--rest = '\n';
	if ((files = strstr(rest, "\n# file ")) != NULL)
		*files++ = '\0';
	if (asprintf(&bk->bk_settings, "%s%s",
		files == rest + 1 ? "" : rest + 1,
		files == NULL || files == rest + 1 ? "" : "\n") == -1) {
		bk->bk_settings = NULL;
		return (false);
	}
	return (files == NULL || take_files(bk, files));
}

const struct message *
backup_parse(const char *text, size_t len, const char *running,
    struct backup *bk)
{
	static const struct message memory = { "out of memory",
		"メモリーが足りません。" };
	const struct message *why;
	char *copy, *rest;

	memset(bk, 0, sizeof(*bk));
	if (len > BACKUP_MAX || (len > 0 && memchr(text, '\0', len) != NULL))
		return (&damaged);
	if ((copy = plain_lines(text, len)) == NULL)
		return (&memory);
	why = take_head(copy, running, bk, &rest);
	if (why == NULL && !take_body(bk, rest))
		why = &damaged;
	freezero(copy, len + 1);
	return (why);
}
