#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""What is heard in the recordings of the calls in tests/real/asterisk.

In these calls every speaker plays a tone of 0.35 s each second of their own
clock; the tone's frequency identifies the speaker and the second. The queue's music
is 250 Hz.

tones.py FILE.wav...: one line for each channel. "cust 3-9@-1.52" is: the
customer's seconds 3 to 9, and second 0 would be 1.52 s before the file begins.

tones.py RIGHT LOG LEGS SOUNDS: each line of RIGHT is a recording, as
tests/real/asterisk/README says: the tones in each leg between its beginning and its
end must be heard in SOUNDS/ID-N.wav (or ID.wav), on its channel, within 30 ms,
and nothing else. Faults are printed.

tones.py --coarse RIGHT LOG LEGS SOUNDS: for recordings by a log of whole
seconds, which may begin and end a second off, and contain several of RIGHT:
RIGHT's tones, except for a second at each end, are heard on their channel; tones
of both sides are as far apart as in the legs, within 30 ms; and a pause in
LEGS/ID.events is not heard.
"""
import array
import csv
import glob
import math
import os
import sys
import wave

SPEAKERS = (("cust", 500), ("agent1", 1700), ("agent2", 1704),
            ("third", 1708))
STEP = 0.02  # of the windows, which are three times as long
LOUD = 200
NEAR = 0.03  # how exact each place in a recording is


def frequency(x):
    """By the first and the last zero crossing upwards."""
    ups = [i for i in range(1, len(x)) if x[i - 1] < 0 <= x[i]]
    if len(ups) < 4:
        return 0.0
    first, last = (i - x[i] / (x[i] - x[i - 1]) for i in (ups[0], ups[-1]))
    return (len(ups) - 1) / (last - first)


def windows(x, rate):
    step = int(STEP * rate)
    power = [sum([v * v for v in x[i:i + step]])
             for i in range(0, len(x) - step + 1, step)]
    for k in range(len(power) - 2):
        i = k * step
        loud = math.sqrt(sum(power[k:k + 3]) / (3 * step)) > LOUD
        yield i / rate, frequency(x[i:i + 3 * step]) * rate if loud else 0.0


def begins(x, rate, at, hz):
    """The moment near `at` from which this frequency is half as loud as later."""
    n, hop = rate // 100, rate // 200
    first = max(int((at - 0.05) * rate), 0)
    level = []
    turn = 2 * math.pi * hz / rate
    cos = [math.cos(turn * k) for k in range(n)]
    sin = [math.sin(turn * k) for k in range(n)]
    for i in range(first, min(int((at + 0.1) * rate), len(x) - n), hop):
        part = x[i:i + n]
        re = sum([a * b for a, b in zip(part, cos)])
        im = sum([a * b for a, b in zip(part, sin)])
        level.append(re * re + im * im)
    half = max(level, default=0) / 4
    for k, power in enumerate(level):
        if power >= half:
            return (first + k * hop + n // 2) / rate if k or first else 0.0
    return at


def tones(x, rate):
    """(time, frequency, how exact) of what stays the same for 0.1 s."""
    run = []
    for at, hz in list(windows(x, rate)) + [(0.0, 0.0)]:
        if run and hz and abs(hz - run[-1][1]) < 6:
            run.append((at, hz))
            continue
        if len(run) >= 5:
            i = int(run[0][0] * rate)
            j = int((run[-1][0] + 3 * STEP) * rate)
            cut = int(0.02 * rate)
            hz = frequency(x[i + cut:j - cut]) * rate
            # A piece of a tone is measured less exactly.
            yield (begins(x, rate, run[0][0], hz), hz,
                   1.7 if len(run) >= 8 else 0.8)
        run = [(at, hz)] if hz else []


def who(hz, exact):
    if abs(hz - 250) < 6:
        return "music", 0
    for name, base in SPEAKERS:
        second = round((hz - base) / 12)
        if 0 <= second < 90 and abs(hz - base - 12 * second) < exact:
            return name, second
    return None


def heard(x, rate):
    """{(who, second): (time, it is whole)}"""
    found = {}
    for at, hz, exact in tones(x, rate):
        mark = who(hz, exact) or ("?", len(found))
        # A tone in pieces was blurred because the machine of the PBX was busy.
        found[mark] = (found[mark][0], False) if mark in found else \
            (at, exact > 1)
    return found


def is_blurred(found, at):
    return any(m[0] == "?" and abs(t - at) < 0.15
               for m, (t, _) in found.items())


def channels(path):
    with wave.open(path) as w:
        n, rate = w.getnchannels(), w.getframerate()
        x = array.array("h", w.readframes(w.getnframes()))
    return [heard(x[c::n], rate) for c in range(n)], len(x) / n / rate


def ranges(seconds):
    out = []
    for s in sorted(seconds):
        if out and s == out[-1][1] + 1:
            out[-1][1] = s
        else:
            out.append([s, s])
    return ",".join(f"{a}-{b}" if a != b else str(a) for a, b in out)


def line(found):
    out = []
    for name in sorted({n for n, _ in found}):
        seconds = {s: at for (n, s), (at, _) in found.items()
                   if n == name}
        if name == "music":
            out.append(name)
        if name in ("music", "?"):
            continue
        zero = sorted(at - s for s, at in seconds.items())
        out.append(f"{name} {ranges(seconds)}@{zero[len(zero) // 2]:.2f}")
    return "; ".join(out) or "silence"


def rows(path):
    """{linkedid: [(time, type, uniqueid, application)]}"""
    calls = {}
    with open(path, encoding="utf-8") as f:
        for r in csv.reader(f):
            if len(r) > 15:
                calls.setdefault(r[15], []).append(
                    (float(r[1]), r[0], r[14], r[10]))
    return calls


def leg_begins(call, key, how, length):
    """Seconds after the whole second in which the call began."""
    zero = int(call[0][0])
    mine = [r for r in call if r[2] == key]
    if how == "end":  # less what MixMonitor loses
        last = [r[0] for r in mine if r[1] in ("BRIDGE_EXIT", "HANGUP")]
        return last[0] - 0.05 - length - zero
    if how == "bridge":
        return min(r[0] for r in mine if r[1] == "BRIDGE_ENTER") - zero
    at = min(r[0] for r in call if r[1] == "APP_START" and
             r[3] == "MixMonitor") - zero
    if how == "answer":
        answered = [r[0] - zero for r in mine if r[1] == "ANSWER"]
        at = max([at] + answered)
    return at + (float(how) if how[0].isdigit() else 0)


def place(at, kept):
    """Where a moment of the call is in the recording, or None."""
    before = 0.0
    for start, end in kept:
        if start <= at < end:
            return before + at - start
        before += end - start
    return None


def compare(name, found, leg, kept, near):
    """The leg's tones in the times that are kept are heard, and no others."""
    bad, off = [], []
    for mark, (at, whole) in sorted(leg.items()):
        first, last = place(at, kept), place(at + 0.35, kept)
        if mark[0] in ("music", "?") or not whole:
            continue
        if first is None and last is None:
            if mark in found:
                bad.append(f"{name}: {mark[0]} {mark[1]} must not be heard")
        elif first is None or last is None:
            continue  # a piece of it
        elif mark not in found:
            (off if is_blurred(found, first) else bad).append(f"{name}: {mark[0]} {mark[1]} is missing")
        elif abs(found[mark][0] - first) > near:
            off.append(f"{name}: {mark[0]} {mark[1]} is at "
                       f"{found[mark][0]:.3f}, not at {first:.3f}")
    bad += [f"{name}: {m[0]} {m[1]} is in no leg" for m, (_, whole)
            in found.items() if whole and m[0] not in ("music", "?") and m not in leg]
    # One in ten may be blurred.
    return bad + (off if len(off) * 10 > len(found) else [])


