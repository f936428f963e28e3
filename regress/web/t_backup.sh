# SPDX-License-Identifier: ISC
# webconfd(8): backups by the web form, and what hostile uploads get.
# flavours: asan
# timeout: 240

. "$LW_TOP/regress/netns.subr"
. "$LW_TOP/regress/longwire.subr"
. "$LW_TOP/regress/web/web.subr"
. "$LW_TOP/regress/web/upload.subr"

backup_box()
{
	web_programs
	mkdir -p cfg/db/hubd
	head -c 500 /dev/urandom >cfg/db/hubd/hubd.key
	chmod 600 cfg/db/hubd/hubd.key
	web_box
	web_setup
	web_get /backup
	atf_check web_is 200
}

current()
{
	cat cfg/gen/current/longwire.txt
}

atf_test_case restore cleanup
restore_head()
{
	atf_set descr "download, change, restore, keep: settings and keys are back"
	atf_set require.user root
}
restore_body()
{
	backup_box
	web_post /backup/download passphrase= again=
	atf_check web_is 200
	atf_check -o match:'^Content-Disposition: attachment; filename="longwire-longwire-[0-9]*.txt"' \
	    cat web.head
	cp page backup.txt
	atf_check -o match:"^# longwire-backup 1" cat backup.txt
	atf_check -o match:"^# file hubd/hubd.key 600" cat backup.txt
	atf_check -o match:"backup-made" cat webconfd.log
	# passphrases that are none, that differ
	web_get /backup
	web_post /backup/download passphrase=short again=short
	atf_check -o match:"at least 10" web_field passphrase
	web_post /backup/download "passphrase=correct horse" again=other
	atf_check -o match:"passphrases differ" web_field passphrase
	web_post /backup/download "passphrase=correct horse" \
	    "again=correct horse"
	atf_check -o match:'filename="longwire-longwire-[0-9]*.cms"' \
	    cat web.head
	cp page backup.cms
	openssl cms -decrypt -inform PEM -in backup.cms \
	    -pwri_password "correct horse" >opened || atf_fail "not opened"
	atf_check cmp opened backup.txt

	# applying takes a while, and can only then be kept
	cat >rc <<-'EOF'
		#!/bin/sh
		sleep 2
		echo "rc $*" >>"$(dirname "$0")/rc.log"
	EOF
	n=$(web_generation)
	web_get /all/system
	web_post /all/system "generation=$n" hostname=kyoto
	cp cfg/db/hubd/hubd.key first.key
	echo other >cfg/db/hubd/hubd.key
	web_get /backup
	web_upload /backup/restore "opens=correct horse" file=@backup.cms
	atf_check web_goes /backup
	web_task /backup
	atf_check -o match:"The backup was taken" cat page
	atf_check -o match:"Keep these settings" cat page
	atf_check -o match:"hostname longwire" current
	atf_check -o match:"10.0.0.2" cat cfg/gen/current/author
	atf_check -o inline:"other\n" cat cfg/db/hubd/hubd.key
	atf_check test -e cfg/gen/trial
	web_keep
	wait_until 20 grep -q "restart hubd vnicd webconfd" rc.log ||
	    atf_fail "the daemons were not restarted"
	atf_check cmp first.key cfg/db/hubd/hubd.key
	web_get /backup
	web_upload /backup/restore opens= file=@backup.txt
	web_task /backup
	atf_check -o match:"already has all of this" cat page
	netns_alive webconfd || atf_fail "webconfd has died"
}
restore_cleanup()
{
	netns_cleanup
}

atf_test_case undone cleanup
undone_head()
{
	atf_set descr "a restored backup that nobody keeps is undone"
	atf_set require.user root
}
undone_body()
{
	WEB_OPTIONS="-t 3"
	backup_box
	web_post /backup/download passphrase= again=
	sed '/^# sha256/d' page >other.txt
	hash=$(openssl passwd -6 "another password")
	sed "s|admin-password.*|admin-password \"$hash\"|" other.txt >mine.txt
	web_get /backup
	web_upload /backup/restore opens= file=@mine.txt
	# the password is that of the backup now
	wait_until 20 web_out || atf_fail "still logged in"
	wait_until 20 grep -q settings-undone webconfd.log ||
	    atf_fail "not undone"
	web_login
	web_get /status
	atf_check -s not-exit:0 grep -q "Keep these" page
}
web_out()
{
	web_get /status
	web_goes /login
}
undone_cleanup()
{
	netns_cleanup
}

