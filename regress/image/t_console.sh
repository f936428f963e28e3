# SPDX-License-Identifier: ISC
# suite: system
# flavours: amd64
# timeout: 600
# The menu of the consoles: each of its items, on the serial line and on the
# screen. What the screen shows is left in obj/screenshots.

. "$LW_TOP/regress/image/vm.subr"
. "$LW_TOP/regress/netns.subr"

needs()
{
	need qemu-system-x86_64 sgdisk mcopy socat e2fsck dumpe2fs
	[ -f "$VM_IMG" ] || unavailable "no image; run make image"
}

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
			address dhcp
		}
	}
	EOF
}

# ssh_settings: those that let the key of ssh_menu in
ssh_settings()
{
	ssh-keygen -q -t ed25519 -N '' -C test -f key || atf_fail "ssh-keygen"
	printf 'ssh {\n\tenable yes\n\tkey "%s"\n}\n' "$(cat key.pub)"
}

# ssh_menu: the menu by ssh: what needs the password at the console needs it
# here, and so does a reset
ssh_menu()
{
	mkfifo ssh.in
	netns_spawn ssh vm sh -c 'exec ssh -F none -tt -i key -p 2222 \
	    -o StrictHostKeyChecking=no -o UserKnownHostsFile=known \
	    root@127.0.0.1 <ssh.in'
	exec 8>ssh.in
	ssh_expect 'q  leave'
	for guarded in 4 2; do
		echo "$guarded" >&8
		ssh_expect 'assword:'
		: >ssh.log
		echo correct-horse >&8
		if [ $guarded = 4 ]; then
			ssh_expect 'Type RESET'
			echo no >&8
			ssh_expect 'Nothing was changed'
		else
			ssh_expect 'There is none'
		fi
	done
	echo 9 >&8
	echo q >&8
	wait_until "$VM_LOGIN" grep -q 'closed' ssh.log || {
		cat ssh.log
		atf_fail "q does not leave"
	}
	exec 8>&-
	# what the console shows is the key that was seen
	print=$(ssh-keygen -l -f known | cut -d ' ' -f 2)
	grep -qF "root, port 22, $print" serial.log ||
	    atf_fail "the console does not show $print"
}

ssh_expect()
{
	wait_until "$VM_LOGIN" grep -q "$1" ssh.log || {
		cat ssh.log
		atf_fail "ssh did not show: $1"
	}
}

# guarded ITEM PASSWORD: an item that asks for it
guarded()
{
	vm_type "$1"
	vm_expect "$VM_LOGIN" 'assword:'
	vm_type "$2"
}

# wrong ITEM TEXT PASSWORD [WRONG]: it does not do it for anybody; log-in(1)
# asks once more
wrong()
{
	guarded "$1" "${4:-wrong-horse}"
	vm_expect "$VM_LOGIN" 'Login incorrect'
	menu_again
	! vm_shows "$2" || atf_fail "anybody may do $1"
	vm_password "$3"
}

# back to the prompt of the menu
menu_again()
{
	vm_expect "$VM_LOGIN" 'office login:'
}

# new_password PASSWORD AGAIN
new_password()
{
	vm_expect "$VM_LOGIN" 'New password'
	vm_type "$1"
	vm_expect "$VM_LOGIN" 'same again'
	vm_type "$2"
}

atf_test_case menu cleanup
menu_head()
{
	atf_set descr "the nine items, with a password set; by ssh as well"
	atf_set require.user root
}
menu_body()
{
	needs
	need ssh ip
	{
		settings
		ssh_settings
	} >box.txt
	vm_disk box.txt
	netns_add vm
	VM_SSH=$(netns_name vm)
	vm_start
	vm_expect "$VM_BOOT" 'br0  *10\.0\.2\.'
	menu_again
	ssh_menu

	vm_type 1
	vm_expect "$VM_LOGIN" 'br0 10\.0\.2\.'
	menu_again
	guarded 2 correct-horse
	vm_expect "$VM_LOGIN" 'There is none'
	menu_again

	# 3: not without the old one, nor a short one, nor two different ones
	wrong 3 'New password' correct-horse
	vm_expect "$VM_LOGIN" 'New password'
	vm_type short
	vm_expect "$VM_LOGIN" '10 to 128 characters'
	menu_again
	guarded 3 correct-horse
	new_password battery-staple battery-stable
	vm_expect "$VM_LOGIN" 'were different'
	menu_again
	guarded 3 correct-horse
	new_password battery-staple battery-staple
	vm_expect "$VM_LOGIN" 'password is set'
	menu_again
	vm_type 5
	vm_expect "$VM_LOGIN" 'Ping which'
	vm_type 10.0.2.2
	vm_expect "$VM_LOGIN" ' 0% packet loss'
	menu_again
	# the old one counts no more
	wrong 6 'syslogd started' battery-staple correct-horse
	vm_expect "$VM_LOGIN" 'syslogd started'
	vm_expect "$VM_LOGIN" 'More'
	vm_type q
	menu_again
	guarded 7 battery-staple
	vm_expect "$VM_LOGIN" 'office#'
	vm_run 'id -u' '^0'
	vm_type exit
	menu_again

	vm_type 8
	vm_expect "$VM_LOGIN" 'Restarting'
	vm_expect "$VM_BOOT" 'Longwire, slot a'
	vm_expect "$VM_BOOT" 'up after'
	menu_again
	vm_type 9
	vm_expect "$VM_LOGIN" 'Switching off'
	vm_ends 120
	clean_cfg
}
menu_cleanup()
{
	vm_stop
	netns_cleanup
}

