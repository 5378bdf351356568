# SPDX-License-Identifier: ISC
"""The power fails between any two steps of a spool run.

The calls of each program that change files are recorded by strace and replayed
in a model of three journaling file systems: the spool's, the destination's and
that of the sources. After each call the power may fail. Each file system
then has what fsync made durable, and any number of the later changes of
directories, in their order. A file that was not synced has the content of its
last sync, with or without zeros behind it, or all of its content (as ext4 and XFS
were seen to leave it). Every such state is written to disk and completed by one
normal run: what was acknowledged must be there, complete.

The control does the same with a run whose fsync does nothing, and must fail.
"""
import hashlib
import os
import re
import subprocess
import sys

from scene import (COMMAND, NOW, PROGRAMS, TOGETHER, Scene, Tap, environment,
                   restore)

SYNCS = ("fsync", "fdatasync", "syncfs")
BEGINS = ("begin_sync", "begin_syncfs")
CALLS = ("write,pwrite64,writev,fsync,fdatasync,syncfs,ftruncate,renameat,renameat2,"
         "rename,unlink,unlinkat,rmdir,mkdir,mkdirat,openat,linkat,"
         "copy_file_range,sendfile")
# If libeatmydata cannot be loaded, the control leaves the calls out.
EATMYDATA = [p for p in ("/usr/lib/x86_64-linux-gnu/libeatmydata.so",
                         "/usr/lib/aarch64-linux-gnu/libeatmydata.so",
                         "/usr/lib/libeatmydata.so",
                         "/usr/lib64/libeatmydata.so") if os.path.exists(p)]


# ---- the record ----

def decode(text):
    return re.sub(rb"\\x([0-9a-f]{2})",
                  lambda m: bytes([int(m.group(1), 16)]), text)


FD = re.compile(rb"(?:AT_FDCWD|\d+)<([^>]*)>(\(deleted\))?$")


def arguments(text):
    """The arguments of a line: ("fd", path) ("text", bytes) ("word", bytes)."""
    out = []
    for part in re.findall(rb'"(?:[^"])*"(?:\.\.\.)?|[^,"]+', text):
        part = part.strip()
        m = FD.match(part)
        if m:
            out.append(("gone" if m.group(2) else "fd",
                        decode(m.group(1)).decode()))
        elif part.startswith(b'"'):
            out.append(("text", decode(part.rstrip(b".").strip(b'"'))))
        elif part:
            out.append(("word", part))
    return out


def record(scene, program, extra):
    """The calls that succeeded, in the order in which they ended. Changes by other
    threads during a sync are not part of it: the beginning of a sync is listed,
    with its thread, as a call of its own."""
    trace = scene.tree + ".trace"
    p = subprocess.run(
        ["strace", "-f", "-y", "-xx", "-s", "4000000", "-e", "signal=none",
         "-e", "trace=" + CALLS, "-o", trace] + extra
        + COMMAND[program].split(), cwd=scene.tree, env=environment(NOW),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE)
    if p.returncode != 0:
        sys.exit("Bail out! strace %s: %r" % (program, p.stderr))
    calls, begun = [], {}
    with open(trace, "rb") as f:
        for line in f:
            pid, rest = line.rstrip(b"\n").split(None, 1)
            if rest.endswith(b"<unfinished ...>"):
                begun[pid] = rest[:-len(b"<unfinished ...>")]
                name, _, args = begun[pid].partition(b"(")
                if name.decode() in SYNCS:
                    calls.append((BEGINS[name == b"syncfs"], arguments(args),
                                  int(pid)))
                continue
            m = re.match(rb"<\.\.\. \w+ resumed>", rest)
            if m:
                rest = begun.pop(pid) + rest[m.end():]
            m = re.match(rb"(\w+)\((.*)\)\s+= (\d+)(?:<([^>]*)>)?", rest, re.S)
            if m and m.group(1).decode() in SYNCS:
                calls.append((m.group(1).decode(), arguments(m.group(2)),
                              int(pid)))
            elif m:
                calls.append((m.group(1).decode(), arguments(m.group(2)),
                              int(m.group(3))))
    os.unlink(trace)
    return calls


# ---- the model ----

