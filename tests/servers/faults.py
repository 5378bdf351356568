#!/usr/bin/env python3
"""faults.py PORTFILE: a small HTTP server in memory that misbehaves on demand.

GET, HEAD, PUT (If-None-Match: *), MOVE, DELETE. The file "plan" beside PORTFILE
tells what happens to the next PUTs and MOVEs, one word a line, taken from the
top:
  CODE          answer that status          CODE/SECONDS  with Retry-After
  reset/N       RST after N bytes           close/N       end after N bytes
  swallow       store or move it, close unanswered
  keep/N        store N bytes, answer 201
  grow/N        likewise, and 1000 more with each GET
  early         answer 201 before anything is read, and read nothing
Every request is logged to "log" beside it. Login: rec, secret-word.
"""
import base64
import os
import socket
import struct
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORTFILE = sys.argv[1]
HERE = os.path.dirname(os.path.abspath(PORTFILE))
STORE = {}
GROWING = {}
LOGIN = "Basic " + base64.b64encode(b"rec:secret-word").decode()


def next_fault():
    path = os.path.join(HERE, "plan")
    try:
        with open(path) as f:
            lines = f.read().split()
    except FileNotFoundError:
        return ""
    with open(path, "w") as f:
        f.write("\n".join(lines[1:]))
    return lines[0] if lines else ""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        with open(os.path.join(HERE, "log"), "a") as f:
            f.write(f"{self.command} {self.path}\n")

    def answer(self, code, body=b"", **headers):
        self.send_response(code)
        for k, v in headers.items():
            self.send_header(k.replace("_", "-"), v)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def cut(self, reset):
        if reset:
            self.connection.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.rfile.close()
        self.wfile.close()
        self.connection.close()

    def handle_expect_100(self):
        try:
            with open(os.path.join(HERE, "plan")) as f:
                early = f.read().startswith("early")
        except FileNotFoundError:
            early = False
        return True if early else super().handle_expect_100()

    def allowed(self):
        if self.headers.get("Authorization") == LOGIN:
            return True
        self.answer(401)
        return False

    def do_GET(self):
        if not self.allowed():
            return
        if self.path in STORE:
            self.answer(200, STORE[self.path])
        else:
            self.answer(404)
        if self.command == "GET" and self.path in GROWING:
            n = len(STORE[self.path]) + 1000
            STORE[self.path] = GROWING[self.path][:n]

    do_HEAD = do_GET

    def do_DELETE(self):
        if self.allowed():
            self.answer(204 if STORE.pop(self.path, None) else 404)

    def do_MOVE(self):
        if not self.allowed():
            return
        path = "/" + self.headers["Destination"].split("/", 3)[3]
        if self.path not in STORE or path in STORE:
            self.answer(412 if self.path in STORE else 404)
            return
        STORE[path] = STORE.pop(self.path)
        if next_fault() == "swallow":
            self.log_message()
            self.cut(False)
            return
        self.answer(201)

    def do_PUT(self):
        fault, _, arg = next_fault().partition("/")
        length = int(self.headers["Content-Length"])
        if fault in ("reset", "close"):
            self.rfile.read(min(int(arg), length))
            self.log_message()
            self.cut(fault == "reset")
            return
        if fault == "early": # then the client does not wait for "100 Continue"
            self.answer(201)
            self.close_connection = True
            return
        body = self.rfile.read(length)
        if len(body) != length:
            self.cut(False)
            return
        if fault.isdigit():
            extra = {"Retry_After": arg} if arg else {}
            self.answer(int(fault), **extra)
            return
        if not self.allowed():
            return
        if fault == "swallow":
            STORE.setdefault(self.path, body)
            self.log_message()
            self.cut(False)
            return
        if self.path in STORE:
            self.answer(412)
            return
        STORE[self.path] = body[:int(arg)] if arg else body
        if fault == "grow":
            GROWING[self.path] = body
        self.answer(201)


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(PORTFILE + ".new", "w") as out:
    out.write(str(server.server_port))
os.rename(PORTFILE + ".new", PORTFILE)
server.serve_forever()
