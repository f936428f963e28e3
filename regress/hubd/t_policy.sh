# SPDX-License-Identifier: ISC
# flavours: asan tsan
# timeout: 120
# What policies let pass and drop, frame by frame; and a hostile tenant.

. "$LW_TOP/regress/net/hub.subr"

# policies: each with a user of its own name
policies()
{
	for p in "$@"; do
		hub_user "${p%%:*}" secret "policy ${p%%:*}"
		printf 'policy %s {\n%s\n}\n' "${p%%:*}" "${p#*:}"
	done
}

atf_test_case rules cleanup
rules_head()
{
	atf_set descr "each rule drops what it names, and nothing else"
	atf_set require.user root
}
rules_body()
{
	hub_up <<-EOF
		hub default {
			storm-broadcast 0
			$(users)
			$(policies "no4:ipv4 no" "no6:ipv6 no" \
			    "noother:other-protocols no" "nodhcp:dhcp no" \
			    "nodhcp6:dhcp6 no" "nosrv:dhcp-server no" \
			    "nosrv6:dhcp6-server no" \
			    "nors:router-solicitation no" \
			    "nora:router-advertisement no" \
			    "disco:broadcast discovery" "onemac:bridging no" \
			    "fewmacs:max-macs 2" "umac:unique-mac yes" \
			    "uip:unique-ip yes" "uip6:unique-ip6 yes" \
			    "few:max-ips 1" "few6:max-ips6 1" \
			    "norout:routing no" "norout6:routing6 no" \
			    "nostp:bpdu no" "nopppoe:pppoe no" "noospf:ospf no")
			bpdu pass
		}
	EOF
	check_peer <<-'EOF'
		from packets import *
		clean = join("officea", "secret")
		for f in (arp(mac(0x99), "10.1.0.99", "10.1.0.1"),
		          nd(mac(0x99), 136, "fe80::99", "fe80::99")):
		    clean.send(f, vlan(7, f))
		me, other = mac(1), mac(2)
		mine, theirs = "10.1.0.1", "10.1.0.99"
		smb = udp4(me, mine, "10.1.255.255", 137, 137)
		ns = nd(me, 135, "fe80::1", "fe80::2", lladdr=me)
		rogue = dhcp(me, 2, mac(5), "10.1.0.50")
		sixes = lambda s, d: ipv6(me, "fe80::1", "ff02::1:2", 17,
		    struct.pack("!HHHH", s, d, 12, 0) + b"dhcp")
		rs = ipv6(me, "fe80::1", "ff02::2", 58,
		          icmp6("fe80::1", "ff02::2", 133, b"\0" * 4))
		ok4 = arp(me, mine, "10.1.0.2")
		bpdu = bytes.fromhex("0180c2000000") + me + b"\0\x26" + b"B" * 46
		pvst = bytes.fromhex("01000ccccccd") + me + b"\0\x32" + b"P" * 50
		ospf6 = ipv6(me, "fe80::1", "ff02::5", 60,
		             bytes([89, 0, 1, 4, 0, 0, 0, 0]) + b"hello")
		vectors = [  # user, dropped, rule, passes behind it
		    ("nostp", bpdu, "type", smb), ("nostp", pvst, "type", smb),
		    ("nopppoe", eth(BROADCAST, me, ethertype=0x8863), "type", bpdu),
		    ("nopppoe", eth(BROADCAST, me, ethertype=0x8864), "type", pvst),
		    ("noospf", ipv4(me, mine, "224.0.0.5", 89, b"hello"), "type", smb),
		    ("noospf", ospf6, "type", ns),
		    ("no4", smb, "type", ns), ("no4", ok4, "type", ns),
		    ("no6", ns, "type", smb), ("noother", eth(BROADCAST, me), "type", smb),
		    ("nodhcp", dhcp(me, 1, me), "dhcp", smb),
		    ("nodhcp", rogue, "dhcp", smb),
		    ("nodhcp6", sixes(546, 547), "dhcp", ns),
		    ("nosrv", rogue, "dhcp-server", dhcp(me, 1, me)),
		    ("nosrv6", sixes(547, 546), "dhcp-server", sixes(546, 547)),
		    ("nors", rs, "router", ra(me, "fe80::1")),
		    ("nora", ra(me, "fe80::1"), "router", rs),
		    ("disco", smb, "broadcast", ok4), ("disco", smb, "broadcast", ns),
		    ("disco", smb, "broadcast", dhcp(me, 1, me)),
		    ("umac", arp(mac(0x99), mine, mine), "unique-mac", ok4),
		    ("uip", arp(me, theirs, mine), "unique-ip", ok4),
		    ("uip", udp4(me, theirs, mine, 5, 6), "unique-ip", smb),
		    ("uip", arp(me, mine, theirs, 2, sha=other), "unique-ip", ok4),
		    ("uip6", nd(me, 136, "fe80::1", "fe80::99"), "unique-ip", ns),
		    ("uip6", nd(me, 136, "fe80::1", "fe80::1", lladdr=other),
		     "unique-ip", ns),
		]
		def hits(user):
		    return {h["rule"]: h["frames"] for h in hubctl("show", "policy")
		            if h["user"] == user and h["direction"] == "in"}
		for user, bad, rule, good in vectors:
		    p = join(user, "secret")
		    p.send(bad, good)
		    clean.expect(good, "%s behind %s" % (user, rule))
		    same(hits(user), {rule: 1}, user)
		    # behind tags they are what they are
		    p.send(vlan(7, vlan(8, bad)), vlan(7, good))
		    clean.expect(vlan(7, good), "%s, tagged" % user)
		    p.bye()
		    until(lambda: not [s for s in hubctl("show", "sessions")
		                       if s["user"] == user], 10, "bye")
		# without a policy all of it passes
		p = join("officeb", "secret")
		for user, bad, rule, good in vectors:
		    p.send(bad)
		    clean.expect(bad, "no policy, " + rule)
		# so many and no more; what is known stays
		def counted(user, frames, n, rule):
		    p = join(user, "secret")
		    for f in frames[:n]:
		        p.send(f)
		        clean.expect(f, user)
		    p.send(*frames)
		    for f in frames[:n]:
		        clean.expect(f, user + " again")
		    same(hits(user), {rule: len(frames) - n}, user)
		    p.bye()
		macs = [arp(mac(0x20 + n), "10.2.0.1", mine) for n in range(4)]
		counted("onemac", macs, 1, "max-macs")
		until(lambda: len(sessions()) == 2, 10, "gone")
		counted("fewmacs", macs, 2, "max-macs")
		until(lambda: len(sessions()) == 2, 10, "gone")
		counted("few", [udp4(me, "10.3.0.%d" % n, mine, 5, 6)
		                for n in (1, 2, 3)], 1, "max-ips")
		until(lambda: len(sessions()) == 2, 10, "gone")
		counted("few6", [nd(me, 135, "fe80::3:%d" % n, "fe80::2")
		                 for n in (1, 2, 3)], 1, "max-ips")
		until(lambda: len(sessions()) == 2, 10, "gone")
		counted("norout", [arp(me, "10.4.0.1", mine),
		                   udp4(me, "10.4.0.1", mine, 5, 6),
		                   udp4(me, "8.8.8.8", mine, 53, 6)], 2, "routing")
		until(lambda: len(sessions()) == 2, 10, "gone")
		counted("norout6", [nd(me, 135, "fe80::4:1", "fe80::2"),
		                    ipv6(me, "2001:db8::1", "ff02::1", 17,
		                         struct.pack("!HHHH", 5, 6, 8, 0))], 1, "routing")
		rows = hubctl("show", "bindings")
		check([r for r in rows if r["ip"] == theirs and
		       r["port"] == "user officea"], "no binding of officea: %r" % rows)
	EOF
}
rules_cleanup()
{
	netns_cleanup
}

