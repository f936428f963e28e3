# SPDX-License-Identifier: ISC
# suite: system
# flavours: amd64
# timeout: 300
# The images of boards that nobody has at hand: is everything where the boot ROM,
# U-Boot and the kernel of such a board look for it?

# board NAME: OUT, IMG, and what it is made of; partitions in parts, kernel's
# device trees in $dtbs
board()
{
	need python3 mcopy debugfs unsquashfs xz cpio
	OUT=$LW_TOP/obj/image/$1
	IMG=$OUT/longwire.img
	PKGS=$LW_TOP/obj/pkgs/arm64
	[ -f "$IMG" ] || unavailable "no $IMG; run make image TARGET=$1"
	# shellcheck source=image/rock-pi-e/target
	. "$LW_TOP/image/$1/target"
	facts gpt "$IMG" >parts || atf_fail "no partition table"
	kver=$(ls "$PKGS/usr/lib/modules")
	dtbs=$PKGS/usr/lib/linux-image-$kver
	for s in a b; do
		part boot-$s
		part root-$s
	done
	atf_check cmp boot-a boot-b
	atf_check cmp root-a root-b
	atf_check -o ignore -e ignore unsquashfs -n -d root root-a
}

facts()
{
	python3 "$LW_TOP/regress/image/board.py" "$@"
}

first()
{
	awk -v n="$1" '$1 == n { print $2 }' parts
}

last()
{
	awk -v n="$1" '$1 == n { print $3 }' parts
}

# part NAME: a partition, as a file
part()
{
	dd if="$IMG" of="$1" bs=512 skip="$(first "$1")" \
	    count=$(($(last "$1") - $(first "$1") + 1)) status=none
}

# of_slot FILE: from the boot partition
of_slot()
{
	debugfs -R "dump /$1 $1" boot-a 2>/dev/null
	[ -s "$1" ] || atf_fail "no $1 in the boot partition"
}

# at FILE SECTOR: that file is there, byte by byte
at()
{
	atf_check cmp -n "$(stat -c %s "$1")" -i "$(($2 * 512)):0" "$IMG" "$1"
}

# The script is where U-Boot looks for it, whole, and all of it filled in.
script()
{
	atf_check -o match:'^loader [0-9]+ [0-9]+ ESP$' cat parts
	mcopy -n -i "$IMG@@$(($(first loader) * 512))" ::/boot.scr \
	    ::/longwire.txt . || atf_fail "no boot.scr"
	atf_check -o inline:'os 5 arch 22 type 6 comp 0 load 00000000 Longwire\n' \
	    python3 "$LW_TOP/regress/image/board.py" uimage boot.scr boot.cmd
	atf_check -s exit:1 grep '@[A-Z]*@' boot.cmd
	atf_check -o match:"longwire.slot=[^ ]+ console=$IMAGE_SERIAL," \
	    grep bootargs boot.cmd
	states=$(sh "$LW_TOP/regress/lw.sh" sysupgrade table | wc -l)
	[ "$(grep -c 'if test "${word}" =' boot.cmd)" -eq "$states" ] ||
	    atf_fail "not all of $states states are in the script"
}

# uboot_has CONFIG OPTION=VALUE...: what the script and the slot want of U-Boot,
# and that, by how Debian's was configured
uboot_has()
{
	zcat "$PKGS/usr/share/doc/$1.gz" >config || atf_fail "no $1"
	shift
	for o in HUSH_PARSER CMD_SOURCE CMD_PART CMD_FS_GENERIC CMD_FAT \
	    CMD_EXT2 CMD_IMPORTENV CMD_EXPORTENV CMD_SETEXPR CMD_MEMORY \
	    CMD_MMC MMC_WRITE CMD_BOOTM CMD_SLEEP EFI_PARTITION LZMA; do
		set -- "$@" $o=y
	done
	for o; do
		grep -qx "CONFIG_$o" config || atf_fail "U-Boot lacks $o"
	done
	limit=$(sed -n 's/^CONFIG_SYS_BOOTM_LEN=//p' config)
	atf_check test "$(stat -c %s vmlinuz)" -le $((limit))
}

# slot: the kernel, packed in kernel, is the package's, and the initrd
# unpacked; both have the modules, of which initrd.d and root have lists
slot()
{
	xz --format=lzma -dc kernel >vmlinuz || atf_fail "no packed kernel"
	atf_check cmp vmlinuz "$PKGS/boot/vmlinuz-$kver"
	mkdir initrd.d
	xz -dc ramdisk | (cd initrd.d && cpio -id --quiet) ||
	    atf_fail "no initrd"
	read -r name size sum <initrd.d/etc/root
	[ "$(head -c "$size" root-a | sha256sum)" = "$sum  -" ] ||
	    atf_fail "the initrd wants another root ($name)"
	atf_check -o inline:"${OUT##*/}\n" cat root/usr/share/longwire/target
}

# driven TREE DTB NODE...: each of those devices has a module in the tree
driven()
{
	_tree=$1 _dtb=$2
	shift 2
	facts drivers "$_dtb" \
	    "$_tree/usr/lib/modules/$kver/modules.alias" \
	    "$@" >driven.out
	cat driven.out
	! grep -q nobody driven.out && [ -s driven.out ]
}

