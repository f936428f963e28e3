# SPDX-License-Identifier: ISC
# flavours: asan
# timeout: 180
# A box gets a new password at its hub: by the form, the hub, the settings.

. "$LW_TOP/regress/netns.subr"
. "$LW_TOP/regress/longwire.subr"
. "$LW_TOP/regress/web/web.subr"

# hub and office, both of this box, running and connected
both()
{
	web_box_daemons
	web_setup
	netns_exec box ip link set br0 up
	web_save_both pin=sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
	atf_check web_goes /status
	wait_until 10 grep -q "user tokyo" hub.conf || atf_fail "not applied"
	start_hubd hub box
	web_keep
	pin=$(hub_pin hub)
	web_save_both "pin=$pin" new.0.name= new.0.password=
	atf_check web_goes /status
	web_keep
	wait_until 10 grep -qF "$pin" office.conf || atf_fail "no pin"
}

current()
{
	cat cfg/gen/current/longwire.txt
}

# change OLD NEW [AGAIN]
change()
{
	atf_check web_get /hub-password
	atf_check web_is 200
	web_post /hub-password "vnic=$VNIC" "old=$1" "new=$2" "again=${3:-$2}"
}

shows()
{
	grep -qF -- "$1" page || {
		cat page
		atf_fail "not shown: $1"
	}
}

atf_test_case walk cleanup
walk_head()
{
	atf_set descr "wrong ones change nothing; a right one is at the hub, in the settings, in use"
	atf_set require.user root
}
connected()
{
	hubctl hub show sessions | grep -q tokyo
}
walk_body()
{
	need jq
	both
	VNIC=$(sed -n 's/.*vnic \([a-z0-9]*\) {.*/\1/p' office.conf)
	# vnicd is not there yet
	change password1 "a new one"
	atf_check web_is 200
	shows "vnicd does not run"
	start_vnicd office box
	wait_until 30 connected || atf_fail "the office does not connect"
	atf_check web_get /status
	shows "/hub-password"
	before=$(web_generation)
	change password1 "a new one" "another one"
	shows "The two differ."
	change "" "a new one"
	shows "it is missing"
	change password1 short
	shows "8 to 256 bytes"
	change wrong "a new one"
	shows "old password are wrong"
	atf_check_equal "$before" "$(web_generation)"
	web_get /hub-password
	web_post /hub-password vnic=nothing old=password1 new=12345678 \
	    again=12345678
	shows "no such virtual NIC"
	# without the form's token
	web_curl -o page -w '%{http_code}' --data-urlencode "vnic=$VNIC" \
	    --data-urlencode old=password1 --data-urlencode new=12345678 \
	    --data-urlencode again=12345678 \
	    "$WEB_URL/hub-password" >web.code
	[ "$(cat web.code)" != 303 ] || atf_fail "a request without token"
	atf_check_equal "$before" "$(web_generation)"

	change password1 'new "one" & <more>'
	atf_check web_goes /status
	[ "$before" != "$(web_generation)" ] || atf_fail "no generation"
	current | grep -qF 'password "new \"one\" & <more>"' || {
		current
		atf_fail "not in the settings"
	}
	wait_until 10 grep -q 'hub-password-changed .*vnic=' webconfd.log ||
	    atf_fail "no event"
	if grep -q '<more>' webconfd.log office.log hub.log; then
		atf_fail "the password is in a log"
	fi
	# not on trial: what the hub has cannot be undone here
	atf_check web_get /status
	if grep -q "/keep" page; then
		atf_fail "it is on trial"
	fi
	wait_until 10 grep -qF '<more>' office.conf || atf_fail "not applied"
	vnicctl office reload
	wait_until 20 again || {
		cat office.log hub.log
		atf_fail "no log-in with it"
	}
}
again()
{
	[ "$(grep -c 'security: login .*user="tokyo"' hub.log)" -ge 2 ] &&
	    connected
}
walk_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case walk
}
