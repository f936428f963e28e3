# SPDX-License-Identifier: ISC
# flavours: asan tsan amd64
# timeout: 240
# Sessions of a hub with several threads, by plain peers: resume, join,
# take-over, restart, reload, kick.

. "$LW_TOP/regress/net/hub.subr"

# what the scripts have besides peer.py
helpers()
{
	cat <<-'EOF'
		import re
		def token(p):
		    m = re.match(r'"([^"]+)"', p.headers["longwire-session"])
		    check(m, "no token in %r" % p.headers)
		    return m.group(1)
		def ask(kind, text, user=None, password=None, hub=""):
		    p = Peer()
		    p.request(hub, user, password, extra=[
		        ("Longwire-Session", '%s="%s"' % (kind, text))])
		    return p
		def new(user="officea"):
		    return join(user, "secret",
		                extra=[("Longwire-Session", "new")])
		def numbers(user="officea"):
		    return [s["session"] for s in hubctl("show", "sessions")
		            if s["user"] == user]
		def resumed(p):
		    return "resumed=?1" in p.headers["longwire-session"]
	EOF
}

script()
{
	{
		helpers
		cat
	} >script.in
	check_peer <script.in
}

# the same where a process of hubd was killed on purpose
script_after_death()
{
	{
		helpers
		cat
	} >script.in
	peer c <script.in >peer.out 2>&1 || {
		cat peer.out
		atf_fail "$(tail -n 1 peer.out | cut -c 1-300)"
	}
}

atf_test_case resume cleanup
resume_head()
{
	atf_set descr "a token resumes a session, port and addresses included"
	atf_set require.user root
}
resume_body()
{
	hub_up <<-EOF
		threads 3
		hub default {
			resume-wait 60s
			$(users)
		}
	EOF
	sed 's/resume-wait 60s/resume-wait 1s/' hub.conf >short.conf
	script <<-'EOF'
		b = join("officeb", "secret")
		a = new()
		text = token(a)
		check(not resumed(a), "a new session is no resumed one")
		fence(a, b, src=mac(1))
		number = numbers()
		# each time by another connection, so mostly on another thread
		for n in range(8):
		    old, a = a, ask("resume", text)
		    same(a.status, 101, "resume")
		    check(resumed(a), "resumed=?1")
		    text = token(a)
		    check(old.closed(), "the old connection stays")
		    same(numbers(), number, "sessions")
		    b.send(eth(mac(1), mac(2), b"known %d" % n))
		    a.expect(eth(mac(1), mac(2), b"known %d" % n))
		# without a connection the address stays its own
		a.close()
		until(lambda: sessions("resume-wait"), 10, "resume-wait")
		a = ask("resume", text)
		same(a.status, 101, "resume of a waiting session")
		same(numbers(), number, "sessions")
		fence(b, a)
		# and after the wait it is gone
		os.replace("short.conf", "hub.conf")
		hubctl("reload")
		a.close()
		until(lambda: not numbers(), 15, "the session ends")
		same([e for e in hubctl("show", "fdb")
		      if e["address"] == "02:00:00:00:00:01"], [], "addresses")
	EOF
}
resume_cleanup()
{
	netns_cleanup
}

atf_test_case good_bye cleanup
good_bye_head()
{
	atf_set descr "a session that its client closes in order ends at once"
	atf_set require.user root
}
good_bye_body()
{
	hub_up <<-EOF
		threads 3
		hub default {
			resume-wait 600s
			$(users)
		}
	EOF
	script <<-'EOF'
		a = new()
		text = token(a)
		a.close()
		until(lambda: sessions("resume-wait"), 10, "a cut one waits")
		a = ask("resume", text)
		same(a.status, 101, "resume")
		more = ask("join", token(a))
		same(more.status, 101, "join")
		a.bye()
		until(lambda: [s["connections"] for s in
		               hubctl("show", "sessions")] == [1], 10, "one left")
		same(len(numbers()), 1, "the other connection keeps it")
		more.bye()
		until(lambda: not numbers(), 10, "the session ends at once")
	EOF
}
good_bye_cleanup()
{
	netns_cleanup
}

