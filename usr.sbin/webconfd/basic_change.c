/* SPDX-License-Identifier: ISC */
/*
 * basic_change: from the short form to the tree.  Only what the form shows
 * and the administrator changed is touched, so that what was set by file,
 * comments included, stays.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kern/conf.h"

#include "basic.h"
#include "invite.h"

void
basic_fault(struct change *ca, const char *name, const struct message *ms)
{
	field_say(ca->ca_out, name, ms);
	ca->ca_failed = true;
}

void
basic_no_memory(struct change *ca)
{
	static const struct message text = { "out of memory", NULL };

	basic_fault(ca, "", &text);
}

/* The typed value; several of the same name with a blank between. */
static void
typed(const struct change *ca, const char *name, char *out, size_t size)
{
	char key[KEY_SIZE];

	snprintf(key, sizeof(key), "f.%s", name);
	pairs_joined(ca->ca_in, key, out, size);
}

static void
typed_field(const struct change *ca, const struct field *fd, char *out,
    size_t size)
{
	char key[KEY_SIZE];

	snprintf(key, sizeof(key), "f.%s", fd->fd_name);
	field_typed(fd, ca->ca_in, key, out, size);
}

static bool
wanted(const struct change *ca, const struct field *fd)
{
	unsigned int part = fd->fd_flags & (FF_HUB | FF_OFFICE);

	return (part == 0 || (part & ca->ca_roles) != 0);
}

static void
check_field(struct change *ca, const struct field *fd)
{
	const struct message *ms;
	char value[LIST_SIZE];

	typed_field(ca, fd, value, sizeof(value));
	if ((ms = field_fault(fd, value)) != NULL)
		basic_fault(ca, fd->fd_name, ms);
	explicit_bzero(value, sizeof(value));
}

/* An office must have a password and a way to know the server. */
static void
check_office(struct change *ca)
{
	const struct conf *vnic = ca->ca_box.bx_slot[SLOT_VNIC];
	char value[LIST_SIZE];

	typed(ca, "vnic-password", value, sizeof(value));
	if (value[0] == '\0' &&
	    (vnic == NULL ||
		(!conf_has(vnic, "password") &&
		    !conf_has(vnic, "password-file"))))
		basic_fault(ca, "vnic-password", &field_needed);
	explicit_bzero(value, sizeof(value));
	typed(ca, "pin", value, sizeof(value));
	if (value[0] == '\0' && (vnic == NULL || !conf_has(vnic, "ca")))
		basic_fault(ca, "pin", &field_needed);
}

/* Without a port the box would lose the address that its bridge has. */
static void
check_ports(struct change *ca)
{
	static const struct message none = { "choose at least one",
		"1 つ以上選んでください。" };
	const struct conf *ifc = ca->ca_box.bx_slot[SLOT_INTERFACE];
	char value[LIST_SIZE];

	typed(ca, "port", value, sizeof(value));
	if (value[0] == '\0' &&
	    ((ca->ca_roles & FF_OFFICE) || ifc == NULL ||
		strcmp(conf_name(ifc), ca->ca_box.bx_bridge) == 0))
		basic_fault(ca, "port", &none);
}

/* The hub cannot listen where this form does. */
static void
check_listen(struct change *ca)
{
	static const struct message ours = {
		"this port belongs to the web form",
		"このポートは設定画面が使っています。"
	};
	char value[LIST_SIZE], host[LIST_SIZE], port[16], *p = value, *word;

	typed(ca, "listen", value, sizeof(value));
	while ((word = strsep(&p, " ,")) != NULL)
		if (schema_hostport(word, host, sizeof(host), port,
			sizeof(port)) == 0 &&
		    atoi(port) == ca->ca_parent->pa_port)
			basic_fault(ca, "listen", &ours);
}

static unsigned int
typed_role(struct change *ca)
{
	char value[LIST_SIZE];

	typed(ca, "role", value, sizeof(value));
	if (strcmp(value, "hub") == 0)
		return (FF_HUB);
	if (strcmp(value, "both") == 0)
		return (FF_HUB | FF_OFFICE);
	return (FF_OFFICE);
}

static void
check_fields(struct change *ca)
{
	const struct field *fd;

	for (fd = fields; fd->fd_name != NULL; fd++)
		if (wanted(ca, fd))
			check_field(ca, fd);
	if (ca->ca_roles & FF_OFFICE)
		check_office(ca);
	if (ca->ca_roles & FF_HUB)
		check_listen(ca);
	check_ports(ca);
	basic_uplink_check(ca);
}

/* All values of a list, separated by blanks or commas. */
static int
set_list(struct conf *cf, const char *key, char *value)
{
	char *p = value, *word;
	bool first = true;

	while ((word = strsep(&p, " ,")) != NULL) {
		if (*word == '\0')
			continue;
		if ((first ? conf_set(cf, key, word) :
			     conf_add(cf, key, word)) == -1)
			return (-1);
		first = false;
	}
	return (0);
}

