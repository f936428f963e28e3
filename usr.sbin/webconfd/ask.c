/* SPDX-License-Identifier: ISC */
/*
 * ask: what the http process may ask, and the answers.
 */
#include <arpa/inet.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "auth/guess.h"
#include "kern/clock.h"
#include "kern/conf.h"
#include "kern/ipc.h"
#include "kern/log.h"
#include "kern/procset.h"
#include "kern/security.h"

#include "parent.h"

enum {
	HELD_MAX = 128,		/* refusals that wait */
	HASH_SIZE = 129
};

/* A question, and the answer that grows. */
struct question {
	struct parent *qu_parent;
	uint32_t qu_id;
	struct conf *qu_conf;	/* the current settings */
	int qu_generation;
	struct event *qu_timer;	/* while a refusal is held back */
	struct pairs qu_in;
	struct pairs qu_out;
};

static void
question_free(struct question *qu)
{
	if (qu->qu_timer != NULL) {
		event_free(qu->qu_timer);
		qu->qu_parent->pa_held--;
	}
	conf_free(qu->qu_conf);
	pairs_clear(&qu->qu_in);
	pairs_clear(&qu->qu_out);
	free(qu);
}

/* Send the answer; the question is gone. */
static void
answer(struct question *qu, const char *result)
{
	struct ipc *ch = procset_ipc(qu->qu_parent->pa_children, ROLE_HTTP);
	const struct pairs *out = &qu->qu_out;

	(void)pairs_add(&qu->qu_out, "result", result);
	if (ch != NULL &&
	    ipc_send(ch, WEB_ANSWER, qu->qu_id, -1, out->pr_buf, out->pr_len) ==
		-1)
		log_warnx("an answer is lost");
	question_free(qu);
}

static void
failed(struct question *qu, const char *why)
{
	log_warnx("%s", why);
	(void)pairs_add(&qu->qu_out, "e.", why);
	answer(qu, "failed");
}

/* An event of the security log; key and value may be NULL. */
static void
event(const struct question *qu, const char *name, const char *key,
    const char *value)
{
	const char *from = pairs_str(&qu->qu_in, "from");
	bool bad = strcmp(name, "admin-refused") == 0 ||
	    strcmp(name, "admin-lockout") == 0;
	struct security sy;

	security_begin(&sy, name);
	security_add(&sy, "from", from);
	if (key != NULL)
		security_add(&sy, key, value);
	security_log(&sy, bad ? LOG_WARNING : LOG_NOTICE,
	    "administrator at %s%s%s", from, key == NULL ? "" : ": ",
	    key == NULL ? "" : value);
}

static void
on_held(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	answer(arg, "refused");
}

/* The browser's address; that of nobody if it is none. */
static void
address(const struct question *qu, struct sockaddr_storage *ss)
{
	struct sockaddr_in6 *v6 = (void *)ss;
	struct sockaddr_in *v4 = (void *)ss;
	const char *from = pairs_str(&qu->qu_in, "from");

	memset(ss, 0, sizeof(*ss));
	if (inet_pton(AF_INET, from, &v4->sin_addr) == 1)
		ss->ss_family = AF_INET;
	else {
		memset(ss, 0, sizeof(*ss));
		(void)inet_pton(AF_INET6, from, &v6->sin6_addr);
		ss->ss_family = AF_INET6;
	}
}

/* Too many wrong guesses: say so at once. */
static bool
locked(struct question *qu)
{
	struct sockaddr_storage ss;
	uint64_t wait;

	address(qu, &ss);
	wait = guess_wait(qu->qu_parent->pa_guess, "admin",
	    (struct sockaddr *)&ss, clock_ms());
	if (wait == 0)
		return (false);
	(void)pairs_addf(&qu->qu_out, "wait", "%llu",
	    (unsigned long long)(wait + 999) / 1000);
	answer(qu, "locked");
	return (true);
}

static void
refuse(struct question *qu, const char *what)
{
	struct parent *pa = qu->qu_parent;
	struct sockaddr_storage ss;
	struct timeval tv;
	uint64_t wait;

	address(qu, &ss);
	wait = guess_failed(pa->pa_guess, "admin", (struct sockaddr *)&ss,
	    clock_ms());
	event(qu, "admin-refused", "wrong", what);
	if (guess_began(pa->pa_guess) != GUESS_NONE)
		event(qu, "admin-lockout", NULL, NULL);
	tv.tv_sec = (time_t)(wait / 1000);
	tv.tv_usec = (suseconds_t)(wait % 1000 * 1000);
	if (pa->pa_held < HELD_MAX)
		qu->qu_timer = evtimer_new(pa->pa_base, on_held, qu);
	if (qu->qu_timer == NULL) {
		answer(qu, "refused");
		return;
	}
	pa->pa_held++;
	if (event_add(qu->qu_timer, &tv) == -1)
		answer(qu, "refused");
}

