# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# Proxies that lie, stall and listen in; the topology is barrier.subr's.
# timeout: 300

. "$LW_TOP/regress/transport/barrier.subr"

# hostile: a proxy that does what the file `mode` says
hostile()
{
	echo "${1:-good}" >mode
	cat >hostile.py <<-'EOT'
		import os, socket, ssl, threading, time
		HEAD = b"HTTP/1.1 200 Connection established\r\n\r\n"
		def pump(a, b, most=1 << 40):
		    try:
		        while most > 0 and (data := a.recv(65536)):
		            b.sendall(data[:most])
		            most -= len(data)
		    except OSError:
		        pass
		    for s in a, b:
		        try:
		            s.shutdown(socket.SHUT_RDWR)
		        except OSError:
		            pass
		def relay(c, s, most=1 << 40):
		    threading.Thread(target=pump, args=(c, s), daemon=True).start()
		    pump(s, c, most)
		def ask(c):
		    data = b""
		    while not data.endswith(b"\r\n\r\n"):
		        got = c.recv(1)
		        if not got:
		            raise OSError("gone")
		        data += got
		def flood(c, data):
		    while True:
		        c.sendall(data)
		def hub():
		    return socket.create_connection(("10.9.0.1", 443))
		def listen_in(c):
		    near = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
		    near.load_cert_chain("mitm.pem", "mitm.key")
		    far = ssl.create_default_context()
		    far.check_hostname, far.verify_mode = False, ssl.CERT_NONE
		    relay(near.wrap_socket(c, server_side=True), far.wrap_socket(hub()))
		def serve(c, mode):
		    ask(c)
		    if mode == "garbage":
		        c.sendall(os.urandom(3000))
		    elif mode == "line":
		        flood(c, b"HTTP/1.1 200 " + b"x" * 1000)
		    elif mode == "head":
		        c.sendall(b"HTTP/1.1 200 OK\r\n")
		        flood(c, b"X-Field: value\r\n")
		    elif mode == "interim":
		        flood(c, b"HTTP/1.1 100 Continue\r\n\r\n")
		    elif mode == "slow":
		        for x in HEAD * 10:
		            time.sleep(1)
		            c.sendall(bytes([x]))
		    elif mode == "mute":
		        c.sendall(HEAD)
		        time.sleep(60)
		    elif mode == "close":
		        pass
		    elif mode == "half":
		        c.sendall(HEAD[:30])
		    elif mode == "cut":
		        c.sendall(HEAD)
		        relay(c, hub(), 300)
		    elif mode == "later":
		        c.sendall(HEAD)
		        relay(c, hub(), 6000)
		    elif mode == "portal":
		        c.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://login.campus/\x1b[1m\r\n"
		                  .replace(b"\x1b", b"") + b"Content-Length: 0\r\n\r\n")
		    elif mode == "forever":
		        while True:
		            c.sendall(b"HTTP/1.1 407 No\r\nProxy-Authenticate: Digest nonce=n, "
		                      b"stale=true\r\nContent-Length: 5\r\n\r\nnever")
		            ask(c)
		    elif mode == "body":
		        c.sendall(b"HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=x\r\n"
		                  b"Transfer-Encoding: chunked\r\n\r\n")
		        flood(c, b"400\r\n" + b"x" * 1024 + b"\r\n")
		    elif mode == "kerberos":
		        c.sendall(b"HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate\r\n"
		                  b"Content-Length: 0\r\n\r\n")
		    elif mode == "mitm":
		        c.sendall(HEAD)
		        listen_in(c)
		    else:
		        c.sendall(HEAD)
		        relay(c, hub())
		def client(c):
		    try:
		        with open("mode") as f:
		            mode = f.read().strip()
		        with open("seen", "a") as f:
		            f.write(mode + "\n")
		        serve(c, mode)
		    except OSError:
		        pass
		    c.close()
		l = socket.create_server(("10.1.0.1", 3128))
		while True:
		    threading.Thread(target=client, args=(l.accept()[0],), daemon=True).start()
	EOT
	netns_spawn hostile campus python3 hostile.py
	wait_until 10 netns_exec campus sh -c \
	    "ss -ltn | grep -q 10.1.0.1:3128" || atf_fail "no proxy"
}

