#!/bin/sh
# Deciding many calls in one run. The peer is what a shell user would write:
# awk over the same files, for one policy that is built into it, without checks.
set -eu
. "$(dirname "$0")/lib.sh"

calls=${CALLS:-100000}
mkdir "$W/calls"
awk -v n="$calls" -v dir="$W/calls" 'BEGIN {
	for (i = 1; i <= n; i++) {
		f = sprintf("%s/%d.ini", dir, i)
		printf "[call]\nid = c%d\ntype = queue\nqueue = Q%d\nagent = a\n", i, i % 7 > f
		printf "[leg customer]\nfile = %d-in.wav\n", i > f
		printf "[leg agent]\nfile = %d-out.wav\n[events]\n", i > f
		printf "1 = answer\n2 = consent granted\n" > f
		for (k = 0; k < 8; k++)
			printf "%d = pause\n%d = resume\n", 10 + k * 10, 15 + k * 10 > f
		printf "95 = transfer queue=Q%d agent=b\n%d = end\n", i % 5, 100 + i % 60 > f
		close(f)
		print f
	}
}' >"$W/list"
cat >"$W/policy.ini" <<'P'
[recording]
separation = per-segment
[inbound]
record = yes
ask_permission = yes
[queue ivr/Q3 inbound]
record = no
[messages]
record_inbound = in.wav
ask_permission = ask.wav
P
cat >"$W/peer.awk" <<'A'
function stop() {
	if (!on) return
	printf "[recording %d]\nstart = %s\nend = %s\n%s", ++n, from, at, cuts
	on = 0
	cuts = ""
}
function settle(fresh) {
	want = answered && granted && queue != "Q3"
	if (on && (!want || fresh)) stop()
	if (!on && want) { on = 1; from = at }
}
/^\[/ { events = $0 == "[events]"; next }
!events { if ($1 == "queue") queue = $3; next }
{ at = $1 + 0 }
$3 == "answer" { answered = 1; settle() }
$3 == "consent" { granted = $4 == "granted"; settle() }
$3 == "pause" { paused = at }
$3 == "resume" { if (on) cuts = cuts "cut = " paused " " at " pause\n" }
$3 == "transfer" { sub(/queue=/, "", $4); queue = $4; settle(1) }
$3 == "end" { stop() }
A
# The same awk for all files in one run, as fast as it can be.
cat >"$W/many.awk" <<'A'
FNR == 1 { stop(); answered = granted = on = n = 0; cuts = "" }
A
cat "$W/peer.awk" >>"$W/many.awk"
head -n 1000 "$W/list" >"$W/thousand"
echo "recpolicy: $calls calls of 20 events each"
before=$(bench_now)
sh -c "recpolicy -c $W/policy.ini <$W/list || [ \$? = 1 ]" >/dev/null
echo "$before $(bench_now)" | awk -v n="$calls" \
    '{ printf "recpolicy: %.0f calls/s in one run\n", n / ($2 - $1) }'
pairs "$calls calls, peer: one awk, xargs" 3 \
    "recpolicy -c $W/policy.ini <$W/list || [ \$? = 1 ]" \
    "xargs -n 5000 awk -f $W/many.awk <$W/list"
pairs "1,000 calls, peer: sh + awk, one process each" 3 \
    "recpolicy -c $W/policy.ini <$W/thousand || [ \$? = 1 ]" \
    "while read -r f; do awk -f $W/peer.awk \"\$f\"; done <$W/thousand"
