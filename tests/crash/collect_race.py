"""recpolicy --collect while its input is swapped: 60 runs of each race.

Nothing outside the directory may be read, moved or deleted, and no sound from
the directory may be lost: it is still there, or in the spool.
"""
import multiprocessing
import os
import shutil
import subprocess
import sys
import wave

RUNS = 60
SECRET = b"SECRET" * 1000
count = failed = 0


def check(label, good, detail=""):
    global count, failed
    count += 1
    failed += not good
    print(f"{'' if good else 'not '}ok {count} - {label}", flush=True)
    if not good:
        print(f"# {detail}")


def sound(path, mark):
    """A second of sound; the mark makes it unique."""
    with wave.open(path, "wb") as w:
        w.setparams((1, 2, 8000, 0, "NONE", ""))
        w.writeframes((mark + bytes(4)) * (16000 // (len(mark) + 4)))


def call_file(path, legs, cid="c1"):
    with open(path, "w") as f:
        f.write(f"[call]\nid = {cid}\ntype = queue\nqueue = A\n")
        for i, leg in enumerate(legs):
            f.write(f"[leg {'agent' if i else 'customer'}]\nfile = {leg}\n")
        f.write("[events]\n0 = answer\n1 = end\n")


def everything(*tops):
    """Each regular file below, and its bytes."""
    for top in tops:
        for where, _, names in os.walk(top):
            for name in names:
                path = os.path.join(where, name)
                if os.path.islink(path) or not os.path.isfile(path):
                    continue
                try:
                    with open(path, "rb") as f:
                        yield path, f.read()
                except FileNotFoundError:
                    pass


def fresh():
    for d in ("d", "sp", "outside"):
        shutil.rmtree(d, ignore_errors=True)
        if d != "sp":
            os.mkdir(d)
    shutil.copytree("empty", "sp")
    with open("outside/secret.wav", "wb") as f:
        f.write(SECRET)
    os.mkdir("outside/dir")
    shutil.copy("outside/secret.wav", "outside/dir/leg.wav")


def outside():
    return sorted((p, os.stat(p).st_ino, len(data)) for p, data in everything("outside"))


def swap(paths, stop):
    """Puts each of the other files into the first one's place, in turn."""
    while not stop.is_set():
        for other in paths[1:]:
            try:
                os.rename(paths[0], paths[0] + ".aside")
                os.rename(other, paths[0])
                os.rename(paths[0], other)
                os.rename(paths[0] + ".aside", paths[0])
            except OSError:  # it was taken meanwhile
                for back in (paths[0] + ".aside",):
                    if os.path.lexists(back) and not os.path.lexists(paths[0]):
                        os.rename(back, paths[0])


def race(label, build, marks=()):
    """build() makes a new directory and names the files to swap."""
    lost, leaked, changed, crashed = [], [], [], []
    for run in range(RUNS):
        fresh()
        paths = build()
        before = outside()
        stop = multiprocessing.Event()
        racer = multiprocessing.Process(target=swap, args=(paths, stop))
        racer.start()
        p = subprocess.run(
            ["recpolicy", "-c", "policy.ini", "-s", "sp", "--collect", "d",
             "--torn-after", "0"],
            capture_output=True, timeout=20)
        if p.returncode not in (0, 1, 2, 75):
            crashed.append((run, p.returncode, p.stderr[-200:]))
        stop.set()
        racer.join(20)
        if outside() != before:
            changed.append(run)
        here = list(everything("d", "sp"))
        leaked += [p for p, data in here if b"SECRET" in data and p.startswith("sp")]
        lost += [m for m in marks if not any(m in data for _, data in here)]
    check(f"{label}: {RUNS} runs end as they should", not crashed, crashed[:3])
    check(f"{label}: what is outside is as it was", not changed, changed[:5])
    check(f"{label}: nothing of it is in the spool", not leaked, leaked[:3])
    check(f"{label}: no sound is lost", not lost, lost[:3])


def leg_for_leg():
    sound("d/leg.wav", b"ONE")
    sound("d/other.wav", b"TWO")
    call_file("d/c1.ini", ["leg.wav"])
    return ["d/leg.wav", "d/other.wav"]


def leg_for_links():
    sound("d/leg.wav", b"ONE")
    os.symlink("../outside/secret.wav", "d/link")
    os.link("outside/secret.wav", "d/hard")
    os.mkfifo("d/fifo")
    call_file("d/c1.ini", ["leg.wav"])
    return ["d/leg.wav", "d/link", "d/hard", "d/fifo"]


def folder_for_link():
    os.mkdir("d/sub")
    sound("d/sub/leg.wav", b"ONE")
    os.symlink("../outside/dir", "d/link")
    call_file("d/c1.ini", ["sub/leg.wav"])
    return ["d/sub", "d/link"]


def call_for_call():
    sound("d/leg.wav", b"ONE")
    sound("d/other.wav", b"TWO")
    call_file("d/c1.ini", ["leg.wav"])
    call_file("d/b.txt", ["other.wav"], "c2")
    call_file("d/c.txt", [os.path.abspath("outside/secret.wav"), "../outside/secret.wav"])
    os.symlink("../outside/secret.wav", "d/link")
    return ["d/c1.ini", "d/b.txt", "d/c.txt", "d/link"]


os.chdir(sys.argv[1])
with open("policy.ini", "w") as f:
    f.write("[inbound]\nrecord = yes\nplay_message = no\n")
subprocess.run(["recpolicy", "--init", "-s", "empty"], check=True)
race("a leg swapped for a leg", leg_for_leg, (b"ONE", b"TWO"))
race("a leg swapped for links and a pipe", leg_for_links, (b"ONE",))
race("a folder swapped for a link", folder_for_link, (b"ONE",))
race("a call file swapped", call_for_call, (b"ONE", b"TWO"))
print(f"1..{count}")
sys.exit(failed > 0)
