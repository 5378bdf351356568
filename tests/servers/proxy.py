#!/usr/bin/env python3
"""proxy.py PORTFILE HOST PORT [OWN]: a TCP proxy that misbehaves on demand.

Clients connect to 127.0.0.1 at the port in PORTFILE (OWN, or a free one);
each connection is passed on to HOST:PORT. The file "fault" beside PORTFILE has one line, read
at each new connection and, for put/, at each request on a connection:

  FAULT [once|N|until]    once (the default) and N: so many times, then the
                          file is removed; until: as long as the file is there

  refuse                  close at once, with a reset
  reset/N  close/N        RST or FIN towards both after N bytes from the client
  swallow/N               after N bytes from the client (0: when it pauses),
                          nothing of the server's answer goes back: its first
                          byte closes the client's connection. N counts from
                          the start of the connection, and skips short requests
                          (login, look) that come before the body
  swallow/mark            the same, from when the file "mark" beside PORTFILE is
                          there, which is then removed
  mark/N                  makes the file "mark" after N bytes from the client
  hang/N                  after N bytes nothing is forwarded, both stay open
  slow/N                  N bytes per second towards the server
  delay/MS                everything from the server is delayed
  answer/CODE[/SECONDS]   the request whose head begins a connection is read to
                          its end and answered with CODE (and Retry-After); the
                          server never sees it. HTTP without TLS only
  early/CODE[/SECONDS]    the same, but at once, before the body is read
  put/FAULT               waits for the first HTTP request with a body on this
                          connection (PUT, POST), then does FAULT to it;
                          earlier requests pass. HTTP without TLS only

Bytes of TLS and SSH count as they are on the wire. Each connection gives one
line in "connections" beside PORTFILE: the fault, bytes up and down, and "done"
if the connection lasted until the fault happened.
"""
import os
import select
import socket
import struct
import sys
import threading
import time

PORTFILE, HOST, PORT = sys.argv[1], sys.argv[2], int(sys.argv[3])
HERE = os.path.dirname(os.path.abspath(PORTFILE))
MARK = os.path.join(HERE, "mark")
LOCK = threading.Lock()


def peek_fault():
    try:
        with open(os.path.join(HERE, "fault")) as f:
            words = f.read().split()
    except FileNotFoundError:
        return ""
    return words[0] if words else ""


def next_fault():
    """The fault, counted down."""
    path = os.path.join(HERE, "fault")
    with LOCK:
        try:
            with open(path) as f:
                words = f.read().split()
        except FileNotFoundError:
            return ""
        if not words:
            return ""
        times = words[1] if len(words) > 1 else "1"
        if times == "until":
            return words[0]
        left = 1 if times == "once" else int(times)
        if left > 1:
            with open(path + ".new", "w") as f:
                f.write(f"{words[0]} {left - 1}")
            os.rename(path + ".new", path)
        else:
            os.unlink(path)
        return words[0]


def cut(sock, reset):
    try:
        if reset:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            struct.pack("ii", 1, 0))
        else:
            sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    sock.close()


class Head:
    """Follows the requests on a client's side of an HTTP connection."""

    def __init__(self):
        self.text = b""
        self.body = 0

    def feed(self, data):
        """(bytes before the next request with a body, its head or None)"""
        at = 0
        while at < len(data):
            if self.body > 0:
                step = min(self.body, len(data) - at)
                self.body -= step
                at += step
                continue
            start = at - len(self.text)
            self.text += data[at:]
            end = self.text.find(b"\r\n\r\n")
            if end < 0:
                return len(data), None
            head = self.text[:end + 4]
            rest = self.text[end + 4:]
            self.text = b""
            at = len(data) - len(rest)
            length = 0
            for line in head.split(b"\r\n")[1:]:
                name, _, value = line.partition(b":")
                if name.strip().lower() == b"content-length":
                    length = int(value)
            if head.split(b" ")[0] in (b"PUT", b"POST", b"PATCH"):
                self.body = length
                return max(start, 0), head
            self.body = length
        return len(data), None


