/* SPDX-License-Identifier: ISC */
/*
 * data: start of the process that talks to the network, and its channel to
 * the parent.  It confines itself when all it needs has come from the
 * parent, before a listener is looked at.
 */
#include <sys/resource.h>

#include <event2/event.h>
#include <event2/thread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/auth.h"
#include "crypto/crypto.h"
#include "encap/encap.h"
#include "kern/awake.h"
#include "kern/clock.h"
#include "kern/conf.h"
#include "kern/ipc.h"
#include "kern/log.h"
#include "kern/proc.h"
#include "net/offload.h"

#include "control.h"

enum { HOUSEKEEPING_MS = 1000 };

struct data data;

/* What came from the parent before MSG_START. */
static struct text settings, cert;
static int key_channel[THREADS_MAX];
static unsigned int nkeys;
static bool started;

/* Whether clients are worth being asked for a certificate. */
static bool
certificates_used(void)
{
	const struct conf *hub = NULL;

	while ((hub = conf_next(data.dt_conf, "hub", hub)) != NULL)
		if (auth_uses(hub, "certificate"))
			return (true);
	return (false);
}

/* (another `tls` starts the processes anew: the context is of the old one) */
static void
params_update(void)
{
	struct conn_params *cp = &data.dt_params;

	cp->cp_crypto = crypto_find(conf_str(data.dt_conf, "tls"));
	cp->cp_ctx = data.dt_ctx;
	cp->cp_encap = encap_find("capsule");
	cp->cp_handshake_ms =
	    (uint32_t)conf_int(data.dt_conf, "handshake-timeout");
	cp->cp_max_frame = FRAME_LONGEST;
	cp->cp_ask_peer = certificates_used();
	cp->cp_can = OFFLOAD_CAN_ALL;
	strlcpy(cp->cp_congestion, conf_str(data.dt_conf, "congestion"),
	    sizeof(cp->cp_congestion));
}

/* New settings, at the start and at a reload. */
static void
take_settings(void)
{
	struct conf *old = data.dt_conf;

	data.dt_conf = settings_receive(&settings);
	text_clear(&settings);
	conf_free(old);
	hubs_update();
	params_update();
	atomic_store(&data.dt_poll,
	    polling_how(conf_str(data.dt_conf, "poll")));
	sessions_check();
}

static void
make_context(void)
{
	const struct crypto_ops *co =
	    crypto_find(conf_str(data.dt_conf, "tls"));
	uint8_t pin[CRYPTO_PIN_LEN];
	char err[256];

	if (co->co_ready != NULL && co->co_ready(err, sizeof(err)) == -1)
		log_warnx("%s", err);
	data.dt_ctx = co->co_server_ctx(cert.tx_data, cert.tx_len, signer_sign,
	    NULL, err, sizeof(err));
	if (data.dt_ctx == NULL)
		fatalx("certificate: %s", err);
	if (crypto_cert_pin(cert.tx_data, cert.tx_len, pin) == -1)
		fatalx("certificate: no pin");
	crypto_pin_format(pin, data.dt_pin);
	text_clear(&cert);
	params_update();
}

/* Those that are connected keep what they have. */
static void
renew(void)
{
	char err[256];

	if (crypto_ctx_renew(data.dt_ctx, cert.tx_data, cert.tx_len, err,
		sizeof(err)) == -1)
		log_warnx("certificate: %s; keeping the old one", err);
	else
		log_info("a new certificate is shown");
	text_clear(&cert);
}

/* Each connection takes a descriptor. */
static void
raise_files(void)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		return;
	rl.rlim_cur = rl.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &rl);
}

static void
start(void)
{
	unsigned int i;

	if (data.dt_conf == NULL || cert.tx_len == 0 || nkeys == 0)
		fatalx("started without settings, certificate or key");
	frame_set_limit((size_t)conf_int(data.dt_conf, "frame-memory"));
	make_context();
	raise_files();
	proc_confine(conf_str(data.dt_conf, "user"),
	    conf_str(data.dt_conf, "chroot"), PROC_IPC | PROC_NET | PROC_TAP);
	for (i = 0; i < data.dt_nworkers; i++) {
		data.dt_worker[i].w_key = key_channel[i];
		if (i > 0)
			worker_start(&data.dt_worker[i]);
	}
	started = true;
	log_debug("%u threads", data.dt_nworkers);
}

/*
 * Worker 0 exists from the beginning, on the loop of the parent's channel;
 * the others when the parent has said how many there are.
 */
