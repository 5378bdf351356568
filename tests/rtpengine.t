#!/bin/sh
# Captures that a real rtpengine wrote, from its metadata to the MP3: who speaks
# on which side, and when. See tests/real/rtpengine/README.
. "$(dirname "$0")/lib.sh"
for need in sox mpg123 python3 xz; do
	have "$need" || { skip "rtpengine" "no $need"; done_testing; }
done
R=$ROOT/tests/real/rtpengine
export RECTOOLS_NOW=2026-11-30T03:00:00Z
cd "$T" || exit 1
mkdir pcaps
for f in "$R"/*.xz; do
	name=${f##*/}
	xz -dc "$f" >"pcaps/${name%.xz}"
done
cat >policy.ini <<'P'
[recording]
enabled = yes
[inbound]
record = yes
play_message = no
P
# made NAME: makes NAME.ini, NAME.mp3 and its sides; prints start and end of the
# recording.
made() {
	meta=$(ls "$R"/rtpengine-meta-"$1"*)
	recpolicy --from rtpengine-pcap-txt --legs pcaps --answered \
	    --type direct "$meta" >"call-$1.ini" 2>err &&
	    recpolicy -c policy.ini "call-$1.ini" >"$1.plan" 2>err &&
	    recmix --bitrate 64 -o "$1.mp3" <"$1.plan" >out 2>err
	made_status=$?
	begun=$(date -d "$(sed -n 's/^started = //p' "call-$1.ini")" +%s.%N)
	from=$(sed -n '/^\[recording 1\]/,$s/^start = //p' "$1.plan")
	to=$(sed -n '/^\[recording 1\]/,$s/^end = //p' "$1.plan")
	mpg123 -q -w heard.wav "$1.mp3" &&
	    sox heard.wav -t raw left.raw remix 1 &&
	    sox heard.wav -t raw right.raw remix 2
}
# side LABEL NAME PORT SIDE FRAMES: all these frames of 20 ms are there, within a
# millisecond, and nothing else (MP3 removes a tenth of noise).
side() {
	# shellcheck disable=SC2012
	side_got=$(python3 "$ROOT/tests/capture.py" heard \
	    "$(ls pcaps/"$2"*.pcap)" "$3" \
	    "$(awk "BEGIN { printf \"%.6f\", $begun + $from }")" \
	    "$(awk "BEGIN { print $to - $from }")" "$4.raw")
	ok "$1: $side_got" sh -c '[ "$1" = "$2" ] && [ "$2" -ge "$5" ] &&
	    [ "$3" -le 8 ] && [ "$4" -le 2 ] && [ "$4" -ge -15 ]' sh \
	    ${side_got:-0 1 99 99} "$5"
}

made agent_first
is "the agent's media come first" "$made_status" 0
side "the customer is on the left" agent_first 31300 left 890
side "the agent is on the right" agent_first 31280 right 990

made 8f3a1c
is "labels, and an odd Call-ID" "$made_status" 0
side "the customer is on the left" 8f3a1c 31906 left 290
side "the agent is on the right" 8f3a1c 31888 right 390

made reinvite
is "the customer goes on from another port" "$made_status" 0
side "and is heard to the end" reinvite 31488 left 985
side "the agent is on the right" reinvite 31466 right 940

made latestart
is "started late and stopped: no SDP tells who is who" "$made_status" 1
side "the customer is on the left" latestart 31608 left 390
side "the agent is on the right" latestart 31596 right 390
is "it ends with its last sound" \
    "$(sed -n 's/ = end//p' call-latestart.ini | cut -c 1-4)" 8.58

made kill9
is "rtpengine was killed" "$made_status" 0
side "the customer is on the left" kill9 33014 left 640
side "the agent is on the right" kill9 33000 right 590

# Stopped and started again: two captures are one call.
meta=$(ls "$R"/rtpengine-meta-reinvite*)
two=rtpengine-meta-reinvite-0000000000000001.txt
sed -e 's/reinvite-958151b1c9278d66/reinvite-0000000000000001/' \
    -e 's/179600102\([0-9]\)/179600112\1/; s/179600104\([0-9]\)/179600114\1/' \
    "$meta" >"$two"
python3 - "pcaps/reinvite-958151b1c9278d66.pcap" \
    pcaps/reinvite-0000000000000001.pcap <<'P'
import struct, sys
data, at = bytearray(open(sys.argv[1], 'rb').read()), 24
while at < len(data):
    s, us, n, _ = struct.unpack_from('<IIII', data, at)
    struct.pack_into('<I', data, at, s + 100)
    at += 16 + n
open(sys.argv[2], 'wb').write(data)
P
recpolicy --from rtpengine-pcap-txt --legs pcaps --answered "$meta" "$two" \
    >call-two.ini 2>err
is "two captures of one call" "$(grep -c '^\[call\]' call-two.ini)" 1
is "with a pause between" "$(sed -n '/^\[events\]/,$p' call-two.ini |
    sed -n 's/^[0-9.]* = //p' | tr '\n' ' ')" "answer pause resume end "
is "and four legs" "$(grep '^\[leg' call-two.ini | tr '\n' ' ')" \
    '[leg customer] [leg agent] [leg customer 2] [leg agent 2] '

