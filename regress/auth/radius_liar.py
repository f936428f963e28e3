# SPDX-License-Identifier: ISC
"""
usage: radius_liar.py ADDRESS SECRET MODE

A RADIUS server that accepts everybody, whose answers are wrong in the way
that MODE says ("honest": right; "push": right, after 5 s or
when there is a file "tapped", whichever is later, as with a second factor). It shares no code with Longwire, and prints "new PORT ID" for each
request, "again PORT ID" for each that comes once more, byte for byte.
"""

import hashlib
import hmac
import os
import socket
import struct
import sys
import time

ADDRESS, SECRET, MODE = sys.argv[1], sys.argv[2].encode(), sys.argv[3]
ACCEPT = 2
HELD = 12.0


def attr(kind, value):
    return bytes([kind, 2 + len(value)]) + value


def answer(request, code=ACCEPT, message=True, spoil=False, ident=None):
    """A whole reply; spoil: its Message-Authenticator is wrong."""
    ident = request[1] if ident is None else ident
    attrs = attr(80, bytes(16)) if message else b""
    attrs += attr(18, b"welcome")
    head = struct.pack("!BBH", code, ident, 20 + len(attrs))
    if message:
        mac = hmac.new(SECRET, head + request[4:20] + attrs,
                       "md5").digest()
        if spoil:
            mac = bytes([mac[0] ^ 1]) + mac[1:]
        attrs = attr(80, mac) + attrs[18:]
    auth = hashlib.md5(head + request[4:20] + attrs + SECRET).digest()
    return head + auth + attrs


def lie(request):
    right = answer(request)
    if MODE == "no-message-authenticator":
        return answer(request, message=False)
    if MODE == "bad-message-authenticator":
        return answer(request, spoil=True)
    if MODE == "bad-authenticator":
        return right[:4] + os.urandom(16) + right[20:]
    if MODE == "wrong-id":
        return answer(request, ident=request[1] ^ 1)
    if MODE == "wrong-code":
        return answer(request, code=5)
    if MODE == "truncated":
        return right[:-1]
    if MODE == "long-attribute":
        return right[:-8] + b"\xff" + right[-7:]
    if MODE == "short-length":
        return right[:2] + b"\0\1" + right[4:]
    if MODE == "garbage":
        return os.urandom(200)
    if MODE == "empty":
        return b""
    return right


def check(request):
    """The request is what it should be."""
    code, _, length = struct.unpack("!BBH", request[:4])
    assert code in (1, 12), code
    assert length == len(request), length
    assert request[20:22] == b"\x50\x12", "Message-Authenticator not first"
    zeroed = request[:22] + bytes(16) + request[38:]
    want = hmac.new(SECRET, zeroed, "md5").digest()
    assert want == request[22:38], "Message-Authenticator wrong"
    return code


def main():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((ADDRESS, 1812))
    other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    other.bind((ADDRESS, 0))
    print("ready", flush=True)
    seen, due = set(), []
    while True:
        sock.settimeout(max(0.01, due[0][0] - time.monotonic())
                        if due else None)
        try:
            request, peer = sock.recvfrom(4096)
        except socket.timeout:
            if not os.path.exists("tapped"):
                time.sleep(0.1)
                continue
            _, request, peer = due.pop(0)
            sock.sendto(answer(request), peer)
            continue
        if check(request) == 12:
            sock.sendto(answer(request), peer)
            continue
        print("again" if (request, peer) in seen else "new", peer[1],
              request[1], flush=True)
        if (request, peer) in seen:
            continue
        seen.add((request, peer))
        if MODE == "push":
            due.append((time.monotonic() + HELD, request, peer))
        else:
            (other if MODE == "other-port" else sock).sendto(lie(request),
                                                             peer)


main()
