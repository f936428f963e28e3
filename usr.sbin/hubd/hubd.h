/* SPDX-License-Identifier: ISC */
/*
 * hubd: what its processes share.  The parent (root) opens files, listeners,
 * taps and bridges, and starts the rest:
 *
 *	data	one thread a core: TLS, sessions, hubs; unprivileged
 *	auth	scrypt, a bounded number at once, RADIUS; unprivileged
 *	key	alone holds the private key; unprivileged
 *
 * Settings travel as text and are parsed again by their receiver.  The data
 * process sees no password hash, only a stand-in that changes with it.
 */
#ifndef HUBD_H
#define HUBD_H

#include <sys/queue.h>
#include <sys/socket.h>

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/auth.h"
#include "auth/grant.h"
#include "auth/radius_acct.h"
#include "auth/radius_test.h"
#include "tunnel/http.h"
#include "tunnel/token.h"

struct conf;
struct conf_error;
struct file;
struct ipc;

enum {
	THREADS_MAX = 64,
	AUTH_PENDING = 256,	/* log-ins waiting for scrypt */
	AUTH_ASKED = 768,	/* and for servers that were asked, */
	AUTH_ADDRESS = 32,	/* both of one IPv4 address or IPv6 /64 */
	AUTH_HELD = 4096	/* refusals held back; more go at once */
};

/*
 * Messages; the text types are followed by one of type + 1 at the end.  Those
 * of the key process are in crypto/keyproc.h.
 */
enum hubd_msg {
	MSG_SETTINGS = 1,	/* parent to data, auth: text */
	MSG_SETTINGS_END,
	MSG_CERT,		/* parent to data: PEM text; again later: of
				   the same key */
	MSG_CERT_END,
	MSG_TOKEN_KEY,		/* parent to data: TOKEN_KEY_LEN bytes */
	MSG_KEY_CHANNEL,	/* parent to data: im_id is the thread */
	MSG_AUTH_CHANNEL,	/* parent to auth, data */
	MSG_CONTROL,		/* parent to data: the listening socket */
	MSG_AWAKE,		/* parent to data: for awake_use() */
	MSG_LISTEN,		/* parent to data: im_id names it */
	MSG_UNLISTEN,		/* parent to data: im_id */
	MSG_TAP,		/* parent to data: im_id, struct msg_tap */
	MSG_UNTAP,		/* parent to data: im_id */
	MSG_START,		/* parent to auth, data: all has been sent */
	MSG_RELOAD,		/* data to parent; and back, with error text */
	MSG_AUTH,		/* data to auth: struct msg_auth, then what
				   crypto_peer_chain() says; and back,
				   struct msg_auth_reply */
	MSG_FILE,		/* parent to auth, before settings: "BLOCK NAME
				   KEY", newline, the file's text */
	MSG_FILE_END,
	MSG_ACCOUNT,		/* data to auth: struct account */
	MSG_COA,		/* auth to data: struct msg_coa; and back,
				   uint32_t: COA_* of auth/radius_coa.h */
	MSG_PASSWORD,		/* auth to parent: struct msg_password; and
				   back, bool: it is kept */
	MSG_RADIUS_TEST,	/* data to auth: struct msg_radius_test; and
				   back, struct msg_radius_tested */
	MSG_RECHECK		/* auth to data, empty: settings are new; and
				   back, for each session by certificate in
				   turn: struct msg_recheck and its chain; and
				   bool: it stands */
};

struct msg_tap {
	char mt_hub[HTTP_NAME_MAX];
	char mt_name[HTTP_NAME_MAX];
	char mt_ifname[IF_NAMESIZE];
	uint32_t mt_mtu;
};

struct msg_auth {
	char ma_hub[HTTP_NAME_MAX];
	char ma_user[HTTP_NAME_MAX];
	char ma_password[HTTP_PASSWORD_MAX];
	char ma_new[HTTP_PASSWORD_MAX];	/* to be the password, or "" */
	struct sockaddr_storage ma_from;
};

enum { AUTH_REFUSED, AUTH_PASSED, AUTH_BUSY };

struct msg_auth_reply {
	uint8_t mr_answer;
	struct auth_grant mr_grant;	/* with AUTH_PASSED */
};

struct msg_recheck {
	char mk_hub[HTTP_NAME_MAX];
	char mk_user[HTTP_NAME_MAX];
};

/* A log-in that only asks a hub's RADIUS servers. */
struct msg_radius_test {
	char mr_hub[HTTP_NAME_MAX];
	char mr_user[HTTP_NAME_MAX];
	char mr_password[HTTP_PASSWORD_MAX];
};

struct msg_radius_tested {
	char mr_fault[64];		/* why nobody was asked, or "" */
	uint32_t mr_n;
	struct radius_verdict mr_verdict[RADIUS_SERVERS];
};

/* A user's own choice, as a string of auth/password.c. */
struct msg_password {
	char mp_hub[HTTP_NAME_MAX];
	char mp_user[HTTP_NAME_MAX];
	char mp_string[PASSWORD_STRLEN];
};

/* A checked request of a RADIUS server; cut to the packet's length. */
struct msg_coa {
	char mc_server[GRANT_NAME];
	uint8_t mc_packet[RADIUS_MAX];
};

/* A text that arrives in pieces. */
struct text {
	char *tx_data;
	size_t tx_len;
};

/* settings.c: every process */
/* Load and check a file; NULL with the place and fault logged. */
struct conf *settings_load(const char *path, char *err, size_t size);
/* The same from text that the parent has checked; fatal on a fault. */
struct conf *settings_receive(const struct text *tx);
/* Whether somebody on the network is asked about log-ins. */
bool settings_ask_network(const struct conf *cf);
/* Passwords replaced by stand-ins, for the data process; freed by caller. */
char *settings_for_data(const struct conf *cf, const uint8_t *token_key);
/* Add len bytes; fatal without memory or over CONF_SIZE. */
void text_add(struct text *tx, const void *data, size_t len);
void text_clear(struct text *tx);
/* Copy a bounded name; false when it lacks its NUL. */
bool name_ok(const char *name, size_t size);

/* files.c */
enum { FILE_MAX = 1 << 20 };		/* octets of one */
SLIST_HEAD(files, file);
/* Parent: whether they can be read; and hand them over. */
int files_check(const struct conf *cf, const char *path, struct conf_error *ce);
void files_send(struct ipc *ch, const struct conf *cf);
/* Auth: keep one; find it, NULL where there is none. */
void files_add(struct files *fs, const struct text *tx);
const char *files_find(const struct files *fs, const char *block,
    const char *name, const char *key);
void files_free(struct files *fs);

/* keyfile.c: parent */
/*
 * Make what the state directory lacks: key and self-signed certificate (in
 * a short-lived child, so that the parent never holds the key), token key.
 * 0, or -1 with the fault logged.
 */
int keyfile_prepare(const struct conf *cf, uint8_t *token_key);
/* The certificate as malloc'ed text, the key as an open file. */
char *keyfile_cert(const struct conf *cf);
int keyfile_open_key(const struct conf *cf);

/* data.c: entry point of the data process, which does not return */
void data_main(void) __attribute__((noreturn));

/* auth.c: the same of the auth process */
void auth_main(void) __attribute__((noreturn));

#endif
