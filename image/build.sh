#!/bin/sh
# SPDX-License-Identifier: ISC
#
# usage: build.sh TARGET
#
# Builds obj/image/TARGET/longwire.img, a raw disk with the partitions of
# TARGET/layout, and longwire.bundle, an upgrade to the same, without root, loop
# devices or mounts:
#
#	packages	ports/sysroot.sh ARCH obj/pkgs/ARCH image
#	npm packages	ports/npm.sh obj/npm
#	root		files picked from them, our programs, etc/; a squashfs
#	initrd		BusyBox and the modules that find the root, whose hash
#			it knows; a cpio
#	boot		kernel and initrd; ext2 (GRUB and U-Boot read it)
#	bundle		boot and root, signed
#	state		which slot is booted
#	loader		FAT: the boot loader's configuration, longwire.txt
#	firmware	what starts the boot loader, where nothing else does
#	disk		all of it, both slots with the same contents
#	FORM		the same as a file that something else wants, see below
#
# Beside it: sbom.json (each package that is in the image: version, SHA-256,
# licence; CycloneDX), sizes.txt (what takes the room), log (each step's output).
# Does nothing when its inputs have not changed. Variables: defaults; and, to
# make another build beside the usual one:
#	IMAGE_NAME	folder in obj/image (default: TARGET)
#	IMAGE_OVERLAY	folder whose files come over those of the root
#	IMAGE_ONLY=bundle	no disk
#	IMAGE_FORMS	besides it longwire.FORM, of these: iso (iso.sh), qcow2,
#			vmdk, vhdx and ova (forms.sh)
#	IMAGE_VERSION, IMAGE_MINIMUM, UPGRADE_KEY	see bundle.sh
#
# A target is a folder of declarations, see longwire-boards(7):
#	target		variables of ./defaults that it sets
#	layout		partitions
#	modules		kernel modules, besides those of ./modules
#	cmdline		kernel command line
#	grub.cfg	of GRUB: what it reads
#	iso.cfg		and on the medium
# Boot loader L is a file ./L.sh with three functions: L_boot puts $W/kernel and
# $W/initrd into the folder $W/boot.d, L_loader the configuration into the FAT
# partition $W/loader.img, L_disk what lies outside of any partition's file
# system into $W/disk.img.
set -eu
umask 022
export LC_ALL=C

[ $# -eq 1 ] || { echo "usage: $0 TARGET" >&2; exit 2; }
TOP=$(cd "$(dirname "$0")/.." && pwd)
TARGET=$1
CONF=$TOP/image/$TARGET
[ -f "$CONF/target" ] || { echo "image: no target $TARGET" >&2; exit 2; }
# shellcheck source=image/defaults
. "$TOP/image/defaults"
# shellcheck source=image/amd64/target
. "$CONF/target"
# shellcheck source=image/grub.sh
. "$TOP/image/$IMAGE_LOADER.sh"
# shellcheck source=image/firmware.sh
. "$TOP/image/firmware.sh"
# shellcheck source=image/bundle.sh
. "$TOP/image/bundle.sh"
# shellcheck source=image/disk.sh
. "$TOP/image/disk.sh"
# shellcheck source=image/iso.sh
. "$TOP/image/iso.sh"
# shellcheck source=image/forms.sh
. "$TOP/image/forms.sh"

OUT=$OBJ/image/${IMAGE_NAME:-$TARGET}
PKGS=$OBJ/pkgs/$IMAGE_ARCH
TOOLS=$OBJ/tools/$IMAGE_ARCH
NPM=$OBJ/npm
SRC=$OBJ/source
DROPBEAR=$OBJ/$IMAGE_ARCH/ports/dropbear
W=$OUT/work
ROOT=$W/root
INITRD=$W/initrd.d

case $IMAGE_ARCH in
amd64)	IMAGE_TRIPLE=x86_64-linux-gnu EMULATOR=qemu-x86_64 ;;
arm64)	IMAGE_TRIPLE=aarch64-linux-gnu EMULATOR=qemu-aarch64 ;;
*)	echo "image: $IMAGE_ARCH: unknown architecture" >&2; exit 2 ;;
esac
# what runs its programs here, if anything has to
case $(uname -m)-$IMAGE_ARCH in
x86_64-amd64 | aarch64-arm64)	EMULATOR= ;;
esac
IMAGE_SQUASHFS=${IMAGE_SQUASHFS:-"-comp xz -b 512K $IMAGE_BCJ"}
LIB=usr/lib/$IMAGE_TRIPLE

