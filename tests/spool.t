#!/bin/sh
# The spool as a whole: a full disk, and folders that are swept while in use.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1
cat >policy.ini <<'E2'
[inbound]
record = yes
play_message = no
E2
cat >call.ini <<'E2'
[call]
id = c1
type = direct
started = 2026-11-22T10:00:00Z
[leg customer]
file = in.wav
[leg agent]
file = out.wav
[events]
0 = answer
1 = pause
1.5 = resume
2 = end
E2
sox -n -r 8000 -c 1 in.wav synth 2 sine 400
sox -n -r 8000 -c 1 out.wav synth 2 sine 800
put_in() { recpolicy -c policy.ini -s spool call.ini; }
left() { find spool/tmp spool/mix spool/split spool/upload spool/failed \
    -mindepth 1 -maxdepth 1 | sort | tr '\n' ' '; }

# A full disk.
recpolicy --init -s spool
for least in 100% 99999999GB; do
	printf '[spool]\nmin_free = %s\n' $least >spool/spool.ini
	status "min_free $least: no call goes in" 75 put_in
	one_line "min_free $least" 'recpolicy: .*nearly full.*no new work'
	is "min_free $least: nothing is left behind" "$(left)" ""
done
for least in 0 1k 0.000001%; do
	printf '[spool]\nmin_free = %s\n' $least >spool/spool.ini
	status "min_free $least: it goes in" 0 put_in
done
printf '[spool]\nmin_free = 100%%\n' >spool/spool.ini
was=$(left)
status "it was in already: that stays true" 0 put_in
status "nor is a call mixed" 75 recmix -s spool
one_line "nor is a call mixed" 'recmix: .*nearly full.*no new work'
is "nor is a call mixed: waits" "$(left)" "$was"
status "nothing is swept early" 0 recsweep -s spool
is "it still waits" "$(left)" "$was"
if "$ROOT/build/inject" "$T/report" kill write 99 true; then
	status "nor where the disk cannot be asked" 75 \
	    "$ROOT/build/inject" "$T/report" fail EIO fstatfs 1 recmix -s spool
	one_line "the disk cannot be asked" '^recmix: spool: Input/output error$'
else
	skip "a disk that cannot be asked" "ptrace does not work here"
fi
for wrong in 5 % 101% -1% x; do
	printf '[spool]\nmin_free = %s\n' "$wrong" >spool/spool.ini
	[ "$wrong" = 5 ] || status "min_free $wrong" 2 recmix -s spool
	[ "$wrong" = 5 ] || one_line "min_free $wrong" 'spool.ini:2: min_free: '
done
printf '[spool]\nmin_fre = 1\n' >spool/spool.ini
status "an unknown key" 2 recmix -s spool
one_line "an unknown key" 'spool.ini:2: unknown key'
rm spool/spool.ini
status "without a limit it is mixed" 0 recmix -s spool
ok "the log has the cut" grep -Eq \
    ' c1 mixed .*sha256=[0-9a-f]{64} cut=1.000-1.500:pause$' spool/audit.log
printf '[spool]\nmin_free = 100%%\n' >spool/spool.ini
status "what is mixed goes on" 0 recsplit -s spool
rm -rf spool/upload/* spool/spool.ini

# A folder is swept while a program uses it: it reports this and goes on.
sox -n -r 8000 -c 1 long.wav synth 200 sine 400
sox -n -r 8000 -c 1 long2.wav synth 200 sine 800
sed 's/= c1/= a/; s/^2 = end/200 = end/; s/in.wav/long.wav/; s/out.wav/long2.wav/' call.ini >a.ini
sed 's/= c1/= b/' call.ini >b.ini
rm -f spool/.last-sweep # else the door is shut to an old call
RECTOOLS_NOW=2026-11-01T00:00:00Z recpolicy -c policy.ini -s spool a.ini >folder
recpolicy -c policy.ini -s spool b.ini >/dev/null
recmix -s spool 2>err &
pid=$!
tries=0
while [ ! -e "$(cat folder)/.a.mp3.new" ] && [ $tries -lt 2000 ]; do
	tries=$((tries + 1))
	sleep 0.005
done
kill -STOP $pid
is "recmix is at a folder that is due" \
    "$(cd "$(cat folder)" && find . -type f | sort | tr '\n' ' ')" \
    "./.a.mp3.new ./leg-1.wav ./leg-2.wav ./plan.ini "
recsweep --clock-ok -s spool 2>sweep.err
kill -CONT $pid
wait $pid
is "it gives up one folder" $? 1
ok "it gives up one folder: reported" grep -q '^recmix: .*-a: was swept while' err
ok "the sweep, too" grep -q -- '-a: deleted, never uploaded' sweep.err
is "the other is mixed, nothing else is left" \
    "$(left | sed 's/[0-9]*T[0-9]*Z//g')" "spool/split/-b "
status "the log holds together" 0 recsweep --verify -s spool

# The same during an upload: the server takes it and does not answer.
python3 -c 'import os, socket, time
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen(8)
open("port.new", "w").write(str(s.getsockname()[1]))
os.rename("port.new", "port")
c = s.accept()
open("taken", "w")
time.sleep(60)' &
server=$!
rm -rf spool/*/*-b
sed 's/= c1/= s/' call.ini >s.ini
rm -f spool/.last-sweep
RECTOOLS_NOW=2026-11-02T00:00:00Z recpolicy -c policy.ini -s spool s.ini >folder
recmix -s spool && recsplit -s spool
until [ -s port ]; do sleep 0.02; done
cat >hang.ini <<-X
[upload]
to = away
[destination away]
type = http
url = http://127.0.0.1:$(cat port)/r
stall_timeout = 2
X
recupload -c hang.ini -s spool 2>err &
pid=$!
tries=0
until [ -e taken ] || [ $tries -gt 500 ]; do
	tries=$((tries + 1))
	sleep 0.02
