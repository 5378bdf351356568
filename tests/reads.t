#!/bin/sh
# A disk that cannot be read: a leg does not end there as if it were shorter,
# with its file removed for a call that lacks the rest.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/crash/fast.sh"
cd "$F" || exit 1

sox -R -n -r 8000 -c 1 -b 16 leg.wav synth 3 pinknoise gain -9
sox leg.wav leg.flac
sox leg.wav -t ul leg.ulaw
sox leg.wav leg.gsm
python3 "$ROOT/tests/capture.py" make leg.pcap raw \
    file=leg.ulaw,type=0,start=0,port=4000

# fails N CALLS LEG: each of these reads fails once, or from N on all of them.
# A fault is said, and nothing is made, or all is as it was.
fails() {
	rm -f x.*
	"$ROOT/build/inject" report fail EIO "$2" "$1" \
	    recmix -j 1 -o x.mp3 "$3" >out 2>err
	status=$?
	case $status in
	127) ;; # the loader's own
	0) cmp -s good.mp3 x.mp3 || echo "$1: another sound: $(cat err)" ;;
	1 | 75) [ ! -e x.mp3 ] && [ "$(wc -l <err)" = 1 ] ||
	    echo "$1: $(cat err)" ;;
	*) echo "$1: status $status: $(cat err)" ;;
	esac
	[ $status != 75 ] || later=$((later + 1))
}
for leg in wav flac ulaw gsm pcap; do
	rm -f x.*
	recmix -j 1 -o x.mp3 leg.$leg >out 2>err
	mv x.mp3 good.mp3
	calls=pread64
	[ $leg != pcap ] || calls="read"
	n=0 later=0
	: >faults
	echo >report
	while [ -s report ]; do
		n=$((n + 1))
		fails $n $calls leg.$leg >>faults
		fails $n+ $calls leg.$leg >>faults
	done
	is "$leg: no fault is taken for the end ($n reads)" "$(cat faults)" ""
	ok "$leg: the machine's, not the call's" test $later -gt 2
done
done_testing
