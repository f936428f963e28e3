/* SPDX-License-Identifier: ISC */
/* The types' vectors, the tables themselves, and rules over entries. */
#include <atf-c.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kern/conf.h"
#include "kern/schema.h"

#define SCRYPT                                            \
	"\"$scrypt$ln=15,r=8,p=1$E0I+ksagRenGSBZ5nXXM+g$" \
	"gxZlQuRAh8JmJ0I4L0ubeSpcOcPmA2ad86Bjp653Lk0\""
#define HOP(type, keys) "proxy p {\ntype " type "\nserver a:1\n" keys "\n}"
#define HOST_KEY "host-key SHA256:LcejJFwmoqVFaa8sQeZo3hC3EEzzwfxU0jLxj6Y/Zz8"
#define HOST_KEY_BAD                                                          \
	"f:6:1: host-key: this must be SHA256: and 43 characters, or a line " \
	"of a known_hosts or public key file"
#define PROXY(keys) "proxy p {\ntype http\nserver a:1\n" keys "\n}"
#define VNIC(keys) \
	"vnic a {\nserver a\nuser u\npassword p\npin " PIN "\n" keys "\n}"
#define HEADER                                                          \
	"f:4:1: header: this must be \"Name: value\", and not a field " \
	"that vnicd writes itself"
#define NET(blocks) "network {\n" blocks "}"
#define VLAN(name, port) "vlan " name " {\nport " port "\ntag 7\n}\n"
#define PPPOE(name, port) \
	"pppoe " name " {\nport " port "\nuser a@b\npassword \"x y\"\n}\n"
#define PIN "sha256/mouPtCh6owhf2g7XD6/Y2AMaeI8N2xyDrHrqN1QxwWc="

