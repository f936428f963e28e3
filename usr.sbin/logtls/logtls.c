/* SPDX-License-Identifier: ISC */
/*
 * logtls: options, and the process that finds the server; each connection has
 * a confined process of its own.
 */
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "crypto/keystore.h"
#include "kern/clock.h"
#include "kern/log.h"
#include "kern/proc.h"
#include "kern/schema.h"
#include "net/tcp.h"
#include "net/tcp_open.h"

#include "logtls.h"

#define CA_FILE "/etc/ssl/certs/ca-certificates.crt"

enum {
	CA_MAX = 4 << 20,	/* octets of CAs */
	CONNECT = 10000,	/* ms for each address */
	SAME = 20		/* one of so many equal failures is logged */
};

struct server {
	char sv_host[256];
	char sv_port[8];
};

static void
usage(void)
{
	fprintf(stderr,
	    "usage: logtls [-dv] [-c file] [-n name] [-p pin] [-u user] port "
	    "server[:port]\n");
	exit(1);
}

/* All of a file of CAs; NULL when it cannot be read. */
static char *
read_cas(const char *path)
{
	char *text = calloc(1, CA_MAX + 1);
	ssize_t n;

	if (text == NULL)
		err(1, "calloc");
	n = keystore_read(path, text, CA_MAX + 1);
	if (n > 0 && n <= CA_MAX)
		return (text);
	free(text);
	return (NULL);
}

static void
take_pin(const char *text, uint8_t (*pins)[CRYPTO_PIN_LEN], unsigned int *n)
{
	if (*n == CRYPTO_PINS)
		errx(1, "at most %d pins", CRYPTO_PINS);
	if (crypto_pin_parse(text, pins[(*n)++]) == -1)
		errx(1, "%s: no pin, which is sha256/ and base64", text);
}

/* The same failure again and again is logged now and then only. */
static bool
is_news(const void *what, size_t len)
{
	static char last[LOG_RECORD_MAX];
	static size_t lastlen;
	static unsigned int times;

	if (len == lastlen && memcmp(last, what, len) == 0)
		return (++times % SAME == 0);
	lastlen = len < sizeof(last) ? len : sizeof(last);
	memcpy(last, what, lastlen);
	times = 0;
	return (true);
}

static void
complain(const char *what)
{
	if (is_news(what, strlen(what)))
		log_warnx("%s", what);
}

static int
find_server(const struct server *sv)
{
	char text[512];
	int fd =
	    tcp_connect(sv->sv_host, sv->sv_port, CONNECT, text, sizeof(text));

	if (fd == -1)
		complain(text);
	return (fd);
}

/* The process that reads what comes from outside. */
static void __attribute__((noreturn))
child(const struct relay *rl, int fd, int log)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	log_role("tls");
	log_channel(log);
	tcp_options(fd);
	proc_confine(NULL, NULL, PROC_IPC | PROC_NET);
	_exit(relay_run(rl, fd));
}

/* Run a connection to its end, and log what it says. */
static void
serve(const struct relay *rl, int fd)
{
	char record[LOG_RECORD_MAX];
	int log[2];
	ssize_t n;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, log) == -1 ||
	    (pid = fork()) == -1)
		fatal("cannot start a process");
	if (pid == 0)
		child(rl, fd, log[1]);
	close(fd);
	close(log[1]);
	while ((n = recv(log[0], record, sizeof(record), 0)) > 0)
		if (is_news(record, (size_t)n))
			log_relay("tls", record, (size_t)n);
	close(log[0]);
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		;
}

static void __attribute__((noreturn))
serve_for_ever(const struct relay *rl, const struct server *sv)
{
	struct proc_backoff pb = { 0 };
	int fd;

	for (;;) {
		sleep(proc_backoff_next(&pb, clock_ms()));
		if ((fd = find_server(sv)) != -1)
			serve(rl, fd);
	}
}

static void
parse_server(const char *text, struct server *sv)
{
	if (schema_hostport(text, sv->sv_host, sizeof(sv->sv_host), sv->sv_port,
		sizeof(sv->sv_port)) == -1)
		errx(1, "%s: not a host and port", text);
	if (*sv->sv_port == '\0')
		strlcpy(sv->sv_port, "6514", sizeof(sv->sv_port));
}

int
main(int argc, char **argv)
{
	struct relay rl = { .rl_tls = &crypto_openssl };
	uint8_t pins[CRYPTO_PINS][CRYPTO_PIN_LEN];
	const char *ca = CA_FILE, *name = NULL, *user = NULL, *why;
	bool foreground = false, verbose = false;
	unsigned int npins = 0;
	struct server sv;
	char text[512];
	int ch;

	while ((ch = getopt(argc, argv, "c:dn:p:u:v")) != -1)
		switch (ch) {
		case 'c':
			ca = optarg;
			break;
		case 'd':
			foreground = true;
			break;
		case 'n':
			name = optarg;
			break;
		case 'p':
			take_pin(optarg, pins, &npins);
			break;
		case 'u':
			user = optarg;
			break;
		case 'v':
			verbose = true;
			break;
		default:
			usage();
		}
	if (argc - optind != 2)
		usage();
	rl.rl_port = (uint16_t)strtonum(argv[optind], 1, 65535, &why);
	if (why != NULL)
		errx(1, "%s: the port is %s", argv[optind], why);
	parse_server(argv[optind + 1], &sv);
	if (name == NULL)
		name = sv.sv_host;
	rl.rl_ctx = rl.rl_tls->co_client_ctx(pins, npins,
	    npins > 0 ? NULL : read_cas(ca), name, text, sizeof(text));
	if (rl.rl_ctx == NULL)
		errx(1, "%s: %s", ca, text);
	crypto_ctx_other(rl.rl_ctx);
	rl.rl_sni = name;
	log_init("logtls", foreground);
	log_verbose(verbose);
	signal(SIGPIPE, SIG_IGN);
	if (user != NULL)
		proc_become(user, NULL);
	serve_for_ever(&rl, &sv);
}
