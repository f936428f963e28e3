#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""usage: congestion.py [anew]

make bench-congestion: Longwire and its peers over an emulated link, as ratios
to a direct line (a kernel bridge) over the same link, against the goals.
Limits by environment:

    BENCH=short     one seed and short transfers of the hardest cases
    CASES, PEERS    globs and names of what to measure
    SEEDS           how many seeds, 5
    PEER_SEEDS      how many of them for all but Longwire and direct, and for
                    LAN hosts without TSO, 1: so the whole takes some 4 hours,
                    not 9
    JOBS            how many seeds at a time, 1. The table says how much of the
                    machine was idle: two want two processors of their own

Each cell (case, peer, seed) is measured by congestion_cell.sh and kept in
obj/bench/congestion/; a rerun measures what is missing, what failed, and
Longwire's cells anew if its daemons have changed, then with direct's beside
them. "anew" forgets all.
"""

import concurrent.futures
import contextlib
import fnmatch
import hashlib
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import threading

import congestion_report as report

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), '..', '..'))
OUT = os.path.join(TOP, 'obj', 'bench', 'congestion')
CELL = os.path.join(TOP, 'regress', 'bench', 'congestion_cell.sh')
SHORT = os.environ.get('BENCH') == 'short'
PEERS = ['direct', 'longwire', 'softether', 'openvpn', 'tinc']
LIMIT = 240             # seconds that a cell may take
LOST = float('inf')     # round trip of a ping without an answer
OUTAGE = 5              # seconds, in congestion_cell.sh too
FRAME, PAYLOAD = 1514, 1448     # bytes of a full frame, of TCP's in it


class Case:
    """One link with one load; link is for both ways unless it names them."""

    def __init__(self, name, title, link, kind='bulk', inner='bbr',
                 outer='bbr', offload='on', peers=None, short=False):
        self.name = name
        self.title = title
        self.kind = kind
        self.link = link if ':' in link else 'both:' + link
        self.inner = inner
        self.outer = outer
        self.offload = offload
        self.peers = peers or PEERS
        self.short = short

    def seconds(self):
        """Of one stream and of four: 400 pings go beside the latter."""
        if self.kind != 'bulk':
            return 0, 10 if SHORT else 20
        return (4, 8) if SHORT else (15, 40)

    def spec(self, peer, seed):
        one, four = self.seconds()
        return {'KIND': self.kind, 'PEER': peer, 'LINK': self.link,
                'SEED': str(seed), 'INNER': self.inner, 'OUTER': self.outer,
                'OFFLOAD': self.offload, 'SECONDS_1': str(one),
                'SECONDS_4': str(four)}

    def setting(self, name, default):
        """A setting of the link as a number without its unit."""
        for word in self.link.replace(':', ',').replace(' ', ',').split(','):
            if word.startswith(name + '='):
                return float(word[len(name) + 1:].rstrip('%abcdefgimst'))
        return default

    def capacity(self):
        """Mbit/s of TCP's payload that the link can carry."""
        return (self.setting('rate', 0) * PAYLOAD / FRAME *
                (1 - self.setting('loss', 0) / 100))


MID = 'delay=10ms,rate=100mbit,queue=20ms'
FAR = 'delay=50ms,rate=50mbit,queue=100ms'


def bulk_cases():
    """The lines of the issue's first table."""
    return [
        Case('mid-0', '20 ms 100 Mbit/s', MID),
        Case('mid-0.1', '20 ms 100 Mbit/s 0.1 %', MID + ',loss=0.1%'),
        Case('mid-1', '20 ms 100 Mbit/s 1 %', MID + ',loss=1%', short=True),
        Case('far-0.1', '100 ms 50 Mbit/s 0.1 %', FAR + ',loss=0.1%'),
        Case('far-1', '100 ms 50 Mbit/s 1 %', FAR + ',loss=1%', short=True),
        Case('mid-1-cubic', '20 ms 100 Mbit/s 1 %, cubic',
             MID + ',loss=1%', inner='cubic', outer='cubic', short=True),
        Case('far-1-cubic', '100 ms 50 Mbit/s 1 %, cubic',
             FAR + ',loss=1%', inner='cubic', outer='cubic'),
        Case('mid-1-inner', '20 ms 100 Mbit/s 1 %, inner cubic',
             MID + ',loss=1%', inner='cubic', short=True),
        Case('far-1-inner', '100 ms 50 Mbit/s 1 %, inner cubic',
             FAR + ',loss=1%', inner='cubic'),
    ]