static const struct {
	enum schema_type type;
	const char *text;
	int64_t value;		/* -1: must be refused */
} vectors[] = {
	{ ST_INT, "0", 0 },
	{ ST_INT, "9223372036854775807", INT64_MAX },
	{ ST_INT, "9223372036854775808", -1 },
	{ ST_INT, "-5", -5 },
	{ ST_INT, "", -1 },
	{ ST_INT, "-", -1 },
	{ ST_INT, "+1", -1 },
	{ ST_INT, " 1", -1 },
	{ ST_INT, "1 ", -1 },
	{ ST_INT, "0x10", -1 },
	{ ST_DURATION, "500ms", 500 },
	{ ST_DURATION, "7", 7000 },
	{ ST_DURATION, "7s", 7000 },
	{ ST_DURATION, "2m", 120000 },
	{ ST_DURATION, "2h", 7200000 },
	{ ST_DURATION, "30d", 2592000000 },
	{ ST_DURATION, "-1s", -1 },
	{ ST_DURATION, "1.5s", -1 },
	{ ST_DURATION, "s", -1 },
	{ ST_DURATION, "1w", -1 },
	{ ST_DURATION, "1S", -1 },
	{ ST_SIZE, "4096", 4096 },
	{ ST_SIZE, "1K", 1024 },
	{ ST_SIZE, "64M", 64 << 20 },
	{ ST_SIZE, "8G", 8LL << 30 },
	{ ST_SIZE, "9000000000G", -1 },
	{ ST_SIZE, "1KB", -1 },
	{ ST_BOOL, "yes", 1 },
	{ ST_BOOL, "no", 0 },
	{ ST_BOOL, "true", -1 },
	{ ST_BOOL, "", -1 },
	{ ST_NAME, "a", 0 },
	{ ST_NAME, "_A-9.b", 0 },
	{ ST_NAME, "abcdefghijklmnopqrstuvwxyz012345", 0 },
	{ ST_NAME, "abcdefghijklmnopqrstuvwxyz0123456", -1 },
	{ ST_NAME, "", -1 },
	{ ST_NAME, ".a", -1 },
	{ ST_NAME, "-a", -1 },
	{ ST_NAME, "a/b", -1 },
	{ ST_NAME, "a\n", -1 },
	{ ST_IFNAME, "eth0.10", 0 },
	{ ST_IFNAME, "abcdefghijklmno", 0 },
	{ ST_IFNAME, "abcdefghijklmnop", -1 },
	{ ST_IFNAME, "", -1 },
	{ ST_IFNAME, ".", -1 },
	{ ST_IFNAME, "..", -1 },
	{ ST_IFNAME, "a/b", -1 },
	{ ST_IFNAME, "a b", -1 },
	{ ST_IFNAME, "tap%d", -1 },
	{ ST_IFNAME, "eth0:1", -1 },
	{ ST_IFNAME, "-x", -1 },
	{ ST_MAC, "02:00:5e:10:00:01", 0 },
	{ ST_MAC, "02:00:5E:10:00:Ff", 0 },
	{ ST_MAC, "01:00:5e:10:00:01", -1 },
	{ ST_MAC, "ff:ff:ff:ff:ff:ff", -1 },
	{ ST_MAC, "00:00:00:00:00:00", -1 },
	{ ST_MAC, "02:00:5e:10:00", -1 },
	{ ST_MAC, "02:00:5e:10:00:01:", -1 },
	{ ST_MAC, "02-00-5e-10-00-01", -1 },
	{ ST_MAC, "0g:00:5e:10:00:01", -1 },
	{ ST_HOSTPORT, "hub.example.com:443", 0 },
	{ ST_HOSTPORT, "hub.example.com", 0 },
	{ ST_HOSTPORT, "192.0.2.1:1", 0 },
	{ ST_HOSTPORT, "[2001:db8::1]:65535", 0 },
	{ ST_HOSTPORT, "[::]", 0 },
	{ ST_HOSTPORT, "2001:db8::1", 0 },
	{ ST_HOSTPORT, "*:443", 0 },
	{ ST_HOSTPORT, "*", 0 },
	{ ST_HOSTPORT, "443", -1 },
	{ ST_HOSTPORT, "192.0.2.256:1", -1 },
	{ ST_HOSTPORT, "a:0", -1 },
	{ ST_HOSTPORT, "a:65536", -1 },
	{ ST_HOSTPORT, "a:", -1 },
	{ ST_HOSTPORT, "a:4x", -1 },
	{ ST_HOSTPORT, ":443", -1 },
	{ ST_HOSTPORT, "[::1:443", -1 },
	{ ST_HOSTPORT, "[::1]443", -1 },
	{ ST_HOSTPORT, "[192.0.2.1]:443", -1 },
	{ ST_HOSTPORT, "a..b:443", -1 },
	{ ST_HOSTPORT, "-a:443", -1 },
	{ ST_HOSTPORT, "a/b:443", -1 },
	{ ST_HOSTPORT, "user@host:443", -1 },
	{ ST_HOSTPORT, "", -1 },
	{ ST_ADDRESS, "192.168.1.1", 0 },
	{ ST_ADDRESS, "fe80::1", 0 },
	{ ST_ADDRESS, "192.168.1", -1 },
	{ ST_ADDRESS, "192.168.1.1/24", -1 },
	{ ST_PREFIX, "192.168.1.1/24", 0 },
	{ ST_PREFIX, "2001:db8::2/128", 0 },
	{ ST_PREFIX, "dhcp", 0 },
	{ ST_PREFIX, "none", 0 },
	{ ST_PREFIX, "dhc", -1 },
	{ ST_PREFIX, "dhcp none", -1 },
	{ ST_PREFIX, "192.168.1.1", -1 },
	{ ST_PREFIX, "192.168.1.1/33", -1 },
	{ ST_PREFIX, "::1/129", -1 },
	{ ST_PREFIX, "192.168.1.1/", -1 },
	{ ST_PREFIX, "192.168.1.1/24x", -1 },
	{ ST_PREFIX, "/24", -1 },
	{ ST_ENUM, "dhcp", 0 },
	{ ST_ENUM, "no", -1 },
	{ ST_ENUM, "", -1 },
	{ ST_PATH, "/", 0 },
	{ ST_PATH, "/var/db/..hubd", 0 },
	{ ST_PATH, "var", -1 },
	{ ST_PATH, "", -1 },
	{ ST_PATH, "/a/../b", -1 },
	{ ST_PATH, "/a/..", -1 },
	{ ST_PIN, PIN, 0 },
	{ ST_PIN, "sha256/mouPtCh6owhf2g7XD6/Y2AMaeI8N2xyDrHrqN1QxwWd=", -1 },
	{ ST_PIN, "sha256/mouPtCh6owhf2g7XD6/Y2AMaeI8N2xyDrHrqN1QxwWc", -1 },
	{ ST_PIN, "sha256/mouPtCh6owhf2g7XD6/Y2AMaeI8N2xyDrHrqN1Qx=Wc=", -1 },
	{ ST_PIN, "sha1/mouPtCh6owhf2g7XD6/Y2AMaeI8N2xyDrHrqN1QxwWc=", -1 },
	{ ST_PIN, "sha256/", -1 },
	{ ST_PIN, "", -1 },
	{ ST_MAC_MASK, "02:00:5e:10:00:01", 0 },
	{ ST_MAC_MASK, "ff:FF:ff:ff:ff:ff", 0 },
	{ ST_MAC_MASK, "00:00:00:00:00:00/01:00:00:00:00:00", 0 },
	{ ST_MAC_MASK, "02:00:5e:10:00:01/", -1 },
	{ ST_MAC_MASK, "02:00:5e:10:00:01/24", -1 },
	{ ST_MAC_MASK, "02:00:5e:10:00:01/ff:ff:ff:ff:ff:ff:", -1 },
	{ ST_MAC_MASK, "02:00:5e:10:00:0", -1 },
	{ ST_MAC_MASK, "02:00:5e:10:00:01 ", -1 },
	{ ST_MAC_MASK, "", -1 },
	{ ST_ETHERTYPE, "ipv6", 0 },
	{ ST_ETHERTYPE, "0x88cc", 0 },
	{ ST_ETHERTYPE, "0x0600", 0 },
	{ ST_ETHERTYPE, "0x05ff", -1 },
	{ ST_ETHERTYPE, "0x1ffff", -1 },
	{ ST_ETHERTYPE, "0x88c", -1 },
	{ ST_ETHERTYPE, "2048", -1 },
	{ ST_ETHERTYPE, "ip", -1 },
	{ ST_ETHERTYPE, "", -1 },
	{ ST_PROTOCOL, "tcp", 0 },
	{ ST_PROTOCOL, "0", 0 },
	{ ST_PROTOCOL, "255", 0 },
	{ ST_PROTOCOL, "256", -1 },
	{ ST_PROTOCOL, "99999999999999999999", -1 },
	{ ST_PROTOCOL, "-1", -1 },
	{ ST_PROTOCOL, "6x", -1 },
	{ ST_PROTOCOL, "", -1 },
	{ ST_PORTS, "80", 0 },
	{ ST_PORTS, "0-65535", 0 },
	{ ST_PORTS, "7-7", 0 },
	{ ST_PORTS, "80-79", -1 },
	{ ST_PORTS, "65536", -1 },
	{ ST_PORTS, "1-65536", -1 },
	{ ST_PORTS, "80-", -1 },
	{ ST_PORTS, "-80", -1 },
	{ ST_PORTS, "80:90", -1 },
	{ ST_PORTS, "", -1 },
};

