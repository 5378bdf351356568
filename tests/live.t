#!/bin/sh
# recpolicy --live driven by the examples: an AGI script that a small Asterisk
# runs, and an event-socket script that a small FreeSWITCH talks to.
. "$(dirname "$0")/lib.sh"
if ! have python3 || ! have sox; then
	skip "the live examples" "python3 or sox is not installed"
	done_testing
fi
mkdir "$T/rec" "$T/m"
cd "$T" || exit 1
cat >policy.ini <<'P'
[inbound]
record = yes
ask_permission = yes
[queue ivr/Quiet inbound]
redaction = no
[messages]
record_inbound = m/r.wav
ask_permission = m/a.wav
P
for m in r a r3 a3; do
	sox -n -r 8000 -c 1 -b 16 m/$m.wav synth 1 sine 400 gain -10
done
RECTOOLS_LEGS=$T/rec RECTOOLS_POLICY=$T/policy.ini RECTOOLS_SPOOL=$T/spool
export RECTOOLS_LEGS RECTOOLS_POLICY RECTOOLS_SPOOL
recpolicy --init -s spool
# agi SECOND ID DIGIT EVENT...: what Asterisk was told to do.
agi() {
	agi_now=2026-11-22T10:00:$1Z
	shift
	agi_id=$1 agi_digit=$2
	shift 2
	RECTOOLS_NOW=$agi_now python3 "$ROOT/tests/servers/agi.py" "$agi_id" \
	    "$agi_digit" "$ROOT/examples/asterisk-live" "$@" 2>>err |
	    sed "s|$T/||g"
}
plan() { recpolicy -c "$RECTOOLS_POLICY" "$1" | sed -n '/^\[plan\]/,$p' | grep -E '^(record|start|end|cut) = ' | tr '\n' ';'; }

is "AGI: the messages, and the question" "$(agi 00 17.1 1 begin queue 'Second Line')" \
    'SET VARIABLE __REC_CALL 17.1
SET VARIABLE REC_BUTTON on
EXEC UserEvent "RecButton,Button: on,Rule: built in: redaction"
STREAM FILE "m/r" ""
GET DATA "m/a" 5000 1'
is "AGI: the agent answers" "$(agi 05 17.1 1)" \
    'EXEC MixMonitor "rec/17.1-all.wav,r(rec/17.1-1-in.wav)t(rec/17.1-1-out.wav)"'
is "AGI: pause" "$(agi 06 17.1 1 pause)" 'EXEC StopMixMonitor'
is "AGI: what is no event changes nothing" "$(agi 07 17.1 1 nonsense)" ''
is "AGI: and is reported" "$(cat err)" "recpolicy: standard input:6: unknown event 'nonsense'; did you mean 'consent'?
asterisk-live: 17.1: unknown event 'nonsense'; did you mean 'consent'?"
is "AGI: resume is a leg of its own" "$(agi 08 17.1 9 resume)" \
    'EXEC MixMonitor "rec/17.1-all.wav,r(rec/17.1-2-in.wav)t(rec/17.1-2-out.wav)"'
is "AGI: end" "$(agi 12 17.1 9 end)" 'EXEC StopMixMonitor'
is "AGI: what the call file says afterwards" "$(plan rec/17.1.ini)" \
    'record = yes;start = 5.000;end = 12.000;cut = 6.000 8.000 pause;'
ok "AGI: a queue with a blank" grep -qx 'queue = Second Line' rec/17.1.ini
# Its legs are shorter than the call: for a minute they may be being written.
find rec -type f -exec touch -d '2 minutes ago' {} +
status "AGI: collect takes it in" 0 "$ROOT/examples/collect" rec
is "AGI: with four legs" "$(find spool/mix/*17.1 -name 'leg-*' | wc -l | tr -d ' ')" 4
is "AGI: and leaves nothing" "$(ls rec)" ''
for said in '2 declined' '5 none'; do
	agi 00 17.2 "${said% *}" begin queue Billing >/dev/null
	is "AGI: consent ${said#* }: nothing is recorded" "$(agi 05 17.2 1; agi 06 17.2 1 end)" ''
	ok "AGI: consent ${said#* }: the call file says so" \
	    grep -q "= consent ${said#* }" rec/17.2.ini
	status "AGI: collect lets it go" 0 "$ROOT/examples/collect" rec
	is "AGI: it did not enter" "$(find spool/mix -name '*17.2' | wc -l | tr -d ' ')" 0
done
is "AGI: where the agent may not pause" "$(
	agi 00 17.4 1 begin queue Quiet >/dev/null
	agi 05 17.4 1 >/dev/null
	agi 06 17.4 1 pause)" \
    'EXEC UserEvent "RecNoPause,Rule: policy.ini:5 [queue ivr/Quiet inbound] redaction"'
is "AGI: the agent hears that it does not pause" \
    "$(AGI_REC_CALL=17.4 AGI_CHANNEL=SIP/b-2 agi 07 17.8 '' pause | tail -n 1)" 'STREAM FILE "beep" ""'
