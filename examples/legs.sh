#!/bin/sh
# legs.sh DIR: makes the two legs of the example call (examples/call.ini) from
# the prompts of Debian's asterisk-core-sounds-en-wav: a customer and an agent
# who talk in turn, over each other and fall silent, for two minutes. Between
# 46 and 60 seconds the customer reads out a card number.
set -eu
dir=${1:?usage: legs.sh DIR}
sounds=${SOUNDS:-/usr/share/asterisk/sounds/en_US_f_Allison}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$dir"

# leg FILE LENGTH EFFECT...: applies the effects to the clips on standard input
# ("SECONDS NAME") and mixes them into one leg of that length.
leg() {
	leg_file=$1 leg_length=$2
	shift 2
	n=0
	set -- "$@" rate 8000
	inputs=
	while read -r at name; do
		n=$((n + 1))
		sox -R -D "$sounds/$name.wav" "$work/$n.wav" "$@" pad "$at"
		inputs="$inputs -v 1 $work/$n.wav"
	done
	# shellcheck disable=SC2086
	sox -V1 -R -D -m $inputs -b 16 "$leg_file" pad 0 "$leg_length" \
	    trim 0 "$leg_length"
}

# A second speaker: the same voice, lower and a little slower.
leg "$dir/c1042-in.wav" 120 pitch -450 tempo 0.95 <<'L'
5.3 hello-world
12.0 demo-nomatch
25.0 demo-enterkeywords
40.0 vm-goodbye
46.0 digits/4
46.9 digits/0
47.8 digits/0
48.7 digits/0
49.6 digits/1
50.5 digits/2
51.4 digits/3
52.3 digits/4
53.2 digits/5
54.1 digits/6
55.0 digits/7
55.9 digits/8
56.8 digits/9
57.7 digits/0
58.6 digits/1
59.3 digits/0
66.0 demo-thanks
90.0 demo-abouttotry
112.0 vm-goodbye
L
# Its clock begins when the agent answers, 3.25 seconds after the customer's.
leg "$dir/c1042-out.wav" 116.75 gain -1 <<'L'
0.1 conf-now-recording
4.0 demo-congrats
38.0 vm-password
62.0 auth-thankyou
65.0 demo-echodone
80.0 demo-moreinfo
100.0 demo-instruct
L
cp -R "$(dirname "$0")/messages" "$dir"
