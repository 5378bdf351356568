#!/bin/sh
# recpolicy: rules by number, agent and [internal], lists from files, a share of
# the calls, hours: what decides, what -e and -t report, replay, entering a spool, the
# live dialogue.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1

# policy LINE...: a policy whose class records without a message, and these lines.
policy() {
	printf '%s\n' '[recording]' 'country = +49' 'extensions = 2*' \
	    '[inbound]' 'record = yes' 'play_message = no' '[outbound]' \
	    'record = yes' 'play_message = no' "$@" >policy.ini
}
# call TYPE FACTS EVENT...: FACTS are lines of [call].
call() {
	{
		printf '[call]\nid = c1\ntype = %s\n%s\n[events]\n' "$1" "$2"
		shift 2
		printf '%s\n' "$@"
	} >call.ini
}
# kept: prints "1-20 ...", the recordings and cuts, or why nothing is recorded.
kept() {
	recpolicy -c policy.ini call.ini 2>&1 | awk -F ' = ' '
	/^record = no/ { no = 1 }
	/^reason = / && no { printf "no: %s", $2 }
	/^\[recording / { rec = 1 }
	/^start = / && rec { printf "%s%s-", n++ ? " " : "", $2 + 0 }
	/^end = / { printf "%s", $2 + 0 }
	/^cut = / { split($2, c, " "); printf "(%s-%s %s)", c[1] + 0, c[2] + 0, c[3] }
	/^recpolicy: / { printf "%s", $0 }'
}
alice=$(printf 'agent = alice\ncaller = ')
short() { call queue "$alice$1" '1 = answer' '20 = end'; }

# The forms of a number; the unit tests have the others.
policy '[number @lawyers.txt]' 'record = no' '[number +4989*]' 'redaction = no'
printf '\357\273\277# never these\r\n030 1234567 ; Berlin\r\n\n  +49 40 55*\n' >lawyers.txt
while IFS='|' read -r number line; do
	short "$number"
	wanted=1-20
	[ -z "$line" ] || wanted="no: policy.ini:11 [number @lawyers.txt] record (lawyers.txt:$line)"
	is "a call from '$number'" "$(kept)" "$wanted"
done <<'X'
+49301234567|2
#31#030 1234567|2
030 1234567,,12|2
0049 30 1234567|2
(030) 123-4567|2
sip:+49301234567@192.0.2.1|2
49301234567|2
+494055|4
+4940559999|4
+49301234568|
+4930123456|
+49405|
+12025550100|
X
cp policy.ini lawyers.ini
policy '[number 03*]' 'record = no' '[number +4930123*]' 'record = no'
short '0301234567'
is "the longest pattern tells, however the number is read" "$(kept)" \
    "no: policy.ini:13 [number +4930123*] record"
policy '[agent @names.txt]' 'record = no'
printf 'bob#2 # and not bob\n' >names.txt
call queue "$(printf 'agent = bob#2\ncaller = 200')" '1 = answer' '20 = end'
is "a # in a word begins no comment" "$(kept)" \
    "no: policy.ini:11 [agent @names.txt] record (names.txt:1)"
call queue "$(printf 'agent = bob\ncaller = 200')" '1 = answer' '20 = end'
is "one after a blank does" "$(kept)" 1-20
mv lawyers.ini policy.ini
short anonymous
is "a withheld number is not recorded" "$(kept)" \
    "no: policy.ini:11 [number @lawyers.txt] record (number withheld)"
call queue 'agent = alice' '1 = answer' '20 = end'
status "one that is unknown is not decided" 2 recpolicy -c policy.ini call.ini
one_line "one that is unknown is not decided: reported" 'call.ini: not decided: policy.ini:10 \[number @lawyers.txt\] record = no, and call.ini does not name the caller: add \[number unknown\]'
call queue 'agent = alice' '20 = end'
is "nobody answered it: that is decided" "$(kept)" "no: call.ini: not answered"
printf '[number unknown]\n' >>policy.ini
short anonymous
is "[number unknown] changes this" "$(kept)" 1-20
call queue 'agent = alice' '1 = answer' '20 = end'
is "also of one that is unknown" "$(kept)" 1-20
call dialpad "$(printf 'agent = alice\ncaller = 201\ncallee = 0301234567')" '1 = answer' '9 = end'
is "a call to them" "$(kept)" "no: policy.ini:11 [number @lawyers.txt] record (lawyers.txt:2)"

# A party that joins counts for the whole call.
policy '[number +4930*]' 'record = no'
call queue "${alice}+491511" '1 = answer' '9 = join third-party 030 99' '20 = end'
is "one of them is called in" "$(kept)" \
    "no: policy.ini:11 [number +4930*] record: by call.ini:8"
is "its actions" "$(recpolicy -c policy.ini --json call.ini | jq -c '[.actions[] | .action]')" \
    '["start","stop","discard"]'
call queue "${alice}+491511" '1 = answer' '5 = pause' '8 = resume' '20 = end'
is "a pause as JSON" "$(recpolicy -c policy.ini --json call.ini |
    jq -c '[.recordings[].cuts[] | .start + 0, .end + 0]')" '[5,8]'
