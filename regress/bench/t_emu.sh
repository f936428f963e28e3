# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# The link emulator against what the kernel and ping see of it:
#
#	a:wan 10.9.0.1 ---- emulator ---- b:wan 10.9.0.2
#
# Bounds are on the side of what a busy machine adds: a delay is at least the
# one set, and half of the pings have little more.
# flavours: asan
# timeout: 300
# exclusive: yes

. "$LW_TOP/regress/netns.subr"
. "$LW_TOP/regress/bench/emu.subr"

head()
{
	atf_set descr "$1"
	atf_set require.user root
}

# link [-s SEED] [WAY:SETTING,...]...: a fresh one, with addresses
link()
{
	emu_link wan a wan b wan "$@"
	netns_addr a wan 10.9.0.1/24
	netns_addr b wan 10.9.0.2/24
	# neighbours are known, so that the first frame is the test's
	for _end in "a b 10.9.0.2" "b a 10.9.0.1"; do
		# shellcheck disable=SC2086 # three words
		set -- $_end
		netns_exec "$1" ip neigh replace "$3" nud permanent dev wan \
		    lladdr "$(netns_exec "$2" cat /sys/class/net/wan/address)"
	done
}

begin()
{
	need ip jq ping
	netns_cleanup >/dev/null	# of another try
	netns_add a b
	link "$@"
}

# within LOW HIGH VALUE WHAT
within()
{
	awk -v lo="$1" -v hi="$2" -v v="$3" \
	    'BEGIN { exit !(v + 0 == v && v >= lo && v <= hi) }' ||
	    atf_fail "$4: $3, not within $1 and $2"
	echo "$4: $3"
}

# pings COUNT: round trips in ms, sorted, one a line
pings()
{
	netns_exec a ping -n -i 0.01 -c "$1" -W 2 10.9.0.2 |
	    sed -n 's/.*time=\([0-9.]*\) ms.*/\1/p' | sort -n >rtt
	[ "$(wc -l <rtt)" -eq "$1" ] || atf_fail "lost pings"
}

# rtt PERCENT: that percentile
rtt()
{
	sed -n "$(((($(wc -l <rtt) - 1) * $1) / 100 + 1))p" rtt
}

atf_test_case delay cleanup
delay_head()
{
	head "ping sees the delay of both ways"
}
delay_once()
{
	begin up:delay=15ms down:delay=5ms
	pings 100
	within 20 20.5 "$(rtt 0)" shortest
	within 20 23 "$(rtt 50)" median
	emu_stop wan
	atf_check_equal 100 "$(emu_stat wan .up.out)"
	atf_check_equal 100 "$(emu_stat wan .down.out)"
	# 84 bytes of IP in each
	atf_check_equal 9800 "$(emu_stat wan .up.in_bytes)"
}
delay_cleanup()
{
	netns_cleanup
}

atf_test_case jitter cleanup
jitter_head()
{
	head "jitter spreads delays evenly, in order unless told otherwise"
}
jitter_once()
{
	begin up:delay=5ms,jitter=20ms
	probe a:10.9.0.1 b:10.9.0.2 -n 400 -i 5000 >keep
	within 15000 26000 "$(jq .delay_p99_us keep)" "99 %"
	atf_check_equal 0 "$(jq .overtaken keep)"
	emu_set wan up:order=free
	probe a:10.9.0.1 b:10.9.0.2 -n 400 -i 5000 >free
	# uniform from 5 to 25 ms; three standard errors of a median
	within 13500 17500 "$(jq .delay_p50_us free)" median
	# of two 5 ms apart the second overtakes with chance .75 ^ 2 / 2
	within 60 250 "$(jq .overtaken free)" overtaken
}
jitter_cleanup()
{
	netns_cleanup
}

atf_test_case loss cleanup
loss_head()
{
	head "share of losses, and the same ones for the same seed"
}
loss_once()
{
	begin -s 5 up:loss=2%
	probe a:10.9.0.1 b:10.9.0.2 -n 5000 -i 100 -v >one
	# 100, five standard deviations of 9.9
	within 50 150 "$((5000 - $(jq .received one)))" "lost of 5000"
	emu_stop wan
	atf_check_equal "$(emu_stat wan .up.lost)" "$(jq '.lost | length' one)"
	link -s 5 up:loss=2%
	probe a:10.9.0.1 b:10.9.0.2 -n 5000 -i 100 -v >two
	atf_check_equal "$(jq -c .lost one)" "$(jq -c .lost two)"
	emu_stop wan
	link -s 6 up:loss=2%
	probe a:10.9.0.1 b:10.9.0.2 -n 5000 -i 100 -v >three
	[ "$(jq -c .lost one)" != "$(jq -c .lost three)" ] ||
	    atf_fail "another seed, the same losses"
}
loss_cleanup()
{
	netns_cleanup
}

atf_test_case burst cleanup
burst_head()
{
	head "losses in bursts"
}
burst_once()
{
	begin -s 2 up:loss=5%,burst=10
	probe a:10.9.0.1 b:10.9.0.2 -n 20000 -i 50 -v >one
	# a run: a lost one whose predecessor is not
	jq '(.lost | length) as $n |
	    ([.lost[0]] + .lost) as $l |
	    ([range(1; $l | length) | select($l[.] - $l[. - 1] != 1)] |
	    length) as $runs | {share: ($n / 20000), run: ($n / $runs)}' \
	    one >runs
	within 0.03 0.07 "$(jq .share runs)" share
	within 7 13 "$(jq .run runs)" "mean run"
}
burst_cleanup()
{
	netns_cleanup
}