ATF_TC_WITHOUT_HEAD(types);
ATF_TC_BODY(types, tc)
{
	struct schema sc = { .sc_key = "k", .sc_choices = "dhcp none" };
	const char *text;
	int64_t n;
	size_t i;

	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		sc.sc_type = vectors[i].type;
		text = schema_value(&sc, vectors[i].text, &n);
		ATF_CHECK_MSG((text != NULL) == (vectors[i].value == -1),
		    "type %d: %s: %s", (int)sc.sc_type, vectors[i].text,
		    text == NULL ? "accepted" : text);
		if (text == NULL)
			ATF_CHECK_EQ_MSG(n, vectors[i].value, "%s: %" PRId64,
			    vectors[i].text, n);
	}
}

/* A whole text of its own in Japanese: one that fits into a file's comment. */
static bool
is_japanese(const char *ja, const char *en)
{
	struct conf_error ce;
	char line[600];
	struct conf *cf;

	snprintf(line, sizeof(line), "# %s\n", ja);
	if ((cf = conf_parse("ja", line, strlen(line), &ce)) == NULL)
		return (false);
	conf_free(cf);
	return (strcmp(ja, en) != 0 &&
	    (strstr(ja, "。") != NULL || strstr(ja, "：") != NULL));
}

ATF_TC_WITHOUT_HEAD(japanese);
ATF_TC_BODY(japanese, tc)
{
	struct schema sc = { .sc_key = "k", .sc_choices = "dhcp none" };
	const struct message *ms;
	char wide[601];
	size_t i;

	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		sc.sc_type = vectors[i].type;
		ms = schema_fault(&sc, vectors[i].text, NULL);
		if (ms != NULL && strchr(vectors[i].text, '\n') == NULL)
			ATF_CHECK_MSG(is_japanese(ms->ms_ja, ms->ms_en),
			    "type %d: %s", (int)sc.sc_type, ms->ms_ja);
	}
	sc.sc_type = ST_DURATION;
	sc.sc_max = 90000;
	ATF_CHECK_STREQ(schema_fault(&sc, "3h", NULL)->ms_ja,
	    "「3h」は範囲外です（0s～90s）。");
	sc.sc_flags = SF_SECRET;
	ATF_CHECK_STREQ(schema_fault(&sc, "3h", NULL)->ms_ja,
	    "この値は範囲外です（0s～90s）。");
	/* choices that are too long for a message: cut between characters */
	for (i = 0; i < 600; i += 3)
		memcpy(wide + i, "\xe3\x81\x82", 4);
	sc.sc_type = ST_ENUM;
	sc.sc_choices = wide;
	for (i = 0; i < 3; i++) {
		ms = schema_fault(&sc, "xx" + i, NULL);
		ATF_CHECK(strlen(ms->ms_ja) > MESSAGE_JA_SIZE - 4);
		ATF_CHECK_MSG(is_japanese(ms->ms_ja, ""), "%s", ms->ms_ja);
		ATF_CHECK_MSG(is_japanese(ms->ms_ja, ms->ms_en), "%s",
		    ms->ms_ja);
	}
}

