# SPDX-License-Identifier: ISC
# suite: system
# flavours: amd64
# timeout: 900
# The image boots, is set up by longwire.txt and lets only its administrator in.

. "$LW_TOP/regress/image/vm.subr"
. "$LW_TOP/regress/netns.subr"

needs()
{
	need qemu-system-x86_64 sgdisk mcopy socat
	[ -f "$VM_IMG" ] || unavailable "no image; run make image"
}

settings()
{
	cat <<-EOF
	system {
		hostname $1
		admin-password "$2"
	}
	network {
		bridge br0 {
			port eth0
		}
		interface br0 {
			address dhcp
		}
	}
	EOF
}

atf_test_case console cleanup
console_head()
{
	atf_set descr "set-up by longwire.txt, log-in, reload, a second boot"
}
console_body()
{
	needs
	settings officea correct-horse >good.txt
	vm_disk good.txt
	vm_start
	vm_expect "$VM_BOOT" 'up after'
	wall=$(($(_uptime_cs) - vm_since))
	vm_expect 60 'officea login:'

	vm_password wrong-horse
	vm_expect "$VM_LOGIN" 'Login incorrect'
	vm_expect "$VM_LOGIN" 'officea login:'
	vm_log_in correct-horse 'officea#'

	vm_run 'touch /usr/x' 'Read-only file system'
	vm_run 'grep " / " /proc/mounts' 'squashfs ro'
	vm_run 'grep " /cfg " /proc/mounts' 'ext4 rw'
	vm_run 'until ip addr show br0 | grep "inet "; do sleep 1; done' \
	    'inet 10\.0\.2\.'
	vm_run 'until ping -c 1 -W 5 10.0.2.2; do :; done' ' 0% packet loss'
	vm_times $wall
	vm_run 'nft list table inet longwire' 'policy drop'
	# the kernel took each line
	vm_run 'grep "^[a-z]" /etc/sysctl.conf | while read -r k _ v; do
	    [ "$(sysctl -n "$k")" = "$v" ] && echo "set: $k" || echo "not: $k"
	    done' 'set: net.ipv4.tcp_min_rtt_wlen$'
	! vm_shows '^not: ' || atf_fail "not all of sysctl.conf is in force"

	# changed settings, without a reboot
	vm_run 'sed s/officea/officeb/ /cfg/gen/current/longwire.txt >/tmp/n' \
	    STATUS-0
	vm_run 'cfgctl import /tmp/n && /etc/rc reload && hostname' officeb
	vm_run sync STATUS-0
	vm_stop

	# after a loss of power, and with a broken file: the settings stay
	sed 's/hostname/hostnam/' good.txt >bad.txt
	vm_settings bad.txt
	vm_start
	vm_expect "$VM_BOOT" 'officeb login:'
	vm_shows 'longwire.txt:2:.*hostnam' || {
		cat serial.log
		atf_fail "the error was not shown"
	}
}
console_cleanup()
{
	vm_stop
}

atf_test_case services cleanup
services_head()
{
	atf_set descr "rc: status, stop, start, restart; back-off; log in RAM"
}
services_body()
{
	needs
	settings officea correct-horse >good.txt
	vm_disk good.txt
	vm_start
	vm_expect "$VM_BOOT" 'officea login:'
	# not while the box asks itself whether its services answer
	vm_expect "$VM_BOOT" 'longwire: healthy after'
	vm_log_in correct-horse 'officea#'

	vm_run 'service vnicd status' 'vnicd: not running'
	vm_run 'service webconfd status' 'webconfd: pid .*, restarts 0'
	# its children see that it is gone
	vm_run 'service webconfd stop; while pidof webconfd; do sleep 1; done' \
	    STATUS-0
	vm_run 'service webconfd status || echo no' '^no$'
	vm_run 'service webconfd start; service webconfd status' 'restarts 0'
	vm_run 'a=$(cat /run/webconfd.pid); service webconfd restart' STATUS-0
	vm_run '[ "$(cat /run/webconfd.pid)" != "$a" ] && pidof webconfd' \
	    '^[0-9]'
	vm_run 'service nosuch status' 'no service nosuch'

	# it dies twice in its first seconds
	vm_run 'f=/run/webconfd.pid; for i in 1 2; do kill -9 $(cat $f)
	    until grep -q " $i\$" /run/webconfd.since && [ -s $f ]
	    do usleep 99999; done; done; pidof webconfd' '^[0-9]'
	vm_run 'service webconfd status' 'restarts 2'
	vm_run 'logread | grep rc:' 'webconfd ended (137), starting it again'
	vm_run 'killall -9 syslogd
	    until service syslogd status | grep "restarts 1"; do sleep 1; done' \
	    'restarts 1'
	vm_run 'until logger x && logread | grep x; do sleep 1; done' STATUS-0

	# and nothing is written to the disk by it
	vm_run 'find /var /run -xdev -type f | xargs df | grep -c /dev/' '^0$'
}
services_cleanup()
{
	vm_stop
}

