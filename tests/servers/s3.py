#!/usr/bin/env python3
"""s3.py PORTFILE: a small S3 in memory that answers as Amazon's does.

The signature (AWS Signature Version 4, from "Authenticating Requests:
Using the Authorization Header", not from our client), the payload's hash, the
age of the request, If-None-Match: *, x-amz-checksum-sha256. Bucket "rec",
region eu-test-1, key AKTEST / $S3_SECRET (s3-secret). The file "plan" beside PORTFILE
has the answers to the next requests, one word per line: ok (the normal
answer), 301, 400, a code of "Error responses", or XML. "clock": seconds that
its clock is ahead; "lax": any content is accepted, no checksum is kept;
"damage": and stored objects are damaged; "rights": the key has only these,
of "put get list delete"; "session": the token that temporary credentials need
("SECONDS TOKEN": it expires at that time). "lock": the bucket has
Object Lock; "hidden": the key may not ask for it (s3:GetObjectRetention);
"old": a server that does not know Object Lock and ignores it. Every request
goes to s3.log.

s3.py --vectors: libcurl and this server sign the examples of that page as
it says.
"""
import datetime
import email.utils
import hashlib
import hmac
import base64
import os
import re
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from echo import Echo

HERE = os.path.dirname(os.path.abspath(sys.argv[1]))
STATUS = {
    "ConditionalRequestConflict": 409, "SlowDown": 503, "RequestTimeout": 400,
    "NotImplemented": 501, "EntityTooLarge": 400,
    "XAmzContentSHA256Mismatch": 400, "AuthorizationHeaderMalformed": 400,
    "ExpiredToken": 400, "InvalidToken": 400}
STORE = {}
KEPT = {}  # path: headers of Object Lock
LOCK = threading.Lock()


def hmac_sha256(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def signature(secret, region, method, path, query, headers, names, stamp):
    """Of a request with these headers (lower-case names)."""
    canonical = "\n".join(
        [method, path, "&".join(sorted(query.split("&")))] +
        [f"{n}:{' '.join(headers[n].split())}" for n in names] +
        ["", ";".join(names), headers["x-amz-content-sha256"]])
    scope = f"{stamp[:8]}/{region}/s3/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope,
                      hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + secret).encode()
    for part in scope.split("/"):
        key = hmac_sha256(key, part)
    return hmac_sha256(key, text).hex()


def read_file(name):
    try:
        with open(os.path.join(HERE, name)) as f:
            return f.read()
    except FileNotFoundError:
        return ""


def has(name):
    return os.path.exists(os.path.join(HERE, name))


def now():
    return time.time() + float(read_file("clock") or "0")


