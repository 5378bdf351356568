#!/usr/bin/env python3
"""crm.py PORTFILE [CERTIFICATE KEY]: Zendesk, Salesforce and Kustomer in memory, for tests.

Written from the vendors' pages, so that a client can be wrong against it:
  Zendesk     developer.zendesk.com: Tickets, Ticket Comments, Attachments,
              Pagination, Rate limits, Request format
  Salesforce  REST API Developer Guide: Insert or Update Blob Data, Query,
              Status Codes and Error Responses; OAuth 2.0 Client Credentials
              and JWT Bearer Flows
  Kustomer    developer.kustomer.com: Upload attachments, Create note,
              Pagination, Errors, Rate limits
All on one port, distinguished by path: /api/v2, /services, /v1 (files of the
last go to /bucket, as to S3). What the pages leave open is a setting below.

Tests control it through /_ctl: GET /_ctl/zendesk/ID (salesforce, kustomer)
lists what arrived, one file a line; POST /_ctl sets keys of CONF as JSON, and
makes, closes, deletes and touches records. Its key "fault" takes [REQUEST,
WHAT, TIMES]: what happens to the next TIMES requests that begin with the
text "METHOD /path": "before/CODE[/SECONDS]" answers without doing anything
(and Retry-After), "after/CODE" does it and answers so, "lost" does it and closes the connection, "wait/S" does
it after so long. Every request is one line in "crm.log" beside PORTFILE, what a
client must not do one line in "crm.violations". Contents are not kept, only
their sizes and digests.
"""
import base64
import calendar
import email.utils
import hashlib
import json
import os
import re
import secrets
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, unquote, urlsplit

PORTFILE = sys.argv[1]
HERE = os.path.dirname(os.path.abspath(PORTFILE))
LOCK = threading.RLock()
SCHEME = "https://" if len(sys.argv) > 3 else "http://"

BLOBS = {}        # the contents of Zendesk's files
CONF = {
    "clock": 0,                       # seconds ahead of the real time
    # Zendesk
    "zendesk_user": "rec@example.com", "zendesk_token": "zd-secret-token",
    "zendesk_bearer": "zd-oauth-token", "zendesk_role": "agent",
    "zendesk_restriction": None,      # which tickets the agent may see
    "zendesk_private": None,          # the account's setting; None: not reported
    "content": 302,
    "zendesk_max": 52428800, "token_life": 3600, "requests_a_minute": 100000,
    "ticket_updates": 100000,         # per ticket and user in 10 minutes: 30
    "updates_a_minute": 100000,       # per account: 100
    "retry_after": 7, "page_max": 100, "stale_token_status": 422,
    "touch_before_put": 0,            # updates by other agents in between
    "swallow_comment": 0,             # answer 200 and change nothing
    "upload_short": 0,                # bytes of an upload that are lost
    "expire_before_put": 0,           # how often a token expires at that moment
    # Salesforce
    "sf_id": "sf-client", "sf_secret": "sf-secret-word", "sf_modulus": "",
    "sf_user": "rec@example.com", "sf_aud": "https://login.salesforce.com",
    "session_life": 7200, "query_batch": 2000, "locked": 0, "sf_quota": 0,
    "sf_storage_full": 0, "sf_createable": True,
    "sf_instance": "",                # where it redirects after a login
    "sf_key_field": "",               # a custom field, unique
    # Kustomer
    "ku_key": "ku-secret-key", "ku_max": 52428800, "ku_longer": 0,
    "ku_described": True, "policy_life": 300,
    "notes_a_minute": 100000, "sf_deletable": True, "ku_unique": False, "ku_roles": "rw",
}
TICKETS, UPLOADS = {}, {}
CASES, VERSIONS, SESSIONS, CURSORS = {}, [], {}, {}
CONVERSATIONS, ATTACHMENTS = {}, {}
HITS = {}
FAULTS = []


def now():
    return time.time() + CONF["clock"]


def stamp(t=None):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t or now()))


def write(name, line):
    with LOCK, open(os.path.join(HERE, name), "a") as f:
        f.write(line + "\n")


def over(what, limit, seconds):
    """Counts a request; true if more than limit came within the seconds."""
    hits = HITS.setdefault(what, [])
    hits[:] = [t for t in hits if t > now() - seconds]
    if len(hits) >= limit:
        return True
    hits.append(now())
    return False


