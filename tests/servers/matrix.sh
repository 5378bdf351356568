# The fault proxy and the table of faults. After tests/lib.sh and
# tests/servers/lib.sh: . this file.
# shellcheck shell=sh
sum() { sha256sum "$1" | cut -d' ' -f1; }

# server_python NAME [ARG...]: tests/servers/NAME.py in $T/NAME; sets $port, $pid.
server_python() {
	server_dir=$T/$1
	server_script=$ROOT/tests/servers/$1.py
	mkdir -p "$server_dir"
	rm -f "$server_dir/port"
	shift
	python3 "$server_script" "$server_dir/port" "$@" \
	    2>>"$server_dir/err" &
	pid=$!
	server_pids="$server_pids $pid"
	wait_for test -s "$server_dir/port" || return 1
	port=$(cat "$server_dir/port")
}

# proxy_start PORT: in front of that server; its own port in $PROXY.
proxy_start() {
	server_python proxy 127.0.0.1 "$1" || return 1
	PROXY=$port
}
# fault TEXT: a fault of the proxy, see tests/servers/proxy.py; fault_end ends it.
fault() {
	echo "$*" >"$T/proxy/fault.set"
	mv "$T/proxy/fault.set" "$T/proxy/fault"
}
fault_end() { rm -f "$T/proxy/fault"; }

