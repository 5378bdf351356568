#!/bin/sh
# recupload to S3 (radosgw on loopback), compared with rclone, s3cmd, aws-cli and a
# bare curl: $COUNT (10000) recordings of 100 kB, $LARGE (20) of 50 MB; and the time
# until the first byte of a new folder is sent. recupload verifies, and keeps its
# state on the disk; rclone and recupload send four at a time. The server's own work,
# on the same processors, limits all of them; so $FAR (1000) recordings are also sent
# over a line of $MS (10) ms each way, as to a distant server.
set -eu
. "$(dirname "$0")/lib.sh"
cd "$W"
bench_servers clouds
count=${COUNT:-10000} large=${LARGE:-20} runs=${RUNS:-3}
far=${FAR:-1000} ms=${MS:-10}
python3 "$ROOT/bench/first-byte.py" "$ROOT/bin/recupload" "$ROOT/bin/recpolicy"
if ! have radosgw || ! have ceph-mon; then
	echo "bench: recupload-s3.sh needs radosgw ceph-mon ceph-osd" >&2
	exit 0
fi
bench_s3
cc -O2 -pthread -o distance "$ROOT/bench/distance.c"
./distance "$rgw_port" "$ms" >line.port &
server_pids="$server_pids $!"
wait_for test -s line.port
line=http://127.0.0.1:$(cat line.port)
sed "s|^url = .*|url = $line/bucket|" s3.ini >far.ini
export AWS_ACCESS_KEY_ID=AKTEST AWS_SECRET_ACCESS_KEY=$server_secret
export AWS_DEFAULT_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true
cat >s3cfg <<X
[default]
access_key = AKTEST
secret_key = $server_secret
host_base = 127.0.0.1:$rgw_port
host_bucket = 127.0.0.1:$rgw_port/%(bucket)
use_https = False
X
umask 022
mkdir small far big
i=0
while [ $i -lt "$count" ]; do
	i=$((i + 1))
	bench_recording small/r$i.mp3 100000
done
i=0
while [ $i -lt "$far" ]; do
	i=$((i + 1))
	bench_recording far/r$i.mp3 100000
done
i=0
while [ $i -lt "$large" ]; do
	i=$((i + 1))
	bench_recording big/r$i.mp3 50000000
done
# A spool with a call of one recording for each file of a directory; links, so
# that it costs little to make.
cat >fill.py <<'P'
import hashlib, os, subprocess, sys
source, recpolicy = sys.argv[1:]
subprocess.run(["rm", "-rf", "spool"], check=True)
subprocess.run([recpolicy, "--init", "-s", "spool"], check=True)
for n, name in enumerate(sorted(os.listdir(source))):
    path = os.path.join(source, name)
    with open(path, "rb") as f:
        data = f.read()
    folder = f"spool/upload/20261122T{n // 3600 % 24:02}{n // 60 % 60:02}{n % 60:02}Z-c{n}"
    os.mkdir(folder, 0o700)
    os.link(path, f"{folder}/{name}")
    with open(f"{folder}/ticket.ini", "w") as f:
        f.write(f"[call]\nid = c{n}\nstarted = 2026-11-22T10:00:00Z\n"
                f"[file {name}]\nrecording = 1\nrecordings = 1\npart = 1\n"
                f"parts = 1\nbytes = {len(data)}\n"
                f"sha256 = {hashlib.sha256(data).hexdigest()}\n")
os.sync()
P
# use LABEL FILES BYTES COMMAND: recordings/s, CPU seconds per GB, peak memory.
cat >use.py <<'P'
import resource, subprocess, sys, time
label, files, size, command = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
start = time.monotonic()
done = subprocess.run(["sh", "-c", command], stdout=subprocess.DEVNULL,
                      stderr=subprocess.PIPE)
wall = time.monotonic() - start
u = resource.getrusage(resource.RUSAGE_CHILDREN)
if done.returncode:
    sys.exit(f"bench: {label}: status {done.returncode}: {done.stderr.decode()[-500:]}")
