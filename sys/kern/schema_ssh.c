/* SPDX-License-Identifier: ISC */
/*
 * schema_ssh: the settings of the console's menu over ssh, longwire.txt(5).
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "kern/conf.h"
#include "kern/schema.h"
#include "kern/schema_check.h"
#include "kern/ssh_key.h"

enum { KEYS_MAX = 32, WEB_PORT = 8443, HUB_PORT = 443, CHALLENGE_PORT = 80 };

const struct schema schema_ssh[] = {
	{
	    .sc_key = "enable",
	    .sc_type = ST_BOOL,
	    .sc_default = "no",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Run ssh",
	    .sc_label_ja = "SSH を動かす",
	    .sc_help = "Whether the console's menu is reached by ssh, as user "
		       "root.",
	    .sc_help_ja = "コンソールのメニューを SSH で使えるようにするか"
			  "どうか。ユーザー名は root です。",
	},
	{
	    .sc_key = "port",
	    .sc_type = ST_INT,
	    .sc_min = 1,
	    .sc_max = 65535,
	    .sc_default = "22",
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Port",
	    .sc_label_ja = "ポート",
	    .sc_help = "The TCP port, open where the web form is.",
	    .sc_help_ja = "TCP ポート。Web フォームを開けるところからだけ"
			  "つながります。",
	},
	{
	    .sc_key = "key",
	    .sc_type = ST_STRING,
	    .sc_flags = SF_LIST,
	    .sc_min = 1,
	    .sc_max = SSH_KEY_LINE_MAX,
	    .sc_reload = SR_RELOAD,
	    .sc_label = "Public key",
	    .sc_label_ja = "公開鍵",
	    .sc_help = "The public key of somebody who may log in: the line "
		       "of a file such as id_ed25519.pub, without options "
		       "before it.",
	    .sc_help_ja = "ログインできる人の公開鍵。id_ed25519.pub などの"
			  "ファイルの 1 行をそのまま、前にオプションを付けずに"
			  "書きます。",
	},
	{ .sc_check = schema_check_ssh },
};

/* One key: whole, and nothing else in its line. */
static int
check_key(const struct conf *key, const char *file, struct conf_error *ce)
{
	const struct message *ms = ssh_key_fault(key->cf_values[0]);

	if (ms == NULL)
		return (0);
	conf_error_set(ce, file, key, "key: %s", ms->ms_en);
	snprintf(ce->ce_ja, sizeof(ce->ce_ja), "key：%s", ms->ms_ja);
	return (-1);
}

int
schema_check_ssh(const struct conf *cf, const char *file, struct conf_error *ce)
{
	const struct conf *key = NULL;
	unsigned int n = 0;

	while ((key = conf_next(cf, "key", key)) != NULL) {
		if (++n > KEYS_MAX) {
			conf_error_say(ce, file, key, "key: more than %d keys",
			    "key：鍵は %d 個までです。", (int)KEYS_MAX);
			return (-1);
		}
		if (check_key(key, file, ce) == -1)
			return (-1);
	}
	if (n > 0 || !conf_bool(cf, "enable"))
		return (0);
	conf_error_say(ce, file, conf_find(cf, "enable"),
	    "enable: nobody could log in, as there is no key",
	    "enable：鍵がないため、誰もログインできません。");
	return (-1);
}

/* The port of one of hubd's listeners. */
static int64_t
listen_port(const struct conf *listen)
{
	char host[256], port[8];

	if (schema_hostport(listen->cf_values[0], host, sizeof(host), port,
		sizeof(port)) == -1 ||
	    *port == '\0')
		return (HUB_PORT);
	return (strtoll(port, NULL, 10));
}

static int
fail_port(const struct conf *ssh, const char *file, struct conf_error *ce,
    const char *who)
{
	const struct conf *at = conf_find(ssh, "port");

	conf_error_say(ce, file, at != NULL ? at : conf_find(ssh, "enable"),
	    "port: %s listens on %" PRId64,
	    "port：%s がポート %" PRId64 " を使っています。", who,
	    conf_int(ssh, "port"));
	return (-1);
}

int
schema_check_ssh_port(const struct conf *box, const char *file,
    struct conf_error *ce)
{
	const struct conf *ssh = conf_find(box, "ssh"), *listen = NULL;
	const struct conf *hubd = conf_find(box, "hubd");

	if (ssh == NULL || !conf_bool(ssh, "enable"))
		return (0);
	if (conf_int(ssh, "port") == WEB_PORT)
		return (fail_port(ssh, file, ce, "webconfd"));
	if (conf_find(box, "acme") != NULL &&
	    conf_int(ssh, "port") == CHALLENGE_PORT)
		return (fail_port(ssh, file, ce, "acmed"));
	if (hubd == NULL)
		return (0);
	while ((listen = conf_next(hubd, "listen", listen)) != NULL)
		if (listen_port(listen) == conf_int(ssh, "port"))
			return (fail_port(ssh, file, ce, "hubd"));
	return (0);
}
