#!/bin/sh
# recmix beside SoX and ffmpeg: two legs at 8 kHz to dual-channel MP3, at their
# defaults for 32 kbit/s, and LAME's own program at equal settings.
set -eu
. "$(dirname "$0")/lib.sh"
minutes=${MINUTES:-10}
runs=${RUNS:-5}
cd "$W"

# leg FILE SEED: prompts in a human voice, or noise where there are none.
leg() {
	sounds=/usr/share/asterisk/sounds/en
	if [ -d $sounds ]; then
		find -L $sounds -maxdepth 1 -name '*.wav' -size +40k | sort |
		    awk -v seed="$2" 'NR % 2 == seed' >list
		# shellcheck disable=SC2046
		sox $(cat list) voice.wav
		sox voice.wav "$1" repeat 100 trim 0 $((minutes * 60))
	else
		sox -R -r 8000 -n -c 1 -b 16 "$1" synth $((minutes * 60)) \
		    pinknoise gain -6
	fi
}
leg a.wav 0
leg b.wav 1
sox -M a.wav b.wav both.wav
for side in a b; do
	sox $side.wav -e mu-law $side-mu.wav
	sox $side.wav -e gsm-full-rate $side-gsm.wav
done
echo "recmix: two legs of $minutes minutes, $(nproc) cores"
for kind in '' -mu -gsm; do
	pairs "recmix${kind:- -pcm}: sox -M -C 32" "$runs" \
	    "recmix -o ours.mp3 a$kind.wav b$kind.wav" \
	    "sox -M a$kind.wav b$kind.wav -C 32 peer.mp3"
done
pairs "recmix -pcm, one thread: sox -M -C 32" "$runs" \
    "recmix -j 1 -o ours.mp3 a.wav b.wav" "sox -M a.wav b.wav -C 32 peer.mp3"
if command -v ffmpeg >/dev/null; then
	pairs "recmix -pcm: ffmpeg amerge 32k" "$runs" \
	    "recmix -o ours.mp3 a.wav b.wav" \
	    "ffmpeg -v error -y -i a.wav -i b.wav -filter_complex amerge=inputs=2 -b:a 32k peer.mp3"
fi
if command -v lame >/dev/null; then
	equal="-m s -b 32 -q 7 --nores --quiet"
	pairs "recmix -pcm: lame $equal" "$runs" \
	    "recmix -o ours.mp3 a.wav b.wav" "lame $equal both.wav peer.mp3"
	pairs "recmix -pcm, one thread: the same" "$runs" \
	    "recmix -j 1 -o ours.mp3 a.wav b.wav" "lame $equal both.wav peer.mp3"
fi