ok "AGI: the button is off" grep -q . <<X
$(agi 00 17.5 1 begin queue quiet | grep '^SET VARIABLE REC_BUTTON off')
X
rm -f rec/17.4* rec/17.5*
is "AGI: facts of the channel" "$(agi 00 17.6 1 begin queue Billing language=en_US agent= \
	zendesk_ticket=35436 'crm_url=https://x/?a b=1' ' e, f=2' '[leg x]' >/dev/null
	sed -n '/^queue/,$p' rec/17.6.call | tr '\n' '|')" \
    'queue = Billing|language = en_US|zendesk_ticket = 35436|crm_url = https://x/?a b=1|'
is "AGI: a number ends at a parameter or a domain" "$(agi 00 17.8 1 begin queue quiet \
	'caller=+4930;phone-context=+49' callee=30@192.0.2.1 'did=7;x@y' >/dev/null
	grep '^call\|^did' rec/17.8.call | tr '\n' '|')" \
    'caller = +4930|callee = 30|did = 7|'
AGI_REC_CALL=17.8 RECTOOLS_ASTERISK=none agi 05 17.9 '' answer >/dev/null
ok "AGI: it wants to record" grep -q 'none: not found' err
: >err
is "AGI: without Asterisk's console command nothing is left over" \
    "$(find rec -name '*.answer*')" ''
rm -f rec/17.8*
is "AGI: who answers, once" "$(for i in 1 2; do
	AGI_MEMBERNAME='Alice  Example' agi 05 17.6 1 >/dev/null
done
cut -d ' ' -f 3- rec/17.6.events | tr '\n' '|')" \
    'announcing|announced|consent granted|transfer agent=Alice_Example|answer|answer|'
rm -f rec/17.6*

# What cannot be played has not been heard.
for gone in r a; do
	mv m/$gone.wav m/$gone.off
	is "AGI: no $gone: nothing behind it is played" \
	    "$(agi 00 18.1 1 begin queue Billing | grep -c 'm/')" "$([ $gone = r ] && echo 1 || echo 2)"
	is "AGI: no $gone: nothing is recorded" "$(agi 05 18.1 1; agi 06 18.1 1 end)" ''
	is "AGI: no $gone: the call file says so" \
	    "$(sed '1,/^\[events\]/d' rec/18.1.ini | cut -d ' ' -f 3- | sed "s|$T/||" | tr '\n' '|')" \
	    "announcing|message failed m/$gone.wav|answer|end|"
	is "AGI: no $gone: and the plan" "$(mv m/$gone.off m/$gone.wav
		recpolicy -c policy.ini rec/18.1.ini | sed -n "s|$T/||;s/^reason = //p")" \
	    "rec/18.1.ini:8 message failed m/$gone.wav"
	rm -f rec/18.1*
done

# An empty file plays to its end at once.
mv m/r.wav m/r.off
head -c 44 m/r.off >m/r.wav
is "AGI: an empty message: nothing behind it is played" \
    "$(agi 00 18.2 1 begin queue Billing | grep -c 'm/')" 1
is "AGI: an empty message has failed" "$(cut -d ' ' -f 3- rec/18.2.events | sed "s|$T/||" | tr '\n' '|')" \
    'announcing|message failed m/r.wav|'
mv m/r.off m/r.wav
rm -f rec/18.2*

# An agent calls out: the one who is called hears the messages and is asked, on the
# channel that is theirs, and the agent says nothing for them.
printf '[outbound]\nrecord = yes\nask_permission = yes\n[messages]\nrecord_outbound = m/r.wav\nask_permission = m/a.wav\n' >out.ini
RECTOOLS_POLICY=$T/out.ini
cat >cli <<'X'
#!/bin/sh
echo "$*" >>"$RECTOOLS_LEGS/../cli.log"
X
chmod +x cli
RECTOOLS_ASTERISK=$T/cli
export RECTOOLS_ASTERISK
is "AGI: an outbound call: nobody is there yet" "$(agi 00 23.1 1 begin dialpad | grep -c 'm/')" 0
is "AGI: the agent's own channel hears and answers nothing" "$(agi 02 23.1 1 | grep -c 'm/')" 0
rm -f rec/23.1*
agi 00 23.2 1 begin dialpad >/dev/null
is "AGI: who is called is asked, and told" "$(AGI_REC_CALL=23.2 AGI_CHANNEL=SIP/t-2 agi 05 23.8 1 answer)" \
    'GET DATA "m/a" 5000 1
STREAM FILE "m/r" ""'
is "AGI: then it is recorded, the agent's channel" "$(sed "s|$T/||g" cli.log)" \
    '-rx mixmonitor start SIP/a-1 rec/23.2-all.wav,r(rec/23.2-1-in.wav)t(rec/23.2-1-out.wav)'
AGI_REC_CALL=23.2 AGI_CHANNEL=SIP/t-2 agi 08 23.8 '' payment-start >/dev/null
is "AGI: a leg that a pause ends says so" "$(sed 1,2d rec/23.2.legs | tr '\n' ' ')" \
    'start = 5.000 end = 8.000 [leg agent 1] file = 23.2-1-in.wav start = 5.000 end = 8.000 '
