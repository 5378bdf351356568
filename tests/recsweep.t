#!/bin/sh
# recsweep: deletes after seven days, to the second, and nothing else.
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
# For a spool that was never swept, the marker shows when it was last used.
touch -d 2026-11-22T10:00:00Z spool/.rectools

for stage in tmp mix split upload failed; do
	folder $stage 20261122T100000Z-$stage
done
at 2026-11-29T09:59:59Z
flock spool/tmp/20261122T100000Z-tmp recsweep -s spool >out 2>err
is "a second before: silent" "$(cat out err)" ""
is "keeps all, also in tmp/ what a program holds" "$(left | wc -w)" 5
at 2026-11-29T10:00:00Z
status "dry run" 0 recsweep -n -s spool
sort out >would
is "dry run: deletes nothing" "$(left | wc -w)" 5
is "names all" "$(wc -l <would)" 5
before=$(left)
status "to the second" 0 recsweep -s spool
is "the sweep leaves nothing" "$(left)" ""
is "the dry run had said so" "$(tr '\n' ' ' <would)" "$before"
is "each that was never uploaded is a line" \
    "$(grep -c 'deleted, never uploaded$' err)" 4
is "and one in the log" "$(grep -c ' swept .*uploaded=no' spool/audit.log)" 4
status "the chain holds" 0 recsweep --verify -s spool
recsweep --story mix -s spool >story
is "the story of one call" "$(grep -c ' mix swept ' story)" 1
head=$(recsweep --head -s spool)
status "the head is found" 0 recsweep --verify="$head" -s spool
status "another is not" 1 recsweep --verify="$(echo x | sha256sum |
    cut -c1-64)" -s spool
one_line "another is not" 'lines are missing'
cp spool/audit.log log
sed 's/stage=mix/stage=MIX/' log >spool/audit.log
status "a changed line" 1 recsweep --verify -s spool
one_line "a changed line" 'audit.log:[0-9]+: the chain is broken'
sed 2d log >spool/audit.log
status "a line taken out" 1 recsweep --verify -s spool
sed '$d' log >spool/audit.log
status "the last line taken out" 1 recsweep --verify -s spool
one_line "the last line taken out" 'lines are missing at the end'
cp log spool/audit.log
printf 'torn by a cra' >>spool/audit.log
status "a torn line" 1 recsweep --verify -s spool
one_line "a torn line" 'incomplete, as after a crash'
folder mix 20261122T100000Z-x
recsweep -s spool 2>/dev/null
status "a line torn by a crash is repaired" 0 recsweep --verify -s spool

# -d, --warn
folder upload 20261128T100000Z-y
status "a day is not over" 0 recsweep -d 2 -s spool
is "a day is not over: kept" "$(left)" "spool/upload/20261128T100000Z-y "
status "warning: not within three days" 0 recsweep --warn 3 -s spool
status "warning: within six" 1 recsweep --warn 6 -s spool
is "names it" "$(cat out)" spool/upload/20261128T100000Z-y
status "24 hours" 0 recsweep -d 24h -s spool
is "24 hours: gone" "$(left)" ""
for wrong in 0 -1 x 7x 99999; do
	status "-d $wrong" 2 recsweep -d "$wrong" -s spool
done

# At work, foreign, linked.
folder mix 20261122T100000Z-busy
folder tmp 20261122T100000Z-busy2
flock spool/mix/20261122T100000Z-busy flock spool/tmp/20261122T100000Z-busy2 \
    recsweep -s spool 2>err
is "seven days are over also for a folder at work, in tmp/ when it is free" \
    "$(left)" "spool/tmp/20261122T100000Z-busy2 "
ok "and reported" grep -q 'mix/20261122T100000Z-busy: deleted, never' err
is "a dry run leaves it out, too" "$(flock spool/tmp/20261122T100000Z-busy2 \
    recsweep -n -s spool)" ""