done
recsweep --clock-ok -s spool 2>sweep.err
wait $pid
is "recupload gives up one folder" $? 1
one_line "recupload gives up one folder: reported" '^recupload: .*-s: was swept while'
is "nothing is left" "$(left)" ""
kill $server
status "and the log holds together" 0 recsweep --verify -s spool

# Limits of files and of the disk: 75 and a line; with space it continues.
rm -rf spool stored
recpolicy --init -s spool
cat >upload.ini <<'E2'
[upload]
to = archive
[destination archive]
type = directory
path = stored
create = yes
name = {id}-{recording}.{part}.mp3
E2
# Moved away, mounted over or removed: -w does not wait forever.
for program in recmix recsplit "recupload -c upload.ini"; do
	recpolicy --init -s watched
	# shellcheck disable=SC2086
	timeout 60 $program -s watched -w 2>err &
	pid=$!
	while [ -z "$(find /proc/[0-9]*/fd -lname "$T/watched/tmp" 2>/dev/null)" ]; do
		sleep 0.1
	done
	mv watched moved
	[ "$program" = recmix ] || recpolicy --init -s watched
	wait $pid
	is "$program -w, whose spool is moved away" $? 75
	one_line "$program says so" 'watched: is no longer the spool'
	rm -rf watched moved
done
limited() { (ulimit -f 8 && "$@"); }
for step in put_in "recmix -s spool" "recsplit -b 5000 -s spool" \
    "recupload -c upload.ini -s spool"; do
	case $step in
	recsplit*) ;; # its parts are smaller than the limit
	*)
		status "ulimit -f: $step" 75 limited $step
		ok "ulimit -f: $step says so" grep -q 'File too large' err
		;;
	esac
	RECTOOLS_NOW=2030-01-01T00:00:00Z
	export RECTOOLS_NOW
	status "without it: $step" 0 $step
	is "without it: $step is silent" "$(cat err)" ""
	unset RECTOOLS_NOW
done
is "all has arrived" "$(find stored -name '*.mp3' | wc -l)" 2
is "and nothing else" "$(find stored -type f | wc -l)" 2
if mkdir small && mount -t tmpfs -o size=256k,mode=700 none small 2>/dev/null; then
	cleanup() { umount -l "$T/small" 2>/dev/null; }
	recpolicy --init -s small
	for n in 1 2 3 4 5 6; do
		sed "s/= c1/= t$n/" call.ini >t$n.ini
		recpolicy -c policy.ini -s small t$n.ini >>in 2>>said
		echo $? >>statuses
	done
	is "256 kB: what has no room does not enter" \
	    "$(sort -u statuses | tr '\n' ' ')" "0 75 "
	is "256 kB: what was acknowledged is in" "$(wc -l <in)" \
	    "$(find small/mix -mindepth 1 -maxdepth 1 | wc -l)"
	is "256 kB: each refusal is a line" "$(wc -l <said)" \
	    "$(grep -c 75 statuses)"
	ok "256 kB: that says why" grep -q 'No space left' said
	head -c 300000 /dev/zero >small/mix/filler 2>/dev/null
	status "256 kB: nor is anything mixed" 75 recmix -s small
	ok "256 kB: and it says why" grep -q 'No space left' err
	rm small/mix/filler
	mount -o remount,size=8m small
	for n in 1 2 3 4 5 6; do
		recpolicy -c policy.ini -s small t$n.ini
	done >/dev/null
	recmix -s small && recsplit -s small &&
	    recupload -c upload.ini -s small
	is "256 kB: with room all arrives" \
	    "$(find stored -name 't*.mp3' | wc -l)" 6
	umount small
else
	echo "# no tmpfs can be mounted here; tests/faults.t fills the disk by ptrace"
fi
done_testing
