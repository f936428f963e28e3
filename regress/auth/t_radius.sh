# SPDX-License-Identifier: ISC
# flavours: asan amd64
# timeout: 120
# Users that a RADIUS server knows: log-in, what comes of its attributes,
# servers that are silent, lie or are not what they seem.

. "$LW_TOP/regress/net/hub.subr"
. "$LW_TOP/regress/auth/radius.subr"

head()
{
	atf_set descr "$1"
	atf_set require.user root
}

# logins: as every user of radius_users, of the hub, and as nobody
logins()
{
	check_peer <<-'EOF'
		def login(user, password, want):
		    p = Peer()
		    same(p.request("", user, password), want, user)
		    return p
		peers = [login(u, "secret of " + u, 101)
		         for u in ("mia", "vera", "max")]
		login("mia", "secret of max", 401)
		login("nobody", "secret", 401)
		login("odd", "secret of odd", 401)
		login("uwe", "Schlüssel für uwe", 101)
		# a user of the hub's own is asked for here alone
		login("officea", "secret", 101)
		login("officea", "wrong", 401)
		known = dict((s["user"], s) for s in sessions())
		same(known["mia"]["policy"], "limited", "policy of mia")
		same(known["mia"]["auth"], "radius", "method of mia")
		same(known["max"]["policy"], "guest", "policy of max")
		same(known["vera"]["policy"], "-", "policy of vera")
	EOF
	atf_check -s not-exit:0 grep -q "User-Name = \"officea\"" one.log
	wait_until 10 grep "odd.*Filter-Id names no policy" hub.log ||
	    atf_fail "an unknown Filter-Id is not said"
}

# set_up METHOD
set_up()
{
	hub_up <<-EOF
		$(radius_block one 10.0.0.2 "protocol $1")
		$(radius_hub)
	EOF
	radius_users >users
	radius_up one 10.0.0.2 <users
}

atf_test_case pap cleanup
pap_head()
{
	head "PAP: accepted and refused, with attributes"
}
pap_body()
{
	set_up pap
	logins
	# the first attribute of every request
	! grep -A 1 "Received Access-Request" one.log |
	    grep -v "Received\|Message-Authenticator = 0x\|^--" ||
	    atf_fail "Message-Authenticator is not first"
}
pap_cleanup()
{
	netns_cleanup
}

atf_test_case mschapv2 cleanup
mschapv2_head()
{
	head "MS-CHAPv2: accepted and refused, with attributes"
}
mschapv2_body()
{
	set_up mschapv2
	logins
	atf_check -s not-exit:0 grep "User-Password" one.log
	atf_check -o ignore grep "MS-CHAP2-Response" one.log
}
mschapv2_cleanup()
{
	netns_cleanup
}

atf_test_case attributes cleanup
attributes_head()
{
	head "a VLAN is tagged in the hub, a policy blocks, a time ends"
}
attributes_body()
{
	set_up mschapv2
	check_peer <<-'EOF'
		a = join("officea", "secret")
		vera = join("vera", "secret of vera")
		# tagged on ingress, admitted and stripped on egress
		f = eth(BROADCAST, mac(1))
		vera.send(f)
		got = a.frame()
		same(got[12:16].hex(), "81000007", "the tag")
		same(got[:12] + got[16:], f, "what is tagged")
		# the group's policy: one MAC address
		mia = join("mia", "secret of mia")
		mia.send(eth(BROADCAST, mac(3)))
		a.expect(eth(BROADCAST, mac(3)))
		mia.send(eth(BROADCAST, mac(4)))
		until(lambda: [s for s in sessions() if s["user"] == "mia"][0]
		      ["in-dropped"] == 1, 10, "a second address is dropped")
		# Idle-Timeout
		ida = join("ida", "secret of ida")
		until(lambda: not [s for s in sessions()
		                   if s["user"] == "ida"], 20, "idle")
		# Session-Timeout
		start = time.monotonic()
		short = join("short", "secret of short")
		until(lambda: not [s for s in sessions()
		                   if s["user"] == "short"], 15, "it ends")
		took = time.monotonic() - start
		check(2.5 <= took, "ended after %.1f s" % took)
	EOF
	wait_until 10 grep "of ida is over: idle-time is over" hub.log ||
	    atf_fail "not for its idleness"
	wait_until 10 grep "of short is over: max-time is over" hub.log ||
	    atf_fail "not by its time"
}
attributes_cleanup()
{
	netns_cleanup
}

