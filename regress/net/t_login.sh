# SPDX-License-Identifier: ISC
# flavours: asan amd64
# timeout: 120
# Who gets in, and what everybody else sees.

. "$LW_TOP/regress/net/hub.subr"

atf_test_case draft cleanup
draft_head()
{
	atf_set descr "the draft's example request opens a tunnel"
	atf_set require.user root
}
draft_body()
{
	hub_up <<-EOF
		hub default {
			$(users)
		}
	EOF
	check_peer <<-'EOF'
		# draft-ietf-masque-connect-ethernet-16, figure 1: in absolute form
		example = [
		    "GET https://example.org/.well-known/masque/ethernet/ HTTP/1.1",
		    "Host: example.org",
		    "Connection: Upgrade",
		    "Upgrade: connect-ethernet",
		    "Capsule-Protocol: ?1",
		]
		a = Peer()
		a.raw("\r\n".join(example + [
		    "Authorization: " + basic("officea", "secret"), "", ""]).encode())
		same(a.response(), 101, "status")
		same(a.headers["connection"].lower(), "upgrade", "Connection")
		same(a.headers["upgrade"], "connect-ethernet", "Upgrade")
		same(a.headers["capsule-protocol"], "?1", "Capsule-Protocol")
		for name in a.headers:
		    check(not name.startswith("longwire"),
		          "%s was not asked for" % name)
		# without credentials it is right and refused
		b = Peer()
		b.raw("\r\n".join(example + ["", ""]).encode())
		same(b.response(), 401, "status")
		check("basic" in b.headers["www-authenticate"].lower(), "challenge")
		# frames, both ways
		b = join("officeb", "secret")
		f = eth(BROADCAST, mac(1))
		a.send(f)
		b.expect(f)
		f = eth(mac(1), mac(2))
		b.send(f)
		a.expect(f)
		# header names and the Connection list are case-insensitive
		c = Peer()
		c.raw(("GET /.well-known/masque/ethernet/default HTTP/1.1\r\n"
		       "hOST: hub\r\ncONNECTION: keep-alive, upgrade\r\n"
		       "UPGRADE: connect-ethernet\r\ncapsule-protocol:?1\r\n"
		       "authorization: " + basic("officea", "secret") +
		       "\r\n\r\n").encode())
		same(c.response(), 101, "status")
	EOF
}
draft_cleanup()
{
	netns_cleanup
}

atf_test_case refused cleanup
refused_head()
{
	atf_set descr "wrong password, user and hub look alike"
	atf_set require.user root
}
refused_body()
{
	hub_up <<-EOF
		guess-limit 100
		guess-delay 0s
		hub default {
			$(users)
			$(hub_user off secret "enabled no")
		}
		hub other {
			$(hub_user officec secret)
		}
	EOF
	check_peer <<-'EOF'
		def refused(hub, user, password):
		    p = Peer()
		    start = time.monotonic()
		    same(p.request(hub, user, password), 401, "status")
		    took = time.monotonic() - start
		    check(p.closed(), "the connection stays open")
		    p.headers.pop("date", None)
		    return (p.headers, p.buf), took
		kinds = {
		    "wrong password": ("", "officea", "wrong"),
		    "unknown user": ("", "nobody", "secret"),
		    "user of another hub": ("", "officec", "secret"),
		    "unknown hub": ("nohub", "officea", "secret"),
		    "disabled user": ("", "off", "secret"),
		}
		answers, times = {}, {}
		def blurred():
		    wrong = times["wrong password"]
		    return [k for k in kinds if not wrong / 3 < times[k] < wrong * 3]
		# all do the same work; sanitizers and neighbours blur it, so the
		# shortest of several counts, taken in turns
		for turn in range(19):
		    for kind, args in kinds.items():
		        answers[kind], took = refused(*args)
		        same(answers[kind], answers["wrong password"], kind)
		        times[kind] = min(took, times.get(kind, took))
		    if turn >= 2 and not blurred():
		        break
		print(turn, times)
		same(blurred(), [], "answered sooner or later, of %r" % times)
		same(sessions(), [], "sessions")
	EOF
}
refused_cleanup()
{
	netns_cleanup
}

