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
	OUTPUT_MS = 28000,		/* for a program, which root ends */
	UPLOAD_MS = 60000,		/* for more of a file to come, or go */
	SOURCES = 6,
	SOURCE_BYTES = 1 << 20
};

enum client_state {
	CLIENT_HANDSHAKE,
	CLIENT_READ,
	CLIENT_UPLOAD,			/* a form with a file comes */
	CLIENT_ASK,			/* the parent's turn */
	CLIENT_WRITE,
	CLIENT_LINGER
};

/* What a running daemon or a program says, while it is read. */
struct source {
	void (*so_end)(void *); /* it has ended; called once */
	void *so_arg;
	struct event *so_event; /* NULL afterwards */
	int so_fd;
	bool so_cut; /* it had more than SOURCE_BYTES */
	char so_name[16];
	struct evbuffer *so_text;
};

/*
 * A page that follows: by JavaScript what is inside of id="live" is asked for
 * again every 3 s; without it the whole page is.
 */
struct live {
	unsigned int lv_seconds; /* 0: it does not */
	char lv_path[320]; /* as HTML */
};

struct client {
	LIST_ENTRY(client) cl_entry;
	TAILQ_ENTRY(client) cl_turn;
	bool cl_waiting;		/* for its turn at the handshake */
	uint64_t cl_asked;		/* ms, since when */
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
	struct upload *cl_upload;	/* of one with a file */
	struct pairs *cl_answer;	/* of the parent */
	struct evbuffer *cl_page;	/* grows while it is drawn */
	struct evbuffer *cl_out;
	bool cl_last;			/* close it when all is written */
	struct live cl_live;
	bool cl_plots;			/* the page has some */
	const char *cl_header;		/* one more, with its end, or NULL */
	const char *cl_language;	/* to be chosen with the answer */
	char cl_attachment[96];		/* the answer is a file; or "" */
	struct source cl_source[SOURCES];
	unsigned int cl_nsources;	/* that were sent */
	unsigned int cl_reading;	/* that have not ended yet */
};

/* http.c */
extern struct event_base *base;
/* Ask the parent; the client waits.  The pairs are the question's. */
void http_ask(struct client *cl, struct pairs *question);
/* Tell it something that needs no answer; the client may be going. */
void http_tell(const struct client *cl, struct pairs *question);
/* A token for forms that belong to this cookie. */
void http_csrf(const char *cookie, char out[REQUEST_TOKEN_LEN + 1]);
bool http_csrf_ok(const char *cookie, const char *token);
void http_random_token(char out[REQUEST_TOKEN_LEN + 1]);

/* client.c */
void clients_init(const char *cert, int key_fd);
/* Another certificate of the same key, for those that come. */
void clients_renew(const char *cert);
/*
 * One that waits for its handshake; takes descriptor and address over.  NULL
 * without memory, and takes nothing.
 */
struct client *client_new(int fd, struct address *ad,
    const struct sockaddr_storage *from);
void client_free(struct client *cl);
/* Its turn has come, after so many ms; it may be freed. */
void client_handshake(struct client *cl, uint64_t waited);
/* Close one that nothing was said to. */
void client_abort(int fd);
/* Write all of cl_out; it may be freed. */
void client_send(struct client *cl);

/* For upload.c: read what comes, with ms for it; take bytes of the input. */
void client_upload(struct client *cl, unsigned int ms);
void client_upload_time(struct client *cl, unsigned int ms);
void client_consume(struct client *cl, size_t len);

/* crowd.c: who may be connected, and whose handshake is next */
/* Accept connections from a listening socket. */
void crowd_listen(int fd);
/* NULL if it has gone. */
struct client *crowd_find(uint32_t number);
/* It is being freed. */
void crowd_leave(struct client *cl);
/* Something came of it: client_handshake() is called in its turn. */
void crowd_wait_turn(struct client *cl);

/* respond.c: the heads of answers */
/*
 * Send what was drawn on cl_page.  location: redirect there ("" for a page);
 * cookie: a new one, NULL to leave it.
 */
void client_respond(struct client *cl, int status, const char *type,
    const char *location, const char *cookie);
/* Only a status and a line of text; then close. */
void client_refuse(struct client *cl, int status);

