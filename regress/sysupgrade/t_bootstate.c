/* SPDX-License-Identifier: ISC */
/*
 * The boot state: no half-written copy counts, and whatever happens in which
 * order, a slot that works is booted before long.
 */
#include <atf-c.h>
#include <stdlib.h>

#include "../../usr.sbin/sysupgrade/bootstate.c"

enum { STATES = 108, STEPS = 40000 };

static struct bootstate all[STATES + 1];
static char words[STATES + 1][BOOTSTATE_WORD + 1];
static size_t nall;

static void
collect(const struct bootstate *bs, void *arg)
{
	(void)arg;
	ATF_REQUIRE(nall < STATES);
	all[nall] = *bs;
	bootstate_word(bs, words[nall++]);
}

/* Which state a word is; -1 for none.  (bootstate_parse() is slower.) */
static int
find(const char *word)
{
	size_t i;

	for (i = 0; i < nall; i++)
		if (strcmp(words[i], word) == 0)
			return ((int)i);
	return (-1);
}

static bool
same(const struct bootstate *a, const struct bootstate *b)
{
	char x[BOOTSTATE_WORD + 1], y[BOOTSTATE_WORD + 1];

	bootstate_word(a, x);
	bootstate_word(b, y);
	return (strcmp(x, y) == 0);
}

ATF_TC_WITHOUT_HEAD(bootstate_words);
ATF_TC_BODY(bootstate_words, tc)
{
	uint8_t block[BOOTSTATE_BLOCK];
	struct bootstate bs;
	size_t i;

	for_each(collect, NULL);
	ATF_CHECK_EQ(STATES, nall);
	for (i = 0; i < nall; i++) {
		ATF_CHECK_EQ(BOOTSTATE_WORD, strlen(words[i]));
		ATF_CHECK_EQ((int)i, find(words[i]));
		ATF_REQUIRE_EQ(0, bootstate_parse(words[i], &bs));
		ATF_CHECK(same(&bs, &all[i]));
		bootstate_encode(&bs, block);
		ATF_REQUIRE_EQ(0, bootstate_decode(block, &bs));
		ATF_CHECK(same(&bs, &all[i]));
	}
	ATF_CHECK_EQ(-1, bootstate_parse("", &bs));
	ATF_CHECK_EQ(-1, bootstate_parse("0ac3g", &bs));
	/* a trial has one boot, never three */
	ATF_CHECK_EQ(-1, bootstate_parse("0at3g00000000", &bs));
	memset(block, 0, sizeof(block));
	ATF_CHECK_EQ(-1, bootstate_decode(block, &bs));
}

/* The beginning of one state and the end of another are no third. */
ATF_TC_WITHOUT_HEAD(bootstate_torn);
ATF_TC_BODY(bootstate_torn, tc)
{
	char word[BOOTSTATE_WORD + 1];
	size_t cut, i, k;
	int got;

	for_each(collect, NULL);
	for (i = 0; i < nall; i++)
		for (k = 0; k < nall; k++)
			for (cut = 0; cut <= BOOTSTATE_WORD; cut++) {
				memcpy(word, words[i], sizeof(word));
				memcpy(word + cut, words[k] + cut,
				    sizeof(word) - cut);
				got = find(word);
				ATF_REQUIRE_MSG(got == -1 || got == (int)i ||
					got == (int)k,
				    "%s of %s and %s", word, words[i],
				    words[k]);
			}
}

ATF_TC_WITHOUT_HEAD(bootstate_flipped);
ATF_TC_BODY(bootstate_flipped, tc)
{
	char word[BOOTSTATE_WORD + 1];
	size_t bit, i;

	for_each(collect, NULL);
	for (i = 0; i < nall; i++)
		for (bit = 0; bit < BOOTSTATE_WORD * 8; bit++) {
			memcpy(word, words[i], sizeof(word));
			word[bit / 8] ^= (char)(1 << bit % 8);
			ATF_REQUIRE_EQ(-1, find(word));
		}
}

ATF_TC_WITHOUT_HEAD(bootstate_table);
ATF_TC_BODY(bootstate_table, tc)
{
	char line[80], slot, from[20], to[20];
	struct bootstate bs;
	size_t lines = 0;
	FILE *f = tmpfile();

	ATF_REQUIRE(f != NULL);
	for_each(collect, NULL);
	bootstate_print_table(f);
	rewind(f);
	for (; fgets(line, sizeof(line), f) != NULL; lines++) {
		ATF_REQUIRE_EQ_MSG(3,
		    sscanf(line, "set t_%13s=\"%c %13[0-9a-z]\"", from, &slot,
			to),
		    "%s", line);
		ATF_REQUIRE(find(from) != -1 && find(to) != -1);
		bs = bootstate_boot(&all[find(from)]);
		ATF_CHECK(same(&bs, &all[find(to)]));
		ATF_CHECK_EQ(slot, bs.bs_slot);
		/* GRUB has written it when the slot is started */
		ATF_CHECK(bs.bs_left < BOOTSTATE_TRIES);
	}
	fclose(f);
	ATF_CHECK_EQ(nall, lines);
}

