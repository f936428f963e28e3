# SPDX-License-Identifier: ISC
# flavours: asan tsan
# timeout: 120
# The access list of a hub, frame by frame: what each condition is about and
# what it is not, the order of rules, counters, reload.

. "$LW_TOP/regress/net/hub.subr"

# rule NAME ACTION ENTRY...
rule()
{
	printf 'rule %s {\n\taction %s\n' "$1" "$2"
	shift 2
	printf '\t%s\n' "$@"
	printf '}\n'
}

atf_test_case conditions cleanup
conditions_head()
{
	atf_set descr "each condition drops what it names, and nothing else"
	atf_set require.user root
}
conditions_body()
{
	hub_up <<-EOF
		hub default {
			storm-broadcast 0
			$(hub_user officea secret "group staff")
			$(hub_user officeb secret)
			policy open {
			}
			group staff {
				policy open
			}
			$(rule mac drop "source-mac 02:00:00:00:11:22")
			$(rule oui drop \
			    "source-mac 02:00:00:99:00:00/ff:ff:ff:ff:00:00")
			$(rule group-bit drop "ethertype 0x9001" \
			    "destination-mac 01:00:00:00:00:00/01:00:00:00:00:00")
			$(rule type drop "ethertype 0x9000")
			$(rule vlan drop "vlan 13")
			$(rule net4 drop "source 10.7.0.0/16")
			$(rule net6 drop "destination fd00:7::/64")
			$(rule sctp drop "protocol sctp")
			$(rule ports drop "protocol udp" \
			    "destination-port 7000-7010")
			$(rule sport drop "source-port 7777")
			$(rule new drop "destination 10.8.0.0/16" "tcp-state new")
			$(rule old drop "destination 10.9.0.0/16" \
			    "tcp-state established")
			$(rule parts drop "destination 10.6.0.0/16" \
			    "fragment yes")
			$(rule byuser drop "user officeb" "ethertype 0x9002")
			$(rule bygroup drop "group staff" "ethertype 0x9003")
			$(rule outward drop "direction out" "user officeb" \
			    "ethertype 0x9004")
			$(rule inward drop "direction in" "user officeb" \
			    "ethertype 0x9005")
		}
	EOF
	check_peer <<-'EOF'
		from packets import *
		a, b = join("officea", "secret"), join("officeb", "secret")
		S = mac(1)
		def rules():
		    return {r["rule"]: r for r in hubctl("show", "rules")}
		def ip4(proto=17, s="10.1.0.1", d="10.1.0.2", sport=5, dport=6):
		    return ipv4(S, s, d, proto,
		                struct.pack("!HHHH", sport, dport, 8, 0))
		def ip6(d, nxt=17, dport=6, more=b""):
		    return ipv6(S, "fd00::1", d, nxt, more +
		                struct.pack("!HHHH", 5, dport, 8, 0))
		def seg(d, flags):
		    return tcp4(S, "10.1.0.1", d, 5, 6, flags, BROADCAST)
		def frag(d, off, proto=17):
		    return ipv4(S, "10.1.0.1", d, proto, b"x" * 40, frag=off)
		options = lambda nxt: bytes([nxt, 0, 1, 4, 0, 0, 0, 0])
		low = mac(2)
		vectors = [  # rule, dropped, passes
		    ("mac", eth(BROADCAST, mac(0x1122)), eth(BROADCAST, mac(0x1123))),
		    ("oui", eth(BROADCAST, mac(0x990001)),
		     eth(BROADCAST, mac(0x980001))),
		    ("group-bit", eth(BROADCAST, S, ethertype=0x9001),
		     eth(low, S, ethertype=0x9001)),
		    ("type", eth(BROADCAST, S, ethertype=0x9000), eth(BROADCAST, S)),
		    ("vlan", vlan(13, eth(BROADCAST, S)), vlan(12, eth(BROADCAST, S))),
		    ("net4", ip4(s="10.7.255.1"), ip4(s="10.8.0.1")),
		    ("net6", ip6("fd00:7::9"), ip6("fd00:7:0:1::9")),
		    ("sctp", ip4(132), ip4(47)),
		    ("sctp", ip6("fd00::2", 60, more=options(132)), ip6("fd00::2", 60,
		     more=options(47))),
		    ("ports", ip4(dport=7000), ip4(dport=6999)),
		    ("ports", ip4(dport=7010), ip4(dport=7011)),
		    ("ports", ip6("fd00::2", dport=7005),
		     tcp4(S, "10.1.0.1", "10.1.0.2", 5, 7005, 2, BROADCAST)),
		    ("ports", frag("10.1.0.2", 20), frag("10.1.0.2", 20, 47)),
		    ("sport", ip4(sport=7777), ip4(sport=7778)),
		    ("new", seg("10.8.0.1", 2), seg("10.8.0.1", 0x12)),
		    ("old", seg("10.9.0.1", 0x10), seg("10.9.0.1", 2)),
		    ("parts", frag("10.6.0.1", 20, 47), frag("10.6.0.1", 0x2000, 47)),
		]
		behind = lambda f: vlan(20, f)
		dropped = {}
		for name, bad, good in vectors:
		    n = rules()[name]["frames"]
		    a.send(bad, good)
		    b.expect(good, "behind " + name)
		    same(rules()[name]["frames"], n + 1, name)
		    if name != "vlan":
		        a.send(behind(behind(bad)), behind(good))
		        b.expect(behind(good), "tagged, behind " + name)
		        same(rules()[name]["frames"], n + 2, name + ", tagged")
		    # three tags: nobody sees what it is
		    if name in ("type", "net4", "ports"):
		        a.send(behind(behind(behind(good))), good)
		        b.expect(good, "three tags")
		# user and group
		nine = lambda n: eth(BROADCAST, S, ethertype=0x9000 + n)
		b.send(nine(2), nine(3))
		mark = eth(BROADCAST, S, b"mark")
		a.send(mark)
		b.expect(mark)
		same(rules()["byuser"]["frames"], 1, "byuser")
		same(rules()["bygroup"]["frames"], 1, "bygroup, on its way out")
		a.send(nine(2), nine(3), nine(4), nine(5))
		b.send(mark)
		a.expect(mark)
		b.expect(nine(5), "inward is not outward")
		same(rules()["byuser"]["frames"], 2, "byuser, on its way out")
		same(rules()["bygroup"]["frames"], 2, "bygroup, on its way in")
		same(rules()["outward"]["frames"], 1, "outward")
		same(rules()["inward"]["frames"], 0, "inward")
		b.send(nine(4), nine(5))
		a.expect(nine(4), "outward is not inward")
		same(rules()["inward"]["frames"], 1, "inward")
		hits = {(h["user"], h["direction"]): h["frames"]
		        for h in hubctl("show", "policy") if h["rule"] == "rule"}
		check(hits["officea", "in"] > 10 and hits["officeb", "out"] > 0,
		      "show policy: %r" % hits)
	EOF
}
conditions_cleanup()
{
	netns_cleanup
}

