#!/bin/sh
# SPOOL/.known, the index of the audit log: calls come once, whatever became of
# the log and of the index.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1
printf '[inbound]\nrecord = yes\nplay_message = no\n' >policy.ini
printf '[upload]\nto = a\n[destination a]\ntype = directory\npath = %s/a\n' "$T" >up.ini
mkdir a
n=0
call() { # NAME
	for side in in out; do
		n=$((n + 1))
		sox -D -n -r 8000 -c 1 -b 16 "d/$1-$side.wav" synth 2 \
		    sine $((300 + n)) vol 0.3
	done
	cat >"d/$1.ini" <<-I
	[call]
	id = $1
	type = queue
	queue = Yes
	started = 2026-11-30T09:00:00Z
	[leg customer]
	file = $1-in.wav
	[leg agent]
	file = $1-out.wav
	[events]
	0 = answer
	2 = end
	I
}
# More lines, so that an index is worth it, chained as they must be.
grow() { # SPOOL NAME
	python3 - "$1/audit.log" "$2" <<-'P'
	import hashlib, os, sys
	last, log = "0" * 64, sys.argv[1]
	for name in (log, log + ".1"):
	    if os.path.exists(name):
	        last = hashlib.sha256(open(name, "rb").read().splitlines()[-1]).hexdigest()
	        break
	with open(log, "a") as f:
	    for i in range(12000):
	        line = "2026-11-30T09:00:00Z %s %s%d mixed mp3s=1" % (last, sys.argv[2], i)
	        f.write(line + "\n")
	        last = hashlib.sha256(line.encode()).hexdigest()
	P
	chmod 600 "$1/audit.log"
}
spool=sp
collect() { recpolicy -c policy.ini -s $spool --collect d; }
came() { find $spool/mix -mindepth 1 -maxdepth 1 | sed 's/.*Z-//' | sort | xargs; }
keep() { rm -rf d1 && cp -r d d1; }
again() { rm -rf d && cp -r d1 d; }

mkdir d
recpolicy --init -s sp
call c1
keep
collect >/dev/null
recmix -s sp >/dev/null && rm -rf sp/split/*
grow sp a
again
status "a call that left the spool comes again" 0 collect
is "a call that left the spool comes again: it is known" "$(came) $(ls d)" " "
ok "there is an index now" test -s sp/.known
status "the chain is whole" 0 recsweep -s sp --verify
cp sp/.known known

wrong() {
	case $1 in
	cut) truncate -s -100 sp/.known ;;
	empty) truncate -s 0 sp/.known ;;
	head) truncate -s 20 sp/.known ;;
	*) printf x | dd of=sp/.known bs=1 seek=300 conv=notrunc status=none ;;
	esac
}
for what in cut empty head changed; do
	cp known sp/.known
	wrong $what
	again
	status "$what" 0 collect
	one_line "$what: is reported" '^recpolicy: sp/.known: it was damaged, and is made again from the audit log$'
	is "$what: the call is known" "$(came) $(ls d)" " "
	again
	status "$what: the next run" 0 collect
	is "$what: reported only once" "$(cat err)" ""
	is "$what: the call is still known" "$(came) $(ls d)" " "
done

mv sp/audit.log sp/audit.log.1
again
status "the log was rotated" 0 collect
is "the call is known, after a rotation" "$(cat err)$(came) $(ls d)" " "
grow sp b
again
status "and has grown" 0 collect
mv sp/audit.log.1 gone
again
status "and the old one was deleted" 0 collect
is "the index keeps what it had" "$(cat err)$(came) $(ls d)" " "

# Another spool, which never had the call, gets this index.
recpolicy --init -s other
grow other c
cp sp/.known other/.known
spool=other
again
status "the index of another log" 0 collect
one_line "the index of another log: reported" '^recpolicy: other/.known: it was of another audit log, and is made again from this one$'
is "the call is new there" "$(came) $(ls d)" "c1 "
rm -rf other/mix/*
spool=sp

# An erased call never enters again.
call c2
keep
collect >/dev/null
recmix -s sp >/dev/null
status "a call is erased" 0 recupload -c up.ini -s sp --erase c2 --reason asked
grow sp d
again
status "a call is erased: comes again" 0 collect
ok "a call is erased: is refused" grep -q ' c2 refused .*at=it was erased$' sp/audit.log
is "its legs are deleted" "$(came) $(ls d)" " "
again
rm sp/audit.log
status "also if the log was deleted" 0 collect
ok "lines that are missing in the audit log are reported" grep -q '^recpolicy: sp/.known: its last line is not in the audit log: lines are missing' err
is "the index is enough" "$(came) $(ls d)" " "

# Two runs at once.
for i in 1 2 3 4 5 6; do call "t$i"; done
collect >out1 2>err1 &
collect >out2 2>err2
wait $!
is "two runs at once: each call came once" \
    "$(sort out1 out2 | sed 's/.*Z-//' | xargs) $(ls d)" "t1 t2 t3 t4 t5 t6 "
done_testing