class Answer(Exception):
    def __init__(self, status, body=None, ctype="application/json", **headers):
        super().__init__(status)
        self.status, self.headers, self.ctype = status, headers, ctype
        self.body = b"" if body is None else (
            body if isinstance(body, bytes) else
            body.encode() if isinstance(body, str) else
            json.dumps(body).encode())


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1                     # one write for head and body
    disable_nagle_algorithm = True

    def log_message(self, *args):
        pass

    def date_time_string(self, timestamp=None):
        return email.utils.formatdate(now(), usegmt=True)

    def handle_expect_100(self):
        done = super().handle_expect_100()
        self.wfile.flush()
        return done

    def violation(self, text):
        write("crm.violations", f"{self.command} {self.path}: {text}")

    def read_body(self):
        length = self.headers.get("Content-Length")
        if self.headers.get("Transfer-Encoding"):
            self.violation("chunked, not of a length known before")
            raise Answer(411)
        self.body = b""
        left = int(length or 0)
        chunks = []
        while left:
            chunk = self.rfile.read(min(left, 1 << 20))
            if not chunk:
                raise ConnectionError
            chunks.append(chunk)
            left -= len(chunk)
        self.body = b"".join(chunks)

    def json_body(self):
        if "application/json" not in self.headers.get("Content-Type", ""):
            self.violation("JSON without its Content-Type")
            raise Answer(415, {"error": "UnsupportedMediaType"})
        try:
            body = json.loads(self.body)
        except ValueError:
            raise Answer(400, {"error": "Unparsable"}) from None
        if not isinstance(body, dict):
            raise Answer(400, {"error": "NotAnObject"})
        return body

    def parts(self):
        """multipart/form-data as a list of (name, file name, type, bytes)."""
        m = re.search(r'multipart/form-data;.*boundary="?([^";]+)',
                      self.headers.get("Content-Type", ""))
        if not m:
            return None
        out = []
        pieces = (b"\r\n" + self.body).split(b"\r\n--" + m[1].encode())
        if not pieces[-1].startswith(b"--"):
            return None
        for piece in pieces[1:-1]:
            head, _, data = piece[2:].partition(b"\r\n\r\n")
            head = head.decode("latin-1")
            name = re.search(r'[ ;]name="([^"]*)"', head)
            file = re.search(r'filename="([^"]*)"', head)
            ctype = re.search(r"(?i)content-type: *([^\r\n]+)", head)
            out.append((name and name[1], file and file[1],
                        ctype and ctype[1], data))
        return out

    def next_fault(self):
        """The fault of this request: its word and its argument."""
        with LOCK:
            for f in FAULTS:
                if f"{self.command} {self.path}".startswith(f[0]):
                    f[2] -= 1
                    if f[2] <= 0:
                        FAULTS.remove(f)
                    return f[1].partition("/")[::2]
        return "", ""

    def handle_one(self):
        fault, arg = self.next_fault()
        if fault == "wait":
            time.sleep(float(arg))
        if fault == "before":
            code, _, late = arg.partition("/")
            raise Answer(int(code), "<html>a fault", "text/html",
                         **({"Retry_After": late} if late else {}))
        try:
            with LOCK:
                for prefix, handle in (
                        ("/_ctl", self.control), ("/api/v2/", self.zendesk),
                        ("/services/", self.salesforce),
                        ("/v1/", self.kustomer), ("/bucket", self.bucket),
                        ("/attachments/", self.zd_content),
                        ("/blob/", self.zd_blob)):
                    if self.route.startswith(prefix):
                        handle()
                raise Answer(404, "<html>no such page</html>", "text/html")
        except Answer:
            if fault == "lost":
                raise ConnectionError from None
            if fault == "after":
                raise Answer(int(arg), "<html>a fault",
                             "text/html") from None
            raise

    def handle_all(self):
        url = urlsplit(self.path)
        self.route, self.query = url.path, parse_qs(url.query)
        status = "-"
        try:
            self.read_body()
            self.handle_one()
        except Answer as a:
            status = a.status
            if not self.route.startswith("/_ctl"):
                write("crm.log", f"{self.command} {self.path} {status}")
            self.send_response(a.status)
            for k, v in a.headers.items():
                self.send_header(k.replace("_", "-"), str(v))
            self.send_header("Content-Type", a.ctype)
            if a.status != 204:
                self.send_header("Content-Length", str(len(a.body)))
            self.end_headers()
            if self.command != "HEAD" and a.status != 204:
                self.wfile.write(a.body)
        except ConnectionError:
            write("crm.log", f"{self.command} {self.path} broken")
            self.close_connection = True

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_all

    # ---- the tests' control interface

    def control(self):
        if self.command == "GET":
            what, key = (self.route.split("/") + [""] * 2)[2:4]
            raise Answer(200, listing(what, key), "text/plain")
        for key, value in json.loads(self.body).items():
            if key in CONF:
                CONF[key] = value
            elif key == "ticket":
                TICKETS[str(value)] = {"id": value, "status": "open",
                                       "updated_at": stamp(), "comments": []}
            elif key == "close_ticket":
                TICKETS[str(value)]["status"] = "closed"
            elif key == "chatter":       # ticket and number of other comments
                for i in range(value[1]):
                    add_comment(TICKETS[str(value[0])],
                                {"body": f"hello {i}", "public": True}, [])
            elif key == "spoil_blobs":   # the files of Zendesk
                for name in BLOBS:
                    BLOBS[name] = value.encode() + BLOBS[name][len(value):]
            elif key == "drop_blobs":
                BLOBS.clear()
            elif key == "expire_tokens":
                for u in UPLOADS.values():
                    u["made"] = 0
            elif key == "case":
                CASES[value] = {"deleted": False}
            elif key == "delete_case":
                CASES[value]["deleted"] = True
            elif key == "other_files":   # case and number of other files
                for i in range(value[1]):
                    add_version(value[0], f"other {i}", "", b"%d" % i)
            elif key == "expire_sessions":
                SESSIONS.clear()
            elif key == "conversation":
                CONVERSATIONS[value] = []
            elif key == "other_notes":
                for i in range(value[1]):
                    CONVERSATIONS[value[0]].append(
                        {"id": secrets.token_hex(12), "body": f"note {i}",
                         "externalId": None, "attachments": []})
            elif key == "empty_ticket":
                TICKETS[str(value)]["comments"].clear()
            elif key == "empty_conversation":
                CONVERSATIONS[value].clear()
            elif key == "spoil_version":  # the last one's content
                VERSIONS[value]["Checksum"] = "0" * 32
            elif key == "forget_hits":
                HITS.clear()
            elif key == "fault":
                FAULTS.append(list(value))
            elif key == "no_faults":
                FAULTS.clear()
            else:
                raise Answer(400, f"no {key}\n", "text/plain")
        raise Answer(200, "ok\n", "text/plain")

    # ---- Zendesk

    def zendesk(self):
        auth = self.headers.get("Authorization", "")
        login = f"{CONF['zendesk_user']}/token:{CONF['zendesk_token']}"
        basic = "Basic " + base64.b64encode(login.encode()).decode()
        if auth not in (basic, "Bearer " + CONF["zendesk_bearer"]):
            raise Answer(401, {"error": "Couldn't authenticate you"})
        if "application/json" not in self.headers.get("Accept", ""):
            self.violation("without Accept: application/json")
        if over("zendesk", CONF["requests_a_minute"], 60):
            self.too_many()
        path = re.sub(r"\.json$", "", self.route[len("/api/v2/"):])
        routes = (
            ("POST", r"uploads", self.zd_upload),
            ("DELETE", r"uploads/(\w+)", self.zd_delete_upload),
            ("GET", r"tickets/(\d+)", self.zd_ticket),
            ("PUT", r"tickets/(\d+)", self.zd_update),
            ("GET", r"tickets/(\d+)/comments", self.zd_comments),
            ("PUT", r"tickets/(\d+)/comments/(\d+)/attachments/(\d+)/redact",
             self.zd_redact),
            ("GET", r"users/me", self.zd_me),
            ("GET", r"account/settings", self.zd_settings))
        for method, pattern, handle in routes:
            m = re.fullmatch(pattern, path)
            if m and method == self.command:
                handle(*m.groups())
        raise Answer(404, {"error": "InvalidEndpoint",
                           "description": "Not found"})

    def too_many(self):
        raise Answer(429, "Number of allowed API requests per minute exceeded",
                     "text/html; charset=utf-8",
                     Retry_After=CONF["retry_after"])

    def need_ticket(self, key):
        if key not in TICKETS:
            raise Answer(404, {"error": "RecordNotFound",
                               "description": "Not found"})
        if CONF["zendesk_role"] == "restricted":
            raise Answer(403, {"error": "Forbidden", "description":
                               "You do not have access to this page."})
        return TICKETS[key]

    def zd_upload(self):
        name = self.query.get("filename", [""])[0]
        if not name:
            raise Answer(400, {"error": "Attachment", "description":
                               "filename is missing"})
        if len(self.body) > CONF["zendesk_max"]:
            raise Answer(413, {"error": "AttachmentTooLarge", "description":
                               "The file is too large"})
        if not self.body:
            raise Answer(422, {"error": "AttachmentUnprocessable"})
        key = secrets.token_hex(12)
        BLOBS[key] = self.body
        file = {"id": secrets.randbits(40), "file_name": name,
                "content_type": self.headers.get("Content-Type"),
                "size": len(self.body) - CONF["upload_short"],
                "inline": False,
                "content_url": SCHEME + self.headers["Host"] +
                "/attachments/token/" + key + "/?name=" + name}
        token = self.query.get("token", [secrets.token_hex(12)])[0]
        up = UPLOADS.setdefault(token, {"made": now(), "files": []})
        up["files"].append(dict(file, sum=sha256(self.body)))
        raise Answer(201, {"upload": {"token": token, "attachment": file,
                                      "attachments": [file]}})

    # "Accessing end user uploaded attachments": with a login, a redirect to a
    # place that knows no login.
    def zd_content(self):
        key = self.route.split("/")[3]
        login = f"{CONF['zendesk_user']}/token:{CONF['zendesk_token']}"
        basic = "Basic " + base64.b64encode(login.encode()).decode()
        if self.headers.get("Authorization") not in (
                basic, "Bearer " + CONF["zendesk_bearer"]):
            raise Answer(401, "no session", "text/html")
        if CONF["content"] != 302:
            raise Answer(CONF["content"], "no", "text/html")
        raise Answer(302, "", "text/html", Location=SCHEME +
                     self.headers["Host"] +
                     "/blob/" + key + "?signature=x")

    def zd_blob(self):
        if self.headers.get("Authorization"):
            self.violation("the login was sent to the files' place")
        key = self.route.split("/")[2]
        if key not in BLOBS:
            raise Answer(404, "gone", "text/html")
        raise Answer(200, BLOBS[key], "audio/mpeg")

    def zd_delete_upload(self, token):
        if token not in UPLOADS:
            raise Answer(404, {"error": "RecordNotFound",
                               "description": "Not found"})
        del UPLOADS[token]
        raise Answer(204)

    def zd_ticket(self, key):
        t = self.need_ticket(key)
        raise Answer(200, {"ticket": {k: t[k] for k in (
            "id", "status", "updated_at")}})

    # Ticket Attachments, "Redact Comment Attachment": an empty file is left.
    def zd_redact(self, key, comment, attachment):
        t = self.need_ticket(key)
        if t["status"] == "closed":
            raise Answer(422, {"error": "RecordInvalid",
                               "description": "closed"})
        for c in t["comments"]:
            for f in c["attachments"]:
                if (str(c["id"]), str(f["id"])) == (comment, attachment):
                    f |= {"file_name": "redacted.txt", "size": 1,
                          "content_type": "text/plain", "sum": "-"}
                    raise Answer(200, {"attachment": {
                        k: f[k] for k in ("id", "file_name", "size")}})
        raise Answer(404, {"error": "RecordNotFound",
                           "description": "Not found"})

    def zd_update(self, key):
        t = self.need_ticket(key)
        body = self.json_body()
        if over("updates", CONF["updates_a_minute"], 60) or \
                over("updates " + key, CONF["ticket_updates"], 600):
            self.too_many()
        if t["status"] == "closed":
            raise Answer(422, {
                "error": "RecordInvalid",
                "description": "Record validation errors", "details": {
                    "status": [{"description": "Status: closed prevents "
                                "ticket update"}]}})
        if CONF["touch_before_put"]:
            CONF["touch_before_put"] -= 1
            t["updated_at"] = stamp(max(now(), 1 + calendar.timegm(
                time.strptime(t["updated_at"], "%Y-%m-%dT%H:%M:%SZ"))))
        new = body.get("ticket")
        events = []
        if isinstance(new, dict):
            if new.get("safe_update") and \
                    new.get("updated_stamp") != t["updated_at"]:
                raise Answer(409, {
                    "error": "UpdateConflict", "description": "Safe Update "
                    "prevented the update: the ticket has changed since"})
            if not new.get("safe_update"):
                self.violation("not a safe update")
            events = self.zd_comment(t, new.get("comment"))
        raise Answer(200, {
            "ticket": {"id": t["id"], "status": t["status"],
                       "updated_at": t["updated_at"]},
            "audit": {"id": secrets.randbits(40), "events": events}})

    def zd_comment(self, t, c):
        if not c or CONF["swallow_comment"]:
            CONF["swallow_comment"] = max(0, CONF["swallow_comment"] - 1)
            return [{"type": "Change", "field_name": "status"}]
        if not c.get("body"):
            raise Answer(422, {"error": "RecordInvalid", "description":
                               "Comment: cannot be blank"})
        if len(c["body"]) > 65535:
            raise Answer(422, {"error": "RecordInvalid", "description":
                               "Comment: too long"})
        if len(t["comments"]) >= 5000:
            raise Answer(422, {"error": "RecordInvalid", "description":
                               "Ticket has too many comments"})
        files = []
        if CONF["expire_before_put"]:
            CONF["expire_before_put"] -= 1
            for up in UPLOADS.values():
                up["made"] = 0
        for token in c.get("uploads", []):
            up = UPLOADS.get(token)
            if not up or up["made"] + CONF["token_life"] < now():
                raise Answer(CONF["stale_token_status"], {
                    "error": "RecordNotFound" if
                    CONF["stale_token_status"] == 404 else "RecordInvalid",
                    "description": "Uploads: the token is not valid"})
            files += up["files"]
        for token in c.get("uploads", []):
            UPLOADS.pop(token, None)
        return [add_comment(t, c, files)]

    def zd_comments(self, key):
        t = self.need_ticket(key)
        order = list(t["comments"])
        if self.query.get("sort") == ["-created_at"]:
            order.reverse()
        elif self.query.get("sort", ["created_at"]) != ["created_at"]:
            raise Answer(400, {"error": "InvalidPaginationParameter"})
        size = self.query.get("page[size]")
        if not size:
            raise Answer(200, {"comments": order[:100], "next_page": None})
        if int(size[0]) > 100:
            raise Answer(400, {"error": "InvalidPaginationParameter"})
        n = min(int(size[0]), CONF["page_max"])
        after = self.query.get("page[after]", [""])[0]
        at = 0
        if after:
            try:
                at = int(base64.b64decode(after, validate=True))
            except ValueError:
                raise Answer(400, {"error": "InvalidCursor"}) from None
        more = at + n < len(order)
        # A cursor has characters that must be encoded in a URL.
        cursor = base64.b64encode(b"%012d" % (at + n)).decode()
        raise Answer(200, {
            "comments": order[at:at + n],
            "meta": {"has_more": more,
                     "after_cursor": cursor if more else None},
            "links": {"next": more and
                      f"https://elsewhere.example.com/{self.path}" or None}})

    def zd_me(self):
        raise Answer(200, {"user": {
            "id": 7, "email": CONF["zendesk_user"],
            "ticket_restriction": CONF["zendesk_restriction"],
            "role": CONF["zendesk_role"].replace("restricted", "agent")}})

    def zd_settings(self):
        raise Answer(200, {"settings": {"limits": {
            "attachment_size": CONF["zendesk_max"]}, "tickets": {
            k: v for k, v in (("private_attachments",
                               CONF["zendesk_private"]),)
            if v is not None}}})

    # ---- Salesforce

    def sf_error(self, status, code, message):
        raise Answer(status, [{"message": message, "errorCode": code}])

    def salesforce(self):
        if self.route == "/services/oauth2/token":
            self.sf_token()
        m = re.fullmatch(r"Bearer (\S+)", self.headers.get("Authorization", ""))
        made = SESSIONS.get(m and m[1])
        if made is None or made + CONF["session_life"] < now():
            self.sf_error(401, "INVALID_SESSION_ID",
                          "Session expired or invalid")
        if CONF["sf_quota"]:
            self.sf_error(403, "REQUEST_LIMIT_EXCEEDED",
                          "TotalRequests Limit exceeded.")
        m = re.fullmatch(r"/services/data/v(\d+)\.0/(.*)", self.route)
        if not m or int(m[1]) > 66:
            self.sf_error(404, "NOT_FOUND",
                          "The requested resource does not exist")
        path = m[2]
        if self.command == "GET" and path == "query":
            self.sf_query(m[1], self.query.get("q", [""])[0])
        if self.command == "GET" and path.startswith("query/"):
            self.sf_batch(m[1], path[len("query/"):])
        if self.command == "GET" and path == "limits":
            raise Answer(200, {
                "DailyApiRequests": {"Max": 15000, "Remaining": 14000},
                "FileStorageMB": {"Max": 10240, "Remaining": 9000}})
        if self.command == "GET" and path == "sobjects/ContentVersion":
            raise Answer(200, {"objectDescribe": {
                "name": "ContentVersion", "queryable": True,
                "createable": CONF["sf_createable"]}, "recentItems": []})
        if self.command == "POST" and path == "sobjects/ContentVersion":
            self.sf_insert()
        gone = re.fullmatch(r"sobjects/ContentDocument/(\w+)", path)
        if self.command == "DELETE" and gone:
            self.sf_delete(gone[1])
        self.sf_error(404, "NOT_FOUND", "The requested resource does not exist")

    def sf_delete(self, document):
        if not CONF["sf_deletable"]:
            self.sf_error(403, "INSUFFICIENT_ACCESS_OR_READONLY",
                          "insufficient access rights on object id")
        if not any(v["document"] == document for v in VERSIONS):
            self.sf_error(404, "ENTITY_IS_DELETED", "entity is deleted")
        VERSIONS[:] = [v for v in VERSIONS if v["document"] != document]
        raise Answer(204)

    def sf_token(self):
        form = {k: v[0] for k, v in parse_qs(self.body.decode()).items()}
        grant = form.get("grant_type")
        fault = None
        if "x-www-form-urlencoded" not in self.headers.get("Content-Type", ""):
            fault = "invalid_request", "not a form"
        elif grant == "client_credentials":
            if form.get("client_id") != CONF["sf_id"]:
                fault = "invalid_client_id", "client identifier invalid"
            elif form.get("client_secret") != CONF["sf_secret"]:
                fault = "invalid_client", "invalid client credentials"
        elif grant == "urn:ietf:params:oauth:grant-type:jwt-bearer":
            fault = jwt_fault(form.get("assertion", ""))
        else:
            fault = "unsupported_grant_type", "grant type not supported"
        if fault:
            raise Answer(400, {"error": fault[0],
                               "error_description": fault[1]})
        token = "00D!" + secrets.token_hex(20)
        SESSIONS[token] = now()
        raise Answer(200, {
            "access_token": token, "token_type": "Bearer", "scope": "api",
            "instance_url": CONF["sf_instance"] or
                            SCHEME + self.headers["Host"],
            "issued_at": str(int(now() * 1000))})

    def sf_query(self, version, q):
        q = " ".join(q.split())
        link = re.fullmatch(
            r"(?i)SELECT ContentDocumentId FROM ContentDocumentLink WHERE "
            r"LinkedEntityId ?= ?'(\w+)'", q)
        files = re.fullmatch(
            r"(?i)SELECT ([\w, ]+) FROM ContentVersion WHERE ContentDocumentId "
            r"IN \(('\w+'(?:, ?'\w+')*)\) AND IsLatest ?= ?true", q)
        if link:
            case = self.sf_case(link[1], quiet=True)
            rows = [{"ContentDocumentId": v["document"]}
                    for v in VERSIONS if v["case"] == case]
        elif files:
            want = [f.strip() for f in files[1].split(",")]
            known = ("Id", "Title", "ContentSize", "Checksum", "Description",
                     "PathOnClient", "ContentDocumentId")
            for f in want:
                if f not in known:
                    self.sf_error(400, "INVALID_FIELD", f"No such column {f}")
            ids = re.findall(r"'(\w+)'", files[2])
            rows = [{f: v[f] for f in want}
                    for v in VERSIONS if v["document"] in ids]
        else:
            self.sf_error(400, "MALFORMED_QUERY", "unexpected token")
        if len(self.path) > 16384:
            raise Answer(414, "too long", "text/plain")
        self.sf_rows(version, rows, 0)

    def sf_rows(self, version, rows, at):
        end = at + CONF["query_batch"]
        body = {"totalSize": len(rows), "done": end >= len(rows),
                "records": [dict(r, attributes={}) for r in rows[at:end]]}
        if end < len(rows):
            cursor = "01g" + secrets.token_hex(6)
            CURSORS[cursor] = rows
            body["nextRecordsUrl"] = \
                f"/services/data/v{version}.0/query/{cursor}-{end}"
        raise Answer(200, body)

    def sf_batch(self, version, locator):
        cursor, _, at = locator.partition("-")
        if cursor not in CURSORS or not at.isdigit():
            self.sf_error(400, "INVALID_QUERY_LOCATOR", "invalid locator")
        self.sf_rows(version, CURSORS[cursor], int(at))

    def sf_case(self, key, quiet=False):
        """Ids have 15 characters, or 18 with a check of their case."""
        for full in CASES:
            if key in (full, full[:15]):
                return full
        if quiet:
            return None
        return self.sf_error(400, "INVALID_CROSS_REFERENCE_KEY",
                             "invalid cross reference id")

    def sf_insert(self):
        parts = self.parts()
        if not parts:
            if len(self.body) > 50000000:
                self.sf_error(400, "REQUEST_TOO_LARGE", "use multipart")
            self.violation("a ContentVersion that is not multipart")
            self.sf_error(415, "UNSUPPORTED_MEDIA_TYPE", "not supported")
        if len(parts) != 2 or parts[0][0] != "entity_content" or \
                "json" not in (parts[0][2] or "") or \
                parts[1][0] != "VersionData" or not parts[1][1]:
            self.sf_error(400, "INVALID_MULTIPART_REQUEST",
                          "entity_content, then VersionData")
        try:
            e = json.loads(parts[0][3])
        except ValueError:
            self.sf_error(400, "JSON_PARSER_ERROR", "not JSON")
        if parts[1][2] != "audio/mpeg":
            self.violation(f"VersionData has the type {parts[1][2]}")
        if not e.get("PathOnClient"):
            self.sf_error(400, "REQUIRED_FIELD_MISSING",
                          "Required fields are missing: [PathOnClient]")
        for field, most in (("Title", 255), ("Description", 1000),
                            ("PathOnClient", 500)):
            if len(e.get(field) or "") > most:
                self.sf_error(400, "STRING_TOO_LONG",
                              f"{field}: data value too large")
        for field in e:
            if field not in ("Title", "Description", "PathOnClient",
                             "FirstPublishLocationId", CONF["sf_key_field"]):
                self.sf_error(400, "INVALID_FIELD", f"No such column {field}")
        key = e.get(CONF["sf_key_field"] or "-")
        if key and any(v["key"] == key for v in VERSIONS):
            self.sf_error(400, "DUPLICATE_VALUE", "duplicate value found")
        case = self.sf_case(e.get("FirstPublishLocationId", ""))
        if CASES[case]["deleted"]:
            self.sf_error(404, "ENTITY_IS_DELETED", "entity is deleted")
        if CONF["locked"]:
            CONF["locked"] -= 1
            self.sf_error(400, "UNABLE_TO_LOCK_ROW",
                          "unable to obtain exclusive access to this record")
        if CONF["sf_storage_full"]:
            self.sf_error(400, "STORAGE_LIMIT_EXCEEDED",
                          "storage limit exceeded")
        v = add_version(case, e.get("Title") or e["PathOnClient"],
                        e.get("Description"), parts[1][3],
                        e["PathOnClient"], key)
        raise Answer(201, {"id": v["Id"], "success": True, "errors": []})

    # ---- Kustomer

    def ku_error(self, status, code, message, **headers):
        raise Answer(status, {"errors": [
            {"code": code, "message": message, "meta": {}}]}, **headers)

    def kustomer(self):
        if self.headers.get("Authorization") != "Bearer " + CONF["ku_key"]:
            self.ku_error(401, "unauthorized", "Invalid or missing token.")
        if over("kustomer", CONF["requests_a_minute"], 60):
            self.ku_error(429, "rate_limit", "Too many requests",
                          Retry_After=CONF["retry_after"])
        route = self.route[len("/v1/"):]
        m = re.fullmatch(r"conversations/(\w+)/notes", route)
        write_right = "w" in CONF["ku_roles"]
        if "r" not in CONF["ku_roles"] or \
                self.command == "POST" and not write_right:
            self.ku_error(403, "forbidden", "Missing a role.")
        if self.command == "POST" and route == "attachments":
            self.ku_attachment()
        if self.command == "GET" and route == "notes":
            raise Answer(200, {"data": [], "links": {"next": None}})
        gone = re.fullmatch(r"notes/(\w+)", route)
        if self.command == "DELETE" and gone:
            self.ku_delete(gone[1])
        if not m or m[1] not in CONVERSATIONS:
            self.ku_error(404, "not_found", "No such resource.")
        if self.command == "POST":
            self.ku_note(m[1])
        if self.command == "GET":
            self.ku_notes(m[1])
        self.ku_error(405, "method", "No such method.")

    def ku_attachment(self):
        b = self.json_body()
        if not all(isinstance(b.get(k), t) and b[k] for k, t in (
                ("name", str), ("contentType", str), ("contentLength", int))):
            self.ku_error(400, "bad_request", "Invalid request body.")
        key = secrets.token_hex(12)
        fields = {"key": "org/" + key, "Content-Type": b["contentType"],
                  "bucket": "attachments", "X-Amz-Algorithm":
                  "AWS4-HMAC-SHA256", "Policy": secrets.token_urlsafe(40),
                  "X-Amz-Signature": secrets.token_hex(32)}
        ATTACHMENTS[key] = {
            "name": b["name"], "contentType": b["contentType"],
            "contentLength": b["contentLength"], "fields": fields,
            "made": now(), "sum": None}
        raise Answer(201, {
            "data": {"type": "attachment", "id": key, "attributes": {}},
            "meta": {"upload": {"url": SCHEME + self.headers["Host"] +
                                "/bucket", "fields": fields}}})

    def s3_error(self, status, code):
        raise Answer(status, f"<Error><Code>{code}</Code></Error>",
                     "application/xml")

    def bucket(self):
        if self.command != "POST":
            self.s3_error(405, "MethodNotAllowed")
        if self.headers.get("Authorization"):
            self.violation("the login was sent to the bucket")
            self.s3_error(400, "InvalidArgument")
        parts = self.parts()
        if not parts or parts[-1][0] != "file":
            self.s3_error(400, "MalformedPOSTRequest")
        form = {p[0]: p[3].decode("latin-1") for p in parts[:-1]}
        a = ATTACHMENTS.get(form.get("key", "")[len("org/"):])
        if not a or form != a["fields"] or \
                a["made"] + CONF["policy_life"] < now():
            self.s3_error(403, "AccessDenied")
        data = parts[-1][3]
        if len(data) > CONF["ku_max"]:
            self.s3_error(400, "EntityTooLarge")
        if len(data) != a["contentLength"]:
            self.s3_error(403, "AccessDenied")
        a["sum"] = sha256(data)
        raise Answer(204, ETag='"' + hashlib.md5(data).hexdigest() + '"')

    def ku_note(self, conversation):
        b = self.json_body()
        if over("notes", CONF["notes_a_minute"], 60):
            self.ku_error(429, "rate_limit", "Too many notes",
                          Retry_After=CONF["retry_after"])
        if not 1 <= len(b.get("body", "")) <= 10240:
            self.ku_error(400, "bad_request", "body: 1 to 10240 characters")
        files = []
        for f in b.get("attachments", []):
            a = ATTACHMENTS.get(f.get("_id"))
            if not a or a["sum"] is None or f.get("name") != a["name"] or \
                    f.get("contentLength") != a["contentLength"] or \
                    f.get("contentType") != a["contentType"]:
                self.ku_error(400, "bad_request", "attachments: not valid")
            files.append(dict(f, sum=a["sum"]))
        notes = CONVERSATIONS[conversation]
        if CONF["ku_unique"] and any(
                n["externalId"] == b.get("externalId") for n in notes):
            self.ku_error(409, "conflict", "externalId: not unique")
        note = {"id": secrets.token_hex(12), "body": b["body"],
                "externalId": b.get("externalId"), "attachments": files}
        notes.append(note)
        raise Answer(201, {"data": ku_show(note)})

    def ku_delete(self, note):
        if "d" not in CONF["ku_roles"]:
            self.ku_error(403, "forbidden", "Missing a role.")
        for notes in CONVERSATIONS.values():
            for n in notes:
                if n["id"] == note:
                    notes.remove(n)
                    raise Answer(204)
        self.ku_error(404, "not_found", "No such resource.")

    def ku_notes(self, conversation):
        size = min(int(self.query.get("pageSize", ["50"])[0]),
                   CONF["page_max"])
        page = int(self.query.get("page", ["1"])[0])
        if size < 1 or size > 100 or page < 1:
            self.ku_error(400, "bad_request", "pageSize: 1 to 100")
        notes = CONVERSATIONS[conversation]
        base = f"{self.route}?pageSize={size}&page="
        more = page * size < len(notes)
        raise Answer(200, {
            "meta": {"page": page, "pageSize": size},
            "links": {"self": base + str(page),
                      "next": base + str(page + 1) if more else None},
            "data": [ku_show(n) for n in notes[(page - 1) * size:page * size]]})


