#!/bin/sh
# How prove starts one test: scripts by sh, units directly. prove does not show the
# output of a test, so failures are also written to stderr, with the command that
# runs this test alone.
test=$1
case $1 in
*.t) set -- sh "$@" ;;
esac
said=$(mktemp -d "${TMPDIR:-/tmp}/rectools-tap.XXXXXX") || exit 1
trap 'rm -rf "$said"' EXIT
trap 'exit 130' INT TERM
mkfifo "$said/pipe" || exit 1
tee "$said/tap" <"$said/pipe" &
"$@" >"$said/pipe"
status=$?
wait
if [ $status != 0 ] || grep -q '^not ok' "$said/tap"; then
	{
		awk '/^not ok/ { failed = 1; print; next }
		/^#/ { if (failed) print; next }
		{ failed = 0 }' "$said/tap"
		[ $status = 0 ] || grep -q '^not ok' "$said/tap" || {
			echo "# its last lines:"
			tail -n 5 "$said/tap"
		}
		echo "# $test failed ($status); alone: tests/run.sh $test"
	} >"$said/failed"
	cat "$said/failed" >&2
fi
exit $status
