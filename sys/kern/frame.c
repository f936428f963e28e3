/* SPDX-License-Identifier: ISC */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "kern/frame.h"

/*
 * The sizes of buffers.  A thread keeps up to two stacks of each, and what it
 * has more than that goes to the shared shelf, a whole stack at a time: where
 * one thread receives and another sends, buffers come back by it.  Going by
 * malloc instead, of memory that another thread frees, cost a tenth of the
 * hub's time, most of it for pages given back and wanted again.
 */
static const struct frame_class {
	uint32_t fc_cap;
	unsigned int fc_stack;
} classes[] = { { FRAME_SMALL_MAX, 256 }, { FRAME_JUMBO_MAX, 32 },
	{ FRAME_LARGE_MAX, 16 }, { FRAME_MAX, 8 } };

enum { CLASSES = sizeof(classes) / sizeof(classes[0]), SHELF = 2 };

struct pool {
	struct frame *p_free;	/* a stack in use */
	unsigned int p_count;
	struct frame *p_full;	/* another, full; or NULL */
};

static struct {
	pthread_mutex_t sh_mutex;
	struct frame *sh_full[CLASSES][SHELF];
	unsigned int sh_count[CLASSES];
} shelf = { .sh_mutex = PTHREAD_MUTEX_INITIALIZER };

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

static void
stack_destroy(struct frame *f)
{
	struct frame *next;

	for (; f != NULL; f = next) {
		next = f->f_next;
		frame_destroy(f);
	}
}

/* A full stack for the shelf, which may have no room for it. */
static void
shelf_put(unsigned int class, struct frame *f)
{
	pthread_mutex_lock(&shelf.sh_mutex);
	if (shelf.sh_count[class] < SHELF) {
		shelf.sh_full[class][shelf.sh_count[class]++] = f;
		f = NULL;
	}
	pthread_mutex_unlock(&shelf.sh_mutex);
	stack_destroy(f);
}

/* A full stack, or NULL. */
static struct frame *
shelf_get(unsigned int class)
{
	struct frame *f = NULL;

	pthread_mutex_lock(&shelf.sh_mutex);
	if (shelf.sh_count[class] > 0)
		f = shelf.sh_full[class][--shelf.sh_count[class]];
	pthread_mutex_unlock(&shelf.sh_mutex);
	return (f);
}

/* The stack in use is empty: take a full one, if there is any. */
static void
pool_fill(unsigned int class)
{
	struct pool *p = &pools[class];

	p->p_free = p->p_full != NULL ? p->p_full : shelf_get(class);
	p->p_full = NULL;
	if (p->p_free != NULL)
		p->p_count = classes[class].fc_stack;
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
	if (p->p_free == NULL)
		pool_fill(class);
	if ((f = p->p_free) != NULL) {
		p->p_free = f->f_next;
		p->p_count--;
	} else {
		if ((f = frame_new(classes[class].fc_cap)) == NULL) {
			/* others may be lying about, of other sizes */
			frame_pool_drain();
			f = frame_new(classes[class].fc_cap);
		}
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
	if (p->p_count == classes[class].fc_stack) {
		if (p->p_full != NULL)
			shelf_put(class, p->p_full);
		p->p_full = p->p_free;
		p->p_free = NULL;
		p->p_count = 0;
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

void
frame_pool_drain(void)
{
	struct frame *f;
	unsigned int i;

	for (i = 0; i < CLASSES; i++) {
		stack_destroy(pools[i].p_free);
		stack_destroy(pools[i].p_full);
		pools[i] = (struct pool){ .p_count = 0 };
		while ((f = shelf_get(i)) != NULL)
			stack_destroy(f);
	}
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
