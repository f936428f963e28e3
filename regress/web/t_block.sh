# SPDX-License-Identifier: ISC
# webconfd(8): the pages of all settings, block by block.
# flavours: asan
# timeout: 120

. "$LW_TOP/regress/netns.subr"
. "$LW_TOP/regress/longwire.subr"
. "$LW_TOP/regress/web/web.subr"

current()
{
	cat cfg/gen/current/longwire.txt
}

# all_save PLACE FIELD=VALUE...: the form of /all/PLACE with these only
all_save()
{
	_place=$1
	shift
	atf_check web_get "/all/$_place"
	atf_check web_is 200
	web_post "/all/$_place" "generation=$(sed -n \
	    's/.*name="generation" value="\([0-9]*\)".*/\1/p' page |
	    head -n 1)" "$@"
}

applied()
{
	web_get /status
	grep -q "is in force" page
}

settings()
{
	cat >box.txt <<-'EOF'
		# the first line
		network {
			bridge br0 {
				port eth0
			}
			interface br0 {
				address 10.0.0.1/24
			}
		}
		hubd {
			listen *:443
			hub main {
				# the office in Kyoto
				user kyoto {
					password "$scrypt$ln=15,r=8,p=1$7HgbjvQqxfeO/tNc5TE7dA$XEDZjvhbr5RCGS6PJQS3IQmdMmd3DNyLkT0rIzYL5nM"
				}
				policy strict {
					ipv6 no
				}
			}
		}
	EOF
	hash=$(printf 'password one\n' |
	    sh "$LW_TOP/regress/lw.sh" hubctl passwd) || atf_fail "hubctl passwd"
	sed "s|\"\$scrypt.*\"|\"$hash\"|" box.txt >with.txt
	web_box with.txt
	web_setup
}

atf_test_case change cleanup
change_head()
{
	atf_set descr "blocks are added, changed and removed; the rest stays"
	atf_set require.user root
}
change_body()
{
	settings
	web_get /all
	for l in /all/system /all/network /all/hubd /all/vnicd /all/rc; do
		grep -q "href=\"$l\"" page || atf_fail "no link to $l"
	done
	web_get /all/hubd/hub:main
	for l in user:kyoto user:+ policy:strict; do
		grep -q "href=\"/all/hubd/hub:main/$l\"" page ||
		    atf_fail "no link to $l"
	done
	# a block that is not written yet, and one above it
	all_save vnicd/proxy:+ .name=front type=http server=proxy.example:3128
	atf_check web_goes /status
	atf_check -o match:"proxy front" current
	wait_until 10 applied || atf_fail "not applied"
	web_keep
	# a user, with a password that is kept as a hash, in a policy
	all_save hubd/hub:main/user:+ .name=osaka "password=another secret" \
	    enabled=yes policy=strict
	atf_check web_goes /all/hubd/hub:main/user:osaka
	atf_check -s not-exit:0 grep -q "another secret" \
	    cfg/gen/current/longwire.txt
	current | awk '/user osaka/,/}/' >osaka
	atf_check -o match:'password "?\$scrypt\$' cat osaka
	atf_check -o match:"policy strict" cat osaka
	# what is the default is not written; nothing typed keeps a password
	atf_check -s not-exit:0 grep -q enabled osaka
	all_save hubd/hub:main/user:osaka enabled=no policy=strict
	atf_check -s exit:0 -o match:"enabled no" current
	grep -qF "$(grep password osaka)" cfg/gen/current/longwire.txt ||
	    atf_fail "another password"
	# a list keeps its order, its values may have blanks
	all_save hubd listen=*:443 "listen=192.0.2.1:8443" listen=
	atf_check web_goes /status
	wait_until 10 applied || atf_fail "not applied"
	web_keep
	atf_check -o inline:"*:443 192.0.2.1:8443 " \
	    sh -c 'sed -n "s/^[[:space:]]*listen //p" \
	    cfg/gen/current/longwire.txt | tr "\n" " "'
	web_get /all/hubd
	atf_check -o match:'value="192.0.2.1:8443"' cat page
	# comments of the file are still there
	atf_check -o match:"# the first line" current
	atf_check -o match:"# the office in Kyoto" current
	# gone
	all_save hubd/hub:main/user:osaka .remove=yes
	atf_check web_goes /all/hubd/hub:main
	atf_check -s not-exit:0 -o ignore grep osaka \
	    cfg/gen/current/longwire.txt
	web_get /all/hubd/hub:main/user:osaka
	atf_check web_is 404
}
change_cleanup()
{
	netns_cleanup
}

