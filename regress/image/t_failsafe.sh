# SPDX-License-Identifier: ISC
# suite: system
# flavours: amd64
# timeout: 900
# Settings that nobody can read, and a start without them.

. "$LW_TOP/regress/image/vm.subr"

needs()
{
	need qemu-system-x86_64 sgdisk mcopy socat
	[ -f "$VM_IMG" ] || unavailable "no image; run make image"
}

# An office whose own address is of no use here, and a tunnel.
settings()
{
	cat <<-'EOF'
	system {
		hostname office
		admin-password "correct-horse"
	}
	network {
		bridge br0 {
			port eth0
		}
		interface br0 {
			address 10.9.9.9/24
		}
	}
	ssh {
		enable yes
		key "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKGfMLjkHNq1jD9y2tDLF9r5ICVLptIXnvV7h1yhUukS"
	}
	vnicd {
		vnic office {
			server hub.example.com
			user office
			password "password1"
			pin sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
		}
	}
	EOF
}

# Three restarts of a box that was not healthy yet would give its slot up.
shell()
{
	vm_expect "$VM_BOOT" 'office login:'
	vm_expect "$VM_BOOT" 'longwire: healthy after'
	vm_log_in correct-horse 'office#'
}

# failsafe_runs: console and web form, and nothing of the settings
failsafe_runs()
{
	vm_expect "$VM_BOOT" 'FAILSAFE START'
	vm_expect "$VM_BOOT" '^Failsafe start: only the console'
	shell
	vm_run 'until ip addr show br0 | grep "inet "; do sleep 1; done' \
	    'inet 10\.0\.2\.'
	vm_run 'service vnicd status' 'vnicd: not running'
	vm_run 'service webconfd status' 'webconfd: pid'
	vm_run 'service ssh status' 'ssh: not running'
	vm_run 'cat /run/notice/failsafe' 'セーフモード'
	# the real ones are there, and are what is changed
	vm_run 'cfgctl get network.interface.br0.address' '^10\.9\.9\.9/24'
}

atf_test_case failsafe cleanup
failsafe_head()
{
	atf_set descr "the last good generation; a key, a file for none of them"
}
failsafe_body()
{
	needs
	settings >box.txt
	vm_disk box.txt
	vm_start
	shell
	vm_run 'ip addr show br0' 'inet 10\.9\.9\.9'
	vm_run 'cfgctl set system.hostname broken && cd /cfg/gen/2 &&
	    echo "sistem {" >longwire.txt; sync; cd /' STATUS-0
	vm_type reboot
	vm_expect "$VM_BOOT" 'Longwire, slot a'
	vm_expect "$VM_BOOT" 'generation 2 cannot be used: .*:1:'
	vm_expect "$VM_BOOT" '^Generation 2 of the settings could not be'
	shell
	vm_run 'ip addr show br0' 'inet 10\.9\.9\.9'
	vm_run 'cfgctl history' '^3 .* rc current'
	vm_run 'head -n 1 /run/notice/settings' 'so generation 1 counts again'
	vm_run 'service vnicd status' 'vnicd: pid'
	vm_run 'service ssh status' 'ssh: pid'

	vm_type reboot
	vm_expect "$VM_BOOT" 'press Esc'
	printf '\033' >&9
	failsafe_runs
	# and the next start is as usual
	vm_run 'cfgctl set network.interface.br0.address 10.9.9.8/24 &&
	    /etc/rc reload; ip addr show br0' 'inet 10\.0\.2\.'
	vm_type reboot
	vm_expect "$VM_BOOT" 'Longwire, slot a'
	shell
	vm_run 'ip addr show br0; ls /run/notice' 'inet 10\.9\.9\.8'
	vm_run 'cfgctl set network.interface.br0.address 10.9.9.9/24' STATUS-0
	vm_run sync STATUS-0
	vm_stop

	# a board without keyboard and screen
	: >failsafe.txt
	part=$(vm_part loader)
	mcopy -i "disk.img@@$((${part% *} * 512))" failsafe.txt ::/
	vm_start
	failsafe_runs
}
failsafe_cleanup()
{
	vm_stop
}

atf_init_test_cases()
{
	atf_add_test_case failsafe
}
