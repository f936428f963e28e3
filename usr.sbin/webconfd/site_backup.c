/* SPDX-License-Identifier: ISC */
/*
 * site_backup: a backup of the whole box, and the way back to one.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "crypto/backup.h"

#include "http.h"

static const struct schema row_passphrase = { .sc_key = "passphrase",
	.sc_type = ST_STRING,
	.sc_flags = SF_SECRET,
	.sc_label = "Passphrase",
	.sc_label_ja = "パスフレーズ",
	.sc_help = "At least 10 characters. Empty: the file is readable by "
		   "everybody who gets hold of it.",
	.sc_help_ja =
	    "10 文字以上。空欄にすると、ファイルを手にした人なら誰でも中身を読"
	    "めてしまいます。" };
static const struct schema row_again = { .sc_key = "again",
	.sc_type = ST_STRING,
	.sc_flags = SF_SECRET,
	.sc_label = "Passphrase again",
	.sc_label_ja = "パスフレーズ（確認）" };
static const struct schema row_opens = { .sc_key = "opens",
	.sc_type = ST_STRING,
	.sc_flags = SF_SECRET,
	.sc_label = "Passphrase of the backup",
	.sc_label_ja = "バックアップのパスフレーズ",
	.sc_help = "Empty if it has none.",
	.sc_help_ja = "パスフレーズを付けていなければ、空欄のままにします。" };

static void
draw_secret(struct client *cl, const struct schema *sc, const char *error)
{
	const struct input in = { .in_name = sc->sc_key,
		.in_value = "",
		.in_complete = "new-password",
		.in_error = error };

	draw_row(cl, sc, &in);
}

static void
draw_download(struct client *cl, const char *error)
{
	html(cl, "<section class=\"card\"><h2>");
	html(cl, tr(cl, "Make a backup", "バックアップの作成"));
	html(cl, "</h2>\n<p>");
	html(cl,
	    tr(cl,
		"One file with everything this box needs to come back, on new "
		"hardware as well: all settings, passwords and secrets, and "
		"the private keys and certificates of hub, connections and "
		"web form. Who has the file can pretend to be this box.",
		"この装置を元どおりに復元するために必要なものを、1 つのファイル"
		"にまとめます。別の機器への復元にも使えます。すべての設定、パス"
		"ワードなどの秘密情報、そしてハブ・接続・設定画面の秘密鍵と証明"
		"書が含まれるため、ファイルが他人の手に渡ると、この装置になりす"
		"まされるおそれがあります。"));
	html(cl, "</p>\n");
	form_begin(cl, "/backup/download", cl->cl_rq.rq_cookie);
	draw_secret(cl, &row_passphrase, error);
	draw_secret(cl, &row_again, NULL);
	form_end(cl, tr(cl, "Download", "ダウンロード"));
	html(cl, "</section>\n");
}

static void
draw_restore(struct client *cl)
{
	html(cl, "<section class=\"card\"><h2>");
	html(cl, tr(cl, "Restore", "バックアップからの復元"));
	html(cl, "</h2>\n<p>");
	html(cl,
	    tr(cl,
		"The settings of the file take the place of all settings "
		"here, and are undone after 90 seconds unless you keep them. "
		"The administrator's password is then that of the backup. The "
		"keys follow when you keep the settings, and the services "
		"start anew with them. A file that is damaged or was made by "
		"a newer version changes nothing.",
		"現在の設定はすべて、ファイルの設定に置き換わります。90 秒以内"
		"に確定しなければ元に戻ります。管理者のパスワードも、バックアッ"
		"プしたときのものになります。鍵は設定を確定した時点で入れ替わり"
		"、各サービスが再起動します。壊れたファイルや、より新しいバージ"
		"ョンで作られたファイルは受け付けず、何も変更しません。"));
	html(cl, "</p>\n");
	file_form(cl, "/backup/restore");
	/* before the file, too */
	draw_secret(cl, &row_opens, NULL);
	file_input(cl, tr(cl, "Backup", "バックアップファイル"),
	    ".txt,.cms,text/plain");
	form_end(cl, tr(cl, "Restore", "復元"));
	html(cl, "</section>\n");
}

