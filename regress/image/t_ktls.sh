# SPDX-License-Identifier: ISC
# suite: system
# flavours: amd64
# timeout: 900
# TLS by the kernel of the image, in one machine: streams of every kind
# (crypto/h_ktls.c), then a hub and two virtual NICs with "tls kernel".
#
#	netns: tap98 10.1.0.98, veth0 10.98.0.2 --- to98 10.98.0.1 (hubd)
#	netns: tap99 10.1.0.99, veth0 10.99.0.2 --- to99 10.99.0.1

. "$LW_TOP/regress/image/vm.subr"

# of "secret", with less work than "hubctl passwd" does: the machine is emulated
light_hash()
{
	python3 -c '
import base64, hashlib, os
salt = os.urandom(16)
key = hashlib.scrypt(b"secret", salt=salt, n=1024, r=8, p=1, dklen=32)
print("$scrypt$ln=10,r=8,p=1$%s$%s" % tuple(
    base64.b64encode(x).decode().rstrip("=") for x in (salt, key)))'
}

settings()
{
	cat <<-EOF
	system {
		hostname box
		admin-password "correct-horse"
	}
	network {
		bridge br0 {
			port eth0
		}
		interface br0 {
			address 10.0.2.15/24
		}
	}
	hubd {
		listen 0.0.0.0:443
		tls kernel
		hub main {
			user site {
				password "$(light_hash)"
				max-sessions 2
			}
		}
	}
	EOF
}

# site NUMBER: settings of a vnicd, whose hub is at 10.NUMBER.0.1; its pin is
# not known before it has run
site()
{
	cat <<-EOF
	socket /tmp/$1.sock
	vnic site$1 {
		interface tap$1
		server 10.$1.0.1:443
		hub main
		user site
		password secret
		pin PIN
		tls kernel
	}
	EOF
}

# The disk that brings these, and the program that tries streams of all kinds.
second_disk()
{
	site 98 >98.conf
	site 99 >99.conf
	cp "$LW_HELPERS/crypto/h_ktls" .
	tar cf second.img h_ktls 98.conf 99.conf
	truncate -s %4096 second.img
	echo "-drive file=second.img,if=none,id=d1,format=raw
	    -device virtio-blk-pci,drive=d1"
}

# at NUMBER: a host in the machine, its vnicd, and what runs there by $inNUMBER
at()
{
	vm_run "unshare -n sh -c 'echo >/tmp/ns$1; exec sleep 9999' & p=\$!
	    in$1=\"nsenter -t \$p -n\"; until [ -e /tmp/ns$1 ]; do sleep 1; done
	    ip link add to$1 type veth
	    ip link set \$(ls /sys/class/net | grep veth) netns \$p" STATUS-0
	vm_run "ip addr add 10.$1.0.1/24 dev to$1; ip link set to$1 up
	    \$in$1 ip link set veth0 up; \$in$1 ip addr add 10.$1.0.2/24 dev veth0
	    sed -i s,PIN,\$(hubctl show pin), /tmp/$1.conf" STATUS-0
	vm_run "\$in$1 vnicd -f /tmp/$1.conf
	    until vnicctl -s /tmp/$1.sock -j show | grep -q 'SHA... kernel'
	    do sleep 1; done" STATUS-0
	vm_run "\$in$1 ip addr add 10.1.0.$1/24 dev tap$1
	    \$in$1 ip link set tap$1 up" STATUS-0
}

atf_test_case kernel cleanup
kernel_head()
{
	atf_set descr "the image's kernel seals and opens the tunnel's records"
}
kernel_body()
{
	need qemu-system-x86_64 sgdisk mcopy socat python3
	[ -f "$VM_IMG" ] || unavailable "no image; run make image"
	settings >settings.txt
	vm_disk settings.txt
	VM_HW="-m 256 $(vm_disk_on virtio) $(vm_card virtio-net-pci 0)
	    $(second_disk)"
	vm_start
	vm_expect "$VM_BOOT" 'box login:'
	vm_log_in correct-horse
	vm_expect "$VM_LOGIN" 'box#'

	vm_run 'tar xf /dev/vdb -C /tmp' STATUS-0
	VM_RUN=300
	vm_run /tmp/h_ktls 'all is right'
	vm_run 'cat /proc/net/tls_stat' 'TlsCurrTxSw *	*0'

	vm_run 'until hubctl show pin; do sleep 1; done' 'sha256/'
	at 98
	at 99
	# both ends of both connections, both ways
	vm_run 'cat /proc/net/tls_stat' 'TlsCurrTxSw[^0-9]*[1-9]'
	vm_shows 'TlsCurrRxSw[^0-9]*[1-9]' || {
		cat serial.log
		atf_fail "not all is received by the kernel"
	}
	vm_run '$in98 cat /proc/net/tls_stat' 'TlsCurrTxSw[^0-9]*[1-9]'
	vm_run 'until $in98 ping -c 1 -W 1 10.1.0.99; do :; done
	    $in98 ping -c 5 10.1.0.99' ' 0% packet loss'
	# the listener's input stays open and is not what is typed next
	vm_run 'dd if=/dev/urandom of=/tmp/data bs=1M count=4 2>/dev/null
	    sleep 999 | $in99 nc -l -p 99 >/tmp/copy &
	    until cmp -s /tmp/data /tmp/copy
	    do $in98 nc -w 60 10.1.0.99 99 </tmp/data; sleep 1; done' STATUS-0
	vm_run 'hubctl show sessions' site
	tr -d '\r' <serial.log | grep -a Tls
}
kernel_cleanup()
{
	vm_stop
}

atf_init_test_cases()
{
	atf_add_test_case kernel
}
