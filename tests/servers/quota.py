#!/usr/bin/env python3
"""quota.py PORTFILE [CERTIFICATE KEY WORD [REPLY]]: servers that report a quota,
and accept no files.

Without a certificate WebDAV (quota-available-bytes of RFC 4331); with one FTP
over TLS (RFC 4217) that knows the command WORD: AVBL (named by FEAT, RFC 2389)
or SITE (the quota in several lines, as a reply of RFC 959). SIZE is answered with
REPLY if that is the WORD.
"""
import http.server
import os
import socketserver
import ssl
import sys


class Web(http.server.BaseHTTPRequestHandler):
    def answer(self, status, body=b""):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PROPFIND(self):
        self.answer(207, (
            b'<a:multistatus xmlns:a="DAV:"><a:response><a:href>/</a:href>'
            b"<a:propstat><a:prop><a:quota-available-bytes>7000000"
            b"</a:quota-available-bytes></a:prop></a:propstat></a:response>"
            b"</a:multistatus>"))

    def do_HEAD(self):
        self.answer(404)

    def do_PUT(self):
        self.answer(507)

    do_OPTIONS = do_GET = do_DELETE = do_MKCOL = do_HEAD

    def log_message(self, *args):
        pass


REPLIES = {
    "USER": "331 Password?", "PASS": "230 Welcome.", "PBSZ": "200 0",
    "PROT": "200 Private.", "PWD": '257 "/"', "NOOP": "200 Yes.",
    "TYPE": "200 Yes.", "QUIT": "221 Bye.", "SIZE": "550 No such file.",
    "FEAT": "211-Features:\r\n SIZE\r\n211 End"}
if sys.argv[4:] == ["AVBL"]:
    REPLIES["FEAT"] = "211-Features:\r\n SIZE\r\n AVBL\r\n211 End"
    REPLIES["AVBL"] = "213 12345678"
elif sys.argv[4:] == ["SITE"]:
    REPLIES["SITE"] = "200-Quota of this login:\r\n200 1.2 of 5.0 MB are used."
elif sys.argv[4:5] == ["SIZE"]:
    REPLIES["SIZE"] = sys.argv[5]
    REPLIES["REST"] = "350 Go on."


class Ftp(socketserver.BaseRequestHandler):
    def handle(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2], sys.argv[3])
        self.request.sendall(b"220 Here.\r\n")
        if not self.request.recv(100).startswith(b"AUTH"):
            return
        self.request.sendall(b"234 Go on.\r\n")
        with context.wrap_socket(self.request, server_side=True) as s:
            for line in s.makefile("r", newline="\r\n"):
                word = line.split()[0].upper()
                reply = REPLIES.get(word, "502 Not here.")
                s.sendall((reply + "\r\n").encode())


class Tcp(socketserver.ThreadingTCPServer):
    daemon_threads = True


server = Tcp(("127.0.0.1", 0), Ftp) if len(sys.argv) > 2 else \
    http.server.ThreadingHTTPServer(("127.0.0.1", 0), Web)
with open(sys.argv[1] + ".new", "w") as out:
    out.write(str(server.server_address[1]))
os.rename(sys.argv[1] + ".new", sys.argv[1])
server.serve_forever()
