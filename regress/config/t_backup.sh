# SPDX-License-Identifier: ISC
# flavours: asan amd64
# timeout: 120
# cfgctl(8): a backup on the same and on another box, by hand with openssl(1),
# and what is refused and changes nothing.

cfgctl()
{
	sh "$LW_TOP/regress/lw.sh" cfgctl -d "$PWD/${BOX:-cfg}" "$@"
}

# a box with keys, a file that no backup has, and one half written
make_box()
{
	need openssl
	mkdir -p cfg/db/hubd cfg/db/webconfd new
	head -c 3000 /dev/urandom >cfg/db/hubd/hubd.key
	chmod 600 cfg/db/hubd/hubd.key
	echo certificate >cfg/db/hubd/hubd.crt
	chmod 644 cfg/db/hubd/hubd.crt
	echo half >cfg/db/hubd/hubd.key.new
	ln -s /etc/shadow cfg/db/hubd/link
	: >cfg/db/webconfd/empty
	cat >box.txt <<-'END'
	# a box
	system {
		hostname tokyo
		admin-password "long enough" # of the admin
	}
	END
	atf_check -o inline:"1\n" cfgctl import box.txt
	echo 1.4+test >version
}

# restored BOX: it has all of them
restored()
{
	cmp cfg/gen/1/longwire.txt "$1/gen/current/longwire.txt" || atf_fail "other settings"
	for f in hubd/hubd.key hubd/hubd.crt webconfd/empty; do
		cmp "cfg/db/$f" "$1/db/$f" || atf_fail "another $f"
	done
	[ ! -e "$1/gen/current/files" ] || atf_fail "keys are left there"
	atf_check_equal 600 "$(stat -c %a "$1/db/hubd/hubd.key")"
	atf_check_equal 644 "$(stat -c %a "$1/db/hubd/hubd.crt")"
	atf_check_equal 700 "$(stat -c %a "$1/db/hubd")"
	atf_check_equal "$1/db/hubd/hubd.crt $1/db/hubd/hubd.key" \
	    "$(echo "$1"/db/hubd/*)"
}

atf_test_case plain
plain_head()
{
	atf_set descr "a plain backup, on the same and on another box"
}
plain_body()
{
	make_box
	atf_check -o save:backup cfgctl -V version export
	atf_check -o match:"^# version 1.4.test" cat backup
	atf_check -o match:'admin-password "long enough"' cat backup
	atf_check -s not-exit:0 grep -q half backup
	atf_check -o inline:"unchanged\n" cfgctl import backup
	# another box; as longwire.txt at boot; of a newer version
	BOX=new
	atf_check -o inline:"1\n" cfgctl import backup
	restored new
	mkdir fat
	BOX=fat
	echo 2.0 >version
	atf_check -o inline:"1\n" cfgctl -V version import -b backup
	restored fat
	atf_check -o inline:"unchanged\n" cfgctl -V version import -b backup
	# settings the same, keys lost
	rm fat/db/hubd/hubd.key
	atf_check -o inline:"2\n" cfgctl import backup
	restored fat
	# changed since: the file on the partition does not come again
	atf_check -o inline:"3\n" cfgctl set system.hostname osaka
	atf_check -o inline:"unchanged\n" cfgctl import -b backup
	# from an editor elsewhere
	sed 's/$/\r/' backup >crlf
	atf_check -o inline:"4\n" cfgctl import crlf
	restored fat
	# changed by hand
	sed -e '/^# sha256/d' -e 's/tokyo/kyoto/' backup >mine
	atf_check -o inline:"5\n" cfgctl import mine
	atf_check -o inline:"kyoto\n" cfgctl get system.hostname
}

atf_test_case sealed
sealed_head()
{
	atf_set descr "with a passphrase; openssl opens it, and is opened"
}
sealed_body()
{
	make_box
	cfgctl export >backup || atf_fail "export"
	echo "correct horse" >pass
	atf_check -o save:sealed cfgctl export -p <pass
	atf_check -s not-exit:0 grep -q tokyo sealed
	atf_check -o file:backup openssl cms -decrypt -inform PEM -in sealed \
	    -pwri_password "correct horse"
	BOX=new
	atf_check -o inline:"1\n" cfgctl import sealed <pass
	restored new
	mkdir other
	BOX=other
	atf_check -s exit:1 -e match:"passphrase is wrong, or the backup is" \
	    cfgctl import sealed </dev/null
	echo "wrong horse" >wrong
	atf_check -s exit:1 -e match:"passphrase is wrong" \
	    cfgctl import sealed <wrong
	# at boot there is nobody to ask
	atf_check -s exit:1 -e match:"sealed with a passphrase" \
	    cfgctl import -b sealed <pass
	# one without authentication, which could be altered unseen
	openssl cms -encrypt -in backup -outform PEM -aes-256-cbc \
	    -pwri_password "correct horse" >weak || atf_fail "openssl cms"
	atf_check -s exit:1 -e match:"no sealed backup" cfgctl import weak <pass
	sed '5s/[A-Z]/q/' sealed >damaged
	atf_check -s exit:1 -e match:"damaged" cfgctl import damaged <pass
	[ ! -e other/gen ] || atf_fail "something was written"
	# passphrases that protect nothing
	echo short >short
	atf_check -s exit:1 -e match:"10 to 1024 bytes" cfgctl export -p <short
	atf_check -s exit:1 -e match:"10 to 1024 bytes" cfgctl export -p \
	    </dev/null
}

