#!/bin/sh
# SPDX-License-Identifier: ISC
# usage: hot.sh
#
# Prints the functions of hubd and vnicd that a lone frame passes, in the order
# of their first calls, from what "make" has built: those that at least every
# second of 20 pings, a tenth of a second apart, calls, by probes of the
# kernel's tracer on all functions.  It is what sys/hot.ld lists.  Needs root.
set -eu

LW_TOP=$(cd "$(dirname "$0")/../.." && pwd)
LW_FLAVOUR=amd64
# shellcheck source=/dev/null
. "$LW_TOP/regress/subr"
# shellcheck source=/dev/null
. "$LW_TOP/regress/netns.subr"
# shellcheck source=/dev/null
. "$LW_TOP/regress/longwire.subr"
# shellcheck source=/dev/null
. "$LW_TOP/regress/bench/peers.subr"

TRACE=/sys/kernel/tracing
OURS=$TRACE/instances/longwire	# a buffer of our own, which goes with it
PINGS=20

atf_fail()
{
	echo "hot.sh: $*" >&2
	exit 1
}

begin()
{
	rm -rf "$LW_TOP/obj/bench/hot"
	mkdir -p "$LW_TOP/obj/bench/hot" "$NETNS_RUN"
	cd "$LW_TOP/obj/bench/hot"
	_netns_stale
	# shellcheck disable=SC2034 # read by netns.subr
	NETNS_OWNER=$$
	[ -e "$TRACE/uprobe_events" ] || mount -t tracefs none "$TRACE" ||
	    atf_fail "the kernel has no tracer"
	trap end EXIT
	trap 'exit 1' HUP INT TERM
}

end()
{
	rmdir "$OURS" 2>/dev/null || :
	: >"$TRACE/uprobe_events" || :
	netns_cleanup >cleanup.out 2>&1 || :
}

# functions PROGRAM: "address name", a line each
functions()
{
	nm "$1" | awk '$2 ~ /^[tT]$/ { print $1, $3 }' | sort -u -k 1,1
}

# probe PROGRAM: one on each of its functions, which their segment has
probe()
{
	_bin=$LW_TOP/obj/$LW_FLAVOUR/sbin/$1
	readelf -lW "$_bin" |
	    awk '$1 == "LOAD" && / R E / { print $2, $3, $6 }' >segment
	read -r _off _at _size <segment
	functions "$_bin" | while read -r _addr _name; do
		_n=$((0x$_addr - _at))
		if [ "$_n" -ge 0 ] && [ "$_n" -lt $((_size)) ]; then
			printf 'p:%s/%s_%s %s:0x%x\n' "$1" "$1" "$_addr" \
			    "$_bin" $((_n + _off))
		fi
	done >>"$TRACE/uprobe_events"
}

# called PROGRAM: "time name" of each call
called()
{
	functions "$LW_TOP/obj/$LW_FLAVOUR/sbin/$1" >named
	awk -v p="$1" '
	    FNR == NR { sub(/\..*/, "", $2); name[p "_" $1 ":"] = $2; next }
	    { for (i = 2; i < NF; i++)
		if ($i in name)
			print $(i - 1), name[$i] }' named trace
}

pings()
{
	mkdir "$OURS"
	echo 16384 >"$OURS/buffer_size_kb"
	# of some functions the first instruction cannot be probed
	for _prog in hubd vnicd; do
		echo 1 >"$OURS/events/$_prog/enable" || :
	done 2>/dev/null
	netns_exec a ping -n -i 0.1 -c "$PINGS" "$(peer_addr longwire b)" \
	    >ping.out || atf_fail "no ping passes"
	for _prog in hubd vnicd; do
		echo 0 >"$OURS/events/$_prog/enable"
	done
	grep "(0x" "$OURS/trace" >trace || atf_fail "nothing was traced"
}

begin
peers_switch
peer_start longwire
probe hubd
probe vnicd
pings
for _prog in hubd vnicd; do
	called "$_prog"
done | sort -n | awk -v n="$PINGS" '
	!($2 in count) { order[++names] = $2 }
	{ count[$2]++ }
	END {
		for (i = 1; i <= names; i++)
			if (count[order[i]] >= n / 2)
				print order[i]
	}'
