#!/bin/sh
# recpolicy: the ten call types, the queue tree, consent, redaction, transfers,
# who leaves, wrong input, and entering a spool.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1

# policy LINE...: writes policy.ini, with every message if the lines have none.
policy() {
	printf '%s\n' "$@" >policy.ini
	grep -q '^\[messages\]' policy.ini || all_messages >>policy.ini
}
all_messages() {
	printf '[messages]\n'
	printf '%s = m.wav\n' record_inbound record_outbound ask_permission \
	    third_party_message ask_third_party
}
sox -n -r 8000 -c 1 m.wav synth 1.5 sine 400
cp m.wav in.wav
cp m.wav ask.wav
# call TYPE QUEUE EVENT...: writes call.ini with two legs.
call() {
	{
		printf '[call]\nid = c1\ntype = %s\nagent = alice\n' "$1"
		[ -z "$2" ] || printf 'queue = %s\n' "$2"
		printf '%s\n' '[leg customer]' 'file = in.wav' '[leg agent]' \
		    'file = out.wav' 'start = 1' '[events]'
		shift 2
		printf '%s\n' "$@"
	} >call.ini
}
# kept: prints what the plan keeps, "start-end(cut-cut)...", or "no: reason".
kept() {
	recpolicy -c policy.ini call.ini 2>&1 | awk -F ' = ' '
	/has no end, and/ { next }
	/^record = no/ { no = 1 }
	/^reason = / && no { printf "no: %s", $2 }
	/^start = / && rec { printf "%s%s-", n++ ? " " : "", $2 + 0 }
	/^\[recording / { rec = 1 }
	/^end = / { printf "%s", $2 + 0 }
	/^cut = / { split($2, c, " "); printf "(%s-%s %s)", c[1] + 0, c[2] + 0, c[3] }
	/^recpolicy: / { printf "%s", $0 }'
}
messages() { recpolicy -c policy.ini call.ini | sed -n 's/^message = //p' | tr '\n' ' '; }

# Each type belongs to its class: only that class records.
while read -r type class; do
	call "$type" '' '2 = answer' '9 = end'
	for c in inbound callback outbound; do
		policy "[$c]" 'record = yes'
		wanted='no: built in: record'
		[ "$c" != "$class" ] || wanted=2-9
		is "$type with a policy for $c" "$(kept)" "$wanted"
	done
done <<'X'
queue inbound
direct inbound
enduser-to-agent inbound
overcapacity-callback callback
scheduled-callback callback
dialpad outbound
click-to-call outbound
voicemail-callback outbound
hangup-callback outbound
third-party-add outbound
X

# The nearest menu above decides, key by key.
policy '[inbound]' 'record = no' '[queue ivr/A inbound]' 'record = yes' \
    '[queue ivr/A/B inbound]' 'redaction = no' '[queue ivr/A/B/C inbound]' \
    'record = no' '[queue ivr/Second Line inbound]' 'record = yes' \
    '[queue ivr/A outbound]' 'record = no'
while IFS='|' read -r queue wanted; do
	call queue "$queue" '1 = answer' '3 = pause' '4 = resume' '9 = end'
	is "queue '$queue'" "$(kept)" "$wanted"
done <<'X'
|no: policy.ini:2 [inbound] record
Z|no: policy.ini:2 [inbound] record
A|1-9(3-4 pause)
A/x/y|1-9(3-4 pause)
A/B|1-9
A/B/D|1-9
A/B/C|no: policy.ini:8 [queue ivr/A/B/C inbound] record
A/B/C/D|no: policy.ini:8 [queue ivr/A/B/C inbound] record
AB|no: policy.ini:2 [inbound] record
Second Line|1-9(3-4 pause)
X
policy '[recording]' 'enabled = no' '[inbound]' 'record = yes'
call queue A '1 = answer' '9 = end'
is "enabled = no" "$(kept)" 'no: policy.ini:2 [recording] enabled'
status "do not record is status 1" 1 recpolicy -c policy.ini call.ini

# Consent, the announcement, and where a recording begins.
while IFS='|' read -r ask events wanted; do
	policy '[inbound]' 'record = yes' "ask_permission = $ask"
	# shellcheck disable=SC2046
	call queue '' $(printf '%s' "$events" | tr ' ,' '~ ')
	sed 's/~/ /g' call.ini >c && mv c call.ini
	is "ask=$ask: $events" "$(kept)" "$wanted"
done <<'X'
yes|1 = answer,3 = consent granted,9 = end|3-9
yes|2 = consent granted,4 = answer,9 = end|4-9
yes|1 = answer,3 = consent declined,9 = end|no: call.ini:12 consent declined
yes|1 = answer,3 = consent none,9 = end|no: policy.ini:3 [inbound] ask_permission: no answer
yes|1 = answer,3 = consent none,5 = consent granted,9 = end|5-9
yes|1 = answer,9 = end|no: policy.ini:3 [inbound] ask_permission: no consent in the call
yes|1 = answer,3 = consent granted,5 = consent declined,9 = end|no: call.ini:13 consent declined
yes|1 = answer,3 = consent declined,5 = consent granted,9 = end|no: call.ini:12 consent declined
no|1 = answer,9 = end|1-9
no|1 = answer,4 = announced,9 = end|4-9
no|1 = announced,4 = answer,9 = end|4-9
no|0 = announcing,4 = answer,9 = end|no: call.ini: messages not heard
no|1 = answer,0 = announcing,4 = announced,9 = end|4-9
no|1 = answer,3 = consent declined,9 = end|no: call.ini:12 consent declined
no|1 = answer,9 = end,11 = consent declined|no: call.ini:13 consent declined
no|1 = answer,3 = consent none,9 = end|1-9
no|5 = end|no: call.ini: not answered
no|5 = end,6 = answer|no: call.ini: not answered
no|9 = end,1 = answer|1-9
no|5 = answer,5 = end|no: call.ini: nothing is left to record
no|1 = answer,5 = consent none|1-5
no||no: call.ini: not answered
X

# Pause and payment: overlapping, open, repeated, without a beginning.
policy '[inbound]' 'record = yes' '[queue ivr/Off inbound]' 'redaction = no'
while IFS='|' read -r queue events wanted; do
	# shellcheck disable=SC2046
	call queue "$queue" $(printf '%s' "1 = answer,$events" | tr ' ,' '~ ')
	sed 's/~/ /g' call.ini >c && mv c call.ini
	is "cut${queue:+ in $queue}: $events" "$(kept)" "$wanted"
done <<'X'
|2 = pause,4 = resume,9 = end|1-9(2-4 pause)
|2 = pause,3 = pause,4 = resume,5 = resume,9 = end|1-9(2-4 pause)
|2 = pause,9 = end|1-9(2-9 pause)
|2 = payment-start,9 = end|1-9(2-9 payment)
|2 = pause,3 = payment-start,4 = resume,5 = payment-end,9 = end|1-9(2-5 pause+payment)
|2 = payment-start,3 = pause,4 = resume,5 = payment-end,9 = end|1-9(2-5 pause+payment)
|2 = pause,3 = resume,3 = payment-start,5 = payment-end,9 = end|1-9(2-3 pause)(3-5 payment)
|2 = resume,3 = payment-end,9 = end|1-9
|4 = resume,2 = pause,9 = end|1-9(2-4 pause)
|3 = pause,3 = resume,9 = end|1-9
|0 = pause,3 = resume,9 = end|1-9(1-3 pause)
|5 = end,7 = pause|1-5
|0 = pause,9 = end|no: call.ini: nothing is left to record
Off|2 = pause,4 = resume,9 = end|1-9
Off|2 = payment-start,4 = payment-end,9 = end|1-9(2-4 payment)
X
policy '[recording]' 'redaction_style = tone' '[inbound]' 'record = yes'
call queue '' '1 = answer' '1 = pause' '9 = end'
is "a tone over all of it is still a recording" "$(kept)" '1-9(1-9 pause)'
ok "its style" grep -qx 'redaction_style = tone' <<X
$(recpolicy -c policy.ini call.ini)
X

# Transfers.
for separation in none per-segment; do
	policy '[recording]' "separation = $separation" '[inbound]' \
	    'record = yes' '[queue ivr/Off inbound]' 'record = no' \
	    '[queue ivr/NoRed inbound]' 'redaction = no' \
	    '[queue ivr/Ask inbound]' 'ask_permission = yes'
	while IFS='|' read -r events none segments; do
		# shellcheck disable=SC2046
		call queue A $(printf '%s' "1 = answer,$events" | tr ' ,' '~ ')
		sed 's/~/ /g' call.ini >c && mv c call.ini
		wanted=$segments
		[ "$separation" != none ] || wanted=$none
		is "$separation: $events" "$(kept)" "$wanted"
	done <<'X'
5 = transfer queue=B agent=bob,9 = end|1-9|1-5 5-9
5 = transfer agent=bob,9 = end|1-9|1-5 5-9
5 = transfer queue=Off,9 = end|1-5|1-5
5 = transfer queue=Off,7 = transfer queue=A,9 = end|1-9(5-7 queue-not-recorded)|1-5 7-9
3 = pause,5 = transfer queue=B,7 = resume,9 = end|1-9(3-7 pause)|1-5(3-5 pause) 5-9(5-7 pause)
3 = pause,5 = transfer queue=NoRed,7 = resume,9 = end|1-9(3-5 pause)|1-5(3-5 pause) 5-9
5 = transfer queue=NoRed,6 = pause,7 = resume,9 = end|1-9|1-5 5-9
3 = payment-start,5 = transfer queue=NoRed,7 = payment-end,9 = end|1-9(3-7 payment)|1-5(3-5 payment) 5-9(5-7 payment)
5 = transfer queue=Ask,9 = end|1-5|1-5
5 = transfer queue=Ask,7 = consent granted,9 = end|1-9(5-7 no-consent)|1-5 7-9
0 = transfer queue=B,9 = end|1-9|1-9
X
done
is "the second segment's queue and agent" "$(
	call queue A '1 = answer' '5 = transfer queue=B agent=bob' '9 = end'
	recpolicy -c policy.ini call.ini | sed -n '/recording 2/,/^$/p' |
	    grep -E 'queue|agent' | tr '\n' ' ')" 'queue = ivr/B agent = bob '

