# SPDX-License-Identifier: ISC
"""Each program of a spool run is killed before each of its system calls, all
threads counted together; then the same is run once more, normally."""
import sys

from scene import (CHANGING, COMMAND, FULL, NOW, PROGRAMS, SANITIZED, Scene,
                   Tap, inject, restore)


def kill_at(scene, program, calls, n, faults):
    """False where the program ended before."""
    restore(scene.saved(program), scene.tree)
    struck, answer = inject(scene.tree, NOW, COMMAND[program], "kill", calls,
                            str(n))
    if not struck:
        if answer[0] != 0:
            faults.append("not killed: %d %s" % (answer[0], answer[2]))
        return False
    if answer[0] != 128 + 9:
        faults.append("call %d (%s): status %d" % (n, struck, answer[0]))
    for wrong in scene.complete(program):
        faults.append("killed before call %d (%s) of %s: %s"
                      % (n, struck, calls[:5], wrong))
    return True


def main():
    tap, scene = Tap(), Scene(sys.argv[1])
    # Without RECTOOLS_FULL: each call that changes something, every few others.
    step = 1 if FULL else 40 if SANITIZED else 7
    total = 0
    for program in PROGRAMS + ["recsweep"]:
        faults, points, n = [], 0, 1
        while kill_at(scene, program, CHANGING, n, faults):
            points += 1
            n += 3 if SANITIZED else 1
        changing = points
        n = 1
        while kill_at(scene, program, "all", n, faults):
            points += 1
            n += step
        tap.ok("%s: killed before %d system calls, %d of them of those that "
               "change something" % (program, points, changing), faults)
        tap.ok("%s: there are such calls" % program,
               [] if changing > (5 if SANITIZED else 20) else [str(changing)])
        total += points
    tap.ok("%d kill points, %d different states on disk, each completed by one "
           "normal run" % (total, len(scene.known)), [])
    tap.done()


main()
