#!/bin/sh
# SPDX-License-Identifier: ISC
# usage: host.sh GROUP...
# Installs the packages of these groups of host.list that are missing.
# Exit status 1, and their names, if some could not be installed.
set -eu

here=$(dirname "$0")

# packages of the groups, one a line, alternatives as a|b
wanted()
{
	awk -v groups=" $* " '
	    /^[^#]/ && index(groups, " " $1 " ") && !seen[$2]++ { print $2 }
	' "$here/host.list"
}

# wanted packages of which no alternative is there
missing()
{
	{
		dpkg-query -W -f '${db:Status-Status} ${Package}\n'
		echo '--'
		wanted "$@"
	} | awk '
	    $1 == "--" { list = 1; next }
	    !list { if ($1 == "installed") have[$2] = 1; next }
	    {
		n = split($1, alt, "|")
		for (i = 1; i <= n; i++)
			if (alt[i] in have)
				next
		print $1
	    }' | while read -r p; do
		has_command "$p" || echo "$p"
	done
}

# has_command A|B: one of that name is there, from wherever: npm comes with
# other builds of nodejs than Debian's, and its package is at odds with them
has_command()
{
	for alt in $(echo "$1" | tr '|' ' '); do
		! command -v "$alt" >/dev/null || return 0
	done
	return 1
}

as_root()
{
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif [ -t 0 ]; then
		sudo "$@"
	else
		sudo -n "$@"
	fi
}

apt()
{
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -q \
	    -o DPkg::Lock::Timeout=600 "$@" </dev/null
}

# the first alternative of a|b that apt knows; a if none
choose()
{
	for alt in $(echo "$1" | tr '|' ' '); do
		if [ -n "$(apt-cache madison "$alt" 2>/dev/null)" ]; then
			echo "$alt"
			return
		fi
	done
	echo "${1%%|*}"
}

if ! command -v dpkg-query >/dev/null; then
	echo "host.sh: not a Debian system; these must be there:" >&2
	wanted "$@" | tr '\n' ' ' >&2
	echo >&2
	exit 0
fi

list=$(missing "$@" | tr '\n' ' ')
[ -n "$list" ] || exit 0
echo "host.sh: installing $list"
apt update || echo "host.sh: apt-get update failed, going on" >&2
pkgs=
for p in $list; do
	pkgs="$pkgs $(choose "$p")"
done
# shellcheck disable=SC2086 # a list
if ! apt install -y --no-install-recommends $pkgs; then
	# one package that does not exist must not keep the others away
	for p in $pkgs; do
		apt install -y --no-install-recommends "$p" || :
	done
fi
list=$(missing "$@" | tr '\n' ' ')
[ -n "$list" ] || exit 0
echo "host.sh: could not install: $list" >&2
exit 1
