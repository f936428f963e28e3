# SPDX-License-Identifier: ISC
# webconfd(8): the status with its plots and services, "why is it slow", tools
# and metrics.
# flavours: asan
# timeout: 180

. "$LW_TOP/regress/netns.subr"
. "$LW_TOP/regress/longwire.subr"
. "$LW_TOP/regress/web/web.subr"
. "$LW_TOP/regress/web/fake.subr"

TOKEN=0123456789abcdefghijABCDEFGHIJ

# An office and a hub, both with trouble and markup
answers()
{
	cat >office.py <<-EOF
		{ "dump": [{ "name": "office", "state": "open", "since": 100,
		    "server": "hub.example.com", "user": '$MARKUP',
		    "way": '$MARKUP', "dns-us": 3000, "connect-us": 12000,
		    "login-us": 45600, "rtt-us": 250000, "tcp-rtt-us": 200500,
		    "retransmits": 5000, "congestion": "bbr", "rx-bytes": 10,
		    "tx-bytes": 20, "tx-frames": 1000, "queue-bytes": 7000,
		    "queue-age-us": 150000, "drop-delay": 12, "tx-marked": 34,
		    "tx-tcp-suppressed": 56, "attempts": 3,
		    "last-error": '$MARKUP' }],
		  "reconnect": "ok\n" }
	EOF
	cat >hub.py <<-EOF
		{ "show pin": [{ "pin": "x" }],
		  "show sessions": [{ "session": n, "hub": "main", "user":
		    'u\\\\"\n' + '$MARKUP', "state": "up", "from": "192.0.2.1",
		    "seconds": 5, "rtt-us": 1500, "in-bytes": n, "out-bytes": 7,
		    "out-marked": 1, "out-dropped": 2, "retransmits": 3,
		    "in-dropped": 4 } for n in range(1, 301)],
		  "show policy": [{ "user": "osaka", "hub": "main", "direction":
		    "in", "rule": "dhcp-server", "frames": 77, "session": 1 }],
		  "show stats": [{ "counter": "in-bytes", "value": 1000 },
		    { "counter": "out-bytes", "value": 2000 },
		    { "counter": "threads", "value": 2 },
		    { "counter": 'x"} 1\nlongwire_evil', "value": 1 },
		    { "counter": "in-bytes" + "x" * 100, "value": 1 }] }
	EOF
}

atf_test_case status cleanup
status_head()
{
	atf_set descr "plots, counters in words, services"
	atf_set require.user root
}
# plots N: the status page has so many
plots()
{
	web_get /status
	[ "$(grep -c 'class="plot" role="img"' page)" -eq "$1" ]
}
status_body()
{
	mkdir run
	WEB_OPTIONS="-R $PWD/run"
	fake_box
	# none: no box of ours
	web_get /status
	atf_check -s exit:1 grep -F ">Services<" page
	answers
	fake_daemon hub
	fake_daemon office
	sleep 30 &
	echo $! >run/hubd.super
	echo $! >run/hubd.pid
	echo "$(($(date +%s) - 3600)) 2" >run/hubd.since
	echo 999999999 >run/ntpd.super
	echo x >run/klogd.super
	: >"run/<b>.super"
	web_get /status
	atf_check -o match:"hubd</dt><dd><span class=\"badge good\">running</span> 60 min, started again: 2" \
	    tr '\n' ' ' <page
	atf_check -o match:"ntpd</dt><dd><span class=\"badge bad\">not running" \
	    cat page
	atf_check -o match:"klogd</dt><dd><span class=\"badge bad\">not running" \
	    cat page
	atf_check -s exit:1 grep -F "<b>" page
	for text in "Sent again by TCP" "Asked to slow down</dt><dd>34<" \
	    "Dropped for a short queue</dt><dd>12<" \
	    "Needless repeats held back</dt><dd>56<" "7.0 kB, 150.0 ms" \
	    "Asked to slow down</dt><dd>300<"; do
		atf_check -o not-empty grep -F -- "$text" page
	done
	# after two looks: rates, plots of both, the same in numbers
	wait_until 60 web_status_shows "Received now: " || atf_fail "no rate"
	wait_until 60 plots 3 || atf_fail "not 3 plots: $(grep -c plot page)"
	atf_check -o match:'aria-label="Throughput of the last 24 hours"' \
	    cat page
	atf_check -o match:"250.0 ms" cat page
	atf_check -o match:">0-1<" cat page
	atf_check -s exit:1 grep -F "<script" page
	# the first 50 of 300 sessions, and where the others are
	atf_check_equal 50 "$(grep -c "192\.0\.2\.1" page)"
	atf_check -o not-empty grep -F "The first 50 of 300" page
	atf_check -o match:'<a href="/hub">All sessions' cat page
	page_is_small
	python3 - <<-'XML' || atf_fail "a plot is no XML"
		import re
		import xml.dom.minidom as dom
		for svg in re.findall(r"<svg class=.*?</svg>",
		    open("page").read(), re.S):
		    dom.parseString(svg)
	XML
}
status_cleanup()
{
	netns_cleanup
}

