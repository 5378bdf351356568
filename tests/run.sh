#!/bin/sh
# Runs the whole suite, or the tests named, through prove; CI=1 allows no skip.
set -eu
cd "$(dirname "$0")/.."
# shellcheck disable=SC2046
[ $# -gt 0 ] || set -- tests/*.t $(find build/unit -type f ! -name '*.d')
CMOCKA_MESSAGE_OUTPUT=TAP
export CMOCKA_MESSAGE_OUTPUT
exec prove --timer -j "${JOBS:-$(nproc 2>/dev/null || echo 2)}" \
	--exec 'sh tests/exec.sh' "$@"
