# SPDX-License-Identifier: ISC
# webconfd(8): the page of certificates, with an acmed that says what it
# likes; and a certificate that comes while the form is used.
# flavours: asan
# timeout: 150

. "$LW_TOP/regress/netns.subr"
. "$LW_TOP/regress/longwire.subr"
. "$LW_TOP/regress/web/web.subr"
. "$LW_TOP/regress/web/fake.subr"

# box [NAME VALUE]: with a hub's certificate; and a block acme with a setting
box()
{
	need openssl python3
	mkdir -p hub.db run
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout hub.db/hubd.key -out hub.db/hubd.crt -subj /CN=own \
	    -days 900 2>openssl.err || atf_fail "$(cat openssl.err)"
	cat >box.txt <<-EOF
		hubd {
			listen 127.0.0.1:4443
			state-dir $PWD/hub.db
			hub main {
			}
		}
		${1:+acme {
			accept-terms yes
			name hub.example.com
			use hub
			use web
		\}}
	EOF
	WEB_OPTIONS="-R $PWD/run"
	web_box box.txt
	web_setup
}

acmed()
{
	cat >run/acmed.py
	netns_spawn acmed box python3 "$LW_TOP/regress/web/fake.py" \
	    "$PWD/run/acmed.sock" "$PWD/run/acmed.py"
	wait_until 10 test -S run/acmed.sock || atf_fail "no fake acmed"
}

atf_test_case page cleanup
page_head()
{
	atf_set descr "names, issuer, expiry, pin; state, fault and button of ACME"
	atf_set require.user root
}
page_body()
{
	box acme
	atf_check web_get /certificates
	atf_check web_is 200
	atf_check -o match:'acmed, which gets certificates, does not answer' \
	    cat page
	atf_check -s exit:1 grep 'Get it now' page
	acmed <<-EOF
		{ "show": [{ "use": "hub", "state": "good", "have": True,
		    "until": 1900000000, "next": 1890000000, "tried": 1700000000,
		    "fails": 0, "fault": "" },
		  { "use": "web", "state": "failed", "next": 1890000000,
		    "fault": "http-01 at ca: unauthorized: " + '$MARKUP' }],
		  "now": "ok\n" }
	EOF
	# as acmed leaves it: of the same key
	openssl req -x509 -new -key hub.db/hubd.key -subj "/CN=x" -days 9 \
	    -addext "subjectAltName=DNS:hub.example.com,DNS:b.example.com" \
	    -out hub.db/hubd.acme.crt 2>openssl.err ||
	    atf_fail "$(cat openssl.err)"
	atf_check web_get /certificates
	atf_check web_is 200
	page_is_small
	atf_check -o match:'hub.example.com, b.example.com' \
	    -o match:"$(lw hubctl pin hub.db/hubd.crt | sed 's/[+]/[+]/g')" \
	    -o match:'in place' -o match:'2029-11-22' \
	    -o match:'the last attempt failed' \
	    -o match:'unauthorized: &lt;script&gt;alert' \
	    -o match:'self-signed' -o match:'href="/all/acme"' cat page
	atf_check -s exit:1 grep -F '<script>alert' page
	atf_check web_post /certificates
	atf_check web_goes /certificates
	atf_check grep -qx now run/acmed.sock.asked
	web_get /language/ja
	web_get /certificates
	atf_check -o match:'前回の取得に失敗' -o match:'今すぐ取得' cat page
	web_get /language/en
	# its answers: too soon, nonsense
	netns_stop acmed
	rm run/acmed.sock
	acmed <<-'EOF'
		{ "show": "{}\n[]\nnot JSON\nok\n",
		  "now": "error the last attempt was less than a minute ago\n" }
	EOF
	atf_check web_get /certificates
	atf_check web_is 200
	web_get /all
	web_post /certificates
	atf_check -o match:'less than a minute ago. Wait' cat page
	# not for those who have not logged in
	rm jar
	atf_check web_get /certificates
	atf_check web_goes /login
}
page_cleanup()
{
	netns_cleanup
}

atf_test_case renewed cleanup
renewed_head()
{
	atf_set descr "HUP: the form shows a new certificate, log-ins stay"
	atf_set require.user root
}
renewed_body()
{
	box
	web_get /certificates
	atf_check -o match:'This box can get certificates' cat page
	openssl req -x509 -new -key db/webconfd.key -subj /CN=renewed -days 9 \
	    -addext subjectAltName=DNS:renewed.example.com \
	    -out db/webconfd.acme.crt 2>openssl.err ||
	    atf_fail "$(cat openssl.err)"
	netns_signal webconfd HUP
	wait_until 15 shows renewed.example.com || atf_fail "not shown"
	atf_check web_get /certificates
	atf_check web_is 200
	atf_check -o match:'renewed.example.com' cat page
	# away again
	rm db/webconfd.acme.crt
	netns_signal webconfd HUP
	wait_until 15 shows_not renewed.example.com || atf_fail "still shown"
	atf_check web_get /certificates
	atf_check web_is 200
}
shows()
{
	netns_exec admin openssl s_client -connect 10.0.0.1:8443 </dev/null \
	    2>/dev/null | openssl x509 -noout -ext subjectAltName 2>/dev/null |
	    grep -q "DNS:$1"
}
shows_not()
{
	! shows "$1"
}
renewed_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case page
	atf_add_test_case renewed
}