ATF_TC_WITHOUT_HEAD(texts);
ATF_TC_BODY(texts, tc)
{
	struct schema sc = { .sc_type = ST_SIZE,
		.sc_min = 0,
		.sc_max = 2 << 20 };
	char wide[301], host[64], port[8];
	size_t i;

	ATF_CHECK_STREQ(schema_value(&sc, "3M", NULL),
	    "3M is out of range: 0 to 2M");
	sc.sc_type = ST_DURATION;
	sc.sc_max = 90000;
	ATF_CHECK_STREQ(schema_value(&sc, "3h", NULL),
	    "3h is out of range: 0s to 90s");
	sc.sc_flags = SF_SECRET;
	ATF_CHECK_STREQ(schema_value(&sc, "3h", NULL),
	    "this value is out of range: 0s to 90s");
	/* a long value is cut between characters */
	sc.sc_flags = 0;
	for (i = 0; i < 300; i += 3)
		memcpy(wide + i, "\xe3\x81\x82", 4);
	ATF_CHECK(strstr(schema_value(&sc, wide, NULL),
		      "\xe3\x81\x82... is not") != NULL);
	ATF_CHECK_EQ(schema_hostport("[::1]:22", host, sizeof(host), port,
			 sizeof(port)),
	    0);
	ATF_CHECK_STREQ(host, "::1");
	ATF_CHECK_STREQ(port, "22");
	ATF_CHECK_EQ(schema_hostport("a.b", host, sizeof(host), port,
			 sizeof(port)),
	    0);
	ATF_CHECK_STREQ(host, "a.b");
	ATF_CHECK_STREQ(port, "");
	ATF_CHECK_EQ(schema_hostport(wide, host, sizeof(host), port,
			 sizeof(port)),
	    -1);
}

/* One table and those below it. */
static void
check_table(const struct schema *table, const char *where)
{
	const struct schema *sc, *other;
	const char *text;
	char path[128];

	for (sc = table; sc->sc_key != NULL; sc++) {
		snprintf(path, sizeof(path), "%s.%s", where, sc->sc_key);
		ATF_CHECK_MSG(strspn(sc->sc_key,
				  "abcdefghijklmnopqrstuvwxyz"
				  "0123456789-") == strlen(sc->sc_key),
		    "%s", path);
		ATF_REQUIRE_MSG(sc->sc_help != NULL && sc->sc_help_ja != NULL,
		    "%s: no help", path);
		if (sc->sc_help == NULL || sc->sc_help_ja == NULL)
			return;
		ATF_CHECK_MSG(sc->sc_label != NULL && sc->sc_label_ja != NULL,
		    "%s: no label", path);
		ATF_CHECK_MSG(sc->sc_help[strlen(sc->sc_help) - 1] == '.',
		    "%s: help is no sentence", path);
		ATF_CHECK_MSG(strcmp(sc->sc_help_ja + strlen(sc->sc_help_ja) -
				      3,
				  "。") == 0,
		    "%s: Japanese help is no sentence", path);
		ATF_CHECK_MSG(sc->sc_min <= sc->sc_max, "%s: range", path);
		if (sc->sc_default != NULL) {
			text = schema_value(sc, sc->sc_default, NULL);
			ATF_CHECK_MSG(text == NULL, "%s: %s", path, text);
			ATF_CHECK_MSG((sc->sc_flags & SF_REQUIRED) == 0,
			    "%s: default of a required key", path);
		}
		ATF_CHECK_MSG((sc->sc_type == ST_BLOCK) ==
			(sc->sc_children != NULL),
		    "%s: children", path);
		ATF_CHECK_MSG(sc->sc_type != ST_ENUM || sc->sc_choices != NULL,
		    "%s: no choices", path);
		/* a script and a form need something to show */
		ATF_CHECK_MSG(sc->sc_type != ST_BOOL || sc->sc_default != NULL,
		    "%s: no default", path);
		for (other = table; other != sc; other++)
			ATF_CHECK_MSG(strcmp(other->sc_key, sc->sc_key) != 0,
			    "%s: twice", path);
		if (sc->sc_children != NULL)
			check_table(sc->sc_children, path);
	}
}

