/* SPDX-License-Identifier: ISC */
/*
 * acmed: certificates by ACME (RFC 8555).  Its processes:
 *
 *	parent	root; settings, when to try, what the web form asks; speaks to
 *		nobody else, but reads the certificates that are in place
 *	order	root; one attempt: reads the account's key, opens connections
 *		(and so looks names up) and the port of HTTP-01, has the
 *		challenge answered, looks at the certificate and writes it
 *	client	speaks to the directory; unprivileged, confined
 *	answer	answers on port 80 during an HTTP-01 challenge; the same
 *
 * The key of a certificate is that of the daemon that shows it (hubd.key,
 * webconfd.key), which stays for all renewals, as clients pin it; only the
 * short-lived process that signs the request reads it.
 */
#ifndef ACMED_H
#define ACMED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "crypto/crypto.h"

struct conf;
struct json_t;

enum {
	ACME_NAMES = 16,	/* of a certificate */
	ACME_NAME_MAX = 254,
	ACME_URL_MAX = 512,
	ACME_TOKEN_MAX = 256,	/* characters of a challenge's */
	ACME_KEYAUTH_MAX = 320,	/* token, dot, thumbprint */
	ACME_CHAIN_MAX = 65536,	/* bytes of a certificate chain in PEM */
	ACME_CSR_MAX = 8192,	/* bytes of a request in DER */
	ACME_FAULT_MAX = 512,
	ACME_USES = 2,
	ACME_WORK_SECONDS = 600	/* for an attempt */
};

/* What a certificate is for. */
struct use {
	const char *us_name;		/* in settings: "hub", "web" */
	const char *us_daemon;		/* its files: DIR/DAEMON.key... */
	const char *us_dir;		/* its state directory */
};

/* A server's URL, split; https alone. */
struct url {
	char ur_host[256];
	char ur_port[6];
	char ur_path[ACME_URL_MAX];	/* with the query */
};

/*
 * An order, as the client process gets it; it has no secret but the account's
 * key.
 */
struct job {
	const struct conf *jo_conf;	/* of schema_acme */
	const char *jo_ca;		/* PEM, where there are no pins */
	void *jo_account;		/* EVP_PKEY, P-256 */
	uint8_t jo_csr[ACME_CSR_MAX];
	size_t jo_ncsr;
};

/* Messages between order and client, one question at a time. */
enum msg_type {
	MSG_CONNECT = 1,	/* "HOST", NUL, "PORT": answered with the
				   connected socket */
	MSG_CHALLENGE,		/* struct msg_challenge: have it answered */
	MSG_CLEAR,		/* no longer */
	MSG_CHAIN,		/* the certificate chain: the end */
	MSG_FAULT,		/* struct msg_fault: the end */
	MSG_OK,			/* to the client, maybe with a descriptor */
	MSG_NO			/* to the client: why not, as text */
};

struct msg_challenge {
	char mc_name[ACME_NAME_MAX];
	char mc_token[ACME_TOKEN_MAX];
	char mc_keyauth[ACME_KEYAUTH_MAX];
};

struct msg_fault {
	uint32_t mf_wait;		/* s, as the server asked; or 0 */
	char mf_text[ACME_FAULT_MAX];
};

/* channel.c: blocking, over a SOCK_SEQPACKET pair */
/* fd: to be sent along, or -1.  0 or -1. */
int channel_send(int ch, enum msg_type type, const void *data, size_t len,
    int fd);
/*
 * Bytes put into buf, -1 at the end or on an error.  *fd: what came along, or
 * -1; fd NULL: nothing may.
 */
ssize_t channel_recv(int ch, enum msg_type *type, void *buf, size_t size,
    int *fd);

/* url.c, pure */
/* 0, or -1 if it is not an https URL that can be asked. */
int url_parse(const char *text, struct url *ur);

/* reply.c, pure: an answer of HTTP/1.1 (RFC 9112) */
struct reply {
	int re_status;
	char re_nonce[ACME_TOKEN_MAX];	/* Replay-Nonce, or "" */
	char re_location[ACME_URL_MAX];
	char re_type[64];		/* Content-Type without parameters */
	uint32_t re_wait;		/* Retry-After in s; 0: none */
	const char *re_body;		/* within buf, not terminated */
	size_t re_len;
};
enum reply_result { REPLY_MORE, REPLY_WHOLE, REPLY_BAD };
/*
 * Look at len bytes of buf, in which chunks are joined once all are there.
 * eof: no more come.  head: the answer to HEAD, which has no body.
 */
