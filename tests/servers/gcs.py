#!/usr/bin/env python3
"""gcs.py PORTFILE: Google Cloud Storage in memory, as its pages describe it.

The XML interface of one bucket "rec" (objects with generations, x-goog-hash,
x-goog-if-generation-match, a retention policy), the bucket's resource in the
JSON interface, and the OAuth 2.0 token server. From the pages "XML API
reference", "HTTP status and error codes for XML", "Canonical requests",
"V4 signing process with your own program", "Using OAuth 2.0 for server to
server applications".

Logins: HMAC key GOOGTEST with $GCS_SECRET (GOOG4-HMAC-SHA256), or the
service account rec@test.iam whose RSA key has the modulus $GCS_MODULUS (hex,
e = 65537), by a token of this server. Files beside PORTFILE control it:
  retention   seconds: nothing younger is deleted or overwritten
  clock       seconds: by how much its clock is ahead of ours
  tokens      ttl of new tokens in seconds; "refuse": invalid_grant
  uses        a token is refused after so many requests
  crc         objects have another CRC32C than they should
  compose     objects lose their MD5, as composed ones have none
  rights      every login's rights of storage.objects.: "create get list delete"
  softdelete  seconds: what is deleted is listed with softDeleted=true
  keeps       the bucket has object retention ("Object Retention Lock")
  full        the project's quota is used up
  damage      the next body is damaged in transit; then it is removed
Every request goes to gcs.log: METHOD PATH STATUS.

gcs.py --vectors: this server makes the strings to sign of Google's conformance
tests for V4 signatures, and libcurl and this server sign alike.
"""
import base64
import datetime
import email.utils
import hashlib
import hmac
import json
import os
import re
import secrets
import ssl
import subprocess
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from echo import Echo

HERE = os.path.dirname(os.path.abspath(sys.argv[1]))
SECRET = os.environ.get("GCS_SECRET", "")
MODULUS = int(os.environ.get("GCS_MODULUS", "0"), 16)
EMAIL = "rec@test.iam"
SCOPES = {"https://www.googleapis.com/auth/devstorage.read_write",
          "https://www.googleapis.com/auth/devstorage.full_control",
          "https://www.googleapis.com/auth/cloud-platform"}
NOTHING = hashlib.sha256(b"").hexdigest()
# ASN.1 of "SHA-256 with this digest": RFC 8017, section 9.2.
DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
LOCK = threading.Lock()
OBJECTS = {}
SOFT = []
TOKENS = {}


def crc32c(data):
    """By a table, RFC 3720's polynomial; bit by bit would take minutes."""
    crc = 0xffffffff
    table = crc32c.table
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 0xff]
    return crc ^ 0xffffffff


crc32c.table = []
for number in range(256):
    for _ in range(8):
        number = number >> 1 ^ (0x82f63b78 if number & 1 else 0)
    crc32c.table.append(number)


def b64(data):
    return base64.b64encode(data).decode()


def un64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def setting(name, default=""):
    try:
        with open(os.path.join(HERE, name)) as f:
            return f.read().strip() or "0"
    except FileNotFoundError:
        return default


def until(text):
    """Seconds since 1970; a missing time is in the past."""
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(
        tzinfo=datetime.timezone.utc).timestamp() if text else 0


def now():
    return time.time() + float(setting("clock", "0"))


def rs256_good(signed, signature):
    size = (MODULUS.bit_length() + 7) // 8
    if len(signature) != size:
        return False
    plain = pow(int.from_bytes(signature, "big"), 65537, MODULUS)
    info = DIGEST_INFO + hashlib.sha256(signed).digest()
    want = b"\0\1" + b"\xff" * (size - len(info) - 3) + b"\0" + info
    return plain.to_bytes(size, "big") == want


def claim_fault(assertion, audience):
    """What is wrong with a signed claim, in the words of the token server."""
    parts = assertion.split(".")
    if len(parts) != 3:
        return "Invalid JWT"
    try:
        head = json.loads(un64url(parts[0]))
        claim = json.loads(un64url(parts[1]))
        signature = un64url(parts[2])
    except ValueError:
        return "Invalid JWT: Failed to parse"
    if head.get("alg") != "RS256" or head.get("typ") != "JWT":
        return "Invalid JWT: wrong header"
    if claim.get("iss") != EMAIL:
        return "Invalid grant: account not found"
    if not rs256_good(f"{parts[0]}.{parts[1]}".encode(), signature):
        return "Invalid JWT Signature."
    if claim.get("aud") != audience:
        return "Invalid JWT: audience"
    if claim.get("scope") not in SCOPES:
        return "Invalid OAuth scope"
    iat, exp = claim.get("iat", 0), claim.get("exp", 0)
    if exp - iat > 3600 or not iat - 300 <= now() <= exp:
        return ("Invalid JWT: Token must be a short-lived token (60 minutes) "
                "and in a reasonable timeframe. Check your iat and exp "
                "values in the JWT claim.")
    return None