ATF_TC_WITHOUT_HEAD(tables);
ATF_TC_BODY(tables, tc)
{
	check_table(schema_hubd, "hubd");
	check_table(schema_vnicd, "vnicd");
	check_table(schema_box, "box");
}

static const struct {
	const struct schema *table;
	const char *text;
	const char *message;		/* NULL: fine */
} rules[] = {
	{ schema_hubd, "listen *:443", NULL },
	{ schema_hubd, "",
	    "f: listen is missing, and no hub has a local-port: "
	    "nothing could connect" },
	{ schema_hubd, "hub a {\nlocal-port p {\n}\n}", NULL },
	{ schema_hubd, "listen *\ndefault-hub x\n",
	    "f:2:1: default-hub: there is no hub x" },
	{ schema_hubd, "listen *\ndefault-hub x\nhub x {\n}", NULL },
	{ schema_hubd, "listen *\nkey /k\n",
	    "f: certificate and key belong "
	    "together: give both or neither" },
	{ schema_hubd,
	    "hub a {\nlocal-port p {\n}\n}\nhub b {\nlocal-port p "
	    "{\n}\n}\n",
	    "f:6:1: local-port: interface lwp is used in line 2 "
	    "already, by local-port p" },
	{ schema_hubd,
	    "hub a {\nlocal-port abcdefghijklmnop {\n}\n"
	    "local-port q {\n interface lwabcdefghijklm\n}\n}",
	    "f:4:1: "
	    "local-port: interface lwabcdefghijklm is used in line 2 already, "
	    "by local-port abcdefghijklmnop" },
	{ schema_hubd, "listen *\nhub a {\nuser u {\npassword " SCRYPT "\n}\n}",
	    NULL },
	{ schema_hubd, "listen *\nhub a {\nuser u {\n}\n}",
	    "f:3:1: user u: password is missing, "
	    "and the hub asks no other method" },
	{ schema_hubd, "listen *\nhub a {\nuser u {\npassword plain\n}\n}",
	    "f:4:1: password: this must be what \"hubctl passwd\" prints, "
	    "$scrypt$ln=..." },
	{ schema_vnicd, "", NULL },
	{ schema_vnicd,
	    "vnic a {\nserver a\nuser u\npassword p\npin " PIN "\n}", NULL },
	{ schema_vnicd,
	    "vnic a {\nserver a\nuser u\npassword-file /p\nca /c\n"
	    "}",
	    NULL },
	{ schema_vnicd, "vnic a {\nuser u\npassword p\npin " PIN "\n}",
	    "f:1:1: vnic a: server is missing" },
	{ schema_vnicd,
	    "vnic a {\nserver *\nuser u\npassword p\npin " PIN "\n}",
	    "f:2:1: server: * is no host to connect to" },
	{ schema_vnicd, "vnic a {\nserver a\nuser u\npassword p\n}",
	    "f:1:1: "
	    "vnic a: pin is missing (or ca): the server must be verified" },
	{ schema_vnicd, "vnic a {\nserver a\nuser u\npin " PIN "\n}",
	    "f:1:1: vnic a: give one of password and password-file, or "
	    "certificate and key" },
	{ schema_vnicd,
	    "vnic a {\nserver a\nuser u\npassword p\n"
	    "password-file /p\npin " PIN "\n}",
	    "f:1:1: vnic a: give one of password and password-file, or "
	    "certificate and key" },
	{ schema_vnicd,
	    "vnic a {\nserver a\nuser u\npassword p\npin " PIN
	    "\nretry-min 31s\n}",
	    "f:1:1: vnic a: retry-min is longer than retry-max" },
	{ schema_vnicd,
	    "vnic a {\nserver a\nuser u\npassword p\npin " PIN
	    "\naddresses-from tunnel\n}",
	    "f:6:1: vnic a: with stay-local yes no addresses come from the "
	    "tunnel: give stay-local no, too" },
	{ schema_vnicd,
	    "vnic a {\nserver a\nuser u\npassword p\npin " PIN "\nca /c\n}",
	    "f:6:1: ca: with a pin it has no effect; give one of the two" },
	{ schema_vnicd,
	    "vnic a {\nserver a\nuser u\npassword p\npin " PIN "\npin " PIN
	    "\npin " PIN "\npin " PIN "\npin " PIN "\n}",
	    "f:9:1: pin: more than 4 of them" },
	{ schema_vnicd,
	    PROXY("user u\npassword p\nheader \"A-b: c\"") "\n" VNIC("proxy p"),
	    NULL },
	{ schema_vnicd, PROXY("tls yes\npin " PIN), NULL },
	{ schema_vnicd, PROXY("tls yes\nca /c\nserver-name n"), NULL },
	{ schema_vnicd, VNIC("proxy p"),
	    "f:6:1: proxy: there is no block proxy p" },
	{ schema_vnicd,
	    PROXY("") "\n" VNIC("proxy p\nproxy p\nproxy p\nproxy p\nproxy p\n"
				"proxy p\nproxy p\nproxy p\nproxy p"),
	    "f:19:1: proxy: more than 8 in a row" },
	{ schema_vnicd, "proxy p {\ntype http\n}",
	    "f:1:1: proxy p: server is missing" },
	{ schema_vnicd, "proxy p {\ntype http\nserver *\n}",
	    "f:3:1: server: * is no host to connect to" },
	{ schema_vnicd, PROXY("tls yes"),
	    "f:1:1: proxy p: pin is missing (or ca): the server must be "
	    "verified" },
	{ schema_vnicd, PROXY("ca /c"),
	    "f:4:1: ca: it has no effect without \"tls yes\"" },
	{ schema_vnicd, PROXY("pin " PIN),
	    "f:4:1: pin: it has no effect without \"tls yes\"" },
	{ schema_vnicd, PROXY("user u"),
	    "f:1:1: proxy p: user and password belong together: give both or "
	    "neither" },
	{ schema_vnicd, PROXY("password p"),
	    "f:1:1: proxy p: user and password belong together: give both or "
	    "neither" },
	{ schema_vnicd, PROXY("user u\npassword p\npassword-file /p"),
	    "f:6:1: password-file: with password it has no effect; give one "
	    "of the two" },
	{ schema_vnicd, VNIC("transport auto\nwpad http://a/b"), NULL },
	{ schema_vnicd, VNIC("wpad https://a/b"),
	    "f:6:1: wpad: this must begin with http://" },
	{ schema_vnicd, HOP("socks4", "user u"), NULL },
	{ schema_vnicd, HOP("socks4a", "user u\npassword p"),
	    "f:5:1: password: proxies of type socks4a have none" },
	{ schema_vnicd, HOP("socks5", "user u"),
	    "f:1:1: proxy p: user and password belong together: give both or "
	    "neither" },
	{ schema_vnicd, HOP("socks5", "header \"A: b\""),
	    "f:4:1: header: proxies of type socks5 have none" },
	{ schema_vnicd, PROXY("key-file /k"),
	    "f:4:1: key-file: proxies of type http have none" },
	{ schema_vnicd, HOP("ssh", "user u\npassword p"),
	    "f:1:1: proxy p: host-key is missing: the server must be "
	    "verified" },
	{ schema_vnicd, HOP("ssh", HOST_KEY "\npassword p"),
	    "f:1:1: proxy p: user is missing" },
	{ schema_vnicd, HOP("ssh", HOST_KEY "\nuser u"),
	    "f:1:1: proxy p: password or key-file is missing" },
	{ schema_vnicd, HOP("ssh", HOST_KEY "\nuser u\nkey-file /k"), NULL },
	{ schema_vnicd,
	    HOP("ssh",
		"user u\npassword p\n"
		"host-key \"h ssh-ed25519 AAAAC3 x\""),
	    NULL },
	{ schema_vnicd, HOP("ssh", "user u\npassword p\nhost-key SHA256:abc"),
	    HOST_KEY_BAD },
	{ schema_vnicd, HOP("ssh", "user u\npassword p\nhost-key AAAA"),
	    HOST_KEY_BAD },
	{ schema_vnicd, HOP("telnet", ""),
	    "f:2:1: type: telnet is not one of: http socks4 socks4a socks5 "
	    "ssh" },
	{ schema_vnicd, PROXY("header \"X Y: c\""), HEADER },
	{ schema_vnicd, PROXY("header \"X:  \""), HEADER },
	{ schema_vnicd, PROXY("header \"host: c\""), HEADER },
	{ schema_vnicd, PROXY("header \"Content-length: 3\""), HEADER },
	{ schema_box, "", NULL },
	{ schema_box,
	    "network {\nbridge a {\nport e\n}\nbridge b {\nport e\n}"
	    "\n}",
	    "f:6:1: port: interface e is used in line 3 already, by "
	    "port e" },
	{ schema_box, "network {\nbridge abcdefghijklmnop {\n}\n}",
	    "f:2:1: "
	    "bridge: abcdefghijklmnop is not a name: 1 to 15 of A-Z a-z 0-9 . "
	    "_ -, not beginning with . or -" },
	{ schema_box,
	    "network {\ninterface e {\naddress none\naddress dhcp\n}"
	    "\n}",
	    "f:4:1: address: none stands alone" },
	{ schema_box,
	    "network {\ninterface e {\naddress dhcp\naddress dhcp\n}"
	    "\n}",
	    "f:4:1: address: dhcp may stand once" },
	{ schema_box, NET(VLAN("v", "eth1") PPPOE("p", "v")), NULL },
	{ schema_box, NET("bridge b {\nport e\nport v\n}\n" VLAN("v", "e")),
	    NULL },
	{ schema_box, NET("bridge b {\nport e\n}\n" PPPOE("p", "b")), NULL },
	{ schema_box, NET("vlan v {\nport e\n}\n"),
	    "f:2:1: vlan v: tag is missing" },
	{ schema_box, NET("vlan v {\nport e\ntag 4095\n}\n"),
	    "f:4:1: tag: 4095 is out of range: 1 to 4094" },
	{ schema_box, NET(VLAN("v", "v")),
	    "f:3:1: port: a VLAN cannot be on v, which is made later" },
	{ schema_box, NET(VLAN("v", "w") VLAN("w", "e")),
	    "f:3:1: port: a VLAN cannot be on w, which is made later" },
	{ schema_box, NET("bridge b {\nport v\n}\n" VLAN("v", "b")),
	    "f:6:1: port: a VLAN cannot be on b, which is made later" },
	{ schema_box, NET("bridge b {\nport e\n}\n" PPPOE("p", "e")),
	    "f:6:1: port: e is in the bridge b: name that" },
	{ schema_box, NET(PPPOE("p", "q") PPPOE("q", "e")),
	    "f:3:1: port: q is itself by PPPoE" },
	{ schema_box, NET(VLAN("v", "e") PPPOE("v", "e")),
	    "f:6:1: pppoe: interface v is used in line 2 already, by vlan v" },
	{ schema_box, NET("pppoe p {\nport e\nuser u\n}\n"),
	    "f:2:1: pppoe p: password is missing" },
	{ schema_box, NET("pppoe p {\nport e\nuser u\nmtu 1500\n}\n"),
	    "f:5:1: mtu: 1500 is out of range: 1280 to 1492" },
	{ schema_box, "hubd {\nhub a {\nlocal-port p {\nbridge br0\n}\n}\n}",
	    "f:4:1: bridge: there is no bridge br0 in network" },
	{ schema_box, "hubd {\n}",
	    "f:1:1: listen is missing, and no hub has "
	    "a local-port: nothing could connect" },
	{ schema_box,
	    "network {\nbridge lwp {\n}\n}\nhubd {\nhub a {\n"
	    "local-port p {\n}\n}\n}",
	    "f:7:1: local-port: interface lwp is "
	    "used in line 2 already, by bridge lwp" },
	{ schema_box, "system {\nadmin-password short\n}",
	    "f:2:1: "
	    "admin-password: this value must have 8 to 128 bytes" },
	{ schema_acme, "accept-terms yes\nname a.b\nuse web", NULL },
	{ schema_acme, "name a.b\nuse web",
	    "f: accept-terms: without yes the authority gives no certificate" },
	{ schema_acme, "accept-terms yes\nuse web", "f: name is missing" },
	{ schema_box, "acme {\naccept-terms yes\nname a.b\nuse web\n}", NULL },
	{ schema_box, "acme {\naccept-terms yes\nname a.b\nuse hub\n}",
	    "f:4:1: acme: use hub needs a hub, and this box has none" },
	{ schema_box,
	    "acme {\naccept-terms yes\nname a.b\nuse web\n"
	    "challenge tls-alpn-01\n}",
	    "f:5:1: acme: tls-alpn-01 needs a hub, and this box has none" },
	{ schema_box,
	    "acme {\naccept-terms yes\nname a.b\nuse hub\n}\n"
	    "hubd {\nlisten *\ncertificate /c\nkey /k\n}",
	    "f:4:1: acme: the hubs have a certificate of their own, in block "
	    "hubd" },
};

