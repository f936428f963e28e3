/* SPDX-License-Identifier: ISC */
/*
 * site_certificate: the page of the certificates that hubs and web form show:
 * whose they are, how long they last, what acmed(8) does for them.
 */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crypto/crypto.h"

#include "figure.h"
#include "http.h"

enum { NAMES_MAX = 20 };

void
certificate_ask(struct client *cl)
{
	http_ask(cl, site_question(cl, "certificates"));
}

void
certificate_ask_now(struct client *cl)
{
	http_ask(cl, site_question(cl, "get-certificates"));
}

static void
time_fact(struct client *cl, const char *term, time_t when)
{
	char text[64];
	struct tm tm;

	if (when > 0 && gmtime_r(&when, &tm) != NULL &&
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M UTC", &tm) != 0)
		fact(cl, term, text);
}

/* A common name, or else an organization's. */
static void
name_fact(struct client *cl, const char *term, const X509_NAME *name)
{
	char text[256];
	X509_NAME *xn = (X509_NAME *)(uintptr_t)name;

	if (X509_NAME_get_text_by_NID(xn, NID_commonName, text, sizeof(text)) >
		0 ||
	    X509_NAME_get_text_by_NID(xn, NID_organizationName, text,
		sizeof(text)) > 0)
		fact(cl, term, text);
}

/* The DNS names that it is for. */
static void
names_fact(struct client *cl, const X509 *x)
{
	GENERAL_NAMES *names =
	    X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
	char text[2048] = "";
	const GENERAL_NAME *gn;
	int i;

	for (i = 0;
	     names != NULL && i < sk_GENERAL_NAME_num(names) && i < NAMES_MAX;
	     i++) {
		gn = sk_GENERAL_NAME_value(names, i);
		if (gn->type != GEN_DNS)
			continue;
		if (*text != '\0')
			strlcat(text, ", ", sizeof(text));
		strlcat(text,
		    (const char *)ASN1_STRING_get0_data(gn->d.dNSName),
		    sizeof(text));
	}
	GENERAL_NAMES_free(names);
	fact(cl, tr(cl, "Names", "名前"), text);
}

static void
expiry_fact(struct client *cl, const X509 *x)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(X509_get0_notAfter(x), &tm) == 1)
		time_fact(cl, tr(cl, "Valid until", "有効期限"), timegm(&tm));
	if (X509_cmp_current_time(X509_get0_notAfter(x)) > 0)
		return;
	fact_begin(cl, tr(cl, "State", "状態"));
	badge(cl, "bad", tr(cl, "expired", "期限切れ"));
	fact_end(cl);
}

static void
pin_fact(struct client *cl, const char *pem)
{
	uint8_t pin[CRYPTO_PIN_LEN];
	char text[CRYPTO_PIN_STRLEN];

	if (crypto_cert_pin(pem, strlen(pem), pin) == -1)
		return;
	crypto_pin_format(pin, text);
	fact(cl, tr(cl, "Pin", "ピン"), text);
}

static void
draw_facts(struct client *cl, const X509 *x, const char *pem)
{
	const X509_NAME *issuer = X509_get_issuer_name(x);

	names_fact(cl, x);
	if (X509_NAME_cmp(issuer, X509_get_subject_name(x)) == 0)
		fact(cl, tr(cl, "Issued by", "発行者"),
		    tr(cl, "itself (self-signed)", "自己署名"));
	else
		name_fact(cl, tr(cl, "Issued by", "発行者"), issuer);
	expiry_fact(cl, x);
	pin_fact(cl, pem);
}

static void
draw_shown(struct client *cl, const char *pem)
{
	static char no_password[] = "";
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *x = bio == NULL ? NULL :
				PEM_read_bio_X509(bio, NULL, NULL, no_password);

	if (x != NULL)
		draw_facts(cl, x, pem);
	X509_free(x);
	BIO_free(bio);
	ERR_clear_error();
}

/* What acmed is at, in words. */
static const struct {
	const char *state, *kind, *en, *ja;
} states[] = {
	{ "running", "", "being got now", "取得中" },
	{ "good", "good", "in place", "取得済み" },
	{ "waiting", "", "not yet", "まだ取得していません" },
	{ "failed", "bad", "the last attempt failed", "前回の取得に失敗" },
};

