"""A day of a call centre, in the current directory: see day.sh.

    day.py COUNT OLD NAME COPY      NAME.ini has the destination; COPY, with %s
                                    for the file, is the command of a script
"""
import glob, hashlib, os, re, resource, shutil, subprocess, sys, time

KINDS = [("wav", ["-e", "signed", "-b", "16"]), ("wav", ["-e", "mu-law"]),
         ("wav", ["-e", "gsm-full-rate"]), ("flac", [])]
POLICY = """[recording]
separation = none
[inbound]
record = yes
redaction = yes
play_message = no
"""
OURS = """recpolicy -c policy.ini -s spool --collect pbx &&
recmix -s spool && recsplit -s spool && recupload -s spool -c {name}.ini &&
recsweep -s spool"""
SHELL = """for f in pbx/*-in.*; do
	to=${{f%-in.*}}
	sox -M "$f" "${{f%-in.*}}-out.${{f##*.}}" -C 32 "$to.mp3" || continue
	{copy} && rm -f "$f" "${{f%-in.*}}-out.${{f##*.}}" "$to.ini" "$to.mp3"
done
find pbx -type f -mtime +7 -delete"""
SYNCS = "fsync,fdatasync,syncfs,sync,sync_file_range,msync"


def minutes(i):
    return i * 7 % 10 + 1


def hours(count):
    return sum(minutes(i) for i in range(count)) / 60


def make_calls(top, count):
    """No two legs are alike: each begins at another place of its voice."""
    os.mkdir(top)
    for i in range(count):
        ext, how = KINDS[i % len(KINDS)]
        for n, side in enumerate(("in", "out")):
            subprocess.run(
                ["sox", f"voice{n}.wav", *how, f"{top}/c{i}-{side}.{ext}", "trim",
                 f"{i}s", "repeat", "60", "trim", "0",
                 str(60 * minutes(i))], check=True)
        with open(f"{top}/c{i}.ini", "w") as f:
            f.write(f"[call]\nid = c{i}\ntype = queue\nqueue = A\n"
                    f"[leg customer]\nfile = c{i}-in.{ext}\n"
                    f"[leg agent]\nfile = c{i}-out.{ext}\n"
                    f"[events]\n0 = answer\n20 = pause\n25.5 = resume\n"
                    f"{60 * minutes(i)} = end\n")


def init_spool():
    shutil.rmtree("spool", ignore_errors=True)
    subprocess.run(["recpolicy", "--init", "-s", "spool"], check=True)


def add_old(old):
    """Calls of earlier days: lines of the log, and folders in failed/."""
    last = "0" * 64
    with open("spool/audit.log", "w") as f:
        for i in range(old):
            line = (f"2026-11-01T00:00:00Z {last} old{i} entered legs=2 "
                    f"sha256={i:064x},{-i % 2**256:064x}")
            f.write(line + "\n")
            last = hashlib.sha256(line.encode()).hexdigest()
    os.chmod("spool/audit.log", 0o600)
    for i in range(old):
        folder = f"spool/failed/20261129T{i // 3600 % 24:02}{i // 60 % 60:02}{i % 60:02}Z-old{i}"
        os.mkdir(folder, 0o700)
        with open(f"{folder}/failed.ini", "w") as f:
            f.write("[failed]\nreason = another day\n")
    os.sync()
    # The first run after such a day reads the log, once.
    os.mkdir("none")
    subprocess.run(["recpolicy", "-c", "policy.ini", "-s", "spool",
                    "--collect", "none"], check=True)
    shutil.rmtree("none")


def run(label, count, command, trace=None):
    """Wall and CPU seconds, and the peak memory of one process, in MB."""
    shutil.rmtree("pbx", ignore_errors=True)
    shutil.copytree("calls", "pbx", ignore=lambda top, names: [
        n for n in names if int(re.match(r"c(\d+)", n)[1]) >= count])
    os.sync()
    began = time.monotonic()
    child = subprocess.Popen([*(trace or []), "sh", "-c", command],
                             stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - began
    left = glob.glob("pbx/c*")
    if status or left:
        sys.exit(f"bench: {label}: status {status}, left: {left[:3]}: "
                 f"{said.decode(errors='replace')[-500:]}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def report(label, count, wall, cpu, peak):
    print(f"day: {label:<44} {count:4d} calls  {count * 3600 / wall:8.0f} calls/h"
          f"  {wall / count:7.4f} s a call  {cpu / hours(count):6.2f} CPU s"
          f" an hour of sound  {peak:4.0f} MB", flush=True)


def syncs(label, count, command):
    run(label, count, command, ["strace", "-f", "-qq", "-o", "trace", "-e",
                                f"trace={SYNCS}"])
    with open("trace") as f:
        n = sum("resumed>" not in line and "+++" not in line
                and "---" not in line for line in f)
    print(f"day: {label:<44} {count:4d} calls  {n / count:8.2f} syncs a call",
          flush=True)


count, old, name, copy = int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:5]
if not os.path.exists("calls"):
    make_calls("calls", 4 * count)
with open("policy.ini", "w") as f:
    f.write(POLICY)
ours = OURS.format(name=name)
shell = SHELL.format(copy=copy.replace("%s", '"$to.mp3"'))
for times in (1, 2, 4):
    init_spool()
    report(f"{name}: rectools", times * count, *run("ours", times * count, ours))
report(f"{name}: sox and {copy.split()[0]}", count, *run("shell", count, shell))
init_spool()
add_old(old)
report(f"{name}: rectools, {old} older calls", count,
       *run("ours", count, ours))
init_spool()
syncs(f"{name}: rectools", count, ours)
syncs(f"{name}: sox and {copy.split()[0]}", count, shell)
