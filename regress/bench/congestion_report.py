# SPDX-License-Identifier: ISC
"""Tables, JSON and plots of make bench-congestion.

Results are a list of (case, [{peer: cell} for each seed]); see congestion.py.
"""

import json
import math
import os
import statistics

LOST = float('inf')
COLORS = {'direct': '#888', 'longwire': '#0a7', 'softether': '#c60',
          'openvpn': '#36c', 'tinc': '#93c'}
NAMES = {'longwire': 'Longwire', 'softether': 'SoftEther',
         'openvpn': 'OpenVPN'}


def figures(by_seed, peer):
    """The figures of a peer, one a seed, without the cells that failed."""
    return [s[peer]['figures'] for s in by_seed
            if s.get(peer) and not s[peer]['failed']]


def ratios(by_seed, peer, key):
    """Of a peer to direct, seed by seed, of those where both worked."""
    found = []
    for seed in by_seed:
        both = figures([seed], peer) + figures([seed], 'direct')
        if len(both) == 2 and both[0].get(key) and both[1].get(key):
            found.append(both[0][key] / both[1][key])
    return found


def values(by_seed, peer, key):
    return [f[key] for f in figures(by_seed, peer) if f.get(key) is not None]


def median(numbers):
    return statistics.median(numbers) if numbers else None


def p99(rtt):
    return sorted(rtt)[math.ceil(len(rtt) * 0.99) - 1] if rtt else None


def all_pings(by_seed, peer):
    return [r for f in figures(by_seed, peer) for r in f['pings']]


def text(number, form='%.2f'):
    if number is None:
        return '-'
    return 'lost' if number == LOST else form % number


def with_unit(number, unit):
    known = number is not None and number != LOST
    return text(number, '%.1f') + (unit if known else '')


def brief(result):
    """One cell in a line."""
    if result['failed']:
        return 'FAILED: ' + result['said'].strip().splitlines()[-1]
    words = []
    for key, value in result['figures'].items():
        if key.startswith('pings'):
            words.append('%s p99 %s ms' % (key, text(p99(value), '%.1f')))
        elif isinstance(value, dict):
            words.append('%s: %d of %d, jitter p99 %.1f ms' % (
                key, value['received'], value['sent'],
                value['jitter_p99_us'] / 1000))
        elif not isinstance(value, list):
            words.append('%s %s' % (key, text(value)))
    return ', '.join(words) + ' (machine idle %.0f %%)' % (
        float(result['machine_idle'] or 0) * 100)


#
# Goals: each yields (what, figure as text, goal as text, reached), reached
# None where there is no figure.
#

def at_least(what, figure, goal):
    return (what, text(figure, '%.3f'), '>= %s' % text(goal, '%.3g'),
            None if figure is None else figure >= goal)


def at_most(what, figure, goal, unit):
    reached = None if figure is None or goal is None else (
        figure != LOST and figure <= goal)
    return (what, with_unit(figure, unit), '<= ' + with_unit(goal, unit),
            reached)


def goodput_goals(case, by_seed):
    if case.inner == 'cubic' and case.outer == 'bbr':
        for key in ('one', 'four'):
            share = [v / case.capacity()
                     for v in values(by_seed, 'longwire', key)]
            yield at_least('%s / what the link carries' % key, median(share),
                           0.95)
    elif case.outer == 'cubic':
        yield at_least('four / direct',
                       median(ratios(by_seed, 'longwire', 'four')), 0.9)
    else:
        goal = 0.98 if case.setting('rate', 0) >= 100 else 0.97
        for key in ('one', 'four'):
            found = ratios(by_seed, 'longwire', key)
            yield at_least('%s / direct' % key, median(found), goal)
            yield at_least('%s / direct, worst seed' % key,
                           min(found, default=None), 0.95)


def ping_goal(case, by_seed):
    mine = p99(all_pings(by_seed, 'longwire'))
    theirs = p99(all_pings(by_seed, 'direct'))
    idle = median(values(by_seed, 'direct', 'idle_rtt'))
    if case.setting('loss', 0) > 0:
        goal = None if idle is None else 1.1 * idle + 10
    else:
        goal = None if theirs is None else theirs + 5
    return at_most('ping p99 under load', mine, goal, ' ms')


