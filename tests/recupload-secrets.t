#!/bin/sh
# recupload's secrets are never in command lines, /proc, logs or messages; and TLS
# cannot be switched off by accident.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/servers/lib.sh"
. "$ROOT/tests/servers/matrix.sh"
cd "$T" || exit 1
for tool in python3 openssl; do
	if ! have $tool; then
		skip "what recupload keeps to itself" "$tool is not installed"
		done_testing
	fi
done
matrix_begin
secret='secret-word'
basic=$(printf 'rec:%s' $secret | base64)
printf '%s\n' $secret >password
chmod 600 password
server_python faults
proxy_start "$port"
http() {
	cat <<-X
	[upload]
	to = a
	[destination a]
	type = http
	url = ${1:-http://127.0.0.1:$PROXY/x}
	user = rec
	password_file = $T/password
	stall_timeout = 20
	name = {id}-{recording}.{part}.mp3
	X
}
http >up.ini

# In the middle of a transfer, with -v.
fault put/hang/50000 until
call_folder s1 part1
recupload -v -c up.ini -s spool -w --metrics m.prom >watch.out 2>watch.err &
watcher=$!
wait_for grep -q s1-1 "$T/faults/log" || :
sleep 0.3
mkdir proc
for f in cmdline environ status limits comm; do
	cat "/proc/$watcher/$f" >"proc/$f" 2>/dev/null
done
for task in "/proc/$watcher/task/"*; do
	cat "$task/comm" "$task/cmdline"
done >proc/tasks 2>/dev/null
find "/proc/$watcher/fd" -type l -exec readlink {} + >proc/fds 2>/dev/null
ok "the process was looked at" grep -q recupload proc/cmdline
ok "no core is left when it crashes" grep -Eq 'Max core file size +0 ' proc/limits
kill $watcher
wait $watcher
fault_end
# Every kind of refusal, and what is stored of it.
for code in 401 403 404 413 500 503; do
	fault put/answer/$code once
	{
		recupload -v -c up.ini -s spool
		recupload -c up.ini -s spool -l
		recupload -s spool -l --json
		recupload -v -s spool --retry all
		recupload -v -c up.ini part1
	} >>said.out 2>>said.err
done
fault_end
recupload -v -c up.ini --test >>said.out 2>>said.err
echo wrong >password
recupload -v -c up.ini --test >>said.out 2>>said.err
recupload -v -c up.ini part2 >>said.out 2>>said.err
ok "the login was refused, too" grep -q 'login was refused' said.err
echo $secret >password
sed 's/^user = .*/user = rec\nuser = rec/' up.ini >bad.ini
recupload -c bad.ini part1 >>said.out 2>>said.err
sed 's/^password_file = .*/password = '$secret'/' up.ini >bad.ini
recupload -c bad.ini part1 >>said.out 2>password.err
ok "a password in the settings is refused" grep -q 'unknown key .password' password.err
sed "s|^url = http://|url = http://rec:$secret@|" up.ini >bad.ini
recupload -c bad.ini part1 >>said.out 2>>said.err
chmod 644 password
recupload -c up.ini part1 >>said.out 2>>said.err
ok "a secret that all can read is refused" grep -q 'others may read this secret' said.err
chmod 600 password
ok "there were enough messages" [ "$(wc -l <said.err)" -gt 15 ]
for word in $secret "$basic"; do
	ok "no secret in /proc" not grep -rq -- "$word" proc
	ok "no secret in messages, lists and metrics" \
	    not grep -q -- "$word" said.out said.err password.err watch.out \
	    watch.err m.prom
	ok "no secret in the spool" not grep -rq -- "$word" spool
done

# --- TLS ---
ok "nothing in the sources turns verification off" \
    not grep -rnE 'SSL_VERIFY(PEER|HOST)[^;]*, *0L?\)' "$ROOT/src"
ok "remote_set.c verifies certificates" \
    grep -q 'SSL_VERIFYPEER, 1L' "$ROOT/src/dest/remote_set.c"
for f in "$ROOT"/src/*.c "$ROOT"/src/*/*.c; do
	case ${f##*/} in
	loop.c | handles.c) continue ;; # they make handles and set nothing
	remote.c | remote_test.c) verifies='^	remote_set\(' ;; # of remote_set.c
	*) verifies='SSL_VERIFYPEER, 1L|SSH_' ;;
	esac
	if grep -qE 'loop_easy\(\)|handles_borrow\(' "$f"; then
		ok "${f##*/} verifies certificates or has another proof" \
		    grep -qE "$verifies" "$f"
	fi
done
for url in http://example.com/x http://localhost.example.com/x \
    http://127.0.0.1.example.com/x ftp://127.0.0.1/x //127.0.0.1/x; do
	http $url >bad.ini
	status "refused: $url" 2 recupload -c bad.ini part1
done
# A server with an untrusted certificate, which redirects to a port without TLS.
server_ca "$T/ca"
cat >tls.py <<'P'
import http.server, ssl, sys
class H(http.server.BaseHTTPRequestHandler):
    def answer(self):
        with open("asked", "a") as f:
            f.write(self.command + " " + (self.headers.get("Authorization") or "-") + "\n")
        self.send_response(307)
        self.send_header("Location", sys.argv[2] + self.path)
        self.send_header("Content-Length", "0")
        self.end_headers()
    do_GET = do_HEAD = do_PUT = answer
    def log_message(self, *a):
        pass
s = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), H)
c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
c.load_cert_chain("ca/srv.pem", "ca/srv.key")
s.socket = c.wrap_socket(s.socket, server_side=True)
s.serve_forever()
P
port=$(server_port)
tls=$port
server_start "$T/tls.log" python3 tls.py "$tls" "http://127.0.0.1:$PROXY"
: >asked
http "https://localhost:$tls/x" >up.ini
# Settings of other programs must not make ours trust it.
for given in CURL_INSECURE=1 SSL_NO_VERIFY=1 "CURL_CA_BUNDLE=$T/ca/ca.pem" \
    PYTHONHTTPSVERIFY=0 GIT_SSL_NO_VERIFY=1; do
	status "unknown authority, $given" 75 env "$given" recupload -c up.ini part1
	one_line "unknown authority, $given" 'certificate'
done
printf 'insecure\n' >.curlrc
printf 'machine localhost login other password other\n' >.netrc
chmod 600 .netrc
status "unknown authority, .curlrc" 75 env HOME="$T" recupload -c up.ini part1
is "the login was not sent to it" "$(cat asked)" ""
printf 'ca_file = %s/ca/ca.pem\n' "$T" >>up.ini
: >"$T/faults/log"
status "trusted, and it redirects to the clear" 75 env HOME="$T" recupload -c up.ini part1
one_line "trusted, and it redirects to the clear" 'redirect is not followed'
is "nothing went there" "$(cat "$T/faults/log")" ""
is "the login is the one of the settings" "$(sort -u asked)" "HEAD Basic $basic"
sed 's/localhost/127.0.0.1/' up.ini >name.ini
status "a certificate for another name" 75 recupload -c name.ini part1
one_line "a certificate for another name" 'certificate|subject name'
done_testing
