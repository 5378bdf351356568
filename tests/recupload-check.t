#!/bin/sh
# recupload --check: are the recordings that the audit log calls uploaded still there,
# with their size and hash? At object stores, servers and CRMs.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/servers/lib.sh"
. "$ROOT/tests/servers/matrix.sh"
. "$ROOT/tests/servers/crm.sh"
cd "$T" || exit 1
for tool in python3 curl jq; do
	have $tool && continue
	skip "--check" "$tool is not installed"
	done_testing
done
export RECTOOLS_NOW=2026-11-22T12:00:00Z
ok "a server" server_python moody
moody=$port
web=$pid
ok "CRMs" server_crm "$T/crm"
printf 'zd-secret-token\n' >token
printf 'sf-secret-word\n' >secret
printf 'ku-secret-key\n' >key
chmod 600 token secret key
case=500AB00000C1dEfQAB
ctl "{\"ticket\": 1, \"case\": \"$case\", \"conversation\": \"0123456789abcdef01234567\"}"
cat >up.ini <<X
[upload]
to = archive web desk force kust
[destination archive]
type = directory
path = archive
name = {id}-{recording}.{part}.mp3
[destination web]
type = http
url = http://127.0.0.1:$moody/in
name = {id}-{recording}.{part}.mp3
connect_timeout = 1
[destination desk]
type = zendesk
url = $crm_url
user = rec@example.com
token_file = $T/token
[destination force]
type = salesforce
url = $crm_url
client_id = sf-client
client_secret_file = $T/secret
[destination kust]
type = kustomer
url = $crm_url
token_file = $T/key
X
mkdir archive
noise 3000 >one
noise 3001 >two
recpolicy --init -s spool
CALL_FACTS="zendesk_ticket = 1
salesforce_case = $case
kustomer_conversation = 0123456789abcdef01234567" call_folder c1 one two
status "a call to five destinations" 0 recupload -c up.ini -s spool
is "all of it has left the spool" "$(in_spool upload)" 0
check() { recupload -c up.ini -s spool --check "$@"; }
status "all of it has left the spool: all is there" 0 check
is "all of it has left the spool: silent" "$(cat out err)" ""
status "all of it has left the spool: in JSON" 0 check --json
is "ten files were asked for" "$(jq -c . out)" \
    '{"asked":10,"missing":0,"differs":0,"unknown":0,"by_size":2}'
is "Zendesk's files were read" "$(asked 'GET /blob/.* 200')" 4
ctl '{"ku_longer": 1}'
status "files of another length in Kustomer" 1 check
is "files of another length in Kustomer: reported" "$(grep -c '^differs: c1: kust: .*a note for .*, but not with' out)" 2
ctl '{"ku_longer": 0, "ku_described": false}'
status "files that Kustomer only links" 0 check
ctl '{"ku_described": true}'
ctl '{"content": 403}'
status "files that this login may not read" 0 check --json
is "are there by their size" "$(jq -c .by_size out)" 4
ctl '{"content": 500}'
status "a server that fails" 75 check
is "a server that fails: reported as unknown" "$(grep -c '^unknown: c1: desk: .*GET answered 500' out)" 2
ctl '{"content": 302, "spoil_blobs": "other"}'
status "another content in a file of Zendesk" 1 check
is "another content in a file of Zendesk: reported" "$(grep -c '^differs: c1: desk: .*differs from the recording' out)" 2
ctl '{"drop_blobs": 1}'
status "a file that Zendesk lists and does not have" 1 check
is "a file that Zendesk lists and does not have: reported" "$(grep -c '^differs: c1: desk: .*its file is gone' out)" 2
ok "the login went nowhere else" [ ! -s crm/crm.violations ]
before=$(find archive spool -type f | sort)
ok "the log has what a CRM is asked by" grep -Eq \
    ' uploaded destination=desk object=[^ ]* bytes=3000 .* key=c1-1\.1-[0-9a-f]{16} record=zendesk_ticket:1$' \
    spool/audit.log

# --- recordings that are missing ---
rm archive/c1-1.1.mp3
tr '\0-\377' '\1-\377\0' <two >archive/c1-1.2.mp3
ctl '{"empty_ticket": 1}'
ctl '{"spoil_version": -1}'
ctl '{"empty_conversation": "0123456789abcdef01234567"}'
status "some is not" 1 check
sed 's/^/# /' out
is "what is missing, and where" "$(grep ^missing out | cut -d: -f2,3 | sort |
    uniq -c | tr -s ' ' | tr '\n' ';')" " 1 c1: archive; 2 c1: desk; 2 c1: kust;"
ok "of the same size, with another content" \
    grep -q '^differs: c1: archive: c1-1.2.mp3: archive/c1-1.2.mp3: ' out
ok "by MD5 in Salesforce" grep -q '^differs: c1: force: .*c1-1.2.mp3: .*MD5 0000' out
is "nothing else" "$(wc -l <out)" 7
status "nothing else: as JSON" 1 check --json
ok "one object each, and the counts" jq -se '
    (map(select(.state == "missing")) | length) == 5
    and any(.destination == "archive" and .state == "differs" and .bytes == 3001
        and .stored == "2026-11-22T12:00:00Z" and (.sha256 | length) == 64)
    and .[-1] == {"asked":10,"missing":5,"differs":2,"unknown":0,"by_size":0}' out
is "nothing was changed" "$(find archive spool -type f | sort)" \
    "$(echo "$before" | grep -v 'archive/c1-1.1.mp3')"
status "asked by who is not there" 2 recupload -c up.ini --check
status "--since without --check" 2 recupload -c up.ini -s spool --since 7d
status "no time" 2 check --since tomorrow
status "only what is younger" 0 check --since 2026-11-22T12:00:01Z
status "from that time on" 1 check --since 2026-11-22T12:00:00Z
RECTOOLS_NOW=2026-11-25T12:00:00Z status "two days" 0 check --since 2d
RECTOOLS_NOW=2026-11-25T12:00:00Z status "four days" 1 check --since 4d
mv spool/audit.log spool/audit.log.1
status "in rotated logs, too" 1 check

# --- destinations that cannot be asked ---
cp one archive/c1-1.1.mp3
cp two archive/c1-1.2.mp3
sed '/^\[destination desk\]/,$d; s/^to = .*/to = archive web/' up.ini >few.ini
status "a destination that is not in use" 1 recupload -c few.ini -s spool --check
is "is reported for each" "$(grep -c '^unknown: .*no destination of this name' out)" 6
server_stop "$web"
sed -i 's/ destination=\(desk\|force\|kust\) .*//' spool/audit.log.1
status "a server that does not answer: later" 75 recupload -c few.ini -s spool --check
is "both files" "$(grep -c '^unknown: c1: web: .*: ' out)" 2
sed -i 's/ key=.*//; s/destination=web /destination=desk /' spool/audit.log.1
status "a log of an earlier version" 1 check
is "says why a CRM cannot be asked" "$(grep -c '^unknown: c1: desk: .*earlier' out)" 2
rm -r spool
recpolicy --init -s spool
status "nothing stored: nothing to ask for" 0 check
done_testing
