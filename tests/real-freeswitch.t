#!/bin/sh
# Calls of a real FreeSWITCH (tests/real/freeswitch/README) become call files,
# and MP3s in which each second of each speaker is heard at its place.
. "$(dirname "$0")/lib.sh"
R=$ROOT/tests/real/freeswitch
cd "$T" || exit 1
tar xJf "$R/cdr.tar.xz"
mkdir rec
for f in "$R"/*.xz; do
	case $f in */cdr.tar.xz) continue ;; esac
	xz -dc "$f" >"rec/$(basename "$f" .xz)"
done
cat >policy.ini <<'P'
[recording]
separation = per-segment
redaction_style = silence
[inbound]
record = yes
play_message = no
[outbound]
record = yes
play_message = no
P

# calls OPTION...: the calls of a folder, one a line, with their events.
calls() {
	recpolicy --from freeswitch-json --legs rec "$@" 2>err | awk '
		/^\[call\]/ && n++ { printf "\n" }
		/^\[leg/ { leg = 1 }
		/^\[events/ { leg = 0 }
		/^(id|started|not_told) / || leg { next }
		/ = / { sub(/ = /, "="); printf "%s|", $0 }
		END { if (n) printf "\n" }'
}
# listen NAME TYPE OPTION...: makes the MP3s, and looks for each "N:..." of $heard
# in the Nth of them.
listen() {
	name=$1 type=$2
	shift 2
	rm -rf out && mkdir out
	recpolicy --from freeswitch-json --type "$type" --legs rec "$@" \
	    -c policy.ini "cdr/$name"/*.json >plan 2>err
	recmix -o out/ <plan >made 2>err || { cat err; return 1; }
	n=0
	while read -r mp3; do
		n=$((n + 1))
		mpg123 -q -w one.wav "$mp3"
		start=$(awk -v n="[recording $n]" '$0 == n { on = 1 }
		    on && $1 == "start" { print $3; exit }' plan)
		# shellcheck disable=SC2046
		python3 "$R/heard.py" one.wav "$start" \
		    $(printf '%s\n' $heard | sed -n "s/^$n://p")
	done <made
}
while IFS='|' read -r name type wanted heard; do
	case $name in '' | '#'*) continue ;; esac
	rule=
	[ "$name" != 100e ] || rule='--event log=pause --event event=resume'
	# shellcheck disable=SC2086
	is "$name: one call, as it was" \
	    "$(calls --type "$type" $rule "cdr/$name"/*.json)" \
	    "$(printf '%s' "$wanted" | tr '~' '|')"
	[ ! -d "cdr/$name/plain" ] ||
	    is "$name: and by mod_format_cdr" \
	    "$(calls --type "$type" "cdr/$name"/plain/*.json)" \
	    "$(printf '%s' "$wanted" | tr '~' '|')"
	[ -n "$heard" ] || continue
	# shellcheck disable=SC2086
	is "$name: each second is at its place" "$(listen "$name" "$type" $rule)" ''
done <"$R/expected"
a=cdr/100/a_7df246f6-ac3b-4169-947a-6690bbc4ea3d.cdr.json
is "a file of two channels has two sides, whoever asked for them" \
    "$(sed 's/RECORD_STEREO/other/g' $a |
	recpolicy --from freeswitch-json --type direct --legs rec -)" \
    "$(recpolicy --from freeswitch-json --type direct --legs rec - <$a)"
done_testing
