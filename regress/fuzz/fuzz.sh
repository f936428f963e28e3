#!/bin/sh
# SPDX-License-Identifier: ISC
# usage: fuzz.sh NAME DIR OPTION...
# Runs the target f_NAME with its words and seeds and these options of
# libFuzzer. What it learns is kept in DIR/corpus/NAME, the input of a fault
# goes to DIR.
set -eu

name=$1
dir=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
program=$here/../../obj/fuzz/regress/fuzz/f_$name
export ASAN_OPTIONS=detect_stack_use_after_return=1
export UBSAN_OPTIONS=print_stacktrace=1

mkdir -p "$dir/corpus/$name"
set -- -artifact_prefix="$dir/" -timeout=120 -max_len=8400 "$@" "$dir/corpus/$name"
[ ! -e "$here/f_$name.dict" ] || set -- -dict="$here/f_$name.dict" "$@"
[ ! -d "$here/$name.seeds" ] || set -- "$@" "$here/$name.seeds"

# sanitizers of older compilers cannot do with much randomization
noaslr=
if [ "$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 0)" -gt 28 ]; then
	noaslr="setarch $(uname -m) -R"
fi
# shellcheck disable=SC2086 # a command and its options
exec $noaslr "$program" "$@"
