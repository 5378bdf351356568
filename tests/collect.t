#!/bin/sh
# recpolicy --collect: the calls that a PBX left in a directory.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1
cat >policy.ini <<'I'
[inbound]
record = yes
play_message = no
[queue ivr/No inbound]
record = no
I
n=0
tone() { # FILE SECONDS: no two files alike
	n=$((n + 1))
	sox -D -n -r 8000 -c 1 -b 16 "$1" synth "$2" sine $((300 + n)) vol 0.3
}
# call NAME [QUEUE [ID]]: a call of 2 s, its legs and what hooks write.
call() {
	tone "d/$1-in.wav" 2
	tone "d/$1-out.wav" 2
	cat >"d/$1.ini" <<-I
	[call]
	id = ${3:-$1}
	type = queue
	queue = ${2:-Yes}
	started = 2026-11-30T09:00:00Z
	[leg customer]
	file = $1-in.wav
	[leg agent]
	file = $1-out.wav
	[events]
	0 = answer
	2 = end
	I
	echo '0 = answer' >"d/$1.events"
	echo 'a = b' >"d/$1.facts"
}
fresh() { # empty: the directory and the spool
	rm -rf d sp
	mkdir d
	recpolicy --init -s sp
}
collect() { recpolicy -c policy.ini -s sp --collect d "$@"; }
files() { (cd d && find . ! -name . ! -name .rectools-door | sed 's,^\./,,' | sort | xargs); }
events() { cut -d' ' -f3,4 sp/audit.log | xargs; }
ago() { touch -d "$1 ago" d/*; }
aside() { find sp/failed -mindepth 1 -maxdepth 1 | sed 's/.*Z-//' | sort | xargs; }
mix() { find sp/mix -mindepth 1 -maxdepth 1 | sed 's/.*Z-//' | sort | xargs; }

fresh
call c1 && call c5 No && call c5-2
status "calls enter or are refused" 0 collect
is "calls enter or are refused: silent" "$(cat err)" ""
is "the folders are printed" "$(sed 's/.*Z-//' out | xargs)" "c1 c5-2"
is "nothing of them is left" "$(files)" ""
is "c5-2 is in the spool, c5 is not" "$(mix)" "c1 c5-2"
is "the audit log has all" "$(events)" "c1 entered c5-2 entered c5 refused"
ok "a refusal by file and line" grep -q \
    ' c5 refused legs=2 bytes=.* at=policy.ini:5 \[queue ivr/No inbound\] record$' sp/audit.log
status "nothing to do" 0 collect

# ---- consent is declined after the call was taken ----
late() { # ID
	printf '%s\n' '[call]' "id = $1" 'type = queue' 'queue = Yes' \
	    '[leg customer]' "file = $1-in.wav" '[leg agent]' "file = $1-out.wav" \
	    '[events]' '0 = answer' '1 = consent declined' '2 = end' >"d/$1.ini"
	touch -d '2 minutes ago' "d/$1.ini"
}
fresh
call c1 && call c2
collect >/dev/null 2>&1
recsweep -s sp --hold c2 --reason x 2>/dev/null
late c1
status "a refusal after the call was taken" 1 collect
one_line "a refusal after the call was taken: reported" 'd/c1.ini: consent was declined after the call was taken; it is kept in failed/ .recupload --erase c1 deletes it.$'
is "and the call is not delivered" "$(mix) $(aside)" "c2 c1"
ok "its folder says why" grep -rq 'consent was declined after' sp/failed
is "the audit log has it" "$(events)" \
    "c1 entered c2 entered c2 hold c1 failed c1 late c1 refused"
is "the file is lost" "$(files)" ""
late c1
status "the file is lost: the same again" 1 collect
is "moves nothing" "$(aside)" c1
late c2
status "and one for a call on hold" 1 collect
rm -rf sp/failed/*
late c1
status "one for a call that has left the spool" 1 collect
one_line "one for a call that has left the spool: reported" 'it is not in the spool any more .recupload --erase c1 '
late c3
status "a refusal for a call that never came" 0 collect
ok "the chain holds" recsweep --verify -s sp
# Its legs arrive again with it: somebody copied them and did not remove them.
fresh
call c1
cp -r d d5
collect >/dev/null 2>&1
cp d5/* d/
sed -i 's/^2 = end/1 = consent declined\n&/' d/c1.ini
ago '2 minutes'
status "a refusal with the legs once more" 1 collect
is "holds the call, too" "$(mix) $(aside)" " c1"
is "and deletes them" "$(files)" ""
# Two call files of one call in one run.
fresh
call c1
sed 's/^2 = end/1 = consent declined\n&/' d/c1.ini >d/c2.ini
sed -i 's/c1-/gone-/' d/c2.ini
touch -d '2 minutes ago' d/c2.ini
status "a refusal in the same run" 1 collect
is "a refusal in the same run: holds it" "$(mix) $(aside)" " c1"

# A third party who declines only ends the recording of the time when they are
# there; here the policy does not ask them.
fresh
call c1
collect >/dev/null 2>&1
late c1
sed -i 's/^1 = .*/1 = consent declined third-party/' d/c1.ini
touch -d '2 minutes ago' d/c1.ini
status "a third party's no" 0 collect
is "a third party's refusal: holds nothing" "$(cat err)$(mix) $(aside)" "c1 "

# ---- a pause is reported after the call was taken ----
pause() { # ID [LINE]: its call file alone
	late "$1"
	sed -i "s/^1 = consent.*/${2:-1 = pause\\n1.5 = resume}/" "d/$1.ini"
	touch -d '2 minutes ago' "d/$1.ini"
}
fresh
call c1 && call c2
sed -i 's/^2 = end/1 = pause\n1.5 = resume\n&/' d/c2.ini
collect >/dev/null 2>&1
pause c2
status "the pause that it was cut by" 0 collect
is "the pause that it was cut by: nothing new" "$(cat err)$(mix)" "c1 c2"
pause c1
status "a pause reported after the call was taken" 1 collect
one_line "a pause reported after the call was taken: reported" 'd/c1.ini: a pause .1.000 to 1.500. was reported after the call was taken; it is kept in failed/ .recupload --erase c1 deletes it.$'
is "and its sound is not delivered" "$(mix) $(aside)" "c2 c1"
ok "its folder says when it was" grep -rq 'a pause (1.000 to 1.500)' sp/failed
is "the audit log has it" "$(events)" "c1 entered c2 entered c1 failed c1 late"
is "the file is lost" "$(files)" ""
recmix -s sp
pause c2
status "a call that is mixed: its pause" 0 collect
pause c2 '1 = payment-start\n1.8 = payment-end'
status "and a payment that goes on for longer" 1 collect
is "holds it" "$(find sp/split -mindepth 1) $(aside)" " c1 c2"
rm -rf sp/failed/*
pause c2
sed -i '/^queue/a started = 2026-11-30T09:00:00Z' d/c2.ini
touch -d '2 minutes ago' d/c2.ini
status "a call that left the spool: its pause" 0 collect
is "a call that left the spool: its pause: nothing new" "$(files)" ""
pause c2 '0.5 = pause\n1.5 = resume'
status "and an earlier one" 1 collect
one_line "and an earlier one: reported" 'a pause .0.500 to 1.500. was reported .*; it is not in the spool any more '
ok "the chain holds" recsweep --verify -s sp
fresh
cp d5/* d/
collect >/dev/null 2>&1
cp d5/* d/
sed -i 's/^2 = end/1 = pause\n1.5 = resume\n&/' d/c1.ini
ago '2 minutes'
before=$(files)
status "a pause, and the legs once more" 1 collect
is "a pause, and the legs once more: holds the call" "$(mix) $(aside)" " c1"
is "and keeps what it can be made of" "$(files)" "$before"
status "and keeps what it can be made of: reported once" 0 collect

# Of several recordings the pause is in one.
sed '1i [recording]\nseparation = per-segment' policy.ini >segments.ini
segments() { recpolicy -c segments.ini -s sp --collect d; }
fresh
call c1
sed -i 's/^2 = end/1 = transfer queue=Other\n1.2 = pause\n1.6 = resume\n&/' d/c1.ini
cp -p d/c1.ini told.ini
status "a call of two recordings" 0 segments
recmix -s sp
is "is mixed into two" "$(find sp/split -name '*.mp3' | wc -l)" 2
cp -p told.ini d/c1.ini
ago '2 minutes'
status "the pause in one of them" 0 segments
is "is missing in none" "$(cat err)$(aside)" ""

# ---- the end of a torn call is reported later ----
fresh
call c1
sed -i '/end/d' d/c1.ini
ago '2 hours'
collect --torn-after 90m >/dev/null 2>&1
late c1
sed -i '/declined/d' d/c1.ini
status "an end reported after the call was taken without one" 1 collect
one_line "an end reported after the call was taken without one: reported" 'its end was reported after the call was taken without one; it goes on as it is '
is "and the call goes on" "$(mix) $(aside)" "c1 "

# ---- other differences are reported after the call was taken ----
again() { # LABEL SED STATUS WHAT WHERE [AGAIN]
	fresh
	call c1
	sed -i 's/^queue.*/&\nagent = ann/' d/c1.ini
	cp d/c1.ini said.ini
	collect >/dev/null 2>&1
	[ -z "${6:-}" ] || recmix -s sp
	sed "$2" said.ini >d/c1.ini
	ago '2 minutes'
	status "$1" "$3" collect
	is "$1: is reported" "$(sed 's/.* d.c1.ini: //; s/, as .*//; s/ was reported .*; it/: it/; s/ (recup.*//' err)" "$4"
	is "$1: where it is then" "$(mix) $(aside)" "$5"
	is "$1: logged" "$(grep -c ' c1 late of=' sp/audit.log)" "$3"
	is "$1: the file is done for" "$(files)" ""
	ok "$1: the chain holds" recsweep --verify -s sp
}
again "word for word" '' 0 "" "c1 "
again "a hold" 's/^2 = end/1 = hold\n&/' 0 "" "c1 "
again "another agent" 's/= ann/= bob/' 1 "another agent: it is kept in failed/" " c1"
again "another queue, mixed" 's/= Yes/= Other/' 1 \
    "another queue: it is kept in failed/" " c1" mixed
