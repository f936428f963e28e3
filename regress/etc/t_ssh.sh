# SPDX-License-Identifier: ISC
# flavours: amd64
# timeout: 600
# The console's menu over ssh: rc.d/ssh with the server that ships, in a root of
# its own, and OpenSSH's client.
#
#	lan:eth0 10.1.0.2 ---- box:eth0 10.1.0.1

. "$LW_TOP/regress/netns.subr"

# The box's root: our /etc and programs, and the libraries that ship over those
# of this machine; with a /dev and a /run that nothing else sees.
box_root()
{
	mkdir -p layer/bin layer/sbin layer/share/longwire box
	cp "$(command -v busybox)" layer/bin/busybox
	for a in sh usleep pidof awk; do
		ln -s busybox layer/bin/$a
	done
	# there already, where the image was built
	sh "$LW_TOP/ports/dropbear.sh" amd64 "$LW_TOP/obj/amd64/ports/dropbear" ||
	    atf_fail "dropbear cannot be built"
	cp "$LW_BIN/cfgctl" "$LW_TOP/obj/amd64/ports/dropbear" layer/sbin/
	ln -s dropbear layer/sbin/dropbearkey
	echo test >layer/share/longwire/version
	cat >start <<-END
	set -e
	cd "$PWD"
	mount -t tmpfs -o mode=755 box box
	for d in bin sbin lib lib64; do
		ln -s usr/\$d box/\$d
	done
	ln -s var/root box/root
	mkdir -p box/usr box/cfg box/var/root box/proc box/run box/dev box/tmp
	mount -t overlay overlay box/usr \
	    -o lowerdir=layer:"$LW_TOP/obj/sysroot/amd64/usr":/usr
	cp -R "$LW_TOP/etc" box/etc
	sed -i 's,^root:[^:]*:,root:$(openssl passwd -6 secret):,' box/etc/shadow
	chmod 600 box/etc/shadow
	cd box
	mount -t proc proc proc
	mkdir dev/pts
	mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
	ln -s pts/ptmx dev/ptmx
	for f in null zero random urandom tty; do
		: >dev/\$f
		mount --bind /dev/\$f dev/\$f
	done
	: >dev/console
	ln -s /proc/self/fd dev/fd
	exec chroot . busybox syslogd -n -O /run/log
	END
}

box_start()
{
	need busybox ssh ssh-keygen ssh-keyscan sftp nsenter ip openssl
	netns_add box lan
	netns_link box eth0 lan eth0
	netns_addr box eth0 10.1.0.1/24
	netns_addr lan eth0 10.1.0.2/24
	box_root
	netns_spawn box box unshare -m -p --fork --propagation private \
	    sh "$PWD/start"
	wait_until 20 box_runs || {
		cat box.log
		atf_fail "no box"
	}
}

box_runs()
{
	_unshare=$(netns_pid box)
	BOX_PID=$(tr -d ' ' <"/proc/$_unshare/task/$_unshare/children") &&
	    [ -S "/proc/$BOX_PID/root/dev/log" ]
}

# unshare does not end by SIGTERM while the box's first process runs
box_cleanup()
{
	! box_runs 2>/dev/null || kill -KILL "$BOX_PID"
	netns_cleanup
}

# box COMMAND...: in it
box()
{
	nsenter -t "$BOX_PID" -n -m -p -r -w "$@"
}

keys()
{
	for t in ed25519 ecdsa rsa; do
		ssh-keygen -q -t $t -N '' -C "$t@pc" -f "key.$t" ||
		    atf_fail "ssh-keygen"
	done
	ssh-keygen -q -t ed25519 -N '' -C stranger -f key.stranger
}

# settings LINE...: of the block ssh
settings()
{
	{
		echo "system {"
		echo "	hostname office"
		echo "}"
		echo "ssh {"
		for l; do
			echo "	$l"
		done
		echo "}"
	} | box sh -c 'cat >/tmp/box.txt && cfgctl import /tmp/box.txt &&
	    /etc/rc reload ssh' >rc.out 2>&1 || {
		cat rc.out
		atf_fail "the settings are not taken"
	}
}

# key TYPE: as the settings have it
key()
{
	echo "key \"$(cat "key.$1.pub")\""
}

