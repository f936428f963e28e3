/* SPDX-License-Identifier: ISC */
/*
 * basic_uplink: the short form's fields of an Internet connection by VLAN or
 * PPPoE, or both: one port, a number and a user.  They become a block vlan, a
 * block pppoe on it, or, without a user, an interface that gets its address
 * there by DHCP.
 */
#include <stdio.h>
#include <string.h>

#include "kern/conf.h"

#include "basic.h"

static const char vlan_name[] = "wan", pppoe_name[] = "ppp0";

/* What the fields say; the password is not kept. */
struct uplink {
	char up_port[LIST_SIZE];
	char up_tag[LIST_SIZE];
	char up_user[LIST_SIZE];
	bool up_password;
};

const struct conf *
basic_uplink_port(const struct box *bx)
{
	return (bx->bx_slot[SLOT_VLAN] != NULL ? bx->bx_slot[SLOT_VLAN] :
						 bx->bx_slot[SLOT_PPPOE]);
}

void
basic_uplink_find(struct conf *net, struct box *bx)
{
	struct conf *pppoe = basic_child(net, "pppoe", NULL);
	const char *port = pppoe == NULL ? vlan_name : conf_str(pppoe, "port");

	bx->bx_slot[SLOT_PPPOE] = pppoe;
	bx->bx_slot[SLOT_VLAN] =
	    port == NULL ? NULL : basic_child(net, "vlan", port);
}

static void
typed(const struct change *ca, const char *name, char *out, size_t size)
{
	char key[KEY_SIZE];

	snprintf(key, sizeof(key), "f.%s", name);
	field_typed(field_find(name), ca->ca_in, key, out, size);
}

static void
read_fields(const struct change *ca, struct uplink *up)
{
	typed(ca, "uplink-port", up->up_port, sizeof(up->up_port));
	typed(ca, "uplink-vlan", up->up_tag, sizeof(up->up_tag));
	typed(ca, "pppoe-user", up->up_user, sizeof(up->up_user));
	up->up_password = *pairs_str(ca->ca_in, "f.pppoe-password") != 0;
}

/* Whether the port is ticked as one of the LAN. */
static bool
is_lan(const struct change *ca, const char *port)
{
	char ticked[LIST_SIZE], padded[LIST_SIZE + 2], word[LIST_SIZE + 2];

	typed(ca, "port", ticked, sizeof(ticked));
	snprintf(padded, sizeof(padded), " %s ", ticked);
	snprintf(word, sizeof(word), " %s ", port);
	return (strstr(padded, word) != NULL);
}

void
basic_uplink_check(struct change *ca)
{
	static const struct message how = {
		"a user name or a VLAN number is wanted, too",
		"ユーザー名か VLAN 番号も入力してください。"
	};
	static const struct message lan = {
		"this port is ticked as one of the LAN",
		"このポートは LAN 側に選ばれています。"
	};
	const struct conf *old = ca->ca_box.bx_slot[SLOT_PPPOE];
	struct uplink up;

	read_fields(ca, &up);
	if (up.up_port[0] == '\0') {
		if (up.up_tag[0] != '\0' || up.up_user[0] != '\0')
			basic_fault(ca, "uplink-port", &field_needed);
		return;
	}
	if (up.up_tag[0] == '\0' && up.up_user[0] == '\0')
		basic_fault(ca, "uplink-port", &how);
	else if (up.up_tag[0] == '\0' && is_lan(ca, up.up_port))
		basic_fault(ca, "uplink-port", &lan);
	if (up.up_user[0] != '\0' && !up.up_password && old == NULL)
		basic_fault(ca, "pppoe-password", &field_needed);
}

/* The block of a slot, made if there is none; with a fault if it cannot be. */
static struct conf *
wanted_block(struct change *ca, struct conf *net, enum slot slot,
    const char *name)
{
	struct conf **cf = &ca->ca_box.bx_slot[slot];

	if (*cf == NULL)
		*cf = basic_block(ca, net, slot_block(slot), name);
	return (*cf);
}

static void
set(struct change *ca, struct conf *cf, const char *key, const char *value)
{
	const char *old = cf == NULL ? NULL : conf_str(cf, key);

	if (cf != NULL && (old == NULL || strcmp(old, value) != 0) &&
	    conf_set(cf, key, value) == -1)
		basic_no_memory(ca);
}

static void
drop(struct change *ca, enum slot slot)
{
	conf_free(ca->ca_box.bx_slot[slot]);
	ca->ca_box.bx_slot[slot] = NULL;
}

/* The carrier's own addresses: by DHCP, or none where PPPoE has them. */
static void
set_carrier(struct change *ca, struct conf *net, const char *name, bool dhcp)
{
	struct conf *cf = basic_child(net, "interface", name);

	if (!dhcp)
		conf_free(cf);
	else if (cf == NULL)
		set(ca, basic_block(ca, net, "interface", name), "address",
		    "dhcp");
}

static void
set_pppoe(struct change *ca, struct conf *net, const char *carrier,
    const struct uplink *up)
{
	struct conf *cf = wanted_block(ca, net, SLOT_PPPOE, pppoe_name);

	set(ca, cf, "port", carrier);
	set(ca, cf, "user", up->up_user);
	if (up->up_password)
		set(ca, cf, "password",
		    pairs_str(ca->ca_in, "f.pppoe-password"));
}

/* Takes away what the fields say no more. */
static void
clear(struct change *ca, struct conf *net, const struct uplink *up)
{
	const struct conf *vlan = ca->ca_box.bx_slot[SLOT_VLAN];

	if (up->up_user[0] == '\0')
		drop(ca, SLOT_PPPOE);
	if (up->up_tag[0] == '\0' && vlan != NULL) {
		set_carrier(ca, net, conf_name(vlan), false);
		drop(ca, SLOT_VLAN);
	}
}

void
basic_uplink_set(struct change *ca)
{
	struct conf *net = basic_child(ca->ca_box.bx_root, "network", NULL);
	struct conf *vlan;
	struct uplink up;

	/* a form without these fields leaves all alone */
	if (pairs_get(ca->ca_in, "f.uplink-port") == NULL)
		return;
	read_fields(ca, &up);
	clear(ca, net, &up);
	if (up.up_tag[0] != '\0') {
		vlan = wanted_block(ca, net, SLOT_VLAN, vlan_name);
		set(ca, vlan, "port", up.up_port);
		set(ca, vlan, "tag", up.up_tag);
		if (vlan != NULL)
			set_carrier(ca, net, conf_name(vlan),
			    up.up_user[0] == '\0');
	}
	vlan = ca->ca_box.bx_slot[SLOT_VLAN];
	if (up.up_user[0] != '\0')
		set_pppoe(ca, net, vlan == NULL ? up.up_port : conf_name(vlan),
		    &up);
}