AGI_REC_CALL=23.2 agi 09 23.8 '' payment-end >/dev/null
agi 12 23.2 '' end >/dev/null
is "AGI: the legs of an outbound call" "$(grep -c '^file\|^end' rec/23.2.ini)" 6
rm -f rec/23.2* cli.log
# Without an answer of recpolicy the agent does not believe that it is paused.
RECTOOLS_POLICY=$T/policy.ini
agi 00 23.3 1 begin queue Billing >/dev/null
is "AGI: a pause that is not understood" "$(RECTOOLS_POLICY=$T/gone.ini agi 05 23.3 1 pause)" \
    'EXEC StopMixMonitor
EXEC UserEvent "RecNoPause,Rule: recpolicy did not accept pause"'
rm -f rec/23.3*
# A recpolicy that is killed is asked once more; if it dies again, nothing is
# recorded any more, and no event is lost. DIES has a line for each time.
mkdir dying
cat >dying/recpolicy <<X
#!/bin/sh
if [ -s "$T/DIES" ]; then
	sed -i 1d "$T/DIES"
	kill -9 \$\$
fi
exec $(command -v recpolicy) "\$@"
X
chmod +x dying/recpolicy
agi 00 23.4 1 begin queue Billing >/dev/null
agi 05 23.4 1 >/dev/null
echo >DIES
is "AGI: recpolicy dies once" "$(PATH=$T/dying:$PATH agi 06 23.4 1 pause)" 'EXEC StopMixMonitor'
agi 07 23.4 1 resume >/dev/null
printf '\n\n' >DIES
is "AGI: it dies twice: nothing is recorded" "$(PATH=$T/dying:$PATH agi 08 23.4 1 transfer queue=quiet)" \
    'EXEC StopMixMonitor'
is "AGI: and the event is kept" "$(agi 12 23.4 1 end >/dev/null; sed -n 's/.* = //p' rec/23.4.ini | tail -n 3 | tr '\n' '|')" \
    'resume|transfer queue=quiet|end|'
rm -f rec/23.4*
printf '\n\n' >DIES
is "AGI: it dies at the beginning" "$(PATH=$T/dying:$PATH agi 00 23.5 1 begin queue Billing | tail -n 1)" \
    'EXEC StopMixMonitor'
is "AGI: then nothing is recorded" "$(agi 05 23.5 1; agi 12 23.5 1 end; plan rec/23.5.ini)" 'record = no;'
rm -f rec/23.5*
: >err

# A third party hears its messages on its own channel, and what is recorded is the
# customer's: by the CLI.
cat >cli <<'X'
#!/bin/sh
echo "$*" >>"$RECTOOLS_LEGS/../cli.log"
X
chmod +x cli
cat >third.ini <<'P'
[inbound]
record = yes
third_party_message = yes
ask_third_party = yes
[messages]
record_inbound = m/r.wav
third_party_message = m/r3.wav
ask_third_party = m/a3.wav
P
# third DIGIT [NUMBER]: what was done on both channels, and what was told.
third() {
	: >cli.log
	agi 00 19.1 1 begin queue Billing >/dev/null
	agi 05 19.1 1 >/dev/null
	AGI_REC_CALL=19.1 agi 10 19.9 "$@"
	AGI_REC_CALL=19.1 agi 20 19.9 '' leave third-party
	agi 25 19.1 1 end >/dev/null
	AGI_REC_CALL=19.1 agi 26 19.9 '' leave third-party
	sed "s|$T/||g" cli.log
	sed '1,/^\[events\]/d; s/^[0-9.]* = //' rec/19.1.ini | sed "1,/^answer/d; s|$T/||" | tr '\n' '|'
	echo
	plan rec/19.1.ini
	rm -f rec/19.1.ini rec/19.1-*
	ls rec
}
again='mixmonitor start SIP/a-1 rec/19.1-all.wav,r(rec/19.1-2-in.wav)t(rec/19.1-2-out.wav)'
RECTOOLS_POLICY=$T/third.ini
is "AGI: a third party says yes" "$(third 1 third-party 103)" \
    "STREAM FILE \"m/r3\" \"\"
GET DATA \"m/a3\" 5000 1
-rx mixmonitor stop SIP/a-1 
-rx $again
join third-party 103|announced third-party|consent granted third-party|leave third-party|end|
record = yes;start = 5.000;end = 25.000;"
is "AGI: a third party says no" "$(third 2 third-party 103)" \
    "STREAM FILE \"m/r3\" \"\"
GET DATA \"m/a3\" 5000 1
-rx mixmonitor stop SIP/a-1 
-rx $again
join third-party 103|announced third-party|consent declined third-party|leave third-party|end|
record = yes;start = 5.000;end = 25.000;cut = 10.000 20.000 third-party-no-consent;"
mv m/r3.wav m/r3.off
is "AGI: a third party whose message is gone" "$(third 1 third-party 103)" \
    "STREAM FILE \"m/r3\" \"\"
-rx mixmonitor stop SIP/a-1 
-rx $again
join third-party 103|message failed m/r3.wav|leave third-party|end|
record = yes;start = 5.000;end = 25.000;cut = 10.000 20.000 message-failed;"
sed -i 's/^record = yes/&\nif_message_fails = record/' third.ini
is "AGI: and where the policy goes on" "$(third 1 third-party 103)" \
    "STREAM FILE \"m/r3\" \"\"
