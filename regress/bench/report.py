# SPDX-License-Identifier: ISC
"""
usage: report.py SHORT|FULL RAW USED DIRECTORY

The table, the JSON file and the plots of a run of bench.sh. RAW has lines of
figure, system, round and value with tabs between; USED has the settings of
the peers. A ratio is taken in each round, of values that were measured one
after the other; what is shown is the median of the rounds, with the lowest
and highest in brackets.
"""

import json
import os
import sys

# figure, what it is, the reference (None: no ratio), sign, goal, stretch
GOALS = [
    ("tcp1", "TCP, 1 stream", "softether", ">=", 3.0, 3.7),
    ("tcp1", "TCP, 1 stream", "tinc", ">=", 6.0, None),
    ("tcp1", "TCP, 1 stream", "openvpn", ">=", 8.0, None),
    ("tcp1", "TCP, 1 stream", "vxlan", ">=", None, 1.0),
    ("tcp1", "TCP, 1 stream", "direct", ">=", None, None),
    ("tcp4", "TCP, 4 streams", "softether", ">=", 3.0, 4.0),
    ("tcp4", "TCP, 4 streams", "tinc", ">=", 6.0, None),
    ("tcp4", "TCP, 4 streams", "openvpn", ">=", 8.0, None),
    ("tcpr", "TCP, reverse", "softether", ">=", 3.0, 4.0),
    ("tcpr", "TCP, reverse", "tinc", ">=", 6.0, None),
    ("tcpr", "TCP, reverse", "openvpn", ">=", 8.0, None),
    ("tcpb", "TCP, both at once", "softether", ">=", 3.0, 4.0),
    ("tcpb", "TCP, both at once", "tinc", ">=", 6.0, None),
    ("tcpb", "TCP, both at once", "openvpn", ">=", 8.0, None),
    ("cpu", "CPU a GiB", "softether", "<=", 0.30, 0.22),
    ("cpu", "CPU a GiB", "tinc", "<=", None, None),
    ("cpu", "CPU a GiB", "openvpn", "<=", None, None),
    ("rtt10", "RTT, 10 pings/s, median", "softether", "<=", 0.65, 0.5),
    ("rtt10p99", "RTT, 10 pings/s, p99", "softether", "<=", None, None),
    ("rtt2", "RTT, a ping every 2 ms", "softether", "<=", 0.35, 0.2),
    ("load", "RTT under load, median", "softether", "<=", 0.45, 0.2),
    ("loadp99", "RTT under load, p99", "softether", "<=", 0.40, 0.2),
    ("idle", "CPU when idle, %", None, "<=", 0.5, None),
    ("pps64", "64 B frames/s, < 1 % loss", "softether", ">=", 2.5, 4.0),
    ("generator", "the generator alone / that goal", None, ">=", 2.0, None),
    ("cpu64", "CPU a 64 B frame", "softether", "<=", 0.4, 0.25),
    ("plain", "TCP, 1514 B unmerged", "softether", ">=", 1.7, 2.2),
    ("line1gbit", "goodput, 1 Gbit/s line", "direct", ">=", 0.99, 0.995),
    ("line100mbit", "goodput, 100 Mbit/s line", "direct", ">=", 0.99, 0.995),
    ("memory", "hub memory an idle session, KiB", None, "<=", 64, 32),
    ("sessions", "1,000 sessions, 20 frames/s: loss, %", None, "<=", 0, None),
    ("memory5k", "the same of 5,000, KiB", None, "<=", 64, 32),
    ("sessions5k", "5,000 sessions, 2 frames/s: loss, %", None, "<=", 0,
     None),
    ("fdb", "forwarding, 65,536 MACs / 16", None, ">=", 0.9, None),
    ("flood", "CPU, flood to 100 / 100 unicasts", None, "<=", 1.1, None),
    ("acl", "asking 1,000 rules / one", None, "<=", 2, 1.5),
    ("rules", "CPU of the hub, 1,000 rules / one", None, "<=", 2, None),
    ("policy", "CPU of the hub, all policies / none", None, "<=", None, None),
    ("capture", "CPU of the hub, a capture that takes nothing / none", None,
     "<=", None, None),
    ("costtcp", "TCP, with all that is for bad lines", "off", ">=", 0.95,
     None),
    ("costcpu", "CPU a GiB, the same", "off", "<=", 1.05, None),
    ("cost64", "CPU a 64 B frame, the same", "off", "<=", 1.05, None),
    ("costrtt", "RTT, 10 pings/s, the same", "off", "<=", 1.05, None),
    ("costrtt2", "RTT, a ping every 2 ms, the same", "off", "<=", 1.05, None),
    ("threads", "both at once, 2 threads", "one", ">=", 1.3, None),
    ("threadmost", "GiB a second of the hub's busiest thread, 2 threads",
     "one", ">=", None, None),
    ("pinned", "2 threads on one core", "one", ">=", 1.0, None),
]

