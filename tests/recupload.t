#!/bin/sh
# recupload to a directory: by hand and from a spool.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1
export RECTOOLS_NOW=2026-11-22T12:00:00Z

sum() { sha256sum "$1" | cut -d' ' -f1; }
# folder ID FILE...: a call in spool/upload, with its ticket; prints the path.
folder() {
	id=$1
	ready=spool/upload/20261122T110000Z-$id
	dir=spool/tmp/20261122T110000Z-$id
	shift
	mkdir -p "$dir"
	{
		printf '[call]\nid = %s\nstarted = 2026-11-22T10:00:00Z\n' "$id"
		printf 'queue = Billing/Disputes\n'
		n=0
		for f in "$@"; do
			n=$((n + 1))
			cp "$f" "$dir/$id-$n.mp3"
			cat <<-X
			[file $id-$n.mp3]
			recording = $n
			recordings = $#
			part = 1
			parts = 1
			start = 0
			bytes = $(wc -c <"$f")
			sha256 = $(sum "$f")
			X
		done
	} >"$dir/ticket.ini"
	mv "$dir" "$ready"
	echo "$ready"
}
settings() {
	printf '[upload]\nto = archive\n[destination archive]\n'
	printf 'type = directory\npath = archive\n'
	printf 'name = {date}/{queue}/{id}-{recording}.{part}.mp3\n'
	printf '%s\n' "$@"
}
fresh() {
	rm -rf spool archive
	mkdir archive
	recpolicy --init -s spool
}
day=archive/2026-11-22/Billing/Disputes
in_upload() { find spool/upload -mindepth 1 -maxdepth 1 | wc -l; }

noise 100000 >one
noise 200001 >two
settings >up.ini

# By hand
fresh
cp one talk.mp3
status "by hand" 0 recupload -c up.ini talk.mp3
is "prints where it went" "$(cat out)" archive/none/none/talk-1.1.mp3
ok "the copy is the same" cmp one archive/none/none/talk-1.1.mp3
is "the local file stays" "$(sum talk.mp3)" "$(sum one)"
is "the local file stays: silent" "$(cat err)" ""
is "the copy is for its owner only" \
    "$(stat -c %a archive/none/none/talk-1.1.mp3)" 600
is "a second time: the same answer" "$(recupload -c up.ini talk.mp3)" \
    archive/none/none/talk-1.1.mp3
is "and one copy" "$(find archive -type f | wc -l)" 1
is "paths on stdin" "$(echo talk.mp3 | recupload -c up.ini)" \
    archive/none/none/talk-1.1.mp3
is "paths with NUL" "$(printf 'talk.mp3\0' | recupload -0 -c up.ini |
    tr '\0' '!')" 'archive/none/none/talk-1.1.mp3!'
cp two talk.mp3
status "another content of that name" 1 recupload -c up.ini --delete talk.mp3
one_line "another content of that name: reported" 'talk-1.1.mp3: a different file .* not overwritten$'
ok "another content of that name: not overwritten" cmp one archive/none/none/talk-1.1.mp3
ok "and the local file is still there" test -f talk.mp3
cp one talk.mp3
status "--delete" 0 recupload -c up.ini --delete talk.mp3
ok "removes what arrived" not test -e talk.mp3
status "a file that is not there" 1 recupload -c up.ini absent.mp3
one_line "named" '^recupload: absent.mp3: No such file'
: >nothing.mp3
status "an empty file" 1 recupload -c up.ini nothing.mp3
one_line "an empty file: is no recording" "^recupload: nothing.mp3: the file is empty"

# The facts of the call go beside it
fresh
settings 'metadata = yes' >meta.ini
cp one talk.mp3
status "metadata" 0 recupload -c meta.ini talk.mp3
ok "is JSON beside the recording" sh -c "jq -e \
    '.bytes == 100000 and .sha256 == \"$(sum one)\" and .call.id == \"talk\"' \
    archive/none/none/talk-1.1.json"
valid "of the schema" archive
status "a second time the same" 0 recupload -c meta.ini talk.mp3

# From a spool
fresh
d=$(folder c1 one two)
status "spool" 0 recupload -c up.ini -s spool
is "silent from the spool" "$(cat out err)" ""
ok "the first recording" cmp one $day/c1-1.1.mp3
ok "the second recording arrived unchanged" cmp two $day/c1-2.1.mp3
is "the folder left the spool" "$(in_upload)" 0
is "the log" "$(cut -d' ' -f4 spool/audit.log | tr '\n' ' ')" \
    "uploaded uploaded removed "

