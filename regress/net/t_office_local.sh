# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# Two real offices: routers and DHCP servers of their own, at one address.
# flavours: asan
# timeout: 180

. "$LW_TOP/regress/net/vnic.subr"

head()
{
	atf_set descr "$1"
	atf_set require.user root
}

# mac NS IF
mac()
{
	netns_exec "$1" cat "/sys/class/net/$2/address"
}

# arp NS MAC: NS finds 192.168.1.1 at that address
arp_is()
{
	ip -n "$(netns_name "$1")" neigh flush all
	netns_exec "$1" ping -c 1 -W 20 192.168.1.1 &&
	    ip -n "$(netns_name "$1")" neigh show 192.168.1.1 |
	    grep -q "$2"
}

# in_range FIRST LAST: the lease of stdin is within them (last octets)
in_range()
{
	awk -v first="$1" -v last="$2" '
	    / by 192.168.1.1 / {
		split($1, o, ".")
		if (o[4] + 0 >= first && o[4] + 0 <= last) good = 1
	    }
	    END { exit !good }'
}

atf_test_case stay_local cleanup
stay_local_head()
{
	head "each office keeps its router and addresses; reload shares one"
}
stay_local_body()
{
	need ip ping jq dnsmasq busybox python3 tcpdump
	wan_hub
	office a 2
	office b 3
	office_conf a
	office_conf b
	netns_spawn ra pc-b tcpdump -l -n -i eth0 icmp6
	wait_until 10 grep -q "listening on" ra.log || atf_fail "no tcpdump"
	router a 192.168.1.100 192.168.1.119
	router b 192.168.1.200 192.168.1.219
	box_up a
	box_up b

	wait_until 15 router_known a || atf_fail "router not found"
	wait_until 15 router_known b || atf_fail "router not found"
	lease pc-a eth0 >lease.a || atf_fail "no lease for a"
	lease pc-b eth0 >lease.b || atf_fail "no lease for b"
	atf_check in_range 100 119 <lease.a
	atf_check in_range 200 219 <lease.b
	# each PC sees its own router only
	for _ in 1 2 3; do
		atf_check -o ignore arp_is pc-a "$(mac rt-a lan)"
		atf_check -o ignore arp_is pc-b "$(mac rt-b lan)"
	done
	# and yet they are on one segment
	a=$(sed -n 's/ by .*//p' lease.a)
	wait_until 10 pings pc-b "$a" || atf_fail "no ping across"
	atf_check kept dhcp
	atf_check kept arp

	router_advertises
	wait_until 5 kept ra || atf_fail "a router advertisement went out"
	wait_until 10 pings pc-b "$a" || atf_fail "no ping across"
	atf_check -s exit:1 ra_in_b

	# only office a shares: b's box keeps apart, and names the far router
	sed -i 's,bridge br0,&\nstay-local no,' box-a.conf
	atf_check vnicctl box-a reload
	netns_exec rt-a ping -c 1 -W 1 192.168.1.99
	wait_until 10 found "router address 192.168.1.1 .$(mac rt-a lan). too" ||
	    atf_fail "the far router is not named"
	lease pc-a eth0 -B >lease.a || atf_fail "no lease for a"
	wait_until 10 found "DHCP server 192.168.1.1 .$(mac rt-a lan). at the" ||
	    atf_fail "the far DHCP server is not named"
	atf_check -o ignore arp_is pc-b "$(mac rt-b lan)"

	# office a serves both: b's own router is switched off
	netns_stop rt-b
	ip -n "$(netns_name rt-b)" link set lan down
	sed -i 's,bridge br0,&\nstay-local no,' box-b.conf
	atf_check vnicctl box-b reload
	ip -n "$(netns_name pc-b)" addr flush dev eth0
	lease pc-b eth0 >lease.b || atf_fail "no lease from the far office"
	atf_check in_range 100 119 <lease.b
	atf_check -o ignore arp_is pc-b "$(mac rt-a lan)"
	atf_check -o inline:"1\n" vnic_fact box-a office attempts
	router_advertises
	wait_until 5 ra_in_b || atf_fail "no router advertisement from a"
	atf_check -o inline:"1\n" vnic_fact box-b office attempts
}
stay_local_cleanup()
{
	netns_cleanup
}

# kept KIND: box a has kept such frames in its office
kept()
{
	[ "$(vnic_fact box-a office "kept-local-$1")" -gt 0 ]
}

# router_advertises: one router advertisement to all by office a's router
router_advertises()
{
	netns_exec rt-a python3 -c 'if 1:
		import socket
		mac = open("/sys/class/net/lan/address").read().replace(":", "")
		ra = bytes.fromhex("86 00 0000 40 00 0708 00000000 00000000")
		src = bytes.fromhex("fe80" + "00" * 13 + "01")
		dst = bytes.fromhex("ff02" + "00" * 13 + "01")
		def words(b):
		    return sum(b[i] << 8 | b[i + 1] for i in range(0, len(b), 2))
		n = words(src + dst) + len(ra) + 58 + words(ra)
		n = (n & 0xffff) + (n >> 16)
		n = ((n & 0xffff) + (n >> 16)) ^ 0xffff
		ra = ra[:2] + n.to_bytes(2, "big") + ra[4:]
		ip6 = bytes.fromhex("60000000 0010 3a ff") + src + dst
		s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
		s.bind(("lan", 0))
		s.send(bytes.fromhex("333300000001" + mac.strip() + "86dd") +
		       ip6 + ra)'
}

ra_in_b()
{
	grep -q "router advertisement" ra.log
}

