#!/bin/sh
# recmix on packet captures: RTP is put back on one clock.
. "$(dirname "$0")/lib.sh"
for need in sox mpg123 python3 ffmpeg; do
	have "$need" || { skip "captures" "no $need"; done_testing; }
done
cd "$T" || exit 1
make_capture() { python3 "$ROOT/tests/capture.py" make "$@"; }
# heard MP3 CHANNELS: left.raw and right.raw (or left.raw alone).
heard() {
	mpg123 -q -w heard.wav "$1" && sox heard.wav -t raw left.raw remix 1 &&
	    { [ "$2" = 1 ] || sox heard.wav -t raw right.raw remix 2; }
}
# near LABEL MAX A.raw B.raw AT FROM: A and B match within MAX samples.
near() {
	near_label=$1 near_most=$2
	shift 2
	near_got=$(python3 "$ROOT/tests/capture.py" lag "$@" "${near_size:-4000}")
	ok "$near_label: shift $near_got" sh -c \
	    'd=${1%% *}; [ "${d#-}" -le "$2" ] && [ "${1#* }" = good ]' sh \
	    "$near_got" "$near_most"
}
noise() { sox -R -r 8000 -n -c 1 -b 16 "$1" synth 40 whitenoise sinc "$2" gain -n -9; }
noise c.wav 300-1800
noise a.wav 500-2500
sox a.wav a-.wav trim 0 30 && mv a-.wav a.wav
for f in c a; do
	sox $f.wav -t raw $f.raw
	sox $f.wav -t ul $f.ul
	sox $f.wav -t al $f.al
done
plan() {
	cat <<-X
	[call]
	id = $1
	type = queue
	started = 2026-11-22T10:00:00Z
	[leg customer]
	file = $1.pcap
	channel = 1
	[leg agent]
	file = $1.pcap
	channel = 2
	[plan]
	record = yes
	channels = 2
	[recording 1]
	start = 0
	end = 40
	X
}

# A clean capture: exact to the sample.
make_capture clean.pcap raw file=c.ul,type=0,start=0,port=4000 \
    file=a.al,type=8,start=3.25,port=4002
plan clean | recmix -o clean.mp3 >out 2>err
is "a clean capture" "$? $(cat out)" "0 clean.mp3"
heard clean.mp3 2
is "its length" "$(soxi -s heard.wav)" 320000
near "PCMU on the left" 0 left.raw c.raw 80000 80000
near "PCMA on the right, 3.25 s later" 0 right.raw a.raw 54000 80000
is "before the agent: silence" "$(sox heard.wav -n remix 2 trim 0 3 stats 2>&1 |
    awk '/^Pk lev/ { print ($4 < -60 || $4 == "-inf") }')" 1

# Packets get longer. A phone sends one when all of it was spoken; rtpengine 10.5 to 26
# wrote such packets of a sender that does not wait, and 18 s became 17.94 s.
for kind in spoken begun; do
	make_capture $kind.pcap raw file=c.ul,type=0,start=0,port=4000,jitter=5,grow=$kind \
	    file=a.al,type=8,start=3.25,port=4002
	plan $kind >$kind.plan
	rm left.raw
	status "$kind" 0 recmix -o $kind.mp3 $kind.plan
	heard $kind.mp3 2
	near_size=1600
	for at in 40000 120000 150000 200000 300000; do
		near "$kind: PCMU at $at" 40 left.raw c.raw $at $at
	done
	near_size=
done

