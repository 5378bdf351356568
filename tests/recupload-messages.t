#!/bin/sh
# Messages of recupload about servers name the cause. Each fault is caused at a real
# server if one has it.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/servers/lib.sh"
. "$ROOT/tests/servers/matrix.sh"
. "$ROOT/tests/servers/dav.sh"
. "$ROOT/tests/servers/ftp.sh"
cd "$T" || exit 1
if [ "$(id -u)" != 0 ] || ! have python3; then
	skip "messages" "needs root, who starts servers, and python3"
	done_testing
fi
mounts=
cleanup() {
	for m in $mounts; do umount -l "$T/$m" 2>/dev/null; done
	server_stop_all
}
noise 3000000 >part
noise 30000 >small
printf '%s\n' "$server_secret" >password
chmod 600 password
# settings TYPE URL [LINE...]: up.ini
settings() {
	printf '[upload]\nto = box\n[destination box]\ntype = %s\nurl = %s\n' "$1" "$2"
	printf 'name = {file}\nuser = %s\n' "${user:-rec}"
	shift 2
	printf '%s\n' 'connect_timeout = 20' 'stall_timeout = 5' "$@"
}
# says LABEL STATUS PATTERN [FILE]: one upload, with this message, and none of the
# words that do not help.
says() {
	rm -rf spool
	recpolicy --init -s spool
	call_folder "c$((said += 1))" "${4:-part}"
	recupload -c up.ini -s spool >out 2>err
	is "$1: status" "$?" "$2"
	if [ -z "$3" ]; then
		is "$1: nothing is reported" "$(cat err)" ""
		return
	fi
	ok "$1: $(head -n 1 err | sed 's|.*://[^ ]*: ||' | cut -c 1-110)" \
	    grep -Eq -- "$3" err
	ok "$1: no words of a library" not grep -Eq \
	    'Connection reset|Transferred a partial|Weird|Bad PASV|not find host|the connection was lost' err
}
said=0

