/* SPDX-License-Identifier: ISC */
/*
 * usage: h_torture [-F] [-f first] [-n states] [-s seed] [-u command] disk log
 *	    parts old new command
 *	  h_torture -e log
 *	  h_torture -l count | -w number [-f first] [-s seed] disk log
 *
 * Whether a box survives a power cut at any moment of an upgrade.  disk is its
 * disk before, log what was written to it and when it was flushed (see
 * writelog.h), parts the partitions, lines of name, first sector and sectors;
 * old and new are the bundles of the two versions.
 *
 * A disk keeps what was flushed.  Of what was written since, it may have lost
 * any part, in any order.  For each number of writes since a flush there are
 * these states: all of them there; and, several times by dice, some lost; the
 * last one torn; some lost, in another order, some torn.  In each that differs
 *
 *	the boot loader finds a state, and that slot is whole, old or new;
 *	so are those of the boots after it, if none of them comes up;
 *	another boot loader starts the same, as the command of -u finds, which
 *	is run with a file of the partition and the slots of these boots;
 *	what nobody may write to is as it was;
 *	the settings are there, as command finds, which is run with a file of
 *	the partition and the slot.
 *
 * Commands are run once for each two partitions that differ.
 *
 * -e: prints how many entries a log has so far.  -f: writes before that one
 * are no part of the upgrade.  -F: as if there were no flushes, which must not
 * go well.  -l: prints the numbers of some states; -w: writes one to standard
 * output.  Exit status 1: some state is not as it must be.
 */
#include <err.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../usr.sbin/sysupgrade/bootstate.c"
#include "../../usr.sbin/sysupgrade/bundle.c"
#include "cutdisk.c"
#include "writelog.c"

enum {
	PARTS_MAX = 16,
	BUNDLES = 2, /* old and new */
	BOOTS = 8, /* looked at, one after the other */
	COPY0 = 512, /* see slots.h */
	COPY1 = 512 << 10,
	SEEN_MAX = 16384
};

struct part {
	char pt_name[32];
	uint64_t pt_at;
	size_t pt_len;
	bool pt_known; /* whether pt_is is that of what is there */
	uint8_t pt_is[BUNDLE_HASH];
};

/* A partition that a command was asked about, for some slots. */
struct seen {
	uint8_t se_hash[BUNDLE_HASH];
	char se_slots[BOOTS + 1];
	bool se_well;
};

struct question {
	const char *qu_command; /* NULL: it is not asked */
	struct seen qu_seen[SEEN_MAX];
	size_t qu_nseen;
};

struct torture {
	struct writelog to_log;
	struct cutlist to_cuts;
	struct cutdisk to_disk;
	struct part to_parts[PARTS_MAX];
	size_t to_nparts;
	struct bundle to_bundles[BUNDLES];
	struct question to_settings;
	struct question to_loader;
	bool to_harmed; /* something was written where nobody may */
	uint64_t to_sums[SEEN_MAX]; /* of what this epoch's cuts lost */
	size_t to_nsums, to_epoch;
	size_t to_checked, to_wrong;
	size_t to_booted[2]; /* states that boot slot a, and b */
	char to_err[128];
};

static void __attribute__((noreturn)) usage(void)
{
	fputs("usage: h_torture [-F] [-f first] [-n states] [-s seed] "
	      "[-u command] disk log parts old new command\n"
	      "       h_torture -e log\n"
	      "       h_torture -l count | -w number [-f first] [-s seed] disk "
	      "log\n",
	    stderr);
	exit(2);
}

static void
read_parts(struct torture *to, const char *path)
{
	unsigned long long at, len;
	struct part *pt = to->to_parts;
	FILE *f;

	if ((f = fopen(path, "re")) == NULL)
		err(1, "%s", path);
	while (to->to_nparts < PARTS_MAX &&
	    fscanf(f, "%31s %llu %llu", pt->pt_name, &at, &len) == 3) {
		pt->pt_at = at * WRITELOG_SECTOR;
		pt->pt_len = (size_t)len * WRITELOG_SECTOR;
		if (pt->pt_at + pt->pt_len > to->to_disk.cd_size)
			errx(1, "%s: not on this disk", pt->pt_name);
		to->to_nparts++;
		pt++;
	}
	fclose(f);
}

