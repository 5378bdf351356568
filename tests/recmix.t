#!/bin/sh
# recmix: mixes the legs of a call into MP3s, which are decoded and measured.
. "$(dirname "$0")/lib.sh"
for need in sox mpg123 python3; do
	have "$need" || { skip "recmix" "no $need"; done_testing; }
done
cd "$T" || exit 1

# sound FILE COMMAND...: measures the decoded MP3 (16 bit, as mpg123 plays it).
#   samples CHANNELS             samples on each channel
#   level CHANNELS C HZ FROM TO  level of a frequency there, dB below full scale
#   loud CHANNELS C FROM TO      level of everything there
#   lag CHANNELS C FROM TO AT LEG  shift at which these samples fit the raw leg
#                                from AT on best, and whether well
cat >sound.py <<'P'
import array, math, subprocess, sys
path, what, channels = sys.argv[1], sys.argv[2], int(sys.argv[3])
raw = subprocess.run("mpg123 -q -s '%s' | cat" % path, shell=True,
    stdout=subprocess.PIPE).stdout
s = array.array('h', raw)
a = [float(x) for x in sys.argv[4:] if not x.endswith('.raw')]
c = int(a[0]) - 1
one = s[c::channels]
def db(x):
    return round(10 * math.log10(x / 32768.0 ** 2 + 1e-12))
if what == 'level':
    hz, lo, hi, rate = a[1], int(a[2]), int(a[3]), 8000
    n = hi - lo
    re = sum(one[lo + i] * math.cos(2 * math.pi * hz * i / rate) for i in range(n))
    im = sum(one[lo + i] * math.sin(2 * math.pi * hz * i / rate) for i in range(n))
    print(db(2 * (re * re + im * im) / n / n))
elif what == 'loud':
    lo, hi = int(a[1]), int(a[2])
    print(db(sum(x * x for x in one[lo:hi]) / (hi - lo)))
elif what == 'lag':
    leg = array.array('h', open(sys.argv[-1], 'rb').read())
    lo, hi, at = int(a[1]), int(a[2]), int(a[3])
    def fit(d):
        x, y = one[lo:hi], leg[at + d:at + d + hi - lo]
        return sum(p * q for p, q in zip(x, y)) / math.sqrt(
            sum(p * p for p in x) * sum(q * q for q in y) + 1)
    best = max(range(-40, 41), key=fit)
    print(best, 'good' if fit(best) > 0.6 else 'poor: %.2f' % fit(best))
P
sound() {
	if [ "$2" = samples ]; then
		echo $(($(mpg123 -q -s "$1" | wc -c) / 2 / $3))
	else
		python3 "$T/sound.py" "$@"
	fi
}
# shellcheck disable=SC2012
list() { ls -A "$@"; }
below() { [ "$1" -lt "$2" ]; }
above() { [ "$1" -gt "$2" ]; }

# The customer: noise in telephone band for 10 s, and 1 kHz from 4 to 6 s; the
# agent: other noise from 1.5 s on, and 1.9 kHz in the pause.
noise() { sox -R -r 8000 -n -c 1 -b 16 "$1" synth 10 "$2" sinc 300-2500 gain -n -9; }
noise c.wav whitenoise
noise a0.wav brownnoise
sox -r 8000 -n -c 1 -b 16 t1.wav synth 2 sine 1000 gain -3 pad 4
sox -r 8000 -n -c 1 -b 16 t2.wav synth 2 sine 1900 gain -3 pad 2.5
sox -m -v 1 c.wav -v 1 t1.wav customer.wav gain -3
sox -m -v 1 a0.wav -v 1 t2.wav agent.wav gain -3
sox customer.wav -t s16 customer.raw
sox agent.wav -t s16 agent.raw
# plan FILE CUSTOMER AGENT [PLAN-LINE...] reads the recordings from stdin.
plan() {
	plan_file=$1
	printf '[call]\nid = c1\ntype = queue\nqueue = Billing\nagent = alice\nstarted = 2026-11-22T10:00:00Z\n' >"$1"
	printf '[leg customer]\nfile = %s\n[leg agent]\nfile = %s\nstart = 1.5\n' "$2" "$3" >>"$1"
	printf '[plan]\nrecord = yes\nchannels = 2\n' >>"$1"
	shift 3
	for line; do printf '%s\n' "$line" >>"$plan_file"; done
	cat >>"$plan_file"
}
one_cut='[recording 1]
start = 0
end = 10
queue = Billing
agent = alice
cut = 4 6 pause'


