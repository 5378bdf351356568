#!/bin/sh
# The facts of a call on their way: from the call file and the policy through the
# plan and the ticket to what recupload puts beside the recording.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1
for need in sox jq; do
	have "$need" || { skip "facts that travel" "no $need"; done_testing; }
done
export RECTOOLS_NOW=2026-11-22T12:00:00Z

sox -n -r 8000 -b 16 in.wav synth 20 sine 300 vol 0.3
sox -n -r 8000 -b 16 out.wav synth 18 sine 500 vol 0.3
cat >policy.ini <<'X'
[recording]
enabled = yes
continue_with_third_party = no
[inbound]
record = yes
ask_permission = yes
ask_third_party = yes
[messages]
record_inbound = m/hello.wav
ask_permission = m/may-we.wav
ask_third_party = m/you-too.wav
X
mkdir m
for f in hello may-we you-too; do cp in.wav m/$f.wav; done
# call ID KEY=VALUE...: a call with two legs; the events follow on stdin.
call() {
	id=$1
	shift
	{
		printf '[call]\nid = %s\ntype = queue\nqueue = Billing\n' "$id"
		printf 'started = 2026-11-22T10:00:00Z\nagent = alice\n'
		for fact in "$@"; do printf '%s\n' "$fact" | sed 's/=/ = /'; done
		printf '[leg customer]\nfile = in.wav\nend = 20\n'
		printf '[leg agent]\nfile = out.wav\nstart = 2\nend = 20\n[events]\n'
		cat
	} >"$id.ini"
}
settings() {
	printf '[upload]\nto = archive\n[destination archive]\n'
	printf 'type = directory\npath = archive\nname = {id}-{recording}.{part}.mp3\n'
	printf '%s\n' "$@"
}
settings 'metadata = yes' >up.ini
mkdir archive
# travel ID: through the spool and all programs.
travel() {
	[ -d spool ] || recpolicy --init -s spool
	{ recpolicy -c policy.ini -s spool "$1.ini" && recmix -s spool &&
	    recsplit ${2:-} ${3:-} -s spool && recupload -c up.ini -s spool; } >out 2>err
}
# jq 1.7 prints 3.0 as it is written, 1.6 as 3.
of() { jq -c "$2" "archive/$1.json" | sed 's/\([0-9]\)\.0\([],}]\)/\1\2/g'; }

# --- all of them ---
call c1 caller='+49 30 1234' callee=08001234 <<'X'
2 = answer
3 = announced
4.5 = consent granted
6 = pause
7 = resume
9 = transfer agent=bob
11 = join third-party +49171555
11.5 = consent none third-party
12.5 = consent granted third-party
14 = leave third-party
20 = end
X
ok "a call passes the spool" travel c1
is "a call passes the spool: silent" "$(cat err)" ""
is "who is on which channel" "$(of c1-1.1 .parties)" \
    '[{"role":"customer","number":"+49 30 1234","channel":1},{"role":"agent","name":"alice","channel":2},{"role":"agent","name":"bob","channel":2},{"role":"third-party","number":"+49171555"}]'
is "by the names of importers" "$(of c1-1.1 '[.customer_channel,.agent_channel]')" '[1,2]'
is "consent: asked, by which line, answered, when" "$(of c1-1.1 '.consent|map(del(.policy))')" \
    '[{"role":"customer","asked":true,"answer":"granted","at":4.5},{"role":"third-party","asked":true,"answer":"none","at":11.5},{"role":"third-party","asked":true,"answer":"granted","at":12.5}]'
is "the lines that ask" "$(of c1-1.1 '[.consent[0,1].policy]')" \
    '["policy.ini:6 [inbound] ask_permission","policy.ini:7 [inbound] ask_third_party"]'
is "messages" "$(of c1-1.1 '[.messages,.messages_heard,.messages_heard_at]')" \
    '[["m/hello.wav","m/may-we.wav","m/you-too.wav"],"heard",3]'
is "every cut with its reason" "$(of c1-1.1 '[.cuts[]|[.start,.end,.reason]]')" \
    '[[6,7,"pause"],[11,12.5,"third-party-no-consent"]]'
is "the line of the policy, and the policy" "$(of c1-1.1 .policy)" \
    "{\"line\":\"policy.ini:5 [inbound] record\",\"sha256\":\"$(sha256sum policy.ini | cut -d' ' -f1)\"}"
is "the account of the legs" \
    "$(of c1-1.1 '[.legs[]|[.role,.channel,.told,.found,.kept,.cut,.outside,.missing]]')" \
    '[["customer",1,20,20,13,2.5,4.5,0],["agent",2,18,18,13,2.5,2.5,0]]'
is "the version" "$(of c1-1.1 .rectools)" "\"$(recmix --version | sed -n '1s/.* //p')\""
valid "all of it is of the schema" archive

