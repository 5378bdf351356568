#!/bin/sh
# The alerts of examples/prometheus-alerts.yml: each uses metrics that the
# programs write, fires when it should, and is silent otherwise.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1
have promtool || { skip "the alerts" "no promtool"; done_testing; }
alerts=$ROOT/examples/prometheus-alerts.yml
ok "well-formed" promtool check rules "$alerts"

# --- the metrics exist ---
recpolicy --init -s spool
mkdir store
printf '[upload]\nto = a\n[destination a]\ntype = directory\npath = %s/store\n' "$T" >up.ini
recsweep --clock-ok -s spool --metrics sweep.prom
recupload -c up.ini -s spool --metrics upload.prom
mkdir incoming
printf '[recording]\nenabled = yes\n[inbound]\nrecord = yes\nplay_message = no\n' >p.ini
recpolicy -c p.ini -s spool --collect incoming --metrics collect.prom
recmix -s spool --metrics mix.prom
recsplit -s spool --metrics split.prom
# written NAME FILE: every metric that FILE names is written by some program.
written() {
	grep -oE 'rectools_[a-z_]+' "$2" | sort -u | while read -r name; do
		grep -q "^${name}[{ ]" ./*.prom || echo "$name"
	done >unknown
	is "every figure of $1 is written" "$(cat unknown)" ""
}
written "the alerts" "$alerts"
cat ./*.prom >all

# --- the dashboard ---
board=$ROOT/examples/grafana-dashboard.json
written "the dashboard" "$board"
jq -r '.panels[].targets[]?.expr' "$board" >queries
ok "the dashboard has queries" test "$(wc -l <queries)" -ge 10
# A panel has one unit, or says which of its series have another.
jq -r '.panels[] | select(.fieldConfig.defaults.unit != "s"
    and (.fieldConfig.overrides | any(.[].properties[]; .id == "unit" and .value == "s") | not))
    | .targets[].expr | select(test("_seconds"))' "$board" >bare
is "no panel shows seconds as a number" "$(cat bare)" ""
# Each query is a rule over series as they are written; none may be empty.
sed 's/\$__rate_interval/1h/g; s/\$spool/.*/g; s/\$instance/.*/g' queries >plain
{
	printf 'groups:\n  - name: board\n    rules:\n'
	awk '{ printf "      - record: q%d\n        expr: \047%s\047\n", NR, $0 }' plain
} >board.yml
ok "its queries are queries" promtool check rules board.yml
{
	printf 'rule_files: [board.yml]\nevaluation_interval: 1m\ntests:\n'
	printf '  - interval: 1m\n    input_series:\n'
	grep -v '^#' all | sed 's/ [0-9.e+]*$//; s/{/{instance="a",/' | sort -u |
	    while read -r series; do
		printf "      - series: '%s'\n        values: '1+1x200'\n" "$series"
	done
	printf '    promql_expr_test:\n'
	awk '{ printf "      - expr: min(q%d > bool -1e12)\n        eval_time: 2h\n", NR
	    printf "        exp_samples: [{labels: \"{}\", value: 1}]\n" }' plain
} >board-test.yml
ok "each yields something" promtool test rules board-test.yml

# --- they fire ---
# Labels are compared; texts are not.
awk '/^ +annotations:/ { skip = match($0, /[^ ]/); next }
    skip && match($0, /[^ ]/) > skip { next }
    { skip = 0; print }' "$alerts" >rules.yml
