# SPDX-License-Identifier: ISC
# suite: system
# flavours: amd64
# timeout: 900
# What the kernel of the image does for the tunnel, in one machine: TLS, by
# streams of every kind (crypto/h_ktls.c), then by a hub and two virtual NICs
# with "tls kernel"; and its TCP, on a line of netem's.
#
#	netns: tap98 10.1.0.98, veth0 10.98.0.2 --- to98 10.98.0.1 (hubd)
#	netns: tap99 10.1.0.99, veth0 10.99.0.2 --- to99 10.99.0.1

. "$LW_TOP/regress/image/vm.subr"

# of site 98; an emulated machine has no time for a faster one
LINE="delay 25ms rate 3mbit loss 3% limit 25"

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

# tc and ip with their libraries, in tc/, as the image has none of iproute2
bring_tc()
{
	mkdir tc
	for _prog in tc ip; do
		cp "$(PATH=$PATH:/sbin:/usr/sbin command -v $_prog)" tc/
	done
	# "name => /path (address)", and the loader's "/path (address)"
	ldd tc/tc tc/ip | awk '$2 == "=>" && $3 ~ /^\// { print $3 }
	    $1 ~ /^\// { print $1 }' | sort -u |
	    while read -r _lib; do
		    cp -L "$_lib" tc/
	    done
	mv tc/ld-* tc/ld.so
}

# What is done on the line of site 98, for the shell of the machine:
#	small			each of its packets is one for netem, too
#	line SETTING...		of netem, at both ends
#	send NAME BYTES COMMAND...	from there to a listener at site 98
#	took NAME		says when it began, and ends once all is there
line_script()
{
	cat <<-'EOF'
	run="/tmp/tc/ld.so --library-path /tmp/tc /tmp/tc"
	small()
	{
		$run/ip link set dev to98 gso_max_segs 1
		$in98 $run/ip link set dev veth0 gso_max_segs 1
	}
	line()
	{
		$run/tc qdisc replace dev to98 root netem "$@"
		$in98 $run/tc qdisc replace dev veth0 root netem "$@"
	}
	now()
	{
		read -r up _ </proc/uptime
		echo "$up"
	}
	size()
	{
		wc -c </tmp/copy
	}
	send()
	{
		name=$1
		bytes=$2
		shift 2
		sleep 999 | $in98 nc -l -p 98 >/tmp/copy &
		listener=$!
		sleep 1
		began=$(now)
		head -c "$bytes" /dev/zero | "$@" &
		sender=$!
	}
	until_there()
	{
		until [ "$(size)" -ge "$1" ]; do
			sleep 0.05
		done
	}
	took()
	{
		until_there "$bytes"
		echo "took-$name $began $(now)"
		kill $listener $sender 2>/dev/null
	}
	EOF
}

# The disk that brings these, and the program that tries streams of all kinds.
second_disk()
{
	site 98 >98.conf
	site 99 >99.conf
	cp "$LW_HELPERS/crypto/h_ktls" .
	bring_tc
	line_script >line.sh
	tar cf second.img h_ktls 98.conf 99.conf line.sh tc
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
	    \$in$1 ip link set veth0 up
	    \$in$1 ip addr add 10.$1.0.2/24 dev veth0
	    [ $1 = 99 ] || { . /tmp/line.sh; small; line $LINE; }
	    sed -i s,PIN,\$(hubctl show pin), /tmp/$1.conf" STATUS-0
	vm_run "\$in$1 vnicd -f /tmp/$1.conf
	    until vnicctl -s /tmp/$1.sock -j show | grep -q 'SHA... kernel'
	    do sleep 1; done" STATUS-0
	vm_run "\$in$1 ip addr add 10.1.0.$1/24 dev tap$1
	    \$in$1 ip link set tap$1 up" STATUS-0
}

# hundredths NAME: of a second that it took, by what the machine said
hundredths()
{
	tr -d '\r' <serial.log |
	    awk -v name="took-$1" '$1 == name { n = int(($3 - $2) * 100) }
		END { print n + 0 }'
}

# Beside a line of our own emulator's (net/t_congestion, make bench-congestion)
# one of netem's, and an outage. One stream of cubic gets half of that line by
# itself, but most of it through the tunnel, whose connection changes to BBR.
lossy_line()
{
	vm_run '$in98 ping -c 5 10.98.0.1' 'min/avg/max = 5[0-9]'
	vm_run 'send direct 1500000 nc 10.98.0.2 98; took' 'took-direct'
	vm_run 'send tunnel 1500000 $in99 nc 10.1.0.98 98
	    $in98 ping -c 3 10.1.0.99; took' 'took-tunnel'
	vm_shows ' 0% packet loss' || atf_fail "a ping was lost"
	_direct=$(hundredths direct)
	_tunnel=$(hundredths tunnel)
	# 12 Mbit take four seconds
	if [ "$_direct" -lt 400 ] || [ "$_tunnel" -lt 400 ] ||
	    [ $((_tunnel * 10)) -gt $((_direct * 11)) ]; then
		atf_fail "1.5 MB took $_direct, by tunnel $_tunnel hundredths"
	fi
	# TCP by itself would try again only some six seconds after its end
	vm_run 'send long 9000000 $in99 nc 10.1.0.98 98; until_there 500000
	    line loss 100%; sleep 10; n=$(size); name=again; began=$(now)
	    line '"$LINE"'; bytes=$((n + 100000)); took' \
	    'took-again'
	[ "$(hundredths again)" -lt 400 ] ||
	    atf_fail "after an outage $(hundredths again) hundredths"
	echo "line: 1.5 MB in $_direct and $_tunnel hundredths of a second," \
	    "on after an outage in $(hundredths again)" |
	    tee "${LW_FIGURES:-.}/line"
}

atf_test_case kernel cleanup
kernel_head()
{
	atf_set descr "the image's kernel seals, opens, and fills a lossy line"
}
kernel_body()
{
	need qemu-system-x86_64 sgdisk mcopy socat python3 tc
	[ -f "$VM_IMG" ] || unavailable "no image; run make image"
	settings >settings.txt
	vm_disk settings.txt
	VM_HW="-m 256 $(vm_disk_on virtio) $(vm_card virtio-net-pci 0)
	    $(second_disk)"
	vm_start
	vm_expect "$VM_BOOT" 'box login:'
	vm_log_in correct-horse 'box#'

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
	lossy_line
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
