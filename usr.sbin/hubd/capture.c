/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kern/ctl.h"
#include "kern/log.h"
#include "kern/spool.h"
#include "net/frame_filter.h"
#include "net/pcapng.h"

#include "capture.h"
#include "control.h"

/* In a spool, followed by the frame's bytes. */
struct record {
	uint64_t rc_time;		/* ns since 1970 */
	uint64_t rc_port;
	uint32_t rc_captured;
	uint32_t rc_length;
	bool rc_in;
	char rc_name[PORT_NAME_LEN];
};

/* A port that has a block in the file. */
struct interface {
	uint64_t if_port;
	uint64_t if_frames;
};

struct capture {
	struct job ca_job;		/* to the control thread: look */
	atomic_bool ca_posted;		/* the job, and it has not run */
	struct ctl_client *ca_client;
	uint32_t ca_hub;		/* its id, or 0 and */
	uint64_t ca_port;		/* the one port */
	uint32_t ca_snaplen;
	struct frame_filter *ca_filter;	/* NULL: all */
	struct spool ca_spool;
	/* Control thread only. */
	uint64_t ca_left;		/* frames */
	uint64_t ca_room;		/* bytes of the file */
	uint64_t ca_missed;		/* frames of ports without a block */
	struct interface *ca_ports;
	uint32_t ca_nports;
	bool ca_ending;
	unsigned int ca_workers;	/* that may still use it */
};

/* One worker's list entry; made and freed by the control thread. */
struct capture_ref {
	struct job cr_job;
	LIST_ENTRY(capture_ref) cr_entry;
	struct capture *cr_capture;
};
LIST_HEAD(capture_refs, capture_ref);

static _Thread_local struct capture_refs refs;
static unsigned int captures;

/*
 * The workers.
 */

static uint64_t
unix_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ((uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec);
}

static bool
wants(const struct capture *ca, const struct port *pt, const struct frame *f,
    bool in)
{
	if (ca->ca_hub != 0 ? !in || pt->pt_hub->h_id != ca->ca_hub :
			      pt->pt_number != ca->ca_port)
		return (false);
	return (ca->ca_filter == NULL ||
	    frame_filter_match(ca->ca_filter, f->f_data, f->f_len));
}

void
capture_frame(const struct port *pt, const struct frame *f, bool in)
{
	struct capture_ref *cr;
	struct record rc;

	LIST_FOREACH(cr, &refs, cr_entry) {
		struct capture *ca = cr->cr_capture;

		if (!wants(ca, pt, f, in))
			continue;
		memset(&rc, 0, sizeof(rc));
		rc.rc_time = unix_ns();
		rc.rc_port = pt->pt_number;
		rc.rc_length = f->f_len;
		rc.rc_captured =
		    f->f_len < ca->ca_snaplen ? f->f_len : ca->ca_snaplen;
		rc.rc_in = in;
		memcpy(rc.rc_name, pt->pt_name, sizeof(rc.rc_name));
		if (spool_put(&ca->ca_spool, &rc, sizeof(rc), f->f_data,
			rc.rc_captured) &&
		    !atomic_exchange(&ca->ca_posted, true))
			worker_post(&data.dt_worker[0], &ca->ca_job);
	}
}

static void
on_free(struct worker *w, struct job *j)
{
	struct capture_ref *cr = (struct capture_ref *)j;
	struct capture *ca = cr->cr_capture;

	(void)w;
	free(cr);
	if (--ca->ca_workers > 0)
		return;
	spool_fini(&ca->ca_spool);
	frame_filter_free(ca->ca_filter);
	free(ca->ca_ports);
	free(ca);
	captures--;
	atomic_fetch_sub(&data.dt_watched, 1);
}

/* On the worker: it looks no more. */
static void
on_remove(struct worker *w, struct job *j)
{
	struct capture_ref *cr = (struct capture_ref *)j, *mine;

	(void)w;
	LIST_FOREACH(mine, &refs, cr_entry)
		if (mine->cr_capture == cr->cr_capture)
			break;
	if (mine != NULL) {
		LIST_REMOVE(mine, cr_entry);
		free(mine);
	}
	cr->cr_job.j_run = on_free;
	worker_post(&data.dt_worker[0], &cr->cr_job);
}

static void
on_add(struct worker *w, struct job *j)
{
	struct capture_ref *cr = (struct capture_ref *)j;

	(void)w;
	LIST_INSERT_HEAD(&refs, cr, cr_entry);
}