# the box knows its office's router
router_known()
{
	[ "$(vnic_fact "box-$1" office routers)" = 192.168.1.1 ]
}

found()
{
	vnic_fact box-b office found | grep -q "$1"
}

atf_test_case guard cleanup
guard_head()
{
	head "the box itself never gets an address from the far office"
}
guard_body()
{
	need ip ping jq dnsmasq busybox nft
	wan_hub
	office a 2
	office b 3
	office_conf a "stay-local no"
	office_conf b "stay-local no"
	router a 192.168.1.100 192.168.1.119
	box_up a
	box_up b
	# the LAN's hosts are served by office a
	lease pc-b eth0 >lease.b || atf_fail "no lease for pc-b"
	# box b is not
	atf_check -s not-exit:0 -o ignore -e ignore lease box-b br0 "-t 3"
	atf_check -o empty ip -n "$(netns_name box-b)" -4 addr show dev br0
	# both by the kernel's rules, which go with vnicd, and by vnicd itself
	atf_check -o match:"lw0" netns_exec box-b nft list ruleset
	netns_stop box-b
	netns_exec box-b nft list tables >tables.out
	atf_check -s exit:1 grep longwire tables.out
}
guard_cleanup()
{
	netns_cleanup
}

# one_armed LETTER NUMBER: a box with one NIC, a router that leads to the net
#
#	box-a:eth0 [br0] ---- p0 [sw] p1 ---- lan:(rt-a):wan ---- [net]
#	                      (sw-a)  p2 ---- eth0:(pc-a)
one_armed()
{
	netns_add "box-$1" "sw-$1" "pc-$1"
	wan "rt-$1" "$2"
	netns_link "box-$1" eth0 "sw-$1" p0
	netns_link "rt-$1" lan "sw-$1" p1
	netns_link "pc-$1" eth0 "sw-$1" p2
	netns_bridge "sw-$1" sw p0 p1 p2
	netns_bridge "box-$1" br0 eth0
	netns_addr "rt-$1" lan 192.168.1.1/24
	netns_exec "rt-$1" sysctl -qw net.ipv4.ip_forward=1
	netns_exec "rt-$1" nft -f - <<-'EOT'
		table ip nat {
			chain post {
				type nat hook postrouting priority srcnat
				oifname "wan" masquerade
			}
		}
	EOT
	netns_addr "box-$1" br0 "192.168.1.$3/24"
	netns_addr "pc-$1" eth0 "192.168.1.$4/24"
	_netns_do ip -n "$(netns_name "box-$1")" route add default \
	    via 192.168.1.1
	office_conf "$1"
}

atf_test_case one_armed cleanup
one_armed_head()
{
	head "boxes with one NIC, behind routers of the same address"
}
one_armed_body()
{
	need ip ping jq nft
	wan_hub
	one_armed a 2 10 11
	one_armed b 3 20 21
	box_up a
	box_up b
	atf_check -o inline:"br0\n" vnic_fact box-a office uplink
	wait_until 10 pings pc-a 192.168.1.21 || atf_fail "no ping across"
	for _ in 1 2 3 4 5; do
		atf_check -o ignore arp_is box-a "$(mac rt-a lan)"
		atf_check -o ignore arp_is box-b "$(mac rt-b lan)"
		atf_check -o ignore arp_is pc-a "$(mac rt-a lan)"
	done
	# shared: the box still holds to its own router
	sed -i 's,bridge br0,&\nstay-local no,' box-a.conf box-b.conf
	atf_check vnicctl box-a reload
	atf_check vnicctl box-b reload
	for _ in 1 2 3 4 5; do
		atf_check -o ignore arp_is box-a "$(mac rt-a lan)"
		atf_check -o ignore arp_is box-b "$(mac rt-b lan)"
	done
	netns_pings pc-a 50 0.02 192.168.1.21 || atf_fail "pings are lost"
	atf_check -o inline:"1\n" vnic_fact box-a office attempts
	atf_check -o inline:"1\n" vnic_fact box-b office attempts
}
one_armed_cleanup()
{
	netns_cleanup
}

atf_test_case laptop cleanup
laptop_head()
{
	head "a single PC without a bridge gets an address from the office"
}
laptop_body()
{
	need ip ping jq dnsmasq busybox
	wan_hub
	office a 2
	office_conf a "stay-local no"
	router a 192.168.1.100 192.168.1.119
	box_up a
	wan laptop 9
	vnic_conf laptop <<-EOT
		vnic home {
			server 10.9.0.1
			user laptop
			password secret
			pin $(hub_pin hub)
		}
	EOT
	start_vnicd laptop laptop
	wait_until 15 vnic_up laptop home || atf_fail "not connected"
	lease laptop lwhome >lease.laptop || atf_fail "no lease"
	atf_check in_range 100 119 <lease.laptop
	wait_until 10 pings laptop 192.168.1.1 || atf_fail "no ping"
	# all traffic by the tunnel, except the tunnel itself
	_netns_do ip -n "$(netns_name laptop)" route add default \
	    via 192.168.1.1 dev lwhome
	_netns_do ip -n "$(netns_name laptop)" route add 10.9.0.1/32 \
	    dev lwhome
	atf_check vnicctl laptop reconnect
	wait_until 15 vnic_up laptop home || atf_fail "not connected again"
	atf_check -o inline:"wan\n" vnic_fact laptop home uplink
	atf_check -o inline:"does not apply\n" vnic_fact laptop home stay-local
	wait_until 10 pings laptop 192.168.1.1 || atf_fail "no ping"
}
laptop_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case stay_local
	atf_add_test_case guard
	atf_add_test_case one_armed
	atf_add_test_case laptop
}