# A delivery that cannot be logged is not remembered as done.
fresh
folder l1 one two >/dev/null
mkdir spool/audit.log
status "no log" 75 recupload -c up.ini -s spool
is "nothing is done without a line" \
    "$(grep -c '"\?state"\? *[:=] *"\?done' spool/upload/*-l1/upload.state 2>/dev/null | grep -v '^0$')" ""
rmdir spool/audit.log
status "a log" 0 recupload -c up.ini -s spool
is "a log: each is logged" "$(cut -d' ' -f4 spool/audit.log | tr '\n' ' ')" \
    "uploaded uploaded removed "

# Nor when the state is written for the next file, which fails.
fresh
folder l2 one two >/dev/null
mkdir -p $day spool/audit.log
head -c 100000 /dev/zero >$day/l2-2.1.mp3
status "no log, and a name that is taken" 75 recupload -c up.ini -s spool
ok "the first one is there" cmp $day/l2-1.1.mp3 one
is "and the state does not say done" "$(cat spool/upload/*-l2/upload.state 2>/dev/null |
    grep -c '"done"')" 0
rmdir spool/audit.log

# A call leaves only if the copy is the same: here it has the same size, but differs.
fresh
folder c2 one two >/dev/null
folder c3 one >/dev/null
mkdir -p $day
head -c 100000 /dev/zero >$day/c2-1.1.mp3
zero=$(sum $day/c2-1.1.mp3)
status "a conflict" 1 recupload -c up.ini -s spool
one_line "a conflict: reported" 'c2: archive: c2-1.mp3: .*not overwritten$'
is "a conflict: nothing is overwritten" "$(sum $day/c2-1.1.mp3)" "$zero"
ok "the call is set aside whole" cmp two \
    spool/failed/20261122T110000Z-c2/c2-2.mp3
ok "the call is set aside whole: the reason" grep -q '^reason = .*not overwritten' \
    spool/failed/20261122T110000Z-c2/failed.ini
ok "its later file did not go" not test -e $day/c2-2.1.mp3
ok "the other call did" cmp one $day/c3-1.1.mp3
recupload -s spool -l >list
ok "the list has it" grep -Eq '^c2 +failed .*c2-1.mp3: .*overwritten' list
ok "the list has it: as JSON" sh -c 'recupload -s spool -l --json |
    jq -es "map(select(.file == \"c2-1.mp3\" and .bytes == 100000 and
    .stage == \"failed\" and .attempts == 1 and .age == 3600)) | length == 1"'
rm $day/c2-1.1.mp3
status "--retry" 0 recupload -s spool --retry c2
is "brings it back" "$(in_upload)" 1
status "brings it back: delivered later" 0 recupload -c up.ini -s spool
ok "whole" cmp two $day/c2-2.1.mp3
is "and nothing is left" "$(find spool/upload spool/failed -type f)" ""

# A long reason is kept completely: its end says what to do.
long=$(printf 'x%.0s' $(seq 120))
sed "s|^path = .*|path = archive/$long|
    s|^name = .*|name = $long/{id}-{recording}.{part}.mp3|" up.ini >long.ini