/* Tell all workers; they get an entry each. */
static void
tell_workers(struct capture *ca, void (*run)(struct worker *, struct job *))
{
	struct capture_ref *cr;
	unsigned int i;

	for (i = 0; i < data.dt_nworkers; i++) {
		if ((cr = calloc(1, sizeof(*cr))) == NULL)
			fatal("calloc");
		cr->cr_capture = ca;
		cr->cr_job.j_run = run;
		worker_post(&data.dt_worker[i], &cr->cr_job);
	}
}

/*
 * The control thread.
 */

/* Into the file, if there is room for so much. */
static bool
add(struct capture *ca, const uint8_t *block, size_t len)
{
	if (len > ca->ca_room)
		return (false);
	ca->ca_room -= len;
	ctl_stream_add(ca->ca_client, block, len);
	return (true);
}

/* The number of a port's block, made if need be; -1 without room. */
static int
interface_of(struct capture *ca, const struct record *rc)
{
	uint8_t block[PCAPNG_SMALL];
	char name[PORT_NAME_LEN + 32];
	struct interface *ports;
	uint32_t i;

	for (i = 0; i < ca->ca_nports; i++)
		if (ca->ca_ports[i].if_port == rc->rc_port)
			return ((int)i);
	if (i == CAPTURE_PORTS ||
	    (ports = reallocarray(ca->ca_ports, i + 1, sizeof(*ports))) == NULL)
		return (-1);
	ca->ca_ports = ports;
	snprintf(name, sizeof(name), "%s, session %llu", rc->rc_name,
	    (unsigned long long)rc->rc_port);
	if (!add(ca, block,
		pcapng_interface(block, sizeof(block), name, ca->ca_snaplen)))
		return (-1);
	ports[i] = (struct interface){ .if_port = rc->rc_port };
	ca->ca_nports++;
	return ((int)i);
}

/* What the file must still have room for: its statistics. */
static uint64_t
reserved(const struct capture *ca)
{
	return ((ca->ca_nports + 1) * (uint64_t)PCAPNG_SMALL);
}

/* false at the file's end. */
static bool
write_record(struct capture *ca, const struct record *rc, const uint8_t *bytes)
{
	static uint8_t block[FRAME_MAX + PCAPNG_PACKET];
	struct pcapng_packet pp = { .pp_time = rc->rc_time,
		.pp_captured = rc->rc_captured,
		.pp_length = rc->rc_length,
		.pp_direction = rc->rc_in ? PCAPNG_IN : PCAPNG_OUT,
		.pp_data = bytes };
	size_t len = rc->rc_captured + PCAPNG_PACKET;
	int n;

	if (ca->ca_left == 0 || ca->ca_room < len + reserved(ca))
		return (false);
	if ((n = interface_of(ca, rc)) == -1) {
		ca->ca_missed++;
		return (true);
	}
	pp.pp_interface = (uint32_t)n;
	(void)add(ca, block, pcapng_packet(block, sizeof(block), &pp));
	ca->ca_ports[n].if_frames++;
	ca->ca_left--;
	return (true);
}

/* Dropped ones are not known by port: the first interface has them all. */
static void
write_statistics(struct capture *ca, uint64_t dropped)
{
	uint8_t block[PCAPNG_SMALL];
	uint64_t now = unix_ns();
	uint32_t i;

	for (i = 0; i < ca->ca_nports; i++) {
		const struct interface *ip = &ca->ca_ports[i];

		(void)add(ca, block,
		    pcapng_statistics(block, sizeof(block), i, now,
			ip->if_frames + (i == 0 ? dropped : 0),
			i == 0 ? dropped : 0));
	}
}

static void
finish(struct capture *ca, uint64_t dropped)
{
	ca->ca_ending = true;
	write_statistics(ca, dropped + ca->ca_missed);
	ctl_stream_end(ca->ca_client);
	ca->ca_client = NULL;
	tell_workers(ca, on_remove);
}

/* All that the spool has; no more is asked of it than the reader takes. */
static void
drain(struct capture *ca)
{
	struct record rc;
	uint64_t dropped;
	size_t len, at = 0;
	const uint8_t *p = spool_take(&ca->ca_spool, &len, &dropped);

	while (at < len) {
		memcpy(&rc, p + at, sizeof(rc));
		if (!write_record(ca, &rc, p + at + sizeof(rc))) {
			finish(ca, dropped);
			return;
		}
		at += spool_padded(sizeof(rc) + rc.rc_captured);
	}
	if (ca->ca_left == 0)
		finish(ca, dropped);
}

