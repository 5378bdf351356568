#!/bin/sh
# Legal holds: a held call is deleted neither by the sweep nor after its upload.
. "$(dirname "$0")/lib.sh"
have jq || { skip "holds" "no jq"; done_testing; }
cd "$T" || exit 1
at() { RECTOOLS_NOW=$1; export RECTOOLS_NOW; }

at 2026-11-22T10:00:00Z
recpolicy --init -s sp
touch -d "$RECTOOLS_NOW" sp/.rectools
# folder STAGE ID: a call that entered on the 22nd.
folder() {
	mkdir -p "sp/$1/20261122T100000Z-$2"
	echo sound >"sp/$1/20261122T100000Z-$2/leg-1.wav"
}

# --- the command line ---
status "no reason" 2 recsweep --hold c1 -s sp
status "no id" 2 recsweep --hold ../c1 --reason x -s sp
ok "no id (reported)" grep -q "a call id cannot begin" err
status "two at once" 2 recsweep --hold c1 --holds --reason x -s sp
status "not on hold" 1 recsweep --release c1 --reason x -s sp
one_line "not on hold" 'c1: is not on hold'
status "none yet" 0 recsweep --holds -s sp
is "none yet: nothing is printed" "$(cat out)" ""

# --- in every stage ---
for stage in mix split upload failed; do
	folder $stage "in-$stage"
	folder $stage "also-$stage"
	status "hold in $stage" 0 recsweep --hold "in-$stage" \
	    --reason "court order 4711" -s sp
	is "hold in $stage: silent" "$(cat err)" ""
done
status "of a call that is not there" 0 recsweep --hold later --reason x -s sp
one_line "of a call that is not there" 'later: no call of this id is in the spool now'
status "of a call that is not there: twice" 1 recsweep --hold later --reason x -s sp
one_line "of a call that is not there: twice" 'later: is on hold already'
is "where it is" "$(recsweep --story in-upload -s sp | sed -n 's/.* now /now /p')" \
    "now stage=upload folder=20261122T100000Z-in-upload hold=yes"
recsweep --holds -s sp >holds
is "the list" "$(head -n 1 holds)" \
    "$(printf 'in-failed\t2026-11-22T10:00:00Z\tcourt order 4711')"
is "the list as JSON" "$(recsweep --holds --json -s sp | jq -r .call | tr '\n' ' ')" \
    "in-failed in-mix in-split in-upload later "
at 2026-11-29T10:00:00Z
recsweep --hold young --reason x -s sp 2>/dev/null
touch -d 2026-11-22T10:00:00Z sp/audit.log
recsweep -n -s sp >due
is "a dry run names the others only" "$(sed 's/.*Z-//' due | tr '\n' ' ')" \
    "also-mix also-split also-upload also-failed "
recsweep --warn 1d -s sp >due
is "so does --warn" "$(grep -c 'in-' due)" 0
recsweep --metrics m.prom -s sp 2>/dev/null
is "swept: what is held stays" "$(find sp -name '*Z-in-*' | sed 's|.*Z-||' | sort | tr '\n' ' ')" \
    "in-failed in-mix in-split in-upload "
is "and what is not goes" "$(find sp -name '*also*' | wc -l)" 0
ok "metrics" grep -qx 'rectools_held_folders{spool="sp"} 4' m.prom

grep -x 'rectools_\(holds\|oldest_hold_seconds\){spool="sp"} .*' m.prom >holds
is "how many, how old" "$(cat holds)" "$(printf '%s\n' \
    'rectools_holds{spool="sp"} 6' 'rectools_oldest_hold_seconds{spool="sp"} 604800')"
recsweep --warn 1d -s sp >/dev/null 2>err
is "young holds are not warned of" "$(cat err)" ""
at 2026-12-22T10:00:00Z
recsweep --clock-ok --warn 1d -s sp >/dev/null 2>err
is "old ones are" "$(grep -c 'on hold for 30 days: ' err)" 5
ok "with the way out" grep -qF \
    'in-mix: on hold for 30 days: court order 4711 (recsweep --release in-mix ends it)' err

# --- an upload ---
rm -r sp/upload/*in-upload
mkdir store
printf '[upload]\nto = store\n[destination store]\ntype = directory\npath = %s\nname = {file}\n' \
    "$T/store" >upload.ini
at 2026-11-29T11:00:00Z
mp3() { # ID
	d=sp/upload/20261129T100000Z-$1
	mkdir "$d"
	cp call.mp3 "$d/$1.mp3"
	sed "s/^id = .*/id = $1/; s/call.mp3/$1.mp3/" call.ini >"$d/ticket.ini"
}
sox -r 8000 -n -b 16 -c 1 one.wav synth 2 sine 440 gain -6
recmix -o call.mp3 one.wav >/dev/null
recsweep --hold kept --reason "a dispute" -s sp 2>/dev/null
mp3 kept
mp3 gone
status "uploaded" 0 recupload -c upload.ini -s sp
is "uploaded: both have arrived" "$(find store -type f | sed 's|.*/||' | sort | tr '\n' ' ')" "gone.mp3 kept.mp3 "
ok "the held one stays" test -s sp/held/20261129T100000Z-kept/kept.mp3
is "the other one is gone" "$(find sp/upload -name '*gone*' | wc -l)" 0
status "and is not uploaded again" 0 recupload -c upload.ini -s sp
at 2026-12-30T11:00:00Z
recsweep --clock-ok -s sp 2>/dev/null
ok "a month later it is still there" test -s sp/held/20261129T100000Z-kept/kept.mp3
status "released" 0 recsweep --release kept --reason "case closed" -s sp
status "--warn: it was uploaded" 0 recsweep --warn 1 -s sp
is "--warn does not name it" "$(cat out)" ""
recsweep -s sp 2>err
ok "then it goes with the next sweep" not test -e sp/held/20261129T100000Z-kept
is "and is not called unsent" "$(grep -c kept err)" 0
recsweep --story kept -s sp >story
is "its story" "$(awk '{ print $4 }' story | tr '\n' ' ')" \
    "hold uploaded held released swept now "
ok "with the reasons" grep -q 'reason="case closed"' story
ok "the log holds together" recsweep --verify -s sp

# --- errors ---
: >sp/hold/in-mix
recsweep --clock-ok -s sp 2>/dev/null
ok "a hold whose file is empty holds" test -d sp/mix/20261122T100000Z-in-mix
ok "a broken hold is listed" sh -c "recsweep --holds -s sp | grep -q '^in-mix	-	'"
recsweep --hold bad --reason "$(printf 'a\033[31m\nb "c" ;d')" -s sp 2>/dev/null
ok "no escape reaches the log or a terminal" not sh -c \
    "{ recsweep --holds -s sp; cat sp/audit.log; } | grep -q '$(printf '\033')'"
# A spool of version 0.1.
rmdir sp/held sp/notice
status "a spool without held/" 0 recsweep --clock-ok -s sp
ok "gets it" test -d sp/held
done_testing
