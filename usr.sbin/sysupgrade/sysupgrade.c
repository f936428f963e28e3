/* SPDX-License-Identifier: ISC */
/*
 * sysupgrade: installs upgrades, and says which slot is booted, see
 * sysupgrade(8).  Run by the administrator, by rc and by the image builder.
 */
#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bootstate.h"
#include "install.h"
#include "probe.h"
#include "slots.h"

/* Of one run: the box, and what the options say. */
struct context {
	struct slots cx_slots;
	const char *cx_root;
	char cx_keys[PATH_MAX];
	int cx_option;
	char cx_err[256];
};

/* A command: the options and operands it takes, and what does it. */
struct command {
	const char *cm_name;
	const char *cm_options;
	int cm_operands;
	int (*cm_run)(struct context *cx, char **operands);
};

static void __attribute__((noreturn)) usage(void)
{
	fputs("usage: sysupgrade [-d dir] [-r root] [-s slot] command\n"
	      "       sysupgrade check [-D] bundle\n"
	      "       sysupgrade install [-D] bundle\n"
	      "       sysupgrade status\n"
	      "       sysupgrade back\n"
	      "       sysupgrade confirm\n"
	      "       sysupgrade give-up reason\n"
	      "       sysupgrade frame interface interface\n"
	      "       sysupgrade format bundle\n"
	      "       sysupgrade table\n"
	      "       sysupgrade web address:port\n",
	    stderr);
	exit(INSTALL_USAGE);
}

/* The first line of ROOT/usr/share/longwire/NAME, or "". */
static void
read_fact(const struct context *cx, const char *name, char *buf, size_t size)
{
	char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "%s/usr/share/longwire/%s", cx->cx_root,
	    name);
	*buf = '\0';
	if ((f = fopen(path, "re")) == NULL)
		return;
	if (fgets(buf, (int)size, f) == NULL)
		*buf = '\0';
	fclose(f);
	buf[strcspn(buf, "\n")] = '\0';
}

static void
load_box(struct context *cx, struct box *bx)
{
	read_fact(cx, "version", bx->bx_version, sizeof(bx->bx_version));
	read_fact(cx, "target", bx->bx_target, sizeof(bx->bx_target));
	if (!version_valid(bx->bx_version) || *bx->bx_target == '\0')
		errx(INSTALL_REFUSED,
		    "%s/usr/share/longwire does not say what this box is",
		    cx->cx_root);
	snprintf(cx->cx_keys, sizeof(cx->cx_keys), "%s/etc/keys", cx->cx_root);
	bx->bx_keys = cx->cx_keys;
}

/* The slot that the boot loader chose. */
static char
running_slot(void)
{
	char line[4096], *p;
	size_t n;
	FILE *f;

	if ((f = fopen("/proc/cmdline", "re")) == NULL)
		return (0);
	n = fread(line, 1, sizeof(line) - 1, f);
	fclose(f);
	line[n] = '\0';
	if ((p = strstr(line, "longwire.slot=")) == NULL)
		return (0);
	p += strlen("longwire.slot=");
	return (*p == 'a' || *p == 'b' ? *p : 0);
}

static void
need_slot(struct context *cx)
{
	if (cx->cx_slots.sl_running == 0)
		errx(INSTALL_REFUSED, "no slot runs here");
}

/* The boot state, open. */
static struct slots *
need_state(struct context *cx)
{
	struct slots *sl = &cx->cx_slots;

	need_slot(cx);
	if (slots_open(sl, cx->cx_err, sizeof(cx->cx_err)) == -1)
		errx(INSTALL_FAILED, "%s", cx->cx_err);
	return (sl);
}

static int
write_state(struct context *cx, const struct bootstate *to)
{
	if (slots_write(&cx->cx_slots, to, cx->cx_err, sizeof(cx->cx_err)) ==
	    -1) {
		warnx("%s", cx->cx_err);
		return (INSTALL_FAILED);
	}
	return (INSTALL_DONE);
}

static int
run_bundle(struct context *cx, const char *name, bool write)
{
	struct box bx;

	load_box(cx, &bx);
	if (write)
		need_slot(cx);
	return (install(&cx->cx_slots, &bx, name, write, cx->cx_option == 'D'));
}

