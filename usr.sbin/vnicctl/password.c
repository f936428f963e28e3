/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <err.h>
#include <libgen.h>
#include <limits.h>
#include <readpassphrase.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/base64.h"
#include "crypto/keystore.h"
#include "kern/conf.h"
#include "kern/ctl.h"
#include "kern/schema.h"
#include "tunnel/http.h"

#include "vnicctl.h"

enum { LINE = HTTP_PASSWORD_MAX + 1, WORD = 4 * HTTP_PASSWORD_MAX / 3 + 4 };

/* From the terminal, or a line of standard input. */
static void
ask(const char *prompt, char out[LINE])
{
	if (isatty(STDIN_FILENO)) {
		if (readpassphrase(prompt, out, LINE, RPP_ECHO_OFF) == NULL)
			errx(1, "no password was read");
	} else if (fgets(out, LINE, stdin) == NULL)
		errx(1,
		    "standard input has two lines: the old password and "
		    "the new one");
	out[strcspn(out, "\n")] = '\0';
}

static void
ask_new(char out[LINE])
{
	char again[LINE];
	size_t len;

	ask("New password: ", out);
	len = strlen(out);
	if (len < HTTP_NEW_PASSWORD_MIN || len >= HTTP_PASSWORD_MAX)
		errx(1, "a new password has %d to %d bytes",
		    HTTP_NEW_PASSWORD_MIN, HTTP_PASSWORD_MAX - 1);
	if (!isatty(STDIN_FILENO))
		return;
	ask("Again: ", again);
	if (strcmp(out, again) != 0)
		errx(1, "the two new passwords differ");
	explicit_bzero(again, sizeof(again));
}

/* By way of vnicd; what is wrong has been printed when it is not 0. */
static int
tell_hub(const char *socket, char *vnic, const char *old, const char *new)
{
	char verb[] = "password", oldword[WORD], newword[WORD];
	char *words[] = { verb, vnic, oldword, newword };
	int ret;

	if (base64_encode(BASE64_URL, old, strlen(old), oldword, WORD) == -1 ||
	    base64_encode(BASE64_URL, new, strlen(new), newword, WORD) == -1)
		errx(1, "a password is too long");
	ret = ctl_request(socket, 4, words, false);
	explicit_bzero(oldword, sizeof(oldword));
	explicit_bzero(newword, sizeof(newword));
	return (ret);
}

/* Replace a file's text; its mode stays. */
static int
write_file(const char *path, const char *text)
{
	char full[PATH_MAX], dir[PATH_MAX], name[PATH_MAX];
	struct stat st;

	if (realpath(path, full) == NULL || stat(full, &st) == -1)
		return (-1);
	strlcpy(dir, full, sizeof(dir));
	strlcpy(name, full, sizeof(name));
	return (keystore_write(dirname(dir), basename(name), text, strlen(text),
	    st.st_mode & 07777));
}

/* Into the block, or the file that it names in place of the password. */
static int
write_block(const char *file, struct conf *all, struct conf *block,
    const char *new)
{
	char *text = NULL;
	int ret = -1;

	if (conf_has(block, "password-file")) {
		if (asprintf(&text, "%s\n", new) == -1)
			return (-1);
		file = conf_str(block, "password-file");
	} else if (conf_set(block, "password", new) == 0)
		text = conf_print(all, CONF_PLAIN);
	if (text != NULL) {
		ret = write_file(file, text);
		freezero(text, strlen(text));
	}
	return (ret);
}

static int
write_settings(const char *file, const char *vnic, const char *new)
{
	struct conf_error ce;
	struct conf *all = conf_load(file, &ce);
	const struct conf *block = NULL;
	int ret = -1;

	if (all != NULL && conf_check(all, schema_vnicd, file, &ce) == 0)
		block = conf_block(all, "vnic", vnic);
	if (block != NULL)
		ret = write_block(file, all, (struct conf *)block, new);
	conf_free(all);
	return (ret);
}

/* vnicd(8) has the same order. */
static const char *
default_file(void)
{
	static const char own[] = "/etc/vnicd/vnicd.conf";

	return (access(own, F_OK) == 0 ? own : "/etc/vnicd.conf");
}

int
password_change(const char *socket, const char *file, char *vnic)
{
	char old[LINE], new[LINE], reload[] = "reload", *words[] = { reload };
	int ret;

	if (file == NULL)
		file = default_file();
	if (access(file, R_OK | W_OK) == -1)
		err(1, "%s", file);
	ask("Old password: ", old);
	ask_new(new);
	ret = tell_hub(socket, vnic, old, new);
	if (ret == 0 && write_settings(file, vnic, new) == -1) {
		warnx("the hub has the new password, but %s could not be "
		      "written: put it there yourself",
		    file);
		ret = 1;
	}
	explicit_bzero(old, sizeof(old));
	explicit_bzero(new, sizeof(new));
	return (ret != 0 ? ret : ctl_request(socket, 1, words, false));
}
