# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# Two offices, each with a router and a DHCP server, as one segment: whose
# addresses PCs are offered.
# flavours: asan
# timeout: 240

. "$LW_TOP/regress/net/vnic.subr"

# offers NS [WANTED]: the last octets of the servers that make NS an offer
offers()
{
	netns_exec "$1" python3 "$LW_TOP/regress/net/offers.py" eth0 \
	    ${2:+"$2"} | sed 's/ .*//; s/.*\.//' | tr '\n' ' '
}

# set_box LETTER SETTING...: in place of what the box had of these
set_box()
{
	_l=$1
	shift
	sed -i '/stay-local/d; /addresses-from/d' "box-$_l.conf"
	for _s in "$@"; do
		sed -i "s,bridge br0,&\n$_s," "box-$_l.conf"
	done
	atf_check vnicctl "box-$_l" reload
}

# wrong_side LETTER KIND: box LETTER has dropped such frames
wrong_side()
{
	[ "$(vnic_fact "box-$1" office "wrong-side-$2")" -gt 0 ]
}

# two_servers: routers 192.168.1.1 and .2 behind boxes a and b, whose addresses
# are not made from the one machine that both run on
two_servers()
{
	wan_hub
	office a 2
	office b 3
	office_conf a "stay-local no" "mac fe:00:00:00:00:0a"
	office_conf b "stay-local no" "mac fe:00:00:00:00:0b"
	router a 192.168.1.100 192.168.1.119
	router b 192.168.1.200 192.168.1.219 192.168.1.2
	box_up a
	box_up b
	netns_addr pc-a eth0 192.168.1.11/24
	netns_addr pc-b eth0 192.168.1.12/24
	wait_until 10 pings pc-b 192.168.1.11 || atf_fail "no ping across"
}

atf_test_case sides cleanup
sides_head()
{
	atf_set descr "both answer; with lan the own alone; tunnel the far one"
	atf_set require.user root
}
sides_body()
{
	need ip ping jq dnsmasq python3
	two_servers
	atf_check -o inline:"both\n" vnic_fact box-b office addresses-from
	atf_check -o inline:"1 2 " offers pc-a 2
	atf_check -o inline:"1 2 " offers pc-b 2

	# b keeps to its own; what a's PCs ask still reaches b's server
	set_box b "stay-local no" "addresses-from lan"
	atf_check -o inline:"lan\n" vnic_fact box-b office addresses-from
	atf_check -o inline:"2 " offers pc-b
	atf_check wrong_side b dhcp
	atf_check -o inline:"1 2 " offers pc-a 2

	# a's router is to serve both: b's answers stay in b
	set_box a "stay-local no" "addresses-from lan"
	set_box b "stay-local no" "addresses-from tunnel"
	atf_check -o inline:"1 " offers pc-a
	# b's own server is heard in b until it is turned off
	atf_check -o inline:"1 2 " offers pc-b 2
	netns_stop rt-b
	atf_check -o inline:"1 " offers pc-b 1
	ip -n "$(netns_name pc-b)" addr flush dev eth0
	lease pc-b eth0 >lease.b || atf_fail "no lease from the far office"
	atf_check -o match:"by 192.168.1.1 router 192.168.1.1" cat lease.b

	# all of it without connecting anew
	atf_check -s exit:1 grep "connecting anew" box-a.log box-b.log
}
sides_cleanup()
{
	netns_cleanup
}

# has LETTER FACT VALUE: what box LETTER knows
has()
{
	[ "$(vnic_fact "box-$1" office "$2")" = "$3" ]
}

atf_test_case detects cleanup
detects_head()
{
	atf_set descr "both servers are found without any host that asks"
	atf_set require.user root
}
detects_body()
{
	need ip jq dnsmasq python3
	two_servers
	wait_until 20 has b dhcp-lan 192.168.1.2 || atf_fail "own not found"
	wait_until 20 has b dhcp-tunnel 192.168.1.1 || atf_fail "far not found"
	# nobody was given anything
	atf_check -s exit:1 grep DHCPACK rt-a.log rt-b.log
	atf_check test ! -s rt-a.leases -a ! -s rt-b.leases

	# both offices number alike: the far router has the own one's address
	_netns_do ip -n "$(netns_name rt-b)" addr add 192.168.1.1/24 dev lan
	sed -i 's,bridge br0,&\ngateway 192.168.1.1,' box-b.conf
	atf_check vnicctl box-b reload
	atf_check vnicctl box-b probe
	wait_until 10 has b same-router 192.168.1.1 || atf_fail "no duplicate"
	atf_check -o match:"router address 192.168.1.1 .* too; DHCP server" \
	    vnic_fact box-b office found

	# one that was turned off is forgotten
	netns_stop rt-a
	atf_check vnicctl box-b probe
	wait_until 10 has b dhcp-tunnel "" || atf_fail "not forgotten"
	wait_until 10 has b dhcp-lan 192.168.1.2 || atf_fail "own not found"
	# a box that keeps to itself asks as well, and stays closed
	set_box b "stay-local yes"
	atf_check vnicctl box-b probe
	wait_until 10 has b dhcp-lan 192.168.1.2 || atf_fail "own not found"
	atf_check -o inline:"2 " offers pc-b
}
detects_cleanup()
{
	netns_cleanup
}

