#!/bin/sh
# recmix: every kind of leg, hostile ones, clocks, roles, and the ways out.
. "$(dirname "$0")/lib.sh"
for need in sox ffmpeg lame mpg123 python3; do
	have "$need" || { skip "recmix's legs" "no $need"; done_testing; }
done
cd "$T" || exit 1
slow=${RECTOOLS_SANITIZED:-}

# ask MP3 CHANNELS QUESTION...: measures what mpg123 plays of it
#   lag C FROM N LEG.raw AT   shift at which N samples fit the leg's best
#   peak C FROM N             greatest value
#   rms C FROM N
cat >ask.py <<'P'
import array, math, subprocess, sys
path, channels, what, c, lo, n = sys.argv[1:7]
channels, c, lo, n = map(int, (channels, c, lo, n))
raw = subprocess.run("mpg123 -q -s '%s' | cat" % path, shell=True,
    stdout=subprocess.PIPE).stdout
x = array.array('h', raw)[c - 1::channels][lo:lo + n]
if what == 'peak':
    print(max(map(abs, x)))
elif what == 'rms':
    print(round(math.sqrt(sum(v * v for v in x) / n)))
else:
    leg = array.array('h', open(sys.argv[7], 'rb').read())
    at = int(sys.argv[8])
    def fit(d):
        y = leg[max(0, at + d):at + d + n]
        return sum(p * q for p, q in zip(x, y)) / math.sqrt(
            sum(p * p for p in x) * sum(q * q for q in y) + 1)
    best = max(range(-30, 31), key=fit)
    print(best, 'good' if fit(best) > 0.6 else 'poor: %.2f' % fit(best))
P
ask() { python3 ask.py "$@"; }
samples() { mpg123 -q -s "$1" 2>/dev/null | wc -c | awk -v c="$2" '{ print $1 / 2 / c }'; }
less() { [ "$1" -lt "$2" ]; }
noise() { sox -R -r "$3" -n -c 1 -b 16 "$1" synth "$2" "$4" sinc 300-2500 gain -n -9 2>err; }
noise c.wav 6 8000 whitenoise
noise a.wav 6 8000 brownnoise
sox c.wav c.raw
sox a.wav a.raw

# Every kind of file, at lag 0 and in its length.
sox c.wav -e mu-law f-mulaw.wav; sox c.wav -e a-law f-alaw.wav
sox c.wav -e gsm-full-rate f-gsm.wav; sox c.wav -e ima-adpcm f-ima.wav
sox c.wav -e ms-adpcm f-ms.wav; sox c.wav -e floating-point -b 32 f-float.wav
sox c.wav -e floating-point -b 64 f-double.wav; sox c.wav -b 24 f-24.wav
sox c.wav -b 8 f-8.wav; sox c.wav -b 32 f-32.wav
ffmpeg -v error -i c.wav -rf64 always f-rf64.wav; sox c.wav f-w64.w64
sox c.wav -e mu-law f-au.au; sox c.wav f-flac.flac; sox c.wav f-vorbis.ogg
ffmpeg -v error -i c.wav -c:a libopus -b:a 32k f-opus.opus
lame --quiet -b 32 c.wav f-mp3.mp3; sox c.wav f-aiff.aiff; sox c.wav f-caf.caf
sox c.wav -t ul f-r.ulaw; sox c.wav -t al f-r.alaw; sox c.wav -t s16 f-r.sln
sox c.wav -t gsm f-r.gsm; sox c.wav -r 16000 -t s16 f-r.sln16 2>err
sox -M a.wav c.wav f-second.wav
for f in f-*; do
	leg=$f
	[ "$f" != f-second.wav ] || leg=$f,channel=2
	recmix -r 8000 -L "customer=$leg" -L agent=a.wav -o x.mp3 >out 2>err
	near=$(ask x.mp3 2 lag 1 20000 8000 c.raw 20000)
	case $f in
	f-opus.opus) # its delay is not whole at 8 kHz
		ok "$f: $near" expr "$near" : '-*[01] good' ;;
	*) is "$f" "$near" "0 good" ;;
	esac
	ok "$f: its length" [ "$(samples x.mp3 2)" -ge 48000 ]
	is "$f: no word" "$(grep -v "no leg of the call has that channel" err)" ""
