/* SPDX-License-Identifier: ISC */
/*
 * site_metrics: counters in the text format that Prometheus reads: lines
 * "NAME{LABEL="VALUE"} NUMBER", all of a name together.  The number of series
 * has bounds, whatever the daemons say.
 */
#include <event2/buffer.h>
#include <inttypes.h>
#include <string.h>

#include "figure.h"
#include "http.h"

enum { SESSIONS_MAX = 200, VNICS_MAX = 64, COUNTERS_MAX = 150 };

void
metrics_ask(struct client *cl)
{
	struct pairs *pr = site_question(cl, "metrics");

	(void)pairs_add(pr, "bearer", cl->cl_rq.rq_bearer);
	http_ask(cl, pr);
	pairs_clear(pr);
}

static void
head(struct client *cl, const char *name, const char *type, const char *help)
{
	evbuffer_add_printf(cl->cl_page,
	    "# HELP longwire_%s %s\n"
	    "# TYPE longwire_%s %s\n",
	    name, help, name, type);
}

/* A value of a label: only three characters mean something there. */
static void
label(struct client *cl, const char *before, const char *value)
{
	html(cl, before);
	html(cl, "=\"");
	for (; *value != '\0'; value++)
		if (*value == '\n')
			html(cl, "\\n");
		else if (*value == '"' || *value == '\\')
			evbuffer_add_printf(cl->cl_page, "\\%c", *value);
		else
			evbuffer_add(cl->cl_page, value, 1);
	html(cl, "\"");
}

static void
up(struct client *cl, const char *daemon, const char *source)
{
	json_t *rows;

	if (pairs_get(cl->cl_answer, daemon) == NULL)
		return;
	rows = source_rows(cl, source);
	evbuffer_add_printf(cl->cl_page, "longwire_up{daemon=\"%s\"} %d\n",
	    daemon, rows != NULL);
	json_decref(rows);
}

/* What of a row is shown under which name. */
struct metric {
	const char *mt_key;
	const char *mt_name;
	const char *mt_type;
	const char *mt_help;
	bool mt_micro;			/* microseconds: as seconds */
};

static const struct metric session_metrics[] = {
	{ "in-bytes", "session_received_bytes_total", "counter",
	    "Bytes of frames that a session has sent to the hub.", false },
	{ "out-bytes", "session_sent_bytes_total", "counter",
	    "Bytes of frames that the hub has sent to a session.", false },
	{ "in-dropped", "session_received_dropped_total", "counter",
	    "Frames of a session that the hub has dropped.", false },
	{ "out-dropped", "session_sent_dropped_total", "counter",
	    "Frames for a session that were dropped.", false },
	{ "retransmits", "session_retransmits_total", "counter",
	    "TCP segments sent again by its latest connection.", false },
	{ "rtt-us", "session_rtt_seconds", "gauge",
	    "Round trip through the tunnel.", true },
	{ "queue-bytes", "session_queue_bytes", "gauge",
	    "Bytes that wait for a session.", false },
	{ NULL, NULL, NULL, NULL, false },
};

static const struct metric vnic_metrics[] = {
	{ "rx-bytes", "vnic_received_bytes_total", "counter",
	    "Bytes of frames that a virtual NIC has got.", false },
	{ "tx-bytes", "vnic_sent_bytes_total", "counter",
	    "Bytes of frames that a virtual NIC has sent.", false },
	{ "attempts", "vnic_attempts_total", "counter",
	    "Attempts to connect to the hub.", false },
	{ "retransmits", "vnic_retransmits_total", "counter",
	    "TCP segments sent again by its connection.", false },
	{ "rtt-us", "vnic_rtt_seconds", "gauge",
	    "Round trip through the tunnel.", true },
	{ "queue-bytes", "vnic_queue_bytes", "gauge",
	    "Bytes that wait for the line.", false },
	{ NULL, NULL, NULL, NULL, false },
};

static void
labels(struct client *cl, const json_t *row, bool session)
{
	if (!session) {
		label(cl, "{vnic", row_text(row, "name"));
		html(cl, "} ");
		return;
	}
	label(cl, "{hub", row_text(row, "hub"));
	label(cl, ",user", row_text(row, "user"));
	evbuffer_add_printf(cl->cl_page, ",session=\"%" PRIu64 "\"} ",
	    row_number(row, "session"));
}

