# SPDX-License-Identifier: ISC
# flavours: asan tsan
# timeout: 120
# Requests for an address go to the port that has it, frame by frame.

. "$LW_TOP/regress/net/hub.subr"

atf_test_case owner cleanup
owner_head()
{
	atf_set descr "ARP and ND requests go to the owner, the rest to all"
	atf_set require.user root
}
owner_body()
{
	hub_up <<-EOF
		hub default {
			neighbour-requests owner
			$(users)
			$(hub_user c secret)
		}
	EOF
	check_peer <<-'EOF'
		from packets import *
		a, b, c = [join(u, "secret") for u in ("officea", "officeb", "c")]
		A, B, C = mac(1), mac(2), mac(3)
		NODE = bytes.fromhex("3333ff000002")
		def reaches(sender, frame, yes, no, text):
		    sender.send(frame)
		    for p in yes:
		        p.expect(frame, text)
		    fence(sender, *yes, *no)
		ask = arp(A, "10.1.0.1", "10.1.0.2")
		solicit = nd(A, 135, "fe80::1", "fe80::2", "ff02::1:ff00:2", A, NODE)
		# nobody is known yet
		reaches(a, ask, (b, c), (), "unknown")
		reaches(a, solicit, (b, c), (), "unknown")
		reaches(b, arp(B, "10.1.0.2", "10.1.0.2"), (a, c), (), "an announcement")
		reaches(b, nd(B, 136, "fe80::2", "fe80::2"), (a, c), (), "unsolicited")
		reaches(a, solicit, (b,), (c,), "to the owner")
		# a host that is new is seen by all
		reaches(a, ask, (b, c), (), "of a new host")
		def old():
		    a.send(ask)
		    f = eth(BROADCAST, A, b"behind")
		    a.send(f)
		    b.expect(ask)
		    b.expect(f)
		    got = c.frame()
		    if got == ask:
		        c.expect(f)
		    b.send(arp(B, "10.1.0.2", "10.1.0.1", 2, A))
		    a.expect(arp(B, "10.1.0.2", "10.1.0.1", 2, A))
		    return got == f
		until(old, 30, "to the owner alone")
		reaches(b, nd(B, 136, "fe80::2", "fe80::2"), (a, c), (), "it answers")
		reaches(a, ask, (b,), (c,), "to the owner")
		reaches(a, vlan(7, ask), (b, c), (), "another VLAN")
		# of one's own office it is not asked elsewhere
		reaches(b, arp(B, "10.1.0.2", "10.1.0.2"), (a, c), (), "it is heard")
		# searches for duplicates and announcements
		for f in (arp(A, "0.0.0.0", "10.1.0.2"), arp(A, "10.1.0.1", "10.1.0.1"),
		          nd(A, 135, "::", "fe80::2", "ff02::1:ff00:2", None, NODE)):
		    reaches(a, f, (b, c), (), "for all")
		# no answer: to all until it is heard
		a.send(ask)
		b.expect(ask)
		def unanswered():
		    f = eth(BROADCAST, A, b"behind")
		    a.send(ask, f)
		    b.expect(ask)
		    b.expect(f)
		    got = c.frame()
		    if got == ask:
		        c.expect(f)
		    return got == ask
		until(unanswered, 10, "to all when there is no answer")
		# it has moved, and says so
		moved = arp(B, "10.1.0.2", "10.1.0.2")
		reaches(c, moved, (a, b), (), "a move")
		reaches(a, ask, (c,), (b,), "to where it is now")
		check(stats()["in-asked-owner"] >= 4, "counter")
		# gone with its session
		c.bye()
		until(lambda: len(sessions()) == 2, 10, "gone")
		reaches(a, ask, (b,), (), "unknown again")
	EOF
}
owner_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case owner
}
