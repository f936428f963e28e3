# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# flavours: asan tsan amd64
# timeout: 120
# Sites and a hub that wait for frames without sleep, in their sandboxes.

. "$LW_TOP/regress/netns.subr"
. "$LW_TOP/regress/longwire.subr"
. "$LW_TOP/regress/bench/peers.subr"

# pass COUNT: so many pings at short intervals, without a loss
pass()
{
	netns_pings a "$1" 0.002 "$(peer_addr longwire b)" ||
	    atf_fail "pings are lost"
}

# polling auto|no|idle|yes, by a reload
polling()
{
	for _d in hub a b; do
		sed -i "s/^\([[:blank:]]*poll\) .*/\1 $1/" "longwire-$_d.conf"
		atf_check -s exit:0 grep -q "poll $1" "longwire-$_d.conf"
	done
	atf_check -s exit:0 -o ignore hubctl longwire-hub reload
	for _d in a b; do
		atf_check -s exit:0 -o ignore \
		    lw vnicctl -s "$PWD/longwire-$_d.sock" reload
	done
}

# awake: whether the device says that processors are not to sleep
awake()
{
	[ "$(od -An -t d4 -N 4 /dev/cpu_dma_latency | tr -d ' ')" = 0 ]
}

# kept_awake: the daemons' children do, their parents have not kept it open
kept_awake()
{
	netns_spawn talk a ping -q -i 0.002 "$(peer_addr longwire b)"
	wait_until 20 awake || atf_fail "processors may sleep"
	netns_stop talk || :
	for _d in hub a b; do
		ls -l "/proc/$(netns_pid "longwire-$_d")/fd" >fds
		atf_check -s exit:1 grep cpu_dma_latency fds
	done
}

atf_test_case frequent cleanup
frequent_head()
{
	atf_set descr "frames at short intervals pass; reloads turn it on and off"
	atf_set require.user root
}
frequent_body()
{
	need ip ping jq
	peers_switch
	PEER_LW_HUBD="poll yes"
	PEER_LW_VNICD="poll yes"
	peer_start longwire
	pass 2000
	polling no
	pass 500
	polling yes
	pass 2000
	polling auto
	pass 2000
	polling idle
	pass 2000
	[ ! -e /dev/cpu_dma_latency ] || kept_awake
	# the same sessions all along
	for _d in a b; do
		atf_check -s exit:0 -o inline:'1\n' \
		    grep -c 'vnic site: open' "longwire-$_d.log"
	done
}
frequent_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case frequent
}