folder c9 one >/dev/null
mkdir -p "archive/$long/$long"
cp two "archive/$long/$long/c9-1.1.mp3"
status "a conflict under a long name" 1 recupload -c long.ini -s spool
one_line "a conflict under a long name: is reported completely" "/$long/c9-1.1.mp3: .*not overwritten$"
ok "failed.ini has it, in lines that can be read" sh -c '
    ! grep -q "^.\{199\}" spool/failed/*-c9/failed.ini &&
    grep -q "^reason = .*not overwritten$" spool/failed/*-c9/failed.ini'
recupload -s spool -l >list
ok "the list has it completely" grep -q "archive/$long/.*not overwritten$" list
status "--retry reads it" 0 recupload -s spool --retry c9
rm "archive/$long/$long/c9-1.1.mp3"
status "--retry reads it: uploaded" 0 recupload -c long.ini -s spool
rm -r "archive/$long"
status "--retry of an unknown call" 1 recupload -s spool --retry nobody

# A file that differs from its ticket
fresh
d=$(folder c4 one)
head -c 50000 one >"$d/c4-1.mp3"
status "cut off" 1 recupload -c up.ini -s spool
one_line "cut off" 'has 50000 bytes, its ticket says 100000'
d=$(folder c5 one)
head -c 100000 /dev/zero >"$d/c5-1.mp3"
status "changed" 1 recupload -c up.ini -s spool
one_line "changed" 'differs from its ticket'
d=$(folder c6 one)
rm "$d/c6-1.mp3"
ln -s /etc/passwd "$d/c6-1.mp3"
status "a link" 1 recupload -c up.ini -s spool
d=$(folder c7 one)
echo nonsense >"$d/ticket.ini"
status "a broken ticket" 1 recupload -c up.ini -s spool
one_line "a broken ticket" 'c7/ticket.ini:1: '
is "nothing of them arrived" "$(find archive -type f)" ""
is "all are set aside" "$(find spool/failed -mindepth 1 -maxdepth 1 | wc -l)" 4

# Later: the directory is away
fresh
rmdir archive
folder c8 one >/dev/null
status "not mounted" 75 recupload -c up.ini -s spool
one_line "not mounted" 'archive: No such file or directory .mount'
is "not mounted: kept" "$(in_upload)" 1
state=$(echo spool/upload/*-c8/upload.state)
ok "the state is on disk" grep -q '"attempts":1,' "$state"
due=$(grep -o '"due":"[^"]*' "$state" | cut -d'"' -f4)
ok "due later ($due)" expr "$due" '>' "$RECTOOLS_NOW"
mkdir archive
status "not due yet: not tried" 75 recupload -c up.ini -s spool
is "and silent" "$(cat err)" ""
is "nothing arrived" "$(find archive -type f)" ""
status "the place is paused, and stays so for another run" 75 \
    env RECTOOLS_NOW="$due" recupload -c up.ini -s spool
RECTOOLS_NOW="$due" recupload -s spool -l >list
ok "-l shows until when, why and by whom" \
    grep -q '^-- archive: 1 file waits; paused until .*Z by recupload, until a person acts: archive: No such' list
ok "and the next try" grep -Eq "^c8 .* $(sed -n 's/^-- archive:.*until \(.*Z\) by.*/\1/p' list) " list
jq '.retries = [range(150) | {number: ., what: "all"}]' spool/destinations.json >many
cat many >spool/destinations.json
status "--retry of the destination" 0 recupload -s spool --retry archive
is "the last hundred are remembered" \
    "$(jq -c '.retries | length, last.number' spool/destinations.json | xargs)" "100 150"
status "when due" 0 env RECTOOLS_NOW="$due" recupload -c up.ini -s spool
ok "when due: goes" cmp one $day/c8-1.1.mp3
is "and the pause has gone" "$(jq -c .paused spool/destinations.json)" "[]"
# A time that was written by a clock a year ahead delays nothing.
rm -rf archive
folder c14 one >/dev/null
status "not mounted, a year ahead" 75 env RECTOOLS_NOW=2027-11-22T12:00:00Z \
    recupload -c up.ini -s spool
