/* SPDX-License-Identifier: ISC */
/*
 * resolv: what the chrooted resolver cannot read by itself.
 */
#include <arpa/inet.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "kern/conf.h"
#include "kern/schema.h"
#include "vnicd.h"

enum {
	RESOLV_SERVERS = 3,
	RESOLV_URL = 1024		/* bytes, with NUL */
};

static bool
is_address(const char *text)
{
	struct in6_addr a;

	return (inet_pton(AF_INET, text, &a) == 1 ||
	    inet_pton(AF_INET6, text, &a) == 1);
}

/* Calls `line` with the words of each line that are not comment. */
static void
each_line(const char *path, void (*line)(char **, int, void *), void *arg)
{
	char *text = NULL, *p, *words[16], *w;
	size_t size = 0;
	FILE *fp;
	int n;

	if ((fp = fopen(path, "re")) == NULL)
		return;
	while (getline(&text, &size, fp) != -1) {
		text[strcspn(text, "#;\r\n")] = '\0';
		n = 0;
		p = text;
		while (n < 16 && (w = strsep(&p, " \t")) != NULL)
			if (*w != '\0')
				words[n++] = w;
		if (n >= 2)
			line(words, n, arg);
	}
	free(text);
	fclose(fp);
}

struct scan {
	FILE *sn_out;
	const struct conf *sn_conf;
	int sn_servers;
};

/* A zone index would need the parent's names of interfaces: left out. */
static void
resolv_line(char **words, int n, void *arg)
{
	struct scan *sn = arg;

	(void)n;
	if (strcmp(words[0], "nameserver") != 0 || !is_address(words[1]) ||
	    sn->sn_servers >= RESOLV_SERVERS)
		return;
	fprintf(sn->sn_out, "nameserver %s\n", words[1]);
	sn->sn_servers++;
}

/* Whether a block `key` has this server. */
static bool
is_server(const struct conf *cf, const char *key, const char *name)
{
	const struct conf *block = NULL;
	char host[256], port[8];

	while ((block = conf_next(cf, key, block)) != NULL)
		if (schema_hostport(conf_str(block, "server"), host,
			sizeof(host), port, sizeof(port)) == 0 &&
		    strcasecmp(host, name) == 0)
			return (true);
	return (false);
}

static void
hosts_line(char **words, int n, void *arg)
{
	struct scan *sn = arg;
	int i;

	if (!is_address(words[0]))
		return;
	for (i = 1; i < n; i++)
		if (is_server(sn->sn_conf, "vnic", words[i]) ||
		    is_server(sn->sn_conf, "proxy", words[i]))
			fprintf(sn->sn_out, "host %s %s\n", words[i], words[0]);
}

/*
 * The first line is a URL, or nothing: whoever answers DHCP has written it, so
 * nothing but visible characters is passed on.
 */
static void
wpad_line(const char *path, FILE *out)
{
	char *text = NULL, *p;
	size_t size = 0;
	FILE *fp;

	if ((fp = fopen(path, "re")) == NULL)
		return;
	if (getline(&text, &size, fp) > 0) {
		text[strcspn(text, "\r\n")] = '\0';
		for (p = text; isgraph((unsigned char)*p); p++)
			;
		if (*p == '\0' && p != text && p - text < RESOLV_URL)
			fprintf(out, "wpad %s\n", text);
	}
	free(text);
	fclose(fp);
}

char *
resolv_read(const struct conf *cf, const char *resolv_path,
    const char *hosts_path)
{
	struct scan sn = { .sn_conf = cf };
	char *text = NULL;
	size_t size;

	if ((sn.sn_out = open_memstream(&text, &size)) == NULL)
		return (NULL);
	each_line(resolv_path, resolv_line, &sn);
	if (sn.sn_servers == 0)		/* as resolv.conf(5) says */
		fputs("nameserver 127.0.0.1\n", sn.sn_out);
	each_line(hosts_path, hosts_line, &sn);
	wpad_line(conf_str(cf, "wpad-file"), sn.sn_out);
	if (fclose(sn.sn_out) != 0) {
		free(text);
		return (NULL);
	}
	return (text);
}
