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
	    env HOME="$PWD" TMPDIR=/tmp timeout 240 node \
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
	web_box_daemons
	web_setup
	netns_exec box ip link set br0 up
	web_save_both "pin=sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	wait_until 10 grep -q tokyo office.conf || atf_fail "not applied"
	start_hubd hub box
	web_save_both "pin=$(hub_pin hub)" new.0.name= new.0.password=
	wait_until 10 grep -qF "$(hub_pin hub)" office.conf ||
	    atf_fail "not applied"
	start_vnicd office box
	wait_until 20 web_status_shows ">connected<" || atf_fail "no session"
	atf_check -o match:"complains of nothing" netns_exec admin \
	    env HOME="$PWD" TMPDIR=/tmp timeout 100 node \
	    "$LW_TOP/regress/web/walk.js" "$WEB_URL" \
	    "$LW_TOP/obj/screenshots"
}
look_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case walk
	atf_add_test_case look
}