cpu = u.ru_utime + u.ru_stime
print(f"{label} {files / wall:.1f} {cpu / (files * size / 1e9):.3f} {u.ru_maxrss / 1024:.1f}")
P
use() { python3 use.py "$@" >>figures; }
clean() { # deletes what the last run left there, to free its space
	server_s3 GET "bucket?list-type=2&max-keys=1" >/dev/null
	rclone delete --checkers 16 p:bucket 2>/dev/null
	radosgw-admin -c "$W/rgw/ceph.conf" -n client.rgw gc process \
	    --include-all >/dev/null 2>&1 || :
}
# ours_and_rclone DIR COUNT INI URL: small files from the spool, by hand, by rclone.
ours_and_rclone() {
	python3 fill.py "$1" "$ROOT/bin/recpolicy"
	use recupload "$2" 100000 "recupload -c $3 -s spool"
	clean
	use by-hand "$2" 100000 "find $1 -type f | recupload -c $3"
	clean
	use rclone "$2" 100000 \
	    "RCLONE_CONFIG_P_ENDPOINT=$4 rclone copy $1 p:bucket/rclone"
	clean
}
report() {
	awk -v title="$1" '
	{ n[$1]++; rate[$1, n[$1]] = $2; cpu[$1, n[$1]] = $3
	  if ($4 > rss[$1]) rss[$1] = $4
	  if (n[$1] == 1) order[++k] = $1 }
	function median(a, key, m,   i, j, t, v) {
		for (i = 1; i <= m; i++) v[i] = a[key, i]
		for (i = 2; i <= m; i++)
			for (j = i; j > 1 && v[j] < v[j - 1]; j--) {
				t = v[j]; v[j] = v[j - 1]; v[j - 1] = t
			}
		return m % 2 ? v[(m + 1) / 2] : (v[m / 2] + v[m / 2 + 1]) / 2
	}
	END {
		for (i = 1; i <= k; i++) {
			r = median(rate, order[i], n[order[i]])
			c = median(cpu, order[i], n[order[i]])
			if (i == 1) { r1 = r; c1 = c }
			printf "%-32s %-12s %8.1f recordings/s  %7.3f CPU s/GB  %6.1f MB   ours: %5.2f x the rate, %5.2f x the CPU\n",
			    title, order[i], r, c, rss[order[i]], r1 / r, c1 / c
		}
	}' figures
	rm -f figures
}
n=0
while [ $n -lt "$runs" ]; do
	n=$((n + 1))
	ours_and_rclone small "$count" s3.ini "$url"
	if have s3cmd; then
		use s3cmd "$count" 100000 's3cmd -c s3cfg -q put --recursive small/ s3://bucket/s3cmd/'
		clean
	fi
	if have aws; then
		use aws-cli "$count" 100000 "aws --endpoint-url $url s3 cp --only-show-errors --recursive small s3://bucket/aws/"
		clean
	fi
done
report "S3: $count x 100 kB"
n=0
while [ $n -lt "$runs" ]; do
	n=$((n + 1))
	ours_and_rclone far "$far" far.ini "$line"
done
report "S3: $far x 100 kB, 2 x $ms ms"
# A bare curl does not sign the content.
curls=$(find big -type f | sed "s|.*/\(.*\)|-T big/\1 $url/bucket/curl/\1|" | tr '\n' ' ')
n=0
while [ $n -lt "$runs" ]; do
	n=$((n + 1))
	python3 fill.py big "$ROOT/bin/recpolicy"
	use recupload "$large" 50000000 'recupload -c s3.ini -s spool'
	clean
	use curl "$large" 50000000 "curl -sf --aws-sigv4 aws:amz:us-east-1:s3 -u AKTEST:$server_secret -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' $curls"
	clean
	use rclone "$large" 50000000 'rclone copy big p:bucket/rclone'
	clean
	if have aws; then
		use aws-cli "$large" 50000000 "aws --endpoint-url $url s3 cp --only-show-errors --recursive big s3://bucket/aws/"
		clean
	fi
done
report "S3: $large x 50 MB"
