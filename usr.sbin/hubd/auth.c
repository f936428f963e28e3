/* SPDX-License-Identifier: ISC */
/*
 * auth: the process that checks passwords.  Its loop takes requests from the
 * data process, in order but one at a time for each pair of user and address
 * (so that guesses sent at once do not escape the count of failures); a
 * bounded number of threads does the work; refusals are held back.
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
#include "kern/proc.h"
#include "kern/security.h"

#include "hubd.h"

enum {
	DELAY_DOUBLED = 8,	/* at most so many times guess-delay */
	TIMER_SLACK = 10	/* ms that a timer may be early */
};

/* A tree of settings that jobs may still read when a newer one has come. */
struct snapshot {
	struct conf *sn_conf;
	unsigned int sn_refs;		/* main thread only */
};

struct job {
	TAILQ_ENTRY(job) jb_entry;
	uint32_t jb_id;
	struct msg_auth jb_msg;
	struct snapshot *jb_settings;
	enum auth_result jb_result;
	uint64_t jb_began;		/* ms, given to a worker */
	struct event *jb_timer;		/* while a refusal is held back */
};

TAILQ_HEAD(job_list, job);

/* Main thread only. */
static struct event_base *base;
static struct ipc *data_channel;
static struct guess *guess;
static uint64_t delay_max;	/* ms that a refusal is held back */
static struct snapshot *settings;
static struct text incoming;
static struct job_list waiting = TAILQ_HEAD_INITIALIZER(waiting);
static unsigned int pending;	/* jobs not decided, at most AUTH_PENDING */
static unsigned int held;	/* refusals held back, at most AUTH_HELD */
static unsigned int running;
static unsigned int workers;
static struct job *busy[8];	/* given to workers, for pair_busy() */

