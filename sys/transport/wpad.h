/* SPDX-License-Identifier: ISC */
/*
 * wpad: the file that DHCP option 252 names (Web Proxy Auto-Discovery).  It
 * is a script; it is never run, as nobody vouches for who wrote it.  What is
 * taken from it are the literals that scripts return, such as
 * "PROXY 10.1.1.1:3128; DIRECT".  Used by vnicd's session process.
 */
#ifndef TRANSPORT_WPAD_H
#define TRANSPORT_WPAD_H

#include <stddef.h>
#include <stdint.h>

#include "transport/transport.h"

struct wpad;

enum {
	WPAD_PROXIES = 4,		/* taken of a file */
	WPAD_URL_MAX = 1024,		/* bytes, with NUL */
	WPAD_SIZE_MAX = 64 * 1024,	/* bytes of an answer */
	WPAD_TIME_MAX = 5000		/* ms for all */
};

struct wpad_url {
	char wu_host[256];
	uint16_t wu_port;
	char wu_path[WPAD_URL_MAX];	/* "/wpad.dat" */
};

struct wpad_proxy {
	char wp_type[8];		/* http, socks4a, socks5 */
	char wp_server[264];		/* HOST:PORT */
};

/* wpad.c: pure. */

/* http://HOST[:PORT][/PATH]; -1 if it is something else. */
int wpad_url(const char *url, struct wpad_url *wu);
/* Different ones in the order of the text; how many. */
unsigned int wpad_proxies(const char *text, size_t len,
    struct wpad_proxy out[WPAD_PROXIES]);

/* wpad_fetch.c */

/*
 * Fetch the file, from the uplink that tr names; of tr its base, name
 * servers, source and uplink count.  done is called once, with -1 and a
 * sentence or the number of proxies found; never before this returns.  NULL
 * without memory.
 */
struct wpad *wpad_start(const struct transport_request *tr, const char *url,
    void (*done)(int n, const struct wpad_proxy *found, const char *error,
	void *arg),
    void *arg);
/* Before done was called only. */
void wpad_cancel(struct wpad *wp);

#endif
