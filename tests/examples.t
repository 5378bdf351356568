#!/bin/sh
# The examples that operators install unchanged.
. "$(dirname "$0")/lib.sh"
cd "$ROOT" || exit 1

mkdir "$T/rec"
sox -n -r 8000 -c 1 -b 16 "$T/rec/17.1-in.wav" synth 6 sine 400
sox -n -r 8000 -c 1 -b 16 "$T/rec/17.1-out.wav" synth 6 sine 900
cat >"$T/policy.ini" <<'P'
[inbound]
record = yes
play_message = no
P
printf '2 = pause\n3 = resume\n' >"$T/rec/17.1.events"
recpolicy --init -s "$T/spool"
RECTOOLS_LEGS=$T/rec RECTOOLS_SPOOL=$T/spool RECTOOLS_POLICY=$T/policy.ini
export RECTOOLS_LEGS RECTOOLS_SPOOL RECTOOLS_POLICY
status "the hangup handler takes a call in" 0 examples/asterisk-hangup 17.1 \
    1795341600 1795341601.250 1795341606 Billing SIP/alice
is "its legs are gone from the PBX" "$(ls "$T/rec")" ""
status "its legs are gone from the PBX: mixed" 0 recmix -s "$T/spool"
mp3=$(find "$T/spool/split" -name '*.mp3')
is "less the ringing and the pause" \
    "$(mpg123 -q -w "$T/wav" "$mp3" && soxi -s "$T/wav")" 32000
is "the legs are gone from the spool" "$(find "$T/spool" -name '*.wav')" ""

sox -n -r 8000 -c 1 -b 16 "$T/rec/17.2-in.wav" synth 2 sine 400
sox "$T/rec/17.2-in.wav" "$T/rec/17.2-out.wav" synth sine 900
printf '1 = consent declined\n' >"$T/rec/17.2.events"
status "a refused call is not a failure" 0 examples/asterisk-hangup 17.2 \
    1795341600 1795341590 1795341602 Billing SIP/alice
is "and nothing of it stays" "$(ls "$T/rec")" ""
is "nor enters" "$(ls "$T/spool/mix")" ""

sox -n -r 8000 -c 1 -b 16 "$T/rec/17.6-in.wav" synth 2 sine 400
sox "$T/rec/17.6-in.wav" "$T/rec/17.6-out.wav" synth sine 900
status "an unanswered call" 0 examples/asterisk-hangup 17.6 \
    1795341600 0.000000 1795341602 Billing SIP/alice
is "an unanswered call: is not recorded" "$(find "$T/rec" "$T/spool/mix" -name '*17.6*')" ""

# A PBX that does not own the spool leaves the call file; collect takes the call.
sox -n -r 8000 -c 1 -b 16 "$T/rec/17.3-in.wav" synth 2 sine 400
sox -n -r 8000 -c 1 -b 16 "$T/rec/17.3-out.wav" synth 2 sine 900
status "a hook without a spool" 0 env RECTOOLS_SPOOL="$T/none" \
    examples/asterisk-hangup 17.3 1795341600 1795341600 1795341602 \
    Billing SIP/al
ok "leaves the call file" test -f "$T/rec/17.3.ini"
RECTOOLS_SPOOL="$T/none" examples/asterisk-hangup 17.7 1795341600 1795341600 \
    1795341602 "$(printf 'A;\nb = c')" SIP/al
is "a queue is one line" "$(grep -E '^(queue|b) ' "$T/rec/17.7.ini")" "queue = A__b = c"
rm "$T/rec/17.7.ini"
sed 's/^record.*/record = perhaps/' "$T/policy.ini" >"$T/wrong.ini"
if [ "$(id -u)" = 0 ] && have setpriv; then
	chmod 711 "$T"
	chmod 711 "$T/rec"
	chmod 644 "$T/policy.ini"
	install -d -o 65534 -m 700 "$T/own"
	# Other users may have no access to this tree, as below /root.
	install -d -m 755 "$T/open"
	install -m 755 bin/recpolicy examples/collect "$T/open"
	nobody() {
		(cd "$T/open" && PATH=$T/open:$PATH setpriv --reuid 65534 \
		    --regid 65534 --clear-groups "$@")
	}
	nobody recpolicy --init -s "$T/own"
	status "collect, where it may not read" 2 nobody env \
	    RECTOOLS_SPOOL="$T/own" collect "$T/rec"
	one_line "collect says so" 'recpolicy: .*/rec: uid 65534 may not read and write here'
	chmod 700 "$T" "$T/rec"