atf_test_case join_more cleanup
join_more_head()
{
	atf_set descr "further connections join; the last one's end ends it"
	atf_set require.user root
}
join_more_body()
{
	hub_up <<-EOF
		threads 3
		hub default {
			$(hub_user officea secret "policy few")
			policy few {
				max-connections 3
			}
			$(hub_user officeb secret)
		}
	EOF
	script <<-'EOF'
		b = join("officeb", "secret")
		a = [new()]
		text = token(a[0])
		for n in range(2):
		    a.append(ask("join", text))
		    same(a[-1].status, 101, "join")
		same(ask("join", text).status, 503, "one too many")
		def conns():
		    return [s["connections"] for s in hubctl("show", "sessions")
		            if s["user"] == "officea"]
		until(lambda: conns() == [3], 10, "three connections")
		# frames come in by any, and go out by one each
		for n, c in enumerate(a):
		    c.send(eth(BROADCAST, mac(1), b"by %d" % n))
		    b.expect(eth(BROADCAST, mac(1), b"by %d" % n))
		for n in range(60):
		    b.send(eth(mac(1), mac(100 + n), b"to a"))
		got = 0
		for n in range(600):
		    for c in a:
		        if c.recv(0.01):
		            got += 1
		    if got >= 60:
		        break
		same(got, 60, "frames over three connections")
		# what is left carries all
		a.pop().close()
		until(lambda: conns() == [2], 10, "two connections")
		a.pop().close()
		until(lambda: conns() == [1], 10, "one connection")
		b.send(eth(mac(1), mac(2), b"still"))
		a[0].expect(eth(mac(1), mac(2), b"still"))
		# a resume replaces all of them
		a.append(ask("join", text))
		same(a[-1].status, 101, "join again")
		r = ask("resume", text)
		same(r.status, 101, "resume")
		check(a[0].closed() and a[1].closed(), "the old ones stay")
		until(lambda: conns() == [1], 10, "one connection")
		fence(b, r)
		same(ask("join", text[:-6] + "AAAAAA").status, 401, "forged")
	EOF
}
join_more_cleanup()
{
	netns_cleanup
}

atf_test_case refused cleanup
refused_head()
{
	atf_set descr "tokens of others, of no session, of a changed user fail"
	atf_set require.user root
}
refused_body()
{
	hub_up <<-EOF
		hub default {
			resume-wait 60s
			$(hub_user officea secret "max-sessions 1")
			$(hub_user officeb secret)
		}
		hub second {
			$(hub_user officea secret)
		}
	EOF
	script <<-'EOF'
		a = new()
		text = token(a)
		same(ask("resume", text, hub="second").status, 401, "hub")
		same(ask("resume", "rubbish").status, 401, "rubbish")
		same(ask("resume", "").status, 400, "nothing")
		same(ask("join", text, "officeb", "secret").status, 401, "user")
		# with a password beside it, a bad token is no obstacle
		same(ask("resume", "rubbish", "officeb", "secret").status, 101,
		     "password counts")
		# only one session: a live one stays, a waiting one gives way
		same(Peer().request("", "officea", "secret"), 503, "second")
		a.close()
		until(lambda: sessions("resume-wait"), 10, "waiting")
		n = new()
		same(len(numbers()), 1, "sessions")
		same(ask("join", text).status, 401, "join of one that is gone")
		# one that has expired, signed with the hub's own key
		import hashlib
		import hmac
		key = open("hub.db/token.key", "rb").read()
		def expiring(text, seconds):
		    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
		    when = int(time.time()) + seconds
		    raw = raw[:1] + struct.pack("!Q", when) + raw[9:-32]
		    raw += hmac.digest(key, raw, hashlib.sha256)
		    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
		same(ask("resume", expiring(token(n), -5)).status, 401, "expired")
		n = ask("resume", expiring(token(n), 60))
		same(n.status, 101, "not expired")
		open("token", "w").write(token(n))
	EOF
	# a new password: the old token is worth nothing any more
	sed -i "s|$(cat hash.secret)|$(echo other | lw hubctl passwd)|" hub.conf
	atf_check hubctl hub reload
	script <<-'EOF'
		text = open("token").read()
		same(ask("resume", text).status, 401, "after a new password")
		same(len(numbers()), 1, "the session itself stays")
	EOF
}
refused_cleanup()
{
	netns_cleanup
}

