# SPDX-License-Identifier: ISC
# flavours: asan amd64
# timeout: 120
# RADIUS over TLS, with FreeRADIUS.

. "$LW_TOP/regress/net/hub.subr"
. "$LW_TOP/regress/auth/radius.subr"

head()
{
	atf_set descr "$1"
	atf_set require.user root
}

# made NAME SUBJECT [OPTION...]: NAME.key and NAME.crt, by ca or by itself
made()
{
	_name=$1
	_subject=$2
	shift 2
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout "$_name.key" -out "$_name.csr" -subj "$_subject" \
	    2>>openssl.log || atf_fail "openssl req"
	openssl x509 -req -in "$_name.csr" -days 30 -out "$_name.crt" "$@" \
	    2>>openssl.log || atf_fail "openssl x509"
}

certificates()
{
	need openssl
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout ca.key -out ca.crt -days 30 -subj "/CN=the CA" \
	    2>>openssl.log || atf_fail "openssl req"
	echo "subjectAltName = DNS:radius.example" >names
	made server /CN=server -CA ca.crt -CAkey ca.key -CAcreateserial \
	    -extfile names
	made hub /CN=hub -CA ca.crt -CAkey ca.key -CAcreateserial
	made stranger /CN=stranger -signkey stranger.key
}

# tls_block SETTING...: the server, over TLS
tls_block()
{
	echo "radius one {"
	for _s in "address 10.0.0.2" "transport tls" "timeout 20s" "$@"; do
		echo "	$_s"
	done
	echo "}"
}

# hub_settings: from the server's block on stdin
hub_settings()
{
	cat
	radius_hub "accounting yes"
}

own="certificate $PWD/hub.crt
	key $PWD/hub.key"

log_in()
{
	check_peer <<-'EOF'
		p = join("mia", "secret of mia")
		same([s["auth"] for s in sessions()], ["radius"], "how")
		same(Peer().request("", "mia", "wrong"), 401, "a wrong password")
	EOF
}

refused()
{
	check_peer <<-'EOF'
		same(Peer().request("", "mia", "secret of mia"), 503, "status")
	EOF
	wait_until 5 grep -q "$1" hub.log || {
		tail -n 5 hub.log
		atf_fail "not said: $1"
	}
}

atf_test_case pinned cleanup
pinned_head()
{
	head "RadSec: a pinned server, our certificate, one connection for all"
}
pinned_body()
{
	certificates
	tls_block "protocol pap" "pin $(lw hubctl pin server.crt)" "$own" |
	    hub_settings >settings
	hub_up <settings
	radius_users >users
	radsec_conf one 10.0.0.2
	radius_up one 10.0.0.2 <users
	log_in
	check_peer <<-'EOF'
		import threading
		def login():
		    statuses.append(Peer().request("", "mia", "secret of mia"))
		statuses = []
		ts = [threading.Thread(target=login) for _ in range(10)]
		for t in ts:
		    t.start()
		for t in ts:
		    t.join()
		same(statuses, [101] * 10, "many at once")
	EOF
	# in one connection, and nothing beside it
	n=$(grep -c "new connection request\|Initiating new session\|... new connection request on TCP" one.log)
	[ "$n" -le 3 ] || atf_fail "$n connections"
	atf_check -s not-exit:0 grep "auth+acct.*1812\|from .*:1812" one.log
	# accounting goes there, too
	wait_until 10 grep -q "Acct-Status-Type = Start" one.radius/detail ||
	    atf_fail "no account"
	# the server goes, and comes back: the next log-in finds it
	netns_stop one
	rm one.log
	radius_start one
	log_in
}
pinned_cleanup()
{
	netns_cleanup
}

atf_test_case by_ca cleanup
by_ca_head()
{
	head "RadSec: a server by CA and name; in TLS 1.3, with MS-CHAPv2"
}
by_ca_body()
{
	certificates
	tls_block "ca $PWD/ca.crt" "server-name radius.example" "$own" |
	    hub_settings >settings
	hub_up <settings
	radius_users >users
	RADSEC_TLS=1.3
	radsec_conf one 10.0.0.2
	radius_up one 10.0.0.2 <users
	log_in
	# another name, another CA, another key
	sed -i 's/server-name.*/server-name other.example/' hub.conf
	hubctl hub reload
	refused "ostname mismatch"
	sed -i "s/server-name.*/server-name radius.example/
	    s|ca .*|ca $PWD/stranger.crt|" hub.conf
	hubctl hub reload
	refused "unable to get local issuer certificate\|self.signed"
	sed -i "s|ca .*|pin $(lw hubctl pin stranger.crt)|
	    /server-name/d" hub.conf
	hubctl hub reload
	refused "is not the pinned one"
	# nothing was asked of a server that is another
	atf_check -o inline:"2\n" grep -c "Received Access-Request" one.log
}
by_ca_cleanup()
{
	netns_cleanup
}

atf_test_case hostile cleanup
hostile_head()
{
	head "RadSec: a server that talks nonsense, or nothing; bad settings"
}
hostile_body()
{
	certificates
	tls_block "pin $(lw hubctl pin server.crt)" | hub_settings >settings
	hub_up <settings
	cat >server.py <<-'EOF'
		import os, random, socket, ssl, sys
		ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
		ctx.load_cert_chain("server.crt", "server.key")
		l = socket.create_server(("10.0.0.2", 2083))
		print("ready", flush=True)
		random.seed(3)
		n = 0
		while True:
		    c = l.accept()[0]
		    n += 1
		    print("connection", n, flush=True)
		    try:
		        if n % 4 == 0:
		            c.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
		            c.close()
		            continue
		        s = ctx.wrap_socket(c, server_side=True)
		        got = s.recv(4096)
		        if n % 4 == 1:
		            s.send(b"\x02" + got[1:2] + b"\x00\x05" + bytes(40))
		        elif n % 4 == 2:
		            s.send(random.randbytes(3000))
		        else:
		            # a whole packet that proves nothing, then the end
		            s.send(b"\x02" + got[1:2] + b"\x00\x14" + bytes(16))
		        s.close()
		    except OSError as e:
		        print(e, flush=True)
	EOF
	netns_spawn server c python3 server.py
	wait_until 10 grep -q ready server.log || atf_fail "no server"
	check_peer <<-'EOF'
		for n in range(6):
		    same(Peer().request("", "mia", "secret of mia"), 503, "status")
		same(sessions(), [], "sessions")
		same(join("officea", "secret").status, 101, "the hub's own")
	EOF
	[ "$(grep -c connection server.log)" -ge 6 ] || atf_fail "not tried"
	bad()
	{
		sed "$2" hub.conf >bad.conf
		atf_check -s exit:1 -e match:"$1" lw hubd -n -f bad.conf
	}
	bad "needs pin or ca" "/	pin /d"
	bad "udp has no use for them" "s/transport tls/secret x/"
	bad "belong together" "s|	pin |	key $PWD/ca.key\n&|"
}
hostile_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case pinned
	atf_add_test_case by_ca
	atf_add_test_case hostile
}