# client KEY [OPTION...] [root@10.1.0.1 [COMMAND...]]
client()
{
	_key=$1
	shift
	netns_exec lan timeout 60 ssh -F none -i "key.$_key" \
	    -o IdentitiesOnly=yes -o BatchMode=yes -o UserKnownHostsFile=known \
	    -o StrictHostKeyChecking=yes -p "${port:-22}" "$@"
}

# typing TEXT KEY [ARGUMENT...]: a client whose keyboard stays after the text; at
# its end it would hang up
typing()
{
	rm -f typed
	mkfifo typed
	exec 8<>typed
	printf %b "$1" >&8
	shift
	client "$@" <typed
}

# menu KEY [OPTION...]: what who has it sees who asks for addresses and leaves
menu()
{
	typing '1\nq\n' "$@" -tt root@10.1.0.1
}

fingerprint()
{
	ssh-keygen -l -f "$1" | cut -d ' ' -f 2
}

listens()
{
	box cat /proc/net/tcp | grep -q "$(printf ':%04X 00000000:0000 0A' "$1")"
}

closed()
{
	! listens "$1"
}

known()
{
	wait_until 20 listens "${1:-22}" || atf_fail "ssh does not listen"
	netns_exec lan ssh-keyscan -T 60 -p "${1:-22}" 10.1.0.1 >known 2>/dev/null
	[ -s known ] || atf_fail "no host key"
}

# refused TEXT COMMAND...: it fails, and says that
refused()
{
	_text=$1
	shift
	atf_check -s not-exit:0 -o ignore -e match:"$_text" "$@"
}

atf_test_case login cleanup
login_head()
{
	atf_set descr "who has a key gets the menu, and nobody gets more"
	atf_set require.user root
}
login_body()
{
	box_start
	keys
	settings "enable no" "$(key ed25519)"
	box /etc/rc status ssh >out
	atf_check -o inline:"ssh: not running\n" cat out
	listens 22 && atf_fail "it listens"

	settings "enable yes" "$(key ed25519)" "$(key ecdsa)" "$(key rsa)"
	known
	# what the console shows is what the client sees
	box cat /run/ssh/fingerprint >print
	atf_check -o file:print fingerprint known
	for t in ed25519 ecdsa rsa; do
		atf_check -o save:out -e ignore menu $t
		grep -qF "root, port 22, $(cat print)" out ||
		    atf_fail "no fingerprint"
		atf_check -o match:'Longwire test on' \
		    -o match:'10\.1\.0\.1/24' -o match:'q  leave' \
		    -o not-match:'power off' cat out
	done
	box grep -qF "Pubkey auth succeeded for 'root' with ssh-ed25519 key \
$(fingerprint key.ed25519.pub) from 10.1.0.2" /run/log ||
	    atf_fail "the log-in is not in the log"

	# no key, a wrong one, another user, a password
	refused 'Permission denied .publickey.' client stranger root@10.1.0.1
	refused 'Permission denied .publickey.' client ed25519 nobody@10.1.0.1
	refused 'Permission denied .publickey.' client ed25519 \
	    -o PubkeyAuthentication=no \
	    -o PreferredAuthentications=password,keyboard-interactive \
	    root@10.1.0.1
	# commands, with a terminal and without, files
	for o in -T -tt; do
		atf_check -s exit:1 -o save:out -e save:err typing "" ed25519 \
		    $o root@10.1.0.1 'id; touch /tmp/owned'
		cat out err >said
		atf_check -o match:'There is only the menu' \
		    -o not-match:uid= cat said
	done
	atf_check -s exit:1 -o empty -e match:'only the menu' \
	    client ed25519 -T root@10.1.0.1
	refused . netns_exec lan timeout 60 sftp -F none -i key.ed25519 \
	    -o BatchMode=yes -o UserKnownHostsFile=known -P 22 root@10.1.0.1
	refused . client ed25519 -s root@10.1.0.1 sftp
	refused . netns_exec lan timeout 60 scp -O -F none -i key.ed25519 \
	    -o BatchMode=yes -o UserKnownHostsFile=known known \
	    root@10.1.0.1:/tmp/owned
	box test ! -e /tmp/owned || atf_fail "a command was run"
	# no way through the box
	refused 'open failed' client ed25519 -W 127.0.0.1:22 root@10.1.0.1
	refused 'forwarding failed' client ed25519 -N \
	    -o ExitOnForwardFailure=yes -R 9999:127.0.0.1:22 root@10.1.0.1
	# nor old algorithms
	for o in KexAlgorithms=diffie-hellman-group14-sha1 \
	    Ciphers=aes128-cbc,3des-cbc MACs=hmac-sha1,hmac-md5; do
		refused 'no matching' client ed25519 -o $o \
		    -o Ciphers=aes128-ctr root@10.1.0.1
	done
	atf_check -o match:'q  leave' -e ignore menu ed25519 \
	    -o KexAlgorithms=curve25519-sha256 -c aes256-ctr -m hmac-sha2-256
	# without the administrator's password, which items ask for, no menu
	box sed -i 's,^root:[^:]*:,root:!:,' /etc/shadow
	atf_check -s exit:1 -o match:"no administrator's password" -e ignore \
	    menu ed25519
}
login_cleanup()
{
	box_cleanup
}