def best_peer_goals(by_seed):
    """On links of other kinds: not worse than the best of the peers."""
    others = [p for p in ('softether', 'openvpn', 'tinc')
              if figures(by_seed, p)]
    if not others:
        return
    for key in ('one', 'four'):
        best = max((median(ratios(by_seed, p, key)) or 0) for p in others)
        yield at_least('%s / direct' % key,
                       median(ratios(by_seed, 'longwire', key)), best)
    best = min(p99(all_pings(by_seed, p)) or LOST for p in others)
    yield at_most('ping p99 under load',
                  p99(all_pings(by_seed, 'longwire')), best, ' ms')


def voip_goals(case, by_seed):
    rtt = 2 * case.setting('delay', 0)
    limit = 5 if case.setting('loss', 0) == 0 else rtt / 2
    for way in ('up', 'down'):
        found = values(by_seed, 'longwire', way)
        lost = max((v['sent'] - v['received'] for v in found), default=None)
        jitter = median([v['jitter_p99_us'] / 1000 for v in found])
        yield at_most('voice %s: lost' % way, lost, 0, '')
        yield at_most('voice %s: jitter p99' % way, jitter, limit, ' ms')


def outage_goal(by_seed):
    mine = median(values(by_seed, 'longwire', 'recovery'))
    direct = median(values(by_seed, 'direct', 'recovery'))
    goal = 1.5 if direct is None else min(1.5, direct)
    return at_most('full rate after the end', mine, goal, ' s')


def slow_goals(by_seed):
    found = figures(by_seed, 'longwire')
    share = [f['beside'] / f['alone'] for f in found
             if f['beside'] and f['alone']]
    alone, beside = (p99([r for f in found for r in f[key]])
                     for key in ('pings_alone', 'pings_beside'))
    yield at_least('goodput of the others', median(share), 0.98)
    # what two runs of the same differ by
    yield at_most('ping p99 of the others', beside,
                  None if alone is None else alone * 1.1 + 1, ' ms')


def failover_goals(by_seed):
    """Once what was known of the line before is forgotten."""
    yield at_least('twenty seconds later / direct',
                   median(ratios(by_seed, 'longwire', 'late')), 0.95)
    yield at_most('ping p99 under load, then',
                  p99(all_pings(by_seed, 'longwire')),
                  p99(all_pings(by_seed, 'direct')), ' ms')


def goals(case, by_seed):
    if case.kind == 'slow':
        return list(slow_goals(by_seed))
    if case.kind == 'voip':
        return list(voip_goals(case, by_seed))
    if case.kind == 'fair':
        return [at_least('Jain index',
                         median(values(by_seed, 'longwire', 'jain')), 0.95)]
    if case.kind == 'outage':
        return [outage_goal(by_seed)]
    if case.kind == 'failover':
        return list(failover_goals(by_seed))
    if case.kind == 'asymmetric':
        return [at_least('download / direct',
                         median(ratios(by_seed, 'longwire', 'down')), 0.95)]
    if case.name in ('burst', 'jitter', 'reorder'):
        return list(best_peer_goals(by_seed))
    return list(goodput_goals(case, by_seed)) + [ping_goal(case, by_seed)]


#
# Tables.
#

def bulk_rows(results):
    yield ('case', 'peer', '1 stream', '4 streams', 'ratio 1', 'ratio 4',
           'ping p99', 'lost')
    for case, by_seed in results:
        if case.kind != 'bulk':
            continue
        for peer in case.peers:
            if not figures(by_seed, peer):
                continue
            rtt = all_pings(by_seed, peer)
            yield (case.title, peer,
                   text(median(values(by_seed, peer, 'one')), '%.1f'),
                   text(median(values(by_seed, peer, 'four')), '%.1f'),
                   text(median(ratios(by_seed, peer, 'one'))),
                   text(median(ratios(by_seed, peer, 'four'))),
                   text(p99(rtt), '%.0f'),
                   '%.1f %%' % (100 * rtt.count(LOST) / max(1, len(rtt))))


def voice(figure, key):
    return None if figure is None else figure[key]


def other_rows(results):
    yield ('case', 'peer', 'figures')
    for case, by_seed in results:
        if case.kind == 'bulk':
            continue
        for peer in case.peers:
            if not figures(by_seed, peer):
                continue
            yield case.title, peer, other_figures(case, by_seed, peer)


