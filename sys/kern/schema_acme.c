/* SPDX-License-Identifier: ISC */
/*
 * schema_acme: the settings of certificates by ACME, block acme of
 * longwire.txt(5) and all of acmed(8)'s file.
 */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "kern/conf.h"
#include "kern/schema.h"
#include "kern/schema_check.h"

enum { NAMES = 16 };

static int check_acme(const struct conf *cf, const char *file,
    struct conf_error *ce);

const struct schema schema_acme[] = {
	{
	    .sc_key = "accept-terms",
	    .sc_type = ST_BOOL,
	    .sc_default = "no",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Terms accepted",
	    .sc_label_ja = "利用規約に同意",
	    .sc_help = "Whether you accept the terms of service of the "
		       "authority; without it no certificate is asked for.",
	    .sc_help_ja = "認証局の利用規約に同意するかどうか。同意しないと"
			  "証明書を取得できません。",
	},
	{
	    .sc_key = "name",
	    .sc_type = ST_STRING,
	    .sc_flags = SF_LIST | SF_REQUIRED,
	    .sc_min = 3,
	    .sc_max = 253,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Name",
	    .sc_label_ja = "ドメイン名",
	    .sc_help = "A DNS name that leads to this box, such as "
		       "hub.example.com; at most 16.",
	    .sc_help_ja = "この装置につながる DNS 名。例：hub.example.com。"
			  "16 個まで書けます。",
	},
	{
	    .sc_key = "use",
	    .sc_type = ST_ENUM,
	    .sc_flags = SF_LIST | SF_REQUIRED,
	    .sc_choices = "hub web",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Used for",
	    .sc_label_ja = "使う所",
	    .sc_help = "What shows the certificate: the hubs or the web form; "
		       "may stand once for each.",
	    .sc_help_ja = "証明書を使う所。hub はハブ、web は Web フォーム。"
			  "両方書けます。",
	},
	{
	    .sc_key = "challenge",
	    .sc_type = ST_ENUM,
	    .sc_choices = "http-01 tls-alpn-01",
	    .sc_default = "http-01",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Proof",
	    .sc_label_ja = "確認方法",
	    .sc_help = "How the authority makes sure that the names are this "
		       "box's: by HTTP on port 80, which is open only for "
		       "that time, or by TLS on port 443, where the hub "
		       "answers.",
	    .sc_help_ja = "名前がこの装置のものだと認証局が確かめる方法。"
			  "http-01 はその間だけ開くポート 80、tls-alpn-01 は"
			  "ハブのポート 443 を使います。",
	},
	{
	    .sc_key = "contact",
	    .sc_type = ST_STRING,
	    .sc_flags = SF_LIST,
	    .sc_min = 3,
	    .sc_max = 254,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "E-mail",
	    .sc_label_ja = "メールアドレス",
	    .sc_help = "Where the authority may write to about the "
		       "certificates.",
	    .sc_help_ja = "証明書について認証局が連絡するメールアドレス。",
	},
	{
	    .sc_key = "directory",
	    .sc_type = ST_STRING,
	    .sc_min = 9,
	    .sc_max = 500,
	    .sc_default = "https://acme-v02.api.letsencrypt.org/directory",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Directory",
	    .sc_label_ja = "ディレクトリー",
	    .sc_help = "The URL of the authority's ACME directory; by default "
		       "that of Let's Encrypt.",
	    .sc_help_ja = "認証局の ACME ディレクトリーの URL。省略すると "
			  "Let's Encrypt です。",
	},
	{
	    .sc_key = "ca",
	    .sc_type = ST_PATH,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "CA certificates",
	    .sc_label_ja = "CA 証明書",
	    .sc_help = "For a directory of your own: a file of CA "
		       "certificates in PEM, one of which must have signed "
		       "the directory's; by default the CAs of the Internet.",
	    .sc_help_ja = "自前のディレクトリー用：サーバー証明書を検証する "
			  "CA 証明書のファイル（PEM 形式）。省略するとイン"
			  "ターネットの CA を使います。",
	},
	{
	    .sc_key = "pin",
	    .sc_type = ST_PIN,
	    .sc_flags = SF_LIST,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Directory's pin",
	    .sc_label_ja = "ディレクトリーのピン",
	    .sc_help = "In place of ca: the SHA-256 of the directory's public "
		       "key, as \"hubctl pin\" prints it of its certificate; "
		       "at most four.",
	    .sc_help_ja = "ca の代わりに確かめる、ディレクトリーの公開鍵の "
			  "SHA-256。証明書から「hubctl pin」で求めます。4 つ"
			  "まで書けます。",
	},
	{ .sc_check = check_acme },
};

