# SPDX-License-Identifier: ISC
# suite: system
# flavours: amd64
# exclusive: yes
# timeout: 600
# The walk of t_run, from the set-up codes of three boxes to a ping across, and a
# factory reset, where each box has another firmware and another disk. (Each pair
# of them boots in t_matrix.) Pictures are left in obj/screenshots/run-matrix.

. "$LW_TOP/regress/web/walk.subr"

atf_test_case walk cleanup
walk_head()
{
	atf_set descr "set up by browser to a ping: BIOS and UEFI, SATA and NVMe"
	atf_set require.user root
}
walk_body()
{
	need qemu-system-x86_64 dnsmasq busybox socat nft openssl curl
	[ -f /usr/share/OVMF/OVMF_CODE_4M.fd ] ||
	    unavailable "package ovmf is missing"
	walk_tools
	RUN_NAME=run-matrix CHECK=1 SETUP=browser RUN_SHORT=1 \
	    RUN_HARDWARE="bios-sata uefi-nvme uefi-virtio" \
	    sh "$LW_TOP/image/run.sh" >out 2>&1 || {
		cat out
		atf_fail "the walk: $(tail -n 1 out)"
	}
	cat out
	atf_check -o match:'PC in A pings PC in B' -o match:'reset at its console' \
	    cat out
	for step in hub-3-settings office-a-4-saved hub-7-status office-b-8-new; do
		[ -s "$LW_TOP/obj/screenshots/run-matrix/$step.png" ] ||
		    atf_fail "no picture $step"
	done
}
walk_cleanup()
{
	RUN_NAME=run-matrix sh "$LW_TOP/image/run.sh" stop
}

atf_init_test_cases()
{
	atf_add_test_case walk
}
