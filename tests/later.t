#!/bin/sh
# A failing open or read is never the call's fault, in recmix, its account, the repair
# of damaged legs, and recsplit: status 75, and the call waits.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/crash/fast.sh"
for need in sox ffmpeg lame; do
	have $need || { skip "faults of the machine" "no $need"; done_testing; }
done
cd "$F" || exit 1
step=5
[ -z "${RECTOOLS_SANITIZED:-}" ] || step=17

# Legs, some of them damaged so that they are repaired.
python3 - "$ROOT/tests" <<'P'
import sys
sys.path.insert(0, sys.argv[1])
from leak import *
x = words(1, 6)
put("out.wav", wav(pcm(words(2, 6))))
put("in.wav", wav(pcm(x)))
for kind in ("flac", "ogg", "mp3"):
    encode(kind, x, "t2." + kind)
    data = get("t2." + kind)
    put("in." + kind, flip(kind, data))
capture("t2.pcap")
P
sox in.wav -t ul t3.ul
python3 "$ROOT/tests/capture.py" make in.pcap raw \
    file=t3.ul,type=0,start=0,port=4000 >out
name=20261122T100000Z-c1

# Programs and calls are words.
# shellcheck disable=SC2086
# fails PROGRAM ERROR CALLS N FROM:TO: one run with this fault, from a fresh sp.
fails() {
	rm -rf sp && cp -a before sp
	"$ROOT/build/inject" report fail "$2" "$3" "$4" $1 -s sp >out 2>err
	status=$?
	where="$1: $2 of $3 $4 ($(cat report))"
	case $status in
	127) return ;; # the loader's own
	0 | 1 | 75) ;;
	*) echo "$where: status $status: $(cat err)" ;;
	esac
	[ -e sp/${5%:*}/$name ] || [ -e sp/${5#*:}/$name ] ||
	    echo "$where: set aside: $(cat err)"
	[ $status != 75 ] || later=$((later + 1))
	case $status,$(cat err) in
	75,"${1%% *}: "*) ;;
	75,*) echo "$where: not said: $(cat err)" ;;
	esac
	$1 -s sp >>out 2>&1
	[ "$(cat sp/"${5#*:}"/$name/*.mp3 | sha256sum)" = "$good" ] ||
	    echo "$where: another sound: $(cat err out)"
}
# hurt LABEL PROGRAM FROM:TO: fails every open and read of a run, one at a time.
# shellcheck disable=SC2086
hurt() {
	rm -rf sp && cp -a before sp
	$2 -s sp >out 2>err
	ok "$1: is done without faults" test -e sp/"${3#*:}"/$name
	good=$(cat sp/"${3#*:}"/$name/*.mp3 | sha256sum)
	: >faults
	later=0 n=0
	for calls in "EIO read,pread64" "ENOMEM open,openat2" \
	    "EMFILE open,openat2"; do
		n=$((n % step)) # other ones each time
		echo >report
		while [ -s report ]; do
			n=$((n + step))
			fails "$2" $calls "$n" "$3" >>faults
		done
		fails "$2" $calls $((n / 2))+ "$3" >>faults
	done
	is "$1: the machine's, not the call's" "$(cat faults)" ""
	ok "$1: there were such faults ($later)" test $later -gt 3
}

recpolicy --init -s empty >out
for kind in wav flac ogg mp3 pcap; do
	rm -rf before && cp -a empty before
	mkdir -m 700 before/mix/$name
	cp in.$kind out.wav before/mix/$name
	printf '[call]\nid = c1\ntype = queue\n[leg customer]\nfile = %s\n[leg agent]\nfile = out.wav\n[plan]\nrecord = yes\n[recording 1]\nstart = 0\nend = 6\n' \
	    in.$kind >before/mix/$name/plan.ini
	hurt "recmix, $kind" recmix mix:split
done
recmix -s sp >out 2>err # the last run may have been the loader's
rm -rf before && cp -a sp before
step=1
hurt recsplit "recsplit -b 9k" split:upload
done_testing
