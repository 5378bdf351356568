#!/bin/sh
# recpolicy --collect: whoever can write in the directory cannot make it read, move
# or delete anything outside.
. "$(dirname "$0")/lib.sh"
F=$T
if [ -w /dev/shm ]; then
	F=$(mktemp -d /dev/shm/rectools.XXXXXX) || exit 1
	cleanup() { rm -rf "$F"; }
fi
cd "$F" || exit 1
printf '[inbound]\nrecord = yes\nplay_message = no\n' >policy.ini
mkdir -p outside/dir
sox -D -n -r 8000 -c 1 -b 16 outside/secret.wav synth 1 sine 444 vol 0.3
cp outside/secret.wav outside/dir/leg.wav
cat >head.ini <<'I'
[call]
id = c1
type = queue
queue = A
[events]
0 = answer
1 = end
[leg customer]
I
state() { find outside sp/.rectools sp/.door -ls 2>/dev/null | awk '{ print $1, $4, $7, $NF }'; }
spool() { find sp -type f -size +1000c ! -name audit.log ! -name .known; }
# attack LABEL PATH-OF-THE-LEG [COMMAND]: COMMAND fills d/.
attack() {
	rm -rf d sp
	mkdir d
	recpolicy --init -s sp
	recpolicy -c policy.ini -s sp --collect d # .door is there
	{ cat head.ini && echo "file = $2"; } >d/c1.ini
	[ -z "${3:-}" ] || eval "$3"
	touch -h -d '2 hours ago' d/*
	before=$(state) there=$(find d | sort)
	timeout 20 recpolicy -c policy.ini -s sp --collect d --torn-after 0 >out 2>err
	is "$1: reported, and no more" "$?" 1
	is "$1: what is outside is as it was" "$(state)" "$before"
	is "$1: nothing enters" "$(spool)" ""
	is "$1: nothing goes" "$(find d ! -name .rectools-door | sort)" \
	    "$(echo "$there" | grep -v rectools-door)"
	is "$1: one line" "$(grep -c '^recpolicy: d/' err)" 1
}
attack "an absolute path" "$F/outside/secret.wav"
attack "the spool's marker" "$F/sp/.rectools"
attack "the way up" ../outside/secret.wav
attack "the way down and up" sub/../../outside/secret.wav 'mkdir d/sub'
attack "a link" leg.wav 'ln -s ../outside/secret.wav d/leg.wav'
attack "an absolute link" leg.wav "ln -s $F/outside/secret.wav d/leg.wav"
attack "a folder that is a link" sub/leg.wav 'ln -s ../outside/dir d/sub'
attack "a hard link" leg.wav 'ln outside/secret.wav d/leg.wav'
attack "a pipe" leg.wav 'mkfifo d/leg.wav'
attack "a folder" leg.wav 'mkdir d/leg.wav'
attack "this call file's directory" .
attack "the hold" .rectools-door/x
attack "a call file that is a link" leg.wav \
    'mv d/c1.ini outside/c1.ini; ln -s ../outside/c1.ini d/c1.ini'
rm outside/c1.ini
attack "a call file that is a pipe" leg.wav 'rm d/c1.ini; mkfifo d/c1.ini'
if [ "$(id -u)" = 0 ] && mknod "$F/zero" c 1 5 2>/dev/null &&
    head -c 1 "$F/zero" >/dev/null 2>&1; then
	rm zero
	attack "a device" leg.wav 'mknod d/leg.wav c 1 5'
	attack "a call file that is a device" leg.wav \
	    'rm d/c1.ini; mknod d/c1.ini c 1 5'
else
	rm -f zero
fi
attack "a call file of 2 MB" leg.wav 'yes "; x" | head -c 2000000 >d/c1.ini'
attack "an id that is a path" leg.wav \
    'sed -i "s,^id.*,id = ../../x," d/c1.ini; cp outside/dir/leg.wav d/'
ok "terminal escapes do not reach a terminal" not grep -q "$(printf '\033')" err
attack "a name with an escape" "$(printf 'a\033[2Jb.wav')" \
    "ln -s ../outside/secret.wav \"d/\$(printf 'a\\033[2Jb.wav')\""
ok "terminal escapes do not reach a terminal" not grep -q "$(printf '\033')" err

# ---- pipes among the files of a recorder ----
rm -rf d sp
mkdir -p d/metadata d/pcaps d/tmp
recpolicy --init -s sp
mkfifo d/pcaps/a-0123456789abcdef.pcap d/metadata/b.txt d/tmp/c.tmp
printf '%s\n\n' "/var/spool/rtpengine/pcaps/a-0123456789abcdef.pcap" >d/metadata/a.txt
find d/metadata d/tmp ! -type d >list
timeout 20 recpolicy -c policy.ini -s sp --collect d --from rtpengine-pcap-txt \
    <list >out 2>err
ok "pipes among rtpengine's files do not hang it" test $? -ne 124
is "nothing of them goes" "$(find d -type p | wc -l)" 3

mkdir race
PATH=${BIN:-$ROOT/bin}:$PATH python3 "$ROOT/tests/crash/collect_race.py" "$F/race" >race.tap
sed -n '/^#/p; s/^not ok [0-9]* - //p' race.tap
is "no race is won (16 looks at 60 runs each)" "$(grep -c '^ok' race.tap)" 16
done_testing
