/* SPDX-License-Identifier: ISC */
/*
 * ask: questions of the http process, between the files that answer them.
 */
#ifndef WEBCONFD_ASK_H
#define WEBCONFD_ASK_H

#include "parent.h"

struct event;

/* A question, and the answer that grows. */
struct question {
	struct parent *qu_parent;
	uint32_t qu_id;
	struct conf *qu_conf;	/* the current settings */
	int qu_generation;
	struct event *qu_timer;	/* while a refusal is held back */
	struct pairs qu_in;
	struct pairs qu_out;
};

/* ask.c */
/* Send the answer; the question is gone. */
void ask_answer(struct question *qu, const char *result);
void ask_failed(struct question *qu, const char *why);
/* An event of the security log; key and value may be NULL. */
void ask_event(const struct question *qu, const char *name, const char *key,
    const char *value);

const char *ask_hostname(const struct question *qu);
/* Which of the daemons the settings have work for. */
void ask_add_daemons(struct question *qu);
/* Too many wrong guesses: then the answer is given. */
bool ask_locked(struct question *qu);
/* A wrong guess: it counts, and the answer is held back. */
void ask_refuse(struct question *qu, const char *what);
/* Whether a log-in wants a one-time code. */
void ask_add_factor(struct question *qu);

/* ask_factor.c: the second factor */
void ask_factor(struct question *qu);
void ask_turn_factor(struct question *qu);

/* ask_settings.c: what runs, and what is set */
void ask_status(struct question *qu);
void ask_settings(struct question *qu);
void ask_save(struct question *qu);
void ask_block(struct question *qu);
void ask_save_block(struct question *qu);
void ask_remove_block(struct question *qu);
void ask_keep(struct question *qu);
void ask_history(struct question *qu);
void ask_changes(struct question *qu);
void ask_restore(struct question *qu);
/*
 * Write what qu_conf has become and have it applied, on trial where it could
 * cut somebody off or another trial has not ended; false, and why.
 */
bool ask_commit(struct question *qu, struct refusal *re);
/* The same, never on trial: what is done elsewhere is not undone. */
bool ask_commit_for_good(struct question *qu, struct refusal *re);
/* The current settings again, as others may have changed them. */
void ask_load_again(struct question *qu);

/* ask_watch.c: hubs and the log as they are now */
void ask_hub(struct question *qu);
void ask_kick(struct question *qu);
void ask_log(struct question *qu);
void ask_why(struct question *qu);
/* Not for an administrator, but for who has the token. */
void ask_metrics(struct question *qu);

/* ask_side.c: whose servers serve an office */
void ask_side(struct question *qu);

/* ask_tool.c: programs that look at the network */
void ask_tools(struct question *qu);
void ask_run(struct question *qu);

/* ask_task.c: backup, restore, upgrade, restart */
void ask_backup(struct question *qu);
void ask_export(struct question *qu);
void ask_import(struct question *qu);
void ask_upgrade(struct question *qu);
void ask_install(struct question *qu);
void ask_fetch(struct question *qu);
void ask_sent(struct question *qu);
void ask_lost(struct question *qu);
void ask_parts(struct question *qu);
void ask_restart(struct question *qu);
/* "notice": what is to be known about an upgrade, if anything. */
void ask_add_notice(struct question *qu);
/*
 * Settings were kept: keys that came with them are put in place, and the
 * daemons started anew with them.  False if not, and the answer is given.
 */
bool ask_settle(struct question *qu);

/* ask_password.c: a new password for this box at its hub */
void ask_passwords(struct question *qu);
void ask_new_password(struct question *qu);

/* ask_radius.c: what a hub's RADIUS servers say of a user */
void ask_radius(struct question *qu);
void ask_test_radius(struct question *qu);

/* ask_certificate.c: what hubs and web form show; a new one by ACME */
void ask_certificates(struct question *qu);
void ask_get_certificates(struct question *qu);

/* ask_invite.c: a new user of a hub, for an office to join as */
void ask_invite(struct question *qu);
void ask_inviting(struct question *qu);
#endif
