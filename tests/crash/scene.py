# SPDX-License-Identifier: ISC
"""A call in a spool, in which a fault is injected and which is then completed.

Scene(directory) makes the inputs and runs the programs once, so that the state
before each program and the expected result are known. A test injects a fault and
gives the tree to complete(), which runs the rest normally, an hour later, and
returns what is wrong. Equal trees are completed only once.
"""
import hashlib
import math
import os
import shutil
import struct
import subprocess
import sys
import time
import wave

ROOT = os.environ["ROOT"]
INJECT = os.path.join(ROOT, "build", "inject")
# In CI mode everything, every time.
FULL = bool(os.environ.get("RECTOOLS_FULL") or os.environ.get("CI"))
SANITIZED = bool(os.environ.get("RECTOOLS_SANITIZED"))
NOW, LATER, MUCH_LATER = (
    "2026-11-22T10:00:00Z", "2026-11-22T11:00:00Z", "2026-11-22T15:00:00Z")

PROGRAMS = ["recpolicy", "recmix", "recsplit", "recupload"]
COMMAND = {
    "recpolicy": "recpolicy -c policy.ini -s spool --move call.ini",
    "recmix": "recmix -s spool",
    "recsplit": "recsplit -b 8000 -s spool",
    "recupload": "recupload -c upload.ini -s spool",
    "recsweep": "recsweep --clock-ok -s spool",
    # Several calls that end about the same time share their syncs.
    "together": "recupload -c upload.ini -s spool",
    # A directory with a call that is recorded and one that is refused.
    "collect": "recpolicy -c policy.ini -s spool --collect pbx",
}
TOGETHER = ("c1", "c2", "c3")
CHANGING = ("write,pwrite64,writev,fsync,fdatasync,syncfs,ftruncate,"
            "fallocate,copy_file_range,sendfile,renameat,renameat2,linkat,"
            "unlinkat,mkdirat,fchmod,openat,flock,rename,unlink,rmdir,mkdir")
POLICY = """[recording]
enabled = yes
[inbound]
record = yes
play_message = no
"""
UPLOAD = """[upload]
to = archive
[destination archive]
type = directory
path = stored
create = yes
name = {id}-{recording}.{part}.mp3
"""
CALL = """[call]
id = c1
type = direct
started = 2026-11-22T10:00:00Z
[leg customer]
file = in.wav
[leg agent]
file = out.wav
[events]
0 = answer
1 = pause
1.5 = resume
3 = end
"""


class Tap:
    def __init__(self):
        self.count = 0
        self.failed = 0

    def ok(self, label, faults):
        """faults: a list of lines; empty if all is well."""
        self.count += 1
        print("%s %d - %s" % ("not ok" if faults else "ok", self.count, label))
        if faults:
            self.failed += 1
        for line in faults[:20]:
            print("# " + line)
        if len(faults) > 20:
            print("# and %d more" % (len(faults) - 20))
        sys.stdout.flush()

    def done(self):
        print("1..%d" % self.count)
        sys.exit(1 if self.failed else 0)


def environment(now):
    env = dict(os.environ, RECTOOLS_NOW=now, LC_ALL="C", TZ="UTC")
    # Other tests look for leaks; this does not work under ptrace.
    env["ASAN_OPTIONS"] = "detect_leaks=0"
    return env


