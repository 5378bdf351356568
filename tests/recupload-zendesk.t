#!/bin/sh
# recupload to Zendesk: against our own model of it, which refuses what it refuses.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/servers/lib.sh"
. "$ROOT/tests/servers/matrix.sh"
. "$ROOT/tests/servers/crm.sh"
cd "$T" || exit 1
for tool in python3 curl openssl; do
	if ! have $tool; then
		skip "uploads to Zendesk" "$tool is not installed"
		done_testing
	fi
done
ok "the server starts" server_crm "$T/crm"
printf 'zd-secret-token\n' >token
printf 'zd-oauth-token\n' >bearer
chmod 600 token bearer
settings() { # PORT
	cat <<-X
	[upload]
	to = crm
	[destination crm]
	type = zendesk
	url = http://127.0.0.1:$1
	user = rec@example.com
	token_file = $T/token
	connect_timeout = 2
	stall_timeout = 1
	X
}
settings "$crm_port" >up.ini
matrix_begin
export RECTOOLS_NOW=2026-11-22T12:00:00Z
run() { recupload -c up.ini -s spool; }
later() { RECTOOLS_NOW=2026-11-22T12:59:00Z recupload -c up.ini -s spool; }
tokens() { arrived tokens ''; }

# --- what arrives ---
ctl '{"ticket": 1}'
call a1 zendesk_ticket 1 3
status "a call of three parts" 0 run
is "a call of three parts: silent" "$(cat err)" ""
is "left the spool" "$(in_spool upload) $(in_spool failed)" "0 0"
ok "three parts, once each, in order" once zendesk 1 a1
is "private, with the type that plays" \
    "$(arrived zendesk 1 | cut -d' ' -f1,2,5 | sort -u)" \
    "$(printf 'private a1-1.%d.mp3 audio/mpeg\n' 1 2 3)"
arrived zendesk-text 1 >text
ok "the comment has the place" \
    grep -q '^Call recording a1, recording 1 of 1, part 2 of 3$' text
ok "and the time" grep -q '^Begins 2026-11-22T10:00:04Z, 0:00:10 long$' text
ok "and the pauses" grep -q '^Paused from 45.000 s to 61.200 s (2026-11-22T10:00:45Z to 2026-11-22T10:01:01Z): pause$' text
ok "and the call's facts" grep -q '^queue: Billing/Disputes$' text
is "no upload is left behind" "$(tokens)" 0

# --- erased ---
erase() { recupload -c up.ini -s spool --erase "$@" --reason test; }
ctl '{"ticket": 90}'
call e1 zendesk_ticket 90 2
call e2 zendesk_ticket 90 1
status "two calls on a ticket" 0 run
status "erase one" 0 erase e1
is "its attachments are redacted, not the other's" \
    "$(arrived zendesk 90 | cut -d' ' -f2 | sort | tr '\n' ' ')" \
    "e2-1.1.mp3 redacted.txt redacted.txt "
status "its attachments are redacted, not the other's: again" 0 erase e1
is "nothing is left to do" "$(cat out)" ""
call e1 zendesk_ticket 90 2
status "a folder of it, though" 0 erase e1
is "what is redacted is gone" "$(grep -c '^erased: crm' out)" 2
ctl '{"close_ticket": 90}'
status "a closed ticket" 1 erase e2
is "is listed with its reason" "$(grep -c '^kept: crm: .*tickets/90.* 422' out)" 1
sed '/ uploaded /s/ key=.*//' spool/audit.log >0.1 && cp 0.1 spool/audit.log
status "of version 0.1" 1 erase e2
is "where the record is unknown" "$(grep -c '^kept: crm: .*version 0.1' out)" 1
rm spool/audit.log

