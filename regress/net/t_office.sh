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
	netns_pings pc-a 20 0.02 192.168.77.2 || atf_fail "pings are lost"
	netns_pings pc-b 5 0.02 -s 20000 192.168.77.1 ||
	    atf_fail "long pings are lost"
	# the PCs see each other's own addresses, the hub sees both
	mac=$(netns_exec pc-b cat /sys/class/net/eth0/address)
	atf_check -o match:"$mac" \
	    ip -n "$(netns_name pc-a)" neigh show 192.168.77.2
	atf_check -o inline:"2\n" hub_sessions hub
	hubctl hub -j show fdb >fdb
	for x in a b; do
		mac=$(netns_exec pc-$x cat /sys/class/net/eth0/address)
		atf_check -o inline:"user office$x\n" jq -r --arg m "$mac" \
		    '.[] | select(.address == $m) | .port' fdb
	done
	atf_check -o inline:"br0\n" vnic_fact box-a office bridge
	atf_check -o inline:"wan\n" vnic_fact box-a office uplink
	atf_check -o inline:"$(hub_pin hub)\n" vnic_fact box-a office pin
	atf_check -o match:"^TLSv1\.3 TLS_" vnic_fact box-a office cipher
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
	netns_pings pc-a 3 0.1 -M "do" -s 8972 192.168.77.2 ||
	    atf_fail "long pings are lost"
	# kernels may lack VLAN interfaces: tagged frames by hand
	netns_spawn dump pc-b timeout 120 tcpdump -c 4 -e -l -n -i eth0 \
	    vlan or ether proto 0x88a8
	wait_until 10 grep -q "listening on" dump.log ||
	    atf_fail "tcpdump does not start"
	netns_exec pc-a python3 -c 'if 1:
		import socket
		s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
		s.bind(("eth0", 0))
		head = bytes.fromhex("ffffffffffff 020000000001")
		for tags, size in (("81000007", 64), ("81000007", 1518),
		                   ("81000007", 9018),
		                   ("88a800078100e065", 100)):
		    f = head + bytes.fromhex(tags) + bytes.fromhex("88b6")
		    s.send(f + b"\x55" * (size - len(f)))'
	wait_until 10 grep -q "4 packets captured" dump.log ||
	    atf_fail "they do not arrive"
	for size in 64 1518 9018; do
		atf_check -o match:"length $size: vlan 7, p 0" cat dump.log
	done
	atf_check -o match:"length 100: vlan 7, p 0.*vlan 101, p 7" cat dump.log
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
	two_offices "connections 3" "connections-idle 3"
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

atf_test_case more_when_busy cleanup
more_when_busy_head()
{
	head "a session has one connection, and more while it carries much"
}
more_when_busy_body()
{
	need ip ping jq
	two_offices "connections 3"
	wait_until 10 pings pc-a 192.168.77.2 || atf_fail "no ping"
	atf_check -o inline:"1\n" vnic_fact box-a office connections
	atf_check -o match:"^TLSv1.3 TLS_[A-Z0-9_]* record$" \
	    vnic_fact box-a office cipher
	netns_spawn bulk pc-a ping -q -f -s 1400 -w 120 192.168.77.2
	wait_until 15 has_connections 3 || atf_fail "no more connections"
	wait_until 10 pings pc-a 192.168.77.2 || atf_fail "no ping"
}
more_when_busy_cleanup()
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
	# as on the appliance: no machine-id, what lasts is in state-dir
	own_etc box-a
	: >"$etc/machine-id"
	box_up a
	mac=$(vnic_fact box-a office mac)
	atf_check -o match:"^fe:" echo "$mac"
	atf_check -o inline:"$mac\n" netns_exec box-a \
	    cat /sys/class/net/lw0/address
	# the box's own address on the LAN does not change
	atf_check -o inline:"$before\n" netns_exec box-a \
	    cat /sys/class/net/br0/address
	again
	atf_check -o inline:"$mac\n" vnic_fact box-a office mac
	# another box has another
	rm box-a.db/seed
	again
	atf_check -o not-inline:"$mac\n" vnic_fact box-a office mac
	# with a machine-id no file is needed
	echo 0123456789abcdef0123456789abcdef >"$etc/machine-id"
	again
	atf_check -o inline:"fe:61:71:a0:47:59\n" vnic_fact box-a office mac
	office_conf a "mac 02:00:5e:10:00:01"
	atf_check vnicctl box-a reload
	wait_until 10 netns_exec box-a grep -q 02:00:5e:10:00:01 \
	    /sys/class/net/lw0/address || atf_fail "address not set"
}
mac_cleanup()
{
	remove_etc
	netns_cleanup
}

again()
{
	netns_stop box-a
	box_up a
}

# own_etc NS: files in $etc stand over those of /etc in that namespace
own_etc()
{
	etc=/etc/netns/$(netns_name "$1")
	mkdir -p "$etc"
	echo "$etc" >etc
}

