# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# The boot loader of boards; sourced by build.sh, which calls the first three
# functions (see there). A target sets:
#	UBOOT_KERNEL	address that the kernel is unpacked to
#	UBOOT_FORM	what U-Boot starts: fit, one file with all of a slot; or
#			uimage, where U-Boot lacks that: a file each
#	UBOOT_DTB	device tree, a file below the kernel package's folder of
#			them; with uimage also several, of which the one that
#			U-Boot calls fdtfile is taken, or else the first
#	UBOOT_FDT	or U-Boot's variable with the address of the one that the
#			firmware made
#	UBOOT_RAW	if the board's ROM starts something from this disk: pairs
#			of a file, below $PKGS, and the sector it is written to

# Kernel, initrd and device tree, with checksums that U-Boot looks at before it
# starts any of it.
uboot_boot()
{
	uboot_pack
	"uboot_boot_$UBOOT_FORM"
}

# U-Boot knows LZMA, and no xz. That takes long, and boards have the same kernel:
# it is packed once, also by builds side by side.
uboot_pack()
{
	packed=$OBJ/image/kernel-$( (echo "$IMAGE_KERNEL_PACK"
	    cat "$W/kernel") | sha256sum | cut -c 1-16).lzma
	(
		flock 7
		[ -f "$packed" ] || {
			$IMAGE_KERNEL_PACK < "$W/kernel" > "$packed.new"
			mv "$packed.new" "$packed"
		}
	) 7> "$packed.lock"
	cp "$packed" "$W/kernel"
}

uboot_boot_fit()
{
	uboot_fit > "$W/longwire.its"
	mkimage -f "$W/longwire.its" "$W/boot.d/longwire.fit"
}

uboot_boot_uimage()
{
	uimage kernel lzma "$UBOOT_KERNEL" "$W/kernel" kernel
	uimage ramdisk none 0 "$W/initrd" initrd
	for d in $UBOOT_DTB; do
		uimage firmware none 0 "$(dtb "$d")" "${d##*/}"
	done
}

# uimage TYPE COMPRESSION ADDRESS FILE NAME
uimage()
{
	mkimage -A arm64 -O linux -T "$1" -C "$2" -a "$3" -e "$3" -n Longwire \
	    -d "$4" "$W/boot.d/$5.uimg"
}

# fit_image NAME TYPE FILE PROPERTY...
fit_image()
{
	printf '\t\t%s {\n\t\t\tdescription = "%s";\n' "$1" "$1"
	printf '\t\t\ttype = "%s";\n\t\t\tdata = /incbin/("%s");\n' "$2" "$3"
	shift 3
	printf '\t\t\t%s;\n' 'arch = "arm64"' 'os = "linux"' "$@"
	printf '\t\t\thash { algo = "crc32"; };\n\t\t};\n'
}

uboot_fit()
{
	printf '/dts-v1/;\n/ {\n\tdescription = "Longwire";\n'
	printf '\t#address-cells = <1>;\n\timages {\n'
	fit_image kernel kernel "$W/kernel" 'compression = "lzma"' \
	    "load = <$UBOOT_KERNEL>" "entry = <$UBOOT_KERNEL>"
	fit_image initrd ramdisk "$W/initrd" 'compression = "none"'
	[ -z "$UBOOT_DTB" ] || fit_image fdt flat_dt "$(dtb "$UBOOT_DTB")" \
	    'compression = "none"'
	printf '\t};\n\tconfigurations {\n\t\tdefault = "slot";\n'
	printf '\t\tslot {\n\t\t\tkernel = "kernel";\n'
	printf '\t\t\tramdisk = "initrd";\n'
	[ -z "$UBOOT_DTB" ] || printf '\t\t\tfdt = "fdt";\n'
	printf '\t\t};\n\t};\n};\n'
}

# dtb FILE: where it is
dtb()
{
	echo "usr/lib/linux-image-$KVER/$1" >> "$W/taken"
	echo "$PKGS/usr/lib/linux-image-$KVER/$1"
}

# What starts a slot, for the script.
uboot_start()
{
	"uboot_start_$UBOOT_FORM" | sed 's/^/\t/'
}

uboot_start_fit()
{
	fdt=
	[ -z "$UBOOT_FDT" ] || fdt=" \${fit}#slot \${$UBOOT_FDT}"
	cat <<-END
	if load \${devtype} \${devnum}:\${number} \${fit} /longwire.fit; then
		bootm \${fit}#slot$fdt
	fi
	END
}

# To bootm a device tree is one without a header, of whose checksum it knows
# nothing, so that this is looked at before.
uboot_start_uimage()
{
	# shellcheck disable=SC2086 # a list
	set -- $UBOOT_DTB
	echo "setenv dtb ${1##*/}"
	for d; do
		echo "if test \"\${fdtfile}\" = $d; then setenv dtb ${d##*/}; fi"
	done
	cat <<-'END'
	if load ${devtype} ${devnum}:${number} ${kernel_addr_r} /kernel.uimg; then
	if load ${devtype} ${devnum}:${number} ${ramdisk_addr_r} /initrd.uimg; then
	if load ${devtype} ${devnum}:${number} ${fdt_addr_r} /${dtb}.uimg; then
	if iminfo ${fdt_addr_r}; then
		setexpr fdt ${fdt_addr_r} + 40
		bootm ${kernel_addr_r} ${ramdisk_addr_r} ${fdt}
	fi; fi; fi; fi
	END
}

# The script that U-Boot looks for and runs.
uboot_loader()
{
	uboot_script
	mkimage -A arm64 -T script -C none -n Longwire -d "$W/boot.cmd" \
	    "$W/boot.scr"
	mcopy -i "$W/loader.img" "$W/boot.scr" ::/boot.scr
}

# $W/boot.cmd, its text
uboot_script()
{
	upgrade table | uboot_table > "$W/table"
	uboot_block > "$W/block"
	uboot_start > "$W/start"
	sed -e "/@TABLE@/ {
		r $W/table
		d
	    }" -e "/@BLOCK@/ {
		r $W/block
		d
	    }" -e "/@START@/ {
		r $W/start
		d
	    }" \
	    -e "s/@CMDLINE@/$(cat "$CONF/cmdline")/" \
	    "$TOP/image/boot.cmd" > "$W/boot.cmd"
}

# GRUB's table, in the words of the script: without an associative array, and
# with less room for variables than there are states
uboot_table()
{
	sed -e 's/^set t_\(.\)\(.*\)="\(.\) \(.*\)"$/if test "${word}" = \1\2; then setenv seq \1; setenv to \3; setenv then \4/' \
	    -e '2,$s/^/el/'
	echo 'else setenv seq; fi'
}

# What a copy of the boot state begins with, from one that is there.
uboot_block()
{
	od -An -v -tx4 -w4 -j512 -N32 --endian=little "$W/state.img" |
	    sed 's/^ *\(.*\)/mw.l ${p} \1; setexpr p ${p} + 4/'
}

# What the boot ROM starts lies before the partitions, or in one of its own.
uboot_disk()
{
	# shellcheck disable=SC2086 # pairs
	set -- $UBOOT_RAW
	while [ $# -ge 2 ]; do
		dd if="$PKGS/$1" of="$W/disk.img" bs=512 seek="$2" \
		    conv=notrunc status=none
		shift 2
	done
}
