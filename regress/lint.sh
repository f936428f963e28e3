#!/bin/sh
# SPDX-License-Identifier: ISC
# usage: lint.sh [fix]
# Checks form and style of all sources. "fix" rewrites C files as .clang-format wants them instead.
#
# Where comments behind code stand is free: .clang-format (of LLVM 14) cannot
# say "tab stops", so that white space is not compared.
set -eu

CFLAGS="-std=gnu17 -D_GNU_SOURCE= -DLIBBSD_OVERLAY -Isys
    -isystem /usr/include/x86_64-linux-gnu/bsd -isystem /usr/include/bsd"
export CFLAGS
cd "$(dirname "$0")/.."
stamps=obj/lint
mkdir -p "$stamps"
failed=0

say()
{
	printf '%-7s %s\n' LINT "$1"
}

sources()
{
	find sys usr.sbin regress image etc ports .ci -type f "$@" \
	    2>/dev/null | sort
}

# text of stdin with one space before a comment behind code
plain()
{
	sed -E 's/([^[:blank:]])[[:blank:]]+(\/[*\/])/\1 \2/'
}

# formatted text of FILE, where a line that differs in such white space only
# stays as it was
formatted()
{
	clang-format --style=file --assume-filename="$1" <"$1" |
	    awk -v file="$1" '
		function key(s)
		{
			if (match(s, /[^ \t][ \t]+\/[*\/]/))
				s = substr(s, 1, RSTART) " " \
				    substr(s, RSTART + RLENGTH - 2)
			return s
		}
		BEGIN { while ((getline s <file) > 0) old[key(s)] = s }
		{ k = key($0); print (k in old) ? old[k] : $0 }'
}

fix()
{
	for f in $(sources -name '*.[ch]'); do
		formatted "$f" >"$stamps/formatted"
		cmp -s "$f" "$stamps/formatted" || cat "$stamps/formatted" >"$f"
	done
}

check_format()
{
	say clang-format
	for f in $(sources -name '*.[ch]'); do
		plain <"$f" >"$stamps/have"
		clang-format --style=file --assume-filename="$f" <"$f" |
		    plain >"$stamps/want"
		diff -u --label "$f" --label "$f (formatted)" \
		    "$stamps/have" "$stamps/want" || failed=1
		# characters, not bytes
		expand <"$f" | LC_ALL=C awk -v f="$f" '
		    { gsub(/[\200-\277]/, "") }
		    length > 80 { print f ":" NR ": over 80 columns"; bad = 1 }
		    END {
			if (NR > 1000) {
				print f ": over 1000 lines"
				bad = 1
			}
			exit bad
		    }' || failed=1
		head -n 1 "$f" | grep -q '^/\* SPDX-License-Identifier: ISC \*/$' || {
			echo "$f:1: no SPDX-License-Identifier"
			failed=1
		}
	done
}

# Below a comment that begins with a file's name, in a header beside that file,
# stand prototypes of what is in it, up to the next such comment.
check_headings()
{
	say headings
	{
		sources -name '*.c'
		sources -name '*.h'
	} | xargs awk '
	    FNR == 1 {
		dir = FILENAME
		sub(/[^\/]*$/, "", dir)
		file = was = ""
	    }
	    FILENAME ~ /c$/ {
		if (match($0, /^[a-z][A-Za-z0-9_]*\(/))
			has[FILENAME, substr($0, 1, RLENGTH - 1)] = 1
		next
	    }
	    match($0, /^\/\* [a-z0-9_]+\.c[ :,]/) ||
	    (was == "/*" && match($0, /^ \* [a-z0-9_]+\.c[ :,]/)) {
		file = dir substr($0, 4, RLENGTH - 4)
	    }
	    file != "" && /^[a-z]/ && !/^static/ && was !~ /^static/ &&
	    match($0, /[A-Za-z0-9_]+\(/) {
		name = substr($0, RSTART, RLENGTH - 1)
		if (!((file, name) in has)) {
			print FILENAME ":" FNR ": " name "() is not in " file
			bad = 1
		}
	    }
	    { was = $0 }
	    END { exit bad }' || failed=1
}

# a file is looked at again when it, a header or the list of checks changed
check_tidy()
{
	say clang-tidy
	newest=$({ sources -name '*.h'; echo .clang-tidy; } |
	    xargs ls -t | head -n 1)
	list=
	for f in $(sources -name '*.c'); do
		stamp=$stamps/$f.tidy
		if [ "$stamp" -nt "$f" ] && [ "$stamp" -nt "$newest" ]; then
			continue
		fi
		list="$list $f"
	done
	[ -n "$list" ] || return 0
	echo "$list" | tr ' ' '\n' | sed '/^$/d' | STAMPS=$stamps \
	    xargs -P 2 -n 1 sh -c '
		mkdir -p "$STAMPS/$(dirname "$0")"
		out=$STAMPS/$0.out
		if clang-tidy --quiet "$0" -- $CFLAGS -I"$(dirname "$0")" \
		    >"$out" 2>&1; then
			touch "$STAMPS/$0.tidy"
		else
			cat "$out"
			exit 1
		fi' || failed=1
}

scripts()
{
	sources \( -name '*.sh' -o -name '*.subr' -o -name subr \)
	for f in $(sources ! -name '*.sh' ! -name '*.subr' ! -name '*.[ch]'); do
		# BusyBox and host shells alike
		if head -n 1 "$f" | grep -aq '^#! */bin/sh'; then
			echo "$f"
		fi
	done
}

check_scripts()
{
	say shellcheck
	# SC1091, SC2154: files and variables that come with the sourcing
	# SC2034, SC2317: used by what sources the file
	# SC2016, SC2094: meant for an inner shell; a name, not a file
	for f in $(scripts); do
		shellcheck -s dash -e SC1091,SC2016,SC2034,SC2094,SC2154,SC2317 "$f" ||
		    failed=1
	done
}

check_manuals()
{
	say mandoc
	for f in $(sources -name '*.[1-9]'); do
		case $f in
		*/man/* | usr.sbin/*) ;;
		*) continue ;;
		esac
		mandoc -Tlint -W warning "$f" || failed=1
	done
}

if [ "${1:-}" = fix ]; then
	fix
	exit
fi
for tool in clang-format clang-tidy shellcheck mandoc; do
	if ! command -v $tool >/dev/null; then
		echo "lint.sh: $tool is missing" >&2
		failed=1
	fi
done
[ $failed -eq 0 ] || exit 1
check_format
check_headings
check_tidy
check_scripts
check_manuals
[ $failed -eq 0 ] || say failed
exit $failed