GET DATA \"m/a3\" 5000 1
-rx mixmonitor stop SIP/a-1 
-rx $again
join third-party 103|message failed m/r3.wav|consent granted third-party|leave third-party|end|
record = yes;start = 5.000;end = 25.000;"
mv m/r3.off m/r3.wav
agi 00 19.2 1 begin queue Billing >/dev/null
agi 05 19.2 1 >/dev/null
AGI_REC_CALL=19.2 agi 10 19.9 2 third-party 103 >/dev/null
AGI_REC_CALL=19.2 agi 20 19.9 '' leave third-party >/dev/null
agi 22 19.2 1 pause >/dev/null
is "AGI: a pause ends only the legs that it stops" \
    "$(sed -n '/customer/p; /^start/p; /^end/p' rec/19.2.legs | tr '\n' ' ')" \
    '[leg customer 1] start = 5.000 start = 5.000 [leg customer 2] start = 20.000 end = 22.000 start = 20.000 end = 22.000 '
rm -f rec/19.2*
: >err
is "AGI: a third party whose event comes from another channel hears nothing" \
    "$(third 1 join third-party 103 | grep -c 'm/')" 0
is "AGI: and that is reported" "$(sed "s|$T/||" err)" \
    "asterisk-live: 19.1: play-third-party m/r3.wav: not played: SIP/a-1 is not the channel of the party that must hear it
asterisk-live: 19.1: ask-third-party m/a3.wav: not played: SIP/a-1 is not the channel of the party that must hear it"
RECTOOLS_POLICY=$T/policy.ini
# Who is with the customer, as Asterisk's console shows it, while an agent consults
# and after one has left. `there` has the channels of the bridge, `alive` others.
cat >cli <<'X'
#!/bin/sh
cd "$RECTOOLS_LEGS/.." || exit
case $2 in
"core show channel SIP/a-1") printf '       UniqueID: 1\n      Bridge ID: b1-2\n' ;;
"core show channel "*)
	grep -qx "${2##* }" there alive && printf '      Caller ID: 103;ext=7\nConnected Line ID: 101\n       UniqueID: 2\n        Context: internal\n' ;;
"bridge show b1-2") sed 's/^/Channel: /' there ;;
"channel originate "* | "channel redirect "*) echo "$2" >>orders ;;
esac
X
cat >plain.ini <<'P'
[recording]
continue_with_third_party = yes
[leaving]
allow_agent_to_leave = yes
[inbound]
record = yes
play_message = no
[outbound]
record = yes
play_message = no
P
RECTOOLS_POLICY=$T/plain.ini
# on CHANNEL WORD: it says that it came, or has gone.
on() { AGI_CHANNEL=$1 AGI_REC_CALL=${rec_call:-21.1} agi 05 21.9 '' "$2" >/dev/null; }
told() { sed 's/^[0-9.]* = //' "rec/${rec_call:-21.1}.events" | tr '\n' '|'; }
# tells WORDS: those are the last that were told, within ten seconds.
tells() {
	tells_n=0
	while [ $tells_n -lt 100 ]; do
		case $(told) in *"$1|") return 0 ;; esac
		tells_n=$((tells_n + 1))
		sleep 0.1
	done
	told
	echo
	return 1
}
both() { printf '%s\n' SIP/a-1 "$@" >there; }
: >alive
agi 00 21.1 1 begin queue Billing >/dev/null
both SIP/alice-1 Local/7@x-1
on SIP/alice-1 came
is "AGI: who comes answers" "$(told)" 'announcing|answer|'
ok "AGI: and is the agent" grep -qx 'agent = SIP/alice' rec/21.1.call
both
echo SIP/bob-2 >alive
on SIP/bob-2 came
ok "AGI: an agent consults" tells 'leave agent'
both SIP/bob-2
ok "AGI: and transfers" tells 'leave agent|transfer agent=SIP/bob'
on SIP/alice-1 gone
is "AGI: who was not there any more does not leave" "$(told)" \
    'announcing|answer|leave agent|transfer agent=SIP/bob|'
