/* SPDX-License-Identifier: ISC */
/*
 * ask_certificate: the certificates that hubs and web form show, whose text
 * the http process reads, and what acmed(8) says of those that it gets.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/keystore.h"
#include "kern/conf.h"

#include "ask.h"

enum { CERT_TEXT = 12000 };	/* two of them fit into an answer */

/* The first of a chain. */
static void
add_cert(struct question *qu, const char *key, char *pem)
{
	static const char end[] = "-----END CERTIFICATE-----";
	char *p = pem == NULL ? NULL : strstr(pem, end);

	if (p != NULL) {
		p[sizeof(end) - 1] = '\0';
		if (strlen(pem) < CERT_TEXT)
			(void)pairs_addf(&qu->qu_out, key, "%s\n", pem);
	}
	free(pem);
}

void
ask_certificates(struct question *qu)
{
	const struct conf *hubd = conf_find(qu->qu_conf, "hubd");
	const struct conf *acme = conf_find(qu->qu_conf, "acme");
	bool own = hubd != NULL && conf_has(hubd, "certificate");

	add_cert(qu, "cert.web", strdup(qu->qu_parent->pa_cert));
	if (own)
		add_cert(qu, "cert.hub",
		    keystore_cert(conf_str(hubd, "certificate")));
	else if (hubd != NULL)
		add_cert(qu, "cert.hub",
		    keystore_best_cert(conf_str(hubd, "state-dir"), "hubd"));
	(void)pairs_add(&qu->qu_out, "acme", acme == NULL ? "no" : "yes");
	if (acme != NULL)
		(void)source_acme(qu->qu_parent, qu->qu_id, "show\n");
	ask_answer(qu, "ok");
}

void
ask_get_certificates(struct question *qu)
{
	if (source_acme(qu->qu_parent, qu->qu_id, "now\n"))
		ask_answer(qu, "ok");
	else
		ask_answer(qu, "missing");
}
