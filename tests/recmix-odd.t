#!/bin/sh
# recmix on captures that a network or the capturing program damaged: the sound, the
# status, and the files that are left.
. "$(dirname "$0")/lib.sh"
for need in mpg123 python3; do
	have "$need" || { skip "odd captures" "no $need"; done_testing; }
done
cd "$T" || exit 1
python3 "$ROOT/tests/odd-capture.py" plain big nano vlan qinq pppoe cooked cooked2 \
    twice wrap early late zero events noise one many hole torn back short half \
    g723 secret middle bare few fragments away long moved minute three gap slow \
    first overtaken waiting again later lower same soon joined queues copies buffers regular \
    apart others short-back
# mixed NAME STATUS [CUT]: NAME.mp3, its sound in `sound`.
mixed() {
	cat >"plan-$1" <<-X
	[call]
	id = $1
	type = queue
	started = 2025-11-22T08:26:40.250Z
	[leg customer]
	file = $1.pcap
	streams = >:30000 >:30004
	[leg agent]
	file = $1.pcap
	streams = >:30002
	[plan]
	record = yes
	channels = 2
	[recording 1]
	start = 0
	end = 12
	${3:+cut = $3}
	X
	rm -f "$1.mp3" "$1.ini"
	status "$1" "$2" recmix -v -o "$1.mp3" "plan-$1"
	: >sound
	[ ! -e "$1.mp3" ] || {
		mpg123 -q -w mixed.wav "$1.mp3"
		python3 "$ROOT/tests/odd-capture.py" heard mixed.wav >sound
	}
	ok "$1: the capture is still there" test -s "$1.pcap"
}
# told TEXT: the reason or the doubt contains it.
told() { ok "and it says so" grep -q -e "$1" err; }
nothing() { ok "and nothing is made" test ! -e "$1.mp3"; }
side=$(for k in 0 1 2 3 4 5 6 7 8 9 10 11; do printf '%s %s ' $k $k; done)
side=${side% }
all=$(printf '%s\n%s' "$side" "$side")

# What is missing before the first sound is no loss.
mixed first 0
told 'customer leg.* packets, 0 lost'

for name in plain big nano vlan qinq pppoe cooked cooked2 twice wrap early late \
    zero slow; do
	mixed $name 0
	is "$name: every second in its place" "$(cat sound)" "$all"
done
# Packets that the network held back, senders that begin to count again, and packets
# that two recorders saw.
for name in overtaken waiting lower same soon; do
	mixed $name 0
	is "$name: every second in its place" "$(cat sound)" "$all"
	for who in customer agent; do
		told "$who leg.*found 1[12][.].* 600 packets, 0 lost, .* 0.000 s of silence"
	done
done
for name in again later; do
	mixed $name 0
	is "$name: every second once, in its place" "$(cat sound)" "$all"
	told 'customer leg.*found 12.* 600 packets, 0 lost, 0 late, 600 doubled'
done
# Records that are out of order have right times, and nothing is reported.
for name in joined queues buffers copies; do
	mixed $name 0
	is "$name: every second in its place" "$(cat sound)" "$all"
	told 'customer leg.*found 1[12][.].* 600 packets, 0 lost, 0 late'
	mixed $name 0 '3 4 pause'
done
# Their times say who was heard when.
recpolicy --from pcap --type direct regular.pcap >regular.ini 2>err
is "the agent began two seconds later" "$(sed -n 's/^start = //p' regular.ini |
    awk 'NR == 1 { a = $1 } NR == 2 { printf "%.2f", $1 - a }')" 2.00
# More than five seconds out of order is reported.
mixed apart 1
told 'whose clock was set back by'
mixed apart 1 '3 4 pause'
nothing apart
# A clock that is set back is no disorder, also when no stream continues.
for name in short-back others; do
	mixed $name 1
	is "$name: the sound goes on" "$(sort -u sound)" "$side"
	told 'whose clock was set back by [12][.]9.* s; later packets are placed by'
	mixed $name 1 '3 4 pause'
	nothing $name
done
# A re-offer moves somebody for 11 packets, or 100, and back.
for name in away long; do
	mixed $name 0
	is "$name: every second in its place" "$(cat sound)" "$all"
	told 'customer leg.*600 packets, 0 lost, .*, 0.000 s of silence'
done
# What is sent at once was spoken before: both begin together.
recpolicy --from pcap --type direct slow.pcap >slow.ini 2>err
is "a long packet begins when its first sound was spoken" \
    "$(sed -n 's/^start = //p' slow.ini | cut -c 1-5 | sort -u | wc -l)" 1
mixed twice 0
told '600 packets, 0 lost, 0 late, 600 doubled'

# A party presses a key for 0.2 s; comfort noise for a second.
mixed events 0
is "an event of 0.2 s moves nothing" \
    "$(sed 's/^0 0 1 1 2 2 3 3 4 4 [^ ]*/KEY/' sound | sort -u)" "KEY${side#*4 4 5}"
