/* SPDX-License-Identifier: ISC */
/* Lines of the security log, and a child's lines by way of its parent. */
#include <sys/socket.h>

#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include <atf-c.h>

#include "kern/ipc.h"
#include "kern/log.h"
#include "kern/security.h"

static int channel[2];

/* A record of the channel as text behind its priority. */
static int
line(char *out, size_t size)
{
	ssize_t n = recv(channel[0], out, size - 1, MSG_DONTWAIT);
	int priority;

	ATF_REQUIRE(n > 1);
	out[n] = '\0';
	priority = (unsigned char)out[0];
	memmove(out, out + 1, (size_t)n);
	return (priority);
}

static void
open_channel(void)
{
	ATF_REQUIRE(ipc_pair(channel) == 0);
	log_init("t_security", false);
	log_channel(channel[1]);
}

ATF_TC_WITHOUT_HEAD(form);
ATF_TC_BODY(form, tc)
{
	char text[LOG_RECORD_MAX + 1];
	struct security sy;

	open_channel();
	security_begin(&sy, "login");
	security_add(&sy, "hub", "default");
	security_add(&sy, "nothing", NULL);
	security_add(&sy, "empty", "");
	security_add_number(&sy, "session", 18446744073709551615U);
	security_log(&sy, LOG_INFO, "user %s", "a");
	ATF_CHECK_EQ(line(text, sizeof(text)), LOG_AUTHPRIV | LOG_INFO);
	ATF_CHECK_STREQ(text,
	    "security: login [security@32473 hub=\"default\" "
	    "session=\"18446744073709551615\"] user a");
}

ATF_TC_WITHOUT_HEAD(hostile);
ATF_TC_BODY(hostile, tc)
{
	char text[LOG_RECORD_MAX + 1], longest[2 * SECURITY_DATA_MAX];
	struct security sy;
	size_t n;

	open_channel();
	security_begin(&sy, "login");
	security_add(&sy, "user", "a\"] forged=\"\\\n\x7f\xff");
	security_log(&sy, LOG_INFO, "%s", "two\nlines");
	(void)line(text, sizeof(text));
	ATF_CHECK_STREQ(text,
	    "security: login [security@32473 "
	    "user=\"a\\\"\\] forged=\\\"\\\\???\"] two?lines");
	/* every length: what does not fit is left out whole */
	for (n = 1; n < sizeof(longest); n++) {
		memset(longest, '"', n);
		longest[n] = '\0';
		security_begin(&sy, "e");
		security_add(&sy, "long", longest);
		ATF_CHECK(sy.sy_len < sizeof(sy.sy_data));
		ATF_CHECK_EQ(strlen(sy.sy_data), sy.sy_len);
		ATF_CHECK(sy.sy_len == 0 || sy.sy_len == 2 * n + 8);
		security_add(&sy, "k", "v");
		ATF_CHECK_EQ(strlen(sy.sy_data), sy.sy_len);
		security_log(&sy, LOG_INFO, "%s", longest);
		(void)line(text, sizeof(text));
		ATF_CHECK(strlen(text) < LOG_RECORD_MAX);
	}
}

ATF_TC_WITHOUT_HEAD(lost);
ATF_TC_BODY(lost, tc)
{
	char text[LOG_RECORD_MAX + 1];
	unsigned int n, said = 0, lost = 0;

	open_channel();
	for (n = 0; n < 20000; n++)
		log_info("line %u", n);
	while (recv(channel[0], text, sizeof(text), MSG_DONTWAIT) > 0)
		said++;
	ATF_CHECK(said > 10);
	ATF_CHECK(said < n);
	log_info("after");
	ATF_CHECK_EQ(line(text, sizeof(text)), LOG_DAEMON | LOG_WARNING);
	ATF_CHECK_EQ(sscanf(text, "%u log lines were lost", &lost), 1);
	ATF_CHECK_EQ(said + lost, n);
	(void)line(text, sizeof(text));
	ATF_CHECK_STREQ(text, "after");
}

/* What a child that was taken over may send. */
ATF_TC_WITHOUT_HEAD(relay);
ATF_TC_BODY(relay, tc)
{
	char record[LOG_RECORD_MAX + 2];

	log_init("t_security", false);
	memset(record, '\xff', sizeof(record));
	log_relay("data", record, 0);
	log_relay("data", record, 1);
	log_relay("data", record, 2);
	log_relay("data", record, LOG_RECORD_MAX);
	log_relay("data", record, sizeof(record));
	memset(record, '%', sizeof(record));
	log_relay("data", record, LOG_RECORD_MAX);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, form);
	ATF_TP_ADD_TC(tp, hostile);
	ATF_TP_ADD_TC(tp, lost);
	ATF_TP_ADD_TC(tp, relay);
	return (atf_no_error());
}
