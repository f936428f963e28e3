# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# A hub that is reached through an SSH server only, OpenSSH's.
# flavours: asan amd64
# timeout: 180

. "$LW_TOP/regress/transport/barrier.subr"
. "$LW_TOP/regress/transport/servers.subr"

head_of()
{
	atf_set descr "$1"
	atf_set require.user root
}

# sshd_up NAME NS ADDRESS [LINE...]: a server with host keys of three types,
# started again with the same keys; the user tunnel has the keys user-*.
sshd_up()
{
	need ssh-keygen openssl
	_name=$1
	_ns=$2
	_addr=$3
	shift 3
	[ -x /usr/sbin/sshd ] || unavailable "sshd is missing"
	if [ ! -e host-ed25519 ]; then
		for _t in ed25519 rsa ecdsa; do
			ssh-keygen -q -t $_t -N '' -f host-$_t
			ssh-keygen -q -t $_t -N '' -f user-$_t
		done
		ssh-keygen -q -t ed25519 -N 'open sesame' -f user-locked
		cat user-*.pub >keys
		system_files
	fi
	# of two lines the first counts
	cat >"$_name.sshd" <<-EOT
		$(for _s in "$@"; do echo "$_s"; done)
		ListenAddress $_addr
		Port 22
		HostKey $PWD/host-ed25519
		HostKey $PWD/host-rsa
		HostKey $PWD/host-ecdsa
		PidFile none
		UsePAM no
		StrictModes no
		AuthorizedKeysFile $PWD/keys
		LogLevel VERBOSE
	EOT
	mkdir -p /run/sshd
	netns_spawn "$_name" "$_ns" sh -c \
	    "$(mounts) exec /usr/sbin/sshd -D -e -f '$PWD/$_name.sshd'"
	wait_until 10 grep -q "Server listening" "$_name.log" ||
	    atf_fail "sshd does not start"
}

# campus_sshd [LINE...]
campus_sshd()
{
	barrier 22
	sshd_up sshd campus 10.1.0.1 "$@"
}

fingerprint()
{
	ssh-keygen -lf "host-$1.pub" | cut -d ' ' -f 2
}

# gate [SETTING...]: a proxy block for office_conf
gate()
{
	echo "proxy gate {"
	echo "	type ssh"
	echo "	server 10.1.0.1"
	echo "	user tunnel"
	for _s in "$@"; do
		echo "	$_s"
	done
	echo "}"
}

# again [SETTING...]: with these settings from now on
again()
{
	gate "$@" | office_conf "proxy gate"
	atf_check -o ignore vnicctl office reload
}