def next_planned():
    with LOCK:
        lines = read_file("plan").split("\n")
        if lines and lines[0]:
            with open(os.path.join(HERE, "plan"), "w") as f:
                f.write("\n".join(lines[1:]))
            return lines[0]
    return "ok"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def date_time_string(self, timestamp=None):
        return email.utils.formatdate(now(), usegmt=True)

    def answer(self, status, body=b"", length=None, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(
            len(body) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def refuse(self, status, code, more="", **headers):
        xml = code if code.startswith("<") else f"<Code>{code}</Code>"
        self.answer(status, (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<Error>{xml}<Message>No.</Message>{more}</Error>"
        ).encode(), **headers)

    def fault_of_login(self):
        match = re.fullmatch(
            r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/"
            r"aws4_request, ?SignedHeaders=(\S+?), ?Signature=([0-9a-f]{64})",
            self.headers.get("Authorization", ""))
        stamp = self.headers.get("X-Amz-Date", "")
        if len(self.headers.get_all("X-Amz-Date", [])) > 1:
            return "SignatureDoesNotMatch"  # "a,a": a header that was not signed
        if not match or match[1] != "AKTEST":
            return "InvalidAccessKeyId"
        if match[3] != "eu-test-1":
            return "AuthorizationHeaderMalformed"
        when = datetime.datetime.strptime(
            stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
        if abs(now() - when.timestamp()) > 900:
            return "RequestTimeTooSkewed"
        names = match[4].split(";")
        sent = {n.lower() for n in self.headers}
        if not ({"host"} | {n for n in sent if n.startswith("x-amz-")} <=
                set(names)):
            return "AccessDenied"
        path, _, query = self.path.partition("?")
        fault = self.fault_of_session()
        if fault:
            return fault
        want = signature(os.environ.get("S3_SECRET", "s3-secret"), match[3], self.command, path,
                         query, self.headers, names, stamp)
        return "" if hmac.compare_digest(want, match[5]) \
            else "SignatureDoesNotMatch"

    def fault_of_session(self):
        """Temporary credentials: the token is a header, and signed."""
        until, _, token = read_file("session").strip().rpartition(" ")
        sent = self.headers.get("x-amz-security-token", "")
        if sent != token:
            return "InvalidToken" if sent else "InvalidAccessKeyId"
        return "ExpiredToken" if until and now() > float(until) else ""

    def right(self):
        """What the request needs."""
        if self.command != "GET" and self.command != "HEAD":
            return self.command.lower()
        return "get" if self.path in STORE else "list"

    def planned(self, plan):
        region = "<Region>eu-right-2</Region>"
        if plan == "301":
            self.refuse(301, "PermanentRedirect", "",
                        Location=f"http://{self.headers['Host']}/elsewhere",
                        x_amz_bucket_region="eu-right-2")
        elif plan == "400":
            self.refuse(400, "AuthorizationHeaderMalformed", region)
        else:
            self.refuse(STATUS.get(plan, 400), plan)

    def put(self, body, lax):
        sum256 = base64.b64encode(hashlib.sha256(body).digest()).decode()
        if os.path.exists(os.path.join(HERE, "damage")):
            body = b"#" + body[1:]
        if not lax and self.headers.get(
                "x-amz-checksum-sha256", sum256) != sum256:
            return self.refuse(400, "BadDigest")
        fault = "" if has("old") else self.fault_of_lock(body)
        if fault:
            return self.refuse(400, fault)
        with LOCK:
            if self.path in STORE and self.headers.get("If-None-Match") == "*":
                taken = True
            else:
                taken = False
                STORE[self.path] = (
                    body, not lax and "x-amz-checksum-sha256" in self.headers)
                if not has("old"):
                    KEPT[self.path] = self.lock_headers()
        if taken:
            return self.refuse(412, "PreconditionFailed")
        if lax:
            return self.answer(200)
        return self.answer(200, x_amz_checksum_sha256=sum256)

    def get(self):
        body, summed = STORE[self.path]
        headers = {}
        if summed and self.headers.get("x-amz-checksum-mode") == "ENABLED":
            headers["x_amz_checksum_sha256"] = base64.b64encode(
                hashlib.sha256(body).digest()).decode()
        if not has("hidden"):
            for name, value in KEPT.get(self.path, {}).items():
                headers[name.replace("-", "_")] = value
        self.answer(200, body, **headers)

    def lock_headers(self):
        return {n.lower(): v for n, v in self.headers.items()
                if n.lower().startswith("x-amz-object-lock-")}

    def fault_of_lock(self, body):
        """PutObject: what is wrong with the headers of Object Lock."""
        sent = self.lock_headers()
        if not sent:
            return ""
        md5 = self.headers.get("Content-MD5")
        if not has("lock") or (
                not md5 and "x-amz-checksum-sha256" not in self.headers):
            return "InvalidRequest"
        if md5 and md5 != base64.b64encode(
                hashlib.md5(body).digest()).decode():
            return "BadDigest"
        mode = sent.get("x-amz-object-lock-mode")
        until = sent.get("x-amz-object-lock-retain-until-date")
        if (mode is None) != (until is None) or mode not in (
                None, "GOVERNANCE", "COMPLIANCE"):
            return "InvalidArgument"
        if until and datetime.datetime.strptime(
                until, "%Y-%m-%dT%H:%M:%SZ").replace(
                    tzinfo=datetime.timezone.utc).timestamp() <= now():
            return "InvalidArgument"
        if sent.get("x-amz-object-lock-legal-hold", "ON") not in ("ON", "OFF"):
            return "InvalidArgument"
        return ""

    def change(self, path, query, body):
        """PutObjectRetention, PutObjectLegalHold; needs Content-MD5."""
        if path not in STORE:
            return self.refuse(404, "NoSuchKey")
        if not has("lock") or not self.headers.get("Content-MD5"):
            return self.refuse(400, "InvalidRequest")
        text = {m[1]: m[2] for m in re.finditer(
            r"<(\w+)>([^<]+)</", body.decode())}
        kept = KEPT.setdefault(path, {})
        if query == "retention=":
            kept["x-amz-object-lock-mode"] = text["Mode"]
            kept["x-amz-object-lock-retain-until-date"] = text[
                "RetainUntilDate"]
        else:
            kept["x-amz-object-lock-legal-hold"] = text["Status"]
        return self.answer(200)

    def dispatch(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with LOCK, open(os.path.join(HERE, "s3.log"), "a") as f:
            f.write(f"{self.command} {self.path}\n")
        plan = next_planned()
        if plan != "ok":
            return self.planned(plan)
        fault = self.fault_of_login()
        if fault:
            return self.refuse(
                403 if STATUS.get(fault, 403) == 403 else 400, fault)
        rights = read_file("rights")
        if rights and self.right() not in rights.split():
            return self.refuse(403, "AccessDenied")
        # Seen at the s3api of Swift 2.30.1 (Debian 12), which passes the rest, too.
        if os.path.exists(os.path.join(HERE, "swift")):
            if self.command == "PUT" and "If-None-Match" in self.headers:
                return self.refuse(501, "NotImplemented")
            if self.command == "GET" and self.path.endswith("="):
                return self.answer(200, b"<ListBucketResult>"
                                   b"<Status>Enabled</Status>"
                                   b"</ListBucketResult>")
        lax = os.path.exists(os.path.join(HERE, "lax"))
        if not lax and (hashlib.sha256(body).hexdigest() !=
                        self.headers["x-amz-content-sha256"]):
            return self.refuse(400, "XAmzContentSHA256Mismatch")
        if self.path == "/rec?versioning=":
            return self.answer(200, b"<VersioningConfiguration/>")
        if self.path == "/rec?object-lock=" and has("lock") and not has("old"):
            return self.answer(200, b"<ObjectLockConfiguration>"
                               b"<ObjectLockEnabled>Enabled"
                               b"</ObjectLockEnabled>"
                               b"</ObjectLockConfiguration>")
        if self.path == "/rec?object-lock=" and has("old"):
            return self.answer(200, b"<ListBucketResult/>")
        if self.path == "/rec?object-lock=":
            return self.refuse(404, "ObjectLockConfigurationNotFoundError")
        if self.path == "/rec?lifecycle=":
            return self.refuse(404, "NoSuchLifecycleConfiguration")
        if self.path in ("/rec", "/rec?list-type=2&max-keys=1"):
            return self.answer(200, b"<ListBucketResult/>")
        if not self.path.startswith("/rec/"):
            return self.refuse(404, "NoSuchBucket")
        path, _, query = self.path.partition("?")
        if query in ("retention=", "legal-hold=") and not has("old"):
            return self.change(path, query, body)
        self.path = path  # like a server that does not know the query
        if self.command == "PUT":
            return self.put(body, lax)
        if self.path not in STORE:
            return self.refuse(404, "NoSuchKey")
        if self.command == "DELETE":
            del STORE[self.path]
            return self.answer(204)
        return self.get()

    do_GET = do_HEAD = do_PUT = do_DELETE = dispatch


# Method, path, query, headers besides host, date and hash, body, signature.
VECTORS = [
    ("GET", "/test.txt", "", {"range": "bytes=0-9"}, b"",
     "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
    ("GET", "/", "lifecycle=", {}, b"",
     "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
    ("GET", "/", "max-keys=2&prefix=J", {}, b"",
     "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
]


def check_vectors():
    secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host = "examplebucket.s3.amazonaws.com"
    for method, path, query, more, body, want in VECTORS:
        headers = {"x-amz-date": "20130524T000000Z",
                   "x-amz-content-sha256": hashlib.sha256(body).hexdigest()}
        headers.update(more)
        url = f"http://{host}{path}" + (f"?{query}" if query else "")
        subprocess.run(
            ["curl", "-sS", "--noproxy", "*", "--connect-to",
             f"::127.0.0.1:{server.server_port}", "--aws-sigv4",
             "aws:amz:us-east-1:s3", "-u", "AKIAIOSFODNN7EXAMPLE:" + secret,
             url] + [x for n, v in headers.items() for x in ("-H", f"{n}: {v}")],
            check=True)
        headers["host"] = host
        own = signature(secret, "us-east-1", method, path, query, headers,
                        sorted(headers), headers["x-amz-date"])
        if own != want or Echo.got != want:
            sys.exit(f"{url}: wanted {want}, we {own}, libcurl {Echo.got}")


if sys.argv[1] == "--vectors":
    check_vectors()
    sys.exit(0)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


served = Server(("127.0.0.1", 0), Handler)
with open(sys.argv[1] + ".new", "w") as out:
    out.write(str(served.server_port))
os.rename(sys.argv[1] + ".new", sys.argv[1])
served.serve_forever()