else
	skip "collect, where it may not read" "root has nobody to try it as"
fi
status "collect, a directory that is missing" 2 examples/collect "$T/none"
one_line "collect, a directory that is missing" 'none: there is no such directory$'
status "collect, one that may be missing" 0 examples/collect "-$T/none"
status "collect, with a wrong policy" 2 env RECTOOLS_POLICY="$T/wrong.ini" \
    examples/collect "$T/rec"
ok "loses nothing" test -f "$T/rec/17.3.ini" -a -f "$T/rec/17.3-in.wav"
status "collect" 0 examples/collect "$T/rec"
is "takes the call in, legs and all" "$(ls "$T/rec")" ""
mkdir "$T/rec2"
touch -d '1 day ago' "$T/rec/1.wav" "$T/rec/2.wav" "$T/rec2/stray.wav"
mkdir "$T/figures"
status "collect, from all directories that RECTOOLS_INCOMING names" 0 env \
    RECTOOLS_METRICS="$T/figures" RECTOOLS_INCOMING="-$T/none:$T/rec:$T/rec2" examples/collect
is "with figures of each that is there" \
    "$(grep -h '^rectools_collect_orphans' "$T"/figures/*.prom | sed 's/.*directory="\([^"]*\)".* /\1 /' | sort)" \
    "$(printf '%s\n' "$T/rec 2" "$T/rec2 1")"
rm "$T"/rec/?.wav
status "collect, where one of them fails" 2 env \
    RECTOOLS_INCOMING="$T/spool:$T/rec" RECTOOLS_METRICS="$T/figures" examples/collect
ok "to where recmix looks" test -n "$(find "$T/spool/mix" -name '*.wav')"

# The dialplan, and its command with Asterisk's values: the call, with its pause, is
# in the event log (CEL) of a real Asterisk.
R=tests/real/asterisk/calls
id=1796021967.18
unxz() { python3 -c 'import lzma, sys
sys.stdout.buffer.write(lzma.open(sys.argv[1]).read())' "$1"; }
unxz $R/cel.csv.xz | grep "\"$id\"" >"$T/cel.csv"
for side in in out; do
	unxz "$R/legs/$id-$side.wav.xz" >"$T/rec/$id-$side.wav"
done
is "the dialplan closes the legs before it says so" \
    "$(sed -n '/^exten => done/,$s/.*,\(StopMixMonitor\|System\)(.*/\1/p' \
	examples/asterisk-extensions.conf | tr '\n' ' ')" "StopMixMonitor System "
is "its recorder writes both sides" \
    "$(grep -oE 'REC}-(in|out).wav' examples/asterisk-extensions.conf | tr '\n' ' ')" \
    'REC}-in.wav REC}-out.wav '
for event in pause resume payment-start payment-end announced \
    'consent granted' 'consent declined' 'consent none'; do
	label=$(echo "$event" | tr -dc "[:lower:]")
	name=$(sed -n "s/^exten => $label,1,CELGenUserEvent(\(.*\))/\1/p" \
	    examples/asterisk-extensions.conf)
	is "the dialplan's event '$event' is one of the import's" \
	    "$(grep -c "{\"$name\", \"$event\"}" src/import/rules.c)" 1
done
sed -n 's/.*System(\(.*\))$/\1/p' examples/asterisk-extensions.conf |
    sed "s|\${UNIQUEID}|$id|; s|/usr/local/lib/rectools|$ROOT/examples|" \
	>"$T/command"
is "the dialplan names nothing else" "$(grep -c '\${' "$T/command")" 0
status "the dialplan's hangup handler" 0 sh "$T/command"
ok "names the legs" grep -qx "file = $id-out.wav" "$T/rec/$id.facts"
status "it takes facts along" 0 examples/asterisk-hangup "$id" \
    'zendesk_ticket=35436' 'note=a;b'
status "but nothing else" 2 examples/asterisk-hangup "$id" 'Rent due'
if [ ! -e /var/log/asterisk ]; then
	# A log that cannot be seen is reported; no call waits silently.
	status "collect: no log is there" 2 examples/collect "$T/rec" asterisk
	one_line "collect: no log is there" 'Master.csv: No such file'
	ok "and the facts stay" test -s "$T/rec/$id.facts"
else
	skip "no log is there" "/var/log/asterisk is"
fi
status "collect, by the event log" 0 env RECTOOLS_IMPORT='--type direct' \
    examples/collect "$T/rec" asterisk "$T/cel.csv"
is "takes the call in" "$(ls "$T/rec")" ""
ok "takes the call in: its facts" grep -rqx 'zendesk_ticket = 35436' "$T/spool/mix"
status "takes the call in: once" 0 env RECTOOLS_IMPORT='--type direct' \
    examples/collect "$T/rec" asterisk "$T/cel.csv"
is "for all times" "$(find "$T/spool/mix" -name "*$id" | wc -l | tr -d ' ')" 1
status "for all times: mixed" 0 recmix -s "$T/spool"
mp3=$(find "$T/spool/split" -name "$id*.mp3")
is "less the ringing and the pause" \
    "$(mpg123 -q -w "$T/wav" "$mp3" && soxi -s "$T/wav" | awk '{ print int($1 / 80) }')" 1099

# FreeSWITCH: one file with two channels.
sox -n -r 8000 -c 2 -b 16 "$T/rec/5ff6-aa.wav" synth 10 sine 400 sine 900
sed "s|/var/lib/freeswitch/rec|$T/rec|; s|/usr/local/lib/rectools|$ROOT/examples|" \
    examples/freeswitch-dialplan.xml >"$T/dialplan.xml"
# dialplan EVENT...: a call with one line for each event; puts the hook's command into
# $T/command.
dialplan() { printf '%s\n' "$@" | python3 tests/servers/dialplan.py "$T/dialplan.xml" "$T/command"; }
is "FreeSWITCH's dialplan records once, and masks at the button" "$(dialplan \
    '1763805600500000 dial 800' \
    '1763805602000000 bridge sofia/internal/1000@pbx cc_queue=Billing@default cc_agent=1000@example.com' \
    '1763805604000000 press 7' '1763805605000000 press 8' \
    '1763805610500000 hangup' | sed "s|$T/rec/||" | tr '\n' ' ')" \
    "record_session 5ff6-aa.wav record_session_mask 5ff6-aa.wav record_session_unmask 5ff6-aa.wav "
is "it names nothing that is not known" "$(grep -c '\${' "$T/command")" 0
status "its hangup hook" 0 sh "$T/command"
is "the call as it was" "$(cat "$T"/spool/mix/*-5ff6-aa/plan.ini |
    grep -E '^(queue|agent|start|end|fits|cut) ' | sort -u | tr '\n' ' ')" \
    "agent = 1000@example.com cut = 4.000 5.000 pause end = 10.500 queue = Billing queue = ivr/Billing start = 0.500 start = 2.000 "
is "takes the call in" "$(ls "$T/rec")" ""
status "takes the call in: mixed" 0 recmix -s "$T/spool"
mp3=$(find "$T/spool/split" -name '5ff6-aa*.mp3')
is "less the ringing and the pause" \
    "$(mpg123 -q -w "$T/wav" "$mp3" && soxi -s "$T/wav")" 60000
hz() {
	sox "$T/wav" -n remix "$1" stat 2>&1 |
	    awk '/Rough/ { print ($3 > 650) }'
}
is "the caller left, the agent right" "$(hz 1) $(hz 2)" "0 1"
# hook EVENT...: prints the call file that the hook writes.
hook() {
	dialplan "$@" >"$T/apps"
	RECTOOLS_SPOOL=$T/none sh "$T/command"
	grep -E '^(type|queue|agent|[0-9.]+) ?=?' "$T/rec/5ff6-aa.ini" | tr '\n' '|'
	rm -f "$T/rec/5ff6-aa.ini"
}
is "a queue, then another, each with its agent" "$(hook \
    '1763805600000000 dial 201' \
    '1763805601000000 bridge sofia/internal/1001@pbx cc_queue=Billing@default cc_agent=alice@default' \
    '1763805606000000 transfer 5000' \
    '1763805609000000 bridge sofia/internal/1002@pbx cc_queue=Sales@default cc_agent=bob@default' \
    '1763805615000000 hangup')" \
    'type = queue|queue = Billing|agent = alice@default|0.960 = answer|6.000 = transfer queue=Sales|9.000 = transfer agent=bob@default|15.000 = end|'
is "recorded once" "$(grep -c record_session "$T/apps")" 1
is "a transfer from a queue to a phone" "$(hook \
    '1763805600000000 dial 201' \
    '1763805601000000 bridge sofia/internal/1001@pbx cc_queue=Billing@default cc_agent=alice@default' \
    '1763805606000000 transfer 1002' \
    '1763805607000000 bridge sofia/internal/1002@pbx' \
    '1763805615000000 hangup')" \
    'type = queue|queue = Billing|agent = alice@default|0.960 = answer|7.000 = transfer agent=1002|15.000 = end|'
is "a caller's words run no shell" "$(hook \
    '1763805600000000 dial 200' \
    "1763805601000000 bridge sofia/internal/\$(touch\${IFS}x)';x" \
    '1763805605000000 hangup')" \
    'type = direct|1.000 = answer|5.000 = end|'
is "a conference is answered" "$(hook '1763805600000000 dial 203' \
    '1763805603000000 conference' '1763805605000000 hangup')" \
    'type = direct|0.020 = answer|5.000 = end|'
sox -n -r 8000 -c 2 -b 16 "$T/rec/5ff6-aa.wav" synth 8 sine 400 sine 900
is "mod_fifo bridges without a word" "$(hook '1763805600000000 dial 204' \
    '1763805603000000 fifo' '1763805611000000 hangup')" \
    'type = direct|3.000 = answer|11.000 = end|'
dialplan '1763805600000000 dial 204' '1763805603000000 fifo' '1763805611000000 hangup' >/dev/null
RECTOOLS_SPOOL=$T/none sh "$T/command"
is "its file begins there" "$(sed -n 's/^start = //p' "$T/rec/5ff6-aa.ini" | sort -u)" 3.000
rm -f "$T/rec/5ff6-aa"*
is "the inner end of a loopback is no call" "$(printf '%s\n' '1763805600000000 dial 1002' \
    '1763805605000000 hangup' |
    python3 tests/servers/dialplan.py "$T/dialplan.xml" "$T/command" B; cat "$T/command")" ''
is "through a loopback to the phone behind it" "$(hook '1763805600000000 dial 205' \
    '1763805601000000 bridge loopback/1002-a' \
    '1763805603000000 bridge sofia/internal/1002@pbx' '1763805605000000 hangup')" \
    'type = direct|agent = 1002|0.960 = answer|5.000 = end|'
is "not answered" "$(hook '1763805600000000 dial 200' '1763805605000000 hangup')" \
    'type = direct|5.000 = end|'
ok "its dialplan is well-formed" python3 -c \
    'import sys, xml.dom.minidom as x; x.parse(sys.argv[1])' \
    examples/freeswitch-dialplan.xml

# rtpengine: packets and their metadata.
incoming() { sed -n 's/^RECTOOLS_INCOMING=//p' examples/rectools.default | tr : '\n' | sed 's/^-//'; }
is "rtpengine writes where collect looks" \
    "$(sed -n 's/^recording-dir = //p' examples/rtpengine.conf)" \
    "$(incoming | grep rtpengine)"
is "and the units may write wherever it looks" \
    "$(for unit in rectools-collect recsweep; do
	incoming | while read -r dir; do
		grep -q "^ReadWritePaths=.* -$dir\( \|$\)" examples/systemd/$unit.service ||
		    echo "$unit $dir"
	done
    done)" ""