call queue "${alice}+491511" '1 = answer' '20 = end' '21 = join third-party 030 99'
is "nobody joins after the end" "$(kept)" 1-20
call queue "${alice}+491511" '1 = answer' '9 = join third-party' '20 = end'
status "who it is is unknown" 2 recpolicy -c policy.ini call.ini
one_line "who it is is unknown: says where" 'call.ini:8 does not name the number'
call queue "${alice}+491511" '1 = answer' '9 = join third-party PJSIP/trunk-0000001f' '20 = end'
status "who comes by a trunk is unknown" 2 recpolicy -c policy.ini call.ini
one_line "and says where, too" 'call.ini:8 does not name the number'
is "live: it stops" "$(printf '%s\n' '1 = answer' '9 = join third-party PJSIP/trunk' |
    recpolicy -c policy.ini --live call.ini 2>/dev/null | grep -x 'start\|stop' | tr '\n' ' ')" 'start stop '
call queue "${alice}+491511" '1 = answer' '9 = join third-party PJSIP/bob-0000001f' '20 = end'
sed 's/^extensions.*/extensions = 2* bob/' policy.ini >users.ini
is "a colleague is none of them" "$(recpolicy -c users.ini call.ini | sed -n 's/^record = //p')" yes
call queue "${alice}+491511" '1 = answer' '9 = transfer agent=03099' '20 = end'
is "the call is transferred to one of them" "$(kept)" \
    "no: policy.ini:11 [number +4930*] record: by call.ini:8"
for agent in bob anonymous 201 +491512; do
	call queue "${alice}+491511" '1 = answer' "9 = transfer agent=$agent" '20 = end'
	is "or to $agent" "$(kept)" 1-20
done

# The most exact pattern of a kind; a no of any kind.
policy '[number +44*]' 'record = no' '[number +4420*]' 'record = yes' \
    '[agent bob]' 'record = no' '[queue ivr/Legal inbound]' 'record = no'
short +441
is "a prefix" "$(kept)" "no: policy.ini:11 [number +44*] record"
short +44201
is "a longer one is more exact" "$(kept)" 1-20
call queue "$(printf 'agent = bob\ncaller = +44201')" '1 = answer' '20 = end'
is "but record = no of the agent counts" "$(kept)" "no: policy.ini:15 [agent bob] record"
call queue "$(printf 'agent = alice\nqueue = Legal\ncaller = +44201')" '1 = answer' '20 = end'
is "and of the queue's" "$(kept)" "no: policy.ini:17 [queue ivr/Legal inbound] record"
is "-e has them all" "$(recpolicy -c policy.ini -e call.ini | grep -A 3 '^  record ' | sed 's/  */ /g')" \
" record = no policy.ini:17 [queue ivr/Legal inbound]
 overrides yes policy.ini:13 [number +4420*]
 overrides yes policy.ini:5 [inbound]
 redaction = yes built in"
is "and what matched" "$(recpolicy -c policy.ini -e call.ini | sed -n 4p)" \
    "  policy.ini:12 [number +4420*] matches"