static void
add_worker(const struct ipc_msg *msg)
{
	if (msg->im_id != nkeys || nkeys == THREADS_MAX || started)
		fatalx("a key channel out of order");
	key_channel[nkeys++] = msg->im_fd;
	if (msg->im_id > 0)
		worker_init(&data.dt_worker[msg->im_id], msg->im_id);
	data.dt_nworkers = nkeys;
}

static void
add_tap(const struct ipc_msg *msg)
{
	const struct msg_tap *mt = msg->im_data;

	if (msg->im_len != sizeof(*mt) || msg->im_fd == -1 ||
	    !name_ok(mt->mt_hub, sizeof(mt->mt_hub)) ||
	    !name_ok(mt->mt_name, sizeof(mt->mt_name)) ||
	    !name_ok(mt->mt_ifname, sizeof(mt->mt_ifname)))
		fatalx("a bad message from the parent");
	local_port_add(msg->im_id, msg->im_fd, mt);
}

static void
reloaded(const struct ipc_msg *msg)
{
	struct text tx = { .tx_data = NULL };

	text_add(&tx, msg->im_data, msg->im_len);
	control_reloaded(msg->im_id, tx.tx_data);
	text_clear(&tx);
}

static void
take_token_key(const struct ipc_msg *msg)
{
	if (msg->im_len != TOKEN_KEY_LEN)
		fatalx("a bad message from the parent");
	memcpy(data.dt_token_key, msg->im_data, TOKEN_KEY_LEN);
}

static void
handle(const struct ipc_msg *msg)
{
	switch (msg->im_type) {
	case MSG_SETTINGS:
		text_add(&settings, msg->im_data, msg->im_len);
		break;
	case MSG_SETTINGS_END:
		take_settings();
		break;
	case MSG_CERT:
		text_add(&cert, msg->im_data, msg->im_len);
		break;
	case MSG_CERT_END:
		if (started)
			renew();
		break;
	case MSG_TOKEN_KEY:
		take_token_key(msg);
		break;
	case MSG_KEY_CHANNEL:
		add_worker(msg);
		break;
	case MSG_AUTH_CHANNEL:
		login_auth_channel(msg->im_fd);
		break;
	case MSG_CONTROL:
		control_start(msg->im_fd);
		break;
	case MSG_AWAKE:
		awake_use(msg->im_fd, msg->im_id != 0);
		break;
	case MSG_LISTEN:
		listener_add(msg->im_id, msg->im_fd);
		break;
	case MSG_UNLISTEN:
		listener_remove(msg->im_id);
		break;
	case MSG_TAP:
		add_tap(msg);
		break;
	case MSG_UNTAP:
		local_port_remove(msg->im_id);
		break;
	case MSG_START:
		start();
		break;
	case MSG_RELOAD:
		reloaded(msg);
		break;
	default:
		fatalx("unknown message %u", msg->im_type);
	}
}

static void
on_stop(struct worker *w, struct job *j)
{
	(void)j;
	w->w_stop = true;
}

/* The parent is gone: end the threads, then the process. */
static void
stop(void)
{
	static struct job jobs[THREADS_MAX];
	unsigned int i;

	for (i = 1; started && i < data.dt_nworkers; i++) {
		jobs[i].j_run = on_stop;
		worker_post(&data.dt_worker[i], &jobs[i]);
	}
	for (i = 1; started && i < data.dt_nworkers; i++)
		pthread_join(data.dt_worker[i].w_thread, NULL);
	data.dt_worker[0].w_stop = true;
}

static void
on_parent(struct ipc *ch, const struct ipc_msg *msg, void *arg)
{
	(void)arg;
	if (msg != NULL) {
		handle(msg);
		return;
	}
	ipc_free(ch);
	data.dt_parent = NULL;
	stop();
}

static void
on_housekeeping(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	hubs_age();
	accounts_tick();
}

void
data_main(void)
{
	struct timeval tv = ms_timeval(HOUSEKEEPING_MS);
	struct event *ev;

	data.dt_worker = calloc(THREADS_MAX, sizeof(*data.dt_worker));
	if (data.dt_worker == NULL)
		fatal("calloc");
	LIST_INIT(&data.dt_hubs);
	data.dt_started = clock_ms();
	/* a worker's events may be changed by one that sends in its place */
	if (evthread_use_pthreads() == -1)
		fatalx("no locks");
	worker_init(&data.dt_worker[0], 0);
	data.dt_parent =
	    ipc_new(data.dt_worker[0].w_base, PROC_FD, on_parent, NULL);
	ev = event_new(data.dt_worker[0].w_base, -1, EV_PERSIST,
	    on_housekeeping, NULL);
	if (data.dt_parent == NULL || ev == NULL || event_add(ev, &tv) == -1)
		fatalx("no memory");
	worker_run(&data.dt_worker[0]);
	_exit(0);
}