atf_test_case refused cleanup
refused_head()
{
	atf_set descr "damaged, newer, no backup at all: the reason is shown"
	atf_set require.user root
}
refused_body()
{
	backup_box
	web_post /backup/download passphrase= again=
	cp page backup.txt
	n=$(web_generation)
	sed 's/longwire$/osaka/' backup.txt >damaged
	sed '1s/1/7/' backup.txt >newer
	head -c 300000 /dev/urandom >noise
	: >empty
	echo 'system {' >broken
	while read -r f why; do
		web_get /backup
		web_upload /backup/restore opens= "file=@$f"
		web_task /backup
		atf_check -o match:"refused, and nothing is different" cat page
		atf_check -o match:"$why" cat page
	done <<-'END'
		damaged is damaged
		newer newer form
		noise the file
		broken the file
	END
	# in Japanese
	web_get /language/ja
	web_get /backup
	web_upload /backup/restore opens= file=@damaged
	web_task /backup
	atf_check -o match:"壊れています" cat page
	web_get /language/en
	web_get /backup
	web_upload /backup/restore opens= file=@empty
	atf_check web_goes /backup
	atf_check_equal "$n" "$(web_generation)"
	atf_check_equal 1 "$(grep -c reload rc.log)"
}
refused_cleanup()
{
	netns_cleanup
}

# multipart TOKEN NAME: a form on standard output, whose file is small.txt
multipart()
{
	for _f in "token $1" "opens "; do
		printf -- '--B\r\nContent-Disposition: form-data; name="%s"' \
		    "${_f% *}"
		printf '\r\n\r\n%s\r\n' "${_f#* }"
	done
	printf -- '--B\r\nContent-Disposition: form-data; name="file"; '
	printf 'filename="%s"\r\n\r\n' "$2"
	cat small.txt
	printf '\r\n--B--\r\n'
}

# sent FILE [HEADER]...: that body; the status
sent()
{
	_body=$1
	shift
	for _h in "Content-Type: multipart/form-data; boundary=B" "$@"; do
		set -- "$@" -H "$_h"
	done
	while [ "$1" != -H ]; do
		shift
	done
	web_curl -o page -w '%{http_code}' "$@" --data-binary "@$_body" \
	    "$WEB_URL/backup/restore"
}

