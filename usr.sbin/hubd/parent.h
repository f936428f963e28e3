/* SPDX-License-Identifier: ISC */
/*
 * parent: hubd's privileged process.  It never reads a byte that came from
 * the network.
 */
#ifndef HUBD_PARENT_H
#define HUBD_PARENT_H

#include <sys/queue.h>
#include <sys/types.h>

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "tunnel/token.h"

#include "hubd.h"

struct conf;
struct event_base;
struct procset;

enum role { ROLE_KEY, ROLE_AUTH, ROLE_DATA, ROLES };

/* A listener or a tap that the settings ask for; open until they do not. */
struct resource {
	TAILQ_ENTRY(resource) rs_entry;
	uint32_t rs_id;
	int rs_fd;
	bool rs_wanted;			/* by the newest settings */
	bool rs_is_tap;
	char rs_text[280];		/* listen address, or tap's identity */
	char rs_bridge[IF_NAMESIZE];
	struct msg_tap rs_tap;
};

struct parent {
	struct event_base *pa_base;
	const char *pa_program;
	const char *pa_path;		/* of hubd.conf */
	bool pa_foreground;
	bool pa_syslog;			/* not to standard error */
	bool pa_verbose;
	struct conf *pa_conf;
	char *pa_cert;
	uint8_t pa_token_key[TOKEN_KEY_LEN];
	int pa_control;
	uint32_t pa_next_id;
	TAILQ_HEAD(resource_list, resource) pa_resources;
	char pa_fault[400];		/* resource_update: its first failure */
	struct procset *pa_children;
};

/* children.c */
/* Make pa_children, which are told everything whenever they start. */
void children_init(struct parent *pa);
/* Send the current settings to data and auth. */
void children_settings(struct parent *pa);
/* Send the current certificate to data. */
void children_cert(struct parent *pa);

/* hubd.c: SIGHUP, and the data process asks for a reload. */
void parent_reload(void *parent);
void parent_reload_request(struct parent *pa, uint32_t id);

/* own_password.c */
/* Put the passwords that users chose in place of those they stand for. */
void own_passwords_apply(struct conf *settings);
/* Keep one, and put it into the settings; -1: not possible, or too soon. */
int own_password_set(struct conf *settings, const struct msg_password *mp);

/* resource.c */
/*
 * Open what pa_conf asks for and close what it no longer does, telling the
 * data process if it runs.  0, or -1 after doing all the rest: failures are
 * logged, and the first is put into text.
 */
int resource_update(struct parent *pa, char *text, size_t size);
/* Hand all that is open to a new data process. */
void resource_send_all(struct parent *pa);

#endif
