#!/bin/sh
# recupload to a directory that is full, read-only, or under attack.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1
. "$ROOT/tests/servers/lib.sh"
. "$ROOT/tests/servers/matrix.sh"
matrix_begin
cp part1 one
mounts=
cleanup() {
	server_stop_all
	for m in $mounts; do umount "$T/$m" 2>/dev/null; done
	chmod -R u+rwx "$T"
}
settings() {
	cat <<-X
	[upload]
	to = box
	[destination box]
	type = directory
	path = $T/box
	name = {queue}/{file}
	X
}
settings >up.ini
day=box/Billing/Disputes
mount_on() { # DIR OPTIONS
	mkdir -p "$1"
	[ "$(id -u)" = 0 ] && mount -t tmpfs -o "$2" none "$1" 2>/dev/null ||
	    return 1
	mounts="$1 $mounts"
}
fresh() {
	rm -rf box spool/upload/* spool/failed/*
	mkdir -p $day
}
waits() { # LABEL PATTERN
	is "$1: later" "$?" 75
	one_line "$1" "$2"
	is "$1: kept" "$(in_spool upload)" 1
}

# --- a full disk, and one file system to another ---
mkdir box
if mount_on box size=160k,mode=700; then
	call_folder d1 part1 part2
	up_run
	waits "full" 'd1-2.mp3: No space left on device'
	due=$(state_due "*")
	ok "tried again after five minutes" \
	    test $(($(date -u -d "$due" +%s) - now)) -ge 300
	is "nothing half-made" "$(find box -name '*d1-2*' -o -name '.*')" ""
	mount -o remount,size=10m box
	up_run
	is "room again" "$? $(cat err)" "0 "
	ok "from one file system to another" cmp part2 $day/d1-2.mp3
	mount -o remount,ro box
	call_folder d2 part1
	up_run
	waits "read-only" 'Read-only file system'
	mount -o remount,rw box
	up_run
	is "for writing again" "$? $(cat err)" "0 "
	# A folder of it that is a mount of its own.
	mkdir -p box/Billing/Disputes
	mount_on $day size=1m,mode=700
	call_folder d3 part1
	up_run
	is "over a mount within" "$? $(cat err)" "0 "
	ok "arrived" cmp part1 $day/d3-1.mp3
	umount $day
	umount box
else
	chmod 500 box
	call_folder d2 part1
	up_run
	waits "no right to write" 'Permission denied .the user who runs'
	chmod 700 box
	up_run
	is "with the right" "$? $(cat err)" "0 "
fi
fresh
# A limit on the size of files, as a quota is (here it is EFBIG).
call_folder d4 part1
(
	trap '' XFSZ
	# shellcheck disable=SC3045
	ulimit -S -f 100
	up_run
	echo $? >code
)
is "a file that may not grow: later" "$(cat code)" 75
is "nothing half-made" "$(find box -type f)" ""

# --- links and other things in the way ---
aside() { # LABEL PATTERN
	is "$1: set aside" "$? $(in_spool failed)" "1 1"
	one_line "$1" "$2"
	is "$1: nothing outside" "$(find outside -mindepth 1)" ""
}
mkdir outside
fresh
rmdir $day
ln -s "$T/outside" $day
call_folder l1 part1
up_run
aside "a link as a folder" 'Not a directory .a file or a link'
fresh
ln -s "$T/outside/file" $day/l2-1.mp3
call_folder l2 part1
up_run
aside "a link as the file" 'links are not followed'
fresh
cp part1 elsewhere
ln -s "$T/elsewhere" $day/l3-1.mp3
call_folder l3 part1
up_run
aside "a link to the very content" 'links are not followed'
fresh
mkfifo $day/l4-1.mp3
call_folder l4 part1
up_run
aside "a pipe of that name" 'a different file of this name'
fresh
mkdir $day/l5-1.mp3
call_folder l5 part1
up_run
aside "a folder of that name" 'a different file of this name'
fresh
echo text >box/Billing/file
rmdir $day
mv box/Billing/file $day
call_folder l6 part1
up_run
aside "a file as a folder" 'Not a directory'
fresh
ln -s "$T/outside/new" $day/.l7-1.mp3.new
call_folder l7 part1
up_run
is "a link under the temporary name: nothing outside" \
    "$(find outside -mindepth 1)" ""
fresh
echo precious >precious
ln precious $day/.l8-1.mp3.new
call_folder l8 part1
up_run
is "a second name of a file there: that file stays" "$(cat precious)" precious
fresh
mv box real
ln -s real box
call_folder l9 part1
up_run
is "the path itself may be a link" "$? $(cat err)" "0 "
ok "arrived" cmp part1 real/Billing/Disputes/l9-1.mp3
rm box
mv real box

# An attacker who can write there swaps folder and link as fast as possible.
fresh
cat >swap.py <<'P'
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
a, b = (os.fsencode(p) for p in sys.argv[1:3])
while not os.path.exists("stop"):
    libc.renameat2(-100, a, -100, b, 2)
P
ln -s "$T/outside" box/Billing/link
python3 swap.py $day box/Billing/link &
swapper=$!
server_pids="$server_pids $swapper"
i=0
while [ $i -lt 20 ]; do
	i=$((i + 1))
	call_folder s$i part1 part2 part3
done
for i in 1 2 3 4 5 6; do
	up_run
	recupload -s spool --retry all 2>/dev/null
done
touch stop
wait $swapper 2>/dev/null
[ ! -L $day ] || { rm $day; mv box/Billing/link $day; }
up_run
is "under attack: nothing outside" "$(find outside -mindepth 1)" ""
is "and everything is there once" \
    "$? $(find box -name 's*.mp3' -exec sha256sum {} + | cut -d' ' -f1 |
	sort | uniq -c | awk '{ printf "%s ", $1 }')" "0 20 20 20 "

# --- mounts with fewer features, such as rclone's and gcsfuse ---
rm -rf spool box
mkdir box
recpolicy --init -s spool
less() { "$ROOT/build/inject" "$T/report" lack renameat2,linkat "$@"; }
put_by_hand() { # FILE NAME
	cp "$1" "$2" && less recupload -c hand.ini "$2"
}
sed 's|^name = .*|name = {file}|' up.ini >hand.ini
if less true 2>/dev/null; then
	status "neither RENAME_NOREPLACE nor links" 0 put_by_hand part1 less.mp3
	is "right, and nothing beside it" "$(ls -A box) $(sum box/less.mp3)" \
	    "less.mp3 $(sum part1)"
	status "right, and nothing beside it: again" 0 put_by_hand part1 less.mp3
	status "another content is not put over it" 1 put_by_hand part2 less.mp3
	is "it is as it was" "$(sum box/less.mp3)" "$(sum part1)"
	: >box/taken.mp3 # killed between the two steps
	printf half >box/.taken.mp3.new
	status "what a kill left is taken over" 0 put_by_hand part2 taken.mp3
	is "whole" "$(sum box/taken.mp3)" "$(sum part2)"
else
	skip "mounts that can do less" "ptrace does not work here"
fi
# Killed between link and unlink: one file with both names.
cp part1 box/twice.mp3
ln box/twice.mp3 box/.twice.mp3.new
cp part1 twice.mp3
status "a name and what was to become it are one file" 0 \
    recupload -c hand.ini twice.mp3
cp part2 other.mp3
ln box/twice.mp3 box/.other.mp3.new
status "a link that is not ours is left alone" 75 recupload -c hand.ini other.mp3
is "and not written into" "$(sum box/twice.mp3)" "$(sum part1)"
rm box/.other.mp3.new

# --- faults of the machine are neither the call's nor the directory's ---
rm -rf spool box
mkdir box
recpolicy --init -s spool
wrong=''
machine() { # WHAT COMMAND...: of one run
	machine_what=$1
	shift
	rm -rf spool/upload/* spool/failed/* spool/destinations.json box/*
	call_folder m1 part1
	"$@" >out 2>err
	machine_status=$?
	[ $machine_status != 127 ] || return 0 # not even loaded
	case $machine_status in 0 | 75) ;; *) wrong="$wrong $machine_what:$machine_status" ;; esac
	[ -z "$(ls spool/failed)" ] || wrong="$wrong $machine_what:failed"
	[ -n "$(ls spool/upload)" ] || [ -n "$(find box -name m1-1.mp3)" ] ||
	    wrong="$wrong $machine_what:lost"
	! grep -q '"destination"' spool/destinations.json 2>/dev/null ||
	    wrong="$wrong $machine_what:paused"
}
# shellcheck disable=SC3045
few_files() { (ulimit -n "$1" && recupload -c up.ini -s spool); }
for limit in 14 15 16 17 18 19 20 21 22 24; do
	machine "EMFILE-$limit" few_files $limit
done
is "too few descriptors" "$wrong" ""
if "$ROOT/build/inject" "$T/report" fail EIO pread64 999 true 2>/dev/null; then
	hurt() { "$ROOT/build/inject" "$T/report" fail "$1" "$2" "$3" recupload -c up.ini -s spool; }
	for calls in pread64 openat fsync write; do
		at=0
		while [ $at -lt 30 ]; do
			at=$((at + 1))
			machine "EIO-$calls-$at" hurt EIO $calls $at
			[ -s report ] || break
		done
	done
	is "an I/O error at each read, open and sync" \
	    "$(echo "$wrong" | tr ' ' '\n' | grep -v ':paused$')" ""
else
	skip "I/O errors" "ptrace does not work here"
fi

# --- --test ---
status "--test" 0 recupload -c up.ini --test
for fact in 'written, read back, deleted' 'space: [0-9]* MB free' \
    'owner: mode 0[0-7]*, owner this user'; do
	ok "--test: $fact" grep -Eq "$fact" out
done
chmod 777 box
recupload -c up.ini --test >out 2>&1
ok "--test warns of a directory for all" grep -q 'warning: other users' out
done_testing
