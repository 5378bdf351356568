#!/bin/sh
# recupload to Apache's WebDAV, OpenSSH's SFTP and vsftpd's FTPS on loopback,
# by hand, compared with rclone and lftp, four at a time each: $COUNT (200) recordings
# of 100 kB and $LARGE (4) of 50 MB, on the same server in the same run; and to
# OpenSSH $MS (10) milliseconds away in each direction. Equal work is compared:
# "read back" is recupload's default, which reads every copy back and compares it,
# and the peer with a command that does the same (rclone check --download; lftp,
# diff); "size" is recupload with verify = size, and the peer's default, which
# compares sizes or nothing (rclone by SFTP compares MD5s that the server computes).
# "peer/ours" above 1: recupload is faster.
set -eu
. "$(dirname "$0")/lib.sh"
cd "$W"
bench_servers dav
ms=${MS:-10} count=${COUNT:-200} large=${LARGE:-4} runs=${RUNS:-3}
for tool in rclone lftp apache2 sshd vsftpd; do
	have $tool && [ "$(id -u)" = 0 ] && continue
	echo "bench: recupload-servers.sh needs root and $tool" >&2
	exit 0
done
trap 'set +e; server_stop_all; rm -rf "$W"' EXIT
printf '%s\n' "$server_secret" >password
chmod 600 password
umask 022
mkdir small big
i=0
while [ $i -lt "$count" ]; do
	i=$((i + 1))
	bench_recording small/s$i.mp3 100000
done
i=0
while [ $i -lt "$large" ]; do
	i=$((i + 1))
	bench_recording big/b$i.mp3 50000000
done
settings() { # TYPE URL LINE...
	printf '[upload]\nto = a\n[destination a]\ntype = %s\nurl = %s\n' "$1" "$2"
	printf 'name = ours/{file}\n'
	shift 2
	printf '%s\n' "$@"
}
obscure() { rclone obscure "$server_secret"; }
# against LABEL OURS PEER CHECK: ours is a command without its settings.
against() {
	pairs "$1, size" "$runs" "$2 -c size.ini" "$3"
	pairs "$1, read back" "$runs" "$2 -c $ini" "$3 && $4"
}
# compare NAME INI FILES RCLONE-REMOTE LFTP-URL: both sizes, both peers.
compare() {
	ini=$2
	sed 's/^name = .*/&\nverify = size/' "$2" >size.ini
	# shellcheck disable=SC2034 # for pairs
	bench_before="rm -rf $3/ours $3/theirs; mkdir -m 777 $3/ours $3/theirs"
	rclone="RCLONE_CONFIG=/dev/null rclone --ca-cert $W/ca.all"
	lftp="set ssl:verify-certificate no; set ftp:ssl-protect-data yes; set ftp:ssl-force yes; set net:max-retries 1"
	for size in ${sizes:-small big}; do
		ours="ls $size/*.mp3 | recupload"
		[ -z "$4" ] || against "$1, $size: rclone" "$ours" \
		    "$rclone copy $size $4theirs" \
		    "$rclone check --download $size $4theirs"
		[ -z "$5" ] || against "$1, $size: lftp" "$ours" \
		    "lftp -e '$lftp; mirror -R -P 4 $size in/theirs; bye' $5" \
		    "{ rm -rf back; lftp -e '$lftp; mirror -P 4 in/theirs back; bye' $5 && diff -r $size back; }"
	done
}
RCLONE_CONFIG_P_PASS=$(obscure)
export RCLONE_CONFIG_P_PASS
export server_protocols=http/1.1
server_apache "$W/apache"
cp apache/ca.pem ca.all
settings webdav "https://localhost:$port" "user = rec" \
    "password_file = $W/password" "ca_file = $W/apache/ca.pem" >dav.ini
export RCLONE_CONFIG_P_TYPE=webdav RCLONE_CONFIG_P_USER=rec
export RCLONE_CONFIG_P_URL="https://localhost:$port"
compare "Apache WebDAV" dav.ini "$W/apache/www" p: ""
server_sshd "$W/ssh"
mkdir -p ssh/root
user=$(id -un)
settings sftp "sftp://127.0.0.1:$port$W/ssh/root" "user = $user" \
    "key_file = $W/ssh/id" "known_hosts = $W/ssh/known_hosts" >sftp.ini
export RCLONE_CONFIG_P_TYPE=sftp RCLONE_CONFIG_P_USER="$user"
export RCLONE_CONFIG_P_HOST=127.0.0.1 RCLONE_CONFIG_P_PORT="$port"
export RCLONE_CONFIG_P_KEY_FILE="$W/ssh/id"
unset RCLONE_CONFIG_P_PASS
compare "OpenSSH SFTP" sftp.ini "$W/ssh/root" "p:$W/ssh/root/" ""
cc -O2 -pthread -o distance "$ROOT/bench/distance.c"
./distance "$port" "$ms" >line.port &
server_pids="$server_pids $!"
wait_for test -s line.port
far=$(cat line.port)
printf '[127.0.0.1]:%s %s\n' "$far" "$(cut -d' ' -f1,2 ssh/host.pub)" >far_hosts
settings sftp "sftp://127.0.0.1:$far$W/ssh/root" "user = $user" \
    "key_file = $W/ssh/id" "known_hosts = $W/far_hosts" >far.ini
export RCLONE_CONFIG_P_PORT="$far"
sizes=big
compare "OpenSSH SFTP, $((2 * ms)) ms away" far.ini "$W/ssh/root" "p:$W/ssh/root/" ""
sizes=
server_vsftpd "$W/vsftpd"
cp vsftpd/ca.pem ca.all
settings ftps "ftp://localhost:$port/in" "user = ftp" \
    "password_file = $W/password" "ca_file = $W/vsftpd/ca.pem" >ftps.ini
# Debian 12's rclone cannot use a server that requires TLS session reuse.
compare "vsftpd FTPS" ftps.ini "$W/vsftpd/root/in" "" \
    "-u ftp,$server_secret ftp://localhost:$port"
