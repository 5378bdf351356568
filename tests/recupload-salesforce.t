#!/bin/sh
# recupload to Salesforce: against our own model of it, which refuses what it refuses.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/servers/lib.sh"
. "$ROOT/tests/servers/matrix.sh"
. "$ROOT/tests/servers/crm.sh"
cd "$T" || exit 1
for tool in python3 curl openssl; do
	if ! have $tool; then
		skip "uploads to Salesforce" "$tool is not installed"
		done_testing
	fi
done
ok "the server starts" server_crm "$T/crm"
printf 'sf-secret-word\n' >secret
openssl genrsa -out key.pem 2048 2>/dev/null
chmod 600 secret key.pem
case=500AB00000C1dEfQAB
copies() { arrived salesforce $case | awk -v id="$1" 'index($2, id "-") == 1 { print $4 }'; }
settings() { # PORT
	cat <<-X
	[upload]
	to = crm
	[destination crm]
	type = salesforce
	url = http://127.0.0.1:$1
	client_id = sf-client
	client_secret_file = $T/secret
	connect_timeout = 2
	stall_timeout = 1
	X
}
settings "$crm_port" >up.ini
matrix_begin
export RECTOOLS_NOW=2026-11-22T12:00:00Z
run() { recupload -c up.ini -s spool; }
later() { RECTOOLS_NOW=2026-11-22T12:59:00Z recupload -c up.ini -s spool; }

