#!/bin/sh
# SPDX-License-Identifier: ISC
# usage: lw.sh PROGRAM ARGUMENT...
# Runs a program of the flavour under test (LW_FLAVOUR, LW_BIN), as the same
# process: release binaries with the libraries that ship, others as they are.
set -eu

prog=$LW_BIN/$1
case $1 in
/*) prog=$1 ;;
esac
shift
if [ "$LW_FLAVOUR" = amd64 ]; then
	exec sh "$(dirname "$0")/with-sysroot.sh" "$prog" "$@"
fi
exec "$prog" "$@"