ATF_TC_WITHOUT_HEAD(over_entries);
ATF_TC_BODY(over_entries, tc)
{
	struct conf_error ce;
	struct conf *cf;
	char text[512];
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		cf = conf_parse("f", rules[i].text, strlen(rules[i].text), &ce);
		ATF_REQUIRE_MSG(cf != NULL, "%s", rules[i].text);
		strlcpy(text, "fine", sizeof(text));
		if (conf_check(cf, rules[i].table, "f", &ce) == -1) {
			conf_error_format(&ce, text, sizeof(text));
			ATF_CHECK_MSG(is_japanese(ce.ce_ja, ce.ce_text),
			    "no Japanese: %s", text);
		}
		ATF_CHECK_STREQ(text,
		    rules[i].message == NULL ? "fine" : rules[i].message);
		conf_free(cf);
	}
}

/* What a box that has it keeps, and nobody can bring: schema_check_new(). */
static const struct {
	const char *password;
	bool fine;
} brought[] = {
	{ "plain text", true },
	{ "$6$salt$hash", true },
	{ "$5$salt$hash", true },
	{ "$5 for coffee", true },
	{ "$$$$$$$$", true },
	{ "$abc$plain", true },
	{ "a$y$j9T$salt$hash", true },
	{ "$y$j9T$salt$hash", false },
	{ "$2b$05$saltandhash", false },
	{ "$1$salt$hash", false },
	{ "$7$salt$hash", false },
	{ "$gy$j9T$salt$hash", false },
	{ "$scrypt$ln=15,r=8,p=1$salt$hash", false },
};