atf_test_case order cleanup
order_head()
{
	atf_set descr "the first rule decides; a reload keeps sessions and counters"
	atf_set require.user root
}
order_body()
{
	hub_up <<-EOF
		hub default {
			$(users)
			$(rule rest drop "order 200" "protocol udp")
			$(rule dns pass "protocol udp" "destination-port 53")
			$(rule evil drop "order 50" "source 10.1.0.66/32")
		}
		hub other {
			$(users)
		}
	EOF
	cp hub.conf hub.conf.first
	sed 's/destination-port 53/destination-port 54/' hub.conf \
	    >hub.conf.changed
	sed '/rule rest/,/^}/d; /rule dns/,/^}/d; /rule evil/,/^}/d' hub.conf \
	    >hub.conf.none
	check_peer <<-'EOF'
		import shutil
		from packets import *
		def settings(name):
		    shutil.copyfile("hub.conf." + name, "hub.conf")
		    hubctl("reload")
		def counts():
		    return [(r["rule"], r["action"], r["frames"])
		            for r in hubctl("show", "rules", "default")]
		a, b = join("officea", "secret"), join("officeb", "secret")
		dns, evil, other = [udp4(mac(1), s, "10.1.0.2", 5, p) for s, p in (
		    ("10.1.0.1", 53), ("10.1.0.66", 53), ("10.1.0.1", 54))]
		mark = eth(BROADCAST, mac(1), b"mark")
		a.send(evil, other, dns, mark)
		b.expect(dns, "DNS")
		b.expect(mark, "what no rule is about")
		# the flood is judged on its way out, too
		same(counts(), [("evil", "drop", 1), ("dns", "pass", 2),
		                ("rest", "drop", 1)], "rules")
		settings("changed")
		same(counts(), [("evil", "drop", 1), ("dns", "pass", 0),
		                ("rest", "drop", 1)], "rules of which one is new")
		a.send(dns, other, mark)
		b.expect(other, "the other port")
		b.expect(mark)
		same(counts(), [("evil", "drop", 1), ("dns", "pass", 2),
		                ("rest", "drop", 2)], "rules that counted on")
		settings("none")
		same(counts(), [], "no rules")
		a.send(evil, dns, other)
		for f in (evil, dns, other):
		    b.expect(f, "without rules")
		same(len(sessions()), 2, "the same sessions")
		same(hubctl("show", "rules", "other"), [], "of the other hub")
		settings("first")
		a.send(other, mark)
		b.expect(mark)
	EOF
}
order_cleanup()
{
	netns_cleanup
}