both SIP/bob-2 SIP/carol-3
echo SIP/carol-3 >alive
on SIP/carol-3 came
ok "AGI: a third party joins" tells 'join third-party 103'
both SIP/carol-3
on SIP/bob-2 gone
ok "AGI: the agent leaves" tells 'leave agent'
both
ok "AGI: the third party leaves" tells 'leave third-party'
both SIP/dave-4
ok "AGI: another agent takes the call" tells 'transfer agent=SIP/dave'
agi 20 21.1 1 'transfer queue=Sales' >/dev/null
is "AGI: a blind transfer" "$(told | sed 's/.*SIP.dave|//')" 'leave agent|transfer queue=Sales|'
agi 30 21.1 1 end >/dev/null
is "AGI: nothing is left but the call" "$(find rec -type f ! -name '21.1-[1-9]-*')" rec/21.1.ini
rm -f rec/21.1*
# An agent adds a third party by a key: it is told and asked out of the bridge.
RECTOOLS_POLICY=$T/key.ini
sed '/^if_message_fails/d' third.ini >key.ini
rec_call=24.1
# added CHANNEL...: the agent's key has brought these, too.
added() {
	both "$@" SIP/alice-1
	for one; do echo "$one"; done >alive
	on "$1" came
}
# order WORDS: the last that the console was given, as soon as it is.
order() {
	order_n=0
	until grep "$1" orders 2>/dev/null | tail -n 1 | grep . || [ $order_n -ge 100 ]; do
		order_n=$((order_n + 1))
		sleep 0.1
	done
}
# asks CHANNEL DIGIT: what is said to it. As in Asterisk it leaves the bridge for that,
# and a channel waits there until it is back.
asks() {
	job_n=0
	until job=$(grep -lFx "$1" rec/24.1.third.* 2>/dev/null) || [ $job_n -ge 100 ]; do
		job_n=$((job_n + 1))
		sleep 0.1
	done
	job=job24.1-${job##*.}
	order "Local/$job@" >/dev/null
	AGI_EXTENSION=$job AGI_CHANNEL=Local/k-2 agi 10 99.1 '' keep &
	order "redirect $1 rec-live-asked,$job,1" >/dev/null
	sed -i "\\|^$1\$|d" there
	sleep 1 # somebody looks meanwhile
	AGI_EXTENSION=$job AGI_CHANNEL=$1 agi 10 24.9 "$2" asked
	[ "$2" = hangup ] || echo "$1" >>there
	[ "$2" != hangup ] || sed -i "\\|^$1\$|d" alive
	wait $!
}
legs() { grep -c '^file' rec/24.1.legs; }
# legs_are NUMBER: they are, once what was told has been carried out.
legs_are() {
	legs_n=0
	until [ "$(legs)" = "$1" ] || [ $legs_n -ge 100 ]; do
		legs_n=$((legs_n + 1))
		sleep 0.1
	done
	[ "$(legs)" = "$1" ]
}
agi 00 24.1 1 begin queue Billing >/dev/null
both SIP/alice-1
on SIP/alice-1 came
agi 04 24.1 '' announced >/dev/null
both
echo SIP/carol-3 >alive
on SIP/carol-3 came
ok "AGI: by a key: the agent consults" tells 'leave agent'
on SIP/dave-4 came
is "AGI: by a key: who is consulted meanwhile is no agent" "$(told | grep -c dave)" 0
both SIP/carol-3 SIP/alice-1
ok "AGI: by a key: who comes along before the agent" tells 'join third-party 103|answer'
is "AGI: by a key: a channel comes for it" "$(order originate | sed 's/24.1-[0-9]*/ID/')" \
    'channel originate Local/jobID@rec-live-keep/n application BridgeAdd 24.1'
is "AGI: by a key: nothing is recorded yet" "$(legs)" 2
is "AGI: by a key: what it hears" "$(asks SIP/carol-3 1 | grep -v 'EXEC UserEvent')" \
    'SET VARIABLE REC_CALL 24.1
SET VARIABLE TRANSFER_CONTEXT internal
STREAM FILE "m/r3" ""
GET DATA "m/a3" 5000 1'
ok "AGI: by a key: it says yes" tells 'answer|announced third-party|consent granted third-party'
ok "AGI: by a key: and all are recorded" legs_are 4
# Two more: not told before both have said it, one of them by leaving.
added SIP/carol-3 SIP/dave-4 SIP/eve-5
ok "AGI: by a key: two more" tells 'join third-party 103|join third-party 103'
asks SIP/dave-4 1 >/dev/null
is "AGI: by a key: another has not said it" "$(told | sed 's/.*granted//') $(legs)" \
    ' third-party|join third-party 103|join third-party 103| 4'
both SIP/alice-1 SIP/carol-3 SIP/dave-4
sed -i /eve/d alive
ok "AGI: by a key: and leaves" tells 'leave third-party|announced third-party|consent granted third-party'
ok "AGI: by a key: recorded again" legs_are 6
# who CHANNEL DIGIT: what is told of one who says that.
who() {
	added SIP/carol-3 SIP/dave-4 "$1"
	tells 'join third-party 103'
	asks "$1" "$2" >/dev/null
	[ "$2" != hangup ] || tells "$3"
	[ "$2" = hangup ] || both SIP/alice-1 SIP/carol-3 SIP/dave-4
	sed -i "\\|^$1\$|d" alive
	tells "$3"
}
granted='leave third-party|consent granted third-party'
ok "AGI: by a key: no" who SIP/f-6 2 "join third-party 103|announced third-party|consent declined third-party|$granted"
ok "AGI: by a key: no answer" who SIP/g-7 '' "join third-party 103|announced third-party|consent none third-party|$granted"
ok "AGI: by a key: it hangs up" who SIP/h-8 hangup \
    "join third-party 103|message failed $T/m/r3.wav|leave third-party|announced third-party|consent granted third-party"
mv m/r3.wav m/r3.off
ok "AGI: by a key: a message that fails" who SIP/i-9 1 \
    "join third-party 103|message failed $T/m/r3.wav|leave third-party|announced third-party|consent granted third-party"
mv m/r3.off m/r3.wav
agi 30 24.1 1 end >/dev/null
is "AGI: by a key: nothing is left but the call" "$(find rec -type f ! -name '24.1-[1-9]-*')" rec/24.1.ini
is "AGI: by a key: what each said decides" "$(plan rec/24.1.ini | tr ';' '\n' | sed -n 's/^cut = [0-9. ]*//p' | tr '\n' '|')" ''
rm -f rec/24.1* orders
RECTOOLS_POLICY=$T/plain.ini
# An id of its own: who looks after the call above may not have seen its end yet.
rec_call=22.1
agi 00 22.1 1 begin dialpad >/dev/null
on SIP/trunk-5 came
ok "AGI: an outbound call: who comes is the customer, on the other leg" \
    grep -qx 'file = 22.1-1-out.wav' rec/22.1.legs
is "AGI: and leaves" "$(on SIP/trunk-5 gone; told)" 'announcing|answer|leave customer|'
agi 30 22.1 1 end >/dev/null
rm -f rec/22.1*
RECTOOLS_POLICY=$T/policy.ini
: >err
# A dialplan that begins a second time: nothing is lost, and no leg is written over.
rm -f rec/*
agi 00 17.7 1 begin queue Billing >/dev/null
agi 05 17.7 1 >/dev/null
is "AGI: begun again: a transfer" "$(agi 08 17.7 1 begin queue quiet | grep -c MixMonitor)" 0
is "AGI: begun again: one call" "$(cut -d ' ' -f 3- rec/17.7.events | tr '\n' '|') $(grep -c '^file' rec/17.7.legs)" \
    'announcing|announced|consent granted|answer|transfer queue=quiet| 2'
rm -f rec/17.7*
# Two buttons at once: no event is lost.
agi 00 17.3 1 begin queue Billing >/dev/null
for i in 1 2 3 4; do agi 05 17.3 1 join third-party "$i" >/dev/null & done
wait
is "AGI: four runs at once" "$(grep -c join rec/17.3.events)" 4
is "AGI: nothing went wrong" "$(cat err)" ''
rm -f rec/17.3*

timeout 60 python3 "$ROOT/tests/servers/esl.py" 5ff6 1 \
    "$ROOT/examples/freeswitch-live" 2>err | sed "s|$T/||" >out
is "ESL: what FreeSWITCH was told to do" "$(cat out)" \
    'set rec_button=on
event Event-Subclass=rectools::button,Event-Name=CUSTOM,Button=on
set playback_terminators=none
playback m/r.wav
set playback_terminators=12
playback m/a.wav
play_and_get_digits 1 1 1 5000 # silence_stream://250 silence_stream://250 rec_consent [12]
set rec_announced=true
callcenter Billing
set RECORD_STEREO=true
set RECORD_PRE_BUFFER_FRAMES=0
record_session rec/5ff6-1.wav
record_session_mask rec/5ff6-1.wav
record_session_unmask rec/5ff6-1.wav
stop_record_session rec/5ff6-1.wav'
is "ESL: nothing went wrong" "$(cat err)" ''
is "ESL: what the call file says afterwards" "$(plan rec/5ff6.ini | sed 's/[0-9.][0-9.]*/N/g')" \
    'record = yes;start = N;end = N;cut = N N pause;'
is "ESL: the recording begins where it began, and fits at its end" \
    "$(sed -n '/^.leg/,/^$/p' rec/5ff6.ini | sed '/^.events/,$d; s/[0-9.][0-9.]*$/N/' | tr '\n' ' ')" \
    '[leg customer 1] file = 5ff6-1.wav start = N end = N fits = end channel = N [leg agent 1] file = 5ff6-1.wav start = N end = N fits = end channel = N '
ok "ESL: a queue with a blank" grep -qx 'queue = Second Line' rec/5ff6.ini
find rec -type f -exec touch -d '2 minutes ago' {} + # as above
status "ESL: collect takes it in" 0 "$ROOT/examples/collect" rec
is "ESL: with two legs in one file" "$(cd spool/mix/*5ff6 && echo leg-*) $(grep -c "^file = leg-1.wav$" spool/mix/*5ff6/plan.ini)" "leg-1.wav 2"
is "ESL: and leaves nothing" "$(ls rec)" ''
timeout 60 python3 "$ROOT/tests/servers/esl.py" 5ff7 2 \
    "$ROOT/examples/freeswitch-live" >out 2>err
is "ESL: after a refusal nothing is recorded" "$(grep -c record_ out)" 0
is "ESL: and the call file says so" "$(plan rec/5ff7.ini)" 'record = no;'
for gone in r a; do
	mv m/$gone.wav m/$gone.off
	STRAY=1 timeout 60 python3 "$ROOT/tests/servers/esl.py" 5ff8 1 \
	    "$ROOT/examples/freeswitch-live" >out 2>err
	mv m/$gone.off m/$gone.wav
	is "ESL: no $gone: nothing is recorded" "$(grep -c record_ out)" 0
	is "ESL: no $gone: the call goes on" "$(grep -c 'callcenter Billing' out)" 1
	is "ESL: no $gone: the call file says so" \
	    "$(sed '1,/^\[events\]/d' rec/5ff8.ini | cut -d ' ' -f 3- | sed "s|$T/||" | tr '\n' '|')" \
	    "announcing|message failed m/$gone.wav|transfer agent=alice@default|answer|pause|resume|end|"
	rm -f rec/5ff8*
done
mv m/r.wav m/r.off
head -c 44 m/r.off >m/r.wav
timeout 60 python3 "$ROOT/tests/servers/esl.py" 5ff8 1 \
    "$ROOT/examples/freeswitch-live" >out 2>err
mv m/r.off m/r.wav
is "ESL: an empty message has failed" "$(grep -c 'message failed' rec/5ff8.ini) $(grep -c record_ out)" '1 0'
rm -f rec/5ff8*
for broken in r a; do
	BREAK=$broken.wav timeout 60 python3 "$ROOT/tests/servers/esl.py" 5ff8 1 \
	    "$ROOT/examples/freeswitch-live" >out 2>err
	is "ESL: $broken broken off has failed" \
	    "$(sed -n "s|.*= message|message|; s|$T/||; /^message/p" rec/5ff8.ini) $(grep -c record_ out)" \
	    "message failed m/$broken.wav 0"
	rm -f rec/5ff8*
done
for said in 1 2; do
	RECTOOLS_POLICY=$T/out.ini CUSTOMER=$said TYPE=dialpad THEN='bridge sofia/gw/1' \
	    timeout 60 python3 "$ROOT/tests/servers/esl.py" 5ffe 1 \
	    "$ROOT/examples/freeswitch-live" 2>err | sed "s|$T/||" >out
	is "ESL: $said: who is called is asked, and told, not the agent" \
	    "$(sed -n 's/ 1 1 1 .*//; /playback m\|digits/p' out | tr '\n' '|')" \
	    "b-leg: playback m/a.wav|b-leg: play_and_get_digits|$(
		[ $said = 2 ] || echo 'b-leg: playback m/r.wav|')"
	is "ESL: $said: and what it says counts" "$(grep -c '^record_session ' out)" $((2 - said))
	rm -f rec/5ffe*