/*
 * A form without the field leaves it alone; but what is ticked says by its
 * absence that it is not.
 */
static bool
sent(const struct change *ca, const struct field *fd)
{
	char key[KEY_SIZE];

	snprintf(key, sizeof(key), "f.%s", fd->fd_name);
	return ((fd->fd_flags & FF_CHOSEN) ||
	    field_row(fd)->sc_type == ST_BOOL ||
	    pairs_get(ca->ca_in, key) != NULL);
}

/* Put one field into its block, if it differs. */
static void
set_field(struct change *ca, const struct field *fd)
{
	struct conf *cf = ca->ca_box.bx_slot[fd->fd_slot];
	const struct schema *sc = field_row(fd);
	char value[LIST_SIZE], old[LIST_SIZE];
	int rv = 0;

	if (!sent(ca, fd))
		return;
	typed_field(ca, fd, value, sizeof(value));
	if ((sc->sc_flags & SF_SECRET) && value[0] == '\0')
		return;
	basic_value(cf, fd, old, sizeof(old));
	if (strcmp(value, old) == 0)
		return;
	if (value[0] == '\0')
		conf_remove(cf, fd->fd_key);
	else if (sc->sc_flags & SF_LIST)
		rv = set_list(cf, fd->fd_key, value);
	else
		rv = conf_set(cf, fd->fd_key, value);
	if (sc->sc_flags & SF_SECRET) {
		explicit_bzero(value, sizeof(value));
		explicit_bzero(old, sizeof(old));
	}
	if (rv == -1)
		basic_no_memory(ca);
}

struct conf *
basic_block(struct change *ca, struct conf *parent, const char *key,
    const char *name)
{
	struct conf *cf = NULL;

	if (parent != NULL)
		cf = conf_add_block(parent, key, name);
	if (cf == NULL)
		basic_no_memory(ca);
	return (cf);
}

static void
make_network(struct change *ca)
{
	struct box *bx = &ca->ca_box;
	struct conf *net = basic_child(bx->bx_root, "network", NULL);

	if (net == NULL)
		net = basic_block(ca, bx->bx_root, "network", NULL);
	if (bx->bx_slot[SLOT_BRIDGE] == NULL)
		bx->bx_slot[SLOT_BRIDGE] =
		    basic_block(ca, net, "bridge", bx->bx_bridge);
	if (bx->bx_slot[SLOT_INTERFACE] == NULL)
		bx->bx_slot[SLOT_INTERFACE] =
		    basic_block(ca, net, "interface", bx->bx_bridge);
}

static void
make_vnic(struct change *ca)
{
	struct box *bx = &ca->ca_box;
	struct conf *vnicd = basic_child(bx->bx_root, "vnicd", NULL);

	if (bx->bx_slot[SLOT_VNIC] != NULL)
		return;
	if (vnicd == NULL)
		vnicd = basic_block(ca, bx->bx_root, "vnicd", NULL);
	bx->bx_slot[SLOT_VNIC] = basic_block(ca, vnicd, "vnic", "office");
	if (bx->bx_slot[SLOT_VNIC] != NULL &&
	    conf_set(bx->bx_slot[SLOT_VNIC], "bridge", bx->bx_bridge) == -1)
		basic_no_memory(ca);
}

/* Blocks that the roles need, and not those of a role given up. */
static void
make_blocks(struct change *ca)
{
	struct box *bx = &ca->ca_box;

	if (bx->bx_slot[SLOT_SYSTEM] == NULL)
		bx->bx_slot[SLOT_SYSTEM] =
		    basic_block(ca, bx->bx_root, "system", NULL);
	make_network(ca);
	if (ca->ca_roles & FF_OFFICE)
		make_vnic(ca);
	else
		conf_remove(bx->bx_root, "vnicd");
	if ((ca->ca_roles & FF_HUB) == 0) {
		conf_remove(bx->bx_root, "hubd");
		bx->bx_slot[SLOT_HUBD] = bx->bx_hub = NULL;
	} else if (bx->bx_slot[SLOT_HUBD] == NULL)
		bx->bx_slot[SLOT_HUBD] =
		    basic_block(ca, bx->bx_root, "hubd", NULL);
}

/* The hub's name is that of its block. */
static void
set_hub(struct change *ca)
{
	struct box *bx = &ca->ca_box;
	char name[LIST_SIZE], *copy;

	typed_field(ca, field_find("hub-name"), name, sizeof(name));
	if (bx->bx_hub == NULL) {
		bx->bx_hub =
		    basic_block(ca, bx->bx_slot[SLOT_HUBD], "hub", name);
		return;
	}
	if (strcmp(conf_name(bx->bx_hub), name) == 0)
		return;
	if ((copy = strdup(name)) == NULL) {
		basic_no_memory(ca);
		return;
	}
	free(bx->bx_hub->cf_values[0]);
	bx->bx_hub->cf_values[0] = copy;
}