# router6 LETTER NAME COMMAND...: IPv6 at that office's router, and a program
# there
router6()
{
	_rt=rt-$1
	_prog=$2
	shift 2
	netns_ipv6 "$_rt"
	_netns_do netns_exec "$_rt" sh -c \
	    'echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
	netns_spawn "$_prog" "$_rt" "$@"
}

# dhcp6 NAME LETTER OPTION...: dnsmasq as a DHCPv6 server there
dhcp6()
{
	_name=$1
	_rt=$2
	shift 2
	netns_addr "rt-$_rt" lan "2001:db8:$_rt::1/64"
	router6 "$_rt" "$_name" dnsmasq --keep-in-foreground --port=0 \
	    --interface=lan --conf-file=/dev/null --user=root \
	    --dhcp-range="2001:db8:$_rt::100,2001:db8:$_rt::1ff,64,1h" \
	    --dhcp-leasefile="$PWD/$_name.leases" --pid-file= --log-facility=- \
	    --log-dhcp "$@"
	wait_until 10 says "$_name" "DHCPv6, IP range" ||
	    atf_fail "no DHCPv6 server"
}

# link_local LETTER: of that office's router
link_local()
{
	ip -n "$(netns_name "rt-$1")" -6 addr show dev lan scope link |
	    sed -n 's,.*inet6 \(.*\)/.*,\1,p'
}

atf_test_case detects6 cleanup
detects6_head()
{
	atf_set descr "IPv6 routers and DHCPv6 servers of both sides are found"
	atf_set require.user root
}
detects6_body()
{
	need ip jq dnsmasq radvd
	two_servers
	# all of it in one program here; there, one for each
	netns_ipv6 rt-a
	netns_ipv6 rt-b
	dhcp6 dhcp6-a a --enable-ra
	dhcp6 dhcp6-b b
	cat >radvd.conf <<-'EOF'
		interface lan {
			AdvSendAdvert on;
			AdvManagedFlag on;
			prefix 2001:db8:b::/64 { };
		};
	EOF
	router6 b radvd-b radvd -n -m stderr -C "$PWD/radvd.conf" \
	    -p "$PWD/radvd.pid" -u root
	a=$(link_local a)
	b=$(link_local b)
	for fact in "routers6-lan $b" "routers6-tunnel $a" "dhcp6-lan $b" \
	    "dhcp6-tunnel $a"; do
		atf_check vnicctl box-b probe
		# shellcheck disable=SC2086 # two words
		wait_until 15 has b $fact || atf_fail "not found: $fact"
	done
	atf_check -o match:"IPv6 router $a .* at the far side" \
	    -o match:"DHCPv6 server $a .* at the far side" \
	    -o match:"DHCPv6 server $b .* in this office" \
	    vnic_fact box-b office found
	# no router there gave anything away
	atf_check -s exit:1 grep -E "DHCPREPLY|DHCPREQUEST" \
	    dhcp6-a.log dhcp6-b.log
	atf_check -s exit:1 grep 2001:db8 dhcp6-a.leases dhcp6-b.leases
	# one that says that it is a router no more is none
	netns_stop radvd-b
	wait_until 10 has b routers6-lan "" || atf_fail "still a router"
	atf_check has b routers6-tunnel "$a"
	# a box that keeps to itself asks as well; nothing goes across
	set_box b "stay-local yes"
	atf_check vnicctl box-b probe
	wait_until 10 has b dhcp6-lan "$b" || atf_fail "own not found"
	wait_until 10 has b dhcp6-tunnel "$a" || atf_fail "far not found"
}
detects6_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case detects
	atf_add_test_case detects6
	atf_add_test_case sides
}
