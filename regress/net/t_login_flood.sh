# SPDX-License-Identifier: ISC
# flavours: amd64
# timeout: 180
# exclusive: yes
# A flood of log-ins takes little from those who are in: TCP between two
# sites, with and without it in turns; what counts is the median of the ratios
# of two that were measured one after the other.
#
#	a:lw0 192.168.9.1 ---- hub ---- b:lw0 192.168.9.2
#	                        |
#	                        c	guesses, from 16 addresses

. "$LW_TOP/regress/netns.subr"
. "$LW_TOP/regress/longwire.subr"

ROUNDS=9
SECONDS_EACH=3
GOAL=0.6			# 0.8 where nothing else runs

site()
{
	vnic_conf "$1" <<-EOT
		vnic office {
			interface lw0
			mac 02:00:5e:10:00:0$1
			server 10.0.0.1:443
			user office$1
			password secret
			pin $(hub_pin hub)
		}
	EOT
	start_vnicd "$1" "$1"
	wait_until 20 vnic_up "$1" office || atf_fail "$1 is not up"
}

# the guesses: new users all the time, since those that failed must wait; a
# machine of others sends them, so their sender gives way here
cat_guesser()
{
	cat <<-'EOT'
		import itertools, threading, time
		from peer import *
		os.nice(19)
		users = itertools.count()
		asked = itertools.count()
		def guess(source):
		    while not os.path.exists("stop"):
		        try:
		            p = Peer(source=source)
		            p.request("default", "u%d" % next(users), "wrong")
		            p.close()
		            next(asked)
		        except (OSError, Failed):
		            time.sleep(0.1)
		ts = [threading.Thread(target=guess, args=("10.0.0.%d" % (100 + n),))
		      for n in range(16) for _ in range(2)]
		for t in ts:
		    t.start()
		for t in ts:
		    t.join()
		print("asked", next(asked))
	EOT
}

# rate: Mbit/s from a to b
rate()
{
	netns_exec a iperf3 -c 192.168.9.2 -t "$SECONDS_EACH" -J >iperf.json ||
	    atf_fail "iperf3"
	jq '.end.sum_received.bits_per_second / 1e6 | floor' iperf.json
}

median()
{
	sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# keeps: rounds with and without the flood, and their median
keeps()
{
	rm -f without with
	begun=$(hub_stat hub logins-refused)
	for n in $(seq $ROUNDS); do
		rate >>without
		rm -f stop
		netns_spawn "guess$n" c env PYTHONPATH="$LW_TOP/regress/net" \
		    PYTHONDONTWRITEBYTECODE=1 HUB_ADDR=10.0.0.1 \
		    python3 guess.py
		before=$(hub_stat hub logins-refused)
		# until it is under way
		wait_until 20 under_way || atf_fail "no flood"
		rate >>with
		touch stop
		wait_until 30 ended "guess$n" || atf_fail "it goes on"
	done
	refused=$(($(hub_stat hub logins-refused) - begun))
	echo "without: $(median without) Mbit/s, with: $(median with) Mbit/s," \
	    "$refused log-ins refused"
	[ "$refused" -gt $((ROUNDS * 10)) ] || atf_fail "no flood: $refused"
	paste with without | awk '{ printf "%.2f\n", $1 / $2 }' >ratios
	ratio=$(median ratios)
	echo "ratio $ratio of $(sort -n ratios | paste -s -d ' ' -)"
	awk -v r="$ratio" -v goal=$GOAL 'BEGIN { exit !(r >= goal) }' ||
	    atf_fail "the data path keeps $ratio"
}

under_way()
{
	[ "$(hub_stat hub logins-refused)" -gt "$before" ]
}

ended()
{
	! netns_alive "$1"
}

atf_test_case throughput cleanup
throughput_head()
{
	atf_set descr "a flood of log-ins leaves the data path most of it"
	atf_set require.user root
}
throughput_body()
{
	need ip jq python3 iperf3
	netns_add h a b c net
	for ns in h a b c; do
		netns_link net "p$ns" "$ns" eth0
	done
	netns_bridge net br0 ph pa pb pc
	netns_addr h eth0 10.0.0.1/24
	netns_addr a eth0 10.0.0.2/24
	netns_addr b eth0 10.0.0.3/24
	for n in $(seq 100 115); do
		netns_addr c eth0 "10.0.0.$n/24"
	done
	hub_conf hub <<-EOT
		guess-delay 0s
		guess-limit 1000000
		hub default {
			$(hub_user officea secret)
			$(hub_user officeb secret)
		}
	EOT
	start_hubd hub h
	site a
	site b
	netns_addr a lw0 192.168.9.1/24
	netns_addr b lw0 192.168.9.2/24
	netns_spawn iperf b iperf3 -s --forceflush
	wait_until 10 grep -q listening iperf.log || atf_fail "no iperf3"
	cat_guesser >guess.py
	rate >/dev/null
	tries 3 keeps
}
throughput_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case throughput
}