# Who leaves, with the settings that let the others be recorded.
while IFS='|' read -r settings leaving events wanted; do
	# shellcheck disable=SC2046
	policy '[recording]' $(printf '%s' "$settings" | sed 's/[a-z_]*/continue_& = yes/g' | tr ' ,' '~ ') \
	    '[leaving]' $(printf '%s' "$leaving" | sed 's/[a-z]*/allow_&_to_leave = yes/g' | tr ' ,' '~ ') \
	    '[inbound]' 'record = yes'
	sed 's/~/ /g; /^continue_ =/d; /^allow__to/d' policy.ini >c && mv c policy.ini
	# shellcheck disable=SC2046
	call queue '' $(printf '%s' "1 = answer,$events,9 = end" | tr ' ,' '~ ')
	sed 's/~/ /g' call.ini >c && mv c call.ini
	is "continue '$settings', leave '$leaving': $events" "$(kept)" "$wanted"
done <<'X'
||4 = leave agent|1-4
||4 = leave customer|1-4
||2 = join third-party +15550100,4 = leave agent|1-4
with_third_party||2 = join third-party 1,4 = leave agent|1-4
with_third_party|agent|2 = join third-party 1,4 = leave agent|1-9
with_third_party|agent|4 = leave agent|1-4
with_third_party|agent|2 = join emergency 911,4 = leave agent|1-4
with_emergency|agent|2 = join emergency 911,4 = leave agent|1-9
with_emergency|agent|2 = join emergency 911,3 = join third-party 1,4 = leave agent|1-4
with_emergency,with_third_party|agent|2 = join emergency 911,3 = join third-party 1,4 = leave agent|1-9
with_third_party|agent|2 = join third-party 1,4 = leave agent,6 = leave third-party|1-6
after_customer_leaves|customer|4 = leave customer|1-4
after_customer_leaves|customer|2 = join third-party 1,4 = leave customer|1-9
after_customer_leaves||2 = join third-party 1,4 = leave customer|1-4
after_customer_leaves|customer|2 = join third-party 1,4 = leave customer,6 = leave third-party|1-6
after_customer_leaves,with_third_party|agent,customer|2 = join third-party 1,3 = join third-party 2,4 = leave customer,5 = leave agent|1-9
||4 = leave agent,6 = transfer agent=bob|1-9(4-6 one-party-alone)
||4 = leave agent,6 = transfer queue=B,7 = answer|1-9(4-7 one-party-alone)
||2 = join third-party 1,4 = leave third-party,5 = leave third-party|1-9
X

# Messages: what plays, in which order, in which language.
M='[messages]
record_inbound = in.wav
record_outbound = out.wav
ask_permission = ask.wav
[messages es]
record_inbound = /es/in.wav'
while IFS='|' read -r type class keys language wanted; do
	# shellcheck disable=SC2046
	policy '[recording]' "$(echo "$keys" | grep sequence)" "[$class]" \
	    'record = yes' "$(echo "$keys" | grep -v sequence | tr , '\n')" "$M"
	call "$type" '' '1 = answer' '9 = end'
	sed "s/^agent = .*/language = $language/" call.ini >c && mv c call.ini
	is "$type, $keys, '$language'" "$(messages)" "$wanted"
