#!/bin/sh
# recsplit: names, tickets, wrong input, kills, the spool. The sound of the parts is
# in recsplit-exact.t, odd files are in recsplit-odd.t.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1

raw() { # FORMAT FILE...: what mpg123 plays, one file after the other
	raw_format=$1
	shift
	for raw_file; do
		mpg123 -q -e "$raw_format" -s "$raw_file" 2>/dev/null | cat
	done
}

sox -R -n -r 44100 -c 2 -b 16 source.wav synth 20 pinknoise synth 20 sine mix 300-900 gain -6
cp source.wav r.wav
sox source.wav -r 8000 -c 1 a.wav
sox source.wav -r 8000 -c 1 b.wav reverse
recmix -o own.mp3 a.wav b.wav >/dev/null

# Names, tickets, and what is small enough.
rm -rf parts
mkdir parts
recsplit -b 40000 -o parts own.mp3 >list
is "names sort" "$(head -n 1 list)" parts/own-01of03.mp3
is "the parts' samples are those of the whole" "$(cat parts/*.ini |
    awk '$1 == "samples" { n += $3 } END { print n }')" \
    "$(awk '$1 == "samples" { print $3 }' own.ini)"
ok "each part begins where the one before ended" awk '
    FNR == 1 { first = n = 0 }
    $1 == "first_sample" { if ($3 != at) bad = 1 }
    $1 == "samples" { at += $3 } END { exit bad }' parts/*.ini
for p in own-01of03 own-02of03 own-03of03; do
	is "$p: SHA-256 in the ticket" \
	    "$(sed -n 's/^sha256 = //p' parts/$p.ini)" \
	    "$(sha256sum <parts/$p.mp3 | cut -d' ' -f1)"
	is "$p: bytes in the ticket" "$(sed -n 's/^bytes = //p' parts/$p.ini)" \
	    "$(stat -c %s parts/$p.mp3)"
done
is "a foreign tool reads the place" \
    "$(ffprobe -v error -show_entries format_tags=track -of csv=p=0 \
	parts/own-02of03.mp3)" 2/3
# --delete: the original is deleted after its parts are on the disk, and nothing else.
is "-o makes the directory" "$(recsplit -b 40000 -o made own.mp3 | head -n 1)" made/own-01of03.mp3
is "--join: the name of the whole" "$(recsplit --join -o named made/*.mp3)" named/own.mp3
is "--join -o too" "$(recsplit --join -o put --name all made/*.mp3)" put/all.mp3
status "-o below nothing" 2 recsplit -o no/such own.mp3
mkdir gone
cp own.mp3 own.ini gone/
cp own.mp3 gone/small.mp3
ln -s ../own.mp3 gone/link.mp3
is "--delete: parts are printed" "$(recsplit --delete -b 40000 gone/own.mp3 | wc -l | tr -d ' ')" 3
is "--delete: the original is gone, its ticket stays" \
    "$(cd gone && find . -type f ! -name '*of*' -o -type l | sed 's,^./,,' | sort | tr '\n' ' ')" 'link.mp3 own.ini small.mp3 '
is "--delete: and can be had again" \
    "$(recsplit --join --name again -o gone gone/own-*.mp3 && cmp own.mp3 gone/again.mp3)" gone/again.mp3
status "--delete: what is small enough stays" 0 recsplit --delete gone/small.mp3
ok "--delete: it is there" test -f gone/small.mp3
status "--delete: a link" 1 recsplit --delete -b 40000 -o gone gone/link.mp3
ok "--delete: a link and its file stay" test -f own.mp3 -a -h gone/link.mp3
mkdir full
chmod 500 full
[ "$(id -u)" = 0 ] || status "--delete: no room for the parts" 75 recsplit --delete -b 40000 -o full gone/again.mp3
ok "--delete: parts that cannot be written delete nothing" sh -c \
    "! recsplit --delete -b 40000 -o none/such gone/again.mp3 2>/dev/null && test -f gone/again.mp3"