# --- what arrives ---
ctl "{\"case\": \"$case\"}"
call a1 salesforce_case $case 3
status "a call of three parts" 0 run
is "a call of three parts: silent" "$(cat err)" ""
is "left the spool" "$(in_spool upload) $(in_spool failed)" "0 0"
ok "three parts, once each, in order" once salesforce $case a1
arrived salesforce-text $case >text
ok "the description has the pauses" grep -q '^Paused from 45.000 s to 61.200 s (2026-11-22T10:00:45Z to 2026-11-22T10:01:01Z): pause$' text
is "one login for all" "$(asked 'POST /services/oauth2')" 1
call a2 salesforce_case $case 1
cp -r spool/upload/*-a2 again
ctl "{\"other_files\": [\"$case\", 230], \"query_batch\": 50}"
status "among 230 files of others" 0 run
cp -r again spool/upload/20261122T110000Z-a2
sent=$(asked 'POST /services/data')
status "the same call again" 0 run
is "is recognised, not sent" "$(asked 'POST /services/data')" "$sent"
call a3 salesforce_case 500AB00000C1dEf 1
status "an id of 15 characters" 0 run
ok "is the same case" sh -c "curl -s http://127.0.0.1:$crm_port/_ctl/salesforce/$case | grep -q a3-1.1.mp3"

# Erased, among all these files.
erase() { recupload -c up.ini -s spool --erase "$@" --reason test; }
ctl '{"sf_deletable": false}'
status "erase without the right" 1 erase a1
is "is listed with its reason" "$(grep -c '^kept: crm: .*INSUFFICIENT_ACCESS' out)" 3
ctl '{"sf_deletable": true}'
status "erase with it" 0 erase a1
is "the documents are gone" "$(grep -c '^erased: crm' out) $(copies a1 | wc -l)" "3 0"
is "the documents are gone: no other call" "$(arrived salesforce $case | grep -c "a[23]-1.1.mp3") $(arrived salesforce $case | wc -l)" "2 232"
status "the documents are gone: again" 0 erase a1
is "nothing is left to do" "$(cat out)" ""

# A pause every two seconds: the description still ends with the marker.
call a4 salesforce_case $case 1
i=0
while [ $i -lt 90 ]; do
	echo "cut = $((200 + i)).000 $((201 + i)).000 pause"
	i=$((i + 1))
done >>spool/upload/20261122T110000Z-a4/ticket.ini
status "more pauses than find room" 0 run
ok "more pauses than find room: they are counted" sh -c "curl -s http://127.0.0.1:$crm_port/_ctl/salesforce-text/$case | grep -q '^and [0-9]* more pauses$'"

# --- the login ---
ctl "{\"sf_instance\": \"http://localhost:$crm_port\"}"
call i1 salesforce_case $case 1
sent=$(asked 'services/data')
status "a login that names another machine" 75 run
one_line "a login that names another machine" 'names another machine that is not asked'
is "which never gets the bearer" "$(asked 'services/data')" "$sent"
ctl '{"sf_instance": ""}'
status "which never gets the bearer: delivered later" 0 later
ctl "{\"sf_modulus\": \"$(openssl rsa -in key.pem -noout -modulus 2>/dev/null | sed 's/.*=//')\"}"
skew=$(($(date -u -d "$RECTOOLS_NOW" +%s) - $(date +%s)))
ctl "{\"clock\": $skew}"
sed 's|^client_secret_file.*|user = rec@example.com|' up.ini >jwt.ini
echo "private_key_file = $T/key.pem" >>jwt.ini
call j1 salesforce_case $case 1
status "a signed token instead of a secret" 0 recupload -c jwt.ini -s spool
is "a signed token instead of a secret: silent" "$(cat err)" ""
ctl '{"clock": 0}'
call j2 salesforce_case $case 1
status "a clock that is wrong" 75 recupload -c jwt.ini -s spool
one_line "a clock that is wrong" 'j2: crm: .*answered 400: expired authorization code'
sed 's|rec@|not@|' jwt.ini >jwt2.ini
ctl "{\"clock\": $skew}"
RECTOOLS_NOW=2026-11-22T12:00:30Z status "an app that the user has not approved" 75 \
    env RECTOOLS_NOW=2026-11-22T12:02:00Z recupload -c jwt2.ini -s spool
ctl '{"clock": 0}'
rm -r spool/upload/*
for bad in client_id client_secret_file; do
	sed "/^$bad/d" up.ini >bad.ini
	status "without $bad" 2 recupload -c bad.ini -s spool
	one_line "without $bad" "bad.ini:3: .*(client_id is missing|client_secret_file or)"
done
sed '/^user/d' jwt.ini >bad.ini
status "a key without a user" 2 recupload -c bad.ini -s spool
one_line "a key without a user" 'private_key_file needs user'
sed "s|key.pem|secret|" jwt.ini >bad.ini
status "a key that is none" 2 recupload -c bad.ini -s spool
one_line "a key that is none" 'private_key: not a private key in PEM'
CALL_FACTS="salesforce_case = $case"
expired() { case $1 in begin) ctl '{"session_life": -1}' ;; end) ctl '{"session_life": 7200}' ;; esac; }
matrix "session expires at once" arrives 'INVALID_SESSION_ID .a session that was just begun' fn:expired
call s1 salesforce_case $case 3
ctl "{\"fault\": [\"POST /services/data/v60.0/sobjects\", \"before/401\", 1]}"
status "a session that expires between" 0 run
is "is renewed once, no failure" "$(cat err)" ""
ok "and all is there once" sh -c "[ \"\$(curl -s http://127.0.0.1:$crm_port/_ctl/salesforce/$case | grep -c s1-)\" = 3 ]"

# --- --test ---
before=$(asked .)
status "--test" 0 recupload -c up.ini --test
ok "--test shows the login" grep -q '^crm: login: sf-client$' out
ok "and what is left" grep -q '^crm: API requests of this day left: 14000 of 15000$' out
ok "and of the storage" grep -q '^crm: megabytes of file storage left: 9000 of 10240$' out
ok "and how far the clock is off" grep -q '^crm: clock: ' out
is "and how far the clock is off: writes nothing" "$(tail -n +$((before + 1)) crm/crm.log | grep -v '^GET\|oauth2')" ""
ctl '{"sf_createable": false}'
status "--test: no right to make files" 75 recupload -c up.ini --test
ok "--test: no right to make files: reported" grep -q 'the login may not create files' err
ctl '{"sf_createable": true}'

# --- what Salesforce refuses ---
# give_up LABEL PATTERN KEY VALUE: one call that is set aside.
give_up() {
	call "$5" "$3" "$4" 1
	status "$1" 1 run
	one_line "$1" "$2"
	is "$1: in failed/ with the reason" "$(in_spool upload) $(grep -cE "$2" spool/failed/*/failed.ini)" "0 1"
	rm -r spool/failed/*
}
give_up "no case in the call" 'the call has no salesforce_case: write it into' x y g1
give_up "an id that is none" "salesforce_case = 5' OR: not the id of a record" salesforce_case "5' OR" g2
give_up "an id that was cut" 'salesforce_case = 500AB00000C1dEfQ: an id has 15 or 18 characters' salesforce_case 500AB00000C1dEfQ g5
give_up "a case that is not there" 'INVALID_CROSS_REFERENCE_KEY .there is no such record' salesforce_case 500000000000000AAA g3
ctl '{"case": "500000000000001AAA"}'
ctl '{"delete_case": "500000000000001AAA"}'
give_up "a deleted case" 'ENTITY_IS_DELETED .the record was deleted' salesforce_case 500000000000001AAA g4
# paused LABEL PATTERN CTL: the call waits, and is uploaded when the fault has ended.
paused() {
	call "$5" salesforce_case $case 1
	ctl "$3"
	status "$1" 75 run
	one_line "$1" "$2"
	is "$1: it waits" "$(in_spool upload) $(in_spool failed)" "1 0"
	ctl "$4"
	status "$1: then it goes" 0 later
}
paused "the day's requests are used up" 'REQUEST_LIMIT_EXCEEDED .the organisation.s API requests' '{"sf_quota": 1}' '{"sf_quota": 0}' p1
paused "the storage is full" 'STORAGE_LIMIT_EXCEEDED .the organisation.s file storage is full' '{"sf_storage_full": 1}' '{"sf_storage_full": 0}' p2
paused "somebody holds the case" 'UNABLE_TO_LOCK_ROW .another user is changing the record' '{"locked": 1}' '{"locked": 0}' p3
sed 's|^client_id|api_version = 99.0\n&|' up.ini >bad.ini
call v1 salesforce_case $case 1
status "a version that is not there" 75 recupload -c bad.ini -s spool
one_line "a version that is not there" 'NOT_FOUND .are url and api_version right'
rm -r spool/upload/*

# The same content twice: by two parts, and by another call's file of that name.
call t1 salesforce_case $case 2
for f in spool/upload/*-t1/t1-1.1.mp3; do cp "$f" "${f%1.mp3}2.mp3"; done
sed -i 's/^bytes = 3002/bytes = 3001/; '"s/^sha256.*/sha256 = $(head -n 1 t1.sums)/" spool/upload/*-t1/ticket.ini
status "two parts with the same content" 0 run
is "two parts with the same content: are two files" "$(copies t1 | wc -l)" 2

