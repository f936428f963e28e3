# SPDX-License-Identifier: ISC
# flavours: asan amd64
# timeout: 180
# The log of a box at a real log server: by UDP, TCP and TLS; and syslogd
# started again under daemons that cannot look for it.
#
#	box:eth0 10.0.0.1 ---- srv:eth0 10.0.0.2
#	hubd, syslogd,         rsyslogd
#	rsyslogd

. "$LW_TOP/regress/netns.subr"
. "$LW_TOP/regress/longwire.subr"

rc_get()
{
	lw cfgctl -d "$PWD/cfg" get "$@" 2>/dev/null || :
}

# box_conf [LINE...]: the block syslog, as rc.d/syslogd takes it
box_conf()
{
	{
		echo "syslog {"
		for _l; do
			echo "	$_l"
		done
		echo "}"
	} >box.txt
	mkdir -p cfg
	lw cfgctl -d "$PWD/cfg" import "$PWD/box.txt" >import.out 2>&1 || {
		cat import.out
		atf_fail "cfgctl import"
	}
	. "$LW_TOP/etc/libexec/syslog.subr"
	syslog_user=nobody
	syslog_group=nogroup
	syslog_work=$PWD
	syslog_conf >rsyslog.conf
	syslog_tls >logtls.options
	chmod 644 rsyslog.conf
	[ -s rsyslog.conf ] || atf_fail "no rsyslog.conf"
	atf_check -o ignore -e ignore rsyslogd -N 1 -f rsyslog.conf
}

# A box: its own /dev with syslogd's socket; commands come by the fifo "orders".
box_start()
{
	mkfifo orders
	cat >box.sh <<-'EOF'
		mount -t tmpfs -o mode=755 none /dev
		mknod -m 666 /dev/null c 1 3
		mknod -m 666 /dev/urandom c 1 9
		ring()
		{
			busybox syslogd -n -O ring -L -R 127.0.0.1:5140 &
			echo $! >syslogd.pid
		}
		sender()
		{
			rsyslogd -n -i NONE -f "$PWD/rsyslog.conf" >sender.out 2>&1 &
			echo $! >sender.pid
		}
		# as rc.d/syslogd does
		secure()
		{
			set --
			while read -r word; do
				set -- "$@" "$word"
			done <logtls.options
			sh "$LW_TOP/regress/lw.sh" logtls -d "$@" >>logtls.out 2>&1 &
			echo $! >secure.pid
		}
		end()
		{
			kill "$(cat "$1.pid")"
			wait "$(cat "$1.pid")"
		}
		exec 7<>orders
		trap 'end secure; end sender; end syslogd; exit 0' TERM
		ring
		[ ! -s logtls.options ] || secure
		sender
		while :; do
			if read -r cmd <&7; then
				eval "$cmd"
			fi
		done
	EOF
	netns_spawn box box unshare -m sh "$PWD/box.sh"
	wait_until 20 grep -q 'syslogd started' ring || atf_fail "no syslogd"
}

# box COMMAND...: done by the box
box()
{
	echo "$*" >orders
}

# A server: SRV.log has what it took apart, a field a column.
server_start()
{
	rm -f server.log
	netns_spawn server srv rsyslogd -n -i NONE -f "$PWD/server.conf"
}

server_conf()
{
	cat >server.conf <<-EOF
		global(workDirectory="$PWD" net.enableDNS="off"
		    defaultNetstreamDriverCAFile="$PWD/srv.crt"
		    defaultNetstreamDriverCertFile="$PWD/srv.crt"
		    defaultNetstreamDriverKeyFile="$PWD/srv.key")
		template(name="f" type="string" string="%pri-text%|%hostname%|%app-name%|%procid%|%msgid%|%structured-data%|%msg%|%timestamp:::date-rfc3339%\n")
		$1
		action(type="omfile" file="$PWD/server.log" template="f"
		    fileCreateMode="0644")
	EOF
	server_start
}

topology()
{
	need ip rsyslogd busybox
	chmod 755 .
	netns_add box srv
	netns_link box eth0 srv eth0
	netns_addr box eth0 10.0.0.1/24
	netns_addr srv eth0 10.0.0.2/24
}

# said WORD: the box logs WORD and the server gets it, tried anew
said()
{
	wait_until "${2:-30}" _said "$1" && return
	cat sender.out server.log ring 2>/dev/null | tail -n 50
	atf_fail "$1 does not arrive"
}
_said()
{
	box "busybox logger -t test $1"
	grep -q "|test|.*$1" server.log 2>/dev/null
}

