# SPDX-License-Identifier: ISC
# usage: scan.py ADDRESS PORT...
# Prints which TCP ports accept a connection, in one line; the rest must not
# even refuse. All are tried at once, for two seconds.
import errno
import select
import socket
import sys
import time


def start(address, port):
    s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    s.setblocking(False)
    s.connect_ex((address, port))
    return s


def scan(address, ports):
    waiting = {start(address, p): p for p in ports}
    found = {}
    end = time.monotonic() + 2
    while waiting and time.monotonic() < end:
        _, ready, _ = select.select([], list(waiting), [], 0.1)
        for s in ready:
            e = s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if e == 0:
                found[waiting.pop(s)] = ""
            else:
                found[waiting.pop(s)] = "(%s)" % errno.errorcode[e]
    return found


def ports(words):
    for w in words:
        first, _, last = w.partition("-")
        yield from range(int(first), int(last or first) + 1)


result = {}
todo = list(ports(sys.argv[2:]))
for at in range(0, len(todo), 500):
    result.update(scan(sys.argv[1], todo[at:at + 500]))
print(" ".join(str(p) + result[p] for p in sorted(result)) or "nothing")
