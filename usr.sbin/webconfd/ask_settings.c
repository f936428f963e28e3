/* SPDX-License-Identifier: ISC */
/*
 * ask_settings: what runs, and what is set.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kern/conf.h"
#include "kern/generation.h"

#include "ask.h"
#include "lines.h"

enum {
	CHANGES_BYTES = 20000,	/* of a page of changes */
	CHANGES_LINES = 900
};

/* The generation, and what rc makes of it. */
static void
add_apply(struct question *qu)
{
	const struct parent *pa = qu->qu_parent;

	(void)pairs_addf(&qu->qu_out, "generation", "%d", qu->qu_generation);
	(void)pairs_add(&qu->qu_out, "apply",
	    apply_runs(pa)	       ? "runs" :
		pa->pa_apply.ap_failed ? "failed" :
					 "done");
}

void
ask_status(struct question *qu)
{
	add_apply(qu);
	ask_add_notice(qu);
	(void)pairs_add(&qu->qu_out, "hostname", ask_hostname(qu));
	ask_add_daemons(qu);
	services_describe(qu->qu_parent, &qu->qu_out);
	uplinks_describe(qu->qu_parent, qu->qu_conf, &qu->qu_out);
	sources_send(qu->qu_parent, qu->qu_conf, qu->qu_id, SOURCE_STATUS, "");
	ask_answer(qu, "ok");
}

void
ask_load_again(struct question *qu)
{
	char err[512];
	struct conf *cf;
	int n;

	cf = settings_load(qu->qu_parent, &n, err, sizeof(err));
	if (cf == NULL)
		return;
	conf_free(qu->qu_conf);
	qu->qu_conf = cf;
	qu->qu_generation = n;
}

/* Whether the form was made from other settings than the current ones. */
static bool
stale(struct question *qu)
{
	if (atoi(pairs_str(&qu->qu_in, "f.generation")) == qu->qu_generation)
		return (false);
	(void)pairs_add(&qu->qu_out, "changed", "yes");
	return (true);
}

static bool
commit(struct question *qu, bool on_trial, struct refusal *re)
{
	struct parent *pa = qu->qu_parent;
	struct generation_note note = { .gt_author =
					    pairs_str(&qu->qu_in, "from"),
		.gt_trial = on_trial };
	int n = settings_write(pa, qu->qu_conf, qu->qu_generation, &note, re);
	char number[16];

	if (n != -1 && n != qu->qu_generation) {
		snprintf(number, sizeof(number), "%d", n);
		ask_event(qu, "settings-saved", "generation", number);
		trial_begin(pa);
		apply_start(pa, n);
	}
	return (n != -1);
}

bool
ask_commit(struct question *qu, struct refusal *re)
{
	return (commit(qu, trial_needed(qu->qu_parent, qu->qu_conf), re));
}

bool
ask_commit_for_good(struct question *qu, struct refusal *re)
{
	return (commit(qu, false, re));
}

static void
answer_basic(struct question *qu, const char *result)
{
	basic_describe(qu->qu_parent, qu->qu_conf, &qu->qu_out);
	(void)pairs_addf(&qu->qu_out, "generation", "%d", qu->qu_generation);
	ask_answer(qu, result);
}

void
ask_settings(struct question *qu)
{
	answer_basic(qu, "ok");
}

void
ask_save(struct question *qu)
{
	struct refusal re;

	if (stale(qu)) {
		answer_basic(qu, "invalid");
		return;
	}
	if (basic_change(qu->qu_parent, qu->qu_conf, &qu->qu_in, &qu->qu_out) ==
	    0) {
		if (ask_commit(qu, &re)) {
			ask_answer(qu, "ok");
			return;
		}
		basic_refused(&re, &qu->qu_out);
	}
	ask_load_again(qu);
	answer_basic(qu, "invalid");
}

/* The block that the question is about; else the answer is given. */
static bool
take_place(struct question *qu, struct place *pl)
{
	if (!place_parse(pairs_str(&qu->qu_in, "at"), pl))
		ask_failed(qu, "an unknown block of the settings");
	else if (!block_reachable(qu->qu_conf, pl))
		ask_answer(qu, "missing");
	else
		return (true);
	return (false);
}

/* The host key's fingerprint, if the server runs; rc writes it. */
static void
add_ssh(struct question *qu)
{
	char path[PATH_MAX], line[128];
	FILE *fp;

	snprintf(path, sizeof(path), "%s/ssh/fingerprint",
	    qu->qu_parent->pa_run);
	if ((fp = fopen(path, "re")) == NULL)
		return;
	if (fgets(line, sizeof(line), fp) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		(void)pairs_add(&qu->qu_out, "ssh-fingerprint", line);
	}
	fclose(fp);
}

static void
answer_block(struct question *qu, const struct place *pl, const char *result)
{
	add_apply(qu);
	if (pl->pl_depth > 0 && strcmp(place_row(pl)->sc_key, "ssh") == 0)
		add_ssh(qu);
	block_describe(qu->qu_conf, pl, &qu->qu_out);
	ask_answer(qu, result);
}

void
ask_block(struct question *qu)
{
	struct place pl;

	if (take_place(qu, &pl))
		answer_block(qu, &pl, "ok");
}

