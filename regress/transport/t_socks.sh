# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# A hub that is reached through a SOCKS proxy only.
# flavours: asan
# timeout: 180

. "$LW_TOP/regress/transport/barrier.subr"
. "$LW_TOP/regress/transport/servers.subr"

head_of()
{
	atf_set descr "$1"
	atf_set require.user root
}

# microsocks_up [OPTION...]
microsocks_up()
{
	need microsocks
	barrier 1080
	netns_spawn microsocks campus microsocks -p 1080 "$@"
	wait_until 10 netns_exec office \
	    python3 -c 'import socket; socket.create_connection(("10.1.0.1", 1080), 1)' ||
	    atf_fail "microsocks does not start"
}

# dante_up [LINE...]: what it lets through, at the end of its settings. It
# knows the user tunnel, password "let me in", and the host hub.test.
dante_up()
{
	need danted openssl
	barrier 1080
	cat >danted.conf <<-EOT
		logoutput: stderr
		internal: 10.1.0.1 port = 1080
		external: wan
		clientmethod: none
		socksmethod: ${DANTE_METHOD:-none}
		user.privileged: root
		user.unprivileged: nobody
		client pass { from: 10.1.0.0/24 to: 0.0.0.0/0 }
		$(for _s in "$@"; do echo "$_s"; done)
	EOT
	system_files
	netns_spawn dante campus sh -c "$(mounts) exec danted -f danted.conf"
	wait_until 10 grep -q "running" dante.log ||
	    atf_fail "danted does not start"
}

ALL='socks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 log: connect error }'

# The server by a name that only the proxy can resolve.
by_name()
{
	sed -i 's/server 10.9.0.1:443/server hub.test:443/' office.conf
}

# proxy TYPE [SETTING...]: a block for office_conf
proxy()
{
	_type=$1
	shift
	echo "proxy campus {"
	echo "	type $_type"
	echo "	server 10.1.0.1:1080"
	for _s in "$@"; do
		echo "	$_s"
	done
	echo "}"
}

atf_test_case microsocks cleanup
microsocks_head()
{
	head_of "microsocks: SOCKS 5 without a log-in; it is started again"
}
microsocks_body()
{
	microsocks_up
	proxy socks5 | office_conf "proxy campus"
	office_up
	traffic
	atf_check -o inline:"direct, proxy 10.1.0.1:1080 (socks5)\n" fact way
	wait_until 5 lasted || atf_fail "does not last"
	netns_stop microsocks KILL
	wait_until 10 not_up || atf_fail "the loss is not seen"
	sleep 3
	netns_spawn microsocks campus microsocks -p 1080
	wait_until 6 vnic_up office laptop || atf_fail "not back"
	atf_check -o inline:"1\n" fact resumed
	closed || atf_fail "there is another way"
}
lasted()
{
	[ "$(fact since)" -ge 2 ]
}
not_up()
{
	! vnic_up office laptop
}
microsocks_cleanup()
{
	netns_cleanup
}

atf_test_case password cleanup
password_head()
{
	head_of "microsocks: user and password, right and wrong"
}
password_body()
{
	microsocks_up -u me -P 'se cret'
	proxy socks5 "user me" "password wrong" | office_conf "proxy campus"
	office_starts
	problem_is \
	    'proxy 10.1.0.1:1080: refuses user "me": wrong user or password'
	proxy socks5 "user me" 'password "se cret"' | office_conf "proxy campus"
	atf_check -o ignore vnicctl office reload
	wait_until 20 vnic_up office laptop ||
	    atf_fail "not connected: $(fact problem)"
	netns_addr office lw0 192.168.77.2/24
	traffic
	if grep -q 'se cret' office.log; then
		atf_fail "the password is in the log"
	fi
	# neither in the arguments of a process
	for p in $(ip netns pids "$(netns_name office)"); do
		if tr '\0' ' ' <"/proc/$p/cmdline" | grep -q 'se cret'; then
			atf_fail "the password is in process arguments"
		fi
	done
	proxy socks5 | office_conf "proxy campus"
	atf_check -o ignore vnicctl office reload
	problem_is 'proxy 10.1.0.1:1080: wants a user and a password'
}
password_cleanup()
{
	netns_cleanup
}

# dante TYPE [SETTING...]: traffic through it.  It knows no SOCKS 4a, but an
# address is asked for alike there; for names see t_ssh.sh.
dante()
{
	dante_up "$ALL"
	proxy "$@" | office_conf "proxy campus"
	case $1 in
	socks5)
		by_name
		;;
	esac
	office_up
	traffic
}

