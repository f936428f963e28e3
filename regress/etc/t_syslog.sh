# SPDX-License-Identifier: ISC
# flavours: asan amd64
# timeout: 180
# The log of a box at a real log server: by UDP and TCP; and syslogd
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
	chmod 644 rsyslog.conf ca.crt
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
		end()
		{
			kill "$(cat "$1.pid")"
			wait "$(cat "$1.pid")"
		}
		exec 7<>orders
		trap 'end sender; end syslogd; exit 0' TERM
		ring
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
		global(workDirectory="$PWD" net.enableDNS="off")
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
	# the first line sent to a dead connection may be lost: TCP says so late
	for n in 2 3 4 5 6 7 8 9; do
		grep -q "away$n" server.log || {
			cat server.log
			atf_fail "away$n is lost"
		}
	done
}
tcp_cleanup()
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
	protocol tls" "udp or tcp|udp tcp"
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
	atf_add_test_case restart
	atf_add_test_case settings
}
