#!/bin/sh
# Captures in which it is not certain who is who: what else tells is used, and
# where nothing tells, the recording is marked and the status is 1.
. "$(dirname "$0")/lib.sh"
for need in sox mpg123 python3; do
	have "$need" || { skip "sides of captures" "no $need"; done_testing; }
done
cd "$T" || exit 1
for f in a b c d; do
	sox -R -r 8000 -n -c 1 -b 16 $f.wav synth 10 whitenoise sinc \
	    "$(case $f in a) echo 300-800 ;; b) echo 1000-1500 ;; c) echo 1700-2200 ;;
	    d) echo 2400-2900 ;; esac)" gain -n -12
	sox $f.wav -t ul $f.ul && sox $f.wav -t al $f.al
done 2>/dev/null
S=198.51.100.9
make() { python3 "$ROOT/tests/capture.py" make "$@"; }
calls() {
	recpolicy --from pcap --type direct --answered "$1" >calls.ini 2>err
	grep -E '^(\[call|\[leg|streams|sides)' calls.ini | sed 's#streams = .*/0*##' |
	    tr '\n' ' '
}
# mix NAME [END]: the first call of calls.ini is mixed.
mix() {
	{
		sed '2,${/^.call.$/,$d;}' calls.ini
		printf '[plan]\nrecord = yes\nchannels = 2\n'
		printf '[recording 1]\nstart = 0\nend = %s\n' "${2-11}"
	} >"$1.plan"
	rm -f "$1.mp3" "$1.ini"
	recmix -o "$1.mp3" "$1.plan" >out 2>err
}
# loud NAME CHANNEL BAND: sound of this voice is there. The least is -40 dB.
loud() {
	[ -e "$1.wav" ] || mpg123 -q -w "$1.wav" "$1.mp3"
	sox "$1.wav" -n remix "$2" sinc "$3" stat 2>&1 |
	    awk '/^RMS.*amplitude/ { exit $3 < 0.01 }'
}
voice() { ok "$1: voice $3 is on channel $2" loud "$1" "$2" "$4"; }
guess='which side is the customer.s is a guess'

# Without SIP: who sends first is taken for the customer, which may be wrong.
make plain.pcap raw \
    "file=a.ul,type=0,start=0,ssrc=10,from=192.0.2.1:4000,to=$S:6000" \
    "file=b.ul,type=0,start=0.5,ssrc=11,from=192.0.2.2:5000,to=$S:6002"
is "who is the customer is a guess" "$(calls plain.pcap)" \
    '[call] sides = guessed [leg customer] a [leg agent] b '
mix plain
is "the recording is made" "$? $(cat out)" "1 plain.mp3"
one_line "and one line says it" "$guess"
ok "the ticket is marked" grep -q "^doubt = $guess" plain.ini
voice plain 1 a 300-800
voice plain 2 b 1000-1500
sed -i '/^sides = guessed$/d' calls.ini
mix plain
is "who has listened takes the line away" "$? $(cat out err)" "0 plain.mp3"

# sip FILE FIRST-LINE FROM TAG TO TO-TAG CSEQ [ADDRESS PORT]
sip() {
	{
		printf '%s\nCall-ID: one\nFrom: <sip:%s@x>;tag=%s\n' "$2" "$3" "$4"
		printf 'To: <sip:%s@x>%s\nCSeq: %s\n' "$5" "${6:+;tag=$6}" "$7"
		[ "$#" -lt 9 ] || printf '\nv=0\nc=IN IP4 %s\nt=0 0\nm=audio %s RTP/AVP 0\n' \
		    "$8" "$9"
		[ "$#" -ge 9 ] || echo
	} >"$1"
}
# A capture that begins in a call: its first INVITE is the called's.
sip 1 'INVITE sip:alice@x SIP/2.0' bob t2 alice t1 '7 INVITE' 192.0.2.2 5000
sip 2 'SIP/2.0 200 OK' bob t2 alice t1 '7 INVITE' 192.0.2.1 4000
sip 3 'BYE sip:bob@x SIP/2.0' alice t1 bob t2 '2 BYE'
there=from=192.0.2.2:5060,to=192.0.2.1:5060
back=from=192.0.2.1:5060,to=192.0.2.2:5060
make middle.pcap raw "text=1,start=8,$there" "text=2,start=8.1,$back" \
    "text=3,start=10.2,$back" \
    "file=b.ul,type=0,start=0,ssrc=11,from=192.0.2.2:5000,to=192.0.2.1:4000" \
    "file=a.ul,type=0,start=0.5,ssrc=10,from=192.0.2.1:4000,to=192.0.2.2:5000"
is "a capture from the middle of a call" "$(calls middle.pcap)" \
    '[call] sides = guessed [leg customer] b [leg agent] a '
is "is of one call, from its first sound to its BYE" \
    "$(sed -n 's/ = end//p; s/^sip_call_id = //p' calls.ini | tr '\n' ' ')" \
    'one 10.450 '
mix middle
is "is marked" "$?" 1

# Two telephones answer at once, and the caller hears both: so does who listens.
sip 1 'INVITE sip:bob@x SIP/2.0' alice t1 bob '' '1 INVITE' 192.0.2.1 4000
sip 2 'SIP/2.0 183 Session Progress' alice t1 bob f1 '1 INVITE' 192.0.2.3 7000
sip 3 'SIP/2.0 183 Session Progress' alice t1 bob f2 '1 INVITE' 192.0.2.2 5000
sip 4 'SIP/2.0 200 OK' alice t1 bob f2 '1 INVITE' 192.0.2.2 5000
for k in b c; do head -c 40000 $k.ul >$k-5.ul; done
make forks.pcap raw "text=1,start=0,$back" \
    "text=2,start=0.1,from=192.0.2.3:5060,to=192.0.2.1:5060" \
    "text=3,start=0.2,$there" "text=4,start=4,$there" \
    "file=c-5.ul,type=0,start=0.2,ssrc=12,from=192.0.2.3:7000,to=192.0.2.1:4000" \
    "file=b.ul,type=0,start=0.3,ssrc=11,from=192.0.2.2:5000,to=192.0.2.1:4000" \
    "file=a.ul,type=0,start=0.4,ssrc=10,from=192.0.2.1:4000,to=192.0.2.2:5000"