atf_test_case why cleanup
why_head()
{
	atf_set descr "why is it slow or blocked, as text"
	atf_set require.user root
}
why_body()
{
	fake_box
	web_get /why
	atf_check -o not-empty grep -F "vnicd does not answer" page
	atf_check -o not-empty grep -F "hubd does not answer" page
	answers
	fake_daemon hub
	fake_daemon office
	web_get /why
	atf_check web_is 200
	for text in "Longwire tokyo, 2" "Connection office: open for 100 s" \
	    "name 3.0 ms, TCP and proxies 12.0 ms, TLS and log-in 45.6 ms" \
	    "round trip: TCP 200.5 ms, tunnel 250.0 ms" \
	    "segments sent again: 5000, by bbr" \
	    "waiting 7000 bytes, the oldest for 150.0 ms" \
	    "too late 12" "the line is full" "the way is long" \
	    "the line loses much" "... and 260 more" \
	    "of what osaka sent, rule dhcp-server dropped 77 frames"; do
		atf_check -o not-empty grep -F -- "$text" page
	done
	atf_check -s exit:1 grep -F "<script" page
	page_is_small
	web_curl -o page -H "Accept-Language: ja" "$WEB_URL/why"
	atf_check -o not-empty grep -F "回線が混み合い" page
	rm -f jar
	web_get /why
	atf_check web_goes /login
}
why_cleanup()
{
	netns_cleanup
}

