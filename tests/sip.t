#!/bin/sh
# recpolicy --from pcap and siprec: calls from captures and from SIPREC's
# metadata. A B2BUA is between the parties, like a PBX: two dialogs, four streams.
. "$(dirname "$0")/lib.sh"
for need in sox python3; do
	have "$need" || { skip "SIP" "no $need"; done_testing; }
done
cd "$T" || exit 1
for f in c a; do
	sox -R -r 8000 -n -c 1 -b 16 $f.wav synth 12 whitenoise sinc \
	    "$([ $f = c ] && echo 300-1800 || echo 500-2500)" gain -n -9
	sox $f.wav -t ul $f.ul
done 2>/dev/null
sox c.wav -t ul e.ul reverse && sox a.wav -t ul d.ul reverse
# sip FILE FIRST-LINE CALL-ID FROM TAG TO CSEQ [ADDRESS PORT MODE]
sip() {
	{
		printf '%s\nVia: SIP/2.0/UDP x;branch=z9hG4bK1\n' "$2"
		printf 'Call-ID: %s\nFrom: <sip:%s@x>;tag=%s\n' "$3" "$4" "$5"
		printf 'To: <sip:%s@x>\nCSeq: 1 %s\n' "$6" "$7"
		if [ "$#" -gt 7 ]; then
			printf 'Content-Type: application/sdp\n\nv=0\n'
			printf 'o=- 1 1 IN IP4 %s\ns=-\nc=IN IP4 %s\n' "$8" "$8"
			printf 't=0 0\nm=audio %s RTP/AVP 0 96\n' "$9"
			printf 'a=rtpmap:96 opus/48000/2\na=%s\n' "${10}"
		else
			printf '\n'
		fi
	} >"$1"
}
M=198.51.100.9
sip 1 'INVITE sip:200@x SIP/2.0' aaa alice t1 200 INVITE 192.0.2.1 4000 sendrecv
sip 2 'INVITE sip:200@x SIP/2.0' bbb alice t2 200 INVITE $M 6000 sendrecv
sip 3 'SIP/2.0 200 OK' bbb alice t2 200 INVITE 203.0.113.2 5000 sendrecv
sip 4 'SIP/2.0 200 OK' aaa alice t1 200 INVITE $M 6002 sendrecv
sip 5 'INVITE sip:200@x SIP/2.0' aaa alice t1 200 INVITE 192.0.2.1 4000 sendonly
sip 6 'INVITE sip:200@x SIP/2.0' aaa alice t1 200 INVITE 192.0.2.1 4000 sendrecv
sip 7 'BYE sip:200@x SIP/2.0' aaa alice t1 200 BYE
server="from=$M:5060,to=203.0.113.2:5060"
phone="from=192.0.2.1:5060,to=$M:5060"
# pbx FILE HOLD: the called party speaks first, and every packet is there twice.
pbx() {
	python3 "$ROOT/tests/capture.py" make "$1" ethernet \
	    "text=1,start=0,$phone" "text=2,start=0.1,$server" \
	    "text=3,start=2.0,from=203.0.113.2:5060,to=$M:5060" \
	    "text=4,start=2.1,from=$M:5060,to=192.0.2.1:5060" \
	    "text=$2,start=6,$phone" "text=6,start=8,$phone" "text=7,start=14.5,$phone" \
	    "file=a.ul,type=0,start=2.2,ssrc=7,from=203.0.113.2:5000,to=$M:6000" \
	    "file=a.ul,type=0,start=2.201,ssrc=8,from=$M:6002,to=192.0.2.1:4000" \
	    "file=c.ul,type=0,start=2.5,ssrc=9,from=192.0.2.1:4000,to=$M:6002" \
	    "file=c.ul,type=0,start=2.501,ssrc=9,from=$M:6000,to=203.0.113.2:5000"
}
pbx pbx.pcap 5
recpolicy --from pcap --type direct pbx.pcap >call-pbx.ini 2>err
is "a PBX between two people is one call" "$(grep -c '^\[call\]' call-pbx.ini)" 1
is "the caller is the customer, the called the agent" \
    "$(grep -E '^(\[leg|streams|start =)' call-pbx.ini | tr '\n' ' ')" \
    "[leg customer] start = 2.750 streams = 192.0.2.1:4000>$M:6002/00000009 \
[leg agent] start = 2.450 streams = 203.0.113.2:5000>$M:6000/00000007 "
is "SIP has the answer, holds and the end" \
    "$(sed -n '/^\[events\]/,$p' call-pbx.ini | tail -n +2 | tr '\n' ' ')" \
    "2.350 = answer 6.250 = hold 8.250 = unhold 14.750 = end "
