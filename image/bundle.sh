# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# Date, versions, keys and the bundle of a build; sourced by build.sh, deb.sh
# and release.sh, from the folder that they are started in.
#
# Upgrades are signed with UPGRADE_KEY, a private Ed25519 key in PEM:
#
#	openssl genpkey -algorithm ed25519 -out release.key
#	openssl pkey -in release.key -pubout -out etc/keys/release.pub
#
# Several, with blanks between, are used during a change of keys: boxes that
# know only the old one then still take the upgrade. Their public halves must
# lie in etc/keys. Without any, a key for development is made, once for a
# folder of builds; version and log-in banner name such a build as what it is.

# absolute PATH: also from another folder
absolute()
{
	case $1 in
	/*)	echo "$1" ;;
	*)	echo "$PWD/$1" ;;
	esac
}

if [ -n "${UPGRADE_KEY:-}" ]; then
	UPGRADE_KEY=$(for key in $UPGRADE_KEY; do absolute "$key"; done |
	    paste -s -d ' ' -)
fi

# The build date, so that a build can be repeated: that of the last commit, or,
# outside of git, of the newest file that a build is made of.
epoch()
{
	if [ -n "${SOURCE_DATE_EPOCH:-}" ]; then
		echo "$SOURCE_DATE_EPOCH"
	elif ! git -C "$TOP" log -1 --format=%ct 2>/dev/null; then
		find "$TOP/Makefile" "$TOP/LICENSE" "$TOP/sys" "$TOP/usr.sbin" \
		    "$TOP/etc" "$TOP/image" "$TOP/ports" -type f \
		    -printf '%T@\n' | sort -n | tail -n 1 | cut -d . -f 1
	fi
}

upgrade_keys()
{
	if [ -n "${UPGRADE_KEY:-}" ]; then
		echo "$UPGRADE_KEY"
		return
	fi
	dev=$OBJ/keys/development.key
	if [ ! -s "$dev" ]; then
		mkdir -p "$OBJ/keys"
		# by one of several builds
		(
			flock 7
			[ -s "$dev" ] || {
				umask 077
				openssl genpkey -algorithm ed25519 -out "$dev.new"
				mv "$dev.new" "$dev"
			}
		) 7> "$OBJ/keys/.lock"
	fi
	echo "$dev"
}

# The version: date and commit, unless IMAGE_VERSION says another.
image_version()
{
	v=${IMAGE_VERSION:-}
	if [ -z "$v" ]; then
		v=0.$(date -u -d "@$EPOCH" +%Y%m%d.%H%M%S)
		# (of a length that does not depend on what else is there)
		v=$v+$(git -C "$TOP" describe --always --dirty --abbrev=7 \
		    2>/dev/null || echo unknown)
	fi
	case $v in
	*+*)	dot=. ;;
	*)	dot=+ ;;
	esac
	[ -n "${UPGRADE_KEY:-}" ] || v=$v${dot}development
	echo "$v"
}

# key_id FILE: as the bundle names it
key_id()
{
	openssl pkey -in "$1" -pubout -outform DER | sha256sum | cut -c 1-16
}

# install_keys DIR: those whose upgrades this build will take
install_keys()
{
	if [ -z "${UPGRADE_KEY:-}" ]; then
		openssl pkey -in "$(upgrade_keys)" -pubout \
		    -out "$1/development.pub"
		for f in issue motd; do
			printf '%s\n' '' 'DEVELOPMENT BUILD: it takes upgrades' \
			    'signed with the key of the machine that made it.' \
			    >> "$1/../$f"
		done
		return
	fi
	for key in $(upgrade_keys); do
		openssl pkey -in "$key" -pubout > "$W/key.pub"
		found=
		for pub in "$1"/*.pub; do
			! cmp -s "$pub" "$W/key.pub" || found=yes
		done
		[ -n "$found" ] || die "the public half of $key is not in etc/keys"
	done
}

# part_line NAME: size and hash of a part of the slot
part_line()
{
	echo "$1 $(stat -c %s "$W/$1.img")" \
	    "$(sha256sum < "$W/$1.img" | cut -c 1-64)"
}

step_bundle()
{
	{
		echo "longwire-upgrade 1"
		echo "version $VERSION"
		echo "target $TARGET"
		echo "minimum ${IMAGE_MINIMUM:-0}"
		part_line boot
		part_line root
	} > "$W/signed"
	cp "$W/signed" "$W/header"
	for key in $(upgrade_keys); do
		openssl pkeyutl -sign -rawin -inkey "$key" -in "$W/signed" \
		    -out "$W/signature"
		echo "signature $(key_id "$key") $(base64 -w 0 "$W/signature")" \
		    >> "$W/header"
	done
	echo >> "$W/header"
	cat "$W/header" "$W/boot.img" "$W/root.img" > "$OUT/longwire.bundle.new"
	mv "$OUT/longwire.bundle.new" "$OUT/longwire.bundle"
}
