# SPDX-License-Identifier: ISC
# flavours: asan
# timeout: 180
# Loops: found by probes, cut, and given back when they are opened.

. "$LW_TOP/regress/net/vnic.subr"
. "$LW_TOP/regress/net/hub.subr"

atf_test_case offices cleanup
offices_head()
{
	atf_set descr "a cable between two joined offices: cut, later given back"
	atf_set require.user root
}
offices_body()
{
	need ip ping jq
	wan_hub "loop-probe 1s" "loop-block 8s"
	offices
	wait_until 10 pings pc-a 192.168.77.2 || atf_fail "no ping"
	netns_link box-a p1 box-b p1
	_netns_do ip -n "$(netns_name box-a)" link set p1 master br0
	_netns_do ip -n "$(netns_name box-b)" link set p1 master br0
	wait_until 15 blocked || atf_fail "the loop is not found"
	wait_until 10 grep -qi loop hub.log || atf_fail "not in the log"
	# Now there is one way only: no storm, and the offices still work. The
	# boxes' bridges learn it from the next broadcast, so ask anew.
	wait_until 10 asks || atf_fail "no ping by the cable"
	before=$(rx_packets)
	netns_pings pc-b 20 0.1 192.168.77.1 || atf_fail "pings are lost"
	after=$(rx_packets)
	[ $((after - before)) -lt 200 ] ||
	    atf_fail "$((after - before)) frames in two seconds"
	# it stays cut for as long as the cable is there
	for _i in 1 2 3 4 5 6; do
		sleep 1
		blocked >blocked.out || atf_fail "the loop is open again"
	done
	_netns_do ip -n "$(netns_name box-a)" link del p1
	wait_until 15 none_blocked || atf_fail "it stays blocked"
	wait_until 10 asks || atf_fail "no ping by the hub"
}
offices_cleanup()
{
	netns_cleanup
}

blocked()
{
	hubctl hub -j show sessions |
	    jq -e '[.[] | select(.state == "blocked")] | length == 1'
}

none_blocked()
{
	! blocked
}

asks()
{
	ip -n "$(netns_name pc-a)" neigh flush dev eth0
	pings pc-a 192.168.77.2
}

rx_packets()
{
	netns_exec pc-a cat /sys/class/net/eth0/statistics/rx_packets
}

atf_test_case forged cleanup
forged_head()
{
	atf_set descr "probes that are old, foreign or forged block nobody"
	atf_set require.user root
}
forged_body()
{
	hub_up <<-EOF
		hub default {
			loop-probe 1s
			loop-block 60s
			$(users)
		}
	EOF
	check_peer <<-'EOF'
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
