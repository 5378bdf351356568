# SPDX-License-Identifier: ISC
"""An attacker who can write into the spool swaps folders and files for links that
lead out of it, as fast as possible, while recsweep and recupload work. Nothing
outside may be changed or sent anywhere."""
import ctypes
import hashlib
import os
import shutil
import signal
import sys

from scene import NOW, SANITIZED, Tap, files, run

RUNS = 10 if SANITIZED else 60
LIBC = ctypes.CDLL(None, use_errno=True)
RENAME_EXCHANGE = 2
STAMP = "20261101T000000Z"


def attacker(pairs):
    """A process that swaps these until it is killed."""
    pid = os.fork()
    if pid == 0:
        while True:
            for where, name, top, link in pairs:
                LIBC.renameat2(where, name, top, link, RENAME_EXCHANGE)
    return pid


def write(path, data):
    os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


def ticket(name, data):
    return ("[call]\nid = c\n[file %s]\nrecording = 1\nrecordings = 1\n"
            "part = 1\nparts = 1\nsamples = 1\nbytes = %d\nsha256 = %s\n"
            % (name, len(data), hashlib.sha256(data).hexdigest())).encode()


class Ground:
    def __init__(self, top, stages):
        self.top = os.path.join(top, "ground")
        shutil.rmtree(self.top, ignore_errors=True)
        os.mkdir(self.top, 0o700)
        self.fd = os.open(self.top, os.O_RDONLY)
        self.secret = b"secret" * 100
        run("recpolicy --init -s spool", self.top, NOW)
        write(self.path("upload.ini"), b"[upload]\nto = a\n[destination a]\n"
              b"type = directory\npath = stored\ncreate = yes\n"
              b"name = {id}-{recording}.{part}.mp3\n")
        self.pairs = []
        for stage in ("mix", "upload"):
            self.fill(stage)
            # The whole stage, swapped for a link to a directory that looks like it.
            if stages:
                self.swap_for_link("spool/" + stage, "outside/" + stage)
        self.before = files(self.path("outside"))

    def path(self, name):
        return os.path.join(self.top, name)

    def swap_for_link(self, name, to):
        # By descriptors: the attacker must not follow its own link.
        link = "link%d" % len(self.pairs)
        os.symlink(self.path(to), self.path(link))
        where = os.open(os.path.dirname(self.path(name)), os.O_RDONLY)
        self.pairs.append((where, os.path.basename(name).encode(),
                           self.fd, link.encode()))

    def fill(self, stage):
        for i in range(4):
            folder = "%s/%s-c%d" % (stage, STAMP, i)
            for top in ("spool/", "outside/"):
                data = self.secret if top == "outside/" else b"ours" * 100
                write(self.path(top + folder + "/c.mp3"), data)
                write(self.path(top + folder + "/ticket.ini"),
                      ticket("c.mp3", data))
                write(self.path(top + folder + "/inner/deep/file"), data)
            self.swap_for_link("spool/" + folder, "outside/" + folder)
            self.swap_for_link("spool/" + folder + "/inner",
                               "outside/" + folder)
            # A file, swapped for a link to a file that matches its ticket.
            self.swap_for_link("spool/" + folder + "/c.mp3",
                               "outside/" + folder + "/c.mp3")

    def touched(self):
        wrong = []
        for where, _, _, _ in self.pairs:
            os.close(where)
        os.close(self.fd)
        if files(self.path("outside")) != self.before:
            wrong.append("something outside was touched")
        stored = self.path("stored")
        if os.path.isdir(stored) and self.secret in files(stored).values():
            wrong.append("something outside was sent away")
        return wrong


def attack(top, command, stages=False):
    ground = Ground(top, stages)
    pid = attacker(ground.pairs)
    status = run(command, ground.top, NOW)[0]
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return ground.touched(), status


def main():
    tap, top = Tap(), sys.argv[1]
    for program, command in (
            ("recsweep", "recsweep --clock-ok -s spool"),
            ("recupload", "recupload -c upload.ini -s spool")):
        wrong, ended = [], {}
        for i in range(RUNS):
            found, status = attack(top, command, i % 3 == 0)
            ended[status] = ended.get(status, 0) + 1
            wrong += ["run %d: %s" % (i, w) for w in found]
            if status not in (0, 1, 2, 75):
                wrong.append("run %d: status %d" % (i, status))
        tap.ok("%s: %d runs under attack, ended with %s" % (
            program, RUNS, " ".join("%d: %d" % e for e in sorted(
                ended.items()))), wrong)
    # The attack works: a careless sweep fails under it.
    hits = runs = 0
    while runs < 300 and hits == 0:
        runs += 1
        hits += bool(attack(top, "sh %s/careless" % top)[0])
    tap.ok("control: find | xargs rm deletes outside, after %d runs" % runs,
           [] if hits else ["never"])
    tap.done()


main()
