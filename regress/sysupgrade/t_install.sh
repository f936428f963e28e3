# SPDX-License-Identifier: ISC
# flavours: asan amd64
# timeout: 300
# sysupgrade(8) on slots that are files: what it installs, what it refuses, and
# that a refusal changes nothing.


# box: slots/, the two slots of a box that runs slot a, version 1.5; root/, what
# it knows of itself; key, which it trusts
box()
{
	need openssl
	mkdir -p slots root/etc/keys root/usr/share/longwire
	echo 1.5+test >root/usr/share/longwire/version
	echo amd64 >root/usr/share/longwire/target
	new_key key
	openssl pkey -in key -pubout -out root/etc/keys/test.pub
	for s in a b; do
		head -c 400000 /dev/urandom >slots/boot-$s
		head -c 300000 /dev/urandom >slots/root-$s
		truncate -s 4M slots/boot-$s
		truncate -s 4M slots/root-$s
	done
	truncate -s 1M slots/state
	head -c 3333333 /dev/urandom >boot
	head -c 1234567 /dev/urandom >root.sqfs
	bundle version=1.5 >first.bundle
	atf_check up format first.bundle
}

new_key()
{
	openssl genpkey -algorithm ed25519 -out "$1" 2>/dev/null ||
	    atf_fail "no key"
}

up()
{
	lw_run -d "$PWD/slots" -r "$PWD/root" -s "${SLOT:-a}" "$@"
}

lw_run()
{
	sh "$LW_TOP/regress/lw.sh" sysupgrade "$@"
}

