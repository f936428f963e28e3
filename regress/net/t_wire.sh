# SPDX-License-Identifier: ISC
# flavours: asan amd64
# timeout: 120
# Capsules as they should not be, and offload headers that lie.

. "$LW_TOP/regress/net/hub.subr"

atf_test_case frames cleanup
frames_head()
{
	atf_set descr "a frame arrives whole however it is cut, with and without FCS"
	atf_set require.user root
}
frames_body()
{
	hub_up <<-EOF
		hub default {
			$(users)
		}
	EOF
	check_peer <<-'EOF'
		a, b = [join("officea", "secret") for _ in range(2)]
		f = eth(BROADCAST, mac(1), b"one byte a record")
		for byte in datagram(0, f):
		    a.raw(bytes([byte]))
		b.expect(f)
		# many in one write, of every size
		many = [eth(BROADCAST, mac(1), os.urandom(n)) for n in
		        list(range(40, 60)) + [100, 576, 1500, 1504, 1518]]
		a.send(*many)
		for f in many:
		    b.expect(f)
		a.send(*many, fcs=True)
		for f in many:
		    b.expect(f)
		# four octets that are not the FCS belong to the frame
		f = eth(BROADCAST, mac(1)) + b"\1\2\3\4"
		a.send(f)
		b.expect(f)
		# longest forms of the integers are as good
		f = eth(BROADCAST, mac(1), b"long integers")
		long = lambda n: (n | 3 << 62).to_bytes(8, "big")
		value = long(0) + f
		a.raw(long(0) + long(len(value)) + value)
		b.expect(f)
		# tags, and the longest Ethernet frame that an office has
		f = vlan(100, eth(BROADCAST, mac(1), b"tagged"))
		a.send(f)
		b.expect(f)
		f = vlan(7, vlan(100, eth(BROADCAST, mac(1), b"twice")), 0x88a8)
		a.send(f)
		b.expect(f)
		f = eth(BROADCAST, mac(1), os.urandom(9000))
		a.send(f)
		b.expect(f, "jumbo frame")
		print("fcs", b.fcs, "plain", b.plain)
		check(b.fcs == 0 or b.plain == 0, "some with an FCS, some without")
	EOF
}
frames_cleanup()
{
	netns_cleanup
}

atf_test_case hostile cleanup
hostile_head()
{
	atf_set descr "oversized, truncated, nested and unknown capsules"
	atf_set require.user root
}
hostile_body()
{
	hub_up <<-EOF
		hub default {
			$(users)
		}
	EOF
	check_peer <<-'EOF'
		a, b = [join("officea", "secret") for _ in range(2)]
		f = eth(BROADCAST, mac(1), b"inside")
		# unknown types are skipped, whatever they hold, also a DATAGRAM
		a.raw(capsule(0x17, datagram(0, f)))
		a.raw(capsule(0x2575C1D3, datagram(0, f) * 100))
		a.raw(capsule(0x1234567, b""))
		fence(a, b, src=mac(1))
		# a DATAGRAM in a DATAGRAM is a frame of strange addresses at most
		a.raw(datagram(0, datagram(0, datagram(0, b""))))
		fence(a, b, src=mac(1))
		# nobody knows these contexts
		for context in (1, 2, 3, 4, 63, 64, 2**30, 2**62 - 1):
		    a.raw(datagram(context, f))
		    a.raw(datagram(context, b"\0" * 10 + f))
		fence(a, b, src=mac(1))
		# too short to be frames; no context at all
		for n in range(14):
		    a.raw(datagram(0, f[:n]))
		a.raw(capsule(0, b""))
		fence(a, b, src=mac(1))
		# over any frame: skipped, what follows is a frame again
		a.send(eth(BROADCAST, mac(1), b"x" * 70000))
		a.raw(capsule(0, b"y" * 200000))
		fence(a, b, src=mac(1))
		same(len(sessions()), 2, "sessions")
		# truncated: nothing of it is delivered
		c = join("officeb", "secret")
		c.raw(datagram(0, f)[:-1])
		c.close()
		fence(a, b, src=mac(1))
		# a length that nobody can mean: the hub may well hang up
		c = join("officeb", "secret")
		try:
		    c.raw(varint(0) + varint(2**62 - 1) + b"z" * 100000)
		except (ConnectionError, ssl.SSLError):
		    pass
		fence(a, b, src=mac(1))
		c.close()
		# random bytes as capsules
		import random
		random.seed(2)
		for n in range(30):
		    c = join("officeb", "secret")
		    try:
		        c.raw(random.randbytes(3000))
		    except (ConnectionError, ssl.SSLError):
		        pass
		    c.close()
		end = eth(BROADCAST, mac(1), b"the end of it all")
		a.send(end)
		while b.frame() != end:
		    pass
	EOF
}
hostile_cleanup()
{
	netns_cleanup
}