# --- a policy by a pipe is the same policy ---
recpolicy -c policy.ini c1.ini >plan
recpolicy -c - c1.ini <policy.ini | sed 's/standard input:/policy.ini:/' >piped
is "the hash of a policy by a pipe" "$(grep _sha256 piped)" "$(grep _sha256 plan)"
: >empty.ini
recpolicy -c empty.ini c1.ini >plan2
is "and of an empty one" "$(sed -n 's/policy_sha256 = //p' plan2)" \
    "$(sha256sum empty.ini | cut -d' ' -f1)"

# --- parts, mono, the other way round ---
call c2 <<'X'
2 = answer
3 = announced
4 = consent granted
20 = end
X
ok "a call in parts" travel c2 -b 20000
ok "of which there are some" test -e archive/c2-1.2.json
is "each says who is heard" "$(cat archive/c2-1.*.json | jq -c '[.customer_channel,.agent_channel]' | sort -u)" '[1,2]'
recpolicy -c policy.ini c2.ini | recmix --channel1 agent -o sides >out
rm -f archive/c2*
recupload -c up.ini sides/c2.mp3 >out 2>err
is "the agent first" "$(of c2-1.1 '[.customer_channel,.agent_channel]')" '[2,1]'
sed 's/enabled = yes/&\ndual_channel = no/' policy.ini >mono.ini
call c3 <<'X'
2 = answer
3 = announced
4 = consent granted
20 = end
X
recpolicy -c mono.ini c3.ini | recmix -o sides >out
recupload -c up.ini sides/c3.mp3 >out 2>err
is "one channel for all" "$(of c3-1.1 '[[.parties[].channel],.customer_channel]')" '[[1,1],null]'

# --- permission was not asked, and a leg is missing ---
printf '[recording]\nenabled = yes\n[inbound]\nrecord = yes\nplay_message = no\n' >quiet.ini
call c4 <<'X'
2 = answer
20 = end
X
sed -i 's/^end = 20$/end = 29/' c4.ini
sed -i 's/^20 = end$/29 = end/' c4.ini
recpolicy -c quiet.ini c4.ini | recmix -o sides >out 2>err
recupload -c up.ini sides/c4.mp3 >out 2>err
is "nobody was asked, nothing played" \
    "$(of c4-1.1 '[.consent,.messages,.messages_heard]')" \
    '[[{"role":"customer","asked":false}],[],"none"]'
is "what is missing" "$(of c4-1.1 '[.legs[].missing]')" '[9,9]'
is "is reported as before" "$(of c4-1.1 '.missing|length')" 2
ok "with the doubt" sh -c "jq -e '.doubt|length > 0' archive/c4-1.1.json"

# --- strangers' words ---
call c5 'caller="+1","x":"y"' 'note=a\"b\\c' <<'X'
2 = answer
3 = announced
4 = consent granted
9 = transfer queue="},{"x":" agent=b"o\b
11 = join third-party "]}
20 = end
X
sed -i 's/^\[leg agent\]/[leg agent "},\\ x]/' c5.ini
recpolicy -c policy.ini c5.ini | recmix -o sides >out 2>err
recupload -c up.ini sides/c5.mp3 >out 2>err
is "are words" "$(of c5-1.1 '[.parties[].name,.legs[1].label,.call.caller]')" \
    '[null,"alice","b\"o\\b",null,"\"},\\ x","\"+1\",\"x\":\"y\""]'
valid "and make no member of their own" archive

# --- plans and tickets of earlier versions ---
old() { sed '/^\[events\]/,$d; /^policy_sha256\|^heard\|^asked/d'; }
recpolicy -c policy.ini c1.ini | old | sed 's/^id = c1/id = o1/' | recmix -o sides >out 2>err
is "an old plan is mixed" "$(cat out)" sides/o1.mp3
recupload -c up.ini sides/o1.mp3 >out 2>err
is "unknown values are not reported" \
    "$(of o1-1.1 '[.consent,.messages_heard,.policy.sha256,(.messages|length),.rectools != null]')" \
    '[null,null,null,3,true]'
sed -n '/^\[call\]/,/^$/p; /^\[file/,$p' sides/o1.ini | sed 's/o1/o2/' >sides/o2.ini
cp sides/o1.mp3 sides/o2.mp3
recupload -c up.ini sides/o2.mp3 >out 2>err
is "an old ticket" "$(of o2-1.1 keys_unsorted)" \
    '["object","bytes","sha256","class","recording","recordings","part","parts","start","queue","agent","rate","channels","first_sample","samples","seconds","cuts","call"]'
valid "these are of the schema, too" archive

# --- facts = ---
call c6 caller='+49 30 9876' callee=08001234 note=diabetic <<'X'
2 = answer
3 = announced
4 = consent granted
9 = transfer agent=bob
11 = join third-party 0171555
20 = end
X
sed -i 's/^\[leg agent\]/[leg agent alice]/' c6.ini
sed 's/^\[inbound\]/[agent alice]\nrecord = yes\n&/' policy.ini >named.ini
recpolicy -c named.ini c6.ini | recmix -o sides >out 2>err
settings 'metadata = yes' 'facts = id queue type' >few.ini
recupload -c few.ini sides/c6.mp3 >out 2>err
is "silent" "$(cat err)" ""
is "only these facts of the call" "$(of c6-1.1 .call)" '{"id":"c6","type":"queue","queue":"Billing"}'
is "and of who takes part only the roles" "$(of c6-1.1 .parties)" \
    '[{"role":"customer","channel":1},{"role":"agent","channel":2},{"role":"agent","channel":2},{"role":"third-party"}]'
