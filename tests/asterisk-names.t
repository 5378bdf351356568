#!/bin/sh
# Names and formats of recordings by systems that build on Asterisk, and incomplete
# logs: on calls of a real Asterisk.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1
R=$ROOT/tests/real/asterisk
unxz() { python3 -c 'import lzma, sys; sys.stdout.buffer.write(lzma.open(sys.argv[1]).read())' "$1"; }
unxz "$R/calls/cel.csv.xz" >cel.csv
for side in in out; do
	unxz "$R/calls/legs/1796021807.0-$side.wav.xz" >$side.wav
done
# No MixMonitor in the log: legs are found by their names alone.
grep '"1796021807.0"' cel.csv | grep -v MixMonitor >call.csv

# found NAME...: prints which of these files, if there are no others, are the legs.
found() {
	rm -rf rec
	for found_name; do
		mkdir -p "rec/$(dirname "$found_name")"
		cp in.wav "rec/$found_name"
	done
	recpolicy --from asterisk-cel --type direct --legs rec call.csv 2>err |
	    sed -n "s|^file = $T/rec/||p" | tr '\n' ' ' | sed 's/ $//'
}
while read -r label name; do
	is "$label" "$(found "$name")" "$name"
done <<'N'
FreePBX,inbound 2026/11/30/in-250-5550100-20261130-065647-1796021807.0.wav
FreePBX,queue 2026/11/30/q-200-5550100-20261130-065647-1796021807.0.wav
FreePBX,outbound 2026/11/30/out-15550100-101-20261130-065647-1796021807.0.wav
FreePBX,extension 2026/11/30/exten-101-102-20261130-065647-1796021807.0.wav
FreePBX,forced 2026/11/30/force-250-5550100-20261130-065647-1796021807.0.WAV
FreePBX,ring-group 2026/11/30/rg-600-5550100-20261130-065647-1796021807.0.wav
Issabel 2026/11/30/in-250-5550100-20261130-065647-1796021807.0.gsm
Issabel,old OUT101-20261130-065647-1796021807.0.wav
Elastix,queue q200-20261130-065647-1796021807.0.wav
VICIdial MIX/20261130-065647_5550100_INBOUND_1796021807.0-all.wav
VICIdial,M ORIG/20261130065647_1796021807.0_M1130065647000012345_5550100.wav
number,first 1796021807.0.wav
number,last,with,a,day 30/11/2026/rec_1796021807.0.wav
N
both=2026/11/30/in-250-5550100-20261130-065647-1796021807.0
is "FreePBX, with r() and t()" "$(found $both-in.wav $both-out.wav)" "$both-in.wav $both-out.wav"
while read -r name; do
	is "another call's: $name" "$(found "$name")" ''
done <<'N'
in-250-5550100-20261130-065647-1796021807.01.wav
in-250-5550100-20261130-065647-1796021807.10.wav
in-250-5550100-20261130-065647-11796021807.0.wav
in-250-5550100-20261130-065647-x1796021807.0.wav
in-250-5550100-20261130-065647-1796021807.0x.wav
in-250-5550100-20261130-065647-1796021807.0.1.wav
in-250-5550100-20261130-065647-2.1796021807.0.wav
in-250-5550100-20261130-065647-1796021807.wav
in-250-5550100-20261130-065647-1796021807.0.txt
N
is "of two that may be it the sides count" \
    "$(found mixed-1796021807.0.wav a-1796021807.0-in.wav a-1796021807.0-out.wav)" \
    'a-1796021807.0-in.wav a-1796021807.0-out.wav'
ok "one channel for both sides is reported" sh -c "rm -rf rec; mkdir rec
cp in.wav rec/q-1796021807.0.wav
recpolicy --from asterisk-cel --type direct --legs rec call.csv | grep -q 'not_told = .*who is'"

