# SPDX-License-Identifier: ISC
# webconfd(8): set-up, log-in, the form, and what hostile requests get.
# flavours: asan
# timeout: 120

. "$LW_TOP/regress/netns.subr"
. "$LW_TOP/regress/longwire.subr"
. "$LW_TOP/regress/web/web.subr"
. "$LW_TOP/regress/web/hostile.subr"

PIN=sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=

office()
{
	web_save role=office server=hub.example.com vnic-hub=main \
	    vnic-user=tokyo "vnic-password=s3cret & <b>\"x\"" "pin=$PIN" \
	    stay-local=yes port=eth0 address=dhcp hostname=tokyo "$@"
}

hub()
{
	web_save role=hub hub-name=main "listen=*:443" hub-lan=yes port=eth0 \
	    address=10.0.0.1/24 gateway=10.0.0.2 hostname=hub "$@"
}

current()
{
	cat cfg/gen/current/longwire.txt
}

atf_test_case setup cleanup
setup_head()
{
	atf_set descr "first visit: code, password, logged in; code gone"
	atf_set require.user root
}
setup_body()
{
	web_box
	atf_check -o inline:"600\n" stat -c %a setup-code
	atf_check -o match:'^[A-HJKMNP-Z2-9]{8}$' cat setup-code
	web_get /
	atf_check web_goes /setup
	web_get /login
	atf_check web_goes /setup
	# refused: a wrong code, different and short passwords
	web_get /setup
	web_post /setup code=AAAAAAAA password=longenough1 again=longenough1
	atf_check web_is 200
	atf_check -o match:"wrong set-up code" web_field code
	web_post /setup "code=$(cat setup-code)" password=longenough1 \
	    again=longenough2
	atf_check -o match:"passwords differ" web_field again
	web_post /setup "code=$(cat setup-code)" password=short again=short
	atf_check -o match:'class="error"' web_field password
	atf_check_equal 1 "$(web_generation)"
	# the delay after a wrong code
	sleep 0.6
	web_setup
	atf_check_equal 2 "$(web_generation)"
	atf_check -o match:'admin-password "?\$6\$' current
	atf_check -s not-exit:0 test -e setup-code
	atf_check -o inline:"rc reload\n" cat rc.log
	web_get /setup
	atf_check web_goes /status
	# the file's own lines stay
	atf_check -o match:"# An office: fill in" current
}
setup_cleanup()
{
	netns_cleanup
}

atf_test_case login cleanup
login_head()
{
	atf_set descr "log in and out; the cookie; a password by file"
	atf_set require.user root
}
login_body()
{
	sed 's/#admin-password.*/admin-password "correct horse"/' \
	    "$LW_TOP/image/longwire.txt" >box.txt
	web_box box.txt
	atf_check -s not-exit:0 test -e setup-code
	for p in / /settings /status /setup; do
		web_get $p
		atf_check web_goes /login
	done
	atf_check web_get /login
	atf_check -o match:'__Host-longwire=[A-Za-z0-9_-]{43}; Path=/; Secure; HttpOnly; SameSite=Strict' \
	    cat web.head
	cp jar jar.before
	web_post /login password=wrong
	atf_check web_is 200
	atf_check -o match:"Wrong password" cat page
	sleep 0.6
	web_login
	# another cookie than before
	atf_check -s not-exit:0 cmp -s jar jar.before
	for p in / /login; do
		web_get $p
		atf_check web_goes /status
	done
	web_get /status
	atf_check web_is 200
	cp jar jar.in
	web_post /logout
	atf_check web_goes /login
	cp jar.in jar
	web_get /status
	atf_check web_goes /login
	# crypt(3) strings; who logged in with another password is out
	web_login
	web_hash
	netns_signal webconfd HUP
	wait_until 10 web_out || atf_fail "the old log-in still counts"
	web_login
	# one that a version before took: the password counts, not its text
	old='$y$j9T$F5Jx5fExrKuPp53xLKQ..1$zwtVrjrUCmXcyLTs6oxLTQlzifSUkF8RHJ./tK5KU79'
	atf_check -o ignore lw cfgctl -d "$PWD/cfg" set -b \
	    system.admin-password "$old"
	netns_signal webconfd HUP
	wait_until 10 web_out || atf_fail "the old log-in still counts"
	web_get /login
	web_post /login "password=$old"
	atf_check -o match:"Wrong password" cat page
	sleep 0.6
	web_login
}
web_out()
{
	web_get /status
	web_goes /login
}
web_hash()
{
	hash=$(openssl passwd -6 "$WEB_PASSWORD")
	sed "s|\"correct horse\"|\"$hash\"|" box.txt >hashed.txt
	web_import hashed.txt
}
login_cleanup()
{
	netns_cleanup
}

