# SPDX-License-Identifier: ISC
# cfgctl(8): what it prints, what it refuses, what stays.

cfgctl()
{
	"$LW_BIN/cfgctl" -d "$PWD/cfg" "$@"
}

# the same from a directory that has daemons of the test's
copied()
{
	bin/cfgctl -d "$PWD/cfg" "$@"
}

# a box with a bridge, addresses and a hub
make_box()
{
	mkdir cfg
	cat >box.txt <<'END'
# a box
system {
	hostname tokyo
	admin-password "long enough" # password of the admin
}
network {
	bridge br0 {
		port eth0
		port eth1
	}
	interface br0 {
		address 192.168.1.2/24
		address 2001:db8::2/64
	}
	interface br0.7 {
		address dhcp
	}
}
hubd {
	hub main {
		local-port lan {
			bridge br0
		}
	}
}
END
}

atf_test_case import
import_head()
{
	atf_set descr "import writes a generation once, and nothing if wrong"
}
import_body()
{
	make_box
	atf_check -o inline:"1\n" cfgctl import box.txt
	atf_check -o inline:"unchanged\n" cfgctl import box.txt
	atf_check cmp box.txt cfg/gen/current/longwire.txt
	atf_check -o inline:"700\n" stat -c %a cfg/gen/1
	atf_check -o inline:"600\n" stat -c %a cfg/gen/1/longwire.txt
	atf_check cfgctl check box.txt

	sed 's/hostname/hostnam/' box.txt >bad.txt
	atf_check -s exit:1 -e inline:"cfgctl: bad.txt:3:9: hostnam: unknown \
key; did you mean hostname?\n" cfgctl import bad.txt
	atf_check -s exit:1 -e match:"bad.txt:3:9" cfgctl check bad.txt
	atf_check -s exit:1 -e inline:"cfgctl: absent: No such file or \
directory\n" cfgctl import absent
	mkfifo fifo
	atf_check -s exit:1 -e match:"not a regular file" cfgctl import fifo
	atf_check -s exit:1 -e match:"not a regular file" cfgctl import .
	truncate -s 1G huge
	atf_check -s exit:1 -e match:"larger than 4194304 bytes" \
	    cfgctl import huge
	head -c 100000 /dev/urandom >noise
	atf_check -s exit:1 -e match:"cfgctl: noise" cfgctl import noise
	atf_check -o match:"^1 .* current$" cfgctl history
}

atf_test_case boot
boot_head()
{
	atf_set descr "the file of the FAT partition does not undo a change"
}
boot_body()
{
	make_box
	sed 's/tokyo/osaka/' box.txt >other.txt
	atf_check -o inline:"1\n" cfgctl import -b box.txt
	atf_check -o inline:"unchanged\n" cfgctl import -b box.txt
	atf_check -o inline:"2\n" cfgctl import -b other.txt
	atf_check -o inline:"3\n" cfgctl restore 1
	atf_check -o inline:"tokyo\n" cfgctl get system.hostname
	# the next boot finds the same file
	atf_check -o inline:"unchanged\n" cfgctl import -b other.txt
	atf_check -o inline:"tokyo\n" cfgctl get system.hostname
	# by hand it is imported all the same, and a new file at boot, too
	atf_check -o inline:"4\n" cfgctl import other.txt
	atf_check -o inline:"5\n" cfgctl import -b box.txt
	atf_check -s exit:1 -e match:"gen/9/longwire.txt" cfgctl restore 9
	atf_check -s exit:1 -e match:"too small" cfgctl restore 0
	atf_check -s exit:1 -e match:"invalid" cfgctl restore ../1
	cfgctl history >shown || atf_fail "history failed"
	atf_check -o inline:"1\n2\n3\n4\n5\n" cut -d ' ' -f 1 shown
	atf_check -o match:"^5 [0-9T:-]*Z longwire.txt current$" tail -n 1 shown
}

