#!/bin/sh
# Messages: what -t reports of them, what each PBX plays, and recpolicy --message.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1

sox -n -R -r 44100 -c 2 -b 16 up.wav synth 2 pinknoise gain -10
sox up.wav up.ogg
lame --quiet up.wav up.mp3
sox up.wav up.flac
sox -D up.wav -r 8000 -c 1 -b 16 ok.wav
sox -D up.wav -r 16000 -c 1 -b 16 -t wav ok.wav16
sox -D up.wav -r 16000 -c 1 -b 16 high.wav
sox -D up.wav -r 8000 -c 1 -b 24 deep.wav
sox -D up.wav -r 8000 -c 1 -t raw -e signed -b 16 ok.sln
sox -D up.wav -r 8000 -c 1 -t ul ok.ulaw
sox -D up.wav -r 8000 -c 1 -t al ok.alaw
sox -D up.wav -r 8000 -c 1 -t gsm ok.gsm
sox -D up.wav -r 8000 -c 1 -e gsm-full-rate -t wav gsm.WAV
sox -n -r 8000 -c 1 -b 16 silent.wav trim 0 2
sox -n -r 8000 -c 1 -b 16 short.wav synth 0.05 sine 400
sox -n -r 8000 -c 1 -b 16 brief.wav synth 0.49 sine 400 gain -10
sox -n -r 8000 -c 1 -b 16 long.wav synth 61 sine 400 gain -10
sox -D up.wav -r 8000 -c 1 -b 16 quiet.wav gain -30
sox -n -r 8000 -c 1 -b 16 clipped.wav synth 2 square 300 gain 3 2>/dev/null
sox -n -r 8000 -c 1 -b 16 loud.wav synth 2 sine 100
# Overdriven for a moment: 3 ms at a time, 3 % in all.
sox -n -r 8000 -c 1 -b 16 word.wav synth 0.1 sine 100 gain 6 2>/dev/null
sox ok.wav word.wav shouted.wav
sox -D up.wav -r 8000 -c 1 -b 16 -t wav low.wav16
sox -M ok.wav ok.wav ok.wav ok.wav four.wav
sox -n -r 8000 -c 1 -b 16 faint.wav synth 2 sine 400 gain -60
echo text >text.wav
# test FILE PBX: prints what -t reports, "good" or why not.
said() {
	printf '[recording]\npbx = %s\n[inbound]\nrecord = yes\n[messages]\nrecord_inbound = %s\n' \
	    "$2" "$1" >p.ini
	recpolicy -t -c p.ini 2>&1 && echo good
}
while read -r file any asterisk freeswitch; do
	for pbx in any asterisk freeswitch; do
		case $pbx in
		any) wanted=$any ;;
		asterisk) wanted=$asterisk ;;
		*) wanted=$freeswitch ;;
		esac
		case $wanted in
		good) wanted='^good$' ;;
		plays) wanted='plays\? it (.*); recpolicy --message converts it$' ;;
		*) wanted="$file: .*$wanted" ;;
		esac
		ok "-t: $file, $pbx: $wanted" grep -q "$wanted" <<X
$(said "$file" $pbx)
X
	done
done <<'X'
ok.wav good good good
ok.wav16 good good plays
ok.sln good good plays
ok.ulaw good good good
ok.alaw good good good
ok.gsm good good good
gsm.WAV good good good
up.wav good plays good
high.wav good plays good
deep.wav good plays good
up.flac good plays good
up.ogg good plays good
up.mp3 plays plays plays
loud.wav good good good
silent.wav silent silent silent
short.wav 0.05.s 0.05.s 0.05.s
brief.wav 0.49.s 0.49.s 0.49.s
long.wav longer longer longer
quiet.wav quiet quiet quiet
faint.wav -63.dB -63.dB -63.dB
clipped.wav clipped clipped clipped
shouted.wav clipped clipped clipped
low.wav16 plays plays plays
four.wav plays plays plays
text.wav not.an.audio not.an.audio not.an.audio
gone.wav No.such.file No.such.file No.such.file
X

