# SPDX-License-Identifier: ISC
# flavours: asan
# timeout: 180
# Loops: found by probes, cut, and given back when they are opened.

. "$LW_TOP/regress/net/office.subr"

atf_test_case offices cleanup
offices_head()
{
	atf_set descr "a cable between two joined offices: cut, later given back"
	atf_set require.user root
}
offices_body()
{
	joined <<-EOF
		hub default {
			loop-probe 1s
			loop-block 4s
			$(users)
		}
	EOF
	wait_until 10 pings
	netns_link a p1 b p1
	_netns_do ip -n "$(netns_name a)" link set p1 master br0
	_netns_do ip -n "$(netns_name b)" link set p1 master br0
	blocked()
	{
		hubctl hub -j show sessions |
		    jq -e '[.[] | select(.state == "blocked")] | length == 1'
	}
	wait_until 15 blocked
	atf_check -o ignore grep -i loop hub.log
	# Now there is one way only: no storm, and the offices still work. The
	# boxes' bridges learn it from the next broadcast, so ask anew.
	asks()
	{
		ip -n "$(netns_name pa)" neigh flush dev eth0
		pings
	}
	wait_until 10 asks
	before=$(netns_exec pa cat /sys/class/net/eth0/statistics/rx_packets)
	atf_check -o match:" 20 received" \
	    netns_exec pb ping -c 20 -i 0.1 -W 2 10.7.0.1
	after=$(netns_exec pa cat /sys/class/net/eth0/statistics/rx_packets)
	[ $((after - before)) -lt 200 ] ||
	    atf_fail "$((after - before)) frames in two seconds"
	# it stays cut for as long as the cable is there
	for _i in 1 2 3 4 5 6; do
		sleep 1
		blocked >blocked.out || atf_fail "the loop is open again"
	done
	_netns_do ip -n "$(netns_name a)" link del p1
	none()
	{
		! blocked
	}
	wait_until 15 none
	wait_until 10 asks
}
offices_cleanup()
{
	netns_cleanup
}

atf_test_case forged cleanup
forged_head()
{
	atf_set descr "probes that are old, foreign or forged block nobody"
	atf_set require.user root
}
forged_body()
{
	need ip jq python3
	netns_add h c
	netns_link h eth0 c eth0
	netns_addr h eth0 10.0.0.1/24
	netns_addr c eth0 10.0.0.2/24
	hub_conf hub <<-EOF
		hub default {
			loop-probe 1s
			loop-block 60s
			$(users)
		}
	EOF
	start_hubd hub h
	peer c <<-'EOF' >peer.out 2>&1 || atf_fail "$(tail -n 1 peer.out)"
		a, b = [join("officea", "secret") for _ in range(2)]
		def probe(p):
		    while True:
		        got = p.recv(probes=True)
		        check(got is not None, "no probe came")
		        if got[1][12:14] == struct.pack("!H", PROBE):
		            return got[1]
		def blocked():
		    return len(sessions("blocked"))
		old = probe(a)
		# changed in each of its fields; what follows 70 is padding
		for at in range(14, 70, 4):
		    bad = bytearray(old)
		    bad[at] ^= 1
		    b.send(bytes(bad))
		b.send(old[:40])
		time.sleep(6)
		b.send(old)
		fence(b, a, src=mac(2))
		same(blocked(), 0, "blocked sessions")
		# and a true one does
		while a.recv(0, probes=True):
		    pass
		b.send(probe(a))
		until(lambda: blocked() == 1, 5, "blocked")
	EOF
}
forged_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case offices
	atf_add_test_case forged
}