# A media server transcodes, and sends with its own sources, so that nothing shows
# that these are copies: this is reported, and nothing is made until `streams` names
# the packets.
talk() { python3 - "$1" <<'X' >"$1.raw"
import array, random, sys
random.seed(sys.argv[1])
out = array.array('h')
while len(out) < 320000:
    loud = random.choice([0, 3000, 9000])
    out.extend(random.randint(-loud, loud)
               for _ in range(random.randrange(800, 6400)))
sys.stdout.buffer.write(out[:320000].tobytes())
X
	for law in ul al; do
		sox -t raw -r 8000 -e signed -b 16 -c 1 "$1.raw" -t $law "$1.$law"
	done
}
talk customer
talk agent
one=203.0.113.5:7000 other=203.0.113.9:8000
make_capture coded.pcap raw \
    file=customer.ul,type=0,start=0,ssrc=11,from=$one,to=198.51.100.1:30000 \
    file=customer.al,type=8,start=0.03,ssrc=12,from=198.51.100.1:30002,to=$other \
    file=agent.al,type=8,start=3.25,ssrc=13,from=$other,to=198.51.100.1:30002 \
    file=agent.ul,type=0,start=3.28,ssrc=14,from=198.51.100.1:30000,to=$one
plan coded >numbers.ini
status "transcoded copies with sources of their own" 1 recmix -o coded.mp3 numbers.ini
one_line "transcoded copies with sources of their own: reported" 'agent leg .*carries the same sound as the customer leg'
ok "and nothing is made" test ! -e coded.mp3
awk '/^file/ { n++; print; print "streams = " (n == 1 ? "'$one'>*" : "'$other'>*")
	if (n == 2) print "start = 3.25"; next } !/^channel = /' numbers.ini >sockets.ini
status "with the packets named" 0 recmix -o named.mp3 sockets.ini
heard named.mp3 2
near "the customer on the left" 2 left.raw customer.raw 80000 80000
near "the agent on the right" 2 right.raw agent.raw 54000 80000

# The same packets as pcapng: two link types, two sections.
for kind in all strange; do
	python3 "$ROOT/tests/capture.py" ng clean.pcap "$kind.pcapng" "$kind"
	sed "s/clean.pcap/$kind.pcapng/" <<X | recmix -o "$kind.mp3" 2>err >/dev/null
$(plan clean)
X
	is "pcapng of two interfaces and two sections, $kind" \
	    "$(cksum <"$kind.mp3")" "$(cksum <clean.mp3)"
done
# Simple packet blocks have no time, and have no place in the call.
python3 "$ROOT/tests/capture.py" ng clean.pcap untimed.pcapng untimed
sed "s/clean.pcap/untimed.pcapng/" <<X >plan.ini
$(plan clean)
X
status "pcapng: packets without a time" 1 recmix -o untimed.mp3 plan.ini
is "are reported once" "$(grep -c ' [0-9]* packets that have no time (simple packet blocks of pcapng)' err)" 1
ok "and the rest is made" test -s untimed.mp3
python3 "$ROOT/tests/capture.py" ng clean.pcap timeless.pcapng timeless
sed "s/untimed.pcapng/timeless.pcapng/" plan.ini >none.ini
status "pcapng: no packet with a time" 1 recmix -o none.mp3 none.ini
ok "pcapng: no packet with a time: reported" grep -q 'timeless.pcapng.*whose packets have no time' err
python3 "$ROOT/tests/capture.py" ng clean.pcap damaged.pcapng damaged
status "a damaged block is no end of file" 1 recmix -o x.mp3 damaged.pcapng
ok "a damaged block is no end of file: reported" grep -q 'blocks are damaged' err
head -c 200001 all.pcapng >torn.pcapng
recmix -o torn.mp3 torn.pcapng >out 2>err
is "a torn one is used as far as it goes" "$(cat out)" torn.mp3

# Repeated DNS queries look like RTP; one comes 60 hours later.
printf '\200\011\001\002\003\004\005\006\007\010\011\013\014\015\016\017' >dns
cat dns dns dns >dns3
make_capture dns.pcap raw file=c.ul,type=0,start=0,port=4000 \
    file=a.al,type=8,start=3.25,port=4002 text=dns3,start=0.1 text=dns3,start=1 \
    text=dns3,start=2 text=dns3,start=4 text=dns3,start=216000
plan clean | sed 's/clean.pcap/dns.pcap/' | recmix -o dns.mp3 2>err >/dev/null
is "among packets that are no RTP" "$(cksum <dns.mp3)" "$(cksum <clean.mp3)"

