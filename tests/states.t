#!/bin/sh
# Each state of the spool, built by hand: tests/crash/states.py.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/crash/fast.sh"
python3 "$ROOT/tests/crash/states.py" "$F"