static void
table(struct client *cl, const json_t *rows, const struct metric *mt,
    bool session)
{
	size_t i, max = session ? SESSIONS_MAX : VNICS_MAX;
	json_t *row;

	for (; mt->mt_key != NULL; mt++) {
		head(cl, mt->mt_name, mt->mt_type, mt->mt_help);
		json_array_foreach(rows, i, row)
		{
			if (i >= max)
				break;
			html(cl, "longwire_");
			html(cl, mt->mt_name);
			labels(cl, row, session);
			if (mt->mt_micro)
				evbuffer_add_printf(cl->cl_page, "%.6f\n",
				    (double)row_number(row, mt->mt_key) / 1e6);
			else
				evbuffer_add_printf(cl->cl_page,
				    "%" PRIu64 "\n",
				    row_number(row, mt->mt_key));
		}
	}
}

static void
sessions(struct client *cl)
{
	json_t *rows = source_rows(cl, "sessions");
	size_t n = json_array_size(rows);

	if (rows == NULL)
		return;
	head(cl, "sessions", "gauge", "Sessions and local ports of all hubs.");
	evbuffer_add_printf(cl->cl_page, "longwire_sessions %zu\n", n);
	head(cl, "sessions_left_out", "gauge",
	    "Sessions that found no room among the series.");
	evbuffer_add_printf(cl->cl_page, "longwire_sessions_left_out %zu\n",
	    n > SESSIONS_MAX ? n - SESSIONS_MAX : 0);
	table(cl, rows, session_metrics, true);
	json_decref(rows);
}

static void
vnics(struct client *cl)
{
	json_t *rows = source_rows(cl, "vnics"), *row;
	size_t i;

	if (rows == NULL)
		return;
	head(cl, "vnic_open", "gauge", "Whether a virtual NIC is connected.");
	json_array_foreach(rows, i, row)
	{
		if (i >= VNICS_MAX)
			break;
		html(cl, "longwire_vnic_open");
		labels(cl, row, false);
		html(cl,
		    strcmp(row_text(row, "state"), "open") == 0 ? "1\n" :
								  "0\n");
	}
	table(cl, rows, vnic_metrics, false);
	json_decref(rows);
}

/* Only what can stand in a series is a name. */
static bool
name_ok(const char *name)
{
	size_t len = strlen(name);

	return (len > 0 && len < 64 &&
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len);
}

static bool
is_gauge(const char *name)
{
	return (strcmp(name, "seconds") == 0 || strcmp(name, "threads") == 0 ||
	    strcmp(name, "connections") == 0 ||
	    strcmp(name, "frame-memory") == 0);
}

/* hubd's sums, by one name with the counter's as a label. */
static void
stats(struct client *cl)
{
	json_t *rows = source_rows(cl, "stats"), *row;
	const char *name;
	int gauge;
	size_t i;

	for (gauge = 0; rows != NULL && gauge < 2; gauge++) {
		head(cl, gauge ? "hubd" : "hubd_total",
		    gauge ? "gauge" : "counter",
		    "As hubctl show stats has it.");
		json_array_foreach(rows, i, row)
		{
			name = row_text(row, "counter");
			if (i >= COUNTERS_MAX || !name_ok(name) ||
			    is_gauge(name) != (gauge == 1))
				continue;
			html(cl,
			    gauge ? "longwire_hubd" : "longwire_hubd_total");
			label(cl, "{counter", name);
			evbuffer_add_printf(cl->cl_page, "} %" PRIu64 "\n",
			    row_number(row, "value"));
		}
	}
	json_decref(rows);
}

void
metrics_answer(struct client *cl)
{
	if (site_result_is(cl, "missing")) {
		client_refuse(cl, 404);
		return;
	}
	if (!site_result_is(cl, "ok")) {
		cl->cl_header = "WWW-Authenticate: Bearer\r\n";
		client_refuse(cl, 401);
		return;
	}
	head(cl, "up", "gauge", "Whether a daemon answers.");
	up(cl, "hubd", "stats");
	up(cl, "vnicd", "vnics");
	stats(cl);
	sessions(cl);
	vnics(cl);
	client_respond(cl, 200, "text/plain; version=0.0.4", "", NULL);
}
