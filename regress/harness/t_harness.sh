# The harness itself.

. "$LW_TOP/regress/netns.subr"

# a:eth0 10.0.0.1 ---- p0 [lan] p1 ---- b:eth0 10.0.0.2
#                        (br)
pair()
{
	netns_add a b br
	netns_link a eth0 br p0
	netns_link b eth0 br p1
	netns_bridge br lan p0 p1
	netns_addr a eth0 10.0.0.1/24
	netns_addr b eth0 10.0.0.2/24
}

atf_test_case ping cleanup
ping_head()
{
	atf_set descr "two namespaces reach each other over a bridge"
	atf_set require.user root
}
ping_body()
{
	need ip ping
	pair
	wait_until 5 netns_exec a ping -c 1 -W 1 10.0.0.2
	atf_check -o match:" 3 received" \
	    netns_exec b ping -c 3 -i 0.01 -W 20 10.0.0.1
	# quiet: no IPv6 multicast disturbs counters
	atf_check -o empty ip -n "$(netns_name a)" -6 addr show
}
ping_cleanup()
{
	netns_cleanup
}

atf_test_case cleanup_all cleanup
cleanup_all_head()
{
	atf_set descr "cleanup removes namespaces and processes, a stopped one too"
	atf_set require.user root
}
cleanup_all_body()
{
	need ip
	pair
	netns_spawn sleeper a sleep 600
	netns_spawn stopped b sleep 600
	netns_spawn child b sh -c 'sleep 601 & trap "exit 0" TERM; wait'
	netns_signal stopped STOP
	sleeper=$(netns_pid sleeper)
	stopped=$(netns_pid stopped)
	id=$(_netns_id)
	atf_check netns_alive sleeper
	wait_until 5 grep -q . "/proc/$sleeper/cmdline"
	orphan=$(netns_exec b sh -c "ip netns pids $id-b" |
	    wc -l)
	[ "$orphan" -ge 2 ] || atf_fail "only $orphan processes in b"
	atf_check -o ignore netns_cleanup
	atf_check -s exit:1 -e ignore kill -0 "$sleeper"
	atf_check -s exit:1 -e ignore kill -0 "$stopped"
	ip netns list >netns.list
	atf_check -s exit:1 grep "^$id" netns.list
	[ ! -e "/run/longwire-regress/$id" ] || atf_fail "record is left"
}
cleanup_all_cleanup()
{
	netns_cleanup
}

atf_test_case cleanup_complains cleanup
cleanup_complains_head()
{
	atf_set descr "cleanup fails for a sanitizer report and a deaf program"
	atf_set require.user root
}
cleanup_complains_body()
{
	need ip
	netns_add a
	netns_spawn bad a sh -c 'echo "x.c:1:2: runtime error: overflow"'
	wait_until 5 grep -q runtime bad.log
	atf_check -s exit:1 -o match:overflow -e match:"report in bad.log" \
	    netns_cleanup
	rm bad.log
	netns_add a
	netns_spawn deaf a sh -c 'trap "" TERM; echo ready; while :; do sleep 1; done'
	wait_until 5 grep -q ready deaf.log
	atf_check -s exit:1 -o ignore -e match:"deaf did not end on SIGTERM" \
	    netns_cleanup
}
cleanup_complains_cleanup()
{
	netns_cleanup
}

atf_test_case stale cleanup
stale_head()
{
	atf_set descr "what a killed run left is removed by the next"
	atf_set require.user root
}
stale_body()
{
	need ip
	netns_add a
	id=$(_netns_id)
	netns_spawn sleeper a sleep 600
	sleeper=$(netns_pid sleeper)
	# another run, alive, keeps its own
	mkdir other
	(cd other && netns_add b)
	atf_check test -d "/run/longwire-regress/$id"
	# the same process number, an earlier start: that run is gone
	echo "$PPID 1 $PWD" >"/run/longwire-regress/$id/owner"
	mkdir third
	(cd third && netns_add c)
	atf_check -s exit:1 test -d "/run/longwire-regress/$id"
	atf_check -s exit:1 -e ignore kill -0 "$sleeper"
	ip netns list >netns.list
	atf_check -s exit:1 grep "^$id" netns.list
	atf_check -o ignore grep "^$(cd other && _netns_id)-b" netns.list
	rm netns.made
}
stale_cleanup()
{
	for d in other third .; do
		[ ! -d $d ] || (cd $d && netns_cleanup) || exit 1
	done
}

atf_test_case waiting
waiting_head()
{
	atf_set descr "wait_until polls, and gives up in time"
}
waiting_body()
{
	(sleep 0.3; touch now) &
	atf_check wait_until 5 test -e now
	begin=$(_uptime_cs)
	atf_check -s exit:1 -e match:"not within 1 s: sh -c" \
	    wait_until 1 sh -c 'echo never; exit 1'
	took=$(($(_uptime_cs) - begin))
	[ $took -ge 100 ] || atf_fail "gave up after $took cs"
	# (a busy machine may take its time)
	[ $took -lt 3000 ] || atf_fail "gave up after $took cs"
}

atf_test_case missing
missing_head()
{
	atf_set descr "a missing tool is a skip; with CI=true a failure"
}
missing_body()
{
	# result files of a test within the test
	cat >t_inner <<-EOT
		#!/usr/bin/env atf-sh
		LW_TOP=$LW_TOP LW_FLAVOUR=$LW_FLAVOUR
		. "$LW_TOP/regress/subr"
		atf_test_case inner
		inner_body() { need sh no-such-tool; }
		atf_init_test_cases() { atf_add_test_case inner; }
	EOT
	chmod +x t_inner
	atf_check -e ignore env CI= __RUNNING_INSIDE_ATF_RUN=internal-yes-value \
	    ./t_inner -s . -r out inner
	atf_check -o inline:"skipped: no-such-tool is missing\n" cat out
	atf_check -s exit:1 -e ignore env CI=true \
	    __RUNNING_INSIDE_ATF_RUN=internal-yes-value \
	    ./t_inner -s . -r out inner
	atf_check -o inline:"failed: no-such-tool is missing\n" cat out
}

atf_init_test_cases()
{
	atf_add_test_case ping
	atf_add_test_case cleanup_all
	atf_add_test_case cleanup_complains
	atf_add_test_case stale
	atf_add_test_case waiting
	atf_add_test_case missing
}