# state_due CALL: prints the last time in its upload.state, to the second.
# shellcheck disable=SC2086
state_due() {
	cat spool/upload/*-$1/upload.state | grep -o '"due":"[^"]*' |
	    tail -n 1 | cut -d'"' -f4 | sed 's/\.[0-9]*Z/Z/'
}

# call_folder ID FILE...: a call of that many parts in spool/upload of the
# working directory; more lines for [call] in $CALL_FACTS.
call_folder() {
	call_id=$1
	call_name=20261122T110000Z-$1
	call_dir=spool/tmp/$call_name
	shift
	mkdir -p "$call_dir"
	{
		printf '[call]\nid = %s\nstarted = 2026-11-22T10:00:00Z\n' "$call_id"
		printf 'queue = %s\n' "${CALL_QUEUE:-Billing/Disputes}"
		[ -z "${CALL_FACTS:-}" ] || printf '%s\n' "$CALL_FACTS"
		n=0
		for f in "$@"; do
			n=$((n + 1))
			cp "$f" "$call_dir/$call_id-$n.mp3"
			printf '[file %s-%d.mp3]\nrecording = 1\nrecordings = 1\n' \
			    "$call_id" $n
			printf 'part = %d\nparts = %d\nstart = 0\n' $n $#
			printf 'bytes = %d\nsha256 = %s\n' "$(wc -c <"$f")" "$(sum "$f")"
		done
	} >"$call_dir/ticket.ini"
	mv "$call_dir" "spool/upload/$call_name"
}
# logged ID EVENT: how often the audit log of the spool has it of that call.
logged() {
	awk -v id="$1" -v event="$2" '$3 == id && $4 == event' spool/audit.log | wc -l
}
in_spool() { find "spool/$1" -mindepth 1 -maxdepth 1 | wc -l; }

now=1795348800 # 2026-11-22T12:00:00Z
# up_run: uploads what is due by up.ini; each run is an hour later than the last.
up_run() {
	now=$((now + 3600))
	RECTOOLS_NOW=$(date -u -d "@$now" +%Y-%m-%dT%H:%M:%SZ) \
	    recupload -c up.ini -s spool >out 2>err
}
# For the table: a server whose files are in $day; temporary files are listed, too.
# Other servers have their own function.
copies() {
	find "${day:?}" -name "$1-*" -o -name '*.part' | sort -V |
	    while read -r file; do sum "$file"; done
}

# cell ROW RESULT: for table, if the test has several servers; this one is $name.
cell() { [ -z "${name:-}" ] || printf '%s|%s|%s\n' "$1" "$name" "$2" >>cells; }
# table: a row for each case, a column for each server.
table() {
	awk -F'|' '{
		if (!($1 in row)) { row[$1] = ++rows; rowname[rows] = $1 }
		if (!($2 in column)) { column[$2] = ++columns; head[columns] = $2 }
		cell[$1, $2] = $3
	}
	END {
		for (c = 1; c <= columns; c++)
			printf "# %d: %s\n", c, head[c]
		printf "# %-32s", ""
		for (c = 1; c <= columns; c++)
			printf " %6d", c
		for (r = 1; r <= rows; r++) {
			printf "\n# %-32s", rowname[r]
			for (c = 1; c <= columns; c++) {
				v = cell[rowname[r], head[c]]
				printf " %6s", v == "" ? "-" : v
			}
		}
		printf "\n"
	}' cells
}
# The table of faults. The test defines, for its destination:
#	copies ID [N]	prints the SHA-256 of each copy of a part of that call that
#			the destination has, one a line, in the parts' order;
#			the call has N (3) parts
# and has up.ini, a spool, and three different files: part1 part2 part3.
# Afterwards matrix_print shows the table.
#
# matrix LABEL WANTED PATTERN FAULT...: a call of three parts while the proxy
# does FAULT (see proxy.py); when it has ended WANTED must be true:
#	arrives		one copy of each part, in order; nothing in failed/
#	failed		in failed/ with a reason that matches PATTERN (grep -E),
#			and after --retry, the fault gone, one copy of each
# PATTERN must also match the messages during the fault ('-': anything).
# FAULT may be the name of a function of the test with "fn:" before it; it is
# called with "begin" and "end".
matrix_count=0
matrix() {
	matrix_row=$1 matrix_wanted=$2 matrix_pattern=$3
	matrix_label=${name:+$name: }$1
	shift 3
	matrix_count=$((matrix_count + 1))
	matrix_id=m$matrix_count
	rm -rf spool/upload/* spool/failed/*
	call_folder $matrix_id part1 part2 part3
	matrix_failed=0
	: >matrix.err
	case $1 in
	fn:*) "${1#fn:}" begin ;;
	*) fault "$*" ;;
	esac
	matrix_rounds 10 3
	matrix_tries=$(cat spool/*/*/upload.state 2>/dev/null |
	    grep -o '"attempts":[0-9]*' | cut -d: -f2 | sort -n | tail -n 1)
	case $1 in
	fn:*) "${1#fn:}" end ;;
	*) fault_end ;;
	esac
	matrix_said=$(grep -v ': paused' matrix.err | head -n 1 |
	    sed 's/^recupload: //')
	matrix_state=arrives
	if [ "$(in_spool failed)" != 0 ]; then
		matrix_state=failed
		matrix_said=$(sed -n 's/^reason = //p' spool/failed/*/failed.ini)
		recupload -s spool --retry all 2>>matrix.err
	fi
	matrix_rounds 20 8
	matrix_got=$(copies $matrix_id | tr '\n' ' ')
	is "$matrix_label: ends as it must" "$matrix_state" "$matrix_wanted"
	is "$matrix_label: one copy of each, in order" "$matrix_got" "$matrix_sums"
	is "$matrix_label: the log says that each was uploaded, and the call removed" \
	    "$(logged "$matrix_id" uploaded) $(logged "$matrix_id" removed)" "3 1"
	is "$matrix_label: nothing is left behind" \
	    "$(in_spool upload) $(in_spool failed)" "0 0"
	[ "$matrix_pattern" = - ] || ok "$matrix_label: says why ($matrix_said)" \
	    sh -c 'printf "%s\n" "$1" | grep -Eq -- "$2"' - "$matrix_said" \
	    "$matrix_pattern"
	cell "$matrix_row" "$matrix_failed"
	printf '%-26s %-8s %5s  %s\n' "$matrix_row" "$matrix_state" \
	    "${matrix_tries:-1}" "$(printf %s "$matrix_said" |
		sed 's|^.*://[^ ]*: ||' | cut -c 1-100)" \
	    >>matrix.table
}
# matrix_rounds HOUR COUNT: runs an hour apart, until nothing is left to do.
matrix_rounds() {
	matrix_hour=$1
	while [ $matrix_hour -lt $(($1 + $2)) ]; do
		[ "$(in_spool upload)" != 0 ] || return 0
		RECTOOLS_NOW=$(printf '%sT%02d:00:00Z' "${MATRIX_DAY:-2026-11-23}" $((matrix_hour % 24))) \
		    recupload -c up.ini -s spool >/dev/null 2>>matrix.err ||
		    matrix_failed=$((${matrix_failed:-0} + 1))
		matrix_hour=$((matrix_hour + 1))
	done
}
matrix_begin() {
	noise 100000 >part1
	noise 90001 >part2
	noise 80002 >part3
	matrix_sums=$(for p in part1 part2 part3; do sum $p; done | tr '\n' ' ')
	recpolicy --init -s spool
	: >matrix.table
}
# The faults of the network, for any destination behind the proxy; up.ini has
# stall_timeout = 1 and connect_timeout = 2.
matrix_network() {
	matrix "refused once" arrives '[Rr]e(fused|set)|closed|recv|SSL|banner|session|connect' refuse once
	matrix "refused all the time" arrives - refuse until
	matrix "reset after 50 kB" arrives - reset/50000 once
	matrix "reset after 50 kB, 3 times" arrives - reset/50000 3
	matrix "closed after 50 kB" arrives - close/50000 once
	matrix "reset at byte 1" arrives - reset/1 once
	matrix "closed at 200 kB" arrives - close/200000 once
	matrix "answer lost" arrives - swallow/95000 once
	matrix "answer lost, 3 times" arrives - swallow/95000 3
	matrix "hangs" arrives - hang/50000 once
	matrix "hangs at the start" arrives - hang/0 once
	matrix "slow (400 kB/s)" arrives - slow/400000 until
	matrix "delayed by 50 ms" arrives - delay/50 until
}
# matrix_http [OUTCOME]: the answers of an HTTP server to the body of a recording,
# without TLS. OUTCOME is that of a 404: failed, or arrives.
matrix_http() {
	matrix "429, Retry-After 120" arrives '429 .too many' put/answer/429/120 until
	matrix "503, Retry-After 120" arrives '503 .busy' put/answer/503/120 3
	matrix "500" arrives '500' put/answer/500 until
	matrix "507 disk full" arrives 'disk is full' put/answer/507 until
	matrix "401 for a while" arrives 'login was refused' put/answer/401 until
	matrix "404" "${1:-failed}" '404|no such' put/answer/404 until
	matrix "413" failed 'too large' put/answer/413 until
	matrix "429 before the body" arrives '429' put/early/429/120 until
	matrix "413 before the body" failed 'too large' put/early/413 until
	matrix "body: reset half-way" arrives - put/reset/50000 once
	matrix "body: closed half-way" arrives - put/close/50000 3
	matrix "body: answer lost" arrives - put/swallow/50000 once
	matrix "body: hangs" arrives - put/hang/50000 once
}
# matrix_print NAME
matrix_print() {
	echo "# faults x $1: outcome, failed attempts, what is said"
	sed 's/^/#   /' matrix.table
}

# kills NAME: kill -9 at $KILLS (100) random instants of uploads of a call of 50
# parts with up.ini: in the end every part is there once, in order.
kills() {
	kills_left=${KILLS:-100}
	[ -z "${RECTOOLS_SANITIZED:-}" ] || kills_left=15
	kills_total=$kills_left kills_calls=0 kills_done=0 kills_files=
	rm -rf spool/upload/* spool/failed/*
	i=0
	while [ $i -lt 50 ]; do
		i=$((i + 1))
		noise $((15000 + i)) >k$i
		kills_files="$kills_files k$i"
	done
	kills_sums=$(for f in $kills_files; do sum $f; done)
	# Measures how long it takes undisturbed.
	call_folder k0 $kills_files
	kills_from=$(date +%s%N)
	recupload -c up.ini -s spool >/dev/null 2>kills.err
	kills_ms=$((($(date +%s%N) - kills_from) / 1000000))
	is "$1: 50 parts undisturbed" "$(copies k0 50)" "$kills_sums"
	while [ $kills_left -gt 0 ]; do
		if [ "$(in_spool upload)" = 0 ]; then
			kills_calls=$((kills_calls + 1))
			call_folder k$kills_calls $kills_files
		fi
		kills_wait=$(($(od -An -N2 -tu2 /dev/urandom) % (kills_ms / 8 + 20)))
		RECTOOLS_NOW=$(kills_time $kills_left) \
		    recupload -c up.ini -s spool >/dev/null 2>>kills.err &
		kills_pid=$!
		sleep "$(printf '%d.%03d' $((kills_wait / 1000)) $((kills_wait % 1000)))"
		kill -9 $kills_pid 2>/dev/null
		wait $kills_pid 2>/dev/null
		# Only kills during a transfer count.
		[ $? != 137 ] || kills_left=$((kills_left - 1))
	done
	MATRIX_DAY=2026-11-30 matrix_rounds 1 9
	is "$1: nothing is left or set aside after $kills_total kills" \
	    "$(in_spool upload) $(in_spool failed)" "0 0"
	n=0
	while [ $n -lt $kills_calls ]; do
		n=$((n + 1))
		[ "$(copies k$n 50)" != "$kills_sums" ] ||
		    kills_done=$((kills_done + 1))
	done
	is "$1: every part once and in order" "$kills_done" "$kills_calls"
	echo "# $1: $kills_total kills at random instants, $kills_done calls of 50 parts"
}
# Times that increase by an hour as N decreases.
kills_time() {
	printf '2026-11-%02dT%02d:00:00Z' $((24 + (100 - $1) / 24)) \
	    $(((100 - $1) % 24))
}
