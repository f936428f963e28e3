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
#include "kern/log.h"
#include "kern/schema.h"

#include "cfgctl.h"

enum { VALUE_SIZE = 4096 };

/* Who has this program run. */
static struct generation_note note = { .gt_author = "console" };

/* A command: the operands it takes, its options, and what does it. */
struct command {
	const char *cm_name;
	const char *cm_options;
	int cm_operands;
	int (*cm_run)(const char *dir, int option, char **operands);
};

static void __attribute__((noreturn)) usage(void)
{
	fputs("usage: cfgctl [-a author] [-d dir] [-V file] command\n"
	      "       cfgctl [-d dir] adapt\n"
	      "       cfgctl [-d dir] check file\n"
	      "       cfgctl [-d dir] export [-p]\n"
	      "       cfgctl [-d dir] get path\n"
	      "       cfgctl [-d dir] history\n"
	      "       cfgctl [-d dir] import [-b | -r | -t] file\n"
	      "       cfgctl [-d dir] list path\n"
	      "       cfgctl [-d dir] restore number\n"
	      "       cfgctl [-d dir] set [-b] path value\n"
	      "       cfgctl [-d dir] settle\n"
	      "       cfgctl [-d dir] show [-m | -s]\n"
	      "       cfgctl [-d dir] undo\n",
	    stderr);
	exit(2);
}

struct conf *
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
run_adapt(const char *dir, int option, char **operands)
{
	char message[512] = "";
	int n;

	(void)option;
	(void)operands;
	n = generation_adapt(dir, generation_check_daemons, message,
	    sizeof(message));
	if (n == -1)
		errx(1, "%s", message);
	if (n == 0)
		puts("unchanged");
	else
		printf("%d\n", n);
	return (0);
}

static int
run_check(const char *dir, int option, char **operands)
{
	struct conf *cf = load_file(operands[0]);

	(void)dir;
	(void)option;
	check_new(cf, operands[0], false);
	conf_free(cf);
	return (0);
}

static int
run_get(const char *dir, int option, char **operands)
{
	struct conf *cf = load_current(dir);
	int rv;

	(void)option;
	rv = path_get(cf, operands[0]);
	conf_free(cf);
	return (rv);
}

static int
run_list(const char *dir, int option, char **operands)
{
	struct conf *cf = load_current(dir);
	int rv;

	(void)option;
	rv = path_list(cf, operands[0]);
	conf_free(cf);
	return (rv);
}

static int
run_history(const char *dir, int option, char **operands)
{
	struct generation *list;
	struct tm tm;
	char date[32];
	int count, current, i;

	(void)option;
	(void)operands;
	if ((count = generation_list(dir, &list)) == -1)
		err(1, "%s/gen", dir);
	current = generation_current(dir);
	for (i = 0; i < count; i++) {
		strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ",
		    gmtime_r(&list[i].gn_time, &tm));
		printf("%d %s%s%s%s\n", list[i].gn_number, date,
		    list[i].gn_author[0] == '\0' ? "" : " ", list[i].gn_author,
		    list[i].gn_number == current ? " current" : "");
	}
	free(list);
	return (0);
}

/*
 * Whether text is that of the last import, at boot, or of the current settings.
 */
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

/* Files of the current generation, below dir/db; says what is wrong. */
static int
settle(const char *dir)
{
	char message[512] = "";
	int n = backup_settle(dir, message, sizeof(message));

	if (n == -1)
		warnx("%s", message);
	return (n);
}

/* Make a tree current; the status of the command. */
static int
commit(const char *dir, const struct conf *cf, const char *imported)
{
	char message[512] = "";
	int n;

	n = generation_write(dir, cf, imported, &note, generation_check_daemons,
	    message, sizeof(message));
	if (n == -1) {
		warnx("%s", message);
		return (1);
	}
	printf("%d\n", n);
	return (settle(dir) == -1);
}

/* The settings as text, with a trace of the files that came with them. */
static char *
imported_text(const struct import *im)
{
	char *plain = conf_print(im->im_conf, CONF_PLAIN), *text = NULL;

	if (plain == NULL || asprintf(&text, "%s%s", plain, im->im_trace) == -1)
		errx(1, "out of memory");
	freezero(plain, strlen(plain));
	return (text);
}

/* Whether everything in it is there already. */
static bool
is_there(const char *dir, const struct import *im, const char *text, bool boot)
{
	char *plain;
	bool there;

	if (boot || im->im_trace[0] == '\0')
		return (is_known(dir, text, boot));
	if ((plain = conf_print(im->im_conf, CONF_PLAIN)) == NULL)
		return (false);
	there = is_known(dir, plain, false) &&
	    backup_files_same(dir, &im->im_backup);
	freezero(plain, strlen(plain));
	return (there);
}

/*
 * With -r what was last imported stays known, so that it does not come back
 * at the next boot.
 */