static struct part *
find_part(struct torture *to, const char *name)
{
	size_t i;

	for (i = 0; i < to->to_nparts; i++)
		if (strcmp(to->to_parts[i].pt_name, name) == 0)
			return (&to->to_parts[i]);
	errx(1, "no partition %s", name);
}

static void
read_bundle(struct bundle *bu, const char *path)
{
	char text[BUNDLE_HEADER_MAX], why[128];
	FILE *f;
	size_t n;

	if ((f = fopen(path, "re")) == NULL)
		err(1, "%s", path);
	n = fread(text, 1, sizeof(text), f);
	fclose(f);
	if (bundle_parse(text, n, bu, why, sizeof(why)) == -1)
		errx(1, "%s: %s", path, why);
}

/* What is written to, during an upgrade of a box that runs slot a. */
static bool
may_change(const struct part *pt)
{
	return (strcmp(pt->pt_name, "boot-b") == 0 ||
	    strcmp(pt->pt_name, "root-b") == 0 ||
	    strcmp(pt->pt_name, "state") == 0 ||
	    strcmp(pt->pt_name, "cfg") == 0);
}

static void
changes(void *arg, uint64_t at, size_t len)
{
	struct torture *to = arg;
	struct part *pt;
	bool inside = len == 0;
	size_t i;

	for (i = 0; i < to->to_nparts; i++) {
		pt = &to->to_parts[i];
		if (at >= pt->pt_at + pt->pt_len || at + len <= pt->pt_at)
			continue;
		pt->pt_known = false;
		inside = at >= pt->pt_at && may_change(pt) &&
		    at + len <= pt->pt_at + pt->pt_len;
	}
	if (!inside)
		to->to_harmed = true;
}

/* The hash of the first len bytes of a partition. */
static const uint8_t *
hash_of(struct torture *to, struct part *pt, size_t len)
{
	if (!pt->pt_known &&
	    EVP_Digest(to->to_disk.cd_mem + pt->pt_at, len, pt->pt_is, NULL,
		EVP_sha256(), NULL) != 1)
		errx(1, "SHA-256 failed");
	pt->pt_known = true;
	return (pt->pt_is);
}

/* Whether a slot holds both parts of a version. */
static bool
holds(struct torture *to, char slot, const struct bundle *bu)
{
	char name[32];
	struct part *pt;
	int i;

	for (i = 0; i < BUNDLE_PARTS; i++) {
		snprintf(name, sizeof(name), "%s-%c", bundle_part_names[i],
		    slot);
		pt = find_part(to, name);
		/* kept is the hash of one version's size */
		pt->pt_known = pt->pt_known && slot == 'a';
		if (memcmp(hash_of(to, pt, bu->bu_parts[i].bp_size),
			bu->bu_parts[i].bp_hash, BUNDLE_HASH) != 0)
			return (false);
	}
	return (true);
}

static bool
run_command(const struct torture *to, const char *command,
    const struct part *pt, const char *slots)
{
	char line[512];
	FILE *f;

	if ((f = fopen("torture.part", "we")) == NULL ||
	    fwrite(to->to_disk.cd_mem + pt->pt_at, pt->pt_len, 1, f) != 1 ||
	    fclose(f) == EOF)
		err(1, "torture.part");
	snprintf(line, sizeof(line), "%s torture.part %s", command, slots);
	return (system(line) == 0);
}

/*
 * Whether all is well with a partition and some slots, as a command says, which
 * is asked once about each two that differ.
 */