die()
{
	echo "image: $*" >&2
	exit 1
}

# Runs one step, its output to the log.
step()
{
	printf 'image: %-10s' "$1"
	t0=$(date +%s%N)
	set +e			# as a condition it would lose its own set -e
	(set -e; "step_$1") >> "$OUT/log" 2>&1
	rc=$?
	set -e
	if [ $rc -ne 0 ]; then
		echo failed
		tail -n 20 "$OUT/log" >&2
		exit 1
	fi
	echo "$((($(date +%s%N) - t0) / 1000000)) ms"
}

# upgrade ARGUMENT...: our sysupgrade(8), with the loader and libraries that ship
upgrade()
{
	"$OBJ"/sysroot/amd64/usr/lib64/ld-linux-x86-64.so.2 --library-path \
	    "$OBJ/sysroot/amd64/usr/lib/x86_64-linux-gnu" \
	    "$OBJ/amd64/sbin/sysupgrade" "$@"
}

# The file of one of our programs.
program()
{
	f=$OBJ/$IMAGE_ARCH/sbin/$1
	[ -x "$f" ] || die "$1 is not built; run make first"
	echo "$f"
}

# tools [stamp]: programs of the release itself; GRUB's are all
tools()
{
	[ "$IMAGE_LOADER" = grub ] || return 0
	if [ $# -gt 0 ]; then
		cat "$TOOLS/.stamp"
	else
		"$TOP/ports/sysroot.sh" "$IMAGE_ARCH" "$TOOLS" tool
	fi
}

# What comes from npm. Without it the web form works as it does without
# JavaScript, so a machine that has Debian's packages alone makes an image, too.
npm_packages()
{
	"$TOP/ports/npm.sh" "$NPM" && return 0
	[ "${CI:-}" != true ] || exit 1
	echo "build.sh: nothing from npm: plots do not show their values" >&2
	mkdir -p "$NPM"
	: > "$NPM/.list"
	echo none > "$NPM/.stamp"
}

# What the image is made of, as one hash.
inputs()
{
	{
		cd "$TOP"
		find image etc LICENSE -type f | sort | xargs sha256sum
		find image etc -type f -perm -100 | sort
		for p in $IMAGE_PROGS; do
			sha256sum < "$(program "$p")"
		done
		sha256sum < "$DROPBEAR"
		cat "$PKGS/.stamp" "$NPM/.stamp"
		cat "$TOP/usr.sbin/webconfd/plot.js"
		tools stamp
		[ -z "$IMAGE_FIRMWARE" ] || cat "$SRC/$IMAGE_FIRMWARE/.stamp"
		# shellcheck disable=SC2046
		cat $(upgrade_keys)
		[ -z "${IMAGE_OVERLAY:-}" ] ||
		    find "$IMAGE_OVERLAY" -type f -exec sha256sum {} +
		echo "$EPOCH $VERSION ${IMAGE_MINIMUM:-}"
	} | sha256sum | cut -c 1-64
}

# uuid NAME: the same at every build.
uuid()
{
	echo "longwire $TARGET $1" | sha256sum | sed \
	    's/^\(.\{8\}\)\(.\{4\}\).\(.\{3\}\).\(.\{3\}\)\(.\{12\}\).*/\1-\2-4\3-8\4-\5/'
}

# layout: "number name type sectors-start size-MiB contents", a line each.
layout()
{
	awk 'BEGIN { at = 1 }
	!/^#/ && NF == 4 {
		print ++n, $1, $2, at * 2048, $3, $4
		at += $3
	}' "$CONF/layout"
}