class File:
    def __init__(self, content=b"", durable=None):
        self.now = bytearray(content)
        self.durable = bytes(content) if durable is None else durable
        self.at = 0

    def content(self, fate):
        now = bytes(self.now)
        if fate == "kept" or now == self.durable:
            return now
        if fate == "lost" or len(now) <= len(self.durable):
            return self.durable
        return self.durable + bytes(len(now) - len(self.durable))


class Disk:
    """One file system: directories as they were, and the changes since."""

    def __init__(self):
        self.old = {}      # path -> File, or None for a directory
        self.now = {}
        self.log = []      # changes: (what it touches, function of a dict)
        self.committed = 0

    def change(self, touched, how):
        self.log.append((touched, how))
        how(self.now)

    def sync_directory(self, path, end):
        for i in range(end, self.committed, -1):
            if path in self.log[i - 1][0]:
                self.committed = i
                return

    def after(self, count):
        tree = dict(self.old)
        for _, how in self.log[:count]:
            how(tree)
        return tree


def move(tree, old, new):
    for path in [p for p in tree if p == new or p.startswith(new + "/")]:
        del tree[path]
    for path in [p for p in tree if p == old or p.startswith(old + "/")]:
        tree[new + path[len(old):]] = tree.pop(path)


def remove(tree, path):
    for p in [p for p in tree if p == path or p.startswith(path + "/")]:
        del tree[p]