# --message
printf '[inbound]\nrecord = yes\n[messages]\nask_permission = m/ask.mp3\n' >p.ini
for file in up.wav up.ogg up.mp3 up.flac ok.sln; do
	status "--message of $file" 0 recpolicy -c p.ini --message record_inbound --for asterisk $file
	is "--message of $file: the policy's line" "$(cat out)" '[messages]
record_inbound = messages/record_inbound.wav'
	is "--message of $file: as Asterisk plays it" \
	    "$(soxi -r messages/record_inbound.wav) $(soxi -c messages/record_inbound.wav) $(soxi -b messages/record_inbound.wav)" '8000 1 16'
	is "--message of $file: as long" "$(soxi -D messages/record_inbound.wav | cut -c 1-3)" 2.0
	is "--message of $file: -t is content" "$(said messages/record_inbound.wav asterisk)" good
	printf '[inbound]\nrecord = yes\n[messages]\nask_permission = m/ask.mp3\n' >p.ini
done
rms() { sox "$1" -n remix - stats 2>&1 | sed -n 's/^RMS lev dB *\(-[0-9.]*\).*/\1/p'; }
ok "as loud as it was" awk -v a="$(rms up.wav)" -v b="$(rms messages/record_inbound.wav)" \
    'BEGIN { exit !(a < -10 && a - b < 2 && b - a < 2) }'
status "--message where the policy has it, in a language" 0 \
    recpolicy -c p.ini --message ask_permission:es_MX --for asterisk --rate 16000 up.wav
is "a language has its directory, 16 kHz its ending" "$(cat out)" '[messages es_MX]
ask_permission = messages/es_MX/ask_permission.wav16'
status "--message where the policy has it" 0 recpolicy -c p.ini --message ask_permission --for freeswitch --rate 16000 up.wav
is "--message where the policy has it: it goes there" "$(tail -n 1 out) $(soxi -r m/ask.wav)" 'ask_permission = m/ask.wav 16000'
is "the PBX may read it" "$(find m/ask.wav -perm 644)" m/ask.wav
cp m/ask.wav before
for bad in silent short clipped text gone; do
	status "--message of $bad.wav" 1 recpolicy -c p.ini --message ask_permission --for freeswitch $bad.wav
	one_line "--message of $bad.wav" "^recpolicy: $bad.wav: "
	ok "--message of $bad.wav: the old one stays" cmp before m/ask.wav
done
is "nothing else is left" "$(find m messages -name '.*' | wc -l | tr -d ' ')" 0
while IFS='|' read -r options pattern; do
	# shellcheck disable=SC2086
	status "--message $options" 2 recpolicy -c p.ini --message $options up.wav
	one_line "--message $options" "^recpolicy: $pattern"
done <<'X'
record_inbond --for asterisk|unknown message 'record_inbond'; did you mean 'record_inbound'\?
record_inbound|--for is asterisk or freeswitch
record_inbound --for 3cx|--for is asterisk or freeswitch
record_inbound --for asterisk --rate 44100|--rate is 8000 or 16000
record_inbound:../../x --for asterisk|'../../x' is not a language
record_inbound: --for asterisk|'' is not a language
X
status "--message needs a file" 2 recpolicy -c p.ini --message record_inbound --for asterisk
status "--rate needs --message" 2 recpolicy -c p.ini --rate 8000 -t

# The example has its messages, and they are good on either PBX.
for pbx in any asterisk freeswitch; do
	cp -R "$ROOT/examples/messages" "$ROOT/examples/policy.ini" .
	sed "s/^enabled = yes/&\npbx = $pbx/" policy.ini >e.ini
	status "the example's messages for $pbx" 0 recpolicy -t -c e.ini
done

# The filter raises the edges of a square wave above full scale.
sox -n -r 48000 -c 1 -b 16 square.wav synth 2 square 50 gain -0.2
status "--message of a wave with edges" 0 recpolicy --message ask_permission square.wav \
    -c p.ini --for asterisk
crosses() { sox "$1" -n stat 2>&1 | sed -n 's/^Rough *frequency: *//p'; }
ok "its edges are not torn ($(crosses m/ask.wav) Hz)" test "$(crosses m/ask.wav)" -lt 300

