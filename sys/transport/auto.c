/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kern/clock.h"
#include "kern/conf.h"
#include "kern/log.h"
#include "kern/schema.h"
#include "transport/auto.h"

/* Ports that firewalls let through here and there. */
static const uint16_t auto_ports[AUTO_PORTS - 1] = { 443, 992, 1194, 5555 };

static const char direct_prefix[] = "direct, port ";

enum way_state { WAY_WAITS, WAY_RUNS, WAY_OVER };

struct way {
	struct autoway *wy_auto;
	struct auto_note *wy_note;
	uint16_t wy_port;
	const struct conf *wy_proxy;	/* or NULL: direct */
	enum way_state wy_state;
	struct chain *wy_chain;		/* while it runs */
};

struct autoway {
	struct auto_request au_request;
	struct auto_memory *au_memory;
	char au_host[256];
	char au_url[WPAD_URL_MAX];
	struct event *au_next;		/* when the next way begins */
	unsigned int au_nways;
	struct way au_ways[AUTO_WAYS];
	struct wpad *au_wpad;		/* while it is fetched */
	struct conf *au_conf;		/* the proxies found there */
};

/*
 * What is remembered.
 */

static struct auto_note *
note_find(struct auto_memory *am, const char *name)
{
	unsigned int i;

	for (i = 0; i < am->am_n; i++)
		if (strcmp(am->am_notes[i].an_name, name) == 0)
			return (&am->am_notes[i]);
	return (NULL);
}

/* There is room for all ways there can be, but for those of many files. */
static struct auto_note *
note_get(struct auto_memory *am, const char *name)
{
	struct auto_note *an = note_find(am, name);

	if (an != NULL)
		return (an);
	if (am->am_n < AUTO_NOTES)
		an = &am->am_notes[am->am_n++];
	else
		an = &am->am_notes[AUTO_NOTES - 1];
	memset(an, 0, sizeof(*an));
	strlcpy(an->an_name, name, sizeof(an->an_name));
	return (an);
}

static void
note_failed(struct auto_note *an, const char *error)
{
	an->an_tried = true;
	an->an_worked = false;
	strlcpy(an->an_error, error, sizeof(an->an_error));
}

void
auto_worked(struct auto_memory *am, const char *name)
{
	struct auto_note *an = note_get(am, name);

	an->an_tried = an->an_worked = true;
	an->an_false = false;
	an->an_error[0] = '\0';
	strlcpy(am->am_best, name, sizeof(am->am_best));
}

void
auto_false(struct auto_memory *am, const char *name, const char *why)
{
	struct auto_note *an = note_get(am, name);

	note_failed(an, why);
	an->an_false = true;
	if (strcmp(am->am_best, name) == 0)
		am->am_best[0] = '\0';
}

/* "direct, port 443" and the like, that end alike, stand together. */
static bool
note_joins(const struct auto_note *an, const struct auto_note *before)
{
	return (before != NULL &&
	    strncmp(an->an_name, direct_prefix, sizeof(direct_prefix) - 1) ==
		0 &&
	    an->an_worked == before->an_worked &&
	    strcmp(an->an_error, before->an_error) == 0);
}

static void
list_add(char *buf, size_t size, const char *a, const char *b)
{
	if (strlcat(buf, a, size) >= size || strlcat(buf, b, size) >= size)
		memcpy(buf + size - 4, "...", 4);
}

void
auto_list(const struct auto_memory *am, char *buf, size_t size)
{
	const struct auto_note *an, *before = NULL;

	*buf = '\0';
	for (an = am->am_notes; an < am->am_notes + am->am_n; an++) {
		if (!an->an_tried)
			continue;
		if (note_joins(an, before))
			list_add(buf, size, ", ",
			    an->an_name + sizeof(direct_prefix) - 1);
		else {
			if (before != NULL)
				list_add(buf, size, ": ",
				    before->an_worked ? "works" :
							before->an_error);
			list_add(buf, size, before == NULL ? "" : "; ",
			    an->an_name);
		}
		before = an;
	}
	if (before != NULL)
		list_add(buf, size, ": ",
		    before->an_worked ? "works" : before->an_error);
}

/*
 * The list of ways.
 */

static void
add_way(struct autoway *au, const char *name, uint16_t port,
    const struct conf *proxy)
{
	struct way *wy;

	if (au->au_nways == AUTO_WAYS)
		return;
	wy = &au->au_ways[au->au_nways];
	wy->wy_auto = au;
	wy->wy_port = port;
	wy->wy_proxy = proxy;
	wy->wy_note = note_get(au->au_memory, name);
	/* more of the same soon could lock the account */
	if (wy->wy_note->an_denied <= clock_ms())
		au->au_nways++;
}

static void
add_direct(struct autoway *au, uint16_t port)
{
	char name[AUTO_NAME_LEN];
	unsigned int i;

	for (i = 0; i < au->au_nways; i++)
		if (au->au_ways[i].wy_port == port)
			return;
	snprintf(name, sizeof(name), "%s%u", direct_prefix, port);
	add_way(au, name, port, NULL);
}

