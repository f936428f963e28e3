/* SPDX-License-Identifier: ISC */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kern/conf.h"
#include "kern/schema.h"
#include "transport/chain.h"

_Static_assert((int)CHAIN_PROXIES == SCHEMA_HOPS,
    "room for the proxies that the settings take");

enum { CHAIN_HOPS = 1 + 2 * CHAIN_PROXIES };

/*
 * One transport of the list.  Those before the one that runs are done, unless
 * that one, or one behind it, asked for a fresh stream: then they run again
 * while it waits.
 */
struct hop {
	struct chain *h_chain;
	const struct transport_ops *h_ops;
	const struct conf *h_conf;
	char h_name[160];		/* "proxy HOST:PORT"; "" the first */
	const char *h_host;		/* where it leads to */
	uint16_t h_port;
	struct transport *h_transport;	/* while it runs or waits */
};

/* A proxy's server. */
struct chain_server {
	char cs_host[256];
	uint16_t cs_port;
};

struct chain {
	struct transport_request ch_request;
	char ch_host[256];
	struct chain_server ch_servers[CHAIN_PROXIES];
	struct hop ch_hops[CHAIN_HOPS];
	unsigned int ch_nhops;
};

static int hop_start(struct hop *h, int fd);

void
chain_cancel(struct chain *ch)
{
	unsigned int i;

	for (i = 0; i < ch->ch_nhops; i++)
		if (ch->ch_hops[i].h_transport != NULL)
			ch->ch_hops[i]
			    .h_ops->to_cancel(ch->ch_hops[i].h_transport);
	free(ch);
}

static void
chain_done(struct chain *ch, int fd, const char *error)
{
	transport_done done = ch->ch_request.tr_done;
	void *arg = ch->ch_request.tr_arg;

	chain_cancel(ch);
	done(fd, error, arg);
}

/* The first connection's error does not say what it was to. */
static void
chain_failed(struct hop *h, int why, const char *error)
{
	struct chain *ch = h->h_chain;
	char text[TRANSPORT_ERROR_LEN];

	if (h != &ch->ch_hops[0] || ch->ch_nhops == 1)
		strlcpy(text, error, sizeof(text));
	else
		snprintf(text, sizeof(text), "%s cannot be reached: %s",
		    ch->ch_hops[1].h_name, error);
	chain_done(ch, why, text);
}

/* transport_done of each hop. */
static void
hop_done(int fd, const char *error, void *arg)
{
	struct hop *h = arg, *next = h + 1;
	struct chain *ch = h->h_chain;

	h->h_transport = NULL;
	if (fd < 0)
		chain_failed(h, fd, error);
	else if (next == &ch->ch_hops[ch->ch_nhops])
		chain_done(ch, fd, NULL);
	else if (next->h_transport != NULL)
		next->h_ops->to_stream(next->h_transport, fd);
	else if (hop_start(next, fd) == -1)
		chain_failed(next, TRANSPORT_FAILED, "out of memory");
}

/* tr_again of each hop but the first. */
static void
hop_again(void *arg)
{
	struct hop *h = arg, *first = &h->h_chain->ch_hops[0];

	if (hop_start(first, -1) == -1)
		chain_failed(first, TRANSPORT_FAILED, "out of memory");
}

static int
hop_start(struct hop *h, int fd)
{
	struct transport_request tr = h->h_chain->ch_request;

	tr.tr_host = h->h_host;
	tr.tr_port = h->h_port;
	tr.tr_fd = fd;
	tr.tr_name = h->h_name;
	tr.tr_again = fd == -1 ? NULL : hop_again;
	tr.tr_again_arg = h;
	tr.tr_conf = h->h_conf;
	tr.tr_done = hop_done;
	tr.tr_arg = h;
	h->h_transport = h->h_ops->to_start(&tr);
	return (h->h_transport == NULL ? -1 : 0);
}

static const struct transport_ops *
proxy_ops(const struct conf *proxy)
{
	return (transport_find(conf_str(proxy, "type")));
}