atf_test_case lockout cleanup
lockout_head()
{
	atf_set descr "guessing gets slower, then nowhere, but not for others"
	atf_set require.user root
}
lockout_body()
{
	sed 's/#admin-password.*/admin-password "correct horse"/' \
	    "$LW_TOP/image/longwire.txt" >box.txt
	web_box box.txt
	netns_addr admin eth0 10.0.0.3/24
	web_get /login
	n=0
	while [ $n -lt 40 ]; do
		web_post /login "password=guess $n" --interface 10.0.0.2
		! grep -q "minutes" page || break
		n=$((n + 1))
		# what was sent while the delay runs is not even looked at
		sleep 0.3
	done
	atf_check web_is 429
	atf_check -o match:"Too many wrong attempts" cat page
	web_post /login "password=$WEB_PASSWORD"
	atf_check web_is 429
	# another address
	rm jar
	web_curl --interface 10.0.0.3 -o page "$WEB_URL/login"
	code=$(web_curl --interface 10.0.0.3 -o page -w '%{http_code}' \
	    --data-urlencode "token=$(web_token)" \
	    --data-urlencode "password=$WEB_PASSWORD" "$WEB_URL/login")
	atf_check_equal 303 "$code"
}
lockout_cleanup()
{
	netns_cleanup
}

atf_test_case office cleanup
office_head()
{
	atf_set descr "the form makes an office; what it does not know stays"
	atf_set require.user root
}
office_body()
{
	cat >box.txt <<-'EOF'
		# my box
		system {
			hostname longwire
			timezone JST-9 # stays
		}
		network {
			bridge br0 {
				port eth0
			}
			interface br0 {
				address dhcp
				accept-ra no
			}
		}
	EOF
	web_box box.txt
	web_setup
	office
	atf_check web_goes /status
	atf_check_equal 3 "$(web_generation)"
	wait_until 10 grep -q "generation 3 is in force" webconfd.log ||
	    atf_fail "not applied"
	atf_check_equal 2 "$(wc -l <rc.log)"
	web_get /status
	atf_check -o match:"Generation 3 of the settings is in force" cat page
	atf_check -o match:"not running" cat page
	for line in "# my box" "timezone JST-9 # stays" "accept-ra no" \
	    "hostname tokyo" "server hub.example.com" "hub main" \
	    "user tokyo" "pin $PIN" "bridge br0"; do
		atf_check -o save:got current
		grep -qF "$line" got || atf_fail "no line: $line"
	done
	atf_check -o match:'s3cret & <b>\\"x\\"' current
	atf_check -s not-exit:0 test -e cfg/gen/current/hubd.conf
	# the password is not in the page, and stays if left empty
	web_get /settings
	atf_check -s not-exit:0 grep s3cret page
	atf_check -o match:'placeholder="unchanged"' web_field vnic-password
	office vnic-password= stay-local=
	atf_check web_goes /status
	atf_check -o match:s3cret current
	web_save role=office server=hub.example.com vnic-hub=main \
	    vnic-user=tokyo "pin=$PIN" port=eth0 address=dhcp hostname=tokyo
	atf_check -o match:"stay-local no" current
	# nothing changed: no new generation, no reload
	n=$(web_generation)
	calls=$(wc -l <rc.log)
	web_save role=office server=hub.example.com vnic-hub=main \
	    vnic-user=tokyo "pin=$PIN" port=eth0 address=dhcp hostname=tokyo
	atf_check web_goes /status
	atf_check_equal "$n" "$(web_generation)"
	atf_check_equal "$calls" "$(wc -l <rc.log)"
}
office_cleanup()
{
	netns_cleanup
}

