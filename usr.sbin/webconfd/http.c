/* SPDX-License-Identifier: ISC */
/*
 * http: the process that talks to browsers: its start, and its questions to
 * the parent.
 */
#include <event2/buffer.h>
#include <event2/event.h>
#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kern/conf.h"
#include "kern/ipc.h"
#include "kern/log.h"
#include "kern/proc.h"

#include "http.h"
#include "sample.h"
#include "shelf.h"

struct event_base *base;
static struct ipc *parent;
static uint8_t csrf_key[32];
static struct evbuffer *cert;
static bool cert_done, started;
static int key_fd = -1, listen_fd = -1;

void
http_random_token(char out[REQUEST_TOKEN_LEN + 1])
{
	uint8_t raw[32];

	if (RAND_bytes(raw, sizeof(raw)) != 1)
		fatalx("no random numbers");
	request_token(raw, out);
}

void
http_csrf(const char *cookie, char out[REQUEST_TOKEN_LEN + 1])
{
	uint8_t mac[EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	if (HMAC(EVP_sha256(), csrf_key, sizeof(csrf_key),
		(const uint8_t *)cookie, strlen(cookie), mac, &len) == NULL)
		fatalx("HMAC");
	request_token(mac, out);
}

bool
http_csrf_ok(const char *cookie, const char *token)
{
	char right[REQUEST_TOKEN_LEN + 1];

	if (*cookie == '\0' || strlen(token) != REQUEST_TOKEN_LEN)
		return (false);
	http_csrf(cookie, right);
	return (CRYPTO_memcmp(right, token, REQUEST_TOKEN_LEN) == 0);
}

void
http_ask(struct client *cl, struct pairs *question)
{
	struct timeval tv = { .tv_sec = ANSWER_MS / 1000 };

	(void)pairs_add(question, "from", cl->cl_from);
	cl->cl_state = CLIENT_ASK;
	if (event_add(cl->cl_timer, &tv) == -1)
		fatalx("no timer");
	if (question->pr_full)
		client_refuse(cl, 413);
	else if (ipc_send(parent, WEB_ASK, cl->cl_number, -1, question->pr_buf,
		     question->pr_len) == -1)
		client_refuse(cl, 503);
}

void
http_tell(const struct client *cl, struct pairs *question)
{
	(void)pairs_add(question, "from", cl->cl_from);
	(void)ipc_send(parent, WEB_ASK, cl->cl_number, -1, question->pr_buf,
	    question->pr_len);
}

static void
on_sink(const struct ipc_msg *msg)
{
	struct client *cl = crowd_find(msg->im_id);

	if (cl == NULL || cl->cl_state != CLIENT_ASK)
		close(msg->im_fd);
	else
		upload_sink(cl, msg->im_fd);
}

static void
on_source(const struct ipc_msg *msg, unsigned int ms)
{
	struct client *cl = crowd_find(msg->im_id);
	char name[16];

	if (msg->im_len >= sizeof(name))
		fatalx("a malformed source of the parent");
	memcpy(name, msg->im_data, msg->im_len);
	name[msg->im_len] = '\0';
	if (msg->im_id == SAMPLE_ID)
		sample_source(msg->im_fd, name);
	else if (cl == NULL || cl->cl_state != CLIENT_ASK)
		close(msg->im_fd);
	else
		source_add(cl, msg->im_fd, name, ms);
}

static void
on_answer(const struct ipc_msg *msg)
{
	struct client *cl = crowd_find(msg->im_id);

	if (cl == NULL || cl->cl_state != CLIENT_ASK || cl->cl_answer != NULL)
		return;
	if ((cl->cl_answer = calloc(1, sizeof(*cl->cl_answer))) == NULL) {
		client_refuse(cl, 503);
		return;
	}
	if (!pairs_take(cl->cl_answer, msg->im_data, msg->im_len))
		fatalx("a malformed answer of the parent");
	if (cl->cl_reading == 0)
		site_answer(cl);
}

/* A piece of a certificate; the text of the one before is done with. */
static void
take_cert(const struct ipc_msg *msg)
{
	if (cert_done)
		evbuffer_drain(cert, evbuffer_get_length(cert));
	cert_done = false;
	evbuffer_add(cert, msg->im_data, msg->im_len);
}

/* All of it, until the next piece comes. */
static const char *
cert_text(void)
{
	evbuffer_add(cert, "", 1);
	cert_done = true;
	return ((const char *)evbuffer_pullup(cert, -1));
}

static void
start(const struct ipc_msg *msg)
{
	const struct keyproc_start *ks = msg->im_data;

	if (msg->im_len != sizeof(*ks) ||
	    memchr(ks->ks_user, '\0', sizeof(ks->ks_user)) == NULL ||
	    memchr(ks->ks_chroot, '\0', sizeof(ks->ks_chroot)) == NULL ||
	    key_fd == -1 || listen_fd == -1)
		fatalx("started without all it needs");
	if (RAND_bytes(csrf_key, sizeof(csrf_key)) != 1)
		fatalx("no random numbers");
	clients_init(cert_text(), key_fd);
	started = true;
	proc_confine(ks->ks_user, ks->ks_chroot, PROC_IPC | PROC_NET);
	crowd_listen(listen_fd);
}

static void
on_parent(struct ipc *ch, const struct ipc_msg *msg, void *arg)
{
	(void)arg;
	if (msg == NULL) {
		ipc_free(ch);
		parent = NULL;
		event_base_loopbreak(base);
		return;
	}
	switch (msg->im_type) {
	case WEB_CERT:
		take_cert(msg);
		break;
	case WEB_CERT_END:
		if (started)
			clients_renew(cert_text());
		break;
	case WEB_KEY_CHANNEL:
		key_fd = msg->im_fd;
		break;
	case WEB_LISTEN:
		listen_fd = msg->im_fd;
		break;
	case WEB_FILE:
		if (msg->im_id >= SHELF_FILES || msg->im_fd == -1)
			fatalx("a malformed file of the parent");
		shelf_take(msg->im_id, msg->im_fd);
		break;
	case WEB_START:
		start(msg);
		break;
	case WEB_SOURCE:
		on_source(msg, SOURCE_MS);
		break;
	case WEB_OUTPUT:
		on_source(msg, OUTPUT_MS);
		break;
	case WEB_SINK:
		on_sink(msg);
		break;
	case WEB_ANSWER:
		on_answer(msg);
		break;
	default:
		fatalx("unknown message %u", msg->im_type);
	}
}

void
http_main(void)
{
	if ((base = event_base_new()) == NULL ||
	    (cert = evbuffer_new()) == NULL ||
	    (parent = ipc_new(base, PROC_FD, on_parent, NULL)) == NULL)
		fatalx("no memory");
	event_base_dispatch(base);
	_exit(0);
}
