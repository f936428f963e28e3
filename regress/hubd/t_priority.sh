# SPDX-License-Identifier: ISC
# flavours: amd64
# Which of hubd's processes come first when it is started to do so, and how
# many threads it has.

. "$LW_TOP/regress/netns.subr"
. "$LW_TOP/regress/longwire.subr"

# nices: "ROLE PRIORITY" of each thread of each child
nices()
{
	# shellcheck disable=SC2013 # numbers
	for _pid in $(cat "/proc/$(netns_pid hub)/task/"*/children); do
		tr '\0' ' ' <"/proc/$_pid/cmdline" >cmdline
		for _task in "/proc/$_pid/task/"*; do
			echo "$(sed 's/.* -x \([a-z]*\).*/\1/' cmdline)" \
			    "$(sed 's/.*) //' "$_task/stat" | cut -d ' ' -f 17)"
		done
	done | sort -u
}

atf_test_case tunnel cleanup
tunnel_head()
{
	atf_set descr "frames come before other programs, scrypt does not"
	atf_set require.user root
}
tunnel_body()
{
	need ip jq renice
	netns_add h
	hub_conf hub <<-EOF
		threads 2
		hub default {
			$(hub_user officea secret)
		}
	EOF
	LW_PRIORITY=7
	start_hubd hub h
	nices >found
	atf_check -o inline:"auth 10\ndata -7\nkey -7\n" cat found
}
tunnel_cleanup()
{
	netns_cleanup
}

atf_test_case single cleanup
single_head()
{
	atf_set descr "on a single processor there is one thread"
	atf_set require.user root
}
single_body()
{
	need ip jq taskset
	netns_add h
	hub_conf hub <<-EOF
		threads 3
		hub default {
		}
	EOF
	LW_CPUS=0
	start_hubd hub h
	atf_check -o inline:"1\n" hub_stat hub threads
	netns_stop hub
	[ "$(nproc)" -gt 1 ] || atf_skip "there is but one"
	LW_CPUS=0-1
	start_hubd hub h
	atf_check -o inline:"3\n" hub_stat hub threads
}
single_cleanup()
{
	netns_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case tunnel
	atf_add_test_case single
}
