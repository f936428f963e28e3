/* SPDX-License-Identifier: ISC */
/*
 * bootstate: which slot is booted next, and how often it may still try.
 */
#include <openssl/evp.h>
#include <stddef.h>
#include <string.h>

#include "bootstate.h"

enum {
	SEQUENCES = 3,
	BODY = 5,		/* of a word, before the checksum */
	TRIAL_TRIES = 1
};

static const char others[] = "gfe";
static const char block_head[] = "# GRUB Environment Block\nword=";

/* Call f for each state there is. */
static void
for_each(void (*f)(const struct bootstate *, void *), void *arg)
{
	struct bootstate bs;
	unsigned int i, most;

	for (i = 0; i < SEQUENCES * 2 * 2 * 3; i++) {
		bs.bs_seq = i % SEQUENCES;
		bs.bs_slot = i / 3 % 2 == 0 ? 'a' : 'b';
		bs.bs_trial = i / 6 % 2 == 1;
		bs.bs_other = (enum boot_other)(i / 12);
		most = bs.bs_trial ? TRIAL_TRIES : BOOTSTATE_TRIES;
		for (bs.bs_left = 0; bs.bs_left <= most; bs.bs_left++)
			f(&bs, arg);
	}
}

char
bootstate_flip(char slot)
{
	return (slot == 'a' ? 'b' : 'a');
}

void
bootstate_word(const struct bootstate *bs, char word[BOOTSTATE_WORD + 1])
{
	uint8_t sum[EVP_MAX_MD_SIZE];
	size_t i;

	word[0] = (char)('0' + bs->bs_seq);
	word[1] = bs->bs_slot;
	word[2] = bs->bs_trial ? 't' : 'c';
	word[3] = (char)('0' + bs->bs_left);
	word[4] = others[bs->bs_other];
	/* it cannot fail: nothing is allocated or loaded at this point */
	if (EVP_Digest(word, BODY, sum, NULL, EVP_sha256(), NULL) != 1)
		memset(sum, 0, sizeof(sum));
	for (i = 0; i < (BOOTSTATE_WORD - BODY) / 2; i++)
		snprintf(word + BODY + 2 * i, 3, "%02x", sum[i]);
}

/* What the letters say, if there is such a state. */
static int
parse_body(const char *word, struct bootstate *bs)
{
	const char *other = strchr(others, word[4]);

	if (other == NULL || (word[1] != 'a' && word[1] != 'b') ||
	    (word[2] != 'c' && word[2] != 't'))
		return (-1);
	bs->bs_seq = (unsigned int)(word[0] - '0');
	bs->bs_slot = word[1];
	bs->bs_trial = word[2] == 't';
	bs->bs_left = (unsigned int)(word[3] - '0');
	bs->bs_other = (enum boot_other)(other - others);
	if (bs->bs_seq >= SEQUENCES ||
	    bs->bs_left > (bs->bs_trial ? TRIAL_TRIES : BOOTSTATE_TRIES))
		return (-1);
	return (0);
}

int
bootstate_parse(const char *word, struct bootstate *bs)
{
	char right[BOOTSTATE_WORD + 1];
	struct bootstate is;

	if (strlen(word) != BOOTSTATE_WORD || parse_body(word, &is) == -1)
		return (-1);
	bootstate_word(&is, right);
	if (strcmp(word, right) != 0)
		return (-1);
	*bs = is;
	return (0);
}

void
bootstate_encode(const struct bootstate *bs, uint8_t block[BOOTSTATE_BLOCK])
{
	char word[BOOTSTATE_WORD + 1];
	size_t n = sizeof(block_head) - 1;

	bootstate_word(bs, word);
	memset(block, '#', BOOTSTATE_BLOCK);
	memcpy(block, block_head, n);
	memcpy(block + n, word, BOOTSTATE_WORD);
	block[n + BOOTSTATE_WORD] = '\n';
}

