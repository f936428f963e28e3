/* SPDX-License-Identifier: ISC */
/*
 * bootstate: which slot is booted next, and how often it may still try.  The
 * boot loader counts every boot down before it starts a slot; sysupgrade sets
 * the count when a slot is to be tried, has come up, or is given up.  Pure.
 *
 * The boot loader can neither count nor compute a checksum, so that a state is
 * one word, and it has a table of all of them (bootstate_print_table()) which
 * says for each what to boot and which word to write before.  A word that is
 * not in the table, such as half of one and half of another, is no state.
 *
 *	1 a c 3 g 5f3a9c01
 *	| | | | | checksum: first 32 bits of SHA-256 of the rest
 *	| | | | other slot: g good, f given up, e empty or half written
 *	| | | boots left, without this slot coming up, before it is given up
 *	| | c confirmed: has come up before; t trial
 *	| slot
 *	sequence, modulo 3
 *
 * It is kept twice.  Each change goes to the older copy, with the next
 * sequence, so that one whole copy is there at any moment.  A copy is a sector
 * that GRUB knows as an environment block.
 */
#ifndef BOOTSTATE_H
#define BOOTSTATE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum {
	BOOTSTATE_TRIES = 3,	/* of a confirmed slot; a trial has one */
	BOOTSTATE_WORD = 13,
	BOOTSTATE_BLOCK = 512,
	BOOTSTATE_COPIES = 2
};

enum boot_other { BOOT_GOOD, BOOT_FAILED, BOOT_EMPTY };

struct bootstate {
	unsigned int bs_seq;	/* 0 to 2 */
	char bs_slot;		/* 'a', 'b' */
	bool bs_trial;
	unsigned int bs_left;
	enum boot_other bs_other;
};

/* The other slot's letter. */
char bootstate_flip(char slot);

/* A state as a word with NUL; and back, -1 for what is none. */
void bootstate_word(const struct bootstate *bs, char word[BOOTSTATE_WORD + 1]);
int bootstate_parse(const char *word, struct bootstate *bs);

/* A state as a block, and back: -1 if there is none in it. */
void bootstate_encode(const struct bootstate *bs,
    uint8_t block[BOOTSTATE_BLOCK]);
int bootstate_decode(const uint8_t block[BOOTSTATE_BLOCK],
    struct bootstate *bs);

/*
 * The newer of two copies, whose number is returned; -1 if neither is whole.
 */
int bootstate_newest(const uint8_t blocks[BOOTSTATE_COPIES][BOOTSTATE_BLOCK],
    struct bootstate *bs);

/*
 * What the boot loader does with a state: the one that it writes; it boots
 * bs_slot of that.  A slot without boots left is given up for the other one,
 * unless that is empty.
 */
struct bootstate bootstate_boot(const struct bootstate *bs);

/*
 * The steps of Linux.  Each is a change from the state that was read.
 *
 * begin	the slot that does not run is about to be overwritten
 * try		the other slot than bs_slot is booted next, once
 * confirm	bs_slot runs and has come up
 * give_up	bs_slot runs and does not come up: the next boot is the other's
 */
struct bootstate bootstate_begin(const struct bootstate *bs, char running);
struct bootstate bootstate_try(const struct bootstate *bs);
struct bootstate bootstate_confirm(const struct bootstate *bs);
struct bootstate bootstate_give_up(const struct bootstate *bs);

/* Whether a running slot that does not come up has a better one to go to. */
bool bootstate_may_give_up(const struct bootstate *bs);

/* The state of a disk as it is built, both slots alike. */
struct bootstate bootstate_new(void);

/*
 * GRUB's table: for each state, what to boot and the word to write before, as
 * the variable t_WORD="SLOT WORD".  The image builder makes U-Boot's of it.
 */
void bootstate_print_table(FILE *out);

#endif
