#!/bin/sh
# recupload to Kustomer: against our own model of it, which refuses what it refuses.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/servers/lib.sh"
. "$ROOT/tests/servers/matrix.sh"
. "$ROOT/tests/servers/crm.sh"
cd "$T" || exit 1
for tool in python3 curl openssl; do
	if ! have $tool; then
		skip "uploads to Kustomer" "$tool is not installed"
		done_testing
	fi
done
ok "the server starts" server_crm "$T/crm"
printf 'ku-secret-key\n' >token
chmod 600 token
settings() { # PORT
	cat <<-X
	[upload]
	to = crm
	[destination crm]
	type = kustomer
	url = http://127.0.0.1:$1
	token_file = $T/token
	connect_timeout = 2
	stall_timeout = 1
	X
}
settings "$crm_port" >up.ini
matrix_begin
export RECTOOLS_NOW=2026-11-22T12:00:00Z
run() { recupload -c up.ini -s spool; }
copies() { arrived kustomer 5f0a1 | awk -v id="$1" 'index($2, id "-") == 1 { print $4 }'; }
later() { RECTOOLS_NOW=2026-11-22T12:59:00Z recupload -c up.ini -s spool; }

# --- what arrives ---
ctl '{"conversation": "5f0a1"}'
call a1 kustomer_conversation 5f0a1 3
status "a call of three parts" 0 run
is "a call of three parts: silent" "$(cat err)" ""
is "left the spool" "$(in_spool upload) $(in_spool failed)" "0 0"
ok "three parts, once each, in order" once kustomer 5f0a1 a1
is "with the type that plays" \
    "$(arrived kustomer 5f0a1 | cut -d' ' -f2,5 | sort -u)" \
    "$(printf 'a1-1.%d.mp3 audio/mpeg\n' 1 2 3)"
arrived kustomer-text 5f0a1 >text
ok "the note has the pauses" grep -q '^Paused from 45.000 s to 61.200 s (2026-11-22T10:00:45Z to 2026-11-22T10:01:01Z): pause$' text
ok "and the call's facts" grep -q '^queue: Billing/Disputes$' text
call a2 kustomer_conversation 5f0a1 1
cp -r spool/upload/*-a2 again
status "another call" 0 run
ctl '{"other_notes": ["5f0a1", 230], "page_max": 40}'
cp -r again spool/upload/20261122T110000Z-a2
sent=$(asked 'POST')
status "the same call again, among 230 notes of others" 0 run
is "is recognised, not sent" "$(asked POST)" "$sent"

# --- erased, among all these notes ---
erase() { recupload -c up.ini -s spool --erase "$@" --reason test; }
status "erase without the right" 1 erase a1
is "is listed with its reason" "$(grep -c '^kept: crm: .* 403' out)" 3
ctl '{"ku_roles": "rwd"}'
status "erase with it" 0 erase a1
is "the notes are gone" "$(grep -c '^erased: crm' out) $(copies a1 | wc -l)" "3 0"
is "the notes are gone: no other call" "$(copies a2 | wc -l)" 1
status "the notes are gone: again" 0 erase a1
is "nothing is left to do" "$(cat out)" ""
ctl '{"page_max": 100, "ku_roles": "rw"}'

# --- --test ---
before=$(asked .)
status "--test" 0 recupload -c up.ini --test
ok "--test shows the login" grep -q '^crm: login: reads notes$' out
ok "and the limit" grep -q '^crm: limit: 5000000 bytes a file$' out
is "and the limit: writes nothing" "$(tail -n +$((before + 1)) crm/crm.log | grep -v '^GET')" ""
sed 's|^type|max_bytes = 20M\n&|' up.ini >large.ini
status "--test with another limit" 0 recupload -c large.ini --test
ok "the limit can be raised" grep -q '^crm: limit: 20000000 bytes a file$' out
ctl '{"ku_roles": ""}'
status "--test: no rights" 75 recupload -c up.ini --test
ok "--test: no rights: reported" grep -q 'the login has no right to this' err
ctl '{"ku_roles": "rw"}'

# --- what Kustomer refuses ---
give_up() { # LABEL PATTERN KEY VALUE ID
	call "$5" "$3" "$4" 1
	status "$1" 1 run
	one_line "$1" "$2"
	is "$1: in failed/ with the reason" "$(in_spool upload) $(grep -cE "$2" spool/failed/*/failed.ini)" "0 1"
	rm -r spool/failed/*
}
give_up "no conversation in the call" 'the call has no kustomer_conversation: write it into' x y g1
give_up "an id that is none" 'kustomer_conversation = ../../x: not the id of a conversation' kustomer_conversation ../../x g2
give_up "a conversation that is not there" 'answered 404 .not found.: No such resource' kustomer_conversation 5f0b g3
ctl '{"ku_max": 2000}'
give_up "a file that is too large" '3001 bytes are too much for Kustomer: set max_bytes, and recsplit -b to the same' kustomer_conversation 5f0a1 g4
ctl '{"ku_max": 52428800}'
sed 's|^type|max_bytes = 3k\n&|' up.ini >small.ini
call g5 kustomer_conversation 5f0a1 1
asked_before=$(asked .)
status "larger than the settings allow" 1 recupload -c small.ini -s spool
one_line "larger than the settings allow" 'takes at most 3000 .recsplit -b'
is "larger than the settings allow: nothing is sent" "$(asked .)" "$asked_before"
rm -r spool/failed/*
printf 'wrong\n' >token
call l1 kustomer_conversation 5f0a1 1
status "a wrong key" 75 run
one_line "a wrong key" 'answered 401 .the login was refused.: Invalid or missing token'
printf 'ku-secret-key\n' >token
status "the right one" 0 later
ctl '{"ku_roles": "r"}'
call l2 kustomer_conversation 5f0a1 1
status "a key without the right to write" 75 run
one_line "a key without the right to write" 'answered 403 .the login has no right to this.: Missing a role'
ctl '{"ku_roles": "rw"}'
status "with the right" 0 later
ctl '{"ku_unique": true}'
call r1 kustomer_conversation 5f0a1 3
ctl '{"requests_a_minute": 3, "forget_hits": 1}'
status "more requests than allowed" 75 run
one_line "more requests than allowed" 'answered 429 .too many requests'
is "the wait is that of the server" "$(state_due r1)" 2026-11-22T12:00:07Z
ctl '{"requests_a_minute": 100000}'
status "and then they go" 0 later
is "once each, in order" "$(copies r1)" "$(cat r1.sums)"

# --- the table of faults ---
CALL_FACTS="kustomer_conversation = 5f0a1"
steps 'POST /v1/attachments' "form"
steps 'POST /bucket' "file"
steps 'POST /v1/conversations' "note"
steps 'GET /v1/conversations' "look"
ctl '{"ku_unique": false}'
at "note: lost, key not unique" arrives - 'POST /v1/conversations' lost
at "file: 413" failed 'too much for Kustomer' 'POST /bucket' before/413
stale() { case $1 in begin) ctl '{"policy_life": -1}' ;; end) ctl '{"policy_life": 300}' ;; esac; }
matrix "form that has expired" arrives 'bucket: POST answered 403' fn:stale
proxy_start "$crm_port"
settings "$PROXY" >up.ini
matrix_network
settings "$crm_port" >up.ini
kills "type = kustomer"
wrong_certificate '{"conversation": "5f0a1"}'
matrix_print "type = kustomer"
is "nothing that a client must not do" "$(violations)" ""
ok "no secret in messages, files and requests" \
    not grep -rE "ku-secret-key|X-Amz" err out matrix.err spool crm/crm.log
done_testing
