/* SPDX-License-Identifier: ISC */
/*
 * schema_check: what one row of a schema alone cannot say, as functions that
 * the tables' last rows name; for schema_*.c only.  Contract: schema.h.
 */
#ifndef KERN_SCHEMA_CHECK_H
#define KERN_SCHEMA_CHECK_H

#include <stddef.h>

struct conf;
struct conf_error;
struct schema;

/* schema_policy.c: a block `policy` of a hub. */
extern const struct schema schema_policy[];
/* schema_radius.c: a block `radius`. */
extern const struct schema schema_radius[];
/* schema_rule.c: a block `rule` of a hub. */
extern const struct schema schema_rule[];
/* schema_log.c: a block `packet-log` of a hub. */
extern const struct schema schema_packet_log[];
/* and the box's block `syslog`. */
extern const struct schema schema_syslog[];
/* schema_ssh.c: the box's block `ssh`. */
extern const struct schema schema_ssh[];

/* schema_uplink.c: blocks `vlan` and `pppoe` of the box's network. */
extern const struct schema schema_vlan[];
extern const struct schema schema_pppoe[];
/* What they are on can be there before them; net is the network. */
int schema_check_uplinks(const struct conf *net, const char *file,
    struct conf_error *ce);

/* schema_names.c: interfaces and who uses them; free() it. */
struct schema_names;
/* NULL without memory, which is said. */
struct schema_names *schema_names_new(const char *file, struct conf_error *ce);
/* The block at `user` takes an interface; -1 if it is taken, which is said. */
int schema_names_add(struct schema_names *nm, const struct conf *user,
    const char *name, const char *file, struct conf_error *ce);
/* The taps of the blocks `key` below cf, and those of all hubs, likewise. */
int schema_names_taps(struct schema_names *nm, const struct conf *cf,
    const char *key, const char *file, struct conf_error *ce);
int schema_names_hubs(struct schema_names *nm, const struct conf *cf,
    const char *file, struct conf_error *ce);
size_t schema_names_count(const struct schema_names *nm);

/* schema_check_hubd.c */
/* hubd.conf as a whole: something to do, the default hub, the taps' names. */
int schema_check_hubd(const struct conf *cf, const char *file,
    struct conf_error *ce);
/* A hub: what is named exists, users can log in, its querier's address. */
int schema_check_hub(const struct conf *cf, const char *file,
    struct conf_error *ce);
/* A RADIUS server: a secret, or how it is verified in TLS. */
int schema_check_radius(const struct conf *cf, const char *file,
    struct conf_error *ce);
/* A user of a hub: a password is what hubctl passwd prints. */
int schema_check_user(const struct conf *cf, const char *file,
    struct conf_error *ce);

/* schema_rule.c: not more rules than can be compiled. */
int schema_check_rules(const struct conf *cf, const char *file,
    struct conf_error *ce);

/* schema_check_vnicd.c */
/* vnicd.conf as a whole: the taps' names, the proxies' names. */
int schema_check_vnicd(const struct conf *cf, const char *file,
    struct conf_error *ce);
/* One virtual NIC: how the server is verified, the password, the times. */
int schema_check_vnic(const struct conf *cf, const char *file,
    struct conf_error *ce);
/* One proxy: how it is verified, the password, what its type takes. */
int schema_check_proxy(const struct conf *cf, const char *file,
    struct conf_error *ce);
/* Not more pins than a context has room for. */
int schema_check_pins(const struct conf *cf, const char *file,
    struct conf_error *ce);

/* schema_hop.c: what a proxy's type needs, and what it has no use for. */
int schema_check_hop(const struct conf *cf, const char *file,
    struct conf_error *ce);

/* schema_check_box.c */
/* One interface of the box: "none" stands alone. */
int schema_check_interface(const struct conf *cf, const char *file,
    struct conf_error *ce);
/* The box's network: a port is in one bridge; what uplinks are on. */
int schema_check_network(const struct conf *cf, const char *file,
    struct conf_error *ce);
/* The box itself: the key of one-time codes is one. */
int schema_check_system(const struct conf *cf, const char *file,
    struct conf_error *ce);
/* longwire.txt as a whole: bridges that are named exist. */
int schema_check_box(const struct conf *cf, const char *file,
    struct conf_error *ce);

/* schema_log.c: the log server: how it is verified. */
int schema_check_syslog(const struct conf *cf, const char *file,
    struct conf_error *ce);

/* schema_ssh.c */
/* Somebody can log in. */
int schema_check_ssh(const struct conf *cf, const char *file,
    struct conf_error *ce);
/* Nothing else of the box listens on its port. */
int schema_check_ssh_port(const struct conf *box, const char *file,
    struct conf_error *ce);

#endif
