/* SPDX-License-Identifier: ISC */
/*
 * conf: the one grammar of all settings files, parsed into a tree, checked
 * against a schema, printed back.  No I/O but conf_load(); pure otherwise.
 * Used by every process that reads settings.
 *
 *	file  = { entry }
 *	entry = key { value } end  |  key [ value ] "{" { entry } "}" end
 *	end   = NEWLINE, or just before "}"
 *
 * A value is a bare word or a string in double quotes, with \" and \\ inside.
 * "#" begins a comment that goes to the end of the line.  A bare word that
 * contains # { } or " is an error rather than a surprise.  Comments and empty
 * lines stay with the entry that they precede (or, on the same line, follow)
 * when the tree is printed.  Text is UTF-8; a byte order mark at its start
 * and CR before LF are tolerated, since people edit these files on any
 * machine.  Limits: CONF_SIZE bytes, CONF_DEPTH blocks deep, CONF_NODES
 * entries, CONF_VALUES values; NUL and other control characters are errors.
 */
#ifndef KERN_CONF_H
#define KERN_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "kern/message.h"

enum {
	CONF_SIZE = 4 << 20,
	CONF_DEPTH = 8,
	CONF_NODES = 100000,
	CONF_VALUES = 16	/* values of one entry */
};

struct schema;

struct conf {
	TAILQ_ENTRY(conf) cf_entry;
	TAILQ_HEAD(conf_list, conf) cf_children; /* of a block, in order */
	struct conf *cf_parent;
	const struct schema *cf_schema;	/* its row, set by conf_check() */
	const struct schema *cf_table;	/* its children's, the same */
	char *cf_key;			/* "" for the root */
	char **cf_values;
	int cf_nvalues;
	uint32_t cf_quoted;		/* bit n: value n stood in quotes */
	bool cf_block;
	int cf_line;			/* of the key, from 1 */
	int cf_column;			/* in characters, tabs at every 8 */
	char *cf_before;		/* comment lines before it, or NULL */
	char *cf_after;			/* comment behind it or its "{" */
	char *cf_tail;			/* comment lines before a block's "}" */
	char *cf_end;			/* comment behind a block's "}" */
};

/* Where and what went wrong; ce_text is a whole sentence without the place. */
struct conf_error {
	char ce_file[128];
	int ce_line;			/* 0: the file as a whole */
	int ce_column;
	char ce_text[MESSAGE_EN_SIZE];
	char ce_ja[MESSAGE_JA_SIZE];	/* in Japanese, "" if unknown */
};

/* "file:line:column: text" into buf. */
void conf_error_format(const struct conf_error *ce, char *buf, size_t size);
/*
 * Fill *ce, in English and in Japanese (see message.h); cf gives the place
 * (NULL or a root: the file as a whole).
 */
void conf_error_say(struct conf_error *ce, const char *file,
    const struct conf *cf, const char *en, const char *ja, ...)
    __attribute__((format(printf, 4, 6), format(printf, 5, 6)));
/* The same for what has an English text only, such as strerror(3). */
void conf_error_set(struct conf_error *ce, const char *file,
    const struct conf *cf, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* NULL with *ce filled on error.  `file` is used in messages only. */
struct conf *conf_parse(const char *file, const char *text, size_t len,
    struct conf_error *ce);
/* The same from a regular file; read errors are reported in *ce too. */
struct conf *conf_load(const char *path, struct conf_error *ce);
void conf_free(struct conf *cf);

/*
 * Check the children of cf against a schema table (ended by a NULL key):
 * known keys, number and type of values, range, choices, required keys, no
 * entry twice that is not a list, block names unique; then the tables' own
 * sc_check.  Sets cf_schema and cf_table throughout.  0, or -1 with *ce
 * naming the place and what is allowed.
 */
int conf_check(struct conf *cf, const struct schema *table, const char *file,
    struct conf_error *ce);

/*
 * Look-ups below cf, which must have been checked; they answer the schema's
 * default where the entry is absent.  Strings live as long as the tree.
 * Asking for a key that the schema lacks is a programming error: abort().
 * Every entry that is not a block has exactly one value, cf_values[0]; a list
 * is the same key several times, for conf_next() to walk.
 */
const struct conf *conf_find(const struct conf *cf, const char *key);
const struct conf *conf_block(const struct conf *cf, const char *key,
    const char *name);
/* The next child of cf with this key after prev; start with NULL. */
const struct conf *conf_next(const struct conf *cf, const char *key,
    const struct conf *prev);
/* The block's name, "" where it has none. */
const char *conf_name(const struct conf *cf);
/* First value as text; NULL when absent and without default. */
const char *conf_str(const struct conf *cf, const char *key);
/* Integers, sizes (bytes), durations (milliseconds), booleans (0 or 1). */
int64_t conf_int(const struct conf *cf, const char *key);
bool conf_bool(const struct conf *cf, const char *key);
/* Whether the file itself says so, apart from defaults. */
bool conf_has(const struct conf *cf, const char *key);

/*
 * Changing a tree.  conf_set replaces the value of `key` below cf (all of a
 * list), or adds it at the end; conf_add adds one more to a list; conf_remove
 * takes all entries of that key and their comments out.  -1 or NULL without
 * memory.  Check the tree again afterwards.
 */
int conf_set(struct conf *cf, const char *key, const char *value);
int conf_add(struct conf *cf, const char *key, const char *value);
struct conf *conf_add_block(struct conf *cf, const char *key, const char *name);
void conf_remove(struct conf *cf, const char *key);

enum conf_print {
	CONF_PLAIN = 0,
	CONF_MASK = 1,		/* secrets as "********" */
	CONF_NO_COMMENTS = 2
};
#define CONF_MASKED "********"
/*
 * What stands in cf (a root or a block) as text that parses back to the same
 * tree; the caller frees it.  NULL without memory.  With CONF_MASK a comment
 * that names a secret's key is masked too, and so is every value of a tree
 * that was not checked.
 */
char *conf_print(const struct conf *cf, unsigned int flags);

#endif
