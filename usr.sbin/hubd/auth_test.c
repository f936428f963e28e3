/* SPDX-License-Identifier: ISC */
/*
 * auth_test: an administrator tests a hub's RADIUS servers.  Nothing of a
 * log-in's way (auth_job.c) is touched: no guess is counted, nobody waits.
 */
#include <stdlib.h>
#include <string.h>

#include "auth/radius_test.h"
#include "kern/conf.h"
#include "kern/ipc.h"

#include "auth.h"

enum { TESTS = 4 };		/* at once */

struct test {
	uint32_t te_id;
	struct snapshot *te_settings;
	struct msg_radius_test te_msg;
	struct auth_request te_request;
};

static unsigned int tests;

static void
reply(uint32_t id, const struct msg_radius_tested *mr)
{
	if (auth_proc.ap_data != NULL)
		(void)ipc_send(auth_proc.ap_data, MSG_RADIUS_TEST, id, -1, mr,
		    sizeof(*mr));
}

static void
refuse(uint32_t id, const char *fault)
{
	struct msg_radius_tested mr = { .mr_n = 0 };

	strlcpy(mr.mr_fault, fault, sizeof(mr.mr_fault));
	reply(id, &mr);
}

static void
test_free(struct test *te)
{
	snapshot_unref(te->te_settings);
	freezero(te, sizeof(*te));
	tests--;
}

static void
on_tested(const struct radius_verdict *rv, unsigned int n, void *arg)
{
	struct msg_radius_tested mr = { .mr_n = n };
	struct test *te = arg;

	memcpy(mr.mr_verdict, rv, n * sizeof(*rv));
	reply(te->te_id, &mr);
	test_free(te);
}

static struct test *
test_new(uint32_t id, const struct msg_radius_test *mr)
{
	struct snapshot *sn = auth_proc.ap_settings;
	struct test *te = tests < TESTS ? calloc(1, sizeof(*te)) : NULL;

	if (te == NULL)
		return (NULL);
	tests++;
	te->te_id = id;
	te->te_msg = *mr;
	te->te_settings = sn;
	sn->sn_refs++;
	te->te_request = (struct auth_request){ .ar_conf = sn->sn_conf,
		.ar_hub = conf_block(sn->sn_conf, "hub", mr->mr_hub),
		.ar_user = te->te_msg.mr_user,
		.ar_password = te->te_msg.mr_password };
	return (te);
}

void
auth_test(uint32_t id, const struct msg_radius_test *mr)
{
	struct test *te = test_new(id, mr);
	const char *fault = NULL;

	if (te == NULL) {
		refuse(id, "too many tests run at once");
		return;
	}
	if (te->te_request.ar_hub == NULL)
		fault = "there is no such hub";
	else if (!conf_has(te->te_request.ar_hub, "radius"))
		fault = "the hub names no RADIUS server";
	else if (radius_test(auth_proc.ap_base, &te->te_request, on_tested,
		     te) == 0)
		return;
	else
		fault = "the RADIUS servers cannot be asked now";
	refuse(id, fault);
	test_free(te);
}