is "and what matched: as JSON" "$(recpolicy -c policy.ini --json call.ini | jq -c '.segments[0].rules')" \
    '[{"by":"number","section":"number +4420*","line":12,"list":null,"known":true}]'
policy '[agent bob]' 'record = no'
sed -i '5s/yes/no/' policy.ini
printf '[agent tr*]\nrecord = yes\n' >>policy.ini
call queue 'agent = PJSIP/Trainee_1' '1 = answer' '20 = end'
is "a yes of an agent's over the class" "$(kept)" 1-20

# Each agent counts while they have the call.
policy '[agent bob]' 'record = no' 'redaction = no'
call queue 'agent = alice' '1 = answer' '5 = transfer agent=Bob@default' \
    '9 = transfer agent=carol' '20 = end'
is "each segment by its agent" "$(kept)" '1-20(5-9 agent-not-recorded)'
call queue '' '1 = answer' '5 = transfer agent=carol' '20 = end'
status "the agent is unknown" 2 recpolicy -c policy.ini call.ini
one_line "the agent is unknown: reported" 'policy.ini:10 \[agent bob\] record = no, and call.ini does not name the agent: add \[agent unknown\]'
is "-e says it, too" "$(recpolicy -c policy.ini -e call.ini 2>/dev/null | head -n 1)" "c1: not decided"
call queue '' '1 = answer' '1 = transfer agent=carol' '20 = end'
is "the agent hears it in time" "$(kept)" 1-20
printf '[agent unknown]\nrecord = no\n' >>policy.ini
call queue '' '1 = answer' '5 = transfer agent=carol' '20 = end'
is "[agent unknown]" "$(kept)" 5-20
policy '[agent bob]' 'record = no'
sed '5s/yes/no/' policy.ini >never.ini
call queue '' '1 = answer' '20 = end'
is "--replay: refused by one, not decided by the other" \
    "$(recpolicy -c never.ini --replay policy.ini call.ini 2>&1 | grep -E '^  (was|is)' | tr -s ' \n' ' ')" \
    " was: do not record is: not decided "
is "not decided by both is no difference" \
    "$(recpolicy -c policy.ini --replay policy.ini call.ini 2>&1)" ""

# An agent's name as PBXs write it, and as the policy may.
named() { # NAME TOLD...: they are the same
	policy "[agent $1]" 'record = no'
	named_rule=$1
	shift
	for told; do
		call queue "agent = $told" '1 = answer' '20 = end'
		is "$told is [agent $named_rule]" "$(kept)" \
		    "no: policy.ini:11 [agent $named_rule] record"
	done
}
named 101 PJSIP/101 PJSIP/101-0000001f Local/101@from-queue/n \
    'Local/101@from-queue-0000001a;1' sip:101@192.0.2.1 \
    PJSIP/101/sip:101@192.0.2.1:5060 101@default user/101@h
named alice@default alice PJSIP/alice Alice@Default
named 'Alice Smith' Alice_Smith 'alice  smith'
for told in alice@other alice2 Local/bob@alice/n; do
	policy '[agent alice@default]' 'record = no'
	call queue "agent = $told" '1 = answer' '20 = end'
	is "$told is another" "$(kept)" 1-20
done

# Calls of agents to agents.
policy '[internal]' 'record = no'
for facts in 'caller = 201' 'caller = sip:201@pbx' 'internal = yes'; do
	call direct "$(printf 'agent = 205\ncallee = 205\n%s' "$facts")" '1 = answer' '20 = end'
	is "internal: $facts" "$(kept)" "no: policy.ini:11 [internal] record"
done
for facts in 'caller = 030201' 'caller = 301' 'caller = anonymous' \
    "$(printf 'internal = no\ncaller = 201')"; do
	call direct "$(printf 'agent = 205\ncallee = 205\n%s' "$facts")" '1 = answer' '20 = end'
	is "not internal: $facts" "$(kept)" 1-20
done
for long in 2125551234 20301234567; do
	short $long
	is "2* is not meant for $long" "$(kept)" 1-20
done
for long in 2012345 20123456; do
	short $long
	status "nobody knows of $long" 2 recpolicy -c policy.ini call.ini
