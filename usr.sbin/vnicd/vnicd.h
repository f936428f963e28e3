/* SPDX-License-Identifier: ISC */
/*
 * vnicd: keeps virtual NICs connected to hubs.
 *
 * Two processes.  The parent, root, alone touches taps, bridges, routes,
 * guard rules and files; it never reads a byte from the network.  The session
 * process, unprivileged, chrooted and filtered, talks to the network: log-in,
 * verification, frames.  It gets settings as text, taps and the control
 * socket as descriptors, and asks for what only root can see.
 */
#ifndef VNICD_H
#define VNICD_H

#include <limits.h>
#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "net/stay_local.h"

struct conf;
struct conf_error;
struct event_base;

enum {
	VNIC_NAME_MAX = 33,	/* a NIC's name, with NUL */
	VNIC_ERROR_MAX = 320
};

/*
 * Messages.  Texts come as any number of messages of a type and one of the
 * next type that ends them (ipc_send_text).
 */
enum msg_type {
	/* parent to session */
	MSG_CONFINE = 1,	/* struct msg_confine, before all else */
	MSG_ASK,		/* fd: the channel for struct ask */
	MSG_CONTROL,		/* fd: the listening control socket */
	MSG_AWAKE,		/* fd: for awake_use() */
	MSG_TAP,		/* fd, struct msg_tap */
	MSG_FILE,		/* text: "BLOCK NAME KEY", newline, what the
				   file has; all of them before MSG_CONF */
	MSG_FILE_END,
	MSG_CONF,		/* text: vnicd.conf, whole and checked */
	MSG_CONF_END,
	MSG_NET,		/* struct msg_net */
	MSG_RESOLV,		/* text: see resolv_read() */
	MSG_RESOLV_END,
	MSG_CHANGED,		/* the network changed: worth another try */
	MSG_RELOADED,		/* im_id: the request; data: error or empty */
	/* session to parent */
	MSG_RELOAD,		/* im_id: the request */
	MSG_RESOLV_WANTED
};

struct msg_confine {
	char mc_user[VNIC_NAME_MAX];
	char mc_dir[PATH_MAX];
};

struct msg_tap {
	char mt_name[VNIC_NAME_MAX];
	char mt_ifname[IF_NAMESIZE];
	uint8_t mt_mac[6];
};

/* What the parent sees of the network around one NIC. */
struct msg_net {
	char mn_name[VNIC_NAME_MAX];
	char mn_bridge[IF_NAMESIZE];	/* the one it is in, or empty */
	bool mn_bridged;		/* meant to be in one */
	bool mn_has_mac;
	uint8_t mn_mac[6];		/* the bridge's own */
	unsigned int mn_ngateways;
	struct stay_gateway mn_gateways[STAY_GATEWAYS];
	char mn_problem[VNIC_ERROR_MAX]; /* what root could not do, or empty */
};

/* "By which interface does NIC ak_name reach ak_to?" and the answer. */
struct ask {
	char ak_name[VNIC_NAME_MAX];
	struct sockaddr_storage ak_to;
};
struct answer {
	int an_error;			/* 0 or an errno */
	char an_ifname[IF_NAMESIZE];	/* empty: no restriction */
};

/* mac.c: pure. */

/* A stable, locally administered address for the NIC `name` of this box. */
void mac_derive(const void *seed, size_t len, const char *name, uint8_t mac[6]);

/* backoff.c: pure. */

/*
 * Milliseconds to wait before attempt `n` (0 is the first after a loss):
 * a random part (`r`, any number) of min doubled n times, at most max.
 */
uint32_t backoff_delay(uint32_t min, uint32_t max, unsigned int n, uint32_t r);

/* need.c: pure. */

enum { NEED_CONNS = 4 };	/* that a busy session has if these suffice */

/* Whether a session has use for more than one connection. */
struct need {
	uint64_t nd_at;			/* ms, when last looked at */
	uint64_t nd_bytes;		/* carried then */
	unsigned int nd_some;		/* looks in a row that found some */
	uint64_t nd_busy;		/* ms, when it last carried much; 0 */
};

/* Whether need_look() would look; costs less than to know the bytes. */
bool need_due(const struct need *nd, uint64_t now);
/*
 * It has carried `bytes` so far, both ways, and the oldest frame that waits
 * to be sent does so for `waits` us; to be told while there are any.
 */
void need_look(struct need *nd, uint64_t bytes, uint64_t waits, uint64_t now);
/* Whether it carried much in the last minutes. */
bool need_many(const struct need *nd, uint64_t now);

/* discover.c: pure. */

