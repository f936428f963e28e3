# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# What make bench-congestion makes of its measurements, by made-up ones.
# flavours: amd64

# report: runs a Python script from stdin that has all of its functions
report()
{
	report_script
	python3 script.py || atf_fail "script"
}

# report_script: as script.py
report_script()
{
	{
		cat <<-EOT
			import json, os, signal, sys
			sys.path.insert(0, "$LW_TOP/regress/bench")
			sys.dont_write_bytecode = True
			from congestion import *
			from congestion_report import *
			def cell(failed=False, **figures):
			    return {"figures": figures, "failed": failed,
			            "said": "no", "machine_idle": "0.5"}
			def case(name):
			    return next(c for c in all_cases() if c.name == name)
			def reached(name, by_seed):
			    return [g[3] for g in goals(case(name), by_seed)]
		EOT
		cat
	} >script.py
}

atf_test_case goals
goals_head()
{
	atf_set descr "figures against the goals"
}
goals_body()
{
	need python3
	report <<-'EOT'
		def bulk(one, four, pings=(20.0,) * 100, **more):
		    return cell(one=one, four=four, pings=list(pings),
		                idle_rtt=20.0, **more)
		good = {"direct": bulk(90, 90), "longwire": bulk(89, 89)}
		bad = {"direct": bulk(90, 90), "longwire": bulk(80, 85)}
		assert reached("mid-0", [good]) == [True] * 5
		assert reached("mid-0", [bad]) == [False] * 4 + [True]
		# a median of three; the worst one still counts
		assert reached("mid-0", [good, bad, good]) == \
		    [True, False, True, False, True]
		# ratios are to the same seed's; a cell that failed is none
		failed = dict(good, longwire=bulk(1, 1, failed=True))
		assert reached("mid-0", [good, failed])[0] is True
		assert ratios([{"direct": bulk(50, 50)}, good], "longwire",
		              "one") == [89 / 90]
		assert reached("mid-0", [{}]) == [None] * 5
		# 1 of 100 may be late without being the 99th percentile
		late = [20.0] * 99 + [500.0]
		lost = [20.0] * 98 + [LOST] * 2
		slow = lambda p: [{"direct": bulk(90, 90),
		                   "longwire": bulk(90, 90, p)}]
		assert reached("mid-1", slow(late))[-1] is True
		assert reached("mid-1", slow(lost))[-1] is False
		assert reached("mid-1", slow([32.1] * 100))[-1] is False
		assert reached("mid-1", slow([31.9] * 100))[-1] is True
		assert reached("mid-0", slow([25.1] * 100))[-1] is False
		# 94.7 Mbit/s is what the link carries with 1 % of loss
		full = case("mid-1-inner").capacity()
		assert 94.6 < full < 94.7, full
		assert reached("mid-1-inner", [{"longwire": bulk(89, 91)}])[:2] \
		    == [False, True]
		over = lambda late, p: cell(soon=1, late=late, pings=[p] * 100)
		assert reached("failover", [{"direct": over(19, 99.0),
		    "longwire": over(19, 70.0)}]) == [True, True]
		assert reached("failover", [{"direct": over(19, 99.0),
		    "longwire": over(18, 100.0)}]) == [False, False]
		assert reached("mid-1-cubic", [{"direct": bulk(9, 100),
		    "longwire": bulk(1, 91)}])[:1] == [True]
	EOT
}

atf_test_case figures
figures_head()
{
	atf_set descr "figures from what the tools print"
}
figures_body()
{
	need python3
	cat >ping.txt <<-'EOT'
		64 bytes from 192.168.70.2: icmp_seq=1 ttl=64 time=20.5 ms
		64 bytes from 192.168.70.2: icmp_seq=3 ttl=64 time=120 ms

		4 packets transmitted, 2 received, 50% packet loss, time 301ms
	EOT
	echo "rtt min/avg/max/mdev = 19.9/20.25/21.0/0.1 ms" >idle.txt
	echo '{"end": {}}' >one.json
	echo 'iperf3: error' >four.json
	report <<-'EOT'
		got = measured(case("mid-1"), ".")
		assert got == {"one": None, "four": None, "idle_rtt": 19.9,
		    "pings": [20.5, 120.0, LOST, LOST]}, got
		assert jain([1, 1, 1, 1]) == 1
		assert jain([1, 0, 0, 0]) == 0.25
		assert jain([]) is None and jain([0]) is None
		def outage(rates):
		    steps = [{"sum": {"start": i / 10, "bits_per_second": r}}
		             for i, r in enumerate(rates)]
		    with open("outage.json", "w") as f:
		        json.dump({"server_output_json":
		                   {"intervals": steps}}, f)
		    return recovery(".")
		before, after = outage([1e8] * 80 + [0] * 60 + [1e8] * 40)
		assert before == 100 and abs(after - 1) < 0.15, after
		assert outage([1e8] * 80 + [0] * 90) == (100, LOST)
		assert outage([1e8] * 80) == (None, None)
		with open("failover.json", "w") as f:
		    json.dump({"server_output_json": {"intervals": [
		        {"sum": {"start": i, "bits_per_second": r}} for i, r in
		        enumerate([1e8] * 15 + [1e7] * 10 + [0] * 9 + [2e7] * 20)
		        ]}}, f)
		assert failed_over(".") == (10, 20)
		assert failed_over("/") == (None, None)
		assert plain({"a": [LOST, 1.5]}) == {"a": [None, 1.5]}
	EOT
}