again "a queue that is not recorded" 's/^2 = end/1 = transfer queue=No\n&/' 1 \
    "that a part may not be recorded (1.000 to 2.000): it is kept in failed/" " c1"
again "the same, mixed" 's/^2 = end/1 = transfer queue=No\n&/' 1 \
    "that a part may not be recorded (1.000 to 2.000): it is kept in failed/" " c1" mixed
again "a queue that is not recorded, from the beginning" 's/= Yes/= No/' 1 \
    "that a part may not be recorded (0.000 to 2.000): it is kept in failed/" " c1"
again "the sides the other way round" 's/\[leg customer/[leg x/; s/leg agent/leg customer/; s/leg x/leg agent/' 1 \
    "another [leg]: it is kept in failed/" " c1"
again "another place, mixed" 's/^file = c1-in.*/&\nstart = 1/' 1 \
    "another [leg]: it is kept in failed/" " c1" mixed
again "one leg more" 's/^.events/[leg third-party]\nfile = c1-x.wav\n&/' 1 \
    "another [leg]: it is kept in failed/" " c1"
again "a later end" 's/^2 = end/9 = end/' 1 \
    "that more was to be recorded (2.000 to 9.000): it goes on as it is" "c1 "
again "an earlier end" 's/^2 = end/0.5 = end/' 1 \
    "an earlier end: it goes on as it is" "c1 "
