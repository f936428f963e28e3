#!/bin/sh
# SPDX-License-Identifier: ISC
#
# usage: manifest.sh ARCH LIST
#
# Prints the manifest, in JSON, of the packages in LIST: lines of a package
# tree's .list file.
set -eu

[ $# -eq 2 ] || { echo "usage: $0 ARCH LIST" >&2; exit 2; }
# shellcheck disable=SC2034
PORTS_ARCH=$1
# shellcheck source=ports/lib.sh
. "$(dirname "$0")/lib.sh"
ports_manifest "$2"