def kept_of(words, begin):
    """[(start, end)] in the leg: from, to, and the cuts between them.

    "8.2-13.6~0.3": wider by 0.3 s at both ends, because the leg lacks as much.
    """
    start, end = float(words[2]) - begin, float(words[3]) - begin
    kept = []
    for cut in words[8:]:
        cut, _, wider = cut.partition("~")
        a, b = (float(t) - begin for t in cut.split("-"))
        kept.append((start, a - float(wider or 0)))
        start = b + float(wider or 0)
    return kept + [(start, end)]


def check(right, log, legs, sounds):
    calls = rows(log)
    bad, count = [], 0
    cache = {}
    for text in open(right, encoding="utf-8"):
        if text.startswith("#") or not text.strip():
            continue
        words = text.split()
        key, n, sides, how = words[0], words[1], words[6], words[7]
        name = f"{key}-{n}" if n != "0" else key
        path = f"{sounds}/{name}.wav"
        if not os.path.exists(path):
            bad.append(f"{name}: no recording")
            continue
        found, _ = channels(path)
        for c, side in enumerate(sides.split("/")):
            leg = f"{legs}/{key}-{side}.wav"
            if not os.path.exists(leg):
                continue  # of another format: see `heard`
            if leg not in cache:
                cache[leg] = channels(leg)
            (marks,), length = cache[leg]
            begin = leg_begins(calls[key], key, how, length)
            near = NEAR if how != "end" else NEAR + 0.15
            bad += compare(f"{name} {side}", found[c], marks,
                           kept_of(words, begin), near)
            count += 1
    print("\n".join(bad) or f"{count} sides are right")