recsweep -s spool 2>/dev/null
is "debris in tmp/ goes as soon as nobody holds it" "$(left)" ""
folder tmp 20261129T093000Z-new
recsweep -s spool
is "but not in the hour in which it was made" "$(left)" \
    "spool/tmp/20261129T093000Z-new "
at 2026-11-29T10:30:00Z
recsweep -s spool
is "only then" "$(left)" ""
at 2026-11-29T10:00:00Z
mkdir outside spool/mix/20261122T100000Z-links
echo precious >outside/file
echo note >spool/mix/notes
ln -s "$T/outside" spool/mix/20261122T100000Z-links/dir
ln -s "$T/outside/file" spool/mix/20261122T100000Z-links/file
ln -s "$T/outside" spool/mix/20261101T100000Z-link
echo x >spool/stranger
recsweep -s spool 2>err
ok "a stranger is reported" grep -q 'spool/mix/notes: not a call' err
ok "and kept" test -f spool/mix/notes
ok "also a link with a folder's name" test -L spool/mix/20261101T100000Z-link
ok "and in the spool's root" grep -q 'spool/stranger: not part of a spool' err
ok "links in a folder go" test ! -e spool/mix/20261122T100000Z-links
is "what they led to stays" "$(cat outside/file)" precious
rm -rf spool/mix/notes spool/mix/20261101T100000Z-link spool/stranger

# Folders without a time that can be believed: their age on disk.
at "$(date -u -d '6 days 23 hours' +%Y-%m-%dT%H:%M:%SZ)"
mkdir spool/upload/by-hand spool/mix/20991122T100000Z-later \
    spool/mix/20261322T100000Z-month13 \
    "$(printf 'spool/mix/20260101T100000Z-a\033[31m\nb')"
# Anybody can change this time; it does not make a folder older.
touch -d 2020-01-01T00:00:00Z spool/upload/by-hand
status "folders without a time" 0 recsweep --clock-ok -s spool
is "each is a warning" "$(grep -c 'its age on disk counts$' err)" 4
is "and stays for seven days" "$(find spool/mix spool/upload -mindepth 1 -maxdepth 1 -print0 |
    tr -cd '\0' | wc -c)" 4
is "one line each, and nothing for a terminal" \
    "$(grep -c '^recsweep: spool/' err) $(wc -l <err) $(grep -c '[[:cntrl:]]' err)" '4 4 0'
ok "a name that is not a call's is reported as one" grep -qF \
    "20260101T100000Z-a?[31m?b: not a call's name: its age" err
at "$(date -u -d '7 days 1 hour' +%Y-%m-%dT%H:%M:%SZ)"
is "from the change on" "$(recsweep --clock-ok -n -s spool 2>/dev/null |
    tr -cd / | wc -c)" 8
recsweep --clock-ok -s spool 2>err
is "then they go" "$(left)" ""
is "and each is a line" "$(grep -c 'deleted, never uploaded$' err)" 4
ok "in the log, too" grep -q ' - swept .*folder=by-hand' spool/audit.log
at 2026-11-29T10:00:00Z
recsweep --clock-ok -s spool

# Folders in a folder go with it, however deep.
mkdir -p spool/mix/20261122T100000Z-deep/a/b
echo x >spool/mix/20261122T100000Z-deep/a/b/c
ln -s "$T/outside" spool/mix/20261122T100000Z-deep/a/out
status "folders inside" 0 recsweep -s spool
is "folders inside: gone" "$(left)" ""
is "what a link there led to stays" "$(cat outside/file)" precious
mkdir -p spool/mix/20261122T100000Z-abyss
python3 - <<'E'
import os
os.chdir("spool/mix/20261122T100000Z-abyss")
for i in range(300):
    os.mkdir("a-rather-long-name")
    os.mkdir("b")
    open("b/c", "w").close()
    os.chdir("a-rather-long-name")
E
status "300 folders inside each other" 0 recsweep -s spool
is "300 folders inside each other: gone" "$(left)" ""

# JSON and metrics.
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
    'rectools_spool_folders{spool="spool",stage="split"} 1' rec.prom
