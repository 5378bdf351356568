#!/bin/sh
# Files that a real rtpengine 12.5 and 26 wrote. See the README in tests/real/
# rtpengine-12.5 and rtpengine-26. Those of 10.5 are in tests/rtpengine.t.
. "$(dirname "$0")/lib.sh"
for need in sox mpg123 python3 xz; do
	have "$need" || { skip "newer rtpengine" "no $need"; done_testing; }
done
export RECTOOLS_NOW=2026-12-01T08:00:00Z
cd "$T" || exit 1
printf '[inbound]\nrecord = yes\nplay_message = no\n' >policy.ini
# made VERSION NAME: takes the call into an MP3, and its sides into left.raw and
# right.raw.
made() {
	R=$ROOT/tests/real/rtpengine-$1
	mkdir -p "pcaps-$1"
	for f in "$R/$2"-*.xz; do
		name=${f##*/}
		xz -dc "$f" >"pcaps-$1/${name%.xz}"
	done
	recpolicy --from rtpengine-pcap-txt --legs "pcaps-$1" --answered \
	    --type direct "$R"/rtpengine-meta-"$2"-*.txt >call.ini 2>err &&
	    recpolicy -c policy.ini call.ini >plan 2>err &&
	    recmix --bitrate 64 -o made.mp3 <plan >out 2>err
	made_status=$?
	begun=$(date -d "$(sed -n 's/^started = //p' call.ini)" +%s.%N)
	from=$(sed -n '/^\[recording 1\]/,$s/^start = //p' plan)
	mpg123 -q -w heard.wav made.mp3 && sox heard.wav -t raw left.raw remix 1 &&
	    sox heard.wav -t raw right.raw remix 2
}
# side LABEL CAPTURE PORTS LATER SECONDS SIDE FRAMES: all frames of the capture are
# within a millisecond of their place, which is LATER seconds earlier in the MP3. One
# may be cut off: cuts in captures are widened by 20 ms on both sides.
side() {
	side_got=$(python3 "$ROOT/tests/capture.py" heard "$2" "$3" \
	    "$(awk "BEGIN { printf \"%.6f\", $begun + $from + $4 }")" "$5" "$6.raw")
	# shellcheck disable=SC2016,SC2086
	ok "$1: $side_got" sh -c '[ "$1" -ge $(($2 - 1)) ] &&
	    [ "$2" -ge "$5" ] && [ "$3" -le 8 ]' sh ${side_got:-0 1 99 99} "$7"
}
sound() { # the seconds of the MP3 of the last call
	soxi -D heard.wav | cut -c 1-4
}

# Paused when it was hung up: nothing is missing.
made 26 spause
is "paused when it was hung up: is mixed" "$made_status $(cat err)" "0 "
is "nothing of the pauses is left" "$(sed -n '/^\[events\]/,$p' call.ini |
    sed 's/^\([0-9]*\.[0-9]\)[0-9]*/\1/; /^$/d; 1d' | tr '\n' ' ')" \
    "0.7 = answer 1.7 = pause 2.3 = resume 2.9 = pause 3.7 = end "
is "the recording has 1.6 s, less 60 ms" "$(sound)" 1.54
side "the customer until the pause" pcaps-26/spause-*.pcap 25948 0 0.95 left 44
side "the agent until the pause" pcaps-26/spause-*.pcap 25524 0 0.95 right 34

# The ports of the first part show whose streams those of the second are.
made 26 sstop
is "stopped and started again: is mixed" "$made_status $(cat err)" "0 "
is "one call, without a guess" "$(grep -c '^\[call\]' call.ini) \
$(grep -c guessed call.ini)" "1 0"
is "the sides stay" "$(grep -E '^(\[leg|streams)' call.ini | tr '\n' ' ')" \
    "[leg customer] streams = >:25026 [leg agent] streams = >:25186 \
[leg customer 2] streams = >:25026 [leg agent 2] streams = >:25186 "
gap=$(sed -n 's/^cut = \([0-9.]*\) \([0-9.]*\) pause$/\2 - \1 + 0.04/p' plan)
side "the customer before" pcaps-26/sstop-ed34bb1390106b5b.pcap 25026 0 1 left 45
side "the customer after it" pcaps-26/sstop-1ee7b7a87e0e072d.pcap 25026 \
    "$gap" 1.9 left 40
side "the agent after it" pcaps-26/sstop-1ee7b7a87e0e072d.pcap 25186 \
    "$gap" 1.9 right 40

# One offer, two answers.
made 12.5 sfork
is "two answers: is mixed" "$made_status $(cat err)" "0 "
fork=$(echo pcaps-12.5/sfork-*.pcap)
answers=$(grep -a '^m=audio' "$ROOT"/tests/real/rtpengine-12.5/*sfork*.txt |
    cut -d ' ' -f 2 | xargs)
# shellcheck disable=SC2086
set -- $answers
is "the customer sends to both answers" \
    "$(sed -n 's/^streams = //p' call.ini | tr '\n' ' ')" ">:$2 >:$3 >:$1 "
side "the customer with the first agent" "$fork" "$2" 0 3 left 40
side "the customer with the second agent" "$fork" "$3" 0 3 left 80
side "both agents" "$fork" "$1" 0 3 right 120

# 12.5 itself overwrote the first part.
made 12.5 sstop
is "the overwritten part is not looked for" "$made_status $(grep -c '^\[leg' \
    call.ini)" "1 2"
ok "and whose side it is is a guess" grep -q 'customer.s is a guess' err
done_testing