done
is "without an ending it needs a format" \
    "$(cp f-r.ulaw plain && recmix -o x.mp3 plain a.wav 2>&1)" \
    "recmix: plain: not an audio file"
recmix -f ulaw -o x.mp3 plain a.wav >out 2>err
is "-f gives one" "$(ask x.mp3 2 lag 1 20000 8000 c.raw 20000)" "0 good"
is "but not to a file with a header" \
    "$(ask x.mp3 2 lag 2 20000 8000 a.raw 20000)" "0 good"
recmix -L customer=plain,format=sln,rate=16000 -o x.mp3 >out
is "a rate by hand" "$(grep '^rate' x.ini)" "rate = 16000"
cp c.wav 'a,b=c.wav'
status "a name with a comma" 0 recmix -L 'customer=a,b=c.wav,start=1' -o x.mp3
status "an unknown format" 2 recmix -f nonsense plain
status "an unknown role" 2 recmix -L boss=c.wav -o x.mp3
status "legs in two ways" 2 recmix -L agent=c.wav c.wav
# The format of a headerless file in the plan.
cat >raw.ini <<'X'
[call]
id = raw
type = queue
[leg customer]
file = plain
format = ulaw
[leg agent]
file = a.wav
[plan]
record = yes
[recording 1]
start = 0
end = 6
X
recmix -o x.mp3 raw.ini >out
is "format = in a plan" "$(ask x.mp3 2 lag 1 20000 8000 c.raw 20000)" "0 good"

# Sizes in headers that were never filled in, or are too small: 5 GB, sparse, with
# sound in the last second before 2 h.
# shellcheck disable=SC2059
poke() { printf "$2" | dd of="$1" bs=1 seek="$3" conv=notrunc 2>err; }
cp c.wav stream.wav
poke stream.wav '\000\000\000\000' 40; poke stream.wav '\000\000\000\000' 4
# shellcheck disable=SC2002
cat stream.wav | recmix -o x.mp3 - a.wav >out 2>err
is "a WAV without sizes from a pipe" "$(ask x.mp3 2 lag 1 20000 8000 c.raw 20000) $(samples x.mp3 2)" "0 good 48000"
# shellcheck disable=SC2002
cat f-r.ulaw | recmix -f ulaw -o x.mp3 - a.wav >out 2>err
is "mu-law from a pipe" "$(ask x.mp3 2 lag 1 20000 8000 c.raw 20000)" "0 good"
{ printf '[['; cat f-r.ulaw; } >bracket.ulaw
status "a leg that begins with a bracket is no plan" 0 recmix -o x.mp3 bracket.ulaw a.wav
mkfifo fifo
mkdir kept
cat c.wav >fifo &
TMPDIR=$T/kept recmix -o x.mp3 fifo a.wav >out 2>err
is "a named pipe" "$(ask x.mp3 2 lag 1 20000 8000 c.raw 20000)" "0 good"
is "of which no copy stays" "$(ls kept)" ""
cat c.wav >fifo &
status "TMPDIR is not there" 75 env TMPDIR=/nonexistent recmix -o x.mp3 fifo a.wav
one_line "TMPDIR is not there" 'fifo: cannot be copied to TMPDIR or /var/tmp: No such file'
for size in '\377\377\377\377' '\000\000\000\000' '\044\000\000\100'; do
	cp c.wav big.wav
	poke big.wav "$size" 40
	truncate -s 5000000044 big.wav
	sed 's/^file = plain/file = big.wav/; /^format/d' raw.ini >big.ini
	recmix -o x.mp3 big.ini >out 2>err
	is "5 GB, size $size" "$(ask x.mp3 2 lag 1 20000 8000 c.raw 20000)" "0 good"
	is "5 GB, size $size: no word" "$(cat err)" ""
