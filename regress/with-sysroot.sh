#!/bin/sh
# SPDX-License-Identifier: ISC
# usage: with-sysroot.sh COMMAND...
# Runs COMMAND, a program built for the image, with the image's loader and
# libraries, as the same process: in a mount namespace of its own, whose
# /usr/lib (where /lib and /lib64 lead) is the sysroot's. Everything else is
# the host's. Needs root.
set -eu

sysroot=$(cd "$(dirname "$0")/../obj/sysroot/amd64" && pwd)
if [ ! -L /lib ] || [ ! -L /lib64 ]; then
	echo "with-sysroot.sh: /lib and /lib64 are not links into /usr" >&2
	exit 1
fi
# /usr/lib comes last: from then on only COMMAND's libraries are there.
exec unshare -m --propagation private sh -c '
	set -e
	sysroot=$1
	shift
	[ ! -d "$sysroot/usr/lib64" ] || mount --bind "$sysroot/usr/lib64" /usr/lib64
	mount --bind "$sysroot/usr/lib" /usr/lib
	exec "$@"' sh "$sysroot" "$@"
