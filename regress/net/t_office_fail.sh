# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# What goes wrong, what vnicd says, and how it comes back.
# flavours: asan
# timeout: 180

. "$LW_TOP/regress/net/vnic.subr"

head()
{
	atf_set descr "$1"
	atf_set require.user root
}

# box a alone, with its settings changed by a sed script
box_with()
{
	wan_hub
	office a 2
	office_conf a
	sed -i "$1" box-a.conf
	start_vnicd box-a box-a
}

# problem TEXT: what vnicctl shows
problem()
{
	vnic_fact box-a office problem | grep -q "$1"
}

# never was the box connected
never_up()
{
	atf_check -s exit:1 vnic_up box-a office
	atf_check -o inline:"0\n" hub_sessions hub
	atf_check -s exit:1 grep secret box-a.log
}

atf_test_case wrong_pin cleanup
wrong_pin_head()
{
	head "another key than the pinned one: no log-in, clear words"
}
wrong_pin_body()
{
	need ip jq
	box_with 's,pin .*,pin sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=,'
	wait_until 15 problem "pin" || atf_fail "no word of the pin"
	atf_check -o match:"pin" cat box-a.log
	never_up
	# nothing about the user went to the wrong server
	atf_check -s exit:1 grep officea hub.log
}
wrong_pin_cleanup()
{
	netns_cleanup
}

atf_test_case wrong_password cleanup
wrong_password_head()
{
	head "a wrong password: clear words, and no hammering"
}
wrong_password_body()
{
	need ip jq
	box_with 's,password .*,password wrong,'
	wait_until 15 problem "refuses user \"officea\"" ||
	    atf_fail "no clear words"
	sleep 3
	[ "$(vnic_fact box-a office attempts)" -le 2 ] || atf_fail "hammering"
	atf_check -s exit:1 grep -w wrong, box-a.log
	never_up
	# put right, it connects at once
	office_conf a
	atf_check vnicctl box-a reload
	wait_until 10 vnic_up box-a office || atf_fail "not connected"
}
wrong_password_cleanup()
{
	netns_cleanup
}

atf_test_case unknown_hub cleanup
unknown_hub_head()
{
	head "an unknown hub is refused with clear words"
}
unknown_hub_body()
{
	need ip jq
	box_with 's,user officea,&\nhub nowhere,'
	wait_until 15 problem 'at hub "nowhere"' || atf_fail "no clear words"
	never_up
}
unknown_hub_cleanup()
{
	netns_cleanup
}

atf_test_case no_hub cleanup
no_hub_head()
{
	head "no server there, or another program: said in words"
}
no_hub_body()
{
	need ip jq python3
	box_with 's,10.9.0.1:443,10.9.0.1:444,'
	wait_until 15 problem "refused" || atf_fail "no word of the refusal"
	sed -i 's,10.9.0.1:444,10.9.0.77:443,' box-a.conf
	atf_check vnicctl box-a reload
	wait_until 15 problem . || atf_fail "no word of the silent host"
	netns_spawn other hub python3 -c 'if 1:
		import socket
		s = socket.create_server(("10.9.0.1", 444))
		while True:
			c, _ = s.accept()
			c.recv(100)
			c.sendall(b"SSH-2.0-other\r\n")
			c.close()'
	sed -i 's,10.9.0.77:443,10.9.0.1:444,' box-a.conf
	atf_check vnicctl box-a reload
	wait_until 15 problem "TLS" || atf_fail "no word of TLS"
	netns_signal other KILL
}
no_hub_cleanup()
{
	netns_cleanup
}

atf_test_case link_cut cleanup
link_cut_head()
{
	head "a line cut for 30 s without a sign: found dead, back by itself"
}
link_cut_body()
{
	need ip ping jq
	wan_hub "resume-wait 120s"
	offices "keepalive 4s" "retry-max 2s"
	wait_until 10 pings pc-a 192.168.77.2 || atf_fail "no ping"
	before=$(session_of_pc_a)
	# the far end of the box's cable: the box sees nothing
	ip -n "$(netns_name inet)" link set box-a nomaster
	cut=$(_uptime_cs)
	wait_until 8 not_up || atf_fail "the dead line is not found"
	atf_check -o match:"nothing heard for 4 s" \
	    vnic_fact box-a office last-error
	while [ $(($(_uptime_cs) - cut)) -lt 3000 ]; do
		sleep 0.2
	done
	ip -n "$(netns_name inet)" link set box-a master net
	wait_until 8 pings pc-a 192.168.77.2 || atf_fail "not back"
	# the same session on the same port, and b has noticed nothing
	atf_check -o inline:"1\n" vnic_fact box-a office resumed
	atf_check -o inline:"0\n" vnic_fact box-b office resumed
	atf_check -o inline:"$before\n" session_of_pc_a
	atf_check -o inline:"2\n" hub_sessions hub
}
link_cut_cleanup()
{
	netns_cleanup
}