done <<'X'
queue|inbound||en|in.wav 
queue|inbound|play_message = no|en|
queue|inbound|ask_permission = yes|en|in.wav ask.wav 
queue|inbound|ask_permission = yes,play_message = no|en|
queue|inbound|ask_permission = yes|es-MX|/es/in.wav ask.wav 
queue|inbound||es|/es/in.wav 
scheduled-callback|callback|ask_permission = yes|en|out.wav 
dialpad|outbound||en|out.wav 
X
for sequence in 'permission-first|ask.wav out.wav ' 'recording-first|out.wav ask.wav '; do
	policy '[recording]' "outbound_sequence = ${sequence%|*}" '[outbound]' \
	    'record = yes' 'ask_permission = yes' "$M"
	call dialpad '' '1 = answer' '2 = consent declined' '9 = end'
	is "${sequence%|*}, also where the answer was no" "$(messages)" "${sequence#*|}"
done
policy '[inbound]' 'record = no' "$M"
call queue '' '1 = answer' '9 = end'
is "no recording, no message" "$(messages)" ''

# Paths are relative to the files that name them; other keys are passed on.
mkdir -p etc calls
policy '[inbound]' 'record = yes' "$M" && mv policy.ini etc
call queue '' '1 = answer' '9 = end'
sed 's/^agent = .*/&\nticket = 7/' call.ini >calls/call.ini
recpolicy -c etc/policy.ini calls/call.ini >plan
for line in "file = $(pwd -P)/calls/in.wav" 'message = etc/in.wav' 'ticket = 7' \
    'start = 1' 'channels = 2'; do
	ok "the plan has $line" grep -qx "$line" plan
done
printf 'calls/call.ini\ncalls/call.ini\n' | recpolicy -c etc/policy.ini >plans
is "two paths on stdin are two plans" "$(grep -c '^\[plan\]' plans)" 2
printf 'calls/call.ini\0' | recpolicy -0 -c etc/policy.ini >plans
is "a path that ends in NUL" "$(grep -c '^\[plan\]' plans)" 1

# Names are compared as PBXs compare them.
policy '[inbound]' 'record = yes' '[queue ivr/Second_Line inbound]' 'record = no'
for queue in Second_Line second_line SECOND-LINE /Second_Line ivr/second_line \
    /IVR/Second_Line/ second-line/tier2; do
	call queue "$queue" '1 = answer' '9 = end'
	is "queue $queue is that of the policy" "$(kept)" \
	    'no: policy.ini:4 [queue ivr/Second_Line inbound] record'
done
call queue 'Second Line' '1 = answer' '9 = end'
is "a blank is none of these" "$(kept)" '1-9'
call queue Q '1 = answer' '5 = transfer queue=/SECOND-line' '7 = transfer queue=q' '9 = end'
is "a transfer's queue, too" "$(kept)" '1-9(5-7 queue-not-recorded)'
sed 's/record = no/redaction = no/' policy.ini >spell.ini
is "the plan has the policy's spelling" "$(sed 's/^queue = Q/queue = second_LINE/' call.ini >c.ini
    recpolicy -c spell.ini c.ini | grep -A 3 '^\[recording' | sed -n 's/^queue = //p')" 'ivr/Second_Line'
while IFS='|' read -r text pattern; do
	printf '%b' "$text" >bad.ini
	status "twins: $pattern" 2 recpolicy -t -c bad.ini
	ok "twins: $pattern" grep -q "bad.ini:$pattern" err
done <<'X'
[queue ivr/Billing inbound]\n[queue ivr/billing inbound]\n|2: queue ivr/billing inbound is queue ivr/Billing of line 1
[queue ivr/a_b inbound]\n[queue ivr/x inbound]\n[queue IVR/A-B inbound]\n|3: queue IVR/A-B inbound is queue ivr/a_b of line 1
[messages es-MX]\n[messages ES_mx]\n|2: \[messages ES_mx\] is \[messages es-MX\] of line 1
X
status "no twins: another class" 0 recpolicy -c etc/policy.ini calls/call.ini

# A missing message is an error of the policy.
printf '[inbound]\nrecord = yes\n[messages es]\nrecord_inbound = m.wav\n' >esonly.ini
call queue '' '1 = answer' '9 = end'
status "no message: nothing is decided" 2 recpolicy -c esonly.ini call.ini
one_line "no message" '^recpolicy: call.ini: not decided: esonly.ini: play_message \(built in\) = yes, but \[messages\] has no record_inbound$'
is "no message: nothing is printed" "$(cat out)" ''
status "no message: -t" 2 recpolicy -t -c esonly.ini
one_line "no message: -t" 'inbound calls play no message .*: \[messages\] has no record_inbound'
for language in es ES-mx es_MX; do
	sed "s/^agent = .*/language = $language/" call.ini >spanish.ini
	status "no message, but one in $language" 0 recpolicy -c esonly.ini spanish.ini
done
for way in 'play_message = no' 'play_message = external' 'record = no'; do
	printf '[inbound]\n%s\n' "$way" >way.ini
	[ "$way" = 'record = no' ] || echo 'record = yes' >>way.ini
	recpolicy -c way.ini call.ini >out 2>err
	is "no message, with $way" "$(cat err)" ''
done
printf '[recording]\nenabled = no\n[inbound]\nrecord = yes\n' >way.ini
status "no message, where nothing is recorded" 1 recpolicy -c way.ini call.ini
recpolicy --init -s heard
printf '[inbound]\nrecord = yes\n[messages]\nrecord_inbound = gone.wav\n' >gone.ini
for bad in esonly gone; do
	status "a spool and $bad.ini: status 2" 2 recpolicy -c $bad.ini -s heard --move call.ini
	one_line "a spool and $bad.ini" "^recpolicy: call.ini: not decided: $bad.ini"
	is "a spool and $bad.ini: nothing enters" "$(ls heard/mix)" ''
done
rm -r heard

# Messages that failed, messages that the PBX plays, logs that do not record them.
while IFS='|' read -r settings events wanted; do
	# shellcheck disable=SC2046
	policy '[inbound]' 'record = yes' $(printf '%s' "$settings" | tr ' ,' '~ ')
	sed 's/~/ /g' policy.ini >c && mv c policy.ini
	# shellcheck disable=SC2046
	call queue '' $(printf '%s' "$events,9 = end" | tr ' ,' '~ ')
	sed 's/~/ /g' call.ini >c && mv c call.ini
	is "heard: $settings: $events" "$(kept)" "$wanted"
