# SPDX-License-Identifier: ISC
# timeout: 180
# Upload and download rates of a policy: a TCP stream inside comes near them
# and not over them, a reload changes them. For the topology see vnic.subr.

. "$LW_TOP/regress/net/vnic.subr"

# stream [OPTION...]: Mbit/s of TCP from pc-a to pc-b
stream()
{
	netns_exec pc-a timeout 60 iperf3 -J -t 5 -O 2 --connect-timeout 9000 \
	    -c 192.168.77.2 "$@" >stream.json ||
	    atf_fail "iperf3: $(tail -n 3 stream.json)"
	jq '.end.sum_received.bits_per_second / 1e6' stream.json
}

# near WHAT RATE [OPTION...]: a stream takes what is asked for; all that waits
# comes late, so a little more than the rate may arrive in the seconds that
# count. On a busy machine not the first time.
near()
{
	_what=$1
	_rate=$2
	shift 2
	for _ in 1 2 3; do
		_got=$(stream "$@")
		echo "$_what: $_got of $_rate Mbit/s"
		awk -v r="$_rate" -v v="$_got" \
		    'BEGIN { exit !(v > r * 0.7 && v < r * 1.15) }' && return
	done
	atf_fail "$_what: $_got Mbit/s, not $_rate"
}

atf_test_case rates cleanup
rates_head()
{
	atf_set descr "TCP reaches the rates of the policy, both ways"
	atf_set require.user root
}
rates_body()
{
	need ip jq iperf3
	netns_add inet
	netns_bridge inet net
	wan hub 1
	hub_conf hub <<-EOT
		hub default {
			$(hub_user officea secret "policy slow")
			$(hub_user officeb secret)
			policy slow {
				upload-rate 6000
				download-rate 3000
			}
		}
	EOT
	start_hubd hub hub
	offices
	netns_spawn iperf pc-b iperf3 -s
	wait_until 10 netns_exec pc-b sh -c 'ss -Htln | grep -q :5201' ||
	    atf_fail "no iperf3 -s"
	wait_until 10 pings pc-a 192.168.77.2 || atf_fail "no ping"
	near upload 6
	near download 3 -R
	# what waits, waits at the sender: the hub dropped nothing of it
	hubctl hub -j show sessions >sessions.json
	atf_check -o inline:"0\n" jq '[.[] | select(.user == "officea") |
	    .["in-dropped"]] | add' sessions.json
	sed 's/upload-rate 6000/upload-rate 0/; s/download-rate 3000/download-rate 12000/' \
	    hub.conf >new.conf
	cp new.conf hub.conf
	hubctl hub reload || atf_fail "no reload"
	near "download, reloaded" 12 -R
	for _ in 1 2 3; do
		fast=$(stream)
		awk -v v="$fast" 'BEGIN { exit !(v > 12) }' && break
	done
	echo "upload without limit: $fast Mbit/s"
	awk -v v="$fast" 'BEGIN { exit !(v > 12) }' ||
	    atf_fail "upload without limit: $fast Mbit/s"
	sed 's/upload-rate 0/upload-rate 2000/' new.conf >hub.conf
	hubctl hub reload || atf_fail "no reload"
	near "upload, reloaded" 2
}
rates_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case rates
}
