# SPDX-License-Identifier: ISC
# suite: system
# flavours: amd64
# timeout: 600
# The same programs, packages and commit make the same image, byte by byte, at
# another time, in another folder and for another user's umask and time zone.
# (make release-check compiles all of it anew as well.)

. "$LW_TOP/regress/image/vm.subr"

OUT=$LW_TOP/obj/image/amd64

atf_test_case image
image_head()
{
	atf_set descr "the image step twice: disk, medium, bundle, materials"
}
image_body()
{
	need sgdisk mcopy mksquashfs openssl
	[ -f "$VM_IMG" ] || unavailable "no image; run make image"
	# of the forms, those that are there
	forms=
	for f in iso qcow2 vmdk vhdx ova; do
		[ ! -f "$OUT/longwire.$f" ] || forms="$forms $f"
	done
	mkdir -p elsewhere/obj/image
	# (the trees of packages are made anew: they know where they are)
	for d in amd64 cache keys sysroot; do
		ln -s "$LW_TOP/obj/$d" elsewhere/obj/$d
	done
	(
		umask 077
		TZ=Asia/Tokyo IMAGE_FORMS=$forms OBJ=$PWD/elsewhere/obj \
		    sh "$LW_TOP/image/build.sh" amd64
	) >build.out 2>&1 || {
		cat build.out
		atf_fail "it does not build elsewhere"
	}
	for f in img bundle $forms; do
		atf_check cmp "$OUT/longwire.$f" \
		    "elsewhere/obj/image/amd64/longwire.$f"
	done
	atf_check cmp "$OUT/sbom.json" elsewhere/obj/image/amd64/sbom.json
}

atf_init_test_cases()
{
	atf_add_test_case image
}
