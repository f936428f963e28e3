# SPDX-License-Identifier: ISC
# suite: system
# flavours: amd64
# timeout: 900
# The image boots by both firmwares, from each kind of disk, with two network
# cards of each kind, and runs an office in as little memory as it may have.
# With one of each, drivers find the second card first; the names do not care.
#
#	firmware	disk	cards		MiB
#	bios		virtio	virtio-net	128
#	bios		ahci	e1000e		128
#	uefi		nvme	one of each	192
#	uefi		virtio	e1000e		192
#
# By UEFI 180 MiB are the least that load. The kernel's stub unpacks it into 54
# MiB in one piece while the firmware is still at work; of 128 MiB OVMF leaves
# two pieces of 38 MiB, with its stack between them, and GRUB's heap is 32 MiB.

. "$LW_TOP/regress/image/vm.subr"

# An office: a hub, and a virtual NIC that joins it, in one box.
# shellcheck disable=SC2016 # a hash
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
			port eth1
		}
		interface br0 {
			address 10.0.2.15/24
			gateway 10.0.2.2
		}
	}
	hubd {
		listen 0.0.0.0:443
		hub main {
			user tokyo {
				password "$scrypt$ln=15,r=8,p=1$E0I+ksagRenGSBZ5nXXM+g$gxZlQuRAh8JmJ0I4L0ubeSpcOcPmA2ad86Bjp653Lk0"
			}
		}
	}
	vnicd {
		vnic office {
			bridge br0
			server 10.0.2.15:443
			hub main
			user tokyo
			password "change me"
			pin sha256/mouPtCh6owhf2g7XD6/Y2AMaeI8N2xyDrHrqN1QxwWc=
			stay-local yes
		}
	}
	EOF
}

# boot FIRMWARE DISK CARD MEMORY
boot()
{
	need qemu-system-x86_64 sgdisk mcopy socat
	[ -f "$VM_IMG" ] || unavailable "no image; run make image"
	[ "$1" = bios ] || [ -f "$OVMF/OVMF_CODE_4M.fd" ] ||
	    unavailable "package ovmf is missing"
	settings >settings.txt
	vm_disk settings.txt
	VM_HW="-m $4 $(vm_firmware "$1") $(vm_disk_on "$2")
	    $(vm_card "${3%,*}" 0) $(vm_card "${3#*,}" 1)"
	vm_start
	vm_expect "$VM_BOOT" 'office login:'
	vm_log_in correct-horse 'office#'
	case $1 in
	bios)	vm_run '[ ! -d /sys/firmware/efi ]; echo $?' '^0' ;;
	uefi)	vm_run '[ -d /sys/firmware/efi ]; echo $?' '^0' ;;
	esac
	vm_run 'cat /sys/class/net/eth[01]/address | tr "\n" ,' \
	    "${VM_MAC}0,${VM_MAC}1,"
	vm_run 'ls -d /sys/class/net/br0/brif/eth* | wc -l' '^2$'
	# a card may take some seconds to find its link
	vm_run 'for i in 1 2 3 4 5; do ping -c 1 -W 3 10.0.2.2 && break; done' \
	    ' 0% packet loss'
	vm_run 'pidof hubd && pidof vnicd' '^[0-9]'
	vm_run '! dmesg | grep -i "out of memory\|killed process"' STATUS-0
	vm_run 'free' 'Mem:'
	# (a log-in takes 32 MB as long as it lasts)
	vm_run 'for i in $(seq 40); do
	    n=$(awk "/MemAvailable/ { print \$2 }" /proc/meminfo)
	    [ $n -le 16384 ] || break; sleep 2; done; [ $n -gt 16384 ]' STATUS-0
	vm_run '/etc/rc status' 'done at'
	# what it took, for the reader of the test's output
	tr -d '\r' <serial.log | grep -a 'Mem:\|up after\|done at'
}

# matrix_case NAME FIRMWARE DISK CARD MEMORY
matrix_case()
{
	eval "
	atf_test_case $1 cleanup
	$1_head() { atf_set descr '$2, $3 disk, $4 cards, $5 MiB'; }
	$1_body() { boot $2 $3 $4 $5; }
	$1_cleanup() { vm_stop; }"
}

matrix_case bios_virtio bios virtio virtio-net-pci 128
matrix_case bios_ahci bios ahci e1000e 128
matrix_case uefi_nvme uefi nvme virtio-net-pci,e1000e 192
matrix_case uefi_virtio uefi virtio e1000e 192

atf_init_test_cases()
{
	atf_add_test_case bios_virtio
	atf_add_test_case bios_ahci
	atf_add_test_case uefi_nvme
	atf_add_test_case uefi_virtio
}
