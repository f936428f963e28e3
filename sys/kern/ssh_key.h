/* SPDX-License-Identifier: ISC */
/*
 * ssh_key: a user's public key for ssh, as a line of an authorized_keys file
 * has it: TYPE BASE64 COMMENT.  The key is that of RFC 4253, section 6.6, RFC
 * 5656, section 3.1, RFC 8709, section 4, or of OpenSSH's PROTOCOL.u2f.  Pure.
 */
#ifndef KERN_SSH_KEY_H
#define KERN_SSH_KEY_H

#include "kern/message.h"

enum {
	SSH_KEY_LINE_MAX = 1000,	/* bytes */
	SSH_KEY_RSA_MIN = 2048,		/* bits */
	SSH_KEY_RSA_MAX = 4096
};

/*
 * What is wrong with a line, or NULL when the box's ssh server takes it.  The
 * text says which line by its end, where the comment is, and lives until the
 * thread's next one.
 */
const struct message *ssh_key_fault(const char *line);

#endif
