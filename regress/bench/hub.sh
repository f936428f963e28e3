#!/bin/sh
# SPDX-License-Identifier: ISC
# usage: hub.sh [fdb|flood|rules|policy|capture]...
# What a hub's time is spent on: ratios, from runs in turns in one process.
#
#	fdb-rate-ratio	frames per second of the hub's time with 65,536
#			addresses, against 16 (goal: 0.9 or more)
#	flood-cpu-ratio	the hub's time for a flood to 100 ports, against 100
#			unicasts of the same bytes (goal: 1.1 or less)
#	rules-cpu-ratio	the hub's time for a packet with an access list of
#			1,000 rules, against one rule (goal: below 2)
#	policy-cpu-ratio  the same with all policies that such packets pass,
#			limits on rates and an access list, against none
#	capture-cpu-ratio  the same with a capture of the hub whose filter
#			takes no packet, against none
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

# rules COUNT: of which several are about each packet that h_load sends
rules()
{
	awk -v n="$1" 'BEGIN {
		for (i = 0; i < n; i++) {
			p = i * 61 % 30000
			printf "rule r%d {\n action pass\n direction in\n", i
			printf " source 10.1.%d.0/17\n", i % 2 * 128
			printf " destination 10.%d.%d.0/18\n protocol udp\n",
			    n == 1 ? 0 : i % 250, int(i / 250) * 64
			printf " destination-port %d-%d\n}\n", p, p + 35000
		}
	}'
}

# all that a packet of h_load passes
policies()
{
	cat <<-'EOT'
		policy all {
			ipv6 no
			other-protocols no
			dhcp-server no
			dhcp6-server no
			dhcp6 no
			bpdu no
			pppoe no
			ospf no
			vlan-tags no
			router-solicitation no
			router-advertisement no
			default-router no
			broadcast discovery
			incoming-tcp no
			incoming-tcp6 no
			isolated yes
			unique-mac yes
			unique-ip yes
			unique-ip6 yes
			leased-only yes
			bridging no
			routing no
			routing6 no
			max-ips 4
			max-ips6 4
			max-mss 1200
			upload-rate 90000000
			download-rate 90000000
			idle-time 1h
			max-time 1d
		}
	EOT
}

# extra HUB WHAT: what is different between the two hubs
extra()
{
	case $2:$1 in
	rules:small)	rules 1 ;;
	rules:large)	rules 1000 ;;
	policy:large)	policies; rules 100 ;;
	esac
}

# hub NAME WHAT
hub()
{
	_judged=
	[ "$2:$1" != policy:large ] || _judged="policy all"
	cat <<-EOT
		hub $1 {
			$(extra "$1" "$2")
			$(hub_user judged secret "$_judged")
			storm-broadcast 0
			fdb-max 131072
			fdb-max-session 131072
			$(hub_user load secret "max-sessions 0")
		}
	EOT
}

# a capture of the hub "large" that looks at each packet and takes none
capture_none()
{
	netns_spawn capture h sh "$LW_TOP/regress/lw.sh" hubctl \
	    -s "$PWD/hub.sock" capture -w none.pcapng hub large \
	    udp and host 192.0.2.1
	wait_until 10 test -s none.pcapng || atf_fail "no capture"
}

ended()
{
	! netns_alive "$1"
}

run()
{
	netns_add h c
	netns_link h eth0 c eth0
	netns_addr h eth0 10.0.0.1/24
	netns_addr c eth0 10.0.0.2/24
	for what in "$@"; do
		{
			echo "default-hub small"
			hub small "$what"
			hub large "$what"
		} | hub_conf hub
		start_hubd hub h
		[ "$what" != capture ] || capture_none
		# its children forward; the parent has nothing to do
		# shellcheck disable=SC2046 # several
		netns_exec c sh "$LW_TOP/regress/lw.sh" \
		    "$LW_HELPERS/bench/h_load" 10.0.0.1 "$(hub_pin hub)" \
		    "$what" $(pgrep -P "$(netns_pid hub)")
		netns_stop hub
		[ "$what" != capture ] || wait_until 10 ended capture
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
