# SPDX-License-Identifier: ISC
# flavours: asan amd64
# timeout: 180
# Source addresses of IPv6: only those that a real DHCPv6 server gave.
#
#	srv, dnsmasq, officea ---- hub ---- pc, dhclient, laptop (leased-only6)
#	2001:db8:7::1               |
#	                        officeb: another PC, not so bound

. "$LW_TOP/regress/net/vnic.subr"

# pc NAME NUMBER USER: a PC whose lw0 is in the hub
pc()
{
	wan "$1" "$2"
	netns_ipv6 "$1"
	vnic_conf "$1" <<-EOT
		vnic pc {
			interface lw0
			mac 02:00:5e:10:00:0$2
			server 10.9.0.1:443
			user $3
			password secret
			pin $(hub_pin hub)
		}
	EOT
	start_vnicd "$1" "$1"
	wait_until 20 vnic_up "$1" pc || atf_fail "$1 does not connect"
	netns_exec "$1" ip link set lw0 up
}

lease_up()
{
	netns_add inet
	netns_bridge inet net
	wan hub 1
	hub_conf hub <<-EOF
		hub default {
			$(hub_user officea secret)
			$(hub_user officeb secret)
			$(hub_user laptop secret "policy bound")
			policy bound {
				leased-only6 yes
				dhcp6-server no
			}
		}
	EOF
	start_hubd hub hub
	pc srv 2 officea
	pc pc 3 laptop
	pc other 4 officeb
	netns_exec srv ip -6 addr add 2001:db8:7::1/64 dev lw0 nodad
	netns_exec other ip -6 addr add 2001:db8:7::3/64 dev lw0 nodad
}

server()
{
	netns_spawn dns srv dnsmasq --keep-in-foreground --port=0 \
	    --interface=lw0 --bind-interfaces --conf-file=/dev/null \
	    --user=root --pid-file= --log-facility=- --log-dhcp \
	    --dhcp-range=2001:db8:7::1000,2001:db8:7::1fff,64,1h \
	    --dhcp-authoritative --dhcp-leasefile="$PWD/dns.leases"
	wait_until 10 grep -q "DHCPv6, IP range" dns.log ||
	    atf_fail "dnsmasq does not start"
}

# client OPTION...: dhclient once
client()
{
	netns_exec pc timeout 60 dhclient -6 -1 -v -cf "$PWD/dhclient.conf" \
	    -sf "$PWD/dhclient.sh" -lf "$PWD/dhclient.leases" \
	    -pf "$PWD/dhclient.pid" "$@" lw0 >>dhclient.log 2>&1 || {
		cat dhclient.log dns.log
		atf_fail "dhclient $*"
	}
}

# reaches NS ADDRESS [SOURCE]
reaches()
{
	# shellcheck disable=SC2086 # no source is no word
	netns_exec "$1" ping -6 -c 1 -W 1 ${3:+-I $3} "$2" >/dev/null
}

# hits RULE: how many frames of the laptop it has ended
hits()
{
	hubctl hub -j show policy | jq -r --arg rule "$1" '[.[] |
	    select(.user == "laptop" and .rule == $rule) | .frames] | add // 0'
}

atf_test_case real cleanup
real_head()
{
	atf_set descr "dhclient and dnsmasq: an address passes from its lease to its release, others never"
	atf_set require.user root
}
real_body()
{
	need ip jq dnsmasq dhclient ping
	lease_up
	server
	touch dhclient.conf dhclient.leases
	cat >dhclient.sh <<-'EOF'
		#!/bin/sh
		case $reason in
		BOUND6|RENEW6|REBIND6)
			ip -6 addr replace "$new_ip6_address/64" dev "$interface" nodad
			;;
		esac
		exit 0
	EOF
	chmod +x dhclient.sh
	# one that the PC took by itself
	netns_exec pc ip -6 addr add 2001:db8:7::66/64 dev lw0 nodad
	if reaches pc 2001:db8:7::1; then
		atf_fail "an address that nobody gave passes"
	fi
	[ "$(hits leased-only)" -gt 0 ] || atf_fail "not counted"
	wait_until 10 reaches other 2001:db8:7::1 ||
	    atf_fail "no policy, no lease: blocked"
	client
	addr=$(sed -n 's/.*iaaddr \([0-9a-f:]*\) .*/\1/p' dhclient.leases | tail -n 1)
	[ -n "$addr" ] || atf_fail "no lease"
	wait_until 10 reaches pc 2001:db8:7::1 "$addr" || {
		hubctl hub show bindings
		atf_fail "the leased address is blocked"
	}
	wait_until 10 reaches other "$addr" || atf_fail "not reached from there"
	atf_check_equal "user laptop" "$(hubctl hub -j show bindings |
	    jq -r --arg a "$addr" '.[] | select(.ip == $a and .leased) | .port')"
	if reaches pc 2001:db8:7::1 2001:db8:7::66; then
		atf_fail "the other address passes"
	fi
	# somebody else's
	netns_exec pc ip -6 addr add 2001:db8:7::3/64 dev lw0 nodad
	if reaches pc 2001:db8:7::1 2001:db8:7::3; then
		atf_fail "another's address passes"
	fi
	# renewed it stays, given back it is no more
	client
	wait_until 10 reaches pc 2001:db8:7::1 "$addr" ||
	    atf_fail "blocked after a renewal"
	client -r
	wait_until 10 gone || atf_fail "the lease stays"
	if reaches pc 2001:db8:7::1 "$addr"; then
		atf_fail "it passes after its release"
	fi
}
gone()
{
	[ "$(hubctl hub -j show bindings |
	    jq "[.[] | select(.ip == \"$addr\" and .leased)] | length")" = 0 ]
}
real_cleanup()
{
	if [ -s dhclient.pid ]; then
		kill "$(cat dhclient.pid)" 2>/dev/null || :
	fi
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case real
}
