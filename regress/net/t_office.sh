# SPDX-License-Identifier: ISC
# flavours: asan amd64
# timeout: 180
# Two offices as one switch, and a single PC.

. "$LW_TOP/regress/net/office.subr"

atf_test_case join cleanup
join_head()
{
	atf_set descr "hosts of two offices reach each other, one session each"
	atf_set require.user root
}
join_body()
{
	joined <<-EOF
		hub default {
			$(users)
		}
	EOF
	wait_until 10 pings
	atf_check -o match:" 20 received" \
	    netns_exec pa ping -c 20 -i 0.02 -W 2 10.7.0.2
	atf_check -o match:" 5 received" \
	    netns_exec pb ping -c 5 -i 0.02 -W 2 -s 20000 10.7.0.1
	# the hosts see each other's own addresses
	mac=$(netns_exec pb cat /sys/class/net/eth0/address)
	atf_check -o match:"$mac" ip -n "$(netns_name pa)" neigh show 10.7.0.2
	atf_check -o inline:"2\n" hub_sessions hub
	# the hub knows both addresses on ports of their own
	hubctl hub -j show fdb >fdb
	for o in a b; do
		mac=$(netns_exec p$o cat /sys/class/net/eth0/address)
		atf_check -o not-empty jq -r --arg m "$mac" \
		    '.[] | select(.address == $m) | .session' fdb
	done
}
join_cleanup()
{
	netns_cleanup
}

atf_test_case vlan_jumbo cleanup
vlan_jumbo_head()
{
	atf_set descr "802.1Q tags and jumbo frames cross unharmed"
	atf_set require.user root
}
vlan_jumbo_body()
{
	need tcpdump python3
	offices
	for n in pa pb; do
		_netns_do ip -n "$(netns_name $n)" link set eth0 mtu 9000
	done
	for o in a b; do
		_netns_do ip -n "$(netns_name $o)" link set p0 mtu 9000
		_netns_do ip -n "$(netns_name $o)" link set br0 mtu 9000
	done
	hub_conf hub <<-EOF
		hub default {
			$(users)
		}
	EOF
	start_hubd hub h
	for o in a b; do
		office $o "mtu 9000"
		start_vnicd $o $o
	done
	for o in a b; do
		wait_until 20 vnic_up $o office || atf_fail "office $o is down"
	done
	wait_until 10 pings
	# 8972 + 8 + 20 is 9000, and may not be fragmented
	atf_check -o match:" 5 received" \
	    netns_exec pa ping -c 5 -i 0.05 -W 2 -M "do" -s 8972 10.7.0.2
	# tagged frames, written and read as they are on the cable (not every
	# kernel has VLAN interfaces)
	netns_spawn capture pb tcpdump -i eth0 -U -w "$PWD/pcap" ether proto \
	    0x8100 or ether proto 0x88a8 or vlan
	wait_until 10 grep -q listening capture.log
	cat >send.py <<-'EOF'
		import socket
		s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
		s.bind(("eth0", 0))
		head = b"\xff" * 6 + bytes.fromhex("020000000001")
		for tags, size in (("81000064", 46), ("81000064", 8990),
		                   ("88a800078100e065", 100)):
		    s.send(head + bytes.fromhex(tags) + b"\x88\xb6" + b"x" * size)
	EOF
	atf_check netns_exec pa python3 send.py
	three()
	{
		tcpdump -e -n -r pcap 2>/dev/null |
		    grep '02:00:00:00:00:01 >' >frames
		[ "$(wc -l <frames)" -ge 3 ]
	}
	wait_until 10 three
	atf_check -o inline:"3\n" sh -c "wc -l <frames"
	atf_check -o match:"vlan 100, p 0" sed -n 1p frames
	atf_check -o match:"length 9008.*vlan 100, p 0" sed -n 2p frames
	atf_check -o match:"vlan 7, p 0.*vlan 101, p 7" sed -n 3p frames
}
vlan_jumbo_cleanup()
{
	netns_cleanup
}

#	l:eth0 10.1.0.2 ---- h:a0 10.1.0.1   h:lan0 [br0] h:p0 ---- d:eth0
#	laptop: lw0          hubd                  office's DHCP server 10.7.0.1
atf_test_case laptop cleanup
laptop_head()
{
	atf_set descr "a single PC gets an address from the office's DHCP server"
	atf_set require.user root
}
laptop_body()
{
	need ip jq ping dnsmasq busybox
	netns_add h l d
	netns_link h a0 l eth0
	netns_addr h a0 10.1.0.1/24
	netns_addr l eth0 10.1.0.2/24
	netns_link d eth0 h p0
	netns_addr d eth0 10.7.0.1/24
	netns_bridge h br0 p0
	hub_conf hub <<-EOF
		hub default {
			$(hub_user laptop secret)
			local-port lan0 {
				bridge br0
			}
		}
	EOF
	start_hubd hub h
	# the lease is tied to the address that the settings say
	netns_spawn dnsmasq d dnsmasq -k --conf-file=/dev/null --port=0 \
	    --pid-file= --user=root --dhcp-leasefile="$PWD/leases" \
	    --dhcp-range=10.7.0.50,10.7.0.99,1h \
	    --dhcp-host=02:00:5e:10:00:01,10.7.0.42 --log-facility=-
	vnic_conf l <<-EOF
		vnic office {
			interface lw0
			mac 02:00:5e:10:00:01
			server 10.1.0.1:443
			user laptop
			password secret
			pin $(hub_pin hub)
		}
	EOF
	start_vnicd l l
	wait_until 20 vnic_up l office
	cat >script <<-'EOF'
		#!/bin/sh
		[ "$1" != bound ] || ip addr add "$ip/$mask" dev "$interface"
	EOF
	chmod +x script
	atf_check -o ignore -e ignore netns_exec l busybox udhcpc -i lw0 -n -q \
	    -f -t 10 -T 1 -s "$PWD/script"
	atf_check -o match:10.7.0.42/24 ip -n "$(netns_name l)" addr show lw0
	atf_check -o match:02:00:5e:10:00:01 cat leases
	atf_check -o match:" 5 received" \
	    netns_exec l ping -c 5 -i 0.05 -W 2 10.7.0.1
	atf_check -o match:" 5 received" \
	    netns_exec d ping -c 5 -i 0.05 -W 2 10.7.0.42
}
laptop_cleanup()
{
	netns_cleanup
}

