# SPDX-License-Identifier: ISC
# webconfd(8): upgrades by the web form, what the image is made of, restart. The
# sysupgrade here is the test's; the real one is tried on a booted box.
# flavours: asan
# timeout: 240

. "$LW_TOP/regress/netns.subr"
. "$LW_TOP/regress/longwire.subr"
. "$LW_TOP/regress/web/web.subr"
. "$LW_TOP/regress/web/upload.subr"

upgrade_box()
{
	web_programs
	cat >sysupgrade.sh <<-'EOF'
		echo "$*" >>sysupgrade.log
		case $1 in
		status)
			printf 'slot a\nversion 1.4\nstate confirmed\n'
			printf 'other-slot b\nother-version 1.3\n'
			printf 'other-state given-up\nother-reason <hubd> died\n'
			exit ;;
		esac
		shift $(($# - 1))
		if [ "$1" != - ]; then
			while [ -e hold ]; do sleep 0.2; done
			exit
		fi
		if [ -e refuse ]; then
			head -c 10 >/dev/null
			echo "sysupgrade: signed with no key that is trusted" >&2
			exit 3
		fi
		[ ! -e wait ] || while [ -e wait ]; do sleep 0.2; done
		echo "progress writing 42"
		sha256sum >sum
		[ ! -e hold ] || while [ -e hold ]; do sleep 0.2; done
		echo "installed 1.5 in slot b"
	EOF
	web_box
	web_setup
	web_get /upgrade
	atf_check web_is 200
}

atf_test_case upload cleanup
upload_head()
{
	atf_set descr "an upload reaches the program whole, in bounded memory"
	atf_set require.user root
}
upload_body()
{
	upgrade_box
	atf_check -o match:"came up well, and stays" cat page
	atf_check -o match:"&lt;hubd&gt; died" cat page
	head -c 30000000 /dev/urandom >new.bundle
	: >hold
	before=$(memory)
	web_upload /upgrade/upload file=@new.bundle
	atf_check web_goes /upgrade
	wait_until 20 shows_progress || atf_fail "no progress"
	atf_check -s not-exit:0 grep -q 'action="/upgrade/upload"' page
	# one at a time
	web_get /backup
	web_upload /backup/restore opens= file=@new.bundle
	atf_check web_is 413
	web_get /restart
	web_post /restart
	atf_check -o match:"still running" cat page
	[ ! -e rebooted ] || atf_fail "restarted in the middle of it"
	rm hold
	web_task /upgrade
	atf_check -o match:"is installed and was read back" cat page
	atf_check_equal "$(sha256sum <new.bundle)" "$(cat sum)"
	atf_check -o match:"^install -$" cat sysupgrade.log
	echo "grew by $(($(memory) - before)) KiB"
	[ $(($(memory) - before)) -lt 20000 ] || atf_fail "it was kept"
	atf_check -o match:"upgrade-installed.*installed 1.5 in slot b" \
	    cat webconfd.log
	web_post /restart
	atf_check -o match:"The box restarts" cat page
	wait_until 10 test -e rebooted || atf_fail "no restart"
}
# memory: of the processes of webconfd, in KiB
memory()
{
	for _p in $(pgrep -P "$(netns_pid webconfd)"); do
		sed -n 's/^VmRSS: *\([0-9]*\).*/\1/p' "/proc/$_p/status"
	done | awk '{ s += $1 } END { print s }'
}
shows_progress()
{
	web_get /upgrade
	grep -q 'value="42"' page
}
upload_cleanup()
{
	netns_cleanup
}

atf_test_case refused cleanup
refused_head()
{
	atf_set descr "refused early: the reason is shown; a wrong address"
	atf_set require.user root
}
refused_body()
{
	upgrade_box
	: >refuse
	# far more than the program reads
	head -c 3000000 /dev/zero >new.bundle
	web_upload /upgrade/upload older=yes file=@new.bundle
	atf_check web_goes /upgrade
	web_task /upgrade
	atf_check -o match:"signed with no key that is trusted" cat page
	atf_check -o match:"^install -D -$" cat sysupgrade.log
	for u in "file:///etc/passwd" "-O/etc/passwd" "/etc/passwd" ""; do
		web_get /upgrade
		web_post /upgrade/fetch "url=$u"
		atf_check -o match:'class="error"' web_field url
	done
	rm refuse
	: >hold
	web_get /upgrade
	web_post /upgrade/fetch "url=https://example.com/x.bundle"
	atf_check web_goes /upgrade
	web_get /upgrade
	atf_check -o match:"Waiting for the upgrade" cat page
	rm hold
	web_task /upgrade
	atf_check -o match:"install https://example.com/x.bundle" \
	    cat sysupgrade.log
	# without token; without log-in
	echo >page
	web_upload /upgrade/upload file=@new.bundle
	atf_check web_is 403
	web_post /upgrade/fetch url=https://example.com/
	atf_check web_is 403
	web_post /restart
	atf_check web_is 403
	for p in /backup /upgrade /parts /parts/sbom.json /restart; do
		rm -f jar
		web_get $p
		atf_check web_goes /login
	done
	[ ! -e rebooted ] || atf_fail "restarted"
}
refused_cleanup()
{
	netns_cleanup
}

atf_test_case parts cleanup
parts_head()
{
	atf_set descr "what the image is made of; what rc says of an upgrade"
	atf_set require.user root
}
parts_body()
{
	upgrade_box
	web_get /parts
	atf_check -o match:"zlib1g" cat page
	atf_check -o match:"Zlib" cat page
	web_get /parts/sbom.json
	atf_check cmp page sbom.json
	echo "slot b (1.5) was given up: <it> hung. Slot a runs" >upgrade.notice
	for p in /upgrade /status; do
		web_get $p
		atf_check -o match:"given up: &lt;it&gt; hung" cat page
	done
	mv sbom.json gone
	web_get /parts
	atf_check -o match:"no list of its parts" cat page
	web_get /parts/sbom.json
	atf_check web_is 404
}
parts_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case upload
	atf_add_test_case refused
	atf_add_test_case parts
}
