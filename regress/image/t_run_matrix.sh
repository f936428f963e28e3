# SPDX-License-Identifier: ISC
# suite: system
# flavours: amd64
# exclusive: yes
# timeout: 600
# The walk of t_run, from the set-up codes of three boxes to a ping across, and a
# factory reset, with the other firmware and the other disks. (UEFI with a
# virtio disk boots in t_matrix and t_upgrade.) Pictures are left
# in obj/screenshots/run-FIRMWARE-DISK.

. "$LW_TOP/regress/web/walk.subr"

# walk FIRMWARE DISK
walk()
{
	need qemu-system-x86_64 dnsmasq busybox socat nft openssl curl
	[ "$1" = bios ] || [ -f /usr/share/OVMF/OVMF_CODE_4M.fd ] ||
	    unavailable "package ovmf is missing"
	walk_tools
	RUN_NAME=run-$1-$2 CHECK=1 SETUP=browser RUN_SHORT=1 RUN_FIRMWARE=$1 \
	    RUN_DISK=$2 sh "$LW_TOP/image/run.sh" >out 2>&1 || {
		cat out
		atf_fail "the walk: $(tail -n 1 out)"
	}
	cat out
	atf_check -o match:'PC in A pings PC in B' -o match:'reset at its console' \
	    cat out
	for step in hub-3-settings office-a-4-saved hub-7-status office-b-8-new; do
		[ -s "$LW_TOP/obj/screenshots/run-$1-$2/$step.png" ] ||
		    atf_fail "no picture $step"
	done
}

# walk_case FIRMWARE DISK
walk_case()
{
	eval "
	atf_test_case $1_$2 cleanup
	$1_$2_head()
	{
		atf_set descr 'set up by browser to a ping: $1, $2 disk'
		atf_set require.user root
	}
	$1_$2_body() { walk $1 $2; }
	$1_$2_cleanup()
	{
		RUN_NAME=run-$1-$2 sh \"\$LW_TOP/image/run.sh\" stop
	}"
}

walk_case bios sata
walk_case uefi nvme

atf_init_test_cases()
{
	atf_add_test_case bios_sata
	atf_add_test_case uefi_nvme
}
