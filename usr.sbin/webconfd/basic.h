/* SPDX-License-Identifier: ISC */
/*
 * basic: the short form, between its files.  Run by the parent.
 */
#ifndef WEBCONFD_BASIC_H
#define WEBCONFD_BASIC_H

#include <net/if.h>

#include "field.h"
#include "parent.h"

enum { NAME_SIZE = 64, KEY_SIZE = 72, LIST_SIZE = 1100 };

/* The blocks that the form is about; NULL where the settings lack one. */
struct box {
	struct conf *bx_root;
	struct conf *bx_slot[SLOTS];
	struct conf *bx_hub;
	char bx_bridge[IF_NAMESIZE];	/* its name, even if not there */
};

struct change {
	const struct parent *ca_parent;
	const struct pairs *ca_in;
	struct pairs *ca_out;
	struct box ca_box;
	unsigned int ca_roles;		/* FF_HUB, FF_OFFICE */
	bool ca_failed;
};

/* basic.c */
void basic_find(struct conf *cf, struct box *bx);
/* The block `key` below cf, the first or the one with that name. */
struct conf *basic_child(struct conf *cf, const char *key, const char *name);
/* The first of the hub's local ports that are on the bridge. */
struct conf *basic_lan_port(const struct box *bx);
/*
 * All values of a key below cf with a blank between, none of which they
 * contain; its default; or what the form suggests.
 */
void basic_value(const struct conf *cf, const struct field *fd, char *out,
    size_t size);

/* basic_change.c */
void basic_fault(struct change *ca, const char *name, const struct message *ms);
void basic_no_memory(struct change *ca);
/* A new block below parent; NULL, with a fault, without memory or parent. */
struct conf *basic_block(struct change *ca, struct conf *parent,
    const char *key, const char *name);

/* basic_user.c: users of the hub, removed, changed and added */
void basic_users(struct change *ca);

/* basic_uplink.c: an Internet connection by VLAN or PPPoE */
/* Its slots of bx, which are below net. */
void basic_uplink_find(struct conf *net, struct box *bx);
/* The block whose port is that of the box; NULL without such a connection. */
const struct conf *basic_uplink_port(const struct box *bx);
void basic_uplink_check(struct change *ca);
void basic_uplink_set(struct change *ca);

#endif
