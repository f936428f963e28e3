/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "acmed.h"

/* A host and a port that may be absent, as far as the path. */
static int
parse_host(const char *text, size_t len, struct url *ur)
{
	const char *end = text + len, *colon;
	size_t n;

	if (*text == '[') {
		if ((colon = memchr(text, ']', len)) == NULL)
			return (-1);
		text++;
		n = (size_t)(colon++ - text);
	} else {
		if ((colon = memchr(text, ':', len)) == NULL)
			colon = end;
		n = (size_t)(colon - text);
	}
	if (n == 0 || n >= sizeof(ur->ur_host) ||
	    (colon != end && *colon != ':'))
		return (-1);
	memcpy(ur->ur_host, text, n);
	ur->ur_host[n] = '\0';
	strlcpy(ur->ur_port, "443", sizeof(ur->ur_port));
	if (colon == end)
		return (0);
	n = (size_t)(end - ++colon);
	if (n == 0 || n >= sizeof(ur->ur_port))
		return (-1);
	memcpy(ur->ur_port, colon, n);
	ur->ur_port[n] = '\0';
	return (strspn(ur->ur_port, "0123456789") == n ? 0 : -1);
}

int
url_parse(const char *text, struct url *ur)
{
	static const char scheme[] = "https://";
	size_t n = sizeof(scheme) - 1, i;

	if (strncasecmp(text, scheme, n) != 0 || strlen(text) >= ACME_URL_MAX)
		return (-1);
	/* nothing that could end a line or a string of JSON */
	for (i = 0; text[i] != '\0'; i++)
		if (!isgraph((unsigned char)text[i]) || text[i] == '"' ||
		    text[i] == '\\' || text[i] == '@' || text[i] == '#')
			return (-1);
	text += n;
	n = strcspn(text, "/?");
	if (parse_host(text, n, ur) == -1)
		return (-1);
	ur->ur_path[0] = '\0';
	if (text[n] != '/')
		strlcpy(ur->ur_path, "/", sizeof(ur->ur_path));
	strlcat(ur->ur_path, text + n, sizeof(ur->ur_path));
	return (0);
}
