#!/usr/bin/env python3
"""odd.py: from cbr.mp3 (no tags), vbr.mp3 and other.mp3 (another rate) in the working directory, makes
the files that recorders, taggers and bad disks make of them. Each is NAME.mp3."""
import struct


def read(name):
    with open(name, "rb") as f:
        return f.read()


def write(name, data):
    with open(name + ".mp3", "wb") as f:
        f.write(data)


def safe(n):
    return bytes(n >> 7 * i & 127 for i in (3, 2, 1, 0))


def text(name, value, version=4):
    body = b"\0" + value.encode("latin-1")
    size = safe(len(body)) if version == 4 else struct.pack(">I", len(body))
    return name.encode() + size + b"\0\0" + body


def id3(frames, version=4, flags=0, footer=False):
    head = bytes([version, 0, flags | (0x10 if footer else 0)]) + safe(len(frames))
    return b"ID3" + head + frames + (b"3DI" + head if footer else b"")


def ape(title):
    item = struct.pack("<II", len(title), 0) + b"Title\0" + title
    size = len(item) + 32

    def part(flags):
        return b"APETAGEX" + struct.pack("<IIII", 2000, size, 1, flags) + bytes(8)

    return part(0xA0000000) + item + part(0x80000000)


def lyrics():
    body = b"LYRICSBEGINLYR00005hello"
    return body + b"%06d" % len(body) + b"LYRICS200"


cbr, vbr, other = read("cbr.mp3"), read("vbr.mp3"), read("other.mp3")
size = 144 * 64000 // 32000  # of cbr's frames
fake = cbr[: 6 * size]
art = b"APIC" + safe(14 + len(fake)) + b"\0\0" + b"\0image/jpeg\0\3\0" + fake

write("chained", id3(text("TIT2", "first")) + id3(text("TALB", "second"), footer=True) + cbr)
write("old", id3(text("TIT2", "of 2.3", 3) + text("TYER", "1999", 3), 3) + cbr)
write("unsync", id3(text("TIT2", "a\xff\0b", 3), 3, 0x80) + cbr)
write("art", id3(text("TIT2", "with art") + art) + cbr)
write("middle", cbr[: 40 * size] + id3(text("TIT2", "amidst"), footer=True) + cbr[40 * size :])
write("behind", cbr + ape(b"a title") + lyrics() + b"TAG" + b"old title".ljust(125, b"\0"))
write("apefront", ape(b"in front") + cbr)
write("junk", cbr[: 50 * size] + b"junk" * 99 + cbr[50 * size :])
write("lost", cbr[: 50 * size] + cbr[50 * size + 100 :])
write("zeros", cbr[: 50 * size] + bytes(3 * size) + cbr[53 * size :])
write("torn", cbr[:-100])
write("late", vbr[3000:])
write("two", cbr + other)
write("again", vbr + vbr)
write(
    "riff",
    b"RIFF"
    + struct.pack("<I", 36 + len(cbr))
    + b"WAVEfmt "
    + struct.pack("<IHHIIHH", 16, 0x55, 2, 32000, 8000, 1, 0)
    + b"data"
    + struct.pack("<I", len(cbr))
    + cbr
    + b"LIST\4\0\0\0abcd",
)
frames = len(cbr) // size
table = struct.pack(">HHHH", 10, 1, 2, frames // 10) + struct.pack(">H", len(cbr) // 10) * 10
vbri = b"VBRI" + struct.pack(">HHHII", 1, 0, 0, len(cbr) + size, frames + 1) + table
write("vbri", (cbr[:4] + bytes(32) + vbri).ljust(size, b"\0") + cbr)
wrong = bytearray(vbr)
at = vbr.index(b"Xing") + 8
wrong[at : at + 4] = struct.pack(">I", 5000)
write("count", bytes(wrong))