# where the hub has learned PC a
session_of_pc_a()
{
	hubctl hub -j show fdb | jq -r --arg m \
	    "$(netns_exec pc-a cat /sys/class/net/eth0/address)" \
	    '.[] | select(.address == $m) | .session'
}

atf_test_case session_killed cleanup
session_killed_head()
{
	head "the session process dies: it is started again, the tap stays"
}
session_killed_body()
{
	need ip ping jq pgrep
	two_offices
	wait_until 10 pings pc-a 192.168.77.2 || atf_fail "no ping"
	index=$(netns_exec box-a cat /sys/class/net/lw0/ifindex)
	child=$(pgrep -P "$(netns_pid box-a)" -f session) ||
	    atf_fail "no session process"
	kill -KILL "$child"
	wait_until 10 says box-a "ended by signal 9" || atf_fail "no word of it"
	wait_until 15 vnic_up box-a office || atf_fail "not back"
	atf_check -o inline:"$index\n" netns_exec box-a \
	    cat /sys/class/net/lw0/ifindex
	wait_until 5 pings pc-a 192.168.77.2 || atf_fail "no ping"
}
session_killed_cleanup()
{
	netns_cleanup
}

atf_test_case reload cleanup
reload_head()
{
	head "reload keeps sessions; bad settings change nothing"
}
reload_body()
{
	need ip ping jq
	two_offices
	wait_until 10 pings pc-a 192.168.77.2 || atf_fail "no ping"
	before=$(vnic_fact box-a office attempts)
	netns_spawn flow pc-a ping -i 0.05 192.168.77.2
	wait_until 10 answers 1 || atf_fail "no answer"
	sed 's,bridge br0,bridge br0\nnonsense yes,' box-a.conf >new
	cp box-a.conf old
	cp new box-a.conf
	atf_check -s exit:1 -e match:"box-a.conf:[0-9]*:[0-9]*: .*nonsense" \
	    vnicctl box-a reload
	wait_until 10 says box-a "settings in use stay" ||
	    atf_fail "nothing in the log"
	cp old box-a.conf
	sed -i 's,bridge br0,bridge br0\nstay-local no,' box-a.conf
	atf_check vnicctl box-a reload
	atf_check -o inline:"no\n" vnic_fact box-a office stay-local
	atf_check -o inline:"$before\n" vnic_fact box-a office attempts
	atf_check -o inline:"open\n" vnic_fact box-a office state
	# SIGHUP does the same
	cp old box-a.conf
	netns_signal box-a HUP
	wait_until 10 stays_local || atf_fail "SIGHUP did nothing"
	atf_check -o inline:"$before\n" vnic_fact box-a office attempts
	atf_check -o ignore hubctl hub reload
	wait_until 10 answers $(($(answered) + 10)) || atf_fail "it has stopped"
	netns_stop flow INT
	# each in its turn; the last may have been under way
	atf_check -o inline:"$(seq "$(answered)")\n" \
	    sed -n 's/.* icmp_seq=\([0-9]*\) .*/\1/p' flow.log
	# and an explicit reconnect
	atf_check vnicctl box-a reconnect office
	wait_until 10 vnic_up box-a office || atf_fail "not back"
	atf_check -s exit:1 -e match:"no vnic" vnicctl box-a reconnect none
}
reload_cleanup()
{
	netns_cleanup
}

# answered: how many answers the flow of pings has got; answers N: so many
answered()
{
	grep -c "bytes from" flow.log
}
answers()
{
	[ "$(answered)" -ge "$1" ]
}

stays_local()
{
	[ "$(vnic_fact box-a office stay-local)" = yes ]
}

atf_init_test_cases()
{
	atf_add_test_case wrong_pin
	atf_add_test_case wrong_password
	atf_add_test_case unknown_hub
	atf_add_test_case no_hub
	atf_add_test_case link_cut
	atf_add_test_case session_killed
	atf_add_test_case reload
}
