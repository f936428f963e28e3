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
	atf_add_test_case basic
	atf_add_test_case refusals
}