/* upload.c */
/* The head of a form with a file is there. */
void upload_begin(struct client *cl);
void upload_free(struct client *cl);
/* Where the file goes; takes the descriptor over. */
void upload_sink(struct client *cl, int fd);
/* The parent has answered: whether it was to go on. */
bool upload_goes_on(struct client *cl);
/* Whether more is to be read; not when the client waits, or is answered. */
enum upload_next { UPLOAD_MORE, UPLOAD_WAIT };
enum upload_next upload_take(struct client *cl);
/* How many bytes of the body are to come, and so many came. */
size_t upload_room(const struct client *cl);
void upload_came(struct client *cl, size_t len);

/* address.c: how many connections, of whom */
struct address *address_take(const struct sockaddr *from);
void address_release(struct address *ad);
unsigned int address_count(const struct address *ad);
/* An administrator has logged in from there: closed last, as this machine. */
void address_known(struct address *ad);
bool address_is_known(const struct address *ad, uint64_t now_ms);
/* A connection from there was for nothing; a whole request makes up for all. */
void address_waste(struct address *ad, uint64_t now_ms);
void address_forgive(struct address *ad);
/* How often that was so; half as much a minute later. */
unsigned int address_wasted(const struct address *ad, uint64_t now_ms);

/* site.c: which page a request is for */
void site_request(struct client *cl);
/* The parent has answered into cl_answer, and all sources have ended. */
void site_answer(struct client *cl);
/* Bytes that a form with a file may have there; 0: there is no such form. */
size_t site_upload_max(const struct request *rq);
/* Its fields are there; all of it is there; it has no file in it. */
void site_upload_ask(struct client *cl);
void site_upload_sent(struct client *cl);
void site_upload_empty(struct client *cl);
/* The token is missing, or it came from elsewhere. */
void site_forbidden(struct client *cl);
/* A question in the name of the browser's session; good until the next one. */
struct pairs *site_question(const struct client *cl, const char *kind);
/* Ask it with all that was typed, as "f.NAME", and forget it: secrets. */
void site_ask_typed(struct client *cl, struct pairs *question);
/* Whether it is the administrator; else the answer is given. */
bool site_admitted(struct client *cl);
bool site_result_is(const struct client *cl, const char *what);
void site_redirect(struct client *cl, const char *path, const char *cookie);
/* On to where the visitor is to begin: status, log-in or set-up. */
void site_root(struct client *cl);
/* What stands behind the '?', none if it is malformed; until the next call. */
const struct pairs *site_query(const struct client *cl);

/* site_login.c: /login, /setup and /logout, for who is not logged in yet */
void login_ask(struct client *cl);
void login_answer_page(struct client *cl);
void login_answer(struct client *cl);
void setup_ask(struct client *cl);
void setup_answer_page(struct client *cl);
void setup_answer(struct client *cl);
void logout_ask(struct client *cl);
void logout_answer(struct client *cl);
/* What to do about result "locked". */
void login_locked_text(const struct client *cl, char *out, size_t size);

/* site_block.c: pages of the blocks of the settings, /all/PLACE */
void block_ask(struct client *cl);
void block_ask_save(struct client *cl);
void block_answer(struct client *cl);
void block_answer_save(struct client *cl);

/* site_hub.c: /hub/NAME, its sessions and addresses */
void hub_ask(struct client *cl);
void hub_ask_kick(struct client *cl);
void hub_answer(struct client *cl);
void hub_answer_kick(struct client *cl);

/* site_log.c: /log */
void log_ask(struct client *cl);
void log_answer(struct client *cl);

/* site_side.c: /side, whose servers serve this office */
void side_ask(struct client *cl);
void side_answer(struct client *cl);
/* What collides, and the question, for one row of "vnics"; or nothing. */
void draw_side(struct client *cl, const struct json_t *row);

/* site_tools.c: /tools */
void tools_ask(struct client *cl);
void tools_ask_run(struct client *cl);
void tools_answer(struct client *cl);
void tools_answer_run(struct client *cl);

/* site_metrics.c: /metrics, for Prometheus; by a token, not by log-in */
void metrics_ask(struct client *cl);
void metrics_answer(struct client *cl);

/* site_why.c: /why, all that slows down or blocks, as text to be passed on */
void why_ask(struct client *cl);
void why_answer(struct client *cl);

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

/* site_certificate.c: /certificates, what hubs and web form show */
void certificate_ask(struct client *cl);
void certificate_ask_now(struct client *cl);
void certificate_answer(struct client *cl);
void certificate_answer_now(struct client *cl);

/* site_radius.c: /radius-test, what a hub's RADIUS servers say of a user */
void radius_ask(struct client *cl);
void radius_ask_test(struct client *cl);
void radius_answer(struct client *cl);
void radius_answer_test(struct client *cl);

