#!/bin/sh
# The alerts of examples/prometheus-alerts.yml: each is about figures that the
# programs write, fires when it should, and is silent otherwise.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1
have promtool || { skip "the alerts" "no promtool"; done_testing; }
alerts=$ROOT/examples/prometheus-alerts.yml
ok "well-formed" promtool check rules "$alerts"

# --- the figures exist ---
recpolicy --init -s spool
mkdir store
printf '[upload]\nto = a\n[destination a]\ntype = directory\npath = %s/store\n' "$T" >up.ini
recsweep --clock-ok -s spool --metrics sweep.prom
recupload -c up.ini -s spool --metrics upload.prom
grep -oE 'rectools_[a-z_]+' "$alerts" | sort -u | while read -r name; do
	grep -q "^${name}[{ ]" sweep.prom upload.prom || echo "$name"
done >unknown
is "every figure of the alerts is written" "$(cat unknown)" ""

# --- they fire ---
# Labels are compared, texts are not.
awk '/^ +annotations:/ { skip = match($0, /[^ ]/); next }
    skip && match($0, /[^ ]/) > skip { next }
    { skip = 0; print }' "$alerts" >rules.yml
tested=
# alert NAME TIME LABELS SERIES VALUES ...: whether it fires then. LABELS "": not.
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
is "each alert is among them" \
    "$(echo "$tested" | tr ' ' '\n' | sort -u | grep .)" \
    "$(sed -n 's/.*- alert: //p' "$alerts" | sort)"
done_testing