again "a fact more" 's/^agent.*/&\nrating = 5/' 1 "a fact: it goes on as it is" "c1 "
again "another agent, once more" 's/= ann/= bob/' 1 "another agent: it is kept in failed/" " c1"
status "who has looked at it" 0 recupload -s sp --retry c1
is "lets it go on" "$(mix) $(aside)" "c1 "
# A call that has left the spool: a difference is known, but not which.
fresh
call c1
cp d/c1.ini said.ini
collect >/dev/null 2>&1
recmix -s sp && rm -rf sp/split/*
cp said.ini d/c1.ini
ago '2 minutes'
status "word for word, when it has left the spool" 0 collect
sed 's/= Yes/= Other/' said.ini >d/c1.ini
ago '2 minutes'
status "word for word, when it has left the spool: another queue" 1 collect
one_line "and another queue: reported" 'other facts or events were reported after the call was taken; it is not in the spool any more .recupload --erase c1 '

# ---- a call file of that id whose legs are gone: the same call? ----
fresh
call c1
cp d/c1.ini said.ini
collect >/dev/null 2>&1
sed 's/T09:/T10:/' said.ini >d/c1.ini
ago '2 minutes'
status "another call of the same id, whose legs are not there" 0 collect
is "is not taken for the one that came" "$(mix) $(files)" "c1 c1.ini"
ago '2 hours'
status "late" 1 collect
one_line "late: reported" 'd/c1.ini: a leg is missing$'
sed -i 's/^2 = end/1 = pause\n&/' d/c1.ini
ago '2 minutes'
status "its pause" 0 collect
is "is not that of the other" "$(mix) $(aside)" "c1 "
sed -i 's/^1 = pause/1 = consent declined/' d/c1.ini
ago '2 minutes'
status "but its no" 1 collect
is "holds whom it may be from" "$(mix) $(aside)" " c1"
fresh
call c1
sed -i '/^started/d' d/c1.ini
cp d/c1.ini said.ini
collect >/dev/null 2>&1
sed 's/c1-in/c9-in/' said.ini >d/c1.ini
ago '2 minutes'
status "the same if only the legs show it" 0 collect
is "the same if only the legs show it: waits" "$(mix) $(files)" "c1 c1.ini"
# Two calls of one id: each is known by its own call file.
fresh
call a Yes same && call b Yes same
sed -i 's/T09:/T10:/' d/b.ini
cp d/a.ini a.said && cp d/b.ini b.said
collect >/dev/null 2>&1
other=$(mix | tr ' ' '\n' | grep same-)
sed 's/^2 = end/1 = pause\n&/' b.said >d/b.ini
ago '2 minutes'
status "a pause of the second call of an id" 1 collect
is "a pause of the second call of an id: holds that one" "$(mix) $(aside)" "same $other"
cp a.said d/a.ini
cp b.said d/b.ini
ago '2 minutes'
status "both again, word for word" 0 collect
# The log of an older version has no marks: there the id decides.
fresh
call c1
cp d/c1.ini said.ini
collect >/dev/null 2>&1
sed -i 's/ call=[^ ]*//' sp/audit.log
sed 's/T09:/T10:/' said.ini >d/c1.ini
ago '2 minutes'
status "a call of an older version" 1 collect
one_line "is believed by its id" 'another fact was reported after the call was taken'

