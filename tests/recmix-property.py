"""Random calls through recmix, heard through mpg123. Prints TAP.

    recmix-property.py FIRST-SEED COUNT     in an empty directory

Each call has random legs (role, format, rate, start, length, gaps of digital
silence), segments, cuts, style and options. Compared with the legs themselves:
the number of samples, on each kept stretch the right sound at lag 0 on the
right channel, and silence on a channel on which nobody speaks.
"""
import array, collections, math, random, subprocess, sys, wave

seen = collections.Counter()  # what was checked, so that it cannot be empty

FORMATS = {  # name: (suffix, command that makes it)
    "pcm": ("wav", "sox -b 16"), "pcm24": ("wav", "sox -b 24"),
    "float": ("wav", "sox -e floating-point -b 32"),
    "mulaw": ("wav", "sox -e mu-law"), "alaw": ("wav", "sox -e a-law"),
    "gsm": ("wav", "sox -e gsm-full-rate"), "ima": ("wav", "sox -e ima-adpcm"),
    "ms": ("wav", "sox -e ms-adpcm"), "au": ("au", "sox -e mu-law"),
    "w64": ("w64", "sox -b 16"), "flac": ("flac", "sox"),
    "vorbis": ("ogg", "sox"), "sln": ("sln", "sox -t s16"),
    "ulaw": ("ulaw", "sox -t ul"), "al": ("alaw", "sox -t al"),
    "rawgsm": ("gsm", "sox -t gsm"), "rf64": ("wav", "ffmpeg -rf64 always"),
    "opus": ("opus", "ffmpeg -c:a libopus -b:a 32k -application voip"),
    "mp3": ("mp3", "lame -b 64"), "left": ("wav", "pair"),
    "torn": ("wav", "torn"),
}
# Lossy legs are compared with the output of other decoders.
SOX_KNOWS = {"gsm": "", "ima": "", "ms": "", "rawgsm": "", "mulaw": "",
    "alaw": "", "au": "", "vorbis": "", "ulaw": "-r 8000 -t ul",
    "al": "-r 8000 -t al"}
LIKE = .88
PLAIN = {"sln", "ulaw", "al", "rawgsm"}
NARROW = {"gsm", "ima", "ms", "rawgsm"}


