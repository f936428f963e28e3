# SPDX-License-Identifier: ISC
"""usage: offers.py IF [WANTED]

Asks for an address by DHCP and prints "SERVER ADDRESS" of each offer, sorted;
asks again until WANTED servers have answered, at most 30 times in 30 s, or
without WANTED 5 times in 5 s.  It takes none of them.
"""
import os
import socket
import struct
import sys
import time

ifname = sys.argv[1]
wanted = int(sys.argv[2]) if len(sys.argv) > 2 else 99
with open(f"/sys/class/net/{ifname}/address") as f:
    mac = bytes.fromhex(f.read().strip().replace(":", ""))


def checksum(p):
    n = sum(struct.unpack(f"!{len(p) // 2}H", p))
    n = (n & 0xFFFF) + (n >> 16)
    return ((n & 0xFFFF) + (n >> 16)) ^ 0xFFFF


def discover(xid):
    bootp = struct.pack("!BBBB4sHH16s16s192s", 1, 1, 6, 0, xid, 0, 0x8000,
                        b"", mac, b"") + bytes.fromhex("63825363350101ff")
    bootp += bytes(300 - len(bootp))
    udp = struct.pack("!HHHH", 68, 67, 8 + len(bootp), 0) + bootp
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 16, 17, 0,
                     bytes(4), b"\xff" * 4)
    ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
    return b"\xff" * 6 + mac + b"\x08\x00" + ip + udp


def offer(p, xid):
    """The server and the address that it offers, or None."""
    bootp = p[42:]
    if p[12:14] != b"\x08\x00" or p[23] != 17 or bootp[4:8] != xid \
            or bootp[0] != 2:
        return None
    options, server = bootp[240:], None
    while options and options[0] != 255:
        if options[0] == 0:
            options = options[1:]
            continue
        if options[0] == 54:
            server = socket.inet_ntoa(options[2:6])
        options = options[2 + options[1]:]
    return f"{server} {socket.inet_ntoa(bootp[16:20])}"


s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
s.bind((ifname, 0))
s.settimeout(0.1)
xid, found = os.urandom(4), {}
for _ in range(30 if wanted < 99 else 5):
    s.send(discover(xid))
    end = time.monotonic() + 1
    while time.monotonic() < end and len(found) < wanted:
        try:
            got = offer(s.recv(2000), xid)
        except TimeoutError:
            continue
        if got:
            found[got.split()[0]] = got
    if len(found) >= wanted:
        break
print("\n".join(sorted(found.values())))
