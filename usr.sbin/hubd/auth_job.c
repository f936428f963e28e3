/* SPDX-License-Identifier: ISC */
/*
 * auth_job: log-ins on their way through a hub's methods.  The main thread
 * has them in one of these places:
 *
 *	waiting		nothing was asked yet
 *	todo, done	shared with the threads that compute
 *	asked		a method on the loop will tell, which may take a
 *			minute: these have a bound of their own
 *	held		refused, and the answer is held back
 */
#include <sys/queue.h>

#include <arpa/inet.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <syslog.h>
#include <unistd.h>

#include "auth/auth.h"
#include "auth/guess.h"
#include "kern/clock.h"
#include "kern/conf.h"
#include "kern/ipc.h"
#include "kern/log.h"
#include "kern/security.h"

#include "auth.h"

enum {
	TIMER_SLACK = 10,	/* ms that a timer may be early */
	SLOWEST_MAX = 3000	/* ms that refusals wait for a slow server's */
};

struct job {
	TAILQ_ENTRY(job) jb_entry;
	TAILQ_ENTRY(job) jb_all;	/* until it is decided */
	uint32_t jb_id;
	struct msg_auth jb_msg;
	struct snapshot *jb_settings;
	struct auth_request jb_request;
	uint8_t *jb_chain;		/* of jb_request */
	unsigned int jb_method;		/* being asked */
	bool jb_active;			/* its pair is being looked at */
	bool jb_thread;			/* counted in running */
	bool jb_asked;			/* counted in asked, not in pending */
	enum auth_result jb_result;	/* of that method */
	enum auth_result jb_sum;	/* of those before */
	struct auth_grant jb_grant;
	char jb_string[PASSWORD_STRLEN]; /* of a new password */
	uint64_t jb_began;		/* ms, the first was asked */
	struct event *jb_timer;		/* while a refusal is held back */
};

TAILQ_HEAD(job_list, job);

/* Main thread only. */
static struct job_list waiting = TAILQ_HEAD_INITIALIZER(waiting);
static struct job_list all = TAILQ_HEAD_INITIALIZER(all);
static unsigned int pending;	/* jobs not decided, at most AUTH_PENDING */
static unsigned int asked;	/* of others, at most AUTH_ASKED */
static unsigned int held;	/* refusals held back, at most AUTH_HELD */
static unsigned int running;	/* jobs given to threads */
static unsigned int workers;
static uint64_t slowest;	/* ms that a refusal by others took lately */

/* Shared with the workers, under the lock. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
static struct job_list todo = TAILQ_HEAD_INITIALIZER(todo);
static struct job_list done = TAILQ_HEAD_INITIALIZER(done);
static int done_event = -1;

static void dispatch(void);
static void job_ask(struct job *jb);

/* The n'th method to ask, from 0; of a new password that of passwords only. */
static const struct auth_ops *
method(const struct job *jb, unsigned int n)
{
	if (*jb->jb_msg.ma_new != '\0')
		return (auth_method(NULL, n));
	return (auth_method(jb->jb_request.ar_hub, n));
}

/* It no longer counts against the bounds. */
static void
job_decided(struct job *jb)
{
	TAILQ_REMOVE(&all, jb, jb_all);
	pending--;
	explicit_bzero(jb->jb_msg.ma_password, sizeof(jb->jb_msg.ma_password));
	explicit_bzero(jb->jb_msg.ma_new, sizeof(jb->jb_msg.ma_new));
}

static void
job_free(struct job *jb)
{
	if (jb->jb_timer != NULL) {
		event_free(jb->jb_timer);
		held--;
	}
	snapshot_unref(jb->jb_settings);
	free(jb->jb_chain);
	freezero(jb, sizeof(*jb));
}

static void
on_delayed(evutil_socket_t fd, short what, void *arg)
{
	struct job *jb = arg;

	(void)fd;
	(void)what;
	auth_reply(jb->jb_id, AUTH_REFUSED, NULL);
	job_free(jb);
}

static void
refuse_later(struct job *jb, uint64_t ms)
{
	struct timeval tv;

	tv.tv_sec = (time_t)(ms / 1000);
	tv.tv_usec = (suseconds_t)(ms % 1000 * 1000);
	job_decided(jb);
	if (held < AUTH_HELD)
		jb->jb_timer = evtimer_new(auth_proc.ap_base, on_delayed, jb);
	held += jb->jb_timer != NULL;
	if (jb->jb_timer == NULL || event_add(jb->jb_timer, &tv) == -1)
		on_delayed(-1, 0, jb);
}