def run(command, tree, now=NOW, before=()):
    """Status, standard output, standard error."""
    p = subprocess.run(list(before) + command.split(), cwd=tree,
                       env=environment(now), stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return (p.returncode, p.stdout.decode(errors="replace"),
            p.stderr.decode(errors="replace"))


def inject(tree, now, command, *what):
    """Runs under build/inject: the call that was hit, or "", and run()'s answer."""
    report = tree + ".report"
    answer = run(command, tree, now, (INJECT, report) + what)
    with open(report) as f:
        struck = f.read().strip()
    os.unlink(report)
    if answer[0] == 126:
        sys.exit("Bail out! inject: " + answer[2])
    return struck, answer


def tone(path, hertz, seconds=3):
    with wave.open(path, "wb") as w:
        w.setnchannels(1)
        w.setsampwidth(2)
        w.setframerate(8000)
        w.writeframes(b"".join(
            struct.pack("<h", int(9000 * math.sin(2 * math.pi * hertz * i
                                                  / 8000)))
            for i in range(8000 * seconds)))


def write(path, text):
    with open(path, "w") as f:
        f.write(text)


def restore(saved, tree):
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(saved, tree, symlinks=True)


def files(top):
    """Relative path -> content, b"/" for a directory."""
    found = {}
    for where, dirs, names in os.walk(top):
        for d in dirs:
            found[os.path.relpath(os.path.join(where, d), top)] = b"/"
        for n in names:
            path = os.path.join(where, n)
            with open(path, "rb") as f:
                found[os.path.relpath(path, top)] = f.read()
    return found


def fingerprint(tree):
    h = hashlib.sha256()
    for path, content in sorted(files(tree).items()):
        h.update(("%s %d\n" % (path, len(content))).encode())
        h.update(content)
    return h.hexdigest()


STAGES = ("tmp", "mix", "split", "upload", "failed", "held", "notice")


def waiting(tree, stages=STAGES):
    return sorted(p for p in files(os.path.join(tree, "spool"))
                  if p.split("/")[0] in stages and "/" in p)


class Scene:
    def __init__(self, top):
        self.top = top
        self.tree = os.path.join(top, "tree")
        self.known = {}
        os.mkdir(self.tree)
        for name, text in (("policy.ini", POLICY), ("upload.ini", UPLOAD),
                           ("call.ini", CALL)):
            write(os.path.join(self.tree, name), text)
        tone(os.path.join(self.tree, "in.wav"), 400)
        tone(os.path.join(self.tree, "out.wav"), 800)
        self.must("recpolicy --init -s spool")
        for p in PROGRAMS:
            self.save(p)
            self.must(COMMAND[p])
        self.arrived = files(os.path.join(self.tree, "stored"))
        if len(self.arrived) != 2:
            sys.exit("Bail out! two parts must arrive: %r" % self.arrived)
        restore(self.saved("recpolicy"), self.tree)
        self.make_due()
        self.save("recsweep")
        restore(self.saved("recupload"), self.tree)
        for call in TOGETHER[1:]:
            self.double(call)
        self.save("together")
        restore(self.saved("recpolicy"), self.tree)
        self.make_pbx()
        self.save("collect")

    def make_pbx(self):
        pbx = os.path.join(self.tree, "pbx")
        os.makedirs(os.path.join(pbx, "day"))
        for call, told in (("c1", ""), ("no", "2 = consent declined\n")):
            text = CALL.replace("id = c1", "id = " + call)
            for leg in "in.wav", "out.wav":
                text = text.replace(leg, "day/%s-%s" % (call, leg))
                shutil.copy(os.path.join(self.tree, leg), os.path.join(
                    pbx, "day", "%s-%s" % (call, leg)))
            write(os.path.join(pbx, call + ".ini"), text + told)
            write(os.path.join(pbx, call + ".events"), told)

    def double(self, call):
        """The call c1, which waits in upload/, once more under another id."""
        upload = os.path.join(self.tree, "spool", "upload")
        first, = (n for n in os.listdir(upload) if n.endswith("-c1"))
        folder = os.path.join(upload, first[:-2] + call)
        shutil.copytree(os.path.join(upload, first), folder)
        ticket = os.path.join(folder, "ticket.ini")
        with open(ticket) as f:
            text = f.read()
        write(ticket, text.replace("id = c1\n", "id = %s\n" % call))

    def must(self, command):
        status, out, err = run(command, self.tree)
        if status != 0 or err:
            sys.exit("Bail out! %s: %d %s" % (command, status, err))

    def saved(self, program):
        return os.path.join(self.top, "before-" + program)

    def save(self, program):
        restore(self.tree, self.saved(program))

    def make_due(self):
        """For the sweep: in each stage a call that is due, and a young one."""
        for path in ("tmp/20261101T000000Z-debris", "mix/20261101T000000Z-due1",
                     "upload/20261102T000000Z-due2",
                     "failed/20261103T000000Z-due3",
                     "mix/20261122T000000Z-young"):
            folder = os.path.join(self.tree, "spool", path)
            os.makedirs(os.path.join(folder, "inner"))
            for name in ("a.mp3", "b.mp3", "inner/c"):
                write(os.path.join(folder, name), name)

    # After a fault: what is wrong, if anything.
    def complete(self, program):
        key = program + " " + fingerprint(self.tree)
        if key not in self.known:
            self.known[key] = (self.complete_sweep()
                               if program == "recsweep"
                               else self.complete_together()
                               if program == "together"
                               else self.complete_collect()
                               if program == "collect"
                               else self.complete_call(program))
        return self.known[key]

    def sweep(self):
        """Much later nothing is left to do."""
        wrong = []
        status, out, err = run(COMMAND["recsweep"], self.tree, MUCH_LATER)
        if status != 0 or err:
            wrong.append("then recsweep: %d %s" % (status, err.strip()))
        left = waiting(self.tree)
        if left:
            wrong.append("waits: " + " ".join(left))
        return wrong

    def complete_call(self, program):
        wrong = []
        for p in PROGRAMS[PROGRAMS.index(program):]:
            status, out, err = run(COMMAND[p], self.tree, LATER)
            if status != 0 or err:
                wrong.append("then %s: %d %s" % (p, status, err.strip()))
        arrived = files(os.path.join(self.tree, "stored"))
        if arrived != self.arrived:
            wrong.append("arrived: " + " ".join(
                "%s %d" % (n, len(c)) for n, c in sorted(arrived.items())))
        wrong += self.sweep()
        for source in ("in.wav", "out.wav"):
            if os.path.exists(os.path.join(self.tree, source)):
                wrong.append(source + " is still there")
        return wrong + self.check_log("c1", ("entered", "mixed", "split",
                                             "uploaded", "removed"))

    def complete_together(self):
        wrong = []
        status, out, err = run(COMMAND["together"], self.tree, LATER)
        if status != 0 or err:
            wrong.append("then recupload: %d %s" % (status, err.strip()))
        arrived = files(os.path.join(self.tree, "stored"))
        if arrived != {n.replace("c1", call, 1): content for call in TOGETHER
                       for n, content in self.arrived.items()}:
            wrong.append("arrived: " + " ".join(
                "%s %d" % (n, len(c)) for n, c in sorted(arrived.items())))
        wrong += self.sweep()
        for call in TOGETHER:
            wrong += self.check_log(call, ("uploaded", "removed"))
        return wrong

    def complete_collect(self):
        """An hour later; nobody has written to the files since."""
        wrong = []
        pbx = os.path.join(self.tree, "pbx")
        for path in files(pbx):
            os.utime(os.path.join(pbx, path), (time.time() - 3600,) * 2)
        status, out, err = run(COMMAND["collect"], self.tree, LATER)
        if status != 0 or err:
            wrong.append("then collect: %d %s" % (status, err.strip()))
        left = sorted(files(pbx))
        if left != [".rectools-door", "day"]:
            wrong.append("left in pbx/: " + " ".join(left))
        run(COMMAND["recsweep"], self.tree, MUCH_LATER)
        there = files(os.path.join(self.tree, "spool"))
        mix = [p for p in there if p[:4] in ("mix/", "tmp/")]
        legs = sorted(there[p] for p in mix if p.endswith(".wav"))
        if len(mix) != 4 or legs != sorted(
                self.leg(side) for side in ("in.wav", "out.wav")):
            wrong.append("in the spool: " + " ".join(sorted(mix)))
        return (wrong + self.check_log("c1", ("entered",)) +
                self.check_log("no", ("refused",)))

    def leg(self, name):
        with open(os.path.join(self.tree, name), "rb") as f:
            return f.read()

    def complete_sweep(self):
        wrong = []
        status, out, err = run(COMMAND["recsweep"], self.tree, LATER)
        if status != 0:
            wrong.append("then recsweep: %d %s" % (status, err.strip()))
        left = waiting(self.tree)
        young = "mix/20261122T000000Z-young"
        if left != [young] + [young + "/" + n for n in
                              ("a.mp3", "b.mp3", "inner", "inner/c")]:
            wrong.append("left: " + " ".join(left))
        for call in ("due1", "due2", "due3"):
            wrong += self.check_log(call, ("swept",))
        return wrong

    def check_log(self, call, events):
        wrong = []
        status, out, err = run("recsweep --verify -s spool", self.tree, LATER)
        if status != 0:
            wrong.append("the log: " + err.strip())
        story = run("recsweep --story %s -s spool" % call, self.tree)[1]
        told = [line.split()[3] for line in story.splitlines()]
        for event in events:
            if event not in told:
                wrong.append("the log tells nothing of %s %s: %s"
                             % (call, event, told))
        if told.count("entered") > 1:
            wrong.append("entered twice: %s" % told)
        return wrong
