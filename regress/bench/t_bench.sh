# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# The parts of make bench that decide what its figures are: statistics and
# verdicts, the generator's counting, the sessions' counting.
# flavours: asan

. "$LW_TOP/regress/netns.subr"
. "$LW_TOP/regress/longwire.subr"

atf_test_case ratios
ratios_head()
{
	atf_set descr "ratios are of the same round, medians and verdicts right"
}
ratios_body()
{
	need python3 jq
	# rounds whose values differ but whose ratios do not; one is missing
	printf '%s\t%s\t%s\t%s\n' \
	    tcp1 longwire 1 300 tcp1 softether 1 100 \
	    tcp1 longwire 2 30 tcp1 softether 2 10 \
	    tcp1 longwire 3 40 tcp1 softether 3 10 \
	    tcp1 longwire 4 40 \
	    tcp1 tinc 1 0 tcp1 tinc 2 10 \
	    cpu longwire 1 0.31 cpu softether 1 1 \
	    loadp99 longwire 1 0.2 loadp99 softether 1 1 \
	    idle longwire 1 0.2 >raw.tsv
	echo "softether bbr 2" >used
	echo "longwire 1.5" >load.rtt
	atf_check -s exit:0 python3 "$LW_TOP/regress/bench/report.py" short \
	    raw.tsv used .
	cat >want <<-'EOT'
		["tcp1","softether",3,3,4,3,true,false]
		["tcp1","tinc",3,3,3,1,false,null]
		["cpu","softether",0.31,0.31,0.31,1,false,false]
		["loadp99","softether",0.2,0.2,0.2,1,true,true]
		["idle",null,0.2,0.2,0.2,1,true,null]
	EOT
	atf_check -s exit:0 -o file:want jq -c '.ratios[] | [.figure,
	    .reference, .ratio, .low, .high, .rounds, .reached,
	    .stretch_reached]' bench.json
	atf_check -s exit:0 -o match:'3.00 \[3.00, 4.00\] \| 3 \| ≥ 3 .* yes' \
	    -o match:'bbr' grep -E 'softether' table.md
	for f in throughput cpu load; do
		atf_check -s exit:0 python3 -c "
import xml.dom.minidom
xml.dom.minidom.parse('$f.svg')"
	done
}

atf_test_case figures
figures_head()
{
	atf_set descr "percentiles and processor time are counted right"
}
figures_body()
{
	. "$LW_TOP/regress/bench/figures.subr"
	seq 1 200 >rtt
	atf_check -s exit:0 -o inline:'100\n' percentile 50
	atf_check -s exit:0 -o inline:'198\n' percentile 99
	echo 7 >rtt
	atf_check -s exit:0 -o inline:'7\n' percentile 99
	: >rtt
	atf_check -s exit:0 percentile 50
	atf_check -s exit:0 -o inline:'1.00 0.50 0.25 1.75\n' \
	    used_cpu "1 2 3" "2 2.5 3.25"
	printf '10\n9\n100\n' >runs
	atf_check -s exit:0 -o inline:'10\n' middle runs
	# 3 GiB, by a thread that was there and a busier one that is new
	echo '{ "end": { "sum_received": { "bytes": 2147483648 },
	    "sum_received_bidir_reverse": { "bytes": 1073741824 } } }' \
	    >iperf.json
	echo "7 1000000000" >threads.before
	printf '7 2500000000\n8 2000000000\n' >threads.after
	atf_check -s exit:0 -o inline:'1.5\n' threadmost
}

atf_test_case frames cleanup
frames_head()
{
	atf_set descr "the generator counts each frame that arrives, no other"
	atf_set require.user root
}
frames_body()
{
	need ip jq nft
	netns_add a b hub
	netns_link a wan hub wa
	netns_link b wan hub wb
	netns_bridge hub net wa wb
	from=$(netns_name a):wan
	to=$(netns_name b):wan
	gen="$LW_HELPERS/bench/h_frames"
	atf_check -s exit:0 -o save:whole "$gen" -r 2000 -t 500 "$from" "$to"
	atf_check -s exit:0 -o inline:'true\n' jq \
	    '.sent > 100 and .sent == .received' whole
	netns_exec hub nft -f - <<-EOT || unavailable "no nftables here"
		table bridge t {
			chain f {
				type filter hook forward priority 0
				numgen inc mod 10 == 0 drop
			}
		}
	EOT
	atf_check -s exit:0 -o save:tenth "$gen" -r 2000 -t 500 "$from" "$to"
	atf_check -s exit:0 -o inline:'true\n' jq \
	    '(.sent - .received * 10 / 9) | . < 3 and . > -3' tenth
	# a tenth is too much for the search, a fifth is not
	atf_check -s exit:0 -o match:'"rate": 0,' "$gen" -t 50 "$from" "$to"
	atf_check -s exit:0 -o not-match:'"rate": 0,' "$gen" -t 100 -l 20 \
	    "$from" "$to"
	# what it does not understand
	atf_check -s exit:1 -e match:'not NETNS:IF' "$gen" nothing "$to"
	atf_check -s exit:1 -e match:'nonesuch' "$gen" \
	    "$(netns_name a):nonesuch" "$to"
	atf_check -s exit:1 -e match:'not a number' "$gen" -r x "$from" "$to"
}
frames_cleanup()
{
	netns_cleanup
}

atf_test_case sessions cleanup
sessions_head()
{
	atf_set descr "sessions in pairs get all frames"
	atf_set require.user root
}
says()
{
	grep -q "$1" load.log
}
sessions_body()
{
	need ip jq
	netns_add h c
	netns_link h eth0 c eth0
	netns_addr h eth0 10.0.0.1/24
	netns_addr c eth0 10.0.0.2/24
	hub_conf hub <<-EOT
		hub default {
			$(hub_user many secret)
		}
	EOT
	start_hubd hub h
	netns_spawn load c "$LW_HELPERS/bench/h_sessions" -n 4 \
	    -P "$(hub_pin hub)" -u many -w secret -r 50 -t 1000 10.0.0.1 443
	wait_until 60 says '"open": 4' || atf_fail "no sessions"
	atf_check_equal 4 "$(hub_sessions hub)"
	netns_signal load USR1
	wait_until 30 says '"received"' || atf_fail "no result"
	atf_check -s exit:0 -o inline:'true\n' jq -s \
	    '.[1] | .sent > 40 and .sent == .received and .closed == 0' load.log
	netns_stop load || atf_fail "h_sessions did not end"
}
sessions_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case ratios
	atf_add_test_case figures
	atf_add_test_case frames
	atf_add_test_case sessions
}
