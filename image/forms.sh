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

# The content ID of a VMDK is a random number; here it is of the contents.
vmdk()
{
	convert vmdk -o subformat=streamOptimized,adapter_type=lsilogic "$1"
	id=$(sha256sum < "$OUT/longwire.img" | cut -c 1-8)
	old=$(grep -a -m 1 -o '^CID=[0-9a-f]*' "$1")
	at=$(grep -a -b -m 1 -o '^CID=[0-9a-f]*' "$1" | cut -d : -f 1)
	[ ${#old} -eq 12 ] || die "no content ID in the VMDK"
	printf 'CID=%s' "$id" | dd of="$1" bs=1 seek="$at" conv=notrunc \
	    status=none
}

step_vmdk()
{
	vmdk "$OUT/longwire.vmdk.new"
	mv "$OUT/longwire.vmdk.new" "$OUT/longwire.vmdk"
}

# Hyper-V's; with random numbers in it, so that no two are the same.
step_vhdx()
{
	convert vhdx -o subformat=dynamic "$OUT/longwire.vhdx.new"
	mv "$OUT/longwire.vhdx.new" "$OUT/longwire.vhdx"
}

# A description of the machine (OVF 1.0), the disk, and the hashes of both, in
# this order, in a tar archive.
step_ova()
{
	rm -rf "$W/ova"
	mkdir -p "$W/ova"
	vmdk "$W/ova/longwire-disk1.vmdk"
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
