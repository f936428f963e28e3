/* SPDX-License-Identifier: ISC */
/*
 * http: the unprivileged process that talks to browsers.
 */
#ifndef WEBCONFD_HTTP_H
#define WEBCONFD_HTTP_H

#include <sys/queue.h>
#include <sys/socket.h>

#include <stdbool.h>
#include <stdint.h>

#include "field.h"
#include "pairs.h"
#include "place.h"
#include "request.h"
#include "webconfd.h"

struct address;
struct crypto;
struct evbuffer;
struct event;
struct event_base;
struct json_t;

enum {
	CLIENTS_MAX = 256,		/* connections in all */
	CLIENTS_ADDRESS = 16,		/* of one address, IPv6: one /64 */
	CLIENT_REQUESTS = 200,		/* of one connection */
	HANDSHAKE_MS = 5000,
	REQUEST_MS = 10000,		/* from its first chance to its end */
	ANSWER_MS = 30000,		/* for the parent */
	WRITE_MS = 15000,		/* for the browser to take it */
	SOURCE_MS = 2000,		/* for a daemon to say how it is */
	SOURCES = 3,
	SOURCE_BYTES = 1 << 20
};

enum client_state {
	CLIENT_HANDSHAKE,
	CLIENT_READ,
	CLIENT_ASK,			/* the parent's turn */
	CLIENT_WRITE,
	CLIENT_LINGER
};

/* What a running daemon says; filled while the client waits. */
struct source {
	struct client *so_client;
	struct event *so_event;
	int so_fd;
	char so_name[16];
	struct evbuffer *so_text;
};

struct client {
	LIST_ENTRY(client) cl_entry;
	TAILQ_ENTRY(client) cl_turn;
	bool cl_waiting;		/* for its turn at the handshake */
	uint32_t cl_number;
	int cl_fd;
	enum client_state cl_state;
	struct crypto *cl_crypto;	/* NULL: nothing came yet */
	struct address *cl_address;
	char cl_from[46];		/* its address as text */
	uint64_t cl_since;		/* ms, when the state began */
	struct event *cl_read;
	struct event *cl_write;
	struct event *cl_timer;
	unsigned int cl_requests;
	char *cl_in;			/* what has come, cl_len bytes */
	size_t cl_len;
	size_t cl_size;
	struct request cl_rq;
	struct pairs *cl_form;		/* of a POST */
	struct pairs *cl_answer;	/* of the parent */
	struct evbuffer *cl_page;	/* grows while it is drawn */
	struct evbuffer *cl_out;
	bool cl_last;			/* close it when all is written */
	const char *cl_language;	/* to be chosen with the answer */
	struct source cl_source[SOURCES];
	unsigned int cl_nsources;	/* that were sent */
	unsigned int cl_reading;	/* that have not ended yet */
};

/* http.c */
extern struct event_base *base;
/* Ask the parent; the client waits.  The pairs are the question's. */
void http_ask(struct client *cl, struct pairs *question);
struct client *http_client(uint32_t number);
/* A token for forms that belong to this cookie. */
void http_csrf(const char *cookie, char out[REQUEST_TOKEN_LEN + 1]);
bool http_csrf_ok(const char *cookie, const char *token);
void http_random_token(char out[REQUEST_TOKEN_LEN + 1]);

/* client.c */
void clients_init(const char *cert, int key_fd);
void clients_listen(int fd);
void client_free(struct client *cl);
/*
 * Send what was drawn on cl_page.  location: redirect there ("" for a page);
 * cookie: a new one, NULL to leave it.
 */
void client_respond(struct client *cl, int status, const char *type,
    const char *location, const char *cookie);
/* Only a status and a line of text; then close. */
void client_refuse(struct client *cl, int status);

/* address.c: how many connections, of whom */
struct address *address_take(const struct sockaddr *from);
void address_release(struct address *ad);
unsigned int address_count(const struct address *ad);
/* An administrator has logged in from there: closed last. */
void address_known(struct address *ad);
bool address_is_known(const struct address *ad, uint64_t now_ms);

/* site.c: which page a request is for */
void site_request(struct client *cl);
/* The parent has answered into cl_answer, and all sources have ended. */
void site_answer(struct client *cl);
/* A question in the name of the browser's session; good until the next one. */
struct pairs *site_question(const struct client *cl, const char *kind);
/* Ask it with all that was typed, as "f.NAME", and forget it: secrets. */
void site_ask_typed(struct client *cl, struct pairs *question);
/* Whether it is the administrator; else the answer is given. */
bool site_admitted(struct client *cl);
bool site_result_is(const struct client *cl, const char *what);
void site_redirect(struct client *cl, const char *path, const char *cookie);

