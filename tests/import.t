#!/bin/sh
# recpolicy --from: what Asterisk, FreeSWITCH and rtpengine leave becomes calls.
# The samples in tests/data are written after the recorders' documentation and
# source. And --audit: which calls lack a good recording.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1
D=$ROOT/tests/data
R=$ROOT/tests/real/asterisk
C=$R/day.cel.csv
# from FORMAT OPTION...: call files, a call in a line: "id|key=value|...".
from() {
	recpolicy --from "$@" 2>err | awk '
		/^\[call\]/ && n++ { printf "\n" }
		/^id = / { printf "%s", $3; next }
		/^(file|start|end|fits|within|at|channels?|format|not_told|src|dst) = / { next }
		/ = / { sub(/ = /, "="); printf "|%s", $0 }
		END { if (n) printf "\n" }' | sed 's/|started=[^|]*//'
}
# fact FORMAT KEY OPTION...: the values of a key, in order.
fact() {
	fact_format=$1 fact_key=$2
	shift 2
	recpolicy --from "$fact_format" "$@" 2>err | sed -n "s/^$fact_key = //p"
}

# Asterisk, CEL: asterisk.t has more of it, with sound.
is "cel: three calls of one file" "$(from asterisk-cel "$C")" \
'1796001690.6|type=queue|queue=Billing|agent=IAX2/agent1|2.441237=answer|12.944285=hold|15.719863=leave agent|15.720727=unhold|15.721031=transfer queue=Sales|16.738742=transfer agent=IAX2/agent2|41.886944=leave agent|42.069505=end
1796001776.14|type=queue|queue=Billing|agent=IAX2/agent1|2.786125=answer|13.218342=hold|15.998180=leave agent|25.764143=unhold|25.764343=join third-party 103|25.764406=answer|36.006065=leave agent|42.097146=leave third-party|42.225659=end
1796001855.22|type=queue|queue=Billing|5.622598=end'
is "cel: MixMonitor names the legs" "$(fact asterisk-cel file "$C" | head -n 2)" \
'/srv/pbx/spool/rec/1796001690.6-in.wav
/srv/pbx/spool/rec/1796001690.6-out.wav'
is "cel: what is unknown" "$(fact asterisk-cel not_told "$C" | sort -u)" \
'consent, pauses, if they are no event of the log
holds, consent, pauses, if they are no event of the log'
mixmonitor() {
	sed "s|/srv/pbx/spool/rec/1796001690.6-all.wav,r.*6-out.wav)|$1|" "$C" |
	    recpolicy --from asterisk-cel - |
	    sed -n '1,/^.events/ { /^.leg/,/^$/p; /^not_told/p; }' | tr '\n' ' '
}
is "cel: MixMonitor with both sides in one file" "$(mixmonitor /m/x.wav)" \
    'not_told = who is who in a recording of one channel, consent, pauses, if they are no event of the log [leg customer] file = /m/x.wav start = 0.430166 end = 41.837216 within = 0.150  '
is "cel: MixMonitor with two channels, while bridged" "$(mixmonitor /m/x.raw,bD)" \
    'not_told = consent, pauses, if they are no event of the log [leg customer] file = /m/x.raw start = 2.441237 end = 41.836993 within = 0.150 at = 13.229559 16.738742 channel = 1 format = sln channels = 2  [leg agent] file = /m/x.raw start = 2.441237 end = 41.836993 within = 0.150 at = 13.229559 16.738742 channel = 2 format = sln channels = 2  '
is "cel: MixMonitor that begins later, its name relative, in .WAV" \
    "$(mixmonitor 'x.wav49,s(6)i(ID)')" \
    'not_told = who is who in a recording of one channel, consent, pauses, if they are no event of the log [leg customer] file = /var/spool/asterisk/monitor/x.WAV start = 6.430166 end = 41.837216 within = 0.150  '
# Its file is 0.072 s longer than the log says: that is at the beginning.
head -c 1228800 /dev/zero >x.raw
is "cel: MixMonitor while bridged, by the length of its file" \
    "$(mixmonitor "$T/x.raw,bD" | grep -o 'at = [0-9][0-9. ]*' | sort -u)" 'at = 13.301749 16.738742 '
# The next agent is there a moment before the former one has left.
sed -E '/^"(BRIDGE_EXIT|HANGUP|CHAN_END)".*"1796001690.7"/s/01705[.][0-9]*/01706.900000/' "$C" >moment.csv
is "cel: an agent who leaves a moment later" "$(from asterisk-cel moment.csv |
    grep -o '16[.].*IAX2/agent2')" '16.738742=leave agent|16.738742=transfer agent=IAX2/agent2'
recpolicy --from asterisk-cel "$C" >csv
recpolicy --from asterisk-cel "$R/day.cel.json" >json
ok "cel: JSON has the same" cmp csv json
recpolicy --from asterisk-cel "$R/day.cel-advanced.csv" >out
ok "cel: the advanced sample has the same" cmp csv out
# With a literal; columns in another order, by --columns or by a header; with a zone.
python3 - "$C" <<'P'
import csv, datetime, sys
rows = list(csv.reader(open(sys.argv[1])))
w = csv.writer(open("literal.csv", "w"), quoting=csv.QUOTE_ALL)
w.writerows(r[:1] + ["My Literal"] + r[1:] for r in rows)
other = [[r[15], r[14], r[1], r[0], r[9], r[10], r[11], r[18], r[19], r[3]]
         for r in rows]
csv.writer(open("order.csv", "w")).writerows(other)
w = csv.writer(open("header.csv", "w"))
w.writerow("linkedid uniqueid eventtime eventtype channame appname appdata "
           "userdeftype eventextra cid_num".split())
