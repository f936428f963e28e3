/* SPDX-License-Identifier: ISC */
/*
 * install: check a bundle, and bring it into the slot that does not run.
 *
 * The payload goes through one buffer, from the source to the partition, and
 * is hashed on its way.  That it arrived is decided by a hash of what is read
 * back from the disk.  A file is read through once before, so that one which is
 * not whole changes nothing; a stream cannot be, and costs the other slot.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "bundle.h"
#include "install.h"
#include "source.h"
#include "trust.h"

enum { CHUNK = 1 << 20 };	/* a multiple of SLOTS_BLOCK */

struct job {
	struct slots *jo_slots;
	const struct box *jo_box;
	struct source jo_source;
	struct bundle jo_bundle;
	int jo_parts[BUNDLE_PARTS];	/* of the other slot, open and locked */
	uint8_t *jo_buf;		/* CHUNK bytes, fit for direct reads */
	EVP_MD_CTX *jo_hash;
	const char *jo_phase;
	uint64_t jo_done;		/* bytes of the payload in this phase */
	int jo_percent;
	char jo_err[256];
};

static char
other_slot(const struct job *jo)
{
	return (bootstate_flip(jo->jo_slots->sl_running));
}

static void
phase(struct job *jo, const char *name)
{
	jo->jo_phase = name;
	jo->jo_done = 0;
	jo->jo_percent = -1;
}

/* Say how far the phase is. */
static void
progress(struct job *jo, size_t n)
{
	int percent;

	jo->jo_done += n;
	percent = (int)(jo->jo_done * 100 / bundle_payload(&jo->jo_bundle));
	if (percent == jo->jo_percent)
		return;
	jo->jo_percent = percent;
	printf("progress %s %d\n", jo->jo_phase, percent);
	fflush(stdout);
}

static int
fail(struct job *jo, const char *what, const char *why)
{
	snprintf(jo->jo_err, sizeof(jo->jo_err), "%s: %s", what, why);
	return (-1);
}

/*
 * The header, by somebody whom the box trusts.  Nothing else of it counts
 * before that is known.
 */
static int
read_header(struct job *jo)
{
	struct source *so = &jo->jo_source;
	struct bundle *bu = &jo->jo_bundle;
	char why[128];
	struct trust *tr;
	const char *key;

	if (source_head(so, jo->jo_err, sizeof(jo->jo_err)) == -1)
		return (-1);
	so->so_at = so->so_len;
	if (so->so_len < SOURCE_HEAD &&
	    source_end(so, jo->jo_err, sizeof(jo->jo_err)) == -1)
		return (-1);
	if (bundle_parse(so->so_head, so->so_len, bu, why, sizeof(why)) == -1)
		return (fail(jo, so->so_name, why));
	so->so_at = bu->bu_header;
	if ((tr = trust_load(jo->jo_box->bx_keys, jo->jo_err,
		 sizeof(jo->jo_err))) == NULL)
		return (-1);
	key = trust_verify(tr, bu, so->so_head, why, sizeof(why));
	if (key == NULL)
		fail(jo, so->so_name, why);
	else if (version_compare(bu->bu_version, trust_lowest(tr)) < 0) {
		fail(jo, bu->bu_version, "versions this old were revoked");
		key = NULL;
	} else
		printf("version %s\nsigned-by %s\n", bu->bu_version, key);
	trust_free(tr);
	return (key != NULL ? 0 : -1);
}

/* Whether this bundle is for this box. */
static int
fits_box(struct job *jo, bool older)
{
	const struct bundle *bu = &jo->jo_bundle;
	const struct box *bx = jo->jo_box;

	if (strcmp(bu->bu_target, bx->bx_target) != 0) {
		snprintf(jo->jo_err, sizeof(jo->jo_err),
		    "this bundle is for %s, and the box is %s", bu->bu_target,
		    bx->bx_target);
		return (-1);
	}
	if (version_compare(bx->bx_version, bu->bu_minimum) < 0) {
		snprintf(jo->jo_err, sizeof(jo->jo_err),
		    "the box runs %s, and the bundle needs %s: upgrade to "
		    "that first",
		    bx->bx_version, bu->bu_minimum);
		return (-1);
	}
	if (!older && version_compare(bu->bu_version, bx->bx_version) < 0) {
		snprintf(jo->jo_err, sizeof(jo->jo_err),
		    "%s is older than %s, which runs; -D installs it all the "
		    "same",
		    bu->bu_version, bx->bx_version);
		return (-1);
	}
	return (0);
}

/* Open the other slot's partitions, and see that the parts have room. */
static int
open_parts(struct job *jo)
{
	const char *name;
	off_t room;
	int i;

	for (i = 0; i < BUNDLE_PARTS; i++) {
		name = bundle_part_names[i];
		jo->jo_parts[i] = slots_part(jo->jo_slots, name, other_slot(jo),
		    O_RDWR, jo->jo_err, sizeof(jo->jo_err));
		if (jo->jo_parts[i] == -1)
			return (-1);
		if ((room = slots_part_size(jo->jo_parts[i])) == -1)
			return (fail(jo, name, strerror(errno)));
		if (jo->jo_bundle.bu_parts[i].bp_size > (uint64_t)room) {
			snprintf(jo->jo_err, sizeof(jo->jo_err),
			    "%s is too large: %" PRIu64
			    " bytes, and its partition has %lld",
			    name, jo->jo_bundle.bu_parts[i].bp_size,
			    (long long)room);
			return (-1);
		}
	}
	return (0);
}