atf_test_case password cleanup
password_head()
{
	head_of "log-in by password; rekeying; the server is started again"
}
password_body()
{
	# new keys after each megabyte: in the middle of traffic
	campus_sshd "RekeyLimit 1M"
	gate 'password "let me in"' "host-key $(fingerprint ed25519)" \
	    "host-key $(fingerprint ecdsa)" "host-key $(fingerprint rsa)" |
	    office_conf "proxy gate"
	office_up
	traffic
	atf_check -o inline:"direct, proxy 10.1.0.1:22 (ssh)\n" fact way
	if grep -q 'let me in' office.log; then
		atf_fail "the password is in the log"
	fi
	wait_until 5 lasted || atf_fail "does not last"
	for _p in $(ip netns pids "$(netns_name campus)"); do
		kill -KILL "$_p"
	done
	wait_until 10 not_up || atf_fail "the loss is not seen"
	: >sshd.log
	sshd_up sshd campus 10.1.0.1
	wait_until 10 vnic_up office laptop || atf_fail "not back"
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
password_cleanup()
{
	netns_cleanup
}

atf_test_case keyboard cleanup
keyboard_head()
{
	head_of "a server that asks for the password interactively only"
}
keyboard_body()
{
	# without PAM OpenSSH has no such questions
	[ -e /etc/pam.d/sshd ] || unavailable "no PAM"
	campus_sshd "PasswordAuthentication no" "UsePAM yes" \
	    "KbdInteractiveAuthentication yes"
	gate 'password "let me in"' \
	    "host-key \"$(cut -d ' ' -f 1,2 host-ed25519.pub)\"" |
	    office_conf "proxy gate"
	office_up
	traffic
}
keyboard_cleanup()
{
	netns_cleanup
}

# by_key TYPE [SETTING...]
by_key()
{
	campus_sshd "PasswordAuthentication no"
	# the server has keys of other types too: the line decides
	_key=$(cut -d ' ' -f 1,2 "host-$1.pub")
	_file=$2
	shift 2
	gate "key-file $PWD/$_file" "host-key \"gate $_key\"" "$@" |
	    office_conf "proxy gate"
	office_up
	traffic
}

atf_test_case key_ed25519 cleanup
key_ed25519_head()
{
	head_of "log-in by an ed25519 key; host key from known_hosts"
}
key_ed25519_body()
{
	by_key ed25519 user-ed25519
}
key_ed25519_cleanup()
{
	netns_cleanup
}

atf_test_case key_rsa cleanup
key_rsa_head()
{
	head_of "log-in by an RSA key; RSA host key"
}
key_rsa_body()
{
	[ "$LW_FLAVOUR" = amd64 ] ||
	    unavailable_here "this machine's libssh2 may know RSA with SHA-1 only"
	by_key rsa user-rsa
}
# a skip with CI=true too: the other flavour runs it
unavailable_here()
{
	atf_skip "$1"
}
key_rsa_cleanup()
{
	netns_cleanup
}

atf_test_case key_locked cleanup
key_locked_head()
{
	head_of "a key with a passphrase; ECDSA host key"
}
key_locked_body()
{
	by_key ecdsa user-locked 'password "open sesame"'
}
key_locked_cleanup()
{
	netns_cleanup
}

atf_test_case refusals cleanup
refusals_head()
{
	head_of "wrong host key, password, key, forwarding: in words"
}
refusals_body()
{
	campus_sshd
	ssh-keygen -q -t ed25519 -N '' -f other
	other=$(ssh-keygen -lf other.pub | cut -d ' ' -f 2)
	p='proxy 10.1.0.1:22:'
	good="host-key \"$(cut -d ' ' -f 1,2 host-ed25519.pub)\""
	gate 'password "let me in"' "host-key $other" | office_conf "proxy gate"
	office_starts
	problem_is "$p its host key [a-z0-9-]+ SHA256:[A-Za-z0-9+/]{43} is none of the host-key lines"
	# nothing was sent to a server that is not the right one
	if grep -qi 'tunnel' sshd.log; then
		atf_fail "the user's name was sent"
	fi
	again 'password wrong' "$good"
	problem_is "$p the server refuses user \"tunnel\": wrong user or password"
	again "key-file $PWD/other" "$good"
	problem_is "$p the server refuses user \"tunnel\": wrong user or key"
	again "key-file $PWD/user-locked" 'password "no sesame"' "$good"
	problem_is "$p key-file is no private key that can be used, or password is not its passphrase"
	again "key-file $PWD/office.conf" "$good"
	problem_is "$p key-file is no private key"
	again 'password "let me in"' "$good"
	netns_stop hub
	problem_is "$p the server does not forward to 10.9.0.1 port 443: connect failed"
	netns_stop sshd
	sshd_up sshd2 campus 10.1.0.1 "AllowTcpForwarding no"
	atf_check -o ignore vnicctl office reconnect
	problem_is "$p the server does not forward to 10.9.0.1 port 443: administratively prohibited"
	netns_stop sshd2
	sshd_up sshd3 campus 10.1.0.1 "PasswordAuthentication no" \
	    "KbdInteractiveAuthentication no"
	atf_check -o ignore vnicctl office reconnect
	problem_is "$p no log-in by password: the server takes publickey"
}
refusals_cleanup()
{
	netns_cleanup
}

# The chain: SOCKS to get out of the office, from there an HTTP proxy that
# listens to its own machine only, from there SSH to the hub's machine, where
# alone the hub listens.
atf_test_case chain cleanup
chain_head()
{
	head_of "three hops: SOCKS 5, HTTP, SSH"
}
chain_body()
{
	need microsocks tinyproxy
	barrier 1080
	sshd_up sshd hub 10.9.0.1
	netns_spawn microsocks campus microsocks -p 1080
	printf '%s\n' "Port 8888" "Listen 127.0.0.1" "Timeout 600" \
	    "ConnectPort 22" >tinyproxy.conf
	netns_spawn tinyproxy campus tinyproxy -d -c tinyproxy.conf
	{
		printf 'proxy %s {\n\ttype %s\n\tserver %s\n}\n' \
		    out socks5 10.1.0.1:1080 inner http 127.0.0.1:8888
		gate 'password "let me in"' "host-key \"$(cat host-rsa.pub)\"" |
		    sed -e 's/10.1.0.1/10.9.0.1/' -e 's/ root@[^"]*//'
	} | office_conf "proxy out" "proxy inner" "proxy gate"
	sed -i 's/server 10.9.0.1:443/server 127.0.0.1:443/' office.conf
	[ "$LW_FLAVOUR" = amd64 ] || sed -i \
	    "s|host-key .*|host-key \"$(cut -d ' ' -f 1,2 host-ed25519.pub)\"|" \
	    office.conf
	office_up
	traffic
	atf_check -o inline:"direct, proxy 10.1.0.1:1080 (socks5), \
proxy 127.0.0.1:8888 (http), proxy 10.9.0.1:22 (ssh)\n" fact way
	# each of them is needed, and named when it fails
	netns_stop sshd
	for _p in $(ip netns pids "$(netns_name hub)"); do
		case $(cat "/proc/$_p/comm") in
		sshd)	kill -KILL "$_p" ;;
		esac
	done
	problem_is "proxy 127.0.0.1:8888[: ]"
	netns_stop microsocks KILL
	problem_is "proxy 10.1.0.1:1080 cannot be reached"
	closed || atf_fail "there is another way"
}
chain_cleanup()
{
	netns_cleanup
}

