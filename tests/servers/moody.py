#!/usr/bin/env python3
"""moody.py PORTFILE [PORT]: an HTTP server (PUT, HEAD, GET) whose behaviour
files beside PORTFILE change while it runs:

  mood        CODE SECONDS RETRY: every PUT is read, and after SECONDS answered
              with CODE and Retry-After: RETRY (0: none); or "endless": PUT and
              GET are answered without an end; or "drip": with a byte now and
              then
  login       NAME:PASSWORD that each request must have (401)
  log         written: TIME METHOD PATH, and TIME answered CODE
"""
import base64
import http.server
import os
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(sys.argv[1]))
LOCK = threading.Lock()
FILES = {}


def told(name):
    try:
        with open(os.path.join(HERE, name)) as f:
            return f.read().strip()
    except FileNotFoundError:
        return ""


def log(text):
    with LOCK, open(os.path.join(HERE, "log"), "a") as f:
        f.write(f"{time.time():.3f} {text}\n")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, code, body=b"", retry=0):
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        if retry:
            self.send_header("Retry-After", str(retry))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        log(f"answered {code}")

    def endless(self, chunk, pause):
        self.send_response(200 if self.command == "GET" else 503)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            while True:
                self.wfile.write(b"%x\r\n" % len(chunk) + chunk + b"\r\n")
                time.sleep(pause)
        except OSError:
            self.close_connection = True

    def do_any(self):
        log(f"{self.command} {self.path}")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        login = told("login")
        if login and self.headers.get("Authorization") != "Basic " + \
                base64.b64encode(login.encode()).decode():
            self.answer(401)
            return
        mood = told("mood").split()
        if mood in (["endless"], ["drip"]) and self.command != "HEAD":
            self.endless(*((b"x" * 65536, 0.01) if mood == ["endless"] else
                           (b"x" * 9, 0.3)))
            return
        if mood and self.command == "PUT":
            time.sleep(float(mood[1]))
            self.answer(int(mood[0]), b"", int(mood[2]))
            return
        if self.command == "PUT":
            FILES[self.path] = body
            self.answer(201)
        elif self.path in FILES:
            self.answer(200, FILES[self.path])
        else:
            self.answer(404)

    do_PUT = do_GET = do_HEAD = do_any

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True


server = Server(("127.0.0.1", int(sys.argv[2]) if len(sys.argv) > 2 else 0),
                Handler)
with open(sys.argv[1] + ".new", "w") as out:
    out.write(str(server.server_address[1]))
os.rename(sys.argv[1] + ".new", sys.argv[1])
server.serve_forever()