w.writerows(other)
w = csv.writer(open("local.csv", "w"), quoting=csv.QUOTE_ALL)
for r in rows:
    at = datetime.datetime.fromtimestamp(float(r[1]), datetime.timezone.utc)
    w.writerow(r[:1] + [at.strftime("%Y-%m-%d %H:%M:%S.%f")] + r[2:])
P
recpolicy --from asterisk-cel literal.csv >out
ok "cel: with a literal" cmp csv out
recpolicy --from asterisk-cel --columns \
    linkedid,uniqueid,eventtime,eventtype,channame,appname,appdata,userdeftype,extra,cidnum \
    order.csv >out
ok "cel: columns in another order" cmp csv out
recpolicy --from asterisk-cel header.csv >out
ok "cel: or by a header" cmp csv out
status "cel: an unknown order of columns" 2 recpolicy --from asterisk-cel order.csv
one_line "cel: it is not guessed" "order.csv:1: 10 columns, the first is '1796001690.6': this order is unknown; --columns names it"
recpolicy --from asterisk-cel --zone utc local.csv >out
ok "cel: times as text" cmp csv out
status "cel: times as text without a zone" 2 recpolicy --from asterisk-cel local.csv
one_line "cel: the zone is asked for" 'local.csv:1: a time without a zone; use --zone'
sed 's/,"Queue","[A-Z]/,"Dial","/' "$C" >dial.csv
status "cel: a type that is unknown" 2 recpolicy --from asterisk-cel dial.csv
is "cel: each call says so" "$(grep -c 'its call type is not known; use --type' err)" 3

# Asterisk, CDR: the records of 13 calls, with their parts.
status "cdr: a zone is required" 2 recpolicy --from asterisk-cdr --type direct "$R/cdr.csv"
one_line "cdr: a zone is required" "cdr.csv:1: start is '2026-11-30 01:19:58', the file gives no time zone; use --zone"
some() { sed -n '4,8p;13p'; }
is "cdr: transfers, a consultation, a third party, parking" \
    "$(from asterisk-cdr --zone utc --type direct "$R/cdr.csv" | some)" \
'1796001690.6|type=queue|queue=Billing|agent=IAX2/agent1|0.000=answer|15.000=transfer queue=Sales|15.000=leave agent|15.000=transfer agent=IAX2/agent2|41.000=end
1796001733.9|type=queue|queue=Billing|agent=IAX2/agent1|0.000=answer|15.000=leave agent|25.000=transfer agent=IAX2/agent2|41.000=end
1796001776.14|type=queue|queue=Billing|agent=IAX2/agent1|0.000=answer|25.000=join third-party IAX2/third|36.000=leave agent|42.000=end
1796001819.19|type=queue|queue=Billing|agent=IAX2/agent1|0.000=answer|13.000=leave agent|24.000=transfer agent=IAX2/agent2|34.000=end
1796001855.22|type=queue|queue=Billing|5.000=end
1796001939.32|type=direct|agent=IAX2/pstn|2.000=answer|17.000=end'
is "cdr: a queue_log has the agent's answer" \
    "$(from asterisk-cdr --zone utc --type direct --queue-log "$R/queue_log" "$R/cdr.csv" | sed -n '4,5p')" \
'1796001690.6|type=queue|queue=Billing|agent=IAX2/agent1|2.000=answer|15.000=transfer queue=Sales|15.000=leave agent|16.000=transfer agent=IAX2/agent2|41.000=end
1796001733.9|type=queue|queue=Billing|agent=IAX2/agent1|2.000=answer|15.000=leave agent|25.000=transfer agent=IAX2/agent2|41.000=end'
# Its times are whole seconds: what ends a pause counts from the next one.
printf '%s|1796001690.6|Billing|NONE|%s|\n' 1796001700 MUTE 1796001702 UNMUTE >mutes
sort -s -t '|' -k 1,1n "$R/queue_log" mutes >mute_log
is "cdr: a pause by the queue_log" "$(from asterisk-cdr --zone utc --type direct \
    --event MUTE=pause --event UNMUTE=resume --queue-log mute_log "$R/cdr.csv" |
    grep -o '[0-9.]*=pause.*resume')" '10.000=pause|13.000=resume'
grep -v 1796001690.6 "$R/queue_log" >some_log
is "cdr: one without it is reported" "$(fact asterisk-cdr not_told --zone utc --type direct \
    --queue-log some_log "$R/cdr.csv" | grep -c 'when the agent answered')" 1
is "cdr: as many calls as there were" "$(from asterisk-cdr --zone utc --type direct "$R/cdr.csv" | wc -l | tr -d ' ')" 13
is "cdr: an agent's" "$(from asterisk-cdr --zone utc --type direct \
    --type 'channel:IAX2/agent*=click-to-call' "$R/cdr.csv" | tail -n 1)" \
    '1796001939.32|type=click-to-call|agent=IAX2/agent1|2.000=answer|17.000=end'
recpolicy --from asterisk-cdr --zone utc --type direct "$R/cdr.csv" >cdr
for f in cdr-custom.csv cdr-advanced.csv cdr.json; do
	recpolicy --from asterisk-cdr --zone utc --type direct "$R/$f" >out 2>err
	ok "cdr: $f has the same" cmp out cdr
done
# Rows are in the order in which the calls ended.
sed -n '4,5p' "$R/cdr.csv" | sed '1!G;h;$!d' >late.csv
is "cdr: whatever their order" "$(from asterisk-cdr --zone utc --type direct late.csv)" \
    "$(from asterisk-cdr --zone utc --type direct "$R/cdr.csv" | sed -n 4p)"
