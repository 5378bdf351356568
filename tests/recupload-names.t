#!/bin/sh
# Names of objects whose facts have other letters than ASCII: transliterated or
# in UTF-8, at each kind of server as it is; found again, also by the name that
# an earlier version gave.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/servers/lib.sh"
. "$ROOT/tests/servers/matrix.sh"
. "$ROOT/tests/servers/dav.sh"
. "$ROOT/tests/servers/ftp.sh"
. "$ROOT/tests/servers/clouds.sh"
cd "$T" || exit 1
for tool in python3 openssl curl; do
	have $tool && continue
	skip "names at servers" "$tool is not installed"
	done_testing
done
export RECTOOLS_NOW=2026-11-22T12:00:00Z
printf '%s\n' "$server_secret" >password
printf '%s\n' "$server_secret" >key
chmod 600 password key
# Longer than what is read of an answer that nobody asked for, 64 KiB.
noise 100000 >one
recpolicy --init -s spool
mkdir box
digits() { printf %s "$1" | sha256sum | cut -c1-8; }

# settings TYPE KEY...: of [destination box].
settings() {
	printf '[upload]\nto = box\n[destination box]\ntype = %s\n' "$1"
	shift
	printf '%s\n' "$@"
}
refused() { # LABEL PATTERN
	status "$1" 2 recupload -c up.ini -t
	one_line "$1" "$2"
}
box() { settings directory "path = $T/box" "$@" >up.ini; }

# --- the settings ---
box 'charset = latin1'
refused "another charset" "up.ini:6: charset: ascii or utf-8, not 'latin1'"
box 'distinct = maybe'
refused "distinct = maybe" "up.ini:6: distinct: yes or no, not 'maybe'"
settings zendesk 'url = https://x.zendesk.com' 'charset = utf-8' >up.ini
refused "a CRM" 'up.ini:6: charset: type = zendesk finds recordings by their names in ASCII'
box 'charset = ascii'
status "ascii" 0 recupload -c up.ini -t
box 'charset = utf-8'
status "utf-8" 0 recupload -c up.ini -t

# --- what becomes of a queue ---
cp one a.mp3
queue() { # NAME: where its recording goes
	cat >a.ini <<-X
	[call]
	id = c1
	started = 2026-11-22T10:00:00Z
	queue = $1
	[file a.mp3]
	recording = 1
	recordings = 1
	part = 1
	parts = 1
	start = 0
	bytes = 100000
	sha256 = $(sum a.mp3)
	X
	recupload -c up.ini -n a.mp3 | sed "s|.*$T/box/||;s|/a.mp3$||"
}
name='name = {queue}/{file}'
box "$name"
is "letters" "$(queue Müller)" "Muller-$(digits Müller)"
is "no two queues share a folder" "$(queue Büro) $(queue Bäro) $(queue Buro)" \
    "Buro-$(digits Büro) Baro-$(digits Bäro) Buro"
is "scripts" "$(queue 'Ελλάδα/Юлия')" "Ellada-$(digits Ελλάδα)/Yuliya-$(digits Юлия)"
is "plain names" "$(queue Billing/Disputes_2.a-b)" "Billing/Disputes_2.a-b"
is "signs" "$(queue 'Billing & co/Sales')" "Billing___co-$(digits 'Billing & co')/Sales"
is "no two queues share a folder for a blank" "$(queue 'a b') $(queue a:b) $(queue a_b)" \
    "a_b-$(digits 'a b') a_b-$(digits a:b) a_b"
is "a path" "$(queue '../../etc/passwd')" "_.-$(digits ..)/_.-$(digits ..)/etc/passwd"
is "in either form" "$(queue "$(printf 'Mu\314\210ller')")" "$(queue Müller)"
box 'name = {queue}.{file}'
is "without a folder" "$(queue 'a b')" "a_b.a.mp3"
box "$name" 'distinct = no'
is "distinct = no" "$(queue Müller) $(queue 'A b')" "Muller A_b"
box "$name" 'distinct = yes'
is "distinct = yes" "$(queue Müller) $(queue 'A b') $(queue Billing/Disputes)" \
    "Muller-$(digits Müller) A_b-$(digits 'A b') Billing/Disputes"
box "$name" 'charset = utf-8'
is "UTF-8" "$(queue 'Müller/Юлия/日本')" 'Müller/Юлия/日本'
is "in normal form C" "$(queue "$(printf 'Mu\314\210ller')")" Müller
is "a sign is replaced" "$(queue 'A b')" "A_b-$(digits 'A b')"
is "no path" "$(queue '../..／etc‥/．．')" \
    "__-$(digits ..)/_._etc_-$(digits ..／etc‥)/__-$(digits ．．)"
