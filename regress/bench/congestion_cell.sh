#!/bin/sh
# SPDX-License-Identifier: ISC
# usage: congestion_cell.sh DIRECTORY
# One measurement of make bench-congestion, in a directory that it makes:
#
#	pc-a:eth0 - p0 [br0] (site-a) wan - emulator - wa (hub) wb - wan (site-b)
#	                                                             [br0] p0
#	                                                                  |
#	                                              pc-b:eth0 ----------+
#
# The bridges of the sites hold the peer's interface, or for "direct" wan; then
# the hub is a bridge too. Everything is made anew for each cell. What it is
# told, by environment:
#
#	KIND	bulk, voip, fair, asymmetric, outage, failover or slow
#	PEER	direct or one of peers.subr
#	LINK	settings of the emulated link: WAY:SETTING,...
#	SEED	of the emulated link
#	INNER	congestion control of the senders
#	OUTER	of the peer's connections
#	OFFLOAD	on or off: TSO and GSO of the LAN hosts
#	SECONDS_1, SECONDS_4	how long one and four streams are sent
#
# Results: iperf3's JSON (one.json, four.json, ...), ping.txt, probe's JSON,
# wan.json of the emulator, idle (share of the machine's time), and what
# Longwire and its sockets say in the middle of the load (show.txt).
# shellcheck disable=SC2153 # PEER and others are from the environment
set -eu

LW_TOP=$(cd "$(dirname "$0")/../.." && pwd)
LW_FLAVOUR=amd64
PATH=$PATH:/usr/sbin:/sbin
export LW_TOP LW_FLAVOUR PATH
NETNS_OWNER=$$
PEER_CC=$OUTER
PEER_SE_BRIDGE=yes
# Longwire begins with cubic, as in the image, and chooses for itself, but for
# cubic it takes what the routes say: the kernel may let only root choose it
PEER_LW_CC=cubic
if [ "$OUTER" = cubic ]; then
	PEER_LW_VNIC="congestion system"
	PEER_LW_HUBD="congestion system"
fi
. "$LW_TOP/regress/subr"
. "$LW_TOP/regress/netns.subr"
. "$LW_TOP/regress/longwire.subr"
. "$LW_TOP/regress/bench/emu.subr"
. "$LW_TOP/regress/bench/peers.subr"

SETTLE=2	# seconds at the start of a transfer that do not count
FAR_RTT=40ms	# what the far hosts of "fair" have more
# what "failover" leaves of the line
FAILOVER="both:delay=25ms,rate=20mbit,queue=50ms,loss=0.5%"
B=192.168.70.2	# pc-b
B_FAR=192.168.70.3

atf_fail()
{
	echo "congestion: $*" >&2
	exit 1
}

leave()
{
	_status=$?
	trap - EXIT
	# a receiver is ended with its namespace
	netns_cleanup >cleanup.log 2>&1 || :
	exit $_status
}

# site NAME NUMBER: a bridge with a PC behind it
site()
{
	netns_add "site-$1" "pc-$1"
	netns_link "pc-$1" eth0 "site-$1" p0
	netns_bridge "site-$1" br0 p0
	netns_addr "pc-$1" eth0 "192.168.70.$2/24"
	for _end in "pc-$1 eth0" "site-$1 p0"; do
		# shellcheck disable=SC2086 # two words
		set -- "$1" $_end
		netns_exec "$2" ethtool -K "$3" tso "$OFFLOAD" gso "$OFFLOAD" \
		    >>ethtool.log 2>&1 || atf_fail "ethtool"
	done
}

# what the image's kernel is told that matters here
as_image()
{
	_wlen=$(sed -n 's/^net.ipv4.tcp_min_rtt_wlen = //p' \
	    "$LW_TOP/etc/sysctl.conf")
	for _at in hub site-a site-b; do
		netns_exec "$_at" sh -c \
		    "echo $_wlen >/proc/sys/net/ipv4/tcp_min_rtt_wlen"
	done
}

