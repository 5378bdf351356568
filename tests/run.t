#!/bin/sh
# What the runner of the tests prints when a test fails.
. "$(dirname "$0")/lib.sh"
cd "$ROOT" || exit 1

cat >"$T/bad.t" <<'E2'
echo "ok 1 - good"
echo "# a remark"
echo "not ok 2 - bad"
echo "# got:    1"
echo "# wanted: 2"
echo "ok 3 - good"
echo "# another"
echo "1..3"
exit 1
E2
printf 'echo "ok 1"\necho 1..1\n' >"$T/good.t"
printf 'echo "ok 1 - one"\nkill -9 $$\n' >"$T/dies.t"

JOBS=1 tests/run.sh "$T/good.t" "$T/bad.t" >"$T/out" 2>"$T/err"
ok "a failure is a failure" test $? != 0
is "what failed is in the log, and how to run it alone" \
    "$(grep -vE '^#? *$' "$T/err" | sed "s,$T,T,g")" "not ok 2 - bad
# got:    1
# wanted: 2
# T/bad.t failed (1); alone: tests/run.sh T/bad.t"
is "the closing line is prove's" "$(tail -n 1 "$T/out")" "Result: FAIL"
JOBS=1 tests/run.sh "$T/dies.t" >"$T/out" 2>"$T/err"
ok "a test that is killed fails" test $? != 0
ok "with its last words" grep -q '^ok 1 - one' "$T/err"
JOBS=1 tests/run.sh "$T/good.t" >"$T/out" 2>"$T/err"
is "nothing is printed for a test that passes" "$? $(cat "$T/err")" "0 "
is "and it counts" "$(grep -c 'Files=1, Tests=1' "$T/out")" 1
done_testing
