#!/bin/sh
# A day of an Asterisk, made from a call that a real one logged: its channel event
# log becomes call files; compared with today's work by hand: sqlite3 imports the
# log, and awk takes answer, end and queue of each call from its dump. The peak
# memory for a quarter of the day is compared with that for the whole day: it must
# depend only on the calls that go on. CALLS and RUNS choose the work.
set -eu
. "$(dirname "$0")/lib.sh"
runs=${RUNS:-3}
calls=${CALLS:-100000}
cd "$W"
# A call begins each 0.8 s; rows are in order of time, as a PBX writes them.
make_day() {
	python3 - "$ROOT/tests/real/asterisk/day.cel.csv" "$1" <<'P'
import csv, sys
rows = [r for r in csv.reader(open(sys.argv[1])) if r[15] == "1796001690.6"]
# The 20 columns that matter.
rows = [r for r in rows if r[0] not in
        ("DTMF", "STREAM_BEGIN", "STREAM_END", "APP_END", "CHAN_END")]
rows = rows[:1] + [r for r in rows[1:] if r[0] != "CHAN_START"]
assert rows[-1][0] == "LINKEDID_END"
out = csv.writer(open("day.csv", "w"), quoting=csv.QUOTE_ALL,
                 lineterminator="\n")
wait = []
for i in range(int(sys.argv[2])):
    late = i * 0.8
    for k, r in enumerate(rows):
        t = float(r[1]) + late
        new = list(r)
        new[1] = f"{t:.6f}"
        for c in (14, 15):
            new[c] = r[c].replace("1796001690.", f"{1796001690 + int(late)}.{i}")
        new[19] = r[19].replace('_id":"', f'_id":"{i}-')
        wait.append((t, i, k, new))
    if i % 200 == 199 or i == int(sys.argv[2]) - 1:
        wait.sort()
        due = float("inf") if i == int(sys.argv[2]) - 1 else float(rows[0][1]) + late
        n = sum(1 for w in wait if w[0] < due)
        out.writerows(w[3] for w in wait[:n])
        del wait[:n]
P
}
peak() { # LABEL ROWS COMMAND...
	python3 -c 'import resource, subprocess, sys, time
began = time.monotonic()
subprocess.run(sys.argv[3:], check=True, stdout=subprocess.DEVNULL)
print("%-44s %.0f rows/s, %.1f MB at the most" % (sys.argv[1],
    int(sys.argv[2]) / (time.monotonic() - began),
    resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024))' "$@"
}
cat >dump.sh <<'X'
set -e
rm -f day.db
sqlite3 day.db 'CREATE TABLE cel (type, at, name, num, ani, rdnis, dnid, exten,
    context, chan, app, data, ama, acct, uniqueid, linkedid, peer, field, user,
    extra)' '.mode csv' '.import day.csv cel'
sqlite3 -separator '|' day.db 'SELECT linkedid, type, at, app, data FROM cel
    ORDER BY linkedid, at' | awk -F '|' '
	$2 == "BRIDGE_ENTER" && !($1 in answer) { answer[$1] = $3 }
	$2 == "HANGUP" { end[$1] = $3 }
	$4 == "Queue" { queue[$1] = $5 }
	END { for (id in end) print id, answer[id], end[id], queue[id] }' >by-hand
X
ours="recpolicy --from asterisk-cel day.csv"
make_day $((calls / 4))
peak "recpolicy, $((calls / 4)) calls" "$(wc -l <day.csv)" $ours
make_day "$calls"
echo "recpolicy: a day of $calls calls, $(wc -l <day.csv) rows, $(du -h day.csv | cut -f 1)"
peak "recpolicy, $calls calls" "$(wc -l <day.csv)" $ours
if command -v sqlite3 >/dev/null; then
	pairs "sqlite3's dump and awk" "$runs" "$ours" "sh dump.sh"
else
	echo "no sqlite3: awk alone, without a database" >&2
	pairs "awk alone" "$runs" "$ours" \
	    "awk -F, '{ n[\$16]++ } END { for (id in n) print id, n[id] }' day.csv"
fi
