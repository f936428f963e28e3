/* SPDX-License-Identifier: ISC */
/*
 * vnic: inside the session process: virtual NICs, their links to a hub, and
 * what they share.  One thread, one event loop.
 *
 *	WAITING -> RESOLVING -> CONNECTING -> VERIFYING -> OPEN
 *	   ^___________|_____________|____________|_________|
 *
 * A link is one TCP connection on its way or up.  The first link of a
 * session logs in or resumes; further ones join it.  The session is OPEN
 * while at least one link is.
 */
#ifndef VNIC_H
#define VNIC_H

#include "kern/bucket.h"
#include "kern/moderate.h"
#include "kern/polling.h"
#include "net/gro.h"
#include "net/stay_local.h"
#include "transport/auto.h"
#include "transport/chain.h"
#include "tunnel/http.h"
#include "tunnel/session.h"
#include "vnicd.h"

struct conn;
struct conn_params;
struct crypto_ctx;
struct crypto_ops;
struct ctl_client;
struct event;
struct event_base;
struct evdns_base;
struct frame;
struct ipc;
struct chain;

enum vnic_state {
	VNIC_WAITING,		/* for the next attempt */
	VNIC_RESOLVING,
	VNIC_CONNECTING,
	VNIC_VERIFYING,		/* TLS and log-in */
	VNIC_OPEN
};

/* The end of a first hop: the host as the settings name it, its address. */
struct place {
	char pl_host[HTTP_HOST_MAX];
	struct sockaddr_storage pl_addr; /* AF_UNSPEC: none yet */
};

struct link {
	TAILQ_ENTRY(link) lk_entry;
	struct vnic *lk_vnic;
	enum http_session lk_kind;
	struct change *lk_change;	/* of the password: never open */
	struct chain *lk_chain;		/* until connected */
	struct autoway *lk_auto;	/* or this, with transport auto */
	struct conn *lk_conn;		/* from then on */
	int lk_fd;			/* lk_conn's */
	bool lk_open;
	uint64_t lk_since;		/* ms, of opening */
	/* us: when it began, knew an address, was at the hub, was let in */
	uint64_t lk_began, lk_named, lk_reached, lk_let_in;
	char lk_way[CHAIN_WAY_LEN];	/* the hops in words */
	struct place lk_to;		/* where the first hop leads */
	struct sockaddr_storage lk_from; /* the own address */
	char lk_uplink[IF_NAMESIZE];	/* and by which interface */
};
TAILQ_HEAD(links, link);

struct vnic {
	TAILQ_ENTRY(vnic) vn_entry;
	char vn_name[VNIC_NAME_MAX];
	const struct conf *vn_conf;	/* its block, or NULL at first */
	char *vn_signature;		/* the settings that make a session */
	const struct crypto_ops *vn_tls;	/* its streams: by these */
	struct crypto_ctx *vn_crypto;
	char vn_host[HTTP_HOST_MAX];	/* of `server` */
	uint16_t vn_port;

	char vn_ifname[IF_NAMESIZE];
	uint8_t vn_mac[6];
	int vn_tap;			/* -1: not yet */
	unsigned int vn_tap_can;	/* OFFLOAD_CAN_*, what it takes */
	unsigned int vn_hub_can;	/* and what the hub takes */
	struct gro_batch vn_out, vn_in;	/* of this round: to the hub, the tap */
	struct event *vn_tap_read;
	bool vn_alone;			/* it had one frame at most, lately */
	size_t vn_max;			/* longest frame */
	struct stay_local vn_stay;
	struct msg_net vn_net;
	struct stay_gateway vn_given[STAY_GATEWAYS]; /* not learned */
	unsigned int vn_ngiven;
	struct event *vn_discover;	/* asks for this office's router */
	struct event *vn_probe;		/* asks both sides who serves */
	unsigned int vn_probes;		/* how often it did */
	unsigned int vn_answers;	/* to who asks back, still */
	uint32_t vn_discover_wait;	/* ms until it is asked again */
	uint64_t vn_news;		/* ms, when finds may be logged */
	char vn_finds[512];		/* last logged */