is "and who called whom" "$(sed -n 's/^caller = //p; s/^callee = //p' \
    call-pbx.ini | tr '\n' ' ')" "alice 200 "
# RFC 2543 holds by the address 0.0.0.0.
sip 5old 'INVITE sip:200@x SIP/2.0' aaa alice t1 200 INVITE 0.0.0.0 4000 ptime:20
pbx old.pcap 5old
recpolicy --from pcap --type direct old.pcap >old.ini 2>err
is "a hold as of old" "$(sed -n '/^\[events\]/,$p' old.ini)" \
    "$(sed -n '/^\[events\]/,$p' call-pbx.ini)"
recpolicy --from pcap --type dialpad pbx.pcap >out.ini 2>err
is "outbound the agent is the caller" \
    "$(sed -n '/^\[leg agent/,/^streams/s/^streams = //p' out.ini)" \
    "192.0.2.1:4000>$M:6002/00000009"
# A recording session (RFC 7866): both people are on the side that sends.
# session FILE FIRST-LINE HOST PORT PORT MODE
session() {
	sip "$1" "$2" ccc src t3 srs INVITE "$3" "$4" "$6"
	printf 'm=audio %s RTP/AVP 0\na=%s\n' "$5" "$6" >>"$1"
}
session 8 'INVITE sip:srs@x SIP/2.0' 192.0.2.10 4000 4002 sendonly
session 9 'SIP/2.0 200 OK' 192.0.2.20 6000 6002 recvonly
sip 10 'BYE sip:srs@x SIP/2.0' ccc src t3 srs BYE
client="from=192.0.2.10:5060,to=192.0.2.20:5060"
python3 "$ROOT/tests/capture.py" make session.pcap ethernet \
    "text=8,start=0,$client" "text=10,start=14,$client" \
    "text=9,start=0.2,from=192.0.2.20:5060,to=192.0.2.10:5060" \
    "file=a.ul,type=0,start=0.5,ssrc=11,from=192.0.2.10:4002,to=192.0.2.20:6002" \
    "file=c.ul,type=0,start=1,ssrc=12,from=192.0.2.10:4000,to=192.0.2.20:6000"
recpolicy --from pcap --type direct session.pcap >session.ini 2>err
is "a recording session distinguishes people by its lines" \
    "$(grep -E '^(\[leg|streams)' session.ini | sed 's/.*>.*\/0*//' | tr '\n' ' ')" \
    '[leg customer] c [leg agent] b '
if have mpg123; then
	recmix -o hand.mp3 pbx.pcap >out 2>err
	is "by hand both sides come apart" "$(cat out err)" hand.mp3
	is "and are no copies of each other" \
	    "$(mpg123 -q -w hand.wav hand.mp3 && soxi -c hand.wav)" 2
fi

# Two simultaneous calls without SIP.
python3 "$ROOT/tests/capture.py" make two.pcap raw \
    "file=c.ul,type=0,start=0,ssrc=1,from=192.0.2.1:4000,to=$M:6000" \
    "file=a.ul,type=0,start=0.5,ssrc=2,from=$M:6000,to=192.0.2.1:4000" \
    "file=d.ul,type=0,start=1,ssrc=3,from=192.0.2.7:4000,to=$M:6010" \
    "file=e.ul,type=0,start=1.5,ssrc=4,from=192.0.2.8:4000,to=$M:6020"
