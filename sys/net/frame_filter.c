/* SPDX-License-Identifier: ISC */
#include <sys/types.h>

#include <pcap/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "kern/bytes.h"
#include "net/frame_filter.h"

struct frame_filter {
	int ff_n;
	struct bpf_insn ff_insns[FRAME_FILTER_INSNS];
};

/* All that there are, with those below. */
static const uint16_t codes[] = {
	BPF_LD | BPF_W | BPF_ABS,
	BPF_LD | BPF_H | BPF_ABS,
	BPF_LD | BPF_B | BPF_ABS,
	BPF_LD | BPF_W | BPF_IND,
	BPF_LD | BPF_H | BPF_IND,
	BPF_LD | BPF_B | BPF_IND,
	BPF_LD | BPF_W | BPF_LEN,
	BPF_LD | BPF_IMM,
	BPF_LD | BPF_MEM,
	BPF_LDX | BPF_IMM,
	BPF_LDX | BPF_MEM,
	BPF_LDX | BPF_W | BPF_LEN,
	BPF_LDX | BPF_B | BPF_MSH,
	BPF_ST,
	BPF_STX,
	BPF_JMP | BPF_JA,
	BPF_ALU | BPF_NEG,
	BPF_RET | BPF_K,
	BPF_RET | BPF_A,
	BPF_MISC | BPF_TAX,
	BPF_MISC | BPF_TXA,
};

/* These come with a constant and with the index register. */
static const uint16_t both[] = {
	BPF_JMP | BPF_JEQ,
	BPF_JMP | BPF_JGT,
	BPF_JMP | BPF_JGE,
	BPF_JMP | BPF_JSET,
	BPF_ALU | BPF_ADD,
	BPF_ALU | BPF_SUB,
	BPF_ALU | BPF_MUL,
	BPF_ALU | BPF_DIV,
	BPF_ALU | BPF_MOD,
	BPF_ALU | BPF_AND,
	BPF_ALU | BPF_OR,
	BPF_ALU | BPF_XOR,
	BPF_ALU | BPF_LSH,
	BPF_ALU | BPF_RSH,
};

static bool
is_known(uint16_t code)
{
	size_t i;

	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (code == codes[i])
			return (true);
	for (i = 0; i < sizeof(both) / sizeof(both[0]); i++)
		if (code == (both[i] | BPF_K) || code == (both[i] | BPF_X))
			return (true);
	return (false);
}

/* left: instructions behind this one */
static bool
is_sound(const struct bpf_insn *in, uint32_t left)
{
	switch (in->code) {
	case BPF_JMP | BPF_JA:
		return (in->k < left);
	case BPF_ALU | BPF_LSH | BPF_K:
	case BPF_ALU | BPF_RSH | BPF_K:
		return (in->k < 32);
	default:
		return (is_known(in->code));
	}
}

static bool
scan(struct bpf_insn *in, const char *hex)
{
	uint8_t raw[FRAME_FILTER_DIGITS / 2];
	size_t i;

	for (i = 0; i < sizeof(raw); i++, hex += 2) {
		if (hex_digit(hex[0]) == -1 || hex_digit(hex[1]) == -1)
			return (false);
		raw[i] = (uint8_t)(hex_digit(hex[0]) << 4 | hex_digit(hex[1]));
	}
	in->code = get16(raw);
	in->jt = raw[2];
	in->jf = raw[3];
	in->k = get32(raw + 4);
	return (true);
}

struct frame_filter *
frame_filter_parse(const char *hex)
{
	size_t len = strlen(hex), n = len / FRAME_FILTER_DIGITS, i;
	struct frame_filter *ff;

	if (n == 0 || n > FRAME_FILTER_INSNS || len % FRAME_FILTER_DIGITS != 0)
		return (NULL);
	if ((ff = calloc(1, sizeof(*ff))) == NULL)
		return (NULL);
	for (i = 0; i < n; i++, hex += FRAME_FILTER_DIGITS)
		if (!scan(&ff->ff_insns[i], hex) ||
		    !is_sound(&ff->ff_insns[i], (uint32_t)(n - i - 1)))
			break;
	ff->ff_n = (int)n;
	if (i == n && bpf_validate(ff->ff_insns, ff->ff_n))
		return (ff);
	free(ff);
	return (NULL);
}

void
frame_filter_free(struct frame_filter *ff)
{
	free(ff);
}

bool
frame_filter_match(const struct frame_filter *ff, const uint8_t *p, size_t len)
{
	return (bpf_filter(ff->ff_insns, p, (u_int)len, (u_int)len) != 0);
}
