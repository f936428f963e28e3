# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# Firmware that starts U-Boot, for machines that come without; sourced by
# build.sh. It is a file beside the disk, longwire.firmware. A target that wants
# one says
#	IMAGE_FIRMWARE		arm-trusted-firmware, the one there is
#	FIRMWARE_PLATFORM	its platform
#	FIRMWARE_UBOOT		file of U-Boot, below $PKGS

# BL1, and at 256 KiB a FIP with BL2, BL31 and U-Boot: what QEMU's -bios wants.
step_firmware()
{
	# its tools are built among its sources
	flock "$SRC/.lock" env -u MAKEFLAGS -u MAKELEVEL \
	    make -s -C "$SRC/$IMAGE_FIRMWARE" \
	    PLAT="$FIRMWARE_PLATFORM" CROSS_COMPILE="$IMAGE_TRIPLE-" \
	    BUILD_BASE="$W/firmware" BUILD_STRING= \
	    BL33="$PKGS/$FIRMWARE_UBOOT" all fip
	cp "$W/firmware/$FIRMWARE_PLATFORM/release/qemu_fw.bios" \
	    "$OUT/longwire.firmware"
}