static bool
ask(struct torture *to, struct question *qu, const char *name,
    const char *slots)
{
	struct part *pt = find_part(to, name);
	struct seen *se = &qu->qu_seen[qu->qu_nseen];
	size_t i;

	if (qu->qu_command == NULL)
		return (true);
	memcpy(se->se_hash, hash_of(to, pt, pt->pt_len), BUNDLE_HASH);
	strlcpy(se->se_slots, slots, sizeof(se->se_slots));
	for (i = 0; i < qu->qu_nseen; i++)
		if (strcmp(qu->qu_seen[i].se_slots, slots) == 0 &&
		    memcmp(qu->qu_seen[i].se_hash, se->se_hash, BUNDLE_HASH) ==
			0)
			return (qu->qu_seen[i].se_well);
	if (++qu->qu_nseen == SEEN_MAX)
		errx(1, "%s: too many that differ", name);
	return (se->se_well = run_command(to, qu->qu_command, pt, slots));
}

/* Which slots are booted from a state on, if none of them comes up. */
static void
next_boots(struct bootstate bs, char slots[BOOTS + 1])
{
	int i;

	for (i = 0; i < BOOTS; i++) {
		bs = bootstate_boot(&bs);
		slots[i] = bs.bs_slot;
	}
	slots[i] = '\0';
}

/* Whether all of these are whole. */
static bool
boots_well(struct torture *to, const char *slots)
{
	bool whole[2] = { false, false };
	size_t s;
	int i, k;

	for (i = 0; i < BOOTS; i++) {
		s = slots[i] == 'b';
		for (k = 0; k < BUNDLES && !whole[s]; k++)
			whole[s] = holds(to, slots[i], &to->to_bundles[k]);
		if (!whole[s]) {
			snprintf(to->to_err, sizeof(to->to_err),
			    "boot %d is of slot %c, which is not whole", i + 1,
			    slots[i]);
			return (false);
		}
	}
	return (true);
}

static bool
state_well(struct torture *to)
{
	const uint8_t *state =
	    to->to_disk.cd_mem + find_part(to, "state")->pt_at;
	uint8_t blocks[BOOTSTATE_COPIES][BOOTSTATE_BLOCK];
	char first[2] = "", slots[BOOTS + 1];
	struct bootstate bs;

	memcpy(blocks[0], state + COPY0, BOOTSTATE_BLOCK);
	memcpy(blocks[1], state + COPY1, BOOTSTATE_BLOCK);
	if (bootstate_newest(blocks, &bs) == -1) {
		snprintf(to->to_err, sizeof(to->to_err), "no boot state");
		return (false);
	}
	next_boots(bs, slots);
	if (!boots_well(to, slots))
		return (false);
	to->to_booted[slots[0] == 'b']++;
	first[0] = slots[0];
	snprintf(to->to_err, sizeof(to->to_err),
	    "not as the other boot loader: %s", slots);
	if (!ask(to, &to->to_loader, "state", slots))
		return (false);
	snprintf(to->to_err, sizeof(to->to_err), "slot %s: no settings", first);
	return (ask(to, &to->to_settings, "cfg", first));
}

/* Whether a cut of an epoch is the first that lost just this. */
static bool
is_new(struct torture *to, const struct cut *cu, uint64_t sum)
{
	size_t i;

	if (to->to_epoch != cu->cu_epoch)
		to->to_nsums = 0;
	to->to_epoch = cu->cu_epoch;
	for (i = 0; i < to->to_nsums; i++)
		if (to->to_sums[i] == sum)
			return (false);
	if (to->to_nsums == SEEN_MAX)
		errx(1, "too many states");
	to->to_sums[to->to_nsums++] = sum;
	return (true);
}

/* One chosen state. */
static void
check(struct torture *to, size_t number)
{
	const struct cut *cu = &to->to_cuts.cl_cuts[number];

	to->to_checked++;
	if (state_well(to))
		return;
	printf("state %zu (flush %zu and %zu writes, %s): %s\n", number,
	    cu->cu_epoch, cu->cu_count, loss_names[cu->cu_loss], to->to_err);
	to->to_wrong++;
}