static void
set_hub_lan(struct change *ca)
{
	struct box *bx = &ca->ca_box;
	struct conf *port = basic_lan_port(bx);
	char value[LIST_SIZE];

	typed_field(ca, field_find("hub-lan"), value, sizeof(value));
	if (strcmp(value, "yes") != 0) {
		while ((port = basic_lan_port(bx)) != NULL)
			conf_free(port);
		return;
	}
	if (port != NULL)
		return;
	port = basic_block(ca, bx->bx_hub, "local-port",
	    basic_child(bx->bx_hub, "local-port", "lan") == NULL ?
		"lan" :
		bx->bx_bridge);
	if (port != NULL && conf_set(port, "bridge", bx->bx_bridge) == -1)
		basic_no_memory(ca);
}

/* Fields that an invitation fills in. */
static const struct {
	const char *field;
	const char *key;
} invited[] = {
	{ "f.server", "server" },
	{ "f.vnic-hub", "hub" },
	{ "f.vnic-user", "user" },
	{ "f.vnic-password", "password" },
	{ "f.pin", "pin" },
};

static bool
is_invited(const char *field)
{
	size_t i;

	for (i = 0; i < sizeof(invited) / sizeof(invited[0]); i++)
		if (strcmp(invited[i].field, field) == 0)
			return (true);
	return (false);
}

/* What was typed, with an invitation in place of the fields that it has. */
static void
take_invitation(struct change *ca, struct pairs *merged)
{
	static const struct message bad = {
		"this is no invitation, or not all of it",
		"招待の文字列ではないか、一部が欠けています。"
	};
	struct pairs in = { .pr_len = 0 };
	const char *text = pairs_str(ca->ca_in, "f.invitation"), *k, *v;
	size_t i, pos = 0;

	if (*text == '\0' || (ca->ca_roles & FF_OFFICE) == 0)
		return;
	if (!invite_parse(text, &in)) {
		basic_fault(ca, "invitation", &bad);
		return;
	}
	while (pairs_next(ca->ca_in, &pos, &k, &v))
		if (!is_invited(k))
			(void)pairs_add(merged, k, v);
	for (i = 0; i < sizeof(invited) / sizeof(invited[0]); i++)
		(void)pairs_add(merged, invited[i].field,
		    pairs_str(&in, invited[i].key));
	pairs_clear(&in);
	ca->ca_in = merged;
}

/* Whoever ticks that addresses stay local has no other side in mind. */
static void
set_side(struct change *ca)
{
	char value[LIST_SIZE];

	typed_field(ca, field_find("stay-local"), value, sizeof(value));
	if (strcmp(value, "yes") == 0)
		conf_remove(ca->ca_box.bx_slot[SLOT_VNIC], "addresses-from");
}

static int
change(struct change *ca)
{
	const struct field *fd;

	check_fields(ca);
	if (!ca->ca_failed || (ca->ca_roles & FF_HUB))
		make_blocks(ca);
	if (ca->ca_roles & FF_HUB) {
		set_hub(ca);
		/* so that their faults show together with the others */
		if (ca->ca_box.bx_hub != NULL)
			basic_users(ca);
	}
	if (ca->ca_failed)
		return (-1);
	for (fd = fields; fd->fd_name != NULL; fd++)
		if (fd->fd_slot != SLOT_NONE &&
		    (fd->fd_flags & FF_UPLINK) == 0 && wanted(ca, fd))
			set_field(ca, fd);
	basic_uplink_set(ca);
	if (ca->ca_roles & FF_OFFICE)
		set_side(ca);
	if (ca->ca_roles & FF_HUB)
		set_hub_lan(ca);
	return (ca->ca_failed ? -1 : 0);
}

int
basic_change(const struct parent *pa, struct conf *cf, const struct pairs *in,
    struct pairs *out)
{
	struct change ca = { .ca_parent = pa, .ca_in = in, .ca_out = out };
	struct pairs merged = { .pr_len = 0 };
	int rv;

	basic_find(cf, &ca.ca_box);
	ca.ca_roles = typed_role(&ca);
	take_invitation(&ca, &merged);
	rv = change(&ca);
	pairs_clear(&merged);
	return (rv);
}

/* The field whose entry is at fault, "" if the form has none. */
static const char *
field_at(const struct refusal *re)
{
	const char *block = strrchr(re->re_place, '/');
	size_t len;
	const struct field *fd;

	block = block == NULL ? re->re_place : block + 1;
	len = strcspn(block, ":");
	if (re->re_key[0] == '\0')
		return (strncmp(block, "hub:", 4) == 0 ? "hub-name" : "");
	for (fd = fields; fd->fd_name != NULL; fd++)
		if (fd->fd_slot != SLOT_NONE &&
		    strcmp(re->re_key, fd->fd_key) == 0 &&
		    strlen(slot_block(fd->fd_slot)) == len &&
		    strncmp(block, slot_block(fd->fd_slot), len) == 0)
			return (fd->fd_name);
	return ("");
}

void
basic_refused(const struct refusal *re, struct pairs *out)
{
	field_say(out, field_at(re), &re->re_message);
}