place()
{
	netns_add hub
	site a 1
	site b 2
	# shellcheck disable=SC2086 # several ways
	emu_link wan site-a wan hub wa -s "$SEED" $LINK
	netns_link site-b wan hub wb
	if [ "$PEER" = direct ]; then
		netns_bridge hub net wa wb
		join wan
		return
	fi
	netns_addr site-a wan 10.9.1.2/24
	netns_addr hub wa 10.9.1.1/24
	netns_addr hub wb 10.9.2.1/24
	netns_addr site-b wan 10.9.2.2/24
	netns_exec site-b ip route add 10.9.1.0/24 via 10.9.2.1
	[ "$PEER" != longwire ] || as_image
	[ "$PEER" != softether ] || peers_install >install.log 2>&1 ||
	    atf_fail "packages of the peers: $(tail -n 1 install.log)"
	peers_place hub site-a site-b 10.9.1.1
	peer_start "$PEER"
	for _at in site-a site-b; do
		netns_exec $_at ip addr flush dev "$(peer_if "$PEER")"
	done
	join "$(peer_if "$PEER")"
}

# join IF: into the bridges of both sites
join()
{
	for _at in site-a site-b; do
		netns_exec $_at ip link set "$1" master br0
	done
}

reached()
{
	netns_exec pc-a ping -c 1 -W 1 "${1:-$B}"
}

listening()
{
	[ "$(netns_exec "$1" ss -Htln "sport = :$2" | wc -l)" -gt 0 ]
}

# server NS PORT [OPTION...]
server()
{
	_at=$1
	_port=$2
	shift 2
	netns_spawn "server-$_at-$_port" "$_at" iperf3 -s -p "$_port" "$@"
	wait_until 10 listening "$_at" "$_port" || atf_fail "iperf3 -s"
}

# send NAME SECONDS STREAMS [OPTION...]: NAME.json
send()
{
	_out=$1.json
	_limit=$(($2 + SETTLE + 30))
	_seconds=$2
	_streams=$3
	shift 3
	# the server may still be busy with the transfer before
	for _try in 1 2 3; do
		netns_exec pc-a timeout "$_limit" iperf3 -J -C "$INNER" \
		    -O "$SETTLE" -t "$_seconds" -P "$_streams" "$@" >"$_out" &&
		    return
		echo "send: status $? ($_out, try $_try)" >>failed.txt
		! grep -q '"intervals":.*\[{' "$_out" || return 0
		sleep 0.2
	done
}

# ping_for SECONDS: 10 a second; replies after two seconds count as lost
ping_for()
{
	netns_exec pc-a ping -n -i 0.1 -c "$(($1 * 10))" -W 2 "$B" || :
}

# what the daemons and the outer sockets say now
show()
{
	{
		for _at in pc-a site-a hub; do
			echo "== sockets of $_at"
			netns_exec $_at ss -tinm
		done
		if [ "$PEER" = longwire ]; then
			echo "== vnicctl"
			vnicctl longwire-a -j show
			echo "== hubctl"
			hubctl longwire-hub -j show sessions
			hubctl longwire-hub -j show stats
		fi
	} >show.txt 2>&1 || :
}

bulk()
{
	netns_exec pc-a ping -n -q -c 20 -i 0.05 -W 2 "$B" >idle.txt || :
	server pc-b 5201
	[ "$SECONDS_1" -eq 0 ] || send one "$SECONDS_1" 1 -c "$B"
	send four $((SECONDS_4 + 2)) 4 -c "$B" &
	_load=$!
	sleep $SETTLE
	ping_for "$SECONDS_4" >ping.txt &
	_ping=$!
	sleep $((SECONDS_4 / 2))
	show
	wait $_ping
	wait $_load
}

voip()
{
	server pc-b 5201
	server pc-b 5202
	send up $((SECONDS_4 + 2)) 4 -c "$B" &
	_up=$!
	send down $((SECONDS_4 + 2)) 4 -c "$B" -p 5202 -R &
	_down=$!
	sleep $SETTLE
	_count=$((SECONDS_4 * 50))
	probe pc-a:192.168.70.1 "pc-b:$B" -n $_count -l 200 >voip-up.json &
	_voip=$!
	probe "pc-b:$B" pc-a:192.168.70.1 -n $_count -l 200 >voip-down.json
	wait $_voip
	show
	wait $_up
	wait $_down
}

