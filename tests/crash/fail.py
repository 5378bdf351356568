# SPDX-License-Identifier: ISC
"""In each program of a spool run, each system call that changes something fails
once, and then with all later ones, as on a full disk. The program reports it and
ends with 75, or manages without the call. A normal run then completes the call."""
import sys

from scene import (CHANGING, COMMAND, FULL, NOW, PROGRAMS, SANITIZED, Scene,
                   Tap, inject, restore)

ERRORS = ("EIO", "ENOSPC", "EDQUOT", "EACCES")
# What a full disk refuses; deleting still works.
GROWING = "write,pwrite64,writev,fallocate,mkdirat,openat"
# A lock and a mode do not fail for these reasons.
FAILING = ",".join(c for c in CHANGING.split(",") if c not in ("flock",))


def fail_at(scene, program, error, calls, n, faults):
    """False if the program makes no more such calls."""
    restore(scene.saved(program), scene.tree)
    struck, (status, out, err) = inject(
        scene.tree, NOW, COMMAND[program], "fail", error, calls, n)
    if not struck:
        return False
    where = "%s, %s of call %s: " % (struck, error, n)
    # Missing rights to the directory are not a fault of the machine.
    closed = program == "collect" and error == "EACCES" and status == 2
    if status not in (0, 75) and not closed:
        faults.append(where + "status %d: %s" % (status, err.strip()))
    speaker = COMMAND[program].split()[0] + ": "
    if status == 75 and not err.startswith(speaker):
        faults.append(where + "silent: %r" % err)
    if status == 75 and len(err) > 1000:
        faults.append(where + "too much is said: %s" % err)
    # If the log cannot be written, the message about a deletion must be enough.
    told = err.count("deleted, never uploaded") == 3 and "audit log" in err
    for wrong in scene.complete(program):
        if told and wrong.startswith("the log"):
            continue
        faults.append(where + "status %d (%s), %s"
                      % (status, err.strip(), wrong))
    return True


def main():
    tap, scene = Tap(), Scene(sys.argv[1])
    total = 0
    for program in PROGRAMS + ["recsweep", "together", "collect"]:
        faults, points, n = [], 0, 0
        more = True
        while more:
            n += 3 if SANITIZED else 1
            # Without RECTOOLS_FULL the errors alternate.
            for error in ERRORS if FULL else (ERRORS[n % 4],):
                more = fail_at(scene, program, error, FAILING, str(n), faults)
                points += more
        tap.ok("%s: %d calls that fail once" % (program, points), faults)
        tap.ok("%s: there are such calls" % program,
               [] if points > (5 if SANITIZED else 20) else [str(points)])
        total += points
        faults, points, n = [], 0, 0
        while True:
            n += 4 if SANITIZED else 1
            if not fail_at(scene, program, "ENOSPC", GROWING, "%d+" % n,
                           faults):
                break
            points += 1
        tap.ok("%s: %d moments from which on the disk is full"
               % (program, points), faults)
        total += points
    tap.ok("%d faults, %d different states on disk, each completed by one "
           "normal run" % (total, len(scene.known)), [])
    tap.done()


main()