atf_test_case get
get_head()
{
	atf_set descr "get and list name settings by path"
}
get_body()
{
	make_box
	# without settings there are the defaults
	atf_check -o inline:"longwire\n" cfgctl get system.hostname
	atf_check cfgctl list network.bridge
	atf_check -o inline:"1\n" cfgctl import box.txt
	atf_check -o inline:"192.168.1.2/24\n2001:db8::2/64\n" \
	    cfgctl get network.interface.br0.address
	atf_check -o inline:"dhcp\n" \
	    cfgctl get network.interface.br0.7.address
	atf_check -o inline:"eth0\neth1\n" cfgctl get network.bridge.br0.port
	atf_check -o inline:"long enough\n" cfgctl get system.admin-password
	atf_check -o inline:"UTC\n" cfgctl get system.timezone
	atf_check -o inline:"1500\n" \
	    cfgctl get hubd.hub.main.local-port.lan.mtu
	atf_check cfgctl get hubd
	atf_check cfgctl get hubd.hub.main
	atf_check -s exit:1 cfgctl get vnicd
	atf_check -s exit:1 cfgctl get system.ntp
	atf_check -s exit:1 cfgctl get hubd.hub.other
	atf_check -s exit:1 cfgctl get hubd.hub.other.fdb-age
	atf_check -s exit:2 -e inline:"cfgctl: nam: there is no such key\n" \
	    cfgctl get system.nam
	atf_check -s exit:2 -e ignore cfgctl get system.hostname.more
	atf_check -o inline:"br0\nbr0.7\n" cfgctl list network.interface
	atf_check -o inline:"lan\n" cfgctl list hubd.hub.main.local-port
	atf_check cfgctl list vnicd.vnic
	atf_check -s exit:2 -e ignore cfgctl list system
}

atf_test_case show
show_head()
{
	atf_set descr "secrets are masked unless asked for"
}
show_body()
{
	make_box
	atf_check cfgctl show
	atf_check -o ignore cfgctl import box.txt
	atf_check -o file:box.txt cfgctl show -s
	for opt in "" -m; do
		# shellcheck disable=SC2086 # nothing or an option
		cfgctl show $opt >shown || atf_fail "show failed"
		atf_check -o inline:'	admin-password "********" # ********\n' \
		    grep password shown
		atf_check -s exit:1 grep "long enough" shown
	done
	# what is masked is no secret
	atf_check -s exit:1 -e match:"masked secret" cfgctl import shown
	sed 's/long enough/short/; s/ # pass.*//' box.txt >short.txt
	atf_check -s exit:1 -o empty -e not-match:"short[^.]" \
	    cfgctl import short.txt
}

atf_test_case hash
hash_head()
{
	atf_set descr "a hash that the console does not know: kept, not taken"
}
hash_body()
{
	make_box
	old='$y$j9T$F5Jx5fExrKuPp53xLKQ..1$zwtVrjrUCmXcyLTs6oxLTQlzifSUkF8RHJ./tK5KU79'
	sed "s,\"long enough\",\"$old\"," box.txt >old.txt
	atf_check -o inline:"1\n" cfgctl import box.txt
	for how in check import "import -b" "import -r" "import -t"; do
		# shellcheck disable=SC2086 # a command and its option
		atf_check -s exit:1 -o ignore \
		    -e match:':4:9: admin-password: of hashes only \$5\$ and' \
		    cfgctl $how old.txt
	done
	atf_check -s exit:1 -e match:"admin-password: of hashes only" \
	    cfgctl set system.admin-password "$old"
	atf_check_equal 1 "$(readlink cfg/gen/current)"

	# a box whose version before took it, from that very file: all goes on
	sed "s,\"long enough\",\"$old\"," box.txt >cfg/gen/1/longwire.txt
	cp cfg/gen/1/longwire.txt cfg/gen/1/imported.txt
	atf_check -o inline:"$old\n" cfgctl get system.admin-password
	atf_check -o inline:"unchanged\n" cfgctl import -b old.txt
	echo 2.0 >version
	atf_check -o inline:"2\n" cfgctl -V version adapt
	atf_check -o inline:"$old\n" cfgctl get system.admin-password
	atf_check -o inline:"3\n" cfgctl set system.hostname osaka
	atf_check -o inline:"4\n" cfgctl restore 2
	# to other settings of the same box
	atf_check -o inline:"1\n" "$LW_BIN/cfgctl" -d "$PWD/cfg" \
	    -d "$(mkdir safe && echo "$PWD/safe")" set -b \
	    system.admin-password "$old"
	# and anew
	atf_check -o inline:"5\n" cfgctl set system.admin-password \
	    '$6$saltsalt$hash'
	atf_check -s exit:1 -e match:"only" \
	    cfgctl set system.admin-password "$old"
}

