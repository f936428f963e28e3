# SPDX-License-Identifier: ISC
# flavours: amd64
# exclusive: yes
# timeout: 1200
# What make run shows, on three machines booted from the image, set up by their
# web forms with a real browser. Its pictures are left in
# obj/screenshots/run-test.

. "$LW_TOP/regress/web/walk.subr"

atf_test_case run cleanup
run_head()
{
	atf_set descr "a hub and two offices, set up by form, are one LAN"
	atf_set require.user root
}
run_body()
{
	need qemu-system-x86_64 dnsmasq busybox socat nft openssl curl
	walk_tools
	RUN_NAME=run-test CHECK=1 SETUP=browser \
	    sh "$LW_TOP/image/run.sh" >out 2>&1 || {
		cat out
		atf_fail "make run CHECK=1: $(tail -n 1 out)"
	}
	cat out
	for step in hub-3-settings office-a-4-saved office-b-7-status; do
		[ -s "$LW_TOP/obj/screenshots/run-test/$step.png" ] ||
		    atf_fail "no picture $step"
	done
}
run_cleanup()
{
	RUN_NAME=run-test sh "$LW_TOP/image/run.sh" stop
}

atf_init_test_cases()
{
	atf_add_test_case run
}