echo "$one_cut" | plan p.ini customer.wav agent.wav
status "legs twice" 2 recmix -L customer=a.wav -o x.mp3 b.wav
ok "legs twice: the reason" grep -q 'legs are arguments or --leg, not both' err
status "a plan is mixed" 0 recmix -o made p.ini
is "its path is printed" "$(cat out)" made/c1.mp3
is "and nothing is reported" "$(cat err)" ""
is "exactly the kept samples are played" "$(sound made/c1.mp3 samples 2)" 64000
is "the ticket has the same" "$(grep '^samples' made/c1.ini)" "samples = 64000"
is "and the SHA-256" "$(sed -n 's/^sha256 = //p' made/c1.ini)" \
    "$(sha256sum <made/c1.mp3 | cut -d' ' -f1)"
is "nothing else is made" "$(list made | tr '\n' ' ')" "c1.ini c1.mp3 "
is "before the cut the customer is at lag 0" \
    "$(sound made/c1.mp3 lag 2 1 16000 19000 16000 customer.raw)" "0 good"
is "and behind it" \
    "$(sound made/c1.mp3 lag 2 1 40000 43000 56000 customer.raw)" "0 good"
is "the agent is 1.5 s later, at lag 0" \
    "$(sound made/c1.mp3 lag 2 2 16000 19000 4000 agent.raw)" "0 good"
is "and behind the cut" \
    "$(sound made/c1.mp3 lag 2 2 40000 43000 44000 agent.raw)" "0 good"
tone_gone() {
	below "$(sound "$1" level 2 1 1000 31000 33000)" -40 &&
	    below "$(sound "$1" level 2 2 1900 31000 33000)" -40
}
ok "the tones of the pause are on neither channel" tone_gone made/c1.mp3
sed '/^cut/d' p.ini >whole.plan
recmix -o whole.mp3 whole.plan >out
ok "which they are without the cut" above \
    "$(sound whole.mp3 level 2 1 1000 34000 46000)" -20
ok "on the agent's side also" above \
    "$(sound whole.mp3 level 2 2 1900 34000 46000)" -20

# Each speaker is only on their own channel.
sox -r 8000 -n -c 1 -b 16 quiet.wav trim 0 10
sox -r 8000 -n -c 1 -b 16 tone.wav synth 10 sine 1000 gain -3
recmix -o left.mp3 tone.wav quiet.wav >out
ok "the customer is on channel 1" above "$(sound left.mp3 loud 2 1 8000 72000)" -10
ok "and not on channel 2" below "$(sound left.mp3 loud 2 2 8000 72000)" -90
recmix -o right.mp3 quiet.wav tone.wav >out
ok "the agent is on channel 2" above "$(sound right.mp3 loud 2 2 8000 72000)" -10
ok "and not on channel 1" below "$(sound right.mp3 loud 2 1 8000 72000)" -90

# Redaction styles that keep the length.
for style in silence tone; do
	echo "$one_cut" | plan $style.plan customer.wav agent.wav "redaction_style = $style"
	recmix -o $style.mp3 $style.plan >out
	is "$style keeps the clock" "$(sound $style.mp3 samples 2)" 80000
	ok "$style: nothing of the customer's" below \
	    "$(sound $style.mp3 level 2 1 1000 34000 46000)" -40
	ok "$style: nothing of the agent's" below \
	    "$(sound $style.mp3 level 2 2 1900 34000 46000)" -40
done
ok "silence is silent" below "$(sound silence.mp3 loud 2 1 34000 46000)" -80
ok "tone is a tone" above "$(sound tone.mp3 level 2 2 440 34000 46000)" -24
recmix --pad 0.5 -o padded.mp3 p.ini >out
is "--pad takes more" "$(sound padded.mp3 samples 2)" 56000

# Segments, names, mono, tags.
printf '%s\n' '[recording 1]' 'start = 0' 'end = 4' 'queue = Billing' \
    '[recording 2]' 'start = 5' 'end = 9.5' 'queue = Sales' 'agent = bob' |
    plan two.ini customer.wav agent.wav
