#!/bin/sh
# recsplit: parts that together are the original, sample for sample, and byte
# for byte when they are joined. A sample of all encodings at limits that a seed
# chooses ($RECTOOLS_SEED, default 1); RECTOOLS_FULL=1 takes every one at many.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1
seed=${RECTOOLS_SEED:-1}

# decode FILE...: what each decoder plays, one file after the other, as sums.
decode() {
	for format in s16 f32; do
		for f; do
			mpg123 -q -e $format -s "$f" 2>/dev/null | cat
		done | md5sum | sed "s/-/mpg123 $format/"
	done
	for f; do
		ffmpeg -v error -i "$f" -f f32le -
	done | md5sum | sed 's/-/ffmpeg/'
	[ "${mode:-}" = vbruntagged ] ||
	    sndfile "$@" | md5sum | sed 's/-/libsndfile/'
}
sndfile() { python3 "$ROOT/tests/sndfile.py" "$@"; }
# ends_agree WHOLE PART...: for a file of variable rate whose tag has no delays,
# libsndfile guesses the length and reads no further; the first part of such a file
# has no delays either. So the first part is compared with the beginning of the
# whole, and the others with its end.
ends_agree() {
	sndfile "$1" >whole.raw
	sndfile "$2" >first.raw
	shift 2
	sndfile "$@" >rest.raw
	[ -s first.raw ] && [ -s rest.raw ] &&
	    cmp -n "$(stat -c %s first.raw)" first.raw whole.raw &&
	    tail -c "$(stat -c %s rest.raw)" whole.raw | cmp - rest.raw
}
faults() { # FILE...: what the validators find
	mp3val "$@" 2>&1 | grep -E 'WARNING|ERROR'
	mpg123 -q -t "$@" 2>&1 | grep -v '^$'
}
# limit FILE N: prints the Nth limit, from a dozen frames to half of the file.
limit() {
	limit_bytes=$(stat -c %s "$1")
	limit_frame=$(recsplit --info --json "$1" | jq '.bytes / .frames | ceil')
	awk -v n="$2" -v seed="$seed" -v max="$limit_bytes" -v frame="$limit_frame" '
	BEGIN {
		srand(seed * 1000 + n); rand()
		low = 20 * frame + 1500
		high = max / 2 > low ? max / 2 : low + 100
		printf "%d", low + (high - low) * rand() ^ 3
	}'
}
# seamless LABEL FILE LIMIT: $T/whole is what the whole decodes to.
seamless() {
	rm -rf parts
	mkdir parts
	recsplit -b "$3" -o parts "$2" >list || {
		ok "$1, $3 bytes: split" false
		return
	}
	set -- "$1, $3 bytes: $(wc -l <list) parts" "$2" "$3" parts/*.mp3
	label=$1 file=$2 most=$3
	shift 3
	ok "$label" test $# -gt 1
	decode "$@" >joined
	ok "$label: the same in every decoder" diff whole joined
	[ "${mode:-}" != vbruntagged ] ||
	    ok "$label: the same in libsndfile" ends_agree "$file" "$@"
	is "$label: none above the limit" \
	    "$(stat -c %s "$@" | awk -v m="$most" '$1 > m')" ""
	is "$label: mp3val and mpg123 -t find nothing" "$(faults "$@")" ""
	ok "$label: the set is complete" recsplit --check "$@"
	recsplit --join -o . --name back "$@" >/dev/null 2>err
	if [ -s err ]; then
		ok "$label: join says what is not held" \
		    grep -q 'are not in the parts' err
	else
		ok "$label: joined again" cmp "$file" back.mp3
	fi
	rm -f back.mp3
}
several() { # LABEL FILE: at some limits
	decode "$2" >whole
	many=1
	[ -z "${RECTOOLS_FULL:-}" ] || many=12
	while [ $many -gt 0 ]; do
		many=$((many - 1))
		count=$((count + 1))
		seamless "$1" "$2" "$(limit "$2" $count)"
	done
}

count=0
sox -R -n -r 48000 -c 2 -b 16 source.wav synth 6 pinknoise synth 6 sine mix 300-900 \
    tremolo 0.7 90 gain -9
rates="8 11.025 16 22.05 44.1 48"
[ -z "${RECTOOLS_SANITIZED:-}" ] || rates="8 44.1"
modes='cbr abr vbr crc untagged mono vbruntagged'
[ -z "${RECTOOLS_FULL:-}" ] || modes="$modes abr48 v9 q0 vbrcrc monovbr high"
for rate in $rates; do
	sox -R source.wav -r "${rate}k" r.wav
	low=24
	case $rate in
	44.1 | 48) low=48 ;;
	esac
	# This file once differed after a join.
	[ "$rate" != 48 ] || modes="$modes abr48"
	for mode in $modes; do
		case $mode in
		cbr) how="-b $low -m s" ;;
		abr) how="--abr $low -m j" ;;
		vbr) how='-V 4 -m j' ;;
		crc) how="-b $low -p -m j" ;;
		untagged) how="-b $low -t" ;;
		mono) how="-b $low -m m" ;;
		abr48) how='--abr 48 -m j -q 2' ;;
		v9) how='-V 9 -m j' ;;
		q0) how="--abr $low -q 0" ;;
		vbrcrc) how='-V 5 -p -m s' ;;
		monovbr) how='-V 2 -m m' ;;
		high) how="-b 64 -m s" ;;
		vbruntagged) how='-V 5 -t' ;;
		esac
		# shellcheck disable=SC2086
		lame --quiet --resample "$rate" $how r.wav r.mp3
		several "$rate kHz $how" r.mp3
	done
done
mode=

# Our own, which have no bit reservoir, and others' without one.
for rate in 8000 16000 44100; do
	sox source.wav -r $rate -c 1 a.wav
	sox source.wav -r $rate -c 1 b.wav reverse
	recmix -o own.mp3 a.wav b.wav >/dev/null
	several "recmix's own, $rate Hz" own.mp3
done
lame --quiet --resample 22.05 -b 64 --nores source.wav r.mp3
several "no reservoir" r.mp3

# By another encoder, with an Info frame of another library.
ffmpeg -v error -y -i source.wav -ar 24000 -b:a 40k r.mp3
several "ffmpeg" r.mp3

# A few frames in each part.
sox source.wav -r 11025 short.wav trim 1 2
lame --quiet -V 6 -m j short.wav short.mp3
decode short.mp3 >whole
for most in 3500 3777 4100 5001; do
	seamless "short parts" short.mp3 $most
done
done_testing
