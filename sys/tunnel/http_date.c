/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tunnel/http_head.h"

/* Not strftime(3): names must not follow the locale. */
static const char http_days[] = "SunMonTueWedThuFriSat";
static const char http_months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

void
http_date_format(uint64_t unix_time, char out[HTTP_DATE_STRLEN])
{
	time_t t = (time_t)unix_time;
	struct tm tm;

	if (unix_time > UINT64_C(253402300799) || gmtime_r(&t, &tm) == NULL) {
		t = 0;
		gmtime_r(&t, &tm);
	}
	snprintf(out, HTTP_DATE_STRLEN,
	    "%.3s, %02u %.3s %04u %02u:%02u:%02u GMT",
	    http_days + 3 * tm.tm_wday, (unsigned int)tm.tm_mday % 100,
	    http_months + 3 * tm.tm_mon,
	    ((unsigned int)tm.tm_year + 1900) % 10000,
	    (unsigned int)tm.tm_hour % 100, (unsigned int)tm.tm_min % 100,
	    (unsigned int)tm.tm_sec % 100);
}

/* n digits at p as a number, -1 for anything else. */
static int
http_digits(const char *p, int n)
{
	int v = 0;

	for (; n > 0; n--, p++) {
		if (*p < '0' || *p > '9')
			return (-1);
		v = v * 10 + (*p - '0');
	}
	return (v);
}

static int
http_month(const char *p)
{
	int i;

	for (i = 0; i < 12; i++)
		if (strncmp(http_months + 3 * i, p, 3) == 0)
			return (i);
	return (-1);
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" */
uint64_t
http_date_parse(struct http_text t)
{
	const char *p = t.ht_p;
	struct tm tm = { 0 };
	time_t v;

	if (t.ht_len != 29 || p[3] != ',' || p[19] != ':' || p[22] != ':' ||
	    memcmp(p + 25, " GMT", 4) != 0)
		return (0);
	tm.tm_mday = http_digits(p + 5, 2);
	tm.tm_mon = http_month(p + 8);
	tm.tm_year = http_digits(p + 12, 4) - 1900;
	tm.tm_hour = http_digits(p + 17, 2);
	tm.tm_min = http_digits(p + 20, 2);
	tm.tm_sec = http_digits(p + 23, 2);
	if (tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_mon < 0 ||
	    tm.tm_year < 70 || tm.tm_hour < 0 || tm.tm_hour > 23 ||
	    tm.tm_min < 0 || tm.tm_min > 59 || tm.tm_sec < 0 || tm.tm_sec > 60)
		return (0);
	v = timegm(&tm);
	return (v > 0 ? (uint64_t)v : 0);
}