/*
 * How long refusals of a hub that asks others are held back at least: as long
 * as a refusal by those took lately, so that an unknown user, who is asked
 * for there, takes as long as one who is known here.
 */
static uint64_t
least_delay(const struct job *jb, uint64_t spent)
{
	const struct auth_ops *ops;
	unsigned int n;
	/* an unknown hub could be such a one */
	bool others = jb->jb_request.ar_hub == NULL;

	for (n = 0; (ops = method(jb, n)) != NULL; n++)
		others |= ops->ao_ask != NULL;
	if (!others)
		return (0);
	if (jb->jb_request.ar_hub == NULL || method(jb, jb->jb_method) != NULL)
		return (slowest);
	/* all were asked: it is one to measure by */
	slowest -= slowest / 8;
	if (spent > slowest)
		slowest = spent < SLOWEST_MAX ? spent : SLOWEST_MAX;
	return (slowest);
}

static const char *
address_name(const struct sockaddr_storage *ss, char *out, socklen_t size)
{
	const struct sockaddr_in *v4 = (const void *)ss;
	const struct sockaddr_in6 *v6 = (const void *)ss;
	const void *addr = ss->ss_family == AF_INET ?
	    (const void *)&v4->sin_addr :
	    (const void *)&v6->sin6_addr;

	return (inet_ntop(ss->ss_family, addr, out, size) == NULL ? "" : out);
}

/* At most one a lock-out's time, for each of guess's entries. */
static void
log_lockout(const struct job *jb)
{
	const struct msg_auth *ma = &jb->jb_msg;
	uint64_t seconds =
	    (uint64_t)conf_int(jb->jb_settings->sn_conf, "guess-lockout") /
	    1000;
	bool pair = guess_began(auth_proc.ap_guess) == GUESS_PAIR;
	char from[INET6_ADDRSTRLEN];
	struct security sy;

	(void)address_name(&ma->ma_from, from, sizeof(from));
	security_begin(&sy, "lockout");
	if (pair) {
		security_add(&sy, "hub", ma->ma_hub);
		security_add(&sy, "user", ma->ma_user);
	}
	security_add(&sy, "from", from);
	security_add_number(&sy, "seconds", seconds);
	security_log(&sy, LOG_WARNING, "%s%s%s is locked out for %llu s",
	    pair ? ma->ma_user : "", pair ? " from " : "address ", from,
	    (unsigned long long)seconds);
}

/*
 * The delay counts from when the check began, so that how long that took,
 * which costs of scrypt may tell, does not show.  Who has the answer may try
 * again: timers are coarse, so it comes a little later than that.
 */
static void
failed(struct job *jb)
{
	uint64_t spent = clock_ms() - jb->jb_began, ms, least;

	ms = guess_failed(auth_proc.ap_guess, jb->jb_msg.ma_user,
	    (const void *)&jb->jb_msg.ma_from, jb->jb_began);
	if (guess_began(auth_proc.ap_guess) != GUESS_NONE)
		log_lockout(jb);
	if (ms > auth_proc.ap_delay_max)
		ms = auth_proc.ap_delay_max;
	least = least_delay(jb, spent);
	ms = TIMER_SLACK + (ms > least ? ms : least);
	refuse_later(jb, ms > spent ? ms - spent : 0);
}

/* The parent's to do, and then to be answered (auth.c). */
static int
keep_password(const struct job *jb)
{
	struct msg_password mp = { .mp_hub = "" };

	strlcpy(mp.mp_hub, jb->jb_msg.ma_hub, sizeof(mp.mp_hub));
	strlcpy(mp.mp_user, jb->jb_msg.ma_user, sizeof(mp.mp_user));
	strlcpy(mp.mp_string, jb->jb_string, sizeof(mp.mp_string));
	return (ipc_send(auth_proc.ap_parent, MSG_PASSWORD, jb->jb_id, -1, &mp,
	    sizeof(mp)));
}

static void
passed(struct job *jb)
{
	const struct auth_ops *ops = method(jb, jb->jb_method);

	guess_passed(auth_proc.ap_guess, jb->jb_msg.ma_user,
	    (const void *)&jb->jb_msg.ma_from, clock_ms());
	strlcpy(jb->jb_grant.ag_method, ops->ao_name, GRANT_NAME);
	if (*jb->jb_msg.ma_new == '\0')
		auth_reply(jb->jb_id, AUTH_PASSED, &jb->jb_grant);
	else if (keep_password(jb) == -1)
		auth_reply(jb->jb_id, AUTH_BUSY, NULL);
	job_decided(jb);
	job_free(jb);
}

