#!/bin/sh
# recupload and faults of the network on the way to real servers: refused, reset,
# closed, hanging, slow, late, the answer lost. A column for each server.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/servers/lib.sh"
. "$ROOT/tests/servers/matrix.sh"
. "$ROOT/tests/servers/dav.sh"
. "$ROOT/tests/servers/ftp.sh"
cd "$T" || exit 1
if [ "$(id -u)" != 0 ]; then
	skip "faults of the network" "needs root, who starts the servers"
	done_testing
fi
if ! have python3; then
	skip "faults of the network" "python3 is not installed"
	done_testing
fi
matrix_begin
printf '%s\n' "$server_secret" >password
chmod 600 password

# settings TYPE URL [LINE...] >up.ini
settings() {
	printf '[upload]\nto = box\n[destination box]\ntype = %s\nurl = %s\n' "$1" "$2"
	printf 'name = {date}/{file}\nuser = %s\nparallel = 1\n' "${user:-rec}"
	printf 'connect_timeout = 3\nstall_timeout = 2\n'
	shift 2
	printf '%s\n' "$@"
}
web() { settings webdav "https://localhost:$PROXY" \
    "password_file = $T/password" "ca_file = $T/$1/ca.pem"; }
ftps() { settings ftps "ftp://localhost:$PROXY${2:-}" \
    "password_file = $T/password" "ca_file = $T/$1/ca.pem"; }
sftp() { settings sftp "sftp://127.0.0.1:$PROXY" \
    "password_file = $T/password" "known_hosts = $T/$1/known_hosts"; }
ssh() { settings sftp "sftp://127.0.0.1:$PROXY$T/$1/root" \
    "key_file = $T/$1/id" "known_hosts = $T/$1/known_hosts"; }

# Data connections of FTP have proxies of their own, at the ports that the server
# names: six, for Pure-FTPd lets in half as many clients. The server itself listens
# at another address.
data_begin() {
	server_address=127.0.0.2
	server_data=$(server_port)
	for n in 0 1 2 3 4 5; do
		rm -f data/port
		python3 "$ROOT/tests/servers/proxy.py" "$T/data/port" 127.0.0.2 \
		    $((server_data + n)) $((server_data + n)) 2>data/err &
		server_pids="$server_pids $!"
		wait_for test -s data/port || return 1
	done
}
# set_fault proxy|data FAULT...
set_fault() {
	fault_of=$1
	shift
	echo "$*" >"$fault_of/fault.set"
	mv "$fault_of/fault.set" "$fault_of/fault"
}
# For FTP, what breaks a transfer is done to the data connection. The answer to it
# comes by the other one, where 2 kB are those of two parts.
fault() { # FAULT TIMES, as one word
	# shellcheck disable=SC2086
	set -- $1
	rm -f data/mark
	: >proxy/connections
	: >data/connections
	case ${server_data:+data}$1 in
	dataswallow*)
		set_fault data mark/79000 until
		set_fault proxy swallow/mark "$2"
		;;
	dataclose/200000) set_fault proxy close/2000 "$2" ;;
	dataslow* | data*/50000 | datareset/1) set_fault data "$@" ;;
	*) set_fault proxy "$@" ;;
	esac
}
happened() { grep -hq ' done$' proxy/connections data/connections; }
fault_end() {
	rm -f proxy/fault data/fault
	ok "$matrix_label: the fault happened" wait_for happened
}
# through NAME FILES SETTINGS DIR: all faults on the way to the server at $port.
through() {
	name=$1 day=$2/2026-11-22
	python3 "$ROOT/tests/servers/proxy.py" "$T/proxy/port" \
	    "${server_address:-127.0.0.1}" "$port" 2>proxy/err &
	through_pid=$!
	server_pids="$server_pids $through_pid"
	wait_for test -s proxy/port
	PROXY=$(cat proxy/port)
	if [ -f "$4/known_hosts" ]; then
		sed "s/:$port/:$PROXY/" "$4/known_hosts" >known
		cat known >>"$4/known_hosts"
	fi
	shift 2
	"$@" >up.ini
	call_folder a1 part1 part2 part3
	up_run
	is "$name: without a fault" "$? $(cat err) $(copies a1 | tr '\n' ' ')" \
	    "0  $matrix_sums"
	matrix_network
	is "$name: nothing else is there" \
	    "$(find "$day/.." -name '*_upload*' -o -name '.*.new' | wc -l)" 0
	server_stop $through_pid
	server_stop "$pid_of_server"
	rm -f proxy/port
	name=
}
mkdir proxy data
ln -s ../data/mark proxy/mark
: >cells

if have apache2; then
	server_protocols=http/1.1
	ok "Apache starts" server_apache "$T/apache"
	pid_of_server=$pid
	through "Apache, HTTP/1.1" apache/www web apache
	server_protocols="h2 http/1.1"
	ok "Apache with HTTP/2 starts" server_apache "$T/apache2"
	pid_of_server=$pid
	through "Apache, HTTP/2" apache2/www web apache2
else
	skip "Apache" "apache2 is not installed"
fi
if have lighttpd; then
	ok "lighttpd starts" server_lighttpd "$T/lighttpd"
	pid_of_server=$pid
	through lighttpd lighttpd/www web lighttpd
else
	skip "lighttpd" "lighttpd is not installed"
fi
if have rclone; then
	ok "rclone serve webdav starts" server_rclone "$T/rclone" webdav
	pid_of_server=$pid
	through "rclone serve webdav" rclone/www web rclone
	ok "rclone serve sftp starts" server_rclone "$T/rclone2" sftp
	pid_of_server=$pid
	through "rclone serve sftp" rclone2/www sftp rclone2
else
	skip "rclone" "rclone is not installed"
fi
if have_proftpd; then
	ok "ProFTPD's mod_sftp starts" server_proftpd "$T/proftpd2" sftp
	pid_of_server=$pid
	through "ProFTPD, SFTP" proftpd2/root sftp proftpd2
fi
if have sshd; then
	mkdir -p ssh/root
	ok "OpenSSH starts" server_sshd "$T/ssh"
	pid_of_server=$pid
	user=$(id -un)
	through OpenSSH ssh/root ssh ssh
	user=rec
else
	skip "OpenSSH" "sshd is not installed"
fi
ok "proxies for data" data_begin
if have_proftpd; then
	ok "ProFTPD with TLS starts" server_proftpd "$T/proftpd" ftps
	pid_of_server=$pid
	through "ProFTPD, FTPS" proftpd/root ftps proftpd
else
	skip "ProFTPD" "tests/packages.sh has not unpacked it"
fi
if have_pureftpd; then
	ok "Pure-FTPd starts" server_pureftpd "$T/pure"
	pid_of_server=$pid
	through Pure-FTPd pure/root ftps pure
else
	skip "Pure-FTPd" "tests/packages.sh has not unpacked it"
fi
if have vsftpd; then
	ok "vsftpd starts" server_vsftpd "$T/vsftpd"
	pid_of_server=$pid
	user=ftp
	through vsftpd vsftpd/root/in ftps vsftpd /in
else
	skip "vsftpd" "it is not installed"
fi
echo "# runs that failed, before all three parts had arrived, once each"
table
done_testing