# take DIR PATH...: copies files of packages, following links, and notes them.
take()
{
	to=$1
	shift
	for t; do
		mkdir -p "$to$(dirname "$t")"
		cp -L "$PKGS$t" "$to$t"
		realpath --relative-to="$PKGS" "$PKGS$t" >> "$W/taken"
	done
}

# needed FILE: the libraries an ELF file asks for.
needed()
{
	readelf -d "$1" 2>/dev/null | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'
}

# libraries DIR: brings into it what its ELF files need, and what that needs.
libraries()
{
	todo=$(find "$1" -type f -perm -100 ! -name '*.ko')
	while [ -n "$todo" ]; do
		next=
		for f in $todo; do
			for l in $(needed "$f"); do
				[ ! -e "$1/$LIB/$l" ] || continue
				[ -e "$PKGS/$LIB/$l" ] ||
				    die "$f wants $l, which no port has"
				take "$1" "/$LIB/$l"
				next="$next $1/$LIB/$l"
			done
		done
		todo=$next
	done
}

# run DIR COMMAND...: a program of a package tree, with its own loader and
# libraries, whatever the host has
run()
{
	tree=$1
	prog=$1/$2
	shift 2
	if [ -z "$(needed "$prog")" ]; then
		$EMULATOR "$prog" "$@"
		return
	fi
	for ld in "$tree"/lib64/ld-linux-*.so.*; do
		set -- "$ld" --library-path "$tree/$LIB" "$prog" "$@"
	done
	"$@"
}

applets()
{
	run "$PKGS" usr/bin/busybox --list-full
}

# merged DIR: an empty root with /usr merged.
merged()
{
	for d in bin sbin lib lib64; do
		mkdir -p "$1/usr/$d"
		ln -s "usr/$d" "$1/$d"
	done
}

# module_file NAME: its path below the kernel's module folder.
module_file()
{
	n=$(echo "$1" | sed 's/[-_]/[-_]/g')
	grep -m 1 "/$n\.ko\.xz\$" "$W/modules.all"
}

# module_needs FILE: modules that it depends on, hard and soft.
module_needs()
{
	tr '\0' '\n' < "$1" | sed -n \
	    -e '/^depends=/ { s///; s/,/ /g; p; }' \
	    -e '/^softdep=/ { s///; s/pre://g; s/post://g; p; }'
}

# modules DIR NAME...: unpacks modules and what they depend on into DIR.
# (squashfs and cpio pack them better, and the kernel loads them as they are.)
modules()
{
	into=$1
	shift
	todo=$*
	while [ -n "$todo" ]; do
		next=
		for m in $todo; do
			f=$(module_file "$m") || continue	# built in
			o=$into/usr/lib/modules/$KVER/${f%.xz}
			[ ! -e "$o" ] || continue
			mkdir -p "$(dirname "$o")"
			xz -dc "$MODDIR/$f" > "$o"
			strip_module "$o"
			next="$next $(module_needs "$o")"
		done
		todo=$next
	done
	cp "$MODDIR/modules.builtin" "$MODDIR/modules.builtin.modinfo" \
	    "$MODDIR/modules.order" "$into/usr/lib/modules/$KVER/"
	depmod -b "$into" "$KVER"
	# only kmod reads the binary indices; BusyBox reads the text
	rm -f "$into/usr/lib/modules/$KVER"/*.bin \
	    "$into/usr/lib/modules/$KVER/modules.builtin.modinfo" \
	    "$into/usr/lib/modules/$KVER/modules.order"
}

# module_names WHERE: those of the root, the initrd or the medium's
module_names()
{
	awk -v want="$1" '
	!/^#/ && NF {
		if (NF == 1)
			$2 = "root"
		for (i = 2; i <= NF; i++)
			if ($i == want)
				print $1
	}' "$TOP/image/modules" "$CONF/modules"
}

# busybox DIR [APPLET...]: BusyBox and a link for each applet, or for some.
busybox()
{
	into=$1
	shift
	take "$into" /usr/bin/busybox
	applets | sort | while read -r a; do
		[ $# -eq 0 ] || echo " $* " | grep -q " ${a##*/} " || continue
		a=$into/usr/${a#usr/}
		[ -e "$a" ] || ln -s ../bin/busybox "$a"
	done
}

