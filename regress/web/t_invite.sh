# SPDX-License-Identifier: ISC
# webconfd(8): an office joins a hub by an invitation alone.
# flavours: asan
# timeout: 120

. "$LW_TOP/regress/netns.subr"
. "$LW_TOP/regress/longwire.subr"
. "$LW_TOP/regress/web/web.subr"

# hub, with one user that nobody uses
hub()
{
	web_box_daemons
	web_setup
	netns_exec box ip link set br0 up
	web_save role=hub hub-name=main listen=127.0.0.1:4443 hub-lan=yes \
	    port=eth0 address=10.0.0.1/24 hostname=box
	atf_check web_goes /status
	wait_until 10 grep -q "hub main" hub.conf || atf_fail "not applied"
	start_hubd hub box
	# the hub is in force, and stays
	wait_until 10 web_status_shows "is in force" || atf_fail "not applied"
	web_keep
}

invitation()
{
	tr -d '\n' <page | sed -n 's/.*<textarea[^>]*>\([^<]*\)<.*/\1/p'
}

atf_test_case joins cleanup
joins_head()
{
	atf_set descr "an office joins by an invitation alone"
	atf_set require.user root
}
joined()
{
	hubctl hub show sessions | grep -q osaka
}
joins_body()
{
	need jq
	hub
	web_get /invite
	atf_check web_is 200
	web_post /invite hub=main name=osaka server=127.0.0.1:4443
	atf_check web_is 200
	invitation >text
	atf_check -o match:'^longwire1\.[A-Za-z0-9_-]{100,}$' cat text
	# a camera reads the same
	web_camera
	atf_check -o inline:"$(cat text)\n" cat qr
	wait_until 10 grep -q "user osaka" hub.conf || atf_fail "no user"
	netns_signal hub HUP
	# the office is this box as well; nothing else of it is typed
	web_save role=both hub-name=main listen=127.0.0.1:4443 port=eth0 \
	    address=10.0.0.1/24 hostname=box stay-local=yes \
	    "invitation=$(cat text)"
	atf_check web_goes /status
	wait_until 10 grep -q "user osaka" office.conf || atf_fail "not taken"
	cat >>office.conf <<-EOF
		state-dir $PWD/office.db
		socket $PWD/office.sock
		user nobody
		chroot $PWD/office.root
	EOF
	start_vnicd office box
	wait_until 20 joined || atf_fail "no session"
	# the secret is nowhere to be seen again
	wait_until 10 web_status_shows "is in force" || atf_fail "not applied"
	web_keep
	web_get /settings
	atf_check -s not-exit:0 grep -q longwire1 page
	# nor does a secret of the text get into the log
	secret=$(sed 's/^longwire1\.//' text | tr '_-' '/+' | base64 -d \
	    2>/dev/null | tr '\0' '\n' | sed -n '/^password$/{n;p}')
	[ ${#secret} -ge 20 ] || atf_fail "no password in the invitation"
	atf_check -s not-exit:0 grep -qF "$secret" webconfd.log hub.log
}
joins_cleanup()
{
	netns_cleanup
}

atf_test_case refused cleanup
refused_head()
{
	atf_set descr "what cannot be invited, and what is no invitation"
	atf_set require.user root
}
refused_body()
{
	need jq
	hub
	web_get /invite
	before=$(web_generation)
	cp page mine
	for bad in "name=a b" name= name=..; do
		cp mine page
		web_post /invite hub=main "$bad" server=127.0.0.1:4443
		atf_check -o match:'class="error"' web_field name
	done
	cp mine page
	web_post /invite hub=main name=osaka "server=no where"
	atf_check -o match:'class="error"' web_field server
	cp mine page
	web_post /invite hub=other name=osaka server=127.0.0.1:4443
	atf_check -o match:"no such hub" cat page
	atf_check_equal "$before" "$(web_generation)"
	# forged
	echo >page
	web_post /invite hub=main name=osaka server=127.0.0.1:4443
	atf_check web_is 403
	# cut, or something else
	web_get /invite
	web_post /invite hub=main name=osaka server=127.0.0.1:4443
	invitation >text
	before=$(web_generation)
	for bad in "$(cut -c 1-80 text)" "$(sed 's/\(.\{60\}\)./\1!/' text)" \
	    "longwire1.AAAAAAAA" "hello, world"; do
		web_save role=both hub-name=main listen=127.0.0.1:4443 \
		    port=eth0 address=10.0.0.1/24 hostname=box \
		    stay-local=yes "invitation=$bad"
		atf_check web_is 200
		atf_check -o match:'class="error"' web_field invitation
	done
	atf_check_equal "$before" "$(web_generation)"
	# the name is taken now
	web_get /invite
	web_post /invite hub=main name=osaka server=127.0.0.1:4443
	atf_check -o match:"a user of this name" web_field name
}
refused_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case joins
	atf_add_test_case refused
}