atf_test_case rate cleanup
rate_head()
{
	head "rate, length of the queue, and its losses"
}
rate_once()
{
	begin up:rate=20mbit,queue=100ms,delay=1ms
	# 1000 frames of 1514 bytes at once; the queue holds 250,000 bytes
	probe a:10.9.0.1 b:10.9.0.2 -n 1000 -i 0 -l 1472 >burst
	# a frame every 605.6 us leaves while the burst comes in
	within 165 230 "$(jq .received burst)" "of a burst"
	# the last one has waited for what the queue holds, and not longer
	within 95000 110000 "$(jq .delay_max_us burst)" "longest delay"
	# 3 s at twice the rate: half passes
	probe a:10.9.0.1 b:10.9.0.2 -n 10000 -i 300 -l 1472 >flood
	within 5000 5250 "$(jq .received flood)" "of a flood"
	emu_stop wan
	within 240000 250000 "$(emu_stat wan .up.queue_max)" "queue"
	atf_check_equal "$(emu_stat wan .up.queue_full)" \
	    "$((11000 - $(jq .received burst) - $(jq .received flood)))"
	atf_check_equal 0 "$(emu_stat wan '.up.overflow + .refused')"
}
rate_cleanup()
{
	netns_cleanup
}

atf_test_case tcp cleanup
tcp_head()
{
	head "a sender's super-frames count as frames of real size"
}
tcp_once()
{
	need iperf3
	begin both:delay=5ms up:rate=100mbit,queue=20ms
	netns_spawn server b iperf3 -s -1
	wait_until 10 listens || atf_fail "iperf3 does not listen"
	netns_exec a iperf3 -c 10.9.0.2 -t 5 -J >tcp
	# 1448 of 1514 bytes; it starts slowly, loses some in the queue, and
	# a busy machine keeps it from the rest
	within 40e6 95.7e6 "$(jq .end.sum_received.bits_per_second tcp)" rate
	emu_stop wan
	within 1400 1514 "$(emu_stat wan '.up.out_bytes / .up.out')" \
	    "mean size"
}
tcp_cleanup()
{
	netns_cleanup
}

listens()
{
	netns_exec b ss -tln | grep -q :5201
}

atf_test_case outage cleanup
outage_head()
{
	head "an outage loses all frames of its time and no others"
}
outage_once()
{
	begin both:delay=2ms
	probe a:10.9.0.1 b:10.9.0.2 -n 300 -i 10000 -v >result &
	_probe=$!
	sleep 1
	emu_set wan up:outage=1s
	wait "$_probe" || atf_fail "probe"
	jq '(.lost | length) as $n | {n: $n, gaps: (.lost[-1] - .lost[0] - $n + 1)}' \
	    result >gap
	within 98 102 "$(jq .n gap)" lost
	atf_check_equal 0 "$(jq .gaps gap)"
	emu_stop wan
	atf_check_equal "$(jq .n gap)" "$(emu_stat wan .up.outage)"
}
outage_cleanup()
{
	netns_cleanup
}

atf_test_case reorder cleanup
reorder_head()
{
	head "some frames are overtaken"
}
reorder_once()
{
	begin up:delay=5ms,reorder=10%,gap=3ms
	probe a:10.9.0.1 b:10.9.0.2 -n 2000 -i 1000 >result
	atf_check_equal 2000 "$(jq .received result)"
	emu_stop wan
	# 200, five standard deviations of 13.4
	within 133 267 "$(emu_stat wan .up.overtaken)" chosen
	within 120 267 "$(jq .overtaken result)" overtaken
}
reorder_cleanup()
{
	netns_cleanup
}

atf_test_case control cleanup
control_head()
{
	head "settings at run time; what is wrong with bad ones is said"
}
control_once()
{
	begin
	pings 20
	within 0 2 "$(rtt 50)" "without settings"
	emu_set wan both:delay=10ms
	pings 20
	within 20 23 "$(rtt 50)" "changed"
	for _bad in side:delay=1ms up up: up:speed=1 :delay=1ms "up:delay=1ms "; do
		emu_set wan "$_bad"
	done
	emu_set wan "up:$(printf %300s x)"
	emu_set wan stats
	wait_until 5 test -e wan.json
	atf_check_equal 40 "$(emu_stat wan .up.out)"
	for _said in "no such way: side:" "no such way: up" "not a setting: " \
	    "not a setting: speed=1" "no such way: :delay" "line too long"; do
		wait_until 10 grep -q "$_said" wan.log ||
		    atf_fail "not said: $_said"
	done
	pings 20
	within 20 23 "$(rtt 50)" "unchanged"
	emu_stop wan
}
control_cleanup()
{
	netns_cleanup
}

atf_test_case usage cleanup
usage_head()
{
	head "wrong arguments"
}
usage_body()
{
	netns_add a b
	_a=$(netns_name a):x
	_b=$(netns_name b):x
	for _args in "" "$_a" "-z $_a $_b" "-s one $_a $_b" "x y" \
	    "nowhere:x $_b" "$_a ${_b}0123456789abcdef" "$_a $_b up:rate=1" \
	    "$_a $_b in:rate=0"; do
		# shellcheck disable=SC2086 # several words
		atf_check -s exit:1 -e match:h_emu \
		    lw "$LW_HELPERS/bench/h_emu" $_args
	done
}
usage_cleanup()
{
	netns_cleanup
}

# Each measures.
for _tc in delay jitter loss burst rate tcp outage reorder control; do
	eval "${_tc}_body() { tries 6 ${_tc}_once; }"
done

# lw PROGRAM ARGUMENT...
lw()
{
	sh "$LW_TOP/regress/lw.sh" "$@"
}

atf_init_test_cases()
{
	for _tc in delay jitter loss burst rate tcp outage reorder control \
	    usage; do
		atf_add_test_case $_tc
	done
}
