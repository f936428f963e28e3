# SPDX-License-Identifier: ISC
# flavours: asan tsan amd64
# timeout: 120
# What a hub does with frames: learns, floods, ages, caps, limits, isolates.

. "$LW_TOP/regress/net/hub.subr"

atf_test_case learn cleanup
learn_head()
{
	atf_set descr "unknown goes to all others, known to one port only"
	atf_set require.user root
}
learn_body()
{
	hub_up <<-EOF
		hub default {
			$(users)
		}
	EOF
	check_peer <<-'EOF'
		a, b, c = [join("officea", "secret") for _ in range(3)]
		f = eth(mac(2), mac(1), b"flooded")
		a.send(f)
		b.expect(f)
		c.expect(f)
		f = eth(mac(1), mac(2), b"to a only")
		b.send(f)
		a.expect(f)
		fence(b, a, c, src=mac(2))
		f = eth(mac(2), mac(1), b"to b only")
		a.send(f)
		b.expect(f)
		fence(a, b, c, src=mac(1))
		# a frame is never sent back to where it came from
		a.send(eth(mac(1), mac(3), b"its own segment"))
		fence(a, b, c, src=mac(1))
		# multicast goes to all, a multicast source is no source
		f = eth(bytes.fromhex("01005e000001"), mac(2), b"multicast")
		b.send(f)
		a.expect(f)
		c.expect(f)
		b.send(eth(BROADCAST, bytes.fromhex("0300000000aa")))
		fence(b, a, c, src=mac(2))
		fdb = {e["address"]: e for e in hubctl("show", "fdb")}
		same(sorted(fdb), ["02:00:00:00:00:0%d" % i for i in (1, 2, 3)],
		     "table")
		same(fdb["02:00:00:00:00:01"]["session"],
		     fdb["02:00:00:00:00:03"]["session"], "port of a")
		check(fdb["02:00:00:00:00:01"]["session"] !=
		      fdb["02:00:00:00:00:02"]["session"], "a and b have one port")
		# the same address in another VLAN is another entry
		f = vlan(5, eth(mac(2), mac(1), b"tagged"))
		a.send(f)
		b.expect(f)
		c.expect(f)
	EOF
}
learn_cleanup()
{
	netns_cleanup
}

atf_test_case age cleanup
age_head()
{
	atf_set descr "an address that is silent is forgotten, then flooded"
	atf_set require.user root
}
age_body()
{
	hub_up <<-EOF
		hub default {
			fdb-age 1s
			$(users)
		}
	EOF
	check_peer <<-'EOF'
		a, b, c = [join("officea", "secret") for _ in range(3)]
		f = eth(BROADCAST, mac(1))
		def known():
		    a.send(f)
		    b.expect(f)
		    c.expect(f)
		    return len(hubctl("show", "fdb")) == 1
		# (where that takes longer than a second it is forgotten by then)
		until(known, 10, "an entry")
		until(lambda: not hubctl("show", "fdb"), 10, "aged")
		f = eth(mac(1), mac(2))
		b.send(f)
		a.expect(f)
		c.expect(f)
	EOF
}
age_cleanup()
{
	netns_cleanup
}

atf_test_case caps cleanup
caps_head()
{
	atf_set descr "addresses of a session and of a hub are limited"
	atf_set require.user root
}
caps_body()
{
	hub_up <<-EOF
		hub default {
			fdb-max 16
			fdb-max-session 6
			$(users)
		}
	EOF
	check_peer <<-'EOF'
		a, b, c = [join("officea", "secret") for _ in range(3)]
		def announce(p, others, first):
		    for n in range(first, first + 8):
		        f = eth(BROADCAST, mac(n))
		        p.send(f)
		        for o in others:
		            o.expect(f)
		announce(a, (b, c), 0x10)
		have = sorted(e["address"] for e in hubctl("show", "fdb"))
		same(have, ["02:00:00:00:00:%02x" % n for n in range(0x10, 0x16)],
		     "table")
		# learned: to a only; not learned: flooded, so it still works
		f = eth(mac(0x15), mac(0x20))
		b.send(f)
		a.expect(f)
		f = eth(mac(0x16), mac(0x20))
		b.send(f)
		a.expect(f)
		c.expect(f)
		announce(b, (a, c), 0x20)
		same(len(hubctl("show", "fdb")), 12, "entries after b")
		# the hub's own cap: two of c's six find no place
		announce(c, (a, b), 0x30)
		same(len(hubctl("show", "fdb")), 16, "entries of the hub")
		# a session that ends takes its entries with it
		a.close()
		until(lambda: len(hubctl("show", "fdb")) == 10, 10, "flushed")
	EOF
}
caps_cleanup()
{
	netns_cleanup
}