static void
draw_acme(struct client *cl, const json_t *row)
{
	const char *state = row_text(row, "state");
	size_t i;

	fact_begin(cl, "ACME");
	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(states[i].state, state) == 0)
			badge(cl, states[i].kind,
			    tr(cl, states[i].en, states[i].ja));
	fact_end(cl);
	time_fact(cl, tr(cl, "Last attempt", "前回の取得"),
	    (time_t)row_number(row, "tried"));
	if (strcmp(state, "running") != 0)
		time_fact(cl, tr(cl, "Next attempt", "次回の取得"),
		    (time_t)row_number(row, "next"));
	fact_said(cl, tr(cl, "What went wrong", "失敗の理由"),
	    row_text(row, "fault"));
}

/* A use's card; nothing where there is neither certificate nor ACME. */
static void
draw_use(struct client *cl, const char *use, const char *title,
    const json_t *rows)
{
	const json_t *row;
	char key[16];
	const char *pem;
	size_t i;

	snprintf(key, sizeof(key), "cert.%s", use);
	if ((pem = pairs_get(cl->cl_answer, key)) == NULL)
		return;
	html(cl, "<section class=\"card\"><h2>");
	html(cl, title);
	html(cl, "</h2>\n<dl>\n");
	draw_shown(cl, pem);
	json_array_foreach(rows, i, row)
	{
		if (strcmp(row_text(row, "use"), use) == 0)
			draw_acme(cl, row);
	}
	html(cl, "</dl></section>\n");
}

static void
draw_button(struct client *cl, const json_t *rows)
{
	if (!pairs_has(cl->cl_answer, "acme", "yes")) {
		draw_help_text(cl,
		    tr(cl,
			"This box can get certificates that browsers know, "
			"and renew them, from Let's Encrypt or another "
			"authority (ACME).",
			"Let's Encrypt などの認証局から、ブラウザーが信頼する証"
			"明書を取得し、自動で更新できます（ACME）。"));
	} else if (rows == NULL)
		notice(cl, "bad",
		    tr(cl, "acmed, which gets certificates, does not answer.",
			"証明書を取得する acmed が応答しません。"));
	else {
		form_begin(cl, "/certificates", cl->cl_rq.rq_cookie);
		form_end(cl, tr(cl, "Get it now", "今すぐ取得"));
	}
	html(cl, "<p><a href=\"/all/acme\">");
	html(cl, tr(cl, "Settings of ACME", "ACME の設定"));
	html(cl, "</a></p>\n");
}

void
certificate_answer(struct client *cl)
{
	json_t *rows;

	if (!site_admitted(cl))
		return;
	rows = source_rows(cl, "acme");
	page_begin(cl, tr(cl, "Certificates", "証明書"), "/certificates", true);
	draw_help_text(cl,
	    tr(cl,
		"The key stays the same when a certificate is got or renewed: "
		"pins that offices have stay good, and no connection ends.",
		"証明書を取得・更新しても鍵は変わりません。拠点に設定したピンは"
		"そのまま使え、接続も切れません。"));
	draw_use(cl, "hub", tr(cl, "Hubs", "ハブ"), rows);
	draw_use(cl, "web", tr(cl, "Web form", "Web フォーム"), rows);
	draw_button(cl, rows);
	page_end(cl);
	client_respond(cl, 200, "text/html", "", NULL);
	json_decref(rows);
}

/* What acmed says to "now". */
static void
draw_now(struct client *cl, const char *fault)
{
	bool soon = strstr(fault, "less than a minute") != NULL;
	bool runs = strstr(fault, "is running") != NULL;

	page_begin(cl, tr(cl, "Certificates", "証明書"), "/certificates", true);
	notice(cl, "bad",
	    runs ?
		tr(cl, "An attempt is running already.", "すでに取得中です。") :
		soon ?
		tr(cl,
		    "The last attempt was less than a minute ago. Wait "
		    "a little: authorities refuse who asks too often.",
		    "前回の取得から 1 分たっていません。少し待ってから試"
		    "してください。続けて要求すると認証局に拒否されます"
		    "。") :
		tr(cl, "acmed, which gets certificates, does not answer.",
		    "証明書を取得する acmed が応答しません。"));
	html(cl, "<p><a href=\"/certificates\">");
	html(cl, tr(cl, "Back to the certificates", "証明書に戻る"));
	html(cl, "</a></p>\n");
	page_end(cl);
	client_respond(cl, 200, "text/html", "", NULL);
}

void
certificate_answer_now(struct client *cl)
{
	const char *fault;

	if (!site_admitted(cl))
		return;
	if ((fault = source_fault(cl, "acme")) != NULL)
		draw_now(cl, fault);
	else
		site_redirect(cl, "/certificates", NULL);
}
