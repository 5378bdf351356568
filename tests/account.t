#!/bin/sh
# The account of a call: the sound in its legs is compared with the call file.
. "$(dirname "$0")/lib.sh"
for need in sox ffmpeg lame mpg123 python3; do
	have "$need" || { skip "the account" "no $need"; done_testing; }
done
cd "$T" || exit 1

# The leak table: no kind of leg, damaged in any way, leaves the secret in the MP3.
mkdir table
python3 "$ROOT/tests/leak.py" table >table.out 2>&1
ok "the leak table ($(grep -c '^ok' table.out) rows)" sh -c \
    'tail -n 1 table.out | grep -q "^1\.\.[1-9]" && ! grep -A1 "^not ok" table.out'

# Silence, noise, the same sound on both sides: found in every kind of leg.
mkdir strange
python3 "$ROOT/tests/leak.py" strange strange >strange.out 2>&1
ok "no such leg is delivered ($(grep -c '^ok' strange.out) rows)" sh -c \
    'tail -n 1 strange.out | grep -q "^1\.\.[1-9]" && ! grep -A1 "^not ok" strange.out'

# Two voices of 20 s; in the customer's the secret is at 13.1 to 13.9 s.
cp table/agent.wav . && sox table/leg.wav in.wav 2>err
python3 -c "
import sys; sys.path.insert(0, '$ROOT/tests')
from leak import *
put('in.wav', wav(pcm(with_secret(words(1, SECONDS)))))
dice = random.Random(3)
put('noise.ulaw', bytes(dice.randrange(256) for _ in range(160000)))"
secret() {
	python3 -c "
import sys; sys.path.insert(0, '$ROOT/tests')
from leak import secret
print(secret('$1'))"
}
# plan CUSTOMER-KEYS [AGENT-KEYS [CUTS]]: makes p.ini; keys are separated by ';'.
plan() {
	{
		printf '[call]\nid = c1\ntype = queue\n[leg customer]\n'
		echo "$1" | tr ';' '\n'
		printf '[leg agent]\n'
		echo "${2:-file = agent.wav}" | tr ';' '\n'
		printf '[plan]\nrecord = yes\n[recording 1]\nstart = 0\nend = 20\n'
		echo "${3-cut = 13 16 payment}"
	} >p.ini
	rm -f x.mp3 x.ini
}
none() { test ! -e x.mp3; }

# Sound is missing at an unknown place: held if something is cut, else marked.
sox in.wav hole.wav trim 0 5 : trim 6.5 2>err
sox in.wav h1.wav trim 0 5; sox in.wav h2.wav trim 6.5; sox h1.wav h2.wav hole.wav
plan 'file = hole.wav;end = 20'
status "a hole in a leg with a cut" 1 recmix -o x.mp3 p.ini
one_line "a hole in a leg with a cut: the message" "customer leg \(hole.wav\) is missing 1.500 s, and something is cut from it: write into its section 'fits = start'.*recmix --accept c1"
ok "a hole in a leg with a cut: nothing is delivered" none
status "nothing is delivered: accepted" 1 recmix --accept c1 -o x.mp3 p.ini
one_line "nothing is delivered: the message" 'c1: customer leg \(hole.wav\) is missing 1.500 s; accepted$'
ok "and marked" grep -q '^missing = 1.500 customer hole.wav$' x.ini
status "another call is accepted" 1 recmix --accept c2 -o y.mp3 p.ini
ok "this one is not" test ! -e y.mp3
plan 'file = hole.wav;end = 20' '' ''
status "a hole and no cut" 1 recmix -o x.mp3 p.ini
one_line "a hole and no cut: the message" 'c1: customer leg \(hole.wav\) is missing 1.500 s$'
ok "is made and marked" grep -q '^missing = 1.500 customer hole.wav$' x.ini
ok "in words, too" grep -q '^doubt = customer leg (hole.wav) is missing 1.500 s$' x.ini
plan 'file = hole.wav' 'file = agent.wav' 'cut = 2 3 pause'
status "the end is unknown: the recording's end counts" 1 recmix -o x.mp3 p.ini
ok "nothing is delivered" none