# half of eight flows go to a host that is farther away
fair()
{
	netns_add far
	emu_link more site-b p1 far eth0 "up:delay=$FAR_RTT"
	netns_exec site-b ip link set p1 master br0
	netns_addr far eth0 $B_FAR/24
	wait_until 10 reached $B_FAR || atf_fail "far host: no ping passes"
	server pc-b 5201
	server far 5201
	send near "$SECONDS_4" 4 -c "$B" &
	_near=$!
	send far "$SECONDS_4" 4 -c "$B_FAR"
	wait $_near
}

asymmetric()
{
	server pc-b 5201
	send down "$SECONDS_4" 4 -c "$B" -R
}

# five seconds without the link from the eighth on, in steps of 0.1 s
outage()
{
	server pc-b 5201 -J -i 0.1
	send outage 22 4 -c "$B" -i 0.1 \
	    --get-server-output &
	_load=$!
	sleep $((8 + SETTLE))
	emu_set wan both:outage=5s
	sleep 4
	show
	wait $_load
}

# from the 14th second on the line is a slow and long one
failover()
{
	server pc-b 5201 -J
	send failover 54 4 -c "$B" --get-server-output &
	_load=$!
	sleep $((14 + SETTLE))
	emu_set wan "$FAILOVER"
	sleep 20
	ping_for 18 >ping.txt &
	_ping=$!
	sleep 9
	show
	wait $_ping
	wait $_load
}

# what pc-a sends to pc-b, without and with a third site whose line carries a
# fiftieth of what pc-b sends to it
slow()
{
	netns_add site-c pc-c
	emu_link thin site-c wan hub wc both:delay=10ms,rate=1mbit,queue=100ms
	netns_link pc-c eth0 site-c p0
	netns_bridge site-c br0 p0
	netns_addr pc-c eth0 192.168.70.4/24
	slow_join
	wait_until 20 reached 192.168.70.4 || atf_fail "site c: no ping passes"
	server pc-b 5201
	server pc-c 5201
	send alone "$SECONDS_4" 4 -c "$B" &
	_load=$!
	sleep $SETTLE
	ping_for "$SECONDS_4" >alone.txt
	wait $_load
	netns_exec pc-b iperf3 -c 192.168.70.4 -u -b 50M -l 1400 \
	    -t $((SECONDS_4 + 2 * SETTLE + 2)) >flood.txt 2>&1 &
	_flood=$!
	send beside "$SECONDS_4" 4 -c "$B" &
	_load=$!
	sleep $SETTLE
	ping_for "$SECONDS_4" >beside.txt
	show
	wait $_load
	wait $_flood || :
}

# site c as the third of the hub
slow_join()
{
	if [ "$PEER" = direct ]; then
		netns_exec hub ip link set wc master net
		netns_exec site-c ip link set wan master br0
		return
	fi
	[ "$PEER" = longwire ] || atf_fail "no third site of $PEER"
	netns_addr site-c wan 10.9.3.2/24
	netns_addr hub wc 10.9.3.1/24
	netns_exec site-c ip route add 10.9.1.0/24 via 10.9.3.1
	sed 's/longwire-a/longwire-c/
	    s/02:00:00:00:00:0a/02:00:00:00:00:0c/' longwire-a.conf \
	    >longwire-c.conf
	mkdir -p longwire-c.root longwire-c.db
	chmod 700 longwire-c.db
	start_vnicd longwire-c site-c
	wait_until 20 vnic_up longwire-c site || atf_fail "site c not connected"
	netns_exec site-c ip link set lw0 master br0
}

# processor time of the machine: "total idle"
machine()
{
	awk '$1 == "cpu" { for (i = 2; i <= 9; i++) t += $i; print t, $5 + $6 }' \
	    /proc/stat
}

mkdir -p "$1"
cd "$1"
rm -rf ./*
trap leave EXIT
trap 'exit 130' INT TERM
place
wait_until 20 reached || atf_fail "$PEER: no ping passes"
machine >before
"$KIND"
machine | cat before - |
    awk '{ t[NR] = $1; i[NR] = $2 }
	END { printf "%.3f\n", (i[2] - i[1]) / (t[2] - t[1]) }' >idle
emu_stop wan
