# SPDX-License-Identifier: ISC
# webconfd(8): a new box, step by step; the language of the pages.
# flavours: asan
# timeout: 150

. "$LW_TOP/regress/netns.subr"
. "$LW_TOP/regress/longwire.subr"
. "$LW_TOP/regress/web/web.subr"

PIN=sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=

# step FIELD=VALUE...: page's step with these; all else that the page has goes
# along as a browser sends it
step()
{
	sed -n 's/.*type="hidden" name="\([^"]*\)" value="\([^"]*\)".*/\1=\2/p' \
	    hidden >old
	for _f in "$@"; do
		grep -v "^${_f%%=*}=" old >new || true
		cp new old
	done
	while IFS= read -r _f; do
		set -- "$@" "$_f"
	done <old
	web_post /start "$@"
	split
}

# split: page into hidden, an input a line, but for the token
split()
{
	sed 's/<input/\n<input/g' page | grep 'type="hidden"' |
	    grep -v 'name="token"' >hidden
}

# at TITLE: the step that page shows
at()
{
	web_is 200 && grep -q "<legend>$1</legend>" page
}

start()
{
	web_get /start
	split
}

atf_test_case hub cleanup
hub_head()
{
	atf_set descr "a hub step by step, with a step back and wrong values"
	atf_set require.user root
}
hub_body()
{
	web_box
	web_setup
	start
	atf_check at "Role"
	step go=on role=hub "hostname=a b"
	atf_check at "Role"
	atf_check -o match:'class="error"' web_field hostname
	step go=on role=hub hostname=tokyo
	atf_check at "Network"
	atf_check -o match:"Step 2 of 4" cat page
	step go=on port=eth0 address=10.0.0.1/99 gateway=10.0.0.2
	atf_check at "Network"
	atf_check -o match:'class="error"' web_field address
	step go=on port=eth0 address=10.0.0.1/24 gateway=10.0.0.2
	atf_check at "Time"
	step go=back timezone=JST-9
	atf_check at "Network"
	atf_check -o match:'value="10.0.0.1/24"' web_field address
	step go=on port=eth0 address=10.0.0.1/24 gateway=10.0.0.2
	atf_check -o match:'value="JST-9"' web_field timezone
	step go=on timezone=JST-9 "ntp=ntp.example.com ntp2.example.com"
	atf_check at "Hub"
	# nothing has counted so far
	atf_check_equal 2 "$(web_generation)"
	step go=on hub-name=main "listen=*:8443" hub-lan=yes
	atf_check at "Hub"
	atf_check -o match:"web form" web_field listen
	step go=on hub-name=main "listen=*:443" hub-lan=yes
	atf_check web_goes /start/test
	atf_check_equal 3 "$(web_generation)"
	atf_check -o match:"hostname tokyo" -o match:"timezone JST-9" \
	    -o match:"ntp ntp2.example.com" -o match:"address 10.0.0.1/24" \
	    -o match:"hub main" -o match:"local-port lan" \
	    cat cfg/gen/current/longwire.txt
	wait_until 20 web_in_force || atf_fail "not in force"
	web_get /start/test
	atf_check -o match:"Invite an office" -o match:"Keep these settings" \
	    cat page
	# the short form has them, too, and without its fields they stay
	web_save role=hub hub-name=main "listen=*:443" hub-lan=yes \
	    port=eth0 address=10.0.0.1/24 gateway=10.0.0.2 hostname=tokyo
	atf_check web_goes /status
	atf_check -o match:"timezone JST-9" -o match:"ntp2.example.com" \
	    cat cfg/gen/current/longwire.txt
}
hub_cleanup()
{
	netns_cleanup
}

