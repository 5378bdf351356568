#!/bin/sh
# Calls of a real Asterisk: what its logs say becomes call files, and what was
# said when is heard in the MP3s. tests/real/asterisk/README tells the calls.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1
R=$ROOT/tests/real/asterisk
unxz() { python3 -c 'import lzma, sys; sys.stdout.buffer.write(lzma.open(sys.argv[1]).read())' "$1"; }
for log in cel.csv cel-advanced.csv cel.json; do
	unxz "$R/calls/$log.xz" >$log
done
cp -r "$R/calls/legs" legs
TYPE='--type direct'
# cel OPTION...: the call files, paths relative.
cel() {
	# shellcheck disable=SC2086
	recpolicy --from asterisk-cel $TYPE --legs legs "$@" 2>err |
	    sed "s|$T/||"
}
cel cel.csv >calls.ini
ok "the call files" diff "$R/calls/expected.ini" calls.ini
for log in cel-advanced.csv cel.json; do
	cel $log >out
	ok "the same by $log" cmp out calls.ini
done
recpolicy -v --from asterisk-cel --type direct --legs legs cel.csv 2>&1 >/dev/null |
    sed -n 's/.*csv: \(.*: no call\)/\1/p' >parts
is "who retrieved a parked call, and who came to a conference, is no call" "$(cat parts)" \
'1796013396.17: no call: a part of another call, with which it became one
1796013513.33: no call: a part of 1796013511.30
1796013517.34: no call: a part of 1796013511.30'

# Rotated in the middle of a call, and given in any order.
head -n 100 cel.csv >cel.csv.1
tail -n +101 cel.csv >cel.csv.0
cel cel.csv.0 cel.csv.1 >out
ok "rotated logs are one" cmp out calls.ini
status "the older half alone" 0 recpolicy --from asterisk-cel --type direct cel.csv.1
is "keeps the call that goes on" "$(grep -c '^id' out) $(cat err)" '2 '
status "the younger half alone" 1 recpolicy --from asterisk-cel --type direct cel.csv.0
one_line "says which call it has not the beginning of" \
    '1796013290.5 began before this log: not taken; give the older log, too'

# What was said when: each speaker's seconds, on the right channel.
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
# heard SPOOL: "id-N channel: who second-second", times less than a second off.
heard() {
	find "$1/split" -name '*.mp3' | sort | while read -r mp3; do
		mpg123 -q -w sound.wav "$mp3"
		python3 "$ROOT/tests/tones.py" sound.wav |
		    sed "s|^|$(basename "$mp3" .mp3) |"
	done
}
recpolicy --init -s spool
# shellcheck disable=SC2086
recpolicy -c policy.ini -s spool --from asterisk-cel $TYPE --legs legs cel.csv >/dev/null 2>err
status "the calls are mixed" 0 recmix -s spool
heard spool >out
ok "everybody is heard where they spoke, and nothing else" \
    diff "$R/calls/heard" out
# The clock: Alice answers the first call at 2.184 s of it, and her first tone
# is half a second later; the recording begins at 2.186 s.
is "within 30 ms" "$(sed -n 's/^1796013242.0 2:.*@//p' out | awk '{ print ($1 - 0.498 < 0.06 && $1 - 0.498 > -0.03) ? "yes" : $1 }')" yes

# By CDR: the same calls, in whole seconds.
recpolicy --from asterisk-cdr --zone utc --type direct --queue-log "$R/calls/queue_log" \
    --legs legs "$R/calls/cdr.csv" 2>err >cdr.ini
is "by CDR: the same calls" "$(sed -n 's/^id = //p' cdr.ini | sort)" \
    "$(sed -n 's/^id = //p' calls.ini | sort)"
is "by CDR: the same queues and agents of inbound calls" \
    "$(grep -E '^(queue|agent) = |transfer' cdr.ini | sed 's/.* = //' | sort | uniq -c | sed -n '/Billing\|Sales/p')" \
    "$(grep -E '^(queue|agent) = |transfer' calls.ini | sed 's/.* = //' | sort | uniq -c | sed -n '/Billing\|Sales/p')"
is "by CDR: it is said what is coarser" "$(grep -c 'times are whole seconds' cdr.ini)" \
    "$(grep -c '^id = ' cdr.ini)"

# Which calls lack something?
audit() {
	recpolicy --audit -c policy.ini --from asterisk-cel --type direct --legs legs cel.csv 2>err |
	    cut -d : -f 1,2
}
is "the audit of a good day" "$(audit)" ''
mv legs/1796013375.15-in.flac parked
rm legs/1796013476.24-out.flac
is "the audit names what lacks something" "$(audit)" \
'1796013375.15: missing
1796013476.24: missing'
mv parked legs/1796013375.15-in.flac

# FreePBX's folders and names, VICIdial's, Issabel's: by the number in the name.
mkdir -p monitor/2026/11/30
for side in in out; do
	cp "legs/1796013242.0-$side.flac" "monitor/2026/11/30/in-250-5550100-20261130-043402-1796013242.0-$side.flac"
done
cp "legs/1796013262.2-in.flac" monitor/2026/11/30/q-200-5550100-20261130-043422-1796013262.2.flac
cp "legs/1796013262.2-in.flac" monitor/2026/11/30/q-200-5550100-20261130-043422-1796013262.21.flac
grep -E '"1796013(242.0|262.2)"' cel.csv | grep -v MixMonitor >some.csv
TYPE='--type direct'
recpolicy --from asterisk-cel --type direct --legs monitor some.csv 2>err | sed -n "s|^file = $T/monitor/2026/11/30/||p" >out
is "legs in folders by date, by the number in their names" "$(cat out)" \
'in-250-5550100-20261130-043402-1796013242.0-in.flac
in-250-5550100-20261130-043402-1796013242.0-out.flac
q-200-5550100-20261130-043422-1796013262.2.flac'

# kill -9 of the PBX: no hangup, no hook, sizes of 0 in the headers.
if [ -d "$R/killed" ]; then
	for f in "$R"/killed/*.xz; do unxz "$f" >"$(basename "$f" .xz)"; done
	mkdir killed
	mv ./*-in.wav ./*-out.wav killed/
	touch -d "$(cat "$R/killed/written")" killed/*
	status "a killed PBX: the call goes on" 0 recpolicy --from asterisk-cel --type direct \
	    --legs killed killed.csv
	is "a killed PBX: nothing yet" "$(cat out)" ''
fi
done_testing
