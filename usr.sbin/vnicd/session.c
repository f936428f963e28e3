/* SPDX-License-Identifier: ISC */
/*
 * session: the unprivileged process that talks to the network.
 */
#include <netinet/in.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/dns.h>
#include <event2/event.h>
#include <event2/util.h>
#include <openssl/ssl.h>

#include "kern/awake.h"
#include "kern/conf.h"
#include "kern/ctl.h"
#include "kern/ipc.h"
#include "kern/log.h"
#include "kern/proc.h"
#include "kern/schema.h"
#include "vnic.h"

enum {
	SESSION_ASK = 3000,		/* ms until the parent must answer */
	SESSION_TEXT = 8 << 20		/* most bytes of a text */
};

struct session_process session;

static struct {
	char *tx_data;
	size_t tx_len;
} text;					/* one text at a time is sent */

static bool stopping;

/*
 * Texts.
 */

static void
text_add(const struct ipc_msg *msg)
{
	char *p;

	if (text.tx_len + msg->im_len > SESSION_TEXT ||
	    (p = realloc(text.tx_data, text.tx_len + msg->im_len + 1)) == NULL)
		fatalx("a text of the parent is too long");
	memcpy(p + text.tx_len, msg->im_data, msg->im_len);
	text.tx_data = p;
	text.tx_len += msg->im_len;
	p[text.tx_len] = '\0';
}

static void
text_end(void (*use)(char *, size_t))
{
	if (text.tx_data != NULL) {
		use(text.tx_data, text.tx_len);
		freezero(text.tx_data, text.tx_len);
	}
	text.tx_data = NULL;
	text.tx_len = 0;
}

static void
use_file(char *p, size_t len)
{
	files_add(p, len);
}

/* Drop what the settings no longer have, configure the rest. */
static void
use_blocks(const struct conf *cf)
{
	struct vnic *vn, *next;
	const struct conf *block = NULL;

	TAILQ_FOREACH_SAFE(vn, &session.sp_vnics, vn_entry, next)
		if (conf_block(cf, "vnic", vn->vn_name) == NULL) {
			log_info("vnic %s: removed", vn->vn_name);
			vnic_free(vn);
		}
	while ((block = conf_next(cf, "vnic", block)) != NULL)
		if ((vn = vnic_get(conf_name(block))) != NULL)
			vnic_configure(vn, block);
}

static void
use_conf(char *p, size_t len)
{
	struct conf *cf, *old = session.sp_conf;
	struct conf_error ce;
	char err[512];

	cf = conf_parse("settings", p, len, &ce);
	if (cf == NULL || conf_check(cf, schema_vnicd, "settings", &ce) == -1) {
		conf_error_format(&ce, err, sizeof(err));
		fatalx("the parent's settings do not parse: %s", err);
	}
	path_tests_cancel();
	session.sp_conf = cf;
	session.sp_poll = polling_how(conf_str(cf, "poll"));
	files_use(use_blocks, cf);
	conf_free(old);
}

static void
use_resolv(char *p, size_t len)
{
	struct vnic *vn;

	(void)len;
	resolver_set(p);
	TAILQ_FOREACH(vn, &session.sp_vnics, vn_entry)
		vnic_resolvable(vn);
}

/*
 * Other messages.
 */

static bool
get(const struct ipc_msg *msg, void *to, size_t size)
{
	if (msg->im_len != size) {
		log_warnx("message %u has %zu bytes", msg->im_type,
		    msg->im_len);
		return (false);
	}
	memcpy(to, msg->im_data, size);
	return (true);
}

static void
got_confine(const struct ipc_msg *msg)
{
	struct msg_confine mc;

	if (!get(msg, &mc, sizeof(mc)))
		fatalx("cannot be confined");
	proc_confine(mc.mc_user, mc.mc_dir, PROC_IPC | PROC_NET | PROC_TAP);
	log_debug("confined as %s in %s", mc.mc_user, mc.mc_dir);
}

static void
got_tap(const struct ipc_msg *msg)
{
	struct msg_tap mt;
	struct vnic *vn;

	if (msg->im_fd == -1 || !get(msg, &mt, sizeof(mt)) ||
	    (vn = vnic_get(mt.mt_name)) == NULL) {
		if (msg->im_fd != -1)
			close(msg->im_fd);
		return;
	}
	memcpy(vn->vn_ifname, mt.mt_ifname, sizeof(vn->vn_ifname));
	memcpy(vn->vn_mac, mt.mt_mac, sizeof(vn->vn_mac));
	lan_attach(vn, msg->im_fd);
	vnic_hurry(vn, "its interface is there");
}

static void
got_net(const struct ipc_msg *msg)
{
	struct msg_net mn;
	struct vnic *vn;

	if (get(msg, &mn, sizeof(mn)) && (vn = vnic_get(mn.mn_name)) != NULL)
		vnic_network(vn, &mn);
}

