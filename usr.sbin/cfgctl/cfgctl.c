/* SPDX-License-Identifier: ISC */
/*
 * cfgctl: shows and changes the settings of a box, see cfgctl(8).
 */
#include <err.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kern/conf.h"
#include "kern/generation.h"
#include "kern/schema.h"

#include "cfgctl.h"

/* A command: the operands it takes, its options, and what does it. */
struct command {
	const char *cm_name;
	const char *cm_options;
	int cm_operands;
	int (*cm_run)(const char *dir, int option, const char *operand);
};

static void __attribute__((noreturn)) usage(void)
{
	fputs("usage: cfgctl [-d dir] check file\n"
	      "       cfgctl [-d dir] get path\n"
	      "       cfgctl [-d dir] history\n"
	      "       cfgctl [-d dir] import [-b] file\n"
	      "       cfgctl [-d dir] list path\n"
	      "       cfgctl [-d dir] restore number\n"
	      "       cfgctl [-d dir] show [-m | -s]\n",
	    stderr);
	exit(2);
}

/* The tree of a file, checked; says what is wrong and ends otherwise. */
static struct conf *
load_file(const char *path)
{
	struct conf_error ce;
	struct conf *cf;
	char text[512];

	if ((cf = conf_load(path, &ce)) == NULL ||
	    conf_check(cf, schema_box, path, &ce) == -1) {
		conf_error_format(&ce, text, sizeof(text));
		conf_free(cf);
		errx(1, "%s", text);
	}
	return (cf);
}

/* The current settings, or the defaults where there are none. */
static struct conf *
load_current(const char *dir)
{
	struct conf_error ce;
	struct conf *cf;
	char text[512];
	int n;

	if ((n = generation_current(dir)) == -1)
		errx(1, "%s/gen/current cannot be read", dir);
	if (n > 0) {
		if ((cf = generation_load(dir, n, text, sizeof(text))) == NULL)
			errx(1, "%s", text);
		return (cf);
	}
	if ((cf = conf_parse("defaults", "", 0, &ce)) == NULL ||
	    conf_check(cf, schema_box, "defaults", &ce) == -1)
		errx(1, "%s", ce.ce_text);
	return (cf);
}

static int
run_check(const char *dir, int option, const char *path)
{
	(void)dir;
	(void)option;
	conf_free(load_file(path));
	return (0);
}

static int
run_get(const char *dir, int option, const char *path)
{
	struct conf *cf = load_current(dir);
	int rv;

	(void)option;
	rv = path_get(cf, path);
	conf_free(cf);
	return (rv);
}

static int
run_list(const char *dir, int option, const char *path)
{
	struct conf *cf = load_current(dir);
	int rv;

	(void)option;
	rv = path_list(cf, path);
	conf_free(cf);
	return (rv);
}

static int
run_history(const char *dir, int option, const char *operand)
{
	struct generation *list;
	struct tm tm;
	char date[32];
	int count, current, i;

	(void)option;
	(void)operand;
	if ((count = generation_list(dir, &list)) == -1)
		err(1, "%s/gen", dir);
	current = generation_current(dir);
	for (i = 0; i < count; i++) {
		strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ",
		    gmtime_r(&list[i].gn_time, &tm));
		printf("%d %s%s\n", list[i].gn_number, date,
		    list[i].gn_number == current ? " current" : "");
	}
	free(list);
	return (0);
}

/* Whether text is that of the current settings, or of the last import. */
static bool
is_known(const char *dir, const char *text, bool boot)
{
	struct conf *cf = NULL;
	char *known = NULL, message[512];
	bool same;
	int n;

	if ((n = generation_current(dir)) <= 0)
		return (false);
	if (boot)
		known = generation_imported(dir, n);
	if (known == NULL &&
	    (cf = generation_load(dir, n, message, sizeof(message))) != NULL)
		known = conf_print(cf, CONF_PLAIN);
	same = known != NULL && strcmp(known, text) == 0;
	free(known);
	conf_free(cf);
	return (same);
}

static int
run_import(const char *dir, int option, const char *path)
{
	struct conf *cf = load_file(path);
	char *text, message[512] = "";
	int n = 0;

	if ((text = conf_print(cf, CONF_PLAIN)) == NULL)
		errx(1, "out of memory");
	if (is_known(dir, text, option == 'b'))
		puts("unchanged");
	else if ((n = generation_write(dir, cf, text, generation_check_daemons,
		      message, sizeof(message))) == -1)
		warnx("%s", message);
	else
		printf("%d\n", n);
	free(text);
	conf_free(cf);
	return (n == -1);
}

static int
run_restore(const char *dir, int option, const char *number)
{
	const char *errstr;
	char message[512] = "";
	int n;

	(void)option;
	n = (int)strtonum(number, 1, INT_MAX, &errstr);
	if (errstr != NULL)
		errx(1, "%s: the number of a generation is %s", number, errstr);
	n = generation_restore(dir, n, generation_check_daemons, message,
	    sizeof(message));
	if (n == -1)
		errx(1, "%s", message);
	printf("%d\n", n);
	return (0);
}

static int
run_show(const char *dir, int option, const char *operand)
{
	struct conf *cf = load_current(dir);
	char *text;

	(void)operand;
	text = conf_print(cf, option == 's' ? CONF_PLAIN : CONF_MASK);
	conf_free(cf);
	if (text == NULL)
		errx(1, "out of memory");
	fputs(text, stdout);
	free(text);
	return (0);
}

static const struct command commands[] = {
	{ "check", "", 1, run_check },
	{ "get", "", 1, run_get },
	{ "history", "", 0, run_history },
	{ "import", "b", 1, run_import },
	{ "list", "", 1, run_list },
	{ "restore", "", 1, run_restore },
	{ "show", "ms", 0, run_show },
	{ NULL, NULL, 0, NULL },
};

/* Run one command with its own options and operands, argv[0] its name. */
static int
run(const struct command *cm, const char *dir, int argc, char **argv)
{
	char options[8];
	int ch, option = 0;

	snprintf(options, sizeof(options), "+%s", cm->cm_options);
	optind = 1;
	while ((ch = getopt(argc, argv, options)) != -1) {
		if (ch == '?')
			usage();
		option = ch;
	}
	if (argc - optind != cm->cm_operands)
		usage();
	return (cm->cm_run(dir, option, argv[optind]));
}

int
main(int argc, char **argv)
{
	const struct command *cm = commands;
	const char *dir = "/cfg";
	int ch, rv;

	while ((ch = getopt(argc, argv, "+d:")) != -1) {
		if (ch != 'd')
			usage();
		dir = optarg;
	}
	argc -= optind;
	argv += optind;
	if (argc == 0)
		usage();
	while (cm->cm_name != NULL && strcmp(cm->cm_name, argv[0]) != 0)
		cm++;
	if (cm->cm_name == NULL)
		usage();
	rv = run(cm, dir, argc, argv);
	if (fflush(stdout) == EOF)
		err(1, "standard output");
	return (rv);
}