atf_test_case tools cleanup
tools_head()
{
	atf_set descr "ping, traceroute, capture; what is typed is no option"
	atf_set require.user root
}
tools_body()
{
	need jq tcpdump
	mkdir bin
	WEB_OPTIONS="-P $PWD/bin:/usr/bin:/bin"
	# what it is called with, a word a line
	printf '#!/bin/sh\nprintf "[%%s]\\n" "$0" "$@"\n' >bin/traceroute
	printf '#!/bin/sh\nexport LW_TOP=%s LW_FLAVOUR=%s LW_BIN=%s\nexec sh "$LW_TOP/regress/lw.sh" hubctl "$@"\n' \
	    "$LW_TOP" "${LW_FLAVOUR:-asan}" "$LW_BIN" >bin/hubctl
	chmod 755 bin/*
	web_box_daemons
	web_setup
	netns_exec box ip link set br0 up
	web_save_both "pin=sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	wait_until 10 grep -q tokyo office.conf || atf_fail "not applied"
	# the port by which the hub has what is on the box's own LAN
	sed -i 's/^hub main {/&\n	local-port lan {\n		bridge br0\n	}/' hub.conf
	start_hubd hub box
	web_get /tools
	atf_check web_is 200
	atf_check web_post /tools tool=ping host=10.0.0.2
	atf_check web_is 200
	atf_check -o not-empty grep -F "4 received" page
	atf_check web_post /tools tool=traceroute host=hub.example.com
	atf_check -o not-empty grep -F "[20]" page
	atf_check -o not-empty grep -F "[hub.example.com]" page
	for bad in "" "-f" "--help" "a b" 'a;id' '$(id)' "a|b" "a/b" "<b>" \
	    "\`id\`" "$(printf '%0254d' 0)"; do
		web_post /tools tool=traceroute "host=$bad"
		atf_check web_is 200
		atf_check -s exit:1 grep -F "[20]" page
		atf_check -o match:"must be an address" web_field host
	done
	web_post /tools tool=traceroute "host=$(printf 'a\nb')"
	atf_check web_is 400
	web_get /tools
	web_post /tools tool=sh host=10.0.0.2
	atf_check web_is 404
	# a program that says hostile things, and one that takes too long
	printf '#!/bin/sh\nprintf "<script>\\033[1m\\377"; yes "<&>" | head -c 3000000\n' \
	    >bin/traceroute
	web_get /tools
	web_post /tools tool=traceroute host=x
	atf_check -s exit:1 grep -F "<script>" page
	atf_check -s exit:1 grep -P '[\x00-\x08\x0b-\x1f\x7f]' page
	page_is_small
	# a capture of an ARP question
	netns_exec box ip addr add 10.9.9.1/24 dev br0
	netns_spawn ping box ping -i 0.5 10.9.9.2
	web_get /tools
	web_post /tools tool=capture hub=main filter=arp seconds=5
	atf_check web_is 200
	atf_check -o match:"attachment; filename=\"hub.pcapng\"" cat web.head
	atf_check -e ignore -o match:"who-has 10.9.9.2" tcpdump -nr page
	web_get /tools
	web_post /tools tool=capture hub=main "filter=no such thing" seconds=5
	atf_check -o match:"text/html" cat web.head
	atf_check -o match:"hubctl: " cat page
	for bad in -w --help "-C 0"; do
		web_get /tools
		web_post /tools tool=capture hub=main "filter=$bad"
		atf_check -o match:"must be at most 200" web_field filter
	done
	web_get /tools
	web_post /tools tool=capture hub=-w filter=
	atf_check web_is 404
	# no token
	web_curl -o page -w '%{http_code}' --data "tool=ping&host=10.0.0.2" \
	    "$WEB_URL/tools" >web.code
	atf_check web_is 403
}
tools_cleanup()
{
	netns_cleanup
}

atf_test_case reconnect cleanup
reconnect_head()
{
	atf_set descr "vnicd is told to connect anew"
	atf_set require.user root
}
reconnect_body()
{
	fake_box
	web_get /tools
	web_post /tools tool=reconnect
	atf_check web_is 200
	atf_check -o match:"it does not run" cat page
	answers
	fake_daemon office
	web_get /tools
	web_post /tools tool=reconnect
	atf_check web_goes /start/test
	atf_check -o not-empty grep -x reconnect office.sock.asked
}
reconnect_cleanup()
{
	netns_cleanup
}

atf_test_case path cleanup
path_head()
{
	atf_set descr "test this path: what vnicd says of one way, whatever it is"
	atf_set require.user root
}
path_body()
{
	cat >box.txt <<-EOF
		vnicd {
			socket $PWD/office.sock
			proxy one {
				type http
				server 192.0.2.1:8080
			}
			proxy two {
				type http
				server 192.0.2.2:8080
			}
			vnic office {
				interface lw0
				server hub.example.com
				user tokyo
				password secret
				pin sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
			}
		}
	EOF
	need python3
	web_box box.txt
	web_setup
	for where in /all/vnicd/proxy:one /all/vnicd/vnic:office; do
		web_get "$where"
		atf_check -o match:'href="/tools">Test this path' cat page
	done
	web_get /tools
	atf_check -o match:'value="proxy:one"' cat page
	web_post /tools tool=test vnic=office way=
	atf_check -o match:"vnicd does not run" cat page
	cat >office.py <<-EOF
		{ "test office": [{ "way": "direct", "result": "ok",
		    "connect-us": 500000, "total-us": 812345, "rtt-us": 12300,
		    "text": "" }],
		  "test office direct": [{ "way": '$MARKUP' * 1000,
		    "result": '$MARKUP', "total-us": "x", "rtt-us": -1,
		    "text": '$MARKUP' }] * 1000,
		  "test office proxy two": [{ "way": "direct",
		    "result": "failed", "code": "no-hub", "total-us": 1,
		    "rtt-us": 0, "text": "it says " + '$MARKUP' }],
		  "test office proxy one": "error " + '$MARKUP' + "\n" }
	EOF
	fake_daemon office
	web_get /tools
	web_post /tools tool=test vnic=office way=
	atf_check web_is 200
	atf_check -o match:"Connected in 0.81 s: direct. Round trip: 12.3 ms" \
	    cat page
	for way in direct proxy:one; do
		web_get /tools
		web_post /tools tool=test vnic=office "way=$way"
		atf_check web_is 200
		atf_check -s exit:1 grep -F "<script" page
		atf_check -o not-empty grep -F "&lt;script" page
		atf_check -o match:"value=\"$way\" selected" cat page
		page_is_small
	done
	for bad in proxy:three proxy: proxy x "direct y" "proxy:one z"; do
		web_get /tools
		web_post /tools tool=test vnic=office "way=$bad"
		atf_check web_is 404
	done
	web_get /tools
	web_post /tools tool=test "vnic=office direct" way=
	atf_check web_is 404
	atf_check_equal 3 "$(grep -c "^test office" office.sock.asked)"
	# in Japanese: the reason by its code, what was said as what it is
	web_curl -o page -H "Accept-Language: ja" "$WEB_URL/tools"
	atf_check -o match:"この経路をテスト" cat page
	web_curl -o page -H "Accept-Language: ja" \
	    --data-urlencode "token=$(web_token)" -d tool=test -d vnic=office \
	    -d way=proxy:two "$WEB_URL/tools"
	atf_check -o match:"応答したのはハブではありません" cat page
	atf_check -o match:'接続に失敗しました（直接）' cat page
	atf_check -o match:'<span lang="en">it says &lt;script' cat page
	web_curl -o page -H "Accept-Language: ja" "$WEB_URL/tools"
	web_curl -o page -H "Accept-Language: ja" \
	    --data-urlencode "token=$(web_token)" -d tool=test -d vnic=office \
	    -d way=proxy:one "$WEB_URL/tools"
	atf_check -o match:'role="alert" lang="en">&lt;script' cat page
	# a sentence for each code that vnicd has
	tr ',' '\n' <"$LW_TOP/usr.sbin/vnicd/path_test.c" |
	    sed -n 's/.*CODE_[A-Z_]*\[\] = "\([^"]*\)".*/\1/p' >codes
	atf_check_equal 9 "$(wc -l <codes)"
	while read -r code; do
		atf_check -o not-empty grep -F "{ \"$code\"," \
		    "$LW_TOP/usr.sbin/webconfd/site_tools.c"
		atf_check -o not-empty grep -E "^.Cm $code( |$)" \
		    "$LW_TOP/usr.sbin/vnicctl/vnicctl.8"
	done <codes
}
path_cleanup()
{
	netns_cleanup
}

