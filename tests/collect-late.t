#!/bin/sh
# recpolicy --collect: what a log, a hook or a call file has of calls that were
# taken before.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1
R=$ROOT/tests/real
printf '[inbound]\nrecord = yes\nplay_message = no\n' >policy.ini
printf '[upload]\nto = a\n[destination a]\ntype = directory\npath = %s/a\n' "$T" >up.ini
mkdir a
id=1796021967.18
xz -dc "$R/asterisk/calls/cel-advanced.csv.xz" >cel.csv
grep -v '"RECPAUSE"\|"RECRESUME"' cel.csv >plain.csv
for side in in out; do xz -dc "$R/asterisk/calls/legs/$id-$side.wav.xz" >$id-$side.wav; done
cel() { recpolicy -c policy.ini -s sp --collect d --from asterisk-cel --type direct \
    --event RECPAUSE=pause --event RECRESUME=resume "$@"; }
files() { (cd d && find . -type f | sed 's,^\./,,' | sort | xargs); }
where() { (cd sp && find mix split upload failed -mindepth 1 -maxdepth 1 | sed 's,/.*Z-,/,' | sort | xargs); }
said() { sed 's/^recpolicy: [^:]*: //; s/ (recup.*//' err; }
# taken [recmix|recupload]: it entered by the log, and went so far.
taken() {
	rm -rf d sp a/*
	mkdir d
	cp $id-*.wav d/
	printf '0 = announced\n' >d/$id.events
	printf 'agent_note = x\n' >d/$id.facts
	recpolicy --init -s sp
	cel plain.csv >/dev/null 2>&1
	[ $# = 0 ] || recmix -s sp >/dev/null 2>&1
	[ "${1:-}" != recupload ] || { recsplit -s sp; recupload -s sp -c up.ini; } >/dev/null 2>&1
}
# late LABEL STATUS MESSAGE WHERE LOG: it is told once, and done.
late() {
	status "$1" "$2" cel "$5"
	is "$1: what is reported" "$(said)" "$3"
	is "$1: where the call is" "$(where)" "$4"
	is "$1: what is left here" "$(files)" ""
	status "$1: the next run" 0 cel "$5"
	is "$1: says nothing" "$(cat err)" ""
	is "$1: and leaves it there" "$(where)" "$4"
	ok "$1: the chain holds" recsweep --verify -s sp
}
no='consent was declined after the call was taken'
taken
is "a call of a log" "$(where) $(files)" "mix/$id "
late "the log again" 0 "" "mix/$id" plain.csv
echo '3 = consent declined' >d/$id.events
late "a no in a hook's file" 1 "$no; it is kept in failed/" "failed/$id" plain.csv
status "a person lets it go on" 0 recupload -s sp --retry $id
echo '3 = consent declined' >d/$id.events
late "and so it does" 0 "" "mix/$id" plain.csv
taken recmix
echo '3 = consent declined' >d/$id.events
late "a no, when it is mixed" 1 "$no; it is kept in failed/" "failed/$id" plain.csv
taken recupload
is "a person lets it go on: it was uploaded" "$(where) $(find a -name '*.mp3' | wc -l)" " 1"
echo '3 = consent declined' >d/$id.events
late "a no, when it was uploaded" 1 "$no; it is not in the spool any more" "" plain.csv
ok "the audit log has it" grep -q " $id late of=.* what=declined after it was taken" sp/audit.log
status "by the command that was named" 0 recupload -c up.ini -s sp --erase $id --reason no
is "by the command that was named: deleted" "$(find a -name '*.mp3' | wc -l)" 0

taken
echo '9 = pause' >d/$id.events && echo '12 = resume' >>d/$id.events
status "a pause in a hook's file" 1 cel plain.csv
ok "a pause in a hook's file: reported" grep -q 'a pause ([0-9.]* to [0-9.]*) was reported after the call was taken; it is kept in failed/' err
is "and holds the call" "$(where) $(files)" "failed/$id "
taken
late "a fact more" 0 "" "mix/$id" plain.csv
echo 'zendesk_ticket = 7' >d/$id.facts
late "a new fact in a hook's file" 1 "a fact was reported after the call was taken; it goes on as it is" \
    "mix/$id" plain.csv
echo 'agent_note = y' >d/$id.facts
late "a changed one" 1 "another fact was reported after the call was taken; it is kept in failed/" \
    "failed/$id" plain.csv

# A later line of the log itself, of a call that has nothing here any more.
for far in '' recmix; do
	taken $far
	status "a pause in the log, ${far:-taken}" 1 cel cel.csv
	ok "a pause in the log, ${far:-taken}: reported" grep -q 'a pause ([0-9.]* to [0-9.]*) was reported after the call was taken; it is kept in failed/' err
	is "and holds the call" "$(where)" "failed/$id"
	status "the log again" 0 cel cel.csv
	is "the log again: silent" "$(cat err)" ""
done
taken recupload
status "a pause in the log of a call that was uploaded" 1 cel cel.csv
ok "a pause in the log of a call that was uploaded: reported" grep -q 'a pause .* was reported after the call was taken; it is not in the spool any more (recupload --erase' err
# A pause that was cut out is none.
rm -rf d sp && mkdir d && cp $id-*.wav d/ && recpolicy --init -s sp
cel cel.csv >/dev/null
for far in mix recmix; do
	[ $far = mix ] || recmix -s sp
	status "a pause that was cut out, $far" 0 cel cel.csv
	is "a pause that was cut out, $far: known" "$(cat err)" ""
done
rm -rf sp/split/*
status "a pause that was cut out, gone" 0 cel cel.csv
is "a pause that was cut out, gone: known" "$(cat err)" ""

# Nor one that lasts to the end, which the log and the sound have at two times.
for open in RECRESUME RECPAUSE; do
	rm -rf d sp && mkdir d && cp $id-*.wav d/ && recpolicy --init -s sp
	# Cut in the log at the end, too.
	sed "s/\"$open\"/\"OTHER\"/g" cel.csv >open.csv
	cel open.csv >/dev/null
	for far in mix recmix gone; do
		[ $far != recmix ] || recmix -s sp
		[ $far != gone ] || rm -rf sp/split/*
		status "without $open, $far" 0 cel open.csv
		is "is known, too" "$(cat err)" ""
	done
done

# Files of hooks of calls that never came are no call.
rm -rf d sp && mkdir d && recpolicy --init -s sp
echo '3 = consent declined' >d/$id.events
touch -d '3 hours ago' d/*
status "a hook's file of a call that was not taken" 0 cel plain.csv -v
is "a hook's file of a call that was not taken: stays" "$(files)" "$id.events"
ok "as a file that no call names" grep -q "d/$id.events: no call names it" err
status "and is listed" 1 recpolicy --audit --collect d --from asterisk-cel --type direct plain.csv

# ---- call files ----
n=0
call() { # NAME ID STARTED
	for side in in out; do
		n=$((n + 1))
		sox -D -n -r 8000 -c 1 -b 16 "d/$1-$side.wav" synth 2 sine $((300 + 2 * n)) vol 0.3
	done
	cat >"d/$1.ini" <<-I
	[call]
	id = $2
	type = queue
	queue = Yes
	started = 2026-11-30T$3Z
	[leg customer]
	file = $1-in.wav
	[leg agent]
	file = $1-out.wav
	[events]
	0 = answer
	2 = end
	I
}
fresh() { rm -rf d sp && mkdir d && recpolicy --init -s sp; }
collect() { recpolicy -c policy.ini -s sp --collect d; }
ago() { touch -d '2 minutes ago' d/*; }
add() { sed "s/^2 = end/1 = $2\n&/" "said/$1.ini" >"d/$1.ini"; }

# Two calls of one id, and a no that does not say which.
two() { # STARTED of both
	fresh
	call a same "$1" && call b same "$2"
	rm -rf said && cp -r d said
	collect >/dev/null 2>&1
	other=$(where | tr ' ' '\n' | sed -n 's,^mix/\(same-.*\),\1,p')
}
two 09:00:00 10:00:00
is "two calls of one id" "$(where)" "mix/same mix/$other"
add a 'consent declined'
sed -i 's/T09:/T11:/' d/a.ini
ago
status "a refusal that could be of either call" 1 collect
is "a refusal that could be of either call: holds both" "$(where)" "failed/same failed/$other"
is "a refusal that could be of either call: each is reported" "$(sed 's/.*--erase \(.*\) deletes.*/\1/' err | sort | xargs)" "same $other"
two 09:00:00 10:00:00
add b 'consent declined'
ago
status "a refusal of the second one" 1 collect
is "a refusal of the second one: holds that one" "$(where)" "failed/$other mix/same"
for what in 'consent declined' pause; do
	two 09:00:00 09:00:00
	add b "$what"
	ago
	status "two calls that began at the same time: $what" 1 collect
	is "$what: both are held" "$(where)" "failed/same failed/$other"
done
two 09:00:00 10:00:00
recmix -s sp >/dev/null && rm -rf sp/split/*
add a pause
ago
status "a pause of a call that has left the spool" 1 collect
ok "a pause of a call that has left the spool: reported" grep -q 'a pause (1.000 to 2.000) .* not in the spool any more .recupload --erase same deletes it' err
add b pause
ago
status "a pause of one with an id of its own" 1 collect
ok "a pause of one with an id of its own: reported" grep -q 'a pause (1.000 to 2.000) .* not in the spool any more .the audit log has told=same after its id' err

# The same by hand, and by a log without --collect.
for far in mix split gone; do
	two 09:00:00 10:00:00
	[ $far = mix ] || recmix -s sp >/dev/null
	[ $far != gone ] || rm -rf sp/split/*
	add a 'consent declined'
	cp said/a-*.wav d/
	status "by hand, $far: a refusal" 1 recpolicy -c policy.ini -s sp d/a.ini
	if [ $far = gone ]; then
		ok "is reported" grep -q '^recpolicy: same: consent was declined after .*; it is not in the spool any more (' err
	else
		ok "is reported" grep -q '^recpolicy: same: consent was declined after .*; it is kept in failed/ (' err
		is "holds the call of these legs" "$(where)" "failed/same $far/$other"
		recupload -s sp --retry same
		recpolicy -c policy.ini -s sp d/a.ini >/dev/null 2>err
		is "once: a person may let it go on" "$(where) $(grep -c declined err)" "$far/same $far/$other 0"
	fi
	rm -f d/*.wav
	sed -i 's/T09:/T11:/' d/a.ini
	recpolicy -c policy.ini -s sp d/a.ini >/dev/null 2>err
	[ $far = gone ] || is "without proof: also the other" "$(where)" "failed/$other $far/same"
done
taken
grep -F ",$id," plain.csv >one.csv
mkdir e && cp $id-*.wav e/
echo '3 = consent declined' >e/$id.events
from() { recpolicy -c policy.ini -s sp --from asterisk-cel --type direct --legs e one.csv; }
status "a refusal in a hook's file, --from" 1 from
ok "a refusal in a hook's file, --from: reported" grep -q "^recpolicy: $id: consent was declined after .*; it is kept in failed/ (" err
is "and holds the call" "$(where)" "failed/$id"
status "the log again" 1 from
is "the log again: silent" "$(cat err)" ""

# More than a few at once.
fresh
i=0
while [ $i -lt 40 ]; do
	i=$((i + 1))
	call c$i c$i 09:00:00
done
rm -rf said && cp -r d said
collect >/dev/null
recmix -s sp >/dev/null && rm -rf sp/split/*
i=0
while [ $i -lt 40 ]; do
	i=$((i + 1))
	add c$i pause
done
ago
status "forty late pauses" 1 collect
is "each is reported in this run" "$(grep -c 'a pause (1.000 to 2.000) was reported after' err)" 40
is "and done" "$(files)" ""
done_testing
