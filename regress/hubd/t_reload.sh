# SPDX-License-Identifier: ISC
# flavours: asan
# timeout: 120
# What a reload does with each setting of hubd itself: hubd(8) says it.

. "$LW_TOP/regress/net/hub.subr"

# renewed N: how often the processes have started anew
renewed()
{
	[ "$(grep -c 'settings need new processes' hub.log)" -eq "$1" ]
}

# put KEY VALUE: into the settings, in place of what is there, and reload; whose
# answer is cut off where the processes start anew
put()
{
	{
		echo "$1 $2"
		grep -v "^$1 " hub.conf
	} >new.conf
	mv new.conf hub.conf
	hubctl hub reload
}

# joins: officea logs in, and its session's congestion control is in the file
joins()
{
	check_peer <<-'EOF'
		a = join("officea", "secret")
		out = lambda: [s["congestion"] for s in hubctl("show", "sessions")]
		until(lambda: out() not in ([], [""]), text="a session")
		with open("congestion", "w") as f:
		    f.write(out()[0] + "\n")
	EOF
}

atf_test_case anew cleanup
anew_head()
{
	atf_set descr "what starts the processes anew: tls and others"
	atf_set require.user root
}
anew_body()
{
	hub_up <<-EOF
		tls openssl
		threads 2
		hub default {
			resume-wait 0s
			$(users)
		}
	EOF
	joins
	n=0
	while read -r key value; do
		n=$((n + 1))
		atf_check -s ignore -o ignore -e ignore put "$key" "$value"
		renewed $n || atf_fail "$key: no new processes"
		wait_until 20 hubctl hub show hubs || atf_fail "$key: no answer"
		joins
		# the same again changes nothing
		atf_check -s ignore -o ignore -e ignore put "$key" "$value"
		renewed $n || atf_fail "$key: new processes without need"
	done <<-EOF
		tls record
		tls openssl
		threads 3
		frame-memory 32M
		scrypt-jobs 1
		chroot $PWD/other.root
	EOF
	# what was missing is made
	atf_check -o inline:'755 root\n' stat -c '%a %U' other.root
}
anew_cleanup()
{
	netns_cleanup
}

atf_test_case congestion cleanup
congestion_head()
{
	atf_set descr "another congestion control: for new connections, at once"
	atf_set require.user root
}
congestion_body()
{
	hub_up <<-EOF
		congestion cubic
		hub default {
			resume-wait 0s
			$(users)
		}
	EOF
	netns_exec h sh -c \
	    'echo reno >/proc/sys/net/ipv4/tcp_congestion_control'
	joins
	atf_check -o inline:'cubic\n' cat congestion
	atf_check put congestion system
	joins
	atf_check -o inline:'reno\n' cat congestion
	atf_check put congestion cubic
	joins
	atf_check -o inline:'cubic\n' cat congestion
	renewed 0 || atf_fail "new processes"
}
congestion_cleanup()
{
	netns_cleanup
}

atf_test_case settled cleanup
settled_head()
{
	atf_set descr "state-dir and socket stay until a restart, which is said"
	atf_set require.user root
}
settled_body()
{
	hub_up <<-EOF
		hub default {
			resume-wait 0s
			$(users)
		}
	EOF
	hub_pin hub >pin.before
	atf_check put state-dir "$PWD/other.db"
	atf_check -o match:"state-dir $PWD/other.db counts from the next start" \
	    cat hub.log
	# new processes have the key that there was
	atf_check -s ignore -o ignore -e ignore put threads 3
	wait_until 20 hubctl hub show hubs || atf_fail "no answer"
	hub_pin hub >pin.after
	atf_check cmp pin.before pin.after
	atf_check test ! -e other.db
	atf_check put socket "$PWD/other.sock"
	atf_check test ! -e other.sock
	atf_check -o ignore hubctl hub show hubs
	joins
	renewed 1 || atf_fail "new processes without need"
	netns_stop hub
	atf_check test ! -e hub.sock
}
settled_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case anew
	atf_add_test_case congestion
	atf_add_test_case settled
}
