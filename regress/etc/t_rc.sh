# SPDX-License-Identifier: ISC
# The scripts of rc(8), run by BusyBox's shell on this machine.

rcorder()
{
	busybox sh "$LW_TOP/etc/libexec/rcorder" "$@"
}

rcconf()
{
	busybox sh "$LW_TOP/etc/libexec/rcconf" "$@"
}

# script NAME "REQUIREMENT..."
script()
{
	mkdir -p rc.d
	printf '# PROVIDE: %s\n# REQUIRE: %s\n' "$1" "$2" >"rc.d/$1"
}

atf_test_case order
order_head()
{
	atf_set descr "what a script requires comes before it"
}
order_body()
{
	need busybox
	script a "c b"
	script b ""
	script c "d"
	script d "b"
	script e ""
	atf_check -o inline:"b\nd\nc\na\ne\n" rcorder rc.d/*

	# nobody provides x: the rest still starts
	script e "x b"
	atf_check -s exit:1 -o inline:"b\nd\nc\na\ne\n" \
	    -e inline:"rcorder: e: nobody provides x\n" rcorder rc.d/*

	# two circles, and one that needs itself; what waits for them comes too
	rm -r rc.d
	script a "b"
	script b "c"
	script c "a"
	script d "c"
	script e "f"
	script f "e"
	script g "g"
	atf_check -s exit:1 -o save:out -e save:err rcorder rc.d/*
	atf_check -o inline:"a\nb\nc\nd\ne\nf\ng\n" sort out
	atf_check -o inline:"rcorder: a circle: a -> b -> c -> a\n\
rcorder: a circle: e -> f -> e\nrcorder: a circle: g -> g\n" cat err
	atf_check -o inline:"c\nb\na\n" grep '[abc]' out
}

atf_test_case shipped
shipped_head()
{
	atf_set descr "the scripts that ship: no circle, nothing missing, forms"
}
shipped_body()
{
	need busybox
	atf_check -o save:out rcorder "$LW_TOP"/etc/rc.d/*
	atf_check -o inline:"fs\n" head -n 1 out
	for s in "$LW_TOP"/etc/rc.d/*; do
		atf_check -o inline:"1\n" grep -c "^${s##*/}\$" out
		atf_check busybox sh -n "$s"
	done
	# the packet filter before the first address
	atf_check -o inline:"firewall\nnet\nhubd\n" \
	    grep -x 'firewall\|net\|hubd' out
}

atf_test_case conf
conf_head()
{
	atf_set descr "rc.conf is parsed, not run; bad lines are told"
}
conf_body()
{
	need busybox
	cat >defaults <<'END'
# a comment
hubd_enable="yes"	# a daemon
log_size="256"
web_interface=""
END
	atf_check -o inline:"hubd_enable='yes'\nlog_size='256'\n\
web_interface=''\n" rcconf defaults
	cat >rc.conf <<'END'
hubd_enable="no"	# another comment

web_interface="br0 eth1.7"
hubd_enable="maybe"
log_size="1 2"
log_size=12
no_such="yes"
PATH="/tmp"
web_interface="$(touch owned)"
web_interface="'; touch owned; '"
web_interface="`touch owned`"
touch owned
hubd_enable="yes"; touch owned
END
	atf_check -s exit:1 -o save:out -e save:err rcconf defaults rc.conf
	atf_check -o inline:"hubd_enable='no'\nweb_interface='br0 eth1.7'\n" \
	    tail -n +4 out
	atf_check -o inline:"rc.conf:4:\nrc.conf:5:\nrc.conf:6:\nrc.conf:7:\n\
rc.conf:8:\nrc.conf:9:\nrc.conf:10:\nrc.conf:11:\nrc.conf:12:\nrc.conf:13:\n" \
	    cut -d ' ' -f 1 err
	atf_check -o inline:"rc.conf:4: hubd_enable: yes or no is allowed, \
not maybe: ignored\n" head -n 1 err
	# shellcheck disable=SC1091
	. ./out
	[ ! -e owned ] || atf_fail "a value was run"
}

atf_test_case first
first_head()
{
	atf_set descr "a daemon is started with more priority than others"
	atf_set require.user root
}
first_body()
{
	need busybox renice
	for steps in 10 0; do
		atf_check -o inline:"$((- steps)) a b\n" busybox sh \
		    "$LW_TOP/etc/libexec/first" "$steps" \
		    sh -c 'echo "$(cut -d " " -f 19 /proc/$$/stat) $*"' sh a b
	done
	# what rc.d has started by it
	tunnel_priority=10
	rc_keep()
	{
		:
	}
	rc_daemon()
	{
		echo "$*"
	}
	for d in hubd vnicd; do
		# shellcheck disable=SC1090
		. "$LW_TOP/etc/rc.d/$d"
		atf_check_equal "$d /etc/libexec/first 10 $d -dl \
-f /etc/$d.conf" "$(start)"
	done
}