	enum vnic_state vn_state;
	uint64_t vn_since;		/* ms, of vn_state */
	bool vn_resolv;			/* waits for the parent's MSG_RESOLV */
	bool vn_denied;			/* the last log-in was refused */
	struct links vn_links;
	struct session_conns vn_conns;
	char vn_token[TOKEN_STRLEN];	/* "" none */
	uint64_t vn_lost;		/* ms, when a good session ended */
	unsigned int vn_attempts;	/* in vain since it was last good */
	uint64_t vn_retries;		/* attempts since the start */
	uint64_t vn_resumed;		/* sessions resumed */
	struct event *vn_retry;		/* the next attempt */
	struct event *vn_join;		/* the next further connection */
	struct event *vn_spare;		/* when one too many may end */
	struct need vn_need;
	unsigned int vn_join_attempts;
	struct bucket vn_hurry;		/* attempts out of turn */
	struct place vn_last;		/* where a session was last open */
	char vn_way[CHAIN_WAY_LEN];	/* of the last attempt */
	struct auto_memory vn_ways;	/* of transport auto */
	uint64_t vn_drop_lan;		/* frames not fit to be sent */
	uint64_t vn_drop_tap;		/* frames that the tap refused */
	char vn_error[VNIC_ERROR_MAX];	/* the last failure */
};
TAILQ_HEAD(vnics, vnic);

/* The session process. */
struct session_process {
	struct event_base *sp_base;
	struct evdns_base *sp_dns;
	struct ipc *sp_ipc;
	int sp_ask;			/* the synchronous channel, or -1 */
	uint32_t sp_ask_id;
	struct conf *sp_conf;
	enum polling_how sp_poll;	/* of sp_conf */
	struct polling sp_polling;
	struct moderate sp_moderate;
	struct vnics sp_vnics;
};
extern struct session_process session;

/* vnic.c */

/* By name; vnic_get makes it.  NULL: none, or without memory. */
struct vnic *vnic_find(const char *name);
struct vnic *vnic_get(const char *name);
void vnic_free(struct vnic *vn);
/* Try now, if it waits; `reason` for the log.  False: too often. */
bool vnic_hurry(struct vnic *vn, const char *reason);
/* Close what is open and connect anew, at once. */
void vnic_reconnect(struct vnic *vn, const char *reason);
/* The session is over for good: the hub need not keep it. */
void vnic_bye(struct vnic *vn);
/* Connect, without delay for what failed before. */
void vnic_begin(struct vnic *vn);
/* Attempts under way use a block that is about to go: begin those again. */
void vnic_restart_attempts(struct vnic *vn);
/* Frames went by: have as many connections as that needs. */
void vnic_carried(struct vnic *vn);
/* Name servers are fresh: go on with what waited for them. */
void vnic_resolvable(struct vnic *vn);
/* What happened to a link; called by link.c only. */
void vnic_opened(struct vnic *vn, struct link *lk,
    const struct http_response *rp);
void vnic_failed(struct vnic *vn, struct link *lk, const char *reason,
    int status);
void vnic_state(struct vnic *vn, enum vnic_state state);
const char *vnic_state_name(enum vnic_state state);
unsigned int vnic_open_links(const struct vnic *vn);

/* vnic_settings.c */

/* Use this block from now on; connects anew only if a session differs. */
void vnic_configure(struct vnic *vn, const struct conf *block);
/* The network around it, from the parent. */
void vnic_network(struct vnic *vn, const struct msg_net *mn);

/* link.c */

/* In place of an HTTP status: a proxy refuses the user. */
enum { LINK_DENIED = 407 };

/* Begin a connection; NULL with vn->vn_error filled. */
struct link *link_start(struct vnic *vn, enum http_session kind);
/* The same to change the password, and no more; takes cg, tells its end. */
struct link *link_start_change(struct vnic *vn, struct change *cg);
/* End it at once, without another word to vnic.c. */
void link_free(struct link *lk);
/* The same, telling the hub that the session will not be resumed. */
void link_bye(struct link *lk);
/*
 * The network changed: close it if its way out is no longer the best or its
 * own address is gone, else see whether the hub can still be heard.
 */
void link_check_uplink(struct link *lk);

/* transport_done: the way to the hub is there, or there is none. */
void link_connected(int fd, const char *error, void *arg);
/* What a connection to the NIC's hub is made with; and the hub's Host. */
void link_params(const struct vnic *vn, struct conn_params *cp);
void link_host(const struct vnic *vn, struct http_request *rq);
/* The blocks of the NIC's proxies; how many. */
unsigned int link_proxies(const struct vnic *vn,
    const struct conf *blocks[CHAIN_PROXIES]);