/* Nobody to ask is no wrong guess. */
static void
unreachable(struct job *jb)
{
	auth_reply(jb->jb_id, AUTH_BUSY, NULL);
	job_decided(jb);
	job_free(jb);
}

static void
job_set_asked(struct job *jb, bool on)
{
	if (jb->jb_asked == on)
		return;
	jb->jb_asked = on;
	asked += on ? 1u : -1u;
	pending += on ? -1u : 1u;
}

/* A method has answered: the next, or the end. */
static void
job_next(struct job *jb)
{
	if (jb->jb_thread)
		running--;
	jb->jb_thread = false;
	job_set_asked(jb, false);
	jb->jb_sum = auth_sum(jb->jb_sum, jb->jb_result);
	if (jb->jb_result == AUTH_OK)
		passed(jb);
	else if (jb->jb_result == AUTH_DENY)
		failed(jb);
	else {
		jb->jb_method++;
		job_ask(jb);
	}
}

static void
on_told(enum auth_result res, const struct auth_grant *ag, void *arg)
{
	struct job *jb = arg;

	jb->jb_result = res;
	jb->jb_grant = *ag;
	job_next(jb);
	dispatch();
}

static void
job_compute(struct job *jb)
{
	jb->jb_thread = true;
	running++;
	pthread_mutex_lock(&lock);
	TAILQ_INSERT_TAIL(&todo, jb, jb_entry);
	pthread_cond_signal(&wake);
	pthread_mutex_unlock(&lock);
}

static void
job_ask_others(struct job *jb, const struct auth_ops *ops)
{
	jb->jb_result = AUTH_UNREACHABLE;
	if (asked < AUTH_ASKED)
		jb->jb_result = ops->ao_ask(auth_proc.ap_base, &jb->jb_request,
		    &jb->jb_grant, on_told, jb);
	if (jb->jb_result == AUTH_LATER)
		job_set_asked(jb, true);
	else
		job_next(jb);
}

/* Ask the method that it is at, if there is one. */
static void
job_ask(struct job *jb)
{
	const struct auth_ops *ops = method(jb, jb->jb_method);

	if (ops == NULL && jb->jb_sum == AUTH_UNREACHABLE)
		unreachable(jb);
	else if (ops == NULL)
		failed(jb);
	else if (ops->ao_ask == NULL)
		job_compute(jb);
	else
		job_ask_others(jb, ops);
}

static void *
worker(void *arg)
{
	struct job *jb;
	uint64_t one = 1;

	(void)arg;
	for (;;) {
		pthread_mutex_lock(&lock);
		while ((jb = TAILQ_FIRST(&todo)) == NULL)
			pthread_cond_wait(&wake, &lock);
		TAILQ_REMOVE(&todo, jb, jb_entry);
		pthread_mutex_unlock(&lock);
		jb->jb_result = method(jb, jb->jb_method)
				    ->ao_check(&jb->jb_request, &jb->jb_grant);
		if (jb->jb_result == AUTH_OK && *jb->jb_msg.ma_new != '\0' &&
		    password_make(jb->jb_msg.ma_new, jb->jb_string) == -1)
			jb->jb_result = AUTH_UNREACHABLE;
		pthread_mutex_lock(&lock);
		TAILQ_INSERT_TAIL(&done, jb, jb_entry);
		pthread_mutex_unlock(&lock);
		(void)!write(done_event, &one, sizeof(one));
	}
	return (NULL);
}

static void
on_done(evutil_socket_t fd, short what, void *arg)
{
	struct job *jb;
	uint64_t n;

	(void)what;
	(void)arg;
	(void)!read(fd, &n, sizeof(n));
	for (;;) {
		pthread_mutex_lock(&lock);
		if ((jb = TAILQ_FIRST(&done)) != NULL)
			TAILQ_REMOVE(&done, jb, jb_entry);
		pthread_mutex_unlock(&lock);
		if (jb == NULL)
			break;
		job_next(jb);
	}
	dispatch();
}

static bool
pair_busy(const struct job *jb)
{
	const struct msg_auth *a = &jb->jb_msg, *b;
	const struct job *other;

	TAILQ_FOREACH(other, &all, jb_all) {
		b = &other->jb_msg;
		if (other->jb_active && strcmp(a->ma_user, b->ma_user) == 0 &&
		    memcmp(&a->ma_from, &b->ma_from, sizeof(a->ma_from)) == 0)
			return (true);
	}
	return (false);
}

