#!/usr/bin/env python3
"""Applies the mutations of tests/mutants/list one by one in a copy of the tree
and runs the tests that must catch each.

    tests/mutants/run.py [-ns] [-l LOG] [WORD...]   those that hold a WORD
    -n  only checks whether each mutation still fits the source
    -s  prints only the mutations that survive
    -l  adds each verdict to LOG, and leaves out the mutations that have one
        there, as long as neither they, their source nor their tests change

A block of the list:

    @ FILE [FUNCTION] : TEST...
    - text that occurs once in the file, or in the function
    + what replaces it

A test is tests/X.t or build/unit/FOLDER/X. A mutation is caught by the first
test that fails, does not end in time, or does not compile its program.
"""
import argparse
import hashlib
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
TREE = os.path.join(ROOT, "build", "mutants")
LIMIT_S, CPU_S = 400, 60
WANTED = 0.95


def blocks(path):
    """(line, file, function, tests, old, new) of each block."""
    block = None
    for number, line in enumerate(open(path), 1):
        line = line.rstrip("\n")
        if line.startswith("@ "):
            where, tests = line[2:].split(" : ")
            file, function = (where.split() + [None])[:2]
            block = [number, file, function, tests.split(), [], []]
        elif line[:1] in "-+" and line and block:
            block[4 if line[0] == "-" else 5].append(line[2:])
        elif not line and block:
            yield tuple(block[:4]) + tuple("\n".join(b) for b in block[4:])
            block = None
        elif line and not line.startswith("#"):
            sys.exit(f"{path}:{number}: not a line of a block")
    if block:
        yield tuple(block[:4]) + tuple("\n".join(b) for b in block[4:])


def mutated(text, function, old, new):
    """The mutated text, or why the mutation does not fit."""
    begin, end = 0, len(text)
    if function:
        found = re.search(rf"^{function}\(.*?^}}", text, re.M | re.S)
        if not found:
            return None, f"no function {function}"
        begin, end = found.span()
    count = text.count(old, begin, end)
    if count != 1:
        return None, f"the old text is there {count} times"
    at = text.index(old, begin, end)
    return text[:at] + new + text[at + len(old):], None


def copy_tree():
    names = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT,
        stdout=subprocess.PIPE, check=True).stdout.decode().split("\0")
    wanted = {n for n in names if n and os.path.isfile(os.path.join(ROOT, n))}
    for n in wanted:
        to = os.path.join(TREE, n)
        os.makedirs(os.path.dirname(to), exist_ok=True)
        try:
            if open(to, "rb").read() == open(os.path.join(ROOT, n),
                                             "rb").read():
                continue
        except FileNotFoundError:
            pass
        shutil.copy(os.path.join(ROOT, n), to)
    for folder in "src", "tests":
        for at, _, files in os.walk(os.path.join(TREE, folder)):
            for f in files:
                path = os.path.join(at, f)
                if os.path.relpath(path, TREE) not in wanted:
                    os.unlink(path)


