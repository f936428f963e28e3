/* SPDX-License-Identifier: ISC */
/*
 * trial: settings that change how the box is reached are undone unless the
 * administrator confirms them once they are in force, which shows that he is
 * still there; see generation.h.  What a restart interrupts is undone by rc at
 * the next boot.
 */
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "kern/clock.h"
#include "kern/conf.h"
#include "kern/generation.h"
#include "kern/log.h"
#include "kern/security.h"

#include "parent.h"

enum { APPLY_MS = 130000 };	/* more than apply.c gives rc */

static void
print(FILE *fp, const struct conf *cf)
{
	char *text = cf == NULL ? NULL : conf_print(cf, CONF_NO_COMMENTS);

	fprintf(fp, "{%s}", text == NULL ? "" : text);
	if (text != NULL)
		freezero(text, strlen(text));
}

static void
print_values(FILE *fp, const struct conf *cf, const char *key)
{
	const struct conf *c = NULL;

	while ((c = conf_next(cf, key, c)) != NULL)
		fprintf(fp, "%s %s\n", key, c->cf_values[0]);
}

/*
 * All that decides whether the box is reached, from the LAN or through the
 * tunnel, as text; the caller frees it.  NULL without memory.
 */
static char *
reach(const struct conf *cf)
{
	const struct conf *hubd = conf_find(cf, "hubd"), *hub = NULL;
	const struct conf *port;
	char *text = NULL;
	size_t size;
	FILE *fp = open_memstream(&text, &size);

	if (fp == NULL)
		return (NULL);
	print(fp, conf_find(cf, "network"));
	print(fp, conf_find(cf, "rc"));
	print(fp, conf_find(cf, "vnicd"));
	fputs(hubd == NULL ? "no hub" : "hub", fp);
	if (hubd != NULL)
		print_values(fp, hubd, "listen");
	while (hubd != NULL && (hub = conf_next(hubd, "hub", hub)) != NULL) {
		fprintf(fp, "hub %s", conf_name(hub));
		port = NULL;
		while ((port = conf_next(hub, "local-port", port)) != NULL) {
			fprintf(fp, "port %s", conf_name(port));
			print(fp, port);
		}
	}
	if (fclose(fp) == EOF) {
		free(text);
		return (NULL);
	}
	return (text);
}

bool
trial_needed(const struct parent *pa, const struct conf *cf)
{
	char err[512], *before = NULL, *after;
	struct conf *old;
	bool needed;
	int n;

	if (generation_trial(pa->pa_cfg) > 0)
		return (true);
	if ((old = settings_load(pa, &n, err, sizeof(err))) != NULL)
		before = reach(old);
	after = reach(cf);
	needed = before == NULL || after == NULL || strcmp(before, after) != 0;
	if (before != NULL)
		freezero(before, strlen(before));
	if (after != NULL)
		freezero(after, strlen(after));
	conf_free(old);
	return (needed);
}

static void
on_end(evutil_socket_t fd, short what, void *arg)
{
	struct parent *pa = arg;
	struct security sy;
	char err[512] = "";
	int n;

	(void)fd;
	(void)what;
	trial_end(pa);
	n = generation_undo(pa->pa_cfg, generation_check_daemons, err,
	    sizeof(err));
	if (n == -1)
		log_warnx("the settings on trial cannot be undone: %s", err);
	if (n <= 0)
		return;
	security_begin(&sy, "settings-undone");
	security_add_number(&sy, "generation", (uint64_t)n);
	security_log(&sy, LOG_WARNING,
	    "nobody confirmed the settings: those before are generation %d", n);
	admin_update(pa);
	apply_start(pa, n);
}

static void
arm(struct parent *pa, uint64_t ms)
{
	struct timeval tv = { .tv_sec = (time_t)(ms / 1000) };

	pa->pa_trial_end = clock_ms() + ms;
	if (event_add(pa->pa_trial, &tv) == -1)
		fatalx("no timer");
}

void
trial_begin(struct parent *pa)
{
	if (generation_trial(pa->pa_cfg) > 0)
		arm(pa, pa->pa_trial_time * UINT64_C(1000) + APPLY_MS);
	else
		trial_end(pa);
}

void
trial_applied(struct parent *pa)
{
	if (pa->pa_trial_end != 0)
		arm(pa, pa->pa_trial_time * UINT64_C(1000));
}

void
trial_end(struct parent *pa)
{
	(void)event_del(pa->pa_trial);
	pa->pa_trial_end = 0;
}

void
trial_init(struct parent *pa)
{
	if ((pa->pa_trial = evtimer_new(pa->pa_base, on_end, pa)) == NULL)
		fatalx("no memory");
	if (generation_trial(pa->pa_cfg) > 0)
		arm(pa, pa->pa_trial_time * UINT64_C(1000));
}

void
trial_describe(const struct parent *pa, struct pairs *out)
{
	uint64_t now = clock_ms();

	if (pa->pa_trial_end == 0 || generation_trial(pa->pa_cfg) == 0)
		return;
	(void)pairs_addf(out, "trial", "%llu",
	    pa->pa_trial_end <= now ?
		0ULL :
		(unsigned long long)(pa->pa_trial_end - now) / 1000);
	if (apply_runs(pa))
		(void)pairs_add(out, "applying", "yes");
}
