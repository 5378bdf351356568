"""Segmental SNR of an MP3 compared with its input, at the best shift.

    snr.py FILE.mp3 LEFT.raw RIGHT.raw     16 bit, 8 kHz, the first minute

Mean over stretches of 20 ms that are not silent, each limited to -10 to 35
dB; the shift is searched, because some writers leave the decoder's delay in.
"""
import array, math, subprocess, sys

raw = subprocess.run("mpg123 -q -s -n 900 '%s' | cat" % sys.argv[1],
    shell=True, stdout=subprocess.PIPE).stdout
both = array.array("h", raw)
total, count = 0.0, 0
for c in (0, 1):
    heard = both[c::2]
    wanted = array.array("h", open(sys.argv[2 + c], "rb").read(2 * 8000 * 60))
    at = max(range(8000, len(wanted) - 12000, 2000),
        key=lambda i: sum(v * v for v in wanted[i:i + 2000]))
    piece = wanted[at:at + 2000]
    shift = max(range(-100, 2600), key=lambda d: sum(
        map(lambda p, q: p * q, piece, heard[at + d:at + d + 2000])))
    for i in range(0, min(len(wanted), len(heard) - 2600) - 160, 160):
        w = wanted[i:i + 160]
        power = sum(v * v for v in w)
        if power < 160 * 100 ** 2 or i + shift < 0:
            continue
        noise = sum((p - q) ** 2 for p, q in zip(w, heard[i + shift:]))
        total += max(-10, min(35, 10 * math.log10(power / (noise + 1))))
        count += 1
print(f"{total / count:.1f} dB")
