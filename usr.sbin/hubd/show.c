/* SPDX-License-Identifier: ISC */
/*
 * show: which function answers which "hubctl show" (show.h).
 */
#include <string.h>

#include "kern/ctl.h"

#include "show.h"

static void
show_pin(struct ctl_client *c, const char *name)
{
	(void)name;
	ctl_object(c);
	ctl_string(c, "pin", data.dt_pin);
	ctl_object_end(c);
	ctl_ok(c);
}

static const struct {
	const char *word;
	show_fn show;
	bool named;		/* may be followed by a name */
} shows[] = {
	{ "hubs", show_hubs, false },
	{ "sessions", show_sessions, false },
	{ "fdb", show_fdb, true },
	{ "bindings", show_bindings, true },
	{ "multicast", show_multicast, false },
	{ "policy", show_policy, false },
	{ "rules", show_rules, true },
	{ "stats", show_stats, false },
	{ "pin", show_pin, false },
};
enum { SHOWS = sizeof(shows) / sizeof(shows[0]) };

/* "show what? hubs, sessions, ... or pin" */
static void
ask_what(struct ctl_client *c)
{
	char text[512] = "show what? ";
	int i;

	for (i = 0; i < SHOWS; i++) {
		if (i > 0)
			strlcat(text, i < SHOWS - 1 ? ", " : " or ",
			    sizeof(text));
		strlcat(text, shows[i].word, sizeof(text));
	}
	ctl_error(c, "%s", text);
}

void
show(struct ctl_client *c, int argc, char **argv)
{
	int i;

	for (i = 0; i < SHOWS && argc > 0; i++)
		if (strcmp(argv[0], shows[i].word) == 0)
			break;
	if (argc < 1 || i == SHOWS || argc > (shows[i].named ? 2 : 1))
		ask_what(c);
	else
		shows[i].show(c, argc == 2 ? argv[1] : NULL);
}