done <<'X'
if_message_fails = stop|1 = answer,2 = message failed m.wav|no: call.ini:12 message failed m.wav
if_message_fails = record|1 = answer,2 = message failed m.wav|2-9
if_message_fails = stop|1 = message failed m.wav,2 = answer,4 = announced|4-9
if_message_fails = stop|1 = announced,2 = answer,4 = message failed m.wav|2-9
ask_permission = yes|1 = answer,2 = message failed m.wav,3 = consent granted|no: call.ini:12 message failed m.wav
ask_permission = yes,if_message_fails = record|1 = answer,2 = message failed m.wav|no: policy.ini:3 [inbound] ask_permission: no consent in the call
play_message = external|0 = announcing,1 = answer|1-9
play_message = external,ask_permission = yes|0 = announcing,1 = answer,3 = consent granted|3-9
third_party_message = yes|1 = answer,3 = join third-party 1,5 = announced third-party|1-9(3-5 third-party-not-told)
third_party_message = yes|1 = answer,3 = join third-party 1|1-3
third_party_message = yes|1 = answer,3 = join third-party 1,5 = leave third-party|1-9(3-5 third-party-not-told)
third_party_message = external|1 = answer,3 = join third-party 1|1-9
third_party_message = external,ask_third_party = yes|1 = answer,3 = join third-party 1|1-3
ask_third_party = yes|1 = answer,3 = join third-party 1,5 = consent granted third-party|1-9(3-5 third-party-no-consent)
ask_third_party = yes|1 = answer,3 = join third-party 1,5 = consent declined third-party|1-3
ask_third_party = yes|1 = answer,3 = join third-party 1,5 = consent none third-party,6 = leave third-party|1-9(3-6 third-party-no-consent)
ask_third_party = yes|1 = answer,3 = join third-party 1,4 = consent granted third-party,5 = join third-party 2|1-5(3-4 third-party-no-consent)
X
# A queue that is not recorded plays nothing.
policy '[inbound]' 'record = yes' 'play_message = no' '[queue ivr/Legal inbound]' \
    'record = no' 'play_message = yes'
call queue Sales '1 = answer' '4 = transfer queue=Legal' '9 = end'
is "a message of a queue that is not recorded is none" \
    "$(recpolicy -c policy.ini call.ini | grep '^heard')" 'heard = none'
policy '[inbound]' 'record = yes' 'play_message = external'
call queue '' '1 = answer' '9 = end'
is "a message of the PBX's own is external" \
    "$(recpolicy -c policy.ini call.ini | grep '^heard')" 'heard = external'
policy '[inbound]' 'record = yes' 'ask_permission = yes' '[messages]'
ok "of several messages that are missing, the first is named" grep -q 'has no record_inbound$' <<X
$(recpolicy -c policy.ini call.ini 2>&1)
X
# A queue that had the call for no time heard nothing.
policy '[inbound]' 'record = yes' 'play_message = no' '[queue ivr/Legal inbound]' \
    'record = no'
call queue Legal '1 = answer' '1 = transfer queue=Sales' '9 = end'
is "nobody talked before the recording" "$(kept) $(recpolicy -c policy.ini call.ini |
    grep -c '^talk_')" '1-9 0'
# Who is alone does not talk, before or after a recording.
policy '[recording]' 'separation = per-segment' '[inbound]' 'record = yes' \
    'play_message = no'
call queue '' '1 = answer' '3 = leave agent' '5 = answer' '9 = end'
is "one who is alone is not talking" "$(kept) $(recpolicy -c policy.ini call.ini |
    grep -c '^talk_')" '1-3 5-9 0'
# After the question failed, the message behind it was not played.
policy '[outbound]' 'record = yes' 'ask_permission = yes' '[messages]' \
    'record_outbound = r.wav' 'ask_permission = a.wav'
call dialpad '' '1 = answer' '2 = message failed a.wav' '9 = end'
is "a question that failed is the reason, not what was unheard after it" \
    "$(kept)" 'no: call.ini:12 message failed a.wav'
policy '[inbound]' 'record = yes'
call queue '' '1 = answer' '9 = end'
is "what a log cannot tell is in the plan" "$(recpolicy -c policy.ini call.ini | grep not_told)" \
    'not_told = when the messages had been heard'
sed 's/^agent.*/not_told = holds/' call.ini >untold.ini
is "beside what the recorder could not" "$(recpolicy -c policy.ini untold.ini | grep not_told)" \
    'not_told = holds, when the messages had been heard'
ok "-e says it" grep -q 'does not record when they had been heard' <<X
$(recpolicy -e -c policy.ini call.ini)
X
policy '[inbound]' 'record = yes' 'third_party_message = yes' '[messages]' 'third_party_message = m.wav'
for told in '1 = answer' '0.5 = announced third-party' '0.5 = message failed m.wav'; do
	call queue '' "$told" '1 = answer' '3 = join third-party 1' '9 = end'
	is "-e says so of a third party's message: $told" \
	    "$(recpolicy -e -c policy.ini call.ini | grep -c 'a third party heard')" \
	    "$(case $told in *answer) echo 1 ;; *) echo 0 ;; esac)"
done
policy '[inbound]' 'record = yes'
call queue '' '0.5 = announced' '1 = answer' '9 = end'
is "known values are not" "$(recpolicy -c policy.ini call.ini | grep -c not_told)" 0
# An agent's own call to a third party: no customer is on the line.
policy '[outbound]' 'record = yes'
for leg in customer third-party; do
	call third-party-add '' '1 = answer' '5 = leave third-party' '9 = end'
	sed "s/^.leg customer/[leg $leg/" call.ini >c && mv c call.ini
	is "third-party-add with a leg of the $leg" "$(kept)" \
	    "$([ $leg = customer ] && echo 1-9 || echo 1-5)"
done

# The manual's table of check boxes has the defaults that are built in.
: >empty.ini
call dialpad '' '1 = answer' '9 = end'
sed -n 's/^\.It .* Ta .*Cm \([a-z_]*\) No = \([a-z-][a-z-]*\).*/\1 \2/p' "$ROOT/man/rec-policy.5" |
    sort -u >told
recpolicy --json -c empty.ini call.ini |
    jq -r '.segments[0].settings | to_entries[] | "\(.key) \(.value.value)"' | sort >built_in
is "the manual lists the built-in values" "$(comm -23 told built_in)" ''
ok "of all settings that have a check box" test "$(wc -l <told)" -ge 13

# Wrong policies: one line with file, line and the nearest valid word.
while IFS='|' read -r text pattern; do
	printf '%b' "$text" >bad.ini
	status "policy: $pattern" 2 recpolicy -c bad.ini call.ini
	one_line "policy: $pattern" "^recpolicy: bad.ini:$pattern"