def ku_show(n):
    files = [dict({k: a[k] for k in ("_id", "name", "contentType")},
                  contentLength=a["contentLength"] + CONF["ku_longer"])
             for a in n["attachments"]]
    return {"type": "note", "id": n["id"], "attributes": {
        "body": n["body"], "externalId": n["externalId"],
        "attachments": files if CONF["ku_described"] else []},
        "relationships": {"attachments": {"data": [
            {"type": "attachment", "id": a["_id"]} for a in files]}}}


def add_comment(t, c, files):
    comment = {"id": secrets.randbits(40), "type": "Comment",
               "body": c["body"], "public": c.get("public", True),
               "created_at": stamp(), "attachments": files}
    t["comments"].append(comment)
    t["updated_at"] = max(stamp(), t["updated_at"])
    return comment


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def add_version(case, title, description, data, path="", key=None):
    v = {"case": case, "document": "069" + secrets.token_hex(8)[:15],
         "Id": "068" + secrets.token_hex(8)[:15], "Title": title,
         "Description": description, "ContentSize": len(data),
         "Checksum": hashlib.md5(data).hexdigest(), "PathOnClient": path or title,
         "sum": sha256(data), "key": key}
    v["ContentDocumentId"] = v["document"]
    VERSIONS.append(v)
    return v


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def jwt_fault(assertion):
    """RFC 7519 and 7515, RS256 by RFC 8017 (PKCS #1 v1.5, exponent 65537)."""
    try:
        head, claims, sign = assertion.split(".")
        n = int(CONF["sf_modulus"], 16)
        size = (n.bit_length() + 7) // 8
        digest = hashlib.sha256(f"{head}.{claims}".encode()).digest()
        info = bytes.fromhex("3031300d060960864801650304020105000420") + digest
        padded = b"\0\1" + b"\xff" * (size - len(info) - 3) + b"\0" + info
        if "=" in assertion or json.loads(unb64(head)).get("alg") != "RS256" \
                or len(unb64(sign)) != size or \
                pow(int.from_bytes(unb64(sign), "big"), 65537, n) != \
                int.from_bytes(padded, "big"):
            return "invalid_grant", "invalid assertion"
        c = json.loads(unb64(claims))
    except (ValueError, AttributeError):
        return "invalid_grant", "invalid assertion"
    if c.get("iss") != CONF["sf_id"]:
        return "invalid_client_id", "client identifier invalid"
    if c.get("sub") != CONF["sf_user"]:
        return "invalid_grant", "user hasn't approved this consumer"
    if c.get("aud") != CONF["sf_aud"]:
        return "invalid_grant", "audience is invalid"
    if not isinstance(c.get("exp"), int) or not now() < c["exp"] < now() + 300:
        return "invalid_grant", "expired authorization code"
    return None