static void
add_proxy(struct autoway *au, const struct conf *proxy)
{
	char name[AUTO_NAME_LEN];

	chain_way(transport_find("direct"), &proxy, 1, name, sizeof(name));
	add_way(au, name, au->au_request.ar_tr.tr_port, proxy);
}

/* Settings for the proxies of the file, as if somebody had written them. */
static struct conf *
found_conf(const struct auto_memory *am)
{
	struct conf_error ce;
	struct conf *cf;
	char *text = NULL;
	size_t size;
	FILE *fp = open_memstream(&text, &size);
	unsigned int i;

	if (fp == NULL)
		return (NULL);
	for (i = 0; i < am->am_nfound; i++)
		fprintf(fp, "proxy wpad%u {\n\ttype %s\n\tserver %s\n}\n", i,
		    am->am_found[i].wp_type, am->am_found[i].wp_server);
	if (fclose(fp) != 0) {
		free(text);
		return (NULL);
	}
	cf = conf_parse("wpad", text, size, &ce);
	free(text);
	if (cf != NULL && conf_check(cf, schema_vnicd, "wpad", &ce) == -1) {
		conf_free(cf);
		return (NULL);
	}
	return (cf);
}

static void
add_found(struct autoway *au)
{
	const struct conf *proxy = NULL;

	au->au_conf = found_conf(au->au_memory);
	if (au->au_conf != NULL)
		while ((proxy = conf_next(au->au_conf, "proxy", proxy)) != NULL)
			add_proxy(au, proxy);
}

static void
add_ways(struct autoway *au)
{
	const struct auto_request *ar = &au->au_request;
	unsigned int i;

	add_direct(au, ar->ar_tr.tr_port);
	for (i = 0; i < AUTO_PORTS - 1; i++)
		add_direct(au, auto_ports[i]);
	for (i = 0; i < ar->ar_nproxies && i < AUTO_PROXIES; i++)
		add_proxy(au, ar->ar_proxies[i]);
	if (strcmp(au->au_memory->am_wpad, au->au_url) == 0)
		add_found(au);
}

/*
 * The race.
 */

static void auto_next(struct autoway *au);

void
auto_cancel(struct autoway *au)
{
	unsigned int i;

	if (au == NULL)
		return;
	for (i = 0; i < au->au_nways; i++)
		if (au->au_ways[i].wy_chain != NULL)
			chain_cancel(au->au_ways[i].wy_chain);
	wpad_cancel(au->au_wpad);
	if (au->au_next != NULL)
		event_free(au->au_next);
	conf_free(au->au_conf);
	free(au);
}

/* None is left.  What a file said may be out of date. */
static void
auto_failed(struct autoway *au)
{
	struct auto_request ar = au->au_request;
	struct auto_memory *am = au->au_memory;
	char list[TRANSPORT_ERROR_LEN - 16], error[TRANSPORT_ERROR_LEN];

	am->am_wpad[0] = '\0';
	auto_list(am, list, sizeof(list));
	snprintf(error, sizeof(error), "no way: %s", list);
	auto_cancel(au);
	ar.ar_done(-1, NULL, error, ar.ar_arg);
}

static void
way_won(struct way *wy, int fd)
{
	struct autoway *au = wy->wy_auto;
	struct auto_request ar = au->au_request;
	struct auto_way aw;
	char port[8];

	strlcpy(aw.aw_name, wy->wy_note->an_name, sizeof(aw.aw_name));
	strlcpy(aw.aw_host, au->au_host, sizeof(aw.aw_host));
	if (wy->wy_proxy != NULL)
		schema_hostport(conf_str(wy->wy_proxy, "server"), aw.aw_host,
		    sizeof(aw.aw_host), port, sizeof(port));
	auto_cancel(au);
	ar.ar_done(fd, &aw, NULL, ar.ar_arg);
}

/* The reason, without what the way's name says already. */
static const char *
way_reason(const struct way *wy, const char *error)
{
	char port[20];
	const char *p;

	if (wy->wy_proxy != NULL)
		return (error);
	snprintf(port, sizeof(port), " port %u: ", wy->wy_port);
	p = strstr(error, port);
	return (p == NULL ? error : p + strlen(port));
}

/* transport_done */
static void
way_done(int fd, const char *error, void *arg)
{
	struct way *wy = arg;

	wy->wy_chain = NULL;
	wy->wy_state = WAY_OVER;
	if (fd >= 0) {
		way_won(wy, fd);
		return;
	}
	if (fd == TRANSPORT_DENIED)
		wy->wy_note->an_denied = clock_ms() + AUTO_DENIED;
	note_failed(wy->wy_note, way_reason(wy, error));
	log_debug("auto: %s: %s", wy->wy_note->an_name, error);
	auto_next(wy->wy_auto);
}

static void
way_start(struct way *wy)
{
	struct transport_request tr = wy->wy_auto->au_request.ar_tr;

	tr.tr_host = wy->wy_auto->au_host;
	tr.tr_port = wy->wy_port;
	tr.tr_done = way_done;
	tr.tr_arg = wy;
	wy->wy_state = WAY_RUNS;
	wy->wy_chain = chain_start(transport_find("direct"), &tr, &wy->wy_proxy,
	    wy->wy_proxy != NULL);
	if (wy->wy_chain != NULL)
		return;
	wy->wy_state = WAY_OVER;
	note_failed(wy->wy_note, "out of memory");
}