done <<'X'
[recrding]\nenabled = yes\n|1: unknown section \[recrding\]; did you mean 'recording'
[inbound]\nrecrod = yes\n|2: unknown key 'recrod' in \[inbound\]; did you mean 'record'
[inbound]\nrecord = maybe\n|2: record is yes or no, not 'maybe'
[recording]\nseparation = per-segmnt\n|2: separation is .*did you mean 'per-segment'
[recording]\nredaction_style = beep\n|2: redaction_style is cut or silence or tone
[inbound]\nrecord = yes\nrecord = yes\n|3: 'record' appears twice in \[inbound\], first in line 2
[inbound]\n[inbound]\n|2: section \[inbound\] appears twice, first in line 1
[queue ivr/A inbound]\n[queue ivr/A inbound]\n|2: queue ivr/A inbound appears twice, first in line 1
[queue ivr/A]\n|1: expected \[queue PATH CLASS\]
[queue ivr/A inbuond]\n|1: expected .*did you mean 'inbound'
[queue Billing inbound]\n|1: a queue begins with its channel
[queue ivr//A inbound]\n|1: a queue's path has an empty part
[recording]\nrecord = yes\n|2: unknown key 'record'
[messages]\nrecord_inbond = x.wav\n|2: unknown key .*did you mean 'record_inbound'
[messages]\nask_permission =\n|2: a message needs a file
record = yes\n|1: a key before the first
[inbound]\nrecord\n|2: neither
X
# Wrong calls.
H='[call]\nid = c1\ntype = queue\n'
while IFS='|' read -r text pattern; do
	printf '%b' "$text" >bad.ini
	status "call: $pattern" 2 recpolicy -c etc/policy.ini bad.ini
	one_line "call: $pattern" "^recpolicy: bad.ini:$pattern"
	is "call: $pattern: nothing on stdout" "$(wc -c <out | tr -d ' ')" 0
done <<X
|( no \[call\] section)
[call]\ntype = queue\n|1: \[call\] has no id
[call]\nid = a/b\ntype = queue\n|2: .*'a/b'
[call]\nid = c1\ntype = que\n|3: unknown call type 'que'.*did you mean 'queue'
${H}channel = fax\n|4: unknown channel
${H}started = today\n|4: started is not a time
${H}[leg stranger]\nfile = x\n|4: unknown role
${H}[leg agent]\n|4: \[leg agent\] has no file
${H}[leg agent]\nfile = x\nstart = -1\n|6: start: not a time
${H}[events]\n1 = anser\n|5: unknown event 'anser'; did you mean 'answer'
${H}[events]\n1 = consent perhaps\n|5: unknown consent
${H}[events]\nsoon = answer\n|5: 'soon' is not a time
${H}[events]\n1 = transfer Sales\n|5: transfer: expected
${H}[evnts]\n|4: unknown section
${H}[call]\n|4: section \[call\] appears twice
X
status "no policy" 2 recpolicy -c none.ini call.ini
one_line "no policy" '^recpolicy: none.ini: No such file'
status "no call" 2 recpolicy -c etc/policy.ini none.ini
status "a directory for a call" 2 recpolicy -c etc/policy.ini etc
for options in '' '-c' '-c etc/policy.ini --move' '-c etc/policy.ini -e -t' \
    '--init' '-c etc/policy.ini -l' '-c etc/policy.ini -t call.ini' '--nonsense'; do
	# shellcheck disable=SC2086
	status "usage: recpolicy $options" 2 recpolicy $options
done
status "a bad call among good ones" 2 recpolicy -c etc/policy.ini call.ini none.ini call.ini
is "the good ones are decided" "$(grep -c '^\[plan\]' out)" 2
head -c 3000 /dev/urandom | tr -d '\n\0' >long.ini
status "no text at all" 2 recpolicy -c etc/policy.ini long.ini
if [ -w /dev/full ]; then
	recpolicy -c etc/policy.ini call.ini >/dev/full 2>err
	is "stdout is full" "$?" 75
fi

# Any input: memory is bounded and the program ends: 256 MB are enough.
# shellcheck disable=SC3045 # dash and bash have it
bounded() { (ulimit -v 262144 && exec timeout 60 recpolicy "$@"); }
if [ -z "${RECTOOLS_SANITIZED:-}" ] && [ "${BIN:-$ROOT/bin}" = "$ROOT/bin" ]; then
	yes 'x = y' | head -c 300000000 | sed '1i [inbound]' >huge.ini &&
	    { status "a huge policy" 2 bounded -c huge.ini call.ini
	one_line "a huge policy" 'huge.ini:50001: more lines than a document may have'
	rm huge.ini; }
	status "an endless line for a policy" 2 bounded -c /dev/zero call.ini
	one_line "an endless line for a policy" '/dev/zero: not a regular file'
	status "an endless line for a call" 2 bounded -c etc/policy.ini /dev/zero
	bounded -c etc/policy.ini </dev/zero >out 2>err
	is "an endless path" "$?" 2
	one_line "an endless path" 'standard input: a path of more than'
	for format in asterisk-cdr asterisk-cel rtpengine-meta rtpengine-pcap-txt freeswitch-json; do
		status "an endless file for $format" 2 bounded --from $format /dev/zero
	done
fi

# -t
mkdir -p etc2
sox -n -r 8000 -c 1 etc2/m.wav synth 1.5 sine 400
echo 'not audio' >etc2/text.wav
printf '[inbound]\n[messages]\nrecord_inbound = m.wav\n' >etc2/policy.ini
sed -i 's/^.inbound.$/&\nrecord = yes/' etc2/policy.ini
status "-t: a good policy" 0 recpolicy -t -c etc2/policy.ini
is "-t is silent" "$(cat err)" ''
status "-t -v" 0 recpolicy -t -v -c etc2/policy.ini
ok "-t -v shows length and rate" grep -q ':4: record_inbound: etc2/m.wav, 1.500 s, 8000 Hz, -[36] dB' err
printf '[messages]\nrecord_inbound = text.wav\nask_permission = gone.wav\n' >etc2/policy.ini
status "-t: messages that do not play" 2 recpolicy -t -c etc2/policy.ini
ok "-t: not audio" grep -q 'policy.ini:2: record_inbound: etc2/text.wav: not an audio file' err
ok "-t: not there" grep -q 'policy.ini:3: ask_permission: etc2/gone.wav: No such file' err
printf '[inbound]\nrecrd = 1\nredaction = x\n[wrong]\n' >etc2/policy.ini
status "-t: all faults" 2 recpolicy -t -c etc2/policy.ini
is "-t: all faults, each its line" "$(sed 's/.*ini:\([0-9]*\):.*/\1/' err | tr '\n' ' ')" '2 3 4 '
while IFS='|' read -r text wanted; do
	printf '[inbound]\nrecord = yes\n[messages]\nrecord_inbound = m.wav\n%b' \
	    "$text" >etc2/policy.ini
	case $wanted in *' has no '[ra]*) want=2 ;; *) want=0 ;; esac
	status "-t: no effect: $text" "$want" recpolicy -t -c etc2/policy.ini
	is "-t: no effect: $text" "$(sed 's/^recpolicy: etc2.policy.ini:*//' err |
	    tr '\n' ';')" "$wanted"
