#!/bin/sh
# recpolicy --collect on a recording-dir of a real rtpengine: calls enter, wait
# or are refused, and calls that were taken or refused are not on the disk any more.
. "$(dirname "$0")/lib.sh"
have xz || { skip "collecting from rtpengine" "no xz"; done_testing; }
R=$ROOT/tests/real/rtpengine
cd "$T" || exit 1
cat >policy.ini <<'P'
[inbound]
record = yes
play_message = no
[queue ivr/Billing/Disputes inbound]
record = no
P
# give DIR NAME...: copies the metadata and captures there.
give() {
	give_to=$1
	shift
	mkdir -p d/pcaps d/metadata d/tmp
	for name; do
		cp "$R"/rtpengine-meta-"$name"* "d/$give_to/"
		for f in "$R/$name"*.pcap.xz; do
			pcap=${f##*/}
			xz -dc "$f" >"d/pcaps/${pcap%.xz}"
		done
	done
	find d -type f -exec touch -d '1 hour ago' {} +
}
fresh() {
	rm -rf d sp
	recpolicy --init -s sp
}
collect() {
	find d/metadata d/tmp -name '*.txt' -o -name '*.tmp' | sort |
	    recpolicy -c policy.ini -s sp --collect d \
	    --from rtpengine-pcap-txt --type direct --answered "$@"
}
left() { find d -type f | sed 's#.*/##; s/-[0-9a-f]*\././; s/rtpengine-//' | sort | xargs; }
entered() { find sp/mix -mindepth 1 -maxdepth 1 | sed 's/.*Z-//; s/-[0-9a-f]*$//' | sort | xargs; }
export RECTOOLS_NOW=2026-11-30T03:00:00Z

fresh
give metadata 8f3a1c agent_first
status "a call whose queue does not record" 0 collect
is "is refused, the other enters" "$(entered)" agent_first
is "metadata and captures of both are gone" "$(left)" ""
ok "and the audit log knows why" grep -q \
    ' refused legs=1 .*policy.ini:5 \[queue ivr/Billing/Disputes' sp/audit.log
status "and the audit log knows why: again" 0 collect
is "nothing happens" "$(cat out err)" ""

# Stopped before anybody hung up: the metadata has no end and no SDP.
fresh
give metadata latestart
status "start and stop recording in the middle" 0 collect
is "start and stop recording in the middle: enters" "$(entered)" latestart
ok "as long as there is sound" grep -q '^end = 8.58' sp/mix/*/plan.ini
status "as long as there is sound: mixed" 1 recmix -s sp
one_line "nothing tells who the customer is" \
    'which side is the customer.s is a guess .*the legs are kept in failed/'

# Killed: the metadata stays in tmp. First it looks as if the call went on.
fresh
give tmp kill9
RECTOOLS_NOW=2026-11-30T01:18:00Z
status "rtpengine has not closed it" 0 collect
is "rtpengine has not closed it: waits" "$(entered) $(left)" " kill9.pcap meta-kill9.tmp"
status "and after ten minutes, if that is enough" 0 \
    env RECTOOLS_NOW=2026-11-30T01:30:00Z sh -c '
    find d/tmp -name "*.tmp" | recpolicy -c policy.ini -s sp --collect d --from \
    rtpengine-pcap-txt --type direct --answered --torn-after 10m'
is "enters as it is" "$(entered) $(left)" "kill9 "
status "enters as it is: mixed" 0 recmix -s sp
RECTOOLS_NOW=2026-11-30T03:00:00Z
fresh
give tmp kill9
status "after an hour of silence" 0 collect
is "it enters by itself" "$(entered) $(left)" "kill9 "

# Stopped and started again: two captures, one call.
second() { # DIR: the second half of reinvite, 100 s later
	give metadata reinvite
	for f in d/metadata/*reinvite-958151b1c9278d66.txt; do
		sed -e 's/reinvite-958151b1c9278d66/reinvite-0000000000000001/' \
		    -e 's/179600102\([0-9]\)/179600112\1/' \
		    -e 's/179600104\([0-9]\)/179600114\1/' "$f" \
		    >"d/$1/rtpengine-meta-reinvite-0000000000000001.txt"
	done
	python3 -c '
import struct, sys
data, at = bytearray(open(sys.argv[1], "rb").read()), 24
while at < len(data):
    s, us, n, _ = struct.unpack_from("<IIII", data, at)
    struct.pack_into("<I", data, at, s + 100)
    at += 16 + n
open(sys.argv[2], "wb").write(data)' d/pcaps/reinvite-958151b1c9278d66.pcap \
	    d/pcaps/reinvite-0000000000000001.pcap
	find d -type f -exec touch -d '1 hour ago' {} +
}
if have python3; then
	fresh
	second metadata
	status "stopped and started again" 0 collect
	is "stopped and started again: is one call" "$(entered) $(left)" "reinvite "
	is "of two captures with a pause between" "$(grep -cE \
	    '^file = leg|^cut = 20.3[0-9]* 100.1[0-9]* pause' sp/mix/*/plan.ini)" 5
	status "of two captures with a pause between: mixed" 0 recmix -s sp
	if have soxi && have mpg123; then
		is "without what lies between" "$(mpg123 -q -w "$T/x.wav" \
		    sp/split/*/*.mp3 && soxi -d x.wav | cut -c 1-10)" 00:00:40.1
	fi
	fresh
	second tmp
	sed -i '/terminated/,$d' d/tmp/*.txt
	RECTOOLS_NOW=2026-11-30T01:14:00Z
	status "while the second goes on" 0 collect
	is "while the second goes on: both wait" "$(entered)" ""
fi
done_testing