step_root()
{
	mkdir -p "$ROOT"
	merged "$ROOT"
	(cd "$ROOT" && mkdir -p boot/loader cfg dev etc media mnt proc run sys \
	    tmp var usr/share/longwire)
	ln -s var/root "$ROOT/root"
	cp -R "$TOP/etc/." "$ROOT/etc/"
	chmod 600 "$ROOT/etc/shadow"
	rm -r "$ROOT/etc/man"
	sed -i "s/ttyS0/$IMAGE_SERIAL/g" "$ROOT/etc/inittab"
	ln -s /etc/libexec/service "$ROOT/usr/sbin/service"
	# made at boot, in RAM
	ln -s /run/resolv.conf "$ROOT/etc/resolv.conf"
	ln -s /proc/mounts "$ROOT/etc/mtab"

	# shellcheck disable=SC2086
	take "$ROOT" $IMAGE_TOOLS
	for m in $IMAGE_RSYSLOG; do
		take "$ROOT" "/$LIB/rsyslog/$m.so"
	done
	for m in "$PKGS"/usr/lib/pppd/*/pppoe.so \
	    "$PKGS/$LIB/ossl-modules/legacy.so"; do
		take "$ROOT" "${m#"$PKGS"}"
	done
	busybox "$ROOT"
	for p in $IMAGE_PROGS; do
		cp "$(program "$p")" "$ROOT/usr/sbin/$p"
		strip_prog "$ROOT/usr/sbin/$p"
	done
	cp "$DROPBEAR" "$ROOT/usr/sbin/dropbear"
	strip_prog "$ROOT/usr/sbin/dropbear"
	ln -s dropbear "$ROOT/usr/sbin/dropbearkey"
	# wanted when a thread ends, named by no ELF header
	take "$ROOT" "/$LIB/libgcc_s.so.1"
	libraries "$ROOT"
	loader_so "$ROOT"

	mkdir -p "$ROOT/etc/ssl/certs"
	cat "$PKGS"/usr/share/ca-certificates/mozilla/*.crt \
	    > "$ROOT/etc/ssl/certs/ca-certificates.crt"
	mkdir -p "$ROOT/usr/lib/ssl"
	ln -s /etc/ssl/certs "$ROOT/usr/lib/ssl/certs"
	ln -s certs/ca-certificates.crt "$ROOT/etc/ssl/cert.pem"
	ln -s /etc/ssl/cert.pem "$ROOT/usr/lib/ssl/cert.pem"
	echo usr/share/ca-certificates/mozilla >> "$W/taken"

	# shellcheck disable=SC2046
	modules "$ROOT" $(module_names root)
	cp "$TOP/image/longwire.txt" "$ROOT/usr/share/longwire/"
	echo "$EPOCH" > "$ROOT/usr/share/longwire/build-date"
	echo "$VERSION" > "$ROOT/usr/share/longwire/version"
	echo "$TARGET" > "$ROOT/usr/share/longwire/target"
	install_keys "$ROOT/etc/keys"
	vendors
	[ ! -d "$NPM/uplot" ] ||
	    "$TOP/image/plot.sh" "$NPM/uplot" "$ROOT/usr/share/longwire"
	manifest
	cp "$OUT/sbom.json" "$ROOT/usr/share/longwire/"
	[ -z "${IMAGE_OVERLAY:-}" ] || cp -R "$IMAGE_OVERLAY/." "$ROOT/"
	pack_root
}

# Who has made what has a MAC address, for the web form.
vendors()
{
	oui=usr/share/ieee-data/oui.txt
	"$TOP/image/vendors.sh" "$PKGS/$oui" \
	    "$ROOT/usr/share/longwire/vendors" > "$W/vendors.txt"
	echo "$oui" >> "$W/taken"
}

# The dynamic loader, where programs look for it.
loader_so()
{
	for l in "$PKGS"/usr/lib64/ld-linux-* "$PKGS"/usr/lib/ld-linux-*; do
		[ -e "$l" ] || continue
		take "$1" "/$LIB/${l##*/}"
		ln -s "../lib/$IMAGE_TRIPLE/${l##*/}" "$1${l#"$PKGS"}"
	done
}