# check_away: what was said without a server has come after all; the first line
# sent to a dead connection may be lost: TCP says so late
check_away()
{
	for n in 2 3 4 5 6 7 8 9; do
		wait_until 10 grep -q "away$n" server.log || {
			cat server.log
			atf_fail "away$n is lost"
		}
	done
}

# lines from ours, of every form, taken apart by the server as they should be
check_lines()
{
	cat >line <<-'EOF'
		data: security: login-refused [security@32473 hub="main" reason="a \"quoted\" \] word"] hub main: refused
	EOF
	box 'busybox logger -p authpriv.warning -t "hubd[77]" "$(cat line)"'
	box "busybox logger -p daemon.info -t 'hubd[77]' \
	    'data: no security: at all [x y]'"
	box "busybox logger -p local0.info -t 'hubd[77]' \
	    'data: packet: arp [packet@32473 hub=\"main\" op=\"1\"] '"
	wait_until 20 grep -q 'op="1"' server.log || {
		cat server.log
		atf_fail "lines are missing"
	}
	host=$(hostname)
	cat >want <<-EOF
		authpriv.warning|$host|hubd|77|login-refused|[security@32473 hub="main" reason="a \"quoted\" \] word"]|hub main: refused|
	EOF
	grep -qF -f want server.log || {
		cat want server.log
		atf_fail "not as it was said"
	}
	atf_check -o match:"^daemon.info\|$host\|hubd\|77\|-\|-\| ?data: no security: at all \[x y\]\|" cat server.log
	atf_check -o match:"^local0.info\|$host\|hubd\|77\|arp\|\[packet@32473 hub=\"main\" op=\"1\"\]\|" cat server.log
	grep -q 'login-refused' ring || atf_fail "the ring lacks it"
}

atf_test_case udp cleanup
udp_head()
{
	atf_set descr "RFC 5424 over UDP (RFC 5426)"
	atf_set require.user root
}
udp_body()
{
	topology
	box_conf "server 10.0.0.2" "protocol udp"
	server_conf 'module(load="imudp") input(type="imudp" port="514")'
	box_start
	said first
	check_lines
}
udp_cleanup()
{
	netns_cleanup
}

atf_test_case tcp cleanup
tcp_head()
{
	atf_set descr "over TCP, octets counted (RFC 6587); a server that is away"
	atf_set require.user root
}
tcp_body()
{
	topology
	box_conf "server 10.0.0.2:6601" "protocol tcp"
	server_conf 'module(load="imtcp") input(type="imtcp" port="6601")'
	box_start
	said first
	check_lines
	# away: the box goes on, the lines wait and arrive in order
	netns_stop server
	box 'for n in 1 2 3 4 5 6 7 8 9; do busybox logger -t test away$n; done'
	wait_until 10 grep -q away9 ring || atf_fail "the box stopped logging"
	server_start
	said back 60
	check_away
}
tcp_cleanup()
{
	netns_cleanup
}

# A CA, and a certificate for log.example
certificates()
{
	(
		set -e
		openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca \
		    -keyout ca.key -out ca.crt
		openssl req -newkey rsa:2048 -nodes -subj /CN=log.example \
		    -keyout srv.key -out srv.csr
		printf 'subjectAltName=DNS:log.example\n' >ext
		openssl x509 -req -days 2 -in srv.csr -CA ca.crt -CAkey ca.key \
		    -CAcreateserial -extfile ext -out srv.crt
		openssl req -x509 -newkey rsa:2048 -nodes -days 2 \
		    -subj /CN=log.example -keyout other.key -out other.crt
	) 2>openssl.err || {
		cat openssl.err
		atf_fail openssl
	}
	chmod 644 srv.key
}

