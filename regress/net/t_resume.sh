# SPDX-License-Identifier: ISC
# flavours: asan amd64
# timeout: 240
# Sessions outlive what happens to hubs, links and settings.

. "$LW_TOP/regress/net/office.subr"

# what a sanitizer's slowness may cost
limit()
{
	if [ "$LW_FLAVOUR" = amd64 ]; then
		echo "$1"
	else
		echo "$2"
	fi
}

atf_test_case killed cleanup
killed_head()
{
	atf_set descr "hubd killed and restarted: sessions resume within 2 s"
	atf_set require.user root
}
killed_body()
{
	joined <<-EOF
		hub default {
			$(users)
		}
	EOF
	wait_until 10 pings
	# a session that never lasted is tried again less eagerly
	lasted()
	{
		[ "$(vnic_fact a office since)" -ge 6 ] &&
		    [ "$(vnic_fact b office since)" -ge 6 ]
	}
	wait_until 20 lasted
	netns_signal hub KILL
	wait_until 10 _netns_dead hub
	# its children end by themselves
	nobody_left()
	{
		! ip netns pids "$(netns_name h)" | grep -q .
	}
	wait_until 10 nobody_left
	# long enough for both offices to see it and to fail once or twice
	sleep 2
	start_hubd hub h
	t=$(took 20 pings)
	echo "after $t cs"
	[ "$t" -le "$(limit 200 500)" ] || atf_fail "resumed after $t cs"
	for o in a b; do
		wait_until 10 vnic_up $o office
		atf_check -o inline:"1\n" vnic_fact $o office resumed
	done
	atf_check -o inline:"2\n" hub_sessions hub
}
killed_cleanup()
{
	netns_cleanup
}

atf_test_case cut cleanup
cut_head()
{
	atf_set descr "a link cut for 30 s: noticed, and the session returns"
	atf_set require.user root
}
cut_body()
{
	joined "keepalive 5s" "retry-max 2s" <<-EOF
		hub default {
			resume-wait 120s
			$(users)
		}
	EOF
	wait_until 10 pings
	before=$(hubctl hub -j show fdb | jq -r --arg m \
	    "$(netns_exec pa cat /sys/class/net/eth0/address)" \
	    '.[] | select(.address == $m) | .session')
	# a cable that carries nothing but looks alive to the box
	_netns_do ip -n "$(netns_name h)" link set a0 down
	cut=$(_uptime_cs)
	down()
	{
		! vnic_up a office
	}
	t=$(took 15 down)
	[ "$t" -le 1200 ] || atf_fail "the loss was noticed after $t cs"
	while [ $(($(_uptime_cs) - cut)) -lt 3000 ]; do
		sleep 0.2
	done
	_netns_do ip -n "$(netns_name h)" link set a0 up
	t=$(took 30 pings)
	echo "back after $t cs"
	[ "$t" -le 600 ] || atf_fail "back after $t cs"
	atf_check -o inline:"1\n" vnic_fact a office resumed
	# office b has not noticed anything but the silence
	atf_check -o inline:"0\n" vnic_fact b office resumed
	atf_check -o inline:"2\n" hub_sessions hub
	# the session kept its port
	after=$(hubctl hub -j show fdb | jq -r --arg m \
	    "$(netns_exec pa cat /sys/class/net/eth0/address)" \
	    '.[] | select(.address == $m) | .session')
	atf_check_equal "$before" "$after"
}
cut_cleanup()
{
	netns_cleanup
}

atf_test_case reload cleanup
reload_head()
{
	atf_set descr "reload keeps sessions; who is taken out leaves"
	atf_set require.user root
}
reload_body()
{
	joined "retry-max 1s" <<-EOF
		hub default {
			$(users)
		}
	EOF
	wait_until 10 pings
	hubctl hub -j show sessions | jq -S 'map({user, session})' >before
	# a hub more, a user more, a limit changed
	hub_conf hub <<-EOF
		hub default {
			storm-broadcast 500
			$(users)
			$(hub_user officec secret)
		}
		hub second {
			$(hub_user officec secret)
		}
	EOF
	netns_spawn flow pa ping -i 0.05 -w 20 10.7.0.2
	netns_signal hub HUP
	second()
	{
		hubctl hub -j show hubs | jq -e '.[] | select(.hub == "second")'
	}
	wait_until 10 second
	atf_check -o ignore hubctl hub reload
	netns_signal a HUP
	atf_check -o ignore vnicctl b reload
	netns_signal flow INT
	wait_until 5 _netns_dead flow
	atf_check -o match:" 0% packet loss" grep loss flow.log
	hubctl hub -j show sessions | jq -S 'map({user, session})' >after
	atf_check -o file:before cat after
	for o in a b; do
		atf_check -o inline:"0\n" vnic_fact $o office resumed
	done
	# a file that is wrong changes nothing, and the place is told
	cp hub.conf good.conf
	echo "nonsense here" >>hub.conf
	line=$(wc -l <hub.conf)
	atf_check -s not-exit:0 -o ignore -e match:"hub.conf:$line" \
	    hubctl hub reload
	atf_check -o inline:"2\n" hub_sessions hub
	cp good.conf hub.conf
	# office b is taken out
	hub_conf hub <<-EOF
		hub default {
			$(hub_user officea secret)
		}
	EOF
	atf_check -o ignore hubctl hub reload
	one()
	{
		[ "$(hub_sessions hub)" -eq 1 ]
	}
	wait_until 10 one
	hubctl hub -j show sessions >sessions
	atf_check -o inline:"officea\n" jq -r '.[].user' sessions
}
reload_cleanup()
{
	netns_cleanup
}

atf_test_case kicked cleanup
kicked_head()
{
	atf_set descr "hubctl kick ends a session; its office comes back"
	atf_set require.user root
}
kicked_body()
{
	joined "retry-max 1s" <<-EOF
		hub default {
			$(users)
		}
	EOF
	wait_until 10 pings
	id=$(hubctl hub -j show sessions |
	    jq -r '.[] | select(.user == "officea") | .session')
	atf_check -o ignore hubctl hub kick "$id"
	gone()
	{
		! hubctl hub -j show sessions | jq -e --arg id "$id" \
		    '.[] | select((.session | tostring) == $id)'
	}
	wait_until 5 gone
	wait_until 20 pings
	atf_check -s not-exit:0 -o ignore -e not-empty hubctl hub kick 999999
}
kicked_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case killed
	atf_add_test_case cut
	atf_add_test_case reload
	atf_add_test_case kicked
}