atf_test_case refused
refused_head()
{
	atf_set descr "damaged, newer, too large: nothing changes"
}
refused_body()
{
	make_box
	cfgctl -V version export >backup || atf_fail "export"
	BOX=new
	echo 1.3 >version
	atf_check -s exit:1 -e match:"of a newer version.*upgrade this box" \
	    cfgctl -V version import backup
	sed '1s/1/2/' backup >format
	atf_check -s exit:1 -e match:"newer form" cfgctl import format
	sed 's/tokyo/kyoto/' backup >damaged
	sed '1s/longwire/lungwire/' backup >title
	head -n 20 backup >short
	tr -d '\n' <backup >flat
	for f in damaged title short flat; do
		atf_check -s exit:1 -e match:"backup is damaged" \
		    cfgctl import "$f"
		atf_check -s exit:1 -e match:"backup is damaged" \
		    cfgctl import -b "$f"
	done
	cp backup huge
	truncate -s 7M huge
	atf_check -s exit:1 -e match:"larger than 6291456" cfgctl import huge
	# paths that lead elsewhere
	for p in ../../etc/passwd /etc/passwd hubd/../x .ssh/x; do
		sed -e '/^# sha256/d' -e "s|^# file hubd/hubd.crt|# file $p|" \
		    backup >path
		atf_check -s exit:1 -e match:damaged cfgctl import path
	done
	# settings that no daemon can live with
	sed -e '/^# sha256/d' -e 's/hostname tokyo/hostnam x/' backup >bad
	atf_check -s exit:1 -e match:"unknown key" cfgctl import bad
	[ ! -e new/gen ] || atf_fail "settings were written"
	[ ! -e new/db ] || atf_fail "keys were written"
	# a key too large to be one is told, not left out
	BOX=cfg
	head -c 70000 /dev/zero >cfg/db/hubd/large
	atf_check -s exit:1 -e match:"large: too large" cfgctl export
}

atf_test_case on_trial
on_trial_head()
{
	atf_set descr "for the web form: keys come when the settings are kept"
}
on_trial_body()
{
	make_box
	cfgctl export >backup || atf_fail "export"
	echo "correct horse" | cfgctl export -p >sealed || atf_fail "export -p"
	cp -r cfg before
	cfgctl set system.hostname osaka >out
	echo other >cfg/db/hubd/hubd.key
	# a line for the passphrase, then the file
	{ echo "correct horse"; cat sealed; } >in
	atf_check -o inline:"3\n" cfgctl -a 10.0.0.2 import -t - <in
	atf_check -o inline:"2 3\n" cat cfg/gen/trial
	atf_check -o match:"^3 .* 10.0.0.2 current" cfgctl history
	atf_check -o inline:"other\n" cat cfg/db/hubd/hubd.key
	atf_check cfgctl settle
	atf_check -o inline:"other\n" cat cfg/db/hubd/hubd.key
	# not kept
	atf_check -o inline:"4\n" cfgctl undo
	atf_check cfgctl settle
	atf_check -o inline:"other\n" cat cfg/db/hubd/hubd.key
	[ ! -e cfg/gen/3/files ] || atf_fail "the keys are left there"
	# kept
	{ echo; cat backup; } >in
	atf_check -o inline:"5\n" cfgctl import -t - <in
	rm cfg/gen/trial
	atf_check -o inline:"3\n" cfgctl settle
	atf_check cmp before/db/hubd/hubd.key cfg/db/hubd/hubd.key
	atf_check cfgctl settle
	atf_check -o inline:"unchanged\n" cfgctl import -t - <in
	# why not, in Japanese, too
	{ echo; sed 's/tokyo/kyoto/' backup; } >in
	atf_check -s exit:1 -o match:"^ja .*壊れています" \
	    -e match:"^cfgctl: the backup is damaged" cfgctl import -t - <in
	{ echo wrong; cat sealed; } >in
	atf_check -s exit:1 -o match:"^ja .*パスフレーズ" -e match:passphrase \
	    cfgctl import -t - <in
	{ echo; printf 'system {\n\thostnam x\n}\n'; } >in
	atf_check -s exit:1 -o match:"^ja 2: " -e match:"unknown key" \
	    cfgctl import -t - <in
	{ echo; head -c 100000 /dev/urandom; } >in
	atf_check -s exit:1 -o ignore -e match:"cfgctl: the file" \
	    cfgctl import -t - <in
	atf_check -o match:"^5 .*current" cfgctl history
}

atf_init_test_cases()
{
	atf_add_test_case plain
	atf_add_test_case sealed
	atf_add_test_case refused
	atf_add_test_case on_trial
}
