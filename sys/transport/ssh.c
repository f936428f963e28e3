/* SPDX-License-Identifier: ISC */
/*
 * ssh: an SSH server as a hop: a direct-tcpip channel (RFC 4254, 7.2) through
 * it (transport/ssh_layer.h).  The server's key must be one of the settings';
 * there is no other way.
 */
#include <ctype.h>
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
#include "transport/ssh_layer.h"
#include "transport/transport.h"

enum { SSH_PORT = 22, SSH_NAME_LEN = 160 };

struct transport {
	struct transport_request t_request;
	char t_name[SSH_NAME_LEN];
	char t_host[256];
	struct ssh_layer *t_ssh;
	struct event *t_io;
	struct event *t_limit;
	unsigned int t_step;
	char t_method[32];		/* of log-in */
	bool t_denied;			/* the log-in */
	char t_error[TRANSPORT_ERROR_LEN];
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
	struct ssh_layer *sl = t->t_ssh;
	int r = libssh2_session_handshake(sl->sl_session, sl->sl_fd);

	if (r == 0 || r == LIBSSH2_ERROR_EAGAIN)
		return (r);
	return (ssh_step_failed(t,
	    "no SSH server, or none that this client "
	    "can talk to: %s",
	    ssh_layer_error(sl)));
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

	key = libssh2_session_hostkey(t->t_ssh->sl_session, &len, &type);
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
	LIBSSH2_SESSION *session = t->t_ssh->sl_session;
	const char *user = ssh_user(t);
	const char *list;

	list = libssh2_userauth_list(session, user, (unsigned)strlen(user));
	if (list == NULL) {
		if (libssh2_userauth_authenticated(session))
			return (0);
		if (libssh2_session_last_errno(session) == LIBSSH2_ERROR_EAGAIN)
			return (LIBSSH2_ERROR_EAGAIN);
		return (ssh_step_failed(t, "log-in: %s",
		    ssh_layer_error(t->t_ssh)));
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
	const struct ssh_layer *sl = *arg;
	int i;

	(void)name;
	(void)name_len;
	(void)instruction;
	(void)instruction_len;
	for (i = 0; i < num_prompts; i++) {
		if (prompts[i].echo || sl->sl_password == NULL)
			continue;
		/* freed by the library, which allocates by malloc(3) */
		if ((responses[i].text = strdup(sl->sl_password)) != NULL)
			responses[i].length =
			    (unsigned int)strlen(sl->sl_password);
	}
}

static int
ssh_log_in(struct transport *t)
{
	LIBSSH2_SESSION *session = t->t_ssh->sl_session;
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
	t->t_ssh->sl_password = password;
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
		    ssh_layer_error(t->t_ssh)));
	/* the library's own words differ with its version */
	t->t_denied = true;
	return (ssh_step_failed(t,
	    "key-file is no private key that can be used, or password is not "
	    "its passphrase (%s)",
	    ssh_layer_error(t->t_ssh)));
}

static int
ssh_channel(struct transport *t)
{
	static const char prefix[] = "Channel open failure (";
	struct ssh_layer *sl = t->t_ssh;
	const char *why;

	sl->sl_channel = libssh2_channel_direct_tcpip_ex(sl->sl_session,
	    t->t_host, t->t_request.tr_port, "127.0.0.1", 0);
	if (sl->sl_channel != NULL)
		return (0);
	if (libssh2_session_last_errno(sl->sl_session) == LIBSSH2_ERROR_EAGAIN)
		return (LIBSSH2_ERROR_EAGAIN);
	why = ssh_layer_error(sl);
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
		ssh_layer_free(t->t_ssh);
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
	struct ssh_layer *sl = t->t_ssh;
	int fd;

	t->t_ssh = NULL;
	sl->sl_password = NULL;
	event_free(t->t_io);
	t->t_io = NULL;
	fd = pump_start(t->t_request.tr_base, sl->sl_fd, &ssh_layer_ops, sl,
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
	struct ssh_layer *sl = t->t_ssh;

	if (sl->sl_budget == 0) {
		ssh_step_failed(t, "sends without end at %s",
		    ssh_steps[t->t_step].st_name);
		ssh_done(t, t->t_denied ? TRANSPORT_DENIED : TRANSPORT_FAILED);
		return;
	}
	event_assign(t->t_io, base, sl->sl_fd, ssh_layer_wants(sl), ssh_on_io,
	    t);
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
	libssh2_session_method_pref(t->t_ssh->sl_session,
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
		t->t_ssh = ssh_layer_new(tr->tr_fd);
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
