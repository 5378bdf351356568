#!/bin/sh
# recsweep: seven days to the second, and nothing else.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1
recpolicy --init -s spool
folder() { # STAGE NAME
	mkdir "spool/$1/$2"
	echo audio >"spool/$1/$2/a.mp3"
	echo '[call]' >"spool/$1/$2/ticket.ini"
}
left() { find spool/tmp spool/mix spool/split spool/upload spool/failed \
    -mindepth 1 -maxdepth 1 | sort | tr '\n' ' '; }
at() { RECTOOLS_NOW=$1; export RECTOOLS_NOW; }

for stage in tmp mix split upload failed; do
	folder $stage 20261122T100000Z-$stage
done
at 2026-11-29T09:59:59Z
status "a second before" 0 recsweep -s spool
is "is silent" "$(cat out err)" ""
is "keeps all" "$(left | wc -w)" 5
at 2026-11-29T10:00:00Z
status "dry run" 0 recsweep -n -s spool
sort out >would
is "deletes nothing" "$(left | wc -w)" 5
is "names all" "$(wc -l <would)" 5
before=$(left)
status "to the second" 0 recsweep -s spool
is "nothing is left" "$(left)" ""
is "the dry run had said so" "$(tr '\n' ' ' <would)" "$before"
is "each that was never uploaded is a line" \
    "$(grep -c 'deleted, never uploaded$' err)" 4
is "and one in the log" "$(grep -c ' swept .*uploaded=no' spool/audit.log)" 4
status "the chain holds" 0 recsweep --verify -s spool
recsweep --story mix -s spool >story
is "the story of one call" "$(grep -c ' mix swept ' story)" 1
cp spool/audit.log log
sed 's/stage=mix/stage=MIX/' log >spool/audit.log
status "a changed line" 1 recsweep --verify -s spool
one_line "a changed line" 'audit.log:[0-9]+: the chain is broken'
sed 2d log >spool/audit.log
status "a line taken out" 1 recsweep --verify -s spool
cp log spool/audit.log
printf 'torn by a cra' >>spool/audit.log
folder mix 20261122T100000Z-x
recsweep -s spool 2>/dev/null
status "a line torn by a crash is mended" 0 recsweep --verify -s spool

# -d, --warn
folder upload 20261128T100000Z-y
status "a day is not over" 0 recsweep -d 2 -s spool
is "kept" "$(left)" "spool/upload/20261128T100000Z-y "
status "warning: not within three days" 0 recsweep --warn 3 -s spool
status "warning: within six" 1 recsweep --warn 6 -s spool
is "names it" "$(cat out)" spool/upload/20261128T100000Z-y
status "24 hours" 0 recsweep -d 24h -s spool
is "gone" "$(left)" ""
for wrong in 0 -1 x 7x 99999; do
	status "-d $wrong" 2 recsweep -d "$wrong" -s spool
done

# At work, foreign, linked.
folder mix 20261122T100000Z-busy
flock spool/mix/20261122T100000Z-busy recsweep -s spool 2>err
is "a folder at work is kept" "$(left)" "spool/mix/20261122T100000Z-busy "
ok "and told" grep -q 'due, but a program is at it' err
recsweep -s spool 2>/dev/null
is "until the next sweep" "$(left)" ""
mkdir outside
echo precious >outside/file
mkdir spool/mix/notes spool/mix/20261122T100000Z-links
ln -s "$T/outside" spool/mix/20261122T100000Z-links/dir
ln -s "$T/outside/file" spool/mix/20261122T100000Z-links/file
ln -s "$T/outside" spool/mix/20261101T100000Z-link
recsweep -s spool 2>err
ok "a stranger is reported" grep -q 'spool/mix/notes: not a call' err
ok "and kept" test -d spool/mix/notes
ok "links in a folder go" test ! -e spool/mix/20261122T100000Z-links
is "what they led to stays" "$(cat outside/file)" precious
rm -rf spool/mix/notes spool/mix/20261101T100000Z-link