done
BARGE=1 timeout 60 python3 "$ROOT/tests/servers/esl.py" 5ff9 '' \
    "$ROOT/examples/freeswitch-live" >out 2>err
is "ESL: a digit pressed while the question is played" \
    "$(grep -c play_and_get out) $(grep -c 'consent granted' rec/5ff9.ini)" '0 1'
ok "ESL: language, CRM key, numbers" test "$(grep -cx 'language = en\|zendesk_ticket = 35436\|caller = +15550100\|callee = 200' rec/5ff9.ini)" = 4
for then in 'bridge sofia/internal/1001@pbx:5090' 'conference room@default' 'fifo desk in'; do
	THEN=$then timeout 60 python3 "$ROOT/tests/servers/esl.py" 5ffa 1 \
	    "$ROOT/examples/freeswitch-live" >out 2>err
	ok "ESL: $then is what is executed" grep -qx "$then" out
	is "ESL: $then: recorded, paused and resumed" "$(grep -c '^record_session\|^stop_rec' out)" 4
	is "ESL: $then: the call file says so" "$(plan rec/5ffa.ini | sed 's/[0-9.][0-9.]*/N/g')" \
	    'record = yes;start = N;end = N;cut = N N pause;'
	rm -f rec/5ffa*
done
LATE=0.7 timeout 60 python3 "$ROOT/tests/servers/esl.py" 5ffd 1 \
    "$ROOT/examples/freeswitch-live" >out 2>err
