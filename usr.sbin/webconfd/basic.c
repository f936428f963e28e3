/* SPDX-License-Identifier: ISC */
/*
 * basic: what the short form shows of the settings.
 */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kern/conf.h"

#include "basic.h"

struct conf *
basic_child(struct conf *cf, const char *key, const char *name)
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

void
basic_find(struct conf *cf, struct box *bx)
{
	struct conf *net = basic_child(cf, "network", NULL);
	struct conf *hubd = basic_child(cf, "hubd", NULL), *bridge;

	memset(bx, 0, sizeof(*bx));
	bx->bx_root = cf;
	bx->bx_slot[SLOT_SYSTEM] = basic_child(cf, "system", NULL);
	bx->bx_slot[SLOT_BRIDGE] = bridge = basic_child(net, "bridge", NULL);
	strlcpy(bx->bx_bridge, bridge == NULL ? "br0" : conf_name(bridge),
	    sizeof(bx->bx_bridge));
	bx->bx_slot[SLOT_INTERFACE] =
	    basic_child(net, "interface", bx->bx_bridge);
	if (bx->bx_slot[SLOT_INTERFACE] == NULL)
		bx->bx_slot[SLOT_INTERFACE] =
		    basic_child(net, "interface", NULL);
	basic_uplink_find(net, bx);
	bx->bx_slot[SLOT_HUBD] = hubd;
	bx->bx_slot[SLOT_VNIC] =
	    basic_child(basic_child(cf, "vnicd", NULL), "vnic", NULL);
	if (hubd == NULL)
		return;
	bx->bx_hub = basic_child(hubd, "hub", conf_str(hubd, "default-hub"));
	if (bx->bx_hub == NULL)
		bx->bx_hub = basic_child(hubd, "hub", NULL);
}

void
basic_value(const struct conf *cf, const struct field *fd, char *out,
    size_t size)
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

struct conf *
basic_lan_port(const struct box *bx)
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
	if (fd == field_find("uplink-port"))
		cf = basic_uplink_port(bx);
	if (field_row(fd)->sc_flags & SF_SECRET) {
		snprintf(name, sizeof(name), "has.%s", fd->fd_name);
		if (cf != NULL && conf_has(cf, fd->fd_key))
			(void)pairs_add(out, name, "yes");
		return;
	}
	snprintf(name, sizeof(name), "v.%s", fd->fd_name);
	basic_value(cf, fd, value, sizeof(value));
	(void)pairs_add(out, name, value);
}

/*
 * Cables can be plugged in: no loopback, bridge, tap or other soft thing, nor
 * what leads to a switch on the board, whose ports are the ones.
 */
static bool
is_nic(const struct parent *pa, const char *name)
{
	static const char *const other[] = { "bridge", "tun_flags", "dsa" };
	char path[PATH_MAX], text[16] = "";
	FILE *fp;
	size_t i;

	if (name[0] == '.' || strlen(name) >= IF_NAMESIZE)
		return (false);
	for (i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s/%s", pa->pa_net, name,
		    other[i]);
		if (access(path, F_OK) == 0)
			return (false);
	}
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
basic_describe(const struct parent *pa, struct conf *cf, struct pairs *out)
{
	const struct field *fd;
	struct box bx;

	basic_find(cf, &bx);
	(void)pairs_add(out, "v.role", role_of(&bx));
	for (fd = fields; fd->fd_name != NULL; fd++)
		describe_field(&bx, fd, out);
	(void)pairs_add(out, "v.hub-lan",
	    bx.bx_hub == NULL || basic_lan_port(&bx) != NULL ? "yes" : "no");
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
