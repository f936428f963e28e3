/* SPDX-License-Identifier: ISC */
/*
 * answer: the process that answers HTTP-01 (RFC 8555, 8.3): one path, one
 * text, for as long as the challenge runs; 404 for all else.
 */
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kern/clock.h"

#include "acmed.h"

enum {
	ASKERS = 16,		/* at a time; the oldest gives way */
	ASKER_MS = 10000,
	HEAD_MAX = 2048
};

struct asker {
	int as_fd;			/* -1: none */
	uint64_t as_since;
	size_t as_len;
	char as_head[HEAD_MAX + 1];
};

static struct asker askers[ASKERS];

static void
drop(struct asker *as)
{
	if (as->as_fd != -1)
		close(as->as_fd);
	as->as_fd = -1;
}

/* A short text, which fits into the socket's buffer. */
static void
say(struct asker *as, const char *status, const char *body)
{
	char text[ACME_KEYAUTH_MAX + 256];
	int n = snprintf(text, sizeof(text),
	    "HTTP/1.1 %s\r\nContent-Type: application/octet-stream\r\n"
	    "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
	    status, strlen(body), body);

	(void)send(as->as_fd, text, (size_t)n, MSG_NOSIGNAL);
	(void)shutdown(as->as_fd, SHUT_WR);
	drop(as);
}

/* The request line is the one that is meant. */
static bool
is_it(const struct asker *as, const struct msg_challenge *mc)
{
	char line[ACME_TOKEN_MAX + 64];
	int n = snprintf(line, sizeof(line),
	    "GET /.well-known/acme-challenge/%s HTTP/1.", mc->mc_token);

	return (strncmp(as->as_head, line, (size_t)n) == 0);
}

static void
on_bytes(struct asker *as, const struct msg_challenge *mc)
{
	ssize_t n = recv(as->as_fd, as->as_head + as->as_len,
	    HEAD_MAX - as->as_len, MSG_DONTWAIT);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		drop(as);
		return;
	}
	as->as_len += (size_t)n;
	as->as_head[as->as_len] = '\0';
	if (strstr(as->as_head, "\r\n\r\n") != NULL) {
		if (is_it(as, mc))
			say(as, "200 OK", mc->mc_keyauth);
		else
			say(as, "404 Not Found", "");
	} else if (as->as_len == HEAD_MAX)
		say(as, "431 Request Header Fields Too Large", "");
}

static void
on_accept(int lfd)
{
	struct asker *as = askers, *oldest = askers;
	int fd = accept4(lfd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd == -1)
		return;
	for (; as < askers + ASKERS && as->as_fd != -1; as++)
		if (as->as_since < oldest->as_since)
			oldest = as;
	if (as == askers + ASKERS)
		drop(as = oldest);
	as->as_fd = fd;
	as->as_since = clock_ms();
	as->as_len = 0;
}

void
answer_run(int lfd, int life, const struct msg_challenge *mc)
{
	struct pollfd pf[ASKERS + 2];
	uint64_t now;
	int i;

	for (i = 0; i < ASKERS; i++)
		askers[i].as_fd = -1;
	for (;;) {
		for (i = 0; i < ASKERS; i++)
			pf[i] = (struct pollfd){ askers[i].as_fd, POLLIN, 0 };
		pf[ASKERS] = (struct pollfd){ lfd, POLLIN, 0 };
		pf[ASKERS + 1] = (struct pollfd){ life, POLLIN, 0 };
		if (poll(pf, ASKERS + 2, 1000) == -1 && errno != EINTR)
			_exit(1);
		if (pf[ASKERS + 1].revents != 0)
			_exit(0);
		now = clock_ms();
		for (i = 0; i < ASKERS; i++)
			if (askers[i].as_fd != -1 && pf[i].revents != 0)
				on_bytes(&askers[i], mc);
			else if (now - askers[i].as_since > ASKER_MS)
				drop(&askers[i]);
		if (pf[ASKERS].revents != 0)
			on_accept(lfd);
	}
}
