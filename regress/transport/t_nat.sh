# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# A NAT that forgets idle connections. The box can begin connections, nobody
# can begin one to it.
#
#	box:wan 10.1.0.2 ---- in:nat:out 10.9.0.9 ---- [net] h ---- 10.9.0.1
#	vnicd                                          (inet)       hubd
# flavours: asan
# timeout: 120

. "$LW_TOP/regress/net/vnic.subr"

FORGETS=3	# seconds of silence until the NAT forgets a connection
PATIENT=6	# and of one that waits for a busy machine's pings, too

head()
{
	atf_set descr "$1"
	atf_set require.user root
}

nat_up()
{
	need ip nft jq ping python3
	# its own frames would keep the connection alive
	wan_hub "loop-probe 0"
	netns_add nat box
	netns_link inet nat nat out
	_netns_do ip -n "$(netns_name inet)" link set nat master net
	netns_addr nat out 10.9.0.9/24
	netns_link box wan nat in
	netns_addr box wan 10.1.0.2/24
	netns_addr nat in 10.1.0.1/24
	_netns_do ip -n "$(netns_name box)" route add default via 10.1.0.1
	netns_exec nat sysctl -qw net.ipv4.ip_forward=1
	netns_exec nat nft -f - <<-EOT || unavailable "no NAT in this kernel"
		table ip t {
			chain post {
				type nat hook postrouting priority 100
				oifname out masquerade
			}
			chain forward {
				type filter hook forward priority 0
				policy drop
				ct state established accept
				iifname in ct state new accept
			}
		}
	EOT
	netns_exec nat sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0 \
	    net.netfilter.nf_conntrack_tcp_timeout_established=$FORGETS ||
	    unavailable "the NAT's times cannot be set"
	# nobody gets in
	if netns_exec hub ping -c 1 -W 1 10.1.0.2; then
		atf_fail "the NAT lets others in"
	fi
}

# box_conf KEEPALIVE
box_conf()
{
	vnic_conf box <<-EOT
		vnic office {
			interface lw0
			server 10.9.0.1:443
			user officea
			password secret
			pin $(hub_pin hub)
			keepalive $1
		}
	EOT
	start_vnicd box box
	wait_until 20 vnic_up box office || atf_fail "does not connect"
}

# lasts SECONDS
lasts()
{
	[ "$(vnic_fact box office since)" -ge "$1" ]
}

# An idle connection that is not kept alive is really forgotten.
prove_it_forgets()
{
	netns_exec hub python3 - >server.log 2>&1 <<-'EOT' &
		import socket
		s = socket.create_server(("10.9.0.1", 9))
		c, _ = s.accept()
		c.recv(1)
		c.settimeout(12)
		c.recv(1)
	EOT
	cat >client.py <<-'EOT'
		import socket, sys, time
		for i in range(50):
		    try:
		        s = socket.create_connection(("10.9.0.1", 9), 2)
		        break
		    except OSError:
		        time.sleep(0.1)
		s.send(b"a")
		time.sleep(float(sys.argv[1]) + 1.5)
		s.send(b"b")
	EOT
	netns_exec box python3 client.py "$FORGETS" ||
	    atf_fail "no connection through the NAT"
	wait $! || :
	grep -q 'TimeoutError\|timed out' server.log || {
		cat server.log
		atf_fail "the NAT does not forget"
	}
}

atf_test_case survives cleanup
survives_head()
{
	head "an idle session whose pings come sooner than the NAT forgets"
}
survives_body()
{
	FORGETS=$PATIENT
	nat_up
	prove_it_forgets
	box_conf 6s
	wait_until 30 lasts 15 || atf_fail "the session does not last"
	atf_check -o inline:"0\n" vnic_fact box office resumed
	atf_check -o inline:"1\n" vnic_fact box office attempts
}
survives_cleanup()
{
	netns_cleanup
}

atf_test_case forgotten cleanup
forgotten_head()
{
	head "pings that come too late: noticed in time, resumed by itself"
}
forgotten_body()
{
	nat_up
	box_conf 12s
	wait_until 25 says box "nothing heard for 12 s" ||
	    atf_fail "the loss is not seen within the keep-alive time"
	wait_until 5 resumed || atf_fail "not resumed"
}
resumed()
{
	vnic_up box office && [ "$(vnic_fact box office resumed)" -ge 1 ]
}
forgotten_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case survives
	atf_add_test_case forgotten
}