atf_test_case refused cleanup
refused_head()
{
	atf_set descr "a wrong pin or password: no session, no frame, a reason"
	atf_set require.user root
}
refused_body()
{
	offices
	hub_conf hub <<-EOF
		guess-limit 1000
		hub default {
			$(users)
		}
	EOF
	start_hubd hub h
	office a "retry-max 1s"
	sed -i 's/password secret/password wrong/' a.conf
	office b "retry-max 1s"
	sed -i 's,pin sha256/.*,pin sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=,' \
	    b.conf
	start_vnicd a a
	start_vnicd b b
	several()
	{
		[ "$(vnic_fact "$1" office attempts)" -ge 2 ]
	}
	wait_until 30 several a
	wait_until 30 several b
	for o in a b; do
		atf_check -s exit:1 vnic_up $o office
	done
	atf_check -o inline:"0\n" hub_sessions hub
	atf_check -o match:"[Pp]in" vnic_fact b office last-error
	atf_check -o match:"401|refused|password" vnic_fact a office last-error
	atf_check -s not-exit:0 -o ignore netns_exec pa ping -c 1 -W 1 10.7.0.2
	# the password never went to the wrong server
	atf_check -s exit:1 grep -i 'officeb' hub.log
}
refused_cleanup()
{
	netns_cleanup
}

#	pa:eth0 10.7.0.1 ---- s:p0 [sw] s:p1 ---- a:eth0 [br0 10.7.0.3, lw0]
#	                      s:p2 ---- r:eth0 10.7.0.254, r:wan 10.1.0.2 ---- h:a0
atf_test_case one_arm cleanup
one_arm_head()
{
	atf_set descr "a box with one NIC for its uplink and the bridge"
	atf_set require.user root
}
one_arm_body()
{
	need ip jq ping
	netns_add h r s a b pa pb
	netns_link h a0 r wan
	netns_addr h a0 10.1.0.1/24
	netns_addr r wan 10.1.0.2/24
	netns_link h b0 b eth0
	netns_addr h b0 10.2.0.1/24
	netns_addr b eth0 10.2.0.2/24
	netns_link pa eth0 s p0
	netns_link a eth0 s p1
	netns_link r eth0 s p2
	netns_bridge s sw p0 p1 p2
	netns_addr r eth0 10.7.0.254/24
	netns_exec r sysctl -qw net.ipv4.ip_forward=1
	_netns_do ip -n "$(netns_name h)" route add 10.7.0.0/24 via 10.1.0.2
	netns_bridge a br0 eth0
	netns_addr a br0 10.7.0.3/24
	_netns_do ip -n "$(netns_name a)" route add default via 10.7.0.254
	netns_addr pa eth0 10.7.0.1/24
	# the far office: its router has the same address
	netns_link pb eth0 b p0
	netns_bridge b br0 p0
	netns_addr pb eth0 10.7.0.2/24 10.7.0.254/24
	hub_conf hub <<-EOF
		hub default {
			$(users)
		}
	EOF
	start_hubd hub h
	for o in a b; do
		office $o
		start_vnicd $o $o
	done
	for o in a b; do
		wait_until 20 vnic_up $o office || atf_fail "office $o is down"
	done
	wait_until 10 pings pa 10.7.0.2
	# the box keeps its own router, although it asks for it anew
	far=$(netns_exec pb cat /sys/class/net/eth0/address)
	own=$(netns_exec r cat /sys/class/net/eth0/address)
	for i in 1 2 3 4 5; do
		ip -n "$(netns_name a)" neigh flush dev br0
		atf_check -o ignore netns_exec a ping -c 1 -W 2 10.7.0.254
		ip -n "$(netns_name a)" neigh show 10.7.0.254 >neigh
		atf_check -o match:"$own" cat neigh
		atf_check -s exit:1 grep "$far" neigh
	done
	# so does the host, whose router's address exists twice
	ip -n "$(netns_name pa)" neigh flush dev eth0
	for i in 1 2 3 4 5; do
		atf_check -o ignore netns_exec pa ping -c 1 -W 2 10.7.0.254
		atf_check -o match:"$own" \
		    ip -n "$(netns_name pa)" neigh show 10.7.0.254
		ip -n "$(netns_name pa)" neigh flush dev eth0
	done
	# the tunnel does not run through itself
	atf_check -o match:" 20 received" \
	    netns_exec pa ping -c 20 -i 0.02 -W 2 10.7.0.2
	atf_check vnic_up a office
	atf_check -o inline:"0\n" vnic_fact a office resumed
}
one_arm_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case join
	atf_add_test_case vlan_jumbo
	atf_add_test_case laptop
	atf_add_test_case refused
	atf_add_test_case one_arm
}
