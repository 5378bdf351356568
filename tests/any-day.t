#!/bin/sh
# The tests that know dates pass on other days: half a year from now, and in
# a New Year's night, with the clock and all times of files moved.
. "$(dirname "$0")/lib.sh"
cd "$ROOT" || exit 1

# The times in file names and contents are shifted by as much as the clock.
cat >"$T/look" <<'L'
: >"$1/made" && touch -d 2026-11-22T10:00:00Z "$1/set"
hundreds() { echo $((($1 - now + 50) / 100)); }
hundreds "$(date +%s)"
hundreds "$(stat -c %Y "$1/made")"
stat -c %Y "$1/set"
python3 -c 'import os, sys, time
print(round((time.time() - os.stat(sys.argv[1] + "/made").st_mtime) / 100))' "$1"
L
moved() { # SECONDS COMMAND...
	SHIFT=$1
	shift
	env SHIFT=$SHIFT LD_PRELOAD="$ROOT/build/shift.so" "$@"
}
on_day() { { moved "$1" sh tests/exec.sh "$2" >/dev/null; } 2>&1; }
if [ "$(getconf LONG_BIT)" = 32 ]; then
	skip "other days" "the preload does not move the 64-bit times of a 32-bit system"
	done_testing
fi
make -s build/shift.so
now=$(date +%s)
export now
is "the clock and the times of files move together" \
    "$(moved 17280000 sh "$T/look" "$T" | tr '\n' ' ')" \
    "172800 172800 1795341600 0 "

# Tests in which date(1) only measures a duration do not depend on the day.
dated=$(grep -lE 'RECTOOLS_NOW|touch -|date -|20[0-9]{2}-[0-9]{2}' tests/*.t |
    grep -vE '/(any-day|package|recupload-(servers|network|outage))\.t$')
ok "there are tests with dates" test "$(echo "$dated" | wc -l)" -gt 15
if [ -z "${CI:-}" ]; then
	skip "the tests with dates, on other days" "only in CI, for their time"
	done_testing
fi
for t in $dated; do
	for day in 'in 200 days' 'at New Year'; do
		case $day in
		at*) year=$(($(date -u +%Y) + 1))
		    seconds=$(($(date -u -d "$year-01-01" +%s) - $(date +%s) - 2)) ;;
		*) seconds=$((200 * 86400)) ;;
		esac
		ok "$t $day" on_day $seconds "$t"
	done
done
done_testing