class Link:
    def __init__(self, client):
        self.client = client
        self.server = None
        self.fault, self.arg, self.more = "", "", ""
        self.up = self.down = 0
        self.counted = 0        # bytes up since the fault began
        self.head = None        # where put/ waits for a request
        self.late = []          # (time, data) of delay
        self.swallowing = False
        self.shown = ""
        self.done = ""

    def begin(self, text):
        self.shown = text
        parts = text.split("/")
        if parts[0] == "put":
            self.head = Head()
            return
        self.fault = parts[0]
        self.arg = parts[1] if len(parts) > 1 else ""
        self.more = parts[2] if len(parts) > 2 else ""
        self.counted = 0

    def close(self, reset=False):
        for s in (self.client, self.server):
            if s is not None:
                cut(s, reset)
        self.client = self.server = None

    def answer(self, data):
        """Reads the request to its end (unless early), answers, closes."""
        self.done = " done"
        code = int(self.arg)
        end = data.find(b"\r\n\r\n")
        while end < 0:
            data += self.client.recv(65536)
            end = data.find(b"\r\n\r\n")
        head = data[:end].lower()
        length = 0
        for line in head.split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        if self.fault == "answer":
            if b"expect: 100" in head:
                self.client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            got = len(data) - end - 4
            while got < length:
                more = self.client.recv(65536)
                if not more:
                    break
                got += len(more)
        body = b"<html>told by the proxy\n"
        extra = b"Retry-After: " + self.more.encode() + b"\r\n" if self.more else b""
        self.client.sendall(
            b"HTTP/1.1 %d Fault\r\nContent-Type: text/html\r\n%sContent-Length: %d\r\n"
            b"Connection: close\r\n\r\n%s" % (code, extra, len(body), body))
        if self.fault == "early":
            # Let it be read before the reset that unread data causes.
            self.client.settimeout(0.2)
            try:
                while self.client.recv(65536):
                    pass
            except OSError:
                pass
        self.close()

    def send_up(self, data):
        """Everything from the client goes through here."""
        if self.head is not None:
            before, head = self.head.feed(data)
            if head is None:
                self.pass_up(data)
                return
            fault = next_fault()
            self.head = None
            self.pass_up(data[:before])
            if not fault:
                self.pass_up(data[before:])
                return
            self.begin(fault[4:] if fault.startswith("put/") else fault)
            data = data[before:]
        if self.fault in ("answer", "early"):
            self.answer(data)
        elif self.fault in ("reset", "close"):
            room = int(self.arg or 0) - self.counted
            self.pass_up(data[:max(room, 0)])
            if self.counted >= int(self.arg or 0):
                self.done = " done"
                self.close(self.fault == "reset")
        elif self.fault == "hang":
            room = int(self.arg or 0) - self.counted
            self.pass_up(data[:max(room, 0)])
            if self.counted >= int(self.arg or 0):
                self.hang()
        else:
            self.pass_up(data)
            if self.fault == "slow":
                self.done = " done"
                time.sleep(len(data) / max(int(self.arg or 1), 1))
            elif self.fault == "mark":
                if self.counted >= int(self.arg):
                    with open(MARK, "w"):
                        self.done = " done"
            elif self.fault == "swallow" and self.arg != "mark":
                self.swallowing = self.counted >= int(self.arg or 0)

    def pass_up(self, data):
        if data and self.server is not None:
            self.server.sendall(data)
        self.up += len(data)
        self.counted += len(data)

    def hang(self):
        """Until the client has enough; the server sees a silent peer."""
        self.done = " done"
        while True:
            if not self.client.recv(65536):
                break
        self.close()

    def send_down(self, data):
        if self.arg == "mark" and os.path.exists(MARK):
            os.unlink(os.path.realpath(MARK))
            self.swallowing = True
        if self.swallowing and not data.startswith(b"HTTP/1.1 100"):
            self.done = " done"
            self.close()
            return
        self.down += len(data)
        if self.fault == "delay":
            self.done = " done"
            self.late.append((time.monotonic() + int(self.arg) / 1000, data))
        else:
            self.client.sendall(data)

    def flush_late(self):
        while self.late and self.late[0][0] <= time.monotonic():
            self.client.sendall(self.late.pop(0)[1])

    def pump(self):
        chunk = 65536
        if self.fault == "slow":
            chunk = max(int(self.arg or 1) // 20, 1)
        ready, _, _ = select.select([self.client, self.server], [], [],
                                    0.01 if self.late else None)
        self.flush_late()
        if self.client in ready:
            data = self.client.recv(chunk)
            if not data:
                self.close()
                return
            self.send_up(data)
        if self.server is not None and self.server in ready:
            data = self.server.recv(65536)
            if not data:
                while self.late:
                    time.sleep(0.01)
                    self.flush_late()
                self.close()
                return
            self.send_down(data)

    def run(self):
        try:
            text = peek_fault()
            if text.startswith("put/"):
                self.begin("put")
            elif text:
                self.begin(next_fault())
            if self.fault == "refuse":
                self.done = " done"
                self.close(True)
                return
            self.server = socket.create_connection((HOST, PORT))
            for s in (self.client, self.server):
                s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while self.client is not None and self.server is not None:
                self.pump()
        except OSError:
            self.close()
        finally:
            with LOCK, open(os.path.join(HERE, "connections"), "a") as f:
                f.write(f"{self.shown or '-'} {self.up} {self.down}{self.done}\n")


listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", int(sys.argv[4]) if len(sys.argv) > 4 else 0))
listener.listen(128)
with open(PORTFILE + ".new", "w") as out:
    out.write(str(listener.getsockname()[1]))
os.rename(PORTFILE + ".new", PORTFILE)
while True:
    connection, _ = listener.accept()
    threading.Thread(target=Link(connection).run, daemon=True).start()
