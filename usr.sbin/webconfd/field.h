/* SPDX-License-Identifier: ISC */
/*
 * field: what the form has, as rows of the schema.  The parent finds their
 * places in the settings, the http process draws them.
 */
#ifndef WEBCONFD_FIELD_H
#define WEBCONFD_FIELD_H

#include "kern/schema.h"

#include "pairs.h"

/* The block that a field's key stands in. */
enum slot {
	SLOT_NONE,		/* no single entry: settings.c knows */
	SLOT_SYSTEM,		/* system */
	SLOT_BRIDGE,		/* the first bridge of network */
	SLOT_INTERFACE,		/* the interface that has the box's address */
	SLOT_HUBD,		/* hubd */
	SLOT_VNIC,		/* the first vnic of vnicd */
	SLOT_VLAN,		/* the VLAN of the Internet connection */
	SLOT_PPPOE,		/* the first pppoe of network */
	SLOTS
};

enum section { SECTION_ROLE, SECTION_BOX, SECTION_HUB, SECTION_OFFICE };

enum {
	FF_HUB = 0x1,		/* belongs to the hub's part */
	FF_OFFICE = 0x2,	/* belongs to the office's part */
	FF_NEEDED = 0x4,	/* may not be empty */
	FF_CHOSEN = 0x8,	/* its values are chosen from a list */
	FF_UPLINK = 0x10	/* basic_uplink.c puts it where it belongs */
};

struct field {
	const char *fd_name;		/* in the form */
	enum section fd_section;
	enum slot fd_slot;
	const char *fd_key;
	const struct schema *fd_own;	/* without slot: a row of its own */
	unsigned int fd_flags;
	const char *fd_suggest;		/* where the settings say nothing */
};

extern const struct field fields[];	/* ended by a NULL name */
/* Rows of parts of the form that are no fields of the table. */
extern const struct schema row_user_name;
extern const struct schema row_user_password;
extern const struct schema row_admin_password;
extern const struct schema row_code;

/* Key of the block in the settings. */
const char *slot_block(enum slot slot);
const struct schema *field_row(const struct field *fd);
const struct field *field_find(const char *name);
/*
 * What in has of the field under this key: all values with a blank between;
 * an unticked box, which is not sent at all, is "no"; without the blanks
 * around what was pasted.
 */
void field_typed(const struct field *fd, const struct pairs *in,
    const char *key, char *out, size_t size);
/* What is wrong with a value as typed, of a list with all of it; or NULL. */
const struct message *field_fault(const struct field *fd, const char *value);
extern const struct message field_needed;
/*
 * "e.NAME" and, where there is a Japanese text, "j.NAME" in out: what is wrong
 * with NAME.  The first one counts.
 */
void field_say(struct pairs *out, const char *name, const struct message *ms);
/* The row that a form has for a secret, which may be kept as a hash. */
const struct schema *field_secret(const struct schema *sc);

#endif
