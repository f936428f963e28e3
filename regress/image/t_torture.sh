# SPDX-License-Identifier: ISC
# suite: system
# flavours: amd64
# timeout: 2400
# What a booted box writes during an upgrade is recorded, with its flushes, from
# the bundle's first byte to the new version's having come up. Whatever a power
# cut at any moment of that leaves of it, a whole version boots with its
# settings: a model of the boot loader says so of many states, see h_torture,
# and some are booted. What is written to a disk of U-Boot's is the same, and its
# script would start the same. make torture: TORTURE_STATES=all TORTURE_BOOTS=30.

. "$LW_TOP/regress/image/vm.subr"
. "$LW_TOP/regress/image/upgrade.subr"
. "$LW_TOP/regress/image/uboot.subr"
. "$LW_TOP/regress/longwire.subr"

STATES=${TORTURE_STATES:-100}	# at least
BOOTS=${TORTURE_BOOTS:-3}
SEED=1

# with the libraries that ship; what it runs has the machine's own
torture()
{
	_lib=$LW_TOP/obj/sysroot/amd64/usr/lib
	"${_lib}64/ld-linux-x86-64.so.2" \
	    --library-path "$_lib/x86_64-linux-gnu" \
	    "$LW_HELPERS/image/h_torture" "$@"
}

# record: before.img, the disk; writes.log, what was written to it; $first, the
# entry of that with which the upgrade begins
record()
{
	: >writes.log
	VM_HW=$(hardware "-blockdev driver=blklogwrites,node-name=d0,\
file.driver=file,file.filename=disk.img,\
log.driver=file,log.filename=writes.log \
	    -device virtio-blk-pci,drive=d0")
	cp --sparse=always disk.img before.img
	vm_start
	log_in
	vm_run 'cfgctl set system.timezone JST-9; sync' STATUS-0
	first=$(torture -e writes.log)
	try next
	log_in
	vm_run 'sysupgrade status; sync' '^state confirmed'
	vm_monitor quit
	vm_ends 30
}

# well.sh FILE SLOT: whether the settings of a partition are those that were
# made, for the version of that slot; as rc.d/cfg and rc.d/settings do
settings_check()
{
	head -n 7 "$LW_TOP/obj/image/amd64/longwire.bundle" |
	    sed -n 's/^version //p' >version.a
	echo 99.1+next.development >version.b
	cat >well.sh <<-'END'
		set -eu
		e2fsck -p "$1" >fsck.out 2>&1 || [ $? -eq 1 ] ||
		    { e2fsck -y "$1" >fsck.out 2>&1 || [ $? -eq 1 ]; }
		rm -rf cfg
		mkdir cfg
		debugfs -R 'rdump / cfg' "$1" >debugfs.out 2>&1
		cfgctl()
		{
			sh "$LW_TOP/regress/lw.sh" cfgctl -d cfg \
			    -V "$version" "$@"
		}
		version=version.$2
		cfgctl adapt >adapt.out
		[ "$(cfgctl get system.timezone)" = JST-9 ]
	END
}

# loader.sh FILE SLOTS: whether U-Boot's script starts these
loader_check()
{
	dd if=before.img of=state.img bs=512 skip="${1% *}" count="${1#* }" \
	    status=none
	uboot_cmd arm64-virt state.img
	cat >loader.sh <<-END
		[ "\$(python3 "$LW_TOP/regress/image/uboot.py" \
		    arm64-virt/boot.cmd "\$1" \${#2})" = "\$2" ]
	END
}

# boots NUMBER: that state, for real
boots()
{
	torture -w "$1" -f "$first" -s $SEED before.img writes.log >disk.img ||
	    atf_fail "state $1 cannot be made"
	vm_start
	log_in
	vm_run 'cfgctl get system.timezone; hubctl show hubs' '^JST-9'
	vm_shows '^hub  *main' || atf_fail "state $1: no hub"
	echo "state $1 boots: $(grep -ao 'Longwire, slot [ab]' serial.log)"
}

atf_test_case upgrade cleanup
upgrade_head()
{
	atf_set descr "power cuts at every moment of an upgrade"
	atf_set require.user root
}
upgrade_body()
{
	needs
	need e2fsck debugfs python3
	next next
	usb next
	settings >hub.txt
	vm_disk hub.txt
	record
	for p in bios loader boot-a root-a boot-b root-b state cfg; do
		echo "$p $(vm_part $p)"
	done >parts
	settings_check
	loader_check "$(vm_part state)"
	# some lose the same, and count once
	[ "$STATES" = all ] || set -- -n $((STATES * 2))
	torture "$@" -u 'sh loader.sh' -f "$first" -s $SEED before.img \
	    writes.log parts "$LW_TOP/obj/image/amd64/longwire.bundle" \
	    "$LW_TOP/obj/image/test-next/longwire.bundle" 'sh well.sh' \
	    >result || {
		cat result
		atf_fail "a power cut may leave a box that does not work"
	}
	tail -n 1 result | sed 's/^/torture: /' |
	    tee "${LW_FIGURES:-.}/torture"
	n=$(sed -n 's/.* \([0-9]*\) states checked.*/\1/p' result)
	[ "$n" -ge "$([ "$STATES" = all ] && echo 1000 || echo "$STATES")" ] ||
	    atf_fail "these were only $n states"
	# and it would notice: as if the disk had not kept what was flushed
	atf_check -s exit:1 -o match:'which is not whole' torture -F -n 200 \
	    -f "$first" -s $SEED before.img writes.log parts \
	    "$LW_TOP/obj/image/amd64/longwire.bundle" \
	    "$LW_TOP/obj/image/test-next/longwire.bundle" true
	VM_HW=$(hardware)
	for n in $(torture -l "$BOOTS" -f "$first" before.img writes.log); do
		boots "$n"
	done
}
upgrade_cleanup()
{
	vm_stop
}

atf_init_test_cases()
{
	atf_add_test_case upgrade
}
