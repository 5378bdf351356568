#!/bin/sh
# Deleting 200,000 files of 1 KiB in 2,000 folders, and checking as many young
# files and 200,000 young folders, compared with find, tmpreaper and
# systemd-tmpfiles.
# RECTOOLS_BENCH_FOLDERS makes it smaller.
. "$(dirname "$0")/lib.sh"
cd "$W" || exit 1
folders=${RECTOOLS_BENCH_FOLDERS:-2000}
files=$((folders * 100))
cat >fill.py <<'P'
import os, sys
top, stamp, folders, files = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
for f in range(folders):
    d = "%s/%s-c%d" % (top, stamp, f)
    os.makedirs(d)
    for i in range(files):
        fd = os.open("%s/%d.mp3" % (d, i), os.O_WRONLY | os.O_CREAT, 0o600)
        os.write(fd, b"x" * 1024)
        os.close(fd)
P
fill() { python3 fill.py "$@"; }
cat >cpu.py <<'P'
import os, sys
null = os.open("/dev/null", os.O_RDWR)
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[
    (os.POSIX_SPAWN_DUP2, null, 1), (os.POSIX_SPAWN_DUP2, null, 2)])
_, status, r = os.wait4(pid, 0)
if status:
    sys.stderr.write("bench: failed: %s\n" % sys.argv[1:])
print("failed" if status else "%.4f" % (r.ru_utime + r.ru_stime))
P
# CPU seconds (user and system) of a command; its wall time depends on the disk.
cpu() { python3 cpu.py "$@"; }
line() { # LABEL OURS PEER
	case "$2 $3" in
	*failed*) printf '%-58s failed, not compared\n' "$1"; return ;;
	esac
	echo "$2 $3" | awk -v label="$1" '{ printf "%-58s ours %8.3f s  peer %8.3f s  peer/ours %6.2f\n", label, $1, $2, $2 / $1 }'
}
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

recpolicy --init -s spool
now=$(date -u +%Y%m%dT%H%M%SZ)
# Checking young folders.
scans() { # LABEL
	for peer in "find $W/spool/upload -mmin +10080" \
	    "tmpreaper --test 7d $W/spool/upload" \
	    "systemd-tmpfiles --clean $W/young.conf"; do
		have "${peer%% *}" || continue
		: >pairs
		rounds='1 2 3 4 5'
		# It forks for each folder.
		[ "${peer%% *}" != tmpreaper ] || rounds=1
		for round in $rounds; do
			echo "$(cpu recsweep -s spool) $(cpu $peer)" >>pairs
		done
		line "recsweep: $1, ${peer%% *} (CPU)" \
		    "$(cut -d' ' -f1 pairs | median)" \
		    "$(cut -d' ' -f2 pairs | median)"
	done
}
have() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ]; }
PATH=$PATH:/usr/sbin
echo "e $W/spool/upload - - - 7d" >young.conf
fill spool/upload "$now" "$folders" 100
scans "look at $files young files"
find spool/upload -mindepth 1 -delete
fill spool/upload "$now" "$files" 0
scans "look at $files young folders"
find spool/upload -mindepth 1 -delete

# Deleting: the peers judge by the age on disk, so theirs have an age of 0.
echo "e $W/peer - - - 0" >old.conf
for peer in "find $W/peer -mindepth 1 -mmin +-1 -delete" \
    "tmpreaper --mtime 0s $W/peer" "systemd-tmpfiles --clean $W/old.conf"; do
	have "${peer%% *}" || continue
	: >pairs
	for round in 1 2 3; do
		mkdir peer
		fill spool/upload 20200101T000000Z "$folders" 100
		fill peer 20200101T000000Z "$folders" 100
		echo "$(cpu recsweep --clock-ok -s spool) $(cpu $peer)" >>pairs
		[ -z "$(ls spool/upload)" ] || echo "bench: ours has left some"
		[ -z "$(ls peer)" ] || echo "bench: the peer has left some"
		rm -rf peer
	done
	line "recsweep: delete $files files, ${peer%% *} (CPU)" \
	    "$(cut -d' ' -f1 pairs | median)" "$(cut -d' ' -f2 pairs | median)"
done
