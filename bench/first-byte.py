#!/usr/bin/env python3
"""first-byte.py RECUPLOAD RECPOLICY: from the rename that puts a folder in place
to the first byte that a server gets, in milliseconds, of `recupload -w`."""
import hashlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time

recupload, recpolicy = sys.argv[1:]
with tempfile.TemporaryDirectory() as where:
    os.chdir(where)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    listener.settimeout(10)
    subprocess.run([recpolicy, "--init", "-s", "spool"], check=True)
    with open("up.ini", "w") as f:
        f.write("[upload]\nto = a\nbackoff_base = 600\n"
                "[destination a]\ntype = http\n"
                f"url = http://127.0.0.1:{listener.getsockname()[1]}\n")
    data = os.urandom(100000)
    program = subprocess.Popen([recupload, "-c", "up.ini", "-s", "spool", "-w"],
                               stderr=subprocess.DEVNULL)
    time.sleep(0.5)
    took = []
    for n in range(21):
        name = f"20261122T1000{n:02}Z-c{n}"
        os.mkdir(f"spool/tmp/{name}", 0o700)
        with open(f"spool/tmp/{name}/r.mp3", "wb") as f:
            f.write(data)
        with open(f"spool/tmp/{name}/ticket.ini", "w") as f:
            f.write(f"[call]\nid = c{n}\n[file r.mp3]\nrecording = 1\nrecordings = 1\n"
                    f"part = 1\nparts = 1\nbytes = {len(data)}\n"
                    f"sha256 = {hashlib.sha256(data).hexdigest()}\n")
        start = time.monotonic()
        os.rename(f"spool/tmp/{name}", f"spool/upload/{name}")
        connection, _ = listener.accept()
        connection.recv(1)
        took.append((time.monotonic() - start) * 1000)
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 413 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        connection.close()
        time.sleep(0.05)
    program.terminate()
    program.wait()
    print(f"recupload -w: folder to first byte        median {statistics.median(took):.1f} ms"
          f"  worst {max(took):.1f} ms  ({len(took)} folders)")
