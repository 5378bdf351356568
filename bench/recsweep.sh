#!/bin/sh
# Deleting 20,000 files in 200 folders, and looking at as many young ones,
# beside find.
. "$(dirname "$0")/lib.sh"
cd "$W" || exit 1
recpolicy --init -s spool
mkdir one
i=0
while [ $i -lt 100 ]; do
	i=$((i + 1))
	head -c 1024 /dev/zero >one/$i.mp3
done
fill() { # DIRECTORY STAMP
	j=0
	while [ $j -lt 200 ]; do
		j=$((j + 1))
		cp -r one "$1/$2-c$j"
	done
}
fill spool/upload "$(date -u +%Y%m%dT%H%M%SZ)"
pairs "recsweep: 20,000 young files, find" 9 'recsweep -s spool' \
    'find spool/upload -mmin +10080'
rm -rf spool/upload/*
for round in 1 2 3; do
	fill spool/upload 20200101T000000Z
	mkdir peer
	fill peer 20200101T000000Z
	ours=$(bench_time 'recsweep --clock-ok -s spool 2>/dev/null')
	peer=$(bench_time 'find peer -mindepth 1 -delete')
	echo "$round $ours $peer" | awk '{ printf "%-44s ours %9.4f s  peer %9.4f s  peer/ours %6.2f\n",
	    "recsweep: delete 20,000 files, find -delete, run " $1, $2, $3, $3 / $2 }'
	rmdir peer
done
