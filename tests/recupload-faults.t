#!/bin/sh
# Faults of the network and of servers x directory, http and s3: after each one
# copy of every part has arrived in order, or failed/ says what to do.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/servers/lib.sh"
. "$ROOT/tests/servers/matrix.sh"
cd "$T" || exit 1
if ! have python3; then
	skip "the table of faults" "python3 is not installed"
	done_testing
fi
printf 'secret-word\n' >password
printf 's3-secret\n' >key
chmod 600 password key
matrix_begin

# --- http: a server of ours behind the proxy ---
server_python faults
backend=$port
proxy_start "$backend"
settings() { # PORT
	cat <<-X
	[upload]
	to = a
	[destination a]
	type = http
	url = http://127.0.0.1:$1/http
	user = rec
	password_file = $T/password
	connect_timeout = 2
	stall_timeout = 1
	name = {id}-{recording}.{part}.mp3
	X
}
settings "$PROXY" >up.ini
copies() {
	for n in 1 2 3; do
		curl -sf -u rec:secret-word \
		    "http://127.0.0.1:$backend/http/$1-1.$n.mp3" | sha256sum |
		    cut -d' ' -f1
	done
}
matrix_network
matrix_http
wrong_login() {
	case $1 in
	begin) echo wrong >password ;;
	end) echo secret-word >password ;;
	esac
}
matrix "wrong password" arrives '401 .the login was refused' fn:wrong_login
matrix_print "type = http"
done_testing
