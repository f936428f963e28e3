/* SPDX-License-Identifier: ISC */
/*
 * ask_password: a new password for a virtual NIC of this box: the running
 * vnicd brings it to the hub, as vnicctl(8) has it do; when the hub has taken
 * it, it is put into the settings.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/base64.h"
#include "kern/conf.h"
#include "kern/generation.h"
#include "kern/message.h"
#include "tunnel/http.h"

#include "ask.h"
#include "field.h"

enum {
	REPLY = 512,		/* bytes of vnicd's answer */
	WAIT = 60,		/* s for it */
	WORD = 4 * HTTP_PASSWORD_MAX / 3 + 4
};

/* A question that waits for vnicd. */
struct change {
	struct question *ch_question;
	int ch_fd;
	struct event *ch_event;
	size_t ch_len;
	char ch_reply[REPLY];
};

static void
add_vnics(struct question *qu)
{
	const struct conf *vnicd = conf_find(qu->qu_conf, "vnicd");
	const struct conf *vnic = NULL;

	while (vnicd != NULL && (vnic = conf_next(vnicd, "vnic", vnic)) != NULL)
		if (conf_has(vnic, "password"))
			(void)pairs_add(&qu->qu_out, "vnic", conf_name(vnic));
}

void
ask_passwords(struct question *qu)
{
	add_vnics(qu);
	ask_answer(qu, "ok");
}

/* The block that the question is about, with a password of its own; NULL. */
static struct conf *
vnic_of(const struct question *qu)
{
	const struct conf *cf = conf_find(qu->qu_conf, "vnicd");

	if (cf != NULL)
		cf = conf_block(cf, "vnic", pairs_str(&qu->qu_in, "f.vnic"));
	/* of our own tree */
	return (cf != NULL && conf_has(cf, "password") ? (struct conf *)cf :
							 NULL);
}

static void
refuse(struct question *qu, const char *name, const struct message *ms)
{
	add_vnics(qu);
	field_say(&qu->qu_out, name, ms);
	ask_answer(qu, "invalid");
}

/* The hub has it; so must the settings, whatever has become of them. */
static void
store(struct question *qu)
{
	static const struct message lost = {
		"the hub has the new password, but it could not be put into "
		"the settings: enter it there",
		"ハブには新しいパスワードが登録されましたが、設定に保存できませ"
		"んでした。設定画面で入力してください。"
	};
	struct conf *vnic;
	struct refusal re;

	ask_load_again(qu);
	vnic = vnic_of(qu);
	if (vnic == NULL ||
	    conf_set(vnic, "password", pairs_str(&qu->qu_in, "f.new")) == -1 ||
	    !ask_commit_for_good(qu, &re)) {
		refuse(qu, "", &lost);
		return;
	}
	ask_event(qu, "hub-password-changed", "vnic", conf_name(vnic));
	ask_answer(qu, "ok");
}

static void
change_end(struct change *ch)
{
	static const struct message silent = {
		"vnicd did not answer; the hub may have the new password or "
		"not",
		"vnicd が応答しませんでした。ハブに新しいパスワードが登録された"
		"かどうかは分かりません。"
	};
	struct question *qu = ch->ch_question;
	char *end, ja[REPLY + 128];
	struct message ms = { .ms_ja = ja };

	ch->ch_reply[ch->ch_len] = '\0';
	if ((end = strchr(ch->ch_reply, '\n')) != NULL)
		*end = '\0';
	event_free(ch->ch_event);
	close(ch->ch_fd);
	if (strcmp(ch->ch_reply, "ok") == 0)
		store(qu);
	else if (strncmp(ch->ch_reply, "error ", 6) == 0) {
		ms.ms_en = ch->ch_reply + 6;
		snprintf(ja, sizeof(ja), "パスワードを変更できませんでした：%s",
		    ms.ms_en);
		refuse(qu, "", &ms);
	} else
		refuse(qu, "", &silent);
	free(ch);
}