fresh
mkdir d/2026
call c1
(cd d && sed "s,file = ,file = $T/d/2026/," c1.ini >c2.ini && rm c1.ini && mv c1-* 2026/)
status "legs below, by absolute paths" 0 collect
is "legs below, by absolute paths: gone" "$(files)" "2026 c1.events c1.facts"

# ---- in progress ----
fresh
call c1
sed -i '/end/d' d/c1.ini
status "a call that goes on waits" 0 collect
is "a call that goes on waits: nothing is reported" "$(cat out err)" ""
is "a call that goes on waits: nothing goes" "$(files)" "c1-in.wav c1-out.wav c1.events c1.facts c1.ini"
echo '1 = consent declined' >>d/c1.ini
echo '2 = end' >>d/c1.ini
status "a late refusal counts" 0 collect
is "a late refusal counts: refused" "$(events)" "c1 refused"
is "a late refusal counts: gone" "$(files)" ""

fresh
call c1
tone d/c1-out.wav 1
status "a leg that is being written" 0 collect
is "a leg that is being written: waits" "$(mix)" ""
touch -d '2 minutes ago' d/c1-out.wav
status "but not when nobody writes any more" 0 collect
is "but not when nobody writes any more: enters" "$(mix)" c1

fresh
call c1 && rm d/c1-out.wav
status "a leg that is not there yet" 0 collect
ago '2 hours'
status "late" 1 collect
one_line "late is reported" '^recpolicy: d/c1.ini: a leg is missing$'
status "late is reported: once" 0 collect
is "not again" "$(cat err)" ""
ok "late is logged" grep -Eq ' c1 late of=[0-9a-f]{16} what=a leg is missing$' sp/audit.log
status "late by another limit" 0 collect --late-after 3h
status "torn" 0 collect --torn-after 1h
is "torn enters" "$(mix)" c1
ok "with its mark" grep -q '^torn = no \[leg agent\]$' sp/mix/*/plan.ini
is "one leg" "$(grep -c '^file = ' sp/mix/*/plan.ini)" 1
is "torn is gone" "$(files)" ""

