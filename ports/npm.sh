#!/bin/sh
# SPDX-License-Identifier: ISC
#
# usage: npm.sh DIR
#
# Makes DIR a tree of the npm packages that the ports name for the kind "npm",
# by name, version and integrity (base64 of its SHA-512), one a port: they are
# fetched as npm is configured here, checked and unpacked; nothing of them is
# run. DIR/.list is lines about them, as a package tree's file of this name
# (sysroot.sh); DIR/.stamp is written last. Does nothing when DIR is complete
# and the ports have not changed. Variables: ports/lib.sh.
set -eu
umask 022

[ $# -eq 1 ] || { echo "usage: $0 dir" >&2; exit 2; }
DIR=$1
# shellcheck disable=SC2034
PORTS_ARCH=npm
# shellcheck source=ports/lib.sh
. "$(dirname "$0")/lib.sh"

# "NAME VERSION INTEGRITY PORT LICENCE", a line each
packages()
{
	ports_entries npm | awk -F '\t' '
	{ w[++n] = $1 }
	n == 3 { print w[1] "\t" w[2] "\t" w[3] "\t" $2 "\t" $3; n = 0 }'
}

# integrity FILE: as npm writes it
integrity()
{
	printf 'sha512-'
	openssl dgst -sha512 -binary "$1" | openssl base64 -A
}

# fetch NAME VERSION INTEGRITY: into the cache, once
fetch()
{
	f=$PORTS_NPM/$1-$2.tgz
	if [ ! -f "$f" ] || [ "$(integrity "$f")" != "$3" ]; then
		command -v npm >/dev/null || ports_die "npm is missing"
		rm -rf "$PORTS_NPM/.new"
		mkdir "$PORTS_NPM/.new"
		ports_log "downloading $1 $2"
		tries=0
		until (cd "$PORTS_NPM/.new" && timeout 120 npm pack --silent \
		    "$1@$2" >/dev/null); do
			[ $((tries += 1)) -lt 3 ] ||
			    ports_die "$1 $2: download failed"
			sleep 5
		done
		f=$PORTS_NPM/.new/$1-$2.tgz
		[ "$(integrity "$f")" = "$3" ] ||
		    ports_die "$1 $2: not what the port wants"
		mv "$f" "$PORTS_NPM/"
	fi
}

PORTS_NPM=$PORTS_CACHE/npm
mkdir -p "$PORTS_NPM" "$(dirname "$DIR")"
exec 9> "$PORTS_CACHE/.lock"
flock 9

want=$(packages | sha256sum | cut -c 1-64)
[ "$(cat "$DIR/.stamp" 2>/dev/null)" != "$want" ] || exit 0
rm -rf "$DIR" "$DIR.new"
mkdir "$DIR.new"
packages | while IFS='	' read -r name version sum rest; do
	fetch "$name" "$version" "$sum"
	f=$name-$version.tgz
	mkdir "$DIR.new/$name"
	tar -xzf "$PORTS_NPM/$f" -C "$DIR.new/$name" --strip-components 1 \
	    --no-same-owner
	printf '%s\t%s\t%s\t%s\n' "$name" "$f" \
	    "$(sha256sum < "$PORTS_NPM/$f" | cut -c 1-64)" "$rest" \
	    >> "$DIR.new/.list"
done
[ -s "$DIR.new/.list" ] || ports_die "no package of npm"
echo "$want" > "$DIR.new/.stamp"
mv "$DIR.new" "$DIR"
ports_log "$DIR: $(cut -f 2 "$DIR/.list" | tr '\n' ' ')"