done
rm -f big.wav

# Hostile files: one line, status 1, and soon.
python3 - <<'P'
import struct
def put(name, data):
    open(name, 'wb').write(data)
chunk = lambda name, body=b'': name + struct.pack('<I', len(body)) + body
put('h-chain.wav', b'RIFF\xff\xff\xff\x7fWAVE' + chunk(b'junk') * 5000000)
put('h-w64.w64', b'riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00' +
    b'\xff' * 8 + b'\0' * 4000)
put('h-form.aiff', b'FORM\x7f\xff\xff\xffAIFF' + b'JUNK\0\0\0\0' * 2000000)
put('h-caf.caf', b'caff\0\1\0\0' + (b'junk' + b'\0' * 8) * 2000000)
put('h-ogg.ogg', b'OggS\0\2' + b'\0' * 20 + b'\xff' + b'\xff' * 255 + b'x' * 70000)
put('h-mp3.mp3', b'ID3\4\0\0\0\0\0\0' + b'\xff\xf3' + bytes(range(256)) * 3000)
put('h-channels.wav', b'RIFF\0\0\0\0WAVE' + chunk(b'fmt ',
    struct.pack('<HHIIHH', 1, 1000, 8000, 16000000, 2000, 16)) +
    b'data\0\0\0\0' + b'\1' * 9000)
put('h-rate.wav', b'RIFF\0\0\0\0WAVE' + chunk(b'fmt ',
    struct.pack('<HHIIHH', 1, 1, 4294967295, 2, 2, 16)) + b'data\0\0\0\0' +
    b'\1' * 9000)
back = struct.pack('<I', 0xfffffff8)  # to where the chunk begins
put('h-list.wav', b'RIFF\0\0\0\0WAVE' + chunk(b'fmt ',
    struct.pack('<HHIIHH', 1, 1, 8000, 16000, 2, 16)) + b'LIST\x99\0\0\0INFO' +
    b'abcd' + back + b'\0' * 200)
put('h-svx.wav', b'FORM\0\0\1\0' + b'8SVXANNO' + back[::-1] + b'\0' * 200)
put('h-fmt.wav', b'RIFF\0\0\0\0WAVE' + chunk(b'fmt ', b'\1\0') + b'data')
put('h-flac.flac', b'fLaC\x80\0\0\x22' + b'\x10\0\x10\0' + b'\0' * 6 +
    b'\x01\xf4\x00\xff' + b'\xff' * 4 + b'\0' * 16 + b'\xff' * 2000)
P
soon=20
[ -z "$slow" ] || soon=120
for f in h-*; do
	status "$f" 1 timeout $soon recmix -o bad.mp3 $f a.wav
	one_line "$f" "^recmix: $f: "
	sed "s/^file = plain/file = $f/; /^format/d" raw.ini >hostile.ini
	timeout $soon recmix -o bad.mp3 hostile.ini >out 2>err </dev/null
	ok "$f: in a plan also" [ $? -lt 2 ]
done
rm -f h-chain.wav h-form.aiff h-caf.caf
# A header that promises a week, some bytes that hold a second.
python3 - <<'P'
import subprocess
subprocess.run('sox c.wav -r 8000 s.flac trim 0 1', shell=True, check=True)
d = bytearray(open('s.flac', 'rb').read())
d[21] = d[21] & 0xf0 | 1  # of the 36 bits of the length
open('week.flac', 'wb').write(d)
P
timeout $soon recmix -o x.mp3 week.flac a.wav >out 2>err
ok "a length that is a lie ends with its file" less "$(samples x.mp3 2)" 50000

