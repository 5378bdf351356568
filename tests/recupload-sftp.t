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
. "$ROOT/tests/servers/upload.sh"

user=$(id -un)
head -c 300000 /dev/urandom >one
head -c 2000000 /dev/urandom >two
mkdir box
recpolicy --init -s spool
ok "sshd starts" server_sshd "$T/ssh"
ssh=$pid sshport=$port
settings() {
	cat <<-X
	[upload]
	to = box
	[destination box]
	type = sftp
	url = sftp://127.0.0.1:$sshport$T/box
	name = {date}/{file}
	user = $user
	key_file = $T/ssh/id
	known_hosts = $T/ssh/known_hosts
	stall_timeout = 2
	connect_timeout = 5
	X
}
there() {
	find box -type f -name "*$1-*" -exec sha256sum {} + |
	    sed 's|  .*/| |'
	find box -type f -name '*.part' -exec sha256sum {} +
}
settings >up.ini

# --- as it should be ---
folder a1 one two
up_run
is "uploaded" "$? $(cat out err 2>/dev/null)" "0 "
ok "the first arrived" cmp one box/2026-11-22/a1-1.mp3
ok "the second" cmp two box/2026-11-22/a1-2.mp3
is "for its owner only" "$(stat -c %a box/2026-11-22 box/2026-11-22/a1-1.mp3 |
    tr '\n' ' ')" "700 600 "
is "nothing else is there" "$(find box -type f | wc -l)" 2
folder a1 one two
up_run
is "once more: recognised" "$? $(cat out err)" "0 "
is "and still one copy of each" "$(find box -type f | wc -l)" 2

# --- faults ---
on_disk=
full() { # box becomes a file system with room for one, not for two
	if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=1m none box 2>/dev/null
	then
		on_disk=1
	else # a limit on the size of files; SIGXFSZ ends the server's session
		server_stop "$ssh"
		# shellcheck disable=SC3045
		ulimit -f 1000
		server_sshd "$T/ssh" "$sshport"
		ssh=$pid
	fi
}
roomy() {
	if [ -n "$on_disk" ]; then
		mount -o remount,size=100m box
	else
		server_stop "$ssh"
		ulimit -f unlimited
		server_sshd "$T/ssh" "$sshport"
		ssh=$pid
	fi
}
rows_begin sftp
row 'refused' 'server_stop "$ssh"' \
    'server_sshd "$T/ssh" "$sshport"; ssh=$pid' \
    later 'connect to server|Failed to connect'
row 'another host key' \
    'mv ssh/known_hosts ssh/known; sed "s/A\(....\)$/B\1/" ssh/known >ssh/known_hosts; ssh-keygen -q -t ed25519 -N "" -f other; sed "s|ssh-ed25519 .*|$(cut -d" " -f1,2 other.pub)|" ssh/known >ssh/known_hosts' \
    'mv ssh/known ssh/known_hosts' later 'not the one that the settings name'
row 'host that is not known' \
    'mv ssh/known_hosts ssh/known; : >ssh/known_hosts' \
    'mv ssh/known ssh/known_hosts' later 'not the one that the settings name'
row 'another key in host_key' \
    'settings | sed "s|^known_hosts.*|host_key = SHA256:$(printf "%043d" 0)|" >up.ini' \
    'settings >up.ini' later 'not the one that the settings name'
row 'login refused' 'mv ssh/authorized_keys ssh/away' \
    'mv ssh/away ssh/authorized_keys' later 'the login was refused'
row 'other content there' \
    'mkdir -p box/2026-11-22; cp two box/2026-11-22/$up_call-1.mp3' \
    'ok "other content: not overwritten" cmp two box/2026-11-22/$up_call-1.mp3' \
    failed 'something else of this name is there. not overwritten'
row 'longer content there' \
    'cat one two >box/2026-11-22/$up_call-1.mp3' \
    'ok "longer: not overwritten" test "$(wc -c <box/2026-11-22/$up_call-1.mp3)" = 2300000' \
    failed 'something else of this name is there. not overwritten'
row 'shorter content there' \
    'head -c 1000 one >box/2026-11-22/$up_call-1.mp3' \
    'ok "shorter: not overwritten" test "$(wc -c <box/2026-11-22/$up_call-1.mp3)" = 1000' \
    failed 'something else of this name is there. not overwritten'
row 'disk full' full roomy later \
    'its disk is full or a quota used up|its disk may be full|closed|Error in the SSH'
[ -z "$on_disk" ] || umount box
rows_end

head -c 50000 /dev/urandom >two
rm -r box/*
kills 100 0.3
done_testing