is "nothing personal is anywhere in it" \
    "$(grep -Ec 'alice|bob|9876|0800|0171|diabetic|in\.wav' archive/c6-1.1.json)" 0
is "the place of the line in the policy is" "$(of c6-1.1 .policy.line)" '"named.ini:5"'
settings 'metadata = vcon' 'facts = id queue type' >few.ini
recupload -c few.ini sides/c6.mp3 >out 2>err
is "nor in a vCon" \
    "$(grep -Ec 'alice|bob|9876|0800|0171|diabetic|in\.wav' archive/c6-1.1.vcon)" 0
valid "all of it is of the schema" archive
settings 'metadata = yes' 'facts = ' >bad.ini
status "no fact at all" 2 recupload -t -c bad.ini
one_line "no fact at all" 'bad.ini:8: facts: names of facts and blanks, such as id queue agent'
settings 'metadata = yes' 'facts = id, queue' >bad.ini
status "commas" 2 recupload -t -c bad.ini
settings 'metadata = json' >bad.ini
status "another word" 2 recupload -t -c bad.ini
one_line "another word" "bad.ini:7: metadata: yes, no or vcon, not 'json'"
settings 'facts = id' >bad.ini
status "facts of nothing" 0 recupload -t -c bad.ini
one_line "facts of nothing" 'archive: facts: no effect without metadata'
settings 'metadata = yes' 'facts = id qeue agent note' >bad.ini
status "misspelt" 0 recupload -t -c bad.ini
one_line "misspelt" "archive: facts: unknown fact 'qeue'; did you mean 'queue'"
status "misspelt, --test" 0 recupload -c bad.ini --test
ok "misspelt, --test: reported" grep -q "caution.*qeue" out
settings 'metadata = yes' 'facts = id zendesk_ticket legs third-party' >good.ini
status "facts of one's own" 0 recupload -t -c good.ini
is "facts of one's own: are no mistake" "$(cat err)" ""

# --- a vCon ---
settings 'metadata = vcon' >v.ini
recupload -c v.ini sides/c2.mp3 >out 2>err
is "a vCon" "$(cat err; find archive -name 'c2*' | sort | tr '\n' ' ')" \
    "archive/c2-1.1.json archive/c2-1.1.mp3 archive/c2-1.1.vcon "
vcon() { jq -c "$1" archive/c2-1.1.vcon | sed 's/\([0-9]\)\.0\([],}]\)/\1\2/g'; }
is "says who is on which channel" "$(vcon '[[.parties[]|[.role,.name]],.dialog[0].parties]')" \
    '[[["customer","anonymous"],["agent","alice"],[null,"rectools '"$(of c2-1.1 .rectools | tr -d '"')"'"]],[[1],[0]]]'
is "has the hash of the recording" "$(vcon '.dialog[0].content_hash' | tr -d '"')" \
    "sha512-$(openssl dgst -sha512 -binary archive/c2-1.1.mp3 | base64 -w0 | tr '+/' '-_' | tr -d '=')"
is "no address where there is none by HTTPS" "$(vcon '.dialog[0]|[.url,.filename]')" \
    '[null,"c2-1.1.mp3"]'
is "and the same as metadata = yes" "$(vcon '.attachments[0].body')" "$(of c2-1.1 .)"
cp archive/c2-1.1.vcon was
recupload -c v.ini sides/c2.mp3 >out 2>err
ok "it is the same at each attempt" cmp was archive/c2-1.1.vcon
cp sides/o2.mp3 by-hand.mp3
touch -d 2026-11-20T10:00:00Z by-hand.mp3
status "one without a ticket" 0 recupload -c v.ini by-hand.mp3
is "has the time of its file" "$(jq -r .created_at archive/by-hand-1.1.vcon)" 2026-11-20T10:00:00Z
recupload -c v.ini sides/o2.mp3 sides/c3.mp3 sides/c4.mp3 sides/c5.mp3 >out 2>err
valid "vCons are as the draft says" archive
is "how many there were" "$(find archive -name '*.vcon' | wc -l | tr -d ' ')" 7
mkdir found
cp archive/c2-1.1.vcon found/c2.vcon
printf 'x' >found/c2.mp3
is "an audit finds the recording by it" \
    "$(recpolicy -c policy.ini --audit --tickets found c2.ini 2>&1 | grep -c missing)" 0

# --- what the unit tests make ---
if [ ! -x "$ROOT/build/unit/upload/metadata" ]; then
	skip "objects of the unit tests" "make units makes them"
	done_testing
fi
ok "objects of the unit tests" env METADATA_TEXTS="$T/texts" \
    "$ROOT/build/unit/upload/metadata"
valid "are of the schema" texts
done_testing
