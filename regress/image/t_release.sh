# SPDX-License-Identifier: ISC
# What a release consists of, from small files in place of images: all is there,
# and whoever has it can see that it is whole and by whom, by NOTES.txt's words.

# built TARGET...: what image/build.sh and image/deb.sh would have made as $VERSION,
# in obj, signed with the file key if $UPGRADE_KEY says so
built()
{
	need openssl git gzip
	TOP=$LW_TOP
	OBJ=$PWD/obj
	export OBJ UPGRADE_KEY
	EPOCH=$(date +%s)
	# shellcheck source=image/bundle.sh
	. "$LW_TOP/image/bundle.sh"
	VERSION=$(IMAGE_VERSION=$number image_version)
	for TARGET; do
		OUT=obj/image/$TARGET
		W=$OUT/work
		mkdir -p "$W"
		for f in boot root; do
			head -c 10000 /dev/urandom >"$W/$f.img"
		done
		step_bundle
		echo "disk of $TARGET" >"$OUT/longwire.img"
		echo '{}' >"$OUT/sbom.json"
	done
	mkdir -p obj/deb
	for p in hubd vnicd; do
		echo $p >"obj/deb/longwire-${p}_${VERSION}_arm64.deb"
	done
	echo old >obj/deb/longwire-hubd_0.1_arm64.deb
}

release()
{
	IMAGE_VERSION=$number sh "$LW_TOP/image/release.sh" "$@"
}

# verify: as NOTES.txt says, every line of it that is a command
verify()
{
	(cd obj/release &&
	    sed -n '/^    openssl pkeyutl/,/^    sha256sum/p' NOTES.txt |
	    sed 's/^ *//' >../verify.sh && sh -e ../verify.sh)
}

atf_test_case signed
signed_head()
{
	atf_set descr "of two targets: its files, their hashes, their signature"
}
signed_body()
{
	number=1.2
	openssl genpkey -algorithm ed25519 -out key || atf_fail "no key"
	UPGRADE_KEY=$PWD/key
	built one two
	echo firmware >obj/image/two/longwire.firmware
	atf_check -o ignore release one two
	id=$(key_id key)
	LC_ALL=C sort >want <<-END
		$id.pub
		NOTES.txt
		SHA256SUMS
		SHA256SUMS.$id.sig
		longwire-1.2-one.bundle
		longwire-1.2-one.img.gz
		longwire-1.2-one.sbom.json
		longwire-1.2-two.bundle
		longwire-1.2-two.firmware
		longwire-1.2-two.img.gz
		longwire-1.2-two.sbom.json
		longwire-hubd_1.2_arm64.deb
		longwire-vnicd_1.2_arm64.deb
	END
	LC_ALL=C ls obj/release >have
	atf_check diff want have
	atf_check -o match:'Longwire 1.2 for one two' -o not-match:DEVELOPMENT \
	    cat obj/release/NOTES.txt
	atf_check -o inline:'disk of one\n' gzip -dc \
	    obj/release/longwire-1.2-one.img.gz
	atf_check -o match:'Signature Verified' -o match:'one.img.gz: OK' verify
	# all but the signatures and what they are of
	atf_check -o inline:'10\n' sh -c 'wc -l <obj/release/SHA256SUMS'

	# a box that has the key takes the bundle
	mkdir -p root/etc/keys root/usr/share/longwire
	cp "obj/release/$id.pub" root/etc/keys/release.pub
	echo 1.0 >root/usr/share/longwire/version
	echo two >root/usr/share/longwire/target
	atf_check -o match:'signed-by release' sh "$LW_TOP/regress/lw.sh" \
	    sysupgrade -r "$PWD/root" -s a check \
	    obj/release/longwire-1.2-two.bundle

	echo >>obj/release/longwire-1.2-one.img.gz
	atf_check -s not-exit:0 -o match:'one.img.gz: FAILED' -e ignore verify
	sed -i '1s/^./x/' obj/release/SHA256SUMS
	atf_check -s not-exit:0 -o match:'Verification Failure' -e ignore verify
}

atf_test_case refused
refused_head()
{
	atf_set descr "an image of another version, or none, makes no release"
}
refused_body()
{
	number=1.2
	UPGRADE_KEY=
	built one
	atf_check -o ignore release one
	atf_check -o match:'DEVELOPMENT BUILD' cat obj/release/NOTES.txt
	atf_check -o ignore verify
	cp -R obj/release before
	number=1.3
	atf_check -s not-exit:0 -e match:'one was not built as 1.3' release one
	number=1.2
	atf_check -s not-exit:0 -e match:'two' release one two
	# and leaves the one before as it was
	atf_check diff -r before obj/release
}

atf_init_test_cases()
{
	atf_add_test_case signed
	atf_add_test_case refused
}
