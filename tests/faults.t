#!/bin/sh
# Each system call that changes something fails, once or always: tests/crash/fail.py.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/crash/fast.sh"
python3 "$ROOT/tests/crash/fail.py" "$F"
