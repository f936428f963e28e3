/* SPDX-License-Identifier: ISC */
/*
 * The tests of t_crypto.c as "tls kernel" has it.  Their sockets are not
 * TCP's, so this is what is done where the kernel cannot; h_ktls.c is about
 * one that can.
 */
#define UNDER_TEST crypto_kernel
#include "t_crypto.c"
