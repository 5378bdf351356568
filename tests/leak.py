#!/usr/bin/env python3
"""The leak table: every kind of leg x every kind of damage, with a secret in a
pause. leak.py make DIR: the legs. leak.py secret MP3: tenths of a second of the
secret on channel 1. leak.py table DIR: TAP of the whole table, by recmix.

The customer says words for 20 s; at 13.1 to 13.9 s a tone of 1700 Hz is the
secret, and the payment lasts exactly as long: only the time that recmix adds to
the cut removes the whole secret if the leg's clock is not exact."""
import array
import math
import os
import random
import re
import struct
import subprocess
import sys

RATE, SECONDS = 8000, 20
SECRET_HZ, SECRET = 1700, (13.1, 13.9)
CAPTURE = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                       "capture.py")


def sh(*command, **more):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, **more).stdout


def words(seed, seconds):
    """Similar to a voice: tones with syllables, and little noise."""
    dice, out, phase = random.Random(seed), [], 0.0
    pitch, loud, left = 200.0, 0.0, 0
    for _ in range(int(seconds * RATE)):
        if left == 0:
            left = dice.randrange(600, 2400)
            pitch = dice.uniform(150, 900)
            loud = dice.choice((0, 0.1, 0.3, 0.5))
        left -= 1
        phase += 2 * math.pi * pitch / RATE
        out.append(loud * (math.sin(phase) + 0.3 * math.sin(2.7 * phase)) *
                   0.5 + dice.uniform(-0.003, 0.003))
    return out


def with_secret(x):
    x = list(x)
    for i in range(int(SECRET[0] * RATE), int(SECRET[1] * RATE)):
        x[i] = 0.5 * math.sin(2 * math.pi * SECRET_HZ * i / RATE)
    return x


def pcm(x):
    return array.array("h", (int(32767 * max(-1, min(1, v)))
                             for v in x)).tobytes()


def wav(data):
    return (b"RIFF" + struct.pack("<I", len(data) + 36) + b"WAVEfmt " +
            struct.pack("<IHHIIHH", 16, 1, 1, RATE, 2 * RATE, 2, 16) +
            b"data" + struct.pack("<I", len(data)) + data)


def put(name, data):
    with open(name, "wb") as f:
        f.write(data)


def get(name):
    with open(name, "rb") as f:
        return f.read()


# A kind of leg: how a WAV becomes it, and the bytes of its head.
KINDS = {
    "wav": (None, 44),
    "sln": (("sox", "%s", "-t", "raw", "%s"), 0),
    "ulaw": (("sox", "%s", "-t", "ul", "%s"), 0),
    "mulaw.wav": (("sox", "%s", "-e", "u-law", "%s"), 58),
    "gsm": (("sox", "%s", "%s"), 0),
    "gsm.wav": (("sox", "%s", "-e", "gsm-full-rate", "%s"), 60),
    "flac": (("ffmpeg", "-y", "-i", "%s", "-c:a", "flac", "%s"), 8192),
    "opus": (("ffmpeg", "-y", "-i", "%s", "-c:a", "libopus", "-b:a", "24k",
              "-page_duration", "500000", "%s"), 200),
    "ogg": (("ffmpeg", "-y", "-i", "%s", "-c:a", "libvorbis", "%s"), 4500),
    "mp3": (("lame", "--quiet", "-b", "32", "%s", "%s"), 500),
    "bare.mp3": (("lame", "--quiet", "-t", "-b", "32", "%s", "%s"), 0),
    "pcap": (None, 0),
}


def capture(out, label=None):
    """Both sides in one capture, damaged in the same way."""
    for n, x in (("t", with_secret(words(1, SECONDS))), ("a", words(2, 20))):
        damage = RECORDER.get(label)
        put(n + ".wav", wav(pcm(damage(x) if damage else x)))
        sh("sox", n + ".wav", "-t", "ul", n + ".ul")
    sh("python3", CAPTURE, "make", out, "raw",
       "file=t.ul,type=0,start=0,port=4000",
       "file=a.ul,type=0,start=0,port=4002")


def encode(kind, x, out, label=None):
    if kind == "pcap":
        capture(out, label)
        return
    command = KINDS[kind][0]
    put("t.wav", wav(pcm(x)))
    if command is None:
        os.replace("t.wav", out)
        return
    names = iter(("t.wav", out))
    sh(*[next(names) if w == "%s" else w for w in command])


CRC = []
for i in range(256):
    r = i << 24
    for _ in range(8):
        r = (r << 1 ^ (0x04c11db7 if r & 0x80000000 else 0)) & 0xffffffff
    CRC.append(r)


def page_crc(b):
    c = 0
    for x in b:
        c = (c << 8 & 0xffffffff) ^ CRC[c >> 24 ^ x]
    return c