/* A name of letters, digits and hyphens, with a dot; no address, no "*". */
static bool
is_name(const char *name)
{
	const char *label = name, *p, *dot;

	for (dot = NULL, p = name; *p != '\0'; p++) {
		if (!isalnum((unsigned char)*p) && *p != '-' && *p != '.')
			return (false);
		if (*p == '-' && (p == label || p[1] == '.' || p[1] == '\0'))
			return (false);
		if (*p != '.')
			continue;
		if (p == label || p - label > 63)
			return (false);
		label = p + 1;
		dot = p;
	}
	return (dot != NULL && *label != '\0' && p - label <= 63 &&
	    !isdigit((unsigned char)*label));
}

/* An address as it may stand behind "mailto:". */
static bool
is_mail(const char *text)
{
	const char *at = strchr(text, '@'), *p;

	for (p = text; *p != '\0'; p++)
		if (!isgraph((unsigned char)*p) ||
		    strchr(",?\"\\<>", *p) != NULL)
			return (false);
	return (at != NULL && at != text && is_name(at + 1));
}

static bool
is_url(const char *text)
{
	const char *p;

	for (p = text; *p != '\0'; p++)
		if (!isgraph((unsigned char)*p) || strchr("\"\\@#", *p) != NULL)
			return (false);
	return (strncmp(text, "https://", 8) == 0 && text[8] != '/');
}

/* What the type of a row alone cannot say. */
static const struct rule {
	const char *ru_key;
	bool (*ru_is)(const char *);
	const char *ru_en, *ru_ja;
} rules[] = {
	{ "name", is_name, "name: %s is no DNS name",
	    "name：%s は DNS 名ではありません。" },
	{ "contact", is_mail, "contact: %s is no e-mail address",
	    "contact：%s はメールアドレスではありません。" },
	{ "directory", is_url, "directory: %s is no https URL",
	    "directory：%s は https の URL ではありません。" },
};

static int
check_rule(const struct conf *cf, const struct rule *ru, const char *file,
    struct conf_error *ce)
{
	const struct conf *one = NULL;

	while ((one = conf_next(cf, ru->ru_key, one)) != NULL) {
		if (ru->ru_is(one->cf_values[0]))
			continue;
		conf_error_say(ce, file, one, ru->ru_en, ru->ru_ja,
		    one->cf_values[0]);
		return (-1);
	}
	return (0);
}

static int
check_number(const struct conf *cf, const char *file, struct conf_error *ce)
{
	const struct conf *name = NULL;
	int n = 0;

	while ((name = conf_next(cf, "name", name)) != NULL)
		if (++n > NAMES) {
			conf_error_say(ce, file, name, "name: more than %d",
			    "name：%d 個を超えています。", NAMES);
			return (-1);
		}
	return (0);
}

static int
check_acme(const struct conf *cf, const char *file, struct conf_error *ce)
{
	const struct conf *terms = conf_find(cf, "accept-terms");
	size_t i;

	if (!conf_bool(cf, "accept-terms")) {
		conf_error_say(ce, file, terms == NULL ? cf : terms,
		    "accept-terms: without yes the authority gives no "
		    "certificate",
		    "accept-terms：yes にしないと、認証局は証明書を発行しませ"
		    "ん。");
		return (-1);
	}
	if (conf_has(cf, "ca") && conf_has(cf, "pin")) {
		conf_error_say(ce, file, conf_find(cf, "ca"),
		    "ca: has no use beside pin",
		    "ca：pin があるときは使いません。");
		return (-1);
	}
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (check_rule(cf, &rules[i], file, ce) == -1)
			return (-1);
	if (check_number(cf, file, ce) == -1)
		return (-1);
	return (schema_check_pins(cf, file, ce));
}
