# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# The medium: an ISO image for a CD or, as it is, for a USB disk, which BIOS and
# UEFI start. Longwire runs from it without a disk, and installs itself on one
# (etc/libexec/install). Sourced by build.sh, after the parts of the disk were
# made. On it, in /longwire:
#
#	boot.img, root.img	of both slots
#	NAME.gz			what else is on the disk
#	disk			where it all goes: lines of offset and file
#	initrd			that of the slots, with the drivers of media

ISO_ID=LONGWIRE
ISO_MODULES="iso9660 fat ext2 part_gpt part_msdos normal configfile linux test
    echo serial terminal search search_fs_file loopback minicmd reboot halt
    regexp true sleep"

# iso_core FORMAT FILE MODULES: a core that looks for the medium it is on
iso_core()
{
	# shellcheck disable=SC2086
	run "$TOOLS" usr/bin/grub-mkimage -O "$1" \
	    -d "$PKGS/usr/lib/grub/${1%-eltorito}" -c "$W/iso.early" \
	    -p /boot/grub -o "$2" $ISO_MODULES $3
}

iso_loader()
{
	cat > "$W/iso.early" <<-END
	search --set=root --file /longwire/disk
	set prefix=(\$root)/boot/grub
	END
	mkdir -p "$W/iso/boot/grub"
	sed "s/@CMDLINE@/$(cat "$CONF/cmdline")/" "$CONF/iso.cfg" \
	    > "$W/iso/boot/grub/grub.cfg"
	iso_core i386-pc-eltorito "$W/iso/boot/grub/bios.img" biosdisk
	iso_core x86_64-efi "$W/iso.efi" efi_gop
	rm -f "$W/efi.img"
	truncate -s 2M "$W/efi.img"
	mformat -i "$W/efi.img" -v "$ISO_ID" -N 4c570002 ::
	mmd -i "$W/efi.img" ::/EFI ::/EFI/BOOT
	mcopy -i "$W/efi.img" "$W/iso.efi" ::/EFI/BOOT/BOOTX64.EFI
}

# The initrd of a slot, which is told by a file that it is on a medium.
iso_initrd()
{
	mkdir -p "$W/live.d"
	cp -a "$INITRD/." "$W/live.d/"
	# shellcheck disable=SC2046
	modules "$W/live.d" $(module_names initrd) $(module_names medium)
	pack_initrd "$W/live.d" "$W/iso/longwire/initrd" "zstd -q -9"
}

# What is on the disk besides the slots, packed, and where all of it goes.
iso_pieces()
{
	mib=1048576
	set -- "$(part_start boot-a)" "$(part_start state)"
	dd if="$W/disk.img" bs=512 count="$1" status=none |
	    gzip -n -9 > "$W/iso/longwire/head.gz"
	dd if="$W/disk.img" bs=512 skip="$2" status=none |
	    gzip -n -9 > "$W/iso/longwire/tail.gz"
	{
		echo "0 head.gz"
		for s in a b; do
			for p in boot root; do
				echo "$(($(part_start $p-$s) / 2048)) $p.img"
			done
		done
		echo "$(($2 / 2048)) tail.gz"
	} > "$W/iso/longwire/disk"
	echo "$(($(stat -c %s "$W/disk.img") / mib))" > "$W/iso/longwire/size"
	ln "$W/boot.img" "$W/root.img" "$W/iso/longwire/"
}

part_start()
{
	layout | awk -v n="$1" '$2 == n { print $4 }'
}

step_iso()
{
	rm -rf "$W/iso"
	mkdir -p "$W/iso/longwire"
	iso_loader
	iso_initrd
	iso_pieces
	find "$W/iso" -exec touch -h -d "@$EPOCH" {} +
	rm -f "$W/longwire.iso"
	xorriso -as mkisofs -quiet -r -V "$ISO_ID" -o "$W/longwire.iso" \
	    --grub2-mbr "$PKGS/usr/lib/grub/i386-pc/boot_hybrid.img" \
	    --gpt_disk_guid "$(uuid iso)" --mbr-force-bootable \
	    -append_partition 2 0xef "$W/efi.img" -appended_part_as_gpt \
	    -c /boot/catalog -b /boot/grub/bios.img -no-emul-boot \
	    -boot-load-size 4 -boot-info-table --grub2-boot-info \
	    -eltorito-alt-boot -e --interval:appended_partition_2:all:: \
	    -no-emul-boot "$W/iso"
	mv "$W/longwire.iso" "$OUT/longwire.iso"
}
