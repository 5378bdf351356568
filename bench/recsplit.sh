#!/bin/sh
# 200 MB of MP3 into parts of 50 MB: beside split -b, mp3splt and ffmpeg.
. "$(dirname "$0")/lib.sh"
cd "$W" || exit 1
sox -n -r 44100 -c 2 -b 16 one.wav synth 60 pinknoise gain -6
for kbps in 32 128; do
	lame --quiet -t -b $kbps one.wav one.mp3
	: >big.mp3
	while [ "$(stat -c %s big.mp3)" -lt 200000000 ]; do
		cat one.mp3 >>big.mp3
	done
	mkdir -p ours peer
	seconds=$((50000000 / (kbps * 125)))
	ours='recsplit -b 50M -o ours big.mp3'
	pairs "recsplit: 200 MB, $kbps kbit/s, split -b" 5 "$ours" \
	    'split -b 50000000 big.mp3 peer/x'
	! command -v mp3splt >/dev/null ||
	    pairs "recsplit: 200 MB, $kbps kbit/s, mp3splt -f" 5 "$ours" \
		"mp3splt -Q -f -d peer -t $((seconds / 60)).$((seconds % 60)) big.mp3"
	pairs "recsplit: 200 MB, $kbps kbit/s, ffmpeg segment" 3 "$ours" \
	    "ffmpeg -v error -y -i big.mp3 -f segment -segment_time $seconds -c copy peer/%d.mp3"
	rm -rf ours peer
done
