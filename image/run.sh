#!/bin/sh
# SPDX-License-Identifier: ISC
# usage: [CHECK=1] [SETUP=curl|browser|manual] run.sh | run.sh stop
#
# Boots a hub and two offices from obj/image/amd64/longwire.img, as it ships, as
# virtual machines, each office with a LAN, a router and a PC (namespaces of
# this machine, see run/net.sh). Sets them up by their web forms and shows step
# by step that a PC in one works with a PC in the other as on one switch. Then
# it stays up, with the forms at hand, until Ctrl-C or "run.sh stop"; with
# CHECK=1 it ends instead, with status 0 or 1.
#
# Who fills in the forms (run/form.sh), at ports that are forwarded to the LAN
# side of the boxes, as the boxes let nobody else to them:
# SETUP=curl	this script, which sends what a browser sends (the default: a
#		browser is 400 MB of packages)
# SETUP=browser	Chromium; a picture of each step is left in
#		obj/screenshots/RUN_NAME. The tests use this
# SETUP=manual	you: it prints addresses, set-up codes and pins, and waits until
#		the ping crosses
#
# obj/run holds all that a run needs and leaves: logs, disks, and the records
# by which the next run removes what a killed one left. For tests: RUN_NAME
# names another folder in obj/ for a run beside it, RUN_ACCEL=kvm or tcg
# overrides the probe for hardware acceleration, RUN_HARDWARE names firmware and
# disk of the hub and of both offices (bios or uefi; virtio, sata or nvme; such as
# "bios-sata uefi-nvme uefi-virtio"), RUN_SHORT=1 shows the walk from set-up code
# to ping alone, and a factory reset after it.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
[ "$(id -u)" -eq 0 ] || exec sudo CHECK="${CHECK:-}" SETUP="${SETUP:-}" \
    RUN_NAME="${RUN_NAME:-}" RUN_ACCEL="${RUN_ACCEL:-}" \
    RUN_HARDWARE="${RUN_HARDWARE:-}" RUN_SHORT="${RUN_SHORT:-}" \
    sh "$0" "$@"

LW_TOP=$top
LW_FLAVOUR=amd64
NETNS_OWNER=$$
. "$top/regress/subr"
. "$top/regress/netns.subr"
. "$top/regress/web/node.subr"
. "$top/image/run/net.sh"
. "$top/image/run/vm.sh"
. "$top/image/run/form.sh"
. "$top/image/run/steps.sh"

image=$top/obj/image/amd64/longwire.img
run=$top/obj/${RUN_NAME:-run}
# shellcheck disable=SC2034 # the next two: for the files above
shots=$top/obj/screenshots/${RUN_NAME:-run}
hardware=${RUN_HARDWARE:-bios-virtio bios-virtio bios-virtio}
setup=${SETUP:-curl}

# What the topology functions call when they cannot go on.
atf_fail()
{
	die "$*"
}

die()
{
	printf '\nmake run: %s\n' "$*" >&2
	exit 1
}

# await SECONDS WHAT LOG COMMAND...: polls until COMMAND succeeds; says what
# was awaited, with the end of LOG, if it does not within three times that,
# which is what three emulated machines may need where others want the
# processor, too.
await()
{
	_for=$(($1 * 3))
	_what=$2
	_tail=$3
	shift 3
	_until=$(($(_uptime_cs) + _for * 100))
	until ("$@") >/dev/null 2>&1; do
		if [ "$(_uptime_cs)" -ge "$_until" ]; then
			{
				printf '\n---- end of %s:\n' "$run/$_tail"
				tail -n 25 "$_tail" | tr -d '\r'
				printf -- '----\n'
			} >&2
			die "waited $_for s in vain for $_what"
		fi
		sleep 0.2
	done
}

# say TEXT: a line of what is being shown, with the time since the start.
say()
{
	_now=$(($(_uptime_cs) - started))
	printf '%4d.%d s  %s\n' $((_now / 100)) $((_now / 10 % 10)) "$*"
}

# Whether the script that the owner file records still runs.
run_alive()
{
	[ -e "$run/owner" ] || return 1
	read -r owner owner_start <"$run/owner" || return 1
	_netns_pid_is "$owner" "$owner_start"
}

# own FOLDER: it is of who called sudo, not of root.
own()
{
	[ -z "${SUDO_UID:-}" ] || chown -R "$SUDO_UID:${SUDO_GID:-0}" "$1"
}

# Ends the programs and removes the namespaces that the run recorded.
run_clean()
{
	cd "$run"
	status=0
	netns_cleanup >cleanup.txt 2>&1 || status=1
	rm -f owner ./*.img ./*.vars ./*.sock ./*.form ./*.in ./*.jar www/*
	own "$run"
	return $status
}

run_stop()
{
	if run_alive; then
		cd "$run"
		kill -TERM "$owner"
		wait_until 120 not_alive || die "process $owner does not end"
	elif [ -e "$run/netns.made" ]; then
		run_clean || die "see $run/cleanup.txt"
	fi
}

not_alive()
{
	! run_alive
}

need_tools()
{
	for tool in qemu-system-x86_64 ip nft dnsmasq busybox socat curl \
	    openssl setsid sysctl; do
		command -v "$tool" >/dev/null ||
		    die "$tool is missing; 'make image' installs what is needed"
	done
	case $setup in
	curl | manual)
		;;
	browser)
		for tool in node npm flock chromium; do
			command -v "$tool" >/dev/null ||
			    die "$tool is missing; 'make host-test' installs it"
		done
		node_tools || die "npm cannot get playwright-core"
		own "$top/obj/node" ;;
	*)
		die "SETUP: curl, browser or manual, not $setup" ;;
	esac
	[ -e "$image" ] || die "there is no $image; 'make image' makes it"
}

# Set as the trap of every way out once something was made.
run_end()
{
	status=$?
	trap '' EXIT INT TERM HUP
	if [ -n "${staying:-}" ]; then
		status=0
	elif [ $status -ne 0 ]; then
		echo "make run: FAILED" >&2
	fi
	echo "make run: stopping"
	if ! (run_clean); then
		echo "make run: clean-up FAILED: see $run/cleanup.txt" >&2
		[ $status -ne 0 ] || status=1
	fi
	echo "make run: logs are in $run"
	exit $status
}

case ${1:-} in
stop)
	run_stop
	exit ;;
'')	;;
*)
	echo "usage: [CHECK=1] [SETUP=curl|browser|manual] run.sh | run.sh stop" >&2
	exit 2 ;;
esac

started=$(_uptime_cs)
need_tools
! run_alive || die "it already runs, as process $owner;\
 'sh image/run.sh stop' ends it"
run_stop
rm -rf "$run" "$shots"
mkdir -p "$run"
cd "$run"
echo "$$ $(_netns_start $$)" >owner
trap run_end EXIT
trap 'exit 1' INT TERM HUP

show_all
if [ "${CHECK:-}" = 1 ]; then
	say "PASSED"
	exit 0
fi
how_to_log_in
staying=1
while :; do
	sleep 1
done
