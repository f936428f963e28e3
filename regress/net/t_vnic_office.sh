# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# Two offices, one segment. For the topology see vnic.subr.
# flavours: asan amd64
# timeout: 180

. "$LW_TOP/regress/net/vnic.subr"

head()
{
	atf_set descr "$1"
	atf_set require.user root
}

atf_test_case ping cleanup
ping_head()
{
	head "a PC in one office reaches a PC in the other"
}
ping_body()
{
	need ip ping jq
	two_offices
	wait_until 10 pings pc-a 192.168.77.2 || atf_fail "no ping"
	atf_check -o match:" 20 received" netns_exec pc-a \
	    ping -c 20 -i 0.02 -W 2 192.168.77.2
	atf_check -o inline:"br0\n" vnic_fact box-a office bridge
	atf_check -o inline:"wan\n" vnic_fact box-a office uplink
	atf_check -o inline:"$(hub_pin hub)\n" vnic_fact box-a office pin
	# the interface goes away with the daemon
	atf_check -o ignore ip -n "$(netns_name box-a)" link show lw0
	netns_stop box-a
	atf_check -s exit:1 -e match:"does not exist" \
	    ip -n "$(netns_name box-a)" link show lw0
}
ping_cleanup()
{
	netns_cleanup
}

atf_test_case vlan_jumbo cleanup
vlan_jumbo_head()
{
	head "802.1Q tags and jumbo frames cross whole"
}
vlan_jumbo_body()
{
	need ip ping jq python3 tcpdump
	wan_hub
	n=1
	for x in a b; do
		n=$((n + 1))
		office "$x" "$n"
		office_conf $x "mtu 9000"
		_netns_do ip -n "$(netns_name pc-$x)" link set eth0 mtu 9000
		_netns_do ip -n "$(netns_name box-$x)" link set p0 mtu 9000
		netns_addr pc-$x eth0 "192.168.77.$((n - 1))/24"
	done
	box_up a
	box_up b
	wait_until 10 pings pc-a 192.168.77.2 || atf_fail "no ping"
	atf_check -o match:" 3 received" netns_exec pc-a \
	    ping -c 3 -i 0.1 -W 2 -M "do" -s 8972 192.168.77.2
	# kernels may lack VLAN interfaces: tagged frames by hand
	netns_spawn dump pc-b timeout 20 tcpdump -c 3 -e -l -n -i eth0 vlan 7
	wait_until 10 grep -q "listening on" dump.log ||
	    atf_fail "tcpdump does not start"
	netns_exec pc-a python3 -c 'if 1:
		import socket
		s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
		s.bind(("eth0", 0))
		head = bytes.fromhex("ffffffffffff 020000000001 8100 0007 88b6")
		for size in 64, 1518, 9018:
			s.send(head + b"\x55" * (size - len(head)))'
	wait_until 10 grep -q "3 packets captured" dump.log ||
	    atf_fail "they do not arrive"
	for size in 64 1518 9018; do
		atf_check -o match:"length $size: vlan 7" cat dump.log
	done
}
vlan_jumbo_cleanup()
{
	netns_cleanup
}

atf_test_case connections cleanup
connections_head()
{
	head "a session of several connections, one of which is cut"
}
connections_body()
{
	need ip ping jq ss
	two_offices "connections 3"
	wait_until 10 has_connections 3 || atf_fail "not three connections"
	wait_until 10 pings pc-a 192.168.77.2 || atf_fail "no ping"
	port=$(netns_exec box-a ss -Htn state established dst 10.9.0.1 |
	    awk 'NR == 1 { sub(/.*:/, "", $3); print $3 }')
	netns_exec box-a ss -K src ":$port" >/dev/null 2>&1 ||
	    unavailable "the kernel cannot cut a connection (ss -K)"
	wait_until 15 has_connections 3 || atf_fail "it does not come back"
	wait_until 10 pings pc-a 192.168.77.2 || atf_fail "no ping"
	atf_check -o inline:"open\n" vnic_fact box-a office state
}
connections_cleanup()
{
	netns_cleanup
}

has_connections()
{
	[ "$(vnic_fact box-a office connections)" = "$1" ]
}