static void
passed(struct question *qu)
{
	struct parent *pa = qu->qu_parent;
	struct sockaddr_storage ss;
	uint64_t now = clock_ms();

	address(qu, &ss);
	guess_passed(pa->pa_guess, "admin", (struct sockaddr *)&ss, now);
	(void)pairs_add(&qu->qu_out, "session", session_new(pa, now));
	event(qu, "admin-login", NULL, NULL);
	answer(qu, "ok");
}

static void
ask_login(struct question *qu)
{
	if (!admin_is_set(qu->qu_conf))
		answer(qu, "setup");
	else if (locked(qu))
		return;
	else if (admin_password_ok(qu->qu_conf,
		     pairs_str(&qu->qu_in, "password")))
		passed(qu);
	else
		refuse(qu, "password");
}

/* The password into the settings. */
static int
set_password(struct question *qu, const char *password)
{
	char hash[HASH_SIZE];
	struct conf *sys = (struct conf *)conf_find(qu->qu_conf, "system");
	int rv = -1;

	if (sys == NULL)
		sys = conf_add_block(qu->qu_conf, "system", NULL);
	if (sys != NULL && admin_hash(password, hash, sizeof(hash)) == 0)
		rv = conf_set(sys, "admin-password", hash);
	explicit_bzero(hash, sizeof(hash));
	return (rv);
}

static void
ask_setup(struct question *qu)
{
	struct parent *pa = qu->qu_parent;
	const char *password = pairs_str(&qu->qu_in, "password");
	size_t len = strlen(password);
	struct refusal re;
	int n;

	if (admin_is_set(qu->qu_conf)) {
		answer(qu, "login");
		return;
	}
	if (locked(qu))
		return;
	if (!admin_code_ok(pa, pairs_str(&qu->qu_in, "code"))) {
		refuse(qu, "set-up code");
		return;
	}
	if (len < WEB_PASSWORD_MIN || len > 128) {
		failed(qu, "the password is too short or too long");
		return;
	}
	if (set_password(qu, password) == -1) {
		failed(qu, "the password cannot be stored");
		return;
	}
	n = settings_write(pa, qu->qu_conf, qu->qu_generation, &re);
	if (n == -1) {
		failed(qu, re.re_en);
		return;
	}
	event(qu, "admin-password-set", NULL, NULL);
	admin_update(pa);
	apply_start(pa, n);
	passed(qu);
}

/* The generation, and what rc makes of it. */
static void
add_apply(struct question *qu)
{
	const struct apply *ap = &qu->qu_parent->pa_apply;

	(void)pairs_addf(&qu->qu_out, "generation", "%d", qu->qu_generation);
	(void)pairs_add(&qu->qu_out, "apply",
	    ap->ap_pid != 0   ? "runs" :
		ap->ap_failed ? "failed" :
				"done");
}

static void
ask_status(struct question *qu)
{
	const struct conf *sys = conf_find(qu->qu_conf, "system");

	add_apply(qu);
	(void)pairs_add(&qu->qu_out, "hostname",
	    sys == NULL ? "longwire" : conf_str(sys, "hostname"));
	if (conf_has(qu->qu_conf, "hubd"))
		(void)pairs_add(&qu->qu_out, "hubd", "yes");
	if (conf_has(qu->qu_conf, "vnicd"))
		(void)pairs_add(&qu->qu_out, "vnicd", "yes");
	sources_send(qu->qu_parent, qu->qu_conf, qu->qu_id);
	answer(qu, "ok");
}

/* The current settings again, after qu_conf has been changed in vain. */
static void
load_again(struct question *qu)
{
	char err[512];
	struct conf *cf;
	int n;

	cf = settings_load(qu->qu_parent, &n, err, sizeof(err));
	if (cf == NULL)
		return;
	conf_free(qu->qu_conf);
	qu->qu_conf = cf;
	qu->qu_generation = n;
}

/* Whether the form was made from other settings than the current ones. */
static bool
stale(struct question *qu)
{
	if (atoi(pairs_str(&qu->qu_in, "f.generation")) == qu->qu_generation)
		return (false);
	(void)pairs_add(&qu->qu_out, "changed", "yes");
	return (true);
}

/* Write what qu_conf has become and have it applied; false, and why. */
static bool
commit(struct question *qu, struct refusal *re)
{
	struct parent *pa = qu->qu_parent;
	int n = settings_write(pa, qu->qu_conf, qu->qu_generation, re);
	char number[16];

	if (n != -1 && n != qu->qu_generation) {
		snprintf(number, sizeof(number), "%d", n);
		event(qu, "settings-saved", "generation", number);
		apply_start(pa, n);
	}
	return (n != -1);
}

static void
answer_basic(struct question *qu, const char *result)
{
	basic_describe(qu->qu_parent, qu->qu_conf, &qu->qu_out);
	(void)pairs_addf(&qu->qu_out, "generation", "%d", qu->qu_generation);
	answer(qu, result);
}

static void
ask_settings(struct question *qu)
{
	answer_basic(qu, "ok");
}

