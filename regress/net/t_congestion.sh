# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# Congestion control of the outer connections. For the topology see vnic.subr.
# flavours: asan

. "$LW_TOP/regress/net/vnic.subr"

# kernel_default NAME...: namespaces where the kernel's own choice is reno
kernel_default()
{
	for _n in "$@"; do
		netns_exec "$_n" sh -c \
		    'echo reno >/proc/sys/net/ipv4/tcp_congestion_control'
	done
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
	wan_hub
	office a 2
	office b 3
	netns_addr pc-a eth0 192.168.77.1/24
	netns_addr pc-b eth0 192.168.77.2/24
	kernel_default hub box-a box-b
	office_conf a
	office_conf b "congestion system"
	box_up a
	box_up b
	wait_until 30 enough || atf_fail "nothing is sent"
	# the hub's setting is auto for both
	atf_check -o inline:"cubic cubic\n" hub_congestion
	atf_check -o inline:"$want\n" vnic_fact box-a office congestion
	atf_check -o inline:"reno\n" vnic_fact box-b office congestion
	# a busy machine may answer late once or twice, which TCP tries to mend
	atf_check -o match:'^[0-9]$' vnic_fact box-a office retransmits
}
short_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case short
}
