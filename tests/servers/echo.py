"""A server that remembers the signature of the last request, to compare libcurl's
with published ones."""
from http.server import BaseHTTPRequestHandler


class Echo(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_GET(self):
        Echo.got = self.headers["Authorization"].rsplit("=", 1)[1]
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
