#!/bin/sh
# recupload over FTP with TLS, against vsftpd.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1
for tool in vsftpd openssl python3; do
	if ! have $tool; then
		skip "uploads over FTPS" "$tool is not installed"
		done_testing
	fi
done
. "$ROOT/tests/servers/lib.sh"
. "$ROOT/tests/servers/matrix.sh"

matrix_begin
cp part1 one
noise 50000 >two
printf '%s\n' "$server_secret" >password
chmod 600 password
# The server listens at an address of its own, so that proxies stand between
# for the control connection and for the data at the port that it names.
server_address=127.0.0.2
server_data=$(server_port)
start() {
	server_vsftpd "$T/ftp" ${ftpport:-} || return 1
	ftp=$pid ftpport=$port
}
# proxy NAME PORT [OWN]
proxy() {
	mkdir -p "$1"
	python3 "$ROOT/tests/servers/proxy.py" "$T/$1/port" 127.0.0.2 "$2" \
	    ${3:-} 2>"$1/err" &
	server_pids="$server_pids $!"
	wait_for test -s "$1/port"
}
ok "vsftpd starts" start
ok "a proxy for control" proxy proxy "$ftpport"
ok "a proxy for data" proxy data "$server_data" "$server_data"
PROXY=$(cat proxy/port)
settings() {
	cat <<-X
	[upload]
	to = box
	[destination box]
	type = ftps
	url = ftp://localhost:$PROXY/in
	name = {date}/{file}
	user = ftp
	password_file = $T/password
	ca_file = $T/ftp/ca.pem
	parallel = 1
	stall_timeout = 1
	connect_timeout = 2
	X
}
box=ftp/root/in
day=$box/2026-11-22
settings >up.ini
# A missing folder opens a data connection that is not used; a slow proxy would
# deliver it when the server waits for the next one. Those cases are below.
mkdir -p $day $box/none
chown "$(stat -c %u $box)" $day $box/none

# --- without faults ---
call_folder a1 one two
up_run
is "uploaded" "$? $(cat out err)" "0 "
ok "the first arrived" cmp one $day/a1-1.mp3
ok "the second recording arrived unchanged" cmp two $day/a1-2.mp3
is "nothing else is there" "$(find $box -type f | wc -l)" 2
call_folder a1 one two
up_run
is "once more: recognised" "$? $(cat out err)" "0 "
is "and still one copy of each" "$(find $box -type f | wc -l)" 2
is "each run in one session" "$(wc -l <proxy/connections)" 2
ok "control and data in TLS" sh -c \
    'test "$(grep -c "PROT P" ftp/transfers)" -ge 2'
cp one talk.mp3
is "by hand" "$(recupload -c up.ini talk.mp3)" \
    "ftp://localhost:$PROXY/in/none/talk.mp3"
status "--test" 0 recupload -c up.ini --test
ok "reports what it did" grep -q '^box: .*written, read back, deleted' out
is "reports what it did: leaves nothing" "$(find $box -name '*probe*')" ""
sed 's/^url.*/metadata = yes\n&/' up.ini >meta.ini
is "with metadata" "$(recupload -c meta.ini talk.mp3 2>&1)" \
    "ftp://localhost:$PROXY/in/none/talk.mp3"
is "its SHA-256" "$(jq -r .sha256 $box/none/talk.json)" "$(sum one)"
valid "of the schema" "$box/none/talk.json"
sed 's/^url.*/verify = size\n&/' up.ini >size.ini
call_folder s1 one
cp size.ini up.ini
up_run
is "verify = size" "$? $(cat err)" "0 "
ok "arrived" cmp one $day/s1-1.mp3
settings >up.ini

# A transfer that broke off is resumed.
noise 3000000 >large
call_folder big large
echo hang/1000000 3 >data/fault
up_run
is "broken off" "$?" 75
part=$(find $box -name '*.part')
ok "a part is there" cmp -n "$(stat -c %s "$part")" "$part" large
had=$(stat -c %s "$part")
ok "of some length ($had)" test "$had" -gt 100000
: >data/connections
up_run
is "of some length ($had): goes on" "$?" 0
ok "whole" cmp large $day/big-1.mp3
sleep 0.1
ok "only the rest was sent" sh -c \
    'awk -v most="$1" "{ n += \$2 } END { exit n > most }" data/connections' \
    - $((3000000 - had + 200000))
