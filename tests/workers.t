#!/bin/sh
# Ten workers of each program on one spool: tests/crash/workers.py.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/crash/fast.sh"
python3 "$ROOT/tests/crash/workers.py" "$F"
