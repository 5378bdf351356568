#!/bin/sh
# An outage: what waits, for what and until when; --retry; Retry-After; a changed
# password; settings that are read again. With the real clock.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/servers/lib.sh"
. "$ROOT/tests/servers/matrix.sh"
cd "$T" || exit 1
if ! have python3; then
	skip "outages" "python3 is not installed"
	done_testing
fi
worker=
cleanup() {
	[ -z "$worker" ] || kill "$worker" 2>/dev/null
	server_stop_all
}
noise 100000 >one
printf 'secret-word\n' >password
chmod 600 password
ok "a server" server_python moody
moody=$port
settings() { # [LINE...]
	printf '[upload]\nto = box\n[destination box]\ntype = http\n'
	printf 'url = http://127.0.0.1:%s/in\nname = {file}\nuser = rec\n' "$moody"
	printf 'password_file = %s/password\nconnect_timeout = 2\n' "$T"
	printf 'stall_timeout = 20\n'
	[ $# = 0 ] || printf '%s\n' "$@"
}
settings >up.ini
work() { # starts the worker
	recupload -c up.ini -s spool -wv >out 2>err &
	worker=$!
}
stop() {
	kill "$worker" 2>/dev/null
	wait "$worker"
	worker_status=$?
	worker=
}
fresh() {
	rm -rf spool moody/log moody/mood moody/login
	recpolicy --init -s spool
	: >moody/log
}
puts() { grep -c ' PUT ' moody/log; }
empty() { [ "$(in_spool upload)" = 0 ]; }
paused() { [ "$(jq '.paused | length' spool/destinations.json 2>/dev/null)" = 1 ]; }
noted() { tried=$(ls spool/upload/*/upload.state 2>/dev/null); }
asked() { [ "$(puts)" -ge "$1" ]; }

# --- Retry-After counts from the end of the answer ---
fresh
echo "503 3 2" >moody/mood
call_folder r1 one
work
wait_for asked 2
rm moody/mood
stop
waited=$(awk '/answered 503/ && !end { end = $1 } / PUT / { n++; if (n == 2)
    printf "%d\n", ($1 - end) * 1000 }' moody/log)
ok "asked for 2 s after an answer that took 3 s: again after $waited ms" \
    test "$waited" -ge 2000 -a "$waited" -le 3000

# --- an outage: -l shows the next attempt, --retry works at once ---
fresh
echo "503 0 600" >moody/mood
call_folder o1 one
call_folder o2 one
work
wait_for paused
wait_for asked 1
# The state of the call that found it is written after the pause.
wait_for noted
recupload -c up.ini -s spool -l >list
until=$(jq -r '.paused[0].until' spool/destinations.json | cut -d. -f1)
ok "a line for the destination" grep -q \
    '^-- box: .* paused until .* by the server (Retry-After): .*503 (busy)' list
is "each recording's next try is that" "$(awk '/^o[12] / { print $7 }' list | sort -u | wc -l)" 1
ok "after ten minutes ($until)" expr "$until" '>' "$(date -u -d '+590 seconds' +%Y-%m-%dT%H:%M:%S)"
tried=${tried%/*}
recupload -s spool -l --json "${tried##*-}" >list
is "-l ID: its next try" "$(jq -r 'select(.id) | .next | .[:10]' list)" \
    "$(echo "$until" | cut -c 1-10)"
sleep 0.5
is "nobody asks before" "$(puts)" 1
rm moody/mood
from=$(date +%s%N)
status "--retry all" 0 recupload -s spool --retry all
wait_for asked 2
took=$((($(date +%s%N) - from) / 1000000))
ok "the first byte after $took ms" test "$took" -lt 2000
wait_for empty
ok "all arrive" empty
is "nothing is paused" "$(jq -c .paused spool/destinations.json)" "[]"
for id in o3 o4; do
	what=$id
	[ $id = o4 ] || what=box
	echo "503 0 600" >moody/mood
	call_folder $id one
	wait_for paused
	rm moody/mood
	from=$(date +%s%N)
	status "--retry $what" 0 recupload -s spool --retry $what
	wait_for empty
	took=$((($(date +%s%N) - from) / 1000000))
	ok "$what: there after $took ms" test "$took" -lt 2000
done
stop
is "the worker ends well" "$worker_status" 0

# A pause is kept for the next run, and --retry ends it there too.
fresh
echo "503 0 600" >moody/mood
call_folder k1 one
status "Retry-After" 75 recupload -c up.ini -s spool
rm moody/mood
status "the next run has it" 75 recupload -c up.ini -s spool
is "the next run has it: asks nobody" "$(puts)" 1
call_folder k2 one
status "not for another call either" 75 recupload -c up.ini -s spool
is "not for another call either: it asks nobody" "$(puts)" 1
recupload -s spool --retry k2
status "--retry of that one" 75 recupload -c up.ini -s spool
is "--retry of that one: goes" "$(puts)" 2
recupload -s spool --retry all
status "--retry all" 0 recupload -c up.ini -s spool
status "--retry of nothing" 1 recupload -s spool --retry nobody

# The same without inotify.
# A sanitizer looks for leaks by ptrace, too.
if [ -n "${RECTOOLS_SANITIZED:-}" ]; then
	:
elif have strace; then
	fresh
	echo "503 0 600" >moody/mood
	call_folder i1 one
	strace -f -qq -o strace.out -e trace=inotify_init1 \
	    -e inject=inotify_init1:error=EMFILE \
	    recupload -c up.ini -s spool -w >out 2>err &
	worker=$!
	wait_for paused
	rm moody/mood
	from=$(date +%s%N)
	recupload -s spool --retry all
	wait_for empty
	took=$((($(date +%s%N) - from) / 1000000))
	ok "no inotify: there after $took ms" test "$took" -lt 2500
	call_folder i2 one
	wait_for empty
	ok "no inotify: what comes is seen" empty
	ok "it was refused" grep -q 'EMFILE.*INJECTED' strace.out
	kill "$(pgrep -P "$worker" recupload)" 2>/dev/null
	wait "$worker"
	worker=
else
	skip "without inotify" "strace is not installed"
fi

# --- a password that was changed ---
fresh
echo rec:another >moody/login
call_folder p1 one
work
wait_for paused
is "the login is refused: paused" \
    "$(jq -r '.paused[0].by' spool/destinations.json)" \
    "recupload, until a person acts"
printf 'another\n' >password.new
chmod 600 password.new
from=$(date +%s%N)
mv password.new password
wait_for empty
took=$((($(date +%s%N) - from) / 1000000))
ok "the new password is seen by itself, after $took ms" test "$took" -lt 5000

# --- SIGHUP ---
printf 'secret-word\n' >password
rm moody/login
settings 'nonsense = 1' >up.ini
kill -HUP "$worker"
wait_for grep -q 'the settings stay as they were' err
ok "SIGHUP: bad settings are reported" \
    grep -q 'up.ini:[0-9]*: .*nonsense.*; the settings stay as they were' err
settings | sed 's|/in$|/new|' >up.ini
anew=$(grep -c 'up.ini: read again' err)
again() { [ "$(grep -c 'up.ini: read again' err)" -gt "$anew" ]; }
kill -HUP "$worker"
wait_for again
call_folder h1 one
wait_for empty
ok "SIGHUP: good ones are taken" grep -q ' PUT /new/h1-1.mp3' moody/log
stop
is "it ends well" "$worker_status" 0

# --- -t and --dry-run ask no server ---
: >moody/log
status "-t" 0 recupload -c up.ini -t
settings 'nonsense = 1' >bad.ini
status "-t: bad settings" 2 recupload -c bad.ini -t
call_folder d1 one one
status "--dry-run of the spool" 0 recupload -c up.ini -s spool --dry-run
is "names each place" "$(cat out)" "d1-1.mp3: box: http://127.0.0.1:$moody/new/d1-1.mp3
d1-2.mp3: box: http://127.0.0.1:$moody/new/d1-2.mp3"
is "and leaves all" "$(in_spool upload)" 1
cp one talk.mp3
is "--dry-run by hand" "$(recupload -c up.ini --dry-run talk.mp3)" \
    "talk.mp3: box: http://127.0.0.1:$moody/new/talk.mp3"
is "nobody was asked" "$(cat moody/log)" ""

# --- answers without an end, and a stop by hand ---
fresh
echo endless >moody/mood
from=$(date +%s)
recupload -c up.ini talk.mp3 >out 2>err
is "an endless answer to PUT" "$? $(grep -c 'answered 503' err)" "75 1"
ok "ends soon" test $(($(date +%s) - from)) -le 5
echo drip >moody/mood
timeout 60 recupload -c up.ini talk.mp3 >out 2>err
is "one that drips" "$? $(grep -c 'answered 503' err)" "75 1"
echo "201 60 0" >moody/mood
settings | sed 's/^to = box/&\nstop_grace = 1/' >up.ini
recupload -c up.ini talk.mp3 >out 2>err &
running=$!
wait_for asked 3
kill $running
from=$(date +%s)
wait $running
is "SIGTERM by hand: later" "$?" 75
ok "after stop_grace" test $(($(date +%s) - from)) -le 4
done_testing