is "ESL: told late: the file ends with the call, and is as long as it says" \
    "$(awk -v file="$(soxi -D rec/5ffd-1.wav)" '
	/^start =/ { start = $3 }
	/^end =/ { end = $3 }
	/ = pause$/ { pause = $1 }
	/ = resume$/ { resume = $1 }
	/^[0-9.]* = end$/ { late = end - start - file
	    print ($1 == end), (late < 0.25 && late > -0.25),
		(resume - pause > 0.8) }' \
	rec/5ffd.ini)" '1 1 1'
rm -f rec/5ff9* rec/5ffd*
printf '[inbound]\nrecord = yes\nplay_message = no\nredaction = no\n' >quiet.ini
RECTOOLS_POLICY=$T/quiet.ini timeout 60 python3 "$ROOT/tests/servers/esl.py" 5fff 1 \
    "$ROOT/examples/freeswitch-live" >out 2>err
is "ESL: the agent and the desktop hear that it does not pause" "$(grep 'tone\|no-pause' out | tr '\n' '|')" \
    'event Event-Subclass=rectools::no-pause,Event-Name=CUSTOM|b-leg: playback tone_stream://%(250,0,440)|'
is "ESL: nothing is masked" "$(grep -c mask out)" 0
rm -f rec/5fff*
# recpolicy dies in the middle: the recording stops, the desktop is told, the call and
# its file go on.
cat >dying/recpolicy <<X
#!/usr/bin/env python3
import os, subprocess, sys
p = subprocess.Popen(["$(command -v recpolicy)", *sys.argv[1:]], stdout=-1, text=True)
for line in p.stdout:
    if line.endswith(" = pause\n"):
        break
    print(line, end="", flush=True)
    if line.endswith(" = answer\n") and "DIES" in os.environ:
        break
p.kill()
p.wait()
X
PATH=$T/dying:$PATH timeout 60 python3 "$ROOT/tests/servers/esl.py" 5ffc 1 \
    "$ROOT/examples/freeswitch-live" >out 2>err
