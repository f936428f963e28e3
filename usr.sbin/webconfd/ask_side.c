/* SPDX-License-Identifier: ISC */
/*
 * ask_side: whose DHCP servers and routers serve an office.
 */
#include <string.h>

#include "kern/conf.h"

#include "ask.h"
#include "basic.h"

static const struct side {
	const char *sd_from; /* in the form */
	const char *sd_stay_local;
	const char *sd_addresses; /* NULL: does not matter */
} sides[] = {
	{ "local", "yes", NULL },
	{ "lan", "no", "lan" },
	{ "tunnel", "no", "tunnel" },
};

static const struct side *
find_side(const char *from)
{
	size_t i;

	for (i = 0; i < sizeof(sides) / sizeof(sides[0]); i++)
		if (strcmp(sides[i].sd_from, from) == 0)
			return (&sides[i]);
	return (NULL);
}

static bool
set_side(struct conf *vnic, const struct side *sd)
{
	conf_remove(vnic, "addresses-from");
	return (conf_set(vnic, "stay-local", sd->sd_stay_local) != -1 &&
	    (sd->sd_addresses == NULL ||
		conf_set(vnic, "addresses-from", sd->sd_addresses) != -1));
}

void
ask_side(struct question *qu)
{
	const char *from = pairs_str(&qu->qu_in, "f.from");
	const struct side *sd = find_side(from);
	struct conf *vnic = basic_child(basic_child(qu->qu_conf, "vnicd", NULL),
	    "vnic", pairs_str(&qu->qu_in, "f.vnic"));
	struct refusal re;

	if (vnic == NULL || (sd == NULL && *from != '\0'))
		ask_answer(qu, "missing");
	else if (sd == NULL) {
		sources_send(qu->qu_parent, qu->qu_conf, qu->qu_id,
		    SOURCE_PROBE, "");
		ask_answer(qu, "ok");
	} else if (!set_side(vnic, sd))
		ask_failed(qu, "out of memory");
	else if (ask_commit(qu, &re))
		ask_answer(qu, "ok");
	else
		ask_failed(qu, re.re_en);
}