is "and look when it changes" "$(incoming | while read -r dir; do
	grep -q "^PathChanged=$dir" examples/systemd/rectools-collect.path || echo "$dir"
    done)" ""
is "what collect reads" \
    "$(grep -c '^recording-method = pcap$' examples/rtpengine.conf)" 1
mkdir -p "$T/rtp/pcaps" "$T/rtp/metadata"
sox -R -n -r 8000 -c 1 -b 16 "$T/c.wav" synth 10 sine 400 gain -6
sox -R -n -r 8000 -c 1 -b 16 "$T/a.wav" synth 10 sine 900 gain -6
for side in c a; do sox "$T/$side.wav" -t ul "$T/$side.ul"; done
for n in 1 2; do
	python3 tests/capture.py make "$T/rtp/pcaps/r-$n.pcap" raw \
	    file="$T/c.ul",type=0,start=0,port=4000 \
	    file="$T/a.ul",type=0,start=1,port=4002
	sed -e "1s|.*|$T/rtp/pcaps/r-$n.pcap|" \
	    -e 's/1763805620000.000/1763800004000.000/' \
	    -e 's/1763805626500.000/1763800005000.000/' \
	    -e 's/1763805660000/1763800010000/; s/17638056/17638000/' \
	    -e 's/T11:00:00/T09:26:40/; s/T11:01:00/T09:26:50/' \
	    tests/data/rtpengine-pcap.txt >"$T/rtp/metadata/r-$n.txt"