atf_test_case metrics cleanup
metrics_head()
{
	atf_set descr "Prometheus: by token only, well-formed, bounded"
	atf_set require.user root
}
# metrics ARGUMENT...: without cookies
metrics()
{
	netns_exec admin curl -sk -o page -D web.head -w '%{http_code}' "$@" \
	    "$WEB_URL/metrics" >web.code
}
series()
{
	python3 "$LW_TOP/regress/web/promcheck.py" <page
}
metrics_body()
{
	fake_box "metrics-token $TOKEN"
	for bad in "" "Bearer x" "Bearer $TOKEN" "Bearer ${TOKEN}x" \
	    "bearer${TOKEN}" "Basic $TOKEN" "Bearer"; do
		[ "$bad" != "Bearer $TOKEN" ] || continue
		metrics -H "Authorization: $bad"
		atf_check web_is 401
		atf_check -o match:"WWW-Authenticate: Bearer" cat web.head
	done
	metrics -H "Authorization: Bearer $TOKEN" \
	    -H "Authorization: Bearer $TOKEN"
	atf_check web_is 401
	# nor by log-in
	web_get /metrics
	atf_check web_is 401
	# nobody runs
	metrics -H "Authorization: Bearer $TOKEN"
	atf_check web_is 200
	atf_check -o match:"text/plain; version=0.0.4; charset=utf-8" \
	    cat web.head
	atf_check -o inline:"2\n" series
	atf_check -o match:'longwire_up\{daemon="hubd"\} 0' cat page
	answers
	fake_daemon hub
	fake_daemon office
	metrics -H "Authorization: Bearer $TOKEN"
	# 2 up, 3 of hubd, 2 + 200 * 7 of sessions, 1 + 6 of the NIC
	atf_check -o inline:"1414\n" series
	atf_check -o match:'longwire_up\{daemon="hubd"\} 1' cat page
	atf_check -o match:'^longwire_sessions 300$' cat page
	atf_check -o match:'^longwire_sessions_left_out 100$' cat page
	atf_check -o match:'session_rtt_seconds\{.*session="1"\} 0.001500$' \
	    cat page
	atf_check -o match:'vnic_open\{vnic="office"\} 1$' cat page
	atf_check -o match:'hubd_total\{counter="in-bytes"\} 1000$' cat page
	atf_check -s exit:1 grep "^longwire_evil" page
	# the token is shown nowhere; one too short is none
	web_get /all/system
	atf_check -s exit:1 grep -F "$TOKEN" page
	sed "s/metrics-token .*/metrics-token short/" box.txt >short.txt
	atf_check -s exit:1 -e match:"metrics-token" \
	    sh "$LW_TOP/regress/lw.sh" cfgctl -d "$PWD/cfg" import short.txt
	# and without one there are none
	grep -v metrics-token box.txt >none.txt
	web_import none.txt
	metrics -H "Authorization: Bearer $TOKEN"
	atf_check web_is 404
	metrics -H "Authorization: Bearer "
	atf_check web_is 404
}
metrics_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case status
	atf_add_test_case why
	atf_add_test_case tools
	atf_add_test_case reconnect
	atf_add_test_case path
	atf_add_test_case metrics
}
