#!/bin/sh
# SPDX-License-Identifier: ISC
#
# usage: plot.sh UPLOT DIR
#
# Makes DIR/plot.js.gz and DIR/plot.css.gz, which webconfd(8) sends to browsers,
# of the unpacked npm package in UPLOT and our plot.js: one file each, packed
# once and sent as it is.
set -eu

[ $# -eq 2 ] || { echo "usage: $0 uplot dir" >&2; exit 2; }

# our own file, without its comments and the blanks before its lines
ours()
{
	sed -e '/^[[:space:]]*\/\//d' -e 's/^[[:space:]]*//' -e '/^$/d' \
	    "$(dirname "$0")/../usr.sbin/webconfd/plot.js"
}

licence()
{
	printf '/*!\n'
	cat "$1/LICENSE"
	printf '*/\n'
}

{
	licence "$1"
	cat "$1/dist/uPlot.iife.min.js"
	echo
	ours
} | gzip -9n > "$2/plot.js.gz"
{
	echo '/* uPlot, MIT: its licence is in plot.js */'
	cat "$1/dist/uPlot.min.css"
} | gzip -9n > "$2/plot.css.gz"
