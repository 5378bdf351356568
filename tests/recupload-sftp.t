#!/bin/sh
# recupload over SFTP, against OpenSSH.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1
for tool in sshd ssh-keygen python3; do
	if ! have $tool; then
		skip "uploads over SFTP" "$tool is not installed"
		done_testing
	fi
done
. "$ROOT/tests/servers/lib.sh"
. "$ROOT/tests/servers/matrix.sh"

user=$(id -un)
mkdir box
matrix_begin
cp part1 one
noise 50000 >two
# Its key is known under the proxy's port, too.
start() {
	server_sshd "$T/ssh" ${sshport:-} || return 1
	ssh=$pid sshport=$port
	[ -n "${PROXY:-}" ] || proxy_start "$sshport" || return 1
	sed "s/:$sshport/:$PROXY/" ssh/known_hosts >known
	cat known >>ssh/known_hosts
}
start
ok "sshd and the proxy started" test -n "$PROXY"
# settings [PORT]
settings() {
	cat <<-X
	[upload]
	to = box
	[destination box]
	type = sftp
	url = sftp://127.0.0.1:${1:-$PROXY}$T/box
	name = {date}/{file}
	user = $user
	key_file = $T/ssh/id
	known_hosts = $T/ssh/known_hosts
	stall_timeout = 3
	connect_timeout = 5
	X
}
day=box/2026-11-22
sessions() { wc -l <proxy/connections; }
settings >up.ini

# --- without faults ---
call_folder a1 one two
up_run
is "uploaded" "$? $(cat out err)" "0 "
ok "the first arrived" cmp one $day/a1-1.mp3
ok "the second recording arrived unchanged" cmp two $day/a1-2.mp3
is "for its owner only" \
    "$(stat -c %a $day $day/a1-1.mp3 | tr '\n' ' ')" "700 600 "
is "nothing else is there" "$(find box -type f | wc -l)" 2
call_folder a1 one two
up_run
is "once more: recognised" "$? $(cat out err)" "0 "
is "and still one copy of each" "$(find box -type f | wc -l)" 2
cp one talk.mp3
is "by hand" "$(recupload -c up.ini talk.mp3)" \
    "sftp://127.0.0.1:$PROXY$T/box/none/talk.mp3"
status "--test" 0 recupload -c up.ini --test
ok "reports what it did" grep -q '^box: .*written, read back, deleted' out
is "reports what it did: leaves nothing" "$(find box -name '*probe*')" ""
sed 's/^url.*/metadata = yes\n&/' up.ini >meta.ini
is "with metadata" "$(recupload -c meta.ini talk.mp3 2>&1)" \
    "sftp://127.0.0.1:$PROXY$T/box/none/talk.mp3"
is "its SHA-256" "$(jq -r .sha256 box/none/talk.json)" "$(sum one)"
valid "of the schema" box/none/talk.json

# A transfer that broke off is resumed: all but the last bytes of a large file are
# there.
noise 3000000 >large
settings >up.ini
call_folder big large
fault hang/2500000 once
up_run
is "broken off" "$?" 75
part=$(find box -name '*.part')
ok "a part is there" cmp -n "$(stat -c %s "$part")" "$part" large
had=$(stat -c %s "$part")
ok "of some length" test "$had" -gt 100000
inode=$(stat -c %i "$part")
: >proxy/connections
up_run
is "of some length: goes on" "$?" 0
ok "whole" cmp large $day/big-1.mp3
is "the same file" "$(stat -c %i $day/big-1.mp3)" "$inode"
sleep 0.1
ok "only the rest was sent" sh -c \
    'awk -v most="$1" "{ n += \$2 } END { exit n > most }" proxy/connections' \
    - $((3000000 - had + 200000))
call_folder big2 large
fault hang/2500000 once
up_run
part=$(find box -name '*.part')
cp part1 "$part"
up_run
is "rubbish in its place" "$?" 0
ok "is not taken up" cmp large $day/big2-1.mp3
# With libcurl 8.14 an empty file cannot be read on a connection in use.
call_folder big4 large
fault hang/2500000 once
up_run
: >"$(find box -name '*.part')"
up_run
is "an empty file in its place" "$?" 0
ok "is no obstacle" cmp large $day/big4-1.mp3
sed 's/^url.*/verify = size\n&/' up.ini >size.ini
call_folder big3 large
fault hang/2500000 once
up_run
cp size.ini up.ini
up_run
is "verify = size" "$?" 0
ok "begins anew" cmp large $day/big3-1.mp3

