#!/bin/sh
# The same day on three hosts: by GNU parallel over ssh, by Slurm, and with a spool
# on each. One of them is killed, or freezes, in the middle: each call arrives
# once, as one host would have made it. A host is a process namespace with a
# directory of its own at $here; killing it is killing all of its processes.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/servers/lib.sh"
. "$ROOT/tests/servers/slurm.sh"
cd "$T" || exit 1
lib=$ROOT/examples
calls=14
here=$T/here
if ! unshare -m -p -f --mount-proc true 2>/dev/null; then
	skip "several hosts" "namespaces need root"
	done_testing
fi

# ---- hosts ----

mkdir "$here" h1 h2 h3
cat >box <<X
#!/bin/sh
# box DIR COMMAND...: on the host whose directory that is.
exec unshare -m -p -f --kill-child --mount-proc sh -c \\
    'mount --bind "\$1" "$here" && shift && exec "\$@"' box "\$@"
X
chmod +x box
# Programs that stop where the host's file stop says so, such as "after recmix".
# A run counts if it is about one of the calls.
mkdir bin
for program in recpolicy recmix recsplit recupload; do
	cat >bin/$program <<-X
	#!/bin/sh
	stop() {
		grep -qsx "\$1 $program" "$here/stop" || return 0
		: >"$here/stopped"
		for _ in \$(seq 3000); do
			sleep 0.1
			[ -e "$here/stop" ] || return 0
		done
	}
	stop before
	"${BIN:-$ROOT/bin}/$program" "\$@"
	bad=\$?
	stop after
	exit \$bad
	X
	chmod +x bin/$program
done
# The hosts have this PATH and TMPDIR, too.
PATH=$T/bin:$PATH
TMPDIR=$here/tmp
export TMPDIR
# soon COMMAND...: within two minutes, for the machine may have other work.
soon() {
	for _ in 1 2 3 4 5 6; do
		! wait_for "$@" || return 0
	done
	return 1
}
fresh() { # HOST: an empty directory of it
	rm -rf "${T:?}/$1"
	mkdir -p "$T/$1/tmp"
}
# What unshare waits for, a signal to it does not end.
boxes=
cleanup() {
	# shellcheck disable=SC2086
	[ -z "$boxes" ] || kill -9 $boxes 2>/dev/null
	server_stop_all
}
# processes PID: of the host that was started as PID, its first one first.
processes() {
	init=$(ps -o pid= --ppid "$1" | tr -d ' ')
	[ -n "$init" ] || return 0
	ps -e -o pidns=,pid= | awk -v n="$(readlink "/proc/$init/ns/pid" |
	    tr -dc 0-9)" '$1 == n { print $2 }'
}
# host_kill PID: all that runs there, and waits until it is gone.
host_kill() {
	gone=$(processes "$1")
	kill -9 "$1" 2>/dev/null
	server_stop "$1"
	# shellcheck disable=SC2086
	soon not kill -0 $gone
}
# What it starts meanwhile is stopped the next time.
host_freeze() {
	for _ in 1 2 3; do
		processes "$1" | xargs kill -STOP 2>/dev/null
	done
}
host_thaw() { processes "$1" | xargs kill -CONT 2>/dev/null; }

# ---- the day ----

python3 "$ROOT/tests/day.py" make calls $calls
find calls -type f -printf "%f\n" | sort >before
cat >policy.ini <<'X'
[inbound]
record = yes
redaction = yes
play_message = no
X
# settings NAME: everything goes to that directory.
settings() {
	cat >"$1.ini" <<-X
	[upload]
	to = archive
	[destination archive]
	type = directory
	path = $T/$1
	create = yes
	name = {date}/{id}-{recording}.{part}.mp3
	X
	RECTOOLS_UPLOAD=$T/$1.ini
	export RECTOOLS_UPLOAD
}
RECTOOLS_POLICY=$T/policy.ini
export RECTOOLS_POLICY
# page WORD: the block of rectools-operating(7) with that word, for this place.
page() {
	awk -v word="$1" '
	/^\.Sh / { on = $0 == ".Sh SEVERAL MACHINES" }
	/^\.Bd -literal/ { block = on; text = ""; next }
	/^\.Ed/ {
		if (block && index(text, word)) printf "%s", text
		block = 0
		next
	}
	block { sub(/\\e$/, "\\"); text = text $0 "\n" }' \
	    "$ROOT/man/rectools-operating.7" |
	    sed -e "s|/etc/rectools/policy.ini|$RECTOOLS_POLICY|" \
		-e "s|/etc/rectools/upload.ini|$RECTOOLS_UPLOAD|" \
		-e "s|/usr/lib/rectools|$lib|" -e "s|/srv/calls|$T/calls|" \
		-e "s|/usr/share/doc/rectools/examples|$lib|" \
		-e "s|/srv/dead/rectools|$T/h3/moved|g; s|/srv/dead/rec\$|$T/h3/moved.pbx|" \
		-e 's|chown -R rectools:|chown -R root:|; s|sudo -u rectools ||'
}
# What is there: each file with its hash, what is under construction as well.
content() { (cd "$T/$1" && find . -type f -exec sha256sum {} + | sort -k 2); }
fresh here
settings alone
status "the day on one host" 0 "$lib/backlog-call" calls/*.ini
is "the day on one host: silent" "$(cat out err)" ""
is "each call, as it sounded" "$(python3 "$ROOT/tests/day.py" heard alone $calls)" ""
content alone >wanted
# same LABEL: what arrived is that, and nothing is left beside the calls.
same() {
	name=${RECTOOLS_UPLOAD##*/}
	content "${name%.ini}" >got
	is "$1: each call once, as one host makes it" \
	    "$(diff wanted got)" ""
	is "$1: nothing beside the calls" "$(find calls ! -name joblog -type f -printf "%f\n" | sort |
	    diff before -)" ""
}
# tidy LABEL: a run that was killed left recordings in its host's directory; the
# next one there removes them.
tidy() {
	for host in h1 h2 h3; do
		./box "$T/$host" "$lib/backlog-call"
	done
	is "$1: nothing in the hosts' directories" \
	    "$(find h1/tmp h2/tmp h3/tmp -mindepth 1)" ""
}
# stop_all MOMENT: each host stops there, so that each has work. others_on: those
# that are not to be killed go on.
stop_all() {
	for host in h1 h2 h3; do
		echo "$1" >$host/stop
	done
}
others_on() { rm h1/stop h3/stop; }
# ended HOST: no run is at work there.
ended() { [ -z "$(ls "$1/tmp")" ]; }
# stopped HOST: it is where it was told to stop.
stopped() { soon test -e "$T/$1/stopped"; }

