/* SPDX-License-Identifier: ISC */
/*
 * What dropbear is built with, in place of its own defaults: a server whose
 * users have keys and get one program on a terminal.  No passwords, no
 * forwarding, no sftp, no options in key lines; of algorithms those that an
 * OpenSSH of the last ten years has, and no more.
 */
#define DROPBEAR_SVR_PASSWORD_AUTH 0
#define DROPBEAR_SVR_PUBKEY_OPTIONS 0
#define DROPBEAR_SVR_LOCALTCPFWD 0
#define DROPBEAR_SVR_REMOTETCPFWD 0
#define DROPBEAR_SVR_LOCALSTREAMFWD 0
#define DROPBEAR_SVR_AGENTFWD 0
#define DROPBEAR_CLI_LOCALTCPFWD 0
#define DROPBEAR_CLI_REMOTETCPFWD 0
#define DROPBEAR_X11FWD 0
#define DROPBEAR_SFTPSERVER 0
#define DROPBEAR_USER_ALGO_LIST 0
#define INETD_MODE 0
#define DO_MOTD 0

/* key exchange: curve25519, alone and with sntrup761 */
#define DROPBEAR_CURVE25519 1
#define DROPBEAR_SNTRUP761 1
#define DROPBEAR_MLKEM768 0	/* 12 KiB more, packed */
#define DROPBEAR_ECDH 0
#define DROPBEAR_DH_GROUP14_SHA256 0

/* ciphers: ChaCha20-Poly1305, and AES-CTR with HMAC-SHA-256 */
#define DROPBEAR_CHACHA20POLY1305 1
#define DROPBEAR_ENABLE_CTR_MODE 1
#define DROPBEAR_AES128 1
#define DROPBEAR_AES256 1
#define DROPBEAR_SHA2_256_HMAC 1

/* keys of users; the host's is of Ed25519 */
#define DROPBEAR_ED25519 1
#define DROPBEAR_ECDSA 1
#define DROPBEAR_RSA 1
#define DROPBEAR_SK_KEYS 1
#define DROPBEAR_DSS 0
#define MIN_RSA_KEYLEN 2048

/* who has not proved to have a key */
#define MAX_UNAUTH_PER_IP 3
#define MAX_UNAUTH_CLIENTS 10
#define MAX_AUTH_TRIES 6
#define AUTH_TIMEOUT 60		/* seconds */

#define DROPBEAR_PIDFILE "/run/ssh/pid"
#define DROPBEAR_CLEANUP 0