/* A disk that is full is noticed before anything is overwritten. */
static int
reserve_parts(struct job *jo)
{
	off_t size;
	int i;

	for (i = 0; i < BUNDLE_PARTS; i++) {
		size = (off_t)jo->jo_bundle.bu_parts[i].bp_size;
		if (slots_reserve(jo->jo_parts[i], size) == -1)
			return (fail(jo, bundle_part_names[i],
			    strerror(errno)));
	}
	return (0);
}

static int
hash_is(struct job *jo, const struct bundle_part *bp)
{
	uint8_t sum[EVP_MAX_MD_SIZE];

	return (EVP_DigestFinal_ex(jo->jo_hash, sum, NULL) == 1 &&
	    memcmp(sum, bp->bp_hash, BUNDLE_HASH) == 0);
}

/* A part from the source, through the hash, and into fd (-1: nowhere). */
static int
take_part(struct job *jo, int i, int fd)
{
	const struct bundle_part *bp = &jo->jo_bundle.bu_parts[i];
	uint64_t left = bp->bp_size;
	size_t want;
	ssize_t n;

	if (EVP_DigestInit_ex(jo->jo_hash, EVP_sha256(), NULL) != 1)
		return (fail(jo, "SHA-256", "failed"));
	for (; left > 0; left -= (size_t)n) {
		want = left < CHUNK ? (size_t)left : CHUNK;
		n = source_read(&jo->jo_source, jo->jo_buf, want, jo->jo_err,
		    sizeof(jo->jo_err));
		if (n == -1)
			return (-1);
		if ((size_t)n < want)
			return (fail(jo, jo->jo_source.so_name,
			    "ends before all of it has come"));
		if (EVP_DigestUpdate(jo->jo_hash, jo->jo_buf, want) != 1)
			return (fail(jo, "SHA-256", "failed"));
		if (fd != -1 && slots_write_full(fd, jo->jo_buf, want) == -1)
			return (fail(jo, bundle_part_names[i],
			    strerror(errno)));
		progress(jo, want);
	}
	if (!hash_is(jo, bp))
		return (fail(jo, bundle_part_names[i],
		    "is damaged: its hash is not what was signed"));
	return (0);
}

static int
take_parts(struct job *jo, bool write)
{
	int i;

	for (i = 0; i < BUNDLE_PARTS; i++)
		if (take_part(jo, i, write ? jo->jo_parts[i] : -1) == -1)
			return (-1);
	return (source_end(&jo->jo_source, jo->jo_err, sizeof(jo->jo_err)));
}

/* A part as the disk has it. */
static int
read_back(struct job *jo, int i)
{
	const struct bundle_part *bp = &jo->jo_bundle.bu_parts[i];
	const char *name = bundle_part_names[i];
	uint64_t left = bp->bp_size;
	int fd = jo->jo_parts[i];
	size_t use;
	ssize_t n;

	if (fsync(fd) == -1 || lseek(fd, 0, SEEK_SET) == -1)
		return (fail(jo, name, strerror(errno)));
	slots_direct(fd);
	if (EVP_DigestInit_ex(jo->jo_hash, EVP_sha256(), NULL) != 1)
		return (fail(jo, "SHA-256", "failed"));
	for (; left > 0; left -= use) {
		n = slots_read_full(fd, jo->jo_buf, CHUNK);
		use = left < CHUNK ? (size_t)left : CHUNK;
		if (n < (ssize_t)use)
			return (fail(jo, name,
			    n == -1 ? strerror(errno) : "cannot be read back"));
		if (EVP_DigestUpdate(jo->jo_hash, jo->jo_buf, use) != 1)
			return (fail(jo, "SHA-256", "failed"));
		progress(jo, use);
	}
	if (!hash_is(jo, bp))
		return (fail(jo, name,
		    "the disk does not keep what is written to it"));
	return (0);
}

static int
read_all_back(struct job *jo)
{
	int i;

	phase(jo, "reading-back");
	for (i = 0; i < BUNDLE_PARTS; i++)
		if (read_back(jo, i) == -1)
			return (-1);
	return (0);
}

/*
 * Take the lock that one install holds to its end; and no slot is overwritten
 * that may be needed.
 */