cut -d, -f 1-12 "$R/cdr.csv" | head -n 1 >few.csv
status "cdr: an unknown order of columns" 2 recpolicy --from asterisk-cdr --zone utc few.csv
one_line "cdr: it is not guessed" 'few.csv:1: [0-9]+ columns, the first is .*: this order is unknown; --columns names it'
for zone in 'utc 2026-11-30T01:19:58Z' '+01:00 2026-11-30T00:19:58Z' 'local 2026-11-30T06:19:58Z'; do
	is "cdr: --zone ${zone% *}" "$(TZ=EST5EDT fact asterisk-cdr started --zone "${zone% *}" \
	    --type direct "$R/cdr.csv" | head -n 1)" "${zone#* }"
done
# The hour that comes twice: the duration counts, not the end.
echo '"","1","2","c","","SIP/a-1","SIP/b-2","Dial","","2025-11-02 01:59:30","2025-11-02 01:59:40","2025-11-02 01:01:00",90,80,"ANSWERED","","5.5",""' >dst.csv
is "cdr: over the end of summer time" "$(TZ=EST5EDT from asterisk-cdr --zone local --type direct dst.csv)" \
    '5.5|type=direct|agent=SIP/b|10.000=answer|90.000=end'
sed -n 's/,"1796001598.0",""$//p' "$R/cdr.csv" >short.csv
is "cdr: without a uniqueid" "$(fact asterisk-cdr not_told --zone utc --type direct short.csv | cut -d, -f 1)" 'the uniqueid'
is "cdr: JSON" "$(echo '{"uniqueid":"7.1","start":"2025-11-22 10:00:00","answer":"2025-11-22 10:00:02","duration":9,"disposition":"ANSWERED","channel":"SIP/a-1","dstchannel":"SIP/z-1"}' |
    from asterisk-cdr --zone utc --type direct -)" '7.1|type=direct|agent=SIP/z|2.000=answer|9.000=end'

# FreeSWITCH.
is "freeswitch: transfers, pauses, holds" "$(from freeswitch-json "$D/freeswitch.cdr.json" |
    sed 's/agent=1000|/agent=1000@example.com|/')" \
'5ff6aa01-93f5-4d3b-9d8c-1d0f1f6a0001|type=queue|queue=support|agent=1000@example.com|language=es|6.500=answer|20.000=pause|30.500=resume|35.000=hold|38.000=unhold|52.250=transfer agent=1001|75.250=end'
recpolicy --from freeswitch-json "$D/freeswitch.cdr.json" >out
is "freeswitch: two channels of one file" "$(sed -n '/^\[leg/,/^$/p' out | sed 's|/.*/||' | tr '\n' ' ')" \
'[leg customer] file = 5ff6aa01-93f5-4d3b-9d8c-1d0f1f6a0001.wav start = 1.500 end = 75.250 fits = start channel = 1  [leg agent] file = 5ff6aa01-93f5-4d3b-9d8c-1d0f1f6a0001.wav start = 1.500 end = 75.250 fits = start channel = 2  '
is "freeswitch: a call in each line, no B legs" "$(from freeswitch-json --type direct \
    --event 'consent_yes=consent granted' "$D/freeswitch-lines.json" | tail -n +2)" \
    '77aa0002|type=direct|mixed=yes|10.000=answer|12.000=consent granted|30.000=end'
# fs JQ: the calls' [call] and [events] as the JSON is changed.
fs() { jq "$1" "$D/freeswitch.cdr.json" | from freeswitch-json -; }
fs_legs() {
	jq "$1" "$D/freeswitch.cdr.json" | recpolicy --from freeswitch-json - |
	    grep -E '^(\[leg|channel)' | tr '\n' ' '
}
is "freeswitch: names of variables in any case, yes in any form" \
    "$(fs_legs 'del(.variables.RECORD_STEREO) | .variables.record_stereo = "On"')" \
    "[leg customer] channel = 1 [leg agent] channel = 2 "
is "freeswitch: the two sides the other way round" \
    "$(fs_legs '.variables.RECORD_STEREO_SWAP = "true"')" \
    "[leg customer] channel = 2 [leg agent] channel = 1 "
is "freeswitch: a recording's own variables count first" \
    "$(fs_legs '.app_log.applications[2].app_data |= . + " +60 {x=y,RECORD_STEREO=false}"')" \
    "[leg customer] "
is "freeswitch: what is not encoded stays" "$(jq '.app_log.applications[2].app_data = "/r/50%25.wav"' \
    "$D/freeswitch.cdr.json" | fact freeswitch-json file - | head -n 1)" /r/50%25.wav
is "freeswitch: several holds" "$(fs '.variables.hold_events =
    "%7B%7B1763805640000000,1763805641500000%7D,%7B1763805635000000,1763805638000000%7D%7D"' |
    grep -o '35.000=hold.*41.500=unhold')" \
    '35.000=hold|38.000=unhold|40.000=hold|41.500=unhold'
is "freeswitch: the agent of mod_callcenter, if no channel tells one" \
    "$(fs 'del(.callflow)' | grep -o 'agent=[^|]*')" agent=1000@example.com
is "freeswitch: what mod_callcenter records" "$(jq 'del(.app_log.applications[2]) |
    .variables.cc_record_filename = "/r/x.wav" | .variables.record_ms = "68750" | .variables.cc_queue_answered_epoch = "1763805606"' \
    "$D/freeswitch.cdr.json" | recpolicy --from freeswitch-json - |
    grep -E '^(\[leg|file|start = |channel|.*= answer)' | tr '\n' ' ')" \
'[leg customer] file = /r/x.wav start = 6.500 channel = 1 [leg agent] file = /r/x.wav start = 6.500 channel = 2 6.500 = answer '
# Between _pause and _resume nothing is written to the file.
fs_places() { jq "$1" "$D/freeswitch.cdr.json" | recpolicy --from freeswitch-json - |
    sed -n '/^.leg customer/,/^$/p' | grep -E '^(start|end|fits|within|at) ' | tr '\n' ' '; }
paused='(.app_log.applications[] | .app_name) |= sub("_mask"; "_pause") |
    (.app_log.applications[] | .app_name) |= sub("_unmask"; "_resume")'
