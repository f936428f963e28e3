#!/bin/sh
# SPDX-License-Identifier: ISC
# usage: run.sh SUITE PATTERNS TEST...
# Runs these test programs (obj/FLAVOUR/regress/DIR/t_NAME) under Kyua, prints
# each skip with its reason and each failure with its output. The last line is
# "N passed, N failed, N skipped". PATTERNS, globs such as 'net/t_hub*', limit
# what runs; empty means all.
set -eu
set -f

suite=$1
patterns=$2
shift 2
top=$(cd "$(dirname "$0")/.." && pwd)
out=$top/obj/kyua/$suite
export CI="${CI:-}"
export LW_TOP="$top"		# for C tests that read files of the tree
export LW_FIGURES="$out/figures"	# what tests measured and want shown
unset LIBRARY_PATH
# a test's make is none of this one's
unset MAKEFLAGS MFLAGS MAKELEVEL

selected()
{
	[ -n "$patterns" ] || return 0
	rest=${1#obj/*/regress/}
	for p in $patterns; do
		# shellcheck disable=SC2254 # a glob
		case $rest in
		$p) return 0 ;;
		esac
	done
	return 1
}

# metadata lines of shell tests become Kyua's: "# timeout: 120" (seconds a
# test case may take on a machine that has time for it; on another three times
# that and half an hour at least, which is for a hang alone),
# "# exclusive: yes" (never beside another test)
meta()
{
	src=${1#obj/*/}.sh
	[ -e "$src" ] || return 0
	awk '
	    BEGIN { t = 60 }
	    /^# timeout:/ { t = $3 }
	    /^# exclusive: yes/ { printf ", is_exclusive=true" }
	    END {
		printf ", timeout=%d", (t > 600 ? 3 * t : 1800)
	    }' "$src"
}

kyuafiles()
{
	rm -rf "$out"
	mkdir -p "$out" "$LW_FIGURES"
	printf 'syntax(2)\ntest_suite("longwire")\n' >"$out/Kyuafile"
	for t in "$@"; do
		selected "$t" || continue
		dir=$(dirname "${t#obj/}")
		file=$out/$dir/Kyuafile
		if [ ! -e "$file" ]; then
			mkdir -p "$out/$dir"
			printf 'syntax(2)\ntest_suite("longwire")\n' >"$file"
			echo "include(\"$dir/Kyuafile\")" >>"$out/Kyuafile"
		fi
		echo "atf_test_program{name=\"$(basename "$t")\"$(meta "$t")}" \
		    >>"$file"
	done
}

report()
{
	kyua --config=none --logfile="$out/kyua.log" report \
	    --results-file="$out/results.db" "$@"
}

if ! command -v kyua >/dev/null; then
	echo "run.sh: kyua is missing, nothing can be tested" >&2
	echo "0 passed, 0 failed, 0 skipped"
	exit 1
fi

[ "$(id -u)" -eq 0 ] ||
    echo "run.sh: not root: tests that make namespaces will be skipped"

cd "$top"
kyuafiles "$@"

# Address randomization that is too wide for the sanitizers of older compilers.
noaslr=
if [ "$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 0)" -gt 28 ]; then
	noaslr="setarch $(uname -m) -R"
fi

# shellcheck disable=SC2086 # a command and its options
$noaslr kyua --config=none --logfile="$out/kyua.log" -v parallelism=3 test \
    --kyuafile="$out/Kyuafile" --build-root="$top/obj" \
    --results-file="$out/results.db" </dev/null >"$out/progress" || :
grep -e '  ->  ' "$out/progress" || cat "$out/progress"

if [ ! -e "$out/results.db" ]; then
	echo "0 passed, 0 failed, 0 skipped"
	exit 1
fi

# output of each failure, without the environment that kyua puts before
echo
report --verbose --results-filter=failed,broken |
    awk '/^===> Skipped tests/ || /^===> Summary/ { exit }
	/^===> (Broken|Failed) tests/ { exit }
	/^===> Execution context/ { next }
	/^===> / { on = 1 }
	/^Metadata:/ { skip = 1 }
	skip && /^$/ { skip = 0 }
	on && !skip'

find "$LW_FIGURES" -type f -exec cat {} +

# With CI=true a missing tool is a failure.
report --results-filter=passed,skipped,xfail,failed,broken |
    awk -v ci="$CI" '
	/  ->  / {
		result = $0
		sub(/.*  ->  /, "", result)
		if (result ~ /^(passed|expected_failure)/)
			passed++
		else if (result ~ /^skipped/) {
			if (ci == "true" && result ~ \
			    /^skipped: (Required program|Required file|Requires root)/) {
				print "FAILED (CI=true): " $0
				failed++
			} else {
				print "skipped: " $0
				skipped++
			}
		} else {
			print "FAILED: " $0
			failed++
		}
	}
	END {
		printf "%d passed, %d failed, %d skipped\n",
		    passed, failed, skipped
		exit failed > 0 || passed + failed + skipped == 0
	}'