atf_test_case local_port cleanup
local_port_head()
{
	atf_set descr "rules count for local ports, but not those of users"
	atf_set require.user root
}
local_port_body()
{
	hub_up <<-EOF
		hub default {
			$(users)
			local-port lan {
				interface lan0
			}
			$(rule all drop "ethertype 0x9000")
			$(rule mine drop "user lan" "ethertype 0x9001")
		}
	EOF
	wait_until 10 netns_exec h ip link show dev lan0 >/dev/null
	netns_exec h ip link set lan0 up
	check_peer <<-'EOF'
		import os
		a = join("officea", "secret")
		until(lambda: [s for s in hubctl("show", "sessions")
		               if s["user"] == "lan"], 10, "local port")
		nine = [eth(BROADCAST, mac(1), ethertype=0x9000 + n) for n in (0, 1)]
		a.send(*nine)
		until(lambda: [r["frames"] for r in hubctl("show", "rules")] ==
		      [1, 0], 10, "in by officea")
		until(lambda: [s for s in hubctl("show", "sessions")
		               if s["user"] == "lan" and s["out-frames"] > 0], 10,
		      "out by lan")
	EOF
}
local_port_cleanup()
{
	netns_cleanup
}

# bad TEXT LINE...: a rule with these lines is refused so
bad()
{
	_bad_text=$1
	shift
	{
		echo "listen 127.0.0.1:443"
		echo "hub default {"
		rule bad drop "$@"
		echo "}"
	} >bad.conf
	atf_check -s exit:1 -e match:"bad.conf:[0-9]+:.*$_bad_text" \
	    lw hubd -n -f bad.conf
}

atf_test_case settings
settings_head()
{
	atf_set descr "what no frame could fulfil is refused, with its place"
}
settings_body()
{
	bad 'is not a MAC address' "source-mac 02:00:00:00:11"
	bad 'is not a MAC address' "destination-mac 02:00:00:00:00:11/24"
	bad 'is not an EtherType' "ethertype 0x0100"
	bad 'is not a protocol' "protocol 256"
	bad 'is not a port' "source-port 10-9"
	bad 'address with the length' "source 10.0.0.0"
	bad 'not both IPv4' "source 10.0.0.0/8" "destination fd00::/8"
	bad 'only tcp and udp have ports' "protocol icmp" "source-port 1"
	bad 'only tcp has' "protocol udp" "tcp-state new"
	bad 'fragment' "fragment yes" "destination-port 1"
	bad 'there is no group' "group nosuch"
	bad 'out of range' "vlan 4095"
	{
		echo "listen 127.0.0.1:443"
		echo "hub default {"
		for i in $(seq 2048); do
			rule "r$i" pass "source 10.0.0.0/8"
		done
		echo "}"
	} >most.conf
	atf_check -o ignore lw hubd -n -f most.conf
	sed 's/^hub default {/&\nrule more {\naction drop\n}/' most.conf >bad.conf
	atf_check -s exit:1 -e match:'bad.conf:.*more than 2048' \
	    lw hubd -n -f bad.conf
	{
		echo "listen 127.0.0.1:443"
		echo "hub default {"
		for i in $(seq 10 26); do
			rule "r$i" pass "source-mac 02:00:00:00:00:01/ff:ff:ff:ff:ff:$i"
		done
		echo "}"
	} >bad.conf
	atf_check -s exit:1 -e match:'bad.conf:.*more than 16 different masks' \
	    lw hubd -n -f bad.conf
}

atf_init_test_cases()
{
	atf_add_test_case conditions
	atf_add_test_case order
	atf_add_test_case local_port
	atf_add_test_case settings
}
