/* SPDX-License-Identifier: ISC */
/*
 * ssh: an SSH server as a hop: a direct-tcpip channel (RFC 4254, 7.2) through
 * it, by libssh2, which takes a descriptor, never blocks and needs no files.
 * The server's key must be one of the settings'; there is no other way.
 *
 * All that the library reads comes through ssh_recv(), which ends its loops:
 * a server that sends without end, before it has shown its key or after, can
 * neither hold the event loop nor fill the memory.
 */
#include <ctype.h>
#include <errno.h>
#include <event2/event.h>
#include <libssh2.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kern/conf.h"
#include "transport/pump.h"
#include "transport/ssh_host_key.h"
#include "transport/transport.h"

#if LIBSSH2_VERSION_NUM >= 0x010b01
#define ssh_callback(session, type, f) \
	libssh2_session_callback_set2(session, type, (libssh2_cb_generic *)f)
#else
#define ssh_callback(session, type, f) \
	libssh2_session_callback_set(session, type, (void *)f)
#endif

enum {
	SSH_PORT = 22,
	SSH_SETUP = 512 * 1024,	/* bytes read until the channel is open */
	SSH_ROUND = 256 * 1024,		/* bytes read at a time afterwards */
	SSH_PACKET = 16 * 1024,		/* bytes of ours in a packet */
	SSH_KEYS = 8,			/* keys of a server in the settings */
	SSH_NAME_LEN = 160,
	SSH_FREE_TRIES = 100
};

/* What becomes the layer of a pump when the channel is open. */
struct ssh {
	LIBSSH2_SESSION *ss_session;
	LIBSSH2_CHANNEL *ss_channel;
	int ss_fd;
	size_t ss_budget;		/* bytes that may be read now */
	bool ss_cut;			/* nothing is read or written */
	const char *ss_password;	/* while logging in */
	bool ss_reading;		/* a read waits to write */
	char ss_packet[SSH_PACKET];	/* being written */
	size_t ss_packet_len;
	size_t ss_packet_sent;
	char ss_error[TRANSPORT_ERROR_LEN];
};

struct transport {
	struct transport_request t_request;
	char t_name[SSH_NAME_LEN];
	char t_host[256];
	struct ssh *t_ssh;
	struct event *t_io;
	struct event *t_limit;
	unsigned int t_step;
	char t_method[32];		/* of log-in */
	bool t_denied;			/* the log-in */
	char t_error[TRANSPORT_ERROR_LEN];
};

/*
 * The library's input and output.
 */

static ssize_t
ssh_recv(libssh2_socket_t fd, void *buf, size_t len, int flags, void **arg)
{
	struct ssh *ss = *arg;
	ssize_t n;

	if (ss->ss_cut)
		return (-EPIPE);
	if (ss->ss_budget == 0)
		return (-EAGAIN);
	if (len > ss->ss_budget)
		len = ss->ss_budget;
	if ((n = recv(fd, buf, len, flags)) == -1)
		return (errno == EINTR ? -EAGAIN : -errno);
	ss->ss_budget -= (size_t)n;
	return (n);
}

static ssize_t
ssh_send(libssh2_socket_t fd, const void *buf, size_t len, int flags,
    void **arg)
{
	const struct ssh *ss = *arg;
	ssize_t n;

	if (ss->ss_cut)
		return (-EPIPE);
	n = send(fd, buf, len, flags | MSG_NOSIGNAL);
	if (n == -1)
		return (errno == EINTR ? -EAGAIN : -errno);
	return (n);
}

static const char *
ssh_last(const struct ssh *ss)
{
	char *text = NULL;

	libssh2_session_last_error(ss->ss_session, &text, NULL, 0);
	return (text == NULL || *text == '\0' ? "no reason given" : text);
}

/* The good-bye is tried once; then the library must do without a socket. */
static void
ssh_free(void *layer)
{
	struct ssh *ss = layer;
	int i;

	if (ss->ss_session != NULL) {
		ss->ss_budget = SSH_ROUND;
		libssh2_session_disconnect(ss->ss_session, "good-bye");
		ss->ss_cut = true;
		for (i = 0; i < SSH_FREE_TRIES; i++)
			if (libssh2_session_free(ss->ss_session) !=
			    LIBSSH2_ERROR_EAGAIN)
				break;
	}
	close(ss->ss_fd);
	freezero(ss, sizeof(*ss));
}