atf_test_case evasion cleanup
evasion_head()
{
	atf_set descr "rules hold, and let pass, behind tags, in fragments, behind IPv6 headers"
	atf_set require.user root
}
evasion_body()
{
	hub_up <<-EOF
		hub default {
			storm-broadcast 0
			storm-multicast 0
			storm-unknown 0
			$(users)
			$(policies "no4:ipv4 no" "no6:ipv6 no" "nodhcp:dhcp no" \
			    "nodhcp6:dhcp6 no" "nosrv:dhcp-server no" \
			    "nosrv6:dhcp6-server no" \
			    "nors:router-solicitation no" \
			    "nora:router-advertisement no" \
			    "disco:broadcast discovery" "noospf:ospf no" \
			    "umac:unique-mac yes" "uip:unique-ip yes" \
			    "uip6:unique-ip6 yes" "fewmacs:max-macs 2" \
			    "few:max-ips 2" "few6:max-ips6 2" \
			    "norout:routing no" "norout6:routing6 no" \
			    "leased:leased-only yes" "leased6:leased-only6 yes" \
			    "notcp:incoming-tcp no" "notcp6:incoming-tcp6 no" \
			    "norouter:default-router no")
		}
	EOF
	check_peer <<-'EOF'
		from packets import *
		me, thief = mac(1), mac(0x99)
		mine, theirs = "10.1.0.1", "10.1.0.99"
		ll, lls = "fe80::1", "fe80::99"
		clean, free = join("officea", "secret"), join("officeb", "secret")
		both = lambda f: (f, vlan(7, f))
		for f in (arp(thief, theirs, mine),
		          nd(thief, 136, lls, lls, lladdr=thief)):
		    clean.send(*both(f))
		    for g in both(f):
		        free.expect(g, "another's address")
		def udp6(src, saddr, sport=5353, dport=5353, data=b"data", dst=ALL_NODES):
		    body = struct.pack("!HHHH", sport, dport, 8 + len(data), 0) + data
		    return ipv6(src, saddr, "ff02::1", 17, body, dst)
		def reply6(addr):
		    ia = b"\0" * 12 + struct.pack("!HH", 5, 24) + ip(addr) + \
		        struct.pack("!II", 3600, 3600)
		    return udp6(thief, lls, 547, 546, bytes([7, 1, 2, 3]) +
		                struct.pack("!HH", 3, len(ia)) + ia, me)
		smb, mdns = udp4(me, mine, "10.1.255.255", 137, 137), udp6(me, ll)
		ask, ask6 = dhcp(me, 1, me), udp6(me, ll, 546, 547, b"\1abc")
		ns = nd(me, 135, ll, "fe80::2", lladdr=me)
		rs = ipv6(me, ll, "ff02::2", 58, icmp6(ll, "ff02::2", 133, b"\0" * 4))
		from_other = lambda addr, src=me: udp4(src, addr, "10.1.255.255", 5, 6)
		rows = [  # user, dropped, passes
		    ("no4", smb, mdns), ("no6", mdns, smb), ("nodhcp", ask, smb),
		    ("nodhcp6", ask6, mdns),
		    ("nosrv", dhcp(me, 2, mac(5), "10.1.0.50"), ask),
		    ("nosrv6", udp6(me, ll, 547, 546, b"\2abc"), ask6),
		    ("nors", rs, mdns), ("nora", ra(me, ll), mdns),
		    ("disco", smb, arp(me, mine, theirs)), ("disco", mdns, ns),
		    ("noospf", ipv4(me, mine, "224.0.0.5", 89, b"hello"), smb),
		    ("noospf", ipv6(me, ll, "ff02::5", 89, b"hello" * 4), mdns),
		    ("umac", from_other(mine, thief), smb),
		    ("umac", udp6(thief, ll), mdns),
		    ("uip", from_other(theirs), smb), ("uip6", udp6(me, lls), mdns),
		    ("fewmacs", from_other(mine, mac(0x66)), smb),
		    ("fewmacs", udp6(mac(0x66), ll), mdns),
		    ("few", from_other("10.3.0.9"), smb),
		    ("few6", udp6(me, "fe80::77"), mdns),
		    ("norout", from_other("8.8.8.8"), smb),
		    ("norout6", udp6(me, "2001:db8::1"), mdns),
		    ("leased", from_other(mine), from_other("10.1.0.5")),
		    ("leased6", udp6(me, "2001:db8::66"), udp6(me, "2001:db8::5")),
		]
		def gone(p):
		    p.bye()
		    until(lambda: len(sessions()) == 2, 10, "bye")
		def hits(user, way="in"):
		    return sum(h["frames"] for h in hubctl("show", "policy")
		               if h["user"] == user and h["direction"] == way)
		def drain(*peers):
		    for p in peers:
		        while p.frame(0.2) is not None:
		            pass
		# neighbour discovery in fragments is never let pass by a filter
		is_nd = lambda f: f[12:14] == b"\x86\xdd" and f[20] == 58
		for user, bad, good in rows:
		    p = join(user, "secret")
		    # who it is, also in the VLAN; what servers give it
		    p.send(*both(arp(me, mine, theirs)), *both(ns))
		    drain(clean, free)
		    if user == "leased":
		        clean.send(*both(dhcp(thief, 5, me, "10.1.0.5", dst=me)))
		    if user == "leased6":
		        clean.send(*both(reply6("2001:db8::5")))
		    drain(p)
		    for how, f in forms(good, not is_nd(good)):
		        p.send(f)
		        clean.expect(f, "%s lets pass: %s" % (user, how))
		        free.expect(f)
		    before, n = hits(user), 0
		    for how, f in forms(bad):
		        p.send(f, good)
		        clean.expect(good, "behind what %s drops: %s" % (user, how))
		        free.expect(good)
		        n += 1
		    check(hits(user) - before == n, "%s: %d of %d are counted" % (
		          user, hits(user) - before, n))
		    gone(p)
		# who has no policy sends all of it
		for user, bad, good in rows:
		    for how, f in forms(bad):
		        free.send(f)
		        clean.expect(f, "%s, without policy: %s" % (user, how))
		# the other way
		for user, bad, good in (("no4", smb, mdns), ("no6", mdns, smb),
		                        ("nodhcp", ask, smb), ("nodhcp6", ask6, mdns),
		                        ("nors", rs, mdns), ("nora", ra(me, ll), mdns),
		                        ("noospf", rows[10][1], smb)):
		    p = join(user, "secret")
		    for how, f in forms(good, not is_nd(good)):
		        clean.send(f)
		        p.expect(f, "%s gets: %s" % (user, how))
		        free.expect(f)
		    for how, f in forms(bad):
		        clean.send(f, good)
		        p.expect(good, "behind what %s does not get: %s" % (user, how))
		        free.expect(f, "somebody else does: " + how)
		        free.expect(good)
		    gone(p)
		# calls, and answers, over both
		h = mac(0x31)
		for user, a, b in (("notcp", mine, "10.1.0.31"),
		                   ("notcp6", ll, "fe80::31")):
		    p = join(user, "secret")
		    hello = arp(h, b, a) if user == "notcp" else nd(h, 135, b, a, lladdr=h)
		    p.send(*both(hello))
		    drain(clean, free)
		    answer = syn(me, a, b, 0x12, dst=h)
		    for how, f in forms(syn(me, a, b, dst=h)):
		        clean.send(f, answer)
		        p.expect(answer, "behind a call, %s: %s" % (user, how))
		    for how, f in forms(answer):
		        clean.send(f)
		        p.expect(f, "an answer, %s: %s" % (user, how))
		    gone(p)
		# what is mended, whatever stands before it
		p = join("norouter", "secret")
		for (how, f), (_, want) in zip(forms(ra(me, ll), False),
		                               forms(ra(me, ll, lifetime=0), False)):
		    p.send(f)
		    clean.expect(want, "no default router: " + how)
	EOF
}
evasion_cleanup()
{
	netns_cleanup
}

