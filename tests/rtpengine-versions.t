#!/bin/sh
# The metadata that rtpengine 8 to 14 write of a call, made key by key after the
# sources of each version. Keys that a version does not know are ignored. A real
# 10.5 is in tests/rtpengine.t.
. "$(dirname "$0")/lib.sh"
have xz || { skip "versions of rtpengine" "no xz"; done_testing; }
R=$ROOT/tests/real/rtpengine
cd "$T" || exit 1
chunk() { # NAME CONTENT: a section of a .meta file
	printf '%s\n%s:\n%s\n\n' "$1" "$(printf %s "$2" | wc -c)" "$2"
}
# meta VERSION: the first tag is the agent's, and the end is torn off.
meta() {
	chunk CALL-ID 'c1@x y'
	chunk PARENT c1%40x%20y-0011223344556677
	case $1 in 12 | 13* | 14) chunk RANDOM_TAG 0011223344556677 ;; esac
	case $1 in 13.5 | 14) chunk STARTED '' ;; esac
	chunk METADATA 'queue:Billing|agent:alice'
	chunk 'SDP from 1 before offer' 'v=0'
	chunk 'RECORDING 1' '' && chunk 'FORWARDING 0' ''
	meta_n=0
	for tag in 1 2; do
		chunk "TAG $tag" "tag$tag"
		chunk "LABEL $tag" "$([ $tag = 1 ] && echo agent || echo customer)"
		case $1 in 8 | 9) ;; *) chunk "METADATA-TAG $tag" "x:$tag" ;; esac
		slot=
		case $1 in
		12) slot=' MEDIA-SDP-ID 0' ;;
		13* | 14)
			slot=" MEDIA-SDP-ID 0 MEDIA-REC-SLOT $((3 - tag))"
			slot="$slot MEDIA-REC-SLOTS 2"
			# Without slots in the offer, rtpengine writes these.
			[ "$1" != 13.slotless ] ||
			    slot=' MEDIA-SDP-ID 0 MEDIA-REC-SLOT 1 MEDIA-REC-SLOTS 1'
			;;
		esac
		both=' TAG-MEDIA 1'
		[ "$1" != 14 ] || both=
		for component in 1 2; do
			meta_n=$((meta_n + 1))
			chunk "STREAM $meta_n details" "TAG $tag MEDIA \
$tag$both COMPONENT $component FLAGS 5$slot"
			chunk "STREAM $meta_n interface" "tag-$tag-media-1"
			chunk "STREAM $meta_n FORWARDING 0" ''
		done
		chunk "MEDIA $tag PTIME 20" ''
		chunk "MEDIA $tag PAYLOAD TYPE 8" PCMA/8000
		[ "$1" = 8 ] || chunk "MEDIA $tag FMTP 8" ''
	done
	printf 'SDP from 2 aft'
}
from_meta() {
	recpolicy --from rtpengine-meta --type direct --legs legs "$@" v.meta \
	    2>err | grep -E '^(\[leg|channel =|file =|queue =|agent =|start =)' |
	    sed "s#$T/legs/##" | tr '\n' ' '
}
mkdir legs
mix=c1%40x%20y-0011223344556677-mix.wav
touch "legs/$mix"
for v in 8 9 10.5 11 12 13.slotless 13.0 13.5 14; do
	meta $v >v.meta
	# Without slots the channels are in the order of the tags.
	case $v in
	13.[05] | 14) agent=2 customer=1 ;;
	*) agent=1 customer=2 ;;
	esac
	is ".meta of version $v" "$(from_meta)" "queue = Billing agent = alice \
[leg agent] file = $mix channel = $agent [leg customer] file = $mix \
channel = $customer "
done