def pages(b):
    at, out = 0, []
    while b[at:at + 4] == b"OggS":
        n = b[at + 26]
        size = 27 + n + sum(b[at + 27:at + 27 + n])
        out.append(bytearray(b[at:at + size]))
        at += size
    return out


def renumber(p):
    for i, x in enumerate(p):
        x[18:26] = struct.pack("<II", i, 0)
        x[22:26] = struct.pack("<I", page_crc(x))
    return b"".join(p)


def flac_frames(b):
    """Offsets of frames: header CRC-8 is right (fixed block size)."""
    out = []
    for m in re.finditer(b"\xff\xf8", b):
        j = m.start()
        h = b[j:j + 16]
        k = 5 if h[4] < 0x80 else 6 if h[4] < 0xe0 else 7
        k += {6: 1, 7: 2}.get(h[2] >> 4, 0) + \
            {12: 1, 13: 2, 14: 2}.get(h[2] & 15, 0)
        c = 0
        for y in h[:k]:
            c ^= y
            for _ in range(8):
                c = (c << 1 ^ (7 if c & 128 else 0)) & 255
        if len(h) > k and c == h[k]:
            out.append(j)
    return out


def remove(kind, b, share):
    """About 1.3 s from that share of the file on, at boundaries of the format."""
    if kind in ("opus", "ogg"):
        p = pages(b)
        k = max(3, int(len(p) * share))
        return [p, k, k + max(1, round(len(p) * 1.3 / SECONDS))]
    if kind == "flac":
        f = flac_frames(b)
        k = int(len(f) * share)
        n = max(1, round(len(f) * 1.3 / SECONDS))
        return b[:f[k]] + b[f[k + n]:]
    head = KINDS[kind][1]
    unit = {"gsm": 33, "gsm.wav": 65, "mp3": 288, "bare.mp3": 288}.get(kind, 2)
    one = (len(b) - head) / SECONDS
    at = head + int((len(b) - head) * share) // unit * unit
    return b[:at] + b[at + int(one * 1.3) // unit * unit:]


def hole(kind, b, share=0.4, number=False):
    b = remove(kind, b, share)
    if not isinstance(b, list):
        return b
    p, a, z = b
    rest = p[:a] + p[z:]
    return renumber(rest) if number else b"".join(rest)


def flip(kind, b):
    b = bytearray(b)
    at = KINDS[kind][1] + int((len(b) - KINDS[kind][1]) * 0.4)
    b[at] ^= 16
    return bytes(b)


def smear(kind, b):
    b = bytearray(b)
    at = KINDS[kind][1] + int((len(b) - KINDS[kind][1]) * 0.4)
    dice = random.Random(7)
    for i in range(at, at + 200):
        b[i] = dice.randrange(256)
    return bytes(b)


def tail(kind, b):
    return b[:int(len(b) * 0.85)]


def head(kind, b):
    """The beginning of the sound is missing, the header is there."""
    if kind in ("opus", "ogg", "flac"):
        return hole(kind, b, 0.05)
    h = KINDS[kind][1]
    return b[:h] + hole(kind, b[h:] if h == 0 else b, 0.0)[h:]


DAMAGE = {"a hole": hole, "a flipped bit": flip, "200 random bytes": smear,
          "a cut-off tail": tail, "a lost head": head}
OGG = {"a hole, renumbered": lambda k, b: hole(k, b, number=True)}

# Damage by the recorder itself.
RECORDER = {
    "a late start": lambda x: x[2 * RATE:],
    "restarts into the same file": lambda x: x[:5 * RATE] + x[8 * RATE:],
    "a stop before the end": lambda x: x[:17 * RATE],
}

PLAN = """[call]
id = leak
type = queue
[leg customer]
file = %s
%s[leg agent]
%s[plan]
record = yes
channels = 2
redaction_style = %s
[recording 1]
start = %s
end = %s
talk_before = yes
talk_after = yes
%s"""


def secret(mp3):
    """Tenths in which most of the sound is the secret. A clock that was corrected
    by a percent shifts its pitch, so the window must be short."""
    raw = sh("sh", "-c", "mpg123 -q -s '%s'" % mp3)
    x = array.array("h", raw)[0::2]
    n, part, found = RATE // 10, RATE // 50, 0
    turn = 2 * math.cos(2 * math.pi * SECRET_HZ / RATE)
    for at in range(0, len(x) - n, n):
        power = energy = 0.0
        for k in range(at, at + n, part):
            a = b = 0.0
            for v in x[k:k + part]:
                a, b = v + turn * a - b, a
                energy += v * v
            power += (a * a + b * b - turn * a * b) * 2 / part
        found += energy > n * 300 ** 2 and power > 0.5 * energy
    return found


def mix(name, ends, style="cut", cut="cut = 13.1 13.9 payment\n",
        edges=(0, 20)):
    """(status, tenths of the secret; -1: no MP3, messages)"""
    for f in ("x.mp3", "x.ini"):
        if os.path.exists(f):
            os.unlink(f)
    more = "end = 20\n" if ends else ""
    agent = "file = agent.wav\n"
    if name.endswith(".pcap"):
        more += "channel = 1\n"
        agent = "file = %s\nchannel = 2\n" % name
    put("p.ini", (PLAN % (name, more, agent, style, *edges, cut)).encode())
    r = subprocess.run(["recmix", "--verify", "-r", "8000", "-o", "x.mp3",
                        "p.ini"], stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE)
    return (r.returncode, secret("x.mp3") if os.path.exists("x.mp3") else -1,
            r.stderr.decode(errors="replace"))


def table():
    count = bad = 0

    def ok(label, good, why):
        nonlocal count, bad
        count += 1
        bad += not good
        print("%s %d - %s" % ("ok" if good else "not ok", count, label))
        if not good:
            print("# %r" % (why,))

    x = with_secret(words(1, SECONDS))
    agent = words(2, SECONDS)
    put("agent.wav", wav(pcm(agent)))
    for kind in KINDS:
        name = "leg." + kind
        encode(kind, x, name)
        whole = get(name)
        for ends in (False, True):
            got = mix(name, ends)
            ok("%s%s: balanced, nothing of the secret" % (
                kind, " with end" if ends else ""),
                got == (0, 0, ""), got)
        got = mix(name, True, cut="")
        ok("%s: which is there without the cut" % kind,
           got[0] == 0 and got[1] >= 7, got)
        # So little is not reported; the edge of a recording allows for it.
        for label, part in ((("its first 0.25 s lost", x[RATE // 4:]),
                             ("its last 0.25 s lost", x[:-RATE // 4]))
                            if kind != "pcap" else ()):
            encode(kind, part, name)
            for edges in ((0, 13.1), (13.9, 20)):
                got = mix(name, True, cut="", edges=edges)
                ok("%s: %s: recorded from %s to %s: status %d, %s" % (
                    kind, label, *edges, got[0],
                    "held" if got[1] < 0 else "%d tenths" % got[1]),
                   got[1] <= 0 and got[0] in (0, 1), got)
        legs = {}
        for label, damage in RECORDER.items():
            encode(kind, damage(x), name, label)
            legs[label] = get(name)
        if kind != "pcap":
            more = dict(DAMAGE, **(OGG if kind in ("opus", "ogg") else {}))
            for label, damage in more.items():
                legs[label] = damage(kind, whole)
        for label, data in legs.items():
            for ends in (False, True):
                put(name, data)
                got = mix(name, ends)
                ok("%s%s: %s: status %d, %s" % (
                    kind, " with end" if ends else "", label, got[0],
                    "held" if got[1] < 0 else "%d tenths" % got[1]),
                   got[1] <= 0 and got[0] in (0, 1) and
                   (got[0] == 1) == (got[2] != ""), got)
    print("1..%d" % count)
    return bad > 0


def strange():
    """Every kind of leg that holds nothing, noise, or the other side's sound."""
    seconds, dice, count = 6, random.Random(5), 0
    put("agent.wav", wav(pcm(words(2, seconds))))
    put("same.wav", wav(pcm(words(1, seconds))))
    rows = (("silent", [0.0] * seconds * RATE, "agent.wav", "is silent"),
            ("noise", [dice.uniform(-0.5, 0.5)
                       for _ in range(seconds * RATE)], "agent.wav",
             "is noise without a voice"),
            ("same", words(1, seconds), "same.wav", "the same sound"))
    for kind in KINDS:
        for label, x, other, said in rows:
            # If it is unknown when the sound begins, it is at another time.
            if kind == "pcap" or (kind == "bare.mp3" and label == "same"):
                continue
            name = "%s.%s" % (label, kind)
            encode(kind, x, name)
            put("q.ini", ("[call]\nid = q\ntype = queue\n[leg customer]\n"
                          "file = %s\n[leg agent]\nfile = %s\n[plan]\n"
                          "record = yes\n[recording 1]\nstart = 0\nend = %d\n"
                          % (name, other, seconds)).encode())
            r = subprocess.run(["recmix", "-o", "q.mp3", "q.ini"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            count += 1
            good = (r.returncode == 1 and said in r.stderr.decode() and
                    not os.path.exists("q.mp3"))
            print("%s %d - %s: %s" % ("ok" if good else "not ok", count, kind,
                                      label))
            if not good:
                print("# %r" % (r,))
    print("1..%d" % count)


if __name__ == "__main__":
    os.chdir(sys.argv[1])
    sys.exit(strange() if sys.argv[2:] == ["strange"] else table())
