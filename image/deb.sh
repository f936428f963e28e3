#!/bin/sh
# SPDX-License-Identifier: ISC
#
# usage: deb.sh ARCH
#
# Makes packages for a plain Debian or Ubuntu from the programs in obj/ARCH/sbin
# (amd64, arm64) and image/deb, a Debian source package's debian/ without rules:
#
#	obj/deb/longwire-hubd_VERSION_ARCH.deb	hubd, hubctl
#	obj/deb/longwire-vnicd_VERSION_ARCH.deb	vnicd, vnicctl
#
# The version is that of the image (bundle.sh). What they depend on is read from
# the programs and found in the package tree that these were linked with.
set -eu
umask 022
export LC_ALL=C TZ=UTC0

[ $# -eq 1 ] || { echo "usage: $0 ARCH" >&2; exit 2; }
TOP=$(cd "$(dirname "$0")/.." && pwd)
ARCH=$1
# shellcheck source=image/defaults
. "$TOP/image/defaults"
# shellcheck source=image/bundle.sh
. "$TOP/image/bundle.sh"
OUT=$OBJ/deb
W=$OUT/work.$ARCH
SYSROOT=$OBJ/sysroot/$ARCH
case $ARCH in
amd64)	STRIP=x86_64-linux-gnu-strip ;;
arm64)	STRIP=aarch64-linux-gnu-strip ;;
*)	echo "deb: no packages for $ARCH" >&2; exit 2 ;;
esac

die()
{
	echo "deb: $*" >&2
	exit 1
}

# depends PROGRAM...: packages of the libraries that they ask for, with the
# version of the C library that their symbols have
depends()
{
	libc=$(for p; do readelf -V "$p"; done |
	    grep -o 'Name: GLIBC_[0-9.]*' | sed 's/.*_//' | sort -V | tail -n 1)
	for p; do readelf -d "$p"; done |
	    sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort -u |
	    while read -r lib; do
		pkg=$(grep -m 1 "/$lib " "$SYSROOT/.files" | cut -d ' ' -f 2)
		[ -n "$pkg" ] || die "no package has $lib"
		echo "$pkg"
	done | sort -u | sed "s/^libc6\$/libc6 (>= $libc)/" |
	    paste -s -d , - | sed 's/,/, /g'
}

# pages PROGRAM...: their manuals
pages()
{
	for p; do
		ls "$TOP/usr.sbin/$p"/*.[58]
	done
}

# package NAME DAEMON CONTROL EXAMPLE...
package()
{
	name=$1
	daemon=$2
	ctl=$3
	shift 3
	root=debian/$name
	mkdir -p "$root/usr/sbin"
	for p in "$daemon" "$ctl"; do
		cp "$OBJ/$ARCH/sbin/$p" "$root/usr/sbin/"
		"$STRIP" --remove-section=.comment --remove-section=.note \
		    "$root/usr/sbin/$p"
	done
	# where Debian looks for examples, and where the manuals say
	for d in "doc/$name/examples" examples/longwire; do
		mkdir -p "$root/usr/share/$d"
		for e; do
			cp "$TOP/etc/examples/$e" "$root/usr/share/$d/"
		done
	done
	# shellcheck disable=SC2046
	dh_installman -p "$name" $(pages "$daemon" "$ctl")
	echo "longwire:Depends=$(depends "$root"/usr/sbin/*)" \
	    > "debian/$name.substvars"
}

# Older debhelpers know /lib only.
merge_usr()
{
	for d in debian/longwire-*/lib/systemd; do
		[ -d "$d" ] || continue
		mv "$d" "${d%/lib/systemd}/usr/lib/"
		rmdir "${d%/systemd}"
	done
}

[ -f "$SYSROOT/.files" ] || die "there is no $SYSROOT"
EPOCH=$(epoch)
export SOURCE_DATE_EPOCH="$EPOCH"
VERSION=$(image_version)
rm -rf "$W" "$OUT"/*_"$ARCH.deb"
mkdir -p "$W/debian"
cd "$W"
cp "$TOP"/image/deb/* debian/
echo 13 > debian/compat
sed 's/^$/./; s/^/ /' "$TOP/LICENSE" > licence
sed -i -e '/@LICENSE@/ {
	r licence
	d
    }' debian/copyright
cat > debian/changelog <<END
longwire ($VERSION) unstable; urgency=medium

  * The build of this date; see the commits.

 -- Longwire <longwire@longwire.invalid>  $(date -u -R -d "@$EPOCH")
END
package longwire-hubd hubd hubctl hubd.conf
package longwire-vnicd vnicd vnicctl vnicd.conf vnicd-pc.conf
# A page of both, though either may be installed without the other, and a file
# can be one package's only: man(1) finds it by the longer suffix as well.
dh_installman -p longwire-hubd "$TOP/etc/man/longwire-events.7"
install -D -m 644 "$TOP/etc/man/longwire-events.7" \
    debian/longwire-vnicd/usr/share/man/man7/longwire-events.7vnicd
# not of this machine's libraries, perhaps of another architecture: no dh_strip,
# no dh_shlibdeps
export DEB_HOST_ARCH="$ARCH"
for step in dh_installdocs dh_installchangelogs dh_installsysusers \
    dh_installsystemd merge_usr dh_lintian dh_compress dh_fixperms dh_installdeb \
    dh_gencontrol dh_md5sums; do
	$step
done
dh_builddeb --destdir="$OUT" > builddeb.out
for f in "$OUT"/*_"$ARCH.deb"; do
	echo "$f"
done
