# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# timeout: 900
# Each target of this directory for a while, with a fixed seed. A fault's
# input is printed in base64.

# what is built, once for all cases
targets()
{
	need clang make flock
	mkdir -p "$LW_TOP/obj/fuzz"
	MAKEFLAGS='' flock "$LW_TOP/obj/fuzz/.lock" \
	    make -s -j "$(nproc)" -C "$LW_TOP" fuzz-targets fuzz_TOOLS= \
	    >build.log 2>&1 || {
		cat build.log
		atf_fail "the targets do not build"
	}
}

# short NAME: a hundred thousand inputs of f_NAME
short()
{
	targets
	status=0
	sh "$LW_TOP/regress/fuzz/fuzz.sh" "$1" "$PWD" -runs=100000 -seed=1 \
	    -max_total_time=60 >fuzz.log 2>&1 || status=$?
	tail -n 40 fuzz.log
	for f in crash-* leak-* timeout-* oom-*; do
		[ ! -e "$f" ] || base64 "$f"
	done
	[ $status -eq 0 ] || atf_fail "f_$1 found something"
	grep -q 'Done [1-9]' fuzz.log || atf_fail "f_$1 did not run"
}

for f in "$LW_TOP"/regress/fuzz/f_*.c; do
	name=${f##*/f_}
	name=${name%.c}
	eval "atf_test_case $name
	    ${name}_head() { atf_set descr 'f_$name takes any input'; }
	    ${name}_body() { short $name; }"
done

atf_init_test_cases()
{
	for f in "$LW_TOP"/regress/fuzz/f_*.c; do
		f=${f##*/f_}
		atf_add_test_case "${f%.c}"
	done
}
