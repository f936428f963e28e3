# SPDX-License-Identifier: ISC
# flavours: amd64
# exclusive: yes
# timeout: 1200
# What make run shows, on three machines booted from the image.

atf_test_case run cleanup
run_head()
{
	atf_set descr "a hub and two offices, booted from one image, are one LAN"
	atf_set require.user root
}
run_body()
{
	need qemu-system-x86_64 mcopy dnsmasq busybox socat nft
	RUN_NAME=run-test CHECK=1 sh "$LW_TOP/image/run.sh" >out 2>&1 || {
		cat out
		atf_fail "make run CHECK=1: $(tail -n 1 out)"
	}
	cat out
}
run_cleanup()
{
	RUN_NAME=run-test sh "$LW_TOP/image/run.sh" stop
}

atf_init_test_cases()
{
	atf_add_test_case run
}
