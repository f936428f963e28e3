# SPDX-License-Identifier: ISC
# webconfd(8): 10,000 slow connections do not keep an administrator out.
# flavours: amd64
# timeout: 180
# exclusive: yes

. "$LW_TOP/regress/netns.subr"
. "$LW_TOP/regress/web/web.subr"
. "$LW_TOP/regress/web/hostile.subr"

# memory FIELD: kilobytes of all processes of webconfd; VmRSS now, VmHWM at most
memory()
{
	_sum=0
	for _p in "$(netns_pid webconfd)" \
	    $(pgrep -P "$(netns_pid webconfd)"); do
		_kb=$(awk -v f="$1:" '$1 == f { print $2 }' "/proc/$_p/status")
		_sum=$((_sum + _kb))
	done
	echo "$_sum"
}

atf_test_case slow cleanup
slow_head()
{
	atf_set descr "log-in within 5 s among 10,000 slow connections"
	atf_set require.user root
}
slow_body()
{
	sed 's/#admin-password.*/admin-password "correct horse"/' \
	    "$LW_TOP/image/longwire.txt" >box.txt
	web_box box.txt
	atf_check web_get /login
	before=$(memory VmRSS)
	netns_add crowd
	netns_link box eth1 crowd eth0
	netns_addr box eth1 10.1.255.254/16
	web_crowd 10.1.255.254 250 900 5000
	most=$(memory VmHWM)
	echo "memory: $before kB before, $most kB at most"
	[ $((most - before)) -lt 32768 ] || atf_fail "too much memory"
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
