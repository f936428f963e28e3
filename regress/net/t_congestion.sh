# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# Congestion control of the outer connections. For the topology see vnic.subr.
# flavours: asan
# timeout: 300

. "$LW_TOP/regress/net/vnic.subr"
. "$LW_TOP/regress/bench/emu.subr"

# kernel_default CC NAME...: namespaces where that is the kernel's own choice
kernel_default()
{
	_cc=$1
	shift
	for _n in "$@"; do
		netns_exec "$_n" sh -c \
		    "echo $_cc >/proc/sys/net/ipv4/tcp_congestion_control"
	done
}

# hub_and_hosts CC: two offices with a PC each, whose daemons' kernel has that
hub_and_hosts()
{
	wan_hub
	office a 2
	office b 3
	netns_addr pc-a eth0 192.168.77.1/24
	netns_addr pc-b eth0 192.168.77.2/24
	kernel_default "$1" hub box-a box-b
}

# hub_congestion: of the sessions, sorted
hub_congestion()
{
	hubctl hub -j show sessions | jq -r '.[].congestion' | sort | xargs
}

# enough: box a has sent enough for a verdict, and TCP's figures are shown
enough()
{
	pings pc-a 192.168.77.2 -i 0.002 -c 300 -s 1400 -q >/dev/null
	[ "$(vnic_fact box-a office tx-frames)" -gt 900 ] &&
	    [ "$(vnic_fact box-a office tcp-rtt-us)" -gt 0 ]
}

# cubic_taken: by the hub, whose setting is auto, for both; a busy machine is a
# long way while it is busy
cubic_taken()
{
	enough
	[ "$(hub_congestion)" = "cubic cubic" ]
}

atf_test_case short cleanup
short_head()
{
	atf_set descr "cubic on a short and clean path, or what is set"
	atf_set require.user root
}
short_body()
{
	need ip ping jq
	grep -qw cubic /proc/sys/net/ipv4/tcp_available_congestion_control ||
	    atf_skip "this kernel has no cubic"
	# vnicd's session process is not root, hubd's listener is opened by root
	want=reno
	grep -qw cubic /proc/sys/net/ipv4/tcp_allowed_congestion_control &&
	    want=cubic
	hub_and_hosts reno
	office_conf a
	office_conf b "congestion system"
	box_up a
	box_up b
	wait_until 30 enough || atf_fail "nothing is sent"
	wait_until 60 cubic_taken || atf_fail "the hub has $(hub_congestion)"
	wait_until 60 box_takes "$want" || atf_fail \
	    "box a has $(vnic_fact box-a office congestion), not $want"
	atf_check -o inline:"reno\n" vnic_fact box-b office congestion
	# a busy machine may answer late at times, which TCP tries to mend
	again=$(vnic_fact box-a office retransmits)
	[ "$again" -le $(($(vnic_fact box-a office tx-frames) / 10)) ] ||
	    atf_fail "$again sent again"
}
box_takes()
{
	enough
	[ "$(vnic_fact box-a office congestion)" = "$1" ]
}
short_cleanup()
{
	netns_cleanup
}

# line UP: whether the box's line carries anything; its ends see no difference
line()
{
	if [ "$1" = up ]; then
		_state=3
	else
		_state=0
	fi
	netns_exec inet bridge link set dev box-a state $_state
}

is_congestion()
{
	[ "$(vnic_fact box-a office congestion)" = "$1" ]
}

# cut_off: the line goes; box a notices before TCP times out. A busy machine
# may be too late for that.
cut_off()
{
	wait_until 5 is_congestion bbr || atf_fail "no BBR"
	line down
	! wait_until 2 is_congestion reno || return 0
	line up
	return 1
}

# sent_more N: box a has sent frames since there were N
sent_more()
{
	[ "$(vnic_fact box-a office tx-frames)" -gt "$1" ]
}

