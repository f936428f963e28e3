/* SPDX-License-Identifier: ISC */
/*
 * listener: accepts connections and spreads them over the workers.  How many
 * unfinished handshakes one address may have is limited, so that somebody
 * who opens connections and says nothing cannot keep others out.
 */
#include <sys/queue.h>
#include <sys/socket.h>

#include <errno.h>
#include <event2/event.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kern/conf.h"
#include "kern/log.h"

#include "control.h"

enum {
	ACCEPT_ROUND = 64,
	PAUSE_MS = 500,		/* without file descriptors or memory */
	ADDRESS_LEN = 16,
	ADDRESS_TABLE = 256
};

struct listener {
	LIST_ENTRY(listener) ls_entry;
	uint32_t ls_id;
	int ls_fd;
	struct event *ls_event;
	struct event *ls_resume;
};

/* Unfinished handshakes of an IPv4 address or an IPv6 /64. */
struct address {
	LIST_ENTRY(address) ad_entry;
	uint8_t ad_key[ADDRESS_LEN];
	unsigned int ad_count;
};
LIST_HEAD(address_list, address);

static LIST_HEAD(, listener) listeners = LIST_HEAD_INITIALIZER(listeners);
static uint64_t refused;

/* Any thread. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct address_list addresses[ADDRESS_TABLE];

static void
address_key(const struct sockaddr_storage *from, uint8_t *key)
{
	const struct sockaddr_in *v4 = (const void *)from;
	const struct sockaddr_in6 *v6 = (const void *)from;

	memset(key, 0, ADDRESS_LEN);
	if (from->ss_family == AF_INET) {
		memset(key + 10, 0xff, 2);
		memcpy(key + 12, &v4->sin_addr, 4);
	} else
		memcpy(key, &v6->sin6_addr, 8);
}

static struct address_list *
address_bucket(const uint8_t *key)
{
	unsigned int h = 0;
	int i;

	for (i = 0; i < ADDRESS_LEN; i++)
		h = h * 31 + key[i];
	return (&addresses[h % ADDRESS_TABLE]);
}

/* Locked. */
static struct address *
address_find(const uint8_t *key)
{
	struct address *ad;

	LIST_FOREACH(ad, address_bucket(key), ad_entry)
		if (memcmp(ad->ad_key, key, ADDRESS_LEN) == 0)
			return (ad);
	return (NULL);
}

/* Locked. */
static struct address *
address_add(const uint8_t *key)
{
	struct address *ad = calloc(1, sizeof(*ad));

	if (ad == NULL)
		return (NULL);
	memcpy(ad->ad_key, key, ADDRESS_LEN);
	LIST_INSERT_HEAD(address_bucket(key), ad, ad_entry);
	return (ad);
}

/* Count one more, unless there are too many. */
static bool
address_take(const struct sockaddr_storage *from)
{
	uint8_t key[ADDRESS_LEN];
	struct address *ad;
	bool room;

	address_key(from, key);
	pthread_mutex_lock(&lock);
	if ((ad = address_find(key)) == NULL)
		ad = address_add(key);
	room = ad != NULL && ad->ad_count < HANDSHAKES_ADDRESS;
	if (room)
		ad->ad_count++;
	pthread_mutex_unlock(&lock);
	return (room);
}

void
listener_done(const struct sockaddr_storage *from)
{
	uint8_t key[ADDRESS_LEN];
	struct address *ad;

	address_key(from, key);
	pthread_mutex_lock(&lock);
	if ((ad = address_find(key)) != NULL && --ad->ad_count == 0) {
		LIST_REMOVE(ad, ad_entry);
		free(ad);
	}
	pthread_mutex_unlock(&lock);
}

void
sockaddr_name(const struct sockaddr_storage *from, char *out, size_t size)
{
	char host[INET6_ADDRSTRLEN + IF_NAMESIZE] = "?", port[8] = "?";

	(void)getnameinfo((const void *)from, sizeof(*from), host, sizeof(host),
	    port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
	snprintf(out, size, from->ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s",
	    host, port);
}

/* The worker with the fewest connections, and how many there are in all. */
static struct worker *
least_loaded(unsigned int *total)
{
	struct worker *best = &data.dt_worker[0];
	unsigned int i, n, least = UINT32_MAX;

	*total = 0;
	for (i = 0; i < data.dt_nworkers; i++) {
		n = atomic_load(&data.dt_worker[i].w_nclients);
		*total += n;
		if (n < least) {
			least = n;
			best = &data.dt_worker[i];
		}
	}
	return (best);
}

static void
take(int fd, const struct sockaddr_storage *from)
{
	unsigned int total;
	struct worker *w = least_loaded(&total);
	struct accept_job *ac = NULL;

	if (total < conf_int(data.dt_conf, "max-connections") &&
	    address_take(from) && (ac = malloc(sizeof(*ac))) == NULL)
		listener_done(from);
	if (ac == NULL) {
		refused++;
		close(fd);
		return;
	}
	ac->ac_job.j_run = client_accept;
	ac->ac_fd = fd;
	ac->ac_number = ++data.dt_next;
	ac->ac_from = *from;
	ac->ac_params = data.dt_params;
	atomic_fetch_add(&w->w_nclients, 1);
	worker_post(w, &ac->ac_job);
}

/* No descriptors: a listener that stays readable would spin. */
static void
pause_listener(struct listener *ls)
{
	struct timeval tv = ms_timeval(PAUSE_MS);

	log_warn("accept");
	event_del(ls->ls_event);
	(void)event_add(ls->ls_resume, &tv);
}

static void
on_resume(evutil_socket_t fd, short what, void *arg)
{
	struct listener *ls = arg;

	(void)fd;
	(void)what;
	(void)event_add(ls->ls_event, NULL);
}

static void
on_accept(evutil_socket_t lfd, short what, void *arg)
{
	struct sockaddr_storage from;
	socklen_t len;
	int fd, i;

	(void)what;
	for (i = 0; i < ACCEPT_ROUND; i++) {
		memset(&from, 0, sizeof(from));
		len = sizeof(from);
		fd = accept4(lfd, (struct sockaddr *)&from, &len,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd != -1) {
			take(fd, &from);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
		    errno == ENOMEM)
			pause_listener(arg);
		if (errno != ECONNABORTED && errno != EINTR)
			return;
	}
}

void
listener_add(uint32_t id, int fd)
{
	struct event_base *base = data.dt_worker[0].w_base;
	struct listener *ls = calloc(1, sizeof(*ls));

	if (ls == NULL)
		fatal("calloc");
	ls->ls_id = id;
	ls->ls_fd = fd;
	ls->ls_event = event_new(base, fd, EV_READ | EV_PERSIST, on_accept, ls);
	ls->ls_resume = evtimer_new(base, on_resume, ls);
	if (ls->ls_event == NULL || ls->ls_resume == NULL ||
	    event_add(ls->ls_event, NULL) == -1)
		fatalx("no memory for a listener");
	LIST_INSERT_HEAD(&listeners, ls, ls_entry);
}

static void
listener_free(struct listener *ls)
{
	LIST_REMOVE(ls, ls_entry);
	event_free(ls->ls_event);
	event_free(ls->ls_resume);
	close(ls->ls_fd);
	free(ls);
}

void
listener_remove(uint32_t id)
{
	struct listener *ls;

	LIST_FOREACH(ls, &listeners, ls_entry)
		if (ls->ls_id == id) {
			listener_free(ls);
			return;
		}
}

uint64_t
listener_refused(void)
{
	return (refused);
}
