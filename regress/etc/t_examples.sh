# SPDX-License-Identifier: ISC
# flavours: asan amd64
# Every example that ships parses, with the program that reads it.

. "$LW_TOP/regress/longwire.subr"

atf_test_case examples
examples_head()
{
	atf_set descr "the programs accept each file of etc/examples"
}
examples_body()
{
	n=0
	for f in "$LW_TOP"/etc/examples/*; do
		case $(basename "$f") in
		hubd*.conf)	prog="hubd -n -f" ;;
		vnicd*.conf)	prog="vnicd -n -f" ;;
		*.txt)		prog="cfgctl check" ;;
		*)		atf_fail "$f: whose is it?" ;;
		esac
		# a file that only the administrator's machine has
		echo secret >password
		chmod 600 password
		sed "s,^\(.*password-file\) .*,\1 $PWD/password," "$f" >right
		# shellcheck disable=SC2086 # a program and its options
		atf_check -o ignore -e ignore \
		    lw $prog "$PWD/right"
		# and not because it accepts anything: the line is told
		{ cat right; echo "no-such-setting 1"; } >wrong
		line=$(wc -l <wrong)
		# shellcheck disable=SC2086
		atf_check -s not-exit:0 -o ignore -e match:"wrong:$line:" \
		    lw $prog "$PWD/wrong"
		n=$((n + 1))
	done
	[ $n -ge 5 ] || atf_fail "only $n examples"
}

atf_test_case boxes
boxes_head()
{
	atf_set descr "what cfgctl makes of a box's example, the daemons take"
}
boxes_body()
{
	n=0
	mkdir cfg
	for f in "$LW_TOP"/etc/examples/*.txt; do
		n=$((n + 1))
		atf_check -o inline:"$n\n" lw cfgctl -d cfg import "$f"
		for conf in cfg/gen/current/*.conf; do
			prog=$(basename "$conf" .conf)
			atf_check -o ignore -e ignore lw "$prog" -n -f "$conf"
		done
	done
	[ $n -ge 2 ] || atf_fail "only $n examples"
}

atf_init_test_cases()
{
	atf_add_test_case examples
	atf_add_test_case boxes
}
