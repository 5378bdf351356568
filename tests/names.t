#!/bin/sh
# Names of files by hand, and legs by --leg.
. "$(dirname "$0")/lib.sh"
have sox || { skip "names" "no sox"; done_testing; }
cd "$T" || exit 1
sox -R -r 8000 -n -c 1 -b 16 c.wav synth 20 sine 300 tremolo 3 60 2>err
sox -R -r 8000 -n -c 1 -b 16 agent.wav synth 20 sine 500 tremolo 5 60 2>err
mkdir beside
recmix -o beside/y.mp3 c.wav agent.wav >out

# A name that no ticket can contain is refused before anything is made.
for name in 'a ;b.mp3' 'a]b.mp3' ' a.mp3'; do
	status "-o '$name'" 2 recmix -o "beside/$name" c.wav agent.wav
	ok "-o '$name': says why" grep -q 'no ticket can name that file' err
	ok "-o '$name': nothing is made" test ! -e "beside/$name"
done
for name in 'a;b.mp3' 'ü "x" [1.mp3' '#x.mp3' 'a = b.mp3' 'a  b.mp3'; do
	status "-o '$name'" 0 recmix -o "beside/$name" c.wav agent.wav
	status "-o '$name': read by recsplit" 0 recsplit -b 12k "beside/$name"
done
cp beside/y.mp3 'beside/x ;y.mp3'
status "recsplit of such a name" 1 recsplit -b 12k 'beside/x ;y.mp3'
one_line "recsplit of such a name" 'no ticket can name its parts.*rename it'
status "--leg: fits, within" 0 recmix -v -o beside/fits.mp3 \
    -L customer=c.wav,end=100,fits=end,within=1 -L agent=agent.wav
status "--leg: fits = middle" 2 recmix -o x.mp3 -L customer=c.wav,fits=middle
status "--leg: fits = end without one" 2 recmix -o x.mp3 -L customer=c.wav,fits=end
status "--leg: within = 4000" 2 recmix -o x.mp3 -L customer=c.wav,within=4000
done_testing
