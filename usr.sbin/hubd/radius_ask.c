/* SPDX-License-Identifier: ISC */
/*
 * radius_ask: who asks by hubctl(8) what a hub's RADIUS servers say waits here
 * for the auth process, which asks them.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/base64.h"
#include "kern/ctl.h"
#include "kern/ipc.h"

#include "control.h"

struct asker {
	LIST_ENTRY(asker) as_entry;
	uint32_t as_id;
	struct ctl_client *as_client;
};
static LIST_HEAD(, asker) askers = LIST_HEAD_INITIALIZER(askers);
static uint32_t last_id;

/* A word of base64url is the password, as a password may have spaces. */
static bool
take_words(char *const words[3], struct msg_radius_test *mr)
{
	ssize_t n;

	if (strlcpy(mr->mr_hub, words[0], sizeof(mr->mr_hub)) >=
		sizeof(mr->mr_hub) ||
	    strlcpy(mr->mr_user, words[1], sizeof(mr->mr_user)) >=
		sizeof(mr->mr_user))
		return (false);
	n = base64_decode(BASE64_URL, words[2], strlen(words[2]),
	    mr->mr_password, sizeof(mr->mr_password) - 1);
	return (n > 0 && memchr(mr->mr_password, '\0', (size_t)n) == NULL);
}

static bool
send_test(struct ctl_client *c, const struct msg_radius_test *mr)
{
	struct asker *as = calloc(1, sizeof(*as));

	if (as == NULL || data.dt_auth == NULL ||
	    ipc_send(data.dt_auth, MSG_RADIUS_TEST, ++last_id, -1, mr,
		sizeof(*mr)) == -1) {
		free(as);
		return (false);
	}
	as->as_id = last_id;
	as->as_client = c;
	LIST_INSERT_HEAD(&askers, as, as_entry);
	return (true);
}

void
radius_ask_test(struct ctl_client *c, char *const words[3])
{
	struct msg_radius_test mr = { .mr_hub = "" };

	if (!take_words(words, &mr))
		ctl_error(c, "hub, user or password is no good");
	else if (!send_test(c, &mr))
		ctl_error(c, "the auth process cannot be asked");
	explicit_bzero(&mr, sizeof(mr));
	explicit_bzero(words[2], strlen(words[2]));
}

/* What comes of an acceptance; 0 and "": nothing. */
static void
show_grant(struct ctl_client *c, const struct auth_grant *ag)
{
	ctl_string(c, "policy", ag->ag_policy);
	ctl_string(c, "group", ag->ag_group);
	ctl_number(c, "vlan", ag->ag_vlan);
	ctl_number(c, "max-time", ag->ag_max_time);
	ctl_number(c, "idle-time", ag->ag_idle);
	ctl_number(c, "accounting-interval", ag->ag_interim);
}

static void
show_verdict(struct ctl_client *c, const struct radius_verdict *rv)
{
	ctl_object(c);
	ctl_string(c, "server", rv->rv_server);
	ctl_string(c, "result", radius_outcome_name(rv->rv_outcome));
	ctl_number(c, "ms", rv->rv_ms);
	show_grant(c, &rv->rv_grant);
	ctl_string(c, "text", rv->rv_text);
	ctl_object_end(c);
}

static bool
verdict_ok(const struct radius_verdict *rv)
{
	return (name_ok(rv->rv_server, sizeof(rv->rv_server)) &&
	    name_ok(rv->rv_text, sizeof(rv->rv_text)) &&
	    grant_ok(&rv->rv_grant));
}

static void
answer(struct ctl_client *c, const struct msg_radius_tested *mr)
{
	uint32_t i;

	if (*mr->mr_fault != '\0') {
		ctl_error(c, "%s", mr->mr_fault);
		return;
	}
	for (i = 0; i < mr->mr_n; i++)
		if (verdict_ok(&mr->mr_verdict[i]))
			show_verdict(c, &mr->mr_verdict[i]);
	ctl_ok(c);
}

static void
asker_free(struct asker *as)
{
	LIST_REMOVE(as, as_entry);
	free(as);
}

void
radius_tested(const struct ipc_msg *msg)
{
	const struct msg_radius_tested *mr = msg->im_data;
	struct asker *as;

	if (msg->im_len != sizeof(*mr) || mr->mr_n > RADIUS_SERVERS ||
	    !name_ok(mr->mr_fault, sizeof(mr->mr_fault)))
		return;
	LIST_FOREACH(as, &askers, as_entry)
		if (as->as_id == msg->im_id)
			break;
	if (as == NULL)
		return;
	answer(as->as_client, mr);
	asker_free(as);
}

void
radius_tests_lost(void)
{
	struct asker *as;

	while ((as = LIST_FIRST(&askers)) != NULL) {
		ctl_error(as->as_client, "the auth process has ended");
		asker_free(as);
	}
}
