#!/bin/sh
# Taking CALLS calls of two 100 kB legs out of a PBX's directory (--collect),
# compared with a bare copy that syncs once for 128 calls, `cp -r` with an fsync
# for each file, and rsync --remove-source-files; and once more with LOG_MB of other
# calls in the audit log, which an earlier run has read; the last line has the time
# of that run.
set -eu
. "$(dirname "$0")/lib.sh"

calls=${CALLS:-10000} log_mb=${LOG_MB:-200} runs=${RUNS:-3}
cc -O2 -o "$W/copy" "$ROOT/bench/copy.c"
mkdir "$W/pbx"
printf '[inbound]\nrecord = yes\nplay_message = no\n' >"$W/policy.ini"
# 6.25 s at 8 kHz and 16 bits are 100 kB; no two legs are alike.
python3 - "$W/pbx" "$calls" <<'P'
import os, random, struct, sys
top, calls = sys.argv[1], int(sys.argv[2])
noise = random.Random(1).randbytes(100000)
head = (b"RIFF" + struct.pack("<I", 100036) + b"WAVEfmt " +
        struct.pack("<IHHIIHH", 16, 1, 1, 8000, 16000, 2, 16) +
        b"data" + struct.pack("<I", 100000))
for i in range(calls):
    for n, side in enumerate(("in", "out")):
        with open("%s/c%d-%s.wav" % (top, i, side), "wb") as f:
            f.write(head + struct.pack("<Q", 2 * i + n) + noise[8:])
    with open("%s/c%d.ini" % (top, i), "w") as f:
        f.write("[call]\nid = c%d\ntype = queue\nqueue = A\n"
                "[leg customer]\nfile = c%d-in.wav\n"
                "[leg agent]\nfile = c%d-out.wav\n"
                "[events]\n0 = answer\n6.25 = end\n" % (i, i, i))
P
# timed NAME COMMAND: adds a line to $W/times.
timed() {
	from=$(bench_now)
	sh -c "$2" >/dev/null
	echo "$1 $from $(bench_now)" >>"$W/times"
}
# A log of another day. The program would know a call that is entered again and
# again, so the lines are made here, with a valid chain.
big_log() {
	python3 - "$W/sp/audit.log" "$log_mb" <<'P'
import hashlib, sys
last, size, i = "0" * 64, int(sys.argv[2]) * 1000000, 0
with open(sys.argv[1], "w") as f:
    while size > 0:
        line = "2026-11-01T00:00:00Z %s old%d entered legs=2 sha256=%064x,%064x" % (last, i, i, -i % 2**256)
        f.write(line + "\n")
        last = hashlib.sha256(line.encode()).hexdigest()
        size -= len(line) + 1
        i += 1
P
	chmod 600 "$W/sp/audit.log"
	# An operator's earlier runs have made the index of the log.
	mkdir "$W/none"
	timed read "recpolicy -c $W/policy.ini -s $W/sp --collect $W/none"
	rmdir "$W/none/.rectools-door" "$W/none"
}
fresh() {
	rm -rf "$W/d" "$W/sp" "$W/out"
	cp -r "$W/pbx" "$W/d"
	mkdir "$W/out"
	recpolicy --init -s "$W/sp"
	[ "${1:-}" != log ] || big_log
	sync
}
ours="recpolicy -c $W/policy.ini -s $W/sp --collect $W/d"
i=0
while [ "$i" -lt "$runs" ]; do
	i=$((i + 1))
	fresh && timed bare "$W/copy $W/d $W/out"
	fresh && timed move "$W/copy $W/d $W/out move"
	# ext4 looks longer for a free inode when many were deleted shortly
	# before: the two take turns at being the first.
	if [ $((i % 2)) = 1 ]; then pair="collect log"; else pair="log collect"; fi
	for name in $pair; do
		fresh "$name" && timed "$name" "$ours"
		[ "$(find "$W/sp/mix" -mindepth 1 -maxdepth 1 | wc -l)" = "$calls" ]
	done
	fresh && timed cp "cp -r $W/d $W/out/ && find $W/out -type f -exec sync {} +"
	fresh && timed rsync "rsync -r --remove-source-files $W/d/ $W/out/"
done
awk -v calls="$calls" -v mb="$log_mb" '
$1 == "collect" { without[++n] = $3 - $2 }
$1 == "log" { with[++pairs] = $3 - $2 }
{ t[$1] = t[$1] == "" || $3 - $2 < t[$1] ? $3 - $2 : t[$1] }
function row(name, what) {
	printf "recpolicy --collect: %-42s %8.2f s %7.0f calls/s  time/bare %5.2f\n",
	    what, t[name], calls / t[name], t[name] / t["bare"]
}
END {
	row("bare", "a bare copy, one sync for 128 calls")
	row("move", "the same, and the originals deleted")
	row("collect", "--collect")
	row("log", "--collect, a log of " mb " MB")
	row("cp", "cp -r, an fsync for each file")
	row("rsync", "rsync --remove-source-files")
	for (i = 1; i <= pairs; i++)
		more[i] = with[i] / without[i]
	for (i = 2; i <= pairs; i++)
		for (j = i; j > 1 && more[j] < more[j - 1]; j--) {
			last = more[j]; more[j] = more[j - 1]; more[j - 1] = last
		}
	printf "recpolicy --collect: the log costs %.1f %% (median of %d pairs)\n",
	    100 * (more[int((pairs + 1) / 2)] - 1), pairs
	printf "recpolicy --collect: the first run reads it in %.2f s\n", t["read"]
}' "$W/times"
