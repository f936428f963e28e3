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
	vm_expect "$VM_BOOT" 'officea login:'

	vm_log_in wrong-horse
	vm_expect "$VM_LOGIN" 'Login incorrect'
	vm_expect "$VM_LOGIN" 'officea login:'
	vm_log_in correct-horse
	vm_expect "$VM_LOGIN" 'officea#'

	vm_run 'touch /usr/x' 'Read-only file system'
	vm_run 'grep " / " /proc/mounts' 'squashfs ro'
	vm_run 'grep " /cfg " /proc/mounts' 'ext4 rw'
	vm_run 'until ip addr show br0 | grep "inet "; do sleep 1; done' \
	    'inet 10\.0\.2\.'
	vm_run 'ping -c 1 -W 5 10.0.2.2' ' 0% packet loss'
	vm_run '/etc/rc status' 'vnicd  *done at'
	vm_run 'service syslogd status' 'syslogd: pid .*, restarts 0'
	vm_run 'service vnicd status' 'vnicd: not running'
	vm_run 'nft list table inet longwire' 'policy drop'

	# changed settings, without a reboot
	vm_run 'sed s/officea/officeb/ /cfg/gen/current/longwire.txt >/tmp/n' \
	    STATUS-0
	vm_run 'cfgctl import /tmp/n && /etc/rc reload && hostname' officeb
	vm_run 'killall -9 syslogd; sleep 2; pidof syslogd' '^[0-9]'
	vm_run 'service syslogd status' 'restarts 1'

	# the menu: what reveals something asks for the password
	vm_type exit
	vm_expect "$VM_LOGIN" 'officeb login:'
	vm_type 1
	vm_expect 30 'br0 10\.0\.2\.'
	vm_type 6
	vm_expect "$VM_LOGIN" 'assword:'
	vm_type correct-horse
	vm_expect "$VM_LOGIN" 'syslogd started'
	vm_expect "$VM_LOGIN" 'officeb login:'
	vm_type 3
	vm_expect "$VM_LOGIN" 'assword:'
	vm_type correct-horse
	vm_expect "$VM_LOGIN" 'New password'
	vm_type battery-staple
	vm_expect "$VM_LOGIN" 'same again'
	vm_type battery-staple
	vm_expect "$VM_LOGIN" 'password is set'
	vm_expect "$VM_LOGIN" 'officeb login:'
	vm_log_in correct-horse
	vm_expect "$VM_LOGIN" 'Login incorrect'
	vm_expect "$VM_LOGIN" 'officeb login:'
	vm_log_in battery-staple
	vm_expect "$VM_LOGIN" 'officeb#'
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
	grep -a -o 'up after .*' serial.log

	# who stands at the box may reset it
	vm_type 4
	vm_expect 30 'Type RESET'
	vm_type reset
	vm_expect 30 'Nothing was changed'
	vm_type 4
	vm_expect 30 'Type RESET'
	vm_type RESET
	vm_expect "$VM_BOOT" 'nobody can log in'
	vm_shows 'on longwire' || atf_fail "the settings are not those of a new box"
}
console_cleanup()
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
	{
		settings hub correct-horse
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
	netns_exec lan ping -c 1 -W 10 192.168.77.1 || atf_fail "no ping"
	vm_expect 120 'https://192\.168\.77\.1:8443'
	wait_until 60 sh -c "ip netns exec $(netns_name lan) \
	    python3 '$LW_TOP/regress/etc/scan.py' 192.168.77.1 443 8443 |
	    grep -qx '443 8443'" || atf_fail "hubd or webconfd does not answer"
	atf_check -o inline:"443 8443\n" netns_exec lan \
	    python3 "$LW_TOP/regress/etc/scan.py" 192.168.77.1 1-10000
}
scan_cleanup()
{
	vm_stop
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case console
	atf_add_test_case no_password
	atf_add_test_case cfg_unreadable
	atf_add_test_case scan
}
