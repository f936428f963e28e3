/* SPDX-License-Identifier: ISC */
/*
 * schema_mdoc: a table as mdoc(7), for man pages.
 */
#include <stdio.h>
#include <string.h>

#include "kern/schema.h"

enum { MDOC_WIDTH = 72 };

/* One word; a leading . or ' would be a request. */
static void
print_mdoc_word(const char *word, size_t len)
{
	if (*word == '.' || *word == '\'')
		fputs("\\&", stdout);
	for (; len-- > 0; word++) {
		if (*word == '\\')
			fputs("\\e", stdout);
		else
			putchar(*word);
	}
}

/* Text in lines of at most MDOC_WIDTH. */
static void
print_mdoc_text(const char *text)
{
	size_t column = 0, len;

	for (;; text += len + 1) {
		len = strcspn(text, " ");
		if (column > 0) {
			if (column + 1 + len > MDOC_WIDTH) {
				putchar('\n');
				column = 0;
			} else {
				putchar(' ');
				column++;
			}
		}
		print_mdoc_word(text, len);
		column += len;
		if (text[len] == '\0')
			break;
	}
	putchar('\n');
}

/* The item's head: key, and what stands behind it. */
static void
print_mdoc_head(const struct schema *sc)
{
	static const char *const args[] = {
		[ST_STRING] = "text",
		[ST_NAME] = "name",
		[ST_IFNAME] = "interface",
		[ST_INT] = "number",
		[ST_DURATION] = "time",
		[ST_SIZE] = "size",
		[ST_MAC] = "mac",
		[ST_HOSTPORT] = "host Ns Op : Ns Ar port",
		[ST_ADDRESS] = "address",
		[ST_PREFIX] = "address Ns / Ns Ar length",
		[ST_PATH] = "path",
		[ST_PIN] = "pin",
		[ST_MAC_MASK] = "mac Ns Op / Ns Ar mask",
		[ST_ETHERTYPE] = "type",
		[ST_PROTOCOL] = "protocol",
		[ST_PORTS] = "port Ns Op - Ns Ar port",
	};
	const char *p;
	size_t n;

	printf(".It Ic %s", sc->sc_key);
	if (sc->sc_type == ST_BLOCK)
		printf("%s No {", sc->sc_flags & SF_NAMED ? " Ar name" : "");
	else if (sc->sc_type == ST_BOOL)
		printf(" Cm yes | no");
	else if (sc->sc_type != ST_ENUM)
		printf(" Ar %s", args[sc->sc_type]);
	if (sc->sc_choices != NULL)
		for (p = sc->sc_choices; *p != '\0'; p += n) {
			p += *p == ' ';
			n = strcspn(p, " ");
			printf("%s Cm %.*s",
			    p == sc->sc_choices && sc->sc_type == ST_ENUM ?
				"" :
				" |",
			    (int)n, p);
		}
	putchar('\n');
}

/* "Default: 20s; 2s to 10m." and the like. */
static void
print_mdoc_limits(const struct schema *sc)
{
	char low[32], high[32];

	if (sc->sc_flags & SF_LIST)
		puts("May stand more than once.");
	if (sc->sc_flags & SF_REQUIRED)
		puts("Required.");
	if (sc->sc_default != NULL)
		printf("The default is\n.Cm %s .\n", sc->sc_default);
	if ((sc->sc_min == 0 && sc->sc_max == 0) || sc->sc_type == ST_BLOCK)
		return;
	schema_format(sc, sc->sc_min, low, sizeof(low));
	schema_format(sc, sc->sc_max, high, sizeof(high));
	printf("From %s to %s%s.\n", low, high,
	    sc->sc_type == ST_STRING ? " bytes" : "");
}

void
schema_print_mdoc(const struct schema *table)
{
	static const char *const reload[] = {
		[SR_RELOAD] = NULL,
		[SR_SESSION] = "A change makes the sessions concerned "
			       "connect anew.",
		[SR_PROCESSES] = "A change starts the processes anew; "
				 "clients resume their sessions.",
		[SR_RESTART] = "A change needs a restart.",
	};

	puts(".Bl -tag -width Ds");
	for (; table->sc_key != NULL; table++) {
		print_mdoc_head(table);
		print_mdoc_text(table->sc_help);
		print_mdoc_limits(table);
		if (reload[table->sc_reload] != NULL)
			puts(reload[table->sc_reload]);
		if (table->sc_children != NULL)
			schema_print_mdoc(table->sc_children);
	}
	puts(".El");
}