rm $day/*

# --- faults ---
refused() {
	settings >up.ini
	[ "$1" = end ] || settings | sed "s/:$PROXY/:1/" >up.ini
}
no_ca() {
	settings >up.ini
	[ "$1" = end ] || settings | sed '/^ca_file/d' >up.ini
}
other_name() {
	settings >up.ini
	[ "$1" = end ] || settings | sed 's|//localhost|//127.0.0.1|' >up.ini
}
no_login() {
	printf '%s\n' "$server_secret" >password
	[ "$1" = end ] || echo another >password
}
plain() {
	server_stop "$ftp"
	server_tls=NO
	[ "$1" = begin ] || server_tls=YES
	start
}
# The server keeps its only data port for 2 s if no connection came.
data_free() {
	not grep -qi " 0200007F:$(printf %04X "$server_data") 00000000:0000 0A" \
	    /proc/net/tcp
}
data() {
	rm -f data/fault
	if [ "$1" = begin ]; then
		echo "$data" >data/fault
	else
		wait_for data_free
	fi
}
there() {
	if [ "$1" = begin ]; then
		cat $other >$day/$matrix_id-1.mp3
		chown "$(stat -c %u $day)" $day/$matrix_id-1.mp3
	else
		ok "not overwritten" sh -c 'cat $2 | cmp - $1' - \
		    $day/$matrix_id-1.mp3 "$other"
		is "no later part went" "$(copies $matrix_id | wc -l)" 1
		rm $day/$matrix_id-1.mp3
	fi
}
full() {
	if [ "$mounted" = yes ]; then
		[ "$1" = begin ] && mount -t tmpfs \
		    -o size=160k,mode=700,uid="$(stat -c %u $day)" none $day
		[ "$1" = begin ] || mount -o remount,size=10m $day
		return
	fi
	server_stop "$ftp"
	# shellcheck disable=SC3045
	[ "$1" = end ] || ulimit -S -f 185
	start
	# shellcheck disable=SC3045
	ulimit -S -f unlimited
}
# About 900 bytes of the control connection are a login, and what the first
# part needs; 300 more are the second.
for control in 'refuse once' 'refuse until' 'reset/1 once' 'reset/700 once' \
    'reset/900 3' 'close/800 once' 'close/1000 3' 'swallow/700 once' \
    'swallow/900 3' 'swallow/1100 once' 'hang/0 once' 'hang/900 once' \
    'slow/4000 until' 'delay/20 until'; do
	# shellcheck disable=SC2086
	matrix "control: $control" arrives - $control
done
for data in 'refuse once' 'reset/50000 once' 'close/50000 once' \
    'close/50000 3' 'reset/1 once' 'hang/50000 once' 'hang/0 once' \
    'slow/400000 until' 'swallow/95000 once'; do
	matrix "data: $data" arrives - fn:data
done
matrix "no server listens" arrives "Could(n't| not) connect" fn:refused
matrix "unknown authority" arrives 'the server could not be verified' fn:no_ca
matrix "another name" arrives 'the server could not be verified' fn:other_name
matrix "no TLS at all" arrives 'offers no TLS' fn:plain
matrix "login refused" arrives 'the login was refused' fn:no_login
other=part2
matrix "other content there" failed 'a different file of this name' fn:there
other='part1 part2'
matrix "longer content there" failed 'a different file of this name' fn:there
other=/dev/null
matrix "empty file there" failed 'a different file of this name' fn:there
mounted=no
told='.'
mkdir -p try
if [ "$(id -u)" = 0 ] && mount -t tmpfs none try 2>/dev/null; then
	umount try
	mounted=yes
	told='its disk is full, or a quota is used up'
fi
matrix "disk full" arrives "$told" fn:full
if [ $mounted = yes ]; then
	umount $day
fi
matrix_print ftps

# --- settings ---
refused_by() { # PATTERN LABEL
	status "$2" 2 recupload -c bad.ini one
	one_line "$2" "$1"
}
settings | sed '/^password/d' >bad.ini
refused_by 'password_file is missing' "no password"
settings | sed 's|ftp://|http://|' >bad.ini
refused_by 'url: ftps://HOST/PATH' "another scheme"
settings | sed 's|ftp://|ftp://rec:word@|' >bad.ini
refused_by 'must not contain a login' "a login in the url"
settings | sed 's|^url|known_hosts = x\nurl|' >bad.ini
refused_by 'known_hosts' "a key of another type"
settings | sed 's|^url|tls = 1.1\nurl|' >bad.ini
refused_by 'tls: 1.2 or 1.3' "an old TLS"

# --- implicit TLS ---
server_stop "$ftp"
server_implicit=YES
start
settings | sed 's|ftp://|ftps://|' >up.ini
call_folder i1 one
up_run
is "implicit TLS" "$? $(cat err)" "0 "
ok "arrived" cmp one $day/i1-1.mp3
server_stop "$ftp"

# rclone serve ftp has TLS from the start, and refuses it for files.
server_denied=PROT
: >ftp/transfers
start
call_folder i2 one
up_run
is "PROT P is refused: it waits" "$? $(in_spool upload) $(in_spool failed)" \
    "75 1 0"
one_line "PROT P is refused: says so" 'refuses it for files \(PROT P\)'
ok "PROT P is refused: nothing was sent" not grep -q '"STOR' ftp/transfers
server_stop "$ftp"
server_denied=
start
now=$((now + 86400))
up_run
is "PROT P is granted again" "$? $(cat err)" "0 "
ok "PROT P is granted again: arrived" cmp one $day/i2-1.mp3
server_stop "$ftp"

# --- SIZE of what is not there ---
# rclone's serve ftp answers so, and others with the Go library goftp: it goes on,
# to EPSV. Another 450 may be of a file that is in use.
sized() { # ID REPLY
	ok "a server that says $2" server_python quota "$T/ftp/srv.pem" \
	    "$T/ftp/srv.key" SIZE "$2"
	settings | sed "s/:$PROXY/:$port/" >up.ini
	call_folder "$1" one
	now=$((now + 86400))
	up_run
	is "$2: it waits" "$? $(in_spool upload) $(in_spool failed)" "75 1 0"
	server_stop "$pid"
	rm -r spool/upload/*
}
sized z1 '450 path z1-1.mp3 not found'
one_line "SIZE: not found" '502 Not here'
sized z2 '450 File busy.'
one_line "SIZE: busy" 'does not report its size \(450 File busy'

# --- several at once, then kill -9 --- (at any data port)
server_implicit=NO server_address=127.0.0.1 server_data=0 ftpport=
start
PROXY=$ftpport
settings | sed 's/^parallel.*/parallel = 3/' >up.ini
rm -r ${box:?}/* spool/upload/* spool/failed/* 2>/dev/null
: >ftp/transfers
# It accepts a data connection only with the TLS session of its control connection.
for id in p1 p2 p3 p4 p5 p6; do
	call_folder $id one two
done
up_run
is "three at once" "$? $(cat out err)" "0 "
is "all of them arrived, and the folder was made" "$(find $day -name 'p*.mp3' | wc -l)" 12
is "over three connections" "$(grep -c 'OK LOGIN' ftp/transfers)" 3
is "that all carried some" "$(sed -n \
    's/.*\[pid \([0-9]*\)\].*FTP response.*226 Transfer.*/\1/p' ftp/transfers |
    sort | uniq -c | awk '$1 > 3' | wc -l)" 3
