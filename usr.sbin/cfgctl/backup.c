/* SPDX-License-Identifier: ISC */
/*
 * backup: what a backup has besides settings, to and from a file.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <readpassphrase.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kern/conf.h"
#include "kern/generation.h"
#include "kern/schema.h"

#include "cfgctl.h"

/* A passphrase with NUL, and the end of its line. */
enum { LINE = BACKUP_PASSPHRASE_MAX + 2 };

/* All of a descriptor, with NUL behind it; ends the program otherwise. */
static char *
read_all(int fd, const char *name, size_t *len)
{
	char *text = malloc(BACKUP_MAX + 1);
	ssize_t n = 0;

	if (text == NULL)
		errx(1, "out of memory");
	for (*len = 0; *len <= BACKUP_MAX; *len += (size_t)n) {
		n = read(fd, text + *len, BACKUP_MAX + 1 - *len);
		if (n == -1 && errno == EINTR)
			n = 0;
		else if (n == -1)
			err(1, "%s", name);
		else if (n == 0)
			break;
	}
	if (*len > BACKUP_MAX)
		errx(1, "%s: larger than %d bytes", name, BACKUP_MAX);
	text[*len] = '\0';
	return (text);
}

/* The line before the file; a byte at a time, so that the file stays. */
static void
read_line(char out[LINE])
{
	size_t n = 0;

	while (n < LINE - 1 && read(STDIN_FILENO, out + n, 1) == 1 &&
	    out[n] != '\n')
		n++;
	if (n == LINE - 1)
		errx(1, "standard input: the passphrase is too long");
	out[n] = '\0';
}

/* From the terminal, or a line of standard input. */
static void
ask_passphrase(const char *prompt, char out[LINE])
{
	if (!isatty(STDIN_FILENO))
		read_line(out);
	else if (readpassphrase(prompt, out, LINE, RPP_ECHO_OFF) == NULL)
		errx(1, "no passphrase was read");
}

static void
ask_new_passphrase(char out[LINE])
{
	char again[LINE];
	size_t len;

	ask_passphrase("Passphrase: ", out);
	len = strlen(out);
	if (len < BACKUP_PASSPHRASE_MIN || len > BACKUP_PASSPHRASE_MAX)
		errx(1, "a passphrase has %d to %d bytes",
		    BACKUP_PASSPHRASE_MIN, BACKUP_PASSPHRASE_MAX);
	if (!isatty(STDIN_FILENO))
		return;
	ask_passphrase("Again: ", again);
	if (strcmp(out, again) != 0)
		errx(1, "the two passphrases differ");
	explicit_bzero(again, sizeof(again));
}

static void __attribute__((noreturn))
refuse(const char *name, const struct message *why, bool form)
{
	if (form)
		printf("ja %s\n", why->ms_ja);
	fflush(stdout);
	errx(1, "%s%s%s", form ? "" : name, form ? "" : ": ", why->ms_en);
}

/* The plain text of a sealed one, in place of it. */
static void
unseal(const char *name, const char *passphrase, bool form, char **text,
    size_t *len)
{
	const struct message *why;
	char *plain;
	size_t plain_len;

	why = backup_open(*text, *len, passphrase, &plain, &plain_len);
	if (why != NULL)
		refuse(name, why, form);
	free(*text);
	*text = plain;
	*len = plain_len;
}

static void __attribute__((noreturn))
wrong(const struct conf_error *ce, bool form)
{
	char line[512];

	conf_error_format(ce, line, sizeof(line));
	if (form && ce->ce_ja[0] != '\0')
		printf("ja %d: %s\n", ce->ce_line, ce->ce_ja);
	fflush(stdout);
	errx(1, "%s", line);
}

static void
parse_settings(const char *name, const char *text, bool form, struct import *im)
{
	struct conf_error ce;

	im->im_conf = conf_parse(name, text, strlen(text), &ce);
	if (im->im_conf == NULL ||
	    conf_check(im->im_conf, schema_box, name, &ce) == -1)
		wrong(&ce, form);
}

void
check_new(const struct conf *box, const char *name, bool form)
{
	struct conf_error ce;

	if (schema_check_new(box, name, &ce) == -1)
		wrong(&ce, form);
}