recpolicy --from pcap --type direct --answered two.pcap >call-two.ini 2>err
is "without SIP sockets and times make calls" \
    "$(grep -E '^(\[leg|streams)' call-two.ini | sed 's/.*>.*\/0*//' |
    tr '\n' ' ')" \
    '[leg customer] 1 [leg agent] 2 [leg customer] 3 [leg agent] 4 '

# Unsupported input is named.
python3 "$ROOT/tests/capture.py" make g723.pcap raw \
    "file=c.ul,type=4,start=0,port=4000"
status "another codec is refused" 1 recmix -o x.mp3 g723.pcap
ok "with its name and what to do" grep -q 'G.723.1 (payload type 4).*WAV' err

# SIPREC.
mkdir -p legs
cp c.wav legs/s1-1.wav && cp a.wav legs/s1-2.wav
cat >s1.xml <<'M'
<?xml version="1.0" encoding="UTF-8"?>
<recording xmlns='urn:ietf:params:xml:ns:recording:1'>
 <datamode>complete</datamode>
 <session session_id="hVpd7YQgRW2nD22h7q60JQ==">
  <sipSessionID>ab30317f1a784dc48ff824d0d3715d86;remote=47755a9de7794ba387653f2099600ef2</sipSessionID>
 </session>
 <participant participant_id="srfBElmCRp2QB23b7Mpk0w==">
  <nameID aor="sip:alice@example.com"><name xml:lang="en">Alice &amp; Co</name></nameID>
 </participant>
 <participant participant_id="zSfPoSvdSDCmU3A3TRDxAw==">
  <nameID aor="sip:bob@example.com"/>
 </participant>
 <stream stream_id="UAAMm5GRQKSCMVvLyl4rFw==" session_id="hVpd7YQgRW2nD22h7q60JQ=="><label>1</label></stream>
 <stream stream_id="i1Pz3to5hGk8fuXl+PbwCw==" session_id="hVpd7YQgRW2nD22h7q60JQ=="><label>2</label></stream>
 <sessionrecordingassoc session_id="hVpd7YQgRW2nD22h7q60JQ==">
  <associate-time>2026-11-22T10:00:00Z</associate-time>
  <disassociate-time>2026-11-22T10:00:20Z</disassociate-time>
 </sessionrecordingassoc>
 <participantstreamassoc participant_id="srfBElmCRp2QB23b7Mpk0w==">
  <send>UAAMm5GRQKSCMVvLyl4rFw==</send>
  <recv>i1Pz3to5hGk8fuXl+PbwCw==</recv>
  <associate-time>2026-11-22T10:00:00Z</associate-time>
  <disassociate-time>2026-11-22T10:00:05Z</disassociate-time>
 </participantstreamassoc>
 <participantstreamassoc participant_id="srfBElmCRp2QB23b7Mpk0w==">
  <send>UAAMm5GRQKSCMVvLyl4rFw==</send>
  <associate-time>2026-11-22T10:00:08Z</associate-time>
 </participantstreamassoc>
 <participantstreamassoc participant_id="zSfPoSvdSDCmU3A3TRDxAw==">
  <send>i1Pz3to5hGk8fuXl+PbwCw==</send>
  <associate-time>2026-11-22T10:00:02Z</associate-time>
 </participantstreamassoc>
</recording>
M
recpolicy --from siprec --type direct --answered --legs legs s1.xml \
    >call-s1.ini 2>err
is "SIPREC: participants send streams" \
    "$(grep -E '^(\[leg|file|start =)' call-s1.ini | tr '\n' ' ')" \
    "[leg customer] file = $T/legs/s1-1.wav [leg agent] file = $T/legs/s1-2.wav start = 2.000 "
is "and their stream ends while they hold" \
    "$(sed -n '/^\[events\]/,$p' call-s1.ini | tail -n +2 | tr '\n' ' ')" \
    "0.000 = answer 5.000 = hold 8.000 = unhold 20.000 = end "