class Model:
    DISKS = ("spool", "stored", "")

    def __init__(self, top):
        self.top = os.path.realpath(top)
        self.syncing = {}  # thread -> what its sync will make durable
        self.disk = {name: Disk() for name in self.DISKS}
        for where, dirs, names in os.walk(self.top):
            for d in dirs:
                self.add(os.path.join(where, d), None)
            for n in names:
                with open(os.path.join(where, n), "rb") as f:
                    self.add(os.path.join(where, n), File(f.read()))

    def add(self, path, node):
        path = os.path.relpath(path, self.top)
        disk = self.of(path)
        disk.old[path] = disk.now[path] = node

    def of(self, path):
        first = path.split("/")[0]
        return self.disk[first if first in self.DISKS else ""]

    def at(self, where, name=b""):
        """A path in the tree, or None outside of it."""
        kind, path = where
        if kind != "fd":
            return None
        full = os.path.normpath(os.path.join(path, name.decode()))
        if full != self.top and not full.startswith(self.top + "/"):
            return None
        return os.path.relpath(full, self.top)

    def file(self, where):
        path = self.at(where)
        return self.of(path).now.get(path) if path else None

    def create(self, path, node):
        def how(tree):
            tree.setdefault(path, node)
        self.of(path).change((path, os.path.dirname(path)), how)

    def play(self, name, a, result):
        play = getattr(self, "play_" + name.replace("64", ""), None)
        if play is None:
            sys.exit("Bail out! the model knows no " + name)
        play(a, result)

    def play_openat(self, a, result):
        path = self.at(a[0], a[1][1])
        flags = a[2][1] if len(a) > 2 else b""
        if path and b"O_CREAT" in flags and path not in self.of(path).now:
            self.create(path, File(durable=b""))
        if path and b"O_TRUNC" in flags:
            self.of(path).now[path].now = bytearray()
        node = self.of(path).now.get(path) if path else None
        if node and b"O_APPEND" not in flags:
            node.at = 0
        elif node:
            node.at = None

    def put(self, where, data, at=None):
        node = self.file(where)
        if node is None:
            return
        if at is None:
            at = len(node.now) if node.at is None else node.at
            node.at = None if node.at is None else at + len(data)
        node.now[at:at + len(data)] = data

    def play_write(self, a, result):
        self.put(a[0], a[1][1][:result])

    def play_pwrite(self, a, result):
        self.put(a[0], a[1][1][:result], int(a[3][1]))

    def play_ftruncate(self, a, result):
        node = self.file(a[0])
        if node is not None:
            n = int(a[1][1])
            node.now = node.now[:n] + bytearray(max(0, n - len(node.now)))

    def to_sync(self, where):
        """(Disk, File or path, what is in it now), or None."""
        path = self.at(where)
        if not path:
            return None
        disk = self.of(path)
        node = disk.now.get(path)
        if node is None:
            return disk, path, len(disk.log)
        return disk, node, bytes(node.now)

    def play_begin_sync(self, a, thread):
        self.syncing[thread] = self.to_sync(a[0])

    def play_fsync(self, a, thread):
        found = (self.syncing.pop(thread) if thread in self.syncing
                 else self.to_sync(a[0]))
        if not found:
            return
        disk, what, now = found
        if isinstance(what, File):
            what.durable = now
        else:
            disk.sync_directory(what, now)

    play_fdatasync = play_fsync

    def all_to_sync(self, where):
        """(Disk, files with what is in them, end of its changes), or None."""
        path = self.at(where)
        if not path:
            return None
        disk = self.of(path)
        return (disk, [(f, bytes(f.now)) for f in disk.now.values() if f],
                len(disk.log))

    def play_begin_syncfs(self, a, thread):
        self.syncing[thread] = self.all_to_sync(a[0])

    def play_syncfs(self, a, thread):
        found = (self.syncing.pop(thread) if thread in self.syncing
                 else self.all_to_sync(a[0]))
        if not found:
            return
        disk, nodes, end = found
        for node, now in nodes:
            node.durable = now
        disk.committed = max(disk.committed, end)

    def play_mkdirat(self, a, result):
        path = self.at(a[0], a[1][1])
        if path:
            self.create(path, None)

    def cwd(self, text):
        return self.at(("fd", self.top), text)

    def play_mkdir(self, a, result):
        path = self.cwd(a[0][1])
        if path:
            self.create(path, None)

    def take_away(self, path):
        if path:
            self.of(path).change((path, os.path.dirname(path)),
                                 lambda tree: remove(tree, path))

    def play_unlinkat(self, a, result):
        self.take_away(self.at(a[0], a[1][1]))

    def play_unlink(self, a, result):
        self.take_away(self.cwd(a[0][1]))

    play_rmdir = play_unlink

    def play_renameat(self, a, result):
        old, new = self.at(a[0], a[1][1]), self.at(a[2], a[3][1])
        if old:
            self.of(old).change(
                (old, new, os.path.dirname(old), os.path.dirname(new)),
                lambda tree: move(tree, old, new))

    play_renameat2 = play_renameat

    def play_rename(self, a, result):
        top = ("fd", self.top)
        self.play_renameat([top, a[0], top, a[1]], result)

    # ---- the power fails now ----

    def states(self):
        """Trees: path -> content, or None for a directory. Sources that were
        unlinked are gone: their disk may be faster than the spool's."""
        spool, stored = self.disk["spool"], self.disk["stored"]
        for fate in ("kept", "lost", "zeros"):
            for i in range(spool.committed, len(spool.log) + 1):
                for k in range(stored.committed, len(stored.log) + 1):
                    yield {path: node and node.content(fate)
                           for part in (spool.after(i), stored.after(k),
                                        self.disk[""].now)
                           for path, node in part.items()}


def digest(state):
    h = hashlib.sha256()
    for path in sorted(state):
        c = state[path]
        h.update(("%s %d\n" % (path, -1 if c is None else len(c))).encode())
        h.update(c or b"")
    return h.hexdigest()


def lay_out(state, tree):
    os.mkdir(tree, 0o700)
    for path in sorted(state):
        full = os.path.join(tree, path)
        if state[path] is None:
            os.makedirs(full, 0o700, exist_ok=True)
        else:
            os.makedirs(os.path.dirname(full), 0o700, exist_ok=True)
            with open(full, "wb") as f:
                f.write(state[path])
            keep_inode(full)


def keep_inode(full):
    """While a source is being removed its name has the number of its inode."""
    where, name = os.path.split(full)
    m = re.match(r"(\.rectools-[0-9a-f]{16}-)[0-9a-f]+(-.*)", name)
    if m:
        os.rename(full, os.path.join(where, "%s%x%s" % (
            m.group(1), os.stat(full).st_ino, m.group(2))))


# ---- the test ----

def acknowledged(call):
    """The program tells its caller that it is done: a path on stdout."""
    name, a, result = call
    return (name == "write" and a[0][1].startswith(("pipe:", "/dev/pts"))
            and b"spool/mix/" in a[1][1])