atf_test_case outgoing cleanup
outgoing_head()
{
	atf_set descr "rules on what a session gets: TCP, isolation, types, VLAN, monitor"
	atf_set require.user root
}
outgoing_body()
{
	hub_up <<-EOF
		hub default {
			$(users)
			$(policies "notcp:incoming-tcp no" "iso:isolated yes" \
			    "no4:ipv4 no" "nodhcp:dhcp no" \
			    "nora:router-advertisement no" "v7:vlan 7" \
			    "monitor:monitor yes" "norouter:default-router no")
		}
	EOF
	check_peer <<-'EOF'
		from packets import *
		a, b = join("officea", "secret"), join("officeb", "secret")
		notcp = join("notcp", "secret")
		m = mac(0x31)
		hello = arp(m, "10.1.0.31", "10.1.0.1")
		notcp.send(hello)
		a.expect(hello)
		b.expect(hello)
		syn = tcp4(mac(1), "10.1.0.1", "10.1.0.31", 1000, 80, 2, m)
		ack = tcp4(mac(1), "10.1.0.1", "10.1.0.31", 1000, 80, 0x12, m)
		a.send(syn, ack)
		notcp.expect(ack, "the answer, not the call")
		notcp.bye()
		until(lambda: len(sessions()) == 2, 10, "bye")

		iso = [join("iso", "secret") for _ in range(2)]
		f = arp(mac(0x41), "10.1.0.41", "10.1.0.1")
		iso[0].send(f)
		for p in (a, b):
		    p.expect(f)
		g = arp(mac(1), "10.1.0.1", "10.1.0.41")
		a.send(g)
		for p in (b, iso[0], iso[1]):
		    p.expect(g, "isolated, from one that is not")
		# unicast between the isolated, then one that passes
		h = arp(mac(0x42), "10.1.0.42", "10.1.0.41", dst=mac(0x41))
		iso[1].send(h)
		a.send(arp(mac(1), "10.1.0.1", "10.1.0.41", dst=mac(0x41)))
		iso[0].expect(arp(mac(1), "10.1.0.1", "10.1.0.41", dst=mac(0x41)))
		until(lambda: [x for x in hubctl("show", "policy")
		               if x["rule"] == "isolated"], 10, "counted")
		for p in iso:
		    p.bye()
		until(lambda: len(sessions()) == 2, 10, "bye")

		marker = eth(BROADCAST, mac(1), b"marker")
		for user, bad in (("no4", g), ("nodhcp", dhcp(mac(1), 2, mac(9))),
		                  ("nora", ra(mac(1), "fe80::1"))):
		    p = join(user, "secret")
		    a.send(bad, marker)
		    b.expect(bad)
		    b.expect(marker)
		    p.expect(marker, user)
		    p.bye()
		    until(lambda: len(sessions()) == 2, 10, "bye")

		# the hub tags what comes from v7, and strips what goes there
		v = [join("v7", "secret") for _ in range(2)]
		f = arp(mac(0x51), "10.1.0.51", "10.1.0.1")
		v[0].send(vlan(9, f), vlan(0, f), f)
		v[1].expect(f, "the VLAN's own port")
		a.expect(vlan(7, f), "a trunk")
		b.expect(vlan(7, f), "a trunk")
		a.send(g, vlan(8, g), vlan(7, g))
		v[0].expect(g, "its VLAN, without tag")
		v[1].expect(g, "its VLAN, without tag")
		for p in v:
		    p.bye()
		for f in (g, vlan(8, g), vlan(7, g)):
		    b.expect(f)
		until(lambda: len(sessions()) == 2, 10, "bye")

		# a monitor gets what is between others
		mon = join("monitor", "secret")
		b.send(arp(mac(2), "10.1.0.2", "10.1.0.1"))
		a.expect(arp(mac(2), "10.1.0.2", "10.1.0.1"))
		mon.expect(arp(mac(2), "10.1.0.2", "10.1.0.1"), "a flood, once")
		f = udp4(mac(1), "10.1.0.1", "10.1.0.2", 5, 6, dst=mac(2))
		a.send(f)
		b.expect(f)
		mon.expect(f, "between others")
		mon.bye()
		until(lambda: len(sessions()) == 2, 10, "bye")

		# a router that may not be the default one
		p = join("norouter", "secret")
		p.send(ra(mac(0x61), "fe80::61"))
		a.expect(ra(mac(0x61), "fe80::61", lifetime=0), "no default router")
	EOF
}
outgoing_cleanup()
{
	netns_cleanup
}