done
sed -i 's/^extensions.*/extensions = 20123*/' policy.ini
short 20123456
is "a longer pattern knows" "$(kept)" "no: policy.ini:11 [internal] record"
sed -i '/^extensions/d' policy.ini
short 112
status "an extension, or a short code?" 2 recpolicy -c policy.ini call.ini
one_line "says what is missing" 'does not name the kind of call: extensions in \[recording\]'
short +12025550100
is "a number from outside is certain" "$(kept)" 1-20

# A share of the calls.
policy '[queue ivr/S inbound]' 'share = 25%'
for i in $(seq 400); do
	printf '[call]\nid = x%s\ntype = queue\nqueue = S\n[events]\n1 = answer\n9 = end\n' "$i" >"s$i.ini"
done
ls s*.ini >s.list
recpolicy -c policy.ini --json <s.list | jq -r 'select(.record) | .id' | sort >some
ok "about a quarter" test "$(wc -l <some)" -gt 70 -a "$(wc -l <some)" -lt 130
sed 's/25%/26.5 %/' policy.ini >more.ini
recpolicy -c more.ini --json <s.list | jq -r 'select(.record) | .id' | sort >others
ok "and more of them in a greater share" test "$(comm -12 some others | wc -l)" = "$(wc -l <some)" -a \
    "$(wc -l <others)" -ge "$(wc -l <some)"
is "replay sees the difference alone" \
    "$(recpolicy -c policy.ini --replay more.ini <s.list | grep -vc '^ ')" \
    "$(comm -13 some others | wc -l)"
none=$(sed 's/^s\(.*\).ini/x\1/' s.list | sort | comm -23 - some | head -n 1)
is "why this one is not" "$(recpolicy -c policy.ini "s${none#x}.ini" | sed -n 's/^reason = //p')" \
    "policy.ini:11 [queue ivr/S inbound] share = 25%: this call is not one of them"
for bad in 10 101% -1% 1.234% x% %; do
	policy "[agent a]" "share = $bad"
	status "share = $bad" 2 recpolicy -c policy.ini call.ini
done
one_line "says what a share is" "policy.ini:11: share is 0% to 100% in steps of 0.01%, not '%'"

# Hours, by the zone of the call or of the policy.
hours() { # LINE...: of the policy
	policy '[queue ivr/H inbound]' 'only_between = mon-fri 08:00-18:00' "$@"
}
began() { # TIME [FACT]
	call queue "$(printf 'queue = H\nstarted = %s\n%s' "$1" "${2-}")" '1 = answer' '20 = end'
}
hours 'zone = Europe/Berlin'
while read -r time fact wanted; do
	began "$time" "${fact#-}"
	is "began $time $fact" "$(kept | sed 's/: .*//')" "$wanted"
done <<X
2026-11-30T06:59:59Z - no
2026-11-30T07:00:00Z - 1-20
2026-11-30T16:59:59Z - 1-20
2026-11-30T17:00:00Z - no
2026-07-01T06:00:00Z - 1-20
2026-11-29T12:00:00Z - no
2026-11-30T23:00:00Z zone=America/New_York no
2026-11-30T22:59:00Z zone=America/New_York 1-20
X
began 2026-11-28T09:00:00+02:00
is "why not" "$(recpolicy -c policy.ini call.ini | sed -n 's/^reason = //p')" \
    "policy.ini:11 [queue ivr/H inbound] only_between = mon-fri 08:00-18:00: \
the call began Sat 2026-11-28 08:00 (Europe/Berlin)"
is "-e has both" "$(recpolicy -c policy.ini -e call.ini | grep -c '^  only_between = mon\|^  zone = Europe')" 2
began 2026-11-27T09:00:00Z zone=Mars/Olympus
status "a zone of the call that is none" 2 recpolicy -c policy.ini call.ini
one_line "a zone of the call that is none: reported" 'only_between = .*: call.ini:6: .*Mars/Olympus: No such file'
began 2026-11-27T09:00:00Z zone=../../../etc/passwd
status "a zone of the call that is none: a path is no zone" 2 recpolicy -c policy.ini call.ini
one_line "nor a path: reported" "'../../../etc/passwd' is not the name of a time zone"
began 2026-11-27T09:00:00Z
sed -i '/^started/d' call.ini
status "no beginning" 2 recpolicy -c policy.ini call.ini
one_line "says what is missing" 'call.ini does not say when the call started'
is "live it begins now" "$(printf '1 = answer\n9 = end\n' | RECTOOLS_NOW=2026-11-30T10:00:00Z \
    recpolicy -c policy.ini --live call.ini 2>&1 | grep -c '^start')" 1
is "which may be too early" "$(printf '1 = answer\n9 = end\n' | RECTOOLS_NOW=2026-11-30T05:00:00Z \
    recpolicy -c policy.ini --live call.ini 2>&1 | grep -c '^start')" 0
began 2026-11-28T09:00:00Z
hours 'zone = Europe/Berlin' '[agent night]' 'only_between = always'
is "an agent's own hours" "$(sed 's/^type/agent = night\n&/' call.ini >night.ini
    recpolicy -c policy.ini --json night.ini | jq .record)" true
