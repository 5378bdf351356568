#!/bin/sh
# recpolicy --check-recorder freeswitch: what the CDRs and recordings of a real
# FreeSWITCH lack, and the line that corrects it.
. "$(dirname "$0")/lib.sh"
R=$ROOT/tests/real/freeswitch
cd "$T" || exit 1
tar xJf "$R/cdr.tar.xz"
mkdir rec a b
for id in 84472e42-7c42-44ee-99a4-1f1d206d3e0f 7bc5453c-4b28-4fa8-87e0-1fcdd0d773cf; do
	xz -dc "$R/$id.wav.xz" >"rec/$id.wav"
done
cp cdr/100/a_*.json a/
cp cdr/100/eba*.json b/
cat >plain.ini <<'P'
[inbound]
record = yes
play_message = no
[outbound]
record = no
P
cat >asks.ini <<'P'
[inbound]
record = yes
ask_permission = yes
[messages]
record_inbound = a.wav
ask_permission = b.wav
P
# lines STATUS ARGUMENT...: prints the lines to write, without where each was seen.
lines() {
	wanted=$1
	shift
	recpolicy --check-recorder freeswitch --type direct "$@" >out 2>err
	[ $? = "$wanted" ] || echo "not status $wanted"
	grep -v '^	' out
}
etc=/etc/freeswitch
set_() { printf '%s: <action application="set" data="%s"/>\n' $etc/dialplan/default.xml "$1"; }
json_cdr() { printf '%s: <param name="%s" value="true"/>\n' $etc/autoload_configs/json_cdr.conf.xml "$1"; }

is "a switch set up as the examples are lacks nothing" \
    "$(lines 0 -c plain.ini cdr/100n rec/84472e42-7c42-44ee-99a4-1f1d206d3e0f.wav)" ''
is "frames that are held back" "$(lines 1 -c plain.ini cdr/100)" \
    "$(set_ RECORD_PRE_BUFFER_FRAMES=0)"
ok "each channel counts once, by whatever module" grep -q ': 1 recordings$' out
is "a policy that asks for more" "$(lines 1 -c asks.ini cdr/100n)" \
    "$(set_ rec_announced=true) after each message
$(set_ rec_consent=granted)"
is "A legs alone" "$(lines 1 -c plain.ini a)" \
    "$(set_ RECORD_PRE_BUFFER_FRAMES=0)
$(json_cdr log-b-leg)"
is "B legs alone" "$(lines 1 -c plain.ini b)" \
    "$(set_ process_cdr=b_only | sed 's/: /: no /')"
is "values that are not encoded" "$(lines 1 -c plain.ini cdr/100/plain)" \
    "$(json_cdr encode-values)
$(set_ RECORD_PRE_BUFFER_FRAMES=0)"
is "one channel, and no button" "$(lines 1 -c plain.ini cdr/103 rec)" \
    "$(set_ RECORD_PRE_BUFFER_FRAMES=0)
$(set_ RECORD_STEREO=true)
$etc/dialplan/default.xml: <action application=\"bind_meta_app\" data=\"7 b a execute_extension::rec-pause\"/> (and rec-resume)"
is "one channel is all that this policy wants" \
    "$({ echo '[recording]'; echo 'dual_channel = no'; cat plain.ini; } >mono.ini
	lines 1 -c mono.ini cdr/103 rec | grep -c STEREO)" 0
is "recorded on the B leg" "$(lines 1 -c plain.ini cdr/b-leg | grep -c follow_transfer=true)" 1
jq 'del(.app_log)' a/*.json >no-apps.json
is "no applications" "$(lines 1 -c plain.ini no-apps.json | head -n 1)" \
    "$(set_ disable_app_log=true | sed 's/: /: no /')"
jq 'del(.app_log.applications[] | select(.app_name | startswith("record")))
    | del(.variables.record_ms)' a/*.json >none.json
ok "calls that no recorder records" sh -c 'recpolicy --check-recorder freeswitch "$@" |
    grep -q "no call is recorded: in 1 calls"' sh none.json
ok "recordings that are not here" sh -c 'recpolicy --check-recorder freeswitch "$@" |
    grep -q "not here .*: 1 of 1 calls"' sh --legs b a
is "who began a call of no queue" \
    "$(recpolicy --check-recorder freeswitch -c plain.ini cdr/100n | grep -v '^	')" \
    "$(set_ rec_type=dialpad)"
is "no CDR" "$(lines 1 -c plain.ini rec)" \
    "$etc/autoload_configs/modules.conf.xml: <load module=\"mod_json_cdr\"/>"
xz -dc "$R/0a8f3cd9-a55a-45a4-aecf-b551e5497d69.wav.xz" >rec/0a8f3cd9.wav
is "what a kill -9 left" "$(lines 1 -c plain.ini cdr/100n rec | head -n 1)" \
    'recsweep --incoming: /var/lib/freeswitch/rec'
status "what a kill -9 left: as JSON" 1 recpolicy --check-recorder freeswitch --json -c plain.ini --type direct cdr/100
is "one object a finding" "$(jq -r .seen out)" '1 recordings'
status "what is no CDR" 2 recpolicy --check-recorder freeswitch plain.ini
one_line "what is no CDR: refused" 'plain.ini: neither a log nor a leg of freeswitch'
done_testing
