#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""object-names.py DIR [COUNT]: recordings in DIR whose facts are any Unicode, and
what recupload --dry-run makes of them, by each charset and distinct. Names in
UTF-8, and those of ASCII facts, must be those of an implementation of its own, by
Python's unicodedata; names in ASCII must be as safe. Folders must be different
where the facts are. Prints what is wrong."""
import hashlib
import os
import random
import re
import subprocess
import sys
import unicodedata

ROOM = 240
PLAIN = re.compile(r"[A-Za-z0-9._-]*\Z", re.A)
# Letters and marks that are not seen (Default_Ignorable_Code_Point): ICU has the
# property, unicodedata has not.
UNSEEN = {0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x3164,
          *range(0xFE00, 0xFE10), 0xFFA0, *range(0xE0100, 0xE01F0)}
# Vowels and ends of Hangul syllables.
JAMO = {*range(0x1160, 0x1200), *range(0xD7B0, 0xD7C7), *range(0xD7CB, 0xD7FC)}
# Assigned since long: a newer Unicode does not change them.
OLD = [chr(c) for c in range(0x80, 0x2FA20)
       if unicodedata.ucd_3_2_0.category(chr(c)) not in ("Cn", "Cs", "Co")]
TRICKS = ["..", ".", "/", "\\", "\uff0f", "\u2215", "\u2044", "\uff3c", "\u2024",
          "\u2025", "\uff0e", "\u202e", "\u2066", "\u200b", "\u200d", "\ufeff",
          "\u2028", "\u2029", "\x85", "\x9b", "\u0378", "\ue000", "\uffff",
          "\U000e0041", "\u0308", "\u0338", "\u1100", "\u1161", "\u00bd", "\u2488",
          "\u2100", "\ufdfa", "\u3164", "\U0001f4de", "u\u0308", "\u212b",
          "\u1e9b\u0323", "q\u0307\u0323"]
WORDS = ["Müller", "Straße", "Łódź", "Юлия", "Ελλάδα", "日本", "한국", "עברית",
         "العربية", "हिन्दी", "Billing", "Customer Service", "a_b", "A-1"]
ASCII = ["Billing", "Service", "a", "b", "49", ".x", ".."]
SIGNS = [" ", ":", "_", "-", ".", "?", "  ", "/", "@", "+", "__", "\\", "%20"]


def fact(rng):
    """Any text that a line of a ticket can hold."""
    text = ""
    if rng.randrange(4) == 0:    # the same words, between other signs
        return rng.choice(SIGNS).join(rng.sample(ASCII, rng.randint(1, 3)))
    for _ in range(rng.randint(1, 5)):
        kind = rng.randrange(8)
        if kind < 3:
            text += rng.choice(WORDS)
        elif kind < 5:
            text += rng.choice(TRICKS)
        elif kind == 5:
            text += chr(rng.choice([*range(0x21, 0x7F)]))
        else:
            text += "".join(rng.choices(OLD, k=rng.randint(1, 30)))
    text = re.sub(r"[;\x00-\x1f\x7f]", "", text).strip(" ")
    while len(text.encode()) > 150:
        text = text[:-1]
    return text.strip(" ") or "none"


def is_plain(char):
    if char.isascii():
        return char.isalnum()
    return unicodedata.category(char)[0] in "LMN" and ord(char) not in UNSEEN


def stays(char, first):
    if first and (unicodedata.category(char)[0] == "M" or ord(char) in JAMO):
        return False
    return is_plain(char) and all(
        is_plain(c) for c in unicodedata.normalize("NFKD", char))


def component(part):
    """A part of a fact as charset = utf-8 writes it."""
    text = unicodedata.normalize("NFC", part)
    out, changed = "", False
    for char in text:
        if char.isascii():
            good = bool(PLAIN.match(char)) and not (char == "." and not out)
        else:
            good = stays(char, not out)
        changed = changed or not good
        out += char if good else "_"
    end = out.rstrip(".")
    changed = changed or end != out
    out = end + "_" * (len(out) - len(end))
    if changed:
        out += "-" + hashlib.sha256(text.encode()).hexdigest()[:8]
    return out


def limited(text):
    data = text.encode()
    if len(data) <= ROOM:
        return text
    end = re.search(rb"\.[A-Za-z0-9]{0,7}\Z", data)
    end = end.group() if end else b""
    kept = data[:ROOM - 9 - len(end)].decode(errors="ignore")
    return f"{kept}-{hashlib.sha256(data).hexdigest()[:8]}{end.decode()}"


def ascii_name(distinct, queue, agent, number):
    """The same, of facts in ASCII, as charset = ascii writes it."""
    parts = [[p for p in text.split("/") if p] for text in (queue, agent)]
    # An agent that begins with a slash, or ends with one, makes a folder there.
    folders = parts[0] + parts[1][:None if agent.endswith("/") else -1]
    last = "" if agent.endswith("/") else parts[1][-1]
    out = []
    for part in folders + [last]:
        name = re.sub(r"[^A-Za-z0-9._-]", "_", part)
        marked = name != part or part.startswith(".")
        if marked and (distinct == "yes" or distinct is None and len(out) < len(folders)):
            name += "-" + hashlib.sha256(part.encode()).hexdigest()[:8]
        out.append(name)
    out[-1] += f"-c{number}-1.1.mp3"
    return "/".join(limited(re.sub(r"^\.", "_", p)) for p in out)


def expected(queue, agent, number):
    """The name by {queue}/{agent}-{id}-{recording}.{part}.mp3."""
    queue, agent = ("/".join(component(p) if p else "" for p in text.split("/"))
                    for text in (queue, agent))
    name = f"{queue}/{agent}-c{number}-1.1.mp3"
    return "/".join(limited(p) for p in name.split("/") if p)


def write(where, number, queue, agent):
    with open(f"{where}/c{number}.mp3", "wb") as out:
        out.write(b"x")
    with open(f"{where}/c{number}.ini", "w", encoding="utf-8") as out:
        out.write(f"""[call]
