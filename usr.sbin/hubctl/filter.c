/* SPDX-License-Identifier: ISC */
#include <err.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>

#include "hubctl.h"

/*
 * libpcap is linked in for its compiler alone.  Its static library would
 * bring libdbus along, to capture from D-Bus: these take the place of that
 * part, and nothing here opens a capture.
 */
pcap_t *dbus_create(const char *device, char *error, int *ours);
int dbus_findalldevs(void *list, char *error);

pcap_t *
dbus_create(const char *device, char *error, int *ours)
{
	(void)device;
	(void)error;
	*ours = 0;
	return (NULL);
}

int
dbus_findalldevs(void *list, char *error)
{
	(void)list;
	(void)error;
	return (0);
}

static void
print_program(const struct bpf_program *program, char *out)
{
	const struct bpf_insn *in = program->bf_insns;
	unsigned int i;

	for (i = 0; i < program->bf_len; i++, in++, out += FRAME_FILTER_DIGITS)
		snprintf(out, FRAME_FILTER_DIGITS + 1, "%04x%02x%02x%08x",
		    in->code, in->jt, in->jf, in->k);
}

void
filter_compile(const char *expression, char out[FILTER_STRLEN])
{
	enum { LONGEST = 65557 };
	struct bpf_program program;
	pcap_t *pc;

	if (*expression == '\0') {
		strlcpy(out, "-", FILTER_STRLEN);
		return;
	}
	if ((pc = pcap_open_dead(DLT_EN10MB, LONGEST)) == NULL)
		errx(1, "out of memory");
	if (pcap_compile(pc, &program, expression, 1, PCAP_NETMASK_UNKNOWN) ==
	    -1)
		errx(1, "the filter \"%s\": %s", expression, pcap_geterr(pc));
	if (program.bf_len > FRAME_FILTER_INSNS)
		errx(1, "the filter is too long: %u instructions, at most %d",
		    program.bf_len, FRAME_FILTER_INSNS);
	print_program(&program, out);
	pcap_freecode(&program);
	pcap_close(pc);
}
