# SPDX-License-Identifier: ISC
# webconfd(8): a log-in that tests a hub's RADIUS servers, with a real one and
# with a hubd that says what it likes.
# flavours: asan
# timeout: 180

. "$LW_TOP/regress/netns.subr"
. "$LW_TOP/regress/longwire.subr"
. "$LW_TOP/regress/web/web.subr"
. "$LW_TOP/regress/web/fake.subr"
. "$LW_TOP/regress/auth/radius.subr"

# radius_box: box.txt, whose hub main asks server one at the administrator's
# address, and spare nobody
radius_box()
{
	cat >box.txt <<-EOF
		hubd {
			listen 127.0.0.1:4443
			socket $PWD/hub.sock
			state-dir $PWD/hub.db
			user nobody
			chroot $PWD/hub.root
			$(radius_block one 10.0.0.2 "timeout 15s")
			hub main {
				auth radius
				radius one
				policy limited {
					max-macs 1
				}
				group staff {
					policy limited
				}
			}
			hub spare {
			}
		}
	EOF
	mkdir -p hub.root hub.db
	web_box box.txt
	web_setup
}

# test_as USER PASSWORD [HUB]
test_as()
{
	web_get /radius-test
	atf_check web_is 200
	web_post /radius-test "hub=${3-main}" "user=$1" "password=$2"
}

# page_has TEXT...
page_has()
{
	for _text in "$@"; do
		grep -qF -- "$_text" page || {
			cat page
			atf_fail "not on the page: $_text"
		}
	done
}

atf_test_case real cleanup
real_head()
{
	atf_set descr "FreeRADIUS accepts, refuses, and does not answer"
	atf_set require.user root
}
real_body()
{
	RADIUS_NS="admin"
	radius_box
	radius_users >users
	radius_up one 10.0.0.2 <users
	# the page of the server, and of the hub, lead there
	for where in /all/hubd/radius:one /hub/main; do
		web_get "$where"
		page_has 'href="/radius-test"'
	done
	web_get /hub/spare
	atf_check -s exit:1 grep -F /radius-test page
	test_as mia "secret of mia"
	atf_check web_is 200
	page_has "hubd does not run"
	cp cfg/gen/current/hubd.conf hub.conf
	start_hubd hub box
	test_as mia "secret of mia"
	atf_check web_is 200
	page_has "Server one has accepted the log-in" "<dd>staff</dd>" \
	    "Ends after" 'value="mia"'
	atf_check -s exit:1 grep -F "secret of mia" page
	test_as mia wrong
	page_has "Server one has refused the log-in"
	test_as odd "secret of odd"
	page_has "something that this hub cannot do" "names no policy"
	test_as uwe "Schlüssel für uwe"
	page_has "has accepted" "No attribute of the answer counts"
	netns_stop one
	test_as mia "secret of mia"
	page_has "Server one cannot be reached"
	# nobody answers there
	netns_spawn silent admin python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.0.0.2", 1812))
print("ready", flush=True)
while True:
    s.recv(4096)
'
	wait_until 10 grep -q ready silent.log || atf_fail "not silent"
	test_as mia "secret of mia"
	page_has "No answer of server one within"
	# no password in any log, nor in the settings
	for log in *.log; do
		[ "$log" = one.log ] ||
		    atf_check -s exit:1 grep -F "secret of mia" "$log"
	done
	atf_check -s exit:1 -o ignore grep -rF "secret of mia" cfg
}
real_cleanup()
{
	netns_cleanup
}

atf_test_case hostile cleanup
hostile_head()
{
	atf_set descr "names and answers with markup, forms that are none"
	atf_set require.user root
}
hostile_body()
{
	need python3
	radius_box
	cat >hub.py <<-EOF
		{ "radius test main mia eA": [{ "server": '$MARKUP',
		    "result": "accepted", "ms": -5, "policy": '$MARKUP',
		    "group": 7, "vlan": "x", "max-time": 1 << 62,
		    "text": '$MARKUP' }] * 500,
		  "radius test main mia eQ": "error " + '$MARKUP' + "\n",
		  "radius test main mia eg": "{}\n[]\nnot JSON\nok\n",
		  "radius test main mia dw": "x" * 2000000 }
	EOF
	fake_daemon hub
	for password in x y z w v; do
		test_as mia $password
		atf_check web_is 200
		atf_check -s exit:1 grep -F "<script" page
		page_is_small
	done
	test_as mia x
	page_has "&lt;script&gt;alert(1)"
	test_as mia y
	page_has "&lt;script&gt;"
	test_as mia v
	page_has "unknown command"
	# what was asked is one line of five words, and no user's own
	for bad in "" "a b" "$(printf '%040d' 0)" "eins zwei"; do
		test_as "$bad" x
		atf_check web_is 200
		page_has 'aria-invalid="true"'
	done
	for bad in "" "$(printf '%0300d' 0)"; do
		test_as mia "$bad"
		page_has 'aria-invalid="true"'
	done
	for bad in spare nothing "" "main mia eA"; do
		test_as mia x "$bad"
		atf_check web_is 404
	done
	test_as mia '"><b>'
	atf_check -s exit:1 grep -F '"><b>' page
	test_as '"><b>' x
	atf_check -s exit:1 grep -F '"><b>' page
	awk 'NF != 5 || $1 != "radius"' hub.sock.asked | grep -v "^show" &&
	    atf_fail "something else was asked"
	# the token of another page's form, and none
	web_curl -o page -w '%{http_code}' --data "hub=main&user=a&password=b" \
	    "$WEB_URL/radius-test" >web.code
	atf_check web_is 403
	web_curl -o page -H "Accept-Language: ja" "$WEB_URL/radius-test"
	page_has "ログインを試す"
	# only for the administrator
	rm -f jar
	web_get /radius-test
	atf_check web_goes /login
}
hostile_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case real
	atf_add_test_case hostile
}