# In a call that the agent began, the caller's side is the agent's.
recpolicy --from rtpengine-pcap-txt --legs pcaps --type dialpad \
    "$(ls "$R"/rtpengine-meta-kill9*)" >out.ini 2>err
is "in an outbound call the agent is the caller" \
    "$(sed -n '/^\[leg agent/,/^streams/s/^streams = //p' out.ini)" '>:33014'

# The recording daemon.
for v in 10.5 mid head; do
	mkdir -p legs
	touch "legs/c1-0011223344556677-mix.wav"
	is "meta of $v: whose channel is which" \
	    "$(recpolicy --from rtpengine-meta --legs legs "$R/$v.meta" 2>err |
	    grep -E '^(\[leg|channel =)' | tr '\n' ' ')" \
	    '[leg customer] channel = 1 [leg agent] channel = 2 '
done
for v in 10.5:1 mid:0 head:0; do
	is "meta of ${v%:*}: whose channel is which is a guess, or is known" \
	    "$(recpolicy --from rtpengine-meta --legs legs "$R/${v%:*}.meta" 2>err |
	    grep -c '^sides = guessed')" "${v#*:}"
done
is "single files begin and end where the table says" \
    "$(recpolicy --from rtpengine-meta --legs legs \
    --streams "$R/streams.tsv" "$R"/hold_wall*.meta 2>err |
    grep -E '^(\[leg|start =|end =)' | tr '\n' ' ')" \
    '[leg customer] start = 0.092 end = 56.072 [leg agent] start = 1.092 end = 56.072 '

# The daemon's own decoding of the same packets, sample by sample.
cat >daemon.plan <<'P'
[call]
id = daemon
type = direct
started = 2026-11-30T01:10:11.274Z
[leg customer]
file = pcaps/alaw_raw-844ae239adbd5268.pcap
streams = >:31096
[leg agent]
file = pcaps/alaw_raw-844ae239adbd5268.pcap
streams = >:31080
start = 2.5
[plan]
record = yes
channels = 2
[recording 1]
start = 0
end = 5
P
status "what the recording daemon decoded" 0 recmix --bitrate 64 -o daemon.mp3 \
    daemon.plan
mpg123 -q -w heard.wav daemon.mp3
for side in 5051c1cc:1:0:4000 5051c1cc:1:0:32000 451abd81:2:20000:12000; do
	IFS=: read -r ssrc channel later at <<X
$side
X
	sox heard.wav -t raw ours.raw remix "$channel"
	sox "$R"/alaw_raw-844ae239adbd5268-"$ssrc".flac -t raw daemon.raw
	is "is heard here, to the sample ($ssrc, $at)" \
	    "$(python3 "$ROOT/tests/capture.py" lag daemon.raw ours.raw \
	    $((at + later)) "$at" 4000)" "0 good"
done

# rtpengine writes what it has decrypted, whatever the metadata says.
name=rtpengine-meta-agent_first-777fd9c4719b666b.txt
sed 's,RTP/AVP,RTP/SAVP,; s/^a=sendrecv/a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\n&/' \
    "$R/$name" >"$name"
recpolicy --from rtpengine-pcap-txt --legs pcaps --answered --type direct \
    "$name" >call-savp.ini 2>err
recpolicy -c policy.ini call-savp.ini >savp.plan 2>err
status "RTP/SAVP in the metadata, and plain packets" 0 recmix -o savp.mp3 savp.plan

# Single files do not contain holds: missing sound is reported, and nothing is cut by
# an unknown clock.
for leg in 007c4d78:15.6 88fd029b:14.8; do
	sox -R -r 8000 -n -c 1 -b 16 "legs/hold_wall-b42cf14c05f8679e-${leg%:*}.wav" \
	    synth "${leg#*:}" pinknoise gain -3 2>/dev/null
done
recpolicy --from rtpengine-meta --legs legs --type direct --answered \
    --streams "$R/streams.tsv" "$R"/hold_wall*.meta >call-singles.ini 2>err
recpolicy -c policy.ini call-singles.ini >singles.plan 2>err
status "single files that leave out a hold" 1 recmix -o singles.mp3 singles.plan
ok "are mixed, and what is missing is reported" grep -q 'is missing 40.380 s' err
ok "and there" test -s singles.mp3
sed 's/^\[events\]/&\n5 = pause\n7 = resume/' call-singles.ini >call-cut.ini
recpolicy -c policy.ini call-cut.ini >cut.plan 2>err
status "with a cut in them" 1 recmix -o cut.mp3 cut.plan
ok "they are refused" grep -q 'is missing 40.380 s, and something is cut' err
ok "and nothing is made" test ! -e cut.mp3

# No recorder's file counts as damaged: all seconds are accounted for.
n=0
for meta in "$R"/rtpengine-meta-[!8]*; do
	rm -rf out && mkdir out && n=$((n + 1))
	recpolicy --from rtpengine-pcap-txt --answered --type direct \
	    --legs pcaps -c policy.ini "$meta" >plan 2>err
	recmix -o out <plan >made 2>err || echo "$meta: $? $(cat err)"
	grep -HE '^(missing = [0-9.]+ [^ ]|doubt )' out/*.ini
done >unbalanced
is "all captures balance, and one does not tell who is who" \
    "$(grep -v 'which side is the customer.s is a guess' unbalanced)" ""
is "each of them" $n 4
done_testing