recmix -o two <two.ini >out
is "a file for each segment" "$(cat out)" "two/c1-1.mp3
two/c1-2.mp3"
is "the first has its length" "$(sound two/c1-1.mp3 samples 2)" 32000
is "the second has its own" "$(sound two/c1-2.mp3 samples 2)" 36000
is "the second begins where it should" \
    "$(sound two/c1-2.mp3 lag 2 1 16000 19000 56000 customer.raw)" "0 good"
ok "its ticket holds its queue" grep -q '^queue = Sales' two/c1-2.ini
ok "and its place" grep -q '^recordings = 2' two/c1-2.ini
status "two recordings do not fit in one file" 2 recmix -o one.mp3 two.ini
one_line "two recordings do not fit in one file: reported" 'one.mp3: one file cannot take'
tags=$(tr -d '\0' <two/c1-2.mp3 | strings -n 3 | head -n 40 | tr '\n' ' ')
for tag in c1 2/2 bob Sales 2026-11-22T10:00:05; do
	is "tag: $tag" "$(echo "$tags" | grep -c -- "$tag")" 1
done
ok "chapters around a cut" grep -aq CTOC made/c1.mp3
is "chapters: and why it was cut" "$(strings made/c1.mp3 | grep -o 'from [0-9.]* s.*s[ea]')" \
    'from 6.000 s, after pause'
recmix --mono -o mono.mp3 customer.wav agent.wav >out
is "mono has one channel" "$(sound mono.mp3 samples 1)" 80000
sox -r 8000 -n -c 1 -b 16 loud.wav synth 2 square 300 gain -0.1
recmix --mono -o limited.mp3 --bitrate 64 loud.wav loud.wav >out
ok "mono is limited, not halved" above "$(sound limited.mp3 loud 1 1 2000 12000)" -3

# Formats: each is the customer, aligned.
want() { is "$1" "$(sound x.mp3 lag 2 1 16000 19000 16000 customer.raw)" "0 good"; }
mixed() { rm -f x.mp3; recmix -o x.mp3 "$1" agent.wav >out 2>err; }
sox customer.wav -e mu-law mu.wav; sox customer.wav -e a-law al.wav
sox customer.wav -e gsm-full-rate g.wav; sox customer.wav -b 24 p24.wav
sox customer.wav -e floating-point fl.wav; sox customer.wav c.flac
sox customer.wav -t raw -e mu-law c.ulaw; sox customer.wav -t raw -e a-law c.alaw
sox customer.wav -t s16 c.sln; sox customer.wav c.gsm; cp c.ulaw c.PCMU
for f in mu.wav al.wav g.wav p24.wav fl.wav c.flac c.ulaw c.alaw c.sln c.gsm c.PCMU; do
	mixed $f && want "format $f"
done
# A recorder that was killed has not filled in the sizes.
# shellcheck disable=SC2059
poke() { printf "$2" | dd of="$1" bs=1 seek="$3" conv=notrunc 2>err; }
cp customer.wav zero.wav; poke zero.wav '\000\000\000\000' 40
cp customer.wav ones.wav; poke ones.wav '\377\377\377\377' 40
poke ones.wav '\377\377\377\377' 4
for f in zero.wav ones.wav; do
	mixed $f && want "size of $f"
	is "all of $f" "$(sound x.mp3 samples 2)" 80000
done
sox customer.wav -r 16000 wide.wav
recmix -r 8000 -o x.mp3 wide.wav agent.wav >out
want "16 kHz beside 8 kHz"
recmix -o x.mp3 wide.wav agent.wav >out
is "the higher rate is taken" "$(grep '^rate' x.ini)" "rate = 16000"
sox -M customer.wav agent.wav both.wav
recmix -o x.mp3 both.wav >out
want "one file with both sides"
is "its second channel" \
    "$(sound x.mp3 lag 2 2 16000 19000 16000 agent.raw)" "0 good"

# Sample counts at every rate and at awkward lengths, and threads.
for rate in 8000 11025 12000 16000 22050 24000 32000 44100 48000; do
	sox -R -r $rate -n -c 1 -b 16 n.wav synth 12345s pinknoise
	recmix -o x.mp3 n.wav n.wav >out
	is "samples at $rate Hz" "$(sound x.mp3 samples 2)" 12345
	recmix --mono -o x.mp3 n.wav >out
	is "samples at $rate Hz, mono" "$(sound x.mp3 samples 1)" 12345
