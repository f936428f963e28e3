#!/bin/sh
# SPDX-License-Identifier: ISC
# usage: bench.sh
#
# Longwire against its peers (peers.subr) in one run on one machine:
#
#	a:wan 10.9.0.2 ---- wa [net 10.9.0.1] wb ---- b:wan 10.9.0.3
#	site                hub                       site
#
# "direct" is the same line without a tunnel, by the hub's kernel bridge. All
# peers run all the time; each figure is measured for one after the other,
# and that several times (rounds), so that a ratio is of two values that were
# measured within seconds. What a shared machine does in between is in the
# spread. Results are in obj/bench/: table.md, bench.json, *.svg; raw.tsv has
# every single value, work/ the logs.
#
#	BENCH		full (the default), or short: under 5 minutes
#	BENCH_ONLY	figures to measure, a list with commas: tcp rtt load
#			idle plain frames line sessions fdb flood acl policy
#			capture cost threads
#	BENCH_ROUNDS	how often
set -eu

LW_TOP=$(cd "$(dirname "$0")/../.." && pwd)
LW_FLAVOUR=amd64
. "$LW_TOP/regress/subr"
. "$LW_TOP/regress/netns.subr"
. "$LW_TOP/regress/longwire.subr"
. "$LW_TOP/regress/bench/peers.subr"
. "$LW_TOP/regress/bench/figures.subr"

BENCH=${BENCH:-full}
BENCH_ONLY=${BENCH_ONLY:-}
OUT=$LW_TOP/obj/bench
NETNS_OWNER=$$
PEER_LW_CC=cubic

atf_fail()
{
	echo "bench: $*" >&2
	exit 1
}

defaults()
{
	case $BENCH in
	short)	ROUNDS=2 SECS=2 FIGURES="tcp rtt load idle plain frames" ;;
	full)	ROUNDS=4 SECS=4 FIGURES="tcp rtt load idle plain frames line
		    sessions fdb flood acl policy capture cost threads" ;;
	*)	atf_fail "BENCH=$BENCH: choose short or full" ;;
	esac
	[ -z "$BENCH_ONLY" ] || FIGURES=$(echo "$BENCH_ONLY" | tr , ' ')
	for _f in $FIGURES; do
		command -v "figure_$_f" >/dev/null ||
		    atf_fail "BENCH_ONLY: there is no figure $_f"
	done
	ROUNDS=${BENCH_ROUNDS:-$ROUNDS}
}

# One run at a time in this tree; what a killed one left is removed.
begin()
{
	mkdir -p "$OUT" "$NETNS_RUN"
	# first, as its daemons hold the lock too
	_netns_stale
	exec 8>"$OUT/.lock"
	flock -n 8 || atf_fail "another run is under way"
	peers_install || atf_fail "the peers could not be installed"
	rm -rf "$OUT/work"
	mkdir -p "$OUT/work"
	cd "$OUT/work"
	trap 'end' EXIT
	trap 'exit 1' HUP INT TERM
}

end()
{
	netns_cleanup >cleanup.out 2>&1 ||
	    echo "bench: clean-up: see $OUT/work/cleanup.out" >&2
}

topology()
{
	peers_switch
	netns_spawn iperf b iperf3 -s
}

# The better congestion control of each peer, and SoftEther's better number
# of connections, into best: by one stream each. A short run takes what the
# last full run found.
settings()
{
	: >best
	if [ "$BENCH" = full ] && [ -z "$BENCH_ONLY" ]; then
		for _p in openvpn tinc softether; do
			try_settings "$_p"
		done
		cp best "$OUT/best"
	elif [ -e "$OUT/best" ]; then
		cp "$OUT/best" best
	fi
}

# try_settings PEER: "PEER CC CONNS" of the fastest into best
try_settings()
{
	_conns=1
	[ "$1" != softether ] || _conns="1 2 8"
	: >tries
	for _try_cc in cubic bbr; do
		for _try_n in $_conns; do
			PEER_CC=$_try_cc PEER_SE_CONNS=$_try_n
			peer_start "$1"
			_try=$({ tcp "$1"; tcp "$1"; } | sort -n | tail -n 1)
			echo "bench: $1 $_try_cc, $_try_n connections: $_try"
			echo "$_try $1 $_try_cc $_try_n" >>tries
			peer_stop "$1"
		done
	done
	sort -n tries | tail -n 1 | cut -d ' ' -f 2- >>best
}

start_all()
{
	for _p in $PEERS; do
		PEER_CC=$(awk -v p="$_p" '$1 == p { c = $2 }
		    END { print c == "" ? "cubic" : c }' best)
		PEER_SE_CONNS=$(awk '$1 == "softether" { n = $3 }
		    END { print n == "" ? 8 : n }' best)
		peer_start "$_p"
		echo "bench: $_p is up"
		echo "$_p $PEER_CC $PEER_SE_CONNS" >>used
	done
}

# which of the figures are of this kind: of all peers, of all on a slower line,
# or of Longwire alone. Lines come after the rest: what congestion control has
# learnt from one counts for a minute (path.h), and would slow the next round.
chosen()
{
	for _f in $FIGURES; do
		case $_f in
		sessions | fdb | flood | acl | policy | capture | cost | \
		threads)
			_kind=own ;;
		line)	_kind=line ;;
		*)	_kind=peers ;;
		esac
		[ "$_kind" != "$1" ] || echo "$_f"
	done
}

measure()
{
	ROUND=1
	while [ "$ROUND" -le "$ROUNDS" ]; do
		for _figure in $(chosen "$1"); do
			echo "bench: $_figure, round $ROUND of $ROUNDS"
			"figure_$_figure"
		done
		ROUND=$((ROUND + 1))
	done
}

report()
{
	cp raw.tsv used "$OUT/"
	python3 "$LW_TOP/regress/bench/report.py" "$BENCH" raw.tsv used "$OUT"
	cat "$OUT/table.md"
	echo "bench: $OUT/table.md, bench.json and plots"
}

defaults
begin
topology
: >raw.tsv
: >used
settings
if [ -n "$(chosen peers)$(chosen line)" ]; then
	start_all
	measure peers
	measure line
	for _p in $PEERS; do
		peer_stop "$_p"
	done
fi
measure own
report
