# SPDX-License-Identifier: ISC
"""
A plain implementation of draft-ietf-masque-connect-ethernet that shares no
code with Longwire: what the tests of the hub send to it and see of it. Every
byte can be chosen, also wrong ones.

    a = join("officea", "secret")       # 101, or an exception
    a.send(eth(BROADCAST, mac(1)))
    b.expect(eth(BROADCAST, mac(1)))    # this one comes next
    fence(a, b)                         # and nothing after it
"""

import base64
import json
import os
import select
import socket
import ssl
import struct
import subprocess
import threading
import time
import zlib

HUB = os.environ.get("HUB_ADDR", "10.0.0.1")
PORT = 443
BROADCAST = bytes.fromhex("ffffffffffff")
TYPE = 0x88B6  # "local experimental 2"
PROBE = 0x88B5  # Longwire's loop probes
WAIT = 30.0  # where nothing but a fault makes it so long


class Failed(Exception):
    pass


def check(ok, text):
    if not ok:
        raise Failed(text)


def same(have, want, text="value"):
    check(have == want, "%s is %r, not %r" % (text, have, want))


def mac(n):
    return bytes([2, 0, 0, (n >> 16) & 255, (n >> 8) & 255, n & 255])


def eth(dst, src, payload=b"hello", ethertype=TYPE):
    return (dst + src + struct.pack("!H", ethertype) + payload).ljust(60, b"\0")


def vlan(vid, frame, tpid=0x8100):
    return frame[:12] + struct.pack("!HH", tpid, vid) + frame[12:]


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    n = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while n >> 16:
        n = (n & 0xFFFF) + (n >> 16)
    return n ^ 0xFFFF


def ipv4(proto, head, payload, at, ident=1, whole=True):
    """
    A broadcast frame of 10.9.0.1: transport header and payload, its checksum
    at `at` of the header, that of the pseudo header only if not whole.
    """
    src, dst = bytes([10, 9, 0, 1]), bytes([10, 9, 0, 2])
    size = len(head) + len(payload)
    pseudo = src + dst + struct.pack("!BBH", 0, proto, size)
    c = checksum(pseudo + head + payload) if whole \
        else checksum(pseudo) ^ 0xFFFF
    head = head[:at] + struct.pack("!H", c) + head[at + 2:]
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + size, ident, 0, 64, proto,
                     0) + src + dst
    ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
    return BROADCAST + mac(1) + b"\x08\x00" + ip + head + payload


def udp(payload, ident=1, whole=True):
    head = struct.pack("!HHHH", 1000, 2000, 8 + len(payload), 0)
    return ipv4(17, head, payload, 6, ident, whole)


def tcp_data(payload, seq=1, flags=0x10, ident=1, whole=True):
    head = struct.pack("!HHIIBBHHH", 1000, 2000, seq, 7, 0x50, flags, 500, 0,
                       0)
    return ipv4(6, head, payload, 16, ident, whole)


def offload(flags=0, gso=0, hlen=0, size=0, start=0, offset=0):
    """The header before a frame in the offload context."""
    return struct.pack("!BBHHHH", flags, gso, hlen, size, start, offset)


def varint(n):
    if n < 1 << 6:
        return bytes([n])
    if n < 1 << 14:
        return struct.pack("!H", n | 1 << 14)
    if n < 1 << 30:
        return struct.pack("!I", n | 2 << 30)
    return struct.pack("!Q", n | 3 << 62)


def capsule(ctype, value):
    return varint(ctype) + varint(len(value)) + value


def datagram(context, payload):
    return capsule(0, varint(context) + payload)


def with_fcs(frame):
    return frame + struct.pack("<I", zlib.crc32(frame))


def basic(user, password):
    return "Basic " + base64.b64encode(
        ("%s:%s" % (user, password)).encode()).decode()


def tcp(addr=HUB, port=PORT, source=None):
    return socket.create_connection((addr, port), WAIT,
                                    (source, 0) if source else None)