atf_test_case flood cleanup
flood_head()
{
	atf_set descr "who floods log-ins from one address fills no queue"
	atf_set require.user root
}
flood_body()
{
	hub_up <<-EOF
		scrypt-jobs 1
		guess-delay 1s
		hub default {
			$(users)
		}
	EOF
	check_peer <<-'EOF'
		import threading
		import peer
		peer.WAIT = 40  # all wait for one thread that gives way
		statuses = []
		def guess(n):
		    statuses.append(Peer(source="10.0.0.2").request(
		        "default", "user%d" % n, "wrong"))
		flood = [threading.Thread(target=guess, args=(n,))
		         for n in range(60)]
		for t in flood:
		    t.start()
		until(lambda: 503 in statuses, 10, "one address has its share")
		same(join("officeb", "secret", source="10.0.0.3").status, 101,
		     "another address")
		for t in flood:
		    t.join()
		same(sorted(set(statuses)), [401, 503], "statuses")
	EOF
}
flood_cleanup()
{
	netns_cleanup
}

atf_test_case guessing cleanup
guessing_head()
{
	atf_set descr "guesses are delayed, then locked out, per address"
	atf_set require.user root
}
guessing_body()
{
	hub_up <<-EOF
		guess-delay 200ms
		guess-limit 3
		guess-lockout 4s
		hub default {
			$(users)
		}
	EOF
	check_peer <<-'EOF'
		def attempt(password, source="10.0.0.2"):
		    return Peer(source=source).request("", "officea", password)
		for n in range(3):
		    start = time.monotonic()
		    same(attempt("wrong"), 401, "status")
		    took = time.monotonic() - start
		    check(took >= 0.2 * 2 ** n, "guess %d: answer after %.2f s" %
		          (n, took))
		# (again where it took so long that the lock may have ended)
		for n in range(5):
		    locked = time.monotonic()
		    status = attempt("secret")
		    if time.monotonic() - locked < 3.5:
		        break
		    until(lambda: attempt("secret") == 101, 20, "the lock ends")
		    for _ in range(3):
		        attempt("wrong")
		same(status, 401, "the right password, locked out")
		same(attempt("secret", "10.0.0.3"), 101, "another address")
		until(lambda: attempt("secret") == 101, 20, "the lock ends")
	EOF
}
guessing_cleanup()
{
	netns_cleanup
}

atf_test_case malformed cleanup
malformed_head()
{
	atf_set descr "malformed requests get 400, others a plain 404, no banner"
	atf_set require.user root
}
malformed_body()
{
	hub_up <<-EOF
		hub default {
			$(users)
		}
	EOF
	check_peer <<-'EOF'
		me = {"user": "officea", "password": "secret"}
		bad = {
		    "no Host": {"drop": ["Host"]},
		    "two Hosts": {"extra": [("Host", "other")]},
		    "no Connection": {"drop": ["Connection"]},
		    "no Capsule-Protocol": None,
		    "a space before the colon": {"extra": [("X ", "1")]},
		    "a method in lower case": {"method": "get"},
		    "POST": {"method": "POST"},
		    "a bad name of a hub": {"target":
		        "/.well-known/masque/ethernet/a%2fb"},
		    "NUL": {"extra": [("X", "a\0b")]},
		}
		for what, how in bad.items():
		    if how is None:
		        continue
		    p = Peer()
		    status = p.request(**me, **how)
		    check(400 <= status < 500 and status != 401,
		          "%s: status %d" % (what, status))
		    check(p.closed(), "%s: connection stays open" % what)
		def raw(data):
		    p = Peer()
		    p.raw(data)
		    p.response()
		    text = repr(p.headers) + repr(p.buf)
		    check("server" not in p.headers, "a banner: " + text)
		    for word in ("hubd", "longwire", "openssl", "libevent"):
		        check(word not in text.lower(), "a banner: " + text)
		    check(p.closed(), "connection stays open")
		    return p.status
		same(raw(b"GET / HTTP/1.1\r\nHost: hub\r\n\r\n"), 404, "plain GET")
		same(raw(b"GET /favicon.ico HTTP/1.1\r\nHost: hub\r\n"
		         b"User-Agent: Mozilla/5.0\r\n\r\n"), 404, "browser")
		same(raw(b"rubbish\r\n\r\n"), 400, "rubbish")
		check(raw(b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 5000) in (400, 431),
		      "endless head")
		check(raw(b"A" * 20000) in (400, 431), "endless line")
		# and still in good health
		a, b = [join("officea", "secret") for _ in range(2)]
		fence(a, b)
	EOF
	atf_check -o inline:404 netns_exec c curl -sk --noproxy '*' -o body \
	    -w '%{http_code}' https://10.0.0.1/
}
malformed_cleanup()
{
	netns_cleanup
}

