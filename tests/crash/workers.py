# SPDX-License-Identifier: ISC
"""Ten workers of each program on one spool: every call arrives exactly once.
In CI mode and with RECTOOLS_FULL 2,000 calls."""
import os
import subprocess
import sys

from scene import (CALL, FULL, NOW, POLICY, SANITIZED, UPLOAD, Tap,
                   environment, files, run, tone, waiting, write)

WORKERS = 10
CALLS = 20 if SANITIZED else 2000 if FULL else 150


def together(commands, tree):
    """Runs all at the same time: the worst status, and their messages."""
    running = [subprocess.Popen(c, cwd=tree, env=environment(NOW),
                                stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE) for c in commands]
    said = [p.communicate()[1].decode() for p in running]
    return [p.returncode for p in running], "".join(said)


def main():
    tap, tree = Tap(), os.path.join(sys.argv[1], "tree")
    os.mkdir(tree)
    write(os.path.join(tree, "policy.ini"), POLICY)
    write(os.path.join(tree, "upload.ini"), UPLOAD)
    tone(os.path.join(tree, "in.wav"), 400, 1)
    tone(os.path.join(tree, "out.wav"), 800, 1)
    calls = ["w%04d" % i for i in range(CALLS)]
    for c in calls:
        write(os.path.join(tree, c + ".ini"),
              CALL.replace("= c1", "= " + c).replace("1.5 =", "0.5 =")
              .replace("1 = pause", "0.2 = pause").replace("3 =", "1 ="))
    run("recpolicy --init -s spool", tree)

    put_in = "recpolicy -c policy.ini -s spool".split()
    put_in += [c + ".ini" for c in calls]
    faults = []
    statuses, said = together([put_in] * WORKERS, tree)
    # If two meet at one call, one of them reports it and skips the call.
    if set(statuses) - {0, 75}:
        faults.append("%s: %s" % (statuses, said))
    again = run(" ".join(put_in), tree)
    if again[0] != 0 or len(again[1].splitlines()) != CALLS:
        faults.append("once more: %r" % (again,))
    if len(os.listdir(os.path.join(tree, "spool/mix"))) != CALLS:
        faults.append("not every call is in mix/ once")
    tap.ok("%d recpolicy put the same %d calls in" % (WORKERS, CALLS), faults)

    others = [["recmix", "-j", "1", "-s", "spool"],
              ["recsplit", "-s", "spool"],
              ["recupload", "-c", "upload.ini", "-s", "spool"]]
    faults, rounds = [], 0
    while waiting(tree) and rounds < 30:
        rounds += 1
        statuses, said = together(others * WORKERS, tree)
        if set(statuses) != {0} or said:
            faults.append("%s: %s" % (statuses, said))
    tap.ok("%d each of recmix, recsplit and recupload end well, %d rounds"
           % (WORKERS, rounds), faults)
    tap.ok("nothing waits", waiting(tree))
    arrived = files(os.path.join(tree, "stored"))
    tap.ok("every call has arrived once",
           sorted(set(arrived) ^ {c + "-1.1.mp3" for c in calls}))
    with open(os.path.join(tree, "spool/audit.log")) as f:
        told = [tuple(line.split()[2:4]) for line in f]
    tap.ok("and its story was told once, by one worker at each station",
           ["%s %s: %d" % (c, e, told.count((c, e))) for c in calls[:200]
            for e in ("entered", "mixed", "uploaded", "removed")
            if told.count((c, e)) != 1])
    status, out, err = run("recsweep --verify -s spool", tree)
    tap.ok("the log holds together", [err] if status else [])
    tap.done()


main()