int
bootstate_decode(const uint8_t block[BOOTSTATE_BLOCK], struct bootstate *bs)
{
	char word[BOOTSTATE_WORD + 1];
	size_t n = sizeof(block_head) - 1;

	if (memcmp(block, block_head, n) != 0 ||
	    block[n + BOOTSTATE_WORD] != '\n')
		return (-1);
	memcpy(word, block + n, BOOTSTATE_WORD);
	word[BOOTSTATE_WORD] = '\0';
	return (bootstate_parse(word, bs));
}

int
bootstate_newest(const uint8_t blocks[BOOTSTATE_COPIES][BOOTSTATE_BLOCK],
    struct bootstate *bs)
{
	struct bootstate copy[BOOTSTATE_COPIES];
	int ok[BOOTSTATE_COPIES], i, newest;

	for (i = 0; i < BOOTSTATE_COPIES; i++)
		ok[i] = bootstate_decode(blocks[i], &copy[i]) == 0;
	if (!ok[0] && !ok[1])
		return (-1);
	if (ok[0] && ok[1])
		newest = copy[1].bs_seq == (copy[0].bs_seq + 1) % SEQUENCES;
	else
		newest = ok[1];
	*bs = copy[newest];
	return (newest);
}

/* The state with the next sequence, to be changed. */
static struct bootstate
next(const struct bootstate *bs)
{
	struct bootstate to = *bs;

	to.bs_seq = (bs->bs_seq + 1) % SEQUENCES;
	return (to);
}

struct bootstate
bootstate_boot(const struct bootstate *bs)
{
	struct bootstate to = next(bs);

	if (bs->bs_left > 0) {
		to.bs_left--;
		return (to);
	}
	if (bs->bs_other != BOOT_EMPTY) {
		to.bs_slot = bootstate_flip(bs->bs_slot);
		to.bs_other = BOOT_FAILED;
	}
	to.bs_trial = false;
	to.bs_left = BOOTSTATE_TRIES - 1;
	return (to);
}

struct bootstate
bootstate_begin(const struct bootstate *bs, char running)
{
	struct bootstate to = next(bs);

	/* it was to be tried, and has not been */
	if (bs->bs_slot != running) {
		to.bs_slot = running;
		to.bs_trial = false;
		to.bs_left = BOOTSTATE_TRIES;
	}
	to.bs_other = BOOT_EMPTY;
	return (to);
}

struct bootstate
bootstate_try(const struct bootstate *bs)
{
	struct bootstate to = next(bs);

	to.bs_slot = bootstate_flip(bs->bs_slot);
	to.bs_trial = true;
	to.bs_left = TRIAL_TRIES;
	to.bs_other = BOOT_GOOD;
	return (to);
}

struct bootstate
bootstate_confirm(const struct bootstate *bs)
{
	struct bootstate to = next(bs);

	to.bs_trial = false;
	to.bs_left = BOOTSTATE_TRIES;
	return (to);
}

struct bootstate
bootstate_give_up(const struct bootstate *bs)
{
	struct bootstate to = next(bs);

	to.bs_left = 0;
	return (to);
}

bool
bootstate_may_give_up(const struct bootstate *bs)
{
	return (bs->bs_other == BOOT_GOOD);
}

struct bootstate
bootstate_new(void)
{
	struct bootstate bs = {
		.bs_slot = 'a',
		.bs_left = BOOTSTATE_TRIES,
		.bs_other = BOOT_GOOD,
	};

	return (bs);
}

static void
print_row(const struct bootstate *bs, void *arg)
{
	struct bootstate to = bootstate_boot(bs);
	char from[BOOTSTATE_WORD + 1], word[BOOTSTATE_WORD + 1];

	bootstate_word(bs, from);
	bootstate_word(&to, word);
	fprintf(arg, "set t_%s=\"%c %s\"\n", from, to.bs_slot, word);
}

void
bootstate_print_table(FILE *out)
{
	for_each(print_row, out);
}
