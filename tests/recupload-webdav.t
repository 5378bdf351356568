#!/bin/sh
# recupload over WebDAV, against nginx with TLS.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1
for tool in nginx openssl python3; do
	if ! have $tool; then
		skip "uploads over WebDAV" "$tool is not installed"
		done_testing
	fi
done
if [ ! -e /usr/lib/nginx/modules/ngx_http_dav_ext_module.so ]; then
	skip "uploads over WebDAV" "nginx has no dav-ext module"
	done_testing
fi
. "$ROOT/tests/servers/lib.sh"
. "$ROOT/tests/servers/matrix.sh"

matrix_begin
cp part1 one
noise 50000 >two
printf '%s\n' "$server_secret" >password
chmod 600 password
server_max=1m
ok "nginx starts" server_nginx "$T/dav"
tls=$port
ok "the proxy starts" proxy_start "$tls"
settings() { # PORT
	cat <<-X
	[upload]
	to = box
	[destination box]
	type = webdav
	url = https://localhost:${1:-$PROXY}/rec
	name = {date}/{file}
	user = rec
	password_file = $T/password
	ca_file = $T/dav/ca.pem
	connect_timeout = 2
	stall_timeout = 1
	X
}
mkdir -p dav/www/rec
day=dav/www/rec/2026-11-22
settings >up.ini

# --- HTTP/2: one connection carries several transfers at once ---
{
	# A busy machine must not make this test wait too long.
	settings "$tls" | sed 's/_timeout = .*/_timeout = 30/'
	echo 'rate = 500k'
} >two.ini
for i in 1 2 3 4 5 6 7 8; do call_folder h$i one; done
: >dav/protocol.log
status "eight recordings by HTTP/2" 0 recupload -c two.ini -s spool
is "every request was HTTP/2" "$(cut -d' ' -f1 dav/protocol.log | sort -u)" \
    "HTTP/2.0"
is "on one connection" "$(cut -d' ' -f2 dav/protocol.log | sort -u | wc -l)" 1
# A request that began before the one that is logged above it had ended.
ok "several at a time" sh -c '[ "$(awk "\$5 == \"PUT\" {
    n += last > \$3 - \$4; last = \$3
} END { print n }" dav/protocol.log)" -ge 4 ]'
rm -rf "$day"

# --- without faults ---
call_folder a1 one two
up_run
is "uploaded" "$? $(cat out err)" "0 "
ok "the first arrived" cmp one $day/a1-1.mp3
ok "the second recording arrived unchanged" cmp two $day/a1-2.mp3
is "nothing else is there" "$(find dav/www -type f | wc -l)" 2
call_folder a1 one two
puts=$(grep -c '^PUT ' dav/access.log)
up_run
is "once more: recognised" "$? $(cat out err)" "0 "
is "and not sent" "$(grep -c '^PUT ' dav/access.log)" "$puts"
call_folder b1 two
printf X | dd of="$(echo spool/upload/*-b1/b1-1.mp3)" bs=1 seek=500 \
    conv=notrunc 2>/dev/null
up_run
is "a flipped byte" "$? $(wc -l <err) $(grep -c 'differs from its ticket' err)" \
    "1 1 1"
is "did not arrive" "$(find dav/www -name 'b1*')" ""
rm -rf spool/failed/*
cp one talk.mp3
is "by hand" "$(recupload -c up.ini talk.mp3)" \
    "https://localhost:$PROXY/rec/none/talk.mp3"
status "--test" 0 recupload -c up.ini --test
ok "reports what it did" grep -q '^box: .*written, read back, deleted' out
ok "and the server's clock" grep -q 'clock: ' out
is "and the server's clock: leaves nothing" "$(find dav/www -name '*probe*')" ""
sed 's/^url.*/metadata = yes\n&/' up.ini >meta.ini
is "with metadata" "$(recupload -c meta.ini talk.mp3 2>&1)" \
    "https://localhost:$PROXY/rec/none/talk.mp3"
is "its SHA-256" "$(jq -r .sha256 dav/www/rec/none/talk.json)" "$(sum one)"
valid "of the schema" dav/www/rec/none/talk.json
sed 's/^url.*/metadata = vcon\n&/' up.ini >vcon.ini
recupload -c vcon.ini talk.mp3 >out 2>&1
is "a vCon has its address" "$(jq -r '.dialog[0].url' dav/www/rec/none/talk.vcon)" \
    "https://localhost:$PROXY/rec/none/talk.mp3"
valid "and is as the draft says" dav/www/rec/none/talk.vcon
noise 1500000 >large
status "too large for nginx" 1 recupload -c up.ini large
one_line "too large for nginx" '413 .too large'
is "nothing of it is left" "$(find dav/www -name '*large*' -o -name '*.part')" ""
sed 's/^ca_file.*/max_bytes = 1M\n&/' up.ini >max.ini
status "too large as we know" 1 recupload -c max.ini large
one_line "max_bytes" '1500000 bytes, the destination takes at most 1000000'
rm -r dav/www/rec/none

