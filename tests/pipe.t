#!/bin/sh
# All five programs together, by hand in one pipe and through a spool, on the
# example call with human voices; then killed again and again.
. "$(dirname "$0")/lib.sh"
cp "$ROOT/examples/policy.ini" "$ROOT/examples/call.ini" \
    "$ROOT/examples/upload.ini" "$T"
if [ ! -d /usr/share/asterisk/sounds ]; then
	skip "the example call" "asterisk-core-sounds-en-wav is not installed"
	done_testing
fi
"$ROOT/examples/legs.sh" "$T" || exit 1
cd "$T" || exit 1

mkdir made-here
recpolicy -c policy.ini call.ini 2>err | recmix -o made-here/ 2>>err |
    recsplit 2>>err | recupload -c upload.ini >sent 2>>err
is "the pipe says nothing on stderr" "$(cat err)" ""
recordings=$(recpolicy -c policy.ini call.ini | grep -c '^\[recording ')
is "every recording of the plan arrives" \
    "$(find recordings -name '*.mp3' | wc -l)" "$recordings"
for f in made-here/*.mp3; do
	sha256sum <"$f"
done | sort >made
find recordings -name '*.mp3' -exec sha256sum {} + | sed 's/ .*/  -/' |
    sort >arrived
ok "what arrived is what was made" cmp made arrived

# Samples that the plan keeps: each recording less its cuts.
recpolicy -c policy.ini call.ini | awk '
/^\[/ { rec = /^\[recording/ }
rec && /^start/ { total -= $3 }
rec && /^end/ { total += $3 }
rec && /^cut/ { total -= $4 - $3 }
END { printf "%.0f\n", total * 8000 }' >planned
for f in made-here/*.mp3; do
	mpg123 -q -w wav "$f" && soxi -s wav
done | awk '{ n += $1 } END { print n }' >decoded
is "the MP3s play exactly the planned samples" "$(cat decoded)" "$(cat planned)"

# The spool.
sed 's|^path *=.*|path = stored|' upload.ini >spool-upload.ini
status "a spool is made" 0 recpolicy --init -s spool
status "the call enters" 0 recpolicy -c policy.ini -s spool call.ini
status "the call enters: mixed" 0 recmix -s spool
status "the call enters: it is split" 0 recsplit -s spool
status "the call enters: it is uploaded" 0 recupload -c spool-upload.ini -s spool
status "the sweep finds nothing" 0 recsweep -s spool
find stored -name '*.mp3' -exec sha256sum {} + | sed 's/ .*/  -/' |
    sort >stored.sums
ok "by spool and by hand the same bytes" cmp made stored.sums
is "the spool is empty" "$(find spool/tmp spool/mix spool/split spool/upload \
    spool/failed -mindepth 1)" ""

# kill -9 at any moment, then the same again: complete, and exactly once.
sed 's|^path *=.*|path = killed|' upload.ini >kill-upload.ini
step() {
	recpolicy -c policy.ini -s spool2 call.ini && recmix -s spool2 &&
	    recsplit -s spool2 && recupload -c kill-upload.ini -s spool2
}
recpolicy --init -s spool2
kills=0
for delay in 0.002 0.005 0.01 0.02 0.04 0.07 0.1 0.15 0.2 0.25 0.3 0.4; do
	for program in "recpolicy -c policy.ini -s spool2 call.ini" \
	    "recmix -s spool2" "recsplit -s spool2" \
	    "recupload -c kill-upload.ini -s spool2"; do
		# shellcheck disable=SC2086
		killed $delay $program
		kills=$((kills + 1))
	done
done
step >/dev/null 2>err
is "after $kills kills the last run is silent" "$(cat err)" ""
find killed -name '*.mp3' -exec sha256sum {} + | sed 's/ .*/  -/' |
    sort >killed.sums
ok "after the kills everything is there once, whole" cmp made killed.sums
ok "and nothing waits" test -z "$(find spool2/mix spool2/split spool2/upload \
    spool2/failed -mindepth 1)"
done_testing