is "with names" "$(sed -n 's/^caller = //p; s/^callee = //p' call-s1.ini |
    tr '\n' ' ')" "alice bob "
# Each change is a document of its own: in a hold a stream is no longer sent.
# update FILE MODE TIME ALICE-SENDS [SESSION]
update() {
	{
		printf '<recording xmlns="urn:ietf:params:xml:ns:recording:1">'
		printf '<datamode>%s</datamode>\n' "$2"
		[ -z "${5-}" ] || printf '<session session_id="%s"/>\n' "$5"
		printf '<participantstreamassoc participant_id="A">%s' "$4"
		printf '<associate-time>%s</associate-time>' "$3"
		printf '</participantstreamassoc>\n</recording>\n'
	} >"$1"
}
sends='<send>s1</send>'
cat >m.xml <<'M'
<recording xmlns='urn:ietf:params:xml:ns:recording:1'><datamode>complete</datamode>
 <session session_id="S"/>
 <participant participant_id="A"><nameID aor="sip:alice@x"/></participant>
 <participant participant_id="B"><nameID aor="sip:bob@x"/></participant>
 <stream stream_id="s1" session_id="S"><label>1</label></stream>
 <stream stream_id="s2" session_id="S"><label>2</label></stream>
 <sessionrecordingassoc session_id="S"><associate-time>2026-11-22T10:00:00Z</associate-time></sessionrecordingassoc>
 <participantstreamassoc participant_id="A"><send>s1</send><associate-time>2026-11-22T10:00:00Z</associate-time></participantstreamassoc>
 <participantstreamassoc participant_id="B"><send>s2</send><associate-time>2026-11-22T10:00:01Z</associate-time></participantstreamassoc>
</recording>
M
update m-1.xml partial 2026-11-22T10:00:05Z '<recv>s2</recv>'
update m-2.xml partial 2026-11-22T10:00:09Z $sends S
update m-3.xml partial 2026-11-22T10:00:09Z $sends S
cat >m-4.xml <<'M'
<recording xmlns='urn:ietf:params:xml:ns:recording:1'><datamode>partial</datamode>
 <sessionrecordingassoc session_id="S"><disassociate-time>2026-11-22T10:00:20Z</disassociate-time></sessionrecordingassoc>
 <participantstreamassoc participant_id="A"><send>s1</send><disassociate-time>2026-11-22T10:00:20Z</disassociate-time></participantstreamassoc>
</recording>
M
cp c.wav legs/m-1.wav && cp a.wav legs/m-2.wav
siprec_calls() {
	recpolicy --from siprec --type direct --answered --legs legs "$@" 2>err |
	    grep -E '^(\[call|\[leg|file|start =|[0-9])' | sed "s#$T/##" |
	    tr '\n' ' '
}
want="[call] [leg customer] file = legs/m-1.wav [leg agent] file = \
legs/m-2.wav start = 1.000 0.000 = answer 5.000 = hold 9.000 = unhold 20.000 = end "
is "SIPREC: updates are of one call" "$(siprec_calls m.xml m-?.xml)" "$want"
cat m.xml m-?.xml >all.xml && cp c.wav legs/all-1.wav && cp a.wav legs/all-2.wav
is "in one file, too" "$(siprec_calls all.xml)" \
    "$(echo "$want" | sed 's#legs/m-#legs/all-#g')"
sed 's/"S"/"T"/' m.xml >n.xml
is "another session is another call" \
    "$(siprec_calls m.xml n.xml | grep -o '\[call' | wc -l)" 2
update m-5.xml partial '' ''
ok "a hold without its time is reported as such" sh -c 'recpolicy --from siprec \
    --type direct m.xml m-5.xml | grep -q "not_told = .*when a hold began"'
echo '<recording>' >bad.xml
status "what is none" 2 recpolicy --from siprec --type direct bad.xml
ok "what is none: reported" grep -q 'no rs-metadata' err
done_testing
