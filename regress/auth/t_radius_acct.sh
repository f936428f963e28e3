# SPDX-License-Identifier: ISC
# flavours: asan amd64
# timeout: 120
# Accounting to a RADIUS server, and its requests about sessions that are up.

. "$LW_TOP/regress/net/hub.subr"
. "$LW_TOP/regress/auth/radius.subr"

head()
{
	atf_set descr "$1"
	atf_set require.user root
}

# set_up [SETTING...]: of the hub
set_up()
{
	need freeradius radclient
	hub_up <<-EOF
		radius-listen 10.0.0.1
		$(radius_block one 10.0.0.2)
		$(radius_hub "$@")
	EOF
	radius_users >users
	radius_up one 10.0.0.2 <users
}

# record TYPE [USER]: the last account of that type
record()
{
	awk -v RS= -v type="Acct-Status-Type = $1" -v user="${2:-}" '
	    index($0, type) &&
	    (user == "" || index($0, "User-Name = \"" user)) { last = $0 }
	    END { if (last == "") exit 1; print last }' one.radius/detail
}

# value RECORD NAME
value()
{
	echo "$1" | awk -F ' = ' -v name="$2" '$1 ~ name "$" { print $2 }' |
	    tr -d '"'
}

atf_test_case accounts cleanup
accounts_head()
{
	head "start, interim and stop, with what was carried and why it ended"
}
accounts_body()
{
	set_up "accounting yes" "accounting-interval 2s"
	wait_until 20 record Accounting-On || atf_fail "no Accounting-On"
	check_peer <<-'EOF'
		a = join("officea", "secret")
		p = join("max", "secret of max")
		acct = [s["account"] for s in sessions()
		        if s["user"] == "max"][0]
		open("id", "w").write(acct)
		for n in range(5):
		    f = eth(BROADCAST, mac(1), b"x" * 986)
		    a.send(f)
		for n in range(3):
		    p.send(eth(BROADCAST, mac(2), ethertype=0x0806, payload=
		        bytes.fromhex("0001080006040001") + mac(2) +
		        bytes([10, 9, 0, 2]) + bytes(6) + bytes([10, 9, 0, 9])))
		def interim():
		    with open("one.radius/detail") as f:
		        return [r for r in f.read().split("\n\n")
		                if "Interim-Update" in r and '"max"' in r]
		until(interim, 20, "interim")
		p.bye()
		until(lambda: len(sessions()) == 1, 10, "it is over")
	EOF
	wait_until 10 record Stop max || atf_fail "no Stop"
	for type in Start Interim-Update Stop; do
		r=$(record $type max) || atf_fail "no $type"
		atf_check_equal "$(cat id)" "$(value "$r" Acct-Session-Id)"
		atf_check_equal 10.0.0.2 "$(value "$r" Calling-Station-Id)"
		atf_check_equal RADIUS "$(value "$r" Acct-Authentic)"
		# what the server gave goes back to it
		atf_check_equal 0x6775657374 "$(value "$r" Class)"
	done
	# octets and frames of a session that had those alone
	atf_check_equal 180 "$(value "$r" Acct-Input-Octets)"
	atf_check_equal 3 "$(value "$r" Acct-Input-Packets)"
	atf_check_equal 0 "$(value "$r" Acct-Input-Gigawords)"
	[ "$(value "$r" Acct-Session-Time)" -ge 1 ] || atf_fail "no time"
	atf_check_equal User-Request "$(value "$r" Acct-Terminate-Cause)"
	# a user of the hub's own is accounted for, too
	wait_until 10 record Stop officea || atf_fail "no Stop of officea"
	atf_check_equal Local "$(value "$(record Stop officea)" Acct-Authentic)"
	# why others end
	check_peer <<-'EOF'
		p = join("max", "secret of max")
		hubctl("kick", "user", "max")
		until(lambda: not sessions(), 10, "it is over")
	EOF
	wait_until 10 sh -c "grep -q 'Cause = Admin-Reset' one.radius/detail" ||
	    atf_fail "kicked, but not by the account"
	check_peer <<-'EOF'
		p = join("short", "secret of short")
		until(lambda: not sessions(), 15, "it is over")
	EOF
	wait_until 10 sh -c \
	    "grep -q 'Cause = Session-Timeout' one.radius/detail" ||
	    atf_fail "its time was over, but not by the account"
}
accounts_cleanup()
{
	netns_cleanup
}

