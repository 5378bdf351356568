#!/bin/sh
# The main job on an example call, by hand and through a spool. Everything that
# it makes is in demo/.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
PATH=$root/bin:$PATH
rm -rf demo
mkdir demo
cp examples/policy.ini examples/call.ini examples/upload.ini demo
examples/legs.sh demo
cd demo
sed 's|^path *=.*|path = recordings-from-spool|' upload.ini >upload-spool.ini

say() { printf '\n# %s\n' "$*"; }
# Prints a command as a user would type it, then runs it.
run() {
	printf '$ %s\n' "$1"
	eval "$1"
}
# sound FILE: the length of an MP3 and the level on each channel, as decoded.
sound() {
	mpg123 -q -w decoded.wav "$1"
	samples=$(soxi -s decoded.wav)
	rate=$(soxi -r decoded.wav)
	printf '%s: %s s (%s samples at %s Hz)\n' "$1" \
	    "$(awk "BEGIN { printf \"%.3f\", $samples / $rate }")" \
	    "$samples" "$rate"
	for channel in 1 2; do
		[ "$channel" = 1 ] && who=customer || who='agent and others'
		level=$(sox decoded.wav -n remix $channel stats 2>&1 |
		    awk '/^RMS lev dB/ { print $4 }')
		printf '    channel %s: %s, %s dB RMS\n' $channel "$who" "$level"
	done
	rm -f decoded.wav
}

say 'May this call be recorded, and which seconds of it?'
run 'recpolicy -c policy.ini call.ini'
say 'By hand, in one pipe:'
mkdir -p out
run 'recpolicy -c policy.ini call.ini | recmix -o out/ | recsplit | recupload -c upload.ini'
say 'A picture of it, demo/call.svg:'
run 'recpolicy -c policy.ini call.ini | recmix -o pictured/ --picture call.svg'
say 'In production, a spool connects the programs, each run by cron, systemd or a hook:'
run 'recpolicy --init -s spool'
run 'recpolicy -c policy.ini -s spool call.ini'
run 'recmix -s spool'
run 'recsplit -s spool'
run 'recupload -c upload-spool.ini -s spool'
run 'recsweep -s spool'

say 'What arrived:'
list=$(find recordings recordings-from-spool -name '*.mp3' | sort)
[ -n "$list" ] || { echo 'demo: no recording arrived at the destination' >&2; exit 1; }
for mp3 in $list; do
	sound "$mp3"
done
left=$(find spool/mix spool/split spool/upload spool/failed -type f)
[ -z "$left" ] || { echo "demo: still in the spool: $left" >&2; exit 1; }
printf '\nThe spool is empty again. Listen: mpg123 demo/%s\n' \
    "$(echo "$list" | head -n 1)"
