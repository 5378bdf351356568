#!/usr/bin/env python3
"""Applies the mutations of tests/mutants/list one by one in a copy of the tree
and runs the tests that must catch each.

    tests/mutants/run.py [-n] [-s] [WORD...]   those whose block holds a WORD
    -n  only looks whether each mutation still fits the source
    -s  prints those that survive, nothing else

A block of the list:

    @ FILE [FUNCTION] : TEST...
    - text that stands once in the file, or in the function
    + what replaces it

A test is tests/X.t or build/unit/FOLDER/X. A mutation is caught by the first
test that fails, does not end in time, or does not compile its program.
"""
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
    """The text with the mutation, or why it does not fit."""
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
    """The programs where a script is among the tests, and the units."""
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
    """The test and all that it started."""
    try:
        os.killpg(run.pid, signal.SIGTERM)
        time.sleep(0.2)
        os.killpg(run.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    run.wait()


LATE = set()  # tests that did not end in time, perhaps for the machine's load


def fails(test):
    """Whether the test fails; it is ended at its first "not ok"."""
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
    bad = False
    for line in run.stdout:
        if line.startswith("not ok"):
            bad = True
            break
    signal.alarm(0)
    if bad:
        end(run)
    if late:
        LATE.add(test)
    return bool(bad or late or run.wait() != 0)


def catcher(block):
    """The test that fails with the mutation, None, or why neither."""
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
            if fails(t):
                return t, None
        return None, None
    finally:
        with open(path, "w") as f:
            f.write(text)


SOUND = {}


def is_sound(test):
    """Whether the test passes without any mutation."""
    if test not in SOUND:
        SOUND[test] = build([test]) and not fails(test)
    return SOUND[test]


def judge(block):
    """caught, survived, or why neither; and the test that caught it."""
    LATE.clear()
    test, fault = catcher(block)
    late = test in LATE
    if not fault and test and not is_sound(test):
        fault = f"{test} fails without it, too"
    if fault:
        return fault, ""
    if not test:
        return "survived", ""
    return "caught", f" by {test}" + (", which did not end" if late else "")


def main():
    args = sys.argv[1:]
    words = [a for a in args if not a.startswith("-")]
    chosen = [b for b in blocks(os.path.join(ROOT, "tests/mutants/list"))
              if not words or any(w in repr(b) for w in words)]
    if "-n" in args:
        bad = 0
        for b in chosen:
            with open(os.path.join(ROOT, b[1])) as f:
                _, fault = mutated(f.read(), b[2], b[4], b[5])
            if fault or not b[5] and not b[4]:
                print(f"tests/mutants/list:{b[0]}: {b[1]}: {fault}")
                bad = 1
        return bad
    copy_tree()
    if not build({t for b in chosen for t in b[3]}):
        sys.exit("mutants: the tree does not build")
    count = {"caught": 0, "survived": 0}
    for b in chosen:
        began = time.time()
        result, by = judge(b)
        count[result] = count.get(result, 0) + 1
        if "-s" not in args or result != "caught":
            first = (b[4].splitlines() or [""])[0].strip()
            print(f"{result}{by}: {b[1]} {b[2] or ''}: {first} "
                  f"(list:{b[0]}, {time.time() - began:.0f} s)", flush=True)
    judged = count["caught"] + count["survived"]
    other = sum(count.values()) - judged
    print(f"mutants: {count['caught']} of {judged} caught"
          + (f", {other} not tried" if other else ""))
    return 1 if other or count["caught"] < WANTED * judged else 0


if __name__ == "__main__":
    sys.exit(main())
