#!/bin/sh
# SPDX-License-Identifier: ISC
#
# usage: vendors.sh OUI.TXT TABLE [MIN]
#
# Makes the table of sys/net/vendor.h of IEEE's list of prefixes (OUI, MA-L), as
# Debian's package ieee-data has it. For want of room it has the vendors of at
# least MIN prefixes (2) alone, half of the prefixes; names lose what says how
# a company is organised. Prints how much of the list is in it.
set -eu
export LC_ALL=C

[ $# -ge 2 ] || { echo "usage: $0 oui.txt table [min]" >&2; exit 2; }
LIST=$1
TABLE=$2
MIN=${3:-2}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# "PREFIX<tab>KEY<tab>NAME", a line each in ascending order; the same vendor has
# the same key. Blocks that IEEE gives out in smaller parts have no vendor.
prefixes()
{
	tr -d '\r' < "$LIST" | awk '
	function clean(name,   low) {
		gsub(/[\001-\037\177 ]+/, " ", name)
		sub(/^ /, "", name)
		do {
			low = tolower(name)
			sub(/[ ,.&]+$/, "", low)
			sub(/ *\([^()]*\)$/, "", low)
			if (match(low, /[ ,.](inc|incorporated|co|corp|corporation|corporate|company|ltd|limited|llc|l\.l\.c|gmbh|ag|kg|s\.?a|s\.?p\.?a|s\.?r\.?l|b\.?v|n\.?v|ab|oy|oyj|as|a\/s|aps|pte|pty|plc|k\.?k)[ ,.]*$/))
				low = substr(low, 1, RSTART - 1)
			again = length(name) > length(low) && length(low) > 1
			if (again)
				name = substr(name, 1, length(low))
		} while (again)
		return (substr(name, 1, 48))
	}
	/^[0-9A-F][0-9A-F]-[0-9A-F][0-9A-F]-[0-9A-F][0-9A-F] +\(hex\)/ {
		prefix = substr($0, 1, 8)
		gsub(/-/, "", prefix)
		sub(/^[^)]*\)[ \t]*/, "")
		name = clean($0)
		if (name != "" && name != "Private" &&
		    name != "IEEE Registration Authority")
			print tolower(prefix) "\t" tolower(name) "\t" name
	}' | iconv -c -f UTF-8 -t UTF-8 | sort -t '	' -k 1,1 -u
}

# "COUNT<tab>KEY<tab>NAME" of those that are kept, most prefixes first.
vendors()
{
	awk -F '\t' -v min="$MIN" '
	!($2 in name) { name[$2] = $3 }
	{ n[$2]++ }
	END {
		for (key in n)
			if (n[key] >= min)
				print n[key] "\t" key "\t" name[key]
	}' "$tmp/prefixes" | sort -t '	' -k 1,1nr -k 2,2
}

# The table but its names, in the escapes of printf(1).
columns()
{
	awk -F '\t' -v octets="$(wc -c < "$tmp/names")" '
	function put(octet) {
		printf "\\0%03o", octet
		if (++column % 64 == 0)
			printf "\n"
	}
	function put32(n) {
		put(int(n / 16777216)); put(int(n / 65536) % 256)
		put(int(n / 256) % 256); put(n % 256)
	}
	function digit(hex, at) {
		return (index("0123456789abcdef", substr(hex, at, 1)) - 1)
	}
	function octet(hex, at) {
		return (digit(hex, at) * 16 + digit(hex, at + 1))
	}
	FNR == NR { number[$2] = vendors++; next }
	$2 in number {
		first[octet($1, 1)]++
		second[n + 0] = octet($1, 3)
		third[n + 0] = octet($1, 5)
		vendor[n++] = number[$2]
	}
	END {
		put32(n); put32(vendors); put32(octets)
		for (i = 0; i < 256; i++)
			put32(sum += first[i])
		for (i = 0; i < n; i++) put(second[i])
		for (i = 0; i < n; i++) put(third[i])
		for (i = 0; i < n; i++) put(int(vendor[i] / 256))
		for (i = 0; i < n; i++) put(vendor[i] % 256)
		printf "\n"
	}' "$tmp/vendors" "$tmp/prefixes"
}

prefixes > "$tmp/prefixes"
vendors > "$tmp/vendors"
[ "$(wc -l < "$tmp/vendors")" -le 65536 ] ||
    { echo "$0: more than 65536 vendors" >&2; exit 1; }
cut -f 3 "$tmp/vendors" | tr '\n' '\000' > "$tmp/names"
columns > "$tmp/columns"
{
	printf LWvendor
	while read -r escapes; do
		printf %b "$escapes"
	done < "$tmp/columns"
	cat "$tmp/names"
} > "$TABLE"
awk -F '\t' -v all="$(grep -c '(hex)' "$LIST")" '
{ n += $1 }
END { print n + 0 " of " all " prefixes, " NR " vendors" }' "$tmp/vendors"
