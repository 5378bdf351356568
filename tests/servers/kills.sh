# kill -9 at random instants, for any destination. After tests/servers/matrix.sh;
# the test defines copies (see there) and has up.ini, a spool, and one and two.
# shellcheck shell=sh

up_now=1795348800 # 2026-11-22T12:00:00Z
# up_run: all that is due; each call of it is an hour later than the last.
up_run() {
	up_now=$((up_now + 3600))
	RECTOOLS_NOW=$(date -u -d "@$up_now" +%Y-%m-%dT%H:%M:%SZ) \
	    recupload -c up.ini -s spool >out 2>err
}
# kills COUNT LONGEST: kill -9 at so many random instants, at most LONGEST
# seconds after the start, while 17 calls of three recordings are under way,
# and new ones when those are through. Then everything is there once.
kills() {
	up_batch=0
	up_count=$1
	[ -z "${RECTOOLS_SANITIZED:-}" ] || up_count=15
	up_seed=$(od -An -N2 -tu2 /dev/urandom | tr -d ' ')
	echo "# kill -9: seed $up_seed"
	python3 - "$up_count" "$up_seed" "$2" >waits <<-X
	import random, sys
	random.seed(int(sys.argv[2]))
	for i in range(int(sys.argv[1])):
	    print("%.3f" % random.uniform(0.005, float(sys.argv[3])))
	X
	up_kills
	up_run
	is "after the kills all is through" "$? $(in_spool upload) $(in_spool failed)" \
	    "0 0 0"
	up_n=$((up_batch * 17))
	for up_i in $(seq "$up_n"); do
		copies "k$up_i"
	done >kill.there
	for up_i in $(seq "$up_n"); do
		printf '%s\n' "$up_sum1" "$up_sum2" "$up_sum1"
	done >kill.wanted
	echo "# killed $up_count times, $((up_n * 3)) recordings"
	ok "everything once, nothing half" cmp kill.there kill.wanted
	ok "no secret in the command lines" not grep "$server_secret" cmdlines
	ok "which were seen" grep -q recupload cmdlines
}
up_kills() {
	up_sum1=$(sum one) up_sum2=$(sum two)
	while read -r up_wait; do
		if [ "$(in_spool upload)" = 0 ]; then
			for up_i in $(seq 17); do
				call_folder "k$((up_batch * 17 + up_i))" one two one
			done
			up_batch=$((up_batch + 1))
		fi
		up_now=$((up_now + 3600))
		RECTOOLS_NOW=$(date -u -d "@$up_now" +%Y-%m-%dT%H:%M:%SZ) \
		    recupload -c up.ini -s spool >>kill.out 2>&1 &
		up_pid=$!
		sleep "$up_wait"
		cat "/proc/$up_pid/cmdline" >>cmdlines 2>/dev/null
		kill -9 "$up_pid" 2>/dev/null
		wait "$up_pid" 2>/dev/null
	done <waits
}