# The message says what to write: where the sound went on, or which time is certain.
plan 'file = hole.wav;end = 20;at = 5 6.5'
status "at = PLACE TIME" 0 recmix -v -o x.mp3 p.ini
ok "all of it is accounted for" grep -q \
    'customer leg (hole.wav): told 18.500, found 18.500, kept 15.500, cut 3.000, outside 0.000, missing 0.000' err
is "nothing of the secret" "$(secret x.mp3)" 0
plan 'file = hole.wav;end = 20;at = 5 6.5' '' ''
recmix -o x.mp3 p.ini >out
is "which stands in its place" "$(secret x.mp3)" 8
sox in.wav late.wav trim 1.5
plan 'file = late.wav;end = 20;fits = end'
status "fits = end: a late start" 0 recmix -o x.mp3 p.ini
is "nothing of the secret" "$(secret x.mp3)" 0
plan 'file = late.wav;start = 0;end = 20;fits = end'
status "fits = end and a start that was promised" 1 recmix -o x.mp3 p.ini
one_line "fits = end and a start that was promised: the message" 'late.wav\) is missing 1.500 s at its beginning$'
is "nothing of the secret" "$(secret x.mp3)" 0
plan 'file = late.wav;start = 1;fits = none'
status "fits = none with a cut" 1 recmix -o x.mp3 p.ini
one_line "fits = none with a cut: the message" 'has neither a certain start nor end, and something is cut'
sox in.wav early.wav trim 0 18
plan 'file = early.wav;end = 20;fits = start'
status "fits = start: an early end" 1 recmix -o x.mp3 p.ini
one_line "fits = start: an early end: the message" 'early.wav\) is missing 2.000 s at its end$'
is "nothing of the secret" "$(secret x.mp3)" 0
plan 'file = in.wav;end = 14;fits = start'
status "fits = start: more than the call file says" 0 recmix -o x.mp3 p.ini
plan 'file = in.wav;end = 14'
status "longer than its call file says" 1 recmix -o x.mp3 p.ini
one_line "longer than its call file says: the message" 'in.wav\) is 6.000 s longer than the call file says, and something is cut'

# Without start and end: a leg that is longer than the call may have begun before
# it, as where the phone rang, and all its sound be too late. Seen with two legs of
# 23 s of a call of 20 s, and a payment: all of it was delivered.
printf '[recording]\nenabled = yes\n[inbound]\nrecord = yes\nplay_message = no\n[queue ivr/Legal inbound]\nrecord = no\n' >rings.ini
rings() { # END-OF-CALL CUSTOMER-KEYS EVENTS
	{
		printf '[call]\nid = c1\ntype = queue\nqueue = Billing\nstarted = 2026-11-22T10:00:00Z\n[leg customer]\n'
		echo "$2" | tr ';' '\n'
		printf '[leg agent]\nfile = agent.wav\nstart = 0\n[events]\n0 = answer\n'
		echo "$3" | tr ';' '\n'
		echo "$1 = end"
	} >rings-call.ini
	rm -f x.mp3 x.ini
	recpolicy -c rings.ini rings-call.ini >p.ini
}
sox -D in.wav rings.wav pad 3 0
rings 20 'file = rings.wav' '13 = payment-start;14 = payment-end'
status "a leg that began before the call" 1 recmix -o x.mp3 p.ini
one_line "a leg that began before the call: the message" 'rings.wav\) is 3.000 s longer than the call file says, and something is cut'
ok "nothing is delivered" none
is "--audit says the same" "$(recpolicy --audit -c rings.ini rings-call.ini)" \
    "c1: length: customer leg (rings.wav) is 3.000 s longer than the call file says"
sed -i 's/^file = .*rings.wav$/&\nstart = -3/' p.ini
sed -i 's/^start = -3$/end = 20\nfits = end/' p.ini
status "its end is told" 0 recmix -o x.mp3 p.ini
is "its end is told: nothing of the secret" "$(secret x.mp3)" 0
# The first call of rectools-operating(7): recorders stop a little after the call.
rings 20 'file = rings.wav' ''
status "nothing is cut from a leg that is longer than the call" 0 recmix -o x.mp3 p.ini
rings 20 'file = in.wav;start = 0' '13 = payment-start;14 = payment-end'
sox in.wav long.wav pad 0 3
rings 20 'file = long.wav;start = 0' '13 = payment-start;14 = payment-end'
status "one that goes on after the call" 0 recmix -o x.mp3 p.ini
is "one that goes on after the call: nothing of the secret" "$(secret x.mp3)" 0

