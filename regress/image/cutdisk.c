/* SPDX-License-Identifier: ISC */
/*
 * cutdisk: a disk whose power was cut at some moment of a log of writes.
 */
#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cutdisk.h"

const char *const loss_names[LOSSES] = { "none lost", "some lost",
	"the last torn", "some lost, reordered, torn" };

/* What was there before a write. */
struct saved {
	struct saved *sa_next;
	uint64_t sa_at;
	size_t sa_len;
	uint8_t sa_data[];
};

/* A write, or what is left of it: len bytes from the byte `from` on. */
struct piece {
	const struct wl_write *pi_write;
	size_t pi_from, pi_len;
};

/* Numbers that look random, the same on every machine: splitmix64. */
static uint64_t
random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return (z ^ (z >> 31));
}

static size_t
random_below(uint64_t *state, size_t n)
{
	return (n > 0 ? (size_t)(random_next(state) % n) : 0);
}

static void
add_cut(struct cutlist *cl, struct cut cu)
{
	size_t have = cl->cl_count;

	/* doubled each time that it is full */
	if ((have & (have - 1)) == 0)
		cl->cl_cuts = reallocarray(cl->cl_cuts,
		    have == 0 ? 1 : 2 * have, sizeof(cu));
	if (cl->cl_cuts == NULL)
		err(1, "cuts");
	cu.cu_chosen = true;
	cl->cl_cuts[cl->cl_count++] = cu;
}

struct cutlist
cut_list(const struct writelog *wl, uint64_t first, bool flushes)
{
	const struct wl_write *w = wl->wl_writes;
	struct cutlist cl = { 0 };
	struct cut cu = { 0 };
	size_t i;
	int k;

	while (cu.cu_first < wl->wl_count && w[cu.cu_first].wl_entry < first)
		cu.cu_first++;
	for (i = cu.cu_first; i < wl->wl_count; i++) {
		if (i == cu.cu_first ||
		    (flushes && w[i].wl_epoch != w[i - 1].wl_epoch)) {
			cu = (struct cut){ .cu_first = i,
				.cu_epoch = cl.cl_epochs++ };
			add_cut(&cl, cu);
		}
		cu.cu_count++;
		for (k = 0; k < LOSSES * CUT_ROUNDS; k++) {
			cu.cu_loss = (enum loss)(k % LOSSES);
			if (k < LOSSES || cu.cu_loss != LOSS_NONE)
				add_cut(&cl, cu);
		}
	}
	return (cl);
}

/* One more cut of an epoch, by chance; false if all of it are chosen. */
static bool
choose_one(struct cut *cuts, size_t count, uint64_t *random)
{
	size_t at = random_below(random, count), i;

	for (i = 0; i < count; i++, at = (at + 1) % count)
		if (!cuts[at].cu_chosen)
			return (cuts[at].cu_chosen = true);
	return (false);
}

void
cut_choose(struct cutlist *cl, size_t count, uint64_t seed)
{
	size_t i, n, left = count < cl->cl_count ? count : cl->cl_count;
	struct cut *cuts = cl->cl_cuts;

	if (left == cl->cl_count)
		return;
	for (i = 0; i < cl->cl_count; i++)
		cuts[i].cu_chosen = false;
	while (left > 0)
		for (i = 0; i < cl->cl_count && left > 0; i += n) {
			for (n = 0; i + n < cl->cl_count &&
			     cuts[i + n].cu_epoch == cuts[i].cu_epoch;
			     n++)
				;
			left -= choose_one(cuts + i, n, &seed);
		}
}

size_t
cut_spread(const struct cutlist *cl, size_t k, size_t count)
{
	size_t epoch, i, n;

	/* every other one by bytes written, so to say, and by flushes */
	i = (2 * k + 1) * cl->cl_count / (2 * count);
	if (k % 2 == 0)
		return (i);
	epoch = (2 * k + 1) * cl->cl_epochs / (2 * count);
	for (i = 0; cl->cl_cuts[i].cu_epoch < epoch; i++)
		;
	for (n = i; n < cl->cl_count && cl->cl_cuts[n].cu_epoch == epoch; n++)
		;
	return ((i + n) / 2);
}

void
cutdisk_open(struct cutdisk *cd, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *p;

	if (fd == -1 || fstat(fd, &st) == -1)
		err(1, "%s", path);
	p = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE,
	    fd, 0);
	if (p == MAP_FAILED)
		err(1, "%s", path);
	close(fd);
	*cd = (struct cutdisk){ .cd_mem = p, .cd_size = (size_t)st.st_size };
}

static void
put(struct cutdisk *cd, uint64_t at, const uint8_t *data, size_t len)
{
	if (cd->cd_changes != NULL)
		cd->cd_changes(cd->cd_arg, at, len);
	memcpy(cd->cd_mem + at, data, len);
}