/* Whether its first method can be asked now; threads are few. */
static bool
may_begin(const struct job *jb)
{
	const struct auth_ops *ops = method(jb, 0);

	return ((ops == NULL || ops->ao_ask != NULL || running < workers) &&
	    !pair_busy(jb));
}

/* Begin a job, unless its pair must wait. */
static void
job_begin(struct job *jb)
{
	uint64_t wait = guess_wait(auth_proc.ap_guess, jb->jb_msg.ma_user,
	    (const void *)&jb->jb_msg.ma_from, clock_ms());

	TAILQ_REMOVE(&waiting, jb, jb_entry);
	if (wait > 0) {
		refuse_later(jb,
		    wait < auth_proc.ap_delay_max ? wait :
						    auth_proc.ap_delay_max);
		return;
	}
	jb->jb_active = true;
	jb->jb_began = clock_ms();
	job_ask(jb);
}

static void
dispatch(void)
{
	struct job *jb, *next;

	TAILQ_FOREACH_SAFE(jb, &waiting, jb_entry, next)
		if (may_begin(jb))
			job_begin(jb);
}

/* An IPv6 address counts by its /64. */
static bool
same_address(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	const struct sockaddr_in *a4 = (const void *)a, *b4 = (const void *)b;
	const struct sockaddr_in6 *a6 = (const void *)a, *b6 = (const void *)b;

	if (a->ss_family != b->ss_family)
		return (false);
	if (a->ss_family == AF_INET)
		return (a4->sin_addr.s_addr == b4->sin_addr.s_addr);
	return (memcmp(&a6->sin6_addr, &b6->sin6_addr, 8) == 0);
}

/*
 * Whether one more may come: nobody fills the queue, nor keeps the servers
 * that are asked busy, from a few addresses.
 */
static bool
room_for(const struct msg_auth *ma)
{
	const struct job *jb;
	unsigned int n = 0;

	TAILQ_FOREACH(jb, &all, jb_all)
		n += same_address(&jb->jb_msg.ma_from, &ma->ma_from);
	return (pending < AUTH_PENDING && n < AUTH_ADDRESS);
}

/* What the methods are asked about. */
static void
job_request(struct job *jb, size_t nchain)
{
	const struct snapshot *sn = jb->jb_settings;
	const struct msg_auth *ma = &jb->jb_msg;

	jb->jb_request = (struct auth_request){ .ar_conf = sn->sn_conf,
		.ar_hub = conf_block(sn->sn_conf, "hub", ma->ma_hub),
		.ar_user = ma->ma_user,
		.ar_password = ma->ma_password,
		.ar_from = (const void *)&ma->ma_from,
		.ar_chain = jb->jb_chain,
		.ar_nchain = nchain,
		.ar_ca =
		    files_find(&sn->sn_files, "hub", ma->ma_hub, "client-ca"),
		.ar_crl = files_find(&sn->sn_files, "hub", ma->ma_hub,
		    "client-crl") };
}

bool
job_add(uint32_t id, const struct msg_auth *ma, const uint8_t *chain,
    size_t nchain)
{
	struct snapshot *sn = auth_proc.ap_settings;
	struct job *jb;

	if (!room_for(ma) || sn == NULL ||
	    (jb = calloc(1, sizeof(*jb))) == NULL)
		return (false);
	if ((jb->jb_chain = malloc(nchain + 1)) == NULL) {
		free(jb);
		return (false);
	}
	memcpy(jb->jb_chain, chain, nchain);
	jb->jb_id = id;
	jb->jb_msg = *ma;
	jb->jb_settings = sn;
	sn->sn_refs++;
	jb->jb_sum = AUTH_UNKNOWN;
	job_request(jb, nchain);
	pending++;
	TAILQ_INSERT_TAIL(&all, jb, jb_all);
	TAILQ_INSERT_TAIL(&waiting, jb, jb_entry);
	dispatch();
	return (true);
}

int
jobs_start(unsigned int threads)
{
	pthread_t thread;
	struct event *ev;

	done_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ev = event_new(auth_proc.ap_base, done_event, EV_READ | EV_PERSIST,
	    on_done, NULL);
	if (done_event == -1 || ev == NULL || event_add(ev, NULL) == -1)
		return (-1);
	for (workers = 0; workers < threads; workers++)
		if (pthread_create(&thread, NULL, worker, NULL) != 0)
			return (-1);
	return (0);
}
