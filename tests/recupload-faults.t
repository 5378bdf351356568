#!/bin/sh
# Faults of the network and of servers, for directory and http: after each fault one
# copy of every part has arrived in order, or failed/ has the reason.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/servers/lib.sh"
. "$ROOT/tests/servers/matrix.sh"
cd "$T" || exit 1
if ! have python3; then
	skip "the table of faults" "python3 is not installed"
	done_testing
fi
printf 'secret-word\n' >password
chmod 600 password
matrix_begin

# --- http: a server of ours ---
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
settings "$backend" >up.ini
copies() {
	for n in $(seq -w 1 "${2:-3}"); do
		curl -sf -u rec:secret-word \
		    "http://127.0.0.1:$backend/http/$1-1.$n.mp3" | sha256sum |
		    cut -d' ' -f1
	done
}

# --- a server that keeps only a part of a file, and answers 201 ---
noise 30000 >whole
call_folder cut whole
echo keep/9000 >faults/plan
status "a part is kept" 1 recupload -c up.ini -s spool
ok "a part is kept: the reason" grep -q \
    'cut-1\.1\.mp3: only 9000 of 30000 bytes are there' err
recupload -s spool --retry cut
status "what was left is replaced" 0 recupload -c up.ini -s spool
is "what was left is replaced: by the whole recording" "$(copies cut 1)" "$(sum whole)"

# --- a file that grows is being sent by another program ---
call_folder grow whole
echo grow/9000 >faults/plan
status "a part that will grow" 1 recupload -c up.ini -s spool
recupload -s spool --retry grow
status "is left to who sends it" 75 recupload -c up.ini -s spool
one_line "is left to who sends it: the reason" 'only the beginning .* is there, and it grows: '
rm -r spool/upload/*-grow

# --- a MOVE whose answer is lost, so that libcurl asks again: 404 ---
settings "$backend" | sed 's/^type = .*/type = webdav/' >up.ini
call_folder move whole
printf 'keep/30000\nswallow\n' >faults/plan
status "moved twice" 0 recupload -c up.ini -s spool
is "the second time in vain" "$(grep -c '^MOVE ' faults/log) $(cat err)" "2 "
is "and it is there" "$(copies move 1)" "$(sum whole)"

# --- the same behind the proxy ---
settings "$PROXY" >up.ini
matrix_network
matrix_http arrives
wrong_login() {
	case $1 in
	begin) echo wrong >password ;;
	end) echo secret-word >password ;;
	esac
}
matrix "wrong password" arrives '401 .the login was refused' fn:wrong_login
matrix_print "type = http"
kills "type = http"

# --- directory ---
mkdir archive
cat >up.ini <<X
[upload]
to = a
[destination a]
type = directory
path = archive
name = {id}-{recording}.{part}.mp3
X
copies() {
	for n in $(seq -w 1 "${2:-3}"); do
		sum "archive/$1-1.$n.mp3"
	done
}
away() {
	case $1 in
	begin) mv archive elsewhere ;;
	end) mv elsewhere archive ;;
	esac
}
: >matrix.table
matrix "not mounted" arrives 'mount it' fn:away
read_only() {
	case $1 in
	begin) mount -t tmpfs -o ro none archive ;;
	end) umount archive ;;
	esac
}
full() {
	case $1 in
	begin) mount -t tmpfs -o size=120k none archive ;;
	end) mount -o remount,size=10m archive ;;
	esac
}
if mount -t tmpfs none archive 2>/dev/null; then
	umount archive
	cleanup() {
		umount "$T/archive" 2>/dev/null
		server_stop_all
	}
	matrix "read-only" arrives 'Read-only' fn:read_only
	matrix "disk full" arrives 'No space left' fn:full
	umount archive
fi
taken() {
	case $1 in
	begin) echo other >"archive/m$matrix_count-1.2.mp3" ;;
	end) rm "archive/m$matrix_count-1.2.mp3" ;;
	esac
}
matrix "name taken" failed 'a different file .* not overwritten' fn:taken
matrix_print "type = directory"
kills "type = directory"
done_testing