# One file with everyone, as FreePBX makes it: of one channel, it becomes a
# recording of one channel; of two, nothing says which is the customer's.
cat >policy.ini <<'P'
[inbound]
record = yes
play_message = no
P
for kind in one two; do
	rm -rf rec mixed.*
	mkdir rec
	if [ $kind = one ]; then
		sox -m in.wav out.wav rec/q-1796021807.0.wav
	else
		sox -M in.wav out.wav rec/q-1796021807.0.wav
	fi
	recpolicy -c policy.ini --from asterisk-cel --type direct --legs rec call.csv >plan.ini
	recmix -o mixed.mp3 plan.ini >/dev/null 2>err
	echo "$? $(sed -n 's/^channels = //p' mixed.ini | tail -n 1) $(cat err)" >$kind
done
is "one channel stays one" "$(cat one)" "0 1 "
ok "of two the sides are a guess, and that is reported" \
    grep -q '^1 2 recmix: .*which side is the customer.s is a guess' two

# Suffixes of Asterisk's formats without a header; the others are in asterisk.t.
for end in ulaw ul mu pcm ulw alaw al alw raw; do
	case $end in al*) to=al ;; raw) to=s16 ;; *) to=ul ;; esac
	rm -rf rec spool sound.wav
	mkdir rec
	# Without dither, which is different each time.
	for side in in out; do
		sox -D $side.wav -t $to rec/1796021807.0-$side.$end
	done
	grep '"1796021807.0"' cel.csv | sed "s/-in.wav/-in.$end/; s/-out.wav/-out.$end/" >$end.csv
	recpolicy --init -s spool
	recpolicy -c policy.ini -s spool --from asterisk-cel --type direct --legs rec $end.csv >/dev/null 2>&1
	recmix -s spool 2>err
	mpg123 -q -w sound.wav "$(find spool/split -name '*.mp3')"
	is ".$end is mixed, each side where it was" \
	    "$(python3 "$ROOT/tests/tones.py" sound.wav | sed 's/@.*//' | tr '\n' ' ')" \
	    '1: cust 2-16 2: agent1 0-14 '
done

# A queue_log without CONNECT lines.
grep -v CONNECT "$R/calls/queue_log" >queue_log
cel() { recpolicy --from asterisk-cel --type direct --queue-log "$1" cel.csv 2>/dev/null; }
cel queue_log | sed 's/= IAX2.agent2$/= Bob_Example/' >got
cel "$R/calls/queue_log" | sed 's/= IAX2.agent2$/= Bob_Example/' >wanted
ok "a queue_log without CONNECT: the CEL has it all but names" cmp got wanted
recpolicy --from asterisk-cdr --zone utc --type direct --queue-log queue_log \
    "$R/calls/cdr.csv" >got
recpolicy --from asterisk-cdr --zone utc --type direct --queue-log "$R/calls/queue_log" \
    "$R/calls/cdr.csv" >wanted
talk() { sed -n '/^id = 1796021807.0/,/= end/p' "$1" | sed -n 's/^\(.*\) = \(answer\|end\)$/\2 \1/p' | tr '\n' ' '; }
is "by CDR no talk is lost" "$(talk got)" 'answer 0.000 end 17.000 '
is "which begins with the PBX's answer" "$(talk wanted)" 'answer 2.000 end 17.000 '
is "and that is reported" "$(grep -c "when the agent answered (the answer may be the PBX's)" got) \
$(grep -c "when the agent answered" wanted)" '6 0'
is "the agents are those of the CDR" "$(grep -c '^agent = ' got)" "$(grep -c '^agent = ' wanted)"

# A call that should be recorded, but has no recording, does not enter.
recpolicy --init -s empty
status "no legs" 1 recpolicy -c policy.ini -s empty --from asterisk-cel --type direct call.csv
one_line "no legs: reported" 'call.csv\(1796021807.0\): should be recorded, and has no leg: not taken'
is "and does not enter" "$(find empty/mix -mindepth 1)" ''
done_testing