# A party begins in another codec, or continues in one that is not supported.
head -c 480 c.ul >c1.ul && tail -c +481 c.ul >c2.ul && head -c 64000 c.ul >c8.ul
make_capture first.pcap raw file=c1.ul,type=13,start=0,port=4000,ssrc=7 \
    file=c2.ul,type=0,start=0.06,port=4000,ssrc=7 \
    file=a.al,type=8,start=3.25,port=4002
plan first | recmix -o first.mp3 2>err >/dev/null
heard first.mp3 2
# Sample 0 is the first sound, 0.06 s later.
near "the first packets in another codec: the customer" 0 left.raw c.raw 80480 80000
near "and the agent" 0 right.raw a.raw 54480 80000
make_capture second.pcap raw file=c8.ul,type=0,start=0,port=4000,ssrc=7 \
    file=a.al,type=4,start=8,port=4000,ssrc=7 \
    file=a.al,type=8,start=3.25,port=4002
plan second | recmix -o second.mp3 >out 2>err
is "a codec that is not read, from 8 s on" "$? $(ls second.mp3 2>/dev/null)" "1 "
ok "is named" grep -q 'G.723.1 (payload type 4) to .* is not supported; save it' err

# The same sound through a bad network.
make_capture bad.pcap ethernet \
    file=c.ul,type=0,start=0,port=4000,jitter=60,loss=50,swap=9,twice=7 \
    file=a.al,type=8,start=3.25,port=4002,jitter=15,loss=33,v6=1
plan bad | recmix -o bad.mp3 2>err >/dev/null
is "loss, jitter, swapped and doubled packets" "$?" 0
heard bad.mp3 2
near "PCMU, early" 240 left.raw c.raw 100000 100000
near "PCMU, late" 240 left.raw c.raw 280000 280000
near "PCMA over IPv6" 160 right.raw a.raw 174000 200000

# A sender with a wrong clock, silence suppression, another source.
make_capture odd.pcap raw \
    file=c.ul,type=0,start=0,port=4000,ppm=3000 \
    file=a.al,type=8,start=3.25,port=4002,quiet=8-12,source=18
plan odd | recmix -o odd.mp3 2>err >/dev/null
is "drift, pauses, another SSRC" "$?" 0
heard odd.mp3 2
# 36 s of the file were sent in 35.892 s; half a second of it is 12 samples short.
near_size=400
near "a clock 3000 ppm fast is held, early" 60 left.raw c.raw 80240 80000
near "and late" 60 left.raw c.raw 288864 288000
near_size=4000
near "after the pause" 0 right.raw a.raw 110000 136000
near "after another SSRC" 160 right.raw a.raw 200000 226000
is "the pause is silence" "$(sox heard.wav -n remix 2 trim 11.5 3.5 stats 2>&1 |
    awk '/^Pk lev/ { print ($4 < -55 || $4 == "-inf") }')" 1

# G.722: 16 kHz on the same 8 kHz clock.
sox -R -r 16000 -n -c 1 -b 16 w.wav synth 12 whitenoise sinc 300-6000 gain -n -9
ffmpeg -v error -i w.wav -c:a g722 -f g722 w.g722 </dev/null
make_capture wide.pcap raw file=w.g722,type=9,start=0,port=4000 \
    file=c.ul,type=0,start=1,port=4002
sed 's/40$/12/' <<X | recmix -o wide.mp3 2>err >/dev/null
$(plan wide)
X
is "G.722 beside PCMU" "$?" 0
heard wide.mp3 2
is "at 16 kHz" "$(soxi -r heard.wav)" 16000
sox w.wav -t raw w.raw
near "G.722 on the left" 30 left.raw w.raw 80000 80000
recmix -o hand.mp3 wide.pcap clean.pcap >out 2>err
is "by hand, all streams of a capture mixed" "$(cat out err)" hand.mp3
heard hand.mp3 2
is "as long as the longest" "$(soxi -s heard.wav)" 656000