atf_test_case set
set_head()
{
	atf_set descr "set changes one key, and nothing if the value is wrong"
}
set_body()
{
	make_box
	atf_check -o inline:"1\n" cfgctl import box.txt
	atf_check -o inline:"2\n" cfgctl set system.hostname osaka
	sed s/tokyo/osaka/ box.txt >want
	atf_check -o file:want cfgctl show -s
	echo 'a $6$ password' >line
	atf_check -o inline:"3\n" sh -c "'$LW_BIN/cfgctl' -d cfg \
	    set system.admin-password - <line"
	atf_check -o file:line cfgctl get system.admin-password
	# a list has one value then
	atf_check -o inline:"4\n" \
	    cfgctl set network.interface.br0.address 192.168.1.3/24
	atf_check -o inline:"192.168.1.3/24\n" \
	    cfgctl get network.interface.br0.address
	# names have dots
	atf_check -o inline:"5\n" \
	    cfgctl set network.interface.br0.7.address none
	# a block without a name is made
	atf_check -o inline:"6\n" cfgctl set rc.ntpd-enable no
	atf_check -o inline:'ntpd_enable="no"\n' cat cfg/gen/6/rc.conf

	atf_check -s exit:1 -e match:"neither yes nor no" \
	    cfgctl set rc.ntpd-enable perhaps
	atf_check -s exit:1 -e not-match:"short[^.]" \
	    cfgctl set system.admin-password short
	atf_check -s exit:1 -e inline:"cfgctl: network.bridge.br1.port: there \
is no block of that name\n" cfgctl set network.bridge.br1.port eth3
	atf_check -s exit:2 -e match:"there is no such key" \
	    cfgctl set system.nam x
	atf_check -s exit:2 -e match:"not a key with a value" \
	    cfgctl set network.bridge x
	atf_check -s exit:2 -e ignore cfgctl set "" x
	atf_check -s exit:1 -e match:"no value" sh -c \
	    "'$LW_BIN/cfgctl' -d cfg set system.hostname - </dev/null"
	atf_check -s exit:1 -e match:"too long" sh -c "head -c 5000 /dev/zero |
	    tr '\\0' x | '$LW_BIN/cfgctl' -d cfg set system.hostname -"
	cfgctl history >shown || atf_fail "history failed"
	atf_check -o match:"^6 .* current$" tail -n 1 shown
}

atf_test_case reset
reset_head()
{
	atf_set descr "after a reset the imported file does not come back"
}
reset_body()
{
	make_box
	sed 's/tokyo/longwire/' box.txt >new.txt
	atf_check -o inline:"1\n" cfgctl import -b box.txt
	atf_check -o inline:"2\n" cfgctl import -r new.txt
	atf_check -o inline:"unchanged\n" cfgctl import -b box.txt
	atf_check -o inline:"longwire\n" cfgctl get system.hostname
	atf_check -o inline:"unchanged\n" cfgctl import -r new.txt
	# what rc reads
	cat >rc.txt <<'END'
rc {
	web-interface eth0
	web-interface br0
	syslogd-size 512
	dhcp-fallback none
}
END
	atf_check -o inline:"3\n" cfgctl import rc.txt
	atf_check -o inline:'web_interface="eth0 br0"
dhcp_fallback="none"\nsyslogd_size="512"\n' cat cfg/gen/3/rc.conf
}

