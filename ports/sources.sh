#!/bin/sh
# SPDX-License-Identifier: ISC
#
# usage: sources.sh ARCH
#
# Prints apt's sources (deb822) of the release that parts come from, see lib.sh.
set -eu

[ $# -eq 1 ] || { echo "usage: $0 ARCH" >&2; exit 2; }
# shellcheck disable=SC2034
PORTS_ARCH=$1
# shellcheck source=ports/lib.sh
. "$(dirname "$0")/lib.sh"
ports_setup
cat "$PORTS_STATE/debian.sources"
