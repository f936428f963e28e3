# SPDX-License-Identifier: ISC
# usage: promcheck.py <TEXT
# Whether a text is in Prometheus' format (0.0.4), each series there once and
# all of a name together. Prints the number of series.
import re
import sys

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
SERIES = re.compile(r"(%s)(?:\{(%s(?:,%s)*)\})? (-?[0-9.]+(?:e[+-]?[0-9]+)?)$"
                    % (NAME, LABEL, LABEL))

types, seen, done, last = {}, set(), set(), None
text = sys.stdin.buffer.read().decode("utf-8")
assert text.endswith("\n"), "no newline at the end"
for n, line in enumerate(text[:-1].split("\n"), 1):
    where = "line %d: %r" % (n, line)
    if line.startswith("#"):
        word = line.split(" ", 3)
        assert len(word) == 4 and word[1] in ("HELP", "TYPE"), where
        if word[1] == "TYPE":
            assert word[3] in ("counter", "gauge"), where
            assert word[2] not in types, "a second TYPE, " + where
            types[word[2]] = word[3]
        continue
    m = SERIES.match(line)
    assert m, where
    name = m.group(1)
    assert name in types, "no TYPE, " + where
    assert types[name] != "counter" or name.endswith("_total"), where
    assert name == last or name not in done, "not together, " + where
    assert (name, m.group(2)) not in seen, "twice, " + where
    seen.add((name, m.group(2)))
    done.add(name)
    last = name
print(len(seen))
