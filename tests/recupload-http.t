#!/bin/sh
# recupload over HTTP: PUT and GET to a server of faults, and secrets.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1
if ! have python3; then
	skip "uploads over HTTP" "python3 is not installed"
	done_testing
fi
pids=
cleanup() {
	for pid in $pids; do
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
}
wait_for() { # COMMAND...: until it succeeds, at most 10 s
	tries=0
	until "$@" >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ $tries -lt 200 ] || return 1
		sleep 0.05
	done
}
sum() { sha256sum "$1" | cut -d' ' -f1; }
# folder ID FILE: a call of one recording in spool/upload.
folder() {
	dir=spool/tmp/20261122T110000Z-$1
	mkdir "$dir"
	cp "$2" "$dir/$1.mp3"
	cat >"$dir/ticket.ini" <<-X
	[call]
	id = $1
	started = 2026-11-22T10:00:00Z
	[file $1.mp3]
	recording = 1
	recordings = 1
	part = 1
	parts = 1
	bytes = $(wc -c <"$2")
	sha256 = $(sum "$2")
	X
	mv "$dir" spool/upload
}
left() { find "spool/$1" -mindepth 1 -maxdepth 1 | wc -l; }
noise 300000 >one
noise 300000 >two
printf 'secret-word\n' >password
chmod 600 password
recpolicy --init -s spool
export RECTOOLS_NOW=2026-11-22T12:00:00Z

# --- faults ---
python3 "$ROOT/tests/servers/faults.py" "$T/port" 2>faults.err &
pids="$pids $!"
ok "the server of faults starts" wait_for test -s port
port=$(cat port)
cat >http.ini <<X
[upload]
to = store
[destination store]
type = http
url = http://127.0.0.1:$port/rec/
name = {date}/{file}
user = rec
password_file = $T/password
X
later=2026-11-22T12:59:00Z
copies() { grep -c "^PUT /rec/2026-11-22/$1.mp3" log; }
content() {
	curl -s -u rec:secret-word \
	    "http://127.0.0.1:$port/rec/2026-11-22/$1.mp3" | sha256sum |
	    cut -d' ' -f1
}
# fault ID FAULT PATTERN: the first attempt has this fault, the second succeeds.
# If a reused connection breaks, libcurl sends again by itself, at most five times.
fault() {
	echo "$2 $2 $2 $2 $2 $2" >plan
	folder "$1" one
	status "$2: try later" 75 recupload -c http.ini -s spool
	one_line "$2" "$3"
	is "$2: kept" "$(left upload)" 1
	sent=$(copies "$1")
	: >plan
	status "$2: not due yet" 75 recupload -c http.ini -s spool
	is "$2: not tried" "$(copies "$1")" "$sent"
	status "$2: then it goes" 0 env RECTOOLS_NOW=$later \
	    recupload -c http.ini -s spool
	is "$2: arrived" "$(content "$1")" "$(sum one)"
	is "$2: gone from the spool" "$(left upload)" 0
}
fault f1 500 'answered 500'
fault f2 503/100 'answered 503 .busy.'
fault f3 reset/1000 'http://127.0.0.1:[0-9]*/rec/2026-11-22/f3.mp3: '
fault f4 close/0 'f4.mp3: '
fault f5 429 'too many requests'
fault f6 swallow 'f6.mp3: '
is "swallow: recognised, not sent again" "$(copies f6)" "$sent"
noise 2500000 >big
echo early early early early early early >plan
folder f8 big
status "201 before it has the file" 75 recupload -c http.ini -s spool
one_line "201 before it has the file" 'f8.mp3: '
is "201 before it has the file: kept" "$(left upload)" 1
rm -f plan
status "201 before it has the file: delivered later" 0 env RECTOOLS_NOW=$later recupload -c http.ini -s spool
is "arrived" "$(content f8)" "$(sum big)"
rm big
fault f7 403 'no right to this'

echo 503/7200 >plan
folder r1 one
recupload -c http.ini -s spool 2>/dev/null
is "Retry-After is obeyed" \
    "$(grep -o '"due":"[^.]*' spool/upload/*-r1/upload.state | cut -d'"' -f4)Z" \
    2026-11-22T14:00:00Z
status "an hour later it is not due" 75 env RECTOOLS_NOW=$later \
    recupload -c http.ini -s spool
is "an hour later it is not due: nothing was sent" "$(copies r1)" 1
status "after two hours it goes" 0 env RECTOOLS_NOW=2026-11-22T14:00:01Z \
    recupload -c http.ini -s spool

# A delivery that cannot be logged is not remembered as done, either.
mkdir disk
cat >both.ini <<X
$(sed 's/^to = store/to = disk store/' http.ini)
[destination disk]
type = directory
path = disk
name = {file}
X
mv spool/audit.log log.kept
mkdir spool/audit.log
echo 500 >plan
folder s1 one
status "no log" 75 recupload -c both.ini -s spool
ok "one destination has it" cmp disk/s1.mp3 one
is "and the state does not say done" "$(cat spool/upload/*-s1/upload.state 2>/dev/null |
    grep -c "done")" 0
rmdir spool/audit.log
mv log.kept spool/audit.log
status "a log again" 0 env RECTOOLS_NOW=$later recupload -c both.ini -s spool
is "a log again: both are logged" "$(grep -c ' s1 uploaded ' spool/audit.log)" 2

