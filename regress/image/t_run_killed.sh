# SPDX-License-Identifier: ISC
# suite: system
# flavours: amd64
# exclusive: yes
# timeout: 300
# The next make run, or its stop, removes what a killed one left.

atf_test_case killed cleanup
killed_head()
{
	atf_set descr "what a killed make run left is removed"
	atf_set require.user root
}
killed_body()
{
	need qemu-system-x86_64 dnsmasq busybox socat nft openssl curl
	made=$LW_TOP/obj/run-test/netns.made
	RUN_NAME=run-test sh "$LW_TOP/image/run.sh" >out 2>&1 &
	pid=$!
	wait_until 30 grep -q '^pid hub ' "$made" || {
		cat out
		atf_fail "no machine starts"
	}
	kill -9 $pid
	id=$(sed -n 's/^id //p' "$made")
	qemu=$(awk '$1 == "pid" && $2 == "hub" { print $3 }' "$made")
	atf_check -o match:"$id-inet" ip netns list
	atf_check kill -0 "$qemu"
	RUN_NAME=run-test atf_check sh "$LW_TOP/image/run.sh" stop
	atf_check -o not-match:"$id" ip netns list
	case $(sed 's/.*) //' "/proc/$qemu/stat" 2>/dev/null) in
	'' | Z*)	;;
	*)		atf_fail "QEMU still runs" ;;
	esac
}
killed_cleanup()
{
	RUN_NAME=run-test sh "$LW_TOP/image/run.sh" stop
}

atf_init_test_cases()
{
	atf_add_test_case killed
}
