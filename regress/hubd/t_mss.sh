# SPDX-License-Identifier: ISC
# flavours: asan tsan
# timeout: 120
# The segment size that TCP connections through the hub agree on.

. "$LW_TOP/regress/net/hub.subr"
. "$LW_TOP/regress/net/vnic.subr"

atf_test_case frames cleanup
frames_head()
{
	atf_set descr "max-mss of the hub and of a policy, frame by frame"
	atf_set require.user root
}
frames_body()
{
	hub_up <<-EOF
		hub default {
			max-mss 1300
			$(users)
			$(hub_user narrow secret "policy narrow")
			$(hub_user monitor secret "policy monitor")
			policy narrow {
				max-mss 1000
			}
			policy monitor {
				monitor yes
			}
		}
	EOF
	check_peer <<-'EOF'
		from packets import *
		a, b, narrow, mon = [join(u, "secret") for u in
		    ("officea", "officeb", "narrow", "monitor")]
		N, M = mac(3), mac(1)
		def both(f, ways):
		    for p, n in ways:
		        p.expect(f(n), "at most %d" % n)
		def v4(n, flags=2, more=b""):
		    return syn(M, "10.1.0.1", "10.1.0.3", flags, more + mss(n))
		def v6(n):
		    return syn(M, "fe80::1", "fe80::3", 2, mss(n), ALL_NODES)
		tagged = lambda n: vlan(7, vlan(8, v6(n)))
		for f in (v4, v6, tagged, lambda n: v4(n, 0x12),
		          lambda n: v4(n, 2, b"\1\3\3\7")):
		    a.send(f(1460))
		    both(f, ((b, 1300), (narrow, 1000), (mon, 1300)))
		    narrow.send(f(1460))
		    both(f, ((a, 1000), (b, 1000), (mon, 1000)))
		    a.send(f(900))
		    both(f, ((b, 900), (narrow, 900), (mon, 900)))
		# a SYN to one port, that a monitor gets too
		narrow.send(eth(BROADCAST, N))
		for p in (a, b, mon):
		    p.expect(eth(BROADCAST, N))
		one = lambda n: syn(M, "10.1.0.1", "10.1.0.3", 2, mss(n), N)
		a.send(one(1460))
		both(one, ((narrow, 1000), (mon, 1300)))
		# what is no SYN, or a part of one, is as it was
		frag = v4(1460)[14:]
		for f in (v4(1460, 0x10), syn(M, "10.1.0.1", "10.1.0.3"),
		          ipv4(M, "10.1.0.1", "10.1.0.3", 6, frag[20:], frag=0x2000)):
		    a.send(f)
		    for p in (b, narrow, mon):
		        p.expect(f, "left alone")
		# clamped: 5 by the hub and 5 at narrow, 5 from it, 2 of one
		same(stats()["mss-clamped"], 17, "counter")
	EOF
}
frames_cleanup()
{
	netns_cleanup
}

# What Linux sends has its checksum left open, and leaves as super-frames.
atf_test_case connections cleanup
connections_head()
{
	atf_set descr "real connections of two offices agree on max-mss"
	atf_set require.user root
}
connections_body()
{
	need ip ping jq python3
	wan_hub "max-mss 800"
	offices
	wait_until 10 pings pc-a 192.168.77.2 || atf_fail "no ping"
	for ns in pc-a pc-b; do
		netns_ipv6 $ns
	done
	netns_addr pc-a eth0 fd77::1/64
	netns_addr pc-b eth0 fd77::2/64
	cat >serve.py <<-EOT
		import socket
		s = socket.create_server(("::", 99), family=socket.AF_INET6,
		                         dualstack_ipv6=True)
		print("ready", flush=True)
		for _ in range(2):
		    c, _ = s.accept()
		    c.sendall(b"x" * 300000)
		    c.shutdown(socket.SHUT_WR)
		    print("sent in", c.getsockopt(6, 2), flush=True)
	EOT
	netns_spawn serve pc-b python3 serve.py
	wait_until 10 grep -q ready serve.log || atf_fail "no server"
	for to in 192.168.77.2 fd77::2; do
		netns_exec pc-a timeout 60 python3 -c "if 1:
			import socket
			c = socket.create_connection(('$to', 99), 30)
			print('connected in', c.getsockopt(6, 2))
			n = 0
			while d := c.recv(65536):
			    n += len(d)
			print('got', n)" >got || atf_fail "no connection to $to"
		# without the 12 octets of time stamps
		atf_check -o inline:"connected in 788\ngot 300000\n" cat got
	done
	wait_until 10 grep -q "sent in 788" serve.log || atf_fail "not sent so"
	[ "$(hub_stat hub mss-clamped)" -ge 4 ] || atf_fail "not counted"
}
connections_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case frames
	atf_add_test_case connections
}