# bundle [version=V] [target=T] [minimum=M] [key="FILE..."] [boot=FILE]
bundle()
{
	version=1.6 target=amd64 minimum=0 key=key boot=boot
	for _a in "$@"; do
		eval "${_a%%=*}=\${_a#*=}"
	done
	{
		echo "longwire-upgrade 1"
		echo "version $version"
		echo "target $target"
		echo "minimum $minimum"
		for _f in "boot $boot" "root root.sqfs"; do
			echo "${_f% *} $(stat -c %s "${_f#* }")" \
			    "$(sha256sum <"${_f#* }" | cut -c 1-64)"
		done
	} >signed
	cat signed
	for _k in $key; do
		openssl pkeyutl -sign -rawin -inkey "$_k" -in signed -out sig
		echo "signature $(key_id "$_k") $(base64 -w 0 sig)"
	done
	echo
	cat "$boot" root.sqfs
}

# key_id FILE: as the header names it
key_id()
{
	openssl pkey -in "$1" -pubout -outform DER | sha256sum | cut -c 1-16
}

# fact KEY: of the boot state
fact()
{
	up status | sed -n "s/^$1 //p"
}

is()
{
	[ "$(fact "$1")" = "$2" ] ||
	    atf_fail "$1 is $(fact "$1") and not $2"
}

# installed: slot b holds the bundle's parts, and is booted next, once
installed()
{
	for _f in boot:boot root:root.sqfs; do
		cmp -n "$(stat -c %s "${_f#*:}")" "slots/${_f%:*}-b" \
		    "${_f#*:}" || atf_fail "${_f%:*}-b is not what was sent"
	done
	is other-state new
	is other-version 1.6
	is slot a
	next_boot b
}

# next_boot SLOT: what the boot loader would do
next_boot()
{
	_word=$(newest)
	lw_run table | grep -q "^set t_$_word=\"$1 " ||
	    atf_fail "state $_word does not boot slot $1"
}

# The newer of the two words; GRUB's rule.
newest()
{
	_0=$(word 512)
	_1=$(word 524288)
	case ${_0%"${_0#?}"}${_1%"${_1#?}"} in
	01 | 12 | 20)	echo "$_1" ;;
	*)		echo "$_0" ;;
	esac
}

word()
{
	dd if=slots/state bs=1 skip=$(($1 + 30)) count=13 status=none
}

# sums: of all that a refusal must not change
sums()
{
	sha256sum slots/*
}

# refused TEXT [OPTION] BUNDLE: says why, and changes nothing
refused()
{
	_text=$1
	shift
	sums >before
	atf_check -s exit:3 -o ignore -e match:"$_text" up install "$@"
	sums >after
	atf_check cmp before after
}

atf_test_case sources cleanup
sources_head()
{
	atf_set descr "from a file, from standard input, from a web server"
	atf_set require.user root
}
sources_body()
{
	box
	bundle >new.bundle
	atf_check -o match:'version 1.6' -o match:'signed-by test' \
	    -o match:'progress verifying 100' up check new.bundle
	atf_check -o match:'progress writing 100' \
	    -o match:'progress reading-back 100' \
	    -o match:'installed 1.6 in slot b' up install new.bundle
	installed

	# over the one that was to be tried
	atf_check -o not-match:verifying -o match:'reading-back 100' \
	    up install - <new.bundle
	installed
	atf_check cmp -n 400000 slots/boot-b boot

	web_server
	for f in boot root; do
		head -c 100000 /dev/urandom | dd of=slots/$f-b conv=notrunc \
		    status=none
	done
	atf_check -o match:'installed 1.6' \
	    up install "http://127.0.0.1:$port/new.bundle"
	installed
	sums >before
	atf_check -s exit:3 -o ignore -e match:'download failed' \
	    up install "http://127.0.0.1:$port/nosuch"
	sums >after
	atf_check cmp before after
	[ "$LW_FLAVOUR" != amd64 ] || by_https
	servers_end
}
sources_cleanup()
{
	servers_end
}
# by_https: whoever the server is; as in the image, where is no openssl(1)
by_https()
{
	web_server tls
	mkdir tools
	ln -sf /usr/sbin/* tools/
	ln -sf /usr/bin/* tools/
	rm -f tools/openssl
	atf_check -o match:'installed 1.6' -e match:'not implemented' \
	    env PATH="$PWD/bin:$PWD/tools" sh "$LW_TOP/regress/lw.sh" \
	    sysupgrade -d "$PWD/slots" -r "$PWD/root" -s a install \
	    "https://127.0.0.1:$port/new.bundle"
	installed
}
# web_server [tls]: this folder's files at $port; and wget(1), for what ships that
# which ships
web_server()
{
	need python3
	if [ "$LW_FLAVOUR" = amd64 ]; then
		[ -x "$LW_TOP/obj/pkgs/amd64/usr/bin/busybox" ] ||
		    unavailable "no packages of the image; run make image"
		mkdir -p bin
		ln -sf "$LW_TOP/obj/pkgs/amd64/usr/bin/busybox" bin/wget
		PATH=$PWD/bin:$PATH
	else
		need wget
	fi
	[ $# -eq 0 ] || openssl req -x509 -newkey rsa:2048 -nodes -days 2 \
	    -subj /CN=nobody -keyout tls.key -out tls.crt 2>/dev/null
	rm -f port
	python3 -c '
import http.server, os, ssl, sys
httpd = http.server.HTTPServer(("127.0.0.1", 0),
    http.server.SimpleHTTPRequestHandler)
if sys.argv[1:]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain("tls.crt", "tls.key")
    httpd.socket = tls.wrap_socket(httpd.socket, server_side=True)
with open("port.new", "w") as f:
    print(httpd.server_port, file=f)
os.rename("port.new", "port")
httpd.serve_forever()' "$@" >/dev/null 2>&1 &
	echo $! >>httpd.pids
	wait_until 20 test -s port || atf_fail "no web server"
	port=$(cat port)
}

servers_end()
{
	[ ! -e httpd.pids ] || while read -r _pid; do
		kill "$_pid" 2>/dev/null || :
	done <httpd.pids
	rm -f httpd.pids
}

atf_test_case refusals
refusals_head()
{
	atf_set descr "wrong key, target, version, size; damage in each part"
	atf_set require.user root
}
refusals_body()
{
	box
	new_key other
	bundle key=other >x
	refused 'does not know its key' x
	# signed by whom it trusts, but not this
	bundle >good
	sed '2s/.*/version 1.7/' good >x
	refused 'not what the key.s owner signed' x
	bundle target=arm64 >x
	refused 'for arm64, and the box is amd64' x
	bundle version=1.4.9 >x
	refused '1.4.9 is older than 1.5' x
	bundle minimum=1.5.1 >x
	refused 'needs 1.5.1: upgrade to that first' x
	head -c 4194305 /dev/zero >big
	bundle boot=big >x
	refused 'boot is too large: 4194305 bytes' x
	refused 'No such file' nosuch
	: >x
	refused 'no upgrade bundle' x
	refused 'no upgrade bundle' /bin/sh

	bundle >good
	size=$(stat -c %s good)
	for n in 1 100 400 1000 500000 3400000 $((size - 1)); do
		head -c $n good >x
		refused . x
	done
	cp good x
	echo >>x
	refused 'longer than it says' x
	# a bit in each line of the header, and at places of both parts
	at=0
	while read -r line && [ -n "$line" ]; do
		at=$((at + ${#line} / 2))
		flipped $at
		at=$((at + ${#line} - ${#line} / 2 + 1))
	done <good
	for at in 1000 2000000 3333400 4000000 $((size - 1)); do
		flipped $at
	done
	atf_check -o match:'installed 1.6' up install good
	installed
}
# flipped AT: the good one with a bit of that byte flipped
flipped()
{
	cp good x
	byte=$(od -An -tu1 -j "$1" -N 1 good)
	printf '%b' "\\0$(printf %o $((byte ^ 4)))" |
	    dd of=x bs=1 seek="$1" conv=notrunc status=none
	refused . x
}

atf_test_case versions
versions_head()
{
	atf_set descr "downgrade by wish only, and never below what was revoked"
	atf_set require.user root
}
versions_body()
{
	box
	bundle version=1.4 >old
	refused '1.4 is older than 1.5' old
	echo 'version 1.4.1' >root/etc/keys/revoked
	refused 'were revoked' -D old
	echo 'version 1.4' >root/etc/keys/revoked
	atf_check -o match:'installed 1.4' up install -D old
	bundle >new
	echo "key $(key_id key)" >root/etc/keys/revoked
	refused 'its key was revoked' new
}

atf_test_case keys
keys_head()
{
	atf_set descr "from one key to the next, and the old one revoked"
	atf_set require.user root
}
keys_body()
{
	box
	new_key next
	bundle key=next >new
	bundle key="next key" >both
	# boxes that know the old key take what is signed with both
	refused 'does not know its key' new
	atf_check -o match:'signed-by test' -o match:'installed 1.6' \
	    up install both
	# what that brought knows both, and takes either
	openssl pkey -in next -pubout -out root/etc/keys/next.pub
	for b in new both; do
		atf_check -o match:'signed-by next' -o match:'installed 1.6' \
		    up install $b
	done
	# the old one was stolen
	echo "key $(key_id key)" >root/etc/keys/revoked
	bundle >old
	refused 'its key was revoked' old
	atf_check -o match:'signed-by next' up check both
	# a list that cannot be read is no empty list
	echo "key 123" >root/etc/keys/revoked
	refused 'revoked:1: neither key ID nor' new
}

atf_test_case streams
streams_head()
{
	atf_set descr "a stream that is not whole costs the other slot, no more"
	atf_set require.user root
}
streams_body()
{
	box
	bundle >good
	sums | grep -- -a >before
	head -c 4000000 good >x
	atf_check -s exit:1 -o ignore -e match:'ends before all' up install - <x
	sums | grep -- -a >after
	atf_check cmp before after
	is other-state empty
	next_boot a
	# a header is enough to refuse: not a byte is written
	bundle target=arm64 >x
	sums >before
	atf_check -s exit:3 -o ignore -e match:'for arm64' up install - <x
	sums >after
	atf_check cmp before after
	# boots that nobody confirms do not lead to what is half written
	atf_check -s exit:3 -e match:'no better slot' up give-up test
	atf_check -s exit:3 -e match:'nothing whole' up back
	atf_check -o match:installed up install - <good
	installed
}

atf_test_case disk_full
disk_full_head()
{
	atf_set descr "the disk has less room than it says: nothing is changed"
	atf_set require.user root
}
disk_full_body()
{
	box
	bundle >good
	for full in boot root; do
		full_disk $full
		atf_check cmp before after
		is state confirmed
		is other-state good
		next_boot a
	done
	atf_check -o match:'installed 1.6' up install good
	installed
}
# full_disk PART: an install while that part of slot b is on a full disk; sums of
# all before and after
full_disk()
{
	mkdir -p small
	cat >script <<-END
		set -e
		mount -t tmpfs -o size=1m small small
		cp --sparse=always slots/$1-b small/
		mv slots/$1-b kept
		ln -s ../small/$1-b slots/$1-b
		sha256sum slots/* >before
		set +e
		sh "$LW_TOP/regress/lw.sh" sysupgrade -d "$PWD/slots" \\
		    -r "$PWD/root" -s a install good
		rc=\$?
		sha256sum slots/* >after
		mv kept slots/$1-b
		exit \$rc
	END
	atf_check -s exit:3 -o not-match:'progress writing' \
	    -e match:"$1: No space left on device; nothing was changed" \
	    unshare -m sh script
}

atf_test_case write_fails
write_fails_head()
{
	atf_set descr "a disk that fails on the way costs the other slot, no more"
	atf_set require.user root
}
write_fails_body()
{
	box
	bundle >good
	sums | grep -- -a >before
	# as if it ended after 2 MiB
	# shellcheck disable=SC3045 # of dash
	atf_check -s exit:1 -o match:'progress writing' \
	    -e match:'boot: File too large; the other slot holds nothing' \
	    sh -c 'trap "" XFSZ; ulimit -f 4096; exec "$@"' sh \
	    sh "$LW_TOP/regress/lw.sh" sysupgrade -d "$PWD/slots" \
	    -r "$PWD/root" -s a install good
	sums | grep -- -a >after
	atf_check cmp before after
	is other-state empty
	next_boot a
	atf_check -o match:'installed 1.6' up install good
	installed
}

atf_test_case read_back
read_back_head()
{
	atf_set descr "a disk that does not keep what was written is noticed"
	atf_set require.user root
}
read_back_body()
{
	box
	bundle >good
	sums | grep -- -a >before
	# all arrives, and then one part lies where the other one was
	ln -f slots/boot-b slots/root-b
	atf_check -s exit:1 -o match:'progress writing 100' \
	    -e match:'boot: the disk does not keep what is written to it' \
	    up install good
	sums | grep -- -a >after
	atf_check cmp before after
	is other-state empty
	next_boot a
}

atf_test_case two_at_once
two_at_once_head()
{
	atf_set descr "the second of two is refused, and disturbs nothing"
	atf_set require.user root
}
two_at_once_body()
{
	box
	bundle >good
	mkfifo slow
	up install - <slow >first.out 2>first.err &
	first=$!
	exec 8>slow
	head -c 1500000 good >&8
	n=0
	until grep -q 'progress writing' first.out || [ $n -gt 300 ]; do
		n=$((n + 1))
		sleep 0.1
	done
	atf_check -s exit:4 -o ignore -e match:'another upgrade' \
	    up install good
	tail -c +1500001 good >&8
	exec 8>&-
	wait $first || {
		cat first.err
		atf_fail "the first one failed"
	}
	installed
}

atf_test_case states
states_head()
{
	atf_set descr "trial, confirm, give up, go back; a state that is lost"
	atf_set require.user root
}
states_body()
{
	box
	is state confirmed
	next_boot a
	bundle >good
	atf_check -o match:installed up install good

	# slot b runs, and is the only one that may say so
	boot
	SLOT=b
	is state trial
	is other-slot a
	is other-state good
	sums >before
	atf_check -s exit:3 -o ignore -e match:'has not come up' \
	    up install good
	atf_check -s exit:3 -e match:'has not come up' up back
	sums >after
	atf_check cmp before after
	atf_check up give-up 'hubd does not run'
	next_boot a
	boot
	SLOT=a
	is state starting
	is other-state given-up
	is other-reason 'hubd does not run'
	atf_check up confirm
	is state confirmed
	next_boot a

	# once more, and it works
	atf_check -o match:installed up install good
	boot
	SLOT=b
	atf_check up confirm
	is state confirmed
	next_boot b
	atf_check up back
	next_boot a
	boot
	SLOT=a
	is state trial
	atf_check up confirm

	# nothing is known: what runs stays
	dd if=/dev/zero of=slots/state bs=4096 count=1 conv=notrunc status=none
	dd if=/dev/zero of=slots/state bs=4096 seek=128 count=1 conv=notrunc \
	    status=none
	is state unknown
	atf_check -s exit:3 -o ignore -e match:'has not come up' \
	    up install good
	atf_check up confirm
	is state confirmed
	next_boot a
	rm slots/state
	atf_check -s exit:1 -e match:'slots/state: open' up status
}
# boot: what GRUB does; counts into the older copy
boot()
{
	_new=$(newest)
	_to=$(lw_run table | sed -n "s/^set t_$_new=\"[ab] \(.*\)\"/\1/p")
	_at=512
	[ "$(word 512)" != "$_new" ] || _at=524288
	printf %s "$_to" | dd of=slots/state bs=1 seek=$((_at + 30)) \
	    conv=notrunc status=none
	[ "$(newest)" = "$_to" ] || atf_fail "$_to is not newer than $_new"
}

atf_init_test_cases()
{
	atf_add_test_case sources
	atf_add_test_case refusals
	atf_add_test_case versions
	atf_add_test_case keys
	atf_add_test_case streams
	atf_add_test_case disk_full
	atf_add_test_case write_fails
	atf_add_test_case read_back
	atf_add_test_case two_at_once
	atf_add_test_case states
}
