# SPDX-License-Identifier: ISC
# timeout: 180
# What makes a version "healthy", and what has it given up: the script that
# ships, with a bridge, a web server and services that are or are not well. The
# box is a network namespace without any way out: a missing Internet is no fault.

. "$LW_TOP/regress/netns.subr"

FOREVER=999999999

# box: a healthy one; what it is told to do goes to the file calls
box()
{
	need busybox ip python3 openssl
	netns_add box
	netns_exec box ip link set lo up
	netns_exec box ip link add br0 type bridge
	netns_exec box ip link set br0 up
	mkdir -p bin run etc
	: >etc/hubd.conf
	echo x >etc/vnicd.conf
	: >run/rc.up
	web_server
	: >run/webconfd.super
	netns_pid web >run/webconfd.pid
	real=$LW_BIN/sysupgrade
	stub sysupgrade "case \$1 in
	    frame | web) exec '$real' \"\$@\" ;;
	    status) printf 'slot b\nstate trial\nother-state good\n' ;;
	    *) echo \"\$*\" >>calls ;;
	    esac"
	for _p in hubctl vnicctl modprobe; do
		stub $_p 'exit 0'
	done
	# brctl(8) of BusyBox, which may lack it here
	stub brctl "[ \"\$1\" = addif ] && ip link set \"\$3\" master \"\$2\""
	stub reboot 'echo reboot >>calls'
	{
		cat "$LW_TOP/etc/rc.subr"
		cat <<-'END'
			PATH=$PWD/bin:$TOOLS
			rc_run=$PWD/run
			rc_say() { echo "$*" >>said; }
			rc_load() { :; }
			rc_list() { echo br0; }
			rc_failsafe() { return 1; }
		END
	} >etc/rc.subr
	sed -e 's,\([ "]\)/etc/,\1etc/,' -e 's/^period=5/period=1/' \
	    -e "s,/dev/watchdog,$PWD/nowatchdog," \
	    -e 's,^\. etc/,. ./etc/,' "$LW_TOP/etc/libexec/health" >health
}

stub()
{
	printf '#!/bin/sh\n%s\n' "$2" >"bin/$1"
	chmod 755 "bin/$1"
}

# web_server: on the box's port of the form; the process is named web
web_server()
{
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=box \
	    -keyout tls.key -out tls.crt 2>/dev/null || atf_fail "no key"
	netns_spawn web box python3 -c '
import http.server, ssl
class Form(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        self.send_response(303)
        self.end_headers()
httpd = http.server.HTTPServer(("127.0.0.1", 8443), Form)
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain("tls.crt", "tls.key")
httpd.socket = tls.wrap_socket(httpd.socket, server_side=True)
httpd.serve_forever()'
	wait_until 20 netns_exec box "$LW_BIN/sysupgrade" web 127.0.0.1:8443 ||
	    atf_fail "no web server"
}

# health SECONDS: runs it until it has decided, with that health_time
health()
{
	rm -f calls said run/healthy
	: >calls
	netns_exec box env TOOLS="$PATH" health_time="$1" busybox sh ./health \
	    >health.out 2>&1 &
	_health=$!
	wait_until 40 decided || {
		cat health.out said
		atf_fail "it does not decide"
	}
	kill $_health
	wait $_health 2>/dev/null || :
}

decided()
{
	[ -e run/healthy ] || grep -q 'NOT HEALTHY' said
}

# gives_up REASON
gives_up()
{
	health 0
	atf_check -o match:"^give-up .*$1" cat calls
	atf_check -o match:"NOT HEALTHY: .*$1; going back" cat said
	wait_until 5 grep -qx reboot calls || atf_fail "it does not restart"
	atf_check -s exit:1 grep confirm calls
}

atf_test_case healthy cleanup
healthy_head()
{
	atf_set descr "all is well, without an Internet: confirmed"
	atf_set require.user root
}
healthy_body()
{
	box
	health $FOREVER
	atf_check -o inline:'confirm\n' cat calls
	atf_check -o match:'^healthy after' cat said
}
healthy_cleanup()
{
	netns_cleanup
}

atf_test_case faults cleanup
faults_head()
{
	atf_set descr "each thing that is not well, by itself: given up"
	atf_set require.user root
}
faults_body()
{
	box
	rm run/rc.up
	gives_up 'the start does not come to its end'
	: >run/rc.up
	echo net >run/rc.failed
	gives_up 'net failed to start'
	rm run/rc.failed
	: >run/hubd.super
	gives_up 'hubd does not run'
	rm run/hubd.super

	stub vnicctl 'exit 1'
	gives_up 'vnicd does not answer'
	stub vnicctl 'exit 0'
	echo x >etc/hubd.conf
	stub hubctl 'exit 1'
	gives_up 'hubd does not answer'
	stub hubctl 'exit 0'

	netns_exec box ip link set br0 down
	gives_up 'no frame passes from health0 to br0'
	netns_exec box ip link del br0
	gives_up 'there is no bridge br0'
	netns_exec box ip link add br0 type bridge
	netns_exec box ip link set br0 up
	kill "$(netns_pid web)"
	wait_until 10 web_is_gone || atf_fail "the web server stays"
	sleep 300 &
	echo $! >run/webconfd.pid
	gives_up 'the web form does not answer'
	kill "$(cat run/webconfd.pid)"
}
web_is_gone()
{
	! netns_exec box "$LW_BIN/sysupgrade" web 127.0.0.1:8443
}
faults_cleanup()
{
	netns_cleanup
}

atf_test_case patience cleanup
patience_head()
{
	atf_set descr "health_time is waited for; no better slot: it stays"
	atf_set require.user root
}
patience_body()
{
	box
	stub vnicctl 'echo >>looks; [ -e well ]'
	netns_exec box env TOOLS="$PATH" health_time=$FOREVER busybox sh \
	    ./health >health.out 2>&1 &
	health=$!
	# it looks at it more than once, and says nothing
	wait_until 60 twice || atf_fail "it does not look again"
	atf_check test ! -e calls
	: >well
	wait_until 30 test -e run/healthy || atf_fail "it stays unhealthy"
	kill $health
	rm well

	stub sysupgrade 'case $1 in
	    give-up) echo "$*" >>calls; exit 3 ;;
	    esac'
	health 0
	atf_check -o match:'there is no better slot' cat said
	atf_check -s exit:1 grep reboot calls
}
twice()
{
	[ "$(wc -l <looks)" -ge 2 ]
}
patience_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case healthy
	atf_add_test_case faults
	atf_add_test_case patience
}
