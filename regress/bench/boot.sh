#!/bin/sh
# SPDX-License-Identifier: ISC
# usage: boot.sh
#
# How long the image takes from power-on to a hub that accepts a connection
# (answers a TLS client), as a ratio to what the same kernel, by the same
# firmware and loader from the same disk, takes to a BusyBox init in an initrd
# that holds nothing else. Measured in turn, ROUNDS times; medians.
#
#	bare	power-on to the first line of that init
#	first	the hub's first boot: takes longwire.txt over, makes its key
#	hub	every later boot; what the goal is for
#
# QEMU emulates (TCG): acceleration may be there and not work. In brackets is
# the processor time that QEMU used: on a busy machine the ratio of these is
# the steadier one, but it leaves out what the boot waits for.
set -eu

GOAL=2.5
ROUNDS=${ROUNDS:-3}
LIMIT=300
PORT=${BENCH_PORT:-34443}
MEM=128

top=$(cd "$(dirname "$0")/../.." && pwd)
image=$top/obj/image/amd64
out=$top/obj/bench/boot
PATH=$PATH:/usr/sbin:/sbin

# part NAME: "first-sector sectors" of a partition
part()
{
	partx -g -r -o NAME,START,SECTORS "$image/longwire.img" |
	    awk -v n="$1" '$1 == n { print $2, $3 }'
}

# The image with another initrd in slot A.
bare_disk()
{
	cp -R "$image/work/initrd.d" bare.d
	rm -rf bare.d/init bare.d/usr/lib/modules
	find bare.d/usr/bin bare.d/usr/sbin -type l -delete
	mkdir -p bare.d/etc bare.d/dev
	ln -s usr/bin/busybox bare.d/init
	ln -s busybox bare.d/usr/bin/echo
	ln -s busybox bare.d/usr/bin/sh
	echo '::sysinit:/bin/echo bare init runs' >bare.d/etc/inittab
	(cd bare.d && find . | cpio -o -H newc -R 0:0 --quiet) |
	    zstd -19 -q -f -o bare.initrd
	cp "$image/work/boot.img" boot.img
	# as image/grub.sh writes it: GRUB starts what fits its checksum
	crc=$(gzip -c bare.initrd | tail -c 8 | od -An -N 4 -t x4)
	sed "s/^[0-9a-f]*\(  *initrd\)$/${crc# }\1/" \
	    "$image/work/boot.d/sums" >sums
	printf 'rm initrd\nwrite bare.initrd initrd\nrm sums\nwrite sums sums\n' |
	    debugfs -w -f - boot.img >/dev/null 2>&1
	cp --sparse=always "$image/longwire.img" bare.img
	# shellcheck disable=SC2046 # two words
	set -- $(part boot-a)
	dd if=boot.img of=bare.img bs=512 seek="$1" conv=notrunc status=none
}

# shellcheck disable=SC2016 # a hash, not variables
hub_settings()
{
	cat <<-'END'
	system {
		hostname hub
		admin-password "correct-horse"
	}
	network {
		interface eth0 {
			address 10.0.2.15/24
			gateway 10.0.2.2
		}
	}
	hubd {
		listen 0.0.0.0:443
		hub main {
			user tokyo {
				password "$scrypt$ln=15,r=8,p=1$E0I+ksagRenGSBZ5nXXM+g$gxZlQuRAh8JmJ0I4L0ubeSpcOcPmA2ad86Bjp653Lk0"
			}
		}
	}
	END
}

hub_disk()
{
	hub_settings >longwire.txt
	cp --sparse=always "$image/longwire.img" hub.img
	# shellcheck disable=SC2046 # two words
	set -- $(part loader)
	mcopy -o -i "hub.img@@$(($1 * 512))" longwire.txt ::/longwire.txt
}

# boot NAME DISK until.py's words: appends the seconds to NAME.times
boot()
{
	_name=$1
	_disk=$2
	shift 2
	rm -f "$_name.serial"
	"$top/regress/bench/until.py" "$LIMIT" "$@" qemu-system-x86_64 \
	    -machine pc -accel tcg -cpu max -m "$MEM" -display none \
	    -monitor none -nodefaults -device virtio-rng-pci \
	    -drive "file=$_disk,if=virtio,format=raw,cache=unsafe" \
	    -netdev "user,id=n0,restrict=on,hostfwd=tcp:127.0.0.1:$PORT-:443" \
	    -device virtio-net-pci,netdev=n0 -serial "file:$_name.serial" \
	    >>"$_name.times" 2>"$_name.err" || {
		cat "$_name.err" "$_name.serial" >&2
		echo "boot: $_name failed; see $out" >&2
		exit 1
	}
	tail -n 1 "$_name.times" |
	    awk -v n="$_name" '{ printf " %s %s (%s)", n, $1, $2 }'
}

# median NAME COLUMN
median()
{
	awk -v c="$2" '{ print $c }' "$1.times" | sort -n |
	    awk '{ a[NR] = $1 } END { print a[int((NR + 1) / 2)] }'
}

[ -f "$image/longwire.img" ] || { echo "boot: run make image" >&2; exit 1; }
rm -rf "$out"
mkdir -p "$out"
cd "$out"
bare_disk
n=1
while [ "$n" -le "$ROUNDS" ]; do
	printf 'boot: round %d, s:' "$n"
	hub_disk
	# (nobody confirms that it came up: a few times, and slot B is next)
	cp --sparse=always bare.img once.img
	boot bare once.img bare.serial 'bare init runs'
	boot first hub.img tls "$PORT"
	boot hub hub.img tls "$PORT"
	echo
	n=$((n + 1))
done
for m in first hub; do
	echo "$m $(median bare 1) $(median bare 2) $(median $m 1)" \
	    "$(median $m 2)" | awk -v goal="$GOAL" '{
		printf "boot: %-5s %.2f s, %.2f x bare (%.2f s)", $1, $4,
		    $4 / $2, $2
		printf "; processor time %.2f s, %.2f x", $5, $5 / $3
		print $1 == "hub" ? "; goal: at most " goal " x" : "" }'
done
