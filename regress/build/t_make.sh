# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# timeout: 240
# The build: out of tree, parallel, incremental; install and clean.

# make_in DIR ARGUMENT...
make_in()
{
	_dir=$1
	shift
	make -s -C "$_dir" "$@"
}

# copied: copy/ has the sources and what says that packages are installed
copied()
{
	mkdir -p copy/obj
	(cd "$LW_TOP" && tar -c --exclude=./obj --exclude=./.git .) |
	    tar -x -C copy || atf_fail "cannot copy"
	touch copy/obj/.host-build
}

# everything in DIR but obj, with what is in it
tree()
{
	(cd "$1" && find . -path ./obj -prune -o -type f -print |
	    LC_ALL=C sort | xargs cksum)
}

atf_test_case nothing_twice
nothing_twice_head()
{
	atf_set descr "a second make has nothing to do"
}
nothing_twice_body()
{
	need make
	atf_check make_in "$LW_TOP" -q FLAVOUR="$LW_FLAVOUR"
}

atf_test_case installed
installed_head()
{
	atf_set descr "install puts programs, manuals and examples below DESTDIR"
}
installed_body()
{
	need make
	atf_check make_in "$LW_TOP" install FLAVOUR="$LW_FLAVOUR" \
	    DESTDIR="$PWD/dest" PREFIX=/opt/lw
	(cd dest && find . -type f | LC_ALL=C sort) >have
	(
		cd "$LW_TOP" || exit 1
		for p in usr.sbin/*/; do
			echo "./opt/lw/sbin/$(basename "$p")"
		done
		for m in usr.sbin/*/*.[1-9] etc/man/*.[1-9]; do
			echo "./opt/lw/share/man/man${m##*.}/${m##*/}"
		done
		for e in etc/examples/*; do
			echo "./opt/lw/share/examples/longwire/${e##*/}"
		done
	) | LC_ALL=C sort >want
	atf_check -o file:want cat have
	for p in dest/opt/lw/sbin/*; do
		atf_check -o inline:"755\n" stat -c %a "$p"
		atf_check cmp "$p" "$LW_BIN/${p##*/}"
	done
}

atf_test_case from_clean
from_clean_head()
{
	atf_set descr "a fresh tree is built in parallel, in obj/ only, for this PC"
}
from_clean_body()
{
	need make
	copied
	tree copy >before
	progs="obj/host/sbin/hubctl obj/host/sbin/vnicctl"
	# shellcheck disable=SC2086 # two targets
	atf_check -o ignore -e ignore make_in copy -j4 FLAVOUR=host $progs
	# shellcheck disable=SC2086
	atf_check make_in copy -q FLAVOUR=host $progs
	atf_check -s exit:1 -e match:usage copy/obj/host/sbin/hubctl
	tree copy >after
	atf_check cmp before after
	# what changed is built anew, and no more
	touch copy/usr.sbin/vnicctl/vnicctl.c
	atf_check make_in copy -q FLAVOUR=host obj/host/sbin/hubctl
	atf_check -s exit:1 make_in copy -q FLAVOUR=host obj/host/sbin/vnicctl
	touch copy/sys/kern/ctl.h
	atf_check -s exit:1 make_in copy -q FLAVOUR=host obj/host/sbin/hubctl
	# other flags rebuild everything
	atf_check -s exit:1 make_in copy -q FLAVOUR=host CFLAGS=-DX \
	    obj/host/sys/kern/log.o
	atf_check -o ignore make_in copy clean
	[ ! -e copy/obj ] || atf_fail "clean leaves obj"
	tree copy >after
	atf_check cmp before after
}

atf_test_case tools
tools_head()
{
	atf_set descr "clang is installed before it compiles, but by no test"
}
tools_body()
{
	need make clang
	copied
	printf '#!/bin/sh\necho "$*" >>obj/asked\n' >copy/ports/host.sh
	touch copy/obj/.host-build
	object=obj/fuzz/sys/kern/bucket.o
	# as fuzz/t_fuzz does
	atf_check -o ignore make_in copy fuzz_TOOLS= $object
	[ ! -e copy/obj/asked ] || atf_fail "it installs something"
	rm copy/$object
	atf_check -o ignore make_in copy $object
	atf_check -o inline:"test\n" cat copy/obj/asked
	# what the list has anew, too
	touch copy/ports/host.list
	rm copy/$object
	atf_check -o ignore make_in copy $object
	atf_check -o inline:"test\nbuild\ntest\n" cat copy/obj/asked
}

atf_test_case hot
hot_head()
{
	atf_set descr "what sys/hot.ld puts together are functions of ours"
}
hot_body()
{
	sed -n 's/^.*(\.text\.\([a-z0-9_]*\) .*/\1/p' "$LW_TOP/sys/hot.ld" >names
	atf_check -o not-empty cat names
	find "$LW_TOP/sys" "$LW_TOP/usr.sbin" -name '*.[ch]' -exec \
	    grep -ohE '^(static [a-z_ ]*)?[a-z0-9_]+\(' {} + |
	    sed 's/($//; s/.* //' | sort -u >functions
	atf_check -o empty sh -c 'sort names | comm -23 - functions'
	# and they lead in the programs that ship
	prog=$LW_TOP/obj/amd64/sbin/hubd
	[ -e "$prog" ] || return 0
	nm "$prog" | sed -n 's/^0*\([0-9a-f]*\) [tT] \(.*\)/\1 \2/p' >symbols
	for f in conn_receive forward_round record_seal_parts; do
		at=$(awk -v f=$f '$2 == f { print $1 }' symbols)
		from=$(awk '$2 == "frame_alloc" { print $1 }' symbols)
		apart=$((0x$at - 0x$from))
		if [ "$apart" -lt 0 ] || [ "$apart" -gt 65535 ]; then
			atf_fail "$f is $apart bytes behind frame_alloc"
		fi
	done
}

atf_test_case wrong_flavour
wrong_flavour_head()
{
	atf_set descr "an unknown flavour is refused by name"
}
wrong_flavour_body()
{
	need make
	atf_check -s exit:2 -e match:"FLAVOUR=vax: choose one of" \
	    make_in "$LW_TOP" FLAVOUR=vax
}

atf_init_test_cases()
{
	atf_add_test_case nothing_twice
	atf_add_test_case installed
	atf_add_test_case from_clean
	atf_add_test_case tools
	atf_add_test_case hot
	atf_add_test_case wrong_flavour
}