static void
on_spool(struct worker *w, struct job *j)
{
	struct capture *ca = (struct capture *)j;

	(void)w;
	atomic_store(&ca->ca_posted, false);
	if (!ca->ca_ending && ctl_stream_room(ca->ca_client))
		drain(ca);
}

static void
on_room(void *arg)
{
	drain(arg);
}

/* hubctl has had enough: what came until now, and the end. */
static void
on_over(void *arg)
{
	struct capture *ca = arg;
	uint64_t dropped;
	size_t len;

	drain(ca);
	if (ca->ca_ending)
		return;
	(void)spool_take(&ca->ca_spool, &len, &dropped);
	finish(ca, dropped);
}

/* A session by its number, or by its user who has but this one. */
static uint64_t
session_named(const char *who, const char **error)
{
	const struct session *se, *found = NULL;
	const char *fault;
	long long number = strtonum(who, 1, INT64_MAX, &fault);

	LIST_FOREACH(se, &sessions, se_entry) {
		if (fault == NULL && se->se_number == (uint64_t)number)
			return (se->se_number);
		if (strcmp(se->se_user, who) != 0)
			continue;
		if (found != NULL) {
			*error = "there are several sessions of that name; "
				 "give the number of one";
			return (0);
		}
		found = se;
	}
	if (found == NULL)
		*error = "no session or user is called that";
	return (found == NULL ? 0 : found->se_number);
}

/* What is to be captured; an error's text, or NULL. */
static const char *
take_subject(struct capture *ca, const char *kind, const char *name)
{
	const struct hub *h;
	const char *error = NULL;

	if (strcmp(kind, "session") == 0)
		ca->ca_port = session_named(name, &error);
	else if (strcmp(kind, "hub") != 0)
		error = "capture what? hub or session";
	else if ((h = hub_find(name)) == NULL)
		error = "no hub is called that";
	else
		ca->ca_hub = h->h_id;
	return (error);
}

static uint64_t
limit(const char *text, const char **error)
{
	const char *fault;
	long long n = strtonum(text, 0, INT64_MAX, &fault);

	if (fault != NULL)
		*error = "a limit is not a number";
	return (n == 0 ? UINT64_MAX : (uint64_t)n);
}

static const char *
take_request(struct capture *ca, char **argv)
{
	const char *error = take_subject(ca, argv[0], argv[1]);
	uint64_t snaplen;

	if (error != NULL)
		return (error);
	snaplen = limit(argv[2], &error);
	ca->ca_snaplen = snaplen < FRAME_MAX ? (uint32_t)snaplen : FRAME_MAX;
	ca->ca_left = limit(argv[3], &error);
	ca->ca_room = limit(argv[4], &error);
	if (error == NULL && strcmp(argv[5], "-") != 0 &&
	    (ca->ca_filter = frame_filter_parse(argv[5])) == NULL)
		error = "the filter is no valid program, too long, or loops";
	if (error == NULL && ca->ca_room < 2 * PCAPNG_SMALL)
		error = "so short a file has no room for frames";
	if (error == NULL && spool_init(&ca->ca_spool, CAPTURE_SPOOL) == -1)
		error = "out of memory";
	return (error);
}

void
capture(struct ctl_client *c, int argc, char **argv)
{
	uint8_t block[PCAPNG_SMALL];
	struct capture *ca;
	const char *error;

	if (argc != 6) {
		ctl_error(c, "capture hub|session NAME and its limits");
		return;
	}
	if (captures == CAPTURES || (ca = calloc(1, sizeof(*ca))) == NULL) {
		ctl_error(c, "%d captures run already", CAPTURES);
		return;
	}
	if ((error = take_request(ca, argv)) != NULL) {
		ctl_error(c, "%s", error);
		frame_filter_free(ca->ca_filter);
		free(ca);
		return;
	}
	captures++;
	ca->ca_job.j_run = on_spool;
	ca->ca_client = c;
	ca->ca_workers = data.dt_nworkers;
	ctl_stream(c, on_room, on_over, ca);
	(void)add(ca, block,
	    pcapng_section(block, sizeof(block), "Longwire hubd"));
	atomic_fetch_add(&data.dt_watched, 1);
	tell_workers(ca, on_add);
}