/* What worked last, then what never led astray, then the rest. */
static struct way *
auto_pick(struct autoway *au)
{
	struct way *wy, *astray = NULL, *good = NULL;
	unsigned int i;

	for (i = au->au_nways; i-- > 0;) {
		wy = &au->au_ways[i];
		if (wy->wy_state != WAY_WAITS)
			continue;
		if (strcmp(wy->wy_note->an_name, au->au_memory->am_best) == 0)
			return (wy);
		if (wy->wy_note->an_false)
			astray = wy;
		else
			good = wy;
	}
	return (good != NULL ? good : astray);
}

static bool
auto_running(const struct autoway *au)
{
	unsigned int i;

	for (i = 0; i < au->au_nways; i++)
		if (au->au_ways[i].wy_state == WAY_RUNS)
			return (true);
	return (au->au_wpad != NULL);
}

static void
auto_later(struct autoway *au, unsigned int ms)
{
	const struct timeval tv = { ms / 1000,
		(suseconds_t)(ms % 1000 * 1000) };

	event_add(au->au_next, &tv);
}

static void
wpad_done(int n, const struct wpad_proxy *found, const char *error, void *arg)
{
	struct autoway *au = arg;
	struct auto_memory *am = au->au_memory;

	au->au_wpad = NULL;
	if (n < 0) {
		note_failed(note_get(am, "wpad"), error);
		au->au_url[0] = '\0';
		auto_next(au);
		return;
	}
	log_info("auto: %s has %d literal prox%s; it is a script, which is not "
		 "run",
	    au->au_url, n, n == 1 ? "y" : "ies");
	if (n == 0)
		note_failed(note_get(am, "wpad"),
		    "it names no proxy literally");
	strlcpy(am->am_wpad, au->au_url, sizeof(am->am_wpad));
	memcpy(am->am_found, found, (size_t)n * sizeof(*found));
	am->am_nfound = (unsigned int)n;
	add_found(au);
	auto_next(au);
}

/* The file is asked for once, when nothing else is left to be begun. */
static bool
auto_fetch(struct autoway *au)
{
	if (au->au_url[0] == '\0' || au->au_wpad != NULL ||
	    strcmp(au->au_memory->am_wpad, au->au_url) == 0)
		return (false);
	au->au_wpad =
	    wpad_start(&au->au_request.ar_tr, au->au_url, wpad_done, au);
	return (au->au_wpad != NULL);
}

/* Begin one more way; the end when there is none and none is under way. */
static void
auto_next(struct autoway *au)
{
	struct way *wy = auto_pick(au);
	bool best;

	if (wy != NULL) {
		best =
		    strcmp(wy->wy_note->an_name, au->au_memory->am_best) == 0;
		way_start(wy);
		auto_later(au, best ? AUTO_HEADSTART : AUTO_STAGGER);
	} else if (!auto_fetch(au) && !auto_running(au))
		auto_failed(au);
	else if (!event_pending(au->au_next, EV_TIMEOUT, NULL))
		auto_later(au, AUTO_AGAIN);
}

/*
 * What worked last may be started again right now: it is not left until all
 * that swallow packets have had their time.
 */
static void
auto_again(struct autoway *au)
{
	struct way *wy;

	for (wy = au->au_ways; wy < au->au_ways + au->au_nways; wy++)
		if (wy->wy_state == WAY_OVER && auto_running(au) &&
		    wy->wy_note->an_denied <= clock_ms() &&
		    strcmp(wy->wy_note->an_name, au->au_memory->am_best) == 0)
			wy->wy_state = WAY_WAITS;
}

static void
auto_on_next(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	if (auto_pick(arg) == NULL)
		auto_again(arg);
	auto_next(arg);
}

/* All but one are out of the race. */
static void
auto_restrict(struct autoway *au, const char *only)
{
	unsigned int i;

	au->au_url[0] = '\0';
	for (i = 0; i < au->au_nways; i++)
		if (strcmp(au->au_ways[i].wy_note->an_name, only) != 0)
			au->au_ways[i].wy_state = WAY_OVER;
}

struct autoway *
auto_start(const struct auto_request *ar, struct auto_memory *am,
    const char *only)
{
	struct autoway *au = calloc(1, sizeof(*au));

	if (au == NULL)
		return (NULL);
	au->au_request = *ar;
	au->au_memory = am;
	strlcpy(au->au_host, ar->ar_tr.tr_host, sizeof(au->au_host));
	strlcpy(au->au_url, ar->ar_wpad, sizeof(au->au_url));
	au->au_next = event_new(ar->ar_tr.tr_base, -1, 0, auto_on_next, au);
	if (au->au_next == NULL) {
		auto_cancel(au);
		return (NULL);
	}
	add_ways(au);
	if (only != NULL)
		auto_restrict(au, only);
	auto_later(au, 0);
	return (au);
}
