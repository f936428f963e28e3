# SPDX-License-Identifier: ISC
# timeout: 120
# What U-Boot's script starts of a disk, and writes before, is what the model of
# the boot choice says that t_torture asks: for each pair of boot states, and
# with copies that cannot be written and slots that cannot be started.

. "$LW_TOP/regress/image/uboot.subr"

# new_state: a file of that name, the partition of a new disk
new_state()
{
	h=0123456789abcdef
	cat >header <<-END
		longwire-upgrade 1
		version 1
		target arm64-virt
		minimum 0
		boot 1 $h$h$h$h
		root 1 $h$h$h$h
		signature $h $(head -c 64 /dev/zero | base64 -w 0)

	END
	mkdir disk
	truncate -s 1M disk/state
	upgrade -d disk -s a format header || atf_fail "no state"
	mv disk/state new_state
}

atf_test_case all
all_head()
{
	atf_set descr "U-Boot's script and the model choose alike"
}
all_body()
{
	need python3
	new_state
	uboot_cmd arm64-virt new_state
	"$LW_HELPERS/image/h_boots" >boots
	# 108 states, or none, in either place
	atf_check -o inline:"$((109 * 109)) boots\n" \
	    uboot arm64-virt/boot.cmd <boots
	# a new disk: three boots each, in turns
	atf_check -o inline:'aaabbbaa\n' uboot arm64-virt/boot.cmd new_state
	# it is noticed if a script, or a model, does otherwise
	sed 's/= 01 -o/= 02 -o/' arm64-virt/boot.cmd >wrong.cmd
	atf_check -s exit:1 -e match:AssertionError uboot wrong.cmd <boots
	sed '5s/ a / b /; t; 5s/ b / a /' boots >wrong
	atf_check -s exit:1 -e match:AssertionError \
	    uboot arm64-virt/boot.cmd <wrong
}

atf_test_case boards
boards_head()
{
	atf_set descr "the boards' scripts choose alike, too"
}
boards_body()
{
	need python3
	new_state
	# each tenth boot
	"$LW_HELPERS/image/h_boots" | awk 'NR % 10 == 1' >boots
	for t in "$LW_TOP"/image/*/target; do
		grep -q '^IMAGE_LOADER=uboot' "$t" || continue
		t=$(basename "$(dirname "$t")")
		uboot_cmd "$t" new_state
		atf_check -o inline:"$(wc -l <boots) boots\n" \
		    uboot "$t/boot.cmd" <boots
		echo "$t" >>targets
	done
	[ "$(wc -l <targets)" -ge 3 ] || atf_fail "not all of them"
}

atf_init_test_cases()
{
	atf_add_test_case all
	atf_add_test_case boards
}