/* Mix what is left of write number i into a number; FNV-1a, by words. */
static uint64_t
mix(uint64_t sum, size_t i, const struct piece *pi)
{
	const uint64_t words[] = { i, pi->pi_from, pi->pi_len };
	size_t k;

	for (k = 0; k < sizeof(words) / sizeof(words[0]); k++)
		sum = (sum ^ words[k]) * 0x100000001b3ULL;
	return (sum);
}

/* Into the disk, until cutdisk_undo(). */
static void
put_piece(struct cutdisk *cd, const struct piece *pi)
{
	uint64_t at = pi->pi_write->wl_at + pi->pi_from;
	struct saved *sa;

	if ((sa = malloc(sizeof(*sa) + pi->pi_len)) == NULL)
		err(1, "cut");
	sa->sa_at = at;
	sa->sa_len = pi->pi_len;
	memcpy(sa->sa_data, cd->cd_mem + at, pi->pi_len);
	sa->sa_next = cd->cd_saved;
	cd->cd_saved = sa;
	put(cd, at, pi->pi_write->wl_data + pi->pi_from, pi->pi_len);
}

void
cutdisk_undo(struct cutdisk *cd)
{
	struct saved *sa;

	while ((sa = cd->cd_saved) != NULL) {
		put(cd, sa->sa_at, sa->sa_data, sa->sa_len);
		cd->cd_saved = sa->sa_next;
		free(sa);
	}
}

static void
check_fits(const struct cutdisk *cd, const struct wl_write *w)
{
	if (w->wl_at > cd->cd_size || w->wl_len > cd->cd_size - w->wl_at)
		errx(1, "entry %zu: not on this disk", (size_t)w->wl_entry);
}

/*
 * Tear it: some sectors at its beginning or end are there, of a single sector
 * some bytes.
 */
static void
tear(struct piece *pi, uint64_t *random)
{
	size_t unit = pi->pi_len > WRITELOG_SECTOR ? WRITELOG_SECTOR : 1;
	size_t keep = unit * random_below(random, pi->pi_len / unit);

	if (random_next(random) % 2 == 0)
		pi->pi_from = pi->pi_len - keep;
	pi->pi_len = keep;
}

/* What became of write number i of a cut's. */
static void
lose(struct piece *pi, size_t i, const struct cut *cu, uint64_t *random)
{
	switch (cu->cu_loss) {
	case LOSS_DROPPED:
		if (random_next(random) % 2 == 0)
			pi->pi_len = 0;
		break;
	case LOSS_TORN:
		if (i == cu->cu_count - 1)
			tear(pi, random);
		break;
	case LOSS_MIXED:
		if (random_next(random) % 4 == 0)
			pi->pi_len = 0;
		else if (random_next(random) % 4 == 0)
			tear(pi, random);
		break;
	default:
		break;
	}
}

static void
shuffle(struct piece *pieces, size_t count, uint64_t *random)
{
	struct piece swap;
	size_t i, j;

	for (i = count; i > 1; i--) {
		j = random_below(random, i);
		swap = pieces[i - 1];
		pieces[i - 1] = pieces[j];
		pieces[j] = swap;
	}
}

uint64_t
cutdisk_cut(struct cutdisk *cd, const struct writelog *wl, const struct cut *cu,
    uint64_t seed, uint64_t number)
{
	uint64_t random = seed ^ (number << 20), sum = 0xcbf29ce484222325ULL;
	const struct wl_write *w;
	struct piece *pieces;
	size_t i;

	for (; cd->cd_flushed < cu->cu_first; cd->cd_flushed++) {
		w = &wl->wl_writes[cd->cd_flushed];
		check_fits(cd, w);
		put(cd, w->wl_at, w->wl_data, w->wl_len);
	}
	if ((pieces = calloc(cu->cu_count + 1, sizeof(*pieces))) == NULL)
		err(1, "cut");
	for (i = 0; i < cu->cu_count; i++) {
		w = &wl->wl_writes[cu->cu_first + i];
		check_fits(cd, w);
		pieces[i] =
		    (struct piece){ .pi_write = w, .pi_len = w->wl_len };
		lose(&pieces[i], i, cu, &random);
	}
	if (cu->cu_loss == LOSS_MIXED)
		shuffle(pieces, cu->cu_count, &random);
	for (i = 0; i < cu->cu_count; i++) {
		if (pieces[i].pi_len == 0)
			continue;
		sum = mix(sum, (size_t)(pieces[i].pi_write - wl->wl_writes),
		    &pieces[i]);
		put_piece(cd, &pieces[i]);
	}
	free(pieces);
	return (sum);
}
