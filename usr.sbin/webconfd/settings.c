/* SPDX-License-Identifier: ISC */
/*
 * settings: the current ones read, and changed ones written once they are
 * checked as rc will check them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kern/conf.h"
#include "kern/generation.h"
#include "kern/log.h"

#include "parent.h"

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

static void
refuse(struct refusal *re, const struct conf *cf, const char *en,
    const char *ja)
{
	const struct conf *c = NULL;

	memset(re, 0, sizeof(*re));
	strlcpy(re->re_en, en, sizeof(re->re_en));
	strlcpy(re->re_ja, ja, sizeof(re->re_ja));
	re->re_message.ms_en = re->re_en;
	re->re_message.ms_ja = *ja == '\0' ? NULL : re->re_ja;
	if (cf == NULL)
		return;
	/* of a block's own line: the block */
	c = cf->cf_block ? cf : cf->cf_parent;
	place_of(c, re->re_place, sizeof(re->re_place));
	if (c != cf)
		strlcpy(re->re_key, cf->cf_key, sizeof(re->re_key));
}

/* The text parsed and checked, as rc will read it; NULL and the fault. */
static struct conf *
check_text(const char *text, struct refusal *re)
{
	struct conf_error ce;
	struct conf *cf = conf_parse("settings", text, strlen(text), &ce);

	if (cf != NULL && conf_check(cf, schema_box, "settings", &ce) == 0)
		return (cf);
	refuse(re,
	    cf != NULL && ce.ce_line > 0 ? entry_at(cf, ce.ce_line) : NULL,
	    ce.ce_text, ce.ce_ja);
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
settings_write(const struct parent *pa, const struct conf *cf, int current,
    const struct generation_note *note, struct refusal *re)
{
	char err[512] = "", *text = conf_print(cf, CONF_PLAIN);
	struct conf *checked;
	int n = -1;

	if (text == NULL) {
		refuse(re, NULL, "out of memory", "");
		return (-1);
	}
	if (same_as_current(pa, current, text))
		n = current;
	else if ((checked = check_text(text, re)) != NULL) {
		n = generation_write(pa->pa_cfg, checked, NULL, note,
		    generation_check_daemons, err, sizeof(err));
		conf_free(checked);
		if (n == -1) {
			log_warnx("%s", err);
			refuse(re, NULL, err, "");
		}
	}
	freezero(text, strlen(text));
	return (n);
}
