/* SPDX-License-Identifier: ISC */
/*
 * usage: h_torture [-F] [-f first] [-n states] [-s seed] disk log parts old new
 *	    command...
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
 *	what nobody may write to is as it was;
 *	the settings are there, as command finds, which is run with a file of
 *	the partition and the slot, once for each two that differ.
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

/* Settings that were looked at. */
struct seen {
	uint8_t se_hash[BUNDLE_HASH];
	char se_slot;
	bool se_well;
};

struct torture {
	struct writelog to_log;
	struct cutlist to_cuts;
	struct cutdisk to_disk;
	struct part to_parts[PARTS_MAX];
	size_t to_nparts;
	struct bundle to_bundles[BUNDLES];
	const char *to_command;
	struct seen to_seen[SEEN_MAX];
	size_t to_nseen;
	bool to_harmed; /* something was written where nobody may */
	uint64_t to_sums[SEEN_MAX]; /* of what this epoch's cuts lost */
	size_t to_nsums, to_epoch;
	size_t to_checked, to_wrong;
	size_t to_booted[2]; /* states that boot slot a, and b */
	char to_err[128];
};

static void __attribute__((noreturn)) usage(void)
{
	fputs("usage: h_torture [-F] [-f first] [-n states] [-s seed] disk log "
	      "parts old new command\n"
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

/* The settings, for the version of a slot. */
static bool
settings_well(struct torture *to, char slot)
{
	struct part *pt = find_part(to, "cfg");
	struct seen *se = &to->to_seen[to->to_nseen];
	char command[512];
	FILE *f;
	size_t i;

	memcpy(se->se_hash, hash_of(to, pt, pt->pt_len), BUNDLE_HASH);
	se->se_slot = slot;
	for (i = 0; i < to->to_nseen; i++)
		if (to->to_seen[i].se_slot == slot &&
		    memcmp(to->to_seen[i].se_hash, se->se_hash, BUNDLE_HASH) ==
			0)
			return (to->to_seen[i].se_well);
	if (++to->to_nseen == SEEN_MAX)
		errx(1, "too many different settings");
	if ((f = fopen("torture.cfg", "we")) == NULL ||
	    fwrite(to->to_disk.cd_mem + pt->pt_at, pt->pt_len, 1, f) != 1 ||
	    fclose(f) == EOF)
		err(1, "torture.cfg");
	snprintf(command, sizeof(command), "%s torture.cfg %c", to->to_command,
	    slot);
	return (se->se_well = system(command) == 0);
}

/* The boots from a state on, none of which comes up: all of whole slots. */
static bool
boots_well(struct torture *to, struct bootstate bs)
{
	bool whole[2] = { false, false };
	size_t s;
	int i, k;

	for (i = 0; i < BOOTS; i++) {
		bs = bootstate_boot(&bs);
		s = bs.bs_slot == 'b';
		for (k = 0; k < BUNDLES && !whole[s]; k++)
			whole[s] = holds(to, bs.bs_slot, &to->to_bundles[k]);
		if (!whole[s]) {
			snprintf(to->to_err, sizeof(to->to_err),
			    "boot %d is of slot %c, which is not whole", i + 1,
			    bs.bs_slot);
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
	struct bootstate bs;

	memcpy(blocks[0], state + COPY0, BOOTSTATE_BLOCK);
	memcpy(blocks[1], state + COPY1, BOOTSTATE_BLOCK);
	if (bootstate_newest(blocks, &bs) == -1) {
		snprintf(to->to_err, sizeof(to->to_err), "no boot state");
		return (false);
	}
	if (!boots_well(to, bs))
		return (false);
	bs = bootstate_boot(&bs);
	to->to_booted[bs.bs_slot == 'b']++;
	snprintf(to->to_err, sizeof(to->to_err), "slot %c: no settings",
	    bs.bs_slot);
	return (settings_well(to, bs.bs_slot));
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
	       "slot a, %zu slot b; %zu different settings; %zu wrong\n",
	    to->to_log.wl_count, to->to_cuts.cl_epochs, to->to_checked,
	    to->to_booted[0], to->to_booted[1], to->to_nseen, to->to_wrong);
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
	while ((ch = getopt(argc, argv, "eFf:l:n:s:w:")) != -1) {
		if (ch == 'F')
			op->op_flushes = false;
		else if (ch == 'f')
			op->op_first = strtoull(optarg, NULL, 10);
		else if (ch == 'n')
			op->op_states = strtoull(optarg, NULL, 10);
		else if (ch == 's')
			op->op_seed = strtoull(optarg, NULL, 10);
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
		to.to_command = argv[5];
		to.to_disk.cd_changes = changes;
		to.to_disk.cd_arg = &to;
		cut_choose(&to.to_cuts, op.op_states, op.op_seed);
		check_all(&to, op.op_seed);
	}
	return (to.to_wrong > 0 || to.to_harmed);
}