/* Where the browser goes now. */
static void
answer_place(struct question *qu, const struct place *pl, unsigned int depth)
{
	char at[PLACE_SIZE];

	place_print(pl, depth, at, sizeof(at));
	(void)pairs_add(&qu->qu_out, "at", at);
	if (generation_trial(qu->qu_parent->pa_cfg) > 0)
		(void)pairs_add(&qu->qu_out, "begun", "yes");
	ask_answer(qu, "ok");
}

void
ask_save_block(struct question *qu)
{
	struct place pl, old;
	struct refusal re;

	if (!take_place(qu, &pl))
		return;
	old = pl;
	if (stale(qu)) {
		answer_block(qu, &pl, "invalid");
		return;
	}
	if (block_change(qu->qu_conf, &pl, &qu->qu_in, &qu->qu_out) == 0) {
		if (ask_commit(qu, &re)) {
			answer_place(qu, &pl, pl.pl_depth);
			return;
		}
		block_refused(&re, &pl, &qu->qu_out);
	}
	ask_load_again(qu);
	answer_block(qu, &old, "invalid");
}

void
ask_remove_block(struct question *qu)
{
	struct place pl;
	struct refusal re;

	if (!take_place(qu, &pl))
		return;
	if (stale(qu)) {
		answer_block(qu, &pl, "invalid");
		return;
	}
	block_remove(qu->qu_conf, &pl);
	if (ask_commit(qu, &re)) {
		answer_place(qu, &pl, pl.pl_depth == 0 ? 0 : pl.pl_depth - 1);
		return;
	}
	block_refused(&re, &pl, &qu->qu_out);
	ask_load_again(qu);
	answer_block(qu, &pl, "invalid");
}

/* Only what is in force can be known to leave the box within reach. */
void
ask_keep(struct question *qu)
{
	struct parent *pa = qu->qu_parent;

	if (!apply_runs(pa) && generation_trial(pa->pa_cfg) > 0) {
		if (generation_confirm(pa->pa_cfg) == -1) {
			ask_failed(qu, "the settings cannot be confirmed");
			return;
		}
		trial_end(pa);
		ask_event(qu, "settings-kept", NULL, NULL);
		if (!ask_settle(qu))
			return;
	}
	ask_answer(qu, "ok");
}

/* "g" for each generation, the newest first: number, time, author. */
void
ask_history(struct question *qu)
{
	struct generation *list;
	int n = generation_list(qu->qu_parent->pa_cfg, &list), i;

	if (n == -1) {
		ask_failed(qu, "the generations cannot be read");
		return;
	}
	for (i = n - 1; i >= 0; i--)
		(void)pairs_addf(&qu->qu_out, "g", "%d %lld %s",
		    list[i].gn_number, (long long)list[i].gn_time,
		    list[i].gn_author);
	free(list);
	add_apply(qu);
	ask_answer(qu, "ok");
}

/* The number of a generation that is there, with its tree; else NULL. */
static struct conf *
take_generation(struct question *qu, int *n)
{
	const char *errstr;
	char err[512];

	*n = (int)strtonum(pairs_str(&qu->qu_in, "number"), 1, INT_MAX - 1,
	    &errstr);
	if (errstr != NULL)
		return (NULL);
	return (generation_load(qu->qu_parent->pa_cfg, *n, err, sizeof(err)));
}

static char *
masked(struct conf *cf)
{
	char *text = cf == NULL ? strdup("") : conf_print(cf, CONF_MASK);

	conf_free(cf);
	return (text);
}

static void
add_line(char kind, const char *line, size_t len, void *arg)
{
	struct pairs *out = arg;
	char text[1024];

	if (out->pr_len > CHANGES_BYTES || out->pr_count > CHANGES_LINES ||
	    len + 2 > sizeof(text)) {
		if (!pairs_has(out, "more", "yes"))
			(void)pairs_add(out, "more", "yes");
		return;
	}
	snprintf(text, sizeof(text), "%c%.*s", kind, (int)len, line);
	(void)pairs_add(out, "line", text);
}

/* What changed with a generation: "line" with its first character " + -". */
void
ask_changes(struct question *qu)
{
	char *old, *new, err[512];
	struct conf *cf;
	int n;

	if ((cf = take_generation(qu, &n)) == NULL) {
		ask_answer(qu, "missing");
		return;
	}
	new = masked(cf);
	old = masked(n == 1 ? NULL :
			      generation_load(qu->qu_parent->pa_cfg, n - 1, err,
				  sizeof(err)));
	if (old != NULL && new != NULL)
		lines_compare(old, new, add_line, &qu->qu_out);
	free(old);
	free(new);
	add_apply(qu);
	ask_answer(qu, "ok");
}

/* An older generation again, as a new one. */
void
ask_restore(struct question *qu)
{
	struct refusal re;
	struct conf *cf;
	int n;

	if ((cf = take_generation(qu, &n)) == NULL) {
		ask_answer(qu, "missing");
		return;
	}
	conf_free(qu->qu_conf);
	qu->qu_conf = cf;
	if (ask_commit(qu, &re))
		ask_answer(qu, "ok");
	else
		ask_failed(qu, re.re_en);
}
