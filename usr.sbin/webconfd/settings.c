/* SPDX-License-Identifier: ISC */
/*
 * settings: from the tree of a longwire.txt(5) to the form and back.  Only
 * what the form shows and the administrator changed is touched, so that what
 * was set by file, comments included, stays.
 */
#include <dirent.h>
#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/auth.h"
#include "kern/conf.h"
#include "kern/generation.h"
#include "kern/log.h"

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

static const char needed[] = "this must be filled in";

/* The block `key` below cf, the first or the one with that name. */
static struct conf *
child(struct conf *cf, const char *key, const char *name)
{
	struct conf *c;

	if (cf == NULL)
		return (NULL);
	TAILQ_FOREACH(c, &cf->cf_children, cf_entry)
		if (strcmp(c->cf_key, key) == 0 &&
		    (name == NULL || strcmp(conf_name(c), name) == 0))
			break;
	return (c);
}

static void
box_find(struct conf *cf, struct box *bx)
{
	struct conf *net = child(cf, "network", NULL);
	struct conf *hubd = child(cf, "hubd", NULL), *bridge;

	memset(bx, 0, sizeof(*bx));
	bx->bx_root = cf;
	bx->bx_slot[SLOT_SYSTEM] = child(cf, "system", NULL);
	bx->bx_slot[SLOT_BRIDGE] = bridge = child(net, "bridge", NULL);
	strlcpy(bx->bx_bridge, bridge == NULL ? "br0" : conf_name(bridge),
	    sizeof(bx->bx_bridge));
	bx->bx_slot[SLOT_INTERFACE] = child(net, "interface", bx->bx_bridge);
	if (bx->bx_slot[SLOT_INTERFACE] == NULL)
		bx->bx_slot[SLOT_INTERFACE] = child(net, "interface", NULL);
	bx->bx_slot[SLOT_HUBD] = hubd;
	bx->bx_slot[SLOT_VNIC] = child(child(cf, "vnicd", NULL), "vnic", NULL);
	if (hubd == NULL)
		return;
	bx->bx_hub = child(hubd, "hub", conf_str(hubd, "default-hub"));
	if (bx->bx_hub == NULL)
		bx->bx_hub = child(hubd, "hub", NULL);
}

struct conf *
settings_load(const struct parent *pa, int *n, char *err, size_t size)
{
	struct conf_error ce;
	struct conf *cf;

	if ((*n = generation_current(pa->pa_cfg)) == -1) {
		snprintf(err, size, "%s: the settings cannot be read",
		    pa->pa_cfg);
		return (NULL);
	}
	if (*n > 0)
		return (generation_load(pa->pa_cfg, *n, err, size));
	if ((cf = conf_parse("settings", "", 0, &ce)) == NULL ||
	    conf_check(cf, schema_box, "settings", &ce) == -1) {
		conf_error_format(&ce, err, size);
		conf_free(cf);
		return (NULL);
	}
	return (cf);
}

/*
 * All values of a key below cf with a blank between, none of which they
 * contain; its default; or what the form suggests.
 */
static void
value_of(const struct conf *cf, const struct field *fd, char *out, size_t size)
{
	const struct schema *sc = field_row(fd);
	const struct conf *c = NULL;

	out[0] = '\0';
	if (cf == NULL) {
		strlcpy(out, fd->fd_suggest, size);
		return;
	}
	while ((c = conf_next(cf, fd->fd_key, c)) != NULL) {
		if (out[0] != '\0')
			strlcat(out, " ", size);
		strlcat(out, c->cf_values[0], size);
	}
	if (out[0] == '\0' && sc->sc_default != NULL)
		strlcpy(out, sc->sc_default, size);
}