mixed noise 0
is "comfort noise is silence" "$(sort -u sound)" \
    "0 0 1 1 2 2 3 3 4 4 . . 6 6${side#*6 6}"

# Lost packets are reported, unless they are single ones.
mixed one 0
told '[1-9][0-9]* lost, 0 late'
ok "the ticket counts it" grep -Eq '^packets = customer one.pcap: 59[0-9] packets' \
    one.ini
# With a long name and path, which do not fit into a line of the ticket.
deep=$(printf 'd%.0s' $(seq 75))/$(printf 'e%.0s' $(seq 75))
mkdir -p "$deep"
cp one.pcap "$deep/one ;.pcap"
status "the place of a capture changes nothing" 0 recmix -o deep.mp3 "$deep/one ;.pcap"
recmix -o near.mp3 one.pcap >out
packets() { sed -n 's/^packets = //p' "$1" | tr '\n' ' '; }
is "the ticket has the same" "$(packets deep.ini | sed "s|$deep/one ,|one|g")" \
    "$(packets near.ini)"
sed 's/^streams = >:30000.*/streams = >:30000\/deadbeef/' plan-one >plan-two
status "a stream of another source" 1 recmix -o two.mp3 plan-two
one_line "a stream of another source: is not there" 'one.pcap: .*deadbeef'
sed 's/^streams = >:30000.*/streams = >:30000\/11111111/' plan-one >plan-two
status "the stream of this source" 0 recmix -o two.mp3 plan-two
# Three people, of whom the call file names two; a channel of a WAV file, too.
sed 's/^streams = >:30000.*/channel = 1/; s/^streams = .*/channel = 2/; s/one.pcap/three.pcap/' \
    plan-one >plan-two
status "the third of three people" 1 recmix -o two.mp3 plan-two
one_line "the third of three people: reported" 'three.pcap. has sound on channel 3 of its file, and no leg of the call has'
printf '[leg third-party]\nfile = three.pcap\nchannel = 3\n' >>plan-two
status "all three are named" 0 recmix -o two.mp3 plan-two
sox -n -r 8000 -c 2 both.wav synth 12 sine 300 sine 500 gain -10
sox both.wav one.wav remix 1 0
for wav in both one; do
	sed "s/^file = .*/file = $wav.wav/; /^.leg agent/,/^channel/d" plan-two |
	    sed '/^.leg third/,$d' >plan-wav
	status "one channel of $wav.wav" "$([ $wav = both ] && echo 1 || echo 0)" recmix -o wav.mp3 plan-wav
done
mixed many 1
told 'has lost packets of [01][.]'
mixed gap 1
told 'customer leg (gap.pcap) has lost packets of 0[.]'
mixed hole 1
told 'customer leg (hole.pcap) has lost packets of [12][.].* s, most of them from [45]'
is "and is silence" "$(sort -u sound)" "0 0 1 1 2 2 3 3 4 4 . . . . 7 7${side#*7 7}"
ok "the ticket marks it" grep -q '^missing = [12][.].* customer hole.pcap' hole.ini
mixed minute 1
told 'customer leg (minute.pcap) has lost packets of [56][.].* s, most of them from [56]'
told 'customer leg.*600 packets, 3500 lost, .*, [67][0-9][.].* s of silence'
mixed moved 1
told 'customer leg.*500 packets, 100 lost, .*, 2.000 s of silence'
mixed hole 0 '4.5 7.5 pause'
mixed hole 1 '9 10 pause'
mixed torn 1
told 'is a capture that ends within a packet; the rest is missing'
sed 's/^type/torn = no end\n&/; s/^end = .*/end = 9/' plan-torn >plan-known
recmix -o known.mp3 plan-known >out 2>err
is "which is known where the call file says so" "$? $(cat err)" "0 "

# A clock that is set back.
mixed back 1
told 'whose clock was set back by 4.9.* s; later packets are placed by'
is "the sound goes on" "$(sort -u sound)" "$side"
mixed back 1 '3 4 pause'
told 'and something is cut from it, maybe not at its place'
nothing back

# Captures that are incomplete are refused with the reason.
mixed short 1
told 'the packets to 10.0.0.9:30000 are cut off in the capture; tcpdump -s 0'
nothing short
status "by hand, too, where it is one side only" 1 recmix -o half.mp3 half.pcap
told '10.0.0.9:30002 are cut off'
nothing half
mixed g723 1
told 'G.723.1 (payload type 4) to 10.0.0.9:30000 is not supported'
for name in secret middle bare few; do
	mixed $name 1
	told 'SRTP: the G.711 mu-law to 10.0.0.9:30000 is encrypted'
	nothing $name
done

# A long INVITE arrives in fragments, and shows who called.
recpolicy --from pcap --type direct fragments.pcap >call.ini 2>err
is "SIP in fragments" "$(sed -n 's/^caller = //p' call.ini)" alice
is "the caller is the customer, though the agent began" \
    "$(sed -n '/^\[leg customer/,/^streams/s/^streams = //p' call.ini)" \
    '10.0.0.1:10000>10.0.0.9:30000/11111111'
done_testing
