# SPDX-License-Identifier: ISC
# suite: system
# flavours: amd64 arm64
# timeout: 600
# The packages for a plain Debian: without a fault, installed and used in a
# Debian 13 that is made for it, where a PC attaches to a hub; and removed.
# Those for arm64 are installed under qemu-user, where the programs look at
# settings: it has no seccomp filter, without which none attaches to anything.
#
#	hub:h0 10.0.0.1 ---- 10.0.0.2 pc:p0

. "$LW_TOP/regress/netns.subr"

# with mounts of its own, and where programs of that architecture run
case $LW_FLAVOUR in
arm64)	apart=foreign ;;
*)	apart="unshare -m" ;;
esac

packages()
{
	need dh_gencontrol lintian mmdebstrap
	[ -x "$LW_BIN/hubd" ] || unavailable "run make FLAVOUR=$LW_FLAVOUR first"
	# one case at a time, and the next one removes what this one made
	flock "$LW_TOP/obj/.deb.lock" sh -c '
		sh "$0/image/deb.sh" "$1" >made && cp $(cat made) .
	    ' "$LW_TOP" "$LW_FLAVOUR" 2>deb.err || {
		cat deb.err
		atf_fail "the packages cannot be made"
	}
	ls "$PWD"/*.deb >debs
}

atf_test_case faults
faults_head()
{
	atf_set descr "lintian finds nothing"
}
faults_body()
{
	packages
	# shellcheck disable=SC2046
	atf_check lintian --allow-root --fail-on error,warning $(cat debs)
}

atf_test_case debian cleanup
debian_head()
{
	atf_set descr "installed, used and removed in a Debian 13"
	atf_set require.user root
}
debian_body()
{
	packages
	debian_root
	netns_add hub pc
	netns_link hub h0 pc p0
	netns_addr hub h0 10.0.0.1/24
	netns_addr pc p0 10.0.0.2/24
	hub_conf "$(echo secret | in_root hubctl passwd)"
	unit hub hub
	wait_until 30 inside hub hubctl show hubs || atf_fail "no hub"
	vnic_conf "$(inside hub hubctl show pin)"
	unit pc vnic
	wait_until 60 connected || atf_fail "no session"
	inside hub hubctl show sessions >sessions
	atf_check -o match:office grep office sessions
	# the interface of the hub's own machine, through the tunnel
	ip -n "$(netns_name pc)" addr add 10.9.0.2/24 dev lwoffice
	ip -n "$(netns_name hub)" addr add 10.9.0.1/24 dev lwhub
	ip -n "$(netns_name hub)" link set lwhub up
	wait_until 20 ping_through || atf_fail "no frame through the tunnel"
	removed
}
debian_cleanup()
{
	netns_cleanup
}

atf_test_case emulated
emulated_head()
{
	atf_set descr "installed, asked and removed in a Debian 13 for arm64"
	atf_set require.user root
}
emulated_body()
{
	need qemu-aarch64-static
	packages
	while read -r d; do
		atf_check -o inline:'arm64\n' dpkg-deb -f "$d" Architecture
	done <debs
	foreign true || unavailable "this kernel has no binfmt_misc of ours"
	debian_root --skip=check/qemu
	hub_conf "$(echo secret | in_root hubctl passwd)"
	atf_check in_root hubd -n
	atf_check -s exit:1 -e match:'hubd.sock' in_root hubctl show hubs
	sed -i 's/^listen/lisen/' root/etc/hubd/hubd.conf
	atf_check -s not-exit:0 -e match:'hubd.conf:1:.*lisen' in_root hubd -n
	vnic_conf "sha256/$(head -c 32 /dev/zero | base64)"
	atf_check in_root vnicd -n
	atf_check -s exit:1 -e match:'vnicd.sock' in_root vnicctl show
	atf_check -o ignore in_root dpkg -P longwire-hubd longwire-vnicd
	atf_check test ! -e root/usr/sbin/hubd
	atf_check test ! -e root/var/db
}

# foreign COMMAND...: where programs for arm64 run, in a user namespace, whose
# table of binary formats is its own (Linux 6.7 and later)
foreign()
{
	# (what runs in the background has no standard input, unless told)
	{
		unshare -Um sh -ec '
			until read -r _ </proc/self/gid_map; do sleep 0.05; done
			mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
			printf %s "$0" >/proc/sys/fs/binfmt_misc/register
			exec "$@"' "$(format)" "$@" <&3 3<&- &
	} 3<&0
	_pid=$!
	wait_until 20 map $_pid || {
		kill $_pid
		return 1
	}
	wait $_pid
}
# format: 64-bit little-endian ELF programs for AArch64, in binfmt_misc's words
format()
{
	_0='\x00'
	_f='\xff\xff\xff'
	printf %s ':aarch64:M::' \
	    "\x7fELF\x02\x01\x01$_0$_0$_0$_0$_0$_0$_0$_0$_0\x02$_0\xb7$_0:" \
	    "$_f$_f\xff$_0$_f$_f\xff\xff\xfe$_f:" \
	    "$(command -v qemu-aarch64-static):F"
}
# map PID: everybody stays who they are
map()
{
	echo 0 0 65536 >"/proc/$1/uid_map" && echo 0 0 65536 >"/proc/$1/gid_map"
}

# in_root COMMAND...: in that Debian
in_root()
{
	# shellcheck disable=SC2086 # a command line
	$apart sh -c '
		mount --rbind /dev root/dev
		exec chroot root "$@"' sh "$@"
}

# debian_root [OPTION...]: root/, with the packages, by mmdebstrap with these
debian_root()
{
	want=$(while read -r d; do dpkg-deb -f "$d" Depends; done <debs |
	    sed 's/([^)]*)//g; s/systemd |//; s/|[^,]*//g; s/[ ]//g' |
	    paste -s -d , -)
	sh "$LW_TOP/ports/sources.sh" "$LW_FLAVOUR" >debian.sources
	n=0
	# (from the network: again where it fails)
	# shellcheck disable=SC2086 # a command line
	until $apart mmdebstrap --quiet --mode=root --variant=essential \
	    --architectures="$LW_FLAVOUR" --include="$want" "$@" \
	    --aptopt='Apt::Install-Recommends "false"' trixie root \
	    debian.sources >mmdebstrap.out 2>&1; do
		[ $((n += 1)) -lt 3 ] || {
			cat mmdebstrap.out
			unavailable "no Debian 13 can be made"
		}
		rm -rf --one-file-system root
		sleep 10
	done
	# shellcheck disable=SC2046
	cp $(cat debs) root/tmp/
	in_root sh -c 'dpkg -i /tmp/*.deb' >dpkg.out 2>&1 || {
		cat dpkg.out
		atf_fail "the packages cannot be installed"
	}
	atf_check -o match:'^_hubd:' grep _hubd root/etc/passwd
	atf_check -o match:'^_vnicd:' grep _vnicd root/etc/passwd
	# enabled, as far as the absence of systemd lets one see
	atf_check test -e root/usr/lib/systemd/system/longwire-hubd.service
	atf_check test -L \
	    root/etc/systemd/system/multi-user.target.wants/longwire-hubd.service
}