done <<'X'
[recording]\ncontinue_with_third_party = yes\n|6: continue_with_third_party has no effect without allow_agent_to_leave = yes;
[recording]\ncontinue_with_third_party = yes\n[leaving]\nallow_agent_to_leave = yes\n|
[recording]\ncontinue_after_customer_leaves = yes\n[leaving]\nallow_agent_to_leave = yes\n|6: continue_after_customer_leaves has no effect without allow_customer_to_leave = yes;8: allow_agent_to_leave has no effect without continue_with_third_party or continue_with_emergency = yes;
[leaving]\nallow_customer_to_leave = yes\n|6: allow_customer_to_leave has no effect without continue_after_customer_leaves = yes;
[queue ivr/A inbound]\nask_permission = yes\nplay_message = no\n|6: ask_permission has no effect without record and play_message = yes;
[queue ivr/A inbound]\nask_permission = yes\n| permission is asked without a message: [messages] has no ask_permission;
[callback]\nrecord = yes\nask_permission = yes\n|7: ask_permission has no effect: callbacks do not ask; callback calls play no message (play_message = no or external, if that is right): [messages] has no record_callback;
[outbound]\nredaction = yes\n|6: redaction has no effect without record = yes;
[outbound]\nredaction = yes\n[queue ivr/A outbound]\nrecord = yes\nplay_message = no\n|
[recording]\noutbound_sequence = recording-first\n|6: outbound_sequence has no effect: no outbound call asks for permission;
[messages es]\nrecord_outbound = m.wav\n|6: record_outbound has no effect: nothing plays it;
[messages es]\nask_permission = m.wav\n|6: ask_permission has no effect: nothing plays it;
[recording]\nenabled = no\ncontinue_with_emergency = yes\n|6: enabled = no: nothing is recorded, regardless of other settings;
[callback]\nrecord = yes\n[messages es]\nrecord_outbound = m.wav\n| callback calls play no message (play_message = no or external, if that is right): [messages] has no record_callback;
X
printf '[inbound]\nrecord = no\n' >etc2/policy.ini
status "-t: nothing at all is recorded" 0 recpolicy -t -c etc2/policy.ini
one_line "-t: nothing at all is recorded" 'nothing is recorded: no section says record = yes'

# -e, --json, --replay
policy '[inbound]' 'record = yes' '[queue ivr/A inbound]' 'record = no'
call queue A '1 = answer' '3 = pause' '4 = resume' \
    '5 = transfer queue=B agent=bob' '9 = end'
status "-e" 0 recpolicy -e -c policy.ini call.ini
is "-e: every value, its line, and what it overrides" \
    "$(grep -A 2 -E '^[AB]:|record = ' out | grep -A 2 '^[AB]:.*bob\|record = no')" \
'  record = no                          policy.ini:4 [queue ivr/A inbound]
      overrides yes                    policy.ini:2 [inbound]
  redaction = yes                      built in
--
B: ivr/B, bob from 5.000 s, inbound
  record = yes                         policy.ini:2 [inbound]
  redaction = yes                      built in'
is "-e: every action, its event and its rule" "$(sed -n '/^actions/,/^timeline/p' out | grep -v '^[at]')" \
'         5.000  start        call.ini:15 transfer
                             policy.ini:2 [inbound] record
         9.000  stop         call.ini:16 end'
is "-e fits 80 columns" "$(awk 'length > 80' out)" ''
printf '%s\n' '[inbound]' 'record = yes' '[queue ivr/N inbound]' 'redaction = no' \
    '[queue ivr/S inbound]' 'record = no' '[recording]' 'separation = per-segment' \
    '[messages]' 'record_inbound = m.wav' >policy.ini
call queue Q '10 = answer' '30 = announced' '60 = join third-party 1' \
    '100 = pause' '130 = resume' '140 = transfer queue=N agent=bob' \
    '150 = pause' '160 = resume' '200 = payment-start' '230 = payment-end' \
    '240 = leave third-party' '260 = transfer queue=S' '280 = transfer queue=Q' \
    '285 = join third-party 2' '290 = leave agent' '300 = end'
recpolicy -e -c policy.ini call.ini >out
is "-e: what stops it, and what does not" "$(sed -n '/^actions/,/^timeline/p' out | grep -A 1 -E '\(no|stop' | grep -v '^--')" \
'       150.000  (no pause)   call.ini:18 pause
                             policy.ini:4 [queue ivr/N inbound] redaction
       260.000  stop         call.ini:23 transfer
                             policy.ini:6 [queue ivr/S inbound] record
       290.000  stop         call.ini:26 leave
                             built in: continue_with_third_party = no'
is "-e: the timeline" "$(sed '1,/^timeline/d' out)" \
'  time         0:00        1:00        2:00        3:00        4:00
  held by     |AAAAAAAAAAAAAAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBBBBBBBBBCCCCDDDD|
  customer    |..----------------------------------------------------------|
  agent       |  --------------------------------------------------------  |
  third-party |            ------------------------------------         ---|
  messages    |mmmmmm                                                      |
  recorded    |      ##############xxxxxx##############$$$$$$######    ##  |
  file        |      1111111111111111111111222222222222222222222222    33  |'
# A timeline of any length has about seven times and fits.
for end in 0 0.5 1 59 61 3599 3600 86400 999999999; do
	call queue Q "0 = answer" "0 = announced" "$end = end"
	recpolicy -e -c policy.ini call.ini | sed '1,/^timeline/d' >out
	is "-e: a timeline of $end s fits" "$(awk 'length > 80' out) $(sed -n 1p out | grep -Eq '^  time  +0:00(:00)?( +[0-9:]+){0,6}$' && echo axis)" ' axis'
done
policy '[inbound]' 'record = yes' '[queue ivr/A inbound]' 'record = no'
call queue A '1 = answer' '3 = pause' '4 = resume' \
    '5 = transfer queue=B agent=bob' '9 = end'