def build(tests):
    """The programs, if a script is among the tests, and the units."""
    goals = [t for t in tests if not t.endswith(".t")]
    if len(goals) < len(tests):
        goals += ["all", "build/inject"]
    return subprocess.run(
        ["make", "-s", f"-j{os.cpu_count()}", "WARN=-w"] + goals, cwd=TREE,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def limit():
    """A mutation may loop for ever."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))


def end(run):
    """Ends the test and all processes that it started."""
    try:
        os.killpg(run.pid, signal.SIGTERM)
        time.sleep(0.2)
        os.killpg(run.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    run.wait()


def fault_of(test, until=None):
    """What the test shows first: its "not ok" line, that it did not end or its
    status; "" if it passes, or as soon as it passes the line of that number."""
    command = (["sh", test] if test.endswith(".t") else
               [os.path.join(TREE, test)])
    env = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP")
    run = subprocess.Popen(command, cwd=TREE, env=env, text=True,
                           stdin=subprocess.DEVNULL, errors="replace",
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                           start_new_session=True, preexec_fn=limit)
    late = []
    signal.signal(signal.SIGALRM, lambda *_: (late.append(1), end(run)))
    signal.alarm(LIMIT_S)
    seen = None
    for line in run.stdout:
        if line.startswith("not ok"):
            seen = line.strip()
        elif until and line.startswith(f"ok {until} "):
            seen = ""
        if seen is not None:
            break
    signal.alarm(0)
    if late:
        return "did not end"
    if seen is not None:
        end(run)
        return seen
    return f"status {run.returncode}" if run.wait() != 0 else ""


def catcher(block):
    """The test that fails with the mutation and how, or why there is none."""
    _, file, function, tests, old, new = block
    path = os.path.join(TREE, file)
    text = open(path).read()
    after, fault = mutated(text, function, old, new)
    if fault:
        return None, fault
    try:
        with open(path, "w") as f:
            f.write(after)
        for t in tests:
            if not build([t]):
                return None, "does not build"
            fault = fault_of(t)
            if fault:
                return t, fault
        return None, None
    finally:
        with open(path, "w") as f:
            f.write(text)


SOUND = {}


def is_sound(test, fault):
    """Whether the test passes that line without any mutation; all of them, if
    the fault is no line."""
    at = re.match(r"not ok (\d+)", fault)
    until = int(at.group(1)) if at else sys.maxsize
    if until > SOUND.get(test, 0):
        if not build([test]) or fault_of(test, until):
            return False
        SOUND[test] = until
    return True


def judge(block):
    """"caught", "survived", or why it is unknown; and the test that caught it."""
    test, fault = catcher(block)
    if not test:
        return fault or "survived", ""
    if not is_sound(test, fault):
        return f"{test} fails without it, too", ""
    return "caught", f" by {test} ({fault})"


def digest(block):
    """Changes with the block, its source and its tests."""
    d = hashlib.sha256(repr(block[1:]).encode())
    for name in [block[1]] + [
            t if t.endswith(".t") else t.replace("build/", "tests/") + ".c"
            for t in block[3]]:
        d.update(open(os.path.join(ROOT, name), "rb").read())
    return d.hexdigest()[:16]


def verdicts(path):
    """The last verdict of each digest: caught or survived."""
    try:
        lines = [line.split("\t") for line in open(path)]
    except FileNotFoundError:
        return {}
    return {line[1]: line[0].split()[0] for line in lines
            if line[0].startswith(("caught", "survived"))}


def options():
    usage = argparse.ArgumentParser(add_help=False, usage=__doc__)
    for letter in "ns":
        usage.add_argument("-" + letter, action="store_true")
    usage.add_argument("-l", default=os.devnull)
    usage.add_argument("words", nargs="*")
    return usage.parse_args()


def look(chosen):
    """Whether each mutation fits the source."""
    bad = 0
    for b in chosen:
        with open(os.path.join(ROOT, b[1])) as f:
            _, fault = mutated(f.read(), b[2], b[4], b[5])
        if fault or not b[5] and not b[4]:
            print(f"tests/mutants/list:{b[0]}: {b[1]}: {fault}")
            bad = 1
    return bad


def main():
    o = options()
    chosen = [b for b in blocks(os.path.join(ROOT, "tests/mutants/list"))
              if not o.words or any(w in repr(b) for w in o.words)]
    if o.n:
        return look(chosen)
    known = verdicts(o.l)
    copy_tree()
    if not build({t for b in chosen if digest(b) not in known for t in b[3]}):
        sys.exit("mutants: the tree does not build")
    count = {"caught": 0, "survived": 0}
    for b in chosen:
        began, key = time.time(), digest(b)
        result, by = (known[key], "") if key in known else judge(b)
        count[result] = count.get(result, 0) + 1
        first = (b[4].splitlines() or [""])[0].strip()
        block = f"{b[1]} {b[2] or ''}: {first}"
        if key not in known:
            with open(o.l, "a") as f:
                f.write(f"{result}{by}\t{key}\t{block}\n")
        if result != "caught" or key not in known and not o.s:
            print(f"{result}{by}: {block} (list:{b[0]}, "
                  f"{time.time() - began:.0f} s)", flush=True)
    judged = count["caught"] + count["survived"]
    other = sum(count.values()) - judged
    print(f"mutants: {count['caught']} of {judged} caught"
          + (f", {other} not tried" if other else ""))
    return 1 if other or count["caught"] < WANTED * judged else 0


if __name__ == "__main__":
    sys.exit(main())
