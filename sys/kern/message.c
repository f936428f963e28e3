/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "kern/message.h"

const char *
message_text(const struct message *ms, bool ja)
{
	return (ja ? ms->ms_ja : ms->ms_en);
}

void
message_vprint(char *out, size_t size, const char *fmt, va_list ap)
{
	int n = vsnprintf(out, size, fmt, ap);
	size_t len = size - 1;

	if (n < 0 || (size_t)n < size)
		return;
	/* back to the first byte of the last character, which may be cut */
	while (len > 0 && ((unsigned char)out[len - 1] & 0xc0) == 0x80)
		len--;
	if (len > 0 && (unsigned char)out[len - 1] >= 0xc0)
		out[len - 1] = '\0';
}
