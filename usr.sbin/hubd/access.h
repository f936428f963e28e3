/* SPDX-License-Identifier: ISC */
/*
 * access: a hub's access list (net/acl.h): from the settings to what ports
 * ask, and its counters.  A list is never changed once made; a reload that
 * changes a rule makes a new one, whose unchanged rules count on.
 *
 * Lists and views are made on the control thread.  A port owns one view, used
 * and freed by its worker; that holds a reference to the list.
 */
#ifndef HUBD_ACCESS_H
#define HUBD_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct access;
struct access_view;
struct conf;
struct frame;
struct inspect;

/*
 * The hub's list: `old`, with its reference, if its rules are the same.
 * Consumes old, which may be NULL; NULL: the hub has no rules.
 */
struct access *access_make(const struct conf *hub, struct access *old);
void access_unref(struct access *as);

/* The rules about sessions of a user; user NULL: a local port.  NULL: none. */
struct access_view *access_view_new(struct access *as, const char *user,
    const char *group);
void access_view_free(struct access_view *av);
/* Whether there is any rule for a direction; av may be NULL. */
bool access_judges(const struct access_view *av, bool out);
/* Whether the frame passes, counted for the worker. */
bool access_passes(const struct access_view *av, bool out, unsigned int worker,
    const struct frame *f, const struct inspect *in);

/* For hubctl show: rule n as it is asked; false behind the last. */
struct access_row {
	const char *aw_name;
	unsigned int aw_order;
	bool aw_drop;
	const char *aw_direction;
	uint64_t aw_frames, aw_bytes;
};
bool access_row(const struct access *as, size_t n, struct access_row *aw);

#endif
