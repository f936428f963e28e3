/* SPDX-License-Identifier: ISC */
/*
 * challenge: the order's side of a challenge that runs: the process that
 * answers, the packet filter, hubd; and the hook, which knows of those.
 */
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "crypto/base64.h"
#include "kern/conf.h"
#include "kern/log.h"
#include "kern/proc.h"
#include "net/tcp_open.h"

#include "acmed.h"

enum { HOOK_SECONDS = 30, BACKLOG = 16 };

enum kind { NONE, HTTP_01, TLS_ALPN_01 };

static enum kind running;
static pid_t answerer;
static int life = -1;			/* the answerer's, while open */
static int channels[2] = { -1, -1 };	/* see challenge_init() */

void
challenge_init(int ch, int out)
{
	channels[0] = ch;
	channels[1] = out;
}

bool
hook_run(const struct place *pl, const char *verb, const char *a, const char *b)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		alarm(HOOK_SECONDS);
		execl(pl->pl_hook, pl->pl_hook, verb, a, b, (char *)NULL);
		_exit(127);
	}
	if (pid == -1)
		return (false);
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return (false);
	return (WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void __attribute__((noreturn)) answer_main(const struct place *pl,
    int fd, int end, const struct msg_challenge *mc)
{
	log_role("answer");
	close(channels[0]);
	close(channels[1]);
	proc_confine(pl->pl_user, pl->pl_chroot, PROC_IPC | PROC_NET);
	answer_run(fd, end, mc);
}

/* Listen before the packet filter lets anybody in. */
static int
begin_http(const struct place *pl, const struct msg_challenge *mc, char *err,
    size_t size)
{
	int fds[2], fd = tcp_listen(pl->pl_port, BACKLOG);

	if (fd == -1 || pipe2(fds, O_CLOEXEC) == -1) {
		snprintf(err, size, "port %u cannot be opened: %s", pl->pl_port,
		    strerror(errno));
		if (fd != -1)
			close(fd);
		return (-1);
	}
	if ((answerer = fork()) == 0) {
		close(fds[1]);
		answer_main(pl, fd, fds[0], mc);
	}
	close(fd);
	close(fds[0]);
	life = fds[1];
	running = HTTP_01;
	if (answerer != -1 && hook_run(pl, "open", NULL, NULL))
		return (0);
	snprintf(err, size, "the packet filter cannot be opened");
	return (-1);
}

/* RFC 8737, 3: hubd makes a certificate with this digest. */
static int
begin_alpn(const struct place *pl, const struct msg_challenge *mc, char *err,
    size_t size)
{
	uint8_t hash[CRYPTO_ACME_LEN];
	char digest[64];

	if (EVP_Digest(mc->mc_keyauth, strlen(mc->mc_keyauth), hash, NULL,
		EVP_sha256(), NULL) != 1 ||
	    base64_encode(BASE64_URL, hash, sizeof(hash), digest,
		sizeof(digest)) == -1) {
		snprintf(err, size, "no digest");
		return (-1);
	}
	running = TLS_ALPN_01;
	if (hook_run(pl, "challenge", mc->mc_name, digest))
		return (0);
	snprintf(err, size, "hubd does not take the challenge");
	return (-1);
}

int
challenge_begin(const struct place *pl, const struct conf *cf,
    const struct msg_challenge *mc, char *err, size_t size)
{
	challenge_end(pl);
	if (strcmp(conf_str(cf, "challenge"), "http-01") == 0)
		return (begin_http(pl, mc, err, size));
	return (begin_alpn(pl, mc, err, size));
}

void
challenge_end(const struct place *pl)
{
	enum kind was = running;

	running = NONE;
	if (was == TLS_ALPN_01)
		(void)hook_run(pl, "challenge", NULL, NULL);
	if (was != HTTP_01)
		return;
	if (!hook_run(pl, "close", NULL, NULL))
		log_warnx("the packet filter: the port of HTTP-01 closes when "
			  "its time is over");
	close(life);
	life = -1;
	while (answerer != -1 && waitpid(answerer, NULL, 0) == -1 &&
	    errno == EINTR)
		;
}