# --- the table of faults ---
: >matrix.table
steps 'POST /services/data/v60.0/sobjects/ContentVersion' "file"
steps 'GET /services/data/v60.0/query' "query"
steps 'POST /services/oauth2/token' "login"
at "file: 413" failed 'too large' 'POST /services/data/v60.0/sobjects' before/413
sed 's|^client_id|key_field = Recording_Key__c\n&|' up.ini >plain.ini
mv up.ini plain.up
mv plain.ini up.ini
nofield() { case $1 in end) ctl '{"sf_key_field": "Recording_Key__c"}' ;; esac; }
matrix "no such key_field" arrives 'INVALID_FIELD .may the login read this field' fn:nofield
at "file: done too late" arrives - 'POST /services/data/v60.0/sobjects' wait/10
sleep 6
is "file: done too late: still once" "$(copies $matrix_id | wc -l)" 3
mv plain.up up.ini
proxy_start "$crm_port"
settings "$PROXY" >up.ini
matrix_network
settings "$crm_port" >up.ini
kills "type = salesforce"
wrong_certificate "{\"case\": \"$case\", \"sf_key_field\": \"\"}"
matrix_print "type = salesforce"
is "nothing that a client must not do" "$(violations)" ""
ok "no secret in messages, files and requests" \
    not grep -rE "sf-secret-word|00D!" err out matrix.err spool crm/crm.log
done_testing