/* How the last restore went. */
static void
draw_state(struct client *cl)
{
	draw_task_fault(cl);
	if (pairs_has(cl->cl_answer, "task", "runs"))
		notice(cl, "",
		    tr(cl, "The backup is being checked...",
			"バックアップの内容を確認しています..."));
	else if (pairs_has(cl->cl_answer, "task", "done"))
		notice(cl, "",
		    pairs_has(cl->cl_answer, "task.result", "unchanged") ?
			tr(cl, "The box already has all of this backup.",
			    "この装置は、すでにこのバックアップと同じ状態です。") :
			tr(cl, "The backup was taken.",
			    "バックアップを読み込みました。"));
}

/* Followed until restored settings are in force: only then can they be kept. */
static void
page_backup(struct client *cl, const char *error)
{
	if (error == NULL && pairs_has(cl->cl_answer, "applying", "yes"))
		(void)pairs_add(cl->cl_answer, "refresh", "yes");
	page_begin(cl, tr(cl, "Backup", "バックアップ"), "/backup", true);
	draw_state(cl);
	draw_download(cl, error);
	draw_restore(cl);
	page_end(cl);
	client_respond(cl, 200, "text/html", "", NULL);
}

void
backup_ask(struct client *cl)
{
	http_ask(cl, site_question(cl, "backup"));
}

void
backup_answer(struct client *cl)
{
	if (site_admitted(cl))
		page_backup(cl, NULL);
}

/* What is wrong with the two passphrases of the form, or NULL. */
static const char *
passphrase_fault(const struct client *cl)
{
	const char *passphrase = pairs_str(cl->cl_form, "passphrase");
	size_t len = strlen(passphrase);

	if (len > 0 && len < BACKUP_PASSPHRASE_MIN)
		return (tr(cl, "at least 10 characters",
		    "10 文字以上にしてください。"));
	if (strcmp(passphrase, pairs_str(cl->cl_form, "again")) != 0)
		return (tr(cl, "the two passphrases differ",
		    "2 つのパスフレーズが一致しません。"));
	return (NULL);
}

/* With a fault, the page again. */
void
backup_ask_download(struct client *cl)
{
	struct pairs *pr;

	if (passphrase_fault(cl) != NULL) {
		backup_ask(cl);
		return;
	}
	pr = site_question(cl, "export");
	(void)pairs_add(pr, "passphrase", pairs_str(cl->cl_form, "passphrase"));
	http_ask(cl, pr);
	pairs_clear(pr);
}

/* longwire-HOST-DATE.txt, or .cms, for the browser's disk. */
static void
name_file(struct client *cl, bool sealed)
{
	const char *host = pairs_str(cl->cl_answer, "hostname");
	time_t now = time(NULL);
	char date[16] = "", name[41];
	struct tm tm;
	size_t i;

	for (i = 0; host[i] != '\0' && i < sizeof(name) - 1; i++)
		name[i] = (host[i] >= 'a' && host[i] <= 'z') ||
			(host[i] >= 'A' && host[i] <= 'Z') ||
			(host[i] >= '0' && host[i] <= '9') ?
		    host[i] :
		    '-';
	name[i] = '\0';
	if (gmtime_r(&now, &tm) != NULL)
		(void)strftime(date, sizeof(date), "-%Y%m%d", &tm);
	snprintf(cl->cl_attachment, sizeof(cl->cl_attachment),
	    "longwire-%s%s.%s", name, date, sealed ? "cms" : "txt");
}

void
backup_answer_download(struct client *cl)
{
	const char *text, *fault = passphrase_fault(cl);
	bool sealed;
	size_t len;

	if (!site_admitted(cl))
		return;
	if (fault != NULL) {
		page_backup(cl, fault);
		return;
	}
	if ((text = source_text(cl, "backup", &len)) == NULL) {
		page_backup(cl,
		    tr(cl, "the backup could not be made; see the log",
			"バックアップを作れませんでした。ログを見てください。"));
		return;
	}
	sealed = backup_is_sealed(text, len);
	html_raw(cl, text, len);
	name_file(cl, sealed);
	client_respond(cl, 200, sealed ? "application/cms" : "text/plain", "",
	    NULL);
}

void
backup_ask_restore(struct client *cl)
{
	struct pairs *pr = site_question(cl, "import");

	(void)pairs_add(pr, "passphrase", pairs_str(cl->cl_form, "opens"));
	http_ask(cl, pr);
	pairs_clear(pr);
}

void
backup_answer_restore(struct client *cl)
{
	if (!site_admitted(cl))
		return;
	if (site_result_is(cl, "busy"))
		page_backup(cl, NULL);
	else
		site_redirect(cl, "/backup", NULL);
}