ATF_TC_WITHOUT_HEAD(new_settings);
ATF_TC_BODY(new_settings, tc)
{
	struct conf_error ce;
	struct conf *cf;
	char text[512];
	size_t i;

	for (i = 0; i < sizeof(brought) / sizeof(brought[0]); i++) {
		snprintf(text, sizeof(text),
		    "system {\nadmin-password \"%s\"\n}", brought[i].password);
		cf = conf_parse("f", text, strlen(text), &ce);
		ATF_REQUIRE(cf != NULL);
		ATF_REQUIRE_EQ(conf_check(cf, schema_box, "f", &ce), 0);
		ATF_CHECK_EQ_MSG(schema_check_new(cf, "f", &ce),
		    brought[i].fine ? 0 : -1, "%s", text);
		if (!brought[i].fine) {
			conf_error_format(&ce, text, sizeof(text));
			ATF_CHECK_STREQ(text,
			    "f:2:1: admin-password: of hashes only $5$ and "
			    "$6$ (SHA-256, SHA-512) are known");
			ATF_CHECK(is_japanese(ce.ce_ja, ce.ce_text));
		}
		conf_free(cf);
	}
	cf = conf_parse("f", "", 0, &ce);
	ATF_REQUIRE(cf != NULL && conf_check(cf, schema_box, "f", &ce) == 0);
	ATF_CHECK_EQ(schema_check_new(cf, "f", &ce), 0);
	conf_free(cf);
}