atf_test_case late_bridge cleanup
late_bridge_head()
{
	head "a bridge that comes later is joined, also when it is made anew"
}
late_bridge_body()
{
	need ip ping jq
	wan_hub
	wan box-a 2
	office_conf a
	start_vnicd box-a box-a
	wait_until 10 says box-a "waiting for bridge br0" ||
	    atf_fail "no message"
	netns_bridge box-a br0
	wait_until 10 joined || atf_fail "not joined"
	ip -n "$(netns_name box-a)" link del br0
	wait_until 10 left || atf_fail "still shown as joined"
	netns_bridge box-a br0
	wait_until 10 joined || atf_fail "not joined again"
	wait_until 10 vnic_up box-a office || atf_fail "not connected"
}
late_bridge_cleanup()
{
	netns_cleanup
}

joined()
{
	[ "$(vnic_fact box-a office bridge)" = br0 ] &&
	    ip -n "$(netns_name box-a)" link show lw0 | grep -q "master br0"
}

left()
{
	[ "$(vnic_fact box-a office bridge)" = "" ]
}

atf_test_case mac cleanup
mac_head()
{
	head "the MAC address is local, stays the same, or is the one given"
}
mac_body()
{
	need ip jq
	wan_hub
	office a 2
	office_conf a
	before=$(netns_exec box-a cat /sys/class/net/br0/address)
	box_up a
	mac=$(vnic_fact box-a office mac)
	atf_check -o match:"^fe:" echo "$mac"
	atf_check -o inline:"$mac\n" netns_exec box-a \
	    cat /sys/class/net/lw0/address
	# the box's own address on the LAN does not change
	atf_check -o inline:"$before\n" netns_exec box-a \
	    cat /sys/class/net/br0/address
	netns_stop box-a
	box_up a
	atf_check -o inline:"$mac\n" vnic_fact box-a office mac
	office_conf a "mac 02:00:5e:10:00:01"
	atf_check vnicctl box-a reload
	wait_until 10 netns_exec box-a grep -q 02:00:5e:10:00:01 \
	    /sys/class/net/lw0/address || atf_fail "address not set"
}
mac_cleanup()
{
	netns_cleanup
}

atf_test_case names cleanup
names_head()
{
	head "the server's name: name servers that change, or go; hosts"
}
names_body()
{
	need ip jq dnsmasq
	wan_hub
	office a 2
	etc=/etc/netns/$(netns_name box-a)
	mkdir -p "$etc"
	echo "$etc" >etc
	echo "nameserver 10.9.0.99" >"$etc/resolv.conf"
	echo "127.0.0.1 localhost" >"$etc/hosts"
	office_conf a "retry-max 1s"
	sed -i 's,10.9.0.1:443,hub.test:443,' box-a.conf
	start_vnicd box-a box-a
	wait_until 20 problem "hub.test" || atf_fail "no word of the name"
	netns_spawn dns hub dnsmasq --keep-in-foreground --no-resolv \
	    --no-hosts --conf-file=/dev/null --user=root --pid-file= \
	    --log-facility=- --address=/hub.test/10.9.0.1
	wait_until 10 grep -q started dns.log || atf_fail "no name server"
	# the file changes, as a DHCP client changes it
	echo "nameserver 10.9.0.1" >"$etc/resolv.conf"
	wait_until 20 vnic_up box-a office || atf_fail "not connected"
	# without a name server it goes where it went before
	netns_stop dns
	netns_stop hub KILL
	start_hubd hub hub
	wait_until 30 resumed || atf_fail "not back without a name server"
	# a name of /etc/hosts needs none
	echo "10.9.0.1 other.test" >"$etc/hosts"
	sed -i 's,hub.test:443,other.test:443,' box-a.conf
	atf_check vnicctl box-a reload
	wait_until 10 vnic_up box-a office || atf_fail "/etc/hosts is not used"
}
names_cleanup()
{
	[ ! -e etc ] || rm -r "$(cat etc)"
	netns_cleanup
}

problem()
{
	vnic_fact box-a office problem | grep -q "$1"
}

resumed()
{
	vnic_up box-a office && [ "$(vnic_fact box-a office resumed)" = 1 ]
}

atf_init_test_cases()
{
	atf_add_test_case ping
	atf_add_test_case vlan_jumbo
	atf_add_test_case connections
	atf_add_test_case late_bridge
	atf_add_test_case mac
	atf_add_test_case names
}