static int
run_check(struct context *cx, char **operands)
{
	return (run_bundle(cx, operands[0], false));
}

static int
run_install(struct context *cx, char **operands)
{
	return (run_bundle(cx, operands[0], true));
}

static void
print_other(struct context *cx, char other)
{
	static const char *const states[] = { "good", "given-up", "empty" };
	struct slots *sl = &cx->cx_slots;
	char note[SLOTS_NOTE_MAX];
	struct bundle bu;

	printf("other-slot %c\n", other);
	if (slots_label(sl, other, &bu) == 0)
		printf("other-version %s\n", bu.bu_version);
	if (!sl->sl_known)
		return;
	/* it is to be tried, and "the other" of the state runs */
	if (sl->sl_state.bs_slot == other) {
		puts("other-state new");
		return;
	}
	printf("other-state %s\n", states[sl->sl_state.bs_other]);
	slots_note(sl, other, note);
	if (sl->sl_state.bs_other == BOOT_FAILED && *note != '\0')
		printf("other-reason %s\n", note);
}

static int
run_status(struct context *cx, char **operands)
{
	struct slots *sl = need_state(cx);
	const struct bootstate *bs = &sl->sl_state;
	const char *state = "confirmed";
	char version[VERSION_MAX];

	(void)operands;
	read_fact(cx, "version", version, sizeof(version));
	if (!sl->sl_known)
		state = "unknown";
	else if (bs->bs_slot == sl->sl_running && bs->bs_trial)
		state = "trial";
	else if (bs->bs_slot == sl->sl_running && bs->bs_left < BOOTSTATE_TRIES)
		state = "starting";
	printf("slot %c\nversion %s\nstate %s\n", sl->sl_running, version,
	    state);
	print_other(cx, bootstate_flip(sl->sl_running));
	return (INSTALL_DONE);
}

static int
run_confirm(struct context *cx, char **operands)
{
	struct slots *sl = need_state(cx);
	struct bootstate to;

	(void)operands;
	if (!sl->sl_known) {
		/* of the other slot nothing is known: the last resort */
		to = bootstate_new();
		to.bs_slot = sl->sl_running;
		to.bs_other = BOOT_FAILED;
	} else if (sl->sl_state.bs_slot != sl->sl_running ||
	    (!sl->sl_state.bs_trial && sl->sl_state.bs_left == BOOTSTATE_TRIES))
		return (INSTALL_DONE);
	else
		to = bootstate_confirm(&sl->sl_state);
	return (write_state(cx, &to));
}

static int
run_give_up(struct context *cx, char **operands)
{
	struct slots *sl = need_state(cx);
	struct bootstate to;

	if (!sl->sl_known || sl->sl_state.bs_slot != sl->sl_running ||
	    !bootstate_may_give_up(&sl->sl_state)) {
		warnx("there is no better slot");
		return (INSTALL_REFUSED);
	}
	if (slots_set_note(sl, sl->sl_running, operands[0], cx->cx_err,
		sizeof(cx->cx_err)) == -1)
		warnx("%s", cx->cx_err);
	to = bootstate_give_up(&sl->sl_state);
	return (write_state(cx, &to));
}

/* The other slot, which came up at some time, is tried at the next boot. */
static int
run_back(struct context *cx, char **operands)
{
	struct slots *sl = need_state(cx);
	struct bootstate to;

	(void)operands;
	if (!sl->sl_known || sl->sl_state.bs_slot != sl->sl_running) {
		warnx("the other slot is booted next already");
		return (INSTALL_REFUSED);
	}
	if (sl->sl_state.bs_trial) {
		warnx("the version that runs has not come up as a whole yet");
		return (INSTALL_REFUSED);
	}
	if (sl->sl_state.bs_other == BOOT_EMPTY) {
		warnx("the other slot holds nothing whole");
		return (INSTALL_REFUSED);
	}
	to = bootstate_try(&sl->sl_state);
	return (write_state(cx, &to));
}

static int
run_frame(struct context *cx, char **operands)
{
	if (probe_frame(operands[0], operands[1], cx->cx_err,
		sizeof(cx->cx_err)) == -1) {
		warnx("%s", cx->cx_err);
		return (INSTALL_FAILED);
	}
	return (INSTALL_DONE);
}