# ask CODE ATTRIBUTE...: radclient's exit status, its output in ask.out
ask()
{
	_code=$1
	shift
	{
		echo "Message-Authenticator = 0x00"
		for _a in "$@"; do
			echo "$_a"
		done
	} >ask.in
	netns_exec "${RADIUS_NS:-c}" radclient -x -r "${ASK_TRIES:-10}" -t 2 \
	    -f ask.in "${ASK_TO:-10.0.0.1}:3799" "$_code" "${ASK_SECRET:-$RADIUS_SECRET}" >ask.out 2>&1
}

# nak CAUSE CODE ATTRIBUTE...: it is refused, for that reason
nak()
{
	_cause=$1
	shift
	ask "$@"
	grep -q "Error-Cause = $_cause" ask.out || {
		cat ask.out
		atf_fail "$*: not $_cause"
	}
}

atf_test_case disconnect cleanup
disconnect_head()
{
	head "Disconnect-Request ends a session, and its token with it"
}
disconnect_body()
{
	set_up
	cat >peers <<-'EOF'
		import threading
		mia = join("mia", "secret of mia",
		           extra=[("Longwire-Session", "new")])
		keep(mia)
		vera = join("vera", "secret of vera")
		own = join("officea", "secret")
		ids = {s["user"]: s["account"] for s in sessions()}
		open("ids.new", "w").write(json.dumps(ids))
		os.rename("ids.new", "ids")
		until(lambda: os.path.exists("stop"), 60, "the test")
	EOF
	{
		echo "from peer import *"
		cat peers
	} >peers.py
	netns_spawn peers c env PYTHONPATH="$LW_TOP/regress/net" \
	    PYTHONDONTWRITEBYTECODE=1 HUB_ADDR=10.0.0.1 python3 peers.py
	wait_until 20 test -e ids || atf_fail "no sessions"

	nak Session-Context-Not-Found disconnect 'User-Name = "nobody"'
	nak Missing-Attribute disconnect 'Called-Station-Id = "default"'
	nak Session-Context-Not-Found disconnect 'User-Name = "mia"' \
	    'Acct-Session-Id = "1234"'
	atf_check_equal 3 "$(hub_sessions hub)"

	ask disconnect 'User-Name = "mia"' 'Proxy-State = 0x010203' || {
		cat ask.out
		atf_fail "no ACK"
	}
	grep "Received Disconnect-ACK" ask.out || atf_fail "no ACK"
	grep "Proxy-State = 0x010203" ask.out || atf_fail "no Proxy-State"
	wait_until 10 gone mia || atf_fail "mia is there still"
	atf_check_equal 2 "$(hub_sessions hub)"
	# by its Acct-Session-Id alone
	ask disconnect "Acct-Session-Id = \"$(jq -r .vera ids)\"" ||
	    atf_fail "no ACK"
	wait_until 10 gone vera || atf_fail "vera is there still"
	# a token does not bring it back, a log-in does
	check_peer <<-'EOF'
		same(Peer().request("", "mia", "x", extra=[kept()]), 401,
		     "a token of a session that was ended")
		same(Peer().request("", "mia", "secret of mia"), 101, "a log-in")
	EOF
	touch stop
}
disconnect_cleanup()
{
	netns_cleanup
}

gone()
{
	! hubctl hub -j show sessions |
	    jq -e --arg user "$1" '.[] | select(.user == $user)'
}