atf_test_case move cleanup
move_head()
{
	atf_set descr "an address that moves is followed and counted"
	atf_set require.user root
}
move_body()
{
	hub_up <<-EOF
		hub default {
			$(users)
		}
	EOF
	check_peer <<-'EOF'
		a, b, c = [join("officea", "secret") for _ in range(3)]
		for src in (a, c):
		    f = eth(BROADCAST, mac(1))
		    src.send(f)
		    for p in (a, b, c):
		        if p is not src:
		            p.expect(f)
		    f = eth(mac(1), mac(2), b"to the roamer")
		    b.send(f)
		    src.expect(f)
		    fence(b, a, c, src=mac(2))
		same(hubctl("show", "hubs")[0]["moved"], 1, "moves")
	EOF
}
move_cleanup()
{
	netns_cleanup
}

atf_test_case isolation cleanup
isolation_head()
{
	atf_set descr "two hubs do not leak into each other"
	atf_set require.user root
}
isolation_body()
{
	hub_up <<-EOF
		default-hub red
		hub red {
			$(users)
		}
		hub blue {
			$(hub_user officeb secret)
		}
	EOF
	check_peer <<-'EOF'
		red = [join("officeb", "secret", "red"), join("officea", "secret")]
		blue = [join("officeb", "secret", "blue") for _ in range(2)]
		f = eth(BROADCAST, mac(1), b"red")
		red[0].send(f)
		red[1].expect(f)
		f = eth(mac(1), mac(2), b"known in red only")
		blue[0].send(f)
		blue[1].expect(f)
		f = eth(mac(1), mac(3), b"unicast in red")
		red[1].send(f)
		red[0].expect(f)
		fence(red[1], red[0], src=mac(3))
		fence(blue[0], blue[1], src=mac(2))
		# the same address lives in both
		f = eth(BROADCAST, mac(1), b"blue")
		blue[1].send(f)
		blue[0].expect(f)
		have = sorted((e["hub"], e["address"]) for e in hubctl("show", "fdb"))
		same(have, [("blue", "02:00:00:00:00:01"),
		            ("blue", "02:00:00:00:00:02"),
		            ("red", "02:00:00:00:00:01"),
		            ("red", "02:00:00:00:00:03")], "tables")
		# who may enter one may not enter the other
		same(Peer().request("blue", "officea", "secret"), 401, "status")
	EOF
}
isolation_cleanup()
{
	netns_cleanup
}

atf_test_case storm cleanup
storm_head()
{
	atf_set descr "a broadcast storm is cut, each frame counted, unicast goes on"
	atf_set require.user root
}
storm_body()
{
	hub_up <<-EOF
		hub default {
			storm-broadcast 10
			storm-burst 20
			$(users)
		}
	EOF
	check_peer <<-'EOF'
		a, b = [join("officea", "secret") for _ in range(2)]
		f = eth(BROADCAST, mac(2))
		b.send(f)
		a.expect(f)
		start = time.monotonic()
		a.send(*[eth(BROADCAST, mac(1), b"%d" % i) for i in range(300)])
		end = eth(mac(2), mac(1), b"after the storm")
		a.send(end)
		got = 0
		while b.frame() != end:
		    got += 1
		took = time.monotonic() - start
		check(20 <= got <= 20 + 10 * (took + 1),
		      "%d passed in %.2f s" % (got, took))
		same(stats()["in-dropped-storm"], 300 - got, "dropped")
	EOF
}
storm_cleanup()
{
	netns_cleanup
}

