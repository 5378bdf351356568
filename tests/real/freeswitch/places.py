#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Whether a recording stands at its place, by the switch's own clock.

places.py FILE.wav CDR... -- EDGE...: FILE begins at second 0 of the call, the
first CDR is that of its A leg. Edges are as in `places`; each must be a stamp of
one of the CDRs, and is heard within 0.1 s of it, on both sides within 0.06 s of
each other. Prints what is not so.
"""
import array
import re
import sys
import wave

SPEAKERS = (("C", 290, 960), ("A", 985, 1890), ("B", 1990, 2890))
HOP = 0.01
NEAR = 0.1
SIDES_NEAR = 0.06
LOUD = 300
SHORT = 5  # hops, of what is no run of its own


def speaker(x, rate):
    if max(map(abs, x), default=0) <= LOUD:
        return "-"
    ups = [i for i in range(1, len(x)) if x[i - 1] < 0 <= x[i]]
    if len(ups) < 3:
        return "-"
    first, last = (i - x[i] / (x[i] - x[i - 1]) for i in (ups[0], ups[-1]))
    hz = (len(ups) - 1) * rate / (last - first)
    return next((n for n, low, high in SPEAKERS if low <= hz <= high), "?")


def edges(x, rate):
    """[(who, "on" or "off", time)]"""
    step = int(HOP * rate)
    runs = []
    for i in range(0, len(x) - 2 * step, step):
        who = speaker(x[i:i + 2 * step], rate)
        if runs and runs[-1][0] == who:
            runs[-1][2] += 1
        else:
            runs.append([who, i // step, 1])
    joined = []
    for who, start, n in runs:
        if joined and (n < SHORT or joined[-1][0] == who):
            joined[-1][2] = start + n
        else:
            joined.append([who, start, start + n])
    out = []
    for who, start, end in joined:
        out += [(who, "on", start * HOP), (who, "off", (end + 1) * HOP)]
    return out


def stamps(cdrs):
    """All of them, in seconds of the call."""
    found = []
    for path in cdrs:
        with open(path, "rb") as f:
            found.append([int(s) for s in
                          re.findall(rb"(?<!\d)(\d{16})(?!\d)", f.read())])
    zero = min(found[0]) // 1000000 * 1000000
    return {round((s - zero) / 1e6, 3) for all in found for s in all}


def main():
    cut = sys.argv.index("--")
    known = stamps(sys.argv[2:cut])
    with wave.open(sys.argv[1]) as w:
        rate, n = w.getframerate(), w.getnchannels()
        data = array.array("h", w.readframes(w.getnframes()))
    heard = {"l": edges(data[0::n], rate), "r": edges(data[n - 1::n], rate)}
    at_once = {}
    for edge in sys.argv[cut + 1:]:
        side, who, what, stamp = edge.split(":")
        at = float(stamp)
        if not any(abs(at - s) < 0.002 for s in known):
            print(f"{edge} is no stamp of the CDR")
        at_all = [t for w, e, t in heard[side] if (w, e) == (who, what)]
        nearest = min(at_all, key=lambda t: abs(t - at), default=-1)
        if abs(nearest - at) > NEAR:
            print(f"{edge}: it is heard at {nearest:.2f}")
        at_once.setdefault((what, stamp), []).append(nearest)
    for (what, stamp), times in at_once.items():
        if what == "off" and max(times) - min(times) > SIDES_NEAR:
            print(f"{what}:{stamp}: the sides are at {times}")


main()
