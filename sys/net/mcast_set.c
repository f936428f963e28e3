/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "net/mcast_impl.h"

enum { BITS = 64 };

struct mcast_set *
mcast_set_new(uint32_t ports)
{
	uint32_t words = ports / BITS + 1;
	struct mcast_set *ms =
	    calloc(1, sizeof(*ms) + words * sizeof(ms->ms_bits[0]));

	if (ms == NULL)
		return (NULL);
	atomic_init(&ms->ms_refs, 1);
	ms->ms_words = words;
	return (ms);
}

void
mcast_set_add(struct mcast_set *ms, uint32_t port)
{
	ms->ms_bits[port / BITS] |= UINT64_C(1) << port % BITS;
}

struct mcast_set *
mcast_set_ref(struct mcast_set *ms)
{
	atomic_fetch_add_explicit(&ms->ms_refs, 1, memory_order_relaxed);
	return (ms);
}

void
mcast_set_unref(struct mcast_set *ms)
{
	if (ms != NULL && atomic_fetch_sub(&ms->ms_refs, 1) == 1)
		free(ms);
}

bool
mcast_set_has(const struct mcast_set *ms, uint32_t port)
{
	return (port / BITS < ms->ms_words &&
	    (ms->ms_bits[port / BITS] >> port % BITS & 1) != 0);
}

bool
mcast_set_has_other(const struct mcast_set *ms, uint32_t port)
{
	uint64_t bits;
	uint32_t i;

	for (i = 0; i < ms->ms_words; i++) {
		bits = ms->ms_bits[i];
		if (i == port / BITS)
			bits &= ~(UINT64_C(1) << port % BITS);
		if (bits != 0)
			return (true);
	}
	return (false);
}

void
mcast_kept_drop(struct kept *ke)
{
	mcast_set_unref(ke->ke_set);
	ke->ke_set = NULL;
}
