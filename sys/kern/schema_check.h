/* SPDX-License-Identifier: ISC */
/*
 * schema_check: what one row of a schema alone cannot say, as functions that
 * the tables' last rows name; for schema_*.c only.  Contract: schema.h.
 */
#ifndef KERN_SCHEMA_CHECK_H
#define KERN_SCHEMA_CHECK_H

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

/* hubd.conf as a whole: something to do, the default hub, the taps' names. */
int schema_check_hubd(const struct conf *cf, const char *file,
    struct conf_error *ce);
/* A hub: what is named exists, users can log in, its querier's address. */
int schema_check_hub(const struct conf *cf, const char *file,
    struct conf_error *ce);
/* schema_rule.c: not more rules than can be compiled. */
int schema_check_rules(const struct conf *cf, const char *file,
    struct conf_error *ce);
/* A RADIUS server: a secret, or how it is verified in TLS. */
int schema_check_radius(const struct conf *cf, const char *file,
    struct conf_error *ce);
/* A user of a hub: a password is what hubctl passwd prints. */
int schema_check_user(const struct conf *cf, const char *file,
    struct conf_error *ce);
/* vnicd.conf as a whole: the taps' names, the proxies' names. */
int schema_check_vnicd(const struct conf *cf, const char *file,
    struct conf_error *ce);
/* One virtual NIC: how the server is verified, the password, the times. */
int schema_check_vnic(const struct conf *cf, const char *file,
    struct conf_error *ce);
/* One proxy: how it is verified, the password, what its type takes. */
int schema_check_proxy(const struct conf *cf, const char *file,
    struct conf_error *ce);
/* schema_hop.c: what a proxy's type needs, and what it has no use for. */
int schema_check_hop(const struct conf *cf, const char *file,
    struct conf_error *ce);
/* One interface of the box: "none" stands alone. */
int schema_check_interface(const struct conf *cf, const char *file,
    struct conf_error *ce);
/* The box's network: a port is in one bridge. */
int schema_check_network(const struct conf *cf, const char *file,
    struct conf_error *ce);
/* The box itself: the key of one-time codes is one. */
int schema_check_system(const struct conf *cf, const char *file,
    struct conf_error *ce);
/* Not more pins than a context has room for. */
int schema_check_pins(const struct conf *cf, const char *file,
    struct conf_error *ce);
/* The log server: how it is verified. */
int schema_check_syslog(const struct conf *cf, const char *file,
    struct conf_error *ce);
/* longwire.txt as a whole: bridges that are named exist. */
int schema_check_box(const struct conf *cf, const char *file,
    struct conf_error *ce);

#endif