# --- faults ---
refused() {
	settings >up.ini
	[ "$1" = end ] || settings 1 >up.ini
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
# Answers to every request, to each PUT, or to each MOVE.
answer() {
	rm -f dav/answer-* dav/late
	[ "$1" = end ] || touch "dav/answer-$answer"
	[ "$1" = end ] || [ -z "$late" ] || touch dav/late
}
there() {
	if [ "$1" = begin ]; then
		cat $other >$day/$matrix_id-1.mp3
	else
		ok "not overwritten" sh -c 'cat $2 | cmp - $1' - \
		    $day/$matrix_id-1.mp3 "$other"
		is "no later part went" "$(copies $matrix_id | wc -l)" 1
		rm $day/$matrix_id-1.mp3
	fi
}
full() {
	if [ "$mounted" = yes ]; then
		[ "$1" = begin ] && mount -t tmpfs -o size=160k,mode=777 none $day
		[ "$1" = begin ] || mount -o remount,size=10m $day
		return
	fi
	# Without the right to mount: no right to write.
	[ "$1" = begin ] && chmod 500 $day
	[ "$1" = begin ] || chmod 700 $day
}
matrix_network
late=yes
for answer in PUT-429 PUT-503 429 503 MOVE-503; do
	matrix "$answer, Retry-After 120" arrives "answered ${answer#*-}" fn:answer
done
late=
# Also the place's fault: a probe beside it is refused like the recording.
for answer in PUT-500 MOVE-500 500 PUT-507 PUT-401 PUT-403 401 403 PUT-404 \
    PUT-400 404; do
	matrix "$answer" arrives "answered ${answer#*-}" fn:answer
done
answer=PUT-413
matrix "$answer" failed "answered 413" fn:answer
matrix "no server listens" arrives "Could(n't| not) connect|Failed to connect" fn:refused
matrix "unknown authority" arrives 'certificate' fn:no_ca
matrix "another name" arrives 'certificate|does not match' fn:other_name
matrix "login refused" arrives 'the login was refused' fn:no_login
other=part2
matrix "other content there" failed 'a different file of this name' fn:there
other='part1 part2'
matrix "longer content there" failed 'a different file of this name' fn:there
other=/dev/null
matrix "empty file there" failed 'a different file of this name' fn:there
mounted=no
told='answered 403'
mkdir -p try
if [ "$(id -u)" = 0 ] && mount -t tmpfs none try 2>/dev/null; then
	umount try
	mounted=yes
	told='its disk may be full'
fi
matrix "disk full" arrives "$told" fn:full
[ $mounted = no ] || umount $day
matrix_print webdav

# The name is taken after the check: the server refuses to move onto it.
settings >up.ini
call_folder late1 one
touch dav/answer-MOVE-503
up_run
is "sent, not moved" "$?" 75
rm dav/answer-MOVE-503
cp two $day/late1-1.mp3
up_run
is "the name is taken meanwhile" "$?" 1
ok "the name is taken meanwhile: not overwritten" cmp two $day/late1-1.mp3
is "and nothing of the attempt is left" "$(find dav/www -name '*_upload*')" ""
rm -r spool/failed/*

# Sent, not moved; then it arrives in another way, and --retry resets the attempts.
call_folder late2 one
touch dav/answer-MOVE-503
up_run
is "sent, not moved again" "$? $(find dav/www -name '*_upload*' | wc -l)" "75 1"
rm dav/answer-MOVE-503
cp one $day/late2-1.mp3
recupload -s spool --retry all
up_run
is "it is there" "$? $(cat err)" "0 "
is "and nothing of the attempt" "$(find dav/www -name '*_upload*')" ""

# --- verify = size: an object of the right length is not read ---
{
	settings "$tls"
	echo 'verify = size'
} >up.ini
: >dav/access.log
call_folder size1 one
up_run
is "verify = size" "$? $(cat err)" "0 "
ok "one copy" cmp one $day/size1-1.mp3
is "by HEAD and not by GET" \
    "$(awk '/size1-1.mp3/ { print $1 }' dav/access.log | sort -u | tr '\n' ' ')" \
    "HEAD "
call_folder size2 one
cp two $day/size2-1.mp3
up_run
is "another length is another file" \
    "$? $(grep -c 'a different file of this name' err)" "1 1"
ok "and is not overwritten" cmp two $day/size2-1.mp3
rm -r spool/failed/*
sed 's/^verify.*/verify = answer/' up.ini >bad.ini
status "verify = answer is for drop boxes" 2 recupload -c bad.ini -t
ok "verify = answer is for drop boxes: reported" grep -q 'bad.ini:12: verify: hash or size' err
settings >up.ini

# --- kill -9 ---
rm -r dav/www/rec/*
kills webdav
ok "no secret in messages and files" not grep -r \
    "$server_secret" out err kills.err matrix.err matrix.table spool
done_testing
