#!/bin/sh
# A day of a call centre: $COUNT (40) calls of 1 to 10 minutes in mixed formats,
# from a PBX's directory to a directory and to S3 (radosgw on loopback), by one
# worker of each program in turn; beside a shell script of sox, cp or rclone,
# and find, as operators write it. Then with 2 and 4 times the calls, and with
# $OLD (100000) calls of earlier days in the audit log and as many folders in
# failed/: the cost of a call must not grow.
set -eu
. "$(dirname "$0")/lib.sh"
cd "$W"
bench_servers clouds
count=${COUNT:-40} old=${OLD:-100000}
sounds=/usr/share/asterisk/sounds/en_US_f_Allison
for side in 0 1; do
	# shellcheck disable=SC2046
	sox $(find -L $sounds -maxdepth 1 -name '*.wav' -size +40k | sort |
	    awk -v side=$side 'NR % 2 == side') voice$side.wav
done
mkdir directory
cat >directory.ini <<I
[upload]
to = a
[destination a]
type = directory
path = $W/directory
I
day() { python3 "$ROOT/bench/day.py" "$count" "$old" "$@"; }
day directory "cp %s $W/directory/"
if ! have radosgw || ! have ceph-mon || ! have rclone; then
	echo "bench: day.sh needs radosgw ceph-mon ceph-osd rclone for S3" >&2
	exit 0
fi
bench_s3
day s3 'rclone copy %s p:bucket/shell/'
