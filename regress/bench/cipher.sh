#!/bin/sh
# SPDX-License-Identifier: ISC
# usage: cipher.sh
#
# Instructions that an arm64 processor takes for each byte that the record
# layer seals, as lines "SUITE CAPABILITIES INSTRUCTIONS": counted by QEMU, one
# at a time, in what "make FLAVOUR=arm64" has built. Takes minutes. With Debian
# 13's OpenSSL, and what the processor has (its armcap: NEON 1, AES 4, SHA 24,
# PMULL 32; small boards without the cryptographic extension have 1):
#
#			AES, PMULL	NEON alone	nothing
#	AES-128-GCM	2.9		42.9		67.9
#	AES-256-GCM	3.4		49.1		81.9
#	ChaCha20	10.6		10.6		18.5
#
# So a site without the instructions asks for ChaCha20 first, and the hub gives
# it that (sys/crypto/tls_ctx.c): a quarter of the work.
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
root=$top/obj/sysroot/arm64
helper=$top/obj/arm64/regress/bench/h_cipher
[ -e "$helper" ] || {
	echo "cipher.sh: make FLAVOUR=arm64 $helper first" >&2
	exit 1
}

# count SUITE CAPABILITIES RECORDS: instructions of the whole run
count()
{
	qemu-aarch64 -L "$root" -E OPENSSL_armcap="$2" -singlestep \
	    -d exec,nochain -D /dev/stdout "$helper" "$1" "$3" |
	    grep -c '^Trace'
}

for suite in 0x1301 0x1302 0x1303; do
	for capabilities in 61 1 0; do
		one=$(count $suite $capabilities 1)
		three=$(count $suite $capabilities 3)
		awk -v s=$suite -v c=$capabilities -v n=$((three - one)) \
		    'BEGIN { printf "%s %d %.1f\n", s, c, n / 2 / 16384 }'
	done
done
