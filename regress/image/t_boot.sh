# SPDX-License-Identifier: ISC
# suite: system
# flavours: amd64
# timeout: 900
# The image boots, is set up by longwire.txt and lets only its administrator in.

. "$LW_TOP/regress/image/vm.subr"

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
	vm_expect $VM_BOOT 'officea login:'

	vm_log_in wrong-horse
	vm_expect $VM_LOGIN 'Login incorrect'
	vm_expect $VM_LOGIN 'officea login:'
	vm_log_in correct-horse
	vm_expect $VM_LOGIN 'officea#'

	vm_run 'touch /usr/x' 'Read-only file system'
	vm_run 'grep " / " /proc/mounts' 'squashfs ro'
	vm_run 'grep " /cfg " /proc/mounts' 'ext4 rw'
	vm_run 'until ip addr show br0 | grep "inet "; do sleep 1; done' \
	    'inet 10\.0\.2\.'
	vm_run 'ping -c 1 -W 5 10.0.2.2' ' 0% packet loss'
	vm_run '/etc/rc status' 'vnicd  *done at'

	# changed settings, without a reboot
	vm_run 'sed s/officea/officeb/ /cfg/gen/current/longwire.txt >/tmp/n' \
	    STATUS-0
	vm_run 'cfgctl import /tmp/n && /etc/rc reload && hostname' officeb
	vm_run 'killall -9 syslogd; sleep 2; pidof syslogd' '^[0-9]'
	vm_run sync STATUS-0
	vm_stop

	# after a loss of power, and with a broken file: the settings stay
	sed 's/hostname/hostnam/' good.txt >bad.txt
	vm_settings bad.txt
	vm_start
	vm_expect $VM_BOOT 'officeb login:'
	vm_shows 'longwire.txt:2:.*hostnam' || {
		cat serial.log
		atf_fail "the error was not shown"
	}
	grep -a -o 'up after .*' serial.log
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
	vm_expect $VM_BOOT 'nobody can log in'
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
	vm_expect $VM_BOOT '/cfg CANNOT BE READ'
	vm_expect $VM_BOOT 'officea login:'
	vm_stop
	dd if=disk.img bs=512 skip="${part% *}" count="${part#* }" status=none |
	    cmp - garbage || atf_fail "/cfg was written to"
}
cfg_unreadable_cleanup()
{
	vm_stop
}

atf_init_test_cases()
{
	atf_add_test_case console
	atf_add_test_case no_password
	atf_add_test_case cfg_unreadable
}
