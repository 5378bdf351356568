# SPDX-License-Identifier: ISC
"""Power cuts on a real ext4: a loop mount whose journal is dropped by
EXT4_IOC_SHUTDOWN just before a call of a program, then mounted again.

shutdown.py DIRECTORY IMAGE MOUNTPOINT; the image is an ext4 that is not
mounted."""
import fcntl
import os
import struct
import subprocess
import sys

from scene import (CHANGING, COMMAND, FULL, NOW, PROGRAMS, Scene, Tap, inject,
                   restore, run)
from power import EATMYDATA

EXT4_IOC_SHUTDOWN, NO_LOG_FLUSH = 0x8004587d, 2


def attach(image):
    """One device for all mounts: the previous one may still exist for a while,
    and two would not see each other's writes."""
    return subprocess.run(["losetup", "-f", "--show", image], check=True,
                          stdout=subprocess.PIPE, text=True).stdout.strip()


def mount(device, point):
    subprocess.run(["mount", device, point], check=True)


def umount(point):
    subprocess.run(["umount", point], check=True)


def cut_power(device, point):
    fd = os.open(point, os.O_RDONLY)
    fcntl.ioctl(fd, EXT4_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
    os.close(fd)
    umount(point)
    mount(device, point)


def prepare(scene, program):
    restore(scene.saved(program), scene.tree)
    os.sync()


def main():
    tap, scene = Tap(), Scene(sys.argv[1])
    device, point = attach(sys.argv[2]), sys.argv[3]
    mount(device, point)
    scene.tree = os.path.join(point, "tree")
    try:
        for program in PROGRAMS + ["recsweep", "together", "collect"]:
            faults, points, n, struck = [], 0, 1, True
            while struck:
                prepare(scene, program)
                struck, answer = inject(scene.tree, NOW, COMMAND[program],
                                        "kill", CHANGING, str(n))
                cut_power(device, point)
                # If it had ended, its answer was given: the next program goes on.
                following = program if struck or program not in PROGRAMS else \
                    (PROGRAMS + ["recsweep"])[PROGRAMS.index(program) + 1]
                if following == "recsweep" and program == "recupload":
                    following = program
                for wrong in scene.complete(following):
                    faults.append("before call %d (%s): %s"
                                  % (n, struck or "none", wrong))
                points += 1
                n += 1 if FULL else 4
            tap.ok("ext4: %s: %d power cuts" % (program, points), faults)
        lost = 0
        for program in PROGRAMS[:3] if EATMYDATA else ():
            prepare(scene, program)
            run("env LD_PRELOAD=%s %s" % (EATMYDATA[0], COMMAND[program]),
                scene.tree)
            cut_power(device, point)
            scene.known.clear()
            lost += bool(scene.complete(
                PROGRAMS[PROGRAMS.index(program) + 1]))
        if EATMYDATA:
            tap.ok("ext4: control: without fsync something is lost",
                   [] if lost else ["nothing is lost"])
    finally:
        umount(point)
        subprocess.run(["losetup", "-d", device], check=True)
    tap.done()


main()
