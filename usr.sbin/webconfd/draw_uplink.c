/* SPDX-License-Identifier: ISC */
/*
 * draw_uplink: the lines to providers by PPPoE, in words.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "figure.h"
#include "http.h"

/* NULL: there was none, or none that we know. */
static const char *
trouble(const struct client *cl, const char *word)
{
	if (strcmp(word, "refused") == 0)
		return (tr(cl,
		    "the provider refused the user name or the password",
		    "ユーザー名またはパスワードがプロバイダーに拒否されました"));
	if (strcmp(word, "silent") == 0)
		return (tr(cl,
		    "no provider answers: look at the cable, the port and the "
		    "VLAN number",
		    "プロバイダーから応答がありません。ケーブル、ポート、"
		    "VLAN 番号を確認してください"));
	if (strcmp(word, "lost") == 0)
		return (tr(cl, "the line broke off", "回線が切断されました"));
	return (NULL);
}

static void
draw_state(struct client *cl, bool up, const char *problem)
{
	if (up)
		badge(cl, "good", tr(cl, "connected", "接続中"));
	else if (problem == NULL)
		badge(cl, "", tr(cl, "connecting", "接続を試行中"));
	else
		badge(cl, "bad", tr(cl, "not connected", "未接続"));
}

/* "NAME LOCAL REMOTE SECONDS TROUBLE SECONDS", "-" for what is not */
static void
draw_uplink(struct client *cl, const char *text)
{
	char copy[160], *p = copy, *word[6];
	const char *problem;
	bool up;
	int i;

	strlcpy(copy, text, sizeof(copy));
	for (i = 0; i < 6; i++)
		if ((word[i] = strsep(&p, " ")) == NULL)
			return;
	up = strcmp(word[1], "-") != 0;
	problem = trouble(cl, word[4]);
	html(cl, "<section class=\"card\"><h2>");
	html(cl, tr(cl, "Internet by PPPoE ", "PPPoE 回線 "));
	html_text(cl, word[0]);
	draw_state(cl, up, problem);
	html(cl, "</h2>\n<dl>\n");
	if (up) {
		fact_begin(cl, tr(cl, "For", "継続時間"));
		draw_duration(cl, strtoull(word[3], NULL, 10));
		fact_end(cl);
		fact(cl, tr(cl, "Address", "アドレス"), word[1]);
		fact(cl, tr(cl, "The provider's end", "プロバイダー側"),
		    word[2]);
	}
	if (problem != NULL) {
		fact_begin(cl, tr(cl, "Last problem", "最後の問題"));
		html_text(cl, problem);
		html(cl, tr(cl, ", ", "、"));
		draw_ago(cl, strtoull(word[5], NULL, 10));
		fact_end(cl);
	}
	html(cl, "</dl></section>\n");
}

void
draw_uplinks(struct client *cl)
{
	const char *k, *v;
	size_t pos = 0;

	while (pairs_next(cl->cl_answer, &pos, &k, &v))
		if (strcmp(k, "uplink") == 0)
			draw_uplink(cl, v);
}