atf_test_case cells
cells_head()
{
	atf_set descr "what is measured again, and what is not"
}
cells_body()
{
	need python3
	report <<-'EOT'
		import congestion
		congestion.OUT = os.path.abspath("out")
		c = case("mid-1")
		def keep(peer, **change):
		    d = cell_dir(c, peer, 1)
		    os.makedirs(d, exist_ok=True)
		    result = {"spec": c.spec(peer, 1), "build": "x",
		              "failed": False}
		    result.update(change)
		    with open(os.path.join(d, "result.json"), "w") as f:
		        json.dump(result, f)
		assert cell_done(c, "tinc", 1, "x") is None
		keep("tinc")
		assert cell_done(c, "tinc", 1, "x")
		assert cell_done(c, "tinc", 1, "y")
		assert cell_done(c, "tinc", 2, "x") is None
		keep("longwire")
		assert cell_done(c, "longwire", 1, "x")
		assert cell_done(c, "longwire", 1, "y") is None
		keep("tinc", failed=True)
		assert cell_done(c, "tinc", 1, "x") is None
		keep("tinc", spec=c.spec("direct", 1))
		assert cell_done(c, "tinc", 1, "x") is None
		names = [c.name for c in all_cases()]
		assert len(names) == len(set(names))
		assert sum(c.short for c in all_cases()) == 4
	EOT
}

atf_test_case jobs
jobs_head()
{
	atf_set descr "two at a time, in their order; a stopped run leaves none"
}
jobs_body()
{
	need python3
	cat >cell.sh <<-'EOF'
		trap 'echo "$SEED ended" >>log; exit 130' TERM
		echo "$SEED began" >>log
		until [ "$(grep -c began log)" -ge 2 ]; do
			sleep 0.05
		done
		echo 7 >"$1/idle"
		[ ! -e endless ] || while :; do sleep 0.05; done
	EOF
	cat >run.py <<-'EOT'
		import congestion
		congestion.OUT = os.path.abspath("out")
		congestion.CELL = os.path.abspath("cell.sh")
		congestion.daemons = lambda: "x"
		os.environ["JOBS"] = "2"
		signal.signal(signal.SIGTERM, stop)
		((c, done),) = run_all([case("mid-1")], ["direct"], [1, 2, 3])
		assert [s["direct"]["spec"]["SEED"] for s in done] == \
		    ["1", "2", "3"]
		assert not any(s["direct"]["failed"] for s in done), done
	EOT
	report <run.py
	atf_check_equal 3 "$(grep -c began log)"
	rm -r out log
	: >endless
	report_script <run.py
	python3 script.py 2>err &
	wait_until 20 two_began || atf_fail "not two at a time"
	kill $!
	wait $! || :
	atf_check -o match:"stopped; the next run goes on" cat err
	atf_check -o inline:"1 ended\n2 ended\n" \
	    sh -c "grep ended log | sort"
	atf_check -o inline:"2\n" grep -c began log
}
two_began()
{
	[ "$(grep -c began log)" -eq 2 ]
}

atf_test_case output
output_head()
{
	atf_set descr "tables, JSON and plots"
}
output_body()
{
	need python3
	report >out.txt <<-'EOT'
		cells = {"direct": cell(one=90.0, four=91.0, pings=[20.0, LOST],
		                        idle_rtt=20.0),
		         "longwire": cell(one=45.0, four=45.5, pings=[30.0] * 2,
		                          idle_rtt=20.0)}
		voice = {"sent": 10, "received": 9, "jitter_p99_us": 1500}
		write([(case("mid-1"), [cells]),
		       (case("voip-0"), [{"longwire": cell(up=voice,
		           down=voice, bulk_up=1.0, bulk_down=None)}]),
		       (case("outage"), [{"longwire": cell(before=90.0,
		           recovery=LOST)}])], ".")
		print(brief(cells["direct"]))
		print(brief(cell(failed=True)))
		json.load(open("congestion.json"),
		          parse_constant=lambda c: sys.exit("not JSON: " + c))
	EOT
	for _line in "1 %  longwire *45.0 *45.5 *0.50 *0.50 *30 *0.0 %" \
	    "1 %  direct .*lost *50.0 %" "one / direct *0.500 *>= 0.98" \
	    "NOT REACHED" "up 1 of 10 lost, jitter p99 1.5 ms" \
	    "full rate after the end *lost" "FAILED: no"; do
		grep -q "$_line" out.txt ||
		    { cat out.txt; atf_fail "not there: $_line"; }
	done
	for _f in goodput.svg ping.svg; do
		python3 -c 'import sys, xml.dom.minidom as d; d.parse(sys.argv[1])' \
		    $_f || atf_fail "$_f is no XML"
	done
	[ -s table.txt ] || atf_fail "no table"
}

atf_init_test_cases()
{
	for _tc in goals figures cells jobs output; do
		atf_add_test_case $_tc
	done
}