# Clocks: a leg of 6 s that lasted 6.06 s is stretched, and this is reported.
cat >drift.ini <<'X'
[call]
id = drift
type = queue
[leg customer]
file = c.wav
start = 1
end = 7.06
[leg agent]
file = a.wav
start = 0.5
end = 6.5
[plan]
record = yes
[recording 1]
start = 0
end = 7.06
X
sox c.wav slow.wav speed 0.990099 rate -v 8000 2>err
sox slow.wav slow.raw
recmix -v -o x.mp3 drift.ini >out 2>err
ok "drift is reported" grep -q 'c.wav: its clock was off by +1.0000 %, corrected' err
ok "and in the ticket" grep -q '^clock = c.wav +1.0000 %' x.ini
is "at the beginning" "$(ask x.mp3 2 lag 1 12000 6000 slow.raw 4000)" "0 good"
is "and at the end" "$(ask x.mp3 2 lag 1 50000 6000 slow.raw 42000)" "0 good"
is "the other leg is as it was" "$(ask x.mp3 2 lag 2 40000 6000 a.raw 36000)" "0 good"
sed 's/^end = 7.06/end = 9/' drift.ini >lost.ini
status "more than drift is a short leg" 1 recmix -o x.mp3 lost.ini
ok "more than drift is a short leg: the message" grep -q 'drift: customer leg (c.wav) is missing 2.000 s$' err
ok "and in the ticket" grep -q '^missing = 2.000 customer c.wav$' x.ini
head -c 60000 f-flac.flac >torn.flac
sed 's/c.wav/torn.flac/; /^end = 7/d' drift.ini >torn.ini
echo 'end = 6' >>torn.ini
status "a FLAC that breaks off" 1 recmix -o x.mp3 torn.ini
ok "a FLAC that breaks off: reported" grep -q 'customer leg (torn.flac) is missing' err

# Roles and channels; mono without clipping or division.
third="-L customer=c.wav -L agent=a.wav -L emergency=c.wav,start=6"
recmix $third -o x.mp3 >out 2>err
is "everyone else is on channel 2" "$(ask x.mp3 2 lag 2 60000 8000 c.raw 12000)" "0 good"
recmix $third --channel1 agent,emergency -o x.mp3 >out 2>err
is "--channel1: the agent" "$(ask x.mp3 2 lag 1 20000 8000 a.raw 20000)" "0 good"
is "--channel1: and the third" "$(ask x.mp3 2 lag 1 60000 8000 c.raw 12000)" "0 good"
is "--channel1: the customer" "$(ask x.mp3 2 lag 2 20000 8000 c.raw 20000)" "0 good"
is "the customer's channel is silent then" "$(ask x.mp3 2 peak 2 60000 20000)" 0
sox -r 8000 -n -c 1 -b 16 t1.wav synth 4 sine 500 gain -1
sox -r 8000 -n -c 1 -b 16 t2.wav synth 2 sine 500 gain -1
recmix --mono --bitrate 64 -o x.mp3 t1.wav t2.wav >out 2>err
ok "mono: one speaker has their level" less 19000 "$(ask x.mp3 1 rms 1 24000 4000)"
ok "mono: two are not softer" less 19000 "$(ask x.mp3 1 rms 1 8000 4000)"
ok "mono: nothing is clipped" less "$(ask x.mp3 1 peak 1 4000 24000)" 32767