atf_test_case refused cleanup
refused_head()
{
	atf_set descr "what does not fit changes nothing and says where"
	atf_set require.user root
}
refused_body()
{
	settings
	before=$(web_generation)
	# a value, a name, a missing secret
	all_save hubd/hub:main fdb-age=forever
	atf_check web_is 200
	atf_check -o match:'class="error"' web_field fdb-age
	atf_check -o match:'value="forever"' web_field fdb-age
	all_save hubd/hub:main/user:+ ".name=a b" "password=long enough"
	atf_check -o match:'class="error"' web_field .name
	atf_check -s not-exit:0 grep -q "long enough" page
	all_save hubd/hub:main/user:+ .name=kyoto "password=long enough"
	atf_check -o match:"one of this name" web_field .name
	all_save hubd/hub:main/user:+ .name=nara password=short
	atf_check -o match:'class="error"' web_field password
	all_save hubd/hub:main/user:+ .name=nara
	atf_check web_is 200
	# what only the whole can say: at its field, or where it is
	all_save hubd/hub:main/user:kyoto enabled=yes policy=none-such
	atf_check -o match:'class="error"' web_field policy
	all_save hubd/hub:main/user:kyoto enabled=yes policy=strict
	atf_check web_goes /all/hubd/hub:main/user:kyoto
	all_save hubd/hub:main/policy:strict .remove=yes
	atf_check web_is 200
	atf_check -o match:'href="/all/hubd/hub:main/user:kyoto"' cat page
	atf_check -o match:"policy strict" current
	# an old form
	web_get /all/system
	web_post /all/system generation=1 hostname=evil
	atf_check -o match:"changed meanwhile" cat page
	atf_check_equal $((before + 1)) "$(web_generation)"
	# in Japanese
	web_get /all/hubd/hub:main
	set -- --data-urlencode "token=$(web_token)" --data-urlencode \
	    "generation=$(web_generation)" --data-urlencode fdb-age=forever
	web_curl -o page -H "Accept-Language: ja" "$@" \
	    "$WEB_URL/all/hubd/hub:main"
	atf_check -o match:"ではありません" web_field fdb-age
}
refused_cleanup()
{
	netns_cleanup
}

atf_test_case ssh cleanup
ssh_head()
{
	atf_set descr "keys for ssh: what is wrong with which; the fingerprint"
	atf_set require.user root
}
ssh_body()
{
	alice="ssh-ed25519 \
AAAAC3NzaC1lZDI1NTE5AAAAIKGfMLjkHNq1jD9y2tDLF9r5ICVLptIXnvV7h1yhUukS alice@pc"
	mkdir -p run/ssh
	WEB_OPTIONS="-R $PWD/run"
	settings
	web_get /all
	atf_check -o match:'href="/all/ssh"' cat page
	web_get /all/ssh
	atf_check -s exit:1 grep 'Host key' page
	# the first is right: the second is the one
	for bad in "no-pty $alice:options before the key" \
	    "ssh-dss AAAA carol@pc:carol@pc&quot;: DSA keys are too weak" \
	    "ssh-ed25519 AAAA <i>bob:&lt;i&gt;bob&quot;: the key is damaged" \
	    "-----BEGIN OPENSSH PRIVATE KEY-----:this is a private key" \
	    "$alice $alice:a second key"; do
		all_save ssh enable=yes "key=$alice" "key=${bad%%:*}"
		atf_check web_is 200
		atf_check -o match:"class=\"error\".*${bad#*:}" web_field key-1
	done
	all_save ssh enable=yes key=
	atf_check -o match:"as there is no key" web_field enable
	all_save ssh enable=yes port=443 "key=$alice"
	atf_check -o match:"hubd listens on 443" web_field port
	all_save ssh enable=yes port=8443 "key=$alice"
	atf_check -o match:"webconfd listens on 8443" web_field port
	all_save ssh enable=yes "key=$alice" key=
	atf_check web_goes /all/ssh
	current | awk '/^ssh/,/^}/' >block
	atf_check -o inline:"ssh {\n\tenable yes\n\tkey \"$alice\"\n}\n" \
	    cat block
	# as rc says it, quoted
	printf 'SHA256:abc<b>\nsecond line\n' >run/ssh/fingerprint
	web_get /all/ssh
	atf_check -o match:'SHA256:abc&lt;b&gt;</code>' cat page
	atf_check -s exit:1 grep 'second line' page
	web_get /language/ja
	web_get /all/ssh
	atf_check -o match:'ホスト鍵' -o match:'公開鍵' cat page
	all_save ssh enable=yes "key=ssh-dss AAAA carol@pc"
	atf_check -o match:'で終わる行：DSA の鍵は弱い' web_field key-1
}
ssh_cleanup()
{
	netns_cleanup
}