atf_test_case restart cleanup
restart_head()
{
	atf_set descr "tokens outlive hubd, and any of its processes"
	atf_set require.user root
}
restart_body()
{
	hub_up <<-EOF
		hub default {
			$(users)
		}
	EOF
	pin=$(hub_pin hub)
	# told at start, for the offices' settings
	atf_check -o ignore grep -F "pin $pin" hub.log
	atf_check -o inline:"600\n" stat -c %a hub.db/hubd.key
	script <<-'EOF'
		open("token", "w").write(token(new()))
	EOF
	netns_stop hub KILL
	start_hubd hub h
	atf_check -o inline:"$pin\n" hubctl hub show pin
	script <<-'EOF'
		p = ask("resume", open("token").read())
		same(p.status, 101, "after a restart")
		check(resumed(p), "resumed=?1")
		open("token", "w").write(token(p))
	EOF
	for role in data auth key; do
		pid=$(pgrep -P "$(netns_pid hub)" -f -- "-x $role")
		kill -KILL "$pid"
		back()
		{
			pgrep -P "$(netns_pid hub)" -f -- "-x $role" |
			    grep -vqx "$pid" && hubctl hub show hubs
		}
		wait_until 20 back
		script_after_death <<-'EOF'
			p = ask("resume", open("token").read())
			same(p.status, 101, "after a death")
			b = join("officeb", "secret")
			fence(p, b)
			open("token", "w").write(token(p))
		EOF
	done
}
restart_cleanup()
{
	netns_cleanup
}

atf_test_case reload cleanup
reload_head()
{
	atf_set descr "a reload keeps sessions; what went is closed, faults are told"
	atf_set require.user root
}
reload_body()
{
	hub_up <<-EOF
		hub default {
			$(users)
		}
		hub second {
			$(users)
		}
	EOF
	cp hub.conf good.conf
	{
		sed 's/^hub second/hub third/' good.conf
		echo "listen 0.0.0.0:444"
	} >new.conf
	sed 's/^hub second/hbu second/' good.conf >bad.conf
	{
		cat good.conf
		echo "listen 10.9.9.9:443"
	} >listen.conf
	sed '/user officeb {/,/}/d' good.conf >without.conf
	script <<-'EOF'
		import shutil
		a, b = join("officea", "secret"), join("officeb", "secret")
		s = join("officea", "secret", hub="second")
		same(Peer().request("third", "officea", "secret"), 401, "third")
		def reload(name):
		    shutil.copy(name, "hub.conf")
		    return subprocess.run(["sh", os.environ["LW_TOP"] +
		        "/regress/lw.sh", "hubctl", "-s",
		        os.environ["HUB_SOCKET"], "reload"],
		        stderr=subprocess.PIPE)
		r = reload("bad.conf")
		same(r.returncode, 1, "status of a bad reload")
		check(re.search(rb"hub.conf:\d+:\d+: .*hbu", r.stderr),
		      "what it says: %r" % r.stderr)
		fence(a, b)
		r = reload("listen.conf")
		same(r.returncode, 1, "status where a listener cannot be")
		check(b"listen 10.9.9.9:443" in r.stderr,
		      "what it says: %r" % r.stderr)
		fence(a, b)
		same(len(hubctl("show", "hubs")), 2, "hubs")
		same(reload("new.conf").returncode, 0, "reload")
		fence(a, b)
		check(s.closed(), "the hub is gone, its session is not")
		same(Peer().request("second", "officea", "secret"), 401, "second")
		t = join("officea", "secret", hub="third")
		tls(tcp(port=444)).close()
		same(reload("good.conf").returncode, 0, "reload")
		fence(a, b)
		def closed():
		    try:
		        tcp(port=444).close()
		    except ConnectionRefusedError:
		        return True
		until(closed, 10, "the listener is gone")
		check(t.closed(), "third is gone, its session is not")
		c = join("officea", "secret")
		same(reload("without.conf").returncode, 0, "reload")
		check(b.closed(), "the user is gone, the session is not")
		same(Peer().request("", "officeb", "secret"), 401, "officeb")
		fence(a, c)
	EOF
	netns_signal hub HUP
	wait_until 10 sh -c "[ \$(grep -c 'settings reloaded' hub.log) -eq 4 ]"
}
reload_cleanup()
{
	netns_cleanup
}

