#!/bin/sh
# One file whose name several legs spell in different ways.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1
printf '[inbound]\nrecord = yes\nplay_message = no\n' >policy.ini
mkdir d
sox -n -r 8000 -c 2 two.wav synth 4 sine 300 sine 500 gain -10
sox -n -r 8000 -c 3 three.wav synth 4 sine 300 sine 500 sine 700 gain -10
sox three.wav none.wav remix 1 2 0
ln -s two.wav soft.wav
ln two.wav hard.wav
legs() { # CUSTOMER AGENT [ID]
	cat <<-I
	[call]
	id = ${3:-c1}
	type = queue
	queue = A
	started = 2026-11-30T09:00:00Z
	[leg customer]
	file = $1
	channel = 1
	[leg agent]
	file = $2
	channel = 2
	[events]
	0 = answer
	4 = end
	I
}
by_hand() {
	legs "$1" "$2" >call.ini
	recpolicy -c policy.ini call.ini >plan
	recmix -o out.mp3 plan
}
for other in ./two.wav .//two.wav "$T/two.wav" ../"${T##*/}"/two.wav soft.wav hard.wav; do
	status "two.wav and $other" 0 by_hand two.wav "$other"
	status "$other and two.wav" 0 by_hand "$other" two.wav
done
status "the third channel, silent" 0 by_hand none.wav ./none.wav
status "the third channel, with sound" 1 by_hand three.wav ./three.wav
one_line "the third channel, with sound: is reported once" 'customer leg .*three.wav. has sound on channel 3 of its file'
legs two.wav ./two.wav | sed 's/^channel = 2/channel = 1/' >call.ini
recpolicy -c policy.ini call.ini >plan
status "one channel for both legs" 1 recmix -o out.mp3 plan
ok "one channel for both legs: reported" grep -q 'carries the same sound' err

# In the spool, it is one file.
for other in ./two.wav soft.wav hard.wav; do
	rm -rf sp
	recpolicy --init -s sp
	legs two.wav "$other" >call.ini
	status "$other: it enters" 0 recpolicy -c policy.ini -s sp call.ini
	is "$other: as one file" "$(cd sp/mix/*-c1 && echo *)" "leg-1.wav plan.ini"
	status "$other: and is mixed" 0 recmix -s sp
done
mixes() { find sp/mix -mindepth 1 -maxdepth 1 | sed 's/.*Z-//' | sort | xargs; }
for other in ./two.wav day/../two.wav day/./two.wav; do
	rm -rf sp d
	mkdir -p d/day
	recpolicy --init -s sp
	cp two.wav d/
	cp two.wav d/day/
	case $other in
	day/./*) legs day/two.wav "$other" >d/c1.ini ;;
	*) legs two.wav "$other" >d/c1.ini ;;
	esac
	touch -d '2 minutes ago' d/* d/day/*
	recpolicy -c policy.ini -s sp --collect d >out 2>err
	case $other in
	*..*)
		is "$other: is refused" "$(mixes)" ""
		ok "$other: with the reason" grep -q 'is not beneath d' err
		;;
	*)
		is "$other: enters" "$(mixes)" c1
		is "$other: as one file" "$(cd sp/mix/*-c1 && echo *)" "leg-1.wav plan.ini"
		is "$other: and is deleted" "$(find d -name '*.wav' | wc -l)" 1
		;;
	esac
done

# Another call's spelling does not hide that it needs the file.
rm -rf sp d
mkdir d
recpolicy --init -s sp
cp two.wav d/
legs two.wav two.wav c1 >d/c1.ini
legs ./two.wav ./two.wav c2 | grep -v '= end' >d/c2.ini
touch -d '2 minutes ago' d/*
status "the file of two calls" 0 recpolicy -c policy.ini -s sp --collect d
is "stays for the other one" "$(mixes) $(cd d && echo *)" "c1 c2.ini two.wav"
echo '4 = end' >>d/c2.ini
touch -d '2 minutes ago' d/*
status "which enters, too" 0 recpolicy -c policy.ini -s sp --collect d
is "and is the last" "$(mixes) $(ls d)" "c1 c2 "
done_testing