head_of()
{
	atf_set descr "$1"
	atf_set require.user root
}

# now MODE REGEX: from now on it does that; what vnicctl and the log say
now()
{
	echo "$1" >mode
	: >seen
	atf_check -o ignore vnicctl office reconnect
	wait_until 15 grep -q "$1" seen || atf_fail "$1: not even tried"
	problem_is "$2"
}

same_process()
{
	if grep -E 'died|signal [0-9]+|status 99|Sanitizer' office.log; then
		atf_fail "vnicd has died"
	fi
}

atf_test_case lies cleanup
lies_head()
{
	head_of "a proxy that lies or stalls neither hangs nor ends vnicd"
}
lies_body()
{
	barrier 3128
	hostile
	office_conf "proxy campus" "retry-max 1s" <<-EOT
		proxy campus {
			type http
			server 10.1.0.1:3128
			user karl
			password geheim
		}
	EOT
	office_starts
	p="proxy 10.1.0.1:3128"
	now garbage "$p (does not answer as an HTTP proxy does: |breaks the connection|closed the connection)"
	now line "$p does not answer as an HTTP proxy does: head too long"
	now head "$p does not answer as an HTTP proxy does: (too many fields|head too long)"
	now interim "$p sends interim answers without end"
	now close "$p closed the connection without an answer to CONNECT"
	now half "$p closed the connection in the middle of an answer to CONNECT"
	now portal "$p refused CONNECT to 10.9.0.1:443: 302 it wants a log-in page to be visited"
	now forever "$p refuses user \"karl\" \(by Digest with MD5\)"
	now body "$p refuses user \"karl\" \(by Basic\)"
	now kerberos "$p wants a log-in by Negotiate, none of which is known here"
	now cut "TLS: connection cut without good-bye.*$p"
	now slow "$p has not answered CONNECT within 10000 ms"
	now mute "TLS handshake not finished in time.*$p"
	same_process
	# it still lives and works
	echo good >mode
	atf_check -o ignore vnicctl office reconnect
	wait_until 20 vnic_up office laptop || atf_fail "not up"
	netns_addr office lw0 192.168.77.2/24
	traffic
	# and is cut in mid-stream, again and again
	echo later >mode
	: >seen
	atf_check -o ignore vnicctl office reconnect
	wait_until 15 netns_exec office sh -c \
	    'ping -c 3 -i 0.2 -W 1 -s 1400 192.168.77.1; [ "$(grep -c later seen)" -ge 3 ]' ||
	    atf_fail "it does not come again"
	same_process
	# the password is nowhere
	atf_check -s exit:1 grep -E 'geheim|a2FybDpnZWhlaW0' office.log
	netns_stop office
}
lies_cleanup()
{
	netns_cleanup
}

atf_test_case interception cleanup
interception_head()
{
	head_of "TLS that is intercepted is found by the pin, and said to be that"
}
interception_body()
{
	need openssl
	barrier 3128
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout mitm.key -out mitm.pem -days 30 -subj /CN=10.9.0.1 \
	    -addext subjectAltName=IP:10.9.0.1 2>/dev/null ||
	    atf_fail "openssl"
	pin=sha256/$(openssl x509 -in mitm.pem -noout -pubkey |
	    openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary |
	    base64)
	hostile mitm
	# it works: who does not verify gets the hub's answer
	netns_exec office curl -sk -x http://10.1.0.1:3128 -o answer \
	    -w '%{http_code}\n' https://10.9.0.1/ >code ||
	    atf_fail "the box in the middle does not work"
	atf_check_equal 404 "$(cat code)"
	office_conf "proxy campus" <<-EOT
		proxy campus {
			type http
			server 10.1.0.1:3128
		}
	EOT
	office_starts
	problem_is "server key $(echo "$pin" | sed 's/[+]/[+]/g') is not the pinned one \(is something on the way intercepting TLS\?\).*proxy 10.1.0.1:3128"
	# the log has no more than that, the hub no session
	atf_check_equal 0 "$(hub_sessions hub)"
	echo good >mode
	wait_until 40 vnic_up office laptop || atf_fail "not up"
	netns_stop office
}
interception_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case lies
	atf_add_test_case interception
}