/* Local ports of the hub that are on the bridge. */
static struct conf *
lan_port(const struct box *bx)
{
	const char *name;
	struct conf *c;

	if (bx->bx_hub == NULL)
		return (NULL);
	TAILQ_FOREACH(c, &bx->bx_hub->cf_children, cf_entry) {
		if (strcmp(c->cf_key, "local-port") != 0)
			continue;
		name = conf_str(c, "bridge");
		if (name != NULL && strcmp(name, bx->bx_bridge) == 0)
			break;
	}
	return (c);
}

static const char *
role_of(const struct box *bx)
{
	bool hub = bx->bx_slot[SLOT_HUBD] != NULL;
	bool office = bx->bx_slot[SLOT_VNIC] != NULL;

	return (hub && office ? "both" : hub ? "hub" : "office");
}

static void
describe_field(const struct box *bx, const struct field *fd, struct pairs *out)
{
	const struct conf *cf = bx->bx_slot[fd->fd_slot];
	char name[NAME_SIZE], value[LIST_SIZE];

	if (fd->fd_slot == SLOT_NONE)
		return;
	if (field_row(fd)->sc_flags & SF_SECRET) {
		snprintf(name, sizeof(name), "has.%s", fd->fd_name);
		if (cf != NULL && conf_has(cf, fd->fd_key))
			(void)pairs_add(out, name, "yes");
		return;
	}
	snprintf(name, sizeof(name), "v.%s", fd->fd_name);
	value_of(cf, fd, value, sizeof(value));
	(void)pairs_add(out, name, value);
}

/* Cables can be plugged in: no loopback, bridge, tap or other soft thing. */
static bool
is_nic(const struct parent *pa, const char *name)
{
	char path[PATH_MAX], text[16] = "";
	FILE *fp;

	if (name[0] == '.' || strlen(name) >= IF_NAMESIZE)
		return (false);
	snprintf(path, sizeof(path), "%s/%s/bridge", pa->pa_net, name);
	if (access(path, F_OK) == 0)
		return (false);
	snprintf(path, sizeof(path), "%s/%s/tun_flags", pa->pa_net, name);
	if (access(path, F_OK) == 0)
		return (false);
	snprintf(path, sizeof(path), "%s/%s/type", pa->pa_net, name);
	if ((fp = fopen(path, "re")) == NULL)
		return (false);
	if (fgets(text, sizeof(text), fp) == NULL)
		text[0] = '\0';
	fclose(fp);
	return (strcmp(text, "1\n") == 0);
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return (strverscmp((*a)->d_name, (*b)->d_name));
}

