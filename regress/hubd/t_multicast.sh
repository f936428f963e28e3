# SPDX-License-Identifier: ISC
# flavours: asan tsan
# timeout: 120
# Multicast goes where it was joined: IGMP and MLD snooping, frame by frame.

. "$LW_TOP/regress/net/hub.subr"

# Every script begins with this: sessions and what they send.
common()
{
	cat <<-'EOF'
		from packets import *
		G, H, IDLE, MDNS = "239.1.2.3", "239.1.2.4", "239.9.9.9", "224.0.0.251"
		G6, IDLE6, MDNS6 = "ff05::7", "ff05::9", "ff02::fb"
		NODE6 = "ff02::1:ff00:42"
		A, B, C = mac(1), mac(2), mac(3)
		def v4(group, tag=b"video"):
		    return to_group(A, "10.1.0.1", group, tag)
		def v6(group, tag=b"video"):
		    return to_group(A, "fe80::1", group, tag)
		ask = igmp(A, "10.1.0.1", 0x11, code=1)
		ask6 = mld(A, "fe80::1", 130, ms=100)
		def settle(sender, *receivers):
		    """What is on its way has arrived, and is forgotten."""
		    settle.n += 1
		    f = eth(BROADCAST, mac(0xFD0000 + settle.n), b"%d" % settle.n)
		    sender.send(f)
		    for r in receivers:
		        while True:
		            got = r.frame()
		            check(got is not None, "nothing comes")
		            if got == f:
		                break
		settle.n = 0
		def drain(*receivers):
		    """The same where much waits, which others overtake."""
		    for r in receivers:
		        while r.frame(0.5) is not None:
		            pass
		def reaches(sender, frame, yes, no, text):
		    sender.send(frame)
		    for p in yes:
		        p.expect(frame, text)
		    fence(sender, *yes, *no)
		def known(probe, sender):
		    """Until hosts had the time to answer."""
		    was = stats()["in-filtered-unwanted"] + stats()["in-multicast"]
		    def one():
		        sender.send(probe)
		        now = stats()
		        return now["in-filtered-unwanted"] + now["in-multicast"] > was
		    until(one, 20, "snooping begins")
	EOF
}

# many USER...: a user with a policy of that name
many()
{
	for p in "$@"; do
		hub_user "${p%%:*}" secret "policy ${p%%:*}"
		printf 'policy %s {\n%s\n}\n' "${p%%:*}" "${p#*:}"
	done
}

