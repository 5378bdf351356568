#!/bin/sh
# MP3s of 200 and 500 MB into parts of 50 MB, compared with the minimum (floor.c:
# only hash and write, by as many threads), cp, split -b, mp3splt and ffmpeg. In
# memory if there is room, so that no disk is measured; then once on the disk, where
# recsplit waits until the parts are durable, compared with split and a sync of the
# same bytes. Every run begins with empty directories, because a call is split once.
# $SIZES and $PAIRS choose less.
. "$(dirname "$0")/lib.sh"
bench=$(cd "$(dirname "$0")" && pwd)
cd "$W" || exit 1
cc -O2 -pthread -o floor "$bench/floor.c" -lcrypto
floor=$W/floor
disk=$W
room=$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')
if [ "${room:-0}" -gt 3000000 ] && [ -w /dev/shm ]; then
	memory=$(mktemp -d /dev/shm/rectools-bench.XXXXXX)
	trap 'rm -rf "$W" "$memory"' EXIT
	cd "$memory" || exit 1
fi
sox -n -r 44100 -c 2 -b 16 one.wav synth 60 pinknoise gain -6
# make_big KBPS MB: big.mp3
make_big() {
	lame --quiet -t -b "$1" one.wav one.mp3
	: >big.mp3
	while [ "$(stat -c %s big.mp3)" -lt $(($2 * 1000000)) ]; do
		cat one.mp3 >>big.mp3
	done
}
# The memory of a child includes Python's at the fork, so that must be small.
memory_kb() {
	python3 -I -S - <<'P'
import os
quiet = [(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]
child = os.posix_spawnp("recsplit", ["recsplit", "-o", "ours", "big.mp3"], os.environ, file_actions=quiet)
_, status, usage = os.wait4(child, 0)
print(usage.ru_maxrss if status == 0 else "failed:")
P
}
ours='recsplit -b 50M -o ours big.mp3'
bench_before='rm -rf ours peer && mkdir ours peer'
for megabytes in ${SIZES:-200 500}; do
	for kbps in 32 128; do
		label="recsplit: $megabytes MB, $kbps kbit/s"
		make_big $kbps "$megabytes"
		seconds=$((50000000 / (kbps * 125)))
		pairs "$label, floor" "${PAIRS:-9}" "$ours" \
		    "$floor big.mp3 peer 50000000"
		pairs "$label, cp" "${PAIRS:-9}" "$ours" 'cp big.mp3 peer/x'
		pairs "$label, split -b" "${PAIRS:-9}" "$ours" \
		    'split -b 50000000 big.mp3 peer/x'
		! command -v mp3splt >/dev/null ||
		    pairs "$label, mp3splt -f" "${PAIRS:-5}" "$ours" \
			"mp3splt -Q -f -d peer -t $((seconds / 60)).$((seconds % 60)) big.mp3"
		pairs "$label, ffmpeg segment" "${PAIRS:-3}" "$ours" \
		    "ffmpeg -v error -y -i big.mp3 -f segment -segment_time $seconds -c copy peer/%d.mp3"
		printf '%-44s %s kB\n' "$label, memory at most" "$(memory_kb)"
	done
done
make_big 128 200
[ "$PWD" = "$disk" ] || mv big.mp3 "$disk"
cd "$disk" || exit 1
pairs "recsplit: 200 MB on disk, floor" "${PAIRS:-5}" "$ours" \
    "$floor big.mp3 peer 50000000"
pairs "recsplit: 200 MB on disk, split -b and sync" "${PAIRS:-5}" "$ours" \
    'split -b 50000000 big.mp3 peer/x && sync peer/x*'