ok "due in a year" grep -q '"due":"2027' spool/upload/*-c14/upload.state
mkdir archive
status "when the clock is right again" 0 recupload -c up.ini -s spool
ok "it went at once" cmp one $day/c14-1.1.mp3
echo rubbish >state.bad
d=$(folder c9 one)
cp state.bad "$d/upload.state"
status "a broken state costs only the memory" 0 recupload -c up.ini -s spool
one_line "a broken state costs only the memory: reported" 'upload.state:1: .*forgotten'
ok "a broken state costs only the memory: uploaded" cmp one $day/c9-1.1.mp3

# A full disk
fresh
if mount -t tmpfs -o size=128k none archive 2>mount.err; then
	cleanup() { umount "$T/archive" 2>/dev/null; }
	folder c10 two >/dev/null
	status "disk full" 75 recupload -c up.ini -s spool
	one_line "disk full" 'No space left on device'
	is "kept on a full disk" "$(in_upload)" 1
	is "nothing half-made is left" "$(find archive -type f)" ""
	umount archive
	status "space again" 0 env RECTOOLS_NOW=2026-11-22T13:00:00Z \
	    recupload -c up.ini -s spool
	ok "arrived" cmp two $day/c10-1.1.mp3
else
	is "a mount that fails says why" "$(test -s mount.err && echo yes)" yes
fi

# Two destinations, one of them down: the other is not delayed, nothing is sent twice.
fresh
cat >both.ini <<X
[upload]
to = archive away
[destination archive]
type = directory
path = archive
[destination away]
type = directory
path = away
X
folder c11 one >/dev/null
status "one of two is away" 75 recupload -c both.ini -s spool
ok "the other has it" cmp one $day/c11-1.1.mp3
is "kept until both have it" "$(in_upload)" 1
before=$(stat -c '%i %Y' $day/c11-1.1.mp3)
mkdir away
status "both" 0 env RECTOOLS_NOW=2026-11-22T13:00:00Z \
    recupload -c both.ini -s spool
ok "the second has it" cmp one away/2026-11-22/Billing/Disputes/c11-1.1.mp3
is "the first was left alone" "$(stat -c '%i %Y' $day/c11-1.1.mp3)" "$before"

# kill -9 at any instant, then again
fresh
for i in 1 2 3 4 5 6 7 8; do folder "k$i" one two one >/dev/null; done
for ms in 1 2 3 4 5 6 8 10 12 14 16 18 20 25 30; do
	recupload -c up.ini -s spool >>kill.out 2>&1 &
	pid=$!
	sleep "0.0$(printf %02d "$ms")"
	kill -9 "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
done
status "after the kills" 0 recupload -c up.ini -s spool
is "exactly one copy of each" "$(find archive -type f | wc -l)" 24
is "each the right one" "$(find archive -type f -exec sha256sum {} + |
    cut -d' ' -f1 | sort | uniq -c | sort -n | awk '{ printf "%s ", $1 }')" \
    "8 16 "
is "and the spool is empty" "$(find spool/upload spool/failed -type f)" ""

# Watching
fresh
env -u RECTOOLS_NOW recupload -c up.ini -s spool -w 2>watch.err &
pid=$!
folder w1 one >/dev/null
n=0
while [ "$(in_upload)" -gt 0 ] && [ $n -lt 100 ]; do
	sleep 0.05
	n=$((n + 1))
done
ok "-w takes what comes" cmp one $day/w1-1.1.mp3
# A call is set aside and brought back, twice, while -w runs.
until_there() { n=0; until [ -e "$1" ] || [ $n -ge 100 ]; do
	sleep 0.05
	n=$((n + 1))
done; [ -e "$1" ]; }
for i in 1 2; do
	# Folders that leave the spool pass tmp/, where the test makes its folders.
	n=0
	until ! ls -d spool/upload/*-w2 spool/tmp/*-w2 >/dev/null 2>&1 || [ $n -ge 100 ]; do
		sleep 0.05
		n=$((n + 1))
	done
	head -c 100000 /dev/zero >$day/w2-1.1.mp3
	folder w2 one >/dev/null
	ok "-w sets aside ($i)" until_there spool/failed/20261122T110000Z-w2/failed.ini
	rm $day/w2-1.1.mp3
	recupload -s spool --retry w2
	ok "-w takes what --retry brings back ($i)" until_there $day/w2-1.1.mp3
done
kill "$pid"
wait "$pid"
is "SIGTERM ends it well" $? 0

# Settings
refused() {
	status "refused: $2" 2 recupload -c bad.ini talk.mp3
	one_line "$2" "$1"
}
settings 'pth = x' >bad.ini; refused 'bad.ini:7: .*pth.*path' "unknown key"
settings | sed 's/= directory/= directori/' >bad.ini
refused "bad.ini:4: .*did you mean 'directory'" "unknown type"
settings | sed 's/{queue}/{quue}/' >bad.ini
refused 'bad.ini:6: .*did you mean .queue' "unknown field"
settings | sed 's/-{recording}//' >bad.ini
refused 'bad.ini:6: name: needs' "names that are not unique"
settings | sed 's/^to = .*/to = archive crm/' >bad.ini
refused 'bad.ini:2: .*destination crm' "no such destination"
settings | sed '/^path/d' >bad.ini; refused 'path is missing' "no path"
status "no settings" 2 recupload talk.mp3
status "no spool" 2 recupload -c up.ini -s nowhere
status "--test" 0 recupload -c up.ini --test
ok "--test says what it did" grep -q '^archive: .*deleted$' out
is "--test says what it did: leaves nothing" "$(find archive -name 'rectools-probe*')" ""
done_testing