/* Shared with the workers, under the lock. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
static struct job_list todo = TAILQ_HEAD_INITIALIZER(todo);
static struct job_list done = TAILQ_HEAD_INITIALIZER(done);
static int done_event = -1;

static void dispatch(void);

static void
snapshot_unref(struct snapshot *sn)
{
	if (sn == NULL || --sn->sn_refs > 0)
		return;
	conf_free(sn->sn_conf);
	free(sn);
}

static void
job_free(struct job *jb)
{
	if (jb->jb_timer != NULL)
		event_free(jb->jb_timer);
	if (jb->jb_timer != NULL)
		held--;
	else
		pending--;
	snapshot_unref(jb->jb_settings);
	explicit_bzero(&jb->jb_msg, sizeof(jb->jb_msg));
	free(jb);
}

static void
reply(uint32_t id, uint8_t answer)
{
	if (data_channel != NULL)
		(void)ipc_send(data_channel, MSG_AUTH, id, -1, &answer, 1);
}

static void
on_delayed(evutil_socket_t fd, short what, void *arg)
{
	struct job *jb = arg;

	(void)fd;
	(void)what;
	reply(jb->jb_id, AUTH_REFUSED);
	job_free(jb);
}

static void
refuse_later(struct job *jb, uint64_t ms)
{
	struct timeval tv;

	if (ms > delay_max)
		ms = delay_max;
	tv.tv_sec = (time_t)(ms / 1000);
	tv.tv_usec = (suseconds_t)(ms % 1000 * 1000);
	explicit_bzero(jb->jb_msg.ma_password, sizeof(jb->jb_msg.ma_password));
	if (held < AUTH_HELD &&
	    (jb->jb_timer = evtimer_new(base, on_delayed, jb)) != NULL) {
		pending--;
		held++;
	}
	if (jb->jb_timer == NULL || event_add(jb->jb_timer, &tv) == -1)
		on_delayed(-1, 0, jb);
}

static void *
worker(void *arg)
{
	struct job *jb;
	const struct conf *hub;
	uint64_t one = 1;

	(void)arg;
	for (;;) {
		pthread_mutex_lock(&lock);
		while ((jb = TAILQ_FIRST(&todo)) == NULL)
			pthread_cond_wait(&wake, &lock);
		TAILQ_REMOVE(&todo, jb, jb_entry);
		pthread_mutex_unlock(&lock);
		hub = conf_block(jb->jb_settings->sn_conf, "hub",
		    jb->jb_msg.ma_hub);
		jb->jb_result =
		    auth_check(hub, jb->jb_msg.ma_user, jb->jb_msg.ma_password);
		explicit_bzero(jb->jb_msg.ma_password,
		    sizeof(jb->jb_msg.ma_password));
		pthread_mutex_lock(&lock);
		TAILQ_INSERT_TAIL(&done, jb, jb_entry);
		pthread_mutex_unlock(&lock);
		(void)!write(done_event, &one, sizeof(one));
	}
	return (NULL);
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
log_lockout(const struct msg_auth *ma)
{
	uint64_t seconds =
	    (uint64_t)conf_int(settings->sn_conf, "guess-lockout") / 1000;
	bool pair = guess_began(guess) == GUESS_PAIR;
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
	uint64_t spent = clock_ms() - jb->jb_began, ms;

	ms = TIMER_SLACK +
	    guess_failed(guess, jb->jb_msg.ma_user,
		(const void *)&jb->jb_msg.ma_from, jb->jb_began);
	if (guess_began(guess) != GUESS_NONE)
		log_lockout(&jb->jb_msg);
	refuse_later(jb, ms > spent ? ms - spent : 0);
}

static void
finish(struct job *jb)
{
	const struct sockaddr *from = (void *)&jb->jb_msg.ma_from;
	const char *user = jb->jb_msg.ma_user;
	unsigned int i;

	for (i = 0; i < workers; i++)
		if (busy[i] == jb)
			busy[i] = NULL;
	running--;
	if (jb->jb_result == AUTH_OK) {
		guess_passed(guess, user, from, clock_ms());
		reply(jb->jb_id, AUTH_PASSED);
		job_free(jb);
	} else
		failed(jb);
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
		finish(jb);
	}
	dispatch();
}

static bool
pair_busy(const struct job *jb)
{
	const struct msg_auth *a = &jb->jb_msg, *b;
	unsigned int i;

	for (i = 0; i < workers; i++) {
		if (busy[i] == NULL)
			continue;
		b = &busy[i]->jb_msg;
		if (strcmp(a->ma_user, b->ma_user) == 0 &&
		    memcmp(&a->ma_from, &b->ma_from, sizeof(a->ma_from)) == 0)
			return (true);
	}
	return (false);
}

/* Give a job to a worker, unless its pair must wait. */
static void
dispatch_one(struct job *jb)
{
	uint64_t wait = guess_wait(guess, jb->jb_msg.ma_user,
	    (const void *)&jb->jb_msg.ma_from, clock_ms());
	unsigned int i;

	TAILQ_REMOVE(&waiting, jb, jb_entry);
	if (wait > 0) {
		refuse_later(jb, wait);
		return;
	}
	for (i = 0; busy[i] != NULL; i++)
		;
	busy[i] = jb;
	jb->jb_began = clock_ms();
	running++;
	pthread_mutex_lock(&lock);
	TAILQ_INSERT_TAIL(&todo, jb, jb_entry);
	pthread_cond_signal(&wake);
	pthread_mutex_unlock(&lock);
}

