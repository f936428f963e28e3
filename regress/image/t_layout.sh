# SPDX-License-Identifier: ISC
# suite: system
# flavours: amd64
# What is in the image, without booting it.

. "$LW_TOP/regress/image/vm.subr"

OUT=$LW_TOP/obj/image/amd64

needs()
{
	need sgdisk unsquashfs jq mcopy readelf
	[ -f "$VM_IMG" ] || unavailable "no image; run make image"
	cp --sparse=always "$VM_IMG" disk.img
}

# part NAME: its contents, in the file NAME.img
part()
{
	_p=$(vm_part "$1")
	[ -n "$_p" ] || atf_fail "no partition $1"
	dd if=disk.img of="$1.img" bs=512 skip="${_p% *}" count="${_p#* }" \
	    status=none
}

root()
{
	needs
	part root-a
	unsquashfs -q -n -d root root-a.img >/dev/null ||
	    atf_fail "slot A has no root"
}

atf_test_case partitions
partitions_head()
{
	atf_set descr "partition table, both slots alike, size"
}
partitions_body()
{
	needs
	sgdisk -v disk.img >out
	atf_check -o match:'No problems found' cat out
	[ "$(stat -c %s disk.img)" -le $((96 * 1048576)) ] ||
	    atf_fail "larger than 96 MiB"
	sgdisk -p disk.img | awk '$1 ~ /^[0-9]+$/ { print $7, $6 }' >names
	cat >want <<-EOF
	bios EF02
	loader EF00
	boot-a 8300
	root-a 8300
	boot-b 8300
	root-b 8300
	state 8300
	cfg 8300
	EOF
	atf_check diff want names
	# what an upgrade downloads
	[ "$(stat -c %s "$OUT/longwire.bundle")" -le $((24 * 1048576)) ] ||
	    atf_fail "a slot is larger than 24 MiB"
	for p in boot root; do
		part $p-a
		part $p-b
		atf_check cmp $p-a.img $p-b.img
	done
	part loader
	atf_check -o match:'longwire.txt' -o match:grub mdir -b -i loader.img ::
	atf_check -o match:BOOTX64.EFI mdir -b -i loader.img ::/EFI/BOOT
	part cfg
	atf_check -o ignore -e ignore e2fsck -f -n cfg.img
}

atf_test_case files
files_head()
{
	atf_set descr "owners, modes and kinds of the root's files; no log-in"
}
files_body()
{
	root
	unsquashfs -lln root-a.img | grep squashfs-root >list
	awk '$2 != "0/0"' list >bad
	atf_check cat bad
	# no device nodes, nothing set-uid, nothing that others may write
	awk '$1 !~ /^[-dl]/ || $1 ~ /s|t/ ||
	    ($1 !~ /^l/ && substr($1, 9, 1) == "w")' list >bad
	atf_check cat bad
	awk '$1 !~ /^d/ { print $6 }' list |
	    grep -E '\.([aoch]|la|pc|py|pl|gz|xz|[1-9])$|/(gcc|perl|python)' |
	    grep -v '\.so\.\|/longwire/plot\.\(js\|css\)\.gz$' >bad || :
	atf_check cat bad
	atf_check -o match:'^root:!:' cat root/etc/shadow
	awk -F : '$2 !~ /^[!*]/' root/etc/shadow >bad
	atf_check cat bad
	for p in hubd hubctl vnicd vnicctl webconfd cfgctl sysupgrade logtls \
	    acmed dropbear; do
		[ -x root/usr/sbin/$p ] || atf_fail "no $p"
	done
	# every link leads somewhere; those to what is made at boot excepted
	find root -xtype l ! -lname '/*' ! -lname 'var/*' >bad
	atf_check cat bad
}

atf_test_case keys
keys_head()
{
	atf_set descr "whose upgrades it takes; a development build says so"
}
keys_body()
{
	root
	k=root/etc/keys
	# it would take the upgrade that was made of it, and no other
	head -c 4096 "$OUT/longwire.bundle" >header
	id=$(sed -n 's/^signature \([0-9a-f]*\) .*/\1/p;/^$/q' header)
	for f in "$k"/*.pub; do
		openssl pkey -pubin -in "$f" -outform DER | sha256sum |
		    cut -c 1-16
	done >ids
	atf_check -o match:"^$id" cat ids
	if [ -f $k/development.pub ]; then
		atf_check -o match:'[+.]development$' \
		    cat root/usr/share/longwire/version
		for f in issue motd; do
			atf_check -o match:'DEVELOPMENT BUILD' cat root/etc/$f
		done
	else
		atf_check -s exit:1 grep -r -l development \
		    root/usr/share/longwire/version root/etc/issue root/etc/motd
	fi
}

atf_test_case manifest
manifest_head()
{
	atf_set descr "bill of materials: each program and library is in it"
}
manifest_body()
{
	root
	jq -e '.bomFormat == "CycloneDX" and (.components | length) > 20 and
	    (.components | all(.version != "" and (.purl |
	    test("^pkg:(deb/debian|npm)/")) and .licenses[0].expression != "" and
	    (.hashes[0].content | test("^[0-9a-f]{64}$"))))' \
	    "$OUT/sbom.json" >/dev/null || atf_fail "an entry is not complete"
	atf_check cmp "$OUT/sbom.json" root/usr/share/longwire/sbom.json
	atf_check -o file:root/usr/share/longwire/version \
	    jq -r .metadata.component.version "$OUT/sbom.json"
	jq -r '.components[].name' "$OUT/sbom.json" >listed
	awk 'NR == FNR { listed[$1] = 1; next }
	    $2 in listed { print $1 }' listed \
	    "$LW_TOP/obj/pkgs/amd64/.files" | sort >known
	find root -type f | while read -r f; do
		f=${f#root}
		case $(head -c 4 "root$f" | tail -c 3) in
		ELF)	;;
		*)	continue ;;
		esac
		# built from its source
		[ "$f" != /usr/sbin/dropbear ] || {
			grep -qx dropbear listed || echo "$f"
			continue
		}
		# our own
		[ ! -d "$LW_TOP/usr.sbin/${f##*/}" ] || continue
		case ${f##*/} in
		*.ko)	f=$f.xz ;;
		esac
		# a library's file is named by its soname, a link to it
		o=$(realpath --relative-to="$LW_TOP/obj/pkgs/amd64" \
		    "$LW_TOP/obj/pkgs/amd64$f")
		grep -qxF "/$o" known || echo "$f"
	done >bad
	atf_check cat bad
	# and each of them finds what it needs
	for f in root/usr/bin/busybox root/usr/sbin/* \
	    root/usr/lib/x86_64-linux-gnu/*; do
		[ -f "$f" ] || continue
		readelf -d "$f" 2>/dev/null |
		    sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | while read -r l; do
			[ -e "root/usr/lib/x86_64-linux-gnu/$l" ] ||
			    echo "$f: $l"
		done
	done >bad
	atf_check cat bad
}

atf_init_test_cases()
{
	atf_add_test_case partitions
	atf_add_test_case files
	atf_add_test_case keys
	atf_add_test_case manifest
}