# --- recordings that are there already ---
ctl '{"ticket": 2}'
call a2 zendesk_ticket 2 2
cp -r spool/upload/*-a2 again
status "another call" 0 run
ctl '{"chatter": [2, 130], "page_max": 20}'
cp -r again spool/upload/20261122T110000Z-a2
sent=$(asked 'POST /api/v2/uploads')
status "the same call again, beneath 130 comments of others" 0 run
is "is recognised, not sent" "$(asked 'POST /api/v2/uploads')" "$sent"
is "is there once" "$(arrived zendesk 2 | wc -l)" 2
ctl '{"page_max": 100}'

# --- files that arrive damaged ---
ctl '{"ticket": 6, "upload_short": 1}'
call u1 zendesk_ticket 6 1
status "an upload that is a byte short" 75 run
one_line "an upload that is a byte short" 'not all of the file arrived'
is "is not in the ticket" "$(arrived zendesk 6 | wc -l)" 0
is "nor left behind" "$(tokens)" 0
ctl '{"upload_short": 0}'
status "nor left behind: delivered later" 0 later
call u2 zendesk_ticket 6 1
printf X | dd of="$(echo spool/upload/*-u2/u2-1.1.mp3)" bs=1 seek=500 \
    conv=notrunc 2>/dev/null
status "a flipped byte on the disk" 1 run
one_line "a flipped byte" 'the file differs from its ticket'
is "is not in the ticket, either" "$(arrived zendesk 6 | grep -c u2-)" 0
rm -r spool/failed/*

# --- others change the ticket ---
ctl '{"ticket": 3, "touch_before_put": 3}'
call s1 zendesk_ticket 3 3
status "a stale stamp, three times" 0 run
is "a stale stamp, three times: is no failure" "$(cat err)" ""
ok "and all is there once" once zendesk 3 s1
# One more attempt was seen on a busy machine; each file must be there once.
ok "409 came three times" test "$(asked 'PUT .* 409')" -ge 3
is "the file was uploaded once for each part" "$(asked 'uploads.json?filename=s1-1')" 3
ctl '{"ticket": 4, "touch_before_put": 9}'
call s2 zendesk_ticket 4 1
status "a ticket that never rests" 75 run
one_line "a ticket that never rests" 'ticket 4: others changed it 5 times during the attempt'
is "its upload does not stay" "$(tokens)" 0
ctl '{"touch_before_put": 0}'
status "later it goes" 0 later
is "later it goes: once" "$(arrived zendesk 4 | wc -l)" 1

# --- tokens ---
for code in 404 422; do
	ctl "{\"stale_token_status\": $code, \"expire_before_put\": 1}"
	call t$code zendesk_ticket 1 2
	status "a token that has expired ($code)" 0 run
	is "is no failure ($code)" "$(cat err)" ""
	is "there once ($code)" "$(arrived zendesk 1 | grep -c "t$code-")" 2
	is "uploaded again ($code)" "$(asked "uploads.json?filename=t$code-1.1")" 2
done
is "expired ones are deleted" "$(tokens)" 0
ctl '{"expire_before_put": 9}'
call t9 zendesk_ticket 1 1
status "tokens that are never taken" 1 run
one_line "tokens that are never taken" 'answered 422: Uploads: the token is not valid'
is "are deleted" "$(tokens)" 0
ctl '{"expire_before_put": 0}'
rm -r spool/failed/*
# -w keeps a token from one try to the next, as long as it is young.
keep() { # LIFETIME LABEL UPLOADS
	{
		printf '[upload]\nto = crm\nbackoff_base = 1\nbackoff_cap = 1\n'
		sed '1,2d' up.ini
		echo "token_lifetime = $1"
	} >keep.ini
	ctl '{"fault": ["PUT /api/v2/tickets", "before/503", 2]}'
	call "keep$1" zendesk_ticket 1 1
	(unset RECTOOLS_NOW; exec recupload -c keep.ini -s spool -w) 2>keep.err &
	watch=$!
	ok "$2: it goes" wait_for sh -c '[ -z "$(ls spool/upload)" ]'
	kill $watch
	wait $watch
	is "$2" "$(asked "uploads.json?filename=keep$1-1.1" | sed "s/[2-9]/more/")" "$3"
	is "$2: once" "$(arrived zendesk 1 | grep -c "keep$1-")" 1
	is "$2: no upload is left" "$(tokens)" 0
}
keep 2700 "a young token is used again" 1
keep 1 "an old token is not" more

# --- logins ---
sed "/^user/d; s|/token$|/bearer|" up.ini >oauth.ini
call o1 zendesk_ticket 1 1
status "an OAuth token" 0 recupload -c oauth.ini -s spool
sed "s|/token$|/bearer|" up.ini >wrong.ini
call o2 zendesk_ticket 1 1
status "a wrong token" 75 recupload -c wrong.ini -s spool
one_line "a wrong token" "o2: crm: .*answered 401 .the login was refused.: Couldn.t authenticate you"
status "the right one" 0 later
ctl '{"zendesk_role": "end-user"}'
status "--test: a login that is no agent" 75 recupload -c up.ini --test
one_line "--test: a login that is no agent" 'the login is not an agent .role end-user'
ctl '{"zendesk_role": "agent"}'
before=$(asked .)
status "--test" 0 recupload -c up.ini --test
ok "--test shows the login" grep -q 'login: rec@example.com, agent' out
ok "--test: it is not known whether attachments are private" \
    grep -q 'attachments: unknown: check that .Allow secure downloads. is on' out
ctl '{"zendesk_private": false}'
recupload -c up.ini --test >out.private
ok "--test: they are not" grep -q 'attachments: NOT private: anyone who has the URL' out.private
ctl '{"zendesk_private": true}'
recupload -c up.ini --test >out.private
ok "--test: they are" grep -q 'attachments: private: ' out.private
ctl '{"zendesk_private": null}'
ok "--test shows the limit" grep -q 'server limit: 52428800 bytes a file' out
is "--test touches no ticket" "$(tail -n +$((before + 1)) crm/crm.log | grep -c tickets/)" 0

# --- calls that do not need this destination ---
cat >two.ini <<X
[upload]
to = crm disk
[destination disk]
type = directory
path = $T/disk
create = yes
X
sed '1,2d' up.ini >>two.ini
echo 'missing = skip' >>two.ini
{ cat up.ini; echo 'missing = skip'; } >skip.ini
call e1 x y 2
before=$(asked .)
status "missing = skip: the others have it" 0 recupload -v -c two.ini -s spool
ok "it is reported with -v" grep -q 'e1: crm: e1-1.1.mp3: the call has no zendesk_ticket; is not required there' err
is "two files on the disk" "$(find disk -name 'e1-*' | wc -l)" 2
is "two files on the disk: nothing is sent" "$(asked .)" "$before"
ok "the log has it" grep -q 'e1 exempt destination=crm file=e1-1.1.mp3' spool/audit.log
call e2 x y 2
cp spool/upload/*-e2/e2-1.1.mp3 e2-1.1.mp3
status "but not where nobody would have it" 1 recupload -c skip.ini -s spool
is "set aside" "$(in_spool upload) $(in_spool failed)" "0 1"
ok "set aside: the reason" grep -q '^reason = e2-1.1.mp3: no destination requires it' spool/failed/*/failed.ini
sed -i 's/^x = y/zendesk_ticket = 1/' spool/failed/*-e2/ticket.ini
status "put right" 0 recupload -s spool --retry e2
status "put right: goes" 0 recupload -c skip.ini -s spool
is "put right: once" "$(arrived zendesk 1 | grep -c e2-)" 2
status "put right: retried by hand" 1 recupload -c skip.ini --delete e2-1.1.mp3
ok "the file stays" test -f e2-1.1.mp3
echo 'missing = maybe' | cat up.ini - >bad.ini
status "missing = maybe" 2 recupload -c bad.ini -s spool
one_line "missing = maybe" 'missing: fail or skip, not'

# --- what Zendesk refuses ---
give_up() { # LABEL PATTERN KEY VALUE ID
	call "$5" "$3" "$4" 1
	status "$1" 1 run
	one_line "$1" "$2"
	is "$1: in failed/ with the reason" "$(in_spool upload) $(grep -cE "$2" spool/failed/*/failed.ini)" "0 1"
	is "$1: no upload is left" "$(tokens)" 0
	rm -r spool/failed/*
}
give_up "no ticket in the call" 'the call has no zendesk_ticket: write it into .call. of its ticket and recupload --retry it, or set missing = skip' x y g1
give_up "an id that is none" 'zendesk_ticket = 1/../2: not the id of a ticket' zendesk_ticket 1/../2 g2
give_up "a ticket that is not there" 'tickets/77.json: GET answered 404 .not found.: Not found' zendesk_ticket 77 g3
ctl '{"ticket": 5}'
ctl '{"close_ticket": 5}'
give_up "a closed ticket" 'ticket 5 is closed and takes no more comments: put a follow-up ticket' zendesk_ticket 5 g4
is "nothing is uploaded for it" "$(asked 'filename=g4')" 0
ctl '{"zendesk_role": "restricted"}'
give_up "a ticket that the login may not see" '403 .the login has no right to this.: You do not have access' zendesk_ticket 1 g5
ctl '{"zendesk_role": "agent", "zendesk_max": 2000}'
give_up "a file that is too large" '413 .too large for the server.: The file is too large' zendesk_ticket 1 g6
ctl '{"zendesk_max": 52428800, "swallow_comment": 1}'
call w1 zendesk_ticket 1 1
status "a 200 that made no comment" 75 run
one_line "a 200 that made no comment" 'answered 200, but made no comment'
status "delivered later" 0 later
is "delivered later: once" "$(arrived zendesk 1 | grep -c w1-)" 1
call r1 zendesk_ticket 1 3
ctl '{"ticket_updates": 1, "forget_hits": 1}'
status "more updates than allowed" 75 run
one_line "more updates than allowed" 'answered 429 .too many requests.$'
is "the wait is that of the server" "$(state_due r1)" 2026-11-22T12:00:07Z
ctl '{"ticket_updates": 100000}'
status "and then they go" 0 later
copies() { arrived zendesk 1 | awk -v id="$1" 'index($2, id "-") == 1 { print $4 }'; }
is "once each, in order" "$(copies r1)" "$(cat r1.sums)"

# --- the table of faults ---
CALL_FACTS="zendesk_ticket = 1"
steps 'POST /api/v2/uploads' "file"
steps 'PUT /api/v2/tickets' "comment"
steps 'GET /api/v2/tickets/1.json' "ticket"
steps 'GET /api/v2/tickets/1/comments' "look"
at "file: 413" failed 'too large' 'POST /api/v2/uploads' before/413
touched() { case $1 in begin) ctl '{"touch_before_put": 4}' ;; end) ctl '{"touch_before_put": 0}' ;; esac; }
matrix "stale stamp" arrives - fn:touched
old() { case $1 in begin) ctl '{"expire_before_put": 3}' ;; end) ctl '{"expire_before_put": 0}' ;; esac; }
matrix "token expires" failed 'token is not valid' fn:old
proxy_start "$crm_port"
settings "$PROXY" >up.ini
matrix_network
settings "$crm_port" >up.ini
copies() { arrived zendesk 1 | awk -v id="$1" 'index($2, id "-") == 1 { print $4 }'; }
kills "type = zendesk"
wrong_certificate '{"ticket": 1}'
matrix_print "type = zendesk"
is "nothing that a client must not do" "$(violations)" ""
is "every comment is private" "$(arrived zendesk 1 | grep -vc ^private)" 0
ok "no secret in messages, files and requests" \
    not grep -rE "zd-secret-token|zd-oauth-token" err out matrix.err spool crm/crm.log
done_testing
