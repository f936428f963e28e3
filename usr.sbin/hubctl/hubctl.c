/* SPDX-License-Identifier: ISC */
/*
 * hubctl: show and command a running hubd.
 */
#include <bsd/readpassphrase.h>
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/auth.h"
#include "crypto/base64.h"
#include "crypto/crypto.h"
#include "crypto/keystore.h"
#include "kern/ctl.h"

#include "hubctl.h"

enum { PASSWORD_MAX = 256 };

void
usage(void)
{
	fprintf(stderr,
	    "usage: hubctl [-j] [-s socket] command\n"
	    "       hubctl show hubs | sessions | fdb [hub] | "
	    "bindings [hub] |\n"
	    "                   multicast | policy | rules [hub] | stats | "
	    "pin\n"
	    "       hubctl kick session\n"
	    "       hubctl kick user name\n"
	    "       hubctl capture [-C bytes] [-c count] [-s snaplen] "
	    "[-w file]\n"
	    "              hub name | session user [filter]\n"
	    "       hubctl radius test hub user\n"
	    "       hubctl challenge [name digest]\n"
	    "       hubctl reload\n"
	    "       hubctl passwd\n"
	    "       hubctl pin certificate\n");
	exit(1);
}

static void
ask(const char *prompt, char *out, size_t size)
{
	if (readpassphrase(prompt, out, size, RPP_ECHO_OFF) == NULL)
		errx(1, "no password was read");
}

/* From the terminal, where `again` has it typed twice, or one line. */
static void
read_password(char out[PASSWORD_MAX + 2], bool again)
{
	char same[PASSWORD_MAX + 2];

	if (isatty(STDIN_FILENO))
		ask("Password: ", out, sizeof(same));
	else if (fgets(out, sizeof(same), stdin) == NULL)
		errx(1, "no password on standard input");
	out[strcspn(out, "\n")] = '\0';
	if (*out == '\0')
		errx(1, "the password is empty");
	if (strlen(out) > PASSWORD_MAX)
		errx(1, "the password is longer than %d bytes", PASSWORD_MAX);
	if (!again || !isatty(STDIN_FILENO))
		return;
	ask("Again: ", same, sizeof(same));
	if (strcmp(out, same) != 0)
		errx(1, "the two passwords differ");
	explicit_bzero(same, sizeof(same));
}

/* Print the string for hubd.conf(5); needs no running hubd. */
static int
passwd(void)
{
	char password[PASSWORD_MAX + 2], string[PASSWORD_STRLEN];

	read_password(password, true);
	if (password_make(password, string) == -1)
		errx(1, "cannot compute the string");
	explicit_bzero(password, sizeof(password));
	puts(string);
	return (0);
}

/* radius test HUB USER, whose password nobody finds among the arguments. */
static int
radius_test(const char *socket, char **argv, bool json)
{
	char password[PASSWORD_MAX + 2], word[4 * PASSWORD_MAX / 3 + 4];
	char *words[] = { argv[0], argv[1], argv[2], argv[3], word };
	int ret;

	read_password(password, false);
	if (base64_encode(BASE64_URL, password, strlen(password), word,
		sizeof(word)) == -1)
		errx(1, "the password is too long");
	explicit_bzero(password, sizeof(password));
	ret = ctl_request(socket, 5, words, json);
	explicit_bzero(word, sizeof(word));
	return (ret);
}

/* Of a certificate in a file, for hubd.conf(5) and vnicd.conf(5). */
static int
pin(const char *path)
{
	char text[CRYPTO_PIN_STRLEN];
	uint8_t octets[CRYPTO_PIN_LEN];
	char *cert = keystore_cert(path);

	if (cert == NULL || crypto_cert_pin(cert, strlen(cert), octets) == -1)
		errx(1, "%s: no certificate in PEM", path);
	crypto_pin_format(octets, text);
	puts(text);
	free(cert);
	return (0);
}

int
main(int argc, char **argv)
{
	const char *socket = "/var/run/hubd.sock";
	bool json = false;
	int ch;

	while ((ch = getopt(argc, argv, "+js:")) != -1)
		switch (ch) {
		case 'j':
			json = true;
			break;
		case 's':
			socket = optarg;
			break;
		default:
			usage();
		}
	argc -= optind;
	argv += optind;
	if (argc == 0)
		usage();
	if (argc == 1 && strcmp(argv[0], "passwd") == 0)
		return (passwd());
	if (argc == 2 && strcmp(argv[0], "pin") == 0)
		return (pin(argv[1]));
	if (strcmp(argv[0], "radius") == 0) {
		if (argc != 4 || strcmp(argv[1], "test") != 0)
			usage();
		return (radius_test(socket, argv, json));
	}
	if (strcmp(argv[0], "capture") == 0)
		return (capture(socket, argc, argv));
	return (ctl_request(socket, argc, argv, json));
}