static void
describe_nics(const struct parent *pa, const struct box *bx, struct pairs *out)
{
	const struct conf *c = NULL, *bridge = bx->bx_slot[SLOT_BRIDGE];
	struct dirent **list;
	int i, n = scandir(pa->pa_net, &list, NULL, by_name), count = 0;

	for (i = 0; i < n; i++) {
		if (count < WEB_NIC_MAX && is_nic(pa, list[i]->d_name)) {
			(void)pairs_add(out, "nic", list[i]->d_name);
			count++;
		}
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	while (bridge != NULL && (c = conf_next(bridge, "port", c)) != NULL)
		if (!pairs_has(out, "nic", c->cf_values[0]))
			(void)pairs_add(out, "nic-absent", c->cf_values[0]);
}

static void
describe_users(const struct box *bx, struct pairs *out)
{
	const struct conf *c = NULL;
	unsigned int n = 0, more = 0;

	while (bx->bx_hub != NULL &&
	    (c = conf_next(bx->bx_hub, "user", c)) != NULL) {
		if (n == WEB_USERS_MAX) {
			more++;
			continue;
		}
		(void)pairs_add(out, "user", conf_name(c));
		n++;
	}
	if (more > 0)
		(void)pairs_addf(out, "users-more", "%u", more);
}

void
settings_describe(const struct parent *pa, struct conf *cf, struct pairs *out)
{
	const struct field *fd;
	struct box bx;

	box_find(cf, &bx);
	(void)pairs_add(out, "v.role", role_of(&bx));
	for (fd = fields; fd->fd_name != NULL; fd++)
		describe_field(&bx, fd, out);
	(void)pairs_add(out, "v.hub-lan",
	    bx.bx_hub == NULL || lan_port(&bx) != NULL ? "yes" : "no");
	(void)pairs_add(out, "interface",
	    bx.bx_slot[SLOT_INTERFACE] == NULL ?
		bx.bx_bridge :
		conf_name(bx.bx_slot[SLOT_INTERFACE]));
	(void)pairs_add(out, "bridge", bx.bx_bridge);
	if (bx.bx_hub != NULL)
		(void)pairs_add(out, "v.hub-name", conf_name(bx.bx_hub));
	describe_users(&bx, out);
	describe_nics(pa, &bx, out);
}

/*
 * From the form to the tree.
 */

struct change {
	const struct parent *ca_parent;
	const struct pairs *ca_in;
	struct pairs *ca_out;
	struct box ca_box;
	unsigned int ca_roles;		/* FF_HUB, FF_OFFICE */
	bool ca_failed;
};

static void
fault(struct change *ca, const char *name, const char *text)
{
	char key[KEY_SIZE];

	snprintf(key, sizeof(key), "e.%s", name);
	if (pairs_get(ca->ca_out, key) == NULL)
		(void)pairs_add(ca->ca_out, key, text);
	ca->ca_failed = true;
}

static void
no_memory(struct change *ca)
{
	fault(ca, "", "out of memory");
}

/* The typed value; several of the same name with a blank between. */
static void
typed(const struct change *ca, const char *name, char *out, size_t size)
{
	const char *k, *v;
	size_t pos = 0;

	out[0] = '\0';
	while (pairs_next(ca->ca_in, &pos, &k, &v)) {
		if (strncmp(k, "f.", 2) != 0 || strcmp(k + 2, name) != 0 ||
		    *v == '\0')
			continue;
		if (out[0] != '\0')
			strlcat(out, " ", size);
		strlcat(out, v, size);
	}
}

/* As typed() by a field's type: an unticked box is not sent at all. */
static void
typed_field(const struct change *ca, const struct field *fd, char *out,
    size_t size)
{
	char *end;

	typed(ca, fd->fd_name, out, size);
	if (field_row(fd)->sc_type == ST_BOOL && out[0] == '\0')
		strlcpy(out, "no", size);
	if (field_row(fd)->sc_flags & SF_SECRET)
		return;
	/* blanks around what was pasted */
	memmove(out, out + strspn(out, " "),
	    strlen(out + strspn(out, " ")) + 1);
	for (end = out + strlen(out); end > out && end[-1] == ' '; end--)
		end[-1] = '\0';
}

static bool
wanted(const struct change *ca, const struct field *fd)
{
	unsigned int part = fd->fd_flags & (FF_HUB | FF_OFFICE);

	return (part == 0 || (part & ca->ca_roles) != 0);
}

/* One value against the schema. */
static void
check_one(struct change *ca, const struct field *fd, const char *value)
{
	const char *text = schema_value(field_row(fd), value, NULL);

	if (text != NULL)
		fault(ca, fd->fd_name, text);
}

static void
check_field(struct change *ca, const struct field *fd)
{
	const struct schema *sc = field_row(fd);
	char value[LIST_SIZE], *p = value, *word;

	typed_field(ca, fd, value, sizeof(value));
	if (value[0] == '\0') {
		if (fd->fd_flags & FF_NEEDED)
			fault(ca, fd->fd_name, needed);
		return;
	}
	if ((sc->sc_flags & SF_LIST) == 0) {
		check_one(ca, fd, value);
		return;
	}
	while ((word = strsep(&p, " ,")) != NULL)
		if (*word != '\0')
			check_one(ca, fd, word);
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
		fault(ca, "vnic-password", needed);
	explicit_bzero(value, sizeof(value));
	typed(ca, "pin", value, sizeof(value));
	if (value[0] == '\0' && (vnic == NULL || !conf_has(vnic, "ca")))
		fault(ca, "pin", needed);
}

/* Without a port the box would lose the address that its bridge has. */
static void
check_ports(struct change *ca)
{
	const struct conf *ifc = ca->ca_box.bx_slot[SLOT_INTERFACE];
	char value[LIST_SIZE];

	typed(ca, "port", value, sizeof(value));
	if (value[0] == '\0' &&
	    ((ca->ca_roles & FF_OFFICE) || ifc == NULL ||
		strcmp(conf_name(ifc), ca->ca_box.bx_bridge) == 0))
		fault(ca, "port", "choose at least one");
}

/* The hub cannot listen where this form does. */
static void
check_listen(struct change *ca)
{
	char value[LIST_SIZE], host[LIST_SIZE], port[16], *p = value, *word;

	typed(ca, "listen", value, sizeof(value));
	while ((word = strsep(&p, " ,")) != NULL)
		if (schema_hostport(word, host, sizeof(host), port,
			sizeof(port)) == 0 &&
		    atoi(port) == ca->ca_parent->pa_port)
			fault(ca, "listen",
			    "this port belongs to the web form");
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

/* Put one field into its block, if it differs. */
static void
set_field(struct change *ca, const struct field *fd)
{
	struct conf *cf = ca->ca_box.bx_slot[fd->fd_slot];
	const struct schema *sc = field_row(fd);
	char value[LIST_SIZE], old[LIST_SIZE];
	int rv = 0;

	typed_field(ca, fd, value, sizeof(value));
	if ((sc->sc_flags & SF_SECRET) && value[0] == '\0')
		return;
	value_of(cf, fd, old, sizeof(old));
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
		no_memory(ca);
}

static struct conf *
make_block(struct change *ca, struct conf *parent, const char *key,
    const char *name)
{
	struct conf *cf = NULL;

	if (parent != NULL)
		cf = conf_add_block(parent, key, name);
	if (cf == NULL)
		no_memory(ca);
	return (cf);
}

static void
make_network(struct change *ca)
{
	struct box *bx = &ca->ca_box;
	struct conf *net = child(bx->bx_root, "network", NULL);

	if (net == NULL)
		net = make_block(ca, bx->bx_root, "network", NULL);
	if (bx->bx_slot[SLOT_BRIDGE] == NULL)
		bx->bx_slot[SLOT_BRIDGE] =
		    make_block(ca, net, "bridge", bx->bx_bridge);
	if (bx->bx_slot[SLOT_INTERFACE] == NULL)
		bx->bx_slot[SLOT_INTERFACE] =
		    make_block(ca, net, "interface", bx->bx_bridge);
}

static void
make_vnic(struct change *ca)
{
	struct box *bx = &ca->ca_box;
	struct conf *vnicd = child(bx->bx_root, "vnicd", NULL);

	if (bx->bx_slot[SLOT_VNIC] != NULL)
		return;
	if (vnicd == NULL)
		vnicd = make_block(ca, bx->bx_root, "vnicd", NULL);
	bx->bx_slot[SLOT_VNIC] = make_block(ca, vnicd, "vnic", "office");
	if (bx->bx_slot[SLOT_VNIC] != NULL &&
	    conf_set(bx->bx_slot[SLOT_VNIC], "bridge", bx->bx_bridge) == -1)
		no_memory(ca);
}

/* Blocks that the roles need, and not those of a role given up. */
static void
make_blocks(struct change *ca)
{
	struct box *bx = &ca->ca_box;

	if (bx->bx_slot[SLOT_SYSTEM] == NULL)
		bx->bx_slot[SLOT_SYSTEM] =
		    make_block(ca, bx->bx_root, "system", NULL);
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
		    make_block(ca, bx->bx_root, "hubd", NULL);
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
		    make_block(ca, bx->bx_slot[SLOT_HUBD], "hub", name);
		return;
	}
	if (strcmp(conf_name(bx->bx_hub), name) == 0)
		return;
	if ((copy = strdup(name)) == NULL) {
		no_memory(ca);
		return;
	}
	free(bx->bx_hub->cf_values[0]);
	bx->bx_hub->cf_values[0] = copy;
}

static void
set_hub_lan(struct change *ca)
{
	struct box *bx = &ca->ca_box;
	struct conf *port = lan_port(bx);
	char value[LIST_SIZE];

	typed_field(ca, field_find("hub-lan"), value, sizeof(value));
	if (strcmp(value, "yes") != 0) {
		while ((port = lan_port(bx)) != NULL)
			conf_free(port);
		return;
	}
	if (port != NULL)
		return;
	port = make_block(ca, bx->bx_hub, "local-port",
	    child(bx->bx_hub, "local-port", "lan") == NULL ? "lan" :
							     bx->bx_bridge);
	if (port != NULL && conf_set(port, "bridge", bx->bx_bridge) == -1)
		no_memory(ca);
}

/* "f.user.N.what" or "f.new.N.what" */
static const char *
user_value(const struct change *ca, const char *kind, unsigned int n,
    const char *what)
{
	char key[KEY_SIZE];

	snprintf(key, sizeof(key), "f.%s.%u.%s", kind, n, what);
	return (pairs_str(ca->ca_in, key));
}

static void
user_fault(struct change *ca, const char *kind, unsigned int n,
    const char *what, const char *text)
{
	char name[NAME_SIZE];

	snprintf(name, sizeof(name), "%s.%u.%s", kind, n, what);
	fault(ca, name, text);
}

/* A typed password as the string that is kept; false if it does not fit. */
static bool
set_user_password(struct change *ca, struct conf *user, const char *kind,
    unsigned int n)
{
	const char *password = user_value(ca, kind, n, "password"), *text;
	char string[PASSWORD_STRLEN];
	bool ok;

	if ((text = schema_value(&row_user_password, password, NULL)) != NULL) {
		user_fault(ca, kind, n, "password", text);
		return (false);
	}
	ok = password_make(password, string) == 0 &&
	    conf_set(user, "password", string) == 0;
	if (!ok)
		no_memory(ca);
	explicit_bzero(string, sizeof(string));
	return (ok);
}

static void
set_old_user(struct change *ca, unsigned int n)
{
	struct conf *user =
	    child(ca->ca_box.bx_hub, "user", user_value(ca, "user", n, "name"));

	if (user == NULL)
		return;
	if (strcmp(user_value(ca, "user", n, "remove"), "yes") == 0)
		conf_free(user);
	else if (*user_value(ca, "user", n, "password") != '\0')
		(void)set_user_password(ca, user, "user", n);
}

static void
set_new_user(struct change *ca, unsigned int n)
{
	const char *name = user_value(ca, "new", n, "name"), *text;
	struct conf *user;

	if (*name == '\0') {
		if (*user_value(ca, "new", n, "password") != '\0')
			user_fault(ca, "new", n, "name", needed);
		return;
	}
	if ((text = schema_value(&row_user_name, name, NULL)) != NULL)
		user_fault(ca, "new", n, "name", text);
	else if (child(ca->ca_box.bx_hub, "user", name) != NULL)
		user_fault(ca, "new", n, "name",
		    "there is a user of this name");
	else if (*user_value(ca, "new", n, "password") == '\0')
		user_fault(ca, "new", n, "password", needed);
	else if ((user = make_block(ca, ca->ca_box.bx_hub, "user", name)) !=
	    NULL)
		(void)set_user_password(ca, user, "new", n);
}

static void
set_users(struct change *ca)
{
	unsigned int n;

	for (n = 0; n < WEB_USERS_MAX; n++)
		if (*user_value(ca, "user", n, "name") != '\0')
			set_old_user(ca, n);
	for (n = 0; n < WEB_USERS_NEW; n++)
		set_new_user(ca, n);
}

int
settings_change(const struct parent *pa, struct conf *cf,
    const struct pairs *in, struct pairs *out)
{
	struct change ca = { .ca_parent = pa, .ca_in = in, .ca_out = out };
	const struct field *fd;

	box_find(cf, &ca.ca_box);
	ca.ca_roles = typed_role(&ca);
	check_fields(&ca);
	if (!ca.ca_failed || (ca.ca_roles & FF_HUB))
		make_blocks(&ca);
	if (ca.ca_roles & FF_HUB) {
		set_hub(&ca);
		/* so that their faults show together with the others */
		if (ca.ca_box.bx_hub != NULL)
			set_users(&ca);
	}
	if (ca.ca_failed)
		return (-1);
	for (fd = fields; fd->fd_name != NULL; fd++)
		if (fd->fd_slot != SLOT_NONE && wanted(&ca, fd))
			set_field(&ca, fd);
	if (ca.ca_roles & FF_HUB)
		set_hub_lan(&ca);
	return (ca.ca_failed ? -1 : 0);
}

/* The entry in line n of the text that cf was parsed from. */
static const struct conf *
entry_at(const struct conf *cf, int n)
{
	const struct conf *c, *found = NULL;

	TAILQ_FOREACH(c, &cf->cf_children, cf_entry) {
		if (c->cf_line == n)
			return (c);
		if ((found = entry_at(c, n)) != NULL)
			return (found);
	}
	return (NULL);
}

/* The field whose entry is at fault, "" if the form has none. */
static const char *
field_at(const struct conf *cf, int line)
{
	const struct conf *c = line > 0 ? entry_at(cf, line) : NULL;
	const struct field *fd;

	if (c == NULL)
		return ("");
	if (strcmp(c->cf_key, "hub") == 0 && c->cf_block)
		return ("hub-name");
	for (fd = fields; fd->fd_name != NULL; fd++)
		if (fd->fd_slot != SLOT_NONE && c->cf_parent != NULL &&
		    strcmp(c->cf_key, fd->fd_key) == 0 &&
		    strcmp(c->cf_parent->cf_key, slot_block(fd->fd_slot)) == 0)
			return (fd->fd_name);
	return ("");
}

/* The text parsed and checked, as rc will read it; NULL and the fault. */
static struct conf *
check_text(const char *text, struct pairs *out)
{
	struct change ca = { .ca_out = out };
	struct conf_error ce;
	struct conf *cf = conf_parse("settings", text, strlen(text), &ce);

	if (cf != NULL && conf_check(cf, schema_box, "settings", &ce) == 0)
		return (cf);
	fault(&ca, cf == NULL ? "" : field_at(cf, ce.ce_line), ce.ce_text);
	conf_free(cf);
	return (NULL);
}

static bool
same_as_current(const struct parent *pa, int current, const char *text)
{
	char err[512], *old = NULL;
	struct conf *cf = NULL;
	bool same;

	if (current > 0)
		cf = generation_load(pa->pa_cfg, current, err, sizeof(err));
	if (cf != NULL)
		old = conf_print(cf, CONF_PLAIN);
	same = old != NULL && strcmp(old, text) == 0;
	if (old != NULL)
		freezero(old, strlen(old));
	conf_free(cf);
	return (same);
}

int
settings_write(const struct parent *pa, struct conf *cf, int current,
    struct pairs *out)
{
	char err[512] = "", *text = conf_print(cf, CONF_PLAIN);
	struct conf *checked;
	int n = -1;

	if (text == NULL) {
		(void)pairs_add(out, "e.", "out of memory");
		return (-1);
	}
	if (same_as_current(pa, current, text))
		n = current;
	else if ((checked = check_text(text, out)) != NULL) {
		n = generation_write(pa->pa_cfg, checked, NULL,
		    generation_check_daemons, err, sizeof(err));
		conf_free(checked);
		if (n == -1) {
			log_warnx("%s", err);
			(void)pairs_add(out, "e.", err);
		}
	}
	freezero(text, strlen(text));
	return (n);
}