done
sed -i 's/^queue:Billing/queue:Quiet/' "$T/rtp/metadata/r-2.txt"
printf '[queue ivr/Quiet inbound]\nrecord = no\n' >>"$T/policy.ini"
status "collect, for rtpengine" 0 env TZ=Europe/Berlin examples/collect \
    "$T/rtp" rtpengine
is "takes one call in and forgets the other, whose queue does not record" \
    "$(find "$T/rtp" -type f)" ""
status "it is mixed" 0 recmix -s "$T/spool"
mp3=$(find "$T/spool/split" -name 'r-1*.mp3')
# From 0.25 s, when the call began by its metadata, to 10 s. The cut is 20 ms
# wider at each end, because a packet of a capture can be off by as much.
is "less the pause" "$(mpg123 -q -w "$T/wav" "$mp3" && soxi -s "$T/wav")" 69680
is "the first to speak left, the other right" "$(hz 1) $(hz 2)" "0 1"

if have systemd-analyze; then
	mkdir "$T/units"
	for unit in examples/systemd/*; do
		sed "s|/usr/local/bin|$ROOT/bin|" "$unit" \
		    >"$T/units/${unit##*/}"
	done
	is "systemd finds nothing in the units" \
	    "$(systemd-analyze verify "$T"/units/* 2>&1 |
		grep -F "$T/units")" ""
	for unit in "$T"/units/*.service; do
		# It reads the journal and runs setgid mail programs.
		case $unit in *alarm*) continue ;; esac
		ok "${unit##*/} may do little" systemd-analyze security \
		    --offline=true --threshold=15 "$unit"
	done
