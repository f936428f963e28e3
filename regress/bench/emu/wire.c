/* SPDX-License-Identifier: ISC */
#include "wire.h"

#include <err.h>
#include <stdbool.h>
#include <stdlib.h>

/* A binary heap of frames on their way, and a stack of free ones. */
struct wire {
	struct wire_frame **wi_heap, **wi_free;
	size_t wi_count, wi_nfree, wi_made, wi_max;
	uint64_t wi_order;
};

struct wire *
wire_new(size_t max)
{
	struct wire *wi = calloc(1, sizeof(*wi));

	if (wi == NULL)
		err(1, "wire");
	wi->wi_heap = calloc(max, sizeof(wi->wi_heap[0]));
	wi->wi_free = calloc(max, sizeof(wi->wi_free[0]));
	if (wi->wi_heap == NULL || wi->wi_free == NULL)
		err(1, "wire");
	wi->wi_max = max;
	return (wi);
}

void
wire_free(struct wire *wi)
{
	while (wi->wi_count > 0)
		free(wi->wi_heap[--wi->wi_count]);
	while (wi->wi_nfree > 0)
		free(wi->wi_free[--wi->wi_nfree]);
	free(wi->wi_heap);
	free(wi->wi_free);
	free(wi);
}

struct wire_frame *
wire_alloc(struct wire *wi)
{
	struct wire_frame *wf;

	if (wi->wi_nfree > 0)
		return (wi->wi_free[--wi->wi_nfree]);
	if (wi->wi_made == wi->wi_max)
		return (NULL);
	wf = malloc(sizeof(*wf));
	if (wf == NULL)
		err(1, "frame");
	wi->wi_made++;
	return (wf);
}

void
wire_drop(struct wire *wi, struct wire_frame *wf)
{
	wi->wi_free[wi->wi_nfree++] = wf;
}

static bool
before(const struct wire_frame *a, const struct wire_frame *b)
{
	if (a->wf_due != b->wf_due)
		return (a->wf_due < b->wf_due);
	return (a->wf_order < b->wf_order);
}

static void
swap(struct wire_frame **heap, size_t i, size_t j)
{
	struct wire_frame *wf = heap[i];

	heap[i] = heap[j];
	heap[j] = wf;
}

void
wire_put(struct wire *wi, struct wire_frame *wf)
{
	struct wire_frame **heap = wi->wi_heap;
	size_t i = wi->wi_count++;

	wf->wf_order = wi->wi_order++;
	heap[i] = wf;
	for (; i > 0 && before(heap[i], heap[(i - 1) / 2]); i = (i - 1) / 2)
		swap(heap, i, (i - 1) / 2);
}

struct wire_frame *
wire_first(struct wire *wi)
{
	return (wi->wi_count > 0 ? wi->wi_heap[0] : NULL);
}

struct wire_frame *
wire_take(struct wire *wi)
{
	struct wire_frame **heap = wi->wi_heap, *first = heap[0];
	size_t i = 0, child;

	heap[0] = heap[--wi->wi_count];
	while ((child = 2 * i + 1) < wi->wi_count) {
		if (child + 1 < wi->wi_count &&
		    before(heap[child + 1], heap[child]))
			child++;
		if (!before(heap[child], heap[i]))
			break;
		swap(heap, i, child);
		i = child;
	}
	return (first);
}
