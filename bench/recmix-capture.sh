#!/bin/sh
# recmix on a packet capture of two G.711 legs, beside what is done by hand
# today: tshark takes the payloads of each stream out, SoX makes the MP3; and
# beside recmix on the same call as two WAVs. Without MP3, which takes most of the
# time: recpolicy --audit decodes and places the same sound, where tshark and SoX
# make a WAV. MINUTES and RUNS choose the work.
set -eu
. "$(dirname "$0")/lib.sh"
runs=${RUNS:-3}
minutes=${MINUTES:-60}
cd "$W"
command -v tshark >/dev/null || { echo "no tshark: not measured" >&2; exit 0; }

for side in a b; do
	seed=$([ $side = a ] && echo 300-1800 || echo 500-2500)
	sox -R -r 8000 -n -c 1 -b 16 $side.wav synth $((minutes * 60)) \
	    pinknoise sinc "$seed" gain -6
	sox $side.wav -t ul $side.ul
	sox $side.wav -e mu-law $side-mu.wav
done
python3 "$ROOT/tests/capture.py" make call.pcap ethernet \
    file=a.ul,type=0,start=0,port=4000 file=b.ul,type=0,start=0,port=4002
cat >export.sh <<'E'
set -e
for port in 4000 4002; do
	tshark -r call.pcap -d udp.port==30000,rtp -Y "udp.srcport == $port" \
	    -T fields -e rtp.payload 2>/dev/null | tr -d ':\n' |
	    xxd -r -p >$port.ul
done
sox -M -t ul -r 8000 4000.ul -t ul -r 8000 4002.ul -C 32 tshark.mp3
E
sed 's/ -C 32 tshark.mp3/ tshark.wav/' export.sh >wav.sh
# The customer is whom capture.py wrote first: no guess here.
recpolicy --from pcap --type direct --answered call.pcap |
    sed '/^sides = guessed$/d' >call.ini
echo "recmix: a capture of $minutes minutes, $(du -h call.pcap | cut -f 1)"
pairs "tshark -T fields and sox" "$runs" \
    "recmix -o ours.mp3 call.pcap" "sh export.sh"
pairs "tshark -T fields and sox, no MP3" "$runs" \
    "recpolicy --audit call.ini" "sh wav.sh"
pairs "recmix, two WAVs (mu-law)" "$runs" \
    "recmix -o ours.mp3 call.pcap" "recmix -o wav.mp3 a-mu.wav b-mu.wav"
for f in "recmix -o ours.mp3 call.pcap" "recmix -o wav.mp3 a-mu.wav b-mu.wav"; do
	# shellcheck disable=SC2086
	python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print("%-44s %d MB at the most" % (" ".join(sys.argv[1:])[:44],
    resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024))' $f
done
