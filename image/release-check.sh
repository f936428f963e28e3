#!/bin/sh
# SPDX-License-Identifier: ISC
#
# usage: release-check.sh
#
# Whether what is in obj/release can be made again: builds the commit anew, all
# of it, in another folder, with the same packages and keys, and compares. The
# files of obj/release must be those of a tree without changes.
set -eu

TOP=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=image/bundle.sh
. "$TOP/image/bundle.sh"
AGAIN=$TOP/obj/release-check/longwire
HAVE=$TOP/obj/release

[ -z "$(git -C "$TOP" status --porcelain --untracked-files=no)" ] ||
    { echo "release-check: there are changes that are not committed" >&2
	exit 1; }
[ -f "$HAVE/SHA256SUMS" ] ||
    { echo "release-check: make release comes first" >&2; exit 1; }
rm -rf "$TOP/obj/release-check"
mkdir -p "$AGAIN"
git clone -q "$TOP" "$AGAIN"
mkdir -p "$AGAIN/obj"
[ ! -d "$TOP/obj/keys" ] || cp -R "$TOP/obj/keys" "$AGAIN/obj/"
# (as an argument: what make was given goes before what it finds around it)
PORTS_CACHE=$(absolute "${PORTS_CACHE:-$TOP/obj/cache}") \
    make -C "$AGAIN" release UPGRADE_KEY="${UPGRADE_KEY:-}" \
    > "$TOP/obj/release-check/log" 2>&1 || {
	tail -n 30 "$TOP/obj/release-check/log" >&2
	exit 1
}
bad=0
for f in "$HAVE"/*; do
	if cmp "$f" "$AGAIN/obj/release/${f##*/}"; then
		echo "same      ${f##*/}"
	else
		echo "DIFFERENT ${f##*/}"
		bad=1
	fi
done
exit $bad