is "nothing that is not seen" "$(queue "$(printf 'a\342\200\256b')")" \
    "a_b-$(digits "$(printf 'a\342\200\256b')")"

# --- any facts, by another implementation ---
mkdir random
if ! python3 "$ROOT/tests/object-names.py" random >random.out 2>&1; then
	ok "any facts" false
	sed 's/^/# /' random.out
else
	ok "any facts" grep -q '2000 calls, 0 wrong' random.out
fi

# --- what an earlier version delivered ---
call() { # ID QUEUE
	call_folder "$1" one
	sed -i "s|^queue = .*|queue = $2|" spool/upload/*-"$1"/ticket.ini
}
run() { recupload -c up.ini -s spool; }
objects() { sed -n 's/.* uploaded .*object=\([^ ]*\).*/\1/p' spool/audit.log; }
for how in 'ascii Büro' 'utf-8 Büro' 'ascii B: ro' 'utf-8 B: ro'; do
	box 'name = {queue}/{id}.{recording}.{part}.mp3' "charset = ${how%% *}" \
	    'metadata = yes'
	mkdir -p box/B__ro
	cp one box/B__ro/f1.1.1.mp3
	call f1 "${how#* }"
	status "$how: sent by an earlier version" 0 run
	is "$how: is not sent again" "$(cd box && find . -name 'f1*' | sort | tr '\n' ' ')" \
	    "./B__ro/f1.1.1.json ./B__ro/f1.1.1.mp3 "
	is "$how: is logged by its name" "$(objects)" B__ro/f1.1.1.mp3
	status "$how: --check finds it" 0 recupload -c up.ini -s spool --check
	status "$how: --erase finds it" 0 recupload -c up.ini -s spool --erase f1 --reason x
	is "$how: it is gone" "$(find box -type f)" ""
	mkdir -p box/B__ro
	cp one box/B__ro/f1.1.1.mp3
	rm -rf spool/audit.log spool/erased*
	call f1 "${how#* }"
	status "$how: --erase before a line in the log" 0 \
	    recupload -c up.ini -s spool --erase f1 --reason x
	is "$how: it is gone, too" "$(find box -type f)" ""
	rm -rf spool/audit.log spool/erased*
	noise 3000 >box/B__ro/f2.1.1.mp3
	call f2 "${how#* }"
	status "$how: the recording of another call" 0 run
	is "$how: is left alone" "$(find box -name '*.mp3' | wc -l)" 2
	rm -rf box/* spool/audit.log spool/erased*
done

# --- at servers ---
# Of a queue with a sign, letters of two, two and three bytes, and marks.
queue='Büro Köln/Łódź-日本'
folder="Büro_Köln-$(digits 'Büro Köln')/Łódź-日本"
decomposed=$(python3 -c 'import sys, unicodedata
sys.stdout.buffer.write(unicodedata.normalize("NFD", sys.argv[1]).encode())' "$queue")
utf8() { # TYPE KEY...
	settings "$@" 'charset = utf-8' 'metadata = yes' \
	    'name = {queue}/{id}.{recording}.{part}.mp3' >up.ini
	sed '/^metadata/d' up.ini >bare.ini
	sed 's/{queue}/B__ro/' bare.ini >former.ini
}
# trial NAME [FILES]: FILES: where a server keeps them.
trial() {
	call s1 "$queue"
	status "$1: a call" 0 run
	is "$1: silent" "$(cat err)" ""
	is "$1: its name" "$(objects)" "$folder/s1.1.1.mp3"
	if [ -n "${2:-}" ]; then
		is "$1: its name there" "$(cd "$2" && find . -name 's1*' | sort | tr '\n' ' ')" \
		    "./$folder/s1.1.1.json ./$folder/s1.1.1.mp3 "
	fi
	rm -rf spool/erased*
	call s1 "$decomposed"
	status "$1: again, in the other normal form" 0 \
	    recupload -c bare.ini -s spool
	is "$1: the same name" "$(objects | sort | uniq -c | tr -s ' ')" \
	    " 2 $folder/s1.1.1.mp3"
	call s2 "$queue"
	status "$1: another call" 0 run
	status "$1: --check" 0 recupload -c up.ini -s spool --check
	is "$1: --check: nothing is missing" "$(cat out)" ""
	cp spool/audit.log log
	status "$1: --erase" 0 recupload -c up.ini -s spool --erase s1 --reason x
	cp log spool/audit.log
	is "$1: it is gone, and the other is not" \
	    "$(recupload -c up.ini -s spool --check | cut -d: -f1,2)" "missing: s1"
	status "$1: --test" 0 recupload -c up.ini --test
	ok "$1: --test: a name with a letter" grep -Eq 'rectools-probe-[0-9-]*-(ü|%C3%BC): written, read back, deleted' out
	rm -f spool/audit.log
	call f Büro
	recupload -c former.ini -s spool
	rm -f spool/audit.log
	call f Büro
	status "$1: sent by an earlier version" 0 run
	is "$1: is not sent again" "$(objects)" B__ro/f.1.1.mp3
	rm -rf spool/audit.log spool/erased* spool/upload/* spool/names/*
}
utf8 directory "path = $T/box"
trial directory box

if have apache2 && server_apache "$T/apache"; then
	utf8 webdav "url = https://localhost:$port" "user = rec" \
	    "password_file = $T/password" "ca_file = $T/apache/ca.pem"
	trial Apache apache/www
	server_stop "$pid"
else
	skip "Apache" "apache2 is not installed"
fi
if have rclone; then
	ok "rclone serve webdav starts" server_rclone "$T/rclone" webdav
	utf8 webdav "url = https://localhost:$port" "user = rec" \
	    "password_file = $T/password" "ca_file = $T/rclone/ca.pem"
	trial "rclone, WebDAV" rclone/www
	server_stop "$pid"
	ok "rclone serve sftp starts" server_rclone "$T/rclone2" sftp
	utf8 sftp "url = sftp://127.0.0.1:$port" "user = rec" \
	    "password_file = $T/password" "known_hosts = $T/rclone2/known_hosts"
	trial "rclone, SFTP" rclone2/www
	server_stop "$pid"
else
	skip "rclone" "rclone is not installed"
fi
if have sshd && mkdir -p ssh/root && server_sshd "$T/ssh"; then
	utf8 sftp "url = sftp://127.0.0.1:$port$T/ssh/root" "user = $(id -un)" \
	    "key_file = $T/ssh/id" "known_hosts = $T/ssh/known_hosts"
	trial OpenSSH ssh/root
	server_stop "$pid"
else
	skip "OpenSSH" "sshd is not installed"
fi
ftps() { # DIR [USER] [PATH]
	utf8 ftps "url = ftp://localhost:$port${3:-}" "user = ${2:-rec}" \
	    "password_file = $T/password" "ca_file = $T/$1/ca.pem" 'parallel = 1'
}
if have vsftpd && server_vsftpd "$T/vsftpd"; then
	ftps vsftpd ftp /in
	trial vsftpd vsftpd/root/in
	server_stop "$pid"
else
	skip "vsftpd" "it is not installed"
fi
if have_proftpd && server_proftpd "$T/proftpd" ftps; then
	ftps proftpd
	trial ProFTPD proftpd/root
	server_stop "$pid"
else
	skip "ProFTPD" "tests/packages.sh has not unpacked it"
fi
if [ "$(id -u)" = 0 ] && have_pureftpd && server_pureftpd "$T/pure"; then
	ftps pure
	trial Pure-FTPd pure/root
	server_stop "$pid"
else
	skip "Pure-FTPd" "tests/packages.sh has not unpacked it, or not root"
fi

# --- object stores ---
if have radosgw && have ceph-mon && server_radosgw "$T/rgw"; then
	for bucket in plain versions; do server_s3 PUT $bucket; done
	server_s3 PUT 'versions?versioning=' --data '<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>'
	for bucket in plain versions; do
		utf8 s3 "url = http://127.0.0.1:$rgw_port/$bucket" \
		    'region = eu-test-1' 'access_key = AKTEST' "secret_key_file = $T/key"
		trial "S3, $bucket"
	done
	is "S3: the name there" \
	    "$(server_s3 GET plain | grep -o '<Key>[^<]*' | sort | tr '\n' ' ')" \
	    "<Key>B__ro/f.1.1.json <Key>B__ro/f.1.1.mp3 <Key>$folder/s2.1.1.json <Key>$folder/s2.1.1.mp3 "
else
	skip "S3" "radosgw is not installed"
fi
if have "$azurite" && server_azurite "$T/az"; then
	azure_port=$port
	server_azure PUT 'rec?restype=container' -f
	utf8 azure "url = http://127.0.0.1:$port/devstoreaccount1/rec" \
	    'account = devstoreaccount1' "account_key_file = $T/az/key"
	trial Azure
else
	skip "Azure" "Azurite is not installed"
fi
server_ca "$T/gcs"
ok "gcs: the server starts" server_gcs "$T/gcs"
utf8 gcs "url = http://127.0.0.1:$gcs_port/rec" \
    "service_account_file = $T/gcs/account.json"
trial "Cloud Storage"
utf8 gcs "url = http://127.0.0.1:$gcs_port/rec" 'access_key = GOOGTEST' \
    "secret_key_file = $T/gcs/key"
trial "Cloud Storage, HMAC"
done_testing