# tls_server: with srv.crt, on port 6514, and behind a line on 6515 that takes
# half a second for each piece of the handshake
tls_server()
{
	server_conf 'module(load="imtcp" StreamDriver.Name="ossl"
	    StreamDriver.Mode="1" StreamDriver.AuthMode="anon")
	    input(type="imtcp" port="6514")'
	cat >slow.py <<-'EOF'
		import select, socket, time
		s = socket.socket()
		s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		s.bind(("10.0.0.2", 6515))
		s.listen(9)
		while True:
		    a = s.accept()[0]
		    try:
		        b = socket.create_connection(("10.0.0.2", 6514))
		        begun = time.monotonic()
		        while True:
		            for r in select.select([a, b], [], [])[0]:
		                data = r.recv(300)
		                if time.monotonic() - begun < 3:
		                    time.sleep(0.5)
		                (b if r is a else a).sendall(data)
		                if not data:
		                    raise OSError
		    except OSError:
		        pass
		    a.close()
		    b.close()
	EOF
	netns_spawn slow srv python3 slow.py
}

# tls_box LINE...: the box with these settings of a server that TLS shall
# verify, from now on
tls_box()
{
	box_conf "$@"
	if [ -e orders ]; then
		box "end secure; : >logtls.out; secure"
	else
		box_start
	fi
}

# refused TEXT SETTING...: the box sees that it is another server, and sends
# nothing of what it logs meanwhile
refused()
{
	_why=$1
	shift
	tls_box "$@"
	wait_until 60 _refused || {
		cat logtls.out
		atf_fail "$*: no \"$_why\""
	}
	if grep -q 'secret' server.log 2>/dev/null; then
		atf_fail "$*: it was sent"
	fi
}
_refused()
{
	box "busybox logger -t test secret"
	grep -q "tls: .*$_why" logtls.out
}

atf_test_case tls cleanup
tls_head()
{
	atf_set descr "over TLS (RFC 5425), by pin or CA and name; another server gets nothing"
	atf_set require.user root
}
tls_body()
{
	topology
	need openssl python3
	certificates
	tls_server
	other=$(lw hubctl pin other.crt)
	for _at in 6514 6515; do
		refused "not the pinned one" "server 10.0.0.2:$_at" \
		    "pin $other"
		refused "certificate refused" "server 10.0.0.2:$_at" "ca $PWD/ca.crt" \
		    "server-name other.example"
		refused "certificate refused" "server 10.0.0.2:$_at" "ca $PWD/ca.crt"
		refused "certificate refused" "server 10.0.0.2:$_at" \
		    "ca $PWD/other.crt" "server-name log.example"
	done
	# what was logged meanwhile has waited
	tls_box "server 10.0.0.2:6515" "pin $other" \
	    "pin $(lw hubctl pin srv.crt)"
	wait_until 60 grep -q secret server.log || {
		cat logtls.out sender.out
		atf_fail "what waited does not arrive"
	}
	said pinned
	check_lines
	tls_box "server 10.0.0.2" "ca $PWD/ca.crt" "server-name log.example"
	said named 60
}
tls_cleanup()
{
	netns_cleanup
}

atf_test_case tls_away cleanup
tls_away_head()
{
	atf_set descr "TLS: lines wait for a server that is away; one that speaks no TLS gets none"
	atf_set require.user root
}
tls_away_body()
{
	topology
	need openssl python3
	certificates
	tls_server
	tls_box "server 10.0.0.2" "pin $(lw hubctl pin srv.crt)"
	said first 60
	netns_stop server
	box 'for n in 1 2 3 4 5 6 7 8 9; do busybox logger -t test away$n; done'
	wait_until 10 grep -q away9 ring || atf_fail "the box stopped logging"
	# somebody else in its place, who takes what comes
	cat >deaf.py <<-'EOF'
		import socket
		s = socket.socket()
		s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		s.bind(("10.0.0.2", 6514))
		s.listen(9)
		with open("heard", "ab", 0) as f:
		    c = s.accept()[0]
		    f.write(c.recv(65536))
		    c.sendall(b"220 what do you want?\r\n")
		    while True:
		        data = c.recv(65536)
		        if not data:
		            break
		        f.write(data)
		    f.write(b"END")
	EOF
	netns_spawn deaf srv python3 deaf.py
	wait_until 60 grep -q 'END$' heard || {
		cat logtls.out
		atf_fail "it does not try"
	}
	if grep -aq away heard; then
		atf_fail "lines went out"
	fi
	server_start
	said back 60
	check_away
}
tls_away_cleanup()
{
	netns_cleanup
}

