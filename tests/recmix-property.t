#!/bin/sh
# Random legs, cuts and segments: the output of recmix is compared with its input.
# SEED and COUNT choose others.
. "$(dirname "$0")/lib.sh"
for need in sox ffmpeg lame mpg123 python3; do
	have "$need" || { skip "random calls" "no $need"; done_testing; }
done
cd "$T" || exit 1
count=${COUNT:-30}
[ -z "${RECTOOLS_SANITIZED:-}" ] || count=6
# Not exec: $T is removed at the end.
python3 "$ROOT/tests/recmix-property.py" "${SEED:-1}" "$count"