static int
run_import(const char *dir, int option, char **operands)
{
	struct import im;
	char *text;
	int rv = 0;

	import_read(operands[0],
	    option == 'b'     ? IMPORT_BOOT :
		option == 't' ? IMPORT_FORM :
				IMPORT_FILE,
	    &im);
	text = imported_text(&im);
	if (option == 'b')
		note.gt_author = "longwire.txt";
	note.gt_trial = option == 't';
	note.gt_files = im.im_files;
	if (is_there(dir, &im, text, option == 'b'))
		puts("unchanged");
	else {
		check_new(im.im_conf, option == 't' ? "the file" : operands[0],
		    option == 't');
		rv = commit(dir, im.im_conf, option == 'r' ? NULL : text);
	}
	freezero(text, strlen(text));
	import_free(&im);
	return (rv);
}

static int
run_export(const char *dir, int option, char **operands)
{
	struct conf *cf = load_current(dir);
	int rv;

	(void)operands;
	rv = export_write(dir, cf, option == 'p');
	conf_free(cf);
	return (rv);
}

static int
run_settle(const char *dir, int option, char **operands)
{
	int n = settle(dir);

	(void)option;
	(void)operands;
	if (n > 0)
		printf("%d\n", n);
	return (n == -1);
}

/* A line of standard input, without its end. */
static void
read_value(char *buf, size_t size)
{
	if (fgets(buf, (int)size, stdin) == NULL)
		errx(1, "standard input: no value");
	if (strchr(buf, '\n') == NULL && !feof(stdin))
		errx(1, "standard input: the line is too long");
	buf[strcspn(buf, "\n")] = '\0';
}

static int
run_set(const char *dir, int option, char **operands)
{
	struct conf *cf = load_current(dir);
	struct conf_error ce;
	char line[VALUE_SIZE], text[512];
	const char *value = operands[1];
	int rv;

	if (strcmp(value, "-") == 0) {
		read_value(line, sizeof(line));
		value = line;
	}
	if ((rv = path_set(cf, operands[0], value)) == 0) {
		if (conf_check(cf, schema_box, "settings", &ce) == -1) {
			conf_error_format(&ce, text, sizeof(text));
			errx(1, "%s", text);
		}
		/* another key can be set whatever that one is */
		if (option != 'b' &&
		    strcmp(operands[0], "system.admin-password") == 0)
			check_new(cf, "settings", false);
		rv = commit(dir, cf, NULL);
	}
	explicit_bzero(line, sizeof(line));
	conf_free(cf);
	return (rv);
}

static int
run_restore(const char *dir, int option, char **operands)
{
	const char *errstr, *number = operands[0];
	char message[512] = "";
	int n;

	(void)option;
	n = (int)strtonum(number, 1, INT_MAX, &errstr);
	if (errstr != NULL)
		errx(1, "%s: the number of a generation is %s", number, errstr);
	n = generation_restore(dir, n, &note, generation_check_daemons, message,
	    sizeof(message));
	if (n == -1)
		errx(1, "%s", message);
	printf("%d\n", n);
	return (0);
}

static int
run_undo(const char *dir, int option, char **operands)
{
	char message[512] = "";
	int n;

	(void)option;
	(void)operands;
	n = generation_undo(dir, generation_check_daemons, message,
	    sizeof(message));
	if (n == -1)
		errx(1, "%s", message);
	if (n > 0)
		printf("%d\n", n);
	return (0);
}

static int
run_show(const char *dir, int option, char **operands)
{
	struct conf *cf = load_current(dir);
	char *text;

	(void)operands;
	text = conf_print(cf, option == 's' ? CONF_PLAIN : CONF_MASK);
	conf_free(cf);
	if (text == NULL)
		errx(1, "out of memory");
	fputs(text, stdout);
	free(text);
	return (0);
}

static const struct command commands[] = {
	{ "adapt", "", 0, run_adapt },
	{ "check", "", 1, run_check },
	{ "export", "p", 0, run_export },
	{ "get", "", 1, run_get },
	{ "history", "", 0, run_history },
	{ "import", "brt", 1, run_import },
	{ "list", "", 1, run_list },
	{ "restore", "", 1, run_restore },
	{ "set", "b", 2, run_set },
	{ "settle", "", 0, run_settle },
	{ "show", "ms", 0, run_show },
	{ "undo", "", 0, run_undo },
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
	return (cm->cm_run(dir, option, argv + optind));
}

int
main(int argc, char **argv)
{
	const struct command *cm = commands;
	const char *dir = "/cfg";
	int ch, rv;

	log_init("cfgctl", true);
	while ((ch = getopt(argc, argv, "+a:d:V:")) != -1) {
		if (ch == 'a')
			note.gt_author = optarg;
		else if (ch == 'd')
			dir = optarg;
		else if (ch == 'V')
			generation_set_version_file(optarg);
		else
			usage();
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
