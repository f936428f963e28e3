/* SPDX-License-Identifier: ISC */
/*
 * schema: what settings exist.  One table per file; from it come the
 * parser's checks, the web form, the man pages' key lists and the defaults.
 */
#ifndef KERN_SCHEMA_H
#define KERN_SCHEMA_H

#include <stdint.h>

enum schema_type {
	ST_BLOCK,	/* key [name] { ... } */
	ST_STRING,	/* any text */
	ST_NAME,	/* 1-32 of A-Z a-z 0-9 . _ - ; not beginning with . or - */
	ST_IFNAME,	/* a network interface: 1-15 characters, no / or space */
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
	ST_PIN		/* sha256/ and base64 of 32 bytes */
};

enum {
	SF_LIST = 0x01,		/* may stand more than once */
	SF_REQUIRED = 0x02,
	SF_SECRET = 0x04,	/* masked wherever it is shown */
	SF_NAMED = 0x08		/* a block that must have a name (ST_NAME) */
};

/* What has to happen when a value changes. */
enum schema_reload {
	SR_RELOAD,	/* SIGHUP is enough, sessions stay */
	SR_SESSION,	/* the sessions concerned connect anew */
	SR_RESTART	/* the daemon must be restarted */
};

struct schema {
	const char *sc_key;
	enum schema_type sc_type;
	unsigned int sc_flags;
	int64_t sc_min;			/* in the type's base unit; both 0: */
	int64_t sc_max;			/* any that the type can hold */
	const char *sc_default;		/* as written, or NULL */
	const char *sc_choices;		/* "a b c" for ST_ENUM, ST_PREFIX */
	const struct schema *sc_children; /* of a block */
	enum schema_reload sc_reload;
	const char *sc_help;		/* one sentence, English */
	const char *sc_help_ja;		/* the same in Japanese */
};

extern const struct schema schema_hubd[];	/* hubd.conf(5) */
extern const struct schema schema_vnicd[];	/* vnicd.conf(5) */
extern const struct schema schema_box[];	/* longwire.txt(5) */

/*
 * Check one value as text.  NULL when it fits, else a static or thread-local
 * text that says what is allowed.  *out gets integers, in milliseconds for
 * durations and bytes for sizes.  Forms and the parser share this.
 */
const char *schema_value(const struct schema *sc, const char *text,
    int64_t *out);

/* Print a table as mdoc(7) list items to standard output, for man pages. */
void schema_print_mdoc(const struct schema *table);

#endif
