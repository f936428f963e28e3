# SPDX-License-Identifier: ISC
# timeout: 180
# The box's own packet filter, in a namespace: what a port scan finds.
#
#	lan --- br0 [box] eth1 --- wan
#	10.1.0.2  10.1.0.1  10.2.0.1   10.2.0.2
#	fd01::2   fd01::1   fd02::1    fd02::2

. "$LW_TOP/regress/netns.subr"

# What rc gives to the scripts that it sources.
rc_get()
{
	"$LW_BIN/cfgctl" -d cfg get "$@" 2>/dev/null || :
}

rc_list()
{
	"$LW_BIN/cfgctl" -d cfg list "$1" 2>/dev/null || :
}

rc_has()
{
	"$LW_BIN/cfgctl" -d cfg get "$1" >/dev/null 2>&1
}

# settings [LINE...]: of the block rc, besides a bridge and two listeners
settings()
{
	{
		cat <<-END
		network {
			bridge br0 {
				port eth0
			}
		}
		hubd {
			listen *:443
			listen 10.2.0.1:992
			listen [fd02::1]:993
			hub main {
				local-port lan {
					bridge br0
				}
			}
		}
		rc {
		END
		for l; do
			echo "	$l"
		done
		echo "}"
	} >box.txt
	load
}

# settings_ssh LINE...: the same with a block ssh
settings_ssh()
{
	settings
	{
		echo "ssh {"
		for l; do
			echo "	$l"
		done
		echo "}"
	} >>box.txt
	load
}

# load: box.txt into force, as rc.d/firewall does
load()
{
	mkdir -p cfg
	atf_check -o ignore "$LW_BIN/cfgctl" -d cfg import box.txt
	set -- "$LW_TOP/etc/defaults/rc.conf"
	[ ! -e cfg/gen/current/rc.conf ] || set -- "$@" cfg/gen/current/rc.conf
	busybox sh "$LW_TOP/etc/libexec/rcconf" "$@" >vars ||
	    atf_fail "rc.conf"
	. ./vars
	. "$LW_TOP/etc/libexec/firewall.subr"
	firewall_rules >rules
	netns_exec box nft -f - <rules || {
		cat rules
		atf_fail "nft does not take the rules"
	}
}

box()
{
	need nft ip busybox python3
	netns_add box lan wan
	netns_link box eth0 lan eth0
	netns_link box eth1 wan eth0
	netns_bridge box br0 eth0
	netns_addr box br0 10.1.0.1/24
	netns_addr box eth1 10.2.0.1/24
	netns_addr lan eth0 10.1.0.2/24
	netns_addr wan eth0 10.2.0.2/24
	for ns in box lan wan; do
		netns_ipv6 $ns
	done
	netns_addr box br0 fd01::1/64
	netns_addr box eth1 fd02::1/64
	netns_addr lan eth0 fd01::2/64
	netns_addr wan eth0 fd02::2/64
	netns_exec wan ip route add 10.1.0.0/24 via 10.2.0.1
	netns_exec lan ip route add 10.2.0.0/24 via 10.1.0.1
	netns_exec box sysctl -qw net.ipv4.ip_forward=1
	for port in $open; do
		netns_spawn "p$port" box socat \
		    "TCP6-LISTEN:$port,fork,reuseaddr,ipv6only=0" \
		    "SYSTEM:echo hello"
		netns_spawn "u$port" box socat \
		    "UDP6-LISTEN:$port,fork,reuseaddr,ipv6only=0" PIPE
	done
	for port in $open; do
		wait_until 10 listens "$port" || atf_fail "port $port"
	done
}
open="22 80 443 992 993 8443 9000"

listens()
{
	netns_exec box ss -Hltn "sport = :$1" | grep -q . &&
	    netns_exec box ss -Hlun "sport = :$1" | grep -q .
}

# scan FROM [-u] ADDRESS
scan()
{
	_from=$1
	shift
	netns_exec "$_from" python3 "$LW_TOP/regress/etc/scan.py" "$@" 1-480 \
	    500 992-994 1194 1900 4500 5353 8443 9000
}

atf_test_case scan cleanup
scan_head()
{
	atf_set descr "hub everywhere, web form on the LAN side, nothing else"
	atf_set require.user root
}
scan_body()
{
	box
	# without rules the scan finds all that there is
	for to in 10.1.0.1 fd01::1; do
		atf_check -o inline:"$open\n" scan_open lan $to
		atf_check -o inline:"$open\n" scan_open lan -u $to
	done
	settings
	atf_check -o inline:"443 8443\n" scan lan 10.1.0.1
	atf_check -o inline:"443 8443\n" scan lan fd01::1
	atf_check -o inline:"443 992\n" scan wan 10.2.0.1
	atf_check -o inline:"443 993\n" scan wan fd02::1
	for to in 10.1.0.1 fd01::1; do
		atf_check -o inline:"nothing\n" scan lan -u $to
	done
	atf_check -o inline:"nothing\n" scan wan -u 10.2.0.1
	atf_check -o inline:"nothing\n" scan wan -u fd02::1
	# nothing is passed on, whatever the kernel's setting
	netns_spawn far lan socat TCP4-LISTEN:443,fork "SYSTEM:echo far"
	atf_check -o inline:"nothing\n" scan wan 10.1.0.2
	# data flows, untracked, and ping is answered
	atf_check -o inline:"hello\n" hello wan 10.2.0.1 443
	atf_check -o inline:"hello\n" hello lan 10.1.0.1 8443
	atf_check -o ignore netns_exec wan ping -c 1 -W 20 10.2.0.1
	atf_check -o ignore netns_exec wan ping -c 1 -W 20 fd02::1
	atf_check -o inline:"0\n" netns_exec box \
	    cat /proc/sys/net/netfilter/nf_conntrack_count
	# the box itself goes anywhere
	netns_spawn server wan socat TCP4-LISTEN:80,fork "SYSTEM:echo out"
	wait_until 10 hello box 10.2.0.2 80 || atf_fail "no way out"

	# ssh where the web form is, and only if it is on
	key='key "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKGfMLjkHNq1jD9y2tDLF9r5ICVLptIXnvV7h1yhUukS"'
	settings_ssh "$key"
	atf_check -o inline:"443 8443\n" scan lan 10.1.0.1
	settings_ssh "enable yes" "$key"
	atf_check -o inline:"22 443 8443\n" scan lan 10.1.0.1
	atf_check -o inline:"22 443 8443\n" scan lan fd01::1
	atf_check -o inline:"443 992\n" scan wan 10.2.0.1
	settings_ssh "enable yes" "port 9000" "$key"
	atf_check -o inline:"443 8443 9000\n" scan lan 10.1.0.1

	settings "web-interface eth1"
	atf_check -o inline:"443\n" scan lan 10.1.0.1
	atf_check -o inline:"443 992 8443\n" scan wan 10.2.0.1
	settings "webconfd-enable no" "hubd-enable no"
	atf_check -o inline:"nothing\n" scan lan 10.1.0.1
	atf_check -o inline:"nothing\n" scan wan 10.2.0.1
}
scan_cleanup()
{
	netns_cleanup
}

atf_test_case acme cleanup
acme_head()
{
	atf_set descr "port 80 is open while acmed has a challenge, and only then"
	atf_set require.user root
}
acme_body()
{
	box
	settings
	cat >acme.txt <<-END
	acme {
		accept-terms yes
		name box.example.com
		use hub
	}
	END
	cp box.txt plain.txt
	cat plain.txt acme.txt >box.txt
	load
	hook()
	{
		netns_exec box busybox sh "$LW_TOP/etc/libexec/acme" "$@"
	}
	atf_check -o inline:"443 992\n" scan wan 10.2.0.1
	for n in 1 2; do
		atf_check hook open
		atf_check -o inline:"80 443 992\n" scan wan 10.2.0.1
		atf_check -o inline:"80 443 993\n" scan wan fd02::1
		atf_check -o inline:"hello\n" hello wan 10.2.0.1 80
		atf_check hook close
		atf_check -o inline:"443 992\n" scan wan 10.2.0.1
	done
	# by tls-alpn-01 nothing is opened, nor can be
	sed 's/use hub/use hub\nchallenge tls-alpn-01/' acme.txt |
	    cat plain.txt - >box.txt
	load
	atf_check -s not-exit:0 -e ignore hook open
	atf_check -o inline:"443 992\n" scan wan 10.2.0.1
	# without any rules there is nothing to open
	netns_exec box nft flush ruleset
	atf_check hook open
	atf_check hook close
}
acme_cleanup()
{
	netns_cleanup
}

# scan_open FROM [-u] ADDRESS: without those that refuse, as closed ports do
# before there are rules
scan_open()
{
	scan "$@" | tr ' ' '\n' | grep -v ECONNREFUSED | paste -s -d ' '
}

hello()
{
	netns_exec "$1" timeout 60 socat -u "TCP4:$2:$3" -
}

atf_test_case no_bridge cleanup
no_bridge_head()
{
	atf_set descr "a box without bridge has its web form on its interfaces"
	atf_set require.user root
}
no_bridge_body()
{
	box
	cat >box.txt <<-END
	network {
		interface eth1 {
			address 10.2.0.1/24
		}
	}
	END
	load
	atf_check -o inline:"8443\n" scan wan 10.2.0.1
	atf_check -o inline:"nothing\n" scan lan 10.1.0.1
}
no_bridge_cleanup()
{
	netns_cleanup
}

atf_test_case listeners
listeners_head()
{
	atf_set descr "each form of a listener becomes a rule that nft takes"
}
listeners_body()
{
	need nft busybox
	mkdir cfg
	cat >box.txt <<-END
	hubd {
		listen *
		listen *:1
		listen 0.0.0.0:2
		listen [::]:3
		listen [2001:db8::1]:4
		listen [2001:db8::2]
		listen 192.0.2.1:5
		listen 192.0.2.2
		listen hub.example.com:6
		listen hub.example.com
		hub a {
		}
	}
	END
	atf_check -o ignore "$LW_BIN/cfgctl" -d cfg import box.txt
	hubd_enable=yes
	. "$LW_TOP/etc/libexec/firewall.subr"
	firewall_hub >out
	cat >want <<-END
	443
	1
	2
	3
	4 ip6 daddr 2001:db8::1
	443 ip6 daddr 2001:db8::2
	5 ip daddr 192.0.2.1
	443 ip daddr 192.0.2.2
	6
	443
	END
	atf_check diff want out
	webconfd_enable=no
	firewall_rules >rules
	atf_check unshare -rn nft -c -f rules
}

atf_init_test_cases()
{
	atf_add_test_case scan
	atf_add_test_case no_bridge
	atf_add_test_case listeners
	atf_add_test_case acme
}
