#!/bin/sh
# Calls of a real Asterisk: what its logs say becomes the right call files, and
# what was said when is heard in the MP3s, and nothing else. What each recording
# must be is in tests/real/asterisk/*/right; README there tells the calls.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1
R=$ROOT/tests/real/asterisk
# Fixtures, out of their xz.
python3 - "$R" d <<'P'
import lzma, os, sys
for where, _, names in os.walk(sys.argv[1]):
    to = os.path.join(sys.argv[2], os.path.relpath(where, sys.argv[1]))
    os.makedirs(to, exist_ok=True)
    for name in names:
        with open(os.path.join(where, name), "rb") as f:
            data = f.read()
        if name.endswith(".xz"):
            name, data = name[:-3], lzma.decompress(data)
        with open(os.path.join(to, name), "wb") as f:
            f.write(data)
P
cp d/cdr.csv d/cdr-custom.csv d/cdr-advanced.csv d/cdr.json d/queue_log d/batch1/
cp d/batch2/*.events d/batch2/*.ini d/batch2/legs/
# The pause of this call is in no log: the hook of that time wrote it.
printf '13 = pause\n24 = resume\n' >d/batch1/legs/1796001861.24.events
cat >policy.ini <<'P'
[recording]
separation = per-segment
[inbound]
record = yes
play_message = no
[outbound]
record = yes
play_message = no
P
# by FORMAT SET OPTION... LOG...: its call files or plans, paths as they would
# be elsewhere; what is said is in `err`.
by() {
	by_format=$1 by_set=$2
	shift 2
	recpolicy --from "asterisk-$by_format" --legs "d/$by_set/legs" \
	    --type 'channel:IAX2/agent*=click-to-call' --type direct "$@" 2>err |
	    sed "s|$T/||"
}
# recordings: of the plans on standard input, as `right` has them.
recordings() {
	python3 -c '
import sys
out, key, section = {}, None, None
for line in sys.stdin:
    name, _, value = line.strip().partition(" = ")
    if name.startswith("["):
        section = name[1:-1].split()[0]
        if name == "[call]":
            key = None
        elif section == "recording":
            out[key].append({"cut": []})
    elif section == "call" and name == "id":
        key = value
        out[key] = []
    elif section == "recording" and name == "cut":
        out[key][-1]["cut"].append("-".join(value.split()[:2]))
    elif section == "recording":
        out[key][-1][name] = value
for key, all in out.items():
    for n, r in enumerate(all):
        print(key, n + 1 if len(all) > 1 else 0, r["start"], r["end"],
              r.get("queue", "-").replace("ivr/", ""), r.get("agent", "-"),
              *r["cut"])
'
}
# near RIGHT GOT: the same recordings, times within 30 ms.
near() {
	python3 - "$1" "$2" <<'P'
import re, sys
def read(path, skip):
    for line in open(path):
        if not line.startswith("#"):
            w = line.split()
            yield w[:6] + [c.split("~")[0] for c in w[6 + skip:]]
right, got = list(read(sys.argv[1], 2)), list(read(sys.argv[2], 0))
def same(a, b):
    times = zip("-".join(a[2:4] + a[6:]).split("-"),
                "-".join(b[2:4] + b[6:]).split("-"))
    return (a[:2] + a[4:6] == b[:2] + b[4:6] and len(a) == len(b) and
            all(abs(float(x) - float(y)) <= 0.03 for x, y in times))
bad = [f"{a} is {b}" for a, b in zip(right, got) if not same(a, b)]
if len(right) != len(got):
    bad.append(f"{len(right)} recordings are {len(got)}")
print("\n".join(bad))
sys.exit(bool(bad))
P
}
for set in batch1 batch2 calls; do
	by cel $set d/$set/cel.csv >$set.ini
	ok "$set: the call files" cmp $set.ini d/$set/expected.ini
	by cel $set -c policy.ini d/$set/cel.csv >plans
	recordings <plans >got
	[ $set != batch2 ] || grep -Ev '^1796002(0(75|8)|09[789]|10|267.82)' got >kept
	[ $set != batch2 ] || mv kept got
	ok "$set: as many recordings as there must be, each with its queue, agent and times" \
	    near d/$set/right got
done
for set in batch1 calls; do
	for log in "d/$set"/cel-*.csv "d/$set"/cel*.json; do
		by cel $set "$log" >out
		ok "the same by ${log#d/}" cmp out $set.ini
	done
	# The hook of the examples names the legs, and tells no time.
	sed -n 's/^id = //p' $set.ini | while read -r id; do
		RECTOOLS_LEGS=d/$set/legs "$ROOT/examples/asterisk-hangup" "$id"
	done
	by cel $set d/$set/cel.csv | grep -v '^zendesk_ticket' >out
	grep -v '^zendesk_ticket' $set.ini >wanted
	ok "the same by the hook and $set/cel.csv" cmp out wanted
	rm d/$set/legs/*.facts
done
is "no call is what joined another one" "$(recpolicy -v --from asterisk-cel \
    --type direct d/batch1/cel.csv d/calls/cel.csv 2>&1 >/dev/null |
    sed -n 's/.*csv: \(.*\): not a call: .*/\1/p' | tr '\n' ' ')" \
    '1796001843.21 1796021956.17 1796022043.31 1796022046.32 '

