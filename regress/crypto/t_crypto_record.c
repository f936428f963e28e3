/* SPDX-License-Identifier: ISC */
/* The tests of t_crypto.c with the record layer of our own. */
#define UNDER_TEST crypto_record
#include "t_crypto.c"