static void
ask_save(struct question *qu)
{
	struct refusal re;

	if (stale(qu)) {
		answer_basic(qu, "invalid");
		return;
	}
	if (basic_change(qu->qu_parent, qu->qu_conf, &qu->qu_in, &qu->qu_out) ==
	    0) {
		if (commit(qu, &re)) {
			answer(qu, "ok");
			return;
		}
		basic_refused(&re, &qu->qu_out);
	}
	load_again(qu);
	answer_basic(qu, "invalid");
}

/* The block that the question is about; else the answer is given. */
static bool
take_place(struct question *qu, struct place *pl)
{
	if (!place_parse(pairs_str(&qu->qu_in, "at"), pl))
		failed(qu, "an unknown block of the settings");
	else if (!block_reachable(qu->qu_conf, pl))
		answer(qu, "missing");
	else
		return (true);
	return (false);
}

static void
answer_block(struct question *qu, const struct place *pl, const char *result)
{
	add_apply(qu);
	block_describe(qu->qu_conf, pl, &qu->qu_out);
	answer(qu, result);
}

static void
ask_block(struct question *qu)
{
	struct place pl;

	if (take_place(qu, &pl))
		answer_block(qu, &pl, "ok");
}

/* Where the browser goes now. */
static void
answer_place(struct question *qu, const struct place *pl, unsigned int depth)
{
	char at[PLACE_SIZE];

	place_print(pl, depth, at, sizeof(at));
	(void)pairs_add(&qu->qu_out, "at", at);
	answer(qu, "ok");
}

static void
ask_save_block(struct question *qu)
{
	struct place pl, old;
	struct refusal re;

	if (!take_place(qu, &pl))
		return;
	old = pl;
	if (stale(qu)) {
		answer_block(qu, &pl, "invalid");
		return;
	}
	if (block_change(qu->qu_conf, &pl, &qu->qu_in, &qu->qu_out) == 0) {
		if (commit(qu, &re)) {
			answer_place(qu, &pl, pl.pl_depth);
			return;
		}
		block_refused(&re, &pl, &qu->qu_out);
	}
	load_again(qu);
	answer_block(qu, &old, "invalid");
}

static void
ask_remove_block(struct question *qu)
{
	struct place pl;
	struct refusal re;

	if (!take_place(qu, &pl))
		return;
	if (stale(qu)) {
		answer_block(qu, &pl, "invalid");
		return;
	}
	block_remove(qu->qu_conf, &pl);
	if (commit(qu, &re)) {
		answer_place(qu, &pl, pl.pl_depth == 0 ? 0 : pl.pl_depth - 1);
		return;
	}
	block_refused(&re, &pl, &qu->qu_out);
	load_again(qu);
	answer_block(qu, &pl, "invalid");
}

static void
ask_state(struct question *qu)
{
	const char *token = pairs_str(&qu->qu_in, "session");

	if (!admin_is_set(qu->qu_conf))
		answer(qu, "setup");
	else if (session_use(qu->qu_parent, token, clock_ms()))
		answer(qu, "ok");
	else
		answer(qu, "login");
}

static void
ask_logout(struct question *qu)
{
	session_end(qu->qu_parent, pairs_str(&qu->qu_in, "session"));
	event(qu, "admin-logout", NULL, NULL);
	answer(qu, "ok");
}

static const struct {
	const char *kind;
	bool session;		/* only with one */
	void (*run)(struct question *);
} kinds[] = {
	{ "state", false, ask_state },
	{ "setup", false, ask_setup },
	{ "login", false, ask_login },
	{ "logout", true, ask_logout },
	{ "status", true, ask_status },
	{ "settings", true, ask_settings },
	{ "save", true, ask_save },
	{ "block", true, ask_block },
	{ "save-block", true, ask_save_block },
	{ "remove-block", true, ask_remove_block },
};

static void
dispatch(struct question *qu)
{
	const char *kind = pairs_str(&qu->qu_in, "ask");
	const char *token = pairs_str(&qu->qu_in, "session");
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].kind, kind) != 0)
			continue;
		if (kinds[i].session && !admin_is_set(qu->qu_conf))
			answer(qu, "setup");
		else if (kinds[i].session &&
		    !session_use(qu->qu_parent, token, clock_ms()))
			answer(qu, "login");
		else
			kinds[i].run(qu);
		return;
	}
	failed(qu, "an unknown question of the http process");
}

void
ask(struct parent *pa, uint32_t id, const void *data, size_t len)
{
	struct question *qu = calloc(1, sizeof(*qu));
	char err[512];

	if (qu == NULL) {
		log_warn("a question is lost");
		return;
	}
	qu->qu_parent = pa;
	qu->qu_id = id;
	if (!pairs_take(&qu->qu_in, data, len)) {
		failed(qu, "a malformed question of the http process");
		return;
	}
	qu->qu_conf = settings_load(pa, &qu->qu_generation, err, sizeof(err));
	if (qu->qu_conf == NULL)
		failed(qu, err);
	else
		dispatch(qu);
}