cp policy.ini other.ini
hours 'zone = Europe/Berlin'
is "replay" "$(recpolicy -c policy.ini --replay other.ini night.ini | grep -c '^c1')" 1
hours
status "-t without a zone" 0 recpolicy -c policy.ini -t
ok "says which it is" grep -q 'policy.ini:11: only_between without zone is in UTC' err
is "-t with the days of each" "$(grep -c 'without days' err)" 0
policy '[queue ivr/H inbound]' 'only_between = mon-fri 8:00-12:00, 13:00-17:00'
recpolicy -c policy.ini -t 2>err
ok "-t with hours that have no days" grep -q \
    'policy.ini:11: only_between: hours without days are those of every day, also after others' err
began 2026-11-29T14:00:00Z
is "they are those of a Sunday" "$(kept | sed 's/: .*//')" 1-20
policy '[queue ivr/H inbound]' 'zone = Asia/Tokyo'
recpolicy -c policy.ini -t 2>err
ok "a zone without hours" grep -q \
    'policy.ini:11: zone has no effect without record = yes and only_between' err
for bad in 'only_between = 9-17' 'only_between = mon' 'zone = Mars/Olympus' 'zone = /etc/localtime'; do
	policy '[queue ivr/H inbound]' "$bad"
	status "$bad" 2 recpolicy -c policy.ini call.ini
done
policy '[queue ivr/H inbound]' 'only_between = 9-17'
recpolicy -c policy.ini call.ini 2>err
one_line "says what hours are" \
    "policy.ini:11: only_between is days and hours, such as mon-fri 08:00-18:00, or always, not '9-17'"

# A bad list: nothing is decided.
policy '[number @lawyers.txt]' 'record = no'
short +12025550100
mkdir d dir && sox -n -r 8000 -c 1 d/in.wav synth 19 sine 300
{ sed '/^\[events/d; /^[0-9]/d' call.ini
printf '[leg customer]\nfile = in.wav\nstart = 1\n[events]\n1 = answer\n20 = end\n'; } >d/c1.ini
touch -d '2 hours ago' d/*
cp d/c1.ini leg.ini
mkfifo fifo
recpolicy -s sp --init
for bad in missing:'No such file' empty:'this list is empty' \
    blank:'this list is empty' latin1:'not UTF-8' nul:'not UTF-8' \
    word:"'lawyers' is not a number" long:'too long' dir:'is a directory' \
    fifo:'not a regular file' mid:'expected .* only at'; do
	: >empty
	printf '# none\n\n ; none\n' >blank
	printf '+49301\n# M\374ller\n' >latin1
	printf '+49301\0\n' >nul
	printf '+49301\nlawyers\n' >word
	printf '%300s\n' +49301 >long
	printf '+49*301\n' >mid
	policy "[number @${bad%%:*}]" 'record = no'
	status "${bad%%:*}: nothing is decided" 2 recpolicy -c policy.ini call.ini
	one_line "${bad%%:*}: the file is named" "${bad%%:*}.*${bad#*:}"
	status "${bad%%:*}: nothing is taken" 2 recpolicy -c policy.ini -s sp --collect d
	status "${bad%%:*}: live" 2 recpolicy -c policy.ini --live call.ini
	is "${bad%%:*}: no answer" "$(cat out)" ''
done
if [ "$(id -u)" != 0 ]; then
	printf '+49301\n' >secret
	chmod 0 secret
	policy '[number @secret]' 'record = no'
	status "may not be read" 2 recpolicy -c policy.ini call.ini
fi
is "all is there" "$(echo d/*)" "d/c1.ini d/in.wav"
is "and nothing in the spool" "$(ls sp/mix)" ''

# Entering a spool.
policy '[number @lawyers.txt]' 'record = no'
sed -i '/^caller/d' d/c1.ini && touch -d '2 hours ago' d/*
status "who called is unknown" 2 recpolicy -c policy.ini -s sp --collect d
is "who called is unknown: it stays" "$(echo d/*)" "d/c1.ini d/in.wav"
sed 's/^caller.*/caller = 0049301234567/' leg.ini >d/c1.ini && touch -d '2 hours ago' d/*
status "a lawyer" 0 recpolicy -c policy.ini -s sp --collect d
is "is refused, and gone" "$(ls d)" ''
ok "the audit log says by which line" grep -q 'lawyers.txt:2' sp/audit.log
ok "and has no number" not grep -q 1234567 sp/audit.log

