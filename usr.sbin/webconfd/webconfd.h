/* SPDX-License-Identifier: ISC */
/*
 * webconfd: the web form.  Its processes:
 *
 *	parent	root; settings, passwords, sessions; runs rc
 *	key	alone holds the private key; unprivileged (crypto/keyproc.h)
 *	http	TLS, requests, pages; unprivileged
 *
 * The http process asks the parent and gets answers, both as pairs.  It holds
 * no secret but the sessions' tokens that browsers send: a question other
 * than "state", "login" and "setup" needs one that the parent has given out.
 */
#ifndef WEBCONFD_H
#define WEBCONFD_H

#include "crypto/keyproc.h"

enum {
	WEB_PORT = 8443,
	WEB_NIC_MAX = 64,	/* interfaces that the form offers */
	WEB_USERS_MAX = 100,	/* users that it shows */
	WEB_USERS_NEW = 3,	/* rows for new ones */
	WEB_PASSWORD_MIN = 10,	/* characters of the administrator's */
	WEB_CODE_LEN = 8,	/* characters of the set-up code */
	TRIAL_TIME = 90		/* s to confirm what could cut one off */
};

/* Messages; the text type is followed by one of type + 1 at the end. */
enum web_msg {
	WEB_CERT = 1,		/* parent to http: PEM text */
	WEB_CERT_END,
	WEB_KEY_CHANNEL,	/* parent to http: ask for signatures here */
	WEB_LISTEN,		/* parent to http: the listening socket */
	WEB_START,		/* parent to http: struct keyproc_start */
	WEB_ASK,		/* http to parent: pairs; im_id names it */
	WEB_SOURCE,		/* parent to http, before the answer: im_id, a
				   daemon's answer is read from the descriptor;
				   the data is its name */
	WEB_ANSWER		/* parent to http: im_id, pairs */
};

/*
 * Questions: "ask" is one of
 *
 *	state				is there an administrator's password?
 *	setup	code, password		the first one
 *	login	password, one-time-code
 *	logout
 *	status				what runs
 *	settings			what the form shows
 *	save	f.NAME...		change them
 *	block	at			what a block has; see place.h
 *	save-block at, f.KEY...		change or add it; "at" is answered
 *	remove-block at			take it out; the one above is answered
 *	keep				the generation on trial stays
 *	inviting			the hubs that there are, and the pin
 *	invite	f.name, f.hub		a new user, whose password is answered
 *	passwords			the vnics that log in with one
 *	new-password f.vnic, f.old, f.new	at the hub, then here
 *	history				the generations
 *	changes	number			what came with one
 *	restore	number			one again
 *	factor				is the second factor on? Else a key
 *	turn-factor turn, one-time-code	on or off
 *
 * with "from" (the browser's address) and "session" (its token, if any).
 * Answers: "result" is one of
 *
 *	ok
 *	setup		there is no administrator's password yet
 *	login		there is no such session
 *	refused		wrong code or password
 *	locked		too many of those; "wait" is in seconds
 *	invalid		"e.NAME" says what is wrong with a field, "e." with all;
 *			"j.NAME" in Japanese; "fault-at": it is in that block
 *	missing		there is no such block
 *	failed		"e." says why
 */

/* http.c */
void http_main(void) __attribute__((noreturn));

#endif
