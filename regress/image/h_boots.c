/* SPDX-License-Identifier: ISC */
/*
 * usage: h_boots
 *
 * Each boot there is, a line: the words of both copies of the boot state, the
 * slot that the boot loader starts, and both words after that; "-" is no state.
 * With no state at all, that is slot a, and nothing is written.
 */
#include <stdio.h>

#include "../../usr.sbin/sysupgrade/bootstate.c"

enum { STATES = 108 };

/* Blocks of all states; the last one is none. */
static uint8_t blocks[STATES + 1][BOOTSTATE_BLOCK];
static size_t nblocks;

static void
collect(const struct bootstate *bs, void *arg)
{
	(void)arg;
	if (nblocks < STATES)
		bootstate_encode(bs, blocks[nblocks++]);
}

static void
print_copy(const uint8_t *block, char end)
{
	char word[BOOTSTATE_WORD + 1] = "-";
	struct bootstate bs;

	if (bootstate_decode(block, &bs) == 0)
		bootstate_word(&bs, word);
	printf("%s%c", word, end);
}

static void
print_boot(size_t first, size_t second)
{
	uint8_t copies[BOOTSTATE_COPIES][BOOTSTATE_BLOCK];
	struct bootstate bs;
	char slot = 'a';
	int newest;

	memcpy(copies[0], blocks[first], BOOTSTATE_BLOCK);
	memcpy(copies[1], blocks[second], BOOTSTATE_BLOCK);
	print_copy(copies[0], ' ');
	print_copy(copies[1], ' ');
	if ((newest = bootstate_newest(copies, &bs)) != -1) {
		bs = bootstate_boot(&bs);
		slot = bs.bs_slot;
		bootstate_encode(&bs, copies[1 - newest]);
	}
	printf("%c ", slot);
	print_copy(copies[0], ' ');
	print_copy(copies[1], '\n');
}

int
main(void)
{
	size_t i, k;

	for_each(collect, NULL);
	for (i = 0; i <= nblocks; i++)
		for (k = 0; k <= nblocks; k++)
			print_boot(i, k);
	return (0);
}
