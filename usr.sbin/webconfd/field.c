/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "field.h"

const struct message field_needed = { "this must be filled in",
	"入力してください。" };
static const struct message no_memory = { "out of memory", NULL };

/* What is not one entry of the settings but the form's way to say it. */
static const struct schema row_role = {
	.sc_key = "role",
	.sc_type = ST_ENUM,
	.sc_choices = "hub office both",
	.sc_default = "office",
	.sc_label = "What this box does",
	.sc_label_ja = "この装置の役割",
	.sc_help = "A hub is the place where offices meet; it must be "
		   "reachable from the Internet.",
	.sc_help_ja = "ハブは各拠点が集まる場所です。インターネットから接続"
		      "できる必要があります。",
};

static const struct schema row_hub_lan = {
	.sc_key = "hub-lan",
	.sc_type = ST_BOOL,
	.sc_default = "no",
	.sc_label = "This LAN joins the hub",
	.sc_label_ja = "この LAN もハブに参加する",
	.sc_help = "Whether the LAN that this box is plugged into is part of "
		   "the hub.",
	.sc_help_ja = "この装置がつながっている LAN をハブに入れるかどうか。",
};

static const struct schema row_invitation = {
	.sc_key = "invitation",
	.sc_type = ST_STRING,
	.sc_flags = SF_SECRET,
	.sc_min = 10,
	.sc_max = 1000,
	.sc_label = "Invitation",
	.sc_label_ja = "招待",
	.sc_help = "What the hub shows under Invite. With it the other fields "
		   "of this part can stay empty.",
	.sc_help_ja = "ハブの「招待」画面に表示された文字列。これを貼り付ければ"
		      "、この部分のほかの欄は空のままでかまいません。",
};

const struct schema row_user_name = {
	.sc_key = "user",
	.sc_type = ST_NAME,
	.sc_label = "User",
	.sc_label_ja = "ユーザー",
};

const struct schema row_user_password = {
	.sc_key = "password",
	.sc_type = ST_STRING,
	.sc_flags = SF_SECRET,
	.sc_min = 8,
	.sc_max = 256,
	.sc_label = "Password",
	.sc_label_ja = "パスワード",
};

const struct schema row_admin_password = {
	.sc_key = "password",
	.sc_type = ST_STRING,
	.sc_flags = SF_SECRET | SF_REQUIRED,
	.sc_min = 10,
	.sc_max = 128,
	.sc_label = "Password",
	.sc_label_ja = "パスワード",
	.sc_help = "At least 10 characters.",
	.sc_help_ja = "10 文字以上。",
};

const struct schema row_code = {
	.sc_key = "code",
	.sc_type = ST_STRING,
	.sc_flags = SF_REQUIRED,
	.sc_min = 8,
	.sc_max = 16,
	.sc_label = "Set-up code",
	.sc_label_ja = "設定コード",
	.sc_help = "8 characters; the console of the box shows them.",
	.sc_help_ja = "装置のコンソールに表示される 8 文字。",
};

const struct field fields[] = {
	{ "role", SECTION_ROLE, SLOT_NONE, NULL, &row_role, FF_NEEDED,
	    "office" },
	{ "invitation", SECTION_OFFICE, SLOT_NONE, NULL, &row_invitation,
	    FF_OFFICE, "" },
	{ "server", SECTION_OFFICE, SLOT_VNIC, "server", NULL,
	    FF_OFFICE | FF_NEEDED, "" },
	{ "vnic-hub", SECTION_OFFICE, SLOT_VNIC, "hub", NULL, FF_OFFICE, "" },
	{ "vnic-user", SECTION_OFFICE, SLOT_VNIC, "user", NULL,
	    FF_OFFICE | FF_NEEDED, "" },
	{ "vnic-password", SECTION_OFFICE, SLOT_VNIC, "password", NULL,
	    FF_OFFICE, "" },
	{ "pin", SECTION_OFFICE, SLOT_VNIC, "pin", NULL, FF_OFFICE, "" },
	{ "stay-local", SECTION_OFFICE, SLOT_VNIC, "stay-local", NULL,
	    FF_OFFICE, "yes" },
	{ "hub-name", SECTION_HUB, SLOT_HUBD, "default-hub", NULL,
	    FF_HUB | FF_NEEDED, "default" },
	{ "listen", SECTION_HUB, SLOT_HUBD, "listen", NULL, FF_HUB | FF_NEEDED,
	    "*:443" },
	{ "hub-lan", SECTION_HUB, SLOT_NONE, NULL, &row_hub_lan, FF_HUB,
	    "yes" },
	{ "port", SECTION_BOX, SLOT_BRIDGE, "port", NULL, FF_CHOSEN, "" },
	{ "address", SECTION_BOX, SLOT_INTERFACE, "address", NULL, FF_NEEDED,
	    "dhcp" },
	{ "gateway", SECTION_BOX, SLOT_INTERFACE, "gateway", NULL, 0, "" },
	{ "dns", SECTION_BOX, SLOT_INTERFACE, "dns", NULL, 0, "" },
	{ "uplink-port", SECTION_BOX, SLOT_PPPOE, "port", NULL, FF_UPLINK, "" },
	{ "uplink-vlan", SECTION_BOX, SLOT_VLAN, "tag", NULL, FF_UPLINK, "" },
	{ "pppoe-user", SECTION_BOX, SLOT_PPPOE, "user", NULL, FF_UPLINK, "" },
	{ "pppoe-password", SECTION_BOX, SLOT_PPPOE, "password", NULL,
	    FF_UPLINK, "" },
	{ "hostname", SECTION_BOX, SLOT_SYSTEM, "hostname", NULL, FF_NEEDED,
	    "longwire" },
	{ "timezone", SECTION_BOX, SLOT_SYSTEM, "timezone", NULL, 0, "UTC" },
	{ "ntp", SECTION_BOX, SLOT_SYSTEM, "ntp", NULL, 0, "" },
	{ NULL, SECTION_ROLE, SLOT_NONE, NULL, NULL, 0, NULL },
};

