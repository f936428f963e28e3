# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# The box's own address, cable and network change, or its line fails: the
# session resumes within 5 s of there being a way. For the topology see
# vnic.subr; there is one box.
# flavours: asan
# timeout: 180

. "$LW_TOP/regress/net/vnic.subr"

# seconds until a session is back; the sanitizers' runs may be slower
BACK=5
[ "$LW_FLAVOUR" = amd64 ] || BACK=10

head()
{
	atf_set descr "$1"
	atf_set require.user root
}

# box_alone [SETTING...]: connected, with an address behind the tunnel to ping
box_alone()
{
	need ip ping jq
	wan_hub ${hub_setting:+"$hub_setting"}
	office a 2
	office b 3
	netns_addr pc-a eth0 192.168.77.1/24
	netns_addr pc-b eth0 192.168.77.2/24
	office_conf a "$@"
	office_conf b
	box_up a
	box_up b
	wait_until 10 pings pc-a 192.168.77.2 || atf_fail "no ping"
	# one that lasted is tried again eagerly
	wait_until 5 lasted || atf_fail "does not last"
}

lasted()
{
	[ "$(vnic_fact box-a office since)" -ge 2 ]
}

# back SINCE: traffic flows within BACK seconds, by a session that resumed
back()
{
	wait_until "$BACK" pings pc-a 192.168.77.2 ||
	    atf_fail "not back within $BACK s after: $1"
	[ "$(vnic_fact box-a office resumed)" -ge 1 ] ||
	    atf_fail "not resumed, but new, after: $1"
}

box()
{
	_netns_do ip -n "$(netns_name box-a)" "$@"
}

atf_test_case renumbered cleanup
renumbered_head()
{
	head "another address on the same interface, as DHCP may give"
}
renumbered_body()
{
	box_alone
	box addr del 10.9.0.2/24 dev wan
	netns_addr box-a wan 10.9.0.20/24
	back "another address"
	says box-a "this machine's address has changed" ||
	    atf_fail "the reason is not in the log"
}
renumbered_cleanup()
{
	netns_cleanup
}

# the counterpart in "inet" of the box's cable
cable()
{
	_netns_do ip -n "$(netns_name inet)" link set box-a "$1"
}

atf_test_case replugged cleanup
replugged_head()
{
	head "the cable is pulled for longer than TCP waits between tries"
}
replugged_body()
{
	hub_setting="keepalive 60s"
	box_alone "keepalive 60s"
	cable down
	# something to be sent makes TCP wait ever longer between its tries
	netns_spawn traffic pc-a ping -q -i 0.5 192.168.77.2
	sleep 14
	[ "$(vnic_fact box-a office state)" = open ] ||
	    atf_fail "given up before the keep-alive's time"
	cable up
	wait_until "$BACK" pings pc-a 192.168.77.2 ||
	    atf_fail "not back within $BACK s"
}
replugged_cleanup()
{
	netns_cleanup
}

atf_test_case roamed cleanup
roamed_head()
{
	head "another interface in another network takes over"
}
roamed_body()
{
	box_alone
	netns_link inet away box-a wlan
	netns_addr inet away 10.8.0.1/24
	netns_addr inet net 10.9.0.254/24
	netns_exec inet sysctl -qw net.ipv4.ip_forward=1
	_netns_do ip -n "$(netns_name hub)" route add default via 10.9.0.254
	box link set wan down
	wait_until 30 not_up || box addr flush dev wan
	netns_addr box-a wlan 10.8.0.2/24
	box route add default via 10.8.0.1
	back "another network"
	atf_check -o inline:"wlan\n" vnic_fact box-a office uplink
}
roamed_cleanup()
{
	netns_cleanup
}

atf_test_case cut cleanup
cut_head()
{
	head "the line fails beyond the box, which sees nothing of it"
}
cut_body()
{
	box_alone "keepalive 4s" "retry-max 1m"
	_netns_do ip -n "$(netns_name inet)" link set hub down
	wait_until 15 not_up || atf_fail "the loss is not seen"
	# long enough for the wait between attempts to have grown
	sleep 20
	_netns_do ip -n "$(netns_name inet)" link set hub up
	back "a line that failed"
	says box-a "nothing heard for 4 s" ||
	    atf_fail "the reason is not in the log"
}
cut_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case renumbered
	atf_add_test_case replugged
	atf_add_test_case roamed
	atf_add_test_case cut
}
