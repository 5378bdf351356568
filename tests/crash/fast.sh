# $F: a directory for trees that are made and removed thousands of times, in
# memory where there is room.
# shellcheck shell=sh
F=$T
if [ -w /dev/shm ] && [ "$(df -Pk /dev/shm | awk 'NR == 2 { print $4 }')" -gt \
    32000 ]; then
	F=$(mktemp -d /dev/shm/rectools.XXXXXX) || exit 1
	cleanup() { rm -rf "$F"; }
fi
if ! have python3 || ! "$ROOT/build/inject" "$T/report" kill write 99 true; then
	skip "faults at every system call" "ptrace or python3 is missing"
	done_testing
fi
