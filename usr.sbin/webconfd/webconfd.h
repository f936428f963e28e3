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
 * than "state", "login", "setup" and "metrics" needs one that the parent has
 * given out.
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
	TRIAL_TIME = 90, /* s to confirm what could cut one off */
	SAMPLE_SECONDS = 10, /* between looks at the daemons */
	SAMPLE_ID = 0 /* of sources that nobody has asked for */
};

/* Messages; the text type is followed by one of type + 1 at the end. */
enum web_msg {
	WEB_CERT = 1,		/* parent to http: PEM text; again later: of
				   the same key */
	WEB_CERT_END,
	WEB_KEY_CHANNEL,	/* parent to http: ask for signatures here */
	WEB_LISTEN,		/* parent to http: the listening socket */
	WEB_START,		/* parent to http: struct keyproc_start */
	WEB_ASK,		/* http to parent: pairs; im_id names it */
	WEB_SOURCE,		/* parent to http: im_id, or SAMPLE_ID; what a
				   daemon says is read from the descriptor; the
				   data is its name */
	WEB_ANSWER,		/* parent to http: im_id, pairs */
	WEB_OUTPUT,		/* as WEB_SOURCE, of a program */
	WEB_SINK,		/* parent to http, before the answer: im_id; a
				   file is to be written to the descriptor */
	WEB_FILE		/* parent to http, before WEB_START: enum
				   shelf_file, to be read from the descriptor */
};

/*
 * Questions: "ask" is one of
 *
 *	state				is there an administrator's password?
 *	setup	code, password		the first one
 *	login	password, one-time-code
 *	logout
 *	status				what runs
 *	hub	hub			its sessions and addresses; "" the first
 *	kick	hub, number		end one of its sessions
 *	log				what the box has logged
 *	why				what may slow down or block
 *	tools				what can be captured
 *	run	f.tool, f.host		"ping", "traceroute"
 *		f.tool, f.hub, f.filter, f.seconds	"capture"
 *		f.tool			"reconnect"
 *		f.tool, f.vnic, f.way	"test"; way: "direct", "proxy:NAME", ""
 *	metrics	bearer			counters, for who has the token
 *	settings			what the form shows
 *	save	f.NAME...		change them
 *	block	at			what a block has; see place.h
 *	save-block at, f.KEY...		change or add it; "at" is answered
 *	remove-block at			take it out; the one above is answered
 *	side	f.vnic, f.from		whose servers serve an office: "local",
 *					"lan", "tunnel"; "": ask who does
 *	keep				the generation on trial stays
 *	inviting			the hubs that there are, and the pin
 *	invite	f.name, f.hub		a new user, whose password is answered
 *	radius				the hubs that ask RADIUS servers
 *	test-radius f.hub, f.user, f.password	what those say
 *	certificates			what hubs and web form show, and acmed
 *	get-certificates		from acmed, now
 *	passwords			the vnics that log in with one
 *	new-password f.vnic, f.old, f.new	at the hub, then here
 *	history				the generations
 *	changes	number			what came with one
 *	restore	number			one again
 *	backup				how a restore goes
 *	export	passphrase		a backup, by WEB_OUTPUT; see cfgctl(8)
 *	import	passphrase		restore one, sent by WEB_SINK; then
 *	sent				all of it was sent; or
 *	lost				the browser has gone (needs no session)
 *	upgrade				what is installed, how an upgrade goes
 *	install	older			one, sent by WEB_SINK; "sent" as above
 *	fetch	url, older		one, from elsewhere
 *	parts				what the image is made of
 *	restart				the box
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
 *	busy		a restore or an upgrade runs
 *	failed		"e." says why
 */

/* http.c */
void http_main(void) __attribute__((noreturn));

#endif
