#!/bin/sh
# recpolicy --audit and recmix never disagree about a call: tests/agree.py.
# SEED and COUNT choose others.
. "$(dirname "$0")/lib.sh"
for need in sox ffmpeg lame python3; do
	have "$need" || { skip "audit and recmix" "no $need"; done_testing; }
done
count=${COUNT:-16}
[ -z "${RECTOOLS_SANITIZED:-}" ] || count=4
python3 "$ROOT/tests/agree.py" "$T" "${SEED:-1}" "$count"
