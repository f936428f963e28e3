/* SPDX-License-Identifier: ISC */
/*
 * vnicctl: show and command a running vnicd.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kern/ctl.h"

#include "vnicctl.h"

#define SOCKET "/var/run/vnicd.sock"

static void __attribute__((noreturn)) usage(void)
{
	fprintf(stderr,
	    "usage: vnicctl [-j] [-s socket] show [vnic]\n"
	    "       vnicctl [-s socket] reconnect [vnic]\n"
	    "       vnicctl [-s socket] probe [vnic]\n"
	    "       vnicctl [-s socket] reload\n"
	    "       vnicctl [-j] [-s socket] test vnic [direct | proxy name]\n"
	    "       vnicctl [-f file] [-s socket] password vnic\n");
	exit(1);
}

static bool
is_command(int argc, char **argv)
{
	if (strcmp(argv[0], "show") == 0 || strcmp(argv[0], "reconnect") == 0 ||
	    strcmp(argv[0], "probe") == 0)
		return (argc <= 2);
	if (strcmp(argv[0], "test") == 0)
		return (argc >= 2 && argc <= 4);
	return (strcmp(argv[0], "reload") == 0 && argc == 1);
}

int
main(int argc, char **argv)
{
	const char *path = SOCKET, *file = NULL;
	bool json = false;
	char dump[] = "dump";
	int ch;

	while ((ch = getopt(argc, argv, "f:js:")) != -1) {
		switch (ch) {
		case 'f':
			file = optarg;
			break;
		case 'j':
			json = true;
			break;
		case 's':
			path = optarg;
			break;
		default:
			usage();
		}
	}
	argc -= optind;
	argv += optind;
	if (argc == 2 && strcmp(argv[0], "password") == 0)
		return (password_change(path, file, argv[1]));
	if (argc == 0 || file != NULL || !is_command(argc, argv))
		usage();
	/* a program wants everything, whatever a screen has room for */
	if (json && strcmp(argv[0], "show") == 0)
		argv[0] = dump;
	return (ctl_request(path, argc, argv, json));
}