def tls(sock, alpn=("http/1.1",), cert=None):
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    ctx.check_hostname = False
    ctx.verify_mode = ssl.CERT_NONE
    ctx.minimum_version = ssl.TLSVersion.TLSv1_3
    if cert:  # the names of its files without .crt and .key
        ctx.load_cert_chain(cert + ".crt", cert + ".key")
    if alpn:
        ctx.set_alpn_protocols(list(alpn))
    return ctx.wrap_socket(sock, server_hostname="hub.example.com")


class Peer:
    """One TLS connection to the hub."""

    def __init__(self, addr=HUB, source=None, cert=None):
        self.sock = tls(tcp(addr, source=source), cert=cert)
        self.sock.setblocking(False)
        self.lock = threading.Lock()
        self.buf = b""
        self.status = None
        self.headers = {}
        self.fcs = 0  # frames that came with an FCS
        self.plain = 0  # and without
        self.offloaded = 0  # in the offload context
        self.probes = 0
        self.other = []  # capsules that are no DATAGRAM

    # One thread may send while another receives; OpenSSL's connection is
    # theirs in turns.

    def raw(self, data):
        view = memoryview(data)
        end = time.monotonic() + 2 * WAIT
        while view:
            with self.lock:
                try:
                    view = view[self.sock.send(view[:16384]):]
                    continue
                except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
                    pass
            check(time.monotonic() < end, "the hub takes no more bytes")
            select.select([], [self.sock], [], 0.1)

    def request(self, hub="", user=None, password=None, extra=(), drop=(),
                target=None, method="GET"):
        """A right request, but for what is dropped (names) or added."""
        path = "/.well-known/masque/ethernet/"
        fields = [
            ("Host", "hub.example.com"),
            ("Connection", "Upgrade"),
            ("Upgrade", "connect-ethernet"),
            ("Capsule-Protocol", "?1"),
        ]
        if user is not None:
            fields.append(("Authorization", basic(user, password)))
        fields = [f for f in fields if f[0] not in drop] + list(extra)
        head = "%s %s HTTP/1.1\r\n" % (method, target or path + hub)
        head += "".join("%s: %s\r\n" % f for f in fields) + "\r\n"
        self.raw(head.encode())
        return self.response()

    def response(self):
        while b"\r\n\r\n" not in self.buf:
            if not self.fill(WAIT):
                raise Failed("no response, have %r" % self.buf)
        head, self.buf = self.buf.split(b"\r\n\r\n", 1)
        lines = head.decode().split("\r\n")
        check(lines[0].startswith("HTTP/1.1 "), "status line %r" % lines[0])
        self.status = int(lines[0].split(" ")[1])
        self.headers = {}
        for line in lines[1:]:
            name, value = line.split(":", 1)
            self.headers[name.strip().lower()] = value.strip()
        return self.status

    def fill(self, timeout):
        """More input; False at the end of the stream; may time out."""
        end = time.monotonic() + timeout
        while True:
            with self.lock:
                try:
                    data = self.sock.recv(65536)
                    break
                except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                    pass
                except (ConnectionError, ssl.SSLEOFError,
                        ssl.SSLZeroReturnError):
                    return False
            left = end - time.monotonic()
            if left <= 0:
                raise socket.timeout()
            select.select([self.sock], [], [], left)
        self.buf += data
        return data != b""

    def closed(self, timeout=WAIT):
        """Whether the hub closes within that time."""
        end = time.monotonic() + timeout
        try:
            while self.fill(end - time.monotonic()):
                pass
        except socket.timeout:
            return False
        return True

    def _varint(self, at):
        if at >= len(self.buf):
            return None, at
        size = 1 << (self.buf[at] >> 6)
        if at + size > len(self.buf):
            return None, at
        n = int.from_bytes(self.buf[at:at + size], "big")
        return n & ((1 << (8 * size - 2)) - 1), at + size

    def _capsule(self):
        ctype, at = self._varint(0)
        if ctype is None:
            return None
        size, at = self._varint(at)
        if size is None or at + size > len(self.buf):
            return None
        value = self.buf[at:at + size]
        self.buf = self.buf[at + size:]
        return ctype, value

    def recv(self, timeout=WAIT, probes=False):
        """The next frame as (context, bytes without FCS), None in time."""
        end = time.monotonic() + timeout
        while True:
            got = self._capsule()
            if got is None:
                left = end - time.monotonic()
                if left <= 0:
                    return None
                try:
                    if not self.fill(left):
                        raise Failed("the hub closed the connection")
                except socket.timeout:
                    return None
                continue
            ctype, value = got
            if ctype != 0:
                self.other.append(got)
                continue
            save, self.buf = self.buf, value
            context, at = self._varint(0)
            self.buf = save
            frame = value[at:]
            if context == 0:
                if len(frame) > 18 and with_fcs(frame[:-4]) == frame:
                    frame = frame[:-4]
                    self.fcs += 1
                else:
                    self.plain += 1
            where = frame if context == 0 else frame[10:]
            if where[12:14] == struct.pack("!H", PROBE):
                self.probes += 1
                if not probes:
                    continue
            return context, frame

    def frame(self, timeout=WAIT):
        got = self.recv(timeout)
        if got is None:
            return None
        context, frame = got
        if context == 0:
            return frame
        # the one that was asked for in Longwire-Offload, nothing left to do
        check(context == 2 and "longwire-offload" in self.headers,
              "context %d" % context)
        check(frame[0] & ~2 == 0 and frame[1] == 0, "header " +
              frame[:10].hex())
        self.offloaded += 1
        return frame[10:]

    def send(self, *frames, context=0, fcs=False):
        self.raw(b"".join(
            datagram(context, with_fcs(f) if fcs else f) for f in frames))

    def expect(self, frame, text="frame"):
        got = self.frame()
        check(got is not None, "%s: nothing came" % text)
        if got != frame:
            raise Failed("%s: came %s, not %s" % (
                text, got[:64].hex(), frame[:64].hex()))

    def close(self):
        self.sock.close()

    def bye(self):
        """Close in order, as TLS has it."""
        try:
            self.sock.unwrap()
        except OSError:
            pass
        self.sock.close()