def try_states(scene, program, calls, faults, tried, stop_at=None):
    restore(scene.saved(program), scene.tree)
    model = Model(scene.tree)
    following = program
    for n, call in enumerate([None] + calls):
        if call:
            model.play(*call)
            # From here on recpolicy is not run for this call again.
            if program == "recpolicy" and acknowledged(call):
                following = "recmix"
        for state in model.states():
            key = following + digest(state)
            if key in tried:
                continue
            tried.add(key)
            scene.tree_from(state)
            for wrong in scene.complete(following):
                faults.append("%s, after call %d (%s): %s" % (
                    program, n, call[0] if call else "none", wrong))
            if stop_at and len(faults) >= stop_at:
                return


# Other states occur while the log is being written to the disk.
SLOW_LOG = ["-e", "inject=fdatasync:delay_enter=200000"]


def check_together(tap, scene, calls):
    """The run was one of a batch; and its sync of the log is needed."""
    synced = [c for c in calls if c[0] == "fdatasync"]
    tap.ok("%d calls, and the log was synced %d times"
           % (len(TOGETHER), len(synced)),
           [] if 0 < len(synced) < len(TOGETHER) else ["no batch"])
    lost = []
    calls = [c for c in calls if c not in synced and not (
        c[0] == "begin_sync" and c[1][0][1].endswith("/audit.log"))]
    try_states(scene, "together", calls, lost, set(), stop_at=1)
    tap.ok("control: without that something is lost",
           [] if lost else ["nothing is lost"])


def check_door(tap, scene, calls):
    """One sync of the whole file system, then of what moved: both are needed."""
    def is_move(c):
        return c[0] in ("fsync", "begin_sync") and \
            c[1][0][1].endswith(("/spool/mix", "/spool/tmp"))
    whole = [c for c in calls if c[0] == "syncfs"]
    tap.ok("a batch of the door: the file system is synced once",
           [] if len(whole) == 1 else ["%d times" % len(whole)])
    for what, gone in (("that", lambda c: c[0].endswith("syncfs")),
                       ("those of mix/ and tmp/", is_move)):
        lost = []
        try_states(scene, "collect", [c for c in calls if not gone(c)], lost,
                   set(), stop_at=1)
        tap.ok("control: without %s something is lost" % what,
               [] if lost else ["nothing is lost"])


def main():
    tap, scene = Tap(), Scene(sys.argv[1])

    def tree_from(state):
        subprocess.run(["rm", "-rf", scene.tree], check=True)
        lay_out(state, scene.tree)
    scene.tree_from = tree_from

    total = 0
    for program in PROGRAMS + ["recsweep", "together", "collect"]:
        restore(scene.saved(program), scene.tree)
        calls = record(scene, program, SLOW_LOG if program == "together"
                       else [])
        faults, tried = [], set()
        try_states(scene, program, calls, faults, tried)
        tap.ok("%s: the power fails in %d ways around %d calls"
               % (program, len(tried), len(calls)), faults)
        total += len(tried)
        if program == "together":
            check_together(tap, scene, calls)
        if program == "collect":
            check_door(tap, scene, calls)
    for program in ("recpolicy", "recmix", "recsplit", "recupload"):
        restore(scene.saved(program), scene.tree)
        preload = ["-E", "LD_PRELOAD=" + EATMYDATA[0]] if EATMYDATA and \
            not os.environ.get("RECTOOLS_SANITIZED") else []
        calls = [c for c in record(scene, program, preload)
                 if c[0] not in SYNCS + BEGINS or preload]
        synced = [c for c in calls if c[0] in SYNCS]
        faults = [] if not synced else ["there was an fsync in the control"]
        if not faults:
            lost = []
            try_states(scene, program, calls, lost, set(), stop_at=1)
            faults = [] if lost else ["nothing is lost"]
        tap.ok("control: %s without fsync loses something%s"
               % (program, ", by libeatmydata" if preload else ""), faults)
    tap.ok("%d states after a power cut, each completed by one normal run"
           % total, [])
    tap.done()


if __name__ == "__main__":
    main()
