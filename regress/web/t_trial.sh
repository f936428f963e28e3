# SPDX-License-Identifier: ISC
# webconfd(8): settings on trial, and the history of the settings.
# flavours: asan
# timeout: 120

. "$LW_TOP/regress/netns.subr"
. "$LW_TOP/regress/longwire.subr"
. "$LW_TOP/regress/web/web.subr"

current()
{
	cat cfg/gen/current/longwire.txt
}

# A box whose address the administrator can change; rc does it.
trial_box()
{
	WEB_OPTIONS="-t $1"
	web_box_moves
	web_setup
}

# was_at ADDRESS: rc has put settings with it in force, undone or not since
was_at()
{
	grep -q "rc reload, $1/" rc.log
}

address_is()
{
	netns_exec box ip -4 addr show dev eth0 | grep -q "inet $1/"
}

move()
{
	web_save role=office server=hub.example.com vnic-user=tokyo \
	    vnic-password=password1 \
	    pin=sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= \
	    port=eth0 "address=$1" hostname=tokyo stay-local=yes
	atf_check web_goes /status
}

atf_test_case locked_out cleanup
locked_out_head()
{
	atf_set descr "a change that cuts the administrator off is undone"
	atf_set require.user root
}
locked_out_body()
{
	trial_box 4
	# to where the administrator's machine cannot follow
	move 172.16.0.1/24
	wait_until 10 was_at 172.16.0.1 || atf_fail "not applied"
	if web_curl --connect-timeout 1 -o page "$WEB_URL/style.css"; then
		# (on a busy machine it may have been undone by now)
		atf_check address_is 10.0.0.1
	fi
	wait_until 20 address_is 10.0.0.1 || atf_fail "not undone"
	web_get /status
	atf_check web_is 200
	atf_check -s not-exit:0 grep -q "Keep these" page
	atf_check -s not-exit:0 grep -q 172.16 cfg/gen/current/longwire.txt
	atf_check -o match:"settings-undone" cat webconfd.log
	web_get /history
	atf_check -o match:"nobody had confirmed" cat page
	atf_check -o match:"10.0.0.2" cat page
}
locked_out_cleanup()
{
	netns_cleanup
}

atf_test_case kept cleanup
kept_head()
{
	atf_set descr "kept at the new address; what is harmless needs no trial"
	atf_set require.user root
}
kept_body()
{
	trial_box 40
	netns_addr admin eth0 172.16.0.2/24
	asked=$(_uptime_cs)
	move 172.16.0.1/24
	moved=$(_uptime_cs)
	wait_until 10 address_is 172.16.0.1 || atf_fail "not applied"
	# it takes the address away once the answer has had time to leave
	[ "$(tr -d . <rc.began)" -ge $((asked + 50)) ] ||
	    atf_fail "asked at $asked, rc began at $(cat rc.began)"
	# at the new address there is no cookie of the old one
	WEB_URL=https://172.16.0.1:8443
	web_get /status
	atf_check web_goes /login
	web_login
	web_get /status
	atf_check -o match:"Keep these settings" cat page
	# without a token nothing is kept
	cp page mine
	echo >page
	web_post /keep
	atf_check web_is 403
	atf_check test -e cfg/gen/trial
	cp mine page
	web_post /keep
	atf_check web_goes /status
	atf_check -s not-exit:0 test -e cfg/gen/trial
	# until the trial's time would have been over
	wait_until 60 passed $((moved + 4200))
	atf_check address_is 172.16.0.1
	# what cannot cut anybody off
	n=$(web_generation)
	web_get /all/system
	web_post /all/system "generation=$n" hostname=kyoto
	atf_check web_goes /all/system
	atf_check_equal $((n + 1)) "$(web_generation)"
	atf_check -s not-exit:0 test -e cfg/gen/trial
}
# passed CENTISECONDS: of the machine's uptime
passed()
{
	[ "$(_uptime_cs)" -ge "$1" ]
}
kept_cleanup()
{
	netns_cleanup
}

atf_test_case interrupted cleanup
interrupted_head()
{
	atf_set descr "a trial outlives webconfd; at a boot it is lost"
	atf_set require.user root
}
interrupted_body()
{
	trial_box 120
	netns_addr admin eth0 172.16.0.2/24
	move 172.16.0.1/24
	wait_until 10 address_is 172.16.0.1 || atf_fail "not applied"
	# the web form is killed and comes back
	netns_stop webconfd
	web_start_quiet 3
	wait_until 20 address_is 10.0.0.1 || atf_fail "not undone"
	# as rc has it at boot; log-ins ended with the one that was killed
	netns_stop webconfd
	web_start_quiet 120
	wait_until 20 web_answers || atf_fail "webconfd does not answer"
	web_login
	move 172.16.0.1/24
	wait_until 10 address_is 172.16.0.1 || atf_fail "not applied"
	netns_stop webconfd
	atf_check -o match:'^[0-9]+$' sh "$LW_TOP/regress/lw.sh" cfgctl \
	    -d "$PWD/cfg" undo
	atf_check -s not-exit:0 grep -q 172.16 cfg/gen/current/longwire.txt
	atf_check -o empty sh "$LW_TOP/regress/lw.sh" cfgctl -d "$PWD/cfg" undo
}
# web_start_quiet SECONDS: of a trial; it need not answer to this machine
web_start_quiet()
{
	netns_spawn webconfd box sh "$LW_TOP/regress/lw.sh" webconfd -d -v \
	    -t "$1" -c "$PWD/cfg" -C "$PWD/root" -r "$PWD/rc" -s "$PWD/db" \
	    -S "$PWD/setup-code" -u nobody
}
interrupted_cleanup()
{
	netns_cleanup
}

atf_test_case history cleanup
history_head()
{
	atf_set descr "what came with a generation, secrets masked; one again"
	atf_set require.user root
}
history_body()
{
	trial_box 60
	for h in kyoto osaka; do
		web_get /all/system
		web_post /all/system "generation=$(web_generation)" hostname=$h
		atf_check web_is 303
	done
	atf_check_equal 4 "$(web_generation)"
	web_get /history/4
	atf_check -o match:'class="minus">- .*hostname kyoto' cat page
	atf_check -o match:'class="plus">\+ .*hostname osaka' cat page
	# the password came with the second one, and is not to be seen
	web_get /history/2
	atf_check -o match:"admin-password .*\*\*\*\*" cat page
	atf_check -s not-exit:0 grep -q '\$6\$' page
	web_post /history/3
	atf_check web_goes /status
	atf_check_equal 5 "$(web_generation)"
	atf_check -o match:"hostname kyoto" current
	# none of these
	for p in /history/ /history/0 /history/99 /history/-1 /history/1/2 \
	    /history/1x /history/99999999999 /historyx; do
		web_get $p
		atf_check_equal "404 $p" "$(cat web.code) $p"
	done
	web_get /status
	web_post /history/99
	atf_check web_is 404
	web_get /status
	web_post /history
	atf_check web_is 404
	echo >page
	web_post /history/1
	atf_check web_is 403
	atf_check_equal 5 "$(web_generation)"
}
history_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case locked_out
	atf_add_test_case kept
	atf_add_test_case interrupted
	atf_add_test_case history
}
