#!/bin/sh
# SPDX-License-Identifier: ISC
# usage: manuals.sh
# Writes the schema's lists of keys into the man pages, between the lines
# .\" keys of TABLE  and  .\" end of keys
set -eu

cd "$(dirname "$0")/../.."
helper=obj/asan/regress/kern/h_mdoc
make -s FLAVOUR=asan $helper
for page in usr.sbin/hubd/hubd.conf.5 usr.sbin/vnicd/vnicd.conf.5 \
    usr.sbin/cfgctl/longwire.txt.5; do
	awk -v helper=$helper '
	    /^\.\\" end of keys/ { skip = 0 }
	    !skip { print }
	    /^\.\\" keys of / {
		fflush()
		system(helper " " $NF)
		skip = 1
	    }' $page >$page.new
	cat $page.new >$page
	rm $page.new
done