atf_test_case restart cleanup
restart_head()
{
	atf_set descr "daemons' lines, confined processes' too, after a restart of syslogd"
	atf_set require.user root
}
restart_body()
{
	need ip busybox jq
	topology
	box_conf "server 10.0.0.2" "protocol udp"
	server_conf 'module(load="imudp") input(type="imudp" port="514")'
	hub_conf hub <<-EOF
		guess-delay 1
		hub default {
			$(hub_user officea secret)
		}
	EOF
	box_start
	said first
	box "sh '$LW_TOP/regress/lw.sh' hubd -d -l -f '$PWD/hub.conf' 2>hub.err & echo \$! >hubd.pid"
	wait_until 20 hubctl hub show hubs || {
		cat ring hub.err
		atf_fail "no hubd"
	}
	HUB_SOCKET=$PWD/hub.sock
	export HUB_SOCKET
	refused_login
	wait_until 10 grep -q 'authpriv.warn hubd\[[0-9]*\]: data: security: login-refused' ring || {
		cat ring hub.err
		atf_fail "no line"
	}
	wait_until 10 grep -q '^authpriv.warning|.*|hubd|[0-9]*|login-refused|\[security' \
	    server.log || {
		cat server.log
		atf_fail "not at the server"
	}
	box "end syslogd; rm ring; ring"
	wait_until 10 grep -q 'syslogd started' ring || atf_fail "no restart"
	wait_until 20 again || {
		cat ring
		atf_fail "the data process logs no more"
	}
	box "end hubd"
	wait_until 20 grep -q 'hubd\[[0-9]*\]: parent: stopping' ring ||
	    atf_fail "no end of hubd"
}
refused_login()
{
	HUB_ADDR=10.0.0.1 peer srv <<-'EOF'
		p = Peer()
		same(p.request("", "officea", "wrong"), 401, "status")
	EOF
}
again()
{
	refused_login >/dev/null 2>&1
	grep -q 'data: security: login-refused' ring
}
restart_cleanup()
{
	netns_cleanup
}

atf_test_case settings
settings_head()
{
	atf_set descr "what the block syslog takes, and what becomes of it"
}
settings_body()
{
	need busybox
	cat >try.sh <<-'EOF'
		. "$1"
		syslog_host "$2"
		syslog_port_of "$2" 514
	EOF
	for s in "log.example:log.example:514" "log.example:99:log.example:99" \
	    "192.0.2.1:192.0.2.1:514" "192.0.2.1:7:192.0.2.1:7"; do
		port=${s##*:}
		rest=${s%:*}
		host=${rest##*:}
		atf_check -o inline:"$host\n$port\n" busybox sh try.sh \
		    "$LW_TOP/etc/libexec/syslog.subr" "${rest%:*}"
	done
	atf_check -o inline:"2001:db8::1\n99\n" busybox sh try.sh \
	    "$LW_TOP/etc/libexec/syslog.subr" "[2001:db8::1]:99"
	atf_check -o inline:"2001:db8::1\n514\n" busybox sh try.sh \
	    "$LW_TOP/etc/libexec/syslog.subr" "[2001:db8::1]"
	bad "protocol udp" "server"
	bad "server a b" "server"
	bad "server a
	protocol ftp" "udp, tcp or tls|udp tcp tls"
	pin=sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
	bad "server a
	protocol udp
	ca /ca.crt" "ca: has no use without protocol tls"
	bad "server a
	protocol tcp
	pin $pin" "pin: has no use without protocol tls"
	bad "server a
	pin sha256/1234" "pin:"
	bad "server a
	pin $pin
	server-name b" "server-name: has no use beside pin"
	bad "server a
	pin $pin
	pin $pin
	pin $pin
	pin $pin
	pin $pin" "pin: more than 4"
	atf_check -s exit:1 -e match:"no pin" lw logtls -p abc 1 a
	atf_check -s exit:1 -e match:"port is" lw logtls -p "$pin" 0 a
	atf_check -s exit:1 -e match:usage lw logtls -p "$pin" 1
	atf_check -s exit:1 -e match:"/nothing" lw logtls -c /nothing 1 a
}
bad()
{
	printf 'syslog {\n\t%s\n}\n' "$1" >bad.txt
	atf_check -s not-exit:0 -o ignore -e match:"bad.txt:.*($2)" \
	    lw cfgctl -d "$PWD/cfg" import "$PWD/bad.txt"
}

atf_init_test_cases()
{
	atf_add_test_case udp
	atf_add_test_case tcp
	atf_add_test_case tls
	atf_add_test_case tls_away
	atf_add_test_case restart
	atf_add_test_case settings
}
