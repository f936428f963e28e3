# SPDX-License-Identifier: ISC
# Which settings count at a start: rc.d/settings, run by BusyBox's shell on this
# machine, with folders of the test in place of the box's.

# box: the box's folders, and the scripts as they ship but for the paths
box()
{
	need busybox
	mkdir -p cfg run loader share
	cp "$LW_TOP/image/longwire.txt" share/
	echo "console=ttyS0 quiet" >cmdline
	: >console
	for f in rc.subr rc.d/settings; do
		sed -e "s,/proc/cmdline,$PWD/cmdline,
		    s,/boot/loader,$PWD/loader,; s,/dev/log,$PWD/nolog,
		    s,/usr/share/longwire,$PWD/share,
		    s,> /dev/console,>> $PWD/console,; s,=/cfg,=$PWD/cfg,
		    s,=/run,=$PWD/run," "$LW_TOP/etc/$f" >"${f#*/}"
	done
	cat >tools <<-EOF2
	# the box's own folder unless another is named
	cfgctl()
	{
		case " \$* " in
		*" -d "*)	"$LW_BIN/cfgctl" "\$@" ;;
		" adapt ")	echo unchanged ;;
		*)	"$LW_BIN/cfgctl" -d "$PWD/cfg" "\$@" ;;
		esac
	}
	EOF2
}

# boot: what is in RAM is gone; then the script's start, and what it has set
boot()
{
	rm -rf run
	mkdir run
	: >console
	busybox sh -c '. ./rc.subr; . ./tools; . ./settings; start; rc_load() {
	    :; }; rc_where; echo "$rc_cfg"
	    rc_get network.interface.br0.address' 2>errors
}

# settings HOSTNAME
settings()
{
	cat <<-EOF2
	system {
		hostname $1
		admin-password correct-horse
	}
	network {
		bridge br0 {
			port eth0
		}
		interface br0 {
			address 10.9.9.9/24
		}
	}
	vnicd {
		vnic office {
			server hub.example.com
			user office
			password password1
			pin sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
		}
	}
	EOF2
}

configure()
{
	settings "$1" >new.txt
	atf_check -o ignore "$LW_BIN/cfgctl" -d "$PWD/cfg" import new.txt
}

# in_ram KEY: in the settings of a failsafe start
in_ram()
{
	"$LW_BIN/cfgctl" -d "$PWD/run/failsafe" get "$1"
}

atf_test_case failsafe
failsafe_head()
{
	atf_set descr "a word or a file: the settings of a new box, its password"
}
failsafe_body()
{
	box
	configure office
	atf_check -o inline:"$PWD/cfg\n10.9.9.9/24\n" boot
	atf_check_equal "" "$(cat console)"
	atf_check test ! -e run/notice
	for way in word file; do
		case $way in
		word)	echo "quiet failsafe audit=0" >cmdline ;;
		file)	echo "quiet notfailsafe" >cmdline
			: >loader/failsafe.txt ;;
		esac
		atf_check -o inline:"$PWD/run/failsafe\ndhcp\n" boot
		atf_check -o match:"FAILSAFE START" cat console
		atf_check_equal 2 "$(wc -l <run/notice/failsafe)"
		atf_check -o inline:"office\n" in_ram system.hostname
		atf_check -o inline:"correct-horse\n" \
		    in_ram system.admin-password
		# no daemon has anything to do, and only root reads it
		atf_check test ! -e run/failsafe/gen/current/vnicd.conf
		atf_check_equal 700 "$(stat -c %a run/failsafe)"
		atf_check_equal 1 "$(readlink cfg/gen/current)"
	done
	# as from a version that took such a hash
	"$LW_BIN/cfgctl" -d "$PWD/cfg" set -b system.admin-password \
	    '$y$j9T$salt$hash' >/dev/null || atf_fail "cfgctl set -b"
	atf_check -o inline:"$PWD/run/failsafe\ndhcp\n" boot
	atf_check -o inline:'$y$j9T$salt$hash\n' in_ram system.admin-password
	rm loader/failsafe.txt
	atf_check -o inline:"$PWD/cfg\n10.9.9.9/24\n" boot
	# a box that has no settings yet
	rm -r cfg/gen
	: >loader/failsafe.txt
	atf_check -o inline:"$PWD/run/failsafe\ndhcp\n" boot
}

atf_test_case last_good
last_good_head()
{
	atf_set descr "what cannot be read: the newest one before counts again"
}
last_good_body()
{
	box
	for n in one two three four; do
		configure $n
	done
	echo "sistem {" >cfg/gen/4/longwire.txt
	echo "sistem {" >cfg/gen/3/longwire.txt
	atf_check -o inline:"$PWD/cfg\n10.9.9.9/24\n" boot
	atf_check -o match:"generation 4 cannot be used: .*generation 2" \
	    cat console
	atf_check -o inline:"two\n" "$LW_BIN/cfgctl" -d "$PWD/cfg" \
	    get system.hostname
	atf_check_equal 5 "$(readlink cfg/gen/current)"
	atf_check -o match:"so generation 2 counts again" head -n 1 \
	    run/notice/settings
	atf_check_equal 2 "$(wc -l <run/notice/settings)"
	# once is enough
	atf_check -o inline:"$PWD/cfg\n10.9.9.9/24\n" boot
	atf_check test ! -e run/notice

	# none is left
	for n in 1 2 3 4 5; do
		echo "}" >cfg/gen/$n/longwire.txt
	done
	atf_check -o inline:"$PWD/run/failsafe\ndhcp\n" boot
	atf_check -o match:"nor any before" cat console
	atf_check -o match:"nor any before" head -n 1 run/notice/settings
	atf_check_equal 5 "$(readlink cfg/gen/current)"
}

atf_init_test_cases()
{
	atf_add_test_case failsafe
	atf_add_test_case last_good
}
