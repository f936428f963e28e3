# SPDX-License-Identifier: ISC
# flavours: asan
# timeout: 180
# Users choose their passwords themselves, where their policy lets them.

. "$LW_TOP/regress/net/hub.subr"

# what the scripts for peers share
change_script()
{
	cat <<-'EOF'
		def change(user, old, new, hub="", value=None, source=None, extra=(),
		           method="POST"):
		    p = Peer(source=source)
		    coded = value if value is not None else \
		        ":%s:" % base64.b64encode(new.encode()).decode()
		    p.request(hub, user, old, [("Longwire-New-Password", coded)] +
		              list(extra), drop=("Connection", "Upgrade",
		              "Capsule-Protocol"), method=method)
		    check(p.closed(), "the connection stays open")
		    return p.status
		def status(user, password, hub=""):
		    p = Peer()
		    return p.request(hub, user, password)
	EOF
	cat
}

atf_test_case change cleanup
change_head()
{
	atf_set descr "a new password counts at once and after a restart; policy, limits, hostile input"
	atf_set require.user root
}
change_body()
{
	hub_up <<-EOF
		guess-limit 6
		guess-delay 0s
		hub default {
			$(users)
			$(hub_user kept secret "policy kept")
			$(hub_user visitor secret "policy guest")
			$(hub_user off secret "enabled no")
			$(hub_user free secret "policy free")
			policy kept {
				change-password no
			}
			policy free {
				change-password yes
			}
		}
		hub other {
			$(users)
		}
	EOF
	change_script <<-'EOF' | check_peer
		new = "n\u00e4chstes Mal: geheim"
		running = join("officea", "secret",
		               extra=[("Longwire-Session", "new")])
		keep(running)
		same(change("officea", "secret", new), 204, "change")
		# too soon
		same(change("officea", new, "another one"), 503, "again at once")
		same(status("officea", "secret"), 401, "the old one")
		same(status("officea", new), 101, "the new one")
		same(status("officea", "secret", "other"), 101, "another hub's user")
		check(not running.closed(0.5), "a session was ended")
		p = Peer()
		same(p.request("", None, None, [kept()]), 401, "an old token")
		# by policy: yes, no, and the guest's no
		same(change("free", "secret", new), 204, "policy: yes")
		same(change("kept", "secret", new), 403, "policy: no")
		same(change("visitor", "secret", new), 403, "guest")
		for user in ("kept", "visitor"):
		    same(status(user, "secret"), 101, user + " as before")
		    same(status(user, new), 401, user + ", new")
		    same(change(user, "wrong", new), 401, user + " tells nothing")
		# who may not, or does not exist: as for a log-in
		same(change("nobody", "secret", new), 401, "unknown user")
		same(change("officeb", "secret", new, hub="nohub"), 401, "no hub")
		same(change("off", "secret", new), 403, "disabled")
		# what is no new password, or no such request
		b64 = lambda b: ":%s:" % base64.b64encode(b).decode()
		for value in ("", ":", "::", "secret-text", b64(b"7 bytes"),
		              b64(b"x" * 257), b64(b"line\nline"), b64(b"nul\0nul\0"),
		              b64(b"12345678")[:-1], b64(b"12345678")[1:],
		              "?1", '"12345678"', ":%s:" % ("A" * 7000)):
		    same(change("officeb", "secret", None, value=value), 400, value)
		two = [("Longwire-New-Password", b64(b"12345678"))]
		same(change("officeb", "secret", new, extra=two), 400, "two")
		same(change(None, None, new), 400, "no old one")
		same(change("officeb", "secret", new, method="PUT"), 400, "PUT")
		same(change("officeb", "secret", new,
		            extra=[("Content-Length", "5")]), 400, "content")
		# a field of a request for a tunnel changes nothing
		p = Peer()
		same(p.request("", "officeb", "secret", two), 101, "tunnel")
		same(status("officeb", "12345678"), 401, "no change")
		same(status("officeb", "secret"), 101, "no change")
		# guesses count like those of log-ins
		for n in range(8):
		    same(change("officeb", "guess%d" % n, new, source="10.0.0.3"),
		         401, "guess")
		same(change("officeb", "secret", new, source="10.0.0.3"), 401,
		     "locked out")
		same(change("officeb", "secret", new), 204, "not from elsewhere")
		same(status("officeb", new), 101, "new")
	EOF
	same_mode=$(stat -c %a hub.db/passwords)
	[ "$same_mode" = 600 ] || atf_fail "mode $same_mode"
	wait_until 10 grep -q 'password-changed .*user="officea"' hub.log ||
	    atf_fail "nothing in the log"
	if grep -e geheim -e 'guess[0-9]' hub.log hub.db/passwords; then
		atf_fail "a password can be read"
	fi
	# it outlives a restart
	netns_stop hub
	start_hubd hub h
	change_script <<-'EOF' | check_peer
		new = "n\u00e4chstes Mal: geheim"
		same(status("officea", "secret"), 401, "the old one")
		same(status("officea", new), 101, "the new one")
	EOF
}
change_cleanup()
{
	netns_cleanup
}