remove_etc()
{
	[ ! -e etc ] || rm -r "$(cat etc)"
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
	own_etc box-a
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
	remove_etc
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

atf_test_case by_ca cleanup
by_ca_head()
{
	head "a server is known by its CA and name, another CA or name refused"
}
by_ca_body()
{
	need ip jq openssl
	authority ca
	authority other
	leaf hub.test ca
	netns_add inet
	netns_bridge inet net
	wan hub 1
	hub_conf hub <<-EOT
		certificate $PWD/hub.test.pem
		key $PWD/hub.test.key
		hub default {
			$(hub_user officea secret)
		}
	EOT
	start_hubd hub hub
	office a 2
	office_conf a "retry-max 1s"
	sed -i "s,pin sha256/.*,ca $PWD/ca.pem\nserver-name hub.test," \
	    box-a.conf
	cp box-a.conf right.conf
	box_up a
	atf_check -o inline:"$(hub_pin hub)\n" vnic_fact box-a office pin
	sed "s,$PWD/ca.pem,$PWD/other.pem," right.conf >box-a.conf
	refused_after_reload
	sed "s,hub.test,evil.test," right.conf >box-a.conf
	refused_after_reload
	# without a name it is the address, which the certificate lacks
	sed "/server-name/d" right.conf >box-a.conf
	refused_after_reload
	cp right.conf box-a.conf
	atf_check vnicctl box-a reload
	wait_until 10 vnic_up box-a office || atf_fail "not connected"
}
by_ca_cleanup()
{
	netns_cleanup
}

# authority NAME: a CA, NAME.key and NAME.pem
authority()
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout "$1.key" -out "$1.pem" -days 2 -subj "/CN=$1" ||
	    atf_fail "openssl req"
}

# leaf NAME CA: a server's key and certificate of that name
leaf()
{
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout "$1.key" -out "$1.csr" -subj "/CN=$1" \
	    -addext "subjectAltName=DNS:$1" || atf_fail "openssl req"
	openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" \
	    -CAcreateserial -days 2 -copy_extensions copy -out "$1.pem" ||
	    atf_fail "openssl x509"
}

refused_after_reload()
{
	atf_check vnicctl box-a reload
	wait_until 10 problem "server certificate refused" ||
	    atf_fail "not refused"
	atf_check -s exit:1 vnic_up box-a office
}

atf_test_case ipv6 cleanup
ipv6_head()
{
	head "the way to the hub is IPv6"
}
ipv6_body()
{
	need ip jq
	netns_add inet
	netns_bridge inet net
	wan hub 1
	wan box-a 2
	netns_ipv6 hub
	netns_ipv6 box-a
	netns_addr hub wan fd09::1/64
	netns_addr box-a wan fd09::2/64
	hub_conf hub <<-EOT
		listen [::]:443
		hub default {
			$(hub_user officea secret)
		}
	EOT
	start_hubd hub hub
	office_conf a
	sed -i 's,10.9.0.1:443,[fd09::1]:443,; /bridge/d' box-a.conf
	box_up a
	atf_check -o inline:"wan\n" vnic_fact box-a office uplink
	hubctl hub -j show sessions >sessions
	atf_check -o match:"fd09::2" jq -r '.[].from' sessions
}
ipv6_cleanup()
{
	netns_cleanup
}

#	laptop wan ---- [net] h   hub:lwlan [br0] hub:p0 ---- d:eth0 10.7.0.1
#	lw0                       hubd                        DHCP server
atf_test_case hub_side cleanup
hub_side_head()
{
	head "a laptop gets an address by DHCP from the LAN of the hub's machine"
}
hub_side_body()
{
	need ip ping jq dnsmasq busybox
	netns_add inet
	netns_bridge inet net
	wan hub 1
	netns_add d
	netns_link d eth0 hub p0
	netns_addr d eth0 10.7.0.1/24
	netns_bridge hub br0 p0
	hub_conf hub <<-EOT
		hub default {
			$(hub_user laptop secret)
			local-port lan {
				bridge br0
			}
		}
	EOT
	start_hubd hub hub
	# the lease is tied to the address that the settings give
	dhcp_server dhcp d eth0 10.7.0.50 10.7.0.99 \
	    --dhcp-host=02:00:5e:10:00:01,10.7.0.42
	wan laptop 9
	vnic_conf laptop <<-EOT
		vnic office {
			interface lw0
			mac 02:00:5e:10:00:01
			server 10.9.0.1:443
			user laptop
			password secret
			pin $(hub_pin hub)
		}
	EOT
	start_vnicd laptop laptop
	wait_until 15 vnic_up laptop office || atf_fail "not connected"
	atf_check -o match:"^10.7.0.42 by 10.7.0.1" -e ignore lease laptop lw0
	netns_pings laptop 5 0.05 10.7.0.1 || atf_fail "pings are lost"
	netns_pings d 5 0.05 10.7.0.42 || atf_fail "pings are lost"
}
hub_side_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case ping
	atf_add_test_case vlan_jumbo
	atf_add_test_case connections
	atf_add_test_case more_when_busy
	atf_add_test_case late_bridge
	atf_add_test_case mac
	atf_add_test_case names
	atf_add_test_case by_ca
	atf_add_test_case ipv6
	atf_add_test_case hub_side
}