/* Where to test them. */
void draw_radius_link(struct client *cl);

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

/* site_backup.c: /backup, /backup/download, /backup/restore */
void backup_ask(struct client *cl);
void backup_ask_download(struct client *cl);
void backup_ask_restore(struct client *cl);
void backup_answer(struct client *cl);
void backup_answer_download(struct client *cl);
void backup_answer_restore(struct client *cl);

/* site_upgrade.c: /upgrade, /upgrade/upload, /upgrade/fetch */
void upgrade_ask(struct client *cl);
void upgrade_ask_upload(struct client *cl);
void upgrade_ask_fetch(struct client *cl);
void upgrade_answer(struct client *cl);
void upgrade_answer_begun(struct client *cl);

/* site_system.c: /parts, what the image is made of; /restart */
void parts_ask(struct client *cl);
void parts_answer(struct client *cl);
void restart_ask(struct client *cl);
void restart_ask_now(struct client *cl);
void restart_answer(struct client *cl);
void restart_answer_now(struct client *cl);
/* A form for a file: its beginning, the input, and what follows. */
void file_form(struct client *cl, const char *action);
void file_input(struct client *cl, const char *label, const char *accept);
/* "busy", or what the last task has to say, if it is a fault. */
void draw_task_fault(struct client *cl);
/* What rc says of an upgrade that is tried or was given up. */
void draw_notice(struct client *cl);

/* site_factor.c: the second factor */
void factor_ask(struct client *cl);
void factor_ask_turn(struct client *cl);
void factor_answer(struct client *cl);
void factor_answer_turn(struct client *cl);
/* The input of a code; and a line that says what time it is. */
void draw_factor_code(struct client *cl, const char *error);
void factor_clock(struct client *cl);

/* source.c */
/*
 * Begin to read one, whose fields are 0 but so_end and so_arg.  It is to say
 * something within ms each time.
 */
void source_open(struct source *so, int fd, const char *name, unsigned int ms);
void source_close(struct source *so);
/*
 * The lines of one that ended well as a JSON array; without the rest of one
 * that has too much; else NULL.
 */
struct json_t *source_json(const struct source *so);
/* Those that a client waits for. */
void source_add(struct client *cl, int fd, const char *name, unsigned int ms);
void sources_free(struct client *cl);
/* The one of this name, or NULL. */
const struct source *source_find(const struct client *cl, const char *name);
/* What it says, as source_json(). */
struct json_t *source_rows(const struct client *cl, const char *name);
/*
 * What a source that commands said: NULL for "ok", else an error, which lives
 * until the next call.
 */
const char *source_fault(const struct client *cl, const char *name);
/* All that came from it, not terminated, or NULL; *len its bytes. */
const char *source_text(const struct client *cl, const char *name, size_t *len);

/* page.c: pieces of HTML, onto cl_page */
const char *tr(const struct client *cl, const char *en, const char *ja);
void html(struct client *cl, const char *raw);
void html_raw(struct client *cl, const void *data, size_t len);
void html_text(struct client *cl, const char *text);
/* Text as a value of a query (RFC 3986). */
void html_query(struct client *cl, const char *text);
/* NAME="VALUE" after a blank. */
void attr(struct client *cl, const char *name, const char *value);
/*
 * lang="en" for a text that a program may have said, where the page is in
 * Japanese and the text is not.
 */
void attr_said(struct client *cl, const char *text);
/* Head and navigation; `where` is the page's path, user: logged in. */
void page_begin(struct client *cl, const char *title, const char *where,
    bool user);
void page_end(struct client *cl);
/* The beginning of a POST form, with its token, made for this cookie. */
void form_begin(struct client *cl, const char *action, const char *cookie);
void form_end(struct client *cl, const char *submit);
void notice(struct client *cl, const char *kind, const char *text);
extern const char style_css[];
extern const char live_js[];

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

/* draw_hub.c: a hub, with what went wrong or NULL; whether to end a session */
void draw_hub_page(struct client *cl, const char *fault);
void draw_kick(struct client *cl, const char *number);

/* status.c */
void draw_status(struct client *cl);
/* A card for each connection of the box to a hub, from source "vnics". */
void draw_office(struct client *cl);
/* Which generation of the settings is in force. */
void draw_generation(struct client *cl);

/* draw_uplink.c: the lines to providers, as the parent's answer has them */
void draw_uplinks(struct client *cl);

#endif
