# Slurm on one machine. After tests/servers/lib.sh: . this file.
# shellcheck shell=sh
# server_slurm DIR NODE...: munged, slurmctld and a slurmd for each node, whose
# processes' ids are in $pids; $SLURM_CONF is set. The command $server_in starts
# each slurmd, with the node's name after it. $slurm_timeout: after so many seconds
# without an answer a node is down.
server_slurm() {
	slurm_dir=$1
	shift
	mkdir -p "$slurm_dir/state"
	chmod 755 "$T" "$slurm_dir"
	head -c 1024 /dev/urandom >"$slurm_dir/key"
	chmod 600 "$slurm_dir/key"
	munged --foreground --force --socket="$slurm_dir/munge" \
	    --key-file="$slurm_dir/key" --pid-file="$slurm_dir/munge.pid" \
	    --log-file="$slurm_dir/munge.log" --seed-file="$slurm_dir/seed" \
	    --num-threads=2 >"$slurm_dir/munged" 2>&1 &
	server_pids="$server_pids $!"
	wait_for test -S "$slurm_dir/munge" || return 1
	port=$(server_port)
	cat >"$slurm_dir/slurm.conf" <<-X
	ClusterName=test
	SlurmctldHost=$(hostname)(127.0.0.1)
	SlurmctldPort=$port
	AuthType=auth/munge
	AuthInfo=socket=$slurm_dir/munge
	CredType=cred/munge
	SlurmUser=root
	StateSaveLocation=$slurm_dir/state
	SlurmdSpoolDir=$slurm_dir/spool-%n
	SlurmctldPidFile=$slurm_dir/ctld.pid
	SlurmdPidFile=$slurm_dir/%n.pid
	SlurmctldLogFile=$slurm_dir/ctld.log
	SlurmdLogFile=$slurm_dir/%n.log
	SlurmdTimeout=${slurm_timeout:-300}
	ProctrackType=proctrack/linuxproc
	TaskPlugin=task/none
	JobAcctGatherType=jobacct_gather/none
	SelectType=select/cons_tres
	SelectTypeParameters=CR_Core
	SchedulerParameters=batch_sched_delay=0,sched_min_interval=100000
	MpiDefault=none
	ReturnToService=2
	SlurmdParameters=config_overrides
	PartitionName=all Nodes=ALL Default=YES MaxTime=10 State=UP
	X
	for slurm_node in "$@"; do
		echo "NodeName=$slurm_node NodeHostname=$(hostname)" \
		    "NodeAddr=127.0.0.1 Port=$(server_port) CPUs=2"
	done >>"$slurm_dir/slurm.conf"
	export SLURM_CONF="$slurm_dir/slurm.conf"
	# The plug-in for cgroups is asked for even where none is used.
	printf 'CgroupPlugin=cgroup/v1\nCgroupAutomount=no\n' \
	    >"$slurm_dir/cgroup.conf"
	server_start "$slurm_dir/ctld.out" slurmctld -D -f "$SLURM_CONF" ||
		return 1
	pids=
	for slurm_node in "$@"; do
		server_slurmd "$slurm_node" || return 1
		pids="$pids $pid"
	done
	wait_for server_slurm_idle $#
}
server_slurmd() { # NODE
	mkdir -p "$slurm_dir/spool-$1"
	port=$(sed -n "s/^NodeName=$1 .*Port=\([0-9]*\).*/\1/p" "$SLURM_CONF")
	server_start "$slurm_dir/$1.out" ${server_in:-} ${server_in:+$1} \
	    slurmd -D -N "$1" -f "$SLURM_CONF"
}
server_slurm_idle() { # NODES: that many
	[ "$(sinfo -h -N -o %t | grep -c '^idle$')" = "$1" ]
}
