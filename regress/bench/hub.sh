#!/bin/sh
# SPDX-License-Identifier: ISC
# usage: hub.sh [fdb|flood]...
# What a hub's time is spent on: ratios, from runs in turns in one process.
#
#	fdb-rate-ratio	frames per second of the hub's time with 65,536
#			addresses, against 16 (goal: 0.9 or more)
#	flood-cpu-ratio	the hub's time for a flood to 100 ports, against 100
#			unicasts of the same bytes (goal: 1.1 or less)
#
#	h:eth0 10.0.0.1 ---- c:eth0 10.0.0.2
#	hubd                 h_load
set -eu

LW_TOP=$(cd "$(dirname "$0")/../.." && pwd)
LW_FLAVOUR=amd64
# shellcheck source=/dev/null
. "$LW_TOP/regress/subr"
# shellcheck source=/dev/null
. "$LW_TOP/regress/netns.subr"
# shellcheck source=/dev/null
. "$LW_TOP/regress/longwire.subr"

atf_fail()
{
	echo "hub.sh: $*" >&2
	exit 1
}

hub()
{
	cat <<-EOT
		hub $1 {
			storm-broadcast 0
			fdb-max 131072
			fdb-max-session 131072
			$(hub_user load secret "max-sessions 0")
		}
	EOT
}

run()
{
	netns_add h c
	netns_link h eth0 c eth0
	netns_addr h eth0 10.0.0.1/24
	netns_addr c eth0 10.0.0.2/24
	{ echo "default-hub small"; hub small; hub large; } | hub_conf hub
	start_hubd hub h
	# its children forward; the parent has nothing to do
	for what in "$@"; do
		# shellcheck disable=SC2046 # several
		netns_exec c sh "$LW_TOP/regress/lw.sh" \
		    "$LW_HELPERS/bench/h_load" 10.0.0.1 "$(hub_pin hub)" \
		    "$what" $(pgrep -P "$(netns_pid hub)")
	done
}

work=$(mktemp -d)
cd "$work"
NETNS_OWNER=$$
export NETNS_OWNER
trap 'netns_cleanup >/dev/null; cd /; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
[ $# -gt 0 ] || set -- fdb flood
run "$@"