atf_test_case early cleanup
early_head()
{
	atf_set descr "frames sent before the answer are never delivered"
	atf_set require.user root
}
early_body()
{
	hub_up <<-EOF
		hub default {
			$(users)
		}
	EOF
	check_peer <<-'EOF'
		a = join("officea", "secret")
		f = eth(BROADCAST, mac(9), b"from nobody")
		head = ("GET /.well-known/masque/ethernet/ HTTP/1.1\r\n"
		        "Host: hub\r\nConnection: Upgrade\r\n"
		        "Upgrade: connect-ethernet\r\nCapsule-Protocol: ?1\r\n"
		        "Authorization: %s\r\n\r\n")
		for password in ("wrong", "secret"):
		    p = Peer()
		    p.raw((head % basic("officea", password)).encode() +
		          datagram(0, f))
		    check(p.response() in (400, 401), "status %d" % p.status)
		    check(p.closed(), "connection stays open")
		b = join("officeb", "secret")
		fence(b, a)
	EOF
}
early_cleanup()
{
	netns_cleanup
}

atf_test_case offload cleanup
offload_head()
{
	atf_set descr "negotiated offload works, every lie in its header is dropped"
	atf_set require.user root
}
offload_body()
{
	hub_up <<-EOF
		hub default {
			$(users)
		}
	EOF
	check_peer <<-'EOF'
		a = join("officea", "secret",
		         extra=[("Longwire-Offload", "2;csum;tso4")])
		check(a.headers.get("longwire-offload", "").startswith("2"),
		      "offload was not accepted: %r" % a.headers)
		b = join("officeb", "secret")
		check("longwire-offload" not in b.headers, "not asked for")

		text = b"a payload of some length " * 3
		want = udp(text)
		# the good one: the hub fills the checksum in for b
		a.raw(datagram(2, offload(flags=1, start=34, offset=6) +
		               udp(text, whole=False)))
		b.expect(want, "checksum filled in")
		a.raw(datagram(2, offload() + want))
		b.expect(want, "no offload at all")
		f = udp(text, whole=False)
		lies = [
		    offload(flags=1, start=len(f), offset=6),
		    offload(flags=1, start=len(f) - 7, offset=6),
		    offload(flags=1, start=65535, offset=65535),
		    offload(flags=1, start=34, offset=65535),
		    offload(flags=1, start=0, offset=0),
		    offload(flags=1, start=14, offset=10),
		    offload(flags=1, start=33, offset=6),
		    offload(flags=1, start=34, offset=5),
		    offload(flags=1, start=34, offset=16),
		    offload(flags=0x80, start=34, offset=6),
		    offload(flags=0xff, start=34, offset=6),
		    offload(flags=1, gso=1, hlen=42, size=100, start=34, offset=6),
		    offload(flags=1, gso=4, hlen=42, size=100, start=34, offset=6),
		    offload(flags=1, gso=5, hlen=42, size=0, start=34, offset=6),
		    offload(flags=1, gso=0x85, hlen=42, size=9, start=34, offset=6),
		    offload(flags=0, gso=1, hlen=54, size=100),
		    offload(flags=1, gso=1, hlen=54, size=0, start=34, offset=16),
		    offload(flags=1, gso=1, hlen=65535, size=1, start=34, offset=16),
		    offload(flags=1, gso=2, hlen=54, size=100, start=34, offset=16),
		    offload(flags=1, gso=0x81, hlen=54, size=9, start=34, offset=16),
		    offload(flags=1, gso=255, hlen=54, size=100, start=34, offset=16),
		]
		def drops():
		    return stats()["capsule-bad-offload"]
		for n, h in enumerate(lies):
		    a.raw(datagram(2, h + f))
		    fence(a, b, src=mac(1))
		    same(drops(), n + 1, "drops after lie %d" % n)
		for n in range(10 + 14):
		    a.raw(datagram(2, (offload() + f)[:n]))
		fence(a, b, src=mac(1))
		# b never negotiated it, so there its context is unknown
		b.raw(datagram(2, offload() + want))
		fence(b, a, src=mac(2))
		# and what comes to a in its context is well-formed
		b.send(want)
		a.expect(want, "frame to a")
		check(a.offloaded > 0, "the context was never used")
	EOF
}
offload_cleanup()
{
	netns_cleanup
}

