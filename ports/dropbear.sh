#!/bin/sh
# SPDX-License-Identifier: ISC
#
# usage: dropbear.sh ARCH FILE
#
# Builds FILE, dropbear and dropbearkey in one program, from Debian's source as
# dropbear.h says, against obj/sysroot/ARCH. Its own libraries of cryptography
# and big numbers go in, as what is not used of them then stays out. Does nothing
# when FILE is there and what it is made of has not changed. FILE.work is the
# folder that it is built in.
set -eu
umask 022
export LC_ALL=C

[ $# -eq 2 ] || { echo "usage: $0 ARCH FILE" >&2; exit 2; }
ARCH=$1
TOP=$(cd "$(dirname "$0")/.." && pwd)
OBJ=${OBJ:-$TOP/obj}
SRC=$OBJ/source/dropbear
ROOT=$OBJ/sysroot/$ARCH
mkdir -p "$(dirname "$2")"
OUT=$(cd "$(dirname "$2")" && pwd)/${2##*/}
W=$OUT.work

case $ARCH in
amd64)	TRIPLE=x86_64-linux-gnu CC=gcc AR=gcc-ar RANLIB=gcc-ranlib ;;
arm64)	TRIPLE=aarch64-linux-gnu
	CC=$TRIPLE-gcc AR=$TRIPLE-gcc-ar RANLIB=$TRIPLE-gcc-ranlib ;;
*)	echo "$0: $ARCH: unknown architecture" >&2; exit 2 ;;
esac
LIB=$ROOT/usr/lib/$TRIPLE
# what is called by name alone goes away; the rest as our own programs have it
GC="-Os -flto -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables"
SAFE="-D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE"
CFLAGS="--sysroot=$ROOT $GC $SAFE -ffile-prefix-map=$OBJ=/usr/src"
LDFLAGS="--sysroot=$ROOT -B$LIB -L$LIB -pie -Wl,-z,relro,-z,now
    -Wl,--gc-sections,--build-id=none -Os -flto"
LDFLAGS=$(echo "$LDFLAGS" | tr -s '\n ' ' ')

exec 9> "$OUT.lock"
flock 9
sh "$TOP/ports/source.sh" dropbear "$SRC"
want=$({
	cat "$SRC/.stamp" "$TOP/ports/dropbear.h" "$TOP/ports/dropbear.sh" \
	    "$ROOT/.stamp"
	$CC --version
} | sha256sum)
[ ! -f "$OUT" ] || [ "$(cat "$W/.stamp" 2>/dev/null)" != "$want" ] || exit 0

build()
{
	cp "$TOP/ports/dropbear.h" localoptions.h
	"$SRC/configure" --host="$TRIPLE" --enable-bundled-libtom \
	    --disable-harden --disable-zlib --disable-lastlog --disable-utmp \
	    --disable-utmpx --disable-wtmp --disable-wtmpx --disable-loginfunc \
	    --disable-pututline --disable-pututxline CC="$CC" AR="$AR" \
	    RANLIB="$RANLIB" CFLAGS="$CFLAGS" LTM_CFLAGS="$CFLAGS" \
	    LDFLAGS="$LDFLAGS"
	env -u MAKEFLAGS -u MAKELEVEL make MULTI=1 \
	    PROGRAMS="dropbear dropbearkey" dropbearmulti
}

rm -rf "$OUT" "$W"
mkdir "$W"
(cd "$W" && build) > "$W.log" 2>&1 || {
	tail -n 20 "$W.log" >&2
	exit 1
}
mv "$W/dropbearmulti" "$OUT"
rm -rf "$W"
mkdir "$W"
echo "$want" > "$W/.stamp"