# OpenSSH blocks an address for a while: not every call may try again.
for k in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
	call_folder "out$k" one
done
: >proxy/connections
fault close/0 until
up_run
is "a server that hangs up before SSH" "$?" 75
fault_end
ok "is reported as that" grep -q 'closed the connection before SSH' err
ok "is paused ($(sessions) connections)" test "$(sessions)" -lt 12
recupload -s spool --retry box
up_run
is "then all arrive" "$? $(in_spool upload)" "0 0"
settings >up.ini
rm $day/big*

# --- faults ---
refused() {
	settings 1 >up.ini
	[ "$1" = begin ] || settings >up.ini
}
other_key() {
	[ "$1" = begin ] || { mv ssh/known ssh/known_hosts; return; }
	cp ssh/known_hosts ssh/known
	[ -e other ] || ssh-keygen -q -t ed25519 -N '' -f other
	sed "s|ssh-ed25519 .*|$(cut -d' ' -f1,2 other.pub)|" ssh/known \
	    >ssh/known_hosts
}
unknown_host() {
	[ "$1" = begin ] || { mv ssh/known ssh/known_hosts; return; }
	mv ssh/known_hosts ssh/known
	: >ssh/known_hosts
}
other_print() {
	settings >up.ini
	[ "$1" = end ] || settings |
	    sed "s|^known_hosts.*|host_key = SHA256:$(printf '%043d' 0)|" >up.ini
}
no_login() {
	if [ "$1" = begin ]; then
		mv ssh/authorized_keys ssh/away
	else
		mv ssh/away ssh/authorized_keys
	fi
}
# there CONTENT: a file of that name exists; it is not changed.
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
# The server's disk has no room for the second part. Without the right to mount
# the size of files is limited, and SIGXFSZ ends the server's session.
restart() {
	server_stop "$ssh"
	# shellcheck disable=SC3045
	ulimit -S -f "$1"
	start
	# shellcheck disable=SC3045
	ulimit -S -f unlimited
}
full() {
	if [ "$mounted" = yes ]; then
		[ "$1" = begin ] && mount -t tmpfs -o size=160k,mode=777 none $day
		[ "$1" = begin ] || mount -o remount,size=10m $day
	else
		[ "$1" = begin ] && restart 185
		[ "$1" = begin ] || restart unlimited
	fi
}
matrix_network
# A read on a reused connection, which libcurl would retry on a new one.
matrix "hangs when read back" arrives 'no answer in time' hang/103700 once
matrix "no server listens" arrives "Could(n't| not) connect" fn:refused
matrix "another host key" arrives 'the server could not be verified' \
    fn:other_key
matrix "a host not in known_hosts" arrives \
    'the server could not be verified' fn:unknown_host
