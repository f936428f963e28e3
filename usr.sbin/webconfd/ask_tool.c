/* SPDX-License-Identifier: ISC */
/*
 * ask_tool: programs that look at the network for an administrator.  What was
 * typed becomes single words of theirs, checked here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kern/conf.h"

#include "ask.h"
#include "field.h"

enum { REACH_SECONDS = 22, HOST_MAX = 253, FILTER_MAX = 200 };

/* Of a capture: what the http process holds at most (SOURCE_BYTES). */
#define CAPTURE_BYTES "1000000"

static const struct message bad_host = {
	"this must be an address or the name of a host",
	"アドレスまたはホスト名を入力してください。"
};
static const struct message bad_filter = {
	"this must be at most 200 characters, and not begin with -",
	"200 文字以内で、- 以外の文字で始めてください。"
};
static const struct message busy = { "too much runs at once",
	"処理が混み合っています。少し待ってください。" };

/* Never an option, nor two words. */
static bool
host_ok(const char *host)
{
	size_t len = strlen(host);

	return (len > 0 && len <= HOST_MAX && host[0] != '-' &&
	    strspn(host,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789.-:") == len);
}

static void
refuse(struct question *qu, const char *name, const struct message *ms)
{
	field_say(&qu->qu_out, name, ms);
	ask_answer(qu, "invalid");
}

static void
run(struct question *qu, char *const argv[], unsigned int seconds)
{
	if (!job_start(qu->qu_parent, qu->qu_id, "output", argv, seconds))
		refuse(qu, "", &busy);
	else
		ask_answer(qu, "ok");
}

static void
run_reach(struct question *qu, const char *tool)
{
	char *host = strdup(pairs_str(&qu->qu_in, "f.host"));
	char *ping[] = { "ping", "-c", "4", "-W", "2", "--", host, NULL };
	char *trace[] = { "traceroute", "-n", "-q", "1", "-w", "1", "-m", "20",
		"--", host, NULL };

	if (host == NULL || !host_ok(host))
		refuse(qu, "host", &bad_host);
	else
		run(qu, strcmp(tool, "ping") == 0 ? ping : trace,
		    REACH_SECONDS);
	free(host);
}

static unsigned int
seconds_of(const struct question *qu)
{
	const char *why;
	long long n = strtonum(pairs_str(&qu->qu_in, "f.seconds"), 1, 20, &why);

	return (why == NULL ? (unsigned int)n : 5);
}

/* The filter is one word of hubctl(8), which reads it as pcap-filter(7). */
static void
run_capture(struct question *qu)
{
	const struct conf *hubd = conf_find(qu->qu_conf, "hubd");
	const char *hub = pairs_str(&qu->qu_in, "f.hub");
	const char *filter = pairs_str(&qu->qu_in, "f.filter");
	char *word[] = { strdup(hub), strdup(filter),
		hubd == NULL ? NULL : strdup(conf_str(hubd, "socket")) };
	char *argv[] = { "hubctl", "-s", word[2], "capture", "-C",
		CAPTURE_BYTES, "hub", word[0], *filter == '\0' ? NULL : word[1],
		NULL };
	size_t i;

	if (hubd == NULL || conf_block(hubd, "hub", hub) == NULL ||
	    word[0] == NULL || word[1] == NULL || word[2] == NULL)
		ask_answer(qu, "missing");
	else if (strlen(filter) > FILTER_MAX || *filter == '-')
		refuse(qu, "filter", &bad_filter);
	else
		run(qu, argv, seconds_of(qu));
	for (i = 0; i < sizeof(word) / sizeof(word[0]); i++)
		free(word[i]);
}

/* The names of blocks of vnicd's, as values of a key. */
static void
add_names(struct question *qu, const char *block, const char *key)
{
	const struct conf *vnicd = conf_find(qu->qu_conf, "vnicd"), *cf = NULL;
	unsigned int n = 0;

	while (n++ < 100 && (cf = conf_next(vnicd, block, cf)) != NULL)
		(void)pairs_add(&qu->qu_out, key, conf_name(cf));
}

static void
add_ways(struct question *qu)
{
	if (!conf_has(qu->qu_conf, "vnicd"))
		return;
	(void)pairs_add(&qu->qu_out, "vnicd", "yes");
	add_names(qu, "vnic", "vnic");
	add_names(qu, "proxy", "proxy");
}

/* "" is the way of the settings, else "direct" or "proxy:NAME". */
static void
run_path(struct question *qu)
{
	static const struct message down = { "vnicd does not run",
		"vnicd が動いていません。" };
	const struct conf *vnicd = conf_find(qu->qu_conf, "vnicd");
	const char *vnic = pairs_str(&qu->qu_in, "f.vnic");
	const char *way = pairs_str(&qu->qu_in, "f.way"), *proxy = "";
	char line[160];

	if (strncmp(way, "proxy:", 6) == 0) {
		proxy = way + 6;
		way = "proxy ";
	}
	if (vnicd == NULL || conf_block(vnicd, "vnic", vnic) == NULL ||
	    (*proxy != '\0' ? conf_block(vnicd, "proxy", proxy) == NULL :
			      *way != '\0' && strcmp(way, "direct") != 0)) {
		ask_answer(qu, "missing");
		return;
	}
	snprintf(line, sizeof(line), "test %s %s%s\n", vnic, way, proxy);
	if (source_command(qu->qu_parent, qu->qu_id, "path", vnicd, line))
		ask_answer(qu, "ok");
	else
		refuse(qu, "", &down);
}

static void
add_hubs(struct question *qu)
{
	const struct conf *hubd = conf_find(qu->qu_conf, "hubd"), *hub = NULL;
	unsigned int n = 0;

	while (hubd != NULL && n++ < 100 &&
	    (hub = conf_next(hubd, "hub", hub)) != NULL)
		(void)pairs_add(&qu->qu_out, "hub", conf_name(hub));
	add_ways(qu);
}

void
ask_tools(struct question *qu)
{
	add_hubs(qu);
	ask_answer(qu, "ok");
}

void
ask_run(struct question *qu)
{
	const char *tool = pairs_str(&qu->qu_in, "f.tool");

	add_hubs(qu);
	if (strcmp(tool, "ping") == 0 || strcmp(tool, "traceroute") == 0)
		run_reach(qu, tool);
	else if (strcmp(tool, "capture") == 0)
		run_capture(qu);
	else if (strcmp(tool, "test") == 0)
		run_path(qu);
	else if (strcmp(tool, "reconnect") == 0) {
		sources_send(qu->qu_parent, qu->qu_conf, qu->qu_id,
		    SOURCE_RECONNECT, "");
		ask_answer(qu, "ok");
	} else
		ask_answer(qu, "missing");
}