status "a call that an agent began, and no rule says what it was" 2 \
    recpolicy --from asterisk-cel --legs d/batch1/legs --type direct d/batch1/cel.csv
one_line "is not taken for one of the others" \
    '1796001939.32: IAX2/agent1-[0-9]* began it, who is an agent of other calls, .*--type channel:PATTERN=dialpad'
is "which are" "$(grep -c '^id = ' out)" 12
# The same call, before all in which its agent is seen to be one.
sed -n 's/,"1796001939/,"1795990000/; /"1796001939.32"/p' d/batch1/cel.csv >first.csv
grep -v '"1796001939.32"' d/batch1/cel.csv >later.csv
cat first.csv later.csv >moved.csv
for logs in moved.csv 'later.csv first.csv'; do
	# shellcheck disable=SC2086
	status "who is an agent is known from what comes later: $logs" 2 recpolicy \
	    --from asterisk-cel --legs d/batch1/legs --type direct $logs
	ok "and not taken either" grep -q '^recpolicy: .*1796001939.32: IAX2/agent1' err
done
status "who is an agent, by CDR" 2 recpolicy --from asterisk-cdr --zone utc \
    --legs d/batch1/legs --type direct d/batch1/cdr.csv
one_line "is not taken either" '1796001939.32: IAX2/agent1-[0-9]* began it'
is "a channel that agents called, too, may be of either: that is reported" \
    "$(recpolicy --from asterisk-cel --legs d/calls/legs --type direct d/calls/cel.csv \
	2>/dev/null | grep -c '^not_told = .*who began it')" \
    "$(grep -c '^type = direct' calls.ini)"
is "but not where a rule says it" "$(recpolicy --from asterisk-cel --legs d/calls/legs \
    --type 'channel:IAX2/pstn*=direct' d/calls/cel.csv 2>/dev/null | grep -c 'who began')" 0

# By CDR: the same calls, in whole seconds, and that is said.
ids() { sed -n 's/^id = //p' "$1" | sort; }
for log in cdr.csv cdr-custom.csv cdr-advanced.csv cdr.json; do
	by cdr batch1 --zone utc --queue-log d/batch1/queue_log d/batch1/$log >cdr.ini
	ok "batch1/$log: the same calls" test "$(ids cdr.ini)" = "$(ids batch1.ini)"
	ok "batch1/$log: the call files" cmp cdr.ini d/batch1/expected-cdr.ini
	ok "what is coarser is said of each" test \
	    "$(grep -c 'times are whole seconds' cdr.ini)" = "$(ids cdr.ini | wc -l)"
done
by cdr calls --zone utc --queue-log d/calls/queue_log d/calls/cdr.csv >cdr.ini
ok "calls/cdr.csv: the same calls" test "$(ids cdr.ini)" = "$(ids calls.ini)"
ok "calls/cdr.csv: the call files" cmp cdr.ini d/calls/expected-cdr.ini
by cdr batch2 --zone utc --queue-log d/batch2/queue_log d/batch2/cdr.csv >cdr.ini
ok "batch2/cdr.csv: the call files" cmp cdr.ini d/batch2/expected-cdr.ini

# Rotated in the middle of a call, and given in any order.
head -n 100 d/calls/cel.csv >cel.csv.1
tail -n +101 d/calls/cel.csv >cel.csv.0
by cel calls cel.csv.0 cel.csv.1 >out
ok "rotated logs are one" cmp out calls.ini
status "the older half alone" 0 recpolicy --from asterisk-cel --type direct cel.csv.1
is "keeps the call that goes on" "$(grep -c '^id' out) $(cat err)" '2 '
status "the younger half alone" 1 recpolicy --from asterisk-cel --type direct cel.csv.0
one_line "says of which call it has not the beginning" \
    'began before this log: not taken; give the older log, too'