COLOURS = {"longwire": "#c0392b", "softether": "#2c7fb8", "openvpn":
           "#f0a202", "tinc": "#5aa469", "vxlan": "#8e7cc3",
           "direct": "#888888"}


def read(path):
    """figure -> system -> round -> value"""
    raw = {}
    with open(path) as f:
        for line in f:
            figure, system, turn, value = line.rstrip("\n").split("\t")
            raw.setdefault(figure, {}).setdefault(system, {})[int(turn)] = \
                float(value)
    return raw


def median(values):
    v = sorted(values)
    if not v:
        return None
    half = len(v) // 2
    return v[half] if len(v) % 2 else (v[half - 1] + v[half]) / 2


def ratios(raw, figure, reference):
    """Longwire's values of each round over the reference's, or as they are."""
    mine = raw.get(figure, {}).get("longwire", {})
    if reference is None:
        return [mine[r] for r in sorted(mine)]
    theirs = raw.get(figure, {}).get(reference, {})
    return [mine[r] / theirs[r] for r in sorted(mine)
            if theirs.get(r, 0) > 0]


def reached(value, sign, goal):
    if goal is None or value is None:
        return None
    return value >= goal if sign == ">=" else value <= goal


def generator(raw):
    """What the direct path passes, over Longwire's goal, as a figure."""
    theirs = raw.get("pps64", {}).get("softether", {})
    goal = next(g[4] for g in GOALS if g[0] == "pps64")
    return {"longwire": {r: v / (goal * theirs[r])
                         for r, v in raw.get("pps64", {}).get(
                             "direct", {}).items() if theirs.get(r, 0) > 0}}


def rows(raw):
    out = []
    for figure, title, reference, sign, goal, stretch in GOALS:
        all_rounds = ratios(raw, figure, reference)
        value = median(all_rounds)
        if value is None:
            continue
        out.append({
            "figure": figure, "title": title, "reference": reference,
            "ratio": value, "low": min(all_rounds), "high": max(all_rounds),
            "rounds": len(all_rounds), "sign": sign, "goal": goal,
            "stretch": stretch, "reached": reached(value, sign, goal),
            "stretch_reached": reached(value, sign, stretch),
        })
    return out


def goal_text(row, key):
    return "" if row[key] is None else "%s %g" % (
        {">=": "≥", "<=": "≤"}[row["sign"]], row[key])


def verdict(row):
    if row["stretch_reached"]:
        return "stretch"
    return {True: "yes", False: "no", None: ""}[row["reached"]]


def table(kind, rows_, used):
    lines = ["# Longwire and its peers: ratios (%s run)" % kind, "",
             "| figure | Longwire / | median [lowest, highest] | rounds "
             "| goal | stretch | reached |",
             "| --- | --- | --- | --- | --- | --- | --- |"]
    for r in rows_:
        lines.append("| %s | %s | %.2f [%.2f, %.2f] | %d | %s | %s | %s |" % (
            r["title"], r["reference"] or "(itself)", r["ratio"], r["low"],
            r["high"], r["rounds"], goal_text(r, "goal"),
            goal_text(r, "stretch"), verdict(r)))
    lines += ["", "Outer congestion control of the peers: %s. SoftEther had "
              "%s connections." % (
                  ", ".join("%s %s" % (p, c) for p, c, _ in used
                            if p not in ("longwire", "vxlan")) or "none ran",
                  next((n for p, _, n in used if p == "softether"), "no")),
              ""]
    return "\n".join(lines)


#
# Plots: bars and lines, nothing more.
#