is "freeswitch: what follows a pause of the file is at its place" \
    "$(fs_places "$paused | .variables.record_ms = \"63250\"")" \
    'start = 1.500 end = 75.250 fits = start at = 18.500 30.500 '
is "freeswitch: a pause that nothing resumes ends the file" \
    "$(fs_places '.app_log.applications |= .[:5] | .app_log.applications[4].app_name =
    "record_session_pause" | .variables.record_ms = "18000"')" \
    'start = 1.500 end = 20.000 fits = start at = 4.500 6.500 '
is "freeswitch: without its length the end is certain" \
    "$(fs_places 'del(.variables.record_ms)')" \
    'end = 75.250 fits = end within = 1.000 '
is "freeswitch: what does not fit is reported as it is" \
    "$(fs_places '.variables.record_ms = "60000"')" 'start = 1.500 end = 75.250 '
jq -cs . "$D/freeswitch-lines.json" >array.json
is "freeswitch: an array" "$(from freeswitch-json --type direct array.json)" \
    "$(from freeswitch-json --type direct "$D/freeswitch-lines.json")"
mkdir legs
touch legs/77aa0002.wav legs/raw-in.PCMU legs/raw-out.PCMU
is "freeswitch: recordings that have moved" "$(fact freeswitch-json file --type direct --legs legs "$D/freeswitch-lines.json" | tail -n 1)" \
    "$T/legs/77aa0002.wav"
mkdir -p legs/2026/30
: >legs/2026/30/fs.wav
is "freeswitch: two slashes in a path are one" "$(sed "s|/[^\"]*/5ff6aa01[^\"/]*.wav|/rec//2026//30/fs.wav|" "$D/freeswitch.cdr.json" |
    fact freeswitch-json file --legs legs - | sort -u | sed "s|$T/||")" legs/2026/30/fs.wav
# hostile JQ-PROGRAM: a CDR made to use up time and memory; prints the messages.
hostile() {
	jq -c "$1" "$D/freeswitch.cdr.json" >hostile.json
	timeout 20 recpolicy --from freeswitch-json hostile.json 2>&1 >hostile.out |
	    sed 's/^recpolicy: [^:]*: //'
	cat hostile.out
}
absurd='more applications, parts, legs or holds than a call can have; skipped'
is "freeswitch: 20000 applications" "$(hostile \
    '.app_log.applications += [range(20000) | {app_name: "record_session", app_data: "/r/\(.).wav", app_stamp: "1"}]')" "$absurd"
is "freeswitch: 3000 parts" "$(hostile '.callflow = [range(3000) as $i | .callflow[0]]')" "$absurd"
is "freeswitch: 3000 holds" "$(hostile \
    '.variables.hold_events = ([range(3000) | "{1796002475000000,1796002475000001}"] | join(","))')" "$absurd"
is "freeswitch: 9000 legs" "$(hostile \
    '.variables.originated_legs = ("ARRAY::" + ([range(9000) | "\(.);a;b"] | join("|:")))')" "$absurd"
for n in -1 0 1e30 4611686018427387903 99999999999999999999999; do
	for name in start_uepoch end_uepoch answer_uepoch bridge_uepoch record_ms; do
		jq ".variables.$name = \"$n\"" "$D/freeswitch.cdr.json" |
		    timeout 20 recpolicy --from freeswitch-json - >/dev/null 2>&1
		case $? in 0 | 1 | 2) ;; *) echo "$name = $n: $?" ;; esac
	done
done >odd
is "freeswitch: absurd numbers" "$(cat odd)" ''
python3 -c 'print("[" * 200000)' >deep.json
status "freeswitch: deep JSON" 2 recpolicy --from freeswitch-json deep.json
is "freeswitch: two raw files" "$(sed 's/5ff6aa01-93f5-4d3b-9d8c-1d0f1f6a0001.wav/raw/g' "$D/freeswitch.cdr.json" |
    fact freeswitch-json file --legs legs - | sed "s|$T/||" | tr '\n' ' ')" 'legs/raw-in.PCMU legs/raw-out.PCMU '

# rtpengine.
M='3848276298220188511%40atlanta.example.com-0f1e2d3c4b5a6978'
is "meta: what it records" "$(from rtpengine-meta "$D/rtpengine.meta")" \
    '3848276298220188511_40atlanta.example.com-0f1e2d3c4b5a6978-6c62f15413047150|type=queue|queue=Billing|agent=alice|sip_call_id=3848276298220188511@atlanta.example.com|ticket=35436'
is "meta: and what it does not" "$(fact rtpengine-meta not_told "$D/rtpengine.meta")" \
    'any time, the answer, consent, payments, transfers, who joined and left'
sox -n -r 8000 -c 2 "legs/$M-mix.wav" synth 2 sine 300 sine 500
is "meta: the mixed file's channels" "$(recpolicy --from rtpengine-meta --legs legs "$D/rtpengine.meta" |
    sed -n '/^\[leg/,/^$/p' | grep -v ^file | tr '\n' ' ')" '[leg customer] channel = 1  [leg agent] channel = 2  '
rm -f "legs/$M-mix.wav"
is "meta: single files with their offsets" "$(recpolicy --from rtpengine-meta --answered \
    --streams "$D/rtpengine-streams.tsv" "$D/rtpengine.meta" | sed -n '/^started/p; /^\[leg/,$p' | tr '\n' ' ')" \
