#!/bin/sh
# recupload --erase: deletes a call here and at its destinations, and logs it.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/servers/lib.sh"
. "$ROOT/tests/servers/matrix.sh"
cd "$T" || exit 1
at() { RECTOOLS_NOW=$1; export RECTOOLS_NOW; }
at 2026-11-22T12:00:00Z
recpolicy --init -s spool
mkdir a b
cat >up.ini <<X
[upload]
to = a b
[destination a]
type = directory
path = $T/a
name = {date}/{id}-{recording}.{part}.mp3
metadata = yes
[destination b]
type = directory
path = $T/b
name = {file}
X
sed 's/^to = .*/to = a/; /^\[destination b/,$d' up.ini >only-a.ini
head -c 3000 /dev/urandom >p1
head -c 3000 /dev/urandom >p2
erase() { recupload -c up.ini -s spool --erase "$@"; }
# said: prints the messages without paths and times of folders.
said() { sed "s|$T/||; s|spool/\([a-z]*\)/[0-9TZ]*-|\1/|" out | tr '\n' '|'; }
# trace ID: prints the events of a call, without times and hashes.
trace() { recsweep --story "$1" -s spool | cut -d ' ' -f 4- | sed 's/ bytes=.*//' | tr '\n' '|'; }
deliver() { # ID
	call_folder "$1" p1 p2
	recupload -c up.ini -s spool
}

# --- the command line ---
status "no reason" 2 erase c1
status "never by pattern" 2 erase 'c*' --reason x
status "one call" 2 erase c1 c2 --reason x
status "not by hand" 2 recupload -c up.ini --erase c1 --reason x
status "not by hand: unknown" 1 erase c1 --reason x
one_line "not by hand: unknown" 'c1: no call of this id is in the spool or in its audit log'

# --- a call that has left the spool ---
deliver c1
deliver c10
ls a/*/c1-* b/c1-* b/*/c1-* >there 2>/dev/null
is "it is at both" "$(grep -c mp3 there)" 4
valid "what is beside it is of the schema" a
status "a dry run" 0 erase c1 --reason x --dry-run
is "a dry run names it" "$(said | tr '|' '\n' | sort | tr '\n' '|')" "would erase: a: a/2026-11-22/c1-1.1.mp3|would erase: a: a/2026-11-22/c1-1.2.mp3|would erase: b: b/c1-1.mp3|would erase: b: b/c1-2.mp3|"
is "and changes nothing" "$(xargs ls <there | wc -l) $(trace c1 | grep -c eras)" "$(wc -l <there) 0"
status "a hold" 0 recsweep --hold c1 --reason court -s spool
status "a held call" 1 erase c1 --reason x
one_line "a held call" 'c1: is on hold and is not erased'
is "a held call: stays" "$(xargs ls <there | wc -l)" "$(wc -l <there)"
recsweep --release c1 --reason over -s spool
status "erased" 0 erase c1 --reason 'letter "of" 3 May'
is "erased: silent" "$(cat err)" ""
is "it is gone, and what was beside it" "$(xargs ls <there 2>/dev/null)" ""
is "it is gone, and what was beside it: no other call" "$(find a b -name 'c10-*' | wc -l | tr -d ' ')" 6
is "the trace" "$(trace c1 | sed 's/.*released[^|]*|//; s/|erased destination=[^|]*//g')" "erasing reason=\"letter 'of' 3 May\"|erased reason=\"letter 'of' 3 May\" objects=4 folders=0 kept=0|now stage=none|"
is "of each object" "$(trace c1 | tr '|' '\n' | grep '^erased dest' | sort | tr '\n' '|')" \
    "erased destination=a object=2026-11-22/c1-1.1.mp3|erased destination=a object=2026-11-22/c1-1.2.mp3|erased destination=b object=c1-1.mp3|erased destination=b object=c1-2.mp3|"