else
	skip "systemd finds nothing in the units" "no systemd-analyze"
fi
# cron's lines, also the commented one, as cron runs them: /bin/sh, its PATH.
mkdir "$T/store"
printf '[upload]\nto = a\n[destination a]\ntype = directory\npath = %s/store\n' "$T" >"$T/cron.ini"
recpolicy --init -s "$T/cron"
sed -e "s|/var/spool/rectools|$T/cron|" -e "s|/etc/rectools/upload.ini|$T/cron.ini|" \
    -e "s|^\(RECTOOLS_INCOMING\)=.*|\1=$T/rec|" examples/rectools.default >"$T/default"
sed -n 's/^#\{0,1\}\([0-9*]* \)\{4\}[0-9*]*	//p' examples/crontab >"$T/cron.lines"
is "cron has three lines" "$(wc -l <"$T/cron.lines")" 3
while read -r line; do
	line=$(echo "$line" | sed "s|/etc/default/rectools|$T/default|")
	status "cron: $line" 0 env -i PATH="$PATH" /bin/sh -c "$line"
	is "which is silent" "$(cat "$T/out" "$T/err")" ""
done <"$T/cron.lines"

# The audit log, rotated in the middle of the chain.
sed -e "s|/var/spool/rectools|$T/spool|" -e '/su rectools/d' \
    examples/logrotate >"$T/logrotate.conf"