# Retry-After of a server delays all calls, not only one.
echo 503/7200 >plan
folder r2 one
folder r3 one
status "Retry-After holds for all" 75 recupload -c http.ini -s spool
is "one was sent, no other" "$(($(copies r2) + $(copies r3)))" 1
status "then all go" 0 env RECTOOLS_NOW=2026-11-22T14:00:01Z \
    recupload -c http.ini -s spool
is "both arrived" "$(content r2) $(content r3)" "$(sum one) $(sum one)"

for code in 413 404 400; do
	echo $code >plan
	folder p$code one
	status "$code is for good" 1 recupload -c http.ini -s spool
	one_line "$code" "answered $code"
	is "$code: set aside" "$(left upload) $(left failed)" "0 1"
	rm -r spool/failed/*
done
folder x1 two
curl -s -u rec:secret-word -T one \
    "http://127.0.0.1:$port/rec/2026-11-22/x1.mp3"
status "another content there" 1 recupload -c http.ini -s spool
one_line "another content there: reported" 'a different file of this name exists; not overwritten'
is "another content there: not overwritten" "$(content x1)" "$(sum one)"
rm -r spool/failed/*

# The disk returns other bytes than those that were hashed.
flip() { printf X | dd of="$1" bs=1 seek=150000 conv=notrunc 2>/dev/null; }
folder b1 two
flip spool/upload/*-b1/b1.mp3
status "a flipped byte" 1 recupload -c http.ini -s spool
one_line "a flipped byte" 'b1.mp3: .*the file differs from its ticket'
is "a flipped byte: set aside" "$(left upload) $(left failed)" "0 1"
is "and did not arrive" "$(curl -s -o /dev/null -w '%{http_code}' -u \
    rec:secret-word "http://127.0.0.1:$port/rec/2026-11-22/b1.mp3")" 404
rm -r spool/failed/*

# A login that is refused stops the destination, not just one recording.
printf 'wrong-word\n' >wrong
chmod 600 wrong
sed 's|/password$|/wrong|' http.ini >wrong.ini
folder l1 one
folder l2 one
status "401" 75 recupload -c wrong.ini -s spool
one_line "401: one clear line" 'l[12]: store: .*answered 401 .the login was refused'
is "401: both are kept" "$(left upload)" 2
ok "401: no secret in messages or files" \
    not grep -rE 'secret-word|wrong-word' err out spool
status "401: the right one" 0 env RECTOOLS_NOW=$later \
    recupload -c http.ini -s spool

# Nothing listens there.
sed "s|:$port|:1|" http.ini >closed.ini
for i in 1 2 3 4 5 6 7; do folder c$i one; done
status "401: the right one: refused" 75 recupload -c closed.ini -s spool
is "after five in a row no more are tried" "$(wc -l <err)" 5
status "refused: then they go" 0 env RECTOOLS_NOW=$later \
    recupload -c http.ini -s spool
is "and the spool is empty" "$(left upload) $(left failed)" "0 0"

# Secrets
refused() {
	status "refused: $2" 2 recupload -c bad.ini one
	one_line "$2" "$1"
}
cp http.ini bad.ini
chmod 644 password
refused 'others may read this secret .mode 0644.' "a secret for all to read"
chmod 600 password
sed 's|http://127.0.0.1|http://example.com|' http.ini >bad.ini
refused 'must begin with https://' "a login in the clear"
sed 's|127.0.0.1|127.0.0.1@example.com|' http.ini >bad.ini
refused 'must begin with https://' "a host that looks like loopback"
sed 's|http://|https://rec:word@|' http.ini >bad.ini
refused 'must not contain a login' "a login in the url"
sed '/^user/d' http.ini >bad.ini
refused 'set both' "a password without a user"
sed 's|^password_file.*|password_env = NOT_SET|' http.ini >bad.ini
refused 'the environment variable NOT_SET is not set' "a variable that is not set"
mkdir creds
cp password creds/token
sed 's|^password_file.*|password_file = token|' http.ini >creds.ini
status "a secret from systemd" 0 env CREDENTIALS_DIRECTORY="$T/creds" \
    recupload -c creds.ini --test
sed 's|^password_file.*|password_env = REC_WORD|' http.ini >env.ini
status "a secret from the environment" 0 env REC_WORD=secret-word \
    recupload -c env.ini --test

# --- by hand: files that are not MP3s are refused, unless a ticket has their hash ---
mkdir refused
printf '[upload]\nto = x\n[destination x]\ntype = directory\npath = refused\nname = {file}\n' >refuse.ini
printf '<!DOCTYPE html>\n<title>Login</title>\n' >page.mp3
head -c 50000 /dev/urandom >random.mp3
printf 'ID3\4\0\0\0\0\0\12..........' >tag.mp3
: >empty.mp3
for bad in page random tag; do
	status "$bad" 1 recupload -c refuse.ini $bad.mp3
	one_line "$bad" "^recupload: $bad.mp3: not an MP3: there are no frames in it"
done
status "empty" 1 recupload -c refuse.ini empty.mp3
is "empty: nothing arrived" "$(ls refused)" ""
noise 208 >two.mp3
{ printf 'ID3\4\0\0\0\0\0\12..........' && noise 2000; } >tagged.mp3
status "two frames alone, and frames behind a tag" 0 \
    recupload -c refuse.ini two.mp3 tagged.mp3
status "one of them is none: the other one arrives" 1 \
    recupload -c refuse.ini page.mp3 two.mp3
done_testing