/* A man page must have the list that the schema prints, word by word. */
static void
check_manual(const char *path, const struct schema *table)
{
	char *have = NULL, *want = NULL, file[512];
	size_t havelen = 0, wantlen = 0;
	FILE *f, *saved = stdout;

	snprintf(file, sizeof(file), "%s/usr.sbin/%s", getenv("LW_TOP"), path);
	ATF_REQUIRE_MSG((f = fopen(file, "r")) != NULL, "%s", file);
	ATF_REQUIRE(getdelim(&have, &havelen, '\0', f) > 0);
	fclose(f);
	ATF_REQUIRE((stdout = open_memstream(&want, &wantlen)) != NULL);
	schema_print_mdoc(table);
	fclose(stdout);
	stdout = saved;
	ATF_CHECK_MSG(strstr(have, want) != NULL,
	    "%s: its keys are not the schema's; run regress/kern/manuals.sh",
	    path);
	free(have);
	free(want);
}

ATF_TC_WITHOUT_HEAD(manuals);
ATF_TC_BODY(manuals, tc)
{
	if (getenv("LW_TOP") == NULL)
		atf_tc_skip("LW_TOP is not set");
	check_manual("hubd/hubd.conf.5", schema_hubd);
	check_manual("vnicd/vnicd.conf.5", schema_vnicd);
	check_manual("cfgctl/longwire.txt.5", schema_box[0].sc_children);
	check_manual("cfgctl/longwire.txt.5", schema_box[1].sc_children);
	check_manual("cfgctl/longwire.txt.5",
	    schema_row(schema_box, "rc")->sc_children);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, types);
	ATF_TP_ADD_TC(tp, japanese);
	ATF_TP_ADD_TC(tp, texts);
	ATF_TP_ADD_TC(tp, tables);
	ATF_TP_ADD_TC(tp, over_entries);
	ATF_TP_ADD_TC(tp, new_settings);
	ATF_TP_ADD_TC(tp, manuals);
	return (atf_no_error());
}