atf_test_case changed cleanup
changed_head()
{
	atf_set descr "group and default policies; a reload applies to sessions that run"
	atf_set require.user root
}
changed_body()
{
	quiet='policy quiet {
		ipv4 no
	}'
	hub_up <<-EOF
		hub default {
			$(hub_user officea secret)
			$(hub_user officeb secret "group staff")
			group staff {
				policy quiet
			}
			$quiet
		}
	EOF
	cp hub.conf hub.conf.staff
	sed 's/policy quiet$/policy guest/' hub.conf.staff >hub.conf.guest
	sed '/policy quiet {/i default-policy quiet' hub.conf.staff |
	    sed 's/group staff$/policy open/; /^policy quiet {/i policy open {\n}' \
	    >hub.conf.default
	sed 's/policy quiet$/policy nosuch/' hub.conf.staff >bad.conf
	atf_check -s exit:1 -e match:'bad.conf:[0-9]*:.*no policy nosuch' \
	    lw hubd -n -f bad.conf
	sed 's/group staff$/group nosuch/' hub.conf.staff >bad.conf
	atf_check -s exit:1 -e match:'bad.conf:[0-9]*:.*no group nosuch' \
	    lw hubd -n -f bad.conf
	check_peer <<-'EOF'
		import shutil
		from packets import *
		a, b = join("officea", "secret"), join("officeb", "secret")
		f = arp(mac(2), "10.1.0.2", "10.1.0.1")
		g = arp(mac(1), "10.1.0.1", "10.1.0.2")
		def settings(name):
		    shutil.copyfile("hub.conf." + name, "hub.conf")
		    hubctl("reload")
		    return {s["user"]: s["policy"] for s in hubctl("show", "sessions")}
		def blocked(sender, receiver, frame):
		    sender.send(frame, eth(BROADCAST, frame[6:12], b"marker"))
		    receiver.expect(eth(BROADCAST, frame[6:12], b"marker"), "marker")
		blocked(b, a, f)
		same(settings("default"), {"officea": "quiet", "officeb": "open"},
		     "policies")
		# b has a policy of its own now, a the hub's
		b.send(f)
		blocked(a, b, g)
		same(settings("staff"), {"officea": "-", "officeb": "quiet"}, "policies")
		a.send(eth(BROADCAST, mac(1), b"marker"))
		b.expect(eth(BROADCAST, mac(1), b"marker"))
		blocked(b, a, f)
		same(settings("guest"), {"officea": "-", "officeb": "guest"}, "policies")
		same(len(sessions()), 2, "the same sessions")
	EOF
	wait_until 10 grep -q "officeb: .* frames dropped by policy, the last by type" \
	    hub.log ||
	    atf_fail "nothing in the log"
}
changed_cleanup()
{
	netns_cleanup
}

