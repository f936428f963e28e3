# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# Through tinyproxy, a plain HTTP proxy; the topology is barrier.subr's.
# flavours: asan
# timeout: 120

. "$LW_TOP/regress/transport/barrier.subr"

head_of()
{
	atf_set descr "$1"
	atf_set require.user root
}

# tinyproxy [LINE...]: runs in campus on port 8888
tinyproxy_up()
{
	need tinyproxy
	{
		echo "Port 8888"
		echo "Listen 10.1.0.1"
		echo "Timeout 600"
		echo "MaxClients 20"
		for _l in "$@"; do
			echo "$_l"
		done
	} >tinyproxy.conf
	netns_spawn tinyproxy campus tinyproxy -d -c tinyproxy.conf
	wait_until 10 netns_exec office curl -s -o /dev/null \
	    http://10.1.0.1:8888/ || atf_fail "tinyproxy does not answer"
}

office_proxy()
{
	{
		echo "proxy campus {"
		echo "	type http"
		echo "	server 10.1.0.1:8888"
		for _l in "$@"; do
			echo "	$_l"
		done
		echo "}"
	} | office_conf "proxy campus"
}

atf_test_case plain cleanup
plain_head()
{
	head_of "no authentication; traffic; the way is shown"
}
plain_body()
{
	barrier 8888
	tinyproxy_up "ConnectPort 443"
	# without the proxy there is no way
	office_conf </dev/null
	office_starts
	problem_is "10.9.0.1 port 443: "
	netns_stop office
	office_proxy
	office_up
	atf_check_equal "direct, proxy 10.1.0.1:8888 (http)" "$(fact way)"
	atf_check_equal eth0 "$(fact uplink)"
	traffic
}
plain_cleanup()
{
	netns_cleanup
}

# tried WAY...: a test of the path, whose row is said.json
tried()
{
	vnicctl office -j test laptop "$@" >said.json ||
	    atf_fail "no test: $*"
}

# row FILTER...: each is true of it
row()
{
	for _f in "$@"; do
		jq -e ".[0] | $_f" said.json >/dev/null ||
		    atf_fail "not $_f: $(tr '\n' ' ' <said.json)"
	done
}

# said_no REGEX WORD...: the test is refused as that
said_no()
{
	_regex=$1
	shift
	atf_check -s exit:1 -e match:"$_regex" vnicctl office test "$@"
}

atf_test_case test cleanup
test_head()
{
	head_of "vnicctl test: ways that lead there, or not; the session stays"
}
test_body()
{
	barrier 8888 8889 8890
	tinyproxy_up "ConnectPort 443"
	netns_spawn silent campus python3 -c '
import socket, time
s = socket.create_server(("10.1.0.1", 8889))
time.sleep(1000)
'
	office_conf "proxy campus" <<-'EOF'
		proxy campus {
			type http
			server 10.1.0.1:8888
		}
		proxy silent {
			type http
			server 10.1.0.1:8889
		}
		proxy closed {
			type http
			server 10.1.0.1:8890
		}
		proxy wrong {
			type socks5
			server 10.1.0.1:8888
		}
	EOF
	office_up
	number=$(hubctl hub -j show sessions |
	    jq '.[] | select(.user == "laptop") | .session')
	conns=$(fact connections)
	tried
	row '.result == "ok"' '.["rtt-us"] > 0' '.code == ""' \
	    '.way == "direct, proxy 10.1.0.1:8888 (http)"' \
	    '.["total-us"] >= .["connect-us"] + .["rtt-us"]' '.text == ""'
	tried proxy campus
	row '.result == "ok"'
	tried direct
	row '.result == "failed"' '.way == "direct"' '.["rtt-us"] == 0' \
	    '.code == "unreached"' '.text | test("10.9.0.1 port 443")'
	tried proxy closed
	row '.code == "unreached"' '.text | test("10.1.0.1.*8890")' \
	    '.["connect-us"] == 0' '.["total-us"] < 9000000'
	tried proxy silent
	row '.code == "unreached"' '.text | test("proxy 10.1.0.1:8889")'
	tried proxy wrong
	row '.result == "failed"' '.code == "unreached"' '.text | test("proxy 10.1.0.1:8888")'
	said_no 'no vnic "other"' other
	said_no 'no proxy "other"' laptop proxy other
	said_no "a way is" laptop sideways
	said_no "a way is" laptop proxy
	said_no "a way is" laptop direct campus
	# the session is the same, has lost nothing, and nobody else logged in
	atf_check_equal "$number" "$(hubctl hub -j show sessions |
	    jq '.[] | select(.user == "laptop") | .session')"
	atf_check_equal "$conns" "$(fact connections)"
	atf_check_equal "direct, proxy 10.1.0.1:8888 (http)" "$(fact way)"
	traffic
	# other settings end a test that waits
	vnicctl office -j test laptop proxy silent >said.json &
	_pid=$!
	wait_until 10 connected 8889 || atf_fail "no test begun"
	sed -i 's/password secret/password secret2/' office.conf
	vnicctl office reload
	wait $_pid
	row '.code == "settings"' '.text | test("settings have changed")'
	# a server with another key is no hub
	sed -i 's/password secret2/password secret/
	    s,pin sha256/.*,pin sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=,' \
	    office.conf
	vnicctl office reload
	tried
	row '.code == "tls"' '.["connect-us"] > 0' '.text | test("pin|key")'
	netns_alive office || atf_fail "vnicd has ended"
}
connected()
{
	netns_exec office ss -Htn state established "dport = :$1" | grep -q .
}
test_cleanup()
{
	netns_cleanup
}

atf_test_case basic cleanup
basic_head()
{
	head_of "Basic: refused without a user, with a wrong password; a warning"
}
basic_body()
{
	barrier 8888
	tinyproxy_up "ConnectPort 443" "BasicAuth karl geheim"
	office_proxy
	office_starts
	problem_is "proxy 10.1.0.1:8888 wants a user and password \(Basic\)"
	netns_stop office
	office_proxy "user karl" "password hunter2"
	office_starts
	problem_is "proxy 10.1.0.1:8888 refuses user \"karl\""
	netns_stop office
	echo geheim >pw
	office_proxy "user karl" "password-file $PWD/pw"
	office_up
	traffic
	grep -q "proxy 10.1.0.1:8888 wants the password by Basic and without TLS" \
	    office.log || atf_fail "no warning"
	# geheim, hunter2, and in base64
	atf_check -s exit:1 -o empty grep -E 'hunter2|geheim|a2FybDpn' office.log
}
basic_cleanup()
{
	netns_cleanup
}

atf_test_case refusals cleanup
refusals_head()
{
	head_of "a port that is not allowed, a proxy that is not there"
}
refusals_body()
{
	barrier 8888
	tinyproxy_up "ConnectPort 80"
	office_proxy
	office_starts
	problem_is "proxy 10.1.0.1:8888 refused CONNECT to 10.9.0.1:443: 403 by policy"
	netns_stop tinyproxy
	atf_check -o ignore vnicctl office reconnect
	problem_is "proxy 10.1.0.1:8888 cannot be reached: 10.1.0.1 port 8888: connect: Connection refused"
}
refusals_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case plain
	atf_add_test_case test
	atf_add_test_case basic
	atf_add_test_case refusals
}
