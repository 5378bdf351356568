#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A short day of a call centre, whose calls can be told apart by ear.

    day.py make DIR COUNT    calls c1 ... of four seconds, in mixed formats: the
                             customer says one tone, the agent another, and both
                             a third from 1.5 to 2.5 s, which is paused
    day.py heard DIR COUNT   prints what is wrong with the recordings below DIR:
                             there is one of each call, its sides have their
                             tones, and the third tone is not heard
"""
import array
import glob
import math
import os
import subprocess
import sys

KINDS = (("wav", ["-e", "signed", "-b", "16"]), ("wav", ["-e", "mu-law"]),
         ("wav", ["-e", "gsm-full-rate"]), ("flac", []))
RATE, SECRET, SECONDS, PAUSED = 8000, 2600, 4, (1.4, 2.6)


def tones(i):
    return {"in": 300 + 40 * i, "out": 1200 + 40 * i}


def make(top, count):
    os.mkdir(top)
    for i in range(1, count + 1):
        ext, how = KINDS[i % len(KINDS)]
        for side, hz in tones(i).items():
            subprocess.run(
                ["sox", "-n", "-r", str(RATE), "-c", "1", *how,
                 f"{top}/c{i}-{side}.{ext}", "synth", "1.5", "sine", str(hz),
                 ":", "synth", "1", "sine", str(SECRET),
                 ":", "synth", "1.5", "sine", str(hz)], check=True)
        with open(f"{top}/c{i}.ini", "w") as f:
            f.write(f"[call]\nid = c{i}\ntype = direct\n"
                    f"started = 2026-11-22T10:00:{i:02}Z\n"
                    f"[leg customer]\nfile = c{i}-in.{ext}\n"
                    f"[leg agent]\nfile = c{i}-out.{ext}\n"
                    f"[events]\n0 = answer\n{PAUSED[0]} = pause\n"
                    f"{PAUSED[1]} = resume\n{SECONDS} = end\n")


def power(x, hz):
    """Of that tone, by Goertzel's way."""
    c = 2 * math.cos(2 * math.pi * hz / RATE)
    a = b = 0.0
    for v in x:
        a, b = v + c * a - b, a
    return a * a + b * b - c * a * b


def wrong(path, i, count):
    raw = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", path, "-f", "s16le", "-ac", "2", "-"],
        check=True, stdout=subprocess.PIPE).stdout
    x = array.array("h", raw)
    kept = SECONDS - PAUSED[1] + PAUSED[0]
    if abs(len(x) / 2 / RATE - kept) > 0.1:
        yield f"{len(x) / 2 / RATE} s"
    for channel, side in enumerate(("in", "out")):
        sound = {hz: power(x[channel::2], hz) for hz in
                 [tones(n)[s] for n in range(1, count + 1)
                  for s in ("in", "out")] + [SECRET]}
        if max(sound, key=sound.get) != tones(i)[side]:
            yield f"{side}: not its tone"
        if sound[SECRET] * 1000 > sound[tones(i)[side]]:
            yield f"{side}: what was paused"


def heard(top, count):
    for i in range(1, count + 1):
        found = glob.glob(f"{top}/**/c{i}-*.mp3", recursive=True)
        if len(found) != 1:
            print(f"c{i}: {len(found)} recordings")
        for path in found:
            for what in wrong(path, i, count):
                print(f"c{i}: {what}")


{"make": make, "heard": heard}[sys.argv[1]](sys.argv[2], int(sys.argv[3]))