ok "and how old it is" grep -qx \
    'rectools_spool_oldest_seconds{spool="spool",stage="split"} 86400' rec.prom
is "and its bytes" "$(grep '^rectools_spool_bytes{spool="spool",stage="split"}' rec.prom)" \
    "rectools_spool_bytes{spool=\"spool\",stage=\"split\"} $(cat spool/split/*/* | wc -c)"
is "each figure has its help and its type" \
    "$(sed -n 's/^# HELP \([^ ]*\) [A-Z].*[.]$/\1/p' rec.prom)" \
    "$(sed 's/^# TYPE \([^ ]*\) .*/\1/;/^#/d;s/[{ ].*//' rec.prom | uniq)"
was=$(sed -n 's/^rectools_sweep_unsent_total{spool="spool"} //p' rec.prom)
folder upload 20261122T100000Z-j3
recsweep --metrics rec.prom -s spool 2>/dev/null
is "deletions add up" "$(sed -n 's/^rectools_sweep_unsent_total{spool="spool"} //p' \
    rec.prom)" $((was + 1))
is "another user may read it" "$(stat -c %a rec.prom)" 644
ok "nothing half-made" test ! -e .rec.prom.new
status "no such directory" 75 recsweep --metrics nowhere/x -s spool
one_line "no such directory" 'nowhere/x: '
status "--metrics of a dry run" 2 recsweep -n --metrics x -s spool
rm -rf spool/split/*
# A log whose end a power cut filled with zeros.
head -c 20000 /dev/zero >>spool/audit.log
folder mix 20261122T100000Z-zeros
recsweep -s spool 2>/dev/null
status "zeros at the log's end are repaired" 0 recsweep --verify -s spool
ok "and it goes on" grep -q ' zeros swept ' spool/audit.log

# Rotated, as logrotate does it, the chain goes on.
mv spool/audit.log spool/audit.log.1
status "a log just rotated" 0 recsweep --verify -s spool
folder mix 20261122T100000Z-rotated
recsweep -s spool 2>/dev/null
is "a new log begins" "$(wc -l <spool/audit.log)" 1
status "the chain goes on" 0 recsweep --verify -s spool
status "a story of an unknown call" 1 recsweep --story nobody -s spool
one_line "a story of an unknown call" 'nobody: the audit log of spool has no call'
recpolicy --init -s young
status "and where nothing was logged yet" 1 recsweep --story nobody -s young
one_line "and where nothing was logged yet" 'nobody: the audit log of young has no call'
is "a story as JSON" "$(recsweep --story zeros --json -s spool |
    jq -r '.call + " " + .event + " " + .details')" "$(printf 'zeros swept %s\nzeros now stage=none' \
    "$(recsweep --story zeros -s spool | sed -n 's/.* swept //p')")"
is "stories, too" "$(recsweep --story zeros -s spool | grep -vc " now ")" 1
cp spool/audit.log log
sed 's/^/x/' log >spool/audit.log
status "and is broken by a change" 1 recsweep --verify -s spool
cp log spool/audit.log
mv spool/audit.log spool/audit.log.1
folder mix 20261122T100000Z-rotated2
recsweep -s spool 2>/dev/null
status "older logs may go" 0 recsweep --verify -s spool
mv spool/audit.log.1 gone
status "but not the one that goes before" 1 recsweep --verify -s spool
mv gone spool/audit.log.1

# Checks of the spool's directory.
status "the root directory" 2 recsweep -s /
one_line "the root directory" '^recsweep: '
status "an empty name" 2 recsweep -s ''
one_line "an empty name" '^recsweep: '
ln -s spool link
# A spool on another disk: a link of its owner's or of root leads there.
status "a link of one's own" 0 recsweep -n -s link
status "a link of one's own: with a slash" 0 recsweep -n -s link/
ln -s "$T/spool/" absolute
status "a link of one's own: absolute" 0 recsweep -n -s absolute
ln -s link again
status "a link to a link" 2 recsweep -n -s again
one_line "a link to a link" '^recsweep: again: .*not to another link$'
if [ "$(id -u)" = 0 ]; then
	chown -h 65534 link
	status "a stranger's link" 2 recsweep -n -s link
	one_line "a stranger's link" '^recsweep: link: a link must belong to you or root'
	chown -h 0 link
	chown 65534 spool
	status "a link to a stranger's spool" 2 recsweep -n -s link
	one_line "a link to a stranger's spool" \
	    'link: belongs to uid 65534, not to you; run this by sudo -u nobody'
	chown 0 spool
fi
rm link
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

# An audit log that cannot be read or written: reported, and status 75.
recpolicy --init -s nolog
mkdir nolog/audit.log
touch -d 2026-11-22T10:00:00Z nolog/.rectools nolog/audit.log
status "an audit log that is none" 75 recsweep -s nolog
one_line "an audit log that is none: the message" 'nolog/audit.log: Is a directory'
rmdir nolog/audit.log

# The clock.
folder mix 20261128T100000Z-young
recpolicy --init -s fresh
touch -d 2026-11-22T10:00:00Z fresh/.rectools
mkdir fresh/mix/20261122T100000Z-a
at 2026-12-22T10:00:00Z
status "30 days ahead at the first sweep" 75 recsweep -s fresh
one_line "30 days ahead at the first sweep" 'nothing deleted: the clock'
ok "the folder stays" test -d fresh/mix/20261122T100000Z-a
at 2026-12-29T10:00:00Z
status "30 days ahead" 75 recsweep -s spool
one_line "30 days ahead" 'nothing deleted: the clock'
at 2026-11-01T00:00:00Z
status "behind the last sweep" 75 recsweep -s spool
is "behind the last sweep: nothing was deleted" "$(left)" "spool/mix/20261128T100000Z-young "
at 2026-12-29T10:00:00Z
status "with --clock-ok the sweep goes on" 0 recsweep --clock-ok -s spool
is "with --clock-ok the sweep goes on: the folders are deleted" "$(left)" ""

# Killed at any moment, then once more.
recpolicy --init -s kill
touch -d 2026-12-20T10:00:00Z kill/.rectools
i=0
while [ $i -lt 40 ]; do
	i=$((i + 1))
	mkdir kill/upload/20261122T100000Z-k$i
	echo x >kill/upload/20261122T100000Z-k$i/a.mp3
done
for delay in 0.001 0.002 0.003 0.004 0.005 0.006; do
	killed $delay recsweep --clock-ok -s kill
done
status "after kills" 0 recsweep --clock-ok -s kill
is "after a kill the next sweep leaves nothing" "$(find kill -name '*k[0-9]*')" ""
status "the chain holds" 0 recsweep --verify -s kill
# A kernel without openat2 and renameat2 (before 5.6): the same checks.
if [ -x "$ROOT/build/inject" ] &&
    "$ROOT/build/inject" report lack openat2 true; then
	older() { # leaks cannot be looked for under ptrace
		"$ROOT/build/inject" "$T/report" lack openat2,renameat2 "$@"
	}
	rm -rf old outside
	recpolicy --init -s old
	mkdir -p outside old/mix/20261101T000000Z-gone/deep
	echo keep >outside/keep
	echo audio >old/mix/20261101T000000Z-gone/deep/a.mp3
	ln -s "$T/outside" old/mix/20261101T000000Z-gone/link
	ln -s "$T/outside" old/mix/20261101T000000Z-link
	at 2026-11-29T10:00:00Z
	older recsweep --clock-ok -s old >out 2>err
	is "without openat2 the due folder goes" \
	    "$(ls old/mix)" 20261101T000000Z-link
	ok "and such calls were not there" test -s report
	is "nothing outside is touched" "$(cat outside/keep)" keep
	rm -rf old/mix && ln -s "$T/outside" old/mix
	status "a stage that is a link is refused" 2 older recsweep -s old
	is "and nothing outside is touched" "$(ls outside)" keep
else
	skip "without openat2" "no ptrace"
fi
done_testing
