# SPDX-License-Identifier: ISC
# shellcheck shell=sh disable=SC2034
#
# The boot loader of PCs, for BIOS and UEFI; sourced by build.sh, which calls the
# first three functions (see there).

# Kernel and initrd, and their checksums: GRUB does not start what is damaged.
grub_boot()
{
	cp "$W/kernel" "$W/boot.d/vmlinuz"
	cp "$W/initrd" "$W/boot.d/initrd"
	(cd "$W/boot.d" && for f in *; do
		echo "$(crc32 < "$f")  $f"
	done) > "$W/sums"
	mv "$W/sums" "$W/boot.d/sums"
}

# The CRC-32 of standard input, from where gzip(1) puts it.
crc32()
{
	gzip -1 | tail -c 8 | od -An -tx1 -N4 |
	    awk '{ print $4 $3 $2 $1 }'
}

# One grub.cfg for both firmwares. Both cores look for it on the partition that
# they came from, whatever number the firmware gives the disk.
grub_loader()
{
	upgrade table > "$W/table"
	sed -e "/@TABLE@/ {
		r $W/table
		d
	    }" -e "s/@BOOT_A@/$(part_number boot-a)/" \
	    -e "s/@BOOT_B@/$(part_number boot-b)/" \
	    -e "s/@STATE@/$(part_number state)/" \
	    -e "s/@CMDLINE@/$(cat "$CONF/cmdline")/" \
	    "$CONF/grub.cfg" > "$W/grub.cfg"
	grub_core i386-pc core.img "$GRUB_MODULES $GRUB_BIOS"
	grub_core x86_64-efi core.efi "$GRUB_MODULES $GRUB_UEFI"
	mmd -i "$W/loader.img" ::/grub ::/EFI ::/EFI/BOOT
	mcopy -i "$W/loader.img" "$W/grub.cfg" ::/grub/grub.cfg
	mcopy -i "$W/loader.img" "$W/core.efi" ::/EFI/BOOT/BOOTX64.EFI
}

# grub_core FORMAT FILE MODULES
grub_core()
{
	# shellcheck disable=SC2086
	run "$TOOLS" usr/bin/grub-mkimage -O "$1" \
	    -d "$PKGS/usr/lib/grub/$1" \
	    -p "(,gpt$(part_number loader))/grub" -o "$W/$2" $3
}

# le64 NUMBER: little-endian, 8 bytes
le64()
{
	n=$1
	for _ in 1 2 3 4 5 6 7 8; do
		# shellcheck disable=SC2059
		printf "\\$(printf %03o $((n & 255)))"
		n=$((n >> 8))
	done
}

# poke OFFSET: standard input into the disk
poke()
{
	dd of="$W/disk.img" bs=1 seek="$1" conv=notrunc status=none
}

# What grub-bios-setup does: boot.img into the first 440 bytes, with the core
# image's sector at 0x5c and the jump at 0x66 (a check for floppies' drive
# numbers) made two NOPs; core.img into the BIOS boot partition, with the
# sector of its own rest in the block list at 0x1f4 of its first sector.
grub_disk()
{
	put "$W/core.img" bios
	start=$(layout | awk '$2 == "bios" { print $4 }')
	dd if="$PKGS/usr/lib/grub/i386-pc/boot.img" of="$W/disk.img" bs=440 \
	    count=1 conv=notrunc status=none
	le64 "$start" | poke 92
	printf '\220\220' | poke 102
	le64 "$((start + 1))" | poke $((start * 512 + 500))
}
