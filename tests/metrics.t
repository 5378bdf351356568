#!/bin/sh
# --metrics of recmix and recsplit: how calls ended, how many wait, how old.
. "$(dirname "$0")/lib.sh"
have sox || { skip "metrics" "no sox"; done_testing; }
cd "$T" || exit 1

sox -R -r 8000 -n -c 1 -b 16 in.wav synth 4 sine 300 tremolo 3 90 2>err
sox -R -r 8000 -n -c 1 -b 16 out.wav synth 4 sine 700 tremolo 5 90 2>err
sox in.wav short.wav trim 0 2
recpolicy --init -s sp >out
# fill ID LEG [CUT]: a call whose customer's leg is that file, 4 s by the call file.
fill() {
	f=sp/tmp/20261122T100000Z-$1
	mkdir -m 700 "$f"
	cp "$2" "$f/in.wav"; cp out.wav "$f"
	{
		printf '[call]\nid = %s\ntype = queue\n' "$1"
		printf '[leg customer]\nfile = in.wav\nend = 4\n'
		printf '[leg agent]\nfile = out.wav\nend = 4\n'
		printf '[plan]\nrecord = yes\n[recording 1]\nstart = 0\nend = 4\n%s\n' "${3-}"
	} >"$f/plan.ini"
	mv "$f" sp/mix
}
# figure NAME [LABEL]: prints that value of m.prom
figure() {
	sed -n "s/^$1{spool=\"sp\"${2:+,$2}} //p" m.prom
}
calls() { figure "rectools_$1_calls_total" "outcome=\"$2\""; }
now() { echo "2026-11-22T1$1Z"; }
mix() { RECTOOLS_NOW=$(now "$1") recmix -s sp --metrics m.prom; }

fill good in.wav
fill doubt short.wav
fill held short.wav 'cut = 1 2 pause'
printf 'no sound\n' >junk.wav
fill bad junk.wav
status "recmix --metrics" 1 mix 1:00:00
is "mixed" "$(calls mix mixed)" 1
is "doubtful" "$(calls mix doubtful)" 1
is "held" "$(calls mix held)" 1
is "failed" "$(calls mix failed)" 1
is "none wait" "$(figure rectools_mix_waiting_folders)" 0
is "none is old" "$(figure rectools_mix_oldest_seconds)" 0
is "one went on just now" \
    "$(figure rectools_mix_last_success_timestamp_seconds)" 1795345200
fill next in.wav
fill late in.wav
chmod 000 sp/mix/20261122T100000Z-late/in.wav
if test "$(id -u)" = 0; then
	rm -rf sp/mix/20261122T100000Z-late
	is "recmix again" "$(mix 1:00:10 2>&1)" ''
else
	status "one that cannot be read" 75 mix 1:00:10
	is "one that cannot be read: later" "$(calls mix later)" 1
	is "one that cannot be read: waits" "$(figure rectools_mix_waiting_folders)" 1
	is "one that cannot be read: waits an hour" "$(figure rectools_mix_oldest_seconds)" 3610
fi
is "counters go on" "$(calls mix mixed)" 2
rm -rf sp/mix/*
status "a run with nothing to do" 0 mix 1:01:00
is "leaves the time of the success" \
    "$(figure rectools_mix_last_success_timestamp_seconds)" 1795345210
is "and has that of the run" \
    "$(figure rectools_mix_last_run_timestamp_seconds)" 1795345260
is "readable by all" "$(stat -c %a m.prom)" 644

# With -w the metrics are written while it runs.
rm m.prom
recmix -s sp -w --metrics m.prom 2>err &
pid=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do test -s m.prom && break; sleep 0.5; done
is "with -w from the beginning" "$(calls mix mixed)" 0
fill watched in.wav
for _ in 1 2 3 4 5 6 7 8 9 10; do
	test -d sp/split/20261122T100000Z-watched && break; sleep 0.5
done
kill -TERM $pid; wait $pid
is "and at the end" "$(calls mix mixed)" 1

# recsplit.
rm -f m.prom
cp sp/split/20261122T100000Z-good/good.mp3 . 2>err
status "recsplit --metrics" 0 recsplit -b 6000 -s sp --metrics m.prom
is "all were cut" "$(calls split split)" 4
is "none was whole" "$(calls split whole)" 0
fill small in.wav
recmix -s sp
fill small2 in.wav
recmix -s sp
status "recsplit again" 0 recsplit -s sp --metrics m.prom
is "whole" "$(calls split whole)" 2
is "counters go on, too" "$(calls split split)" 4
mkdir -m 700 sp/split/20261122T100000Z-none
status "a folder without a ticket" 1 recsplit -s sp --metrics m.prom
is "failed" "$(calls split failed)" 1
is "none waits" "$(figure rectools_split_waiting_folders)" 0

# recpolicy --collect: the directory is a label, so that two do not become one.
printf '[recording]\nenabled = yes\n[inbound]\nrecord = yes\nplay_message = no\n' >p.ini
odd=$(printf 'a "b\\c\nd')
for dir in rec "$odd"; do
	mkdir "$dir"
	[ "$dir" != rec ] || touch -d '1 day ago' rec/stray.wav
	status "recpolicy --collect --metrics" 0 recpolicy -c p.ini -s sp --collect "$dir" --metrics m.prom
	cp m.prom "c$((n += 1)).prom"
done
# Calls enter and are refused once: these go on from run to run.
cat >mixed.ini <<'X'
[recording]
enabled = yes
[inbound]
record = yes
play_message = no
[queue ivr/Secret inbound]
record = no
X
for id in t1 t2 t3; do
	queue=A
	[ $id = t1 ] || queue=Secret
	mkdir -p total
	cp in.wav total/$id.wav
	printf '[call]\nid = %s\ntype = queue\nqueue = %s\n[leg customer]\nfile = %s.wav\n[events]\n0 = answer\n1 = end\n' \
	    $id $queue $id >total/$id.ini
	touch -d '1 hour ago' total/$id.*
	recpolicy -c mixed.ini -s sp --collect total --metrics t.prom >/dev/null
done
recpolicy -c mixed.ini -s sp --collect total --metrics t.prom >/dev/null
is "calls that entered and were refused, of four runs" \
    "$(sed -n 's/^rectools_collect_\(entered\|refused\)_total{.*}//p' t.prom | tr '\n' ' ')" ' 1  2 '
is "a file that no call names" \
    "$(sed -n 's/^rectools_collect_orphans//p' c1.prom)" '{spool="sp",directory="rec"} 1'
is "each series has the directory" \
    "$(grep '^rectools' c1.prom | grep -cv '^[a-z_]*{spool="sp",directory="rec"[,}]')" 0
is "whose name is quoted as Prometheus wants it" \
    "$(sed -n 's/^rectools_collect_orphans//p' c2.prom)" '{spool="sp",directory="a \"b\\c\nd"} 0'
is "of two directories no series is the same" \
    "$(sed -n 's/^\(rectools.*\) .*/\1/p' c1.prom c2.prom | sort | uniq -d)" ""

if have promtool; then
	status "promtool: a directory's name" 0 sh -c 'promtool check metrics <c2.prom'
	status "promtool" 0 sh -c 'promtool check metrics <m.prom'
fi
for p in recmix recsplit; do
	status "$p: no such directory" 75 $p -s sp --metrics nowhere/x
	status "$p: --metrics by hand" 2 $p --metrics x good.mp3
done
done_testing
