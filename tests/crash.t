#!/bin/sh
# A call on its way through the spool: each program is killed before each
# system call that changes something, or that call fails once. The same
# commands once more then bring the call to its destination, whole and once.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1
if ! strace -o /dev/null true 2>/dev/null; then
	skip "kills and faults at every system call" "strace does not work here"
	done_testing
fi
cat >policy.ini <<'E'
[recording]
enabled = yes
[inbound]
record = yes
play_message = no
E
cat >upload.ini <<'E'
[upload]
to = archive
[destination archive]
type = directory
path = stored
create = yes
name = {id}-{recording}.{part}.mp3
E
cat >call.ini <<'E'
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
3 = end
E
sox -n -r 8000 -c 1 in.wav synth 3 sine 400
sox -n -r 8000 -c 1 out.wav synth 3 sine 800

command_of() { # PROGRAM
	case $1 in
	recpolicy) echo "recpolicy -c policy.ini -s spool call.ini" ;;
	recmix) echo "recmix -s spool" ;;
	recsplit) echo "recsplit -b 8000 -s spool" ;;
	recupload) echo "recupload -c upload.ini -s spool" ;;
	recsweep) echo "recsweep -s spool" ;;
	esac
}
# Runs the programs from this one on; silent and 0, or it says so.
from() { # PROGRAM
	from_begun=
	for p in recpolicy recmix recsplit recupload; do
		[ $p != "$1" ] && [ -z "$from_begun" ] && continue
		from_begun=1
		# shellcheck disable=SC2046
		$(command_of $p) >>said 2>&1 || echo "$p ended with $?" >>said
	done
}
arrived() { (cd stored && sha256sum -- *) 2>&1; }
waiting() {
	find spool/tmp spool/mix spool/split spool/upload spool/failed \
	    -mindepth 1
}
recpolicy --init -s spool
cp -a spool before-recpolicy
for p in recpolicy recmix recsplit recupload; do
	# shellcheck disable=SC2046
	$(command_of $p) >/dev/null || exit 1
	cp -a spool after-$p
done
cp -a after-recpolicy before-recmix
cp -a after-recmix before-recsplit
cp -a after-recsplit before-recupload
wanted=$(arrived)
is "two parts arrive" "$(find stored -type f | wc -l)" 2

# After a fault at one place: what is wrong, if anything.
check_rest() { # PROGRAM
	: >said
	from "$1"
	grep -v '^spool/mix/' said
	[ "$(arrived)" = "$wanted" ] || { echo "arrived: "; arrived; }
	# What a kill left in tmp/ is swept by its age.
	RECTOOLS_NOW=2027-01-01T00:00:00Z recsweep --clock-ok -s spool 2>&1
	[ -z "$(waiting)" ] || { echo "waiting:"; waiting; }
	recsweep --verify -s spool 2>&1
}
# at_every PROGRAM INJECTION CALLS...: until the call is not made any more.
at_every() {
	program=$1 injection=$2
	shift 2
	for call; do
		n=0
		while n=$((n + 1)); do
			rm -rf spool stored
			cp -a before-"$program" spool
			# shellcheck disable=SC2046
			strace -f -o trace -e trace="$call" \
			    -e inject="$call:$injection:when=$n" \
			    $(command_of "$program") >/dev/null 2>err
			ended=$?
			case $injection in
			signal=*) grep -q 'killed by SIGKILL' trace || break ;;
			*) grep -q INJECTED trace || break ;;
			esac
			points=$((points + 1))
			case $injection:$ended in
			signal=*:* | error=*:0 | error=*:75) ;;
			*) echo "$program $call $n: status $ended"; cat err ;;
			esac
			check_rest "$program" >wrong
			[ ! -s wrong ] || sed "s/^/$program $call $n: /" wrong
		done
	done
}
calls="write pwrite64 fsync fdatasync ftruncate flock renameat renameat2
    unlinkat mkdirat"
for p in recpolicy recmix recsplit recupload; do
	points=0
	# shellcheck disable=SC2086
	at_every $p signal=KILL $calls >faults
	is "$p: killed at $points places" "$(cat faults)" ""
	ok "$p: there are such places" test "$points" -gt 10
	points=0
	at_every $p error=EIO fsync fdatasync renameat2 >faults
	at_every $p error=ENOSPC mkdirat renameat >>faults
	is "$p: $points calls that fail" "$(cat faults)" ""
done

# The sweep: a folder that is due, and one that is not.
sweep_spool() {
	rm -rf spool
	cp -a before-recpolicy spool
	for f in mix/20260101T000000Z-due mix/20261122T000000Z-young; do
		mkdir "spool/$f"
		echo x >"spool/$f/a.mp3"
		echo y >"spool/$f/b.mp3"
	done
}
RECTOOLS_NOW=2026-11-24T00:00:00Z
export RECTOOLS_NOW
points=0
: >faults
for injection in signal=KILL error=EIO error=ENOSPC; do
	for call in $calls; do
		n=0
		while n=$((n + 1)); do
			sweep_spool
			strace -f -o trace -e trace="$call" \
			    -e inject="$call:$injection:when=$n" \
			    recsweep -s spool >/dev/null 2>&1
			grep -Eq 'killed by SIGKILL|INJECTED' trace || break
			points=$((points + 1))
			recsweep -s spool >/dev/null 2>&1 ||
			    echo "$injection $call $n: $?" >>faults
			left=$(waiting | tr '\n' ' ')
			case $left in
			*due*) echo "$injection $call $n: $left" >>faults ;;
			*young/b.mp3*) ;;
			*) echo "$injection $call $n: $left" >>faults ;;
			esac
			grep -q ' due swept .*uploaded=no' spool/audit.log ||
			    echo "$injection $call $n: not logged" >>faults
		done
	done
done
is "recsweep: $points places" "$(cat faults)" ""
done_testing
