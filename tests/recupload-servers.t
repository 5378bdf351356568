#!/bin/sh
# recupload and real servers: Apache, lighttpd, rclone, ProFTPD,
# Pure-FTPd, vsftpd and OpenSSH. Into folders that do not exist, killed on
# either side, without rights, with a full disk, two at once: one right copy,
# nothing left behind, nothing in failed/.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/servers/lib.sh"
. "$ROOT/tests/servers/matrix.sh"
. "$ROOT/tests/servers/dav.sh"
. "$ROOT/tests/servers/ftp.sh"
cd "$T" || exit 1
if [ "$(id -u)" != 0 ]; then
	skip "servers as they are" "needs root, who starts them"
	done_testing
fi
mounts=
cleanup() {
	for m in $mounts; do umount "$T/$m" 2>/dev/null; done
	server_stop_all
}
printf '%s\n' "$server_secret" >password
chmod 600 password
noise 3000 >f3k
noise 100000 >f100k
noise 8000000 >f8m
noise 50000000 >f50m
recpolicy --init -s spool
: >cells
mkdir -p try
can_mount=
if mount -t tmpfs none try 2>/dev/null; then
	umount try
	can_mount=1
fi

# settings TYPE URL [LINE...] >up.ini
settings() {
	printf '[upload]\nto = box\nbackoff_base = 1\n[destination box]\n'
	printf 'type = %s\nurl = %s\nname = {date}/{queue}/{file}\n' "$1" "$2"
	printf 'user = %s\nconnect_timeout = 20\nstall_timeout = 10\n' \
	    "${user:-rec}"
	shift 2
	printf '%s\n' "$@"
}
call() { # ID FILE: with a queue of its own
	call_folder "$1" "$2"
	sed -i "s|^queue = .*|queue = New/$1|" spool/upload/*-"$1"/ticket.ini
}
run() { recupload -c up.ini -s spool >out 2>err; }
# rounds: runs with --retry until everything is uploaded.
rounds() {
	for round in 1 2 3; do
		[ "$(in_spool upload)" != 0 ] || return 0
		recupload -s spool --retry all
		run
	done
}
clear_spool() {
	rm -rf spool/upload/* spool/failed/* spool/destinations.json spool/audit.log
}
# clean LABEL ID FILE...: each is there once, complete, the log says so, and there
# is nothing else.
clean() {
	clean_label=$1
	shift
	clean_wanted=$(($# / 2)) clean_good=0
	while [ $# -gt 0 ]; do
		cmp -s "$2" "$(find "$files" -name "$1-1.mp3")" &&
		    [ "$(logged "$1" uploaded) $(logged "$1" removed)" = "1 1" ] &&
		    clean_good=$((clean_good + 1))
		shift 2
	done
	clean_got="$clean_good $(in_spool upload) $(in_spool failed) $(find "$files" -type f -name '*_upload*' | wc -l)"
	is "$name: $clean_label: whole, waiting, failed, left behind" \
	    "$clean_got" "$clean_wanted 0 0 0"
	[ "$clean_got" = "$clean_wanted 0 0 0" ] && clean_got=whole ||
	    clean_got=WRONG
	cell "$clean_label" $clean_got
}
half_there() {
	[ -n "$(find "$files" "$here" -type f -size +1000k ! -name '*.log' | head -n 1)" ]
}

# server NAME DIR FILES START...: all cases for this server; START starts it at
# $port.
server() {
	name=$1 here=$2 files=$3
	shift 3
	clear_spool
	for f in f3k f100k f8m f50m; do call a$f $f; done
	run
	is "$name: four sizes into new folders" "$? $(head -c 300 err)" "0 "
	clean "four sizes" af3k f3k af100k f100k af8m f8m af50m f50m

	# Killed in mid-file.
	clear_spool
	rm -rf "${files:?}"/*
	call k f50m
	recupload -c up.ini -s spool 2>/dev/null &
	killed=$!
	wait_for half_there
	kill -9 $killed 2>/dev/null
	wait $killed 2>/dev/null
	for f in 1 2 3; do call n$f f100k; done
	run
	rounds
	clean "killed in mid-file" k f50m n1 f100k n2 f100k n3 f100k

	# The server is killed in mid-file, and comes back.
	clear_spool
	rm -rf "${files:?}"/*
	call s f50m
	recupload -c up.ini -s spool 2>/dev/null &
	running=$!
	wait_for half_there
	victims=$pid
	[ -z "${children:-}" ] || victims="$pid $(ps -o pid= --ppid "$pid")"
	kill -9 $victims
	server_stop "$pid"
	${stop_all:-true}
	wait $running 2>/dev/null
	ok "$name: comes back" "$@" "$port"
	rounds
	clean "the server killed in mid-file" s f50m

	# Two at once.
	clear_spool
	rm -rf "${files:?}"/*
	recpolicy --init -s spool2
	call t f8m
	cp -r spool/upload/* spool2/upload/
	recupload -c up.ini -s spool2 2>/dev/null &
	run
	wait $!
	rounds
	recupload -s spool2 --retry all
	recupload -c up.ini -s spool2 2>err2
	is "$name: two at once: the other one" "$?" 0
	clean "two at once" t f8m
	rm -rf spool2

	# No right to write there, until it is granted.
	if [ -z "${no_rights:-}" ]; then
		clear_spool
		rm -rf "${files:?}"/*
		mode=$(stat -c '%a %U' "$files")
		chown root "$files"
		chmod 555 "$files"
		call r f100k
		run
		is "$name: no right: it waits" \
		    "$? $(in_spool upload) $(in_spool failed)" "75 1 0"
		echo "# $(head -n 1 err | cut -c 1-300)"
		chown "${mode#* }" "$files"
		chmod "${mode% *}" "$files"
		rounds
		clean "no right for a while" r f100k
	fi

	# A login that is refused, until it is corrected.
	if [ -z "${no_login:-}" ]; then
		clear_spool
		rm -rf "${files:?}"/*
		call l f100k
		cp password right
		echo wrong >password
		run
		is "$name: a wrong password: it waits" \
		    "$? $(in_spool upload) $(in_spool failed)" "75 1 0"
		echo "# $(head -n 1 err | cut -c 1-300)"
		cat right >password
		rounds
		clean "wrong password for a while" l f100k
	fi

	# It may only read, until the right is granted.
	if [ -n "$can_mount" ] && [ -n "${no_rights:-}" ]; then
		clear_spool
		rm -rf "${files:?}"/*
		mkdir "$files/2026-11-22"
		mount -t tmpfs -o ro,mode=777 none "$files/2026-11-22"
		mounts=$files/2026-11-22
		call r f100k
		run
		is "$name: read-only: it waits" \
		    "$? $(in_spool upload) $(in_spool failed)" "75 1 0"
		echo "# $(head -n 1 err | cut -c 1-300)"
		mount -o remount,rw "$files/2026-11-22"
		rounds
		clean "no right for a while" r f100k
		umount -l "$files/2026-11-22"
		mounts=
	fi

	# A full disk, and room again.
	if [ -n "$can_mount" ] && [ -z "${no_full:-}" ]; then
		clear_spool
		rm -rf "${files:?}"/*
		mkdir "$files/2026-11-22"
		mount -t tmpfs -o size=3m,mode=777 none "$files/2026-11-22"
		mounts=$files/2026-11-22
		call u f8m
		run
		is "$name: full: it waits" \
		    "$? $(in_spool upload) $(in_spool failed)" "75 1 0"
		echo "# $(head -n 1 err | cut -c 1-300)"
		mount -o remount,size=100m "$files/2026-11-22"
		rounds
		clean "full for a while" u f8m
		umount -l "$files/2026-11-22"
		mounts=
	fi
	server_stop "$pid"
	${stop_all:-true}
}
sshd() { settings sftp "sftp://127.0.0.1:$port$T/$1/root" \
    "key_file = $T/$1/id" "known_hosts = $T/$1/known_hosts" >up.ini; }
web() { settings webdav "https://localhost:$port" "password_file = $T/password" \
    "ca_file = $T/$1/ca.pem" >up.ini; }
ftps() { settings ftps "ftp://localhost:$port${2:-}" \
    "password_file = $T/password" "ca_file = $T/$1/ca.pem" >up.ini; }
sftp() { settings sftp "sftp://127.0.0.1:$port" \
    "password_file = $T/password" "known_hosts = $T/$1/known_hosts" >up.ini; }

if have apache2; then
	children=1 # without their parent they would go on serving
	server_protocols=http/1.1
	ok "Apache starts" server_apache "$T/apache"
	web apache
	server "Apache, HTTP/1.1" apache apache/www server_apache "$T/apache"
	server_protocols="h2 http/1.1"
	ok "Apache with HTTP/2 starts" server_apache "$T/apache2"
	web apache2
	server "Apache, HTTP/2" apache2 apache2/www server_apache "$T/apache2"
	ok "by HTTP/2" grep -q '^HTTP/2.0 PUT' apache2/access.log
	children=
else
	skip "Apache" "apache2 is not installed"
fi
if have lighttpd; then
	ok "lighttpd starts" server_lighttpd "$T/lighttpd"
	web lighttpd
	server lighttpd lighttpd lighttpd/www server_lighttpd "$T/lighttpd"
	ok "by HTTP/2" grep -q '^HTTP/2.0 PUT' lighttpd/temp/access.log
else
	skip "lighttpd" "lighttpd is not installed"
fi
if have rclone; then
	ok "rclone serve webdav starts" server_rclone "$T/rclone" webdav
	web rclone
	no_rights=1 # it runs as root
	server "rclone serve webdav" rclone rclone/www server_rclone \
	    "$T/rclone" webdav
	ok "rclone serve sftp starts" server_rclone "$T/rclone2" sftp
	sftp rclone2
	no_full=1 # what it cannot write it keeps in its cache
	server "rclone serve sftp" rclone2 rclone2/www server_rclone \
	    "$T/rclone2" sftp
	no_rights='' no_full=''
else
	skip "rclone" "rclone is not installed"
fi
if have_proftpd; then
	stop_all=stop_children
	stop_children() { sleep 0.2; }
	ok "ProFTPD with TLS starts" server_proftpd "$T/proftpd" ftps
	ftps proftpd
	server "ProFTPD, FTPS" proftpd proftpd/root server_proftpd \
	    "$T/proftpd" ftps
	ok "ProFTPD's mod_sftp starts" server_proftpd "$T/proftpd2" sftp
	sftp proftpd2
	server "ProFTPD, SFTP" proftpd2 proftpd2/root server_proftpd \
	    "$T/proftpd2" sftp
else
	skip "ProFTPD" "tests/packages.sh has not unpacked it"
fi
if have_pureftpd; then
	ok "Pure-FTPd starts" server_pureftpd "$T/pure"
	ftps pure
	server Pure-FTPd pure pure/root server_pureftpd "$T/pure"
else
	skip "Pure-FTPd" "tests/packages.sh has not unpacked it"
fi
if have vsftpd; then
	ok "vsftpd starts" server_vsftpd "$T/vsftpd"
	user=ftp
	ftps vsftpd /in
	server vsftpd vsftpd vsftpd/root/in server_vsftpd "$T/vsftpd"
	user=rec
else
	skip "vsftpd" "it is not installed"
fi
if have sshd; then
	mkdir -p ssh/root
	ok "OpenSSH starts" server_sshd "$T/ssh"
	user=$(id -un)
	sshd ssh
	no_rights=1 # it is root who comes in
	no_login=1  # by a key
	server OpenSSH ssh ssh/root server_sshd "$T/ssh"
else
	skip "OpenSSH" "sshd is not installed"
fi
is "nothing went wrong anywhere" "$(grep -c WRONG cells)" 0
table
done_testing