id = c{number}
queue = {queue}
agent = {agent}
[file c{number}.mp3]
recording = 1
recordings = 1
part = 1
parts = 1
start = 0
bytes = 1
sha256 = {hashlib.sha256(b"x").hexdigest()}
""")


def names(where, count, name, *lines):
    """What recupload would do with each, without the destination's path."""
    with open(f"{where}/up.ini", "w", encoding="utf-8") as out:
        out.write(f"[upload]\nto = box\n[destination box]\ntype = directory\n"
                  f"path = /box\nname = {name}\n" + "\n".join(lines) + "\n")
    paths = "".join(f"{where}/c{i}.mp3\n" for i in range(count))
    run = subprocess.run(["recupload", "-c", f"{where}/up.ini", "-n"],
                         input=paths.encode(), stdout=subprocess.PIPE, check=True)
    lines = run.stdout.split(b"\n")[:-1]
    if len(lines) != count:
        sys.exit(f"{len(lines)} names of {count}")
    return [line.split(b": box: /box/", 1)[1] for line in lines]


def is_safe(name):
    """No part is empty, hidden, a way up or too long."""
    text = name.decode()
    return all(p and not p.startswith(".") and len(p.encode()) <= ROOM
               for p in text.split("/")) and len(name) <= 900


def same(fact_text):
    """Facts that may have one name: equal in normal form C, and but for slashes
    that name no folder."""
    return tuple(p for p in unicodedata.normalize("NFC", fact_text).split("/") if p)


def main():
    where, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    seed = int(os.environ.get("SEED", random.randrange(1 << 30)))
    print(f"# SEED={seed}")
    rng = random.Random(seed)
    facts = []
    for i in range(count):
        queue, agent = fact(rng), fact(rng)
        if i % 5 == 0 and facts:    # the same in another form
            queue = unicodedata.normalize("NFD", rng.choice(facts)[0])
            while len(queue.encode()) > 180:
                queue = queue[:-1]
            queue = queue.rstrip(" ")    # as a ticket does
        facts.append((queue, agent))
        write(where, i, queue, agent)
    bad = 0

    def wrong(what, i, got):
        nonlocal bad
        bad += 1
        if bad < 10:
            print(f"{what}: {facts[i]!a}: {got!a}")

    for i, got in enumerate(names(where, count, "{queue}/{agent}-{id}-{recording}.{part}.mp3",
                                  "charset = utf-8")):
        text = got.decode()
        if not is_safe(got):
            wrong("not safe", i, text)
        if unicodedata.normalize("NFC", text) != text:
            wrong("not in normal form C", i, text)
        if text != expected(*facts[i], i):
            wrong(f"not {expected(*facts[i], i)!a}", i, text)
    plain = [i for i in range(count) if "".join(facts[i]).isascii()
             and all(f.strip("/") for f in facts[i])]
    for distinct in (None, "yes", "no"):
        got = names(where, count, "{queue}/{agent}-{id}-{recording}.{part}.mp3",
                    *([f"distinct = {distinct}"] if distinct else []))
        for i in plain:
            if got[i].decode() != ascii_name(distinct, *facts[i], i):
                wrong(f"not {ascii_name(distinct, *facts[i], i)!a} by {distinct}", i, got[i])
    print(f"# {len(plain)} in ASCII")
    for lines in (["charset = utf-8"], ["charset = utf-8", "distinct = yes"],
                  ["charset = ascii"], ["distinct = yes"]):
        seen = {}
        for i, got in enumerate(names(where, count, "{queue}/x{file}", *lines)):
            folder = got[:got.rindex(b"/x")] if b"/x" in got else got
            if lines[0] != "charset = utf-8" and not got.isascii():
                wrong("not ASCII", i, got)
            if not is_safe(got):
                wrong("not safe", i, got)
            other = seen.setdefault(folder, i)
            if same(facts[other][0]) != same(facts[i][0]):
                wrong(f"one folder with {facts[other]!a}", i, got)
    print(f"# {count} calls, {bad} wrong")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