# Live: the same decisions as afterwards.
policy '[number +4930*]' 'record = no' '[agent bob]' 'record = no'
call queue 'caller = +12025550100'
printf '%s\n' '1 = answer' '3 = transfer agent=alice' '5 = transfer agent=bob' \
    '7 = transfer agent=carol' '9 = join third-party 0049 30 5' '12 = end' |
    recpolicy -c policy.ini --live call.ini 2>&1 | grep -v '^button\|^recpolicy' >out
is "live" "$(tr '\n' '|' <out)" "ok 0.000 = announcing|ok 1.000 = answer|start|ok 3.000 = transfer agent=alice|stop|ok 5.000 = transfer agent=bob|start|ok 7.000 = transfer agent=carol|stop|discard|ok 9.000 = join third-party 0049 30 5|ok 12.000 = end|"
call queue 'agent = alice'
status "live, and nobody says who calls" 2 sh -c "printf '1 = answer\n9 = end\n' | recpolicy -c policy.ini --live call.ini"
ok "live, and nobody says who calls: nothing is recorded" not grep -q start out
one_line "nothing is recorded: reported" 'does not name the caller'

# A log of the PBX shows who called.
policy '[number +4930*]' 'record = no'
cat >m.csv <<'X'
uniqueid,src,dst,dcontext,channel,dstchannel,lastapp,lastdata,start,answer,end,duration,billsec,disposition
1.1,0301234,200,in,PJSIP/t-1,PJSIP/a-2,Dial,x,2026-11-22 10:00:00,2026-11-22 10:00:02,2026-11-22 10:00:22,22,20,ANSWERED
1.2,12025550100,200,in,PJSIP/t-3,PJSIP/a-4,Dial,x,2026-11-22 10:00:00,2026-11-22 10:00:02,2026-11-22 10:00:22,22,20,ANSWERED
1.3,,200,in,PJSIP/t-5,PJSIP/a-6,Dial,x,2026-11-22 10:00:00,2026-11-22 10:00:02,2026-11-22 10:00:22,22,20,ANSWERED
X
is "of a log" "$(recpolicy --from asterisk-cdr --zone utc --type direct -c policy.ini --json m.csv | jq -r '.id + " " + (.record | tostring)')" \
"1.1 false
1.2 true
1.3 false"
is "as call files" "$(recpolicy --from asterisk-cdr --zone utc --type direct --numbers m.csv | grep '^caller')" \
"caller = 0301234
caller = 12025550100
caller = withheld"
is "not unless it is asked for" "$(recpolicy --from asterisk-cdr --zone utc --type direct m.csv | grep -c '^caller')" 0

status "--numbers needs a log" 2 recpolicy -c policy.ini --numbers call.ini

