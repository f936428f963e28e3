# SPDX-License-Identifier: ISC
# What pppd(8) says of a line, in one word for the status page: uplink.subr as
# it ships, run by BusyBox's shell.

# watch LINE...: pppd says these
watch()
{
	rm -f ppp0.trouble
	printf '%s\n' "$@" | busybox sh -c ". $LW_TOP/etc/libexec/uplink.subr
	    net_run=$PWD; pppoe_watch ppp0"
}

# trouble WORD: that is kept, and when
trouble()
{
	atf_check -o match:"^$1 [0-9]+\$" cat ppp0.trouble
	_ago=$(($(cut -d . -f 1 /proc/uptime) - $(cut -d ' ' -f 2 ppp0.trouble)))
	[ $_ago -ge 0 ] && [ $_ago -le 60 ] || atf_fail "$_ago s ago"
}

atf_test_case words
words_head()
{
	atf_set descr "refused, silent, lost; not what is none"
}
words_body()
{
	need busybox
	# a log-in that fails, by either way, and what follows it
	for how in CHAP PAP; do
		watch "Connect: ppp0 <--> eth1" "$how authentication failed" \
		    "LCP terminated by peer (Authentication failed)" \
		    "Connection terminated." "Modem hangup"
		trouble refused
	done
	watch "Timeout waiting for PADO packets" \
	    "Unable to complete PPPoE Discovery phase 1"
	trouble silent
	watch "LCP: timeout sending Config-Requests" "Connection terminated."
	trouble silent
	# only one that was up can be lost
	watch "Modem hangup" "No response to 3 echo-requests"
	atf_check test ! -e ppp0.trouble
	for said in "Modem hangup" "No response to 3 echo-requests" \
	    "LCP terminated by peer"; do
		watch "local  IP address 10.64.0.100" "$said"
		trouble lost
	done
	# and once
	watch "local  IP address 10.64.0.100" "Modem hangup" \
	    "Timeout waiting for PADO packets" "Modem hangup"
	trouble silent
	# nothing of that
	watch "local  IP address 10.64.0.100" "CHAP authentication succeeded" \
	    "" "\\" 'x$(touch evil)`touch evil`'
	atf_check test ! -e ppp0.trouble -a ! -e evil
}

# ended: neither pppd nor who listens to it
ended()
{
	! pgrep -f "$PWD/line ppp0" && ! kill -0 "$(cat pppd.pid)"
}

atf_test_case runs
runs_head()
{
	atf_set descr "pppd is heard as the process that the supervisor ends"
}
runs_body()
{
	need busybox pgrep
	sed "s,/etc/rc.subr,$PWD/rc.subr,; s,/etc/libexec/net.subr,$PWD/net," \
	    "$LW_TOP/etc/libexec/pppoe" >line
	echo "set -eu" >rc.subr
	cat >net <<-EOF
		. $LW_TOP/etc/libexec/uplink.subr
		net_run=$PWD
		net_dns() { echo "\$1 '\$2'" >dns; }
	EOF
	# as one that was killed left it
	: >ppp0.up
	mkdir bin
	cat >bin/pppd <<-EOF
		#!/bin/sh
		[ "\$*" = "file $PWD/ppp0.ppp logfd 1" ] || exit 1
		echo "Timeout waiting for PADO packets"
		echo \$\$ >"$PWD/pppd.pid"
		exec sleep 60
	EOF
	chmod +x bin/pppd
	PATH=$PWD/bin:$PATH busybox sh "$PWD/line" ppp0 &
	pid=$!
	wait_until 10 test -s ppp0.trouble || atf_fail "not heard"
	trouble silent
	atf_check test ! -e ppp0.up
	atf_check -o inline:"ppp0 ''\n" cat dns
	wait_until 10 test -s pppd.pid || atf_fail "pppd does not run"
	atf_check_equal "$pid" "$(cat pppd.pid)"
	kill "$pid"
	wait_until 10 ended >ended.out 2>&1 || atf_fail "still runs"
}

atf_init_test_cases()
{
	atf_add_test_case runs
	atf_add_test_case words
}
