#!/bin/sh
# recmix beside SoX, ffmpeg and lame: two legs at 8 kHz to dual-channel MP3 of
# 32 kbit/s, at the peers' defaults and at equal settings; beside libmp3lame
# alone; and a spool of many calls. MINUTES, RUNS and CALLS choose the work.
set -eu
. "$(dirname "$0")/lib.sh"
runs=${RUNS:-5}
bench=$ROOT/bench
sounds=/usr/share/asterisk/sounds/en_US_f_Allison
cd "$W"

# leg FILE SEED MINUTES: prompts in a human voice, or noise if there are none.
leg() {
	if [ -d $sounds ]; then
		find -L $sounds -maxdepth 1 -name '*.wav' -size +40k | sort |
		    awk -v seed="$2" 'NR % 2 == seed' >list
		# shellcheck disable=SC2046
		sox $(cat list) voice.wav
		sox voice.wav "$1" repeat 100 trim 0 $(($3 * 60))
	else
		sox -R -r 8000 -n -c 1 -b 16 "$1" synth $(($3 * 60)) \
		    pinknoise gain -6
	fi
}
row() { python3 "$bench/measure.py" "$1" "$runs" "$2" "$3"; }
quality() { python3 "$bench/snr.py" "$1" a.raw b.raw; }
cc -O2 -o bare "$bench/bare.c" -lmp3lame

for minutes in ${MINUTES:-10 60}; do
	leg a.wav 0 "$minutes"
	leg b.wav 1 "$minutes"
	sox a.wav a.raw trim 0 60
	sox b.wav b.raw trim 0 60
	sox -M a.wav b.wav both.wav
	for side in a b; do
		sox $side.wav -e mu-law $side-mu.wav
		sox $side.wav -e gsm-full-rate $side-gsm.wav
	done
	echo "recmix: two legs of $minutes minutes, $(nproc) cores;" \
	    "each: ours, peer, peer/ours; median of $runs pairs"
	for kind in '' -mu -gsm; do
		ours="recmix -o ours.mp3 a$kind.wav b$kind.wav"
		merge="ffmpeg -v error -y -i a$kind.wav -i b$kind.wav -filter_complex amerge=inputs=2 -b:a 32k"
		row "${kind:--pcm}: sox -M -C 32" "$ours" \
		    "sox -M a$kind.wav b$kind.wav -C 32 sox.mp3"
		row "${kind:--pcm}: ffmpeg amerge" "$ours" "$merge ffmpeg.mp3"
		row "${kind:--pcm}: ffmpeg, equal" "$ours" \
		    "$merge -compression_level 7 -reservoir 0 -joint_stereo 0 ffmpeg7.mp3"
		row "${kind:--pcm}: sox -C 32.7" "$ours" \
		    "sox -M a$kind.wav b$kind.wav -C 32.7 sox7.mp3"
		[ -z "$kind" ] || continue
		row "-pcm: lame -b 32" "$ours" \
		    "lame --quiet -b 32 both.wav lame.mp3"
		row "-pcm: lame, equal" "$ours" \
		    "lame --quiet -m s -b 32 -q 7 --nores both.wav lame7.mp3"
		# The cost of the account, which reads both legs before they are
		# mixed: their length, their voices, and whether they are the same sound.
		printf '%s\n' '[call]' 'id = c1' 'type = queue' \
		    '[leg customer]' 'file = a.wav' '[leg agent]' \
		    'file = b.wav' '[events]' '0 = answer' \
		    "$((minutes * 60)) = end" >survey.ini
		row "-pcm, the survey: sox stat" "recpolicy --audit survey.ini" \
		    "sh -c 'sox a.wav -n stat; sox b.wav -n stat'"
		row "-pcm, -j 1: libmp3lame alone" "recmix -j 1 -o ours1.mp3 a.wav b.wav" \
		    "./bare both.wav bare.mp3"
		for f in ours sox ffmpeg lame sox7 ffmpeg7 lame7; do
			printf '%-10s %9d bytes, segmental SNR %s\n' $f \
			    "$(wc -c <$f.mp3)" "$(quality $f.mp3)"
		done
	done
done

calls=${CALLS:-500}
leg a.wav 0 5
leg b.wav 1 5
mkdir -m 700 sp
for stage in tmp mix split upload failed; do mkdir -m 700 sp/$stage; done
: >sp/.rectools
i=0
while [ $i -lt "$calls" ]; do
	i=$((i + 1))
	id=$(printf 'c%04d' $i)
	d=sp/mix/20261122T100000Z-$id
	mkdir -m 700 "$d"
	ln a.wav b.wav "$d"
	cat >"$d/plan.ini" <<X
[call]
id = $id
type = queue
[leg customer]
file = a.wav
[leg agent]
file = b.wav
[plan]
record = yes
[recording 1]
start = 0
end = 300
cut = 60 75 pause
X
done
from=$(bench_now)
recmix -s sp
echo "$from $(bench_now)" | awk -v n="$calls" -v cores="$(nproc)" '{
	took = $2 - $1
	printf "a spool of %d calls of 5 minutes: %.1f s, %.0f calls per hour and core, %.0f x real time\n",
	    n, took, n * 3600 / took / cores, n * 300 / took }'
