#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""usage: until.py LIMIT FILE TEXT COMMAND... | until.py LIMIT tls PORT COMMAND...

Starts COMMAND (a virtual machine), prints the seconds until FILE holds TEXT,
or until a TLS server answers at 127.0.0.1:PORT, and the seconds of processor
time that COMMAND used until then, and ends it. Status 1 if that is not so
within LIMIT seconds, or if COMMAND ends earlier.
"""

import os
import selectors
import socket
import ssl
import subprocess
import sys
import time

STEP = 0.05     # seconds between two looks, and between two attempts
OPEN = 40       # attempts that may wait for an answer at once


def holds(path, text):
    """A function that tells whether the file holds the text."""
    def look():
        time.sleep(STEP)
        try:
            with open(path, 'rb') as f:
                return text in f.read()
        except FileNotFoundError:
            return False
    return look


def client_hello():
    out = ssl.MemoryBIO()
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    ctx.check_hostname = False
    ctx.verify_mode = ssl.CERT_NONE
    ctx.set_alpn_protocols(['http/1.1'])
    try:
        ctx.wrap_bio(ssl.MemoryBIO(), out).do_handshake()
    except ssl.SSLWantReadError:
        pass
    return out.read()


def answers(port):
    """QEMU accepts for the guest and tries on its behalf, at growing
    intervals, so that only what comes back counts, and each look tries
    anew."""
    hello = client_hello()
    sel = selectors.DefaultSelector()
    waiting = []

    def drop(s):
        waiting.remove(s)
        sel.unregister(s)
        s.close()

    def look():
        s = socket.socket()
        s.setblocking(False)
        s.connect_ex(('127.0.0.1', port))
        sel.register(s, selectors.EVENT_WRITE)
        waiting.append(s)
        if len(waiting) > OPEN:
            drop(waiting[0])
        until = time.monotonic() + STEP
        while (left := until - time.monotonic()) > 0:
            for key, event in sel.select(left):
                s = key.fileobj
                try:
                    if event & selectors.EVENT_WRITE:
                        s.send(hello)
                        sel.modify(s, selectors.EVENT_READ)
                    elif s.recv(1):
                        return True
                    else:
                        drop(s)
                except OSError:
                    drop(s)
        return False
    return look


def cpu(pid):
    with open(f'/proc/{pid}/stat', encoding='ascii') as f:
        fields = f.read().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def main():
    limit = float(sys.argv[1])
    if sys.argv[2] == 'tls':
        look = answers(int(sys.argv[3]))
    else:
        look = holds(sys.argv[2], sys.argv[3].encode())
    start = time.monotonic()
    vm = subprocess.Popen(sys.argv[4:], stdin=subprocess.DEVNULL)
    try:
        while not look():
            took = time.monotonic() - start
            if vm.poll() is not None or took > limit:
                print(f'nothing after {took:.0f} s', file=sys.stderr)
                return 1
        print(f'{time.monotonic() - start:.2f} {cpu(vm.pid):.2f}')
        return 0
    finally:
        vm.terminate()
        vm.wait()


if __name__ == '__main__':
    sys.exit(main())