tested=
# alert NAME TIME LABELS SERIES VALUES ...: it fires at that time with these labels;
# with LABELS "" it does not fire.
alert() {
	name=$1 time=$2 labels=$3
	shift 3
	tested="$tested $name"
	{
		printf 'rule_files: [rules.yml]\nevaluation_interval: 1m\n'
		printf 'tests:\n  - interval: 1m\n    input_series:\n'
		while [ $# -gt 1 ]; do
			printf "      - series: '%s'\n        values: '%s'\n" "$1" "$2"
			shift 2
		done
		printf '    alert_rule_test:\n      - eval_time: %s\n        alertname: %s\n' \
		    "$time" "$name"
		[ -z "$labels" ] || printf '        exp_alerts:\n          - exp_labels: {%s}\n' \
		    "$labels"
	} >test.yml
	ok "$name ${labels:-is silent} ($1$2)" promtool test rules test.yml
}
on='instance="a",spool="s"'
here='instance: a, spool: s'
ran="rectools_sweep_last_success_timestamp_seconds{$on}"
alert RectoolsSweepMissing 5h "severity: warning, $here" "$ran" '0+60x60 3600x300'
alert RectoolsSweepMissing 5h "" "$ran" '0+60x400'
alert RectoolsSweepMissing 1h "severity: warning" other '0x400'
alert RectoolsSweepFails 5h "severity: warning, $here" \
    "rectools_sweep_status{$on}" '0x60 75x400'
alert RectoolsSweepFails 5h "" "rectools_sweep_status{$on}" '0x60 75x60 0x400'
lost="rectools_sweep_unsent_total{$on}"
alert RectoolsRecordingLost 4h "severity: critical, $here" "$lost" '0x150 2x150'
alert RectoolsRecordingLost 4h "" "$lost" '2x400'
run="rectools_upload_last_run_timestamp_seconds{$on}"
alert RectoolsUploadStopped 3h "severity: critical, $here" "$run" '0+60x60 3600x300'
alert RectoolsUploadStopped 3h "" "$run" '0+60x400'
alert RectoolsUploadStopped 1h "severity: critical" other '0x400'
tries="rectools_upload_attempts_total{$on,destination=\"d\",outcome"
alert RectoolsDestinationPaused 3h "severity: warning, $here, destination: d" \
    "$tries=\"paused\"}" '0+1x400' "$tries=\"done\"}" '5x400'
alert RectoolsDestinationPaused 3h "" \
    "$tries=\"paused\"}" '0+1x400' "$tries=\"done\"}" '0+1x400'
alert RectoolsDestinationPaused 3h "" \
    "$tries=\"paused\"}" '7x400' "$tries=\"done\"}" '5x400'
old="rectools_spool_oldest_seconds{$on,stage"
alert RectoolsUploadLate 3h "severity: warning, $here, stage: upload" \
    "$old=\"upload\"}" '0x60 90000x180'
alert RectoolsUploadLate 3h "" "$old=\"upload\"}" '80000x400'
alert RectoolsMixLate 3h "severity: warning, $here, stage: split" \
    "$old=\"split\"}" '4000x400'
alert RectoolsMixLate 3h "" "$old=\"split\"}" '3000x400' "$old=\"upload\"}" '4000x400'
alert RectoolsFailed 1h "severity: warning, $here, stage: failed" \
    "rectools_spool_folders{$on,stage=\"failed\"}" '2x400'
alert RectoolsFailed 1h "" "rectools_spool_folders{$on,stage=\"failed\"}" '0x400' \
    "rectools_spool_folders{$on,stage=\"mix\"}" '9x400'
bytes="rectools_spool_bytes{$on,stage=\"mix\"}"
alert RectoolsSpoolGrows 6h "severity: warning, $here" "$bytes" \
    '1000000000x280 9000000000x200'
alert RectoolsSpoolGrows 5h "" "$bytes" '465000x200 9000000x200'
alert RectoolsSpoolGrows 5h "" "$bytes" '5000000000x400'
for stage in mix split; do
	name=RectoolsMixStopped
	[ $stage = mix ] || name=RectoolsSplitStopped
	run="rectools_${stage}_last_run_timestamp_seconds{$on}"
	alert $name 3h "severity: critical, $here" "$run" '0+60x60 3600x300'
	alert $name 3h "" "$run" '0+60x400'
	alert $name 1h "severity: critical" other '0x400'
done
calls="rectools_mix_calls_total{$on,outcome"
alert RectoolsDoubtful 3h "severity: warning, $here" "$calls=\"doubtful\"}" '0x150 1x100'
alert RectoolsDoubtful 3h "severity: warning, $here" "$calls=\"held\"}" '0x150 1x100'
alert RectoolsDoubtful 3h "" "$calls=\"doubtful\"}" '3x400' "$calls=\"mixed\"}" '0+1x400'
from="$on,directory=\"d\""
alert RectoolsCollectFails 3h "severity: warning, $here, directory: d" \
    "rectools_collect_status{$from}" '0x60 1x300'
alert RectoolsCollectFails 3h "" "rectools_collect_status{$from}" '0x60 75x30 0x300'
run="rectools_collect_last_timestamp_seconds{$from}"
alert RectoolsCollectStopped 3h "severity: critical, $here, directory: d" \
    "$run" '0+60x60 3600x300'
alert RectoolsCollectStopped 3h "" "$run" '0+60x400'
hold="rectools_oldest_hold_seconds{$on}"
alert RectoolsHoldOld 3h "severity: warning, $here" "$hold" '7800000x400'
alert RectoolsHoldOld 3h "" "$hold" '7700000x400'
is "each alert is among them" \
    "$(echo "$tested" | tr ' ' '\n' | sort -u | grep .)" \
    "$(sed -n 's/.*- alert: //p' "$alerts" | sort)"
done_testing