/* site_block.c: pages of the blocks of the settings, /all/PLACE */
void block_ask(struct client *cl);
void block_ask_save(struct client *cl);
void block_answer(struct client *cl);
void block_answer_save(struct client *cl);

/* site_invite.c: /invite, one line of text for an office to join by */
void invite_ask(struct client *cl);
void invite_ask_new(struct client *cl);
void invite_answer(struct client *cl);
void invite_answer_new(struct client *cl);

/* site_password.c: /hub-password */
void password_ask(struct client *cl);
void password_ask_new(struct client *cl);
void password_answer(struct client *cl);
void password_answer_new(struct client *cl);

/* site_start.c: /start, a new box step by step; /start/test, how it went */
void start_ask(struct client *cl);
void start_ask_step(struct client *cl);
void start_answer(struct client *cl);
void start_answer_step(struct client *cl);
void start_answer_test(struct client *cl);

/* site_history.c: /history, the generations; /history/N, what came with one */
void history_ask(struct client *cl);
void history_ask_restore(struct client *cl);
void history_answer(struct client *cl);
void history_answer_restore(struct client *cl);

/* What to do about result "locked". */
void site_locked_text(const struct client *cl, char *out, size_t size);

/* site_factor.c: the second factor */
void factor_ask(struct client *cl);
void factor_ask_turn(struct client *cl);
void factor_answer(struct client *cl);
void factor_answer_turn(struct client *cl);
/* The input of a code; and a line that says what time it is. */
void draw_factor_code(struct client *cl, const char *error);
void factor_clock(struct client *cl);

/* source.c */
void source_add(struct client *cl, int fd, const char *name);
void sources_free(struct client *cl);
/* The lines of a source that ended well as a JSON array, or NULL. */
struct json_t *source_rows(const struct client *cl, const char *name);

/* page.c: pieces of HTML, onto cl_page */
const char *tr(const struct client *cl, const char *en, const char *ja);
void html(struct client *cl, const char *raw);
void html_text(struct client *cl, const char *text);
/* NAME="VALUE" after a blank. */
void attr(struct client *cl, const char *name, const char *value);
/* Head and navigation; `where` is the page's path, user: logged in. */
void page_begin(struct client *cl, const char *title, const char *where,
    bool user);
void page_end(struct client *cl);
/* The beginning of a POST form, with its token, made for this cookie. */
void form_begin(struct client *cl, const char *action, const char *cookie);
void form_end(struct client *cl, const char *submit);
void notice(struct client *cl, const char *kind, const char *text);
extern const char style_css[];

/* draw.c: rows of the schema as inputs */
/*
 * One row: label, input, help, and what is wrong with it.  name: in the form;
 * value: as typed or set; has: a secret is set.
 */
struct input {
	const char *in_name;
	const char *in_id;		/* NULL: the name; else a label, too */
	const char *in_value;
	const char *in_error;		/* NULL: none */
	const char *in_label;		/* instead of the row's, or NULL */
	const char *in_more;		/* behind the help, or NULL */
	const char *in_complete;	/* autocomplete, or NULL */
	bool in_has;
	bool in_needed;
	bool in_focus;
};
void draw_row(struct client *cl, const struct schema *sc,
    const struct input *in);
/* Its pieces. */
const char *draw_label(const struct client *cl, const struct schema *sc,
    const struct input *in);
void draw_input(struct client *cl, const struct schema *sc,
    const struct input *in);
void draw_help(struct client *cl, const struct schema *sc,
    const struct input *in);
/*
 * Radio buttons of all values of a key in cl_answer; the one that was typed is
 * on, else the first.
 */
void draw_choices(struct client *cl, const char *key, const char *label);
void draw_hidden(struct client *cl, const char *name, const char *value);
/* What cl_answer says is wrong with a field, in the reader's language. */
const char *draw_error(const struct client *cl, const char *name);
/* Why nothing was changed, if cl_answer says so. */
void draw_refusal(struct client *cl);

/* draw_qr.c */
/* A QR code of text, for a camera; nothing without memory or if too long. */
void draw_qr(struct client *cl, const char *text);

/* draw_basic.c */
/* The short form from cl_answer, and what was typed. */
void draw_settings(struct client *cl);
/* One field of it. */
void draw_field(struct client *cl, const struct field *fd);

/* draw_block.c */
/* The form of a block, the same way. */
void draw_block(struct client *cl, const struct place *pl);

/* status.c */
/* A card for each connection of the box to a hub, from source "vnics". */
void draw_office(struct client *cl);
void draw_status(struct client *cl);
/* Which generation of the settings is in force. */
void draw_generation(struct client *cl);

#endif
