# SPDX-License-Identifier: ISC
# suite: system
# flavours: amd64
# timeout: 900
# The other forms of the disk hold the same; and the medium: it is booted from a
# CD by BIOS, installs itself on a disk after a question, and that disk boots;
# from USB by UEFI it runs, too.

. "$LW_TOP/regress/image/vm.subr"

OUT=$LW_TOP/obj/image/amd64
UP=600			# seconds to a menu on a busy machine

needs_form()
{
	for _f in "$@"; do
		[ -f "$OUT/longwire.$_f" ] ||
		    unavailable "no longwire.$_f; run make images"
	done
}

atf_test_case disks
disks_head()
{
	atf_set descr "qcow2, vmdk, vhdx, ova: contents, description, hashes"
}
disks_body()
{
	need qemu-img python3
	needs_form qcow2 vmdk vhdx ova
	for f in qcow2 vmdk vhdx; do
		atf_check -o match:identical qemu-img compare -F "$f" \
		    -f raw "$VM_IMG" "$OUT/longwire.$f"
	done
	# the description is the first of an archive
	atf_check -o inline:'longwire.ovf\nlongwire.mf\nlongwire-disk1.vmdk\n' \
	    tar -tf "$OUT/longwire.ova"
	tar -xf "$OUT/longwire.ova"
	sed 's/^SHA256(\(.*\))= \(.*\)/\2  \1/' longwire.mf >sums
	atf_check -o ignore sha256sum -c sums
	atf_check -o match:identical qemu-img compare -F vmdk -f raw \
	    "$VM_IMG" longwire-disk1.vmdk
	cat >check.py <<-'END'
		import os, xml.etree.ElementTree as et
		ns = "{http://schemas.dmtf.org/ovf/envelope/1}"
		root = et.parse("longwire.ovf").getroot()
		f = root.find(f"{ns}References/{ns}File")
		assert int(f.get(ns + "size")) == os.path.getsize(
		    f.get(ns + "href"))
		disk = root.find(f"{ns}DiskSection/{ns}Disk")
		assert disk.get(ns + "fileRef") == f.get(ns + "id")
		print(disk.get(ns + "capacity"))
	END
	atf_check -o inline:"$(stat -c %s "$VM_IMG")\n" python3 check.py
}

# medium cd|usb FIRMWARE: a machine with the medium and an empty disk
medium()
{
	echo "-m 256 $(vm_firmware "$2") $(vm_disk_on virtio)"
	vm_card virtio-net-pci 0
	case $1 in
	cd)	echo "-cdrom $OUT/longwire.iso -boot d" ;;
	usb)	echo "-device qemu-xhci
		    -drive file=$OUT/longwire.iso,if=none,id=u0,format=raw,readonly=on
		    -device usb-storage,drive=u0,bootindex=0" ;;
	esac
}

atf_test_case medium cleanup
medium_head()
{
	atf_set descr "from a CD by BIOS onto a disk; from USB by UEFI"
}
medium_body()
{
	need qemu-system-x86_64 socat
	[ -f "$OVMF/OVMF_CODE_4M.fd" ] || unavailable "no $OVMF"
	needs_form iso
	truncate -s 128M disk.img
	VM_HW=$(medium cd bios)
	vm_start
	vm_expect $UP 'i  install on a disk'
	vm_expect $UP 'Choose'
	vm_shows 'nothing is kept' || atf_fail "it does not say that it is live"
	# first without saying ERASE
	install vda no
	vm_expect 60 'Nothing was changed'
	[ "$(tr -d '\000' <disk.img | wc -c)" -eq 0 ] ||
	    atf_fail "the disk was written to"
	install vda ERASE
	vm_expect $UP 'Longwire is installed on vda'
	vm_stop
	truncate -s "$(stat -c %s "$VM_IMG")" disk.img
	atf_check cmp disk.img "$VM_IMG"
	truncate -s 128M disk.img
	VM_HW=
	vm_start
	vm_expect $UP 'healthy after'
	vm_stop

	VM_HW=$(medium usb uefi)
	vm_start
	vm_expect $UP 'i  install on a disk'
	vm_expect $UP 'healthy after'
	# not on itself
	vm_type i
	vm_expect 60 'Install on which'
	vm_shows '  sda' && atf_fail "the medium is offered, too"
	:
}
# install DISK ANSWER
install()
{
	vm_type i
	vm_expect 60 'Install on which of these'
	vm_shows "$1 " || atf_fail "$1 is not offered"
	vm_type "$1"
	vm_expect 60 'Type ERASE'
	vm_type "$2"
}
medium_cleanup()
{
	vm_stop
}

atf_init_test_cases()
{
	atf_add_test_case disks
	atf_add_test_case medium
}