static void
leave_trace(struct import *im)
{
	uint8_t digest[SHA256_DIGEST_LENGTH];
	size_t i, n;

	if ((im->im_files = backup_print_files(&im->im_backup)) == NULL)
		return;
	SHA256((const uint8_t *)im->im_files, strlen(im->im_files), digest);
	n = (size_t)snprintf(im->im_trace, sizeof(im->im_trace), "# files ");
	for (i = 0; i < 16; i++)
		n += (size_t)snprintf(im->im_trace + n,
		    sizeof(im->im_trace) - n, "%02x", digest[i]);
	strlcat(im->im_trace, "\n", sizeof(im->im_trace));
}

static void
take_backup(const char *name, const char *text, size_t len, bool form,
    struct import *im)
{
	char version[VERSION_MAX];
	const struct message *why;

	(void)generation_running_version(version);
	why = backup_parse(text, len, version, &im->im_backup);
	if (why != NULL)
		refuse(name, why, form);
	parse_settings(name, im->im_backup.bk_settings, form, im);
	leave_trace(im);
}

/* Whether the regular file at path is a backup; it is then open in *fd. */
static bool
open_backup(const char *path, int *fd)
{
	char head[BACKUP_HEAD];
	struct stat sb;
	ssize_t n = -1;

	*fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (*fd != -1 && fstat(*fd, &sb) == 0 && S_ISREG(sb.st_mode))
		n = pread(*fd, head, sizeof(head), 0);
	if (n > 0 &&
	    (backup_is_plain(head, (size_t)n) ||
		backup_is_sealed(head, (size_t)n)))
		return (true);
	if (*fd != -1)
		close(*fd);
	return (false);
}

void
import_read(const char *path, enum import_mode mode, struct import *im)
{
	bool form = mode == IMPORT_FORM;
	bool stream = form && strcmp(path, "-") == 0;
	char passphrase[LINE] = "", *text;
	const char *name = stream ? "the file" : path;
	int fd = STDIN_FILENO;
	size_t len, size;

	memset(im, 0, sizeof(*im));
	if (stream)
		read_line(passphrase);
	else if (!open_backup(path, &fd)) {
		im->im_conf = load_file(path);
		return;
	}
	text = read_all(fd, name, &len);
	if (!stream)
		close(fd);
	if (backup_is_sealed(text, len)) {
		if (mode == IMPORT_BOOT)
			errx(1, "%s: sealed with a passphrase: see cfgctl(8)",
			    name);
		if (!stream)
			ask_passphrase("Passphrase: ", passphrase);
		unseal(name, passphrase, form, &text, &len);
	}
	size = len;
	if (backup_is_plain(text, len))
		take_backup(name, text, len, form, im);
	else if (memchr(text, '\0', len) != NULL)
		errx(1, "%s: neither settings nor a backup", name);
	else
		parse_settings(name, text, form, im);
	freezero(text, size);
	explicit_bzero(passphrase, sizeof(passphrase));
}

void
import_free(struct import *im)
{
	if (im->im_files != NULL)
		freezero(im->im_files, strlen(im->im_files));
	backup_free(&im->im_backup);
	conf_free(im->im_conf);
}

/* The text of a backup; ends the program otherwise. */
static char *
collect(const char *dir, const struct conf *cf)
{
	const struct conf *sys = conf_find(cf, "system");
	struct backup bk = { .bk_nfiles = 0 };
	char message[512], *text;

	(void)generation_running_version(bk.bk_version);
	if ((bk.bk_settings = conf_print(cf, CONF_PLAIN)) == NULL)
		errx(1, "out of memory");
	if (backup_collect(dir, &bk, message, sizeof(message)) == -1)
		errx(1, "%s", message);
	text = backup_print(&bk,
	    sys == NULL ? "longwire" : conf_str(sys, "hostname"));
	if (text == NULL)
		errx(1, "out of memory");
	backup_free(&bk);
	return (text);
}

int
export_write(const char *dir, const struct conf *cf, bool seal)
{
	char passphrase[LINE], *text, *pem;

	if (seal)
		ask_new_passphrase(passphrase);
	text = collect(dir, cf);
	if (seal) {
		pem = backup_seal(text, passphrase);
		explicit_bzero(passphrase, sizeof(passphrase));
		freezero(text, strlen(text));
		if (pem == NULL)
			errx(1, "the backup cannot be sealed");
		text = pem;
	}
	fputs(text, stdout);
	freezero(text, strlen(text));
	return (0);
}