for _t in socks4 socks4a socks5; do
	eval "
	atf_test_case dante_$_t cleanup
	dante_${_t}_head()
	{
		head_of 'dante: $_t'
	}
	dante_${_t}_body()
	{
		dante $_t
	}
	dante_${_t}_cleanup()
	{
		netns_cleanup
	}"
done

atf_test_case dante_password cleanup
dante_password_head()
{
	head_of "dante: user and password"
}
dante_password_body()
{
	DANTE_METHOD=username dante socks5 "user tunnel" \
	    'password "let me in"'
}
dante_password_cleanup()
{
	netns_cleanup
}

atf_test_case refusals cleanup
refusals_head()
{
	head_of "what dante refuses, and why, in words"
}
refusals_body()
{
	dante_up 'socks block { from: 0.0.0.0/0 to: 10.9.0.1/32 port = 443 }' \
	    "$ALL"
	proxy socks5 | office_conf "proxy campus"
	office_starts
	problem_is 'proxy 10.1.0.1:1080: connection not allowed by ruleset'
	proxy socks4 | office_conf "proxy campus"
	by_name
	atf_check -o ignore vnicctl office reload
	problem_is 'proxy 10.1.0.1:1080: SOCKS 4 takes addresses only, not the name "hub.test"'
	proxy socks5 | office_conf "proxy campus"
	sed -i 's/server 10.9.0.1:443/server 10.9.0.1:444/' office.conf
	atf_check -o ignore vnicctl office reload
	problem_is 'proxy 10.1.0.1:1080: connection refused'
	proxy socks4 | office_conf "proxy campus"
	sed -i 's/server 10.9.0.1:443/server 10.9.0.1:444/' office.conf
	atf_check -o ignore vnicctl office reload
	problem_is 'proxy 10.1.0.1:1080: connection refused or failed'
	netns_stop dante
	atf_check -o ignore vnicctl office reconnect
	problem_is 'proxy 10.1.0.1:1080 cannot be reached: .*Connection refused'
}
refusals_cleanup()
{
	netns_cleanup
}

atf_test_case hostile_proxies cleanup
hostile_proxies_head()
{
	head_of "garbage, silence, an early end, one byte a second"
}
hostile_proxies_body()
{
	HOSTILE_PORT=1080
	barrier 1080
	proxy socks5 "user me" "password secret" | office_conf "proxy campus" \
	    "retry-max 1s"
	office_starts
	p='proxy 10.1.0.1:1080:'
	hostile garbage 'c.send(b"HTTP/1.0 400 Bad\r\n\r\n")' \
	    "$p what answers is not SOCKS 5"
	hostile silence 'pass' \
	    "$p silent for [0-9]+ ms instead of a greeting"
	hostile close 'c.send(b"\5"); c.close()' \
	    "$p (closed the connection|Connection reset by peer) in the middle of its answer"
	hostile gone 'c.close()' \
	    "$p (closed the connection|Connection reset by peer) instead of a greeting"
	hostile method 'c.send(b"\5\1")' \
	    "$p chose log-in method 1, which was not offered"
	hostile slow '[(c.send(b), time.sleep(1)) for b in (b"\5", b"\2", b"\1", b"\0", b"\5", b"\2")]' \
	    "$p connection not allowed by ruleset"
	hostile drip '[(c.send(b), time.sleep(1)) for b in (b"\5", b"\0", b"\5", b"\0", b"\0", b"\3", b"\377") + (b"a",) * 300]' \
	    "$p silent for [0-9]+ ms in the middle of its answer"
	# a reply and much more: what follows is TLS that makes no sense
	hostile flood 'c.recv(99); c.send(b"\5\0"); c.recv(99); c.send(b"\5\0\0\1AAAAPP" + b"x" * 100000)' \
	    "TLS|handshake|closed"
	netns_alive office || atf_fail "vnicd has ended"
	if grep -q 'died' office.log; then
		atf_fail "the session process has died"
	fi
}
hostile_proxies_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case microsocks
	atf_add_test_case password
	atf_add_test_case dante_socks4
	atf_add_test_case dante_socks4a
	atf_add_test_case dante_socks5
	atf_add_test_case dante_password
	atf_add_test_case refusals
	atf_add_test_case hostile_proxies
}