/* files.c */

/* Take a copy of a text of MSG_FILE, for the settings that come next. */
void files_add(const char *all, size_t len);
/* These are the settings: the files that came for them are found by `use`. */
void files_use(void (*use)(const struct conf *), const struct conf *cf);
/*
 * The text of the file that `key` of a block names, until the settings
 * change; NULL if there is none.  arg is unused: see tr_file.
 */
const char *files_find(const struct conf *block, const char *key, void *arg);

/* ways.c: transport auto */

/* The NIC has it. */
bool ways_on(const struct vnic *vn);
/*
 * Find a way for a link, among the proxies too; as chain_start().  -1 without
 * memory.
 */
int ways_start(struct link *lk, const struct transport_request *tr,
    const struct conf *const *proxies, unsigned int n);
/* What became of a link that found one; nothing without transport auto. */
void ways_opened(struct link *lk);
void ways_failed(struct link *lk, const char *reason, int status);

/* The URL of a file of proxies, or "". */
const char *ways_wpad(const struct vnic *vn);

/* path_test.c */

/*
 * Try a way to the hub and say how that went: that of the settings (way
 * NULL), "direct", or "proxy" and the name of one.
 */
void path_test_request(struct ctl_client *c, struct vnic *vn, const char *way,
    const char *name);
/* Settings are about to go, with the blocks that tests use. */
void path_tests_cancel(void);

/* lan.c: frames between tap and tunnel */

/* Take over the tap's descriptor; the one before is closed. */
void lan_attach(struct vnic *vn, int fd);
void lan_detach(struct vnic *vn);
/* Deliver a frame from the hub, in this round; consumes it. */
void lan_deliver(struct vnic *vn, struct frame *f);
/* The round is over, or the tap goes. */
void lan_delivered(struct vnic *vn);
/* Begin to look for this office's router, if it matters. */
void lan_discover(struct vnic *vn);
/* This office's routers, as far as known. */
void lan_routers(const struct vnic *vn, char *buf, size_t size);
/* Take over the gateways of settings and parent. */
void lan_gateways(struct vnic *vn);

/* probe.c: who gives addresses, on either side */

/* Forget who did and ask, at once and again. */
void probe_begin(struct vnic *vn);
void probe_end(struct vnic *vn);
/* After a round: answer who asked for us, log finds, now and then. */
void probe_look(struct vnic *vn);
/* What is at the far side, and what it collides with, in words; or "". */
void probe_finds(const struct vnic *vn, char *buf, size_t size);
/* Addresses of the servers of a kind on one side. */
void probe_servers(const struct vnic *vn, bool far, enum server_kind kind,
    char *buf, size_t size);
/* The address of a router of this office that one over there has, too. */
void probe_same_router(const struct vnic *vn, char *buf, size_t size);

/* password.c: a new password for the hub */

struct change {
	struct ctl_client *cg_client;	/* waits for the end of it */
	char cg_old[HTTP_PASSWORD_MAX];
	char cg_new[HTTP_PASSWORD_MAX];
};
/* For vnicctl(8): both passwords in base64url. */
void password_request(struct ctl_client *c, struct vnic *vn, char *old,
    char *new);
/* It is over: the hub's answer, or 0 and the reason.  Frees cg. */
void password_over(struct change *cg, int status, const char *reason);

/* show.c: answers to vnicctl(8) */
void show_request(struct ctl_client *c, int argc, char **argv, void *arg);
/* The parent has reloaded; err is empty when all went well. */
void show_reloaded(uint32_t id, const char *err);

/* resolver.c */

/* Take over the text of resolv_read(). */
void resolver_set(const char *text);
/* The name servers, for messages. */
void resolver_servers(char *buf, size_t size);
/* The URL of a file of proxies that DHCP gave, or "". */
const char *resolver_wpad(void);
/* The address that /etc/hosts gives a name, or NULL. */
const char *resolver_host(const char *name);

/* session.c */
int session_uplink(const struct sockaddr *to, char ifname[IF_NAMESIZE],
    const struct vnic *vn);

#endif
