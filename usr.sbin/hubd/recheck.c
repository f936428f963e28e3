/* SPDX-License-Identifier: ISC */
/*
 * recheck: certificates of sessions that are up, when settings are new: one
 * may have been revoked, its pin or its CA taken out.  The auth process looks
 * at one after the other.  Control thread.
 */
#include <stdlib.h>
#include <string.h>

#include "kern/ipc.h"
#include "kern/log.h"

#include "control.h"

static uint64_t at;		/* the session that is being looked at */
static uint32_t asked;		/* counts questions; 0: none is open */

/* The next one behind `at`, or NULL. */
static struct session *
next_one(void)
{
	struct session *se, *next = NULL;

	LIST_FOREACH(se, &sessions, se_entry)
		if (se->se_chain != NULL && se->se_number > at &&
		    (next == NULL || se->se_number < next->se_number))
			next = se;
	return (next);
}

static int
ask(struct ipc *ch, const struct session *se, uint32_t id)
{
	size_t len = sizeof(struct msg_recheck) + se->se_nchain;
	struct msg_recheck *mk = calloc(1, len);
	int ret;

	if (mk == NULL)
		return (-1);
	strlcpy(mk->mk_hub, se->se_hub, sizeof(mk->mk_hub));
	strlcpy(mk->mk_user, se->se_user, sizeof(mk->mk_user));
	memcpy(mk + 1, se->se_chain, se->se_nchain);
	ret = ipc_send(ch, MSG_RECHECK, id, -1, mk, len);
	free(mk);
	return (ret);
}

static void
go_on(struct ipc *ch)
{
	const struct session *se = next_one();

	if (se == NULL)
		return;
	at = se->se_number;
	if (ask(ch, se, ++asked) == -1)
		log_warnx("certificates of sessions cannot be looked at");
}

/* A token would bring it back. */
static void
refused(void)
{
	struct session *se = session_find(at);

	if (se == NULL)
		return;
	coa_revoke(se);
	session_end(se, "its certificate is taken no more");
}

void
recheck(struct ipc *ch, const struct ipc_msg *msg)
{
	if (msg->im_len == 0)
		at = 0;
	else if (msg->im_id != asked || msg->im_len != sizeof(bool))
		return;		/* of the settings before */
	else if (!*(const bool *)msg->im_data)
		refused();
	go_on(ch);
}
