#!/bin/sh
# kill -9 before every system call, then once more: tests/crash/kill.py.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/crash/fast.sh"
python3 "$ROOT/tests/crash/kill.py" "$F"
