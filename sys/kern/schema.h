/* SPDX-License-Identifier: ISC */
/*
 * schema: what settings exist.  One table per file; from it come the
 * parser's checks, the web form, the man pages' key lists and the defaults.
 * Used by every process that reads settings.
 */
#ifndef KERN_SCHEMA_H
#define KERN_SCHEMA_H

#include <stddef.h>
#include <stdint.h>

#include "kern/message.h"

struct conf;
struct conf_error;

enum schema_type {
	ST_BLOCK,	/* key [name] { ... } */
	ST_STRING,	/* any text */
	ST_NAME,	/* 1-32 of A-Z a-z 0-9 . _ - ; first none of . - */
	ST_IFNAME,	/* a network interface: 1-15 bytes, no / or space */
	ST_INT,		/* decimal */
	ST_BOOL,	/* yes or no */
	ST_DURATION,	/* 500ms 20s 5m 2h 1d; a bare number is seconds */
	ST_SIZE,	/* bytes; suffixes K M G, powers of 1024 */
	ST_ENUM,	/* one of sc_choices */
	ST_MAC,		/* 02:00:5e:10:00:01, unicast */
	ST_HOSTPORT,	/* host:port, a.b.c.d:port, [v6]:port; port optional */
	ST_ADDRESS,	/* IPv4 or IPv6 address */
	ST_PREFIX,	/* address/length, or a word of sc_choices */
	ST_PATH,	/* absolute path without .. */
	ST_PIN,		/* sha256/ and base64 of 32 bytes */
	/* of header_text.h: */
	ST_MAC_MASK,
	ST_ETHERTYPE,
	ST_PROTOCOL,
	ST_PORTS
};

enum {
	SF_LIST = 0x01,		/* may stand more than once */
	SF_REQUIRED = 0x02,
	SF_SECRET = 0x04,	/* masked wherever it is shown */
	SF_NAMED = 0x08,	/* a block that must have a name (ST_NAME) and
				   may stand once for each name */
	SF_SCRYPT = 0x10,	/* kept as a hash of auth/password.c, */
	SF_CRYPT = 0x20		/* or of crypt(3): forms take the password */
};

/* What has to happen when a value changes. */
enum schema_reload {
	SR_RELOAD,	/* SIGHUP is enough, sessions stay */
	SR_SESSION,	/* the sessions concerned connect anew */
	SR_PROCESSES,	/* SIGHUP, by which hubd starts its processes anew */
	SR_RESTART	/* the daemon must be restarted */
};

/* Checks what one row alone cannot say; see conf_error_set(). */
typedef int (*schema_check)(const struct conf *cf, const char *file,
    struct conf_error *ce);

struct schema {
	const char *sc_key;
	enum schema_type sc_type;
	unsigned int sc_flags;
	/*
	 * In the type's base unit (bytes of text, of a block's name); both 0:
	 * any that the type can hold.
	 */
	int64_t sc_min;
	int64_t sc_max;
	const char *sc_default;		/* as written, or NULL */
	const char *sc_choices;		/* "a b c" for ST_ENUM, ST_PREFIX */
	const struct schema *sc_children; /* of a block */
	enum schema_reload sc_reload;
	const char *sc_label;		/* as the web form has it, English */
	const char *sc_label_ja;
	const char *sc_help;		/* one sentence, English */
	const char *sc_help_ja;		/* the same in Japanese */
	/*
	 * In the row that ends a table (NULL key): called by conf_check() for
	 * each block that uses the table, when its entries are fine by
	 * themselves.  0, or -1 with *ce filled.
	 */
	schema_check sc_check;
};

/*
 * How many of them there may be.  Who uses them has room for as many, and
 * asserts it; it is not known here.
 */
enum {
	SCHEMA_RULES = 2048,		/* of a hub */
	SCHEMA_RULE_MASKS = 16,		/* of MAC addresses in them */
	SCHEMA_RADIUS_SERVERS = 4,	/* of a hub */
	SCHEMA_PINS = 4,		/* of a server */
	SCHEMA_HOPS = 8			/* proxies of a virtual NIC */
};

extern const struct schema schema_hubd[];	/* hubd.conf(5) */
extern const struct schema schema_vnicd[];	/* vnicd.conf(5) */
extern const struct schema schema_acme[];	/* block acme of the next */
extern const struct schema schema_box[];	/* longwire.txt(5) */

/* The row of a key, or NULL. */
const struct schema *schema_row(const struct schema *table, const char *key);

/*
 * Check one value as text.  NULL when it fits, else a message that says what
 * is allowed ("3 is out of range: 20s to 10m"), without the value where that
 * is a secret; it lives until the thread's next one.  *out (or NULL) gets
 * integers, in milliseconds for durations and bytes for sizes.  Forms and the
 * parser share this.
 */
const struct message *schema_fault(const struct schema *sc, const char *text,
    int64_t *out);
/* The same, its English text only. */
const char *schema_value(const struct schema *sc, const char *text,
    int64_t *out);

/* A number, size or duration as a value of sc would say it: "20s". */
void schema_format(const struct schema *sc, int64_t n, char *buf, size_t size);

/*
 * Split a value of ST_HOSTPORT: the host without brackets, and the port as
 * text, or "" where there is none.  -1 if it is not one.
 */
int schema_hostport(const char *text, char *host, size_t hostsize, char *port,
    size_t portsize);

/*
 * The tap's name of a "vnic" or "local-port" block: its interface, or "lw"
 * and the block's name, cut to size - 1 (IFNAMSIZ: 16).
 */
void schema_tap_name(const struct conf *cf, char *buf, size_t size);

/*
 * What a box refuses in settings that somebody brings, besides conf_check(),
 * whose tree of schema_box this is: a hash as admin-password that its console
 * does not know.  Settings that the box has, from a version that took it,
 * count on, since after an upgrade the box would go without them.  0, or -1
 * with *ce filled.
 */
int schema_check_new(const struct conf *box, const char *file,
    struct conf_error *ce);

/* Print a table as mdoc(7) list items to standard output, for man pages. */
void schema_print_mdoc(const struct schema *table);

#endif
