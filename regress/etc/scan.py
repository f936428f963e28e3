# SPDX-License-Identifier: ISC
# usage: scan.py [-a PORT] [-u] ADDRESS PORT...
# Prints which TCP ports, or with -u which UDP ports, answer in any way, in one
# line: those that accept or reply, and with the error those that refuse. A
# range is FIRST-LAST. 500 are tried at once, for two seconds, and with -a until
# that TCP port answers, which is open and was asked last: for a machine that
# may be slow.
import errno
import select
import socket
import sys
import time


def start(kind, address, port):
    s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET,
                      kind)
    s.setblocking(False)
    s.connect_ex((address, port))
    if kind == socket.SOCK_DGRAM:
        s.send(b"?")
    return s


def answers(address, port):
    """Until it does, so that all that was sent before has been seen."""
    for _ in range(60):
        try:
            socket.create_connection((address, port), 1).close()
            return
        except OSError:
            continue
    sys.exit("port %d does not answer" % port)


def scan(kind, address, ports, last=None):
    waiting = {start(kind, address, p): p for p in ports}
    want = select.EPOLLIN if kind == socket.SOCK_DGRAM else select.EPOLLOUT
    poll = select.epoll()
    for s in waiting:
        poll.register(s, want)
    by_fd = {s.fileno(): s for s in waiting}
    found = {}
    if last:
        answers(address, last)
    end = time.monotonic() + 2
    while by_fd and time.monotonic() < end:
        for fd, _ in poll.poll(0.1):
            s = by_fd.pop(fd)
            poll.unregister(fd)
            e = s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            found[waiting[s]] = "(%s)" % errno.errorcode[e] if e else ""
    return found


def ports(words):
    for w in words:
        first, _, last = w.partition("-")
        yield from range(int(first), int(last or first) + 1)


words = sys.argv[1:]
transport = socket.SOCK_STREAM
last = None
if words[0] == "-a":
    last = int(words[1])
    words = words[2:]
if words[0] == "-u":
    words.pop(0)
    transport = socket.SOCK_DGRAM
result = {}
todo = list(ports(words[1:]))
for at in range(0, len(todo), 500):
    result.update(scan(transport, words[0], todo[at:at + 500], last))
print(" ".join(str(p) + result[p] for p in sorted(result)) or "nothing")