atf_test_case strangers cleanup
strangers_head()
{
	atf_set descr "garbage, half handshakes and slow clients are closed in time"
	atf_set require.user root
}
strangers_body()
{
	hub_up <<-EOF
		handshake-timeout 2s
		hub default {
			$(users)
		}
	EOF
	check_peer <<-'EOF'
		import random
		import threading
		def patient():
		    try:
		        return join("officea", "secret")
		    except (OSError, Failed):
		        return None  # a busy machine needed more than the limit
		a, b = [until(patient, 30, "log-in") for _ in range(2)]

		def lasts(begin, least, most, text):
		    # the shortest counts: a busy machine may make it long
		    for _ in range(4):
		        start = time.monotonic()
		        try:
		            sock = begin()
		            sock.settimeout(60)
		            while sock.recv(4096):
		                pass
		        except socket.timeout:
		            raise Failed(text + ": not closed")
		        except (ConnectionError, ssl.SSLError):
		            pass
		        took = time.monotonic() - start
		        if took <= most:
		            break
		    check(least <= took <= most, "%s: closed after %.1f s" % (
		        text, took))
		def sent(sock, data):
		    sock.sendall(data)
		    return sock

		random.seed(1)
		for n in range(50):
		    s = tcp()
		    try:
		        s.sendall(random.randbytes(random.randrange(1, 2000)))
		    except ConnectionError:
		        pass
		    s.close()
		lasts(lambda: sent(tcp(), b"GET / HTTP/1.1\r\nHost: hub\r\n\r\n"),
		      0, 4, "HTTP without TLS")
		lasts(tcp, 1.5, 4, "a silent client")
		# the first half of a real ClientHello
		ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
		ctx.check_hostname = False
		ctx.verify_mode = ssl.CERT_NONE
		out = ssl.MemoryBIO()
		o = ctx.wrap_bio(ssl.MemoryBIO(), out)
		try:
		    o.do_handshake()
		except ssl.SSLWantReadError:
		    pass
		hello = out.read()
		lasts(lambda: sent(tcp(), hello[:len(hello) // 2]),
		      1.5, 4, "half a handshake")
		lasts(lambda: tls(tcp()), 1.5, 4, "no request")
		lasts(lambda: sent(tls(tcp()), b"GET /.well-known/masque/eth"),
		      1.5, 4, "half a request")
		# one byte now and then does not buy more time
		try:
		    s = tls(tcp())
		    for n, byte in enumerate(
		            b"GET /.well-known/masque/ethernet/ HTTP/1.1\r\n"):
		        s.sendall(bytes([byte]))
		        time.sleep(0.2)
		        check(n < 30, "drip-fed: not closed")
		except (ConnectionError, ssl.SSLError):
		    pass
		try:
		    ctx.maximum_version = ssl.TLSVersion.TLSv1_2
		    ctx.wrap_socket(tcp())
		    raise Failed("TLS 1.2 was accepted")
		except (ssl.SSLError, ConnectionError):
		    pass
		# sessions without a frame are not slow clients
		fence(a, b)
		fence(b, a)
	EOF
}
strangers_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case draft
	atf_add_test_case refused
	atf_add_test_case flood
	atf_add_test_case guessing
	atf_add_test_case malformed
	atf_add_test_case strangers
}
