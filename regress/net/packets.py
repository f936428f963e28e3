# SPDX-License-Identifier: ISC
"""
Packets that hosts send and attackers forge, with right checksums. Addresses
are text; a frame's source is mac(n) of peer.py.
"""

import ipaddress
import struct

from peer import BROADCAST, checksum, vlan

ALL_NODES = bytes.fromhex("333300000001")
DHCP_COOKIE = bytes([99, 130, 83, 99])


def ip(text):
    return ipaddress.ip_address(text).packed


def arp(src, spa, tpa, op=1, dst=BROADCAST, sha=None):
    return (dst + src + b"\x08\x06" +
            struct.pack("!HHBBH", 1, 0x0800, 6, 4, op) + (sha or src) +
            ip(spa) + b"\0" * 6 + ip(tpa)).ljust(60, b"\0")


def ipv4(src, saddr, daddr, proto, payload, dst=BROADCAST, frag=0, ident=1):
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), ident, frag,
                       64, proto, 0) + ip(saddr) + ip(daddr)
    head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
    return (dst + src + b"\x08\x00" + head + payload).ljust(60, b"\0")


def udp4(src, saddr, daddr, sport, dport, data=b"data", dst=BROADCAST):
    return ipv4(src, saddr, daddr, 17, struct.pack(
        "!HHHH", sport, dport, 8 + len(data), 0) + data, dst)


def tcp4(src, saddr, daddr, sport, dport, flags, dst):
    head = struct.pack("!HHIIBBHHH", sport, dport, 1, 1, 0x50, flags, 500, 0,
                       0)
    c = checksum(ip(saddr) + ip(daddr) + struct.pack("!HH", 6, 20) + head)
    return ipv4(src, saddr, daddr, 6, head[:16] + struct.pack("!H", c) +
                head[18:], dst)


def syn(src, saddr, daddr, flags=2, options=b"", dst=BROADCAST):
    """A TCP SYN with options, by IPv4 or IPv6 as the addresses are."""
    head = struct.pack("!HHIIBBHHH", 1025, 80, 1, 0,
                       (20 + len(options)) // 4 << 4, flags, 500, 0, 0)
    body = head + options
    pseudo = ip(saddr) + ip(daddr) + struct.pack("!II", len(body), 6)
    body = body[:16] + struct.pack("!H", checksum(pseudo + body)) + body[18:]
    if ":" in saddr:
        return ipv6(src, saddr, daddr, 6, body, dst)
    return ipv4(src, saddr, daddr, 6, body, dst)


def mss(n):
    return struct.pack("!BBH", 2, 4, n)


def dhcp(src, mtype, chaddr, yiaddr="0.0.0.0", ciaddr="0.0.0.0", lease=3600,
         server="10.1.0.1", dst=BROADCAST):
    """A client's message, or a server's: types 2 (OFFER), 5 (ACK)."""
    reply = mtype in (2, 5)
    body = struct.pack("!BBBBIHH", 2 if reply else 1, 1, 6, 0, 7, 0, 0)
    body += ip(ciaddr) + ip(yiaddr) + b"\0" * 8
    body += chaddr.ljust(16, b"\0") + b"\0" * 192 + DHCP_COOKIE
    body += bytes([53, 1, mtype])
    if reply:
        body += bytes([54, 4]) + ip(server) + b"\x33\x04" + \
            struct.pack("!I", lease)
    ports = (67, 68) if reply else (68, 67)
    return udp4(src, server if reply else ciaddr, "255.255.255.255", *ports,
                data=body + b"\xff", dst=dst)


def ipv6(src, saddr, daddr, nxt, payload, dst=ALL_NODES):
    return dst + src + b"\x86\xdd" + struct.pack(
        "!IHBB", 0x60000000, len(payload), nxt, 255) + ip(saddr) + \
        ip(daddr) + payload


def icmp6(saddr, daddr, mtype, body):
    """An ICMPv6 message: type, and what follows its checksum."""
    c = checksum(ip(saddr) + ip(daddr) + struct.pack(
        "!II", 4 + len(body), 58) + bytes([mtype, 0, 0, 0]) + body)
    return struct.pack("!BBH", mtype, 0, c) + body


def nd(src, mtype, saddr, target, daddr="ff02::1", lladdr=None,
       dst=ALL_NODES):
    """A neighbour solicitation (135) or advertisement (136)."""
    body = b"\0" * 4 + ip(target)
    if lladdr:
        body += bytes([1 if mtype == 135 else 2, 1]) + lladdr
    return ipv6(src, saddr, daddr, 58, icmp6(saddr, daddr, mtype, body), dst)


def ra(src, saddr, lifetime=1800, dst=ALL_NODES):
    return ipv6(src, saddr, "ff02::1", 58, ra_message(saddr, lifetime), dst)


def ra_message(saddr, lifetime=1800):
    return icmp6(saddr, "ff02::1", 134,
                 struct.pack("!BBHII", 64, 0, lifetime, 0, 0))


def group_mac(group):
    g = ip(group)
    if len(g) == 4:
        return bytes([1, 0, 0x5E, g[1] & 0x7F, g[2], g[3]])
    return b"\x33\x33" + g[12:]


def igmp(src, saddr, mtype, group="0.0.0.0", code=0, to=None, more=b""):
    """An IGMP message; a query's code is in tenths of a second."""
    body = bytes([mtype, code, 0, 0]) + ip(group) + more
    body = body[:2] + struct.pack("!H", checksum(body)) + body[4:]
    to = to or (group if group != "0.0.0.0" else "224.0.0.1")
    return ipv4(src, saddr, to, 2, body, group_mac(to))


def igmp3(src, saddr, groups, rtype=4):
    """A report of IGMPv3; record type 4 joins, 3 leaves."""
    body = struct.pack("!BBHHH", 0x22, 0, 0, 0, len(groups)) + b"".join(
        struct.pack("!BBH", rtype, 0, 0) + ip(g) for g in groups)
    body = body[:2] + struct.pack("!H", checksum(body)) + body[4:]
    return ipv4(src, saddr, "224.0.0.22", 2, body, group_mac("224.0.0.22"))


def mld(src, saddr, mtype, group="::", ms=0, to=None):
    """A message of MLDv1: 130 asks, 131 joins, 132 leaves."""
    to = to or (group if group != "::" else "ff02::1")
    return _mld(src, saddr, to, mtype, struct.pack("!HH", ms, 0) + ip(group))


def mld2(src, saddr, groups, rtype=4):
    return _mld(src, saddr, "ff02::16", 143, struct.pack(
        "!HH", 0, len(groups)) + b"".join(
        struct.pack("!BBH", rtype, 0, 0) + ip(g) for g in groups))


def _mld(src, saddr, to, mtype, body):
    body = bytes([58, 0, 5, 2, 0, 0, 1, 0]) + icmp6(saddr, to, mtype, body)
    f = ipv6(src, saddr, to, 0, body, group_mac(to))
    return f[:21] + b"\x01" + f[22:]  # hop limit


def to_group(src, saddr, group, data=b"video"):
    if ":" in group:
        head = struct.pack("!HHHH", 5000, 5001, 8 + len(data), 0)
        return ipv6(src, saddr, group, 17, head + data, group_mac(group))
    return udp4(src, saddr, group, 5000, 5001, data, group_mac(group))


def _sum4(head):
    head = head[:10] + b"\0\0" + head[12:]
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:]