static void
dispatch(void)
{
	struct job *jb, *next;

	TAILQ_FOREACH_SAFE(jb, &waiting, jb_entry, next)
		if (running < workers && !pair_busy(jb))
			dispatch_one(jb);
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

/* Whether one more may wait: nobody fills the queue from a few addresses. */
static bool
room_for(const struct msg_auth *ma)
{
	const struct job *jb;
	unsigned int n = 0;

	TAILQ_FOREACH(jb, &waiting, jb_entry)
		n += same_address(&jb->jb_msg.ma_from, &ma->ma_from);
	return (pending < AUTH_PENDING && n < AUTH_ADDRESS);
}

static bool
request_ok(const struct ipc_msg *msg)
{
	const struct msg_auth *ma = msg->im_data;

	return (msg->im_type == MSG_AUTH && msg->im_len == sizeof(*ma) &&
	    name_ok(ma->ma_hub, sizeof(ma->ma_hub)) &&
	    name_ok(ma->ma_user, sizeof(ma->ma_user)) &&
	    name_ok(ma->ma_password, sizeof(ma->ma_password)));
}

static void
on_data(struct ipc *ch, const struct ipc_msg *msg, void *arg)
{
	struct job *jb;

	(void)arg;
	if (msg == NULL) {
		ipc_free(ch);
		data_channel = NULL;
		return;
	}
	if (msg->im_fd != -1)
		close(msg->im_fd);
	if (!request_ok(msg))
		return;
	if (!room_for(msg->im_data) || settings == NULL ||
	    (jb = calloc(1, sizeof(*jb))) == NULL) {
		reply(msg->im_id, AUTH_BUSY);
		return;
	}
	pending++;
	jb->jb_id = msg->im_id;
	memcpy(&jb->jb_msg, msg->im_data, sizeof(jb->jb_msg));
	jb->jb_settings = settings;
	settings->sn_refs++;
	TAILQ_INSERT_TAIL(&waiting, jb, jb_entry);
	dispatch();
}

static void
take_settings(void)
{
	struct guess_limits gl;
	struct snapshot *sn = calloc(1, sizeof(*sn));

	if (sn == NULL)
		fatal("calloc");
	sn->sn_refs = 1;
	sn->sn_conf = settings_receive(&incoming);
	text_clear(&incoming);
	snapshot_unref(settings);
	settings = sn;
	gl.gl_delay = (uint32_t)conf_int(sn->sn_conf, "guess-delay");
	gl.gl_delay_max = gl.gl_delay * DELAY_DOUBLED;
	delay_max = gl.gl_delay_max;
	gl.gl_limit = (uint32_t)conf_int(sn->sn_conf, "guess-limit");
	gl.gl_lockout = (uint64_t)conf_int(sn->sn_conf, "guess-lockout");
	if (guess == NULL && (guess = guess_new(&gl)) == NULL)
		fatalx("no memory");
	guess_set_limits(guess, &gl);
}

static void
start(void)
{
	pthread_t thread;
	struct event *ev;
	unsigned int i;

	if (settings == NULL)
		fatalx("started without settings");
	done_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ev = event_new(base, done_event, EV_READ | EV_PERSIST, on_done, NULL);
	if (done_event == -1 || ev == NULL || event_add(ev, NULL) == -1)
		fatal("eventfd");
	proc_confine(conf_str(settings->sn_conf, "user"),
	    conf_str(settings->sn_conf, "chroot"), PROC_IPC);
	workers = (unsigned int)conf_int(settings->sn_conf, "scrypt-jobs");
	if (workers > sizeof(busy) / sizeof(busy[0]))
		workers = sizeof(busy) / sizeof(busy[0]);
	for (i = 0; i < workers; i++)
		if (pthread_create(&thread, NULL, worker, NULL) != 0)
			fatalx("no threads");
}

static void
on_parent(struct ipc *ch, const struct ipc_msg *msg, void *arg)
{
	(void)arg;
	if (msg == NULL) {
		ipc_free(ch);
		event_base_loopbreak(base);
		return;
	}
	switch (msg->im_type) {
	case MSG_SETTINGS:
		text_add(&incoming, msg->im_data, msg->im_len);
		break;
	case MSG_SETTINGS_END:
		take_settings();
		break;
	case MSG_AUTH_CHANNEL:
		data_channel = ipc_new(base, msg->im_fd, on_data, NULL);
		break;
	case MSG_START:
		start();
		break;
	default:
		fatalx("unknown message %u", msg->im_type);
	}
}

void
auth_main(void)
{
	if ((base = event_base_new()) == NULL ||
	    ipc_new(base, PROC_FD, on_parent, NULL) == NULL)
		fatalx("no memory");
	event_base_dispatch(base);
	_exit(0);
}