if have logrotate; then
	lines=$(wc -l <"$T/spool/audit.log")
	status "logrotate" 0 logrotate -f -s "$T/logrotate.state" \
	    "$T/logrotate.conf"
	is "the log is rotated, whole" "$(wc -l <"$T/spool/audit.log.1")" "$lines"
	sox -n -r 8000 -c 1 -b 16 "$T/rec/17.4-in.wav" synth 2 sine 400
	sox "$T/rec/17.4-in.wav" "$T/rec/17.4-out.wav" synth sine 900
	status "the spool goes on" 0 examples/asterisk-hangup 17.4 \
	    1795341600 1795341600 1795341602 Billing SIP/alice
	ok "in a new log" test -s "$T/spool/audit.log"
	status "and the chain holds" 0 recsweep --verify -s "$T/spool"
	sed -i '1s/entered/Entered/' "$T/spool/audit.log.1"
	status "over the files" 1 recsweep --verify -s "$T/spool"
else
	skip "logrotate" "it is not installed"
fi

# Every destination of examples/upload.ini, without its semicolons.
mkdir -p "$T/secrets"
sed "s/^;\([a-z[]\)/\1/; s|/etc/rectools/|$T/secrets/|; s|^ca_file = .*|ca_file = $T/secrets/ca.pem|" \
    examples/upload.ini >"$T/all.ini"
to=$(sed -n 's/^\[destination \(.*\)\]/\1/p' "$T/all.ini" | tr '\n' ' ')
sed -i "s/^to = .*/to = $to/" "$T/all.ini"
sed -n "s|^[a-z_]* = \($T/secrets/[^ ]*\).*|\1|p" "$T/all.ini" |
    while read -r secret; do
	echo x >"$secret"
	chmod 600 "$secret"
    done
openssl genrsa -out "$T/rsa" 2048 2>/dev/null
jq -n --rawfile key "$T/rsa" '{private_key: $key, client_email: "a@example.com",
    token_uri: "https://oauth2.googleapis.com/token"}' >"$T/secrets/gcs.json"
openssl rand -base64 64 | tr -d '\n' >"$T/secrets/azure.key"
ok "upload.ini has all types" [ "$(grep -c '^type = ' "$T/all.ini")" -ge 9 ]
status "every one is understood" 0 \
    env STORE_PASSWORD=x recupload -c "$T/all.ini" </dev/null
is "every one is understood: silent" "$(cat "$T/err")" ""
# make demo: all five programs by hand and through a spool.
if [ -d /usr/share/asterisk/sounds ]; then
	mkdir "$T/tree"
	cp -R examples "$T/tree"
	ln -s "${BIN:-$ROOT/bin}" "$T/tree/bin"
	status "the demo runs" 0 "$T/tree/examples/demo.sh"
	is "as silent as its programs" "$(cat "$T/err")" ""
	is "by hand and from the spool the same arrives" \
	    "$(cd "$T/tree/demo/recordings" && find . -name '*.mp3' -exec sha256sum {} + | sort)" \
	    "$(cd "$T/tree/demo/recordings-from-spool" && find . -name '*.mp3' -exec sha256sum {} + | sort)"
	ok "and is not nothing" grep -q '^recordings/.*samples' "$T/out"
	# Waveforms may differ by a pixel with another decoder; the rest may not.
	is "the README's picture is the one that it draws" \
	    "$(sed 's/[0-9.]*//g' examples/call.svg | sha256sum)" \
	    "$(sed 's/[0-9.]*//g' "$T/tree/demo/call.svg" | sha256sum)"
else
	skip "the demo" "asterisk-core-sounds-en-wav is not installed"
fi
done_testing
