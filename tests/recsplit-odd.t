#!/bin/sh
# recsplit: odd files, --info, --join, --check, --quiet, pipes, and the limits of
# destinations.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1

sox -R -n -r 32000 -c 2 -b 16 source.wav synth 8 pinknoise synth 8 sine mix 300-900 gain -9
lame --quiet -t -b 64 -m s --resample 32 source.wav cbr.mp3
lame --quiet -V 4 -m j source.wav vbr.mp3
lame --quiet -t -b 24 --resample 16 -m m source.wav other.mp3
lame --quiet -t --freeformat -b 100 -m m source.wav free.mp3
python3 "$ROOT/tests/odd.py"

play() {
	for f; do
		mpg123 -q -e f32 -s "$f" 2>/dev/null | cat
	done
}
raw() { play "$@" | md5sum; }
info() { # FILE FILTER
	recsplit --info --json "$1.mp3" | jq -c "$2"
}

# Every odd file is cut into parts that sound like it and give it back.
for f in chained old unsync art middle behind apefront junk lost zeros torn \
    late again riff vbri count free; do
	rm -rf parts
	mkdir parts
	ok "$f: split" recsplit -b 20000 -o parts $f.mp3
	set -- parts/*.mp3
	ok "$f: more than two parts" test $# -gt 2
	# In two files joined into one, players drop the samples that the first tag
	# names. On i386 the player of Debian 12 decodes a file with VBRI otherwise;
	# the parts have the bytes that they have elsewhere.
	[ $f = again ] || [ "$f.$(getconf LONG_BIT)" = vbri.32 ] ||
	    is "$f: sounds as the whole" "$(raw "$@")" "$(raw $f.mp3)"
	ok "$f: the set is complete" recsplit --check "$@"
	ok "$f: joined" recsplit --join -o . --name back "$@"
	ok "$f: byte for byte" cmp $f.mp3 back.mp3
	rm back.mp3
	case $f in
	free | middle | junk | lost | zeros | late | again) ;;
	*) is "$f: mp3val finds nothing" \
	    "$(mp3val "$@" 2>&1 | grep -E 'WARNING|ERROR')" "" ;;
	esac
done

# Another rate in the middle: each part has one, the bytes are all there, and
# each stretch sounds as it did alone; also at a limit where the last part of the
# first one would have a few frames only.
stretch() { # FILE RATE: the parts of that rate
	grep -l "^rate = $2\$" parts/"$1"-*.ini | sed 's/ini$/mp3/'
}
cat vbr.mp3 other.mp3 >tagged.mp3
for how in 'two 20000 cbr' 'two 4890 cbr' 'tagged 20000 vbr' 'tagged 8000 vbr'; do
	# shellcheck disable=SC2086
	set -- $how
	rm -rf parts
	mkdir parts
	ok "two rates, $how: split" recsplit -b "$2" -o parts "$1.mp3"
	is "two rates, $how: both in the tickets" \
	    "$(sed -n 's/^rate = //p' parts/*.ini | uniq | tr '\n' ' ')" \
	    "32000 16000 "
	is "two rates, $how: one format in each part" \
	    "$(recsplit --info --json parts/*.mp3 | jq .formats | uniq)" 1
	ok "two rates, $how: joined" recsplit --join -o . --name back parts/*.mp3
	ok "two rates, $how: byte for byte" cmp "$1.mp3" back.mp3
	rm back.mp3
	# The padding in a tag is not believed if the file goes on:
	# it is played as well.
	play "$3.mp3" >alone
	# shellcheck disable=SC2046
	play $(stretch "$1" 32000) >first
	ok "two rates, $how: the first sounds as alone" \
	    cmp -n "$(stat -c %s alone)" alone first
	# shellcheck disable=SC2046
	is "two rates, $how: the second sounds as alone" \
	    "$(raw $(stretch "$1" 16000))" "$(raw other.mp3)"
	# shellcheck disable=SC2046
	is "two rates, $how: mp3val finds nothing" \
	    "$(mp3val $(stretch "$1" 32000) $(stretch "$1" 16000) 2>&1 |
		grep -E 'WARNING|ERROR')" ""
done

# --info.
is "info: counts and lengths" \
    "$(info vbr '[.frames, .rate, .channels, .samples, .delay, .bit_rate.kind]')" \
    "[$(ffprobe -v error -count_packets -show_entries stream=nb_read_packets \
	-of default=nk=1:nw=1 vbr.mp3),32000,2,256000,576,\"VBR\"]"
is "info: of a constant rate" "$(info cbr .bit_rate)" \
    '{"kind":"CBR","mean":64000,"least":64000,"most":64000}'
is "info: tags with places" "$(info behind '[.tags[].kind]')" \
    '["ID3v1","Lyrics3","APE"]'
is "info: chained tags" "$(info chained '[.tags[] | [.kind, .at]]')" \
    '[["ID3v2",0],["ID3v2",26]]'
is "info: junk, where" "$(info junk '.damage[0]')" \
    '{"kind":"junk","at":14400,"bytes":396,"frame":50}'
is "info: zeros, where" "$(info zeros '.damage[0] | [.kind, .at, .bytes]')" \
    '["junk",14400,864]'
is "info: a tag in the middle" "$(info middle '.damage[0] | [.kind, .at]')" \
    '["tag",11520]'
is "info: torn" "$(info torn '.damage[-1].kind')" '"torn"'
is "info: another format" "$(info two '[.formats, .damage[0].kind]')" '[2,"format"]'
is "info: a wrong count" "$(info count '.damage[0] | [.kind, .frames]')" \
    '["count",5000]'
is "info: the first frames reach back to nothing" \
    "$(info late '[.damage[].kind] | index("starved") != null')" true
is "info: nothing wrong" "$(info cbr '.damage')" null
is "info: free format" "$(info free '[.bit_rate.kind, .damage]')" \
    '["free format",null]'
lame --quiet -p -t -b 64 source.wav crc.mp3
is "info: CRC" "$(info crc '[.crc, .wrong_crc]')" '[true,0]'
printf '\377' | dd of=crc.mp3 bs=1 seek=$((288 * 20 + 10)) conv=notrunc 2>/dev/null
is "info: a wrong CRC, where" "$(info crc '.damage[0]')" '{"kind":"crc","at":5760}'
status "info: text" 0 recsplit --info vbr.mp3
ok "info: for a person" grep -q '^length     8.000 s, 256000 samples' out
status "info: no MP3" 1 recsplit --info source.wav
one_line "info: no MP3" 'source.wav: no MPEG layer III'

# --check and --join on sets that are not whole.
rm -rf parts
mkdir parts
recsplit -b 20000 -o parts vbr.mp3 >list
set -- parts/*.mp3
status "check: a part is missing" 1 recsplit --check "$1" "$3" "$4"
ok "check: which" grep -q 'part 2 of' err
status "check: the last is missing" 1 recsplit --check "$1" "$2"
ok "check: which" grep -q "part $# of $# is missing" err
status "check: out of order" 1 recsplit --check "$2" "$1"
ok "check: it says so" grep -q 'is given in place 1, but is part 2' err
status "join: order does not matter" 0 recsplit --join -o . --name any \
    parts/*04of*.mp3 parts/*0[12356789]of*.mp3
ok "join: order does not matter" cmp any.mp3 vbr.mp3
status "join: never over a file" 1 recsplit --join -o . --name any "$@"
one_line "join: never over a file" 'any.mp3: File exists'
cp "$2" kept.mp3
printf X | dd of="$2" bs=1 seek=9000 conv=notrunc 2>/dev/null
status "check: a byte has changed" 1 recsplit --check "$@"
ok "check: its audio" grep -q "$2: its audio has changed" err
rm parts/*.ini
status "check: also without tickets" 1 recsplit --check "$@"
status "join: nothing is written then" 1 recsplit --join -o . --name bad "$@"
ok "join: nothing is written then" not test -e bad.mp3
head -c 9000 kept.mp3 >"$2"
status "check: torn" 1 recsplit --check "$@"
ok "check: torn" grep -q 'it is cut off' err
status "check: no part" 1 recsplit --check vbr.mp3
one_line "check: no part" 'vbr.mp3: not a part'
mkdir parts2
recsplit -b 15000 -o parts2 vbr.mp3 >/dev/null
status "check: of two sets" 1 recsplit --check "$1" parts2/vbr-02*.mp3 "$3"
# As many parts as there, but the second one begins later.
mkdir parts3
recsplit -b 15600 -o parts3 vbr.mp3 >/dev/null
status "check: of two sets of as many parts" 1 \
    recsplit --check parts2/vbr-01*.mp3 parts3/vbr-0[!1]*.mp3
one_line "check: of two sets of as many parts" '02of.*: does not follow parts2/vbr-01of'
cp kept.mp3 "$2"
printf '[file %s]\nsha256 = %064d\n' "${2#parts/}" 0 >"${2%.mp3}.ini"
status "check: another hash in the ticket" 1 recsplit --check "$@"
ok "check: another hash in the ticket" grep -q 'SHA-256 is not' err

# The joined file is also compared with the original, not only each part.
rm -rf parts
mkdir parts
recsplit -b 20000 -o parts vbr.mp3 >/dev/null
whole=$(sha256sum <vbr.mp3 | cut -d' ' -f1)
told() { sed -i "/^whole_sha256/d; s/^sha256 = .*/&\nwhole_sha256 = $1/" parts/*.ini; }
told "$whole"
status "join: the original that the tickets describe" 0 \
    recsplit --join -o . --name whole parts/*.mp3
rm whole.mp3
told "$(echo "$whole" | tr 0-9a-f 1-9a-f0)"
status "join: another whole" 1 recsplit --join -o . --name whole parts/*.mp3
one_line "join: another whole" 'its SHA-256 is not that of the original'

# A part is within any limit, also with a long tag at the end.
python3 - <<'P'
import struct
def ape(value):
    item = struct.pack("<II", len(value), 0) + b"Title\0" + value
    def part(flags):
        return b"APETAGEX" + struct.pack("<IIII", 2000, len(item) + 32, 1,
                                         flags) + bytes(8)
    return part(0xA0000000) + item + part(0x80000000)
open("long.mp3", "wb").write(open("cbr.mp3", "rb").read()[:288 * 60]
                             + ape(b"t" * 3000))
P
big=
limit=6000
while [ $limit -lt 21000 ]; do
	rm -rf parts
	mkdir parts
	recsplit -b $limit -o parts long.mp3 >/dev/null 2>&1 &&
	    [ -z "$(find parts -name '*.mp3' -size +${limit}c)" ] ||
	    big="$big $limit"
	limit=$((limit + 173))
done
is "a long tag at the end: no part exceeds its limit" "$big" ""

# Bytes that do not fit beside the audio are left out, and this is reported.
{ printf 'ID3\4\0\0\0\0\177\0'; head -c 16256 /dev/zero; cat cbr.mp3; } >fat.mp3
rm -rf parts
mkdir parts
recsplit -b 20000 -o parts fat.mp3 >/dev/null
status "join: without the tag" 0 recsplit --join -o . --name fat2 parts/*.mp3
one_line "join: without the tag" '16266 bytes before and 0 behind'
ok "join: the frames are all there" cmp cbr.mp3 fat2.mp3

# --quiet: tones with pauses; every cut is in a pause, and all is still exact.
sox -n -r 8000 -c 1 word.wav synth 1.7 sine 700 gain -3
sox -n -r 8000 -c 1 pause.wav synth 0.6 whitenoise gain -70
sox word.wav pause.wav word.wav pause.wav word.wav word.wav pause.wav talk.wav repeat 9
for how in '-b 16 -m m' '-V 5 -m m' '--abr 24 --resample 16'; do
	# shellcheck disable=SC2086
	lame --quiet $how talk.wav talk.mp3
	rm -rf parts
	mkdir parts
	recsplit --quiet 6 -b 40000 -o parts talk.mp3 >list
	is "quiet, $how: every cut is in a pause" "$(for f in parts/*[2-9]of*.mp3; do
		ffmpeg -v error -i "$f" -t 0.02 -f s16le -ac 1 - | od -An -v -td2 -w2 |
		    awk '{ if ($1 > 1500 || $1 < -1500) loud = 1 } END { if (loud) print "loud" }'
	done)" ""
	is "quiet, $how: sounds as the whole" "$(raw parts/*.mp3)" "$(raw talk.mp3)"
	recsplit -b 40000 -o parts talk.mp3 >list
done
status "quiet: no number" 2 recsplit --quiet x talk.mp3

# The limit of destinations.
cat >upload.ini <<'I'
[upload]
to = archive crm
[destination archive]
type = directory
path = /nowhere
[destination crm]
type = directory
path = /nowhere
max_bytes = 20k
[destination unused]
type = directory
path = /nowhere
max_bytes = 1k
I
rm -rf parts
mkdir parts
ok "limit of a destination" recsplit -c upload.ini -o parts vbr.mp3
is "limit of a destination: heeded" "$(stat -c %s parts/*.mp3 | sort -n |
    tail -n 1 | awk '{ print ($1 > 10000 && $1 <= 20000) }')" 1
mkdir small
ok "and what is asked for, where it is less" \
    recsplit -b 15k -c upload.ini -o small vbr.mp3
is "no part exceeds it" "$(find small -name '*.mp3' -size +15000c)" ""
sed -i 's/20k/20x/' upload.ini
status "limit: not a size" 2 recsplit -c upload.ini -o parts vbr.mp3
one_line "limit: not a size" 'upload.ini:9: max_bytes'
sed -i 's/^to.*/to = archive moon/' upload.ini
status "limit: no such destination" 2 recsplit -c upload.ini -o parts vbr.mp3