recpolicy --json -c policy.ini call.ini call.ini >out
is "--json: one object a line" "$(jq -c '[.record, .recordings[0].start + 0, .segments[0].settings.record.line]' out | sort -u)" '[true,5,4]'
for agent in '\0303\0251\0360\0237\0230\0200 [233,128512]' 'a\0351\0355\0240\0200 [97,63,63,63,63]'; do
	sed "s/^agent = .*/agent = $(printf %b "${agent% *}")/" call.ini >utf8.ini
	is "--json is UTF-8: ${agent% *}" "$(recpolicy --json -c policy.ini utf8.ini |
	    jq -c '[.segments[0].agent | explode[]]')" "${agent#* }"
done
{ printf '[inbound]\nrecord = yes\n' && all_messages; } >new.ini
status "--replay" 0 recpolicy -c policy.ini --replay new.ini call.ini
is "--replay names the call and both" "$(head -n 4 out | tr '\n' '|')" \
    'c1|  was: record 2 channels cut, 5.000-9.000, plays m.wav|       policy.ini:2 [inbound] record|  is:  record 2 channels cut, 1.000-9.000 without 3.000-4.000, plays m.wav|'
status "--replay of the same" 0 recpolicy -c policy.ini --replay policy.ini call.ini
is "--replay of the same says nothing" "$(cat out)" ''

# --live
policy '[inbound]' 'record = yes' "$M"
call queue '' && sed '/^\[events\]/,$d' call.ini >live.ini
printf '%s\n' '1 = answer' '2 = announced' '3 = pause' '4 = nonsense' '5 = resume' '9 = end' |
    recpolicy --live -c policy.ini live.ini >out 2>err
is "--live: status of a wrong line" "$?" 2
one_line "--live" '^recpolicy: standard input:4: unknown event'
is "--live goes on" "$(tr '\n' '|' <out)" "button on built in: redaction|play in.wav|ok 0.000 = announcing|ok 1.000 = answer|start|ok 2.000 = announced|pause|ok 3.000 = pause|error unknown event 'nonsense'; did you mean 'consent'?|resume|ok 5.000 = resume|stop|ok 9.000 = end|"
printf '1 = answer\n2 = announced\n3 = consent declined\n' |
    recpolicy --live -c policy.ini live.ini >out 2>err
is "--live: nothing was recorded" "$?" 1
is "--live: what was recorded must go" "$(grep -v ^ok out | tr '\n' ' ')" 'button on built in: redaction play in.wav start stop discard '
printf '[inbound]\nrecord = yes\nplay_message = external\n[queue ivr/A inbound]\nask_permission = yes\n' >ask.ini
printf '1 = answer\n3 = transfer queue=A\n4 = transfer queue=A\n5 = consent granted\n6 = end\n' |
    recpolicy --live -c ask.ini live.ini >out 2>err
is "--live: the PBX's own question" "$(grep -v ^ok out | tr '\n' '|')" 'button on built in: redaction|start|stop|ask|start|stop|'
printf '[inbound]\nrecord = yes\nask_permission = yes\n%s\n' "$M" >ask.ini
printf '1 = answer\n2 = announced\n3 = consent none\n6 = end\n' |
    recpolicy --live -c ask.ini live.ini >out 2>err
is "--live: the question" "$(grep -v ^ok out | tr '\n' '|')" 'button on built in: redaction|play in.wav|ask ask.wav|'
printf '1 = answer\n2 = announced\n3 = end\n4 = pause\n5 = consent declined\n' |
    recpolicy --live -c policy.ini live.ini >out 2>err
is "--live: a refusal after the end" "$(tr '\n' '|' <out)" 'button on built in: redaction|play in.wav|ok 0.000 = announcing|ok 1.000 = answer|start|ok 2.000 = announced|stop|ok 3.000 = end|ok 3.000 = pause|discard|ok 5.000 = consent declined|'
printf 'answer\nannounced\n' | recpolicy --live -c policy.ini live.ini >out 2>err
is "--live: times of its own" "$(grep -v ^ok out | tr '\n' ' ')" 'button on built in: redaction play in.wav start stop '
ok "--live tells them" grep -Eq '^ok [0-9.]+ = announced$' out
# The peer waits for each answer before it says more.
mkfifo to from
recpolicy --live -c policy.ini live.ini <to >from 2>err &
pid=$!
exec 3>to 4<from
said=
hear() {
	while read -r word rest <&4; do
		case $word in ok | error) return ;; esac
		said="$said $word"
	done
}
hear
for event in '1 = answer' '2 = announced' 'nonsense' '' '; a comment' \
    '3 = transfer queue=B C agent=bob ; behind' '2 = pause' '7 = end'; do
	echo "$event" >&3
	case $event in '' | \;*) continue ;; esac
	hear
	said="$said ($word $rest)"
done
exec 3>&-
wait $pid
is "--live, one question at a time: it ends with its input" "$?" 2
exec 4<&-
is "--live, one question at a time" "$said" " button play (ok 1.000 = answer) start (ok 2.000 = announced) (error unknown event 'nonsense'; did you mean 'consent'?) (ok 3.000 = transfer queue=B C agent=bob) pause (ok 3.000 = pause) stop (ok 7.000 = end)"
awk 'BEGIN { for (i = 0; i < 100100; i++) print i / 1000 " = pause" }' |
    recpolicy --live -c policy.ini live.ini >out 2>err
is "--live: too many events are only reported" \
    "$(sort err | uniq -c | wc -l | tr -d ' ') $(grep -c '^error more than' out)" '100 100'
head -c 3000000 /dev/zero | tr '\0' x | recpolicy --live -c policy.ini live.ini >out 2>err
is "--live: an endless line" "$(head -n 1 err)" \
    'recpolicy: standard input:1: too long, or not a line of text'

# Entering a spool.
policy '[inbound]' 'record = yes'
call queue '' '1 = answer' '9 = end'
sox -n -r 8000 -c 1 in.wav synth 9 sine 300
sox -n -r 8000 -c 1 out.wav synth 8 sine 500
RECTOOLS_NOW=2026-11-22T10:00:00Z
export RECTOOLS_NOW
status "a spool that is none" 2 recpolicy -c policy.ini -s spool call.ini
status "--init" 0 recpolicy --init -s spool
status "--init again" 2 recpolicy --init -s spool
mkdir -m 755 full && touch full/file
status "--init where something is" 2 recpolicy --init -s full
one_line "--init says what" "full: is not empty, it has 'file'"
is "--init has changed nothing" "$(stat -c %a full) $(ls full)" '755 file'
mkdir -m 755 empty
status "--init in an empty directory" 0 recpolicy --init -s empty
status "a call enters" 0 recpolicy -c policy.ini -s spool call.ini
folder=spool/mix/20261122T100000Z-c1
is "its folder is printed" "$(cat out)" $folder
is "what is in it" "$(cd $folder && echo *)" 'leg-1.wav leg-2.wav plan.ini'
ok "the legs are whole" cmp out.wav $folder/leg-2.wav
is "the plan names them" "$(sed -n 's/^file = //p' $folder/plan.ini | tr '\n' ' ')" 'leg-1.wav leg-2.wav '
is "one audit line" "$(grep -c ' c1 entered legs=2 ' spool/audit.log)" 1
RECTOOLS_NOW=2026-11-22T11:00:00Z
status "the same call again" 0 recpolicy -c policy.ini -s spool call.ini
is "it is there already" "$(cat out)" $folder
is "and there once" "$(ls spool/mix)" 20261122T100000Z-c1
sed 's/^agent = .*/agent = someone else/' call.ini >otherwise.ini
ok "another call file of it" not cmp -s call.ini otherwise.ini
status "that says something else" 1 recpolicy -c policy.ini -s spool otherwise.ini
one_line "that says something else: reported" '^recpolicy: c1: was taken before, with other contents: what was taken stays as it is .recupload --erase c1 deletes it.$'
is "with its place" "$(cat out)" $folder
sox -n -r 8000 -c 1 other.wav synth 1 sine 300
cp other.wav in-2.wav && cp out.wav out-2.wav
sed 's/in.wav/in-2.wav/; s/out.wav/out-2.wav/' call.ini >same-id.ini
status "the same id with other legs" 0 recpolicy -c policy.ini -s spool --move same-id.ini
one_line "the same id with other legs: is another call" 'c1: another call with this id was in the spool before: this one enters as c1-[0-9a-f]{16}$'
ok "the same id with other legs: is whole" cmp other.wav "$(cat out)/leg-1.wav"
ok "and its sources are gone" not test -e in-2.wav -o -e out-2.wav
is "the log has both ids" "$(sed -n 's/.* \(c1-[0-9a-f]*\) entered legs=2 sha256=.* told=c1$/\1/p' spool/audit.log)" \
    "$(sed -n 's/^id = //p' "$(cat out)/plan.ini")"
