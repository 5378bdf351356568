#!/bin/sh
# recupload to Zendesk: against a server of ours that refuses what it refuses.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/servers/lib.sh"
. "$ROOT/tests/servers/matrix.sh"
. "$ROOT/tests/servers/crm.sh"
cd "$T" || exit 1
for tool in python3 curl; do
	if ! have $tool; then
		skip "uploads to Zendesk" "$tool is not installed"
		done_testing
	fi
done
ok "the server starts" server_crm "$T/crm"
printf 'zd-secret-token\n' >token
chmod 600 token
settings() {
	cat <<-X
	[upload]
	to = crm
	[destination crm]
	type = zendesk
	url = http://127.0.0.1:$port
	user = rec@example.com
	token_file = $T/token
	X
}
settings >zd.ini
recpolicy --init -s spool
export RECTOOLS_NOW=2026-11-22T12:00:00Z
run() { recupload -c zd.ini -s spool; }

# --- what arrives ---
ctl '{"ticket": 1}'
call a1 zendesk_ticket 1 3
status "a call of three parts" 0 run
is "silent" "$(cat err)" ""
is "left the spool" "$(in_spool upload) $(in_spool failed)" "0 0"
ok "three parts, once each, in order" once zendesk 1 a1
is "private, with the type that plays" \
    "$(arrived zendesk 1 | cut -d' ' -f1,2,5 | sort -u)" \
    "$(printf 'private a1-1.%d.mp3 audio/mpeg\n' 1 2 3)"
arrived zendesk-text 1 >text
ok "the comment tells the place" \
    grep -q '^Call recording a1, recording 1 of 1, part 2 of 3$' text
ok "and the time" grep -q '^Begins 2026-11-22T10:00:04Z, 0:00:10 long$' text
ok "and the pauses" grep -q '^Paused from 45.000 s to 61.200 s (2026-11-22T10:00:45Z to 2026-11-22T10:01:01Z): pause$' text
ok "and the call's facts" grep -q '^queue: Billing/Disputes$' text
is "no upload is left behind" "$(arrived tokens '')" 0

# --- found again ---
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
is "nothing that a client must not do" "$(violations)" ""
done_testing