static const struct {
	const char *outer;
	const char *inner;
} slots[SLOTS] = {
	[SLOT_SYSTEM] = { "system", NULL },
	[SLOT_BRIDGE] = { "network", "bridge" },
	[SLOT_INTERFACE] = { "network", "interface" },
	[SLOT_HUBD] = { "hubd", NULL },
	[SLOT_VNIC] = { "vnicd", "vnic" },
	[SLOT_VLAN] = { "network", "vlan" },
	[SLOT_PPPOE] = { "network", "pppoe" },
};

const char *
slot_block(enum slot slot)
{
	return (slots[slot].inner != NULL ? slots[slot].inner :
					    slots[slot].outer);
}

const struct schema *
field_row(const struct field *fd)
{
	const struct schema *sc;

	if (fd->fd_own != NULL)
		return (fd->fd_own);
	sc = schema_row(schema_box, slots[fd->fd_slot].outer)->sc_children;
	if (slots[fd->fd_slot].inner != NULL)
		sc = schema_row(sc, slots[fd->fd_slot].inner)->sc_children;
	return (schema_row(sc, fd->fd_key));
}

const struct field *
field_find(const char *name)
{
	const struct field *fd;

	for (fd = fields; fd->fd_name != NULL; fd++)
		if (strcmp(fd->fd_name, name) == 0)
			return (fd);
	return (NULL);
}

void
field_typed(const struct field *fd, const struct pairs *in, const char *key,
    char *out, size_t size)
{
	const struct schema *sc = field_row(fd);
	char *end;

	pairs_joined(in, key, out, size);
	if (sc->sc_type == ST_BOOL && out[0] == '\0')
		strlcpy(out, "no", size);
	if (sc->sc_flags & SF_SECRET)
		return;
	memmove(out, out + strspn(out, " "),
	    strlen(out + strspn(out, " ")) + 1);
	for (end = out + strlen(out); end > out && end[-1] == ' '; end--)
		end[-1] = '\0';
}

/* The first of the values in a list that is wrong. */
static const struct message *
list_fault(const struct schema *sc, const char *value)
{
	const struct message *ms = NULL;
	char *copy = strdup(value), *p = copy, *word;

	if (copy == NULL)
		return (&no_memory);
	while (ms == NULL && (word = strsep(&p, " ,")) != NULL)
		if (*word != '\0')
			ms = schema_fault(sc, word, NULL);
	free(copy);
	return (ms);
}

const struct message *
field_fault(const struct field *fd, const char *value)
{
	const struct schema *sc = field_row(fd);

	if (*value == '\0')
		return (fd->fd_flags & FF_NEEDED ? &field_needed : NULL);
	if (sc->sc_flags & SF_LIST)
		return (list_fault(sc, value));
	return (schema_fault(sc, value, NULL));
}

void
field_say(struct pairs *out, const char *name, const struct message *ms)
{
	char key[80];

	snprintf(key, sizeof(key), "e.%s", name);
	if (pairs_get(out, key) != NULL)
		return;
	(void)pairs_add(out, key, ms->ms_en);
	snprintf(key, sizeof(key), "j.%s", name);
	if (ms->ms_ja != NULL)
		(void)pairs_add(out, key, ms->ms_ja);
}

const struct schema *
field_secret(const struct schema *sc)
{
	if (sc->sc_flags & SF_SCRYPT)
		return (&row_user_password);
	return (sc->sc_flags & SF_CRYPT ? &row_admin_password : sc);
}