cp other.wav in-2.wav && cp out.wav out-2.wav
cp out out.first
status "that one again" 0 recpolicy -c policy.ini -s spool --move same-id.ini
ok "is there already" cmp out out.first
ok "and its sources go, too" not test -e in-2.wav -o -e out-2.wav
status "--move after the fact" 0 recpolicy -c policy.ini -s spool --move call.ini
ok "the sources are gone" not test -e in.wav -o -e out.wav
sed 's/c1$/c2/' call.ini >c2.ini
status "a leg that is not there" 2 recpolicy -c policy.ini -s spool c2.ini
one_line "a leg that is not there" 'c2.ini: in.wav: No such file'
is "nothing half-made stays" "$(ls spool/tmp)" ''
printf '[inbound]\nrecord = no\n' >no.ini
status "what may not be recorded" 1 recpolicy -c no.ini -s spool c2.ini
is "what may not be recorded: does not enter" "$(find spool -name "*-c2")" ''

# A clock that has lost its time: the call would be swept after the clock is set.
recpolicy --init -s clock
RECTOOLS_NOW=2026-11-22T12:00:00Z recsweep --clock-ok -s clock
cp other.wav ninth.wav
sed 's/c1$/c9/; s/in.wav/ninth.wav/; s/out.wav/ninth.wav/' call.ini >c9.ini
status "a clock behind the last sweep" 75 env RECTOOLS_NOW=1970-01-01T00:01:00Z \
    recpolicy -c policy.ini -s clock --move c9.ini
one_line "a clock behind the last sweep" 'recpolicy: clock: the clock of this host is before 2026'
status "a clock some hours behind the last sweep" 75 env RECTOOLS_NOW=2026-11-22T10:00:00Z \
    recpolicy -c policy.ini -s clock --move c9.ini
one_line "a clock some hours behind" 'recpolicy: clock: the clock is behind the last sweep'
recpolicy --init -s fresh
status "a fresh spool, and a clock without time" 75 env RECTOOLS_NOW=1970-01-01T00:01:00Z \
    recpolicy -c policy.ini -s fresh --move c9.ini
ok "a fresh spool, and a clock without time: nothing is lost" test -f ninth.wav
is "a fresh spool, and a clock without time: nothing enters" "$(find clock/mix clock/tmp -mindepth 1)" ''
status "a clock that was set by some minutes" 0 env RECTOOLS_NOW=2026-11-22T11:10:00Z \
    recpolicy -c policy.ini -s clock --move c9.ini

# A recorder that crashed: neither the end nor the length of the files is known.
head -c 80000 /dev/zero >raw.dat
sed -e 's/c1$/c8/; s/in.wav/raw.dat/; s/out.wav/raw.dat/; /= end/d' call.ini >c8.ini
status "the end of the call is unknown" 2 recpolicy -c policy.ini -s spool --move c8.ini
one_line "the end of the call is unknown" 'c8.ini: .events. has no end, and raw.dat: not an audio'
ok "its legs are kept" test -f raw.dat
is "and it does not enter" "$(find spool -name '*-c8')" ''
sox -n -r 8000 -c 1 later.wav synth 3 sine 300
sed -e 's/c1$/c8/; s/in.wav/later.wav/; s/out.wav/later.wav/; s/^start = .*/start = 20/; /= end/d' \
    call.ini >c8e.ini
is "it ends with the leg that ends last" "$(recpolicy -c policy.ini c8e.ini |
    sed -n 's/^end = //p' | tail -n 1)" 23.000
status "one that is not to be recorded needs no end" 1 recpolicy -c no.ini -s spool c8.ini
status "one that is not to be recorded needs no end: without a spool" 1 recpolicy -c policy.ini c8.ini
one_line "the last event is used as the end" 'has no end, and .*: the last event is used as the end'

# Two legs in one file, as FreeSWITCH records them: one copy.
sox -n -r 8000 -c 2 two.wav synth 3 sine 300 sine 500
sed -e 's/c1$/c3/' -e '/^file/d' -e '/^\[leg customer/a file = two.wav\nchannel = 1' \
    -e '/^\[leg agent/a file = two.wav\nchannel = 2' call.ini >c3.ini
status "two legs in one file" 0 recpolicy -c policy.ini -s spool --move c3.ini
folder=$(cat out)
is "one copy" "$(cd "$folder" && echo *)" 'leg-1.wav plan.ini'
is "for both" "$(sed -n 's/^file = //p' "$folder/plan.ini" | tr '\n' ' ')" 'leg-1.wav leg-1.wav '
is "its digest once" "$(grep -c ' c3 entered legs=2 sha256=[0-9a-f]* call=[0-9a-f,]*$' spool/audit.log)" 1
ok "the source is gone" not test -e two.wav
recmix -s spool >out 2>err
mp3=$(find spool/split -name '*.mp3' -path '*-c3/*')
ok "both sides, and the legs are gone" test -n "$mp3" -a ! -e "${mp3%/*}/leg-1.wav"

# kill -9 while a call enters, then again: it is there once, and complete.
cp other.wav in.wav && sox -n -r 8000 -c 1 out.wav synth 60 sine 500
n=0 bad=0
while [ $n -lt 20 ]; do
	n=$((n + 1))
	sed "s/c1\$/k$n/" call.ini >k.ini
	recpolicy -c policy.ini -s spool k.ini >/dev/null 2>&1 &
	pid=$!
	sleep "0.00$((n / 2))"
	kill -9 $pid 2>/dev/null
	wait $pid 2>/dev/null
	recpolicy -c policy.ini -s spool k.ini >out 2>err || bad=$((bad + 1))
	cmp -s out.wav "$(cat out)/leg-2.wav" || bad=$((bad + 1))
	[ "$(find spool -name "*-k$n" | wc -l)" = 1 ] || bad=$((bad + 1))
	[ "$(grep -c " k$n entered " spool/audit.log)" = 1 ] || bad=$((bad + 1))
done
is "after kill -9 and again: whole, and once" "$bad" 0
is "tmp/ is empty" "$(ls spool/tmp)" ''
done_testing