enum {
	DISCOVER_LEN = 342,
	DISCOVER_RS_LEN = 62,
	DISCOVER_ARP_LEN = 42,
	DISCOVER_DHCP6_LEN = 108,	/* at most */
	DISCOVER_NA_LEN = 86
};

/* The sender's address, which is not quite that of the NIC. */
void discover_mac(uint8_t out[6], const uint8_t nic[6]);
/* A DHCPDISCOVER frame on behalf of the NIC with this address. */
void discover_build(uint8_t out[DISCOVER_LEN], const uint8_t nic[6],
    uint32_t xid);

/* The same: a router solicitation (RFC 4861, 4.1). */
void discover_build_rs(uint8_t out[DISCOVER_RS_LEN], const uint8_t nic[6]);
/* Its link-local address. */
void discover_address(uint8_t out[16], const uint8_t nic[6]);
/*
 * The same, from there: a DHCPv6 message (RFC 8415), of type DHCP6_SOLICIT, for
 * an address, or DHCP6_INFORMATION, for the rest.  Its length.
 */
size_t discover_build_dhcp6(uint8_t out[DISCOVER_DHCP6_LEN],
    const uint8_t nic[6], uint8_t type, uint32_t xid);
/* A neighbour advertisement (RFC 4861, 4.4) for it, to who has asked. */
void discover_build_na(uint8_t out[DISCOVER_NA_LEN], const uint8_t nic[6],
    const uint8_t mac[6], const uint8_t addr[16]);
/* The same: who has the IPv4 address, by a probe (RFC 5227, 2.1.1). */
void discover_build_arp(uint8_t out[DISCOVER_ARP_LEN], const uint8_t nic[6],
    const uint8_t addr[4]);

/* config.c: the parent; reads files. */

/*
 * Load and check `path`.  Passwords of password-files stand in the tree as
 * `password` afterwards.  NULL with *ce filled.
 */
struct conf *config_load(const char *path, struct conf_error *ce);
/*
 * Calls `use` for each file that a vnic or proxy block names, in the form of
 * MSG_FILE.  A file that cannot be read any more is left out.
 */
void config_files(const struct conf *cf, void (*use)(const char *text));
/* The machine's seed for MAC addresses, made when there is none. */
size_t config_seed(const char *state_dir, char *buf, size_t size);

/* resolv.c: the parent. */

/*
 * What a chrooted resolver needs of /etc/resolv.conf and /etc/hosts: lines
 * "nameserver ADDRESS", for the hosts that `cf` names "host NAME ADDRESS",
 * and "wpad URL", if its wpad-file has one.  malloc'ed; NULL without memory.
 */
char *resolv_read(const struct conf *cf, const char *resolv_path,
    const char *hosts_path);

/* nic.c: the parent's side of each virtual NIC. */

struct nic {
	TAILQ_ENTRY(nic) nc_entry;
	char nc_name[VNIC_NAME_MAX];
	char nc_ifname[IF_NAMESIZE];
	char nc_bridge[IF_NAMESIZE];	/* wanted; empty: none */
	char nc_uplink[IF_NAMESIZE];	/* configured, or empty */
	const struct conf *nc_conf;	/* its block */
	uint8_t nc_mac[6];
	unsigned int nc_mtu;
	int nc_fd;			/* the tap, or -1 */
	bool nc_ready;			/* address and MTU are set */
	bool nc_sent;			/* the session process has the tap */
	bool nc_guarded;
	struct msg_net nc_net;		/* last told */
	struct ask nc_ask;		/* last asked, and the answer */
	struct answer nc_answer;
	struct sockaddr_storage nc_source; /* the own address on that way */
	bool nc_up;			/* the uplink is up */
};
TAILQ_HEAD(nics, nic);

extern struct nics nics;

/* Make the list follow the settings; taps of unchanged NICs stay open. */
void nics_apply(const struct conf *cf);
/* Try again what is missing: taps, bridges.  True when all is in place. */
bool nics_settle(void);
/* Look at the network; calls `tell` for each NIC that sees a change. */
void nics_look(void (*tell)(const struct msg_net *));
/* Whether a way to a hub changed since the last call. */
bool nics_uplinks_changed(void);
/* Answer the session process. */
void nics_answer(const struct ask *ak, struct answer *an);
/* Close all taps and take the guard rules away. */
void nics_close(void);
struct nic *nic_find(const char *name);

/* quiet_linux.c */

/* Keep the kernel's own IPv6 stack from speaking on a bridge's port. */
void quiet_port(const char *ifname);

/* session.c: the main function of the session process. */
int session_main(void);

#endif
