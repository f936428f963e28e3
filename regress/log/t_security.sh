# SPDX-License-Identifier: ISC
# flavours: asan
# timeout: 120
# Each event of longwire-events(7), and that its line is what that page says.

. "$LW_TOP/regress/net/hub.subr"
. "$LW_TOP/regress/web/web.subr"

# event LOG EVENT KEY=PATTERN...: a line of it has these values; and no other
# form of line says "security:"
event()
{
	_log=$1
	_re="security: $2 \\[security@32473"
	shift 2
	for _kv in "$@"; do
		_re="$_re( [a-z]+=\"[^\"]*\")* ${_kv%%=*}=\"${_kv#*=}\""
	done
	wait_until 15 grep -Eq "$_re( [a-z]+=\"[^\"]*\")*\\] ." "$_log" || {
		grep security: "$_log"
		atf_fail "no $_re"
	}
	if grep 'security:' "$_log" | grep -Evq \
	    'security: [a-z-]{1,32} \[security@32473( [a-z]+="([^]"\\]|\\.)+")*\] .'
	then
		atf_fail "a line of another form"
	fi
}

atf_test_case hub cleanup
hub_head()
{
	atf_set descr "log-in, refusal, lock-out, resume, join, log-out, policy, kick, reload"
	atf_set require.user root
}
hub_body()
{
	hub_up <<-EOF
		guess-delay 1
		guess-limit 3
		guess-lockout 60
		hub default {
			resume-wait 1
			$(users)
			$(hub_user tenant secret "policy strict")
			policy strict {
				ipv6 no
			}
		}
	EOF
	check_peer <<-'EOF'
		import re
		from packets import *
		a = join("officea", "secret")
		a.bye()
		for n in range(4):
		    p = Peer()
		    same(p.request("", "officeb", "wrong %d" % n), 401, "status")
		    p.close()
		t = join("tenant", "secret")
		t.send(*[nd(mac(1), 135, "fe80::1", "fe80::2")] * 5)
		until(lambda: hubctl("show", "policy"), 10, "dropped")
		def ask(kind, token):
		    p = Peer()
		    same(p.request("", None, None, [("Longwire-Session",
		        '%s="%s"' % (kind, token))]), 101, kind)
		    return p
		c = join("officea", "secret", extra=[("Longwire-Session", "new")])
		token = re.match('"([^"]+)"',
		                 c.headers["longwire-session"]).group(1)
		d = ask("resume", token)
		e = ask("join", token)
		d.close()
		e.close()
		hubctl("kick", "user", "tenant")
	EOF
	event hub.log login hub=default user=officea \
	    'from=10\.0\.0\.[0-9]+:[0-9]+' 'session=[0-9]+'
	event hub.log login-refused hub=default user=officeb 'from=10[0-9.:]+' \
	    'reason=wrong user, password or hub, or locked out'
	event hub.log lockout hub=default user=officeb 'from=10[0-9.]+' seconds=60
	event hub.log policy hub=default 'port=user tenant' 'session=[0-9]+' \
	    rule=type 'mac=02:[0-9a-f:]+' 'frames=[0-9]+'
	# the burst behind the first is told when the port ends at the latest
	wait_until 15 policy_told 5 || atf_fail "not all frames were told"
	event hub.log logout hub=default user=officea 'from=10[0-9.:]+' \
	    'session=[0-9]+' 'seconds=[0-9]+' 'reason=closed by its client'
	event hub.log logout hub=default user=tenant reason=kicked
	event hub.log resume hub=default user=officea 'session=[0-9]+'
	event hub.log join hub=default user=officea 'session=[0-9]+'
	event hub.log logout user=officea 'reason=not resumed in time'
	hubctl hub reload || atf_fail reload
	event hub.log reload "file=$PWD/hub.conf"
	echo 'nonsense "]' >>hub.conf
	hubctl hub reload && atf_fail "reloaded nonsense"
	event hub.log reload-failed "file=$PWD/hub.conf" 'error=.*hub.conf:.*'
}
hub_cleanup()
{
	netns_cleanup
}

policy_told()
{
	[ "$(sed -n 's/.*security: policy .* frames="\([0-9]*\)".*/\1/p' hub.log |
	    awk '{ n += $1 } END { print n + 0 }')" = "$1" ]
}

atf_test_case flood cleanup
flood_head()
{
	atf_set descr "a flood of refusals is counted, not logged one by one"
	atf_set require.user root
}
flood_body()
{
	hub_up <<-EOF
		handshake-timeout 10m
		hub default {
			$(users)
		}
	EOF
	check_peer <<-'EOF'
		# their handshakes first, which a busy machine takes its time for;
		# without credentials each is refused at once
		flood = [Peer(source="10.0.0.%d" % (2 + n % 2)) for n in range(120)]
		for p in flood:
		    p.raw(b"GET /.well-known/masque/ethernet/ HTTP/1.1\r\n"
		          b"Host: hub\r\nConnection: Upgrade\r\n"
		          b"Upgrade: connect-ethernet\r\n"
		          b"Capsule-Protocol: ?1\r\n\r\n")
		for p in flood:
		    same(p.response(), 401, "status")
		    p.close()
		time.sleep(1)
		p = Peer()
		p.request()
	EOF
	event hub.log login-refused hub=default 'reason=no credentials' \
	    'unlogged=[0-9]+'
	said=$(grep -c 'security: login-refused' hub.log)
	left=$(sed -n 's/.* unlogged="\([0-9]*\)".*/\1/p' hub.log |
	    awk '{ n += $1 } END { print n + 0 }')
	[ "$said" -lt 110 ] || atf_fail "$said lines"
	atf_check_equal 121 $((said + left))
}
flood_cleanup()
{
	netns_cleanup
}

atf_test_case web cleanup
web_head()
{
	atf_set descr "the administrator's: log-in, refusal, lock-out, log-out, password, settings"
	atf_set require.user root
}
web_body()
{
	web_box
	web_get /setup
	web_post /setup code=AAAAAAAA password=longenough1 again=longenough1
	event webconfd.log admin-refused from=10.0.0.2 'wrong=set-up code'
	sleep 0.6
	web_setup
	event webconfd.log admin-password-set from=10.0.0.2
	event webconfd.log admin-login from=10.0.0.2
	web_save role=hub hub-name=main "listen=*:443" hub-lan=yes port=eth0 \
	    address=dhcp hostname=tokyo
	event webconfd.log settings-saved from=10.0.0.2 generation=3
	web_get /status
	web_post /logout
	event webconfd.log admin-logout from=10.0.0.2
	web_get /login
	n=0
	while [ $n -lt 12 ] && ! grep -q admin-lockout webconfd.log; do
		web_post /login password=wrong
		while grep -q "Try again in [1-4] s" page; do
			sleep 1
			web_post /login password=wrong
		done
		n=$((n + 1))
	done
	event webconfd.log admin-refused from=10.0.0.2 wrong=password
	event webconfd.log admin-lockout from=10.0.0.2
}
web_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case hub
	atf_add_test_case flood
	atf_add_test_case web
}