atf_test_case invalid cleanup
invalid_head()
{
	atf_set descr "an invalid value comes back beside its field"
	atf_set require.user root
}
invalid_body()
{
	web_box
	web_setup
	atf_check -o save:before current
	office "server=bad host:99999" "pin=nonsense" "hostname=<i>x"
	atf_check web_is 200
	atf_check -o match:'class="error"' web_field server
	atf_check -o match:'value="bad host:99999"' web_field server
	atf_check -o match:'class="error"' web_field pin
	atf_check -o match:'value="&lt;i&gt;x' web_field hostname
	atf_check -s not-exit:0 grep -F '<i>' page
	# the others keep what was typed; no password is in the page
	atf_check -o match:'value="main"' web_field vnic-hub
	atf_check -o match:'value="tokyo"' web_field vnic-user
	atf_check -s not-exit:0 grep s3cret page
	atf_check -o inline:"2\n" web_generation
	atf_check -o file:before current
	# required
	web_save role=office port=eth0 address=dhcp hostname=tokyo
	for f in server vnic-user vnic-password pin; do
		atf_check -o match:"must be filled in" web_field $f
	done
	# what only the whole shows
	web_save role=both server=h vnic-user=u vnic-password=12345678 \
	    "pin=$PIN" port=eth0 address="dhcp none" hostname=x \
	    hub-name=default "listen=*:443"
	atf_check web_is 200
	atf_check -o match:"none stands alone" web_field address
	# over-long, and a form that was seen before another change
	office "hostname=$(printf '%0200d' 1)"
	atf_check -o match:'class="error"' web_field hostname
	office generation=1
	atf_check -o file:before current
	wc -l rc.log
	atf_check_equal 1 "$(wc -l <rc.log)"
}
invalid_cleanup()
{
	netns_cleanup
}

atf_test_case hub cleanup
hub_head()
{
	atf_set descr "the form makes a hub, with users; roles change"
	atf_set require.user root
}
hub_body()
{
	web_box
	web_setup
	hub new.0.name=tokyo new.0.password=password1 \
	    new.1.name=osaka new.1.password=password2
	atf_check web_goes /status
	atf_check -o match:'user osaka' current
	atf_check_equal 2 "$(grep -c 'scrypt\$ln=15' \
	    cfg/gen/current/hubd.conf)"
	atf_check -o match:"gateway 10.0.0.2" current
	atf_check -o match:"local-port lan" cat cfg/gen/current/hubd.conf
	atf_check -s not-exit:0 grep password1 cfg/gen/current/hubd.conf
	web_get /settings
	atf_check -o match:'name="user.1.name" value="osaka"' cat page
	atf_check -s not-exit:0 grep scrypt page
	# a new password for one, the other goes, a third comes; renamed
	grep -A1 "user tokyo" cfg/gen/current/hubd.conf >old
	hub hub-name=branch user.0.name=tokyo user.0.password=password3 \
	    user.1.name=osaka user.1.remove=yes \
	    new.0.name=kyoto new.0.password=password4
	atf_check web_goes /status
	atf_check -s not-exit:0 grep osaka cfg/gen/current/hubd.conf
	atf_check -o match:'user kyoto' current
	grep -A1 "user tokyo" cfg/gen/current/hubd.conf >new
	atf_check -s not-exit:0 cmp -s old new
	# wrong ones
	hub "listen=0.0.0.0:443 *:8443"
	atf_check -o match:"belongs to the web form" web_field listen
	hub new.0.name=tokyo new.0.password=password5 new.1.name=x \
	    new.1.password=short new.2.password=onlypassword
	atf_check web_is 200
	atf_check -o match:"there is a user of this name" web_field new.0.name
	atf_check -o match:'class="error"' web_field new.1.password
	atf_check -o match:"must be filled in" web_field new.2.name
	office
	atf_check web_goes /status
	atf_check -s not-exit:0 test -e cfg/gen/current/hubd.conf
	atf_check test -s cfg/gen/current/vnicd.conf
}
hub_cleanup()
{
	netns_cleanup
}

