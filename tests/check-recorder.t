#!/bin/sh
# recpolicy --check-recorder: what logs and legs of real PBXs lack, and the line
# that corrects it.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1
R=$ROOT/tests/real/asterisk
unxz() { python3 -c 'import lzma, sys; sys.stdout.buffer.write(lzma.open(sys.argv[1]).read())' "$1"; }
cat >plain.ini <<'P'
[recording]
dual_channel = no
[inbound]
record = yes
play_message = no
[outbound]
record = no
P
cat >all.ini <<'P'
[inbound]
record = yes
ask_permission = yes
[messages]
record_inbound = a.wav
ask_permission = b.wav
P
# said STATUS COMMAND...: its findings are in `out`.
said() {
	said_wanted=$1
	shift
	recpolicy --check-recorder asterisk "$@" >out 2>err
	[ $? = "$said_wanted" ]
}
unxz "$R/logs/apps-of-the-sample.csv.xz" >sample.csv
ok "the sample's cel.conf" said 1 -c plain.ini sample.csv
is "has no queues, no legs, no ends" "$(grep -v '^	' out)" \
'/etc/asterisk/cel.conf: events = ALL
/etc/asterisk/cel.conf: apps = dial,queue,mixmonitor,stopmixmonitor,park,confbridge
/etc/asterisk/extensions.conf: same => n,Gosub(record,start,1)
/etc/asterisk/features.conf: recpause => *7,peer,CELGenUserEvent,"RECPAUSE" (and recresume)'
ok "and how much of it was seen" grep -q '226 rows of sample.csv: none of LINKEDID_END' out
ok "apps = all" said 1 -c plain.ini "$R/logs/apps-all.csv"
is "is no application" "$(grep -v '^	' out)" \
    '/etc/asterisk/cel.conf: apps = dial,queue,mixmonitor,stopmixmonitor,park,confbridge'

# The calls of the examples, in directories like those of a PBX.
mkdir -p log/cel-custom rec
unxz "$R/calls/cel.csv.xz" >log/cel-custom/Master.csv
cp "$R/queue_log" "$R/cdr.csv" log/
echo 'no log of calls at all' >log/full
ok "a PBX set up as the examples are lacks nothing" said 0 -c plain.ini --type direct log
is "and nothing is reported" "$(cat out err)" ''
ok "but what another policy needs" said 1 -c all.ini --type direct log
is "but what another policy needs: reported" "$(grep -v '^	' out)" \
'/etc/asterisk/extensions.conf: same => n,Gosub(record,event,1(announced))
/etc/asterisk/extensions.conf: same => n,Gosub(record,event,1(consent granted))'
printf '[agent a]\nrecord = yes\nask_permission = yes\n' >rule.ini
ok "also one that records by a rule alone" said 1 -c rule.ini --type direct log
ok "its needs are reported" grep -q 'consent granted' out
ok "without rules of types" said 1 -c plain.ini log
ok "one is asked for" grep -q 'Gosub(record,type,1(dialpad))' out
ok "legs that the log names and that are not there" said 1 -c plain.ini --type direct --legs rec log
ok "are counted" grep -Eq 'names legs that are not here .*: 1[0-9] of 1[0-9] calls' out
ok "are counted: as JSON" said 1 -c plain.ini --json log
is "one object a finding" "$(jq -r .file out)" /etc/asterisk/extensions.conf

# Rows without what a mapping left out.
python3 - <<'P'
import csv
rows = list(csv.reader(open("log/cel-custom/Master.csv")))
def put(name, change):
    w = csv.writer(open(name, "w"), quoting=csv.QUOTE_ALL)
    w.writerows(change(list(r)) for r in rows)
def no_extra(r): r[19] = ""; return r
def no_names(r):
    r[18] = ""
    if r[0].startswith("REC"): r[0] = "USER_DEFINED"
    return r
def whole(r): r[1] = r[1].split(".")[0]; return r
def mixed(r): r[11] = r[11].replace("r(", "x(").replace("t(", "y("); return r
def no_app(r):
    if r[10] == "MixMonitor" and r[0] == "APP_START": r[10] = "Noop"
    return r
put("no-extra.csv", no_extra)
put("no-names.csv", no_names)
put("whole.csv", whole)
put("mixed.csv", mixed)
put("no-mixmonitor.csv", no_app)
put("odd.csv", lambda r: r[:12])
P
lacks() { # LABEL WORDS ARGUMENT...
	test_words=$2 test_name=$1
	shift 2
	recpolicy --check-recorder asterisk --type direct "$@" >out 2>err
	ok "$test_name" grep -qF "$test_words" out
}
lacks "a mapping without eventextra" 'rows have no bridge_id' no-extra.csv
lacks "without userdeftype" 'user events have no name' no-names.csv
lacks "a date format of whole seconds" 'no dateformat' whole.csv
lacks "another order of columns" 'columns are in an unknown order' odd.csv
lacks "one channel for both sides" 'MixMonitor(,r(' mixed.csv
unxz "$R/calls/legs/1796021967.18-in.wav.xz" >rec/1796021967.18-in.wav
lacks "legs without a MixMonitor in the log" 'it is unknown where they begin' no-mixmonitor.csv rec
mkdir text
echo 'a note of a person, no sound' >text/1796021967.18-in.wav
status "a text that is called .wav" 2 recpolicy --check-recorder asterisk text/*.wav
one_line "a text that is called .wav: is no leg" '1796021967.18-in.wav: neither a log nor a leg of asterisk'
lacks "and counts as none" '12 of 12 calls' log text rec/1796021967.18-in.wav --legs text
printf 'RIFF\0\0\0\0WAVEfmt \020\0\0\0\001\0\001\0\100\037\0\0\200\076\0\0\002\0\020\0data\0\0\0\0sound' >rec/torn-in.wav
lacks "a leg that nobody closed" 'not closed' log rec
mv rec/torn-in.wav "rec/torn$(printf '\033')[2J-in.wav"
lacks "whose name writes nothing to a terminal" 'torn?[2J-in.wav' log rec
lacks "no CEL at all" 'enable = yes' "$R/cdr.csv"
# Debian's Asterisk 22.10.1 with cel.conf as it must be: "Unable to write CEL
# to file /var/log/asterisk/cel-custom/Master.csv : No such file or directory".
ok "or nobody made its directory" grep -q 'make the directory /var/log/asterisk/cel-custom' out
lacks "a CDR without linkedid" 'newcdrcolumns = yes' "$R/cdr.csv"
lacks "a CDR alone" 'queue_log = yes' "$R/cdr.csv"
lacks "half a call" 'a log with a whole call in it' "$R/logs/second-half.csv"
status "what is no log" 2 recpolicy --check-recorder asterisk all.ini
one_line "what is no log: refused" 'all.ini: neither a log nor a leg of asterisk'
status "no argument" 2 recpolicy --check-recorder asterisk
status "another recorder" 2 recpolicy --check-recorder asteriks log
ok "another recorder: is asked for" grep -q "did you mean 'asterisk'" err
done_testing
