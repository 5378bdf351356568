#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""What is heard in a WAV whose speakers are marked by tones.

heard.py FILE.wav START CHECK...: START is when the file begins, in seconds of
the call. A check SIDE:WHO:ZERO:FROM-TO says that on that side (l, r) second k of
that speaker begins at ZERO + k, between these times of the call; each is looked
at 0.1 s from its beginning and its end. FROM-TO alone: nothing is heard there on
either side. Prints what is not so.

Speakers: second k is a tone of 300+10k Hz (C, the customer), 1000+15k (A, agent
1001), 2000+15k (B, agent 1002).
"""
import array
import math
import sys
import wave

TONES = {"C": (300, 10), "A": (1000, 15), "B": (2000, 15)}
SLACK = 0.1
WINDOW = 0.1


def power(x, rate, hz):
    """Of one frequency, as a share of all."""
    step = 2 * math.pi * hz / rate
    re = sum(v * math.cos(i * step) for i, v in enumerate(x))
    im = sum(v * math.sin(i * step) for i, v in enumerate(x))
    whole = sum(v * v for v in x) * len(x) / 2
    return (re * re + im * im) / whole if whole else 0.0


def main():
    w = wave.open(sys.argv[1])
    start, rate, n = float(sys.argv[2]), w.getframerate(), w.getnchannels()
    data = array.array("h", w.readframes(w.getnframes()))
    sides = {"l": data[0::n], "r": data[n - 1::n]}

    def window(side, at):
        i = int((at - start) * rate)
        return sides[side][max(i, 0):i + int(WINDOW * rate)]

    def look(side, who, k, at):
        base, step = TONES[who]
        x = window(side, at)
        mine = power(x, rate, base + k * step)
        if mine < 0.2 or any(power(x, rate, base + (k + d) * step) > mine
                             for d in (-1, 1)):
            print(f"{who}{k} is not {side} at {at:.2f} s ({mine:.2f})")

    for check in sys.argv[3:]:
        *tone, span = check.split(":")
        low, high = map(float, span.split("-"))
        if not tone:
            at = low
            while at + WINDOW <= high:
                for side in sides:
                    loudest = max(map(abs, window(side, at)), default=0)
                    if loudest > 300:
                        print(f"sound {side} at {at:.2f} s ({loudest})")
                at += WINDOW
            continue
        side, who, zero = tone[0], tone[1], float(tone[2])
        for k in range(60):
            for at in (zero + k + SLACK, zero + k + 1 - SLACK - WINDOW):
                if low <= at and at + WINDOW <= high:
                    look(side, who, k, at)


main()
