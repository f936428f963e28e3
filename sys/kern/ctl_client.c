/* SPDX-License-Identifier: ISC */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <jansson.h>

#include "kern/ctl.h"

enum { CTL_WAIT = 30, CTL_COLUMNS = 64 };

static int
ctl_connect(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	const struct timeval limit = { .tv_sec = CTL_WAIT };
	int fd;

	if (strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path))
		errx(1, "%s: too long for a socket's name", path);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		err(1, "socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1)
		err(1, "%s", path);
	return (fd);
}

static void
ctl_send(int fd, int argc, char **argv)
{
	char line[CTL_LINE] = "";
	size_t len;
	int i;

	for (i = 0; i < argc; i++) {
		if (strpbrk(argv[i], " \n") != NULL || argv[i][0] == '\0')
			errx(1, "\"%s\": words have no spaces", argv[i]);
		if (i > 0)
			strlcat(line, " ", sizeof(line));
		strlcat(line, argv[i], sizeof(line));
	}
	len = strlcat(line, "\n", sizeof(line));
	if (len >= sizeof(line))
		errx(1, "the request is too long");
	if (write(fd, line, len) != (ssize_t)len)
		err(1, "write");
}

/* A member's value as text, in buf when it is not a string. */
static const char *
cell(const json_t *val, char *buf, size_t size)
{
	if (json_is_string(val))
		return (json_string_value(val));
	if (json_is_integer(val))
		snprintf(buf, size, "%lld", (long long)json_integer_value(val));
	else
		strlcpy(buf,
		    json_is_true(val)	   ? "yes" :
			json_is_false(val) ? "no" :
					     "-",
		    size);
	return (buf);
}

struct column {
	const char *cl_key;
	int cl_width;
	bool cl_number;
};

static int
table_columns(const json_t *rows, struct column *cl)
{
	const char *key;
	json_t *val, *first = json_array_get(rows, 0);
	int n = 0;

	json_object_foreach(first, key, val)
	{
		if (n == CTL_COLUMNS)
			break;
		cl[n].cl_key = key;
		cl[n].cl_width = (int)strlen(key);
		cl[n].cl_number = json_is_integer(val);
		n++;
	}
	return (n);
}

static void
table_widths(const json_t *rows, struct column *cl, int n)
{
	char buf[32];
	json_t *row;
	size_t i;
	int c, width;

	json_array_foreach(rows, i, row)
	{
		for (c = 0; c < n; c++) {
			width =
			    (int)strlen(cell(json_object_get(row, cl[c].cl_key),
				buf, sizeof(buf)));
			if (width > cl[c].cl_width)
				cl[c].cl_width = width;
		}
	}
}

static void
table_cell(const struct column *cl, const char *text, bool last)
{
	int width = cl->cl_number ? cl->cl_width : last ? 0 : -cl->cl_width;

	printf("%*s%s", width, text, last ? "\n" : "  ");
}

/*
 * A single object reads better as lines of "key value", a single value as
 * itself.
 */
static void
print_list(const struct column *cl, int n, const json_t *row)
{
	char buf[32];
	const char *text;
	int c, width = 0;

	for (c = 0; c < n; c++) {
		if ((int)strlen(cl[c].cl_key) > width)
			width = (int)strlen(cl[c].cl_key);
	}
	for (c = 0; c < n; c++) {
		text =
		    cell(json_object_get(row, cl[c].cl_key), buf, sizeof(buf));
		if (n == 1)
			printf("%s\n", text);
		else
			printf("%-*s  %s\n", width, cl[c].cl_key, text);
	}
}

static void
print_table(const json_t *rows)
{
	struct column cl[CTL_COLUMNS];
	char buf[32];
	json_t *row;
	size_t i;
	int c, n;

	if (json_array_size(rows) == 0)
		return;
	n = table_columns(rows, cl);
	table_widths(rows, cl, n);
	for (c = 0; c < n; c++)
		table_cell(&cl[c], cl[c].cl_key, c == n - 1);
	json_array_foreach(rows, i, row)
	{
		for (c = 0; c < n; c++)
			table_cell(&cl[c],
			    cell(json_object_get(row, cl[c].cl_key), buf,
				sizeof(buf)),
			    c == n - 1);
	}
}

static int
print_answer(const json_t *rows, bool json)
{
	struct column cl[CTL_COLUMNS];

	if (json) {
		json_dumpf(rows, stdout, JSON_INDENT(1));
		putchar('\n');
	} else if (json_array_size(rows) == 1)
		print_list(cl, table_columns(rows, cl),
		    json_array_get(rows, 0));
	else
		print_table(rows);
	if (fflush(stdout) == EOF)
		err(1, "standard output");
	return (0);
}

/* A line without its end, byte by byte: what follows is the caller's. */
static bool
read_line(int fd, char *line, size_t size)
{
	size_t n = 0;

	while (n + 1 < size && read(fd, line + n, 1) == 1) {
		if (line[n] == '\n') {
			line[n] = '\0';
			return (true);
		}
		n++;
	}
	return (false);
}

int
ctl_open_stream(const char *path, int argc, char **argv)
{
	const struct timeval forever = { .tv_sec = 0 };
	int fd = ctl_connect(path);
	char line[CTL_LINE];

	ctl_send(fd, argc, argv);
	if (!read_line(fd, line, sizeof(line)))
		warnx("the daemon does not answer");
	else if (strcmp(line, "ok") == 0) {
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &forever,
		    sizeof(forever));
		return (fd);
	} else
		warnx("%s", line + (strncmp(line, "error ", 6) == 0 ? 6 : 0));
	close(fd);
	return (-1);
}

int
ctl_request(const char *path, int argc, char **argv, bool json)
{
	json_t *rows = json_array(), *row;
	char *line = NULL;
	size_t size = 0;
	int fd = ctl_connect(path), status = -1;
	FILE *fp;

	if ((fp = fdopen(fd, "r")) == NULL)
		err(1, "fdopen");
	ctl_send(fd, argc, argv);
	while (status == -1 && getline(&line, &size, fp) != -1) {
		line[strcspn(line, "\n")] = '\0';
		if (strcmp(line, "ok") == 0) {
			status = print_answer(rows, json);
		} else if (strncmp(line, "error ", 6) == 0) {
			warnx("%s", line + 6);
			status = 1;
		} else if ((row = json_loads(line, 0, NULL)) != NULL)
			json_array_append_new(rows, row);
	}
	if (status == -1) {
		warnx("the daemon broke off in the middle of its answer");
		status = 1;
	}
	free(line);
	fclose(fp);
	json_decref(rows);
	return (status);
}