status "the chain is whole" 0 recsweep --verify -s spool
status "--check does not miss it" 0 recupload -c up.ini -s spool --check
status "--check does not miss it: again" 0 erase c1 --reason again
is "there was nothing left" "$(said)" ""

# --- files beside it that other settings made ---
sed 's/^metadata = yes/metadata = vcon/' up.ini >vcon.ini
call_folder v1 p1
recupload -c vcon.ini -s spool
is "a vCon is beside it" "$(find a -name 'v1-*.vcon' | wc -l | tr -d ' ')" 1
status "erased" 0 erase v1 --reason x
is "erased: gone" "$(find a b -name 'v1-*')" ""

# --- in every stage, and without a line in the log ---
for stage in mix split upload failed held; do
	call_folder "in-$stage" p1
	[ $stage = upload ] || mv spool/upload/*-in-$stage spool/$stage/
	status "in $stage" 0 erase "in-$stage" --reason x
	is "in $stage: gone" "$(find spool -name '*-in-*')" ""
done
call_folder half p1
mkdir -p a/2026-11-22
cp p1 a/2026-11-22/half-1.1.mp3 # a kill came before the log
status "a copy of which no log tells" 0 erase half --reason x
is "a copy of which no log tells: is gone" "$(find a -name '*half*')" ""
call_folder busy p1
(
	flock 9
	recupload -c up.ini -s spool --erase busy --reason x >out 2>err
	echo $? >code
) 9<"$(echo spool/upload/*-busy)"
is "while a program is at it: later" "$(cat code)" 75
ok "and nothing is gone" test -d spool/upload/*-busy
rm -rf spool/upload/*-busy

# --- what cannot be deleted ---
deliver c2
status "a destination that is not in the settings" 1 recupload -c only-a.ini -s spool --erase c2 --reason x
is "is listed with its reason" "$(said | grep -o 'kept[^|]*' | head -n 1)" \
    "kept: b: c2-1.mp3: no destination of this name is in the settings"
is "and in the log" "$(trace c2 | grep -o 'kept destination=b object=c2-1.mp3' | head -n 1)" \
    "kept destination=b object=c2-1.mp3"
status "the next time it is" 0 erase c2 --reason x
is "only what was left" "$(said)" "erased: b: b/c2-1.mp3|erased: b: b/c2-2.mp3|"
deliver c3
mv a away
status "a destination that is down" 1 erase c3 --reason x
mv away a
status "a destination that is down: up again" 0 erase c3 --reason x
is "everything is gone" "$(find a b -name 'c3-*')" ""

# --- names with personal data are outside the log ---
cp up.ini plain.ini
cat >up.ini <<X
[upload]
to = a
[destination a]
type = directory
path = $T/a
name = {call:caller}/{agent}/{id}-{recording}.{part}.mp3
X
CALL_FACTS='agent = alice
caller = +15550100'
export CALL_FACTS
number=_15550100-$(printf +15550100 | sha256sum | cut -c 1-8)
deliver n1
deliver n2
is "it is there under its name" "$(ls "a/$number/alice")" "$(printf 'n%d-1.%d.mp3\n' 1 1 1 2 2 1 2 2)"
is "the log has neither name nor number" "$(grep -c 'alice\|5550100' spool/audit.log)" 0
is "--story has" "$(trace n1 | grep -o "object=$number/alice/n1-1.[12].mp3" | wc -l | tr -d ' ')" 2
is "--check asks for it by its name" "$(recupload -c up.ini -s spool --check | grep -c n1)" 0
mkdir -p "a/$number/alice/n3-1.1.mp3"
deliver n3 2>/dev/null
is "nor has it the reason of a failure" "$(grep -c 'alice\|5550100' spool/audit.log)" 0
ok "which failed.ini has" grep -q alice spool/failed/*-n3/failed.ini
rmdir "a/$number/alice/n3-1.1.mp3"
status "erased by its name" 0 erase n1 --reason x
cat >two.ini <<X
[upload]
to = a b
[destination a]
type = directory
path = $T/a
name = {call:caller}/{agent}/{id}-{recording}.{part}.mp3
[destination b]
type = directory
path = $T/b
name = {call:caller}/{id}-{recording}.{part}.mp3
X
call_folder n4 p1
recupload -c two.ini -s spool
status "a destination that is not in the settings keeps its part" 1 erase n4 --reason x
status "and the call's names, for the next time" 0 \
    recupload -c two.ini -s spool --erase n4 --reason x
is "n4 is gone" "$(find a b spool/names -name 'n4*')" ""
is "n1 is gone" "$(ls "a/$number/alice")" "$(printf 'n2-1.%d.mp3\n' 1 2)"
is "and so are its names" "$(ls spool/names)" "$(printf 'n2\n')"
is "the log still has both" "$(trace n1 | grep -o 'erased destination=a object=sealed:[0-9a-f]*' | wc -l | tr -d ' ')" 2
status "the chain is whole with sealed names" 0 recsweep --verify -s spool
sed -i s/alice/mallory/ spool/names/n2
status "a name that was changed" 1 erase n2 --reason x
rm spool/names/n2
status "a name that is lost" 1 erase n2 --reason x
is "is listed with its reason" "$(said | grep -c 'kept: a: .*its name there was removed')" 1
unset CALL_FACTS
cp plain.ini up.ini

# --- it does not enter again ---
mkdir in
cat >policy.ini <<'P'
[inbound]
record = yes
play_message = no
P
arrive() { # ID
	sox -n -r 8000 -c 1 "in/$1.wav" synth 2 sine 300 gain -10
	printf '[call]\nid = %s\ntype = direct\nstarted = 2026-11-22T11:00:00Z\n[leg customer]\nfile = %s.wav\n[leg agent]\nfile = %s.wav\n[events]\n0 = answer\n2 = end\n' \
	    "$1" "$1" "$1" >"in/$1.ini"
}
arrive c1
status "a later arrival" 1 recpolicy -c policy.ini -s spool in/c1.ini
one_line "a later arrival" 'c1: was erased, and does not enter again .see --take-erased.'
is "a later arrival: refused" "$(trace c1 | grep -c 'refused legs=')" 1
status "collected: refused" 0 recpolicy -c policy.ini -s spool --collect in
is "collected: its files go" "$(ls in)" ""
arrive c1
status "with --take-erased it enters" 0 recpolicy -c policy.ini -s spool --take-erased in/c1.ini
ok "it is in" test -d spool/mix/*-c1
status "erased again" 0 erase c1 --reason x
is "erased again: it is out" "$(find spool -name '*-c1')" ""

# --- kill -9 at each step ---
if [ -x "$ROOT/build/inject" ] && "$ROOT/build/inject" report kill write 99999 true; then
	deliver k1
	call_folder k1 p2 # a second folder of that id waits
	mkdir saved
	cp -a spool a b saved/
	n=0 wrong=''
	while n=$((n + 1)); do
		rm -rf spool a b
		cp -a saved/* .
		"$ROOT/build/inject" report kill \
		    unlinkat,renameat,renameat2,fsync,fdatasync,write $n \
		    recupload -c up.ini -s spool --erase k1 --reason x >/dev/null 2>&1
		[ -s report ] || break
		recupload -c up.ini -s spool --erase k1 --reason x >out 2>err ||
		    wrong="$wrong $n: $(cat err);"
		# Files that recsweep removes after an hour have no call's name.
		[ -z "$(find spool a b -name '*k1*')" ] || wrong="$wrong $n: left;"
		recsweep --verify -s spool >/dev/null 2>&1 || wrong="$wrong $n: chain;"
	done
	ok "kill -9: there were steps ($n)" test $n -gt 15
	is "kill -9 before each: the second run completes it" "$wrong" ""
else
	skip "kill -9 at each step" "no ptrace here"
fi
done_testing
