# What the tests of destinations share: calls in a spool, a table of faults,
# kills. After tests/lib.sh and tests/servers/lib.sh.
# shellcheck shell=sh
# The test defines
#	settings	upload.ini's text, [upload] to = box
#	there ID	one "SHA256 NAME" a line: files of that call at the server,
#			temporary ones too
# and calls rows_begin, row ..., rows_end.

sum() { sha256sum "$1" | cut -d' ' -f1; }
# folder ID FILE...: a call of so many recordings in spool/upload.
folder() {
	up_dir=spool/tmp/20261122T110000Z-$1
	up_id=$1
	shift
	mkdir "$up_dir" || return 1
	{
		printf '[call]\nid = %s\nstarted = 2026-11-22T10:00:00Z\n' \
		    "$up_id"
		printf 'type = queue\nqueue = Sales\n'
		up_n=0
		for up_file in "$@"; do
			up_n=$((up_n + 1))
			cp "$up_file" "$up_dir/$up_id-$up_n.mp3"
			cat <<-X
			[file $up_id-$up_n.mp3]
			recording = $up_n
			recordings = $#
			part = 1
			parts = 1
			start = 0
			rate = 8000
			channels = 2
			samples = 8000
			bytes = $(wc -c <"$up_file")
			sha256 = $(sum "$up_file")
			X
		done
	} >"$up_dir/ticket.ini"
	mv "$up_dir" spool/upload
}
left() { find "spool/$1" -mindepth 1 -maxdepth 1 | wc -l; }
up_now=1795348800 # 2026-11-22T12:00:00Z
# up_run: all that is due; each call of it is an hour later than the last.
up_run() {
	up_now=$((up_now + 3600))
	RECTOOLS_NOW=$(date -u -d "@$up_now" +%Y-%m-%dT%H:%M:%SZ) \
	    recupload -c up.ini -s spool >out 2>err
}
rows_begin() {
	up_table=$T/table
	printf '# %-26s %-8s %-8s %s\n' "$1: fault" 'then' 'at last' 'told' \
	    >"$up_table"
}
rows_end() { cat "$up_table"; }

# row LABEL SET CLEAR later|failed PATTERN: two recordings of one call meet a
# fault. Once it has ended there is exactly one copy of each, in order, or the
# call lies in failed/ and its reason matches the pattern.
row() {
	up_call=r$((${up_call#r} + 1))
	folder $up_call one two
	eval "$2"
	up_run
	up_first=$?
	cp err err.first
	[ "$4" != later ] || up_wanted=75
	[ "$4" != failed ] || up_wanted=1
	is "$1: $4" "$up_first" "$up_wanted"
	ok "$1: told: $5" grep -Eq -- "$5" err.first
	ok "$1: no secret told" not grep -r "$server_secret" err.first spool
	eval "$3"
	if [ "$4" = later ]; then
		is "$1: kept" "$(find spool/upload -name "$up_call-*.mp3" |
		    wc -l)" 2
		up_run
		is "$1: then it goes" "$? $(cat err)" "0 "
		is "$1: one copy of each, nothing else" \
		    "$(there $up_call | sort -k2)" \
		    "$(printf '%s %s\n' "$(sum one)" $up_call-1.mp3 \
			"$(sum two)" $up_call-2.mp3)"
		is "$1: in order" "$(sed -n \
		    "s/.* uploaded .*$up_call-\([0-9]\).mp3.*/\1/p" \
		    spool/audit.log | tr -d '\n')" 12
		up_last=$(there $up_call | wc -l)
	else
		is "$1: set aside" "$(left failed)" 1
		ok "$1: with the reason" sh -c \
		    'grep -Eq -- "^reason = .*$1" spool/failed/*/failed.ini' \
		    reason "$5"
		rm -r spool/failed/*
		up_last=failed/
	fi
	printf '# %-26s %-8s %-8s %.90s\n' "$1" "$4" "$up_last" \
	    "$(sed -n '1s/^recupload: //p' err.first | sed 's|.*[.]mp3: ||; s|.*[.]part: ||')" \
	    >>"$up_table"
}
up_call=r0

# kills COUNT LONGEST: kill -9 at so many random instants, at most LONGEST
# seconds after the start, while 17 calls of three recordings are under way,
# and new ones when those are through. Then everything is there once.
kills() {
	up_batch=0
	up_seed=$(od -An -N2 -tu2 /dev/urandom | tr -d ' ')
	echo "# kill -9: seed $up_seed"
	python3 - "$1" "$up_seed" "$2" >waits <<-X
	import random, sys
	random.seed(int(sys.argv[2]))
	for i in range(int(sys.argv[1])):
	    print("%.3f" % random.uniform(0.005, float(sys.argv[3])))
	X
	up_kills
	up_run
	is "after the kills all is through" "$? $(left upload) $(left failed)" \
	    "0 0 0"
	up_n=$((up_batch * 17))
	for up_i in $(seq "$up_n"); do
		there "k$up_i" | sort -k2
	done >kill.there
	for up_i in $(seq "$up_n"); do
		printf '%s %s\n' "$up_sum1" "k$up_i-1.mp3" \
		    "$up_sum2" "k$up_i-2.mp3" "$up_sum1" "k$up_i-3.mp3"
	done >kill.wanted
	echo "# killed $1 times, $((up_n * 3)) recordings"
	ok "everything once, nothing half" cmp kill.there kill.wanted
	ok "no secret in the command lines" not grep "$server_secret" cmdlines
	ok "which were seen" grep -q recupload cmdlines
}
up_kills() {
	up_sum1=$(sum one) up_sum2=$(sum two)
	while read -r up_wait; do
		if [ "$(left upload)" = 0 ]; then
			for up_i in $(seq 17); do
				folder "k$((up_batch * 17 + up_i))" one two one
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
