# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# transport auto: the way to the hub is found, remembered and found again. The
# barrier drops what it does not let through: nothing is refused.
# flavours: asan
# timeout: 120

. "$LW_TOP/regress/transport/barrier.subr"

head_of()
{
	atf_set descr "$1"
	atf_set require.user root
}

# seconds that an attempt may take, with ways that swallow packets before the
# one that works
SOON=8
[ "$LW_FLAVOUR" = amd64 ] || SOON=16

# on_the_way SECONDS: connected by then
on_the_way()
{
	wait_until "$1" vnic_up office laptop ||
	    atf_fail "not within $1 s: $(fact problem)"
}

# proxy NAME PORT: a SOCKS proxy's block
proxy()
{
	printf 'proxy %s {\n\ttype socks5\n\tserver 10.1.0.1:%s\n}\n' "$1" "$2"
}

# socks_up NAME PORT: a proxy on campus
socks_up()
{
	need microsocks
	netns_spawn "$1" campus microsocks -p "$2"
	wait_until 10 netns_exec office python3 -c \
	    "import socket; socket.create_connection(('10.1.0.1', $2), 1)" ||
	    atf_fail "microsocks does not answer"
}

lasted()
{
	[ "$(fact since)" -ge 2 ]
}

not_up()
{
	! vnic_up office laptop
}

atf_test_case ports cleanup
ports_head()
{
	head_of "port 443 is dropped, 992 is let through"
}
ports_body()
{
	barrier 9
	netns_stop hub
	echo "listen 0.0.0.0:992" >>hub.conf
	start_hubd hub hub
	netns_addr hub hub0 192.168.77.1/24
	_netns_do ip -n "$(netns_name hub)" route add default via 10.9.0.2
	netns_exec campus nft -f - <<-'EOT'
		add rule inet barrier forward tcp dport 992 accept
		add rule inet barrier forward tcp sport 992 accept
	EOT
	office_conf "transport auto" </dev/null
	office_starts
	on_the_way $SOON
	atf_check -o inline:"direct, port 992\n" fact way
	atf_check -o match:"direct, port 992: works" fact ways
	netns_addr office lw0 192.168.77.2/24
	traffic
	says 'found a way: direct, port 992'
	closed || atf_fail "there is another way"
}
says()
{
	wait_until 10 grep -q "$1" office.log ||
	    atf_fail "the log does not say: $1"
}
ports_cleanup()
{
	netns_cleanup
}

atf_test_case proxies cleanup
proxies_head()
{
	head_of "the second proxy; it is tried first when it comes back"
}
proxies_body()
{
	barrier 1080 1081
	socks_up socks 1081
	{
		proxy dead 1080
		proxy good 1081
	} | office_conf "transport auto" "proxy dead" "proxy good" \
	    "connections 2" "connections-idle 2"
	office_up
	traffic
	atf_check -o inline:"direct, proxy 10.1.0.1:1081 (socks5)\n" fact way
	atf_check -o match:"10.1.0.1:1080 .*Connection refused" fact ways
	wait_until 10 two || atf_fail "no second connection"
	wait_until 5 lasted || atf_fail "does not last"
	netns_stop socks KILL
	wait_until 10 not_up || atf_fail "the loss is not seen"
	sleep 6
	socks_up socks2 1081
	on_the_way 6
	atf_check -o inline:"direct, proxy 10.1.0.1:1081 (socks5)\n" fact way
	atf_check -o inline:"1\n" fact resumed
}
two()
{
	[ "$(fact connections)" = 2 ]
}
proxies_cleanup()
{
	netns_cleanup
}

# wpad_server: the file that DHCP option 252 names
wpad_server()
{
	mkdir www
	cat >www/wpad.dat <<-'EOT'
		function FindProxyForURL(url, host) {
			if (isPlainHostName(host)) return "DIRECT";
			return "PROXY " + "10.1.0.1:" + 1 + "; DIRECT";
			return "SOCKS5 10.1.0.1:1080; DIRECT";
		}
	EOT
	netns_spawn www campus python3 -m http.server -b 10.1.0.1 -d www 80
	wait_until 10 netns_exec office curl -s -o /dev/null \
	    http://10.1.0.1/wpad.dat || atf_fail "no web server"
}

atf_test_case wpad cleanup
wpad_head()
{
	head_of "a proxy that the file of DHCP option 252 names"
}
wpad_body()
{
	barrier 80 1080
	wpad_server
	socks_up socks 1080
	# as the DHCP client leaves it
	echo http://10.1.0.1/wpad.dat >url
	echo "wpad-file $PWD/url" |
	    office_conf "transport auto" "connections 2" "connections-idle 2"
	office_up
	traffic
	atf_check -o inline:"direct, proxy 10.1.0.1:1080 (socks5)\n" fact way
	says 'wpad.dat has 1 literal proxy; it is a script, which is not run'
	wait_until 10 two || atf_fail "no second connection"
	# the same by a setting; and a file that is not there
	rm url
	office_conf "transport auto" "wpad http://10.1.0.1/nothing" </dev/null
	atf_check -o ignore vnicctl office reload
	problem_is "no way: .*wpad: wpad http://10.1.0.1:80: HTTP status 404"
	office_conf "transport auto" "wpad http://10.1.0.1/wpad.dat" </dev/null
	atf_check -o ignore vnicctl office reload
	on_the_way 20
	office_conf "transport auto" "wpad ftp://10.1.0.1/" </dev/null
	atf_check -s exit:1 -o ignore \
	    -e match:"wpad: this must begin with http://" \
	    vnicctl office reload
}
wpad_cleanup()
{
	netns_cleanup
}

atf_test_case intercepted cleanup
intercepted_head()
{
	head_of "port 443 leads to somebody else: another way is found"
}
intercepted_body()
{
	need openssl
	barrier 1080 4433
	socks_up socks 1080
	openssl req -x509 -newkey rsa:2048 -nodes -keyout portal.key \
	    -out portal.crt -subj /CN=portal -days 2 2>/dev/null
	netns_spawn portal campus openssl s_server -accept 10.1.0.1:4433 \
	    -key portal.key -cert portal.crt -quiet -www
	netns_exec campus nft -f - <<-'EOT' || unavailable "no NAT"
		table ip portal {
			chain pre {
				type nat hook prerouting priority -100
				iifname lan tcp dport 443 redirect to :4433
			}
		}
	EOT
	proxy good 1080 | office_conf "transport auto" "proxy good"
	office_starts
	on_the_way 25
	atf_check -o inline:"direct, proxy 10.1.0.1:1080 (socks5)\n" fact way
	atf_check -o match:"direct, port 443: .*key" fact ways
}
intercepted_cleanup()
{
	netns_cleanup
}

atf_test_case nothing cleanup
nothing_head()
{
	head_of "no way at all: each is named with its reason"
}
nothing_body()
{
	barrier 1080
	netns_exec campus nft add rule inet barrier forward reject
	proxy dead 1080 | office_conf "transport auto" "proxy dead"
	office_starts
	problem_is "no way: direct, port 443, 992, 1194, 5555: .*; direct, proxy 10.1.0.1:1080 \(socks5\): .*Connection refused"
}
nothing_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case ports
	atf_add_test_case proxies
	atf_add_test_case wpad
	atf_add_test_case intercepted
	atf_add_test_case nothing
}