atf_test_case no_password cleanup
no_password_head()
{
	atf_set descr "as it ships, nobody can log in, and the console says so"
}
no_password_body()
{
	needs
	cp --sparse=always "$VM_IMG" disk.img
	vm_start
	vm_expect "$VM_BOOT" 'nobody can log in'
	vm_expect 60 'set-up code   [A-Z0-9-]*$'
	vm_type root
	vm_type ''
	sleep 3
	! vm_shows 'login:\|assword:' || atf_fail "there is a log-in prompt"
}
no_password_cleanup()
{
	vm_stop
}

atf_test_case cfg_unreadable cleanup
cfg_unreadable_head()
{
	atf_set descr "an unreadable /cfg is reported and left as it is"
}
cfg_unreadable_body()
{
	needs
	settings officea correct-horse >good.txt
	vm_disk good.txt
	part=$(vm_part cfg)
	yes longwire | head -c "$((${part#* } * 512))" >garbage
	dd if=garbage of=disk.img bs=512 seek="${part% *}" conv=notrunc \
	    status=none
	vm_start
	vm_expect "$VM_BOOT" '/cfg CANNOT BE READ'
	vm_expect "$VM_BOOT" 'officea login:'
	vm_stop
	dd if=disk.img bs=512 skip="${part% *}" count="${part#* }" status=none |
	    cmp - garbage || atf_fail "/cfg was written to"
}
cfg_unreadable_cleanup()
{
	vm_stop
}

atf_test_case scan cleanup
scan_head()
{
	atf_set descr "without DHCP an address of its own; what a scan finds"
	atf_set require.user root
}
scan_body()
{
	needs
	need ip python3
	netns_add lan
	ip -n "$(netns_name lan)" tuntap add box mode tap
	ip -n "$(netns_name lan)" link set box up
	netns_addr lan box 192.168.77.2/24
	netns_ipv6 lan
	netns_addr lan box fd77::2/64
	{
		settings hub correct-horse |
		    sed 's,address dhcp,&\n\t\taddress fd77::1/64,'
		cat <<-EOF
		hubd {
			listen *:443
			hub main {
				local-port lan {
					bridge br0
				}
			}
		}
		EOF
	} >hub.txt
	vm_disk hub.txt
	vm_start "$(netns_name lan)" box
	vm_expect "$VM_BOOT" 'hub login:'
	vm_expect 120 'br0  *192\.168\.77\.1'
	wait_until 60 netns_exec lan ping -c 1 -W 10 192.168.77.1 ||
	    atf_fail "no ping"
	vm_expect 120 'https://192\.168\.77\.1:8443'
	wait_until 60 sh -c "ip netns exec $(netns_name lan) \
	    python3 '$LW_TOP/regress/etc/scan.py' 192.168.77.1 443 8443 |
	    grep -qx '443 8443'" || atf_fail "hubd or webconfd does not answer"
	atf_check -o inline:"443 8443\n" scan 192.168.77.1 1-10000
	atf_check -o inline:"443 8443\n" scan fd77::1 1-2000 5353 8443
	atf_check -o inline:"nothing\n" scan -u 192.168.77.1 1-2000 5353 8443
	atf_check -o inline:"nothing\n" scan -u fd77::1 1-2000 5353 8443
	# it would have found something: closed ports refuse, without the filter
	vm_log_in correct-horse 'hub#'
	vm_run 'service firewall stop' STATUS-0
	for to in 192.168.77.1 fd77::1; do
		atf_check -o match:ECONNREFUSED scan $to 1-100
		atf_check -o match:ECONNREFUSED scan -u $to 1-100
	done
}
scan()
{
	netns_exec lan python3 "$LW_TOP/regress/etc/scan.py" -a 8443 "$@"
}
scan_cleanup()
{
	vm_stop
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case console
	atf_add_test_case services
	atf_add_test_case no_password
	atf_add_test_case cfg_unreadable
	atf_add_test_case scan
}
