/* SPDX-License-Identifier: ISC */
/*
 * uplink: how the lines to providers by PPPoE are, by the files that rc(8)
 * keeps in /run/net.
 */
#include <arpa/inet.h>

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "kern/conf.h"

#include "parent.h"

enum { LINES = 8, TROUBLE_SIZE = 16 };

struct line {
	char li_local[INET_ADDRSTRLEN]; /* "-": not up */
	char li_remote[INET_ADDRSTRLEN];
	char li_trouble[TROUBLE_SIZE]; /* "-": none */
	long long li_up, li_when; /* s since the start */
};

static FILE *
state_file(const struct parent *pa, const char *name, const char *ending)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/net/%s.%s", pa->pa_run, name, ending);
	return (fopen(path, "re"));
}

/* "LOCAL REMOTE SINCE" */
static void
read_up(FILE *f, struct line *li)
{
	struct in_addr in;

	if (fscanf(f, "%15s %15s %lld", li->li_local, li->li_remote,
		&li->li_up) >= 2 &&
	    inet_pton(AF_INET, li->li_local, &in) == 1 &&
	    inet_pton(AF_INET, li->li_remote, &in) == 1)
		return;
	strlcpy(li->li_local, "-", sizeof(li->li_local));
	strlcpy(li->li_remote, "-", sizeof(li->li_remote));
}

static void
read_line(const struct parent *pa, const char *name, struct line *li)
{
	FILE *f;

	*li = (struct line){ "-", "-", "-", 0, 0 };
	if ((f = state_file(pa, name, "up")) != NULL) {
		read_up(f, li);
		fclose(f);
	}
	if ((f = state_file(pa, name, "trouble")) != NULL) {
		if (fscanf(f, "%15s %lld", li->li_trouble, &li->li_when) < 1)
			strlcpy(li->li_trouble, "-", sizeof(li->li_trouble));
		fclose(f);
	}
}

/* By the clock of /proc/uptime; that of the day may be set meanwhile. */
static long long
ago(long long then)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (then > 0 && ts.tv_sec > then ? ts.tv_sec - then : 0);
}

void
uplinks_describe(const struct parent *pa, const struct conf *box,
    struct pairs *out)
{
	const struct conf *net = conf_find(box, "network"), *cf = NULL;
	struct line li;
	int n = 0;

	while (net != NULL && n++ < LINES &&
	    (cf = conf_next(net, "pppoe", cf)) != NULL) {
		read_line(pa, conf_name(cf), &li);
		(void)pairs_addf(out, "uplink", "%s %s %s %lld %s %lld",
		    conf_name(cf), li.li_local, li.li_remote, ago(li.li_up),
		    li.li_trouble, ago(li.li_when));
	}
}
