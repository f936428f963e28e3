# SPDX-License-Identifier: ISC
# suite: system
# flavours: amd64
# timeout: 900
# TLS by the kernel of the image: streams of every kind (crypto/h_ktls.c), then
# a hub and two virtual NICs with "tls kernel", all in one machine.

. "$LW_TOP/regress/image/vm.subr"

# A user and a virtual NIC for each of the words. The hub's pin is not known
# before it has run.
# shellcheck disable=SC2016 # a hash
settings()
{
	cat <<-'EOF'
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
	EOF
	for _u in "$@"; do
		cat <<-EOF
			user $_u {
				password "\$scrypt\$ln=15,r=8,p=1\$E0I+ksagRenGSBZ5nXXM+g\$gxZlQuRAh8JmJ0I4L0ubeSpcOcPmA2ad86Bjp653Lk0"
			}
		EOF
	done
	printf '}\n}\nvnicd {\n'
	for _u in "$@"; do
		cat <<-EOF
		vnic $_u {
			interface $_u
			server 10.0.2.15:443
			hub main
			user $_u
			password "change me"
			pin sha256/mouPtCh6owhf2g7XD6/Y2AMaeI8N2xyDrHrqN1QxwWc=
			tls kernel
		}
		EOF
	done
	echo '}'
}

# The disk that brings the program that tries all kinds of streams.
second_disk()
{
	tar cf second.img -C "$LW_HELPERS/crypto" h_ktls
	truncate -s %4096 second.img
	echo "-drive file=second.img,if=none,id=d1,format=raw
	    -device virtio-blk-pci,drive=d1"
}

# The pin of the machine's own hub, into its settings.
own_pin()
{
	vm_run 'until hubctl show pin; do sleep 1; done' 'sha256/'
	vm_run 'p=$(hubctl show pin | sed "s,[+&],\\\\&,g")' STATUS-0
	vm_run 'sed "s,pin sha256/.*,pin $p," /cfg/gen/current/longwire.txt >/tmp/n' \
	    STATUS-0
	vm_run 'cfgctl import /tmp/n && /etc/rc reload' STATUS-0
}

atf_test_case kernel cleanup
kernel_head()
{
	atf_set descr "the image's kernel seals and opens the tunnel's records"
}
kernel_body()
{
	need qemu-system-x86_64 sgdisk mcopy socat
	[ -f "$VM_IMG" ] || unavailable "no image; run make image"
	settings va vb >settings.txt
	vm_disk settings.txt
	VM_HW="-m 256 $(vm_disk_on virtio) $(vm_card virtio-net-pci 0)
	    $(second_disk)"
	vm_start
	vm_expect "$VM_BOOT" 'box login:'
	vm_log_in correct-horse
	vm_expect "$VM_LOGIN" 'box#'

	vm_run 'tar xf /dev/vdb -C /tmp' STATUS-0
	vm_type /tmp/h_ktls
	vm_expect 300 'all is right'
	vm_run 'cat /proc/net/tls_stat' 'TlsCurrTxSw *	*0'

	own_pin
	vm_run 'until [ "$(vnicctl -j show | grep -c "kernel\"")" = 2 ]
	    do sleep 1; done; vnicctl show | grep cipher' 'SHA... kernel'
	# both ends of both connections, both ways
	vm_run 'cat /proc/net/tls_stat' 'TlsCurrTxSw *	*4'
	vm_shows 'TlsCurrRxSw *	*4'  || {
		cat serial.log
		atf_fail "not all is received by the kernel"
	}
	# one of the two as another host's
	vm_run 'unshare -n sleep 9999 & p=$!; sleep 1
	    ip link set vb netns $p; in="nsenter -t $p -n"' STATUS-0
	vm_run '$in ip addr add 10.99.0.2/24 dev vb && $in ip link set vb up &&
	    ip addr add 10.99.0.1/24 dev va && ip link set va up' STATUS-0
	vm_run 'until ping -c 1 -W 1 10.99.0.2; do :; done; ping -c 5 10.99.0.2' \
	    ' 0% packet loss'
	vm_run 'dd if=/dev/urandom of=/tmp/data bs=1M count=8 2>/dev/null
	    md5sum </tmp/data; $in nc -l -p 99 >/tmp/copy & sleep 1
	    nc 10.99.0.2 99 </tmp/data; wait $!; cmp /tmp/data /tmp/copy' STATUS-0
	vm_run 'grep -E "Error|Violation" /proc/net/tls_stat; vnicctl show' open
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
