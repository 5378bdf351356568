#!/bin/sh
# A backlog on many hosts, here all on loopback: GNU parallel over ssh, and a
# Slurm array of workers.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/servers/lib.sh"
. "$ROOT/tests/servers/slurm.sh"
cd "$T" || exit 1
lib=$ROOT/examples
calls=12
mkdir calls
n=0
while [ $n -lt $calls ]; do
	n=$((n + 1))
	sox -n -r 8000 -c 1 -b 16 "calls/c$n-in.wav" synth 2 sine $((300 + n))
	cat >"calls/c$n.ini" <<-X
	[call]
	id = c$n
	type = direct
	started = 2026-11-22T10:00:00Z
	[leg customer]
	file = c$n-in.wav
	[events]
	0 = answer
	2 = end
	X
done
# A call that is not to be recorded is not a failure.
sed -i 's/^0 = answer/0.5 = consent declined\n&/' calls/c12.ini
printf '[inbound]\nrecord = yes\nplay_message = no\n' >policy.ini
settings() {
	cat <<-X
	[upload]
	to = archive
	[destination archive]
	type = directory
	path = $T/$1
	create = yes
	name = {id}-{recording}.{part}.mp3
	X
}
settings by-ssh >ssh.ini
settings by-slurm >slurm.ini
RECTOOLS_POLICY=$T/policy.ini
export RECTOOLS_POLICY
arrived() { find "$T/$1" -name '*.mp3' 2>/dev/null | wc -l; }

if have parallel && have sshd; then
	ok "an ssh server" server_sshd "$T/sshd"
	PARALLEL_SSH="ssh -F none -p $port -i $T/sshd/id -o BatchMode=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile=$T/sshd/known_hosts -o GlobalKnownHostsFile=none"
	RECTOOLS_UPLOAD=$T/ssh.ini
	# parallel writes into the home directory; use another one.
	HOME=$T/home
	mkdir "$HOME"
	export PARALLEL_SSH RECTOOLS_UPLOAD HOME
	echo 127.0.0.1 >hosts
	# One leg is missing at first: that call fails, and only that one.
	mv calls/c3-in.wav away.wav
	status "parallel, with one bad call" 1 "$lib/backlog-parallel" hosts calls
	is "all others arrived" "$(arrived by-ssh)" $((calls - 2))
	mv away.wav calls/c3-in.wav
	status "all others arrived: again" 0 "$lib/backlog-parallel" hosts calls
	is "all are there" "$(arrived by-ssh)" $((calls - 1))
	is "only the one that failed was run again" \
	    "$(awk '/c4.ini/' calls/joblog | wc -l)" 1
	ok "each ran over ssh" grep -q '127.0.0.1' calls/joblog
	rm calls/joblog
else
	skip "a backlog by parallel over ssh" "no parallel or sshd"
fi

if [ "$(id -u)" != 0 ]; then
	skip "a backlog by Slurm" "its daemons need root"
elif ! have slurmctld || ! have slurmd || ! have munged; then
	skip "a backlog by Slurm" "no Slurm"
else
	ok "a Slurm of one node" server_slurm "$T/s" node
	RECTOOLS_UPLOAD=$T/slurm.ini
	CALLS=$T/calls RECTOOLS_LIB=$lib
	export RECTOOLS_UPLOAD CALLS RECTOOLS_LIB
	status "an array of workers" 0 sbatch --wait -o "$T/s/out-%a" \
	    "$lib/backlog.sbatch"
	is "an array of workers: silent" "$(cat "$T"/s/out-*)" ""
	is "eight workers" "$(find "$T/s" -name 'out-*' | wc -l)" 8
	is "all are there" "$(arrived by-slurm)" $((calls - 1))
	status "all are there: the same again" 0 sbatch --wait -o "$T/s/out-%a" \
	    "$lib/backlog.sbatch"
	is "nothing twice" "$(arrived by-slurm)" $((calls - 1))
fi
done_testing
