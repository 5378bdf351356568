#!/bin/sh
# The examples that operators install as they are.
. "$(dirname "$0")/lib.sh"
cd "$ROOT" || exit 1

mkdir "$T/rec"
sox -n -r 8000 -c 1 -b 16 "$T/rec/17.1-in.wav" synth 6 sine 400
sox -n -r 8000 -c 1 -b 16 "$T/rec/17.1-out.wav" synth 6 sine 900
cat >"$T/policy.ini" <<'P'
[inbound]
record = yes
play_message = no
P
printf '2 = pause\n3 = resume\n' >"$T/rec/17.1.events"
recpolicy --init -s "$T/spool"
RECTOOLS_LEGS=$T/rec RECTOOLS_SPOOL=$T/spool RECTOOLS_POLICY=$T/policy.ini
export RECTOOLS_LEGS RECTOOLS_SPOOL RECTOOLS_POLICY
status "the hangup handler takes a call in" 0 examples/asterisk-hangup 17.1 \
    2026-11-22T10:00:00Z Billing SIP/alice 5 6
is "its legs are gone from the PBX" "$(ls "$T/rec")" ""
status "it is mixed" 0 recmix -s "$T/spool"
mp3=$(find "$T/spool/split" -name '*.mp3')
is "less the ringing and the pause" \
    "$(mpg123 -q -w "$T/wav" "$mp3" && soxi -s "$T/wav")" 32000
is "the legs are gone from the spool" "$(find "$T/spool" -name '*.wav')" ""

sox -n -r 8000 -c 1 -b 16 "$T/rec/17.2-in.wav" synth 2 sine 400
cp "$T/rec/17.2-in.wav" "$T/rec/17.2-out.wav"
printf '1 = consent declined\n' >"$T/rec/17.2.events"
status "a call that said no is no failure" 0 examples/asterisk-hangup 17.2 \
    2026-11-22T10:00:00Z Billing SIP/alice 2 2
is "and nothing of it stays" "$(ls "$T/rec")" ""
is "nor enters" "$(ls "$T/spool/mix")" ""

if have systemd-analyze; then
	mkdir "$T/units"
	for unit in examples/systemd/*; do
		sed "s|/usr/local/bin|$ROOT/bin|" "$unit" \
		    >"$T/units/${unit##*/}"
	done
	is "systemd finds nothing in the units" \
	    "$(systemd-analyze verify "$T"/units/* 2>&1 |
		grep -F "$T/units")" ""
else
	skip "systemd finds nothing in the units" "no systemd-analyze"
fi
grep -v '^#' examples/crontab | while read -r _ _ _ _ _ program rest; do
	# shellcheck disable=SC2086
	"$program" --help | grep -oE -- '(^|[ ,])--?[a-z]+' | tr -d ' ,' >"$T/help"
	for option in $(echo "$rest" | grep -oE -- '(^| )--?[a-z]+'); do
		grep -qxF -- "$option" "$T/help" ||
		    echo "$program has no $option"
	done
done >"$T/cron"
is "cron's lines use options that exist" "$(cat "$T/cron")" ""
done_testing