# ssh -D is a SOCKS server: 4a, which resolves names.
atf_test_case socks4a cleanup
socks4a_head()
{
	head_of "SOCKS 4a by OpenSSH's dynamic forwarding; a name"
}
socks4a_body()
{
	need ssh
	barrier 1080
	sshd_up sshd campus 127.0.0.1
	netns_spawn ssh campus ssh -N -D 10.1.0.1:1080 -i user-ed25519 \
	    -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
	    -o GlobalKnownHostsFile=/dev/null -o ExitOnForwardFailure=yes \
	    -F /dev/null tunnel@127.0.0.1
	wait_until 10 netns_exec office python3 -c \
	    'import socket; socket.create_connection(("10.1.0.1", 1080), 1)' ||
	    atf_fail "ssh -D does not answer"
	printf 'proxy out {\n\ttype socks4a\n\tserver 10.1.0.1\n}\n' |
	    office_conf "proxy out"
	sed -i 's/server 10.9.0.1:443/server hub.test:443/' office.conf
	office_up
	traffic
}
socks4a_cleanup()
{
	netns_cleanup
}

atf_test_case hostile_servers cleanup
hostile_servers_head()
{
	head_of "garbage, silence, an early end, one byte a second, no end"
}
hostile_servers_body()
{
	HOSTILE_PORT=22
	barrier 22
	gate "password secret" \
	    "host-key SHA256:LcejJFwmoqVFaa8sQeZo3hC3EEzzwfxU0jLxj6Y/Zz8" |
	    office_conf "proxy gate" "retry-max 1s"
	office_starts
	p='proxy 10.1.0.1:22:'
	hello='c.send(b"SSH-2.0-Test\r\n")'
	hostile garbage 'c.send(b"HTTP/1.0 400 Bad\r\n\r\n"); c.close()' \
	    "$p no SSH server"
	hostile silence 'pass' "$p the key exchange took longer than"
	hostile gone 'c.close()' "$p no SSH server"
	hostile half "$hello; c.send(b'\\0\\0\\4\\0'); c.close()" \
	    "$p no SSH server"
	hostile slow '[(c.send(bytes([b])), time.sleep(1)) for b in b"SSH-2.0-" + b"a" * 99]' \
	    "$p the key exchange took longer than"
	hostile endless 'while True: c.send(b"welcome\r\n" * 1000)' \
	    "$p (sends without end at the key exchange|no SSH server)"
	hostile bytes 'while True: c.send(b"a" * 1000)' \
	    "$p (sends without end at the key exchange|no SSH server)"
	hostile ignore "$hello; b = ignored(100); [c.send(b) for i in range(10**9)]" \
	    "$p (sends without end at the key exchange|no SSH server)"
	netns_alive office || atf_fail "vnicd has ended"
	if grep -q 'died' office.log; then
		atf_fail "the session process has died"
	fi
}
hostile_servers_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case password
	atf_add_test_case keyboard
	atf_add_test_case key_ed25519
	atf_add_test_case key_rsa
	atf_add_test_case key_locked
	atf_add_test_case refusals
	atf_add_test_case chain
	atf_add_test_case socks4a
	atf_add_test_case hostile_servers
}
