#!/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: ISC
#
# /init of the initrd: finds the root of the slot that the boot loader chose,
# by partition name, mounts it read-only and hands over to its init. The slot
# "medium" is a file on the ISO image.

export PATH=/sbin:/bin:/usr/sbin:/usr/bin
root_wait=15		# seconds that a slow disk may take to appear

fail()
{
	echo "longwire: $*; trying again in 10 seconds" > /dev/console
	sleep 10
	reboot -f
}

# The block device of a partition name, to $name. No process is made for it.
by_name()
{
	for u in /sys/class/block/*/uevent; do
		[ -r "$u" ] || continue
		name=
		while IFS='=' read -r k v; do
			case $k in
			DEVNAME)	name=/dev/$v ;;
			PARTNAME)	[ "$v" != "$1" ] || return 0 ;;
			esac
		done < "$u"
	done
	return 1
}

# Loads the drivers of what there is.
probe()
{
	find /sys/devices -name modalias -exec cat {} + | sort -u |
	    xargs modprobe -a -q
}

# From here on the machine is reset if nobody strokes the watchdog in time (see
# modprobe.d): health(8) does, in the root. The kernel would complain about one
# that is let go without being stopped.
arm()
{
	probe
	[ -c /dev/watchdog ] || modprobe -q softdog || return 0
	read -r level _ < /proc/sys/kernel/printk
	echo 1 > /proc/sys/kernel/printk
	: > /dev/watchdog || echo "longwire: no watchdog"
	echo "$level" > /proc/sys/kernel/printk
}

# A root that is not as it was built is not run.
check_root()
{
	read -r _ size sum < /etc/root
	have=$(head -c "$size" "$1" | sha256sum | cut -d ' ' -f 1)
	[ "$have" = "$sum" ] || fail "$1 is damaged"
}

# Like by_name, for the medium, which is mounted.
by_content()
{
	for b in /sys/class/block/*; do
		mount -t iso9660 -o ro "/dev/${b##*/}" /medium 2>/dev/null ||
		    continue
		name=/medium/longwire/root.img
		[ ! -f $name ] || return 0
		umount /medium
	done
	return 1
}

# find_root: its device or file, to $name
find_root()
{
	if [ "$slot" = medium ]; then
		by_content
	else
		by_name "root-$slot"
	fi
}

/bin/busybox mkdir -p /dev /proc /sys /root /medium
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
exec < /dev/console > /dev/console 2>&1

slot=
# shellcheck disable=SC2013
for w in $(cat /proc/cmdline); do
	case $w in
	longwire.slot=[ab] | longwire.slot=medium)
		slot=${w#*=} ;;
	esac
done
[ -n "$slot" ] || fail "no slot on the kernel's command line"
arm

modprobe squashfs
[ "$slot" != medium ] || modprobe -a isofs loop
n=0
until find_root; do
	[ $n -lt $((root_wait * 5)) ] || fail "no root of slot $slot"
	# disks announce themselves by the alias of the module they want
	[ $n -eq 0 ] || sleep 0.2
	probe
	n=$((n + 1))
done
check_root "$name"
mount -t squashfs -o ro "$name" /root || fail "$name cannot be mounted"
[ "$slot" != medium ] || mount -o move /medium /root/media
umount /sys /proc
mount -o move /dev /root/dev 2>/dev/null || umount /dev
exec switch_root /root /sbin/init