static void
on_reply(evutil_socket_t fd, short what, void *arg)
{
	struct change *ch = arg;
	ssize_t n = -1;

	if (what & EV_READ)
		n = recv(fd, ch->ch_reply + ch->ch_len,
		    sizeof(ch->ch_reply) - 1 - ch->ch_len, 0);
	if (n > 0)
		ch->ch_len += (size_t)n;
	if (n <= 0 || ch->ch_len == sizeof(ch->ch_reply) - 1)
		change_end(ch);
}

static int
connect_to(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd;

	if (strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) >=
		sizeof(sun.sun_path) ||
	    (fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
		 0)) == -1)
		return (-1);
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0)
		return (fd);
	close(fd);
	return (-1);
}

/* The request of vnicctl(8), sent; false if that was not possible. */
static bool
send_request(int fd, const struct question *qu)
{
	const char *old = pairs_str(&qu->qu_in, "f.old");
	const char *new = pairs_str(&qu->qu_in, "f.new");
	char oldword[WORD], newword[WORD], line[2 * WORD + 64];
	int n = -1;

	if (base64_encode(BASE64_URL, old, strlen(old), oldword, WORD) != -1 &&
	    base64_encode(BASE64_URL, new, strlen(new), newword, WORD) != -1)
		n = snprintf(line, sizeof(line), "password %s %s %s\n",
		    pairs_str(&qu->qu_in, "f.vnic"), oldword, newword);
	if (n >= (int)sizeof(line))
		n = -1;
	if (n != -1 && send(fd, line, (size_t)n, MSG_NOSIGNAL) != n)
		n = -1;
	explicit_bzero(line, sizeof(line));
	explicit_bzero(oldword, sizeof(oldword));
	explicit_bzero(newword, sizeof(newword));
	return (n != -1);
}

static bool
change_begin(struct question *qu)
{
	const struct timeval tv = { .tv_sec = WAIT };
	struct change *ch = calloc(1, sizeof(*ch));

	if (ch == NULL)
		return (false);
	ch->ch_question = qu;
	ch->ch_fd =
	    connect_to(conf_str(conf_find(qu->qu_conf, "vnicd"), "socket"));
	if (ch->ch_fd != -1 && send_request(ch->ch_fd, qu))
		ch->ch_event = event_new(qu->qu_parent->pa_base, ch->ch_fd,
		    EV_READ | EV_PERSIST, on_reply, ch);
	if (ch->ch_event != NULL && event_add(ch->ch_event, &tv) == 0)
		return (true);
	if (ch->ch_event != NULL)
		event_free(ch->ch_event);
	if (ch->ch_fd != -1)
		close(ch->ch_fd);
	free(ch);
	return (false);
}

/* What keeps it from being tried: the field ("" all), and why; or NULL. */
static const char *
fault(const struct question *qu, const struct message **ms)
{
	static const struct message none = { "there is no such virtual NIC",
		"その仮想 NIC はありません。" };
	static const struct message trial = {
		"settings are on trial: keep them first",
		"試用中の設定があります。先に確定してください。"
	};
	static const struct message length = { "it has 8 to 256 bytes",
		"8～256 バイトにしてください。" };
	static const struct message empty = { "it is missing",
		"入力してください。" };
	size_t len = strlen(pairs_str(&qu->qu_in, "f.new"));

	if (generation_trial(qu->qu_parent->pa_cfg) > 0) {
		*ms = &trial;
		return ("");
	}
	*ms = &none;
	if (vnic_of(qu) == NULL)
		return ("");
	*ms = &empty;
	if (*pairs_str(&qu->qu_in, "f.old") == '\0')
		return ("old");
	*ms = &length;
	return (len < HTTP_NEW_PASSWORD_MIN || len >= HTTP_PASSWORD_MAX ?
		"new" :
		NULL);
}

void
ask_new_password(struct question *qu)
{
	static const struct message down = { "vnicd does not run",
		"vnicd が動いていません。" };
	const struct message *ms;
	const char *name = fault(qu, &ms);

	if (name != NULL)
		refuse(qu, name, ms);
	else if (!change_begin(qu))
		refuse(qu, "", &down);
}