atf_test_case groups cleanup
groups_head()
{
	atf_set descr "groups go to who joined and to routers; others everywhere"
	atf_set require.user root
}
groups_body()
{
	hub_up <<-EOF
		hub default {
			$(users)
			$(many "c:" "mon:monitor yes" "quiet:broadcast discovery" \
			    "iso:isolated yes")
		}
	EOF
	{ common; cat <<-'EOF'; } | check_peer
		a, b, c, mon, quiet = [join(u, "secret") for u in
		    ("officea", "officeb", "c", "mon", "quiet")]
		rest = (b, c, mon, quiet)
		# nobody asks: everything goes everywhere
		report = igmp(B, "10.1.0.2", 0x16, G)
		reaches(b, report, (a, c, mon, quiet), (), "a report")
		reaches(a, v4(G), rest, (), "no querier")
		# a querier
		reaches(a, ask, rest, (), "a query")
		reaches(a, ask6, rest, (), "a query")
		b.send(report, mld2(B, "fe80::2", [G6]))
		c.send(mld(C, "fe80::3", 131, NODE6))
		settle(b, a, c, mon, quiet)
		settle(c, a, b, mon, quiet)
		known(v4(IDLE), a)
		known(v6(IDLE6), a)
		settle(a, *rest)
		# the monitor, and who cannot say it, get all
		reaches(a, v4(G), (b, mon, quiet), (c,), "joined")
		reaches(a, v6(G6), (b, mon, quiet), (c,), "joined, IPv6")
		reaches(a, v6(NODE6), (c, mon, quiet), (b,), "solicited node")
		reaches(a, v4(IDLE), (mon, quiet), (b, c), "not joined")
		reaches(b, to_group(B, "10.1.0.2", IDLE), (a, mon, quiet), (c,),
		        "not joined, to the router")
		reaches(b, to_group(B, "10.1.0.2", G), (a, mon, quiet), (c,),
		        "joined, to the router; not back")
		for f in (v4(MDNS), v6(MDNS6), v6("ff02::1:ff00:99"), v4("224.0.0.5"),
		          vlan(7, v4(G)), eth(bytes.fromhex("01005e010203"), A),
		          eth(bytes.fromhex("0900094e0002"), A)):
		    reaches(a, f, rest, (), "for all")
		# parts of a packet go by its address as well
		frag = ipv4(A, "10.1.0.1", G, 17, b"x" * 40, group_mac(G), frag=5)
		reaches(a, frag, (b, mon, quiet), (c,), "a fragment")
		# reports go to the router
		reaches(c, igmp3(C, "10.1.0.3", [G, H]), (a, mon, quiet), (b,), "a report")
		reaches(a, v4(H), (c, mon, quiet), (b,), "joined later")
		rows = hubctl("show", "multicast")
		have = {(r["group"], r["port"]) for r in rows}
		same(have, {("routers", "user officea"), ("routers6", "user officea"),
		    (G, "user officeb"), (G6, "user officeb"), (NODE6, "user c"),
		    (G, "user c"), (H, "user c")}, "rows")
		check(all(200 <= r["left"] <= 300 for r in rows), "time left")
		# what is wrong is nobody's
		bad = bytearray(igmp(C, "10.1.0.3", 0x16, IDLE))
		bad[36] ^= 1
		was = stats()["in-dropped-invalid"]
		reaches(c, bytes(bad), (), (a, b, mon, quiet), "a wrong checksum")
		same(stats()["in-dropped-invalid"], was + 1, "counter")
		# a port that comes gets all until it was asked
		iso = join("iso", "secret")
		reaches(a, v4(IDLE), (mon, quiet, iso), (b, c), "a new port")
		reaches(a, ask, (b, c, mon, quiet, iso), (), "a query")
		known(v4(IDLE, b"again"), a)
		def asked():
		    # (as a querier does, that asks again and again)
		    a.send(ask)
		    a.send(v4(IDLE, b"again"))
		    settle(a, b, c, mon, quiet)
		    seen = []
		    f = iso.frame(0.3)
		    while f is not None:
		        seen.append(f)
		        f = iso.frame(0.3)
		    return v4(IDLE, b"again") not in seen
		until(asked, 60, "the new port is known")
		# a host that moves brings what it joined
		settle(a, b, c, mon, quiet, iso)
		iso.send(eth(BROADCAST, B, b"moved"))
		settle(iso, a, b, c, mon, quiet)
		reaches(a, v4(IDLE), (mon, quiet, iso), (b, c), "a port moved to")
	EOF
}
groups_cleanup()
{
	netns_cleanup
}

atf_test_case settings cleanup
settings_head()
{
	atf_set descr "off, unknown groups, the hub's own querier, at a reload"
	atf_set require.user root
}
settings_body()
{
	hub_up <<-EOF
		hub default {
			multicast-unknown flood
			$(users)
		}
	EOF
	cp hub.conf flood.conf
	sed 's/multicast-unknown flood/multicast-snooping no/' flood.conf >off.conf
	sed 's/multicast-unknown flood/multicast-querier 10.1.0.250/' \
	    flood.conf >own.conf
	for bad in fe80::1 239.1.1.1 127.0.0.1; do
		sed "s/10.1.0.250/$bad/" own.conf >bad.conf
		atf_check -s exit:1 -e match:"bad.conf:[0-9]*:.*$bad is no IPv4 address" \
		    lw hubd -n -f bad.conf
	done
	{ common; cat <<-'EOF'; } | check_peer
		import shutil
		def settings(name):
		    shutil.copyfile(name, "hub.conf")
		    hubctl("reload")
		a, b = join("officea", "secret"), join("officeb", "secret")
		# a port that came in the millisecond of a query waits for another
		for _ in range(5):
		    settle(a, b)
		    settle(b, a)
		reaches(a, ask, (b,), (), "a query")
		a.send(igmp(A, "10.1.0.1", 0x16, G))
		known(to_group(B, "10.1.0.2", G), b)
		settle(a, b)
		settle(b, a)
		reaches(a, v4(IDLE), (b,), (), "unknown groups are flooded")
		reaches(a, v4(G), (), (b,), "known ones are not")
		settings("off.conf")
		reaches(a, v4(G), (b,), (), "off")
		same(hubctl("show", "multicast"), [], "rows")
		settings("own.conf")
		seen = {}
		def queries():
		    f = b.frame(0.2)
		    if f is not None and f[12:14] == b"\x08\x00":
		        seen[4] = f
		    if f is not None and f[12:14] == b"\x86\xdd":
		        seen[6] = f
		    return len(seen) == 2
		until(queries, 10, "queries of the hub")
		same(seen[4][:6], group_mac("224.0.0.1"), "to")
		same(seen[4][26:30], ip("10.1.0.250"), "from")
		same(seen[4][38:40], b"\x11\x64", "query, 10 s")
		same(checksum(seen[4][14:38]), 0, "IP's checksum")
		same(checksum(seen[4][38:50]), 0, "IGMP's checksum")
		m, s6 = seen[6][6:12], seen[6][22:38]
		same(m, seen[4][6:12], "from")
		same(s6, ip("fe80::") [:8] + bytes([m[0] ^ 2, m[1], m[2], 0xff, 0xfe]) +
		     m[3:], "from")
		b.send(igmp3(B, "10.1.0.2", [G]), mld2(B, "fe80::2", [G6]))
		known(v4(IDLE), a)
		known(v6(IDLE6), a)
		drain(a, b)
		reaches(a, v4(G), (b,), (), "joined")
		reaches(a, v4(IDLE), (), (b,), "not joined")
		reaches(b, to_group(B, "10.1.0.2", G), (), (a,), "nobody else wants it")
		# the last one leaves and is asked whether there are others
		b.send(igmp3(B, "10.1.0.2", [G], 3))
		def asked():
		    f = b.frame(0.2)
		    return f is not None and f[12:14] == b"\x08\x00" and \
		        f[30:34] == ip(G) and f[38] == 0x11 and f[42:46] == ip(G)
		until(asked, 10, "a query for the group")
	EOF
}
settings_cleanup()
{
	netns_cleanup
}