# says USER PASSWORD FILTER...: a test of hub default has one row, of which
# each filter of jq is true
says()
{
	echo "$2" | hubctl hub -j radius test default "$1" >said.json ||
	    atf_fail "no test of $1"
	shift 2
	for _f in "length == 1" "$@"; do
		jq -e "$_f" said.json >/dev/null ||
		    atf_fail "not $_f: $(cat said.json)"
	done
}

# no_test WHAT HUB USER PASSWORD: is refused as that
no_test()
{
	echo "$4" | {
		! hubctl hub radius test "$2" "$3" 2>no_test.err
	} || atf_fail "a test: $*"
	grep -q "$1" no_test.err || atf_fail "not $1: $(cat no_test.err)"
}

atf_test_case test cleanup
test_head()
{
	head "hubctl radius test: what the servers say, in rows"
}
test_body()
{
	set_up mschapv2
	cat >>hub.conf <<-'EOF'
		hub alone {
		}
	EOF
	hubctl hub reload || atf_fail "reload"
	says mia "secret of mia" '.[0].server == "one"' \
	    '.[0].result == "accepted"' '.[0].group == "staff"' \
	    '.[0]["max-time"] == 3600' '.[0].vlan == 0' '.[0].ms < 20000'
	says vera "secret of vera" '.[0].result == "accepted"' \
	    '.[0].vlan == 7' '.[0].group == ""'
	says max "secret of max" '.[0].policy == "guest"'
	says uwe "Schlüssel für uwe" '.[0].result == "accepted"'
	says mia wrong '.[0].result == "refused"' '.[0].group == ""'
	# one of the hub's own, whom the servers do not know
	says officea secret '.[0].result == "refused"'
	says odd "secret of odd" '.[0].result == "unusable"' \
	    '.[0].text | test("Filter-Id names no policy")'
	# one request each, and nobody was let in or locked out
	atf_check_equal 7 "$(grep -c "Received Access-Request" one.log)"
	atf_check_equal 0 "$(hubctl hub -j show sessions | jq length)"
	no_test "no such hub" nothing mia x
	no_test "names no RADIUS server" alone mia x
	no_test "no good" "$(printf '%040d' 0)" mia x
	no_test "no good" default "$(printf '%040d' 0)" x
	no_test "is empty" default mia ""
	no_test "is longer" default mia "$(printf '%0300d' 0)"
	no_test "no spaces" default "mia x" x
	python3 - <<-'EOF' || atf_fail "malformed requests"
		import os, socket
		for words in (b"default mia", b"default mia x y", b"default mia !",
		              b"default mia AA", b"", b"default mia \xff\xff",
		              b"default mia " + b"QUFB" * 200):
		    s = socket.socket(socket.AF_UNIX)
		    s.settimeout(20)
		    s.connect("hub.sock")
		    s.sendall(b"radius test " + words + b"\n")
		    assert s.recv(4096).startswith(b"error "), words
		# who leaves does not hurt
		s = socket.socket(socket.AF_UNIX)
		s.connect("hub.sock")
		s.sendall(b"radius test default mia QUFB\n")
		s.close()
	EOF
	says mia "secret of mia" '.[0].result == "accepted"'
	# passwords are nowhere
	grep -e "secret of" -e "$(printf 'secret of mia' | base64)" hub.log &&
	    atf_fail "a password in the log"
	netns_alive hub || atf_fail "hubd has ended"
}
test_cleanup()
{
	netns_cleanup
}