# What -t reports.
has() { ok "-t: $1" grep -Fq "$2" err; }
printf '+4930*\n+49301234567\n+4940\n+49301234567\n' >twins.txt
policy '[number @twins.txt]' 'record = no' '[number 0401*]' 'redaction = no' \
    '[agent bob]' '[agent tim]' 'record = no' 'ask_permission = yes' \
    '[number 4989*]' 'redaction = no'
status "-t" 0 recpolicy -c policy.ini -t
has "covered by a shorter one" 'twins.txt:2: +49301234567: is one of +4930* of twins.txt:1'
has "twice" 'twins.txt:4: +49301234567: has no effect beside +49301234567 of twins.txt:2'
has "too short" 'twins.txt:3: +4940: is too short, so no number'
has "an empty section" 'policy.ini:14: [agent bob] has no effect: it is empty'
has "beside a no" 'policy.ini:17: ask_permission has no effect without record'
has "no plus" 'policy.ini:18: 4989*: matches extensions'
has "withheld ones" 'policy.ini:10: calls with a withheld number are not recorded'
has "agents that are unknown" 'policy.ini:15: calls without an agent are not decided'
policy '[agent tim]' 'record = no'
status "-t without numbers" 0 recpolicy -c policy.ini -t
has "no use of extensions" 'policy.ini:3: extensions has no effect without [internal] or [number]'
policy '[number 030*]' 'record = no' '[internal]' 'record = no'
sed -i '/^country/d; /^extensions/d' policy.ini
status "-t without a country" 0 recpolicy -c policy.ini -t
has "no country" '030*: matches only numbers that are written exactly like'
has "no extensions" 'extensions is missing in [recording]'
policy '[agent x]' 'record = no'
sed -i 's/^extensions.*/outside_line = 0/' policy.ini
status "-t without numbers" 0 recpolicy -c policy.ini -t
has "no use of a country" 'policy.ini:2: country has no effect'
while IFS='|' read -r section fault; do
	policy "$section" 'record = no'
	status "$section" 2 recpolicy -c policy.ini -t
	has "$section" "$fault"
done <<'X'
[number]|expected [number PATTERN], [number @FILE]
[number @]|expected [number PATTERN], [number @FILE]
[agent]|expected [agent NAME]
[number bob]|'bob' is not a number
[agent b*b]|with * only at its end
[agent PJSIP/*]|leave out the part before the /, which is not compared
[number 030 1234567 / 030 7654321]|is longer than any telephone number
[agents bob]|unknown section [agents bob]
[internal x]|unknown section [internal x]
X
policy '[number +49301234567]' 'record = no' '[number 030 1234567]' 'record = yes'
status "the same number twice" 2 recpolicy -c policy.ini -t
has "is the same" '[number 030 1234567] is [number +49301234567] of line 10'
policy '[agent Bob]' 'record = no' '[agent bob]' 'record = yes'
status "the same agent twice" 2 recpolicy -c policy.ini -t
has "is the same" '[agent bob] is [agent Bob] of line 10'
policy '[agent bob]' 'record = no' '[agent bob]' 'record = yes'
status "the same section twice" 2 recpolicy -c policy.ini -t
one_line "the same section twice: reported once" 'twice, first in line 10'
for line in 'country = DE' 'outside_line = x' 'extensions = 2*3' 'extensions ='; do
	policy && sed -i "2s/.*/$line/; 3s/.*//" policy.ini
	status "$line" 2 recpolicy -c policy.ini -t
done

# The example, and that of the manual.
status "the example" 0 recpolicy -t -c "$ROOT/examples/policy-who.ini"
is "the example: has no finding" "$(cat err)" ''
printf '+49301234567\n' >lawyers.txt
{
	awk '/^\.Ed/ { in_it = 0 } in_it { print } /^\.Bd -literal$/ { in_it = ++n == 2 }' \
	    "$ROOT/man/rec-policy.5"
	printf '[inbound]\nrecord = yes\nplay_message = no\n'
} >manual.ini
status "the manual's" 0 recpolicy -t -c manual.ini
short '030 1234567'
is "does what it says" "$(recpolicy -c manual.ini call.ini | sed -n 's/^reason = //p')" \
    "manual.ini:7 [number @lawyers.txt] record (lawyers.txt:1)"

done_testing