# module TREE NAME...
module()
{
	_tree=$1
	shift
	for m; do
		[ -n "$(find "$_tree/usr/lib/modules" -name "$m.ko")" ] ||
		    atf_fail "no module $m in $_tree"
	done
}

atf_test_case rock_pi_e
rock_pi_e_head()
{
	atf_set descr "ROCK Pi E: boot ROM's image, U-Boot with BL31, slot, drivers"
}
rock_pi_e_body()
{
	board rock-pi-e
	from=$PKGS/usr/lib/u-boot/rock-pi-e-rk3328
	# the ROM reads sector 64: behind the table, before any partition
	facts idblock "$IMG" >idblock || atf_fail "nothing for the boot ROM"
	read -r magic start end <idblock
	[ "$magic $start" = "RK32 64" ] || atf_fail "$magic at sector $start"
	at "$from/idbloader.img" 64
	[ "$end" -lt "$(head -n 1 parts | cut -d ' ' -f 2)" ] ||
	    atf_fail "the ROM's image reaches into a partition"
	# which loads this; its part of the disk is a partition's, which holds
	# the environment as well
	facts fit "$IMG" 16384 >itb || atf_fail "no FIT of U-Boot"
	atf_check -o match:'^atf-1 firmware 00040000 BL31$' \
	    -o match:'^u-boot standalone 00200000' -o match:'^fdt-1 flat_dt' \
	    cat itb
	at "$from/u-boot.itb" 16384
	end=$(sed -n 's/^sectors [0-9]* //p' itb)
	atf_check test "$(first uboot)" -le $((0x3f8000 / 512))
	atf_check test "$end" -le "$(last uboot)"

	script
	of_slot longwire.fit
	facts fit longwire.fit 0 . >fit || atf_fail "no FIT of the slot"
	atf_check -o match:'^kernel kernel 02000000' -o match:'^initrd ramdisk' \
	    -o match:'^fdt flat_dt' cat fit
	atf_check cmp fdt "$dtbs/$UBOOT_DTB"
	mv initrd ramdisk
	slot
	memory
	uboot_has u-boot-rockchip/configs/config.rock-pi-e-rk3328 FIT=y \
	    BOOTMETH_SCRIPT=y ENV_OFFSET=0x3F8000 \
	    SYS_MMCSD_RAW_MODE_U_BOOT_SECTOR=0x4000

	atf_check -o inline:'ethernet@ff540000 dwmac_rk\nethernet@ff550000 dwmac_rk\n' \
	    driven root fdt ethernet
	module root realtek rockchip
	atf_check -o match:'mmc@ff500000 dw_mmc_rockchip' \
	    -o match:'watchdog@ff1a0000 dw_wdt' \
	    driven initrd.d fdt mmc i2c gpio watchdog '*-regulator'
	module initrd.d rk808-regulator
}
# memory: the kernel is unpacked to where nothing else lies, as far as U-Boot's
# environment says
memory()
{
	size=$(facts kernel vmlinuz)
	strings "$from/u-boot.itb" >itb.txt
	script=$(sed -n 's/^scriptaddr=//p' itb.txt)
	slot=$(sed -n 's/^ramdisk_addr_r=//p' itb.txt)
	atf_check test $((script + $(stat -c %s boot.scr))) -le $((UBOOT_KERNEL))
	atf_check test $((UBOOT_KERNEL + size)) -le $((slot))
}

atf_test_case espressobin
espressobin_head()
{
	atf_set descr "ESPRESSObin: script, slot, device trees, drivers"
}
espressobin_body()
{
	board espressobin
	# U-Boot looks at the first partition if it finds none better
	[ "$(head -n 1 parts | cut -d ' ' -f 1)" = loader ] ||
	    atf_fail "the first partition is not the loader's"
	script
	of_slot kernel.uimg
	of_slot initrd.uimg
	image 2 3 10000000 kernel.uimg kernel
	image 3 0 00000000 initrd.uimg ramdisk
	slot
	uboot_has u-boot-mvebu/configs/config.mvebu_espressobin-88f3720 \
	    DISTRO_DEFAULTS=y LEGACY_IMAGE_FORMAT=y CMD_IMI=y
	for d in $UBOOT_DTB; do
		of_slot "${d##*/}.uimg"
		image 5 0 00000000 "${d##*/}.uimg" fdt
		atf_check cmp fdt "$dtbs/$d"
		atf_check -o ignore grep "= $d; then setenv dtb ${d##*/}; fi" \
		    boot.cmd
		atf_check -o match:'^ethernet@30000 mvneta$' \
		    -o match:'^ethernet-switch@1 mv88e6xxx$' \
		    driven root fdt 'ethernet*' mdio
		atf_check -o match:'^mmc@d0000 sdhci_xenon_driver$' \
		    -o match:'^watchdog@8300 armada_37xx_wdt$' \
		    driven initrd.d fdt mmc watchdog regulator
	done
	module root marvell tag_dsa
}
# image TYPE COMPRESSION ADDRESS FILE OUT: a legacy image, as bootm wants it
image()
{
	atf_check -o inline:"os 5 arch 22 type $1 comp $2 load $3 Longwire\n" \
	    python3 "$LW_TOP/regress/image/board.py" uimage "$4" "$5"
}

atf_init_test_cases()
{
	atf_add_test_case rock_pi_e
	atf_add_test_case espressobin
}
