/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "kern/schema.h"
#include "transport/wpad.h"

enum { WPAD_PORT = 80 };

static const char url_scheme[] = "http://";

static bool
is_visible(const char *text)
{
	for (; *text != '\0'; text++)
		if (!isgraph((unsigned char)*text))
			return (false);
	return (true);
}

int
wpad_url(const char *url, struct wpad_url *wu)
{
	char server[280], port[8];
	const char *path;
	size_t len;

	if (strncasecmp(url, url_scheme, sizeof(url_scheme) - 1) != 0 ||
	    !is_visible(url))
		return (-1);
	url += sizeof(url_scheme) - 1;
	len = strcspn(url, "/?#");
	path = url + len;
	if (len >= sizeof(server) || (*path != '/' && *path != '\0'))
		return (-1);
	memcpy(server, url, len);
	server[len] = '\0';
	if (schema_hostport(server, wu->wu_host, sizeof(wu->wu_host), port,
		sizeof(port)) == -1 ||
	    wu->wu_host[0] == '*')
		return (-1);
	wu->wu_port = *port == '\0' ? WPAD_PORT :
				      (uint16_t)strtonum(port, 1, 65535, NULL);
	len = strcspn(path, "#");
	if (wu->wu_port == 0 || len >= sizeof(wu->wu_path))
		return (-1);
	snprintf(wu->wu_path, sizeof(wu->wu_path), "%.*s",
	    len == 0 ? 1 : (int)len, len == 0 ? "/" : path);
	return (0);
}

/* What the words of a script's answer mean. */
static const struct {
	const char *wd_word;
	const char *wd_type;
} words[] = {
	{ "PROXY", "http" },
	{ "HTTP", "http" },
	{ "SOCKS", "socks5" },
	{ "SOCKS5", "socks5" },
	{ "SOCKS4", "socks4a" },
};

/* The type of the word that ends before `at`; NULL if there is none. */
static const char *
word_before(const char *text, const char *at)
{
	size_t i, len;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		len = strlen(words[i].wd_word);
		if ((size_t)(at - text) >= len &&
		    strncmp(at - len, words[i].wd_word, len) == 0 &&
		    ((size_t)(at - text) == len ||
			!isalnum((unsigned char)at[-(ptrdiff_t)len - 1])))
			return (words[i].wd_type);
	}
	return (NULL);
}

static bool
is_server_byte(char c)
{
	return (isalnum((unsigned char)c) || strchr(".-_:[]", c) != NULL);
}

/* HOST:PORT at p, with nothing of a script in it; false if it is not. */
static bool
take_server(const char *p, const char *end, struct wpad_proxy *wp)
{
	char host[256], port[8];
	size_t n = 0;

	while (p + n < end && p[n] != '\0' && is_server_byte(p[n]))
		n++;
	/* the literal ends here, or goes on with another way */
	if (n == 0 || n >= sizeof(wp->wp_server) || p + n == end ||
	    strchr("\"'; \t", p[n]) == NULL || p[n] == '\0')
		return (false);
	memcpy(wp->wp_server, p, n);
	wp->wp_server[n] = '\0';
	return (schema_hostport(wp->wp_server, host, sizeof(host), port,
		    sizeof(port)) == 0 &&
	    *port != '\0' && strtonum(port, 1, 65535, NULL) != 0);
}

static bool
is_among(const struct wpad_proxy *wp, const struct wpad_proxy *list,
    unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (strcmp(wp->wp_type, list[i].wp_type) == 0 &&
		    strcmp(wp->wp_server, list[i].wp_server) == 0)
			return (true);
	return (false);
}

unsigned int
wpad_proxies(const char *text, size_t len, struct wpad_proxy out[WPAD_PROXIES])
{
	const char *p, *q, *end = text + len, *type;
	unsigned int n = 0;

	for (p = text; p < end && n < WPAD_PROXIES; p = q + 1) {
		for (q = p; q < end && *q != ' ' && *q != '\t'; q++)
			;
		if (q == end || (type = word_before(text, q)) == NULL)
			continue;
		while (q + 1 < end && (q[1] == ' ' || q[1] == '\t'))
			q++;
		if (!take_server(q + 1, end, &out[n]))
			continue;
		strlcpy(out[n].wp_type, type, sizeof(out[n].wp_type));
		n += !is_among(&out[n], out, n);
	}
	return (n);
}
