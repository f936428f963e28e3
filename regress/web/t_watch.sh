# SPDX-License-Identifier: ISC
# webconfd(8): a hub's sessions and addresses, and the log, also where what is
# shown was made up by somebody hostile.
# flavours: asan
# timeout: 120

. "$LW_TOP/regress/netns.subr"
. "$LW_TOP/regress/longwire.subr"
. "$LW_TOP/regress/web/web.subr"
. "$LW_TOP/regress/web/fake.subr"

atf_test_case hub cleanup
hub_head()
{
	atf_set descr "sessions and addresses of a hub, and a kick"
	atf_set require.user root
}
hub_body()
{
	web_both_run
	wait_until 20 hub_shows ">tokyo<" || atf_fail "no session"
	# the box asks for somebody on its LAN: the hub learns its address
	netns_exec box ip addr add 10.9.9.1/24 dev br0
	wait_until 20 learned || atf_fail "no address"
	atf_check -o not-empty grep -F "made up by the device" page
	# its rate, after two looks
	wait_until 60 hub_shows "in " "bit/s" || atf_fail "no rate"
	number=$(sed -n 's/.*name="session" value="\([0-9]*\)".*/\1/p' page |
	    head -n 1)
	# not without being sure
	atf_check web_post /hub/main "session=$number"
	atf_check web_is 200
	atf_check -o not-empty grep -F "End this session?" page
	atf_check -o not-empty grep -F "<dd>tokyo</dd>" page
	atf_check_equal "$number" "$(session_number)"
	atf_check web_post /hub/main "session=$number" sure=yes
	atf_check web_goes /hub/main
	wait_until 20 came_back "$number" || atf_fail "still the same session"
	atf_check -o not-empty grep -F \
	    "session-kicked [security@32473 from=\"10.0.0.2\" session=\"$number\"]" \
	    webconfd.log
	# it is gone: said so
	web_get /hub/main
	web_post /hub/main session=4000000000 sure=yes
	atf_check web_is 200
	atf_check -o not-empty grep -F "there is no session 4000000000" page
	# words of the control socket's language, and none of ours
	for bad in "" "tokyo" "1 2" "-1" "1;reload" "111111111111111111111"; do
		web_get /hub/main
		web_post /hub/main "session=$bad" sure=yes
		atf_check web_is 404
	done
	# a token of nobody
	web_get /hub/main
	web_curl -o page -w '%{http_code}' --data "session=$number&sure=yes" \
	    "$WEB_URL/hub/main" >web.code
	atf_check web_is 403
	for bad in /hub/other /hub/main/x /hub/%2e%2e /hubs /hub/+; do
		web_get "$bad"
		atf_check web_is 404
	done
}
hub_shows()
{
	web_get /hub/main
	for _text in "$@"; do
		grep -qF -- "$_text" page || return 1
	done
}
learned()
{
	netns_exec box ping -c 1 -W 1 10.9.9.2
	hub_shows "$(netns_exec box cat /sys/class/net/br0/address)"
}
session_number()
{
	hubctl hub -j show sessions | jq -r '.[] | select(.user == "tokyo") |
	    .session'
}
came_back()
{
	_now=$(session_number)
	[ -n "$_now" ] && [ "$_now" != "$1" ]
}
hub_cleanup()
{
	netns_cleanup
}

