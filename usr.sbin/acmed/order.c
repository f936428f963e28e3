/* SPDX-License-Identifier: ISC */
/*
 * order: one attempt.  What the client process says is as little to be
 * trusted as the directory it speaks to.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/keystore.h"
#include "kern/clock.h"
#include "kern/conf.h"
#include "kern/log.h"
#include "kern/proc.h"
#include "net/tcp_open.h"

#include "acmed.h"

#define CA_FILE "/etc/ssl/certs/ca-certificates.crt"

enum { CA_MAX = 4 << 20, CONNECT_MS = 10000 };

struct order {
	const struct conf *or_conf;
	const struct use *or_use;
	const struct place *or_place;
	int or_ch;
	int or_out;
	pid_t or_client;
	uint64_t or_end;		/* ms */
	char or_msg[ACME_CHAIN_MAX + 1];
};

static volatile sig_atomic_t told;

static void
on_signal(int sig)
{
	(void)sig;
	told = 1;
}

/* The end: no challenge any more, and word to the parent. */
static void __attribute__((noreturn))
finish(struct order * or, const struct msg_fault *mf)
{
	if (or->or_client > 0) {
		kill(or->or_client, SIGKILL);
		(void)waitpid(or->or_client, NULL, 0);
	}
	challenge_end(or->or_place);
	_exit(write(or->or_out, mf, sizeof(*mf)) == sizeof(*mf) ? 0 : 1);
}

static void __attribute__((noreturn, format(printf, 2, 3)))
fault(struct order * or, const char *fmt, ...)
{
	struct msg_fault mf = { .mf_wait = 0 };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(mf.mf_text, sizeof(mf.mf_text), fmt, ap);
	va_end(ap);
	finish(or, &mf);
}

/* The CAs that a directory is known by, or NULL when it is by pins. */
static const char *
read_cas(struct order * or)
{
	const char *path = conf_str(or->or_conf, "ca");
	char *text;
	ssize_t n;

	if (conf_has(or->or_conf, "pin"))
		return (NULL);
	if (path == NULL)
		path = CA_FILE;
	if ((text = calloc(1, CA_MAX + 1)) == NULL)
		fault(or, "no memory");
	n = keystore_read(path, text, CA_MAX + 1);
	if (n <= 0 || n > CA_MAX)
		fault(or, "%s: no CA certificates", path);
	return (text);
}

static void
prepare(struct order * or, struct job *jo)
{
	char err[256];
	ssize_t n;

	jo->jo_conf = or->or_conf;
	jo->jo_ca = read_cas(or);
	jo->jo_account = key_account(or->or_place->pl_dir);
	if (jo->jo_account == NULL)
		fault(or, "the account's key cannot be used; see the log");
	n = key_csr(or->or_use, or->or_conf, jo->jo_csr, err, sizeof(err));
	if (n == -1)
		fault(or, "%s", err);
	jo->jo_ncsr = (size_t)n;
}

static void
start_client(struct order * or, struct job *jo)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == -1 ||
	    (or->or_client = fork()) == -1)
		fault(or, "no process: %s", strerror(errno));
	if (or->or_client == 0) {
		close(fds[0]);
		close(or->or_out);
		signal(SIGTERM, SIG_DFL);
		log_role("client");
		proc_confine(or->or_place->pl_user, or->or_place->pl_chroot,
		    PROC_IPC | PROC_NET);
		client_run(fds[1], jo);
		_exit(0);
	}
	close(fds[1]);
	or->or_ch = fds[0];
	/* only the client needs it */
	key_free(jo->jo_account);
	jo->jo_account = NULL;
	challenge_init(or->or_ch, or->or_out);
}

static void
answer(struct order * or, const char *err, int fd)
{
	if (channel_send(or->or_ch, err == NULL ? MSG_OK : MSG_NO,
		err == NULL ? "" : err, err == NULL ? 0 : strlen(err),
		fd) == -1)
		fault(or, "the client process has ended");
}

/* "HOST", NUL, "PORT", NUL */
static void
connect_for(struct order * or, size_t len)
{
	const char *host = or->or_msg, *port = memchr(host, '\0', len);
	char err[256];
	int fd;

	if (port == NULL || ++port == host + len || host[len - 1] != '\0')
		fault(or, "a bad message of the client process");
	fd = tcp_connect(host, port, CONNECT_MS, err, sizeof(err));
	answer(or, fd == -1 ? err : NULL, fd);
	if (fd != -1)
		close(fd);
}

static bool
ends(const char *text, size_t size)
{
	return (memchr(text, '\0', size) != NULL);
}

/* Only names that are ours are answered for. */
static bool
is_ours(const struct order * or, const char *name)
{
	const struct conf *cf = NULL;

	while ((cf = conf_next(or->or_conf, "name", cf)) != NULL)
		if (strcasecmp(cf->cf_values[0], name) == 0)
			return (true);
	return (false);
}

