/* SPDX-License-Identifier: ISC */
/*
 * logtls: a stretch of TLS for what sends the log by TCP on this machine.
 *
 *	rsyslogd --- 127.0.0.1, TCP --- logtls --- TLS --- log server
 *
 * It listens only while a server is connected that has proved to be the right
 * one, and takes one connection: what is sent to it can go nowhere else, and
 * waits in the sender's queue at any other time.
 */
#ifndef LOGTLS_H
#define LOGTLS_H

#include <stdint.h>

struct crypto_ctx;
struct crypto_ops;

struct relay {
	const struct crypto_ops *rl_tls;
	struct crypto_ctx *rl_ctx;	/* says who the server must be */
	const char *rl_sni;		/* or NULL */
	uint16_t rl_port;		/* of 127.0.0.1 */
};

/*
 * relay.c: TLS over fd, a connected non-blocking socket, then one connection
 * on this side of it, until either is over.  In a confined process.  The
 * process's exit status: 0 when it was the one on this side.
 */
int relay_run(const struct relay *rl, int fd);

#endif