fresh
call c1
sed -i '/end/d; s/c1-out.wav/&\nstart = 0.5/' d/c1.ini
ago '2 hours'
status "no end" 1 collect
status "torn without end" 0 collect --torn-after 90m
ok "ends with its legs" grep -q '^end = 2.500$' sp/mix/*/plan.ini
ok "with its mark, too" grep -q '^torn = no end$' sp/mix/*/plan.ini

# ---- ids ----
fresh
call a Yes same && call b Yes same
status "two calls of one id" 0 collect
is "two calls of one id: both enter" "$(find sp/mix -mindepth 1 -maxdepth 1 | wc -l)" 2
one_line "two calls of one id: both enter: reported" '^recpolicy: same: another call with this id was in the spool before: this one enters as same-[0-9a-f]{16}$'
ok "two calls of one id: logged" grep -q ' same-[0-9a-f]* entered .* told=same$' sp/audit.log
is "all gone" "$(files)" ""

fresh
call c1
cp -r d d2
collect >/dev/null
recmix -s sp
rm -rf sp/split/*
cp -r d2/* d/
status "the same call again" 0 collect
is "the same call again: done" "$(mix)$(files)" ""
cp d2/c1.ini d/
status "its call file alone" 0 collect
is "its call file alone: is done, too" "$(mix)$(files)" ""

fresh
call c1
sed 's/^id = c1/id = c2/; /^2 = end/d' d/c1.ini >d/c2.ini
status "a call whose legs are those of another one, too" 0 collect
is "leaves them to it" "$(mix) $(files)" "c1 c1-in.wav c1-out.wav c2.ini"
echo '2 = end' >>d/c2.ini
status "the other one" 0 collect
is "takes them" "$(mix)$(files)" "c1 c2"

fresh
call c1
cp -r d d6
collect >/dev/null
rm -rf sp/mix/*
cp d6/* d/
status "a call that got lost before it went on" 0 collect
is "enters again" "$(mix)$(files)" c1
is "and is logged once" "$(events)" "c1 entered"

# ---- faults ----
fresh
call c1 && call c2
echo '[call' >d/bad.ini
ago '2 minutes'
status "a wrong call file" 1 collect
one_line "a wrong call file: reported" '^recpolicy: d/bad.ini:1: '
is "a wrong call file: stays" "$(files)" bad.ini
is "the others go on" "$(mix)" "c1 c2"
status "the others go on: reported once" 0 collect
is "the others go on: reported once" "$(cat err)" ""
echo '[call' >d/new.ini
status "one that is being written" 0 collect
is "one that is being written: skipped" "$(cat err)" ""

fresh
call c1 && call c2 No
printf '[recording]\nenabled = no\n' >no.ini
ago '2 hours'
before=$(files)
status "a policy that was never written" 1 recpolicy -c no.ini -s sp --collect d
one_line "a policy that was never written: reported" 'the policy allows no call to be recorded: all files stay here$'
is "a policy that was never written: deletes nothing" "$(files)" "$before"
printf '[inbound]\nrecord = yes\n[messages]\nrecord_inbound = gone.wav\n' >no.ini
status "a policy without its message" 2 recpolicy -c no.ini -s sp --collect d
is "deletes nothing, either" "$(files)" "$before"
is "and nothing enters" "$(mix)" ""

fresh
status "no directory" 2 recpolicy -c policy.ini -s sp --collect none
one_line "no directory" '^recpolicy: none: there is no such directory$'
status "no directory to look at" 2 recpolicy --audit --collect none
status "one that may be missing" 0 recpolicy -c policy.ini -s sp --collect -none
is "one that may be missing: skipped" "$(cat err)" ""
mkdir here
status "one that may be missing and is not" 0 recpolicy -c policy.ini -s sp --collect -here/
ok "one that may be missing and is not: is looked at" test -d here/.rectools-door
status "the spool itself" 2 recpolicy -c policy.ini -s sp --collect sp
status "what is above it" 2 recpolicy -c policy.ini -s sp --collect .
status "what is above it: in it" 2 recpolicy -c policy.ini -s sp --collect sp/mix
status "a file" 2 recpolicy -c policy.ini -s sp --collect policy.ini
status "an option alone" 2 recpolicy -c policy.ini -s sp --torn-after 1h
status "a time" 2 collect --torn-after soon

# ---- by a log: files of real recorders ----
R=$ROOT/tests/real
fresh
id=1796021967.18
for side in in out; do xz -dc "$R/asterisk/calls/legs/$id-$side.wav.xz" >d/$id-$side.wav; done
echo '0 = announced' >d/$id.events && echo 'zendesk_ticket = 7' >d/$id.facts
xz -dc "$R/asterisk/calls/cel-advanced.csv.xz" >cel.csv
cel() { recpolicy -c policy.ini -s sp --collect d --from asterisk-cel --type direct "$@"; }
n=$(grep -nF ",$id," cel.csv | sed -n '/HANGUP\|BRIDGE_EXIT/{s/:.*//p;q;}')
head -n "$((n - 1))" cel.csv >half.csv
status "Asterisk: a call whose log goes on waits" 0 cel half.csv
is "its legs stay" "$(files)" "$id-in.wav $id-out.wav $id.events $id.facts"
status "Asterisk: with the rest of the log" 0 cel half.csv cel.csv
is "Asterisk: with the rest of the log: enters" "$(mix)" "$id"
is "all of it goes" "$(files)" ""
ok "all of it goes: its facts" grep -q '^zendesk_ticket = 7$' sp/mix/*/plan.ini
status "calls of a log without anything here are passed over" 0 cel cel.csv
is "calls of a log without anything here are passed over: silent" "$(cat out err)" ""

fresh
wav=240afbb5-0b44-4426-a15d-1119db3c74e1
tar -xJf "$R/freeswitch/cdr.tar.xz"
xz -dc "$R/freeswitch/$wav.wav.xz" >d/$wav.wav
ago '2 minutes'
status "FreeSWITCH: by its JSON" 0 recpolicy -c policy.ini -s sp --collect d \
    --from freeswitch-json --type direct "cdr/example/a_$wav.cdr.json"
is "FreeSWITCH: by its JSON: enters" "$(mix)$(files)" $wav

fresh
mkdir -p d/pcaps d/metadata d/tmp
for c in latestart-fc759a168e72375d kill9-e2776cc37aeedfa2; do
	xz -dc "$R/rtpengine/$c.pcap.xz" >d/pcaps/$c.pcap
done
rtp() { find d/metadata d/tmp -type f | recpolicy -c "${1:-policy.ini}" -s sp \
    --collect d --from rtpengine-pcap-txt --answered --type direct; }
for c in latestart-fc759a168e72375d kill9-e2776cc37aeedfa2; do
	meta=$(find "$R/rtpengine" -name "*$c*.t*" | head -n 1)
	case $c in kill9*) cp "$meta" d/tmp/$c.tmp ;; *) cp "$meta" d/metadata/$c.txt ;; esac
done
touch -d '2 minutes ago' d/*/*
sed 's/^record = yes/record = no/' policy.ini >refuse.ini
printf '[outbound]\nrecord = yes\nplay_message = no\n' >>refuse.ini
cp -r d d3
status "rtpengine: closed calls, and one that a kill left" 0 rtp
is "both enter" "$(mix)" "kill9-e2776cc37aeedfa2 latestart-fc759a168e72375d"
is "with all that tells of them" "$(files)" "metadata pcaps tmp"
ok "the killed one says so" grep -q '^torn = no end$' sp/mix/*-kill9-*/plan.ini
rm -rf sp d && mv d3 d && recpolicy --init -s sp
rtp refuse.ini
is "rtpengine: what may not be recorded" \
    "$(cut -d" " -f3,4 sp/audit.log | sort | xargs)" \
    "kill9-e2776cc37aeedfa2 refused latestart-fc759a168e72375d refused"