atf_test_case hostile cleanup
hostile_head()
{
	atf_set descr "uploads without token, from elsewhere, malformed, cut off"
	atf_set require.user root
}
hostile_body()
{
	backup_box
	n=$(web_generation)
	# with the password that is set
	sed 's/hostname .*/hostname kyoto/' cfg/gen/current/longwire.txt \
	    >small.txt
	token=$(web_token)
	cp jar jar.mine
	multipart "$token" x.txt >good
	# no token, a foreign one, after the file, twice
	multipart "" x.txt >none
	multipart "$(printf '%043d' 0)" x.txt >foreign
	{
		multipart "$token" x.txt | sed -n '/name="file"/,$p' |
		    sed '1s/^/--B\r\n/;$d'
		printf -- '--B\r\nContent-Disposition: form-data; name="token"'
		printf '\r\n\r\n%s\r\n--B--\r\n' "$token"
	} >after
	for f in none foreign after; do
		atf_check_equal "403 $f" "$(sent $f) $f"
	done
	# other origins; without a log-in; as a visitor with a token of his own
	for h in "Origin: https://evil.example" "Origin: null" \
	    "Sec-Fetch-Site: cross-site"; do
		atf_check_equal "403 $h" "$(sent good "$h") $h"
	done
	rm jar
	atf_check_equal 403 "$(sent good)"
	web_get /login
	multipart "$(web_token)" x.txt >visitor
	atf_check_equal 303 "$(sent visitor)"
	cp jar.mine jar
	# the wrong boundary, parts that are none, cut off with a right length
	sed 's/--B/--C/' good >boundary
	sed 's/name="file"/nome="file"/' good >nameless
	head -c 300 good >cut.form
	sed 's/form-data; name="opens"/attachment; name="opens"/' good >kind
	for f in boundary nameless cut.form kind; do
		atf_check_equal "400 $f" "$(sent $f) $f"
	done
	atf_check_equal 415 "$(sent good "Content-Type: x")"
	atf_check_equal 415 "$(web_curl -o page -w '%{http_code}' -d a=b \
	    "$WEB_URL/backup/restore")"
	# too long: a field, all of it, as it says
	head -c 3000 /dev/zero | tr '\0' a >long
	multipart "$token" x | sed "s/name=\"opens\"/&; x=$(cat long)/" >head.form
	atf_check_equal 400 "$(sent head.form)"
	web_get /backup
	web_upload /backup/restore "opens=<long" file=@small.txt
	atf_check web_is 413
	atf_check_equal 413 "$(printf 'POST /backup/restore HTTP/1.1\r
Host: 10.0.0.1:8443\r
Content-Type: multipart/form-data; boundary=B\r
Content-Length: 900000000\r\n\r\n' | said)"
	# nothing of it did anything, and the names of files do nothing either
	[ ! -e cfg/gen/trial ] || atf_fail "something is on trial"
	atf_check_equal "$n" "$(web_generation)"
	for p in ../../../etc/passwd '..\\..\\x' '/etc/shadow' 'a;b"x' \
	    '$(touch${IFS}x)'; do
		multipart "$token" "$(echo "$p" | sed 's/"/%22/g')" >named
		atf_check_equal "303 $p" "$(sent named) $p"
		web_task /backup
	done
	atf_check_equal $((n + 1)) "$(web_generation)"
	netns_alive webconfd || atf_fail "webconfd has died"
	atf_check -s not-exit:0 grep -q "AddressSanitizer" webconfd.log
}
# said: what is sent from standard input; the status of the answer
said()
{
	{ cat; sleep 2; } | netns_exec admin timeout 60 openssl s_client -quiet \
	    -connect 10.0.0.1:8443 2>/dev/null | head -n 1 | cut -d ' ' -f 2
}
hostile_cleanup()
{
	netns_cleanup
}

atf_test_case slow cleanup
slow_head()
{
	atf_set descr "an upload that stops, and one whose browser goes"
	atf_set require.user root
}
slow_body()
{
	backup_box
	n=$(web_generation)
	# settings that would be whole at each end of a block
	sed 's/hostname .*/hostname kyoto/' cfg/gen/current/longwire.txt \
	    >small.txt
	multipart "$(web_token)" x.txt >good
	cookie=$(awk '/__Host-longwire\t/ { print $7 }' jar)
	# before the file: 10 s in all
	{ head_of 5000; head -c 60 good; sleep 20; } | stream >first &
	# in the file: the browser goes
	{ head_of "$(wc -c <good)"; sed -n '1,/^}/p' good; sleep 3; } | stream
	wait_until 20 grep -q "the upload was cut off" webconfd.log ||
	    atf_fail "nobody saw that it was cut off"
	web_task /backup
	atf_check -o match:"cut off" cat page
	wait $! || :
	atf_check -o match:"408" cat first
	atf_check_equal "$n" "$(web_generation)"
	# the same, a byte a time, is as good as at once
	{ head_of "$(wc -c <good)"; sleep 0.5; head -c 100 good; sleep 1
	    tail -c +101 good | head -c 300; sleep 1; tail -c +401 good
	    sleep 2; } | stream >second
	atf_check -o match:" 303 " cat second
	web_task /backup
	atf_check -o match:"hostname kyoto" current
}
# head_of BYTES: of a request
head_of()
{
	printf 'POST /backup/restore HTTP/1.1\r\nHost: 10.0.0.1:8443\r\n'
	printf 'Cookie: __Host-longwire=%s\r\nContent-Length: %s\r\n' \
	    "$cookie" "$1"
	printf 'Content-Type: multipart/form-data; boundary=B\r\n\r\n'
}
stream()
{
	netns_exec admin timeout 30 openssl s_client -quiet \
	    -connect 10.0.0.1:8443 2>/dev/null | head -n 1
}
slow_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case restore
	atf_add_test_case undone
	atf_add_test_case refused
	atf_add_test_case hostile
	atf_add_test_case slow
}