# Bit rates: own Info frame and exact samples at each, and variable ones.
sox -R -r 8000 -n -c 1 -b 16 n.wav synth 7777s pinknoise
for rate in 8000 11025 12000 16000 22050 24000 32000 44100 48000; do
	bits="8 16 24 32 40 48 56 64"
	[ $rate -lt 16000 ] || bits="8 16 24 32 40 48 56 64 80 96 112 128 144 160"
	[ $rate -lt 32000 ] || bits="32 40 48 56 64 80 96 112 128 160 192 224 256 320"
	[ -z "$slow" ] || bits="${bits%% *} 64"
	want=$((7777 * rate / 8000))
	[ $((7777 * rate % 8000)) -lt 4000 ] || want=$((want + 1))
	bad=
	for b in $bits v1 v9; do
		case $b in
		v*) set -- --vbr "${b#v}" ;;
		*) set -- --bitrate "$b" ;;
		esac
		for m in '' --mono; do
			recmix -r $rate "$@" $m -o x.mp3 n.wav n.wav >out 2>err
			c=2 tag=Info
			[ -z "$m" ] || c=1
			[ "$b" = "${b#v}" ] || tag=Xing
			got=$(samples x.mp3 $c)
			{ [ "$got" = "$want" ] && grep -aq "$tag" x.mp3 &&
			    grep -aq LAME3 x.mp3; } || bad="$bad $b$m:$got"
		done
	done
	is "$rate Hz: $want samples at every bit rate" "$bad" ""
done
status "--bitrate and --vbr" 2 recmix --bitrate 32 --vbr 4 c.wav a.wav
recmix -j 1 --vbr 5 -o v.mp3 c.wav a.wav >out && mv v.mp3 v1.mp3
recmix -j 3 --vbr 5 -o v.mp3 c.wav a.wav >out
ok "--vbr: the same bytes with -j" cmp v.mp3 v1.mp3

# The bytes are LAME's own, of one run over the whole.
sox -M c.wav a.wav both.wav repeat 20
sox c.wav c20.wav repeat 20; sox a.wav a20.wav repeat 20
same_as_lame() {
	rate=$1 bits=$2 q=$3
	sox -D c20.wav -r $rate l.wav; sox -D a20.wav -r $rate r.wav
	sox -D -M l.wav r.wav b.wav
	lame -t -m s -b $bits -q $q --nores --quiet --resample $rate b.wav lame.mp3
	recmix --bitrate $bits -q $q -o x.mp3 l.wav r.wav >out 2>err
	python3 -c "
a, b = open('x.mp3', 'rb').read(), open('lame.mp3', 'rb').read()
at = a.find(b[:4000])
n = min(len(a) - at, len(b))
exit(at < 0 or n < len(b) - 9000 or a[at:at + n] != b[:n])"
}
for set in '8000 32 7' '8000 64 3' '11025 32 7' '16000 48 7'; do
	ok "the bytes of lame: $set" same_as_lame $set
done

# The ways out.
recmix -o call.mp3 c.wav a.wav >out && cp call.mp3 file.mp3
recmix -o - c.wav a.wav >pipe.mp3 2>err
is "-o -: all of it" "$(samples pipe.mp3 2) $(cat err)" "48000 "
recmix -o - c.wav a.wav | cat >cat.mp3
ok "-o -: to a pipe" cmp pipe.mp3 cat.mp3
ok "-o -: no ticket" [ ! -e ./-.ini ]
recmix --picture no/where.svg -o x.mp3 c.wav a.wav >out 2>err
is "a picture that cannot be" "$?" 75
cat >seg.ini <<'X'
[call]
id = <&">
type = queue
[leg customer]
file = c.wav
[leg agent]
file = a.wav
[plan]
record = yes
[recording 1]
start = 0
end = 3
queue = A & B <script>
agent = é "x"
cut = 1 1.5 pause
[recording 2]
start = 3.5
end = 6
queue = Sales
cut = 4 4.4 payment
X
sed -i 's/^id.*/id = seg/' seg.ini
status "a picture" 0 recmix -o made --picture p.svg seg.ini
cat >svg.py <<'P'
import re, sys, xml.dom.minidom as m
text = open('p.svg', encoding='utf-8').read()
d = m.parseString(text.encode())
path = [p.getAttribute('d') for p in d.getElementsByTagName('path')
    if ' peak' in p.getAttribute('class')]