atf_test_case forged cleanup
forged_head()
{
	atf_set descr "posts without token, with a foreign one, from elsewhere"
	atf_set require.user root
}
forged_body()
{
	web_box
	web_forged
}
forged_cleanup()
{
	netns_cleanup
}

atf_test_case hostile cleanup
hostile_head()
{
	atf_set descr "malformed requests, strange paths, too much of all"
	atf_set require.user root
}
hostile_body()
{
	need openssl
	web_box
	web_malformed
	# and it still works
	web_setup
	atf_check netns_alive webconfd
}
hostile_cleanup()
{
	netns_cleanup
}

atf_test_case japanese cleanup
japanese_head()
{
	atf_set descr "pages in the browser's language"
	atf_set require.user root
}
japanese_body()
{
	web_box
	web_curl -H 'Accept-Language: ja,en-US;q=0.7' -o page "$WEB_URL/setup"
	atf_check -o match:'<html lang="ja">' cat page
	atf_check -o match:設定コード cat page
	web_curl -H 'Accept-Language: fr, en;q=0.9, ja;q=0.1' -o page \
	    "$WEB_URL/setup"
	atf_check -o match:'<html lang="en">' cat page
}
japanese_cleanup()
{
	netns_cleanup
}

atf_test_case status cleanup
status_head()
{
	atf_set descr "a hub and an office set up by form join; the page shows it"
	atf_set require.user root
}
works()
{
	web_get /start/test
	grep -q "Everything works" page && grep -q "Round trip" page
}
status_body()
{
	need jq
	web_box_daemons
	web_setup
	web_save_both "pin=$PIN"
	atf_check web_goes /status
	wait_until 10 grep -q tokyo office.conf || atf_fail "not applied"
	atf_check -o match:"storm-burst 3000" cat hub.conf
	wait_until 10 web_status_shows "not running" "in force" ||
	    atf_fail "what is not running is not said"
	start_hubd hub box
	pin=$(hub_pin hub)
	wait_until 10 web_status_shows "$pin" "Nobody is connected yet" ||
	    atf_fail "the hub is not shown"
	# another pin than the server's: no connection, and the page says why
	start_vnicd office box
	wait_until 15 web_status_shows "not connected" "Problem" ||
	    atf_fail "no problem is shown"
	web_get /start/test
	atf_check -o match:"not connected" -o not-match:"Everything works" \
	    -o match:'http-equiv="refresh"' cat page
	web_save_both "pin=$pin" new.0.name= new.0.password=
	atf_check web_goes /status
	wait_until 10 grep -qF "$pin" office.conf || atf_fail "not applied"
	netns_signal office HUP
	wait_until 20 web_status_shows ">connected<" tokyo frames ||
	    atf_fail "not connected"
	atf_check web_status_shows 127.0.0.1:4443
	atf_check -s not-exit:0 grep -E 'password1|scrypt' page
	wait_until 10 works || atf_fail "the test of the connection"
	atf_check -o match:">direct<" -o not-match:http-equiv cat page
}
status_cleanup()
{
	netns_cleanup
}

atf_test_case restart cleanup
restart_head()
{
	atf_set descr "a killed http process comes back, the session stays"
	atf_set require.user root
}
restart_body()
{
	web_box
	web_setup
	pin=$(grep -o 'pin sha256/[^ ]*' webconfd.log)
	pid=$(pgrep -P "$(netns_pid webconfd)" -f -- '-x http')
	kill -KILL "$pid"
	wait_until 20 web_answers || atf_fail "it did not come back"
	web_get /status
	atf_check web_is 200
	# again from the start: the same key
	netns_stop webconfd
	web_start
	atf_check_equal "$pin" "$(grep -o 'pin sha256/[^ ]*' webconfd.log |
	    tail -n 1)"
	web_get /status
	atf_check web_goes /login
}
restart_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case setup
	atf_add_test_case login
	atf_add_test_case lockout
	atf_add_test_case office
	atf_add_test_case invalid
	atf_add_test_case hub
	atf_add_test_case forged
	atf_add_test_case hostile
	atf_add_test_case japanese
	atf_add_test_case status
	atf_add_test_case restart
}