done
for n in 1 575 576 577 1151 1152; do
	sox -R -r 8000 -n -c 1 -b 16 n.wav synth ${n}s whitenoise
	recmix -o x.mp3 n.wav n.wav >out
	is "a call of $n samples" "$(sound x.mp3 samples 2)" "$n"
done
sox -R -r 8000 -n -c 1 -b 16 long1.wav synth 120 pinknoise
sox -R -r 8000 -n -c 1 -b 16 long2.wav synth 120 brownnoise
for j in 1 2 5; do
	recmix -j $j -o long.mp3 long1.wav long2.wav >out
	is "the same bytes with -j $j" "$(sha256sum <long.mp3)" \
	    "${first_sum:=$(sha256sum <long.mp3)}"
done
is "chunks lose no sample" "$(sound long.mp3 samples 2)" 960000

# --verify accepts all of that, but not another file.
for style in cut silence tone; do
	echo "$one_cut" | plan $style.plan customer.wav agent.wav "redaction_style = $style"
	status "--verify: $style" 0 recmix --verify -o x.mp3 $style.plan
done
status "--verify: mono at 44100 Hz" 0 recmix --verify --mono -r 44100 -o x.mp3 p.ini
for n in 1 577; do
	sox -R -r 8000 -n -c 1 -b 16 n.wav synth ${n}s whitenoise
	status "--verify: $n samples" 0 recmix --verify -o x.mp3 n.wav n.wav
done
status "--verify: one side is silent" 0 recmix --verify -o x.mp3 tone.wav quiet.wav

# Wrong input: one line, the right status, nothing left.
sox -r 8000 -n -c 1 -b 16 empty.wav trim 0 0
: >nothing.wav; echo 'this is no audio' >text.wav; mkdir folder.wav
head -c 40 customer.wav >cut.wav
for f in none.wav empty.wav nothing.wav text.wav folder.wav cut.wav; do
	status "$f" 1 recmix -o bad.mp3 customer.wav $f
	one_line "$f" "recmix: .*$f: "
done
echo "$one_cut" | plan nolegs.ini none1.wav none2.wav
status "a plan whose legs do not exist" 1 recmix -o bad.mp3 nolegs.ini
one_line "a plan whose legs do not exist: the message" 'nolegs.ini: none1.wav: No such file or directory; no leg'
echo "$one_cut" | plan oneleg.ini customer.wav none2.wav
status "one leg does not exist: silence" 1 recmix -o x.mp3 oneleg.ini
one_line "one leg does not exist: silence: the message" 'none2.wav: No such file.*silence'
is "and the full length" "$(sound x.mp3 samples 2)" 64000
status "no plan" 1 recmix -o bad none.ini
echo "$one_cut" | sed 's/^end.*/end = soon/' | plan badplan.ini customer.wav agent.wav
status "a wrong plan" 2 recmix -o bad badplan.ini
one_line "a wrong plan: the message" 'badplan.ini:[0-9]+: '
sed 's/^id.*/id = a\/b/' p.ini >slash.ini
status "a call id with a slash" 2 recmix -o bad slash.ini
one_line "a call id with a slash: the message" 'slash.ini:2: '
sed 's/record = yes/record = no/' p.ini >no.ini
status "a plan that does not record" 0 recmix -o bad no.ini
is "a plan that does not record: silent" "$(cat out err)" ""
status "a wrong rate" 2 recmix -r 9000 p.ini
status "a wrong option" 2 recmix --nonsense
cp customer.wav own.mp3
status "a leg is not written over" 1 recmix -o own.mp3 own.mp3 agent.wav
ok "it is still there" cmp -s own.mp3 customer.wav
ok "nothing half-made" test ! -e bad.mp3
is "nor anywhere else" "$(find . -name '.*' -type f ! -name .ok)" ""

# kill -9 at any moment, then again.
recmix -o made long1.wav long2.wav >out
wanted=$(sha256sum <made/long1.mp3)
for wait in 0.00 0.01 0.02 0.03 0.05 0.07 0.09 0.12; do
	recmix -o kill long1.wav long2.wav >out 2>&1 &
	pid=$!
	sleep $wait
	kill -9 $pid 2>/dev/null
	wait $pid 2>/dev/null
	if [ -e kill/long1.mp3 ] &&
	    [ "$(sha256sum <kill/long1.mp3)" != "$wanted" ]; then
		ok "killed after $wait s: half-made under its name" false
	fi