# strip_prog FILE [OPTION...]
strip_prog()
{
	"${EMULATOR:+$IMAGE_TRIPLE-}strip" "$@"
}

# strip_module FILE: without what only tracers of the kernel read; and without
# its signature, as the hash of the root that it comes with stands for it.
strip_module()
{
	strip_prog "$1" --strip-debug -R .BTF
}

pack_root()
{
	rm -f "$W/root.img"
	# shellcheck disable=SC2086
	mksquashfs "$ROOT" "$W/root.img" -all-root \
	    -noappend -no-progress -no-exports -no-xattrs $IMAGE_SQUASHFS
}

step_initrd()
{
	mkdir -p "$INITRD"
	merged "$INITRD"
	# shellcheck disable=SC2086
	busybox "$INITRD" $INITRD_APPLETS
	# BusyBox may be static
	[ -z "$(needed "$INITRD/usr/bin/busybox")" ] || {
		libraries "$INITRD"
		loader_so "$INITRD"
	}
	# shellcheck disable=SC2046
	modules "$INITRD" $(module_names initrd)
	cp "$TOP/image/initrd.sh" "$INITRD/init"
	chmod 755 "$INITRD/init"
	mkdir -p "$INITRD/etc/modprobe.d"
	cp "$TOP/image/watchdog.conf" "$INITRD/etc/modprobe.d/"
	# the root that belongs to it, and no other
	part_line root > "$INITRD/etc/root"
	pack_initrd "$INITRD" "$W/initrd" "$IMAGE_INITRD_PACK"
}

# pack_initrd DIR FILE COMMAND: which packs standard input
pack_initrd()
{
	find "$1" -exec touch -h -d "@$EPOCH" {} +
	# shellcheck disable=SC2086 # a command with its options
	(cd "$1" && find . | sort |
	    cpio -o -H newc -R 0:0 --reproducible --quiet) |
	    $3 > "$2"
}

# Which packages have a part in the image, linked into our programs or not.
manifest()
{
	sort -u "$W/taken" | awk -v mod="usr/lib/modules" '
	NR == FNR { want["/" $0] = 1; next }
	{ f = $1 }
	f in want || f ~ "^/usr/share/ca-certificates/mozilla/" ||
	    f ~ "^/" mod { print $2 }' - "$PKGS/.files" | sort -u > "$W/used"
	echo "$IMAGE_LOADER_PACKAGES" | tr ' ' '\n' >> "$W/used"
	while IFS='	' read -r p rest; do
		grep -qxF "$p" "$W/used" && printf '%s\t%s\n' "$p" "$rest"
	done < "$PKGS/.list" > "$W/used.list"
	{
		for p in $IMAGE_STATIC; do
			grep "^$p	" "$OBJ/sysroot/$IMAGE_ARCH/.list"
		done
		# shellcheck disable=SC2086
		for p in dropbear $IMAGE_FIRMWARE; do
			cat "$SRC/$p/.list"
		done
		cat "$NPM/.list"
	} >> "$W/used.list"
	"$TOP/ports/manifest.sh" "$IMAGE_ARCH" "$W/used.list" "longwire-$TARGET" \
	    "$VERSION" "$EPOCH" > "$OUT/sbom.json"
}