is "goes, metadata, captures and all" "$(files)" "metadata pcaps tmp"

# ---- the rows of rec-spool(5), "What a PBX's directory can hold" ----
# row STATE COMMAND GO [EVENT]: what happens to a call c1 (or `no`, which is refused)
# in the state that COMMAND makes: whether its call file is deleted, and the event.
rows=0
row() {
	rows=$((rows + 1))
	ok "the manual has: $1" grep -qxF ".It $1" "$ROOT/man/rec-spool.5"
	fresh
	call c1 && call no No
	mkdir -m 700 d/.rectools-door
	eval "$2"
	collect --torn-after "${5:-9h}" >/dev/null 2>&1
	is "$1: what stays" "$(files)" "$3"
	is "$1: the events" "$(cut -d' ' -f3,4 sp/audit.log | sort -u | xargs)" "$4"
}
late='touch -d "2 hours ago" d/*'
row "call file with end, closed legs" : "" "c1 entered no refused"
row "call file with end, some legs, known" \
    'cp -r d d4; collect >/dev/null; recmix -s sp 2>/dev/null; cp d4/c1.ini d4/c1-in.wav d/; rm -r d4' \
    "" "c1 entered c1 mixed no refused"
row "call file with end, no legs, known" \
    'cp d/c1.ini c1.said; collect >/dev/null; mv c1.said d/c1.ini' \
    "" "c1 entered no refused"
