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
	    "       hubctl show hubs | sessions | fdb [hub] | bindings |\n"
	    "                   multicast | policy | stats | pin\n"
	    "       hubctl kick session | user\n"
	    "       hubctl capture [-C bytes] [-c count] [-s snaplen] "
	    "[-w file]\n"
	    "              hub name | session user [filter]\n"
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

/* Twice from the terminal, or one line of standard input. */
static void
read_password(char *out, size_t size)
{
	char again[PASSWORD_MAX + 2];

	if (!isatty(STDIN_FILENO)) {
		if (fgets(out, (int)size, stdin) == NULL)
			errx(1, "no password on standard input");
		out[strcspn(out, "\n")] = '\0';
		return;
	}
	ask("Password: ", out, size);
	ask("Again: ", again, sizeof(again));
	if (strcmp(out, again) != 0)
		errx(1, "the two passwords differ");
	explicit_bzero(again, sizeof(again));
}

/* Print the string for hubd.conf(5); needs no running hubd. */
static int
passwd(void)
{
	char password[PASSWORD_MAX + 2], string[PASSWORD_STRLEN];

	read_password(password, sizeof(password));
	if (*password == '\0')
		errx(1, "the password is empty");
	if (strlen(password) > PASSWORD_MAX)
		errx(1, "the password is longer than %d bytes", PASSWORD_MAX);
	if (password_make(password, string) == -1)
		errx(1, "cannot compute the string");
	explicit_bzero(password, sizeof(password));
	puts(string);
	return (0);
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
	if (strcmp(argv[0], "capture") == 0)
		return (capture(socket, argc, argv));
	return (ctl_request(socket, argc, argv, json));
}
