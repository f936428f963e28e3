/* SPDX-License-Identifier: ISC */
/*
 * ctl: the control socket between a daemon and its *ctl(8) program.  A
 * client sends one line of words; the daemon answers with any number of JSON
 * objects, one a line, then "ok" or "error TEXT" on a line of its own, and
 * closes.  Objects are flat: strings, numbers and booleans.
 *
 * The parent binds the socket (mode 0600, root) and hands the listening
 * descriptor to the process that answers.  CTL_CLIENTS at a time; a request
 * line over CTL_LINE bytes or slower than 5 s is closed; what a reader does
 * not take is bounded by CTL_REPLY bytes.
 *
 * An answer may also be a stream: "ok" first, then bytes of any kind until
 * the daemon closes.  The client ends it by shutting down its side.
 */
#ifndef KERN_CTL_H
#define KERN_CTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;
struct ctl_server;
struct ctl_client;

enum {
	CTL_CLIENTS = 16,
	CTL_LINE = 10240,
	CTL_REPLY = 64 << 20,
	CTL_WORDS = 8
};

/* Bind path, mode 0600, replacing a dead socket.  The descriptor or -1. */
int ctl_listen(const char *path);

/*
 * A request of `argc` words.  The handler answers with ctl_object()... and
 * must end with ctl_ok() or ctl_error(), now or later; the client lives until
 * then, also if the other side has hung up.
 */
typedef void (*ctl_handler)(struct ctl_client *c, int argc, char **argv,
    void *arg);
/* Takes over the listening descriptor.  NULL without memory. */
struct ctl_server *ctl_server_new(struct event_base *base, int fd,
    ctl_handler handler, void *arg);
void ctl_server_free(struct ctl_server *s);

/* One object: ctl_object, then members, then ctl_object_end. */
void ctl_object(struct ctl_client *c);
void ctl_string(struct ctl_client *c, const char *key, const char *val);
void ctl_number(struct ctl_client *c, const char *key, uint64_t val);
void ctl_bool(struct ctl_client *c, const char *key, bool val);
void ctl_object_end(struct ctl_client *c);
/* End of the answer; c is gone afterwards. */
void ctl_ok(struct ctl_client *c);
void ctl_error(struct ctl_client *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Begin a stream.  room: the reader has taken so much that fewer than
 * CTL_STREAM bytes wait; over: it wants no more, or is gone.  After that, or
 * earlier by itself, the handler calls ctl_stream_end(), which sends what
 * waits; c is gone afterwards.  Neither is called from within these functions.
 */
enum { CTL_STREAM = 1 << 20 };
void ctl_stream(struct ctl_client *c, void (*room)(void *),
    void (*over)(void *), void *arg);
/* Whether fewer than CTL_STREAM bytes wait; only then is more to be added. */
bool ctl_stream_room(const struct ctl_client *c);
void ctl_stream_add(struct ctl_client *c, const void *data, size_t len);
void ctl_stream_end(struct ctl_client *c);

/*
 * The client side, for *ctl programs: connect to path, send the words, print
 * the answer to standard output as a table (a column a key, in the order of
 * the first object; numbers right-aligned) or as a JSON array.  Returns the
 * program's exit status: 0, or 1 after an error was printed to stderr.
 */
int ctl_request(const char *path, int argc, char **argv, bool json);
/*
 * The same for a stream: the descriptor from which it is read to its end, or
 * -1 after an error was printed.
 */
int ctl_open_stream(const char *path, int argc, char **argv);

#endif
