# SPDX-License-Identifier: ISC
# suite: system
# flavours: amd64
# timeout: 2400
# A booted hub is upgraded from one build to the next, and the office's session
# comes back. Upgrades that panic, hang or do not bring up their hub are left by
# the box itself. The bundles are builds of this tree with some files replaced.

. "$LW_TOP/regress/image/vm.subr"
. "$LW_TOP/regress/image/upgrade.subr"
. "$LW_TOP/regress/netns.subr"
. "$LW_TOP/regress/longwire.subr"

# comes_back WHY: slot b was given up, and slot a works
comes_back()
{
	vm_expect "$UP" 'Longwire, slot a'
	vm_expect "$UP" "slot b (99.1+.*) was given up: $1"
	log_in
	vm_run 'sysupgrade status' 'other-state given-up'
	vm_shows '^state confirmed' || atf_fail "slot a is not confirmed"
	vm_run 'hubctl show hubs' main
}

atf_test_case session cleanup
session_head()
{
	atf_set descr "to the next build; the session and the settings come along"
	atf_set require.user root
}
session_body()
{
	needs
	need jq
	[ -f "$OVMF/OVMF_CODE_4M.fd" ] || unavailable "no $OVMF"
	next next
	usb next
	settings >hub.txt
	vm_disk hub.txt
	netns_add lan
	ip -n "$(netns_name lan)" tuntap add box mode tap
	ip -n "$(netns_name lan)" link set box up
	netns_addr lan box 192.168.77.2/24
	# by UEFI; t_torture upgrades by BIOS
	VM_HW="$(vm_firmware uefi) $(hardware)"
	vm_start "$(netns_name lan)" box
	log_in
	vm_run 'hubctl show pin' 'sha256/'
	pin=$(tr -d '\r' <serial.log | grep -o 'sha256/[A-Za-z0-9+/=]\{44\}' |
	    tail -n 1)
	vnic_conf office <<-END
		vnic office {
			server 192.168.77.1:443
			hub main
			user tokyo
			password "change me"
			pin $pin
		}
	END
	start_vnicd office lan
	wait_until 120 vnic_up office office || atf_fail "no session"

	vm_run 'cfgctl set system.timezone JST-9; sysupgrade status' \
	    '^state confirmed'
	try next
	vm_expect "$UP" 'slot b is being tried'
	log_in
	vm_run 'sysupgrade status' '^version 99.1+next'
	vm_shows '^state confirmed' || atf_fail "slot b is not confirmed"
	vm_run 'cfgctl get system.timezone; cfgctl history' '^JST-9'
	vm_shows '^3 .*current' || atf_fail "no generation of the new version"
	wait_until 120 vnic_up office office ||
	    atf_fail "the session did not come back"

	# and back, where the settings are those of that time
	vm_run 'cfgctl set system.timezone UTC' STATUS-0
	vm_run 'sysupgrade back; reboot' STATUS-0
	vm_expect "$UP" 'Longwire, slot a'
	log_in
	vm_run 'cfgctl get system.timezone' '^JST-9'
	wait_until 120 vnic_up office office ||
	    atf_fail "no session with the version before"
}
session_cleanup()
{
	vm_stop
	netns_cleanup
}

atf_test_case rolled_back cleanup
rolled_back_head()
{
	atf_set descr "upgrades that panic, hang, do not start their hub"
	atf_set require.user root
}
rolled_back_body()
{
	needs
	next_panics
	# before there is anything that could notice
	mkdir -p overlay/etc/rc.d
	cat >overlay/etc/rc.d/fs <<-'END'
		# PROVIDE: fs
		start()
		{
			while :; do
				sleep 10
			done
		}
	END
	next hang
	mkdir -p overlay/usr/sbin overlay/etc/defaults
	cat >overlay/usr/sbin/hubd <<-'END'
		#!/bin/sh
		# the settings are fine with it
		[ "$1" = -n ]
	END
	chmod 755 overlay/usr/sbin/hubd
	sed 's/^health_time=.*/health_time="120"/' \
	    "$LW_TOP/etc/defaults/rc.conf" >overlay/etc/defaults/rc.conf
	next nohub
	usb panic hang nohub
	settings >hub.txt
	vm_disk hub.txt
	VM_HW=$(hardware)
	vm_start
	log_in

	try panic
	comes_back 'it restarted or hung'
	try hang
	comes_back 'it restarted or hung'
	try nohub
	vm_expect "$UP" 'NOT HEALTHY: .*going back'
	comes_back '.*hubd does not'
}
rolled_back_cleanup()
{
	vm_stop
}

atf_test_case rot cleanup
rot_head()
{
	atf_set descr "a root, a kernel and a boot state that have rotted"
}
rot_body()
{
	needs
	: >usb.img
	truncate -s 1M usb.img
	settings >hub.txt
	vm_disk hub.txt
	damage root-a 4000000
	VM_HW=$(hardware)
	vm_start
	# three boots are counted, then the other slot
	vm_expect "$UP" 'is damaged; trying again'
	vm_expect "$UP" 'Longwire, slot b'
	vm_expect "$UP" 'slot a (.*) was given up'
	log_in
	vm_run 'sysupgrade status; sync' '^slot b'
	vm_stop

	# the kernel of slot b: GRUB sees it, and has nothing but slot a left;
	# whose root is mended
	dd if="$VM_IMG" of=disk.img bs=512 skip="${part% *}" \
	    seek="${part% *}" count="${part#* }" conv=notrunc status=none
	damage boot-b 4000000
	vm_start
	vm_expect "$UP" 'slot b cannot be started'
	vm_expect "$UP" 'Longwire, slot a'
	log_in
	vm_run 'sync' STATUS-0
	vm_stop

	# both copies of the boot state
	part=$(vm_part state)
	dd if=/dev/zero of=disk.img bs=512 seek="$((${part% *} + 1))" count=1 \
	    conv=notrunc status=none
	dd if=/dev/zero of=disk.img bs=512 seek="$((${part% *} + 1024))" \
	    count=1 conv=notrunc status=none
	vm_start
	vm_expect "$UP" 'no boot state'
	log_in
	vm_run 'sysupgrade status' '^state confirmed'
}
rot_cleanup()
{
	vm_stop
}

atf_init_test_cases()
{
	atf_add_test_case session
	atf_add_test_case rolled_back
	atf_add_test_case rot
}