"started = 2025-11-22T10:00:00Z [leg customer] file = $M-1a2b3c4d.wav start = 0.020 end = 30.000  [leg agent] file = $M-5e6f7a8b.wav start = 3.270 end = 29.500  [events] 0.020 = answer 30.000 = end "
cp "$D/rtpengine.meta" x.meta.DISCARD
is "meta: what is to be thrown away is no call" "$(from rtpengine-meta x.meta.DISCARD)" ''
is "pcap txt: what it tells" "$(from rtpengine-pcap-txt --answered "$D/rtpengine-pcap.txt")" \
    '4f2b_40pbx-6c1d2e3f4a5b6978-fe40421e8d8ab67d|type=queue|queue=Billing|agent=alice|label=customer|label_2=agent|ticket=35436|streams=>:30002|streams=>:30000|0.250=answer|20.000=pause|26.500=resume|60.000=end'
# Through a policy: several calls give several plans; -e names the call file.
cat >policy.ini <<'P'
[recording]
separation = per-segment
[inbound]
record = yes
play_message = no
[queue ivr/Sales inbound]
record = no
P
status "a policy for a day's log" 1 recpolicy -c policy.ini --from asterisk-cel "$C"
is "three plans" "$(grep -c '^\[plan\]' out)" 3
is "what is kept of the first" "$(sed -n '/^.recording/,/^$/p' out | grep -E '^(start|end|cut) = ' | sed -n '1,2p' | tr '\n' ';')" \
    'start = 2.441237;end = 15.719863;'
recpolicy -e -c policy.ini --from asterisk-cel "$C" >out
ok "-e names the line of the call file that is printed without -c" grep -q \
    "15.719863  stop         day.cel.csv(1796001690.6):$(grep -n '15.719863 = leave' csv | cut -d: -f 1) leave" out
recpolicy -v -c policy.ini --from asterisk-cel "$C" >out 2>err
is "-v reports what the log does not have" "$(grep -c 'not in the log: ' err)" 3
recpolicy --json -c policy.ini --from asterisk-cel "$C" >out
is "--json" "$(jq -r .id out | tr '\n' ' ')" '1796001690.6 1796001776.14 1796001855.22 '
mkdir day
sox -n -r 8000 -c 1 day/1796001690.6-in.wav synth 41.3 sine 300
sox -n -r 8000 -c 1 day/1796001690.6-out.wav synth 41.3 sine 400
sox -n -r 8000 -c 1 day/1796001776.14-in.wav synth 41.2 sine 300
sox -n -r 8000 -c 1 day/1796001776.14-out.wav synth 41.2 sine 400
recpolicy --init -s spool
status "into the spool" 1 recpolicy -c policy.ini -s spool --move --legs day --from asterisk-cel "$C"
is "two of three" "$(wc -l <out | tr -d ' ')" 2
is "and their legs are gone" "$(ls day)" ''
status "and their legs are gone: mixed" 0 recmix -s spool

# --audit: a day on which everything goes wrong.
A="--audit --legs day --from asterisk-cel"
tone() { # FILE SECONDS: each side has a tone of its own
	case $1 in *-in.*) hz=300 ;; *) hz=430 ;; esac
	sox -n -r 8000 -c 1 "day/$1" synth "$2" sine $hz
}
# shellcheck disable=SC2086
audit() { recpolicy $A "$@" "$C" 2>err; echo "status $?"; }
is "audit: nothing there" "$(audit | sed 's/ missing.*/ missing/')" \
'1796001690.6: missing
1796001776.14: missing
status 1'
tone 1796001690.6-in.wav 41.64
tone 1796001690.6-out.wav 41.64
tone 1796001776.14-in.wav 41.267
tone 1796001776.14-out.wav 41.267
is "audit: all is well" "$(audit)" 'status 0'
is "audit: and silent" "$(cat err)" ''
head -c 44 day/1796001690.6-in.wav >x && mv x day/1796001690.6-in.wav
is "audit: 44 bytes" "$(audit)" "1796001690.6: empty: $T/day/1796001690.6-in.wav has 44 bytes
status 1"
tone 1796001690.6-in.wav 41.64
rm day/1796001776.14-out.wav
is "audit: one side alone" "$(audit)" "1796001776.14: missing: $T/day/1796001776.14-out.wav: No such file or directory
status 1"
sox -n -r 8000 -c 1 -b 16 day/1796001776.14-out.wav trim 0 41.267 2>/dev/null
is "audit: a silent side" "$(audit)" "1796001776.14: one-sided: agent leg ($T/day/1796001776.14-out.wav) is silent from end to end
status 1"
tone 1796001776.14-in.wav 20
tone 1796001776.14-out.wav 20
is "audit: too short" "$(audit)" "1796001776.14: length: customer leg ($T/day/1796001776.14-in.wav) is missing 21.267317 s
status 1"
is "audit: the tolerance" "$(audit --tolerance 22.5)" 'status 0'
tone 1796001776.14-in.wav 300
tone 1796001776.14-out.wav 300
is "audit: too long" "$(audit)" "1796001776.14: length: customer leg ($T/day/1796001776.14-in.wav) is 258.732683 s longer than the call file says
status 1"
audit --json | head -n 1 >out
is "audit: --json" "$(jq -c . out)" "{\"id\":\"1796001776.14\",\"problem\":\"length\",\"detail\":\"customer leg ($T/day/1796001776.14-in.wav) is 258.732683 s longer than the call file says\",\"expected_ms\":39439,\"found_ms\":300000}"
rm day/1796001776.14-*.wav
sox -n -r 8000 -c 2 day/1796001776.14.wav synth 41.267 sine 300 sine 0 remix 1 1v0 2>/dev/null
is "audit: a silent channel" "$(audit)" "1796001776.14: one-sided: agent leg ($T/day/1796001776.14.wav) is silent from end to end
status 1"
printf '[inbound]\nrecord = no\n' >never.ini
is "audit: what is not to be recorded lacks nothing" "$(rm -f day/*; audit -c never.ini)" 'status 0'
is "audit: tickets" "$(recpolicy --audit -c policy.ini --tickets spool --from asterisk-cel "$C")" ''
mp3=$(find spool/split -name '1796001776.14*-1.mp3')
sox -n -r 8000 -c 2 short.wav synth 3 sine 300 sine 400 2>/dev/null
lame --quiet -b 32 short.wav short.mp3
cp short.mp3 "$mp3"
# Its legs are 0.245 s shorter than the call, and others talk after the recording.
is "audit: an MP3 of other length" "$(recpolicy --audit -c policy.ini --tickets spool --from asterisk-cel "$C" | cut -d. -f 1,2)" \
    '1796001776.14: length: 12'
