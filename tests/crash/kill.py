# SPDX-License-Identifier: ISC
"""Each program of a spool run is killed before each of its system calls, all
threads counted together; then it is run again, normally."""
import os
import sys

from scene import (CHANGING, COMMAND, FULL, NOW, PROGRAMS, SANITIZED, Scene,
                   Tap, files, inject, restore, run, write)


def kill_at(scene, program, calls, n, faults):
    """False if the program ended before."""
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


BY_HAND = (
    ("recmix", "recmix -o made/ plan.ini"),
    ("recsplit", "recsplit -b 8000 -o cut made/c1.mp3"),
    ("recupload", "recupload -c upload.ini cut/c1-01of02.mp3 "
                  "cut/c1-02of02.mp3"),
    ("recpolicy", "recpolicy --init -s newspool"),
)


def by_hand(tap, scene, step):
    """Without a spool: killed, then the same again: complete, and exactly once."""
    tree = scene.tree
    restore(scene.saved("recpolicy"), tree)
    plan = run("recpolicy -c policy.ini call.ini", tree)[1]
    write(os.path.join(tree, "plan.ini"), plan)
    os.mkdir(os.path.join(tree, "cut"))
    for program, command in BY_HAND:
        saved = os.path.join(scene.top, "by-hand")
        restore(tree, saved)
        answer = run(command, tree)
        wanted = files(tree)
        faults, points = [], 0
        if answer[0] != 0 or answer[2]:
            faults.append("undisturbed: %r" % (answer,))
        for calls, step_now in ((CHANGING, 1), ("all", step)):
            n, struck = 1, True
            while struck:
                restore(saved, tree)
                struck, _ = inject(tree, NOW, command, "kill", calls, str(n))
                answer = run(command, tree)
                # A spool that is complete is not made twice.
                if answer[0] not in ((0, 2) if "--init" in command else (0,)):
                    faults.append("killed before call %d (%s): %r"
                                  % (n, struck, answer))
                if files(tree) != wanted:
                    faults.append("killed before call %d (%s): %s" % (
                        n, struck, sorted(set(files(tree)) ^ set(wanted))))
                points += bool(struck)
                n += step_now
        tap.ok("%s by hand: killed before %d system calls, and the same again "
               "completes it" % (program, points), faults)
        restore(saved, tree)
        run(command, tree)


def main():
    tap, scene = Tap(), Scene(sys.argv[1])
    # Without RECTOOLS_FULL: each call that changes something, every few others.
    step = 1 if FULL else 40 if SANITIZED else 7
    total = 0
    for program in PROGRAMS + ["recsweep", "together", "collect"]:
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
    by_hand(tap, scene, 4 * step)
    tap.done()


main()
