/* SPDX-License-Identifier: ISC */
/*
 * web: whether an HTTPS server answers.
 */
#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "probe.h"

enum { SECONDS = 20 };

static const char request[] = "GET / HTTP/1.1\r\nHost: localhost\r\n"
			      "Connection: close\r\n\r\n";

/* Blocks; the alarm ends it. */
static int
ask(BIO *bio, char *answer, int size)
{
	int got = 0, n;

	if (BIO_do_connect(bio) <= 0 ||
	    BIO_write(bio, request, sizeof(request) - 1) <= 0)
		return (-1);
	while (got < size) {
		if ((n = BIO_read(bio, answer + got, size - got)) <= 0)
			return (-1);
		got += n;
	}
	return (0);
}

int
probe_web(const char *hostport, char *err, size_t size)
{
	static const char right[] = "HTTP/1.1 ";
	char answer[sizeof(right) - 1];
	SSL_CTX *ctx;
	BIO *bio = NULL;
	int rv = -1;

	signal(SIGPIPE, SIG_IGN);
	alarm(SECONDS);
	if ((ctx = SSL_CTX_new(TLS_client_method())) != NULL &&
	    (bio = BIO_new_ssl_connect(ctx)) != NULL &&
	    BIO_set_conn_hostname(bio, hostport) == 1 &&
	    ask(bio, answer, sizeof(answer)) == 0 &&
	    memcmp(answer, right, sizeof(answer)) == 0)
		rv = 0;
	else
		snprintf(err, size, "%s does not answer", hostport);
	alarm(0);
	BIO_free_all(bio);
	SSL_CTX_free(ctx);
	return (rv);
}
