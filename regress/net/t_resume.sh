# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# Sessions outlive what happens to hubs. For the topology see vnic.subr.
# flavours: asan amd64
# timeout: 120

. "$LW_TOP/regress/net/vnic.subr"

head()
{
	atf_set descr "$1"
	atf_set require.user root
}

# what a sanitizer's slowness may cost
limit()
{
	if [ "$LW_FLAVOUR" = amd64 ]; then
		echo "$1"
	else
		echo "$2"
	fi
}

# centiseconds that COMMAND needs to succeed, at most LIMIT s
took()
{
	_limit=$1
	shift
	_begin=$(_uptime_cs)
	wait_until "$_limit" "$@" || atf_fail "not within $_limit s: $*"
	echo $(($(_uptime_cs) - _begin))
}

# a session that never lasted is tried again less eagerly
lasted()
{
	[ "$(vnic_fact box-a office since)" -ge 2 ] &&
	    [ "$(vnic_fact box-b office since)" -ge 2 ]
}

nobody_left()
{
	! ip netns pids "$(netns_name hub)" | grep -q .
}

atf_test_case killed cleanup
killed_head()
{
	head "hubd killed and restarted: sessions resume within 2 s"
}
killed_body()
{
	need ip ping jq
	two_offices
	# (again where the machine was busy)
	for n in 1 2 3 4 5 6; do
		wait_until 20 lasted || atf_fail "no lasting sessions"
		wait_until 10 pings pc-a 192.168.77.2 || atf_fail "no ping"
		netns_stop hub KILL
		# its children end by themselves
		wait_until 60 nobody_left || atf_fail "processes are left"
		wait_until 10 not_up || atf_fail "the loss is not seen"
		# long enough for both offices to fail once or twice
		sleep 2
		start_hubd hub hub
		t=$(took 20 pings pc-a 192.168.77.2)
		echo "after $t cs"
		for x in a b; do
			wait_until 10 vnic_up box-$x office ||
			    atf_fail "$x is down"
			atf_check -o inline:"$n\n" \
			    vnic_fact box-$x office resumed
		done
		[ "$t" -gt "$(limit 200 500)" ] || break
	done
	[ "$t" -le "$(limit 200 500)" ] || atf_fail "resumed after $t cs"
	atf_check -o inline:"2\n" hub_sessions hub
}
killed_cleanup()
{
	netns_cleanup
}

atf_test_case kicked cleanup
kicked_head()
{
	head "hubctl kick ends a session; its office comes back"
}
kicked_body()
{
	need ip ping jq
	two_offices "retry-max 1s"
	wait_until 10 pings pc-a 192.168.77.2 || atf_fail "no ping"
	id=$(hubctl hub -j show sessions |
	    jq -r '.[] | select(.user == "officea") | .session')
	atf_check -o ignore hubctl hub kick "$id"
	wait_until 5 gone "$id" || atf_fail "still there"
	wait_until 20 pings pc-a 192.168.77.2 || atf_fail "not back"
	atf_check -s not-exit:0 -o ignore -e not-empty hubctl hub kick 999999
}
kicked_cleanup()
{
	netns_cleanup
}

gone()
{
	! hubctl hub -j show sessions | jq -e --arg id "$1" \
	    '.[] | select((.session | tostring) == $id)'
}

# known N: so many sessions, those that wait to be resumed included
known()
{
	[ "$(hubctl hub -j show sessions | jq length)" -eq "$1" ]
}

again()
{
	vnic_up box-a office && [ "$(vnic_fact box-a office resumed)" = 1 ]
}

atf_test_case leaving cleanup
leaving_head()
{
	head "who stops for good says so; who connects anew resumes"
}
leaving_body()
{
	need ip ping jq
	two_offices
	wait_until 10 known 2 || atf_fail "no two sessions"
	atf_check -o ignore vnicctl box-a reconnect
	wait_until 10 again || atf_fail "not resumed"
	atf_check known 2
	# a virtual NIC that is taken out of the settings
	vnic_conf box-a </dev/null
	atf_check -o ignore vnicctl box-a reload
	wait_until 10 known 1 || atf_fail "the session of office a stays"
	netns_stop box-b TERM
	wait_until 10 known 0 || atf_fail "the session of office b stays"
	wait_until 10 says hub "closed by its client" ||
	    atf_fail "the reason is not in the log"
}
leaving_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case killed
	atf_add_test_case kicked
	atf_add_test_case leaving
}
