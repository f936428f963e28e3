# SPDX-License-Identifier: ISC
# suite: system
# flavours: amd64
# timeout: 2400
# The image of arm64-virt boots by the whole chain, Arm Trusted Firmware and then
# U-Boot, and does the main job: the box is an office, joined to a hub, and the
# hosts on both sides work with each other. Then it is upgraded, and an upgrade
# that panics is left. All of it is one machine's life, for the time it takes to
# emulate one.

VM_TARGET=arm64-virt
. "$LW_TOP/regress/image/vm.subr"
. "$LW_TOP/regress/image/upgrade.subr"
. "$LW_TOP/regress/netns.subr"
. "$LW_TOP/regress/longwire.subr"

# The hub is in the box's own LAN; the other office is behind another link:
#
#	[box] ==== box:lan:far ---- wan:far:lw0 [vnicd]
#	         192.168.77.1 [hubd]      192.168.77.9
#
# What lan sends to 192.168.77.9 goes through the box and the tunnel: there is
# no other way.
offices_up()
{
	netns_add lan far
	ip -n "$(netns_name lan)" tuntap add box mode tap
	ip -n "$(netns_name lan)" link set box up
	netns_addr lan box 192.168.77.1/24
	netns_link lan far far wan
	netns_addr lan far 10.9.0.1/24
	netns_addr far wan 10.9.0.2/24
	hub_conf hub <<-END
		hub main {
			$(hub_user tokyo "change me")
			$(hub_user osaka "change me")
		}
	END
	start_hubd hub lan
	vnic_conf far <<-END
		vnic office {
			interface lw0
			server 10.9.0.1:443
			hub main
			user osaka
			password "change me"
			pin $(hub_pin hub)
		}
	END
	start_vnicd far far
	wait_until 60 vnic_up far office || atf_fail "no session of the other office"
	netns_addr far lw0 192.168.77.9/24
}

office_settings()
{
	cat <<-EOF
	system {
		hostname hub
		admin-password "correct-horse"
	}
	network {
		bridge br0 {
			port eth0
		}
		interface br0 {
			address 192.168.77.2/24
		}
	}
	vnicd {
		vnic office {
			bridge br0
			server 192.168.77.1:443
			hub main
			user tokyo
			password "change me"
			pin $(hub_pin hub)
		}
	}
	EOF
}

# joined WHEN: the box's session is up, and a ping crosses both
joined()
{
	wait_until 180 two_sessions || {
		cat serial.log
		atf_fail "$1: no session of the box"
	}
	wait_until 60 netns_exec lan ping -c 1 -W 3 192.168.77.9 ||
	    atf_fail "$1: no ping from the box's LAN to the other office"
	netns_exec far ping -c 3 -W 5 -I lw0 192.168.77.2 >ping.out ||
	    atf_fail "$1: no ping from the other office to the box"
	echo "$1: $(tail -n 1 ping.out)"
}

two_sessions()
{
	[ "$(hub_sessions hub)" -eq 2 ]
}

# stages: each step of the firmware has said that it ran, in this order
stages()
{
	tr -d '\r' <serial.log | grep -o '^NOTICE:  BL1: v2\|^NOTICE:  BL2: v2\|^NOTICE:  BL31: v2\|^U-Boot 20\|^Longwire, slot .\|^Starting kernel' >stages
	cat >want <<-END
	NOTICE:  BL1: v2
	NOTICE:  BL2: v2
	NOTICE:  BL31: v2
	U-Boot 20
	Longwire, slot a
	Starting kernel
	END
	atf_check diff want stages
}

atf_test_case office cleanup
office_head()
{
	atf_set descr "firmware to session; upgraded; one that panics is left"
	atf_set require.user root
}
office_body()
{
	needs
	need jq ping
	mkdir -p overlay/etc/defaults
	# a machine that is emulated by a busy one
	sed 's/^health_time=.*/health_time="1200"/' \
	    "$LW_TOP/etc/defaults/rc.conf" >overlay/etc/defaults/rc.conf
	next next
	next_panics
	usb next panic
	offices_up
	office_settings >office.txt
	vm_disk office.txt
	VM_HW=$(hardware)
	vm_start "$(netns_name lan)" box
	vm_expect "$UP" 'healthy after'
	stages
	joined "first boot"
	log_in
	vm_run 'uname -m; [ ! -c /dev/watchdog ] || echo watchdog' aarch64
	vm_shows '^watchdog' || atf_fail "no watchdog"
	vm_run 'cfgctl set system.timezone JST-9; sysupgrade status' \
	    '^state confirmed'

	try next
	vm_expect "$UP" 'slot b is being tried'
	log_in
	vm_run 'sysupgrade status' '^version 99.1+next'
	vm_shows '^state confirmed' || atf_fail "slot b is not confirmed"
	vm_run 'cfgctl get system.timezone' '^JST-9'
	joined "upgraded"

	try panic a
	vm_expect "$UP" 'Kernel panic'
	vm_expect "$UP" 'Longwire, slot b'
	vm_expect "$UP" 'slot a (99.1+panic.*) was given up: it restarted or hung'
	log_in
	vm_run 'sysupgrade status' 'other-state given-up'
	joined "rolled back"
}
office_cleanup()
{
	vm_stop
	netns_cleanup
}

atf_test_case rot cleanup
rot_head()
{
	atf_set descr "a kernel and a boot state that have rotted"
}
rot_body()
{
	needs
	settings >hub.txt
	vm_disk hub.txt
	damage boot-a 4000000
	vm_start
	# three boots are counted, then the other slot
	vm_expect "$VM_BOOT" 'slot a cannot be started'
	vm_expect "$VM_BOOT" 'Longwire, slot b'
	[ "$(grep -c '^Longwire, slot a' serial.log)" -eq 3 ] ||
	    atf_fail "not three tries of slot a"
	vm_expect "$UP" 'slot a (.*) was given up'
	log_in
	vm_run 'sysupgrade status; sync' '^slot b'
	vm_stop

	# one copy of the boot state, torn
	part=$(vm_part state)
	for at in 1 1024; do
		cp --sparse=always disk.img whole.img
		dd if=/dev/zero of=disk.img bs=1 count=256 conv=notrunc \
		    seek=$(((${part% *} + at) * 512 + 32)) status=none
		vm_start
		vm_expect "$VM_BOOT" 'Longwire, slot b'
		vm_expect "$VM_BOOT" 'Starting kernel'
		vm_stop
		mv whole.img disk.img
	done

	# and both: with no state each slot is tried, whichever starts
	dd if=/dev/zero of=disk.img bs=512 seek="$((${part% *} + 1))" count=1 \
	    conv=notrunc status=none
	dd if=/dev/zero of=disk.img bs=512 seek="$((${part% *} + 1024))" \
	    count=1 conv=notrunc status=none
	vm_start
	vm_expect "$VM_BOOT" 'no boot state'
	vm_expect "$VM_BOOT" 'slot a cannot be started'
	vm_expect "$VM_BOOT" 'Longwire, slot b'
	vm_expect "$VM_BOOT" 'Starting kernel'
}
rot_cleanup()
{
	vm_stop
}

atf_init_test_cases()
{
	atf_add_test_case office
	atf_add_test_case rot
}