# -t --against
printf '%s\n' '[inbound]' 'record = yes' 'play_message = no' \
    '[queue ivr/Biling inbound]' 'record = no' '[queue ivr/sales inbound]' \
    'redaction = no' '[queue web/Legal inbound]' 'record = no' \
    '[queue ivr/Sales outbound]' 'redaction = no' '[outbound]' 'record = yes' \
    'play_message = no' >a.ini
cat >calls.json <<'J'
{"uniqueid":"1.1","channel":"SIP/a-1","lastapp":"Queue","lastdata":"Billing","start":"2026-11-22 10:00:00","answer":"2026-11-22 10:00:01","end":"2026-11-22 10:00:09","disposition":"ANSWERED","duration":9,"billsec":8}
{"uniqueid":"1.2","channel":"SIP/a-2","lastapp":"Queue","lastdata":"SALES","start":"2026-11-22 10:00:00","answer":"2026-11-22 10:00:01","end":"2026-11-22 10:00:09","disposition":"ANSWERED","duration":9,"billsec":8}
J
status "-t --against" 1 recpolicy -t -c a.ini --against calls.json --from asterisk-cdr --zone utc
is "-t --against: the queues that no call had" "$(sort err)" \
"recpolicy: a.ini:10: no outbound call of calls.json was in queue ivr/Sales
recpolicy: a.ini:4: no inbound call of calls.json was in queue ivr/Biling; did you mean 'ivr/Billing' (1 calls)?
recpolicy: a.ini:8: no inbound call of calls.json was in queue web/Legal"
printf '[inbound]\nrecord = yes\nplay_message = no\n[queue ivr/sales inbound]\nredaction = no\n' >a.ini
status "-t --against: all were there" 0 recpolicy -t -c a.ini --against calls.json --from asterisk-cdr --zone utc
sed 's/"Billing"/"Sales\/West"/; s/"SALES"/"Service"/' calls.json >below.json
status "-t --against: one below it was" 0 recpolicy -t -c a.ini --against below.json --from asterisk-cdr --zone utc
printf '[inbound]\nrecord = yes\nplay_message = no\n[queue ivr/Sales inbound]\nredaction = no\n' >b.ini
status "-t --against: one was there after a transfer" 0 recpolicy -t -c b.ini \
    --against "$ROOT/tests/real/asterisk/day.cel.csv"
status "-t --against a log that is none" 2 recpolicy -t -c a.ini --against gone.csv
: >none.csv
status "-t --against a log without a call" 2 recpolicy -t -c a.ini --against none.csv
one_line "-t --against a log without a call" 'none.csv: no call in it'
status "--against needs -t" 2 recpolicy -c a.ini --against calls.json

# Several messages can have the same file: the one that failed is the one that is
# awaited. Else a customer is asked again because a third party heard nothing, or
# the same question is sent again and again.
printf '%s\n' '[inbound]' 'record = yes' 'ask_permission = yes' \
    'if_message_fails = record' 'third_party_message = yes' '[messages]' \
    'record_inbound = ok.wav' 'ask_permission = up.wav' \
    'third_party_message = ok.wav' >same.ini
printf '[call]\nid = s1\ntype = direct\nstarted = 2026-11-22T10:00:00Z\n' >s1.ini
live() { # EVENT...: the answer to the last one
	printf '%s\n' "$@" | RECTOOLS_NOW=2026-11-22T10:01:00Z \
	    recpolicy -c same.ini --live s1.ini 2>err |
	    awk '/^ok .* = end$/ { exit } { block = block $0 "|" }
	        /^ok/ { last = block; block = "" } END { print last }'
}
is "a third party's message failed, which the customer has heard" \
    "$(live '1.000 = announced' '2.000 = consent granted' '3.000 = answer' \
	'4.000 = join third-party 7' '5.000 = message failed ok.wav')" \
    'start|ok 5.000 = message failed ok.wav|'
sed -i 's/up\.wav/ok.wav/' same.ini
is "a question with the file of a message that failed is sent" \
    "$(live '1.000 = message failed ok.wav')" \
    'ask ok.wav|ok 1.000 = message failed ok.wav|'
is "and if it fails as well, not again" \
    "$(live '1.000 = message failed ok.wav' '2.000 = message failed ok.wav')" \
    'ok 2.000 = message failed ok.wav|'
done_testing
