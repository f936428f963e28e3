/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <errno.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "crypto/ktls.h"
#include "kern/bytes.h"

/* Not in every libc's headers. */
enum { KTLS_ULP = 31, KTLS_LEVEL = 282, KTLS_NO_PAD = 4 };

union ktls_info {
	struct tls_crypto_info ki_info;
	struct tls12_crypto_info_aes_gcm_128 ki_aes128;
	struct tls12_crypto_info_aes_gcm_256 ki_aes256;
	struct tls12_crypto_info_chacha20_poly1305 ki_chacha;
};

/* A record's type, as the kernel takes and gives it. */
union ktls_control {
	struct cmsghdr kc_header;
	uint8_t kc_bytes[CMSG_SPACE(sizeof(uint8_t))];
};

int
ktls_attach(int fd)
{
	return (setsockopt(fd, IPPROTO_TCP, KTLS_ULP, "tls", sizeof("tls")));
}

/* The kernel looks for its module before it looks at the socket. */
int
ktls_probe(void)
{
	int fd, r, error;

	if ((fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return (-1);
	r = ktls_attach(fd);
	error = errno;
	close(fd);
	errno = error;
	return (r == 0 || error == ENOTCONN ? 0 : -1);
}

/* GCM's nonce comes in two parts, the "salt" first.  Bytes of ki, or 0. */
static socklen_t
ktls_fill(union ktls_info *ki, const struct record *rc, const uint8_t *key,
    const uint8_t *seq)
{
	ki->ki_info.version = TLS_1_3_VERSION;
	switch (rc->rc_suite) {
	case 0x1301:
		ki->ki_info.cipher_type = TLS_CIPHER_AES_GCM_128;
		memcpy(ki->ki_aes128.salt, rc->rc_iv, 4);
		memcpy(ki->ki_aes128.iv, rc->rc_iv + 4, 8);
		memcpy(ki->ki_aes128.key, key, 16);
		memcpy(ki->ki_aes128.rec_seq, seq, 8);
		return (sizeof(ki->ki_aes128));
	case 0x1302:
		ki->ki_info.cipher_type = TLS_CIPHER_AES_GCM_256;
		memcpy(ki->ki_aes256.salt, rc->rc_iv, 4);
		memcpy(ki->ki_aes256.iv, rc->rc_iv + 4, 8);
		memcpy(ki->ki_aes256.key, key, 32);
		memcpy(ki->ki_aes256.rec_seq, seq, 8);
		return (sizeof(ki->ki_aes256));
	case 0x1303:
		ki->ki_info.cipher_type = TLS_CIPHER_CHACHA20_POLY1305;
		memcpy(ki->ki_chacha.iv, rc->rc_iv, 12);
		memcpy(ki->ki_chacha.key, key, 32);
		memcpy(ki->ki_chacha.rec_seq, seq, 8);
		return (sizeof(ki->ki_chacha));
	}
	return (0);
}

int
ktls_key(int fd, bool send, const struct record *rc)
{
	const int on = 1;
	uint8_t key[RECORD_KEY_MAX], seq[8];
	union ktls_info ki = { .ki_info = { .version = 0 } };
	socklen_t len;
	int r = -1;

	put64(seq, rc->rc_seq);
	errno = EINVAL;
	if (record_key(rc, key) == 0 &&
	    (len = ktls_fill(&ki, rc, key, seq)) > 0)
		r = setsockopt(fd, KTLS_LEVEL, send ? TLS_TX : TLS_RX, &ki,
		    len);
	explicit_bzero(key, sizeof(key));
	explicit_bzero(&ki, sizeof(ki));
	/* We pad nothing, so it may decrypt to where the bytes are wanted. */
	if (r == 0 && !send)
		(void)setsockopt(fd, KTLS_LEVEL, KTLS_NO_PAD, &on, sizeof(on));
	return (r);
}

int
ktls_send(int fd, enum record_type type, const void *p, size_t len)
{
	struct iovec iov = { .iov_base = (void *)(uintptr_t)p, .iov_len = len };
	union ktls_control kc = { .kc_header = { .cmsg_len =
						     CMSG_LEN(sizeof(uint8_t)),
				      .cmsg_level = KTLS_LEVEL,
				      .cmsg_type = TLS_SET_RECORD_TYPE } };
	const struct msghdr mh = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &kc,
		.msg_controllen = sizeof(kc.kc_bytes) };

	*CMSG_DATA(&kc.kc_header) = (uint8_t)type;
	return (sendmsg(fd, &mh, MSG_NOSIGNAL) == (ssize_t)len ? 0 : -1);
}

ssize_t
ktls_receive(int fd, void *buf, size_t size, uint8_t *type)
{
	struct iovec iov = { .iov_base = buf, .iov_len = size };
	union ktls_control kc;
	struct msghdr mh = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &kc,
		.msg_controllen = sizeof(kc.kc_bytes) };
	const struct cmsghdr *cm;
	ssize_t n = recvmsg(fd, &mh, 0);

	*type = RECORD_DATA;
	if (n >= 0 && (cm = CMSG_FIRSTHDR(&mh)) != NULL &&
	    cm->cmsg_level == KTLS_LEVEL &&
	    cm->cmsg_type == TLS_GET_RECORD_TYPE)
		*type = *CMSG_DATA(cm);
	return (n);
}