def svg(width, height, title, body):
    return ('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" '
            'font-family="sans-serif" font-size="12">\n'
            '<rect width="100%%" height="100%%" fill="white"/>\n'
            '<text x="10" y="20" font-size="14">%s</text>\n%s\n</svg>\n'
            % (width, height, title, "\n".join(body)))


def bars(title, groups, reference):
    """groups: (name, system -> value); lengths relative to reference's."""
    body, y, values = [], 40, []
    for name, systems in groups:
        base = systems.get(reference)
        if base:
            values.append((name, {s: v / base for s, v in systems.items()}))
    top = max([v for _, g in values for v in g.values()] or [1])
    for name, systems in values:
        body.append('<text x="10" y="%d" font-weight="bold">%s</text>'
                    % (y + 12, name))
        y += 20
        for system in sorted(systems, key=systems.get, reverse=True):
            wide = 420 * systems[system] / top
            body.append('<text x="10" y="%d">%s</text>' % (y + 12, system))
            body.append('<rect x="90" y="%d" width="%.1f" height="14" '
                        'fill="%s"/>' % (y, wide,
                                         COLOURS.get(system, "#444")))
            body.append('<text x="%.1f" y="%d">%.2f</text>'
                        % (95 + wide, y + 12, systems[system]))
            y += 18
        y += 8
    return svg(580, y + 10, title, body)


def cdf(title, samples):
    """samples: system -> times; the axis is in the slowest median's units."""
    body, width, height = [], 500, 280
    unit = median(samples.get("softether", [])) or max(
        [median(v) for v in samples.values()] or [1])
    top = 4 * unit
    for i, system in enumerate(sorted(samples)):
        v = sorted(samples[system])
        # what is beyond the right edge is left out, and the line ends there
        points = " ".join("%.1f,%.1f" % (
            40 + width * t / top, 40 + height * (1 - (k + 1) / len(v)))
            for k, t in enumerate(v) if t <= top)
        colour = COLOURS.get(system, "#444")
        body.append('<polyline fill="none" stroke="%s" stroke-width="1.5" '
                    'points="%s"/>' % (colour, points))
        body.append('<text x="%d" y="%d" fill="%s">%s</text>'
                    % (width - 30, 200 + 16 * i, colour, system))
    for n in range(5):
        body.append('<text x="%d" y="%d">%d</text>'
                    % (36 + width * n // 4, height + 58, n))
    body.append('<path d="M40 40V%d H%d" fill="none" stroke="black"/>'
                % (height + 40, width + 40))
    return svg(width + 60, height + 70, title, body)


def plots(raw, load, out):
    def of(figure):
        return {s: median(v.values()) for s, v in raw.get(figure, {}).items()}

    def write(name, text):
        with open(os.path.join(out, name), "w") as f:
            f.write(text)

    write("throughput.svg", bars(
        "TCP throughput, SoftEther = 1",
        [(t, of(f)) for f, t in (("tcp1", "1 stream"), ("tcp4", "4 streams"),
                                 ("tcpr", "reverse"),
                                 ("tcpb", "both at once"))], "softether"))
    write("cpu.svg", bars("Processor time a GiB, SoftEther = 1",
                          [(t, of(f)) for f, t in (("cpu", "sum"),
                                                   ("cpuhub", "hub"))],
                          "softether"))
    write("load.svg", cdf("RTT under load, in medians of SoftEther's", load))


def read_load(path):
    load = {}
    if os.path.exists(path):
        with open(path) as f:
            for line in f:
                system, value = line.split()
                load.setdefault(system, []).append(float(value))
    return load


def main(kind, raw_path, used_path, out):
    raw = read(raw_path)
    raw["generator"] = generator(raw)
    with open(used_path) as f:
        used = [line.split() for line in f]
    result = rows(raw)
    with open(os.path.join(out, "table.md"), "w") as f:
        f.write(table(kind, result, used))
    with open(os.path.join(out, "bench.json"), "w") as f:
        json.dump({"kind": kind, "peers": used, "ratios": result,
                   "values": raw}, f, indent=1)
    plots(raw, read_load(os.path.join(os.path.dirname(raw_path) or ".",
                                      "load.rtt")), out)


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit("usage: report.py SHORT|FULL RAW USED DIRECTORY")
    main(*sys.argv[1:])
