# SPDX-License-Identifier: ISC
# flavours: asan tsan amd64
# timeout: 120
# The packet log: each kind and level, the rate, and hostile frames.

. "$LW_TOP/regress/net/hub.subr"

# line PATTERN: in the log
line()
{
	wait_until 10 grep -Eq "packet: $1" hub.log || {
		grep packet: hub.log
		atf_fail "no line: $1"
	}
}

no_line()
{
	if grep -E "packet: $1" hub.log; then
		atf_fail "a line that should not be"
	fi
}

logging_hub()
{
	hub_conf hub <<-EOF
		threads 2
		hub default {
			storm-broadcast 0
			$1
			$(users)
		}
	EOF
}

atf_test_case kinds cleanup
kinds_head()
{
	atf_set descr "each kind alone, its keys; full ones byte for byte; a reload"
	atf_set require.user root
}
kinds_body()
{
	need ip jq python3
	netns_add h c
	netns_link h eth0 c eth0
	netns_addr h eth0 10.0.0.1/24
	netns_addr c eth0 10.0.0.2/24
	logging_hub ""
	start_hubd hub h
	cat >frames.script <<-'EOF'
		from packets import *
		a = join("officea", "secret")
		b = join("officeb", "secret")
		syn = tcp4(mac(1), "10.1.0.1", "10.1.0.2", 1025, 80, 2, BROADCAST)
		ack = tcp4(mac(1), "10.1.0.1", "10.1.0.2", 1025, 80, 16, BROADCAST)
		fin = tcp4(mac(1), "10.1.0.1", "10.1.0.2", 1025, 80, 17, BROADCAST)
		frames = [arp(mac(1), "10.1.0.1", "10.1.0.9"),
		    dhcp(mac(1), 1, mac(1)),
		    nd(mac(1), 135, "fe80::1", "fe80::2"),
		    syn, ack, fin,
		    vlan(7, udp4(mac(1), "10.1.0.1", "10.1.0.2", 5, 53)),
		    eth(BROADCAST, mac(1), bytes(range(256)) * 5 + b"end of it")]
		a.send(*frames)
		for f in frames:
		    b.expect(f)
		fence(a, b)
	EOF
	check_peer <frames.script
	no_line .
	for k in arp dhcp icmp tcp ip other; do
		logging_hub "packet-log { $k header
		}"
		hubctl hub reload || atf_fail reload
		: >hub.log
		check_peer <frames.script
		line "$k \[packet@32473 hub=\"default\" port=\"user officea\" session=\"[0-9]+\" length=\"[0-9]+\" src=\"02:00:00:00:00:01\" dst=\"[0-9a-f:]+\""
		if grep -o 'packet: [a-z]*' hub.log | grep -v "packet: $k"; then
			atf_fail "more than $k"
		fi
		case $k in
		arp)	line 'arp .* op="1" ip-src="10.1.0.1" ip-dst="10.1.0.9"\]' ;;
		dhcp)	line 'dhcp .* proto="17" sport="68" dport="67"\]' ;;
		icmp)	line 'icmp .* type="0x86dd" ip-src="fe80::1" .* proto="58" icmp-type="135"\]' ;;
		tcp)	line 'tcp .* sport="1025" dport="80" flags="S"\]'
			line 'tcp .* sport="1025" dport="80" flags="FA"\]'
			no_line '.*flags="A"' ;;
		ip)	line 'ip .* ip-dst="10.1.0.2" proto="6" sport="1025" dport="80" flags="A"\]'
			line 'ip .* vlan="7" type="0x0800" .* sport="5" dport="53"\]' ;;
		other)	line 'other .* length="1303" .* type="0x[0-9a-f]{4}"\]' ;;
		esac
	done
	logging_hub "packet-log { other full
	}"
	hubctl hub reload || atf_fail reload
	: >hub.log
	check_peer <frames.script
	line 'bytes .* offset="1152"'
	python3 - <<-'EOF' || atf_fail "bytes"
		import re
		out, want = {}, bytes(range(256)) * 5 + b"end of it"
		for l in open("hub.log"):
		    m = re.search(r'packet: bytes \[packet@32473 id="(\d+)" '
		                  r'offset="(\d+)"\] ([0-9a-f]+)$', l)
		    if m:
		        assert len(l) < 1000
		        b = out.setdefault(m.group(1), b"")
		        assert len(b) == int(m.group(2))
		        out[m.group(1)] = b + bytes.fromhex(m.group(3))
		assert [b for b in out.values() if b[14:] == want], out
	EOF
	logging_hub ""
	hubctl hub reload || atf_fail reload
	: >hub.log
	check_peer <frames.script
	no_line .
	printf 'hub x {\npacket-log {\ntcp most\n}\n}\n' >bad.conf
	atf_check -s exit:1 -e match:"none, header or full|none header full" \
	    lw hubd -n -f "$PWD/bad.conf"
}
kinds_cleanup()
{
	netns_cleanup
}

atf_test_case flood cleanup
flood_head()
{
	atf_set descr "many and hostile frames: none waits, all are counted"
	atf_set require.user root
}
flood_body()
{
	hub_up <<-EOF
		threads 2
		hub default {
			storm-broadcast 0
			packet-log {
				arp full
				dhcp full
				icmp full
				tcp full
				ip full
				other full
				rate 5
			}
			$(users)
		}
	EOF
	check_peer <<-'EOF'
		from packets import *
		import random
		random.seed(3)
		a = join("officea", "secret")
		b = join("officeb", "secret")
		a.send(eth(BROADCAST, mac(1)))
		b.frame()
		b.send(eth(mac(1), mac(2)))
		a.frame()
		whole = [arp(mac(1), "10.1.0.1", "10.1.0.9", dst=mac(2)),
		    dhcp(mac(1), 1, mac(1)), nd(mac(1), 135, "fe80::1", "fe80::2"),
		    tcp4(mac(1), "10.1.0.1", "10.1.0.2", 1025, 80, 2, mac(2)),
		    eth(mac(2), mac(1), b"x" * 4000)]
		n = 0
		for turn in range(60):
		    batch = []
		    for f in whole:
		        f = bytearray(f[:random.randrange(14, len(f) + 1)])
		        for i in range(random.randrange(4)):
		            f[random.randrange(12, len(f))] = random.randrange(256)
		        f[0:6] = mac(2)
		        batch.append(bytes(f))
		    a.send(*batch)
		    # queues are by flow: in any order
		    same(sorted(b.frame() for f in batch), sorted(batch), "batch")
		    n += len(batch)
		fence(a, b)
	EOF
	wait_until 10 counted 300 || {
		grep -c packet: hub.log
		atf_fail "frames are neither logged nor counted"
	}
	grep -q "packet: hub default: [0-9]* frames were not logged: over the rate" \
	    hub.log || atf_fail "the rate was not kept"
}
# counted N: so many lines and frames that were not logged, at least
counted()
{
	_said=$(grep -Ec 'packet: [a-z]+ \[packet@32473 hub' hub.log)
	_left=$(sed -n 's/.*packet: .* \([0-9]*\) frames were not logged.*/\1/p;
	    s/.*packet: \([0-9]*\) frames were not logged.*/\1/p' hub.log |
	    awk '{ n += $1 } END { print n + 0 }')
	[ $((_said + _left)) -ge "$1" ]
}
flood_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case kinds
	atf_add_test_case flood
}