def join(user, password, hub="", addr=HUB, extra=(), source=None):
    p = Peer(addr, source)
    status = p.request(hub, user, password, extra)
    if status != 101:
        raise Failed("status %d for %s" % (status, user))
    return p


def fence(sender, *receivers, src=None):
    """
    Nothing else is on its way from sender to the receivers: a broadcast sent
    now is the next that each gets. So that a frame did not come is known
    without waiting for it.
    """
    fence.n += 1
    f = eth(BROADCAST, src or mac(0xFE0000 + fence.n), b"fence %d" % fence.n)
    sender.send(f)
    for r in receivers:
        r.expect(f, "fence")


fence.n = 0


def hubctl(*args):
    """The objects that hubctl -j prints."""
    out = subprocess.run(
        ["sh", os.environ["LW_TOP"] + "/regress/lw.sh", "hubctl", "-j",
         "-s", os.environ["HUB_SOCKET"]] + list(args),
        stdout=subprocess.PIPE, check=True).stdout
    return json.loads(out)


def until(what, limit=WAIT, text="condition"):
    """
    Polls until what() is true; its value. As with wait_until of the shell a
    poll counts for half a second at most, and 120 s are added at most.
    """
    polled = time.monotonic()
    end, left = polled + limit + 120, limit
    while True:
        value = what()
        if value:
            return value
        now = time.monotonic()
        left -= min(now - polled, 0.5)
        polled = now
        if left <= 0 or now > end:
            raise Failed("%s: not within %g s" % (text, limit))
        time.sleep(0.05)


def stats():
    """The counters of hubctl show stats."""
    return {s["counter"]: s["value"] for s in hubctl("show", "stats")}


def sessions(state="up"):
    return [s for s in hubctl("show", "sessions") if s["state"] == state]


def keep(p, path="token"):
    """Write the token of p's session to a file, for the next script."""
    with open(path, "w") as f:
        f.write(p.headers["longwire-session"].split('"')[1])


def kept(path="token", how="resume"):
    """The request's field that shows it."""
    with open(path) as f:
        return ("Longwire-Session", '%s="%s"' % (how, f.read()))