# Names by a pattern have the random tag in them, a file of its own has not.
{
	head -n 1 "$R/streams.tsv"
	sed -n '2,3s/hold_wall-b42cf14c05f8679e/2026\/alice-0011223344556677/p' \
	    "$R/streams.tsv"
	sed -n '4s/late10-9d741f71924bf3d9/2026\/bob-0011223344556678/p' \
	    "$R/streams.tsv"
} >streams.tsv
touch legs/alice-0011223344556677-007c4d78.wav \
    legs/alice-0011223344556677-88fd029b.wav
is "single files by a pattern" "$(from_meta --streams streams.tsv)" \
    "queue = Billing agent = alice \
[leg customer] file = alice-0011223344556677-007c4d78.wav start = 0.092 \
[leg agent] file = alice-0011223344556677-88fd029b.wav start = 1.092 "
chunk RECORDING_FILE /elsewhere/sales/one.wav >one
touch legs/one.wav
meta 13.5 | cat one - >v.meta
is "a mixed file of its own name" "$(from_meta)" "queue = Billing \
agent = alice [leg agent] file = one.wav channel = 2 \
[leg customer] file = one.wav channel = 1 "
chunk RECORDING_FILE ../../../etc/passwd >one
meta 13.5 | cat one - >v.meta
ok "which lies beneath --legs, whatever it is called" sh -c \
    'case $1 in */etc/passwd* | *..*) exit 1 ;; esac' sh "$(from_meta)"

# The text beside a capture: from 13.5 on it has pauses; after a kill the end is
# missing in every version.
mkdir pcaps
for f in "$R"/agent_first*.xz; do
	name=${f##*/}
	xz -dc "$f" >"pcaps/${name%.xz}"
done
sdp() { # AUTHOR'S-LABEL MODE PORT
	[ "$v" = 8 ] || [ -z "$1" ] || printf '\nLabel: %s' "$1"
	# %*s of version 8 pads to the label's own length.
	[ "$v" != 8 ] || [ -z "$1" ] || printf '\nLabel: %*s' ${#1} "$1"
	printf '\nTimestamp started ms: 1796001018600.000\nSDP mode: %s' "$2"
	printf '\nSDP before RTP packet: 1\n\n'
	printf 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n'
	printf 'c=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio %s RTP/AVP 0\r\n' "$3"
}
text() { # LABEL-OF-OFFERER LABEL-OF-ANSWERER
	printf '/var/spool/rtpengine/pcaps/%s\n\n' "$name"
	sdp "$1" offer 31280
	sdp "$2" answer 31300
	case $v in 13.5 | 14)
		printf '\nRecording paused at: %s (%s ms)\n' 2026-11-30T02:10:25 \
		    1796001025000.000
		printf '\nRecording resumed at: %s (%s ms)\n' 2026-11-30T02:10:27 \
		    1796001027000.000
		;;
	esac
	printf '\nTimestamp terminated ms(first monologue): 1796001038900.000'
	printf '\n\ncall start time: 2026-11-30T01:10:18\n'
	printf 'call end time: 2026-11-30T01:10:38\n\n\nqueue:Billing|agent:bob\n'
}
from_text() {
	recpolicy --from rtpengine-pcap-txt --type direct --legs pcaps v.txt 2>err |
	    grep -E '^(\[leg|streams =|queue =|[0-9])' | tr '\n' ' '
}
name=${name%.xz}
for v in 8 9 10.5 11 12 13.0 13.5 14; do
	case $v in
	13.5 | 14) pauses='7.000 = pause 9.000 = resume ' ;;
	*) pauses= ;;
	esac
	text '' '' >v.txt
	is "text of version $v: SDP says who sends where" "$(from_text)" \
	    "queue = Billing [leg customer] streams = >:31300 \
[leg agent] streams = >:31280 ${pauses}20.900 = end "
	text agent customer >v.txt
	is "and labels outrank it" "$(from_text)" \
	    "queue = Billing [leg customer] streams = >:31280 \
[leg agent] streams = >:31300 ${pauses}20.900 = end "
done
done_testing