# The caller goes into a queue that is not recorded, and is heard there: a leg that
# has lost sound has that too early, and is longer than the recording nevertheless.
rings 20 'file = hole.wav' '13 = transfer queue=Legal agent=bob'
status "a hole, and talk after the recording" 1 recmix -o x.mp3 p.ini
one_line "a hole, and talk after the recording: the message" 'hole.wav\) is missing 1.500 s, and something is cut'
ok "nothing is delivered" none
sox in.wav stopped.wav trim 0 13.05
rings 20 'file = stopped.wav' '13 = transfer queue=Legal agent=bob'
status "a recorder that stopped with the recording" 0 recmix -o x.mp3 p.ini

# ADPCM fills its last block (0.25 s at 8 kHz with IMA), so that the length hides a
# loss of less than that.
for kind in adpcm_ima_wav adpcm_ms; do
	for lost in 0.20 0.25 0.31; do
		sox in.wav head.wav trim 0 5
		sox in.wav tail.wav trim "$(python3 -c "print(5 + $lost)")"
		sox head.wav tail.wav short.wav
		ffmpeg -v error -y -i short.wav -c:a "$kind" "$kind.wav"
		plan "file = $kind.wav;end = 20"
		status "$kind without $lost s" 0 recmix -o x.mp3 p.ini
		is "nothing of the secret" "$(secret x.mp3)" 0
	done
done

# Bytes that were inserted push as many out of the end that the header tells.
for kind in wav aiff au caf rf64.wav; do
	case $kind in
	rf64.wav) ffmpeg -v error -y -i in.wav -rf64 always "extra.$kind" ;;
	*) ffmpeg -v error -y -i in.wav "extra.$kind" ;;
	esac
	plan "file = extra.$kind;end = 20"
	status "$kind" 0 recmix -o x.mp3 p.ini
	is "$kind: nothing of the secret" "$(secret x.mp3)" 0
	python3 -c "
x = open('extra.$kind', 'rb').read()
open('extra.$kind', 'wb').write(x[:80044] + x[100000:120000] + x[80044:])"
	rm -f x.mp3
	status "$kind with bytes inserted" 1 recmix -o x.mp3 p.ini
	one_line "$kind with bytes inserted: the message" "extra.$kind\) is damaged, and it is unknown how much is lost, and something is cut"
	ok "nothing is delivered" none
done

plan 'file = hole.wav;at = 5 4;end = 17.5'
status "parts that lie in each other" 1 recmix -o x.mp3 p.ini
one_line "parts that lie in each other: the message" "has 1.000 s more sound before 'at = 5.000' than fits there"

# Speech before the recording: in a leg that is too short it is earlier, so outside
# the recording; in a leg that may be too late it may be inside.
talk() { # CUSTOMER-KEYS: the secret is said just before the recording
	plan "$1" '' ''
	sed -i 's/^start = 0$/start = 14\ntalk_before = yes/' p.ini
	rm -f x.mp3
}
sox -D in.wav early.wav trim 1.5
sox -D in.wav longer.wav pad 0.8 0 trim 0 20.8
talk 'file = in.wav;end = 20'
status "talk before the recording" 0 recmix -o x.mp3 p.ini
is "nothing of the secret" "$(secret x.mp3)" 0
for leg in hole early; do
	talk "file = $leg.wav;end = 20"
	status "and a leg that is missing 1.5 s ($leg)" 1 recmix -o x.mp3 p.ini
	one_line "and a leg that is missing 1.5 s ($leg): the message" 'is missing 1.500 s$'
	is "nothing of the secret" "$(secret x.mp3)" 0
done
talk 'file = longer.wav;end = 20'
status "and one that is 0.8 s longer" 1 recmix -o x.mp3 p.ini
one_line "and one that is 0.8 s longer: the message" 'is 0.800 s longer than the call file says, and people talk before the recording who must not be heard: write '
ok "nothing is delivered" none
talk 'file = longer.wav;start = 0.000;end = 20;fits = end'
status "its end is certain" 0 recmix -o x.mp3 p.ini
is "nothing of the secret" "$(secret x.mp3)" 0
talk 'file = in.wav;end = 20;fits = none'
status "and one whose place is not known" 1 recmix -o x.mp3 p.ini
one_line "and one whose place is not known: the message" 'has neither a certain start nor end, and people talk before'
ok "nothing is delivered" none
sed -i '/talk_before/d' p.ini
status "but where nobody talks" 0 recmix -o x.mp3 p.ini