atf_test_case coa cleanup
coa_head()
{
	head "CoA-Request changes a session that stays up"
}
coa_body()
{
	set_up "policy silent {
		ipv4 no
		ipv6 no
		other-protocols no
	}"
	cat >coa.py <<-'EOF'
		from peer import *
		a = join("officea", "secret")
		p = join("max", "secret of max")
		v = join("vera", "secret of vera")
		def step(name):
		    open("did." + name, "w").close()
		    until(lambda: os.path.exists("go." + name), 60, name)
		f = eth(BROADCAST, mac(5))
		v.send(f)
		same(a.frame()[12:16].hex(), "81000007", "VLAN 7")
		step("vlan")
		v.send(f)
		same(a.frame()[12:16].hex(), "81000009", "VLAN 9")
		step("policy")
		v.send(f)
		until(lambda: [s for s in sessions() if s["user"] == "vera"][0]
		      ["in-dropped"] == 1, 10, "the policy drops")
		same(len(sessions()), 3, "sessions")
		step("time")
		until(lambda: len(sessions()) == 2, 15, "its time")
		step("end")
	EOF
	netns_spawn coa c env PYTHONPATH="$LW_TOP/regress/net" \
	    PYTHONDONTWRITEBYTECODE=1 HUB_ADDR=10.0.0.1 python3 coa.py
	did()
	{
		wait_until 20 test -e "did.$1" || {
			cat coa.log
			atf_fail "$1"
		}
	}
	did vlan
	ask coa 'User-Name = "vera"' 'Tunnel-Type = VLAN' \
	    'Tunnel-Private-Group-Id = "9"' || atf_fail "no ACK"
	grep "Received CoA-ACK" ask.out || atf_fail "no ACK"
	touch go.vlan
	did policy
	ask coa 'User-Name = "vera"' 'Filter-Id = "silent"' ||
	    atf_fail "no ACK"
	touch go.policy
	did time
	nak Invalid-Request coa 'User-Name = "vera"' 'Filter-Id = "no such"'
	nak Unsupported-Attribute coa 'User-Name = "vera"'
	ask coa 'User-Name = "vera"' 'Session-Timeout = 2' || atf_fail "no ACK"
	touch go.time
	did end
	touch go.end
}
coa_cleanup()
{
	netns_cleanup
}

