#!/usr/bin/env python3
"""s3.py PORTFILE: a small S3 in memory that checks what S3 checks.

The signature (AWS Signature Version 4, from the AWS General Reference, not
from our client), the payload's hash, the age of the request and
If-None-Match: *. Bucket "rec", region eu-test-1, key AKTEST / s3-secret.
"""
import datetime
import hashlib
import hmac
import os
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = "s3-secret"
STORE = {}


def sign(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        with open(os.path.join(os.path.dirname(sys.argv[1]), "s3.log"), "a") as f:
            f.write(f"{self.command} {self.path}\n")

    def answer(self, code, body=b""):
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def signed(self):
        m = re.fullmatch(
            r"AWS4-HMAC-SHA256 Credential=(\S+?)/(\d{8})/(\S+?)/s3/aws4_request, ?"
            r"SignedHeaders=(\S+?), ?Signature=([0-9a-f]{64})",
            self.headers.get("Authorization", ""))
        stamp = self.headers.get("X-Amz-Date", "")
        if not m or m[1] != "AKTEST" or m[3] != "eu-test-1":
            return False
        when = datetime.datetime.strptime(stamp, "%Y%m%dT%H%M%SZ")
        now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
        if abs(now - when) > datetime.timedelta(minutes=15):
            return False
        names = m[4].split(";")
        if not {"host", "x-amz-content-sha256", "x-amz-date"} <= set(names):
            return False
        canonical = "\n".join(
            [self.command, self.path, ""] +
            [f"{n}:{' '.join(self.headers[n].split())}" for n in names] +
            ["", m[4], self.headers["x-amz-content-sha256"]])
        scope = f"{m[2]}/{m[3]}/s3/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope,
                          hashlib.sha256(canonical.encode()).hexdigest()])
        key = ("AWS4" + SECRET).encode()
        for part in (m[2], m[3], "s3", "aws4_request"):
            key = sign(key, part)
        return hmac.compare_digest(sign(key, text).hex(), m[5])

    def handle_s3(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if not self.signed():
            return self.answer(403, b"SignatureDoesNotMatch")
        digest = hashlib.sha256(body).hexdigest()
        if digest != self.headers["x-amz-content-sha256"]:
            return self.answer(400, b"XAmzContentSHA256Mismatch")
        if not self.path.startswith("/rec/"):
            return self.answer(404, b"NoSuchBucket")
        if self.command == "PUT":
            if self.path in STORE and self.headers.get("If-None-Match") == "*":
                return self.answer(412, b"PreconditionFailed")
            STORE[self.path] = body
            return self.answer(200)
        if self.path not in STORE:
            return self.answer(404, b"NoSuchKey")
        if self.command == "DELETE":
            del STORE[self.path]
            return self.answer(204)
        return self.answer(200, STORE[self.path])

    do_GET = do_HEAD = do_PUT = do_DELETE = handle_s3


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(sys.argv[1] + ".new", "w") as out:
    out.write(str(server.server_port))
os.rename(sys.argv[1] + ".new", sys.argv[1])
server.serve_forever()