def lines_of(right):
    """{id: its lines, in words}"""
    calls = {}
    for text in open(right, encoding="utf-8"):
        if not text.startswith("#") and text.strip():
            calls.setdefault(text.split()[0], []).append(text.split())
    return calls


def hear_apart(path, marks, heard_by):
    """Faults of one recording; the tones go into heard_by[channel]."""
    bad, both = [], []
    name = os.path.basename(path)
    for c, found in enumerate(channels(path)[0]):
        for mark, (at, whole) in found.items():
            if not whole or mark[0] in ("music", "?") or marks[c] is None:
                continue
            heard_by[c].add(mark)
            if mark not in marks[c]:
                bad.append(f"{name}: {mark[0]} {mark[1]} is in no leg")
            elif marks[c][mark][1]:
                both.append((marks[c][mark][0], at, mark))
    both.sort()
    off = [f"{name}: {b[2]} is {b[1] - a[1]:.3f} s behind {a[2]}, "
           f"not {b[0] - a[0]:.3f}" for a, b in zip(both, both[1:])
           if b[0] - a[0] < 1.5 and abs(b[1] - a[1] - b[0] + a[0]) > NEAR]
    if not both and marks[0] and marks[1]:
        bad.append(f"{name}: nobody is heard")
    return bad + (off if len(off) * 10 > len(both) else [])


def compare_coarse(words, begin, marks, heard_here, told_pauses):
    slack = 2.2 if told_pauses and words[8:] else 1.05
    bad, off, count = [], [], 0
    kept = kept_of(words, begin)
    for mark, (at, whole) in sorted(marks.items()):
        if mark[0] in ("music", "?") or not whole:
            continue
        if any(a + slack <= at and at + 0.35 <= b - slack for a, b in kept):
            count += 1
            if mark not in heard_here:
                off.append(f"{words[0]}: {mark[0]} {mark[1]} is missing")
        if told_pauses and any(
                a <= at and at + 0.35 <= b for a, b in
                [(x[1], y[0]) for x, y in zip(kept, kept[1:])]) \
                and mark in heard_here:
            bad.append(f"{words[0]}: {mark[0]} {mark[1]} must not be heard")
    # One in ten may be blurred.
    return bad + (off if len(off) * 10 > count else [])


def check_coarse(right, log, legs, sounds):
    calls = rows(log)
    bad, count = [], 0
    for key, lines in lines_of(right).items():
        paths = sorted(glob.glob(f"{sounds}/{key}.wav") +
                       glob.glob(f"{sounds}/{key}-*.wav"))
        marks, length, heard_by = [None, None], 0, [set(), set()]
        for c, side in enumerate(lines[0][6].split("/")):
            leg = f"{legs}/{key}-{side}.wav"
            if os.path.exists(leg):
                (marks[c],), length = channels(leg)
        for path in paths:
            bad += hear_apart(path, marks, heard_by)
        for words in lines if marks[0] and marks[1] else ():
            begin = leg_begins(calls[key], key, words[7], length)
            for c in range(2):
                bad += compare_coarse(
                    words, begin, marks[c], heard_by[c],
                    os.path.exists(f"{legs}/{key}.events"))
            count += 1
    print("\n".join(bad) or f"{count} recordings are right")


def main():
    if sys.argv[1] == "--coarse":
        check_coarse(*sys.argv[2:])
        return
    if len(sys.argv) == 5 and not sys.argv[1].endswith(".wav"):
        check(*sys.argv[1:])
        return
    for path in sys.argv[1:]:
        for c, found in enumerate(channels(path)[0]):
            print(f"{c + 1}: {line(found)}")


main()