atf_test_case max_time cleanup
max_time_head()
{
	atf_set descr "a session ends when its time is over"
	atf_set require.user root
}
max_time_body()
{
	hub_up <<-EOF
		hub default {
			$(users)
			$(policies "short:max-time 10s" "long:max-time 1h")
		}
	EOF
	check_peer <<-'EOF'
		start = time.monotonic()
		short, long, a = [join(u, "secret") for u in
		                  ("short", "long", "officea")]
		check(short.closed(30), "it lives on")
		check(time.monotonic() - start >= 9.9, "it was over too soon")
		same(sorted(s["user"] for s in sessions()), ["long", "officea"],
		     "who is left")
	EOF
	wait_until 10 grep -q "session .* of short is over: max-time is over" \
	    hub.log ||
	    atf_fail "nothing in the log"
}
max_time_cleanup()
{
	netns_cleanup
}

atf_test_case idle_time cleanup
idle_time_head()
{
	atf_set descr "a session ends when it has been silent for too long"
	atf_set require.user root
}
idle_time_body()
{
	hub_up <<-EOF
		hub default {
			$(users)
			$(policies "silent:idle-time 4s" "busy:idle-time 4s" \
			    "patient:idle-time 1h")
		}
	EOF
	check_peer <<-'EOF'
		import threading
		def users():
		    return sorted(s["user"] for s in sessions())
		def left():
		    """Or nobody, where a busy machine kept busy silent, too."""
		    a, patient, silent = [join(u, "secret") for u in
		        ("officea", "patient", "silent")]
		    done, sent = threading.Event(), [time.monotonic()]
		    busy = join("busy", "secret")
		    def work():
		        while not done.wait(0.1):
		            # what it gets does not count
		            a.send(eth(BROADCAST, mac(1)))
		            try:
		                busy.send(eth(BROADCAST, mac(2)))
		            except OSError:
		                break
		            sent.append(time.monotonic())
		    worker = threading.Thread(target=work, daemon=True)
		    worker.start()
		    until(lambda: "silent" not in users(), 30, "silent is out")
		    check(silent.closed(), "its connection lives on")
		    time.sleep(6)
		    done.set()
		    worker.join()
		    there = users()
		    for p in (busy, patient, a):
		        p.bye()
		    until(lambda: not users(), 10, "bye")
		    longest = max(b - a for a, b in zip(sent, sent[1:]))
		    print("%.1f s" % longest)
		    return there if longest < 3 else []
		same(until(left, 90, "who is left"), ["busy", "officea", "patient"],
		     "who is left")
	EOF
	wait_until 10 grep -q "session .* of silent is over: idle-time is over" \
	    hub.log ||
	    atf_fail "nothing in the log"
}
idle_time_cleanup()
{
	netns_cleanup
}