def plain_hosts(cases):
    """The same with LAN hosts that segment by themselves."""
    return [Case(c.name + '-plain', c.title + ', no TSO', c.link,
                 inner=c.inner, outer=c.outer, offload='off',
                 peers=['direct', 'longwire']) for c in cases]


def all_cases():
    bulk = bulk_cases()
    return bulk + plain_hosts(bulk) + [
        Case('burst', '20 ms 100 Mbit/s, 1 % in bursts of 8',
             MID + ',loss=1%,burst=8'),
        Case('jitter', '20 ms 100 Mbit/s, jitter 10 ms',
             MID + ',jitter=10ms'),
        Case('reorder', '20 ms 100 Mbit/s, 1 % come 2 ms late',
             MID + ',reorder=1%,gap=2ms'),
        Case('voip-0', 'voice beside 8 flows', MID, kind='voip'),
        Case('voip-1', 'voice beside 8 flows, 1 %', MID + ',loss=1%',
             kind='voip'),
        Case('fair', '8 flows of two RTTs', MID, kind='fair'),
        Case('asymmetric', '20 / 1 Mbit/s, download',
             'both:delay=10ms,queue=100ms up:rate=1mbit down:rate=20mbit',
             kind='asymmetric'),
        Case('slow', 'a slow session beside', MID, kind='slow',
             peers=['direct', 'longwire']),
        Case('outage', 'outage of 5 s', MID, kind='outage'),
        Case('outage-1', 'outage of 5 s, 1 %', MID + ',loss=1%',
             kind='outage'),
        Case('failover', 'from 2 ms 100 Mbit/s to 50 ms 20 Mbit/s 0.5 %',
             'delay=1ms,rate=100mbit,queue=20ms', kind='failover'),
    ]


#
# What a cell measured.
#

def load(directory, name):
    try:
        with open(os.path.join(directory, name), encoding='utf-8') as f:
            return json.load(f) if name.endswith('.json') else f.read()
    except (OSError, ValueError):
        return None


def goodput(directory, name):
    """Mbit/s that arrived, or None."""
    try:
        return (load(directory, name)['end']['sum_received']
                ['bits_per_second'] / 1e6)
    except (KeyError, TypeError):
        return None


def pings(directory, name):
    """Round trips in ms of all pings; LOST for those without an answer."""
    text = load(directory, name) or ''
    rtt = [float(line.split('time=')[1].split()[0])
           for line in text.splitlines() if 'time=' in line]
    for line in text.splitlines():
        if ' packets transmitted' in line:
            rtt += [LOST] * (int(line.split()[0]) - len(rtt))
    return rtt


def idle_rtt(directory):
    """The shortest of some: what the link adds when nothing waits."""
    for line in (load(directory, 'idle.txt') or '').splitlines():
        if line.startswith('rtt '):
            return float(line.split('=')[1].split('/')[0])
    return None


def streams(directory, name):
    """Mbit/s of each flow."""
    data = load(directory, name)
    try:
        return [s['receiver']['bits_per_second'] / 1e6
                for s in data['end']['streams']]
    except (KeyError, TypeError):
        return []


def jain(rates):
    if not rates or not sum(rates):
        return None
    return sum(rates) ** 2 / (len(rates) * sum(r * r for r in rates))


def received_steps(directory, name):
    """(seconds since the first, bit/s) of the receiver's intervals."""
    data = load(directory, name) or {}
    server = data.get('server_output_json') or {}
    return [(i['sum']['start'], i['sum']['bits_per_second'])
            for i in server.get('intervals', [])]