row "call file with end, no legs, refused" 'rm -f d/*.wav d/c1*; '"$late" "" "no refused"
row "call file without end" "rm d/no*; sed -i /end/d d/c1.ini; $late" \
    "c1-in.wav c1-out.wav c1.events c1.facts c1.ini" "c1 late"
row "call file without end" "rm d/no*; sed -i /end/d d/c1.ini; $late" "" "c1 entered" 1h
row "call file with end, a leg missing" "rm d/no* d/c1-in.wav; $late" \
    "c1-out.wav c1.events c1.facts c1.ini" "c1 late"
row "call file with end, a leg that grows" "rm d/no*; $late; tone d/c1-in.wav 1" \
    "c1-in.wav c1-out.wav c1.events c1.facts c1.ini" "c1 late" 1h
row "call file that cannot be read" 'rm d/no* d/c1*; echo "[call" >d/c1.ini; '"$late" \
    c1.ini "- unusable"
row "legs or events that no call names" 'rm d/no* d/c1.ini; '"$late" \
    "c1-in.wav c1-out.wav c1.events c1.facts" ""
row ".rectools-door: a file" 'rm d/no* d/c1*; tone x.wav 1; mv x.wav d/.rectools-door/x
mv d/.rectools-door/x d/.rectools-door/.rectools-0123456789abcdef-$(stat -c %i d/.rectools-door/x | xargs printf %x)-y' "" ""
is "its hold is empty" "$(ls -A d/.rectools-door)" ""
is "and all rows are tested" "$(sed -n '/^.Ss What a PBX/,/^.El/p' "$ROOT/man/rec-spool.5" | grep -c '^.It')" $((rows - 1))

# ---- names on a terminal ----
fresh
tone "d/$(printf 'a\033[2Jb\302\233c.wav')" 1
RECTOOLS_NOW=$(date -u -d 'now + 9 days' +%Y-%m-%dT%H:%M:%SZ) \
    recsweep --clock-ok -n -s sp --incoming d >out
ok "no name controls a terminal" grep -q '^d/a_\[2Jb__c.wav$' out
# ---- orphans ----
fresh
call c1
tone d/stray.wav 1
ago '2 hours'
before=$(files)
status "--audit lists orphans" 1 recpolicy --audit --collect d
is "the file that no call names" "$(cat out)" "d/stray.wav: orphan: no call names it"
status "the file that no call names: as JSON" 1 recpolicy --audit --json --collect d
ok "an object" grep -q '"file":"d/stray.wav".*"problem":"orphan"' out
is "nothing is changed" "$(files)" "$before"
ok "not even a hold is made" test ! -e d/.rectools-door
mv d/stray.wav "d/$(printf 'a\033[2Jb\302\233c.wav')"
recpolicy --audit --collect d >out
ok "no name controls a terminal" grep -q '^d/a_\[2Jb__c.wav: orphan' out
RECTOOLS_NOW=$(date -u -d 'now + 9 days' +%Y-%m-%dT%H:%M:%SZ) \
    recsweep --clock-ok -n -s sp --incoming d >out