done
recmix -o kill long1.wav long2.wav >out
is "killed often, then complete" "$(sha256sum <kill/long1.mp3)" "$wanted"
is "and there is one of it" "$(list kill | tr '\n' ' ')" "long1.ini long1.mp3 "

# The spool.
mkdir -m 700 sp
for stage in tmp mix split upload failed; do mkdir -m 700 sp/$stage; done
: >sp/.rectools
folder=20261122T100000Z-c1
fill() {
	mkdir -m 700 sp/tmp/$folder
	cp long1.wav sp/tmp/$folder/leg-1.wav
	cp long2.wav sp/tmp/$folder/leg-2.wav
	printf '%s\n' '[recording 1]' 'start = 0' 'end = 60' \
	    '[recording 2]' 'start = 60' 'end = 120' 'cut = 70 80 pause' |
	    plan sp/tmp/$folder/plan.ini leg-1.wav leg-2.wav
	mv sp/tmp/$folder sp/mix
}
in_split="c1-1.mp3 c1-2.mp3 ticket.ini "
fill
status "a spool" 0 recmix -s sp
is "a spool: silent" "$(cat out err)" ""
is "the call moved on, its legs are gone" \
    "$(list sp/split/$folder | tr '\n' ' ')" "$in_split"
is "the log has it" "$(awk '{ print $3, $4 }' sp/audit.log)" "c1 mixed"
wanted=$(cat sp/split/$folder/* | sha256sum)
# Restart after ticket.ini was written: legs are removed, nothing is mixed again.
mkdir -m 700 sp/mix/$folder
cp sp/split/$folder/* sp/mix/$folder
rm -r sp/split/$folder
plan sp/mix/$folder/plan.ini leg-1.wav leg-2.wav </dev/null
cp long2.wav sp/mix/$folder/leg-2.wav
status "restart behind ticket.ini" 0 recmix -s sp
is "removes what is left" "$(list sp/split/$folder | tr '\n' ' ')" "$in_split"
for wait in 0.00 0.02 0.04 0.06 0.08 0.10 0.13; do
	rm -rf sp/split/$folder sp/mix/$folder
	fill
	recmix -s sp >out 2>&1 &
	pid=$!
	sleep $wait
	kill -9 $pid 2>/dev/null
	wait $pid 2>/dev/null
	recmix -s sp >out 2>&1
	is "killed after $wait s in the spool, then complete" \
	    "$(cat sp/split/$folder/* | sha256sum)" "$wanted"
	is "and there is one of it" "$(list sp/mix sp/split | tr '\n' ' ')" \
	    "sp/mix:  sp/split: $folder "
done
rm -rf sp/split/$folder
fill
echo text >sp/mix/$folder/leg-1.wav
status "no audio in the spool" 1 recmix -s sp
one_line "no audio in the spool: the message" 'leg-1.wav: not an audio file'
ok "it is set aside with the reason" grep -q 'not an audio file' \
    sp/failed/$folder/failed.ini
ok "with its legs" test -e sp/failed/$folder/leg-2.wav
rm -rf sp/failed/$folder
fill
rm sp/mix/$folder/leg-1.wav
status "a leg that is gone from the spool" 1 recmix -s sp
one_line "a leg that is gone from the spool: the message" "^recmix: $folder: leg-1.wav: No such file.* is silence in the recording; mixed nevertheless, the legs are kept in failed/$"
is "what is left of it is kept" "$(list sp/failed/$folder | tr '\n' ' ')" \
    "failed.ini leg-2.wav plan.ini "
rm -rf sp/split/$folder sp/failed/$folder
recmix -s sp -w >out 2>err &
pid=$!
sleep 0.2
fill
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	[ -e sp/split/$folder/ticket.ini ] && break
	sleep 0.1
done
kill -TERM $pid
wait $pid
is "the watcher ends cleanly" "$?" 0
is "the watcher mixed it" "$(list sp/split/$folder | tr '\n' ' ')" "$in_split"
# put NAME ID LEG SECONDS: a call of two such legs into mix/.
put() {
	mkdir -m 700 "sp/tmp/$1"
	cp "$3" "sp/tmp/$1/l1.wav"
	cp long2.wav "sp/tmp/$1/l2.wav"
	printf '%s\n' '[recording 1]' 'start = 0' "end = $4" |
	    plan p1.ini l1.wav l2.wav
	sed "s/^id = .*/id = $2/" p1.ini >"sp/tmp/$1/plan.ini"
	mv "sp/tmp/$1" sp/mix
}
# Many calls by several workers are the same as one after the other.
rm -rf sp/split/*
for j in 1 3; do
	for i in 10 11 12 13 14 15 16 17 18; do
		put "20261122T1000${i}Z-m$i" m$i long1.wav 20
	done
	status "nine calls, -j $j" 0 recmix -j $j -s sp
	is "all have moved on" "$(find sp/mix sp/split -name 'm*.mp3' | wc -l)" 9
	sum=$(cat sp/split/*/* | sha256sum)
	is "the same bytes with -j $j" "$sum" "${nine:=$sum}"
	is "no leg is left" "$(find sp -name 'l?.wav')" ""
	rm -rf sp/split/*
done
# A short call does not wait for a long one that was started before it.
sox long1.wav -e gsm-full-rate hours.wav repeat 89
recmix -j 2 -s sp -w >out 2>err &
pid=$!
put 20261122T100000Z-long long hours.wav 10000
n=0
until list sp/mix/*-long | grep -q new || [ $((n += 1)) -gt 200 ]; do
	sleep 0.05
done
put 20261122T100001Z-short short long1.wav 10
n=0
until [ -e sp/split/20261122T100001Z-short ] || [ $((n += 1)) -gt 400 ]; do
	sleep 0.05
done
ok "a short call overtakes a long one" test -d sp/mix/20261122T100000Z-long
kill -TERM $pid
wait $pid
is "the watcher ends after what is at hand" \
    "$? $(list sp/split | tr '\n' ' ')" \
    "0 20261122T100000Z-long 20261122T100001Z-short "
rm -rf sp/split/*
# With --verify only a verified call moves on. Sound that the encoder's low-pass
# removes is not a fault; an encoder that loses loud sound is one.
sox -r 8000 -n -c 1 -b 16 high.wav synth 5 sine 3950 gain -3
status "--verify: a tone above the low-pass" 0 recmix --verify -o x.mp3 high.wav
sox -R -r 48000 -n -c 1 -b 16 high.wav synth 5 sine 300 gain -30 synth sine mix 21000 gain -3
status "--verify: most of it is above the low-pass" 0 recmix --verify -o x.mp3 high.wav
sox -r 8000 -n -c 1 -b 16 loud.wav synth 5 sine 300
put 20261122T100000Z-good good long1.wav 20
put 20261122T100001Z-bad bad loud.wav 5
make -s -C "$ROOT" build/deaf.so
status "--verify in a spool" 1 \
    env LD_PRELOAD="$ROOT/build/deaf.so" \
    ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0" \
    recmix --verify -s sp
one_line "what is reported" 'bad.*the MP3 is missing sound on channel 1'
is "the good call moves on" "$(list sp/split)" 20261122T100000Z-good
is "the bad one keeps its legs" \
    "$(list sp/failed/20261122T100001Z-bad | tr '\n' ' ')" \
    "failed.ini l1.wav l2.wav plan.ini "
status "a directory that is no spool" 2 recmix -s made
# The ticket of a recording never overwrites a call file.
mkdir beside
cp c.wav beside
printf '[call]\nid = z\ntype = direct\n[leg customer]\nfile = c.wav\n' \
    >beside/z.ini
cp beside/z.ini z.kept
status "a call file beside the MP3" 1 recmix -o beside/z.mp3 c.wav agent.wav
one_line "a call file beside the MP3" 'z.ini: exists and is not a ticket'
ok "stays as it was" cmp beside/z.ini z.kept
is "and no MP3 is made" "$(ls beside)" "c.wav
z.ini"
status "another name" 0 recmix -o beside/y.mp3 c.wav agent.wav
status "may be made again" 0 recmix -o beside/y.mp3 c.wav agent.wav

# How other tools decode very short recordings.
if have ffprobe; then
	for s in 1 160 400 1200 3200 8000; do
		sox -r 8000 -n -b 16 -c 1 tiny.wav synth ${s}s sine 440 gain -6
		recmix -o tiny.mp3 tiny.wav >/dev/null
		is "$s samples: ffprobe warns of nothing" \
		    "$(ffprobe -v warning tiny.mp3 2>&1)" ""
		is "$s samples: all are played" \
		    "$(sh -c 'mpg123 -q -s tiny.mp3 | wc -c')" $((s * 4))
		rm tiny.mp3 tiny.ini
	done
fi
done_testing
