# SPDX-License-Identifier: ISC
# webconfd(8) with a real browser: Chromium, driven by playwright-core.
# Screenshots are left in obj/screenshots.
# timeout: 300

. "$LW_TOP/regress/netns.subr"
. "$LW_TOP/regress/longwire.subr"
. "$LW_TOP/regress/web/web.subr"
. "$LW_TOP/regress/web/walk.subr"

atf_test_case walk cleanup
walk_head()
{
	atf_set descr "set-up, settings, invalid value, save, status"
	atf_set require.user root
}
walk_body()
{
	walk_tools
	web_box
	atf_check -o match:"complains of nothing" netns_exec admin \
	    env HOME="$PWD" TMPDIR=/tmp timeout 600 node \
	    "$LW_TOP/regress/web/walk.js" "$WEB_URL" \
	    "$LW_TOP/obj/screenshots" "$PWD/setup-code"
	atf_check -o match:"user osaka" cat cfg/gen/current/longwire.txt
	atf_check -o match:"hub main" cat cfg/gen/current/longwire.txt
	atf_check_equal 5 "$(wc -l <rc.log)"
}
walk_cleanup()
{
	netns_cleanup
}

atf_test_case look cleanup
look_head()
{
	atf_set descr "the status of a box at work, on a desk and a phone"
	atf_set require.user root
}
look_body()
{
	need jq
	walk_tools
	walk_share
	mkdir -p bin
	WEB_OPTIONS="-P $PWD/bin:/usr/bin:/bin -F $WEB_SHARE"
	printf '#!/bin/sh\ntail -n 40 %s/*.log\n' "$PWD" >bin/logread
	chmod 755 bin/logread
	WEB_HUBD="radius one {
	    address 127.0.0.1
	    secret testing123
	}"
	WEB_HUB="auth password
	    auth radius
	    radius one"
	web_both_run
	wait_until 20 web_status_shows ">connected<" || atf_fail "no session"
	web_keep
	# what the plots have to show: two looks
	wait_until 60 web_status_shows "Received now: " || atf_fail "no rate"
	atf_check -o match:"complains of nothing" netns_exec admin \
	    env HOME="$PWD" TMPDIR=/tmp timeout 600 node \
	    "$LW_TOP/regress/web/walk.js" "$WEB_URL" \
	    "$LW_TOP/obj/screenshots"
}
look_cleanup()
{
	netns_cleanup
}

atf_test_case plain cleanup
plain_head()
{
	atf_set descr "the essential forms without JavaScript"
	atf_set require.user root
}
plain_body()
{
	walk_tools
	web_box_moves
	atf_check -o match:"complains of nothing" netns_exec admin \
	    env HOME="$PWD" TMPDIR=/tmp timeout 600 node \
	    "$LW_TOP/regress/web/plain.js" "$WEB_URL" \
	    "$LW_TOP/obj/screenshots" "$PWD/setup-code" 10.0.0.7
	atf_check -o match:"address 10.0.0.7/24" cat cfg/gen/current/longwire.txt
	atf_check -s not-exit:0 test -e cfg/gen/trial
}
plain_cleanup()
{
	netns_cleanup
}

atf_test_case japanese cleanup
japanese_head()
{
	atf_set descr "no page has English on it for who reads Japanese"
	atf_set require.user root
}
japanese_body()
{
	walk_tools
	_string=$(echo password1 | sh "$LW_TOP/regress/lw.sh" hubctl passwd)
	cat >box.txt <<-EOF
		hubd {
			listen 127.0.0.1:4443
			hub main {
				user tokyo {
					password $_string
				}
			}
		}
		vnicd {
			vnic office {
				server 192.0.2.1
				user tokyo
				password password1
				pin sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
			}
		}
	EOF
	web_box box.txt
	web_setup
	atf_check -o match:"complains of nothing" netns_exec admin \
	    env HOME="$PWD" TMPDIR=/tmp timeout 600 node \
	    "$LW_TOP/regress/web/japanese.js" "$WEB_URL" \
	    "$LW_TOP/obj/screenshots" "$WEB_PASSWORD"
}
japanese_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case walk
	atf_add_test_case look
	atf_add_test_case plain
	atf_add_test_case japanese
}