static struct ssh *
ssh_new(int fd)
{
	struct ssh *ss = calloc(1, sizeof(*ss));
	LIBSSH2_SESSION *session = NULL;

	if (ss != NULL)
		session = libssh2_session_init_ex(NULL, NULL, NULL, ss);
	if (session == NULL) {
		free(ss);
		return (NULL);
	}
	ss->ss_session = session;
	ss->ss_fd = fd;
	ss->ss_budget = SSH_SETUP;
	libssh2_session_set_blocking(session, 0);
	ssh_callback(session, LIBSSH2_CALLBACK_RECV, ssh_recv);
	ssh_callback(session, LIBSSH2_CALLBACK_SEND, ssh_send);
	return (ss);
}

/*
 * The channel, for the pump.  The library holds one half-written packet at
 * most and must be asked for nothing else before that is out.
 */

static int
ssh_flush(struct ssh *ss)
{
	ssize_t n;

	while (ss->ss_packet_sent < ss->ss_packet_len) {
		n = libssh2_channel_write(ss->ss_channel,
		    ss->ss_packet + ss->ss_packet_sent,
		    ss->ss_packet_len - ss->ss_packet_sent);
		if (n == LIBSSH2_ERROR_EAGAIN || n == 0)
			return (0);
		if (n < 0) {
			snprintf(ss->ss_error, sizeof(ss->ss_error), "%s",
			    ssh_last(ss));
			return (-1);
		}
		ss->ss_packet_sent += (size_t)n;
	}
	ss->ss_packet_len = ss->ss_packet_sent = 0;
	return (1);
}

static bool
ssh_half_written(const struct ssh *ss)
{
	return ((libssh2_session_block_directions(ss->ss_session) &
		    LIBSSH2_SESSION_BLOCK_OUTBOUND) != 0);
}

/*
 * Asked after each round: what is half written goes out even if neither side
 * has anything new.
 */
static short
ssh_wants(void *layer)
{
	struct ssh *ss = layer;

	if (!ss->ss_reading && ss->ss_packet_len != 0 && ssh_half_written(ss))
		(void)ssh_flush(ss);
	return ((short)(EV_READ | (ssh_half_written(ss) ? EV_WRITE : 0)));
}

static ssize_t
ssh_write(void *layer, const void *buf, size_t len)
{
	struct ssh *ss = layer;
	int r;

	if (ss->ss_reading)
		return (0);
	ss->ss_budget = SSH_ROUND;
	if ((r = ssh_flush(ss)) != 1)
		return (r);
	if (len > sizeof(ss->ss_packet))
		len = sizeof(ss->ss_packet);
	memcpy(ss->ss_packet, buf, len);
	ss->ss_packet_len = len;
	return (ssh_flush(ss) == -1 ? -1 : (ssize_t)len);
}

static ssize_t
ssh_read_failed(struct ssh *ss, ssize_t n)
{
	if (n == 0 && !libssh2_channel_eof(ss->ss_channel))
		return (0);
	if (n < 0)
		snprintf(ss->ss_error, sizeof(ss->ss_error), "%s",
		    ssh_last(ss));
	return (-1);
}

static ssize_t
ssh_read(void *layer, void *buf, size_t size)
{
	struct ssh *ss = layer;
	ssize_t n;

	if (ss->ss_packet_len != 0 && !ss->ss_reading) {
		if (ssh_flush(ss) == -1)
			return (-1);
		if (ss->ss_packet_len != 0 && ssh_half_written(ss))
			return (0);
	}
	ss->ss_budget = SSH_ROUND;
	n = libssh2_channel_read(ss->ss_channel, buf, size);
	ss->ss_reading = n == LIBSSH2_ERROR_EAGAIN && ssh_half_written(ss);
	if (n > 0)
		return (n);
	return (n == LIBSSH2_ERROR_EAGAIN ? 0 : ssh_read_failed(ss, n));
}

static const char *
ssh_error(void *layer)
{
	const struct ssh *ss = layer;

	return (ss->ss_error[0] == '\0' ? NULL : ss->ss_error);
}

static const struct pump_ops ssh_pump = {
	.po_read = ssh_read,
	.po_write = ssh_write,
	.po_wants = ssh_wants,
	.po_error = ssh_error,
	.po_free = ssh_free,
};

/*
 * The way to the channel.  Each step is 0 when it is done, EAGAIN to wait for
 * the socket, or another error, with t_error; it is called again after a wait.
 */

