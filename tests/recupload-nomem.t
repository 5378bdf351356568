#!/bin/sh
# recupload finds no memory, at one allocation or from one on, its libraries'
# included: 75 or done, nothing is set aside, no destination is paused, and the
# next run delivers.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/servers/lib.sh"
. "$ROOT/tests/servers/matrix.sh"
cd "$T" || exit 1
# A sanitizer has an allocator of its own.
[ -z "${RECTOOLS_SANITIZED:-}" ] || { done_testing; }
if ! have python3 || ! make -s -C "$ROOT" build/nomem.so; then
	skip "no memory" "needs python3"
	done_testing
fi
printf 'secret-word\n' >password
chmod 600 password
noise 30000 >part
recpolicy --init -s empty
mkdir archive
# lacks N: prints what went wrong in a run whose Nth allocation fails, or nothing.
lacks() {
	rm -rf spool report archive/*
	cp -a empty spool
	call_folder c$((calls += 1)) part
	NOMEM=$1 NOMEM_REPORT=report LD_PRELOAD=$ROOT/build/nomem.so \
	    timeout 60 recupload -c up.ini -s spool >out 2>err
	status=$?
	case $status in
	0) ;;
	75) later=$((later + 1)) ;;
	# Libraries that crash without memory: like a kill -9.
	134 | 139) crashed=$((crashed + 1)) ;;
	*) echo "$1: status $status: $(head -n 1 err)" ;;
	esac
	[ "$(in_spool failed)" = 0 ] || echo "$1: set aside: $(head -n 1 err)"
	! grep -q '"destination"' spool/destinations.json 2>/dev/null ||
	    echo "$1: paused: $(head -n 1 err)"
	[ "$(in_spool upload)" = 0 ] || recupload -s spool --retry all 2>/dev/null
	recupload -c up.ini -s spool >out 2>err ||
	    echo "$1: the next run: $(head -n 1 err)"
	"$arrived" c$calls || echo "$1: did not arrive"
}
# hurt LABEL ARRIVED: thirty allocations of a run fail, one at a time, and some with
# all later ones.
hurt() {
	arrived=$2 later=0 crashed=0 most=64
	: >wrong
	while :; do
		lacks $((most * 2)) >>wrong
		[ -e report ] || break
		most=$((most * 2))
	done
	at=$most
	while [ $at -gt $((most / 20)) ]; do
		at=$((at - most / 20 - 1))
		lacks $at >>wrong
	done
	for at in $((most / 2)) $((most * 3 / 4)) $((most - 7)); do
		lacks $at+ >>wrong
	done
	is "$1: nothing is lost, set aside or paused" "$(cat wrong)" ""
	ok "$1: it came to that ($later later, $crashed crashes of libraries, of $most)" \
	    [ $later -gt 1 ]
}
calls=0
printf '[upload]\nto = a\n[destination a]\ntype = directory\npath = archive\nname = {file}\n' >up.ini
in_archive() { cmp -s part "archive/$1-1.mp3"; }
hurt "a directory" in_archive

# ICU crashes without memory, or makes another name of half of its rules.
CALL_QUEUE='Müller Щербаков'
sed 's/{file}/{queue}\/{file}/' up.ini >letters.ini
mv letters.ini up.ini
rm -rf spool
cp -a empty spool
call_folder name part
recupload -n -c up.ini -s spool >out 2>err
folder=$(sed 's|.*/\(.*\)/.*|\1|' out)
is "the folder's name" "${folder%-*}" Muller_Shcherbakov
in_folder() { [ "$(ls archive)" = "$folder" ] && cmp -s part "archive/$folder/$1-1.mp3"; }
hurt "a name in other letters" in_folder
is "nothing crashed" "$crashed" 0
CALL_QUEUE=''

ok "a server" server_python faults
backend=$port
printf '[upload]\nto = a\n[destination a]\ntype = http\nurl = http://127.0.0.1:%s/http\nname = {file}\nuser = rec\npassword_file = %s/password\n' \
    "$backend" "$T" >up.ini
on_server() {
	curl -sf -u rec:secret-word "http://127.0.0.1:$backend/http/$1-1.mp3" |
	    cmp -s part -
}
hurt "HTTP" on_server
done_testing