static void
got_changed(void)
{
	struct vnic *vn;
	struct link *lk;

	TAILQ_FOREACH(vn, &session.sp_vnics, vn_entry) {
		TAILQ_FOREACH(lk, &vn->vn_links, lk_entry)
			link_check_uplink(lk);
		vnic_hurry(vn, "the network changed");
	}
}

static void
got_control(const struct ipc_msg *msg)
{
	if (msg->im_fd == -1 ||
	    ctl_server_new(session.sp_base, msg->im_fd, show_request, NULL) ==
		NULL)
		fatalx("no control socket");
}

static void
got_reloaded(const struct ipc_msg *msg)
{
	char err[512];
	size_t len = msg->im_len < sizeof(err) ? msg->im_len : sizeof(err) - 1;

	memcpy(err, msg->im_data, len);
	err[len] = '\0';
	show_reloaded(msg->im_id, err);
}

static void
parent_message(struct ipc *ch, const struct ipc_msg *msg, void *arg)
{
	(void)ch;
	(void)arg;
	if (msg == NULL) {
		stopping = true;
		return;
	}
	switch (msg->im_type) {
	case MSG_CONFINE:
		got_confine(msg);
		break;
	case MSG_ASK:
		session.sp_ask = msg->im_fd;
		break;
	case MSG_CONTROL:
		got_control(msg);
		break;
	case MSG_AWAKE:
		awake_use(msg->im_fd, msg->im_id != 0);
		break;
	case MSG_TAP:
		got_tap(msg);
		break;
	case MSG_NET:
		got_net(msg);
		break;
	case MSG_FILE:
	case MSG_CONF:
	case MSG_RESOLV:
		text_add(msg);
		break;
	case MSG_FILE_END:
		text_end(use_file);
		break;
	case MSG_CONF_END:
		text_end(use_conf);
		break;
	case MSG_RESOLV_END:
		text_end(use_resolv);
		break;
	case MSG_CHANGED:
		got_changed();
		break;
	case MSG_RELOADED:
		got_reloaded(msg);
		break;
	}
}

/*
 * transport_uplink: the one question that cannot wait for an event.  The
 * parent never waits for us, so it answers within a moment.
 */
int
session_uplink(const struct sockaddr *to, char ifname[IF_NAMESIZE],
    const struct vnic *vn)
{
	uint32_t type, id, want = ++session.sp_ask_id;
	struct answer an;
	struct ask ak;

	memset(&ak, 0, sizeof(ak));
	strlcpy(ak.ak_name, vn->vn_name, sizeof(ak.ak_name));
	memcpy(&ak.ak_to, to,
	    to->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) :
					sizeof(struct sockaddr_in));
	if (ipc_write_fd(session.sp_ask, 0, want, &ak, sizeof(ak)) == -1)
		return (-1);
	do {
		if (ipc_read_fd(session.sp_ask, &type, &id, &an, sizeof(an),
			SESSION_ASK) != (int)sizeof(an))
			return (-1);
	} while (id != want);
	if (an.an_error != 0) {
		errno = an.an_error;
		return (-1);
	}
	memcpy(ifname, an.an_ifname, IF_NAMESIZE);
	return (0);
}

/* What the event library says is of interest to developers. */
static void
event_log(int severity, const char *msg)
{
	(void)severity;
	log_debug("%s", msg);
}

/* What must be read from files is read before there are none. */
static void
prepare(void)
{
	log_role("session");
	log_channel(PROC_LOG_FD);
	tzset();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);	/* the terminal's is for the parent */
	event_set_log_callback(event_log);
	OPENSSL_init_ssl(0, NULL);
	evutil_secure_rng_init();
	TAILQ_INIT(&session.sp_vnics);
	session.sp_ask = -1;
	if ((session.sp_base = event_base_new()) == NULL ||
	    (session.sp_dns = evdns_base_new(session.sp_base, 0)) == NULL)
		fatalx("event base");
	evdns_base_set_option(session.sp_dns, "timeout:", "2");
	evdns_base_set_option(session.sp_dns, "attempts:", "2");
	session.sp_ipc =
	    ipc_new(session.sp_base, PROC_FD, parent_message, NULL);
	if (session.sp_ipc == NULL)
		fatalx("channel to the parent");
}

static void
flush(void)
{
	struct vnic *vn;

	TAILQ_FOREACH(vn, &session.sp_vnics, vn_entry) {
		lan_delivered(vn);
		session_conns_flush(&vn->vn_conns);
		vnic_carried(vn);
	}
}

int
session_main(void)
{
	struct vnic *vn;

	prepare();
	/* all frames of a round go out together at its end */
	while (!stopping) {
		if (polling_loop(&session.sp_polling, session.sp_base,
			session.sp_poll) == -1)
			fatalx("event loop");
		flush();
		moderate_pause(&session.sp_moderate);
	}
	while ((vn = TAILQ_FIRST(&session.sp_vnics)) != NULL)
		vnic_free(vn);
	conf_free(session.sp_conf);
	_exit(0);	/* nothing at exit could look at files any more */
}
