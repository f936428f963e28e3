/* SPDX-License-Identifier: ISC */
/*
 * auto: finds the way to a server by itself.  Ways are chains (chain.h),
 * tried one after the other at short distance, so that one that swallows
 * packets does not hold up the rest; the first that connects is taken and the
 * others are given up.  What worked last is tried first.  A way that connects
 * but leads to something else than the server, such as a portal, is to be
 * told by auto_false(); it is tried last from then on.
 *
 * Ways, in order: direct, to each of the ports; each proxy; the proxies that
 * a file of DHCP option 252 names (wpad.h).
 */
#ifndef TRANSPORT_AUTO_H
#define TRANSPORT_AUTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transport/chain.h"
#include "transport/wpad.h"

struct autoway;

enum {
	AUTO_PORTS = 5,
	AUTO_PROXIES = 8,
	AUTO_WAYS = AUTO_PORTS + AUTO_PROXIES + WPAD_PROXIES,
	AUTO_NOTES = AUTO_WAYS + 1,	/* and the file */
	AUTO_NAME_LEN = 200,
	AUTO_NOTE_LEN = 200,
	AUTO_DENIED = 60000,	/* ms until a refused user is tried again */
	AUTO_STAGGER = 500,	/* ms between beginnings */
	AUTO_HEADSTART = 1500,	/* ms for what worked last */
	AUTO_AGAIN = 2000	/* ms until it is tried again meanwhile */
};

/* What is known of one way. */
struct auto_note {
	char an_name[AUTO_NAME_LEN];	/* "direct, port 992" */
	char an_error[AUTO_NOTE_LEN];	/* the last failure, or "" */
	bool an_tried;
	bool an_worked;			/* when it was tried last */
	bool an_false;			/* it connects to something else */
	uint64_t an_denied;		/* ms: not before, after a refusal */
};

/* What is remembered from one attempt to the next; zeroed at first. */
struct auto_memory {
	unsigned int am_n;
	struct auto_note am_notes[AUTO_NOTES];
	char am_best[AUTO_NAME_LEN];	/* worked last, or "" */
	char am_wpad[WPAD_URL_MAX];	/* where am_found is from, or "" */
	unsigned int am_nfound;
	struct wpad_proxy am_found[WPAD_PROXIES];
};

/* The way that connected; auto_done's `way`. */
struct auto_way {
	char aw_name[AUTO_NAME_LEN];
	char aw_host[256];		/* of the first connection */
};

/*
 * As transport_done; way is NULL without a descriptor, and error then tells
 * the reasons of all, as far as they fit.
 */
typedef void (*auto_done)(int fd, const struct auto_way *way, const char *error,
    void *arg);

struct auto_request {
	/*
	 * As for chain_start(); tr_port is tried first, and by proxies.
	 * tr_done is not used.
	 */
	struct transport_request ar_tr;
	const struct conf *const *ar_proxies;	/* live until the end */
	unsigned int ar_nproxies;
	const char *ar_wpad;			/* URL, copied; "" none */
	auto_done ar_done;
	void *ar_arg;
};

/*
 * The memory is the caller's and must outlive it.  only: the name of the one
 * way to try, or NULL.  NULL without memory; ar_done is never called before
 * this returns.
 */
struct autoway *auto_start(const struct auto_request *ar,
    struct auto_memory *am, const char *only);
/* Before ar_done was called only. */
void auto_cancel(struct autoway *au);

/* The server answered by this way. */
void auto_worked(struct auto_memory *am, const char *name);
/* It did not, though the way connected. */
void auto_false(struct auto_memory *am, const char *name, const char *why);
/* All ways tried, with what is known of each: "NAME: REASON; NAME: works". */
void auto_list(const struct auto_memory *am, char *buf, size_t size);

#endif
