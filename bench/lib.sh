# pairs LABEL RUNS OURS PEER: runs the two commands (shell text) in turns and
# prints the median wall time of each and the median ratio of the pairs. The
# command $bench_before runs before each run and is not timed.
# shellcheck shell=sh
ROOT=$(cd "$(dirname "$0")/.." && pwd)
PATH=$ROOT/bin:$PATH
export PATH LC_ALL=C
W=$(mktemp -d "${TMPDIR:-/tmp}/rectools-bench.XXXXXX")
trap 'rm -rf "$W"' EXIT

have() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ]; }
# bench_servers NAME: the servers of tests/servers/NAME.sh, to be started in $W.
bench_servers() {
	T=$W
	. "$ROOT/tests/servers/lib.sh"
	# shellcheck source=/dev/null
	. "$ROOT/tests/servers/$1.sh"
}
# Starts radosgw with a bucket, at $url; s3.ini is for recupload, p: for rclone.
bench_s3() {
	trap 'set +e; server_stop_all; rm -rf "$W"' EXIT
	server_radosgw "$W/rgw"
	server_s3 PUT bucket >/dev/null
	url=http://127.0.0.1:$rgw_port
	printf '%s\n' "$server_secret" >key
	chmod 600 key
	cat >s3.ini <<-X
	[upload]
	to = a
	[destination a]
	type = s3
	url = $url/bucket
	region = us-east-1
	access_key = AKTEST
	secret_key_file = $W/key
	name = ours/{file}
	X
	unset AWS_CA_BUNDLE
	export RCLONE_CONFIG_P_TYPE=s3 RCLONE_CONFIG_P_PROVIDER=Ceph
	export RCLONE_CONFIG_P_ACCESS_KEY_ID=AKTEST RCLONE_CONFIG_P_ENDPOINT=$url
	export RCLONE_CONFIG_P_SECRET_ACCESS_KEY=$server_secret RCLONE_CONFIG=/dev/null
}

# Frames of an MP3, then random bytes.
bench_recording() { # FILE BYTES
	{
		for _ in 1 2; do
			printf '\377\373\020\304'
			head -c 100 /dev/zero
		done
		head -c "$2" /dev/urandom
	} >"$1"
}
bench_now() { date +%s.%N; }
bench_time() {
	[ -z "${bench_before:-}" ] || sh -c "$bench_before"
	bench_from=$(bench_now)
	sh -c "$1" >/dev/null 2>"$W/.err" || {
		echo "bench: failed: $1" >&2
		cat "$W/.err" >&2
		exit 1
	}
	echo "$bench_from $(bench_now)" | awk '{ printf "%.6f", $2 - $1 }'
}
pairs() {
	: >"$W/.pairs"
	bench_time "$3" >/dev/null
	bench_time "$4" >/dev/null
	bench_i=0
	while [ "$bench_i" -lt "$2" ]; do
		bench_i=$((bench_i + 1))
		echo "$(bench_time "$3") $(bench_time "$4")" >>"$W/.pairs"
	done
	awk -v label="$1" '
	function median(a, n,   i, j, t) {
		for (i = 2; i <= n; i++)
			for (j = i; j > 1 && a[j] < a[j - 1]; j--) {
				t = a[j]; a[j] = a[j - 1]; a[j - 1] = t
			}
		return n % 2 ? a[(n + 1) / 2] : (a[n / 2] + a[n / 2 + 1]) / 2
	}
	{ ours[NR] = $1; peer[NR] = $2; ratio[NR] = $2 / $1 }
	END {
		printf "%-44s ours %9.4f s  peer %9.4f s  peer/ours %6.2f  (%d pairs)\n",
		    label, median(ours, NR), median(peer, NR), median(ratio, NR), NR
	}' "$W/.pairs"
}