rm "$mp3"
is "audit: a ticket without its MP3" "$(recpolicy --audit -c policy.ini --tickets spool --from asterisk-cel "$C" | cut -d: -f 1,2)" \
    '1796001776.14: missing'
rm -r spool/split/*1796001690.6
is "audit: no ticket" "$(recpolicy --audit -c policy.ini --tickets spool --from asterisk-cel "$C" | sed -n 1p)" \
    '1796001690.6: missing: no recording or ticket names this call'
cp csv call.ini && sed -i '/^$/,$!b; 20,$d' call.ini
printf '[call]\nid = lone\ntype = direct\n[leg customer]\nfile = one-in.wav\n' >lone.ini
printf '[events]\n0 = answer\n10 = end\n' >>lone.ini
sox -R -n -r 8000 one-in.wav synth 10 sine 400 tremolo 2 2>/dev/null
is "audit: one leg, of one side by its name" "$(recpolicy --audit lone.ini)" \
    'lone: one-sided: one-in.wav alone, no leg of the agent'
status "audit: tickets that are not there" 2 recpolicy --audit --tickets none --from asterisk-cel "$C"
one_line "audit: tickets that are not there" '^recpolicy: none: No such file'

# Wrong input: one line each, status 2; the good calls before it are processed.
while IFS='|' read -r format text pattern; do
	printf '%b' "$text" >bad
	status "$format: $pattern" 2 recpolicy --from "$format" --type direct --zone utc bad
	one_line "$format: $pattern" "^recpolicy: bad:? ?$pattern"
done <<'X'
asterisk-cel|"a"b,c\n|1: text after a closing quote
asterisk-cel|a"b",c\n|1: a quote inside an unquoted field
asterisk-cel|\n"a\n|2: a quote that is never closed
asterisk-cel|just text\n|1: 1 columns, the first is .just text.: this order is unknown
asterisk-cel|{"eventtype": }\n|1: not a JSON object
asterisk-cel|a\0b,c\n|1: a NUL byte
asterisk-cdr|a,b,c\n|1: 3 columns, the first is .a.: this order is unknown; --columns names it
asterisk-cdr|,,,,,a/b-1,,,,yesterday,,,,,ANSWERED,\n|1: start is not a time
freeswitch-json|not json\n|:?1: not JSON
freeswitch-json|{"variables":{}}|no variables.uuid
freeswitch-json||an empty file
freeswitch-json|{}\0|a NUL byte
rtpengine-meta|text\n|no CALL-ID
rtpengine-meta|CALL-ID\n3:\nabcd\n\n|section 1 \(CALL-ID\): not as long as it says
rtpengine-meta|CALL-ID\nx:\nabc\n\n|section 1: not a length
rtpengine-pcap-txt|hello\n|its first line names no .pcap
X
for f in asterisk-cdr asterisk-cel freeswitch-json rtpengine-meta rtpengine-pcap-txt; do
	status "$f: no file" 2 recpolicy --from $f none
	one_line "$f: no file" '^recpolicy: none: No such file'
	status "$f: a directory" 2 recpolicy --from $f .
done
for options in '--from asterisk-cell x' '--legs day x' '--from asterisk-cel -e x' '--from asterisk-cel -l -c policy.ini x' \
    '--tickets x -c policy.ini' '--audit -e -c policy.ini x' '--from asterisk-cel --zone Paris x' \
    '--from asterisk-cel --event pause x' '--from asterisk-cel --event a=b x' '--from asterisk-cel --legs none x' '--audit --tolerance soon x'; do
	# shellcheck disable=SC2086
	status "usage: recpolicy $options" 2 recpolicy $options
done
status "did you mean" 2 recpolicy --from asterisk-cell x
ok "did you mean" grep -q "did you mean 'asterisk-cel'?" err
# Ids are made from untrusted words: two ids never become the same.
printf '[{"variables":{"uuid":"x+1","start_uepoch":"1763805600000000"}},
 {"variables":{"uuid":"x 1","start_uepoch":"1763805600000000"}},
 {"variables":{"uuid":"x_1","start_uepoch":"1763805600000000"}}]' >ids.json
recpolicy --from freeswitch-json --type direct ids.json 2>err |
    sed -n 's/^id = //p' >ids
is "ids that look alike stay apart" "$(sort -u ids | wc -l)" 3
is "ids: what fits stays as it is" "$(grep -c '^x_1$' ids)" 1
is "ids: the rest ends in digits of a hash" "$(grep -cE '^x_1-[0-9a-f]{16}$' ids)" 2
long=$(printf 'y%.0s' $(seq 200))
printf '[{"variables":{"uuid":"%s1","start_uepoch":"1763805600000000"}},
 {"variables":{"uuid":"%s2","start_uepoch":"1763805600000000"}}]' \
    "$long" "$long" >ids.json
recpolicy --from freeswitch-json --type direct ids.json 2>err |
    sed -n 's/^id = //p' >ids
is "long ids that differ at the end stay apart" "$(sort -u ids | wc -l)" 2
is "long ids are cut" "$(awk '{ print length }' ids | sort -u)" 128

# Types by rule: the first that matches, before the general type.
types() {
	recpolicy --from asterisk-cel "$@" "$C" 2>err |
	    sed -n 's/^type = //p' | tr '\n' ' '
}
is "type: a rule for a queue" "$(types --type 'queue:Bill*=direct')" \
    'direct direct direct '
is "type: another queue" "$(types --type 'queue:Sales=direct' --type dialpad)" \
    'queue queue queue '
is "type: a rule that says it is no call" "$(types --type 'queue:Bill*=none')" ''
status "type: no such fact" 2 recpolicy --from asterisk-cel \
    --type 'moon:x=dialpad' "$C"
ok "type: the facts are named" grep -q 'context, channel, did' "$T/err"
status "type: no such type" 2 recpolicy --from asterisk-cel \
    --type 'queue:x=dailpad' "$C"
ok "type: it is named" grep -q "'dailpad' is not a call type" err
# A torn line affects only itself and the calls that need it.
calls() { sed -n 's/^id = //p' "$T/out" | tr '\n' ' '; }
{
	head -n 3 "$R/cdr.csv"
	echo '"torn,"line'
	echo '"","1","2","in","never closed'
	tail -n +4 "$R/cdr.csv"
	printf '"","10'
} >torn.csv
recpolicy --from asterisk-cdr --zone utc --type direct "$R/cdr.csv" \
    >whole 2>err
status "cdr: torn lines" 1 recpolicy --from asterisk-cdr --zone utc \
    --type direct torn.csv
ok "cdr: the other lines are taken" cmp out whole
is "cdr: a line each; not for what is being written" "$(cat err)" \
'recpolicy: torn.csv:4: text after a closing quote; skipped
recpolicy: torn.csv:5: text after a closing quote; skipped'
status "cdr: a file of torn lines alone" 2 recpolicy --from asterisk-cdr \
    --zone utc --type direct /etc/passwd
is "cdr: says why once" "$(wc -l <err)" 1
{
	head -n 4 "$R/day.cel.json"
	echo '{"eventtype":'
	tail -n +5 "$R/day.cel.json"
	printf '{"eventt'
} >torn.json
status "cel: a torn line of JSON" 1 recpolicy --from asterisk-cel torn.json
ok "cel: the other lines are taken" cmp out json
one_line "cel: it is named" 'torn.json:5: not a JSON object; skipped'
# Old recorders write Latin-1, and in one log there may be both.
sed 's/Billing/M\xfcller \xc3\xb6 \x9b31m/' "$C" >latin.csv
status "cel: Latin-1" 0 recpolicy --from asterisk-cel latin.csv
is "cel: is taken as what it is" "$(sed -n 's/^queue = //p' out | sort -u)" \
    "$(printf 'M\303\274ller \303\266 _31m')"
printf '{"variables":{"uuid":"u1","cc_queue":"M\374ller","start_uepoch":"1763805600000000"}}\n{"vari\n{"variables":{"uuid":"u2","start_uepoch":"1763805600000000"}}\n' >latin.json
status "freeswitch: Latin-1 and a torn line" 1 recpolicy \
    --from freeswitch-json --type direct latin.json
is "freeswitch: both calls" "$(calls)" 'u1 u2 '
is "freeswitch: the queue" "$(sed -n 's/^queue = //p' out)" \
    "$(printf 'M\303\274ller')"

# The night in which clocks are put back: an hour is shown twice.
TZ=Europe/Berlin
export TZ
cat >night.csv <<'X'
"CHAN_START","2026-10-25 02:59:40.000000","","+4930123","","","","100","default","PJSIP/trunk-1","","",3,"","n1","n1","","","",""
"BRIDGE_ENTER","2026-10-25 02:59:50.000000","","+4930123","","","","100","default","PJSIP/trunk-1","","",3,"","n1","n1","","","","{""bridge_id"":""b1""}"
"BRIDGE_ENTER","2026-10-25 02:59:50.000000","","8007","","","","100","default","PJSIP/8007-2","","",3,"","n2","n1","","","","{""bridge_id"":""b1""}"
"HANGUP","2026-10-25 02:04:50.000000","","8007","","","","100","default","PJSIP/8007-2","","",3,"","n2","n1","","","",""
"HANGUP","2026-10-25 02:04:50.000000","","+4930123","","","","100","default","PJSIP/trunk-1","","",3,"","n1","n1","","","",""
X
is "cel: over the hour that comes twice" "$(from asterisk-cel --zone local --type direct night.csv)" \
    'n1|type=direct|agent=PJSIP/8007|10.000=answer|310.000=end'
row='"","1001","600","in","A","PJSIP/trunk-1","PJSIP/200-2","Dial","PJSIP/200"'
tail='"ANSWERED","DOCUMENTATION"'
{
	echo "$row,\"2026-10-25 02:59:50\",\"2026-10-25 02:00:10\",\"2026-10-25 02:05:00\",310,290,$tail,\"m1\",\"\""
	echo "$row,\"2026-10-25 02:10:00\",\"2026-10-25 02:10:05\",\"2026-10-25 02:11:00\",60,55,$tail,\"m2\",\"\""
	echo "$row,\"2026-10-25 02:50:00\",\"2026-10-25 02:50:05\",\"2026-10-25 03:10:00\",1200,1195,$tail,\"m3\",\"\""
} >night.csv
is "cdr: over and in that hour" "$(from asterisk-cdr --zone local --type direct night.csv)" \
'm1|type=direct|agent=PJSIP/200|20.000=answer|310.000=end
m2|type=direct|agent=PJSIP/200|5.000=answer|60.000=end
m3|type=direct|agent=PJSIP/200|5.000=answer|1200.000=end'
is "cdr: which of the two hours" "$(fact asterisk-cdr started --zone local \
    --type direct night.csv | tr '\n' ' ')" \
    '2026-10-25T00:59:50Z 2026-10-25T01:10:00Z 2026-10-25T01:50:00Z '
TZ=UTC
sed 's/"2026-10-25 02:05:00",310,290/"2026-10-25 01:05:00",10,/; 2,$d' night.csv >back.csv
status "a clock that went back in a call" 2 recpolicy --from asterisk-cdr \
    --zone utc --type direct back.csv
one_line "a clock that went back in a call: reported" 'm1: answered before its start or after its end: the clock was changed'

# How a real Asterisk and a real FreeSWITCH log a message that was played, and one
# that is missing.
played() { # FORMAT RULE FILE...
	played_format=$1 played_rule=$2
	shift 2
	recpolicy --from "$played_format" --type direct --event "$played_rule" "$@" 2>/dev/null |
	    sed -n 's/^[0-9.]* = \(ann.*\|message.*\)/\1/p' | tr '\n' '|'
}
is "CEL: a message, and none in the other call" "$(played asterisk-cel \
    'Playback record-a-call=announced' "$ROOT/tests/real/asterisk/playback.cel.csv")" \
    'announcing|announced|announcing|'
is "CEL: one that is not there" "$(played asterisk-cel \
    'Playback no-such-message=announced' "$ROOT/tests/real/asterisk/playback.cel.csv")" \
    'announcing|announcing|message failed no-such-message|'
is "CEL: without a rule nothing is reported" "$(played asterisk-cel \
    X=pause "$ROOT/tests/real/asterisk/playback.cel.csv")" ''
mkdir "$T/announce"
printf '[inbound]\nrecord = yes\n[messages]\nrecord_inbound = record-a-call.wav\n' >"$T/announce/p.ini"
sox -n -r 8000 -c 1 "$T/announce/record-a-call.wav" synth 2 sine 300 gain -10
recpolicy -c "$T/announce/p.ini" --from asterisk-cel --type direct \
    --event 'Playback record-a-call=announced' \
    "$ROOT/tests/real/asterisk/playback.cel.csv" >"$T/announce/plans" 2>/dev/null
is "CEL: who heard it is recorded, and nobody else" \
    "$(grep '^record = ' "$T/announce/plans" | tr '\n' ' ')" 'record = yes record = no '
recpolicy -c "$T/announce/p.ini" --from asterisk-cel --type direct \
    "$ROOT/tests/real/asterisk/playback.cel.csv" >"$T/announce/plans" 2>/dev/null
ok "without a rule the plan says what the log cannot tell" \
    grep -q '^not_told = .*when the messages had been heard' "$T/announce/plans"
cat >"$T/announce/a.cdr.json" <<'X'
{"variables": {"uuid": "5ff6", "direction": "inbound", "start_uepoch": "1796002688400000", "answer_uepoch": "1796002688500000", "end_uepoch": "1796002698500000", "bridge_uepoch": "1796002693000000", "last_app": "bridge"},
 "app_log": {"applications": [
 {"app_name": "playback", "app_data": "/etc/rectools/m/rec.wav", "app_stamp": "1796002688537399"},
 {"app_name": "playback", "app_data": "/etc/rectools/m/gone.wav", "app_stamp": "1796002690037868"},
 {"app_name": "bridge", "app_data": "sofia/internal/1001", "app_stamp": "1796002690040000"}]}}
X
is "FreeSWITCH: a message" "$(played freeswitch-json \
    'playback /etc/rectools/m/rec.wav=announced' "$T/announce/a.cdr.json")" 'announcing|announced|'
is "FreeSWITCH: one that is not there" "$(played freeswitch-json \
    'playback /etc/rectools/m/gone.wav=announced' "$T/announce/a.cdr.json")" \
    'announcing|message failed /etc/rectools/m/gone.wav|'
# A key interrupts the message: its file shows how long it is.
sed "s|/etc/rectools/m|$T/announce|" "$T/announce/a.cdr.json" >"$T/announce/b.cdr.json"
for length in 1.6 6; do
	sox -n -r 8000 -c 1 "$T/announce/rec.wav" synth $length sine 300 gain -10
	touch -d @1796002000 "$T/announce/rec.wav"
	is "FreeSWITCH: a message of $length s that was played for 1.5 s" "$(played freeswitch-json \
	    "playback $T/announce/rec.wav=announced" "$T/announce/b.cdr.json" | sed "s|$T/||")" \
	    "announcing|$([ $length = 6 ] && echo 'message failed announce/rec.wav' || echo announced)|"
done
touch -d @1796009999 "$T/announce/rec.wav"
is "FreeSWITCH: a file that came later says nothing" "$(played freeswitch-json \
    "playback $T/announce/rec.wav=announced" "$T/announce/b.cdr.json")" 'announcing|announced|'
# The dialplan continues after a message that is missing, and sets rec_announced.
for m in rec gone; do
	sed "/$([ $m = rec ] && echo gone || echo nothing)/d; s|\"bridge\", \"app_data\"|\"set\", \"app_data\": \"rec_announced=true\", \"app_stamp\": \"1796002690038900\"},{\"app_name\": &|" \
	    "$T/announce/a.cdr.json" >"$T/announce/c.cdr.json"
	is "FreeSWITCH: rec_announced behind $m.wav" "$(played freeswitch-json X=pause "$T/announce/c.cdr.json")" \
	    "$([ $m = rec ] && echo 'announced|' || echo 'message failed /etc/rectools/m/gone.wav|')"
done
# A dialplan of Asterisk that reports only that messages are to be played.
sed 's/"APP_START",\(.*\)"Playback","no-such-message"/"USER_DEFINED",\1"CELGenUserEvent","RECANNOUNCING"/
/CELGenUserEvent/s/"",""$/"RECANNOUNCING",""/' \
    "$ROOT/tests/real/asterisk/playback.cel.csv" >"$T/announce/cel.csv"
is "CEL: RECANNOUNCING" "$(played asterisk-cel X=pause "$T/announce/cel.csv")" 'announcing|'
done_testing
