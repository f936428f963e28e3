# SPDX-License-Identifier: ISC
# webconfd(8): 2,000 slow connections do not keep an administrator out.
# flavours: amd64
# timeout: 180
# exclusive: yes

. "$LW_TOP/regress/netns.subr"
. "$LW_TOP/regress/web/web.subr"

# rss: kilobytes of all processes of webconfd
rss()
{
	_sum=0
	for _p in "$(netns_pid webconfd)" \
	    $(pgrep -P "$(netns_pid webconfd)"); do
		_kb=$(awk '/^VmRSS/ { print $2 }' "/proc/$_p/status")
		_sum=$((_sum + _kb))
	done
	echo "$_sum"
}

# all have come, and those that were closed come again
busy()
{
	tail -n 1 slow.log | awk '
	    $1 == "open" && $2 >= 200 && $6 >= 2500 { ok = 1 }
	    END { exit !ok }'
}

# from 250 addresses from 10.1.1.0 on; the administrator is 10.0.0.2
atf_test_case slow cleanup
slow_head()
{
	atf_set descr "log-in within 5 s among 2,000 slow connections"
	atf_set require.user root
}
slow_body()
{
	sed 's/#admin-password.*/admin-password "correct horse"/' \
	    "$LW_TOP/image/longwire.txt" >box.txt
	web_box box.txt
	atf_check web_get /login
	before=$(rss)
	netns_add crowd
	netns_link box eth1 crowd eth0
	netns_addr box eth1 10.1.255.254/16
	n=0
	while [ $n -lt 250 ]; do
		echo "addr add 10.1.1.$n/16 dev eth0"
		n=$((n + 1))
	done >addrs
	netns_exec crowd ip -batch addrs || atf_fail "addresses"
	netns_spawn slow crowd sh "$LW_TOP/regress/lw.sh" \
	    "$LW_HELPERS/web/h_slow" 10.1.255.254 8443 10.1.1.0 2000 500 40
	wait_until 20 busy || atf_fail "not busy"
	for round in 1 2 3 4 5; do
		rm -f jar
		start=$(_uptime_cs)
		atf_check web_get /login
		atf_check web_post /login "password=$WEB_PASSWORD"
		atf_check web_goes /status
		atf_check web_get /status
		took=$(($(_uptime_cs) - start))
		echo "round $round: ${took}0 ms"
		[ $took -lt 500 ] || atf_fail "took ${took}0 ms"
	done
	after=$(rss)
	echo "memory: $before kB before, $after kB after"
	[ $((after - before)) -lt 32768 ] || atf_fail "too much memory"
	atf_check netns_alive webconfd
}
slow_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case slow
}
