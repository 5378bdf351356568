#!/bin/sh
# recpolicy compared with a second implementation in Python, tens of thousands of rows.
. "$(dirname "$0")/lib.sh"
if ! have python3; then
	skip "the oracle" "python3 is not installed"
	done_testing
fi
python3 "$ROOT/tests/oracle.py" "$T"
