# SPDX-License-Identifier: ISC
# flavours: asan
# timeout: 240
# The administrator's second factor, with oathtool for an authenticator app.

. "$LW_TOP/regress/netns.subr"
. "$LW_TOP/regress/longwire.subr"
. "$LW_TOP/regress/web/web.subr"

# code SECONDS: of the key, so long from now
code()
{
	oathtool --totp -b --now "@$(($(date +%s) + $1))" "$KEY"
}

# ready: the step of the clock will last for some seconds
ready()
{
	wait_until 31 sh -c '[ $(($(date +%s) % 30)) -lt 20 ]'
}

# a code that has not been used: each use takes the next step
fresh()
{
	STEP=${STEP:-0}
	wait_until 70 sh -c "[ \$((\$(date +%s) / 30 + 1)) -gt $STEP ]"
	ready
	STEP=$(($(date +%s) / 30 + 1))
	CODE=$(oathtool --totp -b --now "@$((STEP * 30))" "$KEY")
}

key_of_page()
{
	sed -n 's/.*<code>\([A-Z2-7]\{32\}\)<\/code>.*/\1/p' page
}

current()
{
	cat cfg/gen/current/longwire.txt
}

# the delay after a wrong one
sleep_out()
{
	sleep 4.5
}

factor_on()
{
	atf_check web_get /factor
	KEY=$(key_of_page)
	[ ${#KEY} -eq 32 ] || atf_fail "no key on the page"
	fresh
	web_post /factor turn=on "one-time-code=$CODE"
	atf_check web_goes /factor
	web_applied
}

atf_test_case walk cleanup
walk_head()
{
	atf_set descr "on with a code; log-in needs both; replay; off with a code"
	atf_set require.user root
}
walk_body()
{
	need oathtool
	web_box
	web_setup
	web_get /factor
	atf_check -o match:"It is off" cat page
	KEY=$(key_of_page)
	# the same key until it is confirmed; nothing is stored before
	web_get /factor
	atf_check_equal "$KEY" "$(key_of_page)"
	atf_check -s not-exit:0 grep -q '	admin-totp' cfg/gen/current/longwire.txt
	atf_check -o match:"otpauth://totp/Longwire:longwire\?secret=$KEY&amp;issuer=Longwire" \
	    cat page
	for bad in "" 000000x "$(code 300)" "$(code -300)"; do
		web_post /factor turn=on "one-time-code=$bad"
		atf_check web_is 200
		atf_check -o match:"This code is wrong" cat page
		sleep_out
	done
	atf_check_equal 2 "$(web_generation)"
	factor_on
	atf_check -o match:"admin-totp \"?$KEY" current
	atf_check -o match:"security: admin-factor-on" cat webconfd.log
	web_get /factor
	atf_check -o match:"It is on" cat page
	# the key is shown no more, here or among all settings
	for p in /factor /all/system /all; do
		web_get $p
		atf_check web_is 200
		atf_check -s exit:1 grep -q "$KEY" page
	done
	web_get /status
	web_post /logout
	web_get /login
	atf_check -o match:'name="one-time-code"' cat page
	atf_check -o match:'autocomplete="one-time-code"' cat page
	atf_check -o match:"The clock of this box says $(date -u +%Y-%m-%d)" \
	    cat page
	# both or nothing; the answer does not say which was wrong
	fresh
	for bad in "wrong $CODE" "correct_horse -" "correct_horse 000000" \
	    "wrong -"; do
		pw=$(echo "${bad% *}" | tr _ ' ')
		c=${bad#* }
		web_post /login "password=$pw" \
		    "one-time-code=$(echo "$c" | tr -d -)"
		atf_check web_is 200
		atf_check -o match:"Wrong password or code" cat page
		sleep_out
	done
	web_post /login "password=$WEB_PASSWORD" "one-time-code=$CODE"
	atf_check web_goes /status
	# once only
	web_get /status
	web_post /logout
	web_get /login
	web_post /login "password=$WEB_PASSWORD" "one-time-code=$CODE"
	atf_check -o match:"Wrong password or code" cat page
	sleep_out
	# nor after a restart
	netns_stop webconfd
	web_start
	web_get /login
	web_post /login "password=$WEB_PASSWORD" "one-time-code=$CODE"
	atf_check -o match:"Wrong password or code" cat page
	sleep_out
	fresh
	web_post /login "password=$WEB_PASSWORD" "one-time-code=$CODE"
	atf_check web_goes /status
	# off with a code, not without
	web_get /factor
	web_post /factor turn=off one-time-code=123456
	atf_check -o match:"This code is wrong" cat page
	sleep_out
	web_get /factor
	fresh
	web_post /factor turn=off "one-time-code=$CODE"
	atf_check web_goes /factor
	atf_check -s exit:1 grep -q "$KEY" cfg/gen/current/longwire.txt
	web_get /status
	web_post /logout
	web_login
	# another key is offered now
	web_get /factor
	[ "$(key_of_page)" != "$KEY" ] || atf_fail "the old key"
}
walk_cleanup()
{
	netns_cleanup
}

atf_test_case picture cleanup
picture_head()
{
	atf_set descr "a camera reads the key from the QR code; the page in Japanese"
	atf_set require.user root
}
picture_body()
{
	need oathtool
	web_box
	web_setup
	web_get /factor
	web_camera
	atf_check \
	    -o inline:"otpauth://totp/Longwire:longwire?secret=$(key_of_page)&issuer=Longwire\n" \
	    cat qr
	web_curl -o page -H 'Accept-Language: ja' "$WEB_URL/factor"
	atf_check -o match:"二要素認証" -o match:"オフです" cat page
}
picture_cleanup()
{
	netns_cleanup
}

atf_test_case hostile cleanup
hostile_head()
{
	atf_set descr "lock-out together with the password; forms without log-in or with nonsense"
	atf_set require.user root
}
hostile_body()
{
	need oathtool
	web_box
	# nobody is logged in
	web_get /factor
	atf_check web_goes /setup
	web_setup
	web_get /factor
	cp page factor.page
	cp jar jar.in
	web_post /logout
	cp factor.page page
	web_post /factor turn=on one-time-code=123456
	[ "$(cat web.code)" != 200 ] || atf_fail "answered without log-in"
	web_get /login
	web_login
	factor_on
	# another site's form
	web_curl -o page -w '%{http_code}' -H 'Origin: https://evil.example' \
	    --data "turn=off&one-time-code=$(code 0)" "$WEB_URL/factor" >web.code
	atf_check web_is 403
	for v in "" "$(printf '%01000d' 0)" "１２３４５６" "-12345" "1e5" \
	    "<script>"; do
		web_get /factor
		web_post /factor "turn=off" "one-time-code=$v"
		atf_check -o match:"^(200|429)" cat web.code
		atf_check -s exit:1 grep -q "<script>" page
		sleep_out
	done
	web_get /factor
	web_post /factor turn=sideways one-time-code=1
	web_post /factor
	# 10 failures lock the password's log-in out, too
	web_get /factor
	n=0
	while [ $n -lt 8 ] && ! grep -q admin-lockout webconfd.log; do
		web_post /factor turn=off one-time-code=000000
		sleep_out
		n=$((n + 1))
	done
	wait_until 10 grep -q admin-lockout webconfd.log ||
	    atf_fail "no lock-out"
	web_get /status
	web_post /logout
	web_get /login
	fresh
	web_post /login "password=$WEB_PASSWORD" "one-time-code=$CODE"
	atf_check web_is 429
	netns_alive webconfd || atf_fail "webconfd has ended"
}
hostile_cleanup()
{
	netns_cleanup
}

atf_test_case console cleanup
console_head()
{
	atf_set descr "a password set at the console switches it off; bad keys by file"
	atf_set require.user root
}
console_body()
{
	need oathtool busybox
	sed 's/#admin-password.*/admin-password "correct horse"\n	admin-totp GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ/' \
	    "$LW_TOP/image/longwire.txt" >box.txt
	web_box box.txt
	KEY=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ
	web_get /login
	atf_check -o match:'name="one-time-code"' cat page
	# the menu's own function, with what it calls
	sed -n '/^set_password()/,/^}/p' "$LW_TOP/etc/libexec/console" >menu
	cat >try.sh <<-'EOF'
		. ./menu
		password_min=10
		ask() { line="another horse"; }
		mkpasswd() { echo '$6$aaaaaaaa$bbbbbbbbbbbbbbbb'; }
		cfgctl() { "$CFGCTL" -d cfg "$@"; }
		rc_get() { cfgctl get "$@" 2>/dev/null || :; }
		set_password
	EOF
	sed 's,/etc/rc reload,echo reload,' menu >menu.new
	mv menu.new menu
	cat >cfgctl.sh <<-EOF
		#!/bin/sh
		exec sh "$LW_TOP/regress/lw.sh" cfgctl "\$@"
	EOF
	chmod +x cfgctl.sh
	atf_check -e ignore -o match:"The second factor is off." \
	    -o match:"reload password webconfd" -o match:"password is set" \
	    env CFGCTL="$PWD/cfgctl.sh" busybox sh try.sh
	atf_check -s exit:1 grep -q "$KEY" cfg/gen/current/longwire.txt
	netns_signal webconfd HUP
	wait_until 10 without_code || atf_fail "it still wants a code"
	for bad in short lower18lower18lower "$(printf '%065d' 2)"; do
		printf 'system {\n\tadmin-totp %s\n}\n' "$bad" >bad.txt
		atf_check -s not-exit:0 -o ignore -e match:"bad.txt:2" \
		    "$PWD/cfgctl.sh" -d "$PWD/cfg" import "$PWD/bad.txt"
	done
}
without_code()
{
	web_get /login
	! grep -q one-time-code page
}
console_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case walk
	atf_add_test_case picture
	atf_add_test_case hostile
	atf_add_test_case console
}
