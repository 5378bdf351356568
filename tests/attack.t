#!/bin/sh
# A symlink-swap attacker in the spool: tests/crash/attack.py.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/crash/fast.sh"
cat >"$F/careless" <<'C'
find spool/mix spool/upload -name '*.mp3' 2>/dev/null | xargs rm -f
C
python3 "$ROOT/tests/crash/attack.py" "$F"