is "forks that send at once are of the called side" "$(calls forks.pcap)" \
    '[call] [leg customer] a [leg agent] b '
mix forks 10.6
is "forks that send at once are of the called side: mixed" "$? $(cat out err)" "0 forks.mp3"
voice forks 1 a 300-800
voice forks 2 b 1000-1500
voice forks 2 c 1700-2200
ok "and not on the caller's side" sh -c "! sox forks.wav -n remix 1 sinc 1000-2200 \
    stat 2>&1 | awk '/^RMS.*amplitude/ { exit \$3 < 0.003 }'"
sox forks.wav late.wav trim 6
mv late.wav forks.wav
ok "the one who was dropped is silent then" sh -c "! sox forks.wav -n remix 2 \
    sinc 1700-2200 stat 2>&1 | awk '/^RMS.*amplitude/ { exit \$3 < 0.01 }'"

# The server's port is used again by another call half a second later.
for k in a b c d; do head -c 32000 $k.ul >$k-4.ul; done
make again.pcap raw \
    "file=a-4.ul,type=0,start=0,ssrc=10,from=192.0.2.1:4000,to=$S:6000" \
    "file=b-4.ul,type=0,start=0.1,ssrc=11,from=$S:6000,to=192.0.2.1:4000" \
    "file=c-4.ul,type=0,start=4.6,ssrc=12,from=192.0.2.7:4000,to=$S:6000" \
    "file=d-4.ul,type=0,start=4.7,ssrc=13,from=$S:6000,to=192.0.2.7:4000"
is "another call on the same port is another call" "$(calls again.pcap)" \
    '[call] sides = guessed [leg customer] a [leg agent] b [call] sides = guessed [leg customer] c [leg agent] d '
# Somebody who moves is nobody else: the other stream goes on.
make moved.pcap raw \
    "file=a-4.ul,type=0,start=0,ssrc=10,from=192.0.2.1:4000,to=$S:6000" \
    "file=b.ul,type=0,start=0.1,ssrc=11,from=$S:6000,to=192.0.2.1:4000" \
    "file=c-4.ul,type=0,start=4.6,ssrc=12,from=192.0.2.7:4000,to=$S:6000"
is "unless one of the two goes on" "$(calls moved.pcap | grep -o '\[call\]' | wc -l)" 1

# transcoded VOICE VOICE START SSRC SSRC HOST: of one codec in, of the other out of
# a server, with these sources.
transcoded() {
	set -- "$1" "$3" "$4" "$5" "$6" "$((4000 + $6))" "$((6000 + $6 * 4))" "$2"
	cat <<-X
	file=$1.ul,type=0,start=$2,ssrc=2$5,from=192.0.2.1$5:$6,to=$S:$7
	file=$1.al,type=8,start=$2.004,ssrc=$3,from=$S:$(($7 + 2)),to=192.0.2.2$5:$6
	file=$8.al,type=8,start=$2.2,ssrc=3$5,from=192.0.2.2$5:$6,to=$S:$(($7 + 2))
	file=$8.ul,type=0,start=$2.204,ssrc=$4,from=$S:$7,to=192.0.2.1$5:$6
	X
}
# shellcheck disable=SC2046
make two.pcap raw $(transcoded a b 0 21 31 1) $(transcoded c d 1 22 32 2)
is "copies with the SSRC of the original, in two calls" \
    "$(calls two.pcap | sed 's/sides = guessed //g')" \
    '[call] [leg customer] 15 [leg agent] 1f [call] [leg customer] 16 [leg agent] 20 '

# With another SSRC only the sound tells, and steady sound does not.
sox -R -r 8000 -n -c 1 -b 16 noise.wav synth 10 whitenoise gain -20
sox -r 8000 -n -c 1 -b 16 silence.wav trim 0 10
sox -r 8000 -n -c 1 -b 16 ringing.wav synth 1 sine 425 gain -12 pad 0 3 repeat 2
sox -r 8000 -n -c 1 -b 16 music.wav synth 10 sine 262 synth 10 sine mix 330 gain -12
for sound in noise silence ringing music; do
	sox $sound.wav -t ul $sound.ul && sox $sound.wav -t al $sound.al
	# shellcheck disable=SC2046
	make $sound.pcap raw $(transcoded $sound b 0 91 92 1)
	is "$sound and its copy: no side has both" \
	    "$(calls $sound.pcap | sed 's/sides = guessed //g')" \
	    '[call] [leg customer] 15 [leg agent] 5c [call] [leg customer] 5b [leg agent] 1f '
	mix $sound
	is "$sound: the status is 1" "$?" 1
	status "$sound: four parties are not mixed by hand" 1 \
	    recmix -o hand.mp3 $sound.pcap
	one_line "and a line says what to do" 'a capture of 4 parties; recpolicy --from pcap'
	# The other side sends nothing.
	# shellcheck disable=SC2046
	make half.pcap raw $(transcoded $sound b 0 91 92 1 | head -2)
	status "$sound: alone with its copy" 1 recmix -o hand.mp3 half.pcap
	ok "may be a copy" grep -q 'agent leg .* may be its sound in another codec' err
done
done_testing
