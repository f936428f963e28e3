# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# The virtual machines and their consoles; sourced by run.sh. Of machine NAME
# there are, in the run's folder:
#
#	NAME.img	its disk, a copy of the image
#	NAME.vars	what its UEFI remembers
#	NAME.sock	its serial console; one client at a time
#	NAME.serial	what the console has shown
#	NAME.in		a pipe to the console while this script uses it

VM_MEMORY=256
VM_CPU=max
VM_BOOT=240		# seconds that a machine may take to show its console
VM_OVMF=/usr/share/OVMF	# UEFI for virtual machines

# vm_accel: how QEMU is to run guests: kvm or tcg. A /dev/kvm may be there and
# not work, or be slower than emulation: a boot sector that writes K to the
# serial port has to do so at once.
vm_accel()
{
	[ -w /dev/kvm ] || { echo tcg; return; }
	# mov dx,3f8; mov al,'K'; out dx,al; mov al,10; out f4,al; hlt
	printf '\272\370\003\260K\356\260\020\346\364\364\353\375' >probe.bin
	truncate -s 510 probe.bin
	printf '\125\252' >>probe.bin
	timeout -s KILL 1 qemu-system-x86_64 -accel kvm -cpu "$VM_CPU" \
	    -m "$VM_MEMORY" -nodefaults -display none -no-reboot \
	    -serial file:probe.out \
	    -device isa-debug-exit,iobase=0xf4,iosize=4 \
	    -drive file=probe.bin,format=raw,snapshot=on \
	    </dev/null >probe.log 2>&1 || :
	if [ "$(cat probe.out 2>/dev/null)" = K ]; then
		echo kvm
	else
		echo tcg
	fi
}

# vm_hardware NAME: its FIRMWARE-DISK
vm_hardware()
{
	case $1 in
	hub)		_n=1 ;;
	office-a)	_n=2 ;;
	office-b)	_n=3 ;;
	esac
	echo "$hardware" | cut -d ' ' -f $_n
}

# The next two print QEMU's words: vm_firmware NAME, vm_disk NAME
vm_firmware()
{
	case $(vm_hardware "$1") in
	bios-*)	return 0 ;;
	uefi-*)	;;
	*)	die "RUN_HARDWARE: the firmware of $1 is not bios or uefi" ;;
	esac
	[ -e "$VM_OVMF/OVMF_CODE_4M.fd" ] || die "package ovmf is missing"
	cp "$VM_OVMF/OVMF_VARS_4M.fd" "$1.vars"
	echo "-drive if=pflash,unit=0,readonly=on,format=raw,file=$VM_OVMF/OVMF_CODE_4M.fd"
	echo "-drive if=pflash,unit=1,format=raw,file=$1.vars"
}

vm_disk()
{
	echo "-drive file=$1.img,if=none,id=d0,format=raw,cache=unsafe"
	case $(vm_hardware "$1") in
	*-virtio)	echo "-device virtio-blk-pci,drive=d0" ;;
	*-sata)		echo "-device ahci,id=sata" \
			    "-device ide-hd,drive=d0,bus=sata.0" ;;
	*-nvme)		echo "-device nvme,drive=d0,serial=longwire" ;;
	*)	die "RUN_HARDWARE: the disk of $1 is not virtio, sata or nvme" ;;
	esac
}

# vm_start NAME NS TAP: boots the image as it ships.
vm_start()
{
	cp --sparse=always "$image" "$1.img"
	vm_boot "$@"
}

# vm_boot NAME NS TAP: boots the disk as it is.
vm_boot()
{
	_hw="$(vm_firmware "$1") $(vm_disk "$1")"
	: >"$1.serial"
	rm -f "$1.sock"
	# shellcheck disable=SC2086 # several words
	netns_spawn "$1" "$2" qemu-system-x86_64 -name "$1" -accel "$accel" \
	    -cpu "$VM_CPU" -m "$VM_MEMORY" -nodefaults -display none -no-reboot \
	    -device virtio-rng-pci $_hw \
	    -netdev "tap,id=n0,ifname=$3,script=no,downscript=no" \
	    -device "virtio-net-pci,netdev=n0,mac=$(vm_mac "$1")" \
	    -chardev "socket,id=c0,path=$1.sock,server=on,wait=off,logfile=$1.serial" \
	    -serial chardev:c0
	await 10 "QEMU to open the console of $1" "$1.log" test -S "$1.sock"
	console_open "$1"
}

vm_mac()
{
	case $1 in
	hub)		echo 02:4c:57:00:00:02 ;;
	office-a)	echo 02:4c:57:00:0a:02 ;;
	office-b)	echo 02:4c:57:00:0b:02 ;;
	esac
}

console_open()
{
	mkfifo "$1.in"
	# the pipe is open for writing as well, so that it never ends
	netns_spawn "$1-console" inet sh -c \
	    "exec socat - UNIX-CONNECT:$1.sock <>$1.in >/dev/null"
}

console_close()
{
	netns_stop "$1-console"
	rm -f "$1.in"
}

# console_reset NAME: by the menu, all settings are a new box's; the machine ends.
console_reset()
{
	_mark=$(wc -c <"$1.serial")
	console_type "$1" 4
	await 20 "the question of $1" "$1.serial" console_shows "$1" 'Type RESET'
	console_type "$1" RESET
	await 60 "the end of $1" "$1.serial" vm_ended "$1"
	console_close "$1"
}

vm_ended()
{
	! netns_alive "$1"
}

# console_type NAME TEXT: as at a keyboard, then Enter.
console_type()
{
	printf '%s\r' "$2" >"$1.in"
}

# console_log_in NAME: as the administrator.
console_log_in()
{
	_mark=$(wc -c <"$1.serial")
	# it shows that there is a password now when it looks again
	await 60 "the log-in prompt of $1" "$1.serial" \
	    grep -q 'login:' "$1.serial"
	console_type "$1" root
	await 20 "the password prompt of $1" "$1.serial" \
	    console_shows "$1" 'assword:'
	console_type "$1" "$admin_password"
	# what is typed earlier is lost
	await 20 "the shell of $1" "$1.serial" console_shows "$1" '[a-z]# '
	console_run "$1" true || die "the log-in on $1 failed"
}

console_log_out()
{
	_mark=$(wc -c <"$1.serial")
	console_type "$1" exit
	await 20 "the log-in prompt of $1" "$1.serial" \
	    console_shows "$1" 'login:'
}

# console_run NAME COMMAND: runs it in the log-in shell; prints what it says,
# returns its status. Not more than console_limit seconds, see await.
console_limit=60
console_run()
{
	_mark=$(wc -c <"$1.serial")
	# the quotes keep the echo of what is typed apart from the answer
	console_type "$1" "echo lw''begin; $2; echo lw''end \$?"
	await "$console_limit" "the end of '$2' on $1" "$1.serial" \
	    console_shows "$1" 'lwend [0-9]*$'
	console_since "$1" |
	    sed -n '/^lwbegin$/,/lwend [0-9]*$/p' |
	    sed '1d; s/lwend [0-9]*$//; ${/^$/d}'
	return "$(console_since "$1" | sed -n 's/.*lwend \([0-9]*\)$/\1/p' |
	    tail -n 1)"
}

# console_shows NAME PATTERN
console_shows()
{
	console_since "$1" | grep -q "$2"
}

# What the console has shown since _mark, without carriage returns.
console_since()
{
	tail -c "+$((_mark + 1))" "$1.serial" | tr -d '\r'
}
