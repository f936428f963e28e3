#!/bin/sh
# SPDX-License-Identifier: ISC
#
# usage: source.sh PACKAGE DIR
#
# Makes DIR the unpacked source of a Debian source package, one that a port names
# for the kind "source", with Debian's patches. DIR/.list is a line about it, as
# that of a package tree's file of this name (sysroot.sh); DIR/.stamp is written
# last. Does nothing when DIR is complete and the ports have not changed;
# PORTS_REFRESH=yes looks for a newer version. Variables: ports/lib.sh.
set -eu
umask 022

[ $# -eq 2 ] || { echo "usage: $0 PACKAGE DIR" >&2; exit 2; }
PACKAGE=$1
DIR=$2
# shellcheck disable=SC2034
PORTS_ARCH=source
# shellcheck source=ports/lib.sh
. "$(dirname "$0")/lib.sh"

mkdir -p "$PORTS_CACHE" "$(dirname "$DIR")"
exec 9> "$PORTS_CACHE/.lock"
flock 9

entry=$(ports_entries source | grep "^$PACKAGE	") ||
    ports_die "no port has the source $PACKAGE"
want=$(echo "$DEBIAN_SUITE $entry" | sha256sum | cut -c 1-64)
if [ "$PORTS_REFRESH" != yes ] && [ "$(cat "$DIR/.stamp" 2>/dev/null)" = \
    "$want" ]; then
	exit 0
fi

# its files, whose hashes apt checks
fetch()
{
	(cd "$PORTS_SOURCES" && apt-get -qq -c "$PORTS_APT" --download-only \
	    source "$PACKAGE" >&2)
}

# the name of its description
description()
{
	apt-get -qq -c "$PORTS_APT" --print-uris source "$PACKAGE" |
	    sed -n "s/^'[^']*' \([^ ]*\.dsc\) .*/\1/p"
}

ports_setup
ports_update
# a mirror drops old versions, see ports_fetch
if [ "$PORTS_REFRESH" = yes ] || ! fetch; then
	ports_update now
	fetch || ports_die "$PACKAGE: download failed"
fi
dsc=$(description)
rm -rf "$DIR" "$DIR.new"
dpkg-source --no-check --no-copy -x "$PORTS_SOURCES/$dsc" "$DIR.new" >&2
printf '%s\t%s\t%s\t%s\n' "$PACKAGE" "$dsc" \
    "$(sha256sum < "$PORTS_SOURCES/$dsc" | cut -c 1-64)" \
    "$(echo "$entry" | cut -f 2-)" > "$DIR.new/.list"
echo "$want" > "$DIR.new/.stamp"
mv "$DIR.new" "$DIR"
ports_log "$DIR: ${dsc%.dsc}"