server_stop "$ftp"

# --- a server that insists on TLS 1.3 ---
# Many uploads lose their end there: such a file must never get its final name.
cat >tls13.cnf <<-X
	openssl_conf = a
	[a]
	ssl_conf = b
	[b]
	system_default = c
	[c]
	MinProtocol = TLSv1.3
	X
rm -r ${box:?}/*
export OPENSSL_CONF=$T/tls13.cnf
start
unset OPENSSL_CONF
call_folder t1 one two large
up_run
is "TLS 1.3 alone: 1.2 does not go" "$?" 75
ok "TLS 1.3 alone: 1.2 does not go: reported" grep -qi 'protocol version' err
settings | sed 's/^parallel.*/tls = 1.3/' >up.ini
tries=0
while [ "$(in_spool upload)" = 1 ] && [ $tries -lt 40 ]; do
	up_run
	tries=$((tries + 1))
	for part in 1:one 2:two 3:large; do
		file=$day/t1-${part%:*}.mp3
		[ ! -e "$file" ] || cmp -s "$file" "${part#*:}" ||
		    echo "$file" >>cut.short
	done
done
echo "# $tries runs"
ok "nothing is ever cut short" test ! -e cut.short
is "and it arrives in the end" "$(copies t1)" \
    "$(for part in one two large; do sum $part; done)"
server_stop "$ftp"

start
settings | sed '/^parallel/d' >up.ini
rm -r ${box:?}/*
kills ftps
ok "no secret in messages and files" not grep -r \
    "$server_secret" out err kills.err matrix.err matrix.table spool
done_testing
