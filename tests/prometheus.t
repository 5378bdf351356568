#!/bin/sh
# What an operator sees: the programs' own metrics of two spools, read by a real
# node_exporter, stored by a real Prometheus, queried by the dashboard and the
# alerts. Debian has no Grafana to draw it.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/servers/lib.sh"
cd "$T" || exit 1
unpacked=${XDG_CACHE_HOME:-$HOME/.cache}/rectools/prometheus/usr/bin
PATH=$PATH:$unpacked
for need in prometheus prometheus-node-exporter curl jq python3 sox; do
	have "$need" || { skip "a real Prometheus" "no $need"; done_testing; }
done
cleanup() {
	# shellcheck disable=SC2086
	[ -z "${pids:-}" ] || kill $pids 2>/dev/null
	wait
}

# Two spools of one host, as the units write them: each has its own files.
printf '[recording]\nenabled = yes\n[inbound]\nrecord = yes\nplay_message = no\n' >p.ini
mkdir textfile store incoming
printf '[upload]\nto = a\n[destination a]\ntype = directory\npath = %s/store\n' "$T" >up.ini
for side in in out; do
	sox -R -r 8000 -n -c 1 -b 16 $side.wav synth 3 sine ${#side}00 gain -10
done
for s in one two; do
	recpolicy --init -s $s
	# A destination that never took a recording is not in the dashboard.
	printf '[call]\nid = %s\ntype = direct\n[leg customer]\nfile = in.wav\n[leg agent]\nfile = out.wav\n[events]\n0 = answer\n3 = end\n' \
	    $s >call.ini
	recpolicy -c p.ini -s $s call.ini >/dev/null
	recpolicy -c p.ini -s $s --collect incoming --metrics textfile/$s-collect.prom
	recmix -s $s --metrics textfile/$s-mix.prom
	recsplit -s $s --metrics textfile/$s-split.prom
	recupload -c up.ini -s $s --metrics textfile/$s-upload.prom
	recsweep --clock-ok -s $s --metrics textfile/$s-sweep.prom
done

exporter=$(server_port)
prometheus-node-exporter --web.listen-address=127.0.0.1:$exporter \
    --collector.disable-defaults --collector.textfile \
    --collector.textfile.directory="$T/textfile" >exporter.log 2>&1 &
pids=$!
cat >prometheus.yml <<X
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: ['$ROOT/examples/prometheus-alerts.yml']
scrape_configs: [{job_name: node, static_configs: [{targets: ['127.0.0.1:$exporter']}]}]
X
web=$(server_port)
prometheus --config.file=prometheus.yml --storage.tsdb.path=tsdb \
    --web.listen-address=127.0.0.1:$web >prometheus.log 2>&1 &
pids="$pids $!"
ask() { # QUERY: its values, one a line
	curl -s -G "http://127.0.0.1:$web/api/v1/query" --data-urlencode "query=$1" |
	    jq -r 'if .status == "success" then .data.result[].value[1] else .error end'
}
for _ in $(seq 150); do
	scrapes=$(ask 'min(count_over_time(rectools_sweep_status[1m]))' 2>err)
	[ "${scrapes:-0}" -lt 3 ] || break
	sleep 0.2
done
is "node_exporter reads every file" "$(ask node_textfile_scrape_error)" 0
is "both spools are there" "$(ask 'count(count by (spool) (rectools_spool_folders))')" 2
is "each figure is of both" "$(ask 'count(count by (__name__)
    ({__name__=~"rectools_.*",spool="one"}) unless on (__name__) count by (__name__)
    ({__name__=~"rectools_.*",spool="two"}))')" ""
# Variables as Grafana sets them for "All".
jq -r '.panels[].targets[]?.expr' "$ROOT/examples/grafana-dashboard.json" |
    sed 's/\$__rate_interval/1m/g; s/\$spool/.*/g; s/\$instance/.*/g' >queries
while read -r query; do
	ok "dashboard: $query" sh -c 'echo "$1" | grep -qE "^[0-9.e+-]+$"' - "$(ask "$query")"
done <queries
jq -r '.templating.list[].query | if type == "object" then .query else . end' \
    "$ROOT/examples/grafana-dashboard.json" | grep label_values |
    sed 's/label_values(\(.*\), *\([a-z]*\))/\2 count by (\2) (\1)/' >variables
ok "it has variables" test -s variables
while read -r label query; do
	ok "variable $label: $query" test -n "$(ask "$query")"
done <variables
for _ in $(seq 50); do
	curl -s "http://127.0.0.1:$web/api/v1/rules" >rules
	[ "$(jq '[.data.groups[].rules[] | select(.health == "unknown")] | length' rules)" != 0 ] ||
		break
	sleep 0.2
done
is "every alert is evaluated without an error" \
    "$(jq -r '.data.groups[].rules[] | select(.health != "ok") | .name + ": " + .lastError' rules)" ""
is "all of them" "$(jq '[.data.groups[].rules[]] | length' rules)" \
    "$(grep -c -- '- alert:' "$ROOT/examples/prometheus-alerts.yml")"
is "none fires or is pending where all is well" \
    "$(jq -r '.data.groups[].rules[] | select(.state != "inactive") | .name' rules)" ""
done_testing
