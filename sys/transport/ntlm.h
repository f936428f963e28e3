/* SPDX-License-Identifier: ISC */
/*
 * ntlm: the messages of NTLMv2 (MS-NLMP): NEGOTIATE, the server's CHALLENGE,
 * AUTHENTICATE, as HTTP proxies want them (without signing, sealing and the
 * integrity check over all three).  Pure: time and nonce are arguments; the
 * challenge is hostile input.
 */
#ifndef TRANSPORT_NTLM_H
#define TRANSPORT_NTLM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	NTLM_KEY_LEN = 16,
	NTLM_NONCE_LEN = 8,
	NTLM_INFO_MAX = 1500, /* target information of a challenge */
	NTLM_NAME_MAX = 512, /* octets of a name in UTF-16 */
	NTLM_MESSAGE_MAX = 4096
};

struct ntlm_challenge {
	uint32_t nc_flags;
	uint8_t nc_nonce[NTLM_NONCE_LEN];
	uint8_t nc_info[NTLM_INFO_MAX]; /* AV pairs, the end included */
	size_t nc_ninfo;
	const uint8_t *nc_time; /* in nc_info, or NULL */
};

/* What makes one log-in differ from the next. */
struct ntlm_fresh {
	uint8_t nf_nonce[NTLM_NONCE_LEN];
	uint64_t nf_time; /* 100 ns since 1601 */
};

/* The first message; its length. */
size_t ntlm_negotiate(uint8_t *out, size_t size);
/* 0, or -1 when it is malformed or too old for NTLMv2. */
int ntlm_parse_challenge(const uint8_t *p, size_t len,
    struct ntlm_challenge *nc);
/*
 * The third message for a user in UTF-8, "DOMAIN\user", "user@domain" or
 * "user".  Its length, or -1 when it does not fit or is not UTF-8.
 */
ssize_t ntlm_authenticate(const struct ntlm_challenge *nc,
    const struct ntlm_fresh *nf, const char *user, const char *password,
    uint8_t *out, size_t size);

/*
 * The parts, for their vectors: the key of a user in a domain (NTOWFv2), and
 * the first 16 octets of the response (NTProofStr) over what follows them.
 * 0, or -1 when a name is not UTF-8 or too long.
 */
int ntlm_key(const char *user, const char *domain, const char *password,
    uint8_t key[NTLM_KEY_LEN]);
/* `size` octets of room; the length of the whole response, -1 if too small. */
ssize_t ntlm_response(const uint8_t key[NTLM_KEY_LEN],
    const struct ntlm_challenge *nc, const struct ntlm_fresh *nf, uint8_t *out,
    size_t size);

#endif