# The audit names what lacks something, and nothing else.
audit() {
	recpolicy --audit -c policy.ini --from asterisk-cel --type direct \
	    --legs "d/$1/legs" "d/$1/cel.csv" 2>err | cut -d : -f 1,2
}
is "the audit of a good day" "$(audit calls)" ''
mv d/calls/legs/1796021893.10-in.wav parked.wav
mv d/calls/legs/1796021807.0-out.wav parked2.wav
is "of one with two legs lost" "$(audit calls)" \
    "$(printf '%s\n' '1796021807.0: missing' '1796021893.10: missing')"
mv parked.wav d/calls/legs/1796021893.10-in.wav
mv parked2.wav d/calls/legs/1796021807.0-out.wav
# The last one gave no answer, and this policy does not ask.
is "of calls whose legs were not kept" "$(audit batch2 | sed -n 's/: missing//p' | tr '\n' ' ')" \
    '1796002075.0 1796002075.2 1796002085.10 1796002086.12 1796002097.27 1796002098.29 1796002099.31 1796002100.33 1796002101.35 1796002102.37 1796002267.82 '

# What was said when: each speaker's seconds, on the right channel.
for set in batch1 batch2 calls; do
	recpolicy --init -s spool-$set
	by cel $set -c policy.ini -s spool-$set d/$set/cel.csv >/dev/null
	recmix -s spool-$set 2>mix-$set
	mkdir sounds-$set
	find spool-$set/split spool-$set/failed -name '*.mp3' | while read -r mp3; do
		name=${mp3##*/}
		mpg123 -q -w "sounds-$set/${name%.mp3}.wav" "$mp3"
	done
	is "$set: everybody is heard where they spoke, within 30 ms, and nothing else" \
	    "$(python3 "$ROOT/tests/tones.py" d/$set/right d/$set/cel.csv d/$set/legs sounds-$set)" \
	    "$(($(grep -vc '^#' d/$set/right) * 2 - $([ $set = batch2 ] && echo 20 || echo 0))) sides are right"
done
is "every good call is mixed" "$(cat mix-batch1 mix-calls)" ''
# The same by CDR: a second coarser at both ends, but no side is behind the other.
for set in batch1 batch2 calls; do
	recpolicy --init -s coarse-$set
	by cdr $set --zone utc --queue-log d/$set/queue_log -c policy.ini \
	    -s coarse-$set d/$set/cdr.csv >/dev/null
	recmix -s coarse-$set 2>coarse-mix-$set
	mkdir coarse-sounds-$set
	find coarse-$set/split -name '*.mp3' | while read -r mp3; do
		name=${mp3##*/}
		mpg123 -q -w "coarse-sounds-$set/${name%.mp3}.wav" "$mp3"
	done
	is "$set by CDR: everybody is heard, on their side, and no pause that is logged" \
	    "$(python3 "$ROOT/tests/tones.py" --coarse d/$set/right d/$set/cel.csv \
		d/$set/legs coarse-sounds-$set)" "$(case $set in batch1) echo 16 ;;
		batch2) echo 11 ;; calls) echo 16 ;; esac) recordings are right"
done
is "all are mixed" "$(cat coarse-mix-batch1 coarse-mix-calls)" ''
mv coarse-mix-batch2 err
one_line "but where two recorders ran, and no log says when" \
    '1796002267.80: set aside: customer leg .* neither a certain start nor end'
# MixMonitor's formats: wav16, WAV (GSM), ulaw, gsm, g722, sln16, D, wav49, sln.
for call in 2188.52 2188.54 2189.56 2189.58 2190.60 2190.62 2191.64 2191.66 \
    2191.68 2192.72 2193.74; do
	leg=$(find d/batch2/legs -name "179600$call*" | sort | sed 's|.*/||; q')
	python3 "$ROOT/tests/tones.py" sounds-batch2/179600$call.wav >heard
	ok "format of $leg" awk -F @ '
		/1: cust 2-4@/ { in_ok = $2 > -2.03 && $2 < -1.97 }
		/2: agent1 0-2@/ { out_ok = $2 > 0.5 && $2 < 0.57 }
		END { exit !(in_ok && out_ok) }' heard
	python3 "$ROOT/tests/tones.py" coarse-sounds-batch2/179600$call.wav >heard
	ok "and by CDR" awk -F @ '
		/1: cust 0-4@/ { customer = $2 }
		/2: agent1 0-2@/ { apart = $2 - customer }
		END { exit !(apart > 2.47 && apart < 2.6) }' heard