# A pipe whose end is not known.
rm -rf parts parts2
mkdir parts parts2
recsplit -b 20000 -o parts vbr.mp3 >/dev/null
status "pipe" 0 sh -c 'cat vbr.mp3 | recsplit -b 20000 -o parts2 --name vbr -'
rm -f parts*/*.ini
ok "pipe: the same parts" diff -r parts parts2
rm -f parts2/*
mkfifo fifo.mp3
cat vbr.mp3 >fifo.mp3 &
status "a named pipe" 0 recsplit -b 20000 -o parts2 fifo.mp3
is "a named pipe: its name" "$(head -n 1 out | cut -c 1-15)" parts2/fifo-01o
rm -f parts2/*
status "a pipe below the limit" 0 sh -c 'cat vbr.mp3 | recsplit -o parts2 --name call -'
ok "a pipe below the limit: as it is" cmp vbr.mp3 parts2/call.mp3
is "a pipe below the limit: told" "$(cat out)" parts2/call.mp3
rm -f parts2/*
status "a pipe without MP3" 1 sh -c 'cat source.wav | recsplit -o parts2 -'
is "a pipe without MP3: nothing is left" "$(ls -A parts2)" ""
status "an endless pipe without MP3" 1 sh -c 'yes | recsplit -o parts2 -'
one_line "an endless pipe without MP3" '^recsplit: -: no MPEG layer III'
is "an endless pipe without MP3: nothing is left" "$(ls -A parts2)" ""
status "join: no part" 1 recsplit --join
one_line "join: no part" 'no part is named'

# Tags behind the audio that outweigh a small last part: ffmpeg takes such a
# file for two that were put together, and guesses its length.
python3 - <<'P'
import struct
item = struct.pack("<II", 3000, 0) + b"Title\0" + b"x" * 3000
def frame(flags):
    return struct.pack("<8sIIII8x", b"APETAGEX", 2000, len(item) + 32, 1, flags)
with open("ape.mp3", "wb") as f:
    f.write(open("cbr.mp3", "rb").read())
    f.write(frame(0xA0000000) + item + frame(0x80000000))
P
for limit in 15000 16000 18000 20000 22000 25000 30000; do
	rm -rf parts
	mkdir parts
	recsplit -b $limit -o parts ape.mp3 >/dev/null
	is "tags behind, $limit: ffprobe takes none for two files" \
	    "$(for f in parts/*.mp3; do ffprobe -v warning "$f" 2>&1; done |
	    grep concatenated)" ""
	is "tags behind, $limit: joined" \
	    "$(recsplit --join -o . --name back parts/*.mp3 && cmp ape.mp3 back.mp3)" \
	    ./back.mp3
	rm -f back.mp3
done

# Little of it is sound: a stretch of two seconds is a recording nevertheless,
# single frames are not.
head -c 32000 cbr.mp3 >some
head -c 1500000 /dev/zero | tr '\0' '\252' >noise
cat some noise >little.mp3
status "a stretch of sound in much junk" 0 recsplit --info little.mp3
for i in 1 2 3 4 5 6 7 8; do
	head -c 2304 cbr.mp3
	head -c 100000 noise
done >film.mp3
status "frames here and there" 1 recsplit --info film.mp3
# An MP3 that grows while it is read is left for later.
(
	i=0
	while [ ! -e enough ] && [ $i -lt 20000 ]; do
		cat some >>grows.mp3
		i=$((i + 1))
	done
) &
until [ -s grows.mp3 ]; do sleep 0.05; done
status "a file that grows" 75 recsplit -b 20000 -o parts2 grows.mp3
one_line "a file that grows" 'grows.mp3: it is still being written'
touch enough
wait

# Little memory for any size.
if [ -z "${RECTOOLS_SANITIZED:-}" ]; then
	for i in 1 2 3 4 5 6 7 8 9 10; do cat cbr.mp3; done >ten.mp3
	for i in 1 2 3 4 5 6 7 8 9 10; do cat ten.mp3 ten.mp3 ten.mp3 ten.mp3 ten.mp3 ten.mp3 ten.mp3; done >big.mp3
	rm -f parts2/*
	most=$(python3 - <<'P'
import resource, subprocess
subprocess.run(["recsplit", "-b", "10M", "-o", "parts2", "big.mp3"], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
P
)
	ok "45 MB in less than 16 MB of memory ($most kB)" test "$most" -lt 16384
fi
done_testing
