/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "pairs.h"

void
pairs_clear(struct pairs *pr)
{
	explicit_bzero(pr->pr_buf, pr->pr_len);
	pr->pr_len = 0;
	pr->pr_count = 0;
	pr->pr_full = false;
}

bool
pairs_add(struct pairs *pr, const char *key, const char *value)
{
	size_t klen = strlen(key) + 1, vlen = strlen(value) + 1;

	if (pr->pr_count == PAIRS_MAX ||
	    klen + vlen > sizeof(pr->pr_buf) - pr->pr_len) {
		pr->pr_full = true;
		return (false);
	}
	memcpy(pr->pr_buf + pr->pr_len, key, klen);
	memcpy(pr->pr_buf + pr->pr_len + klen, value, vlen);
	pr->pr_len += klen + vlen;
	pr->pr_count++;
	return (true);
}

bool
pairs_addf(struct pairs *pr, const char *key, const char *fmt, ...)
{
	char value[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(value, sizeof(value), fmt, ap);
	va_end(ap);
	return (pairs_add(pr, key, value));
}

bool
pairs_next(const struct pairs *pr, size_t *pos, const char **key,
    const char **value)
{
	if (*pos >= pr->pr_len)
		return (false);
	*key = pr->pr_buf + *pos;
	*value = *key + strlen(*key) + 1;
	*pos += (size_t)(*value - *key) + strlen(*value) + 1;
	return (true);
}

const char *
pairs_get(const struct pairs *pr, const char *key)
{
	const char *k, *v;
	size_t pos = 0;

	while (pairs_next(pr, &pos, &k, &v))
		if (strcmp(k, key) == 0)
			return (v);
	return (NULL);
}

const char *
pairs_str(const struct pairs *pr, const char *key)
{
	const char *v = pairs_get(pr, key);

	return (v == NULL ? "" : v);
}

bool
pairs_has(const struct pairs *pr, const char *key, const char *value)
{
	const char *k, *v;
	size_t pos = 0;

	while (pairs_next(pr, &pos, &k, &v))
		if (strcmp(k, key) == 0 && strcmp(v, value) == 0)
			return (true);
	return (false);
}

void
pairs_joined(const struct pairs *pr, const char *key, char *out, size_t size)
{
	const char *k, *v;
	size_t pos = 0;

	out[0] = '\0';
	while (pairs_next(pr, &pos, &k, &v)) {
		if (strcmp(k, key) != 0 || *v == '\0')
			continue;
		if (out[0] != '\0')
			strlcat(out, " ", size);
		strlcat(out, v, size);
	}
}

bool
pairs_take(struct pairs *pr, const void *data, size_t len)
{
	size_t i, nul = 0;

	pairs_clear(pr);
	if (len == 0)
		return (true);
	if (len > sizeof(pr->pr_buf) || ((const char *)data)[len - 1] != '\0')
		return (false);
	memcpy(pr->pr_buf, data, len);
	for (i = 0; i < len; i++)
		nul += pr->pr_buf[i] == '\0';
	if (nul % 2 != 0 || nul / 2 > PAIRS_MAX) {
		explicit_bzero(pr->pr_buf, len);
		return (false);
	}
	pr->pr_len = len;
	pr->pr_count = (unsigned int)(nul / 2);
	return (true);
}