ok "nor does recsweep's list" grep -q '^d/a_\[2Jb__c.wav$' out
rm d/a*
status "none" 0 recpolicy --audit --collect d

# ---- files that no call took: recsweep --incoming ----
fresh
mkdir -p d/2026
call c1 && call held
sed -i '/end/d' d/c1.ini d/held.ini
tone d/2026/stray.wav 1
mkfifo d/pipe
ln -s ../policy.ini d/link
after() { RECTOOLS_NOW=$(date -u -d "now + $1" +%Y-%m-%dT%H:%M:%SZ) recsweep --clock-ok -s sp --incoming d "${2:--v}"; }
status "recsweep leaves what is young" 0 after '6 days'
is "recsweep leaves what is young: it does" "$(files | wc -w)" 14
status "it shows what is due" 0 after '8 days' -n
is "all of it" "$(wc -l <out)" 13
recsweep --hold held --reason 'a court' -s sp 2>/dev/null
status "after seven days it goes" 0 after '8 days' --json
is "but what is held" "$(files)" \
    "2026 held-in.wav held-out.wav held.events held.facts held.ini"
is "each has a line" "$(grep -c ': deleted, no call took it$' err)" 8
is "and an object" "$(grep -c '"stage":"incoming"' out)" 8
is "and an event, by the call's id where one names it" \
    "$(grep ' swept stage=incoming bytes=.* since=.*Z$' sp/audit.log | cut -d' ' -f3 | sort | uniq -c | xargs)" \
    "3 - 5 c1"
ok "without its name" not grep -q stray sp/audit.log
ok "the chain holds" recsweep --verify -s sp
ok "what a link leads to stays" test -f policy.ini
recsweep --release held --reason "done" -s sp
touch -d '7 days' d/held-in.wav
status "a call that goes on" 0 after '8 days'
is "keeps its files as long as a leg grows" "$(files)" \
    "2026 held-in.wav held-out.wav held.events held.facts held.ini"
status "no directory" 2 recsweep --clock-ok -s sp --incoming none --incoming none2
is "no directory: each is reported" "$(cat err)" "recsweep: none: there is no such directory
recsweep: none2: there is no such directory"
status "one that may be missing" 0 recsweep --clock-ok -s sp --incoming -none
is "one that may be missing: skipped" "$(cat err)" ""
status "a directory that holds the spool, among others" 2 recsweep --clock-ok -s sp --incoming none:.
mkdir e
touch e/old.wav
RECTOOLS_NOW=$(date -u -d 'now + 8 days' +%FT%TZ) recsweep --clock-ok -n -s sp --incoming :-none:e: >out
is "several directories in one word" "$(cat out)" e/old.wav
status "a directory that holds the spool" 2 recsweep --clock-ok -s sp --incoming .
# ---- file systems on which one sync may not reach the disk ----
[ -z "${RECTOOLS_SANITIZED:-}" ] || done_testing # none looks for leaks under strace
fresh
call c1
mkdir lower upper work merged
syncs() { grep -c "$1(" trace; }
if [ "$(id -u)" = 0 ] && have strace && unshare -m sh -c '
    mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work merged &&
    recpolicy --init -s merged/sp && strace -f -o trace -e trace=syncfs,fsync \
    recpolicy -c policy.ini -s merged/sp --collect d' >out 2>err; then
	is "each file is synced on overlayfs" "$(syncs syncfs) $(($(syncs fsync) > 4))" "0 1"
	is "and the call enters" "$(find upper/sp/mix -name 'leg-*' | wc -l | tr -d ' ')$(files)" 2
	call c2
	strace -f -o trace -e trace=syncfs recpolicy -c policy.ini -s sp --collect d >out
	is "elsewhere one sync does" "$(syncs syncfs)" 1
else
	skip "overlayfs" "root may not mount it here, or no strace"
fi
done_testing