atf_test_case bounds cleanup
bounds_head()
{
	atf_set descr "access, sessions, connections and keep-alive by policy"
	atf_set require.user root
}
bounds_body()
{
	hub_up <<-EOF
		hub default {
			keepalive 30s
			$(users)
			$(hub_user many secret "max-sessions 3" "policy one")
			$(policies "out:access no" "one:max-sessions 1" \
			    "lone:max-connections 1" "quick:keepalive 3s")
		}
	EOF
	sed 's/access no/access yes/' hub.conf >hub.conf.in
	sed 's/policy quick$/policy out/' hub.conf.in |
	    sed 's/access yes/access no/' >hub.conf.out
	check_peer <<-'EOF'
		import shutil
		def status(user, extra=()):
		    p = Peer()
		    return p.request("", user, "secret", list(extra)), p
		same(status("out")[0], 401, "access no")
		for user in ("one", "many"):
		    first = join(user, "secret")
		    same(status(user)[0], 503, "a second session of " + user)
		    first.bye()
		    until(lambda: not sessions(), 10, "bye")
		    join(user, "secret").bye()
		    until(lambda: not sessions(), 10, "bye")
		# connections of one session: one, or as many as users may have
		for user, want in (("lone", 503), ("officea", 101)):
		    first = join(user, "secret", extra=[("Longwire-Session", "new")])
		    token = first.headers["longwire-session"].split('"')[1]
		    p = Peer()
		    same(p.request("", None, None, [("Longwire-Session",
		         'join="%s"' % token)]), want, "another of " + user)
		    p.close()
		    first.bye()
		    until(lambda: not sessions(), 10, "bye")
		def settings(name):
		    shutil.copyfile("hub.conf." + name, "hub.conf")
		    hubctl("reload")
		settings("in")
		out = join("out", "secret")
		quick = join("quick", "secret")
		settings("out")
		check(out.closed() and quick.closed(), "access no, reloaded")
		same(sessions(), [], "sessions")
	EOF
}
bounds_cleanup()
{
	netns_cleanup
}

atf_test_case keepalive cleanup
keepalive_head()
{
	atf_set descr "a dead connection is noticed as soon as the policy says, and no sooner"
	atf_set require.user root
}
keepalive_body()
{
	hub_up <<-EOF
		hub default {
			keepalive 30s
			$(users)
			$(policies "quick:keepalive 3s" "slow:keepalive 2m")
		}
	EOF
	check_peer <<-'EOF'
		ask = [("Longwire-Keepalive", "600")]
		def told(user, extra=ask):
		    p = join(user, "secret", extra=extra)
		    return p, p.headers.get("longwire-keepalive")
		# the policy's, shorter and longer than the hub's; the hub's without
		dead, got = told("quick")
		same(got, "3", "quick")
		slow, got = told("slow")
		same(got, "120", "slow")
		plain, got = told("officea")
		same(got, "30", "no policy")
		# a shorter wish of the client counts, and none is none
		same(told("slow", [("Longwire-Keepalive", "5")])[1], "5", "wish")
		mute, got = told("quick", [])
		same(got, None, "a client that asks for none")
		# who answers lives on, who does not is gone, others have time
		alive, _ = told("quick")
		for n in range(300):
		    # for 8 s, or until it is noticed
		    if n >= 40 and dead.closed(0):
		        break
		    alive.frame(0.2)
		    for kind, value in alive.other:
		        if kind == 0x2b6c7a3e:
		            alive.raw(capsule(0x2b6c7a3f, value))
		    alive.other = []
		else:
		    raise Failed("the silent one lives on")
		for p, name in ((alive, "who answers"), (slow, "slow"),
		                (plain, "no policy"), (mute, "mute")):
		    check(not p.closed(0.1), name + " is gone")
	EOF
}
keepalive_cleanup()
{
	netns_cleanup
}