# An uncertain place widens the cuts.
sox in.wav short.wav trim 0 19.8
plan 'file = short.wav;end = 20' '' 'cut = 13.4 16 payment'
status "0.2 s short" 0 recmix -v -o x.mp3 p.ini
ok "a clock, perhaps" grep -q 'short.wav: its clock was off by +1.0101 %, corrected' err
is "the cut is 0.246 s longer" "$(grep '^samples' x.ini)" 'samples = 137232'
sox in.wav short.wav trim 0 19.8
plan 'file = short.wav' '' 'cut = 13 16 payment'
status "no end given, and 0.2 s short of the recording" 0 recmix -o x.mp3 p.ini
is "not a word" "$(cat err)" ''
is "nothing of the secret" "$(secret x.mp3)" 0
plan 'file = in.wav;within = 1' '' 'cut = 14 16 payment'
status "within 1 s" 0 recmix -o x.mp3 p.ini
is "the cut is 2 s longer" "$(grep '^samples' x.ini)" 'samples = 128000'
is "nothing of the secret" "$(secret x.mp3)" 0

# Legs that cannot be those of the call.
plan 'file = in.wav;start = 3600' 'file = agent.wav;start = 3600'
status "both an hour away" 1 recmix -o x.mp3 p.ini
one_line "both an hour away: the message" 'has its sound at another time than the recording'
plan 'file = in.wav;start = 3600'
status "one side an hour away" 1 recmix -o x.mp3 p.ini
ok "one side an hour away: nothing is delivered" none
plan 'file = in.wav' 'file = in.wav'
status "one file for both sides" 1 recmix -o x.mp3 p.ini
one_line "one file for both sides: the message" 'carries the same sound as the customer leg'
cp in.wav copy.wav; sox in.wav quieter.wav vol 0.3
plan 'file = in.wav' 'file = quieter.wav'
status "the same sound, less loud" 1 recmix -o x.mp3 p.ini
one_line "the same sound, less loud: the message" 'carries the same sound as the customer leg'
# The same sound, later or encoded again: its samples differ.
while IFS='|' read -r label effects said; do
	# shellcheck disable=SC2086
	sox -D in.wav $effects trim 0 20
	plan 'file = in.wav' 'file = late.wav'
	status "the same sound, $label" 1 recmix -o x.mp3 p.ini
	one_line "the same sound, $label: the message" "carries the same sound as the customer leg .in.wav.$said"
done <<'L'
37 ms later|late.wav pad 0.037|, 0.0(35|40) s later
0.7 s later and less loud|late.wav vol 0.7 pad 0.7|, 0.700 s later
as mu-law|-e mu-law -b 8 late.wav pad 0.1375|, 0.1(35|40) s later
the other way round in sign|late.wav vol -1 pad 0.02|, 0.020 s later
L
sox -D in.wav late.wav pad 0.4 trim 0 20
plan 'file = late.wav' 'file = in.wav'
status "the same sound, earlier" 1 recmix -o x.mp3 p.ini
one_line "the same sound, earlier: the message" 'agent leg .in.wav. carries the same sound .*, 0.400 s earlier'
sox -D in.wav late.wav vol 0.2 pad 0.2 trim 0 20
plan 'file = in.wav' 'file = late.wav'
status "a far end that is silent except for an echo" 0 recmix -o x.mp3 p.ini
sox -r 8000 -n -c 1 -b 16 silent.wav trim 0 20
plan 'file = silent.wav'
status "a silent side" 1 recmix -o x.mp3 p.ini
one_line "a silent side: the message" 'customer leg \(silent.wav\) is silent from end to end'
sox -r 8000 -n -e a-law silent.al.wav trim 0 20
plan 'file = silent.al.wav'
status "a silent side in A-law" 1 recmix -o x.mp3 p.ini
sox -R -r 8000 -n -c 1 -b 16 quiet.wav synth 20 pinknoise vol 0.002
plan 'file = quiet.wav'
status "a quiet caller" 0 recmix -o x.mp3 p.ini
plan 'file = noise.ulaw'
status "noise, as SRTP sounds" 1 recmix -o x.mp3 p.ini
one_line "noise, as SRTP sounds: the message" 'is noise without a voice, as if it were encrypted'