def _forms4(f):
    n = struct.unpack("!H", f[16:18])[0]
    head, body = f[14:34], f[34:14 + n]
    more = bytes([0x46]) + head[1:2] + struct.pack("!H", n + 4) + head[4:]
    part = head[:6] + b"\x20\0" + head[8:]
    yield "options", f[:14] + _sum4(more + b"\1\1\1\1") + body
    yield "first fragment", (f[:14] + _sum4(part) + body).ljust(60, b"\0")


def _forms6(f):
    body, nxt = f[54:], f[20]
    ext = lambda kind, *then: bytes([then[0]]) + {
        44: b"\0\0\0\0\0\0\7", 43: b"\0\xfd\0\0\0\0\0"}.get(
            kind, b"\0\1\4\0\0\0\0") + (ext(*then) if then[1:] else b"")

    def with_chain(*kinds):
        data = ext(*kinds, nxt) + body
        return f[:18] + struct.pack("!HB", len(data), kinds[0]) + f[21:54] + \
            data

    yield "hop-by-hop options", with_chain(0)
    yield "destination options", with_chain(60)
    yield "a routing header", with_chain(43)
    yield "three headers", with_chain(0, 60, 60)
    yield "an atomic fragment", with_chain(44)
    part = with_chain(44)
    yield "first fragment", part[:56] + b"\0\1" + part[58:]
    part = with_chain(0, 44)
    yield "first fragment behind options", part[:64] + b"\0\1" + part[66:]


def forms(f, fragments=True):
    """
    The forms in which an untagged IP frame is sent to evade filters, as (how,
    frame); itself first.
    """
    yield "plain", f
    yield "a tag", vlan(7, f)
    yield "two tags", vlan(7, vlan(8, f))
    yield "LLC/SNAP", f[:12] + struct.pack("!H", len(f) - 6) + \
        bytes.fromhex("aaaa03000000") + f[12:]
    if f[12:14] == b"\x08\x06":
        return
    for how, g in _forms4(f) if f[12:14] == b"\x08\0" else _forms6(f):
        if fragments or "fragment" not in how:
            yield how, g
            yield how + ", a tag", vlan(7, g)