is "ESL: recpolicy dies: the recording stops" "$(sed "1,/^record_session /d; /has ended/d; s|$T/||" out | tr '\n' '|')" \
    'stop_record_session rec/5ffc-1.wav|set rec_button=off|event Event-Subclass=rectools::button,Event-Name=CUSTOM,Button=off|'
ok "ESL: recpolicy dies: reported" grep -q 'recpolicy has died, recording has stopped' err
is "ESL: recpolicy dies: what was told is in the call's file" "$(sed -n 's/^[0-9].* = //p' rec/5ffc.ini | sed '1,/^answer/d' | tr '\n' '|')" 'end|'
rm -f rec/5ffc*
DIES=1 PATH=$T/dying:$PATH timeout 60 python3 "$ROOT/tests/servers/esl.py" 5ffc 1 \
    "$ROOT/examples/freeswitch-live" >out 2>err
is "ESL: recpolicy dies, and nothing happens: it stops at once" "$(sed -n '/^record_session /,$p' out | grep -c '^stop_record_session') $(grep -x 'stopped\|still recorded' out)" \
    '1 stopped'
rm -f rec/5ffc*
PARTS=1 timeout 60 python3 "$ROOT/tests/servers/esl.py" 5ffc 1 \
    "$ROOT/examples/freeswitch-live" >out 2>err
is "ESL: the agent hangs up first: the caller alone is not recorded" \
    "$(grep -x 'stopped\|still recorded' out) $(sed -n 's/^[0-9].* = //p' rec/5ffc.ini | sed '1,/^resume/d' | tr '\n' '|')" \
    'stopped leave agent|end|'
rm -f rec/5ffc*
# Milliseconds for seconds pause nothing, and what comes later is not at that time.
is "--live: a time in milliseconds" "$(printf '[call]\nid = c\ntype = queue\n' >ms.ini
	printf '1 = answer\n45000 = pause\n2 = end\n' | RECTOOLS_NOW=2026-11-22T10:00:10Z \
	    recpolicy -c quiet.ini --live ms.ini 2>/dev/null | grep -v '^button' | cut -c 1-30 | tr '\n' '|')" \
    'ok 0.000 = announcing|start|ok 1.000 = answer|error 45000 is 45000 s ahead o|stop|ok 2.000 = end|'
# A third party: on its own leg, and the recording is the caller's.
RECTOOLS_POLICY=$T/third.ini
sed -i '/^if_message_fails/d' third.ini
# third DIGIT: what the third party heard, and what was told of it.
third() {
	: >err
	THIRD=$1 timeout 60 python3 "$ROOT/tests/servers/esl.py" 5ffb '' \
	    "$ROOT/examples/freeswitch-live" 2>err >out
	grep '^3rd' out | sed "s|$T/||"
	sed '1,/^\[events\]/d; s/^[0-9.]* = //' rec/5ffb.ini | sed "1,/^resume/d; s|$T/||" | tr '\n' '|'
	echo
	plan rec/5ffb.ini | sed 's/[0-9.][0-9.]*/N/g'
	rm -f rec/5ffb*
}
heard='3rd: set playback_terminators=none
3rd: playback m/r3.wav
3rd: set playback_terminators=12
3rd: playback m/a3.wav
3rd: play_and_get_digits 1 1 1 5000 # silence_stream://250 silence_stream://250 rec_consent [12]'
is "ESL: a third party says yes" "$(third 1)" "$heard
join third-party 1003|announced third-party|consent granted third-party|leave third-party|end|
record = yes;start = N;end = N;cut = N N pause;cut = N N third-party-not-told;cut = N N third-party-no-consent;"
is "ESL: a third party says no" "$(third 2)" "$heard
join third-party 1003|announced third-party|consent declined third-party|leave third-party|end|
record = yes;start = N;end = N;cut = N N pause;cut = N N third-party-not-told;cut = N N third-party-no-consent;"
is "ESL: a third party that is gone already" "$(third gone)" "join third-party 1003|leave third-party|end|
record = yes;start = N;end = N;cut = N N pause;cut = N N third-party-not-told;"
mv m/r3.wav m/r3.off
is "ESL: a third party whose message is gone" "$(third 1)" "$(echo "$heard" | head -n 2)
join third-party 1003|message failed m/r3.wav|leave third-party|end|
record = yes;start = N;end = N;cut = N N pause;cut = N N third-party-not-told;cut = N N message-failed;"
mv m/r3.off m/r3.wav
is "ESL: nothing else went wrong" "$(grep -cv "No such file or directory$" err)" 0
is "ESL: no process is left" "$(grep -ls "$T/[r]ec" /proc/[0-9]*/cmdline)" ''
# Debian's Asterisk 22.10.1 looks for a script without a path in its own directory,
# /usr/share/asterisk/agi-bin: the call went on and was not recorded.
is "its dialplan has the path where it is installed" "$(grep -Ehn 'AGI[(,]' \
    "$ROOT/examples/asterisk/live.conf" "$ROOT/examples/asterisk-live" |
    grep -Ev 'AGI(\(|,")/usr/local/lib/rectools/asterisk-live|an AGI script|by AGI\(\)')" ''
done_testing