atf_test_case office cleanup
office_head()
{
	atf_set descr "an office, by hand; faults of an earlier step; secrets"
	atf_set require.user root
}
office_body()
{
	web_box
	web_setup
	start
	step go=on role=office hostname=osaka
	step go=on port= address=dhcp
	atf_check at "Time"
	step go=on timezone=UTC
	atf_check at "Connection to the hub"
	atf_check -o match:"Step 4 of 4" cat page
	step go=on server=hub.example.com vnic-hub=main \
	    vnic-user=osaka "vnic-password=office secret" "pin=$PIN"
	# an office needs a port, and only the parent knows
	atf_check at "Network"
	atf_check -o match:"choose at least one" cat page
	atf_check -s not-exit:0 grep "office secret" page
	atf_check_equal 2 "$(web_generation)"
	step go=on port=eth0 address=dhcp
	step go=on timezone=UTC
	atf_check -o match:'value="hub.example.com"' web_field server
	step go=on invitation=longwire1.AAAAAAAA
	atf_check at "Connection to the hub"
	atf_check -o match:'class="error"' web_field invitation
	step go=on invitation= vnic-hub=main server=hub.example.com \
	    vnic-user=osaka "vnic-password=office secret" "pin=$PIN" stay-local=yes
	atf_check web_goes /start/test
	atf_check -o match:"server hub.example.com" cat \
	    cfg/gen/current/longwire.txt
	web_get /start/test
	atf_check -o match:"not running" -o match:'http-equiv="refresh"' \
	    cat page
}
office_cleanup()
{
	netns_cleanup
}

atf_test_case hostile cleanup
hostile_head()
{
	atf_set descr "steps out of order, forged, with nonsense, without log-in"
	atf_set require.user root
}
hostile_body()
{
	web_box
	for p in /start /start/test; do
		web_get $p
		atf_check web_goes /setup
	done
	web_setup
	start
	cp page mine
	cp hidden hidden.mine
	for bad in step=9 step=-1 step=x step=99999999999999999999 \
	    "role=<b>" go=sideways generation=x; do
		cp mine page
		cp hidden.mine hidden
		step "$bad" go=on
		atf_check web_is 200
		atf_check -s not-exit:0 grep "<b>" page
	done
	# straight to the end
	cp mine page
	cp hidden.mine hidden
	step step=4 go=on role=office
	atf_check web_is 200
	cp mine page
	cp hidden.mine hidden
	step step=3 go=on role=hub "hub-name=../x" generation=1
	atf_check web_is 200
	atf_check_equal 2 "$(web_generation)"
	echo >page
	web_post /start step=3 go=on role=hub
	atf_check web_is 403
	cp mine page
	head -c 2000 /dev/zero | tr '\0' a >long
	web_post /start step=0 go=on "hostname=$(cat long)"
	atf_check web_is 413
	rm jar
	web_get /start
	atf_check web_goes /login
	atf_check_equal 2 "$(web_generation)"
}
hostile_cleanup()
{
	netns_cleanup
}

atf_test_case language cleanup
language_head()
{
	atf_set descr "the language chosen counts more than the browser's"
	atf_set require.user root
}
language_body()
{
	web_box
	web_get /setup
	atf_check -o match:'<html lang="en">' -o match:'href="/language/ja"' \
	    cat page
	web_get /language/ja
	atf_check web_goes /
	atf_check -o match:'__Host-longwire-language=ja; Path=/; Secure; HttpOnly; SameSite=Strict' \
	    cat web.head
	web_get /setup
	atf_check -o match:'<html lang="ja">' cat page
	web_setup
	web_get /start
	atf_check -o match:"はじめての設定" -o match:"手順 1" cat page
	web_curl -o page -H 'Accept-Language: en' "$WEB_URL/start"
	atf_check -o match:'<html lang="ja">' cat page
	web_get /language/en
	web_curl -o page -H 'Accept-Language: ja' "$WEB_URL/start"
	atf_check -o match:"First steps" cat page
	for p in /language/ /language/de /language/ja/x; do
		web_get $p
		atf_check web_is 404
	done
	# of two cookies neither counts, nor does nonsense
	for c in '=ja; __Host-longwire-language=en' '=xx' '='; do
		netns_exec admin curl -sk -o page -H 'Accept-Language: ja' \
		    -H "Cookie: __Host-longwire-language$c" "$WEB_URL/login"
		atf_check_equal 0 "$(grep -c 'lang="en">$' page)"
	done
}
language_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case hub
	atf_add_test_case office
	atf_add_test_case hostile
	atf_add_test_case language
}
