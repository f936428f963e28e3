#!/bin/sh
# SPDX-License-Identifier: ISC
#
# usage: manifest.sh ARCH LIST [NAME VERSION TIME]
#
# Prints the bill of materials (SBOM), CycloneDX in JSON, of the packages in
# LIST: lines of a package tree's .list file. NAME and VERSION are what they are
# part of, TIME when that was built, in seconds since 1970.
set -eu

[ $# -eq 2 ] || [ $# -eq 5 ] ||
    { echo "usage: $0 ARCH LIST [NAME VERSION TIME]" >&2; exit 2; }
# shellcheck disable=SC2034
PORTS_ARCH=$1
# shellcheck source=ports/lib.sh
. "$(dirname "$0")/lib.sh"
head=
if [ $# -eq 5 ]; then
	head='  "metadata": {
    "timestamp": "'$(date -u -d "@$5" +%Y-%m-%dT%H:%M:%SZ)'",
    "component": { "type": "firmware", "name": "'$3'", "version": "'$4'",
      "licenses": [ { "expression": "ISC" } ] } },'
fi
ports_manifest "$2" "$head"
