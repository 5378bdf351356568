#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Random calls, good and damaged, by recpolicy --audit and by recmix: both find
the same and report it in the same words. agree.py DIR SEED COUNT."""
import os
import random
import subprocess
import sys

from leak import (DAMAGE, KINDS, RATE, RECORDER, SECONDS, encode, get, pcm,
                  put, wav, words)

POLICY = "[inbound]\nrecord = yes\nplay_message = no\nredaction = yes\n"
SOUNDS = [words(1, SECONDS), words(2, SECONDS), words(3, SECONDS),
          [0.0] * (SECONDS * RATE)]


def run(*command):
    r = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return r.returncode, r.stdout.decode(), r.stderr.decode(errors="replace")


def leg(dice, side, good):
    """(lines of the section, what it is)"""
    kind = dice.choice([k for k in KINDS if k != "pcap"])
    # Its own voice, or sometimes that of the other side, or none.
    sound = SOUNDS[side if good or dice.random() < 0.9 else
                   dice.randrange(len(SOUNDS))]
    label = "good"
    name = "%s.%s" % ("in" if side == 0 else "out", kind)
    damage = not good and dice.random() < 0.6
    if damage and dice.random() < 0.4:
        label = dice.choice(list(RECORDER))
        sound = RECORDER[label](sound)
    encode(kind, sound, name)
    if damage and label == "good":
        label = dice.choice(list(DAMAGE))
        put(name, DAMAGE[label](kind, get(name)))
    if not good and dice.random() < 0.05:
        os.unlink(name)
        label = "gone"
    lines = ["file = " + name]
    end = dice.choice((None, SECONDS))
    if end:
        off = dice.choice((0, 0, 0.2, -0.2, 1, -1)) if not good else 0
        lines.append("end = %.3f" % (end + off))
        lines += dice.choice(([], [], ["fits = start"], ["fits = end"]))
        label += ", end %+.1f" % off
    elif not good and dice.random() < 0.2:
        lines.append("start = %d" % dice.choice((1, 3600)))
    if dice.random() < 0.2:
        lines.append("within = 0.5")
    return lines, "%s %s: %s" % (kind, label, "; ".join(lines[1:]))


def one(seed):
    """(good, what it was, audit, recmix): what each of them found."""
    dice = random.Random(seed)
    good = dice.random() < 0.4
    text = ["[call]", "id = x%d" % seed, "type = direct"]
    what = []
    for side, role in enumerate(("customer", "agent")):
        lines, label = leg(dice, side, good)
        text += ["[leg %s]" % role] + lines
        what.append(label)
    text += ["[events]", "0 = answer", "%d = end" % SECONDS]
    if dice.random() < 0.6:
        text += ["8 = pause", "11.5 = resume"]
        what.append("a pause")
    put("call.ini", ("\n".join(text) + "\n").encode())
    audit = run("recpolicy", "-c", "policy.ini", "--audit", "call.ini")
    status, plan, err = run("recpolicy", "-c", "policy.ini", "call.ini")
    if status != 0:
        return good, what, audit, (status, plan, err)
    put("plan.ini", plan.encode())
    return good, what, audit, run("recmix", "-r", "8000", "-o", "out",
                                  "plan.ini")


def main():
    os.chdir(sys.argv[1])
    put("policy.ini", POLICY.encode())
    first, count = int(sys.argv[2]), int(sys.argv[3])
    seen = {}
    n = 0
    for seed in range(first, first + count):
        good, what, audit, mix = one(seed)
        found = audit[1].strip()
        text = found.split(": ", 2)[-1]
        agree = (mix[0] == 0) == (found == "")
        # A recording that is only marked has the same words.
        if found and mix[1]:
            agree &= text in mix[2].replace(os.getcwd() + "/", "")
        fine = not good or (mix[0] == 0 and not found)
        n += 1
        print("%s %d - %s" % ("ok" if agree and fine else "not ok", n,
                              " | ".join(what)))
        if not (agree and fine):
            print("# seed %d: audit %r, recmix %r" % (seed, audit, mix))
        seen[good, found != ""] = seen.get((good, found != ""), 0) + 1
    n += 1
    print("%s %d - good calls and bad ones: %r" % (
        "ok" if len(seen) > 1 else "not ok", n, sorted(seen.items())))
    print("1..%d" % n)


main()