matrix "another fingerprint" arrives 'the server could not be verified' \
    fn:other_print
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
	rm $day/*
	full begin
	call_folder d1 part1 part2
	up_run
	due=$(state_due "*")
	ok "a full disk is tried again after five minutes" \
	    test $(($(date -u -d "$due" +%s) - now)) -ge 300
	umount $day
	umount $day
	up_run
	is "a full disk is tried again after five minutes: delivered later" "$? $(cat err)" "0 "
fi
matrix_print sftp

# --- settings ---
refused_by() { # PATTERN LABEL
	status "$2" 2 recupload -c bad.ini one
	one_line "$2" "$1"
}
settings | sed '/^known_hosts/d' >bad.ini
refused_by 'known_hosts or host_key is missing' "no known host: no start"
settings | sed 's|^known_hosts.*|known_hosts = absent|' >bad.ini
refused_by 'bad.ini:9: known_hosts: absent: No such file' "no such file"
settings | sed 's|^known_hosts.*|host_key = aa:bb:cc|' >bad.ini
refused_by 'bad.ini:9: host_key: a fingerprint such as' "no fingerprint"
settings | sed '/^user/d' >bad.ini
refused_by 'user is missing' "no user"
settings | sed '/^key_file/d' >bad.ini
refused_by 'key_file or password_file' "no login"
cp ssh/id open.key
chmod 644 open.key
settings | sed "s|^key_file.*|key_file = open.key|" >bad.ini
refused_by 'bad.ini:8: .*others may read this secret' "a key for all to read"
settings | sed 's|sftp://|sftp://rec:word@|' >bad.ini
refused_by 'must not contain a login' "a login in the url"
settings | sed 's|sftp://|ftp://|' >bad.ini
refused_by 'url: sftp://HOST/PATH' "another scheme"
settings | sed 's|/box$|/box/../..|' >bad.ini
refused_by "no '..'" "a path that goes up"
settings | sed 's|/box$|/bo x|' >bad.ini
refused_by 'only letters' "a path with blanks"
settings | sed 's|^url|verify = maybe\nurl|' >bad.ini
refused_by 'verify: hash, size or answer' "verify"

# By fingerprint, a key from systemd, and one with a passphrase.
mkdir creds
ssh-keygen -q -t ed25519 -N "$server_secret" -C rec -f creds/vault.key
cat creds/vault.key.pub >>ssh/authorized_keys
printf '%s\n' "$server_secret" >creds/phrase
chmod 600 creds/phrase
print=$(ssh-keygen -lf ssh/host.pub | cut -d' ' -f2)
settings | sed "s|^known_hosts.*|host_key = $print|
    s|^key_file.*|key_file = vault.key\npassphrase_file = phrase|
    s|^connect_timeout.*|connect_timeout = 20|" >up.ini # bcrypt takes its time
status "a fingerprint, and a key with a passphrase from systemd" 0 \
    env CREDENTIALS_DIRECTORY="$T/creds" recupload -c up.ini --test
is "a fingerprint, and a key with a passphrase from systemd: silent" "$(cat err)" ""
settings >up.ini

# --- a password ---
# passwords LOGIN: against a server that takes nothing else.
passwords() {
	server_stop "$ssh"
	server_login=$1
	ok "sshd with $1 alone" start
	settings | sed "s|^user.*|user = rec|
	    s|^key_file.*|password_file = $T/password|" >up.ini
	rm -rf box/* spool/upload/*
	printf '%s\n' "wrong-$server_secret" >password
	chmod 600 password
	call_folder w1 one
	up_run
	is "$1: a wrong password" "$?" 75
	one_line "$1: a wrong password" 'box: .*: the login was refused'
	is "$1: the recording waits" "$(in_spool upload) $(in_spool failed)" "1 0"
	is "$1: tried once" "$(grep -c 'Connection closed by auth' ssh/log)" 1
	printf '%s\n' "$server_secret" >password
	up_run
	is "$1: the right one" "$? $(cat err)" "0 "
	ok "$1: it arrived" cmp one $day/w1-1.mp3
	sed -i "s|^password_file.*|password_env = REC_PASSWORD|" up.ini
	is "$1: from the environment" "$(REC_PASSWORD=$server_secret \
	    recupload -c up.ini talk.mp3 2>&1)" \
	    "sftp://127.0.0.1:$PROXY$T/box/none/talk.mp3"
	settings | sed "s|^user.*|user = rec|
	    s|^key_file.*|password_file = $T/password|" >up.ini
	ok "$1: not in the server's log" not grep -q "$server_secret" ssh/log
}
if ! server_library libnss_wrapper.so >/dev/null; then
	skip "logins by password" "nss_wrapper is not installed"
else
	passwords password
	fault hang/0 once
	rm box/none/talk.mp3
	recupload -vv -c up.ini talk.mp3 >/dev/null 2>kills.err &
	pid=$!
	sleep 0.3
	ok "under way" grep -aq talk.mp3 /proc/$pid/cmdline
	ok "and no password in its arguments" \
	    not grep -aq "$server_secret" /proc/$pid/cmdline
	wait $pid
	ok "nor in what it says" not grep -q "$server_secret" kills.err
fi
if ! server_library libpam_wrapper.so >/dev/null; then
	skip "logins by questions" "pam_wrapper is not installed"
else
	passwords keyboard
fi
server_stop "$ssh"
server_login=key
start
settings >up.ini

# --- kill -9 ---
rm -r box/*
kills sftp
ok "no secret in messages and files" not grep -rE \
    "$server_secret|PRIVATE KEY" out err kills.err matrix.err matrix.table spool
done_testing