# Files without a header.
sox -M in.wav agent.wav both.wav; sox both.wav -t raw both.raw
both='file = both.raw;channels = 2;channel'
plan "$both = 1" "$both = 2"
status "two channels in a .raw" 0 recmix -o x.mp3 p.ini
is "two channels in a .raw: 20 s long" "$(grep '^samples' x.ini)" 'samples = 136000'
sox in.wav -r 16000 -t raw wide.sln
plan 'file = wide.sln;end = 20'
status "16 kHz data named .sln" 1 recmix -o x.mp3 p.ini
one_line "16 kHz data named .sln: the message" 'is 20.000 s longer than the call file says'
sox in.wav -t wav - | head -c 320044 >sizes.wav
printf '\000\000\000\000' | dd of=sizes.wav bs=1 seek=4 conv=notrunc 2>err
printf '\000\000\000\000' | dd of=sizes.wav bs=1 seek=40 conv=notrunc 2>err
plan 'file = sizes.wav;end = 20'
status "a WAV whose sizes are 0" 0 recmix -o x.mp3 p.ini

# In a spool.
recpolicy --init -s sp >out
folder=20261122T100000Z-c1
fill() { # PLAN
	mkdir -m 700 sp/tmp/$folder
	for f in hole.wav agent.wav; do cp $f sp/tmp/$folder; done
	cp p.ini sp/tmp/$folder/plan.ini
	mv sp/tmp/$folder sp/mix
}
list() { (cd "$1" 2>&1 && echo *); }
plan 'file = hole.wav;end = 20'
fill
status "a call that is held" 1 recmix -s sp
one_line "a call that is held: the message" "set aside: customer leg .hole.wav. is missing 1.500 s, and something is cut.*recmix --accept c1"
is "waits in failed/" "$(list sp/failed/$folder)" "agent.wav failed.ini hole.wav plan.ini"
status "another one is accepted" 1 recmix -s sp --accept c2
one_line "another one is accepted: the message" 'no call c2 in failed/'
status "another one is accepted: accepted" 1 recmix -s sp --accept c1
one_line "another one is accepted: the message" 'is missing 1.500 s; mixed nevertheless, the legs are kept in failed/'
is "another one is accepted: goes on" "$(list sp/split/$folder)" "c1.mp3 ticket.ini"
is "its legs are kept" "$(list sp/failed/$folder)" "agent.wav failed.ini hole.wav plan.ini"
ok "marked" grep -q '^missing = 1.500 customer hole.wav$' sp/split/$folder/ticket.ini
is "the audit log" "$(awk '{ print $4 }' sp/audit.log | tr '\n' ' ')" \
    "failed accepted doubtful mixed "