atf_test_case daemons
daemons_head()
{
	atf_set descr "a daemon that refuses its file keeps the old settings"
}
daemons_body()
{
	make_box
	mkdir bin
	cp "$LW_BIN/cfgctl" bin/
	printf '#!/bin/sh\necho "$*" >>%s/log\necho no good >&2\nexit 1\n' \
	    "$PWD" >bin/hubd
	chmod +x bin/hubd
	atf_check -s exit:1 -e inline:"cfgctl: no good\n" copied import box.txt
	atf_check -o inline:"-n -f $PWD/cfg/gen/1.tmp/hubd.conf\n" cat log
	atf_check ls cfg/gen
	printf '#!/bin/sh\nexit 0\n' >bin/hubd
	atf_check -o inline:"1\n" copied import box.txt
	printf '#!/bin/sh\nkill -9 $$\n' >bin/hubd
	atf_check -s exit:1 -e match:"hubd -n: ended by signal 9" \
	    copied restore 1
	atf_check -o match:"^1 .* current$" copied history
}

atf_test_case usage
usage_head()
{
	atf_set descr "what cfgctl does not understand"
}
usage_body()
{
	for args in "" "nonsense" "import" "import a b" "show x" "show -x" \
	    "get" "history x" "-x show"; do
		# shellcheck disable=SC2086 # several words
		atf_check -s exit:2 -e match:"usage: cfgctl" \
		    "$LW_BIN/cfgctl" $args
	done
}

atf_test_case adapt
adapt_head()
{
	atf_set descr "settings go forward with an upgrade, and come back with it"
}
# as VERSION COMMAND...: the version that runs
as()
{
	echo "$1" >version
	shift
	cfgctl -V version "$@"
}
adapt_body()
{
	make_box
	atf_check -o inline:"unchanged\n" as 1.0 adapt
	atf_check -o inline:"1\n" as 1.0 import box.txt
	atf_check -o inline:"1.0" cat cfg/gen/1/version
	atf_check -o inline:"unchanged\n" as 1.0 adapt
	# the same numbers, another build
	atf_check -o inline:"unchanged\n" as 1.0+x adapt

	# forward, with what is set there
	atf_check -o inline:"2\n" as 1.1 adapt
	atf_check cmp cfg/gen/1/longwire.txt cfg/gen/2/longwire.txt
	atf_check cmp cfg/gen/1/imported.txt cfg/gen/2/imported.txt
	atf_check -o inline:"unchanged\n" as 1.1 adapt
	atf_check -o inline:"3\n" as 1.1 set system.hostname osaka

	# back to its own, and forward once more
	atf_check -o inline:"4\n" as 1.0 adapt
	atf_check -o inline:"tokyo\n" cfgctl get system.hostname
	atf_check -o inline:"unchanged\n" as 1.0 adapt
	atf_check -o inline:"5\n" as 1.0 set system.hostname kyoto
	atf_check -o inline:"6\n" as 1.1 adapt
	atf_check -o inline:"kyoto\n" cfgctl get system.hostname

	# a version that was never here: what one before it had; else all
	atf_check -o inline:"7\n" as 1.0.5 adapt
	atf_check -o inline:"1.0.5" cat cfg/gen/7/version
	atf_check -o inline:"8\n" as 0.9 adapt
	atf_check -o inline:"kyoto\n" cfgctl get system.hostname

	# what cannot be understood is left as it is
	atf_check -o inline:"9\n" as 2.0 adapt
	rm -r cfg/gen/[1-8]
	echo 'nonsense {' >cfg/gen/9/longwire.txt
	atf_check -s exit:1 -e match:'longwire.txt:1' as 1.0 adapt
	atf_check -o inline:"9\n" readlink cfg/gen/current
	# nobody says what runs
	rm version
	atf_check -o inline:"unchanged\n" cfgctl -V version adapt
}

atf_init_test_cases()
{
	atf_add_test_case adapt
	atf_add_test_case import
	atf_add_test_case boot
	atf_add_test_case get
	atf_add_test_case show
	atf_add_test_case hash
	atf_add_test_case set
	atf_add_test_case reset
	atf_add_test_case daemons
	atf_add_test_case usage
}