/* Three boots without a word from the slot, then the other one. */
ATF_TC_WITHOUT_HEAD(bootstate_counts);
ATF_TC_BODY(bootstate_counts, tc)
{
	static const char confirmed[] = "aaabbbaaabbb";
	static const char trial[] = "baaabbb";
	struct bootstate bs = bootstate_new();
	size_t i;

	for (i = 0; confirmed[i] != '\0'; i++) {
		bs = bootstate_boot(&bs);
		ATF_CHECK_EQ(confirmed[i], bs.bs_slot);
	}
	bs = bootstate_new();
	bs = bootstate_begin(&bs, 'a');
	ATF_CHECK_EQ(BOOT_EMPTY, bs.bs_other);
	bs = bootstate_try(&bs);
	for (i = 0; trial[i] != '\0'; i++) {
		bs = bootstate_boot(&bs);
		ATF_CHECK_EQ(trial[i], bs.bs_slot);
		ATF_CHECK_EQ(i == 0, bs.bs_trial);
	}
	/* nowhere to go */
	bs = bootstate_new();
	bs = bootstate_begin(&bs, 'a');
	for (i = 0; i < 10; i++) {
		bs = bootstate_boot(&bs);
		ATF_CHECK_EQ('a', bs.bs_slot);
	}
}

/* A disk with two copies, two slots, and what they hold. */
struct disk {
	uint8_t d_copies[BOOTSTATE_COPIES][BOOTSTATE_BLOCK];
	bool d_works[2];	/* a slot comes up */
	bool d_whole[2];
	int d_running;		/* slot, or -1 */
};

static unsigned int seed = 1;

static unsigned int
dice(unsigned int n)
{
	seed = seed * 1103515245 + 12345;
	return ((seed >> 16) % n);
}

/*
 * Write a state into the older copy.  With `cut`, power fails and any part of
 * it arrives: false.
 */
static bool
put(struct disk *d, const struct bootstate *bs, bool cut)
{
	uint8_t block[BOOTSTATE_BLOCK];
	struct bootstate old;
	int newest = bootstate_newest(d->d_copies, &old);
	size_t n = cut ? dice(BOOTSTATE_BLOCK + 1) : BOOTSTATE_BLOCK;

	ATF_REQUIRE(newest != -1);
	bootstate_encode(bs, block);
	/* from its beginning or its end on */
	if (dice(2))
		memcpy(d->d_copies[1 - newest], block, n);
	else
		memcpy(d->d_copies[1 - newest] + BOOTSTATE_BLOCK - n,
		    block + BOOTSTATE_BLOCK - n, n);
	return (!cut);
}

static struct bootstate
get(const struct disk *d)
{
	struct bootstate bs;

	ATF_REQUIRE(bootstate_newest(d->d_copies, &bs) != -1);
	return (bs);
}

/* What GRUB does; -1 if power fails meanwhile. */
static int
model_boot(struct disk *d)
{
	struct bootstate bs = get(d), to = bootstate_boot(&bs);
	int slot = to.bs_slot - 'a';

	d->d_running = -1;
	if (!put(d, &to, dice(20) == 0))
		return (-1);
	/* what is half written is never chosen */
	ATF_REQUIRE(d->d_whole[slot]);
	d->d_running = slot;
	return (slot);
}

/* An install into the other slot, cut off anywhere; false if it was. */
static bool
model_install(struct disk *d)
{
	struct bootstate bs = get(d), to;
	int other = 1 - d->d_running;

	if (bs.bs_slot - 'a' == d->d_running && bs.bs_trial)
		return (true);
	to = bootstate_begin(&bs, (char)('a' + d->d_running));
	if (!put(d, &to, dice(10) == 0))
		return (false);
	d->d_whole[other] = false;
	if (dice(5) == 0)
		return (false);		/* while it is written */
	if (dice(5) == 0)
		return (true);		/* the download ended early */
	d->d_whole[other] = true;
	d->d_works[other] = dice(2) == 0;
	bs = get(d);
	to = bootstate_try(&bs);
	return (put(d, &to, dice(10) == 0));
}

/* A boot of a slot, and what is done while it runs. */
static void
model_run(struct disk *d)
{
	struct bootstate bs, to;

	if (!d->d_works[d->d_running]) {
		bs = get(d);
		/* it hangs, or finds out that it does not come up */
		if (dice(2) == 0 && bootstate_may_give_up(&bs)) {
			to = bootstate_give_up(&bs);
			(void)put(d, &to, dice(20) == 0);
		}
		return;
	}
	if (dice(10) == 0)
		return;			/* power fails before it is up */
	bs = get(d);
	to = bootstate_confirm(&bs);
	if (!put(d, &to, dice(20) == 0))
		return;
	while (dice(3) == 0)
		if (!model_install(d))
			return;
}

/*
 * Power fails at any moment, upgrades are good, bad or not whole: a slot that
 * works is booted again before long, and one that is half written never.
 */
ATF_TC_WITHOUT_HEAD(bootstate_model);
ATF_TC_BODY(bootstate_model, tc)
{
	struct disk d = { .d_works = { true, true },
		.d_whole = { true, true } };
	struct bootstate bs = bootstate_new();
	int i, since = 0, most = 0;

	bootstate_encode(&bs, d.d_copies[0]);
	bootstate_encode(&bs, d.d_copies[1]);
	for (i = 0; i < STEPS; i++) {
		since++;
		if (model_boot(&d) == -1) {
			since--;
			continue;
		}
		if (d.d_works[d.d_running])
			since = 0;
		if (since > most)
			most = since;
		model_run(&d);
	}
	printf("most boots in a row that did not come up: %d\n", most);
	ATF_CHECK(most > 0 && most <= 2 * BOOTSTATE_TRIES);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, bootstate_words);
	ATF_TP_ADD_TC(tp, bootstate_torn);
	ATF_TP_ADD_TC(tp, bootstate_flipped);
	ATF_TP_ADD_TC(tp, bootstate_table);
	ATF_TP_ADD_TC(tp, bootstate_counts);
	ATF_TP_ADD_TC(tp, bootstate_model);
	return (atf_no_error());
}
