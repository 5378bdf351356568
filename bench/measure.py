"""Two commands in turns: wall, CPU, peak memory, and the median of the pairs.

    measure.py LABEL RUNS OURS PEER      both are shell text
"""
import os, statistics, subprocess, sys, time


def once(command):
    began = time.monotonic()
    child = subprocess.Popen(["sh", "-c", command], stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f"measure: failed: {command}\n{said.decode(errors='replace')}")
    return (time.monotonic() - began, usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss)


label, runs, ours, peer = sys.argv[1], int(sys.argv[2]), *sys.argv[3:5]
once(ours), once(peer)
pairs = [(once(ours), once(peer)) for _ in range(runs)]
middle = lambda values: statistics.median(list(values))
print(f"{label:<34}"
    f" wall {middle(a[0] for a, _ in pairs):7.2f} {middle(b[0] for _, b in pairs):7.2f} s"
    f"  x{middle(b[0] / a[0] for a, b in pairs):5.2f}"
    f" | CPU {middle(a[1] for a, _ in pairs):6.2f} {middle(b[1] for _, b in pairs):6.2f} s"
    f"  x{middle(b[1] / a[1] for a, b in pairs):5.2f}"
    f" | peak {max(a[2] for a, _ in pairs) // 1024:3d} {max(b[2] for _, b in pairs) // 1024:3d} MB",
    flush=True)