atf_test_case hostile cleanup
hostile_head()
{
	atf_set descr "names with markup, many rows, silence of the daemon"
	atf_set require.user root
}
hostile_body()
{
	fake_box
	web_get /hub/main
	atf_check web_is 200
	atf_check -o not-empty grep -F "not running" page
	cat >hub.py <<-EOF
		{ "show sessions": [{ "session": n, "hub": "main", "user":
		    '$MARKUP' + str(n), "state": "up", "from": '$MARKUP',
		    "seconds": 100, "rtt-us": 1500, "retransmits": n,
		    "in-bytes": 5, "out-bytes": 7 } for n in range(1, 501)] +
		    [{ "session": 600, "hub": "spare", "user": "elsewhere",
		    "state": "up" }],
		  "show fdb main": [{ "address": "02:00:00:00:%02x:%02x" %
		    (n // 256, n % 256), "vlan": n % 3, "port": '$MARKUP',
		    "age": n } for n in range(3000)] +
		    [{ "address": '$MARKUP', "port": 7, "age": "x" }, { }],
		  "show bindings main": [{ "address": "02:00:00:00:00:00",
		    "vlan": 0, "ip": '$MARKUP' }] * 5 +
		    [{ "address": "02:00:00:00:0b:04", "vlan": 0,
		    "ip": "10.7.7.7" }],
		  "show fdb spare": '{"address": "00:00:5e:00:53:01"}\n' +
		    "not JSON\n" + "[1]\n" + "ok\n",
		  "show bindings spare": "x" * 3000000,
		  "kick 5": "error nobody has " + '$MARKUP' + "\n",
		  "kick 6": "" }
	EOF
	fake_daemon hub
	web_get /hub
	atf_check web_is 200
	atf_check -s exit:1 grep -F "<script" page
	atf_check -o not-empty grep -F "&lt;script&gt;" page
	atf_check -o not-empty grep -F "1 to 50 of 500" page
	atf_check -o not-empty grep -F "1 to 100 of 3002" page
	atf_check -s exit:1 grep -F elsewhere page
	page_is_small
	web_get "/hub/main?s=9&a=30"
	atf_check -o not-empty grep -F "451 to 500 of 500" page
	atf_check -o not-empty grep -F "3001 to 3002 of 3002" page
	web_get "/hub/main?s=99999&a=99999999999999999999"
	atf_check web_is 200
	atf_check -o not-empty grep -F "500 to 500 of 500" page
	# by IP address, in either case, by what is not there
	web_get "/hub/main?q=10.7.7"
	atf_check -o not-empty grep -F "02:00:00:00:0b:04" page
	atf_check -s exit:1 grep -F "02:00:00:00:0b:05" page
	web_get "/hub/main?q=%3CSCRIPT&a=1"
	atf_check -o not-empty grep -F "101 to 200 of" page
	atf_check -o not-empty grep -F "q=%3C%53%43%52%49%50%54" page
	atf_check -s exit:1 grep -F "<SCRIPT" page
	page_is_small
	web_get "/hub/main?q=nowhere"
	atf_check -o not-empty grep -F "No address." page
	# malformed queries are none
	for q in "q=%" "q=%0a" "q=%c3" "q=$(printf '%0600d' 0)" "&&&=" "q"; do
		web_get "/hub/main?$q"
		atf_check web_is 200
	done
	web_get /hub/spare
	atf_check web_is 200
	atf_check -o not-empty grep -F "00:00:5e:00:53:01" page
	atf_check -o not-empty grep -F elsewhere page
	# what the daemon answers
	web_post /hub/main session=5 sure=yes
	atf_check -o not-empty grep -F "nobody has &lt;script&gt;" page
	web_post /hub/main session=6 sure=yes
	atf_check -o not-empty grep -F "did not answer" page
	atf_check -o match:"^kick 5$" cat hub.sock.asked
	web_curl -o page -H "Cookie: x=y" -H "Accept-Language: ja" \
	    "$WEB_URL/hub/main"
	atf_check -o not-empty grep -F "セッション" page
	atf_check -o not-empty grep -E "[0-9] (秒|分|時間|日)<" page
}
hostile_cleanup()
{
	netns_cleanup
}

atf_test_case vendors cleanup
vendors_head()
{
	atf_set descr "who has made what has an address; damaged: nobody"
	atf_set require.user root
}
vendors_body()
{
	mkdir share
	printf '%s\t\t%s\n' '00-00-5E   (hex)' 'Some <b>Maker</b> Inc.' \
	    '00-1B-21   (hex)' 'Some <b>Maker</b> Inc.' >list
	atf_check -o ignore sh "$LW_TOP/image/vendors.sh" list share/vendors
	# shellcheck disable=SC2034 # of web_start
	WEB_OPTIONS="-F $PWD/share"
	fake_box
	cat >hub.py <<-EOF
		{ "show sessions": [],
		  "show fdb main": [{ "address": a, "port": "x", "age": 1 }
		    for a in ("00:00:5e:00:53:01", "00:1b:22:00:00:01",
			"7a:00:00:00:00:01", "01:00:5e:00:00:01", "00:1b:21")],
		  "show bindings main": [] }
	EOF
	fake_daemon hub
	web_get /hub/main
	atf_check -o inline:"1\n" grep -c "Maker" page
	atf_check -o not-empty grep -F \
	    '>00:00:5e:00:53:01<span class="soft">Some &lt;b&gt;Maker' page
	atf_check -o not-empty grep -F ">00:1b:22:00:00:01</td>" page
	atf_check -o not-empty grep -F ">01:00:5e:00:00:01</td>" page
	atf_check -o not-empty grep -F \
	    '7a:00:00:00:00:01<span class="soft">random, made up' page
	web_get "/hub/main?q=maker"
	atf_check -o not-empty grep -F "00:00:5e:00:53:01" page
	atf_check -s exit:1 grep -F "00:1b:22:00:00:01" page
	web_curl -o page -H "Cookie: x=y" -H "Accept-Language: ja" \
	    "$WEB_URL/hub/main"
	atf_check -o not-empty grep -F "ランダム（機器が自動生成）" page
	# one that is cut off is done without
	netns_stop webconfd
	head -c 1000 share/vendors >short
	mv short share/vendors
	web_start
	web_login
	web_get /hub/main
	atf_check -s exit:1 grep "Maker" page
	atf_check -o not-empty grep -F "00:00:5e:00:53:01" page
	atf_check -o not-empty grep "vendors: not such a file" webconfd.log
}
vendors_cleanup()
{
	netns_cleanup
}

atf_test_case log cleanup
log_head()
{
	atf_set descr "the log: newest first, searched, followed, made harmless"
	atf_set require.user root
}
log_body()
{
	mkdir -p bin
	WEB_OPTIONS="-P $PWD/bin:/usr/bin:/bin"
	web_box
	# no logread: no log
	web_setup
	ln -s /bin/false bin/logread
	web_get /log
	atf_check web_is 200
	atf_check -o not-empty grep -F "There is no log yet" page
	rm bin/logread
	printf '#!/bin/sh\ncat %s\n' "$PWD/log.txt" >bin/logread
	chmod 755 bin/logread
	{
		echo "Nov 26 01:00:00 box daemon.info hubd[7]: first line"
		echo "Nov 26 01:00:01 box daemon.err hubd[7]: it broke"
		printf 'Nov 26 01:00:02 box user.info x: %s\n' "$MARKUP"
		printf 'Nov 26 01:00:03 box user.info \033[31m\001\r\377\300\342\n'
		printf 'Nov 26 01:00:04 box user.info 日本語 %01500d\n' 0
		printf 'Nov 26 01:00:05 box daemon.info hubd[7]: last'
	} >log.txt
	web_get /log
	atf_check web_is 200
	atf_check -s exit:1 grep -F "<script>" page
	atf_check -o not-empty grep -F "&lt;script&gt;" page
	atf_check -s exit:1 grep -P '[\x00-\x08\x0b-\x1f\x7f]' page
	atf_check -o not-empty grep -F "?[31m?????<" page
	atf_check -o not-empty grep -F "日本語" page
	atf_check iconv -f UTF-8 -t UTF-8 -o /dev/null page
	# newest first, and not followed
	atf_check -o match:"last.*first line" tr -d '\n' <page
	atf_check -s exit:1 grep -F "live.js" page
	web_get "/log?q=HUBD"
	atf_check -o match:"it broke" cat page
	atf_check -o not-match:"user.info" cat page
	web_get "/log?level=bad"
	atf_check -o match:"it broke" cat page
	atf_check -o not-match:"first line" cat page
	web_get "/log?q=%22%3E%3Cb%3E"
	atf_check -o not-match:"><b>" cat page
	atf_check -o match:"No line has that" cat page
	# with and without JavaScript, and not for ever
	web_get "/log?follow=yes&q=a%22b&level=bad"
	atf_check -o not-empty grep -F '<script src="/live.js"' page
	atf_check -o not-empty grep -F \
	    'content="5; url=/log?follow=yes&amp;n=1&amp;level=bad&amp;q=%61%22%62"' \
	    page
	atf_check -o match:"script-src 'self'" cat web.head
	web_get "/log?follow=yes&n=360"
	atf_check -s exit:1 grep -F "live.js" page
	atf_check -o not-match:"script-src" cat web.head
	web_get /live.js
	atf_check -o match:"text/javascript" cat web.head
	# much of it: the page stays small, and has the end
	awk 'BEGIN { for (i = 1; i <= 20000; i++)
		print "Nov 26 01:00:00 box daemon.info hubd: <&\"> line " i }' \
	    >log.txt
	web_get /log
	atf_check -o not-empty grep -F "line 20000<" page
	page_is_small
	# a program that does not end is ended; others go on meanwhile
	printf '#!/bin/sh\necho begun\nexec sleep 60\n' >bin/logread
	web_get /log
	atf_check web_is 200
	atf_check -o match:"begun" cat page
	wait_until 20 no_sleep || atf_fail "it still runs"
	# only for the administrator
	rm -f jar
	web_get /log
	atf_check web_goes /login
}
no_sleep()
{
	! netns_exec box sh -c 'ps -o args= -e' | grep -qx "sleep 60"
}
log_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case hub
	atf_add_test_case hostile
	atf_add_test_case vendors
	atf_add_test_case log
}