static void
challenge(struct order * or, size_t len)
{
	const struct msg_challenge *mc = (const void *) or->or_msg;
	char err[256];

	if (len != sizeof(*mc) || !ends(mc->mc_name, sizeof(mc->mc_name)) ||
	    !ends(mc->mc_token, sizeof(mc->mc_token)) ||
	    !ends(mc->mc_keyauth, sizeof(mc->mc_keyauth)))
		fault(or, "a bad message of the client process");
	if (!is_ours(or, mc->mc_name))
		answer(or, "it asks for another name", -1);
	else if (challenge_begin(or->or_place, or->or_conf, mc, err,
		     sizeof(err)) == -1)
		answer(or, err, -1);
	else
		answer(or, NULL, -1);
}

/* Note where it came from, as the parent wants to know. */
static void
write_from(struct order * or)
{
	const char *directory = conf_str(or->or_conf, "directory");
	char name[64];

	snprintf(name, sizeof(name), "%s.from", or->or_use->us_daemon);
	if (keystore_write(or->or_place->pl_dir, name, directory,
		strlen(directory), 0600) == -1)
		fault(or, "certificate: it cannot be noted in %s",
		    or->or_place->pl_dir);
}

static void __attribute__((noreturn)) take_chain(struct order * or, size_t len)
{
	const struct use *us = or->or_use;
	char name[64], err[256];

	or->or_msg[len] = '\0';
	if (key_check_chain(us, or->or_conf, or->or_msg, err, sizeof(err)) ==
	    -1)
		fault(or, "certificate: %s", err);
	/* not the leaf alone: the daemon, started anew, is to take it */
	if (!keystore_usable(or->or_msg, err, sizeof(err)))
		fault(or, "certificate: %s", err);
	snprintf(name, sizeof(name), "%s.acme.crt", us->us_daemon);
	if (keystore_write(us->us_dir, name, or->or_msg, len, 0644) == -1)
		fault(or, "certificate: it cannot be written to %s",
		    us->us_dir);
	write_from(or);
	if (!hook_run(or->or_place, "renewed", us->us_daemon, NULL))
		log_warnx("%s is not told of its certificate", us->us_daemon);
	finish(or, &(struct msg_fault){ .mf_wait = 0 });
}

static void __attribute__((noreturn)) take_fault(struct order * or, size_t len)
{
	struct msg_fault mf;
	char *p;

	if (len != sizeof(mf))
		fault(or, "a bad message of the client process");
	memcpy(&mf, or->or_msg, sizeof(mf));
	mf.mf_text[sizeof(mf.mf_text) - 1] = '\0';
	if (mf.mf_text[0] == '\0')
		fault(or, "it failed without a reason");
	for (p = mf.mf_text; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	finish(or, &mf);
}

static void
handle(struct order * or, enum msg_type type, size_t len)
{
	switch (type) {
	case MSG_CONNECT:
		connect_for(or, len);
		break;
	case MSG_CHALLENGE:
		challenge(or, len);
		break;
	case MSG_CLEAR:
		challenge_end(or->or_place);
		answer(or, NULL, -1);
		break;
	case MSG_CHAIN:
		take_chain(or, len);
	case MSG_FAULT:
		take_fault(or, len);
	default:
		fault(or, "a bad message of the client process");
	}
}

/* Until there is a message. */
static void
await(struct order * or)
{
	struct pollfd pf = { .fd = or->or_ch, .events = POLLIN };
	uint64_t now, left;

	do {
		now = clock_ms();
		if (told)
			fault(or, "it was stopped");
		if (now >= or->or_end)
			fault(or, "it was not done within %d minutes",
			    ACME_WORK_SECONDS / 60);
		/* not longer: a signal may come before poll() */
		left = or->or_end - now;
	} while (poll(&pf, 1, left < 1000 ? (int)left : 1000) != 1);
}

void
order_run(const struct conf *cf, const struct use *us, const struct place *pl,
    int out)
{
	static struct order or ;
	static struct job jo;
	struct sigaction sa = { .sa_handler = on_signal };
	enum msg_type type;
	sigset_t none;
	ssize_t n;

	log_role("order");
	sigaction(SIGTERM, &sa, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	or.or_conf = cf;
	or.or_use = us;
	or.or_place = pl;
	or.or_out = out;
	or.or_end = clock_ms() + (uint64_t)ACME_WORK_SECONDS * 1000;
	prepare(& or, &jo);
	start_client(& or, &jo);
	for (;;) {
		await(& or);
		n = channel_recv(or.or_ch, &type, or.or_msg,
		    sizeof(or.or_msg) - 1, NULL);
		if (n == -1)
			fault(& or, "the client process has died");
		handle(& or, type, (size_t)n);
	}
}
