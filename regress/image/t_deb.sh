# SPDX-License-Identifier: ISC
# suite: system
# flavours: amd64
# timeout: 600
# The packages for a plain Debian: without a fault, installed and used in a
# Debian 13 that is made for it, where a PC attaches to a hub; and removed.
#
#	hub:h0 10.0.0.1 ---- 10.0.0.2 pc:p0

. "$LW_TOP/regress/netns.subr"

packages()
{
	need dh_gencontrol lintian mmdebstrap
	[ -x "$LW_TOP/obj/amd64/sbin/hubd" ] || unavailable "run make first"
	# one case at a time, and the next one removes what this one made
	# shellcheck disable=SC2016
	flock "$LW_TOP/obj/.deb.lock" sh -c '
		sh "$0/image/deb.sh" amd64 >made && cp $(cat made) .
	    ' "$LW_TOP" 2>deb.err || {
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
	hub_conf
	unit hub hub
	wait_until 30 inside hub hubctl show hubs || atf_fail "no hub"
	vnic_conf
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

# debian_root: root/, with the packages
debian_root()
{
	want=$(while read -r d; do dpkg-deb -f "$d" Depends; done <debs |
	    sed 's/([^)]*)//g; s/systemd |//; s/|[^,]*//g; s/[ ]//g' |
	    paste -s -d , -)
	sh "$LW_TOP/ports/sources.sh" amd64 >debian.sources
	mmdebstrap --quiet --mode=root --variant=essential --include="$want" \
	    --aptopt='Apt::Install-Recommends "false"' trixie root \
	    debian.sources >mmdebstrap.out 2>&1 || {
		cat mmdebstrap.out
		unavailable "no Debian 13 can be made"
	}
	# shellcheck disable=SC2046
	cp $(cat debs) root/tmp/
	chroot root sh -c 'dpkg -i /tmp/*.deb' >dpkg.out 2>&1 || {
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
	# shellcheck disable=SC2016,SC2086
	netns_spawn "$2d" "$1" unshare -m sh -c '
		mount -t proc proc root/proc
		mount --rbind /dev root/dev
		mount --bind "$0" root/run
		exec chroot root "$@"' "run.$1" $cmd
}

hub_conf()
{
	hash=$(echo secret | chroot root hubctl passwd)
	cat >root/etc/hubd/hubd.conf <<-END
		listen 10.0.0.1:443
		hub default {
			user office {
				password "$hash"
			}
			local-port hub {
			}
		}
	END
}

vnic_conf()
{
	cat >root/etc/vnicd/vnicd.conf <<-END
		vnic office {
			server 10.0.0.1:443
			user office
			password secret
			pin $(inside hub hubctl show pin)
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
	atf_add_test_case debian
}