# ---- GNU parallel ----

# No address of these is anybody else's in this test.
ssh_up() { # N [PORT]
	fresh "h$1"
	server_in="$T/box $T/h$1" server_address=127.0.0.$((10 + $1))
	server_sshd "$T/ssh$1" "${2:-}" || return 1
	eval "pid$1=$pid" boxes="'$boxes $pid'"
	server_in='' server_address=''
}
three_up() {
	ssh_up 1 && ssh_up 2 "$port" && ssh_up 3 "$port"
}
if have parallel && have sshd; then
	mkdir home
	# A home of its own, for the shell of the user may read files there.
	server_sshd_lines="SetEnv TMPDIR=$TMPDIR HOME=$T/home"
	ok "three hosts with ssh" three_up
	cat ssh?/known_hosts >known_hosts
	cat ssh?/id.pub >keys
	for n in 1 2 3; do cp keys ssh$n/authorized_keys; done
	PARALLEL_SSH="ssh -F none -p $port -i $T/ssh1/id -o BatchMode=yes \
-o StrictHostKeyChecking=yes -o UserKnownHostsFile=$T/known_hosts \
-o GlobalKnownHostsFile=none"
	export PARALLEL_SSH
	printf '2/127.0.0.%s\n' 11 12 13 >hosts
	by_parallel() { page backlog-parallel | HOME=$T/home sh -e; }
	n=0
	for moment in "before recmix" "after recmix" "after recupload"; do
		n=$((n + 1))
		settings "parallel$n"
		stop_all "$moment"
		by_parallel >out 2>&1 &
		job=$!
		ok "parallel: one host is $moment" stopped h2
		host_kill "$pid2"
		others_on
		wait $job
		is "parallel: and is killed there: status" $? 0
		same "parallel: killed $moment"
		ok "parallel: the host is back" ssh_up 2 "$port"
		cp keys ssh2/authorized_keys
		status "parallel: the same command again" 0 by_parallel
		same "parallel: again"
		rm calls/joblog
	done
	tidy "parallel"

	# It is not dead, only away: its calls are made elsewhere, and then it goes on.
	settings parallel-frozen
	stop_all "before recupload"
	by_parallel >out 2>&1 &
	job=$!
	ok "parallel: one host is before recupload" stopped h2
	host_freeze "$pid2"
	others_on
	wait $job
	is "parallel: and freezes there: status" $? 0
	same "parallel: without the one that froze"
	rm h2/stop
	host_thaw "$pid2"
	ok "parallel: it goes on, and ends" soon ended h2
	same "parallel: it has sent the same again"
	tidy "parallel: frozen"
	rm calls/joblog
	for pid in $pid1 $pid2 $pid3; do host_kill "$pid"; done
else
	skip "three hosts by GNU parallel" "no parallel or sshd"
fi
# ---- Slurm ----