done

# kill -9 of the PBX: no hangup, no hook, sizes of 0 in the headers. The call is
# moved to five hours ago, for it counts how long ago its legs were written.
# killed LOG LEGS ID WRITTEN: what was written last, seconds since 1970.
killed() {
	mkdir "killed-$3"
	cp "$2/$3"-*.wav "killed-$3/"
	python3 - "$1" "$4" "killed-$3" <<'P' >"$3.csv"
import csv, glob, os, sys, time
later = int(time.time()) - 5 * 3600 - int(float(sys.argv[2]))
out = csv.writer(sys.stdout, quoting=csv.QUOTE_ALL, lineterminator="\n")
for r in csv.reader(open(sys.argv[1])):
    whole, _, part = r[1].partition(".")
    r[1] = f"{int(whole) + later}.{part}"
    out.writerow(r)
for leg in glob.glob(sys.argv[3] + "/*"):
    at = float(sys.argv[2]) + later
    os.utime(leg, (at, at))
P
	recpolicy --init -s "spool-$3"
	status "a killed PBX ($3): the call goes on" 0 recpolicy -c policy.ini -s "spool-$3" \
	    --collect "killed-$3" --from asterisk-cel --type direct "$3.csv"
	is "nothing of it is taken" "$(cat out) $(find "killed-$3" -type f | wc -l | tr -d ' ')" ' 2'
	status "until it has been silent for so long" 0 recpolicy -c policy.ini -s "spool-$3" \
	    --collect "killed-$3" --torn-after 4h --from asterisk-cel --type direct "$3.csv"
	is "then it is, with its legs" "$(find "killed-$3" -type f)" ''
	recmix -s "spool-$3" 2>err
	ok "it is marked as torn" grep -rqx 'torn = no end' "spool-$3/split" "spool-$3/failed"
	is "nothing else is reported about it" "$(cat err)" ''
	mpg123 -q -w "$3.wav" "$(find "spool-$3/split" -name '*.mp3')"
	python3 "$ROOT/tests/tones.py" "$3.wav" | sed 's/@.*//' >heard
}
killed d/killed/cel.csv d/killed 1796022159.48 "$(date -u -d "$(cat d/killed/written)" +%s.%N)"
is "the sound until then is in the recording" "$(cat heard)" '1: cust 0-10
2: agent1 0-9'
killed d/batch2/cel-kill9.csv d/batch2/legs 1796002343.86 1796002351.807
is "the sound until then is in the recording" "$(cat heard)" '1: cust 0-6
2: agent1 0-5'

# What examples/asterisk-live told and recorded: blind and attended transfers, a
# three-way call, a parked one, an outbound one, and a pause; and third parties that
# said no, and yes while the agent hung up.
sed 's/^\[inbound\]/[leaving]\nallow_agent_to_leave = yes\n&/
s/^separation.*/&\ncontinue_with_third_party = yes/' policy.ini >live.ini
for m in message question; do
	sox -n -r 8000 -c 1 -b 16 $m.wav synth 1 sine 400 gain -10
done
# These have been told, and asked, before: third_party_message and ask_third_party.
cat >third.ini <<'P'
[recording]
continue_with_third_party = yes
[leaving]
allow_agent_to_leave = yes
[inbound]
record = yes
third_party_message = yes
ask_third_party = yes
[messages]
record_inbound = message.wav
third_party_message = message.wav
ask_third_party = question.wav
P
mkdir third
mv d/live/1796070869.134* d/live/1796071010.162* third
recpolicy --init -s spool-live
recpolicy -c third.ini -s spool-live third/*.ini >/dev/null
recpolicy -c live.ini -s spool-live d/live/*.ini >/dev/null
status "calls that asterisk-live steered are mixed" 0 recmix -s spool-live
find spool-live/split -name '*.mp3' | sort | while read -r mp3; do
	mpg123 -q -w sound.wav "$mp3"
	name=${mp3##*/}
	python3 "$ROOT/tests/tones.py" sound.wav | sed "s/^/${name%.mp3} /; s/@[-0-9.]*//g"
done >heard
is "what is heard of them" "$(grep -Fxf "$R/live/heard" heard)" "$(cat "$R/live/heard")"
is "and no more of them" "$(wc -l <heard | tr -d ' ')" 24
done_testing
