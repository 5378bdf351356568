#!/usr/bin/env python3
"""hook.py PORTFILE [CERTIFICATE KEY]: a server that receives POSTs, over HTTPS
if it has a certificate. Beside PORTFILE:

  answer      CODE [RETRY [SECONDS]]: what it answers (204), Retry-After, and how
              long it takes
  calls       written: for each POST one line of JSON: time, path, headers, body
"""
import http.server
import json
import os
import ssl
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(sys.argv[1]))
LOCK = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with LOCK, open(os.path.join(HERE, "calls"), "a") as f:
            f.write(json.dumps({
                "at": time.time(), "path": self.path, "body": body.decode(),
                "headers": {k.lower(): v for k, v in self.headers.items()},
            }) + "\n")
        try:
            with open(os.path.join(HERE, "answer")) as f:
                mood = f.read().split()
        except FileNotFoundError:
            mood = ["204"]
        time.sleep(float(mood[2]) if len(mood) > 2 else 0)
        self.send_response(int(mood[0]))
        if len(mood) > 1 and mood[1] != "0":
            self.send_header("Retry-After", mood[1])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


server = Server(("127.0.0.1", 0), Handler)
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    server.socket = context.wrap_socket(server.socket, server_side=True)
with open(sys.argv[1] + ".new", "w") as out:
    out.write(str(server.server_address[1]))
os.rename(sys.argv[1] + ".new", sys.argv[1])
server.serve_forever()