static void
check_all(struct torture *to, uint64_t seed)
{
	const struct cut *cu;
	uint64_t sum;
	size_t i;

	for (i = 0; i < to->to_cuts.cl_count; i++) {
		cu = &to->to_cuts.cl_cuts[i];
		if (!cu->cu_chosen)
			continue;
		sum = cutdisk_cut(&to->to_disk, &to->to_log, cu, seed, i);
		if (is_new(to, cu, sum))
			check(to, i);
		cutdisk_undo(&to->to_disk);
	}
	if (to->to_harmed)
		puts("something was written where nobody may");
	printf("%zu writes, %zu times flushed; %zu states checked: %zu boot "
	       "slot a, %zu slot b; %zu different boot states, %zu settings; "
	       "%zu wrong\n",
	    to->to_log.wl_count, to->to_cuts.cl_epochs, to->to_checked,
	    to->to_booted[0], to->to_booted[1], to->to_loader.qu_nseen,
	    to->to_settings.qu_nseen, to->to_wrong);
}

static void
print_spread(const struct cutlist *cl, size_t count)
{
	size_t k;

	for (k = 0; k < count; k++)
		printf("%zu\n", cut_spread(cl, k, count));
}

static void
write_one(struct torture *to, size_t number, uint64_t seed)
{
	if (number >= to->to_cuts.cl_count)
		errx(1, "there are %zu states", to->to_cuts.cl_count);
	cutdisk_cut(&to->to_disk, &to->to_log, &to->to_cuts.cl_cuts[number],
	    seed, number);
	if (fwrite(to->to_disk.cd_mem, to->to_disk.cd_size, 1, stdout) != 1 ||
	    fflush(stdout) == EOF)
		err(1, "standard output");
}

/* What the options say. */
struct options {
	uint64_t op_first;
	uint64_t op_number; /* of -l and -w */
	uint64_t op_seed;
	size_t op_states;
	const char *op_loader;
	bool op_flushes;
	char op_what; /* c check, e, l, w */
};

static void
parse_options(struct options *op, int argc, char **argv)
{
	int ch;

	*op = (struct options){ .op_seed = 1,
		.op_states = SIZE_MAX,
		.op_flushes = true,
		.op_what = 'c' };
	while ((ch = getopt(argc, argv, "eFf:l:n:s:u:w:")) != -1) {
		if (ch == 'F')
			op->op_flushes = false;
		else if (ch == 'f')
			op->op_first = strtoull(optarg, NULL, 10);
		else if (ch == 'n')
			op->op_states = strtoull(optarg, NULL, 10);
		else if (ch == 's')
			op->op_seed = strtoull(optarg, NULL, 10);
		else if (ch == 'u')
			op->op_loader = optarg;
		else if (ch == '?')
			usage();
		else
			op->op_what = (char)ch;
		if (ch == 'l' || ch == 'w')
			op->op_number = strtoull(optarg, NULL, 10);
	}
	if (argc - optind !=
	    (op->op_what == 'c'	       ? 6 :
		    op->op_what == 'e' ? 1 :
					 2))
		usage();
}

int
main(int argc, char **argv)
{
	static struct torture to;
	struct options op;

	parse_options(&op, argc, argv);
	argv += optind;
	if (op.op_what == 'e') {
		printf("%zu\n", (size_t)writelog_entries(argv[0]));
		return (0);
	}
	cutdisk_open(&to.to_disk, argv[0]);
	to.to_log = writelog_read(argv[1]);
	to.to_cuts = cut_list(&to.to_log, op.op_first, op.op_flushes);
	if (op.op_what == 'l')
		print_spread(&to.to_cuts, op.op_number);
	else if (op.op_what == 'w')
		write_one(&to, op.op_number, op.op_seed);
	else {
		read_parts(&to, argv[2]);
		read_bundle(&to.to_bundles[0], argv[3]);
		read_bundle(&to.to_bundles[1], argv[4]);
		to.to_settings.qu_command = argv[5];
		to.to_loader.qu_command = op.op_loader;
		to.to_disk.cd_changes = changes;
		to.to_disk.cd_arg = &to;
		cut_choose(&to.to_cuts, op.op_states, op.op_seed);
		check_all(&to, op.op_seed);
	}
	return (to.to_wrong > 0 || to.to_harmed);
}
