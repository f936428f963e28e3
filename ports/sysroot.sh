#!/bin/sh
# SPDX-License-Identifier: ISC
#
# usage: sysroot.sh ARCH DIR [KIND]
#
# Makes DIR a tree of Debian packages: those that the ports name for KIND,
# "sysroot" (the default: what programs are compiled and linked against, with
# cc --sysroot=DIR), "image" (what the image builder picks files from), "tool" or
# "pure" (what unit tests of modules without libraries are linked with).
# DIR/.files lists "path package" of every file, /usr merged.
# DIR/manifest.json lists exact version, SHA-256 and licence of each package;
# DIR/.stamp is written last. DIR/cc.flags holds the compiler's and linker's
# flags: a native gcc looks into the host's library folders before those of its
# --sysroot, unless -B names these. Use it as cc @DIR/cc.flags. Does nothing when DIR is complete and the ports
# have not changed, so that rebuilds need no network; PORTS_REFRESH=yes looks
# for newer versions. Variables and file format: ports/lib.sh.
set -eu
umask 022

[ $# -ge 2 ] || { echo "usage: $0 ARCH DIR [KIND]" >&2; exit 2; }
PORTS_ARCH=$1
DIR=$2
KIND=${3:-sysroot}
# linked with the C library of the host's cross compiler
# shellcheck disable=SC1091
[ "$KIND" != pure ] ||
    DEBIAN_SUITE=$(. /etc/os-release && echo "${VERSION_CODENAME:-trixie}")
# shellcheck source=ports/lib.sh
. "$(dirname "$0")/lib.sh"

# What DIR depends on, besides the mirror.
inputs()
{
	echo "$DEBIAN_SUITE $PORTS_ARCH $KIND $DIR 2"
	ports_entries "$KIND"
}

# Debian 13's merged /usr lives in a package's postinst that does not run here.
merge_usr()
{
	for d in bin sbin lib lib64; do
		mkdir -p "$1/usr/$d"
		if [ -d "$1/$d" ] && [ ! -L "$1/$d" ]; then
			cp -a "$1/$d/." "$1/usr/$d/"
			rm -rf "${1:?}/$d"
		fi
		ln -sfn "usr/$d" "$1/$d"
	done
}

# The compiler follows a link in the sysroot as the host's kernel does, so an
# absolute one would lead out of it.
relative_links()
{
	find "$1" -type l -lname '/*' | while read -r l; do
		t=$(readlink "$l")
		d=${l#"$1"/}
		up=
		while [ "${d#*/}" != "$d" ]; do
			d=${d#*/}
			up=../$up
		done
		ln -sfn "$up${t#/}" "$l"
	done
}

cc_flags()
{
	case $PORTS_ARCH in
	amd64) lib=$1/usr/lib/x86_64-linux-gnu ;;
	arm64) lib=$1/usr/lib/aarch64-linux-gnu ;;
	armhf) lib=$1/usr/lib/arm-linux-gnueabihf ;;
	s390x) lib=$1/usr/lib/s390x-linux-gnu ;;
	*) ports_die "$PORTS_ARCH: unknown architecture" ;;
	esac
	echo "--sysroot=$1 -B$lib -L$lib"
}

mkdir -p "$PORTS_CACHE" "$(dirname "$DIR")"
exec 9> "$PORTS_CACHE/.lock"
flock 9

want=$(inputs | sha256sum | cut -c 1-64)
if [ "$PORTS_REFRESH" != yes ] && [ "$(cat "$DIR/.stamp" 2>/dev/null)" = \
    "$want" ]; then
	exit 0
fi

tmp=$DIR.new
rm -rf "$tmp"
mkdir -p "$tmp"
ports_fetch "$KIND" "$tmp/.list"
while IFS='	' read -r pkg file _; do
	dpkg-deb -x "$PORTS_DEBS/$file" "$tmp"
	dpkg-deb --fsys-tarfile "$PORTS_DEBS/$file" | tar -tf - | sed -n \
	    -e '/\/$/d' -e 's,^\./,/,' -e 's,^/\(s*bin\|lib\)/,/usr/\1/,' \
	    -e "s/\$/ $pkg/p"
done < "$tmp/.list" > "$tmp/.files"
merge_usr "$tmp"
relative_links "$tmp"
ports_manifest "$tmp/.list" > "$tmp/manifest.json"
cc_flags "$(realpath "$(dirname "$DIR")")/$(basename "$DIR")" > "$tmp/cc.flags"
echo "$want" > "$tmp/.stamp"
rm -rf "$DIR.old"
[ ! -e "$DIR" ] || mv "$DIR" "$DIR.old"
mv "$tmp" "$DIR"
rm -rf "$DIR.old"
ports_log "$DIR: $(wc -l < "$DIR/.list") packages," \
    "$(du -sh "$DIR" | cut -f 1)"