atf_test_case test_trouble cleanup
test_trouble_head()
{
	head "hubctl radius test: servers that lie, are silent or not there"
}
test_trouble_body()
{
	hub_up <<-EOF
		$(radius_block one 10.0.0.2 "timeout 3s" "protocol pap")
		$(radius_block two 10.0.0.3 "timeout 3s" "protocol pap")
		$(radius_hub "radius two")
	EOF
	# nobody listens
	echo x | hubctl hub -j radius test default mia >said.json
	atf_check_equal "one unreachable two unreachable" \
	    "$(jq -r '[.[] | .server, .result] | join(" ")' said.json)"
	liar bad-authenticator
	echo x | hubctl hub -j radius test default mia >said.json
	jq -e '.[] | select(.server == "one") | .result == "bad-reply" and
	    (.text | test("authenticator"; "i"))' said.json ||
	    atf_fail "$(cat said.json)"
	netns_stop liar
	rm liar.log
	# a request that is not answered, then one that is
	liar empty
	radius_users >users
	radius_up two 10.0.0.3 <users
	echo "secret of mia" | hubctl hub -j radius test default mia >said.json
	jq -e '[.[] | .result] == ["silent", "accepted"] or
	    [.[] | .result] == ["accepted"]' said.json ||
	    atf_fail "$(cat said.json)"
	netns_stop liar
	# another secret: mostly silence
	netns_stop two
	rm two.log
	sed -i 's/secret testing123/secret another/' hub.conf
	hubctl hub reload || atf_fail "reload"
	radius_start two
	echo "secret of mia" | hubctl hub -j radius test default mia >said.json
	jq -e '.[] | select(.server == "two") | .result == "silent" and
	    .ms >= 2900' said.json || atf_fail "$(cat said.json)"
}
test_trouble_cleanup()
{
	netns_cleanup
}

atf_test_case resumed cleanup
resumed_head()
{
	head "a resumed session asks nobody, also after a restart of hubd"
}
resumed_body()
{
	set_up mschapv2
	check_peer <<-'EOF'
		keep(join("vera", "secret of vera",
		          extra=[("Longwire-Session", "new")]))
	EOF
	netns_stop one
	resume
	# the hub's processes know nothing but the token
	netns_stop hub
	start_hubd hub h
	resume
	atf_check -o inline:"1\n" grep -c "Received Access-Request" one.log
}
resumed_cleanup()
{
	netns_cleanup
}

# resume: vera, whose VLAN stays
resume()
{
	check_peer <<-'EOF'
		vera = join("vera", "", extra=[kept()])
		keep(vera)
		a = join("officea", "secret")
		f = eth(BROADCAST, mac(1))
		vera.send(f)
		same(a.frame()[12:16].hex(), "81000007", "the tag")
	EOF
}

atf_test_case wrong_secret cleanup
wrong_secret_head()
{
	head "another secret: nobody is let in, and the log says why"
}
wrong_secret_body()
{
	hub_up <<-EOF
		$(radius_block one 10.0.0.2 "timeout 3s" |
		    sed s/testing123/testing124/)
		$(radius_hub)
	EOF
	radius_users >users
	radius_up one 10.0.0.2 <users
	check_peer <<-'EOF'
		# no answer to be had is no wrong password
		same(Peer().request("", "mia", "secret of mia"), 503, "status")
	EOF
	wait_until 10 grep "invalid Message-Authenticator" one.log ||
	    atf_fail "FreeRADIUS has not noticed"
	wait_until 10 grep "no RADIUS server has answered" hub.log ||
	    atf_fail "not said"
}
wrong_secret_cleanup()
{
	netns_cleanup
}

atf_test_case failover cleanup
failover_head()
{
	head "a dead server is passed over, and asked last from then on"
}
failover_body()
{
	# 10.0.0.3 drops what it gets: silent, not refused
	hub_up <<-EOF
		$(radius_block two 10.0.0.2 "timeout 20s")
		$(radius_block one 10.0.0.3 "fail-over 2s" "timeout 20s")
		$(radius_hub "radius two")
	EOF
	radius_users >users
	radius_up two 10.0.0.2 <users
	netns_spawn silent c python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.0.0.3", 1812))
print("ready", flush=True)
while True:
    s.recv(4096)
    print("asked", flush=True)
'
	wait_until 10 grep -q ready silent.log || atf_fail "no silent server"
	check_peer <<-'EOF'
		def took(n):
		    start = time.monotonic()
		    join("mia", "secret of mia")
		    return time.monotonic() - start
		first = took(1)
		check(1.9 < first < 18, "the first took %.1f s" % first)
		asked = open("silent.log").read().count("asked")
		check(asked > 0, "the first server was not asked")
		# the second log-in does not wait for that one
		took(2)
		same(open("silent.log").read().count("asked"), asked, "requests")
		# users of the hub's own do not wait
		same(join("officea", "secret").status, 101, "status")
	EOF
	wait_until 10 grep "radius one: it does not answer" hub.log ||
	    atf_fail "not said"
	# nobody listens: that is known at once
	netns_stop silent
	for _ in 1 2 3 4 5; do
		netns_stop hub
		start_hubd hub h
		check_peer <<-'EOF'
			start = time.monotonic()
			join("mia", "secret of mia")
			print(time.monotonic() - start, file=open("took", "w"))
		EOF
		# (again where the machine was busy)
		awk '{ exit !($1 < 1.5) }' took && break
	done
	awk '{ exit !($1 < 1.5) }' took ||
	    atf_fail "with a port closed it took $(cat took) s"
}
failover_cleanup()
{
	netns_cleanup
}