rm -rf sp/split/* sp/failed/*
plan 'file = hole.wav;end = 20' '' ''
fill
status "a call that is marked" 1 recmix -s sp
is "a call that is marked: goes on" "$(list sp/split/$folder)" "c1.mp3 ticket.ini"
is "its legs are kept" "$(list sp/failed/$folder)" "agent.wav failed.ini hole.wav plan.ini"
status "and are not mixed again" 1 recmix -s sp --accept c1
one_line "and are not mixed again: the message" 'does not wait for recmix: its stage is kept'
status "nothing more to do" 0 recmix -s sp
# Its recording is lost if nobody uploads it; its legs are no recording.
mv sp/split/$folder split
RECTOOLS_NOW=2026-11-29T10:00:00Z
export RECTOOLS_NOW
status "the legs are no recording that will be lost" 0 \
    recsweep --clock-ok --warn 1 -s sp
is "the legs are no recording that will be lost: due for the sweep" "$(recsweep --clock-ok -n -s sp)" "sp/failed/$folder"
mv split sp/split/$folder
status "the recording is one" 1 recsweep --clock-ok --warn 1 -s sp
is "only that" "$(cat out)" "sp/split/$folder"
status "both are swept" 0 recsweep --clock-ok -s sp --metrics sweep.prom
one_line "only one is called lost" "sp/split/$folder: deleted, never uploaded"
ok "and counted" grep -qx 'rectools_sweep_unsent_total{spool="sp"} 1' sweep.prom
is "both are in the log" "$(grep ' swept ' sp/audit.log | sed 's/.* //' | sort | tr '\n' ' ')" \
    "legs=kept uploaded=no "
unset RECTOOLS_NOW
rm -rf sp/failed/* sp/split/*

# A fault of the machine leaves the call where it is, and is reported once.
cp in.wav hole.wav
plan 'file = hole.wav'
fill
status "no descriptors" 75 sh -c 'ulimit -n 12; exec recmix -j 1 -s sp'
is "no descriptors: the call stays" "$(list sp/mix/$folder)" "agent.wav hole.wav plan.ini"
sh -c 'ulimit -f 8; exec recmix -j 1 -s sp -w --metrics tries.prom' >out 2>err &
pid=$!
sleep 6
kill -TERM $pid 2>/dev/null
wait $pid
ok "a full disk is reported once ($(wc -l <err))" test "$(wc -l <err)" = 1
tries=$(sed -n 's/^rectools_mix_calls_total{.*outcome="later"} //p' tries.prom)
ok "and tried less and less often ($tries times in 6 s)" \
    test "${tries:-0}" -ge 2 -a "${tries:-9}" -le 5
is "and tried less and less often ($tries times in 6 s): the call stays" "$(ls sp/mix)" "$folder"
rm -rf sp/mix/*

# A thousand legs under the limit that most systems start programs with.
{
	printf '[call]\nid = many\ntype = queue\n[leg customer]\nfile = in.wav\n'
	for i in $(seq 999); do
		printf '[leg agent %d]\nfile = agent.wav\nend = 20\n' "$i"
	done
	printf '[plan]\nrecord = yes\n[recording 1]\nstart = 0\nend = 20\n'
} >many.ini
status "a thousand legs" 0 sh -c 'ulimit -Sn 1024; exec recmix -o thousand.mp3 many.ini'

# A call whose id is the name of its leg, or whose MP3 would have that of one.
ffmpeg -v quiet -i in.wav -b:a 32k first.mp3
ffmpeg -v quiet -i agent.wav -b:a 32k second.mp3
while read -r first second made; do
	mkdir -m 700 sp/tmp/20261122T100000Z-leg-1
	cp first.mp3 sp/tmp/20261122T100000Z-leg-1/"$first"
	cp second.mp3 sp/tmp/20261122T100000Z-leg-1/"$second"
	plan "file = $first" "file = $second" ''
	sed 's/^id = c1/id = leg-1/' p.ini >sp/tmp/20261122T100000Z-leg-1/plan.ini
	mv sp/tmp/20261122T100000Z-leg-1 sp/mix
	status "a call called leg-1, of $first and $second" 0 timeout 60 recmix -s sp
	is "has an MP3 of another name" "$(list sp/split/20261122T100000Z-leg-1)" \
	    "$made ticket.ini"
	rm -r sp/split/20261122T100000Z-leg-1
done <<'N'
leg-1.mp3 leg-2.mp3 leg-1-mixed.mp3
leg-1.mp3 leg-1-mixed.mp3 leg-1-mixed-mixed.mp3
leg-1-mixed.mp3 leg-1.mp3 leg-1-mixed-mixed.mp3
N

# --audit sees what recmix sees, of every kind of leg.
ask() { # KEYS [KEYS]: the audit of a call with such legs
	{
		printf '[call]\nid = a1\ntype = direct\n[leg customer]\n'
		echo "$1" | tr ';' '\n'
		printf '[leg agent]\n'
		echo "${2:-file = agent.wav}" | tr ';' '\n'
		printf '[events]\n0 = answer\n20 = end\n'
	} >a1.ini
	recpolicy --audit a1.ini 2>&1
}
for f in leg.sln leg.ulaw leg.gsm leg.flac leg.ogg leg.opus leg.mp3; do
	python3 - "$f" <<-P
	import os, sys
	sys.path.insert(0, '$ROOT/tests')
	from leak import *
	encode(sys.argv[1][4:], with_secret(words(1, SECONDS)), sys.argv[1])
	P
	is "audit: a good $f" "$(ask "file = $f")" ''
done
python3 -c "
import sys; sys.path.insert(0, '$ROOT/tests')
from leak import *
capture('whole.pcap')"
is "audit: a capture" "$(ask 'file = whole.pcap;channel = 1' \
    'file = whole.pcap;channel = 2')" ''
is "audit: WAV sizes of 0" "$(ask 'file = sizes.wav')" ''
sox agent.wav five.wav trim 0 5
is "audit: the shorter side" "$(ask 'file = in.wav' 'file = five.wav')" \
    'a1: length: agent leg (five.wav) is missing 15.000 s'
is "audit: the same on both sides" "$(ask 'file = in.wav' 'file = in.wav')" \
    'a1: doubtful: agent leg (in.wav) carries the same sound as the customer leg (in.wav)'
is "audit: an hour away" "$(ask 'file = in.wav;start = 3600;end = 3620')" \
    'a1: doubtful: customer leg (in.wav) has its sound at another time than the recording'
mkfifo fifo.wav
is "audit: a named pipe" "$(ask 'file = fifo.wav' | cut -d: -f 1,2)" 'a1: empty'

# Finished recordings: by ticket, by recupload's metadata, by the MP3's own tag.
ask 'file = in.wav' >out
mkdir stored
sed 's/^id = c1/id = a1/' p.ini >p2.ini
printf '[call]\nid = a1\ntype = direct\n[leg customer]\nfile = in.wav\n[leg agent]\nfile = agent.wav\n[plan]\nrecord = yes\n[recording 1]\nstart = 0\nend = 20\n' >p2.ini
recmix -o stored/a1.mp3 p2.ini >out
finished() { recpolicy --audit --tickets stored a1.ini 2>&1; }
is "audit: a ticket" "$(finished)" ''
mv stored/a1.mp3 a1.mp3
mv stored/a1.ini a1.ticket
# damaged LABEL: stored/a1.mp3, without a ticket.
damaged() {
	is "audit: $1" "$(finished)" \
	    'a1: doubtful: stored/a1.mp3: is damaged: a part of it is missing'
}
head -c 5000 a1.mp3 >stored/a1.mp3
damaged "the beginning of an MP3"
head -c -200 a1.mp3 >stored/a1.mp3
damaged "an MP3 without its last frame"
{
	head -c 30000 a1.mp3
	head -c 40000 /dev/zero
	tail -c +30001 a1.mp3
} >stored/a1.mp3
damaged "zeros in an MP3"
sox in.wav silence.wav vol 0
sox -M in.wav silence.wav both.wav
lame --quiet -m d both.wav stored/a1.mp3
printf '[call]\nid = a1\n[file a1.mp3]\nrecording = 1\nrecordings = 1\n' >stored/a1.ini
is "audit: a silent channel of an MP3" "$(finished)" \
    'a1: one-sided: stored/a1.mp3: channel 2 is silent'
rm stored/a1.ini
cp a1.mp3 stored/a1.mp3
is "audit: a tag" "$(finished)" ''
cp a1.ticket stored/a1.ini
printf 'more' >>stored/a1.mp3
changed="stored/a1.mp3: was changed: its SHA-256 is not that of its ticket or metadata"
is "audit: other bytes than those of the ticket" "$(finished)" "a1: doubtful: $changed"
printf '{"object":"b.mp3","sha256":"%s","call":{"id":"a1"}}\n' \
    "$(sha256sum <a1.mp3 | cut -d ' ' -f 1)" >stored/a1.json
rm stored/a1.ini
is "audit: other bytes than those of the metadata" "$(finished)" "a1: doubtful: $changed"
cp a1.mp3 stored/a1.mp3
is "audit: the bytes of the metadata" "$(finished)" ''
rm stored/*
printf '{"object":"b.mp3","sha256":"%s","call":{"id":"a1"},"doubt":"it is missing 1 s"}\n' \
    "$(sha256sum <a1.mp3 | cut -d ' ' -f 1)" >a1.json
# In any order of the directory.
for name in b c d; do
	for order in 'mp3 json' 'json mp3'; do
		for kind in $order; do cp a1.$kind stored/$name.$kind; done
		is "audit: metadata with a doubt ($name, $order)" \
		    "$(finished)" 'a1: doubtful: it is missing 1 s'
		rm stored/$name.*
	done
done
is "audit: none" "$(finished)" 'a1: missing: no recording or ticket names this call'
done_testing