# It was unmounted.
clean_cfg()
{
	_part=$(vm_part cfg)
	dd if=disk.img of=cfg.img bs=512 skip="${_part% *}" \
	    count="${_part#* }" status=none
	atf_check -o ignore -e ignore e2fsck -f -n cfg.img
	atf_check -o save:super -e ignore dumpe2fs -h cfg.img
	atf_check -o match:'state: *clean$' cat super
	atf_check -o not-match:needs_recovery cat super
}

# first_menu ITEM: of a box without password, once the menu stands
first_menu()
{
	vm_type ''
	vm_expect "$VM_LOGIN" 'Choose 1 to 9: $'
	vm_type "$1"
}

# reset FIRMWARE
reset()
{
	needs
	[ "$1" = bios ] || [ -f "$OVMF/OVMF_CODE_4M.fd" ] ||
	    unavailable "package ovmf is missing"
	settings >box.txt
	vm_disk box.txt
	VM_HW="-m 256 $(vm_firmware "$1") $(vm_disk_on virtio)
	    $(vm_card virtio-net-pci 0)"
	vm_start
	vm_expect "$VM_BOOT" 'office login:'
	vm_type 4
	vm_expect "$VM_LOGIN" 'Type RESET'
	vm_type reset
	vm_expect "$VM_LOGIN" 'Nothing was changed'
	menu_again
	vm_type 4
	vm_expect "$VM_LOGIN" 'Type RESET'
	vm_type RESET
	vm_expect 60 'Restarting'
	# longwire.txt, which the first boot took, is not taken again
	vm_expect "$VM_BOOT" 'nobody can log in'
	vm_shows 'on longwire' || atf_fail "these are not a new box's settings"
	# two lines: that of the menu's head, and then the item's
	vm_setup_code 120 >code
	code=$(cat code)
	first_menu 2
	# the prompt may come out around what is typed; not the menu's head
	vm_expect "$VM_LOGIN" "\(^\|: \)$code\$"
	first_menu 7
	vm_expect "$VM_LOGIN" 'Nobody can log in'
	first_menu 6
	vm_expect "$VM_LOGIN" 'syslogd started'
	vm_expect "$VM_LOGIN" 'More'
	vm_type q
	# who stands there chooses the first password
	first_menu 3
	new_password battery-staple battery-staple
	vm_expect "$VM_LOGIN" 'password is set'
	vm_expect "$VM_LOGIN" 'longwire login:'
	vm_log_in battery-staple 'longwire#'
}

atf_test_case reset_bios cleanup
reset_bios_head()
{
	atf_set descr "factory reset by the menu; the menu of a new box"
}
reset_bios_body()
{
	reset bios
}
reset_bios_cleanup()
{
	vm_stop
}

atf_test_case reset_uefi cleanup
reset_uefi_head()
{
	atf_set descr "the same, booted by UEFI"
}
reset_uefi_body()
{
	reset uefi
}
reset_uefi_cleanup()
{
	vm_stop
}

# screen FIRMWARE NAME QEMU-WORD...: the menu by the machine's own keyboard and
# screen, whose text the kernel keeps in /dev/vcs1
screen()
{
	needs
	[ "$1" = bios ] || [ -f "$OVMF/OVMF_CODE_4M.fd" ] ||
	    unavailable "package ovmf is missing"
	fw=$1
	name=$2
	shift 2
	settings >box.txt
	vm_disk box.txt
	VM_HW="-m 256 $(vm_firmware "$fw") $(vm_disk_on virtio)
	    $(vm_card virtio-net-pci 0) -device VGA $*"
	vm_start
	vm_expect "$VM_BOOT" 'br0  *10\.0\.2\.'
	vm_log_in correct-horse 'office#'
	vm_keys 1 ret
	vm_run 'for i in $(seq 90); do
	    grep -q "br0 10\.0\.2\." /dev/vcs1 &&
	    grep -q "4  factory reset" /dev/vcs1 && break; sleep 1; done
	    fold -w $(stty -F /dev/tty1 size | cut -d " " -f 2) /dev/vcs1' \
	    'br0 10\.0\.2\.'
	vm_shows '4  factory reset' || atf_fail "no menu on the screen"
	vm_picture "$name"
	# not an empty picture: the text is white on black
	vm_monitor 'screendump screen.ppm'
	[ "$(tr -d '\0' <screen.ppm | wc -c)" -gt 10000 ] ||
	    atf_fail "the screen is dark"
	vm_keys 9 ret
	vm_ends 120
}

atf_test_case screen_bios cleanup
screen_bios_head()
{
	atf_set descr "VGA by BIOS, with a PS/2 keyboard"
}
screen_bios_body()
{
	screen bios console-bios
}
screen_bios_cleanup()
{
	vm_stop
}

atf_test_case screen_uefi cleanup
screen_uefi_head()
{
	atf_set descr "the firmware's frame buffer by UEFI, with a USB keyboard"
}
screen_uefi_body()
{
	screen uefi console-uefi -device qemu-xhci -device usb-kbd
}
screen_uefi_cleanup()
{
	vm_stop
}

atf_init_test_cases()
{
	atf_add_test_case menu
	atf_add_test_case reset_bios
	atf_add_test_case reset_uefi
	atf_add_test_case screen_bios
	atf_add_test_case screen_uefi
}