# liar MODE: a server at 10.0.0.2 that says yes to everybody, in its way
liar()
{
	netns_spawn liar c env PYTHONPATH="$LW_TOP/regress/auth" \
	    PYTHONDONTWRITEBYTECODE=1 python3 \
	    "$LW_TOP/regress/auth/radius_liar.py" 10.0.0.2 \
	    "$RADIUS_SECRET" "$1"
	wait_until 10 grep -q ready liar.log || atf_fail "no server"
}

atf_test_case liars cleanup
liars_head()
{
	head "answers that do not prove the secret are dropped"
}
liars_body()
{
	hub_up <<-EOF
		$(radius_block one 10.0.0.2 "timeout 2s" "protocol pap")
		$(radius_hub)
	EOF
	for mode in no-message-authenticator bad-message-authenticator \
	    bad-authenticator wrong-id wrong-code truncated long-attribute \
	    short-length garbage other-port empty; do
		liar "$mode"
		check_peer <<-'EOF'
			same(Peer().request("", "anna", "x"), 503, "status")
			same(sessions(), [], "sessions")
		EOF
		netns_stop liar
		rm liar.log
	done
	# the same server without a lie is believed
	liar honest
	sed -i 's/timeout 2s/timeout 20s/' hub.conf
	hubctl hub reload
	check_peer <<-'EOF'
		same(Peer().request("", "anna", "x"), 101, "status")
	EOF
	# and one that cannot do better, if the administrator says so
	netns_stop liar
	rm liar.log
	liar no-message-authenticator
	sed -i 's/protocol pap/&\n	message-authenticator no/' hub.conf
	hubctl hub reload
	check_peer <<-'EOF'
		same(Peer().request("", "bert", "x"), 101, "status")
	EOF
	wait_until 10 grep "a reply was dropped: it has no Message-Authenticator" \
	    hub.log ||
	    atf_fail "not said"
}
liars_cleanup()
{
	netns_cleanup
}

atf_test_case push cleanup
push_head()
{
	head "a server that waits for a person delays nobody else"
}
push_body()
{
	hub_up <<-EOF
		handshake-timeout 10s
		$(radius_block one 10.0.0.2 "protocol pap")
		hub default {
			auth radius
			radius one
		}
		hub own {
			$(users)
		}
	EOF
	liar push
	check_peer <<-'EOF'
		import threading
		took = {}
		def login(user):
		    start = time.monotonic()
		    p = join(user, "x")
		    took[user] = time.monotonic() - start
		    return p
		waiting = [threading.Thread(target=login, args=("anna%d" % n,))
		           for n in range(10)]
		for t in waiting:
		    t.start()
		# they have been asked for, and wait
		until(lambda: open("liar.log").read().count("new ") >= 3, 10,
		      "the server is asked")
		join("officea", "secret", "own")
		same(took, {}, "answered before the hub's own user")
		open("tapped", "w").close()
		for t in waiting:
		    t.join()
		same(len(took), 10, "log-ins")
		check(min(took["anna%d" % n] for n in range(10)) >= 12,
		      "no wait: %r" % took)
	EOF
	# it was asked again, with the same packet from the same port
	atf_check -o inline:"10\n" grep -c "^new" liar.log
	wait_until 10 grep "^again" liar.log >/dev/null ||
	    atf_fail "no retransmission"
	# ports and identifiers are no sequence
	awk '/^new/ { print $2 }' liar.log >ports
	[ "$(sort -u ports | wc -l)" -gt 8 ] || atf_fail "ports repeat"
	! sort -nc ports 2>/dev/null || atf_fail "ports in order"
}
push_cleanup()
{
	netns_cleanup
}