atf_test_case storm_kinds cleanup
storm_kinds_head()
{
	atf_set descr "broadcasts, multicasts and unknown frames have limits of their own"
	atf_set require.user root
}
storm_kinds_body()
{
	hub_up <<-EOF
		hub default {
			storm-broadcast 1
			storm-multicast 0
			storm-unknown 1
			storm-burst 20
			$(users)
			$(hub_user free secret "policy free")
			policy free {
				storm-exempt yes
			}
		}
	EOF
	check_peer <<-'EOF'
		a, b = [join("officea", "secret") for _ in range(2)]
		free = join("free", "secret")
		b.send(eth(BROADCAST, mac(2)))
		group = bytes.fromhex("01005e000001")
		def passed(p, dst, src, n=200):
		    end = eth(mac(2), src, b"the end")
		    p.send(*[eth(dst, src, b"%d" % i) for i in range(n)], end)
		    got = 0
		    while True:
		        f = b.frame()
		        if f == end:
		            return got
		        got += f is not None and f[:6] == dst
		check(20 <= passed(a, BROADCAST, mac(1)) < 60, "broadcasts")
		check(20 <= passed(a, mac(9), mac(1)) < 60, "unknown frames")
		same(passed(a, group, mac(1)), 200, "multicasts have no limit")
		for dst in (BROADCAST, mac(9), group):
		    same(passed(free, dst, mac(3)), 200, "one who is exempt")
		hits = {h["rule"]: h["frames"] for h in hubctl("show", "policy")
		        if h["direction"] == "in"}
		same(sorted(hits), ["storm-broadcast", "storm-unknown"], "hits")
		same(sum(hits.values()), stats()["in-dropped-storm"], "dropped")
	EOF
	wait_until 10 grep -q "officea: .* frames dropped by policy, the last by storm-" \
	    hub.log ||
	    atf_fail "nothing in the log"
}
storm_kinds_cleanup()
{
	netns_cleanup
}

atf_test_case slow_reader cleanup
slow_reader_head()
{
	atf_set descr "who does not read loses frames, nobody else does"
	atf_set require.user root
}
slow_reader_body()
{
	hub_up <<-EOF
		hub default {
			queue-frames 64
			loop-probe 0s
			queue-bytes 128K
			$(users)
		}
	EOF
	check_peer <<-'EOF'
		a, slow, c = [join("officea", "secret") for _ in range(3)]
		for p, n in ((slow, 2), (c, 3)):
		    f = eth(BROADCAST, mac(n))
		    p.send(f)
		    a.expect(f)
		sent = 20000
		big = b"x" * 1400
		for i in range(0, sent, 50):
		    a.send(*[eth(mac(2), mac(1), b"%08d" % n + big)
		             for n in range(i, i + 50)])
		    f = eth(mac(3), mac(1), b"%d" % i)
		    a.send(f)
		    while True:
		        got = c.frame()
		        check(got is not None, "the fast reader waits")
		        if got == f:
		            break
		        check(got[:6] == BROADCAST, "a foreign frame")
		last = eth(mac(2), mac(1), b"last")
		a.send(last)
		got, before = 0, -1
		while True:
		    f = slow.frame()
		    check(f is not None, "the last frame was not kept")
		    if f == last:
		        break
		    if f[:6] == BROADCAST:
		        continue
		    n = int(f[14:22])
		    check(n > before, "order is lost")
		    before = n
		    got += 1
		check(got < sent, "nothing was dropped")
		drops = [s["out-dropped"] for s in sessions()]
		count = stats()
		same(sum(count["out-dropped-" + why]
		         for why in ("queue-full", "delay", "old")),
		     sum(drops), "dropped")
		# the first broadcasts of this test may have been among them
		check(0 <= sum(drops) - (sent - got) <= 1, "%d sent, %d came, "
		      "%d dropped" % (sent, got, sum(drops)))
		same(len([d for d in drops if d]), 1, "sessions that lost frames")
	EOF
}
slow_reader_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case learn
	atf_add_test_case age
	atf_add_test_case caps
	atf_add_test_case move
	atf_add_test_case isolation
	atf_add_test_case storm
	atf_add_test_case storm_kinds
	atf_add_test_case slow_reader
}