atf_test_case hostile cleanup
hostile_head()
{
	atf_set descr "places that cannot be, forged posts, nobody logged in"
	atf_set require.user root
}
hostile_body()
{
	settings
	long=$(head -c 300 /dev/zero | tr '\0' a)
	for p in /all/ /all/x /all/hubd/ /all/hubd/hub /all/hubd:x \
	    /all/hubd/hub: /all/hubd/hub:none /all/hubd/hub:main/user:no \
	    /all/hubd/hub:+/user:+ /all/hubd/hub:../user:x /all/hubd/listen \
	    /all/hubd/hub:main/user:kyoto/password /all/system/system \
	    "/all/hubd/hub:$long" /all/hubd//hub:main /allhubd \
	    /all/hubd/hub:main%2fuser:kyoto /all/hubd/hub:main:x; do
		code=$(web_curl --path-as-is -o page -w '%{http_code}' \
		    "$WEB_URL$p")
		atf_check_equal "404 $p" "$code $p"
	done
	# by post as well, with a right token
	web_get /all/system
	cp page mine
	for p in /all/x /all/hubd/hub:none /all/hubd/hub:none/user:+; do
		cp mine page
		web_post $p "generation=$(web_generation)" .name=x \
		    "password=long enough"
		atf_check web_is 404
	done
	before=$(web_generation)
	# all of it cannot be removed, nor what is not there
	cp mine page
	web_post /all "generation=$before" .remove=yes
	cp mine page
	web_post /all/rc "generation=$before" .remove=yes
	atf_check_equal "$before" "$(web_generation)"
	# forged, without token, from another site
	echo >page
	web_post /all/system "generation=$before" hostname=evil
	atf_check web_is 403
	cp mine page
	code=$(web_curl -o page -w '%{http_code}' \
	    -H "Origin: https://evil.example" --data-urlencode \
	    "token=$(web_token)" --data-urlencode "generation=$before" \
	    --data-urlencode hostname=evil "$WEB_URL/all/system")
	atf_check_equal 403 "$code"
	# nothing typed breaks out of the page
	all_save hubd/hub:main/user:+ '.name="><script>x</script>' \
	    "password=long enough"
	atf_check -s not-exit:0 grep -q "<script" page
	# many fields, long ones
	cp mine page
	web_post /all/system "generation=$before" \
	    "hostname=$(head -c 900 /dev/zero | tr '\0' a)"
	atf_check -o match:'class="error"' web_field hostname
	# nobody logged in
	rm jar
	for p in /all /all/hubd/hub:main; do
		web_get $p
		atf_check web_goes /login
	done
	atf_check_equal "$before" "$(web_generation)"
}
hostile_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case change
	atf_add_test_case refused
	atf_add_test_case ssh
	atf_add_test_case hostile
}
