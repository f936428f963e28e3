#!/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: ISC
#
# /init of the initrd: finds the root of the slot that the boot loader chose,
# by partition name, mounts it read-only and hands over to its init.

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

/bin/busybox mkdir -p /dev /proc /sys /root
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
exec < /dev/console > /dev/console 2>&1

slot=
# shellcheck disable=SC2013
for w in $(cat /proc/cmdline); do
	case $w in
	longwire.slot=[ab])	slot=${w#*=} ;;
	esac
done
[ -n "$slot" ] || fail "no slot on the kernel's command line"
arm

modprobe squashfs
n=0
until by_name "root-$slot"; do
	[ $n -lt $((root_wait * 5)) ] || fail "no partition root-$slot"
	# disks announce themselves by the alias of the module they want
	[ $n -eq 0 ] || sleep 0.2
	probe
	n=$((n + 1))
done
check_root "$name"
mount -t squashfs -o ro "$name" /root || fail "$name cannot be mounted"
umount /sys /proc
mount -o move /dev /root/dev 2>/dev/null || umount /dev
exec switch_root /root /sbin/init