def listing(what, key):
    """What arrived, in order: visibility, name, size, SHA-256, type."""
    out = []
    if what == "zendesk":
        for c in TICKETS.get(key, {"comments": []})["comments"]:
            for f in c["attachments"]:
                out.append("%s %s %d %s %s" % (
                    "public" if c["public"] else "private", f["file_name"],
                    f["size"], f["sum"], f["content_type"]))
    elif what == "zendesk-text":
        return "\n".join(c["body"] for c in TICKETS[key]["comments"]) + "\n"
    elif what == "tokens":
        return "%d\n" % len(UPLOADS)
    elif what == "salesforce":
        out = ["private %s %d %s" % (v["PathOnClient"], v["ContentSize"],
                                     v["sum"])
               for v in VERSIONS if v["case"] == key]
    elif what == "salesforce-text":
        return "\n".join(v["Description"] or "" for v in VERSIONS
                         if v["case"] == key) + "\n"
    elif what == "kustomer":
        for n in CONVERSATIONS.get(key, []):
            out += ["private %s %d %s %s" % (
                f["name"], f["contentLength"], f["sum"], f["contentType"])
                for f in n["attachments"]]
    elif what == "kustomer-text":
        return "\n".join(n["body"] for n in CONVERSATIONS[key]) + "\n"
    return "".join(line + "\n" for line in out)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


server = Server(("127.0.0.1", 0), Handler)
if len(sys.argv) > 3:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(sys.argv[2], sys.argv[3])
    server.socket = tls.wrap_socket(server.socket, server_side=True,
                                    do_handshake_on_connect=False)
with open(PORTFILE + ".new", "w") as port:
    port.write(str(server.server_port))
os.rename(PORTFILE + ".new", PORTFILE)
server.serve_forever()
