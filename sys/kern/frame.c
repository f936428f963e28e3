/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "kern/frame.h"

/* The sizes of buffers, and how many of each a thread keeps. */
static const struct frame_class {
	uint32_t fc_cap;
	unsigned int fc_keep;
} classes[] = { { FRAME_SMALL_MAX, 512 }, { FRAME_JUMBO_MAX, 64 },
	{ FRAME_LARGE_MAX, 32 }, { FRAME_MAX, 16 } };

enum { CLASSES = sizeof(classes) / sizeof(classes[0]) };

struct pool {
	struct frame *p_free;
	unsigned int p_count;
};

static _Atomic size_t frame_limit = 64 << 20;
static _Atomic size_t frame_bytes;

static _Thread_local struct pool pools[CLASSES];

/* The smallest class that takes len bytes, len <= FRAME_MAX. */
static unsigned int
class_of(size_t len)
{
	unsigned int i = 0;

	while (classes[i].fc_cap < len)
		i++;
	return (i);
}

static size_t
frame_size(uint32_t cap)
{
	return (sizeof(struct frame) + FRAME_HEADROOM + cap + FRAME_TAILROOM);
}

void
frame_set_limit(size_t bytes)
{
	atomic_store(&frame_limit, bytes);
}

size_t
frame_memory(void)
{
	return (atomic_load_explicit(&frame_bytes, memory_order_relaxed));
}

size_t
frame_room(void)
{
	size_t used = frame_memory();
	size_t limit = atomic_load_explicit(&frame_limit, memory_order_relaxed);

	return (used < limit ? limit - used : 0);
}

static struct frame *
frame_new(uint32_t cap)
{
	size_t size = frame_size(cap);
	struct frame *f = NULL;

	if (atomic_fetch_add(&frame_bytes, size) + size <=
	    atomic_load_explicit(&frame_limit, memory_order_relaxed))
		f = malloc(size);
	if (f == NULL) {
		atomic_fetch_sub(&frame_bytes, size);
		return (NULL);
	}
	f->f_cap = cap;
	return (f);
}

static void
frame_destroy(struct frame *f)
{
	atomic_fetch_sub(&frame_bytes, frame_size(f->f_cap));
	free(f);
}

struct frame *
frame_alloc(size_t len)
{
	unsigned int class;
	struct pool *p;
	struct frame *f;

	if (len == 0 || len > FRAME_MAX)
		return (NULL);
	class = class_of(len);
	p = &pools[class];
	if ((f = p->p_free) != NULL) {
		p->p_free = f->f_next;
		p->p_count--;
	} else {
		f = frame_new(classes[class].fc_cap);
		if (f == NULL)
			return (NULL);
	}
	f->f_next = NULL;
	atomic_init(&f->f_refs, 1);
	f->f_len = (uint32_t)len;
	f->f_data = f->f_buf + FRAME_HEADROOM;
	memset(&f->f_offload, 0, sizeof(f->f_offload));
	f->f_twice = 0;
	return (f);
}

struct frame *
frame_ref(struct frame *f)
{
	atomic_fetch_add_explicit(&f->f_refs, 1, memory_order_relaxed);
	return (f);
}

void
frame_free(struct frame *f)
{
	unsigned int class;
	struct pool *p;

	if (f == NULL)
		return;
	/* the only reference needs no bus lock to be given back */
	if (atomic_load_explicit(&f->f_refs, memory_order_acquire) != 1 &&
	    atomic_fetch_sub_explicit(&f->f_refs, 1, memory_order_acq_rel) != 1)
		return;
	class = class_of(f->f_cap);
	p = &pools[class];
	if (p->p_count >= classes[class].fc_keep) {
		frame_destroy(f);
		return;
	}
	f->f_next = p->p_free;
	p->p_free = f;
	p->p_count++;
}

struct frame *
frame_copy(const struct frame *f)
{
	struct frame *n = frame_alloc(f->f_len);

	if (n == NULL)
		return (NULL);
	memcpy(n->f_data, f->f_data, f->f_len);
	n->f_offload = f->f_offload;
	n->f_twice = f->f_twice;
	return (n);
}

struct frame *
frame_own(struct frame *f)
{
	struct frame *own;

	if (atomic_load(&f->f_refs) == 1)
		return (f);
	own = frame_copy(f);
	frame_free(f);
	return (own);
}

static void
pool_drain(struct pool *p)
{
	struct frame *f;

	while ((f = p->p_free) != NULL) {
		p->p_free = f->f_next;
		frame_destroy(f);
	}
	p->p_count = 0;
}

void
frame_pool_drain(void)
{
	unsigned int i;

	for (i = 0; i < CLASSES; i++)
		pool_drain(&pools[i]);
}

int
frameq_init(struct frameq *fq, uint32_t frames, uint32_t bytes)
{
	uint32_t size = 1;

	while (size < frames && size < (UINT32_C(1) << 20))
		size <<= 1;
	memset(fq, 0, sizeof(*fq));
	fq->fq_ring = calloc(size, sizeof(*fq->fq_ring));
	if (fq->fq_ring == NULL)
		return (-1);
	fq->fq_size = size;
	fq->fq_max_bytes = bytes;
	return (0);
}

void
frameq_fini(struct frameq *fq)
{
	struct frame *f;

	while ((f = frameq_get(fq)) != NULL)
		frame_free(f);
	free(fq->fq_ring);
	memset(fq, 0, sizeof(*fq));
}

uint32_t
frame_charge(const struct frame *f)
{
	return (f->f_cap > FRAME_SMALL_MAX ? f->f_cap : f->f_len);
}

uint32_t
frameq_len(const struct frameq *fq)
{
	return (fq->fq_tail - fq->fq_head);
}

struct frame *
frameq_get(struct frameq *fq)
{
	struct frame *f;

	if (fq->fq_head == fq->fq_tail)
		return (NULL);
	f = fq->fq_ring[fq->fq_head++ & (fq->fq_size - 1)];
	fq->fq_bytes -= frame_charge(f);
	return (f);
}

unsigned int
frameq_put(struct frameq *fq, struct frame *f)
{
	unsigned int dropped = 0;

	/* A frame larger than the whole queue still passes an empty one. */
	while (frameq_len(fq) > 0 &&
	    (frameq_len(fq) == fq->fq_size ||
		fq->fq_bytes + frame_charge(f) > fq->fq_max_bytes)) {
		frame_free(frameq_get(fq));
		dropped++;
	}
	fq->fq_ring[fq->fq_tail++ & (fq->fq_size - 1)] = f;
	fq->fq_bytes += frame_charge(f);
	fq->fq_dropped += dropped;
	return (dropped);
}