# inside NAME COMMAND...: in the namespace of that name, in Debian; each with a
# /run of its own, as two machines would
inside()
{
	_ns=$1
	shift
	mkdir -p "run.$_ns"
	ip netns exec "$(netns_name "$_ns")" unshare -m sh -c '
		mount -t proc proc root/proc
		mount --rbind /dev root/dev
		mount --bind "$0" root/run
		exec chroot root "$@"' "run.$_ns" "$@"
}

# unit NAME: what its unit says to run, in a namespace
unit()
{
	cmd=$(sed -n 's/^ExecStart=//p' \
	    "root/usr/lib/systemd/system/longwire-$2d.service")
	check=$(sed -n 's/^ExecStartPre=//p' \
	    "root/usr/lib/systemd/system/longwire-$2d.service")
	# shellcheck disable=SC2086 # a command line
	inside "$1" $check || atf_fail "$check"
	mkdir -p "run.$1"
	# shellcheck disable=SC2086
	netns_spawn "$2d" "$1" unshare -m sh -c '
		mount -t proc proc root/proc
		mount --rbind /dev root/dev
		mount --bind "$0" root/run
		exec chroot root "$@"' "run.$1" $cmd
}

# hub_conf HASH: of the password
hub_conf()
{
	cat >root/etc/hubd/hubd.conf <<-END
		listen 10.0.0.1:443
		hub default {
			user office {
				password "$1"
			}
			local-port hub {
			}
		}
	END
}

# vnic_conf PIN: of the hub
vnic_conf()
{
	cat >root/etc/vnicd/vnicd.conf <<-END
		vnic office {
			server 10.0.0.1:443
			user office
			password secret
			pin $1
			interface lwoffice
		}
	END
}

connected()
{
	inside pc vnicctl -j show | grep -q '"state": *"open"'
}

ping_through()
{
	ip netns exec "$(netns_name pc)" ping -c 1 -W 1 10.9.0.1
}

# Removed, keys and settings stay; purged, they go.
removed()
{
	chroot root dpkg -r longwire-hubd >/dev/null 2>&1 ||
	    atf_fail "it cannot be removed"
	atf_check test ! -e root/usr/sbin/hubd
	atf_check test -s root/var/db/hubd/hubd.key
	chroot root dpkg -P longwire-hubd longwire-vnicd >/dev/null 2>&1 ||
	    atf_fail "they cannot be purged"
	atf_check test ! -e root/var/db
	atf_check test ! -e root/etc/hubd
}

atf_init_test_cases()
{
	atf_add_test_case faults
	case $LW_FLAVOUR in
	arm64)	atf_add_test_case emulated ;;
	*)	atf_add_test_case debian ;;
	esac
}