atf_test_case strangers cleanup
strangers_head()
{
	head "requests that prove no secret, or come from elsewhere, get nothing"
}
strangers_body()
{
	set_up
	check_peer <<-'EOF'
		import hashlib
		import hmac

		p = join("mia", "secret of mia")
		SECRET = b"testing123"

		def attr(kind, value):
		    return bytes([kind, 2 + len(value)]) + value

		def request(secret=SECRET, message=True, spoil=False, code=40,
		            attrs=attr(1, b"mia"), extra=b""):
		    attrs = (attr(80, bytes(16)) if message else b"") + attrs
		    head = struct.pack("!BBH", code, request.ident,
		                       20 + len(attrs))
		    request.ident = (request.ident + 1) % 256
		    zero = bytes(16)
		    if message:
		        mac = hmac.new(secret, head + zero + attrs, "md5").digest()
		        if spoil:
		            mac = bytes([mac[0] ^ 1]) + mac[1:]
		        attrs = attr(80, mac) + attrs[18:]
		    auth = hashlib.md5(head + zero + attrs + secret).digest()
		    return head + auth + attrs + extra
		request.ident = 1

		def answer(data, source="10.0.0.2", wait=0.3):
		    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		    s.bind((source, 0))
		    s.connect((HUB, 3799))
		    s.settimeout(wait)
		    try:
		        for d in data if isinstance(data, list) else [data]:
		            s.send(d)
		        return s.recv(4096)
		    except socket.timeout:
		        return None

		old = attr(55, struct.pack("!I", int(time.time()) - 1000))
		whole = request()
		bad = {
		    "wrong secret": request(secret=b"other"),
		    "no Message-Authenticator": request(message=False),
		    "wrong Message-Authenticator": request(spoil=True),
		    "wrong code": request(code=1),
		    "an old one": request(attrs=attr(1, b"mia") + old),
		    "nothing": b"",
		    "half of one": whole[:len(whole) // 2],
		    "an attribute without end": request(attrs=b"\x01\xff"),
		    "an attribute of length 0": request(attrs=b"\x01\x00"),
		}
		for what, data in bad.items():
		    same(answer(data), None, what)
		same(answer(request(), source="10.0.0.3"), None,
		     "another address")
		import random
		random.seed(7)
		same(answer([random.randbytes(random.randrange(0, 300))
		             for _ in range(300)], wait=1), None, "noise")
		same(len(sessions()), 1, "the session is there")
		# what is right gets one answer, however often it comes
		one = request(attrs=attr(1, b"nobody"))
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		s.bind(("10.0.0.2", 0))
		s.connect((HUB, 3799))
		s.settimeout(5)
		s.send(one)
		first = s.recv(4096)
		same(first[0], 42, "NAK")
		s.send(one)
		same(s.recv(4096), first, "the same again")
		same(answer(request(), wait=5)[0], 41, "ACK")
		until(lambda: not sessions(), 10, "it is over")
	EOF
	wait_until 10 grep "a RADIUS request from .* is ignored" hub.log ||
	    atf_fail "not said"
	# no answer is owed to whom the hub does not know
	ASK_SECRET=other ASK_TRIES=1 ask disconnect 'User-Name = "mia"' &&
	    atf_fail "an answer to a wrong secret"
	# the listener goes with its line
	sed -i '/^radius-listen/d' hub.conf
	hubctl hub reload
	ASK_TRIES=1 ask disconnect 'User-Name = "nobody"' &&
	    atf_fail "an answer without a listener"
	! grep "Error-Cause" ask.out || atf_fail "it still listens"
}
strangers_cleanup()
{
	netns_cleanup
}

atf_test_case ipv6 cleanup
ipv6_head()
{
	head "all of it over IPv6: log-ins, accounts, and a Disconnect-Request"
}
ipv6_body()
{
	need freeradius radclient
	RADIUS_NS=h
	RADIUS_CLIENT=::1
	ASK_TO="[::1]"
	need ip jq python3
	netns_add h c
	netns_ipv6 h
	netns_link h eth0 c eth0
	netns_addr h eth0 10.0.0.1/24
	netns_addr c eth0 10.0.0.2/24
	hub_conf hub <<-EOF
		radius-listen [::1]
		$(radius_block one ::1)
		$(radius_hub "accounting yes")
	EOF
	start_hubd hub h
	radius_users >users
	radius_up one ::1 <users
	check_peer <<-'EOF'
		p = Peer()
		same(p.request("", "mia", "wrong"), 401, "wrong")
		p = join("mia", "secret of mia")
		same([s["policy"] for s in sessions()], ["limited"], "Filter-Id")
	EOF
	wait_until 10 grep -q "Received Access-Request .*from \[::1\]" \
	    one.log ||
	    atf_fail "not over IPv6"
	wait_until 20 record Start mia || atf_fail "no account"
	ask disconnect 'User-Name = "nobody"' && atf_fail "who is nobody?"
	grep -q "Error-Cause = Session-Context-Not-Found" ask.out || {
		cat ask.out
		atf_fail "no answer"
	}
	cat >peers.py <<-'EOF'
		from peer import *
		mia = join("mia", "secret of mia")
		open("there", "w").close()
		check(mia.closed(60), "it goes on")
		open("over", "w").close()
	EOF
	netns_spawn peers c env PYTHONPATH="$LW_TOP/regress/net" \
	    PYTHONDONTWRITEBYTECODE=1 HUB_ADDR=10.0.0.1 python3 peers.py
	wait_until 20 test -e there || atf_fail "no session"
	ask disconnect 'User-Name = "mia"' || {
		cat ask.out
		atf_fail "no ACK"
	}
	wait_until 20 test -e over || atf_fail "it is there still"
}
ipv6_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case ipv6
	atf_add_test_case accounts
	atf_add_test_case disconnect
	atf_add_test_case coa
	atf_add_test_case strangers
}