atf_test_case administrator cleanup
administrator_head()
{
	atf_set descr "an administrator's newer password wins; a broken file is no way in"
	atf_set require.user root
}
administrator_body()
{
	hub_up <<-EOF
		hub default {
			$(users)
		}
	EOF
	cp hub.conf hub.conf.first
	{
		sed '/^hub default/,$d' hub.conf
		echo "hub default {"
		hub_user officea fromadmin
		hub_user officeb secret
		echo "}"
	} >hub.conf.second
	change_script <<-'EOF' | check_peer
		import shutil
		def settings(name):
		    shutil.copyfile("hub.conf." + name, "hub.conf")
		    hubctl("reload")
		same(change("officea", "secret", "chosen by a"), 204, "a")
		same(change("officeb", "secret", "chosen by b"), 204, "b")
		settings("second")
		same(status("officea", "chosen by a"), 401, "a's own")
		same(status("officea", "secret"), 401, "a's first")
		same(status("officea", "fromadmin"), 101, "the administrator's")
		same(status("officeb", "chosen by b"), 101, "b's own stays")
		same(change("officea", "fromadmin", "chosen again"), 503, "so soon")
	EOF
	# a minute later: as far as the file knows
	sed -i 's/changed [0-9]*/changed 1000/' hub.db/passwords
	change_script <<-'EOF' | check_peer
		import shutil
		same(change("officea", "fromadmin", "chosen again"), 204, "again")
		same(status("officea", "chosen again"), 101, "chosen again")
		# back to the settings of before: what stood for the second is void
		shutil.copyfile("hub.conf.first", "hub.conf")
		hubctl("reload")
		same(status("officea", "chosen again"), 401, "stands for another")
		same(status("officea", "secret"), 101, "hubd.conf's")
		same(status("officeb", "chosen by b"), 101, "b's own stays")
	EOF
	netns_stop hub
	echo 'hub default { user officea { password "' >hub.db/passwords
	start_hubd hub h
	wait_until 10 grep -q "passwords:.*passwords of hubd.conf count" \
	    hub.log ||
	    atf_fail "nothing in the log"
	change_script <<-'EOF' | check_peer
		same(status("officea", ""), 401, "empty")
		same(status("officea", "secret"), 101, "hubd.conf's")
		same(change("officea", "secret", "after that"), 204, "after that")
		same(status("officea", "after that"), 101, "after that")
	EOF
}
administrator_cleanup()
{
	netns_cleanup
}

atf_test_case vnic cleanup
vnic_head()
{
	atf_set descr "vnicctl password: the hub, then the settings, then a log-in with it"
	atf_set require.user root
}
vnic_body()
{
	hub_up <<-EOF
		hub default {
			$(users)
			$(hub_user kept secret "policy kept")
			policy kept {
				change-password no
			}
		}
	EOF
	echo secret >secret.b
	{
		for u in officea officeb kept; do
			echo "# the line of $u"
			echo "vnic $u {"
			echo "	interface lw-$u"
			echo "	server 10.0.0.1:443"
			echo "	user $u	# who we are"
			if [ $u = officeb ]; then
				echo "	password-file $PWD/secret.b"
			else
				echo "	password secret"
			fi
			echo "	pin $(hub_pin hub)"
			echo "}"
		done
	} | vnic_conf c
	chmod 640 c.conf
	start_vnicd c c
	for u in officea officeb kept; do
		wait_until 20 vnic_up c $u || atf_fail "$u does not connect"
	done
	wrong "wrong" "new secret" officea "old password are wrong"
	wrong "secret" "short" officea "8 to 256 bytes"
	wrong "secret" "new secret" kept "does not let this user"
	wrong "secret" "new secret" nobody "no vnic"
	grep -q "password secret" c.conf || atf_fail "settings have changed"
	right "secret" "new \"secret\" # 1" officea
	right "secret" "new secret 2" officeb
	grep -q 'password "new \\"secret\\" # 1"' c.conf || {
		cat c.conf
		atf_fail "not in the settings"
	}
	atf_check_equal "new secret 2" "$(cat secret.b)"
	grep -q "^# the line of officea" c.conf || atf_fail "comments are gone"
	grep -q "who we are" c.conf || atf_fail "comments are gone"
	atf_check_equal 640 "$(stat -c %a c.conf)"
	for u in officea officeb; do
		wait_until 20 anew $u || {
			cat c.log
			atf_fail "$u does not log in anew"
		}
	done
	wrong "new secret 2" "new secret 3" officeb "less than a minute"
	netns_stop hub
	wrong "new secret 2" "new secret 3" officeb "refused"
}
# wrong OLD NEW VNIC TEXT: it fails for that reason
wrong()
{
	printf '%s\n%s\n' "$1" "$2" >words
	atf_check -s exit:1 -e match:"$4" lw vnicctl -f "$PWD/c.conf" \
	    -s "$PWD/c.sock" password "$3" <words
}
right()
{
	printf '%s\n%s\n' "$1" "$2" >words
	atf_check lw vnicctl -f "$PWD/c.conf" -s "$PWD/c.sock" \
	    password "$3" <words
}
# connected by a log-in, since the change
anew()
{
	vnic_up c "$1" &&
	    [ "$(grep -c "security: login .*user=\"$1\"" hub.log)" = 2 ]
}
vnic_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case change
	atf_add_test_case administrator
	atf_add_test_case vnic
}
