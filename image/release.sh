#!/bin/sh
# SPDX-License-Identifier: ISC
#
# usage: release.sh TARGET...
#
# Puts all that a release of these targets consists of into obj/release, under
# names with version and target:
#
#	.img.gz					the disk
#	.qcow2 .vmdk .vhdx .ova .iso		other forms of it, if made
#	.firmware				what starts it, if it wants that
#	.bundle					the upgrade
#	.sbom.json				what is in them
#	longwire-hubd_*.deb, longwire-vnicd_*.deb
#	NOTES.txt				what this is, how to check it
#	SHA256SUMS, SHA256SUMS.KEY.sig		hashes of all of it, signed with
#						each of UPGRADE_KEY (bundle.sh)
#	KEY.pub					its public half
#
# RELEASE=DIR puts it elsewhere.
set -eu
umask 022
export LC_ALL=C TZ=UTC0

[ $# -ge 1 ] || { echo "usage: $0 TARGET..." >&2; exit 2; }
TOP=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=image/defaults
. "$TOP/image/defaults"
# shellcheck source=image/bundle.sh
. "$TOP/image/bundle.sh"
EPOCH=$(epoch)
VERSION=$(image_version)
OUT=$(absolute "${RELEASE:-$OBJ/release}")

# what the commits since the last tag say
changes()
{
	git -C "$TOP" rev-parse HEAD > /dev/null 2>&1 || {
		echo "(not known: built outside of git)"
		return
	}
	since=$(git -C "$TOP" describe --tags --abbrev=0 HEAD^ 2>/dev/null ||
	    git -C "$TOP" rev-list --max-parents=0 HEAD | tail -n 1)
	git -C "$TOP" log --no-merges --format='- %s' "$since..HEAD"
}

notes()
{
	echo "Longwire $VERSION for $*"
	echo
	if [ -z "${UPGRADE_KEY:-}" ]; then
		echo "DEVELOPMENT BUILD: signed with a key of the machine that"
		echo "made it. Not for anybody else."
		echo
	fi
	echo "What to take, and how to put it on a disk: README.md. What has"
	echo "changed:"
	echo
	changes
	echo
	echo "The files are whole and of whoever has the key if this says so:"
	echo
	for key in $(upgrade_keys); do
		id=$(key_id "$key")
		echo "    openssl pkeyutl -verify -rawin -pubin -inkey $id.pub \\"
		echo "        -sigfile SHA256SUMS.$id.sig -in SHA256SUMS"
	done
	echo "    sha256sum -c SHA256SUMS"
	echo
	echo "The key's name is the beginning of its hash, which must be the"
	echo "one that you know from elsewhere:"
	echo
	echo "    openssl pkey -pubin -in KEY.pub -outform DER | sha256sum"
}

# files TARGET: what the image builder made
files()
{
	in=$OBJ/image/$1
	to=$OUT.new/longwire-$VERSION-$1
	head -n 2 "$in/longwire.bundle" | grep -qx "version $VERSION" || {
		echo "release: $1 was not built as $VERSION" >&2
		exit 1
	}
	cp "$in/longwire.bundle" "$to.bundle"
	cp "$in/sbom.json" "$to.sbom.json"
	gzip -n -9 < "$in/longwire.img" > "$to.img.gz"
	for f in firmware qcow2 vmdk vhdx ova iso; do
		[ ! -f "$in/longwire.$f" ] || cp "$in/longwire.$f" "$to.$f"
	done
}

rm -rf "$OUT.new"
mkdir -p "$OUT.new"
for target; do
	files "$target"
done
cp "$OBJ/deb"/*"_${VERSION}_"*.deb "$OUT.new/"
notes "$@" > "$OUT.new/NOTES.txt"
cd "$OUT.new"
sha256sum -- * > SHA256SUMS
for key in $(upgrade_keys); do
	id=$(key_id "$key")
	openssl pkey -in "$key" -pubout -out "$id.pub"
	openssl pkeyutl -sign -rawin -inkey "$key" -in SHA256SUMS \
	    -out "SHA256SUMS.$id.sig"
done
rm -rf "$OUT"
mv "$OUT.new" "$OUT"
ls -s "$OUT"