atf_test_case hostile cleanup
hostile_head()
{
	atf_set descr "floods of joins, queries and nonsense cost others nothing"
	atf_set require.user root
}
hostile_body()
{
	hub_up <<-EOF
		hub default {
			storm-broadcast 0
			$(users)
			$(many "evil:")
		}
	EOF
	{ common; cat <<-'EOF'; } | check_peer
		import random
		a, b, evil = [join(u, "secret") for u in ("officea", "officeb", "evil")]
		E = mac(0x66)
		sent = [0]
		def attack(*frames):
		    sent[0] += len(frames)
		    evil.send(*frames)
		def over():
		    """All of it has come to the hub, and left it."""
		    until(lambda: [s for s in sessions() if s["user"] == "evil"][0]
		          ["in-frames"] >= sent[0], 30, "the hub takes all")
		    drain(a, b)
		reaches(a, ask, (b, evil), (), "a query")
		b.send(igmp(B, "10.1.0.2", 0x16, G))
		settle(b, a, evil)
		known(v4(IDLE), a)
		settle(a, b, evil)
		# more groups than there is room for
		for n in range(0, 20000, 100):
		    attack(igmp3(E, "10.1.0.66", ["238.1.%d.%d" % (i >> 8, i & 255)
		                                    for i in range(n, n + 100)]))
		over()
		hub = hubctl("show", "hubs")[0]
		check(hub["memberships"] <= 4096 + 3, "%d kept" % hub["memberships"])
		check(hub["memberships-full"] > 0, "not counted")
		# leaves and questions in another's name, queries of all VLANs
		attack(igmp(E, "10.1.0.2", 0x17, G, to="224.0.0.2"),
		       igmp3(E, "10.1.0.2", [G], 3),
		       igmp(E, "10.1.0.1", 0x11, G, code=1),
		       *[vlan(v, igmp(E, "0.0.0.1", 0x11, code=255))
		         for v in range(1, 4095)])
		rnd = random.Random(7)
		for f in (igmp3(E, "10.1.0.66", [G, H]), mld2(E, "fe80::66", [G6]), ask6,
		          igmp(E, "10.1.0.66", 0x11, code=3, more=b"\2\x7d\0\1" + b"x" * 4)):
		    for _ in range(300):
		        g = bytearray(f)
		        for _ in range(rnd.randrange(1, 4)):
		            g[rnd.randrange(14, len(g))] = rnd.randrange(256)
		        attack(bytes(g[:rnd.randrange(20, len(g) + 1)]))
		over()
		reaches(a, v4(G, b"still"), (b, evil), (), "still joined")
		reaches(b, to_group(B, "10.1.0.2", IDLE), (a, evil), (), "the router")
	EOF
}
hostile_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case groups
	atf_add_test_case settings
	atf_add_test_case hostile
}