atf_test_case defaults
defaults_head()
{
	atf_set descr "defaults/rc.conf and the settings' block rc agree"
}
defaults_body()
{
	need busybox
	mkdir cfg
	file=$LW_TOP/etc/defaults/rc.conf
	atf_check -o save:vars rcconf "$file"
	# every variable has a comment
	atf_check -s exit:1 grep '^[a-z_]*="[^"]*"$' "$file"
	echo "rc {" >box.txt
	while IFS="='" read -r var _ value _; do
		key=$(echo "$var" | tr _ -)
		"$LW_BIN/cfgctl" -d cfg get "rc.$key" >have || :
		[ "$(cat have)" = "$value" ] ||
		    atf_fail "$var is $value, its key has $(cat have)"
		[ -z "$value" ] || echo "$key $value" >>box.txt
	done <vars
	echo "}" >>box.txt
	# and back
	atf_check -o inline:"1\n" "$LW_BIN/cfgctl" -d cfg import box.txt
	atf_check -o save:again rcconf "$file" cfg/gen/current/rc.conf
	sort -u again >sorted
	sort vars >want
	atf_check diff want sorted
	cut -d = -f 1 vars | while read -r var; do
		grep -q "Va $var\$" "$LW_TOP/etc/man/rc.conf.5" || echo "$var"
	done >undocumented
	atf_check cat undocumented
}

# supervise NAME COMMAND...: in the background, with the test's /run
supervise()
{
	mkdir -p run bin
	printf '#!/bin/sh\nexec cat >>"%s/log"\n' "$PWD" >bin/logger
	chmod +x bin/logger
	PATH=$PWD/bin:$PATH SUPERVISE_RUN=$PWD/run busybox sh \
	    "$LW_TOP/etc/libexec/supervise" "$@" &
	echo $! >>pids
	wait_until 5 test -s "run/$1.pid" || atf_fail "it does not start"
}

state()
{
	cut -d ' ' -f 2 run/a.since
}

atf_test_case supervise cleanup
supervise_head()
{
	atf_set descr "a service that dies comes back, later each time; TERM"
}
supervise_body()
{
	need busybox
	supervise a sh -c 'echo started; sleep 1000'
	atf_check -o inline:"0\n" state
	pid=$(cat run/a.pid)
	kill -9 "$pid"
	wait_until 10 sh -c "[ \$(cut -d ' ' -f 2 run/a.since) = 1 ]" ||
	    atf_fail "it is not started again"
	# two seconds now
	before=$(_uptime_cs)
	kill -9 "$(cat run/a.pid)"
	wait_until 20 sh -c "[ \$(cut -d ' ' -f 2 run/a.since) = 2 ]" ||
	    atf_fail "it is not started again"
	[ $(($(_uptime_cs) - before)) -ge 180 ] || atf_fail "no back-off"
	wait_until 5 sh -c "grep -c started log | grep -qx 3" ||
	    atf_fail "its output is lost"
	kill "$(cat run/a.super)"
	wait_until 5 test ! -e run/a.super || atf_fail "TERM does not end it"
	! kill -0 "$pid" 2>/dev/null || atf_fail "the command still runs"
	atf_check ls run
}
supervise_cleanup()
{
	end_all
}

atf_test_case stubborn cleanup
stubborn_head()
{
	atf_set descr "a service that ignores TERM is killed; HUP is handed on"
}
stubborn_body()
{
	need busybox
	supervise a sh -c 'trap "" TERM; trap "echo hup >>hup" HUP
	    echo ready >ready; while :; do sleep 0.1; done'
	wait_until 5 test -e ready || atf_fail "it does not start"
	pid=$(cat run/a.pid)
	kill -HUP "$(cat run/a.super)"
	wait_until 5 test -e hup || atf_fail "HUP is not handed on"
	kill "$(cat run/a.super)"
	wait_until 10 test ! -e run/a.super || atf_fail "it goes on"
	! kill -0 "$pid" 2>/dev/null || atf_fail "the command still runs"
}
stubborn_cleanup()
{
	end_all
}

end_all()
{
	cat pids run/*.pid 2>/dev/null | while read -r p; do
		kill -9 "$p" 2>/dev/null || :
	done
}

atf_init_test_cases()
{
	atf_add_test_case order
	atf_add_test_case shipped
	atf_add_test_case conf
	atf_add_test_case first
	atf_add_test_case defaults
	atf_add_test_case supervise
	atf_add_test_case stubborn
}