atf_test_case super cleanup
super_head()
{
	atf_set descr "a super-frame is stored once, each port gets what it takes"
	atf_set require.user root
}
super_body()
{
	hub_up <<-EOF
		frame-memory 1M
		hub default {
			storm-broadcast 10
			storm-burst 200
			$(users)
		}
	EOF
	check_peer <<-'EOF'
		def ask(what):
		    return [("Longwire-Offload", what)] if what else []
		kinds = ("2;csum;tso4;tso6;uso", "2;csum", "", "2;csum;uso", "2")
		a, *ports = [join("officea", "secret", extra=ask(k))
		             for k in kinds[:1] + kinds]
		n = 3 * 1400 + 100
		text = bytes(i % 249 for i in range(n))
		cut = [text[i:i + 1400] for i in range(0, n, 1400)]
		# what goes in, what ports without get, who takes it whole
		tso = offload(1, 1, 54, 1400, 34, 16)
		uso = offload(1, 5, 42, 1400, 34, 6)
		cases = [
		    (tso + tcp_data(text, 100, 0x99, 5, False),
		     [tcp_data(c, 100 + 1400 * i,
		               0x10 | (0x80 if i == 0 else 0) |
		               (0x09 if i == 3 else 0), 5 + i)
		      for i, c in enumerate(cut)], (0,)),
		    (uso + udp(text, 9, False),
		     [udp(c, 9 + i) for i, c in enumerate(cut)], (0, 3)),
		]
		before = stats()
		for whole, parts, able in cases:
		    a.raw(datagram(2, whole))
		    for i, p in enumerate(ports):
		        if i in able:
		            got = p.recv()
		            same(got, (2, whole), "super-frame at %d" % i)
		            continue
		        for part in parts:
		            p.expect(part, "segment at %d" % i)
		now = stats()
		def more(key):
		    return now[key] - before[key]
		same(more("in-frames"), 2, "frames in")
		same(more("in-super-frames"), 2, "super-frames in")
		same(more("out-super-frames"), 3, "super-frames out")
		# probes of the hub's own go out, too
		check(more("out-frames") >= 3 + 7 * 4, "frames out")
		# a flood is limited by what it costs those without offload
		check(more("in-flooded") == 2, "flooded")
		small = tcp_data(text[:48 * 80], whole=False)
		for _ in range(3):
		    a.raw(datagram(2, offload(1, 1, 54, 48, 34, 16) + small))
		until(lambda: stats()["in-dropped-storm"] >= 1, 10, "storm limit")
		# one that promises more than it holds, or what nobody could cut
		bad = stats()["capsule-bad-offload"]
		lies = [offload(1, 1, 54, 47, 34, 16), offload(1, 4, 54, 1400, 34, 16),
		        offload(1, 1, 53, 1400, 34, 16), offload(1, 1, 54, 0, 34, 16),
		        offload(1, 5, 54, 1400, 34, 16), offload(0, 1, 54, 1400)]
		for i, h in enumerate(lies):
		    a.raw(datagram(2, h + tcp_data(text, whole=False)))
		    until(lambda: stats()["capsule-bad-offload"] == bad + i + 1,
		          10, "lie %d" % i)
		# a segment longer than any port's frames
		a.raw(datagram(2, offload(1, 1, 54, 60000, 34, 16) +
		               tcp_data(b"x" * 60000, whole=False)))
		until(lambda: stats()["capsule-oversized"] == 1, 10, "oversized")
	EOF
}
super_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case frames
	atf_add_test_case hostile
	atf_add_test_case early
	atf_add_test_case offload
	atf_add_test_case super
}