static int ssh_step_failed(struct transport *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static int
ssh_step_failed(struct transport *t, const char *fmt, ...)
{
	size_t len;
	va_list ap;
	char *p;

	snprintf(t->t_error, sizeof(t->t_error), "%s: ", t->t_name);
	len = strlen(t->t_error);
	va_start(ap, fmt);
	vsnprintf(t->t_error + len, sizeof(t->t_error) - len, fmt, ap);
	va_end(ap);
	/* the server's own words may be anything */
	for (p = t->t_error + len; *p != '\0'; p++)
		if (!isprint((unsigned char)*p))
			*p = '?';
	return (LIBSSH2_ERROR_SOCKET_NONE);
}

static int
ssh_handshake(struct transport *t)
{
	struct ssh *ss = t->t_ssh;
	int r = libssh2_session_handshake(ss->ss_session, ss->ss_fd);

	if (r == 0 || r == LIBSSH2_ERROR_EAGAIN)
		return (r);
	return (ssh_step_failed(t,
	    "no SSH server, or none that this client "
	    "can talk to: %s",
	    ssh_last(ss)));
}

static int
ssh_host_key(struct transport *t)
{
	const struct conf *entry = NULL;
	struct ssh_host_key hk;
	char name[SSH_TYPE_STRLEN + SSH_FINGERPRINT_STRLEN];
	const char *key;
	size_t len;
	int type;

	key = libssh2_session_hostkey(t->t_ssh->ss_session, &len, &type);
	if (key == NULL)
		return (ssh_step_failed(t, "the server has no host key"));
	while ((entry = conf_next(t->t_request.tr_conf, "host-key", entry)) !=
	    NULL)
		if (ssh_host_key_parse(entry->cf_values[0], &hk) == 0 &&
		    ssh_host_key_is(&hk, key, len))
			return (0);
	ssh_host_key_name(key, len, name, sizeof(name));
	return (ssh_step_failed(t,
	    "its host key %s is none of the host-key "
	    "lines: another server, or somebody in "
	    "between",
	    name));
}

static const char *
ssh_user(const struct transport *t)
{
	const char *user = conf_str(t->t_request.tr_conf, "user");

	return (user == NULL ? "" : user);
}

static const char *
ssh_password(const struct transport *t)
{
	const char *password = conf_str(t->t_request.tr_conf, "password");

	return (password == NULL ? "" : password);
}

static const char *
ssh_key(const struct transport *t)
{
	const struct transport_request *tr = &t->t_request;

	if (conf_str(tr->tr_conf, "key-file") == NULL || tr->tr_file == NULL)
		return (NULL);
	return (tr->tr_file(tr->tr_conf, "key-file", tr->tr_file_arg));
}

/* "a,b,c" has b. */
static bool
has_word(const char *list, const char *word)
{
	size_t len = strlen(word), n;

	for (; *list != '\0'; list += n + (list[n] == ',')) {
		n = strcspn(list, ",");
		if (n == len && strncmp(list, word, len) == 0)
			return (true);
	}
	return (false);
}

/* How to log in: by a key if there is one, else by the password. */
static int
ssh_methods(struct transport *t)
{
	static const char *const by_password[] = { "password",
		"keyboard-interactive", NULL };
	static const char *const by_key[] = { "publickey", NULL };
	const char *const *m = ssh_key(t) != NULL ? by_key : by_password;
	LIBSSH2_SESSION *session = t->t_ssh->ss_session;
	const char *user = ssh_user(t);
	const char *list;

	list = libssh2_userauth_list(session, user, (unsigned)strlen(user));
	if (list == NULL) {
		if (libssh2_userauth_authenticated(session))
			return (0);
		if (libssh2_session_last_errno(session) == LIBSSH2_ERROR_EAGAIN)
			return (LIBSSH2_ERROR_EAGAIN);
		return (ssh_step_failed(t, "log-in: %s", ssh_last(t->t_ssh)));
	}
	for (; *m != NULL; m++)
		if (has_word(list, *m)) {
			strlcpy(t->t_method, *m, sizeof(t->t_method));
			return (0);
		}
	return (ssh_step_failed(t, "no log-in by %s: the server takes %s",
	    ssh_key(t) != NULL ? "key" : "password", list));
}

/* The one question that a server without method "password" asks. */
static void
ssh_answer(const char *name, int name_len, const char *instruction,
    int instruction_len, int num_prompts,
    const LIBSSH2_USERAUTH_KBDINT_PROMPT *prompts,
    LIBSSH2_USERAUTH_KBDINT_RESPONSE *responses, void **arg)
{
	const struct ssh *ss = *arg;
	int i;

	(void)name;
	(void)name_len;
	(void)instruction;
	(void)instruction_len;
	for (i = 0; i < num_prompts; i++) {
		if (prompts[i].echo || ss->ss_password == NULL)
			continue;
		/* freed by the library, which allocates by malloc(3) */
		if ((responses[i].text = strdup(ss->ss_password)) != NULL)
			responses[i].length =
			    (unsigned int)strlen(ss->ss_password);
	}
}

static int
ssh_log_in(struct transport *t)
{
	LIBSSH2_SESSION *session = t->t_ssh->ss_session;
	const char *user = ssh_user(t), *password = ssh_password(t);
	const char *key = ssh_key(t);
	unsigned int len = (unsigned int)strlen(user);

	if (t->t_method[0] == '\0')
		return (0);
	if (key != NULL)
		return (libssh2_userauth_publickey_frommemory(session, user,
		    len, NULL, 0, key, strlen(key), password));
	if (strcmp(t->t_method, "password") == 0)
		return (libssh2_userauth_password_ex(session, user, len,
		    password, (unsigned int)strlen(password), NULL));
	t->t_ssh->ss_password = password;
	return (libssh2_userauth_keyboard_interactive_ex(session, user, len,
	    ssh_answer));
}

static int
ssh_auth(struct transport *t)
{
	bool by_key = ssh_key(t) != NULL;
	int r = ssh_log_in(t);

	switch (r) {
	case 0:
	case LIBSSH2_ERROR_EAGAIN:
		return (r);
	case LIBSSH2_ERROR_AUTHENTICATION_FAILED:
	case LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED:
		t->t_denied = true;
		return (ssh_step_failed(t,
		    "the server refuses user \"%s\": "
		    "wrong user or %s",
		    ssh_user(t), by_key ? "key" : "password"));
	case LIBSSH2_ERROR_SOCKET_SEND:
	case LIBSSH2_ERROR_SOCKET_RECV:
	case LIBSSH2_ERROR_SOCKET_DISCONNECT:
	case LIBSSH2_ERROR_TIMEOUT:
		by_key = false;
		break;
	}
	if (!by_key)
		return (ssh_step_failed(t, "log-in as \"%s\": %s", ssh_user(t),
		    ssh_last(t->t_ssh)));
	/* the library's own words differ with its version */
	t->t_denied = true;
	return (ssh_step_failed(t,
	    "key-file is no private key that can be used, or password is not "
	    "its passphrase (%s)",
	    ssh_last(t->t_ssh)));
}

static int
ssh_channel(struct transport *t)
{
	static const char prefix[] = "Channel open failure (";
	struct ssh *ss = t->t_ssh;
	const char *why;

	ss->ss_channel = libssh2_channel_direct_tcpip_ex(ss->ss_session,
	    t->t_host, t->t_request.tr_port, "127.0.0.1", 0);
	if (ss->ss_channel != NULL)
		return (0);
	if (libssh2_session_last_errno(ss->ss_session) == LIBSSH2_ERROR_EAGAIN)
		return (LIBSSH2_ERROR_EAGAIN);
	why = ssh_last(ss);
	if (strncmp(why, prefix, sizeof(prefix) - 1) == 0)
		why += sizeof(prefix) - 1;
	return (ssh_step_failed(t,
	    "the server does not forward to %s port "
	    "%u: %.*s",
	    t->t_host, t->t_request.tr_port, (int)strcspn(why, ")"), why));
}

static const struct {
	const char *st_name;
	int (*st_do)(struct transport *t);
} ssh_steps[] = {
	{ "the key exchange", ssh_handshake },
	{ "the check of its key", ssh_host_key },
	{ "the log-in", ssh_methods },
	{ "the log-in", ssh_auth },
	{ "the opening of the channel", ssh_channel },
};

enum { SSH_STEPS = sizeof(ssh_steps) / sizeof(ssh_steps[0]) };

/*
 * The life of an attempt.
 */

static void
ssh_cancel(struct transport *t)
{
	if (t == NULL)
		return;
	if (t->t_io != NULL)
		event_free(t->t_io);
	if (t->t_limit != NULL)
		event_free(t->t_limit);
	if (t->t_ssh != NULL)
		ssh_free(t->t_ssh);
	free(t);
}

static void
ssh_done(struct transport *t, int fd)
{
	transport_done done = t->t_request.tr_done;
	void *arg = t->t_request.tr_arg;
	char error[TRANSPORT_ERROR_LEN];

	memcpy(error, t->t_error, sizeof(error));
	ssh_cancel(t);
	done(fd, fd < 0 ? error : NULL, arg);
}

static void
ssh_opened(struct transport *t)
{
	struct ssh *ss = t->t_ssh;
	int fd;

	t->t_ssh = NULL;
	ss->ss_password = NULL;
	event_free(t->t_io);
	t->t_io = NULL;
	fd = pump_start(t->t_request.tr_base, ss->ss_fd, &ssh_pump, ss,
	    t->t_name);
	if (fd == -1)
		ssh_step_failed(t, "out of memory or descriptors");
	ssh_done(t, fd);
}

static void ssh_on_io(evutil_socket_t, short, void *);

static void
ssh_wait(struct transport *t)
{
	struct event_base *base = t->t_request.tr_base;
	struct ssh *ss = t->t_ssh;

	if (ss->ss_budget == 0) {
		ssh_step_failed(t, "sends without end at %s",
		    ssh_steps[t->t_step].st_name);
		ssh_done(t, t->t_denied ? TRANSPORT_DENIED : TRANSPORT_FAILED);
		return;
	}
	event_assign(t->t_io, base, ss->ss_fd, ssh_wants(ss), ssh_on_io, t);
	event_add(t->t_io, NULL);
}

static void
ssh_on_io(evutil_socket_t fd, short what, void *arg)
{
	struct transport *t = arg;
	int r;

	(void)fd;
	(void)what;
	while (t->t_step < SSH_STEPS) {
		if ((r = ssh_steps[t->t_step].st_do(t)) == 0)
			t->t_step++;
		else if (r == LIBSSH2_ERROR_EAGAIN) {
			ssh_wait(t);
			return;
		} else {
			ssh_done(t,
			    t->t_denied ? TRANSPORT_DENIED : TRANSPORT_FAILED);
			return;
		}
	}
	ssh_opened(t);
}

static void
ssh_on_limit(evutil_socket_t fd, short what, void *arg)
{
	struct transport *t = arg;

	(void)fd;
	(void)what;
	if (t->t_error[0] == '\0')
		ssh_step_failed(t, "%s took longer than %u ms",
		    ssh_steps[t->t_step].st_name, t->t_request.tr_timeout);
	ssh_done(t, t->t_denied ? TRANSPORT_DENIED : TRANSPORT_FAILED);
}

/*
 * Keys of the types in the settings, so that a server with several shows one
 * of these; without a type any will do.
 */
static void
ssh_prefer(struct transport *t)
{
	const struct conf *entry = NULL;
	struct ssh_host_key hk;
	char list[512] = "";

	while ((entry = conf_next(t->t_request.tr_conf, "host-key", entry)) !=
	    NULL) {
		if (ssh_host_key_parse(entry->cf_values[0], &hk) == -1 ||
		    hk.hk_type[0] == '\0')
			return;
		if (list[0] != '\0')
			strlcat(list, ",", sizeof(list));
		if (strcmp(hk.hk_type, "ssh-rsa") == 0)
			strlcat(list, "rsa-sha2-512,rsa-sha2-256,",
			    sizeof(list));
		strlcat(list, hk.hk_type, sizeof(list));
	}
	libssh2_session_method_pref(t->t_ssh->ss_session,
	    LIBSSH2_METHOD_HOSTKEY, list);
}

static struct transport *
ssh_new_transport(const struct transport_request *tr)
{
	struct transport *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return (NULL);
	t->t_request = *tr;
	strlcpy(t->t_name, tr->tr_name, sizeof(t->t_name));
	t->t_io = event_new(tr->tr_base, tr->tr_fd, EV_WRITE, ssh_on_io, t);
	t->t_limit = event_new(tr->tr_base, -1, 0, ssh_on_limit, t);
	if (t->t_io != NULL && t->t_limit != NULL)
		t->t_ssh = ssh_new(tr->tr_fd);
	if (t->t_ssh != NULL)
		return (t);
	ssh_cancel(t);
	return (NULL);
}

static struct transport *
ssh_start(const struct transport_request *tr)
{
	struct timeval limit = { (time_t)(tr->tr_timeout / 1000),
		(suseconds_t)(tr->tr_timeout % 1000 * 1000) };
	struct timeval now = { 0, 0 };
	struct transport *t = ssh_new_transport(tr);

	if (t == NULL) {
		close(tr->tr_fd);
		return (NULL);
	}
	if (strlcpy(t->t_host, tr->tr_host, sizeof(t->t_host)) >=
	    sizeof(t->t_host)) {
		ssh_step_failed(t, "host name too long");
		event_add(t->t_limit, &now);
		return (t);
	}
	ssh_prefer(t);
	event_add(t->t_limit, &limit);
	event_add(t->t_io, NULL);
	return (t);
}

const struct transport_ops transport_ssh = {
	.to_name = "ssh",
	.to_port = SSH_PORT,
	.to_start = ssh_start,
	.to_cancel = ssh_cancel,
};