atf_test_case hostile_tenant cleanup
hostile_tenant_head()
{
	atf_set descr "no known layer-2 attack of a guest reaches another port"
	atf_set require.user root
}
hostile_tenant_body()
{
	hub_up <<-EOF
		hub default {
			$(users)
			$(hub_user tenant secret "policy guest")
			$(hub_user neighbour secret "policy guest")
			$(hub_user brief secret "policy brief")
			policy brief {
				max-time 3s
			}
		}
		hub other {
			$(users)
		}
	EOF
	check_peer <<-'EOF'
		from packets import *
		server, host = join("officea", "secret"), join("officeb", "secret")
		evil, other = join("tenant", "secret"), join("neighbour", "secret")
		E, H, S, N = mac(0x66), mac(2), mac(1), mac(0x77)
		server.send(arp(S, "10.1.0.1", "10.1.0.2"),
		            nd(S, 136, "fe80::1", "fe80::1", lladdr=S))
		host.send(arp(H, "10.1.0.2", "10.1.0.1"))
		def through(p, frame):
		    """This frame comes to p, and all before it is forgotten."""
		    while True:
		        got = p.frame()
		        check(got is not None, "nothing comes")
		        if got == frame:
		            break
		def settle(sender, *receivers):
		    f = arp(sender, "10.1.0.%d" % sender[5], "10.1.0.200")
		    {S: server, H: host}[sender].send(f)
		    for p in receivers:
		        through(p, f)
		settle(S, host, evil, other)
		settle(H, server, evil, other)
		# it asks for an address and gets one, as it should
		ask = dhcp(E, 1, E)
		evil.send(ask)
		for p in (server, host):
		    through(p, ask)
		given = dhcp(S, 5, E, "10.1.0.66", dst=E)
		server.send(given)
		through(evil, given)
		hello = arp(E, "10.1.0.66", "10.1.0.1")
		evil.send(hello)
		for p in (server, host):
		    p.expect(hello, "an honest guest")
		leased = [r for r in hubctl("show", "bindings") if r["leased"]]
		same([(r["ip"], r["port"]) for r in leased],
		     [("10.1.0.66", "user tenant")], "leases")
		frag = lambda more, off, data: ipv4(E, "10.1.0.66", "10.1.0.255", 17,
		    data, frag=(0x2000 if more else 0) | off)
		rogue = struct.pack("!HHHH", 67, 68, 300, 0) + b"x" * 24
		inner = icmp6("fe80::66", "ff02::1", 134, b"\0" * 12)
		attacks = {
		    "ARP spoofing": arp(E, "10.1.0.1", "10.1.0.2", 2, dst=H),
		    "gratuitous ARP": arp(E, "10.1.0.2", "10.1.0.2"),
		    "ARP with another sender": arp(E, "10.1.0.66", "10.1.0.2", 2, sha=S),
		    "ND spoofing": nd(E, 136, "fe80::66", "fe80::1", lladdr=E),
		    "rogue RA": ra(E, "fe80::66"),
		    "redirect": ipv6(E, "fe80::66", "ff02::1", 58,
		        icmp6("fe80::66", "ff02::1", 137, b"\0" * 36)),
		    "rogue DHCP": dhcp(E, 2, mac(9), "10.1.0.77"),
		    "rogue DHCPv6": ipv6(E, "fe80::66", "ff02::1", 17,
		        struct.pack("!HHHH", 547, 546, 12, 0) + b"dhcp"),
		    "MAC of another": arp(S, "10.1.0.66", "10.1.0.2"),
		    "MAC flooding": arp(mac(0x1234), "10.1.0.66", "10.1.0.2"),
		    "IP of another": udp4(E, "10.1.0.2", "10.1.0.1", 5, 6, dst=S),
		    "IP that nobody gave": udp4(E, "10.1.0.67", "10.1.0.1", 5, 6, dst=S),
		    "double tag": vlan(1, vlan(20, arp(E, "10.1.0.1", "10.1.0.2"))),
		    "three tags": vlan(1, vlan(2, vlan(3, dhcp(E, 2, mac(9))))),
		    "RA behind options": ipv6(E, "fe80::66", "ff02::1", 60,
		        bytes([58, 0, 1, 4, 0, 0, 0, 0]) + inner),
		    "RA in a fragment": ipv6(E, "fe80::66", "ff02::1", 44,
		        struct.pack("!BBHI", 58, 0, 1, 7) + inner),
		    "RA cut short": ipv6(E, "fe80::66", "ff02::1", 44,
		        struct.pack("!BBHI", 60, 0, 1, 7) + bytes([58, 9, 1, 4] + [0] * 4)),
		    "RA in LLC/SNAP": ALL_NODES + E + struct.pack("!H", 70) +
		        bytes.fromhex("aaaa0300000086dd") + ra(E, "fe80::66")[14:],
		    "DHCP in fragments": frag(True, 0, rogue),
		    "tiny fragment": frag(True, 0, rogue[:4]),
		    "overlap": frag(False, 1, b"x" * 40),
		    "broadcast of data": udp4(E, "10.1.0.66", "10.1.0.255", 137, 137),
		    "other protocol": eth(BROADCAST, E),
		    "spanning tree": bytes.fromhex("0180c2000000") + E + b"\0\x26" + b"B" * 46,
		    "to a neighbour": arp(E, "10.1.0.66", "10.1.0.77", dst=N),
		    "VLAN hopping": vlan(20, dhcp(E, 1, E)),
		    "VLAN hopping with ND": vlan(20, nd(E, 135, "fe80::66", "fe80::1")),
		    "VLAN hopping by a service tag":
		        vlan(20, vlan(20, hello), 0x88a8),
		    "priority tag": vlan(0, hello),
		    "double tag to VLAN 0": vlan(0, vlan(20, dhcp(E, 1, E))),
		    "ARP for a broadcast address": arp(E, "255.255.255.255", "10.1.0.2"),
		    "ARP probe for another": arp(E, "10.1.0.1", "0.0.0.0"),
		    "solicitation as another": nd(E, 135, "fe80::1", "fe80::2", lladdr=E),
		    "duplicate detection of another's": nd(E, 136, "fe80::1", "fe80::1"),
		    "RA behind hop-by-hop options": ipv6(E, "fe80::66", "ff02::1", 0,
		        bytes([58, 0, 1, 4, 0, 0, 0, 0]) + inner),
		    "RA behind two headers": ipv6(E, "fe80::66", "ff02::1", 0,
		        bytes([60, 0, 1, 4, 0, 0, 0, 0, 58, 0, 1, 4, 0, 0, 0, 0]) + inner),
		    "rogue MLD querier": ipv6(E, "fe80::66", "ff02::1", 58,
		        icmp6("fe80::66", "ff02::1", 130, b"\0" * 20)),
		    "rogue IGMP querier": ipv4(E, "10.1.0.66", "224.0.0.1", 2,
		        b"\x11\x64\0\0\0\0\0\0"),
		    "DHCP starvation": dhcp(E, 1, mac(0x4321)),
		    "release of another's lease": dhcp(E, 7, H, ciaddr="10.1.0.2"),
		    "VRRP": ipv4(E, "10.1.0.66", "224.0.0.18", 112, b"\x21" * 20),
		    "OSPF": ipv4(E, "10.1.0.66", "10.1.0.1", 89, b"hello", dst=S),
		    "OSPFv3": ipv6(E, "fe80::66", "ff02::5", 89, b"hello" * 4),
		    "PPPoE server": eth(BROADCAST, E, ethertype=0x8863),
		    "PVST+": bytes.fromhex("01000ccccccd") + E + b"\0\x32" + b"P" * 50,
		    "LLDP": eth(bytes.fromhex("0180c200000e"), E, ethertype=0x88cc),
		    "802.1X": eth(bytes.fromhex("0180c2000003"), E, ethertype=0x888e),
		    "pause frame": eth(bytes.fromhex("0180c2000001"), E, ethertype=0x8808),
		    "from a group": eth(BROADCAST, bytes.fromhex("01005e000001")),
		    "from nobody": eth(BROADCAST, b"\0" * 6),
		}
		other.send(dhcp(N, 1, N))
		for p in (server, host):
		    through(p, dhcp(N, 1, N))
		for name, f in attacks.items():
		    evil.send(f, hello)
		    for p in (server, host):
		        p.expect(hello, "behind " + name)
		last = arp(S, "10.1.0.1", "10.1.0.201")
		server.send(last)
		other.expect(last, "a neighbour was reached")
		through(evil, last)
		# calls to a guest are refused, its answers are not
		host.send(tcp4(H, "10.1.0.2", "10.1.0.66", 1000, 22, 2, E))
		host.send(tcp4(H, "10.1.0.2", "10.1.0.66", 22, 1000, 0x12, E))
		evil.expect(tcp4(H, "10.1.0.2", "10.1.0.66", 22, 1000, 0x12, E))
		# a flood of broadcasts meets the hub's limit
		evil.send(*[hello] * 6000)
		until(lambda: stats()["in-dropped-storm"] > 1000, 20, "storm")
		# and so does one of frames to addresses that nobody has
		evil.send(*[udp4(E, "10.1.0.66", "10.1.0.9", 5, 6, dst=mac(0x999))] * 6000)
		until(lambda: [h for h in hubctl("show", "policy")
		               if h["user"] == "tenant" and h["frames"] > 1000 and
		               h["rule"] == "storm-unknown"], 20, "storm of unknown")
		# tokens: of nobody, changed, of another, of another hub, too old
		def ask(kind, token, user=None, hub=""):
		    p = Peer()
		    p.request(hub, user, "secret" if user else None,
		              [("Longwire-Session", '%s="%s"' % (kind, token))])
		    return p
		def token(p):
		    return p.headers["longwire-session"].split('"')[1]
		for text in ("AAAA", "x" * 200):
		    same(ask("resume", text).status, 401, text)
		victim = join("officeb", "secret", extra=[("Longwire-Session", "new")])
		good = token(victim)
		changed = good[:20] + ("A" if good[20] != "A" else "B") + good[21:]
		for kind in ("resume", "join"):
		    same(ask(kind, changed).status, 401, kind + ", changed")
		    same(ask(kind, good, hub="other").status, 401, kind + ", other hub")
		same(ask("join", good, "tenant").status, 401, "join another's session")
		thief = ask("resume", good, "tenant")
		same(thief.status, 101, "its own password opens its own session")
		check("resumed=?1" not in thief.headers["longwire-session"], "resumed")
		check(not victim.closed(0.5), "the victim was thrown out")
		same(sorted(s["user"] for s in sessions()),
		     ["neighbour", "officea", "officeb", "officeb", "tenant", "tenant"],
		     "who is there")
		brief = join("brief", "secret", extra=[("Longwire-Session", "new")])
		old = token(brief)
		check(brief.closed(30), "max-time")
		time.sleep(2)
		for kind in ("resume", "join"):
		    same(ask(kind, old).status, 401, kind + ", too old")
	EOF
}
hostile_tenant_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case rules
	atf_add_test_case evasion
	atf_add_test_case outgoing
	atf_add_test_case changed
	atf_add_test_case max_time
	atf_add_test_case idle_time
	atf_add_test_case bounds
	atf_add_test_case keepalive
	atf_add_test_case hostile_tenant
}