def string_to_sign(algorithm, method, path, query, headers, names, digest,
                   stamp, scope):
    """Of a request with these headers (lower-case names)."""
    canonical = "\n".join(
        [method, path, "&".join(sorted(query.split("&")))] +
        [f"{n}:{' '.join(headers[n].split())}" for n in names] +
        ["", ";".join(names), digest])
    return "\n".join([algorithm, stamp, scope,
                      hashlib.sha256(canonical.encode()).hexdigest()])


def hmac_signature(secret, scope, text):
    key = ("GOOG4" + secret).encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


class Refused(Exception):
    def __init__(self, status, code, message="", **headers):
        super().__init__(code)
        self.status, self.code = status, code
        self.message, self.headers = message, headers


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def date_time_string(self, timestamp=None):
        return email.utils.formatdate(now(), usegmt=True)

    def answer(self, status, body=b"", kind="application/xml", headers=()):
        with LOCK, open(os.path.join(HERE, "gcs.log"), "a") as f:
            f.write(f"{self.command} {self.path} {status}\n")
        self.send_response(status)
        if body or status not in (204, 304):
            self.send_header("Content-Type", kind)
        length = len(body)
        for name, value in headers:
            if name == "Content-Length":
                length = value
            else:
                self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    # --- logins ---

    def hmac_good(self, body):
        match = re.fullmatch(
            r"GOOG4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/storage/"
            r"goog4_request, ?SignedHeaders=(\S+?), ?Signature=([0-9a-f]{64})",
            self.headers["Authorization"])
        stamp = self.headers.get("x-goog-date", "")
        if len(self.headers.get_all("x-goog-date", [])) > 1:
            raise Refused(403, "SignatureDoesNotMatch")
        if not match or match[1] != "GOOGTEST":
            raise Refused(403, "InvalidSecurity")
        try:
            when = datetime.datetime.strptime(
                stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
        except ValueError:
            raise Refused(400, "InvalidArgument") from None
        if abs(when.timestamp() - now()) > 900 or match[2] != stamp[:8]:
            raise Refused(403, "RequestTimeTooSkewed")
        names = match[4].split(";")
        if "host" not in names or names != sorted(names):
            raise Refused(400, "InvalidArgument")
        for name in self.headers:
            name = name.lower()
            if name.startswith("x-goog-") and name not in names:
                raise Refused(400, "InvalidArgument", name)
        digest = self.headers.get("x-goog-content-sha256", "")
        if digest not in ("UNSIGNED-PAYLOAD", hashlib.sha256(body).hexdigest()):
            raise Refused(400, "BadDigest")
        path, _, query = self.path.partition("?")
        scope = f"{match[2]}/{match[3]}/storage/goog4_request"
        want = hmac_signature(SECRET, scope, string_to_sign(
            "GOOG4-HMAC-SHA256", self.command, path, query, self.headers,
            names, digest, stamp, scope))
        if not hmac.compare_digest(want, match[5]):
            raise Refused(403, "SignatureDoesNotMatch")

    def check_login(self, body):
        login = self.headers.get("Authorization", "")
        if login.startswith("GOOG4-HMAC-SHA256 "):
            return self.hmac_good(body)
        with LOCK:
            token = TOKENS.get(login.removeprefix("Bearer "))
            if not login.startswith("Bearer ") or token is None:
                raise Refused(401, "AuthenticationRequired")
            token["uses"] += 1
            uses = token["uses"]
        if now() > token["ends"] or (
                setting("uses") and uses > int(setting("uses"))):
            raise Refused(401, "InvalidCredentials")
        return None

    def token(self, body):
        form = urllib.parse.parse_qs(body.decode("latin1"))
        kind = form.get("grant_type", [""])[0]
        address = f"http://{self.headers['Host']}/token"
        fault = (
            "invalid_request"
            if kind != "urn:ietf:params:oauth:grant-type:jwt-bearer"
            else claim_fault(form.get("assertion", [""])[0], address))
        if setting("tokens") == "refuse":
            fault = "Account has been deleted"
        if fault:
            return self.answer(400, json.dumps(
                {"error": "invalid_grant", "error_description": fault}
            ).encode(), "application/json")
        life = int(setting("tokens", "3599"))
        text = "ya29." + secrets.token_urlsafe(40)
        with LOCK:
            claim = json.loads(un64url(form["assertion"][0].split(".")[1]))
            TOKENS[text] = {"ends": now() + life, "uses": 0,
                            "scope": claim["scope"]}
        return self.answer(200, json.dumps(
            {"access_token": text, "expires_in": life, "token_type": "Bearer"}
        ).encode(), "application/json")

    # --- objects ---

    def retention_guards(self, kept):
        return now() - kept["made"] < float(setting("retention", "0")) or (
            until(kept.get("until")) > now())

    def has(self, right):
        return right in setting("rights", "create get list delete update "
                                "setRetention").split()

    def need(self, right):
        if not self.has(right):
            raise Refused(403, "AccessDenied")

    def put(self, name, body):
        self.need("create")
        if setting("full"):
            raise Refused(403, "UserProjectAccountProblem")
        digests = {"crc32c": b64(crc32c(body).to_bytes(4, "big")),
                   "md5": b64(hashlib.md5(body).digest())}
        wanted = dict(part.strip().split("=", 1) for part in
                      self.headers.get("x-goog-hash", "").split(",") if part)
        if self.headers.get("Content-MD5"):
            wanted["md5"] = self.headers["Content-MD5"]
        for kind, value in wanted.items():
            if digests.get(kind) != value:
                raise Refused(400, "BadDigest")
        with LOCK:
            kept = OBJECTS.get(name)
            mode, time_until = self.wanted_retention()
            if kept and self.retention_guards(kept):
                raise Refused(403, "RetentionPolicyNotMet")
            if kept and kept.get("hold"):
                raise Refused(403, "ObjectUnderActiveHold")
            match = self.headers.get("x-goog-if-generation-match")
            if match is not None and int(match) != (
                    kept["generation"] if kept else 0):
                raise Refused(412, "PreconditionFailed")
            if setting("compose"):
                digests.pop("md5")
            if setting("crc"):
                digests["crc32c"] = "AAAAAA=="
            OBJECTS[name] = {
                "body": body, "generation": int(time.time() * 1e6),
                "made": now(), "digests": digests,
                "mode": mode, "until": time_until,
                "type": self.headers.get("Content-Type")}
        self.answer(200, headers=self.told(OBJECTS[name]))

    def wanted_retention(self):
        """Headers of an upload: "HTTP headers" of the XML interface."""
        mode = self.headers.get("x-goog-object-lock-mode")
        end = self.headers.get("x-goog-object-lock-retain-until-date")
        if not mode and not end:
            return None, None
        self.need("setRetention")
        if mode not in ("GOVERNANCE", "COMPLIANCE") or until(end) <= now() or (
                setting("keeps") == ""):
            raise Refused(400, "InvalidArgument")
        return mode, end

    def patch(self, name, body):
        """Objects: patch; it needs another scope than an upload."""
        kept = OBJECTS.get("/rec/" + name)
        if not kept:
            return self.answer(404, b"{}", "application/json")
        change = json.loads(body)
        login = self.headers["Authorization"].removeprefix("Bearer ")
        if TOKENS[login]["scope"].endswith("read_write"):
            raise Refused(403, "insufficientPermissions")
        self.need("update")
        if "retention" in change:
            self.need("setRetention")
            end = change["retention"]["retainUntilTime"]
            if setting("keeps") == "" or until(end) < until(kept["until"]):
                raise Refused(403, "InvalidArgument")
            kept["until"] = end
            kept["mode"] = {"Unlocked": "GOVERNANCE",
                            "Locked": "COMPLIANCE"}[change["retention"]["mode"]]
        if "temporaryHold" in change:
            kept["hold"] = change["temporaryHold"]
        return self.answer(200, b"{}", "application/json")

    def told(self, kept):
        return [("x-goog-generation", str(kept["generation"])),
                ("x-goog-metageneration", "1")] + ([
                    ("x-goog-object-lock-mode", kept["mode"]),
                    ("x-goog-object-lock-retain-until-date", kept["until"])]
                    if kept.get("mode") else []) + [
                    ("x-goog-hash", f"{kind}={value}")
                    for kind, value in kept["digests"].items()]

    def get(self, name):
        self.need("get")
        kept = OBJECTS.get(name)
        if not kept:
            raise Refused(404, "NoSuchKey")
        body, status = kept["body"], 200
        headers = self.told(kept) + [
            ("x-goog-stored-content-length", str(len(body)))]
        match = re.fullmatch(r"bytes=(\d+)-(\d+)",
                             self.headers.get("Range", ""))
        if match:
            body, status = body[int(match[1]):int(match[2]) + 1], 206
        if self.command == "HEAD":
            headers.append(("Content-Length", len(body)))
            body = b""
        self.answer(status, body, kept["type"] or "", headers)

    def delete(self, name):
        self.need("delete")
        with LOCK:
            kept = OBJECTS.get(name)
            if not kept:
                raise Refused(404, "NoSuchKey")
            if self.retention_guards(kept):
                raise Refused(403, "RetentionPolicyNotMet")
            if kept.get("hold"):
                raise Refused(403, "ObjectUnderActiveHold")
            del OBJECTS[name]
            if setting("softdelete"):
                SOFT.append(name.removeprefix("/rec/"))
        self.answer(204)

    def bucket(self):
        about = {}
        if float(setting("retention", "0")) > 0:
            about["retentionPolicy"] = {
                "retentionPeriod": setting("retention"), "isLocked": True}
        if setting("keeps"):
            about["objectRetention"] = {"mode": "Enabled"}
        if setting("softdelete"):
            about["softDeletePolicy"] = {
                "retentionDurationSeconds": setting("softdelete")}
        self.answer(200, json.dumps(about).encode(), "application/json")

    def soft_deleted(self):
        """Objects: list, of the JSON interface, which knows no HMAC."""
        self.need("list")
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        if query.get("softDeleted") != ["true"]:
            raise Refused(400, "InvalidArgument")
        about = {"items": [{"name": n} for n in SOFT
                           if n.startswith(query["prefix"][0])]}
        self.answer(200, json.dumps(about if about["items"] else {}).encode(),
                    "application/json")

    def permissions(self):
        query = urllib.parse.urlsplit(self.path).query
        asked = urllib.parse.parse_qs(query).get("permissions", [])
        self.answer(200, json.dumps({
            "kind": "storage#testIamPermissionsResponse", "permissions": [
                p for p in asked if self.has(p.rpartition(".")[2])]
        }).encode(), "application/json")

    def dispatch(self):
        size = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(size)
        if len(body) != size:
            self.close_connection = True
            return None
        if setting("damage") and self.command == "PUT":
            os.unlink(os.path.join(HERE, "damage"))
            body = body[:-1] + bytes([body[-1] ^ 1])
        path = urllib.parse.urlsplit(self.path).path
        try:
            if path == "/token" and self.command == "POST":
                return self.token(body)
            self.check_login(body)
            if path == "/storage/v1/b/rec" and self.command == "GET":
                return self.bucket()
            if path.startswith("/storage/v1/b/rec/o/"):
                name = path.removeprefix("/storage/v1/b/rec/o/")
                return self.patch(urllib.parse.unquote(name), body)
            if path == "/storage/v1/b/rec/o":
                return self.soft_deleted()
            if path == "/storage/v1/b/rec/iam/testPermissions":
                return self.permissions()
            if path == "/rec" and self.command == "GET":
                self.need("list")
                return self.answer(200, b"<ListBucketResult/>")
            if not path.startswith("/rec/"):
                raise Refused(404, "NoSuchBucket")
            if self.command == "PUT":
                return self.put(path, body)
            if self.command == "DELETE":
                return self.delete(path)
            return self.get(path)
        except Refused as e:
            return self.answer(
                e.status,
                f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{e.code}"
                f"</Code><Message>{e.message}</Message></Error>".encode()
                if self.command != "HEAD" else b"")

    do_GET = do_HEAD = do_PUT = do_DELETE = do_POST = do_PATCH = dispatch


# Of the conformance tests, which sign by RSA and in the query: the headers
# besides host, and those of the query; the digest; the end of the string to
# sign. Which key signs it makes no difference to that.
STRINGS = [
    ("GET", {"collapsed": "abc    def", "leading": "    xyz",
             "tabs": "\tabc\t\t\t\tdef\t", "trailing": "abc    "}, [],
     "UNSIGNED-PAYLOAD",
     "19153e83555808dbfeb8969043cc8ce8d5db0cce91dc11fb9df58b8130f09d42"),
    ("GET", {"multiple": " xyz ,  abc, def  , xyz   "}, [],
     "UNSIGNED-PAYLOAD",
     "4df8e486146c31f1c8cd4e4c730554cde4326791ba48ec11fa969a3de064cd7f"),
    ("GET", {}, ["prefix=%2Ffoo", "X-Goog-Meta-Foo=bar"], "UNSIGNED-PAYLOAD",
     "4dafe74ad142f32b7c25fc4e6b38fd3b8a6339d7f112247573fb0066f637db6c"),
    ("GET", {"x-goog-date": "20190201T090000Z"}, [], "UNSIGNED-PAYLOAD",
     "4052143280d90d5f4a8c878ff7418be6fee5d34e50b1da28d8081a094b88fa61"),
    ("PUT", {"x-goog-content-sha256": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161"
             "e5c1fa7425e73043362938b982",
             "x-testcasemetadata-payload-value": "hello"}, [],
     "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b982",
     "be21a0841a897930ff5cf72e6e74ec5274efd76c3fe4cde6678f24a0a3d6dbec"),
]
# Google publishes none that is signed by HMAC in a header. These are of an
# implementation that has nothing to do with libcurl or with us: key XXXXX with
# the secret YYYYY, GET http://example.com/foo/bar at 20241121T023539Z.
SIGNATURES = [
    ("UNSIGNED-PAYLOAD",
     "528346f587a0b46433f92d583f3148b88a5117bf26131f328553789feb433028"),
    ("b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c",
     "c5de427ece20baa9c60a3dca384aec3468a136e97a8adb2b75c7686dc9e4d589"),
]


def check_strings():
    stamp, scope = "20190201T090000Z", "20190201/auto/storage/goog4_request"
    who = "test-iam-credentials@dummy-project-id.iam.gserviceaccount.com/"
    for method, more, query, digest, want in STRINGS:
        headers = {"host": "storage.googleapis.com", **more}
        names = sorted(headers)
        query = query + [
            f"{name}={urllib.parse.quote(value, safe='')}" for name, value in (
                ("X-Goog-Algorithm", "GOOG4-RSA-SHA256"),
                ("X-Goog-Credential", who + scope),
                ("X-Goog-Date", stamp), ("X-Goog-Expires", "10"),
                ("X-Goog-SignedHeaders", ";".join(names)))]
        text = string_to_sign(
            "GOOG4-RSA-SHA256", method, "/test-bucket/test-object",
            "&".join(query), headers, names, digest, stamp, scope)
        if text != "\n".join(["GOOG4-RSA-SHA256", stamp, scope, want]):
            sys.exit(f"{names}: wanted {want}, made {text}")


def check_signatures():
    echo = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=echo.serve_forever, daemon=True).start()
    stamp, scope = "20241121T023539Z", "20241121/auto/storage/goog4_request"
    names = ["host", "x-goog-content-sha256", "x-goog-date"]
    for digest, want in SIGNATURES:
        headers = dict(zip(names, ("example.com", digest, stamp)))
        own = hmac_signature("YYYYY", scope, string_to_sign(
            "GOOG4-HMAC-SHA256", "GET", "/foo/bar", "", headers, names,
            digest, stamp, scope))
        subprocess.run(
            ["curl", "-sS", "--noproxy", "*", "--connect-to",
             f"::127.0.0.1:{echo.server_port}", "--aws-sigv4",
             "goog:goog:auto:storage", "-u", "XXXXX:YYYYY",
             "-H", f"x-goog-content-sha256: {digest}",
             "-H", f"X-Goog-Date: {stamp}", "http://example.com/foo/bar"],
            check=True)
        if own != want or Echo.got != want:
            sys.exit(f"{digest}: wanted {want}, we {own}, libcurl {Echo.got}")


if sys.argv[1] == "--vectors":
    check_strings()
    check_signatures()
    sys.exit(0)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


server = Server(("127.0.0.1", 0), Handler)
if os.path.exists(os.path.join(HERE, "srv.pem")):
    # A second port with TLS, in "port.tls".
    secure = Server(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(HERE, "srv.pem"),
                            os.path.join(HERE, "srv.key"))
    secure.socket = context.wrap_socket(
        secure.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=secure.serve_forever, daemon=True).start()
    with open(sys.argv[1] + ".tls", "w") as out:
        out.write(str(secure.server_port))
with open(sys.argv[1] + ".new", "w") as out:
    out.write(str(server.server_port))
os.rename(sys.argv[1] + ".new", sys.argv[1])
server.serve_forever()