# stays KEY NAME: somebody who has logged in and stays
stays()
{
	netns_spawn "$2" lan sh -c "sleep 250 | ssh -F none -tt -i key.$1 \
	    -o UserKnownHostsFile=known -p ${port:-22} root@10.1.0.1"
	wait_until 30 grep -q 'q  leave' "$2.log" || {
		cat "$2.log"
		atf_fail "no menu"
	}
}

ended()
{
	grep -q 'closed' "$1.log"
}

atf_test_case change cleanup
change_head()
{
	atf_set descr "off, another port, a key taken back: it counts at once"
	atf_set require.user root
}
change_body()
{
	box_start
	keys
	settings "enable yes" "$(key ed25519)" "$(key rsa)"
	known
	cp known first
	stays rsa one
	# the same again ends nobody
	box /etc/rc reload ssh
	ended one && atf_fail "the session ended"
	# a key less
	settings "enable yes" "$(key ed25519)"
	wait_until 30 ended one || atf_fail "who has no key any more is there"
	refused 'Permission denied .publickey.' client rsa root@10.1.0.1
	atf_check -o match:'q  leave' -e ignore menu ed25519
	# another port
	settings "enable yes" "port 2022" "$(key ed25519)"
	wait_until 20 listens 2022 || atf_fail "not on the new port"
	listens 22 && atf_fail "still on the old port"
	known 2022
	port=2022
	stays ed25519 two
	# off
	settings "enable no" "$(key ed25519)"
	wait_until 20 closed 2022 || atf_fail "it listens"
	wait_until 30 ended two || atf_fail "a session stays"
	box test ! -e /run/ssh || atf_fail "/run/ssh is there"
	port=22
	refused 'refused' client ed25519 root@10.1.0.1
	# the host's key stays
	settings "enable yes" "$(key ed25519)"
	known
	atf_check cmp first known
	# one that cannot be read is told and kept
	settings "enable no"
	box sh -c 'echo broken >/var/db/ssh/host.key'
	box sh -c 'printf "system {\n}\nssh {\nenable yes\n%s\n}\n" "$0" \
	    >/tmp/box.txt && cfgctl import /tmp/box.txt' "$(key ed25519)" \
	    >/dev/null
	atf_check -s exit:1 box /etc/rc reload ssh
	atf_check -o match:'ssh: .*host.key cannot be read' \
	    box cat /run/log
	atf_check -o inline:"broken\n" box cat /var/db/ssh/host.key
	listens 22 && atf_fail "it listens"
	:
}
change_cleanup()
{
	box_cleanup
}

atf_test_case crowd cleanup
crowd_head()
{
	atf_set descr "one address has three connections without a log-in"
	atf_set require.user root
}
crowd_body()
{
	need socat
	box_start
	keys
	settings "enable yes" "$(key ed25519)"
	known
	for n in 1 2 3; do
		netns_spawn "c$n" lan socat -u TCP4:10.1.0.1:22 -
		wait_until 10 grep -q SSH-2.0 "c$n.log" || atf_fail "no banner"
	done
	atf_check -o empty -e ignore netns_exec lan timeout 30 \
	    socat -u TCP4:10.1.0.1:22 -
	# who is at another address has a place
	netns_addr lan eth0 10.1.0.3/24
	atf_check -o match:'q  leave' -e ignore menu ed25519 -b 10.1.0.3
	# and again who left
	netns_stop c1
	wait_until 20 menu ed25519 || atf_fail "its place is not free"
}
crowd_cleanup()
{
	box_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case login
	atf_add_test_case change
	atf_add_test_case crowd
}
