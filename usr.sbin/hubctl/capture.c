/* SPDX-License-Identifier: ISC */
/*
 * capture: asks hubd for a capture and writes what comes to a file.  hubd
 * ends it at its limits; a signal here has hubd end it in order.
 */
#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kern/ctl.h"

#include "hubctl.h"

/* Of a file, unless told otherwise: on a box it may lie in RAM. */
#define CAPTURE_BYTES "33554432"

struct options {
	const char *op_count;
	const char *op_bytes;
	const char *op_snaplen;
	const char *op_file;		/* NULL: standard output */
};

static volatile sig_atomic_t stream = -1;

static void
on_signal(int sig)
{
	(void)sig;
	(void)shutdown(stream, SHUT_WR);
}

static const char *
number(char option, const char *text)
{
	const char *fault;

	(void)strtonum(text, 0, INT64_MAX, &fault);
	if (fault != NULL)
		errx(1, "-%c: %s is %s", option, text, fault);
	return (text);
}

/* Options; returns how many words they were. */
static int
options(struct options *op, int argc, char **argv)
{
	int ch;

	*op = (struct options){ .op_count = "0",
		.op_bytes = CAPTURE_BYTES,
		.op_snaplen = "0" };
	optind = 1;
	while ((ch = getopt(argc, argv, "+C:c:s:w:")) != -1)
		switch (ch) {
		case 'C':
			op->op_bytes = number('C', optarg);
			break;
		case 'c':
			op->op_count = number('c', optarg);
			break;
		case 's':
			op->op_snaplen = number('s', optarg);
			break;
		case 'w':
			op->op_file = optarg;
			break;
		default:
			usage();
		}
	return (optind);
}

static int
open_file(const struct options *op)
{
	int fd;

	if (op->op_file == NULL || strcmp(op->op_file, "-") == 0) {
		if (isatty(STDOUT_FILENO))
			errx(1,
			    "a terminal is no place for a capture: -w file");
		return (STDOUT_FILENO);
	}
	fd = open(op->op_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd == -1)
		err(1, "%s", op->op_file);
	return (fd);
}

static void
write_all(int fd, const char *buf, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, buf, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			err(1, "write");
		buf += n;
		len -= (size_t)n;
	}
}

static void
copy(int from, int to)
{
	static char buf[65536];
	ssize_t n;

	while ((n = read(from, buf, sizeof(buf))) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			err(1, "the daemon broke off");
		write_all(to, buf, (size_t)n);
	}
}

/* Words with blanks between them. */
static void
join(char *out, size_t size, int argc, char **argv)
{
	int i;

	*out = '\0';
	for (i = 0; i < argc; i++) {
		if (i > 0)
			strlcat(out, " ", size);
		if (strlcat(out, argv[i], size) >= size)
			errx(1, "the filter is too long");
	}
}

static void
catch_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction sa = { .sa_handler = on_signal };
	size_t i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		(void)sigaction(signals[i], &sa, NULL);
}

int
capture(const char *socket, int argc, char **argv)
{
	static char expression[4096], program[FILTER_STRLEN];
	char word[] = "capture";
	struct options op;
	int skip = options(&op, argc, argv), fd;

	argc -= skip;
	argv += skip;
	if (argc < 2)
		usage();
	join(expression, sizeof(expression), argc - 2, argv + 2);
	filter_compile(expression, program);
	{
		char *request[] = { word, argv[0], argv[1],
			(char *)op.op_snaplen, (char *)op.op_count,
			(char *)op.op_bytes, program };

		stream = ctl_open_stream(socket, 7, request);
	}
	if (stream == -1)
		return (1);
	fd = open_file(&op);
	catch_signals();
	copy(stream, fd);
	if (close(fd) == -1)
		err(1, "%s", op.op_file == NULL ? "output" : op.op_file);
	return (0);
}
