# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# The disk in the forms that virtual machines want; sourced by build.sh. Each is
# made from longwire.img.

convert()
{
	qemu-img convert -f raw "$OUT/longwire.img" -O "$@"
}

step_qcow2()
{
	convert qcow2 -c "$OUT/longwire.qcow2.new"
	mv "$OUT/longwire.qcow2.new" "$OUT/longwire.qcow2"
}

# vmdk FILE NAME: a VMDK that will have that name. Its content ID is a random
# number, of up to eight digits; here it is of the contents.
vmdk()
{
	convert vmdk -o subformat=streamOptimized,adapter_type=lsilogic "$1"
	id=$(sha256sum < "$OUT/longwire.img" | cut -c 1-8)
	# where the description is, and how long, in sectors
	# shellcheck disable=SC2046 # two numbers
	set -- "$1" "$2" $(od -An -tu8 -j28 -N16 "$1")
	dd if="$1" bs=512 skip="$3" count="$4" status=none | tr -d '\000' |
	    sed -e "s/^CID=.*/CID=$id/" \
	    -e "s/\\( SPARSE \\).*/\\1\"$2\"/" > "$W/vmdk.txt"
	grep -qx "CID=$id" "$W/vmdk.txt" || die "no content ID in the VMDK"
	truncate -s $(($4 * 512)) "$W/vmdk.txt"
	dd if="$W/vmdk.txt" of="$1" bs=512 seek="$3" conv=notrunc status=none
}

step_vmdk()
{
	vmdk "$OUT/longwire.vmdk.new" longwire.vmdk
	mv "$OUT/longwire.vmdk.new" "$OUT/longwire.vmdk"
}

# crc32c: of standard input, as a number (RFC 3385)
crc32c()
{
	crc=4294967295
	for byte in $(od -An -v -tu1); do
		crc=$((crc ^ byte))
		for _ in 1 2 3 4 5 6 7 8; do
			crc=$((crc >> 1 ^ (2197175160 & -(crc & 1))))
		done
	done
	echo $((crc ^ 4294967295))
}

# le32 NUMBER: its four bytes, the lowest first
le32()
{
	for shift in 0 8 16 24; do
		# shellcheck disable=SC2059
		printf "$(printf '\\%03o' $(($1 >> shift & 255)))"
	done
}

# vhdx_fields CHECKSUM NUMBER: a header of a VHDX ([MS-VHDX], 2.2.2) like that in
# vhdx.head, but with these and with GUIDs made of the contents
vhdx_fields()
{
	printf head
	le32 "$1"
	le32 "$2"
	le32 0
	openssl dgst -sha256 -binary < "$OUT/longwire.img"
	tail -c +49 "$W/vhdx.head"
}

# vhdx_head FILE BLOCK NUMBER: nothing random in one of its two headers, that in
# this block of 4 KiB, which gets this sequence number
vhdx_head()
{
	dd if="$1" bs=4096 skip="$2" count=1 status=none > "$W/vhdx.head"
	[ "$(head -c 4 "$W/vhdx.head")" = head ] || die "no header in the VHDX"
	vhdx_fields "$(vhdx_fields 0 "$3" | crc32c)" "$3" |
	    dd of="$1" bs=4096 seek="$2" conv=notrunc iflag=fullblock status=none
}

# Hyper-V's. What is left in its log, of 1 MiB behind the first, is of no use, as
# the headers, which name none, say.
step_vhdx()
{
	new=$OUT/longwire.vhdx.new
	convert vhdx -o subformat=dynamic "$new"
	[ "$(od -An -v -tu1 -j65584 -N16 "$new" | tr -d ' 0')" = "" ] ||
	    die "the VHDX was not closed"
	# the disk's own GUID (2.6.2.6), where the table of metadata says that it is
	[ "$(od -An -v -tx4 -j3145824 -N20 "$new" | tr -d ' \n')" = \
	    beca12ab4523b2e609c3ef9346c700e000010010 ] ||
	    die "no GUID in the VHDX"
	openssl dgst -sha256 -binary < "$OUT/longwire.img" |
	    dd of="$new" bs=16 count=1 seek=200705 conv=notrunc status=none
	vhdx_head "$new" 16 1
	vhdx_head "$new" 32 2
	dd if=/dev/zero of="$new" bs=1048576 seek=1 count=1 conv=notrunc status=none
	mv "$new" "$OUT/longwire.vhdx"
}

# A description of the machine (OVF 1.0), the disk, and the hashes of both, in
# this order, in a tar archive.
step_ova()
{
	rm -rf "$W/ova"
	mkdir -p "$W/ova"
	vmdk "$W/ova/longwire-disk1.vmdk" longwire-disk1.vmdk
	sed -e "s/@VERSION@/$VERSION/" \
	    -e "s/@CAPACITY@/$(stat -c %s "$OUT/longwire.img")/" \
	    -e "s/@SIZE@/$(stat -c %s "$W/ova/longwire-disk1.vmdk")/" \
	    "$TOP/image/longwire.ovf" > "$W/ova/longwire.ovf"
	for f in longwire.ovf longwire-disk1.vmdk; do
		echo "SHA256($f)= $(sha256sum < "$W/ova/$f" | cut -c 1-64)"
	done > "$W/ova/longwire.mf"
	tar -C "$W/ova" -c -f "$OUT/longwire.ova.new" --format=ustar \
	    --owner=0 --group=0 --numeric-owner --mode=644 \
	    --mtime="@$EPOCH" longwire.ovf longwire.mf longwire-disk1.vmdk
	mv "$OUT/longwire.ova.new" "$OUT/longwire.ova"
}