# Other codecs, against what ffmpeg decodes: CODEC NAME BYTES SHIFT. The
# shift in samples of 8 kHz is that of the codec's own filters.
codec() {
	case $1 in
	g726*) ffmpeg -v error -y -i c.wav -c:a "${1%-*}" -b:a "${1#*-}k" \
	    -f "${1%-*}" x.bin </dev/null ;;
	gsm) ffmpeg -v error -y -i c.wav -c:a libgsm -f gsm x.bin </dev/null ;;
	esac
	make_capture codec.pcap raw "file=x.bin,type=97,start=0,port=4000,bytes=$3"
	cat >call-codec.ini <<-X
	[call]
	id = codec
	type = direct
	started = 2026-11-22T10:00:00Z
	[leg customer]
	file = codec.pcap
	streams = 192.0.2.1:4000>
	payloads = 97=$2
	[plan]
	record = yes
	channels = 1
	[recording 1]
	start = 0
	end = 40
	X
	recmix -o codec.mp3 <call-codec.ini >out 2>err
	is "$2 is decoded" "$? $(cat err)" "0 "
	heard codec.mp3 1
	near "$2 is right" "$4" left.raw c.raw 100000 100000
}
codec g726le-32 G726-32/8000 80 4
codec g726le-16 G726-16/8000 40 4
codec g726le-24 G726-24/8000 60 4
codec g726le-40 G726-40/8000 100 4
codec g726-32 AAL2-G726-32/8000 80 4
codec gsm GSM/8000 33 10

# The same in files of nothing but frames.
ffmpeg -v error -y -i c.wav -c:a g726le -b:a 32k -f g726le leg.g726 </dev/null
ffmpeg -v error -y -i w.wav -c:a g722 -f g722 leg.g722 </dev/null
recmix -o files.mp3 leg.g726 leg.g722 >out 2>err
is ".g726 and .g722 are legs" "$(cat out)" files.mp3
heard files.mp3 2
is "of 40 s at the higher rate" "$(soxi -s heard.wav)" 640000
near "G.722 as a file" 30 right.raw w.raw 80000 80000
printf '\032\105\337\243webm' >x.webm
status "WebM is refused" 1 recmix -o x.mp3 x.webm
ok "with the command that unpacks it" grep -q 'WebM.*ffmpeg -i FILE -c copy' err

while read -r name bytes; do
	# shellcheck disable=SC2059
	printf "$bytes" >x.bin
	head -c 400 /dev/zero >>x.bin
	status "a file of $name is refused" 1 recmix -o x.mp3 x.bin
	ok "by name, and with the command" grep -q \
	    "x.bin: .*$name.* is not supported; convert it: ffmpeg -i FILE" err
done <<'X'
AMR #!AMR\012
AMR-WB #!AMR-WB\012
MP4 \0\0\0\030ftypM4A\040
AAC \377\361\120\200
Windows \060\046\262\165
G.729 RIFF\224\001\0\0WAVEfmt\040\022\0\0\0\203\0\001\0\100\037\0\0
0x7777 RIFF\224\001\0\0WAVEfmt\040\022\0\0\0\167\167\001\0\100\037\0\0
X

# Files that are not such captures.
head -c 20 clean.pcap >short.pcap
status "cut in its header" 1 recmix -o x.mp3 short.pcap clean.pcap
ok "cut in its header: reported" grep -q 'short.pcap: not a packet capture' err
make_capture none.pcap raw file=c.ul,type=111,start=0,port=4000
status "another codec" 1 recmix -o x.mp3 none.pcap clean.pcap
ok "another codec: reported" grep -q 'payload type 111' err
head -c 200000 clean.pcap >torn.pcap
plan torn | recmix -o torn.mp3 >out 2>err
is "one that was torn off is used as far as it goes" "$(cat out)" torn.mp3
sed 's/channel = 2/channel = 3/' <<X | recmix -o x.mp3 >out 2>err
$(plan clean)
X
ok "a stream that is not there" grep -q 'a capture of 2 parties: no number 3' err
done_testing
