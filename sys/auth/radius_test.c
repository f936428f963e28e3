/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "auth/auth.h"
#include "auth/radius_login.h"
#include "auth/radius_test.h"
#include "kern/clock.h"

struct test {
	struct radius_login te_login;
	uint64_t te_began;	/* ms, with the server asked last */
	unsigned int te_n;
	struct radius_verdict te_verdict[RADIUS_SERVERS];
	radius_test_done te_done;
	void *te_arg;
};

const char *
radius_outcome_name(unsigned int outcome)
{
	static const char *const names[RADIUS_TEST_OUTCOMES] = { "accepted",
		"refused", "challenged", "unusable", "silent", "unreachable",
		"bad-reply" };

	return (outcome < RADIUS_TEST_OUTCOMES ? names[outcome] : "unknown");
}

static int
build(struct radius_packet *rp, const struct radius_server *rs, uint8_t id,
    void *arg)
{
	struct test *te = arg;

	te->te_began = clock_ms();
	return (radius_login_build(rp, rs, id, &te->te_login));
}

/* That of the server, which may have been in trouble before. */
static struct radius_verdict *
verdict(struct test *te, const struct radius_server *rs)
{
	struct radius_verdict *rv = te->te_verdict;

	for (; rv < te->te_verdict + te->te_n; rv++)
		if (strcmp(rv->rv_server, rs->rs_name) == 0)
			break;
	if (rv == te->te_verdict + te->te_n) {
		te->te_n++;
		strlcpy(rv->rv_server, rs->rs_name, sizeof(rv->rv_server));
	}
	rv->rv_ms = (uint32_t)(clock_ms() - te->te_began);
	return (rv);
}

/* That its replies were bad says more than that no good one came. */
static void
trouble(const struct radius_server *rs, enum radius_trouble what,
    const char *why, void *arg)
{
	static const uint8_t outcome[] = {
		[RADIUS_SILENT] = RADIUS_TEST_SILENT,
		[RADIUS_UNREACHABLE] = RADIUS_TEST_UNREACHABLE,
		[RADIUS_BAD_REPLY] = RADIUS_TEST_BAD_REPLY,
	};
	struct test *te = arg;
	struct radius_verdict *rv = verdict(te, rs);

	if (what != RADIUS_BAD_REPLY)
		te->te_began = clock_ms();
	if (rv->rv_outcome == RADIUS_TEST_BAD_REPLY && what == RADIUS_SILENT)
		return;
	rv->rv_outcome = outcome[what];
	strlcpy(rv->rv_text, why, sizeof(rv->rv_text));
}

static void
answered(struct test *te, const struct radius_reply *rr)
{
	static const uint8_t outcome[] = {
		[RADIUS_ACCEPTED] = RADIUS_TEST_ACCEPTED,
		[RADIUS_REFUSED] = RADIUS_TEST_REFUSED,
		[RADIUS_CHALLENGED] = RADIUS_TEST_CHALLENGED,
		[RADIUS_UNUSABLE] = RADIUS_TEST_UNUSABLE,
	};
	struct radius_verdict *rv = verdict(te, rr->rr_server);

	rv->rv_outcome = outcome[radius_login_answer(&te->te_login, rr,
	    &rv->rv_grant, rv->rv_text, sizeof(rv->rv_text))];
}

static void
done(const struct radius_reply *rr, void *arg)
{
	struct test *te = arg;

	if (rr != NULL)
		answered(te, rr);
	te->te_done(te->te_verdict, te->te_n, te->te_arg);
	freezero(te, sizeof(*te));
}

/* Who asks waits for it. */
static void
hurry(struct radius_server *rs, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (rs[i].rs_timeout > RADIUS_TEST_TIME / n)
			rs[i].rs_timeout = RADIUS_TEST_TIME / n;
		/* each is given its time: none is passed over as silent */
		rs[i].rs_failover = rs[i].rs_timeout;
	}
}

int
radius_test(struct event_base *base, const struct auth_request *ar,
    radius_test_done tell, void *arg)
{
	struct radius_server rs[RADIUS_SERVERS];
	struct radius_query rq = { .rq_kind = RADIUS_LOGIN,
		.rq_build = build,
		.rq_done = done,
		.rq_trouble = trouble };
	struct test *te = calloc(1, sizeof(*te));
	unsigned int n = radius_servers(ar->ar_conf, ar->ar_hub, rs);
	int asked = -1;

	if (te != NULL && n > 0) {
		te->te_login.rl_request = ar;
		te->te_began = clock_ms();
		te->te_done = tell;
		te->te_arg = arg;
		rq.rq_arg = te;
		hurry(rs, n);
		asked = radius_ask(base, rs, n, &rq);
	}
	explicit_bzero(rs, sizeof(rs));
	if (asked == -1)
		free(te);
	return (asked);
}