def other_figures(case, by_seed, peer):
    if case.kind == 'slow':
        return ', '.join('%s %s, ping p99 %s ms' % (
            k, text(median(values(by_seed, peer, k)), '%.1f'),
            text(p99([r for f in figures(by_seed, peer)
                      for r in f['pings_' + k]]), '%.1f'))
                         for k in ('alone', 'beside'))
    if case.kind == 'failover':
        return '%s, ping p99 %s ms' % (', '.join(
            '%s %s' % (k, text(median(values(by_seed, peer, k)), '%.1f'))
            for k in ('soon', 'late')),
            text(p99(all_pings(by_seed, peer)), '%.1f'))
    if case.kind != 'voip':
        return ', '.join('%s %s' % (k, text(median(values(by_seed, peer, k))))
                         for k in figures(by_seed, peer)[0] if k != 'flows')
    words = []
    for way in ('up', 'down'):
        found = values(by_seed, peer, way)
        sent = sum(v['sent'] for v in found)
        got = sum(v['received'] for v in found)
        jitter = median([v['jitter_p99_us'] / 1000 for v in found])
        words.append('%s %d of %d lost, jitter p99 %s ms' % (
            way, sent - got, sent, text(jitter, '%.1f')))
    return '; '.join(words)


def goal_rows(results):
    yield 'case', 'what', 'figure', 'goal', ''
    for case, by_seed in results:
        for what, figure, goal, reached in goals(case, by_seed):
            word = {True: 'reached', False: 'NOT REACHED', None: 'no figure'}
            yield case.title, what, figure, goal, word[reached]


def table(rows):
    rows = list(rows)
    if len(rows) < 2:
        return ''
    widths = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
    return ''.join('  '.join(c.ljust(w) for c, w in zip(r, widths)).rstrip() +
                   '\n' for r in rows) + '\n'


#
# Plots.
#

def bars(results, title, value, scale):
    """An SVG of groups of bars, one a case; scale maps a value to 0..1."""
    height, left, group = 260, 230, 74
    rows = [(c, s) for c, s in results
            if c.kind == 'bulk' and c.offload == 'on']
    out = ['<svg xmlns="http://www.w3.org/2000/svg" width="760" height="%d" '
           'font-family="sans-serif" font-size="11">' %
           (60 + group * len(rows)),
           '<text x="10" y="20" font-size="14">%s</text>' % title]
    for n, (peer, color) in enumerate(COLORS.items()):
        out.append('<rect x="%d" y="30" width="10" height="10" fill="%s"/>'
                   '<text x="%d" y="39">%s</text>' %
                   (left + n * 90, color, left + n * 90 + 14,
                    NAMES.get(peer, peer)))
    width = 760 - left - height // 4
    for n, (case, by_seed) in enumerate(rows):
        y = 50 + n * group
        out.append('<text x="10" y="%d">%s</text>' %
                   (y + 34, case.title.replace('<', '&lt;')))
        for m, (peer, color) in enumerate(COLORS.items()):
            v = value(case, by_seed, peer)
            if v is None:
                continue
            long = max(1, width * min(1, scale(v)))
            out.append('<rect x="%d" y="%d" width="%.1f" height="11" '
                       'fill="%s"/><text x="%.1f" y="%d">%s</text>' %
                       (left, y + m * 13, long, color, left + long + 4,
                        y + m * 13 + 10, text(v, form(v))))
    return '\n'.join(out + ['</svg>', ''])


def form(number):
    return '%.0f' if number >= 1000 else '%.3g'


def plots(results):
    def carried(case, by_seed, peer):
        four = median(values(by_seed, peer, 'four'))
        return None if four is None else four / case.capacity()

    def ping(_, by_seed, peer):
        return p99(all_pings(by_seed, peer))

    return {
        'goodput.svg': bars(results, 'goodput of four streams, part of what '
                            'the line can carry', carried, lambda v: v),
        'ping.svg': bars(results, 'ping p99 under load, ms (logarithmic)',
                         ping, lambda v: math.log10(max(v, 1)) / 4)}


def plain(value):
    """JSON has no infinity: a lost ping's time is null."""
    if isinstance(value, float) and value == LOST:
        return None
    if isinstance(value, list):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    return value


def write(results, directory):
    """Prints the tables; table.txt, congestion.json and plots are files."""
    summary = (table(bulk_rows(results)) + table(other_rows(results)) +
               table(goal_rows(results)))
    print('\n' + summary, end='')
    files = dict(plots(results))
    files['table.txt'] = summary
    files['congestion.json'] = json.dumps(
        [{'case': c.name, 'title': c.title, 'seeds': plain(s),
          'goals': [dict(zip(('what', 'figure', 'goal', 'reached'), g))
                    for g in goals(c, s)]} for c, s in results], indent=1)
    for name, content in files.items():
        with open(os.path.join(directory, name), 'w', encoding='utf-8') as f:
            f.write(content)
    print('bench-congestion: tables, congestion.json and plots are in %s' %
          directory)
