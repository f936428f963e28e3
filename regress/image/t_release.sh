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
	# shellcheck source=image/bundle.sh
	. "$LW_TOP/image/bundle.sh"
	EPOCH=$(epoch)
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
	UPGRADE_KEY=key
	built one two
	echo firmware >obj/image/two/longwire.firmware
	# as make was given it: of the folder that make runs in
	UPGRADE_KEY=key
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

atf_test_case no_git
no_git_head()
{
	atf_set descr "sources without git: one date for all that is built"
}
no_git_body()
{
	mkdir top
	cp -R "$LW_TOP/image" "$LW_TOP/Makefile" top/
	mkdir top/sys top/usr.sbin top/etc top/ports
	cp "$LW_TOP/LICENSE" top/
	find top -type f -exec touch -d '2026-01-02 03:04:05 UTC' {} +
	echo new >top/etc/newest
	touch -d '2026-02-03 04:05:06 UTC' top/etc/newest
	LW_TOP=$PWD/top
	GIT_DIR=$PWD/none
	export GIT_DIR
	unset SOURCE_DATE_EPOCH
	number=
	UPGRADE_KEY=
	built one
	atf_check_equal 0.20260203.040506+unknown.development "$VERSION"
	RELEASE=out
	export RELEASE
	atf_check -o match:"longwire-0.20260203.040506.*-one.bundle" release one
	atf_check -o match:'built outside of git' cat out/NOTES.txt
}

atf_test_case check
check_head()
{
	atf_set descr "release-check: the other build gets the same key"
}
check_body()
{
	need git make
	mkdir -p top/image top/obj/release
	cd top || atf_fail "no top"
	cp "$LW_TOP/image/release-check.sh" "$LW_TOP/image/bundle.sh" image/
	printf 'release:\n\t@mkdir -p obj/release\n' >Makefile
	printf '\t@cat $(UPGRADE_KEY) | cksum >obj/release/SHA256SUMS\n' \
	    >>Makefile
	printf 'release-check:\n\t@sh image/release-check.sh\n' >>Makefile
	echo /obj/ >.gitignore
	echo /key >>.gitignore
	echo the key >key
	{
		git init -q . && git add . && git -c user.name=a \
		    -c user.email=a@b.invalid commit -q -m all
	} || atf_fail "git"
	cksum <key >obj/release/SHA256SUMS
	# an argument of make, a variable around it, none
	atf_check -o inline:'same      SHA256SUMS\n' \
	    make -s release-check UPGRADE_KEY=key
	atf_check -o inline:'same      SHA256SUMS\n' \
	    env UPGRADE_KEY=key make -s release-check
	cksum </dev/null >obj/release/SHA256SUMS
	atf_check -s not-exit:0 -o match:DIFFERENT -e ignore \
	    make -s release-check UPGRADE_KEY=key
}

atf_init_test_cases()
{
	atf_add_test_case signed
	atf_add_test_case refused
	atf_add_test_case no_git
	atf_add_test_case check
}
