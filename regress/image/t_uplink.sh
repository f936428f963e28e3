# SPDX-License-Identifier: ISC
# suite: system
# flavours: amd64
# timeout: 900
# Internet by PPPoE, without and with a VLAN's tag, from a real server. The
# host's kernel may have neither, so the provider is in the same machine, in a
# network namespace, at the other end of a cable between two of its cards:
#
#	box: br0 (eth0), eth1 --- isp: eth2, pppoe-server, pppd, radvd
#
# What the provider runs comes on a second disk.

. "$LW_TOP/regress/image/vm.subr"

# shellcheck disable=SC2034 # of vm.subr: a line that fails is tried again
VM_RUN=240

needs()
{
	need qemu-system-x86_64 sgdisk mcopy socat pppoe-server radvd
	[ -f "$VM_IMG" ] || unavailable "no image; run make image"
}

# settings PASSWORD [VLAN]
settings()
{
	cat <<-EOF
	system {
		hostname office
		admin-password "correct-horse"
	}
	network {
		bridge br0 {
			port eth0
		}
		interface br0 {
			address 10.0.2.15/24
			gateway 10.0.2.2
		}
	EOF
	[ $# -eq 1 ] || printf 'vlan wan {\nport eth1\ntag %s\n}\n' "$2"
	cat <<-EOF
		pppoe ppp0 {
			port $([ $# -eq 1 ] && echo eth1 || echo wan)
			user "tokyo@isp.example"
			password "$1"
		}
	}
	EOF
}

# What the provider's server needs of the kernel and the image does not have: it
# talks to its pppd through a terminal.
module()
{
	find "$LW_TOP/obj/pkgs/amd64/usr/lib/modules" -name ppp_async.ko.xz \
	    -exec xz -dc {} \; >isp/ppp_async.ko
}

# isp_disk: a FAT file system on a disk of its own
isp_disk()
{
	mkdir isp
	for _p in pppoe-server pppoe radvd; do
		cp "$(command -v $_p)" "isp/$_p"
	done
	module
	cat >isp/options <<-'EOF'
	require-chap
	name isp
	ms-dns 10.64.0.53
	+ipv6
	noccp
	ip-up-script /bin/true
	ip-down-script /bin/true
	ipv6-up-script /mnt/ipv6-up
	EOF
	cat >isp/radvd.conf <<-'EOF'
	interface ppp0 {
		AdvSendAdvert on;
		IgnoreIfMissing on;
		MinRtrAdvInterval 3;
		MaxRtrAdvInterval 4;
		prefix 2001:db8:64::/64 { };
	};
	EOF
	cat >isp/ipv6-up <<-'EOF'
	#!/bin/sh
	ip addr add 2001:db8:64::1/64 dev ppp0
	EOF
	cat >isp/start <<-'EOF'
	# start INTERFACE: in the provider's namespace
	ip link set lo up
	ip link set "$1" up
	echo '"tokyo@isp.example" isp "pass \"word\\" *' >/etc/ppp/chap-secrets
	chmod 600 /etc/ppp/chap-secrets
	echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
	/mnt/pppoe-server -F -I "$1" -L 10.64.0.1 -R 10.64.0.100 -N 4 -C isp \
	    -O /mnt/options -q /usr/sbin/pppd -Q /mnt/pppoe &
	exec /mnt/radvd -n -m stderr -C /mnt/radvd.conf -p /tmp/radvd.pid \
	    -u root
	EOF
	dd if=/dev/zero of=isp.img bs=1M count=8 status=none
	mformat -i isp.img ::
	mcopy -i isp.img isp/* ::/
}

# machine SETTINGS: up to a shell; the provider's card is in its namespace
machine()
{
	vm_disk "$1"
	isp_disk
	VM_HW="-m 256 $(vm_disk_on virtio)
	    -drive file=isp.img,if=none,id=d1,format=raw,readonly=on
	    -device virtio-blk-pci,drive=d1
	    $(vm_card virtio-net-pci 0)
	    -netdev hubport,id=n1,hubid=1 -netdev hubport,id=n2,hubid=1
	    -device virtio-net-pci,netdev=n1,mac=${VM_MAC}1
	    -device virtio-net-pci,netdev=n2,mac=${VM_MAC}2"
	vm_start
	vm_expect "$VM_BOOT" 'office login:'
	vm_log_in correct-horse 'office#'
	vm_run 'mount -t vfat -o ro /dev/vdb /mnt && cd /mnt' STATUS-0
	vm_run 'insmod ./ppp_async.ko; cd /' STATUS-0
	vm_run 'unshare -n sh -c "echo >/tmp/ns; exec sleep 9999" & p=$!
	    until [ -e /tmp/ns ]; do sleep 1; done
	    ip link set eth2 netns $p' STATUS-0
	vm_run 'in_isp() { nsenter -t $p -n "$@"; }' STATUS-0
}

# line_works: addresses of both families, the default route, name servers, MTU
line_works()
{
	vm_run 'until [ -e /run/net/ppp0.up ]; do sleep 1; done
	    ip -4 addr show dev ppp0' 'inet 10\.64\.0\.10[0-3]'
	vm_run 'ip -4 route get 198.51.100.1' 'dev ppp0'
	vm_run 'cat /etc/resolv.conf' 'nameserver 10\.64\.0\.53'
	vm_run 'ip link show dev ppp0' 'mtu 1492'
	vm_run 'until ping -c 1 -W 5 10.64.0.1; do :; done' ' 0% packet loss'
	vm_run 'until ping -c 1 -W 5 -s 1464 10.64.0.1; do :; done' \
	    ' 0% packet loss'
	vm_run 'until ip -6 addr show dev ppp0 | grep "inet6 2001:db8:64:"
	    do sleep 1; done; ip -6 route show default' 'dev ppp0'
	vm_run 'until ping -c 1 -W 5 2001:db8:64::1; do :; done' \
	    ' 0% packet loss'
}

# bulk: TCP takes what fits into a PPPoE frame, so nothing is cut. BusyBox's nc
# ends when its standard input does.
bulk()
{
	vm_run '(sleep 999 | in_isp nc -l -p 7 >/tmp/got &)
	    head -c 100000 /dev/urandom >/tmp/sent
	    until cmp -s /tmp/sent /tmp/got
	    do nc -w 60 10.64.0.1 7 </tmp/sent; sleep 1; done' STATUS-0
	# the first line of Ip names what the second one has
	vm_run 'for n in "" in_isp; do $n awk "\$1 == \"Ip:\" {
	    for (i = 2; i <= NF; i++) if (\$i == \"FragCreates\") c = i
	    n = \$c } END { print \"cut:\", n }" /proc/net/snmp; done |
	    grep -v "^cut: 0\$" || echo none' '^none'
}

atf_test_case pppoe cleanup
pppoe_head()
{
	atf_set descr "PPPoE: both families, a wrong password, a lost line"
}
pppoe_body()
{
	needs
	settings 'wrong' >box.txt
	machine box.txt
	vm_run '(in_isp sh /mnt/start eth2 >/tmp/isp.log 2>&1 &)' STATUS-0
	# who is refused is told so, and tries again
	vm_run 'until logread | grep "pppd.*uthentication failed"
	    do sleep 1; done' 'uthentication failed'
	vm_run '[ ! -e /run/net/ppp0.up ] && ip -4 route show default' \
	    'dev br0'
	vm_run 'cat /run/net/ppp0.trouble' '^refused [0-9]*$'

	vm_run 'echo "pass \"word\\" | cfgctl set network.pppoe.ppp0.password -
	    /etc/rc reload' STATUS-0
	line_works
	# by whom, and since when, is said
	vm_run 'cat /run/net/ppp0.up /run/net/ppp0.trouble 2>&1' \
	    '^10\.64\.0\.10[0-3] 10\.64\.0\.1 [0-9]*$'
	bulk
	# where the secret must not be
	vm_run 'ps w | grep "[p]ppd file"; ps w | grep -c "pass [^|]*[w]ord"' \
	    '^0'
	vm_run 'logread | grep -c "pass [^|]*word"' '^0'
	vm_run 'ls -l /run/net/ppp0.ppp' '^-rw-------'
	# neither web form nor anything else answers there
	vm_run 'a=$(cut -d " " -f 1 /run/net/ppp0.up)
	    in_isp ping -c 1 -W 5 $a >/dev/null
	    in_isp nc -w 3 $a 8443 </dev/null || echo shut' '^shut'

	# the provider's end goes away and comes back
	# (the box has a process of that name, too)
	vm_run 'kill -9 $(ps w | awk "\$3 == \"/mnt/pppoe\" { print \$1 }")
	    until [ ! -e /run/net/ppp0.up ]
	    do sleep 1; done; ip -4 route get 198.51.100.1' 'dev br0'
	vm_run 'until grep lost /run/net/ppp0.trouble; do sleep 1; done' \
	    '^lost [0-9]*$'
	line_works
	# reload leaves a line alone; without the settings it goes
	vm_run 'a=$(cat /run/pppoe.ppp0.pid); /etc/rc reload
	    [ "$a" = "$(cat /run/pppoe.ppp0.pid)" ]' STATUS-0
	vm_run 'sed "/pppoe/,/}/d" /cfg/gen/current/longwire.txt >/tmp/o
	    cfgctl import /tmp/o && /etc/rc reload
	    [ ! -e /sys/class/net/ppp0 ]' STATUS-0
	vm_run 'ip -4 route show default' 'dev br0 *$'
}
pppoe_cleanup()
{
	vm_stop
}

atf_test_case vlan cleanup
vlan_head()
{
	atf_set descr "PPPoE over a tagged VLAN, and the VLAN changed"
}
vlan_body()
{
	needs
	settings "pass \\\"word\\\\" 35 >box.txt
	machine box.txt
	vm_run 'cat /proc/net/vlan/wan' 'VID: 35'
	vm_run 'in_isp ip link set eth2 up
	    in_isp ip link add link eth2 name eth2.35 type vlan id 35' STATUS-0
	vm_run '(in_isp sh /mnt/start eth2.35 >/tmp/isp.log 2>&1 &)' STATUS-0
	line_works
	bulk
	vm_run 'ip link show dev wan' 'mtu 1500'
	# another number: a line that the provider does not have
	vm_run 'cfgctl set network.vlan.wan.tag 36 && /etc/rc reload
	    cat /proc/net/vlan/wan' 'VID: 36'
	vm_run 'until [ ! -e /run/net/ppp0.up ]; do sleep 1; done' STATUS-0
}
vlan_cleanup()
{
	vm_stop
}

atf_init_test_cases()
{
	atf_add_test_case pppoe
	atf_add_test_case vlan
}