static void
proxy_server(const struct conf *proxy, struct chain_server *cs)
{
	const struct transport_ops *ops = proxy_ops(proxy);
	char port[8] = "";

	cs->cs_host[0] = '\0';
	schema_hostport(conf_str(proxy, "server"), cs->cs_host,
	    sizeof(cs->cs_host), port, sizeof(port));
	cs->cs_port = *port != '\0' ? (uint16_t)strtonum(port, 1, 65535, NULL) :
	    ops != NULL		    ? ops->to_port :
				      0;
}

static void
proxy_name(const struct chain_server *cs, char *buf, size_t size)
{
	snprintf(buf, size,
	    strchr(cs->cs_host, ':') != NULL ? "proxy [%.100s]:%u" :
					       "proxy %.100s:%u",
	    cs->cs_host, cs->cs_port);
}

static struct hop *
chain_add(struct chain *ch, const struct transport_ops *ops,
    const struct conf *conf, const char *host, uint16_t port)
{
	struct hop *h = &ch->ch_hops[ch->ch_nhops++];

	h->h_chain = ch;
	h->h_ops = ops;
	h->h_conf = conf;
	h->h_host = host;
	h->h_port = port;
	return (h);
}

/* Proxy i, that leads to the next one or to the server. */
static void
chain_add_proxy(struct chain *ch, const struct conf *const *proxies,
    unsigned int i, unsigned int n)
{
	const struct chain_server *own = &ch->ch_servers[i], *next = own + 1;
	const struct conf *cf = proxies[i];
	struct hop *h;

	if (conf_bool(cf, "tls")) {
		h = chain_add(ch, transport_find("tls"), cf, own->cs_host,
		    own->cs_port);
		proxy_name(own, h->h_name, sizeof(h->h_name));
	}
	if (i + 1 == n)
		h = chain_add(ch, proxy_ops(cf), cf, ch->ch_host,
		    ch->ch_request.tr_port);
	else
		h = chain_add(ch, proxy_ops(cf), cf, next->cs_host,
		    next->cs_port);
	proxy_name(own, h->h_name, sizeof(h->h_name));
}

struct chain *
chain_start(const struct transport_ops *first,
    const struct transport_request *tr, const struct conf *const *proxies,
    unsigned int nproxies)
{
	struct chain *ch = calloc(1, sizeof(*ch));
	unsigned int i;

	if (ch == NULL)
		return (NULL);
	ch->ch_request = *tr;
	strlcpy(ch->ch_host, tr->tr_host, sizeof(ch->ch_host));
	ch->ch_request.tr_host = ch->ch_host;
	for (i = 0; i < nproxies; i++)
		proxy_server(proxies[i], &ch->ch_servers[i]);
	chain_add(ch, first, tr->tr_conf,
	    nproxies > 0 ? ch->ch_servers[0].cs_host : ch->ch_host,
	    nproxies > 0 ? ch->ch_servers[0].cs_port : tr->tr_port);
	for (i = 0; i < nproxies; i++)
		chain_add_proxy(ch, proxies, i, nproxies);
	if (hop_start(&ch->ch_hops[0], -1) == 0)
		return (ch);
	free(ch);
	return (NULL);
}

void
chain_way(const struct transport_ops *first, const struct conf *const *proxies,
    unsigned int nproxies, char *buf, size_t size)
{
	struct chain_server cs;
	char name[160];
	unsigned int i;

	strlcpy(buf, first->to_name, size);
	for (i = 0; i < nproxies; i++) {
		proxy_server(proxies[i], &cs);
		proxy_name(&cs, name, sizeof(name));
		strlcat(buf, ", ", size);
		strlcat(buf, name, size);
		strlcat(buf, " (", size);
		strlcat(buf, conf_str(proxies[i], "type"), size);
		strlcat(buf, conf_bool(proxies[i], "tls") ? " in TLS)" : ")",
		    size);
	}
}