by_slurm() { (cd "$T/s" && page sbatch | sh -e); }
if have slurmctld && have slurmd && have munged; then
	cat >slurm-box <<-X
	#!/bin/sh
	host=\$1
	shift
	exec "$T/box" "$T/\$host" "\$@"
	X
	chmod +x slurm-box
	fresh h1
	fresh h2
	fresh h3
	server_in=$T/slurm-box slurm_timeout=10
	ok "a Slurm of three hosts" server_slurm "$T/s" h1 h2 h3
	# shellcheck disable=SC2086
	set -- $pids
	slurm2=$2 n=0 boxes=$pids
	for moment in "after recmix" "after recupload"; do
		n=$((n + 1))
		settings "slurm$n"
		stop_all "$moment"
		by_slurm >out 2>&1 &
		job=$!
		ok "Slurm: one host is $moment" stopped h2
		host_kill "$slurm2"
		others_on
		# By itself Slurm notices after SlurmdTimeout, and begins the jobs
		# again two minutes later.
		scontrol update NodeName=h2 State=DOWN Reason=killed
		while kill -0 $job 2>/dev/null; do
			for id in $(squeue -h -t PENDING -o %i); do
				scontrol update JobId="$id" StartTime=now
			done
			sleep 1
		done >s/said 2>&1
		wait $job
		is "Slurm: and is killed there: status" $? 0
		same "Slurm: killed $moment"
		rm -f h2/stop h2/stopped
		ok "Slurm: the host is back" server_slurmd h2
		slurm2=$pid boxes="$boxes $pid"
		ok "Slurm: and is given work" soon server_slurm_idle 3
	done
	status "Slurm: the same command again" 0 by_slurm
	is "Slurm: says nothing" "$(cat s/slurm-*.out)" ""
	same "Slurm: again"
	server_in=
	tidy "Slurm"
	cleanup
else
	skip "three hosts by Slurm" "no Slurm"
fi

# ---- a spool on each host ----

# live: what cron does on a host, until nothing waits.
cat >live <<X
#!/bin/sh
for spool; do
	recpolicy -c "$T/policy.ini" -s "\$spool" --collect "\$spool.pbx" >/dev/null &&
	recmix -s "\$spool" && recsplit -s "\$spool" &&
	recupload -c "\$RECTOOLS_UPLOAD" -s "\$spool" && recsweep -s "\$spool" || exit
done
X
chmod +x live
# share: the calls of the day, a third for each host's PBX.
share() {
	n=0
	for host in h1 h2 h3; do
		fresh $host
		recpolicy --init -s $host/spool
		mkdir $host/spool.pbx
	done
	while [ $n -lt $calls ]; do
		n=$((n + 1))
		cp -p calls/c$n.ini calls/c$n-* h$((n % 3 + 1))/spool.pbx/
	done
}
# empty LABEL SPOOL...: nothing waits, failed or was left, and the log is whole.
empty() {
	what=$1
	shift
	for spool; do
		recsweep --verify -s "$spool" >/dev/null || echo "$spool: its log"
		find "$spool"/*/ "$spool.pbx" -type f
	done >left
	is "$what: nothing is left" "$(cat left)" ""
}
# others: the two that are not killed do their part meanwhile.
others() {
	./box "$T/h1" "$T/live" "$T/h1/spool" >out1 2>&1 &
	other1=$!
	./box "$T/h3" "$T/live" "$T/h3/spool" >out3 2>&1 &
	other3=$!
}
others_end() { # LABEL
	wait $other1
	first=$?
	wait $other3
	is "$1: the others" "$first $? $(cat out1 out3)" "0 0 "
}
n=0
for moment in "after recpolicy" "before recmix" "after recmix" "after recupload" \
    0.1 0.2 0.3 0.4; do
	n=$((n + 1))
	share
	settings "spools$n"
	case $moment in 0*) ;; *) echo "$moment" >h2/stop ;; esac
	others
	./box "$T/h2" "$T/live" "$T/h2/spool" >out 2>&1 &
	host=$! boxes=$host
	case $moment in
	0*) sleep "$moment" ;;
	*) ok "spools: one host is $moment" stopped h2 ;;
	esac
	host_kill "$host"
	others_end "spools: killed $moment"
	# Its disk, with the spool and the PBX's directory, is now the third's.
	mv h2/spool h3/moved
	mv h2/spool.pbx h3/moved.pbx
	page /srv/dead >move
	status "spools: the third has its disk" 0 ./box "$T/h3" sh -e "$T/move"
	same "spools: killed $moment"
	empty "spools: killed $moment" h1/spool h3/spool h3/moved
done

# Not moved, but copied from one that is only away, and goes on later.
n=0
for moment in "after recpolicy" "after recmix" "before recupload"; do
	n=$((n + 1))
	share
	settings "copied$n"
	echo "$moment" >h2/stop
	others
	./box "$T/h2" "$T/live" "$T/h2/spool" >out 2>&1 &
	host=$! boxes=$host
	ok "copied: one host is $moment" stopped h2
	host_freeze "$host"
	cp -a h2/spool h3/moved
	cp -a h2/spool.pbx h3/moved.pbx
	others_end "copied: frozen $moment"
	status "copied: and its copy" 0 ./box "$T/h3" "$T/live" "$T/h3/moved"
	same "copied: frozen $moment"
	rm h2/stop
	host_thaw "$host"
	wait $host
	is "copied: it goes on" "$? $(cat out)" "0 "
	same "copied: it has sent the same again"
	empty "copied: it goes on" h1/spool h2/spool h3/spool h3/moved
done
done_testing
