#!/bin/sh
# Calls of a real FreeSWITCH (tests/real/freeswitch/README) become call files,
# and MP3s in which each second of each speaker is heard at its place.
. "$(dirname "$0")/lib.sh"
R=$ROOT/tests/real/freeswitch
cd "$T" || exit 1
tar xJf "$R/cdr.tar.xz"
mkdir rec
for f in "$R"/*.xz; do
	case $f in */cdr.tar.xz) continue ;; esac
	xz -dc "$f" >"rec/$(basename "$f" .xz)"
done
cat >policy.ini <<'P'
[recording]
separation = per-segment
redaction_style = silence
[inbound]
record = yes
play_message = no
[outbound]
record = yes
play_message = no
P

# calls OPTION...: prints the calls of a folder, one per line, with their events.
calls() {
	recpolicy --from freeswitch-json --legs rec "$@" 2>err | awk '
		/^\[call\]/ && n++ { printf "\n" }
		/^\[leg/ { leg = 1 }
		/^\[events/ { leg = 0 }
		/^(id|started|not_told) / || leg { next }
		/ = / { sub(/ = /, "="); printf "%s|", $0 }
		END { if (n) printf "\n" }'
}
# listen NAME TYPE OPTION...: makes the MP3s, and checks each "N:..." of $heard
# in the Nth of them.
listen() {
	name=$1 type=$2
	shift 2
	recpolicy --from freeswitch-json --type "$type" --legs rec "$@" \
	    -c policy.ini "cdr/$name"/*.json >plan 2>err
	mix_and_hear
}
# The same of the call file that an example wrote.
listen_to_hook() {
	sed 's|^file = |&rec/|' "cdr/$1"/*.ini >hook.ini
	recpolicy -c policy.ini hook.ini >plan 2>err
	mix_and_hear
}
mix_and_hear() {
	rm -rf out && mkdir out
	recmix -o out/ <plan >made 2>err || { cat err; return 1; }
	n=0
	while read -r mp3; do
		n=$((n + 1))
		mpg123 -q -w one.wav "$mp3"
		start=$(awk -v n="[recording $n]" '$0 == n { on = 1 }
		    on && $1 == "start" { print $3; exit }' plan)
		# shellcheck disable=SC2046
		python3 "$R/heard.py" one.wav "$start" \
		    $(printf '%s\n' $heard | sed -n "s/^$n://p")
	done <made
}
while IFS='|' read -r name type wanted heard; do
	case $name in '' | '#'*) continue ;; esac
	rule=
	[ "$name" != 100e ] || rule='--event log=pause --event event=resume'
	# shellcheck disable=SC2086
	is "$name: one call, as it was" \
	    "$(calls --type "$type" $rule "cdr/$name"/*.json)" \
	    "$(printf '%s' "$wanted" | tr '~' '|')"
	[ ! -d "cdr/$name/plain" ] ||
	    is "$name: and by mod_format_cdr" \
	    "$(calls --type "$type" "cdr/$name"/plain/*.json)" \
	    "$(printf '%s' "$wanted" | tr '~' '|')"
	[ -n "$heard" ] || continue
	# shellcheck disable=SC2086
	is "$name: each second is at its place" "$(listen "$name" "$type" $rule)" ''
	case $name in
	example*) is "$name: and as freeswitch-hangup told it" "$(listen_to_hook "$name")" '' ;;
	esac
done <"$R/expected"

# The call files as they are, with their legs and not_told.
for name in cdr/*; do
	case ${name#cdr/} in
	130) set -- --type dialpad ;;
	100e) set -- --type direct --event log=pause --event event=resume ;;
	*) set -- --type direct ;;
	esac
	recpolicy --from freeswitch-json --legs rec "$@" "$name"/*.json 2>/dev/null
done | sed "s|$T/||" >calls.ini
ok "the call files of all calls" cmp calls.ini "$R/expected.ini"

# No recorder's file counts as damaged: all seconds are accounted for.
for name in cdr/*; do
	case ${name#cdr/} in
	L8 | live-gone) continue ;; # nothing was recorded
	130) set -- --type dialpad ;;
	100e) set -- --type direct --event log=pause --event event=resume ;;
	*) set -- --type direct ;;
	esac
	recpolicy --from freeswitch-json --legs rec "$@" -c policy.ini \
	    "$name"/*.json >plan 2>/dev/null
	grep -q '^record = yes' plan || continue
	rm -rf out && mkdir out
	recmix -o out/ <plan >made 2>err || echo "${name#cdr/}: $? $(cat err)"
	grep -HE '^(missing = [0-9.]+ [^ ]|doubt )' out/*.ini
	echo "${name#cdr/}" >>accounted
done >unbalanced
is "all calls balance" "$(cat unbalanced)" ""
ok "and they are many" test "$(wc -l <accounted)" -gt 40

# If the phones were late, the switch's clock gives each file's place: the
# whole file, with nothing cut from it, from second 0 of the call.
whole() {
	recpolicy --from freeswitch-json --type direct --legs rec "cdr/$1"/*.json 2>err |
	    awk '/^\[events/ { print; print "0.000 = answer"; events = 1; next }
		events && !/ end$/ { next }
		/^(start|end) = / { $3 += shift } /^at = / { $4 += shift }
		{ print }' shift="$2" >whole.ini
	rm -rf out
	recpolicy -c policy.ini whole.ini | recmix -o out >/dev/null 2>err
	mpg123 -q -w one.wav out/*.mp3
}
by_the_clock() {
	clock_name=$1
	shift
	python3 "$R/places.py" one.wav "cdr/$clock_name"/a_*.json "cdr/$clock_name"/*.json -- "$@"
}
while read -r name edges; do
	case $name in '' | '#'*) continue ;; esac
	whole "$name" 0
	# shellcheck disable=SC2086
	is "$name: at its place by the switch's clock" "$(by_the_clock "$name" $edges)" ''
done <"$R/places"
whole 117 0.15
is "a file 0.15 s late would be seen" "$(by_the_clock 117 r:B:on:6.837 | cut -c1-12)" 'r:B:on:6.837'
whole 102 0
sox one.wav other.wav remix 2 1
mv other.wav one.wav
is "and sides that are the wrong ones" "$(by_the_clock 102 r:A:on:4.997 | wc -l | tr -d ' ')" 1

# --audit of all these calls, and after some of their files were damaged.
cat >plain.ini <<'P'
[inbound]
record = yes
play_message = no
[outbound]
record = yes
play_message = no
P
audit() {
	for name in cdr/*; do
		case ${name#cdr/} in
		130) set -- --type dialpad ;;
		100e) set -- --type direct --event log=pause --event event=resume ;;
		*) set -- --type direct ;;
		esac
		recpolicy --audit -c plain.ini --from freeswitch-json --legs rec \
		    "$@" "$name"/*.json 2>&1 | sed "s|^|${name#cdr/}: |"
	done | sed -E 's/([0-9a-f]{8})(-[0-9a-f]{4}){3}-[0-9a-f]{12}/\1/g; s|/[^ ]*/rec/||g'
}
none='L8: f673c2b0: missing: no recording was found
live-gone: e1a657fd: missing: no recording was found'
is "--audit names the calls that were not recorded, and no other" "$(audit)" "$none"
# All of them by --collect: nothing waits, nothing is set aside.
rm -rf out
cp -r rec in
find in -type f -exec touch -d '1 hour ago' {} +
recpolicy -s spool --init
is "--collect takes all of them in, but the one that was not answered" \
    "$(recpolicy -v -c plain.ini -s spool --collect in --from freeswitch-json \
	--type direct cdr/*/*.json 2>&1 >entered | sed -n 's/^recpolicy: in: //p')" \
    "$(find spool/mix -mindepth 1 -maxdepth 1 | wc -l) entered, 0 taken before, 1 refused, 0 wait, 0 unusable, 3 files that no call names"
ok "and no B leg, consultation or inner end of a loopback" test "$(wc -l <entered)" = 54
is "what kill -9 left is listed, and what else no CDR names" "$(recpolicy -v -c plain.ini \
    -s spool --collect in --from freeswitch-json --type direct cdr/*/*.json 2>&1 |
    sed -n 's/^recpolicy: in.\(.*\): no call names it$/\1/p')" \
'0a8f3cd9-a55a-45a4-aecf-b551e5497d69.wav
2026-11-30.881a60a3-4009-4b48-b4f2-2e19e319e900.wav
2b02e511-f27b-47a3-bb8c-0fcd3a0e7e8d-two.wav'
status "what kill -9 left is listed, and what else no CDR names: all are mixed" 0 recmix -s spool
is "all of them" "$(find spool/split -mindepth 1 -maxdepth 1 | wc -l) $(find spool/failed -mindepth 1 -maxdepth 1 | wc -l)" '54 0'
mkdir aside
mv rec/eb897cc2* rec/142e26dd-2bac-4343-b04a-75fc22368513-out.PCMU aside/
sox rec/60fa0d37*.wav short.wav trim 0 8
mv short.wav rec/60fa0d37*.wav
sox rec/4c8194b7*.wav left.wav remix 1 0
mv left.wav rec/4c8194b7*.wav
sox rec/b0b13f5d*.wav twice.wav remix 1 1
mv twice.wav rec/b0b13f5d*.wav
head -c 44 rec/9d50ef80*.wav >head.wav
mv head.wav rec/9d50ef80*.wav
is "and exactly what each lacks" "$(audit | grep -v '^L8\|^live-gone')" \
'102: 142e26dd: missing: 142e26dd-out.PCMU: No such file or directory
113: eb897cc2: missing: eb897cc2.wav: No such file or directory
120: 60fa0d37: length: customer leg (60fa0d37.wav) is missing 3.039790 s at its end
121: 4c8194b7: one-sided: agent leg (4c8194b7.wav) is silent from end to end
128: 9d50ef80: empty: 9d50ef80.wav has 44 bytes
130: b0b13f5d: doubtful: agent leg (b0b13f5d.wav) carries the same sound as the customer leg (b0b13f5d.wav)'
mv aside/* rec/
a=cdr/100/a_7df246f6-ac3b-4169-947a-6690bbc4ea3d.cdr.json
is "a file of two channels has two sides, whoever asked for them" \
    "$(sed 's/RECORD_STEREO/other/g' $a |
	recpolicy --from freeswitch-json --type direct --legs rec -)" \
    "$(recpolicy --from freeswitch-json --type direct --legs rec - <$a)"

# The switch was killed during a call of freeswitch-live: the call enters, with the
# sound that was on the disk; the last seconds are missing.
mkdir killed
cp "$R"/killed/*.ini killed/
for f in "$R"/killed/*.xz; do
	xz -dc "$f" >"killed/$(basename "$f" .xz)"
done
find killed -type f -exec touch -d '1 hour ago' {} +
recpolicy --init -s spool-killed
status "a call file after kill -9, and a file that nobody closed" 0 recpolicy \
    -c policy.ini -s spool-killed --collect killed
is "a call file after kill -9, and a file that nobody closed: both are taken" "$(ls killed)" ''
status "what is lost is reported" 1 recmix -s spool-killed
one_line "how much, and where" 'leg .* is missing 1\.6[0-9]* s at its end.*mixed nevertheless'
ok "it is torn" grep -rqx 'torn = no hangup' spool-killed/split
mpg123 -q -w one.wav "$(find spool-killed/split -name '*.mp3')"
is "the sound until then is in the recording, at its place" "$(python3 "$R/heard.py" one.wav 2.536 \
    l:C:-0.05:2.95-8.65 r:A:2.35:2.95-8.65)" ''

# A file that no CDR and no call file names stays for a week.
mkdir orphan
cp rec/0a8f3cd9-a55a-45a4-aecf-b551e5497d69.wav orphan/
recpolicy --init -s spool-orphan
sweep() { RECTOOLS_NOW=$(date -u -d "now + $1" +%Y-%m-%dT%H:%M:%SZ) recsweep --clock-ok -s spool-orphan --incoming orphan; }
recpolicy -c policy.ini -s spool-orphan --collect orphan --from freeswitch-json \
    --type direct cdr/100/*.json >/dev/null 2>&1
sweep '6 days' 2>err
is "what kill -9 left is swept after a week, not before" "$(ls orphan)" \
    0a8f3cd9-a55a-45a4-aecf-b551e5497d69.wav
sweep '8 days' 2>err
is "then it is" "$(ls orphan)" ''
ok "and the audit log says so" grep -q \
    ' - swept stage=incoming bytes=' spool-orphan/audit.log

# A third party, as the socket of the real switch reported it: it hears its
# message and the question, presses 1, hangs up; then one whose leg is gone.
printf '%s\n' '[recording]' 'separation = per-segment' \
    'continue_with_third_party = yes' '[leaving]' 'allow_agent_to_leave = yes' \
    '[inbound]' 'record = yes' 'play_message = no' 'third_party_message = yes' \
    'ask_third_party = yes' '[messages]' "third_party_message = $T/m.wav" \
    "ask_third_party = $T/m.wav" >third.ini
# And a message that uuid_break interrupted after 0.6 s.
printf '%s\n' '[inbound]' 'record = yes' '[messages]' "record_inbound = $T/m.wav" >broken.ini
sox -n -r 8000 m.wav synth 1 sine 700
events() { sed -n '/^\[events/,$s/.* = //p' "$1" | sed "s|$T/m.wav|MESSAGE|"; }
for call in third broken; do
	mkdir $call
	xz -dc "$R/$call/said.xz" | sed "s|MESSAGE|$T/m.wav|" |
	    RECTOOLS_LEGS=$T/$call RECTOOLS_POLICY=$T/$call.ini \
		"$ROOT/examples/freeswitch-live" |
	    sed "s|$T/m.wav|MESSAGE|; s|$T/$call/|REC/|" >asked
	# It listens to more events by now.
	is "$call: freeswitch-live asks of the switch what it asked then" \
	    "$(grep -v '^event plain' asked)" "$(grep -v '^event plain' "$R/$call/asked")"
	is "$call: and tells the same" "$(events $call/*.ini)" "$(events "$R/$call"/*.ini)"
done

# An agent's second call that REFER with Replaces ended; seen on the switch:
# transfer_disposition is "replaced", and the file has sound of the other call.
mkdir hooked
sox -n -r 8000 -c 2 -b 16 hooked/u1.wav synth 9 sine 400 sine 900
hook() {
	RECTOOLS_LEGS=$T/hooked RECTOOLS_SPOOL=$T/none REC_STARTED=1796002239000000 \
	    REC_EVENTS='1796002239761337=record|1796002240037289=bridge:::1002' \
	    REC_BRIDGED=1796002239837289 REC_ENDED=1796002248900000 \
	    REC_TRANSFER=$1 "$ROOT/examples/freeswitch-hangup" u1
	sed 's|^file = |&hooked/|' hooked/u1.ini >hook.ini
	recpolicy -c policy.ini hook.ini >plan 2>err
	recmix -o taken.mp3 plan >out 2>err
	echo "$? $(sed -n 's/.*\(which side is the customer.s is a guess\).*/\1/p' err)"
}
is "a call that ended by itself" "$(hook '')" '0 '
is "one that was taken over is marked" "$(hook replaced)" \
    "1 which side is the customer's is a guess"
for by in '' replaced; do
	jq --arg by "$by" '.variables.transfer_disposition = $by' \
	    "$(find cdr/100 -name 'a_*.json' | head -n 1)" >taken.json
	is "by its CDR, too: ${by:-ended by itself}" \
	    "$(recpolicy --from freeswitch-json --legs rec --type direct taken.json |
		grep -c "^sides = guessed")" "$([ -z "$by" ] && echo 0 || echo 1)"
done

done_testing
