#!/usr/bin/env python3
"""azure.py PORTFILE: immutable blobs in memory, which Azurite does not have.

One container "rec" with version-level immutability support, from the pages
"Put Blob", "Get Blob Properties", "Set Blob Immutability Policy", "Set Blob
Legal Hold", "Delete Blob", "Get Container Properties" and "Create a service
SAS". The signature is not verified, only its rights are checked (Azurite
verifies signatures). Files beside PORTFILE control it:
  plain   the container has no such support
Every request goes to azure.log: METHOD PATH STATUS.
"""
import base64
import email.utils
import hashlib
import os
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HERE = os.path.dirname(os.path.abspath(sys.argv[1]))
LOCK = threading.Lock()
BLOBS = {}
UNTIL = "x-ms-immutability-policy-until-date"
MODE = "x-ms-immutability-policy-mode"
HOLD = "x-ms-legal-hold"


class Refused(Exception):
    def __init__(self, status, code):
        super().__init__(code)
        self.status, self.code = status, code


def seconds(text):
    return email.utils.parsedate_to_datetime(text).timestamp() if text else 0


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status, body=b"", headers=()):
        with LOCK, open(os.path.join(HERE, "azure.log"), "a") as f:
            f.write(f"{self.command} {self.path.partition('&s')[0]} {status}\n")
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def need(self, query, right):
        if not query.get("sig") or right not in query.get("sp", [""])[0]:
            raise Refused(403, "AuthorizationPermissionMismatch")

    def policy(self, query):
        """Until when, and how: checked, with the names of the headers."""
        told = {}
        end, mode = self.headers.get(UNTIL), self.headers.get(MODE)
        hold = self.headers.get(HOLD)
        if not end and not hold:
            return told
        self.need(query, "i")
        if os.path.exists(os.path.join(HERE, "plain")):
            raise Refused(409, "ImmutabilityPolicyNotSupported")
        if end:
            if seconds(end) <= time.time() or not end.endswith(" GMT"):
                raise Refused(400, "InvalidHeaderValue")
            if mode.lower() not in ("locked", "unlocked"):
                raise Refused(400, "InvalidHeaderValue")
            told[UNTIL], told[MODE] = end, mode.lower()
        if hold:
            told[HOLD] = {"true": "true", "false": "false"}[hold]
        return told

    def put(self, name, body, query):
        self.need(query, "c")
        md5 = base64.b64encode(hashlib.md5(body).digest()).decode()
        if self.headers.get("x-ms-blob-type") != "BlockBlob":
            raise Refused(400, "InvalidHeaderValue")
        if self.headers.get("Content-MD5") != md5:
            raise Refused(400, "Md5Mismatch")
        told = self.policy(query)
        with LOCK:
            if name in BLOBS and self.headers.get("If-None-Match") == "*":
                raise Refused(409, "BlobAlreadyExists")
            BLOBS[name] = {"body": body, "md5": md5, "policy": told}
        self.answer(201)

    def change(self, name, query):
        if name not in BLOBS:
            raise Refused(404, "BlobNotFound")
        if self.headers.get("Content-Length") != "0":
            raise Refused(411, "MissingContentLengthHeader")
        told, has = self.policy(query), BLOBS[name]["policy"]
        if has.get(MODE) == "locked" and UNTIL in told and (
                seconds(told[UNTIL]) < seconds(has[UNTIL])):
            raise Refused(409, "BlobImmutableDueToPolicy")
        has.update(told)
        self.answer(200)

    def delete(self, name, query):
        self.need(query, "d")
        if name not in BLOBS:
            raise Refused(404, "BlobNotFound")
        has = BLOBS[name]["policy"]
        if has.get(HOLD) == "true":
            raise Refused(409, "BlobImmutableDueToLegalHold")
        if seconds(has.get(UNTIL)) > time.time():
            raise Refused(409, "BlobImmutableDueToPolicy")
        del BLOBS[name]
        self.answer(202, headers=[("x-ms-delete-type-permanent", "true")])

    def serve(self, body):
        path, _, text = self.path.partition("?")
        query = urllib.parse.parse_qs(text)
        comp = query.get("comp", [""])[0]
        if path == "/rec" and comp == "list":
            self.need(query, "l")
            return self.answer(200, b"<EnumerationResults/>")
        if path == "/rec":
            can = not os.path.exists(os.path.join(HERE, "plain"))
            return self.answer(200, headers=[
                ("x-ms-immutable-storage-with-versioning-enabled",
                 str(can).lower())])
        if self.command == "PUT" and comp in (
                "immutabilityPolicies", "legalhold"):
            return self.change(path, query)
        if self.command == "PUT" and not comp:
            return self.put(path, body, query)
        if self.command == "DELETE":
            return self.delete(path, query)
        self.need(query, "r")
        if path not in BLOBS:
            raise Refused(404, "BlobNotFound")
        blob = BLOBS[path]
        return self.answer(200, blob["body"], [
            ("Content-MD5", blob["md5"]), *blob["policy"].items()])

    def dispatch(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            self.serve(body)
        except Refused as e:
            self.answer(e.status, headers=[("x-ms-error-code", e.code)])

    do_GET = do_HEAD = do_PUT = do_DELETE = dispatch


served = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
served.daemon_threads = True
with open(sys.argv[1] + ".new", "w") as out:
    out.write(str(served.server_port))
os.rename(sys.argv[1] + ".new", sys.argv[1])
served.serve_forever()