status "--delete: not with -s" 2 recsplit --delete -s .
rm -rf gone full
# The default is 50,000,000 bytes: frames of 960 bytes and a tag of what is left.
head -c 2000000 /dev/zero | lame --quiet -t -b 320 --nores -m s -r -s 48 - - 2>/dev/null |
    head -c 96000 >frames
python3 - <<'P'
data = open("frames", "rb").read()
assert all(data[i:i + 2] == b"\xff\xfb" for i in range(0, len(data), 960))
for name, total in ("fits", 50000000), ("over", 50000001):
    n = (total - 10) // 960 - 1
    tag = total - 960 * n - 10
    size = bytes(tag >> 7 * i & 127 for i in (3, 2, 1, 0))
    with open(name + ".mp3", "wb") as f:
        f.write(b"ID3\4\0\0" + size + bytes(tag))
        f.write((data * (n // 100 + 1))[:960 * n])
P
is "50,000,000 bytes stay whole by default" \
    "$(stat -c %s fits.mp3) $(recsplit fits.mp3)" "50000000 fits.mp3"
mkdir over elsewhere
is "50,000,001 do not" \
    "$(stat -c %s over.mp3) $(recsplit -o over over.mp3 | wc -l)" "50000001 2"
is "one that just fits is not copied" \
    "$(recsplit -o elsewhere fits.mp3) $(ls elsewhere)" "fits.mp3 "
is "and no part exceeds it" "$(find over -name '*.mp3' -size +50000000c)" ""
rm -rf over fits.mp3 over.mp3 frames
is "a file below the limit passes untouched" "$(recsplit own.mp3)" own.mp3
cp -R parts again
recsplit -b 40000 -o again own.mp3 >/dev/null
ok "again gives the same" diff -r parts again

# Wrong input: one line, status 1 or 2, nothing written.
mkdir none
printf 'not audio at all\n' >text.mp3
: >empty.mp3
status "text" 1 recsplit -o none text.mp3
one_line "text" '^recsplit: text.mp3: no MPEG layer III'
status "empty" 1 recsplit -o none empty.mp3
one_line "empty" 'empty.mp3: the file is empty'
status "missing" 1 recsplit -o none nowhere.mp3
one_line "missing" 'nowhere.mp3: No such file'
status "a directory" 1 recsplit none
one_line "a directory" 'none: not a regular file'
status "WAV" 1 recsplit -b 100 -o none a.wav
one_line "WAV" 'a.wav: no MPEG layer III'
status "a limit too small" 1 recsplit -b 300 -o none own.mp3
one_line "a limit too small" 'own.mp3: parts of 300 bytes are too small'
status "a wrong limit" 2 recsplit -b 5X own.mp3
printf '[file else.mp3]\nbytes = 1\n' >wrong.ini
cp own.mp3 wrong.mp3
status "another file's ticket" 1 recsplit -b 9000 -o none wrong.mp3
one_line "another file's ticket" 'wrong.ini: is not the ticket of wrong.mp3'
is "nothing was written" "$(ls -A none)" ""
head -c 30001 own.mp3 >torn.mp3
status "a truncated file still splits" 0 recsplit -b 9000 -o none torn.mp3

# Frames lost at the end or in the middle: without padding, the sound stays.
lame --quiet -V 4 r.wav full.mp3
head -c -100 full.mp3 >torn.mp3
{ head -c 20000 full.mp3; tail -c +20778 full.mp3; } >hole.mp3
for f in torn hole; do
	rm -rf parts2
	mkdir parts2
	recsplit -b 30000 -o parts2 $f.mp3 >list
	raw s16 $f.mp3 >whole
	# shellcheck disable=SC2046
	raw s16 $(cat list) >joined
	is "$f: as long as the whole" "$(wc -c <joined)" "$(wc -c <whole)"
done

# A last part of a few frames, which most tools would not recognize.
lame --quiet -t -b 64 r.wav cbr.mp3
bytes=$(stat -c %s cbr.mp3)
tiny=0
for less in 400 700 1000 1300 1600 1900 2200 2500; do
	rm -rf parts2
	mkdir parts2
	recsplit -b $((bytes - less)) -o parts2 cbr.mp3 >list
	# shellcheck disable=SC2046
	tiny=$((tiny + $(mp3val $(cat list) 2>&1 | grep -cE 'WARNING|ERROR')))
done
is "mp3val finds nothing where little is left" "$tiny" 0

# Parts of a few frames: the last one has enough of them, or the limit is too
# small. Some limits of each kind, and places where only one way to cut does it.
lame --quiet --resample 44.1 --abr 48 -q 0 r.wav abr.mp3
sox source.wav -r 22.05k short.wav trim 0 6
lame --quiet --resample 22.05 -b 24 -m m short.wav mono.mp3
cut=0 refused=0
bad=
for f in own abr mono; do
	for most in $(seq 1500 173 7000); do
		rm -rf parts2
		mkdir parts2
		if recsplit -b "$most" -o parts2 $f.mp3 >list 2>err; then
			cut=$((cut + 1))
			# shellcheck disable=SC2046
			! mp3val $(cat list) 2>&1 | grep -qE 'WARNING|ERROR' ||
			    bad="$bad $f:$most"
		else
			refused=$((refused + 1))
			[ -z "$(ls -A parts2)" ] && grep -q 'too small' err ||
			    bad="$bad $f:$most"
		fi
	done
done
is "parts of a few frames: mp3val finds nothing ($cut sets)" "$bad" ""
ok "parts of a few frames: other limits are refused ($refused)" \
    test "$cut" -gt 20 -a "$refused" -gt 5

# Killed at any moment, then run again.
rm -rf none/* none/.[a-z]*
for delay in 0.001 0.002 0.003 0.004 0.006 0.008 0.01 0.02; do
	timeout -s KILL $delay recsplit -b 40000 -o none own.mp3 >/dev/null 2>&1
done
# A process that was killed in an fsync keeps its files open for a while.
tries=100
until recsplit -b 40000 -o none own.mp3 >/dev/null 2>&1; do
	tries=$((tries - 1))
	[ $tries -gt 0 ] || break
	sleep 0.1
done
ok "after kills the same parts and nothing else" diff -r parts none

# In a spool, and begun again after each of its steps.
recpolicy --init -s spool
folder=20261122T100000Z-own
fill() {
	rm -rf "spool/split/$folder" "spool/upload/$folder"
	mkdir "spool/split/$folder"
	cp own.mp3 "spool/split/$folder"
	cp own.ini "spool/split/$folder/ticket.ini"
}
fill
status "spool" 0 recsplit -b 40000 -s spool
is "the parts have taken its place" "$(ls "spool/upload/$folder")" \
    "$(printf '%s\n' own-01of03.mp3 own-02of03.mp3 own-03of03.mp3 ticket.ini)"
cp -R "spool/upload/$folder" finished
fill
cp parts/own-01of03.mp3 "spool/split/$folder"
printf x >"spool/split/$folder/.own-02of03.mp3.new"
status "some parts were there" 0 recsplit -b 40000 -s spool
ok "the same result" diff -r finished "spool/upload/$folder"
fill
cp finished/* "spool/split/$folder"
status "the ticket was there, the original too" 0 recsplit -b 40000 -s spool
ok "the same result" diff -r finished "spool/upload/$folder"
for delay in 0.001 0.002 0.003 0.004 0.006 0.01 0.02 0.05; do
	fill
	timeout -s KILL $delay recsplit -b 40000 -s spool
	tries=100
	until [ -e "spool/upload/$folder" ]; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || break
		recsplit -b 40000 -s spool
		sleep 0.05
	done
	ok "killed in a spool after $delay s: the same result" \
	    diff -r finished "spool/upload/$folder"
done 2>/dev/null
fill
cp text.mp3 "spool/split/$folder/own.mp3"
status "no MP3 in a spool" 1 recsplit -b 10 -s spool
ok "is set aside with the reason" \
    grep -q '^reason = own.mp3: no MPEG' "spool/failed/$folder/failed.ini"
done_testing
