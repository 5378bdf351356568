# TAP in POSIX sh. A test: . tests/lib.sh, then ok/is/status lines, then done_testing.
# shellcheck shell=sh
# $T is a fresh directory for the test, removed at its end; the test works in it
# only after a cd. $ROOT is the project, programs come first in PATH.

ROOT=${ROOT:-$(cd "$(dirname "$0")/.." && pwd)}
PATH=${BIN:-$ROOT/bin}:$PATH
export PATH ROOT
export TZ=UTC LC_ALL=C
T=$(mktemp -d "${TMPDIR:-/tmp}/rectools.XXXXXX") || exit 1
test_count=0
test_failed=0
cleanup() { :; } # a test that starts servers defines its own
trap 'cleanup; rm -rf "$T"' EXIT
trap 'exit 130' INT TERM

# ok LABEL COMMAND...: passes if the command succeeds.
ok() {
	test_label=$1
	shift
	test_count=$((test_count + 1))
	"$@" >"$T/.ok" 2>&1
	test_status=$?
	if [ "$test_status" = 0 ]; then
		echo "ok $test_count - $test_label"
	else
		echo "not ok $test_count - $test_label"
		echo "# failed ($test_status): $*"
		sed 's/^/# /' "$T/.ok" | head -n 20
		test_failed=$((test_failed + 1))
	fi
}
# not COMMAND...: succeeds if the command fails.
not() { ! "$@"; }
# is LABEL GOT WANTED
is() {
	test_count=$((test_count + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $test_count - $1"
	else
		echo "not ok $test_count - $1"
		printf '%s\n' "got:    $2" "wanted: $3" | sed 's/^/# /'
		test_failed=$((test_failed + 1))
	fi
}
# status LABEL STATUS COMMAND...: the command ends with that status; its output
# is left in $T/out and $T/err.
status() {
	test_label=$1 test_wanted=$2
	shift 2
	"$@" >"$T/out" 2>"$T/err" </dev/null
	is "$test_label" "$?" "$test_wanted"
}
# one_line LABEL PATTERN: $T/err is one line that matches the pattern (grep -E).
one_line() {
	is "$1 (one line)" "$(wc -l <"$T/err")" 1
	ok "$1 ($2)" grep -Eq -- "$2" "$T/err"
}
# killed SECONDS COMMAND...: kill -9 after that time; returns when it is gone
# (timeout -s KILL does not wait, so that the next command meets its locks).
killed() {
	test_delay=$1
	shift
	"$@" >/dev/null 2>&1 &
	test_pid=$!
	sleep "$test_delay"
	kill -9 $test_pid 2>/dev/null
	wait $test_pid 2>/dev/null
	return 0
}
# noise BYTES: frames of an MP3 of 32 kbit/s, and random bytes.
noise() {
	{
		for noise_frame in 1 2; do
			printf '\377\373\020\304'
			head -c 100 /dev/zero
		done
		head -c "$1" /dev/urandom
	} | head -c "$1"
}
# skip LABEL REASON: in CI mode that is a failure.
skip() {
	test_count=$((test_count + 1))
	if [ -n "${CI:-}" ]; then
		echo "not ok $test_count - $1 (skipped in CI: $2)"
		test_failed=$((test_failed + 1))
	else
		echo "ok $test_count - $1 # SKIP $2"
	fi
}
# valid LABEL PATH...: the JSON objects there, or in directories there, match
# schema/metadata.schema.json, and there is at least one.
valid() {
	test_label=$1
	shift
	for test_python in python3 /usr/bin/python3; do
		! "$test_python" -c 'import jsonschema' 2>/dev/null || break
		test_python=
	done
	if [ -n "$test_python" ]; then
		ok "$test_label" "$test_python" "$ROOT/tests/metadata.py" "$@"
	else
		skip "$test_label" "no jsonschema of Python"
	fi
}
have() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ]; }
done_testing() {
	echo "1..$test_count"
	[ "$test_failed" = 0 ] || exit 1
	exit 0
}