atf_test_case kick cleanup
kick_head()
{
	atf_set descr "kick by number and by user"
	atf_set require.user root
}
kick_body()
{
	hub_up <<-EOF
		hub default {
			$(users)
			$(hub_user 4 secret)
		}
	EOF
	script <<-'EOF'
		# a user whose name is the number of another's session
		four = join("4", "secret")
		a = join("officea", "secret")
		same((numbers("4"), numbers("officea")), ([2], [4]), "sessions")
		hubctl("kick", "4")
		check(a.closed(), "not kicked")
		fence(four)
		a = join("officea", "secret")
		hubctl("kick", "user", "4")
		check(four.closed(), "not kicked")
		fence(a)
		hubctl("kick", "user", "officea")
		check(a.closed(), "not kicked")
		a, b, c = [join("officea", "secret") for _ in range(3)]
		d = join("officeb", "secret")
		first = min(numbers())
		same(hubctl("kick", str(first)), [], "answer")
		check(a.closed(), "not kicked")
		fence(b, c, d)
		hubctl("kick", "user", "officea")
		check(b.closed() and c.closed(), "not kicked")
		same(numbers(), [], "sessions")
		same(len(numbers("officeb")), 1, "sessions")
	EOF
	atf_check -s exit:1 -e match:"user nobody has no session" \
	    hubctl hub kick user nobody
	for bad in officea user -1 0 99999999999999999999 0x1; do
		atf_check -s exit:1 -e match:"there is no session $bad" \
		    hubctl hub kick $bad
	done
	atf_check -s exit:1 -e ignore hubctl hub no such command
}
kick_cleanup()
{
	netns_cleanup
}

atf_test_case crowd cleanup
crowd_head()
{
	atf_set descr "many sessions on several threads, frames in order, none lost"
	atf_set require.user root
}
crowd_body()
{
	hub_up <<-EOF
		threads 4
		hub default {
			storm-broadcast 0
			queue-frames 8192
			queue-bytes 16M
			$(users)
		}
	EOF
	script <<-'EOF'
		import threading
		peers = [join("officea", "secret") for _ in range(12)]
		for n, p in enumerate(peers):
		    p.send(eth(BROADCAST, mac(n)))
		    for q in peers:
		        if q is not p:
		            q.expect(eth(BROADCAST, mac(n)))
		# each sends 300 to the next, at once, and gets 300 in order
		faults = []
		def send(n):
		    for i in range(300):
		        peers[n].send(eth(mac((n + 1) % 12), mac(n), b"%d" % i))
		def receive(n):
		    try:
		        for i in range(300):
		            peers[n].expect(eth(mac(n), mac((n - 1) % 12),
		                                b"%d" % i))
		    except Exception as e:
		        faults.append(e)
		threads = [threading.Thread(target=f, args=(n,))
		           for n in range(12) for f in (send, receive)]
		for t in threads:
		    t.start()
		for t in threads:
		    t.join()
		check(not faults, "%r" % faults)
		check(len({s["thread"] for s in sessions()}) > 1, "one thread")
		# who came one after the other is served by the same
		by = [s["thread"] for s in
		      sorted(sessions(), key=lambda s: s["session"])]
		same(by[::2], by[1::2], "threads of pairs")
		# each frame that came in ended in one counter
		s = stats()
		ends = sum(v for k, v in s.items() if k in ("in-unicast",
		    "in-flooded", "in-loop-probes", "in-filtered-same-port") or
		    k.startswith("in-dropped-"))
		same(ends, s["in-frames"], "counters")
		same(s["in-unicast"], 3600, "unicast")
	EOF
}
crowd_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case resume
	atf_add_test_case good_bye
	atf_add_test_case join_more
	atf_add_test_case refused
	atf_add_test_case restart
	atf_add_test_case reload
	atf_add_test_case kick
	atf_add_test_case crowd
}