# --- a proxy that ends TLS before Apache: 502 of MOVE ---
if have apache2 && have nginx; then
	mkdir -p apache front
	echo 'SSLEngine off' >apache/more.conf
	ok "Apache without TLS" server_apache "$T/apache"
	inner=$port
	server_ca "$T/front"
	# front CONF: nginx with TLS before it.
	front() {
		port=$(server_port)
		cat >front/nginx.conf <<-X
		daemon off; master_process off; pid $T/front/pid;
		error_log $T/front/error.log;
		events { }
		http {
		access_log off;
		client_body_temp_path $T/front; proxy_temp_path $T/front;
		fastcgi_temp_path $T/front; uwsgi_temp_path $T/front;
		scgi_temp_path $T/front; client_max_body_size 100m;
		server { listen 127.0.0.1:$port ssl;
		ssl_certificate $T/front/srv.pem; ssl_certificate_key $T/front/srv.key;
		location / { $1
		proxy_set_header Host localhost:$port;
		proxy_pass http://127.0.0.1:$inner; } } }
		X
		server_start "$T/front/log" nginx -c "$T/front/nginx.conf" -p "$T/front"
		settings webdav "https://localhost:$port" "password_file = $T/password" \
		    "ca_file = $T/front/ca.pem" >up.ini
	}
	ok "TLS before it" front ''
	says "a TLS proxy before Apache" 75 \
	    'treats its own name as another.*RequestHeader edit Destination' small
	server_stop_all
	rm -rf apache/www/*
	cat >>apache/more.conf <<-X
	RequestHeader edit Destination ^https://[^/]+ http://localhost:$inner early
	X
	ok "what it says is done" server_apache "$T/apache" "$inner"
	ok "TLS before it again" front ''
	says "Apache knows itself" 0 '' small
	is "and it arrives" "$(find apache/www -type f)" "apache/www/c$said-1.mp3"
	server_stop "$pid"
	# shellcheck disable=SC2016
	ok "TLS before it, where a path is refused, too" front \
	    'if ($request_method = MOVE) { return 502; }'
	says "a TLS proxy that cannot be gone round" 75 \
	    'MOVE answered 502.*treats its own name as another.*RequestHeader edit' small
	server_stop_all
else
	skip "a proxy before Apache" "needs apache2 and nginx"
fi

# --- 409 and the text of its page ---
python3 - "$T/conflict.port" <<'P' 2>conflict.err &
import http.server, os, sys
class Answers(http.server.BaseHTTPRequestHandler):
    def do_PUT(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.answer(409, b"<html><title>409</title>The <b>legal hold</b> of this area</html>")
    def do_HEAD(self):
        self.answer(404, b"")
    do_GET = do_HEAD
    def do_MKCOL(self):
        self.answer(201, b"")
    def answer(self, code, body):
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        pass
s = http.server.HTTPServer(("127.0.0.1", 0), Answers)
with open(sys.argv[1] + ".new", "w") as f:
    f.write(str(s.server_port))
os.rename(sys.argv[1] + ".new", sys.argv[1])
s.serve_forever()
P
server_pids="$server_pids $!"
ok "a server that says 409" wait_for test -s conflict.port
settings webdav "http://127.0.0.1:$(cat conflict.port)" \
    "password_file = $T/password" >up.ini
says "the page of a 409" 75 \
    'PUT answered 409 \(409The legal hold of this area\)|PUT answered 409 \(.*legal hold of this area' small

# --- Pure-FTPd's quota: the 552 comes on the control connection ---
if have_pureftpd; then
	pureftpd_user='-N 1'
	ok "Pure-FTPd with a quota" server_pureftpd "$T/pure"
	settings ftps "ftp://localhost:$port" "password_file = $T/password" \
	    "ca_file = $T/pure/ca.pem" >up.ini
	says "a quota" 75 'its disk is full, or a quota is used up \(552 '
	server_stop "$pid"
else
	skip "a quota" "tests/packages.sh has not unpacked Pure-FTPd"
fi

# --- MKD that is refused; a list that is not allowed ---
if have vsftpd; then
	user=ftp
	ok "vsftpd" server_vsftpd "$T/vsftpd"
	chmod 555 vsftpd/root/in
	chown root vsftpd/root/in
	settings ftps "ftp://localhost:$port/in" "password_file = $T/password" \
	    "ca_file = $T/vsftpd/ca.pem" >up.ini
	sed -i 's|^name = .*|name = new/{file}|' up.ini
	says "MKD is refused" 75 '/in/new: .*\(550 ' small
	chown daemon vsftpd/root/in
	chmod 755 vsftpd/root/in
	server_stop "$pid"
	server_denied=LIST,NLST
	ok "vsftpd without lists" server_vsftpd "$T/vsftpd"
	settings ftps "ftp://localhost:$port/in" "password_file = $T/password" \
	    "ca_file = $T/vsftpd/ca.pem" >up.ini
	recupload -c up.ini --test >out 2>err
	ok "no list: $(grep -h list out err | cut -c 1-90)" \
	    sh -c 'grep -h list out err | grep -q 550'
	ok "and not by the reply to something else" not grep -Eq "[(]257 " out err
	# --- its disk is full while data is under way ---
	if mount -t tmpfs -o size=1m,mode=777 none vsftpd/root/in 2>/dev/null; then
		mounts=vsftpd/root/in
		says "FTPS: a full disk" 75 'its disk is full, or a quota is used up'
		umount -l vsftpd/root/in
		mounts=
	fi
	server_stop "$pid"
	server_denied='' user=''
else
	skip "FTPS" "vsftpd is not installed"
fi

# --- SFTP: SSH_FX_FAILURE has no reason; drop boxes ---
if have sshd; then
	user=$(id -un)
	mkdir -p ssh/root
	ok "OpenSSH" server_sshd "$T/ssh"
	settings sftp "sftp://127.0.0.1:$port$T/ssh/root" "key_file = $T/ssh/id" \
	    "known_hosts = $T/ssh/known_hosts" >up.ini
	# The rest of our own broken upload under the final name is replaced.
	head -c 1000000 part >ssh/root/c$((said + 1))-1.mp3
	says "a beginning of one's own" 0 ''
	ok "is replaced" cmp part ssh/root/c$said-1.mp3
	if mount -t tmpfs -o size=1m,mode=777 none ssh/root 2>/dev/null; then
		mounts=ssh/root
		says "SFTP: a full disk" 75 'disk.*full'
		umount -l ssh/root
		mounts=
	fi
	server_stop "$pid"
	server_sftp='-P rename,posix-rename,stat,lstat,fstat,remove'
	ok "OpenSSH as a drop box" server_sshd "$T/ssh"
	settings sftp "sftp://127.0.0.1:$port$T/ssh/root" "key_file = $T/ssh/id" \
	    "known_hosts = $T/ssh/known_hosts" >up.ini
	says "a drop box" 75 'can only be written there, set verify = answer' small
	echo 'verify = answer' >>up.ini
	says "a drop box, as told" 0 '' small
	user='' server_sftp=''
	server_stop "$pid"
else
	skip "SFTP" "sshd is not installed"
fi

# --- a server in Go that keeps half a PUT under its final name ---
if have rclone; then
	ok "rclone serve webdav" server_rclone "$T/rclone" webdav
	settings http "https://localhost:$port" "password_file = $T/password" \
	    "ca_file = $T/rclone/ca.pem" >up.ini
	head -c 1000000 part >rclone/www/c$((said + 1))-1.mp3
	says "a beginning that a PUT left" 0 ''
	ok "is replaced, too" cmp part rclone/www/c$said-1.mp3
	noise 1000 >rclone/www/c$((said + 1))-1.mp3
	says "something else" 1 'a different file of this name exists'
	is "is not" "$(wc -c <rclone/www/c$said-1.mp3)" 1000
	server_stop "$pid"
else
	skip "a server of Go" "rclone is not installed"
fi

# --- limits, and JSON that was cut ---
mkdir archive
printf '[upload]\nto = a\n[destination a]\ntype = directory\npath = archive\nname = x/{file}\n' >up.ini
recupload -c up.ini --test >out 2>err
ok "no limit is no number: $(grep -o 'server limit.*' out err | head -n 1)" \
    not grep -q 922337203685 out err
ok "the clock is not that of a file without a time" not grep -Eq 'ours is [0-9]{8}' out err
if have jq; then
	# A text that version 0.1 cut within a character.
	rm -rf spool
	recpolicy --init -s spool
	call_folder u1 small
	printf '[delivery a u1-1.mp3]\nstate = waiting\nattempts = 2\ndue = 2026-11-22T12:00:00Z\nerror = caf\303\n' \
	    >spool/upload/20261122T110000Z-u1/upload.state
	recupload -s spool -l --json >list.json
	ok "an error that was cut is UTF-8 ($(wc -c <list.json) bytes)" \
	    iconv -f UTF-8 -t UTF-8 list.json
	ok "an error that was cut is UTF-8 ($(wc -c <list.json) bytes): in JSON" sh -c 'jq -e . <list.json >/dev/null && grep -q caf list.json'
else
	skip "errors in JSON" "jq is not installed"
fi
done_testing