def silence(steps):
    """Where more than two seconds without a byte begin, or None.

    The first steps after the link has gone may still see what was on its way.
    """
    for i in range(len(steps) - 25):
        if all(rate < 1e5 for _, rate in steps[i:i + 22]):
            return i
    return None


def recovery(directory):
    """Mbit/s before the outage, seconds from its end to 0.9 of that.

    The outage is found in the receiver's rates, in steps of 0.1 s; full rate
    is back when the mean of half a second has it.
    """
    steps = received_steps(directory, 'outage.json')
    start = silence(steps)
    if start is None:
        return None, None
    before = statistics.mean(r for _, r in steps[max(0, start - 40):start])
    end = steps[start][0] + OUTAGE
    for i in range(start, len(steps) - 4):
        at = steps[i][0]
        window = statistics.mean(r for _, r in steps[i:i + 5])
        if at > end - 1 and window >= 0.9 * before:
            return before / 1e6, max(0.0, at - end)
    return before / 1e6, LOST


def failed_over(directory):
    """Mbit/s of the ten seconds after the change, and 20 s after it."""
    steps = received_steps(directory, 'failover.json')
    soon, late = ([rate / 1e6 for at, rate in steps if first <= at < last]
                  for first, last in ((15, 25), (34, 54)))
    if not soon or not late:
        return None, None
    return statistics.mean(soon), statistics.mean(late)


def measured(case, directory):
    """The figures of one cell; None for one that is not there."""
    if case.kind == 'bulk':
        return {'one': goodput(directory, 'one.json'),
                'four': goodput(directory, 'four.json'),
                'pings': pings(directory, 'ping.txt'),
                'idle_rtt': idle_rtt(directory)}
    if case.kind == 'voip':
        return {'up': load(directory, 'voip-up.json'),
                'down': load(directory, 'voip-down.json'),
                'bulk_up': goodput(directory, 'up.json'),
                'bulk_down': goodput(directory, 'down.json')}
    if case.kind == 'fair':
        flows = streams(directory, 'near.json') + streams(directory, 'far.json')
        return {'jain': jain(flows), 'flows': flows}
    if case.kind == 'slow':
        return {'alone': goodput(directory, 'alone.json'),
                'beside': goodput(directory, 'beside.json'),
                'pings_alone': pings(directory, 'alone.txt'),
                'pings_beside': pings(directory, 'beside.txt')}
    if case.kind == 'outage':
        before, after = recovery(directory)
        return {'before': before, 'recovery': after}
    if case.kind == 'failover':
        soon, late = failed_over(directory)
        return {'soon': soon, 'late': late,
                'pings': pings(directory, 'ping.txt')}
    return {'down': goodput(directory, 'down.json')}


#
# Running cells.
#

def daemons():
    """What tells one build of Longwire from another."""
    h = hashlib.sha256()
    for prog in ('hubd', 'vnicd'):
        with open(os.path.join(TOP, 'obj', 'amd64', 'sbin', prog), 'rb') as f:
            h.update(f.read())
    return h.hexdigest()[:16]


def cell_dir(case, peer, seed):
    length = '-short' if SHORT else ''
    return os.path.join(OUT, case.name, '%s-%d%s' % (peer, seed, length))


def cell_done(case, peer, seed, build):
    """The cell's result if it need not be measured again."""
    done = load(cell_dir(case, peer, seed), 'result.json')
    if not done or done['spec'] != case.spec(peer, seed) or done['failed']:
        return None
    if peer == 'longwire' and done['build'] != build:
        return None
    return done