enum reply_result reply_parse(char *buf, size_t len, bool eof, bool head,
    struct reply *re, const char **why);

/* https.c: the client process */
enum { REPLY_MAX = ACME_CHAIN_MAX + 16384 };
/*
 * One request on a connection of its own; body NULL: none.  The answer is
 * good until the next request; NULL with a sentence in err.
 */
const struct reply *https_request(int ch, const struct job *jo,
    const char *method, const struct url *ur, const char *body, char *err,
    size_t size);

/* jws.c: RFC 7515, 7638 with ES256 */
/* The thumbprint of a key's public half, base64url.  0 or -1. */
int jws_thumbprint(void *key, char *out, size_t size);
/*
 * A signed request's body, malloc'ed: kid NULL: with the public key itself.
 * payload "": POST-as-GET.  NULL on failure.
 */
char *jws_sign(void *key, const char *kid, const char *nonce, const char *url,
    const char *payload);

/* client.c */
/* The client process's work, over the channel to the order; see MSG_*. */
void client_run(int ch, const struct job *jo);

/* client_reply.c, pure: what an answer in JSON says */
/* A member that is a string, or "". */
const char *reply_member(const struct json_t *doc, const char *key);
/* A server's problem document (RFC 7807), as one printable line. */
void problem_text(const struct reply *re, char *out, size_t size);
/* The "type" of it without the prefix of ACME's errors, or "". */
void problem_type(const struct reply *re, char *out, size_t size);

/* key.c */
/* The account's key, made at the first call; NULL with the fault logged. */
void *key_account(const char *dir);
void key_free(void *key);
/*
 * A request for names in DER, signed by the daemon's key in a process of its
 * own; its length, or -1 with a sentence in err.
 */
ssize_t key_csr(const struct use *us, const struct conf *cf,
    uint8_t csr[ACME_CSR_MAX], char *err, size_t size);
/*
 * Whether a chain begins with a certificate of this key's that is good now
 * and for all names.  0, or -1 with a sentence in err.
 */
int key_check_chain(const struct use *us, const struct conf *cf,
    const char *chain, char *err, size_t size);
/* When a certificate begins and ends, s since 1970; 0 or -1. */
int key_dates(const char *chain, time_t *from, time_t *until);

/* answer.c */
/*
 * The answer process, on a listening socket, until the other end of `life` is
 * closed.
 */
void answer_run(int fd, int life, const struct msg_challenge *mc)
    __attribute__((noreturn));

/* Where an order finds things, and who its processes are. */
struct place {
	const char *pl_dir;		/* account.key */
	const char *pl_hook;		/* see acmed(8) */
	const char *pl_user;
	const char *pl_chroot;
	uint16_t pl_port;		/* of HTTP-01 */
};
/* challenge.c */
/* The order's channels, which who answers strangers is not to have. */
void challenge_init(int ch, int out);
/* Have a challenge answered, one at a time.  0, or -1 with err. */
int challenge_begin(const struct place *pl, const struct conf *cf,
    const struct msg_challenge *mc, char *err, size_t size);
/* No longer; nothing if there is none. */
void challenge_end(const struct place *pl);
/* Run the hook with these words; whether it ended well. */
bool hook_run(const struct place *pl, const char *verb, const char *a,
    const char *b);

/* order.c */
/*
 * The order process: an attempt, whose end is told by a struct msg_fault to
 * fd, with empty text if the certificate is in place.
 */
void order_run(const struct conf *cf, const struct use *us,
    const struct place *pl, int fd) __attribute__((noreturn));

/* schedule.c, pure: when to try.  Times are s since 1970. */
enum {
	SCHEDULE_FIRST = 60,		/* s after the first failure, doubled */
	SCHEDULE_LAST = 86400		/* up to a day */
};
struct schedule {
	bool sd_have;			/* there is one, for these settings */
	time_t sd_from, sd_until;	/* of it */
	unsigned int sd_fails;		/* in a row */
	time_t sd_failed;		/* when the last one was */
	uint32_t sd_wait;		/* what the server asked for then */
};
/* When the certificate in place is to be renewed: at two thirds of its life. */
time_t schedule_renew(const struct schedule *sd);
/* When the next attempt is due; 0: at once. */
time_t schedule_next(const struct schedule *sd);
/* What was noted when the clock was ahead of what it is now counts from now. */
void schedule_clock(struct schedule *sd, time_t now);
/* Note how one went. */
void schedule_failed(struct schedule *sd, time_t now, uint32_t wait);

#endif