assert len(path) == 2, path
left = d.getElementsByTagName('rect')[1].getAttribute('x')
for p in path:
    points = re.findall(r'L([\d.]+) ([\d.]+)', p)
    half = points[:len(points) // 2]
    x = [float(a) for a, _ in half]
    wide = max(x) - min(x)
    def height(second):
        i = int(second / 6 * (len(half) - 1))
        return abs(float(half[i][1]) - float(points[-1 - i][1]))
    assert height(.5) > 8 and height(2.5) > 8 and height(5) > 8
    assert height(1.25) < .2 and height(3.25) < .2 and height(4.2) < .2
words = ' '.join(t.firstChild.data for t in d.getElementsByTagName('text'))
for w in ('seg', 'A & B <script>, é "x"', 'Sales', 'pause 0:01.0–0:01.5',
        'payment 0:04.0–0:04.4', 'Customer', 'Everyone else', '0:03'):
    assert w in words, (w, words)
below = [t.firstChild.data for t in d.getElementsByTagName('text')
    if t.getAttribute('class') == 'time']
assert below == ['0:00', '0:01', '0:02', '0:03', '0:04', '0:05', '0:06'], below
assert not d.getElementsByTagName('script') and 'href' not in text
assert 'prefers-color-scheme:dark' in text and len(text) < 200000
P
ok "it shows sound, gaps, cuts and names" python3 svg.py
status "one picture, two calls" 2 sh -c 'cat seg.ini raw.ini | recmix -o made --picture p.svg'

# Progress is shown on a terminal only.
cat >terminal.py <<'P'
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
out = b''
while True:
    try:
        part = os.read(fd, 4096)
    except OSError:
        break
    if not part:
        break
    out += part
sys.stdout.buffer.write(out)
P
python3 terminal.py recmix -o x.mp3 c20.wav a20.wav >out 2>err
ok "a progress line" grep -qE 'x.mp3: +[0-9]+ %, [0-9]+ x real time' out
is "that leaves nothing" "$(tr '\r' '\n' <out | tail -n 1 | tr -d '\033[K\n')" ""

# Any length: one sample, one frame. Without a sample there is no MP3.
for end in 0.000125 0.072; do
	sed "s/^end = 6/end = $end/" raw.ini >short.ini
	status "a call of $end s" 0 recmix --verify -o x.mp3 short.ini
	is "its samples" "$(samples x.mp3 2)" "$(awk -v e=$end 'BEGIN { print e * 8000 }')"
done
sed 's/^end = 6/end = 6\ncut = 0 6 pause/' raw.ini >nothing.ini
status "a call that is all cut" 0 recmix --verify --picture p.svg -o none.mp3 nothing.ini
sed "s/^end = 6/end = 0/" raw.ini >short.ini
status "a call of no length" 0 recmix -v -o none.mp3 short.ini
ok "a call of no length: reported" grep -q 'recording 1: nothing is left of it' err
ok "makes no MP3" test ! -e none.mp3

# Eight hours in 64 MB, however many threads.
if [ -z "$slow" ]; then
	sox f-gsm.wav -t gsm - | python3 -c "
import sys
one = sys.stdin.buffer.read()
for _ in range(8 * 600):
    sys.stdout.buffer.write(one)" >long.gsm
	cp long.gsm long2.gsm
	python3 - <<'P' >peak
import os, resource, subprocess
p = subprocess.run(['recmix', '-j', '64', '--verify', '--picture', 'long.svg', '-o',
    'long.mp3', 'long.gsm', 'long2.gsm'], stdout=subprocess.DEVNULL)
print(p.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
P
	is "eight hours" "$(cut -d' ' -f1 peak) $(sed -n 's/^samples = //p' long.ini)" "0 230400000"
	ok "in $(cut -d' ' -f2 peak) kB" less "$(cut -d' ' -f2 peak)" 65536
fi
done_testing