atf_test_case guessing cleanup
guessing_head()
{
	head "guesses at a RADIUS user are delayed and locked out"
}
guessing_body()
{
	hub_up <<-EOF
		$(radius_block one 10.0.0.2)
		$(radius_hub | sed 's/guess-delay.*/guess-delay 100ms/
		    s/guess-limit.*/guess-limit 3/')
	EOF
	radius_users >users
	radius_up one 10.0.0.2 <users
	check_peer <<-'EOF'
		def attempt(password, source="10.0.0.2"):
		    return Peer(source=source).request("", "mia", password)
		for n in range(3):
		    same(attempt("wrong"), 401, "status")
		same(attempt("secret of mia"), 401, "locked out")
		same(attempt("secret of mia", "10.0.0.3"), 101,
		     "another address")
	EOF
	# what is locked out is not asked for: 3 guesses, 1 log-in
	atf_check -o inline:"4\n" grep -c "Received Access-Request" one.log
}
guessing_cleanup()
{
	netns_cleanup
}

atf_test_case timing cleanup
timing_head()
{
	head "unknown users take as long as known ones, whoever knows them"
}
timing_body()
{
	RADIUS_REJECT_DELAY=1
	hub_up <<-EOF
		$(radius_block one 10.0.0.2)
		$(radius_hub)
	EOF
	radius_users >users
	radius_up one 10.0.0.2 <users
	check_peer <<-'EOF'
		def took(hub, user):
		    start = time.monotonic()
		    same(Peer().request(hub, user, "wrong"), 401, user)
		    return time.monotonic() - start
		took("", "nobody")
		kinds = {"RADIUS user": ("", "mia"), "nobody": ("", "nobody"),
		         "hub's own": ("", "officea"),
		         "unknown hub": ("nohub", "mia")}
		times = {}
		# by turns, and some more where the machine is busy
		for turn in range(10):
		    for kind, args in kinds.items():
		        t = took(*args)
		        times[kind] = min(t, times.get(kind, t))
		    least = min(times.values())
		    if turn >= 2 and max(times.values()) < least * 2:
		        break
		print(times)
		check(least > 0.7, "sooner than the server: %r" % times)
		check(max(times.values()) < least * 2, "%r" % times)
	EOF
}
timing_cleanup()
{
	netns_cleanup
}

atf_test_case reload cleanup
reload_head()
{
	head "settings: faults are named; a reload ends who is no longer asked for"
}
reload_body()
{
	set_up mschapv2
	bad()
	{
		sed "$2" hub.conf >bad.conf
		atf_check -s exit:1 -e match:"$1" lw hubd -n -f bad.conf
	}
	bad "there is no block radius uno" "s/radius one$/radius uno/"
	bad "need a server" "/^radius one$/d"
	bad "there is no method telepathy" "s/auth radius/auth telepathy/"
	bad "secret is missing" "/secret testing/d"
	bad "address" "s/address 10.0.0.2/address radius.example/"
	bad "password is missing" "/auth radius/d
	    s/^\(hub default {\)/\1\nuser x {\n}/"
	check_peer <<-'EOF'
		keep(join("mia", "secret of mia",
		          extra=[("Longwire-Session", "new")]))
	EOF
	check_peer <<-'EOF'
		mia = join("mia", "", extra=[kept()])
		keep(mia)
		own = join("officea", "secret")
		# its group goes, and with it what it may do
		with open("hub.conf") as f:
		    text = f.read()
		start = text.index("group staff")
		with open("hub.conf", "w") as f:
		    f.write(text[:start] + text[text.index("}", start) + 1:])
		hubctl("reload")
		until(lambda: len(sessions()) == 1, 10, "who lost its policy")
		same(sessions()[0]["user"], "officea", "who stays")
		same(Peer().request("", "mia", "x", extra=[kept()]), 401,
		     "a token without its policy")
		same(Peer().request("", "mia", "secret of mia"), 401,
		     "a Filter-Id without its group")
	EOF
}
reload_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case pap
	atf_add_test_case mschapv2
	atf_add_test_case attributes
	atf_add_test_case test
	atf_add_test_case test_trouble
	atf_add_test_case resumed
	atf_add_test_case wrong_secret
	atf_add_test_case failover
	atf_add_test_case liars
	atf_add_test_case push
	atf_add_test_case guessing
	atf_add_test_case timing
	atf_add_test_case reload
}