# Folders in a folder go with it, to a bounded depth.
mkdir -p spool/mix/20261122T100000Z-deep/a/b
echo x >spool/mix/20261122T100000Z-deep/a/b/c
ln -s "$T/outside" spool/mix/20261122T100000Z-deep/a/out
status "folders inside" 0 recsweep -s spool
is "are gone" "$(left)" ""
is "what a link there led to stays" "$(cat outside/file)" precious
mkdir -p spool/mix/20261122T100000Z-abyss/1/2/3/4/5/6
status "too many inside each other" 75 recsweep -s spool
ok "is told" grep -q 'abyss: ' err
rm -rf spool/tmp/*

# For programs.
folder upload 20261122T100000Z-j1
folder split 20261128T100000Z-j2
is "--json and -n" "$(recsweep --json -n -s spool |
    jq -r '[.stage, .folder, .call, .entered, .age_seconds, .action] |
    map(tostring) | join(" ")')" \
    "upload 20261122T100000Z-j1 j1 2026-11-22T10:00:00Z 604800 due"
is "--json and --warn" "$(recsweep --json --warn 6 -s spool | jq -r .call |
    sort | tr '\n' ' ')" "j1 j2 "
is "--json" "$(recsweep --json --metrics "$T/rec.prom" -s spool 2>err |
    jq -r '.call + " " + .action')" "j1 deleted"
ok "what stays is counted" grep -qx \
    'rectools_spool_folders{stage="split"} 1' rec.prom
ok "and how old it is" grep -qx \
    'rectools_spool_oldest_seconds{stage="split"} 86400' rec.prom
was=$(sed -n 's/^rectools_sweep_unsent_total //p' rec.prom)
folder upload 20261122T100000Z-j3
recsweep --metrics rec.prom -s spool 2>/dev/null
is "deletions add up" "$(sed -n 's/^rectools_sweep_unsent_total //p' \
    rec.prom)" $((was + 1))
is "another user may read it" "$(stat -c %a rec.prom)" 644
ok "nothing half-made" test ! -e .rec.prom.new
status "no such directory" 75 recsweep --metrics nowhere/x -s spool
one_line "no such directory" 'nowhere/x: '
status "--metrics of a dry run" 2 recsweep -n --metrics x -s spool
rm -rf spool/split/*
folder mix 20261222T100000Z-later
recsweep -s spool 2>err
ok "a folder of the future is told" grep -q 'later: entered in the future' err
rm -rf spool/mix/*

# A log whose end a power cut filled with zeros.
head -c 20000 /dev/zero >>spool/audit.log
folder mix 20261122T100000Z-zeros
recsweep -s spool 2>/dev/null
status "zeros at the log's end are mended" 0 recsweep --verify -s spool
ok "and it goes on" grep -q ' zeros swept ' spool/audit.log

# Guards.
status "the root directory" 2 recsweep -s /
one_line "the root directory" '^recsweep: '
status "an empty name" 2 recsweep -s ''
one_line "an empty name" '^recsweep: '
ln -s spool link
status "a link" 2 recsweep -s link
one_line "a link" '^recsweep: link'
status "a link with a slash" 2 recsweep -s link/
chmod 777 spool/mix
status "a stage that others can write" 2 recsweep -s spool
one_line "a stage that others can write" 'spool/mix: others can write'
chmod 700 spool/mix
mkdir plain
status "no marker" 2 recsweep -s plain
one_line "no marker" 'not a spool'
chmod 770 spool
status "writable by others" 2 recsweep -s spool
one_line "writable by others" 'others can write'
chmod 700 spool
flock spool recsweep -s spool 2>err
is "one sweep at a time" "$?" 75
status "no spool" 2 recsweep

# The clock.
folder mix 20261128T100000Z-young
at 2026-12-29T10:00:00Z
status "30 days ahead" 75 recsweep -s spool
one_line "30 days ahead" 'nothing deleted: the clock'
at 2026-11-01T00:00:00Z
status "behind the last sweep" 75 recsweep -s spool
is "nothing was deleted" "$(left)" "spool/mix/20261128T100000Z-young "
at 2026-12-29T10:00:00Z
status "unless told that it is right" 0 recsweep --clock-ok -s spool
is "now it goes" "$(left)" ""

# Killed at any moment, then once more.
recpolicy --init -s kill
i=0
while [ $i -lt 40 ]; do
	i=$((i + 1))
	mkdir kill/upload/20261122T100000Z-k$i
	echo x >kill/upload/20261122T100000Z-k$i/a.mp3
done
for delay in 0.001 0.002 0.003 0.004 0.005 0.006; do
	timeout -s KILL $delay recsweep -s kill >/dev/null 2>&1
done
status "after kills" 0 recsweep -s kill
is "nothing is left" "$(find kill -name '*k[0-9]*')" ""
status "the chain holds" 0 recsweep --verify -s kill
done_testing