# room DIR: KiB of some parts of the root, unpacked
room()
{
	du -sk --apparent-size "$@" 2>/dev/null | awk '{ n += $1 } END { print n + 0 }'
}

step_sizes()
{
	{
		echo "KiB unpacked in the root:"
		printf '%8d  kernel modules\n' "$(room "$ROOT/usr/lib/modules")"
		printf '%8d  libraries\n' "$(room "$ROOT/$LIB")"
		printf '%8d  BusyBox\n' "$(room "$ROOT/usr/bin/busybox")"
		(cd "$ROOT/usr/sbin" && for p in $IMAGE_PROGS e2fsck nft \
		    dropbear; do
			printf '%8d  %s\n' "$(room "$p")" "$p"
		done)
		printf '%8d  etc (of it certificates: %d)\n' \
		    "$(room "$ROOT/etc")" "$(room "$ROOT/etc/ssl")"
		printf '%8d  vendors of MAC addresses: %s\n' \
		    "$(room "$ROOT/usr/share/longwire/vendors")" \
		    "$(cat "$W/vendors.txt")"
		printf '%8d  all\n' "$(room "$ROOT")"
		echo "KiB in the image, and the partition's size:"
		for p in root boot loader cfg; do
			printf '%8d of %6d  %s\n' \
			    "$(du -k "$W/$p.img" | cut -f 1)" \
			    "$(($(part_size "$(echo "$p" |
			    sed s/loader/fat/)") * 1024))" "$p"
		done
		printf '%8d of %6d  a slot, packed\n' "$(($(room "$W/boot.img") +
		    $(room "$W/root.img")))" $((IMAGE_SLOT_GOAL * 1024))
		printf '%8d  kernel\n%8d  initrd\n' \
		    "$(room "$W/kernel")" "$(room "$W/initrd")"
		printf '%8d  whole disk, both slots\n' "$(room "$W/disk.img")"
	} > "$OUT/sizes.txt"
}

# kernel: its version, and where its modules are; their list, in the work folder
kernel()
{
	KVER=$(ls "$PKGS/usr/lib/modules")
	MODDIR=$PKGS/usr/lib/modules/$KVER
	(cd "$MODDIR" && find kernel -name '*.ko.xz' | sort) > "$W/modules.all"
}

mkdir -p "$OUT"
exec 8> "$OUT/.lock"
flock 8
"$TOP/ports/sysroot.sh" "$IMAGE_ARCH" "$PKGS" image
npm_packages
tools
[ -z "$IMAGE_FIRMWARE" ] ||
    "$TOP/ports/source.sh" "$IMAGE_FIRMWARE" "$SRC/$IMAGE_FIRMWARE"
"$TOP/ports/dropbear.sh" "$IMAGE_ARCH" "$DROPBEAR"
EPOCH=$(epoch)
export SOURCE_DATE_EPOCH="$EPOCH" TZ=UTC0
VERSION=$(image_version)
stamp=$(inputs)
if [ ! -f "$OUT/longwire.${IMAGE_ONLY:-img}" ] ||
    [ "$(cat "$OUT/.stamp" 2>/dev/null)" != "$stamp" ]; then
	rm -rf "$W" "$OUT/.stamp"
	mkdir -p "$W"
	: > "$OUT/log"
	: > "$W/taken"
	kernel
	for s in root initrd boot bundle; do
		step "$s"
	done
	if [ "${IMAGE_ONLY:-}" != bundle ]; then
		for s in state cfg loader ${IMAGE_FIRMWARE:+firmware} disk \
		    sizes; do
			step "$s"
		done
		cp --sparse=always "$W/disk.img" "$OUT/longwire.img"
		(cd "$OUT" && rm -f longwire.iso longwire.qcow2 \
		    longwire.vmdk longwire.vhdx longwire.ova)
	fi
	echo "$stamp" > "$OUT/.stamp"
fi
kernel
for s in ${IMAGE_FORMS:-}; do
	[ -f "$OUT/longwire.$s" ] || step "$s"
done