class Cells:
    """The cells that are being measured, of which a stopped run leaves none:
    each removes what it made when it is terminated."""

    def __init__(self):
        self.lock = threading.Lock()
        self.cells = set()
        self.stopped = False

    def run(self, directory, spec):
        """Its exit status, and what it said."""
        with self.lock:
            if self.stopped:
                raise InterruptedError
            # before other jobs of a shared machine, for all peers alike
            cell = subprocess.Popen(
                ['nice', '-n', '-10', 'sh', CELL, directory],
                env=dict(os.environ, **spec), stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE, text=True)
            self.cells.add(cell)
        try:
            _, said = cell.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            said = 'not done within %d s' % LIMIT
            cell.terminate()
            cell.wait()
        with self.lock:
            self.cells.discard(cell)
            if self.stopped:
                raise InterruptedError
        return cell.returncode, said

    def stop(self):
        with self.lock:
            self.stopped = True
            for cell in self.cells:
                cell.terminate()


CELLS = Cells()
SOFTETHER = threading.Lock()    # one at a time on a machine


def measure(case, peer, seed, build):
    directory = cell_dir(case, peer, seed)
    spec = case.spec(peer, seed)
    os.makedirs(directory, exist_ok=True)
    with SOFTETHER if peer == 'softether' else contextlib.nullcontext():
        status, said = CELLS.run(directory, spec)
    result = {'spec': spec, 'build': build, 'failed': status != 0,
              'said': said[-2000:] if status else '',
              'machine_idle': load(directory, 'idle'),
              'figures': measured(case, directory),
              'link': load(directory, 'wan.json')}
    with open(os.path.join(directory, 'result.json'), 'w',
              encoding='utf-8') as f:
        json.dump(result, f, indent=1)
    return result


def run_seed(case, peers, seed, build):
    """The peers of one case and seed, one after another: {peer: result}"""
    results = {p: cell_done(case, p, seed, build) for p in peers}
    if 'longwire' in peers and not results['longwire']:
        results['direct'] = None        # beside the ratio's other half
    for peer in peers:
        if results[peer]:
            continue
        results[peer] = measure(case, peer, seed, build)
        print('bench-congestion: %-14s seed %d %-9s %s' % (
            case.name, seed, peer, report.brief(results[peer])), flush=True)
    return results


def cells(case, peers, seeds):
    """(seed, peers) of a case: the first seeds have all peers."""
    few = int(os.environ.get('PEER_SEEDS', '') or 1)
    here = [p for p in case.peers if p in peers or p == 'direct']
    for seed in seeds:
        if seed > few and case.offload == 'off':
            break
        yield seed, [p for p in here
                     if seed <= few or p in ('direct', 'longwire')]


def wanted():
    """Cases, peers and seeds that the environment asks for."""
    globs = os.environ.get('CASES', '').split()
    peers = os.environ.get('PEERS', '').split() or PEERS
    cases = [c for c in all_cases()
             if (any(fnmatch.fnmatch(c.name, g) for g in globs) if globs
                 else c.short or not SHORT)]
    unknown = [p for p in peers if p not in PEERS]
    if unknown or not cases:
        sys.exit('congestion.py: no such case or peer: %s' %
                 ' '.join(unknown or globs))
    seeds = int(os.environ.get('SEEDS', '') or (1 if SHORT else 5))
    return cases, peers, range(1, seeds + 1)


def stop(*_):
    raise KeyboardInterrupt


def run_all(cases, peers, seeds):
    """[(case, [{peer: result} for each seed])], JOBS seeds at a time"""
    build = daemons()
    jobs = int(os.environ.get('JOBS', '') or 1)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        results = [(case, [pool.submit(run_seed, case, here, seed, build)
                           for seed, here in cells(case, peers, seeds)])
                   for case in cases]
        try:
            return [(case, [seed.result() for seed in by_seed])
                    for case, by_seed in results]
        except BaseException as e:
            pool.shutdown(wait=False, cancel_futures=True)
            CELLS.stop()
            if isinstance(e, KeyboardInterrupt):
                sys.exit('congestion.py: stopped; the next run goes on here')
            raise


def main():
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if sys.argv[1:] == ['anew']:
        shutil.rmtree(OUT, ignore_errors=True)
    elif sys.argv[1:]:
        sys.exit(__doc__)
    report.write(run_all(*wanted()), OUT)


if __name__ == '__main__':
    main()