def sh(command):
    subprocess.run(command, shell=True, check=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def speak(rng, n, rate):
    """Noise in the band of speech, in bursts with digital silence between."""
    out = array.array("h", bytes(2 * n))
    at = 0 if rng.random() < .5 else rng.randrange(rate)
    while at < n:
        end = min(n, at + rng.randrange(rate // 2, 3 * rate))
        hz = rng.uniform(500, 1100)
        r, w = .93, 2 * math.cos(2 * math.pi * hz / rate)
        b, c = r * w, -r * r
        gain = 1500 * (1 - r)
        x = y = 0.0
        for i in range(at, end):
            x, y = gain * 8 * (rng.random() - .5) * 4 + b * x + c * y, x
            out[i] = int(max(-12000, min(12000, x * 4)))
        at = end + rng.randrange(rate // 3, 2 * rate)
    return out


def write_wav(path, sound, rate):
    with wave.open(path, "wb") as w:
        w.setparams((1, 2, rate, 0, "NONE", ""))
        w.writeframes(sound.tobytes())


def encode(kind, source, path, rate):
    how = FORMATS[kind][1]
    tool, _, options = how.partition(" ")
    if tool == "sox":
        sh(f"sox {source} {options} {path}")
    elif tool == "ffmpeg":
        sh(f"ffmpeg -v error -y -i {source} {options} {path}")
    elif tool == "lame":
        sh(f"lame --quiet {options} {source} {path}")
    elif tool == "pair":
        sh(f"sox -M {source} -v 0 {source} {path}")
    else:  # a recorder that was killed: no sizes
        data = bytearray(open(source, "rb").read())
        data[4:8] = data[40:44] = b"\0\0\0\0"
        open(path, "wb").write(data)


def read_raw(command):
    raw = subprocess.run(command + " | cat", shell=True, check=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    return array.array("h", raw)


class Leg:
    def __init__(self, rng, number, role, rate, out_rate):
        self.role, self.name = role, f"leg{number}"
        self.kind = rng.choice(sorted(FORMATS))
        if self.kind in PLAIN | NARROW:
            rate = 8000
        if self.kind == "mp3":
            rate = rng.choice([8000, 16000, 24000])
        if self.kind == "opus":  # at other rates its delay is not whole
            rate = 48000
        self.rate, self.start = rate, rng.choice([0, 0, rng.randrange(4000)])
        sound = speak(rng, rng.randrange(rate, 6 * rate), rate)
        write_wav(self.name + ".src.wav", sound, rate)
        self.file = self.name + "." + FORMATS[self.kind][0]
        encode(self.kind, self.name + ".src.wav", self.file, rate)
        to = f"-t s16 -r {out_rate} -c 1 - rate -v"
        if self.kind in SOX_KNOWS:
            self.sound = read_raw(
                f"sox -D {SOX_KNOWS[self.kind]} {self.file} {to}")
        elif self.kind in ("opus", "mp3"):
            # ffmpeg's own decoder of Opus is some samples late for speech.
            decoder = "-c:a libopus" if self.kind == "opus" else ""
            sh(f"ffmpeg -v error -y {decoder} -i {self.file} "
                f"{self.name}.ref.wav")
            self.sound = read_raw(f"sox -D {self.name}.ref.wav {to}")
        elif rate != out_rate:
            self.sound = read_raw(f"sox -D {self.name}.src.wav {to}")
        else:
            self.sound = sound
        self.first = round(self.start * out_rate / 1000)
        self.out_rate = out_rate

    def filled_us(self):
        """By how much a cut grows: what fills the last block of ADPCM or GSM may
        hide a loss."""
        b = open(self.file, "rb").read(200)
        at = b.find(b"fmt ")
        if b[:4] != b"RIFF" or at < 0 or b[at + 8] not in (2, 0x11, 0x31):
            return 0
        block = int.from_bytes(b[at + 26:at + 28], "little")
        return (block - 1) * 1000000 // self.rate

    def section(self):
        text = (f"[leg {self.role} {self.name}]\nfile = {self.file}\n"
            f"start = {self.start / 1000:.3f}\n"
            f"end = {(self.first + len(self.sound)) / self.out_rate:.6f}\n")
        if self.kind in NARROW | {"mp3", "opus", "vorbis"}:
            text += "fits = start\n"  # decoders differ by a block at the end
        if self.kind == "left":
            text += "channel = 1\n"
        return text

    def put(self, channel):
        for i, x in enumerate(self.sound, self.first):
            if i < len(channel):
                channel[i] += x


def random_plan(rng, end):
    """Segments [from, to, cuts] in milliseconds, apart and in order."""
    marks = sorted(rng.sample(range(0, end), 2 * rng.choice([1, 1, 2, 3])))
    segments = []
    for a, b in zip(marks[::2], marks[1::2]):
        inner = sorted(rng.sample(range(a, b + 1),
            min(b - a, 2 * rng.choice([0, 1, 2]))))
        cuts = [c for c in zip(inner[::2], inner[1::2]) if c[1] > c[0]]
        segments.append((a, b, cuts))
    return segments


def kept(segment, style, rate, before_us):
    """Pieces (from, to, keep) in samples of the call."""
    smp = lambda ms: (ms * rate * 2 + 1000) // 2000
    a, b, cuts = segment
    at, pieces = smp(a), []
    for c, d in cuts:
        c = max(at, smp(c) - (before_us * rate * 2 + 1000000) // 2000000)
        pieces.append((at, c, True))
        if style != "cut":
            pieces.append((c, smp(d), False))
        at = smp(d)
    pieces.append((at, smp(b), True))
    return [p for p in pieces if p[1] > p[0]]


def likeness(x, y):
    xy = sum(map(lambda p, q: p * q, x, y))
    return xy / math.sqrt(sum(p * p for p in x) * sum(q * q for q in y) + 1)


def energy(x):
    return sum(p * p for p in x) / max(1, len(x))


def check_piece(heard, wanted, at, piece, rate, floor, fault):
    """A kept piece of one channel: heard from `at`, wanted on the call's clock."""
    a, b, _ = piece
    n, edge = b - a, 1300  # a frame's smear at both ends
    for lo in range(edge, n - edge - 1200, max(1200, (n - 2 * edge) // 3)):
        w = wanted[a + lo:a + lo + 1200]
        h = heard[at + lo:at + lo + 1200]
        if energy(w) > 300 ** 2:
            seen["fits"] += 1
            best = max(range(-3, 4), key=lambda d:
                likeness(heard[at + lo + d:at + lo + d + 1200], w))
            fit = likeness(h, w)
            if fit < floor or (best != 0 and likeness(
                    heard[at + lo + best:at + lo + best + 1200], w) > fit + .02):
                return fault(f"at {a + lo}: likeness {fit:.2f}, lag {best}")
        around = wanted[max(0, a + lo - edge):a + lo + 1200 + edge]
        seen["silences"] += not any(around)
        if not any(around) and max(map(abs, h)) > 33:  # -60 dB
            return fault(f"at {a + lo}: {max(map(abs, h))} where nobody speaks")
    return None


def run(seed):
    rng = random.Random(seed)
    rate = rng.choice([8000, 8000, 8000, 16000, 11025, 22050])
    roles = ["customer", "agent"] + [rng.choice(["third-party", "emergency",
        "agent", "customer"]) for _ in range(rng.choice([0, 0, 1, 2]))]
    legs = [Leg(rng, i, role, rng.choice([rate, rate, 8000, 16000]), rate)
        for i, role in enumerate(roles)]
    end = max(l.first + len(l.sound) for l in legs)
    style = rng.choice(["cut", "cut", "silence", "tone"])
    segments = random_plan(rng, max(8, end * 1000 // rate))
    first = rng.choice(["customer", "customer", "agent,emergency"])
    channels = rng.choice([2, 2, 2, 1])
    plan = "[call]\nid = p\ntype = queue\n" + "".join(
        l.section() for l in legs)
    plan += (f"[plan]\nrecord = yes\nchannels = {channels}\n"
        f"redaction_style = {style}\n")
    for i, (a, b, cuts) in enumerate(segments, 1):
        plan += f"[recording {i}]\nstart = {a / 1000:.3f}\nend = {b / 1000:.3f}\n"
        plan += "".join(f"cut = {c / 1000:.3f} {d / 1000:.3f} pause\n"
            for c, d in cuts)
    open("plan.ini", "w").write(plan)
    # Enough bits that similarity depends on the place, not on the encoder.
    bits = rng.choice(["--vbr 2", f"--bitrate {64 if rate < 16000 else 96}"])
    command = (f"recmix -r {rate} {bits} -j {rng.choice([1, 2, 3])} --verify "
        f"--channel1 {first} -o made plan.ini")
    done = subprocess.run(command, shell=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    # Balanced, unless a side is at another place.
    wanted_status = 0
    if "at another time than the recording" in done.stderr:
        seen["elsewhere"] += 1
        wanted_status = 1
        done = subprocess.run(command + " --accept p", shell=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
    if done.returncode != wanted_status:
        return f"{command}: {done.returncode}: {done.stderr}\n{plan}"

    wanted = [[0] * (end + 1) for _ in range(channels)]
    for l in legs:
        c = 0 if channels == 1 or l.role in first.split(",") else 1
        l.put(wanted[c])
    paths = done.stdout.split()
    if len(paths) != len(segments):
        return f"{len(paths)} files for {len(segments)} segments"
    for path, segment in zip(paths, segments):
        pieces = kept(segment, style, rate, max(l.filled_us() for l in legs))
        total = sum(b - a for a, b, _ in pieces)
        heard = read_raw(f"mpg123 -q -s {path}")
        if len(heard) != total * channels:
            return (f"{path}: {len(heard)} values, not {total} x {channels}"
                f"\n{command}\n{plan}")
        for c in range(channels):
            one, at = heard[c::channels], 0
            for piece in pieces:
                bad = piece[2] and check_piece(one, wanted[c], at, piece, rate,
                    LIKE, lambda text: f"{path} channel {c + 1} {text}"
                    f"\n{command}\n{plan}{[l.kind for l in legs]}")
                if bad:
                    return bad
                at += piece[1] - piece[0]
    return None


def main():
    start, count = int(sys.argv[1]), int(sys.argv[2])
    for i, seed in enumerate(range(start, start + count), 1):
        bad = run(seed)
        print(f"{'not ok' if bad else 'ok'} {i} - call {seed}", flush=True)
        if bad:
            print("# " + bad.replace("\n", "\n# "), flush=True)
    enough = seen["fits"] >= count and seen["silences"] >= count
    print(f"{'' if enough else 'not '}ok {count + 1} - compared "
        f"{seen['fits']} stretches of sound and {seen['silences']} of silence")
    print(f"1..{count + 1}")


main()