static int
may_begin(struct job *jo)
{
	struct slots *sl = jo->jo_slots;
	int rv = INSTALL_REFUSED;

	if (flock(jo->jo_parts[BUNDLE_BOOT], LOCK_EX | LOCK_NB) == -1) {
		fail(jo, "busy", "another upgrade is being installed");
		return (INSTALL_BUSY);
	}
	if (slots_open(sl, jo->jo_err, sizeof(jo->jo_err)) == -1)
		rv = INSTALL_REFUSED;
	else if (!sl->sl_known ||
	    (sl->sl_state.bs_slot == sl->sl_running && sl->sl_state.bs_trial))
		fail(jo, "not now",
		    "the version that runs has not come up as a whole yet");
	else
		rv = INSTALL_DONE;
	slots_close(sl);
	return (rv);
}

/* The other slot is not to be booted from here on. */
static int
begin(struct job *jo)
{
	struct slots *sl = jo->jo_slots;
	struct bootstate to;
	int rv;

	if ((rv = slots_open(sl, jo->jo_err, sizeof(jo->jo_err))) == 0) {
		to = bootstate_begin(&sl->sl_state, sl->sl_running);
		rv = slots_write(sl, &to, jo->jo_err, sizeof(jo->jo_err));
	}
	if (rv == 0)
		rv = slots_set_label(sl, other_slot(jo), "", 0, jo->jo_err,
		    sizeof(jo->jo_err));
	slots_close(sl);
	return (rv);
}

/* All is there: it is to be tried. */
static int
commit(struct job *jo)
{
	struct slots *sl = jo->jo_slots;
	struct bootstate to;
	int rv;

	if ((rv = slots_open(sl, jo->jo_err, sizeof(jo->jo_err))) == 0)
		rv = slots_set_label(sl, other_slot(jo), jo->jo_source.so_head,
		    jo->jo_bundle.bu_header, jo->jo_err, sizeof(jo->jo_err));
	if (rv == 0)
		rv =
		    slots_set_note(sl, '-', "", jo->jo_err, sizeof(jo->jo_err));
	if (rv == 0) {
		to = bootstate_try(&sl->sl_state);
		rv = slots_write(sl, &to, jo->jo_err, sizeof(jo->jo_err));
	}
	slots_close(sl);
	return (rv);
}

/* A source that can be read again is read through first. */
static int
verify_first(struct job *jo)
{
	if (!jo->jo_source.so_again)
		return (0);
	phase(jo, "verifying");
	if (take_parts(jo, false) == -1)
		return (-1);
	return (source_back(&jo->jo_source, (off_t)jo->jo_bundle.bu_header,
	    jo->jo_err, sizeof(jo->jo_err)));
}

/* Without a place to write to: what can be said of a bundle. */
static int
check_only(struct job *jo)
{
	phase(jo, "verifying");
	return (take_parts(jo, false) == -1 ? INSTALL_REFUSED : INSTALL_DONE);
}

static int
check_and_write(struct job *jo)
{
	int rv;

	if (open_parts(jo) == -1)
		return (INSTALL_REFUSED);
	if ((rv = may_begin(jo)) != INSTALL_DONE)
		return (rv);
	if (verify_first(jo) == -1 || reserve_parts(jo) == -1)
		return (INSTALL_REFUSED);
	if (begin(jo) == -1)
		return (INSTALL_FAILED);
	phase(jo, "writing");
	if (take_parts(jo, true) == -1 || read_all_back(jo) == -1 ||
	    commit(jo) == -1)
		return (INSTALL_FAILED);
	printf("installed %s in slot %c\n", jo->jo_bundle.bu_version,
	    other_slot(jo));
	return (INSTALL_DONE);
}

static int
open_job(struct job *jo, const char *name)
{
	void *p;
	int i;

	for (i = 0; i < BUNDLE_PARTS; i++)
		jo->jo_parts[i] = -1;
	if (posix_memalign(&p, SLOTS_BLOCK, CHUNK) != 0)
		return (fail(jo, name, "out of memory"));
	jo->jo_buf = p;
	if ((jo->jo_hash = EVP_MD_CTX_new()) == NULL)
		return (fail(jo, name, "out of memory"));
	return (source_open(&jo->jo_source, name, jo->jo_err,
	    sizeof(jo->jo_err)));
}

static void
close_job(struct job *jo)
{
	int i;

	for (i = 0; i < BUNDLE_PARTS; i++)
		if (jo->jo_parts[i] != -1)
			close(jo->jo_parts[i]);
	source_close(&jo->jo_source);
	EVP_MD_CTX_free(jo->jo_hash);
	free(jo->jo_buf);
}

int
install(struct slots *sl, const struct box *bx, const char *name, bool write,
    bool older)
{
	struct job jo = {
		.jo_slots = sl,
		.jo_box = bx,
		.jo_source = { .so_fd = -1 },
	};
	int rv = INSTALL_REFUSED;

	if (open_job(&jo, name) == 0 && read_header(&jo) == 0 &&
	    fits_box(&jo, older) == 0)
		rv = write ? check_and_write(&jo) : check_only(&jo);
	close_job(&jo);
	if (rv == INSTALL_FAILED)
		warnx("%s; the other slot holds nothing whole now, and is "
		      "not booted",
		    jo.jo_err);
	else if (rv != INSTALL_DONE)
		warnx("%s; nothing was changed", jo.jo_err);
	return (rv);
}
