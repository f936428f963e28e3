# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# The network around the three machines; sourced by run.sh. Each name is a
# network namespace, made with regress/netns.subr:
#
#	host-a --- lan-a --- router-a --- inet --- router-b --- lan-b --- host-b
#	             |                      |                     |
#	         [office A]               [hub]               [office B]
#
#	inet		192.0.2.1 (the hub's network), 198.51.100.1, 203.0.113.1;
#			a web server that answers with the address it was asked
#			from; DHCP, which gives the hub 192.0.2.10
#	router-a, -b	192.168.1.1/24 both; NAT; DHCP from .100 (A), .150 (B);
#			MAC 02:4c:57:00:0a:01 (A), 02:4c:57:00:0b:01 (B)
#	lan-a, lan-b	a switch each
#	host-a, -b	a PC each, eth0 by DHCP
#	[machine]	a virtual machine; its network card is a tap in that switch

HUB_ADDR=192.0.2.10
HUB_NAME=hub.example.com

net_up()
{
	netns_add inet router-a router-b lan-a lan-b host-a host-b
	net_inet
	net_office a
	net_office b
}

net_inet()
{
	net_tap inet hub
	netns_bridge inet br0 hub
	netns_addr inet br0 192.0.2.1/24
	netns_exec inet sysctl -qw net.ipv4.ip_forward=1
	mkdir -p whoami/cgi-bin
	cat >whoami/cgi-bin/whoami <<-'END'
		#!/bin/sh
		printf '\r\n%s\n' "$REMOTE_ADDR"
	END
	chmod +x whoami/cgi-bin/whoami
	net_dhcpd inet br0 "$HUB_ADDR,$HUB_ADDR"
	netns_spawn whoami inet busybox httpd -f -p 0.0.0.0:80 -h "$PWD/whoami"
}

# net_office LETTER: an office behind its router.
net_office()
{
	_outside=$(outside_addr "$1")
	_isp=${_outside%.*}.1
	netns_link "router-$1" wan inet "wan-$1"
	netns_addr "router-$1" wan "$_outside/24"
	netns_addr inet "wan-$1" "$_isp/24"
	_net_do ip -n "$(netns_name "router-$1")" route add default via "$_isp"
	netns_exec "router-$1" sysctl -qw net.ipv4.ip_forward=1
	net_nat "$1" || die "$NO_NAT"

	netns_link "router-$1" lan "lan-$1" router
	_net_do ip -n "$(netns_name "router-$1")" link set lan \
	    address "$(router_mac "$1")"
	netns_addr "router-$1" lan 192.168.1.1/24
	netns_link "host-$1" eth0 "lan-$1" host
	net_tap "lan-$1" box
	netns_bridge "lan-$1" br0 router host box
	net_dhcp "$1"
}

NO_NAT="this kernel has no NAT: nf_tables with masquerade (modules nft_masq,
nft_chain_nat) is needed for the routers of the two offices"

net_nat()
{
	netns_exec "router-$1" nft -f - <<-END
		table ip nat {
			chain postrouting {
				type nat hook postrouting priority 100
				oifname "wan" masquerade
			}
		}
	END
}

router_mac()
{
	echo "02:4c:57:00:0$1:01"
}

# outside_addr LETTER: the address by which the Internet knows an office.
outside_addr()
{
	case $1 in
	a)	echo 198.51.100.2 ;;
	b)	echo 203.0.113.2 ;;
	esac
}

# The DHCP server of an office; addresses tell whose it is.
net_dhcp()
{
	case $1 in
	a)	_range=192.168.1.100,192.168.1.149 ;;
	b)	_range=192.168.1.150,192.168.1.199 ;;
	esac
	net_dhcpd "router-$1" lan "$_range"
}

# net_dhcpd NS IF FIRST,LAST: DHCP and name server dhcp-NS
net_dhcpd()
{
	netns_spawn "dhcp-$1" "$1" dnsmasq --keep-in-foreground \
	    --conf-file=/dev/null --user=root --interface="$2" \
	    --bind-interfaces --no-resolv --no-hosts --no-ping \
	    --address="/$HUB_NAME/$HUB_ADDR" --dhcp-range="$3,12h" \
	    --dhcp-authoritative --dhcp-leasefile="$PWD/dhcp-$1.leases" \
	    --pid-file= --log-facility=- --log-dhcp
}

# whose_address ADDRESS: the office whose DHCP server gives this address.
whose_address()
{
	case $1 in
	192.168.1.1[0-4][0-9])	echo A ;;
	192.168.1.1[5-9][0-9])	echo B ;;
	*)			echo nobody ;;
	esac
}

# net_tap NS IF: where a machine's network card ends.
net_tap()
{
	_net_do ip -n "$(netns_name "$1")" tuntap add "$2" mode tap
	_net_do ip -n "$(netns_name "$1")" link set "$2" up
}

_net_do()
{
	"$@" || die "failed: $*"
}

# host_dhcp LETTER: the PC asks for an address; prints what it got. Not more
# than 120 s.
host_dhcp()
{
	netns_exec "host-$1" ip addr flush dev eth0 || return 1
	netns_exec "host-$1" timeout 120 busybox udhcpc -i eth0 -f -n -q -t 30 -T 3 \
	    -s "$top/image/run/dhcp-script" >>"host-$1.log" 2>&1 || return 1
	host_addr "$1"
}

host_addr()
{
	netns_exec "host-$1" ip -o -4 addr show dev eth0 |
	    awk '{ sub("/.*", "", $4); print $4; exit }'
}

# host_router LETTER: asks who has 192.168.1.1; prints the MAC addresses that
# answered within two seconds.
host_router()
{
	netns_exec "host-$1" busybox arping -I eth0 -c 2 -w 3 192.168.1.1 |
	    sed -n 's/.*\[\(.*\)\].*/\1/p' | sort -u
}