atf_test_case outage cleanup
outage_head()
{
	atf_set descr "reno in place of BBR during an outage"
	atf_set require.user root
}
outage_body()
{
	need ip bridge iperf3 jq
	grep -qw bbr /proc/sys/net/ipv4/tcp_allowed_congestion_control ||
	    atf_skip "this kernel has no BBR"
	wan_hub
	offices "congestion bbr"
	netns_spawn iperf3 pc-b iperf3 -s
	netns_spawn load pc-a sh -c \
	    'until iperf3 -c 192.168.77.2 -t 120; do sleep 0.2; done'
	wait_until 20 sent_more 5000 || atf_fail "nothing is sent"
	_tries=0
	until cut_off; do
		[ $((_tries += 1)) -lt 5 ] || atf_fail "no outage is noticed"
		_sent=$(vnic_fact box-a office tx-frames)
		wait_until 20 sent_more $((_sent + 1000)) ||
		    atf_fail "it does not go on"
	done
	_sent=$(vnic_fact box-a office tx-frames)
	line up
	wait_until 20 sent_more $((_sent + 5000)) || atf_fail "nothing goes on"
	wait_until 5 is_congestion bbr || atf_fail "BBR does not come back"
}
outage_cleanup()
{
	netns_cleanup
}

# On this line cubic would need half a minute for 400 segments. Where it is
# refused, slow start is reno's: what paces from the first byte is worse.
atf_test_case start cleanup
start_head()
{
	atf_set descr "BBR takes over from the first slow start on a lossy line"
	atf_set require.user root
}
start_body()
{
	need ip iperf3 jq
	grep -qw bbr /proc/sys/net/ipv4/tcp_allowed_congestion_control ||
	    atf_skip "this kernel has no BBR"
	box_far both:delay=200ms,loss=3%
	hub_and_hosts bbr
	office_conf a
	office_conf b
	box_up a
	box_up b
	wait_until 20 pings pc-a 192.168.77.2 || atf_fail "no ping"
	[ "$(vnic_fact box-a office congestion)" != bbr ] ||
	    atf_fail "it begins with BBR"
	netns_spawn iperf3 pc-b iperf3 -s
	netns_spawn load pc-a sh -c \
	    'until iperf3 -c 192.168.77.2 -t 60; do sleep 0.2; done'
	wait_until 12 is_congestion bbr || atf_fail "no BBR"
}
start_cleanup()
{
	netns_cleanup
}

# limited: a connection of box a may send no faster than so
limited()
{
	netns_exec box-a ss -Htin dst 10.9.0.1 |
	    grep -q 'pacing_rate [0-9.]*[KMG]*bps/'
}

# settled SETTING: box a has that, and has sent enough for a ceiling
settled()
{
	office_conf a "$1"
	box_up a
	wait_until 10 is_congestion bbr || atf_fail "$1: no BBR"
	wait_until 20 sent_more 5000 || atf_fail "$1: nothing is sent"
}

atf_test_case system cleanup
system_head()
{
	atf_set descr "what the system has chosen is left alone"
	atf_set require.user root
}
system_body()
{
	need ip iperf3 jq ss
	grep -qw bbr /proc/sys/net/ipv4/tcp_allowed_congestion_control ||
	    atf_skip "this kernel has no BBR"
	box_far both:delay=10ms,rate=20mbit,queue=60ms
	hub_and_hosts bbr
	office_conf b
	box_up b
	netns_spawn iperf3 pc-b iperf3 -s
	netns_spawn load pc-a sh -c \
	    'until iperf3 -c 192.168.77.2 -t 120; do sleep 0.2; done'
	settled "congestion bbr"
	wait_until 20 limited || atf_fail "BBR of our choice has no ceiling"
	netns_stop box-a
	settled "congestion system"
	! wait_until 8 limited || atf_fail "the system's BBR has a ceiling"
	emu_set line both:outage=3s
	! wait_until 3 is_congestion reno ||
	    atf_fail "the system's BBR gives way"
}
system_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case outage
	atf_add_test_case short
	atf_add_test_case start
	atf_add_test_case system
}
