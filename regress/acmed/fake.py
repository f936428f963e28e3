# SPDX-License-Identifier: ISC
"""usage: fake.py CERT KEY ADDRESS PORT
A directory of ACME that is hostile; its path says in which way."""
import os
import socket
import ssl
import sys
import threading
import time

cert, key, address, port = sys.argv[1:]
base = "https://%s:%s" % (address, port)
ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
ctx.load_cert_chain(cert, key)


def answer(status, body, *fields):
    head = ["HTTP/1.1 " + status, "Content-Length: %d" % len(body),
            "Content-Type: application/json"] + list(fields)
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def directory(way):
    urls = ['"%s": "%s/%s/%s"' % (r, base, way, r)
            for r in ("newNonce", "newAccount", "newOrder")]
    return answer("200 OK", ("{" + ",".join(urls) + "}").encode(),
                  "Replay-Nonce: first")


def huge(s):
    s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n")
    while True:
        s.sendall(b"x" * 16384)


def endless_head(s):
    s.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        s.sendall(b"X: y\r\n" * 1000)


def slow(s):
    s.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        s.sendall(b" ")
        time.sleep(1)


NONCE = "Replay-Nonce: another"
PLACE = "Location: " + base + "/%s/account"
ORDER = ('{"status":"pending","authorizations":[%s],"finalize":"' + base +
         '/x/finalize"}')


def authz(value, token):
    return ('{"status":"pending","identifier":{"type":"dns","value":"%s"},'
            '"challenges":[{"type":"http-01","url":"%s/x/chall",'
            '"token":"%s"}]}' % (value, base, token)).encode()


def reply(way, step):
    """What the fake says in this way at this step, or a function."""
    if step == "dir":
        return {
            "json": answer("200 OK", b"{\"newNonce\": "),
            "array": answer("200 OK", b"[1, 2]"),
            "deep": answer("200 OK", b"[" * 60000),
            "empty": answer("200 OK", b"{}"),
            "redirect": answer("302 Found", b"", "Location: %s/redirect/dir"
                               % base),
            "escape": answer("302 Found", b"", "Location: https://x\x1b[2Jy"),
            "silent": lambda s: None,
            "problem": answer("503 Busy", b'{"type":"urn:ietf:params:acme:'
                              b'error:rateLimited","detail":"later"}',
                              "Retry-After: 7200"),
            "plain": answer("200 OK", b'{"newAccount":"http://10.0.0.2/",'
                            b'"newNonce":"http://10.0.0.2/"}'),
            "huge": huge, "head": endless_head, "slow": slow,
        }.get(way) or directory(way)
    if step == "newNonce":
        return answer("200 OK", b"", NONCE)
    if way == "nonces":
        return answer("400 Bad", b'{"type":"urn:ietf:params:acme:error:'
                      b'badNonce"}', NONCE)
    if step == "newAccount":
        return answer("201 Created", b"{}", NONCE, PLACE % way)
    if step == "newOrder":
        n = 500 if way == "many" else 1
        urls = ",".join(['"%s/%s/authz"' % (base, way)] * n)
        return answer("201 Created", (ORDER % urls).encode(), NONCE,
                      PLACE % way)
    if step == "authz":
        return answer("200 OK", {
            "token": authz("box.example.com", "../../../etc/passwd"),
            "stranger": authz("elsewhere.example.com", "a" * 40),
            "longest": authz("box.example.com", "a" * 4000),
            "none": b'{"status":"pending","challenges":[]}',
            "types": b'{"status":[],"challenges":{"type":3}}',
        }.get(way, b'{"status":"valid"}'), NONCE)
    if step == "account":  # the order
        return answer("200 OK", ('{"status":"valid","certificate":"%s/%s/'
                                 'cert"}' % (base, way)).encode(), NONCE)
    own = way + ".chain"
    return answer("200 OK", open(own if os.path.exists(own) else cert,
                                 "rb").read(), NONCE)


def serve(raw):
    try:
        s = ctx.wrap_socket(raw, server_side=True)
        head = b""
        while b"\r\n\r\n" not in head:
            more = s.recv(65536)
            if not more:
                return
            head += more
        way, step = head.split(b" ")[1].decode().split("/")[1:3]
        what = reply(way, step)
        if callable(what):
            what(s)
        else:
            s.sendall(what)
        s.unwrap()
    except (OSError, ValueError):
        pass
    finally:
        raw.close()


listener = socket.create_server((address, int(port)))
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],),
                     daemon=True).start()
