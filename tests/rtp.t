#!/bin/sh
# recmix on RTP and SRTP that FFmpeg sent: RTP sounds as FFmpeg itself decodes it,
# SRTP is refused by name.
. "$(dirname "$0")/lib.sh"
for need in sox mpg123 python3 ffmpeg; do
	have "$need" || { skip "RTP of FFmpeg" "no $need"; done_testing; }
done
cd "$T" || exit 1
run() { ffmpeg -v error -y "$@" </dev/null; }
# sent FILE.pcap HZ FFMPEG-OPTIONS URL: what FFmpeg sends, as a capture.
sent() {
	sent_file=$1 sent_hz=$2
	shift 2
	python3 "$ROOT/tests/capture.py" record "$sent_file" "$sent_hz" \
	    ffmpeg -v error "$@" >sdp
}
# decoded NAME PAYLOADS: NAME.pcap becomes left.raw.
decoded() {
	cat >"call-$1.ini" <<-X
	[call]
	id = $1
	type = direct
	started = 2025-11-22T08:26:40Z
	[leg customer]
	file = $1.pcap
	streams = 192.0.2.1:4000>
	${2:+payloads = $2}
	[plan]
	record = yes
	channels = 1
	[recording 1]
	start = 0
	end = 8
	X
	recmix --bitrate 64 -o "$1.mp3" <"call-$1.ini" >out 2>err &&
	    mpg123 -q -w heard.wav "$1.mp3" && sox heard.wav -t raw left.raw
}
# Packets of 20 ms, if FFmpeg needs an option for it.
packet='?pkt_size=172'
sox -R -r 16000 -n -c 1 -b 16 wide.wav synth 8 pinknoise sinc 300-3000 \
    tremolo 3 60 gain -n -6 2>/dev/null
sox wide.wav -r 8000 narrow.wav 2>/dev/null
# codec NAME SOURCE ENCODER CONTAINER RATE HZ TYPE PAYLOADS SHIFT [INPUT-OPTION...]
# The same bits are decoded by FFmpeg, and sent by it and decoded by us: SHIFT
# samples apart at most, which allows for a codec's own delay.
codec() {
	name=$1 source=$2 encoder=$3 container=$4 rate=$5 hz=$6 type=$7 words=$8
	shift_most=$9
	shift 9
	run -i "$source" -c:a "$encoder" -f "$container" "$name.bin"
	run -f "$container" "$@" -i "$name.bin" -f s16le -ac 1 -ar "$rate" want.raw
	sent "$name.pcap" "$hz" -f "$container" "$@" -i "$name.bin" -c copy \
	    -payload_type "$type" -f rtp "rtp://127.0.0.1:@$packet"
	decoded "$name" "$words"
	is "$name is decoded" "$? $(cat err)" "0 "
	got=$(python3 "$ROOT/tests/capture.py" lag left.raw want.raw 40000 40000 4000)
	ok "as FFmpeg decodes it: $got" sh -c \
	    '[ "${1#* }" = good ] && [ "${1%% *}" -le "$2" ] &&
	    [ "${1%% *}" -ge "-$2" ]' sh "$got" "$shift_most"
}
codec mulaw narrow.wav pcm_mulaw mulaw 8000 8000 0 '' 0 -ar 8000
codec alaw narrow.wav pcm_alaw alaw 8000 8000 8 '' 0 -ar 8000
codec g722 wide.wav g722 g722 16000 8000 9 '' 30
codec g726 narrow.wav adpcm_g726le g726le 8000 8000 97 97=G726-32/8000 4 \
    -code_size 4 -ar 8000
if recmix --version | grep -q 'codecs.*Opus'; then
	packet=
	codec opus wide.wav libopus ogg 16000 48000 98 98=opus/48000/2 120
fi

# Encrypted packets are named, with SDP or without.
packet='?pkt_size=182'
key=UwDEY642eQrmgddPWd7nKq6YChDo5HBU/uHwpKuF
# secure NAME SUITE HZ TYPE SOURCE OPTIONS...
secure() {
	name=$1 suite=$2 hz=$3 type=$4 source=$5
	shift 5
	sent "$name.pcap" "$hz" -i "$source" "$@" -payload_type "$type" -f rtp \
	    -srtp_out_suite "$suite" -srtp_out_params $key \
	    "srtp://127.0.0.1:@$packet"
}
secure s80 AES_CM_128_HMAC_SHA1_80 8000 0 narrow.wav -c:a pcm_mulaw
secure s32 AES_CM_128_HMAC_SHA1_32 8000 8 narrow.wav -c:a pcm_alaw
secure s722 AES_CM_128_HMAC_SHA1_80 8000 9 wide.wav -c:a g722
for s in s80 s32 s722; do
	status "SRTP, $s: refused" 1 recmix -o x.mp3 $s.pcap
	ok "by name" grep -q "$s.pcap: SRTP: the G.7.* is encrypted; " err
done
if recmix --version | grep -q 'codecs.*Opus'; then
	packet=
	secure sopus AES_CM_128_HMAC_SHA1_32 48000 98 wide.wav -c:a libopus
	decoded sopus 98=opus/48000/2
	is "SRTP, Opus: refused" $? 1
	ok "by name" grep -q 'SRTP: the Opus to .* is encrypted' err
fi
{
	echo /var/spool/rtpengine/pcaps/s80.pcap
	for mode in offer:30000 answer:30002; do
		printf '\nTimestamp started ms: 1763800000000.000\nSDP mode: %s\n' \
		    ${mode%:*}
		printf 'SDP before RTP packet: 1\n\nv=0\no=- 1 1 IN IP4 192.0.2.2\n'
		printf 's=-\nc=IN IP4 192.0.2.2\nt=0 0\nm=audio %s RTP/SAVP 0\n' \
		    ${mode#*:}
		printf 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:%s\n' $key
	done
	printf '\nTimestamp terminated ms(first monologue): 1763800008300.000\n'
} >s80.txt
cat >policy.ini <<'P'
[recording]
enabled = yes
[inbound]
record = yes
play_message = no
P
recpolicy --from rtpengine-pcap-txt --type direct --legs . --answered s80.txt \
    >call-s80.ini
recpolicy -c policy.ini call-s80.ini >s80.plan
status "and as rtpengine's metadata have it" 1 recmix -o x.mp3 s80.plan
ok "by name, too" grep -q 'SRTP: the G.711 mu-law to .* is encrypted' err

# Unsupported codecs are named, with the command that converts them.
if ffmpeg -v quiet -encoders | grep -q libspeex; then
	sent speex.pcap 8000 -i narrow.wav -c:a libspeex -payload_type 99 -f rtp \
	    'rtp://127.0.0.1:@'
	decoded speex 99=speex/8000
	is "Speex is refused" $? 1
	ok "by name" grep -q 'speex (payload type 99) to .* is not supported' err
fi
done_testing