static int
run_web(struct context *cx, char **operands)
{
	if (probe_web(operands[0], cx->cx_err, sizeof(cx->cx_err)) == -1) {
		warnx("%s", cx->cx_err);
		return (INSTALL_FAILED);
	}
	return (INSTALL_DONE);
}

/* The state partition of a new disk, both of whose slots are that bundle's. */
static int
run_format(struct context *cx, char **operands)
{
	struct slots *sl = &cx->cx_slots;
	struct bootstate bs = bootstate_new();
	char text[BUNDLE_HEADER_MAX];
	struct bundle bu;
	FILE *f;
	size_t n;
	int slot;

	if ((f = fopen(operands[0], "re")) == NULL)
		err(INSTALL_FAILED, "%s", operands[0]);
	n = fread(text, 1, sizeof(text), f);
	fclose(f);
	if (bundle_parse(text, n, &bu, cx->cx_err, sizeof(cx->cx_err)) == -1)
		errx(INSTALL_FAILED, "%s: %s", operands[0], cx->cx_err);
	if (slots_open(sl, cx->cx_err, sizeof(cx->cx_err)) == -1)
		errx(INSTALL_FAILED, "%s", cx->cx_err);
	sl->sl_known = false;
	for (slot = 'a'; slot <= 'b'; slot++)
		if (slots_set_label(sl, (char)slot, text, bu.bu_header,
			cx->cx_err, sizeof(cx->cx_err)) == -1)
			errx(INSTALL_FAILED, "%s", cx->cx_err);
	return (write_state(cx, &bs));
}

static int
run_table(struct context *cx, char **operands)
{
	(void)cx;
	(void)operands;
	bootstate_print_table(stdout);
	return (INSTALL_DONE);
}

static const struct command commands[] = {
	{ "back", "", 0, run_back },
	{ "check", "D", 1, run_check },
	{ "confirm", "", 0, run_confirm },
	{ "format", "", 1, run_format },
	{ "frame", "", 2, run_frame },
	{ "give-up", "", 1, run_give_up },
	{ "install", "D", 1, run_install },
	{ "status", "", 0, run_status },
	{ "table", "", 0, run_table },
	{ "web", "", 1, run_web },
	{ NULL, NULL, 0, NULL },
};

/* Run one command with its own options and operands, argv[0] its name. */
static int
run(const struct command *cm, struct context *cx, int argc, char **argv)
{
	char options[8];
	int ch;

	snprintf(options, sizeof(options), "+%s", cm->cm_options);
	optind = 1;
	while ((ch = getopt(argc, argv, options)) != -1) {
		if (ch == '?')
			usage();
		cx->cx_option = ch;
	}
	if (argc - optind != cm->cm_operands)
		usage();
	return (cm->cm_run(cx, argv + optind));
}

static void
parse_options(struct context *cx, int argc, char **argv)
{
	int ch;

	while ((ch = getopt(argc, argv, "+d:r:s:")) != -1) {
		switch (ch) {
		case 'd':
			cx->cx_slots.sl_dir = optarg;
			break;
		case 'r':
			cx->cx_root = optarg;
			break;
		case 's':
			if (strcmp(optarg, "a") != 0 &&
			    strcmp(optarg, "b") != 0)
				usage();
			cx->cx_slots.sl_running = *optarg;
			break;
		default:
			usage();
		}
	}
}

int
main(int argc, char **argv)
{
	struct context cx = {
		.cx_slots = { .sl_dir = "/dev/longwire", .sl_fd = -1 },
		.cx_root = "",
	};
	const struct command *cm = commands;
	int rv;

	cx.cx_slots.sl_running = running_slot();
	parse_options(&cx, argc, argv);
	argc -= optind;
	argv += optind;
	if (argc == 0)
		usage();
	while (cm->cm_name != NULL && strcmp(cm->cm_name, argv[0]) != 0)
		cm++;
	if (cm->cm_name == NULL)
		usage();
	rv = run(cm, &cx, argc, argv);
	slots_close(&cx.cx_slots);
	if (fflush(stdout) == EOF)
		err(INSTALL_FAILED, "standard output");
	return (rv);
}
