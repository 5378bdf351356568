#!/bin/sh
# A disk that cannot be read: the leg must not be taken for a shorter one, and its
# file must not be deleted.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/crash/fast.sh"
cd "$F" || exit 1

sox -R -n -r 8000 -c 1 -b 16 leg.wav synth 3 pinknoise gain -9
sox leg.wav leg.flac
sox leg.wav -t ul leg.ulaw
sox leg.wav leg.gsm
python3 "$ROOT/tests/capture.py" make leg.pcap raw \
    file=leg.ulaw,type=0,start=0,port=4000

# fails N CALLS LEG: the Nth of these reads fails, or all from N on.
# Either the fault is reported and nothing is made, or the result is unchanged.
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
# ---- --collect: a bad block in one leg affects only that call ----
printf '[inbound]\nrecord = yes\nplay_message = no\n' >policy.ini
call_file() { # ID LEG
	printf '%s\n' '[call]' "id = $1" 'type = direct' \
	    'started = 2026-11-30T09:00:00Z' '[leg customer]' "file = $2" \
	    '[events]' '0 = answer' '3 = end'
}
collect() { "$@" recpolicy -c policy.ini -s sp --collect d; }
n=0 hurt=0
: >faults
echo >report
while [ -s report ]; do
	n=$((n + 1))
	rm -rf d sp
	mkdir d
	recpolicy --init -s sp
	for c in c1 c2 c3; do
		sox -R -n -r 8000 -c 1 -b 16 d/$c.wav synth 3 sine "${c#c}00" gain -9
		call_file $c $c.wav >d/$c.ini
	done
	touch -d '2 minutes ago' d/*
	collect "$ROOT/build/inject" report fail EIO pread64 $n >out 2>err
	status=$?
	# If it is not known before reading which call is affected, no call is taken.
	took=$(find sp/mix -mindepth 1 -maxdepth 1 | wc -l)
	left=$(find d -name '*.wav' | wc -l)
	[ $((took + left)) = 3 ] || echo "$n: $took taken, $left left" >>faults
	case $status in
	0) [ "$took" = 3 ] || echo "$n: silent" ;;
	127) ;; # the loader's own
	75) [ "$took" = 2 ] && grep -q '^recpolicy: d/c[123].ini: d/c[123].wav: ' err &&
	    hurt=$((hurt + 1)) || grep -qv '^recpolicy: d/' err || echo "$n: $took: $(cat err)" ;;
	*) echo "$n: status $status: $(cat err)" ;;
	esac >>faults
	collect >out 2>err || echo "$n: again: $(cat err)" >>faults
	is_all=$(find sp/mix -mindepth 1 -maxdepth 1 | wc -l)$(find d -name '*.*' -type f)
	[ "$is_all" = 3 ] || echo "$n: then $is_all" >>faults
done
is "a leg that cannot be read keeps no other call ($n reads)" "$(cat faults)" ""
ok "there were such legs" test $hurt -ge 3

# ---- --audit: a fault of the machine is not a finding ----
# audits LABEL CALLS [OPTION...]: audits one.ini, with each of these reads failing.
audits() {
	label=$1 calls=$2
	shift 2
	recpolicy --audit "$@" one.ini >good 2>&1
	good=$?
	n=0 later=0
	: >faults
	echo >report
	while [ -s report ]; do
		n=$((n + 1))
		"$ROOT/build/inject" report fail EIO "$calls" $n \
		    recpolicy --audit "$@" one.ini >out 2>err
		status=$?
		case $status in
		127) ;; # the loader's own
		75) later=$((later + 1)) ;;
		"$good") cmp -s good out || echo "$n: another finding: $(cat out)" ;;
		*) echo "$n: status $status: $(cat out err)" ;;
		esac >>faults
	done
	is "--audit, $label: no fault is a finding ($n reads)" "$(cat faults)" ""
	ok "--audit, $label: the machine's" test $later -gt 0
}
for leg in wav flac gsm pcap; do
	call_file c1 leg.$leg >one.ini
	calls=pread64
	[ $leg != pcap ] || calls="read"
	audits $leg "$calls"
done
# A file that cannot be read, but may be a recording, is not reported as missing.
call_file c1 leg.wav >one.ini
mkdir made
{
	sed '/^\[events/,$d' one.ini
	printf '[plan]\nrecord = yes\n[recording 1]\nstart = 0\nend = 3\n'
} | recmix -o made/c1.mp3 >out
printf '{"object":"c1.mp3","sha256":"x","call":{"id":"c1"}}\n' >made/c1.json
for kind in ini mp3 json; do
	mkdir stored.$kind
	cp made/c1.$kind stored.$kind/
	audits "of a .$kind" "read" --tickets stored.$kind
done
# The same for each file and folder of finished recordings that it opens or reads.
call_file c1 leg.wav >one.ini
mkdir made
recpolicy -c policy.ini one.ini 2>/dev/null | recmix -o made/ >out 2>err
rm made/*.ini
printf '{"object": "a", "sha256": "b", "call": {"id": "c1"}}\n' >made/c1.json
tickets() { # ERRNO CALLS N
	"$ROOT/build/inject" report fail "$1" "$2" "$3" \
	    recpolicy --audit --tickets made one.ini >out 2>err
}
recpolicy --audit --tickets made one.ini >good 2>&1
good=$?
for fault in "EMFILE open" "EIO open" "EIO pread64" "EIO read"; do
	n=0 later=0
	: >faults
	echo >report
	while [ -s report ]; do
		n=$((n + 1))
		# shellcheck disable=SC2086
		tickets $fault $n
		status=$?
		case $status in
		127) ;; # the loader's own
		75)
			later=$((later + 1))
			[ "$(wc -l <err)" = 1 ] && [ ! -s out ] ||
			    echo "$n: $(cat out err)"
			;;
		"$good") cmp -s good out || echo "$n: another finding: $(cat out err)" ;;
		*) echo "$n: status $status: $(cat out err)" ;;
		esac >>faults
	done
	is "--audit --tickets, $fault: is no finding ($n calls)" "$(cat faults)" ""
	ok "--audit --tickets, $fault: the machine's" test $later -gt 0
done
done_testing
